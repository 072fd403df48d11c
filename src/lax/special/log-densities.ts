/**
 * @file Logarithms of the densities of the gamma and the beta distribution. Their textbook forms are differences of numbers
 * as large as a·log a; here the terms are taken relative to the mode, so that precision does not fade with the parameters.
 * The derivatives of the incomplete functions and the discrete distributions are made of them. Source: Loader, Fast and
 * accurate computation of binomial probabilities (2000).
 */
import type { ArrayLike, NDArray } from "../../core/array.ts";
import { scalarFunction } from "../../loops/ir/build.ts";
import * as e from "../../loops/ir/expressions.ts";
import * as lax from "../elementwise/index.ts";
import { ratioOr0, xlog1pyScalar, xlogyScalar } from "./elementary.ts";
import { betalnScalar, lgammaPositive, stirlingTail } from "./gamma.ts";
import { digammaStepLog, digammaStepLog1m, logOverDigamma } from "./gamma-steps.ts";
import { log1pmx } from "./log1pmx.ts";
import { choose, special } from "./scalar.ts";

/** Where Stirling's series serves for a − 1. */
const LARGE = 9;

/** (a − 1)·log x − x − log Γ(a), for a > 0 and x ≥ 0. */
export const logGammaDensityScalar = scalarFunction("log_gamma_density", 2, (b, [a, x]) =>
  choose(
    b,
    [e.or(e.or(e.isNan(a), e.isNan(x)), e.or(e.lt(a, 0), e.lt(x, 0))), NaN],
    [
      e.and(e.ge(a, LARGE), e.lt(e.max(a, x), Infinity)),
      (t) => {
        // With k = a − 1: k·(log(x/k) − (x − k)/k) − ½·log 2πk − the tail of Stirling's series.
        const k = t.let(e.sub(a, 1));
        const relative = e.mul(k, log1pmx(e.div(x, k), e.div(e.sub(x, k), k)));
        return e.sub(relative, e.add(e.mul(e.log(e.mul(k, 2 * Math.PI)), 0.5), stirlingTail(k)));
      },
    ],
    [e.eq(a, 0), -Infinity],
    [e.eq(x, Infinity), -Infinity],
    e.sub(e.sub(xlogyScalar(e.sub(a, 1), x), x), lgammaPositive(a)),
  ),
);
/** What the logarithm of the gamma density changes by with a and with x. */
const gammaSlopes = {
  a: (a: NDArray, x: NDArray): NDArray => logOverDigamma(a, x),
  // (k − x)/x with k = a − 1, which at k = x = 0 is −1.
  x: (a: NDArray, x: NDArray): NDArray => {
    const k = lax.sub(a, 1);
    return lax.select(lax.eq(k, 0), lax.sub(k, 1), lax.div(lax.sub(lax.sub(a, x), 1), x));
  },
};
/** (a − 1)·log x − x − log Γ(a): the logarithm of the density of Gamma(a) at x, or with a = k + 1 of Poisson(x) at k. */
export const logGammaDensity: (a: ArrayLike, x: ArrayLike) => NDArray = special(
  "log_gamma_density",
  logGammaDensityScalar,
  [(g, _, [a, x]) => lax.mul(g, gammaSlopes.a(a, x)), (g, _, [a, x]) => lax.mul(g, gammaSlopes.x(a, x))],
);
/** xᵃ⁻¹e⁻ˣ/Γ(a), the density of Gamma(a) at x. */
export const gammaDensity: (a: ArrayLike, x: ArrayLike) => NDArray = special(
  "gamma_density",
  scalarFunction("gamma_density", 2, (_, [a, x]) => e.exp(logGammaDensityScalar(a, x))),
  [
    (g, ans, [a, x]) => lax.mul(g, times(ans, gammaSlopes.a(a, x))),
    // (k/x)·p(a, x) is p(a − 1, x), which is right at and near x = 0 too.
    (g, ans, [a, x]) => {
      const start = lax.bitwiseAnd(lax.lt(x, 0.5), starting(a));
      const safe = lax.select(start, a, 2);
      const lowered = lax.sub(gammaDensity(lax.sub(safe, 1), lax.select(start, x, 0.5)), ans);
      const inner = times(ans, gammaSlopes.x(a, lax.select(start, 1, x)));
      return lax.mul(g, lax.select(start, lowered, inner));
    },
  ],
);

/** Exponents in whose density x − 1 or less is left after a derivative or two: 1 ≤ a ≤ 3. */
const starting = (a: NDArray): NDArray => lax.bitwiseAnd(lax.ge(a, 1), lax.le(a, 3));

/** density·slope, 0 where the density is: the slope may be infinite there. */
function times(density: NDArray, slope: NDArray): NDArray {
  const none = lax.eq(density, 0);
  return lax.mul(density, lax.select(none, 0, slope));
}

/** (a − 1)·log x + (b − 1)·log(1 − x) − log B(a, b), for a, b > 0 and 0 ≤ x ≤ 1; y is 1 − x. */
export const logBetaDensityScalar = scalarFunction("log_beta_density", 4, (t, [a, b, x, y]) =>
  choose(
    t,
    [
      e.and(e.and(e.ge(a, LARGE), e.ge(b, LARGE)), e.lt(e.add(a, b), Infinity)),
      (u) => {
        const [k, m] = [u.let(e.sub(a, 1)), u.let(e.sub(b, 1))];
        const n = u.let(e.add(k, m));
        // n·x − k, from the smaller of x and 1 − x.
        const d = u.let(e.select(e.lt(y, x), e.sub(m, e.mul(n, y)), e.sub(e.mul(n, x), k)));
        const ofX = e.mul(k, log1pmx(e.div(e.mul(x, n), k), u.let(e.div(d, k))));
        const ofY = e.mul(m, log1pmx(e.div(e.mul(y, n), m), u.let(e.div(e.neg(d), m))));
        const tails = e.sub(stirlingTail(n), e.add(stirlingTail(k), stirlingTail(m)));
        const scale = e.mul(e.sub(e.sub(e.log(n), e.log(k)), e.log(e.mul(m, 2 * Math.PI))), 0.5);
        return e.add(e.add(e.add(ofX, ofY), e.add(scale, tails)), e.log1p(n));
      },
    ],
    e.sub(
      e.add(
        xlogyScalar(e.sub(a, 1), x),
        e.select(e.lt(x, 0.5), xlog1pyScalar(e.sub(b, 1), e.neg(x)), xlogyScalar(e.sub(b, 1), y)),
      ),
      betalnScalar(a, b),
    ),
  ),
);
const logBetaDensityOfX = scalarFunction("log_beta_density_of_x", 3, (t, [a, b, x]) => {
  const nan = e.or(e.or(e.isNan(a), e.isNan(b)), e.isNan(x));
  const outside = e.or(e.or(e.lt(a, 0), e.lt(b, 0)), e.or(e.lt(x, 0), e.gt(x, 1)));
  const degenerate = e.and(e.eq(a, 0), e.eq(b, 0));
  return choose(
    t,
    [e.or(nan, e.or(outside, degenerate)), NaN],
    [e.or(e.eq(a, 0), e.eq(b, 0)), -Infinity],
    logBetaDensityScalar(a, b, x, e.sub(1, x)),
  );
});
/** What the logarithm of the beta density changes by with a, b and x. */
const betaSlopes = {
  a: (a: NDArray, b: NDArray, x: NDArray): NDArray => digammaStepLog(b, a, x),
  b: (a: NDArray, b: NDArray, x: NDArray): NDArray => digammaStepLog1m(a, b, x),
  x: (a: NDArray, b: NDArray, x: NDArray): NDArray =>
    lax.sub(ratioOr0(lax.sub(a, 1), x), ratioOr0(lax.sub(b, 1), lax.sub(1, x))),
};
type OfThree = (a: ArrayLike, b: ArrayLike, x: ArrayLike) => NDArray;
/**
 * (a − 1)·log x + (b − 1)·log(1 − x) − log B(a, b): the logarithm of the density of Beta(a, b) at x, and with a = k + 1,
 * b = n − k + 1 that of (n + 1) times the probability of k successes in n trials.
 */
export const logBetaDensity: OfThree = special("log_beta_density", logBetaDensityOfX, [
  (g, _, [a, b, x]) => lax.mul(g, betaSlopes.a(a, b, x)),
  (g, _, [a, b, x]) => lax.mul(g, betaSlopes.b(a, b, x)),
  (g, _, [a, b, x]) => lax.mul(g, betaSlopes.x(a, b, x)),
]);
/** xᵃ⁻¹(1 − x)ᵇ⁻¹/B(a, b), the density of Beta(a, b) at x. */
export const betaDensity: OfThree = special(
  "beta_density",
  scalarFunction("beta_density", 3, (_, [a, b, x]) => e.exp(logBetaDensityOfX(a, b, x))),
  [
    (g, ans, [a, b, x]) => lax.mul(g, times(ans, betaSlopes.a(a, b, x))),
    (g, ans, [a, b, x]) => lax.mul(g, times(ans, betaSlopes.b(a, b, x))),
    // p·(a − 1)/x is (a + b − 1)·p(a − 1, b, x), and so is its mirror, which is right at and near the ends too.
    (g, ans, [a, b, x]) => {
      const low = lax.bitwiseAnd(lax.lt(x, 0.5), starting(a));
      const high = lax.bitwiseAnd(lax.ge(x, 0.5), starting(b));
      const n = lax.sub(lax.add(a, b), 1);
      const [p, q] = [lax.select(low, a, 2), lax.select(high, b, 2)];
      const [y, z] = [lax.select(low, x, 0.5), lax.select(high, x, 0.5)];
      const [inX, inY] = [lax.select(low, 1, x), lax.select(high, 1, lax.sub(1, x))];
      const up = times(ans, ratioOr0(lax.sub(a, 1), inX));
      const down = times(ans, ratioOr0(lax.sub(b, 1), inY));
      const first = lax.select(low, lax.mul(n, betaDensity(lax.sub(p, 1), b, y)), up);
      const second = lax.select(high, lax.mul(n, betaDensity(a, lax.sub(q, 1), z)), down);
      return lax.mul(g, lax.sub(first, second));
    },
  ],
);
