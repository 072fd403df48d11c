/**
 * @file The scalar operations of the loop IR on vectors of lanes.
 *
 * A `Vec` is the value of `count` lanes (4, 8 or 16) of one dtype: vectors of four 32-bit lanes or two 64-bit lanes.
 * Booleans are masks of 32-bit lanes. What the machine lacks is done lane by lane, so every operation exists.
 */
import { type DType, bitWidth, isBool, isFloat, isSigned, isUnsigned } from "../../core/dtype.ts";
import { range } from "../../util.ts";
import { type OpName, castValue, integerLimits, scalarOp } from "../scalar.ts";
import type { Ref } from "./binaryen.ts";
import type { FunctionBuilder } from "./function.ts";
import { type Lane, lowHalves, splatBytes } from "./lanes.ts";
import {
  elementBytes,
  extractLane,
  isHalf,
  laneBits,
  loadLanes,
  replaceLane,
  scalarType,
  splat,
  storeLanes,
} from "./machine.ts";
import { type ModuleBuilder, fromNumber, halfKernels, kernelOf, toNumber } from "./module.ts";
import { scalarOpRef, wrapInt } from "./scalar-ops.ts";

/** The parts of a value of several lanes, each readable any number of times. */
export interface Vec {
  readonly dtype: DType;
  readonly parts: readonly Lane[];
}

/** The even 32-bit words of two vectors: masks of 64-bit lanes as masks of 32-bit lanes. */
const evenWords = [0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27];
const upper = [8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15];

export const lanesPerPart = (d: DType): number => 128 / laneBits(d);

/** Operations on vectors, in one function. */
export class VectorOps {
  readonly f: FunctionBuilder;
  readonly #module: ModuleBuilder;

  constructor(f: FunctionBuilder, module: ModuleBuilder) {
    this.f = f;
    this.#module = module;
  }

  hold(x: Vec): Vec {
    return { dtype: x.dtype, parts: x.parts.map((p) => this.f.hold(p(), "v128")) };
  }

  /** One scalar in every lane. */
  splat(dtype: DType, count: number, scalar: Lane): Vec {
    const { m } = this.f;
    const value = (): Ref => {
      const x = scalar();
      return isBool(dtype) ? m.i32x4.splat(m.i32.sub(m.i32.const(0), x)) : splat(m, scalarType(dtype), x);
    };
    return this.repeat(dtype, count, this.f.hold(value(), "v128"));
  }

  constant(dtype: DType, count: number, x: number): Vec {
    const value = isBool(dtype) ? -x : x;
    const bytes = splatBytes(laneBits(dtype), isFloat(dtype) ? "float" : "int", value);
    return this.repeat(dtype, count, () => this.f.vector(bytes));
  }

  repeat(dtype: DType, count: number, part: Lane): Vec {
    return { dtype, parts: range(count / lanesPerPart(dtype)).map(() => part) };
  }

  /** Consecutive elements at an address. */
  load(dtype: DType, count: number, offset: number, address: () => Ref): Vec {
    const { m } = this.f;
    const step = lanesPerPart(dtype) * elementBytes(dtype);
    const held = this.f.hold(address(), "i32");
    const raw = range(count / lanesPerPart(dtype)).map(
      (i): Lane =>
        () =>
          loadLanes(m, dtype, offset + i * step, held()),
    );
    if (isBool(dtype))
      return {
        dtype,
        parts: raw.map(
          (p): Lane =>
            () =>
              m.i32x4.neg(p()),
        ),
      };
    if (isHalf(dtype)) return this.#half(dtype === "float16" ? "decodeF16" : "decodeBF16", dtype, raw);
    return { dtype, parts: raw };
  }

  store(x: Vec, offset: number, address: () => Ref): void {
    const { m } = this.f;
    const { dtype } = x;
    const step = lanesPerPart(dtype) * elementBytes(dtype);
    const held = this.f.hold(address(), "i32");
    const stored = this.storedBits(x);
    stored.parts.forEach((p, i) => {
      const part = elementBytes(dtype) < 4 ? this.f.hold(p(), "v128") : p;
      const again = elementBytes(dtype) < 4 ? part() : 0;
      this.f.push(storeLanes(m, dtype, offset + i * step, held(), part(), again));
    });
  }

  /** Lanes as they are stored: booleans as 0 and 1, float16 kinds as bits. */
  storedBits(x: Vec): Vec {
    const { m } = this.f;
    if (isBool(x.dtype)) {
      const one = (): Ref => this.f.vector(splatBytes(32, "int", 1));
      return {
        dtype: x.dtype,
        parts: x.parts.map(
          (p): Lane =>
            () =>
              m.v128.and(p(), one()),
        ),
      };
    }
    if (isHalf(x.dtype))
      return this.#half(x.dtype === "float16" ? "encodeF16" : "encodeBF16", x.dtype, x.parts);
    return x;
  }

  #half(name: keyof typeof halfKernels, dtype: DType, parts: readonly Lane[]): Vec {
    const kit = this.#module.kit(this.f, 32);
    return { dtype, parts: parts.map((p) => kit.let(halfKernels[name](kit, kit.let(p)))) };
  }

  /** Rounds float16 kinds, and wraps small integers. */
  wrap(x: Vec): Vec {
    const { m } = this.f;
    const { dtype } = x;
    if (isHalf(dtype)) return this.#half(dtype === "float16" ? "roundF16" : "roundBF16", dtype, x.parts);
    const bits = bitWidth(dtype);
    if (isFloat(dtype) || isBool(dtype) || bits === 32) return x;
    if (isUnsigned(dtype)) {
      const mask = (): Ref => this.f.vector(splatBytes(32, "int", 2 ** bits - 1));
      return {
        dtype,
        parts: x.parts.map(
          (p): Lane =>
            () =>
              m.v128.and(p(), mask()),
        ),
      };
    }
    const count = 32 - bits;
    const shift = (p: Lane): Ref => m.i32x4.shr_s(m.i32x4.shl(p(), m.i32.const(count)), m.i32.const(count));
    return {
      dtype,
      parts: x.parts.map(
        (p): Lane =>
          () =>
            shift(p),
      ),
    };
  }

  /** Masks of 32-bit lanes for 64-bit values. */
  #widenMask(mask: Vec): Lane[] {
    const { m } = this.f;
    return mask.parts.flatMap((p): Lane[] => {
      const held = this.f.hold(p(), "v128");
      return [() => m.i64x2.extend_low_i32x4_s(held()), () => m.i64x2.extend_high_i32x4_s(held())];
    });
  }

  #narrowMask(parts: readonly Lane[]): Vec {
    const { m } = this.f;
    const out: Lane[] = [];
    for (let i = 0; i < parts.length; i += 2) {
      out.push(() => m.i8x16.shuffle(parts[i](), parts[i + 1](), evenWords));
    }
    return { dtype: "bool", parts: out };
  }

  op(op: OpName, args: readonly Vec[], scalarArgs: readonly (Lane | null)[]): Vec {
    const last = args[args.length - 1];
    const { dtype } = last;
    if (op === "select") return this.#select(args[0], args[1], last);
    const kernel = kernelOf(op);
    if (kernel !== undefined && isFloat(dtype)) {
      const kit = this.#module.kit(this.f, laneBits(dtype));
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
    const kit = this.#module.kit(this.f, laneBits(dtype));
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
      laneBits(dtype) === 64 ? this.#narrowMask(v.parts) : { dtype: "bool", parts: v.parts };
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

  /** The scalar in one lane. */
  extract(x: Vec, lane: number): Ref {
    const { m } = this.f;
    const per = lanesPerPart(x.dtype);
    const out = extractLane(m, scalarType(x.dtype), x.parts[Math.floor(lane / per)](), lane % per);
    return isBool(x.dtype) ? m.i32.and(out, m.i32.const(1)) : out;
  }

  /** Builds a vector from scalars, one for each lane. */
  build(dtype: DType, count: number, scalar: (lane: number) => Ref): Vec {
    const { m } = this.f;
    const per = lanesPerPart(dtype);
    const type = scalarType(dtype);
    const parts = range(count / per).map((part): Lane => {
      const local = this.f.local("v128");
      const value = (i: number): Ref => {
        const x = scalar(part * per + i);
        return isBool(dtype) ? m.i32.sub(m.i32.const(0), x) : x;
      };
      this.f.set(local, splat(m, type, value(0)));
      for (let i = 1; i < per; i++) {
        const x = value(i);
        this.f.set(local, replaceLane(m, type, this.f.get(local, "v128"), i, x));
      }
      return () => this.f.get(local, "v128");
    });
    return { dtype, parts };
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
        return this.#module.callOp(
          this.f,
          op,
          held.map((h) => this.extract(h, lane)),
          dtype,
        );
      return isFloat(result) ? direct : wrapInt(this.f, direct, result);
    });
  }

  /** A scalar function of each lane. */
  call(dtype: DType, args: readonly Vec[], count: number, call: (xs: readonly Ref[]) => Ref): Vec {
    const held = args.map((a) => this.hold(a));
    return this.build(dtype, count, (lane) => call(held.map((h) => this.extract(h, lane))));
  }

  cast(x: Vec, to: DType): Vec {
    const from = x.dtype;
    if (from === to) return x;
    if (to === "bool") return this.op("ne", [x, this.constant(from, this.count(x), 0)], [null, null]);
    if (isBool(from)) {
      const one = this.storedBits(x);
      return isFloat(to) ? this.cast({ ...one, dtype: "int32" }, to) : { ...one, dtype: to };
    }
    if (isHalf(to) && (bitWidth(from) === 32 ? !isFloat(from) : bitWidth(from) === 64))
      return this.#castLanes(x, to);
    if (isFloat(from) && !isFloat(to)) return this.#floatToInt(x, to);
    if (isFloat(to)) return isFloat(from) ? this.#floatToFloat(x, to) : this.#intToFloat(x, to);
    return this.wrap({ ...x, dtype: to });
  }

  count(x: Vec): number {
    return x.parts.length * lanesPerPart(x.dtype);
  }

  /** Conversions that must round once, in JavaScript. */
  #castLanes(x: Vec, to: DType): Vec {
    const held = this.hold(x);
    return this.build(to, this.count(x), (lane) => {
      const number = toNumber(this.f, this.extract(held, lane), x.dtype);
      const y = this.#module.callImport(`cast:${x.dtype}:${to}`, (v) => castValue(v, x.dtype, to), [number]);
      return fromNumber(this.f, y, to);
    });
  }

  #pairs(parts: readonly Lane[], join: (lo: Lane, hi: Lane) => Lane): Lane[] {
    const out: Lane[] = [];
    for (let i = 0; i < parts.length; i += 2) out.push(join(parts[i], parts[i + 1]));
    return out;
  }

  #floatToInt(x: Vec, to: DType): Vec {
    const { m } = this.f;
    const wide = laneBits(x.dtype) === 64;
    const unsigned = to === "uint32";
    const t = m.i32x4;
    const convert = wide
      ? unsigned
        ? t.trunc_sat_f64x2_u_zero
        : t.trunc_sat_f64x2_s_zero
      : unsigned
        ? t.trunc_sat_f32x4_u
        : t.trunc_sat_f32x4_s;
    const parts = wide
      ? this.#pairs(x.parts, (lo, hi) => () => m.i8x16.shuffle(convert(lo()), convert(hi()), lowHalves))
      : x.parts.map(
          (p): Lane =>
            () =>
              convert(p()),
        );
    if (bitWidth(to) === 32) return { dtype: to, parts };
    const [lo, hi] = integerLimits(to);
    const limit = (v: number): Ref => this.f.vector(splatBytes(32, "int", v));
    return {
      dtype: to,
      parts: parts.map(
        (p): Lane =>
          () =>
            t.min_s(t.max_s(p(), limit(lo)), limit(hi)),
      ),
    };
  }

  #floatToFloat(x: Vec, to: DType): Vec {
    const { m } = this.f;
    if (to === "float64") return { dtype: to, parts: this.#split(x, m.f64x2.promote_low_f32x4) };
    if (x.dtype !== "float64") return this.wrap({ ...x, dtype: to });
    const narrow = m.f32x4.demote_f64x2_zero;
    return {
      dtype: to,
      parts: this.#pairs(x.parts, (lo, hi) => () => m.i8x16.shuffle(narrow(lo()), narrow(hi()), lowHalves)),
    };
  }

  /** The lower and the upper two lanes of each part, widened. */
  #split(x: Vec, widen: (v: Ref) => Ref): Lane[] {
    const { m } = this.f;
    return x.parts.flatMap((p): Lane[] => {
      const held = this.f.hold(p(), "v128");
      return [() => widen(held()), () => widen(m.i8x16.shuffle(held(), held(), upper))];
    });
  }

  #intToFloat(x: Vec, to: DType): Vec {
    const { m } = this.f;
    const unsigned = x.dtype === "uint32";
    if (to === "float64")
      return {
        dtype: to,
        parts: this.#split(x, unsigned ? m.f64x2.convert_low_i32x4_u : m.f64x2.convert_low_i32x4_s),
      };
    const convert = unsigned ? m.f32x4.convert_i32x4_u : m.f32x4.convert_i32x4_s;
    return this.wrap({
      dtype: to,
      parts: x.parts.map(
        (p): Lane =>
          () =>
            convert(p()),
      ),
    });
  }

  /** Reinterprets bits of one width. */
  bits(x: Vec, to: DType): Vec {
    const raw = isHalf(x.dtype) ? this.storedBits(x) : x;
    if (isHalf(to)) {
      const bits16 = this.wrap({ dtype: "uint16", parts: raw.parts });
      return this.#half(to === "float16" ? "decodeF16" : "decodeBF16", to, bits16.parts);
    }
    return this.wrap({ dtype: to, parts: raw.parts });
  }
}
