/** @file `stop_gradient`: the identity, with derivative zero. Under grad and jvp its result is the plain value. */
import { refuseMore } from "../../base/checks.ts";
import { type NDArray, isArrayLike } from "../../core/array.ts";
import {
  type Primitive,
  definePrimitive,
  notLinear,
  zeroTangent,
  type NoParams,
} from "../../core/primitive.ts";
import { bind1 } from "../../core/trace.ts";
import { treeMap } from "../../core/tree.ts";
import { batchInPlace } from "../../interpreters/rules.ts";
import { map } from "../../loops/pull.ts";
import { asArray } from "../operands/convert.ts";
import { none } from "../families/elementwise.ts";
import type { ArrayTree } from "../../core/tree-types.ts";

const stopGradientP: Primitive<NoParams> = definePrimitive({
  name: "stop_gradient",
  kind: "elementwise",
  aliases: true,
  abstractEval: ([x]) => [x],
  lower: (_context, [x]) => map(x),
  jvp: zeroTangent,
  transpose: notLinear,
  batch: batchInPlace(() => stopGradientP),
  complex: (args) => [...args],
});

/** An array as a constant. */
export const stopped = (x: NDArray): NDArray => bind1(stopGradientP, [x], none);

/**
 * `x` (an array or a tree of arrays) as a constant: derivatives with respect to what it was computed from are zero.
 * @see jax.lax.stop_gradient
 * @example
 * grad((x) => x.mul(stopGradient(x)))(3).item(); // 3
 */
export function stopGradient<T>(x: T, ...more: []): ArrayTree<T> {
  refuseMore("stopGradient", 1, more);
  const constant = (leaf: unknown): unknown =>
    isArrayLike(leaf) ? stopped(asArray(leaf, "stopGradient")) : leaf;
  return treeMap(constant, x, []) as ArrayTree<T>;
}
