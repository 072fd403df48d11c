/** @file Rows of the element-wise primitives of arithmetic, comparison, bits, rounding and elementary functions. */
import * as lax from "../../src/lax/index.ts";
import { gcd } from "../../src/lax/elementwise/gcd.ts";
import { logaddexp, logaddexp2 } from "../../src/lax/elementwise/logaddexp.ts";
import { log10, log2 } from "../../src/lax/elementwise/log-base.ts";
import { copysign, signbit } from "../../src/lax/elementwise/sign-bits.ts";
import { sinc } from "../../src/lax/elementwise/sinc.ts";
import { type Operand, distinct, nonzero, offGrid, real } from "./row.ts";
import { type IntType, type ScalarRow, bool, int32 } from "./scalar-row.ts";

type Domain = (shape: readonly number[]) => Operand;
const within =
  (lo: number, hi: number): Domain =>
  (shape) =>
    real(shape, lo, hi);
const any = within(-2, 2);
const away: Domain = (shape) => nonzero(shape);

/** A function of one float operand. */
const unary = (
  primitive: string,
  call: ScalarRow["call"],
  float: (x: number) => number,
  domain: Domain = any,
  more: Partial<ScalarRow> = {},
): ScalarRow => ({ primitive, call, float, domains: [domain], ...more });

const flatRow = { diff: [], order: 0 } as const;

export const roundHalfEven = (x: number): number => {
  const r = Math.round(x);
  const even = Math.abs(x % 1) === 0.5 ? 2 * Math.round(x / 2) : r;
  return even === 0 ? (x < 0 || Object.is(x, -0) ? -0 : 0) : even;
};
const roundHalfAway = (x: number): number =>
  (x < 0 || Object.is(x, -0) ? -1 : 1) * Math.floor(Math.abs(x) + 0.5);

export const unaryRows: readonly ScalarRow[] = [
  unary("neg", lax.neg, (x) => -x, any, { int: ([x]) => -x, linear: [[0]] }),
  unary("sign", lax.sign, Math.sign, away, { int: ([x]) => (x > 0n ? 1n : x < 0n ? -1n : 0n), ...flatRow }),
  unary("abs", lax.abs, Math.abs, away, { int: ([x]) => (x < 0n ? -x : x) }),
  unary("floor", lax.floor, Math.floor, offGrid, flatRow),
  unary("ceil", lax.ceil, Math.ceil, offGrid, flatRow),
  unary(
    "round",
    (x) => lax.round(x),
    (x) => (Math.abs(x) < 2 ** 52 ? roundHalfAway(x) : x),
    offGrid,
    {
      ...flatRow,
      variant: "away from zero",
    },
  ),
  unary(
    "reduce_precision",
    (x) => lax.reducePrecision(x, 4, 3),
    (x) => {
      if (!Number.isFinite(x)) return x;
      if (Math.abs(x) < 2 ** -8) return 0 * x;
      const step = 2 ** (Math.floor(Math.log2(Math.abs(x))) - 3);
      const y = roundHalfEven(x / step) * step;
      return Math.abs(y) < 2 ** -6 ? 0 * y : Math.abs(y) < 2 ** 8 ? y : y * Infinity;
    },
    away,
    flatRow,
  ),
  unary("is_finite", lax.isFinite, (x) => Number(Number.isFinite(x)), any, { ...flatRow, result: "bool" }),
  unary("exp", lax.exp, Math.exp),
  unary("exp2", lax.exp2, (x) => 2 ** x),
  unary("expm1", lax.expm1, Math.expm1),
  unary("log", lax.log, Math.log, within(0.3, 3)),
  unary("log2", log2, Math.log2, within(0.3, 3), { ulps: 2 }),
  unary("log10", log10, Math.log10, within(0.3, 3), { ulps: 2 }),
  unary("log1p", lax.log1p, Math.log1p, within(-0.5, 2)),
  unary("logistic", lax.logistic, (x) => 1 / (1 + Math.exp(-x)), any, { ulps: 4 }),
  unary("sin", lax.sin, Math.sin),
  unary("cos", lax.cos, Math.cos),
  unary("tan", lax.tan, Math.tan, within(-1, 1)),
  unary("asin", lax.asin, Math.asin, within(-0.8, 0.8)),
  unary("acos", lax.acos, Math.acos, within(-0.8, 0.8)),
  unary("atan", lax.atan, Math.atan),
  unary("sinh", lax.sinh, Math.sinh),
  unary("cosh", lax.cosh, Math.cosh),
  unary("tanh", lax.tanh, Math.tanh),
  unary("asinh", lax.asinh, Math.asinh),
  unary("acosh", lax.acosh, Math.acosh, within(1.5, 3)),
  unary("atanh", lax.atanh, Math.atanh, within(-0.8, 0.8)),
  unary("sqrt", lax.sqrt, Math.sqrt, within(0.3, 3)),
  unary("rsqrt", lax.rsqrt, (x) => 1 / Math.sqrt(x), within(0.3, 3), { ulps: 2 }),
  unary("cbrt", lax.cbrt, Math.cbrt, away),
  unary("square", lax.square, (x) => x * x, any, { int: ([x]) => x * x }),
  unary("signbit", signbit, (x) => Number(x < 0 || Object.is(x, -0)), away, { ...flatRow, result: "bool" }),
  unary("not", lax.bitwiseNot, Number, int32(), {
    ...flatRow,
    float: undefined,
    int: ([x]) => ~x,
    bool: (x) => 1 - x,
  }),
  unary("population_count", lax.populationCount, Number, int32(), {
    ...flatRow,
    float: undefined,
    int: ([x], t) => BigInt(BigInt.asUintN(t.bits, x).toString(2).replaceAll("0", "").length),
  }),
  unary("clz", lax.clz, Number, int32(), {
    ...flatRow,
    float: undefined,
    int: ([x], t) => BigInt(x === 0n ? t.bits : t.bits - BigInt.asUintN(t.bits, x).toString(2).length),
  }),
  unary(
    "sinc",
    (x) => sinc(x),
    (x) => (x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x)),
    any,
    {
      variant: "k = 0",
      tol: 1e-13,
    },
  ),
];

/** Further rows of primitives with parameters. */
export const variantRows: readonly ScalarRow[] = [
  unary(
    "round",
    (x) => lax.round(x, 1),
    (x) => (Math.abs(x) < 2 ** 52 ? roundHalfEven(x) : x),
    offGrid,
    {
      ...flatRow,
      variant: "to even",
    },
  ),
  unary(
    "sinc",
    (x) => sinc(x, 1),
    (x) => (Math.cos(Math.PI * x) - Math.sin(Math.PI * x) / (Math.PI * x)) / x,
    away,
    {
      variant: "k = 1",
      tol: 1e-12,
    },
  ),
  ...[0, 1, 2, 3, 4, 5, 7, -1, -2, -3].map((y) =>
    unary(
      "integer_pow",
      (x) => lax.integerPow(x, y),
      (x) => x ** y,
      away,
      {
        variant: `y = ${y}`,
        ulps: y < 0 ? 20 : 6,
        ...(y >= 0 ? { int: ([x]: readonly bigint[]) => x ** BigInt(y) } : {}),
      },
    ),
  ),
];

const unsigned = (x: bigint, t: IntType): bigint => BigInt.asUintN(t.bits, x);
const shiftOf = (y: bigint, t: IntType): bigint =>
  unsigned(y, t) > BigInt(t.bits) ? BigInt(t.bits) : unsigned(y, t);
const quotient = (x: bigint, y: bigint): bigint => (y === 0n ? -1n : x / y);

/** xʸ modulo 2^bits; for negative y the truncated reciprocal. */
function power(x: bigint, y: bigint, t: IntType): bigint {
  if (y < 0n) return x === 1n ? 1n : x === -1n ? (y % 2n === 0n ? 1n : -1n) : x === 0n ? -1n : 0n;
  let out = 1n;
  for (let base = x, n = y; n > 0n; n >>= 1n) {
    if (n & 1n) out = BigInt.asIntN(t.bits, out * base);
    base = BigInt.asIntN(t.bits, base * base);
  }
  return out;
}

const binary = (primitive: string, call: ScalarRow["call"], more: Partial<ScalarRow>): ScalarRow => ({
  primitive,
  call,
  domains: [any, any],
  ...more,
});

const bits = (
  primitive: string,
  call: ScalarRow["call"],
  int: ScalarRow["int"],
  more: Partial<ScalarRow> = {},
): ScalarRow => binary(primitive, call, { domains: [int32(), int32()], int, ...flatRow, ...more });

const comparison = (
  primitive: "eq" | "ne" | "lt" | "le" | "gt" | "ge",
  compare: (x: number | bigint, y: number | bigint) => boolean,
): ScalarRow =>
  binary(primitive, lax[primitive], {
    float: (x, y) => Number(compare(x, y)),
    int: ([x, y]) => compare(x, y),
    bool: (x, y) => Number(compare(x, y)),
    result: "bool",
    domains: [distinct, distinct],
    ...flatRow,
  });

export const binaryRows: readonly ScalarRow[] = [
  binary("add", lax.add, { float: (x, y) => x + y, int: ([x, y]) => x + y, linear: [[0, 1]] }),
  binary("sub", lax.sub, { float: (x, y) => x - y, int: ([x, y]) => x - y, linear: [[0, 1]] }),
  binary("mul", lax.mul, { float: (x, y) => x * y, int: ([x, y]) => x * y, linear: [[0], [1]] }),
  binary("div", lax.div, {
    float: (x, y) => x / y,
    int: ([x, y]) => quotient(x, y),
    domains: [any, away],
    linear: [[0]],
  }),
  binary("rem", lax.rem, {
    float: (x, y) => x % y,
    int: ([x, y]) => (y === 0n ? x : x % y),
    // x/y stays between two whole numbers.
    domains: [within(4.2, 4.8), within(1.7, 2)],
  }),
  binary("max", lax.max, {
    float: (x, y) => Math.max(x, y),
    int: ([x, y]) => (x > y ? x : y),
    bool: (x, y) => Math.max(x, y),
    domains: [within(0, 1), within(-1.2, -0.2)],
  }),
  binary("min", lax.min, {
    float: (x, y) => Math.min(x, y),
    int: ([x, y]) => (x < y ? x : y),
    bool: (x, y) => Math.min(x, y),
    domains: [within(0, 1), within(-1.2, -0.2)],
  }),
  binary("pow", lax.pow, {
    float: (x, y) => (x === 1 || (x === -1 && Math.abs(y) === Infinity) ? 1 : x ** y),
    int: ([x, y], t) => power(x, y, t),
    domains: [within(0.3, 2), any],
  }),
  binary("atan2", lax.atan2, { float: Math.atan2, domains: [away, away] }),
  binary("nextafter", lax.nextafter, { accepts: ["float16", "bfloat16", "float32", "float64"], ...flatRow }),
  bits("mulhi", lax.mulhi, ([x, y], t) => (x * y) >> BigInt(t.bits)),
  bits("and", lax.bitwiseAnd, ([x, y]) => x & y, { bool: (x, y) => x & y }),
  bits("or", lax.bitwiseOr, ([x, y]) => x | y, { bool: (x, y) => x | y }),
  bits("xor", lax.bitwiseXor, ([x, y]) => x ^ y, { bool: (x, y) => x ^ y }),
  bits("shift_left", lax.shiftLeft, ([x, y], t) => x << shiftOf(y, t)),
  bits("shift_right_logical", lax.shiftRightLogical, ([x, y], t) => unsigned(x, t) >> shiftOf(y, t)),
  bits(
    "shift_right_arithmetic",
    lax.shiftRightArithmetic,
    ([x, y], t) => BigInt.asIntN(t.bits, x) >> shiftOf(y, t),
  ),
  bits("gcd", gcd, ([x, y]) => {
    let [a, b] = [x, y];
    while (b !== 0n) [a, b] = [b, a % b];
    return a < 0n ? -a : a;
  }),
  comparison("eq", (x, y) => x === y),
  comparison("ne", (x, y) => x !== y),
  comparison("lt", (x, y) => x < y),
  comparison("le", (x, y) => x <= y),
  comparison("gt", (x, y) => x > y),
  comparison("ge", (x, y) => x >= y),
  binary("copysign", copysign, {
    float: (x, y) => (y < 0 || Object.is(y, -0) ? -Math.abs(x) : Math.abs(x)),
    domains: [away, away],
    diff: [0],
  }),
  binary("logaddexp", logaddexp, { float: logAdd(Math.E), ulps: 8, tol: 1e-12 }),
  binary("logaddexp2", logaddexp2, { float: logAdd(2), ulps: 8, tol: 1e-12 }),
];

/** log of the sum of two powers of a base; the larger one taken out. */
function logAdd(base: number): (x: number, y: number) => number {
  const scale = base === 2 ? Math.LN2 : 1;
  return (x, y) => {
    if (x === y && !Number.isFinite(x)) return x;
    const [hi, lo] = [Math.max(x, y), Math.min(x, y)];
    return hi + Math.log1p(Math.exp((lo - hi) * scale)) / scale;
  };
}

const clampTo = (lo: number, x: number, hi: number): number => Math.min(Math.max(x, lo), hi);

export const ternaryRows: readonly ScalarRow[] = [
  {
    primitive: "clamp",
    call: lax.clamp,
    domains: [within(-1, -0.7), offGrid, within(0.7, 0.95)],
    float: clampTo,
    int: ([lo, x, hi]) => {
      const low = x < lo ? lo : x;
      return low > hi ? hi : low;
    },
    bool: clampTo,
  },
  {
    primitive: "select_n",
    variant: "bool",
    call: (which, x, y) => lax.selectN(which, x, y),
    domains: [bool, any, any],
    float: (c, x, y) => (c === 0 ? x : y),
    linear: [[1, 2]],
    accepts: [],
  },
];
