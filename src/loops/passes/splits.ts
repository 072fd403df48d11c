/**
 * @file Which elements of a buffer the iterations of a loop touch: indices split into what the loop contributes and the rest.
 */
import { rangeOf } from "../ir/affine.ts";
import { effectsOf } from "../ir/effects.ts";
import type { AffineTerm, Expr, For } from "../ir/ir.ts";
import { operands } from "../ir/traverse.ts";

/** An index as `c·t + r + common` in iteration t: r over variables inside the loop, `common` over what is fixed around it. */
export interface Split {
  readonly stride: number;
  readonly common: string;
  /** Besides, multiples of this number may be added inside the loop: more than the loop covers. 0 if there are none. */
  readonly period: number;
  /** The index with what is fixed in multiples of a number that the loop does not exceed (other rows, say) left to the period. */
  readonly rows: Pick<Split, "common" | "period"> | null;
  /** What the loop covers: its stride times its iterations. */
  readonly span: number;
}

function gcd(a: number, b: number): number {
  let [x, y] = [Math.abs(a), Math.abs(b)];
  while (y !== 0) [x, y] = [y, x % y];
  return x;
}

function dependsOn(e: Expr, ids: ReadonlySet<number>): boolean {
  if (e.kind === "local") return ids.has(e.id);
  // What is loaded inside the loop may change with it.
  return e.kind === "load" || operands(e).some((x) => dependsOn(x, ids));
}

const alone = { common: "", period: 0 } as const;

/** Splits an index, if 0 ≤ r < c (but for multiples of a period that is not less than what the loop covers); else null. */
function splitIndex(index: Expr, loop: For, defines: ReadonlySet<number>): Split | null {
  const iterations = Math.ceil((loop.local.hi - loop.local.lo + 1) / loop.step);
  if (index.kind === "local")
    return index.id === loop.local.id
      ? { stride: loop.step, ...alone, span: loop.step * iterations, rows: alone }
      : null;
  if (index.kind !== "affine") return null;
  const own = index.terms.find((t) => t.atom.kind === "local" && t.atom.id === loop.local.id);
  if (own === undefined || own.factor <= 0) return null;
  const rest = index.terms.filter((t) => t !== own);
  const inner = rest.filter((t) => dependsOn(t.atom, defines));
  const stride = own.factor * loop.step;
  const span = stride * iterations;
  const isLarge = (t: AffineTerm): boolean => Math.abs(t.factor) >= span;
  const large = inner.filter(isLarge);
  const small = inner.filter((t) => !isLarge(t));
  const fixed = rest.filter((t) => !inner.includes(t));
  /** The split that leaves multiples of what these terms are multiples of to the period. */
  const beyond = (multiples: readonly AffineTerm[]): Pick<Split, "common" | "period"> | null => {
    const period = multiples.reduce((n, t) => gcd(n, t.factor), 0);
    if (period !== 0 && period < span) return null;
    const offset = period === 0 ? index.offset : ((index.offset % period) + period) % period;
    // Of the constant, as much as is less than c counts to r.
    const steps = Math.floor(offset / stride);
    const [lo, hi] = rangeOf({ ...index, terms: small, offset: offset - steps * stride });
    if (!(lo >= 0 && hi < stride)) return null;
    const common = fixed.filter((t) => !multiples.includes(t)).map((t) => `${t.factor}*${t.key}`);
    return { common: steps === 0 && common.length === 0 ? "" : `${common.join("+")}+${steps}`, period };
  };
  const found = beyond(large);
  return found && { ...found, stride, span, rows: beyond(rest.filter(isLarge)) };
}

/**
 * What all indices of one buffer have in common, or null.
 * @param defines the variables that come to be or change inside the loop.
 */
export function commonSplit(
  indices: readonly Expr[],
  loop: For,
  defines: ReadonlySet<number> = effectsOf(loop).defines,
): Split | null {
  let found: Split | null = null;
  for (const index of indices) {
    const split = splitIndex(index, loop, defines);
    found = split === null || found === null ? split : mergeSplits(split, found);
    if (found === null) return null;
  }
  return found;
}

/** What two indices have in common, if different iterations of the loop lead to different elements. */
export function mergeSplits(a: Split, b: Split): Split | null {
  if (a.stride !== b.stride || a.span !== b.span) return null;
  const merged = (x: Split["rows"], y: Split["rows"]): Split["rows"] => {
    if (x?.common !== y?.common || x === null || y === null) return null;
    const period = gcd(x.period, y.period);
    return period === 0 || period >= a.span ? { common: x.common, period } : null;
  };
  const rows = merged(a.rows, b.rows);
  const found = merged(a, b) ?? rows;
  return found && { ...found, stride: a.stride, span: a.span, rows };
}
