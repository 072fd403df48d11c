/**
 * @file Small SVG charts: lines, bars, and grids of grey images. Each function returns the text of an SVG file.
 */

export const palette = ["#2563eb", "#ea580c", "#16a34a", "#9333ea", "#64748b"] as const;

type Attributes = Readonly<Record<string, string | number>>;

/** Text that may stand in an element or an attribute. */
export const escapeText = (text: string): string =>
  text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;").replace(/"/g, "&quot;");

const round = (x: number): number => Math.round(x * 100) / 100;

export function element(name: string, attributes: Attributes, ...children: readonly string[]): string {
  const text = Object.entries(attributes)
    .map(([key, value]) => ` ${key}="${typeof value === "number" ? round(value) : escapeText(value)}"`)
    .join("");
  return children.length === 0 ? `<${name}${text}/>` : `<${name}${text}>${children.join("")}</${name}>`;
}

export function label(x: number, y: number, text: string, attributes: Attributes = {}): string {
  return element("text", { x, y, fill: "#334155", ...attributes }, escapeText(text));
}

export function page(width: number, height: number, title: string, ...children: readonly string[]): string {
  const heading = label(width / 2, 26, title, {
    "text-anchor": "middle",
    "font-size": 16,
    "font-weight": 600,
  });
  const attributes = {
    xmlns: "http://www.w3.org/2000/svg",
    width,
    height,
    viewBox: `0 0 ${width} ${height}`,
    "font-family": "system-ui, 'DejaVu Sans', sans-serif",
    "font-size": 12,
  };
  const background = element("rect", { width, height, fill: "white" });
  return `${element("svg", attributes, background, heading, ...children)}\n`;
}

/** Round numbers that cover an interval, about `count` of them. */
export function ticks(lo: number, hi: number, count = 5): number[] {
  const span = hi - lo || 1;
  const power = 10 ** Math.floor(Math.log10(span / count));
  const step = [1, 2, 5, 10].map((m) => m * power).find((s) => span / s <= count + 0.5) ?? span;
  const first = Math.ceil(lo / step - 1e-9);
  const last = Math.floor(hi / step + 1e-9);
  return Array.from({ length: last - first + 1 }, (_, i) => Number(((first + i) * step).toPrecision(12)));
}

export interface Series {
  readonly name: string;
  readonly xs: readonly number[];
  readonly ys: readonly number[];
  /** Draw points instead of a line. */
  readonly points?: boolean;
}

export interface LineChart {
  readonly title: string;
  readonly xLabel: string;
  readonly yLabel: string;
  readonly series: readonly Series[];
  /** Logarithmic vertical axis: values must be positive. */
  readonly logY?: boolean;
}

const frame = { width: 640, height: 400, left: 64, right: 20, top: 44, bottom: 48 } as const;

interface Scale {
  readonly at: (v: number) => number;
  readonly ticks: readonly number[];
}

/** Ticks between 10^a and 10^b: powers of ten, and 2 and 5 times those where few of them fit. */
function logTicks(a: number, b: number): number[] {
  const every = Math.ceil((b - a) / 8);
  const factors = b - a < 3 ? [1, 2, 5] : [1];
  const out: number[] = [];
  for (let e = Math.floor(a); e <= b; e += every)
    for (const f of factors) {
      const exponent = e + Math.log10(f);
      if (exponent >= a - 1e-9 && exponent <= b + 1e-9) out.push(Number(`${f}e${e}`));
    }
  return out;
}

function scaleOf(values: readonly number[], from: number, to: number, log: boolean): Scale {
  const lo = Math.min(...values);
  const hi = Math.max(...values);
  if (log) {
    const a = Math.log10(lo);
    const b = hi > lo ? Math.log10(hi) : a + 1;
    return { at: (v) => from + ((Math.log10(v) - a) / (b - a)) * (to - from), ticks: logTicks(a, b) };
  }
  const span = hi - lo || 1;
  return { at: (v) => from + ((v - lo) / span) * (to - from), ticks: ticks(lo, hi) };
}

const tickText = (v: number): string =>
  v !== 0 && (Math.abs(v) < 1e-3 || Math.abs(v) >= 1e5) ? v.toExponential(0) : String(v);

function axes(x: Scale, y: Scale, chart: Pick<LineChart, "xLabel" | "yLabel">): string {
  const { width, height, left, right, top, bottom } = frame;
  const grid = y.ticks.map(
    (v) =>
      element("line", { x1: left, x2: width - right, y1: y.at(v), y2: y.at(v), stroke: "#e2e8f0" }) +
      label(left - 8, y.at(v) + 4, tickText(v), { "text-anchor": "end" }),
  );
  const columns = x.ticks.map((v) =>
    label(x.at(v), height - bottom + 18, tickText(v), { "text-anchor": "middle" }),
  );
  const base = height - bottom;
  const line = element("line", { x1: left, x2: width - right, y1: base, y2: base, stroke: "#64748b" });
  const middle = (top + base) / 2;
  const names =
    label((left + width - right) / 2, height - 10, chart.xLabel, { "text-anchor": "middle" }) +
    label(16, middle, chart.yLabel, { "text-anchor": "middle", transform: `rotate(-90 16 ${middle})` });
  return [...grid, ...columns, line, names].join("");
}

export function lineChart(chart: LineChart): string {
  const { width, height, left, right, top, bottom } = frame;
  const log = chart.logY === true;
  const x = scaleOf(
    chart.series.flatMap((s) => s.xs),
    left + 6,
    width - right - 6,
    false,
  );
  const ys = chart.series.flatMap((s) => s.ys);
  const y = scaleOf(log ? ys : [...ys, 0], height - bottom, top + 6, log);
  const curves = chart.series.map((s, i) => {
    const color = palette[i % palette.length];
    const at = s.xs.map((v, k) => [round(x.at(v)), round(y.at(s.ys[k]))] as const);
    if (s.points === true)
      return at.map(([cx, cy]) => element("circle", { cx, cy, r: 3.5, fill: color })).join("");
    const points = at.map(([px, py]) => `${px},${py}`).join(" ");
    return element("polyline", {
      points,
      fill: "none",
      stroke: color,
      "stroke-width": 2,
      "stroke-linejoin": "round",
    });
  });
  const widest = Math.max(...chart.series.map((s) => s.name.length)) * 7 + 34;
  const legend = chart.series.map((s, i) => {
    const row = top + 18 + i * 20;
    const start = width - right - widest;
    return (
      element("rect", {
        x: start,
        y: row - 7,
        width: 18,
        height: 4,
        rx: 2,
        fill: palette[i % palette.length],
      }) + label(start + 26, row, s.name)
    );
  });
  return page(width, height, chart.title, axes(x, y, chart), ...curves, ...legend);
}

export interface Bar {
  readonly name: string;
  readonly value: number;
  /** Ends of the range drawn over the bar. */
  readonly range?: readonly [number, number];
  /** Written behind the bar. */
  readonly text: string;
  /** The next one of the palette if not given. */
  readonly color?: string | undefined;
}

export interface BarChart {
  readonly title: string;
  readonly subtitle?: string;
  readonly groups: readonly { readonly name: string; readonly bars: readonly Bar[] }[];
}

/** Horizontal bars on a linear scale that starts at 0; each group has a scale of its own. */
export function barChart({ title, subtitle = "", groups }: BarChart): string {
  const width = 720;
  const left = 150;
  const room = width - left - 170;
  const body: string[] = [label(width / 2, 46, subtitle, { "text-anchor": "middle", fill: "#64748b" })];
  let y = 72;
  for (const group of groups) {
    const longest = Math.max(...group.bars.map((b) => Math.max(b.value, b.range?.[1] ?? 0)));
    const at = (v: number): number => left + (v / longest) * room;
    body.push(label(20, y, group.name, { "font-weight": 600 }));
    y += 10;
    group.bars.forEach((bar, i) => {
      const middle = y + 11;
      const color = bar.color ?? palette[i % palette.length];
      body.push(
        label(left - 10, middle + 4, bar.name, { "text-anchor": "end" }),
        element("rect", {
          x: left,
          y,
          width: Math.max(1, at(bar.value) - left),
          height: 22,
          rx: 2,
          fill: color,
        }),
      );
      if (bar.range !== undefined) {
        const [lo, hi] = bar.range;
        const mark = { stroke: "#0f172a", "stroke-width": 1.5 };
        body.push(
          element("line", { x1: at(lo), x2: at(hi), y1: middle, y2: middle, ...mark }),
          ...[lo, hi].map((v) => element("line", { x1: at(v), x2: at(v), y1: y + 6, y2: y + 16, ...mark })),
        );
      }
      const end = Math.max(at(bar.value), at(bar.range?.[1] ?? 0));
      body.push(label(end + 8, middle + 4, bar.text));
      y += 28;
    });
    y += 24;
  }
  return page(width, y, title, ...body);
}

export interface Picture {
  /** Grey values from 0 (white) to 1 (black), row by row. */
  readonly pixels: ArrayLike<number>;
  readonly size: number;
  readonly caption: string;
}

/** Square pictures with captions in rows. */
export function pictureGrid(title: string, pictures: readonly Picture[], perRow = 6): string {
  const cell = 128;
  const side = 88;
  const columns = Math.min(perRow, Math.max(1, pictures.length));
  const width = Math.max(360, columns * cell + 24);
  const start = (width - columns * cell) / 2;
  const height = 52 + Math.ceil(pictures.length / perRow) * (cell + 12);
  const cells = pictures.map(({ pixels, size, caption }, i) => {
    const x0 = start + (i % perRow) * cell + (cell - side) / 2;
    const y0 = 46 + Math.floor(i / perRow) * (cell + 12);
    const step = side / size;
    const dots = Array.from(pixels).map((v, k) => {
      const grey = Math.round(255 * (1 - v));
      const x = x0 + (k % size) * step;
      const y = y0 + Math.floor(k / size) * step;
      return element("rect", {
        x,
        y,
        width: step + 0.1,
        height: step + 0.1,
        fill: `rgb(${grey},${grey},${grey})`,
      });
    });
    const border = element("rect", {
      x: x0,
      y: y0,
      width: side,
      height: side,
      fill: "none",
      stroke: "#cbd5e1",
    });
    const text = label(x0 + side / 2, y0 + side + 16, caption, { "text-anchor": "middle" });
    return [...dots, border, text].join("");
  });
  return page(width, height, title, ...cells);
}

export interface Trace {
  readonly name: string;
  /** Of each chain, its draws. */
  readonly chains: readonly (readonly number[])[];
}

/** Draws of Markov chains in their order: one panel for each quantity, one line for each chain. */
export function tracePlot(title: string, traces: readonly Trace[]): string {
  const { width, left, right, top } = frame;
  const [height, gap] = [96, 16];
  const panels = traces.map(({ name, chains }, k) => {
    const upper = top + k * (height + gap);
    const [steps, values] = [chains.map((c) => c.length), chains.flat()];
    const x = scaleOf([0, Math.max(...steps) - 1], left, width - right, false);
    const y = scaleOf(values, upper + height, upper, false);
    const box = { x: left, y: upper, width: width - left - right, height };
    const lines = chains.map((ys, i) =>
      element("polyline", {
        points: ys.map((v, t) => `${round(x.at(t))},${round(y.at(v))}`).join(" "),
        fill: "none",
        stroke: palette[i % palette.length],
        "stroke-width": 0.6,
        "stroke-opacity": 0.8,
      }),
    );
    const marks = y.ticks.map((v) => label(left - 8, y.at(v) + 4, tickText(v), { "text-anchor": "end" }));
    const border = element("rect", { ...box, fill: "none", stroke: "#cbd5e1" });
    const heading = label(left + 6, upper + 14, name, { "font-weight": 600 });
    return [...lines, ...marks, border, heading].join("");
  });
  return page(width, top + traces.length * (height + gap), title, ...panels);
}
