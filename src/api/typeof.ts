/** @file `typeof_`: the abstract value of an array. */
import type { ArrayLike } from "../core/array.ts";
import type { ShapedArray } from "../core/aval.ts";
import { asArray } from "../lax/operands/convert.ts";

/**
 * The type of an array, number, boolean or typed array: its shape, dtype and weakness, printed as jaxprs do. Under a
 * transformation that of the value as the function sees it.
 * @throws ArgumentError for anything else
 * @see jax.typeof
 * @example
 * String(typeof_(np.ones([2, 3], "float32"))); // "f32[2,3]"
 * String(typeof_(1)); // "~f64[]"
 */
export const typeof_ = (x: ArrayLike): ShapedArray => asArray(x, "typeof_").aval;
