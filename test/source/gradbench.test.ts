/** @file The evals of GradBench, values and derivatives, written and run: the same to the bit. */
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { evals } from "../../bench/gradbench/lib/evals.ts";
import type { Json } from "../../bench/gradbench/lib/evaluation.ts";
import { root } from "../util/source-graph.ts";
import { roundTripCompiled } from "./module.ts";

interface Sample {
  readonly function: string;
  readonly input: Json;
}

const folder = join(root, "test/gradbench/samples");

describe.each(readdirSync(folder))("%s", (file) => {
  const name = file.replace(".jsonl", "");
  const lines = readFileSync(join(folder, file), "utf8").trim().split("\n");
  const samples = lines.map((line) => JSON.parse(line) as Sample);
  // Samples of one function differ in their numbers.
  const first = new Map(samples.map((s) => [s.function, s] as const).reverse());

  it.each([...first])("%s", (fn, { input }) => {
    const { fn: f, args } = evals.get(name)![fn].prepare(input, "eager").program();
    expect(roundTripCompiled(f, ...args)).toContain("export default function");
  });
});
