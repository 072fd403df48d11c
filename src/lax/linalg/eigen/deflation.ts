/**
 * @file Deflation of matrices in Hessenberg form: what splits from the rest is settled, the rest takes steps (LAPACK's lahqr). The
 * same for real and complex numbers.
 */
import { type Block, add, and, eq, gt, le, lt, mul, not, select, sub } from "../../../loops/ir/build.ts";
import { iadd, intConst, isub } from "../../../loops/ir/affine.ts";
import type { Expr, Local } from "../../../loops/ir/ir.ts";
import { type Entries, type Matrix } from "../elements/matrix.ts";
import { type Span, each, no, real, yes } from "../elements/scalars.ts";

/** Steps that the search for one eigenvalue may take. */
const stepLimit = 90;

/** (u, v) ← (f·u + g·v, −ḡ·u + f̄·v) for two rows or two columns, over a span. */
export function turn<E>(b: Block, u: Entries<E>, v: Entries<E>, f: E, g: E, span: Span): void {
  const z = u.field;
  each(b, "j", span, (y, j) => {
    const [p, q] = [z.kept(y, u.at(j), "p"), z.kept(y, v.at(j), "q")];
    u.put(y, j, z.add(z.mul(f, p), z.mul(g, q)));
    v.put(y, j, z.sub(z.dotTerm(f, q), z.dotTerm(g, p)));
  });
}

/** Lowers `lo` to the first row of the block that ends there: its coupling to the row before is negligible, and made 0. */
export function findStart<E>(b: Block, h: Matrix<E>, lo: Local, norm: Expr): void {
  const z = h.field;
  const stop = b.variable(no, "stop");
  b.while(and(not(stop), gt(lo, 0)), (y) => {
    const before = y.let(sub(lo, 1), "before");
    const around = y.let(add(z.size(h.at(before, before)), z.size(h.at(lo, lo))), "around");
    const size = select(eq(around, 0), norm, around);
    y.if(
      le(z.size(h.at(lo, before)), mul(size, 2 ** -53)),
      (t) => {
        h.put(t, lo, before, z.zero);
        t.set(stop, yes);
      },
      (t) => t.set(lo, before),
    );
  });
}

/** The size of the largest element of the first rows and columns. */
export function largestOf<E>(b: Block, h: Matrix<E>, size: Expr): Local {
  const norm = b.variable(real(0), "norm");
  each(b, "i", [0, size], (row, i) =>
    each(row, "j", [0, size], (y, j) => y.accumulate(norm, "max", h.field.size(h.at(i, j)))),
  );
  return norm;
}

/** What an iteration works on. */
export interface Iterated<E> {
  readonly h: Matrix<E>;
  /** Its rows are turned along, which are columns of the factor; without it nothing but the blocks of h is kept up to date. */
  readonly q: Matrix<E> | null;
  /** Rows and columns, the first ones, that belong to the matrix. */
  readonly size: Expr;
}

/** What is done with the last block of a Hessenberg matrix that splits from the others: rows lo … hi. */
type OnBlock = (b: Block, lo: Expr, hi: Expr) => void;

/**
 * Steps on the last block of a Hessenberg matrix until it is smaller than `small`, and so on with the block before it, up to
 * the first row. Returns whether it converged.
 * @param settle is given each block once it is small.
 * @param step is given the number of steps that the block has taken, too.
 */
export function deflate<E>(
  b: Block,
  { h, size }: Iterated<E>,
  small: number,
  settle: OnBlock,
  step: (b: Block, lo: Expr, hi: Expr, count: Expr) => void,
): Local {
  const z = h.field;
  each(b, "j", [0, size], (y, j) => each(y, "i", [iadd(j, 2), size], (t, i) => h.put(t, i, j, z.zero)));
  const norm = largestOf(b, h, size);
  const converged = b.variable(yes, "converged");
  const hi = b.variable(isub(size, 1), "hi");
  const count = b.variable(intConst(0), "count");
  b.while(gt(hi, 0), (y) => {
    const start = y.variable(hi, "start");
    findStart(y, h, start, norm);
    y.set(count, add(count, 1));
    const [lo, end] = [y.snapshot(start, "lo"), y.snapshot(hi, "end")];
    y.if(
      lt(sub(end, lo), small),
      (t) => {
        settle(t, lo, end);
        t.set(hi, sub(lo, 1));
        t.set(count, intConst(0));
      },
      (t) =>
        t.if(
          gt(count, stepLimit),
          (s) => {
            s.set(converged, no);
            s.set(hi, intConst(0));
          },
          (s) => step(s, lo, end, count),
        ),
    );
  });
  return converged;
}
