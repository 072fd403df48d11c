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
import { lgamma, lgamma1p, lgammaPositive, lgammaStep, stirlingTail } from "./gamma.ts";
import { log1pmx } from "./incomplete-gamma.ts";
import { choose, iterate, noDerivative, special } from "./scalar.ts";

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

const betaincScalar = scalarFunction("betainc", 3, (b, [p, q, x]) => {
  const pZero = b.let(e.or(e.eq(p, 0), e.eq(q, Infinity)), "p_zero");
  const qZero = b.let(e.or(e.eq(q, 0), e.eq(p, Infinity)), "q_zero");
  const nan = e.or(e.or(e.isNan(p), e.isNan(q)), e.isNan(x));
  const outside = e.or(e.or(e.lt(p, 0), e.lt(q, 0)), e.or(e.lt(x, 0), e.gt(x, 1)));
  const y = b.let(e.sub(1, x), "y");
  return choose(
    b,
    [e.or(e.or(nan, outside), e.and(pZero, qZero)), NaN],
    [pZero, e.select(e.eq(x, 0), e.f64(0), e.f64(1))],
    [qZero, e.select(e.eq(x, 1), e.f64(1), e.f64(0))],
    [e.eq(x, 0), 0],
    [e.eq(x, 1), 1],
    [
      e.lt(x, e.div(e.add(p, 1), e.add(e.add(p, q), 2))),
      e.mul(betaFactor(p, q, x, y), betaFraction(p, q, x)),
    ],
    e.sub(1, e.mul(betaFactor(q, p, y, x), betaFraction(q, p, y))),
  );
});

/**
 * The regularized incomplete beta function Iₓ(a, b), element by element of operands of one shape (or scalars) and dtype; NaN
 * outside a, b ≥ 0, 0 ≤ x ≤ 1. Differentiable with respect to x only, as in JAX.
 * @throws DTypeError unless the dtypes are one real float; DifferentiationError for derivatives with respect to a or b
 * @see jax.lax.betainc
 * @example
 * lax.betainc(2, 3, np.array([0, 0.5, 1])).js(); // [0, 0.6875, 1]
 * grad((x) => lax.betainc(2, 3, x))(0.5).item(); // 1.5000 — x·(1 − x)²/B(2, 3)
 */
export const betainc: (a: ArrayLike, b: ArrayLike, x: ArrayLike) => NDArray = special(
  "regularized_incomplete_beta",
  betaincScalar,
  [
    ...noDerivative("betainc", "a", "b"),
    (g, _, [p, q, x]) => {
      const logBeta = lax.sub(lax.add(lgamma(p), lgamma(q)), lgamma(lax.add(p, q)));
      const tail = lax.mul(lax.sub(q, 1), lax.log1p(lax.neg(x)));
      return lax.mul(lax.exp(lax.sub(lax.add(tail, lax.mul(lax.sub(p, 1), lax.log(x))), logBeta)), g);
    },
  ],
  "betainc",
);
