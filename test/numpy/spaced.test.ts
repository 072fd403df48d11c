/** @file Evenly and geometrically spaced numbers: ends and whole numbers are exact, integers do not wrap round. */
import { describe, expect, test } from "vitest";
import { DTypeError } from "../../src/base/errors.ts";
import { grad, jit } from "../../src/api/index.ts";
import * as lax from "../../src/control-flow/lax.ts";
import * as np from "../../src/numpy/index.ts";

const numbers = (x: { js: () => unknown }): number[] => x.js() as number[];

describe("geomspace", () => {
  test("powers of whole ratios are whole, in floats and integers, up and down", () => {
    for (let r = 2; r < 14; r++) {
      for (let n = 1; r ** n <= 2 ** 31 - 1; n++) {
        const want = Array.from({ length: n + 1 }, (_, i) => r ** i);
        expect(numbers(np.geomspace(1, r ** n, n + 1))).toEqual(want);
        expect(numbers(np.geomspace(1, r ** n, n + 1, { dtype: "int32" }))).toEqual(want);
        expect(numbers(np.geomspace(-(r ** n), -1, n + 1))).toEqual(want.map((v) => -v).reverse());
      }
    }
    expect(numbers(np.geomspace(2, 162, 5))).toEqual([2, 6, 18, 54, 162]);
    expect(numbers(np.geomspace(np.float32 && np.array(1, "float32"), np.array(1000, "float32"), 4))).toEqual(
      [1, 10, 100, 1000],
    );
  });

  test("ends are exact, also where the ratio overflows; one and no point", () => {
    expect(numbers(np.geomspace(1e-300, 1e300, 3))).toEqual([1e-300, 1, 1e300]);
    expect(numbers(np.geomspace(0.1, 0.7, 4)).filter((_, i) => i % 3 === 0)).toEqual([0.1, 0.7]);
    expect(numbers(np.geomspace(3, 9, 1))).toEqual([3]);
    expect(np.geomspace(3, 9, 0).shape).toEqual([0]);
    expect(numbers(np.geomspace(1, 16, 4, { endpoint: false }))).toEqual([1, 2, 4, 8]);
    expect(numbers(np.geomspace(-1, 1, 3))).toEqual([-1, NaN, 1]);
  });

  test("derivatives: Σ (b/a)^(i/3) by b is Σ i/3·b^(i/3 − 1)", () => {
    const d = grad((b: np.ndarray) => np.geomspace(1, b, 4).sum())(8).item();
    expect(d).toBeCloseTo((2 + (2 * 4) / 1 + 3 * 8) / 24, 14);
  });
});

describe("linspace and logspace", () => {
  test("whole numbers are exact", () => {
    for (let n = 1; n < 150; n++) {
      const want = Array.from({ length: n + 1 }, (_, i) => i);
      expect(numbers(np.linspace(0, n, n + 1))).toEqual(want);
      expect(numbers(np.linspace(0, n, n + 1, { dtype: "int32" }))).toEqual(want);
    }
    expect(numbers(np.linspace(-3, 3, 4, { dtype: "int32" }))).toEqual([-3, -1, 1, 3]);
    expect(numbers(np.logspace(0, 15, 16))).toEqual(Array.from({ length: 16 }, (_, i) => Number(`1e${i}`)));
    expect(numbers(np.logspace(0, 10, 11, { base: 2, dtype: "int32" }))[10]).toBe(1024);
  });

  test("ends that are far apart, and complex ones", () => {
    expect(numbers(np.linspace(-1.5e308, 1.5e308, 5))).toEqual([-1.5e308, -0.75e308, 0, 0.75e308, 1.5e308]);
    const z = np.linspace(lax.complex(0, 49), lax.complex(49, 0), 50);
    expect(z.slice(7).item()).toEqual({ re: 7, im: 42 });
  });
});

describe("arange", () => {
  test("fractional steps are multiples of the step", () => {
    const x = numbers(np.arange(1, 2, 0.1));
    expect(x.length).toBe(10);
    x.forEach((v, i) => expect(v).toBe(1 + i * 0.1));
    expect(numbers(np.arange(0, 5, 0.5, "int32"))).toEqual([0, 0, 1, 1, 2, 2, 3, 3, 4, 4]);
  });

  test("integers beyond the dtype are errors", () => {
    expect(() => np.arange(2 ** 31 - 1, 2 ** 31 + 1)).toThrow(DTypeError);
    expect(() => np.arange(300, { dtype: "int8" })).toThrow("arange: 299 does not fit int8");
    expect(() => np.arange(-1, 3, { dtype: "uint8" })).toThrow(DTypeError);
    expect(numbers(np.arange(2 ** 31 - 2, 2 ** 31))).toEqual([2 ** 31 - 2, 2 ** 31 - 1]);
    expect(numbers(np.arange(5, 6, 2 ** 40))).toEqual([5]);
  });
});

describe("counts and positions beyond int32", () => {
  const x = np.arange(5);
  const uint32 = np.array(2 ** 32 - 1, "uint32");

  test("shifts count round", () => {
    expect(numbers(np.roll(x, 2 ** 32 + 1))).toEqual([3, 4, 0, 1, 2]);
    expect(numbers(np.roll(x, uint32))).toEqual([0, 1, 2, 3, 4]);
    expect(numbers(jit((s: np.ndarray) => np.roll(x, s))(uint32))).toEqual([0, 1, 2, 3, 4]);
    expect(numbers(np.roll(x, [-(2 ** 33) - 1], [0]))).toEqual(numbers(np.roll(x, -(2 ** 33 % 5) - 1)));
  });

  test("others are errors, or out of bounds", () => {
    for (const f of [np.repeat, np.delete, np.take] as ((x: np.ndarray, n: number) => unknown)[])
      expect(() => f(x, 2 ** 32 + 1)).toThrow("4294967297");
    expect(() => np.insert(x, 2 ** 32, 1)).toThrow("4294967296");
    expect(() => np.delete(x, [2 ** 32])).toThrow("4294967296");
    expect(() => np.take(x, np.array([2 ** 32 - 1], "uint32"))).toThrow("4294967295");
  });

  test("bounds of loops", () => {
    const sum = (lower: np.ndarray | number, upper: np.ndarray | number): unknown =>
      lax.foriLoop(lower, upper, (i, c: np.ndarray) => c.add(i.astype("float64")), np.array(0)).item();
    expect(sum(2 ** 31 - 3, 2 ** 31 - 1)).toBe(2 ** 32 - 5);
    expect(sum(np.array(3e9, "uint32"), np.array(3e9 + 2, "uint32"))).toBe(6e9 + 1);
    expect(() => sum(2 ** 31, 2 ** 31 + 2)).toThrow("foriLoop: indices");
    expect(() => sum(-(2 ** 31), 2 ** 31 - 1)).toThrow("foriLoop: indices");
    expect(() => sum(0, np.array(2 ** 33))).toThrow("foriLoop: indices");
    expect(() => sum(np.array(0, "int8"), np.array(3, "int32"))).toThrow(DTypeError);
  });
});
