/**
 * @file The regularized incomplete beta function, by the continued fraction of DLMF 8.17.22 in Lentz's form, on the side
 * of the mean where it converges fast. The factor xᵃ(1 − x)ᵇ/(a·B(a, b)) is computed without the cancellation of its
 * textbook form, so that precision does not fade with a and b.
 */
import type { ArrayLike, NDArray } from "../../core/array.ts";
import { bind1 } from "../../core/trace.ts";
import { add, div, eq, ge, gt, le, lt, mul, scalarFunction, select, sub } from "../../loops/ir/build.ts";
import type { Expr } from "../../loops/ir/ir.ts";
import { add as plus, mul as times, sub as minus } from "../elementwise/arithmetic.ts";
import { exp as expOf, log as logOf, log1p as log1pOf, neg as negate } from "../elementwise/functions.ts";
import { none } from "../families/elementwise.ts";
import { promoteStrict } from "../operands/strict.ts";
import { lgamma, lgamma1p, lgammaPositive, lgammaStep, stirlingTail } from "./gamma.ts";
import { log1pmx } from "./incomplete-gamma.ts";
import {
  abs,
  both,
  choose,
  either,
  exp,
  f64,
  isNan,
  iterate,
  log,
  log1p,
  noDerivative,
  special,
  sqrt,
} from "./scalar.ts";

const EPS = 2 ** -53;
const TINY = 2 ** -1000;

/** xᵃyᵇ / (a·B(a, b)) for 0 < x < 1, y = 1 − x. */
const betaFactor = scalarFunction("beta_factor", 4, (b, [p, q, x, y]) => {
  const small = (logPB: Expr): Expr => exp(sub(add(mul(p, log(x)), mul(q, log1p(sub(f64(0), x)))), logPB));
  return choose(
    b,
    [
      [
        both(ge(p, 8), ge(q, 8)),
        (t) => {
          // x and y relative to the means p/(p + q), q/(p + q); d is their distance times p + q.
          const s = t.let(add(p, q));
          const d = t.let(select(gt(p, q), sub(q, mul(s, y)), sub(mul(s, x), p)));
          const u = mul(p, log1pmx(div(mul(x, s), p), t.let(div(d, p))));
          const v = mul(q, log1pmx(div(mul(y, s), q), t.let(div(sub(f64(0), d), q))));
          const correction = sub(stirlingTail(s), add(stirlingTail(p), stirlingTail(q)));
          return mul(sqrt(div(q, mul(mul(p, s), 2 * Math.PI))), exp(add(add(u, v), correction)));
        },
      ],
      [
        both(lt(p, 8), lt(q, 8)),
        () => small(add(lgamma1p(p), sub(lgammaPositive(q), lgammaPositive(add(p, q))))),
      ],
      [lt(p, 8), () => small(add(lgamma1p(p), lgammaStep(p, q)))],
    ],
    () => small(add(add(lgammaPositive(q), lgammaStep(q, p)), log(p))),
  );
});

/** The continued fraction that multiplies the factor. */
const betaFraction = scalarFunction("beta_fraction", 3, (b, [p, q, x]) => {
  const h = b.variable(f64(1), "h");
  const c = b.variable(f64(1), "c");
  const d = b.variable(f64(0), "d");
  // One pass takes the partial numerators d₂ₘ₊₁ and then d₂ₘ₊₂.
  const apply = (t: typeof b, numerator: Expr): Expr => {
    const e = t.let(add(mul(numerator, d), 1));
    t.set(d, div(f64(1), select(lt(abs(e), TINY), f64(TINY), e)));
    const f = t.let(add(div(numerator, c), 1));
    t.set(c, select(lt(abs(f), TINY), f64(TINY), f));
    const delta = t.let(mul(c, d), "delta");
    t.set(h, mul(h, delta));
    return delta;
  };
  iterate(b, 50000, (loop, n, stop) => {
    const m = loop.let(sub(n, 1), "m");
    const p2 = loop.let(add(p, mul(m, 2)));
    const odd = loop.let(div(mul(mul(sub(f64(0), add(p, m)), add(add(p, q), m)), x), mul(p2, add(p2, 1))));
    // (p + m)/(p + 2m) is 1 for m = 0 even where p vanishes.
    const first = loop.let(div(mul(sub(f64(0), add(p, q)), x), add(p, 1)));
    const one = loop.let(apply(loop, select(eq(m, 0), first, odd)));
    const even = loop.let(div(mul(mul(n, sub(q, n)), x), mul(add(p2, 1), add(p2, 2))));
    const two = apply(loop, even);
    stop(loop, both(le(abs(sub(one, 1)), EPS), le(abs(sub(two, 1)), EPS)));
  });
  return div(f64(1), h);
});

const betaincScalar = scalarFunction("betainc", 3, (b, [p, q, x]) => {
  const pZero = b.let(either(eq(p, 0), eq(q, Infinity)), "p_zero");
  const qZero = b.let(either(eq(q, 0), eq(p, Infinity)), "q_zero");
  const nan = either(either(isNan(p), isNan(q)), isNan(x));
  const outside = either(either(lt(p, 0), lt(q, 0)), either(lt(x, 0), gt(x, 1)));
  const y = b.let(sub(f64(1), x), "y");
  return choose(
    b,
    [
      [either(either(nan, outside), both(pZero, qZero)), () => f64(NaN)],
      [pZero, () => select(eq(x, 0), f64(0), f64(1))],
      [qZero, () => select(eq(x, 1), f64(1), f64(0))],
      [eq(x, 0), () => f64(0)],
      [eq(x, 1), () => f64(1)],
      [lt(x, div(add(p, 1), add(add(p, q), 2))), () => mul(betaFactor(p, q, x, y), betaFraction(p, q, x))],
    ],
    () => sub(f64(1), mul(betaFactor(q, p, y, x), betaFraction(q, p, y))),
  );
});

export const betaincP = special("regularized_incomplete_beta", betaincScalar, [
  noDerivative("betainc", "a"),
  noDerivative("betainc", "b"),
  (g, _, [p, q, x]) => {
    const logBeta = minus(plus(lgamma(p), lgamma(q)), lgamma(plus(p, q)));
    const tail = times(minus(q, 1), log1pOf(negate(x)));
    return times(expOf(minus(plus(tail, times(minus(p, 1), logOf(x))), logBeta)), g);
  },
]);
/**
 * Regularized incomplete beta function Iₓ(a, b); NaN outside a, b ≥ 0, 0 ≤ x ≤ 1. Differentiable with respect to x only,
 * as in JAX.
 */
export const betainc = (a: ArrayLike, b: ArrayLike, x: ArrayLike): NDArray =>
  bind1(betaincP, promoteStrict("betainc", a, b, x), none);
