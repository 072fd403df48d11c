/**
 * @file R̂, effective sample sizes and standard errors, after Vehtari, Gelman, Simpson, Carpenter, Bürkner, "Rank-normalization,
 * folding, and localization: an improved R̂ for assessing convergence of MCMC" (Bayesian Analysis, 2021).
 */
import { checkOneOf, refuseMore, show } from "../../base/checks.ts";
import { ArgumentError, checkOptions } from "../../base/errors.ts";
import * as lax from "../../control-flow/lax.ts";
import type { ArrayLike, NDArray } from "../../core/array.ts";
import type { ArrayTree } from "../../core/tree-types.ts";
import { asArray } from "../../lax/operands/convert.ts";
import * as np from "../../numpy/index.ts";
import { checkedDraws, eachLeaf, folded, halves, normalScores, pooled } from "./draws.ts";

/** Potential scale reduction of chains [m, n, k]. */
function reduction(x: NDArray): NDArray {
  const n = x.shape[1];
  const within = np.mean(np.var_(x, 1, { ddof: 1 }), 0);
  const between = np.var_(np.mean(x, 1), 0, { ddof: 1 });
  return np.sqrt(np.add(np.divide(between, within), (n - 1) / n));
}

/** Rank-normalised split R̂ of draws [chains, draws, k]: the larger of those of the draws and of their distances from the median. */
export function rhatOf(x: NDArray): NDArray {
  const split = halves(x);
  return np.maximum(reduction(normalScores(split)), reduction(normalScores(folded(split))));
}

/** Means over the chains of the autocovariances of all lags [n, k], divided by n. */
function autocovariances(x: NDArray): NDArray {
  const n = x.shape[1];
  const length = 2 ** Math.ceil(Math.log2(2 * n));
  const centred = np.subtract(x, np.mean(x, 1, { keepdims: true }));
  const spectrum = np.fft.rfft(centred, { n: length, axis: 1 });
  const power = np.add(np.square(np.real(spectrum)), np.square(np.imag(spectrum)));
  const sums = np.fft.irfft(power, { n: length, axis: 1 });
  return np.divide(np.mean(lax.sliceInDim(sums, 0, n, 1, 1), 0), n);
}

/**
 * The effective size of chains [m, n, k] that are split already: Geyer's (1992) initial positive and monotone sequences of the
 * sums of neighbouring autocorrelations, with the last positive autocorrelation beyond them once. NaN where all draws agree.
 */
export function effectiveSize(x: NDArray): NDArray {
  const [m, n] = x.shape;
  const covariances = autocovariances(x);
  const within = np.multiply(lax.indexInDim(covariances, 0, 0, false), n / (n - 1));
  const between = m > 1 ? np.var_(np.mean(x, 1), 0, { ddof: 1 }) : np.zerosLike(within);
  const all = np.add(np.multiply(within, (n - 1) / n), between);
  const rho = np.subtract(1, np.divide(np.subtract(within, covariances), all));
  // Pairs 0 … last; the autocorrelation of lag 0 is 1.
  const last = Math.max(0, Math.floor((n - 3) / 2));
  const count = last + 1;
  const lagged = lax.sliceInDim(rho, 1, 2 * count, 1, 0);
  const one = np.onesLike(lax.sliceInDim(rho, 0, 1, 1, 0));
  const pairs = np.reshape(np.concatenate([one, lagged], 0), [count, 2, -1]);
  const sums = np.sum(pairs, 1);
  const evens = lax.indexInDim(pairs, 0, 1, false);
  // Pair j is looked at if all before it are positive: so many are.
  const positive = np.cumprod(np.greater(sums, 0).astype(x.dtype), 0);
  const looked = last === 0 ? np.zerosLike(within) : np.sum(lax.sliceInDim(positive, 0, last, 1, 0), 0);
  const at = np.expandDims(np.arange(count).astype(x.dtype), 1);
  const kept = np.where(np.less(at, looked), np.minimum.accumulate(sums, 0), 0);
  const counts = np.logicalOr(np.greaterEqual(sums, 0), np.greater(evens, 0));
  const beyond = np.where(np.logicalAnd(np.equal(at, looked), counts), evens, 0);
  const time = np.add(np.multiply(2, np.sum(kept, 0)), np.subtract(np.sum(beyond, 0), 1));
  const size = np.divide(m * n, np.maximum(time, 1 / Math.log10(m * n)));
  const flat = np.equal(np.max(pooled(x), 0), np.min(pooled(x), 0));
  return np.where(np.logicalOr(flat, np.isnan(all)), NaN, size);
}

const squaresOff = (x: NDArray): NDArray => np.square(np.subtract(x, np.mean(pooled(x), 0)));

/** The effective size for a quantile: that of the draws' being below it. */
function sizeForQuantile(x: NDArray, probability: number): NDArray {
  const bound = np.quantile(pooled(x), probability, { axis: 0 });
  return effectiveSize(halves(np.lessEqual(x, bound).astype(x.dtype)));
}

/** What an effective size may be for; numbers are quantiles. */
const sizes = {
  bulk: (x: NDArray) => effectiveSize(normalScores(halves(x))),
  tail: (x: NDArray) => np.minimum(sizeForQuantile(x, 0.05), sizeForQuantile(x, 0.95)),
  mean: (x: NDArray) => effectiveSize(halves(x)),
  sd: (x: NDArray) => effectiveSize(halves(squaresOff(x))),
} as const;

export const sizeFor = (x: NDArray, of: keyof typeof sizes | number): NDArray =>
  typeof of === "number" ? sizeForQuantile(x, of) : sizes[of](x);

/** Standard errors of the mean, and of the standard deviation. */
export const errorsOf = {
  mean: (x: NDArray): NDArray => np.divide(np.std(pooled(x), 0, { ddof: 1 }), np.sqrt(sizeFor(x, "mean"))),
  sd: (x: NDArray): NDArray => {
    const off = squaresOff(x);
    const variance = np.mean(pooled(off), 0);
    const spread = np.subtract(np.mean(np.square(pooled(off)), 0), np.square(variance));
    return np.sqrt(np.divide(np.divide(spread, sizeFor(x, "sd")), np.multiply(variance, 4)));
  },
} as const;

/**
 * Rank-normalised split R̂ of each parameter: how much wider all chains together are than each half of a chain, the larger of
 * that of the draws and of their distances from the median. Close to 1, below 1.01, where chains agree; NaN where all draws
 * are the same.
 *
 * `draws` is an array [chains, draws, …], or a tree of such; the result is one number for each parameter.
 * @throws ShapeError for less than 4 draws, or arrays without axes of chains and draws
 * @see Vehtari et al. (2021); arviz.rhat
 * @example
 * const draws = random.normal(random.key(0), [4, 500]);
 * infer.rhat(draws).item() < 1.01; // true
 * infer.rhat(draws.add(np.array([[0], [0], [0], [2]]))).item() > 1.2; // true
 */
export function rhat<const P>(draws: P, ...more: []): ArrayTree<P> {
  refuseMore("rhat", 1, more);
  return eachLeaf("rhat", draws, rhatOf) as ArrayTree<P>;
}

/** Options of `ess`. */
export interface EssOptions {
  /**
   * What the draws are to tell: `"bulk"` (default) where most of the posterior is, `"tail"` its 5 % and 95 % quantiles (the
   * smaller size), `"mean"`, `"sd"`, or a number: the quantile of that probability.
   */
  readonly of?: "bulk" | "tail" | "mean" | "sd" | number | undefined;
}

/**
 * The effective sample size of each parameter: how many independent draws would tell as much. At least 100 for each chain are
 * wanted. NaN where all draws are the same.
 *
 * `draws` is an array [chains, draws, …], or a tree of such.
 * @throws ShapeError for less than 4 draws, or arrays without axes of chains and draws
 * @throws ArgumentError for an unknown `of`, or a probability that is not between 0 and 1
 * @see Vehtari et al. (2021); arviz.ess
 * @example
 * const draws = random.normal(random.key(0), [4, 500]);
 * infer.ess(draws).item() > 1500; // true
 * infer.ess(np.repeat(draws, 5, 1), { of: "mean" }).item() < 2500; // true — each draw was there five times
 */
export function ess<const P>(draws: P, options?: EssOptions, ...more: []): ArrayTree<P> {
  refuseMore("ess", 2, more);
  checkOptions("ess", options, ["of"]);
  const of = options?.of ?? "bulk";
  if (typeof of !== "number") checkOneOf("ess", "of", of, ["bulk", "tail", "mean", "sd"]);
  else if (!(of > 0 && of < 1))
    throw new ArgumentError(`ess: a probability must be between 0 and 1; got ${show(of)}.`);
  return eachLeaf("ess", draws, (x) => sizeFor(x, of)) as ArrayTree<P>;
}

/** Options of `mcse`. */
export interface McseOptions {
  /** Of which estimate: `"mean"` (default) or `"sd"`. */
  readonly of?: "mean" | "sd" | undefined;
}

/**
 * The Monte Carlo standard error of each parameter's mean, or standard deviation.
 *
 * `draws` is an array [chains, draws, …], or a tree of such.
 * @throws ShapeError for less than 4 draws, or arrays without axes of chains and draws
 * @see Vehtari et al. (2021); arviz.mcse
 * @example
 * infer.mcse(random.normal(random.key(0), [4, 2500])).item(); // 0.01…
 */
export function mcse<const P>(draws: P, options?: McseOptions, ...more: []): ArrayTree<P> {
  refuseMore("mcse", 2, more);
  checkOptions("mcse", options, ["of"]);
  const of = options?.of ?? "mean";
  checkOneOf("mcse", "of", of, ["mean", "sd"]);
  return eachLeaf("mcse", draws, errorsOf[of]) as ArrayTree<P>;
}

/**
 * The fraction of the energy's variance that new momenta bring, of each chain: the mean square of its steps over its
 * variance. Below 0.3, a chain wanders slowly between levels of energy, and tails are seen rarely (Betancourt 2016).
 * @param energy [chains, draws], as in the statistics of `hmc` and `nuts`
 * @throws ShapeError for another shape
 * @see arviz.bfmi
 * @example
 * infer.bfmi(random.normal(random.key(0), [1, 5000])).js(); // [2.0…] — independent energies
 */
export function bfmi(energy: ArrayLike, ...more: []): NDArray {
  refuseMore("bfmi", 1, more);
  const x = checkedDraws("bfmi", asArray(energy, "bfmi"), 2);
  const steps = np.mean(np.square(np.diff(x, { axis: 1 })), 1);
  return np.divide(steps, np.var_(x, 1, { ddof: 1 }));
}
