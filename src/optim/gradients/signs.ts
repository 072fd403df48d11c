/**
 * @file Transformations that keep the signs of updates: signs alone, Rprop, Lion. Source: optax/_src/transform.py.
 */
import { refuseMore } from "../../base/checks.ts";
import type { ArrayLike, NDArray } from "../../core/array.ts";
import { ArgumentError } from "../../base/errors.ts";
import * as np from "../../numpy/index.ts";
import {
  type EmptyState,
  type GradientTransformation,
  type OfParams,
  safeIncrement,
  transformation,
  without,
} from "./base.ts";
import { define } from "../../arguments/declare.ts";
import { dtypeOf, number, value } from "../../arguments/parameters.ts";
import { cast, counter, oneMinus } from "../parameters/scalars.ts";
import { mapArrays } from "../trees/leaves.ts";
import * as trees from "../trees/short.ts";

/**
 * The sign of every element: −1, 0 or 1, z / |z| of complex numbers. Its derivative is zero.
 * @see optax.scale_by_sign; Bernstein et al. (2018)
 * @example
 * optim.scaleBySign().update(np.array([0.5, -3, 0]), {})[0].js(); // [1, -1, 0]
 */
export const scaleBySign = (...more: []): GradientTransformation<EmptyState> => {
  refuseMore("scaleBySign", 0, more);
  return without((updates) => mapArrays((g) => np.sign(g), updates));
};

/** The step of every element, and the last updates. */
export type RpropState<P = unknown> = { readonly stepSizes: P; readonly prevUpdates: P };

/**
 * The sign of the gradient times a step per element, which grows by etaPlus while the sign stays and shrinks by
 * etaMinus where it changes; the element rests then. As in optax the update is that of the step before: 0 at first,
 * and where the sign changed.
 *
 * Parameters: learningRate (the first step), etaMinus = 0.5, etaPlus = 1.2, minStepSize = 1e-6, maxStepSize = 50.
 * @see optax.scale_by_rprop; Riedmiller, Braun (1993)
 * @example
 * const tx = optim.scaleByRprop(0.1);
 * const [, state] = tx.update(np.array([4, 4]), tx.init(np.array([1, 1])));
 * const [u, next] = tx.update(np.array([1, -1]), state);
 * u.js(); // [0.1, 0]
 * next.stepSizes; // [0.12, 0.05]
 */
export const scaleByRprop = define(
  "scaleByRprop",
  [
    number("learningRate"),
    number("etaMinus", 0.5),
    number("etaPlus", 1.2),
    number("minStepSize", 1e-6),
    number("maxStepSize", 50),
  ],
  [],
  ({
    learningRate,
    etaMinus,
    etaPlus,
    minStepSize,
    maxStepSize,
  }): GradientTransformation<RpropState<OfParams>> =>
    transformation(
      (params) => ({
        stepSizes: trees.fullLike(params, learningRate),
        prevUpdates: trees.zerosLike(params),
      }),
      (updates, state) => {
        const sign = trees.mul(updates, state.prevUpdates);
        const resize = (s: NDArray, size: NDArray): NDArray => {
          const factor = cast(np.where(np.greater(s, 0), etaPlus, etaMinus), size.dtype);
          const next = np.clip(np.multiply(size, factor), minStepSize, maxStepSize);
          return np.where(np.equal(s, 0), size, next);
        };
        const stepSizes = mapArrays(resize, sign, state.stepSizes);
        const step = (s: NDArray, g: NDArray, size: NDArray): NDArray =>
          np.where(np.less(s, 0), np.zerosLike(g), np.multiply(size, np.sign(g)));
        const steps = mapArrays(step, sign, updates, stepSizes);
        const emit = (s: NDArray, before: NDArray): NDArray =>
          np.where(np.less(s, 0), np.zerosLike(before), before);
        const emitted = mapArrays(emit, sign, state.prevUpdates);
        return [emitted, { stepSizes, prevUpdates: steps }];
      },
    ),
);

/** Steps, and the running mean of the gradient. */
export type LionState<P = unknown> = { readonly count: NDArray; readonly mu: P };

/** How `scaleByLion` makes a step of the combined direction: its sign, a smooth sign, or the direction within ±1. */
export type LionMode = "hard" | "smooth" | "refined";

function lionStep(x: NDArray, mode: LionMode, smoothBeta: ArrayLike): NDArray {
  if (mode === "hard") return np.sign(x);
  if (mode === "smooth") return np.tanh(np.multiply(smoothBeta, x));
  return np.where(np.less(np.abs(x), 1), x, np.sign(x));
}

/**
 * The sign of b1 · m + (1 − b1) · g, where m is the running mean of g with rate b2. `mode` "smooth" has
 * tanh(smoothBeta · x) in place of the sign, "refined" has x where |x| < 1. The derivative of the sign is zero.
 *
 * Parameters: b1 = 0.9, b2 = 0.99, muDtype = null; by name: mode = "hard" ("smooth", "refined"), smoothBeta = 1.
 * @throws ArgumentError for another mode
 * @see optax.scale_by_lion; Chen et al. (2023)
 * @example
 * const g = np.array([0.5, -3]);
 * const tx = optim.scaleByLion();
 * tx.update(g, tx.init(g))[0].js(); // [1, -1]
 */
export const scaleByLion = define(
  "scaleByLion",
  [number("b1", 0.9), number("b2", 0.99), dtypeOf("muDtype")],
  [value<LionMode>()("mode", "hard"), number("smoothBeta", 1)],
  ({ b1, b2, muDtype, mode, smoothBeta }): GradientTransformation<LionState<OfParams>> => {
    if (!["hard", "smooth", "refined"].includes(mode))
      throw new ArgumentError(`scaleByLion: mode must be "hard", "smooth" or "refined"; got "${mode}".`);
    return transformation(
      (params) => ({ count: counter(), mu: trees.zerosLike(params, muDtype) }),
      (updates, state) => {
        const step = (g: NDArray, m: NDArray): NDArray =>
          lionStep(np.add(np.multiply(oneMinus(b1), g), np.multiply(b1, m)), mode, smoothBeta);
        const mu = trees.cast(trees.updateMoment(updates, state.mu, b2, 1), muDtype);
        return [mapArrays(step, updates, state.mu), { count: safeIncrement(state.count), mu }];
      },
    );
  },
);
