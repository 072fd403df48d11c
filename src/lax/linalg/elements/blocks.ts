/**
 * @file Products of blocks of matrices, of which blocked factorisations are made: contractions over ranges of rows, columns
 * and terms that are known when they run, so that the size of the code does not depend on that of matrices.
 *
 * Large matrices are held in the dtype of the data, or float32 for smaller ones, and products of float32 are summed in float32,
 * as LAPACK does; small ones are held in float64.
 */
import type { DType } from "../../../dtypes/dtype.ts";
import { iadd, intConst, isub } from "../../../loops/ir/affine.ts";
import { type Block, apply, neg } from "../../../loops/ir/build.ts";
import { contractVariable, valueOf } from "../../../loops/ir/contract.ts";
import type { Expr, Local } from "../../../loops/ir/ir.ts";
import type { Matrix } from "./matrix.ts";
import { type Span, wide } from "./scalars.ts";

/** Rows or columns of a block. */
export const blockSize = 32;

/** Sizes from which matrices are factorised in blocks. */
export const blockedSize = 64;

/** Sizes from which matrices are reduced by reflectors from both sides in blocks: half of that work is not products of blocks. */
export const reducedSize = 128;

/** Sizes from which general matrices are reduced to Hessenberg form in blocks. */
export const hessenbergSize = 128;

/** Sizes from which Schur forms are searched by sweeps of many shifts. */
export const multishiftSize = 224;

/** The dtype in which large matrices of some dtype are held. */
export const heldAs = (dtype: DType): DType => (dtype === "float64" ? wide : "float32");

/** A product for a part of a matrix. */
interface ProductOf<E> {
  /** Rows and columns of the result, and the terms of its sums. */
  readonly rows: Span;
  readonly cols: Span;
  readonly terms: Span;
  /** All terms are below, and all columns, if these are fewer than those of the matrix. */
  readonly size: number;
  readonly columns?: number;
  readonly x: (i: Expr, k: Expr) => E;
  readonly y: (k: Expr, j: Expr) => E;
}

/** to[rows, cols] ← x·y, or minus that added to what is there, in real products of the parts. */
function product<E>(b: Block, to: Matrix<E>, subtracts: boolean, p: ProductOf<E>): void {
  const f = to.field;
  const ends = ([lo, hi]: Span): readonly [Expr, Expr] => [index(lo), index(hi)];
  const [[rowLo, rowHi], [columnLo, columnHi], [innerLo, innerHi]] = [p.rows, p.cols, p.terms].map(ends);
  const begun = new Set<number>();
  for (const [out, left, right, minus] of f.products) {
    const batch = contractVariable("batch", 1);
    const [row, column] = [
      contractVariable("i", to.rows),
      contractVariable("j", Math.min(to.cols, p.columns ?? to.cols)),
    ];
    const inner = contractVariable("k", p.size);
    const [i, j, k] = [row, column, inner].map(valueOf);
    const x = f.parts(p.x(i, k))[left];
    const base = f.parts(to.at(i, j))[out];
    const added = subtracts || begun.has(out) ? { base } : {};
    begun.add(out);
    const { buffer, base: from } = to.row(i).places[out];
    b.contract({
      ...{ batch, row, column, inner, rowLo, rowHi, columnLo, columnHi, innerLo, innerHi },
      x: minus === subtracts ? x : neg(x),
      y: f.parts(p.y(k, j))[right],
      ...added,
      sum: wide,
      buffer,
      index: iadd(from, j),
    });
  }
}

const index = (e: Span[number]): Expr => (typeof e === "number" ? intConst(e) : e);

/** to[rows, cols] −= x·y. */
export const subtractProduct = <E>(b: Block, to: Matrix<E>, p: ProductOf<E>): void => product(b, to, true, p);

/** to[rows, cols] ← x·y. */
export const setProduct = <E>(b: Block, to: Matrix<E>, p: ProductOf<E>): void => product(b, to, false, p);

/** Runs over indices of a span that are known to be less than `size`. */
export function eachBelow(
  b: Block,
  size: number,
  [lo, hi]: Span,
  body: (b: Block, i: Local) => void,
  name = "i",
  step = 1,
): void {
  b.for(lo, hi, body, name, step, false, size);
}

/** Side of the squares in which matrices are transposed, so that a cache holds what is read across. */
const transposedSize = 16;

/** Which elements are wanted: all, or those on one side of the diagonal, of a square matrix; then others are written too. */
export type Part = "all" | "lower" | "upper";

/** For the elements (i, j) of a part: `to` ← `value`, which is read across. */
export function fillAcross<E>(
  b: Block,
  to: Matrix<E>,
  part: Part,
  value: (i: Expr, j: Expr) => E,
  cols: number = to.cols,
): void {
  const { rows } = to;
  const size = transposedSize;
  const end = (lo: Expr, n: number): Expr =>
    n % size === 0 ? iadd(lo, size) : apply("min", iadd(lo, size), intConst(n));
  eachBelow(
    b,
    rows,
    [0, rows],
    (y, lo) => {
      const first = part === "upper" ? lo : 0;
      const last = part === "lower" ? end(lo, rows) : cols;
      const square = (z: Block, left: Expr): void =>
        eachBelow(z, rows, [lo, end(lo, rows)], (row, i) =>
          eachBelow(row, cols, [left, end(left, cols)], (x, j) => to.put(x, i, j, value(i, j)), "j"),
        );
      eachBelow(y, cols, [first, last], square, "left", size);
    },
    "top",
    size,
  );
}

/** Runs over blocks of 0 … n − 1, each from `lo` to below `hi`, of that width; backwards, the last ones come first. */
export function eachBlock(
  b: Block,
  n: number,
  body: (b: Block, lo: Expr, hi: Expr, width: Expr) => void,
  backwards = false,
  size: number = blockSize,
): void {
  const blocks = Math.ceil(n / size);
  b.for(
    0,
    n,
    (y, at) => {
      const step = { ...at, hi: (blocks - 1) * size };
      const lo = backwards ? isub(intConst((blocks - 1) * size), step) : step;
      if (n % size === 0) body(y, lo, iadd(lo, size), intConst(size));
      else {
        const count = y.within(apply("min", isub(intConst(n), lo), intConst(size)), 1, size);
        body(y, lo, iadd(lo, count), count);
      }
    },
    "block",
    size,
  );
}
