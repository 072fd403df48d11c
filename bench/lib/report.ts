/** @file What comes of results: text for a terminal, JSON, a chart, and tables of a page in Markdown. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { cpus, loadavg, platform } from "node:os";
import { fileURLToPath } from "node:url";
import { barChart, palette } from "../../examples/lib/svg.ts";
import { table } from "../../examples/lib/table.ts";
import type { Limit } from "./limit/model.ts";
import type { Measured, Quartiles, Unit } from "./measure.ts";
import type { Result } from "./task.ts";

/** A result as it is kept. */
export interface Kept extends Result {
  readonly date: string;
  /** Processes that wanted to run, a minute before the end. */
  readonly load: number;
  /** What it was measured on; that of the file if not given. */
  readonly processor?: string;
}

export interface ResultsFile {
  readonly name: string;
  readonly title: string;
  readonly machine: Readonly<Record<string, string | number>>;
  readonly results: readonly Kept[];
}

export const machine = {
  node: process.version,
  v8: process.versions.v8,
  platform: `${platform()} ${process.arch}`,
  processor: cpus()[0]?.model ?? "unknown",
  cores: cpus().length,
};

const digits = (x: number): string => (x >= 999.5 ? x.toFixed(0) : x.toPrecision(3));

function scaled(value: number, units: readonly (readonly [string, number])[]): string {
  const [unit, size] = units.find(([, s]) => value < 999.5 * s) ?? units[units.length - 1];
  return `${digits(value / size)} ${unit}`;
}

const times = [
  ["ns", 1],
  ["µs", 1e3],
  ["ms", 1e6],
  ["s", 1e9],
] as const;
const sizes = [["MB", 1e6]] as const;

/** `1.23 µs`, `345 MB`. */
export function show(value: number, unit: Unit): string {
  return scaled(value, unit === "bytes" ? sizes : times);
}

export const showRatio = (ratio: number): string => `${digits(ratio)} ×`;

const showRange = ({ low, high }: Quartiles, unit: Unit): string =>
  `${show(low, unit)} – ${show(high, unit)}`;

const showRate = (flops: number | undefined, m: Measured): string[] =>
  flops === undefined ? [] : [`${digits(flops / m.value.median)} GFLOP/s`];

const heading = (unit: Unit): string =>
  unit === "ns" ? "median" : unit === "bytes" ? "size" : "median per equation";

/** The first contender's time, and how many times the limit that is. */
const besideLimit = ({ measured: [first] }: Result, limit: Limit): [ns: number, ratio: number] => [
  first.value.median,
  first.value.median / limit.ns,
];

/** Calls that take less are nearly all call. */
const shortCall = 20_000;

/** What limits the first contender, in a sentence. */
export function limitSentence(result: Result): string | null {
  const { limit } = result;
  if (limit === undefined) return null;
  const [ns, ratio] = besideLimit(result, limit);
  if (ns < shortCall && !(ratio < 10))
    return `the call itself; the program's instructions take ${show(limit.ns, "ns")} at least.`;
  return limit.sentence;
}

function limitLines(result: Result): string[] {
  const { limit } = result;
  if (limit === undefined) return [];
  const parts = Object.entries(limit.parts).map(([name, ns]) => `${name} ${show(ns, "ns")}`);
  const ratio = showRatio(besideLimit(result, limit)[1]);
  return [
    `limit: ${show(limit.ns, "ns")}, ${ratio} (${parts.join(", ")})`,
    `limited by ${limitSentence(result)}`,
  ];
}

/** A table for the terminal. */
export function text(result: Result): string {
  const { measured, unit, flops, absent = {} } = result;
  const rows = measured.map((m) => [
    m.name,
    show(m.value.median, unit),
    showRange(m.value, unit),
    showRatio(m.ratio.median),
    ...showRate(flops, m),
  ]);
  const names = ["", heading(unit), "quartiles", "ratio", ...(flops === undefined ? [] : ["rate"])];
  const missing = Object.entries(absent).map(([name, why]) => `without ${name}: ${why}`);
  return [table(names, rows), ...missing, ...limitLines(result)].join("\n");
}

/** Contenders keep their colours from chart to chart. */
function colour(name: string): string {
  if (name === "@jax-js/jax") return palette[1];
  if (name === "tfjs") return palette[2];
  if (name.endsWith("XLA")) return palette[3];
  return name.endsWith("by hand") ? palette[4] : palette[0];
}

function chart({ title, results }: ResultsFile): string {
  return barChart({
    title,
    subtitle: "Median and quartiles; shorter is better",
    groups: results.map(({ name, unit, measured }) => ({
      name: unit === "ns per equation" ? `${name} (per equation)` : name,
      bars: measured.map((m) => ({
        name: m.name,
        value: m.value.median,
        range: [m.value.low, m.value.high],
        color: colour(m.name),
        text: `${show(m.value.median, unit)}  (${showRatio(m.ratio.median)})`,
      })),
    })),
  });
}

const resultsFolder = (isScratch: boolean): string =>
  fileURLToPath(new URL(`../results/${isScratch ? "scratch/" : ""}`, import.meta.url));

/** The results that are kept, null if there are none. */
export function read(name: string, isScratch = false): ResultsFile | null {
  const path = `${resultsFolder(isScratch)}${name}.json`;
  return existsSync(path) ? (JSON.parse(readFileSync(path, "utf8")) as ResultsFile) : null;
}

/**
 * Writes results.json and results.svg of a group. Results of the same name are replaced; others of the file stay, in the order
 * of `order`.
 * @param conditions what else than the machine they depend on: XLA, NumPy, the machine's peaks
 * @param isScratch for runs whose numbers are not to be kept: in a folder of their own
 */
export function write(
  name: string,
  title: string,
  results: readonly Result[],
  order: readonly string[],
  conditions: Readonly<Record<string, string>>,
  isScratch: boolean,
): void {
  const [date, load] = [new Date().toISOString(), loadavg()[0]];
  const old = read(name, isScratch)?.results ?? [];
  const merged = new Map(
    [...old, ...results.map((r) => ({ ...r, date, load, processor: machine.processor }))].map((r) => [
      r.name,
      r,
    ]),
  );
  const kept = order.flatMap((n) => merged.get(n) ?? []);
  const file: ResultsFile = { name, title, machine: { ...machine, ...conditions }, results: kept };
  const folder = resultsFolder(isScratch);
  mkdirSync(folder, { recursive: true });
  writeFileSync(`${folder}${name}.json`, `${JSON.stringify(file, null, 2)}\n`);
  writeFileSync(`${folder}${name}.svg`, chart(file));
}

/**
 * Rows are results, columns contenders: median, and the ratio to the first of the row. A column or row in which nobody takes
 * part says why. The last column, if there is any, is the limit, and the first contender's time in units of it.
 */
export function markdown({ results }: ResultsFile): string {
  const present = new Set(results.flatMap((r) => r.measured.map((m) => m.name)));
  const names = [...new Set([...present, ...results.flatMap((r) => Object.keys(r.absent ?? {}))])];
  const cell = (r: Kept, name: string): string => {
    const m = r.measured.find((x) => x.name === name);
    if (m === undefined) {
      const isBare = r.measured.length === 0 || !present.has(name);
      return (isBare ? r.absent?.[name] : undefined) ?? "–";
    }
    const rate = showRate(r.flops, m).map((s) => `, ${s}`);
    const ratio = m === r.measured[0] ? "" : ` (${showRatio(m.ratio.median)})`;
    return `${show(m.value.median, r.unit)}${ratio}${rate.join("")}`;
  };
  const hasLimits = results.some((r) => r.limit !== undefined);
  const limit = (r: Kept): string =>
    r.limit === undefined
      ? "–"
      : `${show(r.limit.ns, "ns")}, ${r.limit.by} (${showRatio(besideLimit(r, r.limit)[1])})`;
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  const heads = [...names, ...(hasLimits ? ["limit"] : [])];
  return [
    line(["", ...heads]),
    line(["---", ...heads.map(() => "--:")]),
    ...results.map((r) => line([r.name, ...names.map((n) => cell(r, n)), ...(hasLimits ? [limit(r)] : [])])),
  ].join("\n");
}

/** What limits each row, a line for each. */
export function limitList({ results }: ResultsFile): string {
  return results
    .flatMap((r) => {
      const sentence = limitSentence(r);
      return sentence === null ? [] : [`- **${r.name}** is limited by ${sentence}`];
    })
    .join("\n");
}
