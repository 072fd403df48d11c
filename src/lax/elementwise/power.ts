/** @file Whole powers, and the reciprocal, which is one. */
import type { ArrayLike, NDArray } from "../../core/array.ts";
import { isInexact } from "../../dtypes/dtype.ts";
import type { Primitive } from "../../core/primitive.ts";
import { bind1 } from "../../core/trace.ts";
import { show, refuseMore } from "../../base/checks.ts";
import { ArgumentError } from "../../base/errors.ts";
import { mul } from "./arithmetic.ts";
import { asArray } from "../operands/convert.ts";
import * as onParts from "./complex/arithmetic.ts";
import { elementwise } from "../families/elementwise.ts";
import { powerExpr } from "./scaling.ts";

type IntegerPowParams = { y: number };

const integerPowP: Primitive<IntegerPowParams> = elementwise<IntegerPowParams>({
  name: "integer_pow",
  accepts: "number",
  scalar: ([x], { y }) => powerExpr(x, y),
  jvp: [(g, _, [x], { y }) => (y === 0 ? mul(g, 0) : mul(g, y === 1 ? 1 : mul(y, integerPow(x, y - 1))))],
  complex: ([x], { y }) => onParts.integerPow(x, y),
});

/** x to a whole power. */
export function integerPow(x: ArrayLike, y: number): NDArray {
  if (!Number.isInteger(y))
    throw new ArgumentError(`integerPow: the exponent must be a whole number; got ${show(y)}. Use pow.`);
  const a = asArray(x, "integerPow");
  if (y < 0 && !isInexact(a.dtype)) {
    throw new ArgumentError(
      `integerPow: integers cannot be raised to a negative power (${y}); convert to a float first.`,
    );
  }
  return bind1(integerPowP, [a], { y });
}

/**
 * 1 / x for real or complex x.
 * @throws ArgumentError for integers and bool
 * @see jax.lax.reciprocal
 * @example
 * lax.reciprocal(np.array([4, 0])).js(); // [0.25, Infinity]
 */
export function reciprocal(x: ArrayLike, ...more: []): NDArray {
  refuseMore("reciprocal", 1, more);
  const a = asArray(x, "reciprocal");
  if (!isInexact(a.dtype))
    throw new ArgumentError(`reciprocal: expected floating-point or complex numbers; got dtype ${a.dtype}.`);
  return bind1(integerPowP, [a], { y: -1 });
}
