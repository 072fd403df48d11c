/** @file Comparisons: bool results, no derivative. A NaN is unequal to everything and neither less nor greater. */
import type { ArrayLike, NDArray } from "../core/array.ts";
import { type Parts, zeroTangent } from "../core/primitive.ts";
import { bind1 } from "../core/trace.ts";
import { apply } from "../jit/loop/build.ts";
import type { OpName } from "../jit/scalar.ts";
import { bitwiseNot } from "./bitwise.ts";
import { equal } from "./complex/arithmetic.ts";
import { type Accepts, elementwise, none } from "./family.ts";
import { promoteStrict } from "./operands.ts";

function comparison(
  name: OpName,
  kind: Accepts,
  complex?: (x: Parts, y: Parts) => NDArray,
): (x: ArrayLike, y: ArrayLike) => NDArray {
  const p = elementwise({
    name,
    accepts: kind,
    result: "bool",
    scalar: ([x, y]) => apply(name, x, y),
    jvp: zeroTangent,
    ...(complex === undefined ? {} : { complex: ([x, y]) => complex(x, y) }),
  });
  return (x, y) => bind1(p, promoteStrict(name, x, y), none);
}

/** x = y, element by element. */
export const eq = comparison("eq", "any", (x, y) => equal(x, y));
/** x ≠ y. */
export const ne = comparison("ne", "any", (x, y) => bitwiseNot(equal(x, y)));
/** x < y. */
export const lt = comparison("lt", "ordered");
/** x ≤ y. */
export const le = comparison("le", "ordered");
/** x > y. */
export const gt = comparison("gt", "ordered");
/** x ≥ y. */
export const ge = comparison("ge", "ordered");
