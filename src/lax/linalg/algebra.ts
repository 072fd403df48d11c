/**
 * @file What the derivative rules of factorisations compute with: products, triangles and transposes of matrices in the
 * last two axes, and the batching rule that all of them share.
 */
import type { NDArray } from "../../core/array.ts";
import type { ShapedArray } from "../../core/aval.ts";
import { type DType, isComplex } from "../../dtypes/dtype.ts";
import type { Params, Primitive, PrimitiveDef } from "../../core/primitive.ts";
import { shapeString } from "../../dtypes/shape.ts";
import { bind } from "../../core/trace.ts";
import { ShapeError } from "../../base/errors.ts";
import { materialise } from "../../interpreters/batching.ts";
import { range } from "../../base/util.ts";
import { add, div, mul, sub } from "../elementwise/arithmetic.ts";
import { eq, ge, le } from "../elementwise/compare.ts";
import { conj, real as realPartOf } from "../elementwise/complex/primitives.ts";
import { convertElementType } from "../elementwise/convert.ts";
import { broadcastedIota, zerosOf } from "../shapes/creation.ts";
import { dotGeneral } from "../contractions/dot.ts";
import { broadcastInDim, broadcastToShape, transpose } from "../shapes/movement.ts";
import { reduceSum } from "../reductions/reduce.ts";
import { select } from "../elementwise/select.ts";

/** Batch rule of primitives on matrices with leading axes: the batch axis becomes the first of them. */
export const batchLeading =
  <P extends Params>(primitive: () => Primitive<P>): PrimitiveDef<P>["batch"] =>
  (axis, args, dims, params) => {
    const leading = args.map((x, i) => materialise(axis, x, dims[i]));
    const outs = bind(primitive(), leading, params);
    return [outs, outs.map(() => 0)];
  };

/** @throws ShapeError unless there are two axes for the matrix. */
export function requireMatrices(name: string, x: ShapedArray): readonly [rows: number, cols: number] {
  if (x.ndim < 2)
    throw new ShapeError(
      `${name}: expected matrices, in the last two of at least 2 axes; got shape ${shapeString(x.shape)}.`,
    );
  return [x.shape[x.ndim - 2], x.shape[x.ndim - 1]];
}

/** @throws ShapeError unless the last two axes are equally long. */
export function requireSquare(name: string, x: ShapedArray): number {
  const [m, n] = requireMatrices(name, x);
  if (m !== n)
    throw new ShapeError(
      `${name}: expected square matrices in the last two axes; got shape ${shapeString(x.shape)}.`,
    );
  return n;
}

/** a·b; with `ta` or `tb`, aᵀ or bᵀ in its place. */
export function matmul(a: NDArray, b: NDArray, ta = false, tb = false): NDArray {
  const n = a.ndim;
  const batch = range(n - 2);
  return dotGeneral(a, b, [
    [[ta ? n - 2 : n - 1], [tb ? n - 1 : n - 2]],
    [batch, batch],
  ]);
}

/** The transposes of matrices. */
export function transposed(x: NDArray): NDArray {
  const n = x.ndim;
  return transpose(x, [...range(n - 2), n - 1, n - 2]);
}

/** The part of matrices on and above the k-th diagonal (`upper`), or on and below it. */
function triangle(x: NDArray, k: number, upper: boolean): NDArray {
  const [i, j] = [x.ndim - 2, x.ndim - 1].map((axis) => broadcastedIota("int32", x.shape, axis));
  const shifted = sub(j, i);
  return select(upper ? ge(shifted, k) : le(shifted, k), x, zerosOf(x.aval));
}

export const tril = (x: NDArray, k = 0): NDArray => triangle(x, k, false);
export const triu = (x: NDArray, k = 0): NDArray => triangle(x, k, true);

/** The complex conjugate; a real array is its own. */
export const conjugated = (x: NDArray): NDArray => (isComplex(x.dtype) ? conj(x) : x);

/** The conjugate transposes of matrices. */
export const adjoint = (x: NDArray): NDArray => conjugated(transposed(x));

/** Real parts; of a real array itself. */
export const realOf = (x: NDArray): NDArray => (isComplex(x.dtype) ? realPartOf(x) : x);

/** (x + xᴴ) / 2. */
export const symmetrize = (x: NDArray): NDArray => mul(add(x, adjoint(x)), 0.5);

/** Where the row is the column. */
function onDiagonal(shape: readonly number[]): NDArray {
  const [i, j] = [shape.length - 2, shape.length - 1].map((axis) => broadcastedIota("int32", shape, axis));
  return eq(i, j);
}

/** The identity, over a whole shape. */
export const eyeOf = (shape: readonly number[], dtype: DType): NDArray =>
  convertElementType(onDiagonal(shape), dtype);

/** 1/x off the diagonal, and 0 on it, where x is 0. `one` is the identity. */
export const inverseOffDiagonal = (x: NDArray, one: NDArray): NDArray => sub(div(1, add(x, one)), one);

/** A row for each matrix, [..., n], as [..., m, n]: its copies. */
export function asRows(v: NDArray, m: number): NDArray {
  const n = v.ndim;
  return broadcastInDim(v, [...v.shape.slice(0, -1), m, v.shape[n - 1]], [...range(n - 1), n]);
}

/** A column for each matrix, [..., m], as [..., m, n]. */
export function asColumns(v: NDArray, n: number): NDArray {
  return broadcastInDim(v, [...v.shape, n], range(v.ndim));
}

/** The diagonals of matrices. */
export function diagonalOf(x: NDArray): NDArray {
  const [m, n] = x.shape.slice(-2);
  // Summed along the longer axis, so that each of the min(m, n) others keeps one element.
  return reduceSum(select(onDiagonal(x.shape), x, zerosOf(x.aval)), [m <= n ? x.ndim - 1 : x.ndim - 2]);
}

/** Leading axes of the one operand broadcast to those of the other. */
export function withBatch(x: NDArray, batch: readonly number[]): NDArray {
  return broadcastToShape(x, [...batch, ...x.shape.slice(-2)]);
}
