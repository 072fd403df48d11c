/**
 * @file Building loop IR: expression constructors and `Block`, which collects statements.
 *
 * Constructors fold constants and nothing else that could change a result. Numbers given as operands take the dtype of
 * the other operand.
 */
import type { DType } from "../../dtypes/dtype.ts";
import { castValue, type OpName, scalarOp, wrapValue } from "./scalar.ts";
import { invariant } from "../../base/util.ts";
import { iadd, intConst, iscale, isub, rangeOf } from "./affine.ts";
import {
  type AccumulateOp,
  type Buffer,
  type Call,
  type Const,
  type Contract,
  type Expr,
  type Local,
  type ScalarFunction,
  type Stmt,
  newBuffer,
  newLocal,
} from "./ir.ts";

export type Operand = Expr | number;

export function constant(value: number, dtype: DType): Const {
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
    const value = def.run(
      args.map((a) => a.value),
      type,
    );
    return { kind: "const", dtype, value: def.exact === true ? value : wrapValue(value, dtype) };
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
      const [of, k] = x.kind === "const" ? [y, x.value] : [x, y.kind === "const" ? y.value : 0];
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

const isOne = (e: Expr): boolean => e.kind === "const" && e.value === 1;

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

export const add = (a: Operand, b: Operand): Expr => apply("add", a, b);
export const sub = (a: Operand, b: Operand): Expr => apply("sub", a, b);
export const mul = (a: Operand, b: Operand): Expr => apply("mul", a, b);
export const div = (a: Operand, b: Operand): Expr => apply("div", a, b);
export const lt = (a: Operand, b: Operand): Expr => apply("lt", a, b);
export const le = (a: Operand, b: Operand): Expr => apply("le", a, b);
export const gt = (a: Operand, b: Operand): Expr => apply("gt", a, b);
export const ge = (a: Operand, b: Operand): Expr => apply("ge", a, b);
export const eq = (a: Operand, b: Operand): Expr => apply("eq", a, b);
export const ne = (a: Operand, b: Operand): Expr => apply("ne", a, b);
export const and = (a: Operand, b: Operand): Expr => apply("and", a, b);
export const or = (a: Operand, b: Operand): Expr => apply("or", a, b);
export const not = (a: Expr): Expr => apply("not", a);
export const neg = (a: Expr): Expr => apply("neg", a);
export const select = (c: Expr, a: Operand, b: Operand): Expr => apply("select", c, a, b);

/** Indices that cost nothing, and of which passes see what they are made of: not worth a name. */
const isShortSum = (e: Expr): boolean =>
  e.kind === "affine" &&
  e.terms.length <= 2 &&
  e.terms.every((t) => t.atom.kind === "local" && Number.isFinite(t.atom.lo) && Number.isFinite(t.atom.hi));

/** Collects the statements of one block. */
export class Block {
  readonly stmts: Stmt[] = [];

  #sub(build: (b: Block) => void): Stmt[] {
    const inner = new Block();
    build(inner);
    return inner.stmts;
  }

  /** Names a value, so that it is computed once. Constants, locals and short sums of variables stay as they are. */
  let(value: Expr, name = "t"): Expr {
    if (value.kind === "const" || value.kind === "local" || isShortSum(value)) return value;
    const local = newLocal(name, value.dtype);
    this.stmts.push({ kind: "let", local, value });
    return local;
  }

  /** A value that is known to lie in this range here, under a name that carries it. */
  within(value: Expr, lo: number, hi: number): Expr {
    const [least, most] = rangeOf(value);
    if (least >= lo && most <= hi) return value;
    const local = newLocal("at", value.dtype, lo, hi);
    this.stmts.push({ kind: "let", local, value });
    return local;
  }

  /** The present value of a mutable local, kept. */
  snapshot(value: Expr, name = "now"): Local {
    const local = newLocal(name, value.dtype);
    this.stmts.push({ kind: "let", local, value });
    return local;
  }

  /** A mutable local. */
  variable(init: Expr, name = "v"): Local {
    const local = newLocal(name, init.dtype);
    this.stmts.push({ kind: "var", local, value: init });
    return local;
  }

  set(local: Local, value: Operand): void {
    this.stmts.push({
      kind: "set",
      local,
      value: typeof value === "number" ? constant(value, local.dtype) : value,
    });
  }

  accumulate(local: Local, op: AccumulateOp, value: Expr): void {
    this.stmts.push({ kind: "accumulate", local, op, value });
  }

  store(buffer: Buffer, index: Expr, value: Expr): void {
    this.stmts.push({ kind: "store", buffer, index, value });
  }

  contract(c: Omit<Contract, "kind">): void {
    this.stmts.push({ kind: "contract", ...c });
  }

  /**
   * A temporary buffer; what it holds at first is not defined. With `perThread`, threads that share the loop around its uses
   * may have one each: an iteration reads only what it wrote.
   */
  alloc(dtype: DType, size: number, name = "tmp", perThread = false): Buffer {
    const buffer = newBuffer(name, dtype, size, perThread);
    this.stmts.push({ kind: "alloc", buffer });
    return buffer;
  }

  /** `for i in lo … hi − 1`. */
  for(
    lo: Operand,
    hi: Operand,
    body: (b: Block, i: Local) => void,
    name = "i",
    step = 1,
    parallel = false,
  ): void {
    const from = typeof lo === "number" ? intConst(lo) : lo;
    const to = typeof hi === "number" ? intConst(hi) : hi;
    const local = newLocal(name, "int32", rangeOf(from)[0], rangeOf(to)[1] - 1);
    const inner = this.#sub((b) => body(b, local));
    this.stmts.push({
      kind: "for",
      local,
      lo: from,
      hi: to,
      step,
      body: inner,
      ...(parallel ? { parallel } : {}),
    });
  }

  while(test: Expr, body: (b: Block) => void): void {
    this.stmts.push({ kind: "while", test, body: this.#sub(body) });
  }

  if(test: Expr, then: (b: Block) => void, otherwise: (b: Block) => void = () => undefined): void {
    if (test.kind === "const" && test.dtype === "bool") {
      (test.value === 0 ? otherwise : then)(this);
      return;
    }
    this.stmts.push({ kind: "if", test, then: this.#sub(then), else: this.#sub(otherwise) });
  }

  /** A loop nest over a shape. Axes of size 1 have index 0 and no loop; a size of 0 gives no statements. */
  nest(shape: readonly number[], body: (b: Block, index: readonly Expr[]) => void, prefix = "i"): void {
    if (shape.includes(0)) return;
    const index: Expr[] = [];
    const go = (block: Block, axis: number): void => {
      if (axis === shape.length) {
        body(block, index);
        return;
      }
      if (shape[axis] === 1) {
        index[axis] = intConst(0);
        go(block, axis + 1);
        return;
      }
      block.for(
        0,
        shape[axis],
        (inner, i) => {
          index[axis] = i;
          go(inner, axis + 1);
        },
        `${prefix}${axis}`,
      );
    };
    go(this, 0);
  }
}

/**
 * Defines a scalar function on float64 (or the given dtypes), with loops and branches of its own. It is built when first
 * used. The result is a constructor of calls.
 */
export function scalarFunction(
  name: string,
  arity: number,
  build: (b: Block, args: readonly Expr[]) => Expr,
  dtypes: readonly DType[] = new Array<DType>(arity).fill("float64"),
): (...args: readonly Expr[]) => Call {
  let fn: ScalarFunction | null = null;
  const get = (): ScalarFunction => {
    if (fn === null) {
      const params = dtypes.map((d, i) => newLocal(`x${i}`, d));
      const block = new Block();
      const result = build(block, params);
      fn = { name, params, body: block.stmts, result };
    }
    return fn;
  };
  return (...args) => {
    invariant(args.length === arity, `${name} of ${args.length} arguments`);
    args.forEach((a, i) => invariant(a.dtype === dtypes[i], `${name}: argument ${i} is ${a.dtype}`));
    const definition = get();
    return { kind: "call", dtype: definition.result.dtype, fn: definition, args };
  };
}
