/**
 * @file Values of several lanes: constants, memory, wrapping, and single lanes in and out.
 *
 * A `Vec` is the value of `count` lanes (4, 8 or 16) of one dtype: vectors of four 32-bit lanes or two 64-bit lanes.
 * Booleans are masks of 32-bit lanes; float16 kinds are computed as float32.
 */
import { type DType, bitWidth, isBool, isFloat, isUnsigned } from "../../../../dtypes/dtype.ts";
import { range } from "../../../../base/util.ts";
import type { Ref } from "../binaryen.ts";
import type { FunctionBuilder } from "../function.ts";
import { type Lane, splatBytes } from "./lanes.ts";
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
} from "../machine.ts";
import type { HalfName, ModuleBuilder } from "../module.ts";
import { halfKernels } from "../module.ts";

/** The parts of a value of several lanes, each readable any number of times. */
export interface Vec {
  readonly dtype: DType;
  readonly parts: readonly Lane[];
}

/** The even 32-bit words of two vectors: masks of 64-bit lanes as masks of 32-bit lanes. */
const evenWords = [0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27];

export const lanesPerPart = (d: DType): number => 128 / laneBits(d);

/** Values of lanes, in one function. */
export class VectorValues {
  readonly f: FunctionBuilder;
  protected readonly module: ModuleBuilder;

  constructor(f: FunctionBuilder, module: ModuleBuilder) {
    this.f = f;
    this.module = module;
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
    if (isHalf(dtype)) return this.half(dtype === "float16" ? "decodeF16" : "decodeBF16", dtype, raw);
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
      return this.half(x.dtype === "float16" ? "encodeF16" : "encodeBF16", x.dtype, x.parts);
    return x;
  }

  protected half(name: HalfName, dtype: DType, parts: readonly Lane[]): Vec {
    const kit = this.module.kit(this.f, 32);
    return { dtype, parts: parts.map((p) => kit.let(halfKernels[name](kit, kit.let(p)))) };
  }

  /** Rounds float16 kinds, and wraps small integers. */
  wrap(x: Vec): Vec {
    const { m } = this.f;
    const { dtype } = x;
    if (isHalf(dtype)) return this.half(dtype === "float16" ? "roundF16" : "roundBF16", dtype, x.parts);
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

  /** Masks of 64-bit lanes as masks of 32-bit lanes. */
  protected narrowMask(parts: readonly Lane[]): Vec {
    const { m } = this.f;
    const out: Lane[] = [];
    for (let i = 0; i < parts.length; i += 2) {
      out.push(() => m.i8x16.shuffle(parts[i](), parts[i + 1](), evenWords));
    }
    return { dtype: "bool", parts: out };
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

  /** A scalar function of each lane. */
  call(dtype: DType, args: readonly Vec[], count: number, call: (xs: readonly Ref[]) => Ref): Vec {
    const held = args.map((a) => this.hold(a));
    return this.build(dtype, count, (lane) => call(held.map((h) => this.extract(h, lane))));
  }

  count(x: Vec): number {
    return x.parts.length * lanesPerPart(x.dtype);
  }
}
