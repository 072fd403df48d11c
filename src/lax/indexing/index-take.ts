/** @file `indexTake`: elements at lists of positions along several axes. */
import { checkListOf, refuseMore } from "../../base/checks.ts";
import type { ArrayLike, NDArray } from "../../core/array.ts";
import { isWide } from "../../dtypes/dtype.ts";
import { canonicalAxes, shapeString } from "../../dtypes/shape.ts";
import { ShapeError } from "../../base/errors.ts";
import { range } from "../../base/util.ts";
import { add, rem } from "../elementwise/arithmetic.ts";
import { lt } from "../elementwise/compare.ts";
import { asArray } from "../operands/convert.ts";
import { convertElementType } from "../elementwise/convert.ts";
import { gather } from "./gather.ts";
import { reshape } from "../shapes/movement.ts";
import { select } from "../elementwise/select.ts";
import { concatenate } from "../shapes/slicing.ts";

/**
 * The parts of `src` at the positions that integer vectors `idxs` give along `axes`; positions count round. The first axis of
 * the result runs over the vectors, the others over the axes not indexed. Linear in `src`.
 * @throws ShapeError unless there is one vector for each axis, all of one size; ArgumentError unless `axes` are distinct axes
 * @see jax.lax.index_take
 * @example
 * const x = np.array([[1, 2], [3, 4], [5, 6]]);
 * lax.indexTake(x, [np.array([0, -1], "int32")], [0]).js(); // [[1, 2], [5, 6]]
 */
export function indexTake(
  src: ArrayLike,
  idxs: readonly ArrayLike[],
  axes: readonly number[],
  ...more: []
): NDArray {
  refuseMore("indexTake", 3, more);
  const x = asArray(src, "indexTake");
  const along = canonicalAxes(axes, x.ndim, "indexTake");
  checkListOf("indexTake", "the indices", idxs);
  const columns = idxs.map((i) => asArray(i, "indexTake"));
  const n = columns[0]?.size ?? 0;
  if (columns.length !== along.length || columns.some((c) => c.ndim !== 1 || c.size !== n)) {
    throw new ShapeError(
      `indexTake: expected ${along.length} index vectors of one size; got ${columns.map((c) => shapeString(c.shape)).join(", ")}.`,
    );
  }
  const wrapped = columns.map((c, i) => {
    const size = x.shape[along[i]];
    const whole = isWide(c.dtype) ? rem(c, size) : c;
    const r = rem(convertElementType(whole, "int32"), size);
    return reshape(select(lt(r, 0), add(r, size), r), [n, 1]);
  });
  return gather(
    x,
    concatenate(wrapped, 1),
    {
      offsetDims: range(x.ndim - along.length, 1),
      collapsedSliceDims: [...along].sort((a, b) => a - b),
      startIndexMap: along,
    },
    x.shape.map((d, k) => (along.includes(k) ? 1 : d)),
    { mode: "clip" },
  );
}
