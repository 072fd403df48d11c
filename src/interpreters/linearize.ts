/**
 * @file Linearisation: primals run now, tangents are written down as a linear jaxpr.
 *
 * A primitive's `jvp` rule runs under a trace that splits its operations: those with a tangent among their operands are
 * staged, the others run under the parent and become residuals (constants of the linear jaxpr). So no second set of
 * rules is needed, and host control flow on concrete values works under `grad`.
 */
import type { NDArray } from "../core/array.ts";
import { isInexact } from "../dtypes/dtype.ts";
import type { ClosedJaxpr } from "../core/jaxpr/ir.ts";
import type { Params, Primitive } from "../core/primitive.ts";
import {
  type CustomJvpCall,
  type CustomVjpCall,
  Trace,
  currentTrace,
  runTrace,
  withTrace,
} from "../core/trace.ts";
import { type Tangent, Zero, isZero } from "../core/zero.ts";
import type { CallSite } from "../base/source.ts";
import { DualTrace } from "./dual.ts";
import { StagingTrace } from "./staging.ts";

/** Sends operations on tangents to the tangent trace and all others to the parent. */
class SplitTrace extends Trace {
  readonly parent: Trace;
  readonly tangents: StagingTrace;

  constructor(parent: Trace, tangents: StagingTrace) {
    super(tangents.what, tangents.site);
    this.parent = parent;
    this.tangents = tangents;
  }

  #choose(args: readonly NDArray[]): Trace {
    for (let i = 0; i < args.length; i++) if (this.tangents.owns(args[i])) return this.tangents;
    return this.parent;
  }

  process(primitive: Primitive, args: readonly NDArray[], params: Params): NDArray[] {
    const trace = this.#choose(args);
    return withTrace(trace, () => trace.process(primitive, args, params));
  }
  processCustomJvp(call: CustomJvpCall, args: readonly NDArray[]): NDArray[] {
    const trace = this.#choose(args);
    return withTrace(trace, () => trace.processCustomJvp(call, args));
  }
  processCustomVjp(call: CustomVjpCall, args: readonly NDArray[]): NDArray[] {
    const trace = this.#choose(args);
    return withTrace(trace, () => trace.processCustomVjp(call, args));
  }
}

class LinearizeTrace extends DualTrace {
  readonly tangents = new StagingTrace(this.what, this.site);
  readonly rules = new SplitTrace(this.parent, this.tangents);

  protected override differentiate(
    primitive: Primitive,
    primals: readonly NDArray[],
    tangents: readonly Tangent[],
    params: Params,
  ): [NDArray[], Tangent[]] {
    if (primitive.linearize === undefined) return super.differentiate(primitive, primals, tangents, params);
    const nonzero = tangents.map((t) => !isZero(t));
    const rule = primitive.linearize.bind(primitive);
    const [outs, stage] = withTrace(this.parent, () => rule(primals, nonzero, params));
    return [outs, withTrace(this.tangents, () => stage(tangents))];
  }
}

/** Outputs of a function, and the linear map of its tangents at that point. */
export interface Linearized {
  readonly outs: NDArray[];
  /** Inputs: the tangents of the inexact primals, in order. Outputs: the nonzero output tangents. */
  readonly jaxpr: ClosedJaxpr;
  readonly outNonzero: readonly boolean[];
  readonly inNonzero: readonly boolean[];
}

/** How to linearise. */
export interface LinearizeOptions {
  /** Which primals have tangents; by default the inexact ones. */
  readonly active?: readonly boolean[];
  /** How many of the outputs, once `f` has run, have tangents; the others are values only. All by default. */
  readonly numDifferentiated?: () => number;
  readonly site?: CallSite;
  /** The linear program is used at once and thrown away: dead equations may stay in it. */
  readonly transient?: boolean;
}

/** Runs `f` and stages its tangents. */
export function linearizeFlat(
  f: (args: readonly NDArray[]) => readonly NDArray[],
  primals: readonly NDArray[],
  what: string,
  options: LinearizeOptions = {},
): Linearized {
  const active = options.active ?? primals.map((p) => isInexact(p.dtype));
  const trace = new LinearizeTrace(currentTrace(), what, options.site);
  const inputs = primals.map((p, i) => (active[i] ? trace.tangents.input(p.aval.strong) : null));
  const args = primals.map((p, i) => trace.wrap(p, inputs[i] ?? new Zero(p.aval)));
  const found = runTrace(trace, () => f(args));
  const counted = options.numDifferentiated?.() ?? found.length;
  const outs: NDArray[] = [];
  const outNonzero: boolean[] = [];
  const tangents: NDArray[] = [];
  found.forEach((o, i) => {
    const [primal, tangent] = trace.pair(o);
    const live = i < counted && !isZero(tangent);
    outs.push(primal);
    outNonzero.push(live);
    if (live) tangents.push(tangent);
  });
  const jaxpr = trace.tangents.close(
    inputs.filter((t) => t !== null),
    tangents,
    options.transient !== true,
  );
  trace.tangents.alive = false;
  return { outs, jaxpr, outNonzero, inNonzero: active };
}
