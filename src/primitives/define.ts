/** @file `definePrimitive`: a primitive with rules of the user's, and with those that follow where there are none. */
import { refuseMore } from "../base/checks.ts";
import { ArgumentError } from "../base/errors.ts";
import { isPlainObject } from "../base/util.ts";
import { type ArrayLike, type NDArray, isArrayLike } from "../core/array.ts";
import type { Params } from "../core/primitive.ts";
import { bind } from "../core/trace.ts";
import { asArray } from "../lax/operands/convert.ts";
import { Rules } from "./rules-of.ts";
import { type PrimitiveSpec, checkSpec } from "./spec.ts";

/**
 * Defines a primitive: an operation with rules of its own, which stands in programs under its name. What it computes is written in
 * the loop language (`kernel`: the element of the result at an index, as for {@link kernel}) or in JavaScript (`compute`: from
 * typed arrays to typed arrays). Every other rule may be left out; see {@link PrimitiveSpec} for what is derived then. What rules
 * return is checked when they run: errors name the primitive and the rule.
 *
 * @returns the function that applies it: to arrays, and to an object of parameters behind them if it has any; to one array if it
 * has one result, else to a list
 * @throws ArgumentError for what is no such description, and for a name that is taken
 * @see jax.extend.core.Primitive
 * @example
 * const softAbs = definePrimitive({
 *   name: "example_soft_abs",
 *   kernel: (i, [x]) => x.at(...i).abs().add(x.at(...i).abs().mul(-2).exp().log1p()).sub(Math.LN2),
 *   jvp: ([x], [t]) => t && np.tanh(x).mul(t),
 *   batch: "elementwise",
 * });
 * grad((x: Array) => softAbs(x) as Array)(0.5).item(); // 0.46211716
 */
export function definePrimitive<P extends Params = Params>(
  spec: PrimitiveSpec<P>,
  ...more: readonly unknown[]
): (...operands: readonly (ArrayLike | P)[]) => NDArray | NDArray[] {
  refuseMore("definePrimitive", 1, more);
  const checked = checkSpec(spec);
  const { primitive } = new Rules(checked);
  return (...operands) => {
    const last = operands.at(-1);
    const hasParams = isPlainObject(last) && !isArrayLike(last);
    const params = (hasParams ? last : {}) as Params;
    if ("vmap" in params) throw new ArgumentError(`${checked.name}: no parameter may be named vmap.`);
    const args = (hasParams ? operands.slice(0, -1) : operands).map((x, i) =>
      asArray(x as ArrayLike, `${checked.name}: operand ${i}`),
    );
    const outs = bind(primitive, args, params);
    return outs.length === 1 ? outs[0] : outs;
  };
}
