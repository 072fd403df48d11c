/**
 * @file log and log1p, after fdlibm: x = 2^k·(1 + f) with 1 + f in [√½, √2), s = f/(2 + f), and
 * log(1 + f) = f − (f²/2 − s·(f²/2 + R(s²))).
 */
import { LOG_32, LOG_64 } from "./coefficients.ts";
import { formats } from "./format.ts";
import { type Kit, withSign } from "./kit.ts";
import { horner } from "./polynomial.ts";

const coefficients = { 32: LOG_32, 64: LOG_64 };

/** Bits of √½ and of 1, the former rounded to the high word's precision. */
const rootHalf = { 32: 0x3f3504f3n, 64: 0x3fe6a09e00000000n };
const one = { 32: 0x3f800000n, 64: 0x3ff0000000000000n };

/** x = 2^k·m for a normal x > 0, with m in [√½, √2); k is a float. */
export function splitExponent<T>(kit: Kit<T>, x: T): { k: T; m: T } {
  const { fraction, bias } = formats[kit.bits];
  const base = rootHalf[kit.bits];
  const shifted = kit.let(kit.iadd(x, kit.int(one[kit.bits] - base)));
  const m = kit.iadd(kit.and(shifted, kit.int((1n << BigInt(fraction)) - 1n)), kit.int(base));
  if (kit.bits === 32) {
    const k = kit.sub(kit.fromInt(kit.shru(shifted, fraction)), kit.float(bias));
    return { k, m: kit.let(m) };
  }
  // The exponent under 2^52 is a float above it.
  const offset = 2 ** 52;
  const k = kit.sub(kit.or(kit.shru(shifted, fraction), kit.float(offset)), kit.float(offset + bias));
  return { k, m: kit.let(m) };
}

/** k·ln 2 + log(1 + f) + correction for −0.3 ≤ f < 0.42. */
function logOf<T>(kit: Kit<T>, k: T, f: T, correction?: T): T {
  const { ln2Hi, ln2Lo } = formats[kit.bits];
  const s = kit.let(kit.div(f, kit.add(kit.float(2), f)));
  const z = kit.let(kit.mul(s, s));
  const halfSquare = kit.let(kit.mul(kit.mul(f, kit.float(0.5)), f));
  const lnLow = kit.float(ln2Lo);
  const lowest = correction === undefined ? kit.mul(k, lnLow) : kit.madd(k, lnLow, correction);
  const inner = kit.madd(z, horner(kit, z, coefficients[kit.bits]), halfSquare);
  const low = kit.madd(s, inner, lowest);
  return kit.madd(k, kit.float(ln2Hi), kit.sub(f, kit.sub(halfSquare, low)));
}

/** `y` for 0 < x < ∞, and the limits or NaN elsewhere: −∞ at ±0, NaN below. */
export function logLimits<T>(kit: Kit<T>, x: T, y: T): T {
  const zero = kit.float(0);
  const upper = kit.select(kit.lt(x, kit.float(Infinity)), y, x);
  // −∞ with all bits set is NaN
  const lower = kit.or(kit.float(-Infinity), kit.ne(x, zero));
  return kit.select(kit.gt(x, zero), upper, lower);
}

export function log<T>(kit: Kit<T>, x: T): T {
  const { fraction, smallestNormal } = formats[kit.bits];
  const tiny = kit.let(kit.lt(x, kit.float(smallestNormal)));
  const scale = kit.select(tiny, kit.float(2 ** fraction), kit.float(1));
  const { k, m } = splitExponent(kit, kit.let(kit.mul(x, scale)));
  const exponent = kit.let(kit.sub(k, kit.and(tiny, kit.float(fraction))));
  const y = logOf(kit, exponent, kit.let(kit.sub(m, kit.float(1))));
  return logLimits(kit, x, y);
}

/** log(1 + x + low) for a low far smaller than x: 1 + x = u + c, and log(u + c) = log u + c/u. */
export function logOnePlus<T>(kit: Kit<T>, x: T, low?: T): T {
  const one = kit.float(1);
  const u = kit.let(kit.add(x, one));
  const t = kit.let(kit.sub(u, one));
  const c = kit.add(kit.sub(one, kit.sub(u, t)), kit.sub(x, t));
  const correction = kit.div(low === undefined ? c : kit.add(c, low), u);
  const { k, m } = splitExponent(kit, u);
  const y = logOf(kit, kit.let(k), kit.let(kit.sub(m, one)), correction);
  return kit.let(logLimits(kit, u, y));
}

export const log1p = <T>(kit: Kit<T>, x: T): T => withSign(kit, logOnePlus(kit, x), x);

/** log x/unit to 35 bits in 64-bit lanes, for a normal x > 0. */
export function logNarrow<T>(kit: Kit<T>, x: T, unit = 1): T {
  const { k, m } = splitExponent(kit, x);
  const f = kit.let(kit.sub(m, kit.float(1)));
  const s = kit.let(kit.div(f, kit.add(kit.float(2), f)));
  const z = kit.let(kit.mul(s, s));
  const c = [2, ...LOG_32].map((x) => x / unit);
  return kit.madd(k, kit.float(Math.LN2 / unit), kit.mul(s, horner(kit, z, c)));
}
