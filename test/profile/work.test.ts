/** @file Work counted from loops, against the formulas of books and against counting while the loops run. */
import { beforeAll, describe, expect, it } from "vitest";
import { init } from "../../src/api/compile/init.ts";
import { jit, lax, numpy as np, type Array } from "../../src/index.ts";
import { Block, apply, constant } from "../../src/loops/ir/build.ts";
import { iadd } from "../../src/loops/ir/affine.ts";
import { type Stmt, newBuffer } from "../../src/loops/ir/ir.ts";
import { operands, stmtExprs } from "../../src/loops/ir/traverse.ts";
import { profile } from "../../src/profile/index.ts";
import { workOf } from "../../src/profile/work.ts";

beforeAll(() => init());

/** The work of all kernels of one call. */
function totals(
  f: (...args: Array[]) => Array,
  ...args: Array[]
): { flops: number; read: number; written: number } {
  const compiled = jit(f);
  const { programs } = profile(() => compiled(...args));
  const { kernels } = programs.find((p) => p.kind === "jit")!;
  const sum = (of: (k: (typeof kernels)[number]) => number): number => kernels.reduce((n, k) => n + of(k), 0);
  return {
    flops: sum((k) => k.work.flops),
    read: sum((k) => k.work.read),
    written: sum((k) => k.work.written),
  };
}

describe("formulas", () => {
  for (const n of [3, 17, 64, 100])
    it(`a product of ${n} × ${n} matrices has 2n³ operations and moves 3n² numbers`, () => {
      const a = np.ones([n, n]);
      expect(totals((x, y) => np.matmul(x, y), a, a.add(1))).toEqual({
        flops: 2 * n ** 3,
        read: 2 * n * n * 8,
        written: n * n * 8,
      });
    });

  it("a product of a batch, of numbers of 32 bits", () => {
    const [a, b] = [np.ones([5, 20, 30], "float32"), np.ones([5, 30, 40], "float32")];
    expect(totals((x, y) => np.matmul(x, y), a, b)).toEqual({
      flops: 2 * 5 * 20 * 30 * 40,
      read: 4 * 5 * (600 + 1200),
      written: 4 * 5 * 800,
    });
  });

  it("a transposed copy reads and writes each element once, and computes nothing", () => {
    const a = np.ones([100, 50]);
    expect(totals((x) => x.T, a)).toEqual({ flops: 0, read: 40_000, written: 40_000 });
  });

  it("neighbours are read once from memory", () => {
    const a = np.ones([1001]);
    const f = (x: Array): Array => lax.slice(x, [1], [1001]).sub(lax.slice(x, [0], [1000]));
    expect(totals(f, a)).toEqual({ flops: 1000, read: 8008, written: 8000 });
  });

  it("sums, means, squares", () => {
    const a = np.ones([10, 100]);
    expect(totals((x) => np.sum(np.square(x)), a).flops).toBe(2000);
    expect(totals((x) => np.sum(x, 1), a)).toEqual({ flops: 1000, read: 8000, written: 80 });
  });

  it("a gather reads as many elements as it takes, and its indices", () => {
    const places = np.array([3, 5, 7, 900], "int32");
    const { read, written } = totals((x, i) => np.take(x, i), np.ones([1000]), places);
    expect([read, written]).toEqual([4 * 8 + 4 * 4, 4 * 8]);
  });

  it("functions are counted apart", () => {
    const f = jit((x: Array) => np.sin(x).mul(np.exp(x)));
    const { kernels } = profile(() => f(np.ones([64])));
    const { work } = kernels.find((k) => k.kind === "loops")!;
    expect([work.flops, work.functions]).toEqual([64, 128]);
  });
});

/** Runs loops and counts: additions, and distinct elements. */
function countBySteps(stmts: readonly Stmt[]): { flops: number; elements: number } {
  const env = new Map<number, number>();
  const touched = new Set<number>();
  let flops = 0;
  const value = (e: Parameters<typeof operands>[0]): number => {
    if (e.kind === "const") return Number(e.value);
    if (e.kind === "local") return env.get(e.id)!;
    if (e.kind === "affine") return e.terms.reduce((n, t) => n + t.factor * value(t.atom), e.offset);
    if (e.kind === "load") touched.add(value(e.index));
    if (e.kind === "op") flops++;
    operands(e).forEach(value);
    return 0;
  };
  const run = (list: readonly Stmt[]): void => {
    for (const s of list) {
      if (s.kind !== "for") stmtExprs(s).forEach(value);
      else
        for (let i = value(s.lo); i < value(s.hi); i += s.step) {
          env.set(s.local.id, i);
          run(s.body);
        }
    }
  };
  run(stmts);
  return { flops, elements: touched.size };
}

describe("loops whose bounds depend on others", () => {
  const n = 23;
  const buffer = newBuffer("a", "float64", n * n);
  const at = (b: Block, i: Parameters<typeof iadd>[0]): void =>
    b.store(
      newBuffer("b", "float64", n * n),
      i,
      apply("add", { kind: "load", dtype: "float64", buffer, index: i }, constant(1, "float64")),
    );

  it("a triangle is counted exactly", () => {
    const b = new Block();
    b.for(0, n, (b1, i) => b1.for(0, iadd(i, 1), (b2, j) => at(b2, iadd(i, j))));
    const work = workOf(b.stmts);
    expect(work.flops).toBe((n * (n + 1)) / 2);
    expect(work.flops).toBe(countBySteps(b.stmts).flops);
    expect(work.exact).toBe(true);
  });

  it("a triangle the other way round, and rectangles with a beginning and a step", () => {
    const b = new Block();
    b.for(2, n, (b1, i) => b1.for(i, n, (b2, j) => at(b2, j)));
    b.for(0, n, (b1, i) => b1.for(3, 20, (b2) => at(b2, i), "j", 4));
    const counted = countBySteps(b.stmts);
    const work = workOf(b.stmts);
    expect(work.flops).toBe(counted.flops);
    expect(work.exact).toBe(true);
    expect(work.read).toBe(8 * counted.elements);
  });

  it("a pyramid is an estimate, and says so", () => {
    const b = new Block();
    b.for(0, n, (b1, i) => b1.for(0, i, (b2, j) => b2.for(0, j, (b3, k) => at(b3, k))));
    const work = workOf(b.stmts);
    expect(work.exact).toBe(false);
    expect(work.flops / countBySteps(b.stmts).flops).toBeGreaterThan(0.5);
    expect(work.flops / countBySteps(b.stmts).flops).toBeLessThan(1.5);
  });

  it("steps that only a run knows are estimates, and of two branches the larger counts", () => {
    const b = new Block();
    const x = b.variable(constant(1, "float64"));
    b.while(apply("lt", x, constant(10, "float64")), (b1) => b1.set(x, apply("add", x, x)));
    b.if(
      apply("lt", x, constant(3, "float64")),
      (b1) => b1.set(x, apply("add", x, apply("mul", x, x))),
      (b1) => b1.set(x, apply("add", x, x)),
    );
    expect(workOf(b.stmts)).toMatchObject({ exact: false, flops: 3 });
  });
});
