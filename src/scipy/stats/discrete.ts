/**
 * @file Distributions on the whole numbers: bernoulli, binom, geom, nbinom, betabinom, poisson. Formulas follow
 * jax/_src/scipy/stats; outside the support the probability is 0, its logarithm −∞. k may be an integer array; what is
 * differentiated are the parameters.
 */
import type { NDArray } from "../../core/array.ts";
import * as lax from "../../lax/index.ts";
import { betaln, gammaincc, gammaln, xlog1py, xlogy } from "../special/index.ts";
import { type Loc, type Shape, exponential, member, notProbability } from "./parameters.ts";

type F = (...args: readonly NDArray[]) => NDArray;
const { add, exp, floor, log, mul, neg, select, sub } = lax;
const or = lax.bitwiseOr;
const and = lax.bitwiseAnd;
/** Probability 0 where `outside`. */
const impossible = (outside: NDArray, value: NDArray): NDArray => select(outside, -Infinity, value);

type Bernoulli = Shape<"p"> & Loc;
const bernoulliLogpmf: F = (k, p, loc) => {
  const x = sub(k, loc);
  const value = add(xlogy(x, p), xlog1py(sub(1, x), neg(p)));
  return impossible(or(lax.lt(x, 0), lax.gt(x, 1)), value);
};

/** Bernoulli distribution with probability `p` of 1. */
export const bernoulli = {
  logpmf: member<Bernoulli>("bernoulli.logpmf", { p: null, loc: 0 }, bernoulliLogpmf),
  pmf: member<Bernoulli>("bernoulli.pmf", { p: null, loc: 0 }, exponential(bernoulliLogpmf)),
  cdf: member<Shape<"p">>("bernoulli.cdf", { p: null }, (k, p) => {
    const inside = select(lax.lt(k, 1), sub(1, p), 1);
    const invalid = or(lax.ne(k, k), notProbability(p));
    return select(invalid, NaN, select(lax.lt(k, 0), 0, inside));
  }),
  ppf: member<Shape<"p">>("bernoulli.ppf", { p: null }, (q, p) => {
    const invalid = or(notProbability(q), notProbability(p));
    return select(invalid, NaN, select(lax.le(q, sub(1, p)), 0, lax.fullLike(sub(q, p), 1)));
  }),
} as const;

type Binom = Shape<"n" | "p"> & Loc;
const binomLogpmf: F = (k, n, p, loc) => {
  const y = sub(k, loc);
  const rest = sub(n, y);
  const choices = sub(gammaln(add(n, 1)), add(gammaln(add(y, 1)), gammaln(add(rest, 1))));
  const value = add(choices, add(xlogy(y, p), xlog1py(rest, neg(p))));
  return select(and(lax.ge(y, 0), lax.lt(y, add(n, 1))), value, -Infinity);
};

/** Binomial distribution of `n` trials with probability `p`. */
export const binom = {
  logpmf: member<Binom>("binom.logpmf", { n: null, p: null, loc: 0 }, binomLogpmf),
  pmf: member<Binom>("binom.pmf", { n: null, p: null, loc: 0 }, exponential(binomLogpmf)),
} as const;

type Geom = Shape<"p"> & Loc;
const geomLogpmf: F = (k, p, loc) => {
  const x = sub(k, loc);
  return impossible(lax.le(x, 0), add(xlog1py(sub(x, 1), neg(p)), log(p)));
};

/** Geometric distribution: trials up to the first success, of probability `p`. */
export const geom = {
  logpmf: member<Geom>("geom.logpmf", { p: null, loc: 0 }, geomLogpmf),
  pmf: member<Geom>("geom.pmf", { p: null, loc: 0 }, exponential(geomLogpmf)),
} as const;

type Nbinom = Shape<"n" | "p"> & Loc;
const nbinomLogpmf: F = (k, n, p, loc) => {
  const y = sub(k, loc);
  const choices = sub(sub(gammaln(add(y, n)), gammaln(n)), gammaln(add(y, 1)));
  const value = add(choices, add(xlogy(n, p), xlogy(y, sub(1, p))));
  return impossible(lax.lt(k, loc), value);
};

/** Negative binomial distribution: failures before the `n`-th success, of probability `p`. */
export const nbinom = {
  logpmf: member<Nbinom>("nbinom.logpmf", { n: null, p: null, loc: 0 }, nbinomLogpmf),
  pmf: member<Nbinom>("nbinom.pmf", { n: null, p: null, loc: 0 }, exponential(nbinomLogpmf)),
} as const;

type Betabinom = Shape<"n" | "a" | "b"> & Loc;
const betabinomParameters = { n: null, a: null, b: null, loc: 0 } as const;
const betabinomLogpmf: F = (k, n, a, b, loc) => {
  const y = sub(k, floor(loc));
  const rest = sub(n, y);
  const choices = neg(add(lax.log1p(n), betaln(add(rest, 1), add(y, 1))));
  const value = add(choices, sub(betaln(add(y, a), add(rest, b)), betaln(a, b)));
  const invalid = or(lax.lt(n, 0), or(lax.le(a, 0), lax.le(b, 0)));
  return select(invalid, NaN, impossible(or(lax.lt(y, 0), lax.gt(y, n)), value));
};

/** Beta-binomial distribution: binomial of `n` trials whose probability is Beta(a, b). */
export const betabinom = {
  logpmf: member<Betabinom>("betabinom.logpmf", betabinomParameters, betabinomLogpmf),
  pmf: member<Betabinom>("betabinom.pmf", betabinomParameters, exponential(betabinomLogpmf)),
} as const;

type Poisson = Shape<"mu"> & Loc;
const poissonLogpmf: F = (k, mu, loc) => {
  const x = sub(k, loc);
  const value = sub(sub(xlogy(x, mu), gammaln(add(x, 1))), mu);
  return impossible(or(lax.lt(x, 0), lax.ne(lax.round(k), k)), value);
};

/** From here on the asymptotic series of the entropy is exact to 10⁻¹². */
const LARGE_MEAN = 500;

/** Entropy of Poisson(mu): −Σ p·log p over the k that matter, or ½·log(2πe·mu) − 1/(12mu) − … . */
function poissonEntropy(mu: NDArray): NDArray {
  const small = lax.lt(mu, LARGE_MEAN);
  const shape = [...mu.shape, 800];
  const k = lax.broadcastedIota(mu.dtype, shape, mu.ndim);
  const axes = mu.shape.map((_, i) => i);
  const means = lax.broadcastInDim(select(small, mu, 1), shape, axes);
  const logs = sub(sub(xlogy(k, means), gammaln(add(k, 1))), means);
  const possible = lax.gt(logs, -Infinity);
  const series = neg(lax.reduceSum(mul(exp(logs), select(possible, logs, 0)), [mu.ndim]));
  const m = select(small, LARGE_MEAN, mu);
  const r = lax.reciprocal(m);
  const tail = mul(r, add(1 / 12, mul(r, add(1 / 24, mul(19 / 360, r)))));
  const large = sub(mul(0.5, log(mul(2 * Math.PI * Math.E, m))), tail);
  return select(lax.lt(mu, 0), NaN, select(small, series, large));
}

/** Poisson distribution with mean `mu`. */
export const poisson = {
  logpmf: member<Poisson>("poisson.logpmf", { mu: null, loc: 0 }, poissonLogpmf),
  pmf: member<Poisson>("poisson.pmf", { mu: null, loc: 0 }, exponential(poissonLogpmf)),
  cdf: member<Poisson>("poisson.cdf", { mu: null, loc: 0 }, (k, mu, loc) => {
    const x = sub(k, loc);
    const below = lax.lt(x, 0);
    return select(below, 0, gammaincc(floor(add(1, select(below, 0, x))), mu));
  }),
  /** In nats; `entropy(mu, loc?)`. */
  entropy: member<Loc>("poisson.entropy", { loc: 0 }, (mu, loc) => lax.add(poissonEntropy(mu), mul(loc, 0))),
} as const;
