/**
 * @file Random programs of all dtypes compute the same bits in every execution mode, with loops, branches and lanes; their
 * derivatives agree to rounding. FUZZ_SEED and FUZZ_RUNS as in transforms.test.ts, FUZZ_STEPS for longer programs.
 */
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { grad, jvp, vmap } from "../../src/api/index.ts";
import { init } from "../../src/api/compile/init.ts";
import { config } from "../../src/base/config.ts";
import type { NDArray } from "../../src/core/array.ts";
import * as lax from "../../src/lax/index.ts";
import { describeArray, expectSame, flat } from "../util/arrays.ts";
import { executionModes } from "./execution-modes.ts";
import { type ExactProgram, exactFunction, exactInputs, exactPrograms, exactScalar } from "./exact.ts";

const runs = Number(process.env.FUZZ_RUNS ?? 40);
const seed = Number(process.env.FUZZ_SEED ?? 20251);
const steps = Number(process.env.FUZZ_STEPS ?? 8);
type A = NDArray;
type F = (...xs: A[]) => readonly A[];

beforeAll(() => init());

/** In all modes, twice where compiled, gives what eager JavaScript gives. */
function expectSameInModes(f: F, xs: readonly A[], compare: (got: A, want: A, what: string) => void): void {
  const want = config.with({ backend: "js" }, () => f(...xs));
  for (const m of executionModes)
    m.run(f, xs).forEach((x, i) => compare(x, want[i], `${m.name}, output ${i}`));
}

function expectNear(got: A, want: A, what: string): void {
  const [x, w] = [flat(got), flat(want)];
  const scale = w.reduce((m, v) => Math.max(m, Math.abs(v)), 1);
  const tol = want.dtype === "float64" ? 1e-9 : 1e-5;
  const differs = x.some((v, k) => !(Math.abs(v - w[k]) <= tol * scale) && !Object.is(v, w[k]));
  if (differs || got.aval.short() !== want.aval.short())
    expect(`${what}: ${describeArray(got)}`).toBe(`${what}: ${describeArray(want)}`);
}

function law(name: string, programs: fc.Arbitrary<ExactProgram>, check: (p: ExactProgram) => void): void {
  it(name, { timeout: 3_600_000 }, () =>
    fc.assert(fc.property(programs, check), { numRuns: runs, seed, interruptAfterTimeLimit: 3_000_000 }),
  );
}

describe("modes agree on", () => {
  law("values", exactPrograms(steps), (p) =>
    expectSameInModes((...xs) => exactFunction(p)(...xs), exactInputs(p), expectSame),
  );
  law("values of large arrays", exactPrograms(steps, { size: "large" }), (p) =>
    expectSameInModes((...xs) => exactFunction(p)(...xs), exactInputs(p), expectSame),
  );
  law("lanes", exactPrograms(steps), (p) => {
    const f = (...xs: A[]): readonly A[] => vmap((...lane: A[]) => exactFunction(p)(...lane))(...xs);
    expectSameInModes(f, exactInputs(p, [3]), expectSame);
  });
  const smooth = exactPrograms(steps, { dtypes: ["float64"] });
  law("gradients", smooth, (p) => {
    const xs = exactInputs(p);
    expectSameInModes((...ys) => grad(exactScalar(p), [...xs.keys()])(...ys), xs, expectNear);
  });
  law(
    "gradients among other dtypes",
    exactPrograms(steps, { dtypes: ["float32", "int32", "uint8"] }),
    (p) => {
      const xs = exactInputs(p);
      const floats = [...xs.keys()].filter((i) => xs[i].dtype === "float32");
      expectSameInModes((...ys) => grad(exactScalar(p), floats)(...ys), xs, expectNear);
    },
  );
  law("gradients of large arrays", exactPrograms(steps, { dtypes: ["float64"], size: "large" }), (p) => {
    const xs = exactInputs(p);
    expectSameInModes((...ys) => grad(exactScalar(p), [...xs.keys()])(...ys), xs, expectNear);
  });
  law("gradients of lanes", smooth, (p) => {
    const xs = exactInputs(p, [3]);
    expectSameInModes((...ys) => vmap(grad(exactScalar(p), [...xs.keys()]))(...ys), xs, expectNear);
  });
  law("tangents of gradients", smooth, (p) => {
    const xs = exactInputs(p);
    const directions = xs.map((x) => lax.sub(lax.fullLike(x, 1), lax.mul(x, 0.25)));
    const g = (...ys: A[]): A[] => grad(exactScalar(p), [...xs.keys()])(...ys);
    expectSameInModes((...ys) => jvp(g, ys, directions)[1], xs, expectNear);
  });
});
