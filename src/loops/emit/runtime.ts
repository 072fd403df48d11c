/**
 * @file Scalar functions that JavaScript's operators and `Math` lack: what generated code calls by name, and what the
 * interpreter calls directly.
 */
import { decodeBF16, decodeF16, encodeBF16, encodeF16, roundBF16, roundF16 } from "../../dtypes/float16.ts";

const bytes = new ArrayBuffer(8);
const f64 = new Float64Array(bytes);
const f32 = new Float32Array(bytes);
const i32 = new Int32Array(bytes);
const u32 = new Uint32Array(bytes);
const big = new BigInt64Array(bytes);

const littleEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;
const lowWord = littleEndian ? 0 : 1;

type Binary = (x: number, y: number) => number;

/**
 * The next representable number after x towards y, in a format whose bits order like integers.
 * @param step the number whose bits are one more or less, away from zero or towards it.
 */
function nextafterIn(smallest: number, step: Binary): Binary {
  return (x, y) => {
    if (x !== x || y !== y) return NaN;
    if (x === y) return y;
    if (x === 0) return y > 0 ? smallest : -smallest;
    return step(x, y > x === x > 0 ? 1 : -1);
  };
}

const nextafter = nextafterIn(5e-324, (x, by) => {
  f64[0] = x;
  big[0] += BigInt(by);
  return f64[0];
});

const nextafter32 = nextafterIn(2 ** -149, (x, by) => {
  f32[0] = x;
  i32[0] += by;
  return f32[0];
});

/** C's pow: unlike JavaScript's, 1^NaN and (−1)^±∞ are 1. */
function pow(x: number, y: number): number {
  if (x === 1 || (x === -1 && (y === Infinity || y === -Infinity))) return 1;
  return Math.pow(x, y);
}

/** π/2 · 2^1280, by Machin's formula: what the sum loses is below 2^-1270. */
function halfPiBits(): bigint {
  const arccot = (n: bigint): bigint => {
    let sum = 0n;
    let term = (1n << 1280n) / n;
    for (let k = 1n; term !== 0n; k += 2n, term /= -n * n) sum += term / k;
    return sum;
  };
  return 8n * arccot(5n) - 2n * arccot(239n);
}

let halfPi = 0n;

/** sin(x + quarters·π/2) for 2^16 ≤ |x| < ∞: x is reduced exactly, to r = x − q·π/2 with an error of 2^-246. */
function farSin(x: number, quarters: number): number {
  if (halfPi === 0n) halfPi = halfPiBits();
  const a = Math.abs(x);
  // The last bit of x is at least 2^-36.
  const bits = (a < 1e18 ? BigInt(a * 2 ** 36) : BigInt(a) << 36n) << 1244n;
  const q = (2n * bits + halfPi) / (2n * halfPi);
  const sign = Math.sign(x);
  const r = Number((bits - q * halfPi) >> 1140n) * 2 ** -140 * sign;
  const quadrant = quarters + sign * Number(q & 3n);
  const y = quadrant & 1 ? Math.cos(r) : Math.sin(r);
  return quadrant & 2 ? -y : y;
}

/**
 * `Math.sin` and so on, but for large x beside a zero (or a pole of tan): there hosts reduce x by π/2 to too few bits. That of
 * V8 since 14 and JavaScriptCore loses 3 bits of cos(5.3e255), the double nearest to a multiple of π/2. Elsewhere the error
 * of their reduction, some 2^-110, is none of the result's.
 */
function sin(x: number): number {
  const y = Math.sin(x);
  return Math.abs(x) < 1e5 || !(Math.abs(y) < 1e-6) ? y : farSin(x, 0);
}
function cos(x: number): number {
  const y = Math.cos(x);
  return Math.abs(x) < 1e5 || !(Math.abs(y) < 1e-6) ? y : farSin(x, 1);
}
function tan(x: number): number {
  const y = Math.tan(x);
  const a = Math.abs(y);
  return Math.abs(x) < 1e5 || !(a < 1e-6 || a > 1e6) ? y : farSin(x, 0) / farSin(x, 1);
}

/** Integer power by squaring; the caller wraps. Negative exponents give the truncated reciprocal, as XLA's does. */
function ipow(x: number, y: number): number {
  if (y < 0) return x === 1 ? 1 : x === -1 ? (y & 1 ? -1 : 1) : x === 0 ? -1 : 0;
  let out = 1;
  for (let base = x, n = y; n > 0; n = Math.floor(n / 2)) {
    if (n % 2 === 1) out = Math.imul(out, base);
    base = Math.imul(base, base);
  }
  return out;
}

function roundEven(x: number): number {
  const a = Math.abs(x);
  if (!(a < 4503599627370496)) return x;
  const r = a + 4503599627370496 - 4503599627370496;
  return x < 0 || Object.is(x, -0) ? -r : r;
}

function roundAway(x: number): number {
  const a = Math.abs(x);
  if (!(a < 4503599627370496)) return x;
  const floor = Math.floor(a);
  const r = a - floor >= 0.5 ? floor + 1 : floor;
  return x < 0 || Object.is(x, -0) ? -r : r;
}

function popcount(x: number): number {
  let v = x - ((x >>> 1) & 0x55555555);
  v = (v & 0x33333333) + ((v >>> 2) & 0x33333333);
  return Math.imul((v + (v >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

/** Upper 32 bits of the product. */
function mulhi(a: number, b: number): number {
  return Number(BigInt.asIntN(32, (BigInt(a) * BigInt(b)) >> 32n));
}

/** 2^x, exact for integers. */
function exp2(x: number): number {
  return Math.pow(2, x);
}

/** Conversion to an integer: towards zero, saturating, NaN to 0 (as WebAssembly's trunc_sat). */
function saturate(x: number, lo: number, hi: number): number {
  return x !== x ? 0 : x <= lo ? lo : x >= hi ? hi : Math.trunc(x) + 0;
}

function f32ToBits(x: number): number {
  f32[0] = x;
  return i32[0];
}
function bitsToF32(x: number): number {
  i32[0] = x;
  return f32[0];
}
function f64Low(x: number): number {
  f64[0] = x;
  return u32[lowWord];
}
function f64High(x: number): number {
  f64[0] = x;
  return u32[1 - lowWord];
}
function bitsToF64(low: number, high: number): number {
  u32[lowWord] = low;
  u32[1 - lowWord] = high;
  return f64[0];
}

/** Of 64-bit integers as BigInts; the caller wraps what may leave their range. */
type Wide = (x: bigint, y: bigint) => bigint;
type WideUnary = (x: bigint) => bigint;

const wideDiv: Wide = (x, y) => (y === 0n ? -1n : x / y);
const wideRem: Wide = (x, y) => (y === 0n ? x : x % y);
const wideMax: Wide = (x, y) => (x > y ? x : y);
const wideMin: Wide = (x, y) => (x < y ? x : y);
const wideMulhi: Wide = (x, y) => (x * y) >> 64n;
const wideShl: Wide = (x, y) => (y < 0n || y > 63n ? 0n : x << y);
const wideShrl: Wide = (x, y) => (y < 0n || y > 63n ? 0n : BigInt.asUintN(64, x) >> y);
const wideShra: Wide = (x, y) => BigInt.asIntN(64, x) >> (y < 0n || y > 63n ? 63n : y);
const wideSign: WideUnary = (x) => (x > 0n ? 1n : x < 0n ? -1n : 0n);
const wideAbs: WideUnary = (x) => (x < 0n ? -x : x);
const wideSame: WideUnary = (x) => x;

function widePow(x: bigint, y: bigint): bigint {
  if (y < 0n) return x === 1n ? 1n : x === -1n ? (y & 1n ? -1n : 1n) : x === 0n ? -1n : 0n;
  let out = 1n;
  for (let base = x, n = y; n > 0n; n >>= 1n) {
    if (n & 1n) out = BigInt.asIntN(64, out * base);
    base = BigInt.asIntN(64, base * base);
  }
  return out;
}

/** The upper and the lower word of a BigInt. */
const words = (x: bigint): [high: number, low: number] => {
  big[0] = BigInt.asIntN(64, x);
  return [u32[1 - lowWord], u32[lowWord]];
};

const widePopcount: WideUnary = (x) => {
  const [high, low] = words(x);
  return BigInt(popcount(high) + popcount(low));
};

const wideClz: WideUnary = (x) => {
  const [high, low] = words(x);
  return BigInt(high === 0 ? 32 + Math.clz32(low) : Math.clz32(high));
};

/** As `saturate`. */
const wideSaturate = (x: number, lo: bigint, hi: bigint): bigint =>
  x !== x ? 0n : x <= Number(lo) ? lo : x >= Number(hi) ? hi : BigInt(Math.trunc(x));

/** As a number, rounded to odd if it takes more than 53 bits: rounded once more to fewer, it is rounded right. */
function wideToOdd(x: bigint): number {
  const least = x & 0x7ffn;
  return Number(wideAbs(x) >> 53n === 0n || least === 0n ? x : (x - least) | 0x800n);
}

function f64ToWide(x: number): bigint {
  f64[0] = x;
  return big[0];
}
function wideToF64(x: bigint): number {
  big[0] = x;
  return f64[0];
}

/** By name, as generated code refers to them. */
export const runtime = {
  nextafter,
  nextafter32,
  nextafterF16: nextafterIn(decodeF16(1), (x, by) => decodeF16(encodeF16(x) + by)),
  nextafterBF16: nextafterIn(decodeBF16(1), (x, by) => decodeBF16(encodeBF16(x) + by)),
  isNan: (x: number): number => (x !== x ? 1 : 0),
  notFinite: (x: number): number => (x - x === 0 ? 0 : 1),
  sin,
  cos,
  tan,
  pow,
  ipow,
  roundEven,
  roundAway,
  popcount,
  mulhi,
  exp2,
  saturate,
  f32ToBits,
  bitsToF32,
  f64Low,
  f64High,
  bitsToF64,
  encodeF16,
  decodeF16,
  roundF16,
  encodeBF16,
  decodeBF16,
  roundBF16,
  wideDiv,
  wideRem,
  wideMax,
  wideMin,
  widePow,
  wideMulhi,
  wideShl,
  wideShrl,
  wideShra,
  wideSign,
  wideAbs,
  wideSame,
  widePopcount,
  wideClz,
  wideSaturate,
  wideToOdd,
  f64ToWide,
  wideToF64,
} as const;

export type RuntimeName = keyof typeof runtime;
