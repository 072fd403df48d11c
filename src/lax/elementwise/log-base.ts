/**
 * @file Logarithms to the bases 2 and 10, exact at the powers of their base: log₂ 2ᵏ and log₁₀ 10ᵏ are k, as log x / log b
 * is not. With x = 2ᵏ·m, m in [√½, √2), log_b x = k·log_b 2 + log m/log b, where k·log_b 2 is held in two numbers, the
 * first product exact: only the last sum rounds at the size of the result. After fdlibm's e_log10.c. Narrower floats
 * take the quotient in float64, whose error vanishes when it is rounded to them.
 */
import type { NoParams, Primitive } from "../../core/primitive.ts";
import * as e from "../../loops/ir/expressions.ts";
import type { Expr } from "../../loops/ir/ir.ts";
import { elementwise } from "../families/elementwise.ts";
import { type Unary, unaryFunction } from "../families/functions.ts";
import { div, mul } from "./arithmetic.ts";

/** `high + low` is log_b 2, the low 11 bits of `high` 0; `inverse` is 1/log b. */
interface Base {
  readonly high: number;
  readonly low: number;
  readonly inverse: number;
}

const base2: Base = { high: 1, low: 0, inverse: Math.LOG2E };
const base10: Base = {
  high: 3.01029995663611771306e-1,
  low: 3.69423907715893078616e-13,
  inverse: Math.LOG10E,
};

/** High words of 1 and of √½. */
const one = 0x3ff00000;
const rootHalf = 0x3fe6a09e;

function wide(x: Expr, { high, low, inverse }: Base): Expr {
  const isTiny = e.lt(x, 2 ** -1022);
  const normal = e.mul(x, e.select(isTiny, e.f64(2 ** 54), e.f64(1)));
  const shifted = e.add(e.f64High(normal), one - rootHalf);
  const exponent = e.sub(e.cast(e.shrl(shifted, 20), "float64"), e.select(isTiny, e.f64(1077), e.f64(1023)));
  const m = e.bitsToF64(e.f64Low(normal), e.add(e.and(shifted, 0xfffff), rootHalf));
  // Elsewhere the logarithm of x itself says which limit it is, or NaN.
  const isUsual = e.and(e.gt(x, 0), e.lt(x, Infinity));
  const k = e.select(isUsual, exponent, 0);
  const rest = e.mul(e.log(e.select(isUsual, m, x)), inverse);
  return e.add(e.mul(k, high), low === 0 ? rest : e.add(e.mul(k, low), rest));
}

/** The derivative is 1/(x·log b), one quotient: 1/x alone may overflow. */
const logOfBase = (name: string, base: Base): Primitive<NoParams> =>
  elementwise({
    name,
    accepts: "float",
    scalar: ([x]) =>
      x.dtype === "float64"
        ? wide(x, base)
        : e.cast(e.mul(e.log(e.cast(x, "float64")), base.inverse), x.dtype),
    jvp: [(g, _, [x]) => mul(g, div(base.inverse, x))],
  });

/** The logarithm to base 2 of floats: −∞ at 0, NaN below. */
export const log2: Unary = unaryFunction(logOfBase("log2", base2));

/** The logarithm to base 10 of floats: −∞ at 0, NaN below. */
export const log10: Unary = unaryFunction(logOfBase("log10", base10));
