/**
 * @file How the backward pass of a loop that keeps states is written: with its step forward, and one step backwards that can be
 * edited.
 */
import { pullbackBody } from "../../control-flow/loops/backwards.ts";
import { type Active, inputsOf, resultsOf } from "../../control-flow/loops/loop.ts";
import type { AdjointParams } from "../../control-flow/loops/params.ts";
import { adjointGroups } from "../../control-flow/loops/params.ts";
import { chosen } from "../../base/util.ts";
import type { Body, CallWriter } from "../body.ts";
import type { Eqn } from "../../core/jaxpr/ir.ts";
import { barOf, stemOf } from "../names.ts";
import { operationCall, programOf } from "./general.ts";

/** What the inputs of the body are called: constants and lists as outside, the carry as in the user's function. */
function inputNames(body: Body, eqn: Eqn, p: AdjointParams): string[] {
  const operands = adjointGroups(p).split(eqn.inputs.map((a) => body.read(a)));
  const hints = body.module.naming.parametersOf(eqn).flat();
  const { consts, carry } = inputsOf(p.loop).split(operands.primals.map((_, i) => i));
  return operands.primals.map((ref, i) => {
    const at = carry.indexOf(i);
    if (at !== -1) return hints[at] ?? "carry";
    return consts.includes(i)
      ? (stemOf(ref.text) ?? `constant${i + 1}`)
      : (hints[carry.length + i - consts.length - carry.length] ?? "x");
  });
}

/** What one step backwards takes after the inputs: cotangents of the carry, sums for the constants, cotangents of the ys. */
function cotangentNames({ loop }: AdjointParams, { ins, outs }: Active, names: readonly string[]): string[] {
  const groups = inputsOf(loop);
  const bars = groups.split(names.map(barOf));
  const active = groups.split(ins);
  const results = resultsOf(loop).split(outs);
  return [
    ...chosen(bars.carry, results.carry),
    ...chosen(bars.consts, active.consts),
    ...results.ys.filter((isActive) => isActive).map((_, i) => `y${i + 1}_bar`),
  ];
}

export const loopAdjointCall: CallWriter = (body, eqn) => {
  const p = eqn.params as AdjointParams;
  const { loop, active } = p;
  const names = inputNames(body, eqn, p);
  const all = [...names, ...cotangentNames(p, active, names)];
  const pullback = p.pullback ?? pullbackBody(loop.body, loop.numConsts, loop.numCarry, active);
  const forward = programOf(body, loop.body, "body", (i) => names[i]);
  const backward = programOf(body, pullback, "pullback", (i) => all[i] ?? `x${i + 1}`);
  return operationCall(body, eqn, { ...p, loop: { ...loop, body: forward }, pullback: backward });
};
