/** @file Rounding to a narrower floating-point format, within the dtype. */
import type { ArrayLike, NDArray } from "../../core/array.ts";
import type { DType } from "../../dtypes/dtype.ts";
import type { Primitive } from "../../core/primitive.ts";
import { bind1 } from "../../core/trace.ts";
import { ArgumentError } from "../../base/errors.ts";
import * as e from "../../loops/ir/expressions.ts";
import type { Expr } from "../../loops/ir/ir.ts";
import { asArray } from "../operands/convert.ts";
import { elementwise } from "../families/elementwise.ts";

type PrecisionParams = { exponentBits: number; mantissaBits: number };

const formats: { readonly [D in DType]?: PrecisionParams } = {
  float16: { exponentBits: 5, mantissaBits: 10 },
  bfloat16: { exponentBits: 8, mantissaBits: 7 },
  float32: { exponentBits: 8, mantissaBits: 23 },
  float64: { exponentBits: 11, mantissaBits: 52 },
};

const biasOf = (exponentBits: number): number => 2 ** (exponentBits - 1) - 1;
const f64 = (v: number): Expr => e.constant(v, "float64");

/** A finite float64 rounded to `mantissaBits`, half to even; numbers below `least` keep its step. */
function roundMantissa(x: Expr, mantissaBits: number, least: number): Expr {
  // The power of two at or below |x|. Dividing and multiplying by it is exact.
  const exponent = e.and(e.f64High(x), e.constant(0x7ff00000, "uint32"));
  const power = e.max(e.bitsToF64(e.constant(0, "uint32"), exponent), f64(least));
  const steps = e.mul(e.div(x, power), f64(2 ** mantissaBits));
  return e.mul(e.mul(e.roundEven(steps), f64(2 ** -mantissaBits)), power);
}

/** As XLA's ReducePrecision: what is too large becomes infinite, what is below the smallest normal number 0. */
function reduced(x: Expr, { exponentBits, mantissaBits }: PrecisionParams): Expr {
  const own = formats[x.dtype]!;
  const wide = e.cast(x, "float64");
  let out = wide;
  if (mantissaBits < own.mantissaBits)
    out = roundMantissa(wide, mantissaBits, 2 ** (1 - biasOf(own.exponentBits)));
  if (exponentBits < own.exponentBits) {
    const bias = biasOf(exponentBits);
    const size = e.abs(out);
    const small = e.lt(size, f64(2 ** (1 - bias)));
    const large = e.ge(size, f64(2 ** (bias + 1)));
    const flushed = e.select(small, e.mul(out, f64(0)), out);
    out = e.select(large, e.mul(out, f64(Infinity)), flushed);
  }
  const finite = e.lt(e.abs(wide), f64(Infinity));
  return e.cast(e.select(finite, out, wide), x.dtype);
}

const reducePrecisionP: Primitive<PrecisionParams> = elementwise<PrecisionParams>({
  name: "reduce_precision",
  accepts: "float",
  scalar: ([x], params) => reduced(x, params),
  jvp: [(g, _, __, params) => bind1(reducePrecisionP, [g], params)],
  transpose: [(ct, _, params) => bind1(reducePrecisionP, [ct], params)],
});

/** Rounds to a narrower floating-point format. */
export function reducePrecision(operand: ArrayLike, exponentBits: number, mantissaBits: number): NDArray {
  const whole = [exponentBits, mantissaBits].every((n) => Number.isInteger(n));
  if (!whole || exponentBits < 1 || mantissaBits < 0) {
    throw new ArgumentError(
      `reducePrecision: expected exponentBits of at least 1 and mantissaBits of at least 0; got ${exponentBits} and ${mantissaBits}.`,
    );
  }
  return bind1(reducePrecisionP, [asArray(operand, "reducePrecision")], { exponentBits, mantissaBits });
}
