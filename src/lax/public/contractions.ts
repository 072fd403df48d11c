/** @file Functions of `lax` with named parameters that contract axes of two arrays: products and convolutions. */
import { named } from "../../arguments/declare.ts";
import * as dots from "../contractions/dot.ts";
import * as conv from "../convolution/api.ts";
import * as convLayout from "../convolution/layout.ts";

const dotOptions = ["preferredElementType", "precision"];
/**
 * Contracts axes of two arrays of one dtype: `dimensionNumbers` is `[[contracting of left, of right], [batch of left, of
 * right]]`. The result has the batch axes, then the free ones of the left, then those of the right operand; its dtype is that
 * of the operands or `preferredElementType`. On bool it is "any of both". Linear in each operand.
 * @throws ShapeError, ArgumentError naming the axes that do not fit; DTypeError if the dtypes differ
 * @see jax.lax.dot_general
 * @example
 * const x = np.array([[1, 2], [3, 4]]);
 * lax.dotGeneral(x, x, [[[1], [1]], [[0], [0]]]).js(); // [5, 25] — each row with itself
 * lax.dotGeneral(x, x, [[[1], [0]], [[], []]]).js(); // [[7, 10], [15, 22]]
 */
export const dotGeneral = named(
  "dotGeneral",
  dots.dotGeneral,
  ["lhs", "rhs", "dimensionNumbers"],
  dotOptions,
);

/**
 * Convolution (as in JAX cross-correlation: the kernel is not flipped) in full generality: strides (1), padding by name or
 * pairs ("VALID"), dilation of input and kernel (1), any layout (`[n, c, …]`, `[o, i, …]`, `[n, c, …]` unless
 * `dimensionNumbers` says otherwise), and groups of features or of the batch. Positional parameters follow JAX; an options
 * object may replace them from `windowStrides` on. Linear in each operand.
 * @throws ShapeError, ArgumentError where shapes, groups or layout do not fit; DTypeError if the dtypes differ
 * @see jax.lax.conv_general_dilated
 * @example
 * const layout = ["NHC", "HIO", "NHC"] as const;
 * const x = np.array([[[1], [2], [3]]]);
 * lax.convGeneralDilated(x, np.array([[[1]], [[10]]]), { dimensionNumbers: layout }).js(); // [[[21], [32]]]
 */
export const convGeneralDilated = named(
  "convGeneralDilated",
  conv.convGeneralDilated,
  ["lhs", "rhs"],
  conv.convOptionNames,
);

const patchOptions = ["lhsDilation", "rhsDilation", "dimensionNumbers", "precision", "preferredElementType"];
/**
 * Convolution of `[n, c, …]` with a kernel `[o, i, …]`, which is not flipped, giving `[n, o, …]`.
 * @throws ShapeError, ArgumentError where shapes do not fit; DTypeError if the dtypes differ
 * @see jax.lax.conv
 * @example
 * const [x, w] = [np.array([[[1, 2, 3, 4]]]), np.array([[[1, 10]]])];
 * lax.conv(x, w, [1], "VALID").js(); // [[[21, 32, 43]]]
 * lax.conv(x, w, [2], "SAME").js(); // [[[21, 43]]]
 */
export const convolution = named(
  "conv",
  conv.conv,
  ["lhs", "rhs", "windowStrides", "padding"],
  ["precision", "preferredElementType"],
);

/**
 * Convolution of `[n, c, …]` with a kernel `[o, i, …]`, giving `[n, o, …]`, with `lhsDilation − 1` zeros between the elements
 * of the input and `rhsDilation − 1` between those of the kernel.
 * @throws ShapeError, ArgumentError where shapes do not fit; DTypeError if the dtypes differ
 * @see jax.lax.conv_with_general_padding
 * @example
 * const [x, w] = [np.array([[[1, 2, 3]]]), np.array([[[1, 10]]])];
 * lax.convWithGeneralPadding(x, w, [1], [[0, 0]], { lhsDilation: [2] }).js(); // [[[1, 20, 2, 30]]]
 * lax.convWithGeneralPadding(x, w, [1], [[0, 0]], { rhsDilation: [2] }).js(); // [[[31]]]
 */
export const convWithGeneralPadding = named("convWithGeneralPadding", conv.convWithGeneralPadding, [
  "lhs",
  "rhs",
  "windowStrides",
  "padding",
  "lhsDilation",
  "rhsDilation",
]);

/**
 * Fractionally strided ("transposed") convolution: `strides − 1` zeros come between the elements of the input. The default
 * layout is channels last. With `transposeKernel` the kernel is flipped and its channel axes swapped: the exact transpose of
 * the convolution with it.
 * @throws ShapeError, ArgumentError where shapes, layout or padding do not fit; DTypeError if the dtypes differ
 * @see jax.lax.conv_transpose
 * @example
 * const [x, w] = [np.array([[[1], [2]]]), np.array([[[1]], [[10]]])];
 * lax.convTranspose(x, w, [2], "VALID").js(); // [[[10], [1], [20], [2]]]
 * lax.convTranspose(x, w, [2], "VALID", { transposeKernel: true }).js(); // [[[1], [10], [2], [20]]]
 */
export const convTranspose = named(
  "convTranspose",
  conv.convTranspose,
  ["lhs", "rhs", "strides", "padding", "rhsDilation", "dimensionNumbers", "transposeKernel"],
  ["precision", "preferredElementType"],
);

/**
 * The windows of the input, one after another along the channel axis (channel-major: c · taps channels), as a convolution
 * with unit kernels.
 * @throws ShapeError, ArgumentError where windows, strides or layout do not fit
 * @see jax.lax.conv_general_dilated_patches
 * @example
 * const x = np.array([[[1, 2, 3]]]);
 * lax.convGeneralDilatedPatches(x, [2], [1], "VALID").js(); // [[[1, 2], [2, 3]]]
 */
export const convGeneralDilatedPatches = named(
  "convGeneralDilatedPatches",
  conv.convGeneralDilatedPatches,
  ["lhs", "filterShape", "windowStrides", "padding"],
  patchOptions,
);

/**
 * A convolution whose kernel differs at each output place: `rhs` has axes for the output's features, for channels · taps
 * (channel-major) and the output's spatial ones, in the kernel's layout (`[o, c·taps, …]` by default).
 * @throws ShapeError, ArgumentError where shapes, windows or layout do not fit; DTypeError if the dtypes differ
 * @see jax.lax.conv_general_dilated_local
 * @example
 * const x = np.array([[[1, 2, 3]]]);
 * const w = np.array([[[1, 10], [1, 10]]]); // two places: the sum, and ten times it
 * lax.convGeneralDilatedLocal(x, w, [1], "VALID", [2]).js(); // [[[3, 50]]]
 */
export const convGeneralDilatedLocal = named(
  "convGeneralDilatedLocal",
  conv.convGeneralDilatedLocal,
  ["lhs", "rhs", "windowStrides", "padding", "filterShape"],
  patchOptions,
);

/**
 * The shape of the convolution of `[n, c, …]` with `[o, i, …]`.
 * @throws ShapeError, ArgumentError where padding or groups do not fit
 * @see jax.lax.conv_shape_tuple
 * @example
 * lax.convShapeTuple([1, 3, 8, 8], [16, 3, 3, 3], [1, 1], "VALID"); // [1, 16, 6, 6]
 */
export const convShapeTuple = named("convShapeTuple", convLayout.convShapeTuple, [
  "lhsShape",
  "rhsShape",
  "strides",
  "pads",
  "batchGroupCount",
]);

/**
 * The shape of a convolution in any layout.
 * @throws ShapeError, ArgumentError where shapes, padding or layout do not fit
 * @see jax.lax.conv_general_shape_tuple
 * @example
 * const layout = ["NHWC", "HWIO", "NHWC"] as const;
 * lax.convGeneralShapeTuple([1, 8, 8, 3], [3, 3, 3, 16], [2, 2], "SAME", layout); // [1, 4, 4, 16]
 */
export const convGeneralShapeTuple = named("convGeneralShapeTuple", convLayout.convGeneralShapeTuple, [
  "lhsShape",
  "rhsShape",
  "windowStrides",
  "padding",
  "dimensionNumbers",
]);

/**
 * The shape that a transposed convolution of arrays of these shapes has, in any layout; the first of the kernel's channels are
 * those of the result.
 *
 * Parameters: lhsShape, rhsShape, windowStrides, padding, dimensionNumbers.
 * @throws ArgumentError for a layout or a padding that does not fit
 * @see jax.lax.conv_transpose_shape_tuple
 * @example
 * lax.convTransposeShapeTuple([1, 4, 4, 3], [3, 3, 8, 3], [2, 2], "SAME", ["NHWC", "HWOI", "NHWC"]); // [1, 8, 8, 8]
 */
export const convTransposeShapeTuple = named("convTransposeShapeTuple", conv.convTransposeShapeTuple, [
  "lhsShape",
  "rhsShape",
  "windowStrides",
  "padding",
  "dimensionNumbers",
]);
