/**
 * @file Sorting: several operands by the first `numKeys` of them, stably, along one axis; and what follows from it.
 *
 * Floats order as numbers with −0 equal to 0 and NaNs last (first when descending). Derivatives follow the permutation.
 */
import { show, refuseMore } from "../../base/checks.ts";
import { countParts, fromParts, partsOf } from "../../interpreters/complex.ts";
import type { ArrayLike, NDArray } from "../../core/array.ts";
import type { ArraysOf } from "../../core/tree-types.ts";
import { shaped } from "../../core/aval.ts";
import { type Primitive, definePrimitive, notLinear } from "../../core/primitive.ts";
import { canonicalAxis, replaceAt, shapeString } from "../../dtypes/shape.ts";
import { bind } from "../../core/trace.ts";
import { type Tangent, Zero, isZero } from "../../core/zero.ts";
import { ArgumentError, ShapeError, checkOptions } from "../../base/errors.ts";
import { axisBeside, batchAlong } from "../../interpreters/rules.ts";
import { asArray } from "../operands/convert.ts";
import { broadcastedIota } from "../shapes/creation.ts";
import { type SortParams, emitSort } from "./lower.ts";
import { takeAlong } from "../indexing/take.ts";

const sortP: Primitive<SortParams> = definePrimitive<SortParams>({
  name: "sort",
  kind: "opaque",
  abstractEval: (avals, { dimension, numKeys, first: wanted }) => {
    const [first] = avals;
    for (const a of avals) {
      if (a.ndim !== first.ndim || a.shape.some((d, i) => d !== first.shape[i])) {
        throw new ShapeError(
          `sort: operands must have one shape; got ${avals.map((x) => shapeString(x.shape)).join(", ")}.`,
        );
      }
    }
    if (numKeys < 1 || numKeys > avals.length)
      throw new ArgumentError(`sort: numKeys must be 1 to ${avals.length}; got ${numKeys}.`);
    if (dimension >= first.ndim)
      throw new ArgumentError(`sort: axis ${dimension} of ${first.ndim} dimensions.`);
    if (wanted === undefined) return [...avals];
    const shape = replaceAt(first.shape, dimension, wanted);
    return avals.map((a) => shaped(shape, a.dtype, a.weakType));
  },
  lower: (_context, _args, params) => ({
    kind: "routine",
    emit: (b, args, outs) => emitSort(b, args, outs, params),
  }),
  jvp: (primals, tangents, params) => {
    const { dimension } = params;
    const positions = broadcastedIota("int32", primals[0].shape, dimension);
    const sorted = bind(sortP, [...primals, positions], params);
    const order = sorted[primals.length];
    const outs = sorted.slice(0, primals.length);
    return [
      outs,
      tangents.map((t, i): Tangent => (isZero(t) ? new Zero(outs[i].aval) : takeAlong(t, order, dimension))),
    ];
  },
  transpose: notLinear,
  // By real parts, then by imaginary ones.
  complex: (args, params, avals) => {
    const numKeys = countParts(args.slice(0, params.numKeys));
    return fromParts(avals, bind(sortP, partsOf(args), { ...params, numKeys }));
  },
  batch: batchAlong(
    () => sortP,
    (params, dim) => ({ ...params, dimension: axisBeside(params.dimension, dim) }),
  ),
});

/** Options of `sort`. */
export interface SortOptions {
  readonly dimension?: number | undefined;
  /** Sorting is always stable. */
  readonly isStable?: boolean | undefined;
  /** How many of the operands are keys, most significant first; the others are carried along. */
  readonly numKeys?: number | undefined;
}

/**
 * Sorts along an axis (the last by default), stably and ascending: one array, or several of one shape by the first `numKeys`
 * (1) of them, the others being carried along. −0 equals 0 and NaNs come last; complex numbers order by real, then by
 * imaginary parts. Derivatives follow the permutation.
 * @throws ShapeError if the shapes differ; ArgumentError without arrays, for an axis out of range, or unless `numKeys` is 1 to
 * their number
 * @see jax.lax.sort
 * @example
 * lax.sort(np.array([3, NaN, 1])).js(); // [1, 3, NaN]
 * lax.sort([np.array([3, 1, 2]), np.array([30, 10, 20])]); // [[1, 2, 3], [10, 20, 30]]
 */
export function sort(operand: ArrayLike, options?: SortOptions): NDArray;
export function sort<const L extends readonly ArrayLike[]>(operand: L, options?: SortOptions): ArraysOf<L>;
export function sort(
  operand: ArrayLike | readonly ArrayLike[],
  options?: SortOptions,
  ...more: readonly unknown[]
): NDArray | NDArray[] {
  refuseMore("sort", 2, more);
  checkOptions("sort", options, ["dimension", "isStable", "numKeys"]);
  const several = Array.isArray(operand);
  const arrays = (several ? (operand as readonly ArrayLike[]) : [operand as ArrayLike]).map((x) =>
    asArray(x, "sort"),
  );
  if (arrays.length === 0) throw new ArgumentError("sort: expected at least one array; got none.");
  const dimension = canonicalAxis(options?.dimension ?? -1, arrays[0].ndim, "sort");
  const outs = bind(sortP, arrays, { dimension, numKeys: options?.numKeys ?? 1, descending: false });
  return several ? outs : outs[0];
}

/** Sorts keys and carries values along. */
export function sortKeyVal(
  keys: ArrayLike,
  values: ArrayLike,
  dimension = -1,
  _isStable = true,
): [NDArray, NDArray] {
  const [k, v] = sort([keys, values], { dimension });
  return [k, v];
}

/** The k largest elements and their indices. */
export function topK(operand: ArrayLike, k: number, axis = -1): [NDArray, NDArray] {
  const x = asArray(operand, "topK");
  const dimension = canonicalAxis(axis, x.ndim, "topK");
  const n = x.shape[dimension];
  if (!Number.isInteger(k) || k < 0 || k > n)
    throw new ArgumentError(`topK: k must be 0 to ${n}, the size of the axis; got ${show(k)}.`);
  const positions = broadcastedIota("int32", x.shape, dimension);
  const params: SortParams = { dimension, numKeys: 1, descending: true };
  const [values, indices] = bind(sortP, [x, positions], k === n ? params : { ...params, first: k });
  return [values, indices];
}
