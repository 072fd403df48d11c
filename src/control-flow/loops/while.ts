/**
 * @file `whileLoop`: a loop that runs as long as a condition on its carry holds.
 *
 * The number of steps is known only once it has run, and arrays have static shapes, so a tape of what each step computed
 * has no place. Linearised, the loop therefore counts its steps and keeps its operands and that count, nothing else; from
 * then on it is a loop of a known number of steps, whose linear part runs it again: forwards beside the tangents, or
 * backwards from a bounded number of kept states (derivatives.ts, backwards.ts). Programs stay of static size,
 * so this goes through jit, vmap and itself, and memory is bounded however long the loop runs.
 */
import type { NDArray } from "../../core/array.ts";
import type { ShapedArray } from "../../core/aval.ts";
import { derived } from "../../core/jaxpr/derived.ts";
import { dce, jaxprAsFun } from "../../core/jaxpr/eval.ts";
import { type Atom, type ClosedJaxpr, Literal, Var } from "../../core/jaxpr/ir.ts";
import type { LowerContext } from "../../core/lowering.ts";
import {
  type BatchRule,
  type JetRule,
  type JvpRule,
  type LinearizeRule,
  NonlinearError,
  type Primitive,
  type TransposeRule,
  UndefPrimal,
  definePrimitive,
  isUndef,
} from "../../core/primitive.ts";
import { bind } from "../../core/trace.ts";
import { type Tangent, Zero } from "../../core/zero.ts";
import { moveBatch } from "../../interpreters/batching.ts";
import { countParts, fromParts, partsOf, realBody } from "../../interpreters/complex.ts";
import {
  type Moving,
  eitherMoves,
  jetJaxpr,
  packSeries,
  packedCount,
  unpackSeries,
  wholeJet,
} from "../../interpreters/jet.ts";
import { arraysWhere, fusedOrSplit, instantiate, toLinear, withZeros } from "../../interpreters/tangents.ts";
import { backwardPass } from "../../interpreters/transpose.ts";
import { intConst } from "../../loops/ir/affine.ts";
import { type Block, apply } from "../../loops/ir/build.ts";
import type { Buffer, Expr } from "../../loops/ir/ir.ts";
import { type Pull, scalarPull } from "../../loops/pull.ts";
import { add, addP } from "../../lax/elementwise/arithmetic.ts";
import { lt, ltP } from "../../lax/elementwise/compare.ts";
import { asDType } from "../../lax/operands/convert.ts";
import { chosen, place } from "../../base/util.ts";
import { batchBody, batchDims, batchFlow, bodyOf, routineOf, traceFlat, withPorts } from "../bodies.ts";
import { finishCells, makeCells, readCells, writeCells } from "./cells.ts";
import { whileDependence } from "./dependence.ts";
import { adjointLoop, tangentStage } from "./derivatives.ts";
import { mapLanes } from "./lanes.ts";
import {
  type Active,
  type Loop,
  type LoopKind,
  activity,
  batching,
  fusedJvp,
  inTheEnd,
  tripsAval,
} from "./loop.ts";
import { type WhileParams, whileGroups } from "./params.ts";
import { pruneWhile } from "./prune.ts";
import { whileSteps } from "./stepwise.ts";

/** The constants of the condition, and the operands of the loop that its derivatives see. */
const condAndLoop = <T>(items: readonly T[], { numCondConsts }: WhileParams): [cond: T[], loop: T[]] => [
  items.slice(0, numCondConsts),
  items.slice(numCondConsts),
];

function emitWhile(
  context: LowerContext,
  b: Block,
  args: readonly Pull[],
  outs: readonly Buffer[],
  p: WhileParams,
): void {
  const counted = countedCarry(p);
  if (counted !== null) {
    emitCounted(context, b, args, outs, p, counted);
    return;
  }
  const { condConsts, bodyConsts, carry: init } = whileGroups(p).split(args);
  const cells = makeCells(b, init, outs);
  const test = (block: Block): Expr =>
    context.emit(block, p.cond, [...condConsts, ...readCells(block, cells)])[0].at([]);
  const going = b.variable(test(b), "going");
  b.while(going, (body) => {
    const carry = readCells(body, cells);
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
  const { condConsts, bodyConsts, carry: init } = whileGroups(p).split(args);
  const isCell = init.map((_, k) => k !== counter);
  const cells = makeCells(b, chosen(init, isCell), chosen(outs, isCell));
  const from = b.let(init[counter].at([]), "from");
  const to =
    bound instanceof Literal
      ? intConst(Number(bound.value.raw))
      : b.let(condConsts[p.cond.jaxpr.invars.indexOf(bound)].at([]), "to");
  const step = (body: Block, i: Expr): void => {
    const held = readCells(body, cells);
    const carry = place(isCell, held, (k) => scalarPull(init[k].aval, i));
    writeCells(body, cells, chosen(context.emit(body, p.body, [...bodyConsts, ...carry]), isCell));
  };
  b.for(from, to, step, "step");
  finishCells(b, cells, chosen(outs, isCell));
  b.store(outs[counter], intConst(0), apply("max", from, to));
}

/** A condition on the first of more carries. */
const ignoring = derived((cond, extra: readonly ShapedArray[]) =>
  withPorts(cond, [...cond.jaxpr.invars, ...extra.map((a) => new Var(a))], cond.jaxpr.outs),
);

/** A body and a counter of its steps behind the carry. */
const counting = derived((body) =>
  traceFlat(
    (xs) => [...jaxprAsFun(body)(xs.slice(0, -1)), add(xs[xs.length - 1], 1)],
    [...body.inAvals, tripsAval],
    "whileLoop",
  ),
);

/** `count < steps`, for a loop with a counter behind its carry. */
const countBelow = derived((counted, numConsts: number) =>
  traceFlat(
    ([steps, ...xs]) => [lt(xs[xs.length - 1], steps)],
    [tripsAval, ...counted.inAvals.slice(numConsts)],
    "whileLoop",
  ),
);

const noSteps = (): NDArray => asDType(0, "int32", false, "whileLoop");

/** How a loop that is known to make so many steps runs, for its derivatives. */
export const whileKind: LoopKind = {
  run: ({ body, numConsts, slots }, trips, operands) => {
    const counted = counting(body);
    const outs = bind(whileP, [trips!, ...operands, noSteps()], {
      cond: countBelow(counted, numConsts),
      body: counted,
      numCondConsts: 1,
      numBodyConsts: numConsts,
      slots,
    });
    return outs.slice(0, -1);
  },
  mapLanes,
};

const loopOf = ({ body, numBodyConsts, slots }: WhileParams): Loop => ({
  kind: whileKind,
  body,
  numConsts: numBodyConsts,
  numCarry: body.jaxpr.outs.length,
  length: null,
  reverse: false,
  slots,
});

/** The jvp as one loop: values and tangents side by side. */
const fused: JvpRule<WhileParams> = (primals, tangents, p) => {
  const [condConsts, operands] = condAndLoop(primals, p);
  return fusedJvp(loopOf(p), operands, condAndLoop(tangents, p)[1], (both, woven, { outs }) => {
    const extra = chosen(p.body.outAvals, outs).map((a) => a.strong);
    return bind(whileP, [...condConsts, ...woven], {
      ...p,
      cond: ignoring(p.cond, extra),
      body: both.body,
      numBodyConsts: both.numConsts,
    });
  });
};

/** The values, and the number of steps. */
function runCounting(args: readonly NDArray[], p: WhileParams): [values: NDArray[], steps: NDArray] {
  const cond = ignoring(p.cond, [tripsAval]);
  const outs = bind(whileP, [...args, noSteps()], { ...p, cond, body: counting(p.body) });
  return [outs.slice(0, -1), outs[outs.length - 1]];
}

/** Values, and derivatives that run the loop again for as many steps as it made. */
const linearize: LinearizeRule<WhileParams> = (primals, nonzero, p) => {
  const loop = loopOf(p);
  const active = activity(loop, condAndLoop(nonzero, p)[1]);
  const [values, steps] = runCounting(primals, p);
  const stage = tangentStage(loop, active, [steps], condAndLoop(primals, p)[1], values);
  return [values, (tangents) => stage(condAndLoop(tangents, p)[1])];
};

/**
 * A loop that is linear in some of its operands as it stands, though no derivative made it so. That it is, and that the
 * number of steps does not depend on them, is checked; then it is its own derivative at zero.
 */
const transpose: TransposeRule<WhileParams> = (cotangents, args, p) => {
  const loop = loopOf(p);
  const [condConsts, operands] = condAndLoop(args, p);
  const active = activity(loop, operands.map(isUndef));
  const tested = dce(p.cond).jaxpr.eqns.flatMap((e) => e.inputs);
  const carries = p.cond.jaxpr.invars.slice(p.numCondConsts);
  const decides = carries.some((v, i) => active.outs[i] && tested.includes(v));
  if (decides || condConsts.some(isUndef)) throw new NonlinearError("while", false);
  checkLinear(p.body, active);
  const values = args.map((a) => (isUndef(a) ? instantiate(new Zero(a.aval)) : a));
  const [, steps] = runCounting(values, p);
  const adjoint = adjointLoop({ loop, active }, [
    steps,
    ...condAndLoop(values, p)[1],
    ...arraysWhere(cotangents, active.outs),
  ]);
  return toLinear(args, withZeros(operands, active.ins, adjoint));
};

/** @throws NonlinearError where the outputs of a body that change with the active inputs are not linear in them. */
function checkLinear(body: ClosedJaxpr, { ins, outs }: Active): void {
  traceFlat(
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

/** A condition on values, of a carry that has coefficients too. */
const withCoefficients = derived((cond, numConsts: number, carry: Moving) => {
  const { invars, outs } = cond.jaxpr;
  const carried = invars
    .slice(numConsts)
    .flatMap((v, i) => [v, ...carry[i].filter(Boolean).map(() => new Var(v.aval.strong))]);
  return withPorts(cond, [...invars.slice(0, numConsts), ...carried], outs);
});

/** Each value of the loop is followed by those of its coefficients that move; the condition reads the values alone. */
const jet: JetRule<WhileParams> = (args, _outs, p) =>
  wholeJet(args, (_packed, moving, order) => {
    const [condConsts, operands] = condAndLoop(args, p);
    const { ins, outs: carry } = inTheEnd(
      loopOf(p),
      condAndLoop(moving, p)[1],
      (m) => jetJaxpr(p.body, order, m).outMoving,
      eitherMoves,
    );
    const values = condConsts.map((x) => x.coefficient(0) as NDArray);
    const results = bind(whileP, [...values, ...packSeries(operands, ins)], {
      ...p,
      cond: withCoefficients(p.cond, p.numCondConsts, carry),
      body: bodyOf(jetJaxpr(p.body, order, ins, carry)),
      numBodyConsts: packedCount(ins.slice(0, p.numBodyConsts)),
    });
    return unpackSeries(results, carry, order);
  });

const batch: BatchRule<WhileParams> = (axis, args, dims, p, vmap) => {
  const [condConsts, operands] = condAndLoop(
    dims.map((d) => d !== null),
    p,
  );
  const { ins, outs: carry } = batching(loopOf(p), axis, operands);
  // Lanes that end at different times run one after another, each to its own end.
  if (batchFlow(p.cond, axis, [...condConsts, ...carry])[0])
    return mapLanes(whileP)(axis, args, dims, p, vmap);
  const outs = bind(whileP, moveBatch(axis, args, dims, batchDims([...condConsts, ...ins])), {
    ...p,
    cond: batchBody(p.cond, axis, [...condConsts, ...carry], [false]),
    body: batchBody(p.body, axis, ins, carry),
  });
  return [outs, batchDims(carry)];
};

export const whileP: Primitive<WhileParams> = definePrimitive<WhileParams>({
  name: "while",
  ...routineOf(
    () => whileP,
    (p) => p.body,
    emitWhile,
  ),
  abstractEval: (_, { body }) => body.outAvals.map((a) => a.strong),
  steps: whileSteps,
  jvp: fusedOrSplit(fused, linearize),
  linearize,
  transpose,
  batch,
  jet,
  dependence: whileDependence,
  prune: pruneWhile,
  complex: (args, p, avals) => {
    const { condConsts, bodyConsts } = whileGroups(p).split(args);
    const outs = bind(whileP, partsOf(args), {
      ...p,
      cond: realBody(p.cond),
      body: realBody(p.body),
      numCondConsts: countParts(condConsts),
      numBodyConsts: countParts(bodyConsts),
    });
    return fromParts(avals, outs);
  },
});
