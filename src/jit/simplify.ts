/**
 * @file Simplifies jaxprs before they are lowered: calls are inlined, complex numbers become pairs of real ones, equal
 * equations are merged, scalar constants folded, dead equations and vectors of eigenvalue problems that nobody reads dropped.
 * No floating-point result changes, but that values without vectors may differ from those with them in the last places.
 */
import { dce } from "../core/jaxpr/eval.ts";
import { hasEffects } from "../core/jaxpr/effects.ts";
import { type Atom, ClosedJaxpr, type Eqn, type Jaxpr, Literal, Var } from "../core/jaxpr/ir.ts";
import { evaluator } from "../core/eval.ts";
import { realParts, usesComplex } from "../interpreters/complex.ts";
import { inlineCalls } from "../interpreters/inline.ts";
import { paramsKey } from "../core/jaxpr/keys.ts";

type Rename = (a: Atom) => Atom;

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
      const outs = evaluator.value(eqn.primitive, values, eqn.params);
      eqn.outputs.forEach((v, i) => rename.set(v, new Literal(outs[i])));
      continue;
    }
    if (hasEffects(eqn)) {
      eqns.push({ ...eqn, inputs });
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

/** The program as it is lowered: no calls, no complex numbers, no equal or dead equations. Constants must be inputs. */
export function simplify(closed: ClosedJaxpr): ClosedJaxpr {
  const inlined = inlineCalls(closed.jaxpr);
  // Which outputs of an equation on complex numbers nobody wants is seen before they are two each.
  const real = usesComplex(inlined) ? realParts(dce(new ClosedJaxpr(inlined, closed.consts))).jaxpr : inlined;
  return dce(new ClosedJaxpr(mergeEqual(real), closed.consts));
}
