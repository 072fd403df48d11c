/**
 * @file Sorting and searching in sorted arrays.
 *
 * The order is total: NaN comes after every number. All sorts are stable; −0 and 0 are equal. Sorts are differentiable:
 * the derivative is permuted as the values are.
 */
import { type ArrayLike, NDArray } from "../../core/array.ts";
import { type DType, isInexact } from "../../dtypes/dtype.ts";
import { canonicalAxis, shapeString } from "../../dtypes/shape.ts";
import { ArgumentError, ShapeError } from "../../base/errors.ts";
import { asArray, promote } from "../../lax/operands/convert.ts";
import * as lax from "../../lax/index.ts";
import { type Rest, resolveArgs } from "../operands/args.ts";
import { type Given, given } from "../operands/given.ts";
import { take } from "../indexing/take.ts";

export interface SortOptions {
  readonly axis?: number | null;
  readonly kind?: string | null;
  readonly order?: null;
  readonly stable?: boolean;
  /** Largest first. */
  readonly descending?: boolean;
}

function alongAxis(name: string, a: ArrayLike, axis: number | null): [NDArray, number] {
  const x = asArray(a, name);
  const flat = axis === null ? lax.reshape(x, [x.size]) : x;
  return [flat, canonicalAxis(axis ?? 0, flat.ndim, name)];
}

/**
 * The elements in increasing order along an axis (default: the last; null: of the flattened array).
 * @example
 * np.sort(np.array([3, 1, 2]), { descending: true }).js(); // [3, 2, 1]
 */
export function sort(a: ArrayLike, ...rest: Rest<[axis: number | null], SortOptions>): NDArray {
  const options = resolveArgs<SortOptions>("sort", rest, ["axis"], ["kind", "order", "stable", "descending"]);
  const [x, k] = alongAxis("sort", a, options.axis === undefined ? -1 : options.axis);
  const sorted = lax.sort(x, { dimension: k });
  return options.descending === true ? lax.rev(sorted, [k]) : sorted;
}

/** Complex numbers sorted along the first axis, by real parts, then by imaginary ones. */
export function sortComplex(a: ArrayLike): NDArray {
  const x = asArray(a, "sortComplex");
  const sorted = lax.sort(x, { dimension: 0 });
  const single = ["float32", "float16", "bfloat16", "complex64"].includes(x.dtype);
  return lax.convertElementType(sorted, single ? "complex64" : "complex128");
}

export interface ArgsortOptions extends SortOptions {
  readonly dtype?: DType | null;
}

/** The positions that would sort the elements along an axis; equal elements keep their order. */
export function argsort(a: ArrayLike, ...rest: Rest<[axis: number | null], ArgsortOptions>): NDArray {
  const options = resolveArgs<ArgsortOptions>(
    "argsort",
    rest,
    ["axis"],
    ["kind", "order", "stable", "descending", "dtype"],
  );
  const [x, k] = alongAxis("argsort", a, options.axis === undefined ? -1 : options.axis);
  const places = lax.broadcastedIota(options.dtype ?? "int32", x.shape, k);
  if (options.descending !== true) return lax.sortKeyVal(x, places, k)[1];
  // Sorted backwards and turned round, so that equal elements keep their order.
  return lax.rev(lax.sortKeyVal(lax.rev(x, [k]), lax.rev(places, [k]), k)[1], [k]);
}

/** The positions that would sort by several keys, the last being the most significant. */
export function lexsort(
  keys: readonly ArrayLike[] | NDArray,
  ...rest: Rest<[axis: number], { axis?: number }>
): NDArray {
  const { axis = -1 } = resolveArgs<{ axis?: number }>("lexsort", rest, ["axis"]);
  const list =
    keys instanceof NDArray
      ? Array.from({ length: keys.shape[0] }, (_, i) => lax.indexInDim(keys, i, 0, false))
      : keys.map((k) => asArray(k, "lexsort"));
  if (list.length === 0) throw new ArgumentError("lexsort: expected at least one key; got none.");
  const [first] = list;
  if (list.some((x) => x.ndim !== first.ndim || x.shape.some((d, i) => d !== first.shape[i]))) {
    throw new ShapeError(
      `lexsort: keys must have one shape; got ${list.map((x) => shapeString(x.shape)).join(", ")}.`,
    );
  }
  if (first.ndim === 0) return lax.full([], 0, "int32");
  const k = canonicalAxis(axis, first.ndim, "lexsort");
  const places = lax.broadcastedIota("int32", first.shape, k);
  const sorted = lax.sort([...list].reverse().concat(places), { dimension: k, numKeys: list.length });
  return sorted[list.length];
}

type PartitionOptions = { kth?: number; axis?: number };

/** The elements reordered so that the one at `kth` is where sorting would put it, smaller ones before it. */
export function partition(
  a: ArrayLike,
  ...rest: Given<[kth: number, axis: number], PartitionOptions>
): NDArray {
  const options = resolveArgs<PartitionOptions>("partition", rest, ["kth", "axis"]);
  const { axis = -1 } = options;
  const kth = given("partition", "kth", options.kth);
  const [x, k] = alongAxis("partition", a, axis);
  canonicalAxis(kth, x.shape[k], "partition: kth");
  return lax.sort(x, { dimension: k });
}

/** The positions that would partition the elements; see `partition`. */
export function argpartition(
  a: ArrayLike,
  ...rest: Given<[kth: number, axis: number], PartitionOptions>
): NDArray {
  const options = resolveArgs<PartitionOptions>("argpartition", rest, ["kth", "axis"]);
  const { axis = -1 } = options;
  const kth = given("argpartition", "kth", options.kth);
  const [x, k] = alongAxis("argpartition", a, axis);
  canonicalAxis(kth, x.shape[k], "argpartition: kth");
  return lax.sortKeyVal(x, lax.broadcastedIota("int32", x.shape, k), k)[1];
}

/** x before y in the total order of `sort`. */
function isBefore(x: NDArray, y: NDArray): NDArray {
  const less = lax.lt(x, y);
  if (!isInexact(x.dtype)) return less;
  return lax.bitwiseOr(less, lax.bitwiseAnd(lax.eq(x, x), lax.ne(y, y)));
}

export interface SearchOptions {
  readonly side?: "left" | "right";
  readonly sorter?: ArrayLike | null;
  readonly method?: "scan" | "scan_unrolled" | "sort" | "compare_all" | null;
}

/** Arrays whose comparisons all fit in this many elements are searched by comparing everything. */
const compareAllLimit = 1024;

/**
 * Where the elements of `v` would have to be inserted in the sorted vector `a` to keep it sorted: before equal elements
 * ("left") or behind them ("right"). No derivative.
 */
export function searchsorted(
  a: ArrayLike,
  v: ArrayLike,
  ...rest: Rest<[side: "left" | "right", sorter: ArrayLike | null], SearchOptions>
): NDArray {
  const options = resolveArgs<SearchOptions>("searchsorted", rest, ["side", "sorter"], ["method"]);
  const { side = "left", sorter, method } = options;
  if (side !== "left" && side !== "right") {
    throw new ArgumentError(`searchsorted: unknown side '${String(side)}'; expected "left" or "right".`);
  }
  const [given, values] = promote("searchsorted", a, v);
  if (given.ndim !== 1) {
    throw new ShapeError(
      `searchsorted: the sorted array must have one dimension; got shape ${shapeString(given.shape)}.`,
    );
  }
  const sorted = sorter === null || sorter === undefined ? given : take(given, sorter);
  if (sorted.size === 0) return lax.full(values.shape, 0, "int32");
  const all = method === "compare_all" || sorted.size * values.size <= compareAllLimit;
  return all ? compareAll(sorted, values, side) : bisect(sorted, values, side);
}

/** The number of elements that belong before each value. */
function compareAll(sorted: NDArray, values: NDArray, side: "left" | "right"): NDArray {
  const shape = [...values.shape, sorted.size];
  const row = lax.broadcastInDim(sorted, shape, [values.ndim]);
  const column = lax.broadcastInDim(
    values,
    shape,
    values.shape.map((_, i) => i),
  );
  const before = side === "left" ? isBefore(row, column) : lax.bitwiseNot(isBefore(column, row));
  return lax.reduceSum(lax.convertElementType(before, "int32"), [values.ndim]);
}

/** Halves, for all values at once, the range in which the place must be. */
function bisect(sorted: NDArray, values: NDArray, side: "left" | "right"): NDArray {
  let low = lax.full(values.shape, 0, "int32");
  let high = lax.full(values.shape, sorted.size, "int32");
  for (let width = sorted.size; width > 0; width = Math.floor(width / 2)) {
    const middle = lax.div(lax.add(low, high), 2);
    const element = take(sorted, middle, { mode: "clip" });
    const before = side === "left" ? isBefore(element, values) : lax.bitwiseNot(isBefore(values, element));
    const right = lax.bitwiseAnd(before, lax.lt(low, high));
    low = lax.select(right, lax.add(middle, 1), low);
    high = lax.select(right, high, middle);
  }
  return low;
}

export interface DigitizeOptions {
  readonly right?: boolean;
  readonly method?: SearchOptions["method"];
}

/** The number of the bin that each element falls into; `bins` is monotonic, `right` closes bins on the right. */
export function digitize(
  x: ArrayLike,
  bins: ArrayLike,
  ...rest: Rest<[right: boolean], DigitizeOptions>
): NDArray {
  const { right = false, method } = resolveArgs<DigitizeOptions>("digitize", rest, ["right"], ["method"]);
  const edges = asArray(bins, "digitize");
  const values = asArray(x, "digitize");
  if (edges.ndim !== 1) {
    throw new ShapeError(`digitize: bins must have one dimension; got shape ${shapeString(edges.shape)}.`);
  }
  if (edges.size === 0) return lax.full(values.shape, 0, "int32");
  const side = right ? "left" : "right";
  const up = searchsorted(edges, values, { side, method });
  const down = searchsorted(lax.rev(edges, [0]), values, { side, method });
  const increasing = lax.ge(lax.indexInDim(edges, -1, 0, false), lax.indexInDim(edges, 0, 0, false));
  return lax.select(increasing, up, lax.sub(edges.size, down));
}
