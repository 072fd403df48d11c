/**
 * @file The scalar operations of the loop IR: what each computes (`run`, for the interpreter and constant folding) and
 * how JavaScript spells it (`js`). Results are wrapped to their dtype by the caller.
 *
 * Operands are JavaScript numbers that their dtype represents exactly; booleans are 0 and 1.
 */
import { type DType, bitWidth, isBool, isFloat, isInteger, isSigned } from "../../dtypes/dtype.ts";
import { type RuntimeName, runtime } from "../emit/runtime.ts";

export interface ScalarOp {
  readonly arity: 1 | 2 | 3;
  /** Result dtype, where it is not that of the operands. */
  readonly result?: DType;
  /** Exact in the result dtype already: no rounding or wrapping is needed. */
  readonly exact?: boolean;
  /** The JavaScript text names an operand more than once: operands should be names. */
  readonly repeats?: boolean;
  run(args: readonly number[], dtype: DType): number;
  /** `dtype` is that of the operands. Runtime functions are spelt `$.name(…)`. */
  js(args: readonly string[], dtype: DType): string;
}

const infix = (text: string, run: (a: number, b: number) => number): ScalarOp => ({
  arity: 2,
  run: ([a, b]) => run(a, b),
  js: ([a, b]) => `${a} ${text} ${b}`,
});

const compare = (text: string, run: (a: number, b: number) => boolean): ScalarOp => ({
  arity: 2,
  result: "bool",
  exact: true,
  run: ([a, b]) => (run(a, b) ? 1 : 0),
  js: ([a, b]) => `${a} ${text} ${b}`,
});

type MathName =
  | "abs"
  | "acos"
  | "acosh"
  | "asin"
  | "asinh"
  | "atan"
  | "atanh"
  | "cbrt"
  | "ceil"
  | "clz32"
  | "cos"
  | "cosh"
  | "exp"
  | "expm1"
  | "floor"
  | "log"
  | "log1p"
  | "sign"
  | "sin"
  | "sinh"
  | "sqrt"
  | "tan"
  | "tanh"
  | "trunc";

const math = (name: MathName, exact = false): ScalarOp => ({
  arity: 1,
  exact,
  run: ([a]) => Math[name](a),
  js: ([a]) => `Math.${name}(${a})`,
});

type RuntimeFn = (...args: number[]) => number;

const call = (arity: 1 | 2, pick: (dtype: DType) => RuntimeName, extra?: Partial<ScalarOp>): ScalarOp => ({
  arity,
  run: (args, dtype) => {
    const f: RuntimeFn = runtime[pick(dtype)];
    return f(...args);
  },
  js: (args, dtype) => `$.${pick(dtype)}(${args.join(", ")})`,
  ...extra,
});

const bitwise = (text: string, run: (a: number, b: number) => number): ScalarOp => infix(text, run);

const unsigned = (x: string, dtype: DType): string => {
  const bits = bitWidth(dtype);
  return bits === 32 ? `(${x} >>> 0)` : `(${x} & ${2 ** bits - 1})`;
};
const toUnsigned = (x: number, dtype: DType): number =>
  bitWidth(dtype) === 32 ? x >>> 0 : x & (2 ** bitWidth(dtype) - 1);

const fill = (dtype: DType): number => (isSigned(dtype) ? -1 : 2 ** bitWidth(dtype) - 1);

const nextafterName = (d: DType): RuntimeName =>
  d === "float64"
    ? "nextafter"
    : d === "float32"
      ? "nextafter32"
      : d === "float16"
        ? "nextafterF16"
        : "nextafterBF16";

/** Every scalar operation by name. */
export const scalarOps = {
  add: infix("+", (a, b) => a + b),
  sub: infix("-", (a, b) => a - b),
  mul: {
    arity: 2,
    run: ([a, b], d) => (isInteger(d) ? Math.imul(a, b) : a * b),
    js: ([a, b], d) => (isInteger(d) ? `Math.imul(${a}, ${b})` : `${a} * ${b}`),
  },
  // Integer division by zero gives all ones and the remainder is the dividend, as in XLA.
  div: {
    arity: 2,
    repeats: true,
    run: ([a, b], d) => (isFloat(d) ? a / b : b === 0 ? fill(d) : Math.trunc(a / b)),
    js: ([a, b], d) => (isFloat(d) ? `${a} / ${b}` : `(${b} === 0 ? ${fill(d)} : Math.trunc(${a} / ${b}))`),
  },
  rem: {
    arity: 2,
    repeats: true,
    run: ([a, b], d) => (isFloat(d) || b !== 0 ? a % b : a),
    js: ([a, b], d) => (isFloat(d) ? `${a} % ${b}` : `(${b} === 0 ? ${a} : ${a} % ${b})`),
  },
  max: { arity: 2, exact: true, run: ([a, b]) => Math.max(a, b), js: ([a, b]) => `Math.max(${a}, ${b})` },
  min: { arity: 2, exact: true, run: ([a, b]) => Math.min(a, b), js: ([a, b]) => `Math.min(${a}, ${b})` },
  pow: call(2, (d) => (isInteger(d) ? "ipow" : "pow")),
  atan2: { arity: 2, run: ([a, b]) => Math.atan2(a, b), js: ([a, b]) => `Math.atan2(${a}, ${b})` },
  nextafter: call(2, nextafterName, { exact: true }),
  mulhi: {
    arity: 2,
    run: ([a, b], d) => (bitWidth(d) === 32 ? runtime.mulhi(a, b) : (a * b) >> bitWidth(d)),
    js: ([a, b], d) => (bitWidth(d) === 32 ? `$.mulhi(${a}, ${b})` : `(${a} * ${b}) >> ${bitWidth(d)}`),
  },
  and: bitwise("&", (a, b) => a & b),
  or: bitwise("|", (a, b) => a | b),
  xor: bitwise("^", (a, b) => a ^ b),
  not: {
    arity: 1,
    run: ([a], d) => (isBool(d) ? 1 - a : ~a),
    js: ([a], d) => (isBool(d) ? `1 - ${a}` : `~${a}`),
  },
  // Shifts by the width or more give what shifting bit by bit would.
  shl: {
    arity: 2,
    repeats: true,
    run: ([a, b], d) => (toUnsigned(b, d) >= bitWidth(d) ? 0 : a << b),
    js: ([a, b], d) => `(${unsigned(b, d)} >= ${bitWidth(d)} ? 0 : ${a} << ${b})`,
  },
  shrl: {
    arity: 2,
    repeats: true,
    run: ([a, b], d) => (toUnsigned(b, d) >= bitWidth(d) ? 0 : toUnsigned(a, d) >>> b),
    js: ([a, b], d) => `(${unsigned(b, d)} >= ${bitWidth(d)} ? 0 : ${unsigned(a, d)} >>> ${b})`,
  },
  shra: {
    arity: 2,
    repeats: true,
    run: ([a, b], d) =>
      isSigned(d) ? a >> Math.min(toUnsigned(b, d), 31) : toUnsigned(b, d) >= bitWidth(d) ? 0 : a >>> b,
    js: ([a, b], d) =>
      isSigned(d)
        ? `${a} >> Math.min(${unsigned(b, d)}, 31)`
        : `(${unsigned(b, d)} >= ${bitWidth(d)} ? 0 : ${a} >>> ${b})`,
  },
  eq: compare("===", (a, b) => a === b),
  ne: compare("!==", (a, b) => a !== b),
  lt: compare("<", (a, b) => a < b),
  le: compare("<=", (a, b) => a <= b),
  gt: compare(">", (a, b) => a > b),
  ge: compare(">=", (a, b) => a >= b),
  neg: { arity: 1, run: ([a]) => -a, js: ([a]) => `-${a}` },
  sign: math("sign", true),
  abs: math("abs"),
  floor: math("floor", true),
  ceil: math("ceil", true),
  trunc: math("trunc", true),
  roundEven: call(1, () => "roundEven", { exact: true }),
  roundAway: call(1, () => "roundAway", { exact: true }),
  exp: math("exp"),
  exp2: call(1, () => "exp2"),
  expm1: math("expm1"),
  log: math("log"),
  log1p: math("log1p"),
  sin: math("sin"),
  cos: math("cos"),
  tan: math("tan"),
  asin: math("asin"),
  acos: math("acos"),
  atan: math("atan"),
  sinh: math("sinh"),
  cosh: math("cosh"),
  tanh: math("tanh"),
  asinh: math("asinh"),
  acosh: math("acosh"),
  atanh: math("atanh"),
  sqrt: math("sqrt"),
  cbrt: math("cbrt"),
  isFinite: {
    arity: 1,
    repeats: true,
    result: "bool",
    exact: true,
    run: ([a]) => (a - a === 0 ? 1 : 0),
    js: ([a]) => `${a} - ${a} === 0`,
  },
  isNan: {
    arity: 1,
    repeats: true,
    result: "bool",
    exact: true,
    run: ([a]) => (a !== a ? 1 : 0),
    js: ([a]) => `${a} !== ${a}`,
  },
  popcount: {
    arity: 1,
    exact: true,
    run: ([a], d) => runtime.popcount(toUnsigned(a, d)),
    js: ([a], d) => `$.popcount(${unsigned(a, d)})`,
  },
  clz: {
    arity: 1,
    exact: true,
    run: ([a], d) => Math.clz32(toUnsigned(a, d)) - (32 - bitWidth(d)),
    js: ([a], d) => `Math.clz32(${unsigned(a, d)})${bitWidth(d) === 32 ? "" : ` - ${32 - bitWidth(d)}`}`,
  },
  /** select(c, a, b): a where c, else b. The dtype is that of a and b. */
  select: {
    arity: 3,
    exact: true,
    run: ([c, a, b]) => (c !== 0 ? a : b),
    js: ([c, a, b]) => `${c} ? ${a} : ${b}`,
  },
  f64Low: call(1, () => "f64Low", { result: "uint32", exact: true }),
  f64High: call(1, () => "f64High", { result: "uint32", exact: true }),
  bitsToF64: call(2, () => "bitsToF64", { result: "float64", exact: true }),
  /** Index arithmetic: see loop/affine.ts. */
  idiv: {
    arity: 2,
    exact: true,
    run: ([a, b]) => Math.floor(a / b),
    js: ([a, b]) => `(${a} / ${b}) | 0`,
  },
  imod: { arity: 2, exact: true, run: ([a, b]) => a % b, js: ([a, b]) => `${a} % ${b}` },
} as const satisfies Readonly<Record<string, ScalarOp>>;

export type OpName = keyof typeof scalarOps;

export const scalarOp = (name: OpName): ScalarOp => scalarOps[name];

/** The number as the dtype holds it: rounded or wrapped. */
export function wrapValue(x: number, dtype: DType): number {
  switch (dtype) {
    case "bool":
      return x !== 0 ? 1 : 0;
    case "int8":
      return (x << 24) >> 24;
    case "uint8":
      return x & 255;
    case "int16":
      return (x << 16) >> 16;
    case "uint16":
      return x & 65535;
    case "int32":
      return x | 0;
    case "uint32":
      return x >>> 0;
    case "float16":
      return runtime.roundF16(x);
    case "bfloat16":
      return runtime.roundBF16(x);
    case "float32":
      return Math.fround(x);
    default:
      return x;
  }
}

/** JavaScript text that wraps a number to a dtype. */
export function wrapText(x: string, dtype: DType): string {
  switch (dtype) {
    case "bool":
      return `(${x}) !== 0 ? 1 : 0`;
    case "int8":
      return `(${x}) << 24 >> 24`;
    case "uint8":
      return `(${x}) & 255`;
    case "int16":
      return `(${x}) << 16 >> 16`;
    case "uint16":
      return `(${x}) & 65535`;
    case "int32":
      return `(${x}) | 0`;
    case "uint32":
      return `(${x}) >>> 0`;
    case "float16":
      return `$.roundF16(${x})`;
    case "bfloat16":
      return `$.roundBF16(${x})`;
    case "float32":
      return `Math.fround(${x})`;
    default:
      return x;
  }
}

/** Limits of an integer dtype. */
export function integerLimits(dtype: DType): [lo: number, hi: number] {
  const bits = bitWidth(dtype);
  return isSigned(dtype) ? [-(2 ** (bits - 1)), 2 ** (bits - 1) - 1] : [0, 2 ** bits - 1];
}

/** The identity of max: nothing is below it. */
export const lowest = (d: DType): number => (isBool(d) ? 0 : isInteger(d) ? integerLimits(d)[0] : -Infinity);
/** The identity of min: nothing is above it. */
export const highest = (d: DType): number => (isBool(d) ? 1 : isInteger(d) ? integerLimits(d)[1] : Infinity);

/** Conversion of a value between dtypes: truncating and saturating from floats, wrapping between integers. */
export function castValue(x: number, from: DType, to: DType): number {
  if (to === "bool") return x !== 0 ? 1 : 0;
  if (isInteger(to) && isFloat(from)) return runtime.saturate(x, ...integerLimits(to));
  return wrapValue(x, to);
}

export function castText(x: string, from: DType, to: DType): string {
  if (to === from) return x;
  if (to === "bool") return `(${x}) !== 0 ? 1 : 0`;
  if (isInteger(to)) {
    if (isFloat(from)) {
      const [lo, hi] = integerLimits(to);
      return `$.saturate(${x}, ${lo}, ${hi})`;
    }
    const fits = from === "bool" || (bitWidth(from) < bitWidth(to) && (isSigned(to) || !isSigned(from)));
    return fits ? x : wrapText(x, to);
  }
  const exact = to === "float64" || (to === "float32" && (from === "bool" || bitWidth(from) <= 16));
  return exact || from === "bool" ? x : wrapText(x, to);
}

/** Reinterpretation of bits between dtypes of one width. */
export function bitsValue(x: number, from: DType, to: DType): number {
  const bits = bitWidth(from);
  const raw =
    from === "float32"
      ? runtime.f32ToBits(x)
      : from === "float16"
        ? runtime.encodeF16(x)
        : from === "bfloat16"
          ? runtime.encodeBF16(x)
          : x;
  if (to === "float32") return runtime.bitsToF32(raw | 0);
  if (to === "float16") return runtime.decodeF16(raw & 0xffff);
  if (to === "bfloat16") return runtime.decodeBF16(raw & 0xffff);
  return bits === 64 ? x : wrapValue(raw, to);
}

export function bitsText(x: string, from: DType, to: DType): string {
  const encode: Partial<Record<DType, string>> = {
    float32: "f32ToBits",
    float16: "encodeF16",
    bfloat16: "encodeBF16",
  };
  const decode: Partial<Record<DType, string>> = {
    float32: "bitsToF32",
    float16: "decodeF16",
    bfloat16: "decodeBF16",
  };
  const enc = encode[from];
  const raw = enc === undefined ? x : `$.${enc}(${x})`;
  const dec = decode[to];
  if (dec !== undefined) return `$.${dec}(${wrapText(raw, bitWidth(to) === 32 ? "int32" : "uint16")})`;
  return bitWidth(to) === 64 ? raw : wrapText(raw, to);
}
