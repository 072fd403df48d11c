/**
 * @file The scalar operations of the loop IR: what each computes (`run`, for the interpreter and constant folding) and
 * how JavaScript spells it (`js`). Results are wrapped to their dtype by the caller.
 *
 * Operands are JavaScript numbers that their dtype represents exactly; booleans are 0 and 1; int64 and uint64 are BigInts.
 * JavaScript's operators take both kinds, so most definitions hold for either; `wideFunctions` has the others.
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
} from "../../dtypes/dtype.ts";
import { type RuntimeName, runtime } from "../emit/runtime.ts";
import { type NumberFunction, wrapText, wrapValue } from "./values.ts";

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

/** Functions of `Math`. */
export type MathName = {
  [K in keyof Math]: Math[K] extends NumberFunction ? K : never;
}[keyof Math];

const mathFunctions: Readonly<Record<MathName, NumberFunction>> = Math;

const math = (name: MathName, extra?: Partial<ScalarOp>): ScalarOp => ({
  arity: 1,
  run: ([a, b]) => mathFunctions[name](a, b),
  js: (args) => `Math.${name}(${args.join(", ")})`,
  ...extra,
});

const call = (arity: 1 | 2, pick: (dtype: DType) => RuntimeName, extra?: Partial<ScalarOp>): ScalarOp => ({
  arity,
  run: (args, dtype) => {
    const f = runtime[pick(dtype)] as NumberFunction;
    return f(...args);
  },
  js: (args, dtype) => `$.${pick(dtype)}(${args.join(", ")})`,
  ...extra,
});

/** In float64 that of the runtime, else that of `Math`, of which a narrower result needs fewer bits. */
const trigonometric = (name: RuntimeName & MathName): ScalarOp => {
  const [exact, host] = [call(1, () => name), math(name)];
  return {
    arity: 1,
    run: (args, dtype) => (dtype === "float64" ? exact : host).run(args, dtype),
    js: (args, dtype) => (dtype === "float64" ? exact : host).js(args, dtype),
  };
};

/** A truth value of one operand, whose text names it twice. */
const property = (run: (a: number) => boolean, js: (a: string) => string): ScalarOp => ({
  arity: 1,
  repeats: true,
  result: "bool",
  exact: true,
  run: ([a]) => (run(a) ? 1 : 0),
  js: ([a]) => js(a),
});

const unsigned = (x: string, dtype: DType): string => {
  const bits = bitWidth(dtype);
  return bits === 32 ? `(${x} >>> 0)` : `(${x} & ${2 ** bits - 1})`;
};
const toUnsigned = (x: number, dtype: DType): number =>
  bitWidth(dtype) === 32 ? x >>> 0 : x & (2 ** bitWidth(dtype) - 1);

/** The number of the same bits that is signed; of 32 bits, to which JavaScript's shifts convert themselves, the number. */
const isNarrowUnsigned = (dtype: DType): boolean => !isSigned(dtype) && bitWidth(dtype) < 32;
const asSigned = (x: number, dtype: DType): number =>
  isNarrowUnsigned(dtype) ? (x << (32 - bitWidth(dtype))) >> (32 - bitWidth(dtype)) : x;
const signed = (x: string, dtype: DType): string =>
  isNarrowUnsigned(dtype) ? `(${x} << ${32 - bitWidth(dtype)} >> ${32 - bitWidth(dtype)})` : x;

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
    run: ([a, b], d) => (isInteger(d) && !isWide(d) ? Math.imul(a, b) : a * b),
    js: ([a, b], d) => (isInteger(d) && !isWide(d) ? `Math.imul(${a}, ${b})` : `${a} * ${b}`),
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
  max: math("max", { arity: 2, exact: true }),
  min: math("min", { arity: 2, exact: true }),
  pow: call(2, (d) => (isInteger(d) ? "ipow" : "pow")),
  atan2: math("atan2", { arity: 2 }),
  nextafter: call(2, nextafterName, { exact: true }),
  mulhi: {
    arity: 2,
    run: ([a, b], d) => (bitWidth(d) === 32 ? runtime.mulhi(a, b) : (a * b) >> bitWidth(d)),
    js: ([a, b], d) => (bitWidth(d) === 32 ? `$.mulhi(${a}, ${b})` : `(${a} * ${b}) >> ${bitWidth(d)}`),
  },
  and: infix("&", (a, b) => a & b),
  or: infix("|", (a, b) => a | b),
  xor: infix("^", (a, b) => a ^ b),
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
  // The highest bit counts as a sign in unsigned integers, too, as in XLA.
  shra: {
    arity: 2,
    repeats: true,
    run: ([a, b], d) => asSigned(a, d) >> Math.min(toUnsigned(b, d), 31),
    js: ([a, b], d) => `${signed(a, d)} >> Math.min(${unsigned(b, d)}, 31)`,
  },
  eq: compare("===", (a, b) => a === b),
  ne: compare("!==", (a, b) => a !== b),
  lt: compare("<", (a, b) => a < b),
  le: compare("<=", (a, b) => a <= b),
  gt: compare(">", (a, b) => a > b),
  ge: compare(">=", (a, b) => a >= b),
  neg: { arity: 1, run: ([a]) => -a, js: ([a]) => `-${a}` },
  sign: math("sign", { exact: true }),
  abs: math("abs"),
  floor: math("floor", { exact: true }),
  ceil: math("ceil", { exact: true }),
  trunc: math("trunc", { exact: true }),
  roundEven: call(1, () => "roundEven", { exact: true }),
  roundAway: call(1, () => "roundAway", { exact: true }),
  exp: math("exp"),
  exp2: call(1, () => "exp2"),
  expm1: math("expm1"),
  log: math("log"),
  log1p: math("log1p"),
  sin: trigonometric("sin"),
  cos: trigonometric("cos"),
  tan: trigonometric("tan"),
  asin: math("asin"),
  acos: math("acos"),
  atan: math("atan"),
  sinh: math("sinh"),
  cosh: math("cosh"),
  tanh: math("tanh"),
  /** tanh x, where 1/(e²ᵃ + 1) for a = |x| is at hand, from which vectors make it: see emit/wasm/tanh.ts. */
  tanhFrom: math("tanh", { arity: 2 }),
  asinh: math("asinh"),
  acosh: math("acosh"),
  atanh: math("atanh"),
  sqrt: math("sqrt"),
  cbrt: math("cbrt"),
  isFinite: property(
    (a) => a - a === 0,
    (a) => `${a} - ${a} === 0`,
  ),
  isNan: property(
    (a) => a !== a,
    (a) => `${a} !== ${a}`,
  ),
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
  /** Index arithmetic: see affine.ts. */
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

/** What operations on BigInts are whose definition for numbers does not hold for them. */
const wideFunctions: { readonly [O in OpName]?: RuntimeName } = {
  div: "wideDiv",
  rem: "wideRem",
  max: "wideMax",
  min: "wideMin",
  pow: "widePow",
  mulhi: "wideMulhi",
  shl: "wideShl",
  shrl: "wideShrl",
  shra: "wideShra",
  sign: "wideSign",
  abs: "wideAbs",
  popcount: "widePopcount",
  clz: "wideClz",
  floor: "wideSame",
  ceil: "wideSame",
  trunc: "wideSame",
  roundEven: "wideSame",
  roundAway: "wideSame",
};

const wideFunction = (name: OpName, dtype: DType): RuntimeName | undefined =>
  isWide(dtype) ? wideFunctions[name] : undefined;

/** The result of an operation on operands of a dtype, rounded or wrapped. */
export function runOp(name: OpName, args: readonly Scalar[], dtype: DType): Scalar {
  const def = scalarOp(name);
  const own = wideFunction(name, dtype);
  // Of which kind the operands are, their dtype tells.
  const numbers = args as readonly number[];
  const x = own === undefined ? def.run(numbers, dtype) : (runtime[own] as NumberFunction)(...numbers);
  return def.exact === true ? x : wrapValue(x, def.result ?? dtype);
}

/** JavaScript text of an operation, neither rounded nor wrapped. */
export function opText(name: OpName, args: readonly string[], dtype: DType): string {
  const own = wideFunction(name, dtype);
  return own === undefined ? scalarOp(name).js(args, dtype) : `$.${own}(${args.join(", ")})`;
}

/** The same as JavaScript text: of the result, given the names of the operands. */
export function runOpText(
  name: OpName,
  dtype: DType,
): { readonly names: readonly string[]; readonly text: string } {
  const def = scalarOp(name);
  const names = ["x", "y", "z"].slice(0, def.arity);
  const text = opText(name, names, dtype);
  if (def.result === "bool") return { names, text: `${text} ? 1 : 0` };
  return { names, text: def.exact === true || isBool(dtype) ? text : wrapText(text, def.result ?? dtype) };
}
