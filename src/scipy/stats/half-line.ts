/**
 * @file Distributions on a half-line or an interval: uniform, expon, beta, gamma, chi2, pareto, and on the circle: vonmises,
 * wrapcauchy. Formulas follow jax/_src/scipy/stats; outside the support the density is 0, its logarithm −∞.
 */
import type { NDArray } from "../../core/array.ts";
import * as lax from "../../lax/index.ts";
import { betainc, betaln, gammainc, gammaincc, xlog1py, xlogy } from "../special/index.ts";
import { type F, distribution, locScale, notProbability, shape, standardise } from "./parameters.ts";

const { add, div, exp, expm1, log, log1p, mul, neg, select, sub } = lax;
const or = lax.bitwiseOr;

/** Uniform distribution on [loc, loc + scale]. @see jax.scipy.stats.uniform */
export const uniform = distribution("uniform", locScale, ["pdf"], {
  logpdf: (x, loc, scale) =>
    select(or(lax.gt(x, add(loc, scale)), lax.lt(x, loc)), -Infinity, neg(log(scale))),
  cdf: (x, loc, scale) => {
    const above = select(lax.ge(x, add(loc, scale)), 1, standardise(x, loc, scale));
    return select(lax.le(x, loc), 0, above);
  },
  ppf: (q, loc, scale) => select(notProbability(q), NaN, add(mul(q, scale), loc)),
});

const exponLogsf: F = (x, loc, scale) => select(lax.lt(x, loc), 0, div(sub(loc, x), scale));

/** Exponential distribution. @see jax.scipy.stats.expon */
export const expon = distribution("expon", locScale, ["pdf", "sf"], {
  logpdf: (x, loc, scale) =>
    select(lax.lt(x, loc), -Infinity, neg(add(standardise(x, loc, scale), log(scale)))),
  cdf: (x, loc, scale) => select(lax.lt(x, loc), 0, neg(expm1(div(sub(loc, x), scale)))),
  logcdf: (...args) => log1p(neg(exp(exponLogsf(...args)))),
  logsf: exponLogsf,
  ppf: (q, loc, scale) => select(notProbability(q), NaN, sub(loc, mul(scale, log1p(neg(q))))),
});

/** (x − loc)/scale, limited to [0, 1]. */
const inUnit = (x: NDArray, loc: NDArray, scale: NDArray): NDArray =>
  lax.clamp(0, standardise(x, loc, scale), 1);

/**
 * Beta distribution. Its distribution function is differentiable with respect to x, loc and scale only.
 * @see jax.scipy.stats.beta
 */
export const beta = distribution("beta", [shape("a"), shape("b"), ...locScale], ["pdf", "logcdf", "logsf"], {
  logpdf: (x, a, b, loc, scale) => {
    const y = standardise(x, loc, scale);
    const linear = add(xlogy(sub(a, 1), y), xlog1py(sub(b, 1), neg(y)));
    const value = sub(sub(linear, betaln(a, b)), log(scale));
    const outside = or(lax.gt(x, add(loc, scale)), lax.lt(x, loc));
    const invalid = or(or(lax.le(a, 0), lax.le(b, 0)), lax.le(scale, 0));
    return select(invalid, NaN, select(outside, -Infinity, value));
  },
  cdf: (x, a, b, loc, scale) => betainc(a, b, inUnit(x, loc, scale)),
  sf: (x, a, b, loc, scale) => betainc(b, a, sub(1, inUnit(x, loc, scale))),
});

/** (x − loc)/scale, not below 0. */
const aboveZero = (x: NDArray, loc: NDArray, scale: NDArray): NDArray =>
  lax.clamp(0, standardise(x, loc, scale), Infinity);
const gammaCdf: F = (x, a, loc, scale) => gammainc(a, aboveZero(x, loc, scale));
const gammaSf: F = (x, a, loc, scale) => gammaincc(a, aboveZero(x, loc, scale));

/** Gamma distribution with shape `a`. @see jax.scipy.stats.gamma */
export const gamma = distribution("gamma", [shape("a"), ...locScale], ["pdf", "logcdf", "logsf"], {
  logpdf: (x, a, loc, scale) => {
    const inside = lax.ge(x, loc);
    const y = select(inside, standardise(x, loc, scale), 1);
    const value = sub(sub(xlogy(sub(a, 1), y), y), add(lax.lgamma(a), log(scale)));
    return select(inside, value, -Infinity);
  },
  cdf: gammaCdf,
  sf: gammaSf,
});

const asGamma =
  (f: F): F =>
  (x, df, loc, scale) =>
    f(x, div(df, 2), loc, mul(scale, 2));

/** Chi-squared distribution with `df` degrees of freedom. @see jax.scipy.stats.chi2 */
export const chi2 = distribution("chi2", [shape("df"), ...locScale], ["pdf", "logcdf", "logsf"], {
  logpdf: (x, df, loc, scale) => {
    const half = div(df, 2);
    const y = standardise(x, loc, scale);
    const kernel = sub(mul(sub(half, 1), log(y)), div(y, 2));
    const constant = neg(add(lax.lgamma(half), mul(Math.LN2, half)));
    return select(lax.lt(x, loc), -Infinity, add(sub(constant, log(scale)), kernel));
  },
  cdf: asGamma(gammaCdf),
  sf: asGamma(gammaSf),
});

/** `inside` of the scaled x where it is at least 1 (elsewhere of `safe`), and `outside` there. */
const paretoCases =
  (outside: number, inside: (z: NDArray, b: NDArray, scale: NDArray) => NDArray, safe = 1): F =>
  (x, b, loc, scale) => {
    const z = standardise(x, loc, scale);
    const below = lax.lt(z, 1);
    return select(below, outside, inside(select(below, safe, z), b, scale));
  };

/** Pareto distribution with exponent `b`. @see jax.scipy.stats.pareto */
export const pareto = distribution("pareto", [shape("b"), ...locScale], ["pdf", "sf"], {
  logpdf: paretoCases(-Infinity, (z, b, scale) => neg(add(log(div(scale, b)), mul(add(b, 1), log(z))))),
  cdf: paretoCases(0, (z, b) => sub(1, lax.pow(z, neg(b)))),
  logcdf: paretoCases(-Infinity, (z, b) => log1p(neg(lax.pow(z, neg(b)))), 2),
  logsf: paretoCases(0, (z, b) => neg(mul(b, log(z)))),
  ppf: (q, b, loc, scale) => {
    const invalid = notProbability(q);
    const rest = sub(1, select(invalid, 0, q));
    return select(invalid, NaN, add(loc, mul(scale, lax.pow(rest, neg(lax.reciprocal(b))))));
  },
});

/** Von Mises distribution on the circle, with concentration `kappa`. @see jax.scipy.stats.vonmises */
export const vonmises = distribution("vonmises", [shape("kappa")], ["pdf"], {
  logpdf: (x, kappa) => {
    const constant = neg(add(Math.log(2 * Math.PI), log(lax.besselI0e(kappa))));
    return add(constant, mul(kappa, sub(lax.cos(x), 1)));
  },
});

/** Wrapped Cauchy distribution on [0, 2π], 0 < c < 1. @see jax.scipy.stats.wrapcauchy */
export const wrapcauchy = distribution("wrapcauchy", [shape("c")], ["pdf"], {
  logpdf: (x, c) => {
    const spread = sub(add(1, mul(c, c)), mul(mul(2, c), lax.cos(x)));
    const value = sub(sub(log(sub(1, mul(c, c))), Math.log(2 * Math.PI)), log(spread));
    const onCircle = lax.bitwiseAnd(lax.ge(x, 0), lax.le(x, 2 * Math.PI));
    const valid = lax.bitwiseAnd(lax.gt(c, 0), lax.lt(c, 1));
    return select(valid, select(onCircle, value, -Infinity), NaN);
  },
});
