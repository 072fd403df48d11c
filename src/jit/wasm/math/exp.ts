/**
 * @file exp, by Cody and Waite's reduction x = k·ln 2 + r, |r| ≤ ½ ln 2, and a minimax polynomial in r.
 *
 * Bounds measured over all float32: 0.9 ulp; float64: 0.8 ulp. Results below the normal range are rounded once: 2^k
 * is applied as two factors of which neither leaves the normal range.
 */
import { EXP_32, EXP_64 } from "./coefficients.ts";
import { type Format, formats } from "./format.ts";
import type { Kit } from "./kit.ts";
import { evenOdd } from "./polynomial.ts";

const coefficients = { 32: EXP_32, 64: EXP_64 };

/** exp(r) for |r| ≤ ½ ln 2. */
export function expReduced<T>(kit: Kit<T>, r: T): T {
  const r2 = kit.let(kit.mul(r, r));
  const p = evenOdd(kit, r, r2, coefficients[kit.bits]);
  return kit.add(kit.add(kit.mul(p, r2), r), kit.float(1));
}

/** x − k·ln 2, with `k` a float. */
export function minusLn2<T>(kit: Kit<T>, x: T, k: T): T {
  const { ln2Hi, ln2Lo } = formats[kit.bits];
  const hi = kit.sub(x, kit.mul(k, kit.float(ln2Hi)));
  return kit.let(kit.sub(hi, kit.mul(k, kit.float(ln2Lo))));
}

/**
 * y·2^k for `shifted` = shifter + 2·bias + k. As integers, half of it holds ⌊k/2⌋ + bias in the exponent's bits once
 * shifted there, and the rest the other half: no bias is left to add.
 */
export function scaleTwice<T>(kit: Kit<T>, y: T, shifted: T, { fraction }: Format): T {
  const half = kit.let(kit.shru(shifted, 1));
  const first = kit.shl(half, fraction);
  const second = kit.shl(kit.isub(shifted, half), fraction);
  return kit.mul(kit.mul(y, first), second);
}

export function exp<T>(kit: Kit<T>, x: T): T {
  const format = formats[kit.bits];
  const clamped = kit.let(kit.pmin(kit.pmax(x, kit.float(format.expMin)), kit.float(format.expMax)));
  const shifter = format.shifter + 2 * format.bias;
  const shifted = kit.let(kit.add(kit.mul(clamped, kit.float(Math.LOG2E)), kit.float(shifter)));
  const k = kit.let(kit.sub(shifted, kit.float(shifter)));
  return scaleTwice(kit, expReduced(kit, minusLn2(kit, clamped, k)), shifted, format);
}
