/** @file Functions of the bits of integers; of booleans the logical ones, but for the ufuncs. They have no derivative. */
import type { NDArray } from "../../core/array.ts";
import { isUnsigned } from "../../dtypes/dtype.ts";
import * as lax from "../../lax/plain.ts";
import { promoteNumeric, requireInteger } from "../operands/promote.ts";
import { binary, bothInteger, numeric, own, unary } from "./lift.ts";

/**
 * All bits of integers (of booleans: the value) inverted.
 * @see jax.numpy.bitwise_not
 * @example
 * np.bitwiseNot(np.array([0, 5], "int32")).js(); // [-1, -6]
 */
export const bitwiseNot = unary("bitwiseNot", own, lax.bitwiseNot);
/** Alias of `bitwiseNot`. */
export const bitwiseInvert = bitwiseNot;
/** Alias of `bitwiseNot`. */
export const invert = bitwiseNot;

/**
 * The bits of x moved up by y places: x · 2^y, modulo the width.
 * @throws DTypeError unless both are integers
 * @see jax.numpy.left_shift
 * @example
 * np.leftShift(np.array([1, 3], "int32"), 2).js(); // [4, 12]
 */
export const leftShift = binary("leftShift", bothInteger(promoteNumeric), lax.shiftLeft);
/** Alias of `leftShift`. */
export const bitwiseLeftShift = leftShift;

const shiftRight = (x: NDArray, y: NDArray): NDArray =>
  isUnsigned(x.dtype) ? lax.shiftRightLogical(x, y) : lax.shiftRightArithmetic(x, y);

/**
 * The bits of x moved down by y places: x / 2^y, rounded down. Signed integers keep their sign.
 * @throws DTypeError unless both are integers
 * @see jax.numpy.right_shift
 * @example
 * np.rightShift(np.array([12, -3], "int32"), 1).js(); // [6, -2]
 */
export const rightShift = binary("rightShift", bothInteger(promoteNumeric), shiftRight);
/** Alias of `rightShift`. */
export const bitwiseRightShift = rightShift;

/**
 * The number of bits of |x| that are 1, as uint8.
 * @throws DTypeError unless x holds integers
 * @see jax.numpy.bitwise_count
 * @example
 * np.bitwiseCount(np.array([7, -4], "int32")).js(); // [3, 1]
 */
export const bitwiseCount = unary("bitwiseCount", numeric, (x) => {
  requireInteger("bitwiseCount", [x]);
  const size = isUnsigned(x.dtype) ? x : lax.abs(x);
  return lax.convertElementType(lax.populationCount(size), "uint8");
});
