/**
 * @file `optimization_barrier`: the identity, linear and with derivatives, that no compiler sees through.
 *
 * Equal equations on its two sides are not merged. With a second operand (an int32 that is always 0, though only the
 * running program knows) the elements are read at an index to which it is added: so no loop over them can be moved
 * before that number is there. That costs an addition.
 */
import { refuseMore } from "../../base/checks.ts";
import { isConcrete } from "../../core/eval.ts";
import type { NoParams, Primitive } from "../../core/primitive.ts";
import { bind, bind1 } from "../../core/trace.ts";
import { treeMap } from "../../core/tree.ts";
import type { ArrayTree } from "../../core/tree-types.ts";
import type { ArrayLike, NDArray } from "../../core/array.ts";
import { iadd } from "../../loops/ir/affine.ts";
import { map, pull } from "../../loops/pull.ts";
import { bitwiseAnd } from "../elementwise/bitwise.ts";
import { ne } from "../elementwise/compare.ts";
import { convertElementType } from "../elementwise/convert.ts";
import { asArray } from "../operands/convert.ts";
import { none } from "../families/elementwise.ts";
import { linear } from "../families/linear.ts";
import { reshape } from "../shapes/movement.ts";
import { slice } from "../shapes/slicing.ts";

const optimizationBarrierP: Primitive<NoParams> = linear({
  name: "optimization_barrier",
  kind: "elementwise",
  aliases: true,
  abstractEval: ([x]) => [x],
  lower: (_context, [x, zero]) => {
    if ((zero as typeof x | undefined) === undefined || x.aval.ndim === 0) return map(x);
    return map(pull(x.aval, ([first, ...rest]) => x.at([iadd(first, zero.at([])), ...rest])));
  },
  linearIn: (operand) => operand === 0,
  transpose: (ct) => ct,
  batch: (_axis, [x, ...zero], [dim, zeroDim], params) => {
    const one = zeroDim === null ? zero : zero.map((z) => element(z));
    return [bind(optimizationBarrierP, [x, ...one], params), [dim!]];
  },
});

/** The first element. */
const element = (x: NDArray): NDArray =>
  reshape(
    slice(
      x,
      x.shape.map(() => 0),
      x.shape.map(() => 1),
    ),
    [],
  );

/** The values, none of which is computed with before there is a given other one. */
export function barrierAfter(xs: readonly NDArray[], other: NDArray): readonly NDArray[] {
  // Nothing is merged or moved where operations run one by one.
  if ([...xs, other].every(isConcrete)) return xs;
  if (isConcrete(other) || other.size === 0) return xs.map((x) => bind1(optimizationBarrierP, [x], none));
  const value = element(other);
  const zero = bitwiseAnd(convertElementType(ne(value, value), "int32"), 0);
  return xs.map((x) => bind1(optimizationBarrierP, [x, zero], none));
}

/**
 * The arrays of a tree, unchanged, of which a compiler does not know that they are: what is computed from them is not merged
 * with what was computed from the operands. It costs nothing.
 * @see jax.lax.optimization_barrier
 * @example
 * lax.optimizationBarrier([np.array(1), np.array(2)]); // the same two
 */
export function optimizationBarrier<T>(operand: T, ...more: []): ArrayTree<T> {
  refuseMore("optimizationBarrier", 1, more);
  const barred = (leaf: ArrayLike): NDArray =>
    bind1(optimizationBarrierP, [asArray(leaf, "optimizationBarrier")], none);
  return treeMap(barred, operand, []) as ArrayTree<T>;
}
