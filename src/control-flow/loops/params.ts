/** @file The parameters of the primitives that run loops, and the groups of their operands. */
import { Groups } from "../../core/jaxpr/groups.ts";
import type { ClosedJaxpr } from "../../core/jaxpr/ir.ts";
import { count } from "../../base/util.ts";
import { type Active, type Loop, inputsOf, resultsOf } from "./loop.ts";

/** Operands: constants, carry, xs (stacked). */
export type ScanParams = {
  jaxpr: ClosedJaxpr;
  numConsts: number;
  numCarry: number;
  length: number;
  reverse: boolean;
  /** How many states the backward pass may keep; without it, it keeps what it needs of every step. */
  slots?: number | undefined;
};

export const scanGroups = (p: ScanParams): Groups<"consts" | "carry" | "xs"> =>
  inputsOf({ ...p, body: p.jaxpr });

export const scanResults = (p: ScanParams): Groups<"carry" | "ys"> => resultsOf({ ...p, body: p.jaxpr });

/** Operands: constants of the condition, constants of the body, carry. */
export type WhileParams = {
  cond: ClosedJaxpr;
  body: ClosedJaxpr;
  numCondConsts: number;
  numBodyConsts: number;
  /** How many states the backward pass may keep at once. */
  slots: number;
};

export const whileGroups = (p: WhileParams): Groups<"condConsts" | "bodyConsts" | "carry"> =>
  new Groups({ condConsts: p.numCondConsts, bodyConsts: p.numBodyConsts, carry: p.body.jaxpr.outs.length });

/** A loop, and of which of its operands and results there are tangents and cotangents. */
export type Differentiated = { loop: Loop; active: Active };
/** Operands: the number of steps (where it is not static), the loop's operands, tangents of those that have one. */
export type TangentParams = Differentiated & { jaxpr: ClosedJaxpr };
/** Operands: the number of steps, the loop's operands, cotangents of the results that have one. */
export type AdjointParams = Differentiated & {
  /** One step backwards, if it is not to be derived from the body. */
  pullback?: ClosedJaxpr;
};
/** Operands: the number of steps, the loop's operands, cotangents, tangents of the operands, tangents of the cotangents. */
export type SecondParams = Moved & { jaxpr: ClosedJaxpr };
export type Moved = Differentiated & { moved: Active };

/** The groups of operands, of which the first two are those of the loop itself. */
export const groupsOf = <K extends string>(
  loop: Loop,
  others: Record<K, number>,
): Groups<"trips" | "primals" | K> =>
  new Groups({
    trips: loop.length === null ? 1 : 0,
    primals: loop.body.jaxpr.invars.length,
    ...others,
  });

export const tangentGroups = ({ loop, active }: Differentiated): Groups<"trips" | "primals" | "tangents"> =>
  groupsOf(loop, { tangents: count(active.ins) });

export const adjointGroups = ({ loop, active }: Differentiated): Groups<"trips" | "primals" | "cotangents"> =>
  groupsOf(loop, { cotangents: count(active.outs) });

type SecondGroup = "cotangents" | "tangents" | "ctTangents";

export const secondGroups = ({ loop, active, moved }: Moved): Groups<"trips" | "primals" | SecondGroup> => {
  const cotangents = count(active.outs);
  return groupsOf(loop, { cotangents, tangents: count(moved.ins), ctTangents: cotangents });
};
