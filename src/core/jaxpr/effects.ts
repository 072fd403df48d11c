/**
 * @file The effects of equations: what they do beside computing their outputs. An equation with one is neither removed nor
 * merged with another; bodies give theirs to the equation that runs them.
 */
import type { Effect } from "../primitive.ts";
import { type ClosedJaxpr, type Eqn, subJaxprs } from "./ir.ts";

const ofBodies = new WeakMap<ClosedJaxpr, readonly Effect[]>();

const union = (lists: readonly (readonly Effect[])[]): readonly Effect[] => [...new Set(lists.flat())];

/** The effects of a program: those of its equations. */
export function effectsOf(closed: ClosedJaxpr): readonly Effect[] {
  let found = ofBodies.get(closed);
  if (found === undefined) ofBodies.set(closed, (found = union(closed.jaxpr.eqns.map(effectsOfEqn))));
  return found;
}

/** The effects of an equation, with those of its bodies. */
export const effectsOfEqn = ({ primitive, params }: Eqn): readonly Effect[] =>
  union([primitive.effects?.(params) ?? [], ...subJaxprs(params).map(effectsOf)]);

/** Most equations are asked, and cannot have any: these make no lists. */
export const hasEffects = (eqn: Eqn): boolean => {
  const { effects, kind } = eqn.primitive;
  return (effects !== undefined || kind === "opaque" || kind === "call") && effectsOfEqn(eqn).length > 0;
};
