/**
 * @file Which equations compute cotangents, and which of the others each of them faces.
 *
 * Cotangents begin with the equations that transposition wrote, and go on with all that depend on them. The equations of
 * one call of the user's, `k` of them with values and `m` with cotangents, face each other in opposite orders.
 */
import { type Eqn, type Jaxpr, Var } from "../../core/jaxpr/ir.ts";

/** The equations that belong to the adjoint. None, if all do: then the program is a backward part itself. */
export function adjointOf({ eqns }: Jaxpr): ReadonlySet<Eqn> {
  const out = new Set<Eqn>();
  const vars = new Set<Var>();
  for (const e of eqns) {
    if (e.source?.backward !== true && !e.inputs.some((a) => a instanceof Var && vars.has(a))) continue;
    out.add(e);
    e.outputs.forEach((v) => vars.add(v));
  }
  return out.size === eqns.length ? new Set() : out;
}

const placeOf = (e: Eqn): string | null =>
  e.source === undefined ? null : `${e.source.scope ?? ""} ${String(e.source.site)}`;

function byPlace(eqns: readonly Eqn[]): Map<string, Eqn[]> {
  const out = new Map<string, Eqn[]>();
  for (const e of eqns) {
    const place = placeOf(e);
    if (place !== null) out.set(place, [...(out.get(place) ?? []), e]);
  }
  return out;
}

/** For equations of the adjoint those that they face. */
export function partnersOf({ eqns }: Jaxpr, adjoint: ReadonlySet<Eqn>): ReadonlyMap<Eqn, Eqn> {
  const values = byPlace(eqns.filter((e) => !adjoint.has(e)));
  const out = new Map<Eqn, Eqn>();
  for (const [place, list] of byPlace(eqns.filter((e) => adjoint.has(e) && e.source?.backward === true))) {
    const facing = values.get(place);
    if (facing === undefined) continue;
    list.forEach((e, i) => {
      out.set(e, facing[facing.length - 1 - Math.floor((i * facing.length) / list.length)]);
    });
  }
  return out;
}
