/** @file Counting: `bincount` and the histograms. Source: jax/_src/numpy/lax_numpy.py. */
import { type ArrayLike, ConcreteArray, type NDArray } from "../../core/array.ts";
import { type DType, isInteger } from "../../dtypes/dtype.ts";
import { shapeString, stridesOf } from "../../dtypes/shape.ts";
import { ArgumentError, DTypeError, ShapeError } from "../../base/errors.ts";
import { asArray, asDType, resultType } from "../../lax/operands/convert.ts";
import * as lax from "../../lax/index.ts";
import { prod, range as upTo } from "../../base/util.ts";
import { type Rest, resolveArgs } from "../operands/args.ts";
import { type NestedArrayLike, asarray } from "../creation/array.ts";
import { diff } from "./cumulative.ts";
import { inexact, inexactType } from "../operands/promote.ts";
import { linspace } from "../creation/ranges.ts";
import { max, min, sum } from "./reductions.ts";
import { searchsorted } from "../sorting/sorting.ts";

/** Options of `bincount`. */
export interface BincountOptions {
  readonly weights?: ArrayLike | null | undefined;
  readonly minlength?: number | undefined;
  /** Number of counts: values from there on are dropped. Needed where the values are traced. */
  readonly length?: number | null | undefined;
}

/** Adds `weights` (or 1) at positions of a flat array; positions outside are dropped. */
function countAt(positions: NDArray, weights: NDArray, length: number): NDArray {
  const dimensions = { updateWindowDims: [], insertedWindowDims: [0], scatterDimsToOperandDims: [0] };
  const zeros = lax.full([length], 0, weights.dtype);
  return lax.scatterAdd(zeros, lax.reshape(positions, [positions.size, 1]), weights, dimensions, {
    mode: "drop",
  });
}

const isGiven = <T>(x: T | null | undefined): x is T => x !== undefined && x !== null;

/** How often each of 0, 1, 2 … occurs in a flat array of integers (or the sum of the weights there). */
export function bincount(
  x: ArrayLike,
  ...rest: Rest<[weights: ArrayLike | null, minlength: number], BincountOptions>
): NDArray {
  const options = resolveArgs<BincountOptions>("bincount", rest, ["weights", "minlength"], ["length"]);
  const { weights, minlength = 0, length } = options;
  const a = asArray(x, "bincount");
  if (!isInteger(a.dtype) && a.dtype !== "bool")
    throw new DTypeError(`bincount: expected integers; got ${a.dtype}. Convert with x.astype("int32").`);
  if (a.ndim !== 1)
    throw new ShapeError(`bincount: expected 1 dimension; got shape ${shapeString(a.shape)}.`);
  const w = isGiven(weights) ? asArray(weights, "bincount") : lax.full(a.shape, 1, "int32");
  if (w.ndim !== 1 || w.size !== a.size)
    throw new ShapeError(
      `bincount: weights of shape ${shapeString(w.shape)} do not fit values of shape ${shapeString(a.shape)}.`,
    );
  const positions = lax.max(lax.convertElementType(a, "int32"), 0);
  const size = isGiven(length) ? length : Math.max(minlength, neededLength(a));
  return countAt(positions, lax.convertElementType(w, w.dtype), size);
}

function neededLength(a: NDArray): number {
  if (a.size === 0) return 0;
  if (!(a instanceof ConcreteArray))
    throw new ArgumentError("bincount: the number of counts depends on traced values; give { length }.");
  return Math.max(0, Number(max(a).item())) + 1;
}

/** Bins: their number, or their edges in increasing order. */
export type Bins = number | NestedArrayLike;

/** Options of `histogramBinEdges`. */
export interface BinEdgesOptions {
  readonly bins?: Bins | undefined;
  /** Lowest and highest edge; those of the data unless given. */
  readonly range?: NestedArrayLike | null | undefined;
  /** Accepted for compatibility: they do not change the edges. */
  readonly weights?: ArrayLike | null | undefined;
}

/** Options of `histogram`. */
export interface HistogramOptions extends BinEdgesOptions {
  /** Divide by the total and the width of the bins. */
  readonly density?: boolean | null | undefined;
}

type EdgesRest = Rest<
  [bins: Bins, range: NestedArrayLike | null, weights: ArrayLike | null],
  BinEdgesOptions
>;
type HistogramRest = Rest<
  [bins: Bins, range: NestedArrayLike | null, weights: ArrayLike | null, density: boolean | null],
  HistogramOptions
>;
const names = ["bins", "range", "weights", "density"] as const;

function edgesOf(name: string, a: NDArray, { bins = 10, range }: BinEdgesOptions): NDArray {
  const { dtype } = inexactType(a.aval);
  if (typeof bins !== "number") {
    const edges = asarray(bins);
    if (edges.ndim === 1) return asDType(edges, dtype, false, name);
    throw new ArgumentError(`${name}: bins must be a number or a list of edges; got ${String(edges.aval)}.`);
  }
  if (!Number.isInteger(bins) || bins < 1)
    throw new ArgumentError(`${name}: the number of bins must be a positive integer; got ${bins}.`);
  const [lo, hi] = limits(name, a, range, dtype);
  const flat = lax.eq(lo, hi);
  const from = lax.select(flat, lax.sub(lo, 0.5), lo);
  const to = lax.select(flat, lax.add(hi, 0.5), hi);
  return linspace(from, to, bins + 1, { dtype });
}

function limits(
  name: string,
  a: NDArray,
  range: NestedArrayLike | null | undefined,
  dtype: DType,
): [NDArray, NDArray] {
  if (!isGiven(range)) {
    const x = lax.convertElementType(a, dtype);
    return a.size === 0 ? [lax.full([], 0, dtype), lax.full([], 1, dtype)] : [min(x), max(x)];
  }
  const ends = asarray(range, { dtype });
  if (ends.ndim !== 1 || ends.size !== 2)
    throw new ShapeError(`${name}: range must be [low, high]; got shape ${shapeString(ends.shape)}.`);
  return [lax.indexInDim(ends, 0, 0, false), lax.indexInDim(ends, 1, 0, false)];
}

const flatten = (x: NDArray): NDArray => lax.reshape(x, [x.size]);

/** The edges of the bins that `histogram` uses: evenly spaced over the data or `range`. */
export function histogramBinEdges(a: ArrayLike, ...rest: EdgesRest): NDArray {
  const options = resolveArgs<BinEdgesOptions>("histogramBinEdges", rest, ["bins", "range", "weights"]);
  return edgesOf("histogramBinEdges", flatten(asArray(a, "histogramBinEdges")), options);
}

/** The number of the bin of each value, from 1; 0 and beyond the last for those outside. The last edge is included. */
function binOf(x: NDArray, edges: NDArray, last: number): NDArray {
  const at = searchsorted(edges, x, { side: "right" });
  return lax.select(lax.eq(x, lax.indexInDim(edges, -1, 0, false)), last, at);
}

/** `[counts, edges]`: how many values (or what weight) lies in each bin; the last bin includes its upper edge. */
export function histogram(a: ArrayLike, ...rest: HistogramRest): [NDArray, NDArray] {
  const options = resolveArgs<HistogramOptions>("histogram", rest, names);
  const given = isGiven(options.weights) ? [a, options.weights] : [a];
  const { dtype } = inexactType(resultType(given));
  const x = flatten(asDType(a, dtype, false, "histogram"));
  const weights = isGiven(options.weights)
    ? flatten(asDType(options.weights, dtype, false, "histogram"))
    : lax.full([x.size], 1, dtype);
  if (weights.size !== x.size)
    throw new ShapeError(`histogram: ${weights.size} weights for ${x.size} values.`);
  const edges = edgesOf("histogram", x, options);
  const bins = edges.size - 1;
  const counts = lax.sliceInDim(countAt(binOf(x, edges, bins), weights, bins + 1), 1, bins + 1);
  if (options.density !== true) return [counts, edges];
  return [lax.div(lax.div(counts, diff(edges)), sum(counts)), edges];
}

/** Options of `histogramdd` and `histogram2d`: bins and ranges for all dimensions, or a list with one for each. */
export interface HistogramddOptions {
  readonly bins?: Bins | readonly Bins[] | undefined;
  readonly range?: readonly (NestedArrayLike | null)[] | null | undefined;
  readonly weights?: ArrayLike | null | undefined;
  readonly density?: boolean | null | undefined;
}

type HistogramddRest = Rest<
  [
    bins: Bins | readonly Bins[],
    range: readonly (NestedArrayLike | null)[] | null,
    weights: ArrayLike | null,
    density: boolean | null,
  ],
  HistogramddOptions
>;

function multidimensional(name: string, sample: NDArray, options: HistogramddOptions): [NDArray, NDArray[]] {
  if (sample.ndim !== 2)
    throw new ShapeError(
      `${name}: expected points as rows [n, dimensions]; got shape ${shapeString(sample.shape)}.`,
    );
  const [n, dimensions] = sample.shape as [number, number];
  const { bins = 10, range, weights } = options;
  if (isGiven(range) && range.length !== dimensions)
    throw new ArgumentError(`${name}: expected ${dimensions} ranges; got ${range.length}.`);
  const perAxis = typeof bins === "number" ? upTo(dimensions).map(() => bins) : [...(bins as Iterable<Bins>)];
  if (perAxis.length !== dimensions)
    throw new ArgumentError(`${name}: expected bins for ${dimensions} dimensions; got ${perAxis.length}.`);
  const edges: NDArray[] = [];
  const positions: NDArray[] = [];
  for (const d of upTo(dimensions)) {
    const x = lax.indexInDim(sample, d, 1, false);
    const own = edgesOf(name, x, { bins: perAxis[d], range: range?.[d] });
    edges.push(own);
    positions.push(binOf(x, own, own.size - 1));
  }
  const shape = edges.map((own) => own.size + 1);
  const strides = stridesOf(shape);
  const flat = positions.map((p, d) => lax.mul(p, strides[d])).reduce((p, q) => lax.add(p, q));
  const w = isGiven(weights) ? flatten(asArray(weights, name)) : lax.full([n], 1, "int32");
  if (w.size !== n) throw new ShapeError(`${name}: ${w.size} weights for ${n} points.`);
  const all = lax.reshape(countAt(flat, lax.convertElementType(w, w.dtype), prod(shape)), shape);
  // The outermost counts are those outside the edges.
  let counts = lax.slice(
    all,
    shape.map(() => 1),
    shape.map((s) => s - 1),
  );
  if (options.density === true) {
    const values = lax.convertElementType(counts, sample.dtype);
    counts = lax.div(values, sum(values));
    edges.forEach((own, d) => (counts = lax.div(counts, lax.broadcastInDim(diff(own), counts.shape, [d]))));
  }
  return [counts, edges];
}

/** `[counts, edges of each dimension]` of points given as rows. */
export function histogramdd(sample: ArrayLike, ...rest: HistogramddRest): [NDArray, NDArray[]] {
  const options = resolveArgs<HistogramddOptions>("histogramdd", rest, names);
  return multidimensional("histogramdd", inexact("histogramdd", sample), options);
}

/** `[counts, x edges, y edges]` of points given by their coordinates. */
export function histogram2d(
  x: ArrayLike,
  y: ArrayLike,
  ...rest: HistogramddRest
): [NDArray, NDArray, NDArray] {
  const options = resolveArgs<HistogramddOptions>("histogram2d", rest, names);
  const { dtype } = inexactType(resultType([x, y]));
  const columns = [x, y].map((v) => {
    const a = asDType(v, dtype, false, "histogram2d");
    return lax.reshape(a, [a.size, 1]);
  });
  const bins = sameForBoth(options.bins);
  const [counts, edges] = multidimensional("histogram2d", lax.concatenate(columns, 1), { ...options, bins });
  return [counts, edges[0], edges[1]];
}

/** A flat list of more or fewer than two numbers is one list of edges for both. */
function sameForBoth(bins: HistogramddOptions["bins"]): HistogramddOptions["bins"] {
  if (bins === undefined || typeof bins === "number") return bins;
  const list = [...(bins as Iterable<Bins>)];
  return list.length === 2 ? list : [bins, bins];
}
