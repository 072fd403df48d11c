/**
 * @file Times of all evals at the live evals' sizes (`npm run bench:gradbench`, with names of evals for some of them),
 * beside hand-written C++. Each eval is measured in a process of its own. Prints a table, writes
 * bench/results/gradbench.json and .svg, and with all evals measured the page docs/gradbench.md.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { type Bar, barChart, palette } from "../../examples/lib/svg.ts";
import { init } from "../../src/index.ts";
import { table } from "../../examples/lib/table.ts";
import { cases } from "./lib/cases.ts";
import { evals } from "./lib/evals.ts";
import { type Mode, modes } from "./lib/evaluation.ts";
import { type Figures, type Measurement, chartFile, figuresFile, writePage } from "./lib/page.ts";

/** Runs that are measured: enough for a median, within a bound of time. */
const most = { runs: 400, milliseconds: 2500 };
const warmUp = { runs: 200, milliseconds: 1000 };

/** Milliseconds of runs, until one of the bounds is reached. */
function repeat(run: () => void, { runs, milliseconds }: typeof most): number[] {
  const times: number[] = [];
  for (let spent = 0; times.length < runs && (spent < milliseconds || times.length < 3);) {
    const start = performance.now();
    run();
    times.push(performance.now() - start);
    spent += times[times.length - 1];
  }
  return times.sort((a, b) => a - b);
}

function measure(name: string, mode: Mode): Measurement[] {
  return cases
    .filter((c) => c.eval === name)
    .flatMap(({ size, input, functions }) =>
      Object.entries(functions).map(([fn, reference]): Measurement => {
        const { run } = evals.get(name)![fn].prepare(input(), mode);
        const [first] = repeat(run, { runs: 1, milliseconds: 0 });
        repeat(run, warmUp);
        const times = repeat(run, most);
        const at = (p: number): number => times[Math.round(p * (times.length - 1))];
        return {
          eval: name,
          size,
          function: fn,
          first,
          low: at(0.25),
          median: at(0.5),
          high: at(0.75),
          reference,
        };
      }),
    );
}

/** The same in a new process. */
function measureApart(name: string, mode: Mode): Measurement[] {
  const file = fileURLToPath(import.meta.url);
  const args = [file, "--child", name, mode];
  return JSON.parse(execFileSync(process.execPath, args, { encoding: "utf8" })) as Measurement[];
}

const milliseconds = (x: number): string => (x >= 100 ? x.toFixed(0) : x.toPrecision(3));

function printed(all: readonly Measurement[]): string {
  const rows = all.map((m) => [
    m.eval,
    m.size,
    m.function,
    milliseconds(m.first),
    milliseconds(m.median),
    milliseconds(m.reference),
    (m.median / m.reference).toFixed(2),
  ]);
  return table(["eval", "size", "function", "first ms", "median ms", "C++ ms", "ratio"], rows);
}

function chart(all: readonly Measurement[]): string {
  const compared = cases.filter((c) => !["particle", "saddle"].includes(c.eval));
  const groups = compared.map(({ eval: name, size }) => {
    const bars = all
      .filter((m) => m.eval === name && m.size === size)
      .flatMap((m): Bar[] => [
        { name: `${m.function}, C++`, value: m.reference, text: `${m.reference} ms`, color: palette[4] },
        {
          name: `${m.function}, adjoint`,
          value: m.median,
          range: [m.low, m.high],
          text: `${milliseconds(m.median)} ms`,
          color: palette[0],
        },
      ]);
    return { name: `${name}, ${size}`, bars };
  });
  const subtitle = "Milliseconds: median and quartiles; C++: hand-written, one thread";
  return barChart({ title: "GradBench", subtitle, groups: groups.filter((g) => g.bars.length > 0) });
}

async function main(): Promise<void> {
  const args = process.argv.slice(2).filter((a) => !a.startsWith("--"));
  const mode = modes.find((m) => args.includes(m)) ?? "auto";
  const wanted = args.filter((a) => a !== mode);
  const names = [...new Set(cases.map((c) => c.eval))];
  const unknown = wanted.filter((name) => !names.includes(name));
  if (unknown.length > 0) throw new Error(`no eval ${unknown.join(", ")}; there are ${names.join(", ")}`);
  const chosen = wanted.length === 0 ? names : names.filter((name) => wanted.includes(name));
  console.log(
    `Node ${process.version}, ${cpus()[0]?.model ?? "?"}, load ${loadavg()[0].toFixed(2)}, ${mode}\n`,
  );
  const measurements = chosen.flatMap((name) => measureApart(name, mode));
  console.log(printed(measurements));
  if (wanted.length > 0) return;
  const figures: Figures = {
    date: new Date().toISOString(),
    node: process.version,
    processor: cpus()[0]?.model ?? "unknown",
    load: loadavg()[0],
    mode,
    measurements,
  };
  mkdirSync(dirname(figuresFile), { recursive: true });
  writeFileSync(figuresFile, `${JSON.stringify(figures, null, 2)}\n`);
  writeFileSync(chartFile, chart(measurements));
  await writePage();
  console.log("\nwrote bench/results/gradbench.json, bench/results/gradbench.svg, docs/gradbench.md");
}

if (process.argv[2] === "--child") {
  const [name, mode] = process.argv.slice(3);
  await init({ threads: 1 });
  console.log(JSON.stringify(measure(name, modes.find((m) => m === mode) ?? "auto")));
} else if (process.argv[2] === "--page") await writePage();
else await main();
