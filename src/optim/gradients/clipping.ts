/** @file Transformations that bound updates or parameters. Source: optax/transforms/_clipping.py, _constraining.py. */
import { vmap } from "../../api/vmap.ts";
import type { ArrayLike, NDArray } from "../../core/array.ts";
import { treeStructure, treeUnflatten } from "../../core/tree.ts";
import type { ArrayTree } from "../../core/tree-types.ts";
import { ShapeError } from "../../base/errors.ts";
import * as np from "../../numpy/index.ts";
import { range } from "../../base/util.ts";
import {
  type EmptyState,
  type GradientTransformation,
  requireParams,
  transformation,
  without,
} from "./base.ts";
import { define } from "../../arguments/declare.ts";
import { number, value } from "../../arguments/parameters.ts";
import { absSquared, arraysOf, mapArrays } from "../trees/leaves.ts";
import * as trees from "../trees/short.ts";
import { negate, times } from "../parameters/scalars.ts";

/** Brings every element between −maxDelta and maxDelta. @see optax.clip */
export const clip = define("clip", [number("maxDelta")], [], ({ maxDelta }) =>
  without((updates) => trees.clip(updates, negate(maxDelta), maxDelta)),
);

/** Scales arrays whose root mean square is above the threshold down to it. @see optax.clip_by_block_rms */
export const clipByBlockRms = define("clipByBlockRms", [number("threshold")], [], ({ threshold }) =>
  without((updates) =>
    mapArrays((u) => {
      const rms = np.sqrt(np.mean(absSquared(u)));
      return np.divide(u, np.maximum(1, np.divide(rms, threshold)));
    }, updates),
  ),
);

/** Scales all updates together, so that their norm is at most maxNorm. @see optax.clip_by_global_norm */
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
  return np.broadcastTo(np.sqrt(square), x.shape);
}

/**
 * Scales the updates of every unit so that their norm is at most `clipping` times that of its parameters (at least eps).
 *
 * Parameters: clipping, eps = 1e-3, axis = null (by the number of axes).
 * @see optax.adaptive_grad_clip
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
 * Scales the gradients of every example (axis 0) to a norm of at most `l2NormClip` and sums them over the examples.
 * Returns the sums and the number of examples that were scaled.
 * @see optax.per_example_global_norm_clip
 */
export function perExampleGlobalNormClip<T>(grads: T, l2NormClip: ArrayLike): [ArrayTree<T>, NDArray] {
  const arrays = checkBatch("perExampleGlobalNormClip", grads);
  const norms = vmap((g: readonly NDArray[]) => trees.norm(g))(arrays);
  const factors = np.nanToNum(np.minimum(np.divide(l2NormClip, norms), 1), { nan: 1 });
  const sums = mapArrays((g) => np.tensordot(factors.astype(g.dtype), g, 1), grads);
  return [sums as ArrayTree<T>, np.sum(np.less(factors, 1))];
}

/**
 * As `perExampleGlobalNormClip`, array by array: each has its share of the norm, the same (`uniform`) or by its size.
 * @see optax.per_example_layer_norm_clip
 */
export function perExampleLayerNormClip<T>(
  grads: T,
  globalL2NormClip: ArrayLike,
  uniform = true,
): [ArrayTree<T>, ArrayTree<T>] {
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
export type ZeroNansState = { readonly foundNan: unknown };

/** Replaces NaNs by zeros. @see optax.zero_nans */
export const zeroNans = (): GradientTransformation<ZeroNansState> =>
  transformation<ZeroNansState>(
    (params) => ({ foundNan: mapArrays(() => np.array(false), params) }),
    (updates) => [
      mapArrays((u) => np.where(np.isnan(u), np.zerosLike(u), u), updates),
      { foundNan: mapArrays((u) => np.any(np.isnan(u)), updates) },
    ],
  );

/** Changes updates that would make a parameter negative, so that it becomes zero. @see optax.keep_params_nonnegative */
export const keepParamsNonnegative = (): GradientTransformation<EmptyState> =>
  without((updates, params) =>
    mapArrays(
      (p, u) => np.where(np.less(np.add(p, u), 0), np.negative(p), u),
      requireParams("keepParamsNonnegative", params),
      updates,
    ),
  );

/** Subtracts the mean over all axes but the first from arrays of several axes. @see optax.centralize */
export const centralize = (): GradientTransformation<EmptyState> =>
  without((updates) =>
    mapArrays(
      (g) => (g.ndim < 2 ? g : np.subtract(g, np.mean(g, { axis: range(g.ndim).slice(1), keepdims: true }))),
      updates,
    ),
  );
