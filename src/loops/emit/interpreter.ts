/**
 * @file The interpreter of loop programs: the oracle of tests, and what runs where a host forbids generated code.
 *
 * It checks what generated code trusts: every index is within its buffer.
 */
import { allocate, copyElements } from "../../dtypes/dtype.ts";
import type { Scalar, TypedArray } from "../../dtypes/dtype.ts";
import { readElement } from "../../dtypes/float16.ts";
import { invariant } from "../../base/util.ts";
import type { Buffer, Expr, For, Local, Program, ScalarFunction, Stmt, Tile } from "../ir/ir.ts";
import { contractLoops } from "../ir/contract.ts";
import { runOp } from "../ir/scalar.ts";
import { bitsValue, castValue, halfFunctions, isHalf } from "../ir/values.ts";
import { runtime } from "./runtime.ts";

type Value = Scalar | TypedArray;

/** Told of what a program does to its buffers while it runs. */
export interface Observer {
  readonly access: (kind: "load" | "store", buffer: Buffer, index: number) => void;
  /** An iteration of a loop begins, or the loop ends. */
  readonly iteration: (loop: For, value: number | null) => void;
  /** The loops that a tile is: programs for WebAssembly have these, of which the interpreter is a judge only. */
  readonly tile: (s: Tile) => readonly Stmt[];
}

class Frame {
  readonly #values = new Map<number, Value>();
  readonly observer: Observer | null;

  constructor(observer: Observer | null) {
    this.observer = observer;
  }

  scalar(local: Local): Scalar {
    return this.#values.get(local.id) as Scalar;
  }
  data(buffer: Buffer): TypedArray {
    return this.#values.get(buffer.id) as TypedArray;
  }
  set(x: Local | Buffer, value: Value): void {
    this.#values.set(x.id, value);
  }
}

/** The value of an index, a bound or a test. */
const whole = (e: Expr, frame: Frame): number => evaluate(e, frame) as number;

function evaluate(e: Expr, frame: Frame): Scalar {
  switch (e.kind) {
    case "const":
      return e.value;
    case "local":
      return frame.scalar(e);
    case "affine":
      return e.terms.reduce((sum, t) => sum + t.factor * whole(t.atom, frame), e.offset);
    case "load":
      return loadElement(e.buffer, whole(e.index, frame), frame);
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

function loadElement(buffer: Buffer, i: number, frame: Frame): Scalar {
  invariant(i >= 0 && i < buffer.size, `load of ${buffer.name}[${i}] of ${buffer.size}`);
  frame.observer?.access("load", buffer, i);
  return readElement(frame.data(buffer), buffer.dtype, i);
}

function storeElement(buffer: Buffer, i: number, value: Scalar, frame: Frame): void {
  invariant(i >= 0 && i < buffer.size, `store to ${buffer.name}[${i}] of ${buffer.size}`);
  frame.observer?.access("store", buffer, i);
  const { dtype } = buffer;
  frame.data(buffer)[i] = isHalf(dtype) ? runtime[halfFunctions[dtype].encode](value as number) : value;
}

function callFunction(fn: ScalarFunction, args: readonly Scalar[]): Scalar {
  const frame = new Frame(null);
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
      const args = [frame.scalar(s.local), evaluate(s.value, frame)];
      frame.set(s.local, runOp(s.op, args, s.local.dtype));
      return;
    }
    case "store": {
      const i = whole(s.index, frame);
      storeElement(s.buffer, i, evaluate(s.value, frame), frame);
      return;
    }
    case "alloc":
      frame.set(s.buffer, allocate(s.buffer.dtype, s.buffer.size));
      return;
    case "for": {
      const hi = whole(s.hi, frame);
      for (let i = whole(s.lo, frame); i < hi; i += s.step) {
        frame.observer?.iteration(s, i);
        frame.set(s.local, i);
        run(s.body, frame);
      }
      frame.observer?.iteration(s, null);
      return;
    }
    case "while":
      while (evaluate(s.test, frame) !== 0) run(s.body, frame);
      return;
    case "contract":
      run(contractLoops(s), frame);
      return;
    case "tile":
      run(frame.observer!.tile(s), frame);
      return;
    case "host":
      s.call.run(s.inputs.map((b) => frame.data(b).slice())).forEach((data, i) => {
        copyElements(frame.data(s.outputs[i]), data);
      });
      return;
    case "if":
      run(evaluate(s.test, frame) !== 0 ? s.then : s.else, frame);
  }
}

/** Runs a program: array outputs are new typed arrays, 0-d ones numbers, in the order `outs`, `results`. */
export function interpret(
  program: Program,
  args: readonly Value[],
  observer: Observer | null = null,
): Value[] {
  const frame = new Frame(observer);
  program.params.forEach((p, i) => frame.set(p, args[i]));
  const outs = program.outs.map((b) => {
    const data = allocate(b.dtype, b.size);
    frame.set(b, data);
    return data;
  });
  run(program.body, frame);
  return [...outs, ...program.results.map((e) => evaluate(e, frame))];
}
