/**
 * @file The type checker of jaxprs: every variable is bound before it is used and only once, and every equation's
 * outputs have the avals that its primitive computes from its inputs. Errors show the equations around the culprit.
 */
import { CheckError } from "../../base/errors.ts";
import { sameType } from "../aval.ts";
import type { ClosedJaxpr } from "./ir.ts";
import { type Atom, type Eqn, type Jaxpr, Literal, Var, subJaxprs } from "./ir.ts";
import { printJaxpr } from "./print.ts";

function context(jaxpr: Jaxpr, at: number): string {
  const lo = Math.max(0, at - 5);
  const hi = Math.min(jaxpr.eqns.length, at + 6);
  return printJaxpr({ ...jaxpr, eqns: jaxpr.eqns.slice(lo, hi) });
}

/** @throws CheckError naming the equation that is wrong. */
export function checkJaxpr(jaxpr: Jaxpr): void {
  const bound = new Set<Var>();
  const fail = (message: string, at: number): never => {
    throw new CheckError(`internal: jaxpr check failed at equation ${at}: ${message}\n${context(jaxpr, at)}`);
  };
  const define = (v: Var, at: number): void => {
    if (bound.has(v)) fail(`a variable ${v.aval.short()} is bound twice`, at);
    bound.add(v);
  };
  const use = (a: Atom, at: number): void => {
    if (a instanceof Var && !bound.has(a))
      fail(`a variable ${a.aval.short()} is used before it is bound`, at);
    if (a instanceof Literal && a.aval.ndim !== 0) fail("a literal must be 0-dimensional", at);
  };
  for (const v of [...jaxpr.constvars, ...jaxpr.invars]) define(v, 0);
  jaxpr.eqns.forEach((eqn, i) => {
    eqn.inputs.forEach((a) => use(a, i));
    checkTypes(eqn, (message) => fail(message, i));
    eqn.outputs.forEach((v) => define(v, i));
    for (const sub of subJaxprs(eqn.params)) checkClosedJaxpr(sub);
  });
  jaxpr.outs.forEach((a) => use(a, jaxpr.eqns.length));
}

function checkTypes(eqn: Eqn, fail: (message: string) => never): void {
  const avals = eqn.primitive.abstractEval(
    eqn.inputs.map((a) => a.aval),
    eqn.params,
  );
  if (avals.length !== eqn.outputs.length) {
    fail(`${eqn.primitive.name} has ${avals.length} outputs, the equation binds ${eqn.outputs.length}`);
  }
  avals.forEach((aval, j) => {
    const got = eqn.outputs[j].aval;
    if (!sameType(aval, got))
      fail(`${eqn.primitive.name} computes ${aval.short()}, the variable is ${got.short()}`);
  });
}

/** Checks a jaxpr with its constants. */
export function checkClosedJaxpr(closed: ClosedJaxpr): void {
  const { constvars } = closed.jaxpr;
  if (constvars.length !== closed.consts.length) {
    throw new CheckError(`internal: ${constvars.length} constvars for ${closed.consts.length} constants`);
  }
  constvars.forEach((v, i) => {
    const got = closed.consts[i].aval;
    if (!sameType(v.aval, got))
      throw new CheckError(`internal: constant ${got.short()} for constvar ${v.aval.short()}`);
  });
  checkJaxpr(closed.jaxpr);
}
