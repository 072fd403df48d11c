/** @file Element-wise functions of `lax` with named parameters: rounding and whole powers. */
import { named } from "../../arguments/declare.ts";
import * as elementwise from "../elementwise/functions.ts";
import { reducePrecision as reducePrecisionFn } from "../elementwise/reduce-precision.ts";

/**
 * The nearest integer to each element, in its own dtype; halves go away from zero (`roundingMethod` 0, the default) or to
 * the even neighbour (1). The derivative is 0.
 * @throws DTypeError unless the dtype is a real float; ArgumentError for another `roundingMethod`
 * @see jax.lax.round
 * @example
 * const x = np.array([-1.5, 1.4, 2.5]);
 * lax.round(x).js(); // [-2, 1, 3]
 * lax.round(x, 1).js(); // [-2, 1, 2]
 */
export const round = named("round", elementwise.round, ["x", "roundingMethod"]);

/**
 * x to the whole power `y`, by repeated multiplication; 1 for y = 0, of NaN and 0 also. The derivative is y·x^(y − 1), and
 * 0 everywhere for y = 0.
 * @throws ArgumentError unless `y` is a whole number, or if it is negative for integers; DTypeError for bool
 * @see jax.lax.integer_pow
 * @example
 * lax.integerPow(np.array([2, -3]), 3).js(); // [8, -27]
 * lax.integerPow(2, -2).item(); // 0.25
 */
export const integerPow = named("integerPow", elementwise.integerPow, ["x", "y"]);

/**
 * `x` rounded to a format of `exponentBits` and `mantissaBits` (half to even; subnormal numbers of the format become 0, too
 * large ones infinite), in its own dtype. Tangents and cotangents are rounded alike.
 * @throws ArgumentError if `exponentBits` is below 1 or `mantissaBits` below 0
 * @see jax.lax.reduce_precision
 * @example
 * lax.reducePrecision(3.14159265, 5, 10).item(); // 3.140625
 */
export const reducePrecision = named("reducePrecision", reducePrecisionFn, [
  "operand",
  "exponentBits",
  "mantissaBits",
]);
