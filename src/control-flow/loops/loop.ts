/**
 * @file A loop as its derivatives see it, whether a scan or a `whileLoop` that is known to have made so many steps: a body
 * from constants, carry and one x to carry and one y; and the same loop carrying tangents beside its values.
 */
import type { NDArray } from "../../core/array.ts";
import { type ShapedArray, shaped } from "../../core/aval.ts";
import { isInexact } from "../../dtypes/dtype.ts";
import { ClosedJaxpr } from "../../core/jaxpr/ir.ts";
import { flags, once } from "../../core/jaxpr/derived.ts";
import type { BatchAxis, BatchDim, Params, Primitive } from "../../core/primitive.ts";
import { materialise } from "../../interpreters/batching.ts";
import { splitList } from "../../base/util.ts";
import { preaccumulate } from "./preaccumulate.ts";
import { batchBody, batchFlow, jvpBody, noConsts, stacked, tangentFlow } from "../common.ts";

/** How a kind of loop runs. Supplied by the primitives, which the derivatives therefore need not import. */
export interface LoopKind {
  /** Runs so many steps of a loop; `trips` is null where the length is static. */
  run(loop: Loop, trips: NDArray | null, operands: readonly NDArray[]): NDArray[];
  /** A primitive applied to one lane after another, for lanes that make different numbers of steps. */
  lanes<P extends Params>(
    primitive: Primitive<P>,
    axis: BatchAxis,
    args: readonly NDArray[],
    dims: readonly BatchDim[],
    params: P,
  ): [NDArray[], BatchDim[]];
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

/** Which inputs and which outputs of the body have tangents. For the carry both agree. */
export interface Active {
  readonly ins: readonly boolean[];
  readonly outs: readonly boolean[];
}

type Parts = Pick<Loop, "body" | "numConsts" | "numCarry">;

/** The lists of inputs: constants, carry, xs. */
export const inputsOf = <T>(items: readonly T[], p: Omit<Parts, "body">): [T[], T[], T[]] =>
  splitList(items, [p.numConsts, p.numCarry, items.length - p.numConsts - p.numCarry]) as [T[], T[], T[]];

export const chosen = <T>(items: readonly T[], which: readonly boolean[]): T[] =>
  items.filter((_, i) => which[i]);

export const count = (which: readonly boolean[]): number => which.filter(Boolean).length;

/** Which tangents there are in the end, given those of the operands: a carry may get one from another. */
export function activity(p: Parts, nonzero: readonly boolean[]): Active {
  const [consts, init, xs] = inputsOf(nonzero, p);
  const inexact = inputsOf(p.body.inAvals, p)[1].map((a) => isInexact(a.dtype));
  let carry = init;
  for (;;) {
    const found = tangentFlow(p.body, [...consts, ...carry, ...xs]);
    const next = carry.map((c, i) => (c || found[i]) && inexact[i]);
    if (flags(next) === flags(carry))
      return { ins: [...consts, ...carry, ...xs], outs: [...carry, ...found.slice(p.numCarry)] };
    carry = next;
  }
}

/** Lists of values and of the tangents there are, as the inputs of a loop that carries both: each kind beside its own. */
export function weave<T>(
  p: Omit<Parts, "body">,
  values: readonly T[],
  tangents: readonly T[],
  ins: readonly boolean[],
): T[] {
  const parts = inputsOf(values, p);
  const given = splitList(
    tangents,
    inputsOf(ins, p).map((l) => count(l)),
  );
  return parts.flatMap((part, i) => [...part, ...given[i]]);
}

/** The outputs of a loop that carries values and tangents, apart. */
export function unweave<T>(
  numCarry: number,
  found: readonly T[],
  outs: readonly boolean[],
): [values: T[], tangents: T[]] {
  const tangentCarries = count(outs.slice(0, numCarry));
  const numYs = outs.length - numCarry;
  const [carry, tCarry, ys, tYs] = splitList(found, [
    numCarry,
    tangentCarries,
    numYs,
    found.length - numCarry - tangentCarries - numYs,
  ]);
  return [
    [...carry, ...ys],
    [...tCarry, ...tYs],
  ];
}

/** Body, constants and carry of the loop that carries tangents beside the values. */
export function withTangents<P extends Parts>(p: P, { ins, outs }: Active): P {
  const body = once(p.body, `loop jvp ${p.numConsts} ${p.numCarry} ${flags(ins)} ${flags(outs)}`, () => {
    const n = p.body.inAvals.length;
    const pushed = jvpBody(p.body, ins, outs);
    const jvped = noConsts(preaccumulate(pushed, pushed.jaxpr.invars.slice(n)));
    const m = p.body.outAvals.length;
    const { invars, outs: results } = jvped.jaxpr;
    const [c, k, x] = inputsOf(weave(p, invars.slice(0, n), invars.slice(n), ins), {
      numConsts: p.numConsts + count(ins.slice(0, p.numConsts)),
      numCarry: p.numCarry + count(outs.slice(0, p.numCarry)),
    });
    const tCarry = count(outs.slice(0, p.numCarry));
    const [values, tangents] = [results.slice(0, m), results.slice(m)];
    return new ClosedJaxpr(
      {
        ...jvped.jaxpr,
        invars: [...c, ...k, ...x],
        outs: [
          ...values.slice(0, p.numCarry),
          ...tangents.slice(0, tCarry),
          ...values.slice(p.numCarry),
          ...tangents.slice(tCarry),
        ],
      },
      [],
    );
  });
  return {
    ...p,
    body,
    numConsts: p.numConsts + count(ins.slice(0, p.numConsts)),
    numCarry: p.numCarry + count(outs.slice(0, p.numCarry)),
  };
}

/** The types of a loop's operands (without the number of steps). */
export function operandAvals(loop: Loop): ShapedArray[] {
  const [consts, carry, xs] = inputsOf(loop.body.inAvals, loop);
  return [...consts, ...carry.map((a) => a.strong), ...xs.map((a) => stacked(a, loop.length!))];
}

/** The types of its results. */
export function resultAvals(loop: Loop): ShapedArray[] {
  return loop.body.outAvals.map((a, i) => (i < loop.numCarry ? a.strong : stacked(a, loop.length!)));
}

/** The number of steps, where it is an operand. */
export const tripsAval = shaped([], "int32");

/**
 * Operands of a loop for all lanes, and which results have lanes; operands flagged in
 * `forced` have them, and then all ys do (whose cotangents have).
 */
export function batchLoop<P extends Parts>(
  p: P,
  axis: BatchAxis,
  args: readonly NDArray[],
  dims: readonly BatchDim[],
  forced: readonly boolean[] | null,
): { loop: P; operands: NDArray[]; outBatched: boolean[] } {
  const [c, k, x] = inputsOf(
    dims.map((d, i) => d !== null || forced?.[i] === true),
    p,
  );
  let carry = k;
  let found = batchFlow(p.body, axis, [...c, ...carry, ...x]);
  for (;;) {
    const next = carry.map((b, i) => b || found[i]);
    if (flags(next) === flags(carry)) break;
    carry = next;
    found = batchFlow(p.body, axis, [...c, ...carry, ...x]);
  }
  const outBatched = [...carry, ...found.slice(p.numCarry).map((b) => b || forced !== null)];
  const inDims = [...c, ...carry, ...x].map((b): BatchDim => (b ? 0 : null));
  const isX = (i: number): boolean => i >= p.numConsts + p.numCarry;
  const operands = args.map((a, i) =>
    inDims[i] === null ? a : materialise(axis, a, dims[i], isX(i) ? 1 : 0),
  );
  return { loop: { ...p, body: batchBody(p.body, axis, inDims, outBatched) }, operands, outBatched };
}

/** The number of steps, where it is an operand, and the rest. */
export const tripsOf = <T>(loop: Loop, args: readonly T[]): [trips: T[], rest: T[]] =>
  splitList(args, [loop.length === null ? 1 : 0, args.length - (loop.length === null ? 1 : 0)]) as [T[], T[]];

/** The number of steps, the loop's operands, and the rest. */
export function parts<T>(loop: Loop, args: readonly T[]): [T[], T[], T[]] {
  const [trips, rest] = tripsOf(loop, args);
  const n = loop.body.inAvals.length;
  return [trips, rest.slice(0, n), rest.slice(n)];
}

/** Flags of operands or of results of a loop: where the arrays of a list belong. */
type Places = readonly [which: readonly boolean[], of: "inputs" | "results"];

/** For each array of a list, whether it is stacked: whether its leading axis is that of the steps. */
function stacks(loop: Loop, [which, of]: Places): boolean[] {
  const first = of === "inputs" ? loop.numConsts + loop.numCarry : loop.numCarry;
  return which.flatMap((w, i) => (w ? [i >= first] : []));
}

/** The loop for all lanes with its operands; or, where lanes differ in the number of steps, the results of all lanes. */
export function batchAll<P extends { loop: Loop }>(
  primitive: Primitive<P>,
  axis: BatchAxis,
  args: readonly NDArray[],
  dims: readonly BatchDim[],
  p: P,
  actives: readonly Active[],
  lists: readonly Places[],
  results: Places,
): { lanes: [NDArray[], BatchDim[]] } | { loop: Loop; operands: NDArray[]; outDims: BatchDim[] } {
  const { loop } = p;
  if (loop.length === null && dims[0] !== null)
    return { lanes: loop.kind.lanes(primitive, axis, args, dims, p) };
  const [trips, primals, rest] = parts(loop, args);
  const [, primalDims, restDims] = parts(loop, dims);
  // What has a tangent or a cotangent has one in each lane.
  const forced = loop.body.inAvals.map((_, i) => actives.some((a) => a.ins[i]));
  const made = batchLoop(loop, axis, primals, primalDims, forced);
  const places = lists.flatMap((list) => stacks(loop, list));
  const others = rest.map((x, i) => materialise(axis, x, restDims[i], places[i] ? 1 : 0));
  const outDims = stacks(loop, results).map((isStacked): BatchDim => (isStacked ? 1 : 0));
  return { loop: made.loop, operands: [...trips, ...made.operands, ...others], outDims };
}
