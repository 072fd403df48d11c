/** @file scipy.special: functions with parameters, edges, derivatives, promotion. Values by SciPy. */
import { describe, expect, it } from "vitest";
import { grad, jacfwd, jit, vmap } from "../../src/api/index.ts";
import type { NDArray } from "../../src/core/array.ts";
import * as np from "../../src/numpy/index.ts";
import * as special from "../../src/scipy/special/index.ts";

const item = (x: NDArray): number => x.item();

describe("functions of whole parameters", () => {
  it("polygamma", () => {
    expect(item(special.polygamma(0, 1))).toBeCloseTo(-0.5772156649015329, 15);
    expect(item(special.polygamma(1, 1))).toBeCloseTo(Math.PI ** 2 / 6, 14);
    expect(item(grad((x: NDArray) => special.polygamma(1, x))(np.array(1)))).toBeCloseTo(
      -2.4041138063191885,
      13,
    );
    expect(() => special.polygamma(0.5, 1)).toThrow(/whole number/);
  });

  it("zeta: Hurwitz's, and Riemann's without q", () => {
    expect(item(special.zeta(2))).toBeCloseTo(Math.PI ** 2 / 6, 14);
    expect(item(special.zeta(3, 2))).toBeCloseTo(0.2020569031595943, 15);
    expect(item(special.zeta(3, { q: 2 }))).toBe(item(special.zeta(3, 2)));
  });

  it("factorial, comb, poch", () => {
    expect(special.factorial(np.array([0, 5, 20, -1])).js()).toEqual([1, 120, 20 * 121645100408832000, 0]);
    expect(() => special.factorial(5, true)).toThrow(/exact/);
    expect(special.comb(np.array([5, 10, 3, 3]), np.array([2, 10, 4, -1])).js()).toEqual([10, 1, 0, 0]);
    expect(item(special.comb(4, 2, { repetition: true }))).toBe(10);
    expect(item(special.comb(0, 0, { repetition: true }))).toBe(1);
    expect(item(special.poch(2.5, 3))).toBeCloseTo(2.5 * 3.5 * 4.5, 12);
    expect(item(special.poch(-2.5, 2))).toBeCloseTo(3.75, 12);
    expect(item(special.poch(2.5, 0))).toBe(1);
  });

  it("bernoulli", () => {
    const want = [1, -0.5, 1 / 6, 0, -1 / 30, 0, 1 / 42, 0, -1 / 30, 0, 5 / 66, 0, -691 / 2730];
    special
      .bernoulli(12)
      .js<number[]>()
      .forEach((b, k) => expect(b).toBeCloseTo(want[k], 14));
    expect(special.bernoulli(0).js()).toEqual([1]);
    expect(() => special.bernoulli(2.5)).toThrow(/whole number/);
    // mpmath; beyond B₂₅₈ they are larger than float64 reaches, however many are asked for.
    const many = special.bernoulli(100_000).js<number[]>();
    expect(many[60] / -2.139994925722533e34).toBeCloseTo(1, 12);
    expect(many[258] / 1.335278418735463e306).toBeCloseTo(1, 12);
    expect(many[100_000]).toBe(-Infinity);
    expect(() => special.bernoulli(2 ** 40)).toThrow(/32 bits/);
  });

  it("multigammaln", () => {
    expect(item(special.multigammaln(3.5, 1))).toBeCloseTo(item(special.gammaln(3.5)), 14);
    expect(item(special.multigammaln(3.5, 3))).toBeCloseTo(3.895898482154039, 12);
    // mpmath
    expect(item(special.multigammaln(7.25, 5))).toBeCloseTo(32.03944670541629, 12);
    expect(item(special.multigammaln(30.5, 40)) / 2143.481983102916).toBeCloseTo(1, 13);
    expect(() => special.multigammaln(3.5, 0)).toThrow(/at least 1/);
  });

  it("besselJn stacks the orders", () => {
    const j = special.besselJn(np.array([0.5, 30]), { v: 2 });
    expect(j.shape).toEqual([3, 2]);
    const want = [
      0.938469807240813, -0.08636798358104021, 0.2422684576748739, -0.11875106261662291, 0.030604023458682638,
      0.07845124607326538,
    ];
    j.ravel()
      .js<number[]>()
      .forEach((x, k) => expect(x).toBeCloseTo(want[k], 12));
    const slope = jacfwd((x: NDArray) => special.besselJn(x, { v: 1 }))(np.array(2));
    expect(slope.js<number[]>()[0]).toBeCloseTo(-0.5767248077568734, 12);
  });
});

describe("entropies", () => {
  it("have JAX's values at the edges", () => {
    expect(item(special.entr(-1))).toBe(-Infinity);
    expect(special.relEntr(np.array([0, 0, 1, NaN]), np.array([0, NaN, 0, 1])).js()).toEqual([
      0,
      NaN,
      Infinity,
      NaN,
    ]);
    expect(item(special.klDiv(2, 1))).toBeCloseTo(2 * Math.log(2) - 1, 14);
  });

  it("have finite derivatives where 0·log 0 occurs", () => {
    const f = (p: NDArray): NDArray => special.relEntr(p, 1).sum();
    expect(grad(f)(np.array([0, 0.5])).js()).toEqual([0, Math.log(0.5) + 1]);
  });
});

describe("Box–Cox", () => {
  it("is continuous at 0, in value and slope", () => {
    expect(item(special.boxcox(2, 0))).toBeCloseTo(Math.log(2), 15);
    expect(item(special.boxcox(2, 1e-12))).toBeCloseTo(Math.log(2), 11);
    expect(item(grad((x: NDArray) => special.boxcox(x, 0))(np.array(2)))).toBe(0.5);
    expect(item(special.boxcox1p(1e-10, 0.5))).toBeCloseTo(1e-10, 20);
  });
});

describe("operands", () => {
  it("are promoted to floats and broadcast", () => {
    expect(special.erf(np.array([1, 2], { dtype: "int32" })).dtype).toBe("float64");
    expect(special.gammainc(np.array([[1], [2]]), np.array([1, 2, 3])).shape).toEqual([2, 3]);
    expect(item(special.beta(2, 3))).toBeCloseTo(1 / 12, 15);
  });

  it("are not modified by pairs of results", () => {
    const [s, c] = special.fresnel(np.array([0.5]));
    expect([item(s), item(c)]).toEqual([
      expect.closeTo(0.0647324328599993, 14),
      expect.closeTo(0.4923442258714464, 14),
    ]);
    const [si, ci] = special.sici(1);
    expect([item(si), item(ci)]).toEqual([
      expect.closeTo(0.946083070367183, 14),
      expect.closeTo(0.33740392290096816, 14),
    ]);
  });

  it("softmax works over all axes by default", () => {
    const x = np.array([
      [1, 2],
      [3, 4],
    ]);
    expect(item(special.softmax(x).sum())).toBeCloseTo(1, 14);
    expect(special.softmax(x, { axis: 1 }).sum(1).js<number[]>()[0]).toBeCloseTo(1, 14);
    expect(item(special.logsumexp(x))).toBeCloseTo(4.440189698561196, 13);
  });

  it("batch", () => {
    const x = np.array([0.5, 1, 2]);
    expect(vmap((y: NDArray) => special.expn(2, y))(x).js()).toEqual(special.expn(2, x).js());
  });

  it("logNdtr takes a series order", () => {
    expect(item(special.logNdtr(-30, 5))).toBeCloseTo(-454.32124395634327, 10);
    expect(() => special.logNdtr(0, 31)).toThrow(/from 0 to 30/);
  });
});

describe("spherical harmonics", () => {
  const angles = [
    [0.3, 1.1],
    [1.2, -0.4],
    [2.9, 5],
  ] as const;
  const value = (n: number, m: number, t: number, p: number): { re: number; im: number } =>
    special.sphHarmY(n, m, t, p).item<{ re: number; im: number } & number>();

  it("are those in tables", () => {
    for (const [t, p] of angles) {
      const [s, c] = [Math.sin(t), Math.cos(t)];
      const table: [n: number, m: number, amplitude: number][] = [
        [0, 0, Math.sqrt(1 / (4 * Math.PI))],
        [1, 0, Math.sqrt(3 / (4 * Math.PI)) * c],
        [1, 1, -Math.sqrt(3 / (8 * Math.PI)) * s],
        [1, -1, Math.sqrt(3 / (8 * Math.PI)) * s],
        [2, 2, Math.sqrt(15 / (32 * Math.PI)) * s * s],
        [3, -1, Math.sqrt(21 / (64 * Math.PI)) * s * (5 * c * c - 1)],
        [3, 0, Math.sqrt(7 / (16 * Math.PI)) * (5 * c ** 3 - 3 * c)],
        [4, 3, -Math.sqrt(315 / (64 * Math.PI)) * s ** 3 * c],
      ];
      for (const [n, m, amplitude] of table) {
        const { re, im } = value(n, m, t, p);
        expect(re).toBeCloseTo(amplitude * Math.cos(m * p), 14);
        expect(im).toBeCloseTo(amplitude * Math.sin(m * p), 14);
      }
    }
  });

  it("of one degree add up to (2n + 1)/4π in squares, in the hundreds too", () => {
    for (const n of [3, 40, 300]) {
      const m = np.arange(-n, n + 1, { dtype: "int32" });
      const y = special.sphHarmY(n, m, 1.1, 0.4);
      const sum = np.sum(np.square(np.real(y)).add(np.square(np.imag(y))));
      expect(item(sum) / ((2 * n + 1) / (4 * Math.PI))).toBeCloseTo(1, 11);
    }
  });

  it("are zero beyond their degree, NaN below degree 0, and have derivatives", () => {
    expect(value(2, 3, 0.4, 0.5)).toEqual({ re: 0, im: 0 });
    expect(value(-1, 0, 0.4, 0.5).re).toBeNaN();
    const real = (t: NDArray): NDArray => np.real(special.sphHarmY(3, 2, t, 0.3));
    const h = 1e-5;
    const numeric = (value(3, 2, 0.8 + h, 0.3).re - value(3, 2, 0.8 - h, 0.3).re) / (2 * h);
    expect(item(grad(real)(np.array(0.8)))).toBeCloseTo(numeric, 8);
    expect(Number.isFinite(item(grad(real)(np.array(0))))).toBe(true);
  });

  it("need not know the degrees beforehand", () => {
    const y = (n: NDArray): NDArray => np.real(special.sphHarmY(n, 1, 0.4, 0.2));
    const degrees = np.array([1, 4, 2], { dtype: "int32" });
    const want = [1, 4, 2].map((n) => value(n, 1, 0.4, 0.2).re);
    for (const found of [vmap(y)(degrees), jit(y)(degrees)])
      found.dataSync().forEach((v, i) => expect(v).toBeCloseTo(want[i], 15));
    expect(() => special.sphHarmY(1.5, 0, 0.1, 0.2)).toThrow(/integer dtype; got 1.5/);
  });
});
