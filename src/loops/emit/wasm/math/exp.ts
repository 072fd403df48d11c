/**
 * @file exp, exp2 and expm1, by Cody and Waite's reduction x = k·ln 2 + r, |r| ≤ ½ ln 2, and a minimax polynomial in r.
 *
 * exp is within 1 ulp in both widths. Results below the normal range are rounded once: 2^k
 * is applied as two factors of which neither leaves the normal range.
 */
import { EXP2_32, EXP2_64, EXP_32, EXP_64 } from "./coefficients.ts";
import { type Format, formats } from "./format.ts";
import { type Kit, withSign } from "./kit.ts";
import { evenOdd } from "./polynomial.ts";

const coefficients = { 32: EXP_32, 64: EXP_64 };

/** exp(r) − 1 for |r| ≤ ½ ln 2, with an error small beside 1. */
export function expReducedLess1<T>(kit: Kit<T>, r: T): T {
  const r2 = kit.let(kit.mul(r, r));
  return kit.madd(evenOdd(kit, r, r2, coefficients[kit.bits]), r2, r);
}

/** exp(r) for |r| ≤ ½ ln 2. */
export const expReduced = <T>(kit: Kit<T>, r: T): T => kit.add(expReducedLess1(kit, r), kit.float(1));

/** x − k·ln 2, with `k` a float. */
export function minusLn2<T>(kit: Kit<T>, x: T, k: T): T {
  const { ln2Hi, ln2Lo } = formats[kit.bits];
  return kit.let(kit.nmadd(k, kit.float(ln2Lo), kit.nmadd(k, kit.float(ln2Hi), x)));
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

/** exp(x)·2^offset. `x` may be anything; where it is known to be positive, set `positive`. */
export function expTimes<T>(kit: Kit<T>, x: T, offset: number, positive = false): T {
  const format = formats[kit.bits];
  const bounded = positive ? x : kit.pmax(x, kit.float(format.expMin));
  const clamped = kit.let(kit.pmin(bounded, kit.float(format.expMax - offset)));
  const base = kit.float(format.shifter + 2 * format.bias + offset);
  const shifted = kit.let(kit.madd(clamped, kit.float(Math.LOG2E), base));
  const k = kit.let(kit.sub(shifted, base));
  return scaleTwice(kit, expReduced(kit, minusLn2(kit, clamped, k)), shifted, format);
}

export const exp = <T>(kit: Kit<T>, x: T): T => expTimes(kit, x, 0);

/** 2^r for |r| ≤ ½, with coefficients of (2^r − 1)/r. */
export function exp2Reduced<T>(kit: Kit<T>, r: T, coefficients: readonly number[]): T {
  const square = kit.let(kit.mul(r, r));
  return kit.madd(r, evenOdd(kit, r, square, coefficients), kit.float(1));
}

export function exp2<T>(kit: Kit<T>, x: T): T {
  const format = formats[kit.bits];
  const { bias, fraction, shifter } = format;
  const floor = kit.float(1 - bias - fraction - 3);
  const clamped = kit.let(kit.pmin(kit.pmax(x, floor), kit.float(bias + 2)));
  const base = kit.float(shifter + 2 * bias);
  const shifted = kit.let(kit.add(clamped, base));
  const r = kit.let(kit.sub(clamped, kit.sub(shifted, base)));
  return scaleTwice(kit, exp2Reduced(kit, r, kit.bits === 32 ? EXP2_32 : EXP2_64), shifted, format);
}

/** Below these expm1 rounds to −1. */
const EXPM1_MIN = { 32: -18, 64: -40 };

/**
 * 2^k·((1 − 2^−k) + expm1(r)), where the parts of the sum are added without loss: its first addition has its error, and
 * r its own, put into the small terms.
 */
export function expm1<T>(kit: Kit<T>, x: T): T {
  const { bits } = kit;
  const { shifter, bias, fraction, ln2Hi, ln2Lo, expMax } = formats[bits];
  const clamped = kit.let(kit.pmin(kit.pmax(x, kit.float(EXPM1_MIN[bits])), kit.float(expMax)));
  const base = kit.float(shifter + bias - 1);
  const shifted = kit.let(kit.madd(clamped, kit.float(Math.LOG2E), base));
  const k = kit.let(kit.sub(shifted, base));
  const high = kit.let(kit.nmadd(k, kit.float(ln2Hi), clamped));
  const low = kit.let(kit.mul(k, kit.float(ln2Lo)));
  const r = kit.let(kit.sub(high, low));
  const lostByR = kit.sub(kit.sub(high, r), low);
  const r2 = kit.let(kit.mul(r, r));
  const p = kit.mul(r2, evenOdd(kit, r, r2, coefficients[bits]));
  // 2^(k−1) and its inverse: the product of their bits' exponents is 1
  const scale = kit.let(kit.shl(shifted, fraction));
  const inverse = kit.isub(kit.int(BigInt(2 * bias) << BigInt(fraction)), scale);
  const offset = kit.let(kit.nmadd(inverse, kit.float(0.5), kit.float(1)));
  const sum = kit.let(kit.add(offset, r));
  const lost = kit.add(kit.add(kit.sub(offset, sum), r), lostByR);
  const half = kit.let(kit.add(sum, kit.add(lost, p)));
  const y = kit.mul(kit.add(half, half), scale);
  return withSign(kit, y, x);
}
