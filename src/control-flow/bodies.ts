/**
 * @file Bodies of loops and branches, as jaxprs without constants: how they are transformed, and how the primitives that
 * run them are evaluated.
 */
import { config } from "../base/config.ts";
import type { ConcreteArray, NDArray } from "../core/array.ts";
import { type ShapedArray, shaped } from "../core/aval.ts";
import { type Flags, derived } from "../core/jaxpr/derived.ts";
import { constantP } from "../lax/shapes/constant.ts";
import { Tracer, unexpectedTracer } from "../core/trace.ts";
import { jaxprAsFun } from "../core/jaxpr/eval.ts";
import { type Atom, ClosedJaxpr, type Eqn, type Var } from "../core/jaxpr/ir.ts";
import type { LowerContext } from "../core/lowering.ts";
import {
  type BatchAxis,
  type BatchDim,
  type Params,
  type Primitive,
  type PrimitiveDef,
  inlined,
} from "../core/primitive.ts";
import type { ArrayType } from "../dtypes/shape.ts";
import { chosen } from "../base/util.ts";
import { moveBatch } from "../interpreters/batching.ts";
import { batchJaxpr } from "../interpreters/batch-jaxpr.ts";
import { equationJaxpr } from "../interpreters/complex.ts";
import { jvpJaxpr } from "../interpreters/jvp.ts";
import { linearizeJaxpr } from "../interpreters/linearize.ts";
import { type Hoisted, constsToInputs, traceToJaxpr } from "../interpreters/staging.ts";
import { instantiate, withZeros } from "../interpreters/tangents.ts";
import { executableOf } from "../jit/executable.ts";
import type { Backend } from "../jit/runner.ts";
import { canGenerateCode } from "../loops/emit/javascript/compile.ts";
import type { Block } from "../loops/ir/build.ts";
import type { Buffer } from "../loops/ir/ir.ts";
import type { Pull } from "../loops/pull.ts";

/** Of a primitive that computes what a body among its parameters does: everything but its transformations. */
export function callOf<P extends Params>(
  body: (params: P) => ClosedJaxpr,
): Pick<PrimitiveDef<P>, "kind" | "abstractEval" | "lower" | "evaluate"> {
  return {
    kind: "call",
    abstractEval: (_, p) => body(p).outAvals.map((a) => a.strong),
    lower: inlined,
    evaluate: (args, p) => jaxprAsFun(body(p))(args),
  };
}

/** Loops over arrays of fewer elements run as JavaScript when they run alone. */
const fewElements = 1024;

/**
 * What runs a loop that runs alone, where the program decides. A loop on the way back repeats what one on the way forward
 * did: by another generator, whose last digits differ, it could decide otherwise (how many steps, of which length). Both see
 * arrays of the same sizes.
 */
const backendOf = (avals: readonly ShapedArray[]): Backend | undefined => {
  const isSmall = config.values.backend === "auto" && avals.every((a) => a.size < fewElements);
  return isSmall && canGenerateCode() ? "js" : undefined;
};

/** Of a primitive that writes loops itself: how it is lowered, and run alone, as a compiled program of one equation. */
export function routineOf<P extends Params>(
  self: () => Primitive<P>,
  body: (params: P) => ClosedJaxpr,
  emit: (context: LowerContext, b: Block, args: readonly Pull[], outs: readonly Buffer[], params: P) => void,
): Pick<PrimitiveDef<P>, "kind" | "lower" | "evaluate"> {
  const equation = derived((_, avals: readonly ShapedArray[], params: P) =>
    equationJaxpr(self() as Primitive, avals, params, self().abstractEval(avals, params)),
  );
  return {
    kind: "opaque",
    lower: (context, _, p) => ({ kind: "routine", emit: (b, args, outs) => emit(context, b, args, outs, p) }),
    evaluate: (args, p) => {
      const avals = args.map((a) => a.aval);
      const jaxpr = equation(body(p), avals, p);
      return executableOf(jaxpr, self().name, backendOf(avals)).call(args as ConcreteArray[]);
    },
  };
}

/**
 * A body has no constants: the arrays that rules of its operations close over (those of customJvp and customVjp) become
 * equations of it.
 * @throws UnexpectedTracerError if such a rule closes over a value that is traced
 */
export function bodyOf({ jaxpr: body, consts }: Hoisted): ClosedJaxpr {
  if (consts.length === 0) return body;
  const { jaxpr } = body;
  const eqns = consts.map((x, i): Eqn => {
    if (x instanceof Tracer) throw unexpectedTracer(x, "a loop or branch");
    return {
      primitive: constantP,
      inputs: [],
      params: { value: x },
      outputs: [jaxpr.invars[i]],
    };
  });
  return new ClosedJaxpr(
    { ...jaxpr, invars: jaxpr.invars.slice(consts.length), eqns: [...eqns, ...jaxpr.eqns] },
    [],
  );
}

/** A body from a function of flat lists. */
export const traceFlat = (
  f: (args: readonly NDArray[]) => readonly NDArray[],
  avals: readonly ShapedArray[],
  what: string,
): ClosedJaxpr => bodyOf(constsToInputs(traceToJaxpr(f, avals, what)));

/** A body with its inputs in another order or some of them alone, and other outputs. */
export const withPorts = (body: ClosedJaxpr, invars: readonly Var[], outs: readonly Atom[]): ClosedJaxpr =>
  new ClosedJaxpr({ ...body.jaxpr, invars, outs }, body.consts);

/** The jvp of a body: inputs, nonzero tangents → outputs, tangents of the outputs flagged (all of them arrays). */
export const jvpBody = (body: ClosedJaxpr, nonzero: Flags, outNonzero: Flags): ClosedJaxpr =>
  bodyOf(jvpJaxpr(body, nonzero, outNonzero));

/** Which output tangents of a body are nonzero, given those of its inputs. */
export const tangentFlow = (body: ClosedJaxpr, nonzero: Flags): Flags => jvpJaxpr(body, nonzero).outNonzero;

export interface LinearBody {
  /** Inputs → outputs, residuals. */
  readonly primal: ClosedJaxpr;
  /** Residuals, nonzero tangents of the inputs → tangents of the outputs flagged. */
  readonly tangent: ClosedJaxpr;
  readonly numResiduals: number;
}

/** Splits a body into its values with residuals, and its linear part. Flagged output tangents are arrays. */
export const linearBody = derived((body, nonzero: Flags, outNonzero: Flags): LinearBody => {
  const linear = linearizeJaxpr(body, nonzero, "loop");
  const primal = bodyOf(linear.primal);
  const tangent = traceFlat(
    (xs) => {
      const tangents = withZeros(body.jaxpr.outs, linear.outNonzero, jaxprAsFun(linear.tangent)(xs));
      return chosen(tangents, outNonzero).map(instantiate);
    },
    linear.tangent.inAvals,
    "loop",
  );
  return { primal, tangent, numResiduals: primal.jaxpr.outs.length - body.jaxpr.outs.length };
});

/** The batch axis in front, where flagged; behind the axis of steps, where that is in front of it. */
export const batchDims = (batched: Flags, isStacked: Flags = []): BatchDim[] =>
  batched.map((b, i) => (b ? (isStacked[i] ? 1 : 0) : null));

/** A body for all lanes: inputs and outputs are batched at axis 0 where flagged. */
export const batchBody = (body: ClosedJaxpr, axis: BatchAxis, ins: Flags, outs: Flags): ClosedJaxpr =>
  bodyOf(batchJaxpr(body, axis, batchDims(ins), outs));

/** Which outputs of a body are batched, given which inputs are. */
export const batchFlow = (body: ClosedJaxpr, axis: BatchAxis, ins: Flags): boolean[] =>
  batchJaxpr(body, axis, batchDims(ins)).outDims.map((d) => d !== null);

/**
 * For all lanes, the operands of a primitive that is linear in those after the first `numKnown`, and bodies of such: what is
 * linear is batched in any case, what is known where it has a batch axis. All outputs are batched.
 */
export function batchLinear(
  axis: BatchAxis,
  args: readonly NDArray[],
  dims: readonly BatchDim[],
  numKnown: number,
): { operands: NDArray[]; batched: (body: ClosedJaxpr) => ClosedJaxpr } {
  const isBatched = (i: number): boolean => i >= numKnown || dims[i] !== null;
  const flagsOf = (items: readonly unknown[]): boolean[] => items.map((_, i) => isBatched(i));
  return {
    operands: moveBatch(axis, args, dims, batchDims(flagsOf(args))),
    batched: (body) =>
      batchBody(
        body,
        axis,
        flagsOf(body.jaxpr.invars),
        body.jaxpr.outs.map(() => true),
      ),
  };
}

/** An aval with a leading axis. */
export const stacked = (aval: ShapedArray, n: number): ShapedArray => shaped([n, ...aval.shape], aval.dtype);

/** An aval without its leading axis. */
export const unstacked = (aval: ArrayType): ShapedArray => shaped(aval.shape.slice(1), aval.dtype);
