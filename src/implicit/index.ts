/** @file The `implicit` namespace: solutions of equations, differentiable by the implicit function theorem. */
export type { SolveOptions } from "./common.ts";
export { fixedPoint } from "./fixed-point.ts";
export { bisect, newton } from "./roots.ts";
