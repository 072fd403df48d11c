/** @file Running moments of trees: means of powers, and their bias towards zero. Source: optax/tree_utils/_tree_math.py. */
import type { ArrayLike, NDArray } from "../../core/array.ts";
import type { ArrayTree } from "../../core/tree-types.ts";
import { isComplex } from "../../dtypes/dtype.ts";
import * as np from "../../numpy/index.ts";
import { oneMinus } from "../parameters/scalars.ts";
import { absSquared, mapArrays } from "./leaves.ts";

/** gᵒʳᵈᵉʳ. */
const raise = (g: NDArray, order: number): NDArray =>
  order === 1 ? g : order === 2 ? np.square(g) : np.power(g, order);

type Moment = (updates: unknown, moments: unknown, decay: ArrayLike, order: number) => unknown;

const moment =
  (powerOf: (g: NDArray, order: number) => NDArray): Moment =>
  (updates, moments, decay, order) =>
    mapArrays(
      (g, t) => np.add(np.multiply(oneMinus(decay), powerOf(g, order)), np.multiply(decay, t)),
      updates,
      moments,
    );

/** (1 − decay) · gᵒʳᵈᵉʳ + decay · t: moving averages. @see optax.tree_utils.tree_update_moment */
export const treeUpdateMoment = moment(raise);

/** As `treeUpdateMoment`, of |g|. @see optax.tree_utils.tree_update_moment_per_elem_norm */
export const treeUpdateMomentPerElemNorm = moment((g, order) =>
  isComplex(g.dtype) ? raise(absSquared(g), order / 2) : raise(g, order),
);

/** max(|g| + eps, decay · t). @see optax.tree_utils.tree_update_infinity_moment */
export function treeUpdateInfinityMoment(
  updates: unknown,
  moments: unknown,
  decay: ArrayLike,
  eps: ArrayLike,
): unknown {
  const largest = (g: NDArray, t: NDArray): NDArray =>
    np.maximum(np.add(np.abs(g), eps), np.multiply(decay, t));
  return mapArrays(largest, updates, moments);
}

/** Moments divided by 1 − decay^count. @see optax.tree_utils.tree_bias_correction */
export function treeBiasCorrection<T>(moment: T, decay: ArrayLike, count: ArrayLike): ArrayTree<T> {
  const correction = np.subtract(1, np.power(decay, count));
  return mapArrays((t) => np.divide(t, correction.astype(t.dtype)), moment) as ArrayTree<T>;
}
