/**
 * @file The derivatives of a loop that keeps nothing of its steps: three linear primitives, closed under all rules.
 *
 * With F(p) the results of a loop at operands p, J its derivative, λ cotangents of the results:
 *   loop_tangent  J·d                     loop_adjoint  Jᵀ·λ
 *   loop_second   the derivative of Jᵀ(p)·λ in the direction d of the operands, plus Jᵀ·dλ
 * Their residuals are the operands p and the number of steps, nothing else. J·d is half of the loop that carries tangents
 * beside the values; and since the tangent of an adjoint is the adjoint of the tangent, loop_second is half of the adjoint
 * of that loop, with cotangents (dλ, λ). Transposed: J ↔ Jᵀ, and loop_second is symmetric (second derivatives commute). So
 * derivatives of any order, in any nesting, are loops of these kinds. What runs Jᵀ·λ backwards: backwards.ts.
 */
import type { NDArray } from "../../core/array.ts";
import type { ShapedArray } from "../../core/aval.ts";
import { type Flags, derived } from "../../core/jaxpr/derived.ts";
import { repeatable } from "../../core/jaxpr/effects.ts";
import type { ClosedJaxpr } from "../../core/jaxpr/ir.ts";
import {
  type BatchDim,
  type BatchRule,
  type Primitive,
  type UndefPrimal,
  allKnown,
  definePrimitive,
  isUndef,
} from "../../core/primitive.ts";
import { bind } from "../../core/trace.ts";
import { type Tangent, Zero } from "../../core/zero.ts";
import { moveBatch } from "../../interpreters/batching.ts";
import { inlineJet } from "../../interpreters/jet.ts";
import { arraysWhere, instantiate, nonzeroOf, toLinear, withZeros } from "../../interpreters/tangents.ts";
import { chosen, place } from "../../base/util.ts";
import { callOf, routineOf, traceFlat } from "../bodies.ts";
import { emitBackwards } from "./backwards.ts";
import { complexAdjoint } from "./complex.ts";
import {
  type Active,
  type Loop,
  activity,
  batchLoop,
  inputsOf,
  operandAvals,
  resultAvals,
  resultsOf,
  tripsAval,
  withTangents,
} from "./loop.ts";
import {
  type AdjointParams,
  type Differentiated,
  type Moved,
  type SecondParams,
  type TangentParams,
  adjointGroups,
  groupsOf,
  secondGroups,
  tangentGroups,
} from "./params.ts";

const inputAvals = (loop: Loop, { ins }: Active): ShapedArray[] => chosen(operandAvals(loop), ins);
const outputAvals = (loop: Loop, { outs }: Active): ShapedArray[] => chosen(resultAvals(loop), outs);

/** Whether the arrays that belong to active inputs, or outputs, are stacked: their leading axis is that of the steps. */
const stackedInputs = (loop: Loop, { ins }: Active): Flags => chosen(inputsOf(loop).in("xs"), ins);
const stackedOutputs = (loop: Loop, { outs }: Active): Flags => chosen(resultsOf(loop).in("ys"), outs);

/** A program of a loop's operands and more. */
const traceWithLoop = (
  loop: Loop,
  more: readonly ShapedArray[],
  f: (args: readonly NDArray[]) => NDArray[],
): ClosedJaxpr => {
  const trips = loop.length === null ? [tripsAval] : [];
  return traceFlat(f, [...trips, ...operandAvals(loop), ...more.map((a) => a.strong)], "loop");
};

const anyNonzero = (tangents: readonly Tangent[]): boolean => nonzeroOf(tangents).includes(true);

/** The operands of a linear loop that are not linear. */
const known = (args: readonly (NDArray | UndefPrimal)[]): NDArray[] =>
  allKnown(args, "an operand of a linear loop is linear that should be known");

/** What the batching rule needs to know of one of these primitives. */
interface BatchTraits<P> {
  /** Binds the primitive anew. */
  readonly run: (p: P, operands: readonly NDArray[]) => NDArray[];
  /** The inputs of the loop that have tangents or cotangents: they have one in each lane. */
  readonly actives: (p: P) => readonly Active[];
  /** Whether the operands behind those of the loop are stacked, and whether the results are. */
  readonly operands: (p: P) => Flags;
  readonly results: (p: P) => Flags;
}

const batchRule =
  <P extends Differentiated>(self: () => Primitive<P>, traits: BatchTraits<P>): BatchRule<P> =>
  (axis, args, dims, p, vmap) => {
    const { loop } = p;
    if (loop.length === null && dims[0] !== null)
      return loop.kind.mapLanes(self())(axis, args, dims, p, vmap);
    const areStacked = traits.operands(p);
    const groups = groupsOf(loop, { others: areStacked.length });
    const [operands, from] = [groups.split(args), groups.split(dims)];
    const forced = loop.body.inAvals.map((_, i) => traits.actives(p).some((a) => a.ins[i]));
    const batched = batchLoop(loop, axis, operands.primals, from.primals, forced);
    const all = (stacked: Flags): BatchDim[] => stacked.map((s) => (s ? 1 : 0));
    const others = moveBatch(axis, operands.others, from.others, all(areStacked));
    return [
      traits.run({ ...p, loop: batched.loop }, [...operands.trips, ...batched.operands, ...others]),
      all(traits.results(p)),
    ];
  };

// J·d

const tangentProgram = derived((_, loop: Loop, active: Active) =>
  traceWithLoop(loop, inputAvals(loop, active), (args) => {
    const { trips, primals, tangents } = tangentGroups({ loop, active }).split(args);
    const operands = inputsOf(loop).weave(primals, active.ins, tangents);
    const woven = loop.kind.run(withTangents(loop, active), trips[0] ?? null, operands);
    return resultsOf(loop).unweave(woven, active.outs)[1];
  }),
);

/** The derivative of a loop's results in a direction. */
function tangentLoop({ loop, active }: Differentiated, operands: readonly NDArray[]): NDArray[] {
  return bind(loopTangentP, operands, { jaxpr: tangentProgram(loop.body, loop, active), loop, active });
}

/** The second half of a linearize rule whose residuals are the operands of a loop and its number of steps. */
export const tangentStage = (
  loop: Loop,
  active: Active,
  trips: readonly NDArray[],
  primals: readonly NDArray[],
  values: readonly NDArray[],
): ((tangents: readonly Tangent[]) => Tangent[]) => {
  const again = { ...loop, body: repeatable(loop.body) };
  return (tangents) => {
    const operands = [...trips, ...primals, ...arraysWhere(tangents, active.ins)];
    return withZeros(values, active.outs, tangentLoop({ loop: again, active }, operands));
  };
};

function tangentJvp(args: readonly NDArray[], moving: readonly Tangent[], p: Differentiated): Tangent[] {
  const { loop, active } = p;
  const groups = tangentGroups(p);
  const { trips, primals, tangents } = groups.split(args);
  const d = groups.split(moving);
  if (!anyNonzero(d.primals)) return tangentLoop(p, [...trips, ...primals, ...d.tangents.map(instantiate)]);
  const inputs = inputsOf(loop);
  const both = withTangents(loop, active);
  const woven = inputs.weave<Tangent>(d.primals, active.ins, d.tangents);
  const next = activity(both, nonzeroOf(woven));
  const operands = inputs.weave(primals, active.ins, tangents);
  const tangentsOut = tangentLoop({ loop: both, active: next }, [
    ...trips,
    ...operands,
    ...arraysWhere(woven, next.ins),
  ]);
  const avals = resultAvals(both);
  const all = place(next.outs, tangentsOut, (i) => new Zero(avals[i]));
  return resultsOf(loop).unweave(all, active.outs)[1];
}

export const loopTangentP: Primitive<TangentParams> = definePrimitive<TangentParams>({
  name: "loop_tangent",
  ...callOf(({ jaxpr }) => jaxpr),
  jet: inlineJet,
  jvp: (args, tangents, p) => [bind(loopTangentP, args, p), tangentJvp(args, tangents, p)],
  transpose: (cotangents, args, p) => {
    const { trips, primals } = tangentGroups(p).split(args);
    const operands = [...known(trips), ...known(primals), ...cotangents.map(instantiate)];
    return toLinear(args, adjointLoop(p, operands));
  },
  batch: batchRule(() => loopTangentP, {
    run: tangentLoop,
    actives: (p) => [p.active],
    operands: (p) => stackedInputs(p.loop, p.active),
    results: (p) => stackedOutputs(p.loop, p.active),
  }),
});

// Jᵀ·λ

/** The cotangents of a loop's operands, given those of its results. */
export function adjointLoop({ loop, active }: Differentiated, operands: readonly NDArray[]): NDArray[] {
  return bind(loopAdjointP, operands, { loop, active });
}

/** The tangents of the cotangents that an adjoint loop gives. */
function adjointJvp(args: readonly NDArray[], moving: readonly Tangent[], p: Differentiated): Tangent[] {
  const groups = adjointGroups(p);
  const { trips, primals } = groups.split(args);
  const d = groups.split(moving);
  if (!anyNonzero(d.primals)) return adjointLoop(p, [...trips, ...primals, ...d.cotangents.map(instantiate)]);
  const moved = activity(p.loop, nonzeroOf(d.primals));
  const tangents = [...arraysWhere(d.primals, moved.ins), ...d.cotangents.map(instantiate)];
  return secondLoop({ ...p, moved }, [...args, ...tangents]);
}

export const loopAdjointP: Primitive<AdjointParams> = definePrimitive<AdjointParams>({
  name: "loop_adjoint",
  ...routineOf<AdjointParams>(
    () => loopAdjointP,
    ({ loop }) => loop.body,
    (context, b, args, outs, p) => {
      emitBackwards(context, b, p, adjointGroups(p).split(args), outs);
    },
  ),
  abstractEval: (_, { loop, active }) => inputAvals(loop, active).map((a) => a.strong),
  jvp: (args, tangents, p) => [bind(loopAdjointP, args, p), adjointJvp(args, tangents, p)],
  complex: complexAdjoint(() => loopAdjointP),
  transpose: (cotangents, args, p) => {
    const { trips, primals } = adjointGroups(p).split(args);
    const operands = [...known(trips), ...known(primals), ...cotangents.map(instantiate)];
    return toLinear(args, tangentLoop(p, operands));
  },
  batch: batchRule(() => loopAdjointP, {
    run: adjointLoop,
    actives: (p) => [p.active],
    operands: (p) => stackedOutputs(p.loop, p.active),
    results: (p) => stackedInputs(p.loop, p.active),
  }),
});

// The derivative of Jᵀ(p)·λ

/** The loop that carries tangents, of whose operands those that were values have cotangents, by `wanted`. */
function secondOf({ loop, active, moved }: Moved): Differentiated & { wanted: Flags } {
  const both = withTangents(loop, moved);
  const wanted = inputsOf(loop).weave<boolean>(
    active.ins,
    moved.ins,
    chosen(moved.ins, moved.ins).map(() => false),
  );
  const next = activity(both, wanted);
  return { loop: both, active: next, wanted: chosen(wanted, next.ins) };
}

/** The operands of the adjoint of that loop, made of those of `loop_second`. */
function secondOperands<T>(
  p: Moved,
  second: Differentiated,
  args: readonly T[],
  zero: (aval: ShapedArray) => T,
): T[] {
  const { loop, active, moved } = p;
  const { trips, primals, cotangents, tangents, ctTangents } = secondGroups(p).split(args);
  const avals = resultAvals(loop);
  // λ for the tangents that the loop carries, dλ for its values.
  const all = (list: readonly T[]): T[] => place(active.outs, list, (i) => zero(avals[i]));
  const woven = resultsOf(loop).weave(all(ctTangents), moved.outs, chosen(all(cotangents), moved.outs));
  return [
    ...trips,
    ...inputsOf(loop).weave(primals, moved.ins, tangents),
    ...chosen(woven, second.active.outs),
  ];
}

const zeroArray = (aval: ShapedArray): NDArray => instantiate(new Zero(aval));

const secondProgram = derived((_, loop: Loop, active: Active, moved: Active) => {
  const cotangents = outputAvals(loop, active);
  return traceWithLoop(loop, [...cotangents, ...inputAvals(loop, moved), ...cotangents], (args) => {
    const p = { loop, active, moved };
    const second = secondOf(p);
    return chosen(adjointLoop(second, secondOperands(p, second, args, zeroArray)), second.wanted);
  });
});

function secondLoop({ loop, active, moved }: Moved, operands: readonly NDArray[]): NDArray[] {
  const jaxpr = secondProgram(loop.body, loop, active, moved);
  return bind(loopSecondP, operands, { jaxpr, loop, active, moved });
}

function secondJvp(args: readonly NDArray[], moving: readonly Tangent[], p: Moved): Tangent[] {
  const groups = secondGroups(p);
  const { trips, primals, cotangents } = groups.split(args);
  const d = groups.split(moving);
  if (!anyNonzero([...d.primals, ...d.cotangents])) {
    const directions = [...d.tangents, ...d.ctTangents].map(instantiate);
    return secondLoop(p, [...trips, ...primals, ...cotangents, ...directions]);
  }
  const second = secondOf(p);
  const operands = secondOperands(p, second, args, zeroArray);
  const tangents = secondOperands<Tangent>(p, second, moving, (a) => new Zero(a));
  return chosen(adjointJvp(operands, tangents, second), second.wanted);
}

export const loopSecondP: Primitive<SecondParams> = definePrimitive<SecondParams>({
  name: "loop_second",
  ...callOf(({ jaxpr }) => jaxpr),
  jet: inlineJet,
  jvp: (args, tangents, p) => [bind(loopSecondP, args, p), secondJvp(args, tangents, p)],
  transpose: (cts, args, p) => {
    const { loop, active, moved } = p;
    const { trips, primals, cotangents, tangents, ctTangents } = secondGroups(p).split(args);
    const operands = [...known(trips), ...known(primals)];
    const ws = cts.map(instantiate);
    const avals = resultAvals(loop);
    const lambda = place(active.outs, known(cotangents), (i) => new Zero(avals[i]));
    const symmetric = { loop, active: moved, moved: active };
    const noDirection = outputAvals(loop, moved).map(zeroArray);
    const toTangents = tangents.some(isUndef)
      ? secondLoop(symmetric, [...operands, ...arraysWhere(lambda, moved.outs), ...ws, ...noDirection])
      : [];
    const toCtTangents = ctTangents.some(isUndef) ? tangentLoop({ loop, active }, [...operands, ...ws]) : [];
    const before = [...trips, ...primals, ...cotangents].map(() => null);
    return [...before, ...toLinear(tangents, toTangents), ...toLinear(ctTangents, toCtTangents)];
  },
  batch: batchRule(() => loopSecondP, {
    run: secondLoop,
    actives: (p) => [p.active, p.moved],
    operands: ({ loop, active, moved }) => {
      const cotangents = stackedOutputs(loop, active);
      return [...cotangents, ...stackedInputs(loop, moved), ...cotangents];
    },
    results: (p) => stackedInputs(p.loop, p.active),
  }),
});
