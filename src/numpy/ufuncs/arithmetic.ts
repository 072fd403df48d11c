/**
 * @file Arithmetic with NumPy's promotion and broadcasting. Two operands of one aval take a short way to the primitive.
 * Formulas follow jax/_src/numpy/ufuncs.py.
 */
import { type ArrayLike, NDArray } from "../../core/array.ts";
import { isFloat, isInexact, isInteger, isUnsigned } from "../../dtypes/dtype.ts";
import { asArray, asDType } from "../../lax/operands/convert.ts";
import { gcd as laxGcd } from "../../lax/elementwise/gcd.ts";
import * as lax from "../../lax/index.ts";
import {
  inexact,
  promoteArgs,
  promoteInexact,
  promoteNumeric,
  refuseComplex,
  requireInteger,
} from "../operands/promote.ts";

/** Both are arrays of one shape and dtype, which is not bool. */
const alike = (x: ArrayLike, y: ArrayLike): boolean =>
  x instanceof NDArray && y instanceof NDArray && x.aval === y.aval && x.dtype !== "bool";

/** x + y; for bool: or. */
export function add(x: ArrayLike, y: ArrayLike): NDArray {
  if (alike(x, y)) return lax.add(x, y);
  const [a, b] = promoteArgs("add", x, y);
  return a.dtype === "bool" ? lax.bitwiseOr(a, b) : lax.add(a, b);
}

/** x − y. */
export function subtract(x: ArrayLike, y: ArrayLike): NDArray {
  if (alike(x, y)) return lax.sub(x, y);
  const [a, b] = promoteArgs("subtract", x, y);
  return lax.sub(a, b);
}

/** x · y; for bool: and. */
export function multiply(x: ArrayLike, y: ArrayLike): NDArray {
  if (alike(x, y)) return lax.mul(x, y);
  const [a, b] = promoteArgs("multiply", x, y);
  return a.dtype === "bool" ? lax.bitwiseAnd(a, b) : lax.mul(a, b);
}

/** x / y in floating point (integers become float32). */
export function divide(x: ArrayLike, y: ArrayLike): NDArray {
  if (alike(x, y) && isInexact((x as NDArray).dtype)) return lax.div(x, y);
  const [a, b] = promoteInexact("divide", x, y);
  return lax.div(a, b);
}

/** Alias of `divide`. */
export const trueDivide = divide;

/** CPython's floor division and modulo of floats. */
function floatDivmod(x: NDArray, y: NDArray): [NDArray, NDArray] {
  const rem = lax.rem(x, y);
  const quotient = lax.div(lax.sub(x, rem), y);
  const differs = lax.bitwiseAnd(lax.ne(rem, 0), lax.ne(lax.sign(y), lax.sign(rem)));
  return [
    lax.round(lax.select(differs, lax.sub(quotient, 1), quotient)),
    lax.select(differs, lax.add(rem, y), rem),
  ];
}

function integerFloor(x: NDArray, y: NDArray): NDArray {
  const quotient = lax.div(x, y);
  if (isUnsigned(x.dtype)) return quotient;
  const differs = lax.bitwiseAnd(lax.ne(lax.sign(x), lax.sign(y)), lax.ne(lax.rem(x, y), 0));
  return lax.select(differs, lax.sub(quotient, 1), quotient);
}

/** The quotient rounded down. Integers divided by 0 give −1 (all bits set), as in XLA. */
export function floorDivide(x1: ArrayLike, x2: ArrayLike): NDArray {
  const [x, y] = promoteNumeric("floorDivide", x1, x2);
  refuseComplex("floorDivide", x);
  return isInteger(x.dtype) ? integerFloor(x, y) : floatDivmod(x, y)[0];
}

/** A divisor without zeros: the remainder of integers by 0 is 0. */
const nonZero = (y: NDArray): NDArray => (isInteger(y.dtype) ? lax.select(lax.eq(y, 0), 1, y) : y);

/** The remainder of `floorDivide`: it has the sign of x2. Integers modulo 0 give 0. */
export function remainder(x1: ArrayLike, x2: ArrayLike): NDArray {
  const [x, y] = promoteNumeric("remainder", x1, x2);
  refuseComplex("remainder", x);
  const by = nonZero(y);
  const rem = lax.rem(x, by);
  const differs = lax.bitwiseAnd(lax.ne(lax.lt(rem, 0), lax.lt(by, 0)), lax.ne(rem, 0));
  return lax.select(differs, lax.add(rem, by), rem);
}

/** Alias of `remainder`. */
export const mod = remainder;

/** The remainder of the division truncated towards zero: it has the sign of x1. Integers modulo 0 give 0. */
export function fmod(x1: ArrayLike, x2: ArrayLike): NDArray {
  const [x, y] = promoteNumeric("fmod", x1, x2);
  refuseComplex("fmod", x);
  return lax.rem(x, nonZero(y));
}

/** `[floorDivide(x1, x2), remainder(x1, x2)]`. */
export function divmod(x1: ArrayLike, x2: ArrayLike): [NDArray, NDArray] {
  const [x, y] = promoteNumeric("divmod", x1, x2);
  refuseComplex("divmod", x);
  return isInteger(x.dtype) ? [integerFloor(x, y), remainder(x, y)] : floatDivmod(x, y);
}

/** −x. */
export function negative(x: ArrayLike): NDArray {
  return lax.neg(asArray(x, "negative"));
}

/** x itself. */
export function positive(x: ArrayLike): NDArray {
  return asArray(x, "positive");
}

/** |x|. The derivative is 0 at 0. */
export function abs(x: ArrayLike): NDArray {
  const a = asArray(x, "abs");
  return a.dtype === "bool" || isUnsigned(a.dtype) ? a : lax.abs(a);
}

/** Alias of `abs`. */
export const absolute = abs;

/** |x| in floating point. */
export function fabs(x: ArrayLike): NDArray {
  const a = inexact("fabs", x);
  refuseComplex("fabs", a);
  return lax.abs(a);
}

/** −1, 0 or 1 (NaN for NaN). */
export function sign(x: ArrayLike): NDArray {
  return lax.sign(asArray(x, "sign"));
}

/** 1 / x in floating point. */
export function reciprocal(x: ArrayLike): NDArray {
  return lax.integerPow(inexact("reciprocal", x), -1);
}

/** Greatest common divisor of integers. */
export function gcd(x1: ArrayLike, x2: ArrayLike): NDArray {
  const [x, y] = promoteArgs("gcd", x1, x2);
  requireInteger("gcd", [x, y]);
  return laxGcd(x, y);
}

/** Least common multiple of integers, not negative; 0 where either is 0. */
export function lcm(x1: ArrayLike, x2: ArrayLike): NDArray {
  const [x, y] = promoteArgs("lcm", x1, x2);
  requireInteger("lcm", [x, y]);
  const [a, b] = [abs(x), abs(y)];
  const divisor = laxGcd(a, b);
  const zero = lax.eq(divisor, 0);
  return lax.select(zero, 0, lax.mul(a, lax.div(b, lax.select(zero, 1, divisor))));
}

/** The larger operand, ignoring NaN where one is. */
export function fmax(x1: ArrayLike, x2: ArrayLike): NDArray {
  const [x, y] = promoteArgs("fmax", x1, x2);
  if (!isFloat(x.dtype)) return lax.max(x, y);
  return lax.select(lax.bitwiseOr(lax.gt(x, y), lax.ne(y, y)), x, y);
}

/** The smaller operand, ignoring NaN where one is. */
export function fmin(x1: ArrayLike, x2: ArrayLike): NDArray {
  const [x, y] = promoteArgs("fmin", x1, x2);
  if (!isFloat(x.dtype)) return lax.min(x, y);
  return lax.select(lax.bitwiseOr(lax.lt(x, y), lax.ne(y, y)), x, y);
}

/** 0 where x1 < 0, x2 where x1 is 0 (or NaN), 1 where x1 > 0. */
export function heaviside(x1: ArrayLike, x2: ArrayLike): NDArray {
  const [x, y] = promoteInexact("heaviside", x1, x2);
  const weak = x.weakType && (typeof x1 === "number" || (x1 instanceof NDArray && x1.weakType));
  const zero = asDType(0, x.dtype, weak, "heaviside");
  return lax.select(lax.lt(x, 0), zero, lax.select(lax.gt(x, 0), 1, y));
}
