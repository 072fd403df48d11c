/** @file The `experimental` namespace, as JAX's: its modules have names of their own elsewhere, too. */
export * as jet from "./jet.ts";
export * as ode from "./ode.ts";
