/**
 * @file The interpreter of loop programs: the oracle of tests, and what runs where a host forbids generated code.
 *
 * It checks what generated code trusts: every index is within its buffer.
 */
import { allocate } from "../../dtypes/dtype.ts";
import type { TypedArray } from "../../dtypes/dtype.ts";
import { readElement } from "../../dtypes/float16.ts";
import { invariant } from "../../base/util.ts";
import type { Buffer, Expr, Local, Program, ScalarFunction, Stmt } from "../ir/ir.ts";
import { contractLoops } from "../ir/contract.ts";
import { bitsValue, castValue, halfFunctions, isHalf, runOp } from "../ir/scalar.ts";
import { runtime } from "./runtime.ts";

type Value = number | TypedArray;

class Frame {
  readonly #values = new Map<number, Value>();

  number(local: Local): number {
    return this.#values.get(local.id) as number;
  }
  data(buffer: Buffer): TypedArray {
    return this.#values.get(buffer.id) as TypedArray;
  }
  set(x: Local | Buffer, value: Value): void {
    this.#values.set(x.id, value);
  }
}

function evaluate(e: Expr, frame: Frame): number {
  switch (e.kind) {
    case "const":
      return e.value;
    case "local":
      return frame.number(e);
    case "affine":
      return e.terms.reduce((sum, t) => sum + t.factor * evaluate(t.atom, frame), e.offset);
    case "load": {
      const i = evaluate(e.index, frame);
      invariant(i >= 0 && i < e.buffer.size, `load of ${e.buffer.name}[${i}] of ${e.buffer.size}`);
      return readElement(frame.data(e.buffer), e.buffer.dtype, i);
    }
    case "op": {
      const args = e.args.map((a) => evaluate(a, frame));
      return runOp(e.op, args, e.args[e.args.length - 1].dtype);
    }
    case "cast":
      return castValue(evaluate(e.arg, frame), e.arg.dtype, e.dtype);
    case "bits":
      return bitsValue(evaluate(e.arg, frame), e.arg.dtype, e.dtype);
    case "call":
      return callFunction(
        e.fn,
        e.args.map((a) => evaluate(a, frame)),
      );
  }
}

function callFunction(fn: ScalarFunction, args: readonly number[]): number {
  const frame = new Frame();
  fn.params.forEach((p, i) => frame.set(p, args[i]));
  run(fn.body, frame);
  return evaluate(fn.result, frame);
}

function run(stmts: readonly Stmt[], frame: Frame): void {
  for (const s of stmts) step(s, frame);
}

function step(s: Stmt, frame: Frame): void {
  switch (s.kind) {
    case "let":
    case "var":
    case "set":
      frame.set(s.local, evaluate(s.value, frame));
      return;
    case "accumulate": {
      const args = [frame.number(s.local), evaluate(s.value, frame)];
      frame.set(s.local, runOp(s.op, args, s.local.dtype));
      return;
    }
    case "store": {
      const i = evaluate(s.index, frame);
      invariant(i >= 0 && i < s.buffer.size, `store to ${s.buffer.name}[${i}] of ${s.buffer.size}`);
      const value = evaluate(s.value, frame);
      const { dtype } = s.buffer;
      frame.data(s.buffer)[i] = isHalf(dtype) ? runtime[halfFunctions[dtype].encode](value) : value;
      return;
    }
    case "alloc":
      frame.set(s.buffer, allocate(s.buffer.dtype, s.buffer.size));
      return;
    case "for": {
      const hi = evaluate(s.hi, frame);
      for (let i = evaluate(s.lo, frame); i < hi; i += s.step) {
        frame.set(s.local, i);
        run(s.body, frame);
      }
      return;
    }
    case "while":
      while (evaluate(s.test, frame) !== 0) run(s.body, frame);
      return;
    case "contract":
      run(contractLoops(s), frame);
      return;
    case "tile":
      invariant(false, "tiles are made for WebAssembly only");
      return;
    case "if":
      run(evaluate(s.test, frame) !== 0 ? s.then : s.else, frame);
  }
}

/** Runs a program: array outputs are new typed arrays, 0-d ones numbers, in the order `outs`, `results`. */
export function interpret(program: Program, args: readonly Value[]): Value[] {
  const frame = new Frame();
  program.params.forEach((p, i) => frame.set(p, args[i]));
  const outs = program.outs.map((b) => {
    const data = allocate(b.dtype, b.size);
    frame.set(b, data);
    return data;
  });
  run(program.body, frame);
  return [...outs, ...program.results.map((e) => evaluate(e, frame))];
}
