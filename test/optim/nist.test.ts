/**
 * @file `leastSquares` on NIST's nonlinear regression problems, from both starts: the digits of the certified parameters, and
 * evaluations beside SciPy's (nist/scipy.json).
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { leastSquares } from "../../src/optim/index.ts";
import * as np from "../../src/numpy/index.ts";
import { datasets, digits, residualsOf } from "./nist/models.ts";

interface Recorded {
  readonly nfev: number;
  readonly digits: number;
  readonly cost: number;
}

const scipy = JSON.parse(readFileSync(join(import.meta.dirname, "nist", "scipy.json"), "utf8")) as Record<
  string,
  Record<string, (Recorded | { readonly error: string })[]>
>;

/** From BoxBOD's first start the method of Levenberg and Marquardt goes to a plateau, SciPy's as well. */
const lost = new Set(["lm BoxBOD 1"]);

/** Agreement is to 7 digits at least, but where the sum of squares hardly depends on a parameter. */
const fewest = (name: string): number =>
  /^(ENSO|Lanczos|Bennett|Hahn|Thurber|Rat43|MGH09)/.test(name) ? 6 : 7;

const cases = Object.entries(datasets).flatMap(([name, d]) =>
  d.starts.map((start, k) => ({ name, k: k + 1, start })),
);

describe.each(["trf", "lm"] as const)("%s", (method) => {
  it.each(cases)("$name from start $k", { timeout: 120_000 }, ({ name, k, start }) => {
    const { certified, rss } = datasets[name];
    const found = leastSquares(residualsOf(name), np.array(Float64Array.from(start)), {
      method,
      xScale: "jac",
      ftol: 1e-15,
      xtol: 1e-15,
      gtol: 1e-15,
      maxNfev: 5000,
    });
    const recorded = scipy[method][name][k - 1];
    if (lost.has(`${method} ${name} ${k}`)) {
      expect("cost" in recorded && recorded.cost).toBeCloseTo(found.cost.item(), 3);
      return;
    }
    const got = digits(found.x.js<number[]>(), certified);
    expect(got, `digits; status ${found.message}`).toBeGreaterThan(fewest(name));
    // Lanczos1 is made of exact data: its sum of squares, 1e-25, is rounding.
    if (name !== "Lanczos1") expect(Math.abs((2 * found.cost.item()) / rss - 1)).toBeLessThan(1e-9);
    if ("nfev" in recorded && recorded.digits > 5)
      expect(found.nfev.item(), `SciPy: ${recorded.nfev}`).toBeLessThanOrEqual(1.5 * recorded.nfev + 2);
  });
});

describe.each(["dogbox", "gauss-newton", "dogleg"] as const)("%s", (method) => {
  // From the second starts, which are close: methods without damping, or with a box, may lose their way from the first.
  it.each(cases.filter(({ k }) => k === 2))(
    "$name from start $k",
    { timeout: 120_000 },
    ({ name, start }) => {
      const found = leastSquares(residualsOf(name), np.array(Float64Array.from(start)), {
        method,
        xScale: "jac",
        ftol: 1e-15,
        xtol: 1e-15,
        gtol: 1e-15,
        maxNfev: 5000,
      });
      expect(digits(found.x.js<number[]>(), datasets[name].certified)).toBeGreaterThan(fewest(name) - 1);
    },
  );
});
