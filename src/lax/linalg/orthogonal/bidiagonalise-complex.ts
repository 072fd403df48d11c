/**
 * @file Reduction of a tall complex matrix to a real bidiagonal form by unitary reflectors from both sides (LAPACK's zgebrd),
 * with the unitary factors. All matrices are held transposed, as in bidiagonalise.ts.
 */
import type { Block } from "../../../loops/ir/build.ts";
import { iadd } from "../../../loops/ir/affine.ts";
import type { Expr } from "../../../loops/ir/ir.ts";
import { type Complex, complexField as f } from "../elements/complex.ts";
import { type Vector, conjugate, newVector } from "../elements/matrix.ts";
import { type Span, each, real } from "../elements/scalars.ts";
import { type Bidiagonalisation, type SvdState, reflectFromRight } from "./bidiagonalise.ts";
import { accumulateReflectors, leadingOne, reflectVector, reflector } from "./householder.ts";

/** Columns of B below the diagonal to zero: step k, for the columns after it. The factors are those of the reflectors. */
function eliminateColumn(b: Block, { b: w, s }: SvdState<Complex>, left: Vector<Complex>, k: Expr): void {
  const span: Span = [k, w.cols];
  const tau = reflector(b, w.row(k), k, [iadd(k, 1), w.cols]);
  left.put(b, k, tau);
  s.put(b, k, w.at(k, k).re);
  const back = f.keptConj(b, tau, "back");
  const v = leadingOne(w.row(k), k);
  b.if(f.isNonzero(tau), (y) =>
    each(y, "j", [iadd(k, 1), w.rows], (z, j) => reflectVector(z, w.row(j), v, back, span)),
  );
}

/** Rows of B right of the upper diagonal to zero: step k, for the rows after it. B ← B·G, where Gᴴ·(row)ᴴ is real. */
function eliminateRow(b: Block, state: SvdState<Complex>, right: Vector<Complex>, k: Expr): void {
  const { b: w, e } = state;
  const next = iadd(k, 1);
  const rows: Span = [next, w.rows];
  conjugate(b, w.column(k), rows, "j");
  const tau = reflector(b, w.column(k), next, [iadd(k, 2), w.rows]);
  right.put(b, k, tau);
  e.put(b, k, w.at(next, k).re);
  const v = leadingOne(w.column(k), next);
  b.if(f.isNonzero(tau), (y) =>
    reflectFromRight(y, state, [rows, [next, w.cols]], v, (z, j) =>
      f.let(z, f.mul(tau, f.conj(v(z, j))), "f"),
    ),
  );
}

export const bidiagonaliseComplex: Bidiagonalisation<Complex> = (outer, q) => {
  const left = newVector(f, outer, q, "left");
  const right = newVector(f, outer, q, "right");
  return (b, state) => {
    const { b: w, e, u, v } = state;
    each(b, "k", [0, q - 1], (y, k) => {
      eliminateColumn(y, state, left, k);
      eliminateRow(y, state, right, k);
    });
    each(b, "k", [q - 1, q], (y, k) => eliminateColumn(y, state, left, k));
    e.put(b, q - 1, real(0));
    if (u !== null)
      accumulateReflectors(b, u, { count: q, taus: left, shift: 0, v: (k) => w.row(k) }, w.cols);
    if (v !== null)
      accumulateReflectors(b, v, { count: q - 1, taus: right, shift: 1, v: (k) => w.column(k) }, q);
  };
};
