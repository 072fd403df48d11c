/**
 * @file Modified Bessel functions of the first kind, exponentially scaled: besselI0e, besselI1e.
 *
 * Up to 8 the power series (all terms positive) times e^(−|x|), beyond it √x·e⁻ˣ·I(x) as polynomials in 8/x.
 */
import type { NDArray } from "../../core/array.ts";
import { scalarFunction } from "../../loops/ir/build.ts";
import * as e from "../../loops/ir/expressions.ts";
import * as lax from "../elementwise/index.ts";
import type { Expr } from "../../loops/ir/ir.ts";
import {
  BESSEL_GAP_FAR,
  BESSEL_I0_FAR,
  BESSEL_I0_MID,
  BESSEL_I0_SMALL,
  BESSEL_I1_FAR,
  BESSEL_I1_MID,
  BESSEL_I1_SMALL,
} from "./coefficients.ts";
import { choose, epsilonOf, horner, signOf, special } from "./scalar.ts";
import type { Unary } from "../families/functions.ts";

/** e^(−a)·series(a²/4), and beyond 8 the polynomials, for a ≥ 0. */
function scaled(
  name: string,
  small: readonly number[],
  mid: readonly number[],
  far: readonly number[],
): (x: Expr) => Expr {
  return scalarFunction(name, 1, (b, [a]) => {
    const far8 = (poly: readonly number[], centre: number) => (t: typeof b) =>
      e.div(horner(t.let(e.sub(e.div(8, a), centre)), poly), e.sqrt(a));
    return choose(
      b,
      [e.le(a, 8), (t) => e.mul(e.exp(e.neg(a)), horner(t.let(e.mul(e.mul(a, a), 0.25)), small))],
      [e.le(a, 20), far8(mid, 0.7)],
      far8(far, 0.2),
    );
  });
}

const i0e = scaled("i0e_positive", BESSEL_I0_SMALL, BESSEL_I0_MID, BESSEL_I0_FAR);
const i1e = scaled("i1e_positive", BESSEL_I1_SMALL, BESSEL_I1_MID, BESSEL_I1_FAR);

const i0eScalar = scalarFunction("bessel_i0e", 1, (_, [x]) => i0e(e.abs(x)));
const i1eScalar = scalarFunction("bessel_i1e", 1, (b, [x]) =>
  choose(b, [e.le(e.abs(x), 8), e.mul(e.mul(x, 0.5), i1e(e.abs(x)))], e.mul(signOf(x), i1e(e.abs(x)))),
);

/** e⁻ᵃ·(I₀(a) − I₁(a)) for a ≥ 20, where the difference of the two would cancel. */
const gapScalar = scalarFunction("bessel_gap", 1, (b, [x]) => {
  const a = b.let(e.abs(x));
  const value = horner(b.let(e.sub(e.div(8, a), 0.2)), BESSEL_GAP_FAR);
  return e.div(value, e.mul(a, e.sqrt(a)));
});
/** Where the derivatives are taken from the gap. */
const FAR = 20;
const besselGap: Unary = special("bessel_gap", gapScalar, (g, ans, [x]) => {
  const size = lax.div(besselI1e(x), x);
  return lax.mul(g, lax.mul(lax.sign(x), lax.sub(size, lax.mul(2, ans))));
});
/** x where it is far from 0, else a number that is. */
const farFrom0 = (x: NDArray): [far: NDArray, safe: NDArray] => {
  const far = lax.gt(lax.abs(x), FAR);
  return [far, lax.select(far, x, FAR)];
};

/**
 * The exponentially scaled modified Bessel function of the first kind and order 0: e^(−|x|)·I₀(x), even, 1 at 0 and 0 at ±∞,
 * in the operand's dtype. The derivative is e^(−|x|)·(I₁(x) − sign(x)·I₀(x)), at the kink 0 its mean 0.
 * @throws DTypeError unless the dtype is a real float
 * @see jax.lax.bessel_i0e
 * @example
 * lax.besselI0e(np.array([0, 1, -1])).js(); // [1, 0.46576, 0.46576]
 */
export const besselI0e: Unary = special("bessel_i0e", i0eScalar, (g, ans, [x]) => {
  const [far, safe] = farFrom0(x);
  const near = lax.sub(besselI1e(x), lax.mul(lax.sign(x), ans));
  return lax.mul(g, lax.select(far, lax.neg(lax.mul(lax.sign(safe), besselGap(safe))), near));
});

/**
 * The exponentially scaled modified Bessel function of the first kind and order 1: e^(−|x|)·I₁(x), odd, 0 at 0 and at ±∞, in
 * the operand's dtype. The derivative at 0 is ½.
 * @throws DTypeError unless the dtype is a real float
 * @see jax.lax.bessel_i1e
 * @example
 * lax.besselI1e(np.array([0, 1, -1])).js(); // [0, 0.20791, -0.20791]
 */
export const besselI1e: Unary = special(
  "bessel_i1e",
  i1eScalar,
  // I₁' = I₀ − I₁/x, whose limit at 0 is ½.
  (g, ans, [x]) => {
    const eps = epsilonOf(x.dtype);
    const away = lax.gt(lax.abs(x), eps);
    const safe = lax.select(away, x, eps);
    const slope = lax.sub(besselI0e(safe), lax.mul(ans, lax.add(lax.sign(safe), lax.reciprocal(safe))));
    const [far, distant] = farFrom0(x);
    const farSlope = lax.sub(besselGap(distant), lax.div(ans, distant));
    return lax.mul(g, lax.select(far, farSlope, lax.select(away, slope, 0.5)));
  },
);
