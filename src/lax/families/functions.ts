/**
 * @file The functions that users call, of primitives without parameters: operands are brought to one dtype, and bound.
 * Function declarations throughout, since files that refer to each other call them while they are being loaded.
 */
import { type ArrayLike, NDArray } from "../../core/array.ts";
import type { NoParams, Primitive } from "../../core/primitive.ts";
import { bind1 } from "../../core/trace.ts";
import { asArray } from "../operands/convert.ts";
import { promoteStrict } from "../operands/strict.ts";
import { none } from "./elementwise.ts";

export type Unary = (x: ArrayLike) => NDArray;
export type Binary = (x: ArrayLike, y: ArrayLike) => NDArray;

/** The function of a primitive of one operand, under the name that errors give it. */
export function unaryFunction(p: Primitive<NoParams>, where = inCamelCase(p.name)): Unary {
  return (x) => bind1(p, [asArray(x, where)], none);
}

/** The function of a primitive of two operands, under the name that errors give it. */
export function binaryFunction(p: Primitive<NoParams>, where = inCamelCase(p.name)): Binary {
  return (x, y) =>
    bind1(
      p,
      x instanceof NDArray && y instanceof NDArray && x.dtype === y.dtype
        ? [x, y]
        : promoteStrict(where, x, y),
      none,
    );
}

/** The name of the function that belongs to a primitive. */
export function inCamelCase(name: string): string {
  return name.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase());
}
