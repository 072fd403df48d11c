/** @file Reductions that leave NaN out. On integers they are the plain ones. Source: jax/_src/numpy/reductions.py. */
import type { ArrayLike, NDArray } from "../../core/array.ts";
import { isInexact, realPart } from "../../dtypes/dtype.ts";
import { canonicalAxes } from "../../dtypes/shape.ts";
import { asArray } from "../../lax/operands/convert.ts";
import * as lax from "../../lax/plain.ts";
import { rootOfSquares } from "../../lax/elementwise/hypot.ts";
import { broadcastToShape } from "../../lax/shapes/movement.ts";
import { define } from "../../arguments/declare.ts";
import * as p from "../operands/parameters.ts";
import { cast } from "../operands/promote.ts";
import {
  argParams,
  degreesOfFreedom,
  extremumParams,
  masked,
  meanParam,
  meanParams,
  meanTypes,
  squaredModulus,
  varParams,
  withoutNan,
} from "./common.ts";
import * as plain from "./reductions.ts";

const nanSumParams = [p.axis, p.dtype, p.out, p.keepdims, p.initial, p.where] as const;

const isNan = (x: NDArray): NDArray => lax.ne(x, x);

const extremum = (name: string, reduce: typeof plain.max, fill: number) =>
  define(name, extremumParams, [], (values, a: ArrayLike): NDArray => {
    const x = asArray(a, name);
    if (!isInexact(x.dtype)) return reduce(x, values);
    const out = reduce(withoutNan(x, fill), values);
    if (values.initial !== null) return out;
    const nothing = plain.all(isNan(x), { axis: values.axis, keepdims: values.keepdims });
    return lax.select(nothing, NaN, out);
  });

/**
 * `max` without NaN; NaN where there is nothing else.
 * @see jax.numpy.nanmax
 * @example
 * np.nanmax(np.array([1, NaN, 3])).item(); // 3
 */
export const nanmax = extremum("nanmax", plain.max, -Infinity);

/**
 * `min` without NaN; NaN where there is nothing else.
 * @see jax.numpy.nanmin
 * @example
 * np.nanmin(np.array([1, NaN, 3])).item(); // 1
 */
export const nanmin = extremum("nanmin", plain.min, Infinity);

/**
 * `sum` with NaN as 0.
 * @see jax.numpy.nansum
 * @example
 * np.nansum(np.array([1, NaN, 3])).item(); // 4
 */
export const nansum = define("nansum", nanSumParams, [], (values, a: ArrayLike) =>
  plain.sum(withoutNan(asArray(a, "nansum"), 0), values),
);

/**
 * `prod` with NaN as 1.
 * @see jax.numpy.nanprod
 * @example
 * np.nanprod(np.array([2, NaN, 3])).item(); // 6
 */
export const nanprod = define("nanprod", nanSumParams, [], (values, a: ArrayLike) =>
  plain.prod(withoutNan(asArray(a, "nanprod"), 1), values),
);

/**
 * `mean` without NaN; NaN where there is nothing else.
 * @see jax.numpy.nanmean
 * @example
 * np.nanmean(np.array([1, NaN, 3])).item(); // 2
 */
export const nanmean = define("nanmean", [...meanParams, p.where], [], (values, a: ArrayLike): NDArray => {
  const x = asArray(a, "nanmean");
  if (!isInexact(x.dtype)) return plain.mean(x, values);
  const { axis, keepdims, where } = values;
  const [compute, result] = meanTypes("nanmean", x, values.dtype);
  const options = { axis, keepdims, where, dtype: compute };
  const count = plain.sum(lax.bitwiseNot(isNan(x)), options);
  return cast(lax.div(plain.sum(withoutNan(x, 0), options), count), result);
});

const variance = (name: string, root: boolean) =>
  define(name, [...varParams, p.where], [meanParam], (values, a: ArrayLike): NDArray => {
    const x = asArray(a, name);
    const { axis, keepdims, where } = values;
    const [compute, result] = meanTypes(name, x, values.dtype);
    const finish = (out: NDArray): NDArray => cast(root ? rootOfSquares(out) : out, realPart(result));
    if (!isInexact(x.dtype)) return finish(plain.var_(x, { ...values, dtype: compute }));
    const wide = cast(x, compute);
    const axes = canonicalAxes(axis, x.ndim, name);
    const center =
      values.mean === null
        ? nanmean(wide, { axis: axes, dtype: compute, keepdims: true, where })
        : cast(asArray(values.mean, name), compute);
    const gone = isNan(wide);
    // The second select keeps NaN out of the derivative as well, and so does the mask.
    const apart = lax.select(gone, 0, lax.sub(wide, broadcastToShape(center, wide.shape)));
    const centered = masked(name, apart, where, 0);
    const total = plain.sum(squaredModulus(centered), { axis, keepdims, where });
    const present = plain.sum(lax.bitwiseNot(gone), { axis, keepdims, where, dtype: realPart(compute) });
    const divisor = lax.sub(present, degreesOfFreedom(name, values.ddof));
    const empty = lax.le(divisor, 0);
    return finish(lax.div(lax.select(empty, NaN, total), lax.select(empty, 1, divisor)));
  });

/**
 * `var` without NaN; NaN where too few elements are left.
 * @see jax.numpy.nanvar
 * @example
 * np.nanvar(np.array([1, NaN, 3])).item(); // 1
 */
export const nanvar = variance("nanvar", false);

/**
 * `std` without NaN; NaN where too few elements are left.
 * @see jax.numpy.nanstd
 * @example
 * np.nanstd(np.array([1, NaN, 3])).item(); // 1
 */
export const nanstd = variance("nanstd", true);

const position = (name: string, find: typeof plain.argmax, fill: number) =>
  define(name, argParams, [], (values, a: ArrayLike): NDArray => {
    const x = asArray(a, name);
    if (!isInexact(x.dtype)) return find(x, values);
    const out = find(withoutNan(x, fill), values);
    const nothing = plain.all(isNan(x), { axis: values.axis, keepdims: values.keepdims === true });
    return lax.select(nothing, -1, out);
  });

/**
 * `argmax` without NaN; −1 where there is nothing else.
 * @see jax.numpy.nanargmax
 * @example
 * np.nanargmax(np.array([1, NaN, 3])).item(); // 2
 */
export const nanargmax = position("nanargmax", plain.argmax, -Infinity);

/**
 * `argmin` without NaN; −1 where there is nothing else.
 * @see jax.numpy.nanargmin
 * @example
 * np.nanargmin(np.array([1, NaN, 3])).item(); // 0
 */
export const nanargmin = position("nanargmin", plain.argmin, Infinity);
