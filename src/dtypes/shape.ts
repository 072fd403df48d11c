/** @file Pure functions on shapes: broadcasting, axes, strides, permutations. Errors name the operation. */
import { ArgumentError, ShapeError } from "../base/errors.ts";
import { show } from "../base/checks.ts";
import { range } from "../base/util.ts";
import type { DType } from "./dtype.ts";

export type Shape = readonly number[];

/** What compiled programs know of an array. (An aval is one; it also says whether its dtype is weak.) */
export interface ArrayType {
  readonly shape: Shape;
  readonly dtype: DType;
  readonly size: number;
  readonly ndim: number;
}

export const shapeString = (s: Shape): string => `[${s.join(",")}]`;

/** NumPy's broadcasting of several shapes. */
export function broadcastShapes(shapes: readonly Shape[], where: string): number[] {
  const ndim = Math.max(0, ...shapes.map((s) => s.length));
  const out = new Array<number>(ndim).fill(1);
  for (const s of shapes) {
    const shift = ndim - s.length;
    for (let i = 0; i < s.length; i++) {
      const d = s[i];
      if (d === 1 || d === out[shift + i]) continue;
      if (out[shift + i] !== 1) {
        throw new ShapeError(
          `${where}: shapes ${shapes.map(shapeString).join(" and ")} do not broadcast: ` +
            `axis ${shift + i - ndim} has sizes ${out[shift + i]} and ${d}. ` +
            `Sizes must be equal or 1, counted from the last axis.`,
        );
      }
      out[shift + i] = d;
    }
  }
  return out;
}

/** Maps a possibly negative axis into `0 … ndim − 1`. */
export function canonicalAxis(axis: number, ndim: number, where: string): number {
  if (!Number.isInteger(axis) || axis < -ndim || axis >= ndim) {
    const valid = ndim === 0 ? "a 0-dimensional array has no axes" : `expected ${-ndim} to ${ndim - 1}`;
    throw new ArgumentError(
      `${where}: axis ${show(axis)} is out of range for an array of ${ndim} dimensions; ${valid}.`,
    );
  }
  return axis < 0 ? axis + ndim : axis;
}

/** One axis, several, or (null) all: distinct, non-negative, in the order given. */
export function canonicalAxes(
  axis: number | readonly number[] | null | undefined,
  ndim: number,
  where: string,
): number[] {
  if (axis === null || axis === undefined) return range(ndim);
  const list = typeof axis === "number" ? [axis] : axis;
  if (!Array.isArray(list)) {
    throw new ArgumentError(
      `${where}: an axis must be an integer, a list of integers, or null; got ${show(axis)}.`,
    );
  }
  const out = (list as readonly number[]).map((a) => canonicalAxis(a, ndim, where));
  if (new Set(out).size !== out.length) {
    throw new ArgumentError(`${where}: axes [${list.join(", ")}] name the same axis twice.`);
  }
  return out;
}

/** Row-major strides, in elements. */
export function stridesOf(shape: Shape): number[] {
  const out = new Array<number>(shape.length);
  let stride = 1;
  for (let i = shape.length - 1; i >= 0; i--) {
    out[i] = stride;
    stride *= shape[i];
  }
  return out;
}

/** `p` with `inverse[p[i]] = i`. */
export function inversePermutation(p: readonly number[]): number[] {
  const out = new Array<number>(p.length);
  p.forEach((axis, i) => (out[axis] = i));
  return out;
}

/** The axes of `0 … ndim − 1` that are not in `axes`. */
export function otherAxes(ndim: number, axes: readonly number[]): number[] {
  const out: number[] = [];
  for (let i = 0; i < ndim; i++) if (!axes.includes(i)) out.push(i);
  return out;
}

export function checkShape(shape: readonly number[], where: string): void {
  if (!Array.isArray(shape))
    throw new ShapeError(`${where}: a shape must be a list of non-negative integers; got ${show(shape)}.`);
  for (const d of shape as readonly number[]) {
    if (!Number.isInteger(d) || d < 0)
      throw new ShapeError(`${where}: a shape must be a list of non-negative integers; got ${show(shape)}.`);
  }
}

/** `items` without position `at`. */
export function removeAt<T>(items: readonly T[], at: number): T[] {
  return items.filter((_, i) => i !== at);
}

/** `items` with `item` at position `at`. */
export function insertAt<T>(items: readonly T[], at: number, item: T): T[] {
  return [...items.slice(0, at), item, ...items.slice(at)];
}

/** `items` with `item` in the place of the one at position `at`. */
export function replaceAt<T>(items: readonly T[], at: number, item: T): T[] {
  return items.map((x, i) => (i === at ? item : x));
}
