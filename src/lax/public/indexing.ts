/**
 * @file Functions of `lax` with named parameters that read and write at computed places. Places are integers and have no
 * derivative.
 */
import { named } from "../../arguments/declare.ts";
import * as dynamic from "../indexing/dynamic.ts";
import { gather as gatherFn } from "../indexing/gather.ts";
import * as scatters from "../indexing/scatter.ts";

/**
 * A slice of static sizes at computed starts: a list of integer scalars, or a vector. Negative starts count from the end;
 * then they are clamped so that the slice fits. Linear in the operand.
 * @throws ArgumentError unless there is one start and one size for each axis; ShapeError for sizes larger than the operand;
 * DTypeError for starts that are not integer scalars
 * @see jax.lax.dynamic_slice
 * @example
 * const x = np.array([0, 1, 2, 3, 4]);
 * lax.dynamicSlice(x, [1], [2]).js(); // [1, 2]
 * lax.dynamicSlice(x, [4], [2]).js(); // [3, 4] — clamped
 */
export const dynamicSlice = named("dynamicSlice", dynamic.dynamicSlice, [
  "operand",
  "startIndices",
  "sliceSizes",
]);

/**
 * `operand` with `update`, an array of as many axes, written at computed starts, which count and are clamped as those of
 * `dynamicSlice`. Linear in both: what is overwritten has derivative 0.
 * @throws ShapeError for an update that is larger or has another number of axes; DTypeError if the dtypes differ, or for
 * starts that are not integer scalars; ArgumentError unless there is one start for each axis
 * @see jax.lax.dynamic_update_slice
 * @example
 * lax.dynamicUpdateSlice(np.zeros([4]), np.array([1, 2]), [1]).js(); // [0, 1, 2, 0]
 * lax.dynamicUpdateSlice(np.zeros([4]), np.array([1, 2]), [9]).js(); // [0, 0, 1, 2] — clamped
 */
export const dynamicUpdateSlice = named("dynamicUpdateSlice", dynamic.dynamicUpdateSlice, [
  "operand",
  "update",
  "startIndices",
]);

/**
 * `sliceSize` elements from a computed start (clamped so that they fit) along one axis, the first by default.
 * @throws ShapeError for a size larger than the axis; DTypeError for a start that is no integer scalar; ArgumentError for an
 * axis out of range
 * @see jax.lax.dynamic_slice_in_dim
 * @example
 * lax.dynamicSliceInDim(np.array([[1, 2, 3], [4, 5, 6]]), 1, 2, { axis: 1 }).js(); // [[2, 3], [5, 6]]
 */
export const dynamicSliceInDim = named("dynamicSliceInDim", dynamic.dynamicSliceInDim, [
  "operand",
  "startIndex",
  "sliceSize",
  "axis",
]);

/**
 * The element at a computed index (clamped into the axis) along one axis, the first by default, which is kept with size 1
 * unless `keepdims` is false.
 * @throws DTypeError for an index that is no integer scalar; ArgumentError for an axis out of range; ShapeError for an empty
 * axis
 * @see jax.lax.dynamic_index_in_dim
 * @example
 * const row = jit((i) => lax.dynamicIndexInDim(np.array([[1, 2], [3, 4]]), i, { keepdims: false }));
 * row(np.array(1, "int32")).js(); // [3, 4]
 */
export const dynamicIndexInDim = named("dynamicIndexInDim", dynamic.dynamicIndexInDim, [
  "operand",
  "index",
  "axis",
  "keepdims",
]);

/**
 * `operand` with `update` written at a computed start (clamped so that it fits) along one axis; along the others the update
 * starts at 0.
 * @throws ShapeError, DTypeError where the update does not fit; ArgumentError for an axis out of range
 * @see jax.lax.dynamic_update_slice_in_dim
 * @example
 * lax.dynamicUpdateSliceInDim(np.zeros([2, 3]), np.ones([2, 1]), 2, 1).js(); // [[0, 0, 1], [0, 0, 1]]
 */
export const dynamicUpdateSliceInDim = named("dynamicUpdateSliceInDim", dynamic.dynamicUpdateSliceInDim, [
  "operand",
  "update",
  "startIndex",
  "axis",
]);

/**
 * `operand` with `update` written at a computed index (clamped into the axis) along one axis. The update has that axis with
 * size 1, lacks it, or is a scalar.
 * @throws ShapeError, DTypeError where the update does not fit; ArgumentError for an axis out of range
 * @see jax.lax.dynamic_update_index_in_dim
 * @example
 * lax.dynamicUpdateIndexInDim(np.zeros([2, 2]), np.array([1, 2]), 0, 1).js(); // [[1, 0], [2, 0]]
 */
export const dynamicUpdateIndexInDim = named("dynamicUpdateIndexInDim", dynamic.dynamicUpdateIndexInDim, [
  "operand",
  "update",
  "index",
  "axis",
]);

const gatherOptions = ["mode", "fillValue", "indicesAreSorted", "uniqueIndices"];
/**
 * Slices of `sliceSizes` of `operand` at `startIndices` `[...batch, k]`, whose last axis holds where a slice starts along
 * each of the axes `startIndexMap`. Result axes `offsetDims` run within a slice (without its axes `collapsedSliceDims`), the
 * others over the batch. A slice that reaches outside is filled (mode "fill", the default) with `fillValue` — NaN, the lowest
 * signed or highest unsigned integer, true unless given — or moved inside ("clip"). Linear in the operand.
 * @throws ShapeError, ArgumentError where dimension numbers, indices and slice sizes do not fit; DTypeError unless the
 * indices are integers
 * @see jax.lax.gather
 * @example
 * const rows = { offsetDims: [1], collapsedSliceDims: [0], startIndexMap: [0] };
 * const x = np.array([[1, 2], [3, 4], [5, 6]]);
 * lax.gather(x, np.array([[2], [0]], "int32"), rows, [1, 2]).js(); // [[5, 6], [1, 2]]
 * lax.gather(x, np.array([[7]], "int32"), rows, [1, 2], { mode: "clip" }).js(); // [[5, 6]]
 */
export const gather = named(
  "gather",
  gatherFn,
  ["operand", "startIndices", "dimensionNumbers", "sliceSizes"],
  gatherOptions,
);

const scatterNames = ["operand", "scatterIndices", "updates", "dimensionNumbers"] as const;
const scatterOptions = ["mode", "indicesAreSorted", "uniqueIndices"];
/**
 * A copy of `operand` with `updates` written at `scatterIndices` `[...batch, k]`, whose last axis holds where a window starts
 * along each of the axes `scatterDimsToOperandDims`. Update axes `updateWindowDims` run within a window (which has size 1
 * along `insertedWindowDims`), the others over the batch. Windows that reach outside are dropped (the default), or moved
 * inside (mode "clip"). Of several writes to one place the last one stays. Linear in operand and updates; what is overwritten
 * has derivative 0.
 * @throws ShapeError, ArgumentError where dimension numbers, indices and updates do not fit; DTypeError if operand and updates
 * differ in dtype, or unless the indices are integers
 * @see jax.lax.scatter
 * @example
 * const d = { updateWindowDims: [], insertedWindowDims: [0], scatterDimsToOperandDims: [0] };
 * const at = np.array([[3], [0], [9]], "int32");
 * lax.scatter(np.zeros([4]), at, np.array([1, 2, 3]), d).js(); // [2, 0, 0, 1] — place 9 is dropped
 */
export const scatter = named("scatter", scatters.scatter, scatterNames, scatterOptions);

/**
 * `scatter` that adds the updates, so that those of one place add up. Linear in operand and updates.
 * @throws ShapeError, ArgumentError, DTypeError as `scatter`
 * @see jax.lax.scatter_add
 * @example
 * const d = { updateWindowDims: [], insertedWindowDims: [0], scatterDimsToOperandDims: [0] };
 * const at = np.array([[1], [1], [0]], "int32");
 * lax.scatterAdd(np.array([10, 20]), at, np.array([1, 2, 3]), d).js(); // [13, 23]
 */
export const scatterAdd = named("scatterAdd", scatters.scatterAdd, scatterNames, scatterOptions);

/**
 * `scatter` that subtracts the updates. Linear in operand and updates.
 * @throws ShapeError, ArgumentError, DTypeError as `scatter`
 * @see jax.lax.scatter_sub
 * @example
 * const d = { updateWindowDims: [], insertedWindowDims: [0], scatterDimsToOperandDims: [0] };
 * const at = np.array([[1], [1], [0]], "int32");
 * lax.scatterSub(np.array([10, 20]), at, np.array([1, 2, 3]), d).js(); // [7, 17]
 */
export const scatterSub = named("scatterSub", scatters.scatterSub, scatterNames, scatterOptions);

/**
 * `scatter` that multiplies by the updates. The derivative with respect to the updates exists only where no place is
 * multiplied twice, as `uniqueIndices` promises.
 * @throws ShapeError, ArgumentError, DTypeError as `scatter`; DifferentiationError for the derivative with respect to the
 * updates without `uniqueIndices`
 * @see jax.lax.scatter_mul
 * @example
 * const d = { updateWindowDims: [], insertedWindowDims: [0], scatterDimsToOperandDims: [0] };
 * const at = np.array([[1], [1], [0]], "int32");
 * lax.scatterMul(np.array([10, 20]), at, np.array([1, 2, 3]), d).js(); // [30, 40]
 */
export const scatterMul = named("scatterMul", scatters.scatterMul, scatterNames, scatterOptions);

/**
 * `scatter` that takes the minimum of element and updates. The operand's element and all updates that attain it share the
 * derivative equally.
 * @throws ShapeError, ArgumentError, DTypeError as `scatter`
 * @see jax.lax.scatter_min
 * @example
 * const d = { updateWindowDims: [], insertedWindowDims: [0], scatterDimsToOperandDims: [0] };
 * const at = np.array([[1], [1], [0]], "int32");
 * lax.scatterMin(np.array([2, 2]), at, np.array([1, 5, 3]), d).js(); // [2, 1]
 */
export const scatterMin = named("scatterMin", scatters.scatterMin, scatterNames, scatterOptions);

/**
 * `scatter` that takes the maximum of element and updates. The operand's element and all updates that attain it share the
 * derivative equally.
 * @throws ShapeError, ArgumentError, DTypeError as `scatter`
 * @see jax.lax.scatter_max
 * @example
 * const d = { updateWindowDims: [], insertedWindowDims: [0], scatterDimsToOperandDims: [0] };
 * const at = np.array([[1], [1], [0]], "int32");
 * lax.scatterMax(np.array([2, 2]), at, np.array([1, 5, 3]), d).js(); // [3, 5]
 */
export const scatterMax = named("scatterMax", scatters.scatterMax, scatterNames, scatterOptions);
