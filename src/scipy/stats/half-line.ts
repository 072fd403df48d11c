/**
 * @file Distributions on a half-line or an interval: uniform, expon, beta, gamma, chi2, pareto, and on the circle: vonmises,
 * wrapcauchy. Outside the support the density is 0, its logarithm −∞; its ends belong to it, and derivatives there are those
 * from inside. A NaN anywhere makes NaN, in derivatives too.
 */
import type { NDArray } from "../../core/array.ts";
import * as lax from "../../lax/index.ts";
import { add, div, exp, expm1, log, log1p, mul, neg, select, sub } from "../../lax/index.ts";
import { betaincc, logBetainc, logBetaincc } from "../../lax/special/incomplete-beta.ts";
import { logIgamma, logIgammac } from "../../lax/special/incomplete-gamma.ts";
import {
  betaDensity,
  gammaDensity,
  logBetaDensity,
  logGammaDensity,
} from "../../lax/special/log-densities.ts";
import { log1mexp } from "../../nn/normalisation.ts";
import { type F, byCases, distribution, locScale, notProbability, orSafe, shape } from "./parameters.ts";

const or = lax.bitwiseOr;

/** A function of z, and besides of what it is made of: `offset` is x − loc. */
type Inside = (z: NDArray, shapes: readonly NDArray[], scale: NDArray, offset: NDArray) => NDArray;
interface Support {
  /** The ends of the support of (x − loc)/scale, and a number inside it. */
  readonly low: number;
  readonly high: number;
  readonly safe: number;
  /** Shapes that are impossible. */
  readonly invalid?: (shapes: readonly NDArray[]) => NDArray;
}

/**
 * `inside` of z = (x − loc)/scale on the support. Beyond it the constants `below` and `above`. Which side x is on is decided
 * by x itself where that is 0, since z may be rounded.
 */
const supported =
  (support: Support, below: number, above: number, inside: Inside): F =>
  (...args) => {
    const { low, high, safe } = support;
    const [x, scale, loc] = [args[0], args[args.length - 1], args[args.length - 2]];
    const shapes = args.slice(1, -2);
    const offset = sub(x, loc);
    const z = div(offset, scale);
    const under = low === 0 ? lax.lt(x, loc) : lax.lt(z, low);
    const over = lax.gt(z, high);
    const outside = high === Infinity ? under : or(under, over);
    const wrong = lax.le(scale, 0);
    const value = inside(orSafe(outside, z, safe), shapes, scale, orSafe(outside, offset, safe));
    return byCases(args, high === Infinity ? value : select(over, above, value), {
      outside: under,
      off: below,
      invalid: support.invalid === undefined ? wrong : or(wrong, support.invalid(shapes)),
    });
  };

const unit: Support = { low: 0, high: 1, safe: 0.5 };
const halfLine: Support = { low: 0, high: Infinity, safe: 1 };
/** Functions of densities: 0 outside, or −∞ as logarithms. */
const density = (support: Support, inside: Inside): F => supported(support, 0, 0, inside);
const logDensity = (support: Support, inside: Inside): F => supported(support, -Infinity, -Infinity, inside);
/** Distribution functions and their complements, and the logarithms of these. */
const cdf = (support: Support, inside: Inside): F => supported(support, 0, 1, inside);
const sf = (support: Support, inside: Inside): F => supported(support, 1, 0, inside);
const logCdf = (support: Support, inside: Inside): F => supported(support, -Infinity, 0, inside);
const logSf = (support: Support, inside: Inside): F => supported(support, 0, -Infinity, inside);

/** loc + scale·`standard` of a probability. */
const quantile =
  (standard: (q: NDArray, shapes: readonly NDArray[]) => NDArray): F =>
  (...args) => {
    const [q, scale, loc] = [args[0], args[args.length - 1], args[args.length - 2]];
    const invalid = notProbability(q);
    const value = standard(orSafe(invalid, q, 0.5), args.slice(1, -2));
    return byCases(args, add(loc, mul(scale, value)), { invalid });
  };

/** Uniform distribution on [loc, loc + scale]. @see jax.scipy.stats.uniform */
export const uniform = distribution("uniform", locScale, [], {
  logpdf: logDensity(unit, (z, _, scale) => add(mul(z, 0), neg(log(scale)))),
  pdf: density(unit, (z, _, scale) => add(mul(z, 0), lax.reciprocal(scale))),
  cdf: cdf(unit, (z) => z),
  ppf: quantile((q) => q),
});

/** Exponential distribution. @see jax.scipy.stats.expon */
export const expon = distribution("expon", locScale, [], {
  logpdf: logDensity(halfLine, (z, _, scale) => neg(add(z, log(scale)))),
  pdf: density(halfLine, (z, _, scale) => div(exp(neg(z)), scale)),
  cdf: cdf(halfLine, (z) => neg(expm1(neg(z)))),
  logcdf: logCdf(halfLine, (z) => log1mexp(z)),
  sf: sf(halfLine, (z) => exp(neg(z))),
  logsf: logSf(halfLine, (z) => neg(z)),
  ppf: quantile((q) => neg(log1p(neg(q)))),
});

const betaSupport: Support = { ...unit, invalid: ([a, b]) => or(lax.le(a, 0), lax.le(b, 0)) };

/**
 * Beta distribution. Its distribution function is differentiable with respect to x, loc and scale only.
 * @see jax.scipy.stats.beta
 */
export const beta = distribution("beta", [shape("a"), shape("b"), ...locScale], [], {
  logpdf: logDensity(betaSupport, (z, [a, b], scale) => sub(logBetaDensity(a, b, z), log(scale))),
  pdf: density(betaSupport, (z, [a, b], scale) => div(betaDensity(a, b, z), scale)),
  cdf: cdf(unit, (z, [a, b]) => lax.betainc(a, b, z)),
  logcdf: logCdf(unit, (z, [a, b]) => logBetainc(a, b, z)),
  sf: sf(unit, (z, [a, b]) => betaincc(a, b, z)),
  logsf: logSf(unit, (z, [a, b]) => logBetaincc(a, b, z)),
});

const gammaFunctions = {
  logpdf: logDensity(halfLine, (z, [a], scale) => sub(logGammaDensity(a, z), log(scale))),
  pdf: density(halfLine, (z, [a], scale) => div(gammaDensity(a, z), scale)),
  cdf: cdf(halfLine, (z, [a]) => lax.igamma(a, z)),
  logcdf: logCdf(halfLine, (z, [a]) => logIgamma(a, z)),
  sf: sf(halfLine, (z, [a]) => lax.igammac(a, z)),
  logsf: logSf(halfLine, (z, [a]) => logIgammac(a, z)),
};

/** Gamma distribution with shape `a`. @see jax.scipy.stats.gamma */
export const gamma = distribution("gamma", [shape("a"), ...locScale], [], gammaFunctions);

const asGamma =
  (f: F): F =>
  (x, df, loc, scale) =>
    f(x, div(df, 2), loc, mul(scale, 2));

/** Chi-squared distribution with `df` degrees of freedom. @see jax.scipy.stats.chi2 */
export const chi2 = distribution("chi2", [shape("df"), ...locScale], [], {
  logpdf: asGamma(gammaFunctions.logpdf),
  pdf: asGamma(gammaFunctions.pdf),
  cdf: asGamma(gammaFunctions.cdf),
  logcdf: asGamma(gammaFunctions.logcdf),
  sf: asGamma(gammaFunctions.sf),
  logsf: asGamma(gammaFunctions.logsf),
});

const above1: Support = { low: 1, high: Infinity, safe: 2 };

/** Pareto distribution with exponent `b`. @see jax.scipy.stats.pareto */
export const pareto = distribution("pareto", [shape("b"), ...locScale], [], {
  // With x − loc instead of scale in the factor 1/z, what depends on scale is z^(−b) alone.
  logpdf: logDensity(above1, (z, [b], _, offset) => sub(log(b), add(mul(b, log(z)), log(offset)))),
  pdf: density(above1, (z, [b], _, offset) => mul(div(b, offset), exp(neg(mul(b, log(z)))))),
  cdf: cdf(above1, (z, [b]) => neg(expm1(neg(mul(b, log(z)))))),
  logcdf: logCdf(above1, (z, [b]) => log1mexp(mul(b, log(z)))),
  sf: sf(above1, (z, [b]) => exp(neg(mul(b, log(z))))),
  logsf: logSf(above1, (z, [b]) => neg(mul(b, log(z)))),
  ppf: quantile((q, [b]) => exp(neg(div(log1p(neg(q)), b)))),
});

/** 2·sin²(x/2) = 1 − cos x, without the cancellation. */
const versine = (x: NDArray): NDArray => mul(2, lax.square(lax.sin(div(x, 2))));

/** Von Mises distribution on the circle, with concentration `kappa`. @see jax.scipy.stats.vonmises */
export const vonmises = distribution("vonmises", [shape("kappa")], ["pdf"], {
  logpdf: (x, kappa) => {
    const constant = neg(add(Math.log(2 * Math.PI), log(lax.besselI0e(kappa))));
    return sub(constant, mul(kappa, versine(x)));
  },
});

/** Wrapped Cauchy distribution on [0, 2π], 0 < c < 1. @see jax.scipy.stats.wrapcauchy */
export const wrapcauchy = distribution("wrapcauchy", [shape("c")], ["pdf"], {
  logpdf: (x, c) => {
    const spread = add(lax.square(sub(1, c)), mul(mul(2, c), versine(x)));
    const mass = add(log1p(neg(c)), log1p(c));
    return byCases([x, c], sub(sub(mass, Math.log(2 * Math.PI)), log(spread)), {
      outside: or(lax.lt(x, 0), lax.gt(x, 2 * Math.PI)),
      invalid: or(lax.le(c, 0), lax.ge(c, 1)),
    });
  },
});
