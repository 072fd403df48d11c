/** @file Long programs are cut into functions that V8 optimises, and compute the same. */
import { describe, expect, it } from "vitest";
import { grad, jit } from "../../src/api/index.ts";
import type { NDArray } from "../../src/core/array.ts";
import * as lax from "../../src/lax/index.ts";

const chain =
  (steps: number) =>
  (x: NDArray): NDArray => {
    let y = x;
    for (let i = 0; i < steps; i++) y = lax.add(lax.mul(lax.sin(y), 1.1), x);
    return y;
  };

/** The chain and its derivative in plain numbers. */
function plain(x: number, steps: number): [number, number] {
  let [y, dy] = [x, 1];
  for (let i = 0; i < steps; i++) [y, dy] = [Math.sin(y) * 1.1 + x, Math.cos(y) * dy * 1.1 + 1];
  return [y, dy];
}

describe("a program of many scalar equations", () => {
  it("becomes several functions", () => {
    const f = jit(grad(chain(1500)));
    const { source } = f.lower(0.3).compile();
    expect(source.match(/function part\d+\$/g)?.length).toBeGreaterThan(1);
    expect(f(0.3).item()).toBeCloseTo(plain(0.3, 1500)[1], 12);
    expect(jit(chain(1500))(0.3).item()).toBeCloseTo(plain(0.3, 1500)[0], 12);
  });
  it("stays one if it is short", () => {
    expect(jit(chain(100)).lower(0.3).compile().source).not.toContain("part0");
  });
});
