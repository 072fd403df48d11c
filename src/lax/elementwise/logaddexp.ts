/**
 * @file log(eˣ + eʸ) and its sibling in base 2: primitives, so that their derivatives are right where the operands are
 * infinite. Source of the values: jax/_src/lax/other.py, `logaddexp`; jax/_src/numpy/ufuncs.py, `logaddexp2`. The derivatives are
 * σ(x − y) and σ(y − x), from the operands: from a rounded result they would lose digits where the operands are large.
 */
import type { NDArray } from "../../core/array.ts";
import type { NoParams, Primitive } from "../../core/primitive.ts";
import { bind1 } from "../../core/trace.ts";
import * as e from "../../loops/ir/expressions.ts";
import type { Expr } from "../../loops/ir/ir.ts";
import type { OpName } from "../../loops/ir/scalar.ts";
import { mul } from "./arithmetic.ts";
import { neg } from "./functions.ts";
import { elementwise, none } from "../families/elementwise.ts";
import { type Binary, binaryFunction } from "../families/functions.ts";

/** What x − y loses by rounding. */
function roundingOf(x: Expr, y: Expr, difference: Expr): Expr {
  const back = e.sub(x, difference);
  const error = e.add(e.sub(x, e.add(difference, back)), e.sub(back, y));
  return e.select(e.isFinite(difference), error, 0);
}

/** 1 / (1 + bʸ⁻ˣ), where the base b is e^rate; ½ for equal operands, infinite ones too. */
function shareFunction(name: string, power: OpName, rate: number): (x: NDArray, y: NDArray) => NDArray {
  const p: Primitive<NoParams> = elementwise({
    name,
    accepts: "float",
    scalar: ([x, y]) => {
      const d = e.select(e.eq(x, y), 0, e.sub(x, y));
      const t = e.apply(power, e.neg(e.abs(d)));
      const most = e.div(1, e.add(t, 1));
      const [own, other] = [
        e.select(e.lt(d, 0), e.mul(t, most), most),
        e.select(e.lt(d, 0), most, e.mul(t, most)),
      ];
      // σ(d + ε) = σ(d) + ε·σ(d)·σ(−d)
      const error = e.select(e.eq(x, y), 0, roundingOf(x, y, d));
      return e.add(own, e.mul(e.mul(own, other), rate === 1 ? error : e.mul(error, rate)));
    },
    jvp: [(g, ans, [x, y]) => mul(g, slope(ans, x, y)), (g, ans, [x, y]) => neg(mul(g, slope(ans, x, y)))],
  });
  const share = (x: NDArray, y: NDArray): NDArray => bind1(p, [x, y], none);
  const slope = (ans: NDArray, x: NDArray, y: NDArray): NDArray => {
    const product = mul(ans, share(y, x));
    return rate === 1 ? product : mul(rate, product);
  };
  return share;
}

/** σ(x − y). */
export const logaddexpShare = shareFunction("logaddexp_share", "exp", 1);
/** 1/(1 + 2ʸ⁻ˣ). */
export const logaddexp2Share = shareFunction("logaddexp2_share", "exp2", Math.LN2);

function logAddFunction(name: string, power: OpName, rate: number, share: typeof logaddexpShare): Binary {
  const scaled = (x: Expr): Expr => (rate === 1 ? x : e.mul(x, 1 / rate));
  return binaryFunction(
    elementwise({
      name,
      accepts: "float",
      scalar: ([x, y]) => {
        const delta = e.sub(x, y);
        const small = e.log1p(e.apply(power, e.neg(e.abs(delta))));
        // NaNs, or infinities of one sign: their sum.
        return e.select(e.isNan(delta), e.add(x, y), e.add(e.max(x, y), scaled(small)));
      },
      jvp: [(g, _, [x, y]) => mul(g, share(x, y)), (g, _, [x, y]) => mul(g, share(y, x))],
    }),
  );
}

/** log(eˣ + eʸ) without overflow. */
export const logaddexp: Binary = logAddFunction("logaddexp", "exp", 1, logaddexpShare);

/** log₂(2ˣ + 2ʸ) without overflow. */
export const logaddexp2: Binary = logAddFunction("logaddexp2", "exp2", Math.LN2, logaddexp2Share);
