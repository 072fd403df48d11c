/** @file Distributions of vectors: dirichlet, multinomial. Formulas follow jax/_src/scipy/stats. */
import type { ArrayLike, NDArray } from "../../core/array.ts";
import { shapeString } from "../../dtypes/shape.ts";
import { ShapeError } from "../../base/errors.ts";
import * as lax from "../../lax/index.ts";
import { add, neg, select, sub } from "../../lax/index.ts";
import { promoteInexact } from "../../numpy/operands/promote.ts";
import { gammaln, xlogy } from "../special/index.ts";
import { floats } from "./parameters.ts";

function dirichletLogpdf(x: ArrayLike, alpha: ArrayLike): NDArray {
  let [y, a] = floats("dirichlet.logpdf", x, alpha);
  if (a.ndim !== 1)
    throw new ShapeError(`dirichlet.logpdf: alpha must have one axis; got shape ${shapeString(a.shape)}.`);
  const k = a.shape[0];
  if (y.ndim === 0 || (y.shape[0] !== k && y.shape[0] !== k - 1)) {
    throw new ShapeError(
      `dirichlet.logpdf: the first axis of x must have size ${k} (as alpha) or ${k - 1}; got shape ${shapeString(y.shape)}.`,
    );
  }
  if (y.shape[0] === k - 1) {
    const last = sub(1, lax.reduceSum(y, [0]));
    y = lax.concatenate([y, lax.expandDims(last, [0])], 0);
  }
  const normaliser = sub(lax.reduceSum(gammaln(a), [0]), gammaln(lax.reduceSum(a, [0])));
  const exponents = lax.broadcastInDim(sub(a, 1), y.shape, [0]);
  const value = sub(lax.reduceSum(xlogy(exponents, y), [0]), normaliser);
  const positive = lax.reduceAnd(lax.gt(y, 0), [0]);
  const sumsToOne = lax.lt(lax.abs(sub(lax.reduceSum(y, [0]), 1)), 1e-6);
  return select(lax.bitwiseAnd(positive, sumsToOne), value, -Infinity);
}

/**
 * Dirichlet distribution: x on the simplex along its first axis (its last entry may be left out).
 * @throws ShapeError if the shapes do not fit
 * @see jax.scipy.stats.dirichlet
 * @example
 * scipy.stats.dirichlet.pdf(np.array([0.5, 0.5]), np.array([1, 1])).item(); // 1
 */
export const dirichlet = {
  logpdf: dirichletLogpdf,
  pdf: (x: ArrayLike, alpha: ArrayLike): NDArray => lax.exp(dirichletLogpdf(x, alpha)),
} as const;

function multinomialLogpmf(x: ArrayLike, n: ArrayLike, p: ArrayLike): NDArray {
  const [y, total, q] = floats("multinomial.logpmf", x, n, p);
  const [counts, probabilities] = promoteInexact("multinomial.logpmf", y, q);
  const last = counts.ndim - 1;
  const terms = add(xlogy(counts, probabilities), neg(gammaln(add(counts, 1))));
  const sum = (z: NDArray): NDArray => lax.reduceSum(z, [last]);
  const [constant, sums] = promoteInexact("multinomial.logpmf", gammaln(add(total, 1)), sum(terms));
  const [given, found] = promoteInexact("multinomial.logpmf", total, sum(counts));
  return select(lax.eq(given, found), add(constant, sums), -Infinity);
}

/**
 * Multinomial distribution: counts x along the last axis, of `n` trials with probabilities `p`.
 * @see jax.scipy.stats.multinomial
 * @example
 * scipy.stats.multinomial.pmf(np.array([1, 1]), 2, np.array([0.5, 0.5])).item(); // 0.5…
 */
export const multinomial = {
  logpmf: multinomialLogpmf,
  pmf: (x: ArrayLike, n: ArrayLike, p: ArrayLike): NDArray => lax.exp(multinomialLogpmf(x, n, p)),
} as const;
