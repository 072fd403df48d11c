/**
 * @file The `lax` namespace: JAX's low-level operations under their camelCase names. Operands must agree in dtype and
 * shape or be scalars; `numpy` is the layer that promotes and broadcasts.
 */
import "../jit/eager.ts";
import "./interpreter-ops.ts";

export { add, atan2, div, max, min, mul, mulhi, nextafter, pow, rem, sub } from "./arithmetic.ts";
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
} from "./bitwise.ts";
export { eq, ge, gt, le, lt, ne } from "./compare.ts";
export { bitcastConvertType, convertElementType } from "./convert.ts";
export { broadcastedIota, full, fullLike, iota } from "./creation.ts";
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
  integerPow,
  isFinite,
  log,
  log1p,
  logistic,
  neg,
  reciprocal,
  round,
  rsqrt,
  sign,
  sin,
  sinh,
  sqrt,
  square,
  tan,
  tanh,
} from "./elementwise.ts";
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
} from "./movement.ts";
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
} from "./reduce.ts";
export { clamp, select, selectN } from "./select.ts";
export { type PadConfig, concatenate, indexInDim, pad, slice, sliceInDim, split } from "./slicing.ts";
export { allGather, axisIndex, axisSize, pmax, pmean, pmin, ppermute, psum } from "./collectives.ts";
export { stopGradient } from "./stop-gradient.ts";
export {
  dynamicIndexInDim,
  dynamicSlice,
  dynamicSliceInDim,
  dynamicUpdateIndexInDim,
  dynamicUpdateSlice,
  dynamicUpdateSliceInDim,
} from "./dynamic.ts";
export { type GatherDimensionNumbers, type GatherMode, type GatherOptions, gather } from "./gather.ts";
export {
  type ScatterDimensionNumbers,
  type ScatterMode,
  type ScatterOptions,
  scatter,
  scatterAdd,
  scatterMax,
  scatterMin,
  scatterMul,
} from "./scatter.ts";
export { cumlogsumexp, cummax, cummin, cumprod, cumsum } from "./cumulative.ts";
export { type DotDimensionNumbers, type DotOptions, batchMatmul, dot, dotGeneral } from "./dot.ts";
export { type SortOptions, sort, sortKeyVal, topK } from "./sort.ts";
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
export {
  type ConvLayout,
  type ConvOptions,
  type ConvTransposeOptions,
  conv,
  convGeneralDilated,
  convGeneralDilatedLocal,
  convGeneralDilatedPatches,
  convTranspose,
  convWithGeneralPadding,
} from "./conv-api.ts";
export { reduce } from "./monoid.ts";
export { type PadPair, type Padding, padtypeToPads } from "./padding.ts";
export { type ReduceWindowOptions, reduceWindow } from "./window.ts";
