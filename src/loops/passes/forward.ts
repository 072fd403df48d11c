/**
 * @file Value numbering within blocks: a value computed or stored before is not computed or loaded again.
 *
 * - equal expressions of one block (and of the blocks inside it) share one `let`;
 * - a load of what was stored at the same index in the same block is the stored value;
 * - operations are simplified (algebra.ts), which sees through the names of values;
 * - temporary buffers that nobody loads any more disappear, with their stores.
 */
import { keyOf, rangeOf, termsOf } from "../ir/affine.ts";
import {
  type Buffer,
  type Expr,
  type Local,
  type Origin,
  type Program,
  type Stmt,
  type Store,
  newLocal,
} from "../ir/ir.ts";
import { not, simplifyOp } from "./algebra.ts";
import { effectsOfExprs } from "../ir/effects.ts";
import type { OpName } from "../ir/scalar.ts";
import {
  mapBodies,
  mapOperands,
  mapStmtExprs,
  replaceStmts,
  stmtExprs,
  visitExpr,
  visitLocals,
  visitReads,
  visitStmts,
  visitWrites,
} from "../ir/traverse.ts";

/** A known element: its index, and what it holds. */
type Element = readonly [index: Expr, value: Expr];

interface Contents {
  /** Nothing that outer scopes know of this buffer holds any more. */
  stale: boolean;
  /** By the numbers of their indices. */
  readonly values: Map<number, Element>;
}

/** Of how many elements of one buffer is known what they hold: keeps the pass linear. */
const remembered = 32;

/** The terms of an index as a text, and its constant. */
const placeOf = (index: Expr): readonly [terms: string, offset: number] => {
  const { terms, offset } = termsOf(index);
  return [terms.map((t) => `${t.factor}*${t.key}`).join("+"), offset];
};

/** True if two indices never are the same element. */
function apart(x: Expr, y: Expr): boolean {
  const [[xTerms, xOffset], [yTerms, yOffset]] = [placeOf(x), placeOf(y)];
  return xTerms === yTerms && xOffset !== yOffset;
}

/** What is known at a point: values of expressions, and contents of buffers. Inner scopes see outer ones. */
class Scope {
  readonly #values = new Map<number, Expr>();
  readonly #contents = new Map<Buffer, Contents>();
  /** This scope and those around it, innermost first. */
  readonly #chain: readonly Scope[];

  constructor(parent: Scope | null) {
    this.#chain = parent === null ? [this] : [this, ...parent.#chain];
  }
  value(of: number): Expr | undefined {
    for (const s of this.#chain) {
      const v = s.#values.get(of);
      if (v !== undefined) return v;
    }
    return undefined;
  }
  setValue(of: number, value: Expr): void {
    this.#values.set(of, value);
  }
  stored(buffer: Buffer, index: number): Expr | undefined {
    for (const s of this.#chain) {
      const contents = s.#contents.get(buffer);
      const element = contents?.values.get(index);
      if (element !== undefined) return element[1];
      if (contents?.stale === true) return undefined;
    }
    return undefined;
  }
  setStored(buffer: Buffer, index: number, element: Element): void {
    const contents = this.#contents.get(buffer);
    if (contents === undefined)
      this.#contents.set(buffer, { stale: false, values: new Map([[index, element]]) });
    else contents.values.set(index, element);
  }
  /** Forgets what a buffer may hold at an index. */
  forgetAt(buffer: Buffer, index: Expr): void {
    const kept = new Map<number, Element>();
    for (const s of this.#chain) {
      const contents = s.#contents.get(buffer);
      for (const [number, element] of contents?.values ?? [])
        if (kept.size < remembered && !kept.has(number) && apart(element[0], index))
          kept.set(number, element);
      if (contents?.stale === true) break;
    }
    this.#contents.set(buffer, { stale: true, values: kept });
  }
  /** Forgets what a buffer holds. */
  forget(buffer: Buffer): void {
    this.#contents.set(buffer, { stale: true, values: new Map<number, Element>() });
  }
}

/** Operations whose operands may change places. */
const commutative = new Set<OpName>(["add", "mul", "eq", "ne", "and", "or", "xor"]);

class Numbering {
  /** What immutable locals stand for, where that may be looked at. */
  readonly #definitions = new Map<number, Expr>();
  readonly #ids = new WeakMap<Expr, number>();
  readonly #byText = new Map<string, number>();
  readonly #mutable: ReadonlySet<number>;
  readonly #stored: ReadonlySet<Buffer>;

  constructor(mutable: ReadonlySet<number>, stored: ReadonlySet<Buffer>) {
    this.#mutable = mutable;
    this.#stored = stored;
  }

  /** Equal numbers mean equal values, as long as nothing they read has changed. */
  of(e: Expr): number {
    let id = this.#ids.get(e);
    if (id !== undefined) return id;
    const text = this.#text(e);
    id = this.#byText.get(text);
    if (id === undefined) this.#byText.set(text, (id = this.#byText.size));
    this.#ids.set(e, id);
    return id;
  }

  #text(e: Expr): string {
    switch (e.kind) {
      case "const":
        return `c${e.dtype}${Object.is(e.value, -0) ? "-0" : e.value}`;
      case "local":
        return `v${e.id}`;
      case "affine":
        return `a${keyOf(e)}`;
      case "load":
        return `l${e.buffer.id}[${this.of(e.index)}]`;
      case "op": {
        const args = e.args.map((a) => this.of(a));
        if (commutative.has(e.op)) args.sort((a, b) => a - b);
        return `${e.op}(${args.join()})`;
      }
      case "call":
        return `call ${e.fn.name}(${e.args.map((a) => this.of(a)).join()})`;
      case "cast":
      case "bits":
        return `${e.kind}${e.dtype}(${this.of(e.arg)})`;
    }
  }

  /** Notes what a local stands for. */
  define(local: Local, value: Expr): void {
    const atoms = value.kind === "op" ? value.args : value.kind === "cast" ? [value.arg] : [];
    const steady = (e: Expr): boolean =>
      e.kind === "const" || (e.kind === "local" && !this.#mutable.has(e.id));
    if (atoms.length > 0 && atoms.every(steady)) this.#definitions.set(local.id, value);
  }

  readonly definition = (e: Expr): Expr => (e.kind === "local" ? (this.#definitions.get(e.id) ?? e) : e);

  /** True if the expression reads a buffer that the program writes, or a local that changes. */
  volatile(root: Expr): boolean {
    let found = false;
    visitExpr(root, (e) => {
      if (e.kind === "load" && this.#stored.has(e.buffer)) found = true;
      if (e.kind === "local" && this.#mutable.has(e.id)) found = true;
    });
    return found;
  }
}

function mutableLocals(stmts: readonly Stmt[]): Set<number> {
  const out = new Set<number>();
  visitStmts(stmts, (s) => {
    if (s.kind === "var") out.add(s.local.id);
  });
  return out;
}

/** Replaces loads of what the same block stored, and merges equal `let`s. */
function numberBlock(
  stmts: readonly Stmt[],
  outer: Scope | null,
  numbers: Numbering,
  renamed: Map<number, Expr>,
): Stmt[] {
  const scope = new Scope(outer);
  const out: Stmt[] = [];
  const rewrite = (e: Expr): Expr => {
    const mapped = mapOperands(e, rewrite);
    if (mapped.kind === "local") return renamed.get(mapped.id) ?? mapped;
    if (mapped.kind === "load") return scope.stored(mapped.buffer, numbers.of(mapped.index)) ?? mapped;
    return mapped.kind === "op" ? simplifyOp(mapped, numbers.definition) : mapped;
  };
  /** Binds a local unless its value has one, and returns what it is. */
  const bind = (local: Local, value: Expr, origin: Origin | undefined): Expr => {
    const steady = !numbers.volatile(value);
    // Sums stay in the indices that they are part of: so it is seen which elements these are. A name that tells more of the
    // range than the sum does stays, too: that it is not negative, for one.
    const [lo, hi] = rangeOf(value);
    const tells = lo < local.lo || hi > local.hi || lo < 0;
    const isSum = value.kind === "affine" && steady && !tells;
    const trivial = value.kind === "local" || value.kind === "const" || isSum;
    const key = numbers.of(value);
    const known = trivial ? value : steady ? scope.value(key) : undefined;
    if (known !== undefined && (known.kind !== "local" || !trivial || steady)) {
      renamed.set(local.id, known);
      return known;
    }
    if (steady) scope.setValue(key, local);
    if (value.kind === "load") scope.setStored(value.buffer, numbers.of(value.index), [value.index, local]);
    numbers.define(local, value);
    out.push(letOf(local, value, origin));
    return local;
  };
  for (const original of stmts) {
    // A block that stores makes what was known of its buffers unknown already at its own beginning (loops come round).
    if (original.kind === "for" || original.kind === "while" || original.kind === "if")
      visitWrites([original], (buffer) => scope.forget(buffer));
    const s = mapStmtExprs(original, rewrite);
    switch (s.kind) {
      case "let": {
        const { local, value, origin } = s;
        // What is negated has a name, so that a sum that takes the sign away can use it.
        const signed = value.kind === "op" && value.op === "neg" && value.args[0].kind === "op";
        const name = (of: Expr): Expr => bind(newLocal("t", value.dtype), of, origin);
        bind(local, signed ? { ...value, args: value.args.map(name) } : value, origin);
        break;
      }
      case "store": {
        const value = nameValue(s, out, numbers);
        scope.forgetAt(s.buffer, s.index);
        if (value.kind === "const" || !numbers.volatile(value))
          scope.setStored(s.buffer, numbers.of(s.index), [s.index, value]);
        out.push({ ...s, value });
        break;
      }
      default:
        if (s.kind === "contract") scope.forget(s.buffer);
        if (s.kind === "host") for (const b of s.outputs) scope.forget(b);
        out.push(mapBodies(s, (body) => numberBlock(body, scope, numbers, renamed)));
    }
  }
  return out;
}

const letOf = (local: Local, value: Expr, origin: Origin | undefined): Stmt =>
  origin === undefined ? { kind: "let", local, value } : { kind: "let", local, value, origin };

function nameValue({ value, origin }: Stmt & Store, out: Stmt[], numbers: Numbering): Expr {
  if (value.kind === "const" || (value.kind === "local" && !numbers.volatile(value))) return value;
  const local: Local = newLocal("t", value.dtype);
  out.push(letOf(local, value, origin));
  return local;
}

function dropBuffers(stmts: readonly Stmt[], dead: ReadonlySet<Buffer>): readonly Stmt[] {
  return replaceStmts(stmts, (s) => {
    if (s.kind === "store" || s.kind === "alloc" || s.kind === "contract")
      return dead.has(s.buffer) ? [] : null;
    if (s.kind !== "for") return null;
    const body = dropBuffers(s.body, dead);
    return body.length === 0 ? [] : [{ ...s, body }];
  });
}

/** Removes `let`s that nothing uses, from the end. */
function dropUnused(stmts: readonly Stmt[], used: Set<number>): Stmt[] {
  const out: Stmt[] = [];
  for (let i = stmts.length - 1; i >= 0; i--) {
    let s = stmts[i];
    if (s.kind === "let" && !used.has(s.local.id)) continue;
    s = mapBodies(s, (body) => dropUnused(body, used));
    if (s.kind === "for" && s.body.length === 0) continue;
    if (s.kind === "if" && s.then.length === 0) {
      if (s.else.length === 0) continue;
      s = { ...s, test: not(s.test), then: s.else, else: [] };
    }
    // What is inside has been seen to.
    visitLocals(stmtExprs(s), (local) => used.add(local.id));
    if (s.kind === "accumulate") used.add(s.local.id);
    out.push(s);
  }
  return out.reverse();
}

/** The program with nothing computed, stored or loaded twice where that can be seen. */
export function forwardValues(program: Program): Program {
  const mutable = mutableLocals(program.body);
  const renamed = new Map<number, Expr>();
  const stored = new Set<Buffer>();
  visitWrites(program.body, (b) => stored.add(b));
  const numbers = new Numbering(mutable, stored);
  let body = numberBlock(program.body, null, numbers, renamed);
  const resolve = (e: Expr): Expr =>
    e.kind === "local" ? (renamed.get(e.id) ?? e) : mapOperands(e, resolve);
  const results = program.results.map(resolve);
  const read = effectsOfExprs(results);
  const loaded = new Set<Buffer>(read.loads.keys());
  visitReads(body, (b) => loaded.add(b));
  const dead = new Set<Buffer>();
  for (const s of body) if (s.kind === "alloc" && !loaded.has(s.buffer)) dead.add(s.buffer);
  body = dropUnused(dropBuffers(body, dead), new Set(read.uses));
  return { ...program, body, results };
}
