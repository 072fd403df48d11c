/**
 * @file Which loops threads may share: those of which it is proven that no iteration touches what another writes.
 *
 * A buffer that a loop writes is either split among its iterations (each index is `c·t + r` in iteration t, 0 ≤ r < c), or
 * private: a temporary that each iteration fills before it reads it, and that nothing outside the loop reads. Threads have
 * private buffers of their own.
 */
import { CheckError } from "../../base/errors.ts";
import { iadd, isub, rangeOf } from "../ir/affine.ts";
import { type Effects, effectsOf } from "../ir/effects.ts";
import { type Buffer, type Expr, type For, type Program, type Stmt, newLocal } from "../ir/ir.ts";
import { printProgram } from "../ir/print.ts";
import {
  operands,
  rewriter,
  someStmt,
  stmtBodies,
  stmtExprs,
  stmtReads,
  stmtWrites,
  visitExpr,
  visitStmts,
} from "../ir/traverse.ts";
import { commonSplit } from "./splits.ts";

/** Indices with the variables that depend on a loop's written as sums of it. */
interface Resolved {
  readonly resolve: (e: Expr) => Expr;
  /** The variables that come to be or change inside the loop. */
  readonly defines: ReadonlySet<number>;
}

function resolved(loop: For): Resolved {
  const values = new Map<number, Expr>();
  const defines = new Set(effectsOf(loop).defines);
  // A rewriter remembers what it has seen, so each new value begins another.
  const named = (x: Expr): Expr => (x.kind === "local" ? (values.get(x.id) ?? x) : x);
  const resolve = (e: Expr): Expr => (values.size === 0 ? e : rewriter(named)(e));
  const depends = (e: Expr): boolean =>
    e.kind === "local" ? e.id === loop.local.id : e.kind === "affine" && operands(e).some(depends);
  visitStmts(loop.body, (s) => {
    if (s.kind === "let" && s.local.dtype === "int32") {
      const value = resolve(s.value);
      if (depends(value)) values.set(s.local.id, value);
    } else if (s.kind === "for") {
      const lo = resolve(s.lo);
      if (!depends(lo)) return;
      const count = rangeOf(isub(resolve(s.hi), lo))[1];
      const steps = newLocal(s.local.name, "int32", 0, Math.max(0, count - 1));
      defines.add(steps.id);
      values.set(s.local.id, iadd(lo, steps));
    }
  });
  return { resolve, defines };
}

/**
 * True if it is proven that no iteration of a loop touches an element that another writes.
 * @param own the buffers of which each thread has its own.
 */
export function independent(loop: For, own: ReadonlySet<Buffer> = new Set()): boolean {
  const fx = effectsOf(loop);
  const shared = [...fx.stores].filter(([buffer]) => !own.has(buffer));
  if (shared.length === 0) return true;
  const { resolve, defines } = resolved(loop);
  return shared.every(([buffer, stores]) => {
    const indices = [...stores, ...(fx.loads.get(buffer) ?? [])].map(resolve);
    return commonSplit(indices, loop, defines) !== null;
  });
}

const accesses = (b: Buffer, fx: Effects): number =>
  (fx.loads.get(b)?.length ?? 0) + (fx.stores.get(b)?.length ?? 0);

/**
 * The temporaries of which each thread may have its own in a loop: declared so, used nowhere else in the statements of the
 * program that hold the loop, and written first. (What a declared one holds does not outlive a statement of the program:
 * see memory.ts.)
 */
export function privateTo(loop: For, program: Program): Set<Buffer> {
  const fx = effectsOf(loop);
  const candidates = [...fx.stores.keys()].filter((b) => b.perThread === true);
  if (candidates.length === 0) return new Set();
  const holders = program.body.filter((s) => someStmt([s], (x) => x === loop));
  return new Set(
    candidates.filter(
      (b) =>
        holders.every((s) => accesses(b, effectsOf(s)) === accesses(b, fx)) &&
        firstAccess(loop.body, b) === "store",
    ),
  );
}

type Access = "load" | "store";

/** How statements touch a buffer first, in the order in which they run; null if they do not. */
function firstAccess(stmts: readonly Stmt[], buffer: Buffer): Access | null {
  for (const s of stmts) {
    if (stmtExprs(s).some((e) => loads(e, buffer)) || readsFirst(s, buffer)) return "load";
    if (stmtWrites(s).includes(buffer)) return "store";
    const inside = stmtBodies(s).map((body) => firstAccess(body, buffer));
    if (inside.includes("load")) return "load";
    if (inside.includes("store")) return "store";
  }
  return null;
}

/** A tile that begins its sums does not read them. */
function readsFirst(s: Stmt, buffer: Buffer): boolean {
  if (s.kind !== "tile") return stmtReads(s).includes(buffer);
  const adds = s.first.kind !== "const" || s.first.value === 0;
  return s.a === buffer || s.b === buffer || (adds && s.buffer === buffer);
}

function loads(root: Expr, buffer: Buffer): boolean {
  let found = false;
  visitExpr(root, (e) => {
    found ||= e.kind === "load" && e.buffer === buffer;
  });
  return found;
}

/** @throws CheckError if a loop is declared parallel of which independence cannot be proven. */
export function checkParallel(program: Program): void {
  visitStmts(program.body, (s) => {
    if (s.kind !== "for" || s.parallel !== true || independent(s, privateTo(s, program))) return;
    throw new CheckError(
      `internal: the iterations of a parallel loop (${s.local.name}) may depend on each other\n${printProgram(program)}`,
    );
  });
}
