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
import { type Tangent, Zero, isZero } from "../core/zero.ts";
import { batchJaxpr } from "./batching.ts";
import { jvpJaxpr } from "./jvp.ts";
import { backwardPass } from "./transpose.ts";

type CheckpointParams = { jaxpr: ClosedJaxpr };

const nonzeroOnly = (ts: readonly Tangent[]): NDArray[] => ts.filter((t): t is NDArray => !isZero(t));

/** Puts tangents back at the places that have one. */
function scatterTangents(
  jaxpr: ClosedJaxpr,
  nonzero: readonly boolean[],
  found: readonly NDArray[],
): Tangent[] {
  let at = 0;
  return jaxpr.outAvals.map((aval, i) => (nonzero[i] ? found[at++] : new Zero(aval)));
}

export const checkpointP: Primitive<CheckpointParams> = definePrimitive<CheckpointParams>({
  name: "checkpoint",
  kind: "call",
  abstractEval: (_, { jaxpr }) => jaxpr.outAvals,
  lower: (context, args, { jaxpr }) => context.inline(jaxpr, args),
  jvp: (primals, tangents, { jaxpr }) => {
    const [jvped, outNonzero] = jvpJaxpr(
      jaxpr,
      tangents.map((t) => !isZero(t)),
    );
    const outs = bind(checkpointP, [...primals, ...nonzeroOnly(tangents)], { jaxpr: jvped });
    const n = jaxpr.outAvals.length;
    return [outs.slice(0, n), scatterTangents(jaxpr, outNonzero, outs.slice(n))];
  },
  linearize: (primals, nonzero, { jaxpr }) => {
    const outs = bind(checkpointP, primals, { jaxpr });
    const [jvped, outNonzero] = jvpJaxpr(jaxpr, nonzero);
    const tangentsOnly = dce(
      jvped,
      jvped.outAvals.map((_, i) => i >= outs.length),
    );
    return [
      outs,
      (tangents) => {
        const found = bind(checkpointP, [...primals, ...nonzeroOnly(tangents)], { jaxpr: tangentsOnly });
        return scatterTangents(jaxpr, outNonzero, found);
      },
    ];
  },
  evaluate: (args, { jaxpr }) => jaxprAsFun(jaxpr)(args),
  transpose: (cotangents, args, { jaxpr }) => backwardPass(jaxpr, args, cotangents),
  batch: (axis, args, dims, { jaxpr }) => {
    const [batched, outDims] = batchJaxpr(jaxpr, axis, dims);
    return [bind(checkpointP, args, { jaxpr: batched }), outDims];
  },
});
