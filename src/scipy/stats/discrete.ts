/**
 * @file Distributions on the whole numbers: bernoulli, binom, geom, nbinom, betabinom, poisson. Outside the support the
 * probability is 0, its logarithm −∞; a NaN anywhere makes NaN. k may be an integer array; what is differentiated are the
 * parameters. Functions are those of jax/_src/scipy/stats, formulas are not: they are densities of the gamma and beta
 * distributions, whose precision does not fade with large parameters.
 */
import type { NDArray } from "../../core/array.ts";
import * as lax from "../../lax/index.ts";
import { add, div, exp, floor, log, mul, neg, select, sub } from "../../lax/index.ts";
import { betaln, logChoose, logPoch } from "../../lax/special/gamma-steps.ts";
import {
  betaDensity,
  gammaDensity,
  logBetaDensity,
  logGammaDensity,
} from "../../lax/special/log-densities.ts";
import { gammaincc, xlog1py, xlogy } from "../special/index.ts";
import { type F, byCases, distribution, loc, notProbability, orSafe, shape } from "./parameters.ts";

const or = lax.bitwiseOr;

/** `inside` of k − loc (of `safe` where that is impossible), 0 or −∞ elsewhere. */
const onCounts =
  (
    off: 0 | -1,
    impossible: (x: NDArray, parameters: readonly NDArray[]) => NDArray,
    safe: number,
    inside: (x: NDArray, ...parameters: readonly NDArray[]) => NDArray,
    invalid?: (parameters: readonly NDArray[]) => NDArray,
  ): F =>
  (...args) => {
    const [k, ...rest] = args;
    const parameters = rest.slice(0, -1);
    const x = sub(k, rest[rest.length - 1]);
    const outside = impossible(x, parameters);
    return byCases(args, inside(orSafe(outside, x, safe), ...parameters), {
      outside,
      off: off === 0 ? 0 : -Infinity,
      invalid: invalid?.(parameters),
    });
  };
const PROBABILITY = 0;
const LOGARITHM = -1;

const bernoulliLog = (x: NDArray, p: NDArray): NDArray => add(xlogy(x, p), xlog1py(sub(1, x), neg(p)));
const notBit = (x: NDArray): NDArray => or(lax.lt(x, 0), lax.gt(x, 1));

/** Bernoulli distribution with probability `p` of 1. @see jax.scipy.stats.bernoulli */
export const bernoulli = {
  ...distribution("bernoulli", [shape("p"), loc], [], {
    logpmf: onCounts(LOGARITHM, notBit, 0, bernoulliLog),
    pmf: onCounts(PROBABILITY, notBit, 0, (x, p) => {
      // The logarithm has no slope where the probability vanishes.
      const [no, yes] = [lax.eq(x, 0), lax.eq(x, 1)];
      const whole = or(no, yes);
      const between = exp(bernoulliLog(x, select(whole, 0.5, p)));
      return select(yes, p, select(no, sub(1, p), between));
    }),
  }),
  ...distribution("bernoulli", [shape("p")], [], {
    cdf: (k, p) =>
      byCases([k, p], select(lax.lt(k, 1), sub(1, p), 1), {
        outside: lax.lt(k, 0),
        off: 0,
        invalid: notProbability(p),
      }),
    ppf: (q, p) => {
      const invalid = or(notProbability(q), notProbability(p));
      return byCases([q, p], select(lax.le(q, sub(1, p)), 0, lax.fullLike(sub(q, p), 1)), { invalid });
    },
  }),
};

const notUpTo = (x: NDArray, [n]: readonly NDArray[]): NDArray => or(lax.lt(x, 0), lax.gt(x, n));
/** With n < 0 no k is possible, and the formula is not defined. */
const trials = (n: NDArray): NDArray => select(lax.lt(n, 0), 0, n);

/** Binomial distribution of `n` trials with probability `p`. @see jax.scipy.stats.binom */
export const binom = distribution("binom", [shape("n"), shape("p"), loc], [], {
  logpmf: onCounts(LOGARITHM, notUpTo, 0, (y, given, p) => {
    const n = trials(given);
    return sub(logBetaDensity(add(y, 1), add(sub(n, y), 1), p), lax.log1p(n));
  }),
  pmf: onCounts(PROBABILITY, notUpTo, 0, (y, given, p) => {
    const n = trials(given);
    return div(betaDensity(add(y, 1), add(sub(n, y), 1), p), add(n, 1));
  }),
});

const notPositive = (x: NDArray): NDArray => lax.le(x, 0);
const geomLog = (x: NDArray, p: NDArray): NDArray => add(xlog1py(sub(x, 1), neg(p)), log(p));

/** Geometric distribution: trials up to the first success, of probability `p`. @see jax.scipy.stats.geom */
export const geom = distribution("geom", [shape("p"), loc], [], {
  logpmf: onCounts(LOGARITHM, notPositive, 1, geomLog),
  pmf: onCounts(PROBABILITY, notPositive, 1, (x, p) => {
    // 1 − p is exact for large p, and the logarithm has no slope at p = 1.
    const large = lax.gt(p, 0.5);
    const first = lax.eq(x, 1);
    const base = sub(1, select(or(first, lax.bitwiseNot(large)), 0.5, p));
    const power = select(first, 1, lax.pow(base, sub(x, 1)));
    const small = exp(xlog1py(sub(x, 1), neg(select(large, 0.5, p))));
    return mul(p, select(large, power, small));
  }),
});

const negative = (x: NDArray): NDArray => lax.lt(x, 0);

/**
 * Negative binomial distribution: failures before the `n`-th success, of probability `p`.
 * @see jax.scipy.stats.nbinom
 */
export const nbinom = distribution("nbinom", [shape("n"), shape("p"), loc], [], {
  logpmf: onCounts(LOGARITHM, negative, 0, (y, n, p) =>
    add(logBetaDensity(n, add(y, 1), p), sub(log(p), log(add(n, y)))),
  ),
  pmf: onCounts(PROBABILITY, negative, 0, (y, n, p) => mul(betaDensity(n, add(y, 1), p), div(p, add(n, y)))),
});

/**
 * Beta-binomial distribution: binomial of `n` trials whose probability is Beta(a, b).
 * @see jax.scipy.stats.betabinom
 */
export const betabinom = distribution("betabinom", [shape("n"), shape("a"), shape("b"), loc], ["pmf"], {
  logpmf: (k, n, a, b, at) =>
    onCounts(
      LOGARITHM,
      notUpTo,
      0,
      (y, given, p, q) => {
        const total = trials(given);
        const rest = sub(total, y);
        // Two ways to pair the gamma functions: by steps from a and b, or from the counts, whichever are larger.
        const both = add(p, q);
        const step = (d: NDArray, z: NDArray): NDArray => logPoch(sub(d, 1), add(z, 1));
        const fromShapes = sub(add(logPoch(y, p), logPoch(rest, q)), logPoch(total, both));
        const fromCounts = sub(add(step(p, y), step(q, rest)), step(both, total));
        return select(
          lax.lt(both, total),
          sub(fromCounts, betaln(p, q)),
          add(logChoose(y, rest), fromShapes),
        );
      },
      ([given, p, q]) => or(lax.lt(given, 0), or(lax.le(p, 0), lax.le(q, 0))),
    )(k, n, a, b, floor(at)),
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
  const logs = logGammaDensity(add(k, 1), means);
  const possible = lax.gt(logs, -Infinity);
  const series = neg(lax.reduceSum(mul(exp(logs), select(possible, logs, 0)), [mu.ndim]));
  const m = select(small, LARGE_MEAN, mu);
  const r = lax.reciprocal(m);
  const tail = mul(r, add(1 / 12, mul(r, add(1 / 24, mul(r, add(19 / 360, mul(9 / 80, r)))))));
  const large = sub(mul(0.5, log(mul(2 * Math.PI * Math.E, m))), tail);
  return select(small, series, large);
}

const notCount = (x: NDArray): NDArray => or(lax.lt(x, 0), lax.ne(lax.round(x), x));

/** Poisson distribution with mean `mu`; its entropy, `entropy(mu, loc?)`, is in nats. @see jax.scipy.stats.poisson */
export const poisson = {
  ...distribution("poisson", [shape("mu"), loc], [], {
    logpmf: onCounts(LOGARITHM, notCount, 0, (x, mu) => logGammaDensity(add(x, 1), mu)),
    pmf: onCounts(PROBABILITY, notCount, 0, (x, mu) => gammaDensity(add(x, 1), mu)),
    cdf: onCounts(PROBABILITY, negative, 0, (x, mu) => gammaincc(floor(add(1, x)), mu)),
  }),
  ...distribution("poisson", [loc], [], {
    entropy: (mu, at) => {
      const invalid = lax.lt(mu, 0);
      return byCases([mu, at], add(poissonEntropy(orSafe(invalid, mu, 1)), mul(at, 0)), { invalid });
    },
  }),
};
