/**
 * @file Optimisers of the Adam family, and those that adapt the step of every parameter: chains of transformations that end
 * with the learning rate (a number, an array, or a schedule). Source: optax/_src/alias.py.
 */
import type { ArrayLike } from "../../core/array.ts";
import type { GradientTransformation } from "../gradients/base.ts";
import { addDecayedWeights } from "../gradients/accumulation.ts";
import {
  scaleByAdam,
  scaleByAdamax,
  scaleByAdan,
  scaleByAmsgrad,
  scaleByBelief,
  scaleByLion,
  scaleByNovograd,
  scaleByRadam,
  scaleByYogi,
} from "../gradients/adaptive.ts";
import { chain } from "../gradients/combining.ts";
import { define } from "../../arguments/declare.ts";
import { type ScalarOrSchedule, dtypeOf, flag, number, rate, value } from "../../arguments/parameters.ts";
import type { MaskOrFn } from "../gradients/masking.ts";
import { scaleByLearningRate, scaleByOptimisticGradient, scaleByTrustRatio } from "../gradients/scaling.ts";

const learning = [rate("learningRate")] as const;
const betas = [number("b1", 0.9), number("b2", 0.999)] as const;
const afterRate = [...betas, number("eps", 1e-8), number("epsRoot", 0), dtypeOf("muDtype")] as const;
const adamParams = [...learning, ...afterRate] as const;
const nesterovFlag = [flag("nesterov", false)] as const;
const nesterovOn = [flag("nesterov", true)] as const;
const mask = value<MaskOrFn | null>()("mask", null);

/** A transformation, weight decay, and the learning rate. */
const withDecay = (
  inner: GradientTransformation<unknown>,
  weightDecay: ScalarOrSchedule,
  where: MaskOrFn | null,
  learningRate: ScalarOrSchedule,
): GradientTransformation<readonly unknown[]> =>
  chain(inner, addDecayedWeights({ weightDecay, mask: where }), scaleByLearningRate(learningRate));

const withRate = (
  inner: GradientTransformation<unknown>,
  learningRate: ScalarOrSchedule,
): GradientTransformation<readonly unknown[]> => chain(inner, scaleByLearningRate(learningRate));

/**
 * Adam: steps of the running mean of gradients over the root of that of their squares.
 *
 * Parameters: learningRate, b1 = 0.9, b2 = 0.999, eps = 1e-8, epsRoot = 0, muDtype = null; by name: nesterov = false.
 * For derivatives through the optimiser give an epsRoot above zero.
 * @see optax.adam
 * @example
 * const tx = optim.adam(0.1);
 * const p = np.array([1, -2]);
 * const [u] = tx.update(p.mul(2), tx.init(p), p);
 * u.js(); // ≈ [-0.1, 0.1]
 */
export const adam = define("adam", adamParams, nesterovFlag, ({ learningRate, ...o }) =>
  withRate(scaleByAdam(o), learningRate),
);

/** Adam with Nesterov's momentum; as `adam` otherwise. @see optax.nadam */
export const nadam = define("nadam", adamParams, nesterovOn, (o) => adam(o));

const adamwParams = [...adamParams, rate("weightDecay", 1e-4), mask] as const;

/**
 * Adam with weight decay that is not adapted.
 *
 * Parameters: those of `adam`, weightDecay = 1e-4, mask = null (where to decay); by name: nesterov = false.
 * @see optax.adamw
 */
export const adamw = define(
  "adamw",
  adamwParams,
  nesterovFlag,
  ({ learningRate, weightDecay, mask: where, ...o }) =>
    withDecay(scaleByAdam(o), weightDecay, where, learningRate),
);

/** As `adamw`, with Nesterov's momentum. @see optax.nadamw */
export const nadamw = define("nadamw", adamwParams, nesterovOn, (o) => adamw(o));

/** Adam by the largest gradients so far. Parameters: learningRate, b1 = 0.9, b2 = 0.999, eps = 1e-8. @see optax.adamax */
export const adamax = define(
  "adamax",
  [...learning, ...betas, number("eps", 1e-8)],
  [],
  ({ learningRate, ...o }) => withRate(scaleByAdamax(o), learningRate),
);

/** `adamax` with weight decay: further parameters weightDecay = 1e-4, mask = null. @see optax.adamaxw */
export const adamaxw = define(
  "adamaxw",
  [...learning, ...betas, number("eps", 1e-8), rate("weightDecay", 1e-4), mask],
  [],
  ({ learningRate, weightDecay, mask: where, ...o }) =>
    withDecay(scaleByAdamax(o), weightDecay, where, learningRate),
);

/**
 * Adam by the largest running mean of squares so far.
 *
 * Parameters: those of `adam`, biasCorrectionMu = true, biasCorrectionNu = true.
 * @see optax.amsgrad
 */
export const amsgrad = define(
  "amsgrad",
  [...adamParams, flag("biasCorrectionMu", true), flag("biasCorrectionNu", true)],
  [],
  ({ learningRate, ...o }) => withRate(scaleByAmsgrad(o), learningRate),
);

/**
 * AdaBelief: small steps where gradients differ from their running mean.
 *
 * Parameters: learningRate, b1 = 0.9, b2 = 0.999, eps = 1e-16, epsRoot = 1e-16; by name: nesterov = false.
 * @see optax.adabelief
 */
export const adabelief = define(
  "adabelief",
  [...learning, ...betas, number("eps", 1e-16), number("epsRoot", 1e-16)],
  nesterovFlag,
  ({ learningRate, ...o }) => withRate(scaleByBelief(o), learningRate),
);

/**
 * Adan: adaptive Nesterov momentum.
 *
 * Parameters: learningRate, b1 = 0.98, b2 = 0.92, b3 = 0.99, eps = 1e-8, epsRoot = 1e-8, weightDecay = 0, mask = null.
 * @see optax.adan
 */
export const adan = define(
  "adan",
  [
    ...learning,
    number("b1", 0.98),
    number("b2", 0.92),
    number("b3", 0.99),
    number("eps", 1e-8),
    number("epsRoot", 1e-8),
    rate("weightDecay", 0),
    mask,
  ],
  [],
  ({ learningRate, weightDecay, mask: where, ...o }) =>
    withDecay(scaleByAdan(o), weightDecay, where, learningRate),
);

/**
 * Lion: signs of momentum, with weight decay. Its learning rate is to be a few times smaller than Adam's.
 *
 * Parameters: learningRate, b1 = 0.9, b2 = 0.99, muDtype = null, weightDecay = 1e-3, mask = null.
 * @see optax.lion
 */
export const lion = define(
  "lion",
  [...learning, number("b1", 0.9), number("b2", 0.99), dtypeOf("muDtype"), rate("weightDecay", 1e-3), mask],
  [],
  ({ learningRate, weightDecay, mask: where, ...o }) =>
    withDecay(scaleByLion(o), weightDecay, where, learningRate),
);

/**
 * Lamb: Adam whose steps are proportional to the norm of their array, for large batches.
 *
 * Parameters: learningRate, b1 = 0.9, b2 = 0.999, eps = 1e-6, epsRoot = 0, weightDecay = 0, mask = null.
 * @see optax.lamb
 */
export const lamb = define(
  "lamb",
  [...learning, ...betas, number("eps", 1e-6), number("epsRoot", 0), rate("weightDecay", 0), mask],
  [],
  ({ learningRate, weightDecay, mask: where, ...o }): GradientTransformation<readonly unknown[]> =>
    chain(
      scaleByAdam(o),
      addDecayedWeights({ weightDecay, mask: where }),
      scaleByTrustRatio(),
      scaleByLearningRate(learningRate),
    ),
);

/**
 * NovoGrad: momentum of gradients normalised array by array.
 *
 * Parameters: learningRate, b1 = 0.9, b2 = 0.25, eps = 1e-6, epsRoot = 0, weightDecay = 0.
 * @see optax.novograd
 */
export const novograd = define(
  "novograd",
  [
    ...learning,
    number("b1", 0.9),
    number("b2", 0.25),
    number("eps", 1e-6),
    number("epsRoot", 0),
    number("weightDecay", 0),
  ],
  [],
  ({ learningRate, ...o }) => withRate(scaleByNovograd(o), learningRate),
);

/**
 * Adam, rectified while the variance of its adaptive rate is large.
 *
 * Parameters: learningRate, b1 = 0.9, b2 = 0.999, eps = 1e-8, epsRoot = 0, threshold = 5; by name: nesterov = false.
 * @see optax.radam
 */
export const radam = define(
  "radam",
  [...learning, ...betas, number("eps", 1e-8), number("epsRoot", 0), number("threshold", 5)],
  nesterovFlag,
  ({ learningRate, ...o }) => withRate(scaleByRadam(o), learningRate),
);

/** Yogi: Adam whose second moment changes slowly. Parameters: learningRate, b1 = 0.9, b2 = 0.999, eps = 1e-3. @see optax.yogi */
export const yogi = define(
  "yogi",
  [...learning, ...betas, number("eps", 1e-3)],
  [],
  ({ learningRate, ...o }) => withRate(scaleByYogi(o), learningRate),
);

/**
 * Optimistic Adam, for games: Adam's steps, and again their last change.
 *
 * Parameters: learningRate, optimism = learningRate, b1 = 0.9, b2 = 0.999, eps = 1e-8, epsRoot = 0, muDtype = null; by
 * name: nesterov = true.
 * @see optax.optimistic_adam
 */
export const optimisticAdam = define(
  "optimisticAdam",
  [number("learningRate"), value<ArrayLike | null>()("optimism", null), ...afterRate],
  nesterovOn,
  ({ learningRate, optimism, ...o }): GradientTransformation<readonly unknown[]> =>
    chain(
      scaleByAdam(o),
      scaleByOptimisticGradient(learningRate, optimism ?? learningRate),
      scaleByLearningRate(1),
    ),
);

/**
 * As `optimisticAdam`, for schedules too: everything but learningRate by name; alpha = 1, beta = 1, nesterov = true.
 * @see optax.optimistic_adam_v2
 */
export const optimisticAdamV2 = define(
  "optimisticAdamV2",
  learning,
  [number("alpha", 1), number("beta", 1), ...afterRate, ...nesterovOn],
  ({ learningRate, alpha, beta, ...o }): GradientTransformation<readonly unknown[]> =>
    chain(scaleByAdam(o), scaleByOptimisticGradient(alpha, beta), scaleByLearningRate(learningRate)),
);
