/**
 * @file What plain code computes with: JavaScript's own values, and traced ones in the place of numbers and booleans.
 *
 * All numbers of JavaScript are float64, so traced integers and booleans become float64 where arithmetic meets them. A value
 * that turns out to be known (it depends on nothing that is traced) becomes a number or a boolean again at once: so `if`,
 * `===` and indices work as they stand wherever values are known, under `grad` as well.
 */
import { ConcreteArray, NDArray } from "../../core/array.ts";
import { isComplex, isFloat } from "../../dtypes/dtype.ts";
import { TangentTracer } from "../../interpreters/tangent-trace.ts";
import { convertElementType } from "../../lax/elementwise/convert.ts";
import { eq, ne } from "../../lax/elementwise/compare.ts";
import { bitwiseAnd, bitwiseNot } from "../../lax/elementwise/bitwise.ts";

/** A leaf of plain data. */
export type Leaf = number | boolean | NDArray;

export const isArray = (x: unknown): x is NDArray => typeof x === "object" && x instanceof NDArray;

export const isLeaf = (x: unknown): x is Leaf =>
  typeof x === "number" || typeof x === "boolean" || isArray(x);

/** The number or boolean that a scalar is, wherever it is known; undefined where it is traced. */
export function known(x: NDArray): number | boolean | undefined {
  let value = x;
  while (value instanceof TangentTracer && value.owner.alive) value = value.primal;
  if (!(value instanceof ConcreteArray) || value.ndim !== 0 || isComplex(value.dtype)) return undefined;
  const item = value.item<number | boolean | bigint>();
  return typeof item === "bigint" ? Number(item) : item;
}

/** A scalar that depends on nothing traced becomes a number or a boolean. */
export function unbox(x: NDArray): Leaf {
  if (!(x instanceof ConcreteArray) || x.ndim !== 0) return x;
  return x.dtype === "float64" || x.dtype === "bool" ? x.item<number | boolean>() : x;
}

/** An operand of arithmetic, by JavaScript's conversions. */
export function operand(x: unknown): number | NDArray {
  if (typeof x === "number") return x;
  if (!isArray(x)) return Number(x);
  return isFloat(x.dtype) || isComplex(x.dtype) ? x : convertElementType(x, "float64");
}

/** Whether a value holds, as far as it is known; a traced bool otherwise. */
export function truth(x: unknown): boolean | NDArray {
  if (!isArray(x)) return Boolean(x);
  if (x.ndim > 0) return true;
  const value = known(x);
  if (value !== undefined) return Boolean(value);
  if (x.dtype === "bool") return x;
  // NaN does not hold either.
  const holds = unbox(ne(x, 0));
  return isFloat(x.dtype)
    ? (both(holds, unbox(eq(x, x))) as boolean | NDArray)
    : (holds as boolean | NDArray);
}

/** The conjunction of two truths. */
export function both(a: Leaf, b: Leaf): Leaf {
  if (typeof a === "boolean") return a ? b : false;
  if (typeof b === "boolean") return b ? a : false;
  return isArray(a) && isArray(b) ? unbox(bitwiseAnd(a, b)) : Boolean(a && b);
}

/** JavaScript's `!x`. */
export function not(x: unknown): boolean | NDArray {
  const t = truth(x);
  return typeof t === "boolean" ? !t : (unbox(bitwiseNot(t)) as boolean | NDArray);
}

/** JavaScript's `typeof x`, of the number or boolean for which a traced value stands. */
export function type(x: unknown): string {
  if (!isArray(x) || x.ndim > 0) return typeof x;
  return x.dtype === "bool" ? "boolean" : "number";
}
