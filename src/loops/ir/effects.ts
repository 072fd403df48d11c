/** @file What statements read and write: buffers with the indices, and locals. */
import { iadd, iscale, rangeOf } from "./affine.ts";
import { type Buffer, type Expr, type Local, type Stmt, type Tile, newLocal } from "./ir.ts";
import {
  stmtAssigns,
  stmtBinds,
  stmtBodies,
  stmtExprs,
  stmtReads,
  stmtWrites,
  visitExpr,
} from "./traverse.ts";

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

const newEffects = (): Effects => ({
  loads: new Map(),
  stores: new Map(),
  uses: new Set(),
  defines: new Set(),
});

function addExpr(fx: Effects, root: Expr): void {
  visitExpr(root, (e) => {
    if (e.kind === "local") fx.uses.add(e.id);
    else if (e.kind === "load") push(fx.loads, e.buffer, e.index);
  });
}

/** What expressions read. */
export function effectsOfExprs(roots: readonly Expr[]): Effects {
  const fx = newEffects();
  for (const e of roots) addExpr(fx, e);
  return fx;
}

/** What a tile touches: rows and columns of its buffer, and two panels. */
function addTile(fx: Effects, s: Tile): void {
  const upTo = (n: number): Local => {
    const local = newLocal("t", "int32", 0, n - 1);
    fx.defines.add(local.id);
    return local;
  };
  const steps = rangeOf(s.length)[1];
  const reach = s.aRow === undefined ? s.rows * steps : (s.rows - 1) * rangeOf(s.aRow)[1] + steps;
  push(fx.loads, s.a, iadd(s.aIndex, upTo(reach)));
  push(fx.loads, s.b, iadd(s.bIndex, upTo(s.columns * steps)));
  const element = iadd(iadd(s.index, iscale(upTo(s.rows), s.stride)), upTo(s.columns));
  push(fx.loads, s.buffer, element);
  push(fx.stores, s.buffer, element);
}

/** The effects of a statement, those inside it included. Cached: statements are immutable. */
export function effectsOf(s: Stmt): Effects {
  let fx = cache.get(s);
  if (fx !== undefined) return fx;
  fx = effectsOfExprs(stmtExprs(s));
  if (s.kind === "tile") addTile(fx, s);
  else for (const b of stmtReads(s)) push(fx.loads, b, unknownIndex);
  const index = s.kind === "store" || s.kind === "contract" ? s.index : unknownIndex;
  if (s.kind !== "tile") for (const b of stmtWrites(s)) push(fx.stores, b, index);
  for (const v of stmtBinds(s)) fx.defines.add(v.id);
  for (const v of stmtAssigns(s)) fx.defines.add(v.id);
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
