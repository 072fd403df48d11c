/**
 * @file Makes values fit: in dtype and shape, and in size, so that floats stay exact (see exact.ts); what the
 * operations share.
 */
import { customJvp } from "../../src/api/index.ts";
import type { NDArray } from "../../src/core/array.ts";
import { type DType, isFloat } from "../../src/dtypes/dtype.ts";
import * as lax from "../../src/lax/index.ts";
import { array, sizeOf } from "../util/make-arrays.ts";

type A = NDArray;

const quarters = customJvp((x: A): A => {
  const [lo, hi, four] = [-8, 8, 4].map((v) => lax.fullLike(x, v));
  return lax.div(lax.round(lax.mul(lax.clamp(lo, x, hi), four), 1), four);
});
// Differentiable, so that derivatives pass; and they do not grow.
quarters.defJvp(([x]: [A], [t]: [A]) => [quarters(x), lax.mul(t, 0.25)]);

/** Quarters between −8 and 8, of floats. */
export const tame = (x: A): A => (isFloat(x.dtype) ? quarters(x) : x);

/** The first elements of `x`, or zeros where there are too few, in another shape and dtype. */
export function coerce(x: A, shape: readonly number[], dtype: DType): A {
  const n = sizeOf(shape);
  const y = tame(lax.convertElementType(x, dtype));
  if (y.shape.length === shape.length && y.shape.every((d, i) => d === shape[i])) return y;
  const row = lax.reshape(y, [y.size]);
  const zero = lax.convertElementType(array([], [0]), dtype);
  const right = y.size >= n ? lax.slice(row, [0], [n]) : lax.pad(row, zero, [[0, n - y.size, 0]]);
  return lax.reshape(right, shape);
}

/** What an operation may do: `run` runs its body after some values, and gives the last one. */
export interface Choice {
  readonly k: number;
  readonly run: (values: readonly A[]) => A;
}

export type Operation = (x: A, y: A, c: Choice) => A;

export const int = (v: number): A => array([], [v], "int32");

/** `y` in the shape and dtype of `x`. */
export const like = (y: A, x: A): A => coerce(y, x.shape, x.dtype);

export const number = (x: A): A => (x.dtype === "bool" ? lax.convertElementType(x, "int32") : x);

export const ranked = (x: A): A => (x.ndim === 0 ? lax.reshape(x, [1]) : x);

/** An index that the values decide. */
export const index = (y: A, n: number): A =>
  lax.rem(
    lax.convertElementType(lax.abs(lax.reduceSum(coerce(y, [2], "int32"), [0])), "int32"),
    int(Math.max(n, 1)),
  );
