/**
 * @file kmeans: the sum over points of the squared distance to the nearest centroid, and Newton's direction in the
 * centroids. The Hessian is diagonal, so one Hessian-vector product, with a vector of ones, is all of it.
 */
import { grad, jvp, numpy as np, stopGradient, type Array } from "../../../src/index.ts";
import { type Eval, evaluation } from "../lib/evaluation.ts";

interface Input {
  readonly points: readonly number[][];
  readonly centroids: readonly number[][];
}

/** Which centroid is nearest to each point; points are given coordinate by coordinate. */
function nearest(points: Array, centroids: Array): Array {
  const differences = np.expandDims(points, 2).sub(np.expandDims(centroids.T, 1)); // [coordinates, points, centroids]
  return np.argmin(np.square(differences).sum(0), 1);
}

/** Which centroid is nearest is piecewise constant: only the distance to it has a derivative. */
function cost(points: Array, centroids: Array): Array {
  const owner = nearest(points, stopGradient(centroids));
  const own = centroids.at(owner).get({ mode: "promiseInBounds" });
  return np.square(points.sub(own.T)).sum();
}

/** Gradient divided by curvature, coordinate by coordinate. */
function direction(points: Array, centroids: Array): Array {
  const gradient = grad((c: Array) => cost(points, c));
  const [slope, curvature] = jvp(gradient, [centroids], [np.onesLike(centroids)]);
  return slope.div(curvature);
}

const args = (input: Input): [Array, Array] => [np.array(input.points).T, np.array(input.centroids)];

export const kmeans: Eval = {
  cost: evaluation({ args, fn: () => cost }),
  dir: evaluation({ args, fn: () => direction }),
};
