/** @file Positions of the true elements of masks that the program computes: as many as a fixed size says. */
import type { NDArray } from "../../core/array.ts";
import * as lax from "../../lax/plain.ts";
import { flatten } from "../operands/shapes.ts";

/** Number of true elements. */
export const countTrue = (mask: NDArray): NDArray =>
  lax.reduceSum(lax.convertElementType(flatten(mask), "int32"), [0]);

/**
 * Flat positions of the first `size` true elements of a flat mask; its size where there are no more.
 * Position k is the number of elements before which fewer than k + 1 are true.
 */
export function truePositions(mask: NDArray, size: number): NDArray {
  if (mask.size === 0 || size === 0) return lax.full([size], 0, "int32");
  return runningCount(lax.cumsum(lax.convertElementType(mask, "int32"), 0), size);
}

/** For each of `size` places how many of the given positions lie at or before it. */
export function runningCount(positions: NDArray, size: number): NDArray {
  const n = positions.size;
  const counts = lax.scatterAdd(
    lax.full([size], 0, "int32"),
    lax.reshape(positions, [n, 1]),
    lax.full([n], 1, "int32"),
    { updateWindowDims: [], insertedWindowDims: [0], scatterDimsToOperandDims: [0] },
    { mode: "drop" },
  );
  return lax.cumsum(counts, 0);
}

/** The mask of places that hold a position, the others being filled. */
export const filledMask = (mask: NDArray, size: number): NDArray =>
  lax.lt(lax.iota("int32", size), countTrue(mask));
