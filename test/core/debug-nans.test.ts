/** @file `debugNans` names the operation that made a NaN first, wherever it runs: eagerly, compiled, in loops and branches. */
import { describe, expect, it } from "vitest";
import { type Array as NDArray, config, grad, jit, lax, numpy as np, vmap } from "../../src/index.ts";
import { NanError } from "../../src/base/errors.ts";

const x = np.array([-1, 1]);
const body = (c: NDArray, y: NDArray): [NDArray, NDArray] => [np.sin(c).add(np.log(y)), c];
const root = (v: NDArray): NDArray => np.sqrt(v).sum().mul(0);

const cases: readonly (readonly [string, string, () => unknown])[] = [
  ["an eager operation", "log", () => np.log(x)],
  ["a compiled function", "log", () => jit((v: NDArray) => np.log(v).mul(2))(x)],
  ["a compiled function in another", "log", () => jit((v: NDArray) => jit(np.log)(v).mul(2))(x)],
  ["compiled lanes", "log", () => jit(vmap((v: NDArray) => np.log(v)))(x)],
  [
    "scan",
    "log produced a NaN in its output f64[] (in step 0 of scan)",
    () => lax.scan(body, np.array(0), x),
  ],
  ["a compiled scan", "in step 0 of scan", () => jit(() => lax.scan(body, np.array(0), x)[0])()],
  ["map", "log", () => lax.map((e: NDArray) => np.log(e), x)],
  [
    "foriLoop",
    "in step 1 of scan",
    () => lax.foriLoop(0, 3, (_i: NDArray, c: NDArray) => np.sqrt(c.sub(1)), np.array(1)),
  ],
  [
    "whileLoop",
    "in step 0 of a while loop",
    () =>
      lax.whileLoop(
        (c: NDArray) => c.greater(-3),
        (c: NDArray) => np.log(c.sub(5)),
        np.array(1),
      ),
  ],
  [
    "cond",
    "log",
    () =>
      lax.cond(
        true,
        (v: NDArray) => np.log(v),
        (v: NDArray) => v,
        x,
      ),
  ],
  ["a gradient", "mul", () => grad(root)(np.array([0, 1]))],
  ["a compiled gradient", "mul", () => jit(grad(root))(np.array([0, 1]))],
];

describe("debugNans", () => {
  for (const [name, message, run] of cases) {
    it(`finds the NaN of ${name}`, () => {
      expect(run).not.toThrow();
      config.with({ debugNans: true }, () => {
        expect(run).toThrow(NanError);
        expect(run).toThrow(message);
      });
    });
  }

  it("is content where a NaN does not get out of compiled code, and where there is none", () => {
    config.with({ debugNans: true }, () => {
      expect(jit((v: NDArray) => np.where(v.greater(0), np.log(v), 0))(x).js()).toEqual([0, 0]);
      expect(lax.scan(body, np.array(0), np.array([1, 1]))[0].item()).toBe(0);
    });
  });
});
