/** @file Jaxprs as text, in JAX's notation: `{ lambda ; a:f32[3]. let b:f32[3] = sin a in (b,) }`. */
import { checkOptions } from "../../base/errors.ts";
import type { Source } from "../../base/source.ts";
import { ComplexArray, NDArray } from "../array.ts";
import { ShapedArray } from "../aval.ts";
import { isFloat } from "../../dtypes/dtype.ts";
import type { Params } from "../primitive.ts";
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
export function literalText(atom: Literal, type = atom.aval.short()): string {
  const { value } = atom;
  if (value instanceof ComplexArray) {
    const [re, im] = [value.re.item(), value.im.item()];
    const sign = im < 0 || Object.is(im, -0) ? "-" : "+";
    return `(${floatText(re)}${sign}${floatText(Math.abs(im))}j):${type}`;
  }
  const { raw } = value;
  if (value.dtype === "bool") return `${raw !== 0 ? "True" : "False"}:${type}`;
  return `${isFloat(value.dtype) ? floatText(Number(raw)) : String(raw)}:${type}`;
}

function floatText(x: number): string {
  if (Number.isNaN(x)) return "nan";
  if (!Number.isFinite(x)) return x > 0 ? "inf" : "-inf";
  if (Object.is(x, -0)) return "-0.0";
  const text = String(x);
  return Number.isInteger(x) && !text.includes("e") ? `${text}.0` : text;
}

/** Words that stand for themselves among parameters; others are quoted. */
const plainWord = /^(?!(?:True|False|None|NaN|Infinity)$)[A-Za-z_][\w.$-]*$/;

const wordText = (word: string): string => (plainWord.test(word) ? word : JSON.stringify(word));

/** What a value that does not print is called: by its name or its type. */
function describe(x: object | symbol): string {
  if (typeof x === "function") return `function ${x.name}`;
  if (typeof x === "symbol") return "symbol";
  if (x instanceof NDArray) return x.aval.short();
  return "name" in x && typeof x.name === "string" ? x.name : "object";
}

/** Prints one program: knows what does not print of it, and which values have had which names in angle brackets. */
class Printer {
  readonly #options: PrintOptions;
  readonly #labels = new Map<unknown, string>();
  /** The constants, in the order in which their variables stand in the text. */
  readonly constants: NDArray[] = [];
  /** What stands in the text as a name in angle brackets. */
  readonly values: Record<string, unknown> = {};

  constructor(options: PrintOptions) {
    this.#options = options;
  }

  readonly #type = (aval: ShapedArray): string =>
    this.#options.weakTypes === true ? String(aval) : aval.short();

  #label(x: object | symbol): string {
    let label = this.#labels.get(x);
    if (label === undefined) {
      const name = describe(x)
        .replaceAll(/[<>\s]+/g, " ")
        .trim();
      label = name;
      for (let n = 2; Object.hasOwn(this.values, label); n++) label = `${name} #${n}`;
      this.#labels.set(x, label);
      this.values[label] = x;
    }
    return `<${label}>`;
  }

  #value(x: unknown, indent: string): string {
    if (x instanceof ClosedJaxpr) return this.closed(x, `${indent}  `);
    if (Array.isArray(x))
      return `(${x.map((y) => this.#value(y, indent)).join(", ")}${x.length === 1 ? "," : ""})`;
    if (x instanceof ShapedArray) return this.#type(x);
    if (x === null || x === undefined) return "None";
    switch (typeof x) {
      case "boolean":
        return x ? "True" : "False";
      case "string":
        return wordText(x);
      case "number":
        return Object.is(x, -0) ? "-0" : String(x);
      case "bigint":
        return `${x}n`;
      default:
        if (!isRecord(x)) return this.#label(x);
        return `{${present(x)
          .map(([k, v]) => `${wordText(k)}=${this.#value(v, indent)}`)
          .join(", ")}}`;
    }
  }

  #params(params: Params, indent: string): string {
    const entries = present(params);
    if (entries.length === 0) return "";
    const parts = entries
      .sort(([a, x], [b, y]) => Number(hasBody(x)) - Number(hasBody(y)) || (a < b ? -1 : 1))
      .map(([k, v]) => `${wordText(k)}=${this.#value(v, indent)}`);
    const oneLine = `[${parts.join(" ")}]`;
    if (oneLine.length <= 100 && !oneLine.includes("\n")) return oneLine;
    return `[\n${parts.map((p) => `${indent}  ${p}`).join("\n")}\n${indent}]`;
  }

  closed({ jaxpr, consts }: ClosedJaxpr, indent = ""): string {
    this.constants.push(...consts);
    return this.jaxpr(jaxpr, indent);
  }

  jaxpr(jaxpr: Jaxpr, indent = ""): string {
    const names = new Names();
    const atom = (a: Atom): string =>
      a instanceof Literal ? literalText(a, this.#type(a.aval)) : names.of(a);
    const binder = (v: Var): string => `${names.of(v)}:${this.#type(v.aval)}`;
    const line = (e: Eqn): string => {
      const outs = e.outputs.map(binder).join(" ");
      const text = `${outs} = ${e.primitive.name}${this.#params(e.params, `${indent}    `)}`;
      const whole = e.inputs.length === 0 ? text : `${text} ${e.inputs.map(atom).join(" ")}`;
      const lines = this.#options.sourceLines === true && e.source !== undefined;
      return lines ? `${whole} ${sourceText(e.source)}` : whole;
    };
    const consts = jaxpr.constvars.map(binder).join(" ");
    const ins = jaxpr.invars.map(binder).join(" ");
    const head = `{ lambda ${consts}${consts === "" ? "" : " "}; ${ins}. let`;
    const lines = jaxpr.eqns.map(line);
    const outs = `(${jaxpr.outs.map(atom).join(", ")}${jaxpr.outs.length === 1 ? "," : ""})`;
    // What follows "#" on a line is a comment.
    if (lines.length <= 1 && lines.every((l) => !/[\n#]/.test(l) && l.length < 80)) {
      return `${head} ${lines.join("")}${lines.length > 0 ? " " : ""}in ${outs} }`;
    }
    return `${head}\n${lines.map((l) => `${indent}    ${l}`).join("\n")}\n${indent}  in ${outs} }`;
  }
}

const present = (x: object): [string, unknown][] =>
  Object.entries(x as Readonly<Record<string, unknown>>).filter(([, v]) => v !== undefined);

/** Programs stand behind what is short. */
const hasBody = (x: unknown): boolean =>
  x instanceof ClosedJaxpr ||
  (Array.isArray(x) && x.some(hasBody)) ||
  (isRecord(x) && Object.values(x).some(hasBody));

const isRecord = (x: unknown): x is object =>
  typeof x === "object" && x !== null && Object.getPrototypeOf(x) === Object.prototype;

/** Where an equation comes from, as a comment. */
export function sourceText(source: Source | undefined): string {
  if (source === undefined) return "";
  const scope = source.scope === null ? "" : ` [${source.scope}]`;
  return `# ${source.backward ? "backward of " : ""}${String(source.site)}${scope}`;
}

/** The text of a jaxpr. */
export function printJaxpr(jaxpr: Jaxpr): string {
  return new Printer({}).jaxpr(jaxpr);
}

/** What the text of a program lacks. */
export interface Unprinted {
  /** The values of constants, in the order in which their variables stand in the text, those of bodies included. */
  readonly constants: readonly NDArray[];
  /** What is printed as a name in angle brackets: rules, functions, arrays. */
  readonly rules: Readonly<Record<string, unknown>>;
}

/** What the text of a program lacks: with it, the text is the program. */
export function unprinted(closed: ClosedJaxpr): Unprinted {
  const printer = new Printer({});
  printer.closed(closed);
  return { constants: printer.constants, rules: printer.values };
}

/** The text of a program, as its method `toString` gives it. */
export function printClosedJaxpr(closed: ClosedJaxpr, options: PrintOptions = {}): string {
  checkOptions("toString", options, ["sourceLines", "weakTypes"]);
  return new Printer(options).closed(options.sourceLines === true ? withSourceLines(closed) : closed);
}
