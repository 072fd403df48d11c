/** @file Products of arrays in coordinates and of compressed rows. */
import type { ArrayLike, NDArray } from "../../../core/array.ts";
import { refuseMore } from "../../../base/checks.ts";
import { checkOptions } from "../../../base/errors.ts";
import { type DType, toDType } from "../../../dtypes/dtype.ts";
import type { ConvOptions } from "../../../lax/convolution/api.ts";
import { convGeneralDilated, convOptionNames } from "../../../lax/convolution/api.ts";
import type { DotDimensionNumbers } from "../../../lax/contractions/dot.ts";
import { dotGeneral } from "../../../lax/contractions/dot.ts";
import * as np from "../../../numpy/index.ts";
import { BCOO, type ArrayOrSparse, operandOf } from "../classes/bcoo.ts";
import { BCSR } from "../classes/bcsr.ts";
import { checkAxes, dotDense, dotDenseSparse, dotRows, sampledDot, shapeOfDot } from "../parts/dot.ts";
import { checkIndices } from "../parts/parts.ts";
import { dotSparse, multiplyDense, multiplySparse } from "../parts/products.ts";
import { runSparse } from "../sparsify/trace.ts";
import { coordinatesOf, isSparse } from "../sparsify/values.ts";
import { array, bcoo, needed } from "./given.ts";

/** Options of contractions. */
export interface SparseDotOptions {
  /** `[[contracted axes of left, of right], [batch axes of left, of right]]`. */
  readonly dimensionNumbers: DotDimensionNumbers;
  /** The dtype of the result: that to which both are promoted, by default. */
  readonly preferredElementType?: DType | undefined;
  /** Changes nothing. */
  readonly precision?: unknown;
}

const dotNames = ["dimensionNumbers", "preferredElementType", "precision"];

/** The contraction of operands of which any may be sparse. */
function dot(where: string, lhs: unknown, rhs: unknown, options: SparseDotOptions): BCOO | NDArray {
  checkOptions(where, options, dotNames);
  const { dimensionNumbers, preferredElementType } = needed(where, options, ["dimensionNumbers"]);
  const preferred = preferredElementType === undefined ? null : toDType(preferredElementType, where);
  const [x, y] = [operandOf(where, lhs), operandOf(where, rhs)];
  const shape = (z: typeof x): readonly number[] => (isSparse(z) ? z.parts.shape : z.shape);
  const axes = checkAxes(where, shape(x), shape(y), dimensionNumbers);
  if (isSparse(x) && isSparse(y))
    return BCOO.of(dotSparse(where, coordinatesOf(x), coordinatesOf(y), axes, preferred));
  if (isSparse(x))
    return x.kind === "rows"
      ? dotRows(where, x.parts, y as NDArray, axes, preferred)
      : dotDense(where, x.parts, y as NDArray, axes, preferred);
  if (isSparse(y)) return dotDenseSparse(where, x, coordinatesOf(y), axes, preferred);
  const dtype = preferred ?? np.resultType(x, y);
  return dotGeneral(x.astype(dtype), y.astype(dtype), dimensionNumbers);
}

/**
 * Contracts axes of two arrays, of which one or both are sparse: as `lax.dotGeneral`. With a dense operand the result is dense: its axes
 * are the batch axes, the free ones of the left, then those of the right operand. Of two sparse ones it is sparse and in order, with as many
 * entries as there are pairs, at most as many as places; positions where nothing matched hold zeros. Batch axes of the product must be batch
 * axes of sparse operands; contracted axes batch or sparse ones, of two sparse operands sparse ones. Linear in each operand.
 * @throws ArgumentError, ShapeError where axes do not fit
 * @see jax.experimental.sparse.bcoo_dot_general
 * @example
 * const { BCOO, bcooDotGeneral } = experimental.sparse;
 * const m = BCOO.fromdense(np.array([[0, 2], [1, 0]]));
 * bcooDotGeneral(m, np.array([3, 4]), { dimensionNumbers: [[[1], [0]], [[], []]] }).js(); // [8, 3]
 */
export function bcooDotGeneral(lhs: BCOO, rhs: BCOO, options: SparseDotOptions): BCOO;
export function bcooDotGeneral(lhs: BCOO, rhs: ArrayLike, options: SparseDotOptions): NDArray;
export function bcooDotGeneral(lhs: ArrayLike, rhs: BCOO | ArrayLike, options: SparseDotOptions): NDArray;
export function bcooDotGeneral(
  lhs: ArrayOrSparse,
  rhs: ArrayOrSparse,
  options: SparseDotOptions,
  ...more: readonly unknown[]
): BCOO | NDArray {
  refuseMore("bcooDotGeneral", 3, more);
  return dot("bcooDotGeneral", lhs, rhs, options);
}

/**
 * Contracts a sparse array of compressed rows with a dense one, as `bcooDotGeneral`.
 * @throws ArgumentError, ShapeError where axes do not fit
 * @see jax.experimental.sparse.bcsr_dot_general
 * @example
 * const { BCSR, bcsrDotGeneral } = experimental.sparse;
 * const m = BCSR.fromdense(np.array([[0, 2], [1, 0]]));
 * bcsrDotGeneral(m, np.array([3, 4]), { dimensionNumbers: [[[1], [0]], [[], []]] }).js(); // [8, 3]
 */
export function bcsrDotGeneral(lhs: BCSR, rhs: BCSR, options: SparseDotOptions): BCSR;
export function bcsrDotGeneral(lhs: BCSR, rhs: ArrayLike, options: SparseDotOptions): NDArray;
export function bcsrDotGeneral(lhs: ArrayLike, rhs: BCSR | ArrayLike, options: SparseDotOptions): NDArray;
export function bcsrDotGeneral(
  lhs: BCSR | ArrayLike,
  rhs: BCSR | ArrayLike,
  options: SparseDotOptions,
  ...more: readonly unknown[]
): BCSR | NDArray {
  refuseMore("bcsrDotGeneral", 3, more);
  const out = dot("bcsrDotGeneral", lhs, rhs, options);
  return out instanceof BCOO ? BCSR.fromBcoo(out) : out;
}

/**
 * The elements at sparse indices [...batch, nse, sparse axes] of a contraction of two dense arrays: the data of a sparse array with these
 * indices. Of matrices and vectors without batch axes only these elements are computed. Linear in each dense operand.
 * @throws ArgumentError, ShapeError, DTypeError where axes or indices do not fit
 * @see jax.experimental.sparse.bcoo_dot_general_sampled
 * @example
 * const at = np.array([[0, 1], [1, 1]], "int32");
 * const x = np.array([[1, 2], [3, 4]]);
 * const sampled = experimental.sparse.bcooDotGeneralSampled(x, x, at, { dimensionNumbers: [[[1], [0]], [[], []]] });
 * sampled.js(); // [10, 22]
 */
export function bcooDotGeneralSampled(
  a: ArrayLike,
  b: ArrayLike,
  indices: ArrayLike,
  options: { readonly dimensionNumbers: DotDimensionNumbers },
  ...more: []
): NDArray {
  const where = "bcooDotGeneralSampled";
  refuseMore(where, 4, more);
  checkOptions(where, options, ["dimensionNumbers"]);
  const { dimensionNumbers } = needed(where, options, ["dimensionNumbers"]);
  const [x, y, at] = [array(where, a), array(where, b), array(where, indices)];
  const axes = checkAxes(where, x.shape, y.shape, dimensionNumbers);
  checkIndices(where, at, shapeOfDot(x.shape, y.shape, axes));
  const dtype = np.resultType(x, y);
  return sampledDot(x.astype(dtype), y.astype(dtype), at, axes, dimensionNumbers);
}

/**
 * The data of the elementwise product of a sparse array and a dense one, which broadcasts to its shape: of a sparse array with the same
 * indices. Linear in each operand.
 * @throws ArgumentError for a dense operand that does not broadcast to the shape
 * @see jax.experimental.sparse.bcoo_multiply_dense
 * @example
 * const { BCOO, bcooMultiplyDense } = experimental.sparse;
 * bcooMultiplyDense(BCOO.fromdense(np.array([[0, 2], [1, 0]])), np.array([10, 20])).js(); // [40, 10]
 */
export function bcooMultiplyDense(spMat: BCOO, v: ArrayLike, ...more: []): NDArray {
  const where = "bcooMultiplyDense";
  refuseMore(where, 2, more);
  return multiplyDense(where, bcoo(where, spMat), array(where, v));
}

/**
 * The elementwise product of two sparse arrays, which broadcast against one another: as many entries as there are pairs of theirs, of which
 * those that do not match are padding. Linear in each operand.
 * @throws ArgumentError, ShapeError for shapes that do not broadcast, other numbers of axes or of dense ones
 * @see jax.experimental.sparse.bcoo_multiply_sparse
 * @example
 * const { BCOO, bcooMultiplySparse } = experimental.sparse;
 * const [x, y] = [BCOO.fromdense(np.array([0, 2, 3])), BCOO.fromdense(np.array([4, 5, 0]))];
 * bcooMultiplySparse(x, y).todense().js(); // [0, 10, 0]
 */
export function bcooMultiplySparse(lhs: BCOO, rhs: BCOO, ...more: []): BCOO {
  const where = "bcooMultiplySparse";
  refuseMore(where, 2, more);
  return BCOO.of(multiplySparse(where, bcoo(where, lhs), bcoo(where, rhs)));
}

/**
 * The convolution, as `lax.convGeneralDilated`, of arrays of shapes [1, 1, n] and [1, 1, m] of which one at least is sparse: with padding,
 * without strides, dilations and groups. There are as many entries as pairs. Linear in each operand.
 * @throws ArgumentError for other shapes and options
 * @see jax.experimental.sparse.bcoo_conv_general_dilated
 * @example
 * const { BCOO, bcooConvGeneralDilated } = experimental.sparse;
 * const x = BCOO.fromdense(np.array([[[1, 0, 0, 2]]]));
 * bcooConvGeneralDilated(x, np.array([[[1, 10]]]), { windowStrides: [1], padding: "VALID" }).todense().js(); // [[[1, 0, 20]]]
 */
export function bcooConvGeneralDilated(
  lhs: BCOO | ArrayLike,
  rhs: BCOO | ArrayLike,
  options: ConvOptions,
  ...more: []
): BCOO {
  const where = "bcooConvGeneralDilated";
  refuseMore(where, 3, more);
  checkOptions(where, options, convOptionNames);
  needed(where, options, ["windowStrides", "padding"]);
  const operands = [operandOf(where, lhs), operandOf(where, rhs)];
  const [out] = runSparse(where, operands, ([x, y]) => [convGeneralDilated(x, y, options)]);
  return isSparse(out) ? BCOO.of(coordinatesOf(out)) : BCOO.fromdense(out);
}
