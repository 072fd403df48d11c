/** @file What loops compile to: nothing computed that is not needed, no copies, no buffers but those one would write by hand. */
import { describe, expect, it } from "vitest";
import { type Array, grad, jit, jvp, lax, makeJaxpr, numpy as np } from "../../src/index.ts";

type Fn = (...args: Array[]) => unknown;

/** The loop program of a function at such arguments. */
const loops = (f: Fn, ...args: unknown[]): string => {
  const compiled = jit(f as (...xs: unknown[]) => Array)
    .lower(...args)
    .compile();
  return compiled.loops;
};

const int = (n: number): Array => np.array(n, { dtype: "int32" });

const count = (text: string, what: RegExp): number => (text.match(what) ?? []).length;

describe("what is not needed is not computed", () => {
  it("the counter of a loop whose body ignores it", () => {
    const text = loops((x) => lax.foriLoop(0, 10, (_: Array, y: Array) => y.mul(2), x), 1);
    expect(count(text, /\bvar /g)).toBe(1);
    expect(text).not.toContain("i32");
  });

  it("a carry of which nothing wanted is computed, though it goes round", () => {
    const f = (x: Array): Array =>
      lax.foriLoop(0, 10, (_: Array, [a, b, c]: Array[]) => [a.mul(2), np.sin(b).add(c), c.add(b)], [
        x,
        x,
        x,
      ])[0];
    expect(count(loops(f, 1), /\bvar /g)).toBe(1);
    expect(jit(f)(1).item()).toBe(1024);
  });

  it("a carry that only another one needs stays", () => {
    const f = (x: Array): Array =>
      lax.foriLoop(0, 5, (_: Array, [a, b]: Array[]) => [a.add(b), b.mul(2)], [0, x])[0];
    expect(count(loops(f, 1), /\bvar /g)).toBe(2);
    expect(jit(f)(1).item()).toBe(31);
  });

  it("stacked outputs that nobody reads, with the inputs that they alone need", () => {
    const f = (xs: Array, ys: Array): Array =>
      lax.scan((c: Array, [x, y]: [Array, Array]) => [c.add(x), np.exp(y)] as const, 0, [xs, ys])[0];
    const text = loops(f, np.ones([8]), np.ones([8]));
    expect(text).not.toContain("exp");
    expect(String(makeJaxpr(f)(np.ones([8]), np.ones([8])))).not.toContain("exp");
    expect(jit(f)(np.arange(5).astype("float64"), np.ones([5])).item()).toBe(10);
  });

  it("carries that never change are constants of the loop", () => {
    const f = (x: Array, w: Array): Array =>
      lax.foriLoop(0, 3, (_: Array, [a, b]: Array[]) => [a.mul(b), b], [x, w])[0];
    expect(count(loops(f, np.ones([4]), np.ones([4])), /alloc/g)).toBe(0);
    expect(jit(f)(np.array([1, 2]), np.array([2, 3])).js()).toEqual([8, 54]);
    const g = (x: Array, w: Array): Array =>
      lax.whileLoop(
        ([a, b]: Array[]) => a.less(b),
        ([a, b]: Array[]) => [a.mul(2), b],
        [x, w],
      )[0];
    expect(count(loops(g, 1, 100), /carry/g)).toBe(
      count(
        loops((x) => g(x, np.asarray(100)), 1),
        /carry/g,
      ),
    );
    expect(jit(g)(1, 100).item()).toBe(128);
  });

  it("in a while loop the carries that the condition reads stay", () => {
    const f = (x: Array): Array =>
      lax.whileLoop(
        ([i]: Array[]) => i.less(4),
        ([i, a, b]: Array[]) => [i.add(1), a.mul(2), np.sin(b)],
        [np.asarray(0), x, x],
      )[1];
    expect(loops(f, 1)).not.toContain("sin");
    expect(jit(f)(1).item()).toBe(16);
  });

  it("outputs of branches, with the operands that they alone need", () => {
    const f = (p: Array, x: Array, y: Array): Array =>
      lax.cond(
        p.greater(0),
        (a: Array, b: Array) => [a.mul(2), np.exp(b)],
        (a: Array, b: Array) => [a, np.sin(b)],
        x,
        y,
      )[0];
    const text = loops(f, 1, 2, 3);
    expect(text).not.toMatch(/exp|sin/);
    expect(jit(f)(1, 2, 3).item()).toBe(4);
  });

  it("keeps derivatives right", () => {
    const f = (x: Array): Array =>
      lax.foriLoop(0, 4, (i: Array, [a, b]: Array[]) => [a.mul(x).add(i), np.sin(b)], [x, x])[0];
    const plain = (x: number): number => {
      let a = x;
      for (let i = 0; i < 4; i++) a = a * x + i;
      return a;
    };
    expect(jit(f)(1.5).item()).toBe(plain(1.5));
    const slope = (plain(1.5 + 1e-6) - plain(1.5 - 1e-6)) / 2e-6;
    expect(jit(grad(f))(1.5).item()).toBeCloseTo(slope, 6);
    const tangent = jit((x: Array) => jvp(f, [x], [1])[1])(1.5);
    expect(tangent.item()).toBeCloseTo(slope, 6);
  });
});

describe("counters", () => {
  it("are functions of the step: indices by them need no checks", () => {
    const f = (x: Array): Array => lax.foriLoop(1, 9, (i: Array, s: Array): Array => s.add(x.at(i).get()), 0);
    const text = loops(f, np.arange(10).astype("float64"));
    expect(text).toContain("a0[(step + 1)]");
    expect(text).not.toMatch(/select|min|max/);
    expect(jit(f)(np.arange(10).astype("float64")).item()).toBe(36);
  });

  it("may count in any step, down too, and their end may be wanted", () => {
    const f = (): unknown =>
      lax.scan((i: Array, x: Array) => [i.sub(-3), i.mul(2).add(x)] as const, int(7), np.arange(4));
    const [end, ys] = jit(f as () => Array)() as unknown as [Array, Array];
    expect(end.item()).toBe(19);
    expect(ys.js()).toEqual([14, 21, 28, 35]);
    const down = jit(() =>
      lax.scan((i: Array) => [i.add(-2), i] as const, int(5), null, 4),
    ) as unknown as () => Array[];
    const [last, seen] = down();
    expect(last.item()).toBe(-3);
    expect(seen.js()).toEqual([5, 3, 1, -1]);
  });

  it("wrap as int32 does where they would overflow", () => {
    const f = jit(() =>
      lax.scan((i: Array) => [i.add(2 ** 30), i] as const, int(5), null, 4),
    ) as unknown as () => Array[];
    const [end, seen] = f();
    expect(seen.js()).toEqual([5, 5 + 2 ** 30, 5 - 2 ** 31, 5 - 2 ** 30]);
    expect(end.item()).toBe(5);
  });
});
