/**
 * @file Matrices in loop programs: views of buffers by row and column, and the loops that factorisations are made of.
 *
 * All arithmetic is done in float64, whatever the dtype of the data, and results are rounded once. Loops that do the
 * bulk of the work run along rows, which are contiguous.
 */
import type { DType } from "../../dtypes/dtype.ts";
import { type Block, type Operand, apply, cast, constant, load } from "../../loops/ir/build.ts";
import { flatten, iadd, intConst, iscale, isub } from "../../loops/ir/affine.ts";
import type { Buffer, Expr, Local } from "../../loops/ir/ir.ts";
import { type Pull, materialise } from "../../loops/pull.ts";
import { prod } from "../../base/util.ts";

/** The dtype of all computations. */
export const wide: DType = "float64";

export type Index = Expr | number;

const indexExpr = (i: Index): Expr => (typeof i === "number" ? intConst(i) : i);

/** A real number of the computation. */
export const real = (x: number): Expr => constant(x, wide);

/** A row-major matrix within a buffer, from position `base` on. Elements are float64 on this side. */
export class Matrix {
  readonly buffer: Buffer;
  readonly rows: number;
  readonly cols: number;
  readonly base: Expr;

  constructor(buffer: Buffer, rows: number, cols: number, base: Expr = intConst(0)) {
    this.buffer = buffer;
    this.rows = rows;
    this.cols = cols;
    this.base = base;
  }

  #position(i: Index, j: Index): Expr {
    return iadd(this.base, iadd(iscale(indexExpr(i), this.cols), indexExpr(j)));
  }

  at(i: Index, j: Index): Expr {
    return cast(load(this.buffer, this.#position(i, j)), wide);
  }

  put(b: Block, i: Index, j: Index, value: Expr): void {
    b.store(this.buffer, this.#position(i, j), cast(value, this.buffer.dtype));
  }

  /** row i −= factor · (row k of `from`), columns lo … hi − 1. */
  subtractRow(
    b: Block,
    i: Index,
    factor: Expr,
    from: Matrix,
    k: Index,
    lo: Operand = 0,
    hi: Operand = this.cols,
  ): void {
    b.for(
      lo,
      hi,
      (x, j) => this.put(x, i, j, apply("sub", this.at(i, j), apply("mul", factor, from.at(k, j)))),
      "j",
    );
  }

  /** Exchanges two rows. */
  swapRows(b: Block, i: Index, k: Index): void {
    b.for(
      0,
      this.cols,
      (x, j) => {
        const kept = x.snapshot(this.at(i, j), "kept");
        this.put(x, i, j, this.at(k, j));
        this.put(x, k, j, kept);
      },
      "j",
    );
  }

  /** (row i, row k) ← (c·row i + s·row k, c·row k − s·row i). */
  rotateRows(b: Block, i: Index, k: Index, c: Expr, s: Expr): void {
    b.for(
      0,
      this.cols,
      (x, j) => {
        const p = x.snapshot(this.at(i, j), "p");
        const q = x.snapshot(this.at(k, j), "q");
        this.put(x, i, j, apply("add", apply("mul", c, p), apply("mul", s, q)));
        this.put(x, k, j, apply("sub", apply("mul", c, q), apply("mul", s, p)));
      },
      "j",
    );
  }
}

/** A list of numbers of the computation. */
export class Vector {
  readonly buffer: Buffer;
  readonly base: Expr;

  constructor(buffer: Buffer, base: Expr = intConst(0)) {
    this.buffer = buffer;
    this.base = base;
  }

  at(i: Index): Expr {
    return cast(load(this.buffer, iadd(this.base, indexExpr(i))), wide);
  }

  put(b: Block, i: Index, value: Expr): void {
    b.store(this.buffer, iadd(this.base, indexExpr(i)), cast(value, this.buffer.dtype));
  }
}

/** A new matrix of float64. */
export const newMatrix = (b: Block, rows: number, cols: number, name: string): Matrix =>
  new Matrix(b.alloc(wide, rows * cols, name), rows, cols);

export const newVector = (b: Block, size: number, name: string): Vector =>
  new Vector(b.alloc(wide, size, name));

/** The shape without the matrix axes. */
export const batchOf = (shape: readonly number[], axes = 2): readonly number[] =>
  shape.slice(0, shape.length - axes);

const baseOf = (batch: readonly Expr[], shape: readonly number[]): Expr =>
  flatten([...batch, ...shape.slice(batch.length).map(() => intConst(0))], shape);

/** The matrices of an operand (in its own buffer, or in one that is filled first), by batch index. */
export function operandMatrices(b: Block, x: Pull, name: string): (batch: readonly Expr[]) => Matrix {
  const { shape } = x.aval;
  const [rows, cols] = shape.slice(-2);
  const buffer = materialise(b, x, name);
  return (batch) => new Matrix(buffer, rows, cols, baseOf(batch, shape));
}

/** The vectors of an operand, by batch index. */
export function operandVectors(b: Block, x: Pull, name: string): (batch: readonly Expr[]) => Vector {
  const buffer = materialise(b, x, name);
  return (batch) => new Vector(buffer, baseOf(batch, x.aval.shape));
}

/** The matrices of an output buffer. */
export function outputMatrix(out: Buffer, shape: readonly number[], batch: readonly Expr[]): Matrix {
  const [rows, cols] = shape.slice(-2);
  return new Matrix(out, rows, cols, baseOf(batch, shape));
}

export const outputVector = (out: Buffer, shape: readonly number[], batch: readonly Expr[]): Vector =>
  new Vector(out, baseOf(batch, shape));

/** For each element (i, j): `to` ← `value`. */
export function fill(b: Block, to: Matrix, value: (i: Expr, j: Expr) => Expr): void {
  b.nest([to.rows, to.cols], (x, [i, j]) => to.put(x, i, j, value(i, j)));
}

/** The element of an operand, as a number of the computation. */
export const element = (x: Pull, index: readonly Expr[]): Expr => cast(x.at(index), wide);

/** A local that is known to be an index below `size`. */
export function indexLocal(b: Block, value: Expr, size: number, name = "at"): Local {
  return { ...b.snapshot(value, name), lo: 0, hi: size - 1 };
}

/** Σ value(i) over lo … hi − 1. */
export function sumOver(b: Block, lo: Operand, hi: Operand, value: (i: Local) => Expr, init?: Expr): Local {
  const total = b.variable(init ?? real(0), "sum");
  b.for(lo, hi, (x, i) => x.accumulate(total, "add", value(i)), "k");
  return total;
}

/** √(Σ value(i)²) over lo … hi − 1, without overflow or underflow. */
export function normOver(b: Block, lo: Operand, hi: Operand, value: (i: Local) => Expr): Local {
  const largest = b.variable(real(0), "largest");
  b.for(lo, hi, (x, i) => x.accumulate(largest, "max", apply("abs", value(i))), "k");
  const norm = b.variable(largest, "norm");
  // Zero stays zero, and what is not finite stays so.
  b.if(apply("gt", apply("mul", largest, 0), -1), (x) =>
    x.if(apply("gt", largest, 0), (y) => {
      const sum = sumOver(y, lo, hi, (i) => {
        const t = apply("div", value(i), largest);
        return apply("mul", t, t);
      });
      y.set(norm, apply("mul", largest, apply("sqrt", sum)));
    }),
  );
  return norm;
}

/** √(x² + y²) without overflow or underflow. */
export function hypot(b: Block, x: Expr, y: Expr): Local {
  const [p, q] = [b.let(apply("abs", x)), b.let(apply("abs", y))];
  const big = b.let(apply("max", p, q), "big");
  const out = b.variable(big, "hypot");
  b.if(apply("gt", big, 0), (z) => {
    const ratio = z.let(apply("div", apply("min", p, q), big), "ratio");
    z.set(out, apply("mul", big, apply("sqrt", apply("add", 1, apply("mul", ratio, ratio)))));
  });
  return out;
}

/** n − 1 − i. */
export const mirrored = (n: number, i: Expr): Expr => isub(intConst(n - 1), i);

/** Exact scaling that brings the largest of some numbers near 1 if squares of it could overflow or vanish. */
export function safeScale(b: Block, largest: Expr): Expr {
  const huge = apply("gt", largest, 1e140);
  const tiny = apply("lt", largest, 1e-140);
  const down = apply("select", huge, real(2 ** -600), real(1));
  return b.let(apply("select", tiny, real(2 ** 600), down), "scale");
}

export const sizeOf = prod;
