/**
 * @file Taking and putting elements by lists of positions: take, takeAlongAxis, put, putAlongAxis, fillDiagonal.
 *
 * Positions out of bounds: `take` and `takeAlongAxis` read NaN (or the fill value) there, as in JAX.
 */
import { show } from "../../base/checks.ts";
import type { ArrayLike, NDArray } from "../../core/array.ts";
import { replaceAt, shapeString, stridesOf } from "../../dtypes/shape.ts";
import { ArgumentError, ShapeError } from "../../base/errors.ts";
import { asArray } from "../../lax/operands/convert.ts";
import * as lax from "../../lax/plain.ts";
import { broadcastToShape } from "../../lax/shapes/movement.ts";
import { prod, range } from "../../base/util.ts";
import { define } from "../../arguments/declare.ts";
import { type OptionsOf, given, param } from "../../arguments/parameters.ts";
import * as p from "../operands/parameters.ts";
import { alongAxis, flatten, repeated } from "../operands/shapes.ts";
import { type AlongMode, type TakeMode, gatherAlong, takeAlong } from "./gather.ts";
import { updater } from "./indexing.ts";
import {
  type Positions,
  constantIndex,
  indexArray,
  positionsOf,
  wrapAround,
  wrapNegative,
} from "./positions.ts";

/** The positions to read. */
const indices = given<[indices: ArrayLike]>()("indices");
export type { TakeMode } from "./gather.ts";

/** What is read outside the array; null for NaN (of integers, the greatest or least value). */
const fillValue = param<[fillValue: number | bigint | null]>()("fillValue", null);

const takeParams = [
  indices,
  p.oneAxis,
  p.out,
  param<[mode: TakeMode | null]>()("mode", null),
  param<[uniqueIndices: boolean]>()("uniqueIndices", false),
  param<[indicesAreSorted: boolean]>()("indicesAreSorted", false),
  fillValue,
] as const;
/** Options of `take`. */
export type TakeOptions = OptionsOf<typeof takeParams>;

/**
 * The elements at the given positions along an axis (default: of the flattened array). Out of bounds: "fill" (default)
 * reads NaN or `fillValue`, "clip" the nearest element, "wrap" counts round. The derivative goes to the elements read, as
 * often as they are.
 * @throws IndexError for positions that are no integers, or an empty axis; ArgumentError for an unknown mode
 * @see jax.numpy.take
 * @example
 * np.take(np.array([10, 20, 30]), np.array([2, 0], "int32")).js(); // [30, 10]
 */
export const take = define("take", takeParams, [], ({ indices, axis, mode, fillValue }, a: ArrayLike) => {
  const [x, k] = alongAxis("take", a, axis);
  const how = mode ?? "fill";
  if (how !== "fill" && how !== "clip" && how !== "wrap") {
    throw new ArgumentError(`take: unknown mode ${show(how)}; expected "fill", "clip" or "wrap".`);
  }
  return takeAlong(x, indices, k, how, fillValue ?? undefined);
});

const alongParams = [
  indices,
  param<[axis: number | null]>()("axis", -1),
  param<[mode: AlongMode | null]>()("mode", null),
  fillValue,
] as const;
/** Whether negative positions count from the end; null for yes, unless all are promised to be in bounds. */
const wrapNegativeIndices = param<[wrapNegativeIndices: boolean | null]>()("wrapNegativeIndices", null);
/** Options of `takeAlongAxis`. */
export type TakeAlongAxisOptions = OptionsOf<[...typeof alongParams, typeof wrapNegativeIndices]>;

/** Refuses indices that have not as many axes as the array. */
function checkSameNdim(name: string, x: NDArray, { shape }: Positions): void {
  if (shape.length === x.ndim) return;
  throw new ShapeError(
    `${name}: the array, ${shapeString(x.shape)}, and the indices, ${shapeString(shape)}, need equally many axes.`,
  );
}

/**
 * For each line along the axis, the elements at the positions of the line of `indices` that matches it; the other axes
 * broadcast. The companion of `argsort` and `argmax` with `keepdims`. The derivative goes to the elements read.
 * @throws ShapeError for shapes that do not fit, IndexError for positions that are no integers
 * @see jax.numpy.take_along_axis
 * @example
 * np.takeAlongAxis(np.array([[3, 1], [4, 5]]), np.array([[1], [0]], "int32"), 1).js(); // [[1], [4]]
 */
export const takeAlongAxis = define(
  "takeAlongAxis",
  alongParams,
  [wrapNegativeIndices],
  ({ indices, axis, mode, fillValue, wrapNegativeIndices }, arr: ArrayLike) => {
    const [x, k] = alongAxis("takeAlongAxis", arr, axis);
    const known = positionsOf(indices, "takeAlongAxis");
    checkSameNdim("takeAlongAxis", x, known);
    const wraps = wrapNegativeIndices ?? mode !== "promiseInBounds";
    const at = wraps ? wrapNegative(known, x.shape[k]) : known;
    return gatherAlong(x, indexArray(at), k, mode ?? "fill", fillValue ?? undefined);
  },
);

type PutMode = "clip" | "wrap" | "drop" | "fill" | "promiseInBounds" | null;

/**
 * The array with `v` (repeated as needed) at the given flat positions. Out of bounds: dropped, or as `mode` says. The
 * derivative in `a` is that of the elements that stay.
 * @throws IndexError for positions that are no integers
 * @see jax.numpy.put
 * @example
 * np.put(np.zeros([2, 2]), np.array([0, 3], "int32"), 7).js(); // [[7, 0], [0, 7]]
 */
export const put = define(
  "put",
  [param<[mode: PutMode]>()("mode", null)],
  [p.inplace],
  ({ mode }, a: ArrayLike, ind: ArrayLike, v: ArrayLike) => {
    const x = asArray(a, "put");
    const known = positionsOf(ind, "put");
    const count = prod(known.shape);
    const values = asArray(v, "put");
    if (x.size === 0 || count === 0 || values.size === 0) return x;
    const at = flatten(indexArray(mode === "wrap" ? wrapAround(known, x.size) : known));
    const how = mode === "wrap" ? "promiseInBounds" : (mode ?? undefined);
    const copies = repeated(values, count);
    const flat = updater(flatten(x), [at]).set(lax.sliceInDim(copies, 0, count), { mode: how });
    return lax.reshape(flat, x.shape);
  },
);

/**
 * The array with `values` at the positions `indices` of each line along the axis; the inverse of `takeAlongAxis`. Out of
 * bounds: dropped, or as `mode` says.
 * @throws ShapeError for shapes that do not fit, IndexError for positions that are no integers
 * @see jax.numpy.put_along_axis
 * @example
 * np.putAlongAxis(np.zeros([2, 2]), np.array([[1], [0]], "int32"), 7, 1).js(); // [[0, 7], [7, 0]]
 */
export const putAlongAxis = define(
  "putAlongAxis",
  [given<[axis: number | null]>()("axis"), p.inplace],
  [param<[mode: Exclude<PutMode, "wrap">]>()("mode", null)],
  ({ axis, mode }, arr: ArrayLike, indices: ArrayLike, values: ArrayLike) => {
    const array = asArray(arr, "putAlongAxis");
    const [x, k] = alongAxis("putAlongAxis", array, axis);
    const at = indexArray(positionsOf(indices, "putAlongAxis"));
    checkSameNdim("putAlongAxis", x, at);
    const entries = x.shape.map((d, i) => {
      if (i === k) return at;
      const ones = x.shape.map(() => 1);
      return lax.reshape(lax.iota("int32", d), replaceAt(ones, i, d));
    });
    const shape = replaceAt(x.shape, k, at.shape[k]);
    const wide = broadcastToShape(asArray(values, "putAlongAxis"), at.shape);
    const out = updater(x, entries).set(broadcastToShape(wide, shape), { mode: mode ?? undefined });
    return lax.reshape(out, array.shape);
  },
);

/**
 * The array with `val` (repeated as needed) on its main diagonal; with `wrap`, again below a tall matrix's square part.
 * @throws ShapeError for fewer than 2 dimensions, or for more whose sizes differ
 * @see jax.numpy.fill_diagonal
 * @example
 * np.fillDiagonal(np.zeros([2, 2]), 7).js(); // [[7, 0], [0, 7]]
 */
export const fillDiagonal = define(
  "fillDiagonal",
  [param<[wrap: boolean]>()("wrap", false)],
  [p.inplace],
  ({ wrap }, a: ArrayLike, val: ArrayLike) => {
    const x = asArray(a, "fillDiagonal");
    if (x.ndim < 2) throw new ShapeError("fillDiagonal: expected at least 2 dimensions.");
    if (x.ndim > 2 && x.shape.some((d) => d !== x.shape[0])) {
      throw new ShapeError(
        `fillDiagonal: beyond 2 dimensions all axes must have one size; got ${shapeString(x.shape)}.`,
      );
    }
    const [rows, columns] = x.shape;
    const step = stridesOf(x.shape).reduce((sum, stride) => sum + stride, 0);
    const count = x.ndim === 2 && wrap ? Math.ceil((rows * columns) / step) : Math.min(rows, columns);
    return put(x, constantIndex(Int32Array.from(range(count), (i) => i * step)), val);
  },
);
