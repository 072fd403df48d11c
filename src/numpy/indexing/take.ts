/**
 * @file Taking and putting elements by lists of positions: take, takeAlongAxis, put, putAlongAxis, fillDiagonal.
 *
 * Positions out of bounds: `take` and `takeAlongAxis` read NaN (or the fill value) there, as in JAX.
 */
import type { NDArray } from "../../core/array.ts";
import { type ArrayLike } from "../../core/array.ts";
import { canonicalAxis, shapeString } from "../../dtypes/shape.ts";
import { ArgumentError, IndexError, ShapeError } from "../../base/errors.ts";
import { asArray } from "../../lax/operands/convert.ts";
import * as lax from "../../lax/index.ts";
import { broadcastToShape } from "../../lax/shapes/movement.ts";
import { prod, range } from "../../base/util.ts";
import { type Rest, resolveArgs } from "../operands/args.ts";
import { type Given, given } from "../operands/given.ts";
import { type HostIndex, isHost, positionsOf, wrapNegative } from "./parse.ts";
import { constantIndex } from "./plan.ts";
import { updater } from "./indexing.ts";

/** What a position outside the array means. */
export type TakeMode = "fill" | "clip" | "wrap";

export interface TakeOptions {
  readonly indices?: ArrayLike;
  readonly axis?: number | null;
  readonly out?: null;
  readonly mode?: TakeMode | null;
  readonly uniqueIndices?: boolean;
  readonly indicesAreSorted?: boolean;
  readonly fillValue?: number | null;
}

const indexArray = (p: HostIndex | NDArray): NDArray => (isHost(p) ? constantIndex(p.data, p.shape) : p);

const modulo = (i: number, n: number): number => ((i % n) + n) % n;

function wrapAround(p: HostIndex | NDArray, size: number): HostIndex | NDArray {
  if (isHost(p)) return { shape: p.shape, data: p.data.map((i) => modulo(i, size)) };
  const r = lax.rem(p, size);
  return lax.select(lax.lt(r, 0), lax.add(r, size), r);
}

/**
 * The elements at the given positions along an axis (default: of the flattened array). Out of bounds: "fill" (default)
 * reads NaN or `fillValue`, "clip" the nearest element, "wrap" counts round.
 * @example
 * np.take(np.array([10, 20, 30]), np.array([2, 0], "int32")).js(); // [30, 10]
 */
export function take(
  a: ArrayLike,
  ...rest: Given<
    [
      indices: ArrayLike,
      axis: number | null,
      out: null,
      mode: TakeMode | null,
      uniqueIndices: boolean,
      indicesAreSorted: boolean,
      fillValue: number | null,
    ],
    TakeOptions
  >
): NDArray {
  const options = resolveArgs<TakeOptions>("take", rest, [
    "indices",
    "axis",
    "out",
    "mode",
    "uniqueIndices",
    "indicesAreSorted",
    "fillValue",
  ]);
  const array = asArray(a, "take");
  const flat = (options.axis ?? null) === null;
  const x = flat ? lax.reshape(array, [array.size]) : array;
  const k = canonicalAxis(options.axis ?? 0, x.ndim, "take");
  const size = x.shape[k];
  const mode = options.mode ?? "fill";
  if (mode !== "fill" && mode !== "clip" && mode !== "wrap") {
    throw new ArgumentError(`take: unknown mode '${String(mode)}'; expected "fill", "clip" or "wrap".`);
  }
  const p = positionsOf(given("take", "indices", options.indices), "take");
  const at = mode === "fill" ? wrapNegative(p, size) : mode === "wrap" ? wrapAround(p, size) : p;
  const shape = [...x.shape.slice(0, k), ...at.shape, ...x.shape.slice(k + 1)];
  if (prod(shape) === 0) return lax.full(shape, 0, x.dtype);
  if (size === 0) throw new IndexError("take: an empty axis has no elements to take.");
  return lax.gather(
    x,
    lax.reshape(indexArray(at), [...at.shape, 1]),
    {
      offsetDims: [...range(k), ...range(x.ndim - 1 - k, k + at.shape.length)],
      collapsedSliceDims: [k],
      startIndexMap: [k],
    },
    x.shape.map((d, i) => (i === k ? 1 : d)),
    { mode: mode === "fill" ? "fill" : "clip", fillValue: options.fillValue ?? undefined },
  );
}

export interface TakeAlongAxisOptions {
  readonly indices?: ArrayLike;
  readonly axis?: number | null;
  readonly mode?: "fill" | "clip" | "promiseInBounds" | null;
  readonly fillValue?: number | null;
  readonly wrapNegativeIndices?: boolean | null;
}

/**
 * For each line along the axis, the elements at the positions of the line of `indices` that matches it; the other axes
 * broadcast. The companion of `argsort` and `argmax` with `keepdims`.
 */
export function takeAlongAxis(
  arr: ArrayLike,
  ...rest: Given<
    [indices: ArrayLike, axis: number | null, mode: TakeAlongAxisOptions["mode"], fillValue: number | null],
    TakeAlongAxisOptions
  >
): NDArray {
  const options = resolveArgs<TakeAlongAxisOptions>(
    "takeAlongAxis",
    rest,
    ["indices", "axis", "mode", "fillValue"],
    ["wrapNegativeIndices"],
  );
  const { axis = -1, mode, fillValue, wrapNegativeIndices } = options;
  const array = asArray(arr, "takeAlongAxis");
  const x = axis === null ? lax.reshape(array, [array.size]) : array;
  const p = positionsOf(given("takeAlongAxis", "indices", options.indices), "takeAlongAxis");
  if (p.shape.length !== x.ndim) {
    throw new ShapeError(
      `takeAlongAxis: the array, ${shapeString(x.shape)}, and the indices, ${shapeString(p.shape)}, need equally many axes.`,
    );
  }
  const k = canonicalAxis(axis ?? 0, x.ndim, "takeAlongAxis");
  const wraps = wrapNegativeIndices ?? mode !== "promiseInBounds";
  const at = wraps ? wrapNegative(p, x.shape[k]) : p;
  return gatherAlong(x, indexArray(at), k, mode ?? "fill", fillValue ?? undefined);
}

/** One gather: axes of equal size are matched as batch axes, axes of size 1 among the indices read as whole windows. */
function gatherAlong(
  x: NDArray,
  indices: NDArray,
  k: number,
  mode: "fill" | "clip" | "promiseInBounds",
  fillValue: number | undefined,
): NDArray {
  const shape = x.shape.map((d, i) => (i === k || d === 1 ? indices.shape[i] : d));
  const bad = shape.some((d, i) => i !== k && indices.shape[i] !== 1 && indices.shape[i] !== d);
  if (bad) {
    throw new ShapeError(
      `takeAlongAxis: the array, ${shapeString(x.shape)}, and the indices, ${shapeString(indices.shape)}, must broadcast outside axis ${k}.`,
    );
  }
  if (prod(shape) === 0 || x.shape[k] === 0) return lax.full(shape, 0, x.dtype);
  const isWindow = (i: number): boolean => i !== k && indices.shape[i] === 1;
  const isSpread = (i: number): boolean => i !== k && !isWindow(i) && x.shape[i] === 1;
  const axes = range(x.ndim);
  const kept = axes.filter((i) => !isSpread(i));
  const indexAxes = axes.filter((i) => !isWindow(i));
  const matched = kept.filter((i) => i !== k && !isWindow(i));
  return lax.gather(
    lax.squeeze(x, axes.filter(isSpread)),
    lax.reshape(indices, [...indexAxes.map((i) => indices.shape[i]), 1]),
    {
      offsetDims: axes.filter(isWindow),
      collapsedSliceDims: [kept.indexOf(k)],
      startIndexMap: [kept.indexOf(k)],
      operandBatchingDims: matched.map((i) => kept.indexOf(i)),
      startIndicesBatchingDims: matched.map((i) => indexAxes.indexOf(i)),
    },
    kept.map((i) => (isWindow(i) ? x.shape[i] : 1)),
    { mode, fillValue },
  );
}

type InPlace = { readonly inplace?: boolean };
type PutMode = "clip" | "wrap" | "drop" | "fill" | "promiseInBounds" | null;

/** The array with `v` (repeated as needed) at the given flat positions. Out of bounds: dropped, or as `mode` says. */
export function put(
  a: ArrayLike,
  ind: ArrayLike,
  v: ArrayLike,
  ...rest: Rest<[mode: PutMode], InPlace & { mode?: PutMode }>
): NDArray {
  const { mode } = resolveArgs<InPlace & { mode?: PutMode }>("put", rest, ["mode"], ["inplace"]);
  const x = asArray(a, "put");
  const p = positionsOf(ind, "put");
  const count = prod(p.shape);
  const values = asArray(v, "put");
  if (x.size === 0 || count === 0 || values.size === 0) return x;
  const at = lax.reshape(indexArray(mode === "wrap" ? wrapAround(p, x.size) : p), [count]);
  const copies = lax.tile(lax.reshape(values, [values.size]), [Math.ceil(count / values.size)]);
  const scattered = updater(lax.reshape(x, [x.size]), [at]).set(lax.sliceInDim(copies, 0, count), {
    mode: mode === "wrap" ? "promiseInBounds" : (mode ?? undefined),
  });
  return lax.reshape(scattered, x.shape);
}

type PutAlongOptions = InPlace & { axis?: number | null; mode?: Exclude<PutMode, "wrap"> };

/** The array with `values` at the positions `indices` of each line along the axis; the inverse of `takeAlongAxis`. */
export function putAlongAxis(
  arr: ArrayLike,
  indices: ArrayLike,
  values: ArrayLike,
  ...rest: Given<[axis: number | null, inplace: boolean], PutAlongOptions>
): NDArray {
  const options = resolveArgs<PutAlongOptions>("putAlongAxis", rest, ["axis", "inplace"], ["mode"]);
  const { mode } = options;
  const axis = given("putAlongAxis", "axis", options.axis);
  const array = asArray(arr, "putAlongAxis");
  const x = axis === null ? lax.reshape(array, [array.size]) : array;
  const at = indexArray(positionsOf(indices, "putAlongAxis"));
  if (at.ndim !== x.ndim) {
    throw new ShapeError(
      `putAlongAxis: the array, ${shapeString(x.shape)}, and the indices, ${shapeString(at.shape)}, need equally many axes.`,
    );
  }
  const k = canonicalAxis(axis ?? 0, x.ndim, "putAlongAxis");
  const entries = x.shape.map((d, i) => {
    if (i === k) return at;
    const along = lax.iota("int32", d);
    return lax.reshape(
      along,
      x.shape.map((_, j) => (j === i ? d : 1)),
    );
  });
  const shape = x.shape.map((d, i) => (i === k ? at.shape[i] : d));
  const wide = broadcastToShape(asArray(values, "putAlongAxis"), at.shape);
  const out = updater(x, entries).set(broadcastToShape(wide, shape), { mode: mode ?? undefined });
  return lax.reshape(out, array.shape);
}

/** The array with `val` (repeated as needed) on its main diagonal; with `wrap`, again below a tall matrix's square part. */
export function fillDiagonal(
  a: ArrayLike,
  val: ArrayLike,
  ...rest: Rest<[wrap: boolean], InPlace & { wrap?: boolean }>
): NDArray {
  const { wrap = false } = resolveArgs<InPlace & { wrap?: boolean }>(
    "fillDiagonal",
    rest,
    ["wrap"],
    ["inplace"],
  );
  const x = asArray(a, "fillDiagonal");
  if (x.ndim < 2) throw new ShapeError("fillDiagonal: expected at least 2 dimensions.");
  if (x.ndim > 2 && x.shape.some((d) => d !== x.shape[0])) {
    throw new ShapeError(
      `fillDiagonal: beyond 2 dimensions all axes must have one size; got ${shapeString(x.shape)}.`,
    );
  }
  let positions: Int32Array;
  if (x.ndim === 2) {
    const [rows, columns] = x.shape;
    const end = wrap ? rows * columns : Math.min(rows, columns) * columns;
    positions = Int32Array.from(range(Math.ceil(end / (columns + 1))).map((i) => i * (columns + 1)));
  } else {
    const step = x.shape.reduceRight<[number, number]>(([s, n], d) => [s + n, n * d], [0, 1])[0];
    positions = Int32Array.from(range(x.shape[0]).map((i) => i * step));
  }
  return put(x, constantIndex(positions, [positions.length]), val);
}
