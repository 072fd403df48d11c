/**
 * @file Complex matrices in loop programs: a view of two real ones, and arithmetic of complex numbers that are two
 * expressions. As in ../matrix.ts, all arithmetic is done in float64 and the bulk of the work runs along rows.
 */
import { type Block, type Operand, apply } from "../../../loops/ir/build.ts";
import { intConst } from "../../../loops/ir/affine.ts";
import type { Buffer, Expr, Local } from "../../../loops/ir/ir.ts";
import type { Pull } from "../../../loops/pull.ts";
import {
  type Index,
  Matrix,
  type Vector,
  element,
  hypot,
  newMatrix,
  newVector,
  normOver,
  outputMatrix,
  outputVector,
  real,
  wide,
} from "../matrix.ts";

/** A complex number of the computation. */
export interface Z {
  readonly re: Expr;
  readonly im: Expr;
}

const plus = (x: Expr, y: Expr): Expr => apply("add", x, y);
const minus = (x: Expr, y: Expr): Expr => apply("sub", x, y);
const times = (x: Expr, y: Expr): Expr => apply("mul", x, y);

export const zero: Z = { re: real(0), im: real(0) };
export const one: Z = { re: real(1), im: real(0) };
export const nan: Z = { re: real(NaN), im: real(NaN) };
/** A real number as a complex one. */
export const zreal = (x: Expr): Z => ({ re: x, im: real(0) });
export const add = (x: Z, y: Z): Z => ({ re: plus(x.re, y.re), im: plus(x.im, y.im) });
export const sub = (x: Z, y: Z): Z => ({ re: minus(x.re, y.re), im: minus(x.im, y.im) });
export const conj = (x: Z): Z => ({ re: x.re, im: apply("neg", x.im) });
export const neg = (x: Z): Z => ({ re: apply("neg", x.re), im: apply("neg", x.im) });
/** A real factor on both parts. */
export const scale = (x: Z, f: Expr): Z => ({ re: times(x.re, f), im: times(x.im, f) });
export const over = (x: Z, d: Expr): Z => ({ re: apply("div", x.re, d), im: apply("div", x.im, d) });
export const mul = (x: Z, y: Z): Z => ({
  re: minus(times(x.re, y.re), times(x.im, y.im)),
  im: plus(times(x.re, y.im), times(x.im, y.re)),
});
/** x̄·y */
export const dotTerm = (x: Z, y: Z): Z => ({
  re: plus(times(x.re, y.re), times(x.im, y.im)),
  im: minus(times(x.re, y.im), times(x.im, y.re)),
});
export const select = (test: Expr, x: Z, y: Z): Z => ({
  re: apply("select", test, x.re, y.re),
  im: apply("select", test, x.im, y.im),
});
/** |re| + |im|: large where the modulus is. */
export const size1 = (x: Z): Expr => plus(apply("abs", x.re), apply("abs", x.im));

/** Both parts under names, so that they are computed once. */
export const named = (b: Block, x: Z, name = "z"): Z => ({
  re: b.let(x.re, `${name}Re`),
  im: b.let(x.im, `${name}Im`),
});

/** Present values, kept while what they were read from changes. */
export const kept = (b: Block, x: Z, name = "kept"): Z => ({
  re: b.snapshot(x.re, `${name}Re`),
  im: b.snapshot(x.im, `${name}Im`),
});

/** x / y, without overflow of squares (R. L. Smith, Algorithm 116, 1962). NaN for y = 0. */
export function quotient(b: Block, x: Z, y: Z): Z {
  const byRe = b.let(apply("ge", apply("abs", y.re), apply("abs", y.im)), "byRe");
  const p = b.let(apply("select", byRe, y.re, y.im), "p");
  const q = b.let(apply("select", byRe, y.im, y.re), "q");
  const r = b.let(apply("div", q, p), "r");
  const d = b.let(plus(p, times(q, r)), "d");
  const u = b.let(apply("select", byRe, x.re, x.im), "u");
  const v = b.let(apply("select", byRe, x.im, x.re), "w");
  const t = b.let(apply("div", minus(v, times(u, r)), d), "t");
  return {
    re: b.let(apply("div", plus(u, times(v, r)), d), "quotientRe"),
    im: b.let(apply("select", byRe, t, apply("neg", t)), "quotientIm"),
  };
}

/** |z|, without overflow or underflow. */
export const modulus = (b: Block, z: Z): Local => hypot(b, z.re, z.im);

/** A mutable complex number. */
export interface ZLocal extends Z {
  readonly re: Local;
  readonly im: Local;
}

export const variable = (b: Block, init: Z, name: string): ZLocal => ({
  re: b.variable(init.re, `${name}Re`),
  im: b.variable(init.im, `${name}Im`),
});

/** The value may be in terms of the variable itself. */
export function assign(b: Block, to: ZLocal, value: Z): void {
  const { re, im } = kept(b, value, "next");
  b.set(to.re, re);
  b.set(to.im, im);
}

export function accumulate(b: Block, to: ZLocal, value: Z): void {
  b.accumulate(to.re, "add", value.re);
  b.accumulate(to.im, "add", value.im);
}

/** Σ value(i) over lo … hi − 1. */
export function sumOver(b: Block, lo: Operand, hi: Operand, value: (b: Block, i: Local) => Z): ZLocal {
  const total = variable(b, zero, "sum");
  b.for(lo, hi, (x, i) => accumulate(x, total, value(x, i)), "k");
  return total;
}

/** √(Σ |value(i)|²) over lo … hi − 1, without overflow or underflow. */
export function norm(b: Block, lo: Operand, hi: Operand, value: (i: Expr) => Z): Expr {
  const re = normOver(b, lo, hi, (i) => value(i).re);
  return hypot(
    b,
    re,
    normOver(b, lo, hi, (i) => value(i).im),
  );
}

/** A vector whose elements may be read and replaced: a row or a column of a matrix, say. */
export interface ZEntries {
  at(i: Index): Z;
  put(b: Block, i: Index, value: Z): void;
}

/** A matrix of complex numbers. */
export class ZMatrix {
  readonly re: Matrix;
  readonly im: Matrix;

  constructor(re: Matrix, im: Matrix) {
    this.re = re;
    this.im = im;
  }

  get rows(): number {
    return this.re.rows;
  }

  get cols(): number {
    return this.re.cols;
  }

  at(i: Index, j: Index): Z {
    return { re: this.re.at(i, j), im: this.im.at(i, j) };
  }

  /** The value may be in terms of the element itself. */
  put(b: Block, i: Index, j: Index, value: Z): void {
    const { re, im } = named(b, value, "put");
    this.re.put(b, i, j, re);
    this.im.put(b, i, j, im);
  }

  /** row i −= factor · (row k of `from`), columns lo … hi − 1. */
  subtractRow(
    b: Block,
    i: Index,
    factor: Z,
    from: ZMatrix,
    k: Index,
    lo: Operand = 0,
    hi: Operand = this.cols,
  ): void {
    b.for(lo, hi, (x, j) => this.put(x, i, j, sub(this.at(i, j), mul(factor, named(x, from.at(k, j))))), "j");
  }

  swapRows(b: Block, i: Index, k: Index): void {
    this.re.swapRows(b, i, k);
    this.im.swapRows(b, i, k);
  }

  row(i: Index): ZEntries {
    return { at: (j) => this.at(i, j), put: (b, j, value) => this.put(b, i, j, value) };
  }

  column(j: Index): ZEntries {
    return { at: (i) => this.at(i, j), put: (b, i, value) => this.put(b, i, j, value) };
  }
}

/** A list of complex numbers. */
export class ZVector implements ZEntries {
  readonly re: Vector;
  readonly im: Vector;

  constructor(re: Vector, im: Vector) {
    this.re = re;
    this.im = im;
  }

  at(i: Index): Z {
    return { re: this.re.at(i), im: this.im.at(i) };
  }

  put(b: Block, i: Index, value: Z): void {
    const { re, im } = named(b, value, "put");
    this.re.put(b, i, re);
    this.im.put(b, i, im);
  }
}

export const newZMatrix = (b: Block, rows: number, cols: number, name: string): ZMatrix =>
  new ZMatrix(newMatrix(b, rows, cols, `${name}Re`), newMatrix(b, rows, cols, `${name}Im`));

export const newZVector = (b: Block, size: number, name: string): ZVector =>
  new ZVector(newVector(b, size, `${name}Re`), newVector(b, size, `${name}Im`));

/** A matrix whose rows are n real parts and then n imaginary ones, so that what is done to rows is done to both. */
export function sideBySide(b: Block, rows: number, cols: number, name: string): [whole: Matrix, z: ZMatrix] {
  const buffer = b.alloc(wide, rows * cols * 2, name);
  const half = (at: number): Matrix => new Matrix(buffer, rows, 2 * cols, intConst(at));
  return [half(0), new ZMatrix(half(0), half(cols))];
}

/** The element of an operand that is two. */
export const zelement = (x: readonly [Pull, Pull], index: readonly Expr[]): Z => ({
  re: element(x[0], index),
  im: element(x[1], index),
});

export const zoutputMatrix = (
  outs: readonly [Buffer, Buffer],
  shape: readonly number[],
  batch: readonly Expr[],
): ZMatrix => new ZMatrix(outputMatrix(outs[0], shape, batch), outputMatrix(outs[1], shape, batch));

export const zoutputVector = (
  outs: readonly [Buffer, Buffer],
  shape: readonly number[],
  batch: readonly Expr[],
): ZVector => new ZVector(outputVector(outs[0], shape, batch), outputVector(outs[1], shape, batch));

/** For each element (i, j): `to` ← `value`. */
export function zfill(b: Block, to: ZMatrix, value: (i: Expr, j: Expr) => Z, cols = to.cols): void {
  b.nest([to.rows, cols], (x, [i, j]) => to.put(x, i, j, value(i, j)));
}
