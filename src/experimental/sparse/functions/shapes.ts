/** @file Functions of arrays in coordinates: their shapes and their parts. */
import type { ArrayLike, NDArray } from "../../../core/array.ts";
import { checkWhole, refuseMore, show } from "../../../base/checks.ts";
import { ArgumentError, DTypeError, ShapeError, checkOptions } from "../../../base/errors.ts";
import { range } from "../../../base/util.ts";
import { isInteger } from "../../../dtypes/dtype.ts";
import { shapeString } from "../../../dtypes/shape.ts";
import type { GatherDimensionNumbers, GatherMode } from "../../../lax/indexing/gather.ts";
import * as lax from "../../../lax/plain.ts";
import { BCOO } from "../classes/bcoo.ts";
import * as shapes from "../parts/shapes.ts";
import * as slices from "../parts/slices.ts";
import { runSparse } from "../sparsify/trace.ts";
import { coordinatesOf, isSparse } from "../sparsify/values.ts";
import { array, axesOf, bcoo, needed, wholes } from "./given.ts";

/**
 * The array with more axes, or with longer batch and dense ones, along which it is repeated: axis i becomes axis `broadcastDimensions[i]`.
 * New axes in front are batch axes; sparse axes are not repeated. Linear in the data.
 * @throws ShapeError, ArgumentError where that does not fit
 * @see jax.experimental.sparse.bcoo_broadcast_in_dim
 * @example
 * const { BCOO, bcooBroadcastInDim } = experimental.sparse;
 * const m = BCOO.fromdense(np.array([0, 2]));
 * const out = bcooBroadcastInDim(m, { shape: [3, 2], broadcastDimensions: [1] });
 * out.todense().js(); // [[0, 2], [0, 2], [0, 2]]
 */
export function bcooBroadcastInDim(
  mat: BCOO,
  options: { readonly shape: readonly number[]; readonly broadcastDimensions: readonly number[] },
  ...more: []
): BCOO {
  const where = "bcooBroadcastInDim";
  refuseMore(where, 2, more);
  checkOptions(where, options, ["shape", "broadcastDimensions"]);
  const x = bcoo(where, mat);
  const o = needed(where, options, ["shape", "broadcastDimensions"]);
  const shape = wholes(where, "shape", o.shape);
  const dims = wholes(where, "broadcastDimensions", o.broadcastDimensions);
  return BCOO.of(shapes.broadcastInDim(where, x, shape, dims));
}

/**
 * Arrays one after another along a batch or sparse axis. They must have equally many batch and dense axes, except that a batch axis of size
 * 1 is added or dropped where that aligns them. Linear in the data.
 * @throws ShapeError, ArgumentError where they do not fit
 * @see jax.experimental.sparse.bcoo_concatenate
 * @example
 * const { BCOO, bcooConcatenate } = experimental.sparse;
 * const m = BCOO.fromdense(np.array([0, 2]));
 * bcooConcatenate([m, m], { dimension: 0 }).todense().js(); // [0, 2, 0, 2]
 */
export function bcooConcatenate(
  operands: readonly BCOO[],
  options: { readonly dimension: number },
  ...more: []
): BCOO {
  const where = "bcooConcatenate";
  refuseMore(where, 2, more);
  checkOptions(where, options, ["dimension"]);
  if (!Array.isArray(operands) || operands.length === 0)
    throw new ArgumentError(`${where}: expected a list of BCOOs; got ${show(operands)}.`);
  const list = (operands as readonly unknown[]).map((x) => bcoo(where, x));
  const { dimension } = needed(where, options, ["dimension"]);
  checkWhole(where, "dimension", dimension, 0, list[0].ndim - 1);
  return BCOO.of(shapes.concatenate(where, list, dimension));
}

/**
 * Other sizes, in row-major order; `dimensions` permutes the axes before. Batch, sparse and dense axes each among themselves. Linear in the
 * data.
 * @throws ShapeError for another number of elements; ArgumentError where axes of different kinds would mix
 * @see jax.experimental.sparse.bcoo_reshape
 * @example
 * const { BCOO, bcooReshape } = experimental.sparse;
 * const m = BCOO.fromdense(np.array([[0, 2], [1, 0]]));
 * bcooReshape(m, { newSizes: [4] }).indices.js(); // [[1], [2]]
 */
export function bcooReshape(
  mat: BCOO,
  options: { readonly newSizes: readonly number[]; readonly dimensions?: readonly number[] | undefined },
  ...more: []
): BCOO {
  const where = "bcooReshape";
  refuseMore(where, 2, more);
  checkOptions(where, options, ["newSizes", "dimensions"]);
  const x = bcoo(where, mat);
  const o = needed(where, options, ["newSizes"]);
  const newSizes = wholes(where, "newSizes", o.newSizes);
  const dimensions = axesOf(where, "dimensions", o.dimensions ?? range(x.ndim), x.ndim);
  return BCOO.of(shapes.reshape(where, x, newSizes, dimensions));
}

/**
 * The array with some axes reversed. Linear in the data.
 * @throws ArgumentError for axes that there are not
 * @see jax.experimental.sparse.bcoo_rev
 * @example
 * const { BCOO, bcooRev } = experimental.sparse;
 * bcooRev(BCOO.fromdense(np.array([0, 2, 3])), { dimensions: [0] }).todense().js(); // [3, 2, 0]
 */
export function bcooRev(
  operand: BCOO,
  options: { readonly dimensions: readonly number[] },
  ...more: []
): BCOO {
  const where = "bcooRev";
  refuseMore(where, 2, more);
  checkOptions(where, options, ["dimensions"]);
  const x = bcoo(where, operand);
  const { dimensions } = needed(where, options, ["dimensions"]);
  return BCOO.of(shapes.rev(x, axesOf(where, "dimensions", dimensions, x.ndim)));
}

/**
 * The array without some axes of size 1. Linear in the data.
 * @throws ShapeError for axes of other sizes
 * @see jax.experimental.sparse.bcoo_squeeze
 * @example
 * const { BCOO, bcooSqueeze } = experimental.sparse;
 * bcooSqueeze(BCOO.fromdense(np.array([[0, 2]])), { dimensions: [0] }).shape; // [2]
 */
export function bcooSqueeze(
  arr: BCOO,
  options: { readonly dimensions: readonly number[] },
  ...more: []
): BCOO {
  const where = "bcooSqueeze";
  refuseMore(where, 2, more);
  checkOptions(where, options, ["dimensions"]);
  const x = bcoo(where, arr);
  const given = needed(where, options, ["dimensions"]);
  const dimensions = axesOf(where, "dimensions", given.dimensions, x.ndim);
  if (dimensions.some((d) => x.shape[d] !== 1))
    throw new ShapeError(
      `${where}: axes [${dimensions.join(", ")}] of an array of shape ${shapeString(x.shape)} are not all of size 1.`,
    );
  return BCOO.of(shapes.squeeze(x, dimensions));
}

/** Options of `bcooSlice`. */
export interface SliceOptions {
  readonly startIndices: readonly number[];
  readonly limitIndices: readonly number[];
  /** Steps, 1 by default. */
  readonly strides?: readonly number[] | undefined;
}

/**
 * The part of an array between bounds along each axis, by steps. It has no more entries than places: where there are more, they are added
 * up. Linear in the data.
 * @throws ArgumentError unless 0 ≤ start ≤ limit ≤ size along each axis
 * @see jax.experimental.sparse.bcoo_slice
 * @example
 * const { BCOO, bcooSlice } = experimental.sparse;
 * const m = BCOO.fromdense(np.array([[0, 2, 0], [1, 0, 4]]));
 * bcooSlice(m, { startIndices: [1, 0], limitIndices: [2, 3], strides: [1, 2] }).todense().js(); // [[1, 4]]
 */
export function bcooSlice(mat: BCOO, options: SliceOptions, ...more: []): BCOO {
  const where = "bcooSlice";
  refuseMore(where, 2, more);
  checkOptions(where, options, ["startIndices", "limitIndices", "strides"]);
  const x = bcoo(where, mat);
  const o = needed(where, options, ["startIndices", "limitIndices"]);
  const starts = wholes(where, "startIndices", o.startIndices, 0, x.ndim);
  const limits = wholes(where, "limitIndices", o.limitIndices, 0, x.ndim);
  const strides = wholes(where, "strides", o.strides ?? x.shape.map(() => 1), 1, x.ndim);
  if (!starts.every((s, i) => s <= limits[i] && limits[i] <= x.shape[i]))
    throw new ArgumentError(
      `${where}: bounds [${starts.join(", ")}] to [${limits.join(", ")}] do not lie within the shape ${shapeString(x.shape)}.`,
    );
  const bounds = starts.map((s, i) => [s, limits[i], strides[i]] as const);
  return BCOO.of(slices.slice(where, x, bounds));
}

/**
 * The part of given sizes that begins at places which may be traced: counted from the end if negative, then moved so that the part fits.
 * Linear in the data.
 * @throws ArgumentError unless there are a start and a size for each axis; DTypeError for starts that are no integers
 * @see jax.experimental.sparse.bcoo_dynamic_slice
 * @example
 * const { BCOO, bcooDynamicSlice } = experimental.sparse;
 * const m = BCOO.fromdense(np.array([0, 2, 3]));
 * jit((i: Array) => bcooDynamicSlice(m, [i], [2]).todense())(np.array(1, "int32")).js(); // [2, 3]
 */
export function bcooDynamicSlice(
  mat: BCOO,
  startIndices: readonly ArrayLike[],
  sliceSizes: readonly number[],
  ...more: []
): BCOO {
  const where = "bcooDynamicSlice";
  refuseMore(where, 3, more);
  const x = bcoo(where, mat);
  const sizes = wholes(where, "sliceSizes", sliceSizes, 0, x.ndim);
  if (!Array.isArray(startIndices) || startIndices.length !== x.ndim)
    throw new ArgumentError(`${where}: expected a list of ${x.ndim} starts; got ${show(startIndices)}.`);
  if (sizes.some((n, i) => n > x.shape[i]))
    throw new ShapeError(
      `${where}: a part of sizes [${sizes.join(", ")}] does not fit into shape ${shapeString(x.shape)}.`,
    );
  const starts = (startIndices as readonly unknown[]).map((s) => {
    const at = typeof s === "number" ? lax.full([], wholeNumber(where, s), "int32") : array(where, s);
    if (at.ndim === 0 && isInteger(at.dtype)) return at;
    throw new DTypeError(`${where}: starts must be whole numbers or integer scalars; got ${show(s)}.`);
  });
  return BCOO.of(slices.dynamicSlice(where, x, starts, sizes));
}

function wholeNumber(where: string, x: number): number {
  checkWhole(where, "a start", x, -(2 ** 31));
  return x;
}

/** Options of `bcooGather`. */
export interface GatherOptions {
  readonly dimensionNumbers: GatherDimensionNumbers;
  readonly sliceSizes: readonly number[];
  /** "promiseInBounds" by default. */
  readonly mode?: GatherMode | undefined;
  readonly indicesAreSorted?: boolean | undefined;
  readonly uniqueIndices?: boolean | undefined;
}

/**
 * Slices of a sparse array at many places, as `lax.gather`. Places outside are moved inside. Linear in the data.
 * @throws ArgumentError, ShapeError, DTypeError where dimension numbers, places and sizes do not fit
 * @see jax.experimental.sparse.bcoo_gather
 * @example
 * const { BCOO, bcooGather } = experimental.sparse;
 * const m = BCOO.fromdense(np.array([[0, 2], [1, 0], [3, 4]]));
 * const dimensionNumbers = { offsetDims: [1], collapsedSliceDims: [0], startIndexMap: [0] };
 * const rows = bcooGather(m, np.array([[2], [0]], "int32"), { dimensionNumbers, sliceSizes: [1, 2] });
 * rows.todense().js(); // [[3, 4], [0, 2]]
 */
export function bcooGather(
  operand: BCOO,
  startIndices: ArrayLike,
  options: GatherOptions,
  ...more: []
): BCOO {
  const where = "bcooGather";
  refuseMore(where, 3, more);
  const names = ["dimensionNumbers", "sliceSizes", "mode", "indicesAreSorted", "uniqueIndices"];
  checkOptions(where, options, names);
  const x = bcoo(where, operand);
  const {
    dimensionNumbers,
    sliceSizes,
    mode = "promiseInBounds",
  } = needed(where, options, names.slice(0, 2));
  const sizes = wholes(where, "sliceSizes", sliceSizes, 0, x.ndim);
  const at = array(where, startIndices);
  const run = ([a, i]: readonly NDArray[]): NDArray[] => [
    lax.gather(a, i, dimensionNumbers, sizes, { mode }),
  ];
  return asBcoo(runSparse(where, [x.sparseValue(), at], run)[0]);
}

/** A result that is known to be sparse. */
const asBcoo = (x: ReturnType<typeof runSparse>[number]): BCOO =>
  isSparse(x) ? BCOO.of(coordinatesOf(x)) : BCOO.fromdense(x);

/**
 * Sums over axes. Sums over sparse axes are not carried out: what is to be added has one position then, and all entries stay. Linear in
 * the data.
 * @throws ArgumentError for axes that there are not
 * @see jax.experimental.sparse.bcoo_reduce_sum
 * @example
 * const { BCOO, bcooReduceSum } = experimental.sparse;
 * const m = BCOO.fromdense(np.array([[1, 2], [0, 4]]));
 * const sums = bcooReduceSum(m, { axes: [0] });
 * sums.todense().js(); // [1, 6]
 * sums.nse; // 3
 */
export function bcooReduceSum(mat: BCOO, options: { readonly axes: readonly number[] }, ...more: []): BCOO {
  const where = "bcooReduceSum";
  refuseMore(where, 2, more);
  checkOptions(where, options, ["axes"]);
  const x = bcoo(where, mat);
  const { axes } = needed(where, options, ["axes"]);
  return BCOO.of(slices.reduceSum(x, axesOf(where, "axes", axes, x.ndim)));
}
