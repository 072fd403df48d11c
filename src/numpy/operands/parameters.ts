/** @file The parameters that many functions of numpy share, as NumPy names them. */
import { param } from "../../arguments/parameters.ts";
import type { ArrayLike } from "../../core/array.ts";
import type { Axis } from "../../core/methods.ts";
import type { DType } from "../../dtypes/dtype.ts";

/** One axis, several, or all. */
export const axis = param<[axis: Axis]>()("axis", null);
/** One axis, or that of the flattened array. */
export const oneAxis = param<[axis: number | null]>()("axis", null);
/** One axis: the last, unless given. */
export const lastAxis = param<[axis: number]>()("axis", -1);
/** The dtype of the result, where it is not to follow from the operands. */
export const dtype = param<[dtype: DType | null]>()("dtype", null);
/** NumPy's place for the result: arrays never change, so it must not be given. */
export const out = param<[out: null]>()("out", null);
/** Whether reduced axes stay, with size 1. */
export const keepdims = param<[keepdims: boolean]>()("keepdims", false);
/** A value that takes part too. */
export const initial = param<[initial: ArrayLike | null]>()("initial", null);
/** The elements to include; broadcast against the array. */
export const where = param<[where: ArrayLike | null]>()("where", null);
/** Accepted as in JAX; products are always computed in full precision. */
export const precision = param<[precision: unknown]>()("precision", null);
/** One axis: the first, unless given. */
export const firstAxis = param<[axis: number]>()("axis", 0);
/** A diagonal: 0 for the main one, positive above it, negative below. */
export const k = param<[k: number]>()("k", 0);
/** How many elements to return, where the values decide that; null for as many as there are. */
export const size = param<[size: number | null]>()("size", null);
/** NumPy's wish to change the operand: arrays never change. */
export const inplace = param<[inplace: boolean]>()("inplace", true);
