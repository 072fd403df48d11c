/**
 * @file Balancing of matrices before their eigenvalues are searched (LAPACK's gebal): A ← D⁻¹·P·A·Pᵀ·D. The permutation P
 * brings what is triangular already to the ends, where it stays as it is; the powers of 2 in D make rows and columns between
 * alike in norm.
 */
import { type Block, apply, constant, load } from "../../../loops/ir/build.ts";
import { intConst } from "../../../loops/ir/affine.ts";
import type { Buffer, Expr, Local } from "../../../loops/ir/ir.ts";
import { type Vector, indexLocal, newVector, real } from "../matrix.ts";
import { swapEntries } from "../permute.ts";
import * as z from "./matrix.ts";

const yes = constant(1, "bool");
const no = constant(0, "bool");

/** What is needed to undo it: row i of the balanced matrix is row order[i] of A, times 1/d[i]. */
export interface Balance {
  readonly order: Buffer;
  readonly d: Vector;
}

export const newBalance = (b: Block, n: number): Balance => ({
  order: b.alloc("int32", n, "order"),
  d: newVector(b, n, "d"),
});

/** Exchanges two rows and the columns of the same numbers. */
function exchange(b: Block, a: z.ZMatrix, order: Buffer, i: Expr, k: Expr): void {
  b.if(apply("ne", i, k), (y) => {
    a.swapRows(y, i, k);
    y.for(0, a.rows, (t, r) => {
      const kept = z.kept(t, a.at(r, i));
      a.put(t, r, i, a.at(r, k));
      a.put(t, r, k, kept);
    });
    swapEntries(y, order, i, k);
  });
}

/** Is every element that `at` gives for lo … hi zero, the one at `but` aside? */
function allZero(b: Block, lo: Expr, hi: Expr, but: Expr, at: (k: Expr) => z.Z): Local {
  const zero = b.variable(yes, "zero");
  b.for(lo, apply("add", hi, 1), (y, k) => {
    y.accumulate(zero, "and", apply("or", apply("eq", k, but), apply("eq", z.size1(at(k)), 0)));
  });
  return zero;
}

/**
 * Rows without elements beside the diagonal go to the end, columns of the kind to the beginning; what is left in between is
 * lo … hi.
 */
function isolate(b: Block, a: z.ZMatrix, order: Buffer): [lo: Local, hi: Local] {
  const n = a.rows;
  const [lo, hi] = [b.variable(intConst(0), "lo"), b.variable(intConst(n - 1), "hi")];
  const more = b.variable(yes, "more");
  b.while(more, (y) => {
    y.set(more, no);
    const place = y.variable(hi, "place");
    y.while(apply("ge", place, 0), (t) => {
      const i = indexLocal(t, place, n, "i");
      t.set(place, apply("sub", i, 1));
      t.if(
        allZero(t, intConst(0), hi, i, (k) => a.at(i, k)),
        (s) => {
          exchange(s, a, order, i, indexLocal(s, hi, n, "last"));
          s.set(hi, apply("sub", hi, 1));
          s.set(more, yes);
          s.set(place, intConst(-1));
        },
      );
    });
  });
  b.set(more, yes);
  b.while(more, (y) => {
    y.set(more, no);
    const place = y.variable(lo, "place");
    y.while(apply("le", place, hi), (t) => {
      const j = indexLocal(t, place, n, "j");
      t.set(place, apply("add", j, 1));
      t.if(
        allZero(t, lo, hi, j, (k) => a.at(k, j)),
        (s) => {
          exchange(s, a, order, j, indexLocal(s, lo, n, "first"));
          s.set(lo, apply("add", lo, 1));
          s.set(more, yes);
          s.set(place, intConst(n));
        },
      );
    });
  });
  return [lo, hi];
}

/** The power of 2 by which a column of norm c is to be multiplied and a row of norm r divided, so that they are alike. */
function balancingFactor(b: Block, column: Expr, row: Expr): Expr {
  const f = b.variable(real(1), "f");
  const c = b.variable(column, "c");
  const r = b.variable(row, "r");
  b.while(apply("lt", c, apply("mul", r, 0.5)), (y) => {
    y.set(f, apply("mul", f, 2));
    y.set(c, apply("mul", c, 2));
    y.set(r, apply("mul", r, 0.5));
  });
  b.while(apply("ge", apply("mul", c, 0.5), r), (y) => {
    y.set(f, apply("mul", f, 0.5));
    y.set(c, apply("mul", c, 0.5));
    y.set(r, apply("mul", r, 2));
  });
  const better = apply("lt", apply("add", c, r), apply("mul", apply("add", column, row), 0.95));
  return b.let(apply("select", better, f, real(1)), "factor");
}

/** Balances a matrix in place. */
export function balance(b: Block, a: z.ZMatrix, { order, d }: Balance): void {
  const n = a.rows;
  b.for(0, n, (y, i) => {
    d.put(y, i, real(1));
    y.store(order, i, i);
  });
  const [lo, hi] = isolate(b, a, order);
  const [first, end] = [b.snapshot(lo, "first"), b.snapshot(apply("add", hi, 1), "end")];
  const more = b.variable(yes, "more");
  const round = b.variable(intConst(0), "round");
  b.while(apply("and", more, apply("lt", round, 40)), (y) => {
    y.set(more, no);
    y.set(round, apply("add", round, 1));
    y.for(
      first,
      end,
      (t, i) => {
        const column = t.let(
          z.norm(t, first, end, (k) => a.at(k, i)),
          "column",
        );
        const row = t.let(
          z.norm(t, first, end, (k) => a.at(i, k)),
          "row",
        );
        t.if(apply("gt", apply("min", column, row), 0), (s) => {
          const f = balancingFactor(s, column, row);
          s.if(apply("ne", f, 1), (x) => {
            x.set(more, yes);
            d.put(x, i, apply("mul", d.at(i), f));
            x.for(0, n, (w, k) => a.put(w, i, k, z.over(a.at(i, k), f)), "k");
            x.for(0, n, (w, k) => a.put(w, k, i, z.scale(a.at(k, i), f)), "k");
          });
        });
      },
      "i",
    );
  });
}

/** v ← P·D·x, or with `inverse` P·D⁻¹·x: the eigenvector of A. */
export function unbalance(
  b: Block,
  x: z.ZVector,
  v: z.ZVector,
  { order, d }: Balance,
  n: number,
  inverse: boolean,
): void {
  b.for(0, n, (y, i) => {
    const to = indexLocal(y, load(order, i), n, "to");
    v.put(y, to, inverse ? z.over(x.at(i), d.at(i)) : z.scale(x.at(i), d.at(i)));
  });
}
