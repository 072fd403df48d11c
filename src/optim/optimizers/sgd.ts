/**
 * @file Gradient descent and its relatives, and L-BFGS: chains of transformations
 * that end with the learning rate (a number, an array, or a schedule). Source: optax/_src/alias.py.
 */
import type { ArrayLike } from "../../core/array.ts";
import type { KeyLike } from "../../random/index.ts";
import { addDecayedWeights, addNoise, ema, trace } from "../gradients/accumulation.ts";
import { type GradientTransformation, identity } from "../gradients/base.ts";
import { chain } from "../gradients/combining.ts";
import { define } from "../../arguments/declare.ts";
import { type ScalarOrSchedule, dtypeOf, flag, number, rate, value } from "../../arguments/parameters.ts";
import { type PolyakVariant, scaleByPolyak } from "../gradients/factored.ts";
import { scaleByLbfgs } from "../line-search/lbfgs.ts";
import { scaleByZoomLinesearch } from "../line-search/zoom.ts";
import { masked } from "../gradients/masking.ts";
import { minus, plus, power, times } from "../parameters/scalars.ts";
import { scaleByTrustRatio } from "../gradients/norms.ts";
import * as scaling from "../gradients/scaling.ts";
import { scaleByRprop, scaleBySign } from "../gradients/signs.ts";
import { learning, maskOr, mayLearn, maybe, momentumOr, rated } from "./parts.ts";

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
  ({ learningRate, momentum, nesterov, accumulatorDtype }) =>
    chain(momentumOr(momentum, nesterov, accumulatorDtype), scaling.scaleByLearningRate(learningRate)),
);

/**
 * Signs of gradients times minus the learning rate.
 * @see optax.sign_sgd; Bernstein et al. (2018)
 * @example
 * const tx = optim.signSgd(0.1);
 * const g = np.array([0.5, -3]);
 * tx.update(g, tx.init(g))[0].js(); // [-0.1, 0.1]
 */
export const signSgd = define("signSgd", [learning], [], ({ learningRate }) =>
  chain(scaleBySign(), scaling.scaleByLearningRate(learningRate)),
);

/**
 * Signs of momentum, the running mean of gradients with rate beta, times minus the learning rate.
 *
 * Parameters: learningRate, beta = 0.9, accumulatorDtype = null.
 * @see optax.signum; Bernstein et al. (2018)
 * @example
 * const tx = optim.signum(0.1);
 * const [, state] = tx.update(np.array([4]), tx.init(np.array([1])));
 * tx.update(np.array([-1]), state)[0].js(); // [-0.1] — the mean is 0.9 · 0.4 − 0.1
 */
export const signum = define(
  "signum",
  [learning, number("beta", 0.9), dtypeOf("accumulatorDtype")],
  [],
  ({ learningRate, beta, accumulatorDtype }) =>
    chain(
      ema({ decay: beta, debias: false, accumulatorDtype }),
      scaleBySign(),
      scaling.scaleByLearningRate(learningRate),
    ),
);

/**
 * Gradient descent with normal noise of variance eta / (1 + steps)^gamma.
 *
 * Parameters: learningRate, eta = 0.01, gamma = 0.55, key = 0 (a key or a seed); by name: seed = null.
 * @see optax.noisy_sgd; Neelakantan et al. (2015)
 * @example
 * const tx = optim.noisySgd(0.1, { key: random.key(0) });
 * const g = np.array([0.5, -3]);
 * tx.update(g, tx.init(g))[0].js(); // [-0.04953…, 0.3150…]
 */
export const noisySgd = rated(
  "noisySgd",
  [number("eta", 0.01), number("gamma", 0.55), value<KeyLike | number | null>()("key", null)],
  [value<number | null>()("seed", null)],
  addNoise,
);

/**
 * Gradient descent by Polyak's step, (value − fMin) / (|g|² + eps), at most maxLearningRate; `update` needs the extra
 * argument `value`. With variant "sps+" values below fMin count as fMin.
 *
 * Parameters: maxLearningRate = 1, scaling = 1 (a number or a schedule), fMin = 0, eps = 0, variant = "sps".
 * @throws ArgumentError for another variant; from `update` without `value`
 * @see optax.polyak_sgd; Loizou et al. (2021)
 * @example
 * const tx = optim.polyakSgd();
 * const g = np.array([2, -4]);
 * tx.update(g, tx.init(g), null, { value: 5 })[0].js(); // [-0.5, 1]
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
  ({ scaling: rateOf, ...polyak }) => chain(sgd(rateOf), scaleByPolyak(polyak)),
);

/**
 * Gradient descent that extrapolates, for games: (alpha + beta)·g − beta·(the last g).
 *
 * Parameters: learningRate, alpha = 1, beta = 1.
 * @see optax.optimistic_gradient_descent; Mokhtari, Ozdaglar, Pattathil (2020)
 * @example
 * const tx = optim.optimisticGradientDescent(0.1);
 * const [, state] = tx.update(np.array([4]), tx.init(np.array([1])));
 * tx.update(np.array([1]), state)[0].js(); // [0.2]
 */
export const optimisticGradientDescent = rated(
  "optimisticGradientDescent",
  [number("alpha", 1), number("beta", 1)],
  [],
  scaling.scaleByOptimisticGradient,
);

/**
 * Rprop, for gradients without noise: only their signs count. As in optax the update is that of the step before (see
 * `scaleByRprop`): 0 at first.
 *
 * Parameters: learningRate (the first step), etaMinus = 0.5, etaPlus = 1.2, minStepSize = 1e-6, maxStepSize = 50.
 * @see optax.rprop; Riedmiller, Braun (1993)
 * @example
 * const tx = optim.rprop(0.1);
 * const [, state] = tx.update(np.array([4]), tx.init(np.array([1])));
 * tx.update(np.array([1]), state)[0].js(); // [-0.1]
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
  (o) => chain(scaleByRprop(o), scaling.scale(-1)),
);

/**
 * Lars: gradient descent whose steps are proportional to the norm of their array's parameters, for large batches.
 *
 * Parameters: learningRate, weightDecay = 0, weightDecayMask = true, trustCoefficient = 1e-3, eps = 0, trustRatioMask
 * = true, momentum = 0.9, nesterov = false.
 * @throws ArgumentError from `update` without parameters
 * @see optax.lars; You, Gitman, Ginsburg (2017)
 * @example
 * const [g, p] = [np.array([3, -4]), np.array([0, 10])];
 * const tx = optim.lars(1, { trustCoefficient: 0.1 });
 * tx.update(g, tx.init(p), p)[0].js(); // [-0.6, 0.8] — of norm 0.1 · 10
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
  ({ learningRate, weightDecay, weightDecayMask, trustCoefficient, eps, trustRatioMask, ...o }) =>
    chain(
      addDecayedWeights({ weightDecay, mask: weightDecayMask }),
      masked(scaleByTrustRatio({ trustCoefficient, eps }), trustRatioMask),
      scaling.scaleByLearningRate(learningRate),
      trace(o.momentum, o.nesterov),
    ),
);

/** 1 / √(1 + r²). */
const shrink = (r: ArrayLike): ArrayLike => power(plus(1, power(r, 2)), -0.5);

/**
 * Fromage: steps relative to the norms of arrays, p becomes (p − r · |p| / |g| · g) / √(1 + r²) for the learning rate
 * r.
 *
 * Parameters: learningRate, minNorm = 1e-6 (of both norms).
 * @throws ArgumentError from `update` without parameters
 * @see optax.fromage; Bernstein et al. (2020)
 * @example
 * const [g, p] = [np.array([0.5, -3]), np.array([1, -2])];
 * const tx = optim.fromage(0.1);
 * tx.update(g, tx.init(p), p)[0].js(); // [-0.04154…, 0.2293…]
 */
export const fromage = define(
  "fromage",
  [learning, number("minNorm", 1e-6)],
  [],
  ({ learningRate, minNorm }) => {
    const scheduled = typeof learningRate === "function";
    const of = (f: (r: ArrayLike) => ArrayLike): ScalarOrSchedule =>
      scheduled ? (count) => f(learningRate(count)) : f(learningRate);
    return chain(
      scaleByTrustRatio(minNorm),
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
  ({ learningRate, memorySize, scaleInitPrecond, linesearch }) => {
    const search =
      linesearch === undefined
        ? scaleByZoomLinesearch(20, { initialGuessStrategy: "one" })
        : (linesearch ?? identity());
    return chain(
      scaleByLbfgs(memorySize, scaleInitPrecond),
      learningRate === null ? scaling.scale(-1) : scaling.scaleByLearningRate(learningRate),
      search,
    );
  },
);
