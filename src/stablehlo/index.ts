/** @file StableHLO: functions of the library as programs for JAX and XLA, and their programs as functions. */
import "../wiring.ts";

export { ExportError } from "./export/errors.ts";
export { type ExportOptions, toStablehlo } from "./export/index.ts";
export { StablehloError } from "./import/text/errors.ts";
export { type ImportOptions, fromStablehlo } from "./import/index.ts";
