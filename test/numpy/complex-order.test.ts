/** @file Order of complex numbers, log(eˣ + eʸ) of them, and their spread without NaN. Values: NumPy 2 and mpmath. */
import { expect, test } from "vitest";
import { type Array as NDArray, grad, jit, lax, numpy as np, vmap } from "../../src/index.ts";

const complex = (...parts: readonly (readonly [number, number])[]): NDArray =>
  lax.complex(np.array(parts.map(([re]) => re)), np.array(parts.map(([, im]) => im)));
const pairs = (z: NDArray): number[][] => {
  const [re, im] = [np.ravel(np.real(z)).js<number[]>(), np.ravel(np.imag(z)).js<number[]>()];
  return re.map((x, i) => [x, im[i]]);
};

const x = complex([1, 2], [1, -2], [0, 5], [1, 2], [NaN, 0], [1, NaN], [-0, 1], [Infinity, 0]);
const y = complex([1, 3], [1, -2], [1, 0], [0, 9], [1, 0], [1, 0], [0, 1], [Infinity, 1]);

test.each([
  ["less", [true, false, true, false, false, false, false, true]],
  ["lessEqual", [true, true, true, false, false, false, true, true]],
  ["greater", [false, false, false, true, false, false, false, false]],
  ["greaterEqual", [false, true, false, true, false, false, true, false]],
] as const)("%s orders by real, then by imaginary parts", (name, expected) => {
  const f = np[name];
  expect(f(x, y).js()).toEqual(expected);
  expect(jit((a: NDArray, b: NDArray) => f(a, b))(x, y).js()).toEqual(expected);
  expect(vmap((a: NDArray, b: NDArray) => f(a, b))(x, y).js()).toEqual(expected);
});

test("comparisons with real numbers, extrema that ignore NaN, and searches", () => {
  const z = complex([1, 2], [1, -2], [0, 5]);
  expect(np.less(z, 1).js()).toEqual([false, true, true]);
  expect(np.greater(1, z).js()).toEqual([false, true, true]);
  expect(np.less(z, np.array([2, 1, 0], "int32")).js()).toEqual([true, true, false]);
  const [gaps, numbers] = [complex([NaN, 0], [2, 1], [NaN, 1]), complex([1, 5], [2, 3], [1, NaN])];
  expect(pairs(np.fmax(gaps, numbers)).slice(0, 2)).toEqual([
    [1, 5],
    [2, 3],
  ]);
  expect(pairs(np.fmin(numbers, gaps)).slice(0, 2)).toEqual([
    [1, 5],
    [2, 1],
  ]);
  const sorted = np.sort(z);
  expect(np.searchsorted(sorted, z).js()).toEqual([2, 1, 0]);
  expect(np.searchsorted(sorted, z, "right").js()).toEqual([3, 2, 1]);
  expect(np.searchsorted(sorted, complex([0, -1], [1, 0], [NaN, 0])).js()).toEqual([0, 2, 3]);
  expect(np.digitize(z, sorted).js()).toEqual([3, 2, 1]);
});

test("nanvar and nanstd of complex numbers are real, NaN in either part left out", () => {
  const z = complex([1, 2], [1, -2], [0, 5], [1, 2], [NaN, 0], [1, NaN]);
  expect(np.nanvar(z).dtype).toBe("float64");
  expect(np.nanvar(z).item()).toBe(6.375);
  expect(np.nanvar(z, { ddof: 1 }).item()).toBe(8.5);
  expect(np.nanstd(z).item()).toBeCloseTo(Math.sqrt(6.375), 15);
  expect(np.nanstd(z.astype("complex64")).dtype).toBe("float32");
  expect(np.nanvar(complex([NaN, 0])).item()).toBeNaN();
  expect(np.nanvar(z.reshape([2, 3]), { axis: 0, keepdims: true }).shape).toEqual([1, 3]);
  const part = (t: NDArray): NDArray => np.nanvar(lax.complex(t, lax.mul(2, t)));
  // 5·var t, whose derivative is 5·2(t − mean)/n
  expect(grad(part)(np.array([1, NaN, 3])).js()).toEqual([-5, 0, 5]);
});

test("logaddexp of complex numbers has an imaginary part in [−π, π]", () => {
  const a = complex([1, 2], [1, -2], [0, 5], [1, 2], [800, 3], [-800, 0.5]);
  const b = complex([1, 3], [1, -2], [1, 0], [0, 9], [800, 3.5], [1, 7]);
  // mpmath: log(exp(a) + exp(b)) at 40 digits
  const expected = [
    [1.5625629401162227, 2.5],
    [1.6931471805599454, -2.0],
    [1.1478408409581138, -0.3091898250565588],
    [1.2623718275132567, 2.187003434492523],
    [800.6615661293125, -3.0331853071795867],
    [1.0, 0.7168146928204135],
  ];
  const found = [pairs(np.logaddexp(a, b)), pairs(np.logaddexp(b, a)), pairs(jit(np.logaddexp)(a, b))];
  for (const z of found)
    z.forEach((p, i) => {
      expect(p[0]).toBeCloseTo(expected[i][0], 12);
      expect(p[1]).toBeCloseTo(expected[i][1], 12);
    });
  // mpmath: log(2**a + 2**b)/log(2)
  const two = [
    [1.911564434568757, 2.5],
    [2.0, -2.0],
    [0.13649186308507982, -0.42409614878290164],
    [1.2371208743414104, 1.3745290037948392],
    [800.9782298680841, 3.25],
    [1.0, -2.0647202836543874],
  ];
  pairs(np.logaddexp2(a, b)).forEach((p, i) => {
    expect(p[0]).toBeCloseTo(two[i][0], 11);
    expect(p[1]).toBeCloseTo(two[i][1], 11);
  });
});

test("logaddexp of complex infinities, and its derivative", () => {
  const inf = Infinity;
  const a = complex([-inf, 0], [-inf, 0], [inf, 0], [inf, 0], [-inf, 1], [NaN, 0]);
  const b = complex([-inf, 0], [1, 2], [1, 2], [inf, 0], [-inf, 2], [1, 0]);
  const re = np.real(np.logaddexp(a, b)).js();
  expect(re).toEqual([-inf, 1, inf, inf, -inf, NaN]);
  expect(np.imag(np.logaddexp(a, b)).js<number[]>().slice(0, 5)).toEqual([0, 2, 0, 0, 0]);
  // eˣ/(eˣ + eʸ): mpmath at x = 0.5 + 5j, y = 0.2 − 1j
  const [p, q] = [complex([0.5, 5]), complex([0.2, -1])];
  const slope = grad((z: NDArray) => np.sum(np.logaddexp(z, q)), { holomorphic: true })(p);
  expect(pairs(slope)[0][0]).toBeCloseTo(0.5759209566492113, 13);
  expect(pairs(slope)[0][1]).toBeCloseTo(-0.06966199751663042, 13);
});
