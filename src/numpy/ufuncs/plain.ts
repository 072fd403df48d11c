/**
 * @file The element-wise functions that are public as ufuncs (ufunc.ts), without methods: what ufuncs are made of, and what
 * the library itself calls.
 */
import type { ArrayLike, NDArray } from "../../core/array.ts";
import { isComplex } from "../../dtypes/dtype.ts";
import * as lax from "../../lax/plain.ts";
import { logaddexp as laxLogaddexp, logaddexp2 as laxLogaddexp2 } from "../../lax/elementwise/logaddexp.ts";
import { promoteArgs, promoteInexact, toBool } from "../operands/promote.ts";
import { complexLogaddexp, complexLogaddexp2 } from "./complex-logaddexp.ts";
import { binary, strongBeside } from "./lift.ts";

/** x + y; for bool: or. */
export const add = binary("add", promoteArgs, (x, y) =>
  x.dtype === "bool" ? lax.bitwiseOr(x, y) : lax.add(x, y),
);
/** x − y. */
export const subtract = binary("subtract", promoteArgs, lax.sub);
/** x · y; for bool: and. */
export const multiply = binary("multiply", promoteArgs, (x, y) =>
  x.dtype === "bool" ? lax.bitwiseAnd(x, y) : lax.mul(x, y),
);

/** The larger operand; NaN if either is. */
export const maximum = binary("maximum", promoteArgs, lax.max);
/** The smaller operand; NaN if either is. */
export const minimum = binary("minimum", promoteArgs, lax.min);

/** And of the bits of integers; of booleans the logical one. */
export const bitwiseAnd = binary("bitwiseAnd", promoteArgs, lax.bitwiseAnd);
/** Or of the bits. */
export const bitwiseOr = binary("bitwiseOr", promoteArgs, lax.bitwiseOr);
/** Exclusive or of the bits. */
export const bitwiseXor = binary("bitwiseXor", promoteArgs, lax.bitwiseXor);

const logical = (name: string, f: typeof lax.bitwiseAnd): ((x: ArrayLike, y: ArrayLike) => NDArray) =>
  strongBeside(binary(name, promoteArgs, (x, y) => f(toBool(x), toBool(y))));

/** Both are not 0. */
export const logicalAnd = logical("logicalAnd", lax.bitwiseAnd);
/** One or both are not 0. */
export const logicalOr = logical("logicalOr", lax.bitwiseOr);
/** Exactly one is not 0. */
export const logicalXor = logical("logicalXor", lax.bitwiseXor);

const realOrComplex =
  (ofReal: typeof laxLogaddexp, ofComplex: typeof complexLogaddexp) =>
  (x: NDArray, y: NDArray): NDArray =>
    (isComplex(x.dtype) ? ofComplex : ofReal)(x, y);

/** log(eˣ + eʸ) without overflow. */
export const logaddexp = binary("logaddexp", promoteInexact, realOrComplex(laxLogaddexp, complexLogaddexp));
/** log₂(2ˣ + 2ʸ) without overflow. */
export const logaddexp2 = strongBeside(
  binary("logaddexp2", promoteInexact, realOrComplex(laxLogaddexp2, complexLogaddexp2)),
);
