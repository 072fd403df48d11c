/** @file Reading along one axis at an index for each element. */
import type { NDArray } from "../../core/array.ts";
import { otherAxes } from "../../dtypes/shape.ts";
import { expandDims } from "../shapes/movement.ts";
import { full } from "../shapes/creation.ts";
import { gather } from "./gather.ts";

/** `out[…, i, …] = x[…, indices[…, i, …], …]` along `axis`; shapes agree elsewhere, indices are in bounds. */
export function takeAlong(x: NDArray, indices: NDArray, axis: number): NDArray {
  // A gather reads slices of one element, of which an empty array has none.
  if (indices.size === 0) return full(indices.shape, 0, x.dtype);
  const rest = otherAxes(x.ndim, [axis]);
  return gather(
    x,
    expandDims(indices, [indices.ndim]),
    {
      offsetDims: [],
      collapsedSliceDims: [axis],
      startIndexMap: [axis],
      operandBatchingDims: rest,
      startIndicesBatchingDims: rest,
    },
    x.shape.map(() => 1),
    { mode: "clip" },
  );
}
