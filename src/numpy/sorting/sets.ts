/**
 * @file Sets as sorted arrays: unions, intersections, differences, membership.
 *
 * The number of distinct values depends on the data. Concrete arrays give just those; `size` fixes the length, so that
 * traced arrays work too. Source: jax.numpy's set operations, whose padding is followed.
 */
import type { ArrayLike, NDArray } from "../../core/array.ts";
import { ArgumentError } from "../../base/errors.ts";
import { asArray, asDType, promote } from "../../lax/operands/convert.ts";
import * as lax from "../../lax/plain.ts";
import { type RestOf, define } from "../../arguments/declare.ts";
import { type OptionsOf, param } from "../../arguments/parameters.ts";
import { index } from "../indexing/indexing.ts";
import { filledMask, truePositions } from "../indexing/masks.ts";
import { hostData } from "../indexing/positions.ts";
import { pick } from "../indexing/gather.ts";
import { flatten } from "../operands/shapes.ts";
import { concatenate } from "../shapes/joining.ts";
import { searchsorted } from "./sorting.ts";
import { strong } from "../operands/promote.ts";
import { type Sizes, distinct, sizeParams } from "./distinct.ts";

/**
 * The distinct values of two arrays together, in increasing order.
 * @throws ArgumentError for traced arrays without `size`
 * @see jax.numpy.union1d
 * @example
 * np.union1d(np.array([1, 3]), np.array([2, 3])).js(); // [1, 2, 3]
 */
export const union1d = define("union1d", [], sizeParams, (sizes, ar1: ArrayLike, ar2: ArrayLike) => {
  const { values } = distinct("unique", concatenate([ar1, ar2], null), sizes);
  return values;
});

/** A promise that no array holds a value twice. */
const assumeUniqueParam = param<[assumeUnique: boolean]>()("assumeUnique", false);
const isinParams = [assumeUniqueParam, param<[invert: boolean]>()("invert", false)] as const;
/** How to compare: a hint that any answer satisfies. */
const methodParam = param<[method: "auto" | "compare_all" | "binary_search" | "sort"]>()("method", "auto");
/** Options of `isin`. */
export type IsinOptions = OptionsOf<[...typeof isinParams, typeof methodParam]>;

/** Two arrays compare all elements up to this many; beyond, the test elements are sorted and searched. */
const compareAllLimit = 65536;

function member(element: ArrayLike, tests: ArrayLike, method: IsinOptions["method"] = "auto"): NDArray {
  const [x, t] = promote("isin", element, tests);
  if (x.size === 0 || t.size === 0) return lax.full(x.shape, false, "bool");
  const all = method === "compare_all" || (method !== "binary_search" && x.size * t.size <= compareAllLimit);
  if (all) {
    const shape = [x.size, t.size];
    const row = lax.broadcastInDim(flatten(x), shape, [0]);
    const equal = lax.eq(row, lax.broadcastInDim(flatten(t), shape, [1]));
    return lax.reshape(lax.reduceOr(equal, [1]), x.shape);
  }
  const sorted = lax.sort(flatten(t));
  return lax.eq(x, pick(sorted, searchsorted(sorted, x)));
}

/**
 * Whether each element is among the test elements (`invert`: is not). No derivative.
 * @see jax.numpy.isin
 * @example
 * np.isin(np.array([1, 2, 3]), np.array([2])).js(); // [false, true, false]
 */
export const isin = define(
  "isin",
  isinParams,
  [methodParam],
  ({ invert, method }, element: ArrayLike, testElements: ArrayLike) => {
    const found = member(element, testElements, method);
    return strong(invert ? lax.bitwiseNot(found) : found);
  },
);

/** The elements of a flat array where a mask is true: all of them, or `size` of them, filled up. */
function picked(
  name: string,
  x: NDArray,
  mask: NDArray,
  { size, fillValue }: Sizes,
  otherwise: "zero" | "least",
): NDArray {
  if (size === null) {
    if (hostData(mask) === null)
      throw new ArgumentError(
        `${name}: the length of the result is not known for traced arrays; pass { size }.`,
      );
    return index(x, [mask]);
  }
  if (x.size === 0) return lax.full([size], fillValue ?? 0, x.dtype);
  const values = pick(x, truePositions(mask, size));
  const valid = filledMask(mask, size);
  if (fillValue !== null) return lax.select(valid, values, asDType(fillValue, x.dtype, false, name));
  const some = lax.select(valid, values, 0);
  if (otherwise === "zero" || size === 0) return some;
  const high = lax.select(valid, values, lax.reduceMax(some, [0]));
  return lax.select(valid, values, lax.reduceMin(high, [0]));
}

/** Distinct values in front, and which places hold one. */
function sized(x: NDArray, assumeUnique: boolean): [NDArray, NDArray] {
  if (assumeUnique || x.size === 0) return [x, lax.full([x.size], true, "bool")];
  const { values, total } = distinct("unique", x, { size: x.size, fillValue: null });
  return [values, lax.lt(lax.iota("int32", x.size), total)];
}

/**
 * The distinct values of the first array that are not in the second.
 * @throws ArgumentError for traced arrays without `size`
 * @see jax.numpy.setdiff1d
 * @example
 * np.setdiff1d(np.array([3, 1, 2]), np.array([2])).js(); // [1, 3]
 */
export const setdiff1d = define(
  "setdiff1d",
  [assumeUniqueParam],
  sizeParams,
  ({ assumeUnique, ...sizes }, ar1: ArrayLike, ar2: ArrayLike) => {
    const [values, present] = sized(flatten(asArray(ar1, "setdiff1d")), assumeUnique);
    const mask = lax.bitwiseAnd(present, lax.bitwiseNot(member(values, ar2)));
    return picked("setdiff1d", values, mask, sizes, "zero");
  },
);

interface Merged {
  /** Sorted values of both arrays, each once per array, those that do not count at the end. */
  readonly values: NDArray;
  /** Which of them count. */
  readonly present: NDArray;
}

function merged(a: ArrayLike, b: ArrayLike, where: string, assumeUnique: boolean): Merged {
  const [x, y] = promote(where, flatten(asArray(a, where)), flatten(asArray(b, where)));
  const [u, inU] = sized(x, assumeUnique);
  const [v, inV] = sized(y, assumeUnique);
  const absent = lax.bitwiseNot(lax.concatenate([inU, inV], 0));
  const all = lax.concatenate([u, v], 0);
  const [gone, values] = lax.sort([absent, all, lax.iota("int32", all.size)], { dimension: 0, numKeys: 2 });
  return { values, present: lax.bitwiseNot(gone) };
}

/** Whether each place holds the same value as the next one. */
function sameAsNext(values: NDArray, present: NDArray): NDArray {
  const n = values.size;
  const equal = lax.eq(lax.sliceInDim(values, 0, n - 1), lax.sliceInDim(values, 1, n));
  return lax.bitwiseAnd(equal, lax.sliceInDim(present, 1, n));
}

/**
 * The distinct values that are in just one of two arrays.
 * @throws ArgumentError for traced arrays without `size`
 * @see jax.numpy.setxor1d
 * @example
 * np.setxor1d(np.array([1, 2]), np.array([2, 3])).js(); // [1, 3]
 */
export const setxor1d = define(
  "setxor1d",
  [assumeUniqueParam],
  sizeParams,
  ({ assumeUnique, ...sizes }, ar1: ArrayLike, ar2: ArrayLike) => {
    const { values, present } = merged(ar1, ar2, "setxor1d", assumeUnique);
    if (values.size === 0) return lax.full([sizes.size ?? 0], sizes.fillValue ?? 0, values.dtype);
    const same = sameAsNext(values, present);
    const no = lax.full([1], false, "bool");
    const twice = lax.bitwiseOr(lax.concatenate([same, no], 0), lax.concatenate([no, same], 0));
    return picked("setxor1d", values, lax.bitwiseAnd(present, lax.bitwiseNot(twice)), sizes, "least");
  },
);

const intersectParams = [
  assumeUniqueParam,
  param<[returnIndices: boolean]>()("returnIndices", false),
] as const;
type IntersectOptions = OptionsOf<[...typeof intersectParams, ...typeof sizeParams]>;

/** What `intersect1d` gives: one array, or three where the places are asked for. */
export interface Intersect1d {
  (
    ar1: ArrayLike,
    ar2: ArrayLike,
    options?: IntersectOptions & { readonly returnIndices?: false | undefined },
  ): NDArray;
  (
    ar1: ArrayLike,
    ar2: ArrayLike,
    options: IntersectOptions & { readonly returnIndices: true },
  ): [values: NDArray, places1: NDArray, places2: NDArray];
  (
    ar1: ArrayLike,
    ar2: ArrayLike,
    ...rest: RestOf<typeof intersectParams, typeof sizeParams>
  ): NDArray | NDArray[];
}

/**
 * The distinct values that are in both arrays; with `returnIndices` also where each first occurs in them.
 * @throws ArgumentError for traced arrays without `size`
 * @see jax.numpy.intersect1d
 * @example
 * np.intersect1d(np.array([1, 2]), np.array([2, 3])); // Array([2.])
 */
export const intersect1d: Intersect1d = define(
  "intersect1d",
  intersectParams,
  sizeParams,
  ({ assumeUnique, returnIndices, ...sizes }, ar1: ArrayLike, ar2: ArrayLike): NDArray | NDArray[] => {
    const { values, present } = merged(ar1, ar2, "intersect1d", assumeUnique);
    if (values.size === 0) {
      const none = lax.full([sizes.size ?? 0], sizes.fillValue ?? 0, values.dtype);
      return returnIndices ? [none, none, none] : none;
    }
    const no = lax.full([1], false, "bool");
    const mask = lax.concatenate([sameAsNext(values, present), no], 0);
    const out = picked("intersect1d", values, mask, sizes, "least");
    if (!returnIndices) return out;
    const valid = filledMask(mask, out.size);
    return [out, firstIn(ar1, out, valid), firstIn(ar2, out, valid)];
  },
) as Intersect1d;

/** Where each value first occurs in an array; its size for places that hold no value. */
function firstIn(ar: ArrayLike, values: NDArray, valid: NDArray): NDArray {
  const x = flatten(asArray(ar, "intersect1d"));
  if (x.size === 0 || values.size === 0) return lax.full(values.shape, x.size, "int32");
  const [sorted, places] = lax.sortKeyVal(x, lax.iota("int32", x.size), 0);
  const at = pick(places, searchsorted(sorted, values));
  return lax.select(valid, at, x.size);
}
