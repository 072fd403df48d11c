/**
 * @file sin, cos and tan: x = k·π/2 + r, |r| ≤ π/4, polynomials for sin r and cos r, and the choice between them by the
 * parity of k. (Reducing by π needs one polynomial only, but rounding errors then reach 2 ulp near |r| = π/2.)
 *
 * π/2 is subtracted in parts, all but the last of which have so few bits that their products with k are exact; the last
 * bits of r are good even where x is next to a multiple of π/2. Larger arguments are left to JavaScript (runtime.ts).
 */
import { COS_32, COS_64, SIN_32, SIN_64 } from "./coefficients.ts";
import { formats } from "./format.ts";
import type { FallbackName, Kit } from "./kit.ts";
import { horner } from "./polynomial.ts";

const sinCoefficients = { 32: SIN_32, 64: SIN_64 };
const cosCoefficients = { 32: COS_32, 64: COS_64 };

/** π/2 in parts of 11 bits and a rest, and of 36 bits and a rest: k·part is exact for |k| < 2^13 and 2^17. */
const PARTS_32 = [
  1.5703125, 0.0004837512969970703, 7.549533620476723e-8, 2.5632829192545614e-12, 6.123234262925839e-17,
];
const PARTS_64 = [1.5707963267923333, 2.5633441515839558e-12, 1.0562999066987428e-23];

/** Bound of |x| for the reduction. */
const LIMIT = { 32: 12_800, 64: 200_000 };

interface Reduced<T> {
  /** sin r and cos r. */
  sin: T;
  cos: T;
  /** All ones where k + offset is odd. */
  odd: T;
  /** k + offset in the low bits. */
  quadrant: T;
}

/**
 * x − k·π/2, in 32-bit lanes as a sum of two numbers. What the third difference loses there where r is large is added
 * to the fourth part; where r is tiny all differences but the last are exact.
 */
function minusHalfPi<T>(kit: Kit<T>, x: T, k: T): readonly [r: T, low?: T] {
  const less = (r: T, part: number): T => kit.nmadd(k, kit.float(part), r);
  if (kit.bits === 64) return [kit.let(PARTS_64.reduce(less, x))];
  const [p0, p1, p2, p3, p4] = PARTS_32;
  const a = kit.let(less(less(x, p0), p1));
  const b = kit.let(kit.mul(k, kit.float(p2)));
  const first = kit.let(kit.sub(a, b));
  const rest = kit.let(less(kit.sub(kit.sub(a, first), b), p3));
  const second = kit.let(kit.add(first, rest));
  const low = kit.let(kit.add(kit.sub(first, second), rest));
  return [kit.let(less(second, p4)), low];
}

function reduce<T>(kit: Kit<T>, x: T, offset: number): Reduced<T> {
  const { bits } = kit;
  const base = kit.float(formats[bits].shifter + offset);
  const quadrant = kit.let(kit.madd(x, kit.float(2 / Math.PI), base));
  const k = kit.let(kit.sub(quadrant, base));
  const [r, low] = minusHalfPi(kit, x, k);
  const z = kit.let(kit.mul(r, r));
  const p = horner(kit, z, sinCoefficients[bits]);
  const cube = kit.mul(r, z);
  const sin = low === undefined ? kit.madd(cube, p, r) : kit.add(r, kit.madd(cube, p, low));
  const cos = kit.madd(z, horner(kit, z, cosCoefficients[bits]), kit.float(1));
  const odd = kit.igt(kit.int(0), kit.shl(quadrant, bits - 1));
  return { sin: kit.let(sin), cos: kit.let(cos), odd: kit.let(odd), quadrant };
}

const orMath = <T>(kit: Kit<T>, name: FallbackName, x: T, magnitude: T, y: T): T =>
  kit.rare(kit.gt(magnitude, kit.float(LIMIT[kit.bits])), name, [x], y);

/** sin(x + offset·π/2), with the sign of `sign` besides. */
function sinFrom<T>(kit: Kit<T>, x: T, offset: number, sign?: T): T {
  const { sin, cos, odd, quadrant } = reduce(kit, x, offset);
  const second = kit.shl(quadrant, kit.bits - 2);
  const negative = kit.and(sign === undefined ? second : kit.xor(second, sign), kit.float(-0));
  return kit.xor(kit.select(odd, cos, sin), negative);
}

/** Of |x|, so that the sign of zero is kept. */
export function sin<T>(kit: Kit<T>, x: T): T {
  const a = kit.let(kit.abs(x));
  return orMath(kit, "sin", x, a, sinFrom(kit, a, 0, x));
}

export const cos = <T>(kit: Kit<T>, x: T): T => orMath(kit, "cos", x, kit.abs(x), sinFrom(kit, x, 1));

/** tan r = r + r·z·P(z)/Q(z), the ninth convergent of Lambert's continued fraction: 2^-58 for |r| ≤ π/4. */
const P = [11486475, -810810, 12870, -44];
const Q = [34459425, -16216200, 945945, -13860, 45];

/** tan r, or −1/tan r in odd quadrants, where r is carried as a sum: its rounding would weigh double in tan. */
function tan64<T>(kit: Kit<T>, x: T, a: T): T {
  const base = kit.float(formats[64].shifter);
  const quadrant = kit.let(kit.madd(a, kit.float(2 / Math.PI), base));
  const k = kit.let(kit.sub(quadrant, base));
  const [p0, p1, p2] = PARTS_64;
  const above = kit.let(kit.sub(a, kit.mul(k, kit.float(p0))));
  const below = kit.let(kit.mul(k, kit.float(p1)));
  const first = kit.let(kit.sub(above, below));
  const lost = kit.let(kit.sub(kit.sub(kit.sub(above, first), below), kit.mul(k, kit.float(p2))));
  const r = kit.let(kit.add(first, lost));
  const low = kit.let(kit.add(kit.sub(first, r), lost));
  const z = kit.let(kit.mul(r, r));
  const quotient = kit.div(kit.mul(kit.mul(r, z), horner(kit, z, P)), horner(kit, z, Q));
  const correction = kit.add(low, kit.mul(low, z));
  const t = kit.let(kit.add(r, kit.add(quotient, correction)));
  const odd = kit.let(kit.igt(kit.int(0), kit.shl(quadrant, 63)));
  const one = kit.float(1);
  const y = kit.div(kit.select(odd, one, t), kit.select(odd, t, one));
  return kit.xor(y, kit.and(kit.xor(odd, x), kit.float(-0)));
}

/** tan r = r·N(z)/D(z), a convergent of Lambert's continued fraction, good to 2^-33 for |r| ≤ π/4. */
const N = [10395, -1260, 21];
const D = [-10395, 4725, -210, 1];

/** In 64-bit lanes, for 32-bit results. */
function tanNarrow<T>(kit: Kit<T>, x: T): T {
  const base = kit.float(formats[64].shifter);
  const quadrant = kit.let(kit.madd(x, kit.float(2 / Math.PI), base));
  const k = kit.let(kit.sub(quadrant, base));
  const [p0, p1] = PARTS_64;
  const r = kit.let(kit.nmadd(k, kit.float(p1), kit.nmadd(k, kit.float(p0), x)));
  const z = kit.let(kit.mul(r, r));
  const numerator = kit.let(kit.mul(r, horner(kit, z, N)));
  const denominator = horner(kit, z, D);
  const odd = kit.let(kit.igt(kit.int(0), kit.shl(quadrant, 63)));
  const above = kit.select(odd, denominator, numerator);
  // D is negated: the sign is wrong in even quadrants.
  const quotient = kit.div(above, kit.select(odd, numerator, denominator));
  return kit.xor(quotient, kit.andnot(kit.float(-0), odd));
}

export function tan<T>(kit: Kit<T>, x: T): T {
  const a = kit.let(kit.abs(x));
  const y = kit.bits === 64 ? tan64(kit, x, a) : kit.wide([x], (wide, [w]) => tanNarrow(wide, w));
  return orMath(kit, "tan", x, a, y);
}
