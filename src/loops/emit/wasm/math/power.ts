/**
 * @file cbrt and pow.
 *
 * pow is 2^(y·log₂ x). In 32-bit lanes that is computed in 64-bit lanes with short polynomials; in 64-bit lanes log₂ x
 * is a sum of two numbers, good to 2^-64, after fdlibm's e_pow.c: leading parts are cut to 21 bits of fraction so that
 * their products are exact. Zeros, negative and infinite bases and infinite exponents are left to Math.pow.
 */
import { EXP2_32, EXP2_64, POW_LOG_64 } from "./coefficients.ts";
import { exp2Reduced, scaleTwice } from "./exp.ts";
import { formats } from "./format.ts";
import type { Kit } from "./kit.ts";
import { logNarrow, splitExponent } from "./log.ts";
import { horner } from "./polynomial.ts";

/** The upper 32 bits. */
const cut = <T>(kit: Kit<T>, x: T): T => kit.let(kit.and(x, kit.int(-(1n << 32n))));

/**
 * Cube root of a normal a > 0 to 40 bits: a third of the exponent's and the first fraction bits (W. Kahan) is good to
 * 5 %, and each step of Halley's iteration has three times as many digits.
 */
function cbrtNarrow<T>(kit: Kit<T>, a: T): T {
  const upper = kit.sub(kit.or(kit.shru(a, 32), kit.float(2 ** 52)), kit.float(2 ** 52));
  const third = kit.add(kit.mul(upper, kit.float(1 / 3)), kit.float(715094163 + formats[64].shifter));
  let t = kit.let(kit.shl(third, 32));
  for (let i = 0; i < 2; i++) {
    const cube = kit.let(kit.mul(t, kit.mul(t, t)));
    const sum = kit.let(kit.add(cube, a));
    t = kit.let(kit.mul(t, kit.div(kit.add(sum, a), kit.add(sum, cube))));
  }
  return t;
}

/** `y` where 0 < |x| < ∞, else x, with the sign of x. */
function cbrtLimits<T>(kit: Kit<T>, x: T, a: T, y: T): T {
  const inside = kit.and(kit.gt(a, kit.float(0)), kit.lt(a, kit.float(Infinity)));
  return kit.select(inside, kit.or(y, kit.and(x, kit.float(-0))), x);
}

/** One more step, from 26 bits, whose square is exact. */
function cbrt64<T>(kit: Kit<T>, x: T): T {
  const a = kit.let(kit.abs(x));
  const tiny = kit.let(kit.lt(a, kit.float(2 ** -1000)));
  // away from underflow and from overflow in the iteration
  const scaled = kit.let(kit.mul(a, kit.select(tiny, kit.float(2 ** 54), kit.float(0.125))));
  const t = kit.let(kit.and(cbrtNarrow(kit, scaled), kit.int(-(1n << 27n))));
  const quotient = kit.let(kit.div(scaled, kit.mul(t, t)));
  const step = kit.div(kit.sub(quotient, t), kit.add(kit.add(t, t), quotient));
  const y = kit.add(t, kit.mul(t, step));
  return cbrtLimits(kit, x, a, kit.mul(y, kit.select(tiny, kit.float(2 ** -18), kit.float(2))));
}

export function cbrt<T>(kit: Kit<T>, x: T): T {
  if (kit.bits === 64) return cbrt64(kit, x);
  return kit.wide([x], (wide, [w]) => {
    const a = wide.let(wide.abs(w));
    return cbrtLimits(wide, w, a, cbrtNarrow(wide, a));
  });
}

/** In 64-bit lanes, for 32-bit results. */
function powNarrow<T>(kit: Kit<T>, x: T, y: T): T {
  const product = kit.mul(y, logNarrow(kit, x, Math.LN2));
  const clamped = kit.let(kit.pmin(kit.pmax(product, kit.float(-200)), kit.float(200)));
  const { shifter, bias, fraction } = formats[64];
  const base = kit.float(shifter + bias);
  const shifted = kit.let(kit.add(clamped, base));
  const r = kit.let(kit.sub(clamped, kit.sub(shifted, base)));
  return kit.mul(exp2Reduced(kit, r, EXP2_32), kit.shl(shifted, fraction));
}

/** 2/(3·ln 2), cut to 21 bits of fraction, and the rest. */
const CP = 0.9617966939259756;
const CP_HIGH = 0.9617967009544373;
const CP_LOW = -7.028461650952758e-9;

/** log₂ x for a normal x > 0 as a sum of two numbers, of which the first is cut. */
function log2Sum<T>(kit: Kit<T>, x: T, exponent: T): readonly [high: T, low: T] {
  const { k, m } = splitExponent(kit, x);
  const one = kit.float(1);
  const f = kit.let(kit.sub(m, one));
  // s = f/(2 + f) = sHigh + sLow
  const v = kit.let(kit.div(one, kit.add(m, one)));
  const s = kit.let(kit.mul(f, v));
  const sHigh = cut(kit, s);
  const dHigh = cut(kit, kit.add(m, one));
  const dLow = kit.sub(m, kit.sub(dHigh, one));
  const rest = kit.sub(kit.sub(f, kit.mul(sHigh, dHigh)), kit.mul(sHigh, dLow));
  const sLow = kit.let(kit.mul(v, rest));
  // log(1 + f) = ⅔·s·(3 + s² + r)
  const z = kit.let(kit.mul(s, s));
  const series = kit.mul(kit.mul(z, z), horner(kit, z, POW_LOG_64));
  const r = kit.let(kit.add(series, kit.mul(sLow, kit.add(sHigh, s))));
  const square = kit.let(kit.mul(sHigh, sHigh));
  const three = kit.float(3);
  const tHigh = cut(kit, kit.add(kit.add(three, square), r));
  const tLow = kit.sub(r, kit.sub(kit.sub(tHigh, three), square));
  const u = kit.let(kit.mul(sHigh, tHigh));
  const w = kit.let(kit.add(kit.mul(sLow, tHigh), kit.mul(tLow, s)));
  const pHigh = cut(kit, kit.add(u, w));
  const pLow = kit.sub(w, kit.sub(pHigh, u));
  const zHigh = kit.let(kit.mul(kit.float(CP_HIGH), pHigh));
  const zLow = kit.let(kit.add(kit.mul(kit.float(CP_LOW), pHigh), kit.mul(pLow, kit.float(CP))));
  const whole = kit.let(kit.sub(k, exponent));
  const high = cut(kit, kit.add(kit.add(zHigh, zLow), whole));
  return [high, kit.sub(zLow, kit.sub(kit.sub(high, whole), zHigh))];
}

function pow64<T>(kit: Kit<T>, x: T, y: T): T {
  const format = formats[64];
  const tiny = kit.let(kit.lt(x, kit.float(format.smallestNormal)));
  const scaled = kit.let(kit.mul(x, kit.select(tiny, kit.float(2 ** 52), kit.float(1))));
  const [logHigh, logLow] = log2Sum(kit, scaled, kit.and(tiny, kit.float(52)));
  const yHigh = cut(kit, y);
  const high = kit.let(kit.mul(yHigh, logHigh));
  const low = kit.let(kit.add(kit.mul(kit.sub(y, yHigh), logHigh), kit.mul(y, logLow)));
  const bounded = kit.pmin(kit.pmax(kit.add(high, low), kit.float(-1080)), kit.float(1026));
  const base = kit.float(format.shifter + 2 * format.bias);
  const shifted = kit.let(kit.add(bounded, base));
  const r = kit.add(kit.sub(high, kit.sub(shifted, base)), low);
  // Beyond the bounds r is not small; the result is infinite or zero whatever it is.
  const small = kit.let(kit.pmin(kit.pmax(r, kit.float(-1)), kit.float(1)));
  return scaleTwice(kit, exp2Reduced(kit, small, EXP2_64), shifted, format);
}

/** Exponents beyond give 0, 1 or ∞; there y·log₂ x may overflow. */
const LARGEST_EXPONENT = { 32: Infinity, 64: 2 ** 70 };

/** C's pow: 1^y and (−1)^±∞ are 1. */
export function pow<T>(kit: Kit<T>, x: T, y: T): T {
  const fast =
    kit.bits === 64 ? pow64(kit, x, y) : kit.wide([x, y], (wide, [wx, wy]) => powNarrow(wide, wx, wy));
  const infinity = kit.float(Infinity);
  const ay = kit.let(kit.abs(y));
  const usualBase = kit.and(kit.gt(x, kit.float(0)), kit.lt(x, infinity));
  const usual = kit.and(usualBase, kit.lt(ay, kit.float(LARGEST_EXPONENT[kit.bits])));
  const result = kit.rare(kit.xor(usual, kit.int(-1)), "pow", [x, y], fast);
  const one = kit.float(1);
  const minusOne = kit.and(kit.eq(x, kit.float(-1)), kit.eq(ay, infinity));
  return kit.select(kit.or(kit.eq(x, one), minusOne), one, result);
}
