/**
 * @file Types: `tensor<2x3xf32>` and what else stands where a type is expected.
 *
 * Tensor types are known by their text, so equal ones are mostly the same object. Which elements the library has no dtype for
 * is found out where an array of the type is wanted: sizes and positions are i64 in any program.
 */
import { type ShapedArray, shaped } from "../../../core/aval.ts";
import { type DType, dtypes } from "../../../dtypes/dtype.ts";
import type { Reader } from "./reader.ts";

export interface TensorType {
  readonly kind: "tensor";
  readonly shape: readonly number[];
  /** The element type as it is written: `f32`, `i1`, `complex<f64>`. */
  readonly element: string;
  /** The array that it is in the library; null if there is no such dtype. */
  readonly aval: ShapedArray | null;
  readonly text: string;
}
export interface TupleType {
  readonly kind: "tuple";
  readonly types: readonly Type[];
  readonly text: string;
}
export interface FunctionType {
  readonly kind: "function";
  readonly ins: readonly Type[];
  readonly outs: readonly Type[];
  readonly text: string;
}
/** Tokens, and the types of attributes: `i32`, `index`. */
export interface OtherType {
  readonly kind: "token" | "scalar";
  readonly text: string;
}
export type Type = TensorType | TupleType | FunctionType | OtherType;

/** The name that a dtype of the library has in MLIR. */
export function elementDType(element: string): DType | null {
  const named: Readonly<Record<string, string>> = {
    i1: "bool",
    pred: "bool",
    bf16: "bfloat16",
    "complex<f32>": "complex64",
    "complex<f64>": "complex128",
  };
  const name =
    named[element] ??
    element
      .replace(/^(?:si|i)(?=\d)/, "int")
      .replace(/^ui(?=\d)/, "uint")
      .replace(/^f(?=\d+$)/, "float");
  return (dtypes as readonly string[]).includes(name) ? (name as DType) : null;
}

const plainTensor = /tensor<((?:\d+x)*)([a-z]\w*|complex<f(?:32|64)>)>/y;
const known = new Map<string, TensorType>();

/** What tensor types are refused for. */
export const refusals = {
  size: "a size is '?': only arrays of known shapes can be imported. Export the program for given shapes.",
  rank: "the type has no known rank: only arrays of known shapes can be imported.",
  bounds: "the type has bounded sizes: only arrays of known shapes can be imported.",
  elements: "expected fewer than 2^53 elements.",
  element: (name: string): string =>
    `the element type ${name} has no counterpart; the dtypes are ${dtypes.join(", ")}.`,
} as const;

function plain(text: string, shape: readonly number[], element: string): TensorType | null {
  if (!shape.every(Number.isSafeInteger) || !Number.isSafeInteger(shape.reduce((a, b) => a * b, 1)))
    return null;
  const dtype = elementDType(element);
  return { kind: "tensor", shape, element, aval: dtype === null ? null : shaped(shape, dtype), text };
}

/** The type of tensors of a shape; null if they have 2^53 elements or more. */
export function tensorOf(shape: readonly number[], element: string): TensorType | null {
  const text = `tensor<${shape.map((n) => `${n}x`).join("")}${element}>`;
  let type = known.get(text) ?? null;
  if (type === null && (type = plain(text, shape, element)) !== null) {
    if (known.size > 4096) known.clear();
    known.set(text, type);
  }
  return type;
}

const sizesOf = (dimensions: string): number[] =>
  dimensions === "" ? [] : dimensions.slice(0, -1).split("x").map(Number);

function tensorType(r: Reader): TensorType {
  r.skip();
  plainTensor.lastIndex = r.at;
  const found = plainTensor.exec(r.text);
  if (found === null) return otherTensor(r);
  const [text, dimensions, element] = found;
  const type = known.get(text) ?? tensorOf(sizesOf(dimensions), element);
  if (type === null) throw r.error(`expected fewer than 2^53 elements; got ${text}.`);
  r.at += text.length;
  return type;
}

/** Tensors with blanks, encodings, or what cannot be: the sizes one by one, so that errors find their place. */
function otherTensor(r: Reader): TensorType {
  const start = r.at;
  r.expect("tensor");
  r.expect("<");
  let dimensions = "";
  const size = /[ \t\n]*(\d+|\?)[ \t\n]*x/y;
  for (;;) {
    size.lastIndex = r.at;
    const found = size.exec(r.text);
    if (found === null) break;
    if (found[1] === "?") throw r.error(refusals.size);
    dimensions += `${found[1]}x`;
    r.at = size.lastIndex;
  }
  if (r.sees("*")) throw r.error(refusals.rank);
  if (r.sees("!")) {
    const { at } = r;
    const name = r.alias();
    if (r.sees("<")) r.balanced();
    throw r.error(refusals.element(name), at);
  }
  const element =
    r.requiredWord("an element type such as f32") + (r.sees("<") ? `<${r.balanced().trim()}>` : "");
  if (r.takes(",")) {
    if (r.sees("#stablehlo.bounds")) throw r.error(refusals.bounds);
    r.alias();
    if (r.sees("<")) r.balanced();
  }
  r.expect(">");
  const type = tensorOf(sizesOf(dimensions), element);
  if (type === null) throw r.error(refusals.elements, start);
  return type;
}

/** A type, or null if none comes next. */
export function typeIfAny(r: Reader, aliases: ReadonlyMap<string, Type>): Type | null {
  if (r.sees("tensor<")) return tensorType(r);
  if (r.sees("(")) return functionType(r, aliases);
  if (r.sees("!")) return namedType(r, aliases);
  const word = r.peekWord();
  if (word === null) return null;
  if (word === "tensor") return tensorType(r);
  if (word === "tuple") {
    r.word();
    const types = r.nested(() => r.list("<", ">", () => parseType(r, aliases)));
    return tupleOf(types);
  }
  if (!/^(?:[su]?i\d+|b?f\d+\w*|tf32|index|none|complex|pred)$/.test(word)) return null;
  r.word();
  return { kind: "scalar", text: word === "complex" && r.sees("<") ? `complex<${r.balanced()}>` : word };
}

export function parseType(r: Reader, aliases: ReadonlyMap<string, Type>): Type {
  const type = typeIfAny(r, aliases);
  if (type === null) throw r.unexpected("a type such as tensor<2x3xf32>");
  return type;
}

function namedType(r: Reader, aliases: ReadonlyMap<string, Type>): Type {
  r.skip();
  const { at } = r;
  const name = r.alias();
  if (name === "!stablehlo.token" || name === "!mhlo.token") return { kind: "token", text: name };
  const type = aliases.get(name);
  if (type === undefined) throw r.error(`the type ${name} is not known.`, at);
  return type;
}

/** Types between parentheses, or one without. */
export function typeList(r: Reader, aliases: ReadonlyMap<string, Type>): Type[] {
  return r.sees("(") ? r.list("(", ")", () => parseType(r, aliases)) : [parseType(r, aliases)];
}

const show = (types: readonly Type[]): string => types.map((t) => t.text).join(", ");

/** The type of functions. */
export const functionOf = (ins: readonly Type[], outs: readonly Type[]): FunctionType => ({
  kind: "function",
  ins,
  outs,
  text: `(${show(ins)}) -> (${show(outs)})`,
});

/** The type of tuples. */
export const tupleOf = (types: readonly Type[]): TupleType => ({
  kind: "tuple",
  types,
  text: `tuple<${show(types)}>`,
});

/** `(types) -> types`. */
export function functionType(r: Reader, aliases: ReadonlyMap<string, Type>): FunctionType {
  return r.nested(() => {
    const ins = r.list("(", ")", () => parseType(r, aliases));
    r.expect("->");
    return functionOf(ins, typeList(r, aliases));
  });
}
