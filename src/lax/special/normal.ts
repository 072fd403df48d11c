/**
 * @file The normal distribution: ndtr, logNdtr, masses of intervals, and what their derivatives are made of, without a rounded intermediate in an
 * exponent and without differences of large numbers in the tails.
 */
import { scalarFunction } from "../../loops/ir/build.ts";
import * as e from "../../loops/ir/expressions.ts";
import * as lax from "../elementwise/index.ts";
import type { ArrayLike, NDArray } from "../../core/array.ts";
import { erfcScalar, erfcxScalar } from "./error-function.ts";
import { GAUSS_NODES, GAUSS_WEIGHTS } from "./integral-coefficients.ts";
import type { Expr } from "../../loops/ir/ir.ts";
import { choose, expMinusSquare, gaussian, iterate, special } from "./scalar.ts";
import type { Unary } from "../families/functions.ts";

const ROOT_2_OVER_PI = Math.sqrt(2 / Math.PI);
const ONE_OVER_ROOT_2PI = 1 / Math.sqrt(2 * Math.PI);

/** Q(a) = ½·erfc(a/√2) for a ≥ 0; where it is small the rounding of a/√2 must not enter the exponent. */
export const normalTail = scalarFunction("normal_tail", 1, (b, [a]) => {
  const w = b.let(e.mul(a, Math.SQRT1_2));
  return choose(b, [e.lt(a, 1.5), e.mul(erfcScalar(w), 0.5)], [e.gt(a, 39), 0], (t) =>
    e.mul(e.mul(expMinusSquare(t, a, 0.5), erfcxScalar(w)), 0.5),
  );
});
const ndtrScalar = scalarFunction("ndtr", 1, (b, [x]) =>
  choose(b, [e.lt(x, 0), normalTail(e.neg(x))], e.sub(1, normalTail(x))),
);
/** Distribution function of the standard normal. */
export const ndtr: Unary = special("ndtr", ndtrScalar, (g, _, [x]) =>
  lax.mul(g, lax.mul(ONE_OVER_ROOT_2PI, gaussian(x, 0.5))),
);

/** How far the continued fraction below is taken, and from where on it converges by then. */
const DEPTH = 80;
const FRACTION_FROM = 1.75;
/**
 * m(t) = φ(t)/Q(t) − t, by which the hazard exceeds its asymptote: beyond by 1/(t + 2/(t + 3/(t + …))), before by the
 * definition, where it cancels little or (t < 0) not at all.
 */
const excessScalar = scalarFunction("normal_excess", 1, (b, [t]) =>
  choose(
    b,
    [e.lt(t, FRACTION_FROM), e.sub(e.div(ROOT_2_OVER_PI, erfcxScalar(e.mul(t, Math.SQRT1_2))), t)],
    (u) => {
      const last = e.sqrt(e.add(e.mul(t, t), 4 * (DEPTH + 1)));
      const m = u.variable(e.div(2 * (DEPTH + 1), e.add(t, last)), "m");
      iterate(u, DEPTH, (loop, n) => loop.set(m, e.div(e.sub(DEPTH + 1, n), e.add(t, m))));
      return m;
    },
  ),
);
/** With h = t + m: h' = h·(h − t) = (t + m)·m, and so m' = (t + m)·m − 1. */
const normalExcess: Unary = special("normal_excess", excessScalar, (g, ans, [t]) =>
  lax.mul(g, lax.sub(lax.mul(lax.add(t, ans), ans), 1)),
);

const logNdtrScalar = scalarFunction("log_ndtr", 1, (b, [x]) =>
  choose(
    b,
    [e.gt(x, 0), e.log1p(e.neg(normalTail(x)))],
    [e.gt(x, -1), e.log(e.mul(erfcScalar(e.mul(x, -Math.SQRT1_2)), 0.5))],
    e.sub(e.log(e.mul(erfcxScalar(e.mul(x, -Math.SQRT1_2)), 0.5)), e.mul(e.mul(x, x), 0.5)),
  ),
);
/** log of `ndtr`, precise in both tails. */
export const logNdtr: Unary = special("log_ndtr", logNdtrScalar, (g, _, [x]) => {
  // φ(x)/Φ(x): by its excess over −x below 0, as the quotient above.
  const below = lax.lt(x, 0);
  const [low, high] = [lax.select(below, x, 0), lax.select(below, 0, x)];
  const quotient = lax.div(lax.mul(ONE_OVER_ROOT_2PI, gaussian(high, 0.5)), ndtr(high));
  return lax.mul(g, lax.select(below, lax.sub(normalExcess(lax.neg(low)), low), quotient));
});

const HALF_LOG_2PI = 0.5 * Math.log(2 * Math.PI);
/** log ∫φ from a to b > a, by Gauss's rule about the middle: for intervals in which φ changes little. */
const logMassNarrow = scalarFunction("normal_log_mass_narrow", 2, (b, [lo, hi]) => {
  const middle = b.let(e.mul(e.add(lo, hi), 0.5));
  const half = b.let(e.mul(e.sub(hi, lo), 0.5));
  const sum = GAUSS_NODES.flatMap((node, k): Expr[] =>
    [-node, node].map((s) => {
      const t = b.let(e.mul(half, s));
      return e.mul(e.exp(e.mul(e.neg(t), e.add(middle, e.mul(t, 0.5)))), GAUSS_WEIGHTS[k]);
    }),
  ).reduce((x, y) => e.add(x, y));
  const density = e.sub(e.mul(e.mul(middle, middle), -0.5), HALF_LOG_2PI);
  return e.add(e.add(density, e.log(half)), e.log(sum));
});
/** log(Φ(hi) − Φ(lo)), lo < hi ≤ 0. */
const logMassTail = scalarFunction("normal_log_mass_tail", 2, (b, [lo, hi]) => {
  const top = b.let(logNdtrScalar(hi));
  return e.add(top, e.log(e.neg(e.expm1(e.sub(logNdtrScalar(lo), top)))));
});
const logMassScalar = scalarFunction("normal_log_mass", 2, (b, [lo, hi]) => {
  const width = b.let(e.sub(hi, lo));
  const steep = e.max(e.abs(e.add(lo, hi)), e.f64(2));
  return choose(
    b,
    [e.or(e.isNan(width), e.lt(width, 0)), NaN],
    [e.le(width, 0), -Infinity],
    [e.lt(e.mul(width, steep), 4), logMassNarrow(lo, hi)],
    [e.ge(lo, 0), logMassTail(e.neg(hi), e.neg(lo))],
    [e.le(hi, 0), logMassTail(lo, hi)],
    e.log1p(e.neg(e.add(normalTail(e.neg(lo)), normalTail(hi)))),
  );
});
const massSlopeScalar = scalarFunction("normal_mass_slope", 2, (b, [lo, hi]) => {
  const density = e.sub(e.mul(e.mul(hi, hi), -0.5), HALF_LOG_2PI);
  return b.let(e.select(e.eq(e.abs(hi), Infinity), e.f64(0), e.exp(e.sub(density, logMassScalar(lo, hi)))));
});
type Mass = (a: ArrayLike, b: ArrayLike) => NDArray;
/** φ(b)/(Φ(b) − Φ(a)); that of a is the same of the mirrored interval. */
const massSlope: Mass = special("normal_mass_slope", massSlopeScalar, [
  (g, ans, [a, b]) => lax.mul(g, lax.mul(ans, massSlope(lax.neg(b), lax.neg(a)))),
  (g, ans, [, b]) => {
    // At an infinite end the slope is 0, and stays it.
    const end = lax.eq(ans, 0);
    return lax.neg(lax.mul(g, lax.mul(ans, lax.add(lax.select(end, 0, b), ans))));
  },
]);
/** log(Φ(b) − Φ(a)), a ≤ b: the mass of the standard normal distribution in an interval, in the tails too. */
export const logNormalMass: Mass = special("normal_log_mass", logMassScalar, [
  (g, _, [a, b]) => lax.neg(lax.mul(g, massSlope(lax.neg(b), lax.neg(a)))),
  (g, _, [a, b]) => lax.mul(g, massSlope(a, b)),
]);
