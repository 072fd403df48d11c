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
  leafDef,
  treeFlatten,
  treeFlattenWithPath,
  treeUnflatten,
} from "../core/tree.ts";
import { mergeLists, partitionList, range } from "../base/util.ts";
import { checkOutputLeaf, functionName } from "../core/trace.ts";
import { checkFunction, show } from "../base/checks.ts";
import { ArgumentError, TreeError } from "../base/errors.ts";
import { OptionalPart } from "../core/late.ts";
import { traceToJaxpr } from "../interpreters/staging.ts";
import type { ClosedJaxpr } from "../core/jaxpr/ir.ts";
import { asArray } from "../lax/operands/convert.ts";
import { type TypedArray, isTypedArray } from "../dtypes/dtype.ts";

/** A function of whatever arguments, as the transformations call it. */
export type AnyFunction = (...args: never[]) => unknown;

/** Is told of each call of a user's function by a transformation. */
type CallObserver = (f: AnyFunction, args: readonly unknown[]) => void;

/** What names traced arguments, where lines are recorded: installed by what compiles. Others look on while they do something. */
export const callObserver = new OptionalPart<CallObserver | null>();

/** Runs `run`; what transformations call meanwhile is told to `observe`, which so learns what they were made of. */
export function observeCalls<R>(observe: CallObserver, run: () => R): R {
  const before = callObserver.value;
  callObserver.install((f, args) => {
    before?.(f, args);
    observe(f, args);
  });
  try {
    return run();
  } finally {
    callObserver.install(before);
  }
}

/** Calls a function whose parameter types are known to its own caller only. */
export function callWith(f: AnyFunction, args: readonly unknown[]): unknown {
  if (typeof f !== "function") throw new ArgumentError(`expected a function to call; got ${show(f)}.`);
  callObserver.value?.(f, args);
  const out = (f as (...args: readonly unknown[]) => unknown)(...args);
  // A promise is refused where the result is read. That it may be rejected later must not end the program.
  if (out instanceof Promise) out.catch(() => undefined);
  return out;
}

/** The leaf as an array, or an error that names where it stands. */
export function leafArray(leaf: unknown, where: string, path: KeyPath): NDArray {
  if (leaf instanceof NDArray) return leaf;
  const place = `${where}${keystr(path)}`;
  if (!isArrayLike(leaf)) {
    const got = typeof leaf === "string" ? `string ${leaf}` : show(leaf);
    throw new ArgumentError(`${place}: expected an array or a number; got ${got}.`);
  }
  return asArray(leaf, place);
}

const isHostNumber = (x: unknown): x is number | bigint | TypedArray =>
  typeof x === "number" || typeof x === "bigint" || (typeof x === "object" && isTypedArray(x));

/**
 * An argument that a transformation neither differentiates nor maps, as the function gets it: numbers and typed arrays,
 * also in trees, are data and become arrays; anything else (booleans, text, functions, instances) stays as it is.
 */
export function numbersToArrays(x: unknown, where: string): unknown {
  if (isHostNumber(x)) return asArray(x, where);
  if (typeof x !== "object" || x === null || x instanceof NDArray) return x;
  const [leaves, def] = treeFlatten(x);
  if (!leaves.some(isHostNumber)) return x;
  return treeUnflatten(
    def,
    leaves.map((leaf) => (isHostNumber(leaf) ? asArray(leaf, where) : leaf)),
  );
}

/** The arrays of a tree, and its structure. */
export function flattenArrays(tree: unknown, where: string): [NDArray[], TreeDef, KeyPath[]] {
  const [leaves, def] = treeFlattenWithPath(tree);
  return [leaves.map(([path, leaf]) => leafArray(leaf, where, path)), def, leaves.map(([path]) => path)];
}

/** As `flattenArrays` without the paths, which are made where an error needs them. */
function flattenPlain(tree: unknown, where: string): [NDArray[], TreeDef] {
  // What most arguments are is no tree to walk through.
  if (tree instanceof NDArray) return [[tree], leafDef];
  if (typeof tree === "number") return [[asArray(tree, where)], leafDef];
  const [leaves, def] = treeFlatten(tree);
  return [leaves.every(isArray) ? (leaves as NDArray[]) : flattenArrays(tree, where)[0], def];
}

/** The arrays in a function's result. */
export function flattenOutput(out: unknown, what: string): [NDArray[], TreeDef] {
  if (out instanceof NDArray) return [[out], leafDef];
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
export function describeCall(transformation: string, f: { readonly name: string }): string {
  checkFunction(transformation, "the first argument", f);
  return `${transformation}(${functionName(f)})`;
}

/** Splits `[out, aux]`. */
export function splitAux(result: unknown, what: string): [unknown, unknown] {
  return pairOf(result, `${what}: with hasAux the function must return [result, aux]`);
}

/** @throws TreeError that says what was expected, if `x` is no list of two. */
export function pairOf(x: unknown, expected: string): [unknown, unknown] {
  if (Array.isArray(x) && x.length === 2) return [x[0], x[1]];
  throw new TreeError(`${expected}; got ${describeList(x)}.`);
}

export const isArray = (x: unknown): boolean => x instanceof NDArray;

/** A tree whose arrays go their own way (through a transformation, say) and are put back later. */
export class ArraysAside {
  readonly #def: TreeDef;
  readonly #leaves: readonly unknown[];
  readonly #flags: readonly boolean[];
  readonly arrays: NDArray[];

  /** @param isOperand which leaves these are: arrays, and perhaps what can be made one. */
  constructor(tree: unknown, isOperand = isArray, where = "") {
    [this.#leaves, this.#def] = treeFlatten(tree);
    this.#flags = this.#leaves.map(isOperand);
    this.arrays = this.#leaves.filter((_, i) => this.#flags[i]).map((x) => asArray(x as ArrayLike, where));
  }

  /** The tree with other arrays in place of its own. */
  rebuild(arrays: readonly NDArray[]): unknown {
    let at = 0;
    return treeUnflatten(
      this.#def,
      this.#leaves.map((x, i) => (this.#flags[i] ? arrays[at++] : x)),
    );
  }
}

/**
 * A user's function as one on flat lists. What it returned besides arrays is kept aside: the structure of its result,
 * and the auxiliary data, whose arrays follow the results in the flat list (so that transformations can unwrap them).
 */
export class FlatFunction {
  readonly what: string;
  readonly #f: AnyFunction;
  /** The function's arguments from flat arrays. */
  readonly arguments: (arrays: readonly NDArray[]) => readonly unknown[];
  readonly hasAux: boolean;
  #outDef: TreeDef | null = null;
  #aux: ArraysAside | null = null;
  numOuts = 0;

  constructor(
    f: AnyFunction,
    what: string,
    rebuild: (arrays: readonly NDArray[]) => readonly unknown[],
    hasAux = false,
  ) {
    checkFunction(what, "the function to transform", f);
    this.#f = f;
    this.what = what;
    this.arguments = rebuild;
    this.hasAux = hasAux;
  }

  readonly call = (arrays: readonly NDArray[]): NDArray[] => {
    const result = callWith(this.#f, this.arguments(arrays));
    if (!this.hasAux) return this.#outputs(result);
    if (result === undefined || result instanceof Promise) flattenOutput(result, this.what);
    const [out, aux] = splitAux(result, this.what);
    const outs = this.#outputs(out);
    this.#aux = new ArraysAside(aux);
    return [...outs, ...this.#aux.arrays];
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
    return this.#aux!.rebuild(flat.slice(this.numOuts));
  }
}

/** Splits the leaves of trees that were flattened one after another into those of each. */
export function splitLeaves<T>(defs: readonly TreeDef[], leaves: readonly T[]): T[][] {
  let end = 0;
  return defs.map(({ numLeaves }) => {
    end += numLeaves;
    return leaves.slice(end - numLeaves, end);
  });
}

/** Rebuilds a list of argument trees from flat arrays. */
export function rebuildArgs(defs: readonly TreeDef[]): (arrays: readonly NDArray[]) => unknown[] {
  return (arrays) => splitLeaves(defs, arrays).map((leaves, i) => treeUnflatten(defs[i], leaves));
}

/** Arguments flattened one after another. */
interface FlatArgs {
  readonly arrays: NDArray[];
  readonly defs: TreeDef[];
}

/** Argument trees (all, or those of the given numbers) flattened one after another. */
export function flattenArgs(
  args: readonly unknown[],
  where: string,
  numbers: readonly number[] = range(args.length),
): FlatArgs {
  const arrays: NDArray[] = [];
  const defs: TreeDef[] = [];
  for (const k of numbers) {
    const [own, def] = flattenPlain(args[k], `${where}: argument ${k}`);
    for (const x of own) arrays.push(x);
    defs.push(def);
  }
  return { arrays, defs };
}

/** Where the arrays of arguments stand, in the order of `flattenArgs`. */
export const argumentPaths = (
  args: readonly unknown[],
  numbers: readonly number[] = range(args.length),
): string[] =>
  numbers.flatMap((k) => treeFlattenWithPath(args[k])[0].map(([path]) => `argument ${k}${keystr(path)}`));

/** A user's function and the arguments of a call of it, both flat. */
export interface FlatCall {
  readonly arrays: NDArray[];
  readonly defs: readonly TreeDef[];
  /** The arguments, or a list like them, from flat arrays. */
  readonly rebuild: (arrays: readonly NDArray[]) => unknown[];
  readonly fun: FlatFunction;
}

/** What most transformations begin with. Arguments flagged as static reach the function as they are. */
export function flattenCall(
  f: AnyFunction,
  args: readonly unknown[],
  what: string,
  hasAux = false,
  isStatic?: readonly boolean[],
): FlatCall {
  const [dynamic, statics] = isStatic === undefined ? [args, []] : partitionList(isStatic, args);
  const { arrays, defs } = flattenArgs(dynamic, what);
  const rebuild = rebuildArgs(defs);
  const place = (flat: readonly NDArray[]): unknown[] =>
    isStatic === undefined ? rebuild(flat) : mergeLists(isStatic, rebuild(flat), statics);
  return { arrays, defs, rebuild, fun: new FlatFunction(f, what, place, hasAux) };
}

/** The program of a function on arrays like those given. */
export const traceCall = (fun: FlatFunction, arrays: readonly NDArray[]): ClosedJaxpr =>
  traceToJaxpr(
    fun.call,
    arrays.map((a) => a.aval),
    fun.what,
  );

/** Flags the arguments that an option names by number, from the end if it is negative; undefined if it names none. */
export function flagArguments(
  numbers: readonly number[],
  count: number,
  option: string,
  what: string,
  lowest = -count,
): boolean[] | undefined {
  if (numbers.length === 0) return undefined;
  const flags = new Array<boolean>(count).fill(false);
  for (const n of numbers) {
    if (!Number.isInteger(n) || n < lowest || n >= count)
      throw new ArgumentError(
        `${what}: ${option} names argument ${show(n)}, but the call has ${count} arguments.`,
      );
    flags[n < 0 ? n + count : n] = true;
  }
  return flags;
}

/** An option that is a number or a list of them. */
export const numberList = (option: number | readonly number[] | undefined): readonly number[] =>
  Array.isArray(option)
    ? (option as readonly number[])
    : option === undefined || option === null
      ? []
      : [option as number];

/** What was got in place of a list of fixed length. */
export const describeList = (x: unknown): string => (Array.isArray(x) ? `a list of ${x.length}` : typeof x);

/** @throws TreeError naming the path at which `got` differs from `expected`. */
export function checkTree(expected: TreeDef, got: TreeDef, where: string): void {
  const difference = explainTreeMismatch(expected, got);
  if (difference !== null) throw new TreeError(`${where}: the structures differ ${difference}.`);
}
