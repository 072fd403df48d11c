/** @file The entry point `adjoint/functional`: layers that can be undone, recursion, functions whose values are functions. */
import "../wiring.ts";

export { curried } from "./curried.ts";
export { additiveCoupling, affineCoupling, leapfrog } from "./couplings.ts";
export { inverseJvp, inverseVjp } from "./inverse.ts";
export { type RecursionOptions, recursive } from "./recursion/recursive.ts";
export { type ReversibleFunction, reversible, reversibleChain, reversibleScan } from "./reversible.ts";
