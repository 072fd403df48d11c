/** @file The distinct values of an array: unique and its kin. */
import type { ArrayLike, NDArray } from "../../core/array.ts";
import { canonicalAxis } from "../../dtypes/shape.ts";
import { asArray } from "../../lax/operands/convert.ts";
import * as lax from "../../lax/plain.ts";
import { type RestOf, define } from "../../arguments/declare.ts";
import { type OptionsOf, param } from "../../arguments/parameters.ts";
import * as p from "../operands/parameters.ts";
import { flatten } from "../operands/shapes.ts";
import { moveaxis } from "../shapes/manipulation.ts";
import { type UniqueParts, distinct, sizeParams } from "./distinct.ts";

/** Options of the functions whose results have a length that depends on values. */
export type SizeOptions = OptionsOf<typeof sizeParams>;

const uniqueParams = [
  param<[returnIndex: boolean]>()("returnIndex", false),
  param<[returnInverse: boolean]>()("returnInverse", false),
  param<[returnCounts: boolean]>()("returnCounts", false),
  p.oneAxis,
] as const;
const uniqueNamed = [
  /** Whether NaNs count as equal. */
  param<[equalNan: boolean]>()("equalNan", true),
  ...sizeParams,
  /** Accepted as in NumPy; results are always sorted. */
  param<[sorted: boolean]>()("sorted", true),
] as const;
/** Options of `unique`. */
export type UniqueOptions = OptionsOf<[...typeof uniqueParams, ...typeof uniqueNamed]>;

type Asked<O, K extends string> = O extends { readonly [k in K]: true } ? [NDArray] : [];

/** What `unique` gives: one array, or as many as are asked for. */
export interface Unique {
  (
    ar: ArrayLike,
    options?: UniqueOptions & {
      readonly returnIndex?: false | undefined;
      readonly returnInverse?: false | undefined;
      readonly returnCounts?: false | undefined;
    },
  ): NDArray;
  <
    const O extends UniqueOptions & {
      readonly returnIndex?: true | undefined;
      readonly returnInverse?: true | undefined;
      readonly returnCounts?: true | undefined;
    },
  >(
    ar: ArrayLike,
    options: O,
  ): [values: NDArray, ...Asked<O, "returnIndex">, ...Asked<O, "returnInverse">, ...Asked<O, "returnCounts">];
  (ar: ArrayLike, ...rest: RestOf<typeof uniqueParams, typeof uniqueNamed>): NDArray | NDArray[];
}

/**
 * The distinct values in increasing order, or distinct parts along an axis; with them, as asked for, the places of
 * their first occurrences, the place of each element among them, and how often they occur (then the result is a list).
 * The derivative goes to the first occurrences.
 * @throws ArgumentError for a traced array without `size`
 * @see jax.numpy.unique
 * @example
 * np.unique(np.array([3, 1, 3])); // Array([1., 3.])
 */
export const unique: Unique = define(
  "unique",
  uniqueParams,
  uniqueNamed,
  (
    { returnIndex, returnInverse, returnCounts, axis, equalNan, ...sizes },
    ar: ArrayLike,
  ): NDArray | NDArray[] => {
    const array = asArray(ar, "unique");
    const x = axis === null ? flatten(array) : moveaxis(array, canonicalAxis(axis, array.ndim, "unique"), 0);
    const parts = distinct("unique", x, sizes, equalNan);
    const out = [axis === null ? parts.values : moveaxis(parts.values, 0, axis)];
    if (returnIndex) out.push(parts.index);
    if (returnInverse) out.push(axis === null ? lax.reshape(parts.inverse, array.shape) : parts.inverse);
    if (returnCounts) out.push(parts.counts);
    return out.length === 1 ? out[0] : out;
  },
) as Unique;

/** What of the distinct values of a flattened array is asked for, NaNs counting as different. */
const uniqueAs = <R>(name: string, result: (parts: UniqueParts, shape: readonly number[]) => R) =>
  define(name, [], sizeParams, (sizes, x: ArrayLike): R => {
    const array = asArray(x, "unique");
    return result(distinct("unique", flatten(array), sizes, false), array.shape);
  });

/**
 * The distinct values in increasing order. NaNs count as different.
 * @throws ArgumentError for a traced array without `size`
 * @see jax.numpy.unique_values
 * @example
 * np.uniqueValues(np.array([3, 1, 3])).js(); // [1, 3]
 */
export const uniqueValues = uniqueAs("uniqueValues", ({ values }) => values);

/**
 * The distinct values, and how often each occurs; see `uniqueValues`.
 * @throws ArgumentError for a traced array without `size`
 * @see jax.numpy.unique_counts
 * @example
 * np.uniqueCounts(np.array([3, 1, 3])).map((x) => x.js()); // [[1, 3], [1, 2]]
 */
export const uniqueCounts = uniqueAs(
  "uniqueCounts",
  ({ values, counts }): [values: NDArray, counts: NDArray] => [values, counts],
);

/**
 * The distinct values, and the place of each element among them; see `uniqueValues`.
 * @throws ArgumentError for a traced array without `size`
 * @see jax.numpy.unique_inverse
 * @example
 * np.uniqueInverse(np.array([3, 1, 3])).map((x) => x.js()); // [[1, 3], [1, 0, 1]]
 */
export const uniqueInverse = uniqueAs(
  "uniqueInverse",
  ({ values, inverse }, shape): [values: NDArray, inverse: NDArray] => [values, lax.reshape(inverse, shape)],
);

/**
 * The distinct values, where they first occur, the place of each element among them, and how often they occur; see
 * `uniqueValues`.
 * @throws ArgumentError for a traced array without `size`
 * @see jax.numpy.unique_all
 * @example
 * np.uniqueAll(np.array([3, 1, 3])).map((x) => x.js()); // [[1, 3], [1, 0], [1, 0, 1], [1, 2]]
 */
export const uniqueAll = uniqueAs(
  "uniqueAll",
  (
    { values, index, inverse, counts },
    shape,
  ): [values: NDArray, indices: NDArray, inverse: NDArray, counts: NDArray] => [
    values,
    index,
    lax.reshape(inverse, shape),
    counts,
  ],
);
