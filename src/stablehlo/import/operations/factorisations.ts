/** @file Factorisations of matrices with LAPACK's operands, results and options. */
import type { NDArray } from "../../../core/array.ts";
import * as lax from "../../../control-flow/lax.ts";
import { geqrf } from "../../../lax/linalg/qr.ts";
import { isComplex } from "../../../dtypes/dtype.ts";
import { range } from "../../../base/util.ts";
import type { Call } from "./call.ts";

/** Letters as LAPACK's options have them. */
const letter = { L: 76, U: 85, N: 78, R: 82, C: 67, T: 84 } as const;

const swapLast = (x: NDArray): NDArray => lax.transpose(x, [...range(x.ndim - 2), x.ndim - 1, x.ndim - 2]);

/** The conjugate transpose. */
const adjoint = (x: NDArray): NDArray => swapLast(isComplex(x.dtype) ? lax.conj(x) : x);

/** The Cholesky factor in one triangle, of which alone the argument is read. */
export const lower = (x: NDArray, isLower: boolean): NDArray =>
  isLower
    ? lax.linalg.cholesky(x, { symmetrizeInput: false })
    : adjoint(lax.linalg.cholesky(adjoint(x), { symmetrizeInput: false }));

/** On and above the diagonal those of one array, below those of another. */
function joinTriangles(upper: NDArray, below: NDArray): NDArray {
  const rows = lax.broadcastedIota("int32", below.shape, below.ndim - 2);
  const columns = lax.broadcastedIota("int32", below.shape, below.ndim - 1);
  const missing = below.shape[below.ndim - 2] - upper.shape[upper.ndim - 2];
  const tall = lax.pad(
    upper,
    lax.full([], 0, upper.dtype),
    upper.shape.map((_, i): [number, number, number] => [0, i === upper.ndim - 2 ? missing : 0, 0]),
  );
  return lax.select(lax.ge(columns, rows), tall, below);
}

/** R with the reflectors below it, and their factors. R has its derivative; the reflectors have none. */
export function qrFactor(x: NDArray): [NDArray, NDArray] {
  const [packed, taus] = geqrf(lax.stopGradient(x));
  return [joinTriangles(lax.linalg.qr(x, { fullMatrices: false })[1], packed), taus];
}

/** As `qrFactor`, of the matrix with its columns in another order, which is counted from 1. */
export function pivotedQr(x: NDArray): [NDArray, NDArray, NDArray] {
  const [, r, order] = lax.linalg.qr(x, { fullMatrices: false, pivoting: true });
  const n = x.shape[x.ndim - 1];
  const batches = range(x.ndim - 2);
  const columns = lax.reshape(order, [...order.shape, 1]);
  const numbers = {
    collapsedSliceDims: [x.ndim - 1],
    startIndexMap: [x.ndim - 1],
    operandBatchingDims: batches,
    startIndicesBatchingDims: batches,
  };
  const sizes = x.shape.map((d, i) => (i === x.ndim - 2 ? d : 1));
  const moved = lax.gather(lax.stopGradient(x), columns, { ...numbers, offsetDims: [x.ndim - 1] }, sizes, {
    mode: "clip",
  });
  const [packed, taus] = geqrf(n === 0 ? x : swapLast(moved));
  return [joinTriangles(r, packed), lax.add(order, lax.fullLike(order, 1)), taus];
}

/** `[x, s, u, vᵀ]`; of the vectors all, as many as values, or none. */
export function bidiagonalValues(c: Call): NDArray[] {
  const { x } = c;
  const mode = c.config("mode", letter.N);
  if (mode === letter.N) return [x, lax.linalg.svd(x, { computeUv: false })];
  const [u, s, vh] = lax.linalg.svd(x, { fullMatrices: mode === 65 });
  return [x, s, u, vh];
}

/** `[v, w]` of symmetric or Hermitian matrices. */
export function eigenvalues(c: Call): NDArray[] {
  const isLower = c.config("uplo", letter.L) === letter.L;
  return lax.linalg.eigh(c.x, { symmetrizeInput: false, lower: isLower });
}

/** `[re w, im w, vl, vr]` of real matrices, `[w, vl, vr]` of complex ones; vectors that are not asked for are zero. */
export function generalEigen(c: Call): NDArray[] {
  const { x } = c;
  const [left, right] = [
    c.config("compute_left", letter.N) !== letter.N,
    c.config("compute_right", letter.N) !== letter.N,
  ];
  const [w, ...vectors] = lax.linalg.eig(x, {
    computeLeftEigenvectors: left,
    computeRightEigenvectors: right,
  });
  const none = lax.full(x.shape, 0, w.dtype);
  const [vl, vr] = [left ? vectors[0] : none, right ? vectors[vectors.length - 1] : none];
  return isComplex(x.dtype) ? [w, vl, vr] : [lax.real(w), lax.imag(w), vl, vr];
}

/** `[t, z, re w, im w]`, or `[t, z, w]` of complex matrices. */
export function realSchur(c: Call): NDArray[] {
  const { x } = c;
  if (c.config("sort", letter.N) !== letter.N)
    throw c.error("eigenvalues cannot be sorted by a function of Python.");
  const [t, z] = lax.linalg.schur(x);
  const [w] = lax.linalg.eig(x, { computeLeftEigenvectors: false, computeRightEigenvectors: false });
  return isComplex(x.dtype) ? [t, z, w] : [t, z, lax.real(w), lax.imag(w)];
}

/** `[packed, taus]`, of whole matrices. */
export function hessenberg(c: Call): NDArray[] {
  const n = c.x.shape[c.x.ndim - 1];
  if (c.config("low", 1) !== 1 || c.config("high", n) !== n) throw c.error("expected the range 1 to n.");
  return lax.linalg.hessenberg(c.x);
}

/** `[packed, d, e, taus]`. */
export const tridiagonal = (c: Call): NDArray[] =>
  lax.linalg.tridiagonal(c.x, { lower: c.config("uplo", letter.L) === letter.L });

/** `[dl, d, du, x]`. */
export function tridiagonalSystem(c: Call): NDArray[] {
  const [dl, d, du, b] = c.arrays(4);
  return [dl, d, du, lax.linalg.tridiagonalSolve(dl, d, du, b)];
}

export function solveTriangle(c: Call): NDArray {
  const [a, b] = c.arrays(2);
  const how = c.config("trans_x", letter.N);
  return lax.linalg.triangularSolve(a, b, {
    leftSide: c.config("side", letter.L) === letter.L,
    lower: c.config("uplo", letter.L) === letter.L,
    transposeA: how !== letter.N,
    conjugateA: how === letter.C,
    unitDiagonal: c.config("diag", letter.N) === letter.U,
  });
}
