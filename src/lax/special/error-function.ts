/**
 * @file The error function and its kin: erf, erfc, erfcx (scaled), erfInv, ndtri (the normal quantile).
 *
 * For |x| < 0.84 a polynomial in x²; beyond, erfc(x) = exp(−x²)·erfcx(x) with −x² in two parts, so that the relative
 * error stays small down to the underflow. The inverses are a first guess of 8 digits and one Newton step on log erfc,
 * which roughly doubles the digits.
 */
import { type Block, scalarFunction } from "../../loops/ir/build.ts";
import * as e from "../../loops/ir/expressions.ts";
import * as lax from "../elementwise/index.ts";
import type { Expr } from "../../loops/ir/ir.ts";
import { elementwise } from "../families/elementwise.ts";
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
  type Scalar,
  choose,
  expMinusSquare,
  gaussian,
  horner,
  iterate,
  sequence,
  signOf,
  special,
} from "./scalar.ts";
import { type Unary, unaryFunction } from "../families/functions.ts";

const SQRT_PI = Math.sqrt(Math.PI);
const TWO_OVER_SQRT_PI = 2 / SQRT_PI;
/** Below it erf is a polynomial, above it 1 − erfc. */
const CENTRE = 0.84;

/** erfc(x)·exp(x²) for x ≥ 0.84. */
const erfcxTail = scalarFunction("erfcx_tail", 1, (b, [x]) =>
  choose(
    b,
    [e.lt(x, 1.5), (t) => horner(t.let(e.sub(x, 1.125)), ERFCX_LOW)],
    [e.lt(x, 2.5), (t) => horner(t.let(e.sub(x, 2)), ERFCX_MID)],
    [e.lt(x, 4), (t) => horner(t.let(e.sub(x, 3.25)), ERFCX_HIGH)],
    (t) => {
      const r = t.let(e.div(1, x));
      return e.div(e.mul(horner(t.let(e.mul(r, r)), ERFCX_FAR), r), SQRT_PI);
    },
  ),
);

/** erf(x) − x for |x| < 0.84. */
const erfCentre = (b: Block, x: Expr): Expr => e.mul(x, horner(b.let(e.mul(x, x)), ERF_CENTRE));

/** erfc(x) for x ≥ 0.84. */
const erfcTail = scalarFunction("erfc_tail", 1, (b, [x]) =>
  choose(b, [e.gt(x, 28), 0], (t) => e.mul(expMinusSquare(t, x), erfcxTail(x))),
);

const erfScalar = scalarFunction("erf", 1, (b, [x]) => {
  const a = b.let(e.abs(x));
  return choose(
    b,
    [e.lt(a, CENTRE), (t) => e.add(x, erfCentre(t, x))],
    [e.gt(a, 6), signOf(x)],
    e.mul(signOf(x), e.sub(1, erfcTail(a))),
  );
});

export const erfcScalar = scalarFunction("erfc", 1, (b, [x]) => {
  const a = b.let(e.abs(x));
  return choose(
    b,
    [e.le(a, 0.25), (t) => e.sub(1, e.add(x, erfCentre(t, x)))],
    // erfc(x) = ½ − ((x − ½) + (erf(x) − x)): x − ½ is exact.
    [
      e.lt(a, CENTRE),
      (t) =>
        e.select(
          e.lt(x, 0),
          e.sub(1, e.add(x, erfCentre(t, x))),
          e.sub(0.5, e.add(e.sub(x, 0.5), erfCentre(t, x))),
        ),
    ],
    [e.gt(x, 0), erfcTail(a)],
    e.sub(2, erfcTail(a)),
  );
});

export const erfcxScalar = scalarFunction("erfcx", 1, (b, [x]) => {
  const a = b.let(e.abs(x));
  return choose(
    b,
    [e.lt(a, CENTRE), e.mul(e.exp(e.mul(x, x)), erfcScalar(x))],
    [e.gt(x, 0), erfcxTail(x)],
    [e.lt(x, -27), Infinity],
    (t) => e.sub(e.div(2, t.let(expMinusSquare(t, a))), erfcxTail(a)),
  );
});

/** erfcInv to 8 digits, for 0 < q ≤ ½. */
const erfcInvGuess = scalarFunction("erfc_inv_guess", 1, (b, [q]) => {
  const w = b.let(e.sqrt(e.neg(e.log(q))));
  return choose(
    b,
    [e.lt(w, 2.5), (t) => horner(t.let(e.sub(w, (0.83 + 2.5) / 2)), ERFCINV_LOW)],
    [e.lt(w, 7), (t) => horner(t.let(e.sub(w, 4.75)), ERFCINV_MID)],
    (t) => horner(t.let(e.sub(w, 17.5)), ERFCINV_HIGH),
  );
});

/** The y > 0 with erfc(y) = q, for 0 < q ≤ ½. */
const erfcInv = scalarFunction("erfc_inv", 1, (b, [q]) => {
  const guess = b.let(erfcInvGuess(q));
  const scaled = b.let(erfcxScalar(guess));
  // log(erfc(guess) / q); where q is nearly subnormal, from the logarithms.
  const excess = choose(
    b,
    [e.gt(q, 1e-280), e.log1p(e.div(e.sub(erfcScalar(guess), q), q))],
    e.sub(e.sub(e.log(scaled), e.mul(guess, guess)), e.log(q)),
  );
  return e.add(guess, e.mul(excess, e.mul(scaled, SQRT_PI / 2)));
});

/** erfInv from the inverse of erfc on (0, ½). */
const erfInvBy = (name: string, tail: (q: Expr) => Expr): ((...args: readonly Expr[]) => Expr) =>
  scalarFunction(name, 1, (b, [x]) => {
    const a = b.let(e.abs(x));
    return choose(
      b,
      // The sum of the zeros of both signs would lose the sign.
      [e.eq(a, 0), x],
      [e.le(a, 0.5), (t) => e.add(x, e.mul(x, horner(t.let(e.mul(x, x)), ERFINV_CENTRE)))],
      [e.lt(a, 1), e.mul(signOf(x), tail(e.sub(1, a)))],
      [e.le(a, 1), e.mul(signOf(x), e.f64(Infinity))],
      NaN,
    );
  });

const erfInvScalar = erfInvBy("erf_inv", erfcInv);
const erfInvSingle = erfInvBy("erf_inv_single", erfcInvGuess);

/** erfInv of an expression of any float dtype: below float64 the first guess is precise enough. */
export const erfInvExpr = (x: Expr): Expr =>
  x.dtype === "float64" ? erfInvScalar(x) : e.cast(erfInvSingle(e.cast(x, "float64")), x.dtype);

const ndtriScalar = scalarFunction("ndtri", 1, (b, [p]) =>
  choose(
    b,
    [e.lt(p, 0), NaN],
    [e.le(p, 0), -Infinity],
    [e.lt(p, 0.25), e.mul(erfcInv(e.mul(p, 2)), -Math.SQRT2)],
    [e.le(p, 0.75), e.mul(erfInvScalar(e.sub(e.mul(p, 2), 1)), Math.SQRT2)],
    [e.lt(p, 1), e.mul(erfcInv(e.mul(e.sub(1, p), 2)), Math.SQRT2)],
    [e.le(p, 1), Infinity],
    NaN,
  ),
);

/** How far the continued fraction of the scaled integrals is taken, for x > 1.2. */
const DEPTH = 80;
/**
 * Iterated integrals of erfc, scaled: vₙ(x) = e^(x²)·iⁿerfc(x), all positive. They satisfy vₙ₋₂ = 2x·vₙ₋₁ + 2n·vₙ with
 * v₋₁ = 2/√π, and vₙ' = −2(n + 1)·vₙ₊₁: derivatives of erfcx without the cancellation of 2x·erfcx(x) − 2/√π. Upwards the
 * recurrence is stable for x ≤ 1.2, where the sum cancels little or not at all; beyond, the ratios vₙ/vₙ₋₁ come from the
 * continued fraction downwards. Source: Gautschi, Recursive computation of the repeated integrals of the error function,
 * Math. Comp. 15 (1961).
 */
const scaledIerfcScalar = (n: number): Scalar =>
  scalarFunction(`scaled_ierfc${n}`, 1, (b, [x]) => {
    const first = b.let(erfcxScalar(x));
    return choose(
      b,
      [
        e.le(x, 1.2),
        (t) => {
          let [before, last]: [Expr, Expr] = [e.f64(TWO_OVER_SQRT_PI), first];
          for (let k = 1; k <= n; k++) {
            const next = t.let(e.div(e.sub(before, e.mul(e.mul(x, 2), last)), 2 * k));
            [before, last] = [last, next];
          }
          return last;
        },
      ],
      (t) => {
        const twice = t.let(e.mul(x, 2));
        const ratio = t.variable(e.f64(0), "ratio");
        const product = t.variable(first, "product");
        iterate(t, n + DEPTH, (loop, i) => {
          // rₖ = 1 / (2x + 2(k + 1)·rₖ₊₁), k = n + DEPTH + 1 − i.
          const k = loop.let(e.sub(n + DEPTH + 1, i));
          loop.set(ratio, e.div(1, e.add(twice, e.mul(e.mul(e.add(k, 1), 2), ratio))));
          loop.if(e.le(k, n), (then) => then.set(product, e.mul(product, ratio)));
        });
        return product;
      },
    );
  });
const scaledIerfc = sequence("scaled_ierfc", scaledIerfcScalar, [
  (g, _, [x], { n }) => lax.mul(g, lax.mul(-2 * (n + 1), scaledIerfc(n + 1, x))),
]);

/**
 * The error function 2/√π·∫₀ˣ e^(−t²) dt, element by element in the operand's dtype. Derivative 2/√π·e^(−x²).
 * @throws DTypeError unless the dtype is a real float
 * @see jax.lax.erf
 * @example
 * lax.erf(np.array([0, 1, -1])).js(); // [0, 0.84270, -0.84270]
 */
export const erf: Unary = special("erf", erfScalar, (g, _, [x]) =>
  lax.mul(g, lax.mul(TWO_OVER_SQRT_PI, gaussian(x, 1))),
);

/**
 * The complementary error function 1 − erf(x), to full relative precision where it is small, in the operand's dtype.
 * Derivative −2/√π·e^(−x²).
 * @throws DTypeError unless the dtype is a real float
 * @see jax.lax.erfc
 * @example
 * lax.erfc(0).item(); // 1
 * lax.erfc(10).item(); // 2.0885e-45 — 1 − erf(10) is 0 in floating point
 */
export const erfc: Unary = special("erfc", erfcScalar, (g, _, [x]) =>
  lax.mul(g, lax.mul(-TWO_OVER_SQRT_PI, gaussian(x, 1))),
);

/** Scaled complementary error function e^(x²)·erfc(x). */
export const erfcx: Unary = special("erfcx", erfcxScalar, (g, _, [x]) =>
  lax.mul(g, lax.mul(-2, scaledIerfc(1, x))),
);

// With y = erfInv x, e^(y²) = erfcx(|y|)/(1 − |x|): the rounding of y, which e^(y²) would multiply, does not enter.
const erfInvSlopeScalar = scalarFunction("erf_inv_slope", 1, (b, [x]) => {
  const a = b.let(e.abs(x));
  const slope = e.mul(e.div(erfcxScalar(b.let(erfInvScalar(a))), e.sub(1, a)), SQRT_PI / 2);
  return e.select(e.eq(a, 1), Infinity, slope);
});
/** The derivative of `erfInv`. */
export const erfInvSlope: Unary = special("erf_inv_slope", erfInvSlopeScalar, (g, ans, [x]) =>
  lax.mul(g, lax.mul(lax.mul(lax.mul(2, erfInv(x)), ans), ans)),
);

/**
 * The inverse error function: the y with erf(y) = x; ±∞ at ±1 and NaN beyond, in the operand's dtype. Derivative √π/2·e^(y²).
 * @throws DTypeError unless the dtype is a real float
 * @see jax.lax.erf_inv
 * @example
 * lax.erfInv(np.array([0, 0.5, 1])).js(); // [0, 0.47694, Infinity]
 */
export const erfInv: Unary = unaryFunction(
  elementwise({
    name: "erf_inv",
    accepts: "float",
    scalar: ([x]) => erfInvExpr(x),
    jvp: [(g, _, [x]) => lax.mul(g, erfInvSlope(x))],
  }),
);

// As above: with y the quantile of p, e^(y²/2) = ½ erfcx(|y|/√2)/min(p, 1 − p).
const ndtriSlopeScalar = scalarFunction("ndtri_slope", 1, (b, [p]) => {
  const tail = b.let(e.select(e.gt(p, 0.5), e.sub(1, p), p));
  const y = b.let(e.mul(ndtriScalar(tail), -Math.SQRT1_2));
  return e.select(e.eq(tail, 0), Infinity, e.mul(e.div(erfcxScalar(y), tail), Math.sqrt(Math.PI / 2)));
});
/** The derivative of `ndtri`. */
export const ndtriSlope: Unary = special("ndtri_slope", ndtriSlopeScalar, (g, ans, [p]) =>
  lax.mul(g, lax.mul(lax.mul(ndtri(p), ans), ans)),
);

/** Quantile of the standard normal distribution; ∓∞ at 0 and 1, NaN outside. */
export const ndtri: Unary = special("ndtri", ndtriScalar, (g, _, [p]) => lax.mul(g, ndtriSlope(p)));
