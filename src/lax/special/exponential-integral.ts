/**
 * @file Exponential integrals: expi, exp1, expn.
 *
 * Eₙ by its series up to x = 1, by its continued fraction beyond, and for n ≥ 5000 by its expansion in 1/n; Ei by its
 * series (all terms positive) up to 40 and its asymptotic series beyond. At 0 and ±∞ the values are JAX's, which are NaN
 * for Ei and for Eₙ(∞).
 */
import type { ArrayLike, NDArray } from "../../core/array.ts";
import { bind1 } from "../../core/trace.ts";
import {
  add,
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
import {
  add as plus,
  div as over,
  max as larger,
  mul as times,
  sub as minus,
} from "../elementwise/arithmetic.ts";
import { le as atMost } from "../elementwise/compare.ts";
import { asArray } from "../operands/convert.ts";
import { exp as expOf, neg as negate, reciprocal } from "../elementwise/functions.ts";
import { none } from "../families/elementwise.ts";
import { promoteStrict } from "../operands/strict.ts";
import { select as choice } from "../elementwise/select.ts";
import { lgammaPositive } from "./gamma.ts";
import {
  abs,
  both,
  choose,
  either,
  exp,
  f64,
  isNan,
  isWhole,
  iterate,
  log,
  noDerivative,
  power,
  special,
} from "./scalar.ts";

const EULER = 0.5772156649015329;
const EPS = 2 ** -53;

/** Eₙ(x) for 0 < x ≤ 1, whole n ≥ 1. */
const expnSeries = scalarFunction("expn_series", 2, (b, [n, x]) => {
  const psi = b.variable(sub(f64(-EULER), log(x)), "psi");
  iterate(b, 5000, (loop, i, stop) => {
    stop(loop, ge(i, sub(n, 1)));
    loop.if(lt(i, n), (then) => then.set(psi, add(psi, div(f64(1), i))));
  });
  const term = b.variable(f64(1), "term");
  const p = b.variable(sub(f64(1), n), "p");
  const sum = b.variable(f64(0), "sum");
  b.if(ne(n, 1), (then) => then.set(sum, div(f64(1), p)));
  iterate(b, 200, (loop, k, stop) => {
    loop.set(term, div(mul(term, neg(x)), k));
    loop.set(p, add(p, 1));
    loop.if(ne(p, 0), (then) => then.set(sum, add(sum, div(term, p))));
    stop(loop, both(gt(p, 0), le(abs(term), mul(abs(sum), EPS))));
  });
  const head = select(eq(n, 1), psi, div(mul(power(neg(x), sub(n, 1)), psi), exp(lgammaPositive(n))));
  return sub(head, sum);
});

/** Eₙ(x)·eˣ for x > 1: Lentz's form of 1/(x + n − 1·n/(x + n + 2 − 2(n + 1)/(…))). */
const expnFraction = scalarFunction("expn_fraction", 2, (b, [n, x]) => {
  const base = b.variable(add(x, n), "base");
  const c = b.variable(f64(1e300), "c");
  const d = b.variable(div(f64(1), base), "d");
  const h = b.variable(d, "h");
  iterate(b, 5000, (loop, k, stop) => {
    const a = loop.let(neg(mul(k, sub(add(n, k), 1))));
    loop.set(base, add(base, 2));
    loop.set(d, div(f64(1), add(mul(a, d), base)));
    loop.set(c, add(base, div(a, c)));
    const delta = loop.let(mul(c, d));
    loop.set(h, mul(h, delta));
    stop(loop, le(abs(sub(delta, 1)), EPS));
  });
  return h;
});

/** Eₙ(x) for n ≥ 5000. */
const expnLarge = scalarFunction("expn_large", 2, (b, [n, x]) => {
  const s = b.let(add(x, n));
  const y = b.let(div(f64(1), mul(s, s)));
  const cubic = add(sub(mul(mul(x, x), 6), mul(mul(n, x), 8)), mul(n, n));
  const second = add(mul(y, mul(n, cubic)), mul(n, sub(n, mul(x, 2))));
  return mul(add(mul(y, add(mul(y, second), n)), 1), div(exp(neg(x)), s));
});

const expnScalar = scalarFunction("expn", 2, (b, [n, x]) =>
  choose(
    b,
    [
      [either(either(isNan(n), isNan(x)), either(lt(n, 0), lt(x, 0))), () => f64(NaN)],
      [eq(x, Infinity), () => f64(NaN)],
      [eq(x, 0), () => select(lt(n, 2), f64(Infinity), div(f64(1), sub(n, 1)))],
      [eq(n, 0), () => div(exp(neg(x)), x)],
      [ge(n, 5000), () => expnLarge(n, x)],
      [gt(x, 1), () => mul(expnFraction(n, x), exp(neg(x)))],
      [isWhole(n), () => expnSeries(n, x)],
    ],
    () => f64(NaN),
  ),
);

const expiPositive = scalarFunction("expi_positive", 1, (b, [x]) =>
  choose(
    b,
    [
      [
        le(x, 40),
        (t) => {
          const term = t.variable(f64(1), "term");
          const sum = t.variable(f64(0), "sum");
          iterate(t, 500, (loop, k, stop) => {
            loop.set(term, div(mul(term, x), k));
            const part = loop.let(div(term, k));
            loop.set(sum, add(sum, part));
            stop(loop, le(part, mul(sum, EPS)));
          });
          return add(add(log(x), EULER), sum);
        },
      ],
      [eq(x, Infinity), () => f64(NaN)],
    ],
    (t) => {
      const term = t.variable(f64(1), "term");
      const sum = t.variable(f64(1), "sum");
      iterate(t, 60, (loop, k, stop) => {
        stop(loop, either(ge(k, x), le(term, EPS)));
        loop.set(term, div(mul(term, k), x));
        loop.set(sum, add(sum, term));
      });
      return div(mul(exp(x), sum), x);
    },
  ),
);

const expiScalar = scalarFunction("expi", 1, (b, [x]) =>
  choose(
    b,
    [
      [gt(x, 0), () => expiPositive(x)],
      [lt(x, 0), () => neg(expnScalar(f64(1), neg(x)))],
    ],
    () => f64(NaN),
  ),
);

export const expiP = special("expi", expiScalar, [(g, _, [x]) => times(over(expOf(x), x), g)]);
/** Exponential integral Ei(x) = −∫₋ₓ^∞ e⁻ᵗ/t dt; NaN at 0 and ±∞ as in JAX. */
export const expi = (x: ArrayLike): NDArray => bind1(expiP, [asArray(x, "expi")], none);

export const expnP = special("expn", expnScalar, [
  noDerivative("expn", "n"),
  // Eₙ' = −Eₙ₋₁, and E₀ = e⁻ˣ/x has E₀' = −E₀·(1 + 1/x).
  (g, ans, [n, x]) => {
    const lower = expn(larger(minus(n, 1), 0), x);
    const last = times(ans, plus(reciprocal(x), 1));
    return times(negate(g), choice(atMost(n, 0), last, lower));
  },
]);
/** Exponential integral Eₙ(x) = ∫₁^∞ e^(−xt)/tⁿ dt for whole n ≥ 0 and x ≥ 0. */
export const expn = (n: ArrayLike, x: ArrayLike): NDArray => bind1(expnP, promoteStrict("expn", n, x), none);
