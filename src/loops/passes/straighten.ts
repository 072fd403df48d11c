/**
 * @file Loops over small problems of their own (a factorisation of a 3 × 3 matrix, say, for each of many) become straight code: inner
 * loops are unrolled, branches become selections, and what a temporary holds becomes values. Then several iterations run at once, in
 * the lanes of vectors, with the arithmetic of one.
 *
 *   for i in 0 … n { for j in 0 … 2 { t[j] := x[2·i + j] } if t[1] > t[0] { swap } y[i] := t[0] }   →
 *   for i in 0 … n { let p = x[2·i]  let q = x[2·i + 1]  y[i] := select(q > p, q, p) }
 *
 * A position among the elements of a temporary that is computed selects among all that it may be. What loops only a while, stores at
 * a computed position of an array, or would become too long, stays as it is.
 */
import { intConst, keyOf, rangeOf, termsOf } from "../ir/affine.ts";
import { Block, and, apply, cast, eq, load, not, select } from "../ir/build.ts";
import { effectsOf } from "../ir/effects.ts";
import {
  type AffineTerm,
  type Buffer,
  type Expr,
  type For,
  type Program,
  type Stmt,
  numberOf,
  plainExtent,
} from "../ir/ir.ts";
import { mapBodies, mapOperands, someStmt, visitBuffers, visitStmts } from "../ir/traverse.ts";

/** Iterations from which it is worth the compiler's time. */
const leastIterations = 64;

/**
 * Values that the code of one iteration may have, and of these selections: longer code is slower than loops (Cholesky factors of 8 × 8
 * matrices are faster so, LU factors with their pivots up to 4 × 4).
 */
const mostValues = 450;
const mostSelections = 120;

/** Thrown inside this file alone: a loop stays as it is. */
class Unsuited extends Error {}

function unsuited(): never {
  throw new Unsuited();
}

/** Elements of a buffer whose positions are known: those of a temporary, or those beside the loop's variable. */
interface Elements {
  readonly isPrivate: boolean;
  /** What positions have in common. */
  readonly base: string;
  readonly values: Map<number, { readonly index: Expr; readonly value: Expr; readonly isNew: boolean }>;
}

/** One iteration of a loop. */
class Iteration {
  readonly block = new Block();
  readonly #locals = new Map<number, Expr>();
  readonly #buffers = new Map<Buffer, Elements>();
  readonly #isPrivate: (b: Buffer) => boolean;
  readonly #written: ReadonlySet<Buffer>;
  readonly #conditions = new Map<string, Expr>();
  #guard: Expr | null = null;
  #count = 0;
  #selections = 0;

  constructor(written: ReadonlySet<Buffer>, isPrivate: (b: Buffer) => boolean) {
    this.#written = written;
    this.#isPrivate = isPrivate;
  }

  /** Gives a value a name, and what is known of it where it is chosen among indices. */
  #named(e: Expr, name: string): Expr {
    if (e.kind !== "const" && e.kind !== "local" && ++this.#count > mostValues) unsuited();
    if (e.kind === "op" && e.op === "select" && ++this.#selections > mostSelections) unsuited();
    if (e.kind !== "op" || e.op !== "select" || e.dtype !== "int32") return this.block.let(e, name);
    const [lo, hi] = [e.args[1], e.args[2]]
      .map(rangeOf)
      .reduce(([a, b], [c, d]) => [Math.min(a, c), Math.max(b, d)]);
    return this.block.within(e, lo, hi);
  }

  /** A condition under its name, made once. */
  #condition(key: string, make: () => Expr): Expr {
    let out = this.#conditions.get(key);
    if (out === undefined) this.#conditions.set(key, (out = this.#named(make(), "is")));
    return out;
  }

  #is(atom: Expr, i: number): Expr {
    return this.#condition(`${keyOf(atom)}=${i}`, () => eq(atom, intConst(i)));
  }

  #both(a: Expr, b: Expr): Expr {
    return this.#condition(`${keyOf(a)}&${keyOf(b)}`, () => and(a, b));
  }

  #expr(e: Expr): Expr {
    switch (e.kind) {
      case "const":
        return e;
      case "local": {
        const value = this.#locals.get(e.id);
        if (value === undefined) return e;
        // What is known of it where it is used.
        return value.kind === "local"
          ? { ...value, lo: Math.max(value.lo, e.lo), hi: Math.min(value.hi, e.hi) }
          : value;
      }
      case "load":
        return this.#load(e.buffer, this.#expr(e.index));
      case "call":
        return unsuited();
      default: {
        const mapped = mapOperands(e, (x) => this.#expr(x));
        if (mapped.kind === "op") return apply(mapped.op, ...mapped.args);
        return mapped.kind === "cast" ? cast(mapped.arg, mapped.dtype) : mapped;
      }
    }
  }

  /** Which element an index names: so much behind the base; null if that is computed. */
  #place(buffer: Buffer, index: Expr): number | null {
    const { terms, offset } = termsOf(index);
    const isPrivate = this.#isPrivate(buffer);
    if (isPrivate && terms.length > 0) return null;
    if (terms.some((t) => t.atom.kind !== "local" || this.#isMade(t.atom.id))) return null;
    const base = terms.map((t) => `${t.factor}*${t.key}`).join("+");
    const known = this.#buffers.get(buffer);
    if (known === undefined) this.#buffers.set(buffer, { isPrivate, base, values: new Map() });
    else if (known.base !== base) unsuited();
    return offset;
  }

  readonly #made = new Set<number>();

  #isMade(id: number): boolean {
    return this.#made.has(id);
  }

  #load(buffer: Buffer, index: Expr): Expr {
    if (!this.#written.has(buffer)) {
      const [lo, hi] = rangeOf(index);
      if (this.#guard !== null && !(lo >= 0 && hi < buffer.size)) unsuited();
      return this.#named(load(buffer, index), buffer.name);
    }
    const place = this.#place(buffer, index);
    if (place !== null) return this.#element(buffer, place, index);
    const { atom, factor, lo, hi, offset } = this.#choice(buffer, index);
    let out = this.#element(buffer, factor * lo + offset, intConst(0));
    for (let i = lo + 1; i <= hi; i++)
      out = select(this.#is(atom, i), this.#element(buffer, factor * i + offset, intConst(0)), out);
    return this.#named(out, buffer.name);
  }

  /** What decides about a computed position in a temporary. */
  #choice(buffer: Buffer, index: Expr): AffineTerm & { lo: number; hi: number; offset: number } {
    const { terms, offset } = termsOf(index);
    if (!this.#isPrivate(buffer) || terms.length !== 1) unsuited();
    const [lo, hi] = rangeOf(terms[0].atom);
    if (!Number.isFinite(lo) || !Number.isFinite(hi) || hi - lo > 16) unsuited();
    return { ...terms[0], lo, hi, offset };
  }

  #element(buffer: Buffer, place: number, index: Expr): Expr {
    const elements = this.#buffers.get(buffer) ?? unsuited();
    const known = elements.values.get(place);
    if (known !== undefined) return known.value;
    if (elements.isPrivate || this.#guard !== null) unsuited();
    const value = this.#named(load(buffer, index), buffer.name);
    elements.values.set(place, { index, value, isNew: false });
    return value;
  }

  #put(buffer: Buffer, place: number, index: Expr, value: Expr, guard: Expr | null): void {
    const elements = this.#buffers.get(buffer) ?? unsuited();
    const before = elements.values.get(place);
    if (guard !== null && before === undefined && !elements.isPrivate) unsuited();
    const chosen = guard === null || before === undefined ? value : select(guard, value, before.value);
    elements.values.set(place, { index, value: this.#named(chosen, buffer.name), isNew: true });
  }

  #store(buffer: Buffer, index: Expr, value: Expr): void {
    const place = this.#place(buffer, index);
    if (place !== null) {
      this.#put(buffer, place, index, value, this.#guard);
      return;
    }
    const { atom, factor, lo, hi, offset } = this.#choice(buffer, index);
    const held = this.#named(value, buffer.name);
    for (let i = lo; i <= hi; i++) {
      const chosen = this.#is(atom, i);
      const guard = this.#guard === null ? chosen : this.#both(this.#guard, chosen);
      this.#put(buffer, factor * i + offset, index, held, guard);
    }
  }

  #assign(id: number, value: Expr, name: string): void {
    const before = this.#locals.get(id) ?? unsuited();
    const chosen = this.#guard === null ? value : select(this.#guard, value, before);
    this.#bind(id, chosen, name);
  }

  #bind(id: number, value: Expr, name: string): void {
    const named = this.#named(value, name);
    if (named.kind === "local") this.#made.add(named.id);
    this.#locals.set(id, named);
  }

  run(stmts: readonly Stmt[]): void {
    for (const s of stmts) this.#stmt(s);
  }

  #stmt(s: Stmt): void {
    switch (s.kind) {
      case "let":
      case "var":
        this.#bind(s.local.id, this.#expr(s.value), s.local.name);
        return;
      case "set":
        this.#assign(s.local.id, this.#expr(s.value), s.local.name);
        return;
      case "accumulate": {
        const sum = apply(s.op, this.#expr({ ...s.local }), this.#expr(s.value));
        this.#assign(s.local.id, sum, s.local.name);
        return;
      }
      case "store":
        this.#store(s.buffer, this.#expr(s.index), this.#expr(s.value));
        return;
      case "for": {
        const [lo, hi] = [this.#expr(s.lo), this.#expr(s.hi)];
        if (lo.kind !== "const" || hi.kind !== "const") unsuited();
        for (let i = numberOf(lo); i < numberOf(hi); i += s.step) {
          this.#locals.set(s.local.id, intConst(i));
          this.run(s.body);
        }
        return;
      }
      case "if":
        this.#branch(this.#named(this.#expr(s.test), "test"), s.then, s.else);
        return;
      default:
        unsuited();
    }
  }

  #branch(test: Expr, then: readonly Stmt[], otherwise: readonly Stmt[]): void {
    if (test.kind === "const") {
      this.run(numberOf(test) === 0 ? otherwise : then);
      return;
    }
    const outer = this.#guard;
    const under = (condition: Expr, body: readonly Stmt[]): void => {
      if (body.length === 0) return;
      this.#guard = outer === null ? condition : this.#both(outer, condition);
      this.run(body);
    };
    under(test, then);
    if (otherwise.length > 0) under(this.#named(not(test), "otherwise"), otherwise);
    this.#guard = outer;
  }

  /** Stores what arrays are to hold. */
  finish(): void {
    for (const [buffer, { isPrivate, values }] of this.#buffers)
      if (!isPrivate)
        for (const { index, value, isNew } of values.values())
          if (isNew) this.block.store(buffer, index, value);
  }
}

/** How often statements name each buffer. */
function uses(stmts: readonly Stmt[]): Map<Buffer, number> {
  const out = new Map<Buffer, number>();
  visitBuffers(stmts, (b) => out.set(b, (out.get(b) ?? 0) + 1));
  return out;
}

/** Is there something to be gained, and nothing that is never straight? */
function isSuited(loop: For): boolean {
  const straight = (s: Stmt): boolean =>
    s.kind !== "while" &&
    s.kind !== "contract" &&
    s.kind !== "tile" &&
    s.kind !== "host" &&
    s.kind !== "alloc";
  return (
    loop.step === 1 &&
    (plainExtent(loop) ?? 0) >= leastIterations &&
    someStmt(loop.body, (s) => s.kind === "for") &&
    !someStmt(loop.body, (s) => !straight(s))
  );
}

/** The loop with a straight body; null if it has to stay. */
function straightened(loop: For, isPrivate: (b: Buffer) => boolean): For | null {
  const written = new Set<Buffer>();
  visitStmts(loop.body, (s) => {
    if (s.kind === "store") written.add(s.buffer);
  });
  // What only copies or computes gains nothing.
  const read = effectsOf(loop).loads;
  if (![...written].some((b) => read.has(b))) return null;
  const iteration = new Iteration(written, isPrivate);
  try {
    iteration.run(loop.body);
    iteration.finish();
  } catch (e) {
    if (e instanceof Unsuited) return null;
    throw e;
  }
  return { ...loop, body: iteration.block.stmts };
}

/** The program with such loops straight. */
export function straightenLoops(program: Program): Program {
  const temporaries = new Set(program.body.flatMap((s) => (s.kind === "alloc" ? [s.buffer] : [])));
  const all = uses(program.body.filter((s) => s.kind !== "alloc"));
  const within = (stmts: readonly Stmt[]): readonly Stmt[] => {
    const out = stmts.map((s): Stmt => {
      if (s.kind !== "for") return s;
      const own = isSuited(s) ? uses([s]) : null;
      const straight =
        own === null ? null : straightened(s, (b) => temporaries.has(b) && own.get(b) === all.get(b));
      return straight ?? mapBodies(s, within);
    });
    return out.every((s, i) => s === stmts[i]) ? stmts : out;
  };
  const body = within(program.body);
  if (body === program.body) return program;
  const used = uses(body.filter((s) => s.kind !== "alloc"));
  return { ...program, body: body.filter((s) => s.kind !== "alloc" || used.has(s.buffer)) };
}
