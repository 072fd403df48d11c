/**
 * @file The scalar operations of the loop IR on several lanes at once. What the machine lacks is done lane by lane, so
 * every operation exists.
 */
import { bitWidth, isBool, isFloat, isSigned } from "../../../../dtypes/dtype.ts";
import { type OpName, scalarOp } from "../../../ir/scalar.ts";
import type { Ref } from "../binaryen.ts";
import type { Lane } from "./lanes.ts";
import { laneBits } from "../machine.ts";
import { kernelOf } from "../module.ts";
import { scalarOpRef, wrapInt } from "../scalar-ops.ts";
import { VectorCasts } from "./casts.ts";
import { type Vec, lanesPerPart } from "./values.ts";

/** Operations on vectors, in one function. */
export class VectorOps extends VectorCasts {
  /** Masks of 32-bit lanes for 64-bit values. */
  #widenMask(mask: Vec): Lane[] {
    const { m } = this.f;
    return mask.parts.flatMap((p): Lane[] => {
      const held = this.f.hold(p(), "v128");
      return [() => m.i64x2.extend_low_i32x4_s(held()), () => m.i64x2.extend_high_i32x4_s(held())];
    });
  }

  op(op: OpName, args: readonly Vec[], scalarArgs: readonly (Lane | null)[]): Vec {
    const last = args[args.length - 1];
    const { dtype } = last;
    if (op === "select") return this.#select(args[0], args[1], last);
    const kernel = kernelOf(op);
    if (kernel !== undefined && isFloat(dtype)) {
      const kit = this.module.kit(this.f, laneBits(dtype));
      const held = args.map((a) => a.parts.map((p) => kit.let(p)));
      const parts = held[0].map((_, i) => kit.let(kernel(kit, ...held.map((h) => h[i]))));
      return this.wrap({ dtype, parts });
    }
    const found = isFloat(dtype)
      ? this.#float(op, args)
      : isBool(dtype)
        ? this.#bool(op, args)
        : this.#int(op, args, scalarArgs);
    if (found === null) return this.#laneByLane(op, args);
    return scalarOp(op).exact === true || found.dtype === "bool" ? found : this.wrap(found);
  }

  #select(mask: Vec, a: Vec, b: Vec): Vec {
    const { m } = this.f;
    const masks = laneBits(a.dtype) === 64 ? this.#widenMask(mask) : mask.parts;
    return {
      dtype: a.dtype,
      parts: a.parts.map(
        (p, i): Lane =>
          () =>
            m.v128.bitselect(p(), b.parts[i](), masks[i]()),
      ),
    };
  }

  #float(op: OpName, args: readonly Vec[]): Vec | null {
    const { m } = this.f;
    const { dtype } = args[0];
    const t = laneBits(dtype) === 64 ? m.f64x2 : m.f32x4;
    const [a, b] = args;
    const kit = this.module.kit(this.f, laneBits(dtype));
    const unary = (g: (x: Lane) => Lane): Vec => ({ dtype, parts: a.parts.map((p) => g(kit.let(p))) });
    const binary = (g: (x: Ref, y: Ref) => Ref): Vec => ({
      dtype,
      parts: a.parts.map(
        (p, i): Lane =>
          () =>
            g(p(), b.parts[i]()),
      ),
    });
    const test = (v: Vec): Vec =>
      laneBits(dtype) === 64 ? this.narrowMask(v.parts) : { dtype: "bool", parts: v.parts };
    switch (op) {
      case "add":
      case "sub":
      case "mul":
      case "div":
      case "min":
      case "max":
        return binary(t[op]);
      case "eq":
      case "ne":
      case "lt":
      case "le":
      case "gt":
      case "ge":
        return test(binary(t[op]));
      case "neg":
      case "abs":
      case "floor":
      case "ceil":
      case "trunc":
      case "sqrt":
        return {
          dtype,
          parts: a.parts.map(
            (p): Lane =>
              () =>
                t[op](p()),
          ),
        };
      case "roundEven":
        return unary((x) => kit.nearest(x));
      case "isNan":
        return test(unary((x) => kit.ne(x, x)));
      case "isFinite":
        return test(unary((x) => kit.lt(kit.abs(x), kit.float(Infinity))));
      case "sign":
        return unary((x) =>
          kit.select(
            kit.gt(x, kit.float(0)),
            kit.float(1),
            kit.select(kit.lt(x, kit.float(0)), kit.float(-1), x),
          ),
        );
      case "roundAway":
        return unary((x) => {
          const whole = kit.let(kit.trunc(x));
          const away = kit.ge(kit.abs(kit.sub(x, whole)), kit.float(0.5));
          const unit = kit.or(kit.and(x, kit.float(-0)), kit.float(1));
          return kit.select(away, kit.add(whole, unit), whole);
        });
      default:
        return null;
    }
  }

  #bool(op: OpName, args: readonly Vec[]): Vec | null {
    const { m } = this.f;
    const [a, b] = args;
    const binary = (g: (x: Ref, y: Ref) => Ref): Vec => ({
      dtype: "bool",
      parts: a.parts.map(
        (p, i): Lane =>
          () =>
            g(p(), b.parts[i]()),
      ),
    });
    switch (op) {
      case "and":
      case "mul":
      case "min":
        return binary(m.v128.and);
      case "or":
      case "max":
      case "add":
        return binary(m.v128.or);
      case "xor":
      case "ne":
        return binary(m.v128.xor);
      case "eq":
        return binary((x, y) => m.v128.not(m.v128.xor(x, y)));
      case "not":
        return {
          dtype: "bool",
          parts: a.parts.map(
            (p): Lane =>
              () =>
                m.v128.not(p()),
          ),
        };
      default:
        return null;
    }
  }

  #int(op: OpName, args: readonly Vec[], scalarArgs: readonly (Lane | null)[]): Vec | null {
    const { m } = this.f;
    const t = m.i32x4;
    const [a, b] = args;
    const { dtype } = a;
    const signed = isSigned(dtype) || bitWidth(dtype) < 32;
    const binary = (g: (x: Ref, y: Ref) => Ref): Vec => ({
      dtype,
      parts: a.parts.map(
        (p, i): Lane =>
          () =>
            g(p(), b.parts[i]()),
      ),
    });
    const test = (g: (x: Ref, y: Ref) => Ref): Vec => ({ ...binary(g), dtype: "bool" });
    switch (op) {
      case "add":
      case "sub":
      case "mul":
        return binary(t[op]);
      case "and":
      case "or":
      case "xor":
        return binary(m.v128[op]);
      case "not":
        return {
          dtype,
          parts: a.parts.map(
            (p): Lane =>
              () =>
                m.v128.not(p()),
          ),
        };
      case "neg":
        return {
          dtype,
          parts: a.parts.map(
            (p): Lane =>
              () =>
                t.neg(p()),
          ),
        };
      case "abs":
        return signed
          ? {
              dtype,
              parts: a.parts.map(
                (p): Lane =>
                  () =>
                    t.abs(p()),
              ),
            }
          : a;
      case "eq":
      case "ne":
        return test(t[op]);
      case "lt":
        return test(signed ? t.lt_s : t.lt_u);
      case "le":
        return test(signed ? t.le_s : t.le_u);
      case "gt":
        return test(signed ? t.gt_s : t.gt_u);
      case "ge":
        return test(signed ? t.ge_s : t.ge_u);
      case "min":
        return binary(signed ? t.min_s : t.min_u);
      case "max":
        return binary(signed ? t.max_s : t.max_u);
      case "shl":
      case "shrl":
      case "shra":
        return this.#shift(op, a, scalarArgs[1] ?? null);
      default:
        return null;
    }
  }

  /** Shifts of all lanes by one count. */
  #shift(op: "shl" | "shrl" | "shra", a: Vec, count: Lane | null): Vec | null {
    const { dtype } = a;
    if (count === null || bitWidth(dtype) !== 32) return null;
    const { m } = this.f;
    const by = this.f.hold(count(), "i32");
    const large = this.f.hold(m.i32.ge_u(by(), m.i32.const(32)), "i32");
    const arithmetic = op === "shra" && isSigned(dtype);
    const shift = op === "shl" ? m.i32x4.shl : arithmetic ? m.i32x4.shr_s : m.i32x4.shr_u;
    if (arithmetic) {
      const limited = this.f.hold(m.select(large(), m.i32.const(31), by()), "i32");
      return {
        dtype,
        parts: a.parts.map(
          (p): Lane =>
            () =>
              shift(p(), limited()),
        ),
      };
    }
    const mask = this.f.hold(m.i32x4.splat(m.i32.sub(m.i32.const(0), m.i32.eqz(large()))), "v128");
    return {
      dtype,
      parts: a.parts.map(
        (p): Lane =>
          () =>
            m.v128.and(shift(p(), by()), mask()),
      ),
    };
  }

  /** An operation on each lane by itself. */
  #laneByLane(op: OpName, args: readonly Vec[]): Vec {
    const held = args.map((a) => this.hold(a));
    const { dtype } = args[args.length - 1];
    const result = scalarOp(op).result ?? dtype;
    const count = held[0].parts.length * lanesPerPart(held[0].dtype);
    return this.build(result, count, (lane) => {
      const xs = held.map((h) => this.extract(h, lane));
      const direct = scalarOpRef(this.f, op, xs, dtype);
      if (direct === null)
        return this.module.callOp(
          this.f,
          op,
          held.map((h) => this.extract(h, lane)),
          dtype,
        );
      return isFloat(result) ? direct : wrapInt(this.f, direct, result);
    });
  }
}
