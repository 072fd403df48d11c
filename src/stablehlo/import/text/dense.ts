/**
 * @file Dense constants: `dense<1.0>`, `dense<[[1, 2], [3, 4]]>`, `dense<"0x0000803F">`, `dense_resource<name>`.
 *
 * All become bytes, little-endian and row-major, as they lie in memory; one element alone where all are equal. The type comes
 * after the elements, so these are passed over first and read when it is known.
 */
import { type Aval, arrayOfBytes } from "./arrays.ts";
import { encodeBF16, encodeF16 } from "../../../dtypes/float16.ts";
import { prod } from "../../../base/util.ts";
import type { ConcreteArray } from "../../../core/array.ts";
import type { StablehloError } from "./errors.ts";
import type { Reader } from "./reader.ts";
import { type TensorType, type Type, parseType } from "./types.ts";

/** A constant. `bytes` holds all elements, or one if it is a splat. */
export interface Dense {
  readonly kind: "dense";
  readonly type: TensorType;
  readonly bytes: Uint8Array;
  readonly splat: boolean;
}

type Fail = (detail: string) => StablehloError;

/** How an element lies in memory. */
interface Layout {
  readonly bytes: number;
  readonly kind: "int" | "float" | "bool";
  /** Numbers in an element: 2 in a complex one. */
  readonly parts: 1 | 2;
  /** Whether it has a sign (integers). */
  readonly signed: boolean;
}

function layoutOf(element: string): Layout | null {
  const inner = /^complex<(.*)>$/.exec(element);
  if (inner !== null) {
    const part = layoutOf(inner[1]);
    return part === null ? null : { ...part, parts: 2 };
  }
  if (element === "i1") return { bytes: 1, kind: "bool", parts: 1, signed: false };
  if (element === "index") return { bytes: 8, kind: "int", parts: 1, signed: true };
  const bits = /^(?:(u|s)?i|(b)?f)(8|16|32|64)$/.exec(element);
  if (bits === null || (bits[2] === "b" && bits[3] !== "16")) return null;
  const kind = element.includes("f") ? "float" : "int";
  if (kind === "float" && bits[3] === "8") return null;
  return { bytes: Number(bits[3]) / 8, kind, parts: 1, signed: bits[1] !== "u" };
}

function floatBits(value: number, element: string, view: DataView, at: number): void {
  if (element.includes("bf16")) view.setUint16(at, encodeBF16(value), true);
  else if (element.includes("f16")) view.setUint16(at, encodeF16(value), true);
  else if (element.includes("f32")) view.setFloat32(at, value, true);
  else view.setFloat64(at, value, true);
}

function bitsTo(bits: bigint, size: number, view: DataView, at: number): void {
  for (let i = 0; i < size; i++) view.setUint8(at + i, Number((bits >> BigInt(8 * i)) & 255n));
}

/** Reads one number and stores it. */
function storeNumber(r: Reader, type: TensorType, layout: Layout, view: DataView, at: number): void {
  r.skip();
  const start = r.at;
  if (layout.kind !== "float") {
    const word = r.peekWord();
    if (word === "true" || word === "false") {
      r.word();
      bitsTo(word === "true" ? (layout.kind === "bool" ? 1n : -1n) : 0n, layout.bytes, view, at);
      return;
    }
  }
  const text = r.numberText(`an element of ${type.text}`);
  const isHex = /^-?0x/.test(text);
  if (layout.kind === "float") {
    if (!isHex) floatBits(Number(text), type.element, view, at);
    else if (text.startsWith("-")) throw r.error("expected no sign before the bits of a float.", start);
    else bitsTo(BigInt(text), layout.bytes, view, at);
    return;
  }
  if (!/^-?(?:0x[0-9A-Fa-f]+|\d+)$/.test(text)) throw r.error(`expected a whole number; got ${text}.`, start);
  const bits = text.startsWith("-") ? -BigInt(text.slice(1)) : BigInt(text);
  const limit = 1n << BigInt(layout.kind === "bool" ? 1 : 8 * layout.bytes);
  const low = layout.signed ? -limit / 2n : 0n;
  if (bits >= limit || bits < low) throw r.error(`${text} does not fit ${type.element}.`, start);
  bitsTo(bits, layout.bytes, view, at);
}

function storeElement(r: Reader, type: TensorType, layout: Layout, view: DataView, at: number): void {
  if (layout.parts === 1) {
    storeNumber(r, type, layout, view, at);
    return;
  }
  r.expect("(");
  storeNumber(r, type, layout, view, at);
  r.expect(",");
  storeNumber(r, type, layout, view, at + layout.bytes);
  r.expect(")");
}

const hexDigit = (code: number): number =>
  code >= 48 && code <= 57
    ? code - 48
    : code >= 65 && code <= 70
      ? code - 55
      : code >= 97 && code <= 102
        ? code - 87
        : NaN;

/** The bytes of a string `0x…`. */
export function hexBytes(r: Reader): Uint8Array {
  r.skip();
  const start = r.at;
  const end = r.text.indexOf('"', start + 1);
  if (!r.sees('"0x') || end < 0 || (end - start - 3) % 2 !== 0)
    throw r.error('expected pairs of hexadecimal digits, "0x…".', start);
  const out = new Uint8Array((end - start - 3) / 2);
  for (let i = 0, at = start + 3; i < out.length; i++, at += 2) {
    const byte = 16 * hexDigit(r.text.charCodeAt(at)) + hexDigit(r.text.charCodeAt(at + 1));
    if (Number.isNaN(byte)) throw r.error("expected hexadecimal digits.", at);
    out[i] = byte;
  }
  r.at = end + 1;
  return out;
}

/**
 * The constant whose elements are these bytes: all of them, or one that all are equal to. MLIR packs the bits of i1.
 * @throws what `fail` makes of the reason, where there are more bytes or fewer
 */
export function denseOf(bytes: Uint8Array, type: TensorType, fail: Fail): Dense {
  const layout = requireLayout(type, fail);
  const size = prod(type.shape);
  const each = layout.bytes * layout.parts;
  // One element of one axis or more is written in text without brackets, as those are that all are equal to.
  if (size === 1 && bytes.length === each)
    return { kind: "dense", type, bytes, splat: type.shape.length > 0 };
  if (layout.kind === "bool" && bytes.length === Math.ceil(size / 8)) {
    const unpacked = Uint8Array.from({ length: size }, (_, i) => (bytes[i >> 3] >> (i & 7)) & 1);
    return { kind: "dense", type, bytes: unpacked, splat: false };
  }
  if (bytes.length === each * size) return { kind: "dense", type, bytes, splat: false };
  if (bytes.length === each) return { kind: "dense", type, bytes, splat: true };
  throw fail(`expected ${each * size} bytes for ${type.text}, or ${each}; got ${bytes.length}.`);
}

/** The elements, the reader being at the first. */
function elements(r: Reader, type: TensorType, layout: Layout): Dense {
  const each = layout.bytes * layout.parts;
  const size = prod(type.shape);
  if (size === 0 && r.sees(">")) return { kind: "dense", type, bytes: new Uint8Array(0), splat: false };
  if (r.sees('"')) {
    const { at } = r;
    return denseOf(hexBytes(r), type, (detail) => r.error(detail, at));
  }
  const splat = type.shape.length > 0 && !r.sees("[");
  // Each element takes at least one character: sizes in a type cannot ask for more memory than the text has.
  if (!splat && size > r.text.length) throw r.unexpected(`${size} elements`);
  const bytes = new Uint8Array(splat ? each : each * size);
  const view = new DataView(bytes.buffer);
  let at = 0;
  const level = (axis: number): void => {
    if (axis === type.shape.length) {
      storeElement(r, type, layout, view, at);
      at += each;
      return;
    }
    r.expect("[");
    for (let i = 0; i < type.shape[axis]; i++) {
      if (i > 0) r.expect(",");
      level(axis + 1);
    }
    r.expect("]");
  };
  r.nested(() => (splat ? storeElement(r, type, layout, view, 0) : level(0)));
  return { kind: "dense", type, bytes, splat };
}

function requireTensor(r: Reader, aliases: ReadonlyMap<string, Type>): TensorType {
  r.expect(":");
  r.skip();
  const { at } = r;
  const type = parseType(r, aliases);
  if (type.kind !== "tensor") throw r.error(`expected the type of a tensor; got ${type.text}.`, at);
  return type;
}

function requireLayout(type: TensorType, fail: Fail): Layout {
  const layout = layoutOf(type.element);
  if (layout === null) throw fail(`elements of type ${type.element} have no counterpart.`);
  return layout;
}

/** Data that stand after the module, by name. */
export type Resources = ReadonlyMap<string, { readonly bytes: Uint8Array }>;

/** `dense<…> : type` or `dense_resource<name> : type`, the word having been read. */
export function parseDense(
  r: Reader,
  word: string,
  aliases: ReadonlyMap<string, Type>,
  resources: Resources,
): Dense {
  r.skip();
  const start = r.at;
  if (!r.sees("<")) throw r.unexpected("'<'");
  const inside = r.balanced();
  const type = requireTensor(r, aliases);
  const end = r.at;
  const fail: Fail = (detail) => r.error(detail, start);
  const layout = requireLayout(type, fail);
  if (word === "dense_resource") {
    const name = inside.trim().replace(/^"|"$/g, "");
    const found = resources.get(name);
    if (found === undefined)
      throw r.error(
        name.startsWith("__elided")
          ? "the constant was left out when the text was printed; print it whole."
          : `there is no resource '${name}' after the module.`,
        start,
      );
    return denseOf(found.bytes, type, fail);
  }
  r.at = start + 1;
  const dense = elements(r, type, layout);
  if (!r.sees(">")) throw r.unexpected("'>'");
  r.at = end;
  return dense;
}

/** More numbers than any operation is told; types can promise more than memory holds. */
const maxIntegers = 1 << 24;

/** The whole numbers of a constant, such as sizes; none of other constants. */
export function denseIntegers(dense: Dense): number[] {
  const { type, bytes, splat } = dense;
  const layout = layoutOf(type.element);
  if (layout === null || layout.kind === "float" || prod(type.shape) > maxIntegers) return [];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const at = (i: number): number => {
    let value = 0n;
    for (let k = layout.bytes - 1; k >= 0; k--)
      value = (value << 8n) | BigInt(view.getUint8(i * layout.bytes + k));
    return Number(layout.signed ? BigInt.asIntN(8 * layout.bytes, value) : value);
  };
  return Array.from({ length: prod(type.shape) }, (_, i) => at(splat ? 0 : i));
}

/** The array of a constant; of a splat, its only element as a 0-dimensional one. */
export const denseArray = (dense: Dense, aval: Aval): ConcreteArray =>
  arrayOfBytes(dense.bytes, dense.splat ? [] : dense.type.shape, aval.dtype);
