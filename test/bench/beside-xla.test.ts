/** @file One number for the distance to XLA. */
import { expect, it } from "vitest";
import { besideXla, meanSentence, ratiosToXla } from "../../bench/lib/beside-xla.ts";
import { summary } from "../../bench/lib/measure.ts";
import type { Result } from "../../bench/lib/task.ts";

const result = (name: string, ours: number, xla: number): Result => ({
  name,
  text: "",
  unit: "ns",
  measured: summary(["adjoint", "XLA"], [[ours], [xla]], [1, 1]),
});

it("lists 37 rows, each once", () => {
  expect(new Set(besideXla).size).toBe(37);
});

it("is a geometric mean, in which a row that is much faster counts as twice as fast", () => {
  const results = [result("chain", 8, 1), result("sort", 1, 100), result("not among them", 1000, 1)];
  const found = ratiosToXla(results);
  expect(found?.rows).toEqual([
    ["chain", 8],
    ["sort", 0.01],
  ]);
  expect(found?.mean).toBeCloseTo(2, 12);
  expect(found && meanSentence(found)).toBe(
    "Time in units of XLA's: 2.00 in the geometric mean of 2 rows (35 not measured); a row below 0.5 counted as 0.5 (1 is).",
  );
});

it("is nothing without XLA", () => {
  expect(ratiosToXla([{ ...result("chain", 1, 1), measured: summary(["adjoint"], [[1]], [1]) }])).toBeNull();
});
