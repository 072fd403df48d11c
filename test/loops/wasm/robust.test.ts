/**
 * @file Programs of any size and any names: no text of a user's reaches generated code as code, and 20 000 equations
 * compile in both backends in bounded time.
 */
import { beforeAll, describe, expect, it } from "vitest";
import { grad, init, jit, lax, numpy as np, tree, vmap } from "../../../src/index.ts";
import type { NDArray } from "../../../src/core/array.ts";
import { hasRelaxedSimd, runsWasm } from "../../../src/loops/emit/wasm/host.ts";
import { value } from "../../util/arrays.ts";

beforeAll(() => init());

type A = NDArray;
const backends = ["js", "wasm"] as const;
const globals = globalThis as unknown as { stolen?: boolean };

const evil = [
  '"); globalThis.stolen = true; (',
  "*/ globalThis.stolen = true; /*",
  "\n globalThis.stolen = true; //",
  "\u2028globalThis.stolen = true;\u2029",
  "`${globalThis.stolen = true}`",
  "') (func $main (unreachable)) (;",
  "__proto__",
  "constructor",
  "",
  "x y\u0000z",
  "💥".repeat(50),
];

describe.each(backends)("names in %s", (backend) => {
  it("of functions", () => {
    for (const name of evil) {
      const f = jit((x: A) => x.mul(2).add(1).sum(), { backend, name });
      expect(value(f(np.ones([50])))).toBe(150);
      const inner = jit((x: A) => jit((y: A) => y.mul(3), { name })(x), { backend });
      expect(value(grad((x: A) => inner(x))(2))).toBe(3);
      const compiled = f.lower(np.ones([50])).compile();
      for (const text of [compiled.source, compiled.wasm]) {
        const lines = text.split(/[\n\u2028\u2029]/).filter((line) => line.includes("stolen = true"));
        expect(lines.filter((line) => !/^\s*(\/\/|\/\*|;;)/.test(line))).toEqual([]);
      }
    }
    expect(globals.stolen).toBeUndefined();
  });

  it("of keys, which never become properties of prototypes", () => {
    for (const key of evil) {
      const given = JSON.parse(`{${JSON.stringify(key)}: 0, "w": 0}`) as Record<string, A>;
      for (const k of Object.keys(given)) {
        Object.defineProperty(given, k, { value: np.ones([40]), enumerable: true, writable: true });
      }
      const f = jit((p: Record<string, A>) => tree.map((x: A) => x.mul(2), p), { backend });
      const out = f(given);
      expect(Object.keys(out).sort()).toEqual(Object.keys(given).sort());
      expect(Object.getPrototypeOf(out)).toBe(Object.prototype);
      const leaves = tree.leaves(out);
      expect(leaves.map((x) => value(x.sum()))).toEqual([80, 80]);
      const slopes = grad((p: Record<string, A>) =>
        tree.leaves(f(p)).reduce((s, x) => s.add(x.sum()), np.array(0)),
      )(given);
      expect(tree.leaves(slopes).map((x) => value(x.sum()))).toEqual([80, 80]);
    }
    expect(({} as { w?: unknown }).w).toBeUndefined();
    expect(globals.stolen).toBeUndefined();
  });

  it("of axes", () => {
    for (const axisName of evil) {
      const f = vmap(
        jit((x: A) => lax.psum(x, axisName), { backend }),
        0,
        { axisName },
      );
      expect(f(np.ones([3])).js()).toEqual([3, 3, 3]);
    }
    expect(globals.stolen).toBeUndefined();
  });
});

/** 10 000 multiplications and 10 000 additions. */
const chain = (x: A): A => {
  let y = x;
  for (let i = 0; i < 10_000; i++) y = y.mul(0.999).add(0.001);
  return y;
};

/** 20 000 equations of which 5 000 results are needed at the end. */
const broad = (x: A): A => {
  let y = x;
  const kept: A[] = [];
  for (let i = 0; i < 5000; i++) {
    y = lax.sin(y).add(i * 1e-3);
    kept.push(y);
  }
  return kept.reduce((s, k) => s.add(k.mul(0.5)));
};

describe.each(backends)("20 000 equations in %s", (backend) => {
  for (const [name, f] of Object.entries({ chain, broad })) {
    it.each([[[]], [[100]]])(`${name} of shape %j`, { timeout: 120_000 }, (shape) => {
      const x = np.full(shape, 0.5, "float64");
      const g = jit(f, { backend });
      const { stats } = g.lower(x).compile();
      expect(stats.equations).toBeGreaterThanOrEqual(19_990);
      expect(stats.backend).toBe(backend);
      expect(stats.milliseconds).toBeLessThan(30_000);
      let want = 0.5;
      let sum = 0;
      for (let i = 0; i < (name === "chain" ? 10_000 : 5000); i++) {
        want = name === "chain" ? want * 0.999 + 0.001 : Math.sin(want) + i * 1e-3;
        sum = i === 0 ? want : sum + want * 0.5;
      }
      const got = g(x);
      const last = got.ndim === 0 ? value(got) : value(got.slice(99));
      const expected = name === "chain" ? want : sum;
      expect(Math.abs(last - expected)).toBeLessThanOrEqual(1e-9 * Math.abs(expected));
    });
  }

  it("their gradient", { timeout: 120_000 }, () => {
    const slope = jit(grad(chain), { backend });
    expect(value(slope(0.5))).toBeCloseTo(0.999 ** 10_000, 12);
  });
});

describe("what the host can do", () => {
  it("is found out by validating a module, not by its version", () => {
    expect(runsWasm()).toBe(true);
    // V8 has had relaxed SIMD without a flag since Node 22, and behind a flag, which init() turns on, in Node 20.
    expect(hasRelaxedSimd()).toBe(true);
  });
});
