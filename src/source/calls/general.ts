/** @file The general way: an operation by its name, its parameters as data, its bodies as programs. */
import { ConcreteArray } from "../../core/array.ts";
import { ClosedJaxpr, type Eqn, subJaxprs } from "../../core/jaxpr/ir.ts";
import type { Params } from "../../core/primitive.ts";
import { scanKind } from "../../control-flow/loops/scan.ts";
import { whileKind } from "../../control-flow/loops/while.ts";
import type { Body, CallWriter } from "../body.ts";
import { SourceError } from "../errors.ts";
import { Local, Name, type Written, call } from "../expressions.ts";
import type { Doc } from "../layout.ts";
import { operationArguments } from "../module.ts";
import { camelCase } from "../names.ts";
import { argumentLines, argumentsDoc, docOf, listDocOf } from "../text.ts";
import { callLocal } from "./calls.ts";
import { arrow, functionStatement, listType, wholeBody } from "./functions.ts";

/** A body as a program: `const body = program((…) => { … }, ["f64[3]"]);` */
export function programOf(
  body: Body,
  closed: ClosedJaxpr,
  wish: string,
  parameter: (i: number) => string = (i) => `x${i + 1}`,
): Name {
  const name = body.names.fresh(wish);
  const inner = body.inner();
  const { params, outs } = wholeBody(inner, closed, parameter);
  const result: Doc = ["return ", listDocOf(outs.map((o) => inner.textOf(o))), ";"];
  const f = arrow(params, listType(outs.length), [...inner.statements, result]);
  body.module.helper("program");
  const types = docOf(closed.inAvals.map(String), []);
  body.statements.push(functionStatement(name, ["program(", argumentLines([f, types]), ")"]));
  return new Name(name, closed);
}

/** A value among parameters; bodies become programs in front of the equation. */
function valueOf(body: Body, x: unknown, wish: string): Written {
  if (x instanceof Name) return x;
  if (x instanceof ClosedJaxpr) return programOf(body, x, wish);
  if (x instanceof ConcreteArray) return new Name(body.module.constant(x), x);
  if (typeof x === "function")
    throw new SourceError(
      `a parameter '${wish}' is a function that is not the library's, which has no text here.`,
    );
  if (typeof x !== "object" || x === null) return x as Written;
  if (Array.isArray(x)) return x.map((y: unknown) => valueOf(body, y, wish));
  const { kind, ...rest } = x as { readonly kind?: unknown };
  const isLoop = kind === scanKind || kind === whileKind;
  const entries = Object.entries(isLoop ? rest : x).map(([k, v]) => [k, valueOf(body, v, k)]);
  const record = Object.fromEntries(entries) as { readonly [key: string]: Written };
  return isLoop ? call(new Local("loop", () => x), record) : record;
}

export const generalCall: CallWriter = (body, eqn) => operationCall(body, eqn, eqn.params);

/** The call of an operation with these parameters, of which some may be written already. */
export function operationCall(body: Body, eqn: Eqn, params: Params): ReturnType<CallWriter> {
  const { primitive, outputs } = eqn;
  const written = valueOf(body, params, "params");
  if (!holdsBodies(eqn.params)) {
    body.module.use(written);
    return callLocal(body, eqn, body.module.operation(primitive, params, outputs.length, written));
  }
  const name = body.names.fresh(camelCase(primitive.name));
  body.module.helper("primitive");
  body.module.use(written);
  const made = operationArguments(primitive.name, written, outputs.length);
  body.statements.push(functionStatement(name, ["primitive", argumentsDoc(made, [])]));
  return callLocal(body, eqn, new Local(name, () => null));
}

const holdsBodies = (params: Params): boolean =>
  subJaxprs(params).length > 0 ||
  Object.values(params).some((v) => typeof v === "object" && v !== null && subJaxprs(v as Params).length > 0);
