/** @file The order of what an iteration has found. */
import { type Block, and, eq, lt, or, select } from "../../../loops/ir/build.ts";
import { intConst } from "../../../loops/ir/affine.ts";
import type { Expr } from "../../../loops/ir/ir.ts";
import { each } from "../elements/scalars.ts";

/**
 * Tells for each of n values, found at `at`, which in ascending order it is: number k, after equal ones at earlier places.
 * By counting: O(n²), where O(n³) is spent on vectors.
 */
export function inOrder(
  b: Block,
  n: number,
  value: (i: Expr) => Expr,
  place: (b: Block, k: Expr, at: Expr) => void,
): void {
  each(b, "i", [0, n], (y, i) => {
    const own = y.let(value(i), "value");
    const rank = y.variable(intConst(0), "rank");
    each(y, "k", [0, n], (z, k) => {
      const before = or(lt(value(k), own), and(eq(value(k), own), lt(k, i)));
      z.accumulate(rank, "add", select(before, intConst(1), intConst(0)));
    });
    place(y, { ...rank, lo: 0, hi: n - 1 }, i);
  });
}
