/**
 * @file Powers. A whole-number exponent given as a number multiplies (`integerPow`), which is exact and has derivatives
 * at 0; other exponents go through `lax.pow`. Source: jax/_src/numpy/ufuncs.py, `power`.
 */
import type { ArrayLike, NDArray } from "../../core/array.ts";
import { isInexact } from "../../dtypes/dtype.ts";
import { asArray } from "../../lax/operands/convert.ts";
import * as lax from "../../lax/index.ts";
import { promoteArgs, promoteInexact, promoteNumeric } from "../operands/promote.ts";

/** Beyond this, a power is 0, ±1 or infinite in any case, and multiplying would lose digits. */
const maxUnrolled = 2 ** 20;

/**
 * x1 to the power x2.
 * @throws ArgumentError for integers to a negative whole number
 * @example
 * np.power(np.array([1, 2, 3]), 2).js(); // [1, 4, 9]
 */
export function power(x1: ArrayLike, x2: ArrayLike): NDArray {
  if (typeof x2 === "number" && Number.isInteger(x2) && Math.abs(x2) <= maxUnrolled) {
    const x = asArray(x1, "power");
    return lax.integerPow(isInexact(x.dtype) ? x : promoteNumeric("power", x)[0], x2);
  }
  asArray(x2, "power");
  const [x, y] = promoteNumeric("power", x1, x2);
  return lax.pow(x, y);
}

/** Alias of `power`. */
export const pow = power;

/** x1 to the power x2, in floating point. */
export function floatPower(x1: ArrayLike, x2: ArrayLike): NDArray {
  const [x, y] = promoteInexact("floatPower", x1, x2);
  return lax.pow(x, y);
}

/** x². */
export function square(x: ArrayLike): NDArray {
  const [a] = promoteNumeric("square", x);
  return lax.square(a);
}

/** The larger operand; NaN if either is. At ties the derivative is shared. */
export function maximum(x: ArrayLike, y: ArrayLike): NDArray {
  const [a, b] = promoteArgs("maximum", x, y);
  return lax.max(a, b);
}

/** The smaller operand; NaN if either is. At ties the derivative is shared. */
export function minimum(x: ArrayLike, y: ArrayLike): NDArray {
  const [a, b] = promoteArgs("minimum", x, y);
  return lax.min(a, b);
}
