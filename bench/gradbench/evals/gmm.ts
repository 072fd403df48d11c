/**
 * @file gmm: the log-posterior of a Gaussian mixture with a Wishart prior on its precisions, and its gradient in all
 * parameters (reverse mode). A component's precision is QᵀQ, where Q is lower triangular with diagonal exp q.
 */
import { type Array as NDArray, grad, numpy as np, scipy, stopGradient } from "../../../src/index.ts";
import { type Eval, evaluation } from "../lib/evaluation.ts";

interface Input {
  readonly d: number;
  readonly k: number;
  readonly n: number;
  readonly x: readonly number[][];
  readonly m: number;
  readonly gamma: number;
  readonly alpha: readonly number[];
  readonly mu: readonly number[][];
  readonly q: readonly number[][];
  readonly l: readonly number[][];
}

/** What is differentiated: weights [k], means [k, d], log-diagonals [k, d], entries below the diagonals [k, d(d−1)/2]. */
type Parameters = { readonly alpha: NDArray; readonly mu: NDArray; readonly q: NDArray; readonly l: NDArray };

function logSumExp(x: NDArray): NDArray {
  const top = stopGradient(np.max(x, -1));
  return np.log(np.exp(x.sub(np.expandDims(top, -1))).sum(-1)).add(top);
}

/** The factors Q, [k, d, d]; below the diagonal they are given column by column. */
function factors({ q, l }: Parameters): NDArray {
  const [k, d] = q.shape;
  const pairs = Array.from({ length: d }, (_, column) =>
    Array.from({ length: d - 1 - column }, (_, i) => [column + 1 + i, column]),
  ).flat();
  const diagonal = np.arange(d, { dtype: "int32" });
  const [rows, columns] = [0, 1].map((i) =>
    np.array(
      pairs.map((p) => p[i]),
      { dtype: "int32" },
    ),
  );
  return np.zeros([k, d, d]).at([], diagonal, diagonal).set(np.exp(q)).at([], rows, columns).set(l);
}

/** The logarithm of the Wishart densities of the precisions, summed over components. */
function logPrior({ q, l }: Parameters, gamma: NDArray, m: NDArray): NDArray {
  const [k, d] = q.shape;
  const freedom = m.add(d + 1);
  const constant = freedom
    .mul(d)
    .mul(np.log(gamma).sub(0.5 * Math.log(2)))
    .sub(scipy.special.multigammaln(freedom.mul(0.5), d));
  const frobenius = np.square(np.exp(q)).sum().add(np.square(l).sum());
  return constant.mul(k).sub(np.square(gamma).mul(frobenius).mul(0.5)).add(m.mul(q.sum()));
}

function objective(parameters: Parameters, x: NDArray, gamma: NDArray, m: NDArray): NDArray {
  const { alpha, mu, q } = parameters;
  const [n, d] = x.shape;
  const factor = factors(parameters);
  // Q (x − μ) for all points and components: [n, k, d]
  const scaled = np.einsum("kij,nj->nki", factor, x).sub(np.einsum("kij,kj->ki", factor, mu));
  const terms = alpha.add(q.sum(1)).sub(np.square(scaled).sum(-1).mul(0.5));
  const likelihood = logSumExp(terms)
    .sum()
    .sub(logSumExp(alpha).mul(n))
    .sub(0.5 * n * d * Math.log(2 * Math.PI));
  return likelihood.add(logPrior(parameters, gamma, m));
}

const args = (input: Input): [Parameters, NDArray, NDArray, NDArray] => {
  const { d, k, alpha, mu, q } = input;
  const l = np.array(input.l.flat()).reshape([k, (d * (d - 1)) / 2]);
  const parameters = { alpha: np.array(alpha), mu: np.array(mu), q: np.array(q), l };
  return [parameters, np.array(input.x), np.array(input.gamma), np.array(input.m).astype("float64")];
};

export const gmm: Eval = {
  objective: evaluation({ args, fn: () => objective }),
  jacobian: evaluation({ args, fn: () => grad(objective) }),
};
