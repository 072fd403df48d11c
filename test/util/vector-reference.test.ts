/**
 * @file The references of the vector functions: exact values against published digits and identities, and the integer
 * steps of the array kit against BigInt.
 */
import { describe, expect, it } from "vitest";
import * as B from "./big-float.ts";
import { big } from "./big-float.ts";
import * as M from "./big-math.ts";
import { LaneKit, Lanes } from "./lane-kit.ts";
import { Random } from "./random.ts";

/** The first 50 decimals of a number below 100. */
const digits = (x: B.Big): string => B.toFixed(B.mul(x, { m: 10n ** 50n, e: 0 }), 0).toString();

describe("exact values", () => {
  // OEIS A000796, A002162, A001113, A049469, A049470, A002580, A019704
  it.each([
    ["π", M.PI, "314159265358979323846264338327950288419716939937510"],
    ["ln 2", M.log(big(2)), "69314718055994530941723212145817656807550013436025"],
    ["e", M.exp(big(1)), "271828182845904523536028747135266249775724709369995"],
    ["sin 1", M.sin(big(1)), "84147098480789650665250232163029899962256306079837"],
    ["cos 1", M.cos(big(1)), "54030230586813971740093660744297660373231042061792"],
    ["∛2", M.cbrt(big(2)), "125992104989487316476721060727822835057025146470150"],
    ["4·atan 1", B.scale(M.atan(big(1)), 2), "314159265358979323846264338327950288419716939937510"],
    ["6·asin ½", B.mul(big(6), M.asin(big(0.5))), "314159265358979323846264338327950288419716939937510"],
    ["2^½", M.pow(big(2), big(0.5)), "141421356237309504880168872420969807856967187537694"],
  ])("%s", (_, value, text) => {
    expect(digits(value)).toBe(text);
  });

  it("reduces huge angles", () => {
    // S. Gal; the second is the double nearest to a multiple of π/2 (J.-M. Muller, Elementary Functions)
    expect(B.round(M.sin(big(1e22)))).toBe(-0.8522008497671888);
    expect(B.round(M.cos(big(6381956970095103 * 2 ** 797)))).toBe(-4.6871659242546277e-19);
  });

  const inverse: readonly [string, (x: B.Big) => B.Big, (x: B.Big) => B.Big, number][] = [
    ["log exp", M.exp, M.log, 1.25],
    ["log1p expm1", M.expm1, M.log1p, 2 ** -70],
    ["asinh sinh", M.sinh, M.asinh, -0.375],
    ["acosh cosh", M.cosh, M.acosh, 3.5],
    ["atanh tanh", M.tanh, M.atanh, 0.3],
    ["atan tan", M.tan, M.atan, -1.4],
    ["acos cos", M.cos, M.acos, 2.5],
    ["asin sin", M.sin, M.asin, -1.2],
  ];
  it.each(inverse)("%s x = x", (_, f, g, x) => {
    const difference = B.sub(g(f(big(x))), big(x));
    expect(B.exponentOf(difference)).toBeLessThan(B.exponentOf(big(x)) - 170);
  });
});

describe("rounding", () => {
  it("is to nearest, ties to even, in the normal and subnormal ranges", () => {
    const random = new Random("rounding");
    for (let i = 0; i < 2000; i++) {
      const x = (random.next() - 0.5) * 2 ** random.int(-160, 130);
      const tie = { m: 2n * B.toFixed(big(Math.fround(x)), 200) + (1n << 50n), e: -201 };
      expect(B.round(big(x), 32)).toBe(Math.fround(x));
      expect(B.round(tie)).toBe(Number(tie.m) * 2 ** tie.e);
    }
    expect(B.round(B.scale(B.ONE, -1075))).toBe(0);
    expect(B.round(B.scale(B.ONE, 1024))).toBe(Infinity);
  });

  it("measures errors in the last place", () => {
    expect(B.ulpError(1 + 2 ** -52, big(1), 64)).toBe(1);
    expect(B.ulpError(0, big(5e-324), 64)).toBe(1);
    expect(B.ulpError(Infinity, big(Number.MAX_VALUE), 64)).toBe(1);
    expect(B.ulpError(NaN, big(1), 64)).toBe(Infinity);
  });
});

describe("integer steps of the array kit", () => {
  const random = new Random("lanes");
  const words = (bits: 32 | 64): Lanes => {
    const lanes = new Lanes(bits, 256);
    for (let i = 0; i < lanes.w.length; i++) lanes.w[i] = random.int(-(2 ** 31), 2 ** 31 - 1);
    return lanes;
  };
  const integers = (lanes: Lanes): bigint[] =>
    lanes.w.length > lanes.length
      ? [...new BigInt64Array(lanes.w.buffer)]
      : Array.from(lanes.w, (x) => BigInt(x));

  it.each([32, 64] as const)("agree with BigInt in %i-bit lanes", (bits) => {
    const kit = new LaneKit(bits, 256, false);
    const [a, b] = [words(bits), words(bits)];
    const [x, y] = [integers(a), integers(b)];
    const wrap = (v: bigint): bigint => BigInt.asIntN(bits, v);
    expect(integers(kit.iadd(a, b))).toEqual(x.map((v, i) => wrap(v + y[i])));
    expect(integers(kit.isub(a, b))).toEqual(x.map((v, i) => wrap(v - y[i])));
    expect(integers(kit.igt(a, b))).toEqual(x.map((v, i) => (v > y[i] ? -1n : 0n)));
    expect(integers(kit.ieq(a, a))).toEqual(x.map(() => -1n));
    for (const count of [1, 5, 23, 31, 32, 33, 52, 63].filter((n) => n < bits)) {
      const n = BigInt(count);
      expect(integers(kit.shl(a, count))).toEqual(x.map((v) => wrap(v << n)));
      expect(integers(kit.shrs(a, count))).toEqual(x.map((v) => v >> n));
      expect(integers(kit.shru(a, count))).toEqual(x.map((v) => wrap(BigInt.asUintN(bits, v) >> n)));
    }
  });
});
