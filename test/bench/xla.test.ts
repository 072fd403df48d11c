/** @file XLA beside the others: contenders that are timed elsewhere, who is absent and why, and the process of Python itself. */
import { readFileSync } from "node:fs";
import { afterAll, describe, expect, it } from "vitest";
import {
  type Elsewhere,
  type Entry,
  type Here,
  type Settings,
  arrays,
  measure,
  summary,
} from "../../bench/lib/measure.ts";
import { type ResultsFile, markdown } from "../../bench/lib/report.ts";
import { timed } from "../../bench/lib/task.ts";
import { PythonProcess, without } from "../../bench/lib/python-process.ts";
import { numpy as np, type Array } from "../../src/index.ts";
import { toStablehlo } from "../../src/stablehlo/index.ts";
import { itWithJax, limit, python } from "../xla/session.ts";

const settings: Settings = { rounds: 3, batchMs: 0.01, warmUpMs: 0.01, budgetMs: 10, fewest: 1 };
const one: Here = { name: "one", call: () => 1 };

/** Says that each call takes 2 ms. */
const elsewhere = (more: Partial<Elsewhere> = {}): Elsewhere => ({
  name: "elsewhere",
  time: (calls) => Promise.resolve([2 * calls, calls]),
  values: () => Promise.resolve([[1]]),
  ...more,
});

describe("a contender that is timed elsewhere", () => {
  it("has the times that it says", async () => {
    const [, row] = await measure({ name: "test" }, [one, elsewhere()], settings);
    expect(row.value).toEqual({ low: 2e6, median: 2e6, high: 2e6 });
    expect(row.ratio.median).toBeGreaterThan(1);
  });

  it("must agree with the others, and with itself", async () => {
    const wrong = elsewhere({ values: () => Promise.resolve([[2]]) });
    await expect(measure({ name: "test" }, [one, wrong], settings)).rejects.toThrow(
      "elsewhere differs from one",
    );
    let sum = 0;
    const unsteady = elsewhere({ time: (calls) => Promise.resolve([1, calls * ++sum]) });
    await expect(measure({ name: "test" }, [one, unsteady], settings)).rejects.toThrow(
      "the results of elsewhere change from call to call",
    );
  });
});

describe("who is absent", () => {
  const workload = (...entries: Entry[]): ReturnType<typeof timed> =>
    timed({ name: "w", group: "g", text: "", make: () => entries, absent: { tfjs: "it cannot" } });

  it("is not measured, and the result says why", async () => {
    const result = await workload(one, { name: "XLA", absent: without("jax") }).run(settings);
    expect(result.measured.map((m) => m.name)).toEqual(["one"]);
    expect(result.absent).toEqual({ tfjs: "it cannot", XLA: without("jax") });
  });

  it("has a column or a row that says why, if nobody takes part there", () => {
    const common = { text: "", unit: "ns", date: "2026-01-01", load: 0 } as const;
    const file: ResultsFile = {
      name: "x",
      title: "X",
      machine: {},
      results: [
        {
          name: "both",
          ...common,
          measured: summary(["a", "b"], [[1], [2]], [1, 1]),
          absent: { XLA: without("jax") },
        },
        {
          name: "one",
          ...common,
          measured: summary(["a"], [[1]], [1]),
          absent: { b: "it cannot", XLA: "for a reason" },
        },
        { name: "none", ...common, measured: [], absent: { a: "neither can it" } },
      ],
    };
    expect(markdown(file).split("\n")).toEqual([
      "|  | a | b | XLA |",
      "| --- | --: | --: | --: |",
      "| both | 1.00 ns | 2.00 ns (2.00 ×) | no Python with JAX |",
      "| one | 1.00 ns | – | for a reason |",
      "| none | neither can it | – | – |",
    ]);
  });
});

describe("the process of Python", () => {
  let started: PythonProcess | string | null = null;
  const xla = async (): Promise<PythonProcess> => {
    started ??= await PythonProcess.start(python);
    if (typeof started === "string") throw new Error(started);
    return started;
  };
  afterAll(async () => {
    if (started instanceof PythonProcess) await started.close();
  });

  it("is not there without Python, or without JAX, and says so", async () => {
    expect(await PythonProcess.start("/nonexistent/python3")).toBe("no Python");
    expect(await PythonProcess.start(process.execPath)).toContain("Python did not start");
  });

  const text = toStablehlo((x: Array): Array[] => [np.sin(x).mul(x), np.sum(x)], [np.ones([3])]);
  const data = Float64Array.of(0.5, 1, 1.5);
  const args = [["float64", [3], Buffer.from(data.buffer).toString("base64")]] as const;

  itWithJax("runs what is exported, and times calls and compilations", { timeout: limit }, async () => {
    const process = await xla();
    expect(process.description("XLA")).toMatch(/^XLA of JAX \S+, one thread on (the core of Node|any core)$/);
    await process.request("compile", { program: 0, text, args, read: null });
    const { values } = await process.request("values", { program: 0 });
    expect(values.map(([dtype]) => dtype)).toEqual(["float64", "float64"]);
    const [products, sum] = values.map(
      ([, bytes]) => new Float64Array(Uint8Array.from(Buffer.from(bytes, "base64")).buffer),
    );
    data.forEach((x, i) => expect(products[i]).toBeCloseTo(Math.sin(x) * x, 14));
    expect([...sum]).toEqual([3]);
    const { call } = arrays("", () => [products, sum]);
    for (const [compiling, least] of [
      [false, 100],
      [true, 100_000],
    ] as const) {
      const found = await process.request("time", { program: 0, calls: 3, compiling });
      expect(found.sum).toBe(call());
      expect(found.ns).toBeGreaterThan(3 * least);
    }
  });

  itWithJax("reads the results that are wanted, and tells errors", { timeout: limit }, async () => {
    const process = await xla();
    await process.request("compile", { program: 1, text, args, read: [1] });
    const { sum } = await process.request("time", { program: 1, calls: 2, compiling: false });
    expect(sum).toBe(6); // 3 − 2·3 + 3·3, the sum's alone
    const bad = { program: 2, text: "module {", args, read: null };
    await expect(process.request("compile", bad)).rejects.toThrow("Python: ");
  });

  const onLinux = process.platform === "linux" ? itWithJax : it.runIf(false);
  onLinux("holds Node on its core while there are programs", { timeout: limit }, async () => {
    const cores = (): string =>
      /Cpus_allowed_list:\s*(.*)/.exec(readFileSync(`/proc/${process.pid}/status`, "utf8"))?.[1] ?? "";
    const running = await xla();
    await running.request("release", {});
    const usual = cores();
    await running.request("compile", { program: 3, text, args, read: null });
    expect(cores()).toMatch(/^\d+$/);
    await running.request("release", {});
    expect(cores()).toBe(usual);
  });
});
