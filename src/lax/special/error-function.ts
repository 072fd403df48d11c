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
  ERFINV_SINGLE_CENTRE,
  ERFINV_SINGLE_TAIL,
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

const FAR = ERFCX_FAR.map((c) => c / SQRT_PI);
/** erfc(x)·exp(x²) for x ≥ 0.84. */
const erfcxTail = scalarFunction("erfcx_tail", 1, (b, [x]) =>
  choose(
    b,
    [e.lt(x, 1.5), (t) => horner(t.let(e.sub(x, 1.125)), ERFCX_LOW)],
    [e.lt(x, 2.5), (t) => horner(t.let(e.sub(x, 2)), ERFCX_MID)],
    [e.lt(x, 4), (t) => horner(t.let(e.sub(x, 3.25)), ERFCX_HIGH)],
    (t) => {
      const r = t.let(e.div(1, x));
      return e.div(horner(t.let(e.mul(r, r)), FAR), x);
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

const erfInvScalar = scalarFunction("erf_inv", 1, (b, [x]) => {
  const a = b.let(e.abs(x));
  return choose(
    b,
    // The sum of the zeros of both signs would lose the sign.
    [e.eq(a, 0), x],
    [e.le(a, 0.5), (t) => e.add(x, e.mul(x, horner(t.let(e.mul(x, x)), ERFINV_CENTRE)))],
    [e.lt(a, 1), e.mul(signOf(x), erfcInv(e.sub(1, a)))],
    [e.le(a, 1), e.mul(signOf(x), e.f64(Infinity))],
    NaN,
  );
});

/**
 * erfInv in float32, within 2.5 ulp, without branches, so that it is computed in vectors. The shape is that of M. Giles,
 * Approximating the erfinv function (2010).
 */
function erfInvSingle(x: Expr): Expr {
  const a = e.abs(x);
  const w = e.neg(e.log(e.mul(e.sub(1, a), e.add(1, a))));
  const centre = horner(e.sub(w, 2.5), ERFINV_SINGLE_CENTRE);
  const tail = horner(e.sub(e.sqrt(w), 3.125), ERFINV_SINGLE_TAIL);
  const y = e.add(x, e.mul(x, e.select(e.lt(w, 5), centre, tail)));
  // The sum of the zeros of both signs would lose the sign; at ±1 the polynomial is infinite as well.
  return e.select(e.eq(x, 0), x, y);
}

/** erfInv of an expression of any float dtype. */
export const erfInvExpr = (x: Expr): Expr =>
  x.dtype === "float64" ? erfInvScalar(x) : e.cast(erfInvSingle(e.cast(x, "float32")), x.dtype);

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

/** From where on the scaled integrals come from their continued fraction; it is taken to 160/x² terms and a few. */
const FRACTION_FROM = 0.5;
const deepest = (n: number): number => n + 12 + 160 / FRACTION_FROM ** 2;
/**
 * Iterated integrals of erfc, scaled: vₙ(x) = e^(x²)·iⁿerfc(x), all positive. They satisfy vₙ₋₂ = 2x·vₙ₋₁ + 2n·vₙ with
 * v₋₁ = 2/√π, and vₙ' = −2(n + 1)·vₙ₊₁: derivatives of erfcx without the cancellation of 2x·erfcx(x) − 2/√π. Upwards the
 * recurrence is stable for x ≤ ½, where the sum cancels little or not at all; beyond, the ratios vₙ/vₙ₋₁ come from the
 * continued fraction downwards. Source: Gautschi, Recursive computation of the repeated integrals of the error function,
 * Math. Comp. 15 (1961).
 */
const scaledIerfcScalar = (n: number): Scalar =>
  scalarFunction(`scaled_ierfc${n}`, 1, (b, [x]) => {
    const first = b.let(erfcxScalar(x));
    return choose(
      b,
      [
        e.le(x, FRACTION_FROM),
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
        // The ratios fall slowly: the first is the fixed point, not 0.
        const depth = t.let(e.add(e.floor(e.div(160, e.mul(x, x))), n + 12));
        const last = e.sqrt(e.add(e.mul(x, x), e.mul(e.add(depth, 1), 2)));
        const ratio = t.variable(e.div(1, e.add(x, last)), "ratio");
        const product = t.variable(first, "product");
        iterate(t, deepest(n), (loop, i, stop) => {
          // rₖ = 1 / (2x + 2(k + 1)·rₖ₊₁), k = depth + 1 − i.
          const k = loop.let(e.sub(e.add(depth, 1), i));
          loop.set(ratio, e.div(1, e.add(twice, e.mul(e.mul(e.add(k, 1), 2), ratio))));
          loop.if(e.le(k, n), (then) => then.set(product, e.mul(product, ratio)));
          stop(loop, e.le(k, 1));
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

/**
 * e^(y²) and y·e^(2y²) of the y ≥ 0 with erf(y) = x, erfc(y) = q: to x = ½ by the exponential, beyond as erfcx(y)/q, where
 * the rounding of y, which the exponential would multiply, does not enter. In y·erfcx(y) it hardly enters at all.
 */
function quantileTerms(b: Block, x: Expr, q: Expr, order: 1 | 2): Expr {
  const inner = choose(
    b,
    [
      e.le(x, 0.5),
      (t) => {
        const y = t.let(erfInvScalar(x));
        const square = e.mul(y, y);
        return order === 1 ? e.exp(square) : e.mul(y, e.exp(e.mul(square, 2)));
      },
    ],
    (t) => {
      const y = t.let(erfcInv(q));
      const scaled = t.let(erfcxScalar(y));
      if (order === 1) return e.div(scaled, q);
      return e.div(e.div(e.mul(e.mul(y, scaled), scaled), q), q);
    },
  );
  return e.select(e.eq(q, 0), Infinity, inner);
}

const erfInvTerms = (order: 1 | 2): Scalar =>
  scalarFunction(`erf_inv_derivative${order}`, 1, (b, [x]) => {
    const a = b.let(e.abs(x));
    const size = e.mul(
      quantileTerms(b, a, b.let(e.sub(1, a)), order),
      order === 1 ? SQRT_PI / 2 : Math.PI / 2,
    );
    return order === 1 ? size : e.mul(signOf(x), size);
  });
/** The derivative of `erfInv`. */
export const erfInvSlope: Unary = special("erf_inv_slope", erfInvTerms(1), (g, _, [x]) =>
  lax.mul(g, erfInvCurvature(x)),
);
/** With y = erfInv x and d = y′: y″ = 2y·d², and so y‴ = d·(2d² + 4y·y″). */
const erfInvCurvature: Unary = special("erf_inv_curvature", erfInvTerms(2), (g, ans, [x]) => {
  const d = erfInvSlope(x);
  return lax.mul(g, lax.mul(d, lax.add(lax.mul(2, lax.square(d)), lax.mul(lax.mul(4, erfInv(x)), ans))));
});

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

const ndtriTerms = (order: 1 | 2): Scalar =>
  scalarFunction(`ndtri_derivative${order}`, 1, (b, [p]) => {
    const above = e.gt(p, 0.5);
    const q = b.let(e.mul(e.select(above, e.sub(1, p), p), 2));
    const factor = order === 1 ? Math.sqrt(2 * Math.PI) : 2 * Math.SQRT2 * Math.PI;
    const size = e.mul(quantileTerms(b, b.let(e.sub(1, q)), q, order), factor);
    return order === 1 ? size : e.select(above, size, e.neg(size));
  });
/** The derivative of `ndtri`. */
export const ndtriSlope: Unary = special("ndtri_slope", ndtriTerms(1), (g, _, [p]) =>
  lax.mul(g, ndtriCurvature(p)),
);
/** With z = ndtri p and d = z′: z″ = z·d², and so z‴ = d·(d² + 2z·z″). */
const ndtriCurvature: Unary = special("ndtri_curvature", ndtriTerms(2), (g, ans, [p]) => {
  const d = ndtriSlope(p);
  return lax.mul(g, lax.mul(d, lax.add(lax.square(d), lax.mul(lax.mul(2, ndtri(p)), ans))));
});

/** Quantile of the standard normal distribution; ∓∞ at 0 and 1, NaN outside. */
export const ndtri: Unary = special("ndtri", ndtriScalar, (g, _, [p]) => lax.mul(g, ndtriSlope(p)));
