/**
 * @file Loop fusion: two loops over the same range become one, if each iteration of the second needs of the first's
 * results only those of the same iteration.
 *
 *   for i in 0 … n { A }  for j in 0 … n { B }   →   for i in 0 … n { A; B[j := i] }
 *
 * That holds if every buffer that one writes and the other touches is indexed by `c·i + r + d` on both sides, with one c,
 * 0 ≤ r < c, and one d that is fixed while the loops run; or if the two touch parts of it that do not meet. A later
 * loop moves up past statements that it does not depend on, or the earlier one down past those that do not depend on it.
 */
import { rangeOf } from "../ir/affine.ts";
import type { Buffer, Expr, For, Stmt } from "../ir/ir.ts";
import { type Effects, effectsOf } from "../ir/effects.ts";
import { mapBodies, mapExprs, replaceLocal } from "../ir/traverse.ts";
import { independent as anyOrder } from "./independence.ts";
import { type Split, commonSplit, mergeSplits } from "./splits.ts";

/** How many statements back a partner is looked for: keeps the pass linear. */
const reach = 24;

const sameConst = (a: Expr, b: Expr): boolean =>
  a.kind === "const" && b.kind === "const" && a.value === b.value;

function sameRange(a: For, b: For): boolean {
  return a.step === b.step && sameConst(a.lo, b.lo) && sameConst(a.hi, b.hi);
}

/** What is known of all indices of one buffer: their common split, and between which two they lie. */
interface Access {
  readonly split: Split | null;
  readonly lo: number;
  readonly hi: number;
}

const disjoint = (a: Access, b: Access): boolean => a.hi < b.lo || b.hi < a.lo;

function accessOf(indices: readonly Expr[], s: Stmt): Access {
  let [lo, hi] = [Infinity, -Infinity];
  for (const index of indices) {
    const [a, b] = rangeOf(index);
    [lo, hi] = [Math.min(lo, a), Math.max(hi, b)];
  }
  return { split: s.kind === "for" ? commonSplit(indices, s) : null, lo, hi };
}

/** How statements that stand together touch buffers and locals; for loops, with the common split of the indices. */
interface Summary {
  readonly loads: Map<Buffer, Access>;
  readonly stores: Map<Buffer, Access>;
  readonly uses: Set<number>;
  readonly defines: Set<number>;
}

function summarize(s: Stmt): Summary {
  const fx: Effects = effectsOf(s);
  const split = (map: Effects["loads"]): Map<Buffer, Access> => {
    const out = new Map<Buffer, Access>();
    for (const [buffer, indices] of map) out.set(buffer, accessOf(indices, s));
    return out;
  };
  const summary = {
    loads: split(fx.loads),
    stores: split(fx.stores),
    uses: new Set(fx.uses),
    defines: new Set(fx.defines),
  };
  if (s.kind === "alloc") summary.stores.set(s.buffer, { split: null, lo: -Infinity, hi: Infinity });
  return summary;
}

/** A statement of the result, or several loops to become one. Summaries grow with it, so that fusion stays linear. */
interface Group {
  readonly first: Stmt;
  readonly loops: For[];
  readonly summary: Summary;
}

/** True if all accesses of a buffer on both sides have one split, or those of one side do not meet the other's. */
function agree(buffer: Buffer, a: Summary, b: Summary): boolean {
  if (apart(buffer, a, b)) return true;
  let found: Split | null = null;
  for (const map of [a.stores, a.loads, b.stores, b.loads]) {
    const access = map.get(buffer);
    if (access === undefined) continue;
    const { split } = access;
    found = split === null || found === null ? split : mergeSplits(split, found);
    if (found === null) return false;
  }
  return true;
}

/** True if no access on one side meets one on the other that writes. */
function apart(buffer: Buffer, a: Summary, b: Summary): boolean {
  const of = (s: Summary): readonly Access[] =>
    [s.loads.get(buffer), s.stores.get(buffer)].filter((x) => x !== undefined);
  return of(a).every((x) => of(b).every((y) => disjoint(x, y)));
}

function anyIn<T>(small: Iterable<T>, large: { has(x: T): boolean }): boolean {
  for (const x of small) if (large.has(x)) return true;
  return false;
}

/** True if they touch a buffer in common: loops that share nothing gain nothing, and may want their elements in other orders. */
function meet(x: Summary, y: Summary): boolean {
  const touched = (b: Buffer): boolean => x.loads.has(b) || x.stores.has(b);
  return [...y.loads.keys(), ...y.stores.keys()].some(touched);
}

function canFuse(group: Group, loop: For, y: Summary): boolean {
  const x = group.summary;
  if (group.first.kind !== "for" || !sameRange(group.first, loop) || !meet(x, y)) return false;
  // A scalar that the first loop computes is complete only after it.
  if (anyIn(y.uses, x.defines) || anyIn(y.defines, x.defines) || anyIn(y.defines, x.uses)) return false;
  for (const buffer of y.stores.keys()) {
    if ((x.stores.has(buffer) || x.loads.has(buffer)) && !agree(buffer, x, y)) return false;
  }
  for (const buffer of y.loads.keys()) if (x.stores.has(buffer) && !agree(buffer, x, y)) return false;
  return true;
}

/** True if what comes later may move up past the group. */
function independent(x: Summary, y: Summary): boolean {
  for (const buffer of y.loads.keys()) if (x.stores.has(buffer) && !apart(buffer, x, y)) return false;
  for (const buffer of y.stores.keys()) {
    if ((x.loads.has(buffer) || x.stores.has(buffer)) && !apart(buffer, x, y)) return false;
  }
  return !(anyIn(y.uses, x.defines) || anyIn(y.defines, x.uses) || anyIn(y.defines, x.defines));
}

function absorb(group: Group, loop: For, y: Summary): void {
  const x = group.summary;
  for (const side of ["loads", "stores"] as const) {
    for (const [buffer, access] of y[side]) {
      const before = x[side].get(buffer);
      if (before === undefined) {
        x[side].set(buffer, access);
        continue;
      }
      const both = before.split === null || access.split === null;
      x[side].set(buffer, {
        split: both ? null : mergeSplits(before.split, access.split),
        lo: Math.min(before.lo, access.lo),
        hi: Math.max(before.hi, access.hi),
      });
    }
  }
  for (const id of y.uses) x.uses.add(id);
  for (const id of y.defines) x.defines.add(id);
  group.loops.push(loop);
}

function finish(group: Group): Stmt {
  const { first, loops } = group;
  if (first.kind !== "for" || loops.length === 1) return first;
  const rename = (loop: For): readonly Stmt[] =>
    loop === first ? loop.body : mapExprs(loop.body, replaceLocal(loop.local, first.local));
  return { ...first, body: loops.flatMap(rename) };
}

/** Declarations that depend on nothing stand first, so that they keep no loops apart. */
const isDeclaration = (s: Stmt): boolean =>
  s.kind === "alloc" || (s.kind === "var" && s.value.kind === "const");

/** Fuses the loops of a block, then those inside them. */
export function fuseLoops(stmts: readonly Stmt[]): readonly Stmt[] {
  // Effects of deep nests are large: they are looked at only where there is something to fuse.
  if (stmts.filter((s) => s.kind === "for").length < 2) return stmts.map((s) => mapBodies(s, fuseLoops));
  const groups: Group[] = [];
  for (const s of stmts) {
    if (isDeclaration(s)) continue;
    const summary = summarize(s);
    if (s.kind === "for" && tryFuse(groups, s, summary)) continue;
    groups.push({ first: s, loops: s.kind === "for" ? [s] : [], summary });
  }
  const fused = [...stmts.filter(isDeclaration), ...groups.map(finish)];
  return fused.map((s) => mapBodies(s, fuseLoops));
}

/** Adds `loop` to the latest group it may join: it moves up to the group, or the group down to it. */
function tryFuse(groups: Group[], loop: For, summary: Summary): boolean {
  const oldest = Math.max(0, groups.length - reach);
  for (let k = groups.length - 1; k >= oldest; k--) {
    const group = groups[k];
    if (canFuse(group, loop, summary)) {
      absorb(group, loop, summary);
      return true;
    }
    if (!independent(group.summary, summary)) return tryFuseBelow(groups, k, loop, summary);
  }
  return false;
}

/**
 * The same for groups before one that `loop` cannot pass: those which nothing behind them depends on move down. Iterations
 * that could run in any order, in vectors or threads, are not joined to such as cannot: that costs more than it saves.
 */
function tryFuseBelow(groups: Group[], last: number, loop: For, summary: Summary): boolean {
  if (!anyOrder(loop)) return false;
  const oldest = Math.max(0, groups.length - reach);
  for (let k = last - 1; k >= oldest; k--) {
    const group = groups[k];
    if (!canFuse(group, loop, summary) || !group.loops.every((l) => anyOrder(l))) continue;
    if (!groups.slice(k + 1).every((later) => independent(group.summary, later.summary))) continue;
    groups.splice(k, 1);
    groups.push(group);
    absorb(group, loop, summary);
    return true;
  }
  return false;
}
