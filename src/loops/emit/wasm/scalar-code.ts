/** @file Scalar expressions of the loop IR as WebAssembly: one class per function, with what its variables are bound to. */
import { type DType, bitWidth, isBool, isFloat, isSigned, isWide } from "../../../dtypes/dtype.ts";
import { invariant } from "../../../base/util.ts";
import { rangeOf } from "../../ir/affine.ts";
import {
  type AccumulateOp,
  type Affine,
  type Buffer,
  type Call,
  type Expr,
  type For,
  type If,
  type Local,
  type Stmt,
  numberOf,
} from "../../ir/ir.ts";
import { type OpName, scalarOp } from "../../ir/scalar.ts";
import { integerLimits, isHalf } from "../../ir/values.ts";
import type { Pointers } from "./arena.ts";
import type { Ref } from "./generators/module.ts";
import type { FunctionBuilder } from "./function.ts";
import { lastUses } from "./lifetimes.ts";
import { constScalar, elementBytes, loadScalar, scalarType, storeScalar } from "./machine.ts";
import type { ModuleBuilder } from "./module.ts";
import { scalarOpRef, wrapInt } from "./scalar-ops.ts";

/** An address: what is computed, and what is added to it without an instruction. */
export interface Address {
  readonly offset: number;
  readonly base: () => Ref;
}

export class ScalarCode {
  readonly f: FunctionBuilder;
  readonly module: ModuleBuilder;
  /** The machine local that holds a variable. */
  readonly env = new Map<number, number>();
  /** Where the elements of buffers begin. */
  readonly pointers: Pointers;

  constructor(f: FunctionBuilder, module: ModuleBuilder, pointers: Pointers) {
    this.f = f;
    this.module = module;
    this.pointers = pointers;
  }

  /** A new machine local for a variable. */
  bind(local: Local): number {
    const index = this.f.variable(scalarType(local.dtype));
    this.env.set(local.id, index);
    return index;
  }

  /** The variable is read no more. */
  release(local: Local): void {
    const index = this.env.get(local.id);
    if (index === undefined) return;
    this.env.delete(local.id);
    this.f.release(index, scalarType(local.dtype));
  }

  /** Writes the statements of a block, followed by the expressions `after`; variables are released after their last use. */
  block(
    stmts: readonly Stmt[],
    after: readonly Expr[],
    write: (s: Stmt) => void,
    release = (local: Local): void => this.release(local),
  ): void {
    const last = lastUses(stmts, after);
    stmts.forEach((s, i) => {
      this.f.temporaries(() => write(s));
      last[i]?.forEach(release);
    });
  }

  branch(s: If, write: (body: readonly Stmt[]) => void): void {
    const otherwise = s.else.length === 0 ? undefined : (): void => write(s.else);
    this.f.if(this.test(s.test), () => write(s.then), otherwise);
  }

  assign(local: Local, value: Ref): void {
    const index = this.env.get(local.id) ?? this.bind(local);
    this.f.set(index, value);
  }

  read(local: Local): Ref {
    const index = this.env.get(local.id);
    invariant(index !== undefined, `local ${local.name} has no value`);
    return this.f.get(index, scalarType(local.dtype));
  }

  expr(e: Expr): Ref {
    switch (e.kind) {
      case "const":
        return constScalar(this.f.m, e.dtype, e.value);
      case "local":
        return this.read(e);
      case "affine":
        return this.sum(e, 1, e.offset);
      case "load":
        return this.load(e.buffer, e.index);
      case "op": {
        const dtype = e.args[e.args.length - 1].dtype;
        const args = e.args.map((a) => this.expr(a));
        return this.op(e.op, args, dtype);
      }
      case "cast":
        return this.cast(this.expr(e.arg), e.arg.dtype, e.dtype);
      case "bits":
        return this.bits(this.expr(e.arg), e.arg.dtype, e.dtype);
      case "call":
        return this.callFunction(
          e,
          e.args.map((a) => this.expr(a)),
        );
    }
  }

  callFunction(e: Call, args: readonly Ref[]): Ref {
    return this.f.m.call(this.module.functionName(e.fn), args, scalarType(e.dtype));
  }

  op(name: OpName, args: readonly Ref[], dtype: DType): Ref {
    const def = scalarOp(name);
    const result = def.result ?? dtype;
    const direct = scalarOpRef(this.f, name, args, dtype);
    const out = direct ?? this.module.callOp(this.f, name, args, dtype);
    return def.exact === true || def.result !== undefined ? out : this.wrap(out, result);
  }

  /** The value as its dtype holds it, after an operation. */
  wrap(x: Ref, dtype: DType): Ref {
    if (isHalf(dtype)) return this.module.callHalf("round", dtype, x);
    return isFloat(dtype) ? x : wrapInt(this.f, x, dtype);
  }

  /** The terms of an affine index times a factor, plus a constant. */
  sum(e: Affine, factor: number, constant: number): Ref {
    const { i32 } = this.f.m;
    let out: Ref | null = null;
    for (const t of e.terms) {
      const k = t.factor * factor;
      const atom = this.expr(t.atom);
      const term = k === 1 ? atom : this.#times(atom, k);
      out = out === null ? term : i32.add(out, term);
    }
    invariant(out !== null, "an affine index without terms");
    return constant === 0 ? out : i32.add(out, i32.const(constant));
  }

  #times(x: Ref, k: number): Ref {
    const { i32 } = this.f.m;
    const shift = Math.log2(k);
    return Number.isInteger(shift) ? i32.shl(x, i32.const(shift)) : i32.mul(x, i32.const(k));
  }

  /** The address of an element. */
  address(buffer: Buffer, index: Expr): Address {
    const { m } = this.f;
    const size = elementBytes(buffer.dtype);
    const pointer = (): Ref => this.pointers.of(this.f, buffer);
    if (index.kind === "const") return { offset: numberOf(index) * size, base: pointer };
    if (index.kind === "affine") {
      // What the machine adds must not make up for a negative sum.
      const plain = index.offset >= 0 && rangeOf({ ...index, offset: 0 })[0] >= 0;
      return {
        offset: plain ? index.offset * size : 0,
        base: () => m.i32.add(pointer(), this.sum(index, size, plain ? 0 : index.offset * size)),
      };
    }
    return {
      offset: 0,
      base: () => m.i32.add(pointer(), size === 1 ? this.expr(index) : this.#times(this.expr(index), size)),
    };
  }

  /** The address of the element whose index is given as a number of the machine. */
  elementAddress(buffer: Buffer, index: Ref): Ref {
    const size = elementBytes(buffer.dtype);
    return this.f.m.i32.add(this.pointers.of(this.f, buffer), size === 1 ? index : this.#times(index, size));
  }

  /** A loop that runs one iteration after another. */
  forLoop(s: For, body: () => void): void {
    const { i32 } = this.f.m;
    const { hi } = s;
    const end = hi.kind === "const" ? (): Ref => this.expr(hi) : this.f.hold(this.expr(hi), "i32");
    this.assign(s.local, this.expr(s.lo));
    const known = s.lo.kind === "const" && hi.kind === "const";
    if (known && numberOf(s.lo) >= numberOf(hi)) return;
    const loop = (): void =>
      this.f.repeat(body, () => {
        this.assign(s.local, i32.add(this.read(s.local), i32.const(s.step)));
        return i32.lt_s(this.read(s.local), end());
      });
    if (known) loop();
    else this.f.if(i32.lt_s(this.read(s.local), end()), loop);
  }

  load(buffer: Buffer, index: Expr): Ref {
    const { offset, base } = this.address(buffer, index);
    return this.loadAt(buffer.dtype, offset, base());
  }

  loadAt(dtype: DType, offset: number, ptr: Ref): Ref {
    const raw = loadScalar(this.f.m, dtype, offset, ptr);
    return isHalf(dtype) ? this.module.callHalf("decode", dtype, raw) : raw;
  }

  store(buffer: Buffer, index: Expr, value: Ref): void {
    const { offset, base } = this.address(buffer, index);
    this.storeAt(buffer.dtype, offset, base(), value);
  }

  storeAt(dtype: DType, offset: number, ptr: Ref, value: Ref): void {
    const raw = isHalf(dtype) ? this.module.callHalf("encode", dtype, value) : value;
    this.f.push(storeScalar(this.f.m, dtype, offset, ptr, raw));
  }

  cast(x: Ref, from: DType, to: DType): Ref {
    const { m } = this.f;
    if (from === to) return x;
    const type = scalarType(from);
    if (to === "bool") return m[type].ne(x, constScalar(m, from, 0));
    if (isHalf(to) && (bitWidth(from) === 64 || (bitWidth(from) === 32 && !isFloat(from))))
      return this.module.callCast(this.f, x, from, to);
    if (isFloat(to)) return isFloat(from) ? this.#floatToFloat(x, from, to) : this.#intToFloat(x, from, to);
    if (isFloat(from)) return this.#floatToInt(x, type as "f32" | "f64", to);
    if (isWide(to) === isWide(from)) return wrapInt(this.f, x, to);
    if (isWide(from)) return wrapInt(this.f, m.i32.wrap_i64(x), to);
    return from === "uint32" ? m.i64.extend_i32_u(x) : m.i64.extend_i32_s(x);
  }

  #floatToFloat(x: Ref, from: DType, to: DType): Ref {
    const { m } = this.f;
    if (to === "float64") return m.f64.promote_f32(x);
    return from === "float64" ? m.f32.demote_f64(x) : this.wrap(x, to);
  }

  #intToFloat(x: Ref, from: DType, to: DType): Ref {
    const t = this.f.m[scalarType(to) as "f32" | "f64"];
    if (isWide(from)) return isSigned(from) ? t.convert_i64_s(x) : t.convert_i64_u(x);
    return this.wrap(from === "uint32" ? t.convert_i32_u(x) : t.convert_i32_s(x), to);
  }

  #floatToInt(x: Ref, type: "f32" | "f64", to: DType): Ref {
    const { m } = this.f;
    if (isWide(to)) return m.i64[`trunc_sat_${type}_${isSigned(to) ? "s" : "u"}`](x);
    if (to === "uint32") return m.i32[`trunc_sat_${type}_u`](x);
    const whole = m.i32[`trunc_sat_${type}_s`](x);
    if (bitWidth(to) === 32) return whole;
    const [lo, hi] = integerLimits(to).map(Number);
    const limit = (v: number): Ref => m.i32.const(v);
    const low = this.f.hold(whole, "i32");
    const high = this.f.hold(m.select(m.i32.lt_s(low(), limit(lo)), limit(lo), low()), "i32");
    return m.select(m.i32.gt_s(high(), limit(hi)), limit(hi), high());
  }

  bits(x: Ref, from: DType, to: DType): Ref {
    const { m } = this.f;
    const raw = isHalf(from) ? this.module.callHalf("encode", from, x) : x;
    if (isHalf(to)) {
      const bits16 = isHalf(from) ? raw : wrapInt(this.f, raw, "uint16");
      return this.module.callHalf("decode", to, bits16);
    }
    if (isHalf(from) || isFloat(from) === isFloat(to)) return wrapInt(this.f, raw, to);
    if (bitWidth(to) === 64) return isFloat(to) ? m.f64.reinterpret_i64(x) : m.i64.reinterpret_f64(x);
    return isFloat(to) ? m.f32.reinterpret_i32(x) : m.i32.reinterpret_f32(x);
  }

  /** A condition: an i32. */
  test(e: Expr): Ref {
    const x = this.expr(e);
    return isBool(e.dtype) ? x : this.cast(x, e.dtype, "bool");
  }

  /** Accumulates into a variable. */
  accumulate(local: Local, op: AccumulateOp, value: Ref): void {
    this.assign(local, this.op(op, [this.read(local), value], local.dtype));
  }
}
