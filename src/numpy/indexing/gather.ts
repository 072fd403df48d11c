/** @file Reading by position along an axis: one gather each. Public functions: take.ts. */
import type { Scalar } from "../../dtypes/dtype.ts";
import type { ArrayLike, NDArray } from "../../core/array.ts";
import { replaceAt, shapeString } from "../../dtypes/shape.ts";
import { IndexError, ShapeError } from "../../base/errors.ts";
import * as lax from "../../lax/plain.ts";
import { prod, range } from "../../base/util.ts";
import { indexArray, positionsOf, wrapAround, wrapNegative } from "./positions.ts";

/** What a position outside the array means. */
export type TakeMode = "fill" | "clip" | "wrap";

/** The parts of `x` at positions along axis `k`. */
export function takeAlong(
  x: NDArray,
  indices: ArrayLike,
  k: number,
  mode: TakeMode | "promiseInBounds",
  fillValue?: Scalar,
): NDArray {
  const size = x.shape[k];
  const known = positionsOf(indices, "take");
  const at = mode === "fill" ? wrapNegative(known, size) : mode === "wrap" ? wrapAround(known, size) : known;
  const shape = [...x.shape.slice(0, k), ...at.shape, ...x.shape.slice(k + 1)];
  if (prod(shape) === 0) return lax.full(shape, 0, x.dtype);
  if (size === 0) throw new IndexError("take: an empty axis has no elements to take.");
  return lax.gather(
    x,
    lax.reshape(indexArray(at), [...at.shape, 1]),
    {
      offsetDims: [...range(k), ...range(x.ndim - 1 - k, k + at.shape.length)],
      collapsedSliceDims: [k],
      startIndexMap: [k],
    },
    replaceAt(x.shape, k, 1),
    { mode: mode === "wrap" ? "clip" : mode, fillValue },
  );
}

/** The elements at positions along an axis (the first), which are limited to those there are. */
export const pick = (x: NDArray, indices: ArrayLike, k = 0): NDArray => takeAlong(x, indices, k, "clip");

export type AlongMode = "fill" | "clip" | "promiseInBounds";

/** One gather: axes of equal size are matched as batch axes, axes of size 1 among the indices read as whole windows. */
export function gatherAlong(
  x: NDArray,
  indices: NDArray,
  k: number,
  mode: AlongMode,
  fillValue: Scalar | undefined,
): NDArray {
  const shape = x.shape.map((d, i) => (i === k || d === 1 ? indices.shape[i] : d));
  const bad = shape.some((d, i) => i !== k && indices.shape[i] !== 1 && indices.shape[i] !== d);
  if (bad) {
    throw new ShapeError(
      `takeAlongAxis: the array, ${shapeString(x.shape)}, and the indices, ${shapeString(indices.shape)}, must broadcast outside axis ${k}.`,
    );
  }
  if (prod(shape) === 0 || x.shape[k] === 0) return lax.full(shape, 0, x.dtype);
  const isWindow = (i: number): boolean => i !== k && indices.shape[i] === 1;
  const isSpread = (i: number): boolean => i !== k && !isWindow(i) && x.shape[i] === 1;
  const axes = range(x.ndim);
  const kept = axes.filter((i) => !isSpread(i));
  const indexAxes = axes.filter((i) => !isWindow(i));
  const matched = kept.filter((i) => i !== k && !isWindow(i));
  return lax.gather(
    lax.squeeze(x, axes.filter(isSpread)),
    lax.reshape(indices, [...indexAxes.map((i) => indices.shape[i]), 1]),
    {
      offsetDims: axes.filter(isWindow),
      collapsedSliceDims: [kept.indexOf(k)],
      startIndexMap: [kept.indexOf(k)],
      operandBatchingDims: matched.map((i) => kept.indexOf(i)),
      startIndicesBatchingDims: matched.map((i) => indexAxes.indexOf(i)),
    },
    kept.map((i) => (isWindow(i) ? x.shape[i] : 1)),
    { mode, fillValue },
  );
}
