/**
 * @file What the linear part of a scan needs of the steps, and where it comes from: a constant of the loop or an x it was
 * given; what every step would compute alike, once; and only what differs from step to step, stacked.
 */
import { flags, once } from "../../core/jaxpr/derived.ts";
import { dce } from "../../core/jaxpr/eval.ts";
import type { Var } from "../../core/jaxpr/ir.ts";
import { type Atom, ClosedJaxpr, type Jaxpr } from "../../core/jaxpr/ir.ts";
import { linearBody } from "../common.ts";
import { type Active, type Loop, chosen, count } from "./loop.ts";

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
  for (const { inputs, outputs } of eqns) {
    if (inputs.some((a) => varying.has(a))) for (const v of outputs) varying.add(v);
  }
  return (a) => varying.has(a);
}

const withPorts = (closed: ClosedJaxpr, invars: readonly Var[], outs: readonly Atom[]): ClosedJaxpr =>
  new ClosedJaxpr({ ...closed.jaxpr, invars, outs }, closed.consts);

/** The body with residuals, and its linear part. */
export function residualPlaces(
  p: Pick<Loop, "body" | "numConsts" | "numCarry">,
  { ins, outs }: Active,
): ResidualPlaces {
  const { body, numConsts, numCarry } = p;
  return once(body, `scan linear ${numConsts} ${numCarry} ${flags(ins)} ${flags(outs)}`, () => {
    const { primal, tangent, numResiduals } = linearBody(body, ins, outs);
    const { invars, outs: all } = primal.jaxpr;
    const numOuts = body.outAvals.length;
    const atoms = all.slice(numOuts);
    const varies = variation(primal.jaxpr, numConsts);
    const operands = atoms.map((a) => (invars as readonly Atom[]).indexOf(a));
    const isConst = operands.map((i) => i >= 0 && i < numConsts);
    const isX = operands.map((i) => i >= numConsts + numCarry);
    const isCommon = atoms.map((a, r) => !isConst[r] && !varies(a));
    const isStacked = atoms.map((_, r) => !isConst[r] && !isX[r] && !isCommon[r]);
    const residuals = tangent.jaxpr.invars.slice(0, numResiduals);
    const tangents = tangent.jaxpr.invars.slice(numResiduals);
    const first = count(ins.slice(0, numConsts)) + count(outs.slice(0, numCarry));
    return {
      primal: dce(withPorts(primal, invars, [...all.slice(0, numOuts), ...chosen(atoms, isStacked)])),
      tangent: withPorts(
        tangent,
        [
          ...chosen(residuals, isCommon),
          ...chosen(residuals, isConst),
          ...tangents.slice(0, first),
          ...chosen(residuals, isStacked),
          ...chosen(residuals, isX),
          ...tangents.slice(first),
        ],
        tangent.jaxpr.outs,
      ),
      common: dce(withPorts(primal, invars.slice(0, numConsts), chosen(atoms, isCommon))),
      consts: chosen(operands, isConst),
      xs: chosen(operands, isX),
    };
  });
}
