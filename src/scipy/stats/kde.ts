/** @file Gaussian kernel density estimation. Source: jax/_src/scipy/stats/kde.py. */
import type { ArrayLike, NDArray } from "../../core/array.ts";
import { shapeString } from "../../dtypes/shape.ts";
import { type PytreeNode, asNode } from "../../core/tree.ts";
import { ArgumentError, ShapeError } from "../../base/errors.ts";
import { settle, signature } from "../../arguments/declare.ts";
import { type OptionsOf, param } from "../../arguments/parameters.ts";
import * as np from "../../numpy/index.ts";
import { inexact } from "../../numpy/operands/promote.ts";
import { logsumexp, ndtr } from "../special/index.ts";
import { logNormal } from "./gauss.ts";

export type BandwidthMethod = "scott" | "silverman" | ArrayLike | ((kde: GaussianKde) => ArrayLike);

const kdeSignature = signature(
  "gaussianKde",
  1,
  [
    param<[bwMethod: BandwidthMethod | null]>()("bwMethod", null),
    param<[weights: ArrayLike | null]>()("weights", null),
  ],
  [],
);
export type KdeOptions = OptionsOf<(typeof kdeSignature)["params"]>;

/** Points as [d, m]; a point alone may be a list of d numbers. */
function points(x: ArrayLike, d: number): NDArray {
  const p = np.atleast2d(inexact("gaussianKde", x));
  if (p.shape[0] === d) return p;
  if (p.shape[0] === 1 && p.shape[1] === d) return np.reshape(p, [d, 1]);
  throw new ShapeError(
    `gaussianKde: points must have ${d} rows, as the data; got shape ${shapeString(p.shape)}.`,
  );
}

/**
 * Density estimated from data [n] or [d, n] as a sum of Gaussians. Bandwidths: "scott" (default), "silverman", a factor,
 * or a function of the estimator. A pytree, and differentiable with respect to data and points.
 * @example
 * const kde = new scipy.stats.gaussianKde(np.array([1, 2, 4]));
 * kde.evaluate(np.array([0, 2])).shape; // [2]
 */
export class GaussianKde {
  readonly dataset: NDArray;
  readonly weights: NDArray;
  readonly neff: NDArray;
  readonly covariance: NDArray;

  constructor(
    dataset: ArrayLike,
    bwMethod?: BandwidthMethod | KdeOptions | null,
    weights?: ArrayLike | KdeOptions | null,
  ) {
    const o = settle(kdeSignature, [bwMethod, weights]);
    this.dataset = np.atleast2d(inexact("gaussianKde", dataset));
    const [d, n] = this.dataset.shape as [number, number];
    if (this.dataset.size < 2)
      throw new ArgumentError("gaussianKde: the data must have several elements; got one or none.");
    this.weights = weightsOf(o.weights, n, this.dataset);
    this.neff = np.divide(1, np.sum(np.square(this.weights)));
    const factor = bandwidth(this, o.bwMethod ?? "scott");
    const cov = np.reshape(np.cov(this.dataset, { aweights: this.weights }), [d, d]);
    this.covariance = np.multiply(cov, np.square(factor));
  }

  /** Number of dimensions. */
  get d(): number {
    return this.dataset.shape[0];
  }
  /** Number of data points. */
  get n(): number {
    return this.dataset.shape[1];
  }

  /** log of the density at points [m] or [d, m]. */
  logpdf(x: ArrayLike): NDArray {
    const kernel = logKernel(points(x, this.d), this.dataset, this.covariance);
    return logsumexp(np.add(kernel, np.log(this.weights)), { axis: 1 });
  }

  /** The density at points [m] or [d, m]. */
  evaluate(x: ArrayLike): NDArray {
    const kernel = logKernel(points(x, this.d), this.dataset, this.covariance);
    return np.sum(np.multiply(np.exp(kernel), this.weights), { axis: 1 });
  }

  /** The density: `evaluate`. */
  pdf(x: ArrayLike): NDArray {
    return this.evaluate(x);
  }

  /** Integral of the density times that of N(mean, cov). */
  integrateGaussian(mean: ArrayLike, cov: ArrayLike): NDArray {
    const m = points(np.atleast1d(inexact("integrateGaussian", mean)), this.d);
    const c = np.atleast2d(inexact("integrateGaussian", cov));
    const kernel = logKernel(m, this.dataset, np.add(this.covariance, c));
    return np.sum(np.multiply(np.exp(kernel), this.weights));
  }

  /** Integral of the density from `low` to `high`, for data of one dimension. */
  integrateBox1d(low: ArrayLike, high: ArrayLike): NDArray {
    if (this.d !== 1)
      throw new ArgumentError(`integrateBox1d: only for data of one dimension; got ${this.d}.`);
    const sigma = np.sqrt(np.reshape(this.covariance, []));
    const data = np.reshape(this.dataset, [this.n]);
    const below = (x: ArrayLike): NDArray => ndtr(np.divide(np.subtract(x, data), sigma));
    return np.sum(np.multiply(this.weights, np.subtract(below(high), below(low))));
  }

  /** Integral of the product of two estimated densities. */
  integrateKde(other: GaussianKde): NDArray {
    if (other.d !== this.d)
      throw new ArgumentError(
        `integrateKde: the estimators have ${this.d} and ${other.d} dimensions; they must agree.`,
      );
    const kernel = logKernel(this.dataset, other.dataset, np.add(this.covariance, other.covariance));
    return np.sum(np.multiply(np.exp(kernel), np.multiply(np.expandDims(this.weights, 1), other.weights)));
  }

  /** The arrays that make it up, in the order of `fromParts`. */
  parts(): NDArray[] {
    return [this.dataset, this.weights, this.neff, this.covariance];
  }

  static fromParts(parts: readonly unknown[]): GaussianKde {
    const [dataset, weights, neff, covariance] = parts;
    return Object.assign(Object.create(GaussianKde.prototype) as object, {
      dataset,
      weights,
      neff,
      covariance,
    }) as GaussianKde;
  }

  get [asNode](): PytreeNode<GaussianKde> {
    return gaussianKdeNode;
  }
}

const gaussianKdeNode: PytreeNode<GaussianKde> = {
  flatten: (kde) => ({
    children: kde.parts(),
    aux: null,
    keys: ["dataset", "weights", "neff", "covariance"],
  }),
  unflatten: (_, parts) => GaussianKde.fromParts(parts),
};

function weightsOf(given: ArrayLike | null, n: number, like: NDArray): NDArray {
  if (given === null) return np.full([n], 1 / n, { dtype: like.dtype });
  const w = np.atleast1d(inexact("gaussianKde", given));
  if (w.ndim !== 1 || w.shape[0] !== n)
    throw new ShapeError(
      `gaussianKde: weights must have shape [${n}], one per data point; got ${shapeString(w.shape)}.`,
    );
  return np.divide(w, np.sum(w));
}

/** The factor of the data's standard deviation. */
function bandwidth(kde: GaussianKde, method: BandwidthMethod): ArrayLike {
  const { d, neff } = kde;
  if (method === "scott") return np.power(neff, -1 / (d + 4));
  if (method === "silverman") return np.power(np.multiply(neff, (d + 2) / 4), -1 / (d + 4));
  if (typeof method === "function") return method(kde);
  if (typeof method === "string") {
    throw new ArgumentError(
      `gaussianKde: bwMethod must be "scott", "silverman", a number or a function; got "${method as string}".`,
    );
  }
  return method;
}

/** log N(a_j; b_i, covariance) as [columns of a, columns of b]. */
function logKernel(a: NDArray, b: NDArray, covariance: NDArray): NDArray {
  const difference = np.subtract(np.expandDims(a.T, 1), np.expandDims(b.T, 0));
  return logNormal(covariance, difference);
}
