/**
 * @file Transformations that accumulate: momentum, moving averages, gradients of several steps, noise, weight decay.
 * Source: optax/transforms/_accumulation.py, _adding.py.
 */
import type { NDArray } from "../../core/array.ts";
import * as np from "../../numpy/index.ts";
import * as random from "../../random/index.ts";
import {
  type GradientTransformation,
  type OfParams,
  requireParams,
  safeIncrement,
  transformation,
} from "./base.ts";
import { define } from "../../arguments/declare.ts";
import { type ScalarOrSchedule, dtypeOf, flag, number, rate, value } from "../../arguments/parameters.ts";
import { type MaskOrFn, type MaskedState, masked } from "./masking.ts";
import { cast, counter, floats } from "../parameters/scalars.ts";
import { mapArrays } from "../trees/leaves.ts";
import * as trees from "../trees/short.ts";

/** The decaying sum of gradients. */
export type TraceState<P = unknown> = { readonly trace: P };

/**
 * Momentum: t = g + decay · t; with Nesterov's, the update is g + decay · t once more.
 *
 * Parameters: decay, nesterov = false, accumulatorDtype = null (the dtype of t; by default that of the parameters).
 * @see optax.trace; Sutskever et al. (2013)
 * @example
 * const tx = optim.trace(0.5);
 * const [, state] = tx.update(np.array([4]), tx.init(np.array([1])));
 * tx.update(np.array([1]), state)[0].js(); // [3] — 1 + 0.5 · 4
 */
export const trace = define(
  "trace",
  [number("decay"), flag("nesterov", false), dtypeOf("accumulatorDtype")],
  [],
  ({ decay, nesterov, accumulatorDtype }): GradientTransformation<TraceState<OfParams>> =>
    transformation(
      (params) => ({ trace: trees.zerosLike(params, accumulatorDtype) }),
      (updates, state) => {
        const sum = (g: NDArray, t: NDArray): NDArray => np.add(g, np.multiply(decay, t));
        const next = mapArrays(sum, updates, state.trace);
        const out = nesterov ? mapArrays(sum, updates, next) : next;
        return [out, { trace: trees.cast(next, accumulatorDtype) }];
      },
    ),
);

/** Steps, and the moving average. */
export type EmaState<P = unknown> = { readonly count: NDArray; readonly ema: P };

/**
 * The exponential moving average of past updates, m = (1 − decay) · g + decay · m, without its bias towards zero
 * (divided by 1 − decay^steps) unless `debias` is false.
 *
 * Parameters: decay, debias = true, accumulatorDtype = null (the dtype of m; by default that of the parameters).
 * @see optax.ema
 * @example
 * const tx = optim.ema(0.5);
 * const [, state] = tx.update(np.array([4]), tx.init(np.array([1])));
 * tx.update(np.array([1]), state)[0].js(); // [2] — (0.25 · 4 + 0.5 · 1) / 0.75
 */
export const ema = define(
  "ema",
  [number("decay"), flag("debias", true), dtypeOf("accumulatorDtype")],
  [],
  ({ decay, debias, accumulatorDtype }): GradientTransformation<EmaState<OfParams>> =>
    transformation(
      (params) => ({ count: counter(), ema: trees.zerosLike(params, accumulatorDtype) }),
      (updates, state) => {
        const next = trees.updateMoment(updates, state.ema, decay, 1);
        const count = safeIncrement(state.count);
        const out = debias ? trees.biasCorrection(next, decay, count) : next;
        return [out, { count, ema: trees.cast(next, accumulatorDtype) }];
      },
    ),
);

/** Steps within the period, and the sum of gradients in it. */
export type ApplyEveryState<P = unknown> = { readonly count: NDArray; readonly gradAcc: P };

/**
 * Sums updates and lets the sum through every k steps (k = 1); zeros in between.
 * @see optax.apply_every; `MultiSteps`, which also keeps the optimiser's state as it is in between
 * @example
 * const tx = optim.applyEvery(2);
 * const [first, state] = tx.update(np.array([4]), tx.init(np.array([1])));
 * first.js(); // [0]
 * tx.update(np.array([1]), state)[0].js(); // [5]
 */
export const applyEvery = define(
  "applyEvery",
  [number("k", 1)],
  [],
  ({ k }): GradientTransformation<ApplyEveryState<OfParams>> =>
    transformation(
      (params) => ({ count: counter(), gradAcc: trees.zerosLike(params) }),
      (updates, state) => {
        const c = np.mod(state.count, k);
        const keep = np.notEqual(c, 0);
        const sum = (g: NDArray, acc: NDArray): NDArray => np.add(np.where(keep, acc, 0), g);
        const gradAcc = mapArrays(sum, updates, state.gradAcc);
        const emit = np.equal(c, np.subtract(k, 1));
        const out = mapArrays((acc) => np.multiply(emit, acc), gradAcc);
        return [out, { count: np.mod(safeIncrement(state.count), k), gradAcc }];
      },
    ),
);

type Decaying = { readonly count?: NDArray };

/** The state of weight decay: the number of steps, if its rate is a schedule; under a mask, within the mask's state. */
export type DecayState = Decaying | MaskedState<Decaying>;

/**
 * Adds weightDecay · p to the updates, everywhere or where a mask says so (`masked`).
 *
 * Parameters: weightDecay = 0 (a number or a schedule), mask = null.
 * @throws ArgumentError without parameters
 * @see optax.add_decayed_weights; Loshchilov, Hutter (2019)
 * @example
 * const [g, p] = [np.array([0.5, -3]), np.array([1, -2])];
 * const tx = optim.addDecayedWeights(0.1);
 * tx.update(g, tx.init(p), p)[0].js(); // [0.6, -3.2]
 */
export const addDecayedWeights = define(
  "addDecayedWeights",
  [rate("weightDecay", 0), value<MaskOrFn | null>()("mask", null)],
  [],
  ({ weightDecay, mask }): GradientTransformation<DecayState> => {
    const decay = decayed(weightDecay);
    return mask === null ? decay : masked(decay, mask);
  },
);

function decayed(weightDecay: ScalarOrSchedule): GradientTransformation<Decaying> {
  const scheduled = typeof weightDecay === "function";
  return transformation(
    () => (scheduled ? { count: counter() } : {}),
    (updates, state, params) => {
      requireParams("addDecayedWeights", params);
      const next = state.count === undefined ? state : { count: safeIncrement(state.count) };
      if (weightDecay === 0) return [updates, next];
      const now = scheduled ? weightDecay(state.count ?? 0) : weightDecay;
      const add = (g: NDArray, p: NDArray): NDArray =>
        np.add(g, np.multiply(scheduled ? cast(now, p.dtype) : now, p));
      return [mapArrays(add, updates, params), next];
    },
  );
}

/** The key itself, or that of a seed. */
function asKey(key: random.KeyLike | number): random.Key {
  if (typeof key === "number") return random.key(key);
  return key instanceof random.Key ? key : random.wrapKeyData(random.keyData(key));
}

/** Steps, and the key of the next step's noise. */
export type AddNoiseState = { readonly count: NDArray; readonly rngKey: random.Key };

/**
 * Adds normal noise of variance eta / (1 + steps)^gamma, independent for each element, in the dtype of the updates.
 *
 * Parameters: eta, gamma, key = 0 (a key or a seed); by name: seed = null.
 * @see optax.add_noise; Neelakantan et al. (2015)
 * @example
 * const tx = optim.addNoise({ eta: 1, gamma: 0.5, key: random.key(0) });
 * const g = np.array([0, 0]);
 * tx.update(g, tx.init(g))[0].js(); // [-0.0469…, -1.5076…]
 */
export const addNoise = define(
  "addNoise",
  [number("eta"), number("gamma"), value<random.KeyLike | number | null>()("key", null)],
  [value<number | null>()("seed", null)],
  ({ eta, gamma, key, seed }): GradientTransformation<AddNoiseState> =>
    transformation(
      () => ({ count: counter(), rngKey: asKey(key ?? seed ?? 0) }),
      (updates, state) => {
        const count = safeIncrement(state.count);
        const deviation = np.sqrt(np.divide(eta, np.power(floats(count), gamma)));
        const keys = random.split(state.rngKey);
        const noise = trees.randomLike(keys.slice(1), updates);
        const noisy = (u: NDArray, n: NDArray): NDArray =>
          np.add(u, np.multiply(cast(deviation, u.dtype), n));
        return [mapArrays(noisy, updates, noise), { count, rngKey: keys.slice(0) }];
      },
    ),
);
