/** @file Operands and results of factorisations: stacks of matrices or vectors, one array for each part of their elements. */
import type { DType } from "../../../dtypes/dtype.ts";
import { type Block, cast } from "../../../loops/ir/build.ts";
import { flatten, intConst } from "../../../loops/ir/affine.ts";
import type { Buffer, Expr } from "../../../loops/ir/ir.ts";
import { type Pull, inBuffer } from "../../../loops/pull.ts";
import { type Field, realField } from "./field.ts";
import { Matrix, type Place, Vector, fill } from "./matrix.ts";
import { wide } from "./scalars.ts";

/** The shape without the matrix axes. */
export const batchOf = (shape: readonly number[], axes = 2): readonly number[] =>
  shape.slice(0, shape.length - axes);

const baseOf = (batch: readonly Expr[], shape: readonly number[]): Expr =>
  flatten([...batch, ...shape.slice(batch.length).map(() => intConst(0))], shape);

const placed = (buffers: readonly Buffer[], base: Expr): Place[] =>
  buffers.map((buffer) => ({ buffer, base }));

const viewsOf =
  <E>(f: Field<E>, buffers: readonly Buffer[], shape: readonly number[]) =>
  (batch: readonly Expr[]): Matrix<E> => {
    const [rows, cols] = shape.slice(-2);
    return new Matrix(f, placed(buffers, baseOf(batch, shape)), rows, cols);
  };

/** An operand of a factorisation: one array for each part of its elements. */
export class Input<E> {
  readonly field: Field<E>;
  readonly parts: readonly Pull[];
  readonly shape: readonly number[];

  constructor(field: Field<E>, parts: readonly Pull[]) {
    this.field = field;
    this.parts = parts;
    this.shape = parts[0].aval.shape;
  }

  /** The dtype of the parts. */
  get dtype(): DType {
    return this.parts[0].aval.dtype;
  }

  at(index: readonly Expr[]): E {
    return this.field.of(this.parts.map((x) => cast(x.at(index), wide)));
  }

  /** `to` ← one of the matrices. */
  copyTo(b: Block, batch: readonly Expr[], to: Matrix<E>): void {
    fill(b, to, (i, j) => this.at([...batch, i, j]));
  }

  /** The matrices, in the operand's own buffers or in ones that are filled first, by batch index. */
  matrices(b: Block, name: string): (batch: readonly Expr[]) => Matrix<E> {
    const names = this.field.names(name);
    const buffers = this.parts.map((x, k) => inBuffer(b, x, names[k]));
    return viewsOf(this.field, buffers, this.shape);
  }
}

/** A result of a factorisation: one buffer for each part of its elements. */
export class Output<E> {
  readonly field: Field<E>;
  readonly buffers: readonly Buffer[];
  readonly shape: readonly number[];

  constructor(field: Field<E>, buffers: readonly Buffer[], shape: readonly number[]) {
    this.field = field;
    this.buffers = buffers;
    this.shape = shape;
  }

  matrix(batch: readonly Expr[]): Matrix<E> {
    return viewsOf(this.field, this.buffers, this.shape)(batch);
  }

  /** One of the matrices ← `from`. */
  copyFrom(b: Block, batch: readonly Expr[], from: Matrix<E>): void {
    fill(b, this.matrix(batch), (i, j) => from.at(i, j));
  }

  vector(batch: readonly Expr[]): Vector<E> {
    return new Vector(this.field, placed(this.buffers, baseOf(batch, this.shape)));
  }

  /** What it is as real numbers, where elements are complex and this result is not. */
  real(): Output<Expr> {
    return new Output(realField, this.buffers, this.shape);
  }

  /** Stores one element of an array of integers. */
  store(b: Block, index: readonly Expr[], value: Expr): void {
    b.store(this.buffers[0], flatten(index, this.shape), value);
  }
}
