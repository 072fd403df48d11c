/** @file Functions of one lane of a sparse array, for all lanes: parts may have size 1 along a batch axis, for all lanes share them. */
import type { NDArray } from "../../../core/array.ts";
import { vmap } from "../../../api/vmap.ts";
import * as lax from "../../../lax/plain.ts";

/** A function of the parts of one lane. */
export type OfLane = (parts: readonly NDArray[]) => readonly NDArray[];

/** Which parts have the batch axes; all, unless told. */
export type HasLanes = readonly boolean[];

/**
 * Applies a function of one lane along `n` leading batch axes of its arguments, one after another. The results have all of
 * them in front; along an axis where all arguments have size 1 that is their size, too.
 */
export function overBatch(
  f: OfLane,
  n: number,
  parts: readonly NDArray[],
  lanes: HasLanes = parts.map(() => true),
): readonly NDArray[] {
  if (n === 0) return f(parts);
  const sizes = parts.filter((_, i) => lanes[i]).map((x) => x.shape[0]);
  const size = sizes.includes(0) ? 0 : Math.max(...sizes);
  const shared = parts.map((x, i) => !lanes[i] || (size !== 1 && x.shape[0] === 1));
  const args = parts.map((x, i) => (lanes[i] && shared[i] ? lax.squeeze(x, [0]) : x));
  const inner = (...xs: NDArray[]): NDArray[] => [...overBatch(f, n - 1, xs, lanes)];
  const outs = vmap(
    inner,
    shared.map((s) => (s ? null : 0)),
    { axisSize: size },
  )(...args);
  return outs;
}
