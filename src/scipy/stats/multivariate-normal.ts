/** @file The multivariate normal distribution. Source: jax/_src/scipy/stats/multivariate_normal.py. */
import type { ArrayLike, NDArray } from "../../core/array.ts";
import { shapeString } from "../../dtypes/shape.ts";
import { ArgumentError, ShapeError } from "../../base/errors.ts";
import * as lax from "../../lax/index.ts";
import { define } from "../../arguments/declare.ts";
import { param } from "../../arguments/parameters.ts";
import * as np from "../../numpy/index.ts";
import { logNormal } from "./gauss.ts";
import { floats } from "./parameters.ts";

const logpdf = define(
  "multivariateNormal.logpdf",
  [param<[allowSingular: null]>()("allowSingular", null)],
  [],
  ({ allowSingular }, x: ArrayLike, mean: ArrayLike, cov: ArrayLike) => {
    const where = "multivariateNormal.logpdf";
    if ((allowSingular as unknown) !== null)
      throw new ArgumentError(`${where}: allowSingular is not supported (nor in JAX); leave it out.`);
    const [y, m, c] = floats(where, x, mean, cov);
    const difference = np.subtract(y, m);
    if (m.ndim === 0 || c.ndim === 0) {
      const n = m.ndim === 0 ? 1 : m.shape[m.ndim - 1];
      const square = m.ndim === 0 ? np.square(difference) : np.sum(np.square(difference), { axis: -1 });
      const constant = np.multiply(n / 2, np.add(Math.log(2 * Math.PI), np.log(c)));
      return np.subtract(np.divide(np.multiply(-0.5, square), c), constant);
    }
    const n = m.shape[m.ndim - 1];
    if (c.ndim < 2 || c.shape[c.ndim - 1] !== n || c.shape[c.ndim - 2] !== n) {
      throw new ShapeError(
        `${where}: for a mean of shape ${shapeString(m.shape)} the covariance must end in [${n},${n}] or be a scalar; got shape ${shapeString(c.shape)}.`,
      );
    }
    return logNormal(c, difference);
  },
);

/**
 * Multivariate normal distribution: x and mean [..., n], covariance [..., n, n] (its symmetric part counts) or a scalar.
 * @throws ShapeError if the shapes do not fit
 * @see jax.scipy.stats.multivariate_normal
 * @example
 * scipy.stats.multivariateNormal.pdf(np.zeros([2]), np.zeros([2]), np.eye(2)).item(); // 0.1591…
 */
export const multivariateNormal = {
  logpdf,
  pdf: (x: ArrayLike, mean: ArrayLike, cov: ArrayLike): NDArray => lax.exp(logpdf(x, mean, cov)),
} as const;
