/** @file scipy.special's softmax family: that of `nn`, with SciPy's defaults (all axes). */
import { refuseMore } from "../../base/checks.ts";
import type { ArrayLike, NDArray } from "../../core/array.ts";
import type { Axis } from "../../core/methods.ts";
import * as nn from "../../nn/normalisation.ts";
import { settle, signature } from "../../arguments/declare.ts";
import { type OptionsOf, param } from "../../arguments/parameters.ts";

const axis = param<[axis: Axis]>()("axis", null);
export type SoftmaxOptions = OptionsOf<[typeof axis]>;
const softmaxSignature = signature("special.softmax", 1, [], [axis]);
const logSoftmaxSignature = signature("special.logSoftmax", 1, [], [axis]);

/**
 * eˣ, divided by its sum over `axis` (all axes by default).
 * @see jax.scipy.special.softmax
 * @example
 * scipy.special.softmax(np.array([3, 3])).js(); // [0.5, 0.5]
 */
export function softmax(x: ArrayLike, options?: SoftmaxOptions, ...more: []): NDArray {
  refuseMore("softmax", 2, more);
  return nn.softmax(x, settle(softmaxSignature, [options]));
}

/**
 * The logarithm of `softmax` over `axis` (all axes by default), without overflow or underflow. In floating point:
 * integers become floats.
 * @throws DTypeError for booleans; ArgumentError for an axis out of range
 * @see jax.scipy.special.log_softmax
 * @example
 * scipy.special.logSoftmax(np.array([0, -Infinity])).js(); // [0, -Infinity]
 */
export function logSoftmax(x: ArrayLike, options?: SoftmaxOptions, ...more: []): NDArray {
  refuseMore("logSoftmax", 2, more);
  return nn.logSoftmax(x, settle(logSoftmaxSignature, [options]));
}

/**
 * log Σ b·eᵃ over an axis, several, or all (default), without overflow, in floating point: integers become floats. With
 * `returnSign` the result is a list: the logarithm of the absolute value, and the sign; without, a negative sum gives NaN.
 *
 * Parameters: axis = null (all), b = null (factors), keepdims = false, returnSign = false, where = null (elements to include).
 * @throws ArgumentError for an axis out of range
 * @see jax.scipy.special.logsumexp
 * @example
 * scipy.special.logsumexp(np.array([1000, 1000])).item(); // 1000.693147… — 1000 + log 2
 * scipy.special.logsumexp(np.array([0, 0]), { b: np.array([2, -1]) }).item(); // 0 — log(2 − 1)
 */
export const logsumexp: typeof nn.logsumexp = nn.logsumexp;
