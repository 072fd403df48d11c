/** @file Pictures of draws: well-formed, with what is to be seen in them, and the same for the same draws. */
import { describe, expect, it } from "vitest";
import * as infer from "../../src/infer/index.ts";
import { scale, tickText, ticks } from "../../src/infer/plots/axes.ts";
import { errors, jit, numpy as np, random } from "../../src/index.ts";

const draws = {
  mu: random.normal(random.key(0), [3, 50]),
  theta: random.normal(random.key(1), [3, 50, 2]).mul(100),
  "a < b": random.exponential(random.key(2), [3, 50]),
};

/** The names of the elements that are open at each place; fails where they do not close in order. */
function checkWellFormed(svg: string): void {
  const open: string[] = [];
  for (const [, closing, name, , empty] of svg.matchAll(/<(\/?)(\w+)((?:\s[\w:-]+="[^"<]*")*)\s*(\/?)>/g)) {
    if (closing === "/") expect(open.pop()).toBe(name);
    else if (empty !== "/") open.push(name);
  }
  expect(open).toEqual([]);
  // nothing but elements begins with <
  expect(svg.match(/</g)!.length).toBe([...svg.matchAll(/<\/?\w+(?:\s[\w:-]+="[^"<]*")*\s*\/?>/g)].length);
  expect(svg).not.toMatch(/NaN|Infinity|undefined/);
}

const count = (svg: string, pattern: RegExp): number => [...svg.matchAll(pattern)].length;

describe("tracePlot", () => {
  it("has two lines for each chain of each number", () => {
    const svg = infer.tracePlot(draws);
    checkWellFormed(svg);
    expect(count(svg, /class="adj-chain"/g)).toBe(2 * 3 * 4);
    for (const name of ["mu", "theta[0]", "theta[1]", "a &lt; b"]) expect(svg).toContain(name);
    expect(infer.tracePlot(draws)).toBe(svg);
  });

  it("takes names of numbers and of parameters", () => {
    expect(count(infer.tracePlot(draws, { names: ["theta"] }), /class="adj-chain"/g)).toBe(2 * 3 * 2);
    expect(count(infer.tracePlot(draws, { names: ["theta[1]"] }), /class="adj-chain"/g)).toBe(2 * 3);
    expect(() => infer.tracePlot(draws, { names: ["tau"] })).toThrow(/no parameter "tau"; there are/);
    expect(() => infer.tracePlot(draws, { names: [] })).toThrow(errors.ArgumentError);
  });

  it("draws long chains by their extremes, and one draw, and what is not finite", () => {
    const long = random.normal(random.key(0), [1, 5000]).at(0, 4321).set(77);
    const svg = infer.tracePlot(long);
    checkWellFormed(svg);
    expect(svg.length).toBeLessThan(20_000);
    // the outlier is at the top of its frame
    const top = Math.min(...[...svg.matchAll(/[ML][\d.]+ ([\d.]+)/g)].map((m) => Number(m[1])));
    expect(top).toBeCloseTo(48, 0);
    checkWellFormed(infer.tracePlot(np.ones([1, 1])));
    checkWellFormed(infer.tracePlot(np.array([[NaN, 1, Infinity, 2]])));
  });
});

describe("pairPlot", () => {
  it("has a panel for each pair below the diagonal, and bars on it", () => {
    const svg = infer.pairPlot(draws);
    checkWellFormed(svg);
    expect(count(svg, /class="adj-dot"/g)).toBe(6);
    expect(count(svg, /class="adj-frame"/g)).toBe(10);
    expect(count(svg, /class="adj-bar"/g)).toBe(4 * 24);
  });

  it("shows divergent draws apart from the others", () => {
    const funnel = (p: { v: ReturnType<typeof np.array>; x: ReturnType<typeof np.array> }) =>
      np
        .square(p.v.div(3))
        .div(-2)
        .sub(np.square(p.x).mul(np.exp(p.v.neg())).div(2))
        .sub(p.v.div(2));
    const samples = infer.nuts(
      random.key(0),
      funnel,
      { v: 0, x: 0 },
      { chains: 2, draws: 300, targetAcceptance: 0.5 },
    );
    const divergent = samples.statistics.diverging.sum().item();
    expect(divergent).toBeGreaterThan(0);
    const svg = infer.pairPlot(samples);
    checkWellFormed(svg);
    const [path] = [...svg.matchAll(/class="adj-divergent" d="([^"]*)"/g)];
    expect(count(path[1], /M/g)).toBe(divergent);
    expect(count(infer.tracePlot(samples), /<rect class="adj-divergent"/g)).toBe(2 * divergent);
  });

  it("needs values", () => {
    expect(() =>
      jit((x) => {
        infer.pairPlot(x);
        return x;
      })(draws.mu),
    ).toThrow(/these are traced/);
    expect(() => infer.pairPlot(np.ones([4]))).toThrow(errors.ShapeError);
  });
});

it("ticks are round, and within", () => {
  const s = scale(-3.2, 7.1, 0, 100);
  expect(ticks(s, 4)).toEqual([0, 5]);
  expect(ticks(scale(0, 1, 0, 1), 5).map(tickText)).toEqual(["0", "0.2", "0.4", "0.6", "0.8", "1"]);
  expect(ticks(scale(0.001, 0.0049, 0, 1), 4).map(tickText)).toEqual(["0.001", "0.002", "0.003", "0.004"]);
  expect(scale(2, 2, 0, 10).at(2)).toBe(5);
});
