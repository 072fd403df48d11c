/** @file Packages from npm, differentiated as they are: beside finite differences of what npm has published. */
import { describe, expect, it } from "vitest";
import * as plain from "../../src/plain/index.ts";
import { uses } from "./corpus.ts";
import { load, loadPackage, loadUntransformed } from "./load.ts";

type Vector = number[];
type Scalar = (x: Vector) => number;
type Make = (m: unknown) => Scalar;

/** Central differences of two widths, extrapolated. */
function differences(f: Scalar, at: Vector): Vector {
  const slope = (i: number, h: number): number => {
    const moved = (d: number): Vector => at.map((x, k) => (k === i ? x + d : x));
    return (f(moved(h)) - f(moved(-h))) / (2 * h);
  };
  return at.map((x, i) => {
    const h = 1e-3 * Math.max(1, Math.abs(x));
    return (4 * slope(i, h / 2) - slope(i, h)) / 3;
  });
}

const near = (got: readonly number[], want: readonly number[], tolerance: number): void => {
  const scale = Math.max(1, ...want.map(Math.abs));
  got.forEach((x, i) => {
    expect(Math.abs(x - want[i]) / scale, `${got.join()} beside ${want.join()}`).toBeLessThan(tolerance);
  });
};

describe.each(uses)("$package: $what", (use) => {
  const tolerance = use.tolerance ?? 1e-6;
  const at = [...use.at];
  const text = `export const make = ${use.code};`;

  it("is differentiated", { timeout: 120_000 }, async () => {
    const own = loadUntransformed<{ make: Make }>(text).make(await loadPackage(use.package, false));
    const f = load<{ make: Make }>(text).make(await loadPackage(use.package));
    const value = own([...at]);
    const slopes = differences(own, at);
    // Some begin at random.
    near([f([...at])], [value], 1e-12);
    near(plain.grad(f)(at), slopes, tolerance);
    const ones = at.map(() => 1);
    const along = slopes.reduce((a, b) => a + b, 0);
    near(plain.jvp(f, [at], [ones]).slice(), [value, along], tolerance);
    const compiled = plain.jit(f);
    if (use.refused !== undefined) {
      expect(() => compiled(at)).toThrow(use.refused);
      return;
    }
    near([compiled(at)], [value], 1e-9);
    near(plain.grad(compiled)(at), slopes, tolerance);
    near(plain.jit(plain.grad(f))(at), slopes, tolerance);
    near(plain.vmap(f)([at, at]), [value, value], 1e-9);
  });
});
