/** @file Long programs are cut into functions that V8 optimises, and compute the same. */
import { describe, expect, it } from "vitest";
import { grad, jit } from "../../src/api/index.ts";
import type { NDArray } from "../../src/core/array.ts";
import { whileLoop } from "../../src/control-flow/lax.ts";
import { ioCallback } from "../../src/effects/index.ts";
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
  it("is cut within loops that call the host, whose buffers all parts see", () => {
    const seen: number[] = [];
    const step = ({ i, x }: { i: NDArray; x: NDArray }): { i: NDArray; x: NDArray } => {
      const y = chain(700)(x);
      ioCallback((v: NDArray) => void seen.push(v.item()), null, y);
      return { i: lax.add(i, 1), x: lax.div(chain(700)(lax.mul(y, 0.1)), 3) };
    };
    const run = (x: NDArray): NDArray =>
      whileLoop((s: { i: NDArray; x: NDArray }) => lax.lt(s.i, 3), step, { i: lax.full([], 0, "int32"), x })
        .x;
    const found = jit(run)(0.3).item();
    let x = 0.3;
    const want = [0, 1, 2].map(() => {
      const [y] = plain(x, 700);
      x = plain(0.1 * y, 700)[0] / 3;
      return y;
    });
    expect(found).toBeCloseTo(x, 9);
    expect(seen.map((v) => v.toFixed(8))).toEqual(want.map((v) => v.toFixed(8)));
  });
});
