/** @file Small functions on shapes and dtypes, stacking and its inverse, and selections of extreme elements. */
import { refuseMore, checkWhole, mostAxes } from "../../base/checks.ts";
import type { ArrayLike, NDArray } from "../../core/array.ts";
import { bitwiseNot } from "../elementwise/bitwise.ts";
import { type DType, isInexact, toDType } from "../../dtypes/dtype.ts";
import {
  broadcastShapes as commonShape,
  canonicalAxis,
  checkShape,
  shapeString,
} from "../../dtypes/shape.ts";
import { ArgumentError, ShapeError, checkOptions } from "../../base/errors.ts";
import { range } from "../../base/util.ts";
import { asArray } from "../operands/convert.ts";
import { full } from "./creation.ts";
import { neg } from "../elementwise/functions.ts";
import { broadcastToShape, expandDims, reshape } from "./movement.ts";
import { concatenate, indexInDim } from "./slicing.ts";
import { topK } from "../sorting/sort.ts";

/**
 * The shape that arrays of these shapes broadcast to. @see jax.lax.broadcast_shapes
 * @throws ShapeError if they do not
 * @example
 * lax.broadcastShapes([3, 1], [4]); // [3, 4]
 */
export const broadcastShapes = (...shapes: readonly (readonly number[])[]): number[] => {
  for (const s of shapes) checkShape(s, "broadcastShapes");
  return commonShape(shapes, "broadcastShapes");
};

/**
 * `arr` broadcast to the shape of `likeArr`, aligned at the last axis; it keeps its dtype. Linear in `arr`; of `likeArr` it
 * reads the shape only.
 * @throws ShapeError if it does not broadcast to that shape
 * @see jax.lax.broadcast_like
 * @example
 * lax.broadcastLike(np.array([1, 2]), np.zeros([2, 2])).js(); // [[1, 2], [1, 2]]
 */
export function broadcastLike(arr: ArrayLike, likeArr: ArrayLike, ...more: []): NDArray {
  refuseMore("broadcastLike", 2, more);
  const { shape } = asArray(likeArr, "broadcastLike");
  const x = asArray(arr, "broadcastLike");
  const common = commonShape([x.shape, shape], "broadcastLike");
  if (common.length !== shape.length || common.some((d, i) => d !== shape[i])) {
    throw new ShapeError(
      `broadcastLike: shape ${shapeString(x.shape)} does not broadcast to ${shapeString(shape)}.`,
    );
  }
  return broadcastToShape(x, shape);
}

/**
 * Adds leading axes of size 1 up to a number of axes.
 * @throws ArgumentError if the array has more axes than `rank`, or for a rank above 1000
 * @see jax.lax.broadcast_to_rank
 * @example
 * lax.broadcastToRank(np.array([1, 2]), 3).shape; // [1, 1, 2]
 */
export function broadcastToRank(x: ArrayLike, rank: number, ...more: []): NDArray {
  refuseMore("broadcastToRank", 2, more);
  const a = asArray(x, "broadcastToRank");
  checkWhole("broadcastToRank", "the rank", rank, a.ndim, mostAxes);
  return rank === a.ndim ? a : reshape(a, [...range(rank - a.ndim).map(() => 1), ...a.shape]);
}

/**
 * The dtype of a value; of a JavaScript number the default float, of a boolean bool.
 * @see jax.lax.dtype
 * @example
 * lax.dtype(np.array([1, 2], "int32")); // "int32"
 * lax.dtype(true); // "bool"
 */
export const dtype = (x: ArrayLike, ...more: []): DType => {
  refuseMore("dtype", 1, more);
  return asArray(x, "dtype").dtype;
};

/**
 * An array whose values do not matter: zeros, of a given shape and dtype.
 * @throws ShapeError for a negative size; DTypeError for an unknown dtype
 * @see jax.lax.empty
 * @example
 * lax.empty([2, 3], "int32").shape; // [2, 3]
 */
export const empty = (shape: readonly number[], type: DType, ...more: []): NDArray => {
  refuseMore("empty", 2, more);
  return full(shape, 0, toDType(type, "empty"));
};

/** Joins arrays along a new axis. */
export function stack(arrays: readonly ArrayLike[], axis = 0): NDArray {
  if (arrays.length === 0) throw new ArgumentError("stack: expected at least one array; got none.");
  const xs = arrays.map((x) => asArray(x, "stack"));
  const other = xs.find((x) => shapeString(x.shape) !== shapeString(xs[0].shape));
  if (other !== undefined) {
    throw new ShapeError(
      `stack: all arrays need one shape; got ${shapeString(xs[0].shape)} and ${shapeString(other.shape)}.`,
    );
  }
  const at = canonicalAxis(axis, xs[0].ndim + 1, "stack");
  return concatenate(
    xs.map((x) => expandDims(x, [at])),
    at,
  );
}

/** The parts of an array along an axis. */
export function unstack(x: ArrayLike, axis = 0): NDArray[] {
  const a = asArray(x, "unstack");
  if (a.ndim === 0) throw new ShapeError("unstack: a 0-dimensional array has no parts.");
  const at = canonicalAxis(axis, a.ndim, "unstack");
  return range(a.shape[at]).map((i) => indexInDim(a, i, at, false));
}

/** Options of `approxMaxK` and `approxMinK`: all but the dimension are hints that an exact answer satisfies. */
export interface ApproxOptions {
  readonly reductionDimension?: number | undefined;
  readonly recallTarget?: number | undefined;
  readonly reductionInputSizeOverride?: number | undefined;
  readonly aggregateToTopk?: boolean | undefined;
}

const approxNames = ["reductionDimension", "recallTarget", "reductionInputSizeOverride", "aggregateToTopk"];

/**
 * The `k` largest elements along an axis (the last by default), largest first, and their indices (int32): exactly, whatever
 * recall is asked for. Derivatives go to the elements chosen.
 * @throws ArgumentError unless `k` is 0 to the size of the axis, or for an axis out of range
 * @see jax.lax.approx_max_k
 * @example
 * lax.approxMaxK(np.array([3, 1, 2]), 2); // [[3, 2], [0, 2]]
 */
export function approxMaxK(
  operand: ArrayLike,
  k: number,
  options?: ApproxOptions,
  ...more: []
): [NDArray, NDArray] {
  refuseMore("approxMaxK", 3, more);
  checkOptions("approxMaxK", options, approxNames);
  return topK(operand, k, options?.reductionDimension ?? -1);
}

/**
 * The `k` smallest elements of an array of real numbers along an axis (the last by default), smallest first, and their indices
 * (int32): exactly, whatever recall is asked for. Derivatives go to the elements chosen.
 * @throws ArgumentError unless `k` is 0 to the size of the axis, or for an axis out of range
 * @see jax.lax.approx_min_k
 * @example
 * lax.approxMinK(np.array([3, 1, 2]), 2); // [[1, 2], [1, 2]]
 */
export function approxMinK(
  operand: ArrayLike,
  k: number,
  options?: ApproxOptions,
  ...more: []
): [NDArray, NDArray] {
  refuseMore("approxMinK", 3, more);
  checkOptions("approxMinK", options, approxNames);
  const x = asArray(operand, "approxMinK");
  // Reverses the order of integers of all kinds; the negative of the least one, or of unsigned ones, does not.
  const reverse = isInexact(x.dtype) ? neg : bitwiseNot;
  const [values, indices] = topK(reverse(x), k, options?.reductionDimension ?? -1);
  return [reverse(values), indices];
}
