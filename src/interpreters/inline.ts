/** @file Calls are replaced by their bodies before a jaxpr is lowered. */
import { type Atom, type ClosedJaxpr, type Eqn, type Jaxpr, Var, subJaxprs } from "../core/jaxpr/ir.ts";

type Rename = (a: Atom) => Atom;

/** The body of a call, if an equation is one. */
function bodyOf(eqn: Eqn): ClosedJaxpr | null {
  return eqn.primitive.kind === "call" ? (subJaxprs(eqn.params)[0] ?? null) : null;
}

/** Replaces calls by their bodies, at every depth. Constants of bodies must have been made inputs. */
export function inlineCalls(jaxpr: Jaxpr): Jaxpr {
  const eqns: Eqn[] = [];
  const go = (list: readonly Eqn[], rename: Map<Var, Atom>): void => {
    const get: Rename = (a) => (a instanceof Var ? (rename.get(a) ?? a) : a);
    for (const eqn of list) {
      const body = bodyOf(eqn);
      if (body === null) {
        eqns.push({ ...eqn, inputs: eqn.inputs.map(get), outputs: eqn.outputs.map((v) => fresh(v, rename)) });
        continue;
      }
      const inner = new Map<Var, Atom>();
      body.jaxpr.invars.forEach((v, i) => inner.set(v, get(eqn.inputs[i])));
      go(body.jaxpr.eqns, inner);
      eqn.outputs.forEach((v, i) => {
        const out = body.jaxpr.outs[i];
        rename.set(v, out instanceof Var ? (inner.get(out) ?? out) : out);
      });
    }
  };
  const top = new Map<Var, Atom>();
  go(jaxpr.eqns, top);
  const outs = jaxpr.outs.map((a) => (a instanceof Var ? (top.get(a) ?? a) : a));
  return { ...jaxpr, eqns, outs };
}

/** A body may be inlined several times: each copy binds variables of its own. */
function fresh(v: Var, rename: Map<Var, Atom>): Var {
  const copy = new Var(v.aval);
  rename.set(v, copy);
  return copy;
}
