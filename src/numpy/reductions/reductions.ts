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
import type { Axis } from "../../core/methods.ts";
import { canonicalAxes, canonicalAxis, shapeString } from "../../dtypes/shape.ts";
import { ArgumentError, ShapeError } from "../../base/errors.ts";
import { asArray, asDType } from "../../lax/operands/convert.ts";
import * as lax from "../../lax/index.ts";
import { broadcastToShape } from "../../lax/shapes/movement.ts";
import { prod as product } from "../../base/util.ts";
import { type Rest, resolveArgs } from "../operands/args.ts";
import { cast, choose, inexactType, toBool } from "../operands/promote.ts";

export type { Axis } from "../../core/methods.ts";

/** Options that all reductions have. */
export interface AxisOptions {
  readonly axis?: Axis | undefined;
  readonly out?: null | undefined;
  readonly keepdims?: boolean | undefined;
}

/** Options of `any` and `all`. */
export interface WhereReduceOptions extends AxisOptions {
  /** Elements to include; broadcast against the array. */
  readonly where?: ArrayLike | null | undefined;
}

/** Options of `max` and `min`. */
export interface ExtremumOptions extends WhereReduceOptions {
  /** A value that takes part too. */
  readonly initial?: ArrayLike | null | undefined;
}

/** Options of `sum` and `prod`. */
export interface SumOptions extends ExtremumOptions {
  readonly dtype?: DType | null | undefined;
  readonly promoteIntegers?: boolean | undefined;
}

/** Options of `mean`. */
export interface MeanOptions extends WhereReduceOptions {
  readonly dtype?: DType | null | undefined;
}

/** Options of `var` and `std`. */
export interface VarOptions extends MeanOptions {
  readonly ddof?: number | undefined;
  /** The same under the array API's name. */
  readonly correction?: number | null | undefined;
  /** The mean, if it is known already (with the reduced axes kept). */
  readonly mean?: ArrayLike | null | undefined;
}

export type SumRest = Rest<
  [
    axis: Axis,
    dtype: DType | null,
    out: null,
    keepdims: boolean,
    initial: ArrayLike | null,
    where: ArrayLike | null,
    promoteIntegers: boolean,
  ],
  SumOptions
>;
export type ExtremumRest = Rest<
  [axis: Axis, out: null, keepdims: boolean, initial: ArrayLike | null, where: ArrayLike | null],
  ExtremumOptions
>;
export type LogicRest = Rest<[axis: Axis, out: null, keepdims: boolean], WhereReduceOptions>;
export type MeanRest = Rest<[axis: Axis, dtype: DType | null, out: null, keepdims: boolean], MeanOptions>;
export type VarRest = Rest<
  [axis: Axis, dtype: DType | null, out: null, ddof: number, keepdims: boolean],
  VarOptions
>;

export const sumNames = ["axis", "dtype", "out", "keepdims", "initial", "where", "promoteIntegers"] as const;
export const extremumNames = ["axis", "out", "keepdims", "initial", "where"] as const;
export const meanNames = ["axis", "dtype", "out", "keepdims"] as const;
export const varNames = ["axis", "dtype", "out", "ddof", "keepdims"] as const;

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
export function sum(a: ArrayLike, ...rest: SumRest): NDArray {
  // The usual call on floats needs nothing of what follows.
  if (rest.length === 0 && a instanceof NDArray && isInexact(a.dtype) && !a.weakType)
    return lax.reduceSum(a, canonicalAxes(null, a.ndim, "sum"));
  return accumulate("sum", a, resolveArgs<SumOptions>("sum", rest, sumNames), lax.reduceSum, lax.add, 0);
}

/** Product over an axis, several, or all. The derivative is right where elements are 0. */
export function prod(a: ArrayLike, ...rest: SumRest): NDArray {
  return accumulate("prod", a, resolveArgs<SumOptions>("prod", rest, sumNames), lax.reduceProd, lax.mul, 1);
}

function extremum(
  name: string,
  a: ArrayLike,
  rest: readonly unknown[],
  reduce: Reducer,
  op: (a: ArrayLike, b: ArrayLike) => NDArray,
  lowest: -1 | 1,
): NDArray {
  const options = resolveArgs<ExtremumOptions>(name, rest, extremumNames);
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
export function max(a: ArrayLike, ...rest: ExtremumRest): NDArray {
  return extremum("max", a, rest, lax.reduceMax, lax.max, -1);
}
/** Alias of `max`. */
export const amax = max;

/** Minimum over an axis, several, or all; NaN if there is one. At ties the derivative is shared. */
export function min(a: ArrayLike, ...rest: ExtremumRest): NDArray {
  return extremum("min", a, rest, lax.reduceMin, lax.min, 1);
}
/** Alias of `min`. */
export const amin = min;

function logic(
  name: string,
  a: ArrayLike,
  rest: readonly unknown[],
  reduce: Reducer,
  neutral: 0 | 1,
): NDArray {
  const options = resolveArgs<WhereReduceOptions>(name, rest, ["axis", "out", "keepdims"], ["where"]);
  const x = toBool(asArray(a, name));
  const axes = canonicalAxes(options.axis, x.ndim, name);
  const chosen = masked(name, cast(x, "bool"), options.where, neutral);
  const out = reduce(chosen, axes);
  return options.keepdims === true ? keepDims(out, chosen.shape, axes) : out;
}

/** Whether all elements along an axis, several, or all are not 0. */
export function all(a: ArrayLike, ...rest: LogicRest): NDArray {
  return logic("all", a, rest, lax.reduceAnd, 1);
}

/** Whether any element along an axis, several, or all is not 0. */
export function any(a: ArrayLike, ...rest: LogicRest): NDArray {
  return logic("any", a, rest, lax.reduceOr, 0);
}

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
export function mean(a: ArrayLike, ...rest: MeanRest): NDArray {
  const options = resolveArgs<MeanOptions>("mean", rest, meanNames, ["where"]);
  const x = asArray(a, "mean");
  const [compute, result] = meanTypes("mean", x, options.dtype);
  const axes = canonicalAxes(options.axis, x.ndim, "mean");
  const { where, keepdims } = options;
  const total = sum(x, { axis: axes, dtype: compute, keepdims, where });
  return cast(lax.div(total, countOf("mean", x, axes, where, keepdims, compute)), result);
}

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
export function var_(a: ArrayLike, ...rest: VarRest): NDArray {
  return variance(
    "var",
    a,
    resolveArgs<VarOptions>("var", rest, varNames, ["where", "mean", "correction"]),
    false,
  );
}

/** Standard deviation: the square root of `var`. */
export function std(a: ArrayLike, ...rest: VarRest): NDArray {
  return variance(
    "std",
    a,
    resolveArgs<VarOptions>("std", rest, varNames, ["where", "mean", "correction"]),
    true,
  );
}

/** Largest minus smallest element. */
export function ptp(a: ArrayLike, ...rest: LogicRest): NDArray {
  const { axis, keepdims } = resolveArgs<AxisOptions>("ptp", rest, ["axis", "out", "keepdims"]);
  return lax.sub(max(a, { axis, keepdims }), min(a, { axis, keepdims }));
}

/** Number of elements that are not 0. */
export function countNonzero(
  a: ArrayLike,
  ...rest: Rest<[axis: Axis, keepdims: boolean], { axis?: Axis; keepdims?: boolean }>
): NDArray {
  const { axis, keepdims } = resolveArgs<AxisOptions>("countNonzero", rest, ["axis", "keepdims"]);
  return sum(toBool(asArray(a, "countNonzero")), { axis, keepdims, dtype: "int32" });
}

/** Options of `argmax` and `argmin`. */
export interface ArgOptions {
  readonly axis?: number | null | undefined;
  readonly out?: null | undefined;
  readonly keepdims?: boolean | null | undefined;
}
export type ArgRest = Rest<[axis: number | null, out: null, keepdims: boolean], ArgOptions>;

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
export function argmax(a: ArrayLike, ...rest: ArgRest): NDArray {
  return position(
    "argmax",
    a,
    resolveArgs<ArgOptions>("argmax", rest, ["axis", "out", "keepdims"]),
    lax.argmax,
  );
}

/** Index of the first minimum (or the first NaN). */
export function argmin(a: ArrayLike, ...rest: ArgRest): NDArray {
  return position(
    "argmin",
    a,
    resolveArgs<ArgOptions>("argmin", rest, ["axis", "out", "keepdims"]),
    lax.argmin,
  );
}

/** Whether the dtype is complex: such arrays have no order. */
export const isUnordered = (x: NDArray): boolean => isComplex(x.dtype);
