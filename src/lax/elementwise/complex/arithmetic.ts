/**
 * @file Arithmetic of complex numbers in terms of their real and imaginary parts: the `complex` rules of arithmetic and of
 * comparisons.
 *
 * Formulas are those that do not overflow where the result does not: quotients by R. L. Smith (Algorithm 116, 1962), moduli
 * scaled by the larger part. Signs of zeros follow C99 and NumPy.
 */
import type { NDArray } from "../../../core/array.ts";
import { Parts } from "../../../core/primitive.ts";
import * as real from "../index.ts";
import { bitwiseAnd, bitwiseOr } from "../bitwise.ts";
import { eq, ge, gt, lt } from "../compare.ts";

export const add = (x: Parts, y: Parts): Parts => new Parts(real.add(x.re, y.re), real.add(x.im, y.im));
export const sub = (x: Parts, y: Parts): Parts => new Parts(real.sub(x.re, y.re), real.sub(x.im, y.im));
export const neg = (x: Parts): Parts => new Parts(real.neg(x.re), real.neg(x.im));
export const conjugate = (x: Parts): Parts => new Parts(x.re, real.neg(x.im));
/** i·x */
export const timesI = (x: Parts): Parts => new Parts(real.neg(x.im), x.re);
/** −i·x */
export const overI = (x: Parts): Parts => new Parts(x.im, real.neg(x.re));
/** A real factor on both parts. */
export const scale = (x: Parts, factor: NDArray | number): Parts =>
  new Parts(real.mul(x.re, factor), real.mul(x.im, factor));

/** A product of complex arrays by one of real ones. */
export const product = (x: Parts, y: Parts, times: (a: NDArray, b: NDArray) => NDArray): Parts =>
  new Parts(real.sub(times(x.re, y.re), times(x.im, y.im)), real.add(times(x.re, y.im), times(x.im, y.re)));
export const mul = (x: Parts, y: Parts): Parts => product(x, y, real.mul);

export const square = (x: Parts): Parts => {
  const cross = real.mul(x.re, x.im);
  return new Parts(real.mul(real.sub(x.re, x.im), real.add(x.re, x.im)), real.add(cross, cross));
};

/** Chooses both parts by one condition. */
export const select = (pred: NDArray, onTrue: Parts, onFalse: Parts): Parts =>
  new Parts(real.select(pred, onTrue.re, onFalse.re), real.select(pred, onTrue.im, onFalse.im));

/** The larger part p of a divisor, r = (the other) / p, and 1 + r². */
function parted(y: Parts): { byRe: NDArray; p: NDArray; r: NDArray; d: NDArray } {
  const byRe = ge(real.abs(y.re), real.abs(y.im));
  const p = real.select(byRe, y.re, y.im);
  const r = real.div(real.select(byRe, y.im, y.re), p);
  return { byRe, p, r, d: real.add(real.mul(r, r), 1) };
}

/** x·ȳ, of which both parts are divided by p, by 1 + r² and by p. A zero divisor gives what real quotients by it are. */
export function div(x: Parts, y: Parts): Parts {
  const { byRe, p, r, d } = parted(y);
  const [u, v] = [real.select(byRe, x.re, x.im), real.select(byRe, x.im, x.re)];
  const re = real.div(real.div(real.add(u, real.mul(v, r)), d), p);
  const t = real.div(real.div(real.sub(v, real.mul(u, r)), d), p);
  const quotient = new Parts(re, real.select(byRe, t, real.neg(t)));
  return select(eq(p, 0), new Parts(real.div(x.re, y.re), real.div(x.im, y.re)), quotient);
}

/** 1 / x. */
export function reciprocal(x: Parts): Parts {
  const { byRe, p, r, d } = parted(x);
  const [whole, part] = [real.div(real.div(1, d), p), real.div(real.div(r, d), p)];
  const out = select(byRe, new Parts(whole, real.neg(part)), new Parts(part, real.neg(whole)));
  return select(eq(p, 0), new Parts(real.div(1, x.re), real.mul(x.im, 0)), out);
}

/** The larger and the smaller of the parts' moduli. */
export function ordered({ re, im }: Parts): [larger: NDArray, smaller: NDArray] {
  const [a, b] = [real.abs(re), real.abs(im)];
  const swap = gt(b, a);
  return [real.select(swap, b, a), real.select(swap, a, b)];
}

/** √(re² + im²). Infinite if either part is. */
export function modulus(x: Parts): NDArray {
  const [a, b] = ordered(x);
  const r = real.div(b, real.select(eq(a, 0), 1, a));
  const finite = real.mul(a, real.sqrt(real.add(real.mul(r, r), 1)));
  const infinite = bitwiseOr(eq(real.abs(x.re), Infinity), eq(real.abs(x.im), Infinity));
  return real.select(infinite, Infinity, finite);
}

/** x / |x|, 0 at 0. */
export function sign(x: Parts): Parts {
  const m = modulus(x);
  const d = real.select(eq(m, 0), 1, m);
  return new Parts(real.div(x.re, d), real.div(x.im, d));
}

export const equal = (x: Parts, y: Parts): NDArray => bitwiseAnd(eq(x.re, y.re), eq(x.im, y.im));

/** True where x comes after y: by real parts, then by imaginary ones. */
const after = (x: Parts, y: Parts): NDArray =>
  bitwiseOr(gt(x.re, y.re), bitwiseAnd(eq(x.re, y.re), gt(x.im, y.im)));

export const isNan = (x: Parts): NDArray => bitwiseOr(notEqual(x.re), notEqual(x.im));
const notEqual = (x: NDArray): NDArray => real.select(eq(x, x), false, true);

/** In the order of real parts, then of imaginary ones; a NaN if there is one. */
export const max = (x: Parts, y: Parts): Parts => select(bitwiseOr(isNan(x), after(x, y)), x, y);
export const min = (x: Parts, y: Parts): Parts => select(bitwiseOr(isNan(x), after(y, x)), x, y);

/** x to a whole power, by squaring. */
export function integerPow(x: Parts, n: number): Parts {
  if (n < 0) return reciprocal(integerPow(x, -n));
  let out: Parts | null = null;
  let base = x;
  for (let k = n; k > 0; k = Math.floor(k / 2)) {
    if (k % 2 === 1) out = out === null ? base : mul(out, base);
    if (k > 1) base = square(base);
  }
  return out ?? new Parts(real.add(real.mul(x.re, 0), 1), real.mul(x.im, 0));
}

/** True where a number is negative or −0. */
export const signBit = (x: NDArray): NDArray =>
  bitwiseOr(lt(x, 0), bitwiseAnd(eq(x, 0), lt(real.div(1, x), 0)));

/** |x| with the sign of y. */
export const copySign = (x: NDArray, y: NDArray): NDArray => {
  const a = real.abs(x);
  return real.select(signBit(y), real.neg(a), a);
};
