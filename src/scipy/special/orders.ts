/** @file scipy.special, hypergeometric functions and Bessel functions of whole order. */
import { refuseMore } from "../../base/checks.ts";
import type { ArrayLike, NDArray } from "../../core/array.ts";
import * as lax from "../../lax/index.ts";
import { besselJ } from "../../lax/special/bessel-j.ts";
import * as hypergeometric from "../../lax/special/hypergeometric.ts";
import { settle, signature } from "../../arguments/declare.ts";
import { maybe, param } from "../../arguments/parameters.ts";
import { promoteInexact } from "../../numpy/operands/promote.ts";
import { wholeNumber } from "./combinatorial.ts";

/**
 * Kummer's confluent hypergeometric function 1F1(a; b; x) = 1 + a/b·x/1! + a(a + 1)/(b(b + 1))·x²/2! + …. Operands
 * broadcast, integers become floats. Differentiable with respect to each; the derivatives with respect to
 * a and b are not differentiable themselves.
 * @throws DTypeError for complex numbers
 * @see jax.scipy.special.hyp1f1
 * @example
 * scipy.special.hyp1f1(np.array([1, 2]), 2, 1).js(); // [1.7182818…, 2.7182818…] — e − 1 and e
 */
export function hyp1f1(a: ArrayLike, b: ArrayLike, x: ArrayLike, ...more: []): NDArray {
  refuseMore("hyp1f1", 3, more);
  const [p, q, y] = promoteInexact("special.hyp1f1", a, b, x);
  return hypergeometric.hyp1f1(p, q, y);
}

/**
 * Gauss's hypergeometric function 2F1(a, b; c; x) = 1 + ab/c·x/1! + a(a + 1)b(b + 1)/(c(c + 1))·x²/2! + …, x ≤ 1.
 * Operands broadcast, integers become floats. Differentiable with respect to x.
 * @throws DTypeError for complex numbers; DifferentiationError for derivatives with respect to a, b or c
 * @see jax.scipy.special.hyp2f1
 * @example
 * scipy.special.hyp2f1(1, np.array([1, 2]), 2, 0.5).js(); // [1.3862943…, 2] — 2·log 2 and 2
 */
export function hyp2f1(a: ArrayLike, b: ArrayLike, c: ArrayLike, x: ArrayLike, ...more: []): NDArray {
  refuseMore("hyp2f1", 4, more);
  const [p, q, r, y] = promoteInexact("special.hyp2f1", a, b, c, x);
  return hypergeometric.hyp2f1(p, q, r, y);
}

export interface BesselOptions {
  /** The highest order. */
  readonly v: number;
  /** Accepted for JAX's sake; the recurrence is as long as it must be. */
  readonly nIter?: number | undefined;
}

const besselSignature = signature(
  "special.besselJn",
  1,
  [],
  [param<[v: number | undefined]>()("v", undefined), maybe<[nIter: number]>()("nIter")],
);

/**
 * Bessel functions J₀(z) … J_v(z), stacked along a new first axis.
 * @throws ArgumentError if v is not a whole number, at least 0
 * @see jax.scipy.special.bessel_jn
 * @example
 * scipy.special.besselJn(0, { v: 1 }).js(); // [1, 0]
 */
export function besselJn(z: ArrayLike, options: BesselOptions, ...more: []): NDArray {
  refuseMore("besselJn", 2, more);
  const o = settle(besselSignature, [options]);
  const v = wholeNumber("special.besselJn", "v", o.v, 0);
  if (o.nIter !== null) wholeNumber("special.besselJn", "nIter", o.nIter, 1);
  const [x] = promoteInexact("special.besselJn", z);
  const orders = Array.from({ length: v + 1 }, (_, n) => lax.expandDims(besselJ(n, x), [0]));
  return lax.concatenate(orders, 0);
}
