/**
 * @file Sorting and searching in sorted arrays.
 *
 * The order is total: NaN comes after every number. All sorts are stable; −0 and 0 are equal. Sorts are differentiable:
 * the derivative is permuted as the values are.
 */
import { refuseMore, show } from "../../base/checks.ts";
import { type ArrayLike, NDArray } from "../../core/array.ts";
import { isInexact } from "../../dtypes/dtype.ts";
import { canonicalAxis, shapeString } from "../../dtypes/shape.ts";
import { ArgumentError, ShapeError } from "../../base/errors.ts";
import { asArray, promote } from "../../lax/operands/convert.ts";
import * as lax from "../../lax/plain.ts";
import { arraysEqual, range } from "../../base/util.ts";
import { define } from "../../arguments/declare.ts";
import { type OptionsOf, given, param } from "../../arguments/parameters.ts";
import { takeAlong } from "../indexing/gather.ts";
import { take } from "../indexing/take.ts";
import * as order from "../operands/order.ts";
import * as p from "../operands/parameters.ts";
import { alongAxis, partsOf } from "../operands/shapes.ts";

/** The last axis by default; null for that of the flattened array. */
const axisParam = param<[axis: number | null]>()("axis", -1);
const sortNamed = [
  param<[kind: string | null]>()("kind", null),
  param<[order: null]>()("order", null),
  param<[stable: boolean]>()("stable", true),
  param<[descending: boolean]>()("descending", false),
] as const;
/** Options of `sort`. */
export type SortOptions = OptionsOf<[typeof axisParam, ...typeof sortNamed]>;
/** Options of `argsort`. */
export type ArgsortOptions = OptionsOf<[typeof axisParam, ...typeof sortNamed, typeof p.dtype]>;

/**
 * The elements in increasing (or, `descending`, decreasing) order along an axis (default: the last; null: of the flattened
 * array).
 * @see jax.numpy.sort
 * @example
 * np.sort(np.array([3, 1, 2]), { descending: true }).js(); // [3, 2, 1]
 */
export const sort = define("sort", [axisParam], sortNamed, ({ axis, descending }, a: ArrayLike) => {
  const [x, k] = alongAxis("sort", a, axis);
  const sorted = lax.sort(x, { dimension: k });
  return descending ? lax.rev(sorted, [k]) : sorted;
});

/**
 * Complex numbers sorted along the first axis, by real parts, then by imaginary ones; real ones become complex.
 * @see jax.numpy.sort_complex
 * @example
 * np.sortComplex(np.array([2, 1])); // Array([1.+0.j, 2.+0.j], dtype=complex128)
 */
export function sortComplex(a: ArrayLike, ...more: []): NDArray {
  refuseMore("sortComplex", 1, more);
  const x = asArray(a, "sortComplex");
  const sorted = lax.sort(x, { dimension: 0 });
  const single = ["float32", "float16", "bfloat16", "complex64"].includes(x.dtype);
  return lax.convertElementType(sorted, single ? "complex64" : "complex128");
}

/** The index of each element along an axis. */
const placesOf = (x: NDArray, k: number): NDArray => lax.broadcastedIota("int32", x.shape, k);

/**
 * The positions that would sort the elements along an axis; equal elements keep their order. They have no derivative.
 * @see jax.numpy.argsort
 * @example
 * np.argsort(np.array([3, 1, 2])).js(); // [1, 2, 0]
 */
export const argsort = define(
  "argsort",
  [axisParam],
  [...sortNamed, p.dtype],
  ({ axis, descending, dtype }, a: ArrayLike) => {
    const [x, k] = alongAxis("argsort", a, axis);
    const places = lax.broadcastedIota(dtype ?? "int32", x.shape, k);
    if (!descending) return lax.sortKeyVal(x, places, k)[1];
    // Sorted backwards and turned round, so that equal elements keep their order.
    return lax.rev(lax.sortKeyVal(lax.rev(x, [k]), lax.rev(places, [k]), k)[1], [k]);
  },
);

/**
 * The positions along an axis (the last) that would sort by several keys, the last key being the most significant.
 * @throws ArgumentError if there are no keys, ShapeError if their shapes differ
 * @see jax.numpy.lexsort
 * @example
 * np.lexsort([np.array([2, 1, 0]), np.array([1, 0, 1])]).js(); // [1, 2, 0]
 */
export const lexsort = define(
  "lexsort",
  [p.lastAxis],
  [],
  ({ axis }, keys: readonly ArrayLike[] | NDArray) => {
    const list = keys instanceof NDArray ? partsOf(keys) : keys.map((k) => asArray(k, "lexsort"));
    if (list.length === 0) throw new ArgumentError("lexsort: expected at least one key; got none.");
    const [first] = list;
    if (list.some((x) => !arraysEqual(x.shape, first.shape))) {
      throw new ShapeError(
        `lexsort: keys must have one shape; got ${list.map((x) => shapeString(x.shape)).join(", ")}.`,
      );
    }
    if (first.ndim === 0) return lax.full([], 0, "int32");
    const k = canonicalAxis(axis, first.ndim, "lexsort");
    const operands = [...[...list].reverse(), placesOf(first, k)];
    return lax.sort(operands, { dimension: k, numKeys: list.length })[list.length];
  },
);

const partitioner = (name: string, reorder: (x: NDArray, k: number) => NDArray) =>
  define(name, [given<[kth: number]>()("kth"), p.lastAxis], [], ({ kth, axis }, a: ArrayLike) => {
    const [x, k] = alongAxis(name, a, axis);
    canonicalAxis(kth, x.shape[k], `${name}: kth`);
    return reorder(x, k);
  });

/**
 * The elements along an axis (the last) reordered so that the one at `kth` is where sorting would put it, smaller ones
 * before it.
 * @throws ArgumentError for a `kth` out of range
 * @see jax.numpy.partition
 * @example
 * np.partition(np.array([3, 1, 2]), 1).js(); // [1, 2, 3]
 */
export const partition = partitioner("partition", (x, k) => lax.sort(x, { dimension: k }));

/**
 * The positions that would partition the elements; see `partition`. They have no derivative.
 * @throws ArgumentError for a `kth` out of range
 * @see jax.numpy.argpartition
 * @example
 * np.argpartition(np.array([3, 1, 2]), 1).js(); // [1, 2, 0]
 */
export const argpartition = partitioner("argpartition", (x, k) => lax.sortKeyVal(x, placesOf(x, k), k)[1]);

/** x before y in the total order of `sort`. */
function isBefore(x: NDArray, y: NDArray): NDArray {
  const less = order.lt(x, y);
  if (!isInexact(x.dtype)) return less;
  return lax.bitwiseOr(less, lax.bitwiseAnd(lax.eq(x, x), lax.ne(y, y)));
}

type Side = "left" | "right";

/** Whether an element belongs before a value that is put in before ("left") or behind ("right") equal ones. */
const belongsBefore = (element: NDArray, value: NDArray, side: Side): NDArray =>
  side === "left" ? isBefore(element, value) : lax.bitwiseNot(isBefore(value, element));

const searchParams = [
  param<[side: Side]>()("side", "left"),
  param<[sorter: ArrayLike | null]>()("sorter", null),
] as const;
/** How to search: a hint that any answer satisfies. */
const methodParam = param<[method: "scan" | "scan_unrolled" | "sort" | "compare_all" | null]>()(
  "method",
  null,
);
/** Options of `searchsorted`. */
export type SearchOptions = OptionsOf<[...typeof searchParams, typeof methodParam]>;

/** Arrays whose comparisons all fit in this many elements are searched by comparing everything. */
const compareAllLimit = 1024;

/**
 * Where the elements of `v` would have to be inserted in the sorted vector `a` to keep it sorted: before equal elements
 * ("left") or behind them ("right"); `sorter` are the positions that sort `a`, if it is not. No derivative.
 * @throws ArgumentError for an unknown side, ShapeError if `a` is no vector
 * @see jax.numpy.searchsorted
 * @example
 * np.searchsorted(np.array([1, 2, 2, 3]), 2, "right").item(); // 3
 */
export const searchsorted = define(
  "searchsorted",
  searchParams,
  [methodParam],
  ({ side, sorter, method }, a: ArrayLike, v: ArrayLike) => {
    if (side !== "left" && side !== "right") {
      throw new ArgumentError(`searchsorted: unknown side ${show(side)}; expected "left" or "right".`);
    }
    const [x, values] = promote("searchsorted", a, v);
    if (x.ndim !== 1) {
      throw new ShapeError(
        `searchsorted: the sorted array must have one dimension; got shape ${shapeString(x.shape)}.`,
      );
    }
    const sorted = sorter === null ? x : take(x, sorter);
    if (sorted.size === 0) return lax.full(values.shape, 0, "int32");
    const all = method === "compare_all" || sorted.size * values.size <= compareAllLimit;
    return all ? compareAll(sorted, values, side) : bisect(sorted, values, side);
  },
);

/** The number of elements that belong before each value. */
function compareAll(sorted: NDArray, values: NDArray, side: Side): NDArray {
  const shape = [...values.shape, sorted.size];
  const row = lax.broadcastInDim(sorted, shape, [values.ndim]);
  const column = lax.broadcastInDim(values, shape, range(values.ndim));
  const before = belongsBefore(row, column, side);
  return lax.reduceSum(lax.convertElementType(before, "int32"), [values.ndim]);
}

/** Halves, for all values at once, the range in which the place must be: from `low` up to `low` + `length`. */
function bisect(sorted: NDArray, values: NDArray, side: Side): NDArray {
  let low = lax.full(values.shape, 0, "int32");
  const halve = (half: number): void => {
    const element = takeAlong(sorted, lax.add(low, half - 1), 0, "promiseInBounds");
    low = lax.select(belongsBefore(element, values, side), lax.add(low, half), low);
  };
  let length = sorted.size;
  while (length > 1) {
    const half = Math.floor(length / 2);
    halve(half);
    length -= half;
  }
  halve(1);
  return low;
}

/** Whether the bins are closed on the right. */
const rightParam = param<[right: boolean]>()("right", false);
/** Options of `digitize`. */
export type DigitizeOptions = OptionsOf<[typeof rightParam, typeof methodParam]>;

/**
 * The number of the bin that each element falls into; `bins` is monotonic, `right` closes bins on the right. No derivative.
 * @throws ShapeError if `bins` is no vector
 * @see jax.numpy.digitize
 * @example
 * np.digitize(np.array([0.5, 1, 5]), np.array([0, 1, 2])).js(); // [1, 2, 3]
 */
export const digitize = define(
  "digitize",
  [rightParam],
  [methodParam],
  ({ right, method }, x: ArrayLike, bins: ArrayLike) => {
    const edges = asArray(bins, "digitize");
    const values = asArray(x, "digitize");
    if (edges.ndim !== 1) {
      throw new ShapeError(`digitize: bins must have one dimension; got shape ${shapeString(edges.shape)}.`);
    }
    if (edges.size === 0) return lax.full(values.shape, 0, "int32");
    const side = right ? "left" : "right";
    const increasing = order.ge(lax.indexInDim(edges, -1, 0, false), lax.indexInDim(edges, 0, 0, false));
    const sorted = lax.select(increasing, edges, lax.rev(edges, [0]));
    const at = searchsorted(sorted, values, { side, method });
    return lax.select(increasing, at, lax.sub(edges.size, at));
  },
);
