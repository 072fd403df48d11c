/**
 * @file How MLIR's own attributes and types are written. Their numbers are those of mlir/lib/IR/BuiltinDialectBytecode.
 *
 * Integers and floats are JavaScript's numbers, as they are in text; what only annotates (locations, strides, sparse constants)
 * is kept as its name.
 */
import { decodeBF16, decodeF16 } from "../../../dtypes/float16.ts";
import { type Attribute, type Struct } from "../text/attributes.ts";
import { type Dense, denseOf } from "../text/dense.ts";
import { type TensorType, type Type, functionOf, refusals, tensorOf, tupleOf } from "../text/types.ts";
import type { Cursor } from "./cursor.ts";
import type { Dialect, Tables } from "./tables.ts";

/** A type of elements, and whatever else has no parts. */
export const scalar = (text: string): Type => ({ kind: "scalar", text });
export const word = (name: string): Attribute => ({ kind: "word", word: name });

/** An attribute that nobody asks for. The rest of it is passed over. */
export const raw =
  (text: string) =>
  (c: Cursor): Attribute => {
    c.at = c.end;
    return { kind: "raw", text };
  };

export const attributesOf = (c: Cursor, t: Tables): Attribute[] => c.list("attributes", () => t.attribute(c));
export const typesOf = (c: Cursor, t: Tables): Type[] => c.list("types", () => t.type(c));

export function stringOf(c: Cursor, t: Tables): string {
  const { at } = c;
  const found = t.attribute(c);
  if (typeof found === "string") return found;
  throw c.error("expected an attribute that is a string.", at);
}

/** Names, which are attributes, with attributes. */
export function dictionary(c: Cursor, t: Tables): Struct {
  const fields = c.list("named attributes", () => [stringOf(c, t), t.attribute(c)] as const);
  return { kind: "struct", name: "", fields: new Map(fields) };
}

/** The type of tensors whose sizes and elements follow. Sizes below 0 are those that are not known. */
export function tensor(c: Cursor, t: Tables): TensorType {
  const { at } = c;
  const shape = c.signedList("sizes");
  const element = t.type(c);
  if (shape.some((n) => n < 0)) throw c.error(refusals.size, at);
  if (element.kind !== "scalar") throw c.error(`expected the type of elements; got ${element.text}.`, at);
  if (element.text.startsWith("!")) throw c.error(refusals.element(element.text), at);
  const type = tensorOf(shape, element.text);
  if (type === null) throw c.error(refusals.elements, at);
  return type;
}

/** As `tensor`, after an attribute. */
export function boundedTensor(c: Cursor, t: Tables): TensorType {
  const { at } = c;
  const encoding = t.attribute(c);
  const isBounded = typeof encoding === "object" && "kind" in encoding && encoding.kind === "raw";
  const type = tensor(c, t);
  if (isBounded && encoding.text === "bounds") throw c.error(refusals.bounds, at);
  return type;
}

/** A complex type, of the scalar that follows. */
export const complex = (c: Cursor, t: Tables): Type => scalar(`complex<${t.type(c).text}>`);

export const unranked = (c: Cursor): Type => {
  throw c.error(refusals.rank);
};

/** What an attribute is that has the type of a tensor before its data. */
export function dense(c: Cursor, t: Tables, data: (c: Cursor) => Uint8Array): Dense {
  const { at } = c;
  const type = t.type(c);
  if (type.kind !== "tensor") throw c.error(`expected the type of a tensor; got ${type.text}.`, at);
  return denseOf(data(c), type, (detail) => c.error(detail, at));
}

/** The width of an integer type and whether it has a sign; null of others. */
function integerType(text: string): { bits: number; signed: boolean } | null {
  if (text === "index") return { bits: 64, signed: true };
  const found = /^([su]?)i(\d+)$/.exec(text);
  return found === null ? null : { bits: Number(found[2]), signed: found[1] !== "u" };
}

/** Bits of at most 64: one byte, or a signed number. */
const bitsOf = (c: Cursor, width: number): bigint =>
  width <= 8 ? BigInt(c.byte("a value")) : c.signedWide("a value");

/** A whole number of the type that stands before it; of i1 a boolean. */
export function integer(c: Cursor, t: Tables): Attribute {
  const { at } = c;
  const type = t.type(c).text;
  const layout = integerType(type);
  if (layout === null || layout.bits > 64)
    throw c.error(`expected an integer type of at most 64 bits; got ${type}.`, at);
  const bits = bitsOf(c, layout.bits);
  if (layout.bits === 1) return (bits & 1n) === 1n;
  const value = layout.signed ? BigInt.asIntN(layout.bits, bits) : BigInt.asUintN(layout.bits, bits);
  return Number.isSafeInteger(Number(value)) ? Number(value) : value;
}

/** The number that bits are; NaN of floats that JavaScript has no reader for. */
function floatOf(type: string, bits: bigint): number {
  const view = new DataView(new ArrayBuffer(8));
  view.setBigUint64(0, BigInt.asUintN(64, bits), true);
  if (type === "f64") return view.getFloat64(0, true);
  if (type === "f32") return view.getFloat32(0, true);
  if (type === "f16") return decodeF16(view.getUint16(0, true));
  return type === "bf16" ? decodeBF16(view.getUint16(0, true)) : NaN;
}

/** A float of the type that stands before it. */
export function float(c: Cursor, t: Tables): Attribute {
  const type = t.type(c).text;
  const width = Number(/^b?t?f(\d+)/.exec(type)?.[1] ?? 64);
  if (width > 64) return raw(type)(c);
  return floatOf(type, bitsOf(c, width));
}

/** How an integer is read, by the number of its bytes. */
const elementReaders: Readonly<Record<number, ((view: DataView, at: number) => number) | undefined>> = {
  1: (view, at) => view.getInt8(at),
  2: (view, at) => view.getInt16(at, true),
  4: (view, at) => view.getInt32(at, true),
  8: (view, at) => Number(view.getBigInt64(at, true)),
};

/** `array<i64: 1, 2>`: the type of elements, their number, their bytes. */
function array(c: Cursor, t: Tables): Attribute {
  const { at } = c;
  const element = t.type(c).text;
  const count = c.number("a number of elements");
  const bytes = c.blob("elements");
  const bits = integerType(element)?.bits;
  if (bits === undefined) return { kind: "raw", text: element };
  const each = Math.max(1, bits / 8);
  const read = elementReaders[each];
  if (read === undefined || bytes.length !== each * count)
    throw c.error(`expected ${count} elements of ${element}; got ${bytes.length} bytes.`, at);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: count }, (_, i) => {
    const value = read(view, each * i);
    return bits === 1 ? value !== 0 : value;
  });
}

const symbol = (c: Cursor, t: Tables): Attribute => ({ kind: "symbol", name: stringOf(c, t) });

/** `@a::@b` is `@a`, as in text. */
function nestedSymbol(c: Cursor, t: Tables): Attribute {
  const root = symbol(c, t);
  attributesOf(c, t);
  return root;
}

/** Bits and signedness in one: the latter is 0 of types that do not tell, 1 of signed ones, 2 of unsigned ones. */
function integerTypeOf(c: Cursor): Type {
  const { at } = c;
  const written = c.number("a width");
  const sign = ["", "s", "u"][written & 3];
  if (sign === undefined) throw c.error("expected an integer type with or without a sign.", at);
  return scalar(`${sign}i${Math.floor(written / 4)}`);
}

const plainTypes = ["bf16", "f16", "f32", "f64", "f80", "f128"] as const;

export const builtin: Dialect = {
  attributes: {
    0: attributesOf,
    1: dictionary,
    2: (c, t) => t.string(c),
    3: (c, t) => {
      const text = t.string(c);
      t.type(c);
      return text;
    },
    4: symbol,
    5: nestedSymbol,
    6: (c, t) => ({ kind: "type", type: t.type(c) }),
    7: () => word("unit"),
    8: integer,
    9: float,
    ...Object.fromEntries([10, 11, 12, 13, 14, 15, 21, 22].map((code) => [code, raw("loc")])),
    16: (c, t) => dense(c, t, () => t.resource(c)),
    17: array,
    18: (c, t) => dense(c, t, () => c.blob("elements")),
    19: raw("dense"),
    20: raw("sparse"),
  },
  types: {
    0: integerTypeOf,
    1: () => scalar("index"),
    2: (c, t) => functionOf(typesOf(c, t), typesOf(c, t)),
    ...Object.fromEntries(plainTypes.map((name, i) => [3 + i, () => scalar(name)])),
    9: complex,
    12: () => scalar("none"),
    13: tensor,
    14: boundedTensor,
    15: (c, t) => tupleOf(typesOf(c, t)),
    18: unranked,
  },
};
