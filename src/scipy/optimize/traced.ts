/** @file Words for the methods: scalars, flags and choices of traced numbers. States of loops are records of arrays. */
import type { NDArray } from "../../core/array.ts";
import { treeFlatten, treeUnflatten } from "../../core/tree.ts";
import * as lax from "../../control-flow/lax.ts";
import { where } from "../../numpy/ufuncs/logic.ts";

export const int = (n: number): NDArray => lax.full([], n, "int32");
export const flag = (b: boolean): NDArray => lax.full([], b ? 1 : 0, "bool");
export const not = (x: NDArray): NDArray => lax.bitwiseNot(x);
export const and = (x: NDArray, ...ys: readonly NDArray[]): NDArray =>
  ys.reduce((a, b) => lax.bitwiseAnd(a, b), x);
export const or = (x: NDArray, ...ys: readonly NDArray[]): NDArray =>
  ys.reduce((a, b) => lax.bitwiseOr(a, b), x);

/** a where the flag is set, else b: trees of one structure, or numbers. */
export function pick<T>(c: NDArray, a: T, b: T): T {
  const [left, def] = treeFlatten(a);
  const [right] = treeFlatten(b);
  return treeUnflatten(
    def,
    left.map((x, i) => where(c, x as NDArray, right[i] as NDArray)),
  ) as T;
}

export const dot = (a: NDArray, b: NDArray): NDArray => lax.reduceSum(lax.mul(a, b), [0]);
export const norm = (x: NDArray): NDArray => lax.sqrt(dot(x, x));
/** The size of the largest element of a vector that has some. */
export const largest = (x: NDArray): NDArray => lax.reduceMax(lax.abs(x), [0]);
export const outer = (a: NDArray, b: NDArray): NDArray =>
  lax.mul(lax.broadcastInDim(a, [a.size, b.size], [0]), lax.broadcastInDim(b, [a.size, b.size], [1]));
export const eye = (like: NDArray, n: number = like.size): NDArray => {
  const [i, j] = [0, 1].map((axis) => lax.broadcastedIota("int32", [n, n], axis));
  return lax.convertElementType(lax.eq(i, j), like.dtype);
};
/** Whether all elements are finite. */
export const finite = (x: NDArray): NDArray =>
  lax.reduceAnd(
    lax.isFinite(x),
    x.shape.map((_, i) => i),
  );
export const zero = (like: NDArray): NDArray => lax.full([], 0, like.dtype);
export const number = (like: NDArray, x: number): NDArray => lax.full([], x, like.dtype);
/** Element i of a vector, or row i of a matrix. */
export const at = (x: NDArray, i: NDArray | number): NDArray => lax.dynamicIndexInDim(x, i, 0, false);
/** The vector with element i (the matrix with row i) replaced. */
export const put = (x: NDArray, value: NDArray, i: NDArray | number): NDArray =>
  lax.dynamicUpdateIndexInDim(x, value, i, 0);
/** One more, where the flag is set. */
export const count = (n: NDArray, c: NDArray): NDArray => lax.add(n, lax.convertElementType(c, "int32"));
