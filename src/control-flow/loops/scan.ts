/**
 * @file `scan`: a loop with a carry, over the leading axis of its inputs, stacking its outputs. The loop all others with a
 * known number of steps are made of.
 *
 * Operands: constants, carry, xs (stacked). Outputs: carry, ys (stacked). The body maps constants, carry, one x to carry,
 * one y. Its derivative is a scan of the body's linear part over stacked residuals; transposed, it runs backwards. With a bound on
 * the states kept (`slots`), it runs the loop anew instead: derivatives.ts.
 */
import type { NDArray } from "../../core/array.ts";
import { type Flags, derived } from "../../core/jaxpr/derived.ts";
import { jaxprAsFun } from "../../core/jaxpr/eval.ts";
import { Groups } from "../../core/jaxpr/groups.ts";
import { Literal } from "../../core/jaxpr/ir.ts";
import type { LowerContext } from "../../core/lowering.ts";
import {
  type AccumulateRule,
  type BatchRule,
  type JetRule,
  type JvpRule,
  type LinearizeRule,
  type Primitive,
  definePrimitive,
  isUndef,
  knownOf,
} from "../../core/primitive.ts";
import { bind } from "../../core/trace.ts";
import { type Tangent, Zero } from "../../core/zero.ts";
import { countParts, fromParts, partsOf, realBody } from "../../interpreters/complex.ts";
import {
  eitherMoves,
  jetJaxpr,
  packSeries,
  packedCount,
  unpackSeries,
  wholeJet,
} from "../../interpreters/jet.ts";
import {
  addTangents,
  arraysWhere,
  fusedOrSplit,
  instantiate,
  withZeros,
} from "../../interpreters/tangents.ts";
import { transposeJaxpr } from "../../interpreters/transpose.ts";
import type { Block } from "../../loops/ir/build.ts";
import { iadd, intConst, iscale, isub } from "../../loops/ir/affine.ts";
import { type Buffer, type Expr, numberOf } from "../../loops/ir/ir.ts";
import { type Pull, scalarPull } from "../../loops/pull.ts";
import { addP } from "../../lax/elementwise/arithmetic.ts";
import { chosen, count, invariant, not, place, safeMap2 } from "../../base/util.ts";
import { bodyOf, routineOf, withPorts } from "../bodies.ts";
import { elementsAt, finishCells, makeCells, readCells, storeElements, writeCells } from "./cells.ts";
import { scanDependence } from "./dependence.ts";
import { tangentStage } from "./derivatives.ts";
import {
  type Loop,
  type LoopKind,
  activity,
  batchLoop,
  fusedJvp,
  inTheEnd,
  inputsOf,
  resultAvals,
  resultsOf,
} from "./loop.ts";
import { type ScanParams, scanGroups } from "./params.ts";
import { pruneScan } from "./prune.ts";
import { residualPlaces } from "./residuals.ts";
import { scanSteps } from "./stepwise.ts";

/** A scan of operands in groups. */
export const runScan = (
  { consts, carry, xs }: Readonly<Record<"consts" | "carry" | "xs", readonly NDArray[]>>,
  { jaxpr, length, reverse, slots }: Pick<ScanParams, "jaxpr" | "length" | "reverse" | "slots">,
): NDArray[] =>
  bind(scanP, [...consts, ...carry, ...xs], {
    jaxpr,
    numConsts: consts.length,
    numCarry: carry.length,
    length,
    reverse,
    slots,
  });

/** How a scan runs, for its derivatives. */
export const scanKind: LoopKind = {
  run: ({ body, numConsts, numCarry, length, reverse, slots }, _trips, operands) =>
    bind(scanP, operands, { jaxpr: body, numConsts, numCarry, length: length!, reverse, slots }),
  mapLanes: (): never => {
    invariant(false, "the length of a scan is the same in all lanes");
  },
};

const loopOf = ({ jaxpr, slots, ...p }: ScanParams): Loop => ({
  ...p,
  kind: scanKind,
  body: jaxpr,
  slots: slots ?? p.length,
});

function emitScan(
  context: LowerContext,
  b: Block,
  args: readonly Pull[],
  outs: readonly Buffer[],
  p: ScanParams,
): void {
  const loop = loopOf(p);
  const { consts, carry: init, xs } = inputsOf(loop).split(args);
  const { carry: ends, ys } = resultsOf(loop).split(outs);
  const counters = init.map((x, k) => counterOf(p, k, x));
  const isCell = counters.map((c) => c === null);
  const cells = makeCells(b, chosen(init, isCell), chosen(ends, isCell));
  const step = (body: Block, i: Expr): void => {
    const at = p.reverse ? isub(intConst(p.length - 1), i) : i;
    const held = readCells(body, cells);
    const carry = place(isCell, held, (k) => scalarPull(init[k].aval, countAt(counters[k]!, i)));
    const results = context.emit(body, p.jaxpr, [...consts, ...carry, ...elementsAt(body, xs, at)]);
    const next = resultsOf(loop).split(results);
    storeElements(body, ys, at, next.ys, p.length);
    writeCells(body, cells, chosen(next.carry, isCell));
  };
  if (p.length > 0) b.for(0, p.length, step, "step");
  finishCells(b, cells, chosen(ends, isCell));
  counters.forEach((c, k) => {
    if (c !== null) b.store(ends[k], intConst(0), countAt(c, intConst(p.length)));
  });
}

/** A carry that counts: `start + step·i` at step i. */
interface Counter {
  readonly start: number;
  readonly step: number;
}

const countAt = ({ start, step }: Counter, i: Expr): Expr => iadd(iscale(i, step), start);

/** The counter that carry number k is: int32, begun at a known number, to which each step adds a constant. */
function counterOf(
  { jaxpr: { jaxpr }, numConsts, length }: ScanParams,
  k: number,
  init: Pull,
): Counter | null {
  const out = jaxpr.outs[k];
  if (out.aval.dtype !== "int32" || out.aval.ndim > 0) return null;
  const start = init.at([]);
  const eqn = jaxpr.eqns.find((e) => e.primitive === addP && e.outputs[0] === out);
  if (start.kind !== "const" || eqn === undefined) return null;
  const own = jaxpr.invars[numConsts + k];
  const by = eqn.inputs.find((a) => a instanceof Literal);
  if (!(by instanceof Literal) || !eqn.inputs.includes(own)) return null;
  const step = Number(by.value.raw);
  const first = numberOf(start);
  return Math.abs(first + step * length) < 2 ** 31 ? { start: first, step } : null;
}

/** The jvp as one scan: values and tangents side by side. */
const fused: JvpRule<ScanParams> = (primals, tangents, p) =>
  fusedJvp(loopOf(p), primals, tangents, (both, operands) => scanKind.run(both, null, operands));

/** Values with stacked residuals, and the scan of tangents over them; where few states may be kept, the loop anew. */
const linearize: LinearizeRule<ScanParams> = (primals, nonzero, p) => {
  const loop = loopOf(p);
  const active = activity(loop, nonzero);
  if (loop.slots < p.length) {
    const values = bind(scanP, primals, p);
    return [values, tangentStage(loop, active, [], primals, values)];
  }
  const inputs = inputsOf(loop);
  const residuals = residualPlaces(p.jaxpr, p.numConsts, p.numCarry, active);
  const outs = bind(scanP, primals, { ...p, jaxpr: residuals.primal });
  const common = jaxprAsFun(residuals.common)(inputs.split(primals).consts);
  const values = outs.slice(0, active.outs.length);
  return [
    values,
    (tangents) => {
      const { consts, carry, xs } = inputs.where(active.ins).split(arraysWhere(tangents, active.ins));
      const operands = {
        consts: [...common, ...residuals.consts.map((i) => primals[i]), ...consts],
        carry,
        xs: [...outs.slice(values.length), ...residuals.xs.map((i) => primals[i]), ...xs],
      };
      const { length, reverse } = p;
      return withZeros(values, active.outs, runScan(operands, { jaxpr: residuals.tangent, length, reverse }));
    },
  ];
};

/**
 * A linear body backwards. Known constants, cotangents of the carry, sums for the constants, known xs, cotangents of ys →
 * cotangents of the carry, new sums, cotangents of xs.
 */
const transposeBody = derived((body, numConsts: number, numCarry: number, linear: Flags) => {
  const inputs = inputsOf({ body, numConsts, numCarry });
  const isConst = inputs.in("consts");
  const summed = linear.map((l, i) => l && isConst[i]);
  const ofOutputs = body.jaxpr.outs.map(() => true);
  const back = bodyOf(transposeJaxpr(body, linear, summed, ofOutputs, true, "scan"));
  const { consts, xs } = inputs.where(not(linear)).sizes;
  const { carry, ys } = resultsOf({ body, numCarry }).sizes;
  const ins = new Groups({ consts, xs, sums: count(summed), carry, ys }).split(back.jaxpr.invars);
  const cts = inputs.where(linear).split(back.jaxpr.outs);
  return withPorts(
    back,
    [...ins.consts, ...ins.carry, ...ins.sums, ...ins.xs, ...ins.ys],
    [...cts.carry, ...cts.consts, ...cts.xs],
  );
});

/**
 * A linear scan backwards: cotangents of the carry are carried, those of constants added to sums (or to zeros), those of
 * xs stacked.
 */
const accumulate: AccumulateRule<ScanParams> = (sums, cotangents, args, p) => {
  const loop = loopOf(p);
  const inputs = inputsOf(loop);
  // A carry that begins with a known value begins with zero (a tangent that becomes nonzero later): it is linear too.
  const isCarry = inputs.in("carry");
  const linear = args.map((a, i) => isCarry[i] || isUndef(a));
  const known = inputs.where(not(linear)).split(knownOf(chosen(args, not(linear))));
  const start = args.map((a, i): Tangent => sums[i] ?? new Zero(a.aval));
  const before = inputs.where(linear).split(chosen(start, linear));
  const ofResults = resultsOf(loop).split(cotangents.map((ct) => instantiate(ct)));
  const operands = {
    consts: known.consts,
    carry: [...ofResults.carry, ...before.consts.map((t) => instantiate(t))],
    xs: [...known.xs, ...ofResults.ys],
  };
  const jaxpr = transposeBody(p.jaxpr, p.numConsts, p.numCarry, linear);
  const results = runScan(operands, { jaxpr, length: p.length, reverse: !p.reverse });
  const { carry, consts, xs } = new Groups({
    carry: p.numCarry,
    consts: before.consts.length,
    xs: before.xs.length,
  }).split(results);
  const added = [
    ...consts,
    ...safeMap2(before.carry, carry, addTangents),
    ...safeMap2(before.xs, xs, addTangents),
  ];
  return place(linear, added, () => null).map((ct, i) => (isUndef(args[i]) ? ct : null));
};

/** Each value is followed by those of its coefficients that move. */
const jet: JetRule<ScanParams> = (args, _outs, p) =>
  wholeJet(args, (_packed, moving, order) => {
    const loop = loopOf(p);
    const { ins, outs } = inTheEnd(loop, moving, (m) => jetJaxpr(p.jaxpr, order, m).outMoving, eitherMoves);
    const { consts, carry } = inputsOf(loop).split(ins);
    const results = bind(scanP, packSeries(args, ins), {
      ...p,
      jaxpr: bodyOf(jetJaxpr(p.jaxpr, order, ins, outs)),
      numConsts: packedCount(consts),
      numCarry: packedCount(carry),
    });
    return unpackSeries(results, outs, order);
  });

const batch: BatchRule<ScanParams> = (axis, args, dims, p) => {
  const { loop, operands, outDims } = batchLoop(loopOf(p), axis, args, dims, null);
  return [bind(scanP, operands, { ...p, jaxpr: loop.body }), outDims];
};

export const scanP: Primitive<ScanParams> = definePrimitive<ScanParams>({
  name: "scan",
  ...routineOf(
    () => scanP,
    (p) => p.jaxpr,
    emitScan,
  ),
  abstractEval: (_, p) => resultAvals(loopOf(p)),
  steps: scanSteps,
  jvp: fusedOrSplit(fused, linearize),
  linearize,
  transpose: (cotangents, args, p) => accumulate([], cotangents, args, p),
  accumulate,
  batch,
  jet,
  dependence: scanDependence,
  prune: pruneScan,
  complex: (args, p, avals) => {
    const { consts, carry } = scanGroups(p).split(args);
    const sizes = { numConsts: countParts(consts), numCarry: countParts(carry) };
    return fromParts(avals, bind(scanP, partsOf(args), { ...p, jaxpr: realBody(p.jaxpr), ...sizes }));
  },
});
