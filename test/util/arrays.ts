/** @file Arrays for tests from nested lists, and comparisons. */
import { expect } from "vitest";
import type { ConcreteArray, NDArray } from "../../src/core/array.ts";
import type { DType } from "../../src/dtypes/dtype.ts";
import { array, flat, sizeOf } from "./make-arrays.ts";

export { array, flat, sizeOf };

export type Nested = number | boolean | readonly Nested[];

/** An array from nested lists. */
export function nested(x: Nested, dtype: DType = "float64"): ConcreteArray {
  const shape: number[] = [];
  for (let at: Nested = x; Array.isArray(at); at = at[0] as Nested) shape.push(at.length);
  const values: number[] = [];
  const collect = (part: Nested): void => {
    if (Array.isArray(part)) (part as readonly Nested[]).forEach(collect);
    else values.push(Number(part));
  };
  collect(x);
  return array(shape, values, dtype);
}

/** The single value of a 0-d array. */
export const value = (x: NDArray): number => Number(x.item());

export const describeArray = (x: NDArray): string => `${x.aval.short()} [${flat(x).join(", ")}]`;

/** All elements are the same numbers: NaN equals NaN, −0 differs from 0. */
export function expectSame(got: NDArray, want: NDArray, what = ""): void {
  expect(`${what} ${got.aval.short()}`).toBe(`${what} ${want.aval.short()}`);
  const [a, b] = [flat(got), flat(want)];
  if (a.some((x, i) => !Object.is(x, b[i])))
    expect(`${what} ${describeArray(got)}`).toBe(`${what} ${describeArray(want)}`);
}

/** Elements agree within `tol`, relative to the larger of 1 and the element. */
export function expectClose(got: NDArray, want: readonly number[], tol: number, what = ""): void {
  const a = flat(got);
  const wrong = a.length !== want.length || a.some((x, i) => !isClose(x, want[i], tol));
  if (wrong) expect(`${what}: ${describeArray(got)}`).toBe(`${what}: [${want.join(", ")}] within ${tol}`);
}

export function isClose(x: number, y: number, tol: number): boolean {
  return Object.is(x, y) || x === y || Math.abs(x - y) <= tol * Math.max(1, Math.abs(x), Math.abs(y));
}

/** Two arrays of one shape and dtype agree within `tol`. */
export function expectArraysClose(got: NDArray, want: NDArray, tol: number, what = ""): void {
  expect(`${what} ${got.aval.short()}`).toBe(`${what} ${want.aval.short()}`);
  expectClose(got, flat(want), tol, what);
}
