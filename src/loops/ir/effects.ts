/** @file What statements read and write: buffers with the indices, and locals. */
import { type Buffer, type Expr, type Local, type Stmt, visitExpr } from "./ir.ts";
import { stmtBodies, stmtExprs } from "./print.ts";

export interface Effects {
  /** By buffer, the indices at which it is loaded / stored. */
  readonly loads: Map<Buffer, Expr[]>;
  readonly stores: Map<Buffer, Expr[]>;
  /** Locals that are used, and locals that are bound or assigned. */
  readonly uses: Set<number>;
  readonly defines: Set<number>;
}

/** Stands for indices that nothing is known of. */
const unknownIndex: Expr = {
  kind: "cast",
  dtype: "int32",
  arg: { kind: "const", dtype: "float64", value: 0 },
};

const cache = new WeakMap<Stmt, Effects>();

function push(map: Map<Buffer, Expr[]>, b: Buffer, e: Expr): void {
  const list = map.get(b);
  if (list === undefined) map.set(b, [e]);
  else list.push(e);
}

function addExpr(fx: Effects, root: Expr): void {
  visitExpr(root, (e) => {
    if (e.kind === "local") fx.uses.add(e.id);
    else if (e.kind === "load") push(fx.loads, e.buffer, e.index);
  });
}

function define(fx: Effects, local: Local): void {
  fx.defines.add(local.id);
}

/** The effects of a statement, those inside it included. Cached: statements are immutable. */
export function effectsOf(s: Stmt): Effects {
  let fx = cache.get(s);
  if (fx !== undefined) return fx;
  fx = { loads: new Map(), stores: new Map(), uses: new Set(), defines: new Set() };
  for (const e of stmtExprs(s)) addExpr(fx, e);
  if (s.kind === "store" || s.kind === "contract") push(fx.stores, s.buffer, s.index);
  if (s.kind === "tile") {
    // Ranges, of which only the beginnings are known.
    push(fx.loads, s.a, unknownIndex);
    push(fx.loads, s.b, unknownIndex);
    push(fx.loads, s.buffer, unknownIndex);
    push(fx.stores, s.buffer, unknownIndex);
  }
  if (s.kind === "contract") {
    const own = s.epilogue === undefined ? [] : [s.epilogue.row, s.epilogue.column];
    for (const v of [s.batch, s.row, s.column, s.inner, ...own]) define(fx, v);
  }
  if (s.kind === "let" || s.kind === "var" || s.kind === "set" || s.kind === "accumulate" || s.kind === "for")
    define(fx, s.local);
  if (s.kind === "accumulate") fx.uses.add(s.local.id);
  for (const body of stmtBodies(s)) {
    for (const inner of body) {
      const sub = effectsOf(inner);
      for (const [b, list] of sub.loads) for (const e of list) push(fx.loads, b, e);
      for (const [b, list] of sub.stores) for (const e of list) push(fx.stores, b, e);
      for (const id of sub.uses) fx.uses.add(id);
      for (const id of sub.defines) fx.defines.add(id);
    }
  }
  cache.set(s, fx);
  return fx;
}
