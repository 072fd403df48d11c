/** @file QR in panels of columns (LAPACK's geqrf): the reflectors of one are applied to the columns after it together. */
import { type Block, ne } from "../../../loops/ir/build.ts";
import { iadd } from "../../../loops/ir/affine.ts";
import type { Expr } from "../../../loops/ir/ir.ts";
import { eachBelow, eachBlock } from "../elements/blocks.ts";
import type { Matrix, Vector } from "../elements/matrix.ts";
import { each } from "../elements/scalars.ts";
import { below, reflectVector, reflector } from "../orthogonal/householder.ts";
import { type Reflectors, formTriangle, reflectBlock } from "./reflectors.ts";

/** Leaves R on and above the diagonal of `a`, and the reflectors below it and in `r`. */
export function factoriseBlocks<E>(b: Block, a: Matrix<E>, taus: Vector<E>, r: Reflectors<E>): void {
  const { rows: m, cols: n } = a;
  const { v, count } = r;
  eachBlock(b, count, (y, lo, hi, width) => {
    eachBelow(y, m, [lo, m], (row, i) =>
      eachBelow(row, count, [lo, hi], (x, k) => v.put(x, k, i, a.at(i, k))),
    );
    eachBelow(y, count, [lo, hi], (x, k) => reflectPanel(x, a, taus, r, k, hi));
    // The reflectors, and above them elements of R, of which the diagonal is there.
    eachBelow(y, m, [lo, m], (row, i) =>
      eachBelow(row, count, [lo, hi], (x, k) => x.if(ne(i, k), (z) => a.put(z, i, k, v.at(k, i)))),
    );
    eachBelow(y, count, [lo, hi], (row, k) =>
      each(row, "i", [lo, k], (x, i) => v.put(x, k, i, v.field.zero)),
    );
    formTriangle(y, r, taus, { lo, width }, [lo, m]);
    reflectBlock(y, a, r, { lo, width }, { rows: [lo, m], cols: [hi, n], adjoint: true });
  });
}

/** Row k of v becomes a reflector, which is applied to those after it in the panel. */
function reflectPanel<E>(
  b: Block,
  a: Matrix<E>,
  taus: Vector<E>,
  { v, count }: Reflectors<E>,
  k: Expr,
  hi: Expr,
): void {
  const f = v.field;
  const column = v.row(k);
  const tau = reflector(b, column, k, below(k, a.rows));
  taus.put(b, k, tau);
  a.put(b, k, k, column.at(k));
  column.put(b, k, f.one);
  const back = f.keptConj(b, tau, "back");
  b.if(f.isNonzero(tau), (y) =>
    eachBelow(y, count, [iadd(k, 1), hi], (z, j) =>
      reflectVector(z, v.row(j), (x, i) => f.once(x, column.at(i)), back, [k, a.rows]),
    ),
  );
}
