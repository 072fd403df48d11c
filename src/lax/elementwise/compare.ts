/** @file Comparisons: bool results, no derivative. A NaN is unequal to everything and neither less nor greater. */
import type { NDArray } from "../../core/array.ts";
import { type NoParams, type Parts, type Primitive, zeroTangent } from "../../core/primitive.ts";
import * as e from "../../loops/ir/expressions.ts";
import type { OpName } from "../../loops/ir/scalar.ts";
import { bitwiseNot } from "./bitwise.ts";
import { equal } from "./complex/arithmetic.ts";
import { type Accepts, elementwise } from "../families/elementwise.ts";
import { type Binary, binaryFunction } from "../families/functions.ts";

function primitive(
  name: OpName,
  kind: Accepts,
  complex?: (x: Parts, y: Parts) => NDArray,
): Primitive<NoParams> {
  return elementwise({
    name,
    accepts: kind,
    result: "bool",
    scalar: ([x, y]) => e.apply(name, x, y),
    jvp: zeroTangent,
    ...(complex === undefined ? {} : { complex: ([x, y]) => complex(x, y) }),
  });
}

const comparison = (...definition: Parameters<typeof primitive>): Binary =>
  binaryFunction(primitive(...definition));

/**
 * Whether x = y, element by element: bool. Operands have one dtype and shape, or are scalars; NaN equals nothing, −0
 * equals 0.
 * @throws DTypeError for dtypes that differ; ShapeError for shapes that differ
 * @see jax.lax.eq
 * @example
 * lax.eq(np.array([1, 2, NaN]), np.array([1, 3, NaN])).js(); // [true, false, false]
 */
export const eq = comparison("eq", "any", (x, y) => equal(x, y));
/**
 * Whether x ≠ y, element by element: bool, the opposite of `eq`. `ne(x, x)` finds the NaNs.
 * @throws DTypeError for dtypes that differ; ShapeError for shapes that differ
 * @see jax.lax.ne
 * @example
 * const x = np.array([1, NaN]);
 * lax.ne(x, x).js(); // [false, true]
 */
export const ne = comparison("ne", "any", (x, y) => bitwiseNot(equal(x, y)));
export const ltP: Primitive<NoParams> = primitive("lt", "ordered");
/**
 * Whether x < y, element by element: bool, false where either is NaN.
 * @throws DTypeError for complex numbers and dtypes that differ; ShapeError for shapes that differ
 * @see jax.lax.lt
 * @example
 * lax.lt(np.array([1, 2, NaN]), 2).js(); // [true, false, false]
 */
export const lt = binaryFunction(ltP);
/**
 * Whether x ≤ y, element by element: bool, false where either is NaN.
 * @throws DTypeError for complex numbers and dtypes that differ; ShapeError for shapes that differ
 * @see jax.lax.le
 * @example
 * lax.le(np.array([1, 2, NaN]), 2).js(); // [true, true, false]
 */
export const le = comparison("le", "ordered");
/**
 * Whether x > y, element by element: bool, false where either is NaN.
 * @throws DTypeError for complex numbers and dtypes that differ; ShapeError for shapes that differ
 * @see jax.lax.gt
 * @example
 * lax.gt(np.array([2, 3, NaN]), 2).js(); // [false, true, false]
 */
export const gt = comparison("gt", "ordered");
/**
 * Whether x ≥ y, element by element: bool, false where either is NaN.
 * @throws DTypeError for complex numbers and dtypes that differ; ShapeError for shapes that differ
 * @see jax.lax.ge
 * @example
 * lax.ge(np.array([2, 3, NaN]), 2).js(); // [true, true, false]
 */
export const ge = comparison("ge", "ordered");
