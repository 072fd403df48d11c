/** @file How branches are written: `lax.cond`, `lax.switch`, on local functions that see what they need. */
import { type CondParams, condP } from "../../control-flow/branches/cond.ts";
import type { Eqn } from "../../core/jaxpr/ir.ts";
import type { Body, CallWriter } from "../body.ts";
import { Name, call } from "../expressions.ts";
import { declaration, docOf } from "../text.ts";
import { arrow, functionStatement, packedType, statementsOf } from "./functions.ts";

const isCond = (eqn: Eqn): boolean => (eqn.primitive as unknown) === condP;

/** The truth value behind the index of a branch of two; undefined if it is an index of the user's. */
function predicateOf(body: Body, eqn: Eqn): Eqn["inputs"][number] | undefined {
  const made = body.definition(eqn.inputs[0]);
  if (made === undefined || (eqn.params as CondParams).branches.length !== 2) return undefined;
  return isTruth(made) ? made.inputs[0] : undefined;
}

const isTruth = ({ primitive, inputs, params, outputs }: Eqn): boolean =>
  primitive.name === "convert_element_type" &&
  inputs[0].aval.dtype === "bool" &&
  outputs[0].aval.dtype === "int32" &&
  !(params as { weakType: boolean }).weakType;

/** The conversion of a truth value that only chooses among branches is part of `lax.cond`. */
export const truthOfBranch: CallWriter = (body, eqn) => {
  const [index] = eqn.outputs;
  const uses = body.uses(index);
  const onlyChooses =
    uses.length > 0 &&
    uses.every(
      (e) =>
        isCond(e) &&
        e.inputs.filter((a) => a === index).length === 1 &&
        e.inputs[0] === index &&
        predicateOf(body, e) !== undefined,
    );
  if (!onlyChooses || body.isResult(index)) return null;
  return [{ text: null, known: { variable: index, aval: index.aval }, adjoint: false }];
};

export const condCall: CallWriter = (body, eqn) => {
  const { branches } = eqn.params as CondParams;
  const operands = eqn.inputs.slice(1).map((a) => body.read(a));
  const predicate = predicateOf(body, eqn);
  const wishes = predicate === undefined ? branches.map((_, k) => `branch${k}`) : ["whenFalse", "whenTrue"];
  const names = branches.map((branch, k) => {
    const inner = body.inner();
    branch.jaxpr.invars.forEach((v, i) => inner.set(v, operands[i]));
    const outs = inner.write(branch);
    const name = body.names.fresh(wishes[k]);
    const f = arrow([], packedType(outs.length), statementsOf(inner, outs));
    body.statements.push(functionStatement(name, f));
    return new Name(name, null);
  });
  const which = new Name(body.textOf(body.read(predicate ?? eqn.inputs[0])), null);
  const made =
    predicate === undefined ? call("lax.switch", which, names) : call("lax.cond", which, names[1], names[0]);
  body.module.use(made);
  const refs = eqn.outputs.map((v) => body.name(v, body.module.naming.of(v, eqn)));
  const texts = refs.map((r, i) => (body.isUsed(eqn.outputs[i]) || refs.length === 1 ? r.text : null));
  body.statements.push(declaration(texts, docOf(made, [])));
  return refs;
};
