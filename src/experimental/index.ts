/** @file The `experimental` namespace, as JAX's. Its modules but `sparse` have names of their own elsewhere, too. */
export * as jet from "./jet.ts";
export * as ode from "./ode.ts";
export * as sparse from "./sparse/index.ts";
