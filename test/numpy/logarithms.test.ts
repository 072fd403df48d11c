/** @file Logarithms to a base: exact at the powers of the base, however evaluated; limits, derivatives; powers in logspace. */
import { beforeAll, describe, expect, test } from "vitest";
import { type Array as NDArray, type DType, grad, init, jit, lax, vmap } from "../../src/index.ts";
import * as np from "../../src/numpy/index.ts";

beforeAll(() => init());

type F = (x: NDArray) => NDArray;
const runs = {
  eager: (f: F, x: NDArray): NDArray => f(x),
  js: (f: F, x: NDArray): NDArray => jit((y: NDArray) => f(y), { backend: "js" })(x),
  wasm: (f: F, x: NDArray): NDArray => jit((y: NDArray) => f(y), { backend: "wasm" })(x),
  vmap: (f: F, x: NDArray): NDArray => vmap((y: NDArray) => f(y))(x),
};

/** Whole numbers whose powers of the base are in the dtype: 2ᵏ exactly, 10ᵏ rounded but without loss of digits. */
const exponents: readonly [name: "log2" | "log10", dtype: DType, lo: number, hi: number][] = [
  ["log2", "float64", -1074, 1023],
  ["log2", "float32", -149, 127],
  ["log2", "float16", -24, 15],
  ["log10", "float64", -307, 308],
  ["log10", "float32", -37, 38],
  ["log10", "float16", -4, 4],
];

describe.each(Object.keys(runs) as (keyof typeof runs)[])("logarithms to a base, %s", (way) => {
  const run = runs[way];

  test.each(exponents)("%s of the powers of its base is exact in %s", (name, dtype, lo, hi) => {
    const ks = Array.from({ length: hi - lo + 1 }, (_, i) => lo + i);
    const powers = ks.map((k) => (name === "log2" ? 2 ** k : Number(`1e${k}`)));
    expect(run(np[name], np.array(powers, dtype)).js()).toEqual(ks);
  });

  test("values beside 1, of any size, below the least normal number, and limits", () => {
    // mpmath: log(x, 2) and log(x, 10) of the double x, rounded to doubles
    const xs = [3, 0.1, 1 + 2 ** -52, 1 - 2 ** -53, 1.7e308, 3.3e-200, 1e-320];
    const two = [
      1.5849625007211563, -3.321928094887362, 3.203426503814917e-16, -1.6017132519074588e-16,
      1023.9193879716706, -662.6631529530014, -1063.0170064253057,
    ];
    const ten = [
      0.47712125471966244, -1, 9.64327466553287e-17, -4.821637332766436e-17, 308.2304489213783,
      -199.4814860601221, -320.000004834948,
    ];
    for (const [f, expected] of [
      [np.log2, two],
      [np.log10, ten],
    ] as const) {
      const ys = run(f, np.array(xs)).js<number[]>();
      ys.forEach((y, i) => expect(Math.abs(y / expected[i] - 1)).toBeLessThan(2 ** -51));
      const limits = [0, -0, -1, -Infinity, NaN, Infinity];
      const at = [-Infinity, -Infinity, NaN, NaN, NaN, Infinity];
      expect(run(f, np.array(limits)).js()).toEqual(at);
      expect(run(f, np.array(limits, "float32")).js()).toEqual(at);
    }
  });
});

test("derivatives are 1/(x·log b) and −1/(x²·log b)", () => {
  for (const [f, base] of [
    [np.log2, 2],
    [np.log10, 10],
  ] as const) {
    const first = grad((x: NDArray) => f(x));
    for (const x of [0.3, 1, 1000]) {
      expect(first(np.array(x)).item()).toBeCloseTo(1 / (x * Math.log(base)), 14);
      expect(grad((y: NDArray) => first(y))(np.array(x)).item()).toBeCloseTo(
        -1 / (x * x * Math.log(base)),
        13,
      );
    }
  }
  // 1/x alone would overflow.
  const steep = grad((x: NDArray) => np.log10(x))(np.array(4e-309)).item();
  expect(steep * 4e-309 * Math.LN10).toBeCloseTo(1, 12);
});

test("complex logarithms to a base, and integers", () => {
  expect(np.log10(np.array([1000, 10], "int32")).js()).toEqual([3, 1]);
  expect(np.log2(lax.complex(np.array([8]), np.array([0]))).dtype).toBe("complex128");
});

test("logspace: whole powers and their reciprocals are exact", () => {
  const ks = Array.from({ length: 38 }, (_, i) => i - 15);
  expect(np.logspace(-15, 22, 38).js()).toEqual(ks.map((k) => Number(`1e${k}`)));
  expect(np.logspace(-3, 2, 6, { base: 3 }).js()).toEqual([1 / 27, 1 / 9, 1 / 3, 1, 3, 9]);
  expect(np.logspace(-400, 400, 3).js()).toEqual([0, 1, Infinity]);
  expect(np.logspace(-1, 1, 3, { base: 0 }).js()).toEqual([Infinity, 1, 0]);
  expect(np.logspace(-2, 2, 5, { dtype: "int32" }).js()).toEqual([0, 0, 1, 10, 100]);
});
