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
  readonly loads: ReadonlyMap<Buffer, readonly Expr[]>;
  readonly stores: ReadonlyMap<Buffer, readonly Expr[]>;
  /** Locals that are used, and locals that are bound or assigned. */
  readonly uses: ReadonlySet<number>;
  readonly defines: ReadonlySet<number>;
}

/** Effects that grow. A list that came from a statement inside is its own, and not changed. */
interface Growing extends Effects {
  readonly loads: Map<Buffer, readonly Expr[]>;
  readonly stores: Map<Buffer, readonly Expr[]>;
  readonly uses: Set<number>;
  readonly defines: Set<number>;
  /** The lists that were made here. */
  readonly own: Set<readonly Expr[]>;
}

/** Stands for indices that nothing is known of. */
const unknownIndex: Expr = {
  kind: "cast",
  dtype: "int32",
  arg: { kind: "const", dtype: "float64", value: 0 },
};

const cache = new WeakMap<Stmt, Effects>();

/** Adds indices of a buffer. What deep nests hold is shared from level to level, and not copied at each. */
function add(map: Map<Buffer, readonly Expr[]>, b: Buffer, list: readonly Expr[], own: Set<unknown>): void {
  const before = map.get(b);
  if (before === undefined) map.set(b, list);
  else if (own.has(before)) for (const e of list) (before as Expr[]).push(e);
  else {
    const both = [...before, ...list];
    own.add(both);
    map.set(b, both);
  }
}

const newEffects = (): Growing => ({
  loads: new Map(),
  stores: new Map(),
  uses: new Set(),
  defines: new Set(),
  own: new Set(),
});

function addExpr(fx: Growing, root: Expr): void {
  visitExpr(root, (e) => {
    if (e.kind === "local") fx.uses.add(e.id);
    else if (e.kind === "load") add(fx.loads, e.buffer, [e.index], fx.own);
  });
}

/** What expressions read. */
export const effectsOfExprs = (roots: readonly Expr[]): Effects => growing(roots);

function growing(roots: readonly Expr[]): Growing {
  const fx = newEffects();
  for (const e of roots) addExpr(fx, e);
  return fx;
}

/** What a tile touches: rows and columns of its buffer, and two panels. */
function addTile(fx: Growing, s: Tile): void {
  const upTo = (n: number): Local => {
    const local = newLocal("t", "int32", 0, n - 1);
    fx.defines.add(local.id);
    return local;
  };
  const steps = rangeOf(s.length)[1];
  const apart = s.aRow ? rangeOf(s.aRow)[1] : steps;
  add(fx.loads, s.a, [iadd(s.aIndex, upTo((s.rows - 1) * apart + steps))], fx.own);
  add(fx.loads, s.b, [iadd(s.bIndex, upTo(s.columns * steps))], fx.own);
  const element = iadd(iadd(s.index, iscale(upTo(s.rows), s.stride)), upTo(s.columns));
  add(fx.loads, s.buffer, [element], fx.own);
  add(fx.stores, s.buffer, [element], fx.own);
}

/** The effects of a statement, those inside it included. Cached: statements are immutable. */
export function effectsOf(s: Stmt): Effects {
  const known = cache.get(s);
  if (known !== undefined) return known;
  const fx = growing(stmtExprs(s));
  if (s.kind === "tile") addTile(fx, s);
  else for (const b of stmtReads(s)) add(fx.loads, b, [unknownIndex], fx.own);
  const index = s.kind === "store" || s.kind === "contract" ? s.index : unknownIndex;
  if (s.kind !== "tile") for (const b of stmtWrites(s)) add(fx.stores, b, [index], fx.own);
  for (const v of stmtBinds(s)) fx.defines.add(v.id);
  for (const v of stmtAssigns(s)) fx.defines.add(v.id);
  if (s.kind === "accumulate") fx.uses.add(s.local.id);
  for (const body of stmtBodies(s)) {
    for (const inner of body) {
      const sub = effectsOf(inner);
      for (const [b, list] of sub.loads) add(fx.loads, b, list, fx.own);
      for (const [b, list] of sub.stores) add(fx.stores, b, list, fx.own);
      for (const id of sub.uses) fx.uses.add(id);
      for (const id of sub.defines) fx.defines.add(id);
    }
  }
  cache.set(s, fx);
  return fx;
}
