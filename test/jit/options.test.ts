/** @file Options of `jit`: donated arguments, inlining, the backend; and the short way of calls of single arrays. */
import { describe, expect, it } from "vitest";
import { grad, init, jit, makeJaxpr, vmap } from "../../src/api/index.ts";
import type { NDArray } from "../../src/core/array.ts";
import { config } from "../../src/base/config.ts";
import { ArgumentError, DisposedError } from "../../src/base/errors.ts";
import * as np from "../../src/numpy/index.ts";

type A = NDArray;

describe("donateArgnums", () => {
  const step = jit((state: { x: A }, g: A) => ({ x: state.x.sub(g) }), { donateArgnums: 0 });
  it("frees the arrays of the argument, and those only", () => {
    const before = { x: np.array([1, 2, 3]) };
    const g = np.array([1, 1, 1]);
    expect(step(before, g).x.js()).toEqual([0, 1, 2]);
    expect(() => before.x.js()).toThrow(DisposedError);
    expect(g.js()).toEqual([1, 1, 1]);
  });
  it("does not take the result along", () => {
    const same = jit((x: A) => x, { donateArgnums: [0] });
    const x = np.array([1, 2]);
    const y = same(x);
    expect(y.js()).toEqual([1, 2]);
    expect(() => x.js()).toThrow(DisposedError);
  });
  it("must name an argument", () => {
    const f = jit((x: A) => x.mul(2), { donateArgnums: 3 });
    expect(() => f(np.array([1]))).toThrow(ArgumentError);
  });
});

describe("inline", () => {
  it("leaves no call in the jaxpr of a traced caller, and the same numbers", () => {
    const double = (inline: boolean) => jit((x: A) => x.mul(2), { inline, name: "double" });
    const outer = (inline: boolean) => (x: A) => double(inline)(x).add(1);
    expect(String(makeJaxpr(outer(false))(1))).toContain("double");
    expect(String(makeJaxpr(outer(true))(1))).not.toContain("double");
    expect(outer(true)(np.array(3)).item()).toBe(7);
    expect(grad(outer(true))(3).item()).toBe(2);
  });
});

describe("calls of single arrays and numbers", () => {
  it("give the same by the short way as by the long one", () => {
    const f = jit((x: A, y: A) => x.mul(y).add(1));
    expect([1, 2, 3].map((v) => f(v, 2).item())).toEqual([3, 5, 7]);
    expect(f(np.array([1, 2]), 2).js()).toEqual([3, 5]);
    expect(f(np.array([3, 4]), 2).js()).toEqual([7, 9]);
    expect(f(1, 2).item()).toBe(3);
    expect(f.cacheStats()).toMatchObject({ entries: 2, calls: 6 });
  });
  it("follow transformations and settings", () => {
    const f = jit((x: A) => x.mul(x));
    expect(f(3).item()).toBe(9);
    expect(grad(f)(3).item()).toBe(6);
    expect(vmap(f)(np.array([1, 2])).js()).toEqual([1, 4]);
    expect(config.with({ defaultFloat: "float32" }, () => f(0.1).dtype)).toBe("float32");
    expect(f(0.1).dtype).toBe("float64");
  });
  it("see constants that the function closes over", () => {
    const w = np.array([1, 2, 3]);
    const f = jit((x: A) => x.mul(w));
    expect([2, 3].map((v) => f(v).js())).toEqual([
      [2, 4, 6],
      [3, 6, 9],
    ]);
  });
});

describe("backend", () => {
  it("is one of three names", () => {
    expect(() => jit((x: A) => x, { backend: "cuda" as "js" })).toThrow(ArgumentError);
  });
  it("wasm gives the same numbers, once its compiler is loaded", async () => {
    const f = (x: A): A => np.sqrt(x).mul(x).sum();
    const x = np.arange(100, undefined, undefined, { dtype: "float64" });
    expect(await init()).toBe(true);
    const wasm = jit(f, { backend: "wasm" });
    expect(wasm.lower(x).compile().stats.backend).toBe("wasm");
    expect(wasm(x).item()).toBeCloseTo(jit(f, { backend: "js" })(x).item(), 9);
    expect(wasm.lower(x).compile().wasm).toContain("f64x2.sqrt");
  });
});
