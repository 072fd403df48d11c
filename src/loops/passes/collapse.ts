/**
 * @file Merges perfectly nested loops whose variables occur only as `n·i + j`, with j in 0 … n − 1: element-wise work on
 * contiguous arrays becomes one flat loop.
 *
 *   for i in 0 … m { for j in 0 … n { … n·i + j … } }   →   for k in 0 … m·n { … k … }
 */
import { factorOf, iadd, intConst, iscale } from "../ir/affine.ts";
import { type Affine, type Expr, type For, type Local, type Stmt, newLocal, plainExtent } from "../ir/ir.ts";
import { mapExprs, mapOperands, operands, replaceStmts, stmtBodies, stmtExprs } from "../ir/traverse.ts";

/** Applies `collapse` to every loop, innermost first. What stands behind contractions stays a nest of two. */
export function collapseLoops(stmts: readonly Stmt[]): readonly Stmt[] {
  return replaceStmts(stmts, (s) => {
    if (s.kind === "contract") return [s];
    return s.kind === "for" ? [collapse({ ...s, body: collapseLoops(s.body) })] : null;
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
  return { ...outer, local: k, hi: intConst(m * n), body };
}

/** True if i and j occur in no expression but affine ones with factors n·f and f. */
function onlyTogether(stmts: readonly Stmt[], i: Local, j: Local, n: number): boolean {
  const okExpr = (e: Expr): boolean => {
    if (e.kind === "local") return e.id !== i.id && e.id !== j.id;
    if (e.kind !== "affine") return operands(e).every(okExpr);
    const together = factorOf(e, i) === n * factorOf(e, j);
    return together && e.terms.every((t) => isOne(t.atom, i, j) || okExpr(t.atom));
  };
  return stmts.every(
    (s) => stmtExprs(s).every(okExpr) && stmtBodies(s).every((b) => onlyTogether(b, i, j, n)),
  );
}

const isOne = (e: Expr, i: Local, j: Local): boolean =>
  e.kind === "local" && (e.id === i.id || e.id === j.id);

function rewrite(stmts: readonly Stmt[], i: Local, j: Local, k: Local): readonly Stmt[] {
  const memo = new Map<Expr, Expr>();
  const go = (e: Expr): Expr => {
    let out = memo.get(e);
    if (out === undefined) memo.set(e, (out = e.kind === "affine" ? sum(e) : mapOperands(e, go)));
    return out;
  };
  const sum = (e: Affine): Expr => {
    const f = factorOf(e, j);
    let out: Expr = intConst(e.offset);
    for (const t of e.terms) if (t.atom !== i && t.atom !== j) out = iadd(out, iscale(go(t.atom), t.factor));
    return f === 0 ? out : iadd(out, iscale(k, f));
  };
  return mapExprs(stmts, go);
}
