/**
 * @file Shapes and axes: reshaping, transposing, adding and removing axes, broadcasting, reversing, rolling.
 *
 * All are linear and exact; derivatives pass through unchanged. Joining and splitting is in joining.ts, repetition and
 * padding in repetition.ts and pad.ts.
 */
import type { ArrayLike, NDArray } from "../../core/array.ts";
import {
  broadcastShapes as joinShapes,
  canonicalAxes,
  canonicalAxis,
  shapeString,
} from "../../dtypes/shape.ts";
import { ArgumentError, ShapeError } from "../../base/errors.ts";
import { asArray } from "../../lax/operands/convert.ts";
import * as lax from "../../lax/index.ts";
import { broadcastToShape } from "../../lax/shapes/movement.ts";
import { prod, range } from "../../base/util.ts";
import { type Rest, resolveArgs } from "../operands/args.ts";
import { type Given, given } from "../operands/given.ts";

/** A shape, or the size of a one-dimensional one. */
export type ShapeLike = number | readonly number[];

export const toShape = (shape: ShapeLike): readonly number[] => (typeof shape === "number" ? [shape] : shape);

/** Element order of `reshape` and `ravel`: row-major "C" or column-major "F". "A" means "C" here. */
export type Order = "C" | "F" | "A";

function isColumnMajor(order: Order | undefined, where: string): boolean {
  if (order === undefined || order === "C" || order === "A") return false;
  if (order === "F") return true;
  throw new ArgumentError(`${where}: unknown order '${String(order)}'; expected "C" or "F".`);
}

const reversedAxes = (x: NDArray): NDArray => lax.transpose(x, range(x.ndim).reverse());

type ReshapeOptions = { shape?: ShapeLike; order?: Order; copy?: boolean | null };

/**
 * The elements of `a` in their order under another shape; one size may be −1. With order "F" the first axis runs fastest.
 * @example
 * np.reshape(np.arange(6), [2, -1]).shape; // [2, 3]
 */
export function reshape(
  a: ArrayLike,
  ...rest: Given<[shape: ShapeLike, order: Order], ReshapeOptions>
): NDArray {
  const { shape, order } = resolveArgs<ReshapeOptions>("reshape", rest, ["shape", "order"], ["copy"]);
  const x = asArray(a, "reshape");
  const sizes = toShape(given("reshape", "shape", shape));
  if (!isColumnMajor(order, "reshape")) return lax.reshape(x, sizes);
  return reversedAxes(lax.reshape(reversedAxes(x), [...sizes].reverse()));
}

/** All elements along one axis. */
export function ravel(a: ArrayLike, ...rest: Rest<[order: Order], { order?: Order }>): NDArray {
  const { order } = resolveArgs<{ order?: Order }>("ravel", rest, ["order"]);
  const x = asArray(a, "ravel");
  return lax.reshape(isColumnMajor(order, "ravel") ? reversedAxes(x) : x, [x.size]);
}

/** The axes in the order given (default: reversed). */
export function transpose(
  a: ArrayLike,
  ...rest: Rest<[axes: readonly number[] | null], { axes?: readonly number[] | null }>
): NDArray {
  const { axes } = resolveArgs<{ axes?: readonly number[] | null }>("transpose", rest, ["axes"]);
  const x = asArray(a, "transpose");
  if (axes === null || axes === undefined) return reversedAxes(x);
  return lax.transpose(x, canonicalAxes(axes, x.ndim, "transpose"));
}

/** The axes in the order given. */
export function permuteDims(a: ArrayLike, axes: readonly number[]): NDArray {
  return transpose(a, axes);
}

/** The last two axes exchanged. */
export function matrixTranspose(x: ArrayLike): NDArray {
  const a = asArray(x, "matrixTranspose");
  if (a.ndim < 2) {
    throw new ShapeError(
      `matrixTranspose: expected at least 2 dimensions; got shape ${shapeString(a.shape)}.`,
    );
  }
  return swapaxes(a, -1, -2);
}

/** Two axes exchanged. */
export function swapaxes(
  a: ArrayLike,
  ...rest: Given<[axis1: number, axis2: number], { axis1?: number; axis2?: number }>
): NDArray {
  const options = resolveArgs<{ axis1?: number; axis2?: number }>("swapaxes", rest, ["axis1", "axis2"]);
  const axis1 = given("swapaxes", "axis1", options.axis1);
  const axis2 = given("swapaxes", "axis2", options.axis2);
  const x = asArray(a, "swapaxes");
  const p = range(x.ndim);
  const i = canonicalAxis(axis1, x.ndim, "swapaxes");
  const j = canonicalAxis(axis2, x.ndim, "swapaxes");
  [p[i], p[j]] = [j, i];
  return i === j ? x : lax.transpose(x, p);
}

type AxisList = number | readonly number[];
type MoveOptions = { source?: AxisList; destination?: AxisList };

/** Axes moved to new places, the others keeping their order. */
export function moveaxis(
  a: ArrayLike,
  ...rest: Given<[source: AxisList, destination: AxisList], MoveOptions>
): NDArray {
  const options = resolveArgs<MoveOptions>("moveaxis", rest, ["source", "destination"]);
  const x = asArray(a, "moveaxis");
  const from = canonicalAxes(given("moveaxis", "source", options.source), x.ndim, "moveaxis");
  const to = canonicalAxes(given("moveaxis", "destination", options.destination), x.ndim, "moveaxis");
  if (from.length !== to.length) {
    throw new ArgumentError(`moveaxis: ${from.length} source axes for ${to.length} destinations.`);
  }
  const others = range(x.ndim).filter((i) => !from.includes(i));
  const permutation = range(x.ndim).map((i) => {
    const k = to.indexOf(i);
    return k === -1 ? others.shift()! : from[k];
  });
  return permutation.every((p, i) => p === i) ? x : lax.transpose(x, permutation);
}

/** The axis rolled back until it lies before position `start`. Prefer `moveaxis`. */
export function rollaxis(
  a: ArrayLike,
  axis: number,
  ...rest: Rest<[start: number], { start?: number }>
): NDArray {
  const { start = 0 } = resolveArgs<{ start?: number }>("rollaxis", rest, ["start"]);
  const x = asArray(a, "rollaxis");
  const from = canonicalAxis(axis, x.ndim, "rollaxis");
  if (start < -x.ndim || start > x.ndim) {
    throw new ArgumentError(`rollaxis: start ${start} is out of range; expected ${-x.ndim} to ${x.ndim}.`);
  }
  const to = start < 0 ? start + x.ndim : start;
  return moveaxis(x, from, from < to ? to - 1 : to);
}

/** New axes of size 1 at the given positions of the result. */
export function expandDims(a: ArrayLike, ...rest: Given<[axis: AxisList], { axis?: AxisList }>): NDArray {
  const { axis } = resolveArgs<{ axis?: AxisList }>("expandDims", rest, ["axis"]);
  const axes = given("expandDims", "axis", axis);
  return lax.expandDims(asArray(a, "expandDims"), typeof axes === "number" ? [axes] : axes);
}

/** Axes of size 1 removed: all of them, or those given. */
export function squeeze(
  a: ArrayLike,
  ...rest: Rest<[axis: number | readonly number[] | null], { axis?: number | readonly number[] | null }>
): NDArray {
  const { axis } = resolveArgs<{ axis?: number | readonly number[] | null }>("squeeze", rest, ["axis"]);
  const x = asArray(a, "squeeze");
  const ones = range(x.ndim).filter((i) => x.shape[i] === 1);
  return lax.squeeze(x, axis === null || axis === undefined ? ones : canonicalAxes(axis, x.ndim, "squeeze"));
}

/** The array repeated along axes of size 1 and new leading axes to the given shape. */
export function broadcastTo(
  array: ArrayLike,
  ...rest: Given<[shape: ShapeLike], { shape?: ShapeLike }>
): NDArray {
  const { shape } = resolveArgs<{ shape?: ShapeLike }>("broadcastTo", rest, ["shape"]);
  const x = asArray(array, "broadcastTo");
  const to = toShape(given("broadcastTo", "shape", shape));
  const shift = to.length - x.ndim;
  if (shift < 0 || x.shape.some((d, i) => d !== 1 && d !== to[shift + i])) {
    throw new ShapeError(
      `broadcastTo: an array of shape ${shapeString(x.shape)} does not broadcast to ${shapeString(to)}. ` +
        `Each axis, counted from the last, must be equal or 1.`,
    );
  }
  return broadcastToShape(x, to);
}

/** The arrays broadcast to their common shape. */
export function broadcastArrays(...args: readonly ArrayLike[]): NDArray[] {
  const arrays = args.map((x) => asArray(x, "broadcastArrays"));
  const shape = joinShapes(
    arrays.map((x) => x.shape),
    "broadcastArrays",
  );
  return arrays.map((x) => broadcastToShape(x, shape));
}

/** The shape that arrays of the given shapes broadcast to. */
export function broadcastShapes(...shapes: readonly ShapeLike[]): number[] {
  return joinShapes(shapes.map(toShape), "broadcastShapes");
}

const oneOrAll = (
  xs: readonly ArrayLike[],
  f: (x: NDArray) => NDArray,
  where: string,
): NDArray | NDArray[] => (xs.length === 1 ? f(asArray(xs[0], where)) : xs.map((x) => f(asArray(x, where))));

/** The arrays with at least one axis: one array, or a list if several are given. */
export function atleast1d(x: ArrayLike): NDArray;
export function atleast1d(...arys: readonly ArrayLike[]): NDArray | NDArray[];
export function atleast1d(...arys: readonly ArrayLike[]): NDArray | NDArray[] {
  return oneOrAll(arys, (x) => (x.ndim === 0 ? lax.reshape(x, [1]) : x), "atleast1d");
}

/** The arrays with at least two axes; new ones come first. */
export function atleast2d(x: ArrayLike): NDArray;
export function atleast2d(...arys: readonly ArrayLike[]): NDArray | NDArray[];
export function atleast2d(...arys: readonly ArrayLike[]): NDArray | NDArray[] {
  const widen = (x: NDArray): NDArray => (x.ndim >= 2 ? x : lax.reshape(x, [1, x.size]));
  return oneOrAll(arys, widen, "atleast2d");
}

/** The arrays with at least three axes: a vector becomes [1, n, 1], a matrix [m, n, 1]. */
export function atleast3d(x: ArrayLike): NDArray;
export function atleast3d(...arys: readonly ArrayLike[]): NDArray | NDArray[];
export function atleast3d(...arys: readonly ArrayLike[]): NDArray | NDArray[] {
  const widen = (x: NDArray): NDArray =>
    x.ndim >= 3 ? x : lax.reshape(x, x.ndim === 2 ? [...x.shape, 1] : [1, x.size, 1]);
  return oneOrAll(arys, widen, "atleast3d");
}

type AxesOption = { axis?: number | readonly number[] | null };

/** The order of elements reversed along the given axes (default: all). */
export function flip(
  m: ArrayLike,
  ...rest: Rest<[axis: number | readonly number[] | null], AxesOption>
): NDArray {
  const { axis } = resolveArgs<AxesOption>("flip", rest, ["axis"]);
  const x = asArray(m, "flip");
  const axes = canonicalAxes(axis, x.ndim, "flip");
  return axes.length === 0 ? x : lax.rev(x, axes);
}

/** Rows in reverse order. */
export const flipud = (m: ArrayLike): NDArray => flip(m, 0);
/** Columns in reverse order. */
export const fliplr = (m: ArrayLike): NDArray => flip(m, 1);

/** The array turned by `k` quarter turns in the plane of two axes, from the first towards the second. */
export function rot90(
  m: ArrayLike,
  ...rest: Rest<[k: number, axes: readonly number[]], { k?: number; axes?: readonly number[] }>
): NDArray {
  const { k = 1, axes = [0, 1] } = resolveArgs<{ k?: number; axes?: readonly number[] }>("rot90", rest, [
    "k",
    "axes",
  ]);
  const x = asArray(m, "rot90");
  const [a, b] = canonicalAxes(axes, x.ndim, "rot90") as [number, number];
  if (axes.length !== 2) throw new ArgumentError(`rot90: expected two axes; got [${axes.join(", ")}].`);
  const turns = ((k % 4) + 4) % 4;
  if (turns === 0) return x;
  if (turns === 2) return lax.rev(x, [a, b]);
  return turns === 1 ? lax.rev(swapaxes(x, a, b), [a]) : swapaxes(lax.rev(x, [a]), a, b);
}

/** The same array. Arrays never change, so nothing needs to be copied. */
export function copy(a: ArrayLike, ...rest: Rest<[order: Order | "K"], { order?: Order | "K" }>): NDArray {
  resolveArgs<{ order?: Order | "K" }>("copy", rest, ["order"]);
  return asArray(a, "copy");
}

/** The elements of `a`, repeated or cut as needed, in a new shape. */
export function resize(a: ArrayLike, newShape: ShapeLike): NDArray {
  const x = asArray(a, "resize");
  const shape = toShape(newShape);
  const size = prod(shape);
  if (x.size === 0 || size === 0) return lax.full(shape, 0, x.dtype);
  const copies = Math.ceil(size / x.size);
  const flat = lax.tile(lax.reshape(x, [x.size]), [copies]);
  return lax.reshape(lax.sliceInDim(flat, 0, size), shape);
}
