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
import { decayed, learning, mask, rated } from "./parts.ts";

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

/**
 * Adam with Nesterov's momentum: the mean m̂ is that of the next step.
 *
 * Parameters: learningRate, b1 = 0.9, b2 = 0.999, eps = 1e-8, epsRoot = 0, muDtype = null; by name: nesterov = true.
 * @see optax.nadam; Dozat (2016)
 * @example
 * const [g, p] = [np.array([0.5, -3]), np.array([1, -2])];
 * const tx = optim.nadam(0.1);
 * tx.update(g, tx.init(p))[0].js(); // [-0.1473…, 0.1473…] — (0.9 · 0.1 / 0.19 + 1) times Adam's
 */
export const nadam = rated("nadam", adamParams, nesterovOn, adaptive.scaleByAdam);

/**
 * Adam with weight decay that is not adapted: minus the learning rate times (Adam's step + weightDecay · p).
 *
 * Parameters: those of `adam`, weightDecay = 1e-4 (a number or a schedule), mask = null (where to decay); by name:
 * nesterov = false.
 * @throws ArgumentError from `update` without parameters
 * @see optax.adamw; Loshchilov, Hutter (2019)
 * @example
 * const [g, p] = [np.array([0.5, -3]), np.array([1, -2])];
 * const tx = optim.adamw(0.1, { weightDecay: 0.5 });
 * tx.update(g, tx.init(p), p)[0].js(); // [-0.1500, 0.2000] — Adam's are ∓0.1
 */
export const adamw = decayed("adamw", adamParams, 1e-4, nesterovFlag, adaptive.scaleByAdam);

/**
 * As `adamw`, with Nesterov's momentum.
 *
 * Parameters: those of `adam`, weightDecay = 1e-4, mask = null; by name: nesterov = true.
 * @throws ArgumentError from `update` without parameters
 * @see optax.nadamw
 * @example
 * const [g, p] = [np.array([0.5, -3]), np.array([1, -2])];
 * const tx = optim.nadamw(0.1, { weightDecay: 0.5 });
 * tx.update(g, tx.init(p), p)[0].js(); // [-0.1973…, 0.2473…]
 */
export const nadamw = decayed("nadamw", adamParams, 1e-4, nesterovOn, adaptive.scaleByAdam);

/**
 * Adam by the largest gradients so far, decaying: m̂ / max(|g| + eps, b2 · v).
 *
 * Parameters: learningRate, b1 = 0.9, b2 = 0.999, eps = 1e-8.
 * @see optax.adamax; Kingma, Ba (2015), section 7.1
 * @example
 * const tx = optim.adamax(0.1);
 * const [, state] = tx.update(np.array([4]), tx.init(np.array([1])));
 * tx.update(np.array([1]), state)[0].js(); // [-0.06058…]
 */
export const adamax = rated("adamax", [...betas, eps], [], adaptive.scaleByAdamax);

/**
 * `adamax` with weight decay that is not adapted.
 *
 * Parameters: learningRate, b1 = 0.9, b2 = 0.999, eps = 1e-8, weightDecay = 1e-4, mask = null.
 * @throws ArgumentError from `update` without parameters
 * @see optax.adamaxw; Loshchilov, Hutter (2019)
 * @example
 * const [g, p] = [np.array([0.5, -3]), np.array([1, -2])];
 * const tx = optim.adamaxw(0.1, { weightDecay: 0.5 });
 * tx.update(g, tx.init(p), p)[0].js(); // [-0.1500, 0.2000]
 */
export const adamaxw = decayed("adamaxw", [...betas, eps], 1e-4, [], adaptive.scaleByAdamax);

/**
 * Adam by the largest running mean of squares so far.
 *
 * Parameters: those of `adam`, biasCorrectionMu = true, biasCorrectionNu = true.
 * @see optax.amsgrad; Reddi, Kale, Kumar (2018)
 * @example
 * const tx = optim.amsgrad(0.1);
 * const [, state] = tx.update(np.array([4]), tx.init(np.array([1])));
 * tx.update(np.array([1]), state)[0].js(); // [-0.06052…]
 */
export const amsgrad = rated(
  "amsgrad",
  [...adamParams, flag("biasCorrectionMu", true), flag("biasCorrectionNu", true)],
  [],
  adaptive.scaleByAmsgrad,
);

/**
 * AdaBelief: small steps where gradients differ from their running mean, large ones where they are as expected.
 *
 * Parameters: learningRate, b1 = 0.9, b2 = 0.999, eps = 1e-16, epsRoot = 1e-16; by name: nesterov = false.
 * @see optax.adabelief; Zhuang et al. (2020)
 * @example
 * const [g, p] = [np.array([0.5, -3]), np.array([1, -2])];
 * const tx = optim.adabelief(0.1);
 * tx.update(g, tx.init(p))[0].js(); // [-0.1111…, 0.1111…]
 */
export const adabelief = rated(
  "adabelief",
  [...betas, number("eps", 1e-16), number("epsRoot", 1e-16)],
  nesterovFlag,
  adaptive.scaleByBelief,
);

/**
 * Adan: adaptive Nesterov momentum, estimated from changes of the gradient.
 *
 * Parameters: learningRate, b1 = 0.98, b2 = 0.92, b3 = 0.99, eps = 1e-8, epsRoot = 1e-8, weightDecay = 0, mask =
 * null.
 * @throws ArgumentError from `update` without parameters
 * @see optax.adan; Xie et al. (2022)
 * @example
 * const tx = optim.adan(0.1);
 * const p = np.array([1]);
 * const [, state] = tx.update(np.array([4]), tx.init(p), p);
 * tx.update(np.array([1]), state, p)[0].js(); // [-0.08215…]
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
 * @throws ArgumentError from `update` without parameters
 * @see optax.lion; Chen et al. (2023)
 * @example
 * const [g, p] = [np.array([0.5, -3]), np.array([1, -2])];
 * const tx = optim.lion(0.1, { weightDecay: 0.5 });
 * tx.update(g, tx.init(p), p)[0].js(); // [-0.15, 0.2]
 */
export const lion = decayed("lion", [b1, number("b2", 0.99), muDtype], 1e-3, [], scaleByLion);

/**
 * Lamb: Adam whose steps are proportional to the norm of their array, for large batches.
 *
 * Parameters: learningRate, b1 = 0.9, b2 = 0.999, eps = 1e-6, epsRoot = 0, weightDecay = 0, mask = null.
 * @throws ArgumentError from `update` without parameters
 * @see optax.lamb; You et al. (2020)
 * @example
 * const [g, p] = [np.array([0.5, -3]), np.array([1, -2])];
 * const tx = optim.lamb(0.1);
 * tx.update(g, tx.init(p), p)[0].js(); // [-0.1581…, 0.1581…] — of norm 0.1 · √5
 */
export const lamb = define(
  "lamb",
  [learning, ...betas, number("eps", 1e-6), epsRoot, rate("weightDecay", 0), mask],
  [],
  ({ learningRate, weightDecay, mask: where, ...o }) =>
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
 * Parameters: learningRate, b1 = 0.9, b2 = 0.25, eps = 1e-6, epsRoot = 0, weightDecay = 0 (added to the momentum).
 * @see optax.novograd; Ginsburg et al. (2019)
 * @example
 * const [g, p] = [np.array([3, -4]), np.array([1, -2])];
 * const tx = optim.novograd(0.1);
 * tx.update(g, tx.init(p), p)[0].js(); // [-0.06000, 0.08000]
 */
export const novograd = rated(
  "novograd",
  [b1, number("b2", 0.25), number("eps", 1e-6), epsRoot, number("weightDecay", 0)],
  [],
  scaleByNovograd,
);

/**
 * Adam, rectified while the variance of its adaptive rate is large; momentum alone for the first steps.
 *
 * Parameters: learningRate, b1 = 0.9, b2 = 0.999, eps = 1e-8, epsRoot = 0, threshold = 5; by name: nesterov = false.
 * @see optax.radam; Liu et al. (2020)
 * @example
 * const [g, p] = [np.array([0.5, -3]), np.array([1, -2])];
 * const tx = optim.radam(0.1);
 * tx.update(g, tx.init(p))[0].js(); // [-0.05, 0.3]
 */
export const radam = rated(
  "radam",
  [...betas, eps, epsRoot, number("threshold", 5)],
  nesterovFlag,
  adaptive.scaleByRadam,
);

/**
 * Yogi: Adam whose second moment changes slowly, by (1 − b2) · g² whatever its distance from g².
 *
 * Parameters: learningRate, b1 = 0.9, b2 = 0.999, eps = 1e-3.
 * @see optax.yogi; Zaheer et al. (2018)
 * @example
 * const [g, p] = [np.array([0.5, -3]), np.array([1, -2])];
 * const tx = optim.yogi(0.1);
 * tx.update(g, tx.init(p))[0].js(); // [-0.09960…, 0.09996…]
 */
export const yogi = rated("yogi", [...betas, number("eps", 1e-3)], [], adaptive.scaleByYogi);

/**
 * Optimistic Adam, for games: Adam's steps, and again their last change.
 *
 * Parameters: learningRate, optimism = learningRate, b1 = 0.9, b2 = 0.999, eps = 1e-8, epsRoot = 0, muDtype = null;
 * by name: nesterov = true.
 * @see optax.optimistic_adam; Daskalakis et al. (2018)
 * @example
 * const tx = optim.optimisticAdam(0.1);
 * const [, state] = tx.update(np.array([4]), tx.init(np.array([1])));
 * tx.update(np.array([1]), state)[0].js(); // [0.006434…]
 */
export const optimisticAdam = define(
  "optimisticAdam",
  [number("learningRate"), value<ArrayLike | null>()("optimism", null), ...adamParams],
  nesterovOn,
  ({ learningRate, optimism, ...o }) =>
    chain(
      adaptive.scaleByAdam(o),
      scaleByOptimisticGradient(learningRate, optimism ?? learningRate),
      scaleByLearningRate(1),
    ),
);

/**
 * As `optimisticAdam`, for schedules too: minus the learning rate times ((alpha + beta) · Adam's step − beta · the
 * last one). Everything but learningRate by name: alpha = 1, beta = 1, b1 = 0.9, b2 = 0.999, eps = 1e-8, epsRoot = 0,
 * muDtype = null, nesterov = true.
 * @see optax.optimistic_adam_v2
 * @example
 * const tx = optim.optimisticAdamV2(0.1, { beta: 0.5, nesterov: false });
 * const [, state] = tx.update(np.array([4]), tx.init(np.array([1])));
 * tx.update(np.array([1]), state)[0].js(); // [-0.07458…]
 */
export const optimisticAdamV2 = define(
  "optimisticAdamV2",
  [learning],
  [number("alpha", 1), number("beta", 1), ...adamParams, ...nesterovOn],
  ({ learningRate, alpha, beta, ...o }) =>
    chain(adaptive.scaleByAdam(o), scaleByOptimisticGradient(alpha, beta), scaleByLearningRate(learningRate)),
);
