/** @file The `scipy.optimize` namespace. */
export type {
  Bounds,
  ConstraintBetween,
  ConstraintFunction,
  ConstraintLike,
  LinearBetween,
} from "./constraints.ts";
export type { MethodOptions, MinimizeMethod } from "./methods.ts";
export { type MinimizeOptions, type OptimizeResults, minimize } from "./minimize.ts";
