/** @file The public `lax` namespace: the operations of src/lax, and control flow. */
export * from "../lax/index.ts";
export { type AssociativeScanOptions, associativeScan } from "./associative-scan.ts";
export { cond, switch_, switch_ as switch } from "./branches.ts";
export { type RootOptions, customRoot } from "./custom-root.ts";
export {
  type LinearMap,
  type LinearSolveOptions,
  type LinearSolver,
  customLinearSolve,
} from "./linear-solve.ts";
export { type Checkpointing } from "./checkpointing.ts";
export {
  type LoopOptions,
  type MapOptions,
  type ScanOptions,
  foriLoop,
  map,
  scan,
  whileLoop,
} from "./loops.ts";
export { type ReduceOptions, reduce } from "./reduce.ts";
