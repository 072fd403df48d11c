/**
 * @file The samples of GradBench's evals, answered in every mode. The outputs are those of the evals' hand-written C++
 * reference, except for `ode`, whose derivative is there the closed form of the exact solution.
 */
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { evals } from "../../bench/gradbench/lib/evals.ts";
import { type Json, modes } from "../../bench/gradbench/lib/evaluation.ts";
import { init } from "../../src/index.ts";
import { root } from "../util/source-graph.ts";
import { difference } from "./reference.ts";

beforeAll(async () => {
  await init();
});

interface Sample {
  readonly function: string;
  readonly input: Json;
  readonly output: Json;
}

const folder = join(root, "test/gradbench/samples");

const samples = readdirSync(folder).map((file): [string, Sample[]] => {
  const lines = readFileSync(join(folder, file), "utf8").trim().split("\n");
  return [file.replace(".jsonl", ""), lines.map((line) => JSON.parse(line) as Sample)];
});

/** Too much work for the interpreter of loop programs, which is for hosts without code generation. */
const withoutInterpreter = ["ba", "ht", "particle"];

const tolerance = (name: string): number => (name === "ode" ? 1e-6 : 1e-11);

it("are there for all evals but hello", () => {
  const names = [...evals.keys()].filter((name) => name !== "hello");
  expect(samples.map(([name]) => name).sort()).toEqual(names.sort());
});

describe.each(samples)("%s", (name, list) => {
  const used = modes.filter((mode) => mode !== "interpreter" || !withoutInterpreter.includes(name));

  it.each(used)("%s", (mode) => {
    for (const { function: fn, input, output } of list) {
      const prepared = evals.get(name)![fn].prepare(input, mode);
      prepared.run();
      expect(difference(prepared.output(), output), fn).toBeLessThan(tolerance(name));
    }
  });
});

it.each(modes)("hello, %s", (mode) => {
  const run = (fn: string, x: number): Json => {
    const prepared = evals.get("hello")![fn].prepare(x, mode);
    prepared.run();
    return prepared.output();
  };
  expect(run("square", 3)).toBe(9);
  expect(run("double", 3)).toBe(6);
  expect(run("double", -0.1)).toBe(-0.2);
});
