/** @file The picture of pairs: each number against each other, where funnels, ridges and modes are seen; divergent draws in another colour. */
import { refuseMore } from "../../base/checks.ts";
import { type Markup, element, fit, picture, short, text } from "../../inspect/drawing/svg.ts";
import type { Column } from "../diagnostics/columns.ts";
import {
  type PlotOptions,
  type Scale,
  bins,
  frame,
  plotStyles,
  plotted,
  range,
  scale,
  ticksBelow,
  valuesOf,
} from "./axes.ts";

const margin = 16;
const side = 128;
const gap = 24;
const top = 36;
const most = 6;
const binCount = 24;
/** Points of a panel; of more draws every so manieth. */
const mostPoints = 800;

/** Small squares at points, in one path. */
function dots(points: readonly (readonly [number, number])[], kind: string, size: number): Markup[] {
  if (points.length === 0) return [];
  const d = points
    .map(([x, y]) => `M${short(x - size / 2)} ${short(y - size / 2)}h${size}v${size}h-${size}z`)
    .join("");
  return [element("path", { class: kind, d })];
}

function scatter(
  across: Column,
  up: Column,
  sx: Scale,
  sy: Scale,
  diverging: readonly (readonly boolean[])[] | null,
): Markup[] {
  const total = across.chains.reduce((n, c) => n + c.length, 0);
  const every = Math.ceil(total / mostPoints);
  const [plain, divergent]: [number, number][][] = [[], []];
  let seen = 0;
  across.chains.forEach((xs, c) => {
    xs.forEach((x, i) => {
      const point: [number, number] = [sx.at(x), sy.at(up.chains[c][i])];
      if (!point.every(Number.isFinite)) return;
      if (diverging?.[c][i] === true) divergent.push(point);
      else if (seen++ % every === 0) plain.push(point);
    });
  });
  return [...dots(plain, "adj-dot", 2), ...dots(divergent.slice(0, mostPoints), "adj-divergent", 3)];
}

function histogram(column: Column, s: Scale, y: number): Markup[] {
  const counts = bins(valuesOf(column), s, binCount);
  const tallest = Math.max(1, ...counts);
  const width = (s.high - s.low) / binCount;
  return counts.map((n, i) => {
    const [x0, x1] = [s.at(s.low + i * width), s.at(s.low + (i + 1) * width)];
    const height = (n / tallest) * (side - 8);
    return element("rect", {
      class: "adj-bar",
      x: x0,
      y: y + side - height,
      width: Math.max(0.5, x1 - x0 - 0.5),
      height,
    });
  });
}

/**
 * A picture of pairs, as SVG: on the diagonal how the draws of each number are distributed, below it each number against each
 * other. Draws of trajectories that diverged are drawn last, in red: where they gather, the sampler did not get further.
 * @param samples what a sampler returned, or an array [chains, draws, …] or a tree of such; of the first 6 numbers, or
 * those that `names` says
 * @throws ArgumentError for names that there are not, and for traced draws; ShapeError for arrays without chains and draws
 * @example
 * const draws = { mu: random.normal(random.key(0), [4, 100]), tau: random.exponential(random.key(1), [4, 100]) };
 * infer.pairPlot(draws, { names: ["mu", "tau"] }).startsWith("<svg"); // true
 */
export function pairPlot(samples: unknown, options?: PlotOptions, ...more: []): string {
  refuseMore("pairPlot", 2, more);
  const { columns, diverging } = plotted("pairPlot", samples, options, most);
  const place = (i: number): number => margin + i * (side + gap);
  const content = columns.flatMap((column, row) => {
    const y = top + row * (side + gap);
    const [low, high] = range(valuesOf(column));
    const up = scale(low, high, y + side - 3, y + 3);
    const panels = columns.slice(0, row + 1).flatMap((other, k) => {
      const ends = range(valuesOf(other));
      const across = scale(ends[0], ends[1], place(k) + 3, place(k) + side - 3);
      return [
        frame(place(k), y, side, side),
        ...(k === row ? histogram(column, across, y) : scatter(other, column, across, up, diverging)),
        ...ticksBelow(across, y + side, 4),
      ];
    });
    return [...panels, text(place(row), y - 6, fit(column.name, 11, side), "adj-11 adj-bold")];
  });
  const count = columns.length;
  return picture(
    "Draws by pairs",
    `The draws of ${columns.map((c) => c.name).join(", ")}: on the diagonal their distributions, below it each against each other.`,
    place(count) - gap + margin,
    top + count * (side + gap) + 4,
    plotStyles,
    content,
  );
}
