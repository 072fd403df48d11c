/** @file Jaxprs as text, in JAX's notation: `{ lambda ; a:f32[3]. let b:f32[3] = sin a in (b,) }`. */
import { checkOptions } from "../../base/errors.ts";
import type { Source } from "../../base/source.ts";
import { ComplexArray } from "../array.ts";
import { isFloat } from "../../dtypes/dtype.ts";
import type { Params, Primitive } from "../primitive.ts";
import { type Atom, ClosedJaxpr, type Eqn, type Jaxpr, Literal, type PrintOptions, type Var } from "./ir.ts";
import { withSourceLines } from "./sources.ts";

/** `a … z, aa, ab, …`. */
export function variableName(n: number): string {
  let out = "";
  for (let k = n + 1; k > 0; k = Math.floor((k - 1) / 26))
    out = String.fromCharCode(97 + ((k - 1) % 26)) + out;
  return out;
}

class Names {
  readonly #names = new Map<Var, string>();
  of(v: Var): string {
    let name = this.#names.get(v);
    if (name === undefined) this.#names.set(v, (name = variableName(this.#names.size)));
    return name;
  }
}

/** A number as JAX prints a literal: floats always with a point or exponent. */
export function literalText(atom: Literal): string {
  const { value } = atom;
  if (value instanceof ComplexArray) {
    const [re, im] = [value.re.item(), value.im.item()];
    const sign = im < 0 || Object.is(im, -0) ? "-" : "+";
    return `(${floatText(re)}${sign}${floatText(Math.abs(im))}j):${value.aval.short()}`;
  }
  const { raw } = value;
  if (value.dtype === "bool") return `${raw !== 0 ? "True" : "False"}:bool[]`;
  const text = isFloat(value.dtype) ? floatText(Number(raw)) : String(raw);
  return `${text}:${value.aval.short()}`;
}

function floatText(x: number): string {
  if (Number.isNaN(x)) return "nan";
  if (!Number.isFinite(x)) return x > 0 ? "inf" : "-inf";
  if (Object.is(x, -0)) return "-0.0";
  const text = String(x);
  return Number.isInteger(x) && !text.includes("e") ? `${text}.0` : text;
}

function valueText(x: unknown, indent: string, lines: boolean): string {
  if (x instanceof ClosedJaxpr) return jaxprText(x.jaxpr, `${indent}  `, lines);
  if (Array.isArray(x))
    return `(${x.map((y) => valueText(y, indent, lines)).join(", ")}${x.length === 1 ? "," : ""})`;
  if (x === null || x === undefined) return "None";
  if (typeof x === "boolean") return x ? "True" : "False";
  if (typeof x === "function") return `<function ${x.name}>`;
  if (typeof x === "object") {
    const inner = Object.entries(x).map(([k, v]) => `${k}=${valueText(v, indent, lines)}`);
    return `{${inner.join(", ")}}`;
  }
  return String(x);
}

function paramsText(primitive: Primitive, params: Params, indent: string, lines: boolean): string {
  if (primitive.print !== undefined) return primitive.print(params);
  const entries = Object.entries(params).filter(([, v]) => v !== undefined);
  if (entries.length === 0) return "";
  const parts = entries
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([k, v]) => `${k}=${valueText(v, indent, lines)}`);
  const oneLine = `[${parts.join(" ")}]`;
  if (oneLine.length <= 100 && !oneLine.includes("\n")) return oneLine;
  return `[\n${parts.map((p) => `${indent}  ${p}`).join("\n")}\n${indent}]`;
}

/** Where an equation comes from, as a comment. */
export function sourceText(source: Source | undefined): string {
  if (source === undefined) return "";
  const scope = source.scope === null ? "" : ` [${source.scope}]`;
  return `# ${source.backward ? "backward of " : ""}${String(source.site)}${scope}`;
}

function jaxprText(jaxpr: Jaxpr, indent: string, sourceLines: boolean): string {
  const names = new Names();
  const atom = (a: Atom): string => (a instanceof Literal ? literalText(a) : names.of(a));
  const binder = (v: Var): string => `${names.of(v)}:${v.aval.short()}`;
  const line = (e: Eqn): string => {
    const outs = e.outputs.map(binder).join(" ");
    const text = `${outs} = ${e.primitive.name}${paramsText(e.primitive, e.params, `${indent}    `, sourceLines)}`;
    const whole = e.inputs.length === 0 ? text : `${text} ${e.inputs.map(atom).join(" ")}`;
    return sourceLines && e.source !== undefined ? `${whole} ${sourceText(e.source)}` : whole;
  };
  const consts = jaxpr.constvars.map(binder).join(" ");
  const ins = jaxpr.invars.map(binder).join(" ");
  const head = `{ lambda ${consts}${consts === "" ? "" : " "}; ${ins}. let`;
  const lines = jaxpr.eqns.map(line);
  const outs = `(${jaxpr.outs.map(atom).join(", ")}${jaxpr.outs.length === 1 ? "," : ""})`;
  if (lines.length <= 1 && lines.every((l) => !l.includes("\n") && l.length < 80)) {
    return `${head} ${lines.join("")}${lines.length > 0 ? " " : ""}in ${outs} }`;
  }
  return `${head}\n${lines.map((l) => `${indent}    ${l}`).join("\n")}\n${indent}  in ${outs} }`;
}

/** The text of a jaxpr. */
export function printJaxpr(jaxpr: Jaxpr, sourceLines = false): string {
  return jaxprText(jaxpr, "", sourceLines);
}

/** The text of a program, as its method `toString` gives it. */
export function printClosedJaxpr(closed: ClosedJaxpr, options?: PrintOptions): string {
  checkOptions("toString", options, ["sourceLines"]);
  const lines = options?.sourceLines === true;
  return printJaxpr((lines ? withSourceLines(closed) : closed).jaxpr, lines);
}
