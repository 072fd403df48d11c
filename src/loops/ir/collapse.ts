/**
 * @file Merges perfectly nested loops whose variables occur only as `n·i + j`, with j in 0 … n − 1: element-wise work on
 * contiguous arrays becomes one flat loop.
 *
 *   for i in 0 … m { for j in 0 … n { … n·i + j … } }   →   for k in 0 … m·n { … k … }
 */
import { iadd, iscale, keyOf } from "./affine.ts";
import { type Affine, type Expr, type Local, type Stmt, newLocal } from "./ir.ts";
import { mapBodies } from "./rewrite.ts";
import { stmtBodies, stmtExprs } from "./print.ts";

type For = Extract<Stmt, { kind: "for" }>;

const plainExtent = (s: For): number | null =>
  s.lo.kind === "const" && s.lo.value === 0 && s.hi.kind === "const" && s.step === 1 ? s.hi.value : null;

/** Applies `collapse` to every loop, innermost first. */
export function collapseLoops(stmts: readonly Stmt[]): Stmt[] {
  return stmts.map((s): Stmt => {
    switch (s.kind) {
      case "for":
        return collapse({ ...s, body: collapseLoops(s.body) });
      case "while":
        return { ...s, body: collapseLoops(s.body) };
      case "if":
        return { ...s, then: collapseLoops(s.then), else: collapseLoops(s.else) };
      default:
        return s;
    }
  });
}

function collapse(outer: For): Stmt {
  const inner = outer.body.length === 1 ? outer.body[0] : null;
  if (inner?.kind !== "for") return outer;
  const m = plainExtent(outer);
  const n = plainExtent(inner);
  if (m === null || n === null || m * n >= 2 ** 31) return outer;
  if (!onlyTogether(inner.body, outer.local, inner.local, n)) return outer;
  const k = newLocal(outer.local.name, "int32", 0, m * n - 1);
  const body = rewrite(inner.body, outer.local, inner.local, k);
  return { ...outer, local: k, hi: { kind: "const", dtype: "int32", value: m * n }, body };
}

/** True if i and j occur in no expression but affine ones with factors n·f and f. */
function onlyTogether(stmts: readonly Stmt[], i: Local, j: Local, n: number): boolean {
  const okExpr = (e: Expr): boolean => {
    switch (e.kind) {
      case "const":
        return true;
      case "local":
        return e.id !== i.id && e.id !== j.id;
      case "affine": {
        const fi = factorOf(e, i);
        const fj = factorOf(e, j);
        return fi === n * fj && e.terms.every((t) => isOne(t.atom, i, j) || okExpr(t.atom));
      }
      case "load":
        return okExpr(e.index);
      case "op":
      case "call":
        return e.args.every(okExpr);
      case "cast":
      case "bits":
        return okExpr(e.arg);
    }
  };
  return stmts.every(
    (s) => stmtExprs(s).every(okExpr) && stmtBodies(s).every((b) => onlyTogether(b, i, j, n)),
  );
}

const isOne = (e: Expr, i: Local, j: Local): boolean =>
  e.kind === "local" && (e.id === i.id || e.id === j.id);

function factorOf(e: Affine, local: Local): number {
  return e.terms.find((t) => t.key === keyOf(local))?.factor ?? 0;
}

function rewrite(stmts: readonly Stmt[], i: Local, j: Local, k: Local): Stmt[] {
  const memo = new Map<Expr, Expr>();
  const go = (e: Expr): Expr => {
    let out = memo.get(e);
    if (out === undefined) memo.set(e, (out = goOnce(e)));
    return out;
  };
  const goOnce = (e: Expr): Expr => {
    switch (e.kind) {
      case "const":
      case "local":
        return e;
      case "affine": {
        const f = factorOf(e, j);
        let out: Expr = { kind: "const", dtype: "int32", value: e.offset };
        for (const t of e.terms)
          if (t.atom !== i && t.atom !== j) out = iadd(out, iscale(go(t.atom), t.factor));
        return f === 0 ? out : iadd(out, iscale(k, f));
      }
      case "load":
        return { ...e, index: go(e.index) };
      case "op":
      case "call":
        return { ...e, args: e.args.map(go) };
      case "cast":
      case "bits":
        return { ...e, arg: go(e.arg) };
    }
  };
  const goStmts = (body: readonly Stmt[]): Stmt[] => body.map(goStmt);
  const goStmt = (s: Stmt): Stmt => {
    switch (s.kind) {
      case "let":
      case "var":
      case "set":
      case "accumulate":
        return { ...s, value: go(s.value) };
      case "store":
        return { ...s, index: go(s.index), value: go(s.value) };
      case "alloc":
        return s;
      case "for":
        return { ...s, lo: go(s.lo), hi: go(s.hi), body: goStmts(s.body) };
      case "while":
        return { ...s, test: go(s.test), body: goStmts(s.body) };
      case "if":
        return { ...s, test: go(s.test), then: goStmts(s.then), else: goStmts(s.else) };
      case "contract":
        return mapBodies({ ...s, index: go(s.index), x: go(s.x), y: go(s.y) }, goStmts);
      case "tile":
        return s;
    }
  };
  return goStmts(stmts);
}
