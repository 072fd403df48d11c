/** @file Running moments of trees: means of powers, and their bias towards zero. Source: optax/tree_utils/_tree_math.py. */
import { ArgumentError } from "../../base/errors.ts";
import { refuseMore, show } from "../../base/checks.ts";
import type { ArrayLike, NDArray } from "../../core/array.ts";
import type { ArrayTree } from "../../core/tree-types.ts";
import { isComplex } from "../../dtypes/dtype.ts";
import { asArray } from "../../lax/operands/convert.ts";
import * as np from "../../numpy/index.ts";
import { oneMinus } from "../parameters/scalars.ts";
import { absSquared, mapArrays } from "./leaves.ts";

/** gᵒʳᵈᵉʳ. */
const raise = (g: NDArray, order: number): NDArray =>
  order === 1 ? g : order === 2 ? np.square(g) : np.power(g, order);

type Moment = (updates: unknown, moments: unknown, decay: ArrayLike, order: number) => unknown;

const moment =
  (name: string, powerOf: (g: NDArray, order: number) => NDArray): Moment =>
  (updates, moments, decay, order, ...more: readonly unknown[]) => {
    refuseMore(name, 4, more);
    if (typeof order !== "number")
      throw new ArgumentError(`${name}: the order must be a number; got ${show(order)}.`);
    asArray(decay, `${name}: decay`);
    return mapArrays(
      (g, t) => np.add(np.multiply(oneMinus(decay), powerOf(g, order)), np.multiply(decay, t)),
      updates,
      moments,
    );
  };

/**
 * (1 − decay) · gᵒʳᵈᵉʳ + decay · t: moving averages of powers. Called as `(updates, moments, decay, order)`.
 * @see optax.tree_utils.tree_update_moment
 * @example
 * optim.treeUtils.treeUpdateMoment(np.array([2, -4]), np.array([1, 1]), 0.5, 2); // [2.5, 8.5]
 */
export const treeUpdateMoment = moment("treeUpdateMoment", raise);

/**
 * As `treeUpdateMoment`, of |g|: moments of complex updates are real.
 * @see optax.tree_utils.tree_update_moment_per_elem_norm
 * @example
 * const g = lax.complex(np.array([3]), np.array([4]));
 * optim.treeUtils.treeUpdateMomentPerElemNorm(g, np.array([1]), 0.5, 2); // [13] — (25 + 1) / 2
 */
export const treeUpdateMomentPerElemNorm = moment("treeUpdateMomentPerElemNorm", (g, order) =>
  isComplex(g.dtype) ? raise(absSquared(g), order / 2) : raise(g, order),
);

/**
 * max(|g| + eps, decay · t), array by array: a decaying maximum.
 * @see optax.tree_utils.tree_update_infinity_moment; Kingma, Ba (2015), section 7.1
 * @example
 * optim.treeUtils.treeUpdateInfinityMoment(np.array([-3, 1]), np.array([2, 4]), 0.5, 0); // [3, 2]
 */
export function treeUpdateInfinityMoment(
  updates: unknown,
  moments: unknown,
  decay: ArrayLike,
  eps: ArrayLike,
  ...more: []
): unknown {
  refuseMore("treeUpdateInfinityMoment", 4, more);
  const largest = (g: NDArray, t: NDArray): NDArray =>
    np.maximum(np.add(np.abs(g), eps), np.multiply(decay, t));
  return mapArrays(largest, updates, moments);
}

/**
 * Moments divided by 1 − decay^count, in their dtypes: without the bias towards the zeros that they started from.
 * @param count the number of updates so far, at least 1
 * @see optax.tree_utils.tree_bias_correction; Kingma, Ba (2015), section 3
 * @example
 * optim.treeUtils.treeBiasCorrection({ m: np.array([0.75]) }, 0.5, 2); // { m: [1] }
 */
export function treeBiasCorrection<T>(
  moment: T,
  decay: ArrayLike,
  count: ArrayLike,
  ...more: []
): ArrayTree<T> {
  refuseMore("treeBiasCorrection", 3, more);
  const correction = np.subtract(1, np.power(decay, count));
  return mapArrays((t) => np.divide(t, correction.astype(t.dtype)), moment) as ArrayTree<T>;
}
