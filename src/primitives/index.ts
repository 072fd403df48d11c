/** @file The entry `adjoint/primitives`: primitives and kernels of one's own. */
import "../wiring.ts";

export { definePrimitive } from "./define.ts";
export { type KernelSpec, kernel } from "./kernel.ts";
export type { PrimitiveSpec } from "./spec.ts";
export { KernelArray, KernelScalar, type ScalarLike, sumOver } from "./scalar.ts";
