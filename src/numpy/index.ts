/**
 * @file The `numpy` namespace: every public function of the library's numpy modules under its camelCase name. Importing
 * it installs the methods of arrays.
 *
 * `var` and `delete` are also there as `var_` and `delete_`, which can be imported by name.
 */
import "./array-methods.ts";

export { NDArray as ndarray } from "../core/array.ts";
export * from "./array.ts";
export * from "./bits.ts";
export * from "./choosing.ts";
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
} from "./constants.ts";
export type { AbstractDType } from "./constants.ts";
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
} from "./creation.ts";
export type {
  CreateOptions,
  FromBufferOptions,
  FromFunctionOptions,
  LikeOptions,
  ShapeLike,
} from "./creation.ts";
export * from "./cumulative.ts";
export * from "./dtypes.ts";
export * from "./einsum.ts";
export * as fft from "./fft.ts";
export * from "./histograms.ts";
export { delete_, delete_ as delete, insert } from "./insert-delete.ts";
export * from "./joining.ts";
export * as linalg from "./linalg.ts";
export * from "./linear.ts";
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
} from "./manipulation.ts";
export type { Order } from "./manipulation.ts";
export { argwhere, flatnonzero, nonzero } from "./nonzero.ts";
export type { NonzeroOptions } from "./nonzero.ts";
export * from "./pad.ts";
export * from "./polynomial.ts";
export { polyfit, roots } from "./polynomial-fit.ts";
export * from "./quantiles.ts";
export { arange, geomspace, indices, linspace, logspace, meshgrid } from "./ranges.ts";
export type {
  ArangeOptions,
  GeomspaceOptions,
  IndicesOptions,
  LinspaceOptions,
  LogspaceOptions,
  MeshgridOptions,
} from "./ranges.ts";
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
} from "./reductions-nan.ts";
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
} from "./reductions.ts";
export type {
  ArgOptions,
  AxisOptions,
  ExtremumOptions,
  MeanOptions,
  SumOptions,
  VarOptions,
  WhereReduceOptions,
} from "./reductions.ts";
export * from "./repetition.ts";
export * from "./sets.ts";
export * from "./signal.ts";
export * from "./sorting.ts";
export { average, corrcoef, cov } from "./statistics.ts";
export type { AverageOptions, CorrcoefOptions, CovOptions } from "./statistics.ts";
export * from "./take.ts";
export * from "./triangular.ts";
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
} from "./ufunc.ts";
export type { Ufunc, UfuncAxisOptions, UfuncOptions, UfuncReduceOptions } from "./ufunc.ts";
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
} from "./ufuncs-arithmetic.ts";
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
} from "./ufuncs-logic.ts";
export type { ClipOptions, CloseOptions, NanToNumOptions, WhereOptions } from "./ufuncs-logic.ts";
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
} from "./ufuncs-math.ts";
export { floatPower, pow, power, square } from "./ufuncs-power.ts";
export * from "./ufuncs-round.ts";
export * from "./vectorize.ts";
