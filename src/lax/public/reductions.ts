/** @file Functions of `lax` with named parameters that reduce, accumulate or sort along axes. */
import { named } from "../../arguments/declare.ts";
import * as convLayout from "../convolution/layout.ts";
import * as cumulativeFns from "../reductions/cumulative.ts";
import * as reduceFns from "../reductions/reduce.ts";
import * as windows from "../reductions/window.ts";
import * as sorting from "../sorting/sort.ts";

const reduceNames = ["operand", "axes"] as const;

/**
 * The sum over axes, in the operand's dtype; sums of floats up to float32 are computed in float64 and rounded once.
 * @throws DTypeError for bool; ArgumentError unless `axes` are distinct axes
 * @see jax.lax.reduce_sum
 * @example
 * lax.reduceSum(np.array([[1, 2], [3, 4]]), [0]).js(); // [4, 6]
 */
export const reduceSum = named("reduceSum", reduceFns.reduceSum, reduceNames);

/**
 * The product over axes, in the operand's dtype. The derivative is computed without division, so that it is right where
 * elements are 0.
 * @throws DTypeError for bool; ArgumentError unless `axes` are distinct axes
 * @see jax.lax.reduce_prod
 * @example
 * lax.reduceProd(np.array([[1, 2], [3, 4]]), [1]).js(); // [2, 12]
 * grad((x) => lax.reduceProd(x, [0]))(np.array([0, 2, 3])).js(); // [6, 0, 0]
 */
export const reduceProd = named("reduceProd", reduceFns.reduceProd, reduceNames);

/**
 * The maximum over axes; NaN if there is one; the lowest value of the dtype (−∞ for floats) if there are no elements. All
 * elements that attain it share the derivative equally.
 * @throws ArgumentError unless `axes` are distinct axes
 * @see jax.lax.reduce_max
 * @example
 * lax.reduceMax(np.array([[1, 5], [3, 4]]), [1]).js(); // [5, 4]
 * grad((x) => lax.reduceMax(x, [0]))(np.array([7, 1, 7])).js(); // [0.5, 0, 0.5]
 */
export const reduceMax = named("reduceMax", reduceFns.reduceMax, reduceNames);

/**
 * The minimum over axes; NaN if there is one; the highest value of the dtype (∞ for floats) if there are no elements. All
 * elements that attain it share the derivative equally.
 * @throws ArgumentError unless `axes` are distinct axes
 * @see jax.lax.reduce_min
 * @example
 * lax.reduceMin(np.array([[1, 5], [3, 4]]), [0]).js(); // [1, 4]
 */
export const reduceMin = named("reduceMin", reduceFns.reduceMin, reduceNames);

/**
 * The bitwise (on bool: logical) and over axes; all bits are set (true) if there are no elements. The derivative is 0.
 * @throws DTypeError for floats and complex numbers; ArgumentError unless `axes` are distinct axes
 * @see jax.lax.reduce_and
 * @example
 * lax.reduceAnd(np.array([[true, true], [true, false]]), [1]).js(); // [true, false]
 * lax.reduceAnd(np.array([6, 3], "int32"), [0]).item(); // 2
 */
export const reduceAnd = named("reduceAnd", reduceFns.reduceAnd, reduceNames);

/**
 * The bitwise (on bool: logical) or over axes; 0 (false) if there are no elements. The derivative is 0.
 * @throws DTypeError for floats and complex numbers; ArgumentError unless `axes` are distinct axes
 * @see jax.lax.reduce_or
 * @example
 * lax.reduceOr(np.array([[false, false], [true, false]]), [1]).js(); // [false, true]
 * lax.reduceOr(np.array([6, 3], "int32"), [0]).item(); // 7
 */
export const reduceOr = named("reduceOr", reduceFns.reduceOr, reduceNames);

/**
 * The bitwise (on bool: logical) exclusive or over axes; 0 (false) if there are no elements. The derivative is 0.
 * @throws DTypeError for floats and complex numbers; ArgumentError unless `axes` are distinct axes
 * @see jax.lax.reduce_xor
 * @example
 * lax.reduceXor(np.array([true, true, true]), [0]).item(); // true
 * lax.reduceXor(np.array([6, 3], "int32"), [0]).item(); // 5
 */
export const reduceXor = named("reduceXor", reduceFns.reduceXor, reduceNames);

/**
 * The index, in `indexDtype` (int32), of the first maximum along an axis; of the first NaN if there is one. The derivative is
 * 0.
 * @throws ShapeError for an empty axis; ArgumentError for an axis out of range or an `indexDtype` that is no integer dtype
 * @see jax.lax.argmax
 * @example
 * lax.argmax(np.array([[1, 5, 5], [4, 2, 3]]), 1).js(); // [1, 0]
 */
export const argmax = named("argmax", reduceFns.argmax, ["operand", "axis", "indexDtype"]);

/**
 * The index, in `indexDtype` (int32), of the first minimum along an axis; of the first NaN if there is one. The derivative is
 * 0.
 * @throws ShapeError for an empty axis; ArgumentError for an axis out of range or an `indexDtype` that is no integer dtype
 * @see jax.lax.argmin
 * @example
 * lax.argmin(np.array([3, NaN, 1]), 0).item(); // 1
 */
export const argmin = named("argmin", reduceFns.argmin, ["operand", "axis", "indexDtype"]);

/**
 * Reduces each window of `operand` with `computation`, which must be `add`, `mul`, `max` or `min` (of lax or numpy), starting
 * from `initValue`. Windows, strides, padding (by name or pairs) and dilations have one entry for each axis; in padding there
 * is nothing to reduce. The derivative of an extremum goes to the first element that attains it.
 * @throws ArgumentError for another computation, or where the entries are not one for each axis; ShapeError for windows or
 * strides below 1
 * @see jax.lax.reduce_window
 * @example
 * lax.reduceWindow(np.array([1, 5, 2, 4]), -Infinity, lax.max, [2], [2], "VALID").js(); // [5, 4]
 * lax.reduceWindow(np.array([1, 2, 3]), 0, lax.add, [2], [1], "SAME").js(); // [3, 5, 3]
 */
export const reduceWindow = named("reduceWindow", windows.reduceWindow, [
  "operand",
  "initValue",
  "computation",
  "windowDimensions",
  "windowStrides",
  "padding",
  "baseDilation",
  "windowDilation",
]);

/**
 * The shape of `reduceWindow`.
 * @throws ShapeError where the padding takes away more than there is
 * @see jax.lax.reduce_window_shape_tuple
 * @example
 * lax.reduceWindowShapeTuple([8, 8], [2, 2], [2, 2], [[0, 0], [0, 0]]); // [4, 4]
 */
export const reduceWindowShapeTuple = named("reduceWindowShapeTuple", convLayout.reduceWindowShapeTuple, [
  "operandShape",
  "windowDimensions",
  "windowStrides",
  "padding",
  "baseDilation",
  "windowDilation",
]);

const cumulativeNames = ["operand", "axis", "reverse"] as const;

/**
 * The cumulative sum along an axis (the first), with `reverse` from the end, in the operand's dtype.
 * @throws DTypeError for bool; ArgumentError for an axis out of range
 * @see jax.lax.cumsum
 * @example
 * lax.cumsum(np.array([1, 2, 3])).js(); // [1, 3, 6]
 * lax.cumsum(np.array([1, 2, 3]), { reverse: true }).js(); // [6, 5, 3]
 */
export const cumsum = named("cumsum", cumulativeFns.cumsum, cumulativeNames);

/**
 * The cumulative product along an axis (the first), with `reverse` from the end, in the operand's dtype. The derivative is
 * computed without division, so that it is right where elements are 0.
 * @throws DTypeError for bool; ArgumentError for an axis out of range
 * @see jax.lax.cumprod
 * @example
 * lax.cumprod(np.array([[1, 2], [3, 4]]), { axis: 1 }).js(); // [[1, 2], [3, 12]]
 */
export const cumprod = named("cumprod", cumulativeFns.cumprod, cumulativeNames);

/**
 * The cumulative maximum along an axis (the first), with `reverse` from the end; NaN from the first NaN on. Where an element
 * equals the maximum before it, each takes half of the derivative.
 * @throws DTypeError for complex numbers; ArgumentError for an axis out of range
 * @see jax.lax.cummax
 * @example
 * lax.cummax(np.array([1, 3, 2, 5])).js(); // [1, 3, 3, 5]
 */
export const cummax = named("cummax", cumulativeFns.cummax, cumulativeNames);

/**
 * The cumulative minimum along an axis (the first), with `reverse` from the end; NaN from the first NaN on. Where an element
 * equals the minimum before it, each takes half of the derivative.
 * @throws DTypeError for complex numbers; ArgumentError for an axis out of range
 * @see jax.lax.cummin
 * @example
 * lax.cummin(np.array([4, 2, 3, 1])).js(); // [4, 2, 2, 1]
 */
export const cummin = named("cummin", cumulativeFns.cummin, cumulativeNames);

/**
 * The cumulative log-sum-exp log(Σ eˣ) along an axis (the first), with `reverse` from the end, without overflow.
 * @throws DTypeError unless the dtype is a real float; ArgumentError for an axis out of range
 * @see jax.lax.cumlogsumexp
 * @example
 * lax.cumlogsumexp(np.array([0, 0, 0])).js(); // [0, 0.6931, 1.0986] — log 1, log 2, log 3
 */
export const cumlogsumexp = named("cumlogsumexp", cumulativeFns.cumlogsumexp, cumulativeNames);

/**
 * Sorts `keys` along an axis (the last), stably, and carries `values` of the same shape along: `[keys, values]`. NaNs come
 * last. Derivatives follow the permutation.
 * @throws ShapeError if the shapes differ; ArgumentError for an axis out of range
 * @see jax.lax.sort_key_val
 * @example
 * lax.sortKeyVal(np.array([3, 1, 2]), np.array([30, 10, 20])); // [[1, 2, 3], [10, 20, 30]]
 */
export const sortKeyVal = named("sortKeyVal", sorting.sortKeyVal, [
  "keys",
  "values",
  "dimension",
  "isStable",
]);

/**
 * The `k` largest elements along an axis (the last by default), largest first, and their indices (int32): `[values,
 * indices]`. Of equal ones the first comes first; NaNs count as largest. Derivatives go to the elements chosen.
 * @throws ArgumentError unless `k` is 0 to the size of the axis, or for an axis out of range
 * @see jax.lax.top_k
 * @example
 * lax.topK(np.array([1, 9, 4, 9]), 3); // [[9, 9, 4], [1, 3, 2]]
 */
export const topK = named("topK", sorting.topK, ["operand", "k", "axis"]);
