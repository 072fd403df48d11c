/**
 * @file Reflectors in blocks: H₀·H₁ ⋯ = 1 − V·T·Vᴴ with a triangular T, so that many are applied in two products (R. Schreiber and
 * C. Van Loan, "A storage-efficient WY representation for products of Householder transformations", 1989; LAPACK's larft, larfb).
 */
import { iadd } from "../../../loops/ir/affine.ts";
import type { Block } from "../../../loops/ir/build.ts";
import type { DType } from "../../../dtypes/dtype.ts";
import type { Expr } from "../../../loops/ir/ir.ts";
import { blockSize, eachBelow, eachBlock, setProduct, subtractProduct } from "../elements/blocks.ts";
import { type Field, sumOver } from "../elements/field.ts";
import { type Matrix, type Vector, fillIdentity, newMatrix } from "../elements/matrix.ts";
import { type Span, each } from "../elements/scalars.ts";

/** Reflectors and what applying them needs. */
export interface Reflectors<E> {
  readonly count: number;
  /** How many elements each has. */
  readonly length: number;
  /** A reflector in each row: with its 1, and zeros before that from the first row on that its block changes. */
  readonly v: Matrix<E>;
  /** T of each block, in its rows. */
  readonly t: Matrix<E>;
  /** Vᴴ·V of a block. */
  readonly gram: Matrix<E>;
  /** Vᴴ·C, and T times that. */
  readonly image: Matrix<E>;
  readonly turned: Matrix<E>;
}

/** Rounded up to whole blocks. */
const inBlocks = (n: number): number => Math.ceil(n / blockSize) * blockSize;

/** Room for reflectors, to be applied to so many columns. */
export function newReflectors<E>(
  f: Field<E>,
  b: Block,
  [count, length, columns]: readonly [count: number, length: number, columns: number],
  dtype: DType,
): Reflectors<E> {
  // A panel may be one column longer than the reflectors.
  const rows = inBlocks(count + 1);
  return {
    count,
    length,
    // Not a multiple of what a cache has places for.
    v: newMatrix(f, b, rows, inBlocks(length) + 16, "reflectors", dtype),
    t: newMatrix(f, b, rows, blockSize, "t", dtype),
    gram: newMatrix(f, b, blockSize, blockSize, "gram", dtype),
    image: newMatrix(f, b, blockSize, columns, "image", dtype),
    turned: newMatrix(f, b, blockSize, columns, "turned", dtype),
  };
}

/** Some of the reflectors: those from `lo` on, of which there are `width`. */
export interface Part {
  readonly lo: Expr;
  readonly width: Expr;
}

/** T of a block of reflectors whose elements are not 0 within `span`, from their factors. */
export function formTriangle<E>(b: Block, r: Reflectors<E>, taus: Vector<E>, part: Part, span: Span): void {
  const { v, t, gram } = r;
  const f = v.field;
  const { lo, width } = part;
  const row = (q: Expr): Expr => iadd(lo, q);
  setProduct(b, gram, {
    rows: [0, width],
    cols: [0, width],
    terms: span,
    size: r.length,
    x: (i, k) => f.conj(v.at(row(i), k)),
    y: (k, j) => v.at(row(j), k),
  });
  b.for(0, width, (y, j) => {
    const tau = f.let(y, taus.at(y.within(row(j), 0, r.count - 1)), "tau");
    y.for(0, j, (z, i) => {
      const sum = sumOver(f, z, [i, j], (x, l) =>
        f.mul(f.once(x, t.at(row(i), l)), f.once(x, gram.at(l, j))),
      );
      t.put(z, row(i), j, f.neg(f.mul(tau, sum)));
    });
    t.put(y, row(j), j, tau);
    y.for(iadd(j, 1), width, (z, l) => t.put(z, row(l), j, f.zero));
  });
}

/** T of all blocks of reflectors, from their factors. */
export const formTriangles = <E>(b: Block, r: Reflectors<E>, taus: Vector<E>): void =>
  eachBlock(b, r.count, (y, lo, _hi, width) => formTriangle(y, r, taus, { lo, width }, [lo, r.length]));

/** c[rows, cols] ← H·c, or Hᴴ·c, for the product H of a block of reflectors whose elements are not 0 within `rows` alone. */
export function reflectBlock<E>(
  b: Block,
  c: Matrix<E>,
  r: Reflectors<E>,
  { lo, width }: Part,
  { rows, cols, adjoint }: { readonly rows: Span; readonly cols: Span; readonly adjoint: boolean },
): void {
  const { v, t, image, turned } = r;
  const f = v.field;
  const row = (q: Expr): Expr => iadd(lo, q);
  const all: Span = [0, width];
  setProduct(b, image, {
    ...{ rows: all, cols, terms: rows, size: r.length, columns: c.cols },
    x: (q, k) => f.conj(v.at(row(q), k)),
    y: (k, j) => c.at(k, j),
  });
  setProduct(b, turned, {
    ...{ rows: all, cols, terms: all, size: blockSize, columns: c.cols },
    x: (q, l) => (adjoint ? f.conj(t.at(row(l), q)) : t.at(row(q), l)),
    y: (l, j) => image.at(l, j),
  });
  subtractProduct(b, c, {
    ...{ rows, cols, terms: all, size: blockSize },
    x: (i, q) => v.at(row(q), i),
    y: (q, j) => turned.at(q, j),
  });
}

/**
 * q ← H₀·H₁ ⋯ times the identity, of reflectors that begin at the row of their number and `shift`. The last ones come first, so that
 * q grows from its corner.
 */
export function productOf<E>(b: Block, q: Matrix<E>, r: Reflectors<E>, shift = 0): void {
  fillIdentity(b, q);
  const write = (y: Block, lo: Expr, _hi: Expr, width: Expr): void => {
    const first = y.within(iadd(lo, shift), 0, q.rows - 1);
    reflectBlock(y, q, r, { lo, width }, { rows: [first, q.rows], cols: [first, q.cols], adjoint: false });
  };
  eachBlock(b, r.count, write, true);
}

/** Takes reflectors from below the diagonal of `a`, or that diagonal `shift` rows further down, with their factors. */
export function takeReflectors<E>(
  b: Block,
  a: Matrix<E>,
  r: Reflectors<E>,
  taus: Vector<E>,
  shift = 0,
): void {
  const f = a.field;
  eachBlock(b, r.count, (y, lo, hi, width) => {
    eachBelow(y, r.length, [lo, r.length], (row, i) =>
      eachBelow(row, r.count, [lo, hi], (x, k) => r.v.put(x, k, i, a.at(i, k))),
    );
    eachBelow(y, r.count, [lo, hi], (row, k) => {
      const head = iadd(k, shift);
      each(row, "i", [lo, head], (x, i) => r.v.put(x, k, i, f.zero));
      r.v.put(row, k, head, f.one);
    });
    formTriangle(y, r, taus, { lo, width }, [lo, r.length]);
  });
}
