/**
 * @file Functions of one or two `Big` variables with their derivatives to second order: the reference for the derivatives
 * of element-wise functions. Elementary functions state both derivatives in closed form, without cancellation;
 * everything else follows by the chain rule, in about 180 bits.
 */
import * as B from "./big-float.ts";
import { type Big, ONE, ZERO, big } from "./big-float.ts";
import * as M from "./big-math.ts";

/** A value and its partial derivatives. */
export interface Jet {
  readonly v: Big;
  readonly x: Big;
  readonly y: Big;
  readonly xx: Big;
  readonly xy: Big;
  readonly yy: Big;
}

const parts = ["v", "x", "y", "xx", "xy", "yy"] as const;
export type Part = (typeof parts)[number];

export const constant = (v: Big | number): Jet => ({
  v: typeof v === "number" ? big(v) : v,
  x: ZERO,
  y: ZERO,
  xx: ZERO,
  xy: ZERO,
  yy: ZERO,
});
export const variableX = (v: Big): Jet => ({ ...constant(v), x: ONE });
export const variableY = (v: Big): Jet => ({ ...constant(v), y: ONE });

const asJet = (a: Jet | number): Jet => (typeof a === "number" ? constant(a) : a);

const each = (f: (part: Part) => Big): Jet =>
  Object.fromEntries(parts.map((part) => [part, f(part)])) as unknown as Jet;

export const add = (a: Jet | number, b: Jet | number): Jet => {
  const [s, t] = [asJet(a), asJet(b)];
  return each((part) => B.add(s[part], t[part]));
};
export const neg = (a: Jet): Jet => each((part) => B.neg(a[part]));
export const sub = (a: Jet | number, b: Jet | number): Jet => add(a, neg(asJet(b)));

const times = B.mul;
const sum = (...terms: readonly Big[]): Big => terms.reduce(B.add);

export function mul(a: Jet | number, b: Jet | number): Jet {
  const [s, t] = [asJet(a), asJet(b)];
  return {
    v: times(s.v, t.v),
    x: sum(times(s.x, t.v), times(s.v, t.x)),
    y: sum(times(s.y, t.v), times(s.v, t.y)),
    xx: sum(times(s.xx, t.v), B.scale(times(s.x, t.x), 1), times(s.v, t.xx)),
    xy: sum(times(s.xy, t.v), times(s.x, t.y), times(s.y, t.x), times(s.v, t.xy)),
    yy: sum(times(s.yy, t.v), B.scale(times(s.y, t.y), 1), times(s.v, t.yy)),
  };
}

/** f(u) from f, f′ and f″ at u. */
function chain(u: Jet, f: Big, d1: Big, d2: Big): Jet {
  return {
    v: f,
    x: times(d1, u.x),
    y: times(d1, u.y),
    xx: sum(times(d2, times(u.x, u.x)), times(d1, u.xx)),
    xy: sum(times(d2, times(u.x, u.y)), times(d1, u.xy)),
    yy: sum(times(d2, times(u.y, u.y)), times(d1, u.yy)),
  };
}

export type Unary = (u: Jet) => Jet;

/** The function with the given value and derivatives. */
const lifted =
  (f: (x: Big) => readonly [v: Big, d1: Big, d2: Big]): Unary =>
  (u) =>
    chain(u, ...f(u.v));

const inverse = (a: Big): Big => B.div(ONE, a);
const product = (...factors: readonly Big[]): Big => factors.reduce(times);
const twice = (a: Big): Big => B.scale(a, 1);
const half = (a: Big): Big => B.scale(a, -1);
export const SQRT_PI = B.sqrt(M.PI);

export const reciprocal = lifted((x) => {
  const r = inverse(x);
  return [r, B.neg(times(r, r)), twice(product(r, r, r))];
});
export const div = (a: Jet | number, b: Jet | number): Jet => mul(a, reciprocal(asJet(b)));

export const exp = lifted((x) => {
  const e = M.exp(x);
  return [e, e, e];
});
export const exp2 = (u: Jet): Jet => exp(mul(u, constant(M.LN2)));
export const expm1 = lifted((x) => {
  const e = M.exp(x);
  return [M.expm1(x), e, e];
});
const logAt = (moved: Big, value: Big): [Big, Big, Big] => {
  const r = inverse(moved);
  return [value, r, B.neg(times(r, r))];
};
export const log = lifted((x) => logAt(x, M.log(x)));
export const log1p = lifted((x) => logAt(B.add(ONE, x), M.log1p(x)));

export const sin = lifted((x) => [M.sin(x), M.cos(x), B.neg(M.sin(x))]);
export const cos = lifted((x) => [M.cos(x), B.neg(M.sin(x)), B.neg(M.cos(x))]);
export const tan = lifted((x) => {
  const t = M.tan(x);
  const d = B.add(ONE, times(t, t));
  return [t, d, twice(times(t, d))];
});

/** Of 1 − x² and the like, with its sign in the derivative: q^(−1/2), ∓x·q^(−3/2). */
function rootSlope(x: Big, q: Big, sign: Big): [Big, Big] {
  const root = B.sqrt(q);
  return [inverse(root), times(sign, B.div(x, times(q, root)))];
}
const MINUS = B.neg(ONE);
const oneMinus = (x: Big): Big => times(B.sub(ONE, x), B.add(ONE, x));
const onePlus = (x: Big): Big => B.add(ONE, times(x, x));
export const asin = lifted((x) => [M.asin(x), ...rootSlope(x, oneMinus(x), ONE)]);
export const acos = (u: Jet): Jet => neg({ ...asin(u), v: B.neg(M.acos(u.v)) });
export const asinh = lifted((x) => [M.asinh(x), ...rootSlope(x, onePlus(x), MINUS)]);
export const acosh = lifted((x) => [M.acosh(x), ...rootSlope(x, B.neg(oneMinus(x)), MINUS)]);
export const atan = lifted((x) => {
  const q = onePlus(x);
  return [M.atan(x), inverse(q), B.div(twice(B.neg(x)), times(q, q))];
});
export const atanh = lifted((x) => {
  const q = oneMinus(x);
  return [M.atanh(x), inverse(q), B.div(twice(x), times(q, q))];
});

export const sinh = lifted((x) => [M.sinh(x), M.cosh(x), M.sinh(x)]);
export const cosh = lifted((x) => [M.cosh(x), M.sinh(x), M.cosh(x)]);
export const tanh = lifted((x) => {
  const c = M.cosh(x);
  const d = inverse(times(c, c));
  return [M.tanh(x), d, B.neg(twice(times(M.tanh(x), d)))];
});

export const square = (u: Jet): Jet => mul(u, u);
export const sqrt = lifted((x) => {
  const r = B.sqrt(x);
  return [r, half(inverse(r)), B.neg(B.scale(inverse(times(x, r)), -2))];
});
export const cbrt = lifted((x) => {
  const r = M.cbrt(x);
  const d = B.div(r, times(big(3), x));
  return [r, d, B.div(times(big(-2), d), times(big(3), x))];
});
export const hypot = (a: Jet, b: Jet): Jet => sqrt(add(square(a), square(b)));
export const abs = (u: Jet): Jet => (B.signOf(u.v) < 0 ? neg(u) : u);

const logisticAt = (x: Big): [Big, Big, Big] => {
  const s = inverse(B.add(ONE, M.exp(B.neg(x))));
  const d = times(s, inverse(B.add(ONE, M.exp(x))));
  return [s, d, B.neg(times(M.tanh(half(x)), d))];
};
export const logistic = lifted(logisticAt);
export const softplus = lifted((x) => {
  const [s, d] = logisticAt(x);
  return [M.log1p(M.exp(x)), s, d];
});
/** log(eˣ + eʸ), whose two first derivatives sum to 1. */
export function logaddexp(a: Jet, b: Jet): Jet {
  const d = B.sub(a.v, b.v);
  const [s, slope] = logisticAt(d);
  const [t] = logisticAt(B.neg(d));
  return { v: B.add(b.v, M.log1p(M.exp(d))), x: s, y: t, xx: slope, xy: B.neg(slope), yy: slope };
}

/** erfc(x)·e^(x²) for x ≥ 4, by Laplace's continued fraction. */
function erfcxFar(x: Big): Big {
  let rest = x;
  const size = B.round(x);
  for (let k = Math.ceil(6000 / (size * size)) + 20; k > 0; k--) rest = B.add(x, B.div(big(k / 2), rest));
  return inverse(times(SQRT_PI, rest));
}
/** 2/√π·Σ (−1)ⁿ x²ⁿ⁺¹ / (n! (2n + 1)). */
function erfNear(x: Big): Big {
  const square = B.neg(times(x, x));
  let term = x;
  let total = x;
  for (let n = 1; n < 400 && B.exponentOf(term) > B.exponentOf(total) - 260; n++) {
    term = B.div(times(term, square), big(n));
    total = B.add(total, B.div(term, big(2 * n + 1)));
  }
  return B.div(twice(total), SQRT_PI);
}
const gaussian = (x: Big): Big => M.exp(B.neg(times(x, x)));
export function erfcValue(x: Big): Big {
  if (B.exponentOf(x) < 2) return B.sub(ONE, erfNear(x));
  if (B.signOf(x) < 0) return B.sub(big(2), erfcValue(B.neg(x)));
  return times(gaussian(x), erfcxFar(x));
}
const erfcxValue = (x: Big): Big =>
  B.exponentOf(x) >= 2 && B.signOf(x) > 0 ? erfcxFar(x) : B.div(erfcValue(x), gaussian(x));

export const erf = lifted((x) => {
  const d = B.div(twice(gaussian(x)), SQRT_PI);
  return [B.exponentOf(x) < 2 ? erfNear(x) : B.sub(ONE, erfcValue(x)), d, product(big(-2), x, d)];
});
export const erfc = (u: Jet): Jet => ({ ...neg(erf(u)), v: erfcValue(u.v) });
export const erfcx = lifted((x) => {
  const v = erfcxValue(x);
  const d = B.sub(twice(times(x, v)), B.div(big(2), SQRT_PI));
  return [v, d, B.add(twice(v), twice(times(x, d)))];
});

const SQRT2 = B.sqrt(big(2));
const ndtrValue = (x: Big): Big => half(erfcValue(B.neg(B.div(x, SQRT2))));
const normalDensity = (x: Big): Big => B.div(M.exp(B.neg(half(times(x, x)))), times(SQRT2, SQRT_PI));
export const ndtr = lifted((x) => {
  const d = normalDensity(x);
  return [ndtrValue(x), d, B.neg(times(x, d))];
});
export const logNdtr = lifted((x) => {
  const z = B.neg(B.div(x, SQRT2));
  const d = B.div(B.div(SQRT2, SQRT_PI), erfcxValue(z));
  return [M.log(ndtrValue(x)), d, B.neg(times(d, B.add(x, d)))];
});

/** The z with f(z) = target for increasing f with the given derivative, from a start good to 8 digits. */
function solve(f: (z: Big) => Big, slope: (z: Big) => Big, target: Big, start: number): Big {
  let z = big(start);
  for (let i = 0; i < 4; i++) z = B.sub(z, B.div(B.sub(f(z), target), slope(z)));
  return z;
}
/** The quantile of the normal distribution for p < ½: by its logarithm, whose second derivative is bounded. */
function ndtriValue(p: Big): Big {
  const target = M.log(p);
  let z = -Math.sqrt(Math.max(0.01, -2 * B.round(target) - 2));
  for (let step = 1; Math.abs(step) > 1e-12 * Math.abs(z);) {
    const value = logNdtr(variableX(big(z)));
    step = (B.round(value.v) - B.round(target)) / B.round(value.x);
    z -= step;
  }
  return solve(
    (x) => M.log(ndtrValue(x)),
    (x) => logNdtr(variableX(x)).x,
    target,
    z,
  );
}
export const ndtri = lifted((p) => {
  const above = B.signOf(B.sub(p, big(0.5))) > 0;
  const tail = ndtriValue(above ? B.sub(ONE, p) : p);
  const z = above ? B.neg(tail) : tail;
  const d = inverse(normalDensity(z));
  return [z, d, product(z, d, d)];
});
/** erfInv x = ndtri((1 + x)/2)/√2. */
export const erfInv = (u: Jet): Jet => div(ndtri(mul(0.5, add(1, u))), constant(SQRT2));

/** xʸ for x > 0. */
export const pow = (a: Jet, b: Jet): Jet => exp(mul(b, log(a)));
export function integerPow(u: Jet, n: number): Jet {
  if (n < 0) return reciprocal(integerPow(u, -n));
  let out = constant(1);
  for (let i = 0; i < n; i++) out = mul(out, u);
  return out;
}
/** The angle of (b, a); its value is not needed, and left out. */
export function atan2(a: Jet, b: Jet): Jet {
  const [y, x] = [a.v, b.v];
  const square = B.add(times(x, x), times(y, y));
  const fourth = times(square, square);
  const mixed = B.div(times(B.sub(y, x), B.add(y, x)), fourth);
  const straight = B.div(twice(times(x, y)), fourth);
  return {
    v: ZERO,
    x: B.div(x, square),
    y: B.neg(B.div(y, square)),
    xx: B.neg(straight),
    xy: mixed,
    yy: straight,
  };
}
export const sinc = (u: Jet): Jet => {
  const t = mul(constant(M.PI), u);
  return div(sin(t), t);
};
