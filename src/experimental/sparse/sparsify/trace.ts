/**
 * @file The trace of sparse programs. To the function, a sparse array is an array of its shape; each operation on one is done
 * by a rule on its parts (rules.ts), under the trace that was in force before. Operations on dense arrays alone go there as
 * they are.
 */
import type { NDArray } from "../../../core/array.ts";
import type { ShapedArray } from "../../../core/aval.ts";
import { evalJaxpr } from "../../../core/jaxpr/eval.ts";
import { subJaxprs } from "../../../core/jaxpr/ir.ts";
import type { Params, Primitive } from "../../../core/primitive.ts";
import {
  type CustomJvpCall,
  type CustomVjpCall,
  Trace,
  Tracer,
  bind,
  currentTrace,
  runTrace,
  withTrace,
} from "../../../core/trace.ts";
import type { RuleContext } from "./context.ts";
import { applyRule } from "./rules.ts";
import { type Operand, type SparseValue, avalOf, isSparse } from "./values.ts";

/**
 * A sparse array inside of a function that `sparsify` runs: an array of its shape and dtype. Its number is known no more than
 * that of other traced values.
 */
export class SparseTracer extends Tracer {
  readonly owner: SparseTrace;
  /** @internal */
  readonly value: SparseValue;
  readonly aval: ShapedArray;

  constructor(trace: SparseTrace, value: SparseValue) {
    super();
    this.owner = trace;
    this.value = value;
    this.aval = avalOf(value);
  }
  protected override known(): string {
    const { parts } = this.value;
    return ` with ${"indptr" in parts ? parts.indices.shape.slice(-1)[0] : parts.indices.shape.slice(-2)[0]} entries`;
  }
}

class SparseTrace extends Trace {
  readonly parent = currentTrace();

  box(x: Operand): NDArray {
    return isSparse(x) ? new SparseTracer(this, x) : x;
  }

  unbox(x: NDArray): Operand {
    return x instanceof SparseTracer && x.owner === this ? x.value : x;
  }

  process(primitive: Primitive, args: readonly NDArray[], params: Params): NDArray[] {
    const operands = args.map((x) => this.unbox(x));
    if (!operands.some(isSparse)) return withTrace(this.parent, () => bind(primitive, args, params));
    if (primitive.kind === "call") {
      const [body] = subJaxprs(params);
      if (body !== undefined) return withTrace(this, () => evalJaxpr(body.jaxpr, body.consts, args));
    }
    const context: RuleContext = { what: this.what, run: (xs, f) => runSparse(this.what, xs, f) };
    return withTrace(this.parent, () => applyRule(primitive, operands, params, context)).map((x) =>
      this.box(x),
    );
  }

  /** Of a function of sparse arrays the operations themselves are differentiated: its rule speaks of dense ones. */
  processCustomJvp(call: CustomJvpCall, args: readonly NDArray[]): NDArray[] {
    return this.#isDense(args)
      ? withTrace(this.parent, () => currentTrace().processCustomJvp(call, args))
      : withTrace(this, () => call.fun(args));
  }

  processCustomVjp(call: CustomVjpCall, args: readonly NDArray[]): NDArray[] {
    return this.#isDense(args)
      ? withTrace(this.parent, () => currentTrace().processCustomVjp(call, args))
      : withTrace(this, () => call.fun(args));
  }

  #isDense(args: readonly NDArray[]): boolean {
    return !args.some((x) => isSparse(this.unbox(x)));
  }
}

/** Runs a function on values of which some are sparse: to the function, all are arrays. */
export function runSparse(
  what: string,
  values: readonly Operand[],
  f: (arrays: readonly NDArray[]) => readonly NDArray[],
): Operand[] {
  const trace = new SparseTrace(what);
  const outs = runTrace(trace, () => f(values.map((x) => trace.box(x))));
  return outs.map((x) => trace.unbox(x));
}
