/** @file The `scipy.integrate` namespace: integrals of sampled functions. */
export { trapezoid } from "../numpy/reductions/cumulative.ts";
export type { TrapezoidOptions } from "../numpy/reductions/cumulative.ts";
