/**
 * @file What functions under transformations get for plain numbers: arrays, in every argument that is not static; and which
 * dtype numbers take on as the initial carry of a loop.
 */
import { describe, expect, it } from "vitest";
import type { Array as NDArray } from "../../src/index.ts";
import {
  config,
  grad,
  hessian,
  jacfwd,
  jacrev,
  jit,
  lax,
  numpy as np,
  scipy,
  valueAndGrad,
  vmap,
} from "../../src/index.ts";

type A = NDArray;
const product = (x: A, y: A): A => y.mul(x);

describe("numbers among the arguments", () => {
  it.each([
    ["grad", () => grad(product)(1, 2)],
    ["valueAndGrad", () => valueAndGrad(product)(1, 2)[1]],
    ["jacfwd", () => jacfwd(product)(1, 2)],
    ["jacrev", () => jacrev(product)(1, 2)],
    ["grad of jit", () => grad(jit(product))(1, 2)],
    ["jit of grad", () => jit(grad(product))(1, 2)],
    ["vmap", () => vmap(product, [0, null])(np.array([1]), 2).slice(0)],
    [
      "vmap, trees",
      () => vmap((x: A, p: { w: A[] }) => p.w[0].mul(x), [0, null])(np.array([1]), { w: [2] }).slice(0),
    ],
    ["grad, trees", () => grad((x: A, p: { w: A[] }) => p.w[0].mul(x))(1, { w: [2] })],
    ["grad, typed arrays", () => grad((x: A, y: A) => y.mul(x).sum())(1, Float64Array.of(1, 1))],
  ] as const)("arrive as arrays: %s", (_, f) => {
    expect(f().item()).toBe(2);
  });

  it("are arrays beside argument numbers other than 0", () => {
    expect(grad(product, { argnums: 1 })(3, 2).item()).toBe(3);
    expect(hessian((x: A, y: A) => y.mul(x).mul(x))(1, 2).item()).toBe(4);
  });

  it("count and compare as numbers do", () => {
    const power = (x: A, n: number): A => {
      let out = x;
      for (let i = 1; i < n; i++) out = out.mul(x);
      return out;
    };
    expect(grad(power)(2, 3).item()).toBe(12);
  });

  it("stay numbers where they are static", () => {
    const f = (x: A, n: number): A => (n === 3 && typeof n === "number" ? x.mul(5) : x);
    expect(grad(f, { staticArgnums: 1 })(2, 3).item()).toBe(5);
    expect(vmap(f, 0, { staticArgnums: [1] })(np.array([1, 2]), 3).js()).toEqual([5, 10]);
    expect(vmap(f, [0, null], { staticArgnums: -1 })(np.array([1, 2]), 3).js()).toEqual([5, 10]);
    expect(() => grad(f, { argnums: 1, staticArgnums: 1 })(2, 3)).toThrow("static");
  });

  it("leave booleans, text, functions and absent arguments as they are", () => {
    const seen: unknown[] = [];
    const f = (x: A, ...rest: unknown[]): A => {
      seen.push(...rest);
      return x;
    };
    const act = (x: A): A => x;
    grad(f as (x: A, ...rest: never[]) => A)(1, ...([false, "a", act, undefined, null] as never[]));
    expect(seen).toEqual([false, "a", act, undefined, null]);
  });
});

describe("weak carries adopt the dtype of the loop", () => {
  const xs = np.ones([3], "float32");
  const x0 = xs.slice(0);
  const cases: Readonly<Record<string, () => A>> = {
    scan: () => lax.scan((c: A, y: A) => [c.add(y), c], 0, xs)[0],
    "scan, outputs": () => lax.scan((c: A, y: A) => [c.add(y), c], 0, xs)[1],
    "scan, a carry that moves another": () =>
      lax.scan(([a, b]: [A, A], y: A) => [[a.add(y), b.add(a)], null], [0, 0] as [number, number], xs)[0][1],
    "scan, a carry of its own dtype": () => lax.scan((c: A, y: A) => [c.mul(2), c.mul(y)], 1, xs)[1],
    foriLoop: () => lax.foriLoop(0, 3, (_: A, c: A) => c.add(x0), 0),
    "foriLoop with traced bounds": () =>
      jit((n: A) => lax.foriLoop(0, n, (_: A, c: A) => c.add(x0), 0))(np.array(3, "int32")),
    whileLoop: () =>
      lax.whileLoop(
        (c: A) => c.less(3),
        (c: A) => c.add(x0),
        0,
      ),
    cond: () =>
      lax.cond(
        true,
        (a: A) => a.mul(x0),
        (a: A) => a.add(x0),
        2,
      ),
    "cond, one branch weak": () =>
      lax.cond(
        true,
        () => np.sin(2),
        () => x0,
      ),
    switch: () => lax.switch(2, [() => np.sin(2), () => x0, () => np.sin(1)]),
    associativeScan: () => lax.associativeScan((a: A, b: A) => a.mul(b).mul(x0), lax.broadcast(2, [3])),
    map: () => lax.map((y: A) => y.add(1), xs),
    reduce: () => lax.reduce(xs, 0, (a: A, b: A) => a.mul(2).add(b), [0]),
  };
  const run = (): void => {
    for (const [name, f] of Object.entries(cases)) {
      expect([name, f().dtype]).toEqual([name, "float32"]);
      expect([name, jit(f)().dtype]).toEqual([name, "float32"]);
    }
  };

  it("plainly and compiled", run);
  it("in programs that pass the checks", () => {
    config.with({ enableChecks: true }, run);
  });
  it("and keep their own where nothing else is there", () => {
    expect(
      lax.whileLoop(
        (c: A) => c.less(3),
        (c: A) => c.add(1),
        0,
      ).dtype,
    ).toBe("float64");
    expect(lax.foriLoop(0, 3, (i: A, c: A) => c.add(i), 0).item()).toBe(3);
  });
});

describe("functions of one array", () => {
  it("are what a list's map calls", () => {
    const xs = [np.array(0), np.array(-1)];
    for (const f of [np.exp, lax.exp, scipy.special.expit]) expect(xs.map(f)).toHaveLength(2);
    expect(xs.map(np.negative).map(Number)).toEqual([-0, 1]);
    expect(() => (np.sin as (...xs: unknown[]) => unknown)(1, 2, 3)).toThrow("takes one argument; got 3");
  });
});
