/** @file Building loop IR: `Block`, which collects statements, and scalar functions with loops of their own. */
import type { DType } from "../../dtypes/dtype.ts";
import { invariant } from "../../base/util.ts";
import { intConst, rangeOf } from "./affine.ts";
import { type Operand, constant } from "./expressions.ts";
import {
  type AccumulateOp,
  type Buffer,
  type Call,
  type Contract,
  type Expr,
  type HostCall,
  type Local,
  type Origin,
  type ScalarFunction,
  type Stmt,
  newBuffer,
  newLocal,
} from "./ir.ts";

export * from "./expressions.ts";

/** Indices that cost nothing, and of which passes see what they are made of: not worth a name. */
const isShortSum = (e: Expr): boolean =>
  e.kind === "affine" &&
  e.terms.length <= 2 &&
  e.terms.every((t) => t.atom.kind === "local" && Number.isFinite(t.atom.lo) && Number.isFinite(t.atom.hi));

/** Collects the statements of one block. */
export class Block {
  readonly stmts: Stmt[] = [];
  /** What the statements are written for. */
  origin: Origin | undefined;

  #push(s: Stmt): void {
    this.stmts.push(this.origin === undefined ? s : { ...s, origin: this.origin });
  }

  #sub(build: (b: Block) => void): Stmt[] {
    const inner = new Block();
    inner.origin = this.origin;
    build(inner);
    return inner.stmts;
  }

  /** Names a value, so that it is computed once. Constants, locals and short sums of variables stay as they are. */
  let(value: Expr, name = "t"): Expr {
    if (value.kind === "const" || value.kind === "local" || isShortSum(value)) return value;
    const local = newLocal(name, value.dtype);
    this.#push({ kind: "let", local, value });
    return local;
  }

  /** A value that is known to lie in this range here, under a name that carries it. */
  within(value: Expr, lo: number, hi: number): Expr {
    const [least, most] = rangeOf(value);
    if (least >= lo && most <= hi) return value;
    const local = newLocal("at", value.dtype, lo, hi);
    this.#push({ kind: "let", local, value });
    return local;
  }

  /** The present value of a mutable local, kept. */
  snapshot(value: Expr, name = "now"): Local {
    const local = newLocal(name, value.dtype);
    this.#push({ kind: "let", local, value });
    return local;
  }

  /** A mutable local. */
  variable(init: Expr, name = "v"): Local {
    const local = newLocal(name, init.dtype);
    this.#push({ kind: "var", local, value: init });
    return local;
  }

  set(local: Local, value: Operand): void {
    this.#push({
      kind: "set",
      local,
      value: typeof value === "number" ? constant(value, local.dtype) : value,
    });
  }

  accumulate(local: Local, op: AccumulateOp, value: Expr): void {
    this.#push({ kind: "accumulate", local, op, value });
  }

  store(buffer: Buffer, index: Expr, value: Expr): void {
    this.#push({ kind: "store", buffer, index, value });
  }

  /** Calls the host. */
  host(call: HostCall, inputs: readonly Buffer[], outputs: readonly Buffer[]): void {
    this.#push({ kind: "host", call, inputs, outputs });
  }

  contract(c: Omit<Contract, "kind">): void {
    this.#push({ kind: "contract", ...c });
  }

  /**
   * A temporary buffer; what it holds at first is not defined. With `perThread`, threads that share the loop around its uses
   * may have one each: an iteration reads only what it wrote.
   */
  alloc(dtype: DType, size: number, name = "tmp", perThread = false): Buffer {
    const buffer = newBuffer(name, dtype, size, perThread);
    this.#push({ kind: "alloc", buffer });
    return buffer;
  }

  /** `for i in lo … hi − 1`, all of which are known to be less than `below`. */
  for(
    lo: Operand,
    hi: Operand,
    body: (b: Block, i: Local) => void,
    name = "i",
    step = 1,
    parallel = false,
    below = Infinity,
  ): void {
    const from = typeof lo === "number" ? intConst(lo) : lo;
    const to = typeof hi === "number" ? intConst(hi) : hi;
    const local = newLocal(name, "int32", rangeOf(from)[0], Math.min(rangeOf(to)[1], below) - 1);
    const inner = this.#sub((b) => body(b, local));
    this.#push({
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
    this.#push({ kind: "while", test, body: this.#sub(body) });
  }

  if(test: Expr, then: (b: Block) => void, otherwise: (b: Block) => void = () => undefined): void {
    if (test.kind === "const" && test.dtype === "bool") {
      (test.value === 0 ? otherwise : then)(this);
      return;
    }
    this.#push({ kind: "if", test, then: this.#sub(then), else: this.#sub(otherwise) });
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
