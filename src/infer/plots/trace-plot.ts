/** @file The picture of chains over time: on the left how the draws of each chain are distributed, on the right the chains themselves. */
import { refuseMore } from "../../base/checks.ts";
import { type Markup, element, fit, picture, short, text, title } from "../../inspect/drawing/svg.ts";
import type { Column } from "../diagnostics/columns.ts";
import {
  type PlotOptions,
  type Scale,
  bins,
  chainColour,
  frame,
  plotStyles,
  plotted,
  range,
  scale,
  ticksBelow,
  valuesOf,
} from "./axes.ts";

const margin = 16;
const left = 220;
const right = 520;
const between = 40;
const rowHeight = 130;
const plotHeight = 84;
const top = 44;
const most = 12;
const binCount = 40;
/** Points of a chain's line: two, the least and the largest, of each pixel or so. */
const mostPoints = 520;

/** A line through points. */
const line = (points: readonly (readonly [number, number])[], colour: string, told: string): Markup =>
  element(
    "path",
    {
      class: "adj-chain",
      stroke: colour,
      d: points.map(([x, y], i) => `${i === 0 ? "M" : "L"}${short(x)} ${short(y)}`).join(""),
    },
    title(told),
  );

/** The draws that a line is drawn through: all, or the extremes of as many pieces as there is room for. */
function thinned(xs: Float64Array): (readonly [at: number, x: number])[] {
  if (xs.length <= mostPoints) return Array.from(xs, (x, i) => [i, x] as const);
  const pieces = mostPoints / 2;
  return Array.from({ length: pieces }, (_, k) => {
    const [from, to] = [Math.floor((k * xs.length) / pieces), Math.floor(((k + 1) * xs.length) / pieces)];
    let [low, high] = [from, from];
    for (let i = from; i < to; i++) {
      if (xs[i] < xs[low]) low = i;
      if (xs[i] > xs[high]) high = i;
    }
    const ends = low < high ? [low, high] : [high, low];
    return ends.map((i) => [i, xs[i]] as const);
  }).flat();
}

function distributions(column: Column, along: Scale, y: number): Markup[] {
  const counts = column.chains.map((c) => bins(c, along, binCount));
  const tallest = Math.max(1, ...counts.flat());
  const width = (along.high - along.low) / binCount;
  return counts.map((list, c) => {
    const points = list.map((n, i) => {
      const at = along.at(along.low + (i + 0.5) * width);
      return [at, y + plotHeight - 2 - (n / tallest) * (plotHeight - 8)] as const;
    });
    return line(points, chainColour(c), `chain ${c}`);
  });
}

function traces(column: Column, values: readonly [number, number], x: number, y: number): Markup[] {
  const up = scale(values[0], values[1], y + plotHeight - 4, y + 4);
  return column.chains.map((chain, c) => {
    const along = scale(0, Math.max(1, chain.length - 1), x, x + right);
    const points = thinned(chain).filter(([, v]) => Number.isFinite(v));
    return line(
      points.map(([i, v]) => [along.at(i), up.at(v)] as const),
      chainColour(c),
      `chain ${c}`,
    );
  });
}

/** Marks where draws diverged. */
function marks(diverging: readonly (readonly boolean[])[] | null, x: number, y: number): Markup[] {
  if (diverging === null) return [];
  return diverging.flatMap((chain) => {
    const along = scale(0, Math.max(1, chain.length - 1), x, x + right);
    const at = chain.flatMap((d, i) => (d ? [i] : [])).slice(0, 500);
    return at.map((i) =>
      element("rect", {
        class: "adj-divergent",
        x: along.at(i) - 0.5,
        y: y + plotHeight - 7,
        width: 1,
        height: 7,
      }),
    );
  });
}

/**
 * A picture of chains, as SVG: for each number how the draws of each chain are distributed, and the chain itself; divergent
 * draws are marked below it. Chains that agree, and look like noise, are what one wants to see.
 * @param samples what a sampler returned, or an array [chains, draws, …] or a tree of such; of the first 12 numbers, or
 * those that `names` says
 * @throws ArgumentError for names that there are not, and for traced draws; ShapeError for arrays without chains and draws
 * @example
 * infer.tracePlot({ mu: random.normal(random.key(0), [4, 100]) }).startsWith("<svg"); // true
 */
export function tracePlot(samples: unknown, options?: PlotOptions, ...more: []): string {
  refuseMore("tracePlot", 2, more);
  const { columns, diverging } = plotted("tracePlot", samples, options, most);
  const second = margin + left + between;
  const content = columns.flatMap((column, k) => {
    const y = top + k * rowHeight;
    const values = range(valuesOf(column));
    const along = scale(values[0], values[1], margin + 2, margin + left - 2);
    const time = scale(0, Math.max(1, column.chains[0].length - 1), second, second + right);
    return [
      text(margin, y - 7, fit(column.name, 11, left + between), "adj-11 adj-bold"),
      frame(margin, y, left, plotHeight),
      ...distributions(column, along, y),
      ...ticksBelow(along, y + plotHeight, 4),
      frame(second, y, right, plotHeight),
      ...traces(column, values, second, y),
      ...marks(diverging, second, y),
      ...ticksBelow(time, y + plotHeight, 5),
    ];
  });
  const names = columns.map((c) => c.name).join(", ");
  const chains = columns[0].chains.length;
  return picture(
    "Traces of Markov chains",
    `The draws of ${chains} chains for ${names}: on the left their distribution, on the right the chains.`,
    second + right + margin,
    top + columns.length * rowHeight - 12,
    plotStyles,
    content,
  );
}
