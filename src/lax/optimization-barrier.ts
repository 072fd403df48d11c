/** @file `optimization_barrier`: the identity, linear and with derivatives. */
import { type Primitive, type NoParams, definePrimitive, isUndef } from "../core/primitive.ts";
import { bind, bind1 } from "../core/trace.ts";
import { treeFlatten, treeUnflatten } from "../core/tree.ts";
import type { ArrayTree } from "../core/tree-types.ts";
import type { ArrayLike } from "../core/array.ts";
import { Zero, isZero } from "../core/zero.ts";
import { map } from "../jit/lowering.ts";
import { asArray } from "./convert-args.ts";
import { none } from "./family.ts";

export const optimizationBarrierP: Primitive<NoParams> = definePrimitive({
  name: "optimization_barrier",
  kind: "elementwise",
  aliases: true,
  abstractEval: ([x]) => [x],
  lower: (_context, [x]) => map(x),
  jvp: ([x], [t], params) => {
    const out = bind1(optimizationBarrierP, [x], params);
    return [[out], [isZero(t) ? new Zero(out.aval) : bind1(optimizationBarrierP, [t], params)]];
  },
  transpose: ([ct], [x]) => [isUndef(x) ? (isZero(ct) ? new Zero(x.aval) : ct) : null],
  batch: (_axis, [x], [dim], params) => [bind(optimizationBarrierP, [x], params), [dim!]],
});

/**
 * The arrays of a tree, unchanged, of which a compiler does not know that they are: what is computed from them is not merged
 * with what was computed from the operands. That is how `checkpoint` has values computed twice. It costs nothing.
 * @see jax.lax.optimization_barrier
 * @example
 * lax.optimizationBarrier([np.array(1), np.array(2)]); // the same two
 */
export function optimizationBarrier<T>(operand: T): ArrayTree<T> {
  const [leaves, def] = treeFlatten(operand);
  const out = leaves.map((leaf) =>
    bind1(optimizationBarrierP, [asArray(leaf as ArrayLike, "optimizationBarrier")], none),
  );
  return treeUnflatten(def, out) as ArrayTree<T>;
}
