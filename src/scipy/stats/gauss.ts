/**
 * @file Linear algebra of the multivariate normal density: the logarithm of N(x; mean, covariance) by a Cholesky
 * factorisation column by column, in array operations, so that it batches and has derivatives of every order.
 */
import type { NDArray } from "../../core/array.ts";
import * as lax from "../../lax/index.ts";
import * as np from "../../numpy/index.ts";

/** The lower Cholesky factor as the list of its columns, each [..., n]; NaN where `a` is not positive definite. */
export function choleskyColumns(a: NDArray): NDArray[] {
  const n = a.shape[a.ndim - 1];
  const symmetric = np.multiply(0.5, np.add(a, np.matrixTranspose(a)));
  const columns: NDArray[] = [];
  for (let j = 0; j < n; j++) {
    let v = lax.indexInDim(symmetric, j, -1, false);
    for (const c of columns) v = lax.sub(v, np.multiply(c, entry(c, j)));
    const scaled = np.divide(v, np.sqrt(entry(v, j)));
    const row = lax.broadcastedIota("int32", scaled.shape, scaled.ndim - 1);
    columns.push(lax.select(lax.ge(row, j), scaled, 0));
  }
  return columns;
}

/** Element j of the last axis, which stays with size 1. */
const entry = (v: NDArray, j: number): NDArray => lax.sliceInDim(v, j, j + 1, 1, -1);

/** [|L⁻¹r|², Σ log Lⱼⱼ] for the factor L, r [..., n] broadcast against it. */
export function whiten(columns: readonly NDArray[], r: NDArray): [square: NDArray, logRoot: NDArray] {
  let rest = r;
  let square: NDArray | null = null;
  let logRoot: NDArray | null = null;
  columns.forEach((c, j) => {
    const pivot = entry(c, j);
    const y = np.divide(entry(rest, j), pivot);
    rest = np.subtract(rest, np.multiply(y, c));
    const [s, l] = [lax.square(y), lax.log(pivot)];
    square = square === null ? s : lax.add(square, s);
    logRoot = logRoot === null ? l : lax.add(logRoot, l);
  });
  return [np.squeeze(square!, -1), np.squeeze(logRoot!, -1)];
}

/** log N(difference; 0, covariance) given the covariance's factor. */
export function logNormal(columns: readonly NDArray[], difference: NDArray): NDArray {
  const [square, logRoot] = whiten(columns, difference);
  const constant = (columns.length / 2) * Math.log(2 * Math.PI);
  return np.subtract(np.multiply(-0.5, square), np.add(logRoot, constant));
}
