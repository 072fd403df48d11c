/**
 * @file Random programs compute the same in every execution mode: eager and compiled, to JavaScript and to WebAssembly,
 * and interpreted; values, gradients, and lanes of `vmap`. FUZZ_SEED and FUZZ_RUNS as in transforms.test.ts.
 */
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { grad, vmap } from "../../src/api/index.ts";
import { init } from "../../src/api/compile/init.ts";
import { config } from "../../src/base/config.ts";
import type { NDArray } from "../../src/core/array.ts";
import { describeArray, flat } from "../util/arrays.ts";
import { executionModes } from "./execution-modes.ts";
import { type Program, draw, functionOf, inputsOf, programs, scalarOf } from "./program.ts";

const runs = Number(process.env.FUZZ_RUNS ?? 40);
const seed = Number(process.env.FUZZ_SEED ?? 20250);
type A = NDArray;
type F = (...xs: A[]) => readonly A[];

beforeAll(() => init());

function expectEqual(got: readonly A[], want: readonly A[], what: string): void {
  got.forEach((x, i) => {
    const w = flat(want[i]);
    const scale = w.reduce((m, v) => Math.max(m, Math.abs(v)), 1);
    const differs = flat(x).some((v, k) => !(Math.abs(v - w[k]) <= 1e-10 * scale) && !Object.is(v, w[k]));
    if (differs || x.aval.short() !== want[i].aval.short())
      expect(`${what}: ${describeArray(x)}`).toBe(`${what}: ${describeArray(want[i])}`);
  });
}

/** `f` in all modes gives what eager JavaScript gives. */
function expectSameInModes(f: F, xs: readonly A[]): void {
  const want = config.with({ backend: "js" }, () => f(...xs));
  for (const m of executionModes) expectEqual(m.run(f, xs), want, m.name);
}

function law(name: string, most: number, check: (p: Program) => void): void {
  it(name, { timeout: 120_000 }, () =>
    fc.assert(fc.property(programs(true, most), check), { numRuns: runs, seed }),
  );
}

describe("modes agree on", () => {
  const values = (p: Program): void => expectSameInModes((...xs) => [functionOf(p)(...xs)], inputsOf(p));
  const gradients = (p: Program): void =>
    expectSameInModes(
      (...xs) =>
        grad(
          scalarOf(p),
          p.inputs.map((_, i) => i),
        )(...xs),
      inputsOf(p),
    );
  law("values of small arrays", 12, values);
  law("values of arrays that fill vectors", 600, values);
  law("gradients of small arrays", 12, gradients);
  law("gradients of arrays that fill vectors", 600, gradients);
  law("lanes", 120, (p) => {
    const lanes = draw(
      p.inputs.map((s) => [5, ...s]),
      `lanes ${p.seed}`,
    );
    expectSameInModes((...xs) => [vmap(functionOf(p))(...xs)], lanes);
  });
});
