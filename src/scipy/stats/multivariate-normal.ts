/** @file The multivariate normal distribution. Source: jax/_src/scipy/stats/multivariate_normal.py. */
import type { ArrayLike, NDArray } from "../../core/array.ts";
import { shapeString } from "../../dtypes/shape.ts";
import { ArgumentError, ShapeError } from "../../base/errors.ts";
import { asDType, promote, resultType } from "../../lax/operands/convert.ts";
import * as lax from "../../lax/index.ts";
import { type Rest, resolveArgs } from "../../numpy/operands/args.ts";
import * as np from "../../numpy/index.ts";
import { inexactType } from "../../numpy/operands/promote.ts";
import { logNormal } from "./gauss.ts";

interface Options {
  readonly allowSingular?: null | undefined;
}

function logpdf(
  x: ArrayLike,
  mean: ArrayLike,
  cov: ArrayLike,
  ...rest: Rest<[allowSingular: null], Options>
): NDArray {
  const where = "multivariateNormal.logpdf";
  const { allowSingular = null } = resolveArgs<Options>(where, rest, ["allowSingular"]);
  if (allowSingular !== null)
    throw new ArgumentError(`${where}: allowSingular is not supported (nor in JAX); leave it out.`);
  promote(where, x, mean, cov);
  const { dtype, weakType } = inexactType(resultType([x, mean, cov]));
  const [y, m, c] = [x, mean, cov].map((a) => asDType(a, dtype, weakType, where)) as [
    NDArray,
    NDArray,
    NDArray,
  ];
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
}

/**
 * Multivariate normal distribution: x and mean [..., n], covariance [..., n, n] (its symmetric part counts) or a scalar.
 */
export const multivariateNormal = {
  logpdf,
  pdf: (x: ArrayLike, mean: ArrayLike, cov: ArrayLike): NDArray => lax.exp(logpdf(x, mean, cov)),
} as const;
