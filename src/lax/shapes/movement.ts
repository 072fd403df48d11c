/** @file Primitives that only move elements: broadcasting, reshaping, transposing, reversing. All are linear. */
import { show } from "../../base/checks.ts";
import type { ArrayLike, NDArray } from "../../core/array.ts";
import type { Primitive } from "../../core/primitive.ts";
import {
  canonicalAxes,
  canonicalAxis,
  checkShape,
  insertAt,
  inversePermutation,
  otherAxes,
  removeAt,
  shapeString,
} from "../../dtypes/shape.ts";
import { bind1 } from "../../core/trace.ts";
import { ArgumentError, ShapeError } from "../../base/errors.ts";
import { flatten, intConst, isub, unflatten } from "../../loops/ir/affine.ts";
import { arraysEqual, prod, range } from "../../base/util.ts";
import { asArray } from "../operands/convert.ts";
import { movement } from "../families/movement.ts";
import { reduceSum } from "../reductions/reduce.ts";

export type BroadcastParams = { shape: readonly number[]; broadcastDimensions: readonly number[] };

export const broadcastInDimP: Primitive<BroadcastParams> = movement<BroadcastParams>({
  name: "broadcast_in_dim",
  shape: (x, { shape, broadcastDimensions: dims }) => {
    checkShape(shape, "broadcastInDim");
    const increasing = dims.every(
      (d, i) => Number.isInteger(d) && d >= 0 && d < shape.length && (i === 0 || d > dims[i - 1]),
    );
    if (dims.length !== x.ndim || !increasing) {
      throw new ArgumentError(
        `broadcastInDim: broadcastDimensions [${dims.join(", ")}] must name, in increasing order, one axis of the result ` +
          `${shapeString(shape)} for each of the ${x.ndim} axes of the operand.`,
      );
    }
    x.shape.forEach((d, i) => {
      if (d !== 1 && d !== shape[dims[i]]) {
        throw new ShapeError(
          `broadcastInDim: an operand of shape ${shapeString(x.shape)} does not fit ${shapeString(shape)} along axes [${dims.join(", ")}].`,
        );
      }
    });
    return shape;
  },
  index: (out, x, { broadcastDimensions }) =>
    x.shape.map((d, i) => (d === 1 ? intConst(0) : out[broadcastDimensions[i]])),
  transpose: (ct, x, { shape, broadcastDimensions: dims }) => {
    const added = otherAxes(shape.length, dims);
    const expanded = dims.filter((d, i) => x.shape[i] === 1 && shape[d] !== 1);
    const summed = reduceSum(ct, [...added, ...expanded]);
    return expanded.length === 0 ? summed : reshape(summed, x.shape);
  },
  batch: (axis, x, dim, { shape, broadcastDimensions: dims }) => {
    const front = moveAxis(x, dim, 0);
    return [broadcastInDim(front, [axis.size, ...shape], [0, ...dims.map((d) => d + 1)]), 0];
  },
});

/** Places axes within a larger shape. */
export function broadcastInDim(
  x: ArrayLike,
  shape: readonly number[],
  broadcastDimensions: readonly number[],
): NDArray {
  const a = asArray(x, "broadcastInDim");
  if (arraysEqual(a.shape, shape) && broadcastDimensions.every((d, i) => d === i)) return a;
  return bind1(broadcastInDimP, [a], { shape, broadcastDimensions });
}

/** Adds leading axes of the given sizes. */
export function broadcast(x: ArrayLike, sizes: readonly number[]): NDArray {
  const a = asArray(x, "broadcast");
  return broadcastInDim(a, [...sizes, ...a.shape], range(a.ndim, sizes.length));
}

/** `x` broadcast to `shape` by NumPy's rules: aligned at the last axis. */
export function broadcastToShape(x: NDArray, shape: readonly number[]): NDArray {
  return broadcastInDim(x, shape, range(x.ndim, shape.length - x.ndim));
}

type ReshapeParams = { newSizes: readonly number[] };

const reshapeP: Primitive<ReshapeParams> = movement<ReshapeParams>({
  name: "reshape",
  aliases: true,
  shape: (x, { newSizes }) => {
    if (prod(newSizes) !== x.size) {
      throw new ShapeError(
        `reshape: an array of shape ${shapeString(x.shape)} has ${x.size} elements and cannot become ${shapeString(newSizes)} (${prod(newSizes)}).`,
      );
    }
    return newSizes;
  },
  index: (out, x, { newSizes }) => unflatten(flatten(out, newSizes), x.shape),
  transpose: (ct, x) => reshape(ct, x.shape),
  batch: (axis, x, dim, { newSizes }) => [reshape(moveAxis(x, dim, 0), [axis.size, ...newSizes]), 0],
});

/** The same elements under another shape. */
export function reshape(
  x: ArrayLike,
  newSizes: readonly number[],
  dimensions?: readonly number[] | null,
): NDArray {
  const given = asArray(x, "reshape");
  const a = dimensions ? transpose(given, dimensions) : given;
  const sizes = inferSize(a, newSizes);
  return arraysEqual(a.shape, sizes) ? a : bind1(reshapeP, [a], { newSizes: sizes });
}

function inferSize(x: NDArray, sizes: readonly number[]): readonly number[] {
  const unknown = sizes.indexOf(-1);
  if (unknown === -1) {
    checkShape(sizes, "reshape");
    return sizes;
  }
  const known = prod(removeAt(sizes, unknown));
  if (sizes.lastIndexOf(-1) !== unknown || known === 0 || x.size % known !== 0) {
    throw new ShapeError(
      `reshape: the −1 in [${sizes.join(", ")}] cannot be inferred for an array of shape ${shapeString(x.shape)}.`,
    );
  }
  return sizes.map((d, i) => (i === unknown ? x.size / known : d));
}

export type TransposeParams = { permutation: readonly number[] };

const transposeP: Primitive<TransposeParams> = movement<TransposeParams>({
  name: "transpose",
  shape: (x, { permutation }) => {
    if (
      !arraysEqual(
        [...permutation].sort((a, b) => a - b),
        range(x.ndim),
      )
    ) {
      throw new ArgumentError(
        `transpose: [${permutation.join(", ")}] is no permutation of the ${x.ndim} axes of shape ${shapeString(x.shape)}.`,
      );
    }
    return permutation.map((axis) => x.shape[axis]);
  },
  index: (out, _, { permutation }) => inversePermutation(permutation).map((i) => out[i]),
  transpose: (ct, _, { permutation }) => transpose(ct, inversePermutation(permutation)),
  batch: (_axis, x, dim, { permutation }) => {
    const inner = permutation.map((p) => (p < dim ? p : p + 1));
    return [transpose(x, [dim, ...inner]), 0];
  },
});

/** Permutes axes. */
export function transpose(x: ArrayLike, permutation: readonly number[]): NDArray {
  const a = asArray(x, "transpose");
  return permutation.length === a.ndim && permutation.every((p, i) => p === i)
    ? a
    : bind1(transposeP, [a], { permutation });
}

/** Moves one axis. */
export function moveAxis(x: NDArray, from: number, to: number): NDArray {
  if (from === to) return x;
  return transpose(x, insertAt(removeAt(range(x.ndim), from), to, from));
}

export type RevParams = { dimensions: readonly number[] };

const revP: Primitive<RevParams> = movement<RevParams>({
  name: "rev",
  shape: (x, { dimensions }) => {
    canonicalAxes(dimensions, x.ndim, "rev");
    return x.shape;
  },
  index: (out, x, { dimensions }) =>
    out.map((i, axis) => (dimensions.includes(axis) ? isub(intConst(x.shape[axis] - 1), i) : i)),
  transpose: (ct, _, { dimensions }) => rev(ct, dimensions),
  batch: (_axis, x, dim, { dimensions }) => [
    rev(
      x,
      dimensions.map((d) => (d < dim ? d : d + 1)),
    ),
    dim,
  ],
});

/** Reverses axes. */
export function rev(x: ArrayLike, dimensions: readonly number[]): NDArray {
  const a = asArray(x, "rev");
  return dimensions.length === 0
    ? a
    : bind1(revP, [a], { dimensions: canonicalAxes(dimensions, a.ndim, "rev") });
}

type SqueezeParams = { dimensions: readonly number[] };

const squeezeP: Primitive<SqueezeParams> = movement<SqueezeParams>({
  name: "squeeze",
  aliases: true,
  shape: (x, { dimensions }) => {
    for (const d of dimensions) {
      if (x.shape[d] !== 1)
        throw new ShapeError(
          `squeeze: axis ${d} of shape ${shapeString(x.shape)} has size ${x.shape[d]}; only axes of size 1 can go.`,
        );
    }
    return x.shape.filter((_, i) => !dimensions.includes(i));
  },
  index: (out, x, { dimensions }) => {
    let at = 0;
    return x.shape.map((_, i) => (dimensions.includes(i) ? intConst(0) : out[at++]));
  },
  transpose: (ct, x) => reshape(ct, x.shape),
  batch: (_axis, x, dim, { dimensions }) => {
    const moved = dimensions.map((d) => (d < dim ? d : d + 1));
    return [squeeze(x, moved), dim - moved.filter((d) => d < dim).length];
  },
});

/** Drops axes of size 1. */
export function squeeze(x: ArrayLike, dimensions: readonly number[]): NDArray {
  const a = asArray(x, "squeeze");
  return dimensions.length === 0
    ? a
    : bind1(squeezeP, [a], { dimensions: canonicalAxes(dimensions, a.ndim, "squeeze") });
}

/** Adds axes of size 1. */
export function expandDims(x: ArrayLike, dimensions: readonly number[]): NDArray {
  const a = asArray(x, "expandDims");
  const ndim = a.ndim + dimensions.length;
  const added = canonicalAxes(dimensions, ndim, "expandDims");
  const kept = otherAxes(ndim, added);
  const shape = range(ndim).map((i) => (added.includes(i) ? 1 : a.shape[kept.indexOf(i)]));
  return reshape(a, shape);
}

/** Joins consecutive axes. */
export function collapse(x: ArrayLike, startDimension: number, stopDimension?: number): NDArray {
  const a = asArray(x, "collapse");
  const start = canonicalAxis(startDimension, a.ndim, "collapse");
  const stop =
    stopDimension === undefined ? a.ndim : stopDimension < 0 ? stopDimension + a.ndim : stopDimension;
  if (stop <= start || stop > a.ndim)
    throw new ArgumentError(
      `collapse: axes ${startDimension} to ${show(stopDimension)} of ${a.ndim} dimensions.`,
    );
  return reshape(a, [...a.shape.slice(0, start), prod(a.shape.slice(start, stop)), ...a.shape.slice(stop)]);
}

/** Repeats along each axis. */
export function tile(x: ArrayLike, reps: readonly number[]): NDArray {
  const a = asArray(x, "tile");
  checkShape(reps, "tile");
  const missing = Math.max(0, a.ndim - reps.length);
  const counts = [...new Array<number>(missing).fill(1), ...reps];
  const sizes = [...new Array<number>(counts.length - a.ndim).fill(1), ...a.shape];
  const spread = counts.flatMap((r, i) => [r, sizes[i]]);
  const wide = broadcastInDim(
    reshape(a, sizes),
    spread,
    range(sizes.length).map((i) => 2 * i + 1),
  );
  return reshape(
    wide,
    counts.map((r, i) => r * sizes[i]),
  );
}
