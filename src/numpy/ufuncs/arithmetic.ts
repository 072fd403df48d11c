/** @file Arithmetic with NumPy's promotion and broadcasting, but for the ufuncs. Formulas follow jax/_src/numpy/ufuncs.py. */
import { refuseMore } from "../../base/checks.ts";
import type { NDArray } from "../../core/array.ts";
import { type ArrayLike } from "../../core/array.ts";
import { isInexact, isInteger, isUnsigned } from "../../dtypes/dtype.ts";
import { asDType } from "../../lax/operands/convert.ts";
import { gcd as laxGcd } from "../../lax/elementwise/gcd.ts";
import { stopped } from "../../lax/identities/stop-gradient.ts";
import * as lax from "../../lax/plain.ts";
import * as order from "../operands/order.ts";
import { inexact, isWeak, promoteArgs, promoteInexact, promoteNumeric } from "../operands/promote.ts";
import { binary, bothInteger, bothReal, own, realInexact, strongBeside, unary } from "./lift.ts";

/**
 * The quotient x / y in floating point: integers become the default float.
 * @see jax.numpy.divide
 * @example
 * np.divide(np.array([1, 3]), 2).js(); // [0.5, 1.5]
 */
export const divide = binary("divide", promoteInexact, lax.div);

/** Alias of `divide`. */
export const trueDivide = divide;

/** CPython's floor division and modulo of floats. */
function floatDivmod(x: NDArray, y: NDArray): [NDArray, NDArray] {
  const rem = lax.rem(x, y);
  const quotient = lax.div(lax.sub(x, rem), y);
  const differs = lax.bitwiseAnd(lax.ne(rem, 0), lax.ne(lax.sign(y), lax.sign(rem)));
  const whole = lax.round(lax.select(differs, lax.sub(quotient, 1), quotient));
  // By 0 the quotient is that of the division, as in NumPy; there is no remainder.
  const byZero = lax.eq(y, 0);
  return [lax.select(byZero, stopped(lax.div(x, y)), whole), lax.select(differs, lax.add(rem, y), rem)];
}

function integerFloor(x: NDArray, y: NDArray): NDArray {
  const quotient = lax.div(x, y);
  if (isUnsigned(x.dtype)) return quotient;
  const differs = lax.bitwiseAnd(lax.ne(lax.sign(x), lax.sign(y)), lax.ne(lax.rem(x, y), 0));
  return lax.select(differs, lax.sub(quotient, 1), quotient);
}

/**
 * The quotient rounded down. Integers divided by 0 give −1 (all bits set), as in XLA.
 * @throws DTypeError for complex arrays
 * @see jax.numpy.floor_divide
 * @example
 * np.floorDivide(np.array([-7, 7]), 2).js(); // [-4, 3]
 */
export const floorDivide = binary("floorDivide", bothReal(promoteNumeric), (x, y) =>
  isInteger(x.dtype) ? integerFloor(x, y) : floatDivmod(x, y)[0],
);

/** A divisor without zeros: the remainder of integers by 0 is 0. */
const nonZero = (y: NDArray): NDArray => (isInteger(y.dtype) ? lax.select(lax.eq(y, 0), 1, y) : y);

/**
 * The remainder of `floorDivide`: it has the sign of the divisor. Integers modulo 0 give 0.
 * @throws DTypeError for complex arrays
 * @see jax.numpy.remainder
 * @example
 * np.remainder(np.array([-7, 7]), 3).js(); // [2, 1]
 */
export const remainder = binary("remainder", bothReal(promoteNumeric), (x, y) => {
  const by = nonZero(y);
  const rem = lax.rem(x, by);
  const differs = lax.bitwiseAnd(lax.ne(lax.lt(rem, 0), lax.lt(by, 0)), lax.ne(rem, 0));
  return lax.select(differs, lax.add(rem, by), rem);
});

/** Alias of `remainder`. */
export const mod = remainder;

/**
 * The remainder of the division truncated towards zero: it has the sign of the dividend. Integers modulo 0 give 0.
 * @throws DTypeError for complex arrays
 * @see jax.numpy.fmod
 * @example
 * np.fmod(np.array([-7, 7]), 3).js(); // [-1, 1]
 */
export const fmod = binary("fmod", bothReal(promoteNumeric), (x, y) => lax.rem(x, nonZero(y)));

/**
 * The list of `floorDivide` and `remainder` of two operands.
 * @throws DTypeError for complex arrays
 * @see jax.numpy.divmod
 * @example
 * np.divmod(7, 2)[1].item(); // 1
 */
export const divmod = binary("divmod", bothReal(promoteNumeric), (x, y): [NDArray, NDArray] =>
  isInteger(x.dtype) ? [integerFloor(x, y), remainder(x, y)] : floatDivmod(x, y),
);

/**
 * The negative −x.
 * @see jax.numpy.negative
 * @example
 * np.negative(np.array([1, -2])).js(); // [-1, 2]
 */
export const negative = unary("negative", own, lax.neg);

/**
 * The operand itself, as an array.
 * @see jax.numpy.positive
 * @example
 * np.positive(2).item(); // 2
 */
export const positive = unary("positive", own, (x) => x);

/**
 * The magnitude |x|, of complex numbers too. The derivative at a real 0 is 1, as in JAX.
 * @see jax.numpy.abs
 * @example
 * np.abs(np.array([1, -2])).js(); // [1, 2]
 */
export const abs = unary("abs", own, (x) => (x.dtype === "bool" || isUnsigned(x.dtype) ? x : lax.abs(x)));

/** Alias of `abs`. */
export const absolute = abs;

/**
 * The magnitude |x| in floating point: integers become the default float. The derivative at 0 is 1, as in JAX.
 * @throws DTypeError for complex arrays
 * @see jax.numpy.fabs
 * @example
 * np.fabs(np.array([-2], "int32")).dtype; // "float64"
 */
export const fabs = unary("fabs", realInexact, lax.abs);

/**
 * The sign −1, 0 or 1 (NaN for NaN); of complex numbers z/|z|. Its derivative is 0.
 * @see jax.numpy.sign
 * @example
 * np.sign(np.array([-3, 0, 2])).js(); // [-1, 0, 1]
 */
export const sign = unary("sign", own, lax.sign);

/**
 * The inverse 1 / x in floating point: integers become the default float.
 * @see jax.numpy.reciprocal
 * @example
 * np.reciprocal(4).item(); // 0.25
 */
export const reciprocal = unary("reciprocal", inexact, (x) => lax.integerPow(x, -1));

/**
 * The greatest common divisor of integers.
 * @throws DTypeError unless both are integers
 * @see jax.numpy.gcd
 * @example
 * np.gcd(np.array([12, 18], "int32"), 8).js(); // [4, 2]
 */
export const gcd = strongBeside(binary("gcd", bothInteger(promoteArgs), laxGcd));

/**
 * The least common multiple of integers, not negative; 0 where either is 0.
 * @throws DTypeError unless both are integers
 * @see jax.numpy.lcm
 * @example
 * np.lcm(np.array([4, 6], "int32"), 6).js(); // [12, 6]
 */
export const lcm = strongBeside(
  binary("lcm", bothInteger(promoteArgs), (x, y) => {
    const [a, b] = [abs(x), abs(y)];
    const divisor = laxGcd(a, b);
    const zero = lax.eq(divisor, 0);
    return lax.select(zero, 0, lax.mul(a, lax.div(b, lax.select(zero, 1, divisor))));
  }),
);

const choosing =
  (f: typeof lax.max, better: typeof order.gt) =>
  (x: NDArray, y: NDArray): NDArray =>
    isInexact(x.dtype) ? lax.select(lax.bitwiseOr(better(x, y), lax.ne(y, y)), x, y) : f(x, y);

/**
 * The larger operand, ignoring NaN where one is. At ties of floats the derivative goes to the second.
 * @see jax.numpy.fmax
 * @example
 * np.fmax(np.array([1, NaN]), 0).js(); // [1, 0]
 */
export const fmax = binary("fmax", promoteArgs, choosing(lax.max, order.gt));

/**
 * The smaller operand, ignoring NaN where one is. At ties of floats the derivative goes to the second.
 * @see jax.numpy.fmin
 * @example
 * np.fmin(np.array([1, NaN]), 0).js(); // [0, 0]
 */
export const fmin = binary("fmin", promoteArgs, choosing(lax.min, order.lt));

/**
 * The step function: 0 where x1 < 0, x2 where x1 is 0 (the derivative goes to x2 there), 1 where x1 > 0; NaN where x1 is.
 * @see jax.numpy.heaviside
 * @example
 * np.heaviside(np.array([-2, 0, 3]), 0.5).js(); // [0, 0.5, 1]
 */
export function heaviside(x1: ArrayLike, x2: ArrayLike, ...more: []): NDArray {
  refuseMore("heaviside", 2, more);
  const [x, y] = promoteInexact("heaviside", x1, x2);
  const weak = x.weakType && isWeak(x1);
  const zero = asDType(0, x.dtype, weak, "heaviside");
  const step = lax.select(lax.lt(x, 0), zero, lax.select(lax.gt(x, 0), 1, y));
  return lax.select(lax.ne(x, x), stopped(x), step);
}
