/**
 * @file Derivatives at points where formulas fail: saturated functions, norms at 0, whole exponents at base 0. Values from
 * closed forms, to 17 digits from mpmath 1.3.
 */
import { describe, expect, it } from "vitest";
import {
  grad,
  hessian,
  jet,
  jit,
  numpy as np,
  nn,
  optim,
  scipy,
  vmap,
  type Array as A,
} from "../../src/index.ts";

const at = (f: (x: A) => A, x: number): number => Number(grad(f)(np.array(x)).item());
const twice = (f: (x: A) => A, x: number): number => Number(grad(grad(f))(np.array(x)).item());
const near = (got: number, want: number): void => {
  expect(Math.abs(got / want - 1), `${got}, not ${want}`).toBeLessThan(1e-15);
};

describe("saturated functions", () => {
  it.each<readonly [string, (x: A) => A, number, number]>([
    ["tanh", np.tanh, 20, 1.6993417021166355e-17],
    ["expm1", np.expm1, -40, 4.248354255291589e-18],
    ["sigmoid", nn.sigmoid, 40, 4.248354255291589e-18],
    ["arcsinh", np.arcsinh, 1e200, 1e-200],
    ["arccosh", np.arccosh, 1e200, 1e-200],
    ["exp2", np.exp2, 1024, 1.2460659279417838e308],
    ["logSigmoid", nn.logSigmoid, 40, 4.248354255291589e-18],
    ["softplus", nn.softplus, -40, 4.248354255291589e-18],
  ])("%s", (_, f, x, want) => near(at(f, x), want));

  it("second derivatives near zeros", () => {
    near(twice(np.tanh, 1e-300), -2e-300);
    near(twice(nn.sigmoid, 1e-300), -1.25e-301);
    near(twice(np.arcsin, 1e-30), 1e-30);
    near(twice(np.arctan, 1e100), -2e-300);
  });

  it("the logarithm of softmax and cross-entropies", () => {
    // d log p₀/dx₀ = 1 − p₀ = 1/(1 + e⁵⁰)
    const x = np.array([50, 0]);
    near(
      Number(
        grad((v: A) => nn.logSoftmax(v).slice(0))(x)
          .slice(0)
          .item(),
      ),
      1.9287498479639178e-22,
    );
    near(
      Number(
        grad((v: A) => optim.softmaxCrossEntropyWithIntegerLabels(v, np.array(0, "int32")))(x)
          .slice(0)
          .item(),
      ),
      -1.9287498479639178e-22,
    );
    near(
      Number(
        grad((v: A) => optim.softmaxCrossEntropy(v, np.array([1, 0])))(x)
          .slice(0)
          .item(),
      ),
      -1.9287498479639178e-22,
    );
    near(Number(nn.logSoftmax(x).slice(0).item()), -1.9287498479639178e-22);
  });
});

describe("2-norms at 0", () => {
  const zero = np.zeros([2]);
  it.each<readonly [string, (x: A) => A]>([
    ["norm", (x) => np.linalg.norm(x)],
    ["norm of order 3", (x) => np.linalg.norm(x, 3)],
    ["vectorNorm", (x) => np.linalg.vectorNorm(x)],
    ["matrixNorm", (x) => np.linalg.matrixNorm(np.outer(x, np.array([1, 2])))],
    ["hypot", (x) => np.hypot(x.slice(0), x.slice(1))],
    ["std", (x) => np.std(x)],
    ["nanstd", (x) => np.nanstd(x)],
    ["globalNorm", (x) => optim.globalNorm([x])],
    ["safeNorm", (x) => optim.safeNorm(x, 0)],
    ["cosineDistance", (x) => optim.cosineDistance(x, np.array([1, 2]))],
    ["distance", (x) => np.linalg.norm(np.subtract(x, zero), { axis: -1 })],
  ])("%s", (_, f) => {
    expect(grad(f)(zero).js()).toEqual([0, 0]);
    expect(jit(grad(f))(zero).js()).toEqual([0, 0]);
    const rows = [
      ...jit(vmap(grad(f)))(np.array([0, 0, 3, 4]).reshape([2, 2]))
        .ravel()
        .dataSync(),
    ];
    expect(rows.slice(0, 2)).toEqual([0, 0]);
    expect(rows.every(Number.isFinite)).toBe(true);
    const entries = [...np.ravel(hessian(f)(zero)).dataSync()];
    expect(entries.every(Number.isFinite)).toBe(true);
  });
});

describe("powers at base 0", () => {
  it("with exponents that hold 0", () => {
    const sum = (n: A) => (x: A) => np.power(x, n).sum();
    for (const n of [np.arange(4), np.arange(4).astype("float64")]) {
      expect(at(sum(n), 0)).toBe(1);
      expect(twice(sum(n), 0)).toBe(2);
      expect(grad(grad(grad(sum(n))))(np.array(0)).item()).toBe(6);
      expect(jit((x: A, k: A) => grad(sum(k))(x))(np.array(0), n).item()).toBe(1);
    }
    const [, series] = jet((x: A) => np.power(x, np.arange(4)), [np.array(0)], [[1, 0, 0]]);
    expect(series.map((s) => s.js())).toEqual([
      [0, 1, 0, 0],
      [0, 0, 2, 0],
      [0, 0, 0, 6],
    ]);
  });

  it("along the exponent", () => {
    const f = (y: A): A => np.power(0, y).sum();
    expect(grad(f)(np.array([0, 1, 2.5])).js()).toEqual([0, 0, 0]);
    expect(grad(f)(np.array([-1])).js()).toEqual([-Infinity]);
  });
});

describe("what is not differentiable", () => {
  it("has the values of the functions", () => {
    expect(np.heaviside(np.array([NaN, 0, -1, 2]), 0.5).js()).toEqual([NaN, 0.5, 0, 1]);
    expect(np.floorDivide(np.array([1, -1, 0, 7]), np.array([0, 0, 0, 2])).js()).toEqual([
      Infinity,
      -Infinity,
      NaN,
      3,
    ]);
    expect(np.divmod(np.array([1, -1]), 0).map((x) => x.js())).toEqual([
      [Infinity, -Infinity],
      [NaN, NaN],
    ]);
    expect(np.sinc(np.array([1, 2, 1e6])).js()).toEqual([0, 0, 0]);
  });

  it("sinc of complex numbers", () => {
    const z = np.array([0, 0.5]).astype("complex128");
    expect(np.real(np.sinc(z)).js()).toEqual([1, expect.closeTo(2 / Math.PI, 15)]);
  });

  it("erfinv and its kin are infinite at the ends", () => {
    expect(at(scipy.special.erfinv, 1)).toBe(Infinity);
    expect(at(scipy.special.ndtri, 0)).toBe(Infinity);
  });
});

describe("limits", () => {
  const { boxcox, boxcox1p, exp1, expi, expn } = scipy.special;
  const inf = Infinity;
  it.each(["float32", "float64"] as const)("of exponential integrals, %s", (dtype) => {
    const x = np.array([-inf, -0, 0, inf], dtype);
    const slopes = (f: (x: A) => A): unknown => vmap(grad(f))(x).js();
    expect(expi(x).js()).toEqual([-0, -inf, -inf, inf]);
    expect(slopes(expi)).toEqual([-0, -inf, inf, inf]);
    expect(exp1(x.slice([2, 4])).js()).toEqual([inf, 0]);
    expect(grad((y: A) => exp1(y).sum())(x.slice([2, 4])).js()).toEqual([-inf, -0]);
    for (const [n, at0, slope] of [
      [0, inf, -inf],
      [1, inf, -inf],
      [2, 1, -inf],
      [3, 0.5, -1],
    ]) {
      expect(expn(n, x.slice([2, 4])).js()).toEqual([at0, 0]);
      expect(grad((y: A) => expn(n, y).sum())(x.slice([2, 4])).js()).toEqual([slope, -0]);
    }
    expect(expn(inf, x.slice([2, 4])).js()).toEqual([0, 0]);
  });

  it("of Box–Cox transforms along λ where the logarithm is −∞", () => {
    for (const [f, x] of [
      [boxcox, 0],
      [boxcox1p, -1],
    ] as const) {
      const along = (l: number): number => Number(grad((k: A) => f(x, k))(np.array(l)).item());
      expect([-2, -0.5, 0, 0.5, 2].map(along)).toEqual([inf, inf, inf, 4, 0.25]);
      expect(Number(grad(grad((k: A) => f(x, k)))(np.array(2)).item())).toBe(-0.25);
    }
  });
});
