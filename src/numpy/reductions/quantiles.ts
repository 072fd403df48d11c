/**
 * @file Quantiles, percentiles and medians, with and without NaN. Source: jax/_src/numpy/reductions.py, `_quantile`.
 *
 * The reduced axes are brought to the end as one; a quantile reads one or two elements of the sorted array there, so its
 * derivative goes to them (and to q, by the weights of interpolation).
 */
import type { ArrayLike, NDArray } from "../../core/array.ts";
import { canonicalAxes, otherAxes, shapeString } from "../../dtypes/shape.ts";
import { ArgumentError, ShapeError } from "../../base/errors.ts";
import { asArray, asDType } from "../../lax/operands/convert.ts";
import * as lax from "../../lax/index.ts";
import { moveAxis } from "../../lax/shapes/movement.ts";
import { takeAlong } from "../../lax/indexing/take.ts";
import { range } from "../../base/util.ts";
import { type Rest, resolveArgs } from "../operands/args.ts";
import { cast, inexact, refuseComplex } from "../operands/promote.ts";
import { type Axis, type AxisOptions, keepDims } from "./reductions.ts";

/** What to take between two elements. */
export type QuantileMethod = "linear" | "lower" | "higher" | "midpoint" | "nearest" | "inverted_cdf";

/** Options of `quantile` and its siblings. */
export interface QuantileOptions extends AxisOptions {
  /** Accepted for compatibility; nothing is overwritten. */
  readonly overwriteInput?: boolean | undefined;
  readonly method?: QuantileMethod | undefined;
  /** Weights of the elements, for the method "inverted_cdf". */
  readonly weights?: ArrayLike | null | undefined;
}

/** Options of `median` and `nanmedian`. */
export interface MedianOptions extends AxisOptions {
  readonly overwriteInput?: boolean | undefined;
}

type QuantileRest = Rest<
  [axis: Axis, out: null, overwriteInput: boolean, method: QuantileMethod, keepdims: boolean],
  QuantileOptions
>;
type MedianRest = Rest<[axis: Axis, out: null, overwriteInput: boolean, keepdims: boolean], MedianOptions>;

const names = ["axis", "out", "overwriteInput", "method", "keepdims"] as const;
const methods: readonly string[] = ["linear", "lower", "higher", "midpoint", "nearest", "inverted_cdf"];

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
    clean = lax.select(poisoned, NaN, x);
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
  const [sorted, carried] = lax.sort([x, w], { dimension: last, numKeys: 1 }) as [NDArray, NDArray];
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
  return ignoreNan ? out : lax.select(poisoned, NaN, out);
}

function quantileOf(
  name: string,
  a: ArrayLike,
  q: ArrayLike,
  options: QuantileOptions,
  ignoreNan: boolean,
): NDArray {
  const { method = "linear", keepdims = false, weights } = options;
  if (!methods.includes(method))
    throw new ArgumentError(
      `${name}: method must be one of ${methods.join(", ")}; got ${JSON.stringify(method)}.`,
    );
  const raw = inexact(name, a);
  const x = cast(raw, raw.dtype);
  const p = inexact(name, q);
  refuseComplex(name, x);
  if (p.ndim > 1)
    throw new ShapeError(`${name}: q must be a number or 1-dimensional; got shape ${shapeString(p.shape)}.`);
  const axes = canonicalAxes(options.axis, x.ndim, name);
  const rows = gatherAxes(x, axes);
  if (rows.shape[rows.ndim - 1] === 0)
    throw new ShapeError(
      `${name}: shape ${shapeString(x.shape)} has no elements along axes [${axes.join(", ")}].`,
    );
  const flat = lax.reshape(p, [p.size]);
  let out: NDArray;
  if (method === "inverted_cdf" || (weights !== undefined && weights !== null)) {
    if (method !== "inverted_cdf")
      throw new ArgumentError(
        `${name}: weights need the method "inverted_cdf"; got ${JSON.stringify(method)}.`,
      );
    out = inverseCdf(rows, weightRows(name, x, axes, weights), flat, ignoreNan);
  } else {
    out = interpolate(method, neighbours(rows, flat, ignoreNan));
  }
  // Quantiles come first, as q's axes.
  const front = moveAxis(cast(out, x.dtype), out.ndim - 1, 0);
  const restored = keepdims ? keepBehind(front, x.shape, axes) : front;
  return p.ndim === 0 ? lax.squeeze(restored, [0]) : restored;
}

function keepBehind(x: NDArray, shape: readonly number[], axes: readonly number[]): NDArray {
  const count = x.shape[0];
  return keepDims(
    x,
    [count, ...shape],
    axes.map((i) => i + 1),
  );
}

function weightRows(
  name: string,
  x: NDArray,
  axes: readonly number[],
  weights: ArrayLike | null | undefined,
): NDArray {
  if (weights === undefined || weights === null) return gatherAxes(lax.fullLike(x, 1), axes);
  const w = asDType(weights, x.dtype, false, name);
  if (shapeString(w.shape) === shapeString(x.shape)) return gatherAxes(w, axes);
  if (w.ndim !== 1 || axes.length !== 1 || w.size !== x.shape[axes[0]])
    throw new ShapeError(
      `${name}: weights of shape ${shapeString(w.shape)} fit neither the array ${shapeString(x.shape)} nor its axis.`,
    );
  return gatherAxes(lax.broadcastInDim(w, x.shape, axes), axes);
}

/**
 * The q-quantile (q in [0, 1], a number or a flat array: then a new first axis) over an axis, several, or all.
 * `method` says what to take between two elements. Any NaN gives NaN.
 * @example
 * np.quantile(np.array([1, 2, 3, 4]), 0.5).item(); // 2.5
 */
export function quantile(a: ArrayLike, q: ArrayLike, ...rest: QuantileRest): NDArray {
  return quantileOf(
    "quantile",
    a,
    q,
    resolveArgs<QuantileOptions>("quantile", rest, names, ["weights"]),
    false,
  );
}

/** `quantile` without NaN. */
export function nanquantile(a: ArrayLike, q: ArrayLike, ...rest: QuantileRest): NDArray {
  return quantileOf(
    "nanquantile",
    a,
    q,
    resolveArgs<QuantileOptions>("nanquantile", rest, names, ["weights"]),
    true,
  );
}

const hundredth = (name: string, q: ArrayLike): NDArray => lax.div(inexact(name, q), 100);

/** `quantile` with q in percent. */
export function percentile(a: ArrayLike, q: ArrayLike, ...rest: QuantileRest): NDArray {
  const options = resolveArgs<QuantileOptions>("percentile", rest, names, ["weights"]);
  return quantileOf("percentile", a, hundredth("percentile", q), options, false);
}

/** `percentile` without NaN. */
export function nanpercentile(a: ArrayLike, q: ArrayLike, ...rest: QuantileRest): NDArray {
  const options = resolveArgs<QuantileOptions>("nanpercentile", rest, names, ["weights"]);
  return quantileOf("nanpercentile", a, hundredth("nanpercentile", q), options, true);
}

function medianOf(name: string, a: ArrayLike, rest: readonly unknown[], ignoreNan: boolean): NDArray {
  const options = resolveArgs<MedianOptions>(name, rest, ["axis", "out", "overwriteInput", "keepdims"]);
  return quantileOf(name, asArray(a, name), 0.5, { ...options, method: "midpoint" }, ignoreNan);
}

/** The middle element, or the mean of the middle two. */
export function median(a: ArrayLike, ...rest: MedianRest): NDArray {
  return medianOf("median", a, rest, false);
}

/** `median` without NaN. */
export function nanmedian(a: ArrayLike, ...rest: MedianRest): NDArray {
  return medianOf("nanmedian", a, rest, true);
}
