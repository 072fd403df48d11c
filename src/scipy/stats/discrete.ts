/**
 * @file Distributions on the whole numbers: bernoulli, binom, geom, nbinom, betabinom, poisson. Formulas follow
 * jax/_src/scipy/stats; outside the support the probability is 0, its logarithm −∞. k may be an integer array; what is
 * differentiated are the parameters.
 */
import type { NDArray } from "../../core/array.ts";
import * as lax from "../../lax/index.ts";
import { betaln, gammaincc, gammaln, xlog1py, xlogy } from "../special/index.ts";
import { distribution, loc, notProbability, shape } from "./parameters.ts";

const { add, exp, floor, log, mul, neg, select, sub } = lax;
const or = lax.bitwiseOr;
const and = lax.bitwiseAnd;
/** Probability 0 where `outside`. */
const impossible = (outside: NDArray, value: NDArray): NDArray => select(outside, -Infinity, value);

/** Bernoulli distribution with probability `p` of 1. @see jax.scipy.stats.bernoulli */
export const bernoulli = {
  ...distribution("bernoulli", [shape("p"), loc], ["pmf"], {
    logpmf: (k, p, at) => {
      const x = sub(k, at);
      const value = add(xlogy(x, p), xlog1py(sub(1, x), neg(p)));
      return impossible(or(lax.lt(x, 0), lax.gt(x, 1)), value);
    },
  }),
  ...distribution("bernoulli", [shape("p")], [], {
    cdf: (k, p) => {
      const inside = select(lax.lt(k, 1), sub(1, p), 1);
      const invalid = or(lax.ne(k, k), notProbability(p));
      return select(invalid, NaN, select(lax.lt(k, 0), 0, inside));
    },
    ppf: (q, p) => {
      const invalid = or(notProbability(q), notProbability(p));
      return select(invalid, NaN, select(lax.le(q, sub(1, p)), 0, lax.fullLike(sub(q, p), 1)));
    },
  }),
};

/** Binomial distribution of `n` trials with probability `p`. @see jax.scipy.stats.binom */
export const binom = distribution("binom", [shape("n"), shape("p"), loc], ["pmf"], {
  logpmf: (k, n, p, at) => {
    const y = sub(k, at);
    const rest = sub(n, y);
    const choices = sub(gammaln(add(n, 1)), add(gammaln(add(y, 1)), gammaln(add(rest, 1))));
    const value = add(choices, add(xlogy(y, p), xlog1py(rest, neg(p))));
    return select(and(lax.ge(y, 0), lax.lt(y, add(n, 1))), value, -Infinity);
  },
});

/** Geometric distribution: trials up to the first success, of probability `p`. @see jax.scipy.stats.geom */
export const geom = distribution("geom", [shape("p"), loc], ["pmf"], {
  logpmf: (k, p, at) => {
    const x = sub(k, at);
    return impossible(lax.le(x, 0), add(xlog1py(sub(x, 1), neg(p)), log(p)));
  },
});

/**
 * Negative binomial distribution: failures before the `n`-th success, of probability `p`.
 * @see jax.scipy.stats.nbinom
 */
export const nbinom = distribution("nbinom", [shape("n"), shape("p"), loc], ["pmf"], {
  logpmf: (k, n, p, at) => {
    const y = sub(k, at);
    const choices = sub(sub(gammaln(add(y, n)), gammaln(n)), gammaln(add(y, 1)));
    const value = add(choices, add(xlogy(n, p), xlogy(y, sub(1, p))));
    return impossible(lax.lt(k, at), value);
  },
});

/**
 * Beta-binomial distribution: binomial of `n` trials whose probability is Beta(a, b).
 * @see jax.scipy.stats.betabinom
 */
export const betabinom = distribution("betabinom", [shape("n"), shape("a"), shape("b"), loc], ["pmf"], {
  logpmf: (k, n, a, b, at) => {
    const y = sub(k, floor(at));
    const rest = sub(n, y);
    const choices = neg(add(lax.log1p(n), betaln(add(rest, 1), add(y, 1))));
    const value = add(choices, sub(betaln(add(y, a), add(rest, b)), betaln(a, b)));
    const invalid = or(lax.lt(n, 0), or(lax.le(a, 0), lax.le(b, 0)));
    return select(invalid, NaN, impossible(or(lax.lt(y, 0), lax.gt(y, n)), value));
  },
});

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

/** Poisson distribution with mean `mu`; its entropy, `entropy(mu, loc?)`, is in nats. @see jax.scipy.stats.poisson */
export const poisson = {
  ...distribution("poisson", [shape("mu"), loc], ["pmf"], {
    logpmf: (k, mu, at) => {
      const x = sub(k, at);
      const value = sub(sub(xlogy(x, mu), gammaln(add(x, 1))), mu);
      return impossible(or(lax.lt(x, 0), lax.ne(lax.round(k), k)), value);
    },
    cdf: (k, mu, at) => {
      const x = sub(k, at);
      const below = lax.lt(x, 0);
      return select(below, 0, gammaincc(floor(add(1, select(below, 0, x))), mu));
    },
  }),
  ...distribution("poisson", [loc], [], { entropy: (mu, at) => add(poissonEntropy(mu), mul(at, 0)) }),
};
