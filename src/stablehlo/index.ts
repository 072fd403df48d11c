/** @file StableHLO: programs of JAX and XLA as functions of the library. */
import "../wiring.ts";

export { StablehloError } from "./import/errors.ts";
export { type ImportOptions, fromStablehlo } from "./import/index.ts";
