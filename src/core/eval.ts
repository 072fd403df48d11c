/**
 * @file The bottom interpreter: operations on concrete arrays run at once.
 *
 * It runs a primitive's own lowering as a program of one equation, through the evaluator of src/jit, which is bound late.
 * There is no second implementation of any primitive.
 */
import { config } from "../base/config.ts";
import { DifferentiationError, InfError, NanError } from "../base/errors.ts";
import { CallSite, sourceHere } from "../base/source.ts";
import { ComplexArray, ConcreteArray, type ArrayData, type NDArray } from "./array.ts";
import { isFloat } from "../dtypes/dtype.ts";
import { LateBinding } from "./late.ts";
import type { Params, Primitive } from "./primitive.ts";
import type { Tracer } from "./trace.ts";
import { type CustomJvpCall, type CustomVjpCall, Trace, unexpectedTracer } from "./trace.ts";

/** Computes one equation on concrete arrays. */
export type Evaluator = (
  primitive: Primitive,
  args: readonly ConcreteArray[],
  params: Params,
) => ConcreteArray[];

/** Computes one equation of a first-order primitive now, whatever trace is in force. */
export const evaluator = new LateBinding<Evaluator>("the evaluator");

type IsBad = (x: number) => boolean;

const isInfinite: IsBad = (x) => x === Infinity || x === -Infinity;

function holds(x: ConcreteArray, isBad: IsBad): boolean {
  if (x instanceof ComplexArray) return holds(x.re, isBad) || holds(x.im, isBad);
  if (!isFloat(x.dtype)) return false;
  const data: ArrayData = x.ndim === 0 ? x.raw : x.dataSync();
  return typeof data === "object" ? (data as Float64Array).some(isBad) : isBad(data as number);
}

/** Where the equation that runs now comes from, and on what it runs. */
function circumstances(args: readonly NDArray[]): string {
  const source = sourceHere(false, "");
  const operands = args.map((x) => String(x).slice(0, 200)).join(", ");
  const line =
    source === undefined
      ? ""
      : ` Called at ${String(source.site)}${source.backward ? ", on the way back" : ""}.`;
  return ` Operands: ${operands}.${line}`;
}

/** @throws NanError if there is a NaN among the outputs: of the operation inside a body that made it first, if there is one. */
function checkNumbers(
  primitive: Primitive,
  args: readonly NDArray[],
  params: Params,
  outs: readonly NDArray[],
): void {
  const { debugNans, debugInfs } = config.values;
  const find = (isBad: IsBad): NDArray | undefined =>
    outs.find((x) => x instanceof ConcreteArray && holds(x, isBad));
  const nan = debugNans ? find(Number.isNaN) : undefined;
  const bad = nan ?? (debugInfs ? find(isInfinite) : undefined);
  if (bad === undefined) return;
  primitive.steps?.(args, params);
  const [Failure, setting, what] =
    nan === undefined
      ? ([InfError, "debugInfs", "an infinity"] as const)
      : ([NanError, "debugNans", "a NaN"] as const);
  throw new Failure(
    `${setting}: ${primitive.name} produced ${what} in its output ${String(bad.aval)}.${circumstances(args)}`,
  );
}

/**
 * Runs a step of a loop, operation by operation, where a NaN is looked for.
 * @throws NanError that tells the step too
 */
export function nanStep<T>(loop: string, step: number, run: () => T): T {
  try {
    return run();
  } catch (e) {
    if (!(e instanceof NanError)) throw e;
    const Failure = e instanceof InfError ? InfError : NanError;
    throw new Failure(e.detail.replace(/(in its output [^.]*?)\./, `$1 (in step ${step} of ${loop}).`));
  }
}

/** Evaluates. */
export class EvalTrace extends Trace {
  process(primitive: Primitive, args: readonly NDArray[], params: Params): NDArray[] {
    for (let i = 0; i < args.length; i++) {
      const arg = args[i];
      if (!(arg instanceof ConcreteArray)) throw unexpectedTracer(arg as Tracer, primitive.name);
    }
    const outs =
      primitive.evaluate?.(args, params) ??
      evaluator.value(primitive, args as readonly ConcreteArray[], params);
    const { debugNans, debugInfs } = config.values;
    if (debugNans || debugInfs) checkNumbers(primitive, args, params, outs);
    return outs;
  }

  processCustomJvp(call: CustomJvpCall, args: readonly NDArray[]): NDArray[] {
    return call.fun(args);
  }

  processCustomVjp(call: CustomVjpCall, args: readonly NDArray[]): NDArray[] {
    return call.fun(args);
  }
}

/** The trace in force where no transformation is. */
export const evalTrace: EvalTrace = new EvalTrace("evaluation", new CallSite(null));

/** True if the value is concrete: its number can be read. */
export function isConcrete(x: NDArray): x is ConcreteArray {
  return x instanceof ConcreteArray;
}

export const allConcrete = (xs: readonly NDArray[]): boolean => xs.every(isConcrete);

/** The error for forward-mode differentiation of a `customVjp` function. */
export function forwardModeOfCustomVjp(name: string): DifferentiationError {
  return new DifferentiationError(
    `jvp: ${name} has a customVjp rule, which gives reverse mode only. Use grad or vjp, or define it with customJvp.`,
  );
}
