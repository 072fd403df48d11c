/**
 * @file Shapes and axes: reshaping, transposing, adding and removing axes, broadcasting, reversing, rolling.
 *
 * All are linear and exact; derivatives pass through unchanged. Joining and splitting is in joining.ts, repetition and
 * padding in repetition.ts and pad.ts.
 */
import { together } from "../../core/deferral.ts";
import { refuseMore, show } from "../../base/checks.ts";
import type { ArrayLike, NDArray } from "../../core/array.ts";
import type { ArraysOf } from "../../core/tree-types.ts";
import {
  broadcastShapes as joinShapes,
  canonicalAxes,
  canonicalAxis,
  shapeString,
} from "../../dtypes/shape.ts";
import { ArgumentError, ShapeError } from "../../base/errors.ts";
import { asArray } from "../../lax/operands/convert.ts";
import * as lax from "../../lax/plain.ts";
import { broadcastToShape } from "../../lax/shapes/movement.ts";
import { prod, range } from "../../base/util.ts";
import { define } from "../../arguments/declare.ts";
import { given, param } from "../../arguments/parameters.ts";
import * as p from "../operands/parameters.ts";
import { type ShapeLike, flatten, repeated, sizesOf, toShape } from "../operands/shapes.ts";

/** Element order of `reshape` and `ravel`: row-major "C" or column-major "F". "A" means "C" here. */
export type Order = "C" | "F" | "A";

const order = param<[order: Order]>()("order", "C");

function isColumnMajor(order: Order, where: string): boolean {
  if (order === "C" || order === "A") return false;
  if (order === "F") return true;
  throw new ArgumentError(`${where}: unknown order ${show(order)}; expected "C" or "F".`);
}

const reversedAxes = (x: NDArray): NDArray => lax.transpose(x, range(x.ndim).reverse());

/** A size may be −1. */
const shapeParam = given<[shape: ShapeLike]>()("shape");

/**
 * The elements of `a` in their order under another shape; one size may be −1. With order "F" the first axis runs fastest.
 * @throws ShapeError for a shape of another size, ArgumentError for an unknown order
 * @see jax.numpy.reshape
 * @example
 * np.reshape(np.arange(6), [2, -1]).shape; // [2, 3]
 */
export const reshape = define(
  "reshape",
  [shapeParam, order],
  [param<[copy: boolean | null]>()("copy", null)],
  ({ shape, order }, a: ArrayLike) => {
    const x = asArray(a, "reshape");
    const sizes = sizesOf(shape, "reshape");
    if (!isColumnMajor(order, "reshape")) return lax.reshape(x, sizes);
    return reversedAxes(lax.reshape(reversedAxes(x), [...sizes].reverse()));
  },
);

/**
 * All elements along one axis, in row-major ("C") or column-major ("F") order.
 * @throws ArgumentError for an unknown order
 * @see jax.numpy.ravel
 * @example
 * np.ravel(np.array([[1, 2], [3, 4]]), "F").js(); // [1, 3, 2, 4]
 */
export const ravel = define("ravel", [order], [], ({ order }, a: ArrayLike) => {
  const x = asArray(a, "ravel");
  return flatten(isColumnMajor(order, "ravel") ? reversedAxes(x) : x);
});

/**
 * The axes in the order given (default: reversed).
 * @throws ArgumentError for axes that are no permutation
 * @see jax.numpy.transpose
 * @example
 * np.transpose(np.ones([2, 3, 4]), [1, 0, 2]).shape; // [3, 2, 4]
 */
export const transpose = define(
  "transpose",
  [param<[axes: readonly number[] | null]>()("axes", null)],
  [],
  ({ axes }, a: ArrayLike) => {
    const x = asArray(a, "transpose");
    return axes === null ? reversedAxes(x) : lax.transpose(x, canonicalAxes(axes, x.ndim, "transpose"));
  },
);

/**
 * The axes in the order given.
 * @throws ArgumentError for axes that are no permutation
 * @see jax.numpy.permute_dims
 * @example
 * np.permuteDims(np.ones([2, 3]), [1, 0]).shape; // [3, 2]
 */
export const permuteDims = (a: ArrayLike, axes: readonly number[], ...more: []): NDArray => {
  refuseMore("permuteDims", 2, more);
  return transpose(a, axes);
};

/**
 * The last two axes exchanged.
 * @throws ShapeError for fewer than two
 * @see jax.numpy.matrix_transpose
 * @example
 * np.matrixTranspose(np.ones([2, 3, 4])).shape; // [2, 4, 3]
 */
export function matrixTranspose(x: ArrayLike, ...more: []): NDArray {
  refuseMore("matrixTranspose", 1, more);
  const a = asArray(x, "matrixTranspose");
  if (a.ndim < 2) {
    throw new ShapeError(
      `matrixTranspose: expected at least 2 dimensions; got shape ${shapeString(a.shape)}.`,
    );
  }
  return swapaxes(a, -1, -2);
}

/**
 * Two axes exchanged.
 * @throws ArgumentError for an axis out of range
 * @see jax.numpy.swapaxes
 * @example
 * np.swapaxes(np.ones([2, 3, 4]), 0, 2).shape; // [4, 3, 2]
 */
export const swapaxes = define(
  "swapaxes",
  [given<[axis1: number]>()("axis1"), given<[axis2: number]>()("axis2")],
  [],
  ({ axis1, axis2 }, a: ArrayLike) => {
    const x = asArray(a, "swapaxes");
    const order = range(x.ndim);
    const i = canonicalAxis(axis1, x.ndim, "swapaxes");
    const j = canonicalAxis(axis2, x.ndim, "swapaxes");
    [order[i], order[j]] = [j, i];
    return lax.transpose(x, order);
  },
);

type AxisList = number | readonly number[];

/**
 * Axes moved to new places, the others keeping their order.
 * @throws ArgumentError for axes out of range, or not as many sources as destinations
 * @see jax.numpy.moveaxis
 * @example
 * np.moveaxis(np.ones([2, 3, 4]), 0, -1).shape; // [3, 4, 2]
 */
export const moveaxis = define(
  "moveaxis",
  [given<[source: AxisList]>()("source"), given<[destination: AxisList]>()("destination")],
  [],
  ({ source, destination }, a: ArrayLike) => {
    const x = asArray(a, "moveaxis");
    const from = canonicalAxes(source, x.ndim, "moveaxis");
    const to = canonicalAxes(destination, x.ndim, "moveaxis");
    if (from.length !== to.length) {
      throw new ArgumentError(`moveaxis: ${from.length} source axes for ${to.length} destinations.`);
    }
    const others = range(x.ndim).filter((i) => !from.includes(i));
    const order = range(x.ndim).map((i) => {
      const k = to.indexOf(i);
      return k === -1 ? others.shift()! : from[k];
    });
    return lax.transpose(x, order);
  },
);

/**
 * The axis rolled back until it lies before position `start` (0). Prefer `moveaxis`.
 * @throws ArgumentError for an axis or a start out of range
 * @see jax.numpy.rollaxis
 * @example
 * np.rollaxis(np.ones([2, 3, 4]), 2).shape; // [4, 2, 3]
 */
export const rollaxis = define(
  "rollaxis",
  [param<[start: number]>()("start", 0)],
  [],
  ({ start }, a: ArrayLike, axis: number) => {
    const x = asArray(a, "rollaxis");
    const from = canonicalAxis(axis, x.ndim, "rollaxis");
    if (start < -x.ndim || start > x.ndim) {
      throw new ArgumentError(`rollaxis: start ${start} is out of range; expected ${-x.ndim} to ${x.ndim}.`);
    }
    const to = start < 0 ? start + x.ndim : start;
    return moveaxis(x, from, from < to ? to - 1 : to);
  },
);

/**
 * New axes of size 1 at the given positions of the result.
 * @throws ArgumentError for positions out of range, or named twice
 * @see jax.numpy.expand_dims
 * @example
 * np.expandDims(np.ones([2]), 0).shape; // [1, 2]
 */
export const expandDims = define(
  "expandDims",
  [given<[axis: AxisList]>()("axis")],
  [],
  ({ axis }, a: ArrayLike) => lax.expandDims(asArray(a, "expandDims"), sizesOf(axis)),
);

/**
 * Axes of size 1 removed: all of them, or those given.
 * @throws ShapeError for an axis of another size
 * @see jax.numpy.squeeze
 * @example
 * np.squeeze(np.ones([1, 2, 1])).shape; // [2]
 */
export const squeeze = define("squeeze", [p.axis], [], ({ axis }, a: ArrayLike) => {
  const x = asArray(a, "squeeze");
  const ones = range(x.ndim).filter((i) => x.shape[i] === 1);
  return lax.squeeze(x, axis === null ? ones : canonicalAxes(axis, x.ndim, "squeeze"));
});

/**
 * The array repeated along axes of size 1 and new leading axes to the given shape. Derivatives add up over the copies.
 * @throws ShapeError for a shape that it does not broadcast to
 * @see jax.numpy.broadcast_to
 * @example
 * np.broadcastTo(np.array([1, 2]), [2, 2]).js(); // [[1, 2], [1, 2]]
 */
export const broadcastTo = define("broadcastTo", [shapeParam], [], ({ shape }, array: ArrayLike) => {
  const x = asArray(array, "broadcastTo");
  const to = sizesOf(shape);
  const shift = to.length - x.ndim;
  if (shift < 0 || x.shape.some((d, i) => d !== 1 && d !== to[shift + i])) {
    throw new ShapeError(
      `broadcastTo: an array of shape ${shapeString(x.shape)} does not broadcast to ${shapeString(to)}. ` +
        `Each axis, counted from the last, must be equal or 1.`,
    );
  }
  return broadcastToShape(x, to);
});

/**
 * The arrays broadcast to their common shape.
 * @throws ShapeError if they have none
 * @see jax.numpy.broadcast_arrays
 * @example
 * np.broadcastArrays(np.ones([2, 1]), np.ones([3])).map((x) => x.shape); // [[2, 3], [2, 3]]
 */
export function broadcastArrays<const A extends readonly ArrayLike[]>(...args: A): ArraysOf<A>;
export function broadcastArrays(...args: readonly ArrayLike[]): NDArray[] {
  const arrays = args.map((x) => asArray(x, "broadcastArrays"));
  const shape = joinShapes(
    arrays.map((x) => x.shape),
    "broadcastArrays",
  );
  return arrays.map((x) => broadcastToShape(x, shape));
}

/**
 * The shape that arrays of the given shapes broadcast to.
 * @throws ShapeError if there is none
 * @see jax.numpy.broadcast_shapes
 * @example
 * np.broadcastShapes([2, 1], 3); // [2, 3]
 */
export const broadcastShapes = (...shapes: readonly ShapeLike[]): number[] =>
  joinShapes(
    shapes.map((s) => toShape(s, "broadcastShapes")),
    "broadcastShapes",
  );

interface AtLeast {
  (x: ArrayLike): NDArray;
  (...arys: readonly ArrayLike[]): NDArray | NDArray[];
}

/** The function of one array, or (as a list) of several; one that has `ndim` axes stays as it is. */
function atLeast(name: string, ndim: number, shapeOf: (x: NDArray) => readonly number[]): AtLeast {
  const widen = (a: ArrayLike): NDArray => {
    const x = asArray(a, name);
    return x.ndim >= ndim ? x : lax.reshape(x, shapeOf(x));
  };
  return ((...arys) => (arys.length === 1 ? widen(arys[0]) : arys.map(widen))) as AtLeast;
}

/**
 * The arrays with at least one axis: one array, or a list if several are given.
 * @see jax.numpy.atleast_1d
 * @example
 * np.atleast1d(3).shape; // [1]
 */
export const atleast1d = atLeast("atleast1d", 1, () => [1]);

/**
 * The arrays with at least two axes; new ones come first.
 * @see jax.numpy.atleast_2d
 * @example
 * np.atleast2d(np.ones([3])).shape; // [1, 3]
 */
export const atleast2d = atLeast("atleast2d", 2, (x) => [1, x.size]);

/**
 * The arrays with at least three axes: a vector becomes [1, n, 1], a matrix [m, n, 1].
 * @see jax.numpy.atleast_3d
 * @example
 * np.atleast3d(np.ones([2, 3])).shape; // [2, 3, 1]
 */
export const atleast3d = atLeast("atleast3d", 3, (x) => (x.ndim === 2 ? [...x.shape, 1] : [1, x.size, 1]));

/**
 * The order of elements reversed along the given axes (default: all).
 * @throws ArgumentError for an axis out of range
 * @see jax.numpy.flip
 * @example
 * np.flip(np.array([1, 2, 3])).js(); // [3, 2, 1]
 */
export const flip = define("flip", [p.axis], [], ({ axis }, m: ArrayLike) => {
  const x = asArray(m, "flip");
  return lax.rev(x, canonicalAxes(axis, x.ndim, "flip"));
});

/**
 * Rows in reverse order.
 * @see jax.numpy.flipud
 * @example
 * np.flipud(np.array([[1, 2], [3, 4]])).js(); // [[3, 4], [1, 2]]
 */
export const flipud = (m: ArrayLike, ...more: []): NDArray => {
  refuseMore("flipud", 1, more);
  return flip(m, 0);
};

/**
 * Columns in reverse order.
 * @see jax.numpy.fliplr
 * @example
 * np.fliplr(np.array([[1, 2], [3, 4]])).js(); // [[2, 1], [4, 3]]
 */
export const fliplr = (m: ArrayLike, ...more: []): NDArray => {
  refuseMore("fliplr", 1, more);
  return flip(m, 1);
};

/**
 * The array turned by `k` (1) quarter turns in the plane of two axes (the first two), from the first towards the second.
 * @throws ArgumentError for other than two axes
 * @see jax.numpy.rot90
 * @example
 * np.rot90(np.array([[1, 2], [3, 4]])).js(); // [[2, 4], [1, 3]]
 */
export const rot90 = define(
  "rot90",
  [param<[k: number]>()("k", 1), param<[axes: readonly number[]]>()("axes", [0, 1])],
  [],
  ({ k, axes }, m: ArrayLike) => {
    const x = asArray(m, "rot90");
    const [a, b] = canonicalAxes(axes, x.ndim, "rot90");
    if (axes.length !== 2) throw new ArgumentError(`rot90: expected two axes; got [${axes.join(", ")}].`);
    const turns = ((k % 4) + 4) % 4;
    if (turns === 0) return x;
    if (turns === 2) return lax.rev(x, [a, b]);
    return turns === 1 ? lax.rev(swapaxes(x, a, b), [a]) : swapaxes(lax.rev(x, [a]), a, b);
  },
);

/**
 * The same array. Arrays never change, so nothing needs to be copied.
 * @see jax.numpy.copy
 * @example
 * np.copy(np.array([1, 2])).js(); // [1, 2]
 */
export const copy = define("copy", [param<[order: Order | "K"]>()("order", "K")], [], (_, a: ArrayLike) =>
  asArray(a, "copy"),
);

/**
 * The elements of `a`, repeated or cut as needed, in a new shape.
 * @see jax.numpy.resize
 * @example
 * np.resize(np.array([1, 2, 3]), [2, 2]).js(); // [[1, 2], [3, 1]]
 */
export function resize(a: ArrayLike, newShape: ShapeLike, ...more: []): NDArray {
  refuseMore("resize", 2, more);
  const x = asArray(a, "resize");
  const shape = toShape(newShape, "resize");
  const size = prod(shape);
  if (x.size === 0 || size === 0) return lax.full(shape, 0, x.dtype);
  return together(() => lax.reshape(lax.sliceInDim(repeated(x, size), 0, size), shape));
}
