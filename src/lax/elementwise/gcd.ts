/** @file The greatest common divisor, by Euclid's algorithm: one loop for each element. */
import type { ArrayLike, NDArray } from "../../core/array.ts";
import { type DType } from "../../dtypes/dtype.ts";
import { type Primitive, zeroTangent } from "../../core/primitive.ts";
import { bind1 } from "../../core/trace.ts";
import { scalarFunction } from "../../loops/ir/build.ts";
import * as e from "../../loops/ir/expressions.ts";
import { elementwise, none } from "../families/elementwise.ts";
import { promoteStrict } from "../operands/strict.ts";

const euclid = (dtype: DType): ReturnType<typeof scalarFunction> =>
  scalarFunction(
    `gcd_${dtype}`,
    2,
    (b, [x, y]) => {
      const u = b.variable(x, "u");
      const v = b.variable(y, "v");
      b.while(e.ne(v, 0), (inner) => {
        const r = inner.let(e.rem(u, v), "r");
        inner.set(u, v);
        inner.set(v, r);
      });
      return dtype === "uint32" ? u : e.abs(u);
    },
    [dtype, dtype],
  );

const signedGcd = euclid("int32");
const unsignedGcd = euclid("uint32");

export const gcdP: Primitive<typeof none> = elementwise({
  name: "gcd",
  accepts: "integer",
  scalar: ([x, y]) => {
    const { dtype } = x;
    const wide = dtype === "uint32" ? "uint32" : "int32";
    const f = dtype === "uint32" ? unsignedGcd : signedGcd;
    return e.cast(f(e.cast(x, wide), e.cast(y, wide)), dtype);
  },
  jvp: zeroTangent,
});
/** Greatest common divisor of integers, not negative; gcd(0, 0) = 0. */
export function gcd(x: ArrayLike, y: ArrayLike): NDArray {
  return bind1(gcdP, promoteStrict("gcd", x, y), none);
}
