/**
 * @file Transformations that accumulate: momentum, moving averages, gradients of several steps, noise, weight decay.
 * Source: optax/transforms/_accumulation.py, _adding.py.
 */
import type { NDArray } from "../../core/array.ts";
import * as np from "../../numpy/index.ts";
import * as random from "../../random/index.ts";
import {
  type GradientTransformation,
  type EmptyState,
  requireParams,
  safeIncrement,
  transformation,
} from "./base.ts";
import { define } from "../../arguments/declare.ts";
import { type ScalarOrSchedule, dtypeOf, flag, number, rate, value } from "../../arguments/parameters.ts";
import { type MaskOrFn, masked } from "./masking.ts";
import type { CountState } from "./scaling.ts";
import { cast, counter, floats } from "../parameters/scalars.ts";
import { mapArrays } from "../trees/leaves.ts";
import * as trees from "../trees/short.ts";

/** The decaying sum of gradients. */
export type TraceState<P = unknown> = { readonly trace: P };

/**
 * Momentum: t = g + decay · t; with Nesterov's, the update is g + decay · t once more.
 *
 * Parameters: decay, nesterov = false, accumulatorDtype = null.
 * @see optax.trace
 */
export const trace = define(
  "trace",
  [number("decay"), flag("nesterov", false), dtypeOf("accumulatorDtype")],
  [],
  ({ decay, nesterov, accumulatorDtype }): GradientTransformation<TraceState> =>
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
 * The exponential moving average of past updates, without its bias towards zero.
 *
 * Parameters: decay, debias = true, accumulatorDtype = null.
 * @see optax.ema
 */
export const ema = define(
  "ema",
  [number("decay"), flag("debias", true), dtypeOf("accumulatorDtype")],
  [],
  ({ decay, debias, accumulatorDtype }): GradientTransformation<EmaState> =>
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
 * @see optax.apply_every
 */
export const applyEvery = define(
  "applyEvery",
  [number("k", 1)],
  [],
  ({ k }): GradientTransformation<ApplyEveryState> =>
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

/**
 * Adds weightDecay · p to the updates, everywhere or where a mask says so (`masked`).
 *
 * Parameters: weightDecay = 0 (a number or a schedule), mask = null.
 * @see optax.add_decayed_weights
 */
export const addDecayedWeights = define(
  "addDecayedWeights",
  [rate("weightDecay", 0), value<MaskOrFn | null>()("mask", null)],
  [],
  ({ weightDecay, mask }): GradientTransformation<CountState | EmptyState> => {
    const decay = decayed(weightDecay);
    return (mask === null ? decay : masked(decay, mask)) as GradientTransformation<CountState | EmptyState>;
  },
);

function decayed(weightDecay: ScalarOrSchedule): GradientTransformation<{ readonly count?: NDArray }> {
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
 * Adds normal noise of variance eta / (1 + steps)^gamma.
 *
 * Parameters: eta, gamma, key = 0 (a key or a seed); by name: seed = null.
 * @see optax.add_noise
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
