/**
 * @file Optimisers that divide by accumulated squares of gradients: chains of transformations that end with the learning
 * rate (a number, an array, or a schedule). Source: optax/_src/alias.py.
 */
import type { DType } from "../../dtypes/dtype.ts";
import { type DecayState, type EmaState, addDecayedWeights, ema } from "../gradients/accumulation.ts";
import type { EmptyState, GradientTransformation, OfParams } from "../gradients/base.ts";
import { clipByBlockRms } from "../gradients/clipping.ts";
import { chain } from "../gradients/combining.ts";
import { define } from "../../arguments/declare.ts";
import { type ScalarOrSchedule, flag, number, rate, value } from "../../arguments/parameters.ts";
import { type FactoredState, scaleByFactoredRms } from "../gradients/factored.ts";
import { scaleByParamBlockRms } from "../gradients/norms.ts";
import * as scaling from "../gradients/scaling.ts";
import { negate } from "../parameters/scalars.ts";
import { learning, maskOr, mayLearn, maybe, momentumOr, rated } from "./parts.ts";

/**
 * Adagrad: gradients over the root of the sum of their squares so far.
 *
 * Parameters: learningRate, initialAccumulatorValue = 0.1, eps = 1e-7.
 * @see optax.adagrad; Duchi, Hazan, Singer (2011)
 * @example
 * const g = np.array([0.5, -3]);
 * const tx = optim.adagrad(0.1);
 * tx.update(g, tx.init(g))[0].js(); // [-0.08451…, 0.09944…]
 */
export const adagrad = rated(
  "adagrad",
  [number("initialAccumulatorValue", 0.1), number("eps", 1e-7)],
  [],
  scaling.scaleByRss,
);

/**
 * Adadelta: gradients times the root of the running mean of squared updates, over that of squared gradients.
 *
 * Parameters: learningRate = null (the updates keep the gradient's sign then: give 1), rho = 0.9, eps = 1e-6,
 * weightDecay = 0, weightDecayMask = null.
 * @throws ArgumentError from `update` without parameters
 * @see optax.adadelta; Zeiler (2012)
 * @example
 * const [g, p] = [np.array([0.5, -3]), np.array([1, -2])];
 * const tx = optim.adadelta(1);
 * tx.update(g, tx.init(p), p)[0].js(); // [-0.003162…, 0.003162…]
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
  ({ learningRate, rho, eps, weightDecay, weightDecayMask }) =>
    chain(
      addDecayedWeights({ weightDecay, mask: weightDecayMask }),
      scaling.scaleByAdadelta(rho, eps),
      scaling.scaleByLearningRate({ learningRate }),
    ),
);

/**
 * RMSProp: gradients over the root of the running mean of their squares (of their variance if `centered`).
 *
 * Parameters: learningRate, decay = 0.9, eps = 1e-8, initialScale = 0, epsInSqrt = true, centered = false, momentum =
 * null, nesterov = false, biasCorrection = false.
 * @see optax.rmsprop; Hinton (2012), lecture 6e; Graves (2013)
 * @example
 * const g = np.array([0.5, -3]);
 * const tx = optim.rmsprop(0.1, { decay: 0.75 });
 * tx.update(g, tx.init(g))[0].js(); // [-0.2000, 0.2000]
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
  ({ learningRate, centered, momentum, nesterov, ...o }) =>
    chain(
      centered ? scaling.scaleByStddev(o) : scaling.scaleByRms(o),
      scaling.scaleByLearningRate(learningRate),
      momentumOr(momentum, nesterov),
    ),
);

/**
 * SM3: Adagrad in little memory, whose squares are kept for rows and columns only.
 *
 * Parameters: learningRate, momentum = 0.9.
 * @see optax.sm3; Anil et al. (2019)
 * @example
 * const tx = optim.sm3(0.1, 0.5);
 * const g = np.array([0.5, -3]);
 * tx.update(g, tx.init(g))[0].js(); // [-0.05000, 0.05000]
 */
export const sm3 = define(
  "sm3",
  [number("learningRate"), number("momentum", 0.9)],
  [],
  ({ learningRate, momentum }) => chain(scaling.scaleBySm3(momentum), scaling.scale(negate(learningRate))),
);

/** The states of the parts of `adafactor` that follow the scaling. */
type AdafactorState = EmptyState | scaling.RateState | EmaState<OfParams> | DecayState;

/**
 * Adafactor: Adam's scaling in little memory, relative to the root mean square of parameters. Without a learning rate
 * the update is that of rate 1.
 *
 * Parameters: learningRate = null, minDimSizeToFactor = 128, decayRate = 0.8, decayOffset = 0,
 * multiplyByParameterScale = true, clippingThreshold = 1, momentum = null, dtypeMomentum = "float32", weightDecayRate
 * = null, eps = 1e-30, factored = true, weightDecayMask = null.
 * @throws ArgumentError from `update` without parameters
 * @see optax.adafactor; Shazeer, Stern (2018)
 * @example
 * const [g, p] = [np.array([0.5, -3]), np.array([1, -2])];
 * const tx = optim.adafactor(0.1);
 * tx.update(g, tx.init(p), p)[0].js(); // [-0.1581…, 0.1581…] — 0.1 · √2.5
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
  (o): GradientTransformation<readonly [FactoredState<OfParams>, ...AdafactorState[]]> => {
    const parts: unknown[] = [
      scaleByFactoredRms(o.factored, o.decayRate, o.decayOffset, o.minDimSizeToFactor, o.eps),
    ];
    if (o.clippingThreshold !== null) parts.push(clipByBlockRms(o.clippingThreshold));
    if (o.learningRate !== null) parts.push(scaling.scaleByLearningRate(o.learningRate, { flipSign: false }));
    if (o.multiplyByParameterScale) parts.push(scaleByParamBlockRms());
    if (o.momentum !== null)
      parts.push(ema({ decay: o.momentum, debias: false, accumulatorDtype: o.dtypeMomentum }));
    if (o.weightDecayRate !== null)
      parts.push(addDecayedWeights({ weightDecay: o.weightDecayRate, mask: o.weightDecayMask }));
    parts.push(scaling.scale(-1));
    const made: GradientTransformation<unknown> = chain(...(parts as GradientTransformation<unknown>[]));
    return made as GradientTransformation<readonly [FactoredState<OfParams>, ...AdafactorState[]]>;
  },
);
