/**
 * @file The sign bit of floats, which zeros and NaNs have too: read from the bits, since no comparison sees that of a NaN.
 */
import type { ArrayLike, NDArray } from "../../core/array.ts";
import { type NoParams, type Primitive, zeroTangent } from "../../core/primitive.ts";
import { bind1 } from "../../core/trace.ts";
import { type DType, bitWidth } from "../../dtypes/dtype.ts";
import * as e from "../../loops/ir/expressions.ts";
import type { Expr } from "../../loops/ir/ir.ts";
import { elementwise, none } from "../families/elementwise.ts";
import { type Binary, binaryFunction } from "../families/functions.ts";
import { asArray } from "../operands/convert.ts";
import { mul } from "./arithmetic.ts";
import { bitwiseXor } from "./bitwise.ts";
import { fullLike } from "../shapes/creation.ts";
import { select } from "./select.ts";

const unsignedOf = (d: DType): DType => `uint${bitWidth(d)}` as DType;

/** The word that has the sign at its top. */
const topWord = (x: Expr): Expr => (x.dtype === "float64" ? e.f64High(x) : e.bits(x, unsignedOf(x.dtype)));
const signMask = (d: DType): number => 2 ** ((d === "float64" ? 32 : bitWidth(d)) - 1);

/** x with another top word. */
const withTop = (x: Expr, word: Expr): Expr =>
  x.dtype === "float64" ? e.bitsToF64(e.f64Low(x), word) : e.bits(word, x.dtype);

const signbitP: Primitive<NoParams> = elementwise({
  name: "signbit",
  accepts: "float",
  result: "bool",
  scalar: ([x]) => {
    const word = topWord(x);
    return e.ge(word, e.constant(signMask(x.dtype), word.dtype));
  },
  jvp: zeroTangent,
});
/** Whether the sign bit is set, that of zeros and NaNs too. */
export const signbit = (x: ArrayLike): NDArray => bind1(signbitP, [asArray(x, "signbit")], none);

/** x with the sign bit of y. The derivative goes to x: ±1, by whether the sign changes. */
export const copysign: Binary = binaryFunction(
  elementwise({
    name: "copysign",
    accepts: "float",
    scalar: ([x, y]) => {
      const [word, sign] = [topWord(x), topWord(y)];
      const mask = signMask(x.dtype);
      const magnitude = e.and(word, e.constant(mask - 1, word.dtype));
      return withTop(x, e.or(magnitude, e.and(sign, e.constant(mask, word.dtype))));
    },
    jvp: [(g, _, [x, y]) => mul(g, signRatio(x, y)), (g) => mul(g, 0)],
  }),
);

/** 1 where the sign bits agree, else −1. */
const signRatio = (x: NDArray, y: NDArray): NDArray =>
  select(bitwiseXor(signbit(x), signbit(y)), fullLike(x, -1), 1);
