/** @file Checks of the arguments of losses. */
import type { ArrayLike, NDArray } from "../../core/array.ts";
import { isFloat, isInteger } from "../../dtypes/dtype.ts";
import { DTypeError, ShapeError } from "../../base/errors.ts";
import { asArray } from "../../lax/operands/convert.ts";
import * as np from "../../numpy/index.ts";

/** The argument as an array of floats. */
export function floating(where: string, x: ArrayLike): NDArray {
  const a = asArray(x, where);
  if (isFloat(a.dtype)) return a;
  throw new DTypeError(`${where}: expected floats; got dtype ${a.dtype}. Convert with x.astype("float32").`);
}

/** The argument as an array of integers. */
export function integers(where: string, x: ArrayLike): NDArray {
  const a = asArray(x, where);
  if (isInteger(a.dtype)) return a;
  throw new DTypeError(
    `${where}: expected integer labels; got dtype ${a.dtype}. Convert with labels.astype("int32").`,
  );
}

const shapeOf = (x: ArrayLike): readonly number[] => np.shape(x);

/** Refuses arguments of different shapes. */
export function sameShape(where: string, a: ArrayLike, b: ArrayLike): void {
  const [x, y] = [shapeOf(a), shapeOf(b)];
  if (x.join() === y.join()) return;
  throw new ShapeError(`${where}: expected equal shapes; got [${x.join(",")}] and [${y.join(",")}].`);
}

/** The mask, with a further axis if it has not as many as what it masks. */
export function maskLike(
  where: ArrayLike | null,
  x: NDArray,
  axis: number | readonly number[] | null,
): NDArray | null {
  if (where === null) return null;
  const mask = asArray(where, "where");
  return mask.ndim === x.ndim || axis === null ? mask : np.expandDims(mask, axis);
}

/** What a mask leaves of an argument, 0 elsewhere: before anything is computed of it, so that it may be anything there. */
export const kept = (x: NDArray, mask: NDArray | null): NDArray => (mask === null ? x : np.where(mask, x, 0));
