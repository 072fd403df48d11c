/** @file Expressions that several element-wise functions share: whole powers, and factors that keep squares in range. */
import * as e from "../../loops/ir/expressions.ts";
import type { Expr } from "../../loops/ir/ir.ts";

/** x to a small whole power by squaring, in the order JAX multiplies. */
export function powerExpr(x: Expr, n: number): Expr {
  if (n === 0) return e.constant(1, x.dtype);
  if (n < 0) return e.div(1, powerExpr(x, -n));
  let out: Expr | null = null;
  let base = x;
  for (let k = n; k > 0; k = Math.floor(k / 2)) {
    if (k % 2 === 1) out = out === null ? base : e.mul(out, base);
    if (k > 1) base = e.mul(base, base);
  }
  return out!;
}

/** A power of 2 for a float64 size, so that the squares of what it multiplies neither overflow nor all vanish. */
export function moderate(size: Expr): Expr {
  const small = e.select(e.lt(size, 2 ** -400), e.f64(2 ** 600), e.f64(1));
  return e.select(e.gt(size, 2 ** 400), e.f64(2 ** -600), small);
}
