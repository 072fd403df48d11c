/** @file Reductions that leave NaN out. On integers they are the plain ones. Source: jax/_src/numpy/reductions.py. */
import type { ArrayLike, NDArray } from "../../core/array.ts";
import { isInexact } from "../../dtypes/dtype.ts";
import { canonicalAxes } from "../../dtypes/shape.ts";
import { asArray, asDType } from "../../lax/operands/convert.ts";
import * as lax from "../../lax/index.ts";
import { broadcastToShape } from "../../lax/shapes/movement.ts";
import { define } from "../../arguments/declare.ts";
import type { OptionsOf } from "../../arguments/parameters.ts";
import * as p from "../operands/parameters.ts";
import { cast } from "../operands/promote.ts";
import {
  type ArgOptions,
  type ExtremumOptions,
  all,
  argParams,
  argmax,
  argmin,
  degreesOfFreedom,
  extremumParams,
  max,
  mean,
  meanParam,
  meanParams,
  meanTypes,
  min,
  prod,
  sum,
  varParams,
  var_,
} from "./reductions.ts";

const nanSumParams = [p.axis, p.dtype, p.out, p.keepdims, p.initial, p.where] as const;
const nanVarParams = [...varParams, p.where] as const;
type NanVarOptions = OptionsOf<[...typeof nanVarParams, typeof meanParam]>;

const isNan = (x: NDArray): NDArray => lax.ne(x, x);

/** NaN replaced by a number. */
export function withoutNan(x: NDArray, fill: number): NDArray {
  return lax.select(isNan(x), asDType(fill, x.dtype, x.weakType, "nan reduction"), x);
}

function nanExtremum(
  name: string,
  a: ArrayLike,
  options: ExtremumOptions,
  reduce: typeof max,
  fill: number,
): NDArray {
  const x = asArray(a, name);
  if (!isInexact(x.dtype)) return reduce(x, options);
  const out = reduce(withoutNan(x, fill), options);
  if (options.initial !== undefined && options.initial !== null) return out;
  const nothing = all(isNan(x), { axis: options.axis, keepdims: options.keepdims });
  return lax.select(nothing, NaN, out);
}

/** `max` without NaN; NaN where there is nothing else. */
export const nanmax = define("nanmax", extremumParams, [], (options, a: ArrayLike) =>
  nanExtremum("nanmax", a, options, max, -Infinity),
);

/** `min` without NaN; NaN where there is nothing else. */
export const nanmin = define("nanmin", extremumParams, [], (options, a: ArrayLike) =>
  nanExtremum("nanmin", a, options, min, Infinity),
);

const filled = (name: string, a: ArrayLike, fill: number): NDArray => {
  const x = asArray(a, name);
  return isInexact(x.dtype) ? withoutNan(x, fill) : x;
};

/** `sum` with NaN as 0. */
export const nansum = define("nansum", nanSumParams, [], (options, a: ArrayLike) =>
  sum(filled("nansum", a, 0), options),
);

/** `prod` with NaN as 1. */
export const nanprod = define("nanprod", nanSumParams, [], (options, a: ArrayLike) =>
  prod(filled("nanprod", a, 1), options),
);

/** `mean` without NaN; NaN where there is nothing else. */
export const nanmean = define("nanmean", [...meanParams, p.where], [], (options, a: ArrayLike): NDArray => {
  const x = asArray(a, "nanmean");
  if (!isInexact(x.dtype)) return mean(x, options);
  const { axis, keepdims, where } = options;
  const [compute, result] = meanTypes("nanmean", x, options.dtype);
  const count = sum(lax.bitwiseNot(isNan(x)), { axis, keepdims, where, dtype: compute });
  const total = sum(withoutNan(x, 0), { axis, keepdims, where, dtype: compute });
  return cast(lax.div(total, count), result);
});

function nanVariance(name: string, a: ArrayLike, options: NanVarOptions, root: boolean): NDArray {
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
export const nanvar = define("nanvar", nanVarParams, [meanParam], (options, a: ArrayLike) =>
  nanVariance("nanvar", a, options, false),
);

/** `std` without NaN; NaN where too few elements are left. */
export const nanstd = define("nanstd", nanVarParams, [meanParam], (options, a: ArrayLike) =>
  nanVariance("nanstd", a, options, true),
);

function nanPosition(
  name: string,
  a: ArrayLike,
  options: ArgOptions,
  find: typeof argmax,
  fill: number,
): NDArray {
  const x = asArray(a, name);
  if (!isInexact(x.dtype)) return find(x, options);
  const out = find(withoutNan(x, fill), options);
  const nothing = all(isNan(x), { axis: options.axis, keepdims: options.keepdims === true });
  return lax.select(nothing, -1, out);
}

/** `argmax` without NaN; −1 where there is nothing else. */
export const nanargmax = define("nanargmax", argParams, [], (options, a: ArrayLike) =>
  nanPosition("nanargmax", a, options, argmax, -Infinity),
);

/** `argmin` without NaN; −1 where there is nothing else. */
export const nanargmin = define("nanargmin", argParams, [], (options, a: ArrayLike) =>
  nanPosition("nanargmin", a, options, argmin, Infinity),
);
