/**
 * @file The handwritten digits of examples/data/digits.csv: read, scaled, shuffled, split.
 */
import { readFileSync } from "node:fs";
import { type Array, numpy as np, random } from "../../src/index.ts";

/** Images as rows of 64 numbers between 0 and 1, and the digits they show. */
export interface Examples {
  readonly images: Array; // [n, 64]
  readonly labels: Array; // [n], int32
}

export interface Digits {
  readonly train: Examples;
  readonly test: Examples;
}

/** Reads all images and holds `numTest` of them back, chosen by `seed`. */
export function loadDigits(numTest: number, seed: number): Digits {
  const text = readFileSync(new URL("../data/digits.csv", import.meta.url), "utf8");
  const rows = text
    .trim()
    .split("\n")
    .slice(1)
    .map((line) => line.split(",").map(Number));
  const table = np.array(rows).slice(random.permutation(random.key(seed), rows.length));
  const images = table.slice("...", [null, 64]).div(16);
  const labels = table.slice("...", 64).astype("int32");
  const part = (range: [number | null, number | null]): Examples => ({
    images: images.slice(range),
    labels: labels.slice(range),
  });
  return { test: part([null, numTest]), train: part([numTest, null]) };
}
