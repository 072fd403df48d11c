/** @file How loops are written: `lax.scan`, `lax.foriLoop`, `lax.whileLoop`, with steps that are local functions. */
import * as lax from "../../control-flow/lax.ts";
import {
  type ScanParams,
  type WhileParams,
  scanGroups,
  whileGroups,
} from "../../control-flow/loops/params.ts";
import { config } from "../../base/config.ts";
import type { NDArray } from "../../core/array.ts";
import { jaxprAsFun } from "../../core/jaxpr/eval.ts";
import { ClosedJaxpr, type Eqn, Literal, type Var } from "../../core/jaxpr/ir.ts";
import { traceToJaxpr } from "../../interpreters/staging.ts";
import { type Body, type CallWriter, type Ref, avalOf } from "../body.ts";
import { asNumber } from "../constants.ts";
import { Name, type Written, call } from "../expressions.ts";
import type { Doc } from "../layout.ts";
import { barOf, stemOf } from "../names.ts";
import { declaration, declarationOf, docOf, listDocOf, valuesDoc } from "../text.ts";
import { arrow, functionStatement, packed, packedType, statementsOf } from "./functions.ts";

/** Arrays as bodies of loops take them: one, a list, or null. */
const pack = (xs: readonly NDArray[]): unknown => (xs.length === 0 ? null : xs.length === 1 ? xs[0] : xs);
const unpack = (x: unknown): readonly NDArray[] =>
  x === null ? [] : Array.isArray(x) ? (x as readonly NDArray[]) : [x as NDArray];

/** True if what a function binds is the equation: the same operation, as long, with bodies of the same types. */
function gives(eqn: Eqn, refs: readonly Ref[], f: (args: readonly NDArray[]) => unknown): boolean {
  try {
    const traced = config.with({ sourceLines: false }, () =>
      traceToJaxpr((args) => f(args) as readonly NDArray[], refs.map(avalOf), "toSource"),
    );
    const { eqns, outs } = traced.jaxpr;
    return (
      eqns.length === 1 &&
      eqns[0].primitive === eqn.primitive &&
      outs.every((o, i) => o === eqns[0].outputs[i] && o.aval === eqn.outputs[i].aval) &&
      plainParams(eqns[0].params) === plainParams(eqn.params)
    );
  } catch {
    return false;
  }
}

/** Parameters that are numbers or flags, but for how many constants there are: those stand in closures. */
const plainParams = (params: Readonly<Record<string, unknown>>): string =>
  Object.entries(params)
    .filter(([k, v]) => typeof v !== "object" && v !== undefined && !k.endsWith("Consts"))
    .map(([k, v]) => `${k}=${String(v)}`)
    .sort()
    .join();

/** The parameter of a body that stands for several arrays, and its type. */
function parameter(inner: Body, vars: readonly Var[], wish: (i: number) => string): [Doc, Doc] {
  const texts = vars.map((v, i) => inner.textOf(inner.name(v, inner.module.naming.known(v) ?? wish(i))));
  return [vars.length === 0 ? inner.names.fresh("none") : packed(texts), packedType(vars.length)];
}

/** What the carry of a loop is called: as the user's function has it, else as what it becomes, or what it begins with. */
function carryName(
  body: Body,
  eqn: Eqn,
  init: readonly Ref[],
  names: readonly string[],
): (i: number) => string {
  const adjoint = body.isAdjoint(eqn);
  return (i) => {
    if (i < names.length) return adjoint ? barOf(names[i]) : names[i];
    return body.module.naming.known(eqn.outputs[i]) ?? stemOf(init[i].text) ?? "carry";
  };
}

interface Parts {
  readonly inner: Body;
  readonly consts: readonly Ref[];
}

const withConsts = (body: Body, vars: readonly Var[], consts: readonly Ref[]): Parts => {
  const inner = body.inner();
  vars.forEach((v, i) => inner.set(v, consts[i]));
  return { inner, consts };
};

const refDoc = (body: Body, refs: readonly Ref[]): Written => {
  const names = refs.map((r) => new Name(body.textOf(r), null));
  return names.length === 0 ? null : names.length === 1 ? names[0] : names;
};

/** Declares the results of a loop: its carry (one, a list, or nothing), and the ys. */
function declareGroups(body: Body, eqn: Eqn, groups: readonly (readonly Var[])[], made: Written): Ref[] {
  body.module.use(made);
  const refs = eqn.outputs.map((v) => body.name(v, body.module.naming.of(v, eqn)));
  const textOf = (v: Var): string | null => (body.isUsed(v) ? refs[eqn.outputs.indexOf(v)].text : null);
  const patterns = groups.map((vars) => vars.map(textOf));
  body.statements.push(declarationOf(patterns, docOf(made, [])));
  return refs;
}

export const scanCall: CallWriter = (body, eqn) => {
  const p = eqn.params as ScanParams;
  const groups = scanGroups(p);
  const refs = eqn.inputs.map((a) => body.read(a));
  const { consts, carry, xs } = groups.split(refs);
  const options = {
    length: xs.length === 0 ? p.length : undefined,
    reverse: p.reverse ? true : undefined,
    checkpoint: p.slots,
  };
  const run = (args: readonly NDArray[]): unknown => {
    const given = groups.split(args);
    const step = (c: unknown, x: unknown): readonly [unknown, unknown] => {
      const outs = jaxprAsFun(p.jaxpr)([...given.consts, ...unpack(c), ...unpack(x)]);
      return [pack(outs.slice(0, p.numCarry)), pack(outs.slice(p.numCarry))];
    };
    const [c, ys] = lax.scan(step, pack(given.carry), pack(given.xs), options);
    return [...unpack(c), ...unpack(ys)];
  };
  if (!gives(eqn, refs, run)) return null;
  const vars = groups.split(p.jaxpr.jaxpr.invars);
  const counted = countedLoop(eqn, p, carry, body);
  const { inner } = withConsts(body, vars.consts, consts);
  const hints = body.module.naming.parametersOf(eqn);
  const nameOf = carryName(body, eqn, carry, counted === null ? (hints[0] ?? []) : hints.flat());
  if (counted !== null)
    return writeCounted(body, eqn, p, { inner, carry, vars: vars.carry, from: counted, nameOf });
  const params = [
    parameter(inner, vars.carry, nameOf),
    parameter(inner, vars.xs, (i) => (body.isAdjoint(eqn) ? undefined : hints[1]?.[i]) ?? elementName(xs[i])),
  ];
  const outs = inner.write(p.jaxpr);
  nameOutputs(body, eqn, outs, p.numCarry, nameOf);
  const results = [outs.slice(0, p.numCarry), outs.slice(p.numCarry)];
  const texts = results.map((list) => packed(list.map((o) => inner.textOf(o))));
  const type = listDocOf(results.map((list) => packedType(list.length)));
  const name = body.names.fresh("step");
  const last: Doc = ["return ", valuesDoc(texts), ";"];
  body.statements.push(functionStatement(name, arrow(params, type, [...inner.statements, last])));
  const given = Object.values(options).every((o) => o === undefined) ? undefined : options;
  const made = call("lax.scan", new Name(name, null), refDoc(body, carry), refDoc(body, xs), given);
  return declareGroups(body, eqn, [eqn.outputs.slice(0, p.numCarry), eqn.outputs.slice(p.numCarry)], made);
};

/** Results are called as in a step: a carry as itself, a list in the plural. */
function nameOutputs(
  body: Body,
  eqn: Eqn,
  outs: readonly Ref[],
  numCarry: number,
  nameOf: (i: number) => string,
): void {
  eqn.outputs.forEach((v, i) => {
    const inner = stemOf(outs[i].text);
    if (i < numCarry) body.module.naming.wish(v, nameOf(i));
    else if (inner !== null) body.module.naming.wish(v, `${inner}s`);
  });
}

/** An element of a list is called as the list, without its plural. */
const elementName = ({ text }: Ref): string => {
  const name = stemOf(text) ?? "x";
  return /^\w+s$/.test(name) && name.length > 1 && !name.endsWith("ss") ? name.slice(0, -1) : "x";
};

/** The first step of a scan that counts: whose first carry is an int32 that grows by one, and that has nothing else. */
function countedLoop(eqn: Eqn, p: ScanParams, carry: readonly Ref[], body: Body): number | null {
  const { jaxpr } = p.jaxpr;
  const [count] = scanGroups(p).split(jaxpr.invars).carry;
  if (
    carry.length < 2 ||
    p.reverse ||
    jaxpr.outs.length !== carry.length ||
    eqn.inputs.length !== p.numConsts + carry.length
  )
    return null;
  const start = "value" in carry[0].known ? asNumber(carry[0].known.value) : null;
  if (typeof start !== "number" || avalOf(carry[0]).dtype !== "int32" || body.isUsed(eqn.outputs[0]))
    return null;
  const next = jaxpr.eqns.find((e) => e.outputs[0] === jaxpr.outs[0]);
  const [i, one] = next?.inputs ?? [];
  const isStep =
    next?.primitive.name === "add" && i === count && one instanceof Literal && asNumber(one.value) === 1;
  return isStep ? start : null;
}

interface Counted {
  readonly inner: Body;
  readonly carry: readonly Ref[];
  readonly vars: readonly Var[];
  readonly from: number;
  readonly nameOf: (i: number) => string;
}

function writeCounted(
  body: Body,
  eqn: Eqn,
  p: ScanParams,
  { inner, carry, vars, from, nameOf }: Counted,
): Ref[] {
  const params = [
    parameter(inner, vars.slice(0, 1), () => "i"),
    parameter(inner, vars.slice(1), (i) => nameOf(i + 1)),
  ];
  const { jaxpr } = p.jaxpr;
  const counter = jaxpr.outs[0];
  const used = jaxpr.eqns.some((e) => e.inputs.includes(counter)) || jaxpr.outs.slice(1).includes(counter);
  const eqns = used ? jaxpr.eqns : jaxpr.eqns.filter((e) => e.outputs[0] !== counter);
  const outs = inner.write(new ClosedJaxpr({ ...jaxpr, eqns, outs: jaxpr.outs.slice(1) }, p.jaxpr.consts));
  eqn.outputs.slice(1).forEach((v, i) => body.module.naming.wish(v, nameOf(i + 1)));
  const name = body.names.fresh("step");
  const f = arrow(params, packedType(outs.length), statementsOf(inner, outs));
  body.statements.push(functionStatement(name, f));
  const options = p.slots === undefined ? undefined : { checkpoint: p.slots };
  const made = call(
    "lax.foriLoop",
    from,
    from + p.length,
    new Name(name, null),
    refDoc(body, carry.slice(1)),
    options,
  );
  body.module.use(made);
  const refs = eqn.outputs.map((v) => body.name(v, body.module.naming.of(v, eqn)));
  const names = refs
    .slice(1)
    .map((r, i) => (body.isUsed(eqn.outputs[i + 1]) || refs.length === 2 ? r.text : null));
  body.statements.push(declaration(names, docOf(made, [])));
  return refs;
}

export const whileCall: CallWriter = (body, eqn) => {
  const p = eqn.params as WhileParams;
  const groups = whileGroups(p);
  const refs = eqn.inputs.map((a) => body.read(a));
  const { condConsts, bodyConsts, carry } = groups.split(refs);
  const run =
    (options?: { checkpoint: number }) =>
    (args: readonly NDArray[]): unknown => {
      const given = groups.split(args);
      const test = (c: unknown): NDArray => jaxprAsFun(p.cond)([...given.condConsts, ...unpack(c)])[0];
      const step = (c: unknown): unknown => pack(jaxprAsFun(p.body)([...given.bodyConsts, ...unpack(c)]));
      return unpack(lax.whileLoop(test, step, pack(given.carry), options));
    };
  const options = [undefined, { checkpoint: p.slots }].find((o) => gives(eqn, refs, run(o)));
  if (options === undefined && !gives(eqn, refs, run())) return null;
  const nameOf = carryName(body, eqn, carry, body.module.naming.parametersOf(eqn)[0] ?? []);
  const write = (wish: string, closed: ClosedJaxpr, consts: readonly Ref[]): Name => {
    const vars = closed.jaxpr.invars;
    const { inner } = withConsts(body, vars.slice(0, consts.length), consts);
    const params = [parameter(inner, vars.slice(consts.length), nameOf)];
    const outs = inner.write(closed);
    const name = body.names.fresh(wish);
    const f = arrow(params, packedType(outs.length), statementsOf(inner, outs));
    body.statements.push(functionStatement(name, f));
    return new Name(name, null);
  };
  const test = write("proceed", p.cond, condConsts);
  const step = write("step", p.body, bodyConsts);
  eqn.outputs.forEach((v, i) => body.module.naming.wish(v, nameOf(i)));
  const made = call("lax.whileLoop", test, step, refDoc(body, carry), options);
  body.module.use(made);
  const results = eqn.outputs.map((v) => body.name(v, body.module.naming.of(v, eqn)));
  const names = results.map((r, i) => (body.isUsed(eqn.outputs[i]) || results.length === 1 ? r.text : null));
  body.statements.push(declaration(names, docOf(made, [])));
  return results;
};
