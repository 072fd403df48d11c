/**
 * @file The regularized incomplete gamma functions P (igamma) and Q (igammac), dP/da, and the derivative of gamma samples.
 *
 * Which method: for a ≥ 1000 and x near a Temme's uniform expansion; for small x the series of P or of Q; else the series
 * of P below a and Legendre's continued fraction of Q above it. The factor xᵃe⁻ˣ/Γ(a + 1) is computed without the
 * cancellation of its textbook form, so that precision does not fade with a.
 */
import type { ArrayLike, NDArray } from "../../core/array.ts";
import { bind1 } from "../../core/trace.ts";
import {
  type Block,
  add,
  apply,
  div,
  eq,
  ge,
  gt,
  le,
  lt,
  mul,
  ne,
  neg,
  scalarFunction,
  select,
  sub,
} from "../../loops/ir/build.ts";
import type { Expr, Local } from "../../loops/ir/ir.ts";
import { mul as times, sub as minus } from "../elementwise/arithmetic.ts";
import { exp as expOf, log as logOf, neg as negate } from "../elementwise/functions.ts";
import { none } from "../families/elementwise.ts";
import { promoteStrict } from "../operands/strict.ts";
import { LOG1PMX, TEMME } from "./coefficients.ts";
import { erfcScalar } from "./error-function.ts";
import { digammaScalar, lgamma, lgamma1p, stirlingTail } from "./gamma.ts";
import {
  abs,
  both,
  choose,
  either,
  exp,
  f64,
  horner,
  isNan,
  iterate,
  log,
  noDerivative,
  power,
  special,
  sqrt,
} from "./scalar.ts";

const EPS = 2 ** -53;
const BIG = 2 ** 52;
/** From here on Temme's expansion serves the neighbourhood of a. */
const LARGE = 1000;

/** log(r) − v for r = 1 + v: exact for small v, where r is not. */
export const log1pmx = scalarFunction("log1pmx", 2, (b, [r, v]) =>
  choose(b, [[both(gt(v, -0.3), lt(v, 0.4)), () => mul(mul(v, v), horner(v, LOG1PMX))]], () =>
    sub(log(r), v),
  ),
);

/** xᵃe⁻ˣ / Γ(a + 1) for a, x > 0. */
const gammaFactor = scalarFunction("gamma_factor", 2, (b, [a, x]) =>
  choose(
    b,
    [
      [
        ge(a, 8),
        () => {
          const e = sub(mul(a, log1pmx(div(x, a), div(sub(x, a), a))), stirlingTail(a));
          return div(exp(e), sqrt(mul(a, 2 * Math.PI)));
        },
      ],
      [gt(x, 1000), () => f64(0)],
    ],
    () => mul(mul(power(x, a), exp(neg(x))), exp(neg(lgamma1p(a)))),
  ),
);

/** Σ xⁿ / ((a + 1)…(a + n)) from n = 0, and on request its derivative with respect to a. */
function series(b: Block, a: Expr, x: Expr, slope: boolean): { sum: Local; da: Local } {
  const r = b.variable(a, "r");
  const c = b.variable(f64(1), "c");
  const sum = b.variable(f64(1), "sum");
  const dc = b.variable(f64(0), "dc");
  const da = b.variable(f64(0), "da");
  iterate(b, 50000, (loop, _, stop) => {
    loop.set(r, add(r, 1));
    if (slope) {
      loop.set(dc, div(sub(mul(dc, x), div(mul(c, x), r)), r));
      loop.set(da, add(da, dc));
    }
    loop.set(c, mul(c, div(x, r)));
    loop.set(sum, add(sum, c));
    const done = le(c, mul(sum, EPS));
    stop(loop, slope ? both(done, le(abs(dc), mul(abs(da), EPS))) : done);
  });
  return { sum, da };
}

/**
 * Q / (xᵃe⁻ˣ/Γ(a)) by Legendre's continued fraction, whose convergents are p/q, and on request the derivative with
 * respect to a.
 */
function fraction(b: Block, a: Expr, x: Expr, slope: boolean): { ratio: Local; da: Local } {
  const y = b.variable(sub(f64(1), a), "y");
  const z = b.variable(add(add(x, y), 1), "z");
  const [p2, p1] = [b.variable(f64(1), "p2"), b.variable(add(x, 1), "p1")];
  const [q2, q1] = [b.variable(x, "q2"), b.variable(mul(z, x), "q1")];
  const [dp2, dp1] = [b.variable(f64(0), "dp2"), b.variable(f64(0), "dp1")];
  const [dq2, dq1] = [b.variable(f64(0), "dq2"), b.variable(neg(x), "dq1")];
  const ratio = b.variable(div(p1, q1), "ratio");
  const da = b.variable(div(neg(mul(ratio, dq1)), q1), "da");
  iterate(b, 50000, (loop, n, stop) => {
    loop.set(y, add(y, 1));
    loop.set(z, add(z, 2));
    const yc = loop.let(mul(y, n));
    const p = loop.let(sub(mul(p1, z), mul(p2, yc)));
    const q = loop.let(sub(mul(q1, z), mul(q2, yc)));
    const rows: [Local, Local, Expr][] = [
      [p2, p1, p],
      [q2, q1, q],
    ];
    if (slope) {
      const dp = loop.let(add(sub(sub(mul(dp1, z), p1), mul(dp2, yc)), mul(p2, n)));
      const dq = loop.let(add(sub(sub(mul(dq1, z), q1), mul(dq2, yc)), mul(q2, n)));
      rows.push([dp2, dp1, dp], [dq2, dq1, dq]);
    }
    loop.if(ne(q, 0), (then) => {
      const next = then.let(div(p, q));
      const change = then.let(abs(div(sub(ratio, next), next)));
      then.set(ratio, next);
      let done = le(change, EPS);
      if (slope) {
        const [, , dp] = rows[2];
        const [, , dq] = rows[3];
        const value = then.let(div(sub(dp, mul(next, dq)), q));
        const still = then.let(le(abs(sub(value, da)), mul(abs(value), EPS)));
        then.set(da, value);
        done = both(done, still);
      }
      stop(then, done);
    });
    const scale = loop.let(select(gt(abs(p), BIG), f64(1 / BIG), f64(1)));
    for (const [older, newer, value] of rows) {
      loop.set(older, mul(newer, scale));
      loop.set(newer, mul(value, scale));
    }
  });
  return { ratio, da };
}

const lowerSeries = scalarFunction("igamma_series", 2, (b, [a, x]) =>
  mul(gammaFactor(a, x), series(b, a, x, false).sum),
);
const upperFraction = scalarFunction("igammac_fraction", 2, (b, [a, x]) =>
  mul(mul(gammaFactor(a, x), a), fraction(b, a, x, false).ratio),
);

/** Q for x ≤ 1.1, where P is near 1: Q = 1 − xᵃ/Γ(a + 1) − (xᵃ/Γ(a))·Σ (−x)ⁿ/(n!·(a + n)). */
const upperSeries = scalarFunction("igammac_series", 2, (b, [a, x]) => {
  const factor = b.variable(f64(1), "factor");
  const sum = b.variable(f64(0), "sum");
  iterate(b, 200, (loop, n, stop) => {
    loop.set(factor, div(mul(factor, neg(x)), n));
    const term = loop.let(div(factor, add(a, n)));
    loop.set(sum, add(sum, term));
    stop(loop, le(abs(term), mul(abs(sum), EPS)));
  });
  const e = b.let(sub(mul(a, log(x)), lgamma1p(a)));
  return sub(neg(apply("expm1", e)), mul(mul(exp(e), a), sum));
});

/** Temme: P or Q for large a, |x − a| < 0.3·a. */
const temme = (upper: boolean): ((...args: readonly Expr[]) => Expr) =>
  scalarFunction(upper ? "igammac_temme" : "igamma_temme", 2, (b, [a, x]) => {
    const v = b.let(div(sub(x, a), a));
    const half = b.let(neg(log1pmx(div(x, a), v)), "half");
    const eta = b.let(mul(select(lt(v, 0), f64(-1), f64(1)), sqrt(mul(half, 2))), "eta");
    const r = b.let(div(f64(1), a));
    let sum: Expr = horner(eta, TEMME[TEMME.length - 1]);
    for (let k = TEMME.length - 2; k >= 0; k--) sum = add(mul(sum, r), horner(eta, TEMME[k]));
    const rest = mul(div(exp(neg(mul(a, half))), sqrt(mul(a, 2 * Math.PI))), sum);
    const z = mul(eta, sqrt(mul(a, 0.5)));
    return upper ? add(mul(erfcScalar(z), 0.5), rest) : sub(mul(erfcScalar(neg(z)), 0.5), rest);
  });
const lowerTemme = temme(false);
const upperTemme = temme(true);

const nearLarge = (a: Expr, x: Expr): Expr => both(ge(a, LARGE), lt(abs(sub(x, a)), mul(a, 0.3)));

/** Q for 0 < x ≤ 1.1: by whichever of the two series does not cancel. */
const upperSmall = scalarFunction("igammac_small", 2, (b, [a, x]) => {
  const pIsSmaller = choose(b, [[le(x, 0.5), () => div(f64(-0.4), log(x))]], () => mul(x, 1.1));
  return choose(b, [[lt(pIsSmaller, a), () => sub(f64(1), lowerSeries(a, x))]], () => upperSeries(a, x));
});

const invalid = (a: Expr, x: Expr): Expr =>
  either(either(isNan(a), isNan(x)), either(lt(x, 0), either(lt(a, 0), both(eq(a, 0), eq(x, 0)))));

const igammaScalar = scalarFunction("igamma", 2, (b, [a, x]) =>
  choose(
    b,
    [
      [invalid(a, x), () => f64(NaN)],
      [eq(x, 0), () => f64(0)],
      [either(eq(x, Infinity), eq(a, 0)), () => f64(1)],
      [eq(a, Infinity), () => f64(0)],
      [nearLarge(a, x), () => lowerTemme(a, x)],
      [both(gt(x, 1.1), gt(x, a)), () => sub(f64(1), upperFraction(a, x))],
    ],
    () => lowerSeries(a, x),
  ),
);

const igammacScalar = scalarFunction("igammac", 2, (b, [a, x]) =>
  choose(
    b,
    [
      [either(invalid(a, x), both(eq(a, Infinity), eq(x, Infinity))), () => f64(NaN)],
      [either(eq(x, Infinity), eq(a, 0)), () => f64(0)],
      [either(eq(a, Infinity), eq(x, 0)), () => f64(1)],
      [nearLarge(a, x), () => upperTemme(a, x)],
      [le(x, 1.1), () => upperSmall(a, x)],
      [lt(x, a), () => sub(f64(1), lowerSeries(a, x))],
    ],
    () => upperFraction(a, x),
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
      [
        gt(a, 1e7),
        () => {
          const u = sub(x, a);
          const z2 = div(mul(u, u), a);
          const quantile = sub(add(f64(1), div(mul(u, 0.5), a)), div(sub(z2, 1), mul(a, 6)));
          return mul(div(a, x), quantile);
        },
      ],
      [
        both(gt(x, 1), gt(x, a)),
        (t) => {
          const { ratio, da } = fraction(t, a, x, true);
          return mul(a, add(mul(ratio, sub(log(x), digammaScalar(a))), da));
        },
      ],
    ],
    (t) => {
      const { sum, da } = series(t, a, x, true);
      return neg(add(mul(sum, sub(log(x), digammaScalar(add(a, 1)))), da));
    },
  ),
);

const slopeCases = (b: Block, a: Expr, x: Expr, inside: (b: Block) => Expr): Expr =>
  choose(
    b,
    [
      [either(either(isNan(a), isNan(x)), either(lt(x, 0), le(a, 0))), () => f64(NaN)],
      [eq(x, 0), () => f64(0)],
    ],
    inside,
  );

const igammaGradAScalar = scalarFunction("igamma_grad_a", 2, (b, [a, x]) =>
  slopeCases(b, a, x, (t) => {
    const factor = t.let(gammaFactor(a, x));
    return choose(t, [[eq(factor, 0), () => f64(0)]], () => neg(mul(factor, scaledSlope(a, x))));
  }),
);

/** d/dx of P. */
const density = (a: NDArray, x: NDArray): NDArray =>
  expOf(minus(minus(times(minus(a, 1), logOf(x)), x), lgamma(a)));

export const igammaGradAP = special("igamma_grad_a", igammaGradAScalar, [
  noDerivative("igammaGradA", "a"),
  noDerivative("igammaGradA", "x"),
]);
/** Derivative of `igamma(a, x)` with respect to a. Has no derivative itself. */
export const igammaGradA = (a: ArrayLike, x: ArrayLike): NDArray =>
  bind1(igammaGradAP, promoteStrict("igammaGradA", a, x), none);

export const igammaP = special("igamma", igammaScalar, [
  (g, _, [a, x]) => times(g, igammaGradA(a, x)),
  (g, _, [a, x]) => times(g, density(a, x)),
]);
/** Regularized lower incomplete gamma function P(a, x); NaN for negative operands. */
export const igamma = (a: ArrayLike, x: ArrayLike): NDArray =>
  bind1(igammaP, promoteStrict("igamma", a, x), none);

export const igammacP = special("igammac", igammacScalar, [
  (g, _, [a, x]) => negate(times(g, igammaGradA(a, x))),
  (g, _, [a, x]) => negate(times(g, density(a, x))),
]);
/** Regularized upper incomplete gamma function Q(a, x) = 1 − P(a, x), precise where it is small. */
export const igammac = (a: ArrayLike, x: ArrayLike): NDArray =>
  bind1(igammacP, promoteStrict("igammac", a, x), none);

const randomGammaGradScalar = scalarFunction("random_gamma_grad", 2, (b, [a, x]) =>
  // −(dP/da) / (dP/dx), where dP/dx = factor·a/x
  slopeCases(b, a, x, () => div(mul(scaledSlope(a, x), x), a)),
);
export const randomGammaGradP = special("random_gamma_grad", randomGammaGradScalar, [
  noDerivative("randomGammaGrad", "a"),
  noDerivative("randomGammaGrad", "x"),
]);
/** Derivative, with respect to a, of the sample x of Gamma(a, 1): −(dP/da)/(dP/dx). Has no derivative itself. */
export const randomGammaGrad = (a: ArrayLike, x: ArrayLike): NDArray =>
  bind1(randomGammaGradP, promoteStrict("randomGammaGrad", a, x), none);
