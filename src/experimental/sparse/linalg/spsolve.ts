/** @file `spsolve`: sparse linear systems, solved by factorisation on the host. */
import type { ArrayLike, NDArray } from "../../../core/array.ts";
import { checkWhole, refuseMore, show } from "../../../base/checks.ts";
import { ArgumentError, DTypeError, ShapeError, checkOptions } from "../../../base/errors.ts";
import { type DType, isComplex, isInexact, isInteger } from "../../../dtypes/dtype.ts";
import { shapeString } from "../../../dtypes/shape.ts";
import { customLinearSolve } from "../../../control-flow/linear/linear-solve.ts";
import { pureCallback } from "../../../effects/host-callbacks.ts";
import { arraysEqual } from "../../../base/util.ts";
import * as np from "../../../numpy/index.ts";
import { array } from "../functions/given.ts";
import { dotDense } from "../parts/dot.ts";
import { coordinates } from "../parts/parts.ts";
import { joinColumns } from "../parts/places.ts";
import { rowsFromOffsets } from "../parts/rows.ts";
import { solveSparse, transposed } from "./lu.ts";
import type { Matrix } from "./ordering.ts";

/** Options of `spsolve`. */
export interface SpsolveOptions {
  /** As in JAX, where it decides on GPUs whether a matrix is singular; here it is, if a pivot is exactly zero. */
  readonly tol?: number | undefined;
  /** The order of elimination: 0 as it is, 1 (the default) reverse Cuthill–McKee, 2 minimum degree, 3 nested dissection. */
  readonly reorder?: 0 | 1 | 2 | 3 | undefined;
}

/** The entries of a matrix as numbers; of complex ones, the real matrix of twice the size [Re −Im; Im Re]. */
function matrixOf(data: NDArray, indices: NDArray, indptr: NDArray): Matrix {
  const n = indptr.size - 1;
  const offsets = Int32Array.from(indptr.dataSync() as ArrayLike2, Number);
  const columns = Int32Array.from(indices.dataSync() as ArrayLike2, Number);
  const values = Float64Array.from(data.dataSync() as ArrayLike2, Number);
  const inside = (e: number): boolean => columns[e] >= 0 && columns[e] < n;
  const complex = isComplex(data.dtype);
  const size = complex ? 2 * n : n;
  const rows: { offsets: number[]; columns: number[]; values: number[] } = {
    offsets: [0],
    columns: [],
    values: [],
  };
  for (let row = 0; row < size; row++) {
    const i = row % n;
    for (let e = offsets[i]; e < Math.min(offsets[i + 1], columns.length); e++) {
      if (!inside(e)) continue;
      if (!complex) {
        rows.columns.push(columns[e]);
        rows.values.push(values[e]);
        continue;
      }
      const [re, im] = [values[2 * e], values[2 * e + 1]];
      rows.columns.push(columns[e], n + columns[e]);
      rows.values.push(...(row < n ? [re, -im] : [im, re]));
    }
    rows.offsets.push(rows.columns.length);
  }
  return {
    n: size,
    offsets: Int32Array.from(rows.offsets),
    columns: Int32Array.from(rows.columns),
    values: Float64Array.from(rows.values),
  };
}

type ArrayLike2 = { readonly length: number; readonly [i: number]: number | bigint };

/** The right hand side for such a matrix: of complex numbers the real parts, then the imaginary ones. */
function vectorOf(b: NDArray): Float64Array {
  const flat = b.dataSync() as ArrayLike2;
  if (!isComplex(b.dtype)) return Float64Array.from(flat, Number);
  const n = b.size;
  return Float64Array.from({ length: 2 * n }, (_, i) => Number(flat[i < n ? 2 * i : 2 * (i - n) + 1]));
}

/** What the host solves: the system, or that with the transposed matrix. */
const hostSolver =
  (way: 0 | 1 | 2 | 3, transpose: boolean, dtype: DType) =>
  (data: NDArray, indices: NDArray, indptr: NDArray, b: NDArray): NDArray => {
    const a = matrixOf(data, indices, indptr);
    const n = b.size;
    if (n === 0) return b;
    // The transposed complex matrix is not the transposed real one of twice the size: that is its conjugate transpose.
    const given = transpose ? transposed(isComplex(dtype) ? conjugated(a) : a) : a;
    const x = solveSparse(given, vectorOf(b), way);
    if (!isComplex(dtype)) return np.array(x, { dtype });
    const part = (from: number): NDArray => np.array(x.slice(from, from + n));
    return np.add(part(0), np.multiply(part(n), np.array({ re: 0, im: 1 }))).astype(dtype);
  };

/** The real matrix of twice the size of the conjugated matrix: the two off-diagonal blocks change their sign. */
function conjugated(a: Matrix): Matrix {
  const half = a.n / 2;
  const values = a.values.slice();
  for (let i = 0; i < a.n; i++)
    for (let e = a.offsets[i]; e < a.offsets[i + 1]; e++)
      if (i < half !== a.columns[e] < half) values[e] = -values[e];
  return { ...a, values };
}

/** @throws ShapeError, DTypeError unless these are a square matrix of compressed rows and a vector */
function checkSystem(where: string, data: NDArray, indices: NDArray, indptr: NDArray, b: NDArray): void {
  if (data.dtype !== b.dtype || !isInexact(b.dtype))
    throw new DTypeError(
      `${where}: data and b must be of one floating-point or complex dtype; got ${data.dtype} and ${b.dtype}.`,
    );
  if (!isInteger(indices.dtype) || !isInteger(indptr.dtype))
    throw new DTypeError(
      `${where}: indices and indptr must be integers; got ${indices.dtype} and ${indptr.dtype}.`,
    );
  const all = [data, indices, indptr, b];
  if (all.every((x) => x.ndim === 1) && indptr.size === b.size + 1 && arraysEqual(data.shape, indices.shape))
    return;
  throw new ShapeError(
    `${where}: expected vectors: data and indices of one length, b, and indptr one element longer than b; got shapes ` +
      `${all.map((x) => shapeString(x.shape)).join(", ")}.`,
  );
}

/**
 * The solution x of A x = b, for a square sparse matrix of compressed rows: row i has the entries from `indptr[i]` to `indptr[i + 1]`,
 * `data[e]` in column `indices[e]`, in any order; those of one position add up. The matrix is factored on the host, as LU with partial
 * pivoting after reordering, in double precision whatever the dtype. If a pivot is exactly zero, x is NaN. Differentiable in the data and in
 * b, in both modes and to any order; under `vmap` one system is solved after another.
 * @throws ShapeError, DTypeError, ArgumentError unless the arrays fit
 * @see jax.experimental.sparse.linalg.spsolve
 * @example
 * const { BCSR, linalg } = experimental.sparse;
 * const a = BCSR.fromdense(np.array([[2, 0, 1], [0, 4, 0], [1, 0, 3]]));
 * linalg.spsolve(a.data, a.indices, a.indptr, np.array([5, 8, 10])); // Array([1., 2., 3.])
 */
export function spsolve(
  data: ArrayLike,
  indices: ArrayLike,
  indptr: ArrayLike,
  b: ArrayLike,
  options?: SpsolveOptions,
  ...more: []
): NDArray {
  const where = "spsolve";
  refuseMore(where, 5, more);
  checkOptions(where, options, ["tol", "reorder"]);
  const { tol = 1e-6, reorder = 1 } = options ?? {};
  if (typeof tol !== "number" || !(tol >= 0))
    throw new ArgumentError(`${where}: tol must be a number from 0 on; got ${show(tol)}.`);
  checkWhole(where, "reorder", reorder, 0, 3);
  const [d, cols, offsets, rhs] = [data, indices, indptr, b].map((x) => array(where, x));
  checkSystem(where, d, cols, offsets, rhs);
  const n = rhs.size;
  const rows = rowsFromOffsets(offsets, cols.size).astype(cols.dtype);
  const a = coordinates(d, joinColumns([rows, cols], rows), [n, n]);
  const matvec = (x: NDArray): NDArray => dotDense(where, a, x, { contract: [[1], [0]], batch: [[], []] });
  const solve = (y: NDArray, transpose: boolean): NDArray => {
    const host = hostSolver(reorder, transpose, rhs.dtype);
    const result = { shape: [n], dtype: rhs.dtype };
    return pureCallback(host, result, d, cols, offsets, y, { vmapMethod: "sequential" });
  };
  return customLinearSolve<NDArray>(matvec, rhs, (_, y) => solve(y, false), {
    transposeSolve: (_, y) => solve(y, true),
  });
}
