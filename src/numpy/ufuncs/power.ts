/**
 * @file Powers. A whole-number exponent given as a number multiplies (`integerPow`), which is exact and has derivatives
 * at 0; other exponents go through `lax.pow`. Source: jax/_src/numpy/ufuncs.py, `power`.
 */
import { refuseMore } from "../../base/checks.ts";
import { type ArrayLike, NDArray } from "../../core/array.ts";
import { isInexact, isInteger } from "../../dtypes/dtype.ts";
import { asArray } from "../../lax/operands/convert.ts";
import * as lax from "../../lax/plain.ts";
import { isWeak, promoteInexact, promoteNumeric, strong } from "../operands/promote.ts";
import { binary, numeric, unary } from "./lift.ts";

/** Beyond this, a power is 0, ±1 or infinite in any case, and multiplying would lose digits. */
const maxUnrolled = 2 ** 20;

/**
 * The power x1^x2. Its derivative by x2 is 0 where x1 is 0.
 * @throws ArgumentError for integers to a negative whole number
 * @see jax.numpy.power
 * @example
 * np.power(np.array([1, 2, 3]), 2).js(); // [1, 4, 9]
 */
export function power(x1: ArrayLike, x2: ArrayLike, ...more: []): NDArray {
  refuseMore("power", 2, more);
  if (typeof x2 === "number" && Number.isInteger(x2) && Math.abs(x2) <= maxUnrolled) {
    const x = asArray(x1, "power");
    if (isInexact(x.dtype)) return lax.integerPow(x, x2);
    const out = lax.integerPow(promoteNumeric("power", x)[0], x2);
    return isWeak(x1) && !out.weakType ? lax.convertElementType(out, out.dtype, true) : out;
  }
  asArray(x2, "power");
  const [x, y] = promoteNumeric("power", x1, x2);
  const out = lax.pow(x, y);
  // An integer array makes the result as strong as itself, but not a bool one beside a float.
  const isBeside = (v: ArrayLike): boolean => v instanceof NDArray && !v.weakType && !isInexact(v.dtype);
  const [p, q] = [isBeside(x1), isBeside(x2)];
  const hasFloat = isInexact(out.dtype);
  return out.weakType && (hasFloat ? q && isInteger((x2 as NDArray).dtype) : p || q) ? strong(out) : out;
}

/** Alias of `power`. */
export const pow = power;

/**
 * The power x1^x2 in floating point: integers become the default float.
 * @see jax.numpy.float_power
 * @example
 * np.floatPower(np.array([2, 4], "int32"), -1).js(); // [0.5, 0.25]
 */
export const floatPower = binary("floatPower", promoteInexact, lax.pow);

/**
 * The square x².
 * @see jax.numpy.square
 * @example
 * np.square(np.array([-1, 3])).js(); // [1, 9]
 */
export const square = unary("square", numeric, lax.square);
