/** @file The greatest common divisor, by Euclid's algorithm: one loop for each element. */
import { type DType, isSigned } from "../../dtypes/dtype.ts";
import { zeroTangent } from "../../core/primitive.ts";
import { scalarFunction } from "../../loops/ir/build.ts";
import * as e from "../../loops/ir/expressions.ts";
import { elementwise } from "../families/elementwise.ts";
import { type Binary, binaryFunction } from "../families/functions.ts";

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
      return isSigned(dtype) ? e.abs(u) : u;
    },
    [dtype, dtype],
  );

const widths = {
  int32: euclid("int32"),
  uint32: euclid("uint32"),
  int64: euclid("int64"),
  uint64: euclid("uint64"),
};

/** Greatest common divisor of integers, not negative; gcd(0, 0) = 0. */
export const gcd: Binary = binaryFunction(
  elementwise({
    name: "gcd",
    accepts: "integer",
    scalar: ([x, y]) => {
      const { dtype } = x;
      const wide = dtype in widths ? (dtype as keyof typeof widths) : "int32";
      return e.cast(widths[wide](e.cast(x, wide), e.cast(y, wide)), dtype);
    },
    jvp: zeroTangent,
  }),
);
