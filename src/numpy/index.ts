/**
 * @file The `numpy` namespace: every public function of the library's numpy modules under its camelCase name.
 *
 * `var` and `delete` are also there as `var_` and `delete_`, which can be imported by name.
 */
export { NDArray as ndarray } from "../core/array.ts";
export * from "./creation/array.ts";
export * from "./dtypes/bits.ts";
export * from "./indexing/choosing.ts";
export * from "./dtypes/constants.ts";
export { bool_ as bool } from "./dtypes/constants.ts";
export * from "./creation/creation.ts";
export * from "./reductions/cumulative.ts";
export * from "./dtypes/dtypes.ts";
export * from "./products/einsum.ts";
export * as fft from "./signal/fft.ts";
export * from "./reductions/histograms.ts";
export * from "./indexing/insert-delete.ts";
export { delete_ as delete } from "./indexing/insert-delete.ts";
export * from "./shapes/joining.ts";
export * as linalg from "./linalg/linalg.ts";
export * from "./products/linear.ts";
export * from "./shapes/manipulation.ts";
export * from "./indexing/nonzero.ts";
export * from "./shapes/pad.ts";
export * from "./polynomials/polynomial.ts";
export * from "./polynomials/fit.ts";
export * from "./reductions/quantiles.ts";
export * from "./creation/ranges.ts";
export * from "./reductions/nan.ts";
export * from "./reductions/reductions.ts";
export { var_ as var } from "./reductions/reductions.ts";
export * from "./shapes/repetition.ts";
export * from "./sorting/sets.ts";
export * from "./sorting/unique.ts";
export * from "./signal/signal.ts";
export * from "./sorting/sorting.ts";
export * from "./reductions/statistics.ts";
export * from "./indexing/take.ts";
export * from "./creation/triangular.ts";
export * from "./ufuncs/ufunc.ts";
export * from "./ufuncs/arithmetic.ts";
export * from "./ufuncs/bitwise.ts";
export * from "./ufuncs/comparison.ts";
export * from "./ufuncs/logic.ts";
export * from "./ufuncs/math.ts";
export * from "./ufuncs/power.ts";
export * from "./ufuncs/round.ts";
export * from "./ufuncs/vectorize.ts";
