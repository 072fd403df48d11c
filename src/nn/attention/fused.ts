/**
 * @file Attention in one pass over blocks of keys: three primitives, of the results, of their tangents and of the operands' cotangents.
 *
 * None keeps the logits of all pairs: memory is that of operands and results. The derivative of the first is the second, which is
 * linear; the third is the transpose of the second, and the second that of the third. All derivatives beyond are those of the
 * definition (composed.ts), as is that with respect to the bias, which is as large as the logits.
 */
import { invariant } from "../../base/util.ts";
import type { NDArray } from "../../core/array.ts";
import { type ShapedArray, shaped } from "../../core/aval.ts";
import {
  type BatchRule,
  type JvpRule,
  NonlinearError,
  type Primitive,
  type PrimitiveDef,
  type TransposeRule,
  definePrimitive,
  isUndef,
  knownOf,
  notLinear,
} from "../../core/primitive.ts";
import { bind } from "../../core/trace.ts";
import { Zero, isZero } from "../../core/zero.ts";
import { materialise } from "../../interpreters/batching.ts";
import { jvpFlat } from "../../interpreters/jvp.ts";
import { instantiate, toLinear } from "../../interpreters/tangents.ts";
import { mul } from "../../lax/elementwise/arithmetic.ts";
import { broadcastToShape, reshape } from "../../lax/shapes/movement.ts";
import type { Block } from "../../loops/ir/build.ts";
import type { Buffer } from "../../loops/ir/ir.ts";
import type { Pull } from "../../loops/pull.ts";
import type { FusedParams } from "./blocks.ts";
import { composedAttention, composedGradient, composedTangent } from "./composed.ts";
import { emitForward } from "./forward.ts";
import { emitGradient } from "./gradient.ts";
import { operandCount, wideOf } from "./parameters.ts";
import { emitTangent } from "./tangent.ts";

/** What one of the primitives computes, by definition. */
type Composed = (list: readonly NDArray[], p: FusedParams) => NDArray[];

/** Statistics of the rows of logits. */
function rowsOf([q]: readonly ShapedArray[]): ShapedArray {
  const [b, t, k, g] = q.shape;
  return shaped([b, k, g, t], wideOf(q.dtype));
}

/** Is an operand one of bias and mask, of which the axis of images may be 1? */
const isPairs = (i: number, p: FusedParams): boolean => i >= 3 && i < 3 + Number(p.bias) + Number(p.mask);

/** All lanes are images. */
const batchImages =
  (primitive: () => Primitive<FusedParams>): BatchRule<FusedParams> =>
  (axis, args, dims, p) => {
    const images = args[0].shape[dims[0] === 0 ? 1 : 0];
    const merged = args.map((x, i) => {
      if (isPairs(i, p) && dims[i] === null && x.shape[0] === 1) return x;
      const lanes = materialise(axis, x, dims[i]);
      const [n, b, ...rest] = lanes.shape;
      const whole = b === images ? lanes : broadcastToShape(lanes, [n, images, ...rest]);
      return reshape(whole, [n * images, ...rest]);
    });
    const outs = bind(primitive(), merged, p).map((x) =>
      reshape(x, [axis.size, images, ...x.shape.slice(1)]),
    );
    return [outs, outs.map(() => 0)];
  };

/**
 * The jvp rule of a primitive that is linear in its last operands, `linear` of them: itself, if these alone have tangents; else
 * that of the definition.
 */
const linearInLast =
  (primitive: () => Primitive<FusedParams>, composed: Composed, linear: number): JvpRule<FusedParams> =>
  (primals, tangents, p) => {
    const first = primals.length - linear;
    if (tangents.slice(0, first).every(isZero)) {
      const outs = bind(primitive(), primals, p);
      const last = tangents.slice(first).map(instantiate);
      return [outs, bind(primitive(), [...primals.slice(0, first), ...last], p)];
    }
    return jvpFlat((args) => composed(args, p), primals, tangents, primitive().name);
  };

/** The transpose rule of a primitive that is linear in its last operands: another primitive, of the other operands and cotangents. */
const transposedBy =
  (primitive: () => Primitive<FusedParams>, name: string, linear: number): TransposeRule<FusedParams> =>
  (cotangents, args, p) => {
    const given = args.slice(0, -linear);
    if (given.some(isUndef)) throw new NonlinearError(name, true);
    return toLinear(args, bind(primitive(), [...knownOf(given), ...cotangents.map(instantiate)], p));
  };

type Emit = (b: Block, args: readonly Pull[], outs: readonly Buffer[], p: FusedParams) => void;

/** What the primitives have in common: a routine of loops, images as lanes, and the definition as what is exported. */
function common(
  primitive: () => Primitive<FusedParams>,
  emit: Emit,
  composed: Composed,
): Pick<PrimitiveDef<FusedParams>, "kind" | "ordered" | "lower" | "batch" | "stablehlo"> {
  return {
    kind: "opaque",
    ordered: true,
    lower: ({ outAvals }, _args, p) => ({
      kind: "routine",
      emit: (b, args, outs) => {
        if (outAvals.every((aval) => aval.size > 0)) emit(b, args, outs, p);
      },
    }),
    batch: batchImages(primitive),
    stablehlo: (b, args, p) => b.compute((arrays) => composed(arrays, p), args),
  };
}

/** q, k, v, and what there is of bias, mask and lengths ↦ results, and of each row of logits the maximum and Σ e^(logit − maximum). */
export const attentionP: Primitive<FusedParams> = definePrimitive<FusedParams>({
  name: "attention",
  ...common(() => attentionP, emitForward, composedAttention),
  abstractEval: (avals, p) => {
    invariant(avals.length === operandCount(p), `attention of ${avals.length} operands`);
    const rows = rowsOf(avals);
    return [avals[0].strong, rows, rows];
  },
  // The maximum is a constant of the sum, so d sum = sum · d log-sum-exp.
  jvp: (primals, tangents, p) => {
    if (p.bias && !isZero(tangents[3]))
      return jvpFlat((args) => composedAttention(args, p), primals, tangents, "attention");
    const outs = bind(attentionP, primals, p);
    const operands = tangents.slice(0, 3).map(instantiate);
    const [dout, dlse] = bind(attentionTangentP, [...primals, ...outs, ...operands], p);
    return [outs, [dout, new Zero(outs[1].aval), mul(outs[2], dlse)]];
  },
  transpose: notLinear,
});

/** Operands, what `attention` gives for them, tangents of q, k and v ↦ tangents of the results and of each row's log-sum-exp. */
export const attentionTangentP: Primitive<FusedParams> = definePrimitive<FusedParams>({
  name: "attention_tangent",
  ...common(() => attentionTangentP, emitTangent, composedTangent),
  abstractEval: (avals) => [avals[0].strong, rowsOf(avals)],
  jvp: linearInLast(() => attentionTangentP, composedTangent, 3),
  transpose: transposedBy(() => attentionGradientP, "attention_tangent", 3),
});

/** Operands, what `attention` gives for them, cotangents of the results and of each row's log-sum-exp ↦ cotangents of q, k and v. */
export const attentionGradientP: Primitive<FusedParams> = definePrimitive<FusedParams>({
  name: "attention_gradient",
  ...common(() => attentionGradientP, emitGradient, composedGradient),
  abstractEval: (avals) => avals.slice(0, 3).map((a) => a.strong),
  jvp: linearInLast(() => attentionGradientP, composedGradient, 2),
  transpose: transposedBy(() => attentionTangentP, "attention_gradient", 2),
});
