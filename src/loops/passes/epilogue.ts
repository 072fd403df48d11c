/**
 * @file Element-wise work on the result of a contraction (a bias, an activation) becomes part of it: it is done for each
 * block of the result while that is in the cache.
 *
 *   c[n·i + j] := Σ …   for i … { for j … { … c[n·i + j] … } }   →   c[n·i + j] := Σ … then { … }
 */
import { iadd, iscale, keyOf } from "../ir/affine.ts";
import { type Contract, type Expr, type For, type Program, type Stmt, plainExtent } from "../ir/ir.ts";
import { extent, isRanged } from "../ir/contract.ts";
import { effectsOf } from "../ir/effects.ts";
import { mapBodies } from "../ir/traverse.ts";

/** How many statements on the loop is looked for: keeps the pass linear. */
const reach = 8;

/** The loop inside, if the statement runs over the rows and columns of the result and does element-wise work. */
function columnsOf(s: Stmt, c: Contract): For | null {
  if (s.kind !== "for" || plainExtent(s) !== extent(c.row) || s.body.length !== 1) return null;
  const [inner] = s.body;
  if (inner.kind !== "for" || plainExtent(inner) !== extent(c.column)) return null;
  if (!inner.body.every((t) => t.kind === "let" || t.kind === "store")) return null;
  const fx = effectsOf(s);
  const own = keyOf(place(c, s.local, inner.local));
  const loads = fx.loads.get(c.buffer);
  const elementwise = loads?.every((index) => keyOf(index) === own) === true;
  return elementwise && !fx.stores.has(c.buffer) ? inner : null;
}

const place = (c: Contract, row: Expr, column: Expr): Expr => iadd(iscale(row, extent(c.column)), column);

/** True if `s` may run before `t`, which stands before it. */
function mayPass(s: Stmt, t: Stmt): boolean {
  const [x, y] = [effectsOf(s), effectsOf(t)];
  for (const b of x.loads.keys()) if (y.stores.has(b)) return false;
  for (const b of x.stores.keys()) if (y.stores.has(b) || y.loads.has(b)) return false;
  for (const id of x.uses) if (y.defines.has(id)) return false;
  return true;
}

function attach(stmts: readonly Stmt[]): Stmt[] {
  const out = stmts.map((s) => mapBodies(s, attach));
  for (let i = 0; i < out.length; i++) {
    const c = out[i];
    if (c.kind !== "contract" || c.epilogue !== undefined || c.batch.hi > 0 || isRanged(c)) continue;
    if (keyOf(c.index) !== keyOf(place(c, c.row, c.column))) continue;
    for (let j = i + 1; j < Math.min(out.length, i + 1 + reach); j++) {
      const s = out[j];
      const columns = columnsOf(s, c);
      if (columns === null || s.kind !== "for") continue;
      const operands = effectsOf(c).loads;
      const overwrites = [...effectsOf(s).stores.keys()].some((b) => operands.has(b));
      if (overwrites || !out.slice(i + 1, j).every((t) => mayPass(s, t))) continue;
      out[i] = { ...c, epilogue: [{ ...s, body: [columns] }] };
      out.splice(j, 1);
      break;
    }
  }
  return out;
}

/** The program with element-wise work done where contractions write. */
export function attachEpilogues(program: Program): Program {
  return { ...program, body: attach(program.body) };
}
