/**
 * @file The functions of `lax` as they are defined, for the rooms that are built on them: all parameters by position. Those
 * with defaults have a public form besides, which takes them by name, too (public/); the namespace has that one.
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
export { type ScaledDotOptions, scaledDot } from "./contractions/scaled-dot.ts";
export {
  type RaggedDotDimensionNumbers,
  type RaggedDotGeneralOptions,
  raggedDotGeneral,
} from "./contractions/ragged-dot-general.ts";

// What has a public form with named parameters, as it is defined.
export { dotGeneral } from "./contractions/dot.ts";
export { bitcastConvertType, convertElementType } from "./elementwise/convert.ts";
export { round } from "./elementwise/functions.ts";
export { integerPow } from "./elementwise/power.ts";
export {
  dynamicIndexInDim,
  dynamicSlice,
  dynamicSliceInDim,
  dynamicUpdateIndexInDim,
  dynamicUpdateSlice,
  dynamicUpdateSliceInDim,
} from "./indexing/dynamic.ts";
export { gather } from "./indexing/gather.ts";
export { scatter, scatterAdd, scatterMax, scatterMin, scatterMul, scatterSub } from "./indexing/scatter.ts";
export { cumlogsumexp, cummax, cummin, cumprod, cumsum } from "./reductions/cumulative.ts";
export {
  argmax,
  argmin,
  reduceAnd,
  reduceMax,
  reduceMin,
  reduceOr,
  reduceProd,
  reduceSum,
  reduceXor,
} from "./reductions/reduce.ts";
export { broadcastedIota, full, fullLike } from "./shapes/creation.ts";
export { stack, unstack } from "./shapes/joining.ts";
export {
  broadcast,
  broadcastInDim,
  collapse,
  expandDims,
  reshape,
  rev,
  squeeze,
  tile,
  transpose,
} from "./shapes/movement.ts";
export { concatenate, indexInDim, pad, slice, sliceInDim, split } from "./shapes/slicing.ts";
export { sortKeyVal, topK } from "./sorting/sort.ts";
