/**
 * @file Windows of a matrix in Hessenberg form: a diagonal block is copied, transformed where a near cache holds it, and put back; what
 * was done to it is then done to the rest of its rows and columns in products.
 */
import type { Block } from "../../../loops/ir/build.ts";
import { iadd, intConst } from "../../../loops/ir/affine.ts";
import type { Expr } from "../../../loops/ir/ir.ts";
import { setProduct } from "../elements/blocks.ts";
import type { Field } from "../elements/field.ts";
import { type Matrix, newMatrix } from "../elements/matrix.ts";
import { type Span, each } from "../elements/scalars.ts";
import type { Iterated } from "./deflation.ts";

/** Room for windows of up to so many rows. */
export interface Window<E> {
  readonly most: number;
  readonly t: Matrix<E>;
  /** Columns of its unitary transformation, in rows. */
  readonly u: Matrix<E>;
  /** Rows and columns of the rest while they are transformed. */
  readonly rows: Matrix<E>;
  readonly columns: Matrix<E>;
}

export function newWindow<E>(f: Field<E>, b: Block, most: number, n: number): Window<E> {
  // Not a multiple of what a cache has places for.
  const side = Math.ceil(most / 8) * 8 + 4;
  return {
    most,
    t: newMatrix(f, b, most, side, "window"),
    u: newMatrix(f, b, most, side, "turn"),
    rows: newMatrix(f, b, most, n, "rows"),
    columns: newMatrix(f, b, n, side, "columns"),
  };
}

/** Where a window lies: its first row and column, and how many there are. */
export interface Place {
  readonly at: Expr;
  readonly size: Expr;
}

/** Takes a diagonal block of h, and the identity. */
export function takeWindow<E>(b: Block, { t, u }: Window<E>, h: Matrix<E>, { at, size }: Place): void {
  const f = h.field;
  each(b, "i", [0, size], (row, i) => {
    each(row, "j", [0, size], (y, j) => {
      t.put(y, i, j, h.at(iadd(at, i), iadd(at, j)));
      u.put(y, i, j, f.zero);
    });
    u.put(row, i, i, f.one);
  });
}

/** Puts the block back, and transforms the rest: without a factor the rows and columns of the active block alone, lo … hi. */
export function putWindow<E>(
  b: Block,
  w: Window<E>,
  { h, q, size: n }: Iterated<E>,
  place: Place,
  [lo, hi]: readonly [Expr, Expr],
): void {
  const { at, size } = place;
  each(b, "i", [0, size], (row, i) =>
    each(row, "j", [0, size], (y, j) => h.put(y, iadd(at, i), iadd(at, j), w.t.at(i, j))),
  );
  const end = iadd(at, size);
  turnColumns(b, w, h, place, [q === null ? lo : intConst(0), at]);
  turnRows(b, w, h, place, [end, q === null ? iadd(hi, 1) : n], true);
  if (q !== null) turnRows(b, w, q, place, [0, n], false);
}

/** The window's columns, of some rows, times U. */
function turnColumns<E>(b: Block, w: Window<E>, h: Matrix<E>, { at, size }: Place, rows: Span): void {
  const { columns, u, most } = w;
  setProduct(b, columns, {
    ...{ rows, cols: [0, size], terms: [0, size], size: most, columns: most },
    x: (i, l) => h.at(i, iadd(at, l)),
    y: (l, j) => u.at(j, l),
  });
  each(b, "i", rows, (row, i) =>
    each(row, "j", [0, size], (y, j) => h.put(y, i, iadd(at, j), columns.at(i, j))),
  );
}

/** Uᴴ, or Uᵀ, times the window's rows, over some columns. */
function turnRows<E>(
  b: Block,
  w: Window<E>,
  h: Matrix<E>,
  { at, size }: Place,
  cols: Span,
  isAdjoint: boolean,
): void {
  const { rows, u, most } = w;
  const f = h.field;
  setProduct(b, rows, {
    ...{ rows: [0, size], cols, terms: [0, size], size: most },
    x: (j, l) => (isAdjoint ? f.conj(u.at(j, l)) : u.at(j, l)),
    y: (l, k) => h.at(iadd(at, l), k),
  });
  each(b, "j", [0, size], (row, j) =>
    each(row, "k", cols, (y, k) => h.put(y, iadd(at, j), k, rows.at(j, k))),
  );
}
