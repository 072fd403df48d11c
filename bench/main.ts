/**
 * @file The benchmarks (`npm run bench`; `npm run bench -- --quick` for a short check; `npm run bench -- add tracing` for
 * some of them). Prints tables and writes bench/results/<name>.json and .svg. See bench/README.md for how to read them.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { cpus, loadavg, platform } from "node:os";
import { fileURLToPath } from "node:url";
import { barChart } from "../examples/lib/svg.ts";
import { table } from "../examples/lib/table.ts";
import { eagerAdd } from "./eager-add.ts";
import { eagerGrad } from "./eager-grad.ts";
import { jitQuestions } from "./jit.ts";
import {
  type Measured,
  type Question,
  type Settings,
  duration,
  measure,
  quick,
  thorough,
} from "./lib/measure.ts";
import { type TracingRow, growth, tracing } from "./tracing.ts";

const flags = process.argv.slice(2).filter((a) => a.startsWith("--"));
const wanted = process.argv.slice(2).filter((a) => !a.startsWith("--"));
const isQuick = flags.includes("--quick");
const settings: Settings = isQuick ? quick : thorough;

const machine = {
  node: process.version,
  v8: process.versions.v8,
  platform: `${platform()} ${process.arch}`,
  processor: cpus()[0]?.model ?? "unknown",
  cores: cpus().length,
};

function write(name: string, data: object, svg: string): void {
  const folder = fileURLToPath(new URL("results/", import.meta.url));
  mkdirSync(folder, { recursive: true });
  const whole = {
    name,
    date: new Date().toISOString(),
    quick: isQuick,
    machine,
    load: loadavg()[0],
    ...data,
  };
  writeFileSync(`${folder}${name}.json`, `${JSON.stringify(whole, null, 2)}\n`);
  writeFileSync(`${folder}${name}.svg`, svg);
}

const times = (ratio: number): string => `${ratio.toPrecision(3)} ×`;

/** Prints tables of questions that belong together, and writes them as one result. */
function reportQuestions(name: string, title: string, questions: readonly Question[]): void {
  const results = questions.map((q): [Question, Measured[]] => [q, measure(q, settings)]);
  for (const [question, measured] of results) {
    console.log(`\n${question.text}\n`);
    const rows = measured.map((m) => [
      m.name,
      duration(m.time.median),
      `${duration(m.time.low)} – ${duration(m.time.high)}`,
      times(m.ratio.median),
    ]);
    console.log(table(["", "median", "quartiles", "ratio"], rows));
  }
  const svg = barChart({
    title,
    subtitle: "Time per call: median and quartiles; shorter is better",
    format: duration,
    groups: results.map(([question, measured]) => ({
      name: question.text,
      bars: measured.map((m) => ({
        name: m.name,
        value: m.time.median,
        range: [m.time.low, m.time.high],
        note: `(${times(m.ratio.median)})`,
      })),
    })),
  });
  write(name, { results: results.map(([q, measured]) => ({ name: q.name, text: q.text, measured })) }, svg);
}

function reportTracing(rows: readonly TracingRow[]): void {
  console.log(
    "\nMilliseconds per 1 000 equations of a host loop: the same for all sizes, if time is proportional.\n",
  );
  const cells = rows.map((r) => [
    r.what,
    r.equations,
    r.msPerThousand.median.toFixed(2),
    `${r.msPerThousand.low.toFixed(2)} – ${r.msPerThousand.high.toFixed(2)}`,
  ]);
  console.log(table(["", "equations", "median", "quartiles"], cells));
  const kinds = ["makeJaxpr", "jvp", "grad"] as const;
  for (const what of kinds)
    console.log(`${what}: ${growth(rows, what).toFixed(2)} × from smallest to largest`);
  const svg = barChart({
    title: "Tracing and differentiating long programs",
    subtitle: "Milliseconds per 1 000 equations: median and quartiles",
    format: (v) => `${v.toFixed(2)} ms`,
    groups: kinds.map((what) => ({
      name: what,
      bars: rows
        .filter((r) => r.what === what)
        .map((r) => ({
          name: `${r.equations} equations`,
          value: r.msPerThousand.median,
          range: [r.msPerThousand.low, r.msPerThousand.high],
        })),
    })),
  });
  write("tracing", { rows }, svg);
}

async function main(): Promise<void> {
  const asked = (name: string): boolean => wanted.length === 0 || wanted.includes(name);
  const known = ["add", "grad", "jit", "tracing"];
  const unknown = wanted.filter((name) => !known.includes(name));
  if (unknown.length > 0)
    throw new Error(`no benchmark ${unknown.join(", ")}; there are ${known.join(", ")}`);
  console.log(
    `Node ${machine.node}, ${machine.processor}, ${machine.cores} cores, load ${loadavg()[0].toFixed(2)}`,
  );
  const load = loadavg()[0];
  if (load > 0.5 && !isQuick)
    console.log("The machine is busy: ratios may still mean something, times do not.");
  const questions = [
    ...(asked("add") ? [await eagerAdd()] : []),
    ...(asked("grad") ? [await eagerGrad()] : []),
  ];
  if (questions.length > 0) reportQuestions("eager", "Eager operations", questions);
  if (asked("jit")) reportQuestions("jit", "Compiled programs", await jitQuestions());
  if (asked("tracing")) reportTracing(tracing([5000, 10000, 20000], isQuick ? 2 : 15));
  console.log("\nwrote bench/results/");
}

await main();
