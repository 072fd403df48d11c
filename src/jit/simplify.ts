/**
 * @file Simplifies jaxprs before they are lowered: calls are inlined, equal equations merged, scalar constants folded, dead
 * equations dropped. Nothing here changes a floating-point result.
 */
import { dce } from "../core/jaxpr/eval.ts";
import { type Atom, ClosedJaxpr, type Eqn, type Jaxpr, Literal, Var, subJaxprs } from "../core/jaxpr/ir.ts";
import { evaluateEquation } from "./eager.ts";
import { paramsKey } from "./params-key.ts";

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

/** Merges equal equations and evaluates those of scalar literals. */
function mergeEqual(jaxpr: Jaxpr): Jaxpr {
  const ids = new Map<Var, number>();
  const rename = new Map<Var, Atom>();
  const known = new Map<string, readonly Var[]>();
  const eqns: Eqn[] = [];
  const get: Rename = (a) => (a instanceof Var ? (rename.get(a) ?? a) : a);
  const key = (a: Atom): string => {
    if (a instanceof Literal)
      return `${a.aval.id}=${Object.is(a.value.raw, -0) ? "-0" : String(a.value.raw)}`;
    let id = ids.get(a);
    if (id === undefined) ids.set(a, (id = ids.size));
    return `v${id}`;
  };
  for (const eqn of jaxpr.eqns) {
    const inputs = eqn.inputs.map(get);
    const { kind } = eqn.primitive;
    if (
      (kind === "elementwise" || kind === "movement") &&
      inputs.length > 0 &&
      inputs.every((a) => a instanceof Literal) &&
      eqn.outputs.every((v) => v.aval.ndim === 0)
    ) {
      const values = inputs.map((a) => a.value);
      const outs = evaluateEquation(eqn.primitive, values, eqn.params);
      eqn.outputs.forEach((v, i) => rename.set(v, new Literal(outs[i])));
      continue;
    }
    const text = `${eqn.primitive.id}(${inputs.map(key).join()})${paramsKey(eqn.params)}`;
    const same = known.get(text);
    if (same !== undefined) {
      eqn.outputs.forEach((v, i) => rename.set(v, same[i]));
      continue;
    }
    known.set(text, eqn.outputs);
    eqns.push({ ...eqn, inputs });
  }
  return { ...jaxpr, eqns, outs: jaxpr.outs.map(get) };
}

/** The program as it is lowered: no calls, no equal or dead equations. Constants must be inputs. */
export function simplify(closed: ClosedJaxpr): ClosedJaxpr {
  return dce(new ClosedJaxpr(mergeEqual(inlineCalls(closed.jaxpr)), closed.consts));
}
