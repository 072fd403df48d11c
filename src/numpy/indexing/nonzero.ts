/**
 * @file Positions of elements: nonzero, flatnonzero, argwhere.
 *
 * How many there are depends on the values. A concrete array gives them all; `size` fixes their number, so that a traced
 * array works too: surplus positions are left out, missing ones are filled with `fillValue` (0 by default).
 */
import type { ArrayLike, NDArray } from "../../core/array.ts";
import { stridesOf } from "../../dtypes/shape.ts";
import { ArgumentError, ShapeError } from "../../base/errors.ts";
import { asArray } from "../../lax/operands/convert.ts";
import * as lax from "../../lax/plain.ts";
import { define } from "../../arguments/declare.ts";
import { type OptionsOf, type Values, param } from "../../arguments/parameters.ts";
import * as p from "../operands/parameters.ts";
import { toBool } from "../operands/promote.ts";
import { flatten, isList } from "../operands/shapes.ts";
import { filledMask, truePositions } from "./masks.ts";
import { constantIndex, hostData, nonzeroOf } from "./positions.ts";

/** What stands for missing positions: one value, or one for each axis; null for 0. */
const fillValue = param<[fillValue: ArrayLike | readonly ArrayLike[] | null]>()("fillValue", null);
const nonzeroParams = [p.size, fillValue] as const;
/** Options of `nonzero` and its siblings. */
export type NonzeroOptions = OptionsOf<typeof nonzeroParams>;

function positions(name: string, a: NDArray, { size, fillValue }: Values<typeof nonzeroParams>): NDArray[] {
  const x = a.ndim === 0 ? lax.reshape(a, [1]) : a;
  const mask = toBool(x);
  if (size === null) {
    const data = hostData(mask);
    if (data === null) {
      throw new ArgumentError(
        `${name}: the number of true elements of a traced array is not known; pass { size } to fix it, or use np.where.`,
      );
    }
    return nonzeroOf(data, x.shape).map((d) => constantIndex(d));
  }
  const flat = flatten(mask);
  const at = truePositions(flat, size);
  const isFilled = filledMask(flat, size);
  return stridesOf(x.shape).map((stride, axis) => {
    const along = lax.rem(lax.div(at, Math.max(1, stride)), Math.max(1, x.shape[axis]));
    const fill = isList<ArrayLike>(fillValue) ? fillValue[axis] : (fillValue ?? 0);
    return lax.select(isFilled, along, lax.convertElementType(asArray(fill, name), "int32"));
  });
}

const nonzeroLike = <R>(name: string, result: (columns: NDArray[], x: NDArray) => R, isFlat = false) =>
  define(name, [], nonzeroParams, (options, a: ArrayLike): R => {
    const array = asArray(a, name);
    if (array.ndim === 0 && !isFlat && name !== "argwhere")
      throw new ShapeError(`${name}: a 0-dimensional array has no coordinates. Use np.atleast1d(x) first.`);
    const x = isFlat ? flatten(array) : array;
    return result(positions(name, x, options), x);
  });

/**
 * The coordinates of the elements that are not 0, as one int32 array for each axis; with `size` the first so many, filled
 * with `fillValue` (0). They have no derivative.
 * @throws ShapeError for a scalar; ArgumentError for a traced array without `size`
 * @see jax.numpy.nonzero
 * @example
 * np.nonzero(np.array([[0, 1], [2, 0]])).map((x) => x.js()); // [[0, 1], [1, 0]]
 */
export const nonzero = nonzeroLike("nonzero", (columns) => columns);

/**
 * The positions in the flattened array of the elements that are not 0; see `nonzero`.
 * @throws ArgumentError for a traced array without `size`
 * @see jax.numpy.flatnonzero
 * @example
 * np.flatnonzero(np.array([[0, 1], [2, 0]])).js(); // [1, 2]
 */
export const flatnonzero = nonzeroLike("flatnonzero", ([at]) => at, true);

/**
 * The coordinates of the elements that are not 0, one row for each; see `nonzero`.
 * @throws ArgumentError for a traced array without `size`
 * @see jax.numpy.argwhere
 * @example
 * np.argwhere(np.array([[0, 1], [2, 0]])).js(); // [[0, 1], [1, 0]]
 */
export const argwhere = nonzeroLike("argwhere", (columns, x) =>
  x.ndim === 0 ? lax.full([columns[0].size, 0], 0, "int32") : lax.stack(columns, 1),
);
