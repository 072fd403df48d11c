/**
 * @file Losses of classifiers: cross entropies, margins, divergences. One value per example.
 * Source: optax/losses/_classification.py.
 */
import { type CustomJvpFunction, customJvp } from "../../api/custom.ts";
import { vmap } from "../../api/vmap.ts";
import type { ArrayLike, NDArray } from "../../core/array.ts";
import type { Axis } from "../../core/methods.ts";
import { canonicalAxes } from "../../dtypes/shape.ts";
import { ArgumentError } from "../../base/errors.ts";
import { asArray } from "../../lax/operands/convert.ts";
import { logSigmoid, logSoftmax, logsumexp, oneHot, softmax, sparsePlus } from "../../nn/index.ts";
import * as np from "../../numpy/index.ts";
import { range } from "../../base/util.ts";
import { define } from "../../arguments/declare.ts";
import { number, value } from "../../arguments/parameters.ts";
import { floating, integers, kept, maskLike, sameShape } from "./common.ts";
import { projectionSimplex } from "../numerics/projections.ts";

const logitsAndLabels = [number("logits"), number("labels")] as const;
const along = [value<Axis>()("axis", -1), value<ArrayLike | null>()("where", null)] as const;

/**
 * −labels · log p − (1 − labels) · log(1 − p), where p = sigmoid(logits); for classes that do not exclude each other.
 * @see optax.sigmoid_binary_cross_entropy
 * @example
 * optim.sigmoidBinaryCrossEntropy(np.array([0]), np.array([1])).js(); // ≈ [0.6931471805599453]
 */
export const sigmoidBinaryCrossEntropy = define(
  "sigmoidBinaryCrossEntropy",
  logitsAndLabels,
  [],
  ({ logits, labels }) => {
    const x = floating("sigmoidBinaryCrossEntropy", logits);
    const y = asArray(labels, "sigmoidBinaryCrossEntropy").astype(x.dtype);
    const yes = np.multiply(np.negative(y), logSigmoid(x));
    return np.subtract(yes, np.multiply(np.subtract(1, y), logSigmoid(np.negative(x))));
  },
);

/**
 * max(0, 1 − predictorOutputs · targets), targets ±1, element by element (shapes broadcast). The derivative by the
 * outputs is −targets where the product is below 1, half of that at 1, else 0.
 * @see optax.hinge_loss
 * @example
 * optim.hingeLoss(np.array([2, 0.5]), np.array([1, -1])).js(); // [0, 1.5]
 */
export const hingeLoss = define(
  "hingeLoss",
  [number("predictorOutputs"), number("targets")],
  [],
  ({ predictorOutputs, targets }) => np.maximum(0, np.subtract(1, np.multiply(predictorOutputs, targets))),
);

/**
 * max(0, −predictorOutputs · targets), targets ±1, element by element.
 * @throws ShapeError for arguments of different shapes
 * @see optax.losses.perceptron_loss; Rosenblatt (1958)
 * @example
 * optim.perceptronLoss(np.array([2, 0.5]), np.array([1, -1])).js(); // [0, 0.5]
 */
export const perceptronLoss = define(
  "perceptronLoss",
  [number("predictorOutputs"), number("targets")],
  [],
  ({ predictorOutputs, targets }) => {
    sameShape("perceptronLoss", predictorOutputs, targets);
    return np.maximum(0, np.multiply(np.negative(predictorOutputs), targets));
  },
);

/**
 * The sparsemax loss of two classes, labels 0 or 1: `nn.sparsePlus` of the logits, negative where the label is 1.
 * Zero for logits of at least 1 on the right side.
 * @see optax.losses.sparsemax_loss; Martins, Astudillo (2016)
 * @example
 * optim.sparsemaxLoss(np.array([-2, 0.5, 3]), np.array([0, 1, 0])).js(); // [0, 0.0625, 3]
 */
export const sparsemaxLoss = define("sparsemaxLoss", logitsAndLabels, [], ({ logits, labels }) =>
  sparsePlus(np.where(np.notEqual(labels, 0), np.negative(logits), logits)),
);

/** weights · log softmax(x), zero where the weight is zero. */
const weightedLogSoftmax: CustomJvpFunction<[NDArray, NDArray], NDArray> = customJvp(
  (x: NDArray, weights: NDArray): NDArray => {
    const log = logSoftmax(x);
    return np.where(np.notEqual(weights, 0), np.multiply(weights, log), np.zerosLike(log));
  },
).defJvp(([x, weights]: [NDArray, NDArray], [dx, dw]: [NDArray, NDArray]): [NDArray, NDArray] => {
  const mean = np.sum(np.multiply(dx, softmax(x)), { axis: -1, keepdims: true });
  const ofX = np.multiply(weights, np.subtract(dx, mean));
  return [weightedLogSoftmax(x, weights), np.add(ofX, np.multiply(dw, logSoftmax(x)))];
});

/**
 * As `softmaxCrossEntropy`, where a logit may be −∞ if its label is 0: such classes count nothing, in derivatives
 * too. Logits and labels [..., classes], the result [...].
 * @throws DTypeError for logits that are not floats
 * @see optax.safe_softmax_cross_entropy
 * @example
 * const [logits, labels] = [np.array([0, 0, -Infinity]), np.array([1, 0, 0])];
 * optim.safeSoftmaxCrossEntropy(logits, labels).item(); // 0.6931…
 * optim.softmaxCrossEntropy(logits, labels).item(); // NaN
 */
export const safeSoftmaxCrossEntropy = define(
  "safeSoftmaxCrossEntropy",
  logitsAndLabels,
  [],
  ({ logits, labels }) => {
    const x = floating("safeSoftmaxCrossEntropy", logits);
    const y = asArray(labels, "safeSoftmaxCrossEntropy").astype(x.dtype);
    return np.negative(np.sum(weightedLogSoftmax(x, y), -1));
  },
);

/**
 * −Σ labels · log softmax(logits), for classes that exclude each other; labels are probabilities.
 *
 * Parameters: logits, labels, axis = -1, where = null.
 * @see optax.softmax_cross_entropy
 * @example
 * optim.softmaxCrossEntropy(np.array([0, 0]), np.array([1, 0])).item(); // ≈ 0.6931471805599453
 */
export const softmaxCrossEntropy = define(
  "softmaxCrossEntropy",
  [...logitsAndLabels, ...along],
  [],
  ({ logits, labels, axis, where }) => {
    const x = floating("softmaxCrossEntropy", logits);
    const mask = maskLike(where, x, axis);
    // Masked on both sides: −∞ · 0 would be NaN.
    const log = kept(logSoftmax(x, { axis, where: mask }), mask);
    return np.negative(
      np.sum(np.multiply(kept(asArray(labels, "softmaxCrossEntropy"), mask), log), { axis, where: mask }),
    );
  },
);

/** Axes of classes moved to the end and joined into one. */
function joinAxes(x: NDArray, axes: readonly number[]): NDArray {
  const batch = range(x.ndim).filter((a) => !axes.includes(a));
  const moved = np.transpose(x, [...batch, ...axes]);
  return np.reshape(moved, [...batch.map((a) => x.shape[a]), -1]);
}

/**
 * As `softmaxCrossEntropy`, with the number of the right class as label.
 *
 * Parameters: logits, labels, axis = -1 (or several, whose classes are counted together), where = null.
 * @see optax.softmax_cross_entropy_with_integer_labels
 * @example
 * const labels = np.array([1], { dtype: "int32" });
 * optim.softmaxCrossEntropyWithIntegerLabels(np.array([[0, 0]]), labels).js(); // ≈ [0.6931471805599453]
 */
export const softmaxCrossEntropyWithIntegerLabels = define(
  "softmaxCrossEntropyWithIntegerLabels",
  [...logitsAndLabels, ...along],
  [],
  ({ logits, labels, axis: given, where }) => {
    const name = "softmaxCrossEntropyWithIntegerLabels";
    let x = floating(name, logits);
    const y = integers(name, labels);
    if (given === null) throw new ArgumentError(`${name}: axis must be a number or a list; got null.`);
    let mask = maskLike(where, x, given);
    let [axis] = canonicalAxes(given, x.ndim, name);
    if (typeof given !== "number") {
      const axes = canonicalAxes(given, x.ndim, name);
      x = joinAxes(x, axes);
      mask = mask === null ? null : joinAxes(np.broadcastTo(mask, np.shape(logits)), axes);
      axis = x.ndim - 1;
    }
    const chosen = (from: NDArray, at = y): NDArray =>
      np.squeeze(np.takeAlongAxis(from, np.expandDims(at, axis), axis), axis);
    if (mask === null) {
      const n = x.shape[axis];
      const isClass = np.logicalAnd(np.greaterEqual(y, -n), np.less(y, n));
      // Not the difference from the sum, whose derivative would be p − 1. A label that is no class makes NaN of all.
      return np.multiply(chosen(logSoftmax(x, axis), np.where(isClass, y, 0)), np.where(isClass, -1, NaN));
    }
    const out = np.subtract(logsumexp(x, { axis, where: mask }), chosen(x));
    return np.where(np.any(mask, axis), out, 0);
  },
);

const scoresAndLabels = [number("scores"), number("labels")] as const;
const lastDot = (x: NDArray, y: NDArray): NDArray => np.sum(np.multiply(x, y), -1);
const hot = (name: string, scores: NDArray, labels: ArrayLike): NDArray =>
  oneHot(integers(name, labels), scores.shape[scores.ndim - 1], { dtype: scores.dtype });

/**
 * max(scores + 1 − one-hot label) − the label's score: scores [..., classes], integer labels [...], the result [...].
 * @throws DTypeError for scores that are not floats or labels that are no integers
 * @see optax.losses.multiclass_hinge_loss; Crammer, Singer (2001)
 * @example
 * const labels = np.array([0], { dtype: "int32" });
 * optim.multiclassHingeLoss(np.array([[1, 3, 0]]), labels).js(); // [3] — 3 + 1 − 1
 */
export const multiclassHingeLoss = define(
  "multiclassHingeLoss",
  scoresAndLabels,
  [],
  ({ scores, labels }) => {
    const x = floating("multiclassHingeLoss", scores);
    const y = hot("multiclassHingeLoss", x, labels);
    return np.subtract(np.max(np.subtract(np.add(x, 1), y), -1), lastDot(x, y));
  },
);

/**
 * max(scores) − the label's score: scores [..., classes], integer labels [...], the result [...].
 * @throws DTypeError for scores that are not floats or labels that are no integers
 * @see optax.losses.multiclass_perceptron_loss
 * @example
 * const labels = np.array([0], { dtype: "int32" });
 * optim.multiclassPerceptronLoss(np.array([[1, 3, 0]]), labels).js(); // [2]
 */
export const multiclassPerceptronLoss = define(
  "multiclassPerceptronLoss",
  scoresAndLabels,
  [],
  ({ scores, labels }) => {
    const x = floating("multiclassPerceptronLoss", scores);
    return np.subtract(np.max(x, -1), lastDot(x, hot("multiclassPerceptronLoss", x, labels)));
  },
);

/**
 * The sparsemax loss of several classes: scores [n, classes], integer labels [n], the result [n]. Its gradient by the
 * scores is their projection onto the simplex minus the one-hot label; it is zero where the label's score is above
 * others by 1.
 * @throws DTypeError for scores that are not floats or labels that are no integers
 * @see optax.losses.multiclass_sparsemax_loss; Martins, Astudillo (2016)
 * @example
 * const labels = np.array([0], { dtype: "int32" });
 * optim.multiclassSparsemaxLoss(np.array([[0.5, 1, 0]]), labels).js(); // [0.5625]
 */
export const multiclassSparsemaxLoss = define(
  "multiclassSparsemaxLoss",
  scoresAndLabels,
  [],
  ({ scores, labels }) => {
    const x = floating("multiclassSparsemaxLoss", scores);
    const one = (row: NDArray, label: NDArray): NDArray => {
      const p = projectionSimplex(row);
      const y = label.equal(np.arange(row.size, { dtype: "int32" }));
      const apart = np.where(y, 0, np.subtract(row, np.sum(np.where(y, row, 0))));
      const gain = np.sum(np.multiply(p, np.where(np.notEqual(p, 0), apart, 0)));
      return np.add(gain, np.multiply(0.5, np.subtract(1, np.sum(np.square(p)))));
    };
    return vmap(one)(x, integers("multiclassSparsemaxLoss", labels));
  },
);

/**
 * Cross entropy plus epsilon times 1 − the probability of the label. Logits and labels (probabilities) [...,
 * classes], the result [...]; by name: epsilon = 2, axis = -1, where = null.
 * @throws DTypeError for logits that are not floats
 * @see optax.losses.poly_loss_cross_entropy; Leng et al. (2022)
 * @example
 * optim.polyLossCrossEntropy(np.array([0, 0]), np.array([1, 0])).item(); // 1.6931… — log 2 + 2 · ½
 */
export const polyLossCrossEntropy = define(
  "polyLossCrossEntropy",
  logitsAndLabels,
  [number("epsilon", 2), ...along],
  ({ logits, labels, epsilon, axis, where }) => {
    const x = floating("polyLossCrossEntropy", logits);
    const mask = maskLike(where, x, axis);
    const y = kept(asArray(labels, "polyLossCrossEntropy"), mask);
    const wrong = np.multiply(y, np.subtract(1, softmax(x, { axis, where: mask })));
    const share = np.sum(wrong, { axis, where: mask });
    return np.add(softmaxCrossEntropy(x, y, axis, mask), np.multiply(epsilon, share));
  },
);

/**
 * `sigmoidBinaryCrossEntropy` that counts clear cases less: times (1 − p of the label)^gamma, and by alpha for label
 * 1, 1 − alpha for label 0. Element by element; by name: alpha = null (no weights), gamma = 2.
 * @throws DTypeError for logits that are not floats
 * @see optax.sigmoid_focal_loss; Lin et al. (2017)
 * @example
 * optim.sigmoidFocalLoss(np.array([0, 2]), np.array([1, 1])).js(); // [0.17328…, 0.00180…] — log 2 · ½² is the first
 */
export const sigmoidFocalLoss = define(
  "sigmoidFocalLoss",
  logitsAndLabels,
  [value<ArrayLike | null>()("alpha", null), number("gamma", 2)],
  ({ logits, labels, alpha, gamma }) => {
    const x = floating("sigmoidFocalLoss", logits);
    const y = asArray(labels, "sigmoidFocalLoss").astype(x.dtype);
    const no = np.subtract(1, y);
    const logs = np.stack([logSigmoid(x), logSigmoid(np.negative(x))], -1);
    const [ones, others] = np.broadcastArrays(no, y);
    const logWrong = logsumexp(logs, { axis: -1, b: np.stack([ones, others], -1) });
    const loss = np.multiply(sigmoidBinaryCrossEntropy(x, y), np.exp(np.multiply(gamma, logWrong)));
    if (alpha === null) return loss;
    const weight = np.add(np.multiply(alpha, y), np.multiply(np.subtract(1, alpha), no));
    return np.multiply(weight, loss);
  },
);

const divergence = [number("logPredictions"), number("targets"), ...along] as const;

/**
 * Σ targets · (log targets − logPredictions), where 0 · log 0 is 0: distributions [..., n], the result [...].
 *
 * Parameters: logPredictions, targets, axis = -1, where = null.
 * @throws DTypeError for arguments that are not floats
 * @see optax.kl_divergence; Kullback, Leibler (1951)
 * @example
 * const half = np.log(np.array([0.5, 0.5]));
 * optim.klDivergence(half, np.array([1, 0])).item(); // 0.6931…
 */
export const klDivergence = define(
  "klDivergence",
  divergence,
  [],
  ({ logPredictions, targets, axis, where }) => {
    const mask = where === null ? null : asArray(where, "klDivergence");
    const q = kept(floating("klDivergence", logPredictions), mask);
    const p = kept(floating("klDivergence", targets), mask);
    const none = np.equal(p, 0);
    const log = np.where(none, 0, np.log(np.where(none, 1, p)));
    return np.sum(np.multiply(p, np.subtract(log, q)), { axis, where });
  },
);

/**
 * As `klDivergence`, of logarithms of targets: Σ exp(logTargets) · (logTargets − logPredictions).
 *
 * Parameters: logPredictions, logTargets, axis = -1, where = null.
 * @throws DTypeError for arguments that are not floats
 * @see optax.losses.kl_divergence_with_log_targets
 * @example
 * const [half, skew] = [np.log(np.array([0.5, 0.5])), np.log(np.array([0.25, 0.75]))];
 * optim.klDivergenceWithLogTargets(half, skew).item(); // 0.13081…
 */
export const klDivergenceWithLogTargets = define(
  "klDivergenceWithLogTargets",
  [number("logPredictions"), number("logTargets"), ...along],
  [],
  ({ logPredictions, logTargets, axis, where }) => {
    const mask = where === null ? null : asArray(where, "klDivergenceWithLogTargets");
    const q = kept(floating("klDivergenceWithLogTargets", logPredictions), mask);
    const p = kept(floating("klDivergenceWithLogTargets", logTargets), mask);
    return np.sum(np.multiply(np.exp(p), np.subtract(p, q)), { axis, where });
  },
);

/**
 * `klDivergence` plus Σ exp(logPredictions) − targets: convex in both arguments, also where they do not sum to 1.
 *
 * Parameters: logPredictions, targets, axis = -1, where = null.
 * @throws DTypeError for arguments that are not floats
 * @see optax.generalized_kl_divergence
 * @example
 * optim.generalizedKlDivergence(np.log(np.array([0.5, 1.5])), np.array([1, 0])).item(); // 1.6931… — log 2 + 1
 */
export const generalizedKlDivergence = define("generalizedKlDivergence", divergence, [], (o) => {
  const { logPredictions, targets, axis, where } = o;
  const mask = where === null ? null : asArray(where, "generalizedKlDivergence");
  const q = kept(floating("generalizedKlDivergence", logPredictions), mask);
  const excess = np.subtract(np.exp(q), targets);
  return np.add(klDivergence(o), np.sum(excess, { axis, where }));
});

/**
 * Alias of `generalizedKlDivergence`.
 * @see optax.convex_kl_divergence
 */
export const convexKlDivergence = generalizedKlDivergence;

/**
 * (1 − alpha) · labels + alpha / the number of classes; by name: axis = -1, where = null.
 * @see optax.smooth_labels
 * @example
 * optim.smoothLabels(np.array([0, 1]), 0.2).js(); // [0.1, 0.9]
 */
export const smoothLabels = define(
  "smoothLabels",
  [number("labels"), number("alpha")],
  along,
  ({ labels, alpha, axis, where }) => {
    const y = floating("smoothLabels", labels);
    const axes = canonicalAxes(axis, y.ndim, "smoothLabels");
    const classes =
      where === null
        ? axes.reduce((n, a) => n * y.shape[a], 1)
        : np.sum(asArray(where, "smoothLabels"), { axis, keepdims: true });
    return np.add(np.multiply(np.subtract(1, alpha), y), np.divide(alpha, classes));
  },
);
