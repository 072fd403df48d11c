/**
 * @file Repeating and shifting elements: repeat, tile, roll, trimZeros.
 *
 * Counts and shifts are usually known; traced ones work where the shape of the result does not depend on them.
 */
import { type ArrayLike, NDArray } from "../../core/array.ts";
import { canonicalAxes, canonicalAxis, insertAt, replaceAt, shapeString } from "../../dtypes/shape.ts";
import { integerLimits } from "../../loops/ir/values.ts";
import { ArgumentError, ShapeError } from "../../base/errors.ts";
import { asArray } from "../../lax/operands/convert.ts";
import * as lax from "../../lax/plain.ts";
import { prod, range } from "../../base/util.ts";
import { define } from "../../arguments/declare.ts";
import { given, param } from "../../arguments/parameters.ts";
import { runningCount } from "../indexing/masks.ts";
import {
  type Integers,
  constantIndex,
  hostData,
  integersOf,
  modulo,
  nonzeroOf,
  positionsOf,
  wrapArray,
} from "../indexing/positions.ts";
import { pick } from "../indexing/gather.ts";
import * as p from "../operands/parameters.ts";
import { type ShapeLike, alongAxis, flatten, sizesOf } from "../operands/shapes.ts";

/** The length of the result along the axis. */
const totalRepeatLength = param<[totalRepeatLength: number | null]>()("totalRepeatLength", null);

/**
 * Each element repeated along an axis (default: of the flattened array): all `repeats` times, or each as often as an array
 * of counts says. Traced counts need `totalRepeatLength`; what is missing to that length repeats the last element.
 * Derivatives add up over the copies.
 * @throws ShapeError for counts that do not fit the axis, ArgumentError for negative or (without a length) traced ones
 * @see jax.numpy.repeat
 * @example
 * np.repeat(np.array([1, 2]), 2).js(); // [1, 1, 2, 2]
 */
export const repeat = define(
  "repeat",
  [given<[repeats: Integers]>()("repeats"), p.oneAxis],
  [totalRepeatLength],
  ({ repeats, axis, totalRepeatLength }, a: ArrayLike) => {
    const array = asArray(a, "repeat");
    const operand = array.ndim === 0 ? flatten(array) : array;
    const [x, k] = alongAxis("repeat", operand, axis);
    const size = x.shape[k];
    const counts = positionsOf(repeats, "repeat");
    if (counts instanceof NDArray) return repeatTraced(x, counts, k, totalRepeatLength);
    const { data } = counts;
    if (data.length !== 1 && data.length !== size) {
      throw new ShapeError(`repeat: ${data.length} counts for an axis of size ${size}.`);
    }
    if (data.some((n) => n < 0)) throw new ArgumentError("repeat: counts must not be negative.");
    if (data.length === 1 && totalRepeatLength === null) return repeatEach(x, data[0], k);
    const sources = range(size).flatMap((i) => range(data[data.length === 1 ? 0 : i]).map(() => i));
    const total = totalRepeatLength ?? sources.length;
    return pick(x, constantIndex(Int32Array.from({ length: total }, (_, i) => sources[i] ?? size - 1)), k);
  },
);

function repeatEach(x: NDArray, count: number, axis: number): NDArray {
  if (count === 1) return x;
  const wide = insertAt(x.shape, axis + 1, count);
  const from = range(x.ndim).map((i) => (i <= axis ? i : i + 1));
  return lax.reshape(lax.broadcastInDim(x, wide, from), replaceAt(x.shape, axis, x.shape[axis] * count));
}

function repeatTraced(x: NDArray, counts: NDArray, axis: number, total: number | null): NDArray {
  if (total === null) {
    throw new ArgumentError(
      "repeat: traced counts give no known size; pass { totalRepeatLength }, the length of the result along the axis.",
    );
  }
  const size = x.shape[axis];
  const each = counts.size === 1 ? lax.broadcastInDim(lax.reshape(counts, []), [size], []) : counts;
  if (each.ndim !== 1 || each.size !== size)
    throw new ShapeError(`repeat: counts of shape ${shapeString(counts.shape)} for an axis of size ${size}.`);
  // Element i starts after those before it; a running count of the starts tells the element of each place.
  const starts = lax.sub(lax.cumsum(each, 0), each);
  return pick(x, lax.sub(runningCount(starts, total), 1), axis);
}

/**
 * The array repeated `reps[i]` times along axis i; missing axes and counts are 1. Derivatives add up over the copies.
 * @see jax.numpy.tile
 * @example
 * np.tile(np.array([1, 2]), 2).js(); // [1, 2, 1, 2]
 */
export const tile = define("tile", [given<[reps: ShapeLike]>()("reps")], [], ({ reps }, A: ArrayLike) =>
  lax.tile(asArray(A, "tile"), sizesOf(reps, "tile")),
);

/**
 * Elements moved along axes (default: along the flattened array); those that leave at the end come in at the front.
 * @throws ArgumentError for an axis out of range, or not as many shifts as axes
 * @see jax.numpy.roll
 * @example
 * np.roll(np.array([1, 2, 3]), 1).js(); // [3, 1, 2]
 */
export const roll = define(
  "roll",
  [given<[shift: Integers]>()("shift"), p.axis],
  [],
  ({ shift, axis }, a: ArrayLike) => {
    const x = asArray(a, "roll");
    if (axis === null) return lax.reshape(rollAxes(flatten(x), shift, [0]), x.shape);
    const axes = sizesOf(axis, "roll").map((k) => canonicalAxis(k, x.ndim, "roll"));
    return rollAxes(x, shift, axes);
  },
);

function rollAxes(x: NDArray, shift: Integers, axes: readonly number[]): NDArray {
  const by = integersOf(shift, "roll");
  const shifts = prod(by.shape);
  const count = Math.max(axes.length, shifts);
  let out = x;
  for (let i = 0; i < count; i++) {
    const k = axes[axes.length === 1 ? 0 : i];
    if (k === undefined)
      throw new ArgumentError(`roll: ${count} shifts for ${axes.length} axes; give one for each.`);
    if (x.shape[k] === 0) continue;
    const which = shifts === 1 ? 0 : i;
    out = by instanceof NDArray ? rollTraced(out, by, which, k) : rollOnce(out, by.data[which], k);
  }
  return out;
}

function rollOnce(x: NDArray, shift: number, axis: number): NDArray {
  const size = x.shape[axis];
  const by = modulo(shift, size);
  if (by === 0) return x;
  const head = lax.sliceInDim(x, size - by, size, 1, axis);
  return lax.concatenate([head, lax.sliceInDim(x, 0, size - by, 1, axis)], axis);
}

/** A shift in int32, which does not hold every uint32: modulo the size, if the dtype holds that. */
function inInt32(shift: NDArray, size: number): NDArray {
  const small = size > integerLimits(shift.dtype)[1] ? shift : lax.rem(shift, size);
  return lax.convertElementType(small, "int32");
}

function rollTraced(x: NDArray, shifts: NDArray, which: number, axis: number): NDArray {
  const size = x.shape[axis];
  const shift = lax.reshape(lax.sliceInDim(flatten(shifts), which, which + 1), []);
  const start = lax.sub(size, wrapArray(inInt32(shift, size), size));
  return lax.dynamicSliceInDim(lax.concatenate([x, x], axis), start, size, axis);
}

/**
 * Leading ("f") and trailing ("b") zeros removed, along the given axes (default: all). The array must be concrete.
 * @throws ArgumentError for a traced array
 * @see jax.numpy.trim_zeros
 * @example
 * np.trimZeros(np.array([0, 1, 2, 0])).js(); // [1, 2]
 */
export const trimZeros = define(
  "trimZeros",
  [param<[trim: string]>()("trim", "fb"), p.axis],
  [],
  ({ trim, axis }, filt: ArrayLike) => {
    const x = asArray(filt, "trimZeros");
    const data = hostData(lax.ne(x, 0));
    if (data === null) {
      throw new ArgumentError(
        "trimZeros: the size of the result depends on the values, which are traced here.",
      );
    }
    const axes = canonicalAxes(axis, x.ndim, "trimZeros");
    const has = (end: string): boolean => trim.toLowerCase().includes(end);
    const bounds = nonzeroOf(data, x.shape).map((at, k): [lo: number, hi: number] => {
      if (!axes.includes(k)) return [0, x.shape[k]];
      if (at.length === 0) return [0, 0];
      const first = at.reduce((m, i) => Math.min(m, i));
      const last = at.reduce((m, i) => Math.max(m, i));
      return [has("f") ? first : 0, has("b") ? last + 1 : x.shape[k]];
    });
    return lax.slice(
      x,
      bounds.map(([lo]) => lo),
      bounds.map(([, hi]) => hi),
    );
  },
);
