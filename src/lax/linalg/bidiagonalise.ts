/**
 * @file Reduction of a tall matrix to bidiagonal form by reflectors from both sides, with the orthogonal factors
 * (LINPACK's dsvdc, first half). All matrices are held transposed: a row here is a column there, so that inner loops are
 * contiguous.
 */
import { type Block, type Operand, apply } from "../../loops/ir/build.ts";
import { iadd } from "../../loops/ir/affine.ts";
import type { Expr, Local } from "../../loops/ir/ir.ts";
import { type Index, type Matrix, type Vector, mirrored, normOver, real, sumOver } from "./matrix.ts";

/** What the decomposition of B (p × q, p ≥ q) works on. */
export interface SvdState {
  /** Bᵀ, q × p; overwritten. */
  readonly b: Matrix;
  /** The diagonal: q singular values in the end. */
  readonly s: Vector;
  /** Above the diagonal; q + 1 places. */
  readonly e: Vector;
  readonly work: Vector;
  /** Rows: left singular vectors (q of them, or all p), if they are wanted. */
  readonly u: Matrix | null;
  /** Rows: right singular vectors. */
  readonly v: Matrix | null;
}

type Span = readonly [Operand, Operand];

const dotRows = (b: Block, x: Matrix, i: Index, j: Index, span: Span): Local =>
  sumOver(b, ...span, (k) => apply("mul", x.at(i, k), x.at(j, k)));

/** row j −= (row k · row j / x[k, head]) · row k, over a span: the reflector that row k holds. */
function reflectRow(b: Block, x: Matrix, k: Expr, j: Expr, head: Expr, span: Span): void {
  const f = b.let(apply("div", dotRows(b, x, k, j, span), x.at(k, head)), "f");
  x.subtractRow(b, j, f, x, k, ...span);
}

/**
 * Scales x over a span such that its reflector has the form above, and returns the element it leaves, negated; 0 for a
 * zero vector, which stays.
 */
function prepare(
  b: Block,
  at: (i: Index) => Expr,
  put: (b: Block, i: Index, value: Expr) => void,
  head: Expr,
  span: Span,
): Local {
  const size = normOver(b, ...span, at);
  b.if(apply("ne", size, 0), (y) => {
    y.set(size, apply("select", apply("lt", at(head), 0), apply("neg", size), size));
    y.for(...span, (z, i) => put(z, i, apply("div", at(i), size)), "i");
    put(y, head, apply("add", at(head), 1));
  });
  return size;
}

/** Columns of B below the diagonal to zero: step k. */
function eliminateColumn(b: Block, { b: w, s, e, u }: SvdState, k: Expr): void {
  const span: Span = [k, w.cols];
  const size = prepare(
    b,
    (i) => w.at(k, i),
    (y, i, value) => w.put(y, k, i, value),
    k,
    span,
  );
  s.put(b, k, apply("neg", size));
  b.for(
    iadd(k, 1),
    w.rows,
    (y, j) => {
      y.if(apply("ne", size, 0), (z) => reflectRow(z, w, k, j, k, span));
      e.put(y, j, w.at(j, k));
    },
    "j",
  );
  if (u !== null) b.for(...span, (y, i) => u.put(y, k, i, w.at(k, i)), "i");
}

/** Rows of B right of the upper diagonal to zero: step k. */
function eliminateRow(b: Block, { b: w, e, work, v }: SvdState, k: Expr): void {
  const next = iadd(k, 1);
  const rows: Span = [next, w.rows];
  const cols: Span = [next, w.cols];
  const size = prepare(
    b,
    (i) => e.at(i),
    (y, i, value) => e.put(y, i, value),
    next,
    rows,
  );
  e.put(b, k, apply("neg", size));
  b.if(apply("ne", size, 0), (y) => {
    y.for(...cols, (z, i) => work.put(z, i, real(0)), "i");
    y.for(
      ...rows,
      (row, j) => {
        const f = row.let(e.at(j), "f");
        row.for(
          ...cols,
          (z, i) => work.put(z, i, apply("add", work.at(i), apply("mul", f, w.at(j, i)))),
          "i",
        );
      },
      "j",
    );
    y.for(
      ...rows,
      (row, j) => {
        const f = row.let(apply("div", e.at(j), e.at(next)), "f");
        row.for(
          ...cols,
          (z, i) => w.put(z, j, i, apply("sub", w.at(j, i), apply("mul", f, work.at(i)))),
          "i",
        );
      },
      "j",
    );
  });
  if (v !== null) b.for(...rows, (y, i) => v.put(y, k, i, e.at(i)), "i");
}

const unitRow = (b: Block, x: Matrix, k: Index): void => {
  b.for(0, x.cols, (y, i) => x.put(y, k, i, real(0)), "i");
  x.put(b, k, k, real(1));
};

/** The left factor, from the reflectors in its rows: the last comes first. */
function leftFactor(b: Block, u: Matrix, s: Vector, count: number): void {
  b.for(count, u.rows, (y, j) => unitRow(y, u, j), "j");
  b.for(
    0,
    count,
    (y, step) => {
      const k = mirrored(count, step);
      const span: Span = [k, u.cols];
      y.for(0, k, (z, i) => u.put(z, k, i, real(0)), "i");
      y.if(
        apply("ne", s.at(k), 0),
        (z) => {
          z.for(iadd(k, 1), u.rows, (row, j) => reflectRow(row, u, k, j, k, span), "j");
          z.for(...span, (x, i) => u.put(x, k, i, apply("neg", u.at(k, i))), "i");
          u.put(z, k, k, apply("add", u.at(k, k), 1));
        },
        (z) => unitRow(z, u, k),
      );
    },
    "step",
  );
}

function rightFactor(b: Block, v: Matrix, e: Vector, count: number): void {
  b.for(count, v.rows, (y, j) => unitRow(y, v, j), "j");
  b.for(
    0,
    count,
    (y, step) => {
      const k = mirrored(count, step);
      const next = iadd(k, 1);
      y.if(apply("ne", e.at(k), 0), (z) =>
        z.for(next, v.rows, (row, j) => reflectRow(row, v, k, j, next, [next, v.cols]), "j"),
      );
      unitRow(y, v, k);
    },
    "step",
  );
}

/** B = U·(bidiagonal)·Vᵀ. */
export function bidiagonalise(b: Block, state: SvdState): void {
  const { b: w, s, e, u, v } = state;
  const [q, p] = [w.rows, w.cols];
  const columns = Math.min(p - 1, q);
  const rows = Math.max(0, q - 2);
  b.for(
    0,
    rows,
    (y, k) => {
      eliminateColumn(y, state, k);
      eliminateRow(y, state, k);
    },
    "k",
  );
  b.for(rows, columns, (y, k) => eliminateColumn(y, state, k), "k");
  if (columns < q) s.put(b, columns, w.at(columns, columns));
  if (rows + 1 < q) e.put(b, rows, w.at(q - 1, rows));
  e.put(b, q - 1, real(0));
  if (u !== null) leftFactor(b, u, s, columns);
  if (v !== null) rightFactor(b, v, e, rows);
}
