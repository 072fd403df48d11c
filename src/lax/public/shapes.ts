/**
 * @file Functions of `lax` with named parameters that make, move, cut and join arrays. Where they have a derivative they are
 * linear: tangents move as the elements do.
 */
import { named } from "../../arguments/declare.ts";
import * as creation from "../shapes/creation.ts";
import * as shapes from "../shapes/joining.ts";
import * as movement from "../shapes/movement.ts";
import * as slicing from "../shapes/slicing.ts";

/**
 * An array of a whole shape in which each element is its index along `dimension`. It has no operands to differentiate.
 * @throws DTypeError for bool; ShapeError for a negative size; ArgumentError unless `dimension` is an axis of the shape
 * @see jax.lax.broadcasted_iota
 * @example
 * lax.broadcastedIota("int32", [2, 3], 1).js(); // [[0, 1, 2], [0, 1, 2]]
 */
export const broadcastedIota = named("broadcastedIota", creation.broadcastedIota, [
  "dtype",
  "shape",
  "dimension",
]);

/**
 * An array filled with one value, in the dtype of the value or the one given. Its cotangents add up to that of the value.
 * @throws ShapeError for a negative size, or if the value is not 0-dimensional
 * @see jax.lax.full
 * @example
 * lax.full([2, 2], 7).js(); // [[7, 7], [7, 7]]
 * lax.full([2], 1, "int32").dtype; // "int32"
 */
export const full = named("full", creation.full, ["shape", "fillValue", "dtype"]);

/**
 * An array filled with one value, of the shape and dtype of `x` unless others are given. Of `x` it reads no elements, so
 * that the derivative with respect to it is 0.
 * @throws ShapeError for a negative size, or if the value is not 0-dimensional
 * @see jax.lax.full_like
 * @example
 * lax.fullLike(np.array([1, 2, 3]), 9).js(); // [9, 9, 9]
 * lax.fullLike(np.array([1, 2]), 9, { shape: [1] }).js(); // [9]
 */
export const fullLike = named("fullLike", creation.fullLike, ["x", "fillValue", "dtype", "shape"]);

/**
 * Repeats an array along new leading axes of the given sizes: the result has shape `[...sizes, ...operand.shape]`.
 * @throws ShapeError for a negative size
 * @see jax.lax.broadcast
 * @example
 * lax.broadcast(np.array([1, 2]), [3]).js(); // [[1, 2], [1, 2], [1, 2]]
 */
export const broadcast = named("broadcast", movement.broadcast, ["operand", "sizes"]);

/**
 * The operand with its axis i placed at axis `broadcastDimensions[i]` of `shape`; axes of size 1 are repeated, and so is the
 * whole along the axes not named.
 * @throws ArgumentError unless `broadcastDimensions` are increasing axes of `shape`, one for each of the operand's;
 * ShapeError where sizes differ and the operand's is not 1
 * @see jax.lax.broadcast_in_dim
 * @example
 * lax.broadcastInDim(np.array([1, 2]), [2, 3], [0]).js(); // [[1, 1, 1], [2, 2, 2]]
 * lax.broadcastInDim(np.array([1, 2]), [2, 2], [1]).js(); // [[1, 2], [1, 2]]
 */
export const broadcastInDim = named("broadcastInDim", movement.broadcastInDim, [
  "operand",
  "shape",
  "broadcastDimensions",
]);

/**
 * The same elements in row-major order, of the axes in the order `dimensions` if that is given, under another shape. One
 * size may be −1, to follow from the others (not so in JAX's function).
 * @throws ShapeError if the numbers of elements differ; ArgumentError if `dimensions` is no permutation of the axes
 * @see jax.lax.reshape
 * @example
 * const x = np.array([[1, 2, 3], [4, 5, 6]]);
 * lax.reshape(x, [3, 2]).js(); // [[1, 2], [3, 4], [5, 6]]
 * lax.reshape(x, [6], { dimensions: [1, 0] }).js(); // [1, 4, 2, 5, 3, 6]
 */
export const reshape = named("reshape", movement.reshape, ["operand", "newSizes", "dimensions"]);

/**
 * Permutes axes: axis i of the result is axis `permutation[i]` of the operand.
 * @throws ArgumentError if `permutation` is none of the operand's axes
 * @see jax.lax.transpose
 * @example
 * lax.transpose(np.array([[1, 2, 3], [4, 5, 6]]), [1, 0]).js(); // [[1, 4], [2, 5], [3, 6]]
 */
export const transpose = named("transpose", movement.transpose, ["operand", "permutation"]);

/**
 * Reverses the order of the elements along each of the given axes.
 * @throws ArgumentError unless `dimensions` are distinct axes
 * @see jax.lax.rev
 * @example
 * lax.rev(np.array([[1, 2], [3, 4]]), [1]).js(); // [[2, 1], [4, 3]]
 */
export const rev = named("rev", movement.rev, ["operand", "dimensions"]);

/**
 * Drops the given axes, which must have size 1.
 * @throws ShapeError if one has another size; ArgumentError unless `dimensions` are distinct axes
 * @see jax.lax.squeeze
 * @example
 * lax.squeeze(np.array([[[1, 2]]]), [0]).shape; // [1, 2]
 */
export const squeeze = named("squeeze", movement.squeeze, ["array", "dimensions"]);

/**
 * Adds axes of size 1, so that they stand at the given positions of the result.
 * @throws ArgumentError unless `dimensions` are distinct axes of the result
 * @see jax.lax.expand_dims
 * @example
 * lax.expandDims(np.array([1, 2, 3]), [0, 2]).shape; // [1, 3, 1]
 */
export const expandDims = named("expandDims", movement.expandDims, ["array", "dimensions"]);

/**
 * Joins the consecutive axes `startDimension … stopDimension − 1` (by default: all from the first named) into one.
 * @throws ArgumentError unless they are axes, one at least
 * @see jax.lax.collapse
 * @example
 * lax.collapse(np.zeros([2, 3, 4]), 0, 2).shape; // [6, 4]
 */
export const collapse = named("collapse", movement.collapse, ["operand", "startDimension", "stopDimension"]);

/**
 * Repeats an array `reps[i]` times along axis i, aligned at the last axis: missing repetitions are 1, missing axes are added
 * in front.
 * @throws ShapeError for a negative repetition
 * @see jax.lax.tile
 * @example
 * lax.tile(np.array([[1, 2]]), [2, 2]).js(); // [[1, 2, 1, 2], [1, 2, 1, 2]]
 */
export const tile = named("tile", movement.tile, ["operand", "reps"]);

/**
 * The elements from `startIndices` (included) to `limitIndices` (excluded) by `strides` (1 each, unless given) along each
 * axis; bounds are static and must lie within the array.
 * @throws ArgumentError unless there is one entry for each axis; IndexError for bounds out of range or out of order
 * @see jax.lax.slice
 * @example
 * lax.slice(np.array([[0, 1, 2, 3], [4, 5, 6, 7]]), [0, 0], [2, 4], [1, 2]).js(); // [[0, 2], [4, 6]]
 */
export const slice = named("slice", slicing.slice, ["operand", "startIndices", "limitIndices", "strides"]);

/**
 * `slice` along one axis (the first); negative bounds count from the end, null is the start or the end itself.
 * @throws IndexError for bounds out of range or out of order
 * @see jax.lax.slice_in_dim
 * @example
 * lax.sliceInDim(np.array([0, 1, 2, 3, 4]), 1, -1).js(); // [1, 2, 3]
 * lax.sliceInDim(np.array([0, 1, 2, 3, 4]), null, null, { stride: 2 }).js(); // [0, 2, 4]
 */
export const sliceInDim = named("sliceInDim", slicing.sliceInDim, [
  "operand",
  "startIndex",
  "limitIndex",
  "stride",
  "axis",
]);

/**
 * The element at a static `index` (negative counts from the end) along an axis (the first), which is kept with size 1 unless
 * `keepdims` is false. For a computed index see `dynamicIndexInDim`.
 * @throws IndexError for an index out of bounds; ArgumentError for an axis out of range
 * @see jax.lax.index_in_dim
 * @example
 * const x = np.array([[1, 2], [3, 4]]);
 * lax.indexInDim(x, -1).js(); // [[3, 4]]
 * lax.indexInDim(x, 0, { axis: 1, keepdims: false }).js(); // [1, 3]
 */
export const indexInDim = named("indexInDim", slicing.indexInDim, ["operand", "index", "axis", "keepdims"]);

/**
 * Puts copies of `paddingValue` before, behind and between the elements of each axis, as `[low, high, interior]` says;
 * negative `low` or `high` cut elements off. Linear in the operand and in the value.
 * @throws ArgumentError unless there is one entry of integers for each axis, `interior` not negative; ShapeError if more is
 * cut off than there is, or for a value that is not 0-dimensional; DTypeError if operand and value differ in dtype
 * @see jax.lax.pad
 * @example
 * lax.pad(np.array([1, 2]), 0, [[1, 2, 1]]).js(); // [0, 1, 0, 2, 0, 0]
 * lax.pad(np.array([1, 2, 3]), 0, [[-1, 1, 0]]).js(); // [2, 3, 0]
 */
export const pad = named("pad", slicing.pad, ["operand", "paddingValue", "paddingConfig"]);

/**
 * Joins arrays of one dtype along an axis; their other axes must agree.
 * @throws ArgumentError without arrays or for an axis out of range; ShapeError, DTypeError where they do not fit
 * @see jax.lax.concatenate
 * @example
 * lax.concatenate([np.array([[1], [2]]), np.array([[3, 4], [5, 6]])], 1).js(); // [[1, 3, 4], [2, 5, 6]]
 */
export const concatenate = named("concatenate", slicing.concatenate, ["operands", "dimension"]);

/**
 * Joins arrays of one shape and dtype along a new axis (the first).
 * @throws ArgumentError without arrays or for an axis out of range; ShapeError, DTypeError where they differ
 * @see jax.lax.stack
 * @example
 * lax.stack([np.array([1, 2]), np.array([3, 4])], { axis: 1 }).js(); // [[1, 3], [2, 4]]
 */
export const stack = named("stack", shapes.stack, ["arrays", "axis"]);

/**
 * The list of the parts of an array along an axis (the first), each without that axis: the inverse of `stack`.
 * @throws ShapeError for a 0-dimensional array; ArgumentError for an axis out of range
 * @see jax.lax.unstack
 * @example
 * lax.unstack(np.array([[1, 2], [3, 4]])).map((x) => x.js()); // [[1, 2], [3, 4]]
 */
export const unstack = named("unstack", shapes.unstack, ["x", "axis"]);

/**
 * Cuts an axis (the first) into consecutive parts of the given sizes, which must add up to its size.
 * @throws ShapeError if they do not; ArgumentError for an axis out of range
 * @see jax.lax.split
 * @example
 * lax.split(np.array([1, 2, 3, 4, 5]), [2, 3]); // [[1, 2], [3, 4, 5]]
 */
export const split = named("split", slicing.split, ["operand", "sizes", "axis"]);
