/**
 * @file The demo: the network learns, the same seeds give the same numbers, and the report tells them.
 */
import { describe, expect, it } from "vitest";
import { loadDigits } from "../../examples/digits/data.ts";
import { accuracy, initParams } from "../../examples/digits/model.ts";
import { confusionMatrix, confusionText, misread } from "../../examples/digits/report.ts";
import { type Progress, train } from "../../examples/digits/train.ts";
import { random, tree } from "../../src/index.ts";

const options = { hidden: 128, epochs: 30, batchSize: 64, rate: 0.01, seed: 1 };

describe("the digits demo", () => {
  const digits = loadDigits(360, 0);
  const reports: Progress[] = [];
  const trained = train(digits, options, (p) => reports.push(p));

  it("reads the data set", () => {
    expect(digits.train.images.shape).toEqual([1437, 64]);
    expect(digits.test.labels.shape).toEqual([360]);
    expect(Number(digits.train.images.max())).toBe(1);
  });

  it("learns to read digits it has not seen", () => {
    const untrained = initParams([64, 64, 10], random.key(1));
    expect(accuracy(untrained, digits.test).item()).toBeLessThan(0.3);
    expect(trained.accuracy).toBeGreaterThan(0.98);
    expect(trained.trainLosses.at(-1)).toBeLessThan(0.12);
  });

  it("reports its progress", () => {
    expect(reports.map((p) => p.epoch)).toEqual(Array.from({ length: 30 }, (_, i) => i + 1));
    expect(reports.at(-1)?.testAccuracy).toBe(trained.accuracy);
  });

  it("counts every image once in the confusion matrix", () => {
    const matrix = confusionMatrix(trained.params, digits.test);
    const right = matrix.reduce((n, row, digit) => n + row[digit], 0);
    expect(matrix.flat().reduce((a, b) => a + b, 0)).toBe(360);
    expect(right / 360).toBeCloseTo(trained.accuracy, 6);
    expect(misread(trained.params, digits.test, 360)).toHaveLength(360 - right);
    expect(confusionText(matrix).split("\n")).toHaveLength(13);
  });

  it("is deterministic", () => {
    const again = train(digits, { ...options, epochs: 1 }, () => {});
    const first = train(digits, { ...options, epochs: 1 }, () => {});
    const numbers = (p: unknown): unknown => tree.map((x) => (x as { js(): unknown }).js(), p);
    expect(numbers(again.params)).toEqual(numbers(first.params));
  });
});
