/**
 * @file The derivatives of sin(x)/x at 0, to any order: what `sinc` takes there, where the quotient has none.
 * Source: jax/_src/numpy/ufuncs.py, `_sinc_maclaurin`.
 */
import type { NDArray } from "../core/array.ts";
import type { Primitive } from "../core/primitive.ts";
import { bind1 } from "../core/trace.ts";
import { add as eAdd, mul as eMul } from "../jit/loop/build.ts";
import { mul } from "./arithmetic.ts";
import { elementwise } from "./family.ts";

type Order = { k: number };

export const sincMaclaurinP: Primitive<Order> = elementwise<Order>({
  name: "sinc_maclaurin",
  accepts: "inexact",
  scalar: ([x], { k }) => {
    const zero = eMul(x, 0);
    return k % 2 === 1 ? zero : eAdd(zero, (k % 4 === 0 ? 1 : -1) / (k + 1));
  },
  jvp: [(g, _, [x], { k }) => mul(sincMaclaurin(k + 1, x), g)],
});
/** The k-th derivative of sin(x)/x at 0 (NaN where x is not finite). */
export function sincMaclaurin(k: number, x: NDArray): NDArray {
  return bind1(sincMaclaurinP, [x], { k });
}
