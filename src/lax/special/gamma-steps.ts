/**
 * @file Differences of the gamma family over a step, which cancel where the step is small beside the operand: ψ(z + d) − ψ(z)
 * and its derivative, log Γ(z + d)/Γ(z), log B(a, b), the logarithm of a binomial coefficient.
 */
import type { ArrayLike, NDArray } from "../../core/array.ts";
import { type Block, scalarFunction } from "../../loops/ir/build.ts";
import * as e from "../../loops/ir/expressions.ts";
import * as lax from "../elementwise/index.ts";
import type { Expr } from "../../loops/ir/ir.ts";
import { DIGAMMA_FAR } from "./coefficients.ts";
import {
  betalnScalar,
  digamma,
  digammaScalar,
  isOdd,
  lgamma,
  lgammaPositive,
  lgammaScalar,
  polygamma,
  polygammaScalar,
} from "./gamma.ts";
import { gammasgn } from "./elementary.ts";
import { type Scalar, choose, horner, isWhole, sequence, special } from "./scalar.ts";

/** sin πx, with exact zeros. */
const sinPiSigned = scalarFunction("sin_pi", 1, (b, [x]) => {
  const near = b.let(e.roundEven(x), "near");
  const s = b.let(e.sin(e.mul(e.select(e.eq(near, 0), x, e.sub(x, near)), Math.PI)));
  return e.select(isOdd(b, near), e.neg(s), s);
});

/** Where the asymptotic series is exact. */
const FAR = 10;

/** P(w), and (P(v) − P(w))/(v − w), of the polynomial with the given coefficients, lowest power first. */
function divided(b: Block, w: Expr, v: Expr, coefficients: readonly number[]): [value: Expr, slope: Expr] {
  let value: Expr = e.f64(0);
  let slope: Expr = e.f64(0);
  for (const c of [...coefficients].reverse()) {
    slope = b.let(e.add(e.mul(slope, v), value));
    value = b.let(e.add(e.mul(value, w), c));
  }
  return [value, slope];
}

/** For P of `DIGAMMA_FAR`: ψ(z) = log z − 1/(2z) − w·P(w), w = 1/z². */
const PSI = [0, ...DIGAMMA_FAR];
/** ψ'(z) = 1/z + 1/(2z²) + w·R(w)/z: the derivative of the above, −2/z·(Σ k·pₖ·wᵏ) taken term by term. */
const PSI_1 = PSI.map((c, k) => 2 * k * c);

/** ψ(s) − ψ(z) − log(s/z), s = z + d, for z, s ≥ 10. */
function farRest(b: Block, d: Expr, z: Expr, s: Expr): Expr {
  const [w, v] = [b.let(e.div(1, e.mul(z, z))), b.let(e.div(1, e.mul(s, s)))];
  // v − w = −d·(z + s)/(z²s²)
  const apart = e.neg(e.mul(e.mul(e.mul(d, e.add(z, s)), w), v));
  const [, slope] = divided(b, w, v, PSI);
  const half = e.div(e.mul(d, 0.5), e.mul(z, s));
  return e.sub(half, e.mul(apart, slope));
}
const farStep = (b: Block, d: Expr, z: Expr, s: Expr): Expr =>
  e.add(e.log1p(e.div(d, z)), farRest(b, d, z, s));

/** ψ'(s) − ψ'(z). */
function farStep1(b: Block, d: Expr, z: Expr, s: Expr): Expr {
  const [rz, rs] = [b.let(e.div(1, z)), b.let(e.div(1, s))];
  const [w, v] = [b.let(e.mul(rz, rz)), b.let(e.mul(rs, rs))];
  const apart = b.let(e.neg(e.mul(e.mul(e.mul(d, e.add(z, s)), w), v)));
  const inverse = b.let(e.neg(e.mul(e.mul(d, rz), rs)));
  const [value, slope] = divided(b, w, v, PSI_1);
  const tail = e.add(e.mul(e.mul(apart, slope), rs), e.mul(value, inverse));
  return e.add(e.add(inverse, e.mul(apart, 0.5)), tail);
}

/** ψ⁽ⁿ⁾(z + d) − ψ⁽ⁿ⁾(z), n = 0 or 1: up to 10 by the terms of Σ over z, z + 1, …, which are all of one sign. */
const stepPositive = (n: 0 | 1): Scalar =>
  scalarFunction(`polygamma_step_positive${n}`, 2, (b, [d, z]) => {
    const at = b.variable(z, "at");
    const sum = b.variable(e.f64(0), "sum");
    const end = b.let(e.add(z, d), "end");
    const low = b.let(e.min(z, end), "low");
    const steps = b.let(e.max(e.ceil(e.sub(FAR, low)), e.f64(0)), "steps");
    const k = b.variable(e.f64(0), "k");
    b.while(e.lt(k, steps), (loop) => {
      const t = loop.let(e.add(at, d));
      const term =
        n === 0
          ? e.div(e.div(d, at), t)
          : e.neg(e.mul(e.div(e.div(d, at), t), e.add(e.div(1, at), e.div(1, t))));
      loop.set(sum, e.add(sum, term));
      loop.set(at, e.add(at, 1));
      loop.set(k, e.add(k, 1));
    });
    const far = n === 0 ? farStep : farStep1;
    return e.add(far(b, d, at, b.let(e.add(at, d))), sum);
  });
const step0 = stepPositive(0);
const step1 = stepPositive(1);

export const polygammaStepScalar = (n: number): Scalar =>
  scalarFunction(`polygamma_step${n}`, 2, (b, [d, z]) => {
    const end = b.let(e.add(z, d));
    const order = e.f64(n);
    const plain =
      n === 0
        ? e.sub(digammaScalar(end), digammaScalar(z))
        : e.sub(polygammaScalar(order, end), polygammaScalar(order, z));
    if (n > 1) return plain;
    const positive = n === 0 ? step0 : step1;
    return choose(
      b,
      [e.and(e.and(e.gt(z, 0), e.gt(end, 0)), e.and(e.lt(z, Infinity), e.lt(end, Infinity))), positive(d, z)],
      [
        e.and(e.lt(e.max(z, end), 0.5), e.gt(e.min(z, end), -Infinity)),
        (t) => {
          // By ψ(x) = ψ(1 − x) − π·cot πx, and the difference of two cotangents by that of their angles.
          const [sz, se] = [t.let(sinPiSigned(z)), t.let(sinPiSigned(end))];
          const mirrored = t.let(positive(e.neg(d), e.sub(1, z)));
          const factor = t.let(e.div(Math.PI, e.mul(sz, se)));
          const other = n === 0 ? factor : e.mul(e.mul(factor, factor), sinPiSigned(t.let(e.add(z, end))));
          // Whole steps lead from pole to pole: what is infinite there is the same on both sides.
          const apart = e.select(isWhole(d), e.f64(0), e.mul(sinPiSigned(d), other));
          const step = e.add(mirrored, apart);
          return n === 0 ? step : e.neg(step);
        },
      ],
      plain,
    );
  });
/** ψ⁽ⁿ⁾(z + d) − ψ⁽ⁿ⁾(z), called with n, d, z. */
const polygammaStep = sequence("polygamma_step", polygammaStepScalar, [
  (g, _, [d, z], { n }) => lax.mul(g, polygamma(n + 1, lax.add(z, d))),
  (g, _, [d, z], { n }) => lax.mul(g, polygammaStep(n + 1, d, z)),
]);
/** ψ(z + d) − ψ(z). */
export const digammaStep = (d: ArrayLike, z: ArrayLike): NDArray => polygammaStep(0, d, z);

/** ψ(a + b) − ψ(a) + log x, x being given as itself or by its complement 1 − x. */
const digammaStepLogOf = (name: string, complement: boolean): Scalar =>
  scalarFunction(name, 3, (t, [b, a, given]) => {
    const rest = t.let(e.sub(1, given));
    const [x, y] = complement ? [rest, given] : [given, rest];
    return choose(
      t,
      [
        e.and(e.and(e.ge(a, FAR), e.ge(b, 0)), e.lt(e.add(a, b), Infinity)),
        (u) => {
          const s = u.let(e.add(a, b));
          // s·x − a, from the smaller of x and 1 − x.
          const d = e.select(e.lt(x, 0.5), e.sub(e.mul(s, x), a), e.sub(b, e.mul(s, y)));
          return e.add(e.log1p(u.let(e.div(d, a))), farRest(u, b, a, s));
        },
      ],
      e.add(polygammaStepScalar(0)(b, a), complement ? e.log1p(e.neg(y)) : e.log(x)),
    );
  });
type OfThree = (b: ArrayLike, a: ArrayLike, x: ArrayLike) => NDArray;
const digammaStepLogFunction = (name: string, complement: boolean): OfThree =>
  special(name, digammaStepLogOf(name, complement), [
    (g, _, [b, a]) => lax.mul(g, polygamma(1, lax.add(a, b))),
    (g, _, [b, a]) => lax.mul(g, polygammaStep(1, b, a)),
    (g, _, [, , x]) => (complement ? lax.div(g, lax.sub(x, 1)) : lax.div(g, x)),
  ]);
/** ψ(a + b) − ψ(a) + log x, without the cancellation where x is near a/(a + b); called with b, a, x. */
export const digammaStepLog: OfThree = digammaStepLogFunction("digamma_step_log", false);
/** ψ(a + b) − ψ(a) + log(1 − x), of an x whose complement is not rounded; called with b, a, x. */
export const digammaStepLog1m: OfThree = digammaStepLogFunction("digamma_step_log1m", true);

const logOverDigammaScalar = scalarFunction("log_over_digamma", 2, (b, [a, x]) =>
  choose(
    b,
    [
      e.and(e.ge(a, FAR), e.lt(a, Infinity)),
      (t) => {
        const r = t.let(e.div(1, a));
        const w = t.let(e.mul(r, r));
        const rest = e.add(e.mul(r, 0.5), e.mul(w, horner(w, DIGAMMA_FAR)));
        return e.add(e.log1p(t.let(e.div(e.sub(x, a), a))), rest);
      },
    ],
    e.sub(e.log(x), digammaScalar(a)),
  ),
);
/** log x − ψ(a), without the cancellation where x is near a; called with a, x. */
export const logOverDigamma: (a: ArrayLike, x: ArrayLike) => NDArray = special(
  "log_over_digamma",
  logOverDigammaScalar,
  [(g, _, [a]) => lax.neg(lax.mul(g, polygamma(1, a))), (g, _, [, x]) => lax.div(g, x)],
);

/** log |B(a, b)| = lgamma(a) + lgamma(b) − lgamma(a + b), without the cancellation for large operands. */
export const betaln: (a: ArrayLike, b: ArrayLike) => NDArray = special("betaln", betalnScalar, [
  (g, _, [a, b]) => lax.neg(lax.mul(g, digammaStep(b, a))),
  (g, _, [a, b]) => lax.neg(lax.mul(g, digammaStep(a, b))),
]);

/** log |Γ(z + d)/Γ(z)|. */
const logPochScalar = scalarFunction("log_poch", 2, (b, [d, z]) => {
  const end = b.let(e.add(z, d));
  return choose(
    b,
    [e.eq(d, 0), e.select(e.isNan(z), e.f64(NaN), e.f64(0))],
    // The sum of logarithms is exact for short whole steps.
    [
      e.and(e.and(e.gt(z, 0), e.gt(end, 0)), e.lt(e.max(z, end), Infinity)),
      (t) => {
        const size = t.let(e.abs(d));
        const low = t.let(e.min(z, end));
        const rise = t.let(
          choose(
            t,
            [e.lt(e.max(size, low), 2), e.sub(lgammaPositive(e.max(z, end)), lgammaPositive(low))],
            e.sub(lgammaPositive(size), betalnScalar(size, low)),
          ),
        );
        return e.select(e.lt(d, 0), e.neg(rise), rise);
      },
    ],
    e.sub(lgammaScalar(end), lgammaScalar(z)),
  );
});
/** log |Γ(z + d)/Γ(z)|, called with d, z; precise where d is small beside z. */
export const logPoch: (d: ArrayLike, z: ArrayLike) => NDArray = special("log_poch", logPochScalar, [
  (g, _, [d, z]) => lax.mul(g, digamma(lax.add(z, d))),
  (g, _, [d, z]) => lax.mul(g, digammaStep(d, z)),
]);

/** log of Γ(k + m + 1)/(Γ(k + 1)·Γ(m + 1)), for k, m > −1. */
const logChooseScalar = scalarFunction("log_choose", 2, (_, [k, m]) =>
  e.neg(e.add(betalnScalar(e.add(k, 1), e.add(m, 1)), e.log1p(e.add(k, m)))),
);
/** The logarithm of the number of ways to choose k of k + m, for k, m > −1. */
export const logChoose: (k: ArrayLike, m: ArrayLike) => NDArray = special("log_choose", logChooseScalar, [
  (g, _, [k, m]) => lax.mul(g, digammaStep(m, lax.add(k, 1))),
  (g, _, [k, m]) => lax.mul(g, digammaStep(k, lax.add(m, 1))),
]);

const ofPi = (turn: 0 | 1): ((x: NDArray) => NDArray) =>
  special(
    turn === 0 ? "sin_pi" : "cos_pi",
    (x) => sinPiSigned(turn === 0 ? x : e.sub(0.5, x)),
    (g, _, [x]) => lax.mul(g, lax.mul(turn === 0 ? Math.PI : -Math.PI, (turn === 0 ? cosPi : sinPi)(x))),
  );
const sinPi = ofPi(0);
const cosPi = ofPi(1);

const sineRatioScalar = scalarFunction("sine_ratio", 2, (b, [d, z]) =>
  choose(
    b,
    [isWhole(d), e.select(isOdd(b, d), e.f64(-1), e.f64(1))],
    e.div(sinPiSigned(z), sinPiSigned(b.let(e.add(z, d)))),
  ),
);
/** sin πz / sin π(z + d), called with d, z: ±1 for whole d, at the zeros too. */
const sineRatio: (d: NDArray, z: NDArray) => NDArray = special("sine_ratio", sineRatioScalar, [
  (g, ans, [d, z]) => {
    // The cotangent has the period 1: what is left of d does not round z away.
    const end = lax.add(z, lax.sub(d, lax.round(d)));
    return lax.mul(g, lax.mul(-Math.PI, lax.mul(ans, lax.div(cosPi(end), sinPi(end)))));
  },
  (g, _, [d, z]) => {
    const whole = lax.eq(lax.floor(d), d);
    const sine = sinPi(lax.select(whole, 0.5, lax.add(z, d)));
    const slope = lax.div(lax.mul(Math.PI, sinPi(d)), lax.square(sine));
    return lax.mul(g, lax.select(whole, 0, slope));
  },
]);

/**
 * Γ(z + d)/Γ(z), called with d, z. Where an operand of Γ is below ½ it is reflected, so that zeros and poles are those of
 * sines: exp of a logarithm has no derivatives there.
 */
export function poch(d: NDArray, z: NDArray): NDArray {
  const end = lax.add(z, d);
  const [lowStart, lowEnd] = [lax.lt(z, 0.5), lax.lt(end, 0.5)];
  const crosses = lax.ne(lowStart, lowEnd);
  const [up, down] = [lax.bitwiseAnd(crosses, lowStart), lax.bitwiseAnd(crosses, lowEnd)];
  const below = lax.bitwiseAnd(lowStart, lowEnd);
  const [start, stop] = [lax.select(lowStart, lax.sub(1, z), z), lax.select(lowEnd, lax.sub(1, end), end)];
  const step = logPoch(lax.select(crosses, 0, d), lax.select(lowEnd, stop, start));
  const product = lax.add(lgamma(lax.select(crosses, start, 1)), lgamma(lax.select(crosses, stop, 1)));
  const size = lax.exp(lax.select(crosses, lax.select(up, product, lax.neg(product)), step));
  const within = sineRatio(lax.select(below, d, 0), lax.select(below, z, 0.25));
  const rise = lax.div(sinPi(lax.select(up, z, 0.25)), Math.PI);
  const fall = lax.div(Math.PI, sinPi(lax.select(down, end, 0.25)));
  return lax.mul(size, lax.select(up, rise, lax.select(down, fall, lax.select(below, within, 1))));
}

const sineRiseScalar = scalarFunction("sine_rise", 2, (b, [d, z]) =>
  choose(
    b,
    [isWhole(d), e.select(isOdd(b, d), e.f64(-1), e.f64(1))],
    e.div(sinPiSigned(b.let(e.add(z, d))), sinPiSigned(z)),
  ),
);
/** sin π(z + d) / sin πz, called with d, z: ±1 for whole d, at the zeros too. */
const sineRise: (d: NDArray, z: NDArray) => NDArray = special("sine_rise", sineRiseScalar, [
  (g, _, [d, z]) => lax.mul(g, lax.mul(Math.PI, lax.div(cosPi(lax.add(z, d)), sinPi(z)))),
  (g, _, [d, z]) => {
    const whole = lax.eq(lax.floor(d), d);
    const sine = sinPi(lax.select(whole, 0.5, z));
    return lax.mul(g, lax.select(whole, 0, lax.div(lax.mul(-Math.PI, sinPi(d)), lax.square(sine))));
  },
]);

/** B(a, b), by the same reflections where an operand is negative. */
export function beta(a: NDArray, b: NDArray): NDArray {
  const ordered = lax.lt(a, b);
  const [lo, hi] = [lax.select(ordered, a, b), lax.select(ordered, b, a)];
  const sum = lax.add(lo, hi);
  const both = lax.lt(hi, 0);
  const one = lax.bitwiseAnd(lax.lt(lo, 0), lax.bitwiseNot(both));
  const near = lax.bitwiseAnd(one, lax.lt(sum, 0.5));
  const far = lax.bitwiseAnd(one, lax.bitwiseNot(near));
  const only = (which: NDArray, x: NDArray, otherwise: number): NDArray => lax.select(which, x, otherwise);
  const first = lax.select(both, lax.sub(1, lo), lax.select(near, hi, lax.select(far, lax.neg(lo), lo)));
  const second = lax.select(
    both,
    lax.sub(1, hi),
    lax.select(near, lax.sub(1, sum), lax.select(far, sum, hi)),
  );
  const log = betaln(first, second);
  const size = lax.exp(lax.select(lax.bitwiseOr(both, far), lax.neg(log), log));
  const ofBoth = lax.div(
    lax.mul(Math.PI, sineRise(only(both, hi, 0), only(both, lo, 0.25))),
    lax.mul(sinPi(only(both, hi, 0.5)), lax.sub(1, only(both, sum, 0))),
  );
  const ofNear = sineRise(only(near, hi, 0), only(near, lo, 0.25));
  const ofFar = lax.div(-Math.PI, sinPi(only(far, lo, 0.5)));
  const atZero = lax.select(lax.eq(lo, 0), gammasgn(lo), 1);
  const factor = lax.select(both, ofBoth, lax.select(near, ofNear, lax.select(far, ofFar, atZero)));
  return lax.mul(factor, lax.div(size, only(far, lo, 1)));
}
