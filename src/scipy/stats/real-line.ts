/**
 * @file Distributions on the real line with a location and a scale: norm, laplace, logistic, cauchy, gumbelR, gumbelL, and
 * those with a shape besides: t, gennorm. Functions are those of jax/_src/scipy/stats; formulas are theirs where these hold
 * in the tails too.
 */
import type { NDArray } from "../../core/array.ts";
import { customJvp } from "../../api/custom.ts";
import * as lax from "../../lax/index.ts";
import { add, div, exp, expm1, log, log1p, mul, neg, select, sub } from "../../lax/index.ts";
import { logCosh } from "../../lax/special/elementary.ts";
import { exprel } from "../../lax/special/power-transform.ts";
import { igammaGradA } from "../../lax/special/incomplete-gamma.ts";
import { logTDensity } from "../../lax/special/student-t.ts";
import { logNdtr, ndtr } from "../../lax/special/normal.ts";
import { logit, ndtri } from "../special/index.ts";
import {
  type F,
  byCases,
  distribution,
  locScale,
  log1pSquare,
  notProbability,
  orSafe,
  shape,
  standardise,
} from "./parameters.ts";

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
/** The logarithm of a density, from that of the standard distribution. */
const logDensity =
  (f: (z: NDArray) => NDArray): F =>
  (x, loc, scale) =>
    sub(f(standardise(x, loc, scale)), log(scale));
/** The quantile, from that of the standard distribution. */
const quantile =
  (f: (q: NDArray) => NDArray): F =>
  (q, loc, scale) =>
    add(mul(f(q), scale), loc);

const LOG_2PI = Math.log(2 * Math.PI);

/** Normal distribution; `isf` is the inverse of `sf`. @see jax.scipy.stats.norm */
export const norm = distribution("norm", locScale, ["pdf"], {
  logpdf: logDensity((z) => mul(-0.5, add(lax.square(z), LOG_2PI))),
  cdf: standard(ndtr),
  logcdf: standard(logNdtr),
  sf: mirrored(standard(ndtr)),
  logsf: mirrored(standard(logNdtr)),
  ppf: quantile(ndtri),
  isf: quantile((q) => neg(ndtri(q))),
});

/** Laplace (double exponential) distribution. @see jax.scipy.stats.laplace */
export const laplace = distribution("laplace", locScale, ["pdf"], {
  // The derivative of |z| is that of a side, of NaN too.
  logpdf: (...args) => byCases(args, logDensity((z) => neg(add(lax.abs(z), Math.LN2)))(...args)),
  cdf: standard((z) => {
    const half = mul(0.5, exp(neg(lax.abs(z))));
    return select(lax.gt(z, 0), sub(1, half), half);
  }),
});

/** Logistic distribution. @see jax.scipy.stats.logistic */
export const logistic = distribution("logistic", locScale, ["pdf"], {
  logpdf: logDensity((z) => mul(-2, add(logCosh(div(z, 2)), Math.LN2))),
  cdf: standard((z) => lax.logistic(z)),
  sf: standard((z) => lax.logistic(neg(z))),
  ppf: quantile(logit),
  isf: quantile((q) => neg(logit(q))),
});

/** ½ + atan(z)/π; beyond ±1 from the end that is near, by the reciprocal. */
const cauchyCdf = standard((z) => {
  const far = lax.gt(lax.abs(z), 1);
  const tail = mul(-1 / Math.PI, lax.atan(lax.reciprocal(select(far, z, 1))));
  const centre = mul(1 / Math.PI, lax.atan(select(far, 0, z)));
  return add(select(far, select(lax.gt(z, 0), 1, 0), 0.5), select(far, tail, centre));
});
/** −cot(πq): of the distance r to the nearer end, since tan loses all digits near its pole; NaN outside [0, 1]. */
function cauchyQuantile(q: NDArray): NDArray {
  const upper = lax.gt(q, 0.5);
  const r = select(upper, sub(1, q), q);
  const outer = lax.lt(r, 0.25);
  const far = lax.reciprocal(lax.tan(mul(Math.PI, select(outer, r, 0.25))));
  const near = lax.tan(mul(Math.PI, sub(0.5, select(outer, 0.25, r))));
  const size = select(outer, far, near);
  return byCases([q], select(upper, size, neg(size)), { invalid: notProbability(q) });
}

/** Cauchy distribution. @see jax.scipy.stats.cauchy */
export const cauchy = distribution("cauchy", locScale, ["pdf", "logcdf", "logsf"], {
  logpdf: logDensity((z) => neg(add(log1pSquare(z), Math.log(Math.PI)))),
  cdf: cauchyCdf,
  sf: mirrored(cauchyCdf),
  ppf: quantile(cauchyQuantile),
  isf: quantile((q) => neg(cauchyQuantile(q))),
});

/** NaN where the scale is not positive. */
const positiveScale =
  (f: F): F =>
  (x, loc, scale) =>
    byCases([x, loc, scale], f(x, loc, scale), { invalid: lax.le(scale, 0) });
/** NaN where the probability is not inside (0, 1). */
const insideUnit = (f: F): F => {
  return (p, loc, scale) => {
    const invalid = lax.bitwiseOr(lax.le(p, 0), lax.ge(p, 1));
    return byCases([p, loc, scale], f(orSafe(invalid, p, 0.5), loc, scale), { invalid });
  };
};

/**
 * log(1 − exp(−e^z)): for large negative z from z + log((1 − e^(−u))/u), u = e^z, where 1 − e^(−u) underflows, and else from
 * the complement, which does where it is near 1.
 */
function logOfRest(z: NDArray): NDArray {
  const low = lax.lt(z, 0);
  const [small, large] = [select(low, z, 0), select(low, 0, z)];
  const fromBelow = add(small, log(exprel(0, neg(exp(small)))));
  return select(low, fromBelow, log1p(neg(exp(neg(exp(large))))));
}

const gumbelRLogcdf = positiveScale(standard((z) => neg(exp(neg(z)))));

/** Gumbel distribution of maxima (right-skewed). @see jax.scipy.stats.gumbel_r */
export const gumbelR = distribution("gumbelR", locScale, ["pdf", "cdf"], {
  logpdf: positiveScale(logDensity((z) => neg(add(z, exp(neg(z)))))),
  logcdf: gumbelRLogcdf,
  sf: (...args) => neg(expm1(gumbelRLogcdf(...args))),
  logsf: positiveScale(standard((z) => logOfRest(neg(z)))),
  ppf: insideUnit(quantile((p) => neg(log(neg(log(p)))))),
});

const gumbelLLogsf = positiveScale(standard((z) => neg(exp(z))));

/** Gumbel distribution of minima (left-skewed). @see jax.scipy.stats.gumbel_l */
export const gumbelL = distribution("gumbelL", locScale, ["pdf", "sf"], {
  logpdf: positiveScale(logDensity((z) => sub(z, exp(z)))),
  cdf: (...args) => neg(expm1(gumbelLLogsf(...args))),
  logcdf: positiveScale(standard(logOfRest)),
  logsf: gumbelLLogsf,
  ppf: insideUnit(quantile((p) => log(neg(log1p(neg(p)))))),
});

/** Student's t distribution with `df` degrees of freedom. @see jax.scipy.stats.t */
export const t = distribution("t", [shape("df"), ...locScale], ["pdf"], {
  logpdf: (x, df, loc, scale) => sub(logTDensity(df, standardise(x, loc, scale)), log(scale)),
});

const gennormLogpdf: F = (x, beta) =>
  sub(sub(log(mul(0.5, beta)), lax.lgamma(lax.reciprocal(beta))), lax.pow(lax.abs(x), beta));
/** The distribution function, from the smaller of the incomplete gamma functions; its slope is the density. */
const gennormCdf = customJvp((x: NDArray, beta: NDArray): NDArray => {
  const a = lax.reciprocal(beta);
  const y = lax.pow(lax.abs(x), beta);
  const below = mul(0.5, lax.igammac(a, y));
  return select(lax.gt(x, 0), mul(0.5, add(1, lax.igamma(a, y))), below);
}).defJvps(
  (g: NDArray, _: NDArray, x: NDArray, beta: NDArray) => mul(g, exp(gennormLogpdf(x, beta))),
  (g: NDArray, _: NDArray, x: NDArray, beta: NDArray) => {
    const a = lax.reciprocal(beta);
    const y = lax.pow(lax.abs(x), beta);
    // y = |x|^β moves too: β·dy/dβ·density(a, y)/β is x·log|x|·pdf(x)/β.
    const ofA = mul(mul(-0.5, lax.sign(x)), mul(igammaGradA(a, y), lax.square(a)));
    const size = lax.abs(x);
    const log0 = log(select(lax.eq(size, 0), 1, size));
    const ofY = div(mul(mul(x, log0), exp(gennormLogpdf(x, beta))), beta);
    return mul(g, add(ofA, ofY));
  },
);

/** Generalized normal distribution with exponent `beta`. @see jax.scipy.stats.gennorm */
export const gennorm = distribution("gennorm", [shape("beta")], ["pdf"], {
  logpdf: gennormLogpdf,
  cdf: (x, beta) => gennormCdf(x, beta),
});
