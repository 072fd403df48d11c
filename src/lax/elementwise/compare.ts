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

/** x = y, element by element. */
export const eq = comparison("eq", "any", (x, y) => equal(x, y));
/** x ≠ y. */
export const ne = comparison("ne", "any", (x, y) => bitwiseNot(equal(x, y)));
export const ltP: Primitive<NoParams> = primitive("lt", "ordered");
/** x < y. */
export const lt = binaryFunction(ltP);
/** x ≤ y. */
export const le = comparison("le", "ordered");
/** x > y. */
export const gt = comparison("gt", "ordered");
/** x ≥ y. */
export const ge = comparison("ge", "ordered");
