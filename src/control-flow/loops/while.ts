/**
 * @file `whileLoop`: a loop that runs as long as a condition on its carry holds.
 *
 * The number of steps is known only once it has run, and arrays have static shapes, so a tape of what each step computed
 * has no place. Linearised, the loop therefore counts its steps and keeps its operands and that count, nothing else; from
 * then on it is a loop of a known number of steps, whose linear part runs it again: forwards beside the tangents, or
 * backwards from a bounded number of kept states (loop-derivatives.ts, loop-backwards.ts). Programs stay of static size,
 * so this goes through jit, vmap and itself, and memory is bounded however long the loop runs.
 */
import type { NDArray } from "../../core/array.ts";
import type { ShapedArray } from "../../core/aval.ts";
import { flags, once } from "../../core/jaxpr/derived.ts";
import { dce, jaxprAsFun } from "../../core/jaxpr/eval.ts";
import { type Atom, ClosedJaxpr, Literal, Var } from "../../core/jaxpr/ir.ts";
import {
  type BatchAxis,
  type BatchDim,
  NonlinearError,
  type Primitive,
  UndefPrimal,
  definePrimitive,
  isUndef,
} from "../../core/primitive.ts";
import { bind } from "../../core/trace.ts";
import { type Tangent, Zero } from "../../core/zero.ts";
import { materialise } from "../../interpreters/batching.ts";
import { traceToJaxpr } from "../../interpreters/staging.ts";
import { instantiate, mayFuse, spread } from "../../interpreters/tangents.ts";
import { backwardPass } from "../../interpreters/transpose.ts";
import { intConst } from "../../loops/ir/affine.ts";
import { type Block, apply } from "../../loops/ir/build.ts";
import type { Buffer } from "../../loops/ir/ir.ts";
import type { LowerContext } from "../../core/lowering.ts";
import { type Pull, scalarPull } from "../../loops/pull.ts";
import { add, addP } from "../../lax/elementwise/arithmetic.ts";
import { lt, ltP } from "../../lax/elementwise/compare.ts";
import { asDType } from "../../lax/operands/convert.ts";
import { splitList } from "../../base/util.ts";
import { finishCells, makeCells, readCells, writeCells } from "./cells.ts";
import { batchBody, batchFlow, evaluateCompiled, noConsts, nonzeroOf } from "../common.ts";
import { mapLanes } from "./lanes.ts";
import {
  type Active,
  type Loop,
  type LoopKind,
  activity,
  chosen,
  operandAvals,
  tripsAval,
  unweave,
  weave,
  withTangents,
} from "./loop.ts";
import { adjointLoop, tangentLoop } from "./derivatives.ts";
import { complexWhile } from "./complex.ts";
import { whileJet } from "./taylor.ts";
import { whileDependence } from "./dependence.ts";
import { pruneWhile } from "./prune.ts";

/** Operands: constants of the condition, constants of the body, carry. */
export type WhileParams = {
  cond: ClosedJaxpr;
  body: ClosedJaxpr;
  numCondConsts: number;
  numBodyConsts: number;
  /** How many states the backward pass may keep at once. */
  slots: number;
};

const split = <T>(items: readonly T[], p: WhileParams): [T[], T[], T[]] =>
  splitList(items, [p.numCondConsts, p.numBodyConsts, items.length - p.numCondConsts - p.numBodyConsts]) as [
    T[],
    T[],
    T[],
  ];

function emitWhile(
  context: LowerContext,
  b: Block,
  args: readonly Pull[],
  outs: readonly Buffer[],
  p: WhileParams,
): void {
  const [condConsts, bodyConsts, init] = split(args, p);
  const avals = p.body.inAvals.slice(p.numBodyConsts);
  const counted = countedCarry(p);
  if (counted !== null) {
    emitCounted(context, b, args, outs, p, counted);
    return;
  }
  const cells = makeCells(b, init, outs);
  const test = (block: Block) =>
    context.emit(block, p.cond, [...condConsts, ...readCells(block, cells, avals)])[0].at([]);
  const going = b.variable(test(b), "going");
  b.while(going, (body) => {
    const carry = readCells(body, cells, avals);
    writeCells(body, cells, context.emit(body, p.body, [...bodyConsts, ...carry]));
    body.set(going, test(body));
  });
  finishCells(b, cells, outs);
}

/** A loop that ends when a carry, to which each step adds one, reaches a value that is known before it begins. */
interface Counted {
  readonly carry: number;
  /** An operand of the condition. */
  readonly bound: Atom;
}

function countedCarry({ cond, body, numCondConsts, numBodyConsts }: WhileParams): Counted | null {
  const [test, another] = cond.jaxpr.eqns;
  if (another !== undefined || test?.primitive !== ltP || test.outputs[0] !== cond.jaxpr.outs[0]) return null;
  const [counter, bound] = test.inputs;
  const k = (cond.jaxpr.invars as readonly Atom[]).indexOf(counter) - numCondConsts;
  const isConst = bound instanceof Literal || cond.jaxpr.invars.indexOf(bound) < numCondConsts;
  if (k < 0 || !isConst || counter.aval.dtype !== "int32") return null;
  const next = body.jaxpr.eqns.find((e) => e.outputs[0] === body.jaxpr.outs[k]);
  const isNext = next?.primitive === addP && next.inputs.includes(body.jaxpr.invars[numBodyConsts + k]);
  const byOne = next?.inputs.some((a) => a instanceof Literal && Number(a.value.raw) === 1);
  return isNext && byOne === true ? { carry: k, bound } : null;
}

/** Such a loop, as one over its counter. */
function emitCounted(
  context: LowerContext,
  b: Block,
  args: readonly Pull[],
  outs: readonly Buffer[],
  p: WhileParams,
  { carry: counter, bound }: Counted,
): void {
  const [condConsts, bodyConsts, init] = split(args, p);
  const others = init.map((_, k) => k !== counter);
  const avals = p.body.inAvals.slice(p.numBodyConsts);
  const cells = makeCells(b, chosen(init, others), chosen(outs, others));
  const from = b.let(init[counter].at([]), "from");
  const to =
    bound instanceof Literal
      ? intConst(Number(bound.value.raw))
      : b.let(condConsts[p.cond.jaxpr.invars.indexOf(bound)].at([]), "to");
  b.for(
    from,
    to,
    (body, i) => {
      const held = readCells(body, cells, chosen(avals, others));
      const carry = [...held.slice(0, counter), scalarPull(avals[counter], i), ...held.slice(counter)];
      writeCells(body, cells, chosen(context.emit(body, p.body, [...bodyConsts, ...carry]), others));
    },
    "step",
  );
  finishCells(b, cells, chosen(outs, others));
  b.store(outs[counter], intConst(0), apply("max", from, to));
}

/** A condition on the first of more carries. */
function ignoring(cond: ClosedJaxpr, extra: readonly ShapedArray[]): ClosedJaxpr {
  return once(cond, `ignoring ${extra.map((a) => a.id).join()}`, () => {
    const invars = [...cond.jaxpr.invars, ...extra.map((a) => new Var(a))];
    return new ClosedJaxpr({ ...cond.jaxpr, invars }, []);
  });
}

/** A body and a counter of its steps behind the carry. */
function counting(body: ClosedJaxpr): ClosedJaxpr {
  return once(body, "while counting", () =>
    noConsts(
      traceToJaxpr(
        (xs) => [...jaxprAsFun(body)(xs.slice(0, -1)), add(xs[xs.length - 1], 1)],
        [...body.inAvals, tripsAval],
        "whileLoop",
      ),
    ),
  );
}

/** `count < steps`, for a loop with a counter behind its carry. */
function countBelow(carry: readonly ShapedArray[]): ClosedJaxpr {
  return noConsts(
    traceToJaxpr(([steps, ...xs]) => [lt(xs[xs.length - 1], steps)], [tripsAval, ...carry], "whileLoop"),
  );
}

const noSteps = (): NDArray => asDType(0, "int32", false, "whileLoop");

/** How a loop that is known to make so many steps runs, for its derivatives. */
const whileKind: LoopKind = {
  run: ({ body, numConsts, slots }, trips, operands) => {
    const counted = counting(body);
    const cond = once(body, `while below ${numConsts}`, () => countBelow(counted.inAvals.slice(numConsts)));
    const found = bind(whileP, [trips!, ...operands, noSteps()], {
      cond,
      body: counted,
      numCondConsts: 1,
      numBodyConsts: numConsts,
      slots,
    });
    return found.slice(0, -1);
  },
  lanes: mapLanes,
};

const loopOf = ({ body, numBodyConsts, slots }: WhileParams): Loop => ({
  kind: whileKind,
  body,
  numConsts: numBodyConsts,
  numCarry: body.outAvals.length,
  length: null,
  reverse: false,
  slots,
});

/** Tangents of the operands that have one in the end, as arrays. */
const fill = (tangents: readonly Tangent[], { ins }: Active, p: WhileParams): NDArray[] =>
  chosen(tangents.slice(p.numCondConsts), ins).map((t) => instantiate(t));

/** The jvp as one loop: values and tangents side by side. */
function fusedJvp(
  primals: readonly NDArray[],
  tangents: readonly Tangent[],
  p: WhileParams,
): [NDArray[], Tangent[]] {
  const loop = loopOf(p);
  const active = activity(loop, nonzeroOf(tangents.slice(p.numCondConsts)));
  const both = withTangents(loop, active);
  const operands = weave(loop, primals.slice(p.numCondConsts), fill(tangents, active, p), active.ins);
  const extra = chosen(p.body.outAvals, active.outs).map((a) => a.strong);
  const found = bind(whileP, [...primals.slice(0, p.numCondConsts), ...operands], {
    ...p,
    cond: ignoring(p.cond, extra),
    body: both.body,
    numBodyConsts: both.numConsts,
  });
  const [values, ts] = unweave(loop.numCarry, found, active.outs);
  return [
    values,
    spread(
      values.map((v) => v.aval),
      active.outs,
      ts,
    ),
  ];
}

/** The values, and the number of steps. */
function runCounting(args: readonly NDArray[], p: WhileParams): [values: NDArray[], steps: NDArray] {
  const found = bind(whileP, [...args, noSteps()], {
    ...p,
    cond: ignoring(p.cond, [tripsAval]),
    body: counting(p.body),
  });
  return [found.slice(0, -1), found[found.length - 1]];
}

/** Values, and derivatives that run the loop again for as many steps as it made. */
function linearize(
  primals: readonly NDArray[],
  nonzero: readonly boolean[],
  p: WhileParams,
): [NDArray[], (tangents: readonly Tangent[]) => Tangent[]] {
  const loop = loopOf(p);
  const active = activity(loop, nonzero.slice(p.numCondConsts));
  const [values, steps] = runCounting(primals, p);
  return [
    values,
    (tangents) =>
      spread(
        values.map((v) => v.aval),
        active.outs,
        tangentLoop(loop, active, [steps], primals.slice(p.numCondConsts), fill(tangents, active, p)),
      ),
  ];
}

/**
 * A loop that is linear in some of its operands as it stands, though no derivative made it so. That it is, and that the
 * number of steps does not depend on them, is checked; then it is its own derivative at zero.
 */
function transpose(
  cotangents: readonly Tangent[],
  args: readonly (NDArray | UndefPrimal)[],
  p: WhileParams,
): (NDArray | Zero | null)[] {
  const loop = loopOf(p);
  const active = activity(loop, args.slice(p.numCondConsts).map(isUndef));
  const tested = dce(p.cond).jaxpr.eqns.flatMap((e) => e.inputs);
  const carries = p.cond.jaxpr.invars.slice(p.numCondConsts);
  const decides = carries.some((v, i) => active.outs[i] && tested.includes(v));
  if (decides || args.slice(0, p.numCondConsts).some(isUndef)) throw new NonlinearError("while", false);
  checkLinear(p.body, active);
  const values = args.map((a) => (isUndef(a) ? instantiate(new Zero(a.aval)) : a));
  const [, steps] = runCounting(values, p);
  const cts = chosen(cotangents, active.outs).map((ct) => instantiate(ct));
  const found = adjointLoop(loop, active, [steps], values.slice(p.numCondConsts), cts);
  const all = spread(operandAvals(loop), active.ins, found);
  return args.map((a, i) => (isUndef(a) ? all[i - p.numCondConsts] : null));
}

/** @throws NonlinearError where the outputs of a body that change with the active inputs are not linear in them. */
function checkLinear(body: ClosedJaxpr, { ins, outs }: Active): void {
  traceToJaxpr(
    (xs) => {
      const args = xs.map((x, i) => (ins[i] ? new UndefPrimal(x.aval) : x));
      const cts = body.outAvals.map((a, i): Tangent => (outs[i] ? instantiate(new Zero(a)) : new Zero(a)));
      backwardPass(body, args, cts);
      return [];
    },
    body.inAvals,
    "whileLoop",
  );
}

function batch(
  axis: BatchAxis,
  args: readonly NDArray[],
  dims: readonly BatchDim[],
  p: WhileParams,
): [NDArray[], BatchDim[]] {
  const [cc, bc, init] = split(
    dims.map((d) => d !== null),
    p,
  );
  let carry = init;
  for (;;) {
    const found = batchFlow(p.body, axis, [...bc, ...carry]);
    const next = carry.map((b, i) => b || found[i]);
    if (flags(next) === flags(carry)) break;
    carry = next;
  }
  // Lanes that end at different times run one after another, each to its own end.
  if (batchFlow(p.cond, axis, [...cc, ...carry])[0]) return mapLanes(whileP, axis, args, dims, p);
  const dim = (b: boolean): BatchDim => (b ? 0 : null);
  const inDims = [...cc, ...bc, ...carry].map(dim);
  const operands = args.map((a, i) => (inDims[i] === null ? a : materialise(axis, a, dims[i])));
  const outs = bind(whileP, operands, {
    ...p,
    cond: batchBody(p.cond, axis, [...cc, ...carry].map(dim), [false]),
    body: batchBody(p.body, axis, [...bc, ...carry].map(dim), carry),
  });
  return [outs, carry.map(dim)];
}

export const whileP: Primitive<WhileParams> = definePrimitive<WhileParams>({
  name: "while",
  kind: "opaque",
  abstractEval: (_, { body }) => body.outAvals.map((a) => a.strong),
  lower: (context, _args, p) => ({
    kind: "routine",
    emit: (b, args, outs) => emitWhile(context, b, args, outs, p),
  }),
  evaluate: (args, p) =>
    evaluateCompiled(whileP, p.body, args, p, `${p.numCondConsts} ${p.numBodyConsts} ${condId(p.cond)}`),
  jvp: (primals, tangents, p) => {
    if (mayFuse(primals, tangents)) return fusedJvp(primals, tangents, p);
    const [values, stage] = linearize(primals, nonzeroOf(tangents), p);
    return [values, stage(tangents)];
  },
  linearize,
  transpose,
  batch,
  jet: whileJet(() => whileP),
  dependence: whileDependence,
  prune: pruneWhile,
  complex: complexWhile(() => whileP),
});

const condIds = new WeakMap<ClosedJaxpr, number>();
let nextCond = 0;

function condId(cond: ClosedJaxpr): number {
  let id = condIds.get(cond);
  if (id === undefined) condIds.set(cond, (id = nextCond++));
  return id;
}
