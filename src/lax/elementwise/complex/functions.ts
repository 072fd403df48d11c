/**
 * @file Elementary functions of complex numbers in terms of their real and imaginary parts: the `complex` rules of
 * exponentials, logarithms, roots, trigonometric and hyperbolic functions.
 *
 * Principal values, continuous from above on their cuts or from the side that the sign of a zero tells, as in C99. Sources:
 * W. Kahan, "Branch cuts for complex elementary functions" (1987), for roots, inverse functions and tanh.
 */
import type { NDArray } from "../../../core/array.ts";
import { Parts } from "../../../core/primitive.ts";
import { add, atan2, div, mul, sub } from "../arithmetic.ts";
import { bitwiseAnd, bitwiseOr } from "../bitwise.ts";
import { eq, ge, gt, le } from "../compare.ts";
import * as real from "../functions.ts";
import { select } from "../select.ts";
import * as c from "./arithmetic.ts";

/** f · 0 is 0 with the sign of the zero, even where f is infinite. */
const timesSmall = (zero: NDArray, product: NDArray): NDArray => select(eq(zero, 0), zero, product);

export function exp({ re, im }: Parts): Parts {
  const e = real.exp(re);
  return new Parts(mul(e, real.cos(im)), timesSmall(im, mul(e, real.sin(im))));
}

export const exp2 = (z: Parts): Parts => exp(c.scale(z, Math.LN2));

export function expm1({ re, im }: Parts): Parts {
  const half = real.sin(mul(im, 0.5));
  const x = sub(mul(real.expm1(re), real.cos(im)), mul(2, mul(half, half)));
  return new Parts(x, timesSmall(im, mul(real.exp(re), real.sin(im))));
}

/** log |z|: near 1 from |z|² − 1, elsewhere from the larger part. */
function logModulus(z: Parts): NDArray {
  const [a, b] = c.ordered(z);
  const near = bitwiseAnd(ge(a, 0.5), le(a, 2));
  const r = div(b, a);
  const u = select(near, add(mul(sub(a, 1), add(a, 1)), mul(b, b)), mul(r, r));
  const out = add(real.log(select(near, 1, a)), mul(0.5, real.log1p(u)));
  return select(bitwiseOr(eq(a, 0), eq(a, Infinity)), real.log(a), out);
}

export const log = (z: Parts): Parts => new Parts(logModulus(z), atan2(z.im, z.re));

export function log1p(z: Parts): Parts {
  const { re, im } = z;
  const small = real.log1p(add(mul(re, add(re, 2)), mul(im, im)));
  const moved = new Parts(add(re, 1), im);
  const isSmall = bitwiseAnd(le(real.abs(re), 0.5), le(real.abs(im), 0.5));
  return new Parts(select(isSmall, mul(0.5, small), logModulus(moved)), atan2(im, moved.re));
}

/** s = √((|x| + |z|)/2) is one part of the root, y/2s the other. */
export function sqrt(z: Parts): Parts {
  const { re, im } = z;
  const a = real.abs(re);
  const s = real.sqrt(add(mul(a, 0.5), c.modulus(c.scale(z, 0.5))));
  const t = div(mul(real.abs(im), 0.5), select(eq(s, 0), 1, s));
  const right = ge(re, 0);
  const finite = new Parts(select(right, s, t), c.copySign(select(right, t, s), im));
  const infinite = eq(real.abs(im), Infinity);
  return new Parts(select(infinite, Infinity, finite.re), select(infinite, im, finite.im));
}

export const rsqrt = (z: Parts): Parts => c.reciprocal(sqrt(z));

export function sinh({ re, im }: Parts): Parts {
  return new Parts(mul(real.sinh(re), real.cos(im)), timesSmall(im, mul(real.cosh(re), real.sin(im))));
}

export function cosh({ re, im }: Parts): Parts {
  const zero = select(c.signBit(re), real.neg(im), im);
  return new Parts(
    mul(real.cosh(re), real.cos(im)),
    select(eq(im, 0), zero, mul(real.sinh(re), real.sin(im))),
  );
}

/** With t = tan y, s = sinh x: ((1 + t²) s √(1 + s²) + it) / (1 + (1 + t²) s²); far from 0 only e^(−2|x|) differs from ±1. */
export function tanh({ re, im }: Parts): Parts {
  const far = gt(real.abs(re), 20);
  const x = select(far, 0, re);
  const t = real.tan(im);
  const s = real.sinh(x);
  const beta = add(mul(t, t), 1);
  const d = add(mul(beta, mul(s, s)), 1);
  const near = new Parts(div(mul(mul(beta, real.sqrt(add(mul(s, s), 1))), s), d), div(t, d));
  const tail = mul(mul(4, mul(real.sin(im), real.cos(im))), real.exp(mul(-2, real.abs(re))));
  return new Parts(select(far, real.sign(re), near.re), select(far, tail, near.im));
}

export const sin = (z: Parts): Parts => c.overI(sinh(c.timesI(z)));
export const cos = (z: Parts): Parts => cosh(c.timesI(z));
export const tan = (z: Parts): Parts => c.overI(tanh(c.timesI(z)));

/** √(1 − z) and √(1 + z). */
const roots = (z: Parts): [Parts, Parts] => [
  sqrt(new Parts(sub(1, z.re), real.neg(z.im))),
  sqrt(new Parts(add(1, z.re), z.im)),
];

const imagOfProduct = (x: Parts, y: Parts): NDArray => add(mul(x.re, y.im), mul(x.im, y.re));
const realOfProduct = (x: Parts, y: Parts): NDArray => sub(mul(x.re, y.re), mul(x.im, y.im));

export function asin(z: Parts): Parts {
  const [minus, plus] = roots(z);
  return new Parts(
    atan2(z.re, realOfProduct(minus, plus)),
    real.asinh(imagOfProduct(c.conjugate(minus), plus)),
  );
}

export function acos(z: Parts): Parts {
  const [minus, plus] = roots(z);
  return new Parts(mul(2, atan2(minus.re, plus.re)), real.asinh(imagOfProduct(c.conjugate(plus), minus)));
}

export const asinh = (z: Parts): Parts => c.overI(asin(c.timesI(z)));

export function acosh(z: Parts): Parts {
  const minus = sqrt(new Parts(sub(z.re, 1), z.im));
  const plus = sqrt(new Parts(add(z.re, 1), z.im));
  return new Parts(real.asinh(realOfProduct(c.conjugate(minus), plus)), mul(2, atan2(minus.im, plus.re)));
}

/** ¼ log1p(4x / ((1 − x)² + y²)) + ½ i atan2(2y, (1 − x)(1 + x) − y²), for |x| as it is odd. */
export function atanh({ re, im }: Parts): Parts {
  const x = real.abs(re);
  const away = sub(1, x);
  const square = mul(im, im);
  const d = add(mul(away, away), square);
  const r = c.copySign(mul(0.25, real.log1p(div(mul(4, x), d))), re);
  return new Parts(r, mul(0.5, atan2(mul(2, im), sub(mul(away, add(1, x)), square))));
}

export const atan = (z: Parts): Parts => c.overI(atanh(c.timesI(z)));

/** 1 / (1 + e⁻ᶻ). */
export function logistic(z: Parts): Parts {
  const e = exp(c.neg(z));
  return c.reciprocal(new Parts(add(e.re, 1), e.im));
}

/** exp(w log z); 0⁰ = 1, and 0 to a power of positive real part is 0. */
export function pow(z: Parts, w: Parts): Parts {
  const l = log(z);
  const product = c.mul(l, w);
  const out = exp(product);
  const zeroBase = bitwiseAnd(eq(z.re, 0), eq(z.im, 0));
  const zeroPower = bitwiseAnd(eq(w.re, 0), eq(w.im, 0));
  const vanishes = bitwiseAnd(zeroBase, gt(w.re, 0));
  return new Parts(
    select(zeroPower, 1, select(vanishes, 0, out.re)),
    select(bitwiseOr(zeroPower, vanishes), 0, out.im),
  );
}
