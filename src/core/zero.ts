/** @file Symbolic zero tangents and cotangents: never materialised unless a rule or a user needs the array. */
import type { ShapedArray } from "./aval.ts";
import type { NDArray } from "./array.ts";

/** A tangent or cotangent known to be zero. */
export class Zero {
  readonly kind = "zero";
  readonly aval: ShapedArray;
  constructor(aval: ShapedArray) {
    this.aval = aval.strong;
  }
}

/** A tangent: an array, or a symbolic zero. */
export type Tangent = NDArray | Zero;

export const isZero = (t: unknown): t is Zero => t instanceof Zero;
