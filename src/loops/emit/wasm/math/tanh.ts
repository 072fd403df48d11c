/**
 * @file tanh: an odd polynomial or rational function up to 0.6 (0.55 in 64-bit lanes; tanh 0.55 is ½), and 1 − 2/(exp(2x) + 1) beyond, with
 * the sign put back. The latter halves the relative error of exp at least, so that in 32-bit lanes one word of
 * ln 2 is enough: its product with k is exact for k ≤ 2.
 */
import { EXP_TWICE_32, TANH_32 } from "./coefficients.ts";
import { expReduced, minusLn2 } from "./exp.ts";
import { formats } from "./format.ts";
import { type Kit, withSign } from "./kit.ts";
import { evenOdd, horner } from "./polynomial.ts";

/** From here on tanh rounds to 1. */
const saturation = { 32: 9.1, 64: 19.1 };

const threshold = { 32: 0.6, 64: 0.55 };

/** x + x·z·P(z)/Q(z) up to 0.625, z = x², by S. Moshier (Cephes, tanh.c). */
const P = [-1614.6876844170845, -99.28772310019185, -0.9643991794250523];
const Q = [4844.063053251255, 2235.4883906010045, 112.81167849163293, 1];

/** 1 − 2/(e + 1) for e = y·2^k, where `inverse` is 2^−k. */
function fromExp<T>(kit: Kit<T>, y: T, inverse: T): T {
  const i = kit.let(inverse);
  const quotient = kit.let(kit.div(i, kit.add(y, i)));
  return kit.sub(kit.float(1), kit.add(quotient, quotient));
}

function large32<T>(kit: Kit<T>, a: T): T {
  const { shifter, bias, fraction } = formats[32];
  const base = kit.float(shifter + bias);
  const shifted = kit.let(kit.madd(a, kit.float(-2 * Math.LOG2E), base));
  const minusK = kit.sub(shifted, base);
  const r = kit.let(kit.madd(minusK, kit.float(Math.LN2 / 2), a));
  const r2 = kit.let(kit.mul(r, r));
  const y = kit.madd(evenOdd(kit, r, r2, EXP_TWICE_32), r, kit.float(1));
  return fromExp(kit, y, kit.shl(shifted, fraction));
}

function large64<T>(kit: Kit<T>, a: T): T {
  const { shifter, bias, fraction } = formats[64];
  const twice = kit.let(kit.add(a, a));
  const base = kit.float(shifter - bias);
  const shifted = kit.let(kit.madd(twice, kit.float(Math.LOG2E), base));
  const k = kit.let(kit.sub(shifted, base));
  // k − bias, negated in the exponent's bits: bias − k
  const inverse = kit.isub(kit.int(0), kit.shl(shifted, fraction));
  return fromExp(kit, expReduced(kit, minusLn2(kit, twice, k)), inverse);
}

function small<T>(kit: Kit<T>, x: T): T {
  const z = kit.let(kit.mul(x, x));
  const xz = kit.mul(x, z);
  if (kit.bits === 32) return kit.madd(xz, horner(kit, z, TANH_32), x);
  return kit.madd(xz, kit.div(horner(kit, z, P), horner(kit, z, Q)), x);
}

export function tanh<T>(kit: Kit<T>, x: T): T {
  const a = kit.let(kit.pmin(kit.abs(x), kit.float(saturation[kit.bits])));
  const large = kit.bits === 32 ? large32(kit, a) : large64(kit, a);
  const y = kit.select(kit.gt(a, kit.float(threshold[kit.bits])), large, small(kit, a));
  return withSign(kit, y, x);
}

/** tanh x from u = 1/(e²ᵃ + 1), a = |x|. */
export function tanhFrom<T>(kit: Kit<T>, x: T, u: T): T {
  const large = kit.nmadd(u, kit.float(2), kit.float(1));
  const y = kit.select(kit.gt(kit.abs(x), kit.float(threshold[kit.bits])), large, small(kit, x));
  return withSign(kit, y, x);
}
