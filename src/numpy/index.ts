/**
 * @file The `numpy` namespace: every public function of the library's numpy modules under its camelCase name.
 *
 * `var` and `delete` are also there as `var_` and `delete_`, which can be imported by name.
 */
export { NDArray as ndarray } from "../core/array.ts";
export * from "./creation/array.ts";
export * from "./dtypes/bits.ts";
export * from "./indexing/choosing.ts";
export {
  bfloat16,
  bool_,
  bool_ as bool,
  cdouble,
  complex128,
  complex64,
  complex_,
  complexfloating,
  csingle,
  double,
  e,
  eulerGamma,
  float16,
  float32,
  float64,
  float_,
  floating,
  generic,
  inexact,
  inf,
  int16,
  int32,
  int8,
  int_,
  integer,
  nan,
  newaxis,
  number,
  pi,
  signedinteger,
  single,
  uint,
  uint16,
  uint32,
  uint8,
  unsignedinteger,
} from "./dtypes/constants.ts";
export type { AbstractDType } from "./dtypes/constants.ts";
export {
  empty,
  emptyLike,
  frombuffer,
  fromfunction,
  fromiter,
  fromstring,
  full,
  fullLike,
  ones,
  onesLike,
  zeros,
  zerosLike,
} from "./creation/creation.ts";
export type {
  CreateOptions,
  FromBufferOptions,
  FromFunctionOptions,
  LikeOptions,
  ShapeLike,
} from "./creation/creation.ts";
export * from "./reductions/cumulative.ts";
export * from "./dtypes/dtypes.ts";
export * from "./products/einsum.ts";
export * as fft from "./signal/fft.ts";
export * from "./reductions/histograms.ts";
export { delete_, delete_ as delete, insert } from "./indexing/insert-delete.ts";
export * from "./shapes/joining.ts";
export * as linalg from "./linalg/linalg.ts";
export * from "./products/linear.ts";
export {
  atleast1d,
  atleast2d,
  atleast3d,
  broadcastArrays,
  broadcastShapes,
  broadcastTo,
  copy,
  expandDims,
  flip,
  fliplr,
  flipud,
  matrixTranspose,
  moveaxis,
  permuteDims,
  ravel,
  reshape,
  resize,
  rollaxis,
  rot90,
  squeeze,
  swapaxes,
  transpose,
} from "./shapes/manipulation.ts";
export type { Order } from "./shapes/manipulation.ts";
export { argwhere, flatnonzero, nonzero } from "./indexing/nonzero.ts";
export type { NonzeroOptions } from "./indexing/nonzero.ts";
export * from "./shapes/pad.ts";
export * from "./polynomials/polynomial.ts";
export { polyfit, roots } from "./polynomials/fit.ts";
export * from "./reductions/quantiles.ts";
export { arange, geomspace, indices, linspace, logspace, meshgrid } from "./creation/ranges.ts";
export type {
  ArangeOptions,
  GeomspaceOptions,
  IndicesOptions,
  LinspaceOptions,
  LogspaceOptions,
  MeshgridOptions,
} from "./creation/ranges.ts";
export {
  nanargmax,
  nanargmin,
  nanmax,
  nanmean,
  nanmin,
  nanprod,
  nanstd,
  nansum,
  nanvar,
} from "./reductions/nan.ts";
export {
  all,
  amax,
  amin,
  any,
  argmax,
  argmin,
  countNonzero,
  max,
  mean,
  min,
  prod,
  ptp,
  std,
  sum,
  var_,
  var_ as var,
} from "./reductions/reductions.ts";
export type {
  ArgOptions,
  AxisOptions,
  ExtremumOptions,
  MeanOptions,
  SumOptions,
  VarOptions,
  WhereReduceOptions,
} from "./reductions/reductions.ts";
export * from "./shapes/repetition.ts";
export * from "./sorting/sets.ts";
export * from "./signal/signal.ts";
export * from "./sorting/sorting.ts";
export { average, corrcoef, cov } from "./reductions/statistics.ts";
export type { AverageOptions, CorrcoefOptions, CovOptions } from "./reductions/statistics.ts";
export * from "./indexing/take.ts";
export * from "./creation/triangular.ts";
export {
  add,
  bitwiseAnd,
  bitwiseOr,
  bitwiseXor,
  frompyfunc,
  logaddexp,
  logaddexp2,
  logicalAnd,
  logicalOr,
  logicalXor,
  maximum,
  minimum,
  multiply,
  subtract,
  ufunc,
} from "./ufuncs/ufunc.ts";
export type { Ufunc, UfuncAxisOptions, UfuncOptions, UfuncReduceOptions } from "./ufuncs/ufunc.ts";
export {
  abs,
  absolute,
  divide,
  divmod,
  fabs,
  floorDivide,
  fmax,
  fmin,
  fmod,
  gcd,
  heaviside,
  lcm,
  mod,
  negative,
  positive,
  reciprocal,
  remainder,
  sign,
  trueDivide,
} from "./ufuncs/arithmetic.ts";
export {
  allclose,
  arrayEqual,
  arrayEquiv,
  bitwiseCount,
  bitwiseInvert,
  bitwiseLeftShift,
  bitwiseNot,
  bitwiseRightShift,
  clip,
  conj,
  conjugate,
  equal,
  greater,
  greaterEqual,
  imag,
  invert,
  isclose,
  iscomplex,
  isfinite,
  isinf,
  isnan,
  isneginf,
  isposinf,
  isreal,
  leftShift,
  less,
  lessEqual,
  logicalNot,
  nanToNum,
  notEqual,
  real,
  rightShift,
  where,
} from "./ufuncs/logic.ts";
export type { ClipOptions, CloseOptions, NanToNumOptions, WhereOptions } from "./ufuncs/logic.ts";
export {
  acos,
  acosh,
  angle,
  arccos,
  arccosh,
  arcsin,
  arcsinh,
  arctan,
  arctan2,
  arctanh,
  asin,
  asinh,
  atan,
  atan2,
  atanh,
  cbrt,
  cos,
  cosh,
  deg2rad,
  degrees,
  exp,
  exp2,
  expm1,
  hypot,
  i0,
  log,
  log10,
  log1p,
  log2,
  rad2deg,
  radians,
  sin,
  sinc,
  sinh,
  sqrt,
  tan,
  tanh,
} from "./ufuncs/math.ts";
export { floatPower, pow, power, square } from "./ufuncs/power.ts";
export * from "./ufuncs/round.ts";
export * from "./ufuncs/vectorize.ts";
