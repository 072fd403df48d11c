/**
 * @file The effects of equations: what they do beside computing their outputs. An equation with one is neither removed nor
 * merged with another; bodies give theirs to the equation that runs them.
 */
import { DifferentiationError } from "../../base/errors.ts";
import type { Effect, Params } from "../primitive.ts";
import { type Flags, derived } from "./derived.ts";
import { type Atom, ClosedJaxpr, type Eqn, subJaxprs } from "./ir.ts";

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

/**
 * The program without effects, those in bodies included: what computes something else of a program than its outputs, while the
 * program itself runs too. Equations that depend on the inputs flagged keep theirs.
 */
export const withoutEffects = derived((closed, flagged: Flags = []): ClosedJaxpr => {
  const reached = new Set<Atom>(closed.jaxpr.invars.filter((_, i) => flagged[i]));
  const eqns = closed.jaxpr.eqns.flatMap((eqn): Eqn[] => {
    const depends = eqn.inputs.some((a) => reached.has(a));
    if (depends) for (const v of eqn.outputs) reached.add(v);
    if (!hasEffects(eqn)) return [eqn];
    const own = eqn.primitive.effects?.(eqn.params) ?? [];
    if (own.length > 0) return depends || eqn.outputs.length > 0 ? [eqn] : [];
    return [{ ...eqn, params: mapBodies(eqn.params, (body) => withoutEffects(body)) }];
  });
  return new ClosedJaxpr({ ...closed.jaxpr, eqns }, closed.consts);
});

/**
 * The body of a loop whose steps are run again, for its derivatives: what it did beside computing it does not do again.
 * @throws DifferentiationError if it asks the host for something: another time that might answer something else
 */
export function repeatable(body: ClosedJaxpr): ClosedJaxpr {
  const out = withoutEffects(body);
  if (!effectsOf(out).includes("io")) return out;
  throw new DifferentiationError(
    "reverse mode through a loop that is run again for it (whileLoop, or a scan with the option checkpoint) cannot ask the host " +
      "again (ioCallback): its answers would have to be kept. Use a scan without the option, or call the host outside.",
  );
}

/** Parameters with other bodies. */
function mapBodies(params: Params, f: (body: ClosedJaxpr) => ClosedJaxpr): Params {
  const map = (x: unknown): unknown => (x instanceof ClosedJaxpr ? f(x) : Array.isArray(x) ? x.map(map) : x);
  return Object.fromEntries(Object.entries(params).map(([name, x]) => [name, map(x)]));
}

/** Most equations are asked, and cannot have any: these make no lists. */
export const hasEffects = (eqn: Eqn): boolean => {
  const { effects, kind } = eqn.primitive;
  return (effects !== undefined || kind === "opaque" || kind === "call") && effectsOfEqn(eqn).length > 0;
};
