/** @file The leaves of trees as arrays. */
import type { ArrayLike, NDArray } from "../../core/array.ts";
import type { ArrayTree } from "../../core/tree-types.ts";
import { treeLeaves, treeMap } from "../../core/tree.ts";
import { isComplex } from "../../dtypes/dtype.ts";
import { asArray } from "../../lax/operands/convert.ts";
import * as np from "../../numpy/index.ts";

/** Parameters: any tree of arrays. */
export type Params<T = unknown> = ArrayTree<T>;
/** Updates of parameters: a tree of the same structure. */
export type Updates<T = unknown> = ArrayTree<T>;

/** Applies `f` to the leaves of trees, as arrays. */
export function mapArrays(
  f: (...xs: NDArray[]) => unknown,
  tree: unknown,
  ...rest: readonly unknown[]
): unknown {
  const call = (...xs: readonly ArrayLike[]): unknown => f(...xs.map((x) => asArray(x, "optim")));
  return treeMap(call, tree, rest);
}

/** The leaves as arrays. */
export const arraysOf = (tree: unknown): NDArray[] =>
  treeLeaves(tree).map((x) => asArray(x as ArrayLike, "optim"));

/** x̄·x, real. */
export const absSquared = (x: NDArray): NDArray =>
  isComplex(x.dtype) ? np.real(np.multiply(np.conj(x), x)) : np.square(x);
