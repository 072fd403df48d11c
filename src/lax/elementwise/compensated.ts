/**
 * @file Exponentials of what is itself rounded, with what the rounding has lost: e^x multiplies the error of x by its size.
 * Real operands only; products by Dekker's exact splitting, in the dtype of the operands.
 */
import type { NDArray } from "../../core/array.ts";
import type { Primitive, NoParams } from "../../core/primitive.ts";
import { bind1 } from "../../core/trace.ts";
import type { DType } from "../../dtypes/dtype.ts";
import * as e from "../../loops/ir/expressions.ts";
import type { Expr } from "../../loops/ir/ir.ts";
import { elementwise, none } from "../families/elementwise.ts";
import { add, div, mul } from "./arithmetic.ts";
import { neg, tanh } from "./functions.ts";

/** What is computed in: the splitting needs the range of float32 at least. */
const working = (d: DType): DType => (d === "float64" ? d : "float32");

/** The higher half of the digits. */
function upperHalf(x: Expr): Expr {
  const t = e.mul(x, x.dtype === "float64" ? 2 ** 27 + 1 : 2 ** 12 + 1);
  return e.sub(t, e.sub(t, x));
}
/** a·b minus the rounded product. */
function lostInProduct(a: Expr, b: Expr, product: Expr): Expr {
  const [ah, bh] = [upperHalf(a), upperHalf(b)];
  const [al, bl] = [e.sub(a, ah), e.sub(b, bh)];
  const cross = e.add(e.sub(e.mul(ah, bh), product), e.mul(ah, bl));
  return e.add(e.add(cross, e.mul(al, bh)), e.mul(al, bl));
}

const expQuotientP: Primitive<NoParams> = elementwise({
  name: "exp_quotient",
  accepts: "float",
  scalar: ([x, a]) => {
    const [u, v] = [e.cast(x, working(x.dtype)), e.cast(a, working(x.dtype))];
    const t = e.div(u, v);
    const back = e.mul(t, v);
    const lost = e.div(e.sub(e.sub(u, back), lostInProduct(t, v, back)), v);
    // Where the splitting overflows, and at infinity, there is nothing to add.
    const power = e.exp(t);
    return e.cast(e.add(power, e.mul(power, e.select(e.lt(e.abs(lost), 1), lost, 0))), x.dtype);
  },
  jvp: [(g, ans, [, a]) => mul(g, div(ans, a)), (g, ans, [x, a]) => neg(mul(g, div(mul(div(x, a), ans), a)))],
});
/** e^(x/a), to the digits that the exact quotient gives. */
export const expQuotient = (x: NDArray, a: NDArray): NDArray => bind1(expQuotientP, [x, a], none);

/** The exponent of approximate `gelu`, u = RATE·(x + CUBE·x³). */
const RATE = 2 * Math.sqrt(2 / Math.PI);
const CUBE = 0.044715;

/** u as a sum of two. */
function exponentParts(x: Expr): readonly [high: Expr, low: Expr] {
  const at = (value: number): readonly [Expr, number] => {
    const near = x.dtype === "float64" ? value : Math.fround(value);
    return [e.constant(near, x.dtype), value - near];
  };
  const [[cube, cubeRest], [rate, rateRest]] = [at(CUBE), at(RATE)];
  const square = e.mul(x, x);
  const q = e.mul(cube, square);
  const lostInQ = e.add(
    lostInProduct(cube, square, q),
    e.add(e.mul(cube, lostInProduct(x, x, square)), e.mul(square, cubeRest)),
  );
  const w = e.add(q, 1);
  const back = e.sub(w, q);
  const lostInW = e.add(lostInQ, e.add(e.sub(1, back), e.sub(q, e.sub(w, back))));
  const m = e.mul(rate, x);
  const lostInM = e.add(lostInProduct(rate, x, m), e.mul(x, rateRest));
  const high = e.mul(m, w);
  return [high, e.add(lostInProduct(m, w, high), e.add(e.mul(m, lostInW), e.mul(lostInM, w)))];
}

const geluSlopeP: Primitive<NoParams> = elementwise({
  name: "gelu_gate_slope",
  accepts: "float",
  scalar: ([x]) => {
    // Beyond ±30 the value is 0 in any dtype.
    const size = e.min(e.abs(e.cast(x, working(x.dtype))), 30);
    const [high, low] = exponentParts(size);
    const power = e.exp(e.neg(high));
    const t = e.sub(power, e.mul(power, low));
    const s = e.add(t, 1);
    return e.cast(e.div(t, e.mul(s, s)), x.dtype);
  },
  jvp: [
    (g, ans, [x]) => {
      const half = mul(mul(RATE / 2, x), add(1, mul(CUBE, mul(x, x))));
      return neg(mul(g, mul(mul(geluRate(x), tanh(half)), ans)));
    },
  ],
});
/** u′, of the exponent u of approximate `gelu`. */
export const geluRate = (x: NDArray): NDArray => mul(RATE, add(1, mul(3 * CUBE, mul(x, x))));
/** σ(u)·σ(−u). */
export const geluGateSlope = (x: NDArray): NDArray => bind1(geluSlopeP, [x], none);
