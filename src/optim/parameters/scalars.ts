/**
 * @file Arithmetic of hyperparameters: JavaScript's own on numbers, so that `1 - b1` is a double also where arrays are
 * float32, and the library's on arrays and tracers.
 */
import type { ArrayLike, NDArray } from "../../core/array.ts";
import { type DType, defaultFloat, isInexact } from "../../dtypes/dtype.ts";
import { asArray } from "../../lax/operands/convert.ts";
import * as np from "../../numpy/index.ts";

const lift =
  (onNumbers: (a: number, b: number) => number, onArrays: (a: ArrayLike, b: ArrayLike) => NDArray) =>
  (a: ArrayLike, b: ArrayLike): ArrayLike =>
    typeof a === "number" && typeof b === "number" ? onNumbers(a, b) : onArrays(a, b);

export const plus = lift((a, b) => a + b, np.add);
export const minus = lift((a, b) => a - b, np.subtract);
export const times = lift((a, b) => a * b, np.multiply);
export const over = lift((a, b) => a / b, np.divide);
export const power = lift((a, b) => a ** b, np.power);

/** 1 − x. */
export const oneMinus = (x: ArrayLike): ArrayLike => minus(1, x);
/** −x. */
export const negate = (x: ArrayLike): ArrayLike => (typeof x === "number" ? -x : np.negative(x));

/** The value as an array of a dtype. */
export const cast = (x: ArrayLike, dtype: DType): NDArray => asArray(x, "optim").astype(dtype);
/** The value as floats: integer arrays in the default float dtype, since int32 would divide to float32. */
export function floats(x: ArrayLike): NDArray {
  const a = asArray(x, "optim");
  return isInexact(a.dtype) ? a : a.astype(defaultFloat());
}
/** A whole number as the state keeps it. */
export const counter = (n = 0): NDArray => np.array(n, { dtype: "int32" });
