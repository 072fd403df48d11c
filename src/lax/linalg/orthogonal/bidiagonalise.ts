/**
 * @file Reduction of a tall real matrix to bidiagonal form by reflectors from both sides, with the orthogonal factors
 * (LINPACK's dsvdc, first half). All matrices are held transposed: a row here is a column there, so that inner loops are
 * contiguous.
 */
import { type Block, add, div, lt, mul, ne, neg } from "../../../loops/ir/build.ts";
import { iadd } from "../../../loops/ir/affine.ts";
import type { Expr, Local } from "../../../loops/ir/ir.ts";
import { realField, sumOver } from "../elements/field.ts";
import type { Entries, Index, Matrix, Vector } from "../elements/matrix.ts";
import { type Span, each, eachFromEnd, negatedIf, normOver, real } from "../elements/scalars.ts";

/** What the decomposition of B (p × q, p ≥ q) works on. */
export interface SvdState<E> {
  /** Bᵀ, q × p; overwritten. */
  readonly b: Matrix<E>;
  /** The diagonal: q singular values in the end. */
  readonly s: Vector<Expr>;
  /** Above the diagonal; q + 1 places. */
  readonly e: Vector<Expr>;
  readonly work: Vector<E>;
  /** Rows: left singular vectors (q of them, or all p), if they are wanted. */
  readonly u: Matrix<E> | null;
  /** Rows: right singular vectors. */
  readonly v: Matrix<E> | null;
}

/** B = U·(bidiagonal)·Vᴴ. What else it needs is allocated at first, in the block that is given then. */
export type Bidiagonalisation<E> = (b: Block, q: number) => (b: Block, state: SvdState<E>) => void;

/** Rows of w in `rows` ← themselves − factor·(vᵀ·w): the columns `cols` of B times a reflector from the right. */
export function reflectFromRight<E>(
  b: Block,
  { b: w, work }: SvdState<E>,
  [rows, cols]: readonly [Span, Span],
  v: (b: Block, j: Expr) => E,
  factor: (b: Block, j: Expr) => E,
): void {
  const f = w.field;
  each(b, "i", cols, (y, i) => work.put(y, i, f.zero));
  each(b, "j", rows, (row, j) => {
    const vj = v(row, j);
    each(row, "i", cols, (y, i) => work.put(y, i, f.add(work.at(i), f.mul(vj, f.once(y, w.at(j, i))))));
  });
  each(b, "j", rows, (row, j) => {
    const fj = factor(row, j);
    each(row, "i", cols, (y, i) => w.put(y, j, i, f.sub(w.at(j, i), f.mul(fj, f.once(y, work.at(i))))));
  });
}

/** row j −= (row k · row j / x[k, head]) · row k, over a span: the reflector that row k holds. */
function reflectRow(b: Block, x: Matrix<Expr>, k: Expr, j: Expr, head: Expr, span: Span): void {
  const dot = sumOver(realField, b, span, (_, i) => mul(x.at(k, i), x.at(j, i)));
  const f = b.let(div(dot, x.at(k, head)), "f");
  x.subtractRow(b, j, f, x, k, span);
}

/**
 * Scales x over a span such that its reflector has the form above, and returns the element it leaves, negated; 0 for a
 * zero vector, which stays.
 */
function prepare(b: Block, x: Entries<Expr>, head: Expr, span: Span): Local {
  const size = normOver(b, span, (i) => x.at(i));
  b.if(ne(size, 0), (y) => {
    y.set(size, negatedIf(lt(x.at(head), 0), size));
    each(y, "i", span, (z, i) => x.put(z, i, div(x.at(i), size)));
    x.put(y, head, add(x.at(head), 1));
  });
  return size;
}

/** Columns of B below the diagonal to zero: step k. */
function eliminateColumn(b: Block, { b: w, s, e, u }: SvdState<Expr>, k: Expr): void {
  const span: Span = [k, w.cols];
  const size = prepare(b, w.row(k), k, span);
  s.put(b, k, neg(size));
  each(b, "j", [iadd(k, 1), w.rows], (y, j) => {
    y.if(ne(size, 0), (z) => reflectRow(z, w, k, j, k, span));
    e.put(y, j, w.at(j, k));
  });
  if (u !== null) each(b, "i", span, (y, i) => u.put(y, k, i, w.at(k, i)));
}

/** Rows of B right of the upper diagonal to zero: step k. */
function eliminateRow(b: Block, state: SvdState<Expr>, k: Expr): void {
  const { b: w, e, v } = state;
  const next = iadd(k, 1);
  const rows: Span = [next, w.rows];
  const size = prepare(b, e, next, rows);
  e.put(b, k, neg(size));
  b.if(ne(size, 0), (y) =>
    reflectFromRight(
      y,
      state,
      [rows, [next, w.cols]],
      (z, j) => z.let(e.at(j), "f"),
      (z, j) => z.let(div(e.at(j), e.at(next)), "f"),
    ),
  );
  if (v !== null) each(b, "i", rows, (y, i) => v.put(y, k, i, e.at(i)));
}

function unitRow(b: Block, x: Matrix<Expr>, k: Index): void {
  each(b, "i", [0, x.cols], (y, i) => x.put(y, k, i, real(0)));
  x.put(b, k, k, real(1));
}

/** The left factor, from the reflectors in its rows: the last comes first. */
function leftFactor(b: Block, u: Matrix<Expr>, s: Vector<Expr>, count: number): void {
  each(b, "j", [count, u.rows], (y, j) => unitRow(y, u, j));
  eachFromEnd(b, count, (y, k) => {
    const span: Span = [k, u.cols];
    each(y, "i", [0, k], (z, i) => u.put(z, k, i, real(0)));
    y.if(
      ne(s.at(k), 0),
      (z) => {
        each(z, "j", [iadd(k, 1), u.rows], (row, j) => reflectRow(row, u, k, j, k, span));
        each(z, "i", span, (x, i) => u.put(x, k, i, neg(u.at(k, i))));
        u.put(z, k, k, add(u.at(k, k), 1));
      },
      (z) => unitRow(z, u, k),
    );
  });
}

function rightFactor(b: Block, v: Matrix<Expr>, e: Vector<Expr>, count: number): void {
  each(b, "j", [count, v.rows], (y, j) => unitRow(y, v, j));
  eachFromEnd(b, count, (y, k) => {
    const next = iadd(k, 1);
    y.if(ne(e.at(k), 0), (z) =>
      each(z, "j", [next, v.rows], (row, j) => reflectRow(row, v, k, j, next, [next, v.cols])),
    );
    unitRow(y, v, k);
  });
}

export const bidiagonalise: Bidiagonalisation<Expr> = () => (b, state) => {
  const { b: w, s, e, u, v } = state;
  const [q, p] = [w.rows, w.cols];
  const columns = Math.min(p - 1, q);
  const rows = Math.max(0, q - 2);
  each(b, "k", [0, rows], (y, k) => {
    eliminateColumn(y, state, k);
    eliminateRow(y, state, k);
  });
  each(b, "k", [rows, columns], (y, k) => eliminateColumn(y, state, k));
  if (columns < q) s.put(b, columns, w.at(columns, columns));
  if (rows + 1 < q) e.put(b, rows, w.at(q - 1, rows));
  e.put(b, q - 1, real(0));
  if (u !== null) leftFactor(b, u, s, columns);
  if (v !== null) rightFactor(b, v, e, rows);
};
