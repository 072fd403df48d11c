/** @file Rounding, splitting and taking apart floating-point numbers. Source: jax/_src/numpy/ufuncs.py. */
import { show, refuseMore } from "../../base/checks.ts";
import { scaleByPower } from "./powers-of-two.ts";
import type { ArrayLike, NDArray } from "../../core/array.ts";
import { defaultFloat, isComplex, isFloat, isInexact, isInteger } from "../../dtypes/dtype.ts";
import { ArgumentError, DTypeError } from "../../base/errors.ts";
import { asArray } from "../../lax/operands/convert.ts";
import * as lax from "../../lax/plain.ts";
import { copysign as laxCopysign, signbit as laxSignbit } from "../../lax/elementwise/sign-bits.ts";
import { define } from "../../arguments/declare.ts";
import { param } from "../../arguments/parameters.ts";
import * as p from "../operands/parameters.ts";
import { broadcastOperands, cast, inexactType, promoteInexact, strong } from "../operands/promote.ts";
import { binary, bothReal, own, real, realInexact, unary } from "./lift.ts";

/** Integers and booleans are whole already. */
const rounding = (name: string, f: (x: NDArray) => NDArray): ((x: ArrayLike) => NDArray) =>
  unary(name, real, (x) => (isFloat(x.dtype) ? f(x) : x));

/**
 * The largest integer not above x, in the dtype of x. The derivative is 0.
 * @throws DTypeError for complex arrays
 * @see jax.numpy.floor
 * @example
 * np.floor(np.array([1.5, -1.5])).js(); // [1, -2]
 */
export const floor = rounding("floor", lax.floor);
/**
 * The smallest integer not below x, in the dtype of x. The derivative is 0.
 * @throws DTypeError for complex arrays
 * @see jax.numpy.ceil
 * @example
 * np.ceil(np.array([1.5, -1.5])).js(); // [2, -1]
 */
export const ceil = rounding("ceil", lax.ceil);

const towardsZero = (x: NDArray): NDArray => lax.select(lax.lt(x, 0), lax.ceil(x), lax.floor(x));
/**
 * The elements without their fractions. The derivative is 0.
 * @throws DTypeError for complex arrays
 * @see jax.numpy.trunc
 * @example
 * np.trunc(np.array([1.5, -1.5])).js(); // [1, -1]
 */
export const trunc = rounding("trunc", towardsZero);
/** Alias of `trunc`. */
export const fix = rounding("fix", towardsZero);

/**
 * The nearest integer, halves to even, in floating point, of both parts of complex numbers. The derivative is 0.
 * @see jax.numpy.rint
 * @example
 * np.rint(np.array([1.4, 2.5])).js(); // [1, 2]
 */
export const rint = unary("rint", own, (x): NDArray => {
  if (isComplex(x.dtype)) return lax.complex(lax.round(lax.real(x), 1), lax.round(lax.imag(x), 1));
  return isFloat(x.dtype) ? lax.round(x, 1) : cast(x, defaultFloat());
});

/**
 * The elements rounded to `decimals` places (0; negative: to tens, hundreds …), halves to even. The derivative is 0.
 * @throws ArgumentError for decimals that are not whole, or negative ones of integers; DTypeError for booleans
 * @see jax.numpy.round
 * @example
 * np.round(np.array([1.26, 2.5]), 1).js(); // [1.3, 2.5]
 */
export const round = define(
  "round",
  [param<[decimals: number]>()("decimals", 0), p.out],
  [],
  ({ decimals }, a: ArrayLike): NDArray => {
    if (!Number.isInteger(decimals))
      throw new ArgumentError(`round: decimals must be a whole number; got ${show(decimals)}.`);
    const x = asArray(a, "round");
    if (isComplex(x.dtype))
      return lax.complex(roundReal(lax.real(x), decimals), roundReal(lax.imag(x), decimals));
    if (x.dtype === "bool") throw new DTypeError("round: expected a numeric array; got bool.");
    if (isFloat(x.dtype)) return roundReal(x, decimals);
    if (decimals < 0)
      throw new ArgumentError(
        "round: negative decimals are for floats; convert the integers with x.astype(…).",
      );
    return x;
  },
);
/** Alias of `round`. */
export const around = round;

function roundReal(x: NDArray, decimals: number): NDArray {
  if (decimals === 0) return lax.round(x, 1);
  const wide = x.dtype === "float16" || x.dtype === "bfloat16" ? cast(x, "float32") : x;
  const factor = 10 ** Math.abs(decimals);
  const scaled = decimals > 0 ? lax.mul(wide, factor) : lax.div(wide, factor);
  const rounded = lax.round(scaled, 1);
  const out = decimals > 0 ? lax.div(rounded, factor) : lax.mul(rounded, factor);
  return out.dtype === x.dtype ? out : cast(out, x.dtype);
}

/**
 * The list of fractions and whole parts, both with the sign of x. The derivative goes to the fraction.
 * @throws DTypeError for complex arrays
 * @see jax.numpy.modf
 * @example
 * np.modf(-2.5)[1].item(); // -2
 */
export const modf = define("modf", [p.out], [], (_, x: ArrayLike): [fraction: NDArray, whole: NDArray] => {
  const a = realInexact("modf", x);
  const whole = lax.select(lax.ge(a, 0), lax.floor(a), lax.ceil(a));
  return [lax.sub(a, whole), whole];
});

/**
 * Whether the sign bit is set: of negative numbers, of −0, and of a NaN that bears one.
 * @throws DTypeError for complex arrays
 * @see jax.numpy.signbit
 * @example
 * np.signbit(np.array([-1, -0, 0])).js(); // [true, true, false]
 */
export const signbit = unary("signbit", real, (x): NDArray => {
  if (x.dtype === "bool") return lax.full(x.shape, false, "bool");
  return strong(isInteger(x.dtype) ? lax.lt(x, 0) : laxSignbit(x));
});

/**
 * The magnitude of x1 with the sign bit of x2, that of a zero or a NaN too. The derivative goes to x1 alone.
 * @throws DTypeError for complex arrays
 * @see jax.numpy.copysign
 * @example
 * np.copysign(3, np.array([-1, 2])).js(); // [-3, 3]
 */
export const copysign = binary("copysign", bothReal(promoteInexact), laxCopysign);

/**
 * The next number that can be represented after x1 in the direction of x2.
 * @see jax.numpy.nextafter
 * @example
 * np.nextafter(1, 2).item() > 1; // true
 */
export const nextafter = binary("nextafter", promoteInexact, lax.nextafter);

/**
 * The distance to the next representable number away from 0, with the sign of x; NaN for infinities.
 * @throws DTypeError for complex arrays
 * @see jax.numpy.spacing
 * @example
 * np.spacing(np.array([1], "float32")).item() === 2 ** -23; // true
 */
export const spacing = unary("spacing", realInexact, (given) => {
  const x = lax.stopGradient(given);
  const towards = lax.select(signbit(x), -Infinity, lax.fullLike(x, Infinity));
  const step = lax.sub(lax.nextafter(x, towards), x);
  return lax.select(lax.isFinite(x), step, NaN);
});

/**
 * The product x1 · 2^x2, exact; x2 must be integers.
 * @throws DTypeError for complex arrays, or exponents that are no integers
 * @see jax.numpy.ldexp
 * @example
 * np.ldexp(np.array([0.5, 3]), 2).js(); // [2, 12]
 */
export function ldexp(x1: ArrayLike, x2: ArrayLike, ...more: []): NDArray {
  refuseMore("ldexp", 2, more);
  const a = asArray(x1, "ldexp");
  const exponent =
    typeof x2 === "number" && Number.isInteger(x2) ? lax.full([], x2, "int32") : asArray(x2, "ldexp");
  if (isComplex(a.dtype) || isInexact(exponent.dtype))
    throw new DTypeError(
      `ldexp: expected a real array and an integer one; got ${a.dtype} and ${exponent.dtype}.`,
    );
  const t = inexactType(a.aval);
  const [x, n] = broadcastOperands("ldexp", [lax.convertElementType(a, t.dtype), cast(exponent, "int32")]);
  return scaleByPower(x, n);
}

/**
 * The list of mantissas and exponents (int32) with x = mantissa · 2^exponent, |mantissa| in [0.5, 1); 0 and non-finite
 * numbers stay.
 * @throws DTypeError for complex arrays
 * @see jax.numpy.frexp
 * @example
 * np.frexp(6)[0].item(); // 0.75
 */
export const frexp = unary("frexp", realInexact, (a): [mantissa: NDArray, exponent: NDArray] => {
  const plain = lax.bitwiseOr(lax.eq(a, 0), lax.bitwiseNot(lax.isFinite(a)));
  const wide = lax.convertElementType(a, "float64");
  const subnormal = lax.lt(lax.abs(wide), 2 ** -1022);
  const normal = lax.mul(wide, lax.select(subnormal, lax.full([], 2 ** 54, "float64"), 1));
  const words = lax.bitcastConvertType(normal, "uint32");
  const high = lax.indexInDim(words, 1, a.ndim, false);
  const field = cast(lax.bitwiseAnd(lax.shiftRightLogical(high, 20), 0x7ff), "int32");
  const exponent = lax.sub(field, lax.select(subnormal, lax.full([], 1022 + 54, "int32"), 1022));
  const e = lax.select(plain, 0, exponent);
  return [lax.select(plain, a, scaleByPower(a, lax.neg(e))), e];
});
