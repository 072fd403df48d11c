/**
 * @file Positions of elements: nonzero, flatnonzero, argwhere.
 *
 * How many there are depends on the values. A concrete array gives them all; `size` fixes their number, so that a traced
 * array works too: surplus positions are left out, missing ones are filled with `fillValue` (0 by default).
 */
import type { ArrayLike, NDArray } from "../../core/array.ts";
import { stridesOf } from "../../dtypes/shape.ts";
import { ArgumentError } from "../../base/errors.ts";
import { asArray } from "../../lax/operands/convert.ts";
import * as lax from "../../lax/index.ts";
import { resolveArgs } from "../operands/args.ts";
import { hostData, nonzeroOf } from "./parse.ts";
import { constantIndex } from "./plan.ts";
import { toBool } from "../operands/promote.ts";

export interface NonzeroOptions {
  /** How many positions to return. */
  readonly size?: number | null;
  /** What stands for missing positions: one value, or one for each axis. */
  readonly fillValue?: ArrayLike | readonly ArrayLike[] | null;
}

/** Number of true elements. */
export const countTrue = (mask: NDArray): NDArray =>
  lax.reduceSum(lax.convertElementType(lax.reshape(mask, [mask.size]), "int32"), [0]);

/**
 * Flat positions of the first `size` true elements of a flat mask; its size where there are no more.
 * Position k is the number of elements before which fewer than k + 1 are true.
 */
export function truePositions(mask: NDArray, size: number): NDArray {
  if (mask.size === 0 || size === 0) return lax.full([size], 0, "int32");
  const before = lax.cumsum(lax.convertElementType(mask, "int32"), 0);
  const counts = lax.scatterAdd(
    lax.full([size], 0, "int32"),
    lax.reshape(before, [mask.size, 1]),
    lax.full([mask.size], 1, "int32"),
    { updateWindowDims: [], insertedWindowDims: [0], scatterDimsToOperandDims: [0] },
    { mode: "drop" },
  );
  return lax.cumsum(counts, 0);
}

/** The mask of places that hold a position, the others being filled. */
export const filledMask = (mask: NDArray, size: number): NDArray =>
  lax.lt(lax.iota("int32", size), countTrue(mask));

function fillFor(fillValue: NonzeroOptions["fillValue"], axis: number): ArrayLike {
  if (fillValue === undefined || fillValue === null) return 0;
  return Array.isArray(fillValue) ? (fillValue as readonly ArrayLike[])[axis] : (fillValue as ArrayLike);
}

function positions(name: string, a: ArrayLike, { size, fillValue }: NonzeroOptions): NDArray[] {
  const given = asArray(a, name);
  const x = given.ndim === 0 ? lax.reshape(given, [1]) : given;
  const mask = toBool(x);
  if (size === undefined || size === null) {
    const data = hostData(mask);
    if (data === null) {
      throw new ArgumentError(
        `${name}: the number of true elements of a traced array is not known; pass { size } to fix it, or use np.where.`,
      );
    }
    return nonzeroOf(data, x.shape).map((d) => constantIndex(d, [d.length]));
  }
  const flat = lax.reshape(mask, [x.size]);
  const at = truePositions(flat, size);
  const isFilled = filledMask(flat, size);
  return stridesOf(x.shape).map((stride, axis) => {
    const along = lax.rem(lax.div(at, Math.max(1, stride)), Math.max(1, x.shape[axis]));
    const fill = lax.convertElementType(asArray(fillFor(fillValue, axis), name), "int32");
    return lax.select(isFilled, along, fill);
  });
}

/**
 * The coordinates of the elements that are not 0, as one int32 array for each axis.
 * @throws ArgumentError for a traced array without `size`
 */
export function nonzero(a: ArrayLike, ...rest: [] | [options: NonzeroOptions | undefined]): NDArray[] {
  return positions("nonzero", a, resolveArgs<NonzeroOptions>("nonzero", rest, [], ["size", "fillValue"]));
}

/** The positions in the flattened array of the elements that are not 0. */
export function flatnonzero(a: ArrayLike, ...rest: [] | [options: NonzeroOptions | undefined]): NDArray {
  const options = resolveArgs<NonzeroOptions>("flatnonzero", rest, [], ["size", "fillValue"]);
  const x = asArray(a, "flatnonzero");
  return positions("flatnonzero", lax.reshape(x, [x.size]), options)[0];
}

/** The coordinates of the elements that are not 0, one row for each. */
export function argwhere(a: ArrayLike, ...rest: [] | [options: NonzeroOptions | undefined]): NDArray {
  const options = resolveArgs<NonzeroOptions>("argwhere", rest, [], ["size", "fillValue"]);
  const x = asArray(a, "argwhere");
  const columns = positions("argwhere", x, options);
  if (x.ndim === 0) return lax.full([columns[0].size, 0], 0, "int32");
  return lax.concatenate(
    columns.map((c) => lax.expandDims(c, [1])),
    1,
  );
}
