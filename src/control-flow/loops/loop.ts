/**
 * @file A loop as its derivatives see it, whether a scan or a `whileLoop` that is known to have made so many steps: a body
 * from constants, carry and one x to carry and one y; and the same loop carrying tangents beside its values.
 */
import type { NDArray } from "../../core/array.ts";
import { type ShapedArray, shaped } from "../../core/aval.ts";
import { type Flags, derived } from "../../core/jaxpr/derived.ts";
import { Groups } from "../../core/jaxpr/groups.ts";
import type { ClosedJaxpr } from "../../core/jaxpr/ir.ts";
import type { BatchAxis, BatchDim, BatchRule, Params, Primitive } from "../../core/primitive.ts";
import type { Tangent } from "../../core/zero.ts";
import { isInexact } from "../../dtypes/dtype.ts";
import { moveBatch } from "../../interpreters/batching.ts";
import { arraysWhere, nonzeroOf, withZeros } from "../../interpreters/tangents.ts";
import { preaccumulate } from "./preaccumulate.ts";
import { batchBody, batchDims, batchFlow, jvpBody, stacked, tangentFlow, withPorts } from "../bodies.ts";

/** How a kind of loop runs. Supplied by the primitives, which the derivatives therefore need not import. */
export interface LoopKind {
  /** Runs so many steps of a loop; `trips` is null where the length is static. */
  run(loop: Loop, trips: NDArray | null, operands: readonly NDArray[]): NDArray[];
  /** A primitive applied to one lane after another, for lanes that make different numbers of steps. */
  mapLanes<P extends Params>(primitive: Primitive<P>): BatchRule<P>;
}

export interface Loop {
  readonly kind: LoopKind;
  readonly body: ClosedJaxpr;
  readonly numConsts: number;
  readonly numCarry: number;
  /** Null where the number of steps is an operand; then there are no xs and ys. */
  readonly length: number | null;
  readonly reverse: boolean;
  /** How many states of the carry the backward pass may keep at once. */
  readonly slots: number;
}

/** Of which inputs and of which outputs of the body something holds. For the carry both agree. */
export interface Active {
  readonly ins: Flags;
  readonly outs: Flags;
}

type Shape = Pick<Loop, "body" | "numConsts" | "numCarry">;

/** The groups of the body's inputs and of the loop's operands. */
export const inputsOf = ({ body, numConsts, numCarry }: Shape): Groups<"consts" | "carry" | "xs"> =>
  new Groups({ consts: numConsts, carry: numCarry, xs: body.jaxpr.invars.length - numConsts - numCarry });

/** The groups of the body's outputs and of the loop's results. */
export const resultsOf = ({ body, numCarry }: Omit<Shape, "numConsts">): Groups<"carry" | "ys"> =>
  new Groups({ carry: numCarry, ys: body.jaxpr.outs.length - numCarry });

/**
 * What holds of the inputs and of the outputs in the end, given what holds of the operands, how that passes through a step,
 * and what of it holds in either of two cases. It holds of a carry before any step if it does after one.
 */
export function inTheEnd<T>(
  loop: Shape,
  operands: readonly T[],
  flow: (ins: readonly T[]) => readonly T[],
  either: (before: T, after: T) => T,
): { ins: readonly T[]; outs: readonly T[] } {
  const { consts, carry: init, xs } = inputsOf(loop).split(operands);
  let carry = init;
  for (;;) {
    const ins = [...consts, ...carry, ...xs];
    const outs = flow(ins);
    const next = carry.map((c, i) => either(c, outs[i]));
    if (String(next) === String(carry)) return { ins, outs: [...carry, ...outs.slice(carry.length)] };
    carry = next;
  }
}

const or = (a: boolean, b: boolean): boolean => a || b;

/** Which tangents there are in the end, given those of the operands: a carry may get one from another. */
export function activity(loop: Shape, nonzero: Flags): Active {
  const avals = loop.body.inAvals;
  const inexact = nonzero.map((t, i) => t && isInexact(avals[i].dtype));
  return inTheEnd(loop, inexact, (ins) => tangentFlow(loop.body, ins), or);
}

const bodyWithTangents = derived((body, numConsts: number, numCarry: number, { ins, outs }: Active) => {
  const loop = { body, numConsts, numCarry };
  const pushed = jvpBody(body, ins, outs);
  const [n, m] = [ins.length, outs.length];
  const jvp = preaccumulate(pushed, pushed.jaxpr.invars.slice(n));
  const { invars, outs: results } = jvp.jaxpr;
  return withPorts(
    jvp,
    inputsOf(loop).weave(invars.slice(0, n), ins, invars.slice(n)),
    resultsOf(loop).weave(results.slice(0, m), outs, results.slice(m)),
  );
});

/** The loop that carries tangents beside the values. */
export function withTangents<P extends Shape>(loop: P, active: Active): P {
  const { consts, carry } = inputsOf(loop).woven(active.ins).sizes;
  const body = bodyWithTangents(loop.body, loop.numConsts, loop.numCarry, active);
  return { ...loop, body, numConsts: consts, numCarry: carry };
}

/** The jvp as one loop, which `run` runs. */
export function fusedJvp(
  loop: Loop,
  primals: readonly NDArray[],
  tangents: readonly Tangent[],
  run: (both: Loop, operands: readonly NDArray[], active: Active) => NDArray[],
): [NDArray[], Tangent[]] {
  const active = activity(loop, nonzeroOf(tangents));
  const operands = inputsOf(loop).weave(primals, active.ins, arraysWhere(tangents, active.ins));
  const woven = run(withTangents(loop, active), operands, active);
  const [values, tangentsOut] = resultsOf(loop).unweave(woven, active.outs);
  return [values, withZeros(values, active.outs, tangentsOut)];
}

/** The types of a loop's operands (without the number of steps). */
export function operandAvals(loop: Shape & Pick<Loop, "length">): ShapedArray[] {
  const { consts, carry, xs } = inputsOf(loop).split(loop.body.inAvals);
  return [...consts, ...carry.map((a) => a.strong), ...xs.map((a) => stacked(a, loop.length!))];
}

/** The types of its results. */
export function resultAvals(loop: Loop): ShapedArray[] {
  const { carry, ys } = resultsOf(loop).split(loop.body.outAvals);
  return [...carry.map((a) => a.strong), ...ys.map((a) => stacked(a, loop.length!))];
}

/** The number of steps, where it is an operand. */
export const tripsAval = shaped([], "int32");

/** Which inputs and outputs are batched in the end, given which operands are. */
export const batching = (loop: Shape, axis: BatchAxis, batched: Flags): Active =>
  inTheEnd(loop, batched, (ins) => batchFlow(loop.body, axis, ins), or);

/**
 * The loop of all lanes, and its operands. What is flagged in `forced` is batched in any case, and then all ys are (whose
 * cotangents are).
 */
export function batchLoop<P extends Shape>(
  loop: P,
  axis: BatchAxis,
  args: readonly NDArray[],
  dims: readonly BatchDim[],
  forced: Flags | null,
): { loop: P; operands: NDArray[]; outDims: BatchDim[] } {
  const batched = dims.map((d, i) => d !== null || forced?.[i] === true);
  const { ins, outs } = batching(loop, axis, batched);
  const isY = resultsOf(loop).in("ys");
  const batchedOut = outs.map((b, i) => b || (forced !== null && isY[i]));
  return {
    loop: { ...loop, body: batchBody(loop.body, axis, ins, batchedOut) },
    operands: moveBatch(axis, args, dims, batchDims(ins, inputsOf(loop).in("xs"))),
    outDims: batchDims(batchedOut, isY),
  };
}
