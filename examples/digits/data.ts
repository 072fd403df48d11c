/**
 * @file The handwritten digits of examples/data/digits.csv: read, scaled, shuffled, split.
 */
import { type Array, random } from "../../src/index.ts";
import { readTable } from "../lib/csv.ts";

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
  const { rows } = readTable("digits");
  const table = random.permutation(random.key(seed), rows);
  const images = table.slice("...", [null, 64]).div(16).astype("float32");
  const labels = table.slice("...", 64).astype("int32");
  const part = (range: [number | null, number | null]): Examples => ({
    images: images.slice(range),
    labels: labels.slice(range),
  });
  return { test: part([null, numTest]), train: part([numTest, null]) };
}
