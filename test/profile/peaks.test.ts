/** @file What the machine does at most: measured once, plausible, and limits made of it. */
import { expect, it } from "vitest";
import { limitOf } from "../../src/profile/limits.ts";
import { type Peaks, bandwidthAt, machinePeaks } from "../../src/profile/peaks.ts";
import type { Work } from "../../src/profile/work.ts";

it("peaks are finite, and measured once", () => {
  const peaks = machinePeaks();
  expect(machinePeaks()).toBe(peaks);
  for (const x of [peaks.float32, peaks.float64, ...[...peaks.reading, ...peaks.writing].map(([, x]) => x)]) {
    // Between a processor at a crawl and one that there is not.
    expect(x).toBeGreaterThan(0.01);
    expect(x).toBeLessThan(10_000);
  }
  const sizes = peaks.reading.map(([size]) => size);
  expect(sizes).toEqual([...sizes].sort((a, b) => a - b));
});

const peaks: Peaks = {
  float32: 40,
  float64: 20,
  reading: [
    [1000, 100],
    [100_000, 10],
  ],
  writing: [
    [1000, 50],
    [100_000, 5],
  ],
};
const work = (given: Partial<Work>): Work => ({
  flops: 0,
  functions: 0,
  read: 0,
  written: 0,
  exact: true,
  operations: { float32: 0, float64: 0, integer: 0 },
  ...given,
});

it("limits are the larger of two times", () => {
  expect(bandwidthAt(peaks.reading, 1000)).toBe(100);
  expect(bandwidthAt(peaks.reading, 1001)).toBe(10);
  expect(bandwidthAt(peaks.reading, 1e9)).toBe(10);
  expect(limitOf(work({}), peaks, 1)).toBe(null);
  // 400 bytes at 100 and 500 at 50: 14 ns; 400 operations at 40 and 100 at 20: 15 ns.
  const both = { read: 400, written: 500, operations: { float32: 300, float64: 100, integer: 100 } };
  expect(limitOf(work(both), peaks, 1)).toEqual({ milliseconds: 15e-6, by: "arithmetic" });
  expect(limitOf(work({ read: 400, written: 500 }), peaks, 1)).toEqual({ milliseconds: 14e-6, by: "memory" });
  expect(limitOf(work(both), peaks, 3)!.milliseconds).toBeCloseTo(5e-6, 12);
});
