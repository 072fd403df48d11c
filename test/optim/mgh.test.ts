/**
 * @file `leastSquares` and `minimize` on the 35 problems of Moré, Garbow and Hillstrom, with default tolerances: the minima of
 * the paper, and evaluations beside SciPy's (mgh/scipy.json, of the same functions).
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { leastSquares } from "../../src/optim/index.ts";
import * as np from "../../src/numpy/index.ts";
import { minimize } from "../../src/scipy/optimize/index.ts";
import { distance, sumOfSquares } from "./mgh/functions.ts";
import { type Problem, problems } from "./mgh/problems.ts";

interface Run {
  readonly nfev: number;
  readonly value: number;
}

interface Recorded {
  readonly nfev: number;
  /** null: not a number. */
  readonly value: number | null;
}

type Table = Readonly<Record<string, Readonly<Record<string, Recorded | { readonly error: string }>>>>;

const recorded = JSON.parse(readFileSync(join(import.meta.dirname, "mgh", "scipy.json"), "utf8")) as {
  readonly leastSquares: Table;
  readonly minimize: Table;
};

const startOf = (p: Problem): ReturnType<typeof np.array> => np.array(Float64Array.from(p.start));

/** Evaluations, ours and SciPy's, where both found one minimum; and the problems with more than half as many again. */
function compare(
  table: Table[string],
  run: (p: Problem) => Run,
): { ours: number; scipys: number; shared: number; many: number[] } {
  const out = { ours: 0, scipys: 0, shared: 0, many: [] as number[] };
  for (const p of problems) {
    const mine = run(p);
    const theirs = table[p.number];
    if ("error" in theirs || theirs.value === null) continue;
    if (!(Math.abs(mine.value - theirs.value) <= 1e-4 * Math.max(theirs.value, 1e-4))) continue;
    out.ours += mine.nfev;
    out.scipys += theirs.nfev;
    out.shared++;
    if (mine.nfev > 1.5 * theirs.nfev + 2) out.many.push(p.number);
  }
  return out;
}

describe("leastSquares", () => {
  it.each(["trf", "dogbox", "lm"] as const)(
    "%s finds the minima in as many evaluations as SciPy",
    { timeout: 300_000 },
    (method) => {
      const missed: number[] = [];
      const { ours, scipys, shared, many } = compare(recorded.leastSquares[method], (p) => {
        const found = leastSquares(p.residuals, startOf(p), { method, xScale: "jac" });
        const value = 2 * found.cost.item();
        if (distance(value, p) > 1e-5) missed.push(p.number);
        return { nfev: found.nfev.item(), value };
      });
      // In a box, steps along single axes may lead to other places, as they lead SciPy.
      expect(missed).toEqual(method === "dogbox" ? expect.any(Array) : []);
      expect(missed.length).toBeLessThan(4);
      expect(many).toEqual([]);
      expect(shared).toBeGreaterThan(32);
      expect(ours / scipys).toBeLessThan(1.1);
    },
  );
});

/** Problems for which rounding sends two searches different ways, so that one is much longer. */
const chancy: Readonly<Record<string, readonly number[]>> = { CG: [16], BFGS: [6], "trust-constr": [3, 6] };

describe("minimize", () => {
  it.each([
    "Nelder-Mead",
    "Powell",
    "CG",
    "BFGS",
    "L-BFGS-B",
    "Newton-CG",
    "SLSQP",
    "trust-constr",
    "dogleg",
    "trust-ncg",
    "trust-exact",
    "trust-krylov",
  ] as const)("%s takes as many evaluations as SciPy's", { timeout: 600_000 }, (method) => {
    const { ours, scipys, shared, many } = compare(recorded.minimize[method], (p) => {
      const found = minimize(sumOfSquares(p), startOf(p), { method });
      return { nfev: found.nfev.item(), value: found.fun.item() };
    });
    expect(many.filter((number) => !(chancy[method] ?? []).includes(number))).toEqual([]);
    expect(shared).toBeGreaterThan(25);
    expect(ours / scipys).toBeLessThan(1.2);
  });
});
