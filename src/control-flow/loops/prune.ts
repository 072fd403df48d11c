/**
 * @file Dead code inside loops and branches: an equation that computes only the outputs wanted.
 *
 * A carry is needed if its end is wanted, or if something needed is computed from it in the step; so the needed ones are
 * found by following the body backwards and round the loop. A carry that no step changes and whose end is not wanted is a
 * constant of the loop.
 */
import type { ShapedArray } from "../../core/aval.ts";
import { flags, once } from "../../core/jaxpr/derived.ts";
import { dce } from "../../core/jaxpr/eval.ts";
import { ClosedJaxpr, type Eqn, Var } from "../../core/jaxpr/ir.ts";
import type { Params, Pruned } from "../../core/primitive.ts";
import { range } from "../../base/util.ts";
import type { CondParams } from "../branches/cond.ts";
import type { ScanParams } from "./scan.ts";
import type { WhileParams } from "./while.ts";

/** Inputs that the wanted outputs need; `outputOf` gives the output by which an input is fed in the next step, or −1. */
function neededInputs(
  { jaxpr }: ClosedJaxpr,
  wanted: readonly boolean[],
  outputOf: (input: number) => number = () => -1,
): { ins: boolean[]; outs: boolean[] } {
  const producer = new Map<Var, Eqn>();
  for (const eqn of jaxpr.eqns) for (const v of eqn.outputs) producer.set(v, eqn);
  const index = new Map<Var, number>(jaxpr.invars.map((v, i) => [v, i]));
  const ins = jaxpr.invars.map(() => false);
  const outs = [...wanted];
  const seen = new Set<Eqn>();
  const stack = jaxpr.outs.filter((_, i) => wanted[i]);
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
    const k = outputOf(i);
    if (k < 0 || outs[k]) continue;
    outs[k] = true;
    stack.push(jaxpr.outs[k]);
  }
  return { ins, outs };
}

/** A body with some of its inputs, in a new order, and some of its outputs. */
function part(body: ClosedJaxpr, inputs: readonly number[], outs: readonly boolean[]): ClosedJaxpr {
  const { jaxpr, consts } = dce(body, outs);
  return new ClosedJaxpr({ ...jaxpr, invars: inputs.map((i) => jaxpr.invars[i]) }, consts);
}

const indices = (which: readonly boolean[], from = 0): number[] =>
  which.flatMap((w, i) => (w ? [i + from] : []));

/** What is left of the equation, or null if that is all of it. */
function unlessWhole<P extends Params>(found: Pruned<P>, inputs: number, outputs: number): Pruned<P> | null {
  const whole = found.inputs.length === inputs && found.outputs.length === outputs;
  return whole && found.inputs.every((k, i) => k === i) ? null : found;
}

/** Carries that no step changes and whose end is not wanted: they are constants. */
function fixedCarries(
  body: ClosedJaxpr,
  numConsts: number,
  wanted: readonly boolean[],
): (k: number) => boolean {
  const { invars, outs } = body.jaxpr;
  return (k) => !wanted[k] && outs[k] === invars[numConsts + k];
}

export function pruneScan(p: ScanParams, wanted: readonly boolean[]): Pruned<ScanParams> | null {
  const { jaxpr, numConsts, numCarry } = p;
  const n = jaxpr.inAvals.length;
  const { inputs, outputs, body, consts } = once(
    jaxpr,
    `prune scan ${numConsts} ${numCarry} ${flags(wanted)}`,
    () => {
      const fixed = fixedCarries(jaxpr, numConsts, wanted);
      const { ins, outs } = neededInputs(jaxpr, wanted, (i) => {
        const k = i - numConsts;
        return k >= 0 && k < numCarry && !fixed(k) ? k : -1;
      });
      const carries = range(numCarry).filter((k) => outs[k]);
      const moved = range(numCarry).filter((k) => fixed(k) && ins[numConsts + k]);
      const constants = [...range(numConsts).filter((i) => ins[i]), ...moved.map((k) => numConsts + k)];
      const xs = range(n - numConsts - numCarry, numConsts + numCarry).filter((i) => ins[i]);
      const order = [...constants, ...carries.map((k) => numConsts + k), ...xs];
      return {
        inputs: order,
        outputs: indices(outs),
        body: part(jaxpr, order, outs),
        consts: constants.length,
      };
    },
  );
  const params: ScanParams = {
    ...p,
    jaxpr: body,
    numConsts: consts,
    numCarry: outputs.filter((k) => k < numCarry).length,
  };
  return unlessWhole({ params, inputs, outputs }, n, jaxpr.outAvals.length);
}

export function pruneWhile(p: WhileParams, wanted: readonly boolean[]): Pruned<WhileParams> | null {
  const { cond, body, numCondConsts: nc, numBodyConsts: nb } = p;
  const numCarry = body.outAvals.length;
  const fixed = fixedCarries(body, nb, wanted);
  const test = neededInputs(cond, [true]).ins;
  const alive = wanted.map((w, k) => w || (test[nc + k] && !fixed(k)));
  const { ins, outs } = neededInputs(body, alive, (i) => (i >= nb && !fixed(i - nb) ? i - nb : -1));
  const carries = indices(outs);
  const moved = (used: readonly boolean[], from: number): number[] =>
    range(numCarry).filter((k) => fixed(k) && !outs[k] && used[from + k]);
  const condConsts = range(nc).filter((i) => test[i]);
  const bodyConsts = range(nb).filter((i) => ins[i]);
  const [movedCond, movedBody] = [moved(test, nc), moved(ins, nb)];
  const inputs = [
    ...condConsts,
    ...movedCond.map((k) => nc + nb + k),
    ...bodyConsts.map((i) => nc + i),
    ...movedBody.map((k) => nc + nb + k),
    ...carries.map((k) => nc + nb + k),
  ];
  const found = unlessWhole({ params: p, inputs, outputs: carries }, nc + nb + numCarry, numCarry);
  if (found === null) return null;
  const condOrder = [...condConsts, ...[...movedCond, ...carries].map((k) => nc + k)];
  const bodyOrder = [...bodyConsts, ...[...movedBody, ...carries].map((k) => nb + k)];
  const params: WhileParams = {
    ...p,
    cond: once(cond, `prune ${condOrder.join()}`, () => part(cond, condOrder, [true])),
    body: once(body, `prune ${bodyOrder.join()} ${flags(outs)}`, () => part(body, bodyOrder, outs)),
    numCondConsts: condConsts.length + movedCond.length,
    numBodyConsts: bodyConsts.length + movedBody.length,
  };
  return { ...found, params };
}

export function pruneCond(p: CondParams, wanted: readonly boolean[]): Pruned<CondParams> | null {
  const used = p.branches.map((b) => neededInputs(b, wanted).ins);
  const ins = p.branches[0].inAvals.map((_: ShapedArray, i) => used.some((u) => u[i]));
  const outputs = indices(wanted);
  const inputs = [0, ...indices(ins, 1)];
  const found = unlessWhole({ params: p, inputs, outputs }, ins.length + 1, wanted.length);
  if (found === null) return null;
  const order = indices(ins);
  const branches = p.branches.map((b) =>
    once(b, `prune ${order.join()} ${flags(wanted)}`, () => part(b, order, wanted)),
  );
  return { ...found, params: { branches } };
}
