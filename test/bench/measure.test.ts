/** @file The harness of the benchmarks: contenders that disagree are errors, ratios and quartiles are what they say. */
import { describe, expect, it } from "vitest";
import {
  type Contender,
  type Settings,
  arrays,
  measure,
  quartiles,
  summary,
} from "../../bench/lib/measure.ts";
import { conditions } from "../../bench/lib/page.ts";
import { type ResultsFile, markdown, show } from "../../bench/lib/report.ts";

const settings: Settings = { rounds: 3, batchMs: 0.01, warmUpMs: 0.01, budgetMs: 10, fewest: 1 };
const run = (contenders: readonly Contender[], tolerance?: number): ReturnType<typeof measure> =>
  measure({ name: "test", tolerance }, contenders, settings);

const one: Contender = { name: "one", call: () => 1 };

describe("agreement of contenders", () => {
  it("accepts what is within the tolerance", async () => {
    const rows = await run([one, { name: "other", call: () => 1 + 1e-7 }]);
    expect(rows.map((r) => r.name)).toEqual(["one", "other"]);
    expect(rows[0].ratio).toEqual({ low: 1, median: 1, high: 1 });
    expect(rows[1].calls).toBeGreaterThan(0);
  });

  it("refuses another number, another length, and NaN", async () => {
    const list = (name: string, ...xs: number[]): Contender => arrays(name, () => [xs]);
    await expect(run([one, { name: "two", call: () => 2 }])).rejects.toThrow(
      "test: two differs from one by 1.0e+0 (accepted: 0.000001)",
    );
    await expect(run([list("a", 1, 2), list("b", 1, 2, 3)])).rejects.toThrow("b differs from a");
    await expect(run([list("a", 1, 2), list("b", 1, NaN)])).rejects.toThrow("b differs from a by NaN");
    // the sums that are taken while timing see the first, the middle and the last element only
    await expect(run([list("a", 1, 2, 3, 4, 5), list("b", 1, 9, 3, 4, 5)])).rejects.toThrow(
      "b differs from a",
    );
  });

  it("measures differences in units of the largest element, by tolerances of each contender", async () => {
    const rows = (tolerance: number): Contender[] => [
      arrays("a", () => [[1000, 0]]),
      arrays("b", () => [[1000, 1]], { tolerance }),
    ];
    await expect(run(rows(0.9e-3))).rejects.toThrow("differs");
    expect(await run(rows(1.1e-3))).toHaveLength(2);
  });

  it("compares with the contender that is named", async () => {
    const f: Contender = { name: "f", call: () => 1 };
    const g: Contender = { name: "g", call: () => 5, like: "g" };
    expect(await run([f, g, { name: "g by hand", call: () => 5, like: "g" }])).toHaveLength(3);
    await expect(run([f, g, { name: "g by hand", call: () => 1, like: "g" }])).rejects.toThrow(
      "differs from g",
    );
  });

  it("refuses results that change from call to call", async () => {
    let calls = 0;
    await expect(run([{ name: "counter", call: () => ++calls }])).rejects.toThrow("change from call to call");
  });
});

it("interpolates quartiles, and takes ratios within rounds", () => {
  expect(quartiles([4, 1, 3, 2])).toEqual({ low: 1.75, median: 2.5, high: 3.25 });
  const [, second] = summary(
    ["a", "b"],
    [
      [1, 10, 100],
      [3, 20, 300],
    ],
    [3, 3],
  );
  expect(second.ratio.median).toBe(3);
  expect(second.value.median).toBe(20);
});

it("says what results were measured on", () => {
  const common = { text: "", unit: "ns", date: "2026-01-02T03:04", load: 0.25, measured: [] } as const;
  const file: ResultsFile = {
    name: "x",
    title: "X",
    machine: { node: "v1", processor: "P", platform: "L", xla: "XLA 1", numpy: "NumPy 2", peaks: "much" },
    results: [
      { name: "a", ...common, processor: "P" },
      { name: "b", ...common, processor: "Q" },
      { name: "c", ...common },
    ],
  };
  expect(conditions(file)).toBe(
    "Node v1, P, L; XLA 1; NumPy 2; 2026-01-02; load up to 0.3. b: on Q. Peaks: much.",
  );
});

it("makes a table of results", () => {
  const measured = summary(["a", "b"], [[1e6], [2.5e6]], [1, 1]);
  const common = { text: "", date: "2026-01-01", load: 0, measured };
  const file: ResultsFile = {
    name: "x",
    title: "X",
    machine: {},
    results: [
      { name: "fast", unit: "ns", flops: 2e6, ...common },
      { name: "small", unit: "bytes", ...common, measured: measured.slice(0, 1) },
    ],
  };
  expect(markdown(file).split("\n").slice(2)).toEqual([
    "| fast | 1.00 ms, 2.00 GFLOP/s | 2.50 ms (2.50 ×), 0.800 GFLOP/s |",
    "| small | 1.00 MB | – |",
  ]);
  expect([0.5, 999.6, 12_345, 2e9].map((v) => show(v, "ns"))).toEqual([
    "0.500 ns",
    "1.00 µs",
    "12.3 µs",
    "2.00 s",
  ]);
});
