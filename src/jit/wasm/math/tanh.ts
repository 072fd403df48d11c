/**
 * @file tanh, as a quotient of sums without cancellation.
 *
 * With 2|x| = k·ln 2 + 2r, j = 2^−k/2 and h = expm1(2r)/2: tanh |x| = ((½ − j) + h) / ((½ + j) + h).
 * r is taken from the asymmetric interval [−⅛, ⅜]·ln 2, so that k = 0, where ½ − j vanishes and r is exact, reaches
 * up to |x| = 0.26 and the numerator never cancels to less than half of its parts.
 */
import { HALF_EXPM1_32, HALF_EXPM1_64 } from "./coefficients.ts";
import { formats } from "./format.ts";
import type { Kit } from "./kit.ts";
import { evenOdd } from "./polynomial.ts";

const coefficients = { 32: HALF_EXPM1_32, 64: HALF_EXPM1_64 };

/** From here on tanh rounds to 1. */
const saturation = { 32: 9.1, 64: 19.1 };

export function tanh<T>(kit: Kit<T>, x: T): T {
  const { shifter, bias, fraction, ln2Hi, ln2Lo } = formats[kit.bits];
  const sign = kit.float(-0);
  const a = kit.let(kit.pmin(kit.abs(x), kit.float(saturation[kit.bits])));
  // −k − 1 + bias in the low bits
  const base = shifter + bias - 1;
  const exponent = kit.sub(kit.float(0.25), kit.mul(a, kit.float(2 * Math.LOG2E)));
  const shifted = kit.let(kit.add(exponent, kit.float(base)));
  const minusK = kit.let(kit.sub(shifted, kit.float(base)));
  const j = kit.let(kit.shl(shifted, fraction));
  const high = kit.add(a, kit.mul(minusK, kit.float(ln2Hi / 2)));
  const r = kit.let(kit.add(high, kit.mul(minusK, kit.float(ln2Lo / 2))));
  const r2 = kit.let(kit.mul(r, r));
  const p = kit.let(kit.mul(r2, evenOdd(kit, r, r2, coefficients[kit.bits])));
  const half = kit.float(0.5);
  const below = kit.let(kit.sub(half, j));
  const sum = kit.let(kit.add(below, r));
  const lost = kit.add(kit.sub(below, sum), r);
  const numerator = kit.add(sum, kit.add(lost, p));
  const denominator = kit.add(kit.add(half, j), kit.add(r, p));
  const large = kit.let(kit.gt(a, kit.float(0.6)));
  const quotient = kit.div(kit.select(large, kit.add(j, j), kit.neg(numerator)), denominator);
  const y = kit.sub(kit.and(large, kit.float(1)), quotient);
  return kit.or(y, kit.and(x, sign));
}
