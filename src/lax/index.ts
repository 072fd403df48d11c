/**
 * @file The `lax` namespace: JAX's low-level operations under their camelCase names. Operands must agree in dtype and
 * shape or be scalars; `numpy` is the layer that promotes and broadcasts.
 */
export { add, atan2, div, max, min, mul, mulhi, nextafter, pow, rem, sub } from "./elementwise/arithmetic.ts";
export {
  bitwiseAnd,
  bitwiseNot,
  bitwiseOr,
  bitwiseXor,
  clz,
  populationCount,
  shiftLeft,
  shiftRightArithmetic,
  shiftRightLogical,
} from "./elementwise/bitwise.ts";
export { eq, ge, gt, le, lt, ne } from "./elementwise/compare.ts";
export { complex, conj, imag, real } from "./elementwise/complex/primitives.ts";
export { FftType, fft } from "./fft/fft.ts";
export { iota } from "./shapes/creation.ts";
export {
  abs,
  acos,
  acosh,
  asin,
  asinh,
  atan,
  atanh,
  cbrt,
  ceil,
  cos,
  cosh,
  exp,
  exp2,
  expm1,
  floor,
  isFinite,
  log,
  log1p,
  logistic,
  neg,
  rsqrt,
  sign,
  sin,
  sinh,
  sqrt,
  square,
  tan,
  tanh,
} from "./elementwise/functions.ts";
export { reciprocal } from "./elementwise/power.ts";
export { clamp, select, selectN } from "./elementwise/select.ts";
export { type PadConfig } from "./shapes/slicing.ts";
export {
  allGather,
  axisIndex,
  axisSize,
  pmax,
  pmean,
  pmin,
  ppermute,
  psum,
} from "./collectives/collectives.ts";
export { allToAll, pswapaxes, psumScatter } from "./collectives/exchange.ts";
export { optimizationBarrier } from "./identities/optimization-barrier.ts";
export { type RaggedDotOptions, raggedDot } from "./contractions/ragged-dot.ts";
export { type ScatterApplyOptions, scatterApply } from "./indexing/scatter-apply.ts";
export {
  type ApproxOptions,
  approxMaxK,
  approxMinK,
  broadcastLike,
  broadcastShapes,
  broadcastToRank,
  dtype,
  empty,
} from "./shapes/joining.ts";
export * as linalg from "./linalg/index.ts";
export { type ShardingPrefix, withShardingConstraint } from "./identities/sharding-constraint.ts";
export { stopGradient } from "./identities/stop-gradient.ts";
export { indexTake } from "./indexing/index-take.ts";
export { type GatherDimensionNumbers, type GatherMode, type GatherOptions } from "./indexing/gather.ts";
export { type ScatterDimensionNumbers, type ScatterMode, type ScatterOptions } from "./indexing/scatter.ts";
export { type DotDimensionNumbers, type DotOptions, batchMatmul, dot } from "./contractions/dot.ts";
export { type SortOptions, sort } from "./sorting/sort.ts";
export {
  besselI0e,
  besselI1e,
  betainc,
  digamma,
  erf,
  erfInv,
  erfc,
  igamma,
  igammaGradA,
  igammac,
  lgamma,
  polygamma,
  randomGammaGrad,
  zeta,
} from "./special/index.ts";
export { type ConvOptions } from "./convolution/api.ts";
export {
  ConvDimensionNumbers,
  type ConvLayout,
  convDimensionNumbers,
  convGeneralPermutations,
} from "./convolution/layout.ts";
export { type PadPair, type Padding, padtypeToPads } from "./shapes/padding.ts";
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
export { type ScaledDotOptions, scaledDot } from "./contractions/scaled-dot.ts";
export {
  type RaggedDotDimensionNumbers,
  type RaggedDotGeneralOptions,
  raggedDotGeneral,
} from "./contractions/ragged-dot-general.ts";
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
