/** @file Bijectors of matrices, along the last two axes: Cholesky factors of correlations and of covariances. */
import { refuseMore } from "../../base/checks.ts";
import { ShapeError } from "../../base/errors.ts";
import type { NDArray } from "../../core/array.ts";
import * as np from "../../numpy/index.ts";
import { type Bijector, bijector } from "./bijector.ts";
import { sumsBefore } from "./vectors.ts";

/** The k of the k × k matrix with so many numbers below the diagonal, or (`diagonal`) on it and below. */
function sizeOf(what: string, u: NDArray, diagonal: boolean): number {
  const n = u.ndim === 0 ? -1 : u.shape[u.ndim - 1];
  const k = Math.round((Math.sqrt(8 * n + 1) + (diagonal ? -1 : 1)) / 2);
  if (n > 0 && (diagonal ? k * (k + 1) : k * (k - 1)) === 2 * n) return k;
  const counts = diagonal ? "k (k + 1) / 2" : "k (k − 1) / 2";
  throw new ShapeError(
    `${what}: expected ${counts} numbers along the last axis, for a matrix of k rows; got shape [${u.shape.join(",")}].`,
  );
}

function checkSquare(what: string, x: NDArray): number {
  const [m, n] = x.shape.slice(-2);
  if (x.ndim >= 2 && m === n && n > 0) return n;
  throw new ShapeError(
    `${what}: expected square matrices along the last two axes; got shape [${x.shape.join(",")}].`,
  );
}

/** Which number stands where in a lower triangle, row by row; elsewhere `count`. */
function places(k: number, diagonal: boolean): { readonly table: NDArray; readonly flat: number[] } {
  const flat: number[] = [];
  const count = diagonal ? (k * (k + 1)) / 2 : (k * (k - 1)) / 2;
  const table = Array.from({ length: k * k }, (_, at) => {
    const [i, j] = [Math.floor(at / k), at % k];
    if (j > i || (j === i && !diagonal)) return count;
    flat.push(at);
    return flat.length - 1;
  });
  return { table: np.array(table, { dtype: "int32" }).reshape([k, k]), flat };
}

/** Lower triangles [..., k, k] from their numbers [..., n]; zeros elsewhere. */
function lower(u: NDArray, k: number, diagonal: boolean): NDArray {
  const zero = np.zeros([...u.shape.slice(0, -1), 1], { dtype: u.dtype });
  return np.take(np.concatenate([u, zero], -1), places(k, diagonal).table, -1);
}

/** The numbers of lower triangles. */
function entries(x: NDArray, k: number, diagonal: boolean): NDArray {
  const rows = np.reshape(x, [...x.shape.slice(0, -2), k * k]);
  return np.take(rows, np.array(places(k, diagonal).flat, { dtype: "int32" }), -1);
}

/** log(1 − tanh² u), without cancellation. */
const logSech2 = (u: NDArray): NDArray =>
  np.multiply(np.subtract(Math.log(2), np.logaddexp(u, np.negative(u))), 2);

/**
 * Cholesky factors of correlation matrices: lower triangular, with a positive diagonal and rows of length 1. From the
 * k (k − 1) / 2 numbers u along the last axis come partial correlations zᵢⱼ = tanh u, and Lᵢⱼ = zᵢⱼ √(∏ₗ₍ₗ₎₍<ⱼ₎ (1 − zᵢₗ²)).
 * @throws ShapeError for another number of numbers, or for matrices that are not square
 * @see Lewandowski, Kurowicka, Joe (2009); Stan reference manual, "Cholesky factors of correlation matrices"
 * @example
 * infer.correlationCholesky().forward(np.array([Math.atanh(0.6)])).js(); // ≈ [[1, 0], [0.6, 0.8]]
 */
export function correlationCholesky(...more: []): Bijector {
  refuseMore("correlationCholesky", 0, more);
  const logLeft = (u: NDArray, k: number): NDArray => sumsBefore(lower(logSech2(u), k, false));
  return bijector(
    "correlationCholesky",
    (u) => {
      const k = sizeOf("correlationCholesky.forward", u, false);
      const z = np.add(lower(np.tanh(u), k, false), np.eye(k, { dtype: u.dtype }));
      return np.multiply(z, np.exp(np.multiply(logLeft(u, k), 0.5)));
    },
    (x) => {
      const k = checkSquare("correlationCholesky.inverse", x);
      // What is left of a row's length, summed from its end.
      const left = np.flip(np.cumsum(np.flip(np.square(x), -1), -1), -1);
      return np.arctanh(entries(np.divide(x, np.sqrt(np.where(np.greater(left, 0), left, 1))), k, false));
    },
    (u) => {
      const k = sizeOf("correlationCholesky.forwardLogDet", u, false);
      const free = entries(logLeft(u, k), k, false);
      return np.sum(np.add(logSech2(u), np.multiply(free, 0.5)), -1);
    },
  );
}

/**
 * Cholesky factors of covariance matrices: lower triangular, with a positive diagonal, which is exp of the numbers that
 * stand there. The k (k + 1) / 2 numbers are those of the triangle row by row.
 * @throws ShapeError for another number of numbers, or for matrices that are not square
 * @example
 * infer.covarianceCholesky().forward(np.array([0, 3, 0])).js(); // [[1, 0], [3, 1]]
 */
export function covarianceCholesky(...more: []): Bijector {
  refuseMore("covarianceCholesky", 0, more);
  const onDiagonal = (k: number, x: NDArray, f: (d: NDArray) => NDArray): NDArray => {
    const eye = np.eye(k, { dtype: "bool" });
    return np.where(eye, f(np.where(eye, x, 1)), x);
  };
  return bijector(
    "covarianceCholesky",
    (u) => {
      const k = sizeOf("covarianceCholesky.forward", u, true);
      return onDiagonal(k, lower(u, k, true), np.exp);
    },
    (x) => {
      const k = checkSquare("covarianceCholesky.inverse", x);
      return entries(onDiagonal(k, x, np.log), k, true);
    },
    (u) => {
      const k = sizeOf("covarianceCholesky.forwardLogDet", u, true);
      const diagonal = np.array(
        Array.from({ length: k }, (_, i) => (i * (i + 3)) / 2),
        { dtype: "int32" },
      );
      return np.sum(np.take(u, diagonal, -1), -1);
    },
  );
}
