/**
 * @file Values that carry a tangent: what forward mode and linearisation share.
 *
 * A trace of either kind takes its tracers apart into primals and tangents, has a rule compute those of the outputs, and
 * makes tracers of the outputs whose tangents are not symbolically zero. The two differ in where rules run, and in whether
 * a tangent is a value or a variable of a linear program.
 */
import type { NDArray } from "../core/array.ts";
import type { ShapedArray } from "../core/aval.ts";
import type { Params, Primitive } from "../core/primitive.ts";
import { type CustomJvpCall, type CustomVjpCall, Trace, Tracer, bind, withTrace } from "../core/trace.ts";
import { type Tangent, isZero } from "../core/zero.ts";
import type { CallSite } from "../base/source.ts";
import { safeMap2 } from "../base/util.ts";
import { linearCall, rejectClosedOver } from "./custom-call.ts";
import { tangentFor, zeroOf } from "./tangents.ts";

/** A primal with its nonzero tangent. */
class DualTracer extends Tracer {
  readonly owner: DualTrace;
  readonly primal: NDArray;
  readonly tangent: NDArray;

  constructor(trace: DualTrace, primal: NDArray, tangent: NDArray) {
    super();
    this.owner = trace;
    this.primal = primal;
    this.tangent = tangent;
  }
  get aval(): ShapedArray {
    return this.primal.aval;
  }
}

type OutsAndTangents = [outs: NDArray[], tangents: Tangent[]];

export abstract class DualTrace extends Trace {
  readonly parent: Trace;
  /** Where rules that compute outputs together with tangents run. */
  protected abstract readonly rules: Trace;
  /** Where rules that compute tangents alone run. */
  abstract readonly tangents: Trace;

  constructor(parent: Trace, what: string, site?: CallSite) {
    super(what, site);
    this.parent = parent;
  }

  #owns(x: NDArray): x is DualTracer {
    return x instanceof DualTracer && x.owner === this;
  }

  pair(x: NDArray): [NDArray, Tangent] {
    return this.#owns(x) ? [x.primal, x.tangent] : [x, zeroOf(x)];
  }

  wrap(primal: NDArray, tangent: Tangent): NDArray {
    const t = tangentFor(primal, tangent);
    return isZero(t) ? primal : new DualTracer(this, primal, t);
  }

  /** The operands' primals and tangents; null in place of tangents that are all zero. */
  #split(args: readonly NDArray[]): [NDArray[], Tangent[] | null] {
    const n = args.length;
    const primals = new Array<NDArray>(n);
    let active = false;
    for (let i = 0; i < n; i++) {
      const x = args[i];
      const own = this.#owns(x);
      primals[i] = own ? x.primal : x;
      active ||= own;
    }
    return [primals, active ? args.map((x): Tangent => (this.#owns(x) ? x.tangent : zeroOf(x))) : null];
  }

  #wrapAll([outs, tangents]: OutsAndTangents): NDArray[] {
    return safeMap2(outs, tangents, (o, t) => this.wrap(o, t));
  }

  /** The outputs of a primitive and their tangents. */
  protected differentiate(
    primitive: Primitive,
    primals: readonly NDArray[],
    tangents: readonly Tangent[],
    params: Params,
  ): OutsAndTangents {
    return withTrace(this.rules, () => primitive.jvp(primals, tangents, params));
  }

  process(primitive: Primitive, args: readonly NDArray[], params: Params): NDArray[] {
    const [primals, tangents] = this.#split(args);
    if (tangents === null || !primitive.hasJvp)
      return withTrace(this.parent, () => bind(primitive, primals, params));
    return this.#wrapAll(this.differentiate(primitive, primals, tangents, params));
  }

  processCustomJvp(call: CustomJvpCall, args: readonly NDArray[]): NDArray[] {
    rejectClosedOver(call, (x) => this.#owns(x));
    const [primals, tangents] = this.#split(args);
    if (tangents === null) return withTrace(this.parent, () => this.parent.processCustomJvp(call, primals));
    return this.#wrapAll(withTrace(this.rules, () => call.jvp(primals, tangents)));
  }

  /**
   * The rule knows values and residuals; the tangents are those of a linear call that stands for its pullback. Forward mode
   * has no rule for that call, but it may be transposed (inside checkpoint, say): the error comes when it is evaluated.
   */
  processCustomVjp(call: CustomVjpCall, args: readonly NDArray[]): NDArray[] {
    rejectClosedOver(call, (x) => this.#owns(x));
    const [primals, tangents] = this.#split(args);
    if (tangents === null) return withTrace(this.parent, () => this.parent.processCustomVjp(call, primals));
    const [outs, residuals] = withTrace(this.parent, () => call.fwd(primals));
    return this.#wrapAll([outs, withTrace(this.tangents, () => linearCall(call, outs, residuals, tangents))]);
  }
}
