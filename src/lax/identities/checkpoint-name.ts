/** @file `name`: the identity that gives a value a name, by which policies of `checkpoint` know it. */
import { refuseMore } from "../../base/checks.ts";
import type { ArrayLike, NDArray } from "../../core/array.ts";
import type { Primitive } from "../../core/primitive.ts";
import { bind1 } from "../../core/trace.ts";
import { treeMap } from "../../core/tree.ts";
import type { ArrayTree } from "../../core/tree-types.ts";
import { ArgumentError } from "../../base/errors.ts";
import { batchInPlace } from "../../interpreters/rules.ts";
import { map } from "../../loops/pull.ts";
import { asArray } from "../operands/convert.ts";
import { linear } from "../families/linear.ts";

export const nameP: Primitive<{ name: string }> = linear<{ name: string }>({
  name: "name",
  kind: "movement",
  aliases: true,
  abstractEval: ([x]) => [x],
  lower: (_context, [x]) => map(x),
  // A tangent has no name.
  tangent: ([t]) => t,
  transpose: (ct) => ct,
  batch: batchInPlace(() => nameP),
});

/**
 * The arrays of a tree, unchanged, under a name: policies such as `checkpointPolicies.saveOnlyTheseNames` refer to it.
 * @see jax.ad_checkpoint.checkpoint_name
 * @example
 * const { saveOnlyTheseNames } = checkpointPolicies;
 * const f = (x: Array) => np.sin(checkpointName(np.exp(x), "e"));
 * grad(checkpoint(f, { policy: saveOnlyTheseNames("e") }))(0).item(); // 0.54030230586…
 */
export function checkpointName<T>(x: T, name: string, ...more: []): ArrayTree<T> {
  refuseMore("checkpointName", 2, more);
  if (typeof name !== "string")
    throw new ArgumentError(`checkpointName: the name must be a string; got ${typeof name}.`);
  const named = (leaf: ArrayLike): NDArray => bind1(nameP, [asArray(leaf, "checkpointName")], { name });
  return treeMap(named, x, []) as ArrayTree<T>;
}
