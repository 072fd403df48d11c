/** @file The `experimental.sparse.linalg` namespace, as JAX's: linear systems. */
export { type SpsolveOptions, spsolve } from "./spsolve.ts";
