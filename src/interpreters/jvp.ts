/**
 * @file Forward mode: values carry tangents, and each primitive's `jvp` rule pushes them through, both at once, under the
 * parent trace.
 */
import type { ShapedArray } from "../core/aval.ts";
import type { NDArray } from "../core/array.ts";
import { ClosedJaxpr } from "../core/jaxpr/ir.ts";
import { type Flags, derived } from "../core/jaxpr/derived.ts";
import { jaxprAsFun } from "../core/jaxpr/eval.ts";
import type { Params, Primitive } from "../core/primitive.ts";
import {
  type CustomJvpCall,
  type CustomVjpCall,
  Trace,
  Tracer,
  bind,
  currentTrace,
  runTrace,
  withTrace,
} from "../core/trace.ts";
import { type Tangent, isZero } from "../core/zero.ts";
import { chosen, safeMap2 } from "../base/util.ts";
import { bindCustomLinear, rejectClosedOver } from "./custom-call.ts";
import { constsToInputs, traceToJaxpr } from "./staging.ts";
import { arraysOf, instantiate, nonzeroOf, tangentFor, withZeros, zeroOf } from "./tangents.ts";

export class JVPTracer extends Tracer {
  readonly owner: JVPTrace;
  readonly primal: NDArray;
  readonly tangent: NDArray;

  constructor(trace: JVPTrace, primal: NDArray, tangent: NDArray) {
    super();
    this.owner = trace;
    this.primal = primal;
    this.tangent = tangent;
  }
  get aval(): ShapedArray {
    return this.primal.aval;
  }
}

export class JVPTrace extends Trace {
  readonly parent: Trace;

  constructor(parent: Trace, what: string) {
    super(what);
    this.parent = parent;
  }

  pair(x: NDArray): [NDArray, Tangent] {
    return x instanceof JVPTracer && x.owner === this ? [x.primal, x.tangent] : [x, zeroOf(x)];
  }

  wrap(primal: NDArray, tangent: Tangent): NDArray {
    const t = tangentFor(primal, tangent);
    return isZero(t) ? primal : new JVPTracer(this, primal, t);
  }

  process(primitive: Primitive, args: readonly NDArray[], params: Params): NDArray[] {
    const pairs = args.map((x) => this.pair(x));
    const primals = pairs.map(([p]) => p);
    if (!primitive.hasJvp || pairs.every(([, t]) => isZero(t))) {
      return withTrace(this.parent, () => bind(primitive, primals, params));
    }
    const tangents = pairs.map(([, t]) => t);
    const [outs, outTangents] = withTrace(this.parent, () => primitive.jvp(primals, tangents, params));
    return safeMap2(outs, outTangents, (o, t) => this.wrap(o, t));
  }

  processCustomJvp(call: CustomJvpCall, args: readonly NDArray[]): NDArray[] {
    const pairs = args.map((x) => this.pair(x));
    rejectClosedOver(call, (x) => x instanceof JVPTracer && x.owner === this);
    const primals = pairs.map(([p]) => p);
    if (pairs.every(([, t]) => isZero(t))) {
      return withTrace(this.parent, () => currentTrace().processCustomJvp(call, primals));
    }
    const [outs, tangents] = withTrace(this.parent, () =>
      call.jvp(
        primals,
        pairs.map(([, t]) => t),
      ),
    );
    return safeMap2(outs, tangents, (o, t) => this.wrap(o, t));
  }

  processCustomVjp(call: CustomVjpCall, args: readonly NDArray[]): NDArray[] {
    const pairs = args.map((x) => this.pair(x));
    rejectClosedOver(call, (x) => x instanceof JVPTracer && x.owner === this);
    const primals = pairs.map(([p]) => p);
    const tangents = pairs.map(([, t]) => t);
    if (tangents.every((t) => isZero(t))) {
      return withTrace(this.parent, () => currentTrace().processCustomVjp(call, primals));
    }
    // Forward mode has no rule; but this jvp may be transposed (inside checkpoint, say), and that there is a rule for. The
    // error comes when the linear call is evaluated.
    return withTrace(this.parent, () => {
      const [outs, residuals] = call.fwd(primals);
      const outTangents = bindCustomLinear(call, outs, residuals, tangents);
      return safeMap2(outs, outTangents, (o, t) => this.wrap(o, t));
    });
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
