/** @file Keys: making, splitting, indexing them, taking them through transformations, and what is refused. */
import { describe, expect, it } from "vitest";
import { evalShape, grad, makeJaxpr, vmap } from "../../src/api/index.ts";
import { config } from "../../src/base/config.ts";
import type { NDArray } from "../../src/core/array.ts";
import { treeFlatten, treeUnflatten } from "../../src/core/tree.ts";
import { ArgumentError, DTypeError, IndexError, ShapeError } from "../../src/base/errors.ts";
import * as np from "../../src/numpy/index.ts";
import * as random from "../../src/random/index.ts";

const words = (k: random.KeyLike): unknown => random.keyData(k).js();

describe("seeds", () => {
  it("are 64 bits wide where floats are, else 32", () => {
    expect(words(random.key(2 ** 40 + 3))).toEqual([256, 3]);
    expect(words(random.key(-1))).toEqual([0xffffffff, 0xffffffff]);
    config.with({ defaultFloat: "float32" }, () => {
      expect(words(random.key(-1))).toEqual([0, 0xffffffff]);
      expect(words(random.PRNGKey(42))).toEqual([0, 42]);
    });
  });

  it("may be integer scalars, also traced ones", () => {
    expect(words(random.key(np.array(42, { dtype: "int32" })))).toEqual([0, 42]);
    const keys = vmap((s: NDArray) => random.key(s))(np.array([1, 2], { dtype: "int32" }));
    expect(words(keys)).toEqual([
      [0, 1],
      [0, 2],
    ]);
  });

  it("of other kinds are refused", () => {
    expect(() => random.key(1.5)).toThrow(ArgumentError);
    expect(() => random.key(2 ** 60)).toThrow(ArgumentError);
    expect(() => random.key(np.array(1))).toThrow(DTypeError);
    expect(() => random.key(np.zeros([2], "int32"))).toThrow(ShapeError);
    expect(() => random.key(0, { impl: "rbg" })).toThrow(/rbg/);
  });
});

describe("keys", () => {
  const keys = random.split(random.key(0), [2, 3]);

  it("hide the axis of words", () => {
    expect([keys.shape, keys.ndim, keys.size, keys.length]).toEqual([[2, 3], 2, 6, 2]);
    expect(keys.dtype).toBe("key<fry>");
    expect(random.keyImpl(keys)).toBe("threefry2x32");
    expect(String(random.key(5))).toContain("Key([], threefry2x32)");
  });

  it("are indexed and iterated over like arrays", () => {
    const data = random.keyData(keys).js<number[][][]>();
    expect(words(keys.at(1))).toEqual(data[1]);
    expect(words(keys.slice(-1, 2))).toEqual(data[1][2]);
    expect(words(keys.slice([], 1))).toEqual([data[0][1], data[1][1]]);
    expect(words(keys.slice("...", 1))).toEqual([data[0][1], data[1][1]]);
    expect([...keys].map(words)).toEqual(data);
    expect(words(keys.ravel())).toEqual(data.flat());
    expect(() => keys.at(2)).toThrow(IndexError);
    expect(() => keys.slice(0, 0, 0)).toThrow(IndexError);
    expect(() => [...random.key(0)]).toThrow(ArgumentError);
  });

  it("split into what folding in their numbers gives", () => {
    const key = random.key(9);
    const [a, b] = random.split(key);
    expect(words(a)).toEqual(words(random.foldIn(key, 0)));
    expect(words(b)).toEqual(words(random.foldIn(key, np.array(1, { dtype: "int32" }))));
    expect(words(random.foldIn(key, -1))).toEqual(words(random.foldIn(key, 2 ** 32 - 1)));
    expect(words(random.clone(a))).toEqual(words(a));
  });

  it("stay raw if they came raw", () => {
    const raw = random.PRNGKey(9);
    const [a] = random.split(raw);
    expect(a.dtype).toBe("uint32");
    expect(a.js()).toEqual(words(random.split(random.key(9)).at(0)));
    expect(random.normal(raw, [2]).js()).toEqual(random.normal(random.key(9), [2]).js());
    expect(random.normal(Uint32Array.of(0, 9), [2]).js()).toEqual(random.normal(raw, [2]).js());
    expect(words(random.wrapKeyData(raw))).toEqual([0, 9]);
  });

  it("are trees with one leaf", () => {
    const [leaves, def] = treeFlatten(keys);
    expect(leaves).toHaveLength(1);
    expect(treeUnflatten(def, leaves)).toBeInstanceOf(random.Key);
  });

  it("go through transformations", () => {
    const three = random.split(random.key(4), 3);
    const draws = vmap((k: random.Key) => random.normal(k, [2]))(three);
    expect(draws.js()).toEqual([...three].map((k) => random.normal(k, [2]).js()));
    const again = vmap((k: random.Key) => random.split(k))(three);
    expect(words(again)).toEqual([...three].map((k) => words(random.split(k))));
    const folded = vmap((k: random.Key, n: NDArray) => random.foldIn(k, n), [null, 0]);
    expect(words(folded(random.key(4), np.array([0, 1, 2], { dtype: "int32" })))).toEqual(words(three));
    const g = grad((x: NDArray, k: random.Key) => random.normal(k, [2]).mul(x).sum())(2, random.key(1));
    expect(g.item()).toBeCloseTo(random.normal(random.key(1), [2]).sum().item(), 14);
    expect(evalShape((k: random.Key) => random.split(k, 4), random.key(0))).toMatchObject({ shape: [4] });
    expect(String(makeJaxpr((k: random.Key) => random.uniform(k))(random.key(0)))).toContain("random_unit");
  });

  it("that are none are refused", () => {
    expect(() => random.uniform(5 as never)).toThrow(/random\.key\(seed\)/);
    expect(() => random.uniform(np.zeros([2]))).toThrow(DTypeError);
    expect(() => random.uniform(random.split(random.key(0)))).toThrow(/vmap/);
    expect(() => random.split(random.key(0), -1)).toThrow();
    expect(() => random.foldIn(random.key(0), 0.5)).toThrow(ArgumentError);
  });
});
