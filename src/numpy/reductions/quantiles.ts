/**
 * @file Quantiles, percentiles and medians, with and without NaN. Source: jax/_src/numpy/reductions.py, `_quantile`.
 *
 * The reduced axes are brought to the end as one; a quantile reads one or two elements of the sorted array there, so its
 * derivative goes to them (and to q, by the weights of interpolation).
 */
import { show } from "../../base/checks.ts";
import type { ArrayLike, NDArray } from "../../core/array.ts";
import { canonicalAxes, otherAxes, shapeString } from "../../dtypes/shape.ts";
import { ArgumentError, ShapeError } from "../../base/errors.ts";
import { asDType } from "../../lax/operands/convert.ts";
import * as lax from "../../lax/plain.ts";
import { moveAxis } from "../../lax/shapes/movement.ts";
import { takeAlong } from "../../lax/indexing/take.ts";
import { range } from "../../base/util.ts";
import { define } from "../../arguments/declare.ts";
import { type OptionsOf, type Values, param } from "../../arguments/parameters.ts";
import * as p from "../operands/parameters.ts";
import { cast, inexact, refuseComplex } from "../operands/promote.ts";
import { keepDims } from "./common.ts";

/** What to take between two elements. */
export type QuantileMethod = "linear" | "lower" | "higher" | "midpoint" | "nearest" | "inverted_cdf";
const methods: readonly string[] = ["linear", "lower", "higher", "midpoint", "nearest", "inverted_cdf"];

/** Accepted for compatibility; nothing is overwritten. */
const overwriteInput = param<[overwriteInput: boolean]>()("overwriteInput", false);
/** Weights of the elements, for the method "inverted_cdf". */
const weights = param<[weights: ArrayLike | null]>()("weights", null);
const method = param<[method: QuantileMethod]>()("method", "linear");
const quantileParams = [p.axis, p.out, overwriteInput, method, p.keepdims] as const;
/** Options of `quantile` and its siblings. */
export type QuantileOptions = OptionsOf<[...typeof quantileParams, typeof weights]>;

const medianParams = [p.axis, p.out, overwriteInput, p.keepdims] as const;
/** Options of `median` and `nanmedian`. */
export type MedianOptions = OptionsOf<typeof medianParams>;

/** The reduced axes as one last axis. */
function gatherAxes(x: NDArray, axes: readonly number[]): NDArray {
  const kept = otherAxes(x.ndim, axes);
  return lax.reshape(lax.transpose(x, [...kept, ...[...axes].sort((a, b) => a - b)]), [
    ...kept.map((i) => x.shape[i]),
    axes.reduce((n, i) => n * x.shape[i], 1),
  ]);
}

/** Rows of positions: the batch shape of `x`, then as many as there are quantiles. */
const spread = (v: NDArray, batch: readonly number[], count: number): NDArray =>
  lax.broadcastInDim(v, [...batch, count], v.ndim === 1 ? [batch.length] : range(v.ndim));

/** NaN where `poisoned`, by a product, so that its derivative is NaN too. */
const poison = (poisoned: NDArray, x: NDArray): NDArray =>
  lax.mul(x, lax.select(poisoned, lax.fullLike(x, NaN), lax.fullLike(x, 1)));

/** The two neighbours of each position in sorted rows, and how far towards the upper one it lies. */
interface Neighbours {
  readonly low: NDArray;
  readonly high: NDArray;
  readonly weight: NDArray;
}

function neighbours(x: NDArray, q: NDArray, ignoreNan: boolean): Neighbours {
  const batch = x.shape.slice(0, -1);
  const n = x.shape[x.ndim - 1];
  const nan = lax.ne(x, x);
  const last = x.ndim - 1;
  let clean: NDArray;
  let top: NDArray;
  if (ignoreNan) {
    // NaN sorts to the end.
    clean = x;
    top = lax.sub(lax.reduceSum(lax.convertElementType(lax.bitwiseNot(nan), q.dtype), [last]), 1);
    top = lax.broadcastInDim(top, [...batch, q.size], range(batch.length));
  } else {
    const poisoned = lax.broadcastInDim(lax.reduceOr(nan, [last]), x.shape, range(batch.length));
    clean = poison(poisoned, x);
    top = lax.full([...batch, q.size], n - 1, q.dtype);
  }
  const sorted = lax.sort(clean, { dimension: last });
  const at = lax.mul(spread(q, batch, q.size), top);
  const [floor, ceil] = [lax.floor(at), lax.ceil(at)];
  const read = (position: NDArray): NDArray =>
    takeAlong(sorted, lax.convertElementType(lax.max(0, lax.min(position, top)), "int32"), last);
  return { low: read(floor), high: read(ceil), weight: lax.sub(at, floor) };
}

function interpolate(method: QuantileMethod, { low, high, weight }: Neighbours): NDArray {
  switch (method) {
    case "lower":
      return low;
    case "higher":
      return high;
    case "nearest":
      return lax.select(lax.le(weight, 0.5), low, high);
    case "midpoint":
      return lax.mul(lax.add(low, high), 0.5);
    default: {
      const [a, b] = [cast(low, weight.dtype), cast(high, weight.dtype)];
      return lax.add(lax.mul(a, lax.sub(1, weight)), lax.mul(b, weight));
    }
  }
}

/** The first element, in order, at which the share of the weights reaches q. */
function inverseCdf(x: NDArray, weights: NDArray, q: NDArray, ignoreNan: boolean): NDArray {
  const last = x.ndim - 1;
  const n = x.shape[last];
  const batch = x.shape.slice(0, -1);
  const nan = lax.ne(x, x);
  const w = ignoreNan ? lax.select(nan, 0, weights) : weights;
  const [sorted, carried] = lax.sort([x, w], { dimension: last, numKeys: 1 });
  const total = lax.cumsum(carried, last);
  const all = lax.broadcastInDim(lax.sliceInDim(total, n - 1, n, 1, last), [...batch, q.size], range(x.ndim));
  const target = lax.mul(all, cast(spread(q, batch, q.size), total.dtype));
  const wide = [...batch, q.size, n];
  const below = lax.lt(
    lax.broadcastInDim(total, wide, [...range(last), last + 1]),
    lax.broadcastInDim(target, wide, range(last + 1)),
  );
  const count = lax.reduceSum(lax.convertElementType(below, "int32"), [last + 1]);
  const out = takeAlong(sorted, lax.min(count, n - 1), last);
  const poisoned = lax.broadcastInDim(lax.reduceOr(nan, [last]), out.shape, range(batch.length));
  return ignoreNan ? out : poison(poisoned, out);
}

/** The weights as rows: those of each element, or those along the only axis. */
function weightRows(name: string, x: NDArray, axes: readonly number[], given: ArrayLike | null): NDArray {
  if (given === null) return gatherAxes(lax.fullLike(x, 1), axes);
  const w = asDType(given, x.dtype, false, name);
  if (shapeString(w.shape) === shapeString(x.shape)) return gatherAxes(w, axes);
  if (w.ndim !== 1 || axes.length !== 1 || w.size !== x.shape[axes[0]])
    throw new ShapeError(
      `${name}: weights of shape ${shapeString(w.shape)} fit neither the array ${shapeString(x.shape)} nor its axis.`,
    );
  return gatherAxes(lax.broadcastInDim(w, x.shape, axes), axes);
}

type QuantileValues = Omit<Values<[...typeof quantileParams, typeof weights]>, "out" | "overwriteInput">;

function quantileOf(
  name: string,
  a: ArrayLike,
  q: ArrayLike,
  { axis, method, keepdims, weights }: QuantileValues,
  ignoreNan: boolean,
): NDArray {
  if (!methods.includes(method))
    throw new ArgumentError(`${name}: method must be one of ${methods.join(", ")}; got ${show(method)}.`);
  const raw = inexact(name, a);
  const x = cast(raw, raw.dtype);
  const places = inexact(name, q);
  refuseComplex(name, x);
  if (places.ndim > 1)
    throw new ShapeError(
      `${name}: q must be a number or 1-dimensional; got shape ${shapeString(places.shape)}.`,
    );
  const axes = canonicalAxes(axis, x.ndim, name);
  const rows = gatherAxes(x, axes);
  if (rows.shape[rows.ndim - 1] === 0)
    throw new ShapeError(
      `${name}: shape ${shapeString(x.shape)} has no elements along axes [${axes.join(", ")}].`,
    );
  const flat = lax.reshape(places, [places.size]);
  if (weights !== null && method !== "inverted_cdf")
    throw new ArgumentError(`${name}: weights need the method "inverted_cdf"; got ${show(method)}.`);
  const out =
    method === "inverted_cdf"
      ? inverseCdf(rows, weightRows(name, x, axes, weights), flat, ignoreNan)
      : interpolate(method, neighbours(rows, flat, ignoreNan));
  // Quantiles come first, as q's axes.
  const front = moveAxis(cast(out, x.dtype), out.ndim - 1, 0);
  const behind = axes.map((i) => i + 1);
  const restored = keepdims ? keepDims(front, [front.shape[0], ...x.shape], behind) : front;
  return places.ndim === 0 ? lax.squeeze(restored, [0]) : restored;
}

const quantiles = (name: string, percent: boolean, ignoreNan: boolean) =>
  define(name, quantileParams, [weights], (values, a: ArrayLike, q: ArrayLike) =>
    quantileOf(name, a, percent ? lax.div(inexact(name, q), 100) : q, values, ignoreNan),
  );

/**
 * The q-quantile (q in [0, 1], a number or a flat array: then a new first axis) over an axis, several, or all.
 * `method` says what to take between two elements. Any NaN gives NaN.
 * @throws ArgumentError for an unknown method, or weights with another than "inverted_cdf"; ShapeError where there are no
 * elements
 * @see jax.numpy.quantile
 * @example
 * np.quantile(np.array([1, 2, 3, 4]), 0.5).item(); // 2.5
 */
export const quantile = quantiles("quantile", false, false);

/**
 * `quantile` without NaN.
 * @see jax.numpy.nanquantile
 * @example
 * np.nanquantile(np.array([1, NaN, 3]), 0.5).item(); // 2
 */
export const nanquantile = quantiles("nanquantile", false, true);

/**
 * `quantile` with q in percent.
 * @see jax.numpy.percentile
 * @example
 * np.percentile(np.array([1, 2, 3, 4]), 50).item(); // 2.5
 */
export const percentile = quantiles("percentile", true, false);

/**
 * `percentile` without NaN.
 * @see jax.numpy.nanpercentile
 * @example
 * np.nanpercentile(np.array([1, NaN, 3]), 50).item(); // 2
 */
export const nanpercentile = quantiles("nanpercentile", true, true);

const medians = (name: string, ignoreNan: boolean) =>
  define(name, medianParams, [], ({ axis, keepdims }, a: ArrayLike) =>
    quantileOf(name, a, 0.5, { axis, keepdims, method: "midpoint", weights: null }, ignoreNan),
  );

/**
 * The middle element along an axis, several, or all, or the mean of the middle two: they share the derivative.
 * @throws ShapeError where there are no elements
 * @see jax.numpy.median
 * @example
 * np.median(np.array([5, 1, 2])).item(); // 2
 */
export const median = medians("median", false);

/**
 * `median` without NaN.
 * @see jax.numpy.nanmedian
 * @example
 * np.nanmedian(np.array([5, NaN, 1])).item(); // 3
 */
export const nanmedian = medians("nanmedian", true);
