/** @file Arguments and results of functions of the host: trees of which the arrays go through the program. */
import {
  type KeyPath,
  type TreeDef,
  explainTreeMismatch,
  keystr,
  treeFlatten,
  treeFlattenWithPath,
  treeUnflatten,
} from "../core/tree.ts";
import { show } from "../base/checks.ts";
import { ArgumentError, OutputError } from "../base/errors.ts";
import { ShapeDtypeStruct } from "../api/staging.ts";
import { type ArrayLike, ConcreteArray, NDArray, isArrayLike } from "../core/array.ts";
import { type ShapedArray, shaped } from "../core/aval.ts";
import { isInexact, isInteger } from "../dtypes/dtype.ts";
import { arraysEqual } from "../base/util.ts";
import { asArray } from "../lax/operands/convert.ts";
import { convertElementType } from "../lax/elementwise/convert.ts";

/** The shape and the dtype of one result of a function of the host. */
export interface ResultSpec {
  readonly shape: readonly number[];
  readonly dtype: string;
}

/** What a function of the host gets for arguments of a program: arrays with values in their trees. */
export type HostArgs<A extends readonly unknown[]> = { -readonly [K in keyof A]: HostTree<A[K]> };

type HostTree<T> = [T] extends [ArrayLike]
  ? [T] extends [boolean]
    ? T
    : NDArray
  : T extends readonly unknown[] | { readonly [key: string]: unknown }
    ? { -readonly [K in keyof T]: HostTree<T[K]> }
    : T;

/** Leaves that become operands of a program: arrays, and what can be made one; truth values stay as they are. */
export const isNumeric = (x: unknown): boolean => typeof x !== "boolean" && isArrayLike(x);

const isSpec = (x: unknown): x is ResultSpec =>
  x instanceof ShapeDtypeStruct ||
  x instanceof NDArray ||
  (typeof x === "object" &&
    x !== null &&
    Object.keys(x).length === 2 &&
    Array.isArray((x as Partial<ResultSpec>).shape) &&
    typeof (x as Partial<ResultSpec>).dtype === "string");

/** What a function of the host promises to return. */
export class Results {
  readonly avals: readonly ShapedArray[];
  readonly #def: TreeDef;
  readonly #paths: readonly KeyPath[];
  readonly #where: string;

  /** @param specs a tree with `{ shape, dtype }` at its leaves, or null for no result. */
  constructor(specs: unknown, where: string) {
    const [leaves, def] = treeFlattenWithPath(specs, isSpec);
    this.#where = where;
    this.#def = def;
    this.#paths = leaves.map(([path]) => path);
    this.avals = leaves.map(([path, leaf]) => {
      if (!isSpec(leaf)) {
        throw new ArgumentError(
          `${where}: the second argument says what the function returns: { shape, dtype }, or a tree of such; got ` +
            `${show(leaf)}${path.length === 0 ? "" : ` at ${keystr(path)}`}.`,
        );
      }
      const { shape, dtype } = new ShapeDtypeStruct(leaf.shape, leaf.dtype as ShapeDtypeStruct["dtype"]);
      return shaped(shape, dtype);
    });
  }

  /** The tree of results. */
  tree(arrays: readonly NDArray[]): unknown {
    return treeUnflatten(this.#def, arrays);
  }

  /**
   * What the function returned, as arrays. Numbers take the dtype that was promised.
   * @throws OutputError if it is not what was promised
   */
  check(value: unknown, lanes: readonly ShapedArray[]): ConcreteArray[] {
    if (this.avals.length === 0) return [];
    if (value instanceof Promise)
      throw new OutputError(`${this.#where}: the function returned a Promise; it must be synchronous.`);
    if (value === undefined)
      throw new OutputError(`${this.#where}: the function returned undefined; is a \`return\` missing?`);
    const [leaves, def] = treeFlatten(value);
    const differs = explainTreeMismatch(this.#def, def);
    if (differs !== null)
      throw new OutputError(
        `${this.#where}: what the function returned is not what it promised: ${differs}.`,
      );
    return leaves.map((leaf, i) => this.#leaf(leaf, i, lanes[i]));
  }

  #leaf(leaf: unknown, i: number, aval: ShapedArray): ConcreteArray {
    const path = this.#paths[i].length === 0 ? "" : ` at ${keystr(this.#paths[i])}`;
    const fail = (got: string): never => {
      throw new OutputError(
        `${this.#where}: the function promised ${String(aval)}${path} and returned ${got}.`,
      );
    };
    if (!isArrayLike(leaf)) fail(show(leaf));
    const x = asArray(leaf as NDArray, this.#where);
    if (!(x instanceof ConcreteArray)) fail("a traced value");
    const same = x.dtype === aval.dtype || x.weakType;
    if (!arraysEqual(x.shape, aval.shape) || !same) fail(String(x.aval));
    if (isInteger(aval.dtype) && isInexact(x.dtype) && !Number.isSafeInteger(x.item())) fail(show(x.item()));
    return convertElementType(x, aval.dtype) as ConcreteArray;
  }
}
