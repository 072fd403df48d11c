/**
 * @file What loops have to do, counted from their text: floating-point operations, and bytes of the arrays that they touch.
 *
 * Where bounds are known, so are the counts: those that depend on an outer loop's variable linearly are taken at its mean,
 * which gives the exact sum. Numbers of steps that only a run knows (`while`), branches that differ, and bounds deeper in
 * dependence make a count an estimate, and it says so (`exact: false`).
 *
 * Bytes are the elements that are touched, each once, however often it is read: what must move if caches hold the rest.
 */
import { type DType, dtypeInfo, isBool, isFloat } from "../dtypes/dtype.ts";
import { rangeOf } from "../loops/ir/affine.ts";
import { rangeOfVariable } from "../loops/ir/contract.ts";
import type { Buffer, Contract, Expr, Local, ScalarFunction, Stmt } from "../loops/ir/ir.ts";
import { invariant } from "../base/util.ts";
import type { OpName } from "../loops/ir/scalar.ts";
import { stmtExprs, visitExpr } from "../loops/ir/traverse.ts";

/** What one run has to do. */
export interface Work {
  /** Additions, subtractions, multiplications, divisions, square roots, minima and maxima of floats. */
  readonly flops: number;
  /** Exponentials, logarithms, powers, trigonometric and hyperbolic functions. */
  readonly functions: number;
  /** Bytes of array elements that are read, and that are written. */
  readonly read: number;
  readonly written: number;
  /** Everything was known; else some number of steps was guessed. */
  readonly exact: boolean;
  /** Operations by what they compute with: what limits are made of. */
  readonly operations: Readonly<Record<Kind, number>>;
}

/** Floats of up to 32 bits, of 64 bits; whole numbers. */
export type Kind = "float32" | "float64" | "integer";

const arithmetic = new Set<OpName>(["add", "sub", "mul", "div", "rem", "sqrt", "min", "max"]);
const wholeNumbers = new Set<OpName>([
  "add",
  "sub",
  "mul",
  "mulhi",
  "and",
  "or",
  "xor",
  "not",
  "shl",
  "shrl",
]);
const functionNames = new Set<OpName>(
  "pow atan2 exp exp2 expm1 log log1p sin cos tan asin acos atan sinh cosh tanh tanhFrom asinh acosh atanh cbrt".split(
    " ",
  ) as OpName[],
);

/** Operations that a function of a float takes at the very least, in vectors: the terms of a short polynomial. */
export const leastOfFunction = 12;

/** A loop around what is counted. */
interface Level {
  readonly local: Local;
  readonly trips: number;
}

/** The elements of a buffer that are touched. */
interface Touched {
  lo: number;
  hi: number;
  elements: number;
}

const kindOf = (d: DType): Kind =>
  isFloat(d) ? (dtypeInfo(d).bytes === 8 ? "float64" : "float32") : "integer";

class Counter {
  flops = 0;
  functions = 0;
  exact = true;
  readonly operations: Record<Kind, number> = { float32: 0, float64: 0, integer: 0 };
  readonly #loads = new Map<Buffer, Touched>();
  readonly #stores = new Map<Buffer, Touched>();
  readonly #means = new Map<number, number>();
  /** Variables whose mean depends on another one's. */
  readonly #dependent = new Set<number>();
  #levels: readonly Level[] = [];
  #times = 1;

  /** The mean of a whole number over the iterations around it. */
  #mean(e: Expr): number {
    switch (e.kind) {
      case "const":
        return Number(e.value);
      case "local": {
        const known = this.#means.get(e.id);
        if (known !== undefined) return known;
        this.exact = false;
        return Number.isFinite(e.lo) && Number.isFinite(e.hi) ? (e.lo + e.hi) / 2 : 0;
      }
      case "affine":
        return e.terms.reduce((sum, t) => sum + t.factor * this.#mean(t.atom), e.offset);
      default: {
        this.exact = false;
        const [lo, hi] = rangeOf(e);
        return Number.isFinite(lo) && Number.isFinite(hi) ? (lo + hi) / 2 : Math.max(0, lo);
      }
    }
  }

  /** True if the bound depends on a variable that takes several values. */
  #varies(e: Expr): boolean {
    let found = false;
    visitExpr(e, (x) => {
      if (x.kind !== "local") return;
      found ||= this.#means.has(x.id);
      // Means of products are not products of means.
      if (this.#dependent.has(x.id)) this.exact = false;
    });
    return found;
  }

  /** Runs `body` with a variable that takes the values from `lo` to `hi` − 1 in steps. */
  #loop(local: Local, lo: Expr, hi: Expr, step: number, body: () => void): void {
    const [from, to] = [this.#mean(lo), this.#mean(hi)];
    const fixed = !this.#varies(lo) && !this.#varies(hi);
    if (!fixed) this.#dependent.add(local.id);
    const trips = Math.max(0, fixed ? Math.ceil((to - from) / step) : (to - from) / step);
    if (!fixed && step !== 1) this.exact = false;
    this.#means.set(local.id, from + ((trips - 1) * step) / 2);
    const [levels, times] = [this.#levels, this.#times];
    this.#levels = [...levels, { local, trips }];
    this.#times *= trips;
    if (trips > 0) body();
    [this.#levels, this.#times] = [levels, times];
  }

  #touch(map: Map<Buffer, Touched>, buffer: Buffer, index: Expr): void {
    const [least, most] = rangeOf(index);
    const [lo, hi] = [Math.max(0, least), Math.min(buffer.size - 1, most)];
    const free = new Set<number>();
    let whole = false;
    visitExpr(index, (e) => {
      if (e.kind === "local") {
        if (this.#levels.some((l) => l.local.id === e.id)) free.add(e.id);
        else whole = true;
      } else if (e.kind !== "affine" && e.kind !== "const") whole = true;
    });
    const around = this.#levels.filter((l) => whole || free.has(l.local.id));
    const elements = Math.min(
      hi - lo + 1,
      around.reduce((n, l) => n * l.trips, 1),
    );
    const known = map.get(buffer);
    if (known === undefined) map.set(buffer, { lo, hi, elements });
    else {
      known.lo = Math.min(known.lo, lo);
      known.hi = Math.max(known.hi, hi);
      known.elements += elements;
    }
  }

  #all(map: Map<Buffer, Touched>, buffer: Buffer): void {
    map.set(buffer, { lo: 0, hi: buffer.size - 1, elements: buffer.size });
  }

  #operation(op: OpName, dtype: DType): void {
    const kind = kindOf(dtype);
    if (kind === "integer") {
      if (wholeNumbers.has(op) && !isBool(dtype)) this.operations.integer += this.#times;
    } else if (arithmetic.has(op)) {
      this.flops += this.#times;
      this.operations[kind] += this.#times;
    } else if (functionNames.has(op)) {
      this.functions += this.#times;
      this.operations[kind] += leastOfFunction * this.#times;
    }
  }

  expr(root: Expr): void {
    visitExpr(root, (e) => {
      if (e.kind === "op") this.#operation(e.op, e.args[e.args.length - 1].dtype);
      else if (e.kind === "load") this.#touch(this.#loads, e.buffer, e.index);
      else if (e.kind === "call") this.#scalarFunction(e.fn);
    });
  }

  #scalarFunction(fn: ScalarFunction): void {
    this.stmts(fn.body);
    this.expr(fn.result);
  }

  /** The larger of two branches. */
  #branches(s: Extract<Stmt, { kind: "if" }>): void {
    const before = this.#state();
    this.stmts(s.then);
    const then = this.#state();
    this.#restore(before);
    this.stmts(s.else);
    const otherwise = this.#state();
    if (then.join() !== otherwise.join()) this.exact = false;
    if (then[0] + then[1] > otherwise[0] + otherwise[1]) this.#restore(then);
  }

  #state(): number[] {
    const { float32, float64, integer } = this.operations;
    return [this.flops, this.functions, float32, float64, integer];
  }

  #restore([flops, functions, float32, float64, integer]: number[]): void {
    this.flops = flops;
    this.functions = functions;
    Object.assign(this.operations, { float32, float64, integer });
  }

  #contract(c: Contract): void {
    const variable = (v: "batch" | "row" | "column" | "inner", body: () => void): void => {
      const [lo, hi] = rangeOfVariable(c, v);
      this.#loop(c[v], lo, hi, 1, body);
    };
    variable("batch", () =>
      variable("row", () =>
        variable("column", () => {
          if (c.base !== undefined) this.expr(c.base);
          this.#touch(this.#stores, c.buffer, c.index);
          variable("inner", () => {
            this.expr(c.x);
            this.expr(c.y);
            this.#operation("mul", c.sum);
            this.#operation("add", c.sum);
          });
        }),
      ),
    );
    if (c.epilogue !== undefined) this.stmts(c.epilogue);
  }

  stmts(stmts: readonly Stmt[]): void {
    for (const s of stmts) this.#stmt(s);
  }

  #stmt(s: Stmt): void {
    if (s.kind === "contract") {
      this.#contract(s);
      return;
    }
    for (const e of stmtExprs(s)) this.expr(e);
    switch (s.kind) {
      case "store":
        this.#touch(this.#stores, s.buffer, s.index);
        return;
      case "accumulate":
        this.#operation(s.op, s.local.dtype);
        return;
      case "for":
        this.#loop(s.local, s.lo, s.hi, s.step, () => this.stmts(s.body));
        return;
      case "while":
        this.exact = false;
        this.stmts(s.body);
        return;
      case "if":
        this.#branches(s);
        return;
      case "host":
        for (const b of s.inputs) this.#all(this.#loads, b);
        for (const b of s.outputs) this.#all(this.#stores, b);
        this.exact = false;
        return;
      case "tile":
        // Made by an emitter, of contractions: behind all that is counted here.
        invariant(false, "a tile in a program that is not emitted");
        return;
      case "let":
      case "var":
      case "set":
      case "alloc":
    }
  }

  done(): Work {
    const bytes = (map: Map<Buffer, Touched>): number => {
      let sum = 0;
      for (const [{ dtype, size }, { lo, hi, elements }] of map)
        sum += Math.max(0, Math.min(size, elements, hi - lo + 1)) * dtypeInfo(dtype).bytes;
      return Math.round(sum);
    };
    const { flops, functions, exact, operations } = this;
    const rounded = [flops, functions].map(Math.round);
    return {
      flops: rounded[0],
      functions: rounded[1],
      read: bytes(this.#loads),
      written: bytes(this.#stores),
      exact,
      operations,
    };
  }
}

/** What statements have to do, each run once, and expressions behind them. */
export function workOf(stmts: readonly Stmt[], exprs: readonly Expr[] = []): Work {
  const counter = new Counter();
  counter.stmts(stmts);
  for (const e of exprs) counter.expr(e);
  return counter.done();
}
