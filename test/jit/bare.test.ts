/** @file The bare function of a compiled program, generated and interpreted; and hosts that forbid generated code. */
import { expect, it } from "vitest";
import { jit, valueAndGrad } from "../../src/api/index.ts";
import { config } from "../../src/base/config.ts";
import type { NDArray } from "../../src/core/array.ts";
import * as lax from "../../src/lax/index.ts";
import { array } from "../util/arrays.ts";
import { BuiltLibrary } from "../util/built.ts";

const energy = (x: NDArray): NDArray => lax.reduceSum(lax.mul(x, lax.sin(x)), [0]);

/** Gradient of Σ x sin x, by hand. */
const slopes = (xs: readonly number[]): number[] => xs.map((x) => Math.sin(x) + x * Math.cos(x));

for (const jitless of [false, true]) {
  it(`writes arrays where the caller says, and returns numbers (${jitless ? "interpreted" : "generated"})`, () => {
    config.with({ jitless }, () => {
      const { fn } = jit((x: NDArray) => valueAndGrad(energy)(x))
        .lower(array([3], [1, 2, 3]))
        .compile();
      const out = new Float64Array(3);
      const value = fn(Float64Array.of(0.5, -1, 2), out) as number;
      expect(value).toBeCloseTo(0.5 * Math.sin(0.5) + Math.sin(1) + 2 * Math.sin(2), 14);
      slopes([0.5, -1, 2]).forEach((s, i) => expect(out[i]).toBeCloseTo(s, 14));
    });
  });
}

it("runs where no text may become code", () => {
  const library = new BuiltLibrary();
  try {
    const program = `
      const { numpy: np, grad, jit } = await import("@/index.js");
      const f = (x) => np.sum(np.sin(x).mul(x));
      const x = np.array([0.5, -1, 2]);
      console.log(JSON.stringify([grad(f)(x), jit(grad(f))(x)]));`;
    const results = JSON.parse(library.run(program, "--disallow-code-generation-from-strings")) as number[][];
    for (const r of results) slopes([0.5, -1, 2]).forEach((s, i) => expect(r[i]).toBeCloseTo(s, 14));
  } finally {
    library.remove();
  }
}, 60_000);
