/** @file The values in the text of a program: types, numbers, and what stands among parameters. */
import { asDType } from "../lax/operands/convert.ts";
import { ComplexArray, type ConcreteArray } from "../core/array.ts";
import { type ShapedArray, shaped } from "../core/aval.ts";
import type { ClosedJaxpr } from "../core/jaxpr/ir.ts";
import { type DType, dtypes, isComplex, isFloat, isWide, realPart, shortName } from "../dtypes/dtype.ts";
import { AdjointError } from "../base/errors.ts";
import type { Reader } from "./reader.ts";

/** What the text lacks. */
export interface Beside {
  /** What stands in angle brackets, by the words in them. */
  readonly rules: Readonly<Record<string, unknown>>;
  /** A program among the parameters. */
  body(): ClosedJaxpr;
}

const byShortName: ReadonlyMap<string, DType> = new Map(dtypes.map((d) => [shortName(d), d]));

const typePattern = /(~?)([a-z]+\d*)\[(\s*(?:\d+\s*(?:,\s*\d+\s*)*)?)\]/;

/** `f64[2,3]`, `~f64[]`. */
export function readType(r: Reader): ShapedArray {
  const { at } = r;
  const [, weak, name, sizes] = r.match(typePattern, "a type such as f64[2,3]");
  const dtype = byShortName.get(name);
  if (dtype === undefined)
    return r.fail(`${name} is no dtype; expected one of ${[...byShortName.keys()].join(", ")}`, at);
  const shape = sizes.trim() === "" ? [] : sizes.split(",").map(Number);
  return shaped(shape, dtype, weak !== "");
}

const number = /(?:-?(?:\d+(?:\.\d*)?(?:e[+-]?\d+)?|inf|nan|Infinity|NaN))/.source;

/** How a literal begins: a value, and its type behind a colon. */
export const literalPattern = new RegExp(
  `(?:True|False|${number}|\\(\\s*${number}\\s*[+-]\\s*(?:${number})j\\s*\\))\\s*:`,
);

const toNumber = (text: string): number => {
  const [, sign, digits] = /^(-?)(.*)$/.exec(text)!;
  const value =
    digits === "inf" || digits === "Infinity"
      ? Infinity
      : digits.toLowerCase() === "nan"
        ? NaN
        : Number(digits);
  return sign === "" ? value : -value;
};

/** `2.5:f64[]`, `True:bool[]`, `(1.0-2.0j):c128[]`. */
export function readLiteral(r: Reader): ConcreteArray {
  const start = r.at;
  const text = r.match(literalPattern, "a literal").at(0)!.replaceAll(/[\s:]/g, "");
  const aval = readType(r);
  if (aval.ndim > 0) r.fail("a literal has no axes; pass an array as a constant", start);
  try {
    return literalValue(r, text, aval, start);
  } catch (e) {
    if (!(e instanceof AdjointError) || e.code === "jaxpr") throw e;
    return r.fail(e.detail.replace(/^literal: /, "").replace(/\.$/, ""), start);
  }
}

function literalValue(r: Reader, text: string, aval: ShapedArray, start: number): ConcreteArray {
  const { dtype, weakType } = aval;
  const value = (x: number | bigint | boolean, as: DType): ConcreteArray =>
    asDType(x, as, weakType, "literal") as ConcreteArray;
  const complex = new RegExp(`^\\((${number})([+-])(${number})j\\)$`).exec(text);
  if (complex !== null) {
    if (!isComplex(dtype)) r.fail(`a complex number is no ${dtype}`, start);
    const [, re, sign, im] = complex;
    const part = (x: number): ConcreteArray => value(x, realPart(dtype));
    return new ComplexArray(aval, part(toNumber(re)), part(sign === "-" ? -toNumber(im) : toNumber(im)));
  }
  const isTruth = text === "True" || text === "False";
  if (isTruth !== (dtype === "bool")) r.fail(`${text} is no ${dtype}`, start);
  if (isTruth) return value(text === "True", "bool");
  if (isComplex(dtype)) r.fail(`a ${dtype} is written (1.0+2.0j)`, start);
  if (isFloat(dtype)) return value(toNumber(text), dtype);
  if (!/^-?\d+$/.test(text)) r.fail(`${text} is no ${dtype}`, start);
  return value(isWide(dtype) ? BigInt(text) : toNumber(text), dtype);
}

const word = /[A-Za-z_][\w.$-]*/;

/** The name of a parameter, or of a field of one. */
export const readKey = (r: Reader): string =>
  r.peek('"') ? readQuoted(r) : r.match(word, "the name of a parameter")[0];

function readQuoted(r: Reader): string {
  const { at } = r;
  const [text] = r.match(/"(?:[^"\\\n]|\\.)*"/, "a quoted word");
  try {
    return JSON.parse(text) as string;
  } catch {
    return r.fail("this is no quoted word of JSON", at);
  }
}

/** A list up to a closing bracket: items with commas between. */
function readList<T>(r: Reader, close: string, item: () => T): T[] {
  const out: T[] = [];
  while (!r.accept(close)) {
    out.push(item());
    if (!r.accept(",") && !r.peek(close)) r.expected(`',' or '${close}'`);
  }
  return out;
}

/** What stands in angle brackets is looked up among what was passed beside the text. */
function readBeside(r: Reader, { rules }: Beside): unknown {
  const { at } = r;
  const [, label] = r.match(/<([^<>\n]*)>/, "a name in angle brackets");
  if (Object.hasOwn(rules, label)) return rules[label];
  const given = Object.keys(rules).map((k) => `<${k}>`);
  return r.fail(
    `<${label}> does not print: pass it beside the text, { rules: { ${JSON.stringify(label)}: … } }` +
      (given.length === 0 ? "" : `; passed are ${given.slice(0, 8).join(", ")}`),
    at,
  );
}

const words: Readonly<Record<string, unknown>> = { True: true, False: false, None: null };

/** The value of a parameter. */
export function readValue(r: Reader, beside: Beside): unknown {
  if (r.sees(/\{\s*lambda\b/)) return beside.body();
  if (r.accept("(")) return r.nested(() => readList(r, ")", () => readValue(r, beside)));
  if (r.accept("{")) {
    return r.nested(() =>
      Object.fromEntries(
        readList(r, "}", (): [string, unknown] => {
          const key = readKey(r);
          r.take("=");
          return [key, readValue(r, beside)];
        }),
      ),
    );
  }
  if (r.peek("<")) return readBeside(r, beside);
  if (r.peek('"')) return readQuoted(r);
  if (r.sees(typePattern)) return readType(r);
  if (r.sees(/-?\d+n\b/)) return BigInt(r.match(/-?\d+n/, "a number")[0].slice(0, -1));
  if (r.sees(new RegExp(`${number}(?![\\w.$-])`)))
    return toNumber(r.match(new RegExp(number), "a number")[0]);
  const [text] = r.match(word, "a value: a number, a word, a list, a program, or a name in angle brackets");
  return Object.hasOwn(words, text) ? words[text] : text;
}
