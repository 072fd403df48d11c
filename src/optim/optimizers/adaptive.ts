/**
 * @file Optimisers of the Adam family, and those that adapt the step of every parameter: chains of transformations that end
 * with the learning rate (a number, an array, or a schedule). Source: optax/_src/alias.py.
 */
import type { ArrayLike } from "../../core/array.ts";
import { addDecayedWeights } from "../gradients/accumulation.ts";
import * as adaptive from "../gradients/adaptive.ts";
import { chain } from "../gradients/combining.ts";
import { define } from "../../arguments/declare.ts";
import { dtypeOf, flag, number, rate, value } from "../../arguments/parameters.ts";
import { scaleByNovograd, scaleByTrustRatio } from "../gradients/norms.ts";
import { scaleByLearningRate, scaleByOptimisticGradient } from "../gradients/scaling.ts";
import { scaleByLion } from "../gradients/signs.ts";
import { type Optimizer, decayed, learning, mask, rated } from "./parts.ts";

const b1 = number("b1", 0.9);
const betas = [b1, number("b2", 0.999)] as const;
const eps = number("eps", 1e-8);
const epsRoot = number("epsRoot", 0);
const muDtype = dtypeOf("muDtype");
const adamParams = [...betas, eps, epsRoot, muDtype] as const;
const nesterovFlag = [flag("nesterov", false)] as const;
const nesterovOn = [flag("nesterov", true)] as const;

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
export const adam = rated("adam", adamParams, nesterovFlag, adaptive.scaleByAdam);

/** Adam with Nesterov's momentum; as `adam` otherwise. @see optax.nadam */
export const nadam = rated("nadam", adamParams, nesterovOn, adaptive.scaleByAdam);

/**
 * Adam with weight decay that is not adapted.
 *
 * Parameters: those of `adam`, weightDecay = 1e-4, mask = null (where to decay); by name: nesterov = false.
 * @see optax.adamw
 */
export const adamw = decayed("adamw", adamParams, 1e-4, nesterovFlag, adaptive.scaleByAdam);

/** As `adamw`, with Nesterov's momentum. @see optax.nadamw */
export const nadamw = decayed("nadamw", adamParams, 1e-4, nesterovOn, adaptive.scaleByAdam);

/** Adam by the largest gradients so far. Parameters: learningRate, b1 = 0.9, b2 = 0.999, eps = 1e-8. @see optax.adamax */
export const adamax = rated("adamax", [...betas, eps], [], adaptive.scaleByAdamax);

/** `adamax` with weight decay: further parameters weightDecay = 1e-4, mask = null. @see optax.adamaxw */
export const adamaxw = decayed("adamaxw", [...betas, eps], 1e-4, [], adaptive.scaleByAdamax);

/**
 * Adam by the largest running mean of squares so far.
 *
 * Parameters: those of `adam`, biasCorrectionMu = true, biasCorrectionNu = true.
 * @see optax.amsgrad
 */
export const amsgrad = rated(
  "amsgrad",
  [...adamParams, flag("biasCorrectionMu", true), flag("biasCorrectionNu", true)],
  [],
  adaptive.scaleByAmsgrad,
);

/**
 * AdaBelief: small steps where gradients differ from their running mean.
 *
 * Parameters: learningRate, b1 = 0.9, b2 = 0.999, eps = 1e-16, epsRoot = 1e-16; by name: nesterov = false.
 * @see optax.adabelief
 */
export const adabelief = rated(
  "adabelief",
  [...betas, number("eps", 1e-16), number("epsRoot", 1e-16)],
  nesterovFlag,
  adaptive.scaleByBelief,
);

/**
 * Adan: adaptive Nesterov momentum.
 *
 * Parameters: learningRate, b1 = 0.98, b2 = 0.92, b3 = 0.99, eps = 1e-8, epsRoot = 1e-8, weightDecay = 0, mask = null.
 * @see optax.adan
 */
export const adan = decayed(
  "adan",
  [number("b1", 0.98), number("b2", 0.92), number("b3", 0.99), eps, number("epsRoot", 1e-8)],
  0,
  [],
  adaptive.scaleByAdan,
);

/**
 * Lion: signs of momentum, with weight decay. Its learning rate is to be a few times smaller than Adam's.
 *
 * Parameters: learningRate, b1 = 0.9, b2 = 0.99, muDtype = null, weightDecay = 1e-3, mask = null.
 * @see optax.lion
 */
export const lion = decayed("lion", [b1, number("b2", 0.99), muDtype], 1e-3, [], scaleByLion);

/**
 * Lamb: Adam whose steps are proportional to the norm of their array, for large batches.
 *
 * Parameters: learningRate, b1 = 0.9, b2 = 0.999, eps = 1e-6, epsRoot = 0, weightDecay = 0, mask = null.
 * @see optax.lamb
 */
export const lamb = define(
  "lamb",
  [learning, ...betas, number("eps", 1e-6), epsRoot, rate("weightDecay", 0), mask],
  [],
  ({ learningRate, weightDecay, mask: where, ...o }): Optimizer =>
    chain(
      adaptive.scaleByAdam(o),
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
export const novograd = rated(
  "novograd",
  [b1, number("b2", 0.25), number("eps", 1e-6), epsRoot, number("weightDecay", 0)],
  [],
  scaleByNovograd,
);

/**
 * Adam, rectified while the variance of its adaptive rate is large.
 *
 * Parameters: learningRate, b1 = 0.9, b2 = 0.999, eps = 1e-8, epsRoot = 0, threshold = 5; by name: nesterov = false.
 * @see optax.radam
 */
export const radam = rated(
  "radam",
  [...betas, eps, epsRoot, number("threshold", 5)],
  nesterovFlag,
  adaptive.scaleByRadam,
);

/** Yogi: Adam whose second moment changes slowly. Parameters: learningRate, b1 = 0.9, b2 = 0.999, eps = 1e-3. @see optax.yogi */
export const yogi = rated("yogi", [...betas, number("eps", 1e-3)], [], adaptive.scaleByYogi);

/**
 * Optimistic Adam, for games: Adam's steps, and again their last change.
 *
 * Parameters: learningRate, optimism = learningRate, b1 = 0.9, b2 = 0.999, eps = 1e-8, epsRoot = 0, muDtype = null; by
 * name: nesterov = true.
 * @see optax.optimistic_adam
 */
export const optimisticAdam = define(
  "optimisticAdam",
  [number("learningRate"), value<ArrayLike | null>()("optimism", null), ...adamParams],
  nesterovOn,
  ({ learningRate, optimism, ...o }): Optimizer =>
    chain(
      adaptive.scaleByAdam(o),
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
  [learning],
  [number("alpha", 1), number("beta", 1), ...adamParams, ...nesterovOn],
  ({ learningRate, alpha, beta, ...o }): Optimizer =>
    chain(adaptive.scaleByAdam(o), scaleByOptimisticGradient(alpha, beta), scaleByLearningRate(learningRate)),
);
