/** @file Evaluates jaxprs under the current trace, freeing values after their last use; and removes dead equations. */
import type { NDArray } from "../array.ts";
import { bind } from "../trace.ts";
import { withSource } from "../../base/source.ts";
import { invariant } from "../../base/util.ts";
import { config } from "../../base/config.ts";
import { valueNamer, variableName } from "./sources.ts";
import { hasEffects } from "./effects.ts";
import { type Atom, ClosedJaxpr, type Eqn, type Jaxpr, Literal, Var } from "./ir.ts";

/** For each equation the variables whose last use it is. */
function lastUses(jaxpr: Jaxpr): Var[][] {
  const seen = new Set<Var>(jaxpr.outs.filter((a) => a instanceof Var));
  const out = new Array<Var[]>(jaxpr.eqns.length);
  for (let i = jaxpr.eqns.length - 1; i >= 0; i--) {
    const dead: Var[] = [];
    const visit = (a: Atom): void => {
      if (a instanceof Literal || seen.has(a)) return;
      seen.add(a);
      dead.push(a);
    };
    jaxpr.eqns[i].inputs.forEach(visit);
    jaxpr.eqns[i].outputs.forEach(visit);
    out[i] = dead;
  }
  return out;
}

/** How one equation is run on values. */
export type RunEqn = (eqn: Eqn, args: readonly NDArray[]) => NDArray[];

const bindEqn: RunEqn = ({ primitive, params }, args) =>
  primitive.call === undefined ? bind(primitive, args, params) : primitive.call(args, params);

/** Runs an equation as it is; what is written down meanwhile comes from where it came from. */
export const evalEqn: RunEqn = (eqn, args) =>
  eqn.source === undefined ? bindEqn(eqn, args) : withSource(eqn.source, () => bindEqn(eqn, args));

/** Gives values the names of the variables that they are values of. */
function nameAlike(variables: readonly Var[], values: readonly NDArray[]): void {
  variables.forEach((v, i) => {
    const name = variableName(v);
    if (name !== undefined) valueNamer.value?.(values[i], name);
  });
}

/** What a program means that is run on values of a kind of one's own. */
export interface Interpretation<T> {
  /** What a literal is, and a constant. */
  constant(value: NDArray): T;
  /** The results of an equation, given its operands. */
  equation(eqn: Eqn, inputs: readonly T[]): readonly T[];
}

/** Runs a jaxpr equation by equation, on values of any kind; those that nothing reads any more are forgotten. */
export function interpretJaxpr<T>(
  jaxpr: Jaxpr,
  consts: readonly T[],
  args: readonly T[],
  how: Interpretation<T>,
): T[] {
  const env = new Map<Var, T>();
  const read = (a: Atom): T => (a instanceof Literal ? how.constant(a.value) : env.get(a)!);
  jaxpr.constvars.forEach((v, i) => env.set(v, consts[i]));
  jaxpr.invars.forEach((v, i) => env.set(v, args[i]));
  const dead = lastUses(jaxpr);
  jaxpr.eqns.forEach((eqn, i) => {
    const outs = how.equation(eqn, eqn.inputs.map(read));
    eqn.outputs.forEach((v, j) => env.set(v, outs[j]));
    for (const v of dead[i]) env.delete(v);
  });
  return jaxpr.outs.map(read);
}

const itself = (x: NDArray): NDArray => x;

/** Runs a jaxpr on the values of its constants and inputs, equation by equation: as they are, or in a way of one's own. */
export function evalJaxpr(
  jaxpr: Jaxpr,
  consts: readonly NDArray[],
  args: readonly NDArray[],
  run: RunEqn = evalEqn,
): NDArray[] {
  invariant(
    args.length === jaxpr.invars.length,
    `jaxpr of ${jaxpr.invars.length} inputs called with ${args.length}`,
  );
  if (config.values.sourceLines) nameAlike(jaxpr.invars, args);
  return interpretJaxpr(jaxpr, consts, args, { constant: itself, equation: run });
}

/** A closed jaxpr as a function on values. */
export function jaxprAsFun(closed: ClosedJaxpr): (args: readonly NDArray[]) => NDArray[] {
  return (args) => evalJaxpr(closed.jaxpr, closed.consts, args);
}

/** An equation without what only its dead outputs need. */
function pruned(eqn: Eqn, live: ReadonlySet<Var>): Eqn {
  const found = eqn.primitive.prune?.(
    eqn.params,
    eqn.outputs.map((v) => live.has(v)),
  );
  if (found === undefined || found === null) return eqn;
  return {
    ...eqn,
    params: found.params,
    inputs: found.inputs.map((i) => eqn.inputs[i]),
    outputs: found.outputs.map((i) => eqn.outputs[i]),
  };
}

/**
 * Removes the equations that no wanted output needs and that have no effects, and constants that nothing uses. Invars stay.
 * @param wanted which outputs to keep; all by default.
 * @param effects whether equations stay for their effects: not in what is computed a second time.
 */
export function dce(closed: ClosedJaxpr, wanted?: readonly boolean[], effects = true): ClosedJaxpr {
  const { jaxpr, consts } = closed;
  const outs = wanted === undefined ? jaxpr.outs : jaxpr.outs.filter((_, i) => wanted[i]);
  const live = new Set<Var>(outs.filter((a) => a instanceof Var));
  const eqns: Eqn[] = [];
  for (let i = jaxpr.eqns.length - 1; i >= 0; i--) {
    if (!jaxpr.eqns[i].outputs.some((v) => live.has(v)) && !(effects && hasEffects(jaxpr.eqns[i]))) continue;
    const eqn = pruned(jaxpr.eqns[i], live);
    eqns.push(eqn);
    for (const a of eqn.inputs) if (a instanceof Var) live.add(a);
  }
  eqns.reverse();
  const keep = jaxpr.constvars.map((v) => live.has(v));
  return new ClosedJaxpr(
    { constvars: jaxpr.constvars.filter((_, i) => keep[i]), invars: jaxpr.invars, eqns, outs },
    consts.filter((_, i) => keep[i]),
  );
}
