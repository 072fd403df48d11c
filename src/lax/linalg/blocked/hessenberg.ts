/**
 * @file The reduction of large square matrices to Hessenberg form in panels of columns (LAPACK's gehrd and lahr2): a fifth of the
 * work is products of the matrix with vectors, the rest updates of what is left by products of panels.
 *
 * With Q = 1 − V·T·Vᴴ of a panel, and Y = A·V·T, QᴴAQ = Qᴴ(A − Y·Vᴴ). The rows of Y above the panel's are needed at its end only.
 */
import type { Block } from "../../../loops/ir/build.ts";
import { iadd } from "../../../loops/ir/affine.ts";
import type { Expr } from "../../../loops/ir/ir.ts";
import { blockSize, eachBelow, eachBlock, setProduct, subtractProduct } from "../elements/blocks.ts";
import { sumOver } from "../elements/field.ts";
import { type Matrix, type Vector, asColumn, newMatrix } from "../elements/matrix.ts";
import { type Span, each } from "../elements/scalars.ts";
import { reflector } from "../orthogonal/householder.ts";
import { type Reflectors, reflectBlock } from "./reflectors.ts";

/** What the reduction works on, and what it leaves. */
export interface HessenbergBlocks<E> {
  /** H, with the reflectors below its subdiagonal. */
  readonly h: Matrix<E>;
  readonly taus: Vector<E>;
  /** n − 1 of them: number k begins at k + 1. */
  readonly reflectors: Reflectors<E>;
}

/** A panel: reflectors, in rows of `v` from `lo` on, and columns of Y in the rows of `y`. */
interface Panel<E> extends HessenbergBlocks<E> {
  readonly y: Matrix<E>;
  /** In one row each: the column that is reduced, products with it, and Tᴴ times those. */
  readonly column: Matrix<E>;
  readonly shares: Matrix<E>;
  readonly turned: Matrix<E>;
  readonly lo: Expr;
}

/** Writes the reduction of matrices of one size; what it allocates is shared by all of them. */
export function hessenbergBlocks<E>(outer: Block, state: HessenbergBlocks<E>): (b: Block) => void {
  const { h, reflectors } = state;
  const { field: f, rows: n, dtype } = h;
  const { v, count } = reflectors;
  const y = newMatrix(f, outer, blockSize, v.cols, "y", dtype);
  const column = newMatrix(f, outer, 1, v.cols, "column", dtype);
  const shares = newMatrix(f, outer, 1, blockSize, "shares", dtype);
  const turned = newMatrix(f, outer, 1, blockSize, "turnedShares", dtype);
  return (b) =>
    eachBlock(b, count, (block, lo, hi, width) => {
      const panel: Panel<E> = { ...state, y, column, shares, turned, lo };
      block.for(0, width, (z, q) => reduceColumn(z, panel, q, z.within(iadd(lo, q), 0, count - 1)));
      const first = block.within(iadd(lo, 1), 1, n - 1);
      topRows(block, panel, width, [0, first]);
      updateFromRight(block, panel, width, [0, first], [first, n]);
      updateFromRight(block, panel, width, [first, n], [hi, n]);
      const part = { lo, width };
      reflectBlock(block, h, reflectors, part, { rows: [first, n], cols: [hi, n], adjoint: true });
    });
}

/** h[rows, cols] −= Y·Vᴴ. */
function updateFromRight<E>(b: Block, p: Panel<E>, width: Expr, rows: Span, cols: Span): void {
  const { h, y, reflectors, lo } = p;
  const f = h.field;
  subtractProduct(b, h, {
    ...{ rows, cols, terms: [0, width], size: blockSize },
    x: (i, t) => y.at(t, i),
    y: (t, j) => f.conj(reflectors.v.at(iadd(lo, t), j)),
  });
}

/** The rows above the panel's of Y: A·V, and that times T. */
function topRows<E>(b: Block, p: Panel<E>, width: Expr, rows: Span): void {
  const { h, y, reflectors, lo } = p;
  const { v, t, image } = reflectors;
  const n = h.rows;
  const all: Span = [0, width];
  // Rows of the transposes, so that they lie as those of Y.
  setProduct(b, image, {
    ...{ rows: all, cols: rows, terms: [iadd(lo, 1), n], size: n, columns: n },
    x: (q, k) => v.at(iadd(lo, q), k),
    y: (k, i) => h.at(i, k),
  });
  setProduct(b, y, {
    ...{ rows: all, cols: rows, terms: all, size: blockSize, columns: n },
    x: (q, l) => t.at(iadd(lo, l), q),
    y: (l, i) => image.at(l, i),
  });
}

/** Column k, number q of its panel. */
function reduceColumn<E>(b: Block, p: Panel<E>, q: Expr, k: Expr): void {
  const { h, taus, reflectors, lo } = p;
  const { field: f, rows: n } = h;
  const column = p.column.row(0);
  const first = b.within(iadd(lo, 1), 1, n - 1);
  each(b, "i", [first, n], (z, i) => column.put(z, i, h.at(i, k)));
  updateColumn(b, p, q, k, [first, n]);
  const head = b.within(iadd(k, 1), 1, n - 1);
  const rest: Span = [iadd(head, 1), n];
  const tau = reflector(b, column, head, rest);
  taus.put(b, k, tau);
  eachBelow(b, n, [first, n], (z, i) => h.put(z, i, k, column.at(i)));
  const v = reflectors.v.row(k);
  each(b, "i", [lo, head], (z, i) => v.put(z, i, f.zero));
  v.put(b, head, f.one);
  each(b, "i", rest, (z, i) => v.put(z, i, column.at(i)));
  imageOf(b, p, q, k, tau, [first, n]);
}

/** `shares` ← Vᴴ·x for the reflectors before number q. */
function shareOf<E>(b: Block, p: Panel<E>, q: Expr, x: Vector<E>, span: Span): void {
  const { v } = p.reflectors;
  const f = v.field;
  setProduct(b, asColumn(p.shares.row(0), blockSize), {
    ...{ rows: [0, q], cols: [0, 1], terms: span, size: p.h.rows },
    x: (t, i) => f.conj(v.at(iadd(p.lo, t), i)),
    y: (i) => x.at(i),
  });
}

/** to[row, span] −= Σ factor(t)·(row t of `from`), for t below q. */
function subtractRows<E>(
  b: Block,
  [to, row]: readonly [Matrix<E>, Expr | number],
  span: Span,
  q: Expr,
  factor: (t: Expr) => E,
  from: (t: Expr, i: Expr) => E,
  columns: number,
): void {
  const rows: Span = typeof row === "number" ? [row, row + 1] : [row, iadd(row, 1)];
  subtractProduct(b, to, {
    ...{ rows, cols: span, terms: [0, q], size: blockSize, columns },
    x: (_, t) => factor(t),
    y: from,
  });
}

/** The column, after the reflectors of the panel before it: minus Y·Vᴴ, and from the left. */
function updateColumn<E>(b: Block, p: Panel<E>, q: Expr, k: Expr, span: Span): void {
  const { y, column, turned, shares, lo } = p;
  const { v, t } = p.reflectors;
  const f = v.field;
  const n = p.h.rows;
  const as = [column, 0] as const;
  subtractRows(
    b,
    as,
    span,
    q,
    (s) => f.conj(v.at(iadd(lo, s), k)),
    (s, i) => y.at(s, i),
    n,
  );
  shareOf(b, p, q, column.row(0), span);
  // Tᴴ times that.
  each(b, "l", [0, q], (z, l) => {
    const sum = sumOver(f, z, [0, iadd(l, 1)], (x, s) =>
      f.dotTerm(f.once(x, t.at(iadd(lo, s), l)), f.once(x, shares.at(0, s))),
    );
    turned.put(z, 0, l, sum);
  });
  subtractRows(
    b,
    as,
    span,
    q,
    (s) => turned.at(0, s),
    (s, i) => v.at(iadd(lo, s), i),
    n,
  );
}

/** Column q of Y, of the panel's rows and those below, and of T. */
function imageOf<E>(b: Block, p: Panel<E>, q: Expr, k: Expr, tau: E, span: Span): void {
  const { h, y, shares, lo } = p;
  const { v, t } = p.reflectors;
  const f = v.field;
  const n = h.rows;
  const x = v.row(k);
  const head = iadd(k, 1);
  setProduct(b, asColumn(y.row(q), n), {
    ...{ rows: span, cols: [0, 1], terms: [head, n], size: n },
    x: (i, j) => h.at(i, j),
    y: (j) => x.at(j),
  });
  shareOf(b, p, q, x, [head, n]);
  subtractRows(
    b,
    [y, q],
    span,
    q,
    (s) => shares.at(0, s),
    (s, i) => y.at(s, i),
    n,
  );
  const factor = f.kept(b, tau, "tau");
  each(b, "i", span, (z, i) => y.put(z, q, i, f.mul(factor, f.once(z, y.at(q, i)))));
  // Row l of T ends with column q: −τ·T·(Vᴴ·v).
  each(b, "l", [0, q], (z, l) => {
    const sum = sumOver(f, z, [l, q], (s, i) =>
      f.mul(f.once(s, t.at(iadd(lo, l), i)), f.once(s, shares.at(0, i))),
    );
    t.put(z, iadd(lo, l), q, f.neg(f.mul(factor, sum)));
  });
  t.put(b, iadd(lo, q), q, factor);
  each(b, "l", [0, q], (z, l) => t.put(z, iadd(lo, q), l, f.zero));
}
