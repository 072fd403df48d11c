/**
 * @file Real numbers m·2^e with a mantissa of about 200 bits: the arithmetic under the reference functions of
 * big-math.ts. Every operation truncates to `PRECISION` bits, so a result is good to about 190 bits.
 */

export interface Big {
  readonly m: bigint;
  readonly e: number;
}

export const PRECISION = 200;

const absInt = (m: bigint): bigint => (m < 0n ? -m : m);

/** Number of bits of |m|. */
export function bitLength(m: bigint): number {
  const hex = absInt(m).toString(16);
  return m === 0n ? 0 : hex.length * 4 - Math.clz32(parseInt(hex[0], 16)) + 28;
}

function make(m: bigint, e: number): Big {
  const excess = bitLength(m) - PRECISION;
  return excess > 0 ? { m: m >> BigInt(excess), e: e + excess } : { m, e };
}

const f64 = new Float64Array(1);
const u64 = new BigUint64Array(f64.buffer);

/** The exact value of a finite number. */
export function big(x: number): Big {
  f64[0] = Math.abs(x);
  const exponent = Number(u64[0] >> 52n);
  const fraction = u64[0] & 0xfffffffffffffn;
  const m = exponent === 0 ? fraction : fraction | 0x10000000000000n;
  return { m: x < 0 ? -m : m, e: Math.max(exponent, 1) - 1075 };
}

export const ZERO: Big = { m: 0n, e: 0 };
export const ONE: Big = { m: 1n, e: 0 };

export const neg = (a: Big): Big => ({ m: -a.m, e: a.e });
export const abs = (a: Big): Big => ({ m: absInt(a.m), e: a.e });
export const scale = (a: Big, k: number): Big => ({ m: a.m, e: a.e + k });
export const signOf = (a: Big): number => (a.m > 0n ? 1 : a.m < 0n ? -1 : 0);

/** floor(log2 |a|), −∞ for zero. */
export const exponentOf = (a: Big): number => (a.m === 0n ? -Infinity : bitLength(a.m) - 1 + a.e);

export function add(a: Big, b: Big): Big {
  if (a.m === 0n) return b;
  if (b.m === 0n) return a;
  const [hi, lo] = a.e >= b.e ? [a, b] : [b, a];
  // A term too small to matter would only make the other's mantissa long.
  if (hi.e - lo.e > 4 * PRECISION && exponentOf(hi) - exponentOf(lo) > 2 * PRECISION) return hi;
  return make((hi.m << BigInt(hi.e - lo.e)) + lo.m, lo.e);
}

export const sub = (a: Big, b: Big): Big => add(a, neg(b));
export const mul = (a: Big, b: Big): Big => make(a.m * b.m, a.e + b.e);

export function div(a: Big, b: Big): Big {
  const shift = Math.max(0, PRECISION + 8 + bitLength(b.m) - bitLength(a.m));
  return make((a.m << BigInt(shift)) / b.m, a.e - b.e - shift);
}

/** floor of the root of degree 2 or 3, by Newton's iteration from above. */
function integerRoot(n: bigint, degree: 2 | 3): bigint {
  if (n === 0n) return 0n;
  let x = 1n << BigInt(Math.ceil(bitLength(n) / degree));
  for (;;) {
    const next = degree === 2 ? (x + n / x) >> 1n : (2n * x + n / (x * x)) / 3n;
    if (next >= x) return x;
    x = next;
  }
}

/** Square or cube root of a number ≥ 0. */
export function root(a: Big, degree: 2 | 3): Big {
  if (a.m === 0n) return a;
  let shift = Math.max(0, degree * PRECISION + 16 - bitLength(a.m));
  while ((a.e - shift) % degree !== 0) shift++;
  return make(integerRoot(a.m << BigInt(shift), degree), (a.e - shift) / degree);
}

export const sqrt = (a: Big): Big => root(a, 2);

/** Integer part of a·2^bits. */
export function toFixed(a: Big, bits: number): bigint {
  const shift = a.e + bits;
  return shift >= 0 ? a.m << BigInt(shift) : a.m >> BigInt(-shift);
}

export const fromFixed = (m: bigint, bits: number): Big => make(m, -bits);

export interface FloatFormat {
  readonly precision: number;
  readonly minExponent: number;
  readonly maxExponent: number;
}

export const formats: Readonly<Record<32 | 64, FloatFormat>> = {
  32: { precision: 24, minExponent: -126, maxExponent: 127 },
  64: { precision: 53, minExponent: -1022, maxExponent: 1023 },
};

/** Exponent of the unit in the last place of a number of this format near `a`. */
export const ulpExponent = (a: Big, format: FloatFormat): number =>
  Math.max(exponentOf(a), format.minExponent) - format.precision + 1;

/** The nearest number of the format, ties to even. */
export function round(a: Big, bits: 32 | 64 = 64): number {
  if (a.m === 0n) return 0;
  const format = formats[bits];
  const shift = ulpExponent(a, format) - a.e;
  const m = absInt(a.m);
  let q = shift > 0 ? m >> BigInt(shift) : m << BigInt(-shift);
  if (shift > 0) {
    const rest = m - (q << BigInt(shift));
    const half = 1n << BigInt(shift - 1);
    if (rest > half || (rest === half && (q & 1n) === 1n)) q += 1n;
  }
  const exponent = shift + a.e;
  const value =
    bitLength(q) - 1 + exponent > format.maxExponent ? Infinity : scaleNumber(Number(q), exponent);
  return a.m < 0n ? -value : value;
}

/** x·2^k without intermediate overflow or rounding, for a representable result. */
function scaleNumber(x: number, k: number): number {
  const half = Math.trunc(k / 2);
  return Math.abs(k) > 900 ? x * 2 ** half * 2 ** (k - half) : x * 2 ** k;
}

/** |got − exact| in units of the last place of the format. */
export function ulpError(got: number, exact: Big, bits: 32 | 64): number {
  const nearest = round(exact, bits);
  if (Object.is(got, nearest) && !Number.isFinite(got)) return 0;
  if (Number.isNaN(got)) return Infinity;
  const limit = formats[bits].maxExponent + 1;
  const value = Number.isFinite(got) ? big(got) : scale(big(Math.sign(got)), limit);
  const unit = ulpExponent(exponentOf(exact) >= limit ? scale(ONE, limit - 1) : exact, formats[bits]);
  const difference = abs(sub(value, exact));
  return difference.m === 0n ? 0 : round(scale(difference, -unit));
}
