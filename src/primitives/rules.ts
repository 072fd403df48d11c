/** @file What rules of the user's give, checked: errors name the primitive and the rule. */
import { show } from "../base/checks.ts";
import { DTypeError, OutputError, ShapeError } from "../base/errors.ts";
import { type NDArray, isArrayLike } from "../core/array.ts";
import { type ShapedArray, shaped } from "../core/aval.ts";
import { type Tangent, Zero, isZero } from "../core/zero.ts";
import { isInexact, toDType } from "../dtypes/dtype.ts";
import { checkShape, shapeString } from "../dtypes/shape.ts";
import { asDType } from "../lax/operands/convert.ts";
import { ShapeDtypeStruct } from "../api/staging.ts";

export const structOf = (a: ShapedArray): ShapeDtypeStruct =>
  new ShapeDtypeStruct(a.shape, a.dtype, a.weakType);

/** A list, or one alone. */
export const listOf = (x: unknown): readonly unknown[] =>
  Array.isArray(x) ? (x as readonly unknown[]) : [x];

/** The types that `abstractEval` gave. */
export function typesFrom(name: string, given: unknown): ShapedArray[] {
  return listOf(given).map((x, i) => {
    if (typeof x !== "object" || x === null || !("shape" in x) || !("dtype" in x))
      throw new OutputError(
        `${name}: the rule abstractEval must give a ShapeDtypeStruct for result ${i}; got ${show(x)}.`,
      );
    const where = `${name}: the rule abstractEval, result ${i}`;
    checkShape(x.shape as readonly number[], where);
    return shaped(
      x.shape as readonly number[],
      toDType(x.dtype, where),
      "weakType" in x && x.weakType === true,
    );
  });
}

/** @throws OutputError unless a rule gave a list of so many */
export function checkCount(name: string, rule: string, given: readonly unknown[], n: number): void {
  if (given.length === n) return;
  throw new OutputError(
    `${name}: the rule ${rule} must give ${n} ${n === 1 ? "array" : "arrays"}; got ${given.length}.`,
  );
}

/** An array of a type that a rule gave. */
export function arrayFrom(where: string, x: unknown, aval: ShapedArray): NDArray {
  if (!isArrayLike(x)) throw new OutputError(`${where}: expected an array ${aval.short()}; got ${show(x)}.`);
  const array = typeof x === "object" && "aval" in x ? x : asDType(x, aval.dtype, false, where);
  if (array.dtype !== aval.dtype)
    throw new DTypeError(`${where}: expected dtype ${aval.dtype}; got ${array.dtype}.`);
  if (array.ndim !== aval.ndim || array.shape.some((d, i) => d !== aval.shape[i]))
    throw new ShapeError(
      `${where}: expected shape ${shapeString(aval.shape)}; got ${shapeString(array.shape)}.`,
    );
  return array;
}

/** A tangent or cotangent that a rule gave: null is zero. */
export function tangentFrom(where: string, x: unknown, aval: ShapedArray): Tangent {
  if (x === null || !isInexact(aval.dtype)) return new Zero(aval);
  return arrayFrom(where, x, aval.strong);
}

/** A tangent as rules of the user's see it. */
export const orNull = (t: Tangent): NDArray | null => (isZero(t) ? null : t);
