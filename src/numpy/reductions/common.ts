/**
 * @file What the reductions share: their parameters, the dtypes in which they compute, masks, and reduced axes that stay.
 * No public names.
 */
import type { ArrayLike, NDArray } from "../../core/array.ts";
import {
  type DType,
  type Scalar,
  bitWidth,
  isComplex,
  isInexact,
  isInteger,
  isUnsigned,
} from "../../dtypes/dtype.ts";
import { ArgumentError } from "../../base/errors.ts";
import { asDType } from "../../lax/operands/convert.ts";
import * as lax from "../../lax/plain.ts";
import { maybe, param } from "../../arguments/parameters.ts";
import * as p from "../operands/parameters.ts";
import { choose, givenDType, inexactType } from "../operands/promote.ts";

export const extremumParams = [p.axis, p.out, p.keepdims, p.initial, p.where] as const;
export const meanParams = [p.axis, p.dtype, p.out, p.keepdims] as const;
export const varParams = [p.axis, p.dtype, p.out, param<[ddof: number]>()("ddof", 0), p.keepdims] as const;
/** The mean, if it is known already (with the reduced axes kept). */
export const meanParam = param<[mean: ArrayLike | null]>()("mean", null);
export const argParams = [p.oneAxis, p.out, maybe<[keepdims: boolean]>()("keepdims")] as const;

/** Puts the reduced axes back with size 1. */
export function keepDims(x: NDArray, shape: readonly number[], axes: readonly number[]): NDArray {
  return lax.reshape(
    x,
    shape.map((d, i) => (axes.includes(i) ? 1 : d)),
  );
}

/** The dtype in which integers add up. */
export function promoteInteger(d: DType): DType {
  if (d !== "bool" && (!isInteger(d) || bitWidth(d) > 32)) return d;
  return isUnsigned(d) ? "uint32" : "int32";
}

/** The array with `fill` where it does not take part. */
export function masked(name: string, x: NDArray, where: ArrayLike | null, fill: Scalar): NDArray {
  if (where === null) return x;
  return choose(name, where, x, asDType(fill, x.dtype, x.weakType, name));
}

/** NaN replaced by a number. */
export function withoutNan(x: NDArray, fill: number): NDArray {
  if (!isInexact(x.dtype)) return x;
  return lax.select(lax.ne(x, x), asDType(fill, x.dtype, x.weakType, "nan reduction"), x);
}

/** The dtype to compute in, and that of the result, of a mean or variance. */
export function meanTypes(name: string, x: NDArray, dtype: DType | null): [compute: DType, result: DType] {
  const result = givenDType(name, dtype) ?? inexactType(x.aval).dtype;
  if (result === "float16" || result === "bfloat16") return ["float32", result];
  const inexact = isInexact(result) ? result : inexactType({ dtype: x.dtype, weakType: false }).dtype;
  return [inexact, result];
}

/** `ddof`, which may be given as `correction`, the array API's name. */
export function degreesOfFreedom(name: string, ddof: number, correction: number | null = null): number {
  if (correction === null) return ddof;
  if (ddof !== 0) throw new ArgumentError(`${name}: give ddof or correction, not both.`);
  return correction;
}

/** |x|², real, of real or complex numbers. */
export const squaredModulus = (x: NDArray): NDArray =>
  isComplex(x.dtype) ? lax.real(lax.mul(x, lax.conj(x))) : lax.square(x);
