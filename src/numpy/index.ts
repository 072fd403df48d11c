/**
 * @file The `numpy` namespace: every public function of the library's numpy modules under its camelCase name. Importing
 * it installs the methods of arrays.
 *
 * `var` and `delete` are also there as `var_` and `delete_`, which can be imported by name.
 */
import "./array-methods.ts";

export { array, asarray } from "./array.ts";
export type { ArrayOptions, NestedArrayLike } from "./array.ts";
export {
  choose,
  compress,
  extract,
  ix_,
  piecewise,
  place,
  ravelMultiIndex,
  select,
  unravelIndex,
} from "./choosing.ts";
export type { CompressOptions } from "./choosing.ts";
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
export {
  cumprod,
  cumsum,
  cumulativeProd,
  cumulativeSum,
  diff,
  ediff1d,
  gradient,
  nancumprod,
  nancumsum,
  trapezoid,
} from "./cumulative.ts";
export type {
  CumulativeOptions,
  CumulativeSumOptions,
  DiffOptions,
  Ediff1dOptions,
  GradientOptions,
  TrapezoidOptions,
} from "./cumulative.ts";
export {
  astype,
  canCast,
  finfo,
  iinfo,
  iscomplexobj,
  isdtype,
  isrealobj,
  isscalar,
  issubdtype,
  iterable,
  ndim,
  promoteTypes,
  resultType,
  shape,
  size,
} from "./dtypes.ts";
export type { Casting, DTypeKind, FInfo, IInfo } from "./dtypes.ts";
export { einsum, einsumPath } from "./einsum.ts";
export type { EinsumOptions, Sublist } from "./einsum.ts";
export { bincount, histogram, histogram2d, histogramBinEdges, histogramdd } from "./histograms.ts";
export type {
  BincountOptions,
  BinEdgesOptions,
  Bins,
  HistogramddOptions,
  HistogramOptions,
} from "./histograms.ts";
export { packbits, unpackbits } from "./bits.ts";
export { delete_, delete_ as delete, insert } from "./insert-delete.ts";
export {
  append,
  arraySplit,
  block,
  columnStack,
  concat,
  concatenate,
  dsplit,
  dstack,
  hsplit,
  hstack,
  split,
  stack,
  unstack,
  vsplit,
  vstack,
} from "./joining.ts";
export type { ArrayList, Blocks, Sections } from "./joining.ts";
export { cross, dot, inner, kron, matmul, matvec, outer, tensordot, vdot, vecdot, vecmat } from "./linear.ts";
export type { ProductOptions, TensordotAxes } from "./linear.ts";
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
export { pad } from "./pad.ts";
export type { PadFunction, PadMode, PadOptions, PerAxis } from "./pad.ts";
export { poly, polyadd, polyder, polydiv, polyint, polymul, polysub, polyval } from "./polynomial.ts";
export { median, nanmedian, nanpercentile, nanquantile, percentile, quantile } from "./quantiles.ts";
export type { MedianOptions, QuantileMethod, QuantileOptions } from "./quantiles.ts";
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
export { repeat, roll, tile, trimZeros } from "./repetition.ts";
export {
  intersect1d,
  isin,
  setdiff1d,
  setxor1d,
  union1d,
  unique,
  uniqueAll,
  uniqueCounts,
  uniqueInverse,
  uniqueValues,
} from "./sets.ts";
export type { IsinOptions, SizeOptions, UniqueOptions } from "./sets.ts";
export {
  bartlett,
  blackman,
  convolve,
  correlate,
  hamming,
  hanning,
  interp,
  kaiser,
  unwrap,
} from "./signal.ts";
export type { ConvolveMode, ConvolveOptions, InterpOptions, UnwrapOptions } from "./signal.ts";
export { argpartition, argsort, digitize, lexsort, partition, searchsorted, sort } from "./sorting.ts";
export type { ArgsortOptions, DigitizeOptions, SearchOptions, SortOptions } from "./sorting.ts";
export { average, corrcoef, cov } from "./statistics.ts";
export type { AverageOptions, CorrcoefOptions, CovOptions } from "./statistics.ts";
export { fillDiagonal, put, putAlongAxis, take, takeAlongAxis } from "./take.ts";
export type { TakeAlongAxisOptions, TakeMode, TakeOptions } from "./take.ts";
export {
  diag,
  diagflat,
  diagIndices,
  diagIndicesFrom,
  diagonal,
  eye,
  identity,
  maskIndices,
  trace,
  tri,
  tril,
  trilIndices,
  trilIndicesFrom,
  triu,
  triuIndices,
  triuIndicesFrom,
  vander,
} from "./triangular.ts";
export type {
  DiagonalOptions,
  EyeOptions,
  TraceOptions,
  TriangleIndicesOptions,
  VanderOptions,
} from "./triangular.ts";
export {
  add,
  bitwiseAnd,
  bitwiseOr,
  bitwiseXor,
  logaddexp,
  logaddexp2,
  logicalAnd,
  logicalOr,
  logicalXor,
  maximum,
  minimum,
  multiply,
  subtract,
} from "./ufunc.ts";
export type { Ufunc, UfuncAxisOptions, UfuncReduceOptions } from "./ufunc.ts";
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
export {
  around,
  ceil,
  copysign,
  fix,
  floor,
  frexp,
  ldexp,
  modf,
  nextafter,
  rint,
  round,
  signbit,
  spacing,
  trunc,
} from "./ufuncs-round.ts";
export { applyAlongAxis, applyOverAxes, vectorize } from "./vectorize.ts";
export type { VectorizeOptions } from "./vectorize.ts";
