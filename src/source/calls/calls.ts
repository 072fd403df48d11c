/** @file How calls are written: compiled functions, checkpoints. */
import { checkpointPolicies } from "../../api/checkpoint-policies.ts";
import type { ShapedArray } from "../../core/aval.ts";
import type { ClosedJaxpr, Eqn } from "../../core/jaxpr/ir.ts";
import type { CheckpointParams } from "../../interpreters/remat.ts";
import type { JitParams } from "../../jit/call.ts";
import { type Body, type CallWriter, type Ref, avalOf } from "../body.ts";
import { Call, type Local, Operand, type Written, call } from "../expressions.ts";
import { identifier } from "../names.ts";
import { docOf } from "../text.ts";
import { sharedFunction } from "./functions.ts";

/**
 * The call of a function of the module.
 * @param avals what its body takes: operands that are weak where that is not (or the other way round) are converted.
 */
export function callLocal(body: Body, eqn: Eqn, local: Local, avals?: readonly ShapedArray[]): Ref[] {
  const refs = eqn.inputs.map((a) => body.read(a));
  const written = new Call(
    local,
    refs.map((ref, i): Written => {
      const wanted = avals?.[i];
      const operand = new Operand(i);
      if (wanted === undefined || wanted.weakType === avalOf(ref).weakType) return operand;
      return call("lax.convertElementType", operand, wanted.dtype, wanted.weakType ? true : undefined);
    }),
  );
  local.results.forEach((name, i) => {
    if (name !== null) body.module.naming.wish(eqn.outputs[i], name);
  });
  return body.declare(
    eqn,
    docOf(
      written,
      refs.map((r) => body.textOf(r)),
    ),
    written,
  );
}

const operandsOf = (body: Body, eqn: Eqn): Ref[] => eqn.inputs.map((a) => body.read(a));

/** A jitted function, written once however often it is called. */
export const jitCall: CallWriter = (body, eqn) => {
  const { jaxpr, name, backend } = eqn.params as JitParams;
  const wish = identifier(name);
  const options = docOf({ name, backend: backend ?? undefined }, []);
  const key = `${name} ${backend ?? ""}`;
  const local = sharedFunction(body, jaxpr, "jit", wish, options, key, operandsOf(body, eqn));
  return callLocal(body, eqn, local, jaxpr.inAvals);
};

/** A policy by its name among the library's; those that users write decide what is kept, not what is computed. */
function policyName(policy: CheckpointParams["policy"]): string | null {
  const found = Object.entries(checkpointPolicies).find(([, p]) => (p as unknown) === policy);
  return found === undefined ? null : `checkpointPolicies.${found[0]}`;
}

export const checkpointCall: CallWriter = (body, eqn) => {
  const { jaxpr, policy, barrier } = eqn.params as CheckpointParams & { jaxpr: ClosedJaxpr };
  const named = policyName(policy);
  if (named !== null) body.module.library("checkpointPolicies");
  const entries = [
    ...(named === null ? [] : [`policy: ${named}`]),
    ...(barrier !== null ? [] : ["preventCse: false"]),
  ];
  const options = entries.length === 0 ? null : `{ ${entries.join(", ")} }`;
  const key = entries.join();
  const local = sharedFunction(body, jaxpr, "checkpoint", "block", options, key, operandsOf(body, eqn));
  return callLocal(body, eqn, local, jaxpr.inAvals);
};
