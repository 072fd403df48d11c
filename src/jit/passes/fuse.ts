/**
 * @file Loop fusion: two loops over the same range become one, if each iteration of the second needs of the first's
 * results only those of the same iteration.
 *
 *   for i in 0 … n { A }  for j in 0 … n { B }   →   for i in 0 … n { A; B[j := i] }
 *
 * That holds if every buffer that one writes and the other touches is indexed by `c·i + r + d` on both sides, with one c,
 * 0 ≤ r < c, and one d that is fixed while the loops run. A later loop moves up past statements that it does not depend on.
 */
import { rangeOf } from "../loop/affine.ts";
import { type Buffer, type Expr, type Stmt, operands } from "../loop/ir.ts";
import { effectsOf, independent } from "./effects.ts";
import { mapBodies, mapExprs, rewriter } from "./walk.ts";

type For = Extract<Stmt, { kind: "for" }>;

/** How many statements back a partner is looked for: keeps the pass linear. */
const reach = 24;

const sameConst = (a: Expr, b: Expr): boolean =>
  a.kind === "const" && b.kind === "const" && a.value === b.value;

function sameRange(a: For, b: For): boolean {
  return a.step === b.step && sameConst(a.lo, b.lo) && sameConst(a.hi, b.hi);
}

/** An index as `c·local + r + common`: r over variables inside the loop, `common` over what is fixed around it. */
interface Split {
  readonly stride: number;
  readonly common: string;
}

function dependsOn(e: Expr, ids: ReadonlySet<number>): boolean {
  if (e.kind === "local") return ids.has(e.id);
  // What is loaded inside the loop may change with it.
  return e.kind === "load" || operands(e).some((x) => dependsOn(x, ids));
}

/** Splits an index, if 0 ≤ r < c; else null. */
function splitIndex(index: Expr, loop: For): Split | null {
  if (index.kind === "local") return index.id === loop.local.id ? { stride: 1, common: "" } : null;
  if (index.kind !== "affine") return null;
  const own = index.terms.find((t) => t.atom.kind === "local" && t.atom.id === loop.local.id);
  if (own === undefined || own.factor <= 0) return null;
  const { defines } = effectsOf(loop);
  const rest = index.terms.filter((t) => t !== own);
  const inner = rest.filter((t) => dependsOn(t.atom, defines));
  const [lo, hi] = rangeOf({ ...index, terms: inner, offset: 0 });
  if (!(lo >= 0 && hi < own.factor)) return null;
  const fixed = rest.filter((t) => !inner.includes(t)).map((t) => `${t.factor}*${t.key}`);
  return {
    stride: own.factor,
    common: index.offset === 0 && fixed.length === 0 ? "" : `${fixed.join("+")}+${index.offset}`,
  };
}

/** What all indices have in common, or null. */
function commonSplit(indices: readonly Expr[], loop: For): Split | null {
  let found: Split | null = null;
  for (const index of indices) {
    const split = splitIndex(index, loop);
    if (split === null) return null;
    if (found !== null && (split.stride !== found.stride || split.common !== found.common)) return null;
    found = split;
  }
  return found;
}

function separable(a: For, b: For, buffer: Buffer): boolean {
  const x = effectsOf(a);
  const y = effectsOf(b);
  const c = commonSplit([...(x.stores.get(buffer) ?? []), ...(x.loads.get(buffer) ?? [])], a);
  const d = commonSplit([...(y.stores.get(buffer) ?? []), ...(y.loads.get(buffer) ?? [])], b);
  return c !== null && d !== null && c.stride === d.stride && c.common === d.common;
}

function canFuse(a: For, b: For): boolean {
  if (!sameRange(a, b)) return false;
  const x = effectsOf(a);
  const y = effectsOf(b);
  // A scalar that the first loop computes is complete only after it.
  for (const id of x.defines) if (y.uses.has(id) || y.defines.has(id)) return false;
  for (const id of y.defines) if (x.uses.has(id)) return false;
  for (const buffer of x.stores.keys()) {
    if ((y.loads.has(buffer) || y.stores.has(buffer)) && !separable(a, b, buffer)) return false;
  }
  for (const buffer of y.stores.keys()) {
    if (x.loads.has(buffer) && !separable(a, b, buffer)) return false;
  }
  return true;
}

function merge(a: For, b: For): For {
  const rename = rewriter((e) => (e.kind === "local" && e.id === b.local.id ? a.local : e));
  return { ...a, body: [...a.body, ...mapExprs(b.body, rename)] };
}

/** Declarations that depend on nothing stand first, so that they keep no loops apart. */
const isDeclaration = (s: Stmt): boolean =>
  s.kind === "alloc" || (s.kind === "var" && s.value.kind === "const");

/** Fuses the loops of a block, then those inside them. */
export function fuseLoops(stmts: readonly Stmt[]): Stmt[] {
  const out: Stmt[] = stmts.filter(isDeclaration);
  for (const s of stmts) {
    if (isDeclaration(s)) continue;
    if (s.kind !== "for" || !tryFuse(out, s)) out.push(s);
  }
  return out.map((s) => mapBodies(s, fuseLoops));
}

/** Merges `loop` into the latest statement it may join. */
function tryFuse(out: Stmt[], loop: For): boolean {
  for (let k = out.length - 1; k >= Math.max(0, out.length - reach); k--) {
    const before = out[k];
    if (before.kind === "for" && canFuse(before, loop)) {
      out[k] = merge(before, loop);
      return true;
    }
    if (!independent(before, loop)) return false;
  }
  return false;
}
