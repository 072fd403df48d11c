/**
 * @file Distributions on the real line with a location and a scale: norm, laplace, logistic, cauchy, gumbelR, gumbelL, and
 * those with a shape besides: t, gennorm. Formulas follow jax/_src/scipy/stats.
 */
import type { NDArray } from "../../core/array.ts";
import * as lax from "../../lax/index.ts";
import { logaddexp } from "../../numpy/ufuncs/plain.ts";
import { gammainc, logNdtr, logit, ndtr, ndtri } from "../special/index.ts";
import { type F, distribution, locScale, shape, standardise } from "./parameters.ts";

const { add, div, exp, expm1, log, log1p, mul, neg, select, sub } = lax;

/** f of the distribution reflected at 0. */
const mirrored =
  (f: F): F =>
  (x, loc, scale) =>
    f(neg(x), neg(loc), scale);
/** f of the standard distribution. */
const standard =
  (f: (z: NDArray) => NDArray): F =>
  (x, loc, scale) =>
    f(standardise(x, loc, scale));
const normCdf = standard(ndtr);
const normLogcdf = standard((z) => logNdtr(z));
const normPpf: F = (q, loc, scale) => add(mul(ndtri(q), scale), loc);

/** Normal distribution; `isf` is the inverse of `sf`. @see jax.scipy.stats.norm */
export const norm = distribution("norm", locScale, ["pdf"], {
  logpdf: (x, loc, scale) => {
    const variance = lax.square(scale);
    const distance = div(lax.square(sub(x, loc)), variance);
    return div(neg(add(log(mul(2 * Math.PI, variance)), distance)), 2);
  },
  cdf: normCdf,
  logcdf: normLogcdf,
  sf: mirrored(normCdf),
  logsf: mirrored(normLogcdf),
  ppf: normPpf,
  isf: (q, loc, scale) => normPpf(sub(1, q), loc, scale),
});

/** Laplace (double exponential) distribution. @see jax.scipy.stats.laplace */
export const laplace = distribution("laplace", locScale, ["pdf"], {
  logpdf: (x, loc, scale) => neg(add(div(lax.abs(sub(x, loc)), scale), log(mul(2, scale)))),
  cdf: standard((z) => select(lax.le(z, 0), mul(0.5, exp(z)), sub(1, mul(0.5, exp(neg(z)))))),
});

/** Logistic distribution. @see jax.scipy.stats.logistic */
export const logistic = distribution("logistic", locScale, ["pdf"], {
  logpdf: (x, loc, scale) => {
    const half = div(standardise(x, loc, scale), 2);
    return sub(mul(-2, logaddexp(half, neg(half))), log(scale));
  },
  cdf: standard((z) => lax.logistic(z)),
  sf: standard((z) => lax.logistic(neg(z))),
  ppf: (q, loc, scale) => add(mul(logit(q), scale), loc),
  isf: (q, loc, scale) => add(neg(mul(logit(q), scale)), loc),
});

// atan2(1, −z)/π is the same as ½ + atan(z)/π without the cancellation in the lower tail.
const cauchyCdf = standard((z) => mul(1 / Math.PI, lax.atan2(lax.fullLike(z, 1), neg(z))));
const cauchyPpf: F = (q, loc, scale) => add(mul(lax.tan(mul(Math.PI, sub(q, 0.5))), scale), loc);

/** Cauchy distribution. @see jax.scipy.stats.cauchy */
export const cauchy = distribution("cauchy", locScale, ["pdf", "logcdf", "logsf"], {
  logpdf: (x, loc, scale) =>
    neg(add(log(mul(Math.PI, scale)), log1p(lax.square(standardise(x, loc, scale))))),
  cdf: cauchyCdf,
  sf: mirrored(cauchyCdf),
  ppf: cauchyPpf,
  isf: (q, loc, scale) => neg(cauchyPpf(q, neg(loc), scale)),
});

/** NaN where the scale is not positive. */
const positiveScale =
  (f: F): F =>
  (x, loc, scale) =>
    select(lax.gt(scale, 0), f(x, loc, scale), NaN);
/** NaN where the probability is not inside (0, 1). */
const insideUnit =
  (f: F): F =>
  (p, loc, scale) =>
    select(lax.bitwiseAnd(lax.gt(p, 0), lax.lt(p, 1)), f(p, loc, scale), NaN);

const gumbelRLogcdf = positiveScale(standard((z) => neg(exp(neg(z)))));

/** Gumbel distribution of maxima (right-skewed). @see jax.scipy.stats.gumbel_r */
export const gumbelR = distribution("gumbelR", locScale, ["pdf", "cdf", "logsf"], {
  logpdf: positiveScale((x, loc, scale) => {
    const z = standardise(x, loc, scale);
    return sub(neg(log(scale)), add(z, exp(neg(z))));
  }),
  logcdf: gumbelRLogcdf,
  sf: (...args) => neg(expm1(gumbelRLogcdf(...args))),
  ppf: insideUnit((p, loc, scale) => sub(loc, mul(scale, log(neg(log(p)))))),
});

const gumbelLLogsf = positiveScale(standard((z) => neg(exp(z))));

/** Gumbel distribution of minima (left-skewed). @see jax.scipy.stats.gumbel_l */
export const gumbelL = distribution("gumbelL", locScale, ["pdf", "logcdf", "sf"], {
  logpdf: positiveScale((x, loc, scale) => {
    const z = standardise(x, loc, scale);
    return add(neg(log(scale)), sub(z, exp(z)));
  }),
  cdf: (...args) => neg(expm1(gumbelLLogsf(...args))),
  logsf: gumbelLLogsf,
  ppf: insideUnit((p, loc, scale) => add(loc, mul(scale, log(neg(log1p(neg(p))))))),
});

/** Student's t distribution with `df` degrees of freedom. @see jax.scipy.stats.t */
export const t = distribution("t", [shape("df"), ...locScale], ["pdf"], {
  logpdf: (x, df, loc, scale) => {
    const z = standardise(x, loc, scale);
    const half = div(add(df, 1), 2);
    const root = div(log(mul(mul(mul(scale, scale), Math.PI), df)), 2);
    const normaliser = sub(add(lax.lgamma(div(df, 2)), root), lax.lgamma(half));
    return neg(add(normaliser, mul(half, log1p(div(mul(z, z), df)))));
  },
});

/** Generalized normal distribution with exponent `beta`. @see jax.scipy.stats.gennorm */
export const gennorm = distribution("gennorm", [shape("beta")], ["pdf"], {
  logpdf: (x, beta) =>
    sub(sub(log(mul(0.5, beta)), lax.lgamma(lax.reciprocal(beta))), lax.pow(lax.abs(x), beta)),
  cdf: (x, beta) =>
    mul(0.5, add(1, mul(lax.sign(x), gammainc(lax.reciprocal(beta), lax.pow(lax.abs(x), beta))))),
});
