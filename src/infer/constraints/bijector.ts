/** @file What a bijector is, and how those of numbers one by one are made. */
import { refuseMore, show } from "../../base/checks.ts";
import { ArgumentError } from "../../base/errors.ts";
import type { ArrayLike, NDArray } from "../../core/array.ts";
import { asArray } from "../../lax/operands/convert.ts";
import { cast, inexact } from "../../numpy/operands/promote.ts";

/**
 * A smooth map from unconstrained numbers to constrained ones, and back. Arrays may have leading axes: an event (a number, a
 * vector along the last axis, a matrix along the last two) is mapped on its own.
 *
 * Any object with these three functions is one: samplers and `constrained` ask for no more.
 */
export interface Bijector {
  /** What messages call it. */
  readonly name: string;
  /** From unconstrained to constrained. */
  readonly forward: (u: ArrayLike) => NDArray;
  /** From constrained to unconstrained. */
  readonly inverse: (x: ArrayLike) => NDArray;
  /** The logarithm of |det ∂forward/∂u| of each event, over what is free in it. */
  readonly forwardLogDet: (u: ArrayLike) => NDArray;
}

type Unary = (x: NDArray) => NDArray;

/** An operand as a floating-point array. */
export function floating(what: string, x: ArrayLike): NDArray {
  const float = inexact(what, asArray(x, what));
  return cast(float, float.dtype);
}

/** A bijector from its three maps on floating-point arrays. */
export function bijector(name: string, forward: Unary, inverse: Unary, logDet: Unary): Bijector {
  const guarded =
    (part: string, f: Unary) =>
    (x: ArrayLike, ...more: readonly unknown[]): NDArray => {
      const what = `${name}.${part}`;
      refuseMore(what, 1, more);
      return f(floating(what, x));
    };
  return Object.freeze({
    name,
    forward: guarded("forward", forward),
    inverse: guarded("inverse", inverse),
    forwardLogDet: guarded("forwardLogDet", logDet),
  });
}

/** True for what has the three maps of a bijector. */
export const isBijector = (x: unknown): x is Bijector =>
  typeof x === "object" &&
  x !== null &&
  "forward" in x &&
  typeof x.forward === "function" &&
  "inverse" in x &&
  typeof x.inverse === "function" &&
  "forwardLogDet" in x &&
  typeof x.forwardLogDet === "function";

/** @throws ArgumentError for what is no bijector. */
export function checkBijector(what: string, x: unknown): asserts x is Bijector {
  if (isBijector(x)) return;
  throw new ArgumentError(
    `${what}: expected a bijector, an object with forward, inverse and forwardLogDet such as positive() gives; got ${show(x)}.`,
  );
}
