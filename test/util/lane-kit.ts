/**
 * @file `Kit` on arrays: an instance of the vector functions that runs without WebAssembly, for their tests.
 *
 * A value is the bits of some thousand lanes, so that masks and integers survive as in v128 and the cost of a step is
 * spread over all lanes. Counts the steps it makes: each is one vector instruction (constants and names are free).
 */
import { fma } from "./fma.ts";
import { fallback, importNamed } from "../../src/loops/emit/wasm/module.ts";
import type { FallbackName, Kernel, Kit } from "../../src/loops/emit/wasm/math/kit.ts";

export class Lanes {
  readonly f: Float32Array | Float64Array;
  /** The same bits in 32-bit words; the low word of a 64-bit lane comes first. */
  readonly w: Int32Array;
  readonly length: number;

  constructor(bits: 32 | 64, length: number) {
    this.length = length;
    const buffer = new ArrayBuffer((length * bits) / 8);
    this.f = bits === 32 ? new Float32Array(buffer) : new Float64Array(buffer);
    this.w = new Int32Array(buffer);
  }
}

type Words = (a: number, b: number) => number;

export class LaneKit implements Kit<Lanes> {
  /** Steps made so far. */
  count = 0;
  /** Lanes that were computed one by one. */
  rareLanes = 0;

  readonly bits: 32 | 64;
  readonly length: number;
  readonly fused: boolean;

  /** @param fused whether products that are added are rounded by themselves. */
  constructor(bits: 32 | 64, length: number, fused: boolean) {
    this.bits = bits;
    this.length = length;
    this.fused = fused;
  }

  private floats(f: (i: number) => number): Lanes {
    this.count++;
    const out = new Lanes(this.bits, this.length);
    for (let i = 0; i < this.length; i++) out.f[i] = f(i);
    return out;
  }

  private words(a: Lanes, b: Lanes, f: Words): Lanes {
    this.count++;
    const out = new Lanes(this.bits, this.length);
    for (let i = 0; i < out.w.length; i++) out.w[i] = f(a.w[i], b.w[i]);
    return out;
  }

  /** A mask from a test of each lane. */
  private mask(f: (i: number) => boolean): Lanes {
    this.count++;
    const out = new Lanes(this.bits, this.length);
    const n = this.bits / 32;
    for (let i = 0; i < this.length; i++) if (f(i)) out.w.fill(-1, i * n, i * n + n);
    return out;
  }

  /** Integer operation on each lane as a pair of words. */
  private integers(
    f: (lo: number, hi: number, i: number) => readonly [lo: number, hi: number],
    a: Lanes,
  ): Lanes {
    this.count++;
    const out = new Lanes(64, this.length);
    for (let i = 0; i < out.w.length; i += 2) [out.w[i], out.w[i + 1]] = f(a.w[i], a.w[i + 1], i);
    return out;
  }

  float(x: number): Lanes {
    const out = new Lanes(this.bits, this.length);
    out.f.fill(x);
    return out;
  }

  int(x: number | bigint): Lanes {
    const out = new Lanes(this.bits, this.length);
    if (this.bits === 32) out.w.fill(Number(BigInt.asIntN(32, BigInt(x))));
    else new BigInt64Array(out.w.buffer).fill(BigInt.asIntN(64, BigInt(x)));
    return out;
  }

  let(x: Lanes): Lanes {
    return x;
  }

  add = (a: Lanes, b: Lanes): Lanes => this.floats((i) => a.f[i] + b.f[i]);
  sub = (a: Lanes, b: Lanes): Lanes => this.floats((i) => a.f[i] - b.f[i]);
  mul = (a: Lanes, b: Lanes): Lanes => this.floats((i) => a.f[i] * b.f[i]);
  div = (a: Lanes, b: Lanes): Lanes => this.floats((i) => a.f[i] / b.f[i]);
  madd(a: Lanes, b: Lanes, c: Lanes): Lanes {
    if (!this.fused) return this.add(this.mul(a, b), c);
    return this.floats((i) => fma(this.bits, a.f[i], b.f[i], c.f[i]));
  }
  nmadd(a: Lanes, b: Lanes, c: Lanes): Lanes {
    if (!this.fused) return this.sub(c, this.mul(a, b));
    return this.floats((i) => fma(this.bits, -a.f[i], b.f[i], c.f[i]));
  }
  sqrt = (a: Lanes): Lanes => this.floats((i) => Math.sqrt(a.f[i]));
  floor = (a: Lanes): Lanes => this.floats((i) => Math.floor(a.f[i]));
  trunc = (a: Lanes): Lanes => this.floats((i) => Math.trunc(a.f[i]));
  nearest = (a: Lanes): Lanes => this.floats((i) => nearest(a.f[i]));
  min = (a: Lanes, b: Lanes): Lanes => this.floats((i) => Math.min(a.f[i], b.f[i]));
  max = (a: Lanes, b: Lanes): Lanes => this.floats((i) => Math.max(a.f[i], b.f[i]));
  pmin = (a: Lanes, b: Lanes): Lanes => this.floats((i) => (b.f[i] < a.f[i] ? b.f[i] : a.f[i]));
  pmax = (a: Lanes, b: Lanes): Lanes => this.floats((i) => (a.f[i] < b.f[i] ? b.f[i] : a.f[i]));

  neg = (a: Lanes): Lanes => this.xor(a, this.float(-0));
  abs = (a: Lanes): Lanes => this.andnot(a, this.float(-0));

  eq = (a: Lanes, b: Lanes): Lanes => this.mask((i) => a.f[i] === b.f[i]);
  ne = (a: Lanes, b: Lanes): Lanes => this.mask((i) => a.f[i] !== b.f[i]);
  lt = (a: Lanes, b: Lanes): Lanes => this.mask((i) => a.f[i] < b.f[i]);
  le = (a: Lanes, b: Lanes): Lanes => this.mask((i) => a.f[i] <= b.f[i]);
  gt = (a: Lanes, b: Lanes): Lanes => this.mask((i) => a.f[i] > b.f[i]);
  ge = (a: Lanes, b: Lanes): Lanes => this.mask((i) => a.f[i] >= b.f[i]);

  select(mask: Lanes, a: Lanes, b: Lanes): Lanes {
    this.count++;
    const out = new Lanes(this.bits, this.length);
    for (let i = 0; i < out.w.length; i++) out.w[i] = (a.w[i] & mask.w[i]) | (b.w[i] & ~mask.w[i]);
    return out;
  }

  and = (a: Lanes, b: Lanes): Lanes => this.words(a, b, (x, y) => x & y);
  or = (a: Lanes, b: Lanes): Lanes => this.words(a, b, (x, y) => x | y);
  xor = (a: Lanes, b: Lanes): Lanes => this.words(a, b, (x, y) => x ^ y);
  andnot = (a: Lanes, b: Lanes): Lanes => this.words(a, b, (x, y) => x & ~y);

  iadd(a: Lanes, b: Lanes): Lanes {
    if (this.bits === 32) return this.words(a, b, (x, y) => x + y);
    return this.integers((lo, hi, i) => {
      const sum = (lo >>> 0) + (b.w[i] >>> 0);
      return [sum, hi + b.w[i + 1] + (sum > 0xffffffff ? 1 : 0)];
    }, a);
  }

  isub(a: Lanes, b: Lanes): Lanes {
    if (this.bits === 32) return this.words(a, b, (x, y) => x - y);
    return this.integers((lo, hi, i) => {
      const difference = (lo >>> 0) - (b.w[i] >>> 0);
      return [difference, hi - b.w[i + 1] - (difference < 0 ? 1 : 0)];
    }, a);
  }

  shl(a: Lanes, count: number): Lanes {
    if (this.bits === 32) return this.words(a, a, (x) => x << count);
    return this.integers(
      (lo, hi) =>
        count >= 32 ? [0, lo << (count - 32)] : [lo << count, (hi << count) | ((lo >>> 1) >>> (31 - count))],
      a,
    );
  }

  shrs(a: Lanes, count: number): Lanes {
    if (this.bits === 32) return this.words(a, a, (x) => x >> count);
    return this.integers(
      (lo, hi) =>
        count >= 32
          ? [hi >> (count - 32), hi >> 31]
          : [(lo >>> count) | ((hi << 1) << (31 - count)), hi >> count],
      a,
    );
  }

  shru(a: Lanes, count: number): Lanes {
    if (this.bits === 32) return this.words(a, a, (x) => x >>> count);
    return this.integers(
      (lo, hi) =>
        count >= 32 ? [hi >>> (count - 32), 0] : [(lo >>> count) | ((hi << 1) << (31 - count)), hi >>> count],
      a,
    );
  }

  ieq(a: Lanes, b: Lanes): Lanes {
    if (this.bits === 32) return this.mask((i) => a.w[i] === b.w[i]);
    return this.mask((i) => a.w[2 * i] === b.w[2 * i] && a.w[2 * i + 1] === b.w[2 * i + 1]);
  }

  igt(a: Lanes, b: Lanes): Lanes {
    if (this.bits === 32) return this.mask((i) => a.w[i] > b.w[i]);
    return this.mask((i) => {
      const [x, y] = [a.w[2 * i + 1], b.w[2 * i + 1]];
      return x > y || (x === y && a.w[2 * i] >>> 0 > b.w[2 * i] >>> 0);
    });
  }

  toInt(a: Lanes): Lanes {
    if (this.bits === 64) {
      const magic = this.float(1.5 * 2 ** 52);
      return this.isub(this.add(this.trunc(a), magic), magic);
    }
    this.count++;
    const out = new Lanes(32, this.length);
    for (let i = 0; i < this.length; i++) {
      const x = a.f[i];
      out.w[i] = Number.isNaN(x) ? 0 : Math.max(-(2 ** 31), Math.min(2 ** 31 - 1, Math.trunc(x)));
    }
    return out;
  }

  fromInt(a: Lanes): Lanes {
    if (this.bits === 32) return this.floats((i) => a.w[i]);
    const magic = this.float(1.5 * 2 ** 52);
    return this.sub(this.iadd(a, magic), magic);
  }

  wide(args: readonly Lanes[], f: (kit: Kit<Lanes>, args: readonly Lanes[]) => Lanes): Lanes {
    const kit = new LaneKit(64, this.length, this.fused);
    const result = f(
      kit,
      args.map((a) => {
        const out = new Lanes(64, this.length);
        out.f.set(a.f);
        return out;
      }),
    );
    // Two vectors of 64-bit lanes for one of 32, two conversions and a shuffle each way.
    this.count += 2 * kit.count + 3 * (args.length + 1);
    this.rareLanes += kit.rareLanes;
    const out = new Lanes(32, this.length);
    out.f.set(result.f);
    return out;
  }

  rare(mask: Lanes, name: FallbackName, args: readonly Lanes[], fast: Lanes): Lanes {
    this.count += 2;
    const out = new Lanes(this.bits, this.length);
    out.w.set(fast.w);
    const n = this.bits / 32;
    const f = importNamed(fallback(name, this.bits));
    for (let i = 0; i < this.length; i++) {
      if (mask.w[i * n] === 0) continue;
      this.rareLanes++;
      out.f[i] = Number(f(...(args.map((a) => a.f[i]) as never[])));
    }
    return out;
  }
}

const nearest = (x: number): number => {
  if (!(Math.abs(x) < 2 ** 52)) return x;
  const r = Math.abs(x) + 2 ** 52 - 2 ** 52;
  return x < 0 || Object.is(x, -0) ? -r : r;
};

/** What a kernel runs on: lanes of 32 or 64 bits, with or without fused multiplication and addition. */
export type KitWidth = 32 | 64 | "32 fused" | "64 fused";

/** Results of a kernel on arrays of arguments, and the number of vector instructions it takes. */
export function runKernel(
  kernel: Kernel,
  width: KitWidth,
  ...args: readonly ArrayLike<number>[]
): { values: Float32Array | Float64Array; count: number; rareLanes: number } {
  const bits = width === 32 || width === "32 fused" ? 32 : 64;
  const kit = new LaneKit(bits, args[0].length, typeof width === "string");
  const lanes = args.map((xs) => {
    const out = new Lanes(bits, xs.length);
    out.f.set(xs);
    return out;
  });
  const values = kernel(kit, ...lanes).f;
  return { values, count: kit.count, rareLanes: kit.rareLanes };
}
