/** @file `debugNans` names the operation that made a NaN first, wherever it runs: eagerly, compiled, in loops and branches. */
import { describe, expect, it } from "vitest";
import { type Array as NDArray, config, grad, jit, lax, numpy as np, vmap } from "../../src/index.ts";
import { InfError, NanError } from "../../src/base/errors.ts";

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

  it("tells the user's line, the step and the operands, of compiled programs and of their gradients", () => {
    const step = (c: NDArray, y: NDArray): [NDArray, NDArray] => {
      const scaled = c.mul(y);
      return [np.log(scaled), c];
    };
    const f = (v: NDArray): NDArray => lax.scan(step, v, np.array([2, 1, 1]))[0];
    const line = /debug-nans\.test\.ts:\d+:\d+/;
    config.with({ debugNans: true }, () => {
      expect(() => jit(f)(1)).toThrow(
        /log produced a NaN .*\(in step 2 of scan\).*Operands: Array\(-0\.36651292\)/,
      );
      expect(() => jit(f)(1)).toThrow(line);
      expect(() => jit((v: NDArray) => np.log(v).mul(2))(np.array([-1, 1]))).toThrow(
        /Array\(\[-1\., {2}1\.\]\)/,
      );
      expect(() => jit(grad(root))(np.array([0, 1]))).toThrow(/Called at \S+debug-nans\.test\.ts:\d+:\d+/);
    });
  });

  it("has a companion for infinities", () => {
    config.with({ debugInfs: true }, () => {
      expect(() => np.log(np.array(0))).toThrow(InfError);
      expect(() => jit((v: NDArray) => np.log(v).mul(2))(np.array(0))).toThrow(
        /debugInfs: log produced an infinity/,
      );
      expect(() => lax.foriLoop(0, 2000, (_i: NDArray, c: NDArray) => c.mul(2), np.array(1))).toThrow(
        /in step 1023 of scan/,
      );
      expect(np.log(np.array(-1)).item()).toBeNaN();
    });
    config.with({ debugNans: true }, () => {
      expect(np.log(np.array(0)).item()).toBe(-Infinity);
    });
  });

  it("is content where a NaN does not get out of compiled code, and where there is none", () => {
    config.with({ debugNans: true }, () => {
      expect(jit((v: NDArray) => np.where(v.greater(0), np.log(v), 0))(x).js()).toEqual([0, 0]);
      expect(lax.scan(body, np.array(0), np.array([1, 1]))[0].item()).toBe(0);
    });
  });
});
