/**
 * @file The distinct parts of an array along its first axis, by sorting: what unique and the set operations share.
 *
 * Their number depends on the data. Concrete arrays give just those there are; `size` fixes the length, so that traced
 * arrays work too. Source: jax.numpy.unique, whose padding is followed.
 */
import type { ArrayLike, NDArray } from "../../core/array.ts";
import { isInexact } from "../../dtypes/dtype.ts";
import { ArgumentError } from "../../base/errors.ts";
import { asDType } from "../../lax/operands/convert.ts";
import * as lax from "../../lax/plain.ts";
import { prod, range } from "../../base/util.ts";
import { type Values, param } from "../../arguments/parameters.ts";
import { pick } from "../indexing/gather.ts";
import { countTrue, filledMask, truePositions } from "../indexing/masks.ts";
import { nonzero } from "../indexing/nonzero.ts";
import { hostData } from "../indexing/positions.ts";
import * as p from "../operands/parameters.ts";

/** What fills a result that is longer than there are values; null for the smallest of them. */
const fillValueParam = param<[fillValue: ArrayLike | null]>()("fillValue", null);
export const sizeParams = [p.size, fillValueParam] as const;
export type Sizes = Values<typeof sizeParams>;

interface Sorted {
  /** Rows in order, [n, width]. */
  readonly rows: NDArray;
  /** True at the first of equal rows. */
  readonly first: NDArray;
  readonly permutation: NDArray;
}

function sortRows(rows: NDArray, equalNan: boolean): Sorted {
  const [n, width] = rows.shape;
  const columns = range(width).map((i) => lax.indexInDim(rows, i, 1, false));
  const ordered = lax.sort([...columns, lax.iota("int32", n)], { dimension: 0, numKeys: width });
  const sorted = lax.stack(ordered.slice(0, width), 1);
  const [before, after] = [lax.sliceInDim(sorted, 0, n - 1), lax.sliceInDim(sorted, 1, n)];
  let differ = lax.ne(after, before);
  if (equalNan && isInexact(rows.dtype)) {
    const bothNan = lax.bitwiseAnd(lax.ne(after, after), lax.ne(before, before));
    differ = lax.bitwiseAnd(differ, lax.bitwiseNot(bothNan));
  }
  const first = lax.concatenate([lax.full([1], true, "bool"), lax.reduceOr(differ, [1])], 0);
  return { rows: sorted, first, permutation: ordered[width] };
}

/** The places of the first of equal rows: all of them, or so many (0 where there are no more). */
function firstPlaces(name: string, first: NDArray, size: number | null): NDArray {
  if (size !== null) {
    const at = truePositions(first, size);
    return lax.select(filledMask(first, size), at, 0);
  }
  if (hostData(first) === null) {
    throw new ArgumentError(
      `${name}: how many distinct values a traced array has is not known; pass { size } to fix the length.`,
    );
  }
  return nonzero(first)[0];
}

export interface UniqueParts {
  readonly values: NDArray;
  readonly index: NDArray;
  readonly inverse: NDArray;
  readonly counts: NDArray;
  /** How many distinct values there are, whatever the length of the result. */
  readonly total: NDArray;
}

function emptyParts(x: NDArray, { size, fillValue }: Sizes): UniqueParts {
  const n = size ?? 0;
  if (n > 0 && fillValue === null)
    throw new ArgumentError("unique: an empty array has no value to fill with; pass { fillValue }.");
  const none = lax.full([n], 0, "int32");
  const values = lax.full([n, ...x.shape.slice(1)], fillValue ?? 0, x.dtype);
  const [inverse, total] = [lax.full([0], 0, "int32"), lax.full([], 0, "int32")];
  return { values, index: none, inverse, counts: none, total };
}

/** Distinct parts of x along axis 0. */
export function distinct(name: string, x: NDArray, sizes: Sizes, equalNan = true): UniqueParts {
  const { size, fillValue } = sizes;
  const [n, ...rest] = x.shape;
  if (n === 0) return emptyParts(x, sizes);
  // Parts without elements are equal, as are parts of one 0 each.
  if (prod(rest) === 0) {
    const { values, ...parts } = distinct(name, lax.full([n, 1], 0, x.dtype), sizes, equalNan);
    return { values: lax.full([values.shape[0], ...rest], 0, x.dtype), ...parts };
  }
  const { rows, first, permutation } = sortRows(lax.reshape(x, [n, prod(rest)]), equalNan);
  const places = firstPlaces(name, first, size);
  const length = places.size;
  let values = pick(rows, places);
  const total = countTrue(first);
  const valid = lax.lt(lax.iota("int32", length), total);
  if (fillValue !== null) {
    const fill = asDType(fillValue, x.dtype, false, name);
    values = lax.select(lax.broadcastInDim(valid, values.shape, [0]), values, fill);
  }
  const group = lax.sub(lax.cumsum(lax.convertElementType(first, "int32"), 0), 1);
  const [, inverse] = lax.sortKeyVal(permutation, group, 0);
  const starts = truePositions(first, length + 1);
  return {
    values: lax.reshape(values, [length, ...rest]),
    index: pick(permutation, places),
    inverse,
    counts: lax.sub(lax.sliceInDim(starts, 1, length + 1), lax.sliceInDim(starts, 0, length)),
    total,
  };
}
