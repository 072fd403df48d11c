/**
 * @file What the linear part of a scan needs of the steps, and where it comes from: a constant of the loop or an x it was
 * given; what every step would compute alike, once; and only what differs from step to step, stacked.
 */
import { derived } from "../../core/jaxpr/derived.ts";
import { hasEffects } from "../../core/jaxpr/effects.ts";
import { dce } from "../../core/jaxpr/eval.ts";
import type { Atom, ClosedJaxpr, Jaxpr } from "../../core/jaxpr/ir.ts";
import { chosen } from "../../base/util.ts";
import { linearBody, withPorts } from "../bodies.ts";
import { type Active, inputsOf } from "./loop.ts";

export interface ResidualPlaces {
  /** The body: inputs → outputs, stacked residuals. */
  readonly primal: ClosedJaxpr;
  /** The linear part: constants, their tangents, tangents of the carry, stacked residuals, xs, their tangents. */
  readonly tangent: ClosedJaxpr;
  /** Constants of the loop → residuals that all steps have in common. They stand first among the constants. */
  readonly common: ClosedJaxpr;
  /** Operands that are residuals as they are, by their indices. */
  readonly consts: readonly number[];
  readonly xs: readonly number[];
}

/** Whether a value of a body depends on other inputs than the first `numConsts`. */
function variation({ invars, eqns }: Jaxpr, numConsts: number): (a: Atom) => boolean {
  const varying = new Set<Atom>(invars.slice(numConsts));
  for (const eqn of eqns) {
    const { inputs, outputs } = eqn;
    if (inputs.some((a) => varying.has(a)) || hasEffects(eqn)) for (const v of outputs) varying.add(v);
  }
  return (a) => varying.has(a);
}

/** The body with residuals, and its linear part. */
export const residualPlaces = derived(
  (body, numConsts: number, numCarry: number, { ins, outs }: Active): ResidualPlaces => {
    const { primal, tangent, numResiduals } = linearBody(body, ins, outs);
    const { invars, outs: results } = primal.jaxpr;
    const atoms = results.slice(outs.length);
    const varies = variation(primal.jaxpr, numConsts);
    const operands = atoms.map((a) => (invars as readonly Atom[]).indexOf(a));
    const isConst = operands.map((i) => i >= 0 && i < numConsts);
    const isX = operands.map((i) => i >= numConsts + numCarry);
    const isCommon = atoms.map((a, r) => !isConst[r] && !varies(a));
    const isStacked = atoms.map((_, r) => !isConst[r] && !isX[r] && !isCommon[r]);
    const residuals = tangent.jaxpr.invars.slice(0, numResiduals);
    const tangents = inputsOf({ body, numConsts, numCarry })
      .where(ins)
      .split(tangent.jaxpr.invars.slice(numResiduals));
    return {
      primal: dce(withPorts(primal, invars, [...results.slice(0, outs.length), ...chosen(atoms, isStacked)])),
      tangent: withPorts(
        tangent,
        [
          ...chosen(residuals, isCommon),
          ...chosen(residuals, isConst),
          ...tangents.consts,
          ...tangents.carry,
          ...chosen(residuals, isStacked),
          ...chosen(residuals, isX),
          ...tangents.xs,
        ],
        tangent.jaxpr.outs,
      ),
      common: dce(withPorts(primal, invars.slice(0, numConsts), chosen(atoms, isCommon)), undefined, false),
      consts: chosen(operands, isConst),
      xs: chosen(operands, isX),
    };
  },
);
