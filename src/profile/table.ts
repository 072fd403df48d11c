/** @file A profile as text for a terminal. */
import { bytesText, countText, plural, shareText, shortSite, timeText } from "./text.ts";
import type { CompilationProfile, KernelProfile, ProfileData, ProfiledOperation } from "./types.ts";

/** Kernels and compilations that are listed; the others are counted. */
const mostRows = 30;
/** Lines of the user's that are listed for a kernel. */
const mostLines = 8;

type Column = readonly [head: string, align: "left" | "right", cell: (k: KernelProfile) => string];

const perCall = (k: KernelProfile): number => (k.calls === 0 ? 0 : k.milliseconds / k.calls);
const about = (k: KernelProfile, text: string): string => (k.work.exact ? text : `~${text}`);
const orDash = (x: number, text: string): string => (x === 0 ? "–" : text);

const columns: readonly Column[] = [
  ["share", "right", (k) => shareText(k.share)],
  ["time", "right", (k) => timeText(k.milliseconds)],
  ["calls", "right", (k) => String(k.calls)],
  ["each", "right", (k) => timeText(perCall(k))],
  ["limit", "right", (k) => (k.limit === null ? "–" : about(k, timeText(k.limit.milliseconds)))],
  ["near", "right", (k) => (k.nearness === null ? "–" : about(k, shareText(k.nearness)))],
  ["by", "left", (k) => k.limit?.by ?? ""],
  ["read", "right", (k) => orDash(k.work.read, bytesText(k.work.read))],
  ["written", "right", (k) => orDash(k.work.written, bytesText(k.work.written))],
  ["flops", "right", (k) => orDash(k.work.flops, about(k, countText(k.work.flops)))],
  [
    "program",
    "left",
    (k) => `${k.program}${k.index < 0 || k.kind === "operation" ? "" : `/${k.index}`} (${k.backend})`,
  ],
  ["kernel", "left", (k) => k.name],
];

function lineOf({ operation, site, scope, backward }: ProfiledOperation): string {
  const where = site === null ? "" : ` ${shortSite(site)}`;
  return `${operation}${backward ? " (backward)" : ""}${scope === null ? "" : ` in ${scope}`}${where}`;
}

/** Where the operations of a kernel stand, those of one line together. */
function linesOf({ operations }: KernelProfile): string[] {
  const lines = new Map<string, number>();
  for (const op of operations) {
    if (op.site === null && op.scope === null) continue;
    const line = lineOf(op);
    lines.set(line, (lines.get(line) ?? 0) + 1);
  }
  const all = [...lines].map(([line, n]) => (n === 1 ? line : `${n} × ${line}`));
  return all.length <= mostLines ? all : [...all.slice(0, mostLines), `… ${all.length - mostLines} more`];
}

function kernelTable(kernels: readonly KernelProfile[]): string[] {
  const shown = kernels.slice(0, mostRows);
  const cells = [columns.map(([head]) => head), ...shown.map((k) => columns.map(([, , cell]) => cell(k)))];
  const widths = columns.map((_, i) => Math.max(...cells.map((row) => row[i].length)));
  const text = (row: readonly string[]): string =>
    row
      .map((cell, i) => (columns[i][1] === "right" ? cell.padStart(widths[i]) : cell.padEnd(widths[i])))
      .join("  ")
      .trimEnd();
  const indent = " ".repeat(widths.slice(0, -1).reduce((n, w) => n + w + 2, 0));
  const rows = shown.flatMap((k, i) => [text(cells[i + 1]), ...linesOf(k).map((l) => `${indent}  ${l}`)]);
  const rest = kernels.length - shown.length;
  return [text(cells[0]), ...rows, ...(rest === 0 ? [] : [`… and ${plural(rest, "kernel")} more`])];
}

function compilationLine(c: CompilationProfile): string {
  const parts = [
    `${plural(c.equations, "equation")}, ${plural(c.kernels, "loop nest")}`,
    ...(c.tracing === 0 ? [] : [`of it tracing ${timeText(c.tracing)}`]),
    ...(c.cached ? ["from the cache"] : []),
  ];
  return `  ${timeText(c.milliseconds).padStart(8)}  ${c.name} (${c.backend}): ${c.reason}; ${parts.join(", ")}`;
}

function compilationLines(list: readonly CompilationProfile[]): string[] {
  if (list.length === 0) return ["compilations: none"];
  const slowest = [...list].sort((a, b) => b.milliseconds - a.milliseconds);
  const rest = list.length - mostRows;
  return [
    `compilations: ${list.length}`,
    ...slowest.slice(0, mostRows).map(compilationLine),
    ...(rest <= 0 ? [] : [`  … and ${rest} more`]),
  ];
}

/** The profile as lines of text. */
export function printProfile(p: ProfileData): string {
  const { memory, machine } = p;
  const slowest = (curve: ProfileData["machine"]["reading"]): string => curve[curve.length - 1][1].toFixed(1);
  const heap =
    memory.heapMost === 0
      ? ""
      : `; heap ${bytesText(memory.heapBefore)} before, ${bytesText(memory.heapMost)} at most, ${bytesText(memory.heapAfter)} after`;
  const lines = [
    `${timeText(p.milliseconds)}: ${timeText(p.running)} in ${plural(p.programs.length, "program")}, ` +
      `${timeText(p.compiling)} compiling (profiling took ${timeText(p.profiling)} more)`,
    "",
    ...(p.kernels.length === 0 ? ["no program ran"] : kernelTable(p.kernels)),
    "",
    ...compilationLines(p.compilations),
    `memory: ${plural(memory.arrays, "array")} made, ${bytesText(memory.arrayBytes)}; temporaries ${bytesText(memory.temporaryBytes)}${heap}; ` +
      `${plural(memory.spills, "spill")}${memory.spills === 0 ? "" : `, ${bytesText(memory.spilledBytes)}`}`,
    `machine: ${machine.float64.toFixed(1)} GFLOP/s in float64, ${machine.float32.toFixed(1)} in float32; ` +
      `memory ${slowest(machine.reading)} GB/s read, ${slowest(machine.writing)} written` +
      (machine.threads === 1 ? "" : ` (each of ${machine.threads} threads)`),
  ];
  return lines.join("\n");
}
