/** @file The public `lax` namespace: the operations of src/lax, and control flow. */
export * from "../lax/index.ts";
export * as linalg from "./linalg.ts";
export { type AssociativeScanOptions, associativeScan } from "./reductions/associative-scan.ts";
export { cond, switch_, switch_ as switch } from "./branches/api.ts";
export { type RootOptions, customRoot } from "./linear/custom-root.ts";
export {
  type LinearMap,
  type LinearSolveOptions,
  type LinearSolver,
  customLinearSolve,
} from "./linear/linear-solve.ts";
export { type Checkpointing } from "./loops/checkpointing.ts";
export {
  type LoopOptions,
  type MapOptions,
  type ScanOptions,
  foriLoop,
  map,
  scan,
  whileLoop,
} from "./loops/api.ts";
export { type ReduceOptions, reduce } from "./reductions/reduce.ts";
