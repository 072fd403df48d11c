/**
 * @file How operands of numpy functions meet: JAX's promotion of dtypes (to inexact ones, to numeric ones) and NumPy's
 * broadcasting of shapes. 0-d operands are left as they are: lax functions take them beside arrays of any shape.
 *
 * Source: jax/_src/numpy/util.py, `promote_args*`; jax/_src/dtypes.py, `to_inexact_dtype`.
 */
import { type ArrayLike, NDArray } from "../../core/array.ts";
import {
  type DType,
  type WeakDType,
  defaultInt,
  isComplex,
  isInexact,
  isInteger,
  toDType,
  toInexact,
} from "../../dtypes/dtype.ts";
import { broadcastShapes } from "../../dtypes/shape.ts";
import { DTypeError } from "../../base/errors.ts";
import { asArray, asDType, promote, resultType } from "../../lax/operands/convert.ts";
import * as lax from "../../lax/plain.ts";
import { broadcastToShape } from "../../lax/shapes/movement.ts";
import { arraysEqual } from "../../base/util.ts";

/**
 * The inexact dtype in which a function such as `sin` computes: integers and booleans become the default float, weak ones
 * a weak one. (JAX makes float32 of integers narrower than 64 bits: digits are lost that a default of 64 bits promises.)
 */
export function inexactType({ dtype, weakType }: WeakDType): WeakDType {
  return { dtype: toInexact(dtype), weakType: weakType && dtype !== "bool" };
}

/** The dtype of a result, checked, if one is asked for. */
export const givenDType = (name: string, dtype: DType | null): DType | null =>
  dtype === null ? null : toDType(dtype, name);

/** Brings 0-d and n-d operands to one shape; 0-d ones stay. */
export function broadcastOperands(where: string, xs: readonly NDArray[]): readonly NDArray[] {
  let shape: readonly number[] | null = null;
  let same = true;
  for (const x of xs) {
    if (x.ndim === 0) continue;
    if (shape === null) shape = x.shape;
    else if (!arraysEqual(shape, x.shape)) same = false;
  }
  if (same) return xs;
  const target = broadcastShapes(
    xs.map((x) => x.shape),
    where,
  );
  return xs.map((x) => (x.ndim === 0 ? x : broadcastToShape(x, target)));
}

function toType(where: string, xs: readonly ArrayLike[], { dtype, weakType }: WeakDType): readonly NDArray[] {
  const arrays = xs.map((x) =>
    x instanceof NDArray && x.dtype === dtype ? x : asDType(x, dtype, weakType, where),
  );
  return broadcastOperands(where, arrays);
}

/** Operands in their common dtype and shape. */
export function promoteArgs(where: string, ...xs: readonly ArrayLike[]): readonly NDArray[] {
  return broadcastOperands(where, promote(where, ...xs));
}

/** Operands in their common inexact dtype and shape. */
export function promoteInexact(where: string, ...xs: readonly ArrayLike[]): readonly NDArray[] {
  for (const x of xs) if (typeof x !== "number") asArray(x, where);
  return toType(where, xs, inexactType(resultType(xs)));
}

/** Operands in their common dtype and shape, bool becoming int32. */
export function promoteNumeric(where: string, ...xs: readonly ArrayLike[]): readonly NDArray[] {
  for (const x of xs) if (typeof x !== "number") asArray(x, where);
  const t = resultType(xs);
  return toType(where, xs, t.dtype === "bool" ? { dtype: defaultInt, weakType: false } : t);
}

/** Two operands in their common inexact dtype, their shapes as they are. */
export function inexactPair(where: string, a: ArrayLike, b: ArrayLike): [NDArray, NDArray] {
  const [x, y] = promote(where, a, b);
  return [inexact(where, x), inexact(where, y)];
}

/** One operand in its inexact dtype. */
export function inexact(where: string, x: ArrayLike): NDArray {
  return x instanceof NDArray && isInexact(x.dtype) ? x : promoteInexact(where, x)[0];
}

/** `onTrue` where `condition` (turned to bool), else `onFalse`; all broadcast, the values promoted. */
export function choose(where: string, condition: ArrayLike, onTrue: ArrayLike, onFalse: ArrayLike): NDArray {
  const values = promote(where, onTrue, onFalse);
  const [c, t, f] = broadcastOperands(where, [toBool(asArray(condition, where)), ...values]);
  return lax.select(c, t, f);
}

/** `x != 0`, as a bool array. */
export function toBool(x: NDArray): NDArray {
  return x.dtype === "bool" ? x : lax.ne(x, 0);
}

/** `x` in a dtype, not weak. */
export function cast(x: NDArray, dtype: DType): NDArray {
  return lax.convertElementType(x, dtype);
}

/** `x`, not weak. */
export const strong = (x: NDArray): NDArray => (x.weakType ? cast(x, x.dtype) : x);

/** True for what gives way to the dtype of an array: numbers, booleans, weak arrays. */
export const isWeak = (x: ArrayLike): boolean =>
  x instanceof NDArray
    ? x.weakType
    : typeof x === "number" || typeof x === "boolean" || typeof x === "bigint";

export function refuseComplex(where: string, x: NDArray): void {
  if (isComplex(x.dtype)) throw new DTypeError(`${where}: not defined for complex arrays; got ${x.dtype}.`);
}

export function requireInteger(where: string, xs: readonly NDArray[]): void {
  for (const x of xs) {
    if (!isInteger(x.dtype))
      throw new DTypeError(
        `${where}: expected integer arrays; got ${x.dtype}. Convert with x.astype("int32").`,
      );
  }
}
