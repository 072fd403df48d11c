/** @file `toSource`: what a function computes as the text of a module. */
import { config } from "../base/config.ts";
import { CallSite, sourceHere } from "../base/source.ts";
import { type AnyFunction, observeCalls } from "../api/flatten.ts";
import { ShapeDtypeStruct, type AbstractArgs, traceAbstract } from "../api/staging.ts";
import { NDArray } from "../core/array.ts";
import type { ShapedArray } from "../core/aval.ts";
import type { Var } from "../core/jaxpr/ir.ts";
import { functionName } from "../core/trace.ts";
import { type TreeDef, treeFlatten } from "../core/tree.ts";
import { Key } from "../random/key.ts";
import { Body, type Ref } from "./body.ts";
import { callWriters } from "./calls/index.ts";
import { SourceError } from "./errors.ts";
import { type Doc } from "./layout.ts";
import { Lines, siteOf } from "./lines.ts";
import { Module } from "./module.ts";
import { identifier, leafNames, parametersOf, plainName } from "./names.ts";
import { Naming } from "./naming.ts";
import { block, listDocOf, recordDocOf, signatureDoc, valuesDoc } from "./text.ts";

/** The parameter names and the name of the first function of the user's that is called with all arguments. */
interface Signature {
  readonly params: readonly string[];
  readonly name: string | null;
}

/** Tracing tells what it calls: transformations have no parameters of their own, what they transform has. */
function signatureOf(calls: readonly { f: AnyFunction; count: number }[], count: number): Signature {
  for (const { f, count: given } of calls) {
    const params = parametersOf(f);
    if (given === count && params !== null && params.length === count)
      return { params, name: f.name === "" ? null : f.name };
  }
  return { params: [], name: null };
}

/** Keys of random numbers are instances that a module can make. */
const isKey = ({ node }: TreeDef): boolean => node.kind === "custom" && node.cls === Key;

const isName = (text: string): boolean => /^[A-Za-z_$][\w$]*$/.test(text);

/** The leaves of an argument as expressions, and its type. */
interface Argument {
  readonly type: Doc;
  readonly texts: readonly string[];
}

function argumentOf(
  def: TreeDef,
  text: string,
  isNumber: (leaf: number) => boolean,
  first: number,
): Argument {
  const { node, children } = def;
  if (node.kind === "leaf") return { type: isNumber(first) ? "ArrayLike" : "Array", texts: [text] };
  if (node.kind === "none") return { type: "null", texts: [] };
  if (isKey(def)) return { type: "random.Key", texts: [`random.keyData(${text})`] };
  if (node.kind === "custom")
    return { type: "unknown", texts: Array.from({ length: def.numLeaves }, () => "") };
  let at = first;
  const parts = children.map((child, i) => {
    const key = node.kind === "dict" ? node.keys[i] : String(i);
    const access =
      node.kind === "dict" && isName(key)
        ? `.${key}`
        : `[${node.kind === "dict" ? JSON.stringify(key) : key}]`;
    const part = argumentOf(child, `${text}${access}`, isNumber, at);
    at += child.numLeaves;
    return { key, part };
  });
  const texts = parts.flatMap((p) => p.part.texts);
  const types = parts.map((p) => p.part.type);
  if (node.kind === "list") return { type: listDocOf(types), texts };
  return {
    type: recordDocOf(
      parts.map((p) => [p.key, p.part.type]),
      ";",
    ),
    texts,
  };
}

/** The tree of a result. */
function resultDoc(def: TreeDef, texts: readonly string[]): Doc {
  const { node, children } = def;
  if (node.kind === "leaf") return texts[0];
  if (node.kind === "none") return "null";
  if (isKey(def)) return `random.wrapKeyData(${texts[0]})`;
  if (node.kind === "custom")
    throw new SourceError(
      `the result holds an instance of ${node.cls.name}, which a module cannot make; return its parts instead.`,
    );
  let at = 0;
  const parts = children.map((c) => resultDoc(c, texts.slice(at, (at += c.numLeaves))));
  if (node.kind === "list") return valuesDoc(parts);
  return recordDocOf(
    node.keys.map((k, i) => [k, parts[i]]),
    ",",
  );
}

function resultType(def: TreeDef): Doc {
  const { node, children } = def;
  if (node.kind === "leaf") return "Array";
  if (node.kind === "none") return "null";
  if (isKey(def)) return "random.Key";
  if (node.kind === "list") return listDocOf(children.map(resultType));
  if (node.kind === "dict")
    return recordDocOf(
      node.keys.map((k, i) => [k, resultType(children[i])]),
      ";",
    );
  return "unknown";
}

const hasClass = (def: TreeDef): boolean =>
  !isKey(def) && (def.node.kind === "custom" || def.children.some(hasClass));

const hasKey = (def: TreeDef): boolean => isKey(def) || def.children.some(hasKey);

/** The last name in an access: `w` of `params.w`. */
const shortName = (text: string): string =>
  identifier(
    text
      .replace(/\["?|"?\]/g, " ")
      .split(".")
      .pop() ?? text,
  );

/** The declarations of leaves that are not arrays yet. */
function enterLeaf(body: Body, v: Var, text: string, isNumber: boolean): void {
  const known = { variable: v, aval: v.aval };
  if (text.includes("(")) {
    const inside = text.slice(text.indexOf("(") + 1, -1);
    body.statements.push(["const ", body.textOf(body.name(v, `${shortName(inside)}Words`)), ` = ${text};`]);
    return;
  }
  if (!isNumber) {
    body.set(v, { text, known, adjoint: false });
    return;
  }
  const ref = body.name(v, shortName(text));
  const weak = v.aval.weakType ? ", true" : "";
  body.module.library("lax");
  body.statements.push([
    "const ",
    body.textOf(ref),
    ` = lax.convertElementType(${text}, "${v.aval.dtype}"${weak});`,
  ]);
}

/**
 * What a function computes on arguments like the given ones, as the text of a TypeScript module: its default export takes such
 * arguments and computes the same to the bit, eagerly and compiled, in calls of `np` and `lax` that can be read and edited.
 * The text of `toSource(grad(loss), …)` is the derivative of the loss, the adjoint of each line below the line.
 *
 * Variables have the user's names where they are known (`const h = …` names h, and `h_bar` its cotangent), comments tell the lines.
 * Loops and branches stay loops and branches, compiled functions are functions of the module. What is closed over is part of
 * the text. Arguments may be `ShapeDtypeStruct`s; what depends on their values in JavaScript (`if`, `for`) is written as it went.
 * @throws SourceError for what a module cannot say: constants that another transformation traces, results that are instances of
 * classes
 * @see jax.make_jaxpr
 * @example
 * toSource(grad((x: Array) => np.sin(x)), 1).includes("np.cos(x)"); // true
 */
export function toSource<A extends NDArray[]>(f: (...args: A) => unknown, ...args: AbstractArgs<A>): string;
export function toSource<A extends unknown[]>(f: (...args: A) => unknown, ...args: AbstractArgs<A>): string;
export function toSource(f: AnyFunction, ...args: readonly unknown[]): string {
  const caller = new CallSite();
  const calls: { f: AnyFunction; count: number }[] = [];
  const lines = new Lines();
  const naming = new Naming(lines);
  const observe = (called: AnyFunction, given: readonly unknown[]): void => {
    calls.push({ f: called, count: given.length });
    const params = parametersOf(called);
    if (params !== null)
      naming.observe(
        sourceHere("recorded", "call"),
        given.map((x, i) => leafNames(params[i] ?? "x", x)),
      );
  };
  const {
    jaxpr: closed,
    fun,
    defs,
  } = observeCalls(observe, () =>
    config.with({ sourceLines: "recorded" }, () => traceAbstract("toSource", f, args)),
  );
  const signature = signatureOf(calls, args.length);
  const module = new Module(
    lines,
    naming,
    siteOf({ site: caller, scope: null, backward: false, steps: false }),
  );
  const name = module.names.fresh(nameOf(f, signature));
  const body = new Body(module, callWriters(), module.names);
  const leaves = treeFlatten(args)[0];
  const isNumber = (i: number): boolean =>
    !(leaves[i] instanceof NDArray || leaves[i] instanceof ShapeDtypeStruct);
  const params = enterArguments(body, closed.jaxpr.invars, defs, signature, isNumber);
  naming.inputs = params.inputs;
  const outs: Ref[] = body.write(closed, true);
  if ([...defs, fun.outDef].some(hasKey)) module.library("random");
  const result = resultDoc(
    fun.outDef,
    outs.map((o) => body.textOf(o)),
  );
  const lone = outs.length === 1 && fun.outDef.node.kind === "leaf" ? body.takeLast(outs[0]) : null;
  const main: Doc = [
    "export default function ",
    name,
    signatureDoc(params.docs, resultType(fun.outDef)),
    " ",
    block([...body.statements, ["return ", lone ?? result, ";"]]),
  ];
  return module.text([`// ${describe(f, signature)}`], main);
}

const nameOf = (f: AnyFunction, { name }: Signature): string =>
  f.name !== "" ? f.name : name === null ? "f" : `${name}Derived`;

const describe = (f: AnyFunction, { name }: Signature): string =>
  f.name === "" && name !== null ? `Derived from ${name}.` : `The program of ${functionName(f)}.`;

interface Parameters {
  readonly docs: (readonly [Doc, Doc])[];
  readonly inputs: { name: string; aval: ShapedArray }[];
}

/** Declares the parameters: each leaf of an argument is an expression. */
function enterArguments(
  body: Body,
  invars: readonly Var[],
  defs: readonly TreeDef[],
  { params }: Signature,
  isNumber: (leaf: number) => boolean,
): Parameters {
  const docs: (readonly [Doc, Doc])[] = [];
  const inputs: { name: string; aval: ShapedArray }[] = [];
  let at = 0;
  defs.forEach((def, k) => {
    const wish = plainName(params[k]) ?? (defs.length === 1 ? "x" : `x${k + 1}`);
    const lone = def.node.kind === "leaf" && isNumber(at);
    const name = body.names.fresh(lone ? `${wish}Value` : wish);
    const argument = argumentOf(def, name, isNumber, at);
    docs.push([name, argument.type]);
    const texts = hasClass(def) ? openInstance(body, name, def.numLeaves, wish) : argument.texts;
    texts.forEach((text, i) => {
      const v = invars[at + i];
      inputs.push({ name: lone ? wish : shortName(text), aval: v.aval });
      if (isNumber(at + i)) body.module.library("type ArrayLike");
      if (lone) enterLone(body, v, text, wish);
      else enterLeaf(body, v, text, isNumber(at + i) && !hasClass(def));
    });
    at += def.numLeaves;
  });
  return { docs, inputs };
}

/** A number that is an argument by itself has the parameter's name as an array. */
function enterLone(body: Body, v: Var, text: string, wish: string): void {
  body.module.naming.wish(v, wish);
  const ref = body.name(v, wish);
  const weak = v.aval.weakType ? ", true" : "";
  body.module.library("lax");
  body.statements.push([
    "const ",
    body.textOf(ref),
    ` = lax.convertElementType(${text}, "${v.aval.dtype}"${weak});`,
  ]);
}

/** The arrays of an argument that is, or holds, an instance of a class. */
function openInstance(body: Body, text: string, count: number, wish: string): string[] {
  const names = Array.from({ length: count }, (_, i) => body.names.fresh(`${wish}${i + 1}`));
  const helper = body.module.helper("leaves");
  body.statements.push(["const ", listDocOf(names), ` = ${helper}(${text}, ${count});`]);
  return names;
}
