/**
 * @file What loop programs do, counted without running them: operations on elements, and elements loaded and stored.
 *
 * Loops of known length multiply what is in them; of those whose inner bounds depend on their variable each iteration is
 * counted, or (beyond `mostSamples`) some of them, evenly spaced. Branches count as the more expensive one. A `while`, and a
 * loop whose bounds are data, has no known length: it is counted once, and said to be unknown.
 */
import { type DType, isInexact } from "../../dtypes/dtype.ts";
import { rangeOfVariable } from "../../loops/ir/contract.ts";
import type { Buffer, Contract, Expr, For, Local, ScalarFunction, Stmt } from "../../loops/ir/ir.ts";
import type { OpName } from "../../loops/ir/scalar.ts";
import { operands, stmtExprs, visitLocals, visitStmts } from "../../loops/ir/traverse.ts";

/** Iterations of which each is counted: the work for a triangle of loops is its square. */
const mostSamples = 64;

/** What is counted as a transcendental function, and not as an operation: as XLA does. */
const transcendental: ReadonlySet<OpName> = new Set<OpName>([
  ...(["exp", "exp2", "expm1", "log", "log1p", "pow", "sqrt", "cbrt"] as const),
  ...(["sin", "cos", "tan", "asin", "acos", "atan", "atan2"] as const),
  ...(["sinh", "cosh", "tanh", "tanhFrom", "asinh", "acosh", "atanh"] as const),
]);

/** Index arithmetic, which costs nothing. */
const ofIndices: ReadonlySet<OpName> = new Set<OpName>(["idiv", "imod"]);

/** Which operations count: all, those on floats, none. */
export type Counted = "all" | "floats" | "none";

/** Counts. They only grow, so maxima of branches are copies. */
export class Counts {
  flops = 0;
  transcendentals = 0;
  readonly loads = new Map<Buffer, number>();
  readonly stores = new Map<Buffer, number>();
  /** Loops whose length is not known. */
  unknown = 0;

  add(other: Counts, times = 1): void {
    this.flops += times * other.flops;
    this.transcendentals += times * other.transcendentals;
    for (const [b, n] of other.loads) this.loads.set(b, (this.loads.get(b) ?? 0) + times * n);
    for (const [b, n] of other.stores) this.stores.set(b, (this.stores.get(b) ?? 0) + times * n);
    this.unknown += other.unknown;
  }

  get operations(): number {
    return this.flops + this.transcendentals;
  }
}

const load = (c: Counts, b: Buffer, n = 1): void => void c.loads.set(b, (c.loads.get(b) ?? 0) + n);
const store = (c: Counts, b: Buffer, n = 1): void => void c.stores.set(b, (c.stores.get(b) ?? 0) + n);

class Counter {
  readonly #counted: Counted;
  /** The values of loop variables that bounds inside depend on, and of what is computed from them. */
  readonly #values = new Map<number, number>();

  constructor(counted: Counted) {
    this.#counted = counted;
  }

  #counts(dtypes: readonly DType[]): boolean {
    return this.#counted === "all" || (this.#counted === "floats" && dtypes.some(isInexact));
  }

  block(stmts: readonly Stmt[]): Counts {
    const out = new Counts();
    for (const s of stmts) out.add(this.#stmt(s));
    return out;
  }

  /** Expressions that are evaluated together: what they share is computed once. */
  exprs(roots: readonly Expr[], out = new Counts()): Counts {
    const seen = new Set<Expr>();
    const go = (e: Expr): void => {
      if (seen.has(e)) return;
      seen.add(e);
      this.#operation(e, out);
      if (e.kind !== "affine" && e.kind !== "load") operands(e).forEach(go);
    };
    roots.forEach(go);
    return out;
  }

  #operation(e: Expr, out: Counts): void {
    if (e.kind === "load") load(out, e.buffer);
    else if (e.kind === "call") out.add(this.#called(e.fn));
    else if (
      e.kind === "op" &&
      !ofIndices.has(e.op) &&
      this.#counts([e.dtype, ...e.args.map((a) => a.dtype)])
    ) {
      if (transcendental.has(e.op)) out.transcendentals++;
      else out.flops++;
    }
  }

  #called(fn: ScalarFunction): Counts {
    const out = this.block(fn.body);
    return this.exprs([fn.result], out);
  }

  #stmt(s: Stmt): Counts {
    switch (s.kind) {
      case "let": {
        const value = s.local.dtype === "int32" ? this.#value(s.value) : null;
        if (value !== null) this.#values.set(s.local.id, value);
        return this.exprs([s.value]);
      }
      case "var":
      case "set":
        return this.exprs([s.value]);
      case "accumulate": {
        const out = this.exprs([s.value]);
        if (this.#counts([s.local.dtype])) out.flops++;
        return out;
      }
      case "store": {
        const out = this.exprs([s.value]);
        store(out, s.buffer);
        return out;
      }
      case "alloc":
        return new Counts();
      case "host": {
        const out = new Counts();
        for (const b of s.inputs) load(out, b, b.size);
        for (const b of s.outputs) store(out, b, b.size);
        return out;
      }
      case "for":
        return this.#for(s);
      case "while": {
        const out = this.exprs([s.test], this.block(s.body));
        out.unknown++;
        return out;
      }
      case "if": {
        const [a, b] = [this.block(s.then), this.block(s.else)];
        return this.exprs([s.test], a.operations >= b.operations ? a : b);
      }
      case "contract":
        return this.#contract(s);
      case "tile": {
        const out = new Counts();
        const n = s.rows * s.columns * (this.#value(s.length) ?? 1);
        out.flops += 2 * n;
        load(out, s.a, n);
        load(out, s.b, n);
        store(out, s.buffer, s.rows * s.columns);
        return out;
      }
    }
  }

  #for(s: For): Counts {
    const out = new Counts();
    const [lo, hi] = [this.#value(s.lo), this.#value(s.hi)];
    if (lo === null || hi === null) {
      out.add(this.block(s.body));
      out.unknown++;
      return out;
    }
    const n = Math.max(0, Math.ceil((hi - lo) / s.step));
    if (n === 0) return out;
    if (!boundsDependOn(s.body, s.local)) {
      out.add(this.block(s.body), n);
      return out;
    }
    const samples = Math.min(n, mostSamples);
    for (let k = 0; k < samples; k++) {
      const i = samples === n ? k : ((k + 0.5) * n) / samples - 0.5;
      this.#values.set(s.local.id, lo + s.step * i);
      out.add(this.block(s.body), n / samples);
    }
    this.#values.delete(s.local.id);
    return out;
  }

  #contract(s: Contract): Counts {
    const out = new Counts();
    const extent = (v: "batch" | "row" | "column" | "inner"): number => {
      const [lo, hi] = rangeOfVariable(s, v).map((e) => this.#value(e));
      if (lo !== null && hi !== null) return Math.max(0, hi - lo);
      out.unknown++;
      return s[v].hi + 1;
    };
    const elements = extent("batch") * extent("row") * extent("column");
    // A sign makes the addition a subtraction.
    const unsigned = (e: Expr): Expr => (e.kind === "op" && e.op === "neg" ? e.args[0] : e);
    out.add(this.exprs([unsigned(s.x), unsigned(s.y)]), elements * extent("inner"));
    if (this.#counts([s.sum])) out.flops += 2 * elements * extent("inner");
    if (s.base !== undefined) out.add(this.exprs([s.base]), elements);
    store(out, s.buffer, elements);
    if (s.epilogue !== undefined) out.add(this.block(s.epilogue));
    return out;
  }

  /** The value of a bound; null if it is not known before the program runs. */
  #value(e: Expr): number | null {
    switch (e.kind) {
      case "const":
        return Number(e.value);
      case "local":
        return this.#values.get(e.id) ?? (e.lo === e.hi ? e.lo : null);
      case "affine": {
        let sum = e.offset;
        for (const { atom, factor } of e.terms) {
          const x = this.#value(atom);
          if (x === null) return null;
          sum += factor * x;
        }
        return sum;
      }
      case "op": {
        const xs = e.args.map((a) => this.#value(a));
        const [a, b] = xs;
        if (a === null || b === null || xs.length !== 2) return null;
        if (e.op === "min" || e.op === "max") return Math[e.op](a, b);
        return e.op === "idiv" ? Math.floor(a / b) : e.op === "imod" ? a % b : null;
      }
      default:
        return null;
    }
  }
}

const dependence = new WeakMap<readonly Stmt[], Map<number, boolean>>();

/** Does a bound of a loop or a contraction inside depend on a variable? */
function boundsDependOn(body: readonly Stmt[], local: Local): boolean {
  let known = dependence.get(body);
  if (known === undefined) dependence.set(body, (known = new Map<number, boolean>()));
  const before = known.get(local.id);
  if (before !== undefined) return before;
  const found = new Set<number>();
  visitStmts(body, (s) => {
    visitLocals(boundsOf(s), (v) => found.add(v.id));
  });
  // What they are computed from: names are given before they are used.
  const lets: { readonly local: Local; readonly value: Expr }[] = [];
  visitStmts(body, (s) => {
    if (s.kind === "let") lets.push(s);
  });
  for (const { local: name, value } of lets.reverse())
    if (found.has(name.id)) visitLocals([value], (v) => found.add(v.id));
  known.set(local.id, found.has(local.id));
  return found.has(local.id);
}

/** The expressions that say how often something is done. */
function boundsOf(s: Stmt): readonly Expr[] {
  if (s.kind === "for") return [s.lo, s.hi];
  if (s.kind === "tile") return [s.length];
  if (s.kind !== "contract") return [];
  return stmtExprs(s).filter((e) => e !== s.index && e !== s.x && e !== s.y && e !== s.base);
}

/** Counts the operations, loads and stores of statements, and of the expressions behind them. */
export function countStmts(stmts: readonly Stmt[], results: readonly Expr[], counted: Counted): Counts {
  const counter = new Counter(counted);
  return counter.exprs(results, counter.block(stmts));
}
