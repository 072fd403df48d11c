/** @file Tables as text: columns of numbers aligned for terminals, or as Markdown. */

/** A cell: text, or a number that the column knows how to write. */
export interface TextTable {
  readonly heads: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** A number with so many significant digits, never more than can be read; NaN as a dash. */
export function significant(x: number, digits: number): string {
  if (Number.isNaN(x)) return "–";
  if (!Number.isFinite(x)) return x > 0 ? "∞" : "−∞";
  if (x === 0) return "0";
  const size = Math.floor(Math.log10(Math.abs(x)));
  if (size >= 7 || size < -4) return x.toExponential(digits - 1);
  return x.toFixed(Math.max(0, Math.min(12, digits - 1 - size)));
}

const width = (text: string): number => Array.from(text.normalize("NFC").replace(/\p{M}/gu, "")).length;

const pad = (text: string, to: number, left: boolean): string => {
  const space = " ".repeat(Math.max(0, to - width(text)));
  return left ? text + space : space + text;
};

/** The first column to the left, numbers to the right. */
export function plainTable({ heads, rows }: TextTable): string {
  const all = [heads, ...rows];
  const widths = heads.map((_, i) => Math.max(...all.map((r) => width(r[i]))));
  return all
    .map((r) =>
      r
        .map((cell, i) => pad(cell, widths[i], i === 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

export function markdownTable({ heads, rows }: TextTable): string {
  const escaped = (cell: string): string => cell.replaceAll("|", "\\|");
  const line = (cells: readonly string[]): string => `| ${cells.map(escaped).join(" | ")} |`;
  return [
    line(heads),
    `|${heads.map((_, i) => (i === 0 ? " --- |" : " ---: |")).join("")}`,
    ...rows.map(line),
  ].join("\n");
}
