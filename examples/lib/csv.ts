/**
 * @file Reads the data sets of examples/data: a heading, then rows of numbers.
 */
import { readFileSync } from "node:fs";
import { type Array, numpy as np } from "../../src/index.ts";

export interface Table {
  readonly names: readonly string[];
  readonly rows: Array; // [rows, columns]
}

/** The table of `examples/data/<name>.csv`. */
export function readTable(name: string): Table {
  const text = readFileSync(new URL(`../data/${name}.csv`, import.meta.url), "utf8");
  const [heading, ...lines] = text.trim().split("\n");
  return { names: heading.split(","), rows: np.array(lines.map((line) => line.split(",").map(Number))) };
}
