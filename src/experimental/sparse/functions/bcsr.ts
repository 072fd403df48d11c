/** @file Functions of arrays of compressed rows, and of matrices in coordinates, compressed rows and columns. */
import type { ArrayLike, NDArray } from "../../../core/array.ts";
import { checkFlag, checkWhole, refuseMore, show } from "../../../base/checks.ts";
import { ArgumentError, checkOptions } from "../../../base/errors.ts";
import { BCSR } from "../classes/bcsr.ts";
import { type FromDenseOptions } from "../classes/options.ts";
import { type MatrixOptions, product } from "../classes/matrices.ts";
import { type COO, type CSR, cooOf, csrOf } from "../classes/views.ts";
import { extractAt } from "../parts/conversion.ts";
import { sumDuplicates } from "../parts/order.ts";
import { checkRowIndices } from "../parts/parts.ts";
import { rowCoordinates, toCoordinates, toRows } from "../parts/rows.ts";
import * as shapes from "../parts/shapes.ts";
import type { SumOptions } from "./bcoo.ts";
import { array, bcsr, coo, csr, needed, wholes } from "./given.ts";

/**
 * The nonzero elements of a dense array, row by row: two axes are sparse, the others batch axes in front and dense ones behind. Linear in
 * the array.
 * @throws ArgumentError for numbers of axes that do not fit; TracerIntegerConversionError for a traced array without `nse`
 * @see jax.experimental.sparse.bcsr_fromdense
 * @example
 * experimental.sparse.bcsrFromdense(np.array([[0, 2], [1, 3]])).indptr.js(); // [0, 1, 3]
 */
export function bcsrFromdense(dense: ArrayLike, options?: FromDenseOptions, ...more: []): BCSR {
  refuseMore("bcsrFromdense", 2, more);
  return BCSR.fromdense(dense, options);
}

/**
 * The array with all its zeros. Linear in the data.
 * @throws ArgumentError unless it is a BCSR
 * @see jax.experimental.sparse.bcsr_todense
 * @example
 * const { bcsrFromdense, bcsrTodense } = experimental.sparse;
 * bcsrTodense(bcsrFromdense(np.eye(2))).js(); // [[1, 0], [0, 1]]
 */
export function bcsrTodense(mat: BCSR, ...more: []): NDArray {
  refuseMore("bcsrTodense", 1, more);
  return bcsr("bcsrTodense", mat).todense();
}

/**
 * What a dense array holds at the places of compressed rows, `indices` and `indptr`: the data of such an array. Linear in the dense array.
 * @throws ShapeError, DTypeError unless they are those of an array of its shape
 * @see jax.experimental.sparse.bcsr_extract
 * @example
 * const m = experimental.sparse.BCSR.fromdense(np.eye(2));
 * experimental.sparse.bcsrExtract(m.indices, m.indptr, np.array([[1, 2], [3, 4]])).js(); // [1, 4]
 */
export function bcsrExtract(indices: ArrayLike, indptr: ArrayLike, mat: ArrayLike, ...more: []): NDArray {
  const where = "bcsrExtract";
  refuseMore(where, 3, more);
  const [cols, offsets, dense] = [array(where, indices), array(where, indptr), array(where, mat)];
  checkRowIndices(where, cols, offsets, dense.shape);
  return extractAt(rowCoordinates(cols, offsets), dense, true);
}

/**
 * Entries of one position added up, in order; entries that are zero stay. Linear in the data.
 * @throws ArgumentError without `nse` where indices are traced
 * @see jax.experimental.sparse.bcsr_sum_duplicates
 * @example
 * const { BCSR, bcsrSumDuplicates } = experimental.sparse;
 * const at = [np.array([0, 0], "int32"), np.array([0, 2], "int32")] as const;
 * const m = new BCSR([np.array([1, 2]), ...at], { shape: [1, 2] });
 * bcsrSumDuplicates(m).data.js(); // [3]
 */
export function bcsrSumDuplicates(mat: BCSR, options?: SumOptions, ...more: []): BCSR {
  const where = "bcsrSumDuplicates";
  refuseMore(where, 2, more);
  checkOptions(where, options, ["nse"]);
  const nse = options?.nse ?? null;
  if (nse !== null) checkWhole(where, "nse", nse);
  return BCSR.of(toRows(where, sumDuplicates(where, toCoordinates(bcsr(where, mat)), nse)));
}

/**
 * The array with more axes, or longer batch and dense ones, along which it is repeated; see `bcooBroadcastInDim`. Linear in the data.
 * @throws ShapeError, ArgumentError where that does not fit
 * @see jax.experimental.sparse.bcsr_broadcast_in_dim
 * @example
 * const { BCSR, bcsrBroadcastInDim } = experimental.sparse;
 * const m = BCSR.fromdense(np.eye(2));
 * String(bcsrBroadcastInDim(m, { shape: [3, 2, 2], broadcastDimensions: [1, 2] })); // "BCSR(float64[3,2,2], nse=2, nBatch=1)"
 */
export function bcsrBroadcastInDim(
  mat: BCSR,
  options: { readonly shape: readonly number[]; readonly broadcastDimensions: readonly number[] },
  ...more: []
): BCSR {
  const where = "bcsrBroadcastInDim";
  refuseMore(where, 2, more);
  checkOptions(where, options, ["shape", "broadcastDimensions"]);
  const x = bcsr(where, mat);
  const o = needed(where, options, ["shape", "broadcastDimensions"]);
  const shape = wholes(where, "shape", o.shape);
  const dims = wholes(where, "broadcastDimensions", o.broadcastDimensions);
  return BCSR.of(toRows(where, shapes.broadcastInDim(where, toCoordinates(x), shape, dims)));
}

/**
 * Arrays one after another along a batch or sparse axis; see `bcooConcatenate`. Linear in the data.
 * @throws ShapeError, ArgumentError where they do not fit
 * @see jax.experimental.sparse.bcsr_concatenate
 * @example
 * const { BCSR, bcsrConcatenate } = experimental.sparse;
 * const m = BCSR.fromdense(np.eye(2));
 * bcsrConcatenate([m, m], { dimension: 0 }).indptr.js(); // [0, 1, 2, 3, 4]
 */
export function bcsrConcatenate(
  operands: readonly BCSR[],
  options: { readonly dimension: number },
  ...more: []
): BCSR {
  const where = "bcsrConcatenate";
  refuseMore(where, 2, more);
  checkOptions(where, options, ["dimension"]);
  if (!Array.isArray(operands) || operands.length === 0)
    throw new ArgumentError(`${where}: expected a list of BCSRs; got ${show(operands)}.`);
  const list = (operands as readonly unknown[]).map((x) => bcsr(where, x));
  const { dimension } = needed(where, options, ["dimension"]);
  checkWhole(where, "dimension", dimension, 0, list[0].ndim - 1);
  return BCSR.of(toRows(where, shapes.concatenate(where, list.map(toCoordinates), dimension)));
}

/**
 * The nonzero elements of a dense matrix, row by row; entries that are left over are zeros at the first place. Linear in the matrix.
 * @throws ShapeError unless it is a matrix; TracerIntegerConversionError for a traced one without `nse`
 * @see jax.experimental.sparse.coo_fromdense
 * @example
 * experimental.sparse.cooFromdense(np.array([[0, 2], [1, 0]])).col.js(); // [1, 0]
 */
export function cooFromdense(mat: ArrayLike, options?: MatrixOptions, ...more: []): COO {
  refuseMore("cooFromdense", 2, more);
  return cooOf("cooFromdense", mat, options);
}

/**
 * The matrix with all its zeros. Linear in the data.
 * @throws ArgumentError unless it is a COO
 * @see jax.experimental.sparse.coo_todense
 * @example
 * const { cooFromdense, cooTodense } = experimental.sparse;
 * cooTodense(cooFromdense(np.eye(2))).js(); // [[1, 0], [0, 1]]
 */
export function cooTodense(mat: COO, ...more: []): NDArray {
  refuseMore("cooTodense", 1, more);
  return coo("cooTodense", mat).todense();
}

/** Options of the products of matrices. */
export interface ProductOptions {
  /** The product with the transposed matrix; false by default. */
  readonly transpose?: boolean | undefined;
}

function transposes(where: string, options: ProductOptions | undefined): boolean {
  checkOptions(where, options, ["transpose"]);
  const transpose = options?.transpose ?? false;
  checkFlag(where, "transpose", transpose);
  return transpose;
}

/**
 * The product of a matrix in coordinates, or its transpose, and a vector. Linear in each.
 * @throws ShapeError for a vector of another length
 * @see jax.experimental.sparse.coo_matvec
 * @example
 * const { COO, cooMatvec } = experimental.sparse;
 * cooMatvec(COO.fromdense(np.array([[0, 2], [1, 0]])), np.array([3, 4]), { transpose: true }).js(); // [4, 6]
 */
export function cooMatvec(mat: COO, v: ArrayLike, options?: ProductOptions, ...more: []): NDArray {
  refuseMore("cooMatvec", 3, more);
  const transpose = transposes("cooMatvec", options);
  return product({ of: "cooMatvec", x: coo("cooMatvec", mat).entries, transpose }, v, 1);
}

/**
 * The product of a matrix in coordinates, or its transpose, and a dense matrix. Linear in each.
 * @throws ShapeError for a matrix of another number of rows
 * @see jax.experimental.sparse.coo_matmat
 * @example
 * const { COO, cooMatmat } = experimental.sparse;
 * cooMatmat(COO.fromdense(np.array([[0, 2], [1, 0]])), np.eye(2)).js(); // [[0, 2], [1, 0]]
 */
export function cooMatmat(mat: COO, B: ArrayLike, options?: ProductOptions, ...more: []): NDArray {
  refuseMore("cooMatmat", 3, more);
  const transpose = transposes("cooMatmat", options);
  return product({ of: "cooMatmat", x: coo("cooMatmat", mat).entries, transpose }, B, 2);
}

/**
 * The nonzero elements of a dense matrix as compressed rows; entries that are left over stand behind the last row. Linear in the matrix.
 * @throws ShapeError unless it is a matrix; TracerIntegerConversionError for a traced one without `nse`
 * @see jax.experimental.sparse.csr_fromdense
 * @example
 * experimental.sparse.csrFromdense(np.array([[0, 2], [1, 0]])).indptr.js(); // [0, 1, 2]
 */
export function csrFromdense(mat: ArrayLike, options?: MatrixOptions, ...more: []): CSR {
  refuseMore("csrFromdense", 2, more);
  return csrOf("csrFromdense", mat, options);
}

/**
 * The matrix with all its zeros. Linear in the data.
 * @throws ArgumentError unless it is a CSR
 * @see jax.experimental.sparse.csr_todense
 * @example
 * const { csrFromdense, csrTodense } = experimental.sparse;
 * csrTodense(csrFromdense(np.eye(2))).js(); // [[1, 0], [0, 1]]
 */
export function csrTodense(mat: CSR, ...more: []): NDArray {
  refuseMore("csrTodense", 1, more);
  return csr("csrTodense", mat).todense();
}

/**
 * The product of a matrix of compressed rows, or its transpose, and a vector. Linear in each.
 * @throws ShapeError for a vector of another length
 * @see jax.experimental.sparse.csr_matvec
 * @example
 * const { CSR, csrMatvec } = experimental.sparse;
 * csrMatvec(CSR.fromdense(np.array([[0, 2], [1, 0]])), np.array([3, 4])).js(); // [8, 3]
 */
export function csrMatvec(mat: CSR, v: ArrayLike, options?: ProductOptions, ...more: []): NDArray {
  refuseMore("csrMatvec", 3, more);
  const transpose = transposes("csrMatvec", options);
  return product({ of: "csrMatvec", x: csr("csrMatvec", mat).entries, transpose }, v, 1);
}

/**
 * The product of a matrix of compressed rows, or its transpose, and a dense matrix. Linear in each.
 * @throws ShapeError for a matrix of another number of rows
 * @see jax.experimental.sparse.csr_matmat
 * @example
 * const { CSR, csrMatmat } = experimental.sparse;
 * csrMatmat(CSR.fromdense(np.array([[0, 2], [1, 0]])), np.eye(2)).js(); // [[0, 2], [1, 0]]
 */
export function csrMatmat(mat: CSR, B: ArrayLike, options?: ProductOptions, ...more: []): NDArray {
  refuseMore("csrMatmat", 3, more);
  const transpose = transposes("csrMatmat", options);
  return product({ of: "csrMatmat", x: csr("csrMatmat", mat).entries, transpose }, B, 2);
}
