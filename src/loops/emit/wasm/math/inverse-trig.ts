/**
 * @file asin, acos, atan and atan2.
 *
 * asin beyond ½ is π/2 − 2·asin √((1 − x)/2). atan is reduced to [0, 1] by 1/x in 32-bit lanes, and to [0, tan π/8] by
 * (x − 1)/(x + 1) besides in 64-bit lanes.
 */
import { ASIN_32, ASIN_64, ATAN_32, ATAN_64 } from "./coefficients.ts";
import { type Kit, withSign } from "./kit.ts";
import { evenOdd, horner } from "./polynomial.ts";

/** π/2 less its value in the format. */
const HALF_PI_LOW = { 32: -4.371139000186241e-8, 64: 6.123233995736766e-17 };
const asinCoefficients = { 32: ASIN_32, 64: ASIN_64 };

/** t·z·p(z), z = t² of which the square root may be what is known. */
function oddTail<T>(kit: Kit<T>, t: T, z: T, coefficients: readonly number[]): T {
  return kit.mul(kit.mul(t, z), evenOdd(kit, z, kit.let(kit.mul(z, z)), coefficients));
}

/** atan t − t for |t| ≤ 1. (By Horner's rule: even and odd coefficients have opposite signs and their sums cancel.) */
function atanTail<T>(kit: Kit<T>, t: T): T {
  const z = kit.let(kit.mul(t, t));
  return kit.mul(kit.mul(t, z), horner(kit, z, ATAN_32));
}

interface AsinParts<T> {
  /** |x| > ½. */
  far: T;
  /** |x|, or √((1 − |x|)/2) where far; and asin of it less itself. */
  s: T;
  tail: T;
}

function asinParts<T>(kit: Kit<T>, x: T): AsinParts<T> {
  const a = kit.let(kit.abs(x));
  const half = kit.float(0.5);
  const far = kit.let(kit.gt(a, half));
  const folded = kit.mul(kit.sub(kit.float(1), a), half);
  const z = kit.let(kit.select(far, folded, kit.mul(a, a)));
  const s = kit.let(kit.select(far, kit.sqrt(z), a));
  return { far, s, tail: kit.let(oddTail(kit, s, z, asinCoefficients[kit.bits])) };
}

export function asin<T>(kit: Kit<T>, x: T): T {
  const { far, s, tail } = asinParts(kit, x);
  // Beside π/4 the difference is small and nearly exact.
  const quarter = kit.float(Math.PI / 4);
  const main = kit.sub(quarter, kit.add(s, s));
  const rest = kit.sub(kit.add(tail, tail), kit.float(HALF_PI_LOW[kit.bits]));
  return withSign(kit, kit.select(far, kit.add(quarter, kit.sub(main, rest)), kit.add(s, tail)), x);
}

/** π/2 − asin x; where far 2·asin s, or π − 2·asin s for negative x. */
export function acos<T>(kit: Kit<T>, x: T): T {
  const { far, s, tail } = asinParts(kit, x);
  const sign = kit.let(kit.and(x, kit.float(-0)));
  const negative = kit.let(kit.igt(kit.int(0), x));
  const low = HALF_PI_LOW[kit.bits];
  const scale = kit.let(kit.select(far, kit.float(2), kit.float(1)));
  // near: π/2 − (±s) − (±tail); far: 0 or π, ± 2s ± 2tail
  const center = kit.let(kit.select(far, kit.and(negative, kit.float(Math.PI)), kit.float(Math.PI / 2)));
  const centerLow = kit.select(far, kit.and(negative, kit.float(2 * low)), kit.float(low));
  const flip = kit.let(kit.xor(sign, kit.andnot(kit.float(-0), far)));
  const main = kit.let(kit.xor(kit.mul(s, scale), flip));
  const small = kit.add(kit.xor(kit.mul(tail, scale), flip), centerLow);
  return kit.add(center, kit.add(main, small));
}

function atan32<T>(kit: Kit<T>, x: T): T {
  const a = kit.let(kit.abs(x));
  const one = kit.float(1);
  const far = kit.let(kit.gt(a, one));
  const t = kit.let(kit.div(kit.select(far, kit.float(-1), a), kit.select(far, a, one)));
  const tail = atanTail(kit, t);
  const small = kit.add(tail, kit.and(far, kit.float(HALF_PI_LOW[32])));
  return withSign(kit, kit.add(kit.add(kit.and(far, kit.float(Math.PI / 2)), t), small), x);
}

/** atan(y/x) for y, x ≥ 0. */
function atanQuotient64<T>(kit: Kit<T>, y: T, x: T): T {
  const middle = kit.let(kit.gt(y, kit.mul(x, kit.float(Math.SQRT2 - 1))));
  const far = kit.let(kit.gt(y, kit.mul(x, kit.float(Math.SQRT2 + 1))));
  const above = kit.select(far, kit.neg(x), kit.select(middle, kit.sub(y, x), y));
  const below = kit.select(far, y, kit.select(middle, kit.add(y, x), x));
  const t = kit.let(kit.div(above, below));
  const tail = oddTail(kit, t, kit.let(kit.mul(t, t)), ATAN_64);
  const pick = (quarter: number): T =>
    kit.select(far, kit.float(2 * quarter), kit.and(middle, kit.float(quarter)));
  return kit.add(kit.add(pick(Math.PI / 4), t), kit.add(tail, pick(HALF_PI_LOW[64] / 2)));
}

export function atan<T>(kit: Kit<T>, x: T): T {
  if (kit.bits === 32) return atan32(kit, x);
  return withSign(kit, atanQuotient64(kit, kit.let(kit.abs(x)), kit.float(1)), x);
}

/** The same in 64-bit lanes for 32-bit results. */
function atanQuotientNarrow<T>(kit: Kit<T>, y: T, x: T): T {
  const far = kit.let(kit.gt(y, x));
  const t = kit.let(kit.div(kit.select(far, kit.neg(x), y), kit.select(far, y, x)));
  const tail = atanTail(kit, t);
  return kit.add(kit.and(far, kit.float(Math.PI / 2)), kit.add(t, tail));
}

/** Angle of (x, y) where neither both vanish nor either is infinite or too large or small to be divided. */
function atan2Finite<T>(kit: Kit<T>, y: T, x: T, narrow: boolean): T {
  const [ay, ax] = [kit.let(kit.abs(y)), kit.let(kit.abs(x))];
  const angle = kit.let(narrow ? atanQuotientNarrow(kit, ay, ax) : atanQuotient64(kit, ay, ax));
  const left = kit.let(kit.igt(kit.int(0), x));
  const low = narrow ? 0 : 2 * HALF_PI_LOW[64];
  const other = kit.sub(kit.float(Math.PI), kit.sub(angle, kit.float(low)));
  return withSign(kit, kit.select(left, other, angle), y);
}

const ATAN2_RANGE = { 32: [0, Infinity], 64: [2 ** -900, 2 ** 1000] };

export function atan2<T>(kit: Kit<T>, y: T, x: T): T {
  const angle =
    kit.bits === 64
      ? atan2Finite(kit, y, x, false)
      : kit.wide([y, x], (wide, [wy, wx]) => atan2Finite(wide, wy, wx, true));
  const size = kit.let(kit.add(kit.abs(y), kit.abs(x)));
  const [least, most] = ATAN2_RANGE[kit.bits];
  const usual = kit.and(kit.gt(size, kit.float(least)), kit.lt(size, kit.float(most)));
  return kit.rare(kit.xor(usual, kit.int(-1)), "atan2", [y, x], angle);
}
