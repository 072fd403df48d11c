/**
 * @file Vectors that are lists of arrays (the leaves of a tree): what the iterative solvers compute with. Inner products
 * and norms run over all elements of all leaves, in their common dtype.
 */
import { type ArrayLike, NDArray } from "../../core/array.ts";
import { type DType, realPart } from "../../dtypes/dtype.ts";
import { treeUnflatten } from "../../core/tree.ts";
import { ArgumentError, ShapeError } from "../../base/errors.ts";
import { type AnyFunction, callWith, checkTree, flattenArrays } from "../../api/flatten.ts";
import { resultType } from "../../lax/operands/convert.ts";
import * as lax from "../../control-flow/lax.ts";
import { rootOfSquares } from "../../lax/elementwise/hypot.ts";
import { matmul } from "../../numpy/products/linear.ts";
import { finfo } from "../../numpy/dtypes/dtypes.ts";
import { cast, inexact } from "../../numpy/operands/promote.ts";
import { scaleByPower } from "../../numpy/ufuncs/powers-of-two.ts";
import { frexp } from "../../numpy/ufuncs/round.ts";
import type { TreeDef } from "../../core/tree.ts";

export type Vector = readonly NDArray[];
export type VectorMap = (x: Vector) => Vector;

export const dtypeOf = (x: Vector): DType => (x.length === 0 ? "float64" : resultType(x).dtype);
export const sizeOf = (x: Vector): number => x.reduce((n, leaf) => n + leaf.size, 0);

/** Σ xᵢ yᵢ. */
export function dot(x: Vector, y: Vector): NDArray {
  const dtype = dtypeOf(x);
  const parts = x.map((leaf, i) => cast(lax.reduceSum(lax.mul(leaf, y[i]), axesOf(leaf)), dtype));
  return parts.length === 0 ? lax.full([], 0, dtype) : parts.reduce((a, b) => lax.add(a, b));
}

/** The size of the largest element; NaN if any is. */
export function largest(x: Vector): NDArray {
  const dtype = realPart(dtypeOf(x));
  const sizes = x.filter((leaf) => leaf.size > 0).map((leaf) => lax.reduceMax(lax.abs(leaf), axesOf(leaf)));
  return sizes.map((size) => cast(size, dtype)).reduce((a, b) => lax.max(a, b), lax.full([], 0, dtype));
}

/** The e (int32) for which the largest element is of size [½, 1)·2^e; 0 where all are 0 or one is not finite. */
export const exponentOf = (x: Vector): NDArray => frexp(largest(x))[1];

/** As `exponentOf`, but 0 unless squares would be far beyond those of ordinary numbers. */
export function farExponentOf(x: Vector): NDArray {
  const limit = finfo(dtypeOf(x)).eps ** 2;
  const size = largest(x);
  const far = lax.bitwiseOr(lax.lt(size, limit), lax.gt(size, 1 / limit));
  return lax.select(far, frexp(size)[1], lax.full([], 0, "int32"));
}

/** x · 2^e, exact while it is a normal number. */
export const shift = (x: Vector, e: NDArray): Vector => x.map((leaf) => scaleByPower(leaf, e));

/** The 2-norm, also where squares would leave the range; powers of two leave all bits as they are. */
export function norm(x: Vector): NDArray {
  const e = exponentOf(x);
  const unit = shift(x, lax.neg(e));
  return scaleByPower(rootOfSquares(dot(unit, unit)), e);
}

/** Whether a condition holds for all elements of all leaves. */
export const every = (x: Vector, condition: (leaf: NDArray) => NDArray): NDArray =>
  x
    .map((leaf) => lax.reduceAnd(condition(leaf), axesOf(leaf)))
    .reduce((a, b) => lax.bitwiseAnd(a, b), lax.full([], 1, "bool"));

export const axesOf = (x: NDArray): number[] => x.shape.map((_, i) => i);

const along = (s: NDArray, leaf: NDArray): NDArray => cast(s, leaf.dtype);

export const scale = (s: NDArray, x: Vector): Vector => x.map((leaf) => lax.mul(leaf, along(s, leaf)));
export const add = (x: Vector, y: Vector): Vector => x.map((leaf, i) => lax.add(leaf, y[i]));
export const sub = (x: Vector, y: Vector): Vector => x.map((leaf, i) => lax.sub(leaf, y[i]));
/** y + s x. */
export const addScaled = (y: Vector, s: NDArray, x: Vector): Vector => add(y, scale(s, x));
export const zerosLike = (x: Vector): Vector => x.map((leaf) => lax.full(leaf.shape, 0, leaf.dtype));
export const choose = (c: NDArray, x: Vector, y: Vector): Vector =>
  x.map((leaf, i) => lax.select(c, leaf, y[i]));

/** A linear operator: a function on trees, or a square matrix. */
export type Operator<T> = ArrayLike | ((x: T) => unknown);

/** The leaves of a right hand side: at least float32, not weak. */
export function leavesOf(tree: unknown, where: string): [Vector, TreeDef] {
  const [leaves, def] = flattenArrays(tree, where);
  return [leaves.map((x) => inexact(where, x)).map((x) => cast(x, x.dtype)), def];
}

/** An operator as a function on leaves. */
export function operatorOf(a: unknown, def: TreeDef, where: string): VectorMap {
  if (typeof a === "function") {
    return (x) => {
      const [leaves, got] = flattenArrays(callWith(a as AnyFunction, [treeUnflatten(def, x)]), where);
      checkTree(def, got, `${where}: the operator's result`);
      return leaves;
    };
  }
  if (!(a instanceof NDArray) || a.ndim !== 2 || a.shape[0] !== a.shape[1]) {
    const got = a instanceof NDArray ? `shape [${a.shape.join(",")}]` : typeof a;
    throw new ArgumentError(`${where}: the operator must be a function or a square matrix; got ${got}.`);
  }
  return ([x, ...rest]: readonly (NDArray | undefined)[]) => {
    if (x === undefined || rest.length > 0 || x.ndim !== 1)
      throw new ShapeError(`${where}: a matrix needs a vector as right hand side; a tree needs a function.`);
    return [matmul(a, x)];
  };
}
