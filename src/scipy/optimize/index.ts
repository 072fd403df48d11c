/** @file The `scipy.optimize` namespace. */
export { type MethodOptions, type MinimizeOptions, type OptimizeResults, minimize } from "./minimize.ts";
