/**
 * @file Reductions over axes: sums, products, extrema, logic, means and variances, positions of extrema.
 *
 * Small integers and booleans add up in int32 (uint32 for unsigned ones), as JAX's do in its default integer. Results
 * are never weak. Source: jax/_src/numpy/reductions.py.
 */
import { type ArrayLike, NDArray } from "../../core/array.ts";
import {
  type DType,
  bitWidth,
  isComplex,
  isInexact,
  isSigned,
  isUnsigned,
  realPart,
  toDType,
} from "../../dtypes/dtype.ts";
import { canonicalAxes, canonicalAxis, shapeString } from "../../dtypes/shape.ts";
import { ArgumentError, ShapeError } from "../../base/errors.ts";
import { asArray, asDType } from "../../lax/operands/convert.ts";
import * as lax from "../../lax/index.ts";
import { broadcastToShape } from "../../lax/shapes/movement.ts";
import { prod as product } from "../../base/util.ts";
import { define } from "../../arguments/declare.ts";
import { type OptionsOf, param } from "../../arguments/parameters.ts";
import * as p from "../operands/parameters.ts";
import { cast, choose, inexactType, toBool } from "../operands/promote.ts";

export type { Axis } from "../../core/methods.ts";

/** Options that all reductions have. */
export type AxisOptions = OptionsOf<[typeof p.axis, typeof p.out, typeof p.keepdims]>;

const sumParams = [
  p.axis,
  p.dtype,
  p.out,
  p.keepdims,
  p.initial,
  p.where,
  param<[promoteIntegers: boolean]>()("promoteIntegers", true),
] as const;
/** Options of `sum` and `prod`. */
export type SumOptions = OptionsOf<typeof sumParams>;

export const extremumParams = [p.axis, p.out, p.keepdims, p.initial, p.where] as const;
/** Options of `max` and `min`. */
export type ExtremumOptions = OptionsOf<typeof extremumParams>;

const logicParams = [p.axis, p.out, p.keepdims] as const;
/** Options of `any` and `all`. */
export type WhereReduceOptions = OptionsOf<[...typeof logicParams, typeof p.where]>;

export const meanParams = [p.axis, p.dtype, p.out, p.keepdims] as const;
/** Options of `mean`. */
export type MeanOptions = OptionsOf<[...typeof meanParams, typeof p.where]>;

export const varParams = [p.axis, p.dtype, p.out, param<[ddof: number]>()("ddof", 0), p.keepdims] as const;
/** The mean, if it is known already (with the reduced axes kept). */
export const meanParam = param<[mean: ArrayLike | null]>()("mean", null);
/** `ddof` under the array API's name. */
const correction = param<[correction: number | null]>()("correction", null);
const varNamed = [p.where, meanParam, correction] as const;
/** Options of `var` and `std`. */
export type VarOptions = OptionsOf<[...typeof varParams, ...typeof varNamed]>;

type Reducer = (x: ArrayLike, axes: readonly number[]) => NDArray;

/** Puts the reduced axes back with size 1. */
export function keepDims(x: NDArray, shape: readonly number[], axes: readonly number[]): NDArray {
  return lax.reshape(
    x,
    shape.map((d, i) => (axes.includes(i) ? 1 : d)),
  );
}

/** The dtype in which integers add up. */
export function promoteInteger(d: DType): DType {
  if (d === "bool" || (isSigned(d) && bitWidth(d) < 32)) return "int32";
  return isUnsigned(d) ? "uint32" : d;
}

/** The dtype of a result, if one is asked for. */
export const givenDType = (name: string, dtype: DType | null | undefined): DType | undefined =>
  dtype === undefined || dtype === null ? undefined : toDType(dtype, name);

/** The array with `fill` where it does not take part. */
export function masked(name: string, x: NDArray, where: ArrayLike | null | undefined, fill: number): NDArray {
  if (where === undefined || where === null) return x;
  return choose(name, where, x, asDType(fill, x.dtype, x.weakType, name));
}

function withInitial(
  name: string,
  out: NDArray,
  initial: ArrayLike | null | undefined,
  op: (a: ArrayLike, b: ArrayLike) => NDArray,
): NDArray {
  if (initial === undefined || initial === null) return out;
  const start = asDType(initial, out.dtype, false, name);
  if (start.ndim !== 0)
    throw new ShapeError(`${name}: initial must be a number; got shape ${shapeString(start.shape)}.`);
  return op(start, out);
}

/** Sum or product: numeric, integers promoted. */
function accumulate(
  name: string,
  a: ArrayLike,
  options: SumOptions,
  reduce: Reducer,
  op: (a: ArrayLike, b: ArrayLike) => NDArray,
  neutral: number,
): NDArray {
  const x = asArray(a, name);
  const axes = canonicalAxes(options.axis, x.ndim, name);
  const own = options.promoteIntegers === false && x.dtype !== "bool" ? x.dtype : promoteInteger(x.dtype);
  const dtype = givenDType(name, options.dtype) ?? own;
  const compute = dtype === "bool" ? "int32" : dtype;
  const all = masked(name, cast(x, compute), options.where, neutral);
  let out = withInitial(name, reduce(all, axes), options.initial, op);
  if (options.keepdims === true) out = keepDims(out, all.shape, axes);
  return dtype === "bool" ? toBool(out) : out;
}

/**
 * Sum over an axis, several, or all.
 * @example
 * np.sum(np.ones([2, 3]), 1, { keepdims: true }).shape; // [2, 1]
 */
export const sum = define("sum", sumParams, [], (options, a: ArrayLike) =>
  accumulate("sum", a, options, lax.reduceSum, lax.add, 0),
);

/** Product over an axis, several, or all. The derivative is right where elements are 0. */
export const prod = define("prod", sumParams, [], (options, a: ArrayLike) =>
  accumulate("prod", a, options, lax.reduceProd, lax.mul, 1),
);

function extremum(
  name: string,
  a: ArrayLike,
  options: ExtremumOptions,
  reduce: Reducer,
  op: (a: ArrayLike, b: ArrayLike) => NDArray,
  lowest: -1 | 1,
): NDArray {
  const x = cast(asArray(a, name), asArray(a, name).dtype);
  const axes = canonicalAxes(options.axis, x.ndim, name);
  const hasInitial = options.initial !== undefined && options.initial !== null;
  if (!hasInitial && options.where !== undefined && options.where !== null)
    throw new ArgumentError(`${name}: with 'where' no element may be left; give 'initial' for that case.`);
  if (!hasInitial && axes.some((i) => x.shape[i] === 0))
    throw new ShapeError(
      `${name}: shape ${shapeString(x.shape)} has no elements along axes [${axes.join(", ")}], so there is no ${name}. ` +
        `Give 'initial'.`,
    );
  const all = masked(name, x, options.where, fillValue(x.dtype, lowest));
  const out = withInitial(name, reduce(all, axes), options.initial, op);
  return options.keepdims === true ? keepDims(out, all.shape, axes) : out;
}

/** The value that no other exceeds (1) or undercuts (−1). */
function fillValue(d: DType, direction: -1 | 1): number {
  if (isInexact(d)) return direction * Infinity;
  if (d === "bool") return direction === 1 ? 1 : 0;
  const bits = bitWidth(d) - (isSigned(d) ? 1 : 0);
  if (direction === 1) return 2 ** bits - 1;
  return isSigned(d) ? -(2 ** bits) : 0;
}

/** Maximum over an axis, several, or all; NaN if there is one. At ties the derivative is shared. */
export const max = define("max", extremumParams, [], (options, a: ArrayLike) =>
  extremum("max", a, options, lax.reduceMax, lax.max, -1),
);
/** Alias of `max`. */
export const amax = max;

/** Minimum over an axis, several, or all; NaN if there is one. At ties the derivative is shared. */
export const min = define("min", extremumParams, [], (options, a: ArrayLike) =>
  extremum("min", a, options, lax.reduceMin, lax.min, 1),
);
/** Alias of `min`. */
export const amin = min;

function logic(
  name: string,
  a: ArrayLike,
  options: WhereReduceOptions,
  reduce: Reducer,
  neutral: 0 | 1,
): NDArray {
  const x = toBool(asArray(a, name));
  const axes = canonicalAxes(options.axis, x.ndim, name);
  const chosen = masked(name, cast(x, "bool"), options.where, neutral);
  const out = reduce(chosen, axes);
  return options.keepdims === true ? keepDims(out, chosen.shape, axes) : out;
}

/** Whether all elements along an axis, several, or all are not 0. */
export const all = define("all", logicParams, [p.where], (options, a: ArrayLike) =>
  logic("all", a, options, lax.reduceAnd, 1),
);

/** Whether any element along an axis, several, or all is not 0. */
export const any = define("any", logicParams, [p.where], (options, a: ArrayLike) =>
  logic("any", a, options, lax.reduceOr, 0),
);

/** The dtype to compute in, and that of the result, of a mean or variance. */
export function meanTypes(
  name: string,
  x: NDArray,
  dtype: DType | null | undefined,
): [compute: DType, result: DType] {
  const result = givenDType(name, dtype) ?? inexactType(x.aval).dtype;
  if (result === "float16" || result === "bfloat16") return ["float32", result];
  const inexact = isInexact(result) ? result : inexactType({ dtype: x.dtype, weakType: false }).dtype;
  return [inexact, result];
}

/** How many elements take part in each result, as an array or (without `where`) a number. */
export function countOf(
  name: string,
  x: NDArray,
  axes: readonly number[],
  where: ArrayLike | null | undefined,
  keepdims: boolean | undefined,
  dtype: DType,
): ArrayLike {
  if (where === undefined || where === null) return product(axes.map((i) => x.shape[i]));
  const chosen = broadcastToShape(toBool(asArray(where, name)), x.shape);
  return sum(chosen, { axis: axes, dtype, keepdims });
}

/** Mean over an axis, several, or all; of integers as float32. NaN where nothing takes part. */
export const mean = define("mean", meanParams, [p.where], (options, a: ArrayLike): NDArray => {
  const x = asArray(a, "mean");
  const [compute, result] = meanTypes("mean", x, options.dtype);
  const axes = canonicalAxes(options.axis, x.ndim, "mean");
  const { where, keepdims } = options;
  const total = sum(x, { axis: axes, dtype: compute, keepdims, where });
  return cast(lax.div(total, countOf("mean", x, axes, where, keepdims, compute)), result);
});

/** `ddof` under either name. */
export function degreesOfFreedom(name: string, { ddof = 0, correction }: VarOptions): number {
  if (correction === undefined || correction === null) return ddof;
  if (ddof !== 0) throw new ArgumentError(`${name}: give ddof or correction, not both.`);
  return correction;
}

function variance(name: string, a: ArrayLike, options: VarOptions, root: boolean): NDArray {
  const x = asArray(a, name);
  const [compute, result] = meanTypes(name, x, options.dtype);
  const axes = canonicalAxes(options.axis, x.ndim, name);
  const { where, keepdims } = options;
  const values = cast(x, compute);
  const center =
    options.mean === undefined || options.mean === null
      ? mean(values, { axis: axes, dtype: compute, keepdims: true, where })
      : cast(asArray(options.mean, name), compute);
  const difference = lax.sub(values, broadcastToShape(center, values.shape));
  const real = realPart(compute);
  const centered = isComplex(compute)
    ? lax.real(lax.mul(difference, lax.conj(difference)))
    : lax.square(difference);
  const count = countOf(name, x, axes, where, keepdims, real);
  const ddof = degreesOfFreedom(name, options);
  const divisor = typeof count === "number" ? count - ddof : lax.sub(count, ddof);
  const total = sum(centered, { axis: axes, dtype: real, keepdims, where });
  const out = lax.div(total, typeof divisor === "number" ? Math.max(divisor, 0) : lax.max(divisor, 0));
  return cast(root ? lax.sqrt(out) : out, realPart(result));
}

/** Variance over an axis, several, or all: the sum of squared differences from the mean by (count − ddof). */
export const var_ = define("var", varParams, varNamed, (options, a: ArrayLike) =>
  variance("var", a, options, false),
);

/** Standard deviation: the square root of `var`. */
export const std = define("std", varParams, varNamed, (options, a: ArrayLike) =>
  variance("std", a, options, true),
);

/** Largest minus smallest element. */
export const ptp = define("ptp", logicParams, [], ({ axis, keepdims }, a: ArrayLike) =>
  lax.sub(max(a, { axis, keepdims }), min(a, { axis, keepdims })),
);

/** Number of elements that are not 0. */
export const countNonzero = define(
  "countNonzero",
  [p.axis, p.keepdims],
  [],
  ({ axis, keepdims }, a: ArrayLike) =>
    sum(toBool(asArray(a, "countNonzero")), { axis, keepdims, dtype: "int32" }),
);

export const argParams = [p.oneAxis, p.out, param<[keepdims: boolean | null]>()("keepdims", false)] as const;
/** Options of `argmax` and `argmin`. */
export type ArgOptions = OptionsOf<typeof argParams>;

/** Index of an extremum along one axis, or in the flattened array. */
export function position(
  name: string,
  a: ArrayLike,
  { axis, keepdims }: ArgOptions,
  find: (x: ArrayLike, axis: number, dtype: "int32") => NDArray,
): NDArray {
  const x = asArray(a, name);
  const flat = axis === undefined || axis === null;
  if (x.size === 0 && (flat || x.shape[canonicalAxis(axis, x.ndim, name)] === 0))
    throw new ShapeError(`${name}: shape ${shapeString(x.shape)} has no elements to choose from.`);
  const k = flat ? 0 : canonicalAxis(axis, x.ndim, name);
  const out = find(flat ? lax.reshape(x, [x.size]) : x, k, "int32");
  if (keepdims !== true) return out;
  return flat
    ? lax.reshape(
        out,
        x.shape.map(() => 1),
      )
    : keepDims(out, x.shape, [k]);
}

/** Index of the first maximum (or the first NaN). */
export const argmax = define("argmax", argParams, [], (options, a: ArrayLike) =>
  position("argmax", a, options, lax.argmax),
);

/** Index of the first minimum (or the first NaN). */
export const argmin = define("argmin", argParams, [], (options, a: ArrayLike) =>
  position("argmin", a, options, lax.argmin),
);

/** Whether the dtype is complex: such arrays have no order. */
export const isUnordered = (x: NDArray): boolean => isComplex(x.dtype);
