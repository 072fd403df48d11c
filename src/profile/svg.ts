/**
 * @file A profile as a picture: a bar of all that took time, over the programs, over their kernels, as wide as they are long;
 * below, the slowest kernels, each with the part of its time that the machine would need.
 *
 * Light or dark by the reader's system; text is the reader's own sans-serif, so lengths of texts are estimates, and texts are
 * cut to what fits surely.
 */
import { escapeXml } from "../inspect/drawing/svg.ts";
import { bytesText, countText, cut, plural, shareText, shortSite, timeText } from "./text.ts";
import type { KernelProfile, ProfileData, ProgramProfile } from "./types.ts";

const width = 960;
const margin = 24;
const inner = width - 2 * margin;
const rowHeight = 24;
const gap = 2;
/** Pixels of a character, in the text of bars and lists. */
const charWidth = 6.4;

/** Kernels that are listed. */
const mostKernels = 14;
const entryHeight = 40;
const barFrom = 400;
const barWidth = 280;

const style = `
svg { --page: #ffffff; --ink: #0f172a; --soft: #64748b; --track: #eef2f7; --on: #ffffff;
  --memory: #2563eb; --arithmetic: #c2410c; --other: #64748b; --compile: #7c3aed; --rest: #cbd5e1; --on-rest: #334155; }
@media (prefers-color-scheme: dark) {
  svg { --page: #0f172a; --ink: #e2e8f0; --soft: #94a3b8; --track: #1e293b; --on: #0f172a;
    --memory: #60a5fa; --arithmetic: #fb923c; --other: #94a3b8; --compile: #a78bfa; --rest: #334155; --on-rest: #cbd5e1; }
}
text { fill: var(--ink); font: 12px system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif; }
.title { font-size: 18px; font-weight: 600; } .soft { fill: var(--soft); font-size: 11px; } .strong { font-weight: 600; }
.on { fill: var(--on); font-size: 11px; } .on-rest { fill: var(--on-rest); font-size: 11px; }
`;

type Colour = "memory" | "arithmetic" | "other" | "compile" | "rest";

const short = (x: number): string => String(Number(x.toFixed(2)));

const text = (x: number, y: number, content: string, kind = "", anchor = "start"): string =>
  `<text x="${short(x)}" y="${short(y)}"${kind === "" ? "" : ` class="${kind}"`}${anchor === "start" ? "" : ` text-anchor="${anchor}"`}>${escapeXml(content)}</text>`;

function rect(x: number, y: number, w: number, h: number, colour: string, more = ""): string {
  return `<rect x="${short(x)}" y="${short(y)}" width="${short(Math.max(0, w))}" height="${h}" rx="2" fill="var(--${colour})"${more}/>`;
}

/** Text that fits surely into so many pixels, or none. */
function fitting(content: string, pixels: number): string {
  const most = Math.floor(pixels / charWidth);
  return most < 4 ? "" : cut(content, most);
}

/** A part of a bar, and its parts. */
interface Segment {
  readonly label: string;
  readonly told: string;
  readonly milliseconds: number;
  readonly colour: Colour;
  readonly parts: readonly Segment[];
}

const colourOf = (k: KernelProfile): Colour => k.limit?.by ?? "other";

function detailsOf(k: KernelProfile): string {
  const { work, limit, nearness } = k;
  const lines = k.operations.map((o) => `${o.operation}${o.site === null ? "" : ` ${shortSite(o.site)}`}`);
  return [
    `${k.name} – ${timeText(k.milliseconds)} in ${plural(k.calls, "call")}, ${shareText(k.share)}`,
    `${k.program} (${k.backend})`,
    ...(limit === null
      ? []
      : [
          `${bytesText(work.read)} read, ${bytesText(work.written)} written, ${countText(work.flops)} flops in a call`,
          `${shareText(nearness ?? 0)} of what the machine can do, limited by ${limit.by}`,
        ]),
    ...new Set(lines),
  ].join("\n");
}

function programSegment(p: ProgramProfile): Segment {
  const parts = p.kernels.map((k): Segment => ({
    label: k.kind === "call" ? "call" : k.name,
    told: detailsOf(k),
    milliseconds: k.milliseconds,
    colour: colourOf(k),
    parts: [],
  }));
  return {
    label: p.name,
    told: `${p.name} (${p.backend}) – ${timeText(p.milliseconds)} in ${plural(p.calls, "call")}`,
    milliseconds: p.milliseconds,
    colour:
      p.kernels.length > 0
        ? colourOf([...p.kernels].sort((a, b) => b.milliseconds - a.milliseconds)[0])
        : "other",
    parts: p.kernels.length > 1 ? parts : [],
  };
}

function wholeOf(p: ProfileData): Segment {
  const compilations = p.compilations.map((c): Segment => ({
    label: c.name,
    told: `${c.name} (${c.backend}) compiled in ${timeText(c.milliseconds)}: ${c.reason}`,
    milliseconds: c.milliseconds,
    colour: "compile",
    parts: [],
  }));
  const rest = Math.max(0, p.milliseconds - p.running - p.compiling);
  const parts: Segment[] = p.programs.map(programSegment);
  if (p.compiling > 0)
    parts.push({
      label: "compiling",
      told: `compiling – ${timeText(p.compiling)}`,
      milliseconds: p.compiling,
      colour: "compile",
      parts: compilations,
    });
  const other = "JavaScript around it";
  parts.push({
    label: other,
    told: `${other} – ${timeText(rest)}`,
    milliseconds: rest,
    colour: "rest",
    parts: [],
  });
  const milliseconds = parts.reduce((sum, s) => sum + s.milliseconds, 0);
  const label = `all – ${timeText(milliseconds)}`;
  return { label, told: label, milliseconds, colour: "rest", parts };
}

/** A bar with those of its parts below it. Parts of less than half a pixel are left out. */
function bars(s: Segment, x: number, y: number, perMs: number): string {
  const w = s.milliseconds * perMs;
  if (w < 0.5) return "";
  const label = fitting(s.label, w - 8);
  const kind = s.colour === "rest" ? "on-rest" : "on";
  let out = `<g><title>${escapeXml(s.told)}</title>${rect(x, y, w - (w > 3 ? 1 : 0), rowHeight, s.colour)}${label === "" ? "" : text(x + 5, y + 16, label, kind)}</g>`;
  let at = x;
  for (const part of s.parts) {
    out += bars(part, at, y + rowHeight + gap, perMs);
    at += part.milliseconds * perMs;
  }
  return out;
}

/** One of the slowest kernels: its names, a bar, and in it the part that the machine needs. */
function entry(k: KernelProfile, y: number, perMs: number): string {
  const { limit, nearness } = k;
  const w = Math.max(1.5, k.milliseconds * perMs);
  const needed = nearness === null ? 0 : Math.min(1, nearness) * w;
  const first = k.operations.find((o) => o.site !== null)?.site ?? null;
  const place = [
    `${k.program} (${k.backend})`,
    plural(k.calls, "call"),
    ...(first === null ? [] : [shortSite(first)]),
  ].join(" · ");
  const numbers = `${timeText(k.milliseconds)}  ·  ${shareText(k.share)}`;
  const peak = limit?.by === "memory" ? "peak bandwidth" : "peak arithmetic";
  const share = `${k.work.exact ? "" : "about "}${shareText(nearness ?? 0)} of ${peak}`;
  const near = limit !== null ? share : k.kind === "call" ? "arguments, results, allocations" : "";
  return [
    `<g><title>${escapeXml(detailsOf(k))}</title>`,
    text(margin, y + 14, fitting(k.name, barFrom - margin - 16), "strong"),
    text(margin, y + 29, fitting(place, (barFrom - margin - 16) * 1.1), "soft"),
    rect(barFrom, y + 4, barWidth, 24, "track"),
    rect(barFrom, y + 4, w, 24, colourOf(k), limit === null ? "" : ` fill-opacity="0.45"`),
    needed > 0 ? rect(barFrom, y + 4, Math.max(1.5, needed), 24, colourOf(k)) : "",
    text(barFrom + barWidth + 12, y + 14, numbers),
    text(barFrom + barWidth + 12, y + 29, near, "soft"),
    "</g>",
  ].join("");
}

const legend: readonly (readonly [Colour, string])[] = [
  ["memory", "limited by memory"],
  ["arithmetic", "limited by arithmetic"],
  ["other", "calls, nothing to compute"],
  ["compile", "compiling"],
  ["rest", "other JavaScript"],
];
const legendColumn = 180;

const legendAt = (y: number): string =>
  legend
    .map(([colour, words], i) => {
      const x = margin + i * legendColumn;
      return rect(x, y - 9, 10, 10, colour) + text(x + 15, y, words, "soft");
    })
    .join("");

/** The depth of a bar with its parts. */
const depthOf = (s: Segment): number => 1 + Math.max(0, ...s.parts.map(depthOf));

/** The picture as SVG text. */
export function drawProfile(p: ProfileData): string {
  const whole = wholeOf(p);
  const kernels = p.kernels.slice(0, mostKernels);
  const flameTop = 74;
  const legendTop = flameTop + depthOf(whole) * (rowHeight + gap) + 20;
  const listTop = legendTop + 44;
  const rest = p.kernels.length - kernels.length;
  const height = listTop + kernels.length * entryHeight + (rest > 0 ? 24 : 0) + 16;
  const longest = Math.max(1e-9, ...kernels.map((k) => k.milliseconds));
  const subtitle =
    `${timeText(p.running)} in ${plural(p.programs.length, "program")}, ${timeText(p.compiling)} compiling; ` +
    `${plural(p.memory.arrays, "array")} made (${bytesText(p.memory.arrayBytes)}), ${plural(p.memory.spills, "spill")}`;
  const body = [
    `<rect width="${width}" height="${height}" fill="var(--page)"/>`,
    text(margin, 34, timeText(p.milliseconds), "title"),
    text(margin, 54, subtitle, "soft"),
    bars(whole, margin, flameTop, whole.milliseconds === 0 ? 0 : inner / whole.milliseconds),
    legendAt(legendTop),
    kernels.length === 0
      ? ""
      : text(margin, listTop - 12, "The slowest kernels; solid is what the machine would need", "soft"),
    ...kernels.map((k, i) => entry(k, listTop + i * entryHeight, barWidth / longest)),
    rest > 0 ? text(margin, height - 20, `and ${plural(rest, "kernel")} more`, "soft") : "",
  ];
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">` +
    `<title>Profile: ${escapeXml(timeText(p.milliseconds))}</title><style>${style}</style>${body.join("")}</svg>\n`
  );
}
