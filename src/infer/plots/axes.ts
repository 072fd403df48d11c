/** @file What the pictures share: which columns are drawn, scales with round ticks, bins, colours of chains. */
import { show } from "../../base/checks.ts";
import { ArgumentError, checkOptions } from "../../base/errors.ts";
import { type Markup, element, text } from "../../inspect/drawing/svg.ts";
import { type Column, columnsOf, givenDraws } from "../diagnostics/columns.ts";
import { significant } from "../diagnostics/table.ts";

/** Options of the pictures. */
export interface PlotOptions {
  /** The numbers to draw, by the names that `summary` gives them, or whole parameters; by default the first ones. */
  readonly names?: readonly string[] | undefined;
}

/** The columns of a picture, and which draws diverged: of each chain. */
export interface Plotted {
  readonly columns: readonly Column[];
  readonly diverging: readonly (readonly boolean[])[] | null;
}

/** What is drawn. @throws ArgumentError for names that there are not. */
export function plotted(
  what: string,
  samples: unknown,
  options: PlotOptions | undefined,
  most: number,
): Plotted {
  checkOptions(what, options, ["names"]);
  const { draws, statistics } = givenDraws(samples);
  const all = columnsOf(what, draws);
  const names: unknown = options?.names;
  const columns = names === undefined ? all.slice(0, most) : chosen(what, all, names);
  const diverging = statistics === null ? null : statistics.diverging.js<boolean[][]>();
  return { columns, diverging };
}

function chosen(what: string, all: readonly Column[], names: unknown): Column[] {
  if (!Array.isArray(names) || names.length === 0 || !names.every((n) => typeof n === "string"))
    throw new ArgumentError(`${what}: names must be a list of names of parameters; got ${show(names)}.`);
  return names.flatMap((name) => {
    const found = all.filter((c) => c.name === name || c.name.startsWith(`${name}[`));
    if (found.length > 0) return found;
    const known = all.slice(0, 12).map((c) => c.name);
    throw new ArgumentError(
      `${what}: there is no parameter ${show(name)}; there are ${known.join(", ")}${all.length > 12 ? ", …" : ""}.`,
    );
  });
}

/** From values to pixels. */
export interface Scale {
  readonly low: number;
  readonly high: number;
  readonly at: (x: number) => number;
}

export function scale(low: number, high: number, from: number, to: number): Scale {
  const span = high > low ? high - low : 1;
  const base = high > low ? low : low - 0.5;
  return { low: base, high: base + span, at: (x) => from + ((x - base) / span) * (to - from) };
}

/** The least and the largest finite value. */
export function range(values: Iterable<number>): readonly [number, number] {
  let [low, high] = [Infinity, -Infinity];
  for (const x of values) {
    if (!Number.isFinite(x)) continue;
    if (x < low) low = x;
    if (x > high) high = x;
  }
  return low <= high ? [low, high] : [0, 0];
}

/** All values of a column. */
export function* valuesOf({ chains }: Column): Generator<number> {
  for (const chain of chains) yield* chain;
}

/** Round numbers within a scale, about so many. */
export function ticks({ low, high }: Scale, count: number): number[] {
  const raw = (high - low) / count;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = power * ([1, 2, 5, 10].find((m) => m * power >= raw) ?? 10);
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => (first + i) * step);
}

export const tickText = (x: number): string =>
  x === 0
    ? "0"
    : significant(x, 3)
        .replace(/(\.\d*?)0+$/, "$1")
        .replace(/\.$/, "");

/** Ticks below a frame. */
export const ticksBelow = (s: Scale, y: number, count: number): Markup[] =>
  ticks(s, count).flatMap((x) => [
    element("line", { class: "adj-tick", x1: s.at(x), x2: s.at(x), y1: y, y2: y + 4 }),
    text(s.at(x), y + 14, tickText(x), "adj-9 adj-soft", "middle"),
  ]);

export const frame = (x: number, y: number, width: number, height: number): Markup =>
  element("rect", { class: "adj-frame", x, y, width, height });

/** How many values are in each of `count` bins. */
export function bins(values: Iterable<number>, { low, high }: Scale, count: number): number[] {
  const out = Array.from({ length: count }, () => 0);
  for (const x of values) {
    const at = Math.min(count - 1, Math.floor(((x - low) / (high - low)) * count));
    if (at >= 0) out[at]++;
  }
  return out;
}

const hues = ["#3b7dd8", "#e08a1e", "#1fa187", "#cc5fa8", "#b8a01f", "#7d6bd6", "#56b4e9", "#b4483a"];

/** The colour of a chain. */
export const chainColour = (i: number): string => hues[i % hues.length];

export const plotStyles = [
  ".adj-pic .adj-frame{fill:var(--box);stroke:var(--edge)}",
  ".adj-pic .adj-tick{stroke:var(--edge)}",
  ".adj-pic .adj-9{font-size:9px}.adj-pic .adj-11{font-size:11px}",
  ".adj-pic .adj-chain{fill:none;stroke-width:1;stroke-opacity:.75;stroke-linejoin:round}",
  ".adj-pic .adj-dot{fill:var(--values);fill-opacity:.35}",
  ".adj-pic .adj-bar{fill:var(--values);fill-opacity:.6}",
  ".adj-pic .adj-divergent{fill:var(--peak);stroke:none}",
].join("");
