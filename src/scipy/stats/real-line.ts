/**
 * @file Distributions on the real line with a location and a scale: norm, laplace, logistic, cauchy, gumbelR, gumbelL, and
 * those with a shape besides: t, gennorm. Formulas follow jax/_src/scipy/stats.
 */
import type { NDArray } from "../../core/array.ts";
import * as lax from "../../lax/index.ts";
import { logaddexp } from "../../numpy/ufuncs/plain.ts";
import { gammainc, logNdtr, logit, ndtr, ndtri } from "../special/index.ts";
import {
  type Shape,
  type LocScale,
  exponential,
  locScale,
  logarithm,
  member,
  standardise,
} from "./parameters.ts";

type F = (...args: readonly NDArray[]) => NDArray;
const { add, div, exp, expm1, log, log1p, mul, neg, select, sub } = lax;

const normLogpdf: F = (x, loc, scale) => {
  const variance = lax.square(scale);
  const distance = div(lax.square(sub(x, loc)), variance);
  return div(neg(add(log(mul(2 * Math.PI, variance)), distance)), 2);
};
const mirrored =
  (f: F): F =>
  (x, loc, scale) =>
    f(neg(x), neg(loc), scale);
const normCdf: F = (x, loc, scale) => ndtr(standardise(x, loc, scale));
const normLogcdf: F = (x, loc, scale) => logNdtr(standardise(x, loc, scale));
const normPpf: F = (q, loc, scale) => add(mul(ndtri(q), scale), loc);

/** Normal distribution. */
export const norm = {
  logpdf: member("norm.logpdf", locScale, normLogpdf),
  pdf: member("norm.pdf", locScale, exponential(normLogpdf)),
  cdf: member("norm.cdf", locScale, normCdf),
  logcdf: member("norm.logcdf", locScale, normLogcdf),
  sf: member("norm.sf", locScale, mirrored(normCdf)),
  logsf: member("norm.logsf", locScale, mirrored(normLogcdf)),
  ppf: member("norm.ppf", locScale, normPpf),
  /** Inverse of sf. */
  isf: member("norm.isf", locScale, (q, loc, scale) => normPpf(sub(1, q), loc, scale)),
} as const;

const laplaceLogpdf: F = (x, loc, scale) => neg(add(div(lax.abs(sub(x, loc)), scale), log(mul(2, scale))));

/** Laplace (double exponential) distribution. */
export const laplace = {
  logpdf: member("laplace.logpdf", locScale, laplaceLogpdf),
  pdf: member("laplace.pdf", locScale, exponential(laplaceLogpdf)),
  cdf: member("laplace.cdf", locScale, (x, loc, scale) => {
    const z = standardise(x, loc, scale);
    return select(lax.le(z, 0), mul(0.5, exp(z)), sub(1, mul(0.5, exp(neg(z)))));
  }),
} as const;

const logisticLogpdf: F = (x, loc, scale) => {
  const half = div(standardise(x, loc, scale), 2);
  return sub(mul(-2, logaddexp(half, neg(half))), log(scale));
};

/** Logistic distribution. */
export const logistic = {
  logpdf: member("logistic.logpdf", locScale, logisticLogpdf),
  pdf: member("logistic.pdf", locScale, exponential(logisticLogpdf)),
  cdf: member("logistic.cdf", locScale, (x, loc, scale) => lax.logistic(standardise(x, loc, scale))),
  sf: member("logistic.sf", locScale, (x, loc, scale) => lax.logistic(neg(standardise(x, loc, scale)))),
  ppf: member("logistic.ppf", locScale, (q, loc, scale) => add(mul(logit(q), scale), loc)),
  isf: member("logistic.isf", locScale, (q, loc, scale) => add(neg(mul(logit(q), scale)), loc)),
} as const;

const cauchyLogpdf: F = (x, loc, scale) =>
  neg(add(log(mul(Math.PI, scale)), log1p(lax.square(standardise(x, loc, scale)))));
const cauchyCdf: F = (x, loc, scale) => {
  // atan2(1, −z)/π is the same without the cancellation of ½ + atan(z)/π in the lower tail.
  const z = standardise(x, loc, scale);
  return mul(1 / Math.PI, lax.atan2(lax.fullLike(z, 1), neg(z)));
};
const cauchyPpf: F = (q, loc, scale) => add(mul(lax.tan(mul(Math.PI, sub(q, 0.5))), scale), loc);

/** Cauchy distribution. */
export const cauchy = {
  logpdf: member("cauchy.logpdf", locScale, cauchyLogpdf),
  pdf: member("cauchy.pdf", locScale, exponential(cauchyLogpdf)),
  cdf: member("cauchy.cdf", locScale, cauchyCdf),
  logcdf: member("cauchy.logcdf", locScale, logarithm(cauchyCdf)),
  sf: member("cauchy.sf", locScale, mirrored(cauchyCdf)),
  logsf: member("cauchy.logsf", locScale, logarithm(mirrored(cauchyCdf))),
  ppf: member("cauchy.ppf", locScale, cauchyPpf),
  isf: member("cauchy.isf", locScale, (q, loc, scale) => neg(cauchyPpf(q, neg(loc), scale))),
} as const;

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

const gumbelRLogpdf = positiveScale((x, loc, scale) => {
  const z = standardise(x, loc, scale);
  return sub(neg(log(scale)), add(z, exp(neg(z))));
});
const gumbelRLogcdf = positiveScale((x, loc, scale) => neg(exp(neg(standardise(x, loc, scale)))));
const gumbelRSf: F = (x, loc, scale) => neg(expm1(gumbelRLogcdf(x, loc, scale)));

/** Gumbel distribution of maxima (right-skewed). */
export const gumbelR = {
  logpdf: member("gumbelR.logpdf", locScale, gumbelRLogpdf),
  pdf: member("gumbelR.pdf", locScale, exponential(gumbelRLogpdf)),
  logcdf: member("gumbelR.logcdf", locScale, gumbelRLogcdf),
  cdf: member("gumbelR.cdf", locScale, exponential(gumbelRLogcdf)),
  sf: member("gumbelR.sf", locScale, gumbelRSf),
  logsf: member("gumbelR.logsf", locScale, logarithm(gumbelRSf)),
  ppf: member(
    "gumbelR.ppf",
    locScale,
    insideUnit((p, loc, scale) => sub(loc, mul(scale, log(neg(log(p)))))),
  ),
} as const;

const gumbelLLogpdf = positiveScale((x, loc, scale) => {
  const z = standardise(x, loc, scale);
  return add(neg(log(scale)), sub(z, exp(z)));
});
const gumbelLLogsf = positiveScale((x, loc, scale) => neg(exp(standardise(x, loc, scale))));
const gumbelLCdf: F = (x, loc, scale) => neg(expm1(gumbelLLogsf(x, loc, scale)));

/** Gumbel distribution of minima (left-skewed). */
export const gumbelL = {
  logpdf: member("gumbelL.logpdf", locScale, gumbelLLogpdf),
  pdf: member("gumbelL.pdf", locScale, exponential(gumbelLLogpdf)),
  cdf: member("gumbelL.cdf", locScale, gumbelLCdf),
  logcdf: member("gumbelL.logcdf", locScale, logarithm(gumbelLCdf)),
  sf: member("gumbelL.sf", locScale, exponential(gumbelLLogsf)),
  logsf: member("gumbelL.logsf", locScale, gumbelLLogsf),
  ppf: member(
    "gumbelL.ppf",
    locScale,
    insideUnit((p, loc, scale) => add(loc, mul(scale, log(neg(log1p(neg(p))))))),
  ),
} as const;

const tParameters = { df: null, ...locScale } as const;
const tLogpdf: F = (x, df, loc, scale) => {
  const z = standardise(x, loc, scale);
  const half = div(add(df, 1), 2);
  const root = div(log(mul(mul(mul(scale, scale), Math.PI), df)), 2);
  const normaliser = sub(add(lax.lgamma(div(df, 2)), root), lax.lgamma(half));
  return neg(add(normaliser, mul(half, log1p(div(mul(z, z), df)))));
};

/** Student's t distribution with `df` degrees of freedom. */
export const t = {
  logpdf: member<Shape<"df"> & LocScale>("t.logpdf", tParameters, tLogpdf),
  pdf: member<Shape<"df"> & LocScale>("t.pdf", tParameters, exponential(tLogpdf)),
} as const;

const gennormLogpdf: F = (x, beta) =>
  sub(sub(log(mul(0.5, beta)), lax.lgamma(lax.reciprocal(beta))), lax.pow(lax.abs(x), beta));

/** Generalized normal distribution with exponent `beta`. */
export const gennorm = {
  logpdf: member<Shape<"beta">>("gennorm.logpdf", { beta: null }, gennormLogpdf),
  pdf: member<Shape<"beta">>("gennorm.pdf", { beta: null }, exponential(gennormLogpdf)),
  cdf: member<Shape<"beta">>("gennorm.cdf", { beta: null }, (x, beta) =>
    mul(0.5, add(1, mul(lax.sign(x), gammainc(lax.reciprocal(beta), lax.pow(lax.abs(x), beta))))),
  ),
} as const;
