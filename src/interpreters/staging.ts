/**
 * @file Staging: operations are not run but written down as the equations of a jaxpr.
 *
 * Everything that happens while a staging trace is in force becomes an equation, constants' operations included. Values
 * of other traces are constants (0-d concrete ones as literals).
 */
import { config } from "../base/config.ts";
import { type CallSite, type Source, sourceHere } from "../base/source.ts";
import { ConcreteArray, type NDArray } from "../core/array.ts";
import type { ShapedArray } from "../core/aval.ts";
import { type Atom, ClosedJaxpr, type Eqn, Literal, Var, jaxprChecker } from "../core/jaxpr/ir.ts";
import { dce } from "../core/jaxpr/eval.ts";
import type { Params, Primitive } from "../core/primitive.ts";
import {
  type CustomJvpCall,
  type CustomVjpCall,
  Trace,
  Tracer,
  runTrace,
  unexpectedTracer,
} from "../core/trace.ts";
import { customJvpCallP, customVjpCallP } from "./custom-call.ts";

export class StagingTracer extends Tracer {
  readonly owner: StagingTrace;
  readonly variable: Var;

  constructor(trace: StagingTrace, variable: Var) {
    super();
    this.owner = trace;
    this.variable = variable;
  }
  get aval(): ShapedArray {
    return this.variable.aval;
  }
}

export class StagingTrace extends Trace {
  readonly #eqns: Eqn[] = [];
  readonly #constants = new Map<NDArray, Var>();
  /** Calls whose results have been written down. */
  #given: Set<Source> | null = null;

  /** A new input variable. */
  input(aval: ShapedArray): StagingTracer {
    return new StagingTracer(this, new Var(aval));
  }

  owns(x: unknown): x is StagingTracer {
    return x instanceof StagingTracer && x.owner === this;
  }

  atom(x: NDArray, user: string): Atom {
    if (this.owns(x)) return x.variable;
    if (x instanceof ConcreteArray && x.ndim === 0) return new Literal(x);
    if (x instanceof Tracer && !x.owner.alive) throw unexpectedTracer(x, user);
    let v = this.#constants.get(x);
    if (v === undefined) this.#constants.set(x, (v = new Var(x.aval)));
    return v;
  }

  process(primitive: Primitive, args: readonly NDArray[], params: Params): NDArray[] {
    const inputs = args.map((x) => this.atom(x, primitive.name));
    const outAvals = primitive.abstractEval(
      inputs.map((a) => a.aval),
      params,
    );
    const outs = outAvals.map((aval) => this.input(aval));
    this.#eqns.push({
      primitive,
      inputs,
      params,
      outputs: outs.map((t) => t.variable),
      source: this.#source(primitive.name),
    });
    return outs;
  }

  /** The first of the operations that a call is made of which has its name gives its result. */
  #source(operation: string): Source | undefined {
    const { sourceLines, debugNans, debugInfs } = config.values;
    const source = sourceHere(sourceLines || ((debugNans || debugInfs) && "recorded"), operation);
    if (source?.operation === undefined) return source;
    const given = (this.#given ??= new Set());
    const result = source.operation === operation && !given.has(source);
    if (result) given.add(source);
    return { ...source, operation: undefined, result };
  }

  /** Notes what an array is the cotangent of, where lines are recorded. */
  noteCotangent(x: NDArray, of: CallSite | string): void {
    if (!this.owns(x)) return;
    let k = this.#eqns.length - 1;
    while (k >= 0 && !this.#eqns[k].outputs.includes(x.variable)) k--;
    const source = k < 0 ? undefined : this.#eqns[k].source;
    if (source?.backward === true && source.cotangentOf === undefined)
      this.#eqns[k] = { ...this.#eqns[k], source: { ...source, cotangentOf: of } };
  }

  processCustomJvp(call: CustomJvpCall, args: readonly NDArray[]): NDArray[] {
    return this.#customCall(customJvpCallP, call, args);
  }

  processCustomVjp(call: CustomVjpCall, args: readonly NDArray[]): NDArray[] {
    return this.#customCall(customVjpCallP, call, args);
  }

  #customCall(
    primitive: Primitive,
    call: CustomJvpCall | CustomVjpCall,
    args: readonly NDArray[],
  ): NDArray[] {
    const avals = args.map((x) => x.aval);
    const { jaxpr, consts } = constsToInputs(traceToJaxpr((xs) => call.fun(xs), avals, call.name));
    return this.process(primitive, [...consts, ...args], { jaxpr, numConsts: consts.length, rule: call });
  }

  /** The program so far, with the given inputs and outputs. */
  close(inputs: readonly StagingTracer[], outs: readonly NDArray[], removeDead = true): ClosedJaxpr {
    const outAtoms = outs.map((x) => this.atom(x, "the output"));
    const closed = new ClosedJaxpr(
      {
        constvars: [...this.#constants.values()],
        invars: inputs.map((t) => t.variable),
        eqns: this.#eqns,
        outs: outAtoms,
      },
      [...this.#constants.keys()],
    );
    const live = removeDead ? dce(closed) : closed;
    if (config.values.enableChecks) jaxprChecker.value?.(live);
    return live;
  }
}

/** The jaxpr of a function of arrays. Its constants may be tracers of enclosing transformations. */
export function traceToJaxpr(
  f: (args: readonly NDArray[]) => readonly NDArray[],
  avals: readonly ShapedArray[],
  what: string,
): ClosedJaxpr {
  const trace = new StagingTrace(what);
  const inputs = avals.map((a) => trace.input(a));
  const outs = runTrace(trace, () => f(inputs));
  return trace.close(inputs, outs);
}

/** A jaxpr without constants, and the values of its first inputs, which its constants have become. */
export interface Hoisted {
  readonly jaxpr: ClosedJaxpr;
  readonly consts: readonly NDArray[];
}

/** Makes the constants the first inputs. */
export function constsToInputs({ jaxpr, consts }: ClosedJaxpr): Hoisted {
  const invars = [...jaxpr.constvars, ...jaxpr.invars];
  return { jaxpr: new ClosedJaxpr({ ...jaxpr, constvars: [], invars }, []), consts };
}

/** Makes the first inputs the constants that they were. */
export function inputsToConsts({ jaxpr }: ClosedJaxpr, consts: readonly NDArray[]): ClosedJaxpr {
  const n = consts.length;
  return new ClosedJaxpr(
    { ...jaxpr, constvars: jaxpr.invars.slice(0, n), invars: jaxpr.invars.slice(n) },
    consts,
  );
}
