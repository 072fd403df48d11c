/** @file Rewriting loop programs: expressions and statements rebuilt only where something changed. */
import { iadd, iscale } from "./affine.ts";
import type { Expr, Stmt } from "./ir.ts";

export type ExprMap = (e: Expr) => Expr;

const sameList = <T>(a: readonly T[], b: readonly T[]): boolean => a.every((x, i) => x === b[i]);

/** An expression with its direct operands mapped. Affine indices are normalised again. */
export function mapOperands(e: Expr, f: ExprMap): Expr {
  switch (e.kind) {
    case "const":
    case "local":
      return e;
    case "affine": {
      const atoms = e.terms.map((t) => f(t.atom));
      if (atoms.every((a, i) => a === e.terms[i].atom)) return e;
      let out: Expr = { kind: "const", dtype: "int32", value: e.offset };
      e.terms.forEach((t, i) => (out = iadd(out, iscale(atoms[i], t.factor))));
      return out;
    }
    case "load": {
      const index = f(e.index);
      return index === e.index ? e : { ...e, index };
    }
    case "op":
    case "call": {
      const args = e.args.map(f);
      return sameList(args, e.args) ? e : { ...e, args };
    }
    case "cast":
    case "bits": {
      const arg = f(e.arg);
      return arg === e.arg ? e : { ...e, arg };
    }
  }
}

/** Maps every expression of a statement (not of the blocks inside it). */
export function mapStmtExprs(s: Stmt, f: ExprMap): Stmt {
  switch (s.kind) {
    case "let":
    case "var":
    case "set":
    case "accumulate": {
      const value = f(s.value);
      return value === s.value ? s : { ...s, value };
    }
    case "store": {
      const index = f(s.index);
      const value = f(s.value);
      return index === s.index && value === s.value ? s : { ...s, index, value };
    }
    case "alloc":
      return s;
    case "contract":
      return { ...s, index: f(s.index), x: f(s.x), y: f(s.y) };
    case "tile":
      return {
        ...s,
        length: f(s.length),
        first: f(s.first),
        aIndex: f(s.aIndex),
        bIndex: f(s.bIndex),
        index: f(s.index),
      };
    case "for":
      return { ...s, lo: f(s.lo), hi: f(s.hi) };
    case "while":
    case "if":
      return { ...s, test: f(s.test) };
  }
}

/** Maps the blocks inside a statement. */
export function mapBodies(s: Stmt, f: (body: readonly Stmt[]) => readonly Stmt[]): Stmt {
  if (s.kind === "for" || s.kind === "while") return { ...s, body: f(s.body) };
  if (s.kind === "contract" && s.epilogue !== undefined)
    return { ...s, epilogue: { ...s.epilogue, body: f(s.epilogue.body) } };
  return s.kind === "if" ? { ...s, then: f(s.then), else: f(s.else) } : s;
}

/** A mapping of expressions, bottom up, each distinct node once. */
export function rewriter(change: (e: Expr) => Expr): ExprMap {
  const memo = new Map<Expr, Expr>();
  const go: ExprMap = (e) => {
    let out = memo.get(e);
    if (out === undefined) memo.set(e, (out = change(mapOperands(e, go))));
    return out;
  };
  return go;
}

/** Maps every expression of a list of statements, at every depth. */
export function mapExprs(stmts: readonly Stmt[], f: ExprMap): Stmt[] {
  return stmts.map((s) => mapBodies(mapStmtExprs(s, f), (body) => mapExprs(body, f)));
}
