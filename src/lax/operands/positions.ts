/** @file Positions along axes from integers of any dtype. */
import type { NDArray } from "../../core/array.ts";
import { convertElementType } from "../elementwise/convert.ts";
import { max, min } from "../elementwise/arithmetic.ts";

const last = 2 ** 31 - 1;

/**
 * Integers as int32, which holds every position (int8 + 300 would not): no axis is as long as 2³¹, and what is beyond stays out
 * of bounds.
 */
export function asPositions(x: NDArray): NDArray {
  const { dtype } = x;
  const below = dtype === "uint32" || dtype === "uint64" || dtype === "int64" ? min(x, last) : x;
  return convertElementType(dtype === "int64" ? max(below, -last - 1) : below, "int32");
}
