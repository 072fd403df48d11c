/** @file Functions of arrays in coordinates: conversion, order and layout. */
import type { ArrayLike, NDArray } from "../../../core/array.ts";
import { checkFlag, checkWhole, refuseMore } from "../../../base/checks.ts";
import { checkOptions } from "../../../base/errors.ts";
import type { BCOO } from "../classes/bcoo.ts";
import { BCOO as Bcoo } from "../classes/bcoo.ts";
import { type FromDenseOptions, type LayoutOptions, denseGiven, layoutGiven } from "../classes/options.ts";
import { checkSameShape, extract, toDense } from "../parts/conversion.ts";
import { sortIndices, sumDuplicates } from "../parts/order.ts";
import { transpose } from "../parts/shapes.ts";
import { array, axesOf, bcoo, needed } from "./given.ts";

/**
 * The nonzero elements of a dense array, in order: `nse` of them in each lane, by default as many as there are in the lane with most; what
 * is left over is padding. An entry is stored if any element of its dense axes is not zero. Linear in the array.
 * @throws ArgumentError for numbers of axes that do not fit; TracerIntegerConversionError for a traced array without `nse`
 * @see jax.experimental.sparse.bcoo_fromdense
 * @example
 * const m = experimental.sparse.bcooFromdense(np.array([[0, 2], [1, 0]]));
 * m.indices.js(); // [[0, 1], [1, 0]]
 * m.data.js(); // [2, 1]
 */
export function bcooFromdense(dense: ArrayLike, options?: FromDenseOptions, ...more: []): BCOO {
  refuseMore("bcooFromdense", 2, more);
  return Bcoo.of(denseGiven("bcooFromdense", dense, options));
}

/**
 * The array with all its zeros. Linear in the data.
 * @throws ArgumentError unless it is a BCOO
 * @see jax.experimental.sparse.bcoo_todense
 * @example
 * const { bcooFromdense, bcooTodense } = experimental.sparse;
 * bcooTodense(bcooFromdense(np.eye(2))).js(); // [[1, 0], [0, 1]]
 */
export function bcooTodense(mat: BCOO, ...more: []): NDArray {
  refuseMore("bcooTodense", 1, more);
  return toDense(bcoo("bcooTodense", mat));
}

/** Options of `bcooExtract`. */
export interface ExtractOptions {
  /** Whether positions are taken to occur once; by default as the array says. */
  readonly assumeUnique?: boolean | undefined;
}

/**
 * What a dense array of the same shape holds at the positions of a sparse one, as such. Where a position occurs again it gives zero there,
 * unless positions are unique. Linear in the dense array.
 * @throws ArgumentError unless the shapes are equal
 * @see jax.experimental.sparse.bcoo_extract
 * @example
 * const { BCOO, bcooExtract } = experimental.sparse;
 * bcooExtract(BCOO.fromdense(np.eye(2)), np.array([[1, 2], [3, 4]])).data.js(); // [1, 4]
 */
export function bcooExtract(sparr: BCOO, arr: ArrayLike, options?: ExtractOptions, ...more: []): BCOO {
  const where = "bcooExtract";
  refuseMore(where, 3, more);
  checkOptions(where, options, ["assumeUnique"]);
  const x = bcoo(where, sparr);
  const dense = array(where, arr);
  checkSameShape(where, x.shape, dense);
  const unique = options?.assumeUnique ?? x.uniqueIndices;
  checkFlag(where, "assumeUnique", unique);
  return Bcoo.of(extract(x, dense, unique));
}

/**
 * The entries of each lane in the lexicographic order of their positions; those of one position stay in order. Linear in the data.
 * @throws ArgumentError unless it is a BCOO
 * @see jax.experimental.sparse.bcoo_sort_indices
 * @example
 * const { BCOO, bcooSortIndices } = experimental.sparse;
 * const m = new BCOO([np.array([1, 2]), np.array([[1], [0]], "int32")], { shape: [3] });
 * bcooSortIndices(m).data.js(); // [2, 1]
 */
export function bcooSortIndices(mat: BCOO, ...more: []): BCOO {
  refuseMore("bcooSortIndices", 1, more);
  return Bcoo.of(sortIndices(bcoo("bcooSortIndices", mat)));
}

/** Options of `bcooSumDuplicates` and `bcsrSumDuplicates`. */
export interface SumOptions {
  /** Number of entries of the result: by default as many as are needed, which must be known. */
  readonly nse?: number | undefined;
}

/**
 * Entries of one position added up, in lexicographic order; entries that are zero stay. With fewer than are needed, the last ones are lost.
 * Linear in the data.
 * @throws ArgumentError without `nse` where indices are traced
 * @see jax.experimental.sparse.bcoo_sum_duplicates
 * @example
 * const { BCOO, bcooSumDuplicates } = experimental.sparse;
 * const m = new BCOO([np.array([1, 2, 3]), np.array([[1], [0], [1]], "int32")], { shape: [3] });
 * bcooSumDuplicates(m).data.js(); // [2, 4]
 */
export function bcooSumDuplicates(mat: BCOO, options?: SumOptions, ...more: []): BCOO {
  const where = "bcooSumDuplicates";
  refuseMore(where, 2, more);
  checkOptions(where, options, ["nse"]);
  const nse = options?.nse ?? null;
  if (nse !== null) checkWhole(where, "nse", nse);
  return Bcoo.of(sumDuplicates(where, bcoo(where, mat), nse));
}

/**
 * The same array with other numbers of batch and dense axes. Fewer cost nothing; more of them mean that each lane, or each entry, has a
 * place for what others have.
 * @throws SparseEfficiencyError for more batch or dense axes longer than 1, unless `onInefficient` is "warn" or null
 * @see jax.experimental.sparse.bcoo_update_layout
 * @example
 * const { BCOO, bcooUpdateLayout } = experimental.sparse;
 * const m = BCOO.fromdense(np.eye(2), { nBatch: 1 });
 * String(bcooUpdateLayout(m, { nBatch: 0 })); // "BCOO(float64[2,2], nse=2)"
 * bcooUpdateLayout(m, { nBatch: 2 }); // throws SparseEfficiencyError: stores many zeros
 */
export function bcooUpdateLayout(mat: BCOO, options?: LayoutOptions, ...more: []): BCOO {
  refuseMore("bcooUpdateLayout", 2, more);
  return Bcoo.of(layoutGiven("bcooUpdateLayout", bcoo("bcooUpdateLayout", mat), options));
}

/**
 * The array with its axes in another order; batch, sparse and dense axes each among themselves. Linear in the data.
 * @throws ArgumentError for a permutation that exchanges axes of different kinds
 * @see jax.experimental.sparse.bcoo_transpose
 * @example
 * const { BCOO, bcooTranspose } = experimental.sparse;
 * const m = BCOO.fromdense(np.array([[0, 2, 0], [1, 0, 4]]));
 * bcooTranspose(m, { permutation: [1, 0] }).todense().js(); // [[0, 1], [2, 0], [0, 4]]
 */
export function bcooTranspose(
  mat: BCOO,
  options: { readonly permutation: readonly number[] },
  ...more: []
): BCOO {
  const where = "bcooTranspose";
  refuseMore(where, 2, more);
  checkOptions(where, options, ["permutation"]);
  const x = bcoo(where, mat);
  const { permutation } = needed(where, options, ["permutation"]);
  return Bcoo.of(transpose(where, x, axesOf(where, "permutation", permutation, x.ndim)));
}
