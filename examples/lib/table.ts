/**
 * @file Tables of text with aligned columns.
 */

/** Rows under a heading; numbers (and text that begins like one) are aligned to the right. */
export function table(heading: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const cells = rows.map((row) => row.map(String));
  const isNumeric = heading.map((_, k) => cells.every((row) => /^[-+−]?[\d.∞]|^$/.test(row[k])));
  const widths = heading.map((h, k) => Math.max(h.length, ...cells.map((row) => row[k].length)));
  const line = (row: readonly string[]): string =>
    row
      .map((text, k) => (isNumeric[k] ? text.padStart(widths[k]) : text.padEnd(widths[k])))
      .join("  ")
      .trimEnd();
  return [line(heading), widths.map((w) => "─".repeat(w)).join("  "), ...cells.map(line)].join("\n");
}
