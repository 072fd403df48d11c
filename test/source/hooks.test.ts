/** @file `onCotangent`: values pass, cotangents go through the user's function, in every transformation. */
import { describe, expect, it } from "vitest";
import { type Array, grad, jit, lax, numpy as np, onCotangent, toSource, vmap } from "../../src/index.ts";

describe("onCotangent", () => {
  it("is the identity forwards", () => {
    const x = np.array([1, -2]);
    expect(onCotangent(x, (ct) => ct.mul(5)).js()).toEqual([1, -2]);
    expect(jit((y: Array) => onCotangent(y, (ct) => ct.mul(5)))(x).js()).toEqual([1, -2]);
  });

  it("changes, stops and shows cotangents", () => {
    const seen: number[] = [];
    const loss = (x: Array) =>
      onCotangent(x.mul(x), (ct) => {
        seen.push(ct.item());
        return np.clip(ct, -1, 1);
      }).mul(7);
    expect(grad(loss)(3).item()).toBe(6);
    expect(seen).toEqual([7]);
    expect(grad((x: Array) => onCotangent(x, () => 0).mul(x))(3).item()).toBe(3);
  });

  it("takes trees", () => {
    const loss = (p: { a: Array; b: Array }) => {
      const q = onCotangent(p, ({ a, b }) => ({ a: a.mul(2), b: b.mul(3) }));
      return q.a.mul(q.b);
    };
    const got = grad(loss)({ a: np.array(5), b: np.array(7) });
    expect([got.a.item(), got.b.item()]).toEqual([14, 15]);
  });

  it("works under jit, vmap and in loops", () => {
    const clipped = (x: Array) => onCotangent(x, (ct) => np.clip(ct, -1, 1)).mul(5);
    expect(jit(grad(clipped))(2).item()).toBe(1);
    expect(grad(jit(clipped))(2).item()).toBe(1);
    expect(vmap(grad(clipped))(np.array([1, 2])).js()).toEqual([1, 1]);
    // Each lane has a cotangent of its own: the norm of one.
    const normed = (x: Array) =>
      onCotangent(x, (ct) => ct.div(np.sqrt(ct.mul(ct).sum())))
        .mul(np.array([3, 4]))
        .sum();
    expect(vmap(grad(normed))(np.ones([2, 2])).js()).toEqual([
      [0.6, 0.8],
      [0.6, 0.8],
    ]);
    expect(grad((x: Array) => vmap(clipped)(x).sum())(np.array([1, 2])).js()).toEqual([1, 1]);
    const looped = (x: Array) => lax.scan((c: Array) => [clipped(c), null], x, null, { length: 4 })[0];
    expect(grad(looped)(2).item()).toBe(1);
    expect(jit(grad(looped))(2).item()).toBe(1);
    const until = (x: Array) => lax.whileLoop((c: Array) => c.less(100), clipped, x);
    expect(grad(until)(2).item()).toBe(1);
  });

  it("is part of what is written", () => {
    const text = toSource(
      grad((x: Array) => onCotangent(x, (ct) => np.clip(ct, -1, 1)).mul(5)),
      2,
    );
    expect(text).toMatch(/np\.(?:clip|maximum|minimum)\(|lax\.clamp/);
  });

  it("refuses what is no cotangent", () => {
    expect(() => grad((x: Array) => onCotangent(x, () => np.ones([2])).mul(2))(1)).toThrow(/shape/);
    expect(() => onCotangent(np.array(1), 3 as never)).toThrow(/function/);
  });
});
