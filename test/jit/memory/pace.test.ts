/** @file Runs are alone where sharing them is slower, and shared again where it is not. */
import { expect, it } from "vitest";
import { Pace } from "../../../src/jit/memory/pace.ts";

/** How many of so many runs are shared, of 1000 iterations that one thread runs in 1 ms, and threads in so many. */
function sharedOf(pace: Pace, runs: number, milliseconds: number): number {
  let shared = 0;
  for (let i = 0; i < runs; i++) {
    if (pace.shares()) {
      shared++;
      pace.measure(250, 0.25);
      pace.shared(1000, milliseconds);
    } else pace.measure(1000, 1);
  }
  return shared;
}

it("stays shared where threads are faster, or as fast", () => {
  expect(sharedOf(new Pace(), 1000, 0.5)).toBe(1000);
  expect(sharedOf(new Pace(), 1000, 1)).toBe(1000);
});

it("is shared ever more rarely where they are slower, and again as soon as they are not", () => {
  const pace = new Pace();
  expect(sharedOf(pace, 1000, 3)).toBeLessThan(12);
  sharedOf(pace, 1100, 0.5);
  expect(sharedOf(pace, 100, 0.5)).toBe(100);
});

it("forgives what is slow now and then", () => {
  const pace = new Pace();
  for (let i = 0; i < 100; i++) expect(sharedOf(pace, 2, i % 2 === 0 ? 3 : 0.5)).toBe(2);
  expect(sharedOf(pace, 10, 0.5)).toBe(10);
});

it("judges nothing that the clock cannot measure", () => {
  const pace = new Pace();
  for (let i = 0; i < 100; i++) {
    expect(pace.shares()).toBe(true);
    pace.measure(1000, 0.01);
    pace.shared(1000, 5);
  }
});
