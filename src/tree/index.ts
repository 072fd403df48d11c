/**
 * @file The `tree` namespace: functions on pytrees, as `jax.tree` and `jax.tree_util`.
 *
 * `treeUtil`, the same under JAX's older names, is in util.ts.
 */
export { fromClone } from "./clones.ts";
export * from "./functions.ts";
export { type Static, static_ } from "./static.ts";
