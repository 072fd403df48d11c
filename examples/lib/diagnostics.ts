/**
 * @file How much the draws of Markov chains are worth (Gelman et al., Bayesian Data Analysis, 3rd ed., §11.4–5).
 * Draws have shape [chains, draws, dimension]; the results one number for each dimension.
 */
import { type Array, jit, numpy as np } from "../../src/index.ts";

/** Each chain cut in two halves: a chain that drifts disagrees with itself. */
function halves(xs: Array): Array {
  const [chains, draws, dimension] = xs.shape;
  const half = Math.floor(draws / 2);
  return xs.slice([], [draws - 2 * half]).reshape([2 * chains, half, dimension]);
}

/** The mean variance within the chains, and the variance of all draws as the chains together estimate it. */
function variances(xs: Array): { within: Array; all: Array } {
  const n = xs.shape[1];
  const within = xs.var(1, { ddof: 1 }).mean(0);
  return { within, all: within.mul((n - 1) / n).add(xs.mean(1).var(0, { ddof: 1 })) };
}

/** Split R̂: 1 if the halves of all chains agree; above 1.01 they have not been drawn for long enough. */
export const splitRhat = jit((xs: Array): Array => {
  const { within, all } = variances(halves(xs));
  return np.sqrt(all.div(within));
});

/** The number of independent draws that would tell the mean as well, by autocorrelations up to where they are noise. */
export const effectiveSize = jit((xs: Array): Array => {
  const parts = halves(xs);
  const [chains, n] = parts.shape;
  // autocovariances of all lags: the transform of the power spectrum, padded so that it does not wrap around
  const spectrum = np.fft.rfft(parts.sub(parts.mean(1, { keepdims: true })), { n: 2 * n, axis: 1 });
  const sums = np.fft.irfft(np.square(np.abs(spectrum)), { n: 2 * n, axis: 1 });
  const covariances = sums.slice([], [0, n]).div(n).mean(0); // [lags, dimension]
  const { within, all } = variances(parts);
  const correlation = np.subtract(1, within.sub(covariances).div(all));
  // Geyer 1992: sums of neighbours are positive and decrease; what comes after the first that is not is noise
  const even = n - (n % 2);
  const pairs = correlation
    .slice([0, even])
    .reshape([even / 2, 2, -1])
    .sum(1);
  const kept = np.where(np.cumprod(pairs.greater(0), 0), np.minimum.accumulate(pairs, 0), 0);
  return np.divide(chains * n, kept.sum(0).mul(2).sub(1));
});
