/** @file The logarithm of the multivariate normal density, by the Cholesky factor of the covariance. */
import type { NDArray } from "../../core/array.ts";
import { broadcastShapes } from "../../dtypes/shape.ts";
import * as lax from "../../lax/index.ts";
import { diagonalOf, withBatch } from "../../lax/linalg/algebra.ts";
import { solveTriangle } from "../../lax/linalg/triangular-solve.ts";
import { broadcastToShape } from "../../lax/shapes/movement.ts";
import * as np from "../../numpy/index.ts";
import { prod } from "../../base/util.ts";

/** L⁻¹·r for vectors r [..., n], broadcast against the factors. One factor serves for all vectors at once. */
function whiten(l: NDArray, r: NDArray): NDArray {
  const n = l.shape[l.ndim - 1];
  const p = { leftSide: false, lower: true, transposeA: true };
  if (l.ndim === 2) {
    const rows = lax.reshape(r, [prod(r.shape.slice(0, -1)), n]);
    return lax.reshape(solveTriangle(l, rows, p), r.shape);
  }
  const batch = broadcastShapes([l.shape.slice(0, -2), r.shape.slice(0, -1)], "logpdf");
  const rows = lax.expandDims(broadcastToShape(r, [...batch, n]), [batch.length]);
  return lax.squeeze(solveTriangle(withBatch(l, batch), rows, p), [batch.length]);
}

/**
 * log N(difference; 0, covariance), for vectors [..., n] and covariances [..., n, n], of which the symmetric part counts; NaN
 * where they are not positive definite.
 */
export function logNormal(covariance: NDArray, difference: NDArray): NDArray {
  const l = lax.linalg.cholesky(covariance);
  const y = whiten(l, difference);
  const square = lax.reduceSum(lax.square(y), [y.ndim - 1]);
  const logRoot = lax.reduceSum(lax.log(diagonalOf(l)), [l.ndim - 2]);
  const constant = (l.shape[l.ndim - 1] / 2) * Math.log(2 * Math.PI);
  return np.subtract(np.multiply(-0.5, square), np.add(logRoot, constant));
}
