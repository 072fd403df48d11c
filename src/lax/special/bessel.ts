/**
 * @file Modified Bessel functions of the first kind, exponentially scaled: besselI0e, besselI1e.
 *
 * Up to 8 the power series (all terms positive) times e^(−|x|), beyond it √x·e⁻ˣ·I(x) as polynomials in 8/x.
 */
import type { ArrayLike, NDArray } from "../../core/array.ts";
import { bind1 } from "../../core/trace.ts";
import { div, le, mul, neg, scalarFunction, sub } from "../../loops/ir/build.ts";
import type { Expr } from "../../loops/ir/ir.ts";
import { add as plus, div as over, mul as times, sub as minus } from "../elementwise/arithmetic.ts";
import { gt } from "../elementwise/compare.ts";
import { asArray } from "../operands/convert.ts";
import { abs as magnitude, neg as negate, reciprocal, sign } from "../elementwise/functions.ts";
import { none } from "../families/elementwise.ts";
import { select } from "../elementwise/select.ts";
import {
  BESSEL_GAP_FAR,
  BESSEL_I0_FAR,
  BESSEL_I0_MID,
  BESSEL_I0_SMALL,
  BESSEL_I1_FAR,
  BESSEL_I1_MID,
  BESSEL_I1_SMALL,
} from "./coefficients.ts";
import { abs, choose, epsilonOf, exp, f64, horner, signOf, special, sqrt } from "./scalar.ts";

/** e^(−a)·series(a²/4), and beyond 8 the polynomials, for a ≥ 0. */
function scaled(
  name: string,
  small: readonly number[],
  mid: readonly number[],
  far: readonly number[],
): (x: Expr) => Expr {
  return scalarFunction(name, 1, (b, [a]) => {
    const far8 = (poly: readonly number[], centre: number) => (t: typeof b) =>
      div(horner(t.let(sub(div(f64(8), a), centre)), poly), sqrt(a));
    return choose(
      b,
      [
        [le(a, 8), (t) => mul(exp(neg(a)), horner(t.let(mul(mul(a, a), 0.25)), small))],
        [le(a, 20), far8(mid, 0.7)],
      ],
      far8(far, 0.2),
    );
  });
}

const i0e = scaled("i0e_positive", BESSEL_I0_SMALL, BESSEL_I0_MID, BESSEL_I0_FAR);
const i1e = scaled("i1e_positive", BESSEL_I1_SMALL, BESSEL_I1_MID, BESSEL_I1_FAR);

const i0eScalar = scalarFunction("bessel_i0e", 1, (_, [x]) => i0e(abs(x)));
const i1eScalar = scalarFunction("bessel_i1e", 1, (b, [x]) =>
  choose(b, [[le(abs(x), 8), () => mul(mul(x, 0.5), i1e(abs(x)))]], () => mul(signOf(x), i1e(abs(x)))),
);

/** e⁻ᵃ·(I₀(a) − I₁(a)) for a ≥ 20, where the difference of the two would cancel. */
const gapScalar = scalarFunction("bessel_gap", 1, (b, [x]) => {
  const a = b.let(abs(x));
  const value = horner(b.let(sub(div(f64(8), a), 0.2)), BESSEL_GAP_FAR);
  return div(value, mul(a, sqrt(a)));
});
/** Where the derivatives are taken from the gap. */
const FAR = 20;
const besselGapP = special("bessel_gap", gapScalar, [
  (g, ans, [x]) => {
    const size = over(besselI1e(x), x);
    return times(g, times(sign(x), minus(size, times(2, ans))));
  },
]);
const besselGap = (x: NDArray): NDArray => bind1(besselGapP, [x], none);
/** x where it is far from 0, else a number that is. */
const farFrom0 = (x: NDArray): [far: NDArray, safe: NDArray] => {
  const far = gt(magnitude(x), FAR);
  return [far, select(far, x, FAR)];
};

export const besselI0eP = special("bessel_i0e", i0eScalar, [
  (g, ans, [x]) => {
    const [far, safe] = farFrom0(x);
    const near = minus(besselI1e(x), times(sign(x), ans));
    return times(g, select(far, negate(times(sign(safe), besselGap(safe))), near));
  },
]);
/** e^(−|x|)·I₀(x). */
export const besselI0e = (x: ArrayLike): NDArray => bind1(besselI0eP, [asArray(x, "besselI0e")], none);

export const besselI1eP = special("bessel_i1e", i1eScalar, [
  // I₁' = I₀ − I₁/x, whose limit at 0 is ½.
  (g, ans, [x]) => {
    const eps = epsilonOf(x.dtype);
    const away = gt(magnitude(x), eps);
    const safe = select(away, x, eps);
    const slope = minus(besselI0e(safe), times(ans, plus(sign(safe), reciprocal(safe))));
    const [far, distant] = farFrom0(x);
    const farSlope = minus(besselGap(distant), over(ans, distant));
    return times(g, select(far, farSlope, select(away, slope, 0.5)));
  },
]);
/** e^(−|x|)·I₁(x). */
export const besselI1e = (x: ArrayLike): NDArray => bind1(besselI1eP, [asArray(x, "besselI1e")], none);
