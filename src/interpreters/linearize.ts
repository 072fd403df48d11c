/**
 * @file Linearisation: primals run now, tangents are written down as a linear jaxpr.
 *
 * A primitive's `jvp` rule runs under a trace that splits its operations: those with a tangent among their operands are
 * staged, the others run under the parent and become residuals (constants of the linear jaxpr). So no second set of
 * rules is needed, and host control flow on concrete values works under `grad`.
 */
import type { NDArray } from "../core/array.ts";
import type { ShapedArray } from "../core/aval.ts";
import { isInexact } from "../dtypes/dtype.ts";
import { type Flags, derived } from "../core/jaxpr/derived.ts";
import { jaxprAsFun } from "../core/jaxpr/eval.ts";
import { type ClosedJaxpr } from "../core/jaxpr/ir.ts";
import type { Params, Primitive } from "../core/primitive.ts";
import {
  type CustomJvpCall,
  type CustomVjpCall,
  Trace,
  bind,
  currentTrace,
  runTrace,
  withTrace,
} from "../core/trace.ts";
import { type Tangent, Zero, isZero } from "../core/zero.ts";
import type { CallSite } from "../base/source.ts";
import { safeMap2 } from "../base/util.ts";
import { type Hoisted, StagingTrace, constsToInputs, traceToJaxpr } from "./staging.ts";
import { TangentTrace } from "./tangent-trace.ts";
import { nonzeroOf } from "./tangents.ts";

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

export class LinearizeTrace extends TangentTrace {
  readonly tangents: StagingTrace;
  readonly #split: SplitTrace;

  constructor(parent: Trace, what: string, site?: CallSite) {
    super(parent, what, site);
    this.tangents = new StagingTrace(what, this.site);
    this.#split = new SplitTrace(parent, this.tangents);
  }

  protected get forRules(): Trace {
    return this.#split;
  }
  protected get forTangents(): Trace {
    return this.tangents;
  }

  protected differentiate(primitive: Primitive, args: readonly NDArray[], params: Params): NDArray[] {
    const { primals, tangents, active } = this.apart(args);
    if (!active || !primitive.hasJvp) return withTrace(this.parent, () => bind(primitive, primals, params));
    let outs: NDArray[];
    let outTangents: Tangent[];
    if (primitive.linearize === undefined) {
      [outs, outTangents] = withTrace(this.#split, () => primitive.jvp(primals, tangents, params));
    } else {
      const nonzero = nonzeroOf(tangents);
      const rule = primitive.linearize.bind(primitive);
      const [os, stage] = withTrace(this.parent, () => rule(primals, nonzero, params));
      outs = os;
      outTangents = withTrace(this.tangents, () => stage(tangents));
    }
    return safeMap2(outs, outTangents, (o, t) => this.wrap(o, t));
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
  const results = runTrace(trace, () => f(args));
  const counted = options.numDifferentiated?.() ?? results.length;
  const outs: NDArray[] = [];
  const outNonzero: boolean[] = [];
  const tangents: NDArray[] = [];
  results.forEach((o, i) => {
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

/** A program as two: its values with what the other needs of them, and its linear part. */
export interface LinearizedJaxpr {
  /** Inputs → outputs, residuals. */
  readonly primal: Hoisted;
  /** Residuals, tangents of the inputs flagged → nonzero tangents of the outputs. */
  readonly tangent: ClosedJaxpr;
  readonly outNonzero: Flags;
}

/** Splits a function of inputs of which those flagged have tangents. */
export function linearizeToJaxprs(
  f: (args: readonly NDArray[]) => readonly NDArray[],
  avals: readonly ShapedArray[],
  nonzero: Flags,
  what: string,
): LinearizedJaxpr {
  let linear!: Linearized;
  const traced = traceToJaxpr(
    (primals) => {
      linear = linearizeFlat(f, primals, what, { active: nonzero });
      return [...linear.outs, ...linear.jaxpr.consts];
    },
    avals,
    what,
  );
  const { jaxpr: tangent } = constsToInputs(linear.jaxpr);
  return { primal: constsToInputs(traced), tangent, outNonzero: linear.outNonzero };
}

/** Splits a jaxpr, once. */
export const linearizeJaxpr = derived((jaxpr, nonzero: Flags, what: string) =>
  linearizeToJaxprs(jaxprAsFun(jaxpr), jaxpr.inAvals, nonzero, what),
);
