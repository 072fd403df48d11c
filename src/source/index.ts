/**
 * @file The public names of `adjoint/source`: programs as text, and what such texts use.
 */
import "../wiring.ts";

export { SourceError } from "./errors.ts";
export { onCotangent } from "./hooks.ts";
export { type LoopParams, fromBase64, leaves, loop, primitive, program } from "./runtime.ts";
export { toSource } from "./to-source.ts";
