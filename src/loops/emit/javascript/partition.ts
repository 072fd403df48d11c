/** @file Cuts long lists of statements into parts of a size that V8 optimises. */
import type { Expr, Local, Stmt } from "../../ir/ir.ts";
import { effectsOf, effectsOfExprs } from "../../ir/effects.ts";
import { operands, stmtBodies, stmtExprs } from "../../ir/traverse.ts";

/**
 * Characters of one function. V8 does not optimise functions of more than 60 KB of bytecode, which is half to three
 * quarters of the text, and the time it takes grows faster than the size: parts stay well below.
 */
const partSize = 8_000;

/** Characters that a node of an expression, and what is around the expressions of a statement, come to. */
const nodeSize = 8;
const stmtSize = 16;

const exprSizes = new WeakMap<Expr, number>();

/** Characters of an expression; what is shared is written again. */
function exprSize(e: Expr): number {
  let n = exprSizes.get(e);
  if (n === undefined) {
    n = nodeSize;
    for (const x of operands(e)) n += exprSize(x);
    exprSizes.set(e, n);
  }
  return n;
}

const sizes = new WeakMap<Stmt, number>();

/** Characters of a statement, about. */
function sizeOf(s: Stmt): number {
  let n = sizes.get(s);
  if (n === undefined) {
    n = stmtSize;
    for (const e of stmtExprs(s)) n += exprSize(e);
    for (const body of stmtBodies(s)) for (const inner of body) n += sizeOf(inner);
    sizes.set(s, n);
  }
  return n;
}

/** The parts of a list, and the locals that more than one of them (or what comes behind) uses. Null if it is short. */
export function partition(
  stmts: readonly Stmt[],
  after: readonly Expr[],
): { readonly lists: readonly (readonly Stmt[])[]; readonly shared: readonly Local[] } | null {
  const total = stmts.reduce((n, s) => n + sizeOf(s), 0);
  if (stmts.length < 2 || total <= 2 * partSize) return null;
  const lists: Stmt[][] = [[]];
  let size = 0;
  for (const s of stmts) {
    if (size > 0 && size + sizeOf(s) > partSize) {
      lists.push([]);
      size = 0;
    }
    lists[lists.length - 1].push(s);
    size += sizeOf(s);
  }
  const definedIn = new Map<number, number>();
  const locals = new Map<number, Local>();
  const shared = new Set<number>();
  lists.forEach((list, part) => {
    for (const s of list) {
      const fx = effectsOf(s);
      for (const ids of [fx.uses, fx.defines]) {
        for (const id of ids) {
          const home = definedIn.get(id);
          if (home !== undefined && home !== part) shared.add(id);
        }
      }
      if (s.kind === "let" || s.kind === "var") {
        definedIn.set(s.local.id, part);
        locals.set(s.local.id, s.local);
      }
    }
  });
  for (const id of effectsOfExprs(after).uses) if (definedIn.has(id)) shared.add(id);
  return { lists, shared: [...shared].map((id) => locals.get(id)!) };
}
