/** @file The `nn` namespace: JAX's functions for neural networks under their camelCase names. */
export * from "./activations.ts";
export * from "./attention/attention.ts";
export * as initializers from "./initializers.ts";
export * from "./normalisation.ts";
