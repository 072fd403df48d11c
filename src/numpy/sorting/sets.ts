/**
 * @file Sets as sorted arrays: unique, unions, intersections, differences, membership.
 *
 * The number of distinct values depends on the data. Concrete arrays give just those; `size` fixes the length, so that
 * traced arrays work too. Source: jax.numpy's set operations, whose padding is followed.
 */
import type { ArrayLike, NDArray } from "../../core/array.ts";
import { isInexact } from "../../dtypes/dtype.ts";
import { canonicalAxis } from "../../dtypes/shape.ts";
import { ArgumentError } from "../../base/errors.ts";
import { asArray, asDType, promote } from "../../lax/operands/convert.ts";
import * as lax from "../../lax/index.ts";
import { prod, range } from "../../base/util.ts";
import { type Rest, resolveArgs } from "../operands/args.ts";
import { hostData } from "../indexing/parse.ts";
import { index } from "../indexing/indexing.ts";
import { concatenate } from "../shapes/joining.ts";
import { moveaxis } from "../shapes/manipulation.ts";
import { countTrue, nonzero, truePositions } from "../indexing/nonzero.ts";
import { searchsorted } from "./sorting.ts";
import { take } from "../indexing/take.ts";

export interface SizeOptions {
  /** The length of the result. */
  readonly size?: number | null;
  /** What fills a result that is longer than there are values; by default the smallest of them. */
  readonly fillValue?: ArrayLike | null;
}

export interface UniqueOptions extends SizeOptions {
  readonly returnIndex?: boolean;
  readonly returnInverse?: boolean;
  readonly returnCounts?: boolean;
  readonly axis?: number | null;
  /** Whether NaNs count as equal. */
  readonly equalNan?: boolean;
  /** Accepted as in NumPy; results are always sorted. */
  readonly sorted?: boolean;
}

const flat = (x: NDArray): NDArray => lax.reshape(x, [x.size]);

interface Sorted {
  /** Rows in order, [n, width]. */
  readonly rows: NDArray;
  /** True at the first of equal rows. */
  readonly first: NDArray;
  readonly permutation: NDArray;
}

function sortRows(rows: NDArray, equalNan: boolean): Sorted {
  const [n, width] = rows.shape;
  const columns = range(width).map((i) => lax.indexInDim(rows, i, 1, false));
  const ordered = lax.sort([...columns, lax.iota("int32", n)], { dimension: 0, numKeys: width });
  const sorted = lax.concatenate(
    ordered.slice(0, width).map((c) => lax.expandDims(c, [1])),
    1,
  );
  const [before, after] = [lax.sliceInDim(sorted, 0, n - 1), lax.sliceInDim(sorted, 1, n)];
  let differ = lax.ne(after, before);
  if (equalNan && isInexact(rows.dtype)) {
    const bothNan = lax.bitwiseAnd(lax.ne(after, after), lax.ne(before, before));
    differ = lax.bitwiseAnd(differ, lax.bitwiseNot(bothNan));
  }
  const first = lax.concatenate([lax.full([1], true, "bool"), lax.reduceOr(differ, [1])], 0);
  return { rows: sorted, first, permutation: ordered[width] };
}

/** The places of the first of equal rows: all of them, or so many (0 where there are no more). */
function firstPlaces(name: string, first: NDArray, size: number | null | undefined): NDArray {
  if (size !== null && size !== undefined) {
    const at = truePositions(first, size);
    return lax.select(lax.lt(lax.iota("int32", size), countTrue(first)), at, 0);
  }
  if (hostData(first) === null) {
    throw new ArgumentError(
      `${name}: how many distinct values a traced array has is not known; pass { size } to fix the length.`,
    );
  }
  return nonzero(first)[0];
}

interface UniqueParts {
  readonly values: NDArray;
  readonly index: NDArray;
  readonly inverse: NDArray;
  readonly counts: NDArray;
  /** How many distinct values there are, whatever the length of the result. */
  readonly total: NDArray;
}

function emptyParts(
  x: NDArray,
  size: number | null | undefined,
  fillValue: ArrayLike | null | undefined,
): UniqueParts {
  const n = size ?? 0;
  if (n > 0 && (fillValue === null || fillValue === undefined))
    throw new ArgumentError("unique: an empty array has no value to fill with; pass { fillValue }.");
  const none = lax.full([n], 0, "int32");
  const values = lax.full([n, ...x.shape.slice(1)], fillValue ?? 0, x.dtype);
  return {
    values,
    index: none,
    inverse: lax.full([0], 0, "int32"),
    counts: none,
    total: lax.full([], 0, "int32"),
  };
}

/** Distinct parts of x along axis 0. */
function distinct(name: string, x: NDArray, { size, fillValue, equalNan }: UniqueOptions): UniqueParts {
  const [n, ...rest] = x.shape;
  if (n === 0 || prod(rest) === 0) return emptyParts(x, size, fillValue);
  const { rows, first, permutation } = sortRows(lax.reshape(x, [n, prod(rest)]), equalNan ?? true);
  const places = firstPlaces(name, first, size);
  const length = places.size;
  let values = take(rows, places, { axis: 0, mode: "clip" });
  const total = countTrue(first);
  const valid = lax.lt(lax.iota("int32", length), total);
  if (fillValue !== null && fillValue !== undefined) {
    const fill = asDType(fillValue, x.dtype, false, name);
    values = lax.select(lax.broadcastInDim(valid, values.shape, [0]), values, fill);
  }
  const group = lax.sub(lax.cumsum(lax.convertElementType(first, "int32"), 0), 1);
  const [, inverse] = lax.sortKeyVal(permutation, group, 0);
  const starts = truePositions(first, length + 1);
  return {
    values: lax.reshape(values, [length, ...rest]),
    index: take(permutation, places, { mode: "clip" }),
    inverse,
    counts: lax.sub(lax.sliceInDim(starts, 1, length + 1), lax.sliceInDim(starts, 0, length)),
    total,
  };
}

/**
 * The distinct values in increasing order, or distinct parts along an axis; with them, as asked for, the places of
 * their first occurrences, the place of each element among them, and how often they occur (then the result is a list).
 * @throws ArgumentError for a traced array without `size`
 */
export function unique(
  ar: ArrayLike,
  ...rest: Rest<
    [returnIndex: boolean, returnInverse: boolean, returnCounts: boolean, axis: number | null],
    UniqueOptions
  >
): NDArray | NDArray[] {
  const options = resolveArgs<UniqueOptions>(
    "unique",
    rest,
    ["returnIndex", "returnInverse", "returnCounts", "axis"],
    ["equalNan", "size", "fillValue", "sorted"],
  );
  const axis = options.axis ?? null;
  const given = asArray(ar, "unique");
  const x = axis === null ? flat(given) : moveaxis(given, canonicalAxis(axis, given.ndim, "unique"), 0);
  const parts = distinct("unique", x, options);
  const out = [axis === null ? parts.values : moveaxis(parts.values, 0, axis)];
  if (options.returnIndex === true) out.push(parts.index);
  if (options.returnInverse === true)
    out.push(axis === null ? lax.reshape(parts.inverse, given.shape) : parts.inverse);
  if (options.returnCounts === true) out.push(parts.counts);
  return out.length === 1 ? out[0] : out;
}

const sizeArgs = (name: string, rest: [] | [SizeOptions | undefined]): SizeOptions =>
  resolveArgs<SizeOptions>(name, rest, [], ["size", "fillValue"]);

/** The distinct values. NaNs count as different. */
export function uniqueValues(x: ArrayLike, ...rest: [] | [options: SizeOptions | undefined]): NDArray {
  return unique(x, { ...sizeArgs("uniqueValues", rest), equalNan: false }) as NDArray;
}

/** The distinct values, and how often each occurs. */
export function uniqueCounts(
  x: ArrayLike,
  ...rest: [] | [options: SizeOptions | undefined]
): [values: NDArray, counts: NDArray] {
  const options = { ...sizeArgs("uniqueCounts", rest), returnCounts: true, equalNan: false };
  return unique(x, options) as [NDArray, NDArray];
}

/** The distinct values, and the place of each element among them. */
export function uniqueInverse(
  x: ArrayLike,
  ...rest: [] | [options: SizeOptions | undefined]
): [values: NDArray, inverse: NDArray] {
  const options = { ...sizeArgs("uniqueInverse", rest), returnInverse: true, equalNan: false };
  return unique(x, options) as [NDArray, NDArray];
}

/** The distinct values, where they first occur, the place of each element among them, and how often they occur. */
export function uniqueAll(
  x: ArrayLike,
  ...rest: [] | [options: SizeOptions | undefined]
): [values: NDArray, indices: NDArray, inverse: NDArray, counts: NDArray] {
  const all = { returnIndex: true, returnInverse: true, returnCounts: true, equalNan: false };
  return unique(x, { ...sizeArgs("uniqueAll", rest), ...all }) as [NDArray, NDArray, NDArray, NDArray];
}

/** The distinct values of two arrays together. */
export function union1d(
  ar1: ArrayLike,
  ar2: ArrayLike,
  ...rest: [] | [options: SizeOptions | undefined]
): NDArray {
  const options = sizeArgs("union1d", rest);
  return unique(concatenate([ar1, ar2], null), options) as NDArray;
}

export interface IsinOptions {
  readonly assumeUnique?: boolean;
  /** The opposite answer. */
  readonly invert?: boolean;
  readonly method?: "auto" | "compare_all" | "binary_search" | "sort";
}

/** Two arrays compare all elements up to this many; beyond, the test elements are sorted and searched. */
const compareAllLimit = 65536;

function member(element: ArrayLike, tests: ArrayLike, method: IsinOptions["method"]): NDArray {
  const [x, t] = promote("isin", element, tests);
  if (x.size === 0 || t.size === 0) return lax.full(x.shape, false, "bool");
  const all = method === "compare_all" || (method !== "binary_search" && x.size * t.size <= compareAllLimit);
  if (all) {
    const shape = [x.size, t.size];
    const equal = lax.eq(lax.broadcastInDim(flat(x), shape, [0]), lax.broadcastInDim(flat(t), shape, [1]));
    return lax.reshape(lax.reduceOr(equal, [1]), x.shape);
  }
  const sorted = lax.sort(flat(t));
  return lax.eq(x, take(sorted, searchsorted(sorted, x), { mode: "clip" }));
}

/** For each element whether it is among the test elements. */
export function isin(
  element: ArrayLike,
  testElements: ArrayLike,
  ...rest: Rest<[assumeUnique: boolean, invert: boolean], IsinOptions>
): NDArray {
  const { invert, method } = resolveArgs<IsinOptions>("isin", rest, ["assumeUnique", "invert"], ["method"]);
  const found = member(element, testElements, method);
  return invert === true ? lax.bitwiseNot(found) : found;
}

interface SetOptions extends SizeOptions {
  /** A promise that neither array holds a value twice. */
  readonly assumeUnique?: boolean;
}

/** The elements of a flat array where a mask is true: all of them, or `size` of them, filled up. */
function picked(
  name: string,
  x: NDArray,
  mask: NDArray,
  { size, fillValue }: SizeOptions,
  otherwise: "zero" | "least",
): NDArray {
  if (size === null || size === undefined) {
    if (hostData(mask) === null)
      throw new ArgumentError(
        `${name}: the length of the result is not known for traced arrays; pass { size }.`,
      );
    return index(x, [mask]);
  }
  if (x.size === 0) return lax.full([size], fillValue ?? 0, x.dtype);
  const values = take(x, truePositions(mask, size), { mode: "clip" });
  const valid = lax.lt(lax.iota("int32", size), countTrue(mask));
  if (fillValue !== null && fillValue !== undefined)
    return lax.select(valid, values, asDType(fillValue, x.dtype, false, name));
  if (otherwise === "zero" || size === 0) return lax.select(valid, values, 0);
  const some = lax.select(valid, values, 0);
  const high = lax.select(valid, values, lax.reduceMax(some, [0]));
  return lax.select(valid, values, lax.reduceMin(high, [0]));
}

/** Distinct values in front, and which places hold one. */
function sized(x: NDArray, assumeUnique: boolean | undefined): [NDArray, NDArray] {
  if (assumeUnique === true || x.size === 0) return [x, lax.full([x.size], true, "bool")];
  const { values, total } = distinct("unique", x, { size: x.size });
  return [values, lax.lt(lax.iota("int32", x.size), total)];
}

/** The distinct values of the first array that are not in the second. */
export function setdiff1d(
  ar1: ArrayLike,
  ar2: ArrayLike,
  ...rest: Rest<[assumeUnique: boolean], SetOptions>
): NDArray {
  const options = resolveArgs<SetOptions>("setdiff1d", rest, ["assumeUnique"], ["size", "fillValue"]);
  const [values, present] = sized(flat(asArray(ar1, "setdiff1d")), options.assumeUnique);
  const mask = lax.bitwiseAnd(present, lax.bitwiseNot(member(values, ar2, "auto")));
  return picked("setdiff1d", values, mask, options, "zero");
}

/** Sorted values of both arrays, each once per array, those that do not count at the end; and the origin of each. */
function merged(
  a: ArrayLike,
  b: ArrayLike,
  where: string,
  options: SetOptions,
): { values: NDArray; present: NDArray; from: NDArray } {
  const [x, y] = promote(where, flat(asArray(a, where)), flat(asArray(b, where)));
  const [u, inU] = sized(x, options.assumeUnique);
  const [v, inV] = sized(y, options.assumeUnique);
  const absent = lax.bitwiseNot(lax.concatenate([inU, inV], 0));
  const all = lax.concatenate([u, v], 0);
  const from = lax.iota("int32", all.size);
  const [gone, values, origin] = lax.sort([absent, all, from], { dimension: 0, numKeys: 2 });
  return { values, present: lax.bitwiseNot(gone), from: origin };
}

/** Whether each place holds the same value as the next one. */
function sameAsNext(values: NDArray, present: NDArray): NDArray {
  const n = values.size;
  const equal = lax.eq(lax.sliceInDim(values, 0, n - 1), lax.sliceInDim(values, 1, n));
  return lax.bitwiseAnd(equal, lax.sliceInDim(present, 1, n));
}

/** The distinct values that are in just one of two arrays. */
export function setxor1d(
  ar1: ArrayLike,
  ar2: ArrayLike,
  ...rest: Rest<[assumeUnique: boolean], SetOptions>
): NDArray {
  const options = resolveArgs<SetOptions>("setxor1d", rest, ["assumeUnique"], ["size", "fillValue"]);
  const { values, present } = merged(ar1, ar2, "setxor1d", options);
  if (values.size === 0) return lax.full([options.size ?? 0], options.fillValue ?? 0, values.dtype);
  const same = sameAsNext(values, present);
  const no = lax.full([1], false, "bool");
  const twice = lax.bitwiseOr(lax.concatenate([same, no], 0), lax.concatenate([no, same], 0));
  return picked("setxor1d", values, lax.bitwiseAnd(present, lax.bitwiseNot(twice)), options, "least");
}

interface IntersectOptions extends SetOptions {
  readonly returnIndices?: boolean;
}

/** The distinct values that are in both arrays; with `returnIndices` also where each first occurs in them. */
export function intersect1d(
  ar1: ArrayLike,
  ar2: ArrayLike,
  ...rest: Rest<[assumeUnique: boolean, returnIndices: boolean], IntersectOptions>
): NDArray | NDArray[] {
  const options = resolveArgs<IntersectOptions>(
    "intersect1d",
    rest,
    ["assumeUnique", "returnIndices"],
    ["size", "fillValue"],
  );
  const { values, present } = merged(ar1, ar2, "intersect1d", options);
  if (values.size === 0) {
    const none = lax.full([options.size ?? 0], options.fillValue ?? 0, values.dtype);
    return options.returnIndices === true ? [none, none, none] : none;
  }
  const no = lax.full([1], false, "bool");
  const mask = lax.concatenate([sameAsNext(values, present), no], 0);
  const out = picked("intersect1d", values, mask, options, "least");
  if (options.returnIndices !== true) return out;
  const valid = lax.lt(lax.iota("int32", out.size), countTrue(mask));
  return [out, firstIn(ar1, out, valid), firstIn(ar2, out, valid)];
}

/** Where each value first occurs in an array; its size for places that hold no value. */
function firstIn(ar: ArrayLike, values: NDArray, valid: NDArray): NDArray {
  const x = flat(asArray(ar, "intersect1d"));
  if (x.size === 0 || values.size === 0) return lax.full(values.shape, x.size, "int32");
  const [sorted, places] = lax.sortKeyVal(x, lax.iota("int32", x.size), 0);
  const at = take(places, searchsorted(sorted, values), { mode: "clip" });
  return lax.select(valid, at, x.size);
}
