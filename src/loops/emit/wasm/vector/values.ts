/**
 * @file Values of several lanes: constants, memory, wrapping, and single lanes in and out.
 *
 * A `Vec` is the value of `count` lanes (4, 8 or 16) of one dtype: vectors of four 32-bit lanes or two 64-bit lanes.
 * Booleans are masks of 32-bit lanes; float16 kinds are computed as float32.
 */
import { type DType, type Scalar, bitWidth, isBool, isFloat, isUnsigned } from "../../../../dtypes/dtype.ts";
import { range } from "../../../../base/util.ts";
import { type Half, type HalfFunction, halfFunctions, isHalf } from "../../../ir/values.ts";
import type { Ref } from "../generators/module.ts";
import type { FunctionBuilder, Held } from "../function.ts";
import {
  elementBytes,
  extractLane,
  laneBits,
  loadLanes,
  replaceLane,
  scalarType,
  splat,
  storeLanes,
} from "../machine.ts";
import type { ModuleBuilder } from "../module.ts";
import * as half from "./half.ts";
import { type Vector, splatBytes } from "./lanes.ts";

/** The vectors of a value of several lanes, each readable any number of times. */
export interface Vec {
  readonly dtype: DType;
  readonly vectors: readonly Vector[];
}

/** The even 32-bit words of two vectors. */
const evenWords = [0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27];

export const lanesPerVector = (d: DType): number => 128 / laneBits(d);

/** Values of lanes, in one function. */
export class VectorValues {
  readonly f: FunctionBuilder;
  protected readonly module: ModuleBuilder;

  constructor(f: FunctionBuilder, module: ModuleBuilder) {
    this.f = f;
    this.module = module;
  }

  hold(x: Vec): Vec {
    return { dtype: x.dtype, vectors: x.vectors.map((v) => this.f.hold(v(), "v128")) };
  }

  /** An instruction on each vector of a value. */
  protected map(x: Vec, instruction: (v: Ref) => Ref, dtype = x.dtype): Vec {
    return {
      dtype,
      vectors: x.vectors.map(
        (v): Vector =>
          () =>
            instruction(v()),
      ),
    };
  }

  /** An instruction on each two vectors of two values. */
  protected zip(x: Vec, y: Vec, instruction: (v: Ref, w: Ref) => Ref, dtype = x.dtype): Vec {
    const vectors = x.vectors.map(
      (v, i): Vector =>
        () =>
          instruction(v(), y.vectors[i]()),
    );
    return { dtype, vectors };
  }

  protected joinPairs(vectors: readonly Vector[], join: (lo: Vector, hi: Vector) => Ref): Vector[] {
    return range(vectors.length / 2).map(
      (i): Vector =>
        () =>
          join(vectors[2 * i], vectors[2 * i + 1]),
    );
  }

  /** One scalar in every lane. */
  splat(dtype: DType, count: number, scalar: Held): Vec {
    const x = splat(this.f.m, scalarType(dtype), this.#mask(dtype, scalar()));
    const held = this.f.hold(x, "v128");
    return this.#repeat(dtype, count, held);
  }

  constant(dtype: DType, count: number, x: Scalar): Vec {
    const value = isBool(dtype) ? -Number(x) : x;
    const bytes = splatBytes(laneBits(dtype), isFloat(dtype) ? "float" : "int", value);
    return this.#repeat(dtype, count, () => this.f.vector(bytes));
  }

  #repeat(dtype: DType, count: number, vector: Vector): Vec {
    return { dtype, vectors: range(count / lanesPerVector(dtype)).map(() => vector) };
  }

  /** A truth value as a mask of its lane; other scalars as they are. */
  #mask(dtype: DType, x: Ref): Ref {
    const { i32 } = this.f.m;
    return isBool(dtype) ? i32.sub(i32.const(0), x) : x;
  }

  /** Consecutive elements at an address. */
  load(dtype: DType, count: number, offset: number, address: Held): Vec {
    const { m } = this.f;
    const step = lanesPerVector(dtype) * elementBytes(dtype);
    const held = this.f.hold(address(), "i32");
    const vectors = range(count / lanesPerVector(dtype)).map(
      (i): Vector =>
        () =>
          loadLanes(m, dtype, offset + i * step, held()),
    );
    if (isBool(dtype)) return this.map({ dtype, vectors }, m.i32x4.neg);
    return isHalf(dtype) ? this.half("decode", dtype, vectors) : { dtype, vectors };
  }

  store(x: Vec, offset: number, address: Held): void {
    const { m } = this.f;
    const { dtype } = x;
    const step = lanesPerVector(dtype) * elementBytes(dtype);
    const held = this.f.hold(address(), "i32");
    this.storedBits(x).vectors.forEach((v, i) => {
      const vector = elementBytes(dtype) < 4 ? this.f.hold(v(), "v128") : v;
      this.f.push(storeLanes(m, dtype, offset + i * step, held(), vector));
    });
  }

  /** Lanes as they are stored: booleans as 0 and 1, float16 kinds as bits. */
  storedBits(x: Vec): Vec {
    const { dtype } = x;
    if (isBool(dtype)) return this.#keepBits(x, 1);
    return isHalf(dtype) ? this.half("encode", dtype, x.vectors) : x;
  }

  /** The bits of each lane that are set in a number. */
  #keepBits(x: Vec, bits: number): Vec {
    return this.map(x, (v) => this.f.m.v128.and(v, this.f.vector(splatBytes(32, "int", bits))));
  }

  protected half(name: HalfFunction, dtype: Half, vectors: readonly Vector[]): Vec {
    const kit = this.module.kit(this.f, 32);
    const compute = half[halfFunctions[dtype][name]];
    return { dtype, vectors: vectors.map((v) => kit.let(compute(kit, kit.let(v)))) };
  }

  /** Rounds float16 kinds, and wraps small integers. */
  wrap(x: Vec): Vec {
    const { dtype } = x;
    if (isHalf(dtype)) return this.half("round", dtype, x.vectors);
    const bits = bitWidth(dtype);
    if (isFloat(dtype) || isBool(dtype) || bits >= 32) return x;
    if (isUnsigned(dtype)) return this.#keepBits(x, 2 ** bits - 1);
    const { i32, i32x4 } = this.f.m;
    const count = 32 - bits;
    return this.map(x, (v) => i32x4.shr_s(i32x4.shl(v, i32.const(count)), i32.const(count)));
  }

  /** The lower words of 64-bit lanes: of masks, or of integers. */
  protected narrowMask(vectors: readonly Vector[], dtype: DType = "bool"): Vec {
    const { i8x16 } = this.f.m;
    return { dtype, vectors: this.joinPairs(vectors, (lo, hi) => i8x16.shuffle(lo(), hi(), evenWords)) };
  }

  /** The scalar in one lane. */
  extract(x: Vec, lane: number): Ref {
    const { m } = this.f;
    const per = lanesPerVector(x.dtype);
    const out = extractLane(m, scalarType(x.dtype), x.vectors[Math.floor(lane / per)](), lane % per);
    return isBool(x.dtype) ? m.i32.and(out, m.i32.const(1)) : out;
  }

  /** Builds a value from scalars, one for each lane. */
  build(dtype: DType, count: number, scalar: (lane: number) => Ref): Vec {
    const { m } = this.f;
    const per = lanesPerVector(dtype);
    const type = scalarType(dtype);
    const vectors = range(count / per).map((k): Vector => {
      const local = this.f.local("v128");
      const value = (i: number): Ref => this.#mask(dtype, scalar(k * per + i));
      this.f.set(local, splat(m, type, value(0)));
      for (let i = 1; i < per; i++) {
        const x = value(i);
        this.f.set(local, replaceLane(m, type, this.f.get(local, "v128"), i, x));
      }
      return () => this.f.get(local, "v128");
    });
    return { dtype, vectors };
  }

  /** A scalar function of each lane. */
  call(dtype: DType, args: readonly Vec[], count: number, call: (xs: readonly Ref[]) => Ref): Vec {
    const held = args.map((a) => this.hold(a));
    return this.build(dtype, count, (lane) => call(held.map((h) => this.extract(h, lane))));
  }

  count(x: Vec): number {
    return x.vectors.length * lanesPerVector(x.dtype);
  }
}
