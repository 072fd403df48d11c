/**
 * @file Gradient descent and its relatives, those that adapt by accumulated squares, and L-BFGS: chains of transformations
 * that end with the learning rate (a number, an array, or a schedule). Source: optax/_src/alias.py.
 */
import type { ArrayLike } from "../../core/array.ts";
import type { DType } from "../../dtypes/dtype.ts";
import type { KeyLike } from "../../random/index.ts";
import { addDecayedWeights, addNoise, ema, trace } from "../gradients/accumulation.ts";
import { type GradientTransformation, identity } from "../gradients/base.ts";
import { clipByBlockRms } from "../gradients/clipping.ts";
import { chain } from "../gradients/combining.ts";
import { define } from "../../arguments/declare.ts";
import { type ScalarOrSchedule, dtypeOf, flag, number, rate, value } from "../../arguments/parameters.ts";
import { type PolyakVariant, scaleByFactoredRms, scaleByPolyak } from "../gradients/factored.ts";
import { scaleByLbfgs } from "../line-search/lbfgs.ts";
import { scaleByZoomLinesearch } from "../line-search/zoom.ts";
import { type MaskOrFn, masked } from "../gradients/masking.ts";
import { minus, negate, plus, power, times } from "../parameters/scalars.ts";
import * as scaling from "../gradients/scaling.ts";
import { type Optimizer, learning, rated } from "./parts.ts";

const mayLearn = value<ScalarOrSchedule | null>()("learningRate", null);
const maybe = value<ArrayLike | null>();
const maskOr = value<MaskOrFn | null>();

const momentumOr = (
  decay: ArrayLike | null,
  nesterov: boolean,
  accumulatorDtype: DType | null = null,
): GradientTransformation<unknown> =>
  decay === null ? identity() : trace({ decay, nesterov, accumulatorDtype });

/**
 * Gradient descent, with momentum if asked for.
 *
 * Parameters: learningRate, momentum = null, nesterov = false, accumulatorDtype = null.
 * @see optax.sgd
 * @example
 * const tx = optim.sgd(0.1, { momentum: 0.9 });
 * let [x, state] = [np.array([1, 2]), tx.init(np.array([1, 2]))];
 * const [updates] = tx.update(x.mul(2), state);
 * optim.applyUpdates(x, updates).js(); // [0.8, 1.6]
 */
export const sgd = define(
  "sgd",
  [learning, maybe("momentum", null), flag("nesterov", false), dtypeOf("accumulatorDtype")],
  [],
  ({ learningRate, momentum, nesterov, accumulatorDtype }): Optimizer =>
    chain(momentumOr(momentum, nesterov, accumulatorDtype), scaling.scaleByLearningRate(learningRate)),
);

/** Signs of gradients times the learning rate. @see optax.sign_sgd */
export const signSgd = define("signSgd", [learning], [], ({ learningRate }): Optimizer =>
  chain(scaling.scaleBySign(), scaling.scaleByLearningRate(learningRate)),
);

/** Signs of momentum. Parameters: learningRate, beta = 0.9, accumulatorDtype = null. @see optax.signum */
export const signum = define(
  "signum",
  [learning, number("beta", 0.9), dtypeOf("accumulatorDtype")],
  [],
  ({ learningRate, beta, accumulatorDtype }): Optimizer =>
    chain(
      ema({ decay: beta, debias: false, accumulatorDtype }),
      scaling.scaleBySign(),
      scaling.scaleByLearningRate(learningRate),
    ),
);

/**
 * Gradient descent with decaying normal noise.
 *
 * Parameters: learningRate, eta = 0.01, gamma = 0.55, key = 0 (a key or a seed); by name: seed = null.
 * @see optax.noisy_sgd
 */
export const noisySgd = rated(
  "noisySgd",
  [number("eta", 0.01), number("gamma", 0.55), value<KeyLike | number | null>()("key", null)],
  [value<number | null>()("seed", null)],
  addNoise,
);

/**
 * Gradient descent by Polyak's step; `update` needs the extra argument `value`.
 *
 * Parameters: maxLearningRate = 1, scaling = 1 (a number or a schedule), fMin = 0, eps = 0, variant = "sps".
 * @see optax.polyak_sgd
 */
export const polyakSgd = define(
  "polyakSgd",
  [
    number("maxLearningRate", 1),
    rate("scaling", 1),
    number("fMin", 0),
    number("eps", 0),
    value<PolyakVariant>()("variant", "sps"),
  ],
  [],
  ({ scaling: rateOf, ...polyak }): Optimizer => chain(sgd(rateOf), scaleByPolyak(polyak)),
);

/**
 * Gradient descent that extrapolates, for games: (alpha + beta)·g − beta·(the last g).
 *
 * Parameters: learningRate, alpha = 1, beta = 1.
 * @see optax.optimistic_gradient_descent
 */
export const optimisticGradientDescent = rated(
  "optimisticGradientDescent",
  [number("alpha", 1), number("beta", 1)],
  [],
  scaling.scaleByOptimisticGradient,
);

/** Adagrad. Parameters: learningRate, initialAccumulatorValue = 0.1, eps = 1e-7. @see optax.adagrad */
export const adagrad = rated(
  "adagrad",
  [number("initialAccumulatorValue", 0.1), number("eps", 1e-7)],
  [],
  scaling.scaleByRss,
);

/**
 * Adadelta.
 *
 * Parameters: learningRate = null, rho = 0.9, eps = 1e-6, weightDecay = 0, weightDecayMask = null.
 * @see optax.adadelta
 */
export const adadelta = define(
  "adadelta",
  [
    mayLearn,
    number("rho", 0.9),
    number("eps", 1e-6),
    rate("weightDecay", 0),
    maskOr("weightDecayMask", null),
  ],
  [],
  ({ learningRate, rho, eps, weightDecay, weightDecayMask }): Optimizer =>
    chain(
      addDecayedWeights({ weightDecay, mask: weightDecayMask }),
      scaling.scaleByAdadelta(rho, eps),
      scaling.scaleByLearningRate({ learningRate }),
    ),
);

/**
 * RMSProp: gradients over the root of the running mean of their squares (of their variance if `centered`).
 *
 * Parameters: learningRate, decay = 0.9, eps = 1e-8, initialScale = 0, epsInSqrt = true, centered = false,
 * momentum = null, nesterov = false, biasCorrection = false.
 * @see optax.rmsprop
 */
export const rmsprop = define(
  "rmsprop",
  [
    learning,
    number("decay", 0.9),
    number("eps", 1e-8),
    number("initialScale", 0),
    flag("epsInSqrt", true),
    flag("centered", false),
    maybe("momentum", null),
    flag("nesterov", false),
    flag("biasCorrection", false),
  ],
  [],
  ({ learningRate, centered, momentum, nesterov, ...o }): Optimizer =>
    chain<unknown[]>(
      centered ? scaling.scaleByStddev(o) : scaling.scaleByRms(o),
      scaling.scaleByLearningRate(learningRate),
      momentumOr(momentum, nesterov),
    ),
);

/**
 * Rprop, for gradients without noise: only their signs count.
 *
 * Parameters: learningRate (the first step), etaMinus = 0.5, etaPlus = 1.2, minStepSize = 1e-6, maxStepSize = 50.
 * @see optax.rprop
 */
export const rprop = define(
  "rprop",
  [
    number("learningRate"),
    number("etaMinus", 0.5),
    number("etaPlus", 1.2),
    number("minStepSize", 1e-6),
    number("maxStepSize", 50),
  ],
  [],
  (o): Optimizer => chain(scaling.scaleByRprop(o), scaling.scale(-1)),
);

/** SM3: Adagrad in little memory. Parameters: learningRate, momentum = 0.9. @see optax.sm3 */
export const sm3 = define(
  "sm3",
  [number("learningRate"), number("momentum", 0.9)],
  [],
  ({ learningRate, momentum }): Optimizer =>
    chain(scaling.scaleBySm3(momentum), scaling.scale(negate(learningRate))),
);

/**
 * Adafactor: Adam's scaling in little memory.
 *
 * Parameters: learningRate = null, minDimSizeToFactor = 128, decayRate = 0.8, decayOffset = 0,
 * multiplyByParameterScale = true, clippingThreshold = 1, momentum = null, dtypeMomentum = "float32",
 * weightDecayRate = null, eps = 1e-30, factored = true, weightDecayMask = null.
 * @see optax.adafactor
 */
export const adafactor = define(
  "adafactor",
  [
    mayLearn,
    value<number>()("minDimSizeToFactor", 128),
    number("decayRate", 0.8),
    number("decayOffset", 0),
    flag("multiplyByParameterScale", true),
    maybe("clippingThreshold", 1),
    maybe("momentum", null),
    value<DType | null>()("dtypeMomentum", "float32"),
    value<ScalarOrSchedule | null>()("weightDecayRate", null),
    number("eps", 1e-30),
    flag("factored", true),
    maskOr("weightDecayMask", null),
  ],
  [],
  (o): Optimizer => {
    const parts: unknown[] = [
      scaleByFactoredRms(o.factored, o.decayRate, o.decayOffset, o.minDimSizeToFactor, o.eps),
    ];
    if (o.clippingThreshold !== null) parts.push(clipByBlockRms(o.clippingThreshold));
    if (o.learningRate !== null) parts.push(scaling.scaleByLearningRate(o.learningRate, { flipSign: false }));
    if (o.multiplyByParameterScale) parts.push(scaling.scaleByParamBlockRms());
    if (o.momentum !== null)
      parts.push(ema({ decay: o.momentum, debias: false, accumulatorDtype: o.dtypeMomentum }));
    if (o.weightDecayRate !== null)
      parts.push(addDecayedWeights({ weightDecay: o.weightDecayRate, mask: o.weightDecayMask }));
    parts.push(scaling.scale(-1));
    return chain(...(parts as GradientTransformation<unknown>[]));
  },
);

/**
 * Lars: gradient descent whose steps are proportional to the norm of their array, for large batches.
 *
 * Parameters: learningRate, weightDecay = 0, weightDecayMask = true, trustCoefficient = 1e-3, eps = 0,
 * trustRatioMask = true, momentum = 0.9, nesterov = false.
 * @see optax.lars
 */
export const lars = define(
  "lars",
  [
    learning,
    rate("weightDecay", 0),
    maskOr("weightDecayMask", true),
    number("trustCoefficient", 1e-3),
    number("eps", 0),
    maskOr("trustRatioMask", true),
    number("momentum", 0.9),
    flag("nesterov", false),
  ],
  [],
  ({ learningRate, weightDecay, weightDecayMask, trustCoefficient, eps, trustRatioMask, ...o }): Optimizer =>
    chain(
      addDecayedWeights({ weightDecay, mask: weightDecayMask }),
      masked(scaling.scaleByTrustRatio({ trustCoefficient, eps }), trustRatioMask),
      scaling.scaleByLearningRate(learningRate),
      trace(o.momentum, o.nesterov),
    ),
);

/** 1 / √(1 + r²). */
const shrink = (r: ArrayLike): ArrayLike => power(plus(1, power(r, 2)), -0.5);

/** Fromage: steps relative to the norms of arrays. Parameters: learningRate, minNorm = 1e-6. @see optax.fromage */
export const fromage = define(
  "fromage",
  [learning, number("minNorm", 1e-6)],
  [],
  ({ learningRate, minNorm }): Optimizer => {
    const scheduled = typeof learningRate === "function";
    const of = (f: (r: ArrayLike) => ArrayLike): ScalarOrSchedule =>
      scheduled ? (count) => f(learningRate(count)) : f(learningRate);
    return chain(
      scaling.scaleByTrustRatio(minNorm),
      scaling.scaleByLearningRate(of((r) => times(r, shrink(r)))),
      addDecayedWeights(of((r) => minus(shrink(r), 1))),
    );
  },
);

/**
 * L-BFGS: Newton's method by the changes of the last gradients, with a line search. `update` needs the parameters and the
 * extra arguments `{ value, grad, valueFn }`. For functions without noise.
 *
 * Parameters: learningRate = null, memorySize = 10, scaleInitPrecond = true, linesearch = a zoom line search (null: none).
 * @see optax.lbfgs
 * @example
 * const f = (x: Array) => x.sub(3).pow(2).sum();
 * const tx = optim.lbfgs();
 * let x = np.array([0, 10]);
 * let state = tx.init(x);
 * for (let i = 0; i < 3; i++) {
 *   const [value, gradient] = valueAndGrad(f)(x);
 *   const [updates, next] = tx.update(gradient, state, x, { value, grad: gradient, valueFn: f });
 *   x = optim.applyUpdates(x, updates);
 *   state = next;
 * }
 * x.js(); // ≈ [3, 3]
 */
export const lbfgs = define(
  "lbfgs",
  [
    mayLearn,
    value<number>()("memorySize", 10),
    flag("scaleInitPrecond", true),
    value<GradientTransformation<unknown> | null | undefined>()("linesearch", undefined),
  ],
  [],
  ({ learningRate, memorySize, scaleInitPrecond, linesearch }): Optimizer => {
    const search =
      linesearch === undefined
        ? scaleByZoomLinesearch(20, { initialGuessStrategy: "one" })
        : (linesearch ?? identity());
    return chain<unknown[]>(
      scaleByLbfgs(memorySize, scaleInitPrecond),
      learningRate === null ? scaling.scale(-1) : scaling.scaleByLearningRate(learningRate),
      search,
    );
  },
);
