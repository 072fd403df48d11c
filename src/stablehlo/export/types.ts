/**
 * @file How types, attributes and constants are spelt in MLIR. Numbers are exact to the bit: decimals where they read back as
 * the same number, else the bits in hexadecimal.
 */
import { ComplexArray, type ConcreteArray, encodeData } from "../../core/array.ts";
import type { HloAttribute, HloTable } from "../../core/hlo.ts";
import { type DType, type Scalar, isComplex, isFloat, realPart, shortName } from "../../dtypes/dtype.ts";
import type { ArrayType } from "../../dtypes/shape.ts";
import { wrapValue } from "../../loops/ir/values.ts";

/** The element type: `f32`, `ui8`, `i1`, `complex<f64>`. */
export function elementType(dtype: DType): string {
  if (dtype === "bool") return "i1";
  if (isComplex(dtype)) return `complex<${elementType(realPart(dtype))}>`;
  // JAX's short names are MLIR's but for unsigned integers.
  return shortName(dtype).replace(/^u/, "ui");
}

/** `tensor<2x3xf32>`. */
export const tensorType = ({ shape, dtype }: ArrayType): string =>
  `tensor<${shape.map((d) => `${d}x`).join("")}${elementType(dtype)}>`;

/** Several types between parentheses. */
export const typeList = (types: readonly ArrayType[]): string => `(${types.map(tensorType).join(", ")})`;

const isTable = (x: readonly unknown[]): x is HloTable => Array.isArray(x[0]);

function listText(list: readonly (number | boolean)[]): string {
  const type = typeof list[0] === "boolean" ? "i1" : "i64";
  return list.length === 0 ? `array<${type}>` : `array<${type}: ${list.join(", ")}>`;
}

/** An attribute. An empty list is one of numbers. */
export function attributeText(x: HloAttribute): string {
  if (typeof x === "string") return x;
  if (typeof x === "boolean") return String(x);
  if (typeof x === "number") return `${x} : i64`;
  if (!isTable(x)) return listText(x);
  const rows = x.map((row) => `[${row.join(", ")}]`);
  return `dense<[${rows.join(", ")}]> : tensor<${x.length}x${x[0].length}xi64>`;
}

/** An attribute of StableHLO's own that lists axes: `#stablehlo.dot<lhs_contracting_dimensions = [1], …>`. */
export function numbersText(
  name: string,
  fields: Readonly<Record<string, number | readonly number[]>>,
): string {
  const texts = Object.entries(fields).map(
    ([key, x]) => `${key} = ${typeof x === "number" ? x : `[${x.join(", ")}]`}`,
  );
  return `#stablehlo.${name}<${texts.join(", ")}>`;
}

const hex = (bytes: Uint8Array): string => {
  let out = "";
  for (const byte of bytes) out += byte.toString(16).padStart(2, "0");
  return out.toUpperCase();
};

/** Little-endian bytes as one hexadecimal number. */
const bits = (bytes: Uint8Array): string => `0x${hex(bytes.slice().reverse())}`;

/** MLIR wants a point in decimals. */
function decimal(x: number): string {
  if (Object.is(x, -0)) return "-0.0";
  const [mantissa, exponent] = String(x).split("e") as [string, string | undefined];
  const digits = mantissa.includes(".") ? mantissa : `${mantissa}.0`;
  return exponent === undefined ? digits : `${digits}e${exponent}`;
}

/** What an element's bytes say. */
interface Elements {
  readonly bytes: Uint8Array;
  /** The number at a place, where decimals are exact. */
  readonly number: (i: number) => number | bigint;
}

function elementsOf(value: ConcreteArray): Elements {
  const { raw, dtype, size } = value;
  const store = typeof raw === "object" ? raw : encodeData(dtype, [raw]);
  const plain = value.dataSync();
  return {
    bytes: new Uint8Array(store.buffer, store.byteOffset, store.byteLength).slice(
      0,
      size * store.BYTES_PER_ELEMENT,
    ),
    number: (i) => plain[i],
  };
}

/** The text of one element of a real array. */
function elementText({ bytes, number }: Elements, dtype: DType, width: number, i: number): string {
  const x = number(i);
  if (dtype === "bool") return x === 0 ? "false" : "true";
  if (typeof x === "number" && isFloat(dtype))
    return Number.isFinite(x) ? decimal(x) : bits(bytes.subarray(i * width, (i + 1) * width));
  return String(x);
}

/** As many elements are listed; of more the bytes are written. */
const maxListed = 16;

const sameEverywhere = (bytes: Uint8Array, width: number): boolean => {
  for (let i = width; i < bytes.length; i++) if (bytes[i] !== bytes[i - width]) return false;
  return bytes.length > 0;
};

/** Brackets around the rows of a flat list. */
function nestedText(shape: readonly number[], items: readonly string[]): string {
  if (shape.length === 0) return items[0];
  const [n, ...rest] = shape;
  const step = items.length / n;
  const rows = Array.from({ length: n }, (_, i) => nestedText(rest, items.slice(i * step, (i + 1) * step)));
  return `[${rows.join(", ")}]`;
}

function interleaved(re: Uint8Array, im: Uint8Array, width: number): Uint8Array {
  const out = new Uint8Array(2 * re.length);
  for (let i = 0; i < re.length; i += width) {
    out.set(re.subarray(i, i + width), 2 * i);
    out.set(im.subarray(i, i + width), 2 * i + width);
  }
  return out;
}

/** The attribute `dense<…>` that holds an array. */
export function denseText(value: ConcreteArray): string {
  const { shape, dtype, size } = value;
  const parts = value instanceof ComplexArray ? [value.re, value.im] : [value];
  const elements = parts.map(elementsOf);
  if (size === 0) return `dense<> : ${tensorType(value.aval)}`;
  const width = elements[0].bytes.length / size;
  const item = (i: number): string => {
    const [re, ...im] = elements.map((e) => elementText(e, realPart(dtype), width, i));
    return im.length === 0 ? re : `(${re}, ${im.join("")})`;
  };
  const splat = elements.every((e) => sameEverywhere(e.bytes, width));
  // Booleans are packed in ways that differ among versions: they are always listed.
  if (!splat && size > maxListed && dtype !== "bool") {
    const [re, im] = elements.map((e) => e.bytes) as [Uint8Array, Uint8Array | undefined];
    const bytes = im === undefined ? re : interleaved(re, im, width);
    return `dense<"0x${hex(bytes)}"> : ${tensorType(value.aval)}`;
  }
  const text = splat
    ? item(0)
    : nestedText(
        shape,
        Array.from({ length: size }, (_, i) => item(i)),
      );
  return `dense<${text}> : ${tensorType(value.aval)}`;
}

/** The same number everywhere, as `dense<…>`. */
export function splatText(value: Scalar, type: ArrayType): string {
  const { dtype, size } = type;
  if (size === 0) return `dense<> : ${tensorType(type)}`;
  const real = realPart(dtype);
  // −1 stands for all bits of unsigned integers, too.
  const held = wrapValue(value, real);
  const bytes = new Uint8Array(encodeData(real, [held]).buffer);
  const text = elementText({ bytes, number: () => held }, real, bytes.length, 0);
  return `dense<${isComplex(dtype) ? `(${text}, 0.0)` : text}> : ${tensorType(type)}`;
}
