/**
 * @file log(eˣ + eʸ) and its sibling in base 2: primitives, so that their derivatives are right where the operands are
 * infinite. Source: jax/_src/lax/other.py, `logaddexp`; jax/_src/numpy/ufuncs.py, `logaddexp2`.
 */
import type { ArrayLike, NDArray } from "../../core/array.ts";
import * as e from "../../loops/ir/expressions.ts";
import type { Expr } from "../../loops/ir/ir.ts";
import type { OpName } from "../../loops/ir/scalar.ts";
import { mul, sub } from "./arithmetic.ts";
import { eq } from "./compare.ts";
import { exp, exp2 } from "./functions.ts";
import { elementwise } from "../families/elementwise.ts";
import { select } from "./select.ts";
import { type Binary, binaryFunction } from "../families/functions.ts";

/** +∞ replaced by 0, so that ∞ − ∞ does not arise. */
const replaceInf = (x: NDArray): NDArray => select(eq(x, Infinity), 0, x);

function logAddFunction(
  name: string,
  power: OpName,
  scale: number,
  powerOf: (x: ArrayLike) => NDArray,
): Binary {
  const share = (g: NDArray, out: NDArray, x: NDArray): NDArray =>
    mul(g, powerOf(sub(replaceInf(x), replaceInf(out))));
  const scaled = (x: Expr): Expr => (scale === 1 ? x : e.mul(x, scale));
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
      jvp: [(g, out, [x]) => share(g, out, x), (g, out, [, y]) => share(g, out, y)],
    }),
  );
}

/** log(eˣ + eʸ) without overflow. */
export const logaddexp: Binary = logAddFunction("logaddexp", "exp", 1, (x) => exp(x));

/** log₂(2ˣ + 2ʸ) without overflow. */
export const logaddexp2: Binary = logAddFunction("logaddexp2", "exp2", 1 / Math.LN2, (x) => exp2(x));
