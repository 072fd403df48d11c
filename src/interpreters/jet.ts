/**
 * @file Taylor mode: values carry the coefficients of their truncated Taylor series along a curve.
 *
 * Where a primitive has no `jet` rule, its series is solved for from its `jvp` rule: with y = f(x), the rule says what y′
 * is as a function of x, x′ and y, and coefficient k of y is coefficient k − 1 of y′ divided by k. The rule runs once, on
 * series whose coefficients are computed when they are asked for; where it uses y itself (exp) or a function whose rule
 * leads back to y (sin, cos), it gets the series being solved for. So each primitive costs O(K²), to any order K.
 */
import type { NDArray } from "../core/array.ts";
import type { ShapedArray } from "../core/aval.ts";
import { type Flags, derived } from "../core/jaxpr/derived.ts";
import { jaxprAsFun } from "../core/jaxpr/eval.ts";
import { ClosedJaxpr } from "../core/jaxpr/ir.ts";
import { forwardModeOfCustomVjp } from "../core/eval.ts";
import { isInexact } from "../dtypes/dtype.ts";
import type { JetRule, Params, Primitive, TaylorSeries } from "../core/primitive.ts";
import {
  type CustomJvpCall,
  type CustomVjpCall,
  Trace,
  Tracer,
  beside,
  bind,
  currentTrace,
  runTrace,
  withTrace,
} from "../core/trace.ts";
import { type Tangent, isZero } from "../core/zero.ts";
import { arraysEqual, range, safeMap2 } from "../base/util.ts";
import { rejectClosedOver } from "./custom-call.ts";
import { constsToInputs, traceToJaxpr } from "./staging.ts";
import { instantiate, scaleTangent, zeroOf } from "./tangents.ts";

/** A value that does not move along the curve. */
const constant = (x: NDArray): TaylorSeries => ({ coefficient: (k) => (k === 0 ? x : zeroOf(x)) });

/** A value with its series. Coefficients are computed once, when they are asked for. */
class JetTracer extends Tracer implements TaylorSeries {
  readonly owner: JetTrace;
  readonly #terms: Tangent[] = [];
  readonly #compute: (k: number) => Tangent;
  #derivative: JetTracer | null = null;

  constructor(trace: JetTrace, compute: (k: number) => Tangent) {
    super();
    this.owner = trace;
    this.#compute = compute;
  }
  get aval(): ShapedArray {
    return this.value.aval;
  }
  get value(): NDArray {
    return this.coefficient(0) as NDArray;
  }
  protected override known(): string {
    return beside(this.value);
  }
  coefficient(k: number): Tangent {
    let term = this.#terms[k] as Tangent | undefined;
    if (term === undefined) {
      term = withTrace(this.owner.parent, () => this.#compute(k));
      this.#terms[k] = term = k === 0 ? instantiate(term) : term;
    }
    return term;
  }
  /** The series of the derivative in time. */
  get derivative(): JetTracer {
    this.#derivative ??= new JetTracer(this.owner, (k) => scaleTangent(this.coefficient(k + 1), k + 1));
    return this.#derivative;
  }
}

/** An application of a primitive whose series may be asked for again. */
interface Application {
  readonly args: readonly NDArray[];
  readonly params: Params;
  readonly outs: readonly NDArray[];
}

/** How a call is evaluated (under the parent), and what its tangents are (under the trace itself). */
interface Call {
  readonly evaluate: (args: readonly NDArray[]) => NDArray[];
  readonly jvp: (primals: readonly NDArray[], tangents: readonly Tangent[]) => [NDArray[], Tangent[]];
}

export class JetTrace extends Trace {
  readonly parent: Trace;
  readonly order: number;
  /** Above 0 while rules run: series are then solved for, and must not be computed to the full order at once. */
  #solving = 0;
  readonly #applications = new WeakMap<NDArray, Map<Primitive, Application[]>>();

  constructor(parent: Trace, order: number, what: string) {
    super(what);
    this.parent = parent;
    this.order = order;
  }

  owns(x: NDArray): x is JetTracer {
    return x instanceof JetTracer && x.owner === this;
  }

  /** A value with the given coefficients from the first on. Integers and values that do not move stay themselves. */
  wrap(x: NDArray, terms: readonly Tangent[]): NDArray {
    if (!isInexact(x.dtype) || terms.every((t) => isZero(t))) return x;
    return new JetTracer(this, (k) => (k === 0 ? x : (terms[k - 1] ?? zeroOf(x))));
  }

  series(x: NDArray): TaylorSeries {
    return this.owns(x) ? x : constant(x);
  }

  readonly #value = (x: NDArray): NDArray => (this.owns(x) ? x.value : x);

  process(primitive: Primitive, args: readonly NDArray[], params: Params): NDArray[] {
    if (!primitive.hasJvp || !args.some((x) => this.owns(x))) {
      const values = args.map(this.#value);
      return withTrace(this.parent, () => bind(primitive, values, params));
    }
    const rule =
      primitive.jet?.bind(primitive) ?? (isCall(primitive, params) ? callJet(primitive) : undefined);
    if (rule !== undefined) {
      const series = args.map((x) => this.series(x));
      const terms = remembered((k) => compute(k));
      const compute = rule(series, terms, params);
      // Rules of whole programs compute all coefficients together: asked for the last one first, they do so once.
      if (this.#solving === 0) withTrace(this.parent, () => terms(this.order));
      return this.#outputs(terms);
    }
    const known = this.#find(primitive, args, params);
    if (known !== undefined) return [...known.outs];
    const register = (outs: readonly NDArray[]): void => this.#register(primitive, { args, params, outs });
    const evaluate = (xs: readonly NDArray[]): NDArray[] => bind(primitive, xs, params);
    const jvp = (xs: readonly NDArray[], ts: readonly Tangent[]): [NDArray[], Tangent[]] =>
      primitive.jvp(xs, ts, params);
    return this.#outputs(this.#solve(args, { evaluate, jvp }), register);
  }

  processCustomJvp(call: CustomJvpCall, args: readonly NDArray[]): NDArray[] {
    rejectClosedOver(call, (x) => this.owns(x));
    const evaluate = (xs: readonly NDArray[]): NDArray[] => currentTrace().processCustomJvp(call, xs);
    if (!args.some((x) => this.owns(x))) return withTrace(this.parent, () => evaluate(args));
    return this.#outputs(this.#solve(args, { evaluate, jvp: call.jvp }));
  }

  processCustomVjp(call: CustomVjpCall, args: readonly NDArray[]): NDArray[] {
    rejectClosedOver(call, (x) => this.owns(x));
    if (args.some((x) => this.owns(x))) throw forwardModeOfCustomVjp(call.name);
    return withTrace(this.parent, () => currentTrace().processCustomVjp(call, args));
  }

  /** The coefficients of the outputs of a call, from its tangents. */
  #solve(args: readonly NDArray[], { evaluate, jvp }: Call): (k: number) => readonly Tangent[] {
    let derivatives: readonly Tangent[] | null = null;
    return remembered((k) => {
      if (k === 0) return evaluate(args.map(this.#value));
      derivatives ??= this.#run(() =>
        jvp(
          args,
          args.map((x): Tangent => (this.owns(x) ? x.derivative : zeroOf(x))),
        ),
      )[1];
      return derivatives.map((t) => (isZero(t) ? t : scaleTangent(this.series(t).coefficient(k - 1), 1 / k)));
    });
  }

  /** Runs a rule on series. */
  #run<R>(rule: () => R): R {
    this.#solving++;
    try {
      return withTrace(this, rule);
    } finally {
      this.#solving--;
    }
  }

  /**
   * The outputs that the coefficients belong to. `register` sees them before any coefficient beyond the values is
   * computed.
   */
  #outputs(
    terms: (k: number) => readonly Tangent[],
    register: (outs: readonly NDArray[]) => void = () => undefined,
  ): NDArray[] {
    const all = (k: number): readonly Tangent[] => withTrace(this.parent, () => terms(k));
    const values = all(0).map((x) => instantiate(x));
    const outs = values.map((x, j) => (isInexact(x.dtype) ? new JetTracer(this, (k) => terms(k)[j]) : x));
    register(outs);
    if (this.#solving > 0) return outs;
    const coefficients = range(this.order, 1).map(all);
    return values.map((x, j) =>
      this.wrap(
        x,
        coefficients.map((list) => list[j]),
      ),
    );
  }

  #find(primitive: Primitive, args: readonly NDArray[], params: Params): Application | undefined {
    if (this.#solving === 0) return undefined;
    const key = args.find((x) => this.owns(x))!;
    const list = this.#applications.get(key)?.get(primitive);
    return list?.find((a) => arraysEqual(a.args, args) && sameParams(a.params, params));
  }

  #register(primitive: Primitive, application: Application): void {
    const key = application.args.find((x) => this.owns(x))!;
    let table = this.#applications.get(key);
    if (table === undefined) this.#applications.set(key, (table = new Map<Primitive, Application[]>()));
    const list = table.get(primitive);
    if (list === undefined) table.set(primitive, [application]);
    else list.push(application);
  }
}

/** A function of the order whose results are computed once each. */
function remembered<T>(f: (k: number) => T): (k: number) => T {
  const table: T[] = [];
  return (k) => {
    const known = table[k] as T | undefined;
    return known ?? (table[k] = f(k));
  };
}

/** Equality of the parameters of a primitive, as far as it shows: a wrong `false` only costs time. */
function sameParams(a: Params, b: Params): boolean {
  if (a === b) return true;
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length &&
    keys.every((key) => {
      const [x, y] = [a[key], b[key]];
      return Object.is(x, y) || (Array.isArray(x) && Array.isArray(y) && arraysEqual(x, y));
    })
  );
}

/** For each value, which of its coefficients from the first on may be nonzero. */
export type Moving = readonly Flags[];

/** Which coefficients of series, up to an order, are nonzero. */
export const movingOf = (series: readonly TaylorSeries[], order: number): boolean[][] =>
  series.map((s) => range(order, 1).map((k) => !isZero(s.coefficient(k))));

/** Values, each followed by the coefficients flagged. */
export const packSeries = (series: readonly TaylorSeries[], moving: Moving): NDArray[] =>
  series.flatMap((s, i) => [
    s.coefficient(0) as NDArray,
    ...moving[i].flatMap((m, k) => (m ? [instantiate(s.coefficient(k + 1))] : [])),
  ]);

/** From packed values the list, for each order from 0 on, of all values' coefficients. */
export function unpackSeries(packed: readonly NDArray[], moving: Moving, order: number): Tangent[][] {
  let at = 0;
  const values = moving.map((flagged) => {
    const value = packed[at++];
    return [value, ...flagged.map((m): Tangent => (m ? packed[at++] : zeroOf(value)))];
  });
  return range(order + 1).map((k) => values.map((terms) => terms[k]));
}

/** How many arrays packed values are. */
export const packedCount = (moving: Moving): number =>
  moving.reduce((n, flagged) => n + 1 + flagged.filter(Boolean).length, 0);

/** Which coefficients move in either of two values. */
export const eitherMoves = (a: Flags, b: Flags): Flags => a.map((m, k) => m || b[k]);

const packedAvals = (avals: readonly ShapedArray[], moving: Moving): ShapedArray[] =>
  avals.flatMap((aval, i) => [aval, ...moving[i].flatMap((m) => (m ? [aval.strong] : []))]);

/** The values and the coefficients, for each order from 1 on, of a function's outputs. */
export function jetFlat(
  f: (args: readonly NDArray[]) => readonly NDArray[],
  primals: readonly NDArray[],
  terms: readonly (readonly Tangent[])[],
  order: number,
  what: string,
): TaylorSeries[] {
  const trace = new JetTrace(currentTrace(), order, what);
  const outs = runTrace(trace, () => f(safeMap2(primals, terms, (p, ts) => trace.wrap(p, ts))));
  return outs.map((o) => trace.series(o));
}

/**
 * A jaxpr on series: inputs and outputs are packed. Output coefficients beyond those that move are given as zeros where
 * `wanted` flags them. Also which output coefficients there are.
 */
export const jetJaxpr = derived((closed, order: number, moving: Moving, wanted?: Moving) => {
  let outMoving: Moving = [];
  const traced = traceToJaxpr(
    (args) => {
      const inputs = unpackSeries(args, moving, order);
      const terms = moving.map((_, i) => inputs.slice(1).map((list) => list[i]));
      const outs = jetFlat(jaxprAsFun(closed), inputs[0] as NDArray[], terms, order, "jet");
      outMoving = wanted ?? movingOf(outs, order);
      return packSeries(outs, outMoving);
    },
    packedAvals(closed.inAvals, moving),
    "jet",
  );
  return { ...constsToInputs(traced), outMoving };
});

/**
 * The rule of a primitive that runs programs: coefficients are computed together, up to the order asked for.
 * @param run the coefficients of all outputs, for each order from 0 on, given which coefficients of the operands move.
 */
export function wholeJet(
  args: readonly TaylorSeries[],
  run: (packed: NDArray[], moving: Moving, order: number) => Tangent[][],
): (k: number) => Tangent[] {
  let known: Tangent[][] = [];
  return (k) => {
    if (k >= known.length) {
      const moving = movingOf(args, k);
      known = run(packSeries(args, moving), moving, k);
    }
    return known[k];
  };
}

const isCall = (primitive: Primitive, params: Params): boolean =>
  primitive.kind === "call" && params.jaxpr instanceof ClosedJaxpr;

/** The rule of calls of a jaxpr; `run` is given it on series, with its operands. */
const jetOfBody =
  (run: (jaxpr: ClosedJaxpr, operands: NDArray[], params: Params) => NDArray[]): JetRule =>
  (args, _outs, params) =>
    wholeJet(args, (packed, moving, order) => {
      const body = jetJaxpr(params.jaxpr as ClosedJaxpr, order, moving);
      return unpackSeries(run(body.jaxpr, [...body.consts, ...packed], params), body.outMoving, order);
    });

/** For calls whose parameters say more of the body than the body itself: it is evaluated in their place. */
export const inlineJet = jetOfBody((jaxpr, operands) => jaxprAsFun(jaxpr)(operands));

/** For calls (jit, checkpoint) without a rule of their own: the same call, of the body on series. */
const callJet = (primitive: Primitive): JetRule =>
  jetOfBody((jaxpr, operands, params) => bind(primitive, operands, { ...params, jaxpr }));
