/** @file Element-wise functions of `lax` with named parameters: rounding, whole powers, conversions. */
import { refuseMore } from "../../base/checks.ts";
import { named } from "../../arguments/declare.ts";
import type { ArrayLike, NDArray } from "../../core/array.ts";
import type { DType } from "../../dtypes/dtype.ts";
import * as convert from "../elementwise/convert.ts";
import * as elementwise from "../elementwise/functions.ts";
import * as power from "../elementwise/power.ts";
import { asArray } from "../operands/convert.ts";
import { reducePrecision as reducePrecisionFn } from "../elementwise/reduce-precision.ts";

/**
 * The nearest integer to each element, in its own dtype; halves go away from zero (`roundingMethod` 0, the default) or to
 * the even neighbour (1). The derivative is 0.
 * @throws DTypeError unless the dtype is a real float; ArgumentError for another `roundingMethod`
 * @see jax.lax.round
 * @example
 * const x = np.array([-1.5, 1.4, 2.5]);
 * lax.round(x).js(); // [-2, 1, 3]
 * lax.round(x, 1).js(); // [-2, 1, 2]
 */
export const round = named("round", elementwise.round, ["x", "roundingMethod"]);

/**
 * x to the whole power `y`, by repeated multiplication; 1 for y = 0, of NaN and 0 also. The derivative is y·x^(y − 1), and
 * 0 everywhere for y = 0.
 * @throws ArgumentError unless `y` is a whole number, or if it is negative for integers; DTypeError for bool
 * @see jax.lax.integer_pow
 * @example
 * lax.integerPow(np.array([2, -3]), 3).js(); // [8, -27]
 * lax.integerPow(2, -2).item(); // 0.25
 */
export const integerPow = named("integerPow", power.integerPow, ["x", "y"]);

/**
 * `x` rounded to a format of `exponentBits` and `mantissaBits` (half to even; subnormal numbers of the format become 0, too
 * large ones infinite), in its own dtype. Tangents and cotangents are rounded alike.
 * @throws ArgumentError if `exponentBits` is below 1 or `mantissaBits` below 0
 * @see jax.lax.reduce_precision
 * @example
 * lax.reducePrecision(3.14159265, 5, 10).item(); // 3.140625
 */
export const reducePrecision = named("reducePrecision", reducePrecisionFn, [
  "operand",
  "exponentBits",
  "mantissaBits",
]);

/**
 * `x` in another dtype: floats to integers truncate and saturate (NaN to 0), integers wrap, bool is `x != 0`, complex
 * numbers to real ones lose their imaginary parts. Tangents are converted alike; integers and bool have none.
 * @param weakType whether the result adopts the dtype of what it meets, as numbers do; false by default
 * @throws DTypeError for what is no dtype
 * @see jax.lax.convert_element_type
 * @example
 * lax.convertElementType(np.array([1.9, -1.9, NaN, 1e10]), "int32").js(); // [1, -1, 0, 2147483647]
 * lax.convertElementType(np.array([300, -1], "int32"), "uint8").js(); // [44, 255]
 */
export function convertElementType(x: ArrayLike, newDtype: DType, weakType = false, ...more: []): NDArray {
  refuseMore("convertElementType", 3, more);
  return convert.convertElementType(asArray(x, "convertElementType"), newDtype, weakType);
}

/**
 * The bits of `x` as another dtype. Narrower dtypes add a last axis, of the parts with the lowest first; wider ones
 * consume it. No derivative.
 * @throws DTypeError for complex dtypes, and from or to bool; ShapeError unless the last axis makes whole elements
 * @see jax.lax.bitcast_convert_type
 * @example
 * lax.bitcastConvertType(np.array([1], "float32"), "int32").js(); // [1065353216] — 0x3f800000
 * lax.bitcastConvertType(np.array([258], "int32"), "uint8").js(); // [[2, 1, 0, 0]]
 */
export function bitcastConvertType(x: ArrayLike, newDtype: DType, ...more: []): NDArray {
  refuseMore("bitcastConvertType", 2, more);
  return convert.bitcastConvertType(asArray(x, "bitcastConvertType"), newDtype);
}
