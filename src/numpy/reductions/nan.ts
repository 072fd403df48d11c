/** @file Reductions that leave NaN out. On integers they are the plain ones. Source: jax/_src/numpy/reductions.py. */
import type { ArrayLike, NDArray } from "../../core/array.ts";
import { isInexact } from "../../dtypes/dtype.ts";
import { canonicalAxes } from "../../dtypes/shape.ts";
import { asArray, asDType } from "../../lax/operands/convert.ts";
import * as lax from "../../lax/index.ts";
import { broadcastToShape } from "../../lax/shapes/movement.ts";
import { type Rest, resolveArgs } from "../operands/args.ts";
import { cast } from "../operands/promote.ts";
import {
  type ArgOptions,
  type ArgRest,
  type Axis,
  type ExtremumOptions,
  type ExtremumRest,
  type MeanOptions,
  type SumOptions,
  type VarOptions,
  all,
  argmax,
  argmin,
  degreesOfFreedom,
  extremumNames,
  max,
  mean,
  meanNames,
  meanTypes,
  min,
  prod,
  sum,
  sumNames,
  varNames,
  var_,
} from "./reductions.ts";

type NanSumOptions = Omit<SumOptions, "promoteIntegers">;
type NanSumRest = Rest<
  [
    axis: Axis,
    dtype: MeanOptions["dtype"],
    out: null,
    keepdims: boolean,
    initial: ArrayLike | null,
    where: ArrayLike | null,
  ],
  NanSumOptions
>;
type NanMeanRest = Rest<
  [axis: Axis, dtype: MeanOptions["dtype"], out: null, keepdims: boolean, where: ArrayLike | null],
  MeanOptions
>;
type NanVarOptions = Omit<VarOptions, "correction">;
type NanVarRest = Rest<
  [
    axis: Axis,
    dtype: MeanOptions["dtype"],
    out: null,
    ddof: number,
    keepdims: boolean,
    where: ArrayLike | null,
  ],
  NanVarOptions
>;

const isNan = (x: NDArray): NDArray => lax.ne(x, x);

/** NaN replaced by a number. */
export function withoutNan(x: NDArray, fill: number): NDArray {
  return lax.select(isNan(x), asDType(fill, x.dtype, x.weakType, "nan reduction"), x);
}

function nanExtremum(
  name: string,
  a: ArrayLike,
  rest: readonly unknown[],
  reduce: typeof max,
  fill: number,
): NDArray {
  const options = resolveArgs<ExtremumOptions>(name, rest, extremumNames);
  const x = asArray(a, name);
  if (!isInexact(x.dtype)) return reduce(x, options);
  const out = reduce(withoutNan(x, fill), options);
  if (options.initial !== undefined && options.initial !== null) return out;
  const nothing = all(isNan(x), { axis: options.axis, keepdims: options.keepdims });
  return lax.select(nothing, NaN, out);
}

/** `max` without NaN; NaN where there is nothing else. */
export function nanmax(a: ArrayLike, ...rest: ExtremumRest): NDArray {
  return nanExtremum("nanmax", a, rest, max, -Infinity);
}

/** `min` without NaN; NaN where there is nothing else. */
export function nanmin(a: ArrayLike, ...rest: ExtremumRest): NDArray {
  return nanExtremum("nanmin", a, rest, min, Infinity);
}

function nanAccumulate(
  name: string,
  a: ArrayLike,
  rest: readonly unknown[],
  reduce: typeof sum,
  fill: number,
): NDArray {
  const options = resolveArgs<NanSumOptions>(name, rest, sumNames.slice(0, 6) as (keyof NanSumOptions)[]);
  const x = asArray(a, name);
  return reduce(isInexact(x.dtype) ? withoutNan(x, fill) : x, options);
}

/** `sum` with NaN as 0. */
export function nansum(a: ArrayLike, ...rest: NanSumRest): NDArray {
  return nanAccumulate("nansum", a, rest, sum, 0);
}

/** `prod` with NaN as 1. */
export function nanprod(a: ArrayLike, ...rest: NanSumRest): NDArray {
  return nanAccumulate("nanprod", a, rest, prod, 1);
}

/** `mean` without NaN; NaN where there is nothing else. */
export function nanmean(a: ArrayLike, ...rest: NanMeanRest): NDArray {
  const options = resolveArgs<MeanOptions>("nanmean", rest, [...meanNames, "where"]);
  const x = asArray(a, "nanmean");
  if (!isInexact(x.dtype)) return mean(x, options);
  const { axis, keepdims, where } = options;
  const [compute, result] = meanTypes("nanmean", x, options.dtype);
  const count = sum(lax.bitwiseNot(isNan(x)), { axis, keepdims, where, dtype: compute });
  const total = sum(withoutNan(x, 0), { axis, keepdims, where, dtype: compute });
  return cast(lax.div(total, count), result);
}

function nanVariance(name: string, a: ArrayLike, rest: readonly unknown[], root: boolean): NDArray {
  const options = resolveArgs<NanVarOptions>(name, rest, [...varNames, "where"], ["mean"]);
  const x = asArray(a, name);
  const { axis, keepdims, where } = options;
  const [compute, result] = meanTypes(name, x, options.dtype);
  if (!isInexact(x.dtype)) {
    const out = var_(x, { ...options, dtype: compute });
    return cast(root ? lax.sqrt(out) : out, result);
  }
  const values = cast(x, compute);
  const axes = canonicalAxes(axis, x.ndim, name);
  const center =
    options.mean === undefined || options.mean === null
      ? nanmean(values, { axis: axes, dtype: compute, keepdims: true, where })
      : cast(asArray(options.mean, name), compute);
  const gone = isNan(values);
  // The second select keeps NaN out of the derivative as well.
  const centered = lax.select(gone, 0, lax.sub(values, broadcastToShape(center, values.shape)));
  const total = sum(lax.square(centered), { axis, keepdims, where });
  const present = sum(lax.bitwiseNot(gone), { axis, keepdims, where, dtype: compute });
  const divisor = lax.sub(present, degreesOfFreedom(name, options));
  const empty = lax.le(divisor, 0);
  const out = lax.div(lax.select(empty, NaN, total), lax.select(empty, 1, divisor));
  return cast(root ? lax.sqrt(out) : out, result);
}

/** `var` without NaN; NaN where too few elements are left. */
export function nanvar(a: ArrayLike, ...rest: NanVarRest): NDArray {
  return nanVariance("nanvar", a, rest, false);
}

/** `std` without NaN; NaN where too few elements are left. */
export function nanstd(a: ArrayLike, ...rest: NanVarRest): NDArray {
  return nanVariance("nanstd", a, rest, true);
}

function nanPosition(
  name: string,
  a: ArrayLike,
  rest: readonly unknown[],
  find: typeof argmax,
  fill: number,
): NDArray {
  const options = resolveArgs<ArgOptions>(name, rest, ["axis", "out", "keepdims"]);
  const x = asArray(a, name);
  if (!isInexact(x.dtype)) return find(x, options);
  const out = find(withoutNan(x, fill), options);
  const nothing = all(isNan(x), { axis: options.axis, keepdims: options.keepdims === true });
  return lax.select(nothing, -1, out);
}

/** `argmax` without NaN; −1 where there is nothing else. */
export function nanargmax(a: ArrayLike, ...rest: ArgRest): NDArray {
  return nanPosition("nanargmax", a, rest, argmax, -Infinity);
}

/** `argmin` without NaN; −1 where there is nothing else. */
export function nanargmin(a: ArrayLike, ...rest: ArgRest): NDArray {
  return nanPosition("nanargmin", a, rest, argmin, Infinity);
}
