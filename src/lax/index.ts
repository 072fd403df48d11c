/**
 * @file The `lax` namespace: JAX's low-level operations under their camelCase names. Operands must agree in dtype and
 * shape or be scalars; `numpy` is the layer that promotes and broadcasts.
 */
export * from "./plain.ts";
export * as linalg from "./linalg/index.ts";
export {
  convGeneralDilated,
  convGeneralDilatedLocal,
  convGeneralDilatedPatches,
  convGeneralShapeTuple,
  convShapeTuple,
  convTransposeShapeTuple,
  convTranspose,
  convWithGeneralPadding,
  convolution as conv,
  dotGeneral,
} from "./public/contractions.ts";
export {
  bitcastConvertType,
  convertElementType,
  integerPow,
  reducePrecision,
  round,
} from "./public/elementwise.ts";
export {
  type ConvGeneralDilatedDimensionNumbers,
  GatherScatterMode,
  Precision,
  RoundingMethod,
} from "./public/constants.ts";
export {
  dynamicIndexInDim,
  dynamicSlice,
  dynamicSliceInDim,
  dynamicUpdateIndexInDim,
  dynamicUpdateSlice,
  dynamicUpdateSliceInDim,
  gather,
  scatter,
  scatterAdd,
  scatterMax,
  scatterMin,
  scatterMul,
  scatterSub,
} from "./public/indexing.ts";
export {
  argmax,
  argmin,
  cumlogsumexp,
  cummax,
  cummin,
  cumprod,
  cumsum,
  reduceAnd,
  reduceMax,
  reduceMin,
  reduceOr,
  reduceProd,
  reduceSum,
  reduceWindow,
  reduceWindowShapeTuple,
  reduceXor,
  sortKeyVal,
  topK,
} from "./public/reductions.ts";
export {
  broadcast,
  broadcastInDim,
  broadcastedIota,
  collapse,
  concatenate,
  expandDims,
  full,
  fullLike,
  indexInDim,
  pad,
  reshape,
  rev,
  slice,
  sliceInDim,
  split,
  squeeze,
  stack,
  tile,
  transpose,
  unstack,
} from "./public/shapes.ts";
