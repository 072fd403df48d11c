/** @file What methods of minimisation are given, and what they give back. */
import type { NDArray } from "../../core/array.ts";
import { jacfwd } from "../../api/jacobian.ts";
import { grad, valueAndGrad } from "../../api/grad.ts";
import { linearize } from "../../api/jvp.ts";
import type { Constraint } from "./constraints.ts";

/** Lower and upper bounds of all unknowns, infinite where there are none. */
export interface Box {
  readonly lower: NDArray;
  readonly upper: NDArray;
}

/** A scalar function of a vector, the start, and where it may go. */
export interface Problem {
  readonly x0: NDArray;
  readonly value: (x: NDArray) => NDArray;
  readonly gradient: (x: NDArray) => NDArray;
  readonly both: (x: NDArray) => [NDArray, NDArray];
  /** All of the Hessian. */
  readonly hessian: (x: NDArray) => NDArray;
  /** Products of the Hessian at x with vectors: the program of the gradient is linearised once. */
  readonly push: (x: NDArray) => (p: NDArray) => NDArray;
  readonly box: Box | null;
  readonly constraints: readonly Constraint[];
}

export function problemOf(
  value: (x: NDArray) => NDArray,
  x0: NDArray,
  box: Box | null,
  constraints: readonly Constraint[],
): Problem {
  const gradient = (x: NDArray): NDArray => grad(value)(x);
  return {
    x0,
    value,
    gradient,
    both: (x) => valueAndGrad(value)(x),
    hessian: (x) => jacfwd(gradient)(x),
    push: (x) => linearize(gradient, [x])[1],
    box,
    constraints,
  };
}

/** Where a method ended. */
export interface Outcome {
  readonly x: NDArray;
  readonly status: NDArray;
  readonly iterations: NDArray;
  readonly evaluations: NDArray;
  readonly gradients: NDArray;
  /** Products with the Hessian, or Hessians. */
  readonly hessians: NDArray;
  readonly inverse: NDArray | null;
  /** The multipliers of the constraints, one after another, where the method has them. */
  readonly multipliers: NDArray | null;
}
