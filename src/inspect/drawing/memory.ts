/** @file The picture of memory over time: statements from left to right, bytes upwards, a box for what holds them. */
import type { MemoryBlock, MemoryPlan } from "../memory-of.ts";
import { type Markup, element, fit, picture, text, textWidth, title } from "./svg.ts";

const top = 68;
const left = 84;
const right = 20;
const bottom = 44;
/** As high as lets half of the boxes have names, within bounds. */
const leastHeight = 300;
const mostHeight = 640;
const labelHeight = 14;
const leastWidth = 480;
const mostWidth = 900;
const labelSize = 10;

/** A number of bytes as people read it. */
export function bytesText(n: number): string {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let k = 0;
  let x = n;
  while (x >= 1024 && k < units.length - 1) {
    x /= 1024;
    k++;
  }
  return `${Number(x.toFixed(x < 10 && k > 0 ? 1 : 0))} ${units[k]}`;
}

/** Round steps of an axis: at most five, powers of two times one number of bytes. */
function ticks(most: number): number[] {
  if (most === 0) return [0];
  let step = 2 ** Math.floor(Math.log2(most / 4));
  while (most / step > 5) step *= 2;
  step = Math.max(1, step);
  return Array.from({ length: Math.floor(most / step) + 1 }, (_, i) => i * step);
}

export function memoryPicture(plan: MemoryPlan): string {
  const { blocks, statements, bytes, peak } = plan;
  const sizes = blocks.map((b) => b.bytes).sort((a, b) => a - b);
  const middle = sizes[Math.floor(sizes.length / 2)] ?? 0;
  const wanted = middle === 0 ? 0 : (labelHeight * bytes) / middle;
  const plotHeight = Math.min(mostHeight, Math.max(leastHeight, wanted));
  const count = Math.max(1, statements.length);
  const width = Math.min(mostWidth, Math.max(leastWidth, count * 56));
  const x = (i: number): number => left + (i * width) / count;
  const y = (b: number): number => top + plotHeight - (bytes === 0 ? 0 : (b / bytes) * plotHeight);
  const axis = ticks(bytes).flatMap((b) => [
    element("path", { class: "adj-grid", d: `M${left} ${y(b)}H${left + width}` }),
    text(left - 8, y(b) + 3.5, bytesText(b), "adj-10 adj-soft", "end"),
  ]);
  const every = Math.ceil((count * 26) / width);
  const numbers = statements.map((s, i) =>
    element(
      "g",
      {},
      title(`statement ${i}: ${s}`),
      element("rect", { class: "adj-hover", x: x(i), y: top, width: width / count, height: plotHeight + 16 }),
      ...(i % every === 0
        ? [text((x(i) + x(i + 1)) / 2, top + plotHeight + 15, String(i), "adj-10 adj-soft", "middle")]
        : []),
    ),
  );
  const box = (b: MemoryBlock): Markup => {
    const [x0, y1, w] = [x(b.first), y(b.offset), x(b.last + 1) - x(b.first)];
    const height = y1 - y(b.offset + b.bytes);
    const whole = `${b.name} ${b.type}`;
    const label = textWidth(whole, labelSize) <= w - 8 ? whole : fit(b.name, labelSize, w - 8);
    const told = [
      `${b.kind} ${whole}, ${bytesText(b.bytes)}`,
      b.first === b.last ? `statement ${b.first}` : `statements ${b.first} to ${b.last}`,
      ...(b.line === null ? [] : [b.line]),
    ];
    return element(
      "g",
      { class: `adj-block adj-${b.kind}` },
      title(told.join("\n")),
      element("rect", {
        x: x0 + 0.5,
        y: y1 - height + 0.5,
        width: Math.max(1, w - 1),
        height: Math.max(0.5, height - 1),
        rx: Math.min(3, height / 3),
      }),
      ...(height >= 13 && label.length >= 3 ? [text(x0 + 5, y1 - height / 2 + 3.5, label, "adj-10")] : []),
    );
  };
  const [p0, p1] = [x(peak.statement), x(peak.statement + 1)];
  const held = `${bytesText(bytes)} held; most in use ${bytesText(peak.bytes)}, in statement ${peak.statement}`;
  const legend = (["argument", "constant", "result", "temporary"] as const).filter((k) =>
    blocks.some((b) => b.kind === k),
  );
  const key = legend.flatMap((k, i) => [
    element(
      "g",
      { class: `adj-block adj-${k}` },
      element("rect", { x: left + i * 110, y: 33, width: 12, height: 12, rx: 3 }),
    ),
    text(left + i * 110 + 18, 43, plurals[k], "adj-10 adj-soft"),
  ]);
  return picture(
    `Memory of ${plan.name}`,
    `Memory while ${plan.name} runs: ${statements.length} statements; ${held}.`,
    left + width + right,
    top + plotHeight + bottom,
    styles,
    [
      text(left, 24, fit(held, 12, width), "adj-12 adj-bold"),
      ...key,
      ...axis,
      element("rect", { class: "adj-peak", x: p0, y: top - 5, width: p1 - p0, height: plotHeight + 5 }),
      text((p0 + p1) / 2, top - 8, "peak", "adj-10 adj-red", "middle"),
      ...numbers,
      ...blocks.map(box),
      text(left + width / 2, top + plotHeight + 34, "statements of the program", "adj-10 adj-soft", "middle"),
    ],
  );
}

const plurals = {
  argument: "arguments",
  constant: "constants",
  result: "results",
  temporary: "temporaries",
} as const;

const styles = [
  ".adj-pic .adj-grid{stroke:var(--edge);stroke-width:1;fill:none}",
  ".adj-pic .adj-hover{fill:transparent}",
  ".adj-pic .adj-block rect{fill:var(--node);stroke:var(--values);stroke-width:1}",
  ".adj-pic .adj-constant rect{stroke-dasharray:3 2}",
  ".adj-pic .adj-result rect{fill:var(--adjoint);stroke:var(--cotangents)}",
  ".adj-pic .adj-temporary rect{fill:var(--kernel);stroke:var(--kernel-edge)}",
  ".adj-pic .adj-peak{fill:var(--peak);fill-opacity:.18}.adj-pic .adj-red{fill:var(--peak)}",
].join("");
