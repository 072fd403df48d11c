/**
 * @file The `scipy.linalg` namespace: matrices of special structure; solvers and factorisations have files of their own.
 *
 * Those made of an array's elements read them by a fixed table of positions, so they are differentiable, and take any
 * number of leading (batch) axes. Those given by their size alone are in tables.ts.
 * Source: jax/_src/scipy/linalg.py; the definitions are SciPy's.
 */
import { show, refuseMore } from "../../base/checks.ts";
import { define } from "../../arguments/declare.ts";
import { given, param } from "../../arguments/parameters.ts";
import type { ArrayLike, NDArray } from "../../core/array.ts";
import { defaultFloat } from "../../dtypes/dtype.ts";
import { broadcastShapes, shapeString } from "../../dtypes/shape.ts";
import { ArgumentError, ShapeError } from "../../base/errors.ts";
import { asArray, promote } from "../../lax/operands/convert.ts";
import * as lax from "../../lax/index.ts";
import { broadcastToShape } from "../../lax/shapes/movement.ts";
import { asarray } from "../../numpy/creation/array.ts";
import { inexact } from "../../numpy/operands/promote.ts";
import { take } from "../../numpy/indexing/take.ts";
import { range } from "../../base/util.ts";

export { eigh, eighTridiagonal, hessenberg, polar, qr, qrMultiply, svd } from "./factors.ts";
export { type SchurOutput, funm, rsf2csf, schur } from "./schur.ts";
export { dft, expm, expmFrechet, solveSylvester, sqrtm } from "./functions.ts";
export { type CholeskyFactor, choFactor, choSolve, cholesky } from "./solve.ts";
export { det, inv, lu, luFactor, luSolve, solve, solveTriangular } from "./solve.ts";
export type { Trans } from "./parameters.ts";
export { type PascalKind, hadamard, helmert, hilbert, invhilbert, invpascal, pascal } from "./tables.ts";

/** An array with a last axis to read elements from. */
function elements(where: string, x: ArrayLike, least = 0): NDArray {
  const a = asArray(x, where);
  const v = a.ndim === 0 ? lax.reshape(a, [1]) : a;
  if (v.shape[v.ndim - 1] < least) {
    throw new ShapeError(`${where}: expected at least ${least} elements; got shape ${shapeString(v.shape)}.`);
  }
  return v;
}

const lengthOf = (x: NDArray): number => x.shape[x.ndim - 1];

/** Arrays joined along their last axis, their leading axes broadcast. */
function joined(where: string, ...xs: readonly ArrayLike[]): NDArray {
  const arrays = promote(where, ...xs);
  const batch = broadcastShapes(
    arrays.map((x) => x.shape.slice(0, -1)),
    where,
  );
  return lax.concatenate(
    arrays.map((x) => broadcastToShape(x, [...batch, lengthOf(x)])),
    batch.length,
  );
}

/** `v` from the k-th element on, along the last axis. */
const rest = (v: NDArray, k = 1): NDArray =>
  lax.sliceInDim(v, Math.min(k, lengthOf(v)), lengthOf(v), 1, v.ndim - 1);

/** Rows of positions in the last axis of `v`, read as matrices. */
function arranged(
  v: NDArray,
  rows: number,
  columns: number,
  position: (i: number, j: number) => number,
): NDArray {
  const batch = v.shape.slice(0, -1);
  if (rows * columns === 0) return lax.full([...batch, rows, columns], 0, v.dtype);
  const positions = Int32Array.from({ length: rows * columns }, (_, at) =>
    position(Math.floor(at / columns), at % columns),
  );
  const read = take(v, positions, { axis: v.ndim - 1, mode: "clip" });
  return lax.reshape(read, [...batch, rows, columns]);
}

/** `v` with a 0 and a 1 behind its elements; their positions. */
function withConstants(where: string, v: NDArray): { all: NDArray; zero: number; one: number } {
  const constants = asarray([0, 1], { dtype: v.dtype });
  return { all: joined(where, v, constants), zero: lengthOf(v), one: lengthOf(v) + 1 };
}

/** The elements of the second edge of a matrix. */
const other = param<[r: ArrayLike | null]>()("r", null);

/**
 * The matrix with constant diagonals that has the first column `c` and the first row `r` (`c`, conjugated, unless
 * given); `r[0]` is not used.
 * @see jax.scipy.linalg.toeplitz
 * @example
 * scipy.linalg.toeplitz(np.array([1, 2, 3]), np.array([1, 4])).js(); // [[1, 4], [2, 1], [3, 2]]
 */
export const toeplitz = define("toeplitz", [other], [], ({ r }, c: ArrayLike) => {
  const column = elements("toeplitz", c);
  const row = r === null ? column : elements("toeplitz", r);
  const m = lengthOf(column);
  const all = joined("toeplitz", column, rest(row));
  return arranged(all, m, lengthOf(row), (i, j) => (i >= j ? i - j : m + j - i - 1));
});

/**
 * The matrix with constant antidiagonals that has the first column `c` and the last row `r` (zeros unless given);
 * `r[0]` is not used.
 * @see jax.scipy.linalg.hankel
 * @example
 * scipy.linalg.hankel(np.array([1, 2]), np.array([0, 7, 8])).js(); // [[1, 2, 7], [2, 7, 8]]
 */
export const hankel = define("hankel", [other], [], ({ r }, c: ArrayLike) => {
  const column = elements("hankel", c);
  const row = r === null ? lax.full(column.shape, 0, column.dtype) : elements("hankel", r);
  return arranged(joined("hankel", column, rest(row)), lengthOf(column), lengthOf(row), (i, j) => i + j);
});

/**
 * The matrix whose columns are `c` rotated downwards by 0, 1, 2 … places.
 * @see scipy.linalg.circulant
 * @example
 * scipy.linalg.circulant(np.array([1, 2])).js(); // [[1, 2], [2, 1]]
 */
export function circulant(c: ArrayLike, ...more: []): NDArray {
  refuseMore("circulant", 1, more);
  const v = elements("circulant", c);
  const n = lengthOf(v);
  return arranged(v, n, n, (i, j) => (i - j + n) % n);
}

/**
 * The companion matrix of a polynomial with coefficients `a`, the highest power first: its eigenvalues are the roots.
 * @throws ShapeError for fewer than 2 coefficients
 * @see scipy.linalg.companion
 * @example
 * scipy.linalg.companion(np.array([1, -3, 2])).js(); // [[3, -2], [1, 0]]
 */
export function companion(a: ArrayLike, ...more: []): NDArray {
  refuseMore("companion", 1, more);
  const v = inexact("companion", elements("companion", a, 2));
  const { all, zero, one } = withConstants("companion", monic(v));
  return arranged(all, zero, zero, (i, j) => (i === 0 ? j : i === j + 1 ? one : zero));
}

/** The coefficients behind the first, divided by it, negated. */
function monic(v: NDArray): NDArray {
  const tail = rest(v);
  const first = lax.sliceInDim(v, 0, 1, 1, v.ndim - 1);
  return lax.neg(lax.div(tail, broadcastToShape(first, tail.shape)));
}

/**
 * Fiedler's companion matrix of a polynomial with coefficients `a`, the highest power first: five diagonals, and the
 * roots as eigenvalues.
 * @see scipy.linalg.fiedler_companion
 * @example
 * scipy.linalg.fiedlerCompanion(np.array([1, -3, 2])).js(); // [[3, -2], [1, 0]]
 */
export function fiedlerCompanion(a: ArrayLike, ...more: []): NDArray {
  refuseMore("fiedlerCompanion", 1, more);
  const v = inexact("fiedlerCompanion", elements("fiedlerCompanion", a, 1));
  // Position k holds the negated coefficient k + 1.
  const { all, zero, one } = withConstants("fiedlerCompanion", monic(v));
  return arranged(all, zero, zero, (i, j) => {
    if (j === 0 && i < 2) return i === 0 ? 0 : one;
    if (i % 2 === 0) {
      if (j === i + 1) return i + 1;
      if (j === i + 2) return one;
      return j === i - 1 ? i : zero;
    }
    return j === i - 2 ? one : zero;
  });
}

/**
 * The matrix of the distances |a[i] − a[j]|.
 * @see scipy.linalg.fiedler
 * @example
 * scipy.linalg.fiedler(np.array([1, 4])).js(); // [[0, 3], [3, 0]]
 */
export function fiedler(a: ArrayLike, ...more: []): NDArray {
  refuseMore("fiedler", 1, more);
  const v = elements("fiedler", a);
  const n = lengthOf(v);
  const shape = [...v.shape, n];
  const axes = range(v.ndim - 1);
  const rows = lax.broadcastInDim(v, shape, [...axes, v.ndim - 1]);
  return lax.abs(lax.sub(rows, lax.broadcastInDim(v, shape, [...axes, v.ndim])));
}

/**
 * The Leslie matrix of a population: fecundities `f` as the first row, survival rates `s`, one fewer, below the diagonal.
 * @throws ShapeError if the lengths do not fit
 * @see scipy.linalg.leslie
 * @example
 * scipy.linalg.leslie(np.array([1, 2]), np.array([0.5])).js(); // [[1, 2], [0.5, 0]]
 */
export function leslie(f: ArrayLike, s: ArrayLike, ...more: []): NDArray {
  refuseMore("leslie", 2, more);
  const [top, below] = [elements("leslie", f, 1), elements("leslie", s)];
  const n = lengthOf(top);
  if (lengthOf(below) !== n - 1) {
    throw new ShapeError(
      `leslie: expected one survival rate fewer than fecundities; got shapes ${shapeString(below.shape)} and ${shapeString(top.shape)}.`,
    );
  }
  const { all, zero } = withConstants("leslie", joined("leslie", top, below));
  return arranged(all, n, n, (i, j) => (i === 0 ? j : i === j + 1 ? n + j : zero));
}

type ConvolutionMode = "full" | "same" | "valid";

/**
 * The matrix that convolves a vector of length n with `a`: its product with v is `np.convolve(a, v, mode)`.
 *
 * Parameters: n, mode = "full" ("same", "valid").
 * @throws ArgumentError for an n below 1 or an unknown mode; ShapeError for an empty `a`
 * @see scipy.linalg.convolution_matrix
 * @example
 * scipy.linalg.convolutionMatrix(np.array([1, 2]), 2).js(); // [[1, 0], [2, 1], [0, 2]]
 */
export const convolutionMatrix = define(
  "convolutionMatrix",
  [given<[n: number]>()("n"), param<[mode: ConvolutionMode]>()("mode", "full")],
  [],
  ({ n, mode }, a: ArrayLike) => {
    if (!Number.isInteger(n) || n < 1)
      throw new ArgumentError(`convolutionMatrix: n must be a whole number, at least 1; got ${show(n)}.`);
    if (!["full", "same", "valid"].includes(mode)) {
      throw new ArgumentError(
        `convolutionMatrix: unknown mode ${show(mode)}; expected "full", "same" or "valid".`,
      );
    }
    const v = elements("convolutionMatrix", a, 1);
    const m = lengthOf(v);
    const overlap = Math.min(n, m) - 1;
    const above = mode === "full" ? 0 : mode === "same" ? Math.floor(overlap / 2) : overlap;
    const below = mode === "full" ? 0 : overlap - (mode === "same" ? above : 0);
    const { all, zero } = withConstants("convolutionMatrix", v);
    return arranged(all, m + n - 1 - above - below, n, (i, j) => {
      const k = i + above - j;
      return k >= 0 && k < m ? k : zero;
    });
  },
);

/**
 * The matrices along the diagonal of one large matrix, zeros elsewhere. Vectors are rows.
 * @throws ShapeError for an array of more than 2 dimensions
 * @see jax.scipy.linalg.block_diag
 * @example
 * scipy.linalg.blockDiag(np.eye(1), np.array([[2, 3]])).js(); // [[1, 0, 0], [0, 2, 3]]
 */
export function blockDiag(...arrs: readonly ArrayLike[]): NDArray {
  if (arrs.length === 0) return lax.full([1, 0], 0, defaultFloat());
  const blocks = promote("blockDiag", ...arrs).map((x) => {
    if (x.ndim > 2)
      throw new ShapeError(`blockDiag: expected at most 2 dimensions; got shape ${shapeString(x.shape)}.`);
    return x.ndim === 2 ? x : lax.reshape(x, [1, x.size]);
  });
  const width = blocks.reduce((total, x) => total + x.shape[1], 0);
  let left = 0;
  const rows = blocks.map((x) => {
    const before = left;
    left += x.shape[1];
    return lax.pad(x, lax.full([], 0, x.dtype), [
      [0, 0, 0],
      [before, width - left, 0],
    ]);
  });
  return lax.concatenate(rows, 0);
}
