/**
 * @file The regularized incomplete gamma functions P (igamma) and Q (igammac), dP/da, and the derivative of gamma samples.
 *
 * Which method: for a ≥ 1000 and x near a Temme's uniform expansion; for small x the series of P or of Q; else the series
 * of P below a and Legendre's continued fraction of Q above it. The factor xᵃe⁻ˣ/Γ(a + 1) is computed without the
 * cancellation of its textbook form, so that precision does not fade with a.
 */
import type { ArrayLike, NDArray } from "../../core/array.ts";
import { type Block, scalarFunction } from "../../loops/ir/build.ts";
import * as e from "../../loops/ir/expressions.ts";
import * as lax from "../elementwise/index.ts";
import type { Expr, Local } from "../../loops/ir/ir.ts";
import { TEMME } from "./coefficients.ts";
import { erfcScalar, erfcxScalar } from "./error-function.ts";
import { log1pmx } from "./log1pmx.ts";
import { gammaDensity, logGammaDensity, logGammaDensityScalar } from "./log-densities.ts";
import { digammaScalar, lgamma1p, stirlingTail } from "./gamma.ts";
import { type Scalar, choose, horner, iterate, logOf, noDerivative, special } from "./scalar.ts";

const EPS = 2 ** -53;
const BIG = 2 ** 52;
/** From here on Temme's expansion serves the neighbourhood of a. */
const LARGE = 1000;

/** xᵃe⁻ˣ / Γ(a + 1) for a, x > 0. */
const gammaFactor = scalarFunction("gamma_factor", 2, (b, [a, x]) =>
  choose(
    b,
    [
      e.ge(a, 8),
      () => {
        const exponent = e.sub(e.mul(a, log1pmx(e.div(x, a), e.div(e.sub(x, a), a))), stirlingTail(a));
        return e.div(e.exp(exponent), e.sqrt(e.mul(a, 2 * Math.PI)));
      },
    ],
    [e.gt(x, 1000), 0],
    e.mul(e.mul(e.pow(x, a), e.exp(e.neg(x))), e.exp(e.neg(lgamma1p(a)))),
  ),
);

/** Σ xⁿ / ((a + 1)…(a + n)) from n = 0, and on request its derivative with respect to a. */
function series(b: Block, a: Expr, x: Expr, slope: boolean): { sum: Local; da: Local } {
  const r = b.variable(a, "r");
  const c = b.variable(e.f64(1), "c");
  const sum = b.variable(e.f64(1), "sum");
  const dc = b.variable(e.f64(0), "dc");
  const da = b.variable(e.f64(0), "da");
  iterate(b, 50000, (loop, _, stop) => {
    loop.set(r, e.add(r, 1));
    if (slope) {
      loop.set(dc, e.div(e.sub(e.mul(dc, x), e.div(e.mul(c, x), r)), r));
      loop.set(da, e.add(da, dc));
    }
    loop.set(c, e.mul(c, e.div(x, r)));
    loop.set(sum, e.add(sum, c));
    const done = e.le(c, e.mul(sum, EPS));
    stop(loop, slope ? e.and(done, e.le(e.abs(dc), e.mul(e.abs(da), EPS))) : done);
  });
  return { sum, da };
}

/**
 * Q / (xᵃe⁻ˣ/Γ(a)) by Legendre's continued fraction, whose convergents are p/q, and on request the derivative with
 * respect to a.
 */
function fraction(b: Block, a: Expr, x: Expr, slope: boolean): { ratio: Local; da: Local } {
  const y = b.variable(e.sub(1, a), "y");
  const z = b.variable(e.add(e.add(x, y), 1), "z");
  const [p2, p1] = [b.variable(e.f64(1), "p2"), b.variable(e.add(x, 1), "p1")];
  const [q2, q1] = [b.variable(x, "q2"), b.variable(e.mul(z, x), "q1")];
  const [dp2, dp1] = [b.variable(e.f64(0), "dp2"), b.variable(e.f64(0), "dp1")];
  const [dq2, dq1] = [b.variable(e.f64(0), "dq2"), b.variable(e.neg(x), "dq1")];
  const ratio = b.variable(e.div(p1, q1), "ratio");
  const da = b.variable(e.div(e.neg(e.mul(ratio, dq1)), q1), "da");
  iterate(b, 50000, (loop, n, stop) => {
    loop.set(y, e.add(y, 1));
    loop.set(z, e.add(z, 2));
    const yc = loop.let(e.mul(y, n));
    const p = loop.let(e.sub(e.mul(p1, z), e.mul(p2, yc)));
    const q = loop.let(e.sub(e.mul(q1, z), e.mul(q2, yc)));
    const rows: [Local, Local, Expr][] = [
      [p2, p1, p],
      [q2, q1, q],
    ];
    if (slope) {
      const dp = loop.let(e.add(e.sub(e.sub(e.mul(dp1, z), p1), e.mul(dp2, yc)), e.mul(p2, n)));
      const dq = loop.let(e.add(e.sub(e.sub(e.mul(dq1, z), q1), e.mul(dq2, yc)), e.mul(q2, n)));
      rows.push([dp2, dp1, dp], [dq2, dq1, dq]);
    }
    loop.if(e.ne(q, 0), (then) => {
      const next = then.let(e.div(p, q));
      const change = then.let(e.abs(e.div(e.sub(ratio, next), next)));
      then.set(ratio, next);
      let done = e.le(change, EPS);
      if (slope) {
        const [, , dp] = rows[2];
        const [, , dq] = rows[3];
        const value = then.let(e.div(e.sub(dp, e.mul(next, dq)), q));
        const still = then.let(e.le(e.abs(e.sub(value, da)), e.mul(e.abs(value), EPS)));
        then.set(da, value);
        done = e.and(done, still);
      }
      stop(then, done);
    });
    const scale = loop.let(e.select(e.gt(e.abs(p), BIG), e.f64(1 / BIG), e.f64(1)));
    for (const [older, newer, value] of rows) {
      loop.set(older, e.mul(newer, scale));
      loop.set(newer, e.mul(value, scale));
    }
  });
  return { ratio, da };
}

const lowerSeries = scalarFunction("igamma_series", 2, (b, [a, x]) =>
  e.mul(gammaFactor(a, x), series(b, a, x, false).sum),
);
const upperFraction = scalarFunction("igammac_fraction", 2, (b, [a, x]) =>
  e.mul(e.mul(gammaFactor(a, x), a), fraction(b, a, x, false).ratio),
);

/** Q for x ≤ 1.1, where P is near 1: Q = 1 − xᵃ/Γ(a + 1) − (xᵃ/Γ(a))·Σ (−x)ⁿ/(n!·(a + n)). */
const upperSeries = scalarFunction("igammac_series", 2, (b, [a, x]) => {
  const factor = b.variable(e.f64(1), "factor");
  const sum = b.variable(e.f64(0), "sum");
  iterate(b, 200, (loop, n, stop) => {
    loop.set(factor, e.div(e.mul(factor, e.neg(x)), n));
    const term = loop.let(e.div(factor, e.add(a, n)));
    loop.set(sum, e.add(sum, term));
    stop(loop, e.le(e.abs(term), e.mul(e.abs(sum), EPS)));
  });
  const exponent = b.let(e.sub(e.mul(a, e.log(x)), lgamma1p(a)));
  return e.sub(e.neg(e.expm1(exponent)), e.mul(e.mul(e.exp(exponent), a), sum));
});

/** Temme's expansion: P or Q is ½·erfc(∓η·√(a/2)) ± e^(−a·half)·sum/√(2πa), half = η²/2. */
function temmeParts(b: Block, a: Expr, x: Expr): { half: Expr; eta: Expr; sum: Expr } {
  const v = b.let(e.div(e.sub(x, a), a));
  const half = b.let(e.neg(log1pmx(e.div(x, a), v)), "half");
  const eta = b.let(e.mul(e.select(e.lt(v, 0), e.f64(-1), e.f64(1)), e.sqrt(e.mul(half, 2))), "eta");
  const r = b.let(e.div(1, a));
  let sum: Expr = horner(eta, TEMME[TEMME.length - 1]);
  for (let k = TEMME.length - 2; k >= 0; k--) sum = e.add(e.mul(sum, r), horner(eta, TEMME[k]));
  return { half, eta, sum: b.let(sum, "sum") };
}
/** Temme: P or Q for large a, |x − a| < 0.3·a. */
const temme = (upper: boolean): Scalar =>
  scalarFunction(upper ? "igammac_temme" : "igamma_temme", 2, (b, [a, x]) => {
    const { half, eta, sum } = temmeParts(b, a, x);
    const rest = e.mul(e.div(e.exp(e.neg(e.mul(a, half))), e.sqrt(e.mul(a, 2 * Math.PI))), sum);
    const z = e.mul(eta, e.sqrt(e.mul(a, 0.5)));
    return upper ? e.add(e.mul(erfcScalar(z), 0.5), rest) : e.sub(e.mul(erfcScalar(e.neg(z)), 0.5), rest);
  });
const lowerTemme = temme(false);
const upperTemme = temme(true);

const nearLarge = (a: Expr, x: Expr): Expr => e.and(e.ge(a, LARGE), e.lt(e.abs(e.sub(x, a)), e.mul(a, 0.3)));

/** Q for 0 < x ≤ 1.1: by whichever of the two series does not cancel. */
const upperSmall = scalarFunction("igammac_small", 2, (b, [a, x]) => {
  const pIsSmaller = choose(b, [e.le(x, 0.5), e.div(-0.4, e.log(x))], e.mul(x, 1.1));
  return choose(b, [e.lt(pIsSmaller, a), e.sub(1, lowerSeries(a, x))], upperSeries(a, x));
});

const invalid = (a: Expr, x: Expr): Expr =>
  e.or(e.or(e.isNan(a), e.isNan(x)), e.or(e.lt(x, 0), e.or(e.lt(a, 0), e.and(e.eq(a, 0), e.eq(x, 0)))));

const igammaScalar = scalarFunction("igamma", 2, (b, [a, x]) =>
  choose(
    b,
    [invalid(a, x), NaN],
    [e.eq(x, 0), 0],
    [e.or(e.eq(x, Infinity), e.eq(a, 0)), 1],
    [e.eq(a, Infinity), 0],
    [nearLarge(a, x), lowerTemme(a, x)],
    [e.and(e.gt(x, 1.1), e.gt(x, a)), e.sub(1, upperFraction(a, x))],
    lowerSeries(a, x),
  ),
);

const igammacScalar = scalarFunction("igammac", 2, (b, [a, x]) =>
  choose(
    b,
    [e.or(invalid(a, x), e.and(e.eq(a, Infinity), e.eq(x, Infinity))), NaN],
    [e.or(e.eq(x, Infinity), e.eq(a, 0)), 0],
    [e.or(e.eq(a, Infinity), e.eq(x, 0)), 1],
    [nearLarge(a, x), upperTemme(a, x)],
    [e.le(x, 1.1), upperSmall(a, x)],
    [e.lt(x, a), e.sub(1, lowerSeries(a, x))],
    upperFraction(a, x),
  ),
);

/**
 * −(dP/da) / (xᵃe⁻ˣ/Γ(a + 1)). For a beyond 10⁷, where the loops would be long, dP/da = −pdf·dx/da with the first terms
 * of the Cornish–Fisher expansion of the quantile x: relative error 10⁻¹⁰.
 */
const scaledSlope = scalarFunction("igamma_slope", 2, (b, [a, x]) =>
  choose(
    b,
    [
      e.gt(a, 1e7),
      () => {
        const u = e.sub(x, a);
        const z2 = e.div(e.mul(u, u), a);
        const quantile = e.sub(e.add(1, e.div(e.mul(u, 0.5), a)), e.div(e.sub(z2, 1), e.mul(a, 6)));
        return e.mul(e.div(a, x), quantile);
      },
    ],
    [
      e.and(e.gt(x, 1), e.gt(x, a)),
      (t) => {
        const { ratio, da } = fraction(t, a, x, true);
        return e.mul(a, e.add(e.mul(ratio, e.sub(e.log(x), digammaScalar(a))), da));
      },
    ],
    (t) => {
      const { sum, da } = series(t, a, x, true);
      return e.neg(e.add(e.mul(sum, e.sub(e.log(x), digammaScalar(e.add(a, 1)))), da));
    },
  ),
);

const slopeCases = (b: Block, a: Expr, x: Expr, inside: (b: Block) => Expr): Expr =>
  choose(b, [e.or(e.or(e.isNan(a), e.isNan(x)), e.or(e.lt(x, 0), e.le(a, 0))), NaN], [e.eq(x, 0), 0], inside);

const igammaGradAScalar = scalarFunction("igamma_grad_a", 2, (b, [a, x]) =>
  slopeCases(b, a, x, (t) => {
    const factor = t.let(gammaFactor(a, x));
    return choose(t, [e.eq(factor, 0), 0], e.neg(e.mul(factor, scaledSlope(a, x))));
  }),
);

/**
 * The derivative of `igamma(a, x)` with respect to a, element by element of operands of one shape (or scalars) and dtype. It
 * has no derivative itself.
 * @throws DTypeError unless the dtypes are one real float; DifferentiationError for its derivatives
 * @see jax.lax.igamma_grad_a
 * @example
 * lax.igammaGradA(1, 2).item(); // -0.22083
 */
export const igammaGradA: (a: ArrayLike, x: ArrayLike) => NDArray = special(
  "igamma_grad_a",
  igammaGradAScalar,
  noDerivative("igammaGradA", "a", "x"),
);

/**
 * The regularized lower incomplete gamma function P(a, x) = 1/Γ(a)·∫₀ˣ tᵃ⁻¹e⁻ᵗ dt, element by element of operands of one
 * shape (or scalars) and dtype; NaN for negative operands. Differentiable in both, once only with respect to a.
 * @throws DTypeError unless the dtypes are one real float; DifferentiationError for derivatives of the one with respect to a
 * @see jax.lax.igamma
 * @example
 * lax.igamma(1, np.array([0, 2])).js(); // [0, 0.86466] — 1 − e⁻ˣ
 */
export const igamma: (a: ArrayLike, x: ArrayLike) => NDArray = special("igamma", igammaScalar, [
  (g, _, [a, x]) => lax.mul(g, igammaGradA(a, x)),
  (g, _, [a, x]) => lax.mul(g, gammaDensity(a, x)),
]);

/**
 * The regularized upper incomplete gamma function Q(a, x) = 1 − P(a, x), to full relative precision where it is small; NaN for
 * negative operands. Operands and derivatives are those of `igamma`.
 * @throws DTypeError unless the dtypes are one real float; DifferentiationError for derivatives of the one with respect to a
 * @see jax.lax.igammac
 * @example
 * lax.igammac(1, np.array([2, 40])).js(); // [0.13534, 4.2484e-18] — e⁻ˣ
 */
export const igammac: (a: ArrayLike, x: ArrayLike) => NDArray = special("igammac", igammacScalar, [
  (g, _, [a, x]) => lax.neg(lax.mul(g, igammaGradA(a, x))),
  (g, _, [a, x]) => lax.neg(lax.mul(g, gammaDensity(a, x))),
]);

/** log(e^(−a·half)·(½·erfcx(|z|) ± …)): Temme's expansion of the smaller of P and Q, without the underflow. */
const logTemme = scalarFunction("log_igamma_temme", 2, (b, [a, x]) => {
  const { half, eta, sum } = temmeParts(b, a, x);
  const exponent = b.let(e.mul(a, half));
  const rest = e.div(sum, e.sqrt(e.mul(a, 2 * Math.PI)));
  const signed = e.select(e.lt(eta, 0), e.neg(rest), rest);
  return e.sub(e.log(e.add(e.mul(erfcxScalar(e.sqrt(exponent)), 0.5), signed)), exponent);
});
/** log P or log Q, where they underflow too. */
const logIgammaOf = (upper: boolean): Scalar =>
  scalarFunction(upper ? "log_igammac" : "log_igamma", 2, (b, [a, x]) => {
    const [own, other] = upper ? [igammacScalar, igammaScalar] : [igammaScalar, igammacScalar];
    // xᵃe⁻ˣ/Γ(a + 1)
    const factor = e.add(logGammaDensityScalar(a, x), e.sub(e.log(x), e.log(a)));
    const finite = e.and(e.and(e.gt(x, 0), e.lt(x, Infinity)), e.and(e.gt(a, 0), e.lt(a, Infinity)));
    const inTail = upper ? e.and(e.gt(x, 1.1), e.gt(x, a)) : e.lt(x, a);
    return logOf(
      b,
      own(a, x),
      () => other(a, x),
      e.and(finite, inTail),
      (t) =>
        choose(t, [nearLarge(a, x), logTemme(a, x)], (u) =>
          upper
            ? e.add(e.add(factor, e.log(a)), e.log(fraction(u, a, x, false).ratio))
            : e.add(factor, e.log(series(u, a, x, false).sum)),
        ),
    );
  });
/** log P(a, x), where P underflows too. */
export const logIgamma: (a: ArrayLike, x: ArrayLike) => NDArray = special("log_igamma", logIgammaOf(false), [
  (g, ans, [a, x]) => lax.mul(g, lax.div(igammaGradA(a, x), lax.exp(ans))),
  (g, ans, [a, x]) => lax.mul(g, lax.exp(lax.sub(logGammaDensity(a, x), ans))),
]);
/** log Q(a, x), where Q underflows too. */
export const logIgammac: (a: ArrayLike, x: ArrayLike) => NDArray = special("log_igammac", logIgammaOf(true), [
  (g, ans, [a, x]) => lax.neg(lax.mul(g, lax.div(igammaGradA(a, x), lax.exp(ans)))),
  (g, ans, [a, x]) => lax.neg(lax.mul(g, lax.exp(lax.sub(logGammaDensity(a, x), ans)))),
]);

const randomGammaGradScalar = scalarFunction("random_gamma_grad", 2, (b, [a, x]) =>
  // −(dP/da) / (dP/dx), where dP/dx = factor·a/x
  slopeCases(b, a, x, () => e.div(e.mul(scaledSlope(a, x), x), a)),
);
/**
 * The derivative, with respect to a, of the sample x of Gamma(a, 1) for a fixed quantile: −(dP/da)/(dP/dx), element by element
 * of operands of one shape (or scalars) and dtype. It has no derivative itself.
 * @throws DTypeError unless the dtypes are one real float; DifferentiationError for its derivatives
 * @see jax.lax.random_gamma_grad
 * @example
 * lax.randomGammaGrad(1, 2).item(); // 1.6317
 */
export const randomGammaGrad: (a: ArrayLike, x: ArrayLike) => NDArray = special(
  "random_gamma_grad",
  randomGammaGradScalar,
  noDerivative("randomGammaGrad", "a", "x"),
);
