/** @file Batching rules of the user's. What the rules see is what JAX 0.10.2 gives them. */
import { describe, expect, it } from "vitest";
import {
  type Array,
  customVmap,
  errors,
  grad,
  jit,
  makeJaxpr,
  numpy as np,
  sequentialVmap,
  vmap,
} from "../../src/index.ts";

const x = np.array([0, 1, 2]);

describe("customVmap", () => {
  const seen: unknown[] = [];
  const add = customVmap((a: Array, b: Array) => a.add(b));
  add.defVmap((size, batched, a, b) => {
    seen.push([size, batched, a.shape, b.shape]);
    return [a.add(b).add(100), true];
  });
  const calls = (run: () => Array): [unknown, unknown[]] => {
    seen.length = 0;
    return [run().js(), [...seen]];
  };

  it("is the function without vmap, and the rule under it", () => {
    expect(calls(() => add(1, 2))).toEqual([3, []]);
    expect(calls(() => jit(add)(1, 2))).toEqual([3, []]);
    expect(calls(() => vmap(add, [0, null])(x, 1))).toEqual([[101, 102, 103], [[3, [true, false], [3], []]]]);
    expect(calls(() => jit(vmap(add))(x, x))).toEqual([[100, 102, 104], [[3, [true, true], [3], [3]]]]);
  });

  it("brings the lanes to the front, and calls the rule of a call of the rule", () => {
    expect(calls(() => vmap(add, [1, null])(np.ones([2, 3]), np.zeros([2])))[1]).toEqual([
      [3, [true, false], [3, 2], [2]],
    ]);
    const twice = vmap((a: Array) => vmap((b: Array) => add(b, 1))(a));
    expect(calls(() => twice(np.ones([2, 3])))[0]).toEqual([
      [102, 102, 102],
      [102, 102, 102],
    ]);
  });

  it("takes trees, and results that do not differ between lanes", () => {
    const f = customVmap((p: { w: Array; b: Array }) => ({ sum: p.w.add(p.b), b: p.b }));
    f.defVmap((_size, [batched], p) => [
      { sum: p.w.add(p.b), b: p.b },
      { sum: batched.w || batched.b, b: batched.b },
    ]);
    const out = vmap((w: Array) => f({ w, b: np.array(5) }))(x);
    expect([out.sum.js(), out.b.js()]).toEqual([
      [5, 6, 7],
      [5, 5, 5],
    ]);
  });

  it("has the derivatives of the function", () => {
    const f = customVmap((a: Array) => np.sin(a));
    f.defVmap((_size, _batched, a) => [np.sin(a), true]);
    expect(grad((a: Array) => f(a))(0).item()).toBe(1);
    expect(jit(grad((a: Array) => vmap(f)(a).sum()))(x).js()).toEqual(np.cos(x).js());
    expect(grad(grad((a: Array) => f(a)))(0.5).item()).toBeCloseTo(-Math.sin(0.5), 15);
    expect(vmap(grad((a: Array) => f(a)))(x).js()).toEqual(np.cos(x).js());
  });

  it("says what is wrong with a rule", () => {
    const bare = customVmap((a: Array) => a);
    expect(() => vmap(bare)(x)).toThrow(/has no rule/);
    expect(bare(1).item()).toBe(1);
    const wrong = customVmap((a: Array) => a);
    wrong.defVmap((_s, _b, a) => [a.sum(), true]);
    expect(() => vmap(wrong)(x)).toThrow(errors.ShapeError);
    wrong.defVmap(() => 3 as never);
    expect(() => vmap(wrong)(x)).toThrow(/\[out, outBatched\]/);
    wrong.defVmap((_s, _b, a) => [[a] as never, true]);
    expect(() => vmap(wrong)(x)).toThrow(errors.TreeError);
    const closed = (c: Array): Array => {
      const f = customVmap((a: Array) => a.mul(c));
      f.defVmap((_s, _b, a) => [a, true]);
      return f(c);
    };
    expect(() => vmap(closed)(x)).toThrow(/closes over/);
    expect(() => customVmap(3 as never)).toThrow(errors.ArgumentError);
  });
});

describe("sequentialVmap", () => {
  it("runs one lane after another", () => {
    const shapes: unknown[] = [];
    const f = sequentialVmap((a: Array) => {
      shapes.push(a.shape);
      return a.mul(2);
    });
    expect(vmap(f)(x).js()).toEqual([0, 2, 4]);
    expect(shapes).toEqual([[]]);
    expect(String(makeJaxpr(vmap(f))(x))).toContain("scan[");
    expect(jit(grad((a: Array) => vmap(f)(a).sum()))(x).js()).toEqual([2, 2, 2]);
  });
});
