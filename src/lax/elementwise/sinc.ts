/**
 * @file sin(u)/u and its derivatives, exact near 0 where the quotient's own derivative cancels.
 *
 * From u·s(u) = sin u follows u·s⁽ᵏ⁾ + k·s⁽ᵏ⁻¹⁾ = sin⁽ᵏ⁾ u, which is used away from 0; for |u| < k + 2 the power series
 * s⁽ᵏ⁾(u) = Σⱼ (−1)ʲ u²ʲ⁻ᵏ / ((2j − k)! (2j + 1)) is.
 */
import type { NDArray } from "../../core/array.ts";
import type { Primitive } from "../../core/primitive.ts";
import { bind1 } from "../../core/trace.ts";
import * as e from "../../loops/ir/expressions.ts";
import type { Expr } from "../../loops/ir/ir.ts";
import { mul } from "./arithmetic.ts";
import { elementwise } from "../families/elementwise.ts";

type Order = { k: number };

/** The j-th derivative of the sine. */
function sineDerivative(u: Expr, j: number): Expr {
  const value = e.apply(j % 2 === 0 ? "sin" : "cos", u);
  return j % 4 < 2 ? value : e.neg(value);
}

function recurrence(u: Expr, k: number): Expr {
  let s = e.div(sineDerivative(u, 0), u);
  for (let j = 1; j <= k; j++) s = e.div(e.sub(sineDerivative(u, j), e.mul(s, j)), u);
  return s;
}

function series(u: Expr, k: number): Expr {
  const first = Math.ceil(k / 2);
  const coefficients: number[] = [];
  let factorial = 1;
  for (let j = first; j < first + k + 14; j++) {
    const p = 2 * j - k;
    if (p >= 2) factorial *= p * (p - 1);
    coefficients.push((j % 2 === 0 ? 1 : -1) / (factorial * (2 * j + 1)));
  }
  const square = e.mul(u, u);
  const sum = coefficients.reduceRight<Expr>(
    (rest, c) => e.add(e.mul(rest, square), c),
    e.constant(0, u.dtype),
  );
  return k % 2 === 0 ? sum : e.mul(sum, u);
}

const sincP: Primitive<Order> = elementwise<Order>({
  name: "sinc",
  accepts: "float",
  scalar: ([u], { k }) => {
    if (k === 0) return e.select(e.eq(u, 0), 1, e.div(e.sin(u), u));
    return e.select(e.lt(e.abs(u), k + 2), series(u, k), recurrence(u, k));
  },
  jvp: [(g, _, [u], { k }) => mul(g, sinc(u, k + 1))],
});

/** The k-th derivative of sin(u)/u, which is 1 at 0. */
export function sinc(u: NDArray, k = 0): NDArray {
  return bind1(sincP, [u], { k });
}
