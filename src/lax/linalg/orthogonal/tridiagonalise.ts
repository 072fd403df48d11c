/**
 * @file The reduction of symmetric and Hermitian matrices to a real tridiagonal form by reflectors (EISPACK's tred2), with the
 * orthogonal or unitary factor in rows so that all inner loops are contiguous.
 */
import { type Block, add, mul } from "../../../loops/ir/build.ts";
import { iadd, isub } from "../../../loops/ir/affine.ts";
import type { Expr } from "../../../loops/ir/ir.ts";
import { type Complex, complexField } from "../elements/complex.ts";
import { realField, sumOver } from "../elements/field.ts";
import { type Matrix, type Vector, conjugate, fillIdentity } from "../elements/matrix.ts";
import { type Span, each, mirrored, real } from "../elements/scalars.ts";
import { reflectVector, reflector } from "./householder.ts";

/** What the reduction works on. */
export interface TridiagonalState<E> {
  /** The matrix, of which the lower triangle is used; then v of each reflector, in its row. */
  readonly a: Matrix<E>;
  readonly diagonal: Vector<Expr>;
  /** offDiagonal[i] couples i − 1 and i. */
  readonly offDiagonal: Vector<Expr>;
  readonly taus: Vector<E>;
  readonly work: Vector<E>;
}

/** Given p = S·v in the elements `span` of `work`: `work` ← τ·p − ½·|τ|²·(vᴴ·p)·v, where τ and v are those of a reflector. */
export type UpdateVector<E> = (b: Block, work: Vector<E>, v: Vector<E>, tau: E, span: Span) => void;

export const realUpdate: UpdateVector<Expr> = (b, work, v, tau, span) => {
  const dot = sumOver(realField, b, span, (_, k) => mul(work.at(k), v.at(k)));
  const half = b.let(mul(mul(mul(tau, tau), dot), -0.5), "half");
  each(b, "k", span, (x, k) => work.put(x, k, add(mul(tau, work.at(k)), mul(half, v.at(k)))));
};

export const complexUpdate: UpdateVector<Complex> = (b, work, v, tau, span) => {
  const f = complexField;
  each(b, "k", span, (x, k) => work.put(x, k, f.mul(tau, f.once(x, work.at(k)))));
  const dot = sumOver(f, b, span, (x, k) => f.dotTerm(f.once(x, v.at(k)), f.once(x, work.at(k))));
  const half = f.kept(b, f.scale(f.dotTerm(tau, dot), real(0.5)), "half");
  each(b, "k", span, (x, k) => work.put(x, k, f.sub(work.at(k), f.mul(half, f.once(x, v.at(k))))));
};

/**
 * Row i, the last one first, is brought to tridiagonal form by a reflector on its first i elements (v lies in their
 * place, its leading 1 at i − 1): S ← Hᴴ·S·H = S − v·wᴴ − w·vᴴ with w = τ·S·v − ½·|τ|²·(vᴴ·S·v)·v, on the lower triangle.
 */
export function tridiagonalise<E>(
  b: Block,
  { a, diagonal, offDiagonal, taus, work }: TridiagonalState<E>,
  update: UpdateVector<E>,
): void {
  const f = a.field;
  const n = a.rows;
  each(b, "step", [0, n - 1], (y, step) => {
    const i = mirrored(n, step);
    const last = isub(i, 1);
    const row = a.row(i);
    const span: Span = [0, i];
    // The column above the diagonal, which is the conjugate of the row.
    conjugate(y, row, span);
    const tau = reflector(y, row, last, [0, last]);
    taus.put(y, i, tau);
    offDiagonal.put(y, i, f.re(row.at(last)));
    y.if(f.isNonzero(tau), (z) => {
      row.put(z, last, f.one);
      each(z, "k", span, (x, k) => work.put(x, k, f.zero));
      multiplyLower(z, a, i, work);
      update(z, work, row, tau, span);
      each(z, "j", span, (t, j) => {
        const [p, q] = [f.let(t, row.at(j), "f"), f.let(t, work.at(j), "g")];
        each(t, "k", [0, iadd(j, 1)], (x, k) => {
          const [v, w] = [f.once(x, row.at(k), "v"), f.once(x, work.at(k), "w")];
          a.put(x, j, k, f.sub(a.at(j, k), f.add(f.mulConj(p, w), f.mulConj(q, v))));
        });
      });
    });
  });
  b.for(0, n, (y, i) => diagonal.put(y, i, f.re(a.at(i, i))));
  offDiagonal.put(b, 0, real(0));
}

/** out += S·v for the S whose lower triangle is the leading i × i block of `a`; v is row i. */
function multiplyLower<E>(b: Block, a: Matrix<E>, i: Expr, out: Vector<E>): void {
  const f = a.field;
  each(b, "j", [0, i], (row, j) => {
    const v = f.let(row, a.at(i, j), "f");
    const sum = f.variable(row, f.scaled(f.re(a.at(j, j)), v), "sum");
    each(row, "k", [0, j], (x, k) => {
      const s = f.once(x, a.at(j, k), "s");
      sum.add(x, f.mul(s, f.once(x, a.at(i, k))));
      out.put(x, k, f.add(out.at(k), f.dotTerm(s, v)));
    });
    out.put(row, j, f.add(out.at(j), sum.value));
  });
}

/** Rows of `vectors` ← the transpose of the product of the reflectors, grown from its corner. */
export function accumulateVectors<E>(b: Block, vectors: Matrix<E>, { a, taus }: TridiagonalState<E>): void {
  const f = a.field;
  fillIdentity(b, vectors, a.rows);
  each(b, "i", [1, a.rows], (y, i) => {
    const tau = f.let(y, taus.at(i), "tau");
    const v = (x: Block, k: Expr): E => f.once(x, a.at(i, k));
    y.if(f.isNonzero(tau), (z) =>
      each(z, "r", [0, i], (row, r) => reflectVector(row, vectors.row(r), v, tau, [0, i])),
    );
  });
}
