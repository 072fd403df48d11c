/**
 * @file The functions that users call, of primitives without parameters: operands are brought to one dtype, and bound.
 * Function declarations throughout, since files that refer to each other call them while they are being loaded.
 */
import { refuseMore } from "../../base/checks.ts";
import { camelCase } from "../../base/util.ts";
import { type ArrayLike, NDArray } from "../../core/array.ts";
import type { NoParams, Primitive } from "../../core/primitive.ts";
import { bind1 } from "../../core/trace.ts";
import { asArray } from "../operands/convert.ts";
import { promoteStrict } from "../operands/strict.ts";
import { none } from "./elementwise.ts";

export type Unary = (x: ArrayLike) => NDArray;
export type Binary = (x: ArrayLike, y: ArrayLike) => NDArray;

/** The function of a primitive of one operand, under the name that errors give it. */
export function unaryFunction(p: Primitive<NoParams>, where = camelCase(p.name)): Unary {
  return (x, ...more: readonly unknown[]) => {
    if (more.length > 0) refuseMore(where, 1, more);
    return bind1(p, [asArray(x, where)], none);
  };
}

/** The function of a primitive of two operands, under the name that errors give it. */
export function binaryFunction(p: Primitive<NoParams>, where = camelCase(p.name)): Binary {
  return (x, y, ...more: readonly unknown[]) => {
    if (more.length > 0) refuseMore(where, 2, more);
    return bind1(
      p,
      x instanceof NDArray && y instanceof NDArray && x.dtype === y.dtype
        ? [x, y]
        : promoteStrict(where, x, y),
      none,
    );
  };
}
