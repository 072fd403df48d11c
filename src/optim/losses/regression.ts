/** @file Losses of numbers: squared, absolute, angular. One value per example. Source: optax/losses/_regression.py. */
import type { ArrayLike, NDArray } from "../../core/array.ts";
import type { Axis } from "../../core/methods.ts";
import { asArray } from "../../lax/operands/convert.ts";
import * as np from "../../numpy/index.ts";
import { define } from "../../arguments/declare.ts";
import { number, value } from "../../arguments/parameters.ts";
import { floating, kept, sameShape } from "./common.ts";

/** Predictions minus targets, or the predictions, as errors, themselves. */
function errorsOf(where: string, predictions: ArrayLike, targets: ArrayLike | null): NDArray {
  const p = floating(where, predictions);
  return targets === null ? p : np.subtract(p, targets);
}

const pair = [number("predictions"), value<ArrayLike | null>()("targets", null)] as const;

/**
 * (predictions − targets)². Without targets the predictions are errors.
 * @see optax.squared_error
 * @example
 * optim.squaredError(np.array([1, 2]), np.array([3, 3])).js(); // [4, 1]
 */
export const squaredError = define("squaredError", pair, [], ({ predictions, targets }) => {
  if (targets !== null) sameShape("squaredError", predictions, targets);
  return np.square(errorsOf("squaredError", predictions, targets));
});

/**
 * Half of `squaredError`: (predictions − targets)² / 2, whose derivative is the error. Without targets the
 * predictions are errors.
 * @throws ShapeError for arguments of different shapes; DTypeError for predictions that are not floats
 * @see optax.l2_loss
 * @example
 * optim.l2Loss(np.array([1, 2]), np.array([3, 3])).js(); // [2, 0.5]
 */
export const l2Loss = define("l2Loss", pair, [], (o) => np.multiply(0.5, squaredError(o)));

/**
 * Half the square of errors up to delta = 1 (by name), and linear beyond.
 * @see optax.huber_loss
 * @example
 * optim.huberLoss(np.array([0.5, 3]), np.array([0, 0])).js(); // [0.125, 2.5]
 */
export const huberLoss = define(
  "huberLoss",
  pair,
  [number("delta", 1)],
  ({ predictions, targets, delta }) => {
    const size = np.abs(errorsOf("huberLoss", predictions, targets));
    const quadratic = np.minimum(size, delta);
    const linear = np.subtract(size, quadratic);
    return np.add(np.multiply(0.5, np.square(quadratic)), np.multiply(delta, linear));
  },
);

/**
 * log cosh(predictions − targets): half the square of small errors, and |error| − log 2 for large ones, without
 * overflow. Its derivative is tanh of the error. Without targets the predictions are errors.
 * @throws DTypeError for predictions that are not floats
 * @see optax.log_cosh; Chen et al. (2019)
 * @example
 * optim.logCosh(np.array([1, 1000]), np.array([0, 0])).js(); // [0.4337…, 999.3068…]
 */
export const logCosh = define("logCosh", pair, [], ({ predictions, targets }) => {
  const errors = errorsOf("logCosh", predictions, targets);
  return np.subtract(np.logaddexp(errors, np.negative(errors)), Math.LN2);
});

const angular = [
  number("epsilon", 0),
  value<Axis>()("axis", -1),
  value<ArrayLike | null>()("where", null),
] as const;

/**
 * The cosine of the angle between predictions and targets; by name: epsilon = 0 (least squared norm), axis = -1, where.
 * @see optax.cosine_similarity
 * @example
 * optim.cosineSimilarity(np.array([1, 0]), np.array([1, 1])).item(); // ≈ 0.7071067811865475
 */
export const cosineSimilarity = define(
  "cosineSimilarity",
  [number("predictions"), number("targets")],
  angular,
  ({ predictions, targets, epsilon, axis, where }) => {
    const mask = where === null ? null : asArray(where, "cosineSimilarity");
    const unit = (x: ArrayLike): NDArray => {
      const a = kept(floating("cosineSimilarity", x), mask);
      const square = np.sum(np.square(a), { axis, where, keepdims: true });
      const least = np.clip(square, epsilon);
      const zero = np.equal(least, 0);
      // A vector of length 0 has no direction: its unit is 0, and so is the derivative.
      return np.where(zero, 0, np.divide(a, np.sqrt(np.where(zero, 1, least))));
    };
    return np.sum(np.multiply(unit(predictions), unit(targets)), { axis, where });
  },
);

/**
 * 1 − `cosineSimilarity`: 0 for vectors of one direction, 2 for opposite ones. Vectors [..., n], the result [...]; by
 * name: epsilon = 0 (least squared norm), axis = -1, where = null.
 * @throws DTypeError for arguments that are not floats
 * @see optax.cosine_distance
 * @example
 * optim.cosineDistance(np.array([1, 0]), np.array([3, 4])).item(); // 0.4000
 */
export const cosineDistance = define(
  "cosineDistance",
  [number("predictions"), number("targets")],
  angular,
  (o) => np.subtract(1, cosineSimilarity(o)),
);
