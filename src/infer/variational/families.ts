/**
 * @file Families of approximations: Gaussians of unconstrained numbers, with independent coordinates (mean field) or any
 * covariance (full rank). A draw is a smooth function of the parameters and of standard normal noise.
 */
import type { NDArray } from "../../core/array.ts";
import * as np from "../../numpy/index.ts";
import { solveTriangular } from "../../scipy/linalg/solve.ts";
import type { Bijector } from "../constraints/bijector.ts";
import { covarianceCholesky } from "../constraints/matrices.ts";

/** What is fitted: the location [size], and the numbers that the scale is made of. */
export type Parameters = { location: NDArray; scale: NDArray };

export interface Family {
  /** The parameters at a start [size], with the same deviation in all directions. */
  readonly begin: (start: NDArray, deviation: number) => Parameters;
  /** The factor of the covariance: deviations [size], or lower triangular [size, size]. */
  readonly factor: (p: Parameters) => NDArray;
  /** Draws [count, size] from noise of that shape. */
  readonly draw: (p: Parameters, noise: NDArray) => NDArray;
  /** The log density of a draw [size]. */
  readonly logDensity: (p: Parameters, x: NDArray) => NDArray;
  readonly entropy: (p: Parameters) => NDArray;
}

const logTwoPi = Math.log(2 * Math.PI);

/** log N(z; 0, 1) of all elements, less a log determinant. */
const normalOf = (z: NDArray, logDet: NDArray): NDArray =>
  np.subtract(np.multiply(np.add(np.vdot(z, z), z.size * logTwoPi), -0.5), logDet);

const entropyOf = (size: number, logDet: NDArray): NDArray => np.add(logDet, (size * (1 + logTwoPi)) / 2);

/** `scale` holds logarithms of deviations. */
const meanField: Family = {
  begin: (start, deviation) => ({ location: start, scale: np.fullLike(start, Math.log(deviation)) }),
  factor: ({ scale }) => np.exp(scale),
  draw: ({ location, scale }, noise) => np.add(location, np.multiply(np.exp(scale), noise)),
  logDensity: ({ location, scale }, x) =>
    normalOf(np.divide(np.subtract(x, location), np.exp(scale)), np.sum(scale)),
  entropy: ({ location, scale }) => entropyOf(location.size, np.sum(scale)),
};

const triangle = (): Bijector => covarianceCholesky();

/** Logarithms of a triangle's diagonal summed. */
const logDiagonal = (factor: NDArray): NDArray => np.sum(np.log(np.diagonal(factor)));

/** `scale` holds the numbers of a Cholesky factor. */
const fullRank: Family = {
  begin: (start, deviation) => ({
    location: start,
    scale: triangle().inverse(np.multiply(np.eye(start.size, { dtype: start.dtype }), deviation)),
  }),
  factor: ({ scale }) => triangle().forward(scale),
  draw: ({ location, scale }, noise) =>
    np.add(location, np.matmul(noise, np.matrixTranspose(triangle().forward(scale)))),
  logDensity: ({ location, scale }, x) => {
    const factor = triangle().forward(scale);
    const z = solveTriangular(factor, np.subtract(x, location), { lower: true });
    return normalOf(z, logDiagonal(factor));
  },
  entropy: ({ location, scale }) => entropyOf(location.size, logDiagonal(triangle().forward(scale))),
};

export const families = { meanField, fullRank } as const;
