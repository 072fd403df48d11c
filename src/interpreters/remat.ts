/**
 * @file Rematerialisation: a call whose intermediate values are not kept for the backward pass but computed again.
 *
 * The body is a jaxpr. Its linearisation is the same call of the body's jvp: the residuals of the whole are its inputs
 * alone, and transposing it evaluates the nonlinear part anew.
 */
import type { NDArray } from "../core/array.ts";
import { jaxprAsFun, dce } from "../core/jaxpr/eval.ts";
import type { ClosedJaxpr } from "../core/jaxpr/ir.ts";
import { type Primitive, definePrimitive } from "../core/primitive.ts";
import { bind } from "../core/trace.ts";
import { type Tangent, isZero } from "../core/zero.ts";
import { batchJaxpr } from "./batch-jaxpr.ts";
import { jvpJaxpr } from "./jvp.ts";
import { arraysOf, spread } from "./tangents.ts";
import { backwardPass } from "./transpose.ts";

type CheckpointParams = { jaxpr: ClosedJaxpr };

/** The tangents of a call's outputs, as a call of their own that evaluates the body anew. */
function tangentCall(
  primals: readonly NDArray[],
  jaxpr: ClosedJaxpr,
  nonzero: readonly boolean[],
): (tangents: readonly Tangent[]) => Tangent[] {
  const [jvped, outNonzero] = jvpJaxpr(jaxpr, nonzero);
  const tangentsOnly = dce(
    jvped,
    jvped.outAvals.map((_, i) => i >= jaxpr.outAvals.length),
  );
  return (tangents) => {
    const found = bind(checkpointP, [...primals, ...arraysOf(tangents)], { jaxpr: tangentsOnly });
    return spread(jaxpr.outAvals, outNonzero, found);
  };
}

export const checkpointP: Primitive<CheckpointParams> = definePrimitive<CheckpointParams>({
  name: "checkpoint",
  kind: "call",
  abstractEval: (_, { jaxpr }) => jaxpr.outAvals,
  lower: (context, args, { jaxpr }) => context.inline(jaxpr, args),
  // Two calls: in a linear program the values must not come out of an equation that also has linear inputs.
  jvp: (primals, tangents, { jaxpr }) => [
    bind(checkpointP, primals, { jaxpr }),
    tangentCall(
      primals,
      jaxpr,
      tangents.map((t) => !isZero(t)),
    )(tangents),
  ],
  linearize: (primals, nonzero, { jaxpr }) => [
    bind(checkpointP, primals, { jaxpr }),
    tangentCall(primals, jaxpr, nonzero),
  ],
  evaluate: (args, { jaxpr }) => jaxprAsFun(jaxpr)(args),
  transpose: (cotangents, args, { jaxpr }) => backwardPass(jaxpr, args, cotangents),
  batch: (axis, args, dims, { jaxpr }) => {
    const [batched, outDims] = batchJaxpr(jaxpr, axis, dims);
    return [bind(checkpointP, args, { jaxpr: batched }), outDims];
  },
});
