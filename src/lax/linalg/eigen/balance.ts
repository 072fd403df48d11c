/**
 * @file Balancing of matrices before their eigenvalues are searched (LAPACK's gebal): A ← D⁻¹·P·A·Pᵀ·D. The permutation P
 * brings what is triangular already to the ends, where it stays as it is; the powers of 2 in D make rows and columns between
 * alike in norm.
 */
import {
  type Block,
  add,
  and,
  apply,
  eq,
  ge,
  gt,
  le,
  lt,
  mul,
  ne,
  or,
  select,
  sub,
} from "../../../loops/ir/build.ts";
import { intConst } from "../../../loops/ir/affine.ts";
import type { Expr, Local } from "../../../loops/ir/ir.ts";
import { realField } from "../elements/field.ts";
import { type Matrix, type Vector, newVector } from "../elements/matrix.ts";
import { Order } from "../elements/permute.ts";
import { each, indexLocal, no, real, yes } from "../elements/scalars.ts";

/** What is needed to undo it: row i of the balanced matrix is row order[i] of A, times 1/d[i]. */
export interface Balance {
  readonly order: Order;
  readonly d: Vector<Expr>;
}

export const newBalance = (b: Block, n: number): Balance => ({
  order: new Order(b, n),
  d: newVector(realField, b, n, "d"),
});

/** Exchanges two rows and the columns of the same numbers. */
function exchange<E>(b: Block, a: Matrix<E>, order: Order, i: Expr, k: Expr): void {
  b.if(ne(i, k), (y) => {
    a.swapRows(y, i, k);
    a.swapColumns(y, i, k);
    order.swap(y, i, k);
  });
}

/** Is every magnitude that `size` gives for lo … hi zero, the one at `but` aside? */
function allZero(b: Block, lo: Expr, hi: Expr, but: Expr, size: (k: Expr) => Expr): Local {
  const zero = b.variable(yes, "zero");
  b.for(lo, add(hi, 1), (y, k) => {
    y.accumulate(zero, "and", or(eq(k, but), eq(size(k), 0)));
  });
  return zero;
}

/**
 * Rows without elements beside the diagonal go to the end, columns of the kind to the beginning; what is left in between is
 * lo … hi.
 */
function isolate<E>(b: Block, a: Matrix<E>, order: Order): [lo: Local, hi: Local] {
  const { rows: n, field: f } = a;
  const [lo, hi] = [b.variable(intConst(0), "lo"), b.variable(intConst(n - 1), "hi")];
  const more = b.variable(yes, "more");
  /** Moves what `isZero` finds to the end `to` of those that are left, until it finds nothing from there to the other end. */
  const moveTo = (
    to: Local,
    atEnd: boolean,
    inRange: (place: Expr) => Expr,
    isZero: (b: Block, i: Expr) => Expr,
  ): void => {
    const next = (i: Expr): Expr => (atEnd ? sub(i, 1) : add(i, 1));
    b.while(more, (y) => {
      y.set(more, no);
      const place = y.variable(to, "place");
      y.while(inRange(place), (t) => {
        const i = indexLocal(t, place, n, "i");
        t.set(place, next(i));
        t.if(isZero(t, i), (s) => {
          exchange(s, a, order, i, indexLocal(s, to, n, atEnd ? "last" : "first"));
          s.set(to, next(to));
          s.set(more, yes);
          s.set(place, intConst(atEnd ? -1 : n));
        });
      });
    });
  };
  moveTo(
    hi,
    true,
    (place) => ge(place, 0),
    (y, i) => allZero(y, intConst(0), hi, i, (k) => f.size(a.at(i, k))),
  );
  b.set(more, yes);
  moveTo(
    lo,
    false,
    (place) => le(place, hi),
    (y, j) => allZero(y, lo, hi, j, (k) => f.size(a.at(k, j))),
  );
  return [lo, hi];
}

/** The power of 2 by which a column of norm c is to be multiplied and a row of norm r divided, so that they are alike. */
function balancingFactor(b: Block, column: Expr, row: Expr): Expr {
  const f = b.variable(real(1), "f");
  const c = b.variable(column, "c");
  const r = b.variable(row, "r");
  b.while(lt(c, mul(r, 0.5)), (y) => {
    y.set(f, mul(f, 2));
    y.set(c, mul(c, 2));
    y.set(r, mul(r, 0.5));
  });
  b.while(ge(mul(c, 0.5), r), (y) => {
    y.set(f, mul(f, 0.5));
    y.set(c, mul(c, 0.5));
    y.set(r, mul(r, 2));
  });
  const better = lt(add(c, r), mul(add(column, row), 0.95));
  return b.let(select(better, f, real(1)), "factor");
}

/** Balances a matrix in place. */
export function balance<E>(b: Block, a: Matrix<E>, { order, d }: Balance): void {
  const { rows: n, field } = a;
  b.for(0, n, (y, i) => d.put(y, i, real(1)));
  order.reset(b);
  const [lo, hi] = isolate(b, a, order);
  const [first, end] = [b.snapshot(lo, "first"), b.snapshot(add(hi, 1), "end")];
  const more = b.variable(yes, "more");
  const round = b.variable(intConst(0), "round");
  b.while(and(more, lt(round, 40)), (y) => {
    y.set(more, no);
    y.set(round, add(round, 1));
    each(y, "i", [first, end], (t, i) => {
      const column = t.let(
        field.norm(t, [first, end], (k) => a.at(k, i)),
        "column",
      );
      const row = t.let(
        field.norm(t, [first, end], (k) => a.at(i, k)),
        "row",
      );
      t.if(gt(apply("min", column, row), 0), (s) => {
        const f = balancingFactor(s, column, row);
        s.if(ne(f, 1), (x) => {
          x.set(more, yes);
          d.put(x, i, mul(d.at(i), f));
          each(x, "k", [0, n], (w, k) => a.put(w, i, k, field.over(a.at(i, k), f)));
          each(x, "k", [0, n], (w, k) => a.put(w, k, i, field.scale(a.at(k, i), f)));
        });
      });
    });
  });
}

/** v ← P·D·x, or with `inverse` P·D⁻¹·x: the eigenvector of A. */
export function unbalance<E>(
  b: Block,
  x: Vector<E>,
  v: Vector<E>,
  { order, d }: Balance,
  n: number,
  inverse: boolean,
): void {
  const f = x.field;
  b.for(0, n, (y, i) => {
    const to = indexLocal(y, order.at(i), n, "to");
    v.put(y, to, inverse ? f.over(x.at(i), d.at(i)) : f.scale(x.at(i), d.at(i)));
  });
}
