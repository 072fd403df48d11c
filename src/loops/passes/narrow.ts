/**
 * @file Temporaries that only one iteration of a loop touches at a time shrink to what one iteration needs.
 *
 *   for i in 0 … n { … t[c·i + r] := … t[c·i + r] … }   →   … t[r] …          (0 ≤ r < c)
 *
 * So a row that is computed in several passes (softmax, normalisation) stays in the cache. What an iteration reads it has
 * written itself: other iterations write elsewhere, and what a temporary holds at first is not defined.
 */
import { iadd, iscale } from "../ir/affine.ts";
import { type Buffer, type Expr, type For, type Program, type Stmt, newBuffer } from "../ir/ir.ts";
import { effectsOf, effectsOfExprs } from "../ir/effects.ts";
import { mapBodies, mapExprs, rewriter, stmtBodies, visitBuffers } from "../ir/traverse.ts";
import { commonSplit } from "./splits.ts";

interface Narrowed {
  readonly loop: For;
  readonly stride: number;
  readonly buffer: Buffer;
}

/** How a temporary shrinks over one loop, if it does. */
function narrowOver(loop: For, buffer: Buffer): Narrowed | null {
  if (loop.step !== 1) return null;
  const fx = effectsOf(loop);
  const split = commonSplit([...(fx.stores.get(buffer) ?? []), ...(fx.loads.get(buffer) ?? [])], loop);
  if (split?.common !== "" || split.period !== 0 || split.stride >= buffer.size) return null;
  return { loop, stride: split.stride, buffer: newBuffer(buffer.name, buffer.dtype, split.stride, true) };
}

/** For each block, which of its statements touches a buffer: null if several do. */
const users = new WeakMap<readonly Stmt[], ReadonlyMap<Buffer, Stmt | null>>();

function usersIn(stmts: readonly Stmt[]): ReadonlyMap<Buffer, Stmt | null> {
  const known = users.get(stmts);
  if (known !== undefined) return known;
  const out = new Map<Buffer, Stmt | null>();
  for (const s of stmts) {
    if (s.kind === "alloc") continue;
    const touched = new Set<Buffer>();
    visitBuffers([s], (b) => touched.add(b));
    for (const b of touched) out.set(b, out.has(b) ? null : s);
  }
  users.set(stmts, out);
  return out;
}

/** The outermost loop over which a temporary shrinks. */
function find(stmts: readonly Stmt[], buffer: Buffer): Narrowed | null {
  let block = stmts;
  for (;;) {
    const user = usersIn(block).get(buffer) ?? null;
    if (user === null) return null;
    if (user.kind === "for") {
      const found = narrowOver(user, buffer);
      if (found !== null) return found;
    }
    const bodies = stmtBodies(user);
    if (bodies.length !== 1) return null;
    block = bodies[0];
  }
}

/** Rewrites all accesses to the temporaries that shrink. Each lies within its loop. */
function rewrite(program: Program, narrowed: ReadonlyMap<Buffer, Narrowed>): readonly Stmt[] {
  const shift = (index: Expr, { loop, stride }: Narrowed): Expr => iadd(index, iscale(loop.local, -stride));
  const loads = rewriter((e) => {
    const to = e.kind === "load" ? narrowed.get(e.buffer) : undefined;
    return e.kind === "load" && to !== undefined ? { ...e, buffer: to.buffer, index: shift(e.index, to) } : e;
  });
  const stores = (list: readonly Stmt[]): Stmt[] =>
    list.map((s) => {
      const to = "buffer" in s ? narrowed.get(s.buffer) : undefined;
      if (s.kind === "alloc") return to === undefined ? s : { ...s, buffer: to.buffer };
      const writes = s.kind === "store" || s.kind === "contract";
      const moved = writes && to !== undefined ? { ...s, buffer: to.buffer, index: shift(s.index, to) } : s;
      return mapBodies(moved, stores);
    });
  return mapExprs(stores(program.body), loads);
}

/** The program with temporaries as small as one iteration allows, of loops inside that one too. */
export function narrowTemporaries(program: Program): Program {
  const read = effectsOfExprs(program.results).loads;
  const narrowed = new Map<Buffer, Narrowed>();
  for (const s of program.body) {
    if (s.kind !== "alloc" || read.has(s.buffer)) continue;
    const found = find(program.body, s.buffer);
    if (found !== null) narrowed.set(s.buffer, found);
  }
  if (narrowed.size === 0) return program;
  return narrowTemporaries({ ...program, body: rewrite(program, narrowed) });
}
