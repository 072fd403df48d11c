/**
 * @file float16 and bfloat16: bits to numbers and back, rounding half to even once, straight from float64.
 *
 * Arrays of these dtypes store bits in a `Uint16Array`; 0-d values and scalar expressions are plain numbers that the
 * format can represent exactly.
 */

import type { DType, Scalar, TypedArray } from "./dtype.ts";

interface Format {
  readonly mantissa: number;
  /** Exponent of the smallest normal number. */
  readonly minExponent: number;
  readonly bias: number;
  readonly infinity: number;
  readonly nan: number;
}

const half: Format = { mantissa: 10, minExponent: -14, bias: 15, infinity: 0x7c00, nan: 0x7e00 };
const brain: Format = { mantissa: 7, minExponent: -126, bias: 127, infinity: 0x7f80, nan: 0x7fc0 };

const f64 = new Float64Array(1);
const u32 = new Uint32Array(f64.buffer);

const littleEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;
const high = littleEndian ? 1 : 0;

/** NaN with the sign bit, which a number carries though nothing but its bits tells. */
function negativeNaN(): number {
  f64[0] = NaN;
  u32[high] = 0xfff80000;
  return f64[0];
}

/** Rounds |x| < 2⁵² half to even. */
function roundEven(x: number): number {
  return x + 4503599627370496 - 4503599627370496;
}

function encode(x: number, f: Format): number {
  f64[0] = x;
  const sign = u32[high] >>> 31 === 1 ? 0x8000 : 0;
  if (Number.isNaN(x)) return sign | f.nan;
  const a = Math.abs(x);
  if (a === Infinity) return sign | f.infinity;
  const exponent = Math.max(((u32[high] >>> 20) & 0x7ff) - 1023, f.minExponent);
  if (exponent > f.bias) return sign | f.infinity;
  // The significand in units of the last place: below 2^mantissa it is a subnormal number, whose exponent field is 0.
  const units = roundEven(a * 2 ** (f.mantissa - exponent));
  const bits = units + (exponent - f.minExponent) * 2 ** f.mantissa;
  return sign | Math.min(bits, f.infinity);
}

function decode(bits: number, f: Format): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const magnitude = bits & 0x7fff;
  if (magnitude > f.infinity) return sign < 0 ? negativeNaN() : NaN;
  if (magnitude === f.infinity) return sign * Infinity;
  const field = magnitude >>> f.mantissa;
  const fraction = magnitude & (2 ** f.mantissa - 1);
  if (field === 0) return sign * fraction * 2 ** (f.minExponent - f.mantissa);
  return sign * (fraction + 2 ** f.mantissa) * 2 ** (field - f.bias - f.mantissa);
}

export const encodeF16 = (x: number): number => encode(x, half);
export const decodeF16 = (bits: number): number => decode(bits, half);
export const encodeBF16 = (x: number): number => encode(x, brain);
export const decodeBF16 = (bits: number): number => decode(bits, brain);
/** The nearest float16 / bfloat16 as a number. */
export const roundF16 = (x: number): number => decode(encode(x, half), half);
export const roundBF16 = (x: number): number => decode(encode(x, brain), brain);

/** Reads one element of stored data. */
export function readElement(data: TypedArray, dtype: DType, i: number): Scalar {
  const element = data[i];
  if (dtype === "float16") return decodeF16(Number(element));
  if (dtype === "bfloat16") return decodeBF16(Number(element));
  return element;
}
