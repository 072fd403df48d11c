/**
 * @file sinc x = sin(πx)/(πx) and its derivatives, exact near 0 where the quotient's own derivative cancels, and far from 0,
 * where that of sin(πx) is taken from the remainder of x, not from a rounded πx.
 *
 * With u = πx and s(u) = sin u/u: from u·s(u) = sin u follows u·s⁽ᵏ⁾ + k·s⁽ᵏ⁻¹⁾ = sin⁽ᵏ⁾ u, which is used away from 0; for |u| < k + 2 the power series
 * s⁽ᵏ⁾(u) = Σⱼ (−1)ʲ u²ʲ⁻ᵏ / ((2j − k)! (2j + 1)) is.
 */
import type { NDArray } from "../../core/array.ts";
import type { Primitive } from "../../core/primitive.ts";
import { bind1 } from "../../core/trace.ts";
import * as e from "../../loops/ir/expressions.ts";
import type { Expr } from "../../loops/ir/ir.ts";
import { div, mul, sub } from "./arithmetic.ts";
import { lt } from "./compare.ts";
import { abs, sin } from "./functions.ts";
import { fullLike } from "../shapes/creation.ts";
import { select } from "./select.ts";
import { elementwise } from "../families/elementwise.ts";

type Order = { k: number };

/** The j-th derivative of the sine at πx. The remainder of x by 2, in [−1, 1], is exact. */
function sineDerivative(x: Expr, j: number): Expr {
  const f = e.sub(x, e.mul(e.roundEven(e.mul(x, 0.5)), 2));
  const a = e.abs(f);
  const turn = (of: Expr): Expr => e.sin(e.mul(of, Math.PI));
  const folded = turn(e.select(e.gt(a, 0.5), e.sub(1, a), a));
  const value = j % 2 === 1 ? turn(e.sub(0.5, a)) : e.select(e.lt(f, 0), e.neg(folded), folded);
  return j % 4 < 2 ? value : e.neg(value);
}

function recurrence(x: Expr, u: Expr, k: number): Expr {
  let s = e.div(sineDerivative(x, 0), u);
  for (let j = 1; j <= k; j++) s = e.div(e.sub(sineDerivative(x, j), e.mul(s, j)), u);
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
  scalar: ([x], { k }) => {
    const u = e.mul(x, Math.PI);
    if (k === 0) return e.select(e.eq(u, 0), 1, recurrence(x, u, 0));
    return e.mul(e.select(e.lt(e.abs(u), k + 2), series(u, k), recurrence(x, u, k)), Math.PI ** k);
  },
  jvp: [(g, _, [x], { k }) => mul(g, sinc(x, k + 1))],
});

/** The k-th derivative of sin(πx)/(πx), which is 1 at 0. */
export function sinc(x: NDArray, k = 0): NDArray {
  return bind1(sincP, [x], { k });
}

/** sin(πz)/(πz) of complex numbers: near 0 by the power series, whose derivatives are exact there. */
export function complexSinc(z: NDArray): NDArray {
  const w = mul(z, Math.PI);
  const near = lt(abs(w), 1);
  const [small, large] = [select(near, w, 0), select(near, 1, w)];
  const square = mul(small, small);
  // Σ (−w²)ʲ/(2j + 1)!
  let sum = fullLike(w, 1);
  for (let j = 10; j > 0; j--) sum = sub(1, mul(mul(square, 1 / (2 * j * (2 * j + 1))), sum));
  return select(near, sum, div(sin(large), large));
}
