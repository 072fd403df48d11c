/**
 * @file The reduction of large symmetric and Hermitian matrices to real tridiagonal form in panels (LAPACK's sytrd and latrd): half of
 * the work is products of the matrix with vectors, the other half updates of what is left by products of panels.
 */
import type { Block } from "../../../loops/ir/build.ts";
import { iadd } from "../../../loops/ir/affine.ts";
import type { Expr } from "../../../loops/ir/ir.ts";
import { blockSize, eachBlock, setProduct, subtractProduct } from "../elements/blocks.ts";
import { type Matrix, type Vector, asColumn, newMatrix } from "../elements/matrix.ts";
import { type Span, each } from "../elements/scalars.ts";
import { reflector } from "../orthogonal/householder.ts";
import type { UpdateVector } from "../orthogonal/tridiagonalise.ts";
import { type Reflectors, formTriangle } from "./reflectors.ts";

/** What the reduction works on, and what it leaves. */
export interface TridiagonalBlocks<E> {
  /** The whole matrix, both triangles; overwritten. */
  readonly a: Matrix<E>;
  readonly diagonal: Vector<Expr>;
  /** offDiagonal[i] couples i − 1 and i. */
  readonly offDiagonal: Vector<Expr>;
  readonly taus: Vector<E>;
  /** n − 1 of them: number k begins at k + 1. */
  readonly reflectors: Reflectors<E>;
}

/** A panel: reflectors, in rows of `v` from `lo` on, and the rows of w, with A − V·Wᴴ − W·Vᴴ the matrix that is left. */
interface Panel<E> extends TridiagonalBlocks<E> {
  readonly w: Matrix<E>;
  /** Wᴴ·v and Vᴴ·v. */
  readonly shares: Matrix<E>;
  readonly lo: Expr;
}

export function tridiagonaliseBlocks<E>(
  b: Block,
  state: TridiagonalBlocks<E>,
  update: UpdateVector<E>,
): void {
  const { a, diagonal, taus, reflectors } = state;
  const { field: f, rows: n, dtype } = a;
  const { v, count } = reflectors;
  const w = newMatrix(f, b, blockSize, v.cols, "w", dtype);
  const shares = newMatrix(f, b, 2, blockSize, "shares", dtype);
  eachBlock(b, count, (y, lo, hi, width) => {
    const panel: Panel<E> = { ...state, w, shares, lo };
    y.for(0, width, (z, q) => reduceColumn(z, panel, q, z.within(iadd(lo, q), 0, count - 1), update));
    formTriangle(y, reflectors, taus, { lo, width }, [lo, n]);
    const rest: Span = [hi, n];
    const spans = { rows: rest, cols: rest, terms: [0, width] as Span, size: blockSize };
    const row = (t: Expr): Expr => iadd(lo, t);
    subtractProduct(y, a, { ...spans, x: (i, t) => v.at(row(t), i), y: (t, j) => f.conj(w.at(t, j)) });
    subtractProduct(y, a, { ...spans, x: (i, t) => w.at(t, i), y: (t, j) => f.conj(v.at(row(t), j)) });
  });
  diagonal.put(b, n - 1, f.re(a.at(n - 1, n - 1)));
}

/** Column k, number q of its panel: its reflector, and the row of w that belongs to it. */
function reduceColumn<E>(b: Block, panel: Panel<E>, q: Expr, k: Expr, update: UpdateVector<E>): void {
  const { a, diagonal, offDiagonal, taus, w, lo } = panel;
  const { field: f, rows: n } = a;
  const { v } = panel.reflectors;
  const row = (t: Expr): Expr => iadd(lo, t);
  const x = v.row(k);
  each(b, "i", [k, n], (y, i) => x.put(y, i, f.conj(a.at(k, i))));
  const own = { rows: [k, iadd(k, 1)] as Span, cols: [k, n] as Span, terms: [0, q] as Span, size: blockSize };
  const column = { ...own, columns: n };
  subtractProduct(b, v, { ...column, x: (_, t) => f.conj(w.at(t, k)), y: (t, i) => v.at(row(t), i) });
  subtractProduct(b, v, { ...column, x: (_, t) => f.conj(v.at(row(t), k)), y: (t, i) => w.at(t, i) });
  diagonal.put(b, k, f.re(x.at(k)));
  const head = b.within(iadd(k, 1), 1, n - 1);
  const span: Span = [head, n];
  const tau = reflector(b, x, head, [iadd(head, 1), n]);
  taus.put(b, k, tau);
  offDiagonal.put(b, head, f.re(x.at(head)));
  x.put(b, head, f.one);
  each(b, "i", [lo, head], (y, i) => x.put(y, i, f.zero));
  multiply(b, panel, q, x, span);
  update(b, w.row(q), x, tau, span);
}

/** Row q of w ← what is left of the matrix, times the reflector x. */
function multiply<E>(b: Block, panel: Panel<E>, q: Expr, x: Vector<E>, span: Span): void {
  const { a, w, shares, lo } = panel;
  const { field: f, rows: n } = a;
  const { v } = panel.reflectors;
  const row = (t: Expr): Expr => iadd(lo, t);
  const vector = { cols: [0, 1] as Span, terms: span, size: n, y: (j: Expr) => x.at(j) };
  setProduct(b, asColumn(w.row(q), n), { ...vector, rows: span, x: (i, j) => a.at(i, j) });
  const before: Span = [0, q];
  [w, v].forEach((m, k) =>
    setProduct(b, asColumn(shares.row(k), blockSize), {
      ...{ ...vector, rows: before },
      x: (t, j) => f.conj(m.at(m === v ? row(t) : t, j)),
    }),
  );
  [v, w].forEach((m, k) =>
    subtractProduct(b, w, {
      ...{ rows: [q, iadd(q, 1)], cols: span, terms: before, size: blockSize, columns: n },
      x: (_, t) => shares.at(k, t),
      y: (t, i) => m.at(m === v ? row(t) : t, i),
    }),
  );
}
