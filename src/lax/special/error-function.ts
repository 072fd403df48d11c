/**
 * @file The error function and its kin: erf, erfc, erfcx (scaled), erfInv, ndtri (the normal quantile).
 *
 * For |x| < 0.84 a polynomial in x²; beyond, erfc(x) = exp(−x²)·erfcx(x) with −x² in two parts, so that the relative
 * error stays small down to the underflow. The inverses are a first guess of 8 digits and one Newton step on log erfc,
 * which roughly doubles the digits.
 */
import type { ArrayLike, NDArray } from "../../core/array.ts";
import { bind1 } from "../../core/trace.ts";
import {
  type Block,
  add,
  cast,
  div,
  eq,
  gt,
  le,
  lt,
  mul,
  neg,
  scalarFunction,
  select,
  sub,
} from "../../loops/ir/build.ts";
import type { Expr } from "../../loops/ir/ir.ts";
import { mul as times, sub as minus } from "../elementwise/arithmetic.ts";
import { asArray } from "../operands/convert.ts";
import { exp as expOf, neg as negate, square } from "../elementwise/functions.ts";
import { elementwise, none } from "../families/elementwise.ts";
import {
  ERFCINV_HIGH,
  ERFCINV_LOW,
  ERFCINV_MID,
  ERFCX_FAR,
  ERFCX_HIGH,
  ERFCX_LOW,
  ERFCX_MID,
  ERFINV_CENTRE,
  ERF_CENTRE,
} from "./coefficients.ts";
import {
  abs,
  choose,
  exp,
  expMinusSquare,
  f64,
  horner,
  log,
  log1p,
  signOf,
  special,
  sqrt,
} from "./scalar.ts";

const SQRT_PI = Math.sqrt(Math.PI);
const TWO_OVER_SQRT_PI = 2 / SQRT_PI;
/** Below it erf is a polynomial, above it 1 − erfc. */
const CENTRE = 0.84;

/** erfc(x)·exp(x²) for x ≥ 0.84. */
const erfcxTail = scalarFunction("erfcx_tail", 1, (b, [x]) =>
  choose(
    b,
    [
      [lt(x, 1.5), (t) => horner(t.let(sub(x, 1.125)), ERFCX_LOW)],
      [lt(x, 2.5), (t) => horner(t.let(sub(x, 2)), ERFCX_MID)],
      [lt(x, 4), (t) => horner(t.let(sub(x, 3.25)), ERFCX_HIGH)],
    ],
    (t) => {
      const r = t.let(div(f64(1), x));
      return div(mul(horner(t.let(mul(r, r)), ERFCX_FAR), r), SQRT_PI);
    },
  ),
);

/** erf(x) − x for |x| < 0.84. */
const erfCentre = (b: Block, x: Expr): Expr => mul(x, horner(b.let(mul(x, x)), ERF_CENTRE));

/** erfc(x) for x ≥ 0.84. */
const erfcTail = scalarFunction("erfc_tail", 1, (b, [x]) =>
  choose(b, [[gt(x, 28), () => f64(0)]], (t) => mul(expMinusSquare(t, x), erfcxTail(x))),
);

const erfScalar = scalarFunction("erf", 1, (b, [x]) => {
  const a = b.let(abs(x));
  return choose(
    b,
    [
      [lt(a, CENTRE), (t) => add(x, erfCentre(t, x))],
      [gt(a, 6), () => signOf(x)],
    ],
    () => mul(signOf(x), sub(f64(1), erfcTail(a))),
  );
});

export const erfcScalar = scalarFunction("erfc", 1, (b, [x]) => {
  const a = b.let(abs(x));
  return choose(
    b,
    [
      [le(a, 0.25), (t) => sub(f64(1), add(x, erfCentre(t, x)))],
      // erfc(x) = ½ − ((x − ½) + (erf(x) − x)): x − ½ is exact.
      [
        lt(a, CENTRE),
        (t) =>
          select(
            lt(x, 0),
            sub(f64(1), add(x, erfCentre(t, x))),
            sub(f64(0.5), add(sub(x, 0.5), erfCentre(t, x))),
          ),
      ],
      [gt(x, 0), () => erfcTail(a)],
    ],
    () => sub(f64(2), erfcTail(a)),
  );
});

export const erfcxScalar = scalarFunction("erfcx", 1, (b, [x]) => {
  const a = b.let(abs(x));
  return choose(
    b,
    [
      [lt(a, CENTRE), () => mul(exp(mul(x, x)), erfcScalar(x))],
      [gt(x, 0), () => erfcxTail(x)],
      [lt(x, -27), () => f64(Infinity)],
    ],
    (t) => sub(div(f64(2), t.let(expMinusSquare(t, a))), erfcxTail(a)),
  );
});

/** erfcInv to 8 digits, for 0 < q ≤ ½. */
const erfcInvGuess = scalarFunction("erfc_inv_guess", 1, (b, [q]) => {
  const w = b.let(sqrt(neg(log(q))));
  return choose(
    b,
    [
      [lt(w, 2.5), (t) => horner(t.let(sub(w, (0.83 + 2.5) / 2)), ERFCINV_LOW)],
      [lt(w, 7), (t) => horner(t.let(sub(w, 4.75)), ERFCINV_MID)],
    ],
    (t) => horner(t.let(sub(w, 17.5)), ERFCINV_HIGH),
  );
});

/** The y > 0 with erfc(y) = q, for 0 < q ≤ ½. */
const erfcInv = scalarFunction("erfc_inv", 1, (b, [q]) => {
  const guess = b.let(erfcInvGuess(q));
  const scaled = b.let(erfcxScalar(guess));
  // log(erfc(guess) / q); where q is nearly subnormal, from the logarithms.
  const excess = choose(b, [[gt(q, 1e-280), () => log1p(div(sub(erfcScalar(guess), q), q))]], () =>
    sub(sub(log(scaled), mul(guess, guess)), log(q)),
  );
  return add(guess, mul(excess, mul(scaled, SQRT_PI / 2)));
});

/** erfInv from the inverse of erfc on (0, ½). */
const erfInvBy = (name: string, tail: (q: Expr) => Expr): ((...args: readonly Expr[]) => Expr) =>
  scalarFunction(name, 1, (b, [x]) => {
    const a = b.let(abs(x));
    return choose(
      b,
      [
        // The sum of the zeros of both signs would lose the sign.
        [eq(a, 0), () => x],
        [le(a, 0.5), (t) => add(x, mul(x, horner(t.let(mul(x, x)), ERFINV_CENTRE)))],
        [lt(a, 1), () => mul(signOf(x), tail(sub(f64(1), a)))],
        [le(a, 1), () => mul(signOf(x), f64(Infinity))],
      ],
      () => f64(NaN),
    );
  });

const erfInvScalar = erfInvBy("erf_inv", erfcInv);
const erfInvSingle = erfInvBy("erf_inv_single", erfcInvGuess);

/** erfInv of an expression of any float dtype: below float64 the first guess is precise enough. */
export const erfInvExpr = (x: Expr): Expr =>
  x.dtype === "float64" ? erfInvScalar(x) : cast(erfInvSingle(cast(x, "float64")), x.dtype);

const ndtriScalar = scalarFunction("ndtri", 1, (b, [p]) =>
  choose(
    b,
    [
      [lt(p, 0), () => f64(NaN)],
      [le(p, 0), () => f64(-Infinity)],
      [lt(p, 0.25), () => mul(erfcInv(mul(p, 2)), -Math.SQRT2)],
      [le(p, 0.75), () => mul(erfInvScalar(sub(mul(p, 2), 1)), Math.SQRT2)],
      [lt(p, 1), () => mul(erfcInv(mul(sub(f64(1), p), 2)), Math.SQRT2)],
      [le(p, 1), () => f64(Infinity)],
    ],
    () => f64(NaN),
  ),
);

const gaussian = (x: NDArray): NDArray => expOf(negate(square(x)));

export const erfP = special("erf", erfScalar, [
  (g, _, [x]) => times(TWO_OVER_SQRT_PI, times(g, gaussian(x))),
]);
/** Error function 2/√π·∫₀ˣ e^(−t²) dt. */
export const erf = (x: ArrayLike): NDArray => bind1(erfP, [asArray(x, "erf")], none);

export const erfcP = special("erfc", erfcScalar, [
  (g, _, [x]) => times(-TWO_OVER_SQRT_PI, times(g, gaussian(x))),
]);
/** Complementary error function 1 − erf(x), to full relative precision. */
export const erfc = (x: ArrayLike): NDArray => bind1(erfcP, [asArray(x, "erfc")], none);

export const erfcxP = special("erfcx", erfcxScalar, [
  (g, ans, [x]) => times(g, minus(times(2, times(x, ans)), TWO_OVER_SQRT_PI)),
]);
/** Scaled complementary error function e^(x²)·erfc(x). */
export const erfcx = (x: ArrayLike): NDArray => bind1(erfcxP, [asArray(x, "erfcx")], none);

export const erfInvP = elementwise({
  name: "erf_inv",
  accepts: "float",
  scalar: ([x]) => erfInvExpr(x),
  jvp: [(g, ans) => times(SQRT_PI / 2, times(g, expOf(square(ans))))],
});
/** Inverse error function; ±∞ at ±1 and NaN beyond. */
export const erfInv = (x: ArrayLike): NDArray => bind1(erfInvP, [asArray(x, "erfInv")], none);

export const ndtriP = special("ndtri", ndtriScalar, [
  (g, ans) => times(Math.sqrt(2 * Math.PI), times(g, expOf(times(0.5, square(ans))))),
]);
/** Quantile of the standard normal distribution; ∓∞ at 0 and 1, NaN outside. */
export const ndtri = (p: ArrayLike): NDArray => bind1(ndtriP, [asArray(p, "ndtri")], none);
