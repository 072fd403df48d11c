/** @file The problems as functions to minimise. */
import type { NDArray } from "../../../src/core/array.ts";
import * as np from "../../../src/numpy/index.ts";
import type { Problem } from "./problems.ts";

/** The sum of the squared residuals. */
export const sumOfSquares =
  ({ residuals }: Problem) =>
  (x: NDArray): NDArray => {
    const r = residuals(x);
    return np.sum(r.mul(r));
  };

/** How far a value is from the nearest minimum that is known, relative to it if it is not zero. */
export const distance = (value: number, { minima }: Problem): number =>
  Math.min(...minima.map((m) => Math.abs(value - m) / (m === 0 ? 1 : m)));
