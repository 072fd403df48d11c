/** @file Bodies as functions: their parameters, their types, what they return. */
import type { ClosedJaxpr } from "../../core/jaxpr/ir.ts";
import type { NDArray } from "../../core/array.ts";
import { jaxprAsFun } from "../../core/jaxpr/eval.ts";
import type { Body, Ref } from "../body.ts";
import { Local } from "../expressions.ts";
import type { Doc } from "../layout.ts";
import { stemOf } from "../names.ts";
import { argumentLines, block, listDocOf, loneFunction, signatureDoc } from "../text.ts";

/** What stands for several arrays: one for itself, several for a list, none for null. */
export const packed = (texts: readonly Doc[]): Doc =>
  texts.length === 0 ? "null" : texts.length === 1 ? texts[0] : listDocOf(texts);

export const packedType = (n: number): Doc =>
  n === 0 ? "null" : n === 1 ? "Array" : listDocOf(Array.from({ length: n }, () => "Array"));

/** The type of a list of arrays, of one too. */
export const listType = (n: number): Doc => listDocOf(Array.from({ length: n }, () => "Array"));

/** An arrow function, of parameters with their types. */
export const arrow = (
  params: readonly (readonly [Doc, Doc])[],
  result: Doc,
  statements: readonly Doc[],
): Doc => [signatureDoc(params, result), " => ", block(statements)];

/** `const name = (…) => { … };` */
export const functionStatement = (name: string, f: Doc): Doc => ["const ", name, " = ", f, ";"];

/** Several values from a function on lists, as from one on arrays: one, or a list. */
export const unpacked =
  (closed: ClosedJaxpr) =>
  (...args: readonly unknown[]): unknown => {
    const outs = jaxprAsFun(closed)(args as readonly NDArray[]);
    return outs.length === 1 ? outs[0] : outs;
  };

/**
 * A body of which all inputs are parameters, as a function of the module or of a body.
 * @param wishes what the parameters should be called
 */
export function wholeBody(
  inner: Body,
  closed: ClosedJaxpr,
  wish: (i: number) => string,
): { params: [Doc, Doc][]; outs: Ref[] } {
  const params = closed.jaxpr.invars.map((v, i): [Doc, Doc] => [
    inner.textOf(inner.name(v, inner.module.naming.known(v) ?? wish(i))),
    "Array",
  ]);
  return { params, outs: inner.write(closed) };
}

/** The statements of a function that returns values: one, or a list. */
export function statementsOf(inner: Body, outs: readonly Ref[]): Doc[] {
  const [only] = outs;
  const expression = outs.length === 1 ? inner.takeLast(only) : null;
  return [...inner.statements, ["return ", expression ?? packed(outs.map((o) => inner.textOf(o))), ";"]];
}

/** A function of the whole module that wraps a body: `const f = jit((…) => { … }, options);` */
export function sharedFunction(
  body: Body,
  closed: ClosedJaxpr,
  wrapper: string,
  wish: string,
  options: Doc | null,
  key: string,
  operands: readonly Ref[],
): Local {
  const { module } = body;
  return module.shared(closed, `${wrapper} ${key}`, () => {
    const name = module.names.fresh(wish);
    const inner = body.outermost();
    const { params, outs } = wholeBody(inner, closed, (i) => stemOf(operands[i].text) ?? `x${i + 1}`);
    const results = outs.map((o) => stemOf(o.text));
    const f = arrow(params, packedType(outs.length), statementsOf(inner, outs));
    module.library(wrapper);
    module.function(functionStatement(name, wrapped(wrapper, f, options)));
    return new Local(name, unpacked(closed), results);
  });
}

/** A call on a function that has a body, and on options. */
export const wrapped = (wrapper: string, f: Doc, options: Doc | null): Doc =>
  options === null ? [wrapper, loneFunction(f)] : [wrapper, "(", argumentLines([f, options]), ")"];
