/** @file `gather` of a sparse array: slices at many places, as batch axes. */
import type { NDArray } from "../../../core/array.ts";
import { isConcrete } from "../../../core/eval.ts";
import { arraysEqual, prod, range } from "../../../base/util.ts";
import { inversePermutation } from "../../../dtypes/shape.ts";
import type { GatherParams } from "../../../lax/indexing/gather.ts";
import * as lax from "../../../lax/plain.ts";
import { withLayout } from "../parts/layout.ts";
import { type Coordinates, layoutOf, unsupported } from "../parts/parts.ts";
import { reshape, transpose } from "../parts/shapes.ts";
import { slicesAt } from "../parts/slices.ts";

/** Starts that are inside, by the mode of the gather. @throws ArgumentError where outside there is something that is not zero */
function startsInside(where: string, x: Coordinates, starts: NDArray, params: GatherParams): NDArray {
  const { dimensionNumbers: d, mode, sliceSizes } = params;
  if (mode === "promiseInBounds") return starts;
  const last = d.startIndexMap.map((axis) => x.shape[axis] - sliceSizes[axis]);
  if (mode === "clip") {
    const bound = lax.broadcastInDim(lax.convertElementType(arrayOf(last), starts.dtype), starts.shape, [
      starts.ndim - 1,
    ]);
    return lax.max(lax.fullLike(starts, 0), lax.min(starts, bound));
  }
  const known = lax.stopGradient(starts);
  const inside =
    isConcrete(known) &&
    Array.from(known.dataSync() as ArrayLike<number | bigint>).every(
      (s, i) => Number(s) >= 0 && Number(s) <= last[i % last.length],
    );
  if (inside || params.fillValue === 0) return starts;
  throw unsupported(
    where,
    `a gather of a sparse array that may read outside of it would be filled with ${params.fillValue ?? "NaN"}. Pass mode "clip" or "promiseInBounds".`,
  );
}

const arrayOf = (xs: readonly number[]): NDArray =>
  lax.concatenate([lax.full([0], 0, "int32"), ...xs.map((n) => lax.full([1], n, "int32"))], 0);

/** The slices of a sparse array at places, as `lax.gather`. */
export function gather(where: string, x: Coordinates, indices: NDArray, params: GatherParams): Coordinates {
  const { dimensionNumbers: d, sliceSizes } = params;
  if (d.operandBatchingDims.length > 0)
    throw unsupported(where, "a gather of a sparse array has no batching dimensions.");
  if (params.mode === "fill" && params.fillValue === 0 && !isConcrete(lax.stopGradient(indices)))
    throw unsupported(where, "whether places that are traced lie inside of a sparse array is not known.");
  const batch = indices.shape.slice(0, -1);
  const k = d.startIndexMap.length;
  const flat = lax.reshape(startsInside(where, x, indices, params), [prod(batch), k]);
  const many = slicesAt(where, x, flat, d.startIndexMap, sliceSizes, d.collapsedSliceDims);
  const window = many.shape.slice(1);
  const whole = [...batch, ...window];
  let out = reshape(where, many, whole, range(many.shape.length));
  const ndim = whole.length;
  const batchDims = range(ndim).filter((i) => !d.offsetDims.includes(i));
  const order = inversePermutation([...batchDims, ...d.offsetDims]);
  if (arraysEqual(order, range(ndim))) return out;
  const first = order.slice(0, layoutOf(out).nBatch);
  if (
    !arraysEqual(
      [...first].sort((a, b) => a - b),
      range(first.length),
    )
  )
    out = withLayout(out, 0, layoutOf(out).nDense);
  const turned = transpose(where, out, order);
  return reshape(where, turned, turned.shape, range(ndim));
}
