/**
 * @file Traces, tracers, and `bind`: how an operation reaches the transformation in force.
 *
 * One *current trace* is in force at any time. `bind` hands an operation to it; the trace runs the primitive's rule with
 * its parent in force. A value belongs to a trace only if it is a tracer of that very trace; anything else, tracers of
 * outer transformations included, is a constant to it. That is what rules out perturbation confusion.
 */
import {
  OutputError,
  TracerArrayConversionError,
  TracerBoolConversionError,
  TracerConversionError,
  TracerIntegerConversionError,
  UnexpectedTracerError,
} from "../base/errors.ts";
import { show } from "../base/checks.ts";
import { CallSite } from "../base/source.ts";
import { invariant } from "../base/util.ts";
import { NDArray } from "./array.ts";
import { bareText } from "./format.ts";
import { LateBinding, OptionalPart } from "./late.ts";
import { isInteger } from "../dtypes/dtype.ts";
import type { Params, Primitive } from "./primitive.ts";
import type { Tangent } from "./zero.ts";

/** A call of a function with a derivative rule of the user's (forward). Works on flat lists. */
export interface CustomJvpCall {
  readonly name: string;
  readonly fun: (args: readonly NDArray[]) => NDArray[];
  /** Values the function closed over, where they are known (after staging). */
  readonly closedOver?: readonly NDArray[];
  readonly jvp: (primals: readonly NDArray[], tangents: readonly Tangent[]) => [NDArray[], Tangent[]];
}

/** A call of a function with a derivative rule of the user's (reverse). Works on flat lists. */
export interface CustomVjpCall {
  readonly name: string;
  readonly fun: (args: readonly NDArray[]) => NDArray[];
  readonly closedOver?: readonly NDArray[];
  /** `[outputs, residuals]`; `perturbed` says which arguments are differentiated. */
  readonly fwd: (args: readonly NDArray[], perturbed: readonly boolean[]) => [NDArray[], NDArray[]];
  readonly bwd: (residuals: readonly NDArray[], cotangents: readonly Tangent[]) => Tangent[];
}

/** A symbol cannot be cloned: structuredClone of a tracer throws, and says why, instead of losing what it is. */
const uncloneable = Symbol("a traced value, which stands for many values,");

/** An interpreter of primitive operations. */
export abstract class Trace {
  /** What the user called, for messages: `grad(loss)`. */
  readonly what: string;
  readonly site: CallSite;
  /** False once the transformation has returned. */
  alive = true;
  readonly clone = uncloneable;

  constructor(what: string, site: CallSite = new CallSite()) {
    this.what = what;
    this.site = site;
  }

  abstract process(primitive: Primitive, args: readonly NDArray[], params: Params): NDArray[];
  abstract processCustomJvp(call: CustomJvpCall, args: readonly NDArray[]): NDArray[];
  abstract processCustomVjp(call: CustomVjpCall, args: readonly NDArray[]): NDArray[];
}

/** Is told of each traced value that comes to be: while leaks are looked for. */
export const tracerWatch = new OptionalPart<((tracer: Tracer) => void) | null>();

/** A value inside a transformation. Converting one to a number throws: the derivative would be lost. */
export abstract class Tracer extends NDArray {
  abstract readonly owner: Trace;

  constructor() {
    super();
    tracerWatch.value?.(this);
  }

  item(): never {
    return refuse(
      this,
      "item()",
      "read it outside, return it from the function, or use stopGradient(x).item() under grad",
    );
  }
  js(): never {
    return refuse(this, "js()");
  }
  dataSync(): never {
    return refuse(this, "dataSync()");
  }
  dispose(): void {
    // Nothing is held.
  }
  toJSON(): unknown {
    return refuse(this, "JSON.stringify", "return it from the function and serialise the result");
  }
  /** Text (`${x}`) is what is known here; an operator would lose the derivative. */
  [Symbol.toPrimitive](hint: "number" | "string" | "default"): string {
    if (hint === "string") return this.toString();
    return refuse(
      this,
      "a JavaScript operator or Math function (x * y, x > 0, Math.sin(x), +x)",
      "use methods or numpy functions: x.mul(y), np.sin(x), np.where(c, a, b)",
    );
  }
  /** What is known of the value, as text behind its type. */
  protected known(): string {
    return "";
  }
  override toString(): string {
    return `Tracer<${String(this.aval)}>${this.known()}`;
  }
}

/** A value behind a type, which tells the dtype already. */
export const beside = (x: NDArray): string =>
  x instanceof Tracer ? ` of ${String(x)}` : bareText(String(x));

/** The names of operations that ask for all of the data. */
const wholeArrays = /^(?:js|data|JSON)/;

function refuse(
  tracer: Tracer,
  operation: string,
  instead = "read it outside, or return it from the function",
): never {
  const { dtype } = tracer.aval;
  const one = dtype === "bool" ? TracerBoolConversionError : TracerIntegerConversionError;
  const ofNumber = dtype === "bool" || isInteger(dtype) ? one : TracerConversionError;
  const Failure = wholeArrays.test(operation) ? TracerArrayConversionError : ofNumber;
  throw new Failure(
    `${operation} on a traced value ${String(tracer.aval)} inside ${tracer.owner.what}: ` +
      `a traced value has no number here. Instead, ${instead}.`,
  );
}

/** The trace in force, and the axes that enclosing `vmap`s name. */
let current: Trace | null = null;

export function currentTrace(): Trace {
  invariant(current !== null, "no trace is in force");
  return current;
}

let base: Trace | null = null;

/** Whether a transformation is in force: what functions of `adjoint/plain` ask at each call, so it is a property of a constant. */
export const inForce = { on: false };

function enter(trace: Trace | null): void {
  current = trace;
  inForce.on = trace !== base;
}

/** The trace in force where no transformation is. */
export const baseTrace = new LateBinding<Trace>("the base trace", (trace) => enter((base = trace)));

/** Runs `f` with `trace` in force. The only place that changes the current trace. */
export function withTrace<R>(trace: Trace, f: () => R): R {
  const before = current;
  enter(trace);
  try {
    return f();
  } finally {
    enter(before);
  }
}

/** Runs `f` with a new trace in force and ends the trace: its tracers must not be used afterwards. */
export function runTrace<R>(trace: Trace, f: () => R): R {
  try {
    return withTrace(trace, f);
  } finally {
    trace.alive = false;
  }
}

/** Applies a primitive to arrays under the current trace. */
export function bind<P extends Params>(
  primitive: Primitive<P>,
  args: readonly NDArray[],
  params: P,
): NDArray[] {
  return current!.process(primitive, args, params);
}

/** `bind` for primitives of one output. */
export function bind1<P extends Params>(
  primitive: Primitive<P>,
  args: readonly NDArray[],
  params: P,
): NDArray {
  return current!.process(primitive, args, params)[0];
}

/** The error for a tracer that reached evaluation or a trace it does not belong to. */
export function unexpectedTracer(tracer: Tracer, primitive: string): UnexpectedTracerError {
  const { alive, what, site } = tracer.owner;
  const how = alive ? "left the scope of" : "outlived";
  const outside =
    "The function stored it outside (in a variable, a list, an object): return it as an output instead. ";
  return new UnexpectedTracerError(
    `${primitive}: a traced value ${String(tracer.aval)} ${how} ${what}, made at ${String(site)}. ${alive ? "" : outside}` +
      `If a custom derivative rule closed over it, pass it as an argument instead.`,
  );
}

/** Name of a user's function for messages. */
export function functionName(f: { readonly name: string }): string {
  return f.name === "" ? "an anonymous function" : f.name;
}

/** Rejects results that are no arrays: a missing `return`, a promise, text. */
export function checkOutputLeaf(leaf: unknown, what: string, path: string): void {
  if (leaf instanceof Promise) {
    throw new OutputError(
      `${what}: the function returned a Promise${path}. Transformed functions must be synchronous: await data before the call.`,
    );
  }
  throw new OutputError(
    `${what}: expected arrays or numbers in the result${path}; got ${leaf === undefined ? "undefined" : typeof leaf === "string" ? `string ${show(leaf)}` : show(leaf)}.`,
  );
}
