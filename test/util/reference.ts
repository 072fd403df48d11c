/** @file Naive arrays for reference results: a shape and a flat list of numbers, filled by a function of the index. */
import { flat, sizeOf } from "./arrays.ts";
import type { NDArray } from "../../src/core/array.ts";

export interface Ref {
  readonly shape: readonly number[];
  readonly data: readonly number[];
}

/** References compute with numbers, also where elements are BigInts: these are small there. */
export const refOf = (x: NDArray): Ref => ({ shape: x.shape, data: flat(x).map(Number) });

/** The element at an index. */
export function at(x: Ref, index: readonly number[]): number {
  let position = 0;
  x.shape.forEach((d, i) => {
    if (index[i] < 0 || index[i] >= d)
      throw new RangeError(`index ${index.join()} of shape ${x.shape.join()}`);
    position = position * d + index[i];
  });
  return x.data[position];
}

/** All indices of a shape in row-major order. */
export function indices(shape: readonly number[]): number[][] {
  let out: number[][] = [[]];
  for (const d of shape) {
    out = out.flatMap((index) => Array.from({ length: d }, (_, i) => [...index, i]));
  }
  return out;
}

export function tabulate(shape: readonly number[], f: (index: number[]) => number): Ref {
  return { shape, data: indices(shape).map(f) };
}

/** Applies a scalar function element by element; operands of rank 0 are shared. */
export function mapScalars(f: (...xs: number[]) => number, xs: readonly Ref[]): Ref {
  const shape = xs.find((x) => x.shape.length > 0)?.shape ?? [];
  return {
    shape,
    data: Array.from({ length: sizeOf(shape) }, (_, i) =>
      f(...xs.map((x) => (x.shape.length === 0 ? x.data[0] : x.data[i]))),
    ),
  };
}

/** Folds over some axes. */
export function foldAxes(
  x: Ref,
  axes: readonly number[],
  init: number,
  f: (acc: number, x: number) => number,
): Ref {
  const kept = x.shape.map((_, i) => i).filter((i) => !axes.includes(i));
  return tabulate(
    kept.map((i) => x.shape[i]),
    (out) =>
      indices(axes.map((a) => x.shape[a])).reduce((acc, inner) => {
        const index = x.shape.map((_, i) =>
          axes.includes(i) ? inner[axes.indexOf(i)] : out[kept.indexOf(i)],
        );
        return f(acc, at(x, index));
      }, init),
  );
}
