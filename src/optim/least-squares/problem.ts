/** @file What the methods of least squares share: the problem, where they stand, and how the Jacobian's parts are used. */
import type { NDArray } from "../../core/array.ts";
import * as lax from "../../control-flow/lax.ts";
import { qr, svd } from "../../numpy/linalg/factors.ts";
import { where } from "../../numpy/ufuncs/logic.ts";
import type { Box } from "../../scipy/optimize/problem.ts";
import { type Loss, costOf, robust } from "./losses.ts";
import { type Matrix, columnNorms, scaleRows, timesTransposed } from "./matrices.ts";

export interface Tolerances {
  readonly ftol: number;
  readonly xtol: number;
  readonly gtol: number;
}

export interface LeastSquares extends Tolerances {
  readonly x0: NDArray;
  /** Number of residuals. */
  readonly m: number;
  readonly fun: (x: NDArray) => NDArray;
  readonly jac: (x: NDArray) => Matrix;
  readonly box: Box | null;
  readonly loss: Loss | null;
  /** The sizes of the unknowns; "jac": those that make the Jacobian's columns of size 1. */
  readonly xScale: NDArray | "jac";
  /** By the whole Jacobian's factorisation, or by products with it. */
  readonly exact: boolean;
  readonly maxNfev: number;
  /** Is told of each iteration; true ends the search. */
  readonly watch: ((x: NDArray, cost: NDArray, nit: NDArray, nfev: NDArray) => NDArray) | null;
}

/** A point, with residuals and Jacobian scaled for the loss. */
export interface Standing {
  readonly x: NDArray;
  /** The residuals themselves. */
  readonly residuals: NDArray;
  readonly f: NDArray;
  readonly jac: Matrix;
  readonly gradient: NDArray;
  readonly cost: NDArray;
  readonly inverseScale: NDArray;
}

/** Where a search ended. */
export interface Ended {
  readonly x: NDArray;
  readonly status: NDArray;
  readonly optimality: NDArray;
  readonly nfev: NDArray;
  readonly njev: NDArray;
  readonly nit: NDArray;
}

/** The point x with residuals that are known; `before` is the scale so far, which only grows. */
export function standingAt(
  { jac, loss, xScale }: LeastSquares,
  x: NDArray,
  residuals: NDArray,
  before: NDArray | null,
): Standing {
  const plain = jac(x);
  const scaled = loss === null ? null : robust(loss, residuals);
  const matrix = scaled === null ? plain : scaleRows(plain, scaled.rows);
  const f = scaled === null ? residuals : scaled.f;
  return {
    x,
    residuals,
    f,
    jac: matrix,
    gradient: timesTransposed(matrix, f),
    cost: costOf(loss, residuals),
    inverseScale: xScale === "jac" ? jacobianScale(matrix, before) : lax.div(1, xScale),
  };
}

function jacobianScale(jac: Matrix, before: NDArray | null): NDArray {
  const norms = columnNorms(jac);
  if (before !== null) return lax.max(norms, before);
  return where(norms.equal(0), lax.fullLike(norms, 1), norms);
}

/** The singular values of a matrix, its right vectors as columns, and Uᵀ f. */
export interface Factors {
  readonly s: NDArray;
  readonly v: NDArray;
  readonly uf: NDArray;
}

export function factorsOf(matrix: NDArray, f: NDArray): Factors {
  const [m, n] = matrix.shape;
  if (m > 2 * n) {
    // A tall matrix is as its triangle.
    const [q, r] = qr(matrix);
    const { s, v, uf } = factorsOf(r, lax.dot(f, q));
    return { s, v, uf };
  }
  const [u, s, vt] = svd(matrix, { fullMatrices: false });
  return { s, v: lax.transpose(vt, [1, 0]), uf: lax.dot(f, u) };
}
