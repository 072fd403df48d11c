/** @file scipy.special's softmax family: that of `nn`, with SciPy's defaults (all axes). */
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
export function softmax(x: ArrayLike, options?: SoftmaxOptions): NDArray {
  return nn.softmax(x, settle(softmaxSignature, [options]));
}

/** The logarithm of `softmax`. @see jax.scipy.special.log_softmax */
export function logSoftmax(x: ArrayLike, options?: SoftmaxOptions): NDArray {
  return nn.logSoftmax(x, settle(logSoftmaxSignature, [options]));
}

export const { logsumexp } = nn;
