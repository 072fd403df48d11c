/**
 * @file The functions of runtime.ts and of dtypes/float16.ts as text, for modules that stand alone. (A function's own text
 * will not do: bundlers rename what it refers to.)
 *
 * Each text is an expression that may call others of this table as `$.name`, and the few cells and helpers of `parts` by
 * name. A test compares every one with the function of its name.
 */
import type { RuntimeName } from "../runtime.ts";

/** What several functions need, and what that needs: printed in this order. */
const parts = {
  cells: `const $bytes = new ArrayBuffer(8);
const $f64 = new Float64Array($bytes);
const $f32 = new Float32Array($bytes);
const $i32 = new Int32Array($bytes);
const $u32 = new Uint32Array($bytes);
const $big = new BigInt64Array($bytes);
const $low = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1 ? 0 : 1;`,
  half: `const $evenly = (x) => x + 4503599627370496 - 4503599627370496;
const $encode = (x, mantissa, least, bias, infinity, nan) => {
  $f64[0] = x;
  const sign = $u32[1 - $low] >>> 31 === 1 ? 0x8000 : 0;
  if (x !== x) return sign | nan;
  const a = Math.abs(x);
  if (a === Infinity) return sign | infinity;
  const exponent = Math.max((($u32[1 - $low] >>> 20) & 0x7ff) - 1023, least);
  if (exponent > bias) return sign | infinity;
  const bits = $evenly(a * 2 ** (mantissa - exponent)) + (exponent - least) * 2 ** mantissa;
  return sign | Math.min(bits, infinity);
};
const $decode = (bits, mantissa, least, bias, infinity) => {
  const sign = bits & 0x8000 ? -1 : 1;
  const magnitude = bits & 0x7fff;
  if (magnitude > infinity) {
    $f64[0] = NaN;
    if (sign < 0) $u32[1 - $low] = 0xfff80000;
    return $f64[0];
  }
  if (magnitude === infinity) return sign * Infinity;
  const field = magnitude >>> mantissa;
  const fraction = magnitude & (2 ** mantissa - 1);
  if (field === 0) return sign * fraction * 2 ** (least - mantissa);
  return sign * (fraction + 2 ** mantissa) * 2 ** (field - bias - mantissa);
};`,
  next: `const $next = (smallest, step) => (x, y) => {
  if (x !== x || y !== y) return NaN;
  if (x === y) return y;
  if (x === 0) return y > 0 ? smallest : -smallest;
  return step(x, y > x === x > 0 ? 1 : -1);
};`,
  far: `let $halfPi = 0n;
const $arccot = (n) => {
  let sum = 0n;
  let term = (1n << 1280n) / n;
  for (let k = 1n; term !== 0n; k += 2n, term /= -n * n) sum += term / k;
  return sum;
};
const $farSin = (x, quarters) => {
  if ($halfPi === 0n) $halfPi = 8n * $arccot(5n) - 2n * $arccot(239n);
  const a = Math.abs(x);
  const bits = (a < 1e18 ? BigInt(a * 2 ** 36) : BigInt(a) << 36n) << 1244n;
  const q = (2n * bits + $halfPi) / (2n * $halfPi);
  const sign = Math.sign(x);
  const r = Number((bits - q * $halfPi) >> 1140n) * 2 ** -140 * sign;
  const quadrant = quarters + sign * Number(q & 3n);
  const y = quadrant & 1 ? Math.cos(r) : Math.sin(r);
  return quadrant & 2 ? -y : y;
};`,
} as const;

const trigonometric = (name: "sin" | "cos" | "tan", far: string): string => `(x) => {
    const y = Math.${name}(x);
    if (Math.abs(x) < 1e5) return y;
    const a = Math.abs(y);
    return ${name === "tan" ? "a < 1e-6 || a > 1e6" : "a < 1e-6"} ? ${far} : y;
  }`;

const rounding = (name: string): string => `(x) => {
    const a = Math.abs(x);
    if (!(a < 4503599627370496)) return x;
    ${name}
    return x < 0 || Object.is(x, -0) ? -r : r;
  }`;

/** The functions by name. */
const texts: Readonly<Record<RuntimeName, string>> = {
  nextafter: `$next(5e-324, (x, by) => {
    $f64[0] = x;
    $big[0] += BigInt(by);
    return $f64[0];
  })`,
  nextafter32: `$next(2 ** -149, (x, by) => {
    $f32[0] = x;
    $i32[0] += by;
    return $f32[0];
  })`,
  nextafterF16: `$next(2 ** -24, (x, by) => $.decodeF16($.encodeF16(x) + by))`,
  nextafterBF16: `$next(2 ** -133, (x, by) => $.decodeBF16($.encodeBF16(x) + by))`,
  isNan: `(x) => (x !== x ? 1 : 0)`,
  notFinite: `(x) => (x - x === 0 ? 0 : 1)`,
  sin: trigonometric("sin", "$farSin(x, 0)"),
  cos: trigonometric("cos", "$farSin(x, 1)"),
  tan: trigonometric("tan", "$farSin(x, 0) / $farSin(x, 1)"),
  pow: `(x, y) =>
    x === 1 || (x === -1 && (y === Infinity || y === -Infinity)) ? 1 : Math.pow(x, y)`,
  ipow: `(x, y) => {
    if (y < 0) return x === 1 ? 1 : x === -1 ? (y & 1 ? -1 : 1) : x === 0 ? -1 : 0;
    let out = 1;
    for (let base = x, n = y; n > 0; n = Math.floor(n / 2)) {
      if (n % 2 === 1) out = Math.imul(out, base);
      base = Math.imul(base, base);
    }
    return out;
  }`,
  roundEven: rounding("const r = a + 4503599627370496 - 4503599627370496;"),
  roundAway: rounding("const floor = Math.floor(a), r = a - floor >= 0.5 ? floor + 1 : floor;"),
  popcount: `(x) => {
    let v = x - ((x >>> 1) & 0x55555555);
    v = (v & 0x33333333) + ((v >>> 2) & 0x33333333);
    return Math.imul((v + (v >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
  }`,
  mulhi: `(a, b) => Number(BigInt.asIntN(32, (BigInt(a) * BigInt(b)) >> 32n))`,
  exp2: `(x) => Math.pow(2, x)`,
  saturate: `(x, lo, hi) => (x !== x ? 0 : x <= lo ? lo : x >= hi ? hi : Math.trunc(x) + 0)`,
  f32ToBits: `(x) => (($f32[0] = x), $i32[0])`,
  bitsToF32: `(x) => (($i32[0] = x), $f32[0])`,
  f64Low: `(x) => (($f64[0] = x), $u32[$low])`,
  f64High: `(x) => (($f64[0] = x), $u32[1 - $low])`,
  bitsToF64: `(low, high) => (($u32[$low] = low), ($u32[1 - $low] = high), $f64[0])`,
  encodeF16: `(x) => $encode(x, 10, -14, 15, 0x7c00, 0x7e00)`,
  decodeF16: `(bits) => $decode(bits, 10, -14, 15, 0x7c00)`,
  roundF16: `(x) => $.decodeF16($.encodeF16(x))`,
  encodeBF16: `(x) => $encode(x, 7, -126, 127, 0x7f80, 0x7fc0)`,
  decodeBF16: `(bits) => $decode(bits, 7, -126, 127, 0x7f80)`,
  roundBF16: `(x) => $.decodeBF16($.encodeBF16(x))`,
  wideDiv: `(x, y) => (y === 0n ? -1n : x / y)`,
  wideRem: `(x, y) => (y === 0n ? x : x % y)`,
  wideMax: `(x, y) => (x > y ? x : y)`,
  wideMin: `(x, y) => (x < y ? x : y)`,
  widePow: `(x, y) => {
    if (y < 0n) return x === 1n ? 1n : x === -1n ? (y & 1n ? -1n : 1n) : x === 0n ? -1n : 0n;
    let out = 1n;
    for (let base = x, n = y; n > 0n; n >>= 1n) {
      if (n & 1n) out = BigInt.asIntN(64, out * base);
      base = BigInt.asIntN(64, base * base);
    }
    return out;
  }`,
  wideMulhi: `(x, y) => (x * y) >> 64n`,
  wideShl: `(x, y) => (y < 0n || y > 63n ? 0n : x << y)`,
  wideShrl: `(x, y) => (y < 0n || y > 63n ? 0n : BigInt.asUintN(64, x) >> y)`,
  wideShra: `(x, y) => BigInt.asIntN(64, x) >> (y < 0n || y > 63n ? 63n : y)`,
  wideSign: `(x) => (x > 0n ? 1n : x < 0n ? -1n : 0n)`,
  wideAbs: `(x) => (x < 0n ? -x : x)`,
  wideSame: `(x) => x`,
  widePopcount: `(x) => {
    $big[0] = BigInt.asIntN(64, x);
    return BigInt($.popcount($u32[0]) + $.popcount($u32[1]));
  }`,
  wideClz: `(x) => {
    $big[0] = BigInt.asIntN(64, x);
    const high = $u32[1 - $low];
    return BigInt(high === 0 ? 32 + Math.clz32($u32[$low]) : Math.clz32(high));
  }`,
  wideSaturate: `(x, lo, hi) =>
    x !== x ? 0n : x <= Number(lo) ? lo : x >= Number(hi) ? hi : BigInt(Math.trunc(x))`,
  wideToOdd: `(x) => {
    const least = x & 0x7ffn;
    return Number((x < 0n ? -x : x) >> 53n === 0n || least === 0n ? x : (x - least) | 0x800n);
  }`,
  f64ToWide: `(x) => (($f64[0] = x), $big[0])`,
  wideToF64: `(x) => (($big[0] = x), $f64[0])`,
};

const isRuntimeName = (name: string): name is RuntimeName => Object.hasOwn(texts, name);

/** The functions of the runtime that a text calls. */
const calledIn = (text: string): RuntimeName[] =>
  [...text.matchAll(/\$\.(\w+)/g)].map((match) => match[1]).filter(isRuntimeName);

/** Declares as `$` what a text calls of the runtime, and what that calls: nothing if it calls nothing. */
export function runtimeText(text: string): string {
  const used = new Set<RuntimeName>(calledIn(text));
  for (const name of used) for (const other of calledIn(texts[name])) used.add(other);
  if (used.size === 0) return "";
  const entries = [...used].map((name) => `  ${name}: ${texts[name]},`);
  const object = ["const $ = {", ...entries, "};"].join("\n");
  const half = /\$(?:en|de)code\(/.test(object);
  const wanted = [
    half || /\$(?:bytes|f64|f32|i32|u32|big|low)\b/.test(object) ? parts.cells : "",
    half ? parts.half : "",
    object.includes("$next(") ? parts.next : "",
    object.includes("$farSin(") ? parts.far : "",
    object,
  ];
  return wanted.filter((part) => part !== "").join("\n");
}
