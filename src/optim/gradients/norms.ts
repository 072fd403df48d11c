/**
 * @file Transformations by norms of whole arrays, of updates or of parameters. Source: optax/_src/transform.py.
 */
import type { ArrayLike, NDArray } from "../../core/array.ts";
import * as np from "../../numpy/index.ts";
import {
  type EmptyState,
  type GradientTransformation,
  type OfParams,
  requireParams,
  safeIncrement,
  transformation,
  without,
} from "./base.ts";
import type { AdamState } from "./adaptive.ts";
import { define } from "../../arguments/declare.ts";
import { dtypeOf, number } from "../../arguments/parameters.ts";
import { safeNorm, safeRootMeanSquares } from "../numerics/numerics.ts";
import { counter, oneMinus } from "../parameters/scalars.ts";
import { mapArrays } from "../trees/leaves.ts";
import * as trees from "../trees/short.ts";

const byParams =
  (name: string, norm: (p: NDArray, least: ArrayLike) => NDArray) =>
  ({ minScale }: { readonly minScale: ArrayLike }): GradientTransformation<EmptyState> =>
    without((updates, params) =>
      mapArrays((u, p) => np.multiply(u, norm(p, minScale)), updates, requireParams(name, params)),
    );

/**
 * Updates times the norm of their parameters, at least minScale = 1e-3, array by array.
 * @throws ArgumentError without parameters
 * @see optax.scale_by_param_block_norm
 * @example
 * const p = { w: np.array([3, 4]), b: np.array(0) };
 * const g = { w: np.array([1, -1]), b: np.array(1) };
 * optim.scaleByParamBlockNorm().update(g, {}, p)[0]; // { b: 0.001, w: [5, -5] }
 */
export const scaleByParamBlockNorm = define(
  "scaleByParamBlockNorm",
  [number("minScale", 1e-3)],
  [],
  byParams("scaleByParamBlockNorm", safeNorm),
);

/**
 * Updates times the root mean square of their parameters, at least minScale = 1e-3, array by array.
 * @throws ArgumentError without parameters
 * @see optax.scale_by_param_block_rms; Shazeer, Stern (2018)
 * @example
 * const p = { w: np.array([3, -3]), b: np.array(0) };
 * const g = { w: np.array([1, -1]), b: np.array(1) };
 * optim.scaleByParamBlockRms().update(g, {}, p)[0]; // { b: 0.001, w: [3, -3] }
 */
export const scaleByParamBlockRms = define(
  "scaleByParamBlockRms",
  [number("minScale", 1e-3)],
  [],
  byParams("scaleByParamBlockRms", safeRootMeanSquares),
);

/**
 * Updates times trustCoefficient · |p| / (|u| + eps), array by array, where neither norm is zero; norms are at least
 * minNorm.
 *
 * Parameters: minNorm = 0, trustCoefficient = 1, eps = 0.
 * @throws ArgumentError without parameters
 * @see optax.scale_by_trust_ratio; You et al. (2020)
 * @example
 * const [g, p] = [np.array([3, -4]), np.array([0, 10])];
 * optim.scaleByTrustRatio().update(g, {}, p)[0].js(); // [6, -8] — of norm 10
 */
export const scaleByTrustRatio = define(
  "scaleByTrustRatio",
  [number("minNorm", 0), number("trustCoefficient", 1), number("eps", 0)],
  [],
  ({ minNorm, trustCoefficient, eps }) =>
    without((updates, params) => {
      const trust = (u: NDArray, p: NDArray): NDArray => {
        const ofParams = safeNorm(p, minNorm);
        const ofUpdates = safeNorm(u, minNorm);
        const none = np.logicalOr(np.equal(ofParams, 0), np.equal(ofUpdates, 0));
        const below = np.add(np.where(none, 1, ofUpdates), eps);
        const ratio = np.divide(np.multiply(trustCoefficient, ofParams), below);
        return np.multiply(u, np.where(none, 1, ratio));
      };
      return mapArrays(trust, updates, requireParams("scaleByTrustRatio", params));
    }),
);

/**
 * Divides updates by the norm of all of them (plus eps), times scaleFactor.
 *
 * Parameters: scaleFactor = 1, eps = 1e-6.
 * @see optax.normalize_by_update_norm
 * @example
 * const g = { w: np.array([3]), b: np.array([-4]) };
 * optim.normalizeByUpdateNorm().update(g, {})[0]; // { b: [-0.8000], w: [0.6000] }
 */
export const normalizeByUpdateNorm = define(
  "normalizeByUpdateNorm",
  [number("scaleFactor", 1), number("eps", 1e-6)],
  [],
  ({ scaleFactor, eps }) =>
    without((updates) => {
      const norm = np.divide(np.add(trees.norm(updates), eps), scaleFactor);
      return mapArrays((g) => np.divide(g, norm), updates);
    }),
);

/** Steps, the running mean of the normalised gradient, and for each array that of its squared norm. */
export type NovogradState<P = unknown> = AdamState<P>;

/**
 * Momentum of gradients divided by the running norm of their array, with weight decay: n = |g|² at first, then (1 −
 * b2) · |g|² + b2 · n for each array, and m = b1 · m + g / (√(n + epsRoot) + eps) + weightDecay · p.
 *
 * Parameters: b1 = 0.9, b2 = 0.25, eps = 1e-8, epsRoot = 0, weightDecay = 0, muDtype = null.
 * @see optax.scale_by_novograd; Ginsburg et al. (2019)
 * @example
 * const g = np.array([0.3, -0.4]);
 * const tx = optim.scaleByNovograd();
 * tx.update(g, tx.init(g), g)[0].js(); // [0.6000, -0.8000]
 */
export const scaleByNovograd = define(
  "scaleByNovograd",
  [
    number("b1", 0.9),
    number("b2", 0.25),
    number("eps", 1e-8),
    number("epsRoot", 0),
    number("weightDecay", 0),
    dtypeOf("muDtype"),
  ],
  [],
  ({ b1, b2, eps, epsRoot, weightDecay, muDtype }): GradientTransformation<NovogradState<OfParams>> =>
    transformation(
      (params) => ({
        count: counter(),
        mu: trees.zerosLike(params, muDtype),
        nu: mapArrays((p) => np.zeros([], p.dtype), params),
      }),
      (updates, state, params) => {
        const count = safeIncrement(state.count);
        const first = np.equal(count, 1);
        const norm = (g: NDArray, n: NDArray): NDArray => {
          const square = np.square(np.linalg.norm(g));
          const mean = np.add(np.multiply(oneMinus(b2), square), np.multiply(b2, n));
          return np.where(first, square, mean).astype(n.dtype);
        };
        const nu = mapArrays(norm, updates, state.nu);
        const normal = (g: NDArray, n: NDArray): NDArray =>
          np.divide(g, np.add(np.sqrt(np.add(n, epsRoot)), eps));
        const decayed =
          params === null && weightDecay === 0
            ? mapArrays(normal, updates, nu)
            : mapArrays((g, n, p) => np.add(normal(g, n), np.multiply(weightDecay, p)), updates, nu, params);
        // mu is zero before the first step.
        const mu = trees.cast(
          mapArrays((m, u) => np.add(np.multiply(b1, m), u), state.mu, decayed),
          muDtype,
        );
        return [mu, { count, mu, nu }];
      },
    ),
);
