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
/** x to a whole power. */
export const integerPow = named("integerPow", elementwise.integerPow, ["x", "y"]);

/** Rounds to a narrower floating-point format. */
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
/** An array filled with one value. */
export const full = named("full", creation.full, ["shape", "fillValue", "dtype"]);
/** An array like another, filled with one value. */
export const fullLike = named("fullLike", creation.fullLike, ["x", "fillValue", "dtype", "shape"]);

/** Adds leading axes of the given sizes. */
export const broadcast = named("broadcast", movement.broadcast, ["operand", "sizes"]);
/** Places axes within a larger shape. */
export const broadcastInDim = named("broadcastInDim", movement.broadcastInDim, [
  "operand",
  "shape",
  "broadcastDimensions",
]);
/** The same elements under another shape. */
export const reshape = named("reshape", movement.reshape, ["operand", "newSizes", "dimensions"]);
/** Permutes axes. */
export const transpose = named("transpose", movement.transpose, ["operand", "permutation"]);
/** Reverses axes. */
export const rev = named("rev", movement.rev, ["operand", "dimensions"]);
/** Drops axes of size 1. */
export const squeeze = named("squeeze", movement.squeeze, ["array", "dimensions"]);
/** Adds axes of size 1. */
export const expandDims = named("expandDims", movement.expandDims, ["array", "dimensions"]);
/** Joins consecutive axes. */
export const collapse = named("collapse", movement.collapse, ["operand", "startDimension", "stopDimension"]);
/** Repeats along each axis. */
export const tile = named("tile", movement.tile, ["operand", "reps"]);

/** Static slices. */
export const slice = named("slice", slicing.slice, ["operand", "startIndices", "limitIndices", "strides"]);
/** A static slice along one axis. */
export const sliceInDim = named("sliceInDim", slicing.sliceInDim, [
  "operand",
  "startIndex",
  "limitIndex",
  "stride",
  "axis",
]);
/** A static index along one axis. */
export const indexInDim = named("indexInDim", slicing.indexInDim, ["operand", "index", "axis", "keepdims"]);
/** Pads or cuts. */
export const pad = named("pad", slicing.pad, ["operand", "paddingValue", "paddingConfig"]);
/** Joins arrays along an axis. */
export const concatenate = named("concatenate", slicing.concatenate, ["operands", "dimension"]);
/** Joins arrays along a new axis. */
export const stack = named("stack", shapes.stack, ["arrays", "axis"]);
/** The parts of an array along an axis. */
export const unstack = named("unstack", shapes.unstack, ["x", "axis"]);
/** Cuts an axis into parts. */
export const split = named("split", slicing.split, ["operand", "sizes", "axis"]);

/** A slice at a computed place. */
export const dynamicSlice = named("dynamicSlice", dynamic.dynamicSlice, [
  "operand",
  "startIndices",
  "sliceSizes",
]);
/** Writes a slice at a computed place. */
export const dynamicUpdateSlice = named("dynamicUpdateSlice", dynamic.dynamicUpdateSlice, [
  "operand",
  "update",
  "startIndices",
]);
/** A slice at a computed place along one axis. */
export const dynamicSliceInDim = named("dynamicSliceInDim", dynamic.dynamicSliceInDim, [
  "operand",
  "startIndex",
  "sliceSize",
  "axis",
]);
/** The element at a computed index along one axis. */
export const dynamicIndexInDim = named("dynamicIndexInDim", dynamic.dynamicIndexInDim, [
  "operand",
  "index",
  "axis",
  "keepdims",
]);
/** Writes a slice at a computed place along one axis. */
export const dynamicUpdateSliceInDim = named("dynamicUpdateSliceInDim", dynamic.dynamicUpdateSliceInDim, [
  "operand",
  "update",
  "startIndex",
  "axis",
]);
/** Writes at a computed index along one axis. */
export const dynamicUpdateIndexInDim = named("dynamicUpdateIndexInDim", dynamic.dynamicUpdateIndexInDim, [
  "operand",
  "update",
  "index",
  "axis",
]);

const gatherOptions = ["mode", "fillValue", "indicesAreSorted", "uniqueIndices"];
/** Slices at computed places. */
export const gather = named(
  "gather",
  gatherFn,
  ["operand", "startIndices", "dimensionNumbers", "sliceSizes"],
  gatherOptions,
);

const scatterNames = ["operand", "scatterIndices", "updates", "dimensionNumbers"] as const;
const scatterOptions = ["mode", "indicesAreSorted", "uniqueIndices"];
/** Writes at computed places. */
export const scatter = named("scatter", scatters.scatter, scatterNames, scatterOptions);
/** Adds at computed places. */
export const scatterAdd = named("scatterAdd", scatters.scatterAdd, scatterNames, scatterOptions);
/** Subtracts at computed places. */
export const scatterSub = named("scatterSub", scatters.scatterSub, scatterNames, scatterOptions);
/** Multiplies at computed places. */
export const scatterMul = named("scatterMul", scatters.scatterMul, scatterNames, scatterOptions);
/** Minimum with updates at computed places. */
export const scatterMin = named("scatterMin", scatters.scatterMin, scatterNames, scatterOptions);
/** Maximum with updates at computed places. */
export const scatterMax = named("scatterMax", scatters.scatterMax, scatterNames, scatterOptions);

const reduceNames = ["operand", "axes"] as const;
/** Sum over axes. */
export const reduceSum = named("reduceSum", reduceFns.reduceSum, reduceNames);
/** Product over axes. */
export const reduceProd = named("reduceProd", reduceFns.reduceProd, reduceNames);
/** Maximum over axes. */
export const reduceMax = named("reduceMax", reduceFns.reduceMax, reduceNames);
/** Minimum over axes. */
export const reduceMin = named("reduceMin", reduceFns.reduceMin, reduceNames);
/** Bitwise (on bool: logical) and over axes. */
export const reduceAnd = named("reduceAnd", reduceFns.reduceAnd, reduceNames);
/** Bitwise (on bool: logical) or over axes. */
export const reduceOr = named("reduceOr", reduceFns.reduceOr, reduceNames);
/** Bitwise (on bool: logical) exclusive or over axes. */
export const reduceXor = named("reduceXor", reduceFns.reduceXor, reduceNames);
/** Index of the first maximum along an axis. */
export const argmax = named("argmax", reduceFns.argmax, ["operand", "axis", "indexDtype"]);
/** Index of the first minimum along an axis. */
export const argmin = named("argmin", reduceFns.argmin, ["operand", "axis", "indexDtype"]);
/** Reduces sliding windows with a computation. */
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

/** Sorts keys and carries values along. */
export const sortKeyVal = named("sortKeyVal", sorting.sortKeyVal, [
  "keys",
  "values",
  "dimension",
  "isStable",
]);
/** The k largest elements and their indices. */
export const topK = named("topK", sorting.topK, ["operand", "k", "axis"]);

const dotOptions = ["preferredElementType", "precision"];
/** Contractions over any axes. */
export const dotGeneral = named(
  "dotGeneral",
  dots.dotGeneral,
  ["lhs", "rhs", "dimensionNumbers"],
  dotOptions,
);

/** Convolution in full generality. */
export const convGeneralDilated = named(
  "convGeneralDilated",
  conv.convGeneralDilated,
  ["lhs", "rhs"],
  [
    "windowStrides",
    "padding",
    "lhsDilation",
    "rhsDilation",
    "dimensionNumbers",
    "featureGroupCount",
    "batchGroupCount",
    "precision",
    "preferredElementType",
  ],
);
const patchOptions = ["lhsDilation", "rhsDilation", "dimensionNumbers", "precision", "preferredElementType"];
/** Convolution of channels-first arrays. */
export const convolution = named(
  "conv",
  conv.conv,
  ["lhs", "rhs", "windowStrides", "padding"],
  ["precision", "preferredElementType"],
);
/** Convolution of channels-first arrays, with dilations. */
export const convWithGeneralPadding = named("convWithGeneralPadding", conv.convWithGeneralPadding, [
  "lhs",
  "rhs",
  "windowStrides",
  "padding",
  "lhsDilation",
  "rhsDilation",
]);
/** Fractionally strided convolution. */
export const convTranspose = named(
  "convTranspose",
  conv.convTranspose,
  ["lhs", "rhs", "strides", "padding", "rhsDilation", "dimensionNumbers", "transposeKernel"],
  ["precision", "preferredElementType"],
);
/** The windows of an input as channels. */
export const convGeneralDilatedPatches = named(
  "convGeneralDilatedPatches",
  conv.convGeneralDilatedPatches,
  ["lhs", "filterShape", "windowStrides", "padding"],
  patchOptions,
);
/** A convolution whose kernel differs from place to place. */
export const convGeneralDilatedLocal = named(
  "convGeneralDilatedLocal",
  conv.convGeneralDilatedLocal,
  ["lhs", "rhs", "windowStrides", "padding", "filterShape"],
  patchOptions,
);
/** The shape of a convolution of channels-first arrays. */
export const convShapeTuple = named("convShapeTuple", convLayout.convShapeTuple, [
  "lhsShape",
  "rhsShape",
  "strides",
  "pads",
  "batchGroupCount",
]);
/** The shape of a convolution in any layout. */
export const convGeneralShapeTuple = named("convGeneralShapeTuple", convLayout.convGeneralShapeTuple, [
  "lhsShape",
  "rhsShape",
  "windowStrides",
  "padding",
  "dimensionNumbers",
]);
/** The shape of `reduceWindow`. */
export const reduceWindowShapeTuple = named("reduceWindowShapeTuple", convLayout.reduceWindowShapeTuple, [
  "operandShape",
  "windowDimensions",
  "windowStrides",
  "padding",
  "baseDilation",
  "windowDilation",
]);
