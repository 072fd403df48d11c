/** @file Counting: bincount, histograms; and bits: packbits, unpackbits. */
import { type ArrayLike, ConcreteArray, NDArray } from "../core/array.ts";
import { isInteger, defaultFloat, isInexact } from "../core/dtype.ts";
import { canonicalAxis, shapeString } from "../core/shape.ts";
import { ArgumentError, DTypeError, ShapeError } from "../errors.ts";
import { asArray, asDType } from "../lax/convert-args.ts";
import * as lax from "../lax/index.ts";
import { prod, range } from "../util.ts";
import { type Rest, resolveArgs } from "./args.ts";
import { ravelMultiIndex } from "./choosing.ts";
import { inexact } from "./promote.ts";
import { linspace } from "./ranges.ts";
import { searchsorted } from "./sorting.ts";

export interface BincountOptions {
  readonly weights?: ArrayLike | null;
  readonly minlength?: number;
  /** The length of the result; needed where x is traced. Greater values are not counted. */
  readonly length?: number | null;
}

/** Adds `values` at flat positions; those outside are dropped. */
function addAt(size: number, positions: NDArray, values: NDArray): NDArray {
  return lax.scatterAdd(
    lax.full([size], 0, values.dtype),
    lax.reshape(positions, [positions.size, 1]),
    values,
    { updateWindowDims: [], insertedWindowDims: [0], scatterDimsToOperandDims: [0] },
    { mode: "drop" },
  );
}

/** How often (or with what weight) each of 0, 1, 2, … occurs in a vector. Negative values count as 0, as in JAX. */
export function bincount(
  x: ArrayLike,
  ...rest: Rest<[weights: ArrayLike | null, minlength: number], BincountOptions>
): NDArray {
  const {
    weights,
    minlength = 0,
    length,
  } = resolveArgs<BincountOptions>("bincount", rest, ["weights", "minlength"], ["length"]);
  const a = asArray(x, "bincount");
  if (!isInteger(a.dtype) && a.dtype !== "bool")
    throw new DTypeError(`bincount: expected an integer array; got ${a.dtype}.`);
  if (a.ndim !== 1)
    throw new ShapeError(`bincount: expected one dimension; got shape ${shapeString(a.shape)}.`);
  const at = lax.max(lax.convertElementType(a, "int32"), 0);
  const size = length ?? Math.max(minlength, knownMax(at) + 1);
  const w =
    weights === null || weights === undefined ? lax.full(a.shape, 1, "int32") : asArray(weights, "bincount");
  if (w.ndim !== 1 || w.size !== a.size)
    throw new ShapeError("bincount: there must be one weight for each element.");
  return addAt(size, at, w);
}

function knownMax(x: NDArray): number {
  if (x.size === 0) return -1;
  const top = lax.reduceMax(x, [0]);
  if (top instanceof ConcreteArray) return Number(top.item());
  throw new ArgumentError(
    "bincount: the length of the result is not known for traced arrays; pass { length }.",
  );
}

type Range = readonly [ArrayLike, ArrayLike] | NDArray | null;

export interface HistogramOptions {
  /** The number of bins, or their edges. */
  readonly bins?: ArrayLike;
  readonly range?: Range;
  readonly weights?: ArrayLike | null;
  readonly density?: boolean | null;
}

const bound = (r: Exclude<Range, null>, i: 0 | 1, where: string): NDArray =>
  r instanceof NDArray ? lax.indexInDim(r, i, 0, false) : asArray(r[i], where);

function edgesOf(where: string, a: NDArray, bins: ArrayLike, limits: Range | undefined): NDArray {
  const given = asArray(bins, where);
  if (given.ndim === 1) return given;
  if (given.ndim !== 0 || !(given instanceof ConcreteArray))
    throw new ArgumentError(`${where}: bins must be a known number or a vector of edges.`);
  const dtype = isInexact(a.dtype) ? a.dtype : defaultFloat();
  const x = lax.convertElementType(lax.reshape(a, [a.size]), dtype);
  const empty = a.size === 0;
  const fit = (v: NDArray): NDArray => asDType(v, dtype, false, where);
  const lo = limits ? fit(bound(limits, 0, where)) : empty ? lax.full([], 0, dtype) : lax.reduceMin(x, [0]);
  const hi = limits ? fit(bound(limits, 1, where)) : empty ? lax.full([], 1, dtype) : lax.reduceMax(x, [0]);
  const flat = lax.eq(hi, lo);
  return linspace(
    lax.select(flat, lax.sub(lo, 0.5), lo),
    lax.select(flat, lax.add(hi, 0.5), hi),
    Number(given.item()) + 1,
    { dtype },
  );
}

const positional = ["bins", "range", "weights", "density"] as const;
type HistogramRest = Rest<
  [bins: ArrayLike, range: Range, weights: ArrayLike | null, density: boolean | null],
  HistogramOptions
>;

/** The edges of the bins that `histogram` would use. */
export function histogramBinEdges(
  a: ArrayLike,
  ...rest: Rest<[bins: ArrayLike, range: Range, weights: ArrayLike | null], Omit<HistogramOptions, "density">>
): NDArray {
  const o = resolveArgs<HistogramOptions>("histogramBinEdges", rest, ["bins", "range", "weights"]);
  return edgesOf("histogramBinEdges", asArray(a, "histogramBinEdges"), o.bins ?? 10, o.range);
}

/** How many elements (or what weight) fall into each bin, and the edges of the bins. The last bin is closed. */
export function histogram(a: ArrayLike, ...rest: HistogramRest): [counts: NDArray, binEdges: NDArray] {
  const o = resolveArgs<HistogramOptions>("histogram", rest, positional);
  const given = asArray(a, "histogram");
  const weights = o.weights ?? null;
  if (weights !== null && asArray(weights, "histogram").size !== given.size)
    throw new ShapeError("histogram: there must be one weight for each element.");
  const x = inexact("histogram", lax.reshape(given, [given.size]));
  const w = weights === null ? lax.full(x.shape, 1, x.dtype) : asArray(weights, "histogram");
  const edges = inexact("histogram", edgesOf("histogram", x, o.bins ?? 10, o.range));
  const n = edges.size;
  const found = searchsorted(edges, x, "right");
  const isLast = lax.eq(x, lax.convertElementType(lax.indexInDim(edges, -1, 0, false), x.dtype));
  const at = lax.select(isLast, n - 1, found);
  const counts = lax.sliceInDim(addAt(n, at, lax.reshape(w, [x.size])), 1, n);
  if (o.density !== true) return [counts, edges];
  const widths = lax.sub(lax.sliceInDim(edges, 1, n), lax.sliceInDim(edges, 0, n - 1));
  const total = lax.reduceSum(counts, [0]);
  return [lax.div(lax.div(counts, lax.convertElementType(widths, counts.dtype)), total), edges];
}

/** Bins of several axes: one number for all, or a number or edges for each. */
type ManyBins = ArrayLike | readonly ArrayLike[];

export interface HistogramddOptions {
  readonly bins?: ManyBins;
  readonly range?: readonly Range[] | null;
  readonly weights?: ArrayLike | null;
  readonly density?: boolean | null;
}

type ManyRest = Rest<
  [bins: ManyBins, range: readonly Range[] | null, weights: ArrayLike | null, density: boolean | null],
  HistogramddOptions
>;

const isList = (x: unknown): x is readonly ArrayLike[] => Array.isArray(x);

/** Histogram of points, the rows of `sample`, over as many axes as it has columns; and the edges for each axis. */
export function histogramdd(sample: ArrayLike, ...rest: ManyRest): [counts: NDArray, binEdges: NDArray[]] {
  const o = resolveArgs<HistogramddOptions>("histogramdd", rest, positional);
  const x = inexact("histogramdd", sample);
  if (x.ndim !== 2)
    throw new ShapeError(`histogramdd: expected points as rows; got shape ${shapeString(x.shape)}.`);
  const axes = x.shape[1];
  const { bins = 10 } = o;
  if (isList(bins) && bins.length !== axes)
    throw new ArgumentError(`histogramdd: bins for ${bins.length} axes; the points have ${axes}.`);
  const columns = range(axes).map((i) => lax.indexInDim(x, i, 1, false));
  const edges = columns.map((c, i) => edgesOf("histogramdd", c, isList(bins) ? bins[i] : bins, o.range?.[i]));
  const places = columns.map((c, i) => {
    const found = searchsorted(edges[i], c, "right");
    const isLast = lax.eq(c, lax.convertElementType(lax.indexInDim(edges[i], -1, 0, false), c.dtype));
    return lax.select(isLast, lax.sub(found, 1), found);
  });
  const sizes = edges.map((e) => e.size + 1);
  const flat = ravelMultiIndex(places, sizes, { mode: "clip" });
  const all = lax.reshape(bincount(flat, { weights: o.weights, length: prod(sizes) }), sizes);
  const counts = lax.slice(
    all,
    sizes.map(() => 1),
    sizes.map((d) => d - 1),
  );
  if (o.density !== true) return [counts, edges];
  let density = lax.convertElementType(counts, x.dtype);
  density = lax.div(density, lax.reduceSum(density, range(axes)));
  edges.forEach((e, i) => {
    const widths = lax.sub(lax.sliceInDim(e, 1, e.size), lax.sliceInDim(e, 0, e.size - 1));
    density = lax.div(
      density,
      lax.broadcastInDim(lax.convertElementType(widths, x.dtype), density.shape, [i]),
    );
  });
  return [density, edges];
}

/** Histogram of the points (x, y), and the edges along both axes. */
export function histogram2d(
  x: ArrayLike,
  y: ArrayLike,
  ...rest: ManyRest
): [counts: NDArray, xEdges: NDArray, yEdges: NDArray] {
  const o = resolveArgs<HistogramddOptions>("histogram2d", rest, positional);
  const column = (v: ArrayLike): NDArray => {
    const a = inexact("histogram2d", v);
    return lax.reshape(a, [a.size, 1]);
  };
  const b = o.bins;
  const single = b instanceof NDArray && b.ndim === 1 ? [b, b] : b;
  const [u, v] = [column(x), column(y)];
  if (u.size !== v.size) throw new ShapeError("histogram2d: x and y must have one size.");
  const [counts, [xEdges, yEdges]] = histogramdd(lax.concatenate([u, v], 1), { ...o, bins: single });
  return [counts, xEdges, yEdges];
}

type BitOrder = "big" | "little";

function checkOrder(where: string, bitorder: BitOrder): void {
  if (bitorder !== "big" && bitorder !== "little")
    throw new ArgumentError(`${where}: unknown bitorder '${String(bitorder)}'; expected "big" or "little".`);
}

/** For each of 8 bits its shift, in the order they are stored. */
const shifts = (bitorder: BitOrder): NDArray =>
  asArray(Uint8Array.from(range(8).map((i) => (bitorder === "big" ? 7 - i : i))), "bits");

interface PackOptions {
  readonly axis?: number | null;
  readonly bitorder?: BitOrder;
}

/** Eight elements (0, or 1 if not 0) along an axis to each byte, the end filled with 0. */
export function packbits(
  a: ArrayLike,
  ...rest: Rest<[axis: number | null, bitorder: BitOrder], PackOptions>
): NDArray {
  const { axis = null, bitorder = "big" } = resolveArgs<PackOptions>("packbits", rest, ["axis", "bitorder"]);
  checkOrder("packbits", bitorder);
  const given = asArray(a, "packbits");
  if (isInexact(given.dtype))
    throw new DTypeError(`packbits: expected an integer or bool array; got ${given.dtype}.`);
  const x = axis === null ? lax.reshape(given, [given.size]) : given;
  const k = canonicalAxis(axis ?? 0, x.ndim, "packbits");
  const bits = lax.convertElementType(lax.ne(x, 0), "uint8");
  const bytes = Math.ceil(x.shape[k] / 8);
  const padded = lax.pad(
    bits,
    0,
    x.shape.map((d, i): lax.PadConfig => (i === k ? [0, bytes * 8 - d, 0] : [0, 0, 0])),
  );
  const shape = [...x.shape.slice(0, k), bytes, 8, ...x.shape.slice(k + 1)];
  const shifted = lax.shiftLeft(
    lax.reshape(padded, shape),
    lax.broadcastInDim(shifts(bitorder), shape, [k + 1]),
  );
  return lax.reduceSum(shifted, [k + 1]);
}

interface UnpackOptions extends PackOptions {
  /** How many bits to return; negative: how many to leave out at the end. */
  readonly count?: number | null;
}

/** The bits of bytes along an axis, as uint8. */
export function unpackbits(
  a: ArrayLike,
  ...rest: Rest<[axis: number | null, count: number | null, bitorder: BitOrder], UnpackOptions>
): NDArray {
  const options = resolveArgs<UnpackOptions>("unpackbits", rest, ["axis", "count", "bitorder"]);
  const { axis = null, bitorder = "big" } = options;
  checkOrder("unpackbits", bitorder);
  const given = asArray(a, "unpackbits");
  if (given.dtype !== "uint8")
    throw new DTypeError(`unpackbits: expected a uint8 array; got ${given.dtype}.`);
  const x = axis === null ? lax.reshape(given, [given.size]) : given;
  const k = canonicalAxis(axis ?? 0, x.ndim, "unpackbits");
  const shape = [...x.shape.slice(0, k + 1), 8, ...x.shape.slice(k + 1)];
  const wide = lax.broadcastInDim(
    x,
    shape,
    range(x.ndim).map((i) => (i <= k ? i : i + 1)),
  );
  const bits = lax.bitwiseAnd(
    lax.shiftRightLogical(wide, lax.broadcastInDim(shifts(bitorder), shape, [k + 1])),
    1,
  );
  const total = x.shape[k] * 8;
  const out = lax.reshape(
    bits,
    x.shape.map((d, i) => (i === k ? total : d)),
  );
  const count = options.count ?? total;
  const n = count < 0 ? Math.max(0, total + count) : count;
  if (n <= total) return lax.sliceInDim(out, 0, n, 1, k);
  return lax.pad(
    out,
    0,
    out.shape.map((_, i): lax.PadConfig => (i === k ? [0, n - total, 0] : [0, 0, 0])),
  );
}
