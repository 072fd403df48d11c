/**
 * @file R̂, effective sizes, standard errors and energies against what ArviZ says of the same chains (arviz/make.py records it);
 * summaries, and what they warn of.
 */
import { describe, expect, it } from "vitest";
import * as infer from "../../src/infer/index.ts";
import { type Array as A, errors, jit, numpy as np, random, vmap } from "../../src/index.ts";
import { readJson } from "../util/files.ts";

interface Case {
  readonly name: string;
  readonly draws: number[][];
  /** Null stands for NaN. */
  readonly rhat: number | null;
  readonly ess: Readonly<Record<string, number | null>>;
  readonly mcse: Readonly<Record<"mean" | "sd", number | null>>;
  readonly bfmi: number[];
}

const cases = (await readJson("arviz/vectors.json", import.meta.url)) as Case[];

/** Equal to 9 digits. */
function expectSame(got: A, want: number | null): void {
  const x = got.item();
  if (want === null) expect(x).toBeNaN();
  else expect(Math.abs(x - want)).toBeLessThan(1e-9 * Math.max(1, Math.abs(want)));
}

describe("against ArviZ", () => {
  it.each(cases)("$name", ({ draws, rhat, ess, mcse, bfmi }) => {
    const x = np.array(draws);
    // ArviZ gives no R̂ of a single chain; here it is that of its halves.
    if (draws.length > 1) expectSame(infer.rhat(x), rhat);
    for (const of of ["bulk", "tail", "mean", "sd"] as const) expectSame(infer.ess(x, { of }), ess[of]);
    expectSame(infer.ess(x, { of: 0.25 }), ess["0.25"]);
    for (const of of ["mean", "sd"] as const) expectSame(infer.mcse(x, { of }), mcse[of]);
    const energies = infer.bfmi(x).js<number[]>();
    energies.forEach((b, i) => expect(b).toBeCloseTo(bfmi[i], 10));
  });

  it("for many parameters at once, in trees, under jit and vmap", () => {
    const [slow, apart] = [cases[1], cases[4]].map((c) => np.array(c.draws));
    const cut = slow.slice([], [0, 60]);
    const both = np.stack([cut, apart], -1);
    const alone = [infer.ess(cut).item(), infer.ess(apart).item()];
    expect(infer.ess(both).js()).toEqual(alone);
    expect(infer.ess({ a: both, b: [apart] }).b[0].item()).toBe(alone[1]);
    const close = (got: A): void => {
      got.js<number[]>().forEach((x, i) => expect(x).toBeCloseTo(alone[i], 8));
    };
    close(jit((x: A) => infer.ess(x))(both));
    close(vmap((x: A) => infer.ess(x), 2)(both));
  });
});

describe("draws that say nothing", () => {
  it("give NaN where all are the same", () => {
    const still = np.ones([4, 20]);
    expect(infer.ess(still).item()).toBeNaN();
    expect(infer.rhat(still).item()).toBeNaN();
  });

  it("give NaN where one is", () => {
    const x = np.array(cases[0].draws).at(1, 5).set(NaN);
    expect(infer.rhat(x).item()).toBeNaN();
    expect(infer.ess(x).item()).toBeNaN();
  });

  it("are refused without chains, or where they are few", () => {
    expect(() => infer.ess(np.ones([10]))).toThrow(errors.ShapeError);
    expect(() => infer.rhat(np.ones([4, 3]))).toThrow(/4 draws at least; got shape \[4,3\]/);
    expect(() => infer.ess(np.ones([4, 9]), { of: 1 })).toThrow(/between 0 and 1; got 1/);
  });
});

describe("summary", () => {
  const draws = {
    mu: random.normal(random.key(0), [4, 500]),
    theta: random.normal(random.key(1), [4, 500, 2]),
  };

  it("says of each number what the single functions say", () => {
    const table = infer.summary(draws);
    expect(table.rows.map((r) => r.name)).toEqual(["mu", "theta[0]", "theta[1]"]);
    const first = draws.theta.slice("...", 0);
    const row = table.row("theta[0]");
    expect(row.mean).toBeCloseTo(first.mean().item(), 12);
    expect(row.sd).toBeCloseTo(first.std({ ddof: 1 }).item(), 12);
    expect(row.essBulk).toBeCloseTo(infer.ess(first).item(), 6);
    expect(row.essTail).toBeCloseTo(infer.ess(first, { of: "tail" }).item(), 6);
    expect(row.rhat).toBeCloseTo(infer.rhat(first).item(), 9);
    expect(row.errorOfMean).toBeCloseTo(infer.mcse(first).item(), 12);
    expect(row.quantiles[1]).toBeCloseTo(np.median(first).item(), 12);
    expect(table.warnings).toEqual([]);
  });

  it("is a table", () => {
    const x = np.array([
      [1, 2, 3, 4, 5, 6, 7, 8],
      [8, 7, 6, 5, 4, 3, 2, 1],
    ]);
    const lines = String(infer.summary({ x }, { quantiles: [0.5] })).split("\n");
    expect(lines[0]).toMatch(/^ +mean +sd +50% +mcse +ess bulk +ess tail +R̂$/);
    expect(lines[1]).toMatch(/^x +4\.50 +2\.37 +4\.50 /);
    expect(infer.summary(x).toMarkdown().split("\n")[1]).toBe(`| --- |${" ---: |".repeat(9)}`);
  });

  it("warns of chains that disagree, of few draws, of divergences and slow energies", () => {
    const apart = random.normal(random.key(0), [4, 200]).add(np.array([[0], [0], [0], [3]]));
    const warnings = infer.summary({ apart }).warnings.join("\n");
    expect(warnings).toContain("R̂ is above 1.01 for apart");
    expect(warnings).toContain("below 400");
    const still = np.zeros([4, 200]);
    const walk = np.cumsum(random.normal(random.key(2), [4, 200]), 1);
    const statistics = {
      logDensity: still,
      acceptance: still,
      moved: still.greater(1),
      diverging: np.arange(800).reshape([4, 200]).less(3),
      energy: walk,
      evaluations: still,
      depth: still,
    };
    const told = infer
      .summary({ draws: { x: random.normal(random.key(0), [4, 200]) }, statistics })
      .warnings.join("\n");
    expect(told).toContain("3 of 800 trajectories diverged");
    expect(told).toContain("the energy of 4 chains changes slowly");
  });

  it("names what there is where a name is wrong, and refuses traced draws", () => {
    expect(() => infer.summary(draws).row("tau")).toThrow(/no parameter "tau"; there are mu, theta\[0\]/);
    expect(() => jit((x: A) => infer.summary(x).rows[0].mean)(draws.mu)).toThrow(/these are traced/);
  });
});
