/** @file Zeros of polynomials, and fits. */
import { describe, expect, it } from "vitest";
import { type Array as Arr, grad, jit, jvp, numpy as np } from "../../src/index.ts";
import { ArgumentError, ShapeError } from "../../src/base/errors.ts";
import { checkGrads } from "../../src/testing.ts";
import { flat } from "../util/arrays.ts";

const near = (x: Arr, want: readonly number[], tol = 1e-12): void => {
  const got = flat(x);
  expect(got).toHaveLength(want.length);
  want.forEach((w, i) => expect(Math.abs(got[i] - w)).toBeLessThan(tol));
};

describe("roots", () => {
  const sorted = (p: Arr): Arr => np.sort(np.real(np.roots(p)));

  it("are where the polynomial is zero", () => {
    const p = np.array([2, -3, 0.5, 4, -7]);
    near(np.abs(np.polyval(p, np.roots(p))), [0, 0, 0, 0], 1e-12);
    near(sorted(np.array([1, -21, 175, -735, 1624, -1764, 720])), [1, 2, 3, 4, 5, 6], 1e-10);
    near(np.roots(np.array([2, 0, 8])), [0, 2, 0, -2]);
    const complex = np.array([1, { re: 0, im: -3 }, -2]);
    near(np.sort(np.imag(np.roots(complex))), [1, 2]);
  });

  it("zeros before the first coefficient and after the last", () => {
    near(sorted(np.array([0, 0, 1, -3, 2])), [1, 2]);
    const padded = flat(np.roots(np.array([0, 0, 1, -3, 2]), { stripZeros: false }));
    expect(
      padded
        .slice(0, 4)
        .filter((_, i) => i % 2 === 0)
        .sort(),
    ).toEqual([1, 2]);
    expect(padded.slice(4).every(Number.isNaN)).toBe(true);
    near(np.sort(np.abs(np.roots(np.array([1, -1, 0, 0])))), [0, 0, 1], 1e-300);
    expect([[5], [0, 5], [0, 0, 0]].map((p) => np.roots(np.array(p)).shape)).toEqual([[0], [0], [0]]);
    expect(flat(np.roots(np.array([0, 0]), { stripZeros: false })).every(Number.isNaN)).toBe(true);
  });

  it("under jit without stripping; errors", () => {
    const f = jit((p: Arr) => np.roots(p, { stripZeros: false }));
    near(f(np.array([1, 0, 1])), [0, 1, 0, -1]);
    expect(() => jit((p: Arr) => np.roots(p))(np.array([1, 0, 1]))).toThrow(ArgumentError);
    expect(() => np.roots(np.ones([2, 2]))).toThrow(ShapeError);
  });

  it("derivatives: −zⁱ / p'(z)", () => {
    const p = np.array([1, -6, 11, -6]);
    const z = flat(np.real(np.roots(p)));
    const dp = jvp((q: Arr) => np.real(np.roots(q)), [p], [np.array([0, 1, 0, 0])])[1];
    near(
      dp,
      z.map((x) => -(x ** 2) / (3 * x * x - 12 * x + 11)),
      1e-9,
    );
    const f = (q: Arr): Arr[] => {
      const r = np.roots(q, { stripZeros: false });
      return [np.real(r), np.imag(r)];
    };
    checkGrads(f, [np.array([1, 0.5, -2, 3])], { order: 2, rtol: 1e-5, atol: 1e-5 });
  });
});

describe("polyfit", () => {
  const x = np.array([0, 1, 2, 3, 4]);
  const y = np.array([1, 3, 2, 5, 4]);

  it("solves the normal equations", () => {
    // Σ(x − 2)(y − 3) = 8 over Σ(x − 2)² = 10.
    near(np.polyfit(x, y, 1), [0.8, 1.4]);
    near(np.polyfit(x, np.polyval(np.array([2, -1, 3]), x), 2), [2, -1, 3], 1e-11);
    near(np.polyfit(x, np.stack([y, y.mul(2)], 1), 1), [0.8, 1.6, 1.4, 2.8]);
    near(jit((a: Arr, b: Arr) => np.polyfit(a, b, 1))(x, y), [0.8, 1.4]);
  });

  it("residuals, rank, weights and covariance", () => {
    const [c, residuals, rank, s] = np.polyfit(x, y, 1, { full: true });
    near(c, [0.8, 1.4]);
    near(residuals, [3.6]);
    expect([rank.item(), s.shape]).toEqual([2, [2]]);
    // σ² = 3.6 / 3; variances σ² / 10 and σ² (1/5 + 4/10).
    const [, covariance] = np.polyfit(x, y, 1, { cov: true });
    near(covariance, [0.12, -0.24, -0.24, 0.72]);
    near(np.polyfit(x, y, 1, { cov: "unscaled" })[1], [0.1, -0.2, -0.2, 0.6]);
    // A weight of 0 leaves a point out.
    near(np.polyfit(x, y, 1, { w: np.array([1, 1, 1, 1, 0]) }), [1.1, 1.1]);
    expect(np.polyfit(x, np.stack([y, y], 1), 1, { cov: true })[1].shape).toEqual([2, 2, 2]);
  });

  it("the columns of the Vandermonde matrix have derivatives at 0", () => {
    const at = np.array([0, 1, 2]);
    near(jvp((v: Arr) => np.vander(v, 3), [at], [np.ones([3])])[1], [0, 1, 0, 2, 1, 0, 4, 1, 0]);
    const second = (v: Arr): Arr => np.vander(v, 3).sum();
    near(grad((v: Arr) => grad(second)(v).sum())(at), [2, 2, 2]);
    expect(np.vander(np.array([0, 2]), 70).shape).toEqual([2, 70]);
  });

  it("derivatives", () => {
    checkGrads((a: Arr, b: Arr) => np.polyfit(a, b, 2), [x, y], { rtol: 1e-5, atol: 1e-5 });
    near(grad((b: Arr) => np.polyfit(x, b, 1).slice(0))(y), [-0.2, -0.1, 0, 0.1, 0.2]);
  });

  it("errors", () => {
    expect(() => np.polyfit(x, y, -1)).toThrow(ArgumentError);
    expect(() => np.polyfit(x, y, 1.5)).toThrow("whole number");
    expect(() => np.polyfit(x, y.slice([0, 3]), 1)).toThrow(ShapeError);
    expect(() => np.polyfit(x, y, 1, { w: np.ones([2]) })).toThrow("5 weights");
    expect(() => np.polyfit(x, y, 4, { cov: true })).toThrow("more points");
  });
});
