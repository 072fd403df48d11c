/**
 * @file What forward mode and linearisation share: values that carry a tangent, and what becomes of calls with derivative
 * rules of the user's.
 */
import type { NDArray } from "../core/array.ts";
import type { ShapedArray } from "../core/aval.ts";
import {
  type CustomJvpCall,
  type CustomVjpCall,
  Trace,
  Tracer,
  beside,
  currentTrace,
  withTrace,
} from "../core/trace.ts";
import { type Tangent, isZero } from "../core/zero.ts";
import { config } from "../base/config.ts";
import type { Params, Primitive } from "../core/primitive.ts";
import { type CallSite, withCall, withRule } from "../base/source.ts";
import { safeMap2 } from "../base/util.ts";
import { bindCustomLinear, rejectClosedOver } from "./custom-call.ts";
import { tangentFor, zeroOf } from "./tangents.ts";

/** A value with a tangent that is not zero. */
export class TangentTracer extends Tracer {
  readonly owner: TangentTrace;
  readonly primal: NDArray;
  readonly tangent: NDArray;

  constructor(trace: TangentTrace, primal: NDArray, tangent: NDArray) {
    super();
    this.owner = trace;
    this.primal = primal;
    this.tangent = tangent;
  }
  get aval(): ShapedArray {
    return this.primal.aval;
  }
  protected override known(): string {
    return beside(this.primal);
  }
}

/** Values as primals and tangents. */
interface Apart {
  readonly primals: readonly NDArray[];
  readonly tangents: readonly Tangent[];
  /** Whether one of the tangents is not zero. */
  readonly active: boolean;
}

export abstract class TangentTrace extends Trace {
  readonly parent: Trace;

  constructor(parent: Trace, what: string, site?: CallSite) {
    super(what, site);
    this.parent = parent;
  }

  /** The trace under which jvp rules run, on primals and tangents. */
  protected abstract get forRules(): Trace;
  /** The trace under which operations on tangents alone run. */
  protected abstract get forTangents(): Trace;

  owns(x: NDArray): x is TangentTracer {
    return x instanceof TangentTracer && x.owner === this;
  }

  pair(x: NDArray): [NDArray, Tangent] {
    return this.owns(x) ? [x.primal, x.tangent] : [x, zeroOf(x)];
  }

  protected apart(args: readonly NDArray[]): Apart {
    const n = args.length;
    const primals = new Array<NDArray>(n);
    const tangents = new Array<Tangent>(n);
    let active = false;
    for (let i = 0; i < n; i++) {
      const x = args[i];
      const own = this.owns(x);
      primals[i] = own ? x.primal : x;
      tangents[i] = own ? x.tangent : zeroOf(x);
      active ||= own;
    }
    return { primals, tangents, active };
  }

  wrap(primal: NDArray, tangent: Tangent): NDArray {
    const t = tangentFor(primal, tangent);
    return isZero(t) ? primal : new TangentTracer(this, primal, t);
  }

  process(primitive: Primitive, args: readonly NDArray[], params: Params): NDArray[] {
    const { sourceLines } = config.values;
    return sourceLines !== false
      ? withCall(sourceLines, primitive.name, () => this.differentiate(primitive, args, params))
      : this.differentiate(primitive, args, params);
  }

  /** Runs an operation on values with tangents. */
  protected abstract differentiate(primitive: Primitive, args: readonly NDArray[], params: Params): NDArray[];

  processCustomJvp(call: CustomJvpCall, args: readonly NDArray[]): NDArray[] {
    rejectClosedOver(call, (x) => this.owns(x));
    const { primals, tangents, active } = this.apart(args);
    if (!active) return withTrace(this.parent, () => currentTrace().processCustomJvp(call, primals));
    const [outs, outTangents] = withTrace(this.forRules, () => withRule(() => call.jvp(primals, tangents)));
    return safeMap2(outs, outTangents, (o, t) => this.wrap(o, t));
  }

  /**
   * Forward mode has no rule for such calls; but what it makes of one may be transposed (inside checkpoint, say), and for
   * that there is a rule. The error comes when the linear call is evaluated.
   */
  processCustomVjp(call: CustomVjpCall, args: readonly NDArray[]): NDArray[] {
    rejectClosedOver(call, (x) => this.owns(x));
    const { primals, tangents, active } = this.apart(args);
    if (!active) return withTrace(this.parent, () => currentTrace().processCustomVjp(call, primals));
    const perturbed = tangents.map((t) => !isZero(t));
    const [outs, residuals] = withTrace(this.parent, () => withRule(() => call.fwd(primals, perturbed)));
    const outTangents = withTrace(this.forTangents, () => bindCustomLinear(call, outs, residuals, tangents));
    return safeMap2(outs, outTangents, (o, t) => this.wrap(o, t));
  }
}
