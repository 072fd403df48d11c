/** @file scipy.stats: every function of every distribution against SciPy, arguments, supports, sample statistics. */
import { describe, expect, it } from "vitest";
import { grad } from "../../src/api/index.ts";
import type { NDArray } from "../../src/core/array.ts";
import { treeFlatten, treeUnflatten } from "../../src/core/tree.ts";
import * as np from "../../src/numpy/index.ts";
import * as stats from "../../src/scipy/stats/index.ts";

type Member = (...args: readonly unknown[]) => NDArray;
const distributions = stats as unknown as Readonly<Record<string, Readonly<Record<string, Member>>>>;
const item = (x: NDArray): number => x.item();

/** Distribution, function, arguments, the value by SciPy. */
const rows: readonly [string, string, number[], number][] = [
  ["norm", "logpdf", [0.7, 0.3, 1.4], -1.296227096356498],
  ["norm", "pdf", [0.7, 0.3, 1.4], 0.273561971388723],
  ["norm", "cdf", [0.7, 0.3, 1.4], 0.6124515189020077],
  ["norm", "logcdf", [0.7, 0.3, 1.4], -0.49028549250905296],
  ["norm", "sf", [0.7, 0.3, 1.4], 0.38754848109799234],
  ["norm", "logsf", [0.7, 0.3, 1.4], -0.9479143255037049],
  ["norm", "ppf", [0.37, 0.3, 1.4], -0.16459468501154328],
  ["norm", "isf", [0.37, 0.3, 1.4], 0.7645946850115433],
  ["laplace", "logpdf", [0.7, 0.3, 1.4], -1.315333702895444],
  ["laplace", "pdf", [0.7, 0.3, 1.4], 0.26838474752688785],
  ["laplace", "cdf", [0.7, 0.3, 1.4], 0.624261353462357],
  ["logistic", "logpdf", [0.7, 0.3, 1.4], -1.7431057209316005],
  ["logistic", "pdf", [0.7, 0.3, 1.4], 0.17497612885046782],
  ["logistic", "cdf", [0.7, 0.3, 1.4], 0.5709465968834663],
  ["logistic", "sf", [0.7, 0.3, 1.4], 0.42905340311653367],
  ["logistic", "ppf", [0.37, 0.3, 1.4], -0.4451035392462315],
  ["logistic", "isf", [0.37, 0.3, 1.4], 1.0451035392462316],
  ["cauchy", "logpdf", [0.7, 0.3, 1.4], -1.5596737379121084],
  ["cauchy", "pdf", [0.7, 0.3, 1.4], 0.21020464181948442],
  ["cauchy", "cdf", [0.7, 0.3, 1.4], 0.5885855327829048],
  ["cauchy", "logcdf", [0.7, 0.3, 1.4], -0.5300330225148974],
  ["cauchy", "sf", [0.7, 0.3, 1.4], 0.4114144672170953],
  ["cauchy", "logsf", [0.7, 0.3, 1.4], -0.888154136564628],
  ["cauchy", "ppf", [0.37, 0.3, 1.4], -0.3058340991463963],
  ["cauchy", "isf", [0.37, 0.3, 1.4], 0.9058340991463962],
  ["gumbelR", "logpdf", [0.7, 0.3, 1.4], -1.3736638154107847],
  ["gumbelR", "pdf", [0.7, 0.3, 1.4], 0.2531776619853162],
  ["gumbelR", "cdf", [0.7, 0.3, 1.4], 0.4716692440950876],
  ["gumbelR", "logcdf", [0.7, 0.3, 1.4], -0.751477293075286],
  ["gumbelR", "sf", [0.7, 0.3, 1.4], 0.5283307559049124],
  ["gumbelR", "logsf", [0.7, 0.3, 1.4], -0.6380327597641803],
  ["gumbelR", "ppf", [0.37, 0.3, 1.4], 0.30807003176806375],
  ["gumbelL", "logpdf", [0.7, 0.3, 1.4], -1.381470148354277],
  ["gumbelL", "pdf", [0.7, 0.3, 1.4], 0.25120896700373696],
  ["gumbelL", "cdf", [0.7, 0.3, 1.4], 0.7357110316717101],
  ["gumbelL", "logcdf", [0.7, 0.3, 1.4], -0.30691785735994104],
  ["gumbelL", "sf", [0.7, 0.3, 1.4], 0.2642889683282899],
  ["gumbelL", "logsf", [0.7, 0.3, 1.4], -1.33071219744735],
  ["gumbelL", "ppf", [0.37, 0.3, 1.4], -0.78095909386109],
  ["t", "logpdf", [0.7, 3.5, 0.3, 1.4], -1.377821324555548],
  ["t", "pdf", [0.7, 3.5, 0.3, 1.4], 0.2521272585842431],
  ["gennorm", "logpdf", [-0.7, 1.7], -1.124471241407908],
  ["gennorm", "pdf", [-0.7, 1.7], 0.3248241755319948],
  ["gennorm", "cdf", [-0.7, 1.7], 0.1752719699478279],
  ["uniform", "logpdf", [0.7, 0.3, 1.4], -0.3364722366212129],
  ["uniform", "pdf", [0.7, 0.3, 1.4], 0.7142857142857143],
  ["uniform", "cdf", [0.7, 0.3, 1.4], 0.2857142857142857],
  ["uniform", "ppf", [0.37, 0.3, 1.4], 0.8180000000000001],
  ["expon", "logpdf", [0.7, 0.3, 1.4], -0.6221865223354985],
  ["expon", "pdf", [0.7, 0.3, 1.4], 0.5367694950537757],
  ["expon", "cdf", [0.7, 0.3, 1.4], 0.24852270692471404],
  ["expon", "logcdf", [0.7, 0.3, 1.4], -1.3922210616653983],
  ["expon", "sf", [0.7, 0.3, 1.4], 0.751477293075286],
  ["expon", "logsf", [0.7, 0.3, 1.4], -0.2857142857142857],
  ["expon", "ppf", [0.37, 0.3, 1.4], 0.9468496434351821],
  ["beta", "logpdf", [0.7, 1.5, 2.5, 0.3, 1.4], 0.16029676058966486],
  ["beta", "pdf", [0.7, 1.5, 2.5, 0.3, 1.4], 1.1738591744486773],
  ["beta", "cdf", [0.7, 1.5, 2.5, 0.3, 1.4], 0.3922763792474218],
  ["beta", "logcdf", [0.7, 1.5, 2.5, 0.3, 1.4], -0.9357886385214622],
  ["beta", "sf", [0.7, 1.5, 2.5, 0.3, 1.4], 0.607723620752578],
  ["beta", "logsf", [0.7, 1.5, 2.5, 0.3, 1.4], -0.4980350714953752],
  ["gamma", "logpdf", [0.7, 1.5, 0.3, 1.4], -1.1277857689479374],
  ["gamma", "pdf", [0.7, 1.5, 0.3, 1.4], 0.3237493191610873],
  ["gamma", "cdf", [0.7, 1.5, 0.3, 1.4], 0.09705915520558696],
  ["gamma", "logcdf", [0.7, 1.5, 0.3, 1.4], -2.332434638879882],
  ["gamma", "sf", [0.7, 1.5, 0.3, 1.4], 0.9029408447944131],
  ["gamma", "logsf", [0.7, 1.5, 0.3, 1.4], -0.10209823735174046],
  ["chi2", "logpdf", [0.7, 3.5, 0.3, 1.4], -2.5475080508093004],
  ["chi2", "pdf", [0.7, 3.5, 0.3, 1.4], 0.07827648418324347],
  ["chi2", "cdf", [0.7, 3.5, 0.3, 1.4], 0.018857709539147487],
  ["chi2", "logcdf", [0.7, 3.5, 0.3, 1.4], -3.970833454584184],
  ["chi2", "sf", [0.7, 3.5, 0.3, 1.4], 0.9811422904608526],
  ["chi2", "logsf", [0.7, 3.5, 0.3, 1.4], -0.019037783593639532],
  ["pareto", "logpdf", [2.7, 1.5, 0.3, 1.4], -1.2784983803447665],
  ["pareto", "pdf", [2.7, 1.5, 0.3, 1.4], 0.27845512035321934],
  ["pareto", "cdf", [2.7, 1.5, 0.3, 1.4], 0.554471807434849],
  ["pareto", "logcdf", [2.7, 1.5, 0.3, 1.4], -0.5897393167036642],
  ["pareto", "sf", [2.7, 1.5, 0.3, 1.4], 0.44552819256515097],
  ["pareto", "logsf", [2.7, 1.5, 0.3, 1.4], -0.8084947510990308],
  ["pareto", "ppf", [0.37, 1.5, 0.3, 1.4], 2.2050264182918653],
  ["truncnorm", "logpdf", [0.7, -1.2, 2.1, 0.3, 1.4], -1.1535868111219127],
  ["truncnorm", "pdf", [0.7, -1.2, 2.1, 0.3, 1.4], 0.31550308745991756],
  ["truncnorm", "cdf", [0.7, -1.2, 2.1, 0.3, 1.4], 0.573637878497994],
  ["truncnorm", "logcdf", [0.7, -1.2, 2.1, 0.3, 1.4], -0.5557569554439918],
  ["truncnorm", "sf", [0.7, -1.2, 2.1, 0.3, 1.4], 0.426362121502006],
  ["truncnorm", "logsf", [0.7, -1.2, 2.1, 0.3, 1.4], -0.8524662433268642],
  ["vonmises", "logpdf", [0.7, 1.5], -1.189401153198229],
  ["vonmises", "pdf", [0.7, 1.5], 0.3044035005581451],
  ["wrapcauchy", "logpdf", [0.7, 0.5], -1.4022780849318814],
  ["wrapcauchy", "pdf", [0.7, 0.5], 0.24603583450673167],
  ["poisson", "logpmf", [3.0, 2.5, 1.0], -1.3605657168116352],
  ["poisson", "pmf", [3.0, 2.5, 1.0], 0.25651562069968376],
  ["poisson", "cdf", [3.0, 2.5, 1.0], 0.5438131158833297],
  ["binom", "logpmf", [3.0, 7.0, 0.3, 1.0], -1.146797890622111],
  ["binom", "pmf", [3.0, 7.0, 0.3, 1.0], 0.31765230000000017],
  ["bernoulli", "logpmf", [1.0, 0.3], -1.2039728043259361],
  ["bernoulli", "pmf", [1.0, 0.3], 0.3],
  ["bernoulli", "cdf", [1.0, 0.3], 1.0],
  ["geom", "logpmf", [3.0, 0.3, 1.0], -1.5606477482646686],
  ["geom", "pmf", [3.0, 0.3, 1.0], 0.21],
  ["nbinom", "logpmf", [3.0, 2.5, 0.3, 1.0], -2.2473753788827273],
  ["nbinom", "pmf", [3.0, 2.5, 0.3, 1.0], 0.10567622093865299],
  ["betabinom", "logpmf", [3.0, 7.0, 1.5, 2.5, 1.0], -1.6966934598559034],
  ["betabinom", "pmf", [3.0, 7.0, 1.5, 2.5, 1.0], 0.18328857421875014],
  ["truncnorm", "logcdf", [5.0, 4.0, 6.0], -0.009060903610493951],
  ["truncnorm", "logsf", [-5.0, -6.0, -4.0], -0.009060903610493951],
  ["poisson", "entropy", [2.5], 1.8307266079269722],
  ["poisson", "entropy", [40.0], 3.2612680129376925],
  ["bernoulli", "ppf", [0.8, 0.3], 1.0],
  ["bernoulli", "ppf", [0.6, 0.3], 0.0],
];

describe("distributions", () => {
  it.each(rows)("%s.%s(%j)", (name, member, args, want) => {
    const got = item(distributions[name][member](...args.map((x) => np.array(x))));
    expect(Math.abs(got - want)).toBeLessThan(1e-12 * (1 + Math.abs(want)));
  });

  it("take loc and scale by name, in part and mixed", () => {
    const want = item(stats.norm.logpdf(0.7, 0.3, 1.4));
    expect(item(stats.norm.logpdf(0.7, { loc: 0.3, scale: 1.4 }))).toBe(want);
    expect(item(stats.norm.logpdf(0.7, 0.3, { scale: 1.4 }))).toBe(want);
    expect(item(stats.beta.cdf(0.4, { a: 1.5, b: 2.5 }))).toBe(item(stats.beta.cdf(0.4, 1.5, 2.5)));
  });

  it("name what is missing, unknown or too much", () => {
    expect(() => stats.gamma.logpdf(1)).toThrow(/'a' is missing/);
    expect(() => stats.norm.pdf(1, { mean: 2 } as never)).toThrow(/unknown option 'mean'/);
    expect(() => stats.norm.pdf(1, 2, 3, 4)).toThrow(/arguments/);
    expect(() => stats.norm.pdf(1, 2, { loc: 3 })).toThrow(/by position and in the options/);
  });

  it("broadcast and keep float32", () => {
    const x = np.array([[0.1], [0.2]], { dtype: "float32" });
    const out = stats.norm.cdf(x, np.array([0, 1, 2], { dtype: "float32" }));
    expect(out.shape).toEqual([2, 3]);
    expect(out.dtype).toBe("float32");
  });

  it("have density 0 outside the support and NaN for impossible parameters", () => {
    expect(item(stats.expon.logpdf(-1))).toBe(-Infinity);
    expect(item(stats.uniform.pdf(2))).toBe(0);
    expect(item(stats.gamma.cdf(-1, 2))).toBe(0);
    expect(item(stats.poisson.logpmf(1.5, 2))).toBe(-Infinity);
    expect(item(stats.beta.logpdf(0.5, -1, 2))).toBeNaN();
    expect(item(stats.truncnorm.pdf(0, 2, 1))).toBeNaN();
    expect(item(stats.norm.ppf(1.5))).toBeNaN();
    expect(item(stats.expon.ppf(2))).toBeNaN();
  });

  it("have the density as the derivative of the distribution function", () => {
    const pairs: readonly [keyof typeof stats, number[]][] = [
      ["norm", [0.4, 0.1, 2]],
      ["gamma", [1.4, 2.5, 0.1, 2]],
      ["chi2", [1.4, 2.5]],
      ["beta", [0.4, 2.5, 1.5]],
      ["cauchy", [0.4, 0.1, 2]],
      ["gennorm", [0.4, 1.7]],
      ["truncnorm", [0.4, -1, 1.5]],
      ["gumbelR", [0.4, 0.1, 2]],
      ["pareto", [2.4, 1.5]],
    ];
    for (const [name, args] of pairs) {
      const { cdf, pdf } = distributions[name];
      const slope = grad((x: NDArray) => cdf(x, ...args.slice(1)))(np.array(args[0]));
      expect(item(slope), name).toBeCloseTo(item(pdf(...args)), 10);
    }
  });

  it("belong to their ends: values and derivatives there are those from inside", () => {
    /** Distribution, function, arguments, which of them, the derivative. */
    const slopes: readonly [string, string, number[], number, number][] = [
      ["uniform", "cdf", [0], 0, 1],
      ["uniform", "cdf", [1], 0, 1],
      ["uniform", "pdf", [0], 0, 0],
      ["uniform", "logpdf", [1, 0, 1], 2, -1],
      ["expon", "cdf", [0], 0, 1],
      ["expon", "pdf", [0], 0, -1],
      ["expon", "logpdf", [0], 0, -1],
      ["expon", "logsf", [0], 0, -1],
      ["gamma", "pdf", [0, 1], 0, -1],
      ["gamma", "pdf", [0, 2], 0, 1],
      ["gamma", "pdf", [0, 3], 0, 0],
      ["gamma", "pdf", [0, 1.5], 0, Infinity],
      ["gamma", "pdf", [0, 0.5], 0, -Infinity],
      ["gamma", "cdf", [0, 1], 0, 1],
      ["gamma", "cdf", [0, 2], 0, 0],
      ["gamma", "logpdf", [0, 1], 0, -1],
      ["gamma", "logpdf", [0, 2], 0, Infinity],
      ["chi2", "logpdf", [0, 2], 0, -0.5],
      ["chi2", "pdf", [0, 2], 0, -0.25],
      ["chi2", "pdf", [0, 4], 0, 0.25],
      ["beta", "pdf", [0, 2, 3], 0, 12],
      ["beta", "pdf", [1, 3, 2], 0, -12],
      ["beta", "pdf", [1, 3, 1], 0, 6],
      ["beta", "cdf", [0, 1, 3], 0, 3],
      ["beta", "sf", [1, 3, 1], 0, -3],
      ["pareto", "pdf", [1, 2], 0, -6],
      ["pareto", "logsf", [1, 2], 0, -2],
      ["poisson", "pmf", [0, 0], 1, -1],
      ["poisson", "pmf", [1, 0], 1, 1],
      ["poisson", "pmf", [2, 0], 1, 0],
      ["poisson", "logpmf", [0, 0], 1, -1],
      ["binom", "pmf", [1, 5, 0], 2, 5],
      ["binom", "pmf", [5, 5, 1], 2, 5],
      ["binom", "logpmf", [0, 5, 0], 2, -5],
      ["bernoulli", "pmf", [1, 0], 1, 1],
      ["bernoulli", "pmf", [0, 1], 1, -1],
      ["geom", "pmf", [1, 1], 1, 1],
      ["geom", "pmf", [2, 1], 1, -1],
      ["laplace", "cdf", [1000], 0, 0],
      ["laplace", "cdf", [-1000], 0, 0],
      // Outside.
      ["expon", "cdf", [-1000], 0, 0],
      ["expon", "logcdf", [-1], 0, 0],
      ["gamma", "logsf", [-1, 2], 0, 0],
      ["beta", "logpdf", [2, 2, 3], 0, 0],
      ["pareto", "logcdf", [0.5, 2], 0, 0],
    ];
    for (const [name, member, args, which, want] of slopes) {
      const f = (...xs: unknown[]): NDArray => distributions[name][member](...xs);
      const got = item(grad(f, { argnums: which })(...args.map((a) => np.array(a))));
      if (Number.isFinite(want)) expect(got, `${name}.${member}(${args.join()})`).toBeCloseTo(want, 12);
      else expect(got, `${name}.${member}(${args.join()})`).toBe(want);
    }
    expect(item(stats.chi2.logpdf(0, 2))).toBeCloseTo(-Math.LN2, 15);
    expect(item(stats.norm.isf(1e-300))).toBeCloseTo(37.0470962993612, 12);
    expect(item(stats.gamma.logsf(2000, 2))).toBeCloseTo(-1992.398597665416, 10);
  });

  it("of vectors: dirichlet and multinomial", () => {
    const alpha = np.array([2.5, 1.5, 3]);
    const x = np.array([0.2, 0.3, 0.5]);
    expect(item(stats.dirichlet.logpdf(x, alpha))).toBeCloseTo(1.319765766678473, 12);
    expect(item(stats.dirichlet.logpdf(x.slice([0, 2]), alpha))).toBeCloseTo(1.319765766678473, 12);
    expect(item(stats.dirichlet.logpdf(np.array([0.2, 0.3, 0.6]), alpha))).toBe(-Infinity);
    expect(
      item(stats.multinomial.pmf(np.array([2, 3, 1], { dtype: "int32" }), 6, np.array([0.2, 0.5, 0.3]))),
    ).toBeCloseTo(0.09, 12);
    expect(item(stats.multinomial.pmf(np.array([2, 3, 1]), 7, np.array([0.2, 0.5, 0.3])))).toBe(0);
    expect(() => stats.dirichlet.pdf(np.array([0.5]), alpha)).toThrow(/first axis/);
  });
});

describe("samples", () => {
  const x = np.array([
    [3, 1, 3, 2],
    [5, 5, 5, 0],
  ]);

  it("rank in every way, along axes too", () => {
    const ranks = (method: stats.RankMethod): unknown => stats.rankdata(x, method, { axis: 1 }).js();
    expect(ranks("average")).toEqual([
      [3.5, 1, 3.5, 2],
      [3, 3, 3, 1],
    ]);
    expect(ranks("min")).toEqual([
      [3, 1, 3, 2],
      [2, 2, 2, 1],
    ]);
    expect(ranks("max")).toEqual([
      [4, 1, 4, 2],
      [4, 4, 4, 1],
    ]);
    expect(ranks("dense")).toEqual([
      [3, 1, 3, 2],
      [2, 2, 2, 1],
    ]);
    expect(ranks("ordinal")).toEqual([
      [3, 1, 4, 2],
      [2, 3, 4, 1],
    ]);
    expect(stats.rankdata(x).shape).toEqual([8]);
    expect(stats.rankdata(x, { axis: 0 }).js()).toEqual([
      [1, 1, 1, 2],
      [2, 2, 2, 1],
    ]);
    expect(stats.rankdata(np.array([1, NaN, 2])).js()).toEqual([NaN, NaN, NaN]);
    expect(() => stats.rankdata(x, "median" as never)).toThrow(/method must be one of/);
  });

  it("have modes and standard errors", () => {
    const [value, count] = stats.mode(x, 1);
    expect([value.js(), count.js()]).toEqual([
      [3, 5],
      [2, 3],
    ]);
    expect(stats.mode(x, { axis: null, keepdims: true })[0].shape).toEqual([1, 1]);
    expect(item(stats.sem(np.array([1, 2, 4, 5])))).toBeCloseTo(0.912870929175277, 14);
    expect(item(stats.sem(np.array([1, 2, NaN, 4, 5]), { nanPolicy: "omit" }))).toBeCloseTo(
      0.912870929175277,
      14,
    );
    expect(stats.sem(x, { axis: 1, keepdims: true }).shape).toEqual([2, 1]);
    expect(() => stats.sem(x, { nanPolicy: "raise" })).toThrow(/nanPolicy/);
  });
});

describe("several dimensions", () => {
  it("multivariateNormal", () => {
    const cov = np.array([
      [2.6, 0.3, 0.1],
      [0.3, 6.1, -0.4],
      [0.1, -0.4, 1.5],
    ]);
    const x = np.array([
      [0.2, 0.3, 0.5],
      [1, 2, 3],
    ]);
    const mean = np.array([0.1, 0, -1]);
    const got = stats.multivariateNormal.logpdf(x, mean, cov).js<number[]>();
    expect(got[0]).toBeCloseTo(-5.119060729915391, 12);
    expect(got[1]).toBeCloseTo(-10.487999142284743, 12);
    expect(stats.multivariateNormal.pdf(x, mean, np.expandDims(cov, 0)).js()).toEqual(got.map(Math.exp));
    expect(item(stats.multivariateNormal.logpdf(0.7, 0.3, 4))).toBeCloseTo(
      item(stats.norm.logpdf(0.7, 0.3, 2)),
      14,
    );
    expect(() => stats.multivariateNormal.logpdf(x, mean, mean)).toThrow(/covariance must end in/);
  });

  it("gaussianKde", () => {
    const data = np.array([
      [1, 2, 4, 3.5, 0.2],
      [0.3, -1, 2, 0.5, 1],
    ]);
    const kde = new stats.gaussianKde(data);
    expect(item(kde.evaluate(np.array([[1], [0.5]])))).toBeCloseTo(0.05648697034160144, 13);
    const wide = kde.integrateGaussian(
      np.array([1, 0.5]),
      np.array([
        [1, 0.2],
        [0.2, 2],
      ]),
    );
    expect(item(wide)).toBeCloseTo(0.03348256607806275, 13);
    const line = new stats.gaussianKde(data.slice(0), { bwMethod: 0.5, weights: np.array([1, 2, 1, 3, 1]) });
    expect(item(line.integrateBox1d(0, 2))).toBeCloseTo(0.31017794030836365, 13);
    expect(item(line.logpdf(np.array([1.5])))).toBeCloseTo(-1.7111277139700896, 13);
    expect(item(line.integrateKde(new stats.gaussianKde(data.slice(0))))).toBeCloseTo(
      0.15941118348904768,
      13,
    );
    const [leaves, treedef] = treeFlatten(kde);
    const copy = treeUnflatten(treedef, leaves) as stats.gaussianKde;
    expect(item(copy.pdf(np.array([1, 0.5])))).toBe(item(kde.pdf(np.array([1, 0.5]))));
    expect(() => kde.evaluate(np.array([1, 2, 3]))).toThrow(/2 rows/);
    expect(() => new stats.gaussianKde(data, "silverwoman" as never)).toThrow(/bwMethod/);
  });
});
