/**
 * @file Distributions on a half-line or an interval: uniform, expon, beta, gamma, chi2, pareto, and on the circle: vonmises,
 * wrapcauchy. Formulas follow jax/_src/scipy/stats; outside the support the density is 0, its logarithm −∞.
 */
import type { NDArray } from "../../core/array.ts";
import * as lax from "../../lax/index.ts";
import { betainc, betaln, gammainc, gammaincc, xlog1py, xlogy } from "../special/index.ts";
import {
  type LocScale,
  type Shape,
  exponential,
  locScale,
  logarithm,
  member,
  notProbability,
  standardise,
} from "./parameters.ts";

type F = (...args: readonly NDArray[]) => NDArray;
const { add, div, exp, expm1, log, log1p, mul, neg, select, sub } = lax;
const or = lax.bitwiseOr;

const uniformLogpdf: F = (x, loc, scale) =>
  select(or(lax.gt(x, add(loc, scale)), lax.lt(x, loc)), -Infinity, neg(log(scale)));

/** Uniform distribution on [loc, loc + scale]. */
export const uniform = {
  logpdf: member("uniform.logpdf", locScale, uniformLogpdf),
  pdf: member("uniform.pdf", locScale, exponential(uniformLogpdf)),
  cdf: member("uniform.cdf", locScale, (x, loc, scale) => {
    const above = select(lax.ge(x, add(loc, scale)), 1, standardise(x, loc, scale));
    return select(lax.le(x, loc), 0, above);
  }),
  ppf: member("uniform.ppf", locScale, (q, loc, scale) =>
    select(notProbability(q), NaN, add(mul(q, scale), loc)),
  ),
} as const;

const exponLogpdf: F = (x, loc, scale) =>
  select(lax.lt(x, loc), -Infinity, neg(add(standardise(x, loc, scale), log(scale))));
const exponLogsf: F = (x, loc, scale) => select(lax.lt(x, loc), 0, div(sub(loc, x), scale));
const exponCdf: F = (x, loc, scale) => select(lax.lt(x, loc), 0, neg(expm1(div(sub(loc, x), scale))));

/** Exponential distribution. */
export const expon = {
  logpdf: member("expon.logpdf", locScale, exponLogpdf),
  pdf: member("expon.pdf", locScale, exponential(exponLogpdf)),
  cdf: member("expon.cdf", locScale, exponCdf),
  logcdf: member("expon.logcdf", locScale, (x, loc, scale) => log1p(neg(exp(exponLogsf(x, loc, scale))))),
  sf: member("expon.sf", locScale, exponential(exponLogsf)),
  logsf: member("expon.logsf", locScale, exponLogsf),
  ppf: member("expon.ppf", locScale, (q, loc, scale) =>
    select(notProbability(q), NaN, sub(loc, mul(scale, log1p(neg(q))))),
  ),
} as const;

type Beta = Shape<"a" | "b"> & LocScale;
const betaParameters = { a: null, b: null, ...locScale } as const;
/** (x − loc)/scale, limited to [0, 1]. */
const inUnit = (x: NDArray, loc: NDArray, scale: NDArray): NDArray =>
  lax.clamp(0, standardise(x, loc, scale), 1);
const betaLogpdf: F = (x, a, b, loc, scale) => {
  const y = standardise(x, loc, scale);
  const linear = add(xlogy(sub(a, 1), y), xlog1py(sub(b, 1), neg(y)));
  const value = sub(sub(linear, betaln(a, b)), log(scale));
  const outside = or(lax.gt(x, add(loc, scale)), lax.lt(x, loc));
  const invalid = or(or(lax.le(a, 0), lax.le(b, 0)), lax.le(scale, 0));
  return select(invalid, NaN, select(outside, -Infinity, value));
};
const betaCdf: F = (x, a, b, loc, scale) => betainc(a, b, inUnit(x, loc, scale));
const betaSf: F = (x, a, b, loc, scale) => betainc(b, a, sub(1, inUnit(x, loc, scale)));

/** Beta distribution. Its distribution function is differentiable with respect to x, loc and scale only. */
export const beta = {
  logpdf: member<Beta>("beta.logpdf", betaParameters, betaLogpdf),
  pdf: member<Beta>("beta.pdf", betaParameters, exponential(betaLogpdf)),
  cdf: member<Beta>("beta.cdf", betaParameters, betaCdf),
  logcdf: member<Beta>("beta.logcdf", betaParameters, logarithm(betaCdf)),
  sf: member<Beta>("beta.sf", betaParameters, betaSf),
  logsf: member<Beta>("beta.logsf", betaParameters, logarithm(betaSf)),
} as const;

type Gamma = Shape<"a"> & LocScale;
const gammaParameters = { a: null, ...locScale } as const;
/** (x − loc)/scale, not below 0. */
const aboveZero = (x: NDArray, loc: NDArray, scale: NDArray): NDArray =>
  lax.clamp(0, standardise(x, loc, scale), Infinity);
const gammaLogpdf: F = (x, a, loc, scale) => {
  const inside = lax.ge(x, loc);
  const y = select(inside, standardise(x, loc, scale), 1);
  const value = sub(sub(xlogy(sub(a, 1), y), y), add(lax.lgamma(a), log(scale)));
  return select(inside, value, -Infinity);
};
const gammaCdf: F = (x, a, loc, scale) => gammainc(a, aboveZero(x, loc, scale));
const gammaSf: F = (x, a, loc, scale) => gammaincc(a, aboveZero(x, loc, scale));

/** Gamma distribution with shape `a`. */
export const gamma = {
  logpdf: member<Gamma>("gamma.logpdf", gammaParameters, gammaLogpdf),
  pdf: member<Gamma>("gamma.pdf", gammaParameters, exponential(gammaLogpdf)),
  cdf: member<Gamma>("gamma.cdf", gammaParameters, gammaCdf),
  logcdf: member<Gamma>("gamma.logcdf", gammaParameters, logarithm(gammaCdf)),
  sf: member<Gamma>("gamma.sf", gammaParameters, gammaSf),
  logsf: member<Gamma>("gamma.logsf", gammaParameters, logarithm(gammaSf)),
} as const;

type Chi2 = Shape<"df"> & LocScale;
const chi2Parameters = { df: null, ...locScale } as const;
const chi2Logpdf: F = (x, df, loc, scale) => {
  const half = div(df, 2);
  const y = standardise(x, loc, scale);
  const kernel = sub(mul(sub(half, 1), log(y)), div(y, 2));
  const constant = neg(add(lax.lgamma(half), mul(Math.LN2, half)));
  return select(lax.lt(x, loc), -Infinity, add(sub(constant, log(scale)), kernel));
};
const asGamma =
  (f: F): F =>
  (x, df, loc, scale) =>
    f(x, div(df, 2), loc, mul(scale, 2));

/** Chi-squared distribution with `df` degrees of freedom. */
export const chi2 = {
  logpdf: member<Chi2>("chi2.logpdf", chi2Parameters, chi2Logpdf),
  pdf: member<Chi2>("chi2.pdf", chi2Parameters, exponential(chi2Logpdf)),
  cdf: member<Chi2>("chi2.cdf", chi2Parameters, asGamma(gammaCdf)),
  logcdf: member<Chi2>("chi2.logcdf", chi2Parameters, logarithm(asGamma(gammaCdf))),
  sf: member<Chi2>("chi2.sf", chi2Parameters, asGamma(gammaSf)),
  logsf: member<Chi2>("chi2.logsf", chi2Parameters, logarithm(asGamma(gammaSf))),
} as const;

type Pareto = Shape<"b"> & LocScale;
const paretoParameters = { b: null, ...locScale } as const;
/** `inside` of the scaled x where it is at least 1 (elsewhere of `safe`), and `outside` there. */
const paretoCases =
  (outside: number, inside: (z: NDArray, b: NDArray, scale: NDArray) => NDArray, safe = 1): F =>
  (x, b, loc, scale) => {
    const z = standardise(x, loc, scale);
    const below = lax.lt(z, 1);
    return select(below, outside, inside(select(below, safe, z), b, scale));
  };
const paretoLogpdf = paretoCases(-Infinity, (z, b, scale) =>
  neg(add(log(div(scale, b)), mul(add(b, 1), log(z)))),
);
const paretoLogsf = paretoCases(0, (z, b) => neg(mul(b, log(z))));

/** Pareto distribution with exponent `b`. */
export const pareto = {
  logpdf: member<Pareto>("pareto.logpdf", paretoParameters, paretoLogpdf),
  pdf: member<Pareto>("pareto.pdf", paretoParameters, exponential(paretoLogpdf)),
  cdf: member<Pareto>(
    "pareto.cdf",
    paretoParameters,
    paretoCases(0, (z, b) => sub(1, lax.pow(z, neg(b)))),
  ),
  logcdf: member<Pareto>(
    "pareto.logcdf",
    paretoParameters,
    paretoCases(-Infinity, (z, b) => log1p(neg(lax.pow(z, neg(b)))), 2),
  ),
  sf: member<Pareto>("pareto.sf", paretoParameters, exponential(paretoLogsf)),
  logsf: member<Pareto>("pareto.logsf", paretoParameters, paretoLogsf),
  ppf: member<Pareto>("pareto.ppf", paretoParameters, (q, b, loc, scale) => {
    const invalid = notProbability(q);
    const rest = sub(1, select(invalid, 0, q));
    return select(invalid, NaN, add(loc, mul(scale, lax.pow(rest, neg(lax.reciprocal(b))))));
  }),
} as const;

const vonmisesLogpdf: F = (x, kappa) => {
  const constant = neg(add(Math.log(2 * Math.PI), log(lax.besselI0e(kappa))));
  return add(constant, mul(kappa, sub(lax.cos(x), 1)));
};

/** Von Mises distribution on the circle, with concentration `kappa`. */
export const vonmises = {
  logpdf: member<Shape<"kappa">>("vonmises.logpdf", { kappa: null }, vonmisesLogpdf),
  pdf: member<Shape<"kappa">>("vonmises.pdf", { kappa: null }, exponential(vonmisesLogpdf)),
} as const;

const wrapcauchyLogpdf: F = (x, c) => {
  const spread = sub(add(1, mul(c, c)), mul(mul(2, c), lax.cos(x)));
  const value = sub(sub(log(sub(1, mul(c, c))), Math.log(2 * Math.PI)), log(spread));
  const onCircle = lax.bitwiseAnd(lax.ge(x, 0), lax.le(x, 2 * Math.PI));
  const valid = lax.bitwiseAnd(lax.gt(c, 0), lax.lt(c, 1));
  return select(valid, select(onCircle, value, -Infinity), NaN);
};

/** Wrapped Cauchy distribution on [0, 2π], 0 < c < 1. */
export const wrapcauchy = {
  logpdf: member<Shape<"c">>("wrapcauchy.logpdf", { c: null }, wrapcauchyLogpdf),
  pdf: member<Shape<"c">>("wrapcauchy.pdf", { c: null }, exponential(wrapcauchyLogpdf)),
} as const;
