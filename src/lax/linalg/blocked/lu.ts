/**
 * @file LU in panels of columns (LAPACK's getrf): each is factorised by itself, the rows beside it are solved for, and their product
 * is subtracted from what is left. A panel is held by columns, along which pivots are searched and multiples subtracted.
 */
import { type Block, ne } from "../../../loops/ir/build.ts";
import { iadd } from "../../../loops/ir/affine.ts";
import type { Expr } from "../../../loops/ir/ir.ts";
import { blockSize, eachBelow, eachBlock, subtractProduct } from "../elements/blocks.ts";
import { type Matrix, newMatrix, swap } from "../elements/matrix.ts";
import { type Exchange, findPivot } from "../elements/permute.ts";
import { each } from "../elements/scalars.ts";

/** A row of each panel's matrix, so long that neighbouring rows do not compete for the same places of a cache. */
const panelLength = (rows: number): number => Math.ceil(rows / blockSize) * blockSize + 16;

/** A ← L and U in one matrix, as `exchange` notes the rows that change places. */
export function factoriseBlocks<E>(b: Block, a: Matrix<E>, exchange: Exchange): void {
  const { rows: m, cols: n, field } = a;
  const count = Math.min(m, n);
  const panel = newMatrix(field, b, blockSize, panelLength(m), "panel", a.dtype);
  eachBlock(b, count, (y, lo, hi, width) => {
    eachBelow(y, m, [lo, m], (row, i) =>
      row.for(0, width, (z, q) => panel.put(z, q, i, a.at(i, z.within(iadd(lo, q), 0, count - 1)))),
    );
    y.for(0, width, (z, q) => {
      const k = z.within(iadd(lo, q), 0, count - 1);
      factoriseColumn(z, panel, m, q, lo, k, (x, row) => {
        exchange(x, k, row);
        x.if(ne(row, k), (s) => {
          a.swapRows(s, k, row);
          s.for(0, width, (t, j) => swap(t, panel.row(j), k, row));
        });
      });
    });
    eachBelow(y, m, [lo, m], (row, i) =>
      row.for(0, width, (z, q) => a.put(z, i, z.within(iadd(lo, q), 0, count - 1), panel.at(q, i))),
    );
    const product = { x: a.at.bind(a), y: a.at.bind(a), size: count };
    eachBelow(y, count, [iadd(lo, 1), hi], (row, i) =>
      subtractProduct(row, a, { ...product, rows: [i, iadd(i, 1)], cols: [hi, n], terms: [lo, i] }),
    );
    subtractProduct(y, a, { ...product, rows: [hi, m], cols: [hi, n], terms: [lo, hi] });
  });
}

/** Column q of a panel, which begins with column and row `lo` of the matrix: minus its columns before, then scaled by the pivot. */
function factoriseColumn<E>(
  b: Block,
  panel: Matrix<E>,
  m: number,
  q: Expr,
  lo: Expr,
  k: Expr,
  exchange: (b: Block, row: Expr) => void,
): void {
  const f = panel.field;
  // First the part of U, from its top, of which the rest takes multiples.
  each(b, "t", [0, q], (y, t) => {
    const factor = f.kept(y, panel.at(q, iadd(lo, t)), "f");
    panel.subtractRow(y, q, factor, panel, t, [iadd(iadd(lo, t), 1), k]);
  });
  subtractProduct(b, panel, {
    rows: [q, iadd(q, 1)],
    cols: [k, m],
    terms: [0, q],
    size: blockSize,
    x: (_, t) => panel.at(q, iadd(lo, t)),
    y: (t, i) => panel.at(t, i),
  });
  const column = panel.row(q);
  exchange(b, findPivot(b, column, k, m));
  const pivot = f.let(b, column.at(k), "pivot");
  b.if(f.isNonzero(pivot), (y) =>
    each(y, "i", [iadd(k, 1), m], (z, i) => column.put(z, i, f.quotient(z, column.at(i), pivot))),
  );
}
