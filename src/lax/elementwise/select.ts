/** @file Choosing between arrays: `selectN`, `select`, `clamp`. */
import { refuseMore } from "../../base/checks.ts";
import { type ArrayLike, type NDArray } from "../../core/array.ts";
import type { ShapedArray } from "../../core/aval.ts";
import type { NoParams, Primitive } from "../../core/primitive.ts";
import { bind1 } from "../../core/trace.ts";
import { AdjointError, ArgumentError, DTypeError } from "../../base/errors.ts";
import { batchElementwise } from "../../interpreters/rules.ts";
import * as e from "../../loops/ir/expressions.ts";
import { iclamp } from "../../loops/ir/affine.ts";
import { elementAt, map, pull } from "../../loops/pull.ts";
import { bitwiseAnd } from "./bitwise.ts";
import { gt, lt } from "./compare.ts";
import { asArray, asDType, promote } from "../operands/convert.ts";
import { checkDtypes, elementwise, joinedAval, none } from "../families/elementwise.ts";
import { linear } from "../families/linear.ts";
import { promoteStrict } from "../operands/strict.ts";

/** The batched form may see a scalar selector beside full cases, and scalar cases beside a full selector. */
const selectNP: Primitive<NoParams> = linear<NoParams>({
  name: "select_n",
  kind: "elementwise",
  abstractEval: (avals) => {
    const [which, ...cases] = avals as [ShapedArray, ...ShapedArray[]];
    if (cases.length === 0) throw new ArgumentError("selectN: expected a selector and cases; got no cases.");
    if (which.dtype !== "bool" && which.dtype !== "int32") {
      throw new DTypeError(`selectN: the selector must be bool or int32; got ${which.dtype}.`);
    }
    if (which.dtype === "bool" && cases.length !== 2) {
      throw new DTypeError(`selectN: a bool selector needs 2 cases; got ${cases.length}.`);
    }
    return [joinedAval("selectN", avals, checkDtypes("selectN", cases, "any"), cases)];
  },
  lower: ({ outAvals }, [which, ...cases]) =>
    map(
      pull(outAvals[0], (index) => {
        const w = elementAt(which, index);
        const values = cases.map((c) => elementAt(c, index));
        if (w.dtype === "bool") return e.select(w, values[1], values[0]);
        const k = iclamp(w, 0, values.length - 1);
        return values
          .slice(0, -1)
          .reduceRight(
            (rest, v, i) => e.select(e.eq(k, e.constant(i, "int32")), v, rest),
            values[values.length - 1],
          );
      }),
    ),
  linearIn: (operand) => operand > 0,
  transpose: (ct, [, ...cases], _params, [which]) => {
    const zero = asDType(0, ct.dtype, false, "select");
    return cases.map(
      (_, k) => () => bind1(selectNP, [which, ...cases.map((_case, i) => (i === k ? ct : zero))], none),
    );
  },
  batch: batchElementwise(() => selectNP),
  dependence: ([which, ...cases], _, [aval], tools) => {
    const chosen = which.value?.dataSync();
    const at = (e: number): number => Number(chosen?.[chosen.length === 1 ? 0 : e]);
    const last = cases.length - 1;
    const counts = (k: number, e: number): boolean => Math.min(Math.max(at(e), 0), last) === k;
    return [tools.sameElement(cases, aval, chosen === undefined ? undefined : counts)];
  },
});

/**
 * Picks, element by element, `cases[which]`. `which` is bool (two cases: false first) or int32 (clamped to the cases); it
 * and the cases, of one dtype, have one shape or are scalars. Derivatives go to the case that is picked.
 * @throws DTypeError for another selector, and for dtypes that differ; ShapeError for shapes that differ
 * @see jax.lax.select_n
 * @example
 * lax.selectN(np.array([0, 2, 1], "int32"), np.array([1, 2, 3]), 10, np.array([7, 8, 9])).js(); // [1, 8, 10]
 */
export function selectN(which: ArrayLike, ...cases: readonly ArrayLike[]): NDArray {
  return bind1(selectNP, [asArray(which, "selectN"), ...promoteStrict("selectN", ...cases)], none);
}

/**
 * `onTrue` where `pred`, else `onFalse`. Operands agree in shape, the two in dtype, or are scalars. Derivatives go to the
 * one that is picked: the other gets 0, which times an infinite derivative is NaN. Hence make what may be infinite finite
 * before it is computed, as in the example.
 * @throws DTypeError for other predicates than bool and int32, and for dtypes that differ; ShapeError for shapes that differ
 * @see jax.lax.select
 * @example
 * const positive = (x: Array) => lax.gt(x, 0);
 * const f = (x: Array) => lax.select(positive(x), lax.log(lax.select(positive(x), x, 1)), 0);
 * grad(f)(0).item(); // 0 — NaN, were the logarithm taken of x itself
 */
export function select(pred: ArrayLike, onTrue: ArrayLike, onFalse: ArrayLike, ...more: []): NDArray {
  refuseMore("select", 3, more);
  const [t, f] = promoteStrict("select", onTrue, onFalse);
  try {
    return bind1(selectNP, [asArray(pred, "select"), f, t], none);
  } catch (e) {
    throw e instanceof AdjointError ? e.attribute("select") : e;
  }
}

const clampP = elementwise({
  name: "clamp",
  accepts: "ordered",
  scalar: ([lo, x, hi]) => e.min(e.max(x, lo), hi),
  jvp: [
    (g, _, [lo, x]) => select(gt(lo, x), g, 0),
    (g, _, [lo, x, hi]) => select(bitwiseAnd(gt(x, lo), lt(x, hi)), g, 0),
    (g, _, [, x, hi]) => select(lt(hi, x), g, 0),
  ],
});
/**
 * x limited to [min, max], which may be scalars, in their common dtype; max where min > max, NaN where x is. Outside and
 * at the limits the derivative with respect to x is 0; a limit has derivative 1 where x is beyond it.
 * @throws DTypeError for complex numbers; ShapeError for shapes that differ
 * @see jax.lax.clamp
 * @example
 * lax.clamp(0, np.array([-1, 0.5, 2]), 1).js(); // [0, 0.5, 1]
 * grad((x: Array) => lax.clamp(0, x, 1))(1).item(); // 0
 */
export function clamp(min: ArrayLike, x: ArrayLike, max: ArrayLike, ...more: []): NDArray {
  refuseMore("clamp", 3, more);
  return bind1(clampP, promote("clamp", min, x, max), none);
}
