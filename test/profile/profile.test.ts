/** @file `profile`: the same results, whatever runs inside; what is told of kernels, compilations and memory. */
import { beforeAll, describe, expect, it } from "vitest";
import { init } from "../../src/api/compile/init.ts";
import { ArgumentError } from "../../src/base/errors.ts";
import {
  checkpoint,
  config,
  grad,
  jit,
  jvp,
  lax,
  namedScope,
  numpy as np,
  profile,
  random,
  tree,
  valueAndGrad,
  vmap,
  type Array,
} from "../../src/index.ts";
import { spillCounts } from "../../src/jit/memory/garbage.ts";
import { compileProgram } from "../../src/jit/backend.ts";
import { CallSite } from "../../src/base/source.ts";
import type { ConcreteArray } from "../../src/core/array.ts";
import type { TypedArray } from "../../src/dtypes/dtype.ts";
import { Block, load } from "../../src/loops/ir/build.ts";
import { type Program, newBuffer } from "../../src/loops/ir/ir.ts";
import { watching } from "../../src/jit/watch.ts";
import type { KernelProfile, ProfileData } from "../../src/profile/index.ts";

beforeAll(() => init());

/** This file's line of a call, as `new Error` gives it here. */
const lineHere = (): number => Number(/profile\.test\.ts:(\d+)/.exec(new Error().stack!.split("\n")[2])![1]);

const linesOf = (k: KernelProfile): number[] =>
  k.operations.flatMap(({ site }) => (site === null ? [] : [Number(/:(\d+):\d+$/.exec(site)![1])]));

const total = (xs: readonly { readonly milliseconds: number }[]): number =>
  xs.reduce((sum, x) => sum + x.milliseconds, 0);

function expectConsistent(p: ProfileData): void {
  expect(p.kernels.reduce((sum, k) => sum + k.share, 0)).toBeCloseTo(1, 9);
  expect(p.programs.reduce((sum, q) => sum + q.share, 0)).toBeCloseTo(1, 9);
  expect(total(p.kernels)).toBeCloseTo(p.running, 6);
  for (const program of p.programs) {
    expect(total(program.kernels)).toBeCloseTo(program.milliseconds, 6);
    expect(program.kernels.every((k) => k.calls === program.calls && k.milliseconds >= -1e-9)).toBe(true);
  }
  expect(p.milliseconds).toBeGreaterThanOrEqual(p.running - 1e-6);
  const times = p.kernels.map((k) => k.milliseconds);
  expect(times).toEqual([...times].sort((a, b) => b - a));
}

const matrix = random.normal(random.key(1), [24, 24]);
const vector = random.normal(random.key(2), [24]);

/** Programs with loops, routines, branches, steps that only a run knows, complex numbers, numbers alone. */
const functions: Readonly<Record<string, (m: Array, v: Array) => unknown>> = {
  "sums and products": (m, v) => np.tanh(np.dot(m, v)).sum().mul(np.exp(v)),
  softmax: (m) => {
    const e = np.exp(m.sub(m.max(1, { keepdims: true })));
    return e.div(e.sum(1, { keepdims: true }));
  },
  cholesky: (m) => np.linalg.cholesky(np.matmul(m, m.T).add(np.eye(24).mul(30))),
  "sort and cumsum": (m) => [np.sort(m, 0), np.cumsum(m, 1), np.argmax(m, 1)],
  "a Fourier transform": (_, v) => np.fft.fft(v),
  scan: (m, v) => lax.scan((c: Array, x: Array): [Array, Array] => [np.sin(c.add(x)), c.mul(x)], v, m),
  "a while loop": (_, v) =>
    lax.whileLoop(
      (c: Array) => np.less(np.sum(np.square(c)), 1000),
      (c: Array) => c.mul(1.5),
      v,
    ),
  branches: (m, v) =>
    lax.cond(
      np.sum(v).greater(0),
      (x: Array) => np.sin(x).sum(),
      (x: Array) => np.cos(x).mul(2).sum(),
      m,
    ),
  gradients: (m, v) => grad((x: Array) => np.sum(np.tanh(np.dot(x, v))))(m),
  "second derivatives": (_, v) =>
    jvp(
      grad((x: Array) => np.sum(np.exp(np.sin(x)))),
      [v],
      [np.ones([24])],
    ),
  batches: (m) => vmap((x: Array) => np.dot(x, x).div(np.sum(x)))(m),
  "recomputed parts": (m, v) =>
    grad((x: Array) => checkpoint((y: Array) => np.sin(np.dot(m, y)).sum())(x))(v),
  "random numbers": (m) => random.normal(random.key(3), [50]).add(m.sum()),
};

const sameBits = (x: unknown, y: unknown): void => {
  const [xs, ys] = [tree.leaves(x), tree.leaves(y)];
  expect(xs.length).toBe(ys.length);
  xs.forEach((a, i) => {
    const b = ys[i];
    if (typeof a === "boolean") expect(a).toBe(b);
    else {
      const [p, q] = [a as Array, b as Array].map((z) => z.dataSync());
      expect(new Uint8Array(p.buffer, p.byteOffset, p.byteLength)).toEqual(
        new Uint8Array(q.buffer, q.byteOffset, q.byteLength),
      );
    }
  });
};

describe("results are the same bits", () => {
  for (const [name, f] of Object.entries(functions))
    for (const backend of ["js", "wasm"] as const)
      it(`${name}, ${backend}`, () => {
        const plain = jit(f, { backend })(matrix, vector);
        const watched = jit(f, { backend });
        const first = profile(() => watched(matrix, vector));
        const second = profile(() => watched(matrix, vector));
        const unlined = profile(() => watched(matrix, vector), { lines: false });
        for (const p of [first, second, unlined]) {
          sameBits(p.result, plain);
          expectConsistent(p);
        }
        expect(second.compilations).toEqual([]);
        sameBits(watched(matrix, vector), plain);
      });

  for (const [name, f] of Object.entries(functions))
    it(`${name}, eagerly`, () => {
      const plain = f(matrix, vector);
      const p = profile(() => f(matrix, vector));
      sameBits(p.result, plain);
      expectConsistent(p);
    });

  it("numbers, in the interpreter", () => {
    const f = jit((x: Array) => np.sin(x).sum().mul(x));
    config.with({ jitless: true }, () => {
      const plain = f(vector);
      const p = profile(() => f(vector));
      sameBits(p.result, plain);
      expect(p.programs.map((q) => q.backend)).toContain("interpreter");
    });
  });
});

describe("kernels", () => {
  it("tell their operations, lines and scopes", () => {
    let line = 0;
    const f = jit(function model(m: Array, v: Array) {
      line = lineHere();
      const h = namedScope("layer", () => namedScope("inner", () => np.tanh(np.dot(m, v))));
      return np.sum(np.square(h));
    });
    const p = profile(() => f(matrix, vector));
    const model = p.programs.find((q) => q.name === "model")!;
    const operations = model.kernels.flatMap((k) => k.operations);
    expect(new Set(operations.map((o) => o.operation))).toEqual(
      new Set(["dot_general", "tanh", "square", "reduce_sum"]),
    );
    const scopes = Object.fromEntries(operations.map((o) => [o.operation, o.scope]));
    expect(scopes).toEqual({
      dot_general: "layer/inner",
      tanh: "layer/inner",
      square: null,
      reduce_sum: null,
    });
    const lines = new Set(model.kernels.flatMap(linesOf));
    expect(lines).toEqual(new Set([line + 1, line + 2]));
    expect(operations.every((o) => !o.backward)).toBe(true);
  });

  it("of gradients tell which operations are backward", () => {
    const g = jit(grad((m: Array) => np.sum(np.tanh(np.dot(m, vector)))));
    const { kernels } = profile(() => g(matrix));
    const flags = new Set(kernels.flatMap((k) => k.operations.map((o) => o.backward)));
    expect(flags).toEqual(new Set([true, false]));
  });

  it("are as many as the loops that stay apart, and those of one routine are one", () => {
    const f = jit((m: Array) => np.sort(m.ravel()).add(1), { backend: "js" });
    const { programs } = profile(() => f(random.normal(random.key(5), [100, 100])));
    const { kernels } = programs.find((q) => q.kind === "jit")!;
    expect(kernels.filter((k) => k.kind === "loops" && k.name.includes("sort")).length).toBe(1);
  });

  it("have limits, which no time is far below", () => {
    const f = jit((m: Array) => np.matmul(m, m), { backend: "wasm" });
    const m = random.normal(random.key(6), [192, 192]);
    profile(() => f(m));
    const { kernels, machine } = profile(() => {
      for (let i = 0; i < 5; i++) f(m);
    });
    const product = kernels.find((k) => k.kind === "contraction")!;
    expect(product.limit!.by).toBe("arithmetic");
    expect(product.limit!.milliseconds).toBeCloseTo(
      (2 * 192 ** 3) / machine.float64 / machine.threads / 1e6,
      9,
    );
    expect(product.nearness!).toBeGreaterThan(0);
    // Peaks and times are measured on machines with other things to do.
    expect(product.nearness!).toBeLessThan(3);
  });

  it("of a copy are limited by memory", () => {
    const f = jit((m: Array) => m.T, { backend: "wasm" });
    const { kernels } = profile(() => f(np.ones([300, 300])));
    expect(kernels.find((k) => k.kind === "loops" && k.program !== "broadcast_in_dim")!.limit!.by).toBe(
      "memory",
    );
  });

  it("without lines have the names of programs", () => {
    const f = jit(function plain(v: Array) {
      return np.sin(v).sum();
    });
    const p = profile(() => f(vector), { lines: false });
    const kernels = p.programs.find((q) => q.name === "plain")!.kernels;
    expect(kernels[0].name).toBe("plain");
    expect(kernels.flatMap((k) => k.operations)).toEqual([]);
  });
});

describe("eager operations", () => {
  it("are programs of one kernel, with the lines that they were called from", () => {
    let line = 0;
    const p = profile(() => {
      line = lineHere();
      const y = np.sin(vector);
      return np.sin(y);
    });
    const sine = p.programs.find((q) => q.name === "sin")!;
    expect(sine).toMatchObject({ kind: "operation", calls: 2 });
    expect(sine.kernels.length).toBe(1);
    expect(linesOf(sine.kernels[0])).toEqual([line + 1, line + 2]);
    expect(sine.kernels[0].work).toMatchObject({ functions: 24, read: 192, written: 192 });
  });

  it("that were put off and fused are programs, too", () => {
    const x = np.linspace(0, 1, 300_000);
    const f = (y: Array): Array => np.sum(np.sin(y).mul(y).add(np.cos(y)).mul(np.exp(y)));
    const run = () => grad(f)(x);
    run();
    run();
    const p = profile(run);
    expectConsistent(p);
    const composite = p.programs.find((q) => q.kind === "composite");
    if (composite !== undefined)
      expect(composite.kernels.flatMap((k) => k.operations).some((o) => o.operation === "mul")).toBe(true);
  });
});

describe("compilations", () => {
  it("tell why", () => {
    const f = jit(
      function f(x: Array, n: number) {
        return np.sin(x).mul(n).sum();
      },
      { staticArgnums: 1 },
    );
    const p = profile(() => {
      f(np.ones([3]), 1);
      f(np.ones([4]), 1);
      f(np.ones([4]), 2);
      f(np.ones([4]), 2);
      f(np.ones([4], "float32"), 2);
    });
    const own = p.compilations.filter((c) => c.kind === "jit");
    expect(own.map((c) => [c.name, c.reason])).toEqual([
      ["f", "the first call"],
      ["f", "array 0 is f64[4] and was f64[3]"],
      ["f", "static argument 0 differs"],
      ["f", "array 0 is f32[4] and was f64[4]"],
    ]);
    expect(own.every((c) => c.milliseconds > c.tracing && c.tracing > 0 && !c.cached)).toBe(true);
    expect(p.compiling).toBeCloseTo(total(p.compilations), 6);
  });

  it("that only profiling needs are not listed", () => {
    const f = jit((x: Array) => np.sin(x).sum());
    f(vector);
    const before = f.cacheStats().entries;
    const p = profile(() => f(vector));
    expect(p.compilations).toEqual([]);
    expect(p.profiling).toBeGreaterThan(0);
    expect(f.cacheStats().entries).toBe(before + 1);
    // Another shape is a compilation, whatever the settings were.
    const q = profile(() => f(np.ones([5])));
    expect(q.compilations.filter((c) => c.kind === "jit").map((c) => c.reason)).toEqual([
      "array 0 is f64[5] and was f64[24]",
    ]);
  });

  it("of operations are those of the first call", () => {
    const x = np.ones([7, 11, 3]);
    const run = () => profile(() => np.arctan2(x, x)).compilations.filter((c) => c.name === "atan2");
    expect(run().map((c) => [c.kind, c.reason])).toEqual([
      ["operation", "the first call of atan2 with f64[7,11,3], f64[7,11,3]"],
    ]);
    expect(run()).toEqual([]);
  });

  it("of derivatives are named after what they derive", () => {
    const f = jit(function derived(x: Array) {
      return np.sum(np.sin(x));
    });
    const p = profile(() => valueAndGrad(f)(vector));
    const reasons = p.compilations.filter((c) => c.kind === "jit").map((c) => c.reason);
    expect(reasons).toContain("the first linearization of derived");
    expect(p.programs.some((q) => q.name.includes("derived"))).toBe(true);
  });
});

describe("memory", () => {
  it("counts the arrays that were made", () => {
    const f = jit((x: Array) => [x.add(1), x.sum()]);
    const x = np.ones([1000]);
    const { memory } = profile(() => {
      f(x);
      f(x);
    });
    expect([memory.arrays, memory.arrayBytes]).toEqual([2, 16_000]);
  });

  it("counts spills, but for its own", () => {
    const f = jit((x: Array) => x.mul(2).add(1), { backend: "wasm" });
    const x = np.ones([1_000_000]);
    const kept: Array[] = [];
    const run = (): void => {
      for (let i = 0; i < 20; i++) kept.push(f(x));
    };
    // Until the heap is full of arrays of one size.
    run();
    const before = spillCounts();
    run();
    const after = spillCounts();
    const { memory } = profile(run);
    const spills = after.spills - before.spills;
    expect(spills).toBeGreaterThan(10);
    expect(Math.abs(memory.spills - spills)).toBeLessThanOrEqual(2);
    expect(memory.spilledBytes).toBe(8_000_000 * memory.spills);
    expect(memory.heapMost).toBeGreaterThanOrEqual(8_000_000);
  });
});

describe("what nests", () => {
  it("eager, compiled, differentiated and batched programs in one another", () => {
    const inner = jit(function inner(x: Array) {
      return np.sort(x).sum();
    });
    const outer = (x: Array): Array => {
      const y = inner(x);
      return np.sin(y).add(y);
    };
    const f = () => vmap(grad(outer))(random.normal(random.key(9), [3, 50]));
    const plain = f();
    const p = profile(f);
    sameBits(p.result, plain);
    expectConsistent(p);
    expect(p.programs.some((q) => q.name.includes("inner"))).toBe(true);
  });

  it("a program that the host runs amid another one is not counted twice", () => {
    const inner = jit((x: Array) => np.linalg.cholesky(x), { backend: "js" });
    const spd = np.matmul(matrix, matrix.T).add(np.eye(24).mul(30));
    inner(spd);
    const buffer = newBuffer("a0", "float64", 4);
    const out = newBuffer("out0", "float64", 4);
    const program = (): Program => {
      const b = new Block();
      b.nest([4], (c, [i]) => c.store(out, i, load(buffer, i)));
      const call = {
        name: "mine",
        site: new CallSite(null),
        run: ([y]: readonly TypedArray[]) => {
          for (let k = 0; k < 20; k++) inner(spd);
          return [y];
        },
      };
      b.host(call, [buffer], [out]);
      return { name: "amid", params: [buffer], outs: [out], body: b.stmts, results: [] };
    };
    const x = np.array([1, 2, 3, 4]) as ConcreteArray;
    const avals = [x.aval];
    for (const backend of ["js", "wasm"] as const) {
      const runner = compileProgram(program(), avals, avals, backend, program);
      const watched = { name: "amid", runner, inAvals: avals, outAvals: avals, again: program };
      const p = profile(() => watching.value!.program(watched, [x])[0]);
      expect(p.result.js()).toEqual([1, 2, 3, 4]);
      expectConsistent(p);
      const kinds = p.programs.find((q) => q.name === "amid")!.kernels.map((k) => k.kind);
      expect(kinds).toEqual(["loops", "host", "call"]);
      expect(p.programs.reduce((n, q) => n + q.calls, 0)).toBe(21);
      expect(p.running).toBeLessThanOrEqual(p.milliseconds + 1e-6);
    }
  });
});

describe("misuse", () => {
  const throwsArgument = (f: () => unknown, part: string): void => {
    expect(f).toThrow(ArgumentError);
    expect(f).toThrow(part);
  };
  it("is told", () => {
    throwsArgument(() => profile(1 as never), "must be a function; got 1");
    throwsArgument(() => profile(() => 1, { line: true } as never), "line");
    throwsArgument(() => profile(() => profile(() => 1)), "a profile is being taken already");
    throwsArgument(() => profile(async () => Promise.resolve(1)), "returned a Promise");
  });

  it("leaves nothing behind", () => {
    expect(() =>
      profile(() => {
        throw new RangeError("mine");
      }),
    ).toThrow(RangeError);
    expect(watching.value).toBe(null);
    expect(config.values.sourceLines).toBe(false);
    expect(profile(() => 3)).toMatchObject({ result: 3, kernels: [], programs: [], running: 0 });
  });
});
