/**
 * @file Long loops as functions of their own, called for one chunk of iterations after another: V8 does not replace a
 * running function by its optimised code, but calls the optimised one next time.
 *
 * Variables travel in globals, each in its own: the caller sends those that the function reads or writes, the function
 * receives them when it begins and sends those that it writes when it ends, and the caller receives these.
 */
import { type Expr, type For, type Local, type Stmt, type While, newLocal } from "../../ir/ir.ts";
import type { Pointers } from "./arena.ts";
import type { Ref } from "./generators/module.ts";
import { FunctionBuilder } from "./function.ts";
import { scalarType } from "./machine.ts";
import type { ModuleBuilder } from "./module.ts";
import { ScalarCode } from "./scalar-code.ts";
import { stmtAssigns, stmtExprs, visitExpr, visitStmts } from "../../ir/traverse.ts";

/** Iterations of a loop without a known end that are run by one call. */
const whileChunk = 4096;

/** Variables of the surroundings that statements read (those they write among them), and those they write. */
export interface Captured {
  readonly read: readonly Local[];
  readonly written: readonly Local[];
}

/** The variables that statements share with what is around them. */
export function capturedBy(code: ScalarCode, stmts: readonly Stmt[], exprs: readonly Expr[] = []): Captured {
  const read = new Map<number, Local>();
  const written = new Map<number, Local>();
  const inExpr = (root: Expr): void =>
    visitExpr(root, (e) => {
      if (e.kind === "local" && code.env.has(e.id)) read.set(e.id, e);
    });
  exprs.forEach(inExpr);
  visitStmts(stmts, (s) => {
    stmtExprs(s).forEach(inExpr);
    for (const local of stmtAssigns(s)) if (code.env.has(local.id)) written.set(local.id, local);
  });
  for (const [id, local] of written) read.set(id, local);
  return { read: [...read.values()], written: [...written.values()] };
}

/** Reads a variable from its global. */
export function receive(code: ScalarCode, local: Local): void {
  code.assign(local, code.module.get(`v${local.id}`, scalarType(local.dtype)));
}

function send(code: ScalarCode, local: Local): void {
  code.module.set(code.f, `v${local.id}`, scalarType(local.dtype), code.read(local));
}

/** Calls the function of a loop for one chunk of iterations after another. */
export function callChunks(f: FunctionBuilder, name: string, from: Ref, to: Ref, by: number): void {
  const { m } = f;
  const { i32 } = m;
  const end = f.hold(to, "i32");
  const at = f.local("i32");
  f.set(at, from);
  f.while(
    () => i32.lt_s(f.get(at, "i32"), end()),
    () => {
      const next = f.hold(i32.add(f.get(at, "i32"), i32.const(by)), "i32");
      const limit = m.select(i32.lt_s(next(), end()), next(), end());
      f.push(m.call(name, [f.get(at, "i32"), limit], null));
      f.set(at, next());
    },
  );
}

/** Writes what is given of a loop in a function of its own. */
export type WriteLoop = (inner: ScalarCode, part: For) => void;

/** The functions of loops: `k0`, `k1`… */
export class LoopFunctions {
  readonly module: ModuleBuilder;
  #count = 0;

  constructor(module: ModuleBuilder) {
    this.module = module;
  }

  /** Writes a function; returns its name. */
  #add(
    pointers: Pointers,
    captured: Captured,
    params: readonly "i32"[],
    write: (inner: ScalarCode) => Ref | null,
  ): string {
    const name = `k${this.#count++}`;
    for (const local of captured.read) this.module.global(`v${local.id}`, scalarType(local.dtype));
    const f = new FunctionBuilder(this.module.m, name, params);
    const inner = new ScalarCode(f, this.module, pointers);
    for (const local of captured.read) receive(inner, local);
    const result = write(inner);
    for (const local of captured.written) send(inner, local);
    f.finish(result, result === null ? null : "i32");
    return name;
  }

  /** A function `(lo, hi)` that runs a part of a loop; returns its name. */
  addFor(pointers: Pointers, s: For, captured: Captured, write: WriteLoop): string {
    const [lo, hi] = [newLocal("lo", "int32"), newLocal("hi", "int32")];
    return this.#add(pointers, captured, ["i32", "i32"], (inner) => {
      inner.env.set(lo.id, 0);
      inner.env.set(hi.id, 1);
      write(inner, { ...s, lo, hi });
      return null;
    });
  }

  /** Runs a loop in chunks. */
  for(code: ScalarCode, s: For, chunk: number, write: WriteLoop): void {
    const captured = capturedBy(code, s.body);
    const name = this.addFor(code.pointers, s, captured, write);
    for (const local of captured.read) send(code, local);
    callChunks(code.f, name, code.expr(s.lo), code.expr(s.hi), chunk * s.step);
    for (const local of captured.written) receive(code, local);
  }

  /** Runs a loop without a known end in chunks: its function, given a number of iterations, says whether there are more. */
  while(code: ScalarCode, s: While, writeBody: (inner: ScalarCode) => void): void {
    const { f } = code;
    const { i32 } = f.m;
    const captured = capturedBy(code, s.body, [s.test]);
    const name = this.#add(code.pointers, captured, ["i32"], (inner) => {
      const g = inner.f;
      const more = g.local("i32");
      const test = (): Ref => {
        g.set(more, inner.test(s.test));
        const left = g.hold(i32.sub(g.get(0, "i32"), i32.const(1)), "i32");
        g.set(0, left());
        return i32.and(g.get(more, "i32"), i32.ge_s(left(), i32.const(0)));
      };
      g.while(test, () => writeBody(inner));
      return g.get(more, "i32");
    });
    for (const local of captured.read) send(code, local);
    f.repeat(
      () => undefined,
      () => f.m.call(name, [i32.const(whileChunk)], "i32"),
    );
    for (const local of captured.written) receive(code, local);
  }
}
