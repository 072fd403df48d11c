/** @file The family of linear primitives of one operand that only move elements. */
import type { NDArray } from "../../core/array.ts";
import { type ShapedArray, shaped } from "../../core/aval.ts";
import type { BatchAxis, BatchDim, Params, Primitive } from "../../core/primitive.ts";
import { bind1 } from "../../core/trace.ts";
import { Zero, isZero } from "../../core/zero.ts";
import type { ArrayType } from "../../dtypes/shape.ts";
import type { Expr } from "../../loops/ir/ir.ts";
import { map, pull, reshaped } from "../../loops/pull.ts";
import { linear } from "./linear.ts";

/** What distinguishes one movement primitive from another. */
interface MovementSpec<P extends Params> {
  readonly name: string;
  shape(x: ShapedArray, params: P): readonly number[];
  /** The operand's index of an output index. */
  index(out: readonly Expr[], x: ArrayType, params: P): readonly Expr[];
  /** The operand's cotangent. */
  transpose(ct: NDArray, x: ShapedArray, params: P): NDArray;
  batch(axis: BatchAxis, x: NDArray, dim: number, params: P): [NDArray, BatchDim];
  readonly aliases?: boolean;
}

/** Defines a linear primitive of one operand from where each output element comes from. */
export function movement<P extends Params>(spec: MovementSpec<P>): Primitive<P> {
  const self: Primitive<P> = linear<P>({
    name: spec.name,
    kind: "movement",
    abstractEval: ([x], params) => [shaped(spec.shape(x, params), x.dtype, x.weakType)],
    lower: ({ outAvals: [aval] }, [x], params) =>
      map(
        spec.aliases === true
          ? reshaped(aval, x)
          : pull(aval, (index) => x.at(spec.index(index, x.aval, params))),
      ),
    transpose: (ct, [x], params) => spec.transpose(ct, x, params),
    batch: (axis, [x], [dim], params) => {
      const [out, outDim] = spec.batch(axis, x, dim!, params);
      return [[out], [outDim]];
    },
    jet:
      ([x], _outs, params) =>
      (k) => {
        const term = x.coefficient(k);
        if (!isZero(term)) return [bind1(self, [term], params)];
        return [new Zero(shaped(spec.shape(term.aval, params), term.aval.dtype))];
      },
    ...(spec.aliases === true ? { aliases: true } : {}),
  });
  return self;
}
