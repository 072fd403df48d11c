/** @file Choosing between arrays: `selectN`, `select`, `clamp`. */
import { type ArrayLike, type NDArray } from "../../core/array.ts";
import { type ShapedArray, shaped } from "../../core/aval.ts";
import { type Primitive, definePrimitive, isUndef, type NoParams } from "../../core/primitive.ts";
import { bind1 } from "../../core/trace.ts";
import { Zero, isZero } from "../../core/zero.ts";
import { DTypeError } from "../../base/errors.ts";
import { sameElement } from "../../interpreters/dependence.ts";
import { batchElementwise, broadcastTangent, partwise, unbroadcast } from "../../interpreters/rules.ts";
import { instantiate } from "../../interpreters/tangents.ts";
import { apply, constant, select as selectExpr } from "../../loops/ir/build.ts";
import { iclamp } from "../../loops/ir/affine.ts";
import { elementAt, map, pull } from "../../loops/pull.ts";
import { bitwiseAnd } from "./bitwise.ts";
import { gt, lt } from "./compare.ts";
import { asArray, asDType, promote } from "../operands/convert.ts";
import { checkDtypes, elementwise, elementwiseShape, none } from "../families/elementwise.ts";
import { promoteStrict } from "../operands/strict.ts";

/** The batched form may see a scalar selector beside full cases, and scalar cases beside a full selector. */
export const selectNP: Primitive<NoParams> = definePrimitive<NoParams>({
  name: "select_n",
  kind: "elementwise",
  abstractEval: (avals) => {
    const [which, ...cases] = avals as [ShapedArray, ...ShapedArray[]];
    if (which.dtype !== "bool" && which.dtype !== "int32") {
      throw new DTypeError(`select_n: the selector must be bool or int32; got ${which.dtype}.`);
    }
    if (which.dtype === "bool" && cases.length !== 2) {
      throw new DTypeError(`select_n: a bool selector needs 2 cases; got ${cases.length}.`);
    }
    const dtype = checkDtypes("select_n", cases, "any");
    return [
      shaped(
        elementwiseShape("select_n", avals),
        dtype,
        cases.every((c) => c.weakType),
      ),
    ];
  },
  lower: ({ outAvals }, [which, ...cases]) =>
    map(
      pull(outAvals[0], (index) => {
        const w = elementAt(which, index);
        const values = cases.map((c) => elementAt(c, index));
        if (w.dtype === "bool") return selectExpr(w, values[1], values[0]);
        const k = iclamp(w, 0, values.length - 1);
        return values
          .slice(0, -1)
          .reduceRight(
            (rest, v, i) => selectExpr(apply("eq", k, constant(i, "int32")), v, rest),
            values[values.length - 1],
          );
      }),
    ),
  jvp: ([which, ...cases], [, ...tangents]) => {
    const out = bind1(selectNP, [which, ...cases], none);
    if (tangents.every((t) => isZero(t))) return [[out], [new Zero(out.aval)]];
    const full = tangents.map((t) => broadcastTangent(instantiate(t), out.shape));
    return [[out], [bind1(selectNP, [which, ...full], none)]];
  },
  transpose: ([ct], [which, ...cases]) => {
    const selector = which as NDArray;
    return [
      null,
      ...cases.map((c, k): NDArray | Zero | null => {
        if (!isUndef(c)) return null;
        if (ct === undefined || isZero(ct)) return new Zero(c.aval);
        const zero = asDType(0, ct.dtype, false, "select");
        const masked = bind1(selectNP, [selector, ...cases.map((_, i) => (i === k ? ct : zero))], none);
        return unbroadcast(masked, c.aval.ndim);
      }),
    ];
  },
  batch: batchElementwise(() => selectNP),
  complex: partwise(() => selectNP),
  dependence: ([which, ...cases], _, [aval]) => {
    const chosen = which.value?.dataSync();
    const at = (e: number): number => Number(chosen?.[chosen.length === 1 ? 0 : e]);
    const last = cases.length - 1;
    const counts = (k: number, e: number): boolean => Math.min(Math.max(at(e), 0), last) === k;
    return [sameElement(cases, aval, chosen === undefined ? undefined : counts)];
  },
});

/**
 * Picks, element by element, `cases[which]`. `which` is bool (two cases: false first) or int32 (clamped to the cases).
 * Source: jax.lax.select_n.
 */
export function selectN(which: ArrayLike, ...cases: readonly ArrayLike[]): NDArray {
  return bind1(selectNP, [asArray(which, "selectN"), ...promoteStrict("selectN", ...cases)], none);
}

/** `onTrue` where `pred`, else `onFalse`. Operands agree in shape and dtype, or are scalars. */
export function select(pred: ArrayLike, onTrue: ArrayLike, onFalse: ArrayLike): NDArray {
  const [t, f] = promoteStrict("select", onTrue, onFalse);
  return bind1(selectNP, [asArray(pred, "select"), f, t], none);
}

export const clampP = elementwise({
  name: "clamp",
  accepts: "ordered",
  scalar: ([lo, x, hi]) => apply("min", apply("max", x, lo), hi),
  jvp: [
    (g, _, [lo, x]) => select(gt(lo, x), g, 0),
    (g, _, [lo, x, hi]) => select(bitwiseAnd(gt(x, lo), lt(x, hi)), g, 0),
    (g, _, [, x, hi]) => select(lt(hi, x), g, 0),
  ],
});
/** x limited to [min, max], which may be scalars. Outside and at the limits the derivative with respect to x is 0. */
export function clamp(min: ArrayLike, x: ArrayLike, max: ArrayLike): NDArray {
  return bind1(clampP, promote("clamp", min, x, max), none);
}
