/**
 * @file Dead code inside loops and branches: an equation that computes only the outputs wanted.
 *
 * A carry is needed if its end is wanted, or if something needed is computed from it in the step; so the needed ones are
 * found by following the body backwards and round the loop. A carry that no step changes and whose end is not wanted is a
 * constant of the loop.
 */
import { type Flags, derived } from "../../core/jaxpr/derived.ts";
import { hasEffects } from "../../core/jaxpr/effects.ts";
import { dce } from "../../core/jaxpr/eval.ts";
import { Groups } from "../../core/jaxpr/groups.ts";
import { type ClosedJaxpr, type Eqn, Var } from "../../core/jaxpr/ir.ts";
import type { Params, Pruned } from "../../core/primitive.ts";
import { chosen, range } from "../../base/util.ts";
import type { CondParams } from "../branches/cond.ts";
import { withPorts } from "../bodies.ts";
import { type ScanParams, type WhileParams, scanGroups, whileGroups } from "./params.ts";

/** Inputs that the wanted outputs and the effects need; `fedBy` gives the output that is an input of the next step, −1 where none is. */
const neededInputs = derived(
  ({ jaxpr }, wanted: Flags, fedBy: readonly number[]): { ins: Flags; outs: Flags } => {
    const producer = new Map<Var, Eqn>();
    for (const eqn of jaxpr.eqns) for (const v of eqn.outputs) producer.set(v, eqn);
    const index = new Map<Var, number>(jaxpr.invars.map((v, i) => [v, i]));
    const ins = jaxpr.invars.map(() => false);
    const outs = [...wanted];
    const seen = new Set<Eqn>();
    const stack = chosen(jaxpr.outs, wanted);
    for (const eqn of jaxpr.eqns) if (hasEffects(eqn)) stack.push(...eqn.inputs);
    for (let a = stack.pop(); a !== undefined; a = stack.pop()) {
      if (!(a instanceof Var)) continue;
      const eqn = producer.get(a);
      if (eqn !== undefined) {
        if (!seen.has(eqn)) stack.push(...eqn.inputs);
        seen.add(eqn);
        continue;
      }
      const i = index.get(a);
      if (i === undefined || ins[i]) continue;
      ins[i] = true;
      const k = fedBy[i] ?? -1;
      if (k < 0 || outs[k]) continue;
      outs[k] = true;
      stack.push(jaxpr.outs[k]);
    }
    return { ins, outs };
  },
);

/** A body with some of its inputs, in a new order, and some of its outputs. */
const restricted = derived((body, inputs: readonly number[], wanted: Flags) => {
  const live = dce(body, wanted);
  return withPorts(
    live,
    inputs.map((i) => live.jaxpr.invars[i]),
    live.jaxpr.outs,
  );
});

/** What is left of an equation, or null if that is all of it. */
function unlessWhole<P extends Params>(
  inputs: readonly number[],
  outs: Flags,
  numInputs: number,
  params: () => P,
): Pruned<P> | null {
  if (inputs.length === numInputs && inputs.every((k, i) => k === i) && outs.every(Boolean)) return null;
  return { params: params(), inputs, outputs: chosen(range(outs.length), outs) };
}

/** Carries that no step changes and whose end is not wanted: they are constants. */
const fixedCarries = ({ jaxpr }: ClosedJaxpr, carry: readonly number[], wanted: Flags): boolean[] =>
  carry.map((i, k) => !wanted[k] && jaxpr.outs[k] === jaxpr.invars[i]);

/** By which outputs the inputs of a body are fed, where these are the places of a carry. */
function feeding(body: ClosedJaxpr, carry: readonly number[], isFixed: Flags): number[] {
  const fedBy = body.jaxpr.invars.map(() => -1);
  carry.forEach((i, k) => (fedBy[i] = isFixed[k] ? -1 : k));
  return fedBy;
}

interface Parted<T> {
  readonly consts: readonly T[];
  readonly carry: readonly T[];
}

/** The constants that are needed, and the fixed carries that are, which become constants. */
const constants = (at: Parted<number>, needed: Parted<boolean>, isFixed: Flags): number[] => [
  ...chosen(at.consts, needed.consts),
  ...at.carry.filter((_, k) => isFixed[k] && needed.carry[k]),
];

export function pruneScan(p: ScanParams, wanted: Flags): Pruned<ScanParams> | null {
  const { jaxpr: body } = p;
  const groups = scanGroups(p);
  const at = groups.split(range(body.jaxpr.invars.length));
  const isFixed = fixedCarries(body, at.carry, wanted);
  const { ins, outs } = neededInputs(body, wanted, feeding(body, at.carry, isFixed));
  const needed = groups.split(ins);
  const consts = constants(at, needed, isFixed);
  const carry = chosen(at.carry, outs);
  const inputs = [...consts, ...carry, ...chosen(at.xs, needed.xs)];
  return unlessWhole(inputs, outs, ins.length, () => ({
    ...p,
    jaxpr: restricted(body, inputs, outs),
    numConsts: consts.length,
    numCarry: carry.length,
  }));
}

export function pruneWhile(p: WhileParams, wanted: Flags): Pruned<WhileParams> | null {
  const { cond, body } = p;
  const [numInCond, numInBody] = [cond.jaxpr.invars.length, body.jaxpr.invars.length];
  const ofCond = new Groups({ consts: p.numCondConsts, carry: wanted.length });
  const ofBody = new Groups({ consts: p.numBodyConsts, carry: wanted.length });
  const inCond = ofCond.split(range(numInCond));
  const inBody = ofBody.split(range(numInBody));
  const isFixed = fixedCarries(body, inBody.carry, wanted);
  const tested = ofCond.split(neededInputs(cond, [true], []).ins);
  const alive = wanted.map((w, k) => w || (tested.carry[k] && !isFixed[k]));
  const { ins, outs } = neededInputs(body, alive, feeding(body, inBody.carry, isFixed));
  const needed = ofBody.split(ins);
  const { condConsts, bodyConsts, carry } = whileGroups(p).split(range(p.numCondConsts + numInBody));
  const ofCondition = constants({ consts: condConsts, carry }, tested, isFixed);
  const ofSteps = constants({ consts: bodyConsts, carry }, needed, isFixed);
  const inputs = [...ofCondition, ...ofSteps, ...chosen(carry, outs)];
  return unlessWhole(inputs, outs, p.numCondConsts + numInBody, () => ({
    ...p,
    cond: restricted(cond, [...constants(inCond, tested, isFixed), ...chosen(inCond.carry, outs)], [true]),
    body: restricted(body, [...constants(inBody, needed, isFixed), ...chosen(inBody.carry, outs)], outs),
    numCondConsts: ofCondition.length,
    numBodyConsts: ofSteps.length,
  }));
}

export function pruneCond({ branches }: CondParams, wanted: Flags): Pruned<CondParams> | null {
  const used = branches.map((b) => neededInputs(b, wanted, []).ins);
  const ins = chosen(
    range(used[0].length),
    used[0].map((_, i) => used.some((u) => u[i])),
  );
  const inputs = [0, ...ins.map((i) => i + 1)];
  return unlessWhole(inputs, wanted, used[0].length + 1, () => ({
    branches: branches.map((b) => restricted(b, ins, wanted)),
  }));
}
