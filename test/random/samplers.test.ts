/** @file Samplers: moments of the distributions, lanes against loops, derivatives, shapes, dtypes and refusals. */
import { describe, expect, it } from "vitest";
import { grad, jvp, vmap } from "../../src/api/index.ts";
import { config } from "../../src/base/config.ts";
import type { ArrayLike, NDArray } from "../../src/core/array.ts";
import { ArgumentError, DTypeError, ShapeError } from "../../src/base/errors.ts";
import * as np from "../../src/numpy/index.ts";
import * as random from "../../src/random/index.ts";

const n = 8000;
const euler = 0.5772156649015329;

type Sampler = (key: random.Key, shape: readonly number[]) => NDArray;

/** Name, sampler, mean, variance. */
const distributions: readonly (readonly [string, Sampler, number, number])[] = [
  ["uniform", (k, s) => random.uniform(k, s, { minval: -1, maxval: 3 }), 1, 16 / 12],
  ["normal", (k, s) => random.normal(k, s), 0, 1],
  ["normal float32", (k, s) => random.normal(k, s, "float32"), 0, 1],
  ["normal bfloat16", (k, s) => random.normal(k, s, "bfloat16"), 0, 1],
  ["truncatedNormal", (k, s) => random.truncatedNormal(k, -2, 2, s), 0, 0.87962566103423978 ** 2],
  ["exponential", (k, s) => random.exponential(k, s), 1, 1],
  ["gumbel", (k, s) => random.gumbel(k, s), euler, Math.PI ** 2 / 6],
  ["gumbel high", (k, s) => random.gumbel(k, s, { mode: "high" }), euler, Math.PI ** 2 / 6],
  ["laplace", (k, s) => random.laplace(k, s), 0, 2],
  ["logistic", (k, s) => random.logistic(k, s), 0, Math.PI ** 2 / 3],
  [
    "lognormal",
    (k, s) => random.lognormal(k, 0.5, s),
    Math.exp(0.125),
    Math.exp(0.25) * (Math.exp(0.25) - 1),
  ],
  ["rayleigh", (k, s) => random.rayleigh(k, 2, s), 2 * Math.sqrt(Math.PI / 2), 4 * (2 - Math.PI / 2)],
  ["weibullMin", (k, s) => random.weibullMin(k, 2, 1, s), 2, 4],
  ["pareto", (k, s) => random.pareto(k, 5, s), 5 / 4, 5 / (16 * 3)],
  ["wald", (k, s) => random.wald(k, 2, s), 2, 8],
  ["maxwell", (k, s) => random.maxwell(k, s), 2 * Math.sqrt(2 / Math.PI), 3 - 8 / Math.PI],
  ["doubleSidedMaxwell", (k, s) => random.doubleSidedMaxwell(k, 1, 2, s), 1, 12],
  ["triangular", (k, s) => random.triangular(k, 0, 1, 3, s), 4 / 3, 7 / 18],
  ["generalizedNormal", (k, s) => random.generalizedNormal(k, 2, s), 0, 0.5],
  ["gamma", (k, s) => random.gamma(k, 2.5, s), 2.5, 2.5],
  ["gamma below 1", (k, s) => random.gamma(k, 0.3, s, "float32"), 0.3, 0.3],
  ["exp of loggamma", (k, s) => np.exp(random.loggamma(k, 0.7, s)), 0.7, 0.7],
  ["beta", (k, s) => random.beta(k, 2, 3, s), 0.4, 0.04],
  ["t", (k, s) => random.t(k, 12, s), 0, 1.2],
  ["chisquare", (k, s) => random.chisquare(k, 3, s), 3, 6],
  ["f", (k, s) => random.f(k, 6, 20, s), 20 / 18, (2 * 400 * 24) / (6 * 18 ** 2 * 16)],
  ["dirichlet", (k, s) => random.dirichlet(k, np.array([1, 3]), s).slice([], 0), 0.25, 0.0375],
  ["randint", (k, s) => random.randint(k, s, -3, 7), 1.5, 99 / 12],
  ["bernoulli", (k, s) => random.bernoulli(k, 0.3, s), 0.3, 0.21],
  ["bernoulli high", (k, s) => random.bernoulli(k, 0.3, s, { mode: "high" }), 0.3, 0.21],
  ["rademacher", (k, s) => random.rademacher(k, s), 0, 1],
  ["geometric", (k, s) => random.geometric(k, 0.25, s), 4, 12],
  ["poisson small", (k, s) => random.poisson(k, 3.5, s), 3.5, 3.5],
  ["poisson large", (k, s) => random.poisson(k, 40, s), 40, 40],
  ["binomial few", (k, s) => random.binomial(k, 10, 0.2, s), 2, 1.6],
  ["binomial many", (k, s) => random.binomial(k, 100, 0.7, s), 70, 21],
  [
    "multinomial",
    (k, s) => random.multinomial(k, 10, np.array([0.2, 0.8]), { shape: [...s, 2] }).slice([], 0),
    2,
    1.6,
  ],
  [
    "categorical",
    (k, s) => random.categorical(k, np.log(np.array([0.5, 0.25, 0.25])), { shape: s }),
    0.75,
    0.6875,
  ],
  ["choice by p", (k, s) => random.choice(k, 3, s, { p: np.array([0.5, 0.25, 0.25]) }), 0.75, 0.6875],
];

describe("moments", () => {
  it.each(distributions)("of %s", (_, draw, mean, variance) => {
    const x = np.array(draw(random.key(12345), [n]), { dtype: "float64" });
    const error = Math.sqrt(variance / n);
    expect(Math.abs(np.mean(x).item() - mean)).toBeLessThan(4 * error + 1e-3);
    expect(np.var_(x).item()).toBeGreaterThan(0.85 * variance);
    expect(np.var_(x).item()).toBeLessThan(1.2 * variance);
  });

  it("of cauchy do not exist, but the quartiles do", () => {
    const x = np.abs(random.cauchy(random.key(1), [n]));
    expect(np.mean(np.less(x, 1)).item()).toBeCloseTo(0.5, 1);
  });

  it("of the ball: inside, and uniform in volume", () => {
    const x = random.ball(random.key(1), 3, { shape: [n] });
    const r = np.sqrt(np.sum(np.square(x), -1));
    expect(np.max(r).item()).toBeLessThanOrEqual(1);
    expect(np.mean(np.power(r, 3)).item()).toBeCloseTo(0.5, 1);
  });
});

describe("lanes", () => {
  const keys = random.split(random.key(3), 4);
  it.each(distributions)("of %s are what a loop draws", (_, draw) => {
    const shape = [3];
    const lanes = vmap((k: random.Key) => draw(k, shape))(keys);
    expect(lanes.js()).toEqual([...keys].map((k) => draw(k, shape).js()));
  });

  it("may have parameters of their own, with one key or several", () => {
    const key = random.key(8);
    const a = np.array([0.4, 3, 50]);
    const samplers: ((k: random.Key, x: ArrayLike) => NDArray)[] = [
      (k, x) => random.gamma(k, x, [2]),
      (k, x) => random.poisson(k, x, [2]),
      (k, x) => random.binomial(k, x, 0.5, [2]),
      (k, x) => random.uniform(k, [2], { minval: x, maxval: 100 }),
    ];
    for (const draw of samplers) {
      const one = vmap((x: NDArray) => draw(key, x))(a);
      expect(one.js()).toEqual([0.4, 3, 50].map((x) => draw(key, x).js()));
      const three = random.split(key, 3);
      const several = vmap((k: random.Key, x: NDArray) => draw(k, x))(three, a);
      expect(several.js()).toEqual([0.4, 3, 50].map((x, i) => draw(three.at(i), x).js()));
    }
  });

  it("shuffle by themselves", () => {
    const keys3 = random.split(random.key(0), 3);
    const lanes = vmap((k: random.Key) => random.permutation(k, 7))(keys3);
    expect(lanes.js()).toEqual([...keys3].map((k) => random.permutation(k, 7).js()));
  });
});

describe("derivatives", () => {
  it("of gamma follow the quantile at a fixed probability", () => {
    // For a = 1 the number is −log(1 − q), and dx/da = −∂F/∂a / density.
    const key = random.key(5);
    const draw = (a: NDArray): NDArray => random.gamma(key, a);
    const [, tangent] = jvp(draw, [np.array([0.5, 2, 9])], [np.ones([3])]);
    // E[dx/da] = 1: checked over many draws.
    const mean = grad((a: NDArray) => np.mean(random.gamma(random.key(2), a, [n])))(3);
    expect(mean.item()).toBeCloseTo(1, 1);
    expect(np.min(tangent).item()).toBeGreaterThan(0);
    const logs = jvp((a: NDArray) => random.loggamma(key, a), [np.array([0.5, 2, 9])], [np.ones([3])])[1];
    const wanted = np.divide(tangent, draw(np.array([0.5, 2, 9])));
    logs.js<number[]>().forEach((x, i) => expect(x).toBeCloseTo(wanted.js<number[]>()[i], 10));
  });

  it("of bounds and scales are exact", () => {
    const key = random.key(5);
    const u = random.uniform(key).item();
    expect(grad((hi: NDArray) => random.uniform(key, [], { maxval: hi }))(2).item()).toBeCloseTo(u, 14);
    const g = grad((s: NDArray) => random.rayleigh(key, s))(2).item();
    expect(g).toBeCloseTo(random.rayleigh(key, 2).item() / 2, 14);
  });
});

describe("shapes and dtypes", () => {
  const key = random.key(0);
  it("come from the options, the positions, the parameters or the defaults", () => {
    expect(random.uniform(key).dtype).toBe("float64");
    config.with({ defaultFloat: "float32" }, () => expect(random.normal(key).dtype).toBe("float32"));
    expect(random.uniform(key, [2], "float16").dtype).toBe("float16");
    expect(random.normal(key, { shape: [2, 3], dtype: "float32" }).shape).toEqual([2, 3]);
    expect(random.gamma(key, np.ones([3, 1]), [3, 2]).shape).toEqual([3, 2]);
    expect(random.beta(key, np.ones([3, 1]), np.ones([2])).shape).toEqual([3, 2]);
    expect(random.dirichlet(key, np.ones([4, 3])).shape).toEqual([4, 3]);
    expect(random.randint(key, [2], 0, 256, "uint8").dtype).toBe("uint8");
    expect(random.bits(key, [2]).dtype).toBe("uint32");
    expect(random.poisson(key, 3, [0]).shape).toEqual([0]);
    expect(random.categorical(key, np.zeros([4, 5]), 0).shape).toEqual([5]);
    expect(random.categorical(key, np.zeros([2, 5]), { shape: [3, 2], replace: false }).shape).toEqual([
      3, 2,
    ]);
  });

  it("of randint cover the whole range of a dtype", () => {
    const x = random.randint(key, [4000], 0, 256, "uint8");
    expect([np.min(x).item(), np.max(x).item()]).toEqual([0, 255]);
    expect(random.randint(key, [3], 5, 5).js()).toEqual([5, 5, 5]);
    const wide = random.randint(key, [1000], 0, 2 ** 32, "uint32");
    expect(np.max(wide).item()).toBeGreaterThan(2 ** 31);
  });

  it("that do not fit are refused", () => {
    expect(() => random.uniform(key, 3 as never)).toThrow(ArgumentError);
    expect(() => random.uniform(key, [2], "int32")).toThrow(DTypeError);
    expect(() => random.gamma(key, np.ones([3]), [2])).toThrow(ShapeError);
    expect(() => random.gamma(...([key] as unknown as Parameters<typeof random.gamma>))).toThrow(
      /'a' is missing/,
    );
    expect(() => random.bernoulli(key, np.array([1], { dtype: "int32" }))).toThrow(DTypeError);
    expect(() => random.normal(key, { size: [2] } as never)).toThrow(/unknown option 'size'/);
    expect(() => random.choice(key, 3, [4], false)).toThrow(ArgumentError);
    expect(() => random.choice(key, 3, [2], { p: np.ones([2]) })).toThrow(ShapeError);
    expect(() => random.permutation(key, np.array(1.5))).toThrow(DTypeError);
    expect(() => random.gumbel(key, [2], { mode: "odd" as never })).toThrow(ArgumentError);
  });
});

describe("choosing", () => {
  const key = random.key(6);
  it("permutes: every item once", () => {
    const x = random.permutation(key, 50).js<number[]>();
    expect([...x].sort((a, b) => a - b)).toEqual(Array.from({ length: 50 }, (_, i) => i));
    const rows = np.reshape(np.arange(12), [4, 3]);
    const shuffled = random.permutation(key, rows).js<number[][]>();
    expect([...shuffled].sort((a, b) => a[0] - b[0])).toEqual(rows.js());
    const lines = random.permutation(key, rows, 1, true).js<number[][]>();
    expect(lines.map((l) => [...l].sort((a, b) => a - b))).toEqual(rows.js());
  });

  it("draws without replacement: every item at most once", () => {
    for (const p of [null, np.arange(1, 11)]) {
      const x = random.choice(key, 10, [6], { replace: false, p }).js<number[]>();
      expect(new Set(x).size).toBe(6);
    }
    const rows = np.reshape(np.arange(12), [4, 3]);
    expect(random.choice(key, rows, [2], { axis: 1 }).shape).toEqual([4, 2]);
    expect(random.choice(key, rows, [0]).shape).toEqual([0]);
  });

  it("never takes what has probability 0", () => {
    const x = random.choice(key, 4, [500], { p: np.array([0, 0.5, 0, 0.5]) }).js<number[]>();
    expect(new Set(x)).toEqual(new Set([1, 3]));
  });

  it("marks parameters without meaning", () => {
    const x = random
      .binomial(key, np.array([5, -1, NaN, 5, Infinity]), np.array([0.5, 0.5, 0.5, NaN, 0.5]))
      .js();
    expect((x as number[]).slice(1)).toEqual([NaN, NaN, NaN, Infinity]);
    expect(random.poisson(key, np.array([0, -1, NaN])).js()).toEqual([0, -1, -1]);
    expect(random.gamma(key, np.array([NaN, -2])).js()).toEqual([NaN, NaN]);
  });
});
