/**
 * @file Matrices and vectors in loop programs: views of one buffer, or of one for each part of complex elements. Loops that do
 * the bulk of the work run along rows, which are contiguous.
 */
import type { DType } from "../../../dtypes/dtype.ts";
import { type Block, add, cast, eq, load, mul, sub } from "../../../loops/ir/build.ts";
import { iadd, intConst, iscale } from "../../../loops/ir/affine.ts";
import type { Buffer, Expr } from "../../../loops/ir/ir.ts";
import { type Field, realField } from "./field.ts";
import { type Span, each, allFinite, real, safeScale, wide } from "./scalars.ts";

export type Index = Expr | number;

const indexExpr = (i: Index): Expr => (typeof i === "number" ? intConst(i) : i);

/** Elements that may be read and replaced, in a row or a column of a matrix, say. */
export interface Entries<E> {
  readonly field: Field<E>;
  at(i: Index): E;
  put(b: Block, i: Index, value: E): void;
}

/** Where the elements of a view begin. */
export interface Place {
  readonly buffer: Buffer;
  readonly base: Expr;
}

/** Adjacent elements, from their places on: one for each part. */
export class Vector<E> implements Entries<E> {
  readonly field: Field<E>;
  readonly places: readonly Place[];

  constructor(field: Field<E>, places: readonly Place[]) {
    this.field = field;
    this.places = places;
  }

  at(i: Index): E {
    return this.field.of(
      this.places.map(({ buffer, base }) => cast(load(buffer, iadd(base, indexExpr(i))), wide)),
    );
  }

  /** The value may be in terms of the element itself. */
  put(b: Block, i: Index, value: E): void {
    const parts = this.field.stored(b, value);
    this.places.forEach(({ buffer, base }, k) =>
      b.store(buffer, iadd(base, indexExpr(i)), cast(parts[k], buffer.dtype)),
    );
  }

  /** The real parts, or with 1 the imaginary ones. */
  part(k: 0 | 1): Vector<Expr> {
    return new Vector(realField, [this.places[k]]);
  }
}

/** Rows that lie one after the other. */
export class Matrix<E> {
  readonly field: Field<E>;
  readonly places: readonly Place[];
  readonly rows: number;
  readonly cols: number;

  constructor(field: Field<E>, places: readonly Place[], rows: number, cols: number) {
    this.field = field;
    this.places = places;
    this.rows = rows;
    this.cols = cols;
  }

  /** The dtype of the parts. */
  get dtype(): DType {
    return this.places[0].buffer.dtype;
  }

  row(i: Index): Vector<E> {
    const by = iscale(indexExpr(i), this.cols);
    return new Vector(
      this.field,
      this.places.map(({ buffer, base }) => ({ buffer, base: iadd(base, by) })),
    );
  }

  column(j: Index): Entries<E> {
    return {
      field: this.field,
      at: (i) => this.at(i, j),
      put: (b, i, value) => this.put(b, i, j, value),
    };
  }

  at(i: Index, j: Index): E {
    return this.row(i).at(j);
  }

  put(b: Block, i: Index, j: Index, value: E): void {
    this.row(i).put(b, j, value);
  }

  /** The real parts, or with 1 the imaginary ones. */
  part(k: 0 | 1): Matrix<Expr> {
    return new Matrix(realField, [this.places[k]], this.rows, this.cols);
  }

  /** Its only column as a row. */
  asRow(): Matrix<E> {
    return new Matrix(this.field, this.places, 1, this.rows);
  }

  /** row i −= factor · (row k of `from`). */
  subtractRow(b: Block, i: Index, factor: E, from: Matrix<E>, k: Index, span: Span = [0, this.cols]): void {
    const f = this.field;
    each(b, "j", span, (x, j) =>
      this.put(x, i, j, f.sub(this.at(i, j), f.mul(factor, f.once(x, from.at(k, j))))),
    );
  }

  swapRows(b: Block, i: Index, k: Index): void {
    each(b, "j", [0, this.cols], (x, j) => swap(x, this.column(j), i, k));
  }

  swapColumns(b: Block, j: Index, k: Index): void {
    each(b, "i", [0, this.rows], (x, i) => swap(x, this.row(i), j, k));
  }
}

/** Exchanges two entries. */
export function swap<E>(b: Block, entries: Entries<E>, i: Index, k: Index): void {
  const kept = entries.field.kept(b, entries.at(i));
  entries.put(b, i, entries.at(k));
  entries.put(b, k, kept);
}

/** x ← x̄ over a span. */
export function conjugate<E>(b: Block, x: Entries<E>, span: Span, name = "k"): void {
  const f = x.field;
  if (!f.isReal) each(b, name, span, (y, k) => x.put(y, k, f.conj(x.at(k))));
}

/** (p, q) ← (c·p + s·q, c·q − s·p) over a span. */
export function rotateRows(b: Block, p: Entries<Expr>, q: Entries<Expr>, c: Expr, s: Expr, span: Span): void {
  each(b, "j", span, (x, j) => {
    const [u, v] = [x.snapshot(p.at(j), "p"), x.snapshot(q.at(j), "q")];
    p.put(x, j, add(mul(c, u), mul(s, v)));
    q.put(x, j, sub(mul(c, v), mul(s, u)));
  });
}

/** A vector as the only column of a matrix with so many rows. */
export const asColumn = <E>(x: Vector<E>, rows: number): Matrix<E> => new Matrix(x.field, x.places, rows, 1);

/** A new matrix, of float64 unless another dtype is given. */
export function newMatrix<E>(
  f: Field<E>,
  b: Block,
  rows: number,
  cols: number,
  name: string,
  dtype: DType = wide,
): Matrix<E> {
  const places = f
    .names(name)
    .map((part) => ({ buffer: b.alloc(dtype, rows * cols, part), base: intConst(0) }));
  return new Matrix(f, places, rows, cols);
}

export const newVector = <E>(
  f: Field<E>,
  b: Block,
  size: number,
  name: string,
  dtype: DType = wide,
): Vector<E> => newMatrix(f, b, 1, size, name, dtype).row(0);

/**
 * A matrix whose rows are n real parts and then n imaginary ones, so that what is done to rows of `whole` is done to both. Of
 * real numbers it is the matrix itself.
 */
export function newSideBySide<E>(
  f: Field<E>,
  b: Block,
  rows: number,
  cols: number,
  name: string,
  dtype: DType = wide,
): readonly [whole: Matrix<Expr>, matrix: Matrix<E>] {
  const parts = f.names(name).length;
  const buffer = b.alloc(dtype, rows * cols * parts, name);
  const places = f.names(name).map((_, k) => ({ buffer, base: intConst(k * cols) }));
  const matrix = new Matrix(f, places, rows, cols * parts);
  return [matrix.part(0), matrix];
}

/** For each element (i, j): `to` ← `value`. */
export function fill<E>(
  b: Block,
  to: Matrix<E>,
  value: (i: Expr, j: Expr) => E,
  cols: number = to.cols,
): void {
  b.nest([to.rows, cols], (x, [i, j]) => to.put(x, i, j, value(i, j)));
}

/** `to` ← the identity. */
export function fillIdentity<E>(b: Block, to: Matrix<E>, cols?: number): void {
  const f = to.field;
  fill(b, to, (i, j) => f.select(eq(i, j), f.one, f.zero), cols);
}

/**
 * `to` ← `value` times a power of 2 that leaves room for squares, or zero if an element is not finite: then results are to be
 * NaN, and are not iterated for.
 */
export function fillScaled<E>(
  b: Block,
  to: Matrix<E>,
  value: (i: Expr, j: Expr) => E,
): { readonly scale: Expr; readonly finite: Expr } {
  const f = to.field;
  const largest = b.variable(real(0), "largest");
  b.nest([to.rows, to.cols], (y, [i, j]) => {
    const x = f.let(y, value(i, j), "value");
    y.accumulate(largest, "max", f.largestPart(x));
    to.put(y, i, j, x);
  });
  const scale = safeScale(b, largest);
  const finite = allFinite(b, largest);
  fill(b, to, (i, j) => f.select(finite, f.scale(to.at(i, j), scale), f.zero));
  return { scale, finite };
}
