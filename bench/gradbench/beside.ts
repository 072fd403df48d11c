/**
 * @file All evals at the sizes that GradBench's evaluators use, beside its hand-written C++ (the tool `manual`) run on the
 * same machine in turn: `GRADBENCH=DIR npm run bench:gradbench:cpp`, with names of evals for some of them. DIR is a checkout
 * of github: gradbench/gradbench in which `make -C cpp && make -C tools/manual` has been run.
 *
 * Each row is measured in a process of its own, on one thread, as the C++ is. Times are wall time, of C++ as it reports
 * them: their first deciles, as others may use the machine, and the first call. Memory is the most that was resident beyond
 * what was before the first call (Linux), beside the bytes of inputs and outputs. There is no C++ for `particle` and `saddle`.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { table } from "../../examples/lib/table.ts";
import { init } from "../../src/index.ts";
import { evals } from "./lib/evals.ts";
import type { Json } from "./lib/evaluation.ts";
import { evaluatorCases } from "./lib/evaluator-cases.ts";

interface Ours {
  readonly first: number;
  readonly time: number;
  readonly peak: number;
  readonly bytes: number;
}

const firstDecile = (times: readonly number[]): number =>
  [...times].sort((a, b) => a - b)[Math.floor(0.1 * (times.length - 1))];

/** Bytes that are resident now, or were at most since that was last forgotten. */
function resident(what: "VmRSS" | "VmHWM"): number {
  const found = new RegExp(`${what}:\\s*(\\d+) kB`).exec(readFileSync("/proc/self/status", "utf8"));
  return found === null ? Number.NaN : 1024 * Number(found[1]);
}

/** One function in this process. */
function measure(name: string, fn: string, file: string): Ours {
  const prepared = evals.get(name)![fn].prepare(JSON.parse(readFileSync(file, "utf8")) as Json, "auto");
  globalThis.gc?.();
  const before = resident("VmRSS");
  writeFileSync("/proc/self/clear_refs", "5"); // the peak is forgotten
  const timed = (): number => {
    const start = performance.now();
    prepared.run();
    return performance.now() - start;
  };
  const first = timed();
  const repeat = (milliseconds: number): number[] => {
    const times: number[] = [];
    for (let spent = 0; times.length < 3 || spent < milliseconds; spent += times[times.length - 1])
      times.push(timed());
    return times;
  };
  repeat(700);
  return { first, time: firstDecile(repeat(700)), peak: resident("VmHWM") - before, bytes: prepared.bytes() };
}

/** Milliseconds of the runs of C++, which it prints behind its result. */
function cppTimes(binary: string, fn: string, file: string): number[] {
  const printed = execFileSync(binary, [file, fn], { encoding: "utf8", maxBuffer: 2 ** 30 });
  return [...printed.matchAll(/"evaluate", "nanoseconds": (\d+)/g)].map((m) => Number(m[1]) / 1e6);
}

function compare(root: string, wanted: readonly string[]): string[][] {
  const folder = mkdtempSync(join(tmpdir(), "gradbench-"));
  const file = join(folder, "input.json");
  const self = fileURLToPath(import.meta.url);
  const rows: string[][] = [];
  for (const { eval: name, size, input } of evaluatorCases) {
    if (wanted.length > 0 && !wanted.includes(name)) continue;
    writeFileSync(file, JSON.stringify({ ...(input() as object), min_runs: 3, min_seconds: 1 }));
    for (const fn of Object.keys(evals.get(name)!)) {
      const cpp = firstDecile(cppTimes(join(root, "tools/manual/bin", name), fn, file));
      const args = ["--expose-gc", self, "--child", name, fn, file];
      const ours = JSON.parse(execFileSync(process.execPath, args, { encoding: "utf8" })) as Ours;
      const numbers = [ours.time, cpp, ours.time / cpp, ours.first, ours.peak / 1e6, ours.bytes / 1e6];
      rows.push([name, size, fn, ...numbers.map((x) => (x >= 100 ? x.toFixed(0) : x.toPrecision(3)))]);
      console.error(rows[rows.length - 1].join("  "));
    }
  }
  rmSync(folder, { recursive: true });
  return rows;
}

const [command, ...rest] = process.argv.slice(2);
if (command === "--child") {
  const [name, fn, file] = rest;
  await init({ threads: 1 });
  console.log(JSON.stringify(measure(name, fn, file)));
} else {
  const root = process.env.GRADBENCH;
  if (root === undefined)
    throw new Error("GRADBENCH must name a checkout of gradbench/gradbench with its C++ built");
  const heading = ["eval", "size", "function", "ms", "C++ ms", "ratio", "first ms", "peak MB", "in + out MB"];
  console.log(table(heading, compare(root, process.argv.slice(2))));
}
