/**
 * @file Repeating and shifting elements: repeat, tile, roll, trimZeros.
 *
 * Counts and shifts are usually known; traced ones work where the shape of the result does not depend on them.
 */
import { type ArrayLike, NDArray } from "../../core/array.ts";
import { canonicalAxes, canonicalAxis, shapeString } from "../../dtypes/shape.ts";
import { ArgumentError, ShapeError } from "../../base/errors.ts";
import { asArray } from "../../lax/operands/convert.ts";
import * as lax from "../../lax/index.ts";
import { range } from "../../base/util.ts";
import { type Rest, resolveArgs } from "../operands/args.ts";
import { type Given, given } from "../operands/given.ts";
import { hostData, positionsOf } from "../indexing/parse.ts";
import { constantIndex } from "../indexing/plan.ts";
import { take } from "../indexing/take.ts";

type Counts = ArrayLike | readonly number[];
type RepeatOptions = { repeats?: Counts; axis?: number | null; totalRepeatLength?: number | null };

/**
 * Each element repeated: all `repeats` times, or each as often as an array of counts says. Traced counts need
 * `totalRepeatLength`; what is missing to that length repeats the last element.
 * @example
 * np.repeat(np.array([1, 2]), 2).js(); // [1, 1, 2, 2]
 */
export function repeat(
  a: ArrayLike,
  ...rest: Given<[repeats: Counts, axis: number | null], RepeatOptions>
): NDArray {
  const options = resolveArgs<RepeatOptions>("repeat", rest, ["repeats", "axis"], ["totalRepeatLength"]);
  const { axis = null, totalRepeatLength } = options;
  const repeats = given("repeat", "repeats", options.repeats);
  const array = asArray(a, "repeat");
  const x = axis === null || array.ndim === 0 ? lax.reshape(array, [array.size]) : array;
  const k = canonicalAxis(axis ?? 0, x.ndim, "repeat");
  const size = x.shape[k];
  const list = isList(repeats) ? Int32Array.from(repeats) : repeats;
  const counts = positionsOf(list, "repeat");
  if (counts instanceof NDArray) return repeatTraced(x, counts, k, totalRepeatLength);
  const { data } = counts;
  if (data.length !== 1 && data.length !== size) {
    throw new ShapeError(`repeat: ${data.length} counts for an axis of size ${size}.`);
  }
  if (data.some((n) => n < 0)) throw new ArgumentError("repeat: counts must not be negative.");
  const same = data.length === 1 && (totalRepeatLength ?? null) === null;
  if (same) return repeatEach(x, data[0], k);
  const sources = range(size).flatMap((i) => range(data[data.length === 1 ? 0 : i]).map(() => i));
  const total = totalRepeatLength ?? sources.length;
  const chosen = Int32Array.from({ length: total }, (_, i) => sources[i] ?? size - 1);
  return take(x, constantIndex(chosen, [total]), { axis: k, mode: "clip" });
}

const isList = (x: unknown): x is readonly number[] => Array.isArray(x);

function repeatEach(x: NDArray, count: number, axis: number): NDArray {
  if (count === 1) return x;
  const wide = [...x.shape.slice(0, axis + 1), count, ...x.shape.slice(axis + 1)];
  const from = range(x.ndim).map((i) => (i <= axis ? i : i + 1));
  return lax.reshape(
    lax.broadcastInDim(x, wide, from),
    x.shape.map((d, i) => (i === axis ? d * count : d)),
  );
}

function repeatTraced(x: NDArray, counts: NDArray, axis: number, total?: number | null): NDArray {
  if (total === undefined || total === null) {
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
  const marks = lax.scatterAdd(
    lax.full([total], 0, "int32"),
    lax.reshape(starts, [size, 1]),
    lax.full([size], 1, "int32"),
    { updateWindowDims: [], insertedWindowDims: [0], scatterDimsToOperandDims: [0] },
    { mode: "drop" },
  );
  return take(x, lax.sub(lax.cumsum(marks, 0), 1), { axis, mode: "clip" });
}

/** The array repeated `reps[i]` times along axis i; missing axes and counts are 1. */
export function tile(
  A: ArrayLike,
  ...rest: Given<[reps: number | readonly number[]], { reps?: number | readonly number[] }>
): NDArray {
  const options = resolveArgs<{ reps?: number | readonly number[] }>("tile", rest, ["reps"]);
  const reps = given("tile", "reps", options.reps);
  return lax.tile(asArray(A, "tile"), typeof reps === "number" ? [reps] : reps);
}

type RollOptions = { shift?: Counts; axis?: number | readonly number[] | null };

/** Elements moved along axes (default: along the flattened array); those that leave at the end come in at the front. */
export function roll(
  a: ArrayLike,
  ...rest: Given<[shift: Counts, axis: number | readonly number[] | null], RollOptions>
): NDArray {
  const options = resolveArgs<RollOptions>("roll", rest, ["shift", "axis"]);
  const { axis = null } = options;
  const shift = given("roll", "shift", options.shift);
  const x = asArray(a, "roll");
  if (axis === null) return lax.reshape(rollAxes(lax.reshape(x, [x.size]), shift, [0]), x.shape);
  const axes = (typeof axis === "number" ? [axis] : axis).map((k) => canonicalAxis(k, x.ndim, "roll"));
  return rollAxes(x, shift, axes);
}

function rollAxes(x: NDArray, shift: Counts, axes: readonly number[]): NDArray {
  const by = positionsOf(isList(shift) ? Int32Array.from(shift) : shift, "roll");
  const count = Math.max(
    axes.length,
    by.shape.reduce((n, d) => n * d, 1),
  );
  let out = x;
  for (let i = 0; i < count; i++) {
    const k = axes[axes.length === 1 ? 0 : i];
    if (k === undefined)
      throw new ArgumentError(`roll: ${count} shifts for ${axes.length} axes; give one for each.`);
    if (x.shape[k] === 0) continue;
    out =
      by instanceof NDArray
        ? rollTraced(out, by, by.size === 1 ? 0 : i, k)
        : rollOnce(out, by.data[by.data.length === 1 ? 0 : i], k);
  }
  return out;
}

function rollOnce(x: NDArray, shift: number, axis: number): NDArray {
  const size = x.shape[axis];
  const by = ((shift % size) + size) % size;
  if (by === 0) return x;
  const head = lax.sliceInDim(x, size - by, size, 1, axis);
  return lax.concatenate([head, lax.sliceInDim(x, 0, size - by, 1, axis)], axis);
}

function rollTraced(x: NDArray, shifts: NDArray, which: number, axis: number): NDArray {
  const size = x.shape[axis];
  const shift = lax.reshape(lax.sliceInDim(lax.reshape(shifts, [shifts.size]), which, which + 1), []);
  const back = lax.rem(shift, size);
  const start = lax.sub(size, lax.select(lax.lt(back, 0), lax.add(back, size), back));
  return lax.dynamicSliceInDim(lax.concatenate([x, x], axis), start, size, axis);
}

type TrimOptions = { trim?: string; axis?: number | readonly number[] | null };

/** Leading ("f") and trailing ("b") zeros removed, along the given axes (default: all). The array must be concrete. */
export function trimZeros(
  filt: ArrayLike,
  ...rest: Rest<[trim: string, axis: number | readonly number[] | null], TrimOptions>
): NDArray {
  const { trim = "fb", axis } = resolveArgs<TrimOptions>("trimZeros", rest, ["trim", "axis"]);
  const x = asArray(filt, "trimZeros");
  const data = hostData(lax.ne(x, 0));
  if (data === null) {
    throw new ArgumentError(
      "trimZeros: the size of the result depends on the values, which are traced here.",
    );
  }
  const axes = canonicalAxes(axis, x.ndim, "trimZeros");
  const front = trim.toLowerCase().includes("f");
  const back = trim.toLowerCase().includes("b");
  const lo = x.shape.map((d, k) => (axes.includes(k) ? d : 0));
  const hi = x.shape.map((d, k) => (axes.includes(k) ? 0 : d));
  visitTrue(data, x.shape, (at) => {
    for (const k of axes) {
      lo[k] = Math.min(lo[k], at[k]);
      hi[k] = Math.max(hi[k], at[k] + 1);
    }
  });
  const empty = axes.some((k) => hi[k] === 0);
  return lax.slice(
    x,
    lo.map((v, k) => (axes.includes(k) && (empty || !front) ? 0 : v)),
    hi.map((v, k) => (axes.includes(k) && empty ? 0 : axes.includes(k) && !back ? x.shape[k] : v)),
  );
}

function visitTrue(
  data: { readonly length: number; readonly [i: number]: number },
  shape: readonly number[],
  visit: (at: readonly number[]) => void,
): void {
  const at = shape.map(() => 0);
  for (let i = 0; i < data.length; i++) {
    let rest = i;
    for (let k = shape.length - 1; k >= 0; k--) {
      at[k] = rest % shape[k];
      rest = Math.floor(rest / shape[k]);
    }
    if (data[i] !== 0) visit(at);
  }
}
