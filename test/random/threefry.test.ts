/** @file The hash against the known answers of its authors, and the bits made from it. */
import { describe, expect, it } from "vitest";
import { scalarArray } from "../../src/core/array.ts";
import * as lax from "../../src/lax/index.ts";
import { randomBits, randomUnit, threefry2x32 } from "../../src/lax/random-bits/threefry.ts";
import * as np from "../../src/numpy/index.ts";
import * as random from "../../src/random/index.ts";
import { vmap } from "../../src/api/index.ts";
import { config } from "../../src/base/config.ts";

const word = (x: number): ReturnType<typeof scalarArray> => scalarArray(x >>> 0, "uint32");
const words = random.keyData(random.key(7));

describe("threefry2x32", () => {
  // kat_vectors of the Random123 distribution: threefry2x32, 20 rounds. Counter, key, result.
  it.each([
    [
      [0, 0],
      [0, 0],
      [0x6b200159, 0x99ba4efe],
    ],
    [
      [0xffffffff, 0xffffffff],
      [0xffffffff, 0xffffffff],
      [0x1cb996fc, 0xbb002be7],
    ],
    [
      [0x243f6a88, 0x85a308d3],
      [0x13198a2e, 0x03707344],
      [0xc4923a9c, 0x483df7a0],
    ],
  ])("hashes %j under %j", ([x1, x2], [k1, k2], wanted) => {
    const out = threefry2x32(word(k1), word(k2), word(x1), word(x2));
    expect(out.map((x) => x.item())).toEqual(wanted);
  });

  it("takes arrays beside scalars, and lanes", () => {
    const counters = lax.iota("uint32", 4);
    const [a, b] = threefry2x32(word(1), word(2), word(0), counters);
    const lanes = vmap((c: typeof counters) => threefry2x32(word(1), word(2), word(0), c))(counters);
    expect(lanes.map((x) => x.js())).toEqual([a.js(), b.js()]);
  });

  it("refuses other dtypes", () => {
    expect(() => threefry2x32(word(1), word(2), word(0), lax.iota("int32", 2))).toThrow(/uint32/);
  });
});

describe("bits", () => {
  it("do not depend on the shape, only on the position", () => {
    expect(randomBits(words, [2, 3]).ravel().js()).toEqual(randomBits(words, [6]).js());
  });

  it("of 8 and 16 are the low ones of 32, and those of 64 are its words", () => {
    const wide = randomBits(words, [5], 32).js<number[]>();
    expect(randomBits(words, [5], 8).js()).toEqual(wide.map((x) => x & 255));
    expect(randomBits(words, [5], 16).js()).toEqual(wide.map((x) => x & 65535));
    const long = randomBits(words, [5], 64).js<bigint[]>();
    expect(long.map((x) => Number(BigInt.asUintN(32, x ^ (x >> 32n))))).toEqual(wide);
    expect(() => randomBits(words, [5], 12)).toThrow(/bit width/);
  });

  it("become the floats that XLA makes by putting them into the mantissa", () => {
    const bits = lax.shiftRightLogical(randomBits(words, [100], 32), 9);
    const oneToTwo = lax.bitcastConvertType(lax.bitwiseOr(bits, 0x3f800000), "float32");
    expect(randomUnit(words, [100], "float32").js()).toEqual(lax.sub(oneToTwo, 1).js());

    const long = randomBits(words, [100], 64).js<bigint[]>();
    const f64 = new Float64Array(1);
    const view = new DataView(f64.buffer);
    const wanted = long.map((x) => {
      view.setBigUint64(0, (x >> 12n) | (0x3ffn << 52n), false);
      return view.getFloat64(0, false) - 1;
    });
    expect(randomUnit(words, [100], "float64").js()).toEqual(wanted);
  });

  it("are the same in the interpreter", () => {
    const draw = (): unknown => [
      random.bits(random.key(3), [4]).js(),
      random.gamma(random.key(3), 0.5, [4]).js(),
    ];
    expect(config.with({ jitless: true }, draw)).toEqual(draw());
  });

  it("pass the checks of loop programs", () => {
    config.with({ enableChecks: true }, () => {
      const key = random.key(11);
      const lam = np.array([2, 30]);
      expect(random.poisson(key, lam).shape).toEqual([2]);
      expect(random.binomial(key, np.array([5, 100]), 0.4).shape).toEqual([2]);
      expect(random.loggamma(key, 0.3, [3], "float32").dtype).toBe("float32");
    });
  });
});
