/** @file The entry `adjoint/plain`: the transformations of functions of numbers, lists, typed arrays and objects. */
import "../wiring.ts";

export { jit, vmap } from "./compiled.ts";
export { grad, hessian, jacobian, jvp, valueAndGrad, vjp } from "./transformations.ts";
export type { Chosen, Many, Over } from "./types.ts";
