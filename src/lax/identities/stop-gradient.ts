/** @file `stop_gradient`: the identity, with derivative zero. Under grad and jvp its result is the plain value. */
import { isArrayLike } from "../../core/array.ts";
import {
  type Primitive,
  definePrimitive,
  notLinear,
  zeroTangent,
  type NoParams,
} from "../../core/primitive.ts";
import { bind, bind1 } from "../../core/trace.ts";
import { treeFlatten, treeUnflatten } from "../../core/tree.ts";
import { map } from "../../loops/pull.ts";
import { asArray } from "../operands/convert.ts";
import { none } from "../families/elementwise.ts";
import type { ArrayTree } from "../../core/tree-types.ts";

export const stopGradientP: Primitive<NoParams> = definePrimitive({
  name: "stop_gradient",
  kind: "elementwise",
  aliases: true,
  abstractEval: ([x]) => [x],
  lower: (_context, [x]) => map(x),
  jvp: zeroTangent,
  transpose: notLinear,
  batch: (_axis, [x], [dim], params) => [bind(stopGradientP, [x], params), [dim!]],
  complex: (args) => [...args],
});

/**
 * `x` (an array or a tree of arrays) as a constant: derivatives with respect to what it was computed from are zero.
 * @see jax.lax.stop_gradient
 * @example
 * grad((x) => x.mul(stopGradient(x)))(3).item(); // 3
 */
export function stopGradient<T>(x: T): ArrayTree<T> {
  const [leaves, def] = treeFlatten(x);
  const stopped = leaves.map((leaf) =>
    isArrayLike(leaf) ? bind1(stopGradientP, [asArray(leaf, "stopGradient")], none) : leaf,
  );
  return treeUnflatten(def, stopped) as ArrayTree<T>;
}
