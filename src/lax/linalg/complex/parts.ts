/**
 * @file What factorisations of complex matrices are lowered to: primitives on real and imaginary parts, each operand and
 * result two arrays. They stand where a factorisation's `complex` rule put them, after all transformations: they have no
 * derivative.
 */
import type { NDArray } from "../../../core/array.ts";
import { type ShapedArray } from "../../../core/aval.ts";
import { type Params, Parts, type Primitive, definePrimitive, notLinear } from "../../../core/primitive.ts";
import { bind } from "../../../core/trace.ts";
import type { Block } from "../../../loops/ir/build.ts";
import type { Buffer } from "../../../loops/ir/ir.ts";
import type { Pull } from "../../../loops/pull.ts";
import { invariant } from "../../../base/util.ts";
import { batchLeading } from "../algebra.ts";

export interface PartsSpec<P extends Params> {
  readonly name: string;
  avals(operands: readonly ShapedArray[], params: P): ShapedArray[];
  emit(
    b: Block,
    args: readonly Pull[],
    outs: readonly Buffer[],
    params: P,
    avals: readonly ShapedArray[],
  ): void;
}

/** A primitive on parts. */
export function partsRoutine<P extends Params>(spec: PartsSpec<P>): Primitive<P> {
  const self: Primitive<P> = definePrimitive<P>({
    name: spec.name,
    kind: "opaque",
    abstractEval: (avals, params) => spec.avals(avals, params),
    lower: ({ outAvals }, _args, params) => ({
      kind: "routine",
      emit: (b, args, outs) => spec.emit(b, args, outs, params, outAvals),
    }),
    jvp: (): never => {
      invariant(false, `${spec.name}: derivatives are those of complex arrays`);
    },
    transpose: notLinear,
    batch: batchLeading(() => self),
  });
  return self;
}

/** The operands of a primitive on parts. */
const flat = (args: readonly (NDArray | Parts)[]): NDArray[] =>
  args.flatMap((x) => (x instanceof Parts ? [x.re, x.im] : [x]));

/** The results of a primitive on parts; `mask` says which of them are two arrays. */
export function onParts<P extends Params>(
  primitive: Primitive<P>,
  args: readonly (NDArray | Parts)[],
  params: P,
  mask: readonly boolean[],
): (NDArray | Parts)[] {
  const outs = bind(primitive, flat(args), params);
  let at = 0;
  return mask.map((two) => (two ? new Parts(outs[at++], outs[at++]) : outs[at++]));
}
