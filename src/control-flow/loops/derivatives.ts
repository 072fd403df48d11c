/**
 * @file The derivatives of a loop that keeps nothing of its steps: three linear primitives, closed under all rules.
 *
 * With F(p) the results of a loop at operands p, J its derivative, λ cotangents of the results:
 *   loop_tangent  J·d                     loop_adjoint  Jᵀ·λ
 *   loop_second   the derivative of Jᵀ(p)·λ in the direction d of the operands, plus Jᵀ·dλ
 * Their residuals are the operands p and the number of steps, nothing else. J·d is half of the loop that carries tangents
 * beside the values; and since the tangent of an adjoint is the adjoint of the tangent, loop_second is half of the adjoint
 * of that loop, with cotangents (dλ, λ). Transposed: J ↔ Jᵀ, and loop_second is symmetric (second derivatives commute). So
 * derivatives of any order, in any nesting, are loops of these kinds. What runs Jᵀ·λ backwards: loop-backwards.ts.
 */
import type { NDArray } from "../../core/array.ts";
import type { ShapedArray } from "../../core/aval.ts";
import type { ClosedJaxpr } from "../../core/jaxpr/ir.ts";
import { flags, once } from "../../core/jaxpr/derived.ts";
import type { UndefPrimal } from "../../core/primitive.ts";
import { type Primitive, definePrimitive, isUndef } from "../../core/primitive.ts";
import { bind } from "../../core/trace.ts";
import { type Tangent, Zero, isZero } from "../../core/zero.ts";
import { inlineJet } from "../../interpreters/jet.ts";
import { traceToJaxpr } from "../../interpreters/staging.ts";
import { instantiate, spread } from "../../interpreters/tangents.ts";
import { splitList } from "../../base/util.ts";
import { callOf, evaluateCompiled, noConsts, nonzeroOf } from "../common.ts";
import { complexAdjoint } from "./complex.ts";
import {
  type Active,
  type Loop,
  activity,
  batchAll,
  chosen,
  count,
  operandAvals,
  parts,
  resultAvals,
  tripsAval,
  tripsOf,
  unweave,
  weave,
  withTangents,
} from "./loop.ts";
import { emitBackwards } from "./backwards.ts";

/** Operands: the number of steps (where it is not static), the loop's operands, tangents of those that have one. */
export type TangentParams = { jaxpr: ClosedJaxpr; loop: Loop; active: Active };
/** Operands: the number of steps, the loop's operands, cotangents of the results that have one. */
export type AdjointParams = { loop: Loop; active: Active };
/** Operands: the number of steps, the loop's operands, cotangents, tangents of the operands, tangents of the cotangents. */
export type SecondParams = { jaxpr: ClosedJaxpr; loop: Loop; active: Active; moved: Active };

const tripsAvals = (loop: Loop): ShapedArray[] => (loop.length === null ? [tripsAval] : []);

const zerosOf = (avals: readonly ShapedArray[]): NDArray[] => avals.map((a) => instantiate(new Zero(a)));

const activeKey = (a: Active): string => `${flags(a.ins)} ${flags(a.outs)}`;

/** What else than the body tells two loops apart. */
const loopKey = (l: Loop): string => `${l.numConsts} ${l.numCarry} ${l.length} ${l.reverse} ${l.slots}`;

/** The jaxpr of a program derived from a loop, made once. */
function derived(
  loop: Loop,
  key: string,
  avals: readonly ShapedArray[],
  f: (args: readonly NDArray[]) => NDArray[],
): ClosedJaxpr {
  return once(loop.body, `${key} ${loopKey(loop)}`, () => noConsts(traceToJaxpr(f, avals, "loop")));
}

// J·d

/** The derivative of a loop's results in a direction. */
export function tangentLoop(
  loop: Loop,
  active: Active,
  trips: readonly NDArray[],
  primals: readonly NDArray[],
  tangents: readonly NDArray[],
): NDArray[] {
  const avals = operandAvals(loop);
  const jaxpr = derived(
    loop,
    `tangent ${activeKey(active)}`,
    [...tripsAvals(loop), ...avals, ...chosen(avals, active.ins).map((a) => a.strong)],
    (args) => {
      const [n, rest] = tripsOf(loop, args);
      const [values, ts] = splitList(rest, [avals.length, rest.length - avals.length]);
      const both = withTangents(loop, active);
      const found = loop.kind.run(both, n[0] ?? null, weave(loop, values, ts, active.ins));
      return unweave(loop.numCarry, found, active.outs)[1];
    },
  );
  return bind(loopTangentP, [...trips, ...primals, ...tangents], { jaxpr, loop, active });
}

function tangentJvp(
  args: readonly NDArray[],
  tangents: readonly Tangent[],
  { loop, active }: TangentParams,
): Tangent[] {
  const avals = operandAvals(loop);
  const results = chosen(resultAvals(loop), active.outs);
  const [trips, rest] = tripsOf(loop, args);
  const [values, ds] = splitList(rest, [avals.length, rest.length - avals.length]);
  const [tValues, tDs] = splitList(tripsOf(loop, tangents)[1], [avals.length, rest.length - avals.length]);
  if (tValues.every((t) => isZero(t))) return tangentLoop(loop, active, trips, values, tDs.map(instantiate));
  const both = withTangents(loop, active);
  const woven = weave<Tangent>(loop, tValues, tDs, active.ins);
  const next = activity(both, nonzeroOf(woven));
  const found = tangentLoop(
    both,
    next,
    trips,
    weave(loop, values, ds, active.ins),
    chosen(woven, next.ins).map(instantiate),
  );
  const all = spread(resultAvals(both), next.outs, found);
  return unweave(loop.numCarry, all, active.outs)[1].map((t, i) => (isZero(t) ? new Zero(results[i]) : t));
}

export const loopTangentP: Primitive<TangentParams> = definePrimitive<TangentParams>({
  name: "loop_tangent",
  ...callOf(({ jaxpr }) => jaxpr),
  jet: inlineJet,
  jvp: (args, tangents, p) => [bind(loopTangentP, args, p), tangentJvp(args, tangents, p)],
  transpose: (cotangents, args, { loop, active }) => {
    const [trips, primals, ds] = parts(loop, args);
    const found = adjointLoop(loop, active, known(trips), known(primals), cotangents.map(instantiate));
    return answer(args.length - ds.length, ds, found);
  },
  batch: (axis, args, dims, p) => {
    const made = batchAll(
      loopTangentP,
      axis,
      args,
      dims,
      p,
      [p.active],
      [[p.active.ins, "inputs"]],
      [p.active.outs, "results"],
    );
    if ("lanes" in made) return made.lanes;
    const [trips, primals, ds] = parts(made.loop, made.operands);
    return [tangentLoop(made.loop, p.active, trips, primals, ds), made.outDims];
  },
  print: ({ jaxpr }) => `[jaxpr=${String(jaxpr).replaceAll("\n", "\n    ")}]`,
});

// Jᵀ·λ

/** The cotangents of a loop's operands, given those of its results. */
export function adjointLoop(
  loop: Loop,
  active: Active,
  trips: readonly NDArray[],
  primals: readonly NDArray[],
  cotangents: readonly NDArray[],
): NDArray[] {
  return bind(loopAdjointP, [...trips, ...primals, ...cotangents], { loop, active });
}

/** The tangents of the cotangents that an adjoint loop gives. */
function adjointJvp(
  args: readonly NDArray[],
  tangents: readonly Tangent[],
  { loop, active }: AdjointParams,
): Tangent[] {
  const [trips, primals, cts] = parts(loop, args);
  const [, ds, dCts] = parts(loop, tangents);
  if (ds.every((t) => isZero(t))) return adjointLoop(loop, active, trips, primals, dCts.map(instantiate));
  const moved = activity(loop, nonzeroOf(ds));
  const directions = chosen(ds, moved.ins).map(instantiate);
  return secondLoop(loop, active, moved, trips, primals, cts, directions, dCts.map(instantiate));
}

export const loopAdjointP: Primitive<AdjointParams> = definePrimitive<AdjointParams>({
  name: "loop_adjoint",
  kind: "opaque",
  abstractEval: (_, { loop, active }) => chosen(operandAvals(loop), active.ins).map((a) => a.strong),
  lower: (context, _args, { loop, active }) => ({
    kind: "routine",
    emit: (b, args, outs) => {
      const [trips, primals, cts] = parts(loop, args);
      emitBackwards(context, b, loop, active, trips[0] ?? null, primals, cts, outs);
    },
  }),
  evaluate: (args, p) =>
    evaluateCompiled(loopAdjointP, p.loop.body, args, p, `adjoint ${activeKey(p.active)} ${loopKey(p.loop)}`),
  jvp: (args, tangents, p) => [bind(loopAdjointP, args, p), adjointJvp(args, tangents, p)],
  complex: complexAdjoint(() => loopAdjointP),
  transpose: (cotangents, args, { loop, active }) => {
    const [trips, primals, cts] = parts(loop, args);
    const found = tangentLoop(loop, active, known(trips), known(primals), cotangents.map(instantiate));
    return answer(args.length - cts.length, cts, found);
  },
  batch: (axis, args, dims, p) => {
    const made = batchAll(
      loopAdjointP,
      axis,
      args,
      dims,
      p,
      [p.active],
      [[p.active.outs, "results"]],
      [p.active.ins, "inputs"],
    );
    if ("lanes" in made) return made.lanes;
    return [bind(loopAdjointP, made.operands, { ...p, loop: made.loop }), made.outDims];
  },
  print: ({ loop }) =>
    `[length=${loop.length ?? "None"} slots=${loop.slots} body=${String(loop.body).replaceAll("\n", "\n    ")}]`,
});

// The derivative of Jᵀ(p)·λ

/** The operands of the adjoint of the loop that carries tangents, made of those of `loop_second`. */
function secondOperands<T>(
  loop: Loop,
  active: Active,
  moved: Active,
  [primals, cts, ds, dCts]: readonly (readonly T[])[],
  zero: (aval: ShapedArray) => T,
): { both: Loop; next: Active; primals: T[]; cotangents: T[] } {
  const both = withTangents(loop, moved);
  const ins = weave(loop, active.ins, new Array<boolean>(count(moved.ins)).fill(false), moved.ins);
  const next = activity(both, ins);
  const results = resultAvals(loop);
  // λ for the tangents that the loop carries, dλ for its values.
  const place = (list: readonly T[]): T[] => {
    let at = 0;
    return results.map((a, i) => (active.outs[i] ? list[at++] : zero(a)));
  };
  const outer = { numConsts: 0, numCarry: loop.numCarry };
  const cotangents = weave(outer, place(dCts), chosen(place(cts), moved.outs), moved.outs);
  return {
    both,
    next,
    primals: weave(loop, primals, ds, moved.ins),
    cotangents: chosen(cotangents, next.outs),
  };
}

/** Of the cotangents that this adjoint gives, those of the values. */
function secondResults<T>(loop: Loop, active: Active, moved: Active, next: Active, found: readonly T[]): T[] {
  const wanted = weave(loop, active.ins, new Array<boolean>(count(moved.ins)).fill(false), moved.ins);
  return found.filter((_, k) => chosen(wanted, next.ins)[k]);
}

function secondLoop(
  loop: Loop,
  active: Active,
  moved: Active,
  trips: readonly NDArray[],
  primals: readonly NDArray[],
  cts: readonly NDArray[],
  ds: readonly NDArray[],
  dCts: readonly NDArray[],
): NDArray[] {
  const avals = operandAvals(loop);
  const ctAvals = chosen(resultAvals(loop), active.outs).map((a) => a.strong);
  const dAvals = chosen(avals, moved.ins).map((a) => a.strong);
  const jaxpr = derived(
    loop,
    `second ${activeKey(active)} ${activeKey(moved)}`,
    [...tripsAvals(loop), ...avals, ...ctAvals, ...dAvals, ...ctAvals],
    (args) => {
      const [n, rest] = tripsOf(loop, args);
      const lists = splitList(rest, [avals.length, ctAvals.length, dAvals.length, ctAvals.length]);
      const o = secondOperands(loop, active, moved, lists, (a) => instantiate(new Zero(a)));
      const found = adjointLoop(o.both, o.next, n, o.primals, o.cotangents);
      return secondResults(loop, active, moved, o.next, found);
    },
  );
  return bind(loopSecondP, [...trips, ...primals, ...cts, ...ds, ...dCts], { jaxpr, loop, active, moved });
}

/** The operands of `loop_second` in their groups. */
function secondParts<T>(
  args: readonly T[],
  { loop, active, moved }: SecondParams,
): [T[], T[], T[], T[], T[]] {
  const [trips, rest] = tripsOf(loop, args);
  const [n, m] = [count(active.outs), count(moved.ins)];
  return [trips, ...splitList(rest, [loop.body.inAvals.length, n, m, n])] as [T[], T[], T[], T[], T[]];
}

function secondJvp(args: readonly NDArray[], tangents: readonly Tangent[], p: SecondParams): Tangent[] {
  const { loop, active, moved } = p;
  const [trips, primals, cts, ds, dCts] = secondParts(args, p);
  const [, tPrimals, tCts, tDs, tDCts] = secondParts(tangents, p);
  if ([...tPrimals, ...tCts].every((t) => isZero(t))) {
    return secondLoop(loop, active, moved, trips, primals, cts, tDs.map(instantiate), tDCts.map(instantiate));
  }
  const zero = (a: ShapedArray): Tangent => new Zero(a);
  const o = secondOperands(loop, active, moved, [primals, cts, ds, dCts], (a) => instantiate(new Zero(a)));
  const t = secondOperands<Tangent>(loop, active, moved, [tPrimals, tCts, tDs, tDCts], zero);
  const found = adjointJvp(
    [...trips, ...o.primals, ...o.cotangents],
    [...trips.map((x) => new Zero(x.aval)), ...t.primals, ...t.cotangents],
    { loop: o.both, active: o.next },
  );
  return secondResults(loop, active, moved, o.next, found);
}

export const loopSecondP: Primitive<SecondParams> = definePrimitive<SecondParams>({
  name: "loop_second",
  ...callOf(({ jaxpr }) => jaxpr),
  jet: inlineJet,
  jvp: (args, tangents, p) => [bind(loopSecondP, args, p), secondJvp(args, tangents, p)],
  transpose: (cotangents, args, p) => {
    const { loop, active, moved } = p;
    const [trips, primals, cts, ds, dCts] = secondParts(args, p);
    const [n, values] = [known(trips), known(primals)];
    const ws = cotangents.map(instantiate);
    const results = resultAvals(loop);
    const place = spread(results, active.outs, known(cts));
    const lambda = chosen(place, moved.outs).map(instantiate);
    const noDirection = zerosOf(chosen(results, moved.outs));
    const toDs = ds.some(isUndef) ? secondLoop(loop, moved, active, n, values, lambda, ws, noDirection) : [];
    const toDCts = dCts.some(isUndef) ? tangentLoop(loop, active, n, values, ws) : [];
    const before = trips.length + primals.length + cts.length;
    return [...answer(before, ds, toDs), ...answer(0, dCts, toDCts)];
  },
  batch: (axis, args, dims, p) => {
    const cotangents = [p.active.outs, "results"] as const;
    const lists = [cotangents, [p.moved.ins, "inputs"], cotangents] as const;
    const made = batchAll(loopSecondP, axis, args, dims, p, [p.active, p.moved], lists, [
      p.active.ins,
      "inputs",
    ]);
    if ("lanes" in made) return made.lanes;
    const [trips, ...rest] = secondParts(made.operands, { ...p, loop: made.loop });
    const [primals, cts, ds, dCts] = rest;
    return [secondLoop(made.loop, p.active, p.moved, trips, primals, cts, ds, dCts), made.outDims];
  },
  print: ({ jaxpr }) => `[jaxpr=${String(jaxpr).replaceAll("\n", "\n    ")}]`,
});

// What the rules share

const known = (args: readonly (NDArray | UndefPrimal)[]): NDArray[] =>
  args.map((a) => {
    if (isUndef(a)) throw new Error("internal: an operand of a linear loop is linear that should be known");
    return a;
  });

/** Cotangents of linear operands; those that are known are zeros of tangents, and get none. */
const answer = (
  before: number,
  args: readonly (NDArray | UndefPrimal)[],
  found: readonly NDArray[],
): (NDArray | null)[] => [
  ...new Array<null>(before).fill(null),
  ...args.map((a, i) => (isUndef(a) ? found[i] : null)),
];
