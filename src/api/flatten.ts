/**
 * @file Between users' functions on trees and flat lists of arrays: arguments in, results out, with errors that name the
 * path of the leaf at fault.
 */
import { type ArrayLike, NDArray, isArrayLike } from "../core/array.ts";
import {
  type KeyPath,
  type TreeDef,
  explainTreeMismatch,
  keystr,
  treeFlatten,
  treeFlattenWithPath,
  treeUnflatten,
} from "../core/tree.ts";
import { checkOutputLeaf, functionName } from "../core/trace.ts";
import { ArgumentError, TreeError } from "../base/errors.ts";
import { asArray } from "../lax/operands/convert.ts";

/** A function of whatever arguments, as the transformations call it. */
export type AnyFunction = (...args: never[]) => unknown;

/** Calls a function whose parameter types are known to its own caller only. */
export function callWith(f: AnyFunction, args: readonly unknown[]): unknown {
  return (f as (...args: readonly unknown[]) => unknown)(...args);
}

/** The leaf as an array, or an error that names where it stands. */
export function leafArray(leaf: unknown, where: string, path: KeyPath): NDArray {
  if (leaf instanceof NDArray) return leaf;
  const place = `${where}${keystr(path)}`;
  if (!isArrayLike(leaf)) {
    const got =
      typeof leaf === "object" && leaf !== null
        ? `a ${leaf.constructor.name}`
        : `${typeof leaf} ${String(leaf)}`;
    throw new ArgumentError(`${place}: expected an array or a number; got ${got}.`);
  }
  return asArray(leaf, place);
}

/** The arrays of a tree, and its structure. */
export function flattenArrays(tree: unknown, where: string): [NDArray[], TreeDef, KeyPath[]] {
  const [leaves, def] = treeFlattenWithPath(tree);
  return [leaves.map(([path, leaf]) => leafArray(leaf, where, path)), def, leaves.map(([path]) => path)];
}

/** The arrays in a function's result. */
export function flattenOutput(out: unknown, what: string): [NDArray[], TreeDef] {
  if (out === undefined) {
    throwMissingReturn(what);
  }
  if (out instanceof Promise) checkOutputLeaf(out, what, "");
  const [leaves, def] = treeFlattenWithPath(out);
  const arrays = leaves.map(([path, leaf]) => {
    if (leaf instanceof NDArray) return leaf;
    if (!isArrayLike(leaf)) checkOutputLeaf(leaf, what, path.length === 0 ? "" : ` at ${keystr(path)}`);
    return asArray(leaf as ArrayLike, what);
  });
  return [arrays, def];
}

function throwMissingReturn(what: string): never {
  checkOutputLeaf(undefined, `${what} (is a \`return\` missing?)`, "");
  throw new Error("internal: unreachable");
}

/** `grad(loss)`: what the user called, for messages. */
export const describeCall = (transformation: string, f: { readonly name: string }): string =>
  `${transformation}(${functionName(f)})`;

/** Splits `[out, aux]`. */
export function splitAux(result: unknown, what: string): [unknown, unknown] {
  if (!Array.isArray(result) || result.length !== 2) {
    throw new TreeError(
      `${what}: with hasAux the function must return [result, aux]; got ${Array.isArray(result) ? `a list of ${result.length}` : typeof result}.`,
    );
  }
  return [result[0], result[1]];
}

/**
 * A user's function as one on flat lists. What it returned besides arrays is kept aside: the structure of its result,
 * and the auxiliary data, whose arrays follow the results in the flat list (so that transformations can unwrap them).
 */
export class FlatFunction {
  readonly what: string;
  readonly #f: AnyFunction;
  readonly #rebuild: (arrays: readonly NDArray[]) => readonly unknown[];
  readonly #hasAux: boolean;
  #outDef: TreeDef | null = null;
  #auxDef: TreeDef | null = null;
  #auxLeaves: unknown[] = [];
  numOuts = 0;

  constructor(
    f: AnyFunction,
    what: string,
    rebuild: (arrays: readonly NDArray[]) => readonly unknown[],
    hasAux = false,
  ) {
    this.#f = f;
    this.what = what;
    this.#rebuild = rebuild;
    this.#hasAux = hasAux;
  }

  readonly call = (arrays: readonly NDArray[]): NDArray[] => {
    const result = callWith(this.#f, this.#rebuild(arrays));
    if (!this.#hasAux) return this.#outputs(result);
    if (result === undefined || result instanceof Promise) flattenOutput(result, this.what);
    const [out, aux] = splitAux(result, this.what);
    const outs = this.#outputs(out);
    const [auxLeaves, auxDef] = treeFlatten(aux);
    this.#auxDef = auxDef;
    this.#auxLeaves = auxLeaves;
    return [...outs, ...auxLeaves.filter((x): x is NDArray => x instanceof NDArray)];
  };

  /** Takes a result that a rule computed in place of the function. */
  adopt(out: unknown): NDArray[] {
    return this.#outputs(out);
  }

  #outputs(out: unknown): NDArray[] {
    const [outs, def] = flattenOutput(out, this.what);
    this.#outDef = def;
    this.numOuts = outs.length;
    return outs;
  }

  get outDef(): TreeDef {
    return this.#outDef!;
  }

  /** The function's result, rebuilt from flat outputs. */
  result(flat: readonly NDArray[]): unknown {
    return treeUnflatten(this.outDef, flat.slice(0, this.numOuts));
  }

  /** The auxiliary data, its arrays replaced by those of the flat outputs. */
  aux(flat: readonly NDArray[]): unknown {
    let at = this.numOuts;
    return treeUnflatten(
      this.#auxDef!,
      this.#auxLeaves.map((x) => (x instanceof NDArray ? flat[at++] : x)),
    );
  }
}

/** Rebuilds a list of argument trees from flat arrays. */
export function rebuildArgs(defs: readonly TreeDef[]): (arrays: readonly NDArray[]) => unknown[] {
  return (arrays) => {
    let at = 0;
    return defs.map((def) => {
      const leaves = arrays.slice(at, at + def.numLeaves);
      at += def.numLeaves;
      return treeUnflatten(def, leaves);
    });
  };
}

/** Argument trees flattened one after another. */
export function flattenArgs(
  args: readonly unknown[],
  where: string,
): { arrays: NDArray[]; defs: TreeDef[]; paths: string[] } {
  const arrays: NDArray[] = [];
  const defs: TreeDef[] = [];
  const paths: string[] = [];
  args.forEach((arg, i) => {
    const place = `${where}: argument ${i}`;
    const [leaves, def, leafPaths] = flattenArrays(arg, place);
    arrays.push(...leaves);
    defs.push(def);
    paths.push(...leafPaths.map((p) => `argument ${i}${keystr(p)}`));
  });
  return { arrays, defs, paths };
}

/** As `flattenArgs` without the paths, for functions that are called often. */
export function flattenArgsOnly(
  args: readonly unknown[],
  where: string,
): { arrays: NDArray[]; defs: TreeDef[] } {
  const arrays: NDArray[] = [];
  const defs: TreeDef[] = [];
  for (let i = 0; i < args.length; i++) {
    const [leaves, def] = treeFlatten(args[i]);
    // Numbers need a default dtype, and what is no array an error with its path.
    const plain = leaves.every((leaf) => leaf instanceof NDArray);
    arrays.push(...(plain ? leaves : flattenArrays(args[i], `${where}: argument ${i}`)[0]));
    defs.push(def);
  }
  return { arrays, defs };
}

/** @throws TreeError naming the path at which `got` differs from `expected`. */
export function checkTree(expected: TreeDef, got: TreeDef, where: string): void {
  const difference = explainTreeMismatch(expected, got);
  if (difference !== null) throw new TreeError(`${where}: the structures differ ${difference}.`);
}
