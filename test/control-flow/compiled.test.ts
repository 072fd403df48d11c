/** @file What loops compile to: nothing computed that is not needed, no copies, no buffers but those one would write by hand. */
import { describe, expect, it } from "vitest";
import { type Array, grad, jit, jvp, lax, makeJaxpr, numpy as np } from "../../src/index.ts";
import { checkGrads } from "../../src/testing.ts";
import { expectClose, flat } from "../util/arrays.ts";

type Fn = (...args: Array[]) => unknown;

/** The loop program of a function at such arguments. */
const loops = (f: Fn, ...args: (Array | number)[]): string =>
  jit(f as (...xs: Array[]) => Array)
    .lower(...args)
    .compile().loops;

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

describe("counted loops with bounds known at run time", () => {
  const f = (from: Array, to: Array, x: Array): Array[] =>
    lax.whileLoop(
      ([i]: Array[]) => i.less(to),
      ([i, a]: Array[]) => [i.add(1), a.mul(2).add(i)],
      [from, x],
    );

  it("are loops over their counter, whose end is right where they make no step too", () => {
    const run = jit(f);
    const text = loops(f, int(2), int(5), 1);
    expect(text).toMatch(/for step in x0 … x1/);
    expect(text).not.toContain("while");
    expect(run(int(2), int(5), np.asarray(1)).map((a) => a.item())).toEqual([5, 26]);
    expect(run(int(5), int(2), np.asarray(1)).map((a) => a.item())).toEqual([5, 1]);
    expect(run(int(-3), int(0), np.asarray(1)).map((a) => a.item())).toEqual([0, -9]);
  });

  it("are not made of loops whose bound or step changes", () => {
    const growing = (n: Array): Array =>
      lax.whileLoop(
        ([i, m]: Array[]) => i.less(m),
        ([i, m]: Array[]) => [i.add(1), m.sub(1)],
        [int(0), n],
      )[0];
    expect(loops(growing, int(9))).toContain("while");
    expect(jit(growing)(int(9)).item()).toBe(5);
    const doubling = (n: Array): Array =>
      lax.whileLoop(
        (i: Array) => i.less(n),
        (i: Array) => i.add(i),
        int(1),
      );
    expect(jit(doubling)(int(9)).item()).toBe(16);
    const real = (n: Array): Array =>
      lax.whileLoop(
        (x: Array) => x.less(n),
        (x: Array) => x.add(1),
        0.5,
      );
    expect(jit(real)(np.asarray(3)).item()).toBe(3.5);
  });

  it("have derivatives", () => {
    const g = (x: Array): Array => f(int(0), int(3), x)[1];
    expect(jit(grad(g))(2).item()).toBe(8);
  });
});

describe("updates in place", () => {
  /** No buffers but the outputs, and no loop that copies one into another. */
  const inPlace = (text: string): void => {
    expect(text).not.toContain("alloc");
    expect(text).not.toMatch(/:= out\d\[/);
  };

  it("the sieve of Eratosthenes, in nested loops and branches", () => {
    const sieve = (size: number) => (): Array => {
      const cross = (i: Array, s: Array): Array =>
        lax.whileLoop(
          ([j]: [Array, Array]) => j.less(size),
          ([j, t]: [Array, Array]) => [j.add(i), t.at(j).set(false)],
          [i.mul(i), s],
        )[1];
      const visit = (i: Array, s: Array): Array =>
        lax.cond(
          s.at(i).get(),
          (t: Array) => cross(i, t),
          (t: Array) => t,
          s,
        );
      const all = np.ones([size], { dtype: "bool" }).at([0, 2]).set(false);
      return lax.foriLoop(2, Math.ceil(Math.sqrt(size)), visit, all);
    };
    inPlace(loops(sieve(1000)));
    const primes = [...jit(sieve(100))().dataSync()].flatMap((p, i) => (p === 1 ? [i] : []));
    expect(primes.slice(0, 10)).toEqual([2, 3, 5, 7, 11, 13, 17, 19, 23, 29]);
    expect(primes).toHaveLength(25);
    expect(Number(np.sum(jit(sieve(1_000_000))()).item())).toBe(78498);
  });

  it("histograms and recurrences over an array", () => {
    const histogram = (x: Array): Array =>
      lax.foriLoop(
        0,
        6,
        (i: Array, h: Array) => h.at(x.at(i).get()).add(1),
        np.zeros([4], { dtype: "int32" }),
      );
    inPlace(loops(histogram, np.zeros([6], { dtype: "int32" })));
    expect(jit(histogram)(np.array([1, 3, 1, -1, 9, 0], { dtype: "int32" })).js()).toEqual([1, 2, 0, 2]);
    const fibonacci = (): Array =>
      lax.foriLoop(
        2,
        12,
        (i: Array, f: Array) =>
          f.at(i).set(
            f
              .at(i.sub(1))
              .get()
              .add(f.at(i.sub(2)).get()),
          ),
        np.ones([12]),
      );
    inPlace(loops(fibonacci));
    expect(jit(fibonacci)().js()).toEqual([1, 1, 2, 3, 5, 8, 13, 21, 34, 55, 89, 144]);
  });

  it("rows computed from other rows", () => {
    const pascal = (): Array =>
      lax.foriLoop(
        1,
        6,
        (i: Array, t: Array) => {
          const above = t.at(i.sub(1)).get();
          return lax.dynamicUpdateIndexInDim(t, above.add(np.roll(above, 1)), i, 0);
        },
        np.zeros([6, 6]).at(0, 0).set(1),
      );
    const text = loops(pascal);
    expect(text).not.toMatch(/alloc \w+:f64\[36\]/);
    expect(jit(pascal)().at(5).get().js()).toEqual([1, 5, 10, 10, 5, 1]);
    const eliminate = (a: Array): Array =>
      lax.foriLoop(1, 3, (i: Array, m: Array) => m.at(i).add(m.at(i.sub(1)).get().mul(-0.5)), a);
    expect(jit(eliminate)(np.array([[2, 4], [1, 5], [3, 6]])).js()).toEqual([[2, 4], [0, 3], [3, 4.5]]); // prettier-ignore
  });

  it("not where the old value is used afterwards", () => {
    const f = (x: Array): Array =>
      lax.foriLoop(0, 3, (i: Array, y: Array) => y.at(i).set(0).add(y.mul(2)), x);
    let expected = [1, 2, 3];
    for (let i = 0; i < 3; i++) expected = expected.map((v, k) => (k === i ? 0 : v) + 2 * v);
    expect(jit(f)(np.array([1, 2, 3])).js()).toEqual(expected);
  });

  it("carries that change places", () => {
    const f = (x: Array, y: Array): Array[] =>
      lax.foriLoop(0, 3, (i: Array, [a, b]: Array[]) => [b.at(i).add(1), a], [x, y]);
    const [a, b] = (jit(f as Fn) as (...args: Array[]) => Array[])(np.zeros([3]), np.ones([3]));
    expect(a.js()).toEqual([2, 1, 2]);
    expect(b.js()).toEqual([0, 1, 0]);
  });
});

describe("residuals of reverse mode", () => {
  const xs = np.array([
    [0.1, 0.4],
    [-0.3, 0.2],
    [0.5, -0.6],
  ]);
  const w = np.array([
    [0.3, -0.2],
    [0.5, 0.1],
  ]);
  const loss = (m: Array): Array => {
    const step = (h: Array, x: Array): readonly [Array, Array] => {
      // The scaled, squared matrix and the sine of its sum are the same in all steps.
      const scaled = np.exp(m).mul(0.5);
      const next = np.tanh(np.matmul(scaled, h).add(x).mul(np.sin(m.sum())));
      return [next, next];
    };
    return np.sum(np.square(lax.scan(step, np.zeros([2]), xs)[1]));
  };

  it("that all steps have in common are computed once, not stacked", () => {
    const text = String(makeJaxpr(grad(loss))(w));
    expect(text).not.toMatch(/f64\[3,2,2\]/);
    expect(loops(grad(loss), w)).not.toMatch(/alloc \w+:f64\[12\]/);
  });

  it("give the right gradient, to second order", () => {
    checkGrads(loss, [w], { order: 2 });
    expectClose(jit(grad(loss))(w), flat(grad(loss)(w)), 1e-14);
  });
});
