/**
 * @file Forward mode: values carry tangents, and each primitive's `jvp` rule pushes them through, both at once, under the
 * parent trace.
 */
import type { NDArray } from "../core/array.ts";
import type { ClosedJaxpr } from "../core/jaxpr/ir.ts";
import { jaxprAsFun } from "../core/jaxpr/eval.ts";
import { currentTrace, runTrace } from "../core/trace.ts";
import { type Tangent, isZero } from "../core/zero.ts";
import { safeMap2, unzip2 } from "../base/util.ts";
import { DualTrace } from "./dual.ts";
import { traceToJaxpr } from "./staging.ts";
import { arraysOf, instantiate, spread } from "./tangents.ts";

class JVPTrace extends DualTrace {
  readonly rules = this.parent;
  readonly tangents = this.parent;
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
  return unzip2(outs.map((o) => trace.pair(o)));
}

/** The jaxpr of inputs and nonzero tangents to outputs and nonzero output tangents, and which those are. */
export function jvpJaxpr(
  closed: ClosedJaxpr,
  nonzero: readonly boolean[],
  instantiateOuts = false,
): [ClosedJaxpr, boolean[]] {
  const { inAvals } = closed;
  const tangentAvals = inAvals.filter((_, i) => nonzero[i]).map((a) => a.strong);
  let outNonzero: boolean[] = [];
  const jaxpr = traceToJaxpr(
    (args) => {
      const primals = args.slice(0, inAvals.length);
      const tangents = spread(inAvals, nonzero, args.slice(inAvals.length));
      const [outs, outTangents] = jvpFlat(jaxprAsFun(closed), primals, tangents, "jvp");
      const full = instantiateOuts ? outTangents.map(instantiate) : outTangents;
      outNonzero = full.map((t) => !isZero(t));
      return [...outs, ...arraysOf(full)];
    },
    [...inAvals, ...tangentAvals],
    "jvp",
  );
  return [jaxpr, outNonzero];
}
