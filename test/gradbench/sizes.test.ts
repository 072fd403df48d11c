/**
 * @file The evals at other sizes and seeds than the samples', against the plain functions of reference.ts and their
 * central differences.
 */
import { describe, expect, it } from "vitest";
import { evals } from "../../bench/gradbench/lib/evals.ts";
import type { Json } from "../../bench/gradbench/lib/evaluation.ts";
import * as inputs from "../../bench/gradbench/lib/inputs.ts";
import * as reference from "./reference.ts";
import type { Hand, Matrix, Mixture, Network, Vector } from "./reference.ts";

const { gradientOf, jacobianOf } = reference;

function computed(name: string, fn: string, input: Json): Json {
  const prepared = evals.get(name)![fn].prepare(input, "js");
  prepared.run();
  return prepared.output();
}

/** Exact values to rounding; differences of fourth order to what they can give. */
function expectClose(actual: Json, expected: Json, tolerance = 1e-11): void {
  expect(reference.difference(actual, expected)).toBeLessThan(tolerance);
}

const byDifferences = 1e-7;
const seeds = [1, 2];

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

/** A vector cut into rows. */
const cut = (values: readonly number[], width: number): Matrix =>
  Array.from({ length: values.length / width }, (_, i) => values.slice(i * width, (i + 1) * width));

describe.each(seeds)("seed %s", (seed) => {
  it.each([
    [16, 1],
    [33, 9],
    [200, 40],
  ])("llsq n=%s m=%s", (n, m) => {
    const input = inputs.llsqInput(seed, n, m);
    const x = input.x as Vector;
    expectClose(computed("llsq", "primal", input), reference.llsq(x, n));
    const gradient = gradientOf((v) => reference.llsq(v, n), x);
    expectClose(computed("llsq", "gradient", input), gradient, byDifferences);
  });

  it.each([1, 7, 5000])("lse n=%s", (n) => {
    const input = inputs.lseInput(seed, n);
    const x = (input.x as Vector).map((v) => 200 * v - 100);
    const value = reference.logSumExp(x);
    expectClose(computed("lse", "primal", { x }), value);
    expectClose(
      computed("lse", "gradient", { x }),
      x.map((v) => Math.exp(v - value)),
    );
  });

  it.each([
    [1, 1, 3, 0, 1],
    [3, 2, 10, 2, 0.5],
    [4, 5, 40, 0, 1],
    [7, 3, 25, 1, 2],
  ])("gmm d=%s k=%s n=%s m=%s gamma=%s", (d, k, n, m, gamma) => {
    const input = inputs.gmmInput(seed, d, k, n, m, gamma);
    const mixture = input as unknown as Mixture;
    const x = input.x as Matrix;
    expectClose(computed("gmm", "objective", input), reference.gmm(mixture, x, m, gamma));
    const gradient = computed("gmm", "jacobian", input) as unknown as Mixture;
    const triangle = (d * (d - 1)) / 2;
    for (const [name, width] of [
      ["mu", d],
      ["q", d],
      ["l", triangle],
    ] as const) {
      const f = (v: Vector): number =>
        reference.gmm({ ...mixture, [name]: width === 0 ? mixture[name] : cut(v, width) }, x, m, gamma);
      const expected = width === 0 ? [] : gradientOf(f, mixture[name].flat());
      expectClose(gradient[name].flat(), expected, byDifferences);
    }
    const f = (alpha: Vector): number => reference.gmm({ ...mixture, alpha }, x, m, gamma);
    expectClose(gradient.alpha, gradientOf(f, mixture.alpha), byDifferences);
  });

  it.each([
    [1, 5, 1],
    [4, 100, 3],
    [30, 400, 8],
  ])("kmeans k=%s n=%s d=%s", (k, n, d) => {
    const input = inputs.kmeansInput(seed, k, n, d);
    const { points, centroids } = input as { points: Matrix; centroids: Matrix };
    expectClose(computed("kmeans", "cost", input), reference.kmeansCost(points, centroids));
    expectClose(computed("kmeans", "dir", input), reference.kmeansDirection(points, centroids));
  });

  it.each([1, 2, 4, 7, 9])("det ell=%s", (ell) => {
    const input = inputs.detInput(seed, ell);
    const determinant = (elements: Vector): number => reference.determinant(cut(elements, ell));
    const elements = input.A as Vector;
    expectClose(computed("det", "primal", input), determinant(elements));
    expectClose(computed("det", "gradient", input), gradientOf(determinant, elements), byDifferences);
  });

  it.each([
    [1, 1],
    [5, 3],
    [20, 10],
  ])("ode n=%s s=%s", (n, s) => {
    const input = inputs.odeInput(seed, n, s);
    const x = input.x as Vector;
    expectClose(computed("ode", "primal", input), reference.ode(x, s));
    const gradient = gradientOf((v) => reference.ode(v, s)[n - 1], x);
    expectClose(computed("ode", "gradient", input), gradient, byDifferences);
  });

  it.each([
    [1, 2, 3],
    [2, 30, 7],
    [3, 12, 5],
  ])("lstm l=%s c=%s b=%s", (l, c, b) => {
    const input = inputs.lstmInput(seed, l, c, b);
    const network = input as unknown as Network;
    expectClose(computed("lstm", "objective", input), reference.lstm(network));
    const [main, extra] = [network.main_params, network.extra_params];
    const f = (v: Vector): number => {
      const split = main.flat().length;
      const parts = { main_params: cut(v.slice(0, split), 4 * b), extra_params: cut(v.slice(split), b) };
      return reference.lstm({ ...network, ...parts });
    };
    const gradient = gradientOf(f, [...main.flat(), ...extra.flat()]);
    expectClose(computed("lstm", "jacobian", input), gradient, byDifferences);
  });

  it("ba", () => {
    const [n, m, p] = [3, 5, 40];
    const input = inputs.baInput(seed, n, m, p);
    const { cam, x, w, feat } = input as { cam: Vector; x: Vector; w: number; feat: Vector };
    const parameters = [...cam, ...x, w];
    expectClose(computed("ba", "objective", input), {
      reproj_error: { elements: reference.reprojection(parameters, feat), repeated: p },
      w_err: { element: 1 - w * w, repeated: p },
    });
    const block = jacobianOf((v) => reference.reprojection(v, feat), parameters);
    const columns = [...Array(11).keys(), 33, 34, 35, 48];
    expectClose(
      computed("ba", "jacobian", input),
      {
        rows: [...[...Array(30).keys()].map((i) => 15 * i), 31 * p],
        cols: [...columns, ...columns, 33 + 15 + p - 1],
        vals: [...block[0], ...block[1], -2 * w],
      },
      byDifferences,
    );
  });

  it.each([true, false])("ht simple=%s", (simple) => {
    const input = inputs.htInput(seed, 6, simple);
    const { theta, us, data } = input as unknown as Hand;
    expectClose(computed("ht", "objective", input), reference.hand(theta, us, data));
    const dense = jacobianOf((v) => reference.hand(v, us, data), theta);
    const place = (v: Vector): Vector => reference.hand(theta, cut(v, 2), data);
    const moved = simple ? [] : jacobianOf(place, us.flat());
    const expected = dense.map((row, i) => {
      const point = Math.floor(i / 3);
      return simple ? row : [moved[i][2 * point], moved[i][2 * point + 1], ...row];
    });
    expectClose(computed("ht", "jacobian", input), expected, byDifferences);
  });
});

describe("nested optimisation", () => {
  const combinations = ["rr", "rf", "fr", "ff"];

  it.each(combinations)("particle from other starts, %s", (fn) => {
    for (const w of [0.1, 0.3]) {
      const f = ([v]: Vector): number => reference.particleMiss(v);
      const [expected] = reference.argmin(f, (v) => gradientOf(f, v), [w]);
      expectClose(computed("particle", fn, { w }), expected, 1e-6);
    }
  });

  it.each(combinations)("saddle from other starts, %s", (fn) => {
    for (const start of [
      [2, -1],
      [0.3, 0.7],
    ]) {
      const square = (v: Vector): number => sum(v.map((x) => x * x));
      const best = reference.argmin(square, (v) => v.map((x) => 2 * x), start);
      expectClose(computed("saddle", fn, { start }), [...best, ...best], 1e-9);
    }
  });
});
