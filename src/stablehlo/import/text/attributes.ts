/**
 * @file Attributes: what an operation is told beside its operands.
 *
 * Numbers, booleans and strings are JavaScript's; lists are lists. Attributes of other dialects than StableHLO, and locations,
 * are kept as text.
 */
import { type Dense, type Resources, parseDense } from "./dense.ts";
import type { Reader } from "./reader.ts";
import { type Type, parseType, typeIfAny } from "./types.ts";

/** A bare word: `LT`, `DEFAULT`, `unit`. */
export interface Word {
  readonly kind: "word";
  readonly word: string;
}
/** `#stablehlo.gather<offset_dims = [1], …>`, and dictionaries, which have no name. */
export interface Struct {
  readonly kind: "struct";
  readonly name: string;
  readonly fields: ReadonlyMap<string, Attribute>;
}
/** `[b, 0, f]x[0, i, o]->[b, 0, f]`: what each axis is, of input, kernel and output. */
export interface ConvDims {
  readonly kind: "conv";
  readonly specs: readonly (readonly string[])[];
}
export interface Symbol {
  readonly kind: "symbol";
  readonly name: string;
}
export interface TypeAttribute {
  readonly kind: "type";
  readonly type: Type;
}
export interface Raw {
  readonly kind: "raw";
  readonly text: string;
}
export type Attribute =
  | number
  | bigint
  | boolean
  | string
  | readonly Attribute[]
  | Dense
  | Word
  | Struct
  | ConvDims
  | Symbol
  | TypeAttribute
  | Raw;

export type Attributes = ReadonlyMap<string, Attribute>;

/** Whether an attribute is a list. */
export const isList = (a: Attribute): a is readonly Attribute[] => Array.isArray(a);

/** What names stand for in a text. */
export interface Names {
  readonly types: Map<string, Type>;
  readonly attributes: Map<string, Attribute>;
  readonly resources: Resources;
}

function parseNumber(r: Reader, names: Names): number | bigint {
  const text = r.numberText();
  const isHex = /^-?0x/.test(text);
  const type = r.takes(":") ? parseType(r, names.types) : null;
  if (isHex && type !== null && /f\d/.test(type.text)) return NaN;
  if (!/^-?(?:0x[0-9A-Fa-f]+|\d+)$/.test(text)) return Number(text);
  const value = Number(text);
  return Number.isSafeInteger(value) ? value : text.startsWith("-") ? -BigInt(text.slice(1)) : BigInt(text);
}

/** `array<i64: 1, 2>`. */
function parseArray(r: Reader, names: Names): Attribute[] {
  r.expect("<");
  parseType(r, names.types);
  const out: Attribute[] = [];
  if (r.takes(":"))
    do out.push(parseAttribute(r, names));
    while (r.takes(","));
  r.expect(">");
  return out;
}

/** The axes of a convolution. */
export function parseConvDims(r: Reader): ConvDims {
  const spec = (): string[] => r.list("[", "]", () => r.word() ?? r.numberText("an axis"));
  const specs = [spec()];
  r.expect("x");
  specs.push(spec());
  r.expect("->");
  specs.push(spec());
  return { kind: "conv", specs };
}

/** `name = value, …` up to a closing bracket, which is taken. */
function parseFields(r: Reader, names: Names, close: string, name: string): Struct {
  const fields = new Map<string, Attribute>();
  if (!r.takes(close)) {
    do {
      const key = r.sees('"') ? r.string() : r.requiredWord("the name of an attribute");
      const colon = name === "" ? false : r.takes(":");
      fields.set(key, colon || r.takes("=") ? parseAttribute(r, names) : { kind: "word", word: "unit" });
    } while (r.takes(","));
    if (!r.takes(close)) throw r.unexpected(`',' or '${close}'`);
  }
  return { kind: "struct", name, fields };
}

/** `{name = value, …}`. */
export function parseDictionary(r: Reader, names: Names): Struct {
  r.expect("{");
  return r.nested(() => parseFields(r, names, "}", ""));
}

/** `#stablehlo<precision DEFAULT>`, `#stablehlo.gather<…>`, `#name`. */
function parseHash(r: Reader, names: Names): Attribute {
  r.skip();
  const start = r.at;
  const name = r.alias().slice(1);
  const known = names.attributes.get(name);
  if (known !== undefined) return known;
  if (!r.sees("<")) throw r.error(`the attribute #${name} is not known.`, start);
  if (name === "stablehlo" || name === "chlo" || name === "mhlo") {
    r.expect("<");
    r.requiredWord("a word");
    const value = r.sees("<") ? (r.balanced(), "") : r.requiredWord("a word");
    r.expect(">");
    return { kind: "word", word: value };
  }
  if (!/^(?:stablehlo|chlo|mhlo)\./.test(name)) return { kind: "raw", text: r.balanced() };
  if (name.endsWith(".conv")) {
    r.expect("<");
    const dims = parseConvDims(r);
    r.expect(">");
    return dims;
  }
  if (/\.(?:bounds|type_extensions|sparsity)$/.test(name)) return { kind: "raw", text: r.balanced() };
  r.expect("<");
  return r.nested(() => parseFields(r, names, ">", name));
}

const opaque: readonly string[] = ["affine_map", "affine_set", "sparse", "strided", "loc"];

function parseWord(r: Reader, names: Names): Attribute {
  const word = r.requiredWord("an attribute");
  if (word === "true" || word === "false") return word === "true";
  if (word === "dense" || word === "dense_resource") return parseDense(r, word, names.types, names.resources);
  if (word === "array" && r.sees("<")) return parseArray(r, names);
  if (opaque.includes(word) && (r.sees("<") || r.sees("("))) return { kind: "raw", text: r.balanced() };
  return { kind: "word", word };
}

/** A value that types of operands follow: a number does not take the colon. */
export function parseBare(r: Reader, names: Names): Attribute {
  r.skip();
  return /[-\d]/.test(r.text[r.at] ?? "") ? r.integer() : parseAttribute(r, names);
}

export function parseAttribute(r: Reader, names: Names): Attribute {
  r.skip();
  const c = r.text[r.at];
  if (c === '"') {
    const text = r.string();
    if (r.takes(":")) parseType(r, names.types);
    return text;
  }
  if (c === "#") return r.nested(() => parseHash(r, names));
  if (c === "[") return r.nested(() => r.list("[", "]", () => parseAttribute(r, names)));
  if (c === "{") return parseDictionary(r, names);
  if (c === "<") return { kind: "raw", text: r.balanced() };
  if (c === "@") {
    const name = r.symbol();
    while (r.takes("::")) r.symbol();
    return { kind: "symbol", name };
  }
  if (c !== undefined && /[-\d]/.test(c)) return parseNumber(r, names);
  const type = typeIfAny(r, names.types);
  return type === null ? parseWord(r, names) : { kind: "type", type };
}
