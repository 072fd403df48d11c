/**
 * @file Loops in vectors: the statements of a loop body for several iterations at once.
 *
 * Values that are the same in all iterations stay scalars and are computed once before the loop where that is possible.
 */
import type { DType } from "../../../../dtypes/dtype.ts";
import { invariant, range } from "../../../../base/util.ts";
import {
  type AccumulateOp,
  type Buffer,
  type Expr,
  type For,
  type Load,
  type Local,
  type Stmt,
  type Store,
} from "../../../ir/ir.ts";
import { keyOf } from "../../../ir/affine.ts";
import { effectsOf } from "../../../ir/effects.ts";
import type { Ref } from "../generators/module.ts";
import { type Vector, highFirst } from "./lanes.ts";
import { elementBytes } from "../machine.ts";
import type { ScalarCode } from "../scalar-code.ts";
import { VectorOps } from "./operations.ts";
import { type Vec, lanesPerVector } from "./values.ts";
import { Iterations } from "./vectorise.ts";
import { operands, visitStmts } from "../../../ir/traverse.ts";

/** Writes the body of one loop for `count` iterations at a time. */
export class VectorCode {
  readonly #scalar: ScalarCode;
  readonly #ops: VectorOps;
  readonly #iterations: Iterations;
  readonly #count: number;
  /** Machine locals of the vectors of variables that vary. */
  readonly #env = new Map<number, { dtype: DType; vectors: readonly number[] }>();
  /** Uniform values in every lane, made before the loop. */
  readonly #uniform = new Map<string, Vec>();
  readonly #stored: ReadonlySet<number>;

  constructor(scalar: ScalarCode, loop: For, count: number) {
    this.#scalar = scalar;
    this.#ops = new VectorOps(scalar.f, scalar.module);
    this.#iterations = new Iterations(loop);
    this.#count = count;
    this.#stored = new Set([...effectsOf(loop).stores.keys()].map((b) => b.id));
  }

  get ops(): VectorOps {
    return this.#ops;
  }

  /** Binds a variable to new machine locals with the given value. */
  bind(local: Local, value: Vec): void {
    const vectors = value.vectors.map((v) => {
      const index = this.#scalar.f.variable("v128");
      this.#scalar.f.set(index, v());
      return index;
    });
    this.#env.set(local.id, { dtype: local.dtype, vectors });
  }

  read(local: Local): Vec {
    const bound = this.#env.get(local.id);
    invariant(bound !== undefined, `local ${local.name} has no lanes`);
    const { f } = this.#scalar;
    return {
      dtype: bound.dtype,
      vectors: bound.vectors.map(
        (i): Vector =>
          () =>
            f.get(i, "v128"),
      ),
    };
  }

  #assign(local: Local, value: Vec): void {
    const bound = this.#env.get(local.id);
    if (bound === undefined) {
      this.bind(local, value);
      return;
    }
    const held = value.vectors.length > 1 ? this.#ops.hold(value) : value;
    bound.vectors.forEach((index, i) => this.#scalar.f.set(index, held.vectors[i]()));
  }

  /** Puts what is the same for all iterations into vectors before the loop begins. */
  prepare(stmts: readonly Stmt[]): void {
    visitStmts(stmts, (s) => {
      if ("value" in s) this.#prepareExpr(s.value);
    });
  }

  #prepareExpr(e: Expr): void {
    if (e.kind === "const") return;
    if (!this.#iterations.varies(e)) {
      if (this.#isFixed(e)) this.#splatOnce(e);
      return;
    }
    if (e.kind === "load" || e.kind === "affine") return;
    for (const x of operands(e)) this.#prepareExpr(x);
  }

  /** True if the value is known before the loop: no variable of the loop, no buffer that it writes. */
  #isFixed(e: Expr): boolean {
    if (e.kind === "local")
      return this.#scalar.env.has(e.id) && !effectsOf(this.#iterations.loop).defines.has(e.id);
    if (e.kind === "load" && this.#stored.has(e.buffer.id)) return false;
    return operands(e).every((x) => this.#isFixed(x));
  }

  #splatOnce(e: Expr): Vec {
    const key = uniformKey(e);
    let out = this.#uniform.get(key);
    if (out === undefined) {
      this.#uniform.set(key, (out = this.#ops.splat(e.dtype, this.#count, () => this.#scalar.expr(e))));
    }
    return out;
  }

  expr(e: Expr): Vec {
    if (e.kind === "const") return this.#ops.constant(e.dtype, this.#count, e.value);
    if (!this.#iterations.varies(e)) {
      const known = this.#uniform.get(uniformKey(e));
      return known ?? this.#ops.splat(e.dtype, this.#count, () => this.#scalar.expr(e));
    }
    switch (e.kind) {
      case "local":
        return e.id === this.#iterations.loop.local.id ? this.#index() : this.read(e);
      case "affine": {
        let out: Vec | null = null;
        for (const t of e.terms) {
          const atom = this.expr(t.atom);
          const term = t.factor === 1 ? atom : this.#ops.op("mul", [atom, this.#int(t.factor)]);
          out = out === null ? term : this.#ops.op("add", [out, term]);
        }
        invariant(out !== null, "an affine index without terms");
        return e.offset === 0 ? out : this.#ops.op("add", [out, this.#int(e.offset)]);
      }
      case "load":
        return this.#load(e);
      case "op": {
        const args = e.args.map((a) => this.expr(a));
        const uniform = e.args.length > 1 && !this.#iterations.varies(e.args[1]);
        const [, second] = e.args;
        const value = uniform && second.kind === "const" ? Number(second.value) : null;
        return this.#ops.op(e.op, args, uniform ? { read: () => this.#scalar.expr(second), value } : null);
      }
      case "cast":
        return this.#ops.cast(this.expr(e.arg), e.dtype);
      case "bits":
        return this.#ops.bits(this.expr(e.arg), e.dtype);
      case "call": {
        const args = e.args.map((a) => this.expr(a));
        return this.#ops.call(e.dtype, args, this.#count, (xs) => this.#scalar.callFunction(e, xs));
      }
    }
  }

  #int(x: number): Vec {
    return this.#ops.constant("int32", this.#count, x);
  }

  /** The loop's variable in each lane. */
  #index(): Vec {
    const { f } = this.#scalar;
    const { local } = this.#iterations.loop;
    const { i32x4 } = f.m;
    const vectors = range(this.#count / 4).map((k): Vector => () => {
      const ramp = new Int32Array([0, 1, 2, 3].map((i) => i + 4 * k));
      return i32x4.add(i32x4.splat(this.#scalar.read(local)), f.vector(new Uint8Array(ramp.buffer)));
    });
    return { dtype: "int32", vectors };
  }

  #load({ dtype, buffer, index }: Load): Vec {
    if (this.#iterations.stride(index) === 1) {
      const { offset, base } = this.#scalar.address(buffer, index);
      return this.#ops.load(dtype, this.#count, offset, base);
    }
    const place = this.#places(buffer, index, true);
    return this.#ops.build(dtype, this.#count, (lane) => this.#scalar.loadAt(dtype, ...place(lane)));
  }

  #store(s: Store): void {
    const value = this.expr(s.value);
    if (this.#iterations.stride(s.index) === 1) {
      const { offset, base } = this.#scalar.address(s.buffer, s.index);
      this.#ops.store(value, offset, base);
      return;
    }
    const held = this.#ops.hold(value);
    const place = this.#places(s.buffer, s.index, false);
    range(this.#count).forEach((lane) => {
      this.#scalar.storeAt(s.buffer.dtype, ...place(lane), this.#ops.extract(held, lane));
    });
  }

  /**
   * Where the element of each lane lies: so many bytes behind an address.
   * @param byOffset lanes may differ in the former only.
   */
  #places(buffer: Buffer, index: Expr, byOffset: boolean): (lane: number) => [offset: number, at: Ref] {
    const { f } = this.#scalar;
    const { i32 } = f.m;
    const stride = this.#iterations.stride(index);
    if (stride === null) {
      const held = this.#ops.hold(this.expr(index));
      return (lane) => [0, this.#scalar.elementAddress(buffer, this.#ops.extract(held, lane))];
    }
    // A lane's element lies a fixed distance behind the one before it.
    const step = stride * elementBytes(buffer.dtype);
    const { offset, base } = this.#scalar.address(buffer, index);
    const relative = byOffset && stride >= 0;
    const far = !relative || offset > 2 ** 30;
    const first = f.hold(far ? i32.add(base(), i32.const(offset)) : base(), "i32");
    return (lane) =>
      relative ? [offset + lane * step, first()] : [0, i32.add(first(), i32.const(lane * step))];
  }

  stmts(list: readonly Stmt[]): void {
    this.#scalar.block(
      list,
      [],
      (s) => this.#stmt(s),
      (local) => this.#release(local),
    );
  }

  #release(local: Local): void {
    const bound = this.#env.get(local.id);
    this.#env.delete(local.id);
    if (bound === undefined) this.#scalar.release(local);
    else for (const index of bound.vectors) this.#scalar.f.release(index, "v128");
  }

  #stmt(s: Stmt): void {
    switch (s.kind) {
      case "let":
        if (this.#iterations.varies(s.local)) this.#assign(s.local, this.expr(s.value));
        else this.#scalar.assign(s.local, this.#scalar.expr(s.value));
        return;
      case "var":
      case "set":
        this.#assign(s.local, this.expr(s.value));
        return;
      case "accumulate": {
        const value = this.expr(s.value);
        this.#assign(s.local, this.#ops.op(s.op, [this.read(s.local), value]));
        return;
      }
      case "store":
        this.#store(s);
        return;
      case "for":
        this.#scalar.forLoop(s, () => this.stmts(s.body));
        return;
      case "if":
        this.#scalar.branch(s, (body) => this.stmts(body));
        return;
      default:
        invariant(false, `${s.kind} in a vectorised loop`);
    }
  }

  /** Combines the vectors of an accumulator until one group of four lanes is left. */
  fold(op: AccumulateOp, x: Vec): Vec {
    let { vectors } = x;
    while (vectors.length > 4 / lanesPerVector(x.dtype)) {
      const half = vectors.length / 2;
      const [a, b] = [vectors.slice(0, half), vectors.slice(half)].map((vs): Vec => ({ ...x, vectors: vs }));
      ({ vectors } = this.#ops.hold(this.#ops.op(op, [a, b])));
    }
    return { ...x, vectors };
  }

  /** All lanes of four as one scalar. */
  horizontal(op: AccumulateOp, x: Vec): Ref {
    const { i8x16 } = this.#scalar.f.m;
    const { vectors } = this.#ops.hold(x);
    const [first] = vectors;
    // Two vectors of 64-bit lanes are added to each other; of one of 32-bit lanes its halves are.
    const second = vectors.length === 2 ? vectors[1] : (): Ref => i8x16.shuffle(first(), first(), highFirst);
    const pair = [first, second].map((v): Vec => ({ ...x, vectors: [v] }));
    const joined = this.#ops.hold(this.#ops.op(op, pair));
    const [a, b] = [0, 1].map((lane) => this.#ops.extract(joined, lane));
    return this.#scalar.op(op, [a, b], x.dtype);
  }
}

const uniformKey = (e: Expr): string => {
  if (e.kind === "local" || e.kind === "const" || e.kind === "affine") return keyOf(e);
  return e.kind === "load" ? `l${e.buffer.id}[${uniformKey(e.index)}]` : keys.of(e);
};

/** Numbers for expressions that have no short text: each object is itself. */
const keys = {
  numbers: new WeakMap<Expr, number>(),
  next: 0,
  of(e: Expr): string {
    let n = keys.numbers.get(e);
    if (n === undefined) keys.numbers.set(e, (n = keys.next++));
    return `#${n}`;
  },
};
