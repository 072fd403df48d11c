/**
 * @file Copies that are not needed: where a whole buffer is copied into another, the two become one, unless one is written
 * while what the other holds is still to be read.
 *
 *   for i in 0 … n { t[i] := x[i] }  t[k] := v  for i in 0 … n { x[i] := t[i] }   →   x[k] := v
 *
 * This is what makes updates of a loop's carry happen in place. It is the coalescing of copies of register allocation
 * (Chaitin), with buffers for variables: liveness backwards over the structured program, each loop nest without a copy
 * inside taken as one instruction. A nest that writes b[i] after it has read a[i] and no other element of a may share
 * them as an instruction may share its operand with its result.
 */
import { keyOf } from "../ir/affine.ts";
import {
  type Buffer,
  type Contract,
  type Expr,
  type For,
  type Local,
  type Program,
  type Stmt,
  type Store,
  plainExtent,
} from "../ir/ir.ts";
import { isRanged } from "../ir/contract.ts";
import { effectsOf, effectsOfExprs } from "../ir/effects.ts";
import { renameBuffers, replaceStmts, stmtBodies, stmtExprs } from "../ir/traverse.ts";

const plainLoop = (s: For): boolean => (plainExtent(s) ?? 0) > 0;

/** True if the index takes each value below `size` once, as the variables take theirs, from 0 to `hi`. */
function coversOnce(index: Expr, variables: readonly Local[], size: number): boolean {
  const all = new Map<number, number>(variables.flatMap((v) => (v.hi > 0 ? [[v.id, v.hi + 1]] : [])));
  if (index.kind === "const") return index.value === 0 && all.size === 0 && size === 1;
  if (index.kind !== "local" && index.kind !== "affine") return false;
  if (index.kind === "affine" && index.offset !== 0) return false;
  const terms = index.kind === "local" ? [{ atom: index, factor: 1 }] : [...index.terms];
  if (terms.length !== all.size) return false;
  let stride = 1;
  for (const { atom, factor } of terms.sort((a, b) => a.factor - b.factor)) {
    const extent = atom.kind === "local" ? all.get(atom.id) : undefined;
    if (extent === undefined || factor !== stride) return false;
    stride *= extent;
  }
  return stride === size;
}

/** A store that fills its buffer, in loops that do nothing else of consequence, and the statement that holds it. */
interface Fill {
  readonly store: Store | Contract;
  /** Buffers of which the nest reads, before the store, only the element that it writes. */
  readonly sameElement: ReadonlySet<Buffer>;
  /** The buffer that is copied, if that is all. */
  readonly copied: Buffer | null;
}

/** The only store of a nest, with what stands before it, if it fills its buffer. */
function fillOf(s: Stmt): Fill | null {
  const variables: Local[] = [];
  let at = s;
  while (at.kind === "for") {
    if (!plainLoop(at)) return null;
    variables.push(at.local);
    // Only the last statement may store, and loops lead to it.
    const last = at.body[at.body.length - 1] as Stmt | undefined;
    if (last === undefined || at.body.slice(0, -1).some((x) => effectsOf(x).stores.size > 0)) return null;
    at = last;
  }
  if (at.kind === "contract") {
    const covers =
      !isRanged(at) && coversOnce(at.index, [...variables, at.batch, at.row, at.column], at.buffer.size);
    return covers ? { store: at, sameElement: new Set(), copied: null } : null;
  }
  if (at.kind !== "store" || !coversOnce(at.index, variables, at.buffer.size)) return null;
  const key = keyOf(at.index);
  const sameElement = new Set<Buffer>();
  for (const [buffer, indices] of effectsOf(s).loads)
    if (indices.every((i) => keyOf(i) === key)) sameElement.add(buffer);
  const { value, buffer } = at;
  const isCopy =
    value.kind === "load" &&
    sameElement.has(value.buffer) &&
    value.buffer.size === buffer.size &&
    value.buffer.dtype === buffer.dtype;
  return { store: at, sameElement, copied: isCopy ? value.buffer : null };
}

interface Copy {
  readonly from: Buffer;
  readonly to: Buffer;
  readonly depth: number;
}

/** What a statement, or several, reads of what was there before, and what it surely overwrites. */
interface Flow {
  readonly gen: Set<Buffer>;
  readonly kill: Set<Buffer>;
}

class Coalescing {
  readonly #fills = new Map<Stmt, Fill | null>();
  readonly #holdsCopy = new Set<Stmt>();
  readonly #flows = new Map<readonly Stmt[], Flow>();
  readonly #conflicts = new Map<Buffer, Set<Buffer>>();
  readonly copies: Copy[] = [];
  readonly #wanted = new Set<Buffer>();

  constructor(program: Program) {
    this.#find(program.body, 0);
    for (const c of this.copies) this.#wanted.add(c.from).add(c.to);
    if (this.copies.length === 0) return;
    const live = new Set<Buffer>(program.outs.filter((b) => this.#wanted.has(b)));
    for (const p of program.params) if (p.kind === "buffer" && this.#wanted.has(p)) live.add(p);
    for (const b of this.#loadsOf(program.results)) live.add(b);
    this.#walk(program.body, live);
  }

  /** Finds the copies, and the statements that hold some. */
  #find(stmts: readonly Stmt[], depth: number): boolean {
    let any = false;
    for (const s of stmts) {
      const fill = fillOf(s);
      this.#fills.set(s, fill);
      if (fill?.copied !== null && fill?.copied !== undefined) {
        this.copies.push({ from: fill.copied, to: fill.store.buffer, depth });
        any = true;
      } else if (fill === null) {
        let inside = false;
        for (const body of stmtBodies(s)) inside = this.#find(body, depth + 1) || inside;
        if (inside) this.#holdsCopy.add(s);
        any ||= inside;
      }
    }
    return any;
  }

  #loadsOf(roots: readonly Expr[]): Buffer[] {
    return this.#some(effectsOfExprs(roots).loads.keys());
  }

  #some(buffers: Iterable<Buffer>): Buffer[] {
    return [...buffers].filter((b) => this.#wanted.has(b));
  }

  /** Statements taken apart; all others are single instructions. */
  #isOpen(s: Stmt): boolean {
    return (
      this.#holdsCopy.has(s) || ((s.kind === "if" || s.kind === "while") && effectsOf(s).stores.size > 0)
    );
  }

  #flowOf(stmts: readonly Stmt[]): Flow {
    let flow = this.#flows.get(stmts);
    if (flow !== undefined) return flow;
    flow = { gen: new Set(), kill: new Set() };
    for (let i = stmts.length - 1; i >= 0; i--) {
      const { gen, kill } = this.#flowOfStmt(stmts[i]);
      for (const b of kill) flow.gen.delete(b);
      for (const b of gen) flow.gen.add(b);
      for (const b of kill) flow.kill.add(b);
    }
    this.#flows.set(stmts, flow);
    return flow;
  }

  #flowOfStmt(s: Stmt): { gen: Iterable<Buffer>; kill: Iterable<Buffer> } {
    if (!this.#isOpen(s)) {
      const fill = this.#fills.get(s) ?? null;
      return {
        gen: this.#some(effectsOf(s).loads.keys()),
        kill: fill === null ? [] : this.#some([fill.store.buffer]),
      };
    }
    const own = this.#loadsOf(stmtExprs(s));
    const flows = stmtBodies(s).map((body) => this.#flowOf(body));
    const gen = [...own, ...flows.flatMap((f) => [...f.gen])];
    if (s.kind === "if") return { gen, kill: [...flows[0].kill].filter((b) => flows[1].kill.has(b)) };
    return { gen, kill: s.kind === "for" && plainLoop(s) ? flows[0].kill : [] };
  }

  /** From what is live behind statements to what is live before them, noting conflicts. */
  #walk(stmts: readonly Stmt[], live: Set<Buffer>): void {
    for (let i = stmts.length - 1; i >= 0; i--) {
      const s = stmts[i];
      if (!this.#isOpen(s)) this.#instruction(s, live);
      else if (s.kind === "if") {
        const otherwise = new Set(live);
        this.#walk(s.then, live);
        this.#walk(s.else, otherwise);
        for (const b of otherwise) live.add(b);
        for (const b of this.#loadsOf([s.test])) live.add(b);
      } else {
        const { gen, kill } = this.#flowOfStmt(s);
        const [body] = stmtBodies(s);
        this.#walk(body, new Set([...live, ...gen]));
        for (const b of kill) live.delete(b);
        for (const b of gen) live.add(b);
      }
    }
  }

  #instruction(s: Stmt, live: Set<Buffer>): void {
    const { loads, stores } = effectsOf(s);
    const fill = this.#fills.get(s) ?? null;
    const read = this.#some(loads.keys());
    for (const b of this.#some(stores.keys())) {
      for (const a of live) if (fill?.copied !== a) this.#conflict(a, b);
      // A single store reads before it writes.
      if (s.kind === "store") continue;
      for (const a of read) if (!live.has(a) && fill?.sameElement.has(a) !== true) this.#conflict(a, b);
    }
    if (fill !== null) live.delete(fill.store.buffer);
    for (const b of read) live.add(b);
  }

  #conflict(a: Buffer, b: Buffer): void {
    if (a === b || a.size !== b.size || a.dtype !== b.dtype) return;
    for (const [x, y] of [
      [a, b],
      [b, a],
    ]) {
      const set = this.#conflicts.get(x);
      if (set === undefined) this.#conflicts.set(x, new Set([y]));
      else set.add(y);
    }
  }

  /** Which buffer stands for which: those of inner loops' copies first. */
  merge(fixed: ReadonlySet<Buffer>): Map<Buffer, Buffer> {
    const parent = new Map<Buffer, Buffer>();
    const find = (b: Buffer): Buffer => {
      let root = b;
      for (let p = parent.get(root); p !== undefined; p = parent.get(root)) root = p;
      return root;
    };
    for (const { from, to } of [...this.copies].sort((a, b) => b.depth - a.depth)) {
      const [a, b] = [find(from), find(to)];
      if (a === b || (fixed.has(a) && fixed.has(b))) continue;
      const [left, right] = [this.#conflicts.get(a), this.#conflicts.get(b)];
      if ([...(left ?? [])].some((c) => find(c) === b) || [...(right ?? [])].some((c) => find(c) === a))
        continue;
      const [root, child] = fixed.has(b) ? [b, a] : [a, b];
      parent.set(child, root);
      this.#conflicts.set(root, new Set([...(left ?? []), ...(right ?? [])]));
    }
    const out = new Map<Buffer, Buffer>();
    for (const b of this.#wanted) if (find(b) !== b) out.set(b, find(b));
    return out;
  }

  /** The program with buffers renamed, and without what is now a copy of a buffer to itself. */
  rewrite(program: Program, names: ReadonlyMap<Buffer, Buffer>): Program {
    const to = (b: Buffer): Buffer => names.get(b) ?? b;
    const body = replaceStmts(program.body, (s) => {
      const fill = this.#fills.get(s);
      const copied = fill?.copied ?? null;
      if (copied !== null && to(copied) === to(fill!.store.buffer)) return [];
      return s.kind === "alloc" && names.has(s.buffer) ? [] : null;
    });
    return renameBuffers({ ...program, body }, names);
  }
}

/** The program with buffers that are copies of each other made one, where that can be. Allocations must stand outside. */
export function coalesceCopies(program: Program): Program {
  const found = new Coalescing(program);
  if (found.copies.length === 0) return program;
  const fixed = new Set<Buffer>(program.outs);
  for (const p of program.params) if (p.kind === "buffer") fixed.add(p);
  const names = found.merge(fixed);
  return names.size === 0 ? program : found.rewrite(program, names);
}
