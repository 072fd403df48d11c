/**
 * @file sinh and cosh from exp(|x|)/2, and the inverse hyperbolic functions from logarithms.
 *
 * In 32-bit lanes the inverses are computed in 64-bit lanes with short polynomials: there the textbook formulas lose
 * nothing that counts. In 64-bit lanes log1p takes its argument as a sum of two numbers.
 */
import { SINH_32, SINH_64 } from "./coefficients.ts";
import { expReducedLess1, expTimes, minusLn2 } from "./exp.ts";
import { formats } from "./format.ts";
import { type Kit, withSign } from "./kit.ts";
import { logLimits, logNarrow, logOnePlus } from "./log.ts";
import { horner } from "./polynomial.ts";

const sinhCoefficients = { 32: SINH_32, 64: SINH_64 };

/** From here on sinh is infinite. */
const SINH_MAX = { 32: 89.5, 64: 710.6 };

/** 2^(k−1)·(1 + (h − q)), with exp(a) = 2^k·(1 + h) and 2^(k−1)·q = exp(−a)/2: only the last sum rounds much. */
function sinhLarge<T>(kit: Kit<T>, a: T): T {
  const { shifter, bias, fraction } = formats[kit.bits];
  const one = kit.float(1);
  const clamped = kit.let(kit.pmin(a, kit.float(SINH_MAX[kit.bits])));
  const base = kit.float(shifter + bias - 2);
  const shifted = kit.let(kit.madd(clamped, kit.float(Math.LOG2E), base));
  const h = kit.let(expReducedLess1(kit, minusLn2(kit, clamped, kit.let(kit.sub(shifted, base)))));
  // 2^(k−2) and its inverse: the product of their bits' exponents is 1
  const scale = kit.let(kit.shl(shifted, fraction));
  const inverse = kit.isub(kit.int(BigInt(2 * bias) << BigInt(fraction)), scale);
  const q = kit.mul(kit.div(kit.float(1 / 16), kit.mul(kit.add(h, one), scale)), inverse);
  const half = kit.let(kit.add(kit.sub(h, q), one));
  return kit.mul(kit.add(half, half), scale);
}

export function sinh<T>(kit: Kit<T>, x: T): T {
  const a = kit.let(kit.abs(x));
  const z = kit.let(kit.mul(a, a));
  const small = kit.madd(kit.mul(a, z), horner(kit, z, sinhCoefficients[kit.bits]), a);
  return withSign(kit, kit.select(kit.lt(a, kit.float(1)), small, sinhLarge(kit, a)), x);
}

export function cosh<T>(kit: Kit<T>, x: T): T {
  const half = kit.let(expTimes(kit, kit.abs(x), -1, true));
  return kit.add(half, kit.div(kit.float(0.25), half));
}

/** Below this two terms of the series are good to 30 bits, above it the logarithm is. */
const SERIES = 2 ** -8;

function asinhNarrow<T>(kit: Kit<T>, x: T): T {
  const a = kit.let(kit.abs(x));
  const z = kit.let(kit.mul(a, a));
  const y = logNarrow(kit, kit.let(kit.add(a, kit.sqrt(kit.add(z, kit.float(1))))));
  const series = kit.sub(a, kit.mul(kit.mul(a, z), kit.float(1 / 6)));
  const finite = kit.select(kit.lt(a, kit.float(Infinity)), y, a);
  return withSign(kit, kit.select(kit.lt(a, kit.float(SERIES)), series, finite), x);
}

function acoshNarrow<T>(kit: Kit<T>, x: T): T {
  const one = kit.float(1);
  const y = logNarrow(kit, kit.let(kit.add(x, kit.sqrt(kit.sub(kit.mul(x, x), one)))));
  const finite = kit.select(kit.lt(x, kit.float(Infinity)), y, x);
  return kit.or(finite, kit.lt(x, one));
}

function atanhNarrow<T>(kit: Kit<T>, x: T): T {
  const one = kit.float(1);
  const a = kit.let(kit.abs(x));
  const ratio = kit.let(kit.div(kit.add(one, a), kit.sub(one, a)));
  const y = logLimits(kit, ratio, logNarrow(kit, ratio, 2));
  const series = kit.add(a, kit.mul(kit.mul(a, kit.mul(a, a)), kit.float(1 / 3)));
  return withSign(kit, kit.select(kit.lt(a, kit.float(SERIES)), series, y), x);
}

/** From here on 1/x² is nothing beside 1, and x + √(x² ± 1) is 2x. */
const HUGE = 2 ** 60;

/** log(1 + a + b), or log(2a) for a huge a; `a` is the larger. */
function logOnePlusSum<T>(kit: Kit<T>, a: T, b: T, magnitude: T): T {
  const sum = kit.let(kit.add(a, b));
  const low = kit.sub(b, kit.sub(sum, a));
  const huge = kit.let(kit.gt(magnitude, kit.float(HUGE)));
  const y = logOnePlus(kit, kit.let(kit.select(huge, magnitude, sum)), kit.andnot(low, huge));
  return kit.add(y, kit.and(huge, kit.float(Math.LN2)));
}

/** log(1 + a + a²/(1 + √(1 + a²))). */
function asinh64<T>(kit: Kit<T>, x: T): T {
  const one = kit.float(1);
  const a = kit.let(kit.abs(x));
  const square = kit.let(kit.mul(a, a));
  const rest = kit.div(square, kit.add(one, kit.sqrt(kit.add(one, square))));
  return withSign(kit, logOnePlusSum(kit, a, kit.let(rest), a), x);
}

/** log(1 + t + √(t² + 2t)), t = x − 1. */
function acosh64<T>(kit: Kit<T>, x: T): T {
  const one = kit.float(1);
  const t = kit.let(kit.sub(x, one));
  const root = kit.let(kit.sqrt(kit.mul(t, kit.add(t, kit.float(2)))));
  return kit.or(logOnePlusSum(kit, root, t, x), kit.lt(x, one));
}

/** ½·log(1 + 2a/(1 − a)). */
function atanh64<T>(kit: Kit<T>, x: T): T {
  const a = kit.let(kit.abs(x));
  const ratio = kit.div(kit.add(a, a), kit.sub(kit.float(1), a));
  return withSign(kit, kit.mul(logOnePlus(kit, kit.let(ratio)), kit.float(0.5)), x);
}

type Unary = <T>(kit: Kit<T>, x: T) => T;

const byWidth =
  (narrow: Unary, full: Unary): Unary =>
  (kit, x) =>
    kit.bits === 64 ? full(kit, x) : kit.wide([x], (wide, [w]) => narrow(wide, w));

export const asinh = byWidth(asinhNarrow, asinh64);
export const acosh = byWidth(acoshNarrow, acosh64);
export const atanh = byWidth(atanhNarrow, atanh64);
