/** @file Transformations that bound updates or parameters. Source: optax/transforms/_clipping.py, _constraining.py. */
import { refuseMore } from "../../base/checks.ts";
import { vmap } from "../../api/vmap.ts";
import type { ArrayLike, NDArray } from "../../core/array.ts";
import { treeStructure, treeUnflatten } from "../../core/tree.ts";
import type { ArrayTree } from "../../core/tree-types.ts";
import { ShapeError } from "../../base/errors.ts";
import * as np from "../../numpy/index.ts";
import { rootOfSquares } from "../../lax/elementwise/hypot.ts";
import { range } from "../../base/util.ts";
import {
  type EmptyState,
  type GradientTransformation,
  type OfParams,
  requireParams,
  transformation,
  without,
} from "./base.ts";
import { define } from "../../arguments/declare.ts";
import { number, value } from "../../arguments/parameters.ts";
import { absSquared, arraysOf, mapArrays } from "../trees/leaves.ts";
import * as trees from "../trees/short.ts";
import { negate, times } from "../parameters/scalars.ts";

/**
 * Brings every element between −maxDelta and maxDelta. The derivative is zero for elements beyond.
 * @see optax.clip
 * @example
 * optim.clip(1).update(np.array([0.5, -3]), {})[0].js(); // [0.5, -1]
 */
export const clip = define("clip", [number("maxDelta")], [], ({ maxDelta }) =>
  without((updates) => trees.clip(updates, negate(maxDelta), maxDelta)),
);

/**
 * Scales arrays whose root mean square is above the threshold down to it, each by itself.
 * @see optax.clip_by_block_rms; Shazeer, Stern (2018)
 * @example
 * const g = { w: np.array([3, -3]), b: np.array([0.5]) };
 * optim.clipByBlockRms(1).update(g, {})[0]; // { b: [0.5], w: [1, -1] }
 */
export const clipByBlockRms = define("clipByBlockRms", [number("threshold")], [], ({ threshold }) =>
  without((updates) =>
    mapArrays((u) => {
      const rms = rootOfSquares(np.mean(absSquared(u)));
      return np.divide(u, np.maximum(1, np.divide(rms, threshold)));
    }, updates),
  ),
);

/**
 * Scales all updates together, so that the norm of all elements is at most maxNorm.
 * @see optax.clip_by_global_norm; Pascanu, Mikolov, Bengio (2013)
 * @example
 * const g = { w: np.array([3]), b: np.array([-4]) };
 * optim.clipByGlobalNorm(1).update(g, {})[0]; // { b: [-0.8], w: [0.6] }
 */
export const clipByGlobalNorm = define("clipByGlobalNorm", [number("maxNorm")], [], ({ maxNorm }) =>
  without((updates) => {
    const norm = trees.norm(updates);
    const fine = np.less(norm, maxNorm);
    const bounded = (t: NDArray): NDArray => np.multiply(np.divide(t, norm.astype(t.dtype)), maxNorm);
    return mapArrays((t) => np.where(fine, t, bounded(t)), updates);
  }),
);

/** The axes over which a unit of an array extends: the inputs of a neuron, the window of a convolution. */
function unitAxes(x: NDArray): number[] | null {
  if (x.shape.filter((n) => n !== 1).length <= 1) return null;
  if (x.ndim === 2 || x.ndim === 3) return [0];
  if (x.ndim === 4 || x.ndim === 5) return range(x.ndim - 1);
  throw new ShapeError(
    `adaptiveGradClip: expected arrays of up to 5 axes; got shape [${x.shape.join(",")}]. Name the axes of a unit by the option axis.`,
  );
}

type UnitAxis = number | readonly number[] | null;

/** The norm of each unit. */
function unitNorm(x: NDArray, axis: UnitAxis): NDArray {
  const square = np.sum(absSquared(x), { axis: axis ?? unitAxes(x), keepdims: true });
  return np.broadcastTo(rootOfSquares(square), x.shape);
}

/**
 * Scales the updates of every unit so that their norm is at most `clipping` times that of its parameters (at least
 * eps). A unit extends over the whole array if that has one axis (but for those of length 1), over axis 0 of two or
 * three axes, and over all axes but the last of four or five.
 *
 * Parameters: clipping, eps = 1e-3, axis = null (the axes of a unit, by the number of axes).
 * @throws ArgumentError without parameters; ShapeError for more than five axes, if `axis` is not given
 * @see optax.adaptive_grad_clip; Brock et al. (2021)
 * @example
 * const [g, p] = [np.array([3, -4]), np.array([0, 10])];
 * optim.adaptiveGradClip(0.1).update(g, {}, p)[0].js(); // [0.6, -0.8] — of norm 0.1 · 10
 */
export const adaptiveGradClip = define(
  "adaptiveGradClip",
  [number("clipping"), number("eps", 1e-3), value<UnitAxis>()("axis", null)],
  [],
  ({ clipping, eps, axis }) =>
    without((updates, params) => {
      const bounded = (g: NDArray, p: NDArray): NDArray => {
        const norm = unitNorm(g, axis);
        const most = np.multiply(clipping, np.maximum(unitNorm(p, axis), eps));
        return np.where(np.less(norm, most), g, np.multiply(g, np.divide(most, np.maximum(norm, 1e-6))));
      };
      return mapArrays(bounded, updates, requireParams("adaptiveGradClip", params));
    }),
);

function checkBatch(name: string, grads: unknown): NDArray[] {
  const arrays = arraysOf(grads);
  if (arrays.every((g) => g.ndim > 0 && g.shape[0] === arrays[0].shape[0])) return arrays;
  const shapes = arrays.map((g) => `[${g.shape.join(",")}]`).join(", ");
  throw new ShapeError(
    `${name}: expected gradients with a common first axis of examples; got shapes ${shapes}.`,
  );
}

/**
 * Scales the gradients of every example (axis 0 of all arrays, [n, …]) to a norm of at most `l2NormClip` and sums
 * them over the examples. Returns the sums, of shapes […], and the number of examples that were scaled. Gradients of
 * norm zero, or with NaN in their norm, count as they are.
 * @throws ShapeError unless all arrays have a first axis of one length
 * @see optax.per_example_global_norm_clip; Abadi et al. (2016)
 * @example
 * const g = np.array([[3, 4], [0.3, 0.4]]);
 * const [sum, count] = optim.perExampleGlobalNormClip(g, 1);
 * sum.js(); // [0.9, 1.2]
 * count.item(); // 1
 */
export function perExampleGlobalNormClip<T>(
  grads: T,
  l2NormClip: ArrayLike,
  ...more: []
): [ArrayTree<T>, NDArray] {
  refuseMore("perExampleGlobalNormClip", 2, more);
  const arrays = checkBatch("perExampleGlobalNormClip", grads);
  const norms = vmap((g: readonly NDArray[]) => trees.norm(g))(arrays);
  const factors = np.nanToNum(np.minimum(np.divide(l2NormClip, norms), 1), { nan: 1 });
  const sums = mapArrays((g) => np.tensordot(factors.astype(g.dtype), g, 1), grads);
  return [sums as ArrayTree<T>, np.sum(np.less(factors, 1))];
}

/**
 * As `perExampleGlobalNormClip`, array by array: each has its share of the norm, the same (`uniform`) or by its size,
 * so that the squares of the shares sum to that of the whole. Returns the sums and the numbers of examples that were
 * scaled, both in the structure of the gradients.
 * @throws ShapeError unless all arrays have a first axis of one length
 * @see optax.per_example_layer_norm_clip; McMahan et al. (2018)
 * @example
 * const g = { w: np.array([[3, 4], [0.3, 0.4]]), b: np.array([[2], [0.1]]) };
 * const [sum, count] = optim.perExampleLayerNormClip(g, Math.SQRT2);
 * sum; // { b: [1.1], w: [0.9, 1.2] }
 * count; // { b: 1, w: 1 }
 */
export function perExampleLayerNormClip<T>(
  grads: T,
  globalL2NormClip: ArrayLike,
  uniform = true,
  ...more: []
): [ArrayTree<T>, ArrayTree<T>] {
  refuseMore("perExampleLayerNormClip", 3, more);
  const arrays = checkBatch("perExampleLayerNormClip", grads);
  const sizes = arrays.map((g) => g.size / g.shape[0]);
  const total = sizes.reduce((n, s) => n + s, 0);
  const def = treeStructure(grads);
  const clipped = arrays.map((g, i) => {
    const share = uniform ? 1 / arrays.length : sizes[i] / total;
    return perExampleGlobalNormClip(g, times(globalL2NormClip, share ** 0.5));
  });
  const pick = (k: 0 | 1): ArrayTree<T> =>
    treeUnflatten(
      def,
      clipped.map((pair) => pair[k]),
    ) as ArrayTree<T>;
  return [pick(0), pick(1)];
}

/** Whether an array of the last updates had a NaN, per array. */
export type ZeroNansState<P = unknown> = { readonly foundNan: P };

/**
 * Replaces NaNs by zeros; the state says for each array whether the last updates had some, as boolean scalars.
 * @see optax.zero_nans
 * @example
 * const tx = optim.zeroNans();
 * const [u, state] = tx.update(np.array([1, NaN]), tx.init(np.array([0, 0])));
 * u.js(); // [1, 0]
 * state; // { foundNan: true }
 */
export const zeroNans = (...more: []): GradientTransformation<ZeroNansState<OfParams>> => {
  refuseMore("zeroNans", 0, more);
  return transformation<ZeroNansState<OfParams>>(
    (params) => ({ foundNan: mapArrays(() => np.array(false), params) }),
    (updates) => [
      mapArrays((u) => np.where(np.isnan(u), np.zerosLike(u), u), updates),
      { foundNan: mapArrays((u) => np.any(np.isnan(u)), updates) },
    ],
  );
};

/**
 * Changes updates that would make a parameter negative, so that it becomes zero. Parameters are to be nonnegative at
 * the start.
 * @throws ArgumentError without parameters
 * @see optax.keep_params_nonnegative
 * @example
 * optim.keepParamsNonnegative().update(np.array([-2, -2]), {}, np.array([1, 3]))[0].js(); // [-1, -2]
 */
export const keepParamsNonnegative = (...more: []): GradientTransformation<EmptyState> => {
  refuseMore("keepParamsNonnegative", 0, more);
  return without((updates, params) =>
    mapArrays(
      (p, u) => np.where(np.less(np.add(p, u), 0), np.negative(p), u),
      requireParams("keepParamsNonnegative", params),
      updates,
    ),
  );
};

/**
 * Subtracts the mean over all axes but the first from arrays of several axes; others stay as they are.
 * @see optax.centralize; Yong et al. (2020)
 * @example
 * optim.centralize().update(np.array([[1, 3], [2, 6]]), {})[0].js(); // [[-1, 1], [-2, 2]]
 */
export const centralize = (...more: []): GradientTransformation<EmptyState> => {
  refuseMore("centralize", 0, more);
  return without((updates) =>
    mapArrays(
      (g) => (g.ndim < 2 ? g : np.subtract(g, np.mean(g, { axis: range(g.ndim).slice(1), keepdims: true }))),
      updates,
    ),
  );
};
