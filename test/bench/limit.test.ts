/** @file What limits a program: instructions counted as they are executed, peaks of the machine, the least time from both. */
import { describe, expect, it } from "vitest";
import { Counting } from "../../bench/lib/limit/count.ts";
import {
  type Limit,
  type Needs,
  bandwidthAt,
  latencyIn,
  limitOf,
  pipeOf,
} from "../../bench/lib/limit/model.ts";
import { type Peaks, measurePeaks } from "../../bench/lib/limit/peaks.ts";
import { limitList, limitSentence, markdown, type ResultsFile } from "../../bench/lib/report.ts";
import { summary } from "../../bench/lib/measure.ts";
import { type Array, jit, lax, numpy as np } from "../../src/index.ts";
import { newModule } from "../../src/loops/emit/wasm/generators/chosen.ts";
import type { MachineType, Ref, WasmModule } from "../../src/loops/emit/wasm/generators/module.ts";
import { instantiate } from "../../src/loops/emit/wasm/host.ts";

type Main = (n: number) => number;

/** The function that a body makes of an i32, and a count of what it executes. */
function counted(
  locals: readonly MachineType[],
  body: (m: WasmModule) => readonly Ref[],
): { main: Main; counting: Counting } {
  const counting = new Counting();
  try {
    const m = newModule(false, 1);
    m.addFunction("main", ["i32"], "i32", locals, m.block(null, body(m), "i32"));
    m.addFunctionExport("main");
    return { main: instantiate(m.emitBinary(), {}).main as Main, counting };
  } finally {
    counting.stop();
  }
}

const countDown = (m: WasmModule): Ref[] => [
  m.local.set(0, m.i32.sub(m.local.get(0, "i32"), m.i32.const(1))),
  m.br("again", m.local.get(0, "i32")),
];

const one = (): number => 1;

describe("counts", () => {
  it("instructions of a loop, once for each turn", () => {
    const { main, counting } = counted(["i32"], (m) => [
      m.loop(
        "again",
        m.block(null, [
          m.local.set(1, m.i32.add(m.local.get(1, "i32"), m.local.get(0, "i32"))),
          ...countDown(m),
        ]),
      ),
      m.i32.mul(m.local.get(1, "i32"), m.i32.const(2)),
    ]);
    counting.begin();
    expect(main(10)).toBe(110);
    expect(main(5)).toBe(30);
    const { counts } = counting.counted(one);
    expect(counts.get("i32.add")).toBe(15);
    expect(counts.get("i32.mul")).toBe(2);
    expect(counts.get("br_if")).toBe(15);
    counting.begin();
    expect(counting.counted(one).counts.size).toBe(0);
  });

  it("the branch that is taken", () => {
    const { main, counting } = counted(["i32"], (m) => [
      m.if(
        m.i32.lt_s(m.local.get(0, "i32"), m.i32.const(0)),
        m.local.set(1, m.i32.sub(m.i32.const(0), m.local.get(0, "i32"))),
        m.local.set(1, m.i32.clz(m.local.get(0, "i32"))),
      ),
      m.i32.popcnt(m.local.get(1, "i32")),
    ]);
    counting.begin();
    expect([main(-3), main(1), main(1)]).toEqual([2, 5, 5]);
    const { counts } = counting.counted(one);
    expect(["i32.sub", "i32.clz", "i32.popcnt"].map((name) => counts.get(name))).toEqual([1, 2, 3]);
    // one instruction with the branch
    expect(counts.get("i32.lt_s")).toBeUndefined();
  });

  /** `turns` times: a chain of two additions, and one that is not in its way. */
  const chains = (m: WasmModule): Ref[] => [
    m.loop(
      "again",
      m.block(null, [
        m.local.set(1, m.f64.add(m.f64.add(m.local.get(1, "f64"), m.f64.const(1)), m.f64.const(2))),
        m.local.set(2, m.f64.sqrt(m.local.get(1, "f64"))),
        ...countDown(m),
      ]),
    ),
    m.i32.trunc_sat_f64_s(m.local.get(1, "f64")),
  ];

  it("what loops wait for, if they are long", () => {
    const latency = (name: string): number => (name === "f64.add" ? 3 : name === "f64.sqrt" ? 20 : 0);
    const { main, counting } = counted(["f64", "f64"], chains);
    counting.begin();
    expect(main(10_000)).toBe(30_000);
    expect(counting.counted(latency)).toMatchObject({ waiting: 60_000, turns: 10_000 });
    counting.begin();
    for (let i = 0; i < 100; i++) main(10);
    // runs of ten turns overlap with one another
    expect(counting.counted(latency).waiting).toBe(0);
  });

  /** The counts of a program of the library. */
  function countsOf(f: (...xs: Array[]) => Array, ...args: Array[]): ReadonlyMap<string, number> {
    const usual = jit(f, { backend: "wasm" })(...args).dataSync();
    const counting = new Counting();
    try {
      const again = jit((...xs: Array[]) => f(...xs), { backend: "wasm" });
      again(...args);
      counting.begin();
      expect(again(...args).dataSync()).toEqual(usual);
      return counting.counted(one).counts;
    } finally {
      counting.stop();
    }
  }

  it.each([8, 64, 100])("a product of matrices of %i rows", (n) => {
    const x = np.ones([n, n], { dtype: "float32" });
    const counts = countsOf((a, b) => np.matmul(a, b), x, x);
    const lanes = [...counts].reduce(
      (sum, [name, times]) =>
        sum +
        (/\.(relaxed_madd|mul)$/.test(name)
          ? times * (name.startsWith("f32x4") ? 4 : name.startsWith("f32") ? 1 : 0)
          : 0),
      0,
    );
    expect(lanes).toBeGreaterThanOrEqual(n ** 3);
    expect(lanes).toBeLessThan(1.3 * n ** 3);
  });

  it("the square roots of elements, and the steps of a loop", () => {
    const roots = countsOf((x) => np.sqrt(x), np.ones([1000], { dtype: "float32" }));
    expect(4 * (roots.get("f32x4.sqrt") ?? 0) + (roots.get("f32.sqrt") ?? 0)).toBe(1000);
    const step = (_: Array, y: Array): Array => np.divide(1, y.add(1));
    const steps = countsOf((x) => lax.foriLoop(0, 777, step, x), np.array(0.5));
    expect(steps.get("f64.div")).toBe(777);
  });
});

const peaks: Peaks = {
  rates: {
    ...Object.fromEntries(["f32x4", "f64x2", "f32", "f64"].flatMap((t) => [
      [`${t}.add`, 4], [`${t}.mul`, 4], [`${t}.relaxed_madd`, 4], [`${t}.div`, 0.5], [`${t}.sqrt`, 0.25],
    ])),
    "i32.add": 10,
    load: 4,
    store: 2,
    float: 6,
    vector: 8,
    all: 12,
  },
  latencies: { "f64.add": 1, "f64.relaxed_madd": 1.5, "v128.xor": 0.25 },
  reading: [[1000, 100], [100_000, 10]],
  writing: [[1000, 50], [100_000, 5]],
}; // prettier-ignore

const needs = (counts: Readonly<Record<string, number>>, more: Partial<Needs> = {}): Needs => ({
  counts: new Map(Object.entries(counts)),
  waiting: 0,
  turns: 0,
  read: 0,
  written: 0,
  elements: 1,
  ...more,
});

describe("the least time", () => {
  it.each([
    ["local.get", "free"],
    ["v128.const", "free"],
    ["f32x4.relaxed_madd", "mul"],
    ["f64.mul", "mul"],
    ["f32x4.pmin", "add"],
    ["f64x2.lt", "add"],
    ["f32.sqrt", "slow"],
    ["f64x2.div", "slow"],
    ["i32.div_s", "scalar"],
    ["v128.load32_splat", "load"],
    ["v128.store32_lane", "store"],
    ["i8x16.shuffle", "vector"],
    ["f32x4.abs", "vector"],
    ["i32x4.mul", "vector"],
    ["br_if", "scalar"],
  ])("%s goes through %s", (name, pipe) => {
    expect(pipeOf(name)).toBe(pipe);
  });

  it.each<[string, Needs, Limit["by"], number, string]>([
    ["multiplications", needs({ "f32x4.mul": 100 }), "arithmetic", 25, "100 multiplications, 4 in a nanosecond"],
    ["both kinds", needs({ "f32x4.mul": 100, "f32x4.sub": 80 }), "arithmetic", 30, "180 multiplications and additions"],
    ["divisions", needs({ "f64.div": 100, "f64.sqrt": 10 }), "arithmetic", 240, "110 divisions and square roots"],
    ["loads", needs({ "v128.load": 100 }), "instructions", 25, "100 loads"],
    ["stores", needs({ "f32.store": 100, "v128.load": 100 }), "instructions", 50, "100 stores"],
    ["integers", needs({ "i32.add": 90, br_if: 10 }), "instructions", 10, "100 instructions on integers, and branches"],
    ["all", needs({ "i32.add": 90, "v128.and": 60, "f32x4.add": 10, "v128.load": 20, "local.get": 999 }), "instructions", 15, "180 instructions"],
    ["bytes", needs({ "f32x4.mul": 1 }, { read: 300, written: 500 }), "memory", 13, "300 bytes to read and 500 to write"],
    ["far bytes", needs({}, { read: 3000, written: 5000 }), "memory", 1300, "3000 bytes to read and 5000 to write"],
    ["chains", needs({ "f64.add": 10 }, { waiting: 30, turns: 10 }), "waiting", 30, "10 steps one after the other, 3 ns until"],
  ])("of %s", (_, what, by, ns, words) => {
    const found = limitOf(what, peaks);
    expect(found.by).toBe(by);
    expect(found.ns).toBeCloseTo(ns, 10);
    expect(found.sentence).toContain(`${by}: ${words}`);
  }); // prettier-ignore

  it("counts for each element, where there are enough", () => {
    const { sentence } = limitOf(needs({ "f32x4.mul": 3_000_000 }, { elements: 1_000_000 }), peaks);
    expect(sentence).toBe("arithmetic: 3 million multiplications (3 for each element), 4 in a nanosecond.");
  });

  it("takes latencies as measured, and none of what may overlap", () => {
    const latency = latencyIn(peaks);
    const names = [
      "f64.add",
      "f64.sub",
      "f64.relaxed_nmadd",
      "f64.max",
      "v128.and",
      "i32.add",
      "v128.load",
      "local.get",
    ];
    expect(names.map(latency)).toEqual([1, 1, 1.5, 0.25, 0.25, 0, 0, 0]);
  });

  it("takes the bandwidth of the buffer that is as large", () => {
    expect([1, 1000, 1001, 1e9].map((n) => bandwidthAt(peaks.reading, n))).toEqual([100, 100, 10, 10]);
  });
});

it("peaks are what they may be", { timeout: 120_000 }, () => {
  const { rates, latencies, reading, writing } = measurePeaks({ runMs: 0.05, allMs: 0.5 });
  for (const x of [...Object.values(rates), ...Object.values(latencies)]) {
    expect(x).toBeGreaterThan(1e-3);
    expect(x).toBeLessThan(1e3);
  }
  expect(rates.vector).toBeGreaterThanOrEqual(rates.float);
  expect(rates.all).toBeGreaterThanOrEqual(rates.vector);
  for (const [, bytes] of [...reading, ...writing]) expect(bytes).toBeGreaterThan(0.01);
});

it("tables have a column of limits, and sentences below", () => {
  const limit = limitOf(needs({ "f32x4.mul": 400_000 }), peaks);
  const common = { text: "", unit: "ns", date: "2026-01-01", load: 0 } as const;
  const file: ResultsFile = {
    name: "x",
    title: "X",
    machine: {},
    results: [
      { name: "long", ...common, measured: summary(["a"], [[2e5]], [1]), limit },
      { name: "call", ...common, measured: summary(["a"], [[1500]], [1]), limit: { ...limit, ns: 5 } },
      { name: "other", ...common, measured: summary(["a"], [[1500]], [1]) },
    ],
  };
  expect(markdown(file).split("\n")).toEqual([
    "|  | a | limit |",
    "| --- | --: | --: |",
    "| long | 200 µs | 100 µs, arithmetic (2.00 ×) |",
    "| call | 1.50 µs | 5.00 ns, arithmetic (300 ×) |",
    "| other | 1.50 µs | – |",
  ]);
  expect(limitList(file).split("\n")).toEqual([
    "- **long** is limited by arithmetic: 400000 multiplications, 4 in a nanosecond.",
    "- **call** is limited by the call itself; the program's instructions take 5.00 ns at least.",
  ]);
  expect(limitSentence(file.results[2])).toBeNull();
});
