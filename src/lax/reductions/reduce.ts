/**
 * @file Reductions over axes.
 *
 * Sums of float16, bfloat16 and float32 accumulate in float64 and are rounded once: the result is right to half a unit
 * however many elements there are.
 */
import type { ArrayLike, NDArray } from "../../core/array.ts";
import { type ShapedArray, shaped } from "../../core/aval.ts";
import { type DType, type Scalar, isFloat, isInteger } from "../../dtypes/dtype.ts";
import {
  Parts,
  type Primitive,
  type PrimitiveDef,
  definePrimitive,
  notLinear,
  zeroTangent,
} from "../../core/primitive.ts";
import { canonicalAxes, canonicalAxis, otherAxes, shapeString } from "../../dtypes/shape.ts";
import { bind1 } from "../../core/trace.ts";
import { ArgumentError, ShapeError } from "../../base/errors.ts";
import { type TangentRule, axisBeside, batchInPlace, tangentBy } from "../../interpreters/rules.ts";
import * as e from "../../loops/ir/expressions.ts";
import type { AccumulateOp, Expr } from "../../loops/ir/ir.ts";
import { highest, lowest } from "../../loops/ir/values.ts";
import type { Lowered, Pull } from "../../loops/pull.ts";
import { flatten } from "../../loops/ir/affine.ts";
import { div, mul } from "../elementwise/arithmetic.ts";
import { bitwiseOr } from "../elementwise/bitwise.ts";
import { eq } from "../elementwise/compare.ts";
import { equal, isNan, max, min, mul as product } from "../elementwise/complex/arithmetic.ts";
import { folded } from "../elementwise/complex/reductions.ts";
import { convertElementType } from "../elementwise/convert.ts";
import { asArray } from "../operands/convert.ts";
import { type Accepts, checkDtypes } from "../families/elementwise.ts";
import { linear } from "../families/linear.ts";
import { broadcastInDim } from "../shapes/movement.ts";
import { prodJvp } from "./reduce-prod.ts";

export type AxesParams = { axes: readonly number[] };

/** The operand's index from the output's and that within the reduced axes. */
function joinIndex(ndim: number, axes: readonly number[], out: readonly Expr[], at: readonly Expr[]): Expr[] {
  let kept = 0;
  return Array.from({ length: ndim }, (_, i) => {
    const k = axes.indexOf(i);
    return k === -1 ? out[kept++] : at[k];
  });
}

const reducedShape = (x: ShapedArray, axes: readonly number[]): number[] =>
  x.shape.filter((_, i) => !axes.includes(i));

function lowerReduction(
  x: Pull,
  axes: readonly number[],
  op: AccumulateOp,
  init: (d: DType) => Scalar,
): Lowered {
  const { dtype, ndim, shape } = x.aval;
  const wide = isFloat(dtype) && (op === "add" || op === "mul") ? "float64" : dtype;
  return {
    kind: "reduce",
    extent: axes.map((a) => shape[a]),
    accumulators: [{ dtype: wide, init: e.constant(init(wide), wide), op }],
    step: (_, out, at) => [e.cast(x.at(joinIndex(ndim, axes, out, at)), wide)],
    finish: ([state]) => [e.cast(state, dtype)],
  };
}

/** What makes one reduction another. */
interface Reduction {
  readonly name: string;
  readonly accepts: Accepts;
  readonly op: AccumulateOp;
  init(dtype: DType): Scalar;
}

/** What reductions share: all but derivatives and complex numbers. */
const reduction = (self: () => Primitive<AxesParams>, r: Reduction) =>
  ({
    name: r.name,
    kind: "reduction",
    ordered: r.op === "add" || r.op === "mul",
    abstractEval: ([x], { axes }) => {
      checkDtypes(r.name, [x], r.accepts);
      canonicalAxes(axes, x.ndim, r.name);
      return [shaped(reducedShape(x, axes), x.dtype, x.weakType)];
    },
    lower: (_context, [x], { axes }) => lowerReduction(x, axes, r.op, (d) => r.init(d)),
    batch: batchInPlace(self, ({ axes }, dim) => {
      const moved = axes.map((a) => axisBeside(a, dim));
      return [{ axes: moved }, dim - moved.filter((a) => a < dim).length];
    }),
    dependence: ([x], { axes }, [aval], tools) => [tools.overAxes(x, axes, aval)],
  }) satisfies Partial<PrimitiveDef<AxesParams>>;

type Reduce = (x: ArrayLike, axes: readonly number[]) => NDArray;

const wrap =
  (p: Primitive<AxesParams>, name: string): Reduce =>
  (x, axes) => {
    const a = asArray(x, name);
    return axes.length === 0 ? a : bind1(p, [a], { axes: canonicalAxes(axes, a.ndim, name) });
  };

/** The function, called `where` in its errors, of a reduction with a derivative. */
function reducer(
  where: string,
  spec: Reduction & {
    readonly jvp: TangentRule<AxesParams>;
    readonly combine: (x: Parts, y: Parts) => Parts;
  },
): Reduce {
  const self: Primitive<AxesParams> = definePrimitive<AxesParams>({
    ...reduction(() => self, spec),
    jvp: tangentBy(() => self, spec.jvp),
    transpose: notLinear,
    complex: ([x], { axes }) => [folded(x as Parts, axes, spec.combine)],
  });
  return wrap(self, where);
}

/** Copies a reduced array back over the axes it lost. */
function unreduce(x: NDArray, shape: readonly number[], axes: readonly number[]): NDArray {
  return broadcastInDim(x, shape, otherAxes(shape.length, axes));
}

const reduceSumP: Primitive<AxesParams> = linear<AxesParams>({
  ...reduction(() => reduceSumP, { name: "reduce_sum", accepts: "number", op: "add", init: () => 0 }),
  transpose: (ct, [x], { axes }) => unreduce(ct, x.shape, axes),
});
/** Sum over axes. */
export const reduceSum = wrap(reduceSumP, "reduceSum");

/** Product over axes. */
export const reduceProd = reducer("reduceProd", {
  name: "reduce_prod",
  accepts: "number",
  op: "mul",
  init: () => 1,
  jvp: (t, [x], _out, { axes }) => prodJvp(x, t, axes),
  combine: (x, y) => product(x, y),
});

/** The tangent at the extremum; at ties the mean of their tangents. */
const extremumJvp: TangentRule<AxesParams> = (t, [x], out, { axes }) => {
  const at = convertElementType(eq(x, unreduce(out, x.shape, axes)), x.dtype);
  return div(reduceSum(mul(t, at), axes), reduceSum(at, axes));
};

/** Maximum over axes. */
export const reduceMax = reducer("reduceMax", {
  name: "reduce_max",
  accepts: "any",
  op: "max",
  init: lowest,
  jvp: extremumJvp,
  combine: (x, y) => max(x, y),
});

/** Minimum over axes. */
export const reduceMin = reducer("reduceMin", {
  name: "reduce_min",
  accepts: "any",
  op: "min",
  init: highest,
  jvp: extremumJvp,
  combine: (x, y) => min(x, y),
});

function bitReducer(name: string, op: AccumulateOp, init: (d: DType) => Scalar): Reduce {
  const self: Primitive<AxesParams> = definePrimitive<AxesParams>({
    ...reduction(() => self, { name, accepts: "bits", op, init }),
    jvp: zeroTangent,
    transpose: notLinear,
  });
  return wrap(self, name);
}

/** Bitwise (on bool: logical) and over axes. */
export const reduceAnd = bitReducer("reduce_and", "and", (d) => (d === "bool" ? 1 : -1));
/** Bitwise (on bool: logical) or over axes. */
export const reduceOr = bitReducer("reduce_or", "or", () => 0);
/** Bitwise (on bool: logical) exclusive or over axes. */
export const reduceXor = bitReducer("reduce_xor", "xor", () => 0);

export type ArgParams = { axis: number; indexDtype: DType };

function argReducer(
  name: string,
  better: "gt" | "lt",
): (x: ArrayLike, axis: number, indexDtype?: DType) => NDArray {
  const self: Primitive<ArgParams> = definePrimitive<ArgParams>({
    name,
    kind: "reduction",
    abstractEval: ([x], { axis, indexDtype }) => {
      if (x.shape[axis] === 0)
        throw new ShapeError(
          `${name}: axis ${axis} of shape ${shapeString(x.shape)} is empty; it has no extremum.`,
        );
      return [shaped(reducedShape(x, [axis]), indexDtype)];
    },
    lower: (_context, [x], { axis, indexDtype }) => {
      const { dtype, ndim, shape } = x.aval;
      const worst = better === "gt" ? lowest(dtype) : highest(dtype);
      return {
        kind: "reduce",
        extent: [shape[axis]],
        accumulators: [
          { dtype, init: e.constant(worst, dtype) },
          { dtype: "int32", init: e.constant(0, "int32") },
        ],
        // The first NaN wins over everything; among equals the first stays.
        step: ([best, where], out, at) => {
          const value = x.at(joinIndex(ndim, [axis], out, at));
          const beats = e.apply(better, value, best);
          const wins = isFloat(dtype) ? e.or(beats, e.and(e.ne(value, value), e.eq(best, best))) : beats;
          const stays = isFloat(dtype) ? e.and(wins, e.eq(best, best)) : wins;
          return [e.select(stays, value, best), e.select(stays, flatten(at, [shape[axis]]), where)];
        },
        finish: ([, where]) => [e.cast(where, indexDtype)],
      };
    },
    jvp: zeroTangent,
    transpose: notLinear,
    complex: ([x], { axis, indexDtype }) => {
      const values = x as Parts;
      const best = folded(values, [axis], better === "gt" ? max : min);
      const full = (part: NDArray): NDArray => unreduce(part, values.re.shape, [axis]);
      const hits = bitwiseOr(equal(values, new Parts(full(best.re), full(best.im))), isNan(values));
      return [argmax(convertElementType(hits, "int32"), axis, indexDtype)];
    },
    batch: batchInPlace(
      () => self,
      (params, dim) => [{ ...params, axis: axisBeside(params.axis, dim) }, params.axis < dim ? dim - 1 : dim],
    ),
  });
  return (x, axis, indexDtype = "int32") => {
    const a = asArray(x, name);
    if (!isInteger(indexDtype))
      throw new ArgumentError(`${name}: indexDtype must be an integer dtype; got ${indexDtype}.`);
    return bind1(self, [a], { axis: canonicalAxis(axis, a.ndim, name), indexDtype });
  };
}

/** Index of the first maximum along an axis. */
export const argmax = argReducer("argmax", "gt");
/** Index of the first minimum along an axis. */
export const argmin = argReducer("argmin", "lt");
