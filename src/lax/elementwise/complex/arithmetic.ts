/**
 * @file Arithmetic of complex numbers in terms of their real and imaginary parts: the `complex` rules of arithmetic and of
 * comparisons.
 *
 * Formulas are those that do not overflow where the result does not: quotients by R. L. Smith (Algorithm 116, 1962), moduli
 * scaled by the larger part. Signs of zeros follow C99 and NumPy.
 */
import type { NDArray } from "../../../core/array.ts";
import { Parts } from "../../../core/primitive.ts";
import { add as addR, div as divR, mul as mulR, sub as subR } from "../arithmetic.ts";
import { bitwiseAnd, bitwiseOr } from "../bitwise.ts";
import { eq, ge, gt, lt } from "../compare.ts";
import { abs as absR, neg as negR, sqrt as sqrtR } from "../functions.ts";
import { select as selectR } from "../select.ts";

export const add = (x: Parts, y: Parts): Parts => new Parts(addR(x.re, y.re), addR(x.im, y.im));
export const sub = (x: Parts, y: Parts): Parts => new Parts(subR(x.re, y.re), subR(x.im, y.im));
export const neg = (x: Parts): Parts => new Parts(negR(x.re), negR(x.im));
export const conjugate = (x: Parts): Parts => new Parts(x.re, negR(x.im));
/** i·x */
export const timesI = (x: Parts): Parts => new Parts(negR(x.im), x.re);
/** −i·x */
export const overI = (x: Parts): Parts => new Parts(x.im, negR(x.re));
/** A real factor on both parts. */
export const scale = (x: Parts, factor: NDArray | number): Parts =>
  new Parts(mulR(x.re, factor), mulR(x.im, factor));

/** A product of complex arrays by one of real ones. */
export const product = (x: Parts, y: Parts, times: (a: NDArray, b: NDArray) => NDArray): Parts =>
  new Parts(subR(times(x.re, y.re), times(x.im, y.im)), addR(times(x.re, y.im), times(x.im, y.re)));
export const mul = (x: Parts, y: Parts): Parts => product(x, y, mulR);

export const square = (x: Parts): Parts => {
  const cross = mulR(x.re, x.im);
  return new Parts(mulR(subR(x.re, x.im), addR(x.re, x.im)), addR(cross, cross));
};

/** Chooses both parts by one condition. */
export const select = (pred: NDArray, onTrue: Parts, onFalse: Parts): Parts =>
  new Parts(selectR(pred, onTrue.re, onFalse.re), selectR(pred, onTrue.im, onFalse.im));

/** The larger part p of a divisor, r = (the other) / p, and 1 + r². */
function parted(y: Parts): { byRe: NDArray; p: NDArray; r: NDArray; d: NDArray } {
  const byRe = ge(absR(y.re), absR(y.im));
  const p = selectR(byRe, y.re, y.im);
  const r = divR(selectR(byRe, y.im, y.re), p);
  return { byRe, p, r, d: addR(mulR(r, r), 1) };
}

/** x·ȳ, of which both parts are divided by p, by 1 + r² and by p. A zero divisor gives what real quotients by it are. */
export function div(x: Parts, y: Parts): Parts {
  const { byRe, p, r, d } = parted(y);
  const [u, v] = [selectR(byRe, x.re, x.im), selectR(byRe, x.im, x.re)];
  const re = divR(divR(addR(u, mulR(v, r)), d), p);
  const t = divR(divR(subR(v, mulR(u, r)), d), p);
  const quotient = new Parts(re, selectR(byRe, t, negR(t)));
  return select(eq(p, 0), new Parts(divR(x.re, y.re), divR(x.im, y.re)), quotient);
}

/** 1 / x. */
export function reciprocal(x: Parts): Parts {
  const { byRe, p, r, d } = parted(x);
  const [whole, part] = [divR(divR(1, d), p), divR(divR(r, d), p)];
  const out = select(byRe, new Parts(whole, negR(part)), new Parts(part, negR(whole)));
  return select(eq(p, 0), new Parts(divR(1, x.re), mulR(x.im, 0)), out);
}

/** The larger and the smaller of the parts' moduli. */
export function ordered({ re, im }: Parts): [larger: NDArray, smaller: NDArray] {
  const [a, b] = [absR(re), absR(im)];
  const swap = gt(b, a);
  return [selectR(swap, b, a), selectR(swap, a, b)];
}

/** √(re² + im²). Infinite if either part is. */
export function modulus(x: Parts): NDArray {
  const [a, b] = ordered(x);
  const r = divR(b, selectR(eq(a, 0), 1, a));
  const finite = mulR(a, sqrtR(addR(mulR(r, r), 1)));
  const infinite = bitwiseOr(eq(absR(x.re), Infinity), eq(absR(x.im), Infinity));
  return selectR(infinite, Infinity, finite);
}

/** x / |x|, 0 at 0. */
export function sign(x: Parts): Parts {
  const m = modulus(x);
  const d = selectR(eq(m, 0), 1, m);
  return new Parts(divR(x.re, d), divR(x.im, d));
}

export const equal = (x: Parts, y: Parts): NDArray => bitwiseAnd(eq(x.re, y.re), eq(x.im, y.im));

/** True where x comes after y: by real parts, then by imaginary ones. */
const after = (x: Parts, y: Parts): NDArray =>
  bitwiseOr(gt(x.re, y.re), bitwiseAnd(eq(x.re, y.re), gt(x.im, y.im)));

export const isNan = (x: Parts): NDArray => bitwiseOr(notEqual(x.re), notEqual(x.im));
const notEqual = (x: NDArray): NDArray => selectR(eq(x, x), false, true);

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
  return out ?? new Parts(addR(mulR(x.re, 0), 1), mulR(x.im, 0));
}

/** True where a number is negative or −0. */
export const signBit = (x: NDArray): NDArray => bitwiseOr(lt(x, 0), bitwiseAnd(eq(x, 0), lt(divR(1, x), 0)));

/** |x| with the sign of y. */
export const copySign = (x: NDArray, y: NDArray): NDArray => {
  const a = absR(x);
  return selectR(signBit(y), negR(a), a);
};
