/**
 * @file Interval arithmetic on arrays, with outward rounding: what the machine rounds to nearest is moved to the next number
 * outwards, and what it computes within a few units in the last place, by that many. No rounding mode is needed, so the same holds
 * interpreted, in JavaScript and in WebAssembly.
 */
import type { NDArray } from "../core/array.ts";
import * as np from "../numpy/index.ts";
import { nextafter } from "../lax/elementwise/arithmetic.ts";

/** Bounds; one array twice for a value that is known exactly. */
export interface Pair {
  readonly lo: NDArray;
  readonly hi: NDArray;
}

export const point = (x: NDArray): Pair => ({ lo: x, hi: x });
export const isPoint = ({ lo, hi }: Pair): boolean => lo === hi;

const next = (x: NDArray, towards: number): NDArray => nextafter(x, np.fullLike(x, towards));

/** A number at least `steps` numbers below. */
export function down(x: NDArray, steps = 1): NDArray {
  let out = x;
  for (let i = 0; i < steps; i++) out = next(out, -Infinity);
  return out;
}

/** A number at least `steps` numbers above. */
export function up(x: NDArray, steps = 1): NDArray {
  let out = x;
  for (let i = 0; i < steps; i++) out = next(out, Infinity);
  return out;
}

export const least = (xs: readonly NDArray[]): NDArray => xs.reduce((a, b) => np.minimum(a, b));
export const most = (xs: readonly NDArray[]): NDArray => xs.reduce((a, b) => np.maximum(a, b));

/** The values between the least and the largest of those that were rounded to nearest, or by `steps`. */
export const around = (xs: readonly NDArray[], steps = 1): Pair => ({
  lo: down(least(xs), steps),
  hi: up(most(xs), steps),
});

/** Limits a function's values to where they lie. */
export const within = ({ lo, hi }: Pair, least: number, most: number): Pair => ({
  lo: np.clip(lo, least, most),
  hi: np.clip(hi, least, most),
});

/** 0 · ∞ is 0: a bound that is infinite is none of the values. */
const product = (x: NDArray, y: NDArray): NDArray => {
  const p = x.mul(y);
  return np.where(np.isnan(p).logicalAnd(np.isnan(x).logicalOr(np.isnan(y)).logicalNot()), 0, p);
};

export const add = (x: Pair, y: Pair): Pair => ({ lo: down(x.lo.add(y.lo)), hi: up(x.hi.add(y.hi)) });
export const sub = (x: Pair, y: Pair): Pair => ({ lo: down(x.lo.sub(y.hi)), hi: up(x.hi.sub(y.lo)) });
export const neg = ({ lo, hi }: Pair): Pair => (lo === hi ? point(lo.neg()) : { lo: hi.neg(), hi: lo.neg() });

export function mul(x: Pair, y: Pair): Pair {
  if (x === y) return square(x);
  if (isPoint(x) && isPoint(y)) return around([product(x.lo, y.lo)]);
  if (isPoint(x) || isPoint(y)) {
    const [p, { lo, hi }] = isPoint(x) ? [x.lo, y] : [y.lo, x];
    return around([product(p, lo), product(p, hi)]);
  }
  return around([product(x.lo, y.lo), product(x.lo, y.hi), product(x.hi, y.lo), product(x.hi, y.hi)]);
}

/** |x|. */
export const magnitude = ({ lo, hi }: Pair): Pair => ({
  lo: np.maximum(np.maximum(lo, hi.neg()), 0),
  hi: np.maximum(np.abs(lo), np.abs(hi)),
});

export function square(x: Pair): Pair {
  const size = magnitude(x);
  return { lo: np.maximum(down(size.lo.mul(size.lo)), 0), hi: up(size.hi.mul(size.hi)) };
}

/** A power of a whole exponent. */
export function wholePower(x: Pair, n: number, value: (x: NDArray) => NDArray): Pair {
  const steps = 2 + Math.ceil(Math.abs(n) / 2);
  if (n === 0) return point(np.onesLike(x.lo));
  if (n === 1) return x;
  if (n === 2) return square(x);
  if (n < 0) return recip(wholePower(x, -n, (v) => np.power(v, -n)));
  if (n % 2 === 1) return around([value(x.lo), value(x.hi)], steps);
  const size = magnitude(x);
  return { lo: np.maximum(down(value(size.lo), steps), 0), hi: up(value(size.hi), steps) };
}

const zeroIn = ({ lo, hi }: Pair): NDArray => np.lessEqual(lo, 0).logicalAnd(np.greaterEqual(hi, 0));

/** 1 / x: of what has 0 inside, everything; of what ends there, one side. */
export function recip(x: Pair): Pair {
  const [a, b] = [np.divide(1, x.lo), np.divide(1, x.hi)];
  const plain = around([a, b]);
  const inside = zeroIn(x);
  const [fromZero, toZero] = [
    np.equal(x.lo, 0).logicalAnd(np.greater(x.hi, 0)),
    np.equal(x.hi, 0).logicalAnd(np.less(x.lo, 0)),
  ];
  return {
    lo: np.where(inside, np.where(fromZero, down(b), -Infinity), plain.lo),
    hi: np.where(inside, np.where(toZero, up(a), Infinity), plain.hi),
  };
}

export function div(x: Pair, y: Pair): Pair {
  const inside = zeroIn(y);
  const plain = around([x.lo.div(y.lo), x.lo.div(y.hi), x.hi.div(y.lo), x.hi.div(y.hi)]);
  const wide = mul(x, recip(y));
  // ∞ / ∞, of bounds that are none of the values.
  const unknown = np.isnan(plain.lo).logicalOr(np.isnan(plain.hi)).logicalOr(inside);
  return { lo: np.where(unknown, wide.lo, plain.lo), hi: np.where(unknown, wide.hi, plain.hi) };
}

export const hull = (xs: readonly Pair[]): Pair => ({
  lo: least(xs.map((x) => x.lo)),
  hi: most(xs.map((x) => x.hi)),
});
