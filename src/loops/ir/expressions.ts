/**
 * @file Constructors of scalar expressions, to be imported whole: `import * as e from …`, then `e.add(e.mul(x, x), 1)`.
 *
 * They fold constants and nothing else that could change a result. Numbers given as operands take the dtype of the other
 * operand.
 */
import type { DType, Scalar } from "../../dtypes/dtype.ts";
import { type OpName, runOp, scalarOp } from "./scalar.ts";
import { castValue, wrapValue } from "./values.ts";
import { invariant } from "../../base/util.ts";
import { iadd, iscale, isub, rangeOf } from "./affine.ts";
import { type Buffer, type Const, type Expr, type Origin, numberOf } from "./ir.ts";

export type Operand = Expr | number;

export function constant(value: Scalar, dtype: DType): Const {
  return { kind: "const", dtype, value: wrapValue(value, dtype) };
}

/** Applies a scalar operation. At least one operand must be an expression. */
export function apply(name: OpName, ...operands: readonly Operand[]): Expr {
  const def = scalarOp(name);
  invariant(def.arity === operands.length, `${name} of ${operands.length} operands`);
  const values = name === "select" ? operands.slice(1) : operands;
  const known = values.find((x): x is Expr => typeof x !== "number");
  invariant(known !== undefined, `${name} of numbers only`);
  const type = known.dtype;
  const args = operands.map((x) => (typeof x === "number" ? constant(x, type) : x));
  for (const a of name === "select" ? args.slice(1) : args) {
    invariant(a.dtype === type, `${name} of ${type} and ${a.dtype}`);
  }
  const dtype = def.result ?? type;
  if (args.every((a): a is Const => a.kind === "const")) {
    const values = args.map((a) => a.value);
    return { kind: "const", dtype, value: runOp(name, values, type) };
  }
  // Multiplying or dividing by one changes nothing, NaNs and signed zeros included.
  if (name === "mul" && isOne(args[0])) return args[1];
  if ((name === "mul" || name === "div") && isOne(args[1])) return args[0];
  if (name === "select" && args[0].kind === "const") return args[0].value === 0 ? args[2] : args[1];
  return (type === "int32" ? foldRanges(name, args) : null) ?? { kind: "op", dtype, op: name, args };
}

const truth = (value: boolean): Const => ({ kind: "const", dtype: "bool", value: value ? 1 : 0 });

const withinInt32 = (e: Expr): boolean => {
  const [lo, hi] = rangeOf(e);
  return lo >= -(2 ** 31) && hi < 2 ** 31;
};

/** Arithmetic on integers of known ranges that cannot overflow is index arithmetic; their comparisons may be decided. */
function foldRanges(name: OpName, args: readonly Expr[]): Expr | null {
  if (args.length !== 2) return null;
  const [x, y] = args;
  const [[xlo, xhi], [ylo, yhi]] = [rangeOf(x), rangeOf(y)];
  switch (name) {
    case "add":
    case "sub":
    case "mul": {
      if (!Number.isFinite(xhi - xlo) || !Number.isFinite(yhi - ylo)) return null;
      if (name === "mul" && x.kind !== "const" && y.kind !== "const") return null;
      const [of, k] = x.kind === "const" ? [y, numberOf(x)] : [x, y.kind === "const" ? numberOf(y) : 0];
      const out = name === "add" ? iadd(x, y) : name === "sub" ? isub(x, y) : iscale(of, k);
      return withinInt32(out) ? out : null;
    }
    case "lt":
      return xhi < ylo ? truth(true) : xlo >= yhi ? truth(false) : null;
    case "le":
      return xhi <= ylo ? truth(true) : xlo > yhi ? truth(false) : null;
    case "gt":
      return xlo > yhi ? truth(true) : xhi <= ylo ? truth(false) : null;
    case "ge":
      return xlo >= yhi ? truth(true) : xhi < ylo ? truth(false) : null;
    default:
      return null;
  }
}

const isOne = (e: Expr): boolean => e.kind === "const" && (e.value === 1 || e.value === 1n);

export function cast(arg: Expr, dtype: DType): Expr {
  if (arg.dtype === dtype) return arg;
  if (arg.kind === "const") return { kind: "const", dtype, value: castValue(arg.value, arg.dtype, dtype) };
  return { kind: "cast", dtype, arg };
}

export function bits(arg: Expr, dtype: DType): Expr {
  return arg.dtype === dtype ? arg : { kind: "bits", dtype, arg };
}

export function load(buffer: Buffer, index: Expr): Expr {
  return { kind: "load", dtype: buffer.dtype, buffer, index };
}

/** An expression that tells of which operation it is the result, unless it tells of another, or is none of its own. */
export const withOrigin = (e: Expr, origin: Origin | undefined): Expr =>
  origin === undefined ||
  e.kind === "const" ||
  e.kind === "local" ||
  e.kind === "affine" ||
  e.origin !== undefined
    ? e
    : { ...e, origin };

type Unary = (x: Expr) => Expr;
type Binary = (x: Operand, y: Operand) => Expr;

const unary =
  (op: OpName): Unary =>
  (x) =>
    apply(op, x);
const binary =
  (op: OpName): Binary =>
  (x, y) =>
    apply(op, x, y);

export const add = binary("add");
export const sub = binary("sub");
export const mul = binary("mul");
export const div = binary("div");
export const rem = binary("rem");
export const pow = binary("pow");
export const min = binary("min");
export const max = binary("max");
export const lt = binary("lt");
export const le = binary("le");
export const gt = binary("gt");
export const ge = binary("ge");
export const eq = binary("eq");
export const ne = binary("ne");
export const and = binary("and");
export const or = binary("or");
export const xor = binary("xor");
export const shl = binary("shl");
export const shrl = binary("shrl");
export const shra = binary("shra");
export const bitsToF64 = binary("bitsToF64");
export const not = unary("not");
export const neg = unary("neg");
export const abs = unary("abs");
export const exp = unary("exp");
export const log = unary("log");
export const log1p = unary("log1p");
export const expm1 = unary("expm1");
export const sqrt = unary("sqrt");
export const sin = unary("sin");
export const cos = unary("cos");
export const tan = unary("tan");
export const floor = unary("floor");
export const ceil = unary("ceil");
export const roundEven = unary("roundEven");
export const isNan = unary("isNan");
export const isFinite = unary("isFinite");
export const f64High = unary("f64High");
export const f64Low = unary("f64Low");
export const select = (condition: Expr, x: Operand, y: Operand): Expr => apply("select", condition, x, y);
export const f64 = (value: number): Expr => constant(value, "float64");
