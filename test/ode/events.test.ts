/** @file `odeintEvent`: times and states against closed forms, their derivatives by the implicit function theorem. */
import { describe, expect, it } from "vitest";
import { grad, jit, jvp, vmap } from "../../src/api/index.ts";
import type { NDArray } from "../../src/core/array.ts";
import * as np from "../../src/numpy/index.ts";
import { type OdeOptions, odeintEvent } from "../../src/ode/index.ts";
import { array, expectClose, flat, value } from "../util/arrays.ts";

type A = NDArray;
type Pair = [A, A];
const number = (x: number): A => array([], [x]);
const times = (end: number): A => array([2], [0, end]);

/** A ball from height 5. */
const fall = (g: A, options: OdeOptions = {}): [A, Pair] =>
  odeintEvent(
    ([, v]: Pair): Pair => [v, g.neg()],
    ([x]: Pair) => x,
    [5, 0],
    times(9),
    options,
  );

describe("a falling ball", { timeout: 120_000 }, () => {
  const time = (g: A): A => fall(g)[0];
  const speed = (g: A): A => fall(g)[1][1];
  it("lands after √(2 · 5 / g) with speed √(2 · 5 g)", () => {
    for (const method of ["dopri5", "rodas4"] as const) {
      const [t, [x, v]] = fall(number(10), { method });
      expectClose(np.stack([t, x, v]), [1, 0, -10], 1e-9);
    }
    expectClose(vmap(time)(array([2], [10, 2.5])), [1, 2], 1e-9);
  });
  it("derivatives of the time and of the state", () => {
    for (const d of [grad(time), jit(grad(time)), (g: A) => jvp(time, [g], [number(1)])[1]])
      expect(value(d(number(10)))).toBeCloseTo(-0.05, 8);
    expect(value(grad(speed)(number(10)))).toBeCloseTo(-0.5, 8);
    expect(value(grad(grad(time))(number(10)))).toBeCloseTo(0.0075, 8);
  });
});

it("depends on start, first time and arguments", () => {
  // y = y₀ exp(k (t − t₀)) reaches 3 at t₀ + log(3 / y₀) / k.
  const f = (y0: A, t0: A, k: A): A =>
    odeintEvent(
      (y: A, _: A, k: A) => y.mul(k),
      (y: A) => y.sub(3),
      y0,
      np.stack([t0, number(9)]),
      k,
    )[0];
  const point = [number(1), number(0.5), number(0.7)] as const;
  expect(value(f(...point))).toBeCloseTo(0.5 + Math.log(3) / 0.7, 7);
  const want = [-1 / 0.7, 1, -Math.log(3) / 0.49];
  want.forEach((w, i) => {
    expect(value(grad(f, i as 0)(...point))).toBeCloseTo(w, 6);
  });
});

it("an event that is 0 at the start counts from where it has left 0", () => {
  const [t] = odeintEvent(
    ([, v]: Pair): Pair => [v, number(-10)],
    ([x]: Pair) => x,
    [0, 5],
    times(2),
  );
  expect(value(t)).toBeCloseTo(1, 8);
});

it("what does not happen is NaN; what cannot be found within the steps is an error", () => {
  const grow = (options: OdeOptions = {}): [A, A] =>
    odeintEvent(
      (y: A) => y,
      (y: A) => y.sub(1e9),
      1,
      times(2),
      options,
    );
  expect(grow().flatMap(flat)).toEqual([NaN, NaN]);
  expect(() => grow({ mxstep: 3 })).toThrow("odeintEvent: stopped at t = 0.");
});

it("wrong arguments are errors", () => {
  const f = (y: A): A => y;
  expect(() => odeintEvent(f, (y: A) => np.stack([y, y]), 1, times(2))).toThrow("must return one number");
  expect(() => odeintEvent(f, (y: A) => y.greater(0), 1, times(2))).toThrow("a real number; got bool");
  expect(() => odeintEvent(f, f, 1, array([3], [0, 1, 2]))).toThrow("t must be [start, latest]");
});
