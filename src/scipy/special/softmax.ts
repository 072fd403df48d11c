/** @file scipy.special's softmax family: that of `nn`, with SciPy's defaults (all axes). */
import type { ArrayLike, NDArray } from "../../core/array.ts";
import type { Axis } from "../../core/methods.ts";
import * as nn from "../../nn/normalisation.ts";
import { resolveArgs } from "../../numpy/operands/args.ts";

export interface SoftmaxOptions {
  readonly axis?: Axis | undefined;
}

/** eˣ, divided by its sum over `axis` (all axes by default). */
export function softmax(x: ArrayLike, options?: SoftmaxOptions): NDArray {
  const { axis = null } = resolveArgs<SoftmaxOptions>("special.softmax", [options], [], ["axis"]);
  return nn.softmax(x, { axis });
}

/** The logarithm of `softmax`. */
export function logSoftmax(x: ArrayLike, options?: SoftmaxOptions): NDArray {
  const { axis = null } = resolveArgs<SoftmaxOptions>("special.logSoftmax", [options], [], ["axis"]);
  return nn.logSoftmax(x, { axis });
}

export const { logsumexp } = nn;
