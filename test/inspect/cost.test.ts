/**
 * @file Costs against closed forms, against XLA's own count, and against what programs hold when they run.
 *
 * XLA's numbers are those of JAX 0.10.2, `jax.jit(f).lower(…).compile().cost_analysis()` in float64 on a CPU.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type Array as A,
  ShapeDtypeStruct,
  costOf,
  errors,
  grad,
  jit,
  lax,
  namedScope,
  nn,
  numpy as np,
  vmap,
} from "../../src/index.ts";
import { Arena } from "../../src/loops/emit/wasm/arena.ts";
import { jaxprProgram } from "../../src/jit/program.ts";
import { simplify } from "../../src/jit/simplify.ts";
import { functionOf, inputsOf, programs as randomPrograms } from "../fuzz/program.ts";
import { block, mlp, mlpWeights, ones, programs, weights } from "./programs.ts";

type Any = (...args: unknown[]) => unknown;

describe("flops", () => {
  it("of products are 2mnk, batched or not", () => {
    const cost = costOf((a: A, b: A) => np.matmul(a, b), ones(5, 7), ones(7, 11));
    expect([cost.flops, cost.transcendentals, cost.bytes]).toEqual([2 * 5 * 7 * 11, 0, 8 * (35 + 77 + 55)]);
    const batched = costOf(
      vmap((a: A, b: A) => np.matmul(a, b)) as (a: A, b: A) => A,
      ones(3, 5, 7),
      ones(3, 7, 11),
    );
    expect(batched.flops).toBe(3 * 2 * 5 * 7 * 11);
    const shapes = costOf(
      (a: A, b: A) => np.matmul(a, b),
      new ShapeDtypeStruct([4096, 4096], "float32"),
      new ShapeDtypeStruct([4096, 4096], "float32"),
    );
    expect(shapes.flops).toBe(2 * 4096 ** 3);
    expect(shapes.peakMemory).toBe(3 * 4 * 4096 ** 2);
  });

  it("of convolutions are 2 for each weight at each place", () => {
    const conv = (x: A, k: A): A => lax.convGeneralDilated(x, k, [1, 1], "VALID");
    expect(costOf(conv, ones(2, 3, 16, 16), ones(8, 3, 3, 3)).flops).toBe(2 * 2 * 8 * 14 * 14 * 3 * 9);
  });

  it("of the derivatives of a product are twice its own", () => {
    const f = (a: A, b: A): A => np.matmul(a, b).sum();
    const [m, k, n] = [6, 5, 4];
    const both = costOf(grad(f, { argnums: [0, 1] }) as (a: A, b: A) => unknown, ones(m, k), ones(k, n));
    expect(both.byPrimitive.dot_general.flops).toBe(2 * 2 * m * k * n);
  });

  it("of a network are those of its layers", () => {
    const [batch, i, h, o] = [64, 16, 32, 8];
    const cost = costOf(mlp, mlpWeights(), ones(batch, i));
    const products = 2 * batch * h * (i + o);
    // Biases; squares; their sum.
    expect(cost.flops).toBe(products + batch * (h + o) + batch * o + batch * o);
    expect(cost.transcendentals).toBe(batch * h);
  });

  it("of a transformer block are those of the known formula", () => {
    const [t, d] = [16, 32];
    const cost = costOf(block, weights(d), ones(t, d));
    // Projections 8td², attention 4t²d, the network 16td².
    const products = 24 * t * d * d + 4 * t * t * d;
    expect(cost.byPrimitive.dot_general.flops).toBe(products);
    expect(cost.flops / products).toBeLessThan(1.1);
    const derivative = costOf(
      grad((p: object, x: A) => block(p as never, x).sum()) as Any,
      weights(d),
      ones(t, d),
    );
    // Backwards two products for each, but for the one whose result no cotangent needs, and that of x.
    expect(derivative.byPrimitive.dot_general.flops / products).toBeGreaterThan(2.2);
    expect(derivative.byPrimitive.dot_general.flops / products).toBeLessThan(3);
    expect(derivative.each.some((c) => c.backward)).toBe(true);
  });

  it.each([
    [60, 1.2],
    [256, 1.4],
  ])("of the Cholesky factor of %s rows are a third of n³, and what its blocks add", (n, most) => {
    const cost = costOf((x: A) => lax.linalg.cholesky(x, { symmetrizeInput: false }), ones(n, n));
    expect(cost.flops / (n ** 3 / 3)).toBeGreaterThan(0.95);
    expect(cost.flops / (n ** 3 / 3)).toBeLessThan(most);
    expect(cost.isComplete).toBe(true);
  });

  it("of loops are those of their bodies, times their lengths", () => {
    const step = (c: A): A => np.sin(c).mul(c);
    const scan = (x: A): A => lax.scan((c: A, _: A) => [step(c), null], x, ones(10))[0];
    const nested = (x: A): A => lax.foriLoop(0, 4, (_: A, c: A) => scan(c), x);
    const once = costOf(step, ones(5));
    const cost = costOf(scan, ones(5));
    expect([cost.flops, cost.transcendentals]).toEqual([10 * once.flops, 10 * once.transcendentals]);
    expect(cost.each.find((c) => c.primitive === "sin")?.times).toBe(10);
    const twice = costOf(nested, ones(5));
    expect(twice.transcendentals).toBe(40 * once.transcendentals);
    expect(twice.isComplete).toBe(true);
  });

  it("of loops of no known length are those of one iteration, and flagged", () => {
    const cost = costOf(
      (x: A) =>
        lax
          .whileLoop(
            (c: A) => c.sum().less(10),
            (c: A) => c.mul(2),
            x,
          )
          .add(1),
      ones(5),
    );
    expect(cost.isComplete).toBe(false);
    expect(cost.each.map((c) => [c.primitive, c.flops, c.perIteration])).toEqual([
      ["reduce_sum", 5, true],
      ["lt", 1, true],
      ["mul", 5, true],
      ["add", 5, false],
    ]);
  });

  it("of branches are those of the dearer one", () => {
    const choose = (first: (y: A) => A, second: (y: A) => A): number =>
      costOf((x: A) => lax.cond(x.sum().less(10), first, second, x), ones(6, 6)).byPrimitive.dot_general
        .flops;
    const dear = (y: A): A => np.matmul(np.matmul(y, y), y);
    const cheap = (y: A): A => np.matmul(y, y);
    expect(choose(dear, cheap)).toBe(4 * 6 ** 3);
    expect(choose(cheap, dear)).toBe(4 * 6 ** 3);
  });

  it.each([
    ["matmul", (a: A, b: A) => np.matmul(a, b), [ones(8, 16), ones(16, 32)], 8192, 0, 7168],
    ["exp", (x: A) => np.exp(x).mul(x), [ones(100)], 100, 100, 4000],
    ["select", (x: A) => np.where(x.greater(0), x, x.neg()), [ones(100)], 300, 0, 6608],
    ["cube", (x: A) => x.pow(3), [ones(100)], 200, 0, 4800],
    ["sum", (x: A) => x.sum(1), [ones(10, 20)], 190, 0, 1688],
    ["softmax", (x: A) => nn.softmax(x), [ones(10, 20)], 790, 200, 20824],
    [
      "convolution",
      (x: A, k: A) => lax.convGeneralDilated(x, k, [1, 1], "VALID"),
      [ones(2, 3, 16, 16), ones(8, 3, 3, 3)],
      169344,
      0,
      39104,
    ],
    ["network", mlp, [mlpWeights(), ones(64, 16)], 101887, 2048, 184528],
    ["gradient of the network", grad(mlp as never), [mlpWeights(), ones(64, 16)], 243160, 2048, 493392],
    ["block", block, [weights(32), ones(16, 32)], 455680, 3104, 1008752],
    [
      "gradient of the block",
      grad(((p: never, x: A) => block(p, x).sum()) as never),
      [weights(32), ones(16, 32)],
      1129296,
      3104,
      2387192,
    ],
  ] as readonly (readonly [string, unknown, readonly unknown[], number, number, number])[])(
    "of %s are those that XLA counts, nearly",
    (_, f, args, flops, transcendentals, bytes) => {
      const cost = costOf(f as Any, ...args);
      // A reduction of n elements counts n operations here, n − 1 there; slopes are other functions (sech², the gate of gelu).
      expect(cost.flops / flops).toBeGreaterThan(0.98);
      expect(cost.flops / flops).toBeLessThan(1.15);
      expect(cost.transcendentals / Math.max(1, transcendentals)).toBeLessThanOrEqual(
        transcendentals === 0 ? 0 : 2,
      );
      expect(cost.transcendentals).toBeGreaterThanOrEqual(transcendentals);
      // Before fusion in both; XLA broadcasts numbers to whole arrays where here they are operands.
      expect(cost.bytes / bytes).toBeGreaterThan(0.3);
      expect(cost.bytes / bytes).toBeLessThan(1.05);
    },
  );
});

describe("groups", () => {
  const f = (x: A): A =>
    namedScope("first", () => np.sin(x)).add(jit((y: A) => np.exp(y), { name: "second" })(x));
  it("by primitive, line and scope have all costs", () => {
    const cost = costOf(f, ones(7));
    expect(Object.keys(cost.byPrimitive)).toEqual(["sin", "exp", "add"]);
    expect(Object.keys(cost.byScope)).toEqual(["first", "second", "no scope"]);
    for (const groups of [cost.byPrimitive, cost.byScope, cost.byLine]) {
      const sum = Object.values(groups).reduce((n, t) => n + t.bytes, 0);
      expect(sum).toBe(cost.bytes);
    }
    for (const line of Object.keys(cost.byLine)) expect(line).toMatch(/cost\.test\.ts:\d+:\d+$/);
    expect(
      String(cost)
        .split("\n")
        .map((l) => l.trim().split(/ +/)[0]),
    ).toEqual(["equations", "add", "sin", "exp", "total"]);
  });
  it("count equal equations once, as compilation does", () => {
    expect(costOf((x: A) => np.sin(x).add(np.sin(x)), ones(7)).transcendentals).toBe(7);
  });
});

describe("bytes", () => {
  it("of reads of a part are those of the part", () => {
    const cost = costOf((x: A, i: A) => np.take(x, i, 0), ones(100, 8), np.zeros([5], "int32"));
    const gather = cost.byPrimitive.gather;
    expect([gather.bytesRead, gather.bytesWritten]).toEqual([5 * 8 * 8 + 5 * 4, 5 * 8 * 8]);
    expect(costOf((x: A) => x.slice([0, 3]), ones(1000)).bytes).toBe(2 * 24);
  });
  it("of fused programs are those of what comes in and goes out", () => {
    const cost = costOf((x: A, y: A) => np.exp(np.sin(x).mul(y)).add(x), ones(50), ones(50));
    expect(cost.fusedBytes).toBe(3 * 50 * 8);
    expect(cost.bytes).toBe((2 + 3 + 2 + 3) * 50 * 8);
  });
});

describe("memory", () => {
  const cases = Object.entries(programs());
  it.each(cases)("of %s is that of the compiled program", (_, { f, args }) => {
    const cost = costOf(f as Any, ...args);
    const compiled = jit(f as (...a: A[]) => A)
      .lower(...(args as A[]))
      .compile();
    expect(cost.memory.temporaries).toBe(compiled.stats.bytes);
  });

  it("is what the arena of WebAssembly has, but for its gaps", () => {
    for (const { f, args } of Object.values(programs())) {
      const { jaxpr } = jit(f as (...a: A[]) => A).lower(...(args as A[]));
      const program = jaxprProgram(simplify(jaxpr), "f");
      const buffers = program.body.filter((s) => s.kind === "alloc").length;
      const arena = new Arena(program, 1);
      const { temporaries } = costOf(f as Any, ...args).memory;
      expect(arena.sharedOffset).toBeGreaterThanOrEqual(temporaries);
      expect(arena.sharedOffset).toBeLessThanOrEqual(temporaries + 128 * buffers);
    }
  });

  it("is arguments, constants, results and temporaries", () => {
    const table = ones(30, 30);
    const cost = costOf((x: A) => np.matmul(np.sort(x, 0), table).sum(0), ones(20, 30));
    const { memory } = cost;
    expect([memory.arguments, memory.constants, memory.results]).toEqual([4800, 7200, 240]);
    expect(memory.temporaries).toBeGreaterThanOrEqual(4800);
    expect(cost.peakMemory).toBe(4800 + 7200 + 240 + memory.temporaries);
    // x, the table, what is sorted, the product, its sum: not all at once.
    expect(memory.unfused).toBe(4800 + 7200 + 4800 + 4800);
  });

  it("of operations one by one ends with their last use", () => {
    const chain = (x: A): A => np.cos(np.sin(np.exp(x)));
    expect(costOf(chain, ones(100)).memory.unfused).toBe(3 * 800);
  });
});

describe("random programs", () => {
  it("have costs, which fusion does not raise beyond what it computes again", () => {
    fc.assert(
      fc.property(randomPrograms(true, 10), (p) => {
        const f = functionOf(p);
        const inputs = inputsOf(p);
        for (const g of [f, grad((...xs: A[]) => f(...xs).sum())] as Any[]) {
          const cost = costOf(g, ...inputs);
          for (const x of [cost.flops, cost.transcendentals, cost.bytes, cost.peakMemory])
            expect(Number.isInteger(x) && x >= 0).toBe(true);
          expect(cost.memory.temporaries).toBe(
            jit(g)
              .lower(...inputs)
              .compile().stats.bytes,
          );
        }
      }),
      { seed: 20261130, numRuns: 30 },
    );
  });
  it("that cannot be traced are refused", () => {
    expect(() => costOf((x: A) => np.array(x.item()), ones(1))).toThrow(errors.TracerConversionError);
    expect(() => costOf(3 as never)).toThrow(errors.ArgumentError);
  });
});
