/**
 * @file Reductions over axes: sums, products, extrema, logic, means and variances, positions of extrema.
 *
 * Small integers and booleans add up in int32 (uint32 for unsigned ones), as JAX's do in its default integer. Results
 * are never weak. Source: jax/_src/numpy/reductions.py.
 */
import type { ArrayLike, NDArray } from "../../core/array.ts";
import { type DType, type Scalar, realPart } from "../../dtypes/dtype.ts";
import { canonicalAxes, canonicalAxis, shapeString } from "../../dtypes/shape.ts";
import { ArgumentError, ShapeError } from "../../base/errors.ts";
import { asArray, asDType } from "../../lax/operands/convert.ts";
import { highest, lowest } from "../../loops/ir/values.ts";
import * as lax from "../../lax/plain.ts";
import { rootOfSquares } from "../../lax/elementwise/hypot.ts";
import { broadcastToShape } from "../../lax/shapes/movement.ts";
import { prod as product } from "../../base/util.ts";
import { define } from "../../arguments/declare.ts";
import { type OptionsOf, type Values, param } from "../../arguments/parameters.ts";
import * as p from "../operands/parameters.ts";
import { cast, givenDType, toBool } from "../operands/promote.ts";
import {
  argParams,
  degreesOfFreedom,
  extremumParams,
  keepDims,
  masked,
  meanParam,
  meanParams,
  meanTypes,
  promoteInteger,
  squaredModulus,
  varParams,
} from "./common.ts";

const logicParams = [p.axis, p.out, p.keepdims] as const;
/** Options that all reductions have. */
export type AxisOptions = OptionsOf<typeof logicParams>;

const sumParams = [
  p.axis,
  p.dtype,
  p.out,
  p.keepdims,
  p.initial,
  p.where,
  /** Whether small integers add up in int32 or uint32. */
  param<[promoteIntegers: boolean]>()("promoteIntegers", true),
] as const;
/** Options of `sum` and `prod`. */
export type SumOptions = OptionsOf<typeof sumParams>;

/** Options of `max` and `min`. */
export type ExtremumOptions = OptionsOf<typeof extremumParams>;

/** Options of `any` and `all`. */
export type WhereReduceOptions = OptionsOf<[...typeof logicParams, typeof p.where]>;

/** Options of `mean`. */
export type MeanOptions = OptionsOf<[...typeof meanParams, typeof p.where]>;

const varNamed = [
  p.where,
  meanParam,
  /** `ddof` under the array API's name. */
  param<[correction: number | null]>()("correction", null),
] as const;
/** Options of `var` and `std`. */
export type VarOptions = OptionsOf<[...typeof varParams, ...typeof varNamed]>;

/** A reduction: of all elements along axes, of two values, and the value that changes nothing. */
interface Reduction {
  readonly reduce: (x: ArrayLike, axes: readonly number[]) => NDArray;
  readonly join: (a: ArrayLike, b: ArrayLike) => NDArray;
  readonly neutral: Scalar;
}

type ReductionValues = Omit<Values<typeof extremumParams>, "axis" | "out">;

/** The reduction of the elements that take part, and of `initial`. */
function reduced(
  name: string,
  x: NDArray,
  axes: readonly number[],
  { keepdims, initial, where }: ReductionValues,
  { reduce, join, neutral }: Reduction,
): NDArray {
  const taking = masked(name, x, where, neutral);
  let out = reduce(taking, axes);
  if (initial !== null) {
    const start = asDType(initial, out.dtype, false, name);
    if (start.ndim !== 0)
      throw new ShapeError(`${name}: initial must be a number; got shape ${shapeString(start.shape)}.`);
    out = join(start, out);
  }
  return keepdims ? keepDims(out, taking.shape, axes) : out;
}

/** Sum or product: numeric, integers promoted. */
const accumulation = (name: string, reduction: Reduction) =>
  define(name, sumParams, [], (values, a: ArrayLike): NDArray => {
    const x = asArray(a, name);
    const axes = canonicalAxes(values.axis, x.ndim, name);
    const own = !values.promoteIntegers && x.dtype !== "bool" ? x.dtype : promoteInteger(x.dtype);
    const dtype = givenDType(name, values.dtype) ?? own;
    const out = reduced(name, cast(x, dtype === "bool" ? "int32" : dtype), axes, values, reduction);
    return dtype === "bool" ? toBool(out) : out;
  });

/**
 * The sum of the elements along an axis, several, or all (null).
 * @see jax.numpy.sum
 * @example
 * np.sum(np.ones([2, 3]), 1, { keepdims: true }).shape; // [2, 1]
 */
export const sum = accumulation("sum", { reduce: lax.reduceSum, join: lax.add, neutral: 0 });

/**
 * The product of the elements along an axis, several, or all (null). The derivative is right where elements are 0.
 * @see jax.numpy.prod
 * @example
 * np.prod(np.array([2, 3, 4])).item(); // 24
 */
export const prod = accumulation("prod", { reduce: lax.reduceProd, join: lax.mul, neutral: 1 });

/** The value that no other exceeds (1) or undercuts (−1). */
const fillValue = (d: DType, direction: -1 | 1): Scalar => (direction === 1 ? highest(d) : lowest(d));

const extremum = (name: string, reduction: Omit<Reduction, "neutral">, lowest: -1 | 1) =>
  define(name, extremumParams, [], (values, a: ArrayLike): NDArray => {
    const x = cast(asArray(a, name), asArray(a, name).dtype);
    const axes = canonicalAxes(values.axis, x.ndim, name);
    if (values.initial === null && values.where !== null)
      throw new ArgumentError(`${name}: with 'where' no element may be left; give 'initial' for that case.`);
    if (values.initial === null && axes.some((i) => x.shape[i] === 0))
      throw new ShapeError(
        `${name}: shape ${shapeString(x.shape)} has no elements along axes [${axes.join(", ")}], so there is no ${name}. ` +
          `Give 'initial'.`,
      );
    return reduced(name, x, axes, values, { ...reduction, neutral: fillValue(x.dtype, lowest) });
  });

/**
 * The largest element along an axis, several, or all (null); NaN if there is one. At ties the derivative is shared.
 * @throws ShapeError where there are no elements and no `initial`; ArgumentError for `where` without `initial`
 * @see jax.numpy.max
 * @example
 * np.max(np.array([[1, 5], [4, 2]]), 0).js(); // [4, 5]
 */
export const max = extremum("max", { reduce: lax.reduceMax, join: lax.max }, -1);
/** Alias of `max`. */
export const amax = max;

/**
 * The smallest element along an axis, several, or all (null); NaN if there is one. At ties the derivative is shared.
 * @throws ShapeError where there are no elements and no `initial`; ArgumentError for `where` without `initial`
 * @see jax.numpy.min
 * @example
 * np.min(np.array([[1, 5], [4, 2]]), 0).js(); // [1, 2]
 */
export const min = extremum("min", { reduce: lax.reduceMin, join: lax.min }, 1);
/** Alias of `min`. */
export const amin = min;

const logic = (name: string, reduction: Reduction) =>
  define(name, logicParams, [p.where], (values, a: ArrayLike): NDArray => {
    const x = toBool(asArray(a, name));
    const axes = canonicalAxes(values.axis, x.ndim, name);
    return reduced(name, cast(x, "bool"), axes, { ...values, initial: null }, reduction);
  });

/**
 * Whether all elements along an axis, several, or all (null) differ from 0, as bool; true of none.
 * @see jax.numpy.all
 * @example
 * np.all(np.array([[1, 0], [2, 3]]), 1).js(); // [false, true]
 */
export const all = logic("all", { reduce: lax.reduceAnd, join: lax.bitwiseAnd, neutral: 1 });

/**
 * Whether any element along an axis, several, or all (null) differs from 0, as bool; false of none.
 * @see jax.numpy.any
 * @example
 * np.any(np.array([[1, 0], [0, 0]]), 1).js(); // [true, false]
 */
export const any = logic("any", { reduce: lax.reduceOr, join: lax.bitwiseOr, neutral: 0 });

/** How many elements take part in each result, as an array or (without `where`) a number. */
function countOf(
  name: string,
  x: NDArray,
  axes: readonly number[],
  { where, keepdims }: { readonly where: ArrayLike | null; readonly keepdims: boolean },
  dtype: DType,
): ArrayLike {
  if (where === null) return product(axes.map((i) => x.shape[i]));
  const chosen = broadcastToShape(toBool(asArray(where, name)), x.shape);
  return sum(chosen, { axis: axes, dtype, keepdims });
}

/**
 * The mean along an axis, several, or all (null), of integers in the default float. NaN where nothing takes part.
 * @see jax.numpy.mean
 * @example
 * np.mean(np.array([1, 2, 6])).item(); // 3
 */
export const mean = define("mean", meanParams, [p.where], (values, a: ArrayLike): NDArray => {
  const x = asArray(a, "mean");
  const [compute, result] = meanTypes("mean", x, values.dtype);
  const axes = canonicalAxes(values.axis, x.ndim, "mean");
  const { where, keepdims } = values;
  const total = sum(x, { axis: axes, dtype: compute, keepdims, where });
  return cast(lax.div(total, countOf("mean", x, axes, values, compute)), result);
});

const variance = (name: string, root: boolean) =>
  define(name, varParams, varNamed, (values, a: ArrayLike): NDArray => {
    const x = asArray(a, name);
    const [compute, result] = meanTypes(name, x, values.dtype);
    const axes = canonicalAxes(values.axis, x.ndim, name);
    const { where, keepdims } = values;
    const wide = cast(x, compute);
    const center =
      values.mean === null
        ? mean(wide, { axis: axes, dtype: compute, keepdims: true, where })
        : cast(asArray(values.mean, name), compute);
    // Masked before it is squared: the derivative of an infinite square is NaN even where its cotangent is 0.
    const difference = masked(name, lax.sub(wide, broadcastToShape(center, wide.shape)), where, 0);
    const real = realPart(compute);
    const centered = squaredModulus(difference);
    const count = countOf(name, x, axes, values, real);
    const ddof = degreesOfFreedom(name, values.ddof, values.correction);
    const divisor = typeof count === "number" ? count - ddof : lax.sub(count, ddof);
    const total = sum(centered, { axis: axes, dtype: real, keepdims, where });
    const out = lax.div(total, typeof divisor === "number" ? Math.max(divisor, 0) : lax.max(divisor, 0));
    return cast(root ? rootOfSquares(out) : out, realPart(result));
  });

/**
 * The variance along an axis, several, or all (null): the sum of squared differences from the mean by (count − ddof).
 * @throws ArgumentError if `ddof` and `correction` are both given
 * @see jax.numpy.var
 * @example
 * np.var(np.array([1, 2, 3]), { ddof: 1 }).item(); // 1
 */
export const var_ = variance("var", false);

/**
 * The standard deviation along an axis, several, or all (null): the square root of `var`. Without derivative (NaN) at 0.
 * @throws ArgumentError if `ddof` and `correction` are both given
 * @see jax.numpy.std
 * @example
 * np.std(np.array([1, 3])).item(); // 1
 */
export const std = variance("std", true);

/**
 * The largest minus the smallest element along an axis, several, or all (null).
 * @see jax.numpy.ptp
 * @example
 * np.ptp(np.array([3, 7, 5])).item(); // 4
 */
export const ptp = define("ptp", logicParams, [], ({ axis, keepdims }, a: ArrayLike) =>
  lax.sub(max(a, { axis, keepdims }), min(a, { axis, keepdims })),
);

/**
 * The number of elements that are not 0 along an axis, several, or all (null), as int32.
 * @see jax.numpy.count_nonzero
 * @example
 * np.countNonzero(np.array([0, 7, 5])).item(); // 2
 */
export const countNonzero = define(
  "countNonzero",
  [p.axis, p.keepdims],
  [],
  ({ axis, keepdims }, a: ArrayLike) =>
    sum(toBool(asArray(a, "countNonzero")), { axis, keepdims, dtype: "int32" }),
);

/** Options of `argmax` and `argmin`. */
export type ArgOptions = OptionsOf<typeof argParams>;

/** Index of an extremum along one axis, or in the flattened array. */
const position = (name: string, find: (x: ArrayLike, axis: number, dtype: "int32") => NDArray) =>
  define(name, argParams, [], ({ axis, keepdims }, a: ArrayLike): NDArray => {
    const x = asArray(a, name);
    const k = axis === null ? 0 : canonicalAxis(axis, x.ndim, name);
    if (x.size === 0 && (axis === null || x.shape[k] === 0))
      throw new ShapeError(`${name}: shape ${shapeString(x.shape)} has no elements to choose from.`);
    const out = find(axis === null ? lax.reshape(x, [x.size]) : x, k, "int32");
    return keepdims === true ? keepDims(out, x.shape, axis === null ? x.shape.map((_, i) => i) : [k]) : out;
  });

/**
 * The index of the first maximum (or the first NaN) along an axis, or in the flattened array (null), as int32.
 * @throws ShapeError where there are no elements
 * @see jax.numpy.argmax
 * @example
 * np.argmax(np.array([3, 9, 9])).item(); // 1
 */
export const argmax = position("argmax", lax.argmax);

/**
 * The index of the first minimum (or the first NaN) along an axis, or in the flattened array (null), as int32.
 * @throws ShapeError where there are no elements
 * @see jax.numpy.argmin
 * @example
 * np.argmin(np.array([3, 1, 1])).item(); // 1
 */
export const argmin = position("argmin", lax.argmin);
