/**
 * @file The regularized incomplete beta function, by the continued fraction of DLMF 8.17.22 in Lentz's form, on the side
 * of the mean where it converges fast. The factor xᵃ(1 − x)ᵇ/(a·B(a, b)) is computed without the cancellation of its
 * textbook form, so that precision does not fade with a and b.
 */
import type { ArrayLike, NDArray } from "../../core/array.ts";
import { scalarFunction } from "../../loops/ir/build.ts";
import * as e from "../../loops/ir/expressions.ts";
import * as lax from "../elementwise/index.ts";
import type { Expr } from "../../loops/ir/ir.ts";
import { lgamma1p, lgammaPositive, lgammaStep, stirlingTail } from "./gamma.ts";
import { log1pmx } from "./log1pmx.ts";
import { betaDensity, logBetaDensity, logBetaDensityScalar } from "./log-densities.ts";
import type { NoParams } from "../../core/primitive.ts";
import type { OperandJvp } from "../families/elementwise.ts";
import { type Scalar, choose, iterate, logOf, noDerivative, special } from "./scalar.ts";

const EPS = 2 ** -53;
const TINY = 2 ** -1000;

/** xᵃyᵇ / (a·B(a, b)) for 0 < x < 1, y = 1 − x. */
const betaFactor = scalarFunction("beta_factor", 4, (b, [p, q, x, y]) => {
  const small = (logPB: Expr): Expr =>
    e.exp(e.sub(e.add(e.mul(p, e.log(x)), e.mul(q, e.log1p(e.sub(0, x)))), logPB));
  return choose(
    b,
    [
      e.and(e.ge(p, 8), e.ge(q, 8)),
      (t) => {
        // x and y relative to the means p/(p + q), q/(p + q); d is their distance times p + q.
        const s = t.let(e.add(p, q));
        const d = t.let(e.select(e.gt(p, q), e.sub(q, e.mul(s, y)), e.sub(e.mul(s, x), p)));
        const u = e.mul(p, log1pmx(e.div(e.mul(x, s), p), t.let(e.div(d, p))));
        const v = e.mul(q, log1pmx(e.div(e.mul(y, s), q), t.let(e.div(e.sub(0, d), q))));
        const correction = e.sub(stirlingTail(s), e.add(stirlingTail(p), stirlingTail(q)));
        return e.mul(
          e.sqrt(e.div(q, e.mul(e.mul(p, s), 2 * Math.PI))),
          e.exp(e.add(e.add(u, v), correction)),
        );
      },
    ],
    [
      e.and(e.lt(p, 8), e.lt(q, 8)),
      small(e.add(lgamma1p(p), e.sub(lgammaPositive(q), lgammaPositive(e.add(p, q))))),
    ],
    [e.lt(p, 8), small(e.add(lgamma1p(p), lgammaStep(p, q)))],
    small(e.add(e.add(lgammaPositive(q), lgammaStep(q, p)), e.log(p))),
  );
});

/** The continued fraction that multiplies the factor. */
const betaFraction = scalarFunction("beta_fraction", 3, (b, [p, q, x]) => {
  const h = b.variable(e.f64(1), "h");
  const c = b.variable(e.f64(1), "c");
  const d = b.variable(e.f64(0), "d");
  // One pass takes the partial numerators d₂ₘ₊₁ and then d₂ₘ₊₂.
  const advance = (t: typeof b, numerator: Expr): Expr => {
    const denominator = t.let(e.add(e.mul(numerator, d), 1));
    t.set(d, e.div(1, e.select(e.lt(e.abs(denominator), TINY), e.f64(TINY), denominator)));
    const f = t.let(e.add(e.div(numerator, c), 1));
    t.set(c, e.select(e.lt(e.abs(f), TINY), e.f64(TINY), f));
    const delta = t.let(e.mul(c, d), "delta");
    t.set(h, e.mul(h, delta));
    return delta;
  };
  iterate(b, 50000, (loop, n, stop) => {
    const m = loop.let(e.sub(n, 1), "m");
    const p2 = loop.let(e.add(p, e.mul(m, 2)));
    const odd = loop.let(
      e.div(e.mul(e.mul(e.sub(0, e.add(p, m)), e.add(e.add(p, q), m)), x), e.mul(p2, e.add(p2, 1))),
    );
    // (p + m)/(p + 2m) is 1 for m = 0 even where p vanishes.
    const first = loop.let(e.div(e.mul(e.sub(0, e.add(p, q)), x), e.add(p, 1)));
    const one = loop.let(advance(loop, e.select(e.eq(m, 0), first, odd)));
    const even = loop.let(e.div(e.mul(e.mul(n, e.sub(q, n)), x), e.mul(e.add(p2, 1), e.add(p2, 2))));
    const two = advance(loop, even);
    stop(loop, e.and(e.le(e.abs(e.sub(one, 1)), EPS), e.le(e.abs(e.sub(two, 1)), EPS)));
  });
  return e.div(1, h);
});

/** Iₓ(a, b), or its complement. */
const betaincOf = (name: string, upper: boolean): Scalar =>
  scalarFunction(name, 3, (b, [p, q, x]) => {
    const pZero = b.let(e.or(e.eq(p, 0), e.eq(q, Infinity)), "p_zero");
    const qZero = b.let(e.or(e.eq(q, 0), e.eq(p, Infinity)), "q_zero");
    const nan = e.or(e.or(e.isNan(p), e.isNan(q)), e.isNan(x));
    const outside = e.or(e.or(e.lt(p, 0), e.lt(q, 0)), e.or(e.lt(x, 0), e.gt(x, 1)));
    const y = b.let(e.sub(1, x), "y");
    const [none, all] = upper ? [1, 0] : [0, 1];
    const side = (value: Expr, isUpper: boolean): Expr => (isUpper === upper ? value : e.sub(1, value));
    return choose(
      b,
      [e.or(e.or(nan, outside), e.and(pZero, qZero)), NaN],
      [pZero, e.select(e.eq(x, 0), e.f64(none), e.f64(all))],
      [qZero, e.select(e.eq(x, 1), e.f64(all), e.f64(none))],
      [e.eq(x, 0), none],
      [e.eq(x, 1), all],
      [belowMean(p, q, x), side(e.mul(betaFactor(p, q, x, y), betaFraction(p, q, x)), false)],
      side(e.mul(betaFactor(q, p, y, x), betaFraction(q, p, y)), true),
    );
  });
/** Where the continued fraction of Iₓ(a, b) converges fast; elsewhere that of its complement does. */
const belowMean = (p: Expr, q: Expr, x: Expr): Expr => e.lt(x, e.div(e.add(p, 1), e.add(e.add(p, q), 2)));
const betaincScalar = betaincOf("betainc", false);
const betainccScalar = betaincOf("betaincc", true);

/** The logarithm of Iₓ(a, b) or of its complement, where they underflow too. */
const logBetaincOf = (name: string, upper: boolean): Scalar =>
  scalarFunction(name, 3, (b, [p, q, x]) => {
    const [own, other] = upper ? [betainccScalar, betaincScalar] : [betaincScalar, betainccScalar];
    const y = b.let(e.sub(1, x), "y");
    const [lead, fraction] = upper ? [q, betaFraction(q, p, y)] : [p, betaFraction(p, q, x)];
    const factor = e.sub(e.add(logBetaDensityScalar(p, q, x, y), e.add(e.log(x), e.log(y))), e.log(lead));
    return logOf(
      b,
      own(p, q, x),
      () => other(p, q, x),
      e.and(e.gt(x, 0), e.lt(x, 1)),
      () => e.add(factor, e.log(fraction)),
    );
  });

type OfThree = (a: ArrayLike, b: ArrayLike, x: ArrayLike) => NDArray;
/** A function of the incomplete beta function, of which JAX defines the derivative with respect to x only. */
const incomplete = (name: string, scalar: Scalar, ofX: OperandJvp<NoParams>, where?: string): OfThree =>
  special(name, scalar, [...noDerivative("betainc", "a", "b"), ofX], where);

/**
 * The regularized incomplete beta function Iₓ(a, b), element by element of operands of one shape (or scalars) and dtype; NaN
 * outside a, b ≥ 0, 0 ≤ x ≤ 1. Differentiable with respect to x only, as in JAX.
 * @throws DTypeError unless the dtypes are one real float; DifferentiationError for derivatives with respect to a or b
 * @see jax.lax.betainc
 * @example
 * lax.betainc(2, 3, np.array([0, 0.5, 1])).js(); // [0, 0.6875, 1]
 * grad((x) => lax.betainc(2, 3, x))(0.5).item(); // 1.5000 — x·(1 − x)²/B(2, 3)
 */
export const betainc: OfThree = incomplete(
  "regularized_incomplete_beta",
  betaincScalar,
  (g, _, [a, b, x]) => lax.mul(g, betaDensity(a, b, x)),
  "betainc",
);
/** 1 − Iₓ(a, b), precise where it is small; its x is not 1 − x of the function with a and b exchanged, which is rounded. */
export const betaincc: OfThree = incomplete("betaincc", betainccScalar, (g, _, [a, b, x]) =>
  lax.neg(lax.mul(g, betaDensity(a, b, x))),
);
/** log Iₓ(a, b), where Iₓ(a, b) underflows too. */
export const logBetainc: OfThree = incomplete(
  "log_betainc",
  logBetaincOf("log_betainc", false),
  (g, ans, [a, b, x]) => lax.mul(g, lax.exp(lax.sub(logBetaDensity(a, b, x), ans))),
);
/** log(1 − Iₓ(a, b)). */
export const logBetaincc: OfThree = incomplete(
  "log_betaincc",
  logBetaincOf("log_betaincc", true),
  (g, ans, [a, b, x]) => lax.neg(lax.mul(g, lax.exp(lax.sub(logBetaDensity(a, b, x), ans)))),
);
