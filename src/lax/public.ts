/**
 * @file The functions of `lax` that have parameters with defaults, as users call them: every parameter by position in
 * JAX's order, or by name in a trailing object (`lax.cumsum(x, { axis: 1, reverse: true })`).
 */
import { named } from "../arguments/declare.ts";
import * as conv from "./convolution/api.ts";
import * as convLayout from "./convolution/layout.ts";
import * as creation from "./shapes/creation.ts";
import * as cumulativeFns from "./reductions/cumulative.ts";
import * as dots from "./contractions/dot.ts";
import * as dynamic from "./indexing/dynamic.ts";
import * as elementwise from "./elementwise/functions.ts";
import { gather as gatherFn } from "./indexing/gather.ts";
import * as movement from "./shapes/movement.ts";
import * as reduceFns from "./reductions/reduce.ts";
import { reducePrecision as reducePrecisionFn } from "./elementwise/reduce-precision.ts";
import * as scatters from "./indexing/scatter.ts";
import * as shapes from "./shapes/joining.ts";
import * as slicing from "./shapes/slicing.ts";
import * as sorting from "./sorting/sort.ts";
import * as windows from "./reductions/window.ts";

/** @see round in elementwise.ts: nearest integer; halves away from zero (0, the default) or to even (1). */
export const round = named("round", elementwise.round, ["x", "roundingMethod"]);
/** x to the whole power `y`, by repeated multiplication. */
export const integerPow = named("integerPow", elementwise.integerPow, ["x", "y"]);

/**
 * `x` rounded to a format of `exponentBits` and `mantissaBits` (half to even; subnormal numbers of the format become 0, too
 * large ones infinite), in its own dtype. Tangents and cotangents are rounded alike.
 * @throws ArgumentError if `exponentBits` is below 1 or `mantissaBits` below 0
 * @see jax.lax.reduce_precision
 * @example
 * lax.reducePrecision(3.14159265, 5, 10).item(); // 3.140625
 */
export const reducePrecision = named("reducePrecision", reducePrecisionFn, [
  "operand",
  "exponentBits",
  "mantissaBits",
]);

/** The index along a dimension, over a whole shape. */
export const broadcastedIota = named("broadcastedIota", creation.broadcastedIota, [
  "dtype",
  "shape",
  "dimension",
]);
/** An array filled with one value (itself 0-d), in the dtype of the value or the one given. */
export const full = named("full", creation.full, ["shape", "fillValue", "dtype"]);
/** An array filled with one value, of the shape and dtype of `x` unless others are given. */
export const fullLike = named("fullLike", creation.fullLike, ["x", "fillValue", "dtype", "shape"]);

/** Adds leading axes of the given sizes. */
export const broadcast = named("broadcast", movement.broadcast, ["operand", "sizes"]);
/** `x` with its axes placed at `broadcastDimensions` of `shape`; axes of size 1 are repeated. */
export const broadcastInDim = named("broadcastInDim", movement.broadcastInDim, [
  "operand",
  "shape",
  "broadcastDimensions",
]);
/** The same elements in row-major order (of the axes in the order `dimensions`) under another shape; one size may be −1. */
export const reshape = named("reshape", movement.reshape, ["operand", "newSizes", "dimensions"]);
/** Axis i of the result is axis `permutation[i]` of `x`. */
export const transpose = named("transpose", movement.transpose, ["operand", "permutation"]);
/** Reverses the given axes. */
export const rev = named("rev", movement.rev, ["operand", "dimensions"]);
/** Drops axes of size 1. */
export const squeeze = named("squeeze", movement.squeeze, ["array", "dimensions"]);
/** Adds axes of size 1, so that they stand at the given positions of the result. */
export const expandDims = named("expandDims", movement.expandDims, ["array", "dimensions"]);
/** Joins consecutive axes `startDimension … stopDimension − 1` into one. */
export const collapse = named("collapse", movement.collapse, ["operand", "startDimension", "stopDimension"]);
/** Repeats `x` `reps[i]` times along axis i. Source: jax.lax.tile. */
export const tile = named("tile", movement.tile, ["operand", "reps"]);

/** Elements `start` (included) to `limit` (excluded) by `stride` along each axis. */
export const slice = named("slice", slicing.slice, ["operand", "startIndices", "limitIndices", "strides"]);
/** `slice` along one axis; negative bounds count from the end, null is the end itself. */
export const sliceInDim = named("sliceInDim", slicing.sliceInDim, [
  "operand",
  "startIndex",
  "limitIndex",
  "stride",
  "axis",
]);
/** Element `index` (static; negative counts from the end) along an axis, which is kept with size 1 by default. */
export const indexInDim = named("indexInDim", slicing.indexInDim, ["operand", "index", "axis", "keepdims"]);
/** Pads (or, with negative amounts, cuts) each axis by `[low, high, interior]`. Source: jax.lax.pad. */
export const pad = named("pad", slicing.pad, ["operand", "paddingValue", "paddingConfig"]);
/** Joins arrays along an axis. */
export const concatenate = named("concatenate", slicing.concatenate, ["operands", "dimension"]);
/**
 * Joins arrays of one shape and dtype along a new axis. @see jax.lax.stack
 * @throws ShapeError, DTypeError where they differ
 */
export const stack = named("stack", shapes.stack, ["arrays", "axis"]);
/** The parts of an array along an axis, without it. @see jax.lax.unstack */
export const unstack = named("unstack", shapes.unstack, ["x", "axis"]);
/** Cuts an axis into parts of the given sizes. */
export const split = named("split", slicing.split, ["operand", "sizes", "axis"]);

/** A slice of static sizes at computed starts, which are clamped so that it fits. @see jax.lax.dynamic_slice */
export const dynamicSlice = named("dynamicSlice", dynamic.dynamicSlice, [
  "operand",
  "startIndices",
  "sliceSizes",
]);
/** `operand` with `update` written at computed starts, which are clamped so that it fits. @see jax.lax.dynamic_update_slice */
export const dynamicUpdateSlice = named("dynamicUpdateSlice", dynamic.dynamicUpdateSlice, [
  "operand",
  "update",
  "startIndices",
]);
/** `sliceSize` elements from a computed start along one axis. */
export const dynamicSliceInDim = named("dynamicSliceInDim", dynamic.dynamicSliceInDim, [
  "operand",
  "startIndex",
  "sliceSize",
  "axis",
]);
/** The element at a computed index along one axis, which is kept with size 1 by default. */
export const dynamicIndexInDim = named("dynamicIndexInDim", dynamic.dynamicIndexInDim, [
  "operand",
  "index",
  "axis",
  "keepdims",
]);
/** Writes an update at a computed start along one axis. */
export const dynamicUpdateSliceInDim = named("dynamicUpdateSliceInDim", dynamic.dynamicUpdateSliceInDim, [
  "operand",
  "update",
  "startIndex",
  "axis",
]);
/** Writes an update (with or without the axis) at a computed index along one axis. */
export const dynamicUpdateIndexInDim = named("dynamicUpdateIndexInDim", dynamic.dynamicUpdateIndexInDim, [
  "operand",
  "update",
  "index",
  "axis",
]);

const gatherOptions = ["mode", "fillValue", "indicesAreSorted", "uniqueIndices"];
/**
 * Slices of `operand` at `startIndices`. @see jax.lax.gather
 * @throws ShapeError, ArgumentError where dimension numbers, indices and slice sizes do not fit.
 */
export const gather = named(
  "gather",
  gatherFn,
  ["operand", "startIndices", "dimensionNumbers", "sliceSizes"],
  gatherOptions,
);

const scatterNames = ["operand", "scatterIndices", "updates", "dimensionNumbers"] as const;
const scatterOptions = ["mode", "indicesAreSorted", "uniqueIndices"];
/** Writes updates at computed places. @see jax.lax.scatter */
export const scatter = named("scatter", scatters.scatter, scatterNames, scatterOptions);
/** Adds updates at computed places. @see jax.lax.scatter_add */
export const scatterAdd = named("scatterAdd", scatters.scatterAdd, scatterNames, scatterOptions);
/** Subtracts updates at computed places. @see jax.lax.scatter_sub */
export const scatterSub = named("scatterSub", scatters.scatterSub, scatterNames, scatterOptions);
/** Multiplies by updates at computed places. @see jax.lax.scatter_mul */
export const scatterMul = named("scatterMul", scatters.scatterMul, scatterNames, scatterOptions);
/** Takes the minimum with updates at computed places. @see jax.lax.scatter_min */
export const scatterMin = named("scatterMin", scatters.scatterMin, scatterNames, scatterOptions);
/** Takes the maximum with updates at computed places. @see jax.lax.scatter_max */
export const scatterMax = named("scatterMax", scatters.scatterMax, scatterNames, scatterOptions);

const reduceNames = ["operand", "axes"] as const;
/** Sum over axes. */
export const reduceSum = named("reduceSum", reduceFns.reduceSum, reduceNames);
/** Product over axes. The derivative is right where elements are 0. */
export const reduceProd = named("reduceProd", reduceFns.reduceProd, reduceNames);
/** Maximum over axes; NaN if there is one; the lowest value of the dtype if there are no elements. */
export const reduceMax = named("reduceMax", reduceFns.reduceMax, reduceNames);
/** Minimum over axes; NaN if there is one; the highest value of the dtype if there are no elements. */
export const reduceMin = named("reduceMin", reduceFns.reduceMin, reduceNames);
/** Bitwise (on bool: logical) and over axes. */
export const reduceAnd = named("reduceAnd", reduceFns.reduceAnd, reduceNames);
/** Bitwise (on bool: logical) or over axes. */
export const reduceOr = named("reduceOr", reduceFns.reduceOr, reduceNames);
/** Bitwise (on bool: logical) exclusive or over axes. */
export const reduceXor = named("reduceXor", reduceFns.reduceXor, reduceNames);
/** Index of the first maximum along an axis; of the first NaN if there is one. */
export const argmax = named("argmax", reduceFns.argmax, ["operand", "axis", "indexDtype"]);
/** Index of the first minimum along an axis; of the first NaN if there is one. */
export const argmin = named("argmin", reduceFns.argmin, ["operand", "axis", "indexDtype"]);
/**
 * Reduces each window of `operand` with `computation`, which must be `add`, `mul`, `max` or `min` (of lax or numpy), starting from
 * `initValue`. The derivative of an extremum goes to the first element that attains it. @see jax.lax.reduce_window
 */
export const reduceWindow = named("reduceWindow", windows.reduceWindow, [
  "operand",
  "initValue",
  "computation",
  "windowDimensions",
  "windowStrides",
  "padding",
  "baseDilation",
  "windowDilation",
]);

const cumulativeNames = ["operand", "axis", "reverse"] as const;
/** Cumulative sum along an axis. */
export const cumsum = named("cumsum", cumulativeFns.cumsum, cumulativeNames);
/** Cumulative product along an axis. */
export const cumprod = named("cumprod", cumulativeFns.cumprod, cumulativeNames);
/** Cumulative maximum along an axis. */
export const cummax = named("cummax", cumulativeFns.cummax, cumulativeNames);
/** Cumulative minimum along an axis. */
export const cummin = named("cummin", cumulativeFns.cummin, cumulativeNames);
/** Cumulative log-sum-exp along an axis. */
export const cumlogsumexp = named("cumlogsumexp", cumulativeFns.cumlogsumexp, cumulativeNames);

/** Sorts keys and carries values along. @see jax.lax.sort_key_val */
export const sortKeyVal = named("sortKeyVal", sorting.sortKeyVal, [
  "keys",
  "values",
  "dimension",
  "isStable",
]);
/**
 * The `k` largest elements along an axis (the last by default), largest first, and their indices; of equal ones the first
 * comes first, NaNs count as largest. @see jax.lax.top_k
 */
export const topK = named("topK", sorting.topK, ["operand", "k", "axis"]);

const dotOptions = ["preferredElementType", "precision"];
/**
 * Contracts axes of two arrays, with batch axes. @see jax.lax.dot_general
 * @throws ShapeError, ArgumentError naming the axes that do not fit
 */
export const dotGeneral = named(
  "dotGeneral",
  dots.dotGeneral,
  ["lhs", "rhs", "dimensionNumbers"],
  dotOptions,
);

/**
 * Convolution (cross-correlation) in full generality. Positional parameters follow JAX; an options object may replace
 * them from `windowStrides` on.
 *
 * @throws ShapeError, ArgumentError where shapes, groups or layout do not fit
 * @see jax.lax.conv_general_dilated
 */
export const convGeneralDilated = named(
  "convGeneralDilated",
  conv.convGeneralDilated,
  ["lhs", "rhs"],
  conv.convOptionNames,
);
const patchOptions = ["lhsDilation", "rhsDilation", "dimensionNumbers", "precision", "preferredElementType"];
/** Convolution of `[n, c, …]` with `[o, i, …]`. @see jax.lax.conv */
export const convolution = named(
  "conv",
  conv.conv,
  ["lhs", "rhs", "windowStrides", "padding"],
  ["precision", "preferredElementType"],
);
/** Convolution of `[n, c, …]` with `[o, i, …]`, with dilations. @see jax.lax.conv_with_general_padding */
export const convWithGeneralPadding = named("convWithGeneralPadding", conv.convWithGeneralPadding, [
  "lhs",
  "rhs",
  "windowStrides",
  "padding",
  "lhsDilation",
  "rhsDilation",
]);
/**
 * Fractionally strided ("transposed") convolution; the default layout is channels last. With `transposeKernel` the kernel is
 * flipped and its channel axes swapped: the exact transpose of the convolution with it. @see jax.lax.conv_transpose
 */
export const convTranspose = named(
  "convTranspose",
  conv.convTranspose,
  ["lhs", "rhs", "strides", "padding", "rhsDilation", "dimensionNumbers", "transposeKernel"],
  ["precision", "preferredElementType"],
);
/**
 * The windows of the input, one after another along the channel axis (channel-major), as a convolution with unit kernels.
 * @see jax.lax.conv_general_dilated_patches
 */
export const convGeneralDilatedPatches = named(
  "convGeneralDilatedPatches",
  conv.convGeneralDilatedPatches,
  ["lhs", "filterShape", "windowStrides", "padding"],
  patchOptions,
);
/**
 * A convolution whose kernel differs at each output place: `rhs` is `[…output spatial, channels·taps, o]` in the kernel's
 * layout. @see jax.lax.conv_general_dilated_local
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
/** The shape of a convolution in any layout. @see jax.lax.conv_general_shape_tuple */
export const convGeneralShapeTuple = named("convGeneralShapeTuple", convLayout.convGeneralShapeTuple, [
  "lhsShape",
  "rhsShape",
  "windowStrides",
  "padding",
  "dimensionNumbers",
]);
/**
 * The shape of `reduceWindow`.
 * @throws ShapeError where the padding takes away more than there is
 * @see jax.lax.reduce_window_shape_tuple
 * @example
 * lax.reduceWindowShapeTuple([8, 8], [2, 2], [2, 2], [[0, 0], [0, 0]]); // [4, 4]
 */
export const reduceWindowShapeTuple = named("reduceWindowShapeTuple", convLayout.reduceWindowShapeTuple, [
  "operandShape",
  "windowDimensions",
  "windowStrides",
  "padding",
  "baseDilation",
  "windowDilation",
]);
