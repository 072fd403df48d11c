/** @file Counting: `bincount` and the histograms. Source: jax/_src/numpy/lax_numpy.py. */
import { show } from "../../base/checks.ts";
import { type ArrayLike, ConcreteArray, type NDArray } from "../../core/array.ts";
import { type DType, isInteger } from "../../dtypes/dtype.ts";
import { shapeString, stridesOf } from "../../dtypes/shape.ts";
import { ArgumentError, DTypeError, ShapeError } from "../../base/errors.ts";
import { asArray, asDType, resultType } from "../../lax/operands/convert.ts";
import { asPositions } from "../../lax/operands/positions.ts";
import * as lax from "../../lax/plain.ts";
import { prod, range as upTo } from "../../base/util.ts";
import { define } from "../../arguments/declare.ts";
import { type OptionsOf, type Values, param } from "../../arguments/parameters.ts";
import { type NestedArrayLike, asarray } from "../creation/array.ts";
import { diff } from "./cumulative.ts";
import { inexact, inexactType } from "../operands/promote.ts";
import { linspace } from "../creation/ranges.ts";
import { max, min, sum } from "./reductions.ts";
import { searchsorted } from "../sorting/sorting.ts";

/** What each value counts, instead of 1. */
const weights = param<[weights: ArrayLike | null]>()("weights", null);

const bincountParams = [weights, param<[minlength: number]>()("minlength", 0)] as const;
/** Number of counts: values from there on are dropped. Needed where the values are traced. */
const length = param<[length: number | null]>()("length", null);
/** Options of `bincount`. */
export type BincountOptions = OptionsOf<[...typeof bincountParams, typeof length]>;

/** Adds `weights` at positions of a flat array; positions outside are dropped. */
function countAt(positions: NDArray, weights: NDArray, length: number): NDArray {
  const dimensions = { updateWindowDims: [], insertedWindowDims: [0], scatterDimsToOperandDims: [0] };
  const zeros = lax.full([length], 0, weights.dtype);
  return lax.scatterAdd(zeros, lax.reshape(positions, [positions.size, 1]), weights, dimensions, {
    mode: "drop",
  });
}

/**
 * How often each of 0, 1, 2 … occurs in a flat array of integers, as int32, or the sum of the weights there. The derivative
 * goes to the weights; negative values count as 0.
 * @throws DTypeError unless x holds integers; ShapeError unless it is flat and the weights fit; ArgumentError for traced
 * values without `length`
 * @see jax.numpy.bincount
 * @example
 * np.bincount(np.array([0, 2, 2], "int32")).js(); // [1, 0, 2]
 */
export const bincount = define(
  "bincount",
  bincountParams,
  [length],
  ({ weights, minlength, length }, x: ArrayLike): NDArray => {
    const a = asArray(x, "bincount");
    if (!isInteger(a.dtype) && a.dtype !== "bool")
      throw new DTypeError(`bincount: expected integers; got ${a.dtype}. Convert with x.astype("int32").`);
    if (a.ndim !== 1)
      throw new ShapeError(`bincount: expected 1 dimension; got shape ${shapeString(a.shape)}.`);
    const w = weights === null ? lax.full(a.shape, 1, "int32") : asArray(weights, "bincount");
    if (w.ndim !== 1 || w.size !== a.size)
      throw new ShapeError(
        `bincount: weights of shape ${shapeString(w.shape)} do not fit values of shape ${shapeString(a.shape)}.`,
      );
    const positions = lax.max(a.dtype === "bool" ? lax.convertElementType(a, "int32") : asPositions(a), 0);
    const size = length ?? Math.max(minlength, neededLength(a));
    return countAt(positions, lax.convertElementType(w, w.dtype), size);
  },
);

function neededLength(a: NDArray): number {
  if (a.size === 0) return 0;
  if (!(a instanceof ConcreteArray))
    throw new ArgumentError("bincount: the number of counts depends on traced values; give { length }.");
  return Math.max(0, Number(max(a).item())) + 1;
}

/** Bins: their number, or their edges in increasing order. */
export type Bins = number | NestedArrayLike;

const edgesParams = [
  param<[bins: Bins]>()("bins", 10),
  /** Lowest and highest edge; those of the data unless given. */
  param<[range: NestedArrayLike | null]>()("range", null),
  /** They do not change the edges. */
  weights,
] as const;
/** Options of `histogramBinEdges`. */
export type BinEdgesOptions = OptionsOf<typeof edgesParams>;

/** Divide by the total and the width of the bins. */
const density = param<[density: boolean | null]>()("density", null);
/** Options of `histogram`. */
export type HistogramOptions = OptionsOf<[...typeof edgesParams, typeof density]>;

function edgesOf(name: string, a: NDArray, bins: Bins, range: NestedArrayLike | null): NDArray {
  const { dtype } = inexactType(a.aval);
  if (typeof bins !== "number") {
    const edges = asarray(bins);
    if (edges.ndim === 1) return asDType(edges, dtype, false, name);
    throw new ArgumentError(`${name}: bins must be a number or a list of edges; got ${String(edges.aval)}.`);
  }
  if (!Number.isInteger(bins) || bins < 1)
    throw new ArgumentError(`${name}: the number of bins must be a positive integer; got ${show(bins)}.`);
  const [lo, hi] = limits(name, a, range, dtype);
  const flat = lax.eq(lo, hi);
  const from = lax.select(flat, lax.sub(lo, 0.5), lo);
  const to = lax.select(flat, lax.add(hi, 0.5), hi);
  return linspace(from, to, bins + 1, { dtype });
}

function limits(name: string, a: NDArray, range: NestedArrayLike | null, dtype: DType): [NDArray, NDArray] {
  if (range === null) {
    const x = lax.convertElementType(a, dtype);
    return a.size === 0 ? [lax.full([], 0, dtype), lax.full([], 1, dtype)] : [min(x), max(x)];
  }
  const ends = asarray(range, { dtype });
  if (ends.ndim !== 1 || ends.size !== 2)
    throw new ShapeError(`${name}: range must be [low, high]; got shape ${shapeString(ends.shape)}.`);
  return [lax.indexInDim(ends, 0, 0, false), lax.indexInDim(ends, 1, 0, false)];
}

const flatten = (x: NDArray): NDArray => lax.reshape(x, [x.size]);

/**
 * The edges of the bins that `histogram` uses: evenly spaced over the data or `range`.
 * @throws ArgumentError for a number of bins that is not positive, or edges that are not flat; ShapeError for a range that
 * is not two numbers
 * @see jax.numpy.histogram_bin_edges
 * @example
 * np.histogramBinEdges(np.array([0, 4]), 2).js(); // [0, 2, 4]
 */
export const histogramBinEdges = define(
  "histogramBinEdges",
  edgesParams,
  [],
  ({ bins, range }, a: ArrayLike) =>
    edgesOf("histogramBinEdges", flatten(asArray(a, "histogramBinEdges")), bins, range),
);

/** The number of the bin of each value, from 1; 0 and beyond the last for those outside. The last edge is included. */
function binOf(x: NDArray, edges: NDArray): NDArray {
  const at = searchsorted(edges, x, { side: "right" });
  return lax.select(lax.eq(x, lax.indexInDim(edges, -1, 0, false)), edges.size - 1, at);
}

/**
 * `[counts, edges]`: how many values (or what weight) lies in each bin; the last bin includes its upper edge. The
 * derivative goes to the weights.
 * @throws ShapeError if there are not as many weights as values; for bins and ranges see `histogramBinEdges`
 * @see jax.numpy.histogram
 * @example
 * np.histogram(np.array([1, 2, 2, 4]), 3)[0].js(); // [1, 2, 1]
 */
export const histogram = define(
  "histogram",
  [...edgesParams, density],
  [],
  ({ bins, range, weights, density }, a: ArrayLike): [counts: NDArray, edges: NDArray] => {
    const { dtype } = inexactType(resultType(weights === null ? [a] : [a, weights]));
    const x = flatten(asDType(a, dtype, false, "histogram"));
    const w =
      weights === null ? lax.full([x.size], 1, dtype) : flatten(asDType(weights, dtype, false, "histogram"));
    if (w.size !== x.size) throw new ShapeError(`histogram: ${w.size} weights for ${x.size} values.`);
    const edges = edgesOf("histogram", x, bins, range);
    const counts = lax.sliceInDim(countAt(binOf(x, edges), w, edges.size), 1, edges.size);
    return [density === true ? lax.div(lax.div(counts, diff(edges)), sum(counts)) : counts, edges];
  },
);

const histogramddParams = [
  param<[bins: Bins | readonly Bins[]]>()("bins", 10),
  param<[range: readonly (NestedArrayLike | null)[] | null]>()("range", null),
  weights,
  density,
] as const;
/** Options of `histogramdd` and `histogram2d`: bins and ranges for all dimensions, or a list with one for each. */
export type HistogramddOptions = OptionsOf<typeof histogramddParams>;

function multidimensional(
  name: string,
  sample: NDArray,
  { bins, range, weights, density }: Values<typeof histogramddParams>,
): [NDArray, NDArray[]] {
  if (sample.ndim !== 2)
    throw new ShapeError(
      `${name}: expected points as rows [n, dimensions]; got shape ${shapeString(sample.shape)}.`,
    );
  const [n, dimensions] = sample.shape as [number, number];
  if (range !== null && range.length !== dimensions)
    throw new ArgumentError(`${name}: expected ${dimensions} ranges; got ${range.length}.`);
  const perAxis = typeof bins === "number" ? upTo(dimensions).map(() => bins) : [...(bins as Iterable<Bins>)];
  if (perAxis.length !== dimensions)
    throw new ArgumentError(`${name}: expected bins for ${dimensions} dimensions; got ${perAxis.length}.`);
  const columns = upTo(dimensions).map((d) => {
    const x = lax.indexInDim(sample, d, 1, false);
    const edges = edgesOf(name, x, perAxis[d], range?.[d] ?? null);
    return { edges, positions: binOf(x, edges) };
  });
  const edges = columns.map((c) => c.edges);
  const shape = edges.map((own) => own.size + 1);
  const strides = stridesOf(shape);
  const flat = columns.map((c, d) => lax.mul(c.positions, strides[d])).reduce((p, q) => lax.add(p, q));
  const w = weights === null ? lax.full([n], 1, "int32") : flatten(asArray(weights, name));
  if (w.size !== n) throw new ShapeError(`${name}: ${w.size} weights for ${n} points.`);
  const all = lax.reshape(countAt(flat, lax.convertElementType(w, w.dtype), prod(shape)), shape);
  // The outermost counts are those outside the edges.
  const first = shape.map(() => 1);
  const behind = shape.map((s) => s - 1);
  let counts = lax.slice(all, first, behind);
  if (density === true) {
    const values = lax.convertElementType(counts, sample.dtype);
    counts = lax.div(values, sum(values));
    edges.forEach((own, d) => (counts = lax.div(counts, lax.broadcastInDim(diff(own), counts.shape, [d]))));
  }
  return [counts, edges];
}

/**
 * `[counts, edges of each dimension]` of points given as rows [n, dimensions].
 * @throws ShapeError unless there are rows and a weight for each; ArgumentError if bins or ranges do not fit the dimensions
 * @see jax.numpy.histogramdd
 * @example
 * np.histogramdd(np.array([[0, 0], [1, 1], [1, 1]]), 2)[0].js(); // [[1, 0], [0, 2]]
 */
export const histogramdd = define(
  "histogramdd",
  histogramddParams,
  [],
  (values, sample: ArrayLike): [counts: NDArray, edges: NDArray[]] =>
    multidimensional("histogramdd", inexact("histogramdd", sample), values),
);

/**
 * `[counts, x edges, y edges]` of points given by their coordinates.
 * @throws ShapeError unless these are vectors and there are as many x, y and weights; ArgumentError if bins or ranges do not fit
 * @see jax.numpy.histogram2d
 * @example
 * np.histogram2d(np.array([0, 1, 1]), np.array([0, 1, 1]), 2)[0].js(); // [[1, 0], [0, 2]]
 */
export const histogram2d = define(
  "histogram2d",
  histogramddParams,
  [],
  (values, x: ArrayLike, y: ArrayLike): [counts: NDArray, xEdges: NDArray, yEdges: NDArray] => {
    const { dtype } = inexactType(resultType([x, y]));
    const columns = [x, y].map((v) => {
      const a = asDType(v, dtype, false, "histogram2d");
      if (a.ndim !== 1)
        throw new ShapeError(`histogram2d: coordinates must be vectors; got shape ${shapeString(a.shape)}.`);
      return lax.reshape(a, [a.size, 1]);
    });
    const bins = sameForBoth(values.bins);
    const [counts, edges] = multidimensional("histogram2d", lax.concatenate(columns, 1), { ...values, bins });
    return [counts, edges[0], edges[1]];
  },
);

/** A flat list of more or fewer than two numbers is one list of edges for both. */
function sameForBoth(bins: Bins | readonly Bins[]): Bins | readonly Bins[] {
  if (typeof bins === "number") return bins;
  const list = [...(bins as Iterable<Bins>)];
  return list.length === 2 ? list : [bins, bins];
}
