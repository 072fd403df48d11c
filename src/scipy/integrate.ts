/** @file The `scipy.integrate` namespace: integrals of sampled functions. */
export { trapezoid } from "../numpy/cumulative.ts";
export type { TrapezoidOptions } from "../numpy/cumulative.ts";
