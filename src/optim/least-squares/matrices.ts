/** @file Jacobians, dense or sparse: what the methods compute with them, and how they come about. */
import type { NDArray } from "../../core/array.ts";
import { jacfwd, jacrev } from "../../api/jacobian.ts";
import * as lax from "../../control-flow/lax.ts";
import { take } from "../../numpy/indexing/take.ts";
import { updater } from "../../numpy/indexing/indexing.ts";
import { type Sparsity, SparseMatrix, sparseJacobian } from "../../sparse/index.ts";
import { indexArray } from "../../sparse/matrix.ts";

export type Matrix = NDArray | SparseMatrix;

/** J v. */
export const times = (j: Matrix, v: NDArray): NDArray =>
  j instanceof SparseMatrix ? j.matmul(v) : lax.dot(j, v);

/** The sums of the entries of each column. */
const columnSums = (j: SparseMatrix, entries: NDArray): NDArray =>
  updater(lax.full([j.shape[1]], 0, entries.dtype), [indexArray(j.cols)]).add(entries);

/** Jᵀ u. */
export const timesTransposed = (j: Matrix, u: NDArray): NDArray =>
  j instanceof SparseMatrix ? columnSums(j, j.data.mul(take(u, indexArray(j.rows), 0))) : lax.dot(u, j);

/** diag(d) J. */
export const scaleRows = (j: Matrix, d: NDArray): Matrix =>
  j instanceof SparseMatrix
    ? new SparseMatrix(j.data.mul(take(d, indexArray(j.rows), 0)), j.pattern)
    : j.mul(lax.expandDims(d, [1]));

/** The norms of the columns. */
export const columnNorms = (j: Matrix): NDArray =>
  lax.sqrt(j instanceof SparseMatrix ? columnSums(j, j.data.mul(j.data)) : lax.reduceSum(j.mul(j), [0]));

/** Makes the Jacobian of a function of vectors: along columns or rows, whichever are fewer, or by a sparsity pattern. */
export function jacobianOf(
  fun: (x: NDArray) => NDArray,
  m: number,
  n: number,
  sparsity: Sparsity | "auto" | undefined,
): (x: NDArray) => Matrix {
  if (sparsity === undefined) return (x) => (n <= m ? jacfwd(fun)(x) : jacrev(fun)(x));
  const options = sparsity === "auto" ? {} : { sparsity };
  return sparseJacobian(fun, options);
}
