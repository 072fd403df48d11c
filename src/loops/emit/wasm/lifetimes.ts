/** @file Where the variables of a block are read last: V8 refuses functions of 50 000 locals, so places are used again. */
import type { Expr, Local, Stmt } from "../../ir/ir.ts";
import { stmtExprs, visitExpr, visitStmts } from "../../ir/traverse.ts";

const none: readonly Local[] = [];

/** For each statement the variables that are declared beside it (by `let`) and read last in it. `after` follows the block. */
export function lastUses(stmts: readonly Stmt[], after: readonly Expr[]): (readonly Local[])[] {
  const lets = new Map<number, { readonly local: Local; last: number }>();
  let at = 0;
  const inExpr = (root: Expr): void =>
    visitExpr(root, (e) => {
      if (e.kind !== "local") return;
      const found = lets.get(e.id);
      if (found !== undefined) found.last = at;
    });
  for (const s of stmts) {
    if (s.kind === "let") lets.set(s.local.id, { local: s.local, last: at });
    visitStmts([s], (inner) => {
      stmtExprs(inner).forEach(inExpr);
    });
    at++;
  }
  if (lets.size === 0) return [];
  after.forEach(inExpr);
  const out: Local[][] = [];
  for (const { local, last } of lets.values()) if (last < stmts.length) (out[last] ??= []).push(local);
  return Array.from(stmts, (_, i) => out[i] ?? none);
}
