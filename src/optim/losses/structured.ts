/**
 * @file Losses of sequences, of rankings, of embeddings, of segmentations, and those of Fenchel and Young.
 * Source: optax/losses/_classification.py, _ranking.py, _self_supervised.py, _segmentation.py, _fenchel_young.py.
 */
import { index, updater } from "../../numpy/indexing/indexing.ts";
import { refuseMore, show } from "../../base/checks.ts";
import { scan } from "../../control-flow/lax.ts";
import type { ArrayLike, NDArray } from "../../core/array.ts";
import { isConcrete } from "../../core/eval.ts";
import { ArgumentError, ShapeError } from "../../base/errors.ts";
import { asArray } from "../../lax/operands/convert.ts";
import { stopGradient } from "../../lax/index.ts";
import { logSoftmax, oneHot, sigmoid, softmax } from "../../nn/index.ts";
import * as np from "../../numpy/index.ts";
import { range } from "../../base/util.ts";
import { define } from "../../arguments/declare.ts";
import { flag, number, value } from "../../arguments/parameters.ts";
import { floating, sameShape } from "./common.ts";
import { cosineSimilarity } from "./regression.ts";

const ctcParams = [
  number("logits"),
  number("logitPaddings"),
  number("labels"),
  number("labelPaddings"),
] as const;
const ctcNamed = [value<number>()("blankId", 0), number("logEpsilon", -1e5)] as const;

function checkCtc(logits: NDArray, logitPaddings: NDArray, labels: NDArray, labelPaddings: NDArray): void {
  if (logits.ndim !== 3 || labels.ndim !== 2 || labels.shape[0] !== logits.shape[0])
    throw new ShapeError(
      `ctcLoss: expected logits [batch, time, classes] and labels [batch, length]; got shapes ` +
        `[${logits.shape.join(",")}] and [${labels.shape.join(",")}].`,
    );
  sameShape("ctcLoss", labels, labelPaddings);
  sameShape("ctcLoss", index(logits, [[], [], 0]), logitPaddings);
}

type Alphas = readonly [phi: NDArray, emit: NDArray];

const addScore = (phi: NDArray, score: NDArray): NDArray =>
  np.concatenate([index(phi, [[], [0, 1]]), np.logaddexp(index(phi, [[], [1]]), score)], -1);

/**
 * The negative log likelihood of label sequences under any alignment with the inputs, for each of the batch
 * ([batch]); and the log forward probabilities: of blanks after each number of labels, [time, batch, length + 1], and
 * of each label, [time, batch, length]. Parameters are those of `ctcLoss`.
 * @throws ShapeError for arguments that do not fit each other; DTypeError for logits that are not floats
 * @see optax.ctc_loss_with_forward_probs; Graves et al. (2006)
 * @example
 * const [logits, labels] = [np.zeros([1, 2, 2]), np.array([[1]])];
 * const [loss, blanks] = optim.ctcLossWithForwardProbs(logits, np.zeros([1, 2]), labels, np.zeros([1, 1]));
 * loss.js(); // [0.2876…]
 * blanks.shape; // [2, 1, 2]
 */
export const ctcLossWithForwardProbs = define(
  "ctcLossWithForwardProbs",
  ctcParams,
  ctcNamed,
  ({ logits, logitPaddings, labels, labelPaddings, blankId, logEpsilon }): [NDArray, NDArray, NDArray] => {
    const x = floating("ctcLoss", logits);
    const y = asArray(labels, "ctcLoss").astype("int32");
    const xPad = asArray(logitPaddings, "ctcLoss").astype(x.dtype);
    const yPad = asArray(labelPaddings, "ctcLoss").astype(x.dtype);
    checkCtc(x, xPad, y, yPad);
    const [batch, , classes] = x.shape;
    const most = y.shape[1];
    const logs = logSoftmax(x);
    const same = np.equal(index(y, [[], [0, -1]]), index(y, [[], [1]])).astype(x.dtype);
    const repeat = np.pad(same, [
      [0, 0],
      [0, 1],
    ]);
    const blank = np.transpose(index(logs, [[], [], [blankId, blankId + 1]]), [1, 0, 2]);
    const emitted = np.einsum("btk,bnk->tbn", logs, oneHot(y, classes, { dtype: x.dtype }));
    const start = updater(np.full([batch, most + 1], logEpsilon, x.dtype), [[], 0]).set(0);
    const step = (
      [phi, emit]: Alphas,
      [ofLabel, ofBlank, pad]: [NDArray, NDArray, NDArray],
    ): [Alphas, Alphas] => {
      const before = addScore(phi, np.add(emit, np.multiply(logEpsilon, repeat)));
      const nextEmit = np.logaddexp(np.add(index(before, [[], [0, -1]]), ofLabel), np.add(emit, ofLabel));
      const apart = np.multiply(logEpsilon, np.subtract(1, repeat));
      const nextPhi = addScore(np.add(before, ofBlank), np.add(np.add(emit, ofBlank), apart));
      const held = np.reshape(pad, [batch, 1]);
      const mix = (old: NDArray, fresh: NDArray): NDArray =>
        np.add(np.multiply(held, old), np.multiply(np.subtract(1, held), fresh));
      const next: Alphas = [mix(phi, nextPhi), mix(emit, nextEmit)];
      return [next, next];
    };
    const init: Alphas = [start, np.full([batch, most], logEpsilon, x.dtype)];
    const [, [phis, emits]] = scan(step, init, [emitted, blank, np.transpose(xPad)]);
    const last = addScore(index(phis, [-1]), index(emits, [-1]));
    const lengths = np.subtract(most, np.sum(yPad, 1)).astype("int32");
    const likelihood = np.sum(np.multiply(last, oneHot(lengths, most + 1, { dtype: x.dtype })), 1);
    return [np.negative(likelihood), updater(phis, [-1]).set(last), emits];
  },
);

/**
 * The connectionist temporal classification loss: −log of the probability that the inputs spell the labels, for each
 * of the batch ([batch]). Impossible labels have a loss of about −logEpsilon.
 *
 * Parameters: logits [batch, time, classes], logitPaddings [batch, time] (1 where padded), labels [batch, length],
 * labelPaddings [batch, length]; by name: blankId = 0, logEpsilon = -1e5.
 * @throws ShapeError for arguments that do not fit each other; DTypeError for logits that are not floats
 * @see optax.ctc_loss; Graves et al. (2006)
 * @example
 * const logits = np.zeros([1, 2, 2]); // two steps, a blank and a letter equally likely
 * const loss = optim.ctcLoss(logits, np.zeros([1, 2]), np.array([[1]]), np.zeros([1, 1]));
 * loss.js(); // [0.2876…] — −log ¾: three of four alignments spell the letter
 */
export const ctcLoss = define("ctcLoss", ctcParams, ctcNamed, (o) => ctcLossWithForwardProbs(o)[0]);

/** How the losses of a ranking are put together: `np.mean`, `np.sum` or one's own. */
export type ReduceFn = (x: NDArray, options: { readonly where?: ArrayLike | undefined }) => NDArray;

function reduced(loss: NDArray, where: NDArray | null, reduceFn: ReduceFn | null): NDArray {
  if (reduceFn === null) return where === null ? loss : np.where(where, loss, 0);
  const out = reduceFn(loss, where === null ? {} : { where });
  if (where === null || (reduceFn as unknown) !== np.mean) return out;
  // The mean of nothing is 0.
  const valid = np.logicalNot(np.any(np.isnan(loss)));
  return np.where(np.logicalAnd(np.isnan(out), valid), 0, out);
}

/**
 * Cross entropy between labels as relevances and the softmax of scores, along the last axis: both [..., items]. The
 * losses are put together by `reduceFn`; by name: where = null (which items there are), weights = null (of items),
 * reduceFn = np.mean (null: none, the result [...]).
 * @throws DTypeError for logits that are not floats
 * @see optax.losses.ranking_softmax_loss; Bruch et al. (2019)
 * @example
 * optim.losses.rankingSoftmaxLoss(np.array([2, 1, 0]), np.array([1, 0, 0])).item(); // 0.4076…
 */
export const rankingSoftmaxLoss = define(
  "rankingSoftmaxLoss",
  [number("logits"), number("labels")],
  [
    value<ArrayLike | null>()("where", null),
    value<ArrayLike | null>()("weights", null),
    value<ReduceFn | null>()("reduceFn", np.mean),
  ],
  ({ logits, labels, where, weights, reduceFn }) => {
    let x = floating("rankingSoftmaxLoss", logits);
    let y = asArray(labels, "rankingSoftmaxLoss").astype(x.dtype);
    const mask = where === null ? null : asArray(where, "rankingSoftmaxLoss");
    if (mask !== null) {
      y = np.where(mask, y, 0);
      x = np.where(mask, x, -Infinity);
    }
    if (weights !== null) y = np.multiply(y, weights);
    const log = logSoftmax(x, -1);
    const terms = np.multiply(y, mask === null ? log : np.where(mask, log, 0));
    const loss = np.negative(np.sum(terms, { axis: -1, where: mask }));
    return reduced(loss, mask === null ? null : np.any(mask, -1), reduceFn);
  },
);

/**
 * The normalised temperature-scaled cross entropy, a scalar: embeddings [n, d] of one label ([n]) are to be alike,
 * others not. For every pair of one label −log of exp(s / temperature) over itself plus that of all embeddings of
 * other labels, where s is the cosine similarity; the mean of these.
 *
 * Parameters: embeddings, labels, temperature = 0.07.
 * @throws ShapeError unless there are as many labels as embeddings; DTypeError for embeddings that are not floats
 * @see optax.ntxent; Chen et al. (2020)
 * @example
 * const x = np.array([[1, 0], [1, 0], [0, 1], [0, 1]]);
 * optim.ntxent(x, np.array([0, 0, 1, 1]), 1).item(); // 0.5514… — −log(e / (e + 2))
 */
export const ntxent = define(
  "ntxent",
  [number("embeddings"), number("labels"), number("temperature", 0.07)],
  [],
  ({ embeddings, labels, temperature }) => {
    const x = floating("ntxent", embeddings);
    const y = asArray(labels, "ntxent");
    if (y.shape[0] !== x.shape[0])
      throw new ShapeError(`ntxent: ${x.shape[0]} embeddings need as many labels; got ${y.shape[0]}.`);
    const epsilon = np.finfo(x.dtype).eps;
    const cosines = cosineSimilarity(np.expandDims(x, 0), np.expandDims(x, 1), { epsilon });
    const likeness = np.divide(cosines, temperature);
    const same = np.equal(np.expandDims(y, 1), np.expandDims(y, 0));
    const match = np.logicalAnd(same, np.logicalNot(np.eye(x.shape[0], { dtype: "bool" })));
    const differ = np.where(same, -Infinity, likeness);
    const agree = np.where(match, likeness, -Infinity);
    const top = stopGradient(np.max(np.concatenate([differ, agree], -1), { axis: 1, keepdims: true }));
    const numerator = np.subtract(agree, top);
    const others = np.sum(np.exp(np.subtract(differ, top)), { axis: 1, keepdims: true });
    const log = np.log(np.add(others, np.exp(numerator)));
    const terms = np.where(match, np.subtract(numerator, log), 0);
    return np.divide(np.negative(np.sum(terms)), np.sum(match));
  },
);

/**
 * max(distance to positives − distance to negatives + margin, 0): vectors [..., n], the result [...]. A distance is
 * (Σ (a − x)^normDegree + eps)^(1 / normDegree).
 *
 * Parameters: anchors, positives, negatives, axis = -1, normDegree = 2, margin = 1, eps = 1e-6 (so that the distance
 * of equal vectors has a derivative).
 * @throws DTypeError for arguments that are not floats
 * @see optax.losses.triplet_margin_loss; Balntas et al. (2016)
 * @example
 * const [a, near, far] = [np.array([0, 0]), np.array([0, 1]), np.array([3, 4])];
 * optim.losses.tripletMarginLoss(a, near, far).item(); // 0
 * optim.losses.tripletMarginLoss(a, far, near).item(); // 5.000 — 5 − 1 + 1
 */
export const tripletMarginLoss = define(
  "tripletMarginLoss",
  [
    number("anchors"),
    number("positives"),
    number("negatives"),
    value<number>()("axis", -1),
    number("normDegree", 2),
    number("margin", 1),
    number("eps", 1e-6),
  ],
  [],
  ({ anchors, positives, negatives, axis, normDegree, margin, eps }) => {
    const a = floating("tripletMarginLoss", anchors);
    const far = (x: ArrayLike): NDArray => {
      const apart = np.power(np.subtract(a, floating("tripletMarginLoss", x)), normDegree);
      return np.power(np.add(np.sum(apart, axis), eps), np.divide(1, normDegree));
    };
    return np.maximum(np.add(np.subtract(far(positives), far(negatives)), margin), 0);
  },
);

/** How the losses of the classes are put together. */
export type Reduction = "mean" | "sum" | "none";

function reduceClasses(loss: NDArray, reduction: Reduction): NDArray {
  if (reduction === "mean") return np.mean(loss, -1);
  if (reduction === "sum") return np.sum(loss, -1);
  if (reduction === "none") return loss;
  throw new ArgumentError(`diceLoss: reduction must be "mean", "sum" or "none"; got ${show(reduction)}.`);
}

function checkProbabilities(p: NDArray): void {
  if (!isConcrete(p)) return;
  const sums = np.sum(p, -1);
  if (np.allclose(sums, 1, { rtol: 1e-5 }).item()) return;
  throw new ArgumentError(
    `diceLoss: with applySoftmax false, predictions must be probabilities that sum to 1 along the last axis; ` +
      `the sums go from ${String(np.min(sums).item())} to ${String(np.max(sums).item())}.`,
  );
}

/**
 * 1 − the overlap of segments, (|p·y| + smooth) / (|p·y| + alpha · false positives + beta · false negatives +
 * smooth): predictions and targets [batch, …, classes], the result [batch], the mean over classes. Predictions are
 * logits, or probabilities with applySoftmax false; of a single class their sigmoid is taken.
 *
 * By name: classWeights = null, smooth = 1, alpha = 0.5 and beta = 0.5, applySoftmax = true, reduction = "mean" (or
 * "sum", or "none": the result [batch, classes]), ignoreBackground = false (leave out class 0), axis = null (all but
 * the first and last).
 * @throws ShapeError for arguments of different shapes; ArgumentError for another reduction, and for probabilities
 * that do not sum to 1 (traced ones are not checked)
 * @see optax.losses.dice_loss; Milletari, Navab, Ahmadi (2016); Salehi, Erdogmus, Gholipour (2017)
 * @example
 * const p = np.array([[[1, 0], [1, 0], [0, 1]]]);
 * const y = np.array([[[1, 0], [0, 1], [0, 1]]]);
 * optim.losses.diceLoss(p, y, { applySoftmax: false, smooth: 0 }).js(); // [0.3333…] — 1 − 2 · 1 / (2 + 1)
 */
export const diceLoss = define(
  "diceLoss",
  [number("predictions"), number("targets")],
  [
    value<ArrayLike | null>()("classWeights", null),
    number("smooth", 1),
    number("alpha", 0.5),
    number("beta", 0.5),
    flag("applySoftmax", true),
    value<Reduction>()("reduction", "mean"),
    flag("ignoreBackground", false),
    value<number | readonly number[] | null>()("axis", null),
  ],
  ({ predictions, targets, smooth, alpha, beta, ...o }) => {
    let x = asArray(predictions, "diceLoss");
    let y = asArray(targets, "diceLoss");
    if (x.ndim === y.ndim - 1) x = np.expandDims(x, -1);
    if (y.ndim === x.ndim - 1) y = np.expandDims(y, -1);
    sameShape("diceLoss", x, y);
    const classes = x.shape[x.ndim - 1];
    if (!o.applySoftmax) checkProbabilities(x);
    const p = !o.applySoftmax ? x : classes === 1 ? sigmoid(x) : softmax(x, -1);
    const axis = o.axis ?? range(p.ndim).slice(1, -1);
    const both = np.sum(np.multiply(p, y), axis);
    const falsely = np.multiply(alpha, np.subtract(np.sum(p, axis), both));
    const missed = np.multiply(beta, np.subtract(np.sum(y, axis), both));
    const whole = np.add(np.add(np.add(both, falsely), missed), smooth);
    let loss = np.subtract(1, np.divide(np.add(both, smooth), whole));
    if (o.classWeights !== null) loss = np.multiply(loss, o.classWeights);
    if (o.ignoreBackground && classes > 1) loss = index(loss, ["...", [1]]);
    return reduceClasses(loss, o.reduction);
  },
);

/**
 * The mean of `diceLoss` (a scalar) whose classes count by one over the square of their frequency; by name: smooth =
 * 1, applySoftmax = true, ignoreBackground = false.
 * @throws ShapeError for arguments of different shapes; ArgumentError for probabilities that do not sum to 1
 * @see optax.losses.multiclass_generalized_dice_loss; Sudre et al. (2017)
 * @example
 * const p = np.array([[[1, 0], [1, 0], [0, 1]]]);
 * const y = np.array([[[1, 0], [0, 1], [0, 1]]]);
 * optim.losses.multiclassGeneralizedDiceLoss(p, y, { applySoftmax: false, smooth: 0 }).item(); // 0.3333…
 */
export const multiclassGeneralizedDiceLoss = define(
  "multiclassGeneralizedDiceLoss",
  [number("predictions"), number("targets")],
  [number("smooth", 1), flag("applySoftmax", true), flag("ignoreBackground", false)],
  ({ predictions, targets, ...o }) => {
    sameShape("multiclassGeneralizedDiceLoss", predictions, targets);
    const y = asArray(targets, "multiclassGeneralizedDiceLoss");
    const frequency = np.sum(y, range(y.ndim - 1));
    const weights = np.divide(1, np.add(np.square(frequency), 1e-7));
    const classWeights = np.multiply(np.divide(weights, np.sum(weights)), weights.size);
    return np.mean(diceLoss(predictions, y, { ...o, classWeights, reduction: "none" }));
  },
);

/**
 * `diceLoss` of one class: predictions (logits) and targets [batch, …], or with a last axis of length 1; the result
 * [batch]. By name: smooth = 1, applySigmoid = true.
 * @throws ShapeError for arguments of different shapes; ArgumentError with applySigmoid false unless all predictions
 * are 1, since they count as the probabilities of a single class
 * @see optax.losses.binary_dice_loss
 * @example
 * const y = np.array([[1, 0, 1, 0]]);
 * optim.losses.binaryDiceLoss(np.zeros([1, 4]), y, { smooth: 0 }).js(); // [0.5] — 1 − 2 · 1 / (2 + 2)
 */
export const binaryDiceLoss = define(
  "binaryDiceLoss",
  [number("predictions"), number("targets")],
  [number("smooth", 1), flag("applySigmoid", true)],
  ({ predictions, targets, smooth, applySigmoid }) => {
    let x = asArray(predictions, "binaryDiceLoss");
    let y = asArray(targets, "binaryDiceLoss");
    if (x.ndim === y.ndim && x.shape[x.ndim - 1] !== 1) [x, y] = [np.expandDims(x, -1), np.expandDims(y, -1)];
    return diceLoss(x, y, { smooth, applySoftmax: applySigmoid });
  },
);

/**
 * The loss maxFun(scores) − scores · targets along the last axis, whose gradient is a (soft) argmax minus the
 * targets; with `nn.logsumexp` it is the softmax cross entropy of one-hot targets. Scores and targets [..., n], the
 * result [...].
 * @param maxFun a function of a vector to a scalar
 * @see optax.losses.make_fenchel_young_loss; Blondel, Martins, Niculae (2020)
 * @example
 * const loss = optim.losses.makeFenchelYoungLoss((x) => nn.logsumexp(x));
 * loss(np.array([0, 0]), np.array([1, 0])).item(); // 0.6931…
 * grad((x: Array) => loss(x, np.array([1, 0])))(np.array([0, 0])).js(); // [-0.5, 0.5]
 */
export function makeFenchelYoungLoss(
  maxFun: (scores: NDArray) => NDArray,
  ...more: []
): (scores: ArrayLike, targets: ArrayLike) => NDArray {
  refuseMore("makeFenchelYoungLoss", 1, more);
  return (scores, targets) => {
    const x = asArray(scores, "fenchelYoungLoss");
    const most = np.vectorize(maxFun, { signature: "(n)->()" })(x);
    return np.subtract(most, np.sum(np.multiply(np.conj(targets), x), -1));
  };
}
