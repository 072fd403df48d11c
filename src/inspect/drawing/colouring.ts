/**
 * @file The picture of a coloured sparsity pattern: on the left the pattern in the colours of its columns (or rows), on the right
 * the results of the directions, with each entry where it is read. Patterns too large for cells that can be seen are drawn
 * by blocks, each in the colour of the first entry in it.
 */
import type { PatternColouring } from "../colouring-of.ts";
import { type Markup, element, picture, text, textWidth, title } from "./svg.ts";

const largest = 18;
const mostCells = 220;
const side = 440;
const margin = 16;
const top = 52;
const between = 36;

/** Colours that most eyes tell apart, on light and dark; and for more of them hues far from their neighbours. */
const first = ["#3b7dd8", "#e08a1e", "#1fa187", "#cc5fa8", "#b8a01f", "#b4483a", "#56b4e9", "#7d6bd6"];
const hue = (k: number): string =>
  first[k] ?? `hsl(${Math.round((k * 137.508) % 360)} 55% ${[52, 64, 44][k % 3]}%)`;

interface Cell {
  readonly row: number;
  readonly col: number;
  readonly colour: number;
  readonly told: string;
}

/** Cells of a matrix, in a frame. */
function matrix(
  cells: readonly Cell[],
  [rows, cols]: readonly [number, number],
  x: number,
  size: number,
  block: number,
): Markup[] {
  const [w, h] = [Math.ceil(cols / block) * size, Math.ceil(rows / block) * size];
  const seen = new Set<string>();
  const marks = cells.flatMap(({ row, col, colour, told }): Markup[] => {
    const [i, j] = [Math.floor(row / block), Math.floor(col / block)];
    const key = `${i} ${j}`;
    if (seen.has(key)) return [];
    seen.add(key);
    const gap = size > 6 ? 1 : 0;
    const [px, py] = [x + j * size, top + i * size];
    const rect = element("rect", {
      x: px + gap / 2,
      y: py + gap / 2,
      width: size - gap,
      height: size - gap,
      rx: size > 8 ? 2 : 0,
      fill: hue(colour),
    });
    const number =
      size >= 14 && block === 1
        ? [text(px + size / 2, py + size / 2 + 3.2, String(colour), "adj-cell", "middle")]
        : [];
    return [element("g", {}, title(told), rect, ...number)];
  });
  return [
    element("rect", { class: "adj-frame", x: x - 1, y: top - 1, width: w + 2, height: h + 2, rx: 3 }),
    ...marks,
  ];
}

export function colouringPicture(c: PatternColouring): string {
  const { pattern, mode, colours, count, reads } = c;
  const [m, n] = pattern.shape;
  const block = Math.max(1, Math.ceil(Math.max(m, n) / mostCells));
  const size = Math.max(1, Math.min(largest, Math.floor(side / Math.ceil(Math.max(m, n, 1) / block))));
  const { rows, cols } = pattern;
  const reverse = mode === "reverse";
  const cells = Array.from(cols, (col, e): Cell => {
    const row = rows[e];
    const colour = mode === "symmetric" ? reads[e].direction : colours[reverse ? row : col];
    return { row, col, colour, told: `entry ${row}, ${col}: colour ${colour}` };
  });
  const compressed = Array.from(cols, (col, e): Cell => {
    const { direction, place } = reads[e];
    const [row, to] = reverse ? [direction, place] : [place, direction];
    return {
      row,
      col: to,
      colour: direction,
      told: `entry ${rows[e]}, ${col}, along direction ${direction}`,
    };
  });
  const what = reverse ? "rows" : "columns";
  const shape: readonly [number, number] = reverse ? [count, n] : [m, count];
  const heading = `${m} × ${n}, ${pattern.nnz} entries`;
  const result = `${count} direction${count === 1 ? "" : "s"} (${mode})`;
  const width = Math.max(Math.ceil(n / block) * size, textWidth(heading, 11));
  const second = margin + width + between;
  const secondWidth = Math.max(Math.ceil(shape[1] / block) * size, textWidth(result, 11));
  const height = Math.max(Math.ceil(m / block), Math.ceil(shape[0] / block)) * size;
  return picture(
    "A sparsity pattern and its colouring",
    `A pattern of ${m} rows and ${n} columns with ${pattern.nnz} entries; its ${what} have ${count} colours, and ${count} directions ` +
      `give all entries. On the left the pattern, on the right the results of the directions.`,
    second + secondWidth + margin,
    top + height + margin,
    styles,
    [
      text(margin, 34, heading, "adj-11 adj-bold"),
      ...matrix(cells, [m, n], margin, size, block),
      text(second, 34, result, "adj-11 adj-bold"),
      ...matrix(compressed, shape, second, size, block),
    ],
  );
}

const styles = [
  ".adj-pic .adj-11{font-size:11px}",
  ".adj-pic .adj-frame{fill:var(--box);stroke:var(--edge)}",
  ".adj-pic .adj-cell{font-size:9px;fill:#fff;font-weight:600;paint-order:stroke;stroke:#0006;stroke-width:2px}",
].join("");
