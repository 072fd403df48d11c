/**
 * @file Householder reflectors H = 1 − τ·v·vᵀ in loop programs, with LAPACK's conventions: v has a leading 1 that is not
 * stored, H maps a column to a multiple β of the first unit vector whose sign is opposite to that of the column's first
 * element, and a column that is such a multiple already has τ = 0 (its sign stays).
 */
import { type Block, type Operand, apply } from "../../loops/ir/build.ts";
import { iadd } from "../../loops/ir/affine.ts";
import type { Expr, Local } from "../../loops/ir/ir.ts";
import { type Index, type Matrix, type Vector, hypot, normOver, real } from "./matrix.ts";

/** A column vector that may be read and replaced: element i of a matrix's column, say. */
export interface Entries {
  at(i: Index): Expr;
  put(b: Block, i: Index, value: Expr): void;
}

export const column = (a: Matrix, j: Index): Entries => ({
  at: (i) => a.at(i, j),
  put: (b, i, value) => a.put(b, i, j, value),
});

/** The elements of a row, as a vector. */
export const rowOf = (a: Matrix, i: Index): Entries => ({
  at: (j) => a.at(i, j),
  put: (b, j, value) => a.put(b, i, j, value),
});

/**
 * Replaces x[lo …] by (β, v[lo + 1 …]) and returns τ. The elements after `head` are those of `rest` (lo + 1 … hi − 1 unless
 * given).
 */
export function reflector(b: Block, x: Entries, head: Index, rest: readonly [Operand, Operand]): Local {
  const tau = b.variable(real(0), "tau");
  const norm = normOver(b, ...rest, (i) => x.at(i));
  b.if(apply("ne", norm, 0), (y) => {
    const alpha = y.let(x.at(head), "alpha");
    const size = hypot(y, alpha, norm);
    const beta = y.let(apply("select", apply("lt", alpha, 0), size, apply("neg", size)), "beta");
    y.set(tau, apply("div", apply("sub", beta, alpha), beta));
    const pivot = y.let(apply("sub", alpha, beta), "pivot");
    y.for(...rest, (z, i) => x.put(z, i, apply("div", x.at(i), pivot)), "i");
    x.put(y, head, beta);
  });
  return tau;
}

/**
 * a ← H·a for the rows `head` and `rest`, columns lo … hi − 1, along the rows; `v` holds the elements of v after the first.
 * `work` is overwritten.
 */
export function reflectRows(
  b: Block,
  a: Matrix,
  v: (i: Expr) => Expr,
  tau: Expr,
  head: Index,
  rest: readonly [Operand, Operand],
  [lo, hi]: readonly [Operand, Operand],
  work: Vector,
): void {
  b.if(apply("ne", tau, 0), (y) => {
    y.for(lo, hi, (z, j) => work.put(z, j, a.at(head, j)), "j");
    y.for(
      ...rest,
      (row, i) => {
        const f = row.let(v(i), "f");
        row.for(lo, hi, (z, j) => work.put(z, j, apply("add", work.at(j), apply("mul", f, a.at(i, j)))), "j");
      },
      "i",
    );
    const minus = (z: Block, i: Index, factor: Expr): void =>
      z.for(
        lo,
        hi,
        (x, j) => a.put(x, i, j, apply("sub", a.at(i, j), apply("mul", factor, work.at(j)))),
        "j",
      );
    minus(y, head, tau);
    y.for(...rest, (row, i) => minus(row, i, row.let(apply("mul", tau, v(i)), "f")), "i");
  });
}

/** Row elements k + 1 … of a column below the diagonal. */
export const below = (k: Expr, rows: number): readonly [Operand, Operand] => [iadd(k, 1), rows];
