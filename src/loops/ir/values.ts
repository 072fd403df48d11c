/**
 * @file Values of the loop IR: how each dtype holds them (rounding, wrapping, limits), conversions, and reinterpretation of bits;
 * each as it is computed, and as JavaScript text.
 */
import {
  type DType,
  type Scalar,
  bitWidth,
  isBool,
  isFloat,
  isInteger,
  isSigned,
  isWide,
  wrapWide,
} from "../../dtypes/dtype.ts";
import { runtime } from "../emit/runtime.ts";
import type { AccumulateOp } from "./ir.ts";

/** How functions on numbers are called whose arguments differ in number. */
export type NumberFunction = (...args: number[]) => number;

/** float16 kinds: kept as 16 bits, computed as float32. */
export type Half = "float16" | "bfloat16";
export const isHalf = (d: DType): d is Half => d === "float16" || d === "bfloat16";

/** The functions between float16 kinds and their bits, and those that round to them: by the same names in all generated code. */
export const halfFunctions = {
  float16: { decode: "decodeF16", encode: "encodeF16", round: "roundF16" },
  bfloat16: { decode: "decodeBF16", encode: "encodeBF16", round: "roundBF16" },
} as const;

interface Code {
  readonly encode: "f32ToBits" | "f64ToWide" | "encodeF16" | "encodeBF16";
  readonly decode: "bitsToF32" | "wideToF64" | "decodeF16" | "decodeBF16";
}

export type HalfFunction = "decode" | "encode" | "round";

/** Functions between numbers and their bits. */
const codes: { readonly [D in DType]?: Code } = {
  float32: { encode: "f32ToBits", decode: "bitsToF32" },
  float64: { encode: "f64ToWide", decode: "wideToF64" },
  ...halfFunctions,
};

interface Wrap {
  run(x: number): number;
  js(x: string): string;
}

/** Rounding or wrapping to each dtype that does not hold every number. */
const wraps: { readonly [D in DType]?: Wrap } = {
  bool: { run: (x) => (x !== 0 ? 1 : 0), js: (x) => `(${x}) !== 0 ? 1 : 0` },
  int8: { run: (x) => (x << 24) >> 24, js: (x) => `(${x}) << 24 >> 24` },
  uint8: { run: (x) => x & 255, js: (x) => `(${x}) & 255` },
  int16: { run: (x) => (x << 16) >> 16, js: (x) => `(${x}) << 16 >> 16` },
  uint16: { run: (x) => x & 65535, js: (x) => `(${x}) & 65535` },
  int32: { run: (x) => x | 0, js: (x) => `(${x}) | 0` },
  uint32: { run: (x) => x >>> 0, js: (x) => `(${x}) >>> 0` },
  float16: { run: runtime.roundF16, js: (x) => `$.roundF16(${x})` },
  bfloat16: { run: runtime.roundBF16, js: (x) => `$.roundBF16(${x})` },
  float32: { run: Math.fround, js: (x) => `Math.fround(${x})` },
};

/** The number as the dtype holds it: rounded or wrapped. */
export function wrapValue(x: Scalar, dtype: DType): Scalar {
  if (isWide(dtype)) return wrapWide(BigInt(x), dtype);
  const wrap = wraps[dtype];
  return wrap === undefined ? x : wrap.run(Number(x));
}

/** JavaScript text that wraps a number to a dtype. */
export const wrapText = (x: string, dtype: DType): string =>
  isWide(dtype) ? `BigInt.as${isSigned(dtype) ? "Int" : "Uint"}N(64, ${x})` : (wraps[dtype]?.js(x) ?? x);

/** Limits of an integer dtype. */
export function integerLimits(dtype: DType): [lo: Scalar, hi: Scalar] {
  if (isWide(dtype)) return isSigned(dtype) ? [-(2n ** 63n), 2n ** 63n - 1n] : [0n, 2n ** 64n - 1n];
  const bits = bitWidth(dtype);
  return isSigned(dtype) ? [-(2 ** (bits - 1)), 2 ** (bits - 1) - 1] : [0, 2 ** bits - 1];
}

/** The identity of max: nothing is below it. */
export const lowest = (d: DType): Scalar => (isBool(d) ? 0 : isInteger(d) ? integerLimits(d)[0] : -Infinity);
/** The identity of min: nothing is above it. */
export const highest = (d: DType): Scalar => (isBool(d) ? 1 : isInteger(d) ? integerLimits(d)[1] : Infinity);

/** The value that changes nothing when it is accumulated. */
export function identity(op: AccumulateOp, dtype: DType): Scalar {
  switch (op) {
    case "add":
      return isFloat(dtype) ? -0 : 0;
    case "mul":
      return 1;
    case "min":
      return highest(dtype);
    case "max":
      return lowest(dtype);
    case "and":
      return dtype === "bool" ? 1 : -1;
    default:
      return 0;
  }
}

/** Conversion of a value between dtypes: truncating and saturating from floats, wrapping between integers. */
export function castValue(x: Scalar, from: DType, to: DType): Scalar {
  if (to === "bool") return Number(x) !== 0 ? 1 : 0;
  if (isInteger(to) && isFloat(from)) {
    const saturate = isWide(to) ? runtime.wideSaturate : runtime.saturate;
    return (saturate as NumberFunction)(x as number, ...(integerLimits(to) as [number, number]));
  }
  if (typeof x === "number" || isWide(to)) return wrapValue(x, to);
  return wrapValue(
    to === "float64" ? Number(x) : isFloat(to) ? runtime.wideToOdd(x) : BigInt.asIntN(32, x),
    to,
  );
}

/** A constant as JavaScript text. */
export const scalarText = (x: Scalar): string => {
  if (typeof x === "bigint") return x < 0n ? `(${x}n)` : `${x}n`;
  if (Number.isNaN(x)) return "NaN";
  if (Object.is(x, -0)) return "-0";
  if (!Number.isFinite(x)) return x > 0 ? "Infinity" : "-Infinity";
  return x < 0 ? `(${x})` : String(x);
};

export function castText(x: string, from: DType, to: DType): string {
  if (to === from) return x;
  if (to === "bool") return `(${x}) !== 0 ? 1 : 0`;
  if (isInteger(to)) {
    if (isFloat(from)) {
      const [lo, hi] = integerLimits(to).map(scalarText);
      return `$.${isWide(to) ? "wideSaturate" : "saturate"}(${x}, ${lo}, ${hi})`;
    }
    if (isWide(to)) {
      const wide = isWide(from) ? x : `BigInt(${x})`;
      return isWide(from) || (to === "uint64" && isSigned(from)) ? wrapText(wide, to) : wide;
    }
    if (isWide(from)) return wrapText(`Number(BigInt.asIntN(32, ${x}))`, to);
    const fits = from === "bool" || (bitWidth(from) < bitWidth(to) && (isSigned(to) || !isSigned(from)));
    return fits ? x : wrapText(x, to);
  }
  if (isWide(from)) return to === "float64" ? `Number(${x})` : wrapText(`$.wideToOdd(${x})`, to);
  const exact = to === "float64" || (to === "float32" && (from === "bool" || bitWidth(from) <= 16));
  return exact || from === "bool" ? x : wrapText(x, to);
}

/** Reinterpretation of bits between dtypes of one width. */
export function bitsValue(x: Scalar, from: DType, to: DType): Scalar {
  const [encode, decode] = [codes[from]?.encode, codes[to]?.decode];
  const raw = encode === undefined ? x : runtime[encode](x as number);
  if (decode === undefined) return wrapValue(raw, to);
  return (runtime[decode] as NumberFunction)(wrapValue(raw, bitsType(to)) as number);
}

export function bitsText(x: string, from: DType, to: DType): string {
  const [encode, decode] = [codes[from]?.encode, codes[to]?.decode];
  const raw = encode === undefined ? x : `$.${encode}(${x})`;
  return decode === undefined ? wrapText(raw, to) : `$.${decode}(${wrapText(raw, bitsType(to))})`;
}

/** The dtype in which the bits of a float are kept. */
const bitsType = (d: DType): DType =>
  bitWidth(d) === 64 ? "int64" : bitWidth(d) === 32 ? "int32" : "uint16";
