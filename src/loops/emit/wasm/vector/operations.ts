/**
 * @file The scalar operations of the loop IR on several lanes at once. What the machine lacks is done lane by lane, so
 * every operation exists.
 */
import { bitWidth, isBool, isFloat, isSigned, isWide } from "../../../../dtypes/dtype.ts";
import { type OpName, scalarOp } from "../../../ir/scalar.ts";
import type { Ref } from "../generators/module.ts";
import type { Held } from "../function.ts";
import {
  isBitwise,
  isComparison,
  isEquality,
  isFloatBinary,
  isFloatUnary,
  isIntBinary,
  isIntChoice,
  isOrder,
} from "../instructions.ts";
import { laneBits } from "../machine.ts";
import type { Kit } from "../math/kit.ts";
import { kernelOf } from "../module.ts";
import { scalarOpRef, wrapInt } from "../scalar-ops.ts";
import { VectorCasts } from "./casts.ts";
import { type Vector, splatBytes } from "./lanes.ts";
import { type Vec, lanesPerVector } from "./values.ts";

/** Functions of one float that take a few instructions. */
const shortFunctions: { readonly [O in OpName]?: <T>(kit: Kit<T>, x: T) => T } = {
  roundEven: (kit, x) => kit.nearest(x),
  isNan: (kit, x) => kit.ne(x, x),
  isFinite: (kit, x) => kit.lt(kit.abs(x), kit.float(Infinity)),
  sign: (kit, x) => {
    const negative = kit.select(kit.lt(x, kit.float(0)), kit.float(-1), x);
    return kit.select(kit.gt(x, kit.float(0)), kit.float(1), negative);
  },
  roundAway: (kit, x) => {
    const whole = kit.let(kit.trunc(x));
    const away = kit.ge(kit.abs(kit.sub(x, whole)), kit.float(0.5));
    const unit = kit.or(kit.and(x, kit.float(-0)), kit.float(1));
    return kit.select(away, kit.add(whole, unit), whole);
  },
};

/** The instruction on masks that an operation on truth values is. */
const maskInstructions: { readonly [O in OpName]?: "and" | "or" | "xor" } = {
  and: "and",
  mul: "and",
  min: "and",
  or: "or",
  max: "or",
  add: "or",
  xor: "xor",
  ne: "xor",
};

/** A scalar operand: the same in every lane. */
export interface Uniform {
  readonly read: Held;
  /** What it is, if that is known when the code is made. */
  readonly value: number | null;
}

/** Operations on vectors, in one function. */
export class VectorOps extends VectorCasts {
  /** @param uniform the second operand as a scalar, if it is the same in every lane. */
  op(op: OpName, args: readonly Vec[], uniform: Uniform | null = null): Vec {
    const last = args[args.length - 1];
    const { dtype } = last;
    if (op === "select") return this.#select(args[0], args[1], last);
    const kernel = kernelOf(op);
    if (kernel !== undefined && isFloat(dtype)) {
      const kit = this.module.kit(this.f, laneBits(dtype));
      const held = args.map((a) => a.vectors.map((v) => kit.let(v)));
      const vectors = held[0].map((_, i) => kit.let(kernel(kit, ...held.map((h) => h[i]))));
      return this.wrap({ dtype, vectors });
    }
    const out = isFloat(dtype)
      ? this.#float(op, args)
      : isBool(dtype)
        ? this.#bool(op, args)
        : this.#int(op, args, uniform);
    if (out === null) return this.#laneByLane(op, args);
    return scalarOp(op).exact === true || out.dtype === "bool" ? out : this.wrap(out);
  }

  #select(mask: Vec, a: Vec, b: Vec): Vec {
    const { m } = this.f;
    const masks = laneBits(a.dtype) === 64 ? this.#widenMask(mask) : mask.vectors;
    const vectors = a.vectors.map(
      (v, i): Vector =>
        () =>
          m.v128.bitselect(v(), b.vectors[i](), masks[i]()),
    );
    return { dtype: a.dtype, vectors };
  }

  /** Masks of 32-bit lanes for 64-bit values. */
  #widenMask(mask: Vec): Vector[] {
    const { m } = this.f;
    return mask.vectors.flatMap((v): Vector[] => {
      const held = this.f.hold(v(), "v128");
      return [() => m.i64x2.extend_low_i32x4_s(held()), () => m.i64x2.extend_high_i32x4_s(held())];
    });
  }

  #float(op: OpName, [a, b]: readonly Vec[]): Vec | null {
    const { dtype } = a;
    const bits = laneBits(dtype);
    const t = bits === 64 ? this.f.m.f64x2 : this.f.m.f32x4;
    const test = (v: Vec): Vec => (bits === 64 ? this.narrowMask(v.vectors) : { ...v, dtype: "bool" });
    if (isFloatBinary(op)) return this.zip(a, b, t[op]);
    if (isComparison(op)) return test(this.zip(a, b, t[op]));
    if (isFloatUnary(op)) return this.map(a, t[op]);
    const compute = shortFunctions[op];
    if (compute === undefined) return null;
    const kit = this.module.kit(this.f, bits);
    const out = { dtype, vectors: a.vectors.map((v) => compute(kit, kit.let(v))) };
    return scalarOp(op).result === "bool" ? test(out) : out;
  }

  #bool(op: OpName, [a, b]: readonly Vec[]): Vec | null {
    const { v128 } = this.f.m;
    if (op === "not") return this.map(a, v128.not);
    if (op === "eq") return this.zip(a, b, (x, y) => v128.not(v128.xor(x, y)));
    const instruction = maskInstructions[op];
    return instruction === undefined ? null : this.zip(a, b, v128[instruction]);
  }

  #int(op: OpName, [a, b]: readonly Vec[], uniform: Uniform | null): Vec | null {
    const { i32x4, i64x2, v128 } = this.f.m;
    const wide = isWide(a.dtype);
    const t = wide ? i64x2 : i32x4;
    const signed = isSigned(a.dtype) || bitWidth(a.dtype) < 32;
    const sign = signed ? "s" : "u";
    if (isIntBinary(op)) return this.zip(a, b, t[op]);
    if (isBitwise(op)) return this.zip(a, b, v128[op]);
    if (isEquality(op)) {
      const out = this.zip(a, b, t[op], "bool");
      return wide ? this.narrowMask(out.vectors) : out;
    }
    if (isOrder(op))
      return wide
        ? this.narrowMask(this.#wideOrder(op, a, b))
        : this.zip(a, b, i32x4[`${op}_${sign}`], "bool");
    if (isIntChoice(op)) return wide ? this.#wideChoice(op, a, b) : this.zip(a, b, i32x4[`${op}_${sign}`]);
    switch (op) {
      case "not":
        return this.map(a, v128.not);
      case "neg":
        return this.map(a, t.neg);
      case "abs":
        return signed ? this.map(a, t.abs) : a;
      case "shl":
      case "shrl":
      case "shra":
        return this.#shift(op, a, uniform);
      default:
        return null;
    }
  }

  /** Masks of the order of 64-bit lanes: the machine knows that of signed ones; those without are first made such. */
  #wideOrder(op: "lt" | "le" | "gt" | "ge", a: Vec, b: Vec): readonly Vector[] {
    const { i64x2, v128 } = this.f.m;
    const least = splatBytes(64, "int", -(2n ** 63n));
    const flip = (v: Ref): Ref => (isSigned(a.dtype) ? v : v128.xor(v, this.f.vector(least)));
    return this.zip(a, b, (x, y) => i64x2[`${op}_s`](flip(x), flip(y))).vectors;
  }

  #wideChoice(op: "min" | "max", a: Vec, b: Vec): Vec {
    const [x, y] = [this.hold(a), this.hold(b)];
    const first = this.#wideOrder(op === "min" ? "lt" : "gt", x, y);
    const vectors = x.vectors.map(
      (v, i): Vector =>
        () =>
          this.f.m.v128.bitselect(v(), y.vectors[i](), first[i]()),
    );
    return { dtype: a.dtype, vectors };
  }

  /** Shifts of all lanes by one count. */
  #shift(op: "shl" | "shrl" | "shra", a: Vec, count: Uniform | null): Vec | null {
    const { dtype } = a;
    const bits = bitWidth(dtype);
    if (count === null || bits < 32) return null;
    const { m } = this.f;
    const wide = bits === 64;
    const t = wide ? m.i64x2 : m.i32x4;
    const known = count.value;
    if (known !== null && known >= 0 && known < bits) {
      const instruction = op === "shl" ? t.shl : op === "shrl" ? t.shr_u : t.shr_s;
      return this.map(a, (v) => instruction(v, m.i32.const(known)));
    }
    const given = this.f.hold(count.read(), wide ? "i64" : "i32");
    const by = wide ? this.f.hold(m.i32.wrap_i64(given()), "i32") : given;
    const tooMany = wide ? m.i64.ge_u(given(), m.i64.const(64)) : m.i32.ge_u(by(), m.i32.const(32));
    const large = this.f.hold(tooMany, "i32");
    if (op === "shra") {
      const limited = this.f.hold(m.select(large(), m.i32.const(bits - 1), by()), "i32");
      return this.map(a, (v) => t.shr_s(v, limited()));
    }
    const shift = op === "shl" ? t.shl : t.shr_u;
    // All bits of the vector, or none.
    const mask = this.f.hold(m.i32x4.splat(m.i32.sub(m.i32.const(0), m.i32.eqz(large()))), "v128");
    return this.map(a, (v) => m.v128.and(shift(v, by()), mask()));
  }

  /** An operation on each lane by itself. */
  #laneByLane(op: OpName, args: readonly Vec[]): Vec {
    const held = args.map((a) => this.hold(a));
    const { dtype } = args[args.length - 1];
    const result = scalarOp(op).result ?? dtype;
    const count = held[0].vectors.length * lanesPerVector(held[0].dtype);
    return this.build(result, count, (lane) => {
      const scalars = (): Ref[] => held.map((h) => this.extract(h, lane));
      const direct = scalarOpRef(this.f, op, scalars(), dtype);
      if (direct === null) return this.module.callOp(this.f, op, scalars(), dtype);
      return isFloat(result) ? direct : wrapInt(this.f, direct, result);
    });
  }
}
