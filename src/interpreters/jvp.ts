/**
 * @file Forward mode: values carry tangents, and each primitive's `jvp` rule pushes them through, both at once, under the
 * parent trace.
 */
import type { NDArray } from "../core/array.ts";
import { ClosedJaxpr } from "../core/jaxpr/ir.ts";
import { type Flags, derived } from "../core/jaxpr/derived.ts";
import { jaxprAsFun } from "../core/jaxpr/eval.ts";
import type { Params, Primitive } from "../core/primitive.ts";
import { type Trace, bind, currentTrace, runTrace, withTrace } from "../core/trace.ts";
import type { Tangent } from "../core/zero.ts";
import { chosen, safeMap2 } from "../base/util.ts";
import { constsToInputs, traceToJaxpr } from "./staging.ts";
import { TangentTrace } from "./tangent-trace.ts";
import { arraysOf, instantiate, nonzeroOf, withZeros } from "./tangents.ts";

export class JVPTrace extends TangentTrace {
  protected get forRules(): Trace {
    return this.parent;
  }
  protected get forTangents(): Trace {
    return this.parent;
  }

  protected differentiate(primitive: Primitive, args: readonly NDArray[], params: Params): NDArray[] {
    const { primals, tangents, active } = this.apart(args);
    if (!active || !primitive.hasJvp) return withTrace(this.parent, () => bind(primitive, primals, params));
    const [outs, outTangents] = withTrace(this.parent, () => primitive.jvp(primals, tangents, params));
    return safeMap2(outs, outTangents, (o, t) => this.wrap(o, t));
  }
}

/** Outputs of `f` and their tangents. */
export function jvpFlat(
  f: (args: readonly NDArray[]) => NDArray[],
  primals: readonly NDArray[],
  tangents: readonly Tangent[],
  what: string,
): [NDArray[], Tangent[]] {
  const trace = new JVPTrace(currentTrace(), what);
  const outs = runTrace(trace, () => f(safeMap2(primals, tangents, (p, t) => trace.wrap(p, t))));
  const pairs = outs.map((o) => trace.pair(o));
  return [pairs.map(([p]) => p), pairs.map(([, t]) => t)];
}

/** A jaxpr with tangents, and which outputs have one. */
export interface Pushed {
  /** Inputs, their tangents where flagged → outputs, their tangents where flagged. */
  readonly closed: ClosedJaxpr;
  readonly outNonzero: Flags;
}

/** Output tangents are those that are not zero; or, if `wanted` is given, those flagged, all of them arrays. */
export function pushForward(closed: ClosedJaxpr, nonzero: Flags, wanted?: Flags): Pushed {
  const { inAvals } = closed;
  let outNonzero: Flags = [];
  const full = traceToJaxpr(
    (args) => {
      const primals = args.slice(0, inAvals.length);
      const tangents = withZeros(primals, nonzero, args.slice(inAvals.length));
      const [outs, outTangents] = jvpFlat(jaxprAsFun(closed), primals, tangents, "jvp");
      outNonzero = nonzeroOf(outTangents);
      return [...outs, ...(wanted === undefined ? arraysOf(outTangents) : outTangents.map(instantiate))];
    },
    [...inAvals, ...chosen(inAvals, nonzero).map((a) => a.strong)],
    "jvp",
  );
  if (wanted === undefined) return { closed: full, outNonzero };
  const outs = full.jaxpr.outs.filter((_, i) => i < wanted.length || wanted[i - wanted.length]);
  return { closed: new ClosedJaxpr({ ...full.jaxpr, outs }, full.consts), outNonzero: wanted };
}

/** The program of `pushForward`, kept. */
export const jvpJaxpr = derived((jaxpr, nonzero: Flags, wanted?: Flags) => {
  const { closed, outNonzero } = pushForward(jaxpr, nonzero, wanted);
  return { ...constsToInputs(closed), outNonzero };
});
