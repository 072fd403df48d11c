/**
 * @file Exponential integrals: expi, exp1, expn.
 *
 * Eₙ by its series up to x = 1, by its continued fraction beyond, and for n ≥ 5000 by its expansion in 1/n; Ei by its
 * series (all terms positive) up to 40 and its asymptotic series beyond. At 0 and ±∞ the values are the limits, where JAX
 * has NaN for Ei and for Eₙ(∞).
 */
import type { ArrayLike, NDArray } from "../../core/array.ts";
import { scalarFunction } from "../../loops/ir/build.ts";
import * as e from "../../loops/ir/expressions.ts";
import * as lax from "../elementwise/index.ts";
import { lgammaPositive } from "./gamma.ts";
import { choose, isWhole, iterate, noDerivative, special } from "./scalar.ts";
import type { Unary } from "../families/functions.ts";

const EULER = 0.5772156649015329;
const EPS = 2 ** -53;

/** Eₙ(x) for 0 < x ≤ 1, whole n ≥ 1. */
const expnSeries = scalarFunction("expn_series", 2, (b, [n, x]) => {
  const psi = b.variable(e.sub(-EULER, e.log(x)), "psi");
  iterate(b, 5000, (loop, i, stop) => {
    stop(loop, e.ge(i, e.sub(n, 1)));
    loop.if(e.lt(i, n), (then) => then.set(psi, e.add(psi, e.div(1, i))));
  });
  const term = b.variable(e.f64(1), "term");
  const p = b.variable(e.sub(1, n), "p");
  const sum = b.variable(e.f64(0), "sum");
  b.if(e.ne(n, 1), (then) => then.set(sum, e.div(1, p)));
  iterate(b, 200, (loop, k, stop) => {
    loop.set(term, e.div(e.mul(term, e.neg(x)), k));
    loop.set(p, e.add(p, 1));
    loop.if(e.ne(p, 0), (then) => then.set(sum, e.add(sum, e.div(term, p))));
    stop(loop, e.and(e.gt(p, 0), e.le(e.abs(term), e.mul(e.abs(sum), EPS))));
  });
  const head = e.select(
    e.eq(n, 1),
    psi,
    e.div(e.mul(e.pow(e.neg(x), e.sub(n, 1)), psi), e.exp(lgammaPositive(n))),
  );
  return e.sub(head, sum);
});

/** Eₙ(x)·eˣ for x > 1: Lentz's form of 1/(x + n − 1·n/(x + n + 2 − 2(n + 1)/(…))). */
const expnFraction = scalarFunction("expn_fraction", 2, (b, [n, x]) => {
  const base = b.variable(e.add(x, n), "base");
  const c = b.variable(e.f64(1e300), "c");
  const d = b.variable(e.div(1, base), "d");
  const h = b.variable(d, "h");
  iterate(b, 5000, (loop, k, stop) => {
    const a = loop.let(e.neg(e.mul(k, e.sub(e.add(n, k), 1))));
    loop.set(base, e.add(base, 2));
    loop.set(d, e.div(1, e.add(e.mul(a, d), base)));
    loop.set(c, e.add(base, e.div(a, c)));
    const delta = loop.let(e.mul(c, d));
    loop.set(h, e.mul(h, delta));
    stop(loop, e.le(e.abs(e.sub(delta, 1)), EPS));
  });
  return h;
});

/** Eₙ(x) for n ≥ 5000. */
const expnLarge = scalarFunction("expn_large", 2, (b, [n, x]) => {
  const s = b.let(e.add(x, n));
  const y = b.let(e.div(1, e.mul(s, s)));
  const cubic = e.add(e.sub(e.mul(e.mul(x, x), 6), e.mul(e.mul(n, x), 8)), e.mul(n, n));
  const second = e.add(e.mul(y, e.mul(n, cubic)), e.mul(n, e.sub(n, e.mul(x, 2))));
  return e.mul(e.add(e.mul(y, e.add(e.mul(y, second), n)), 1), e.div(e.exp(e.neg(x)), s));
});

const expnScalar = scalarFunction("expn", 2, (b, [n, x]) =>
  choose(
    b,
    [e.or(e.or(e.isNan(n), e.isNan(x)), e.or(e.lt(n, 0), e.lt(x, 0))), NaN],
    [e.or(e.eq(x, Infinity), e.eq(n, Infinity)), 0],
    [e.eq(x, 0), e.select(e.lt(n, 2), e.f64(Infinity), e.div(1, e.sub(n, 1)))],
    [e.eq(n, 0), e.div(e.exp(e.neg(x)), x)],
    [e.ge(n, 5000), expnLarge(n, x)],
    [e.gt(x, 1), e.mul(expnFraction(n, x), e.exp(e.neg(x)))],
    [isWhole(n), expnSeries(n, x)],
    NaN,
  ),
);

const expiPositive = scalarFunction("expi_positive", 1, (b, [x]) =>
  choose(
    b,
    [
      e.le(x, 40),
      (t) => {
        const term = t.variable(e.f64(1), "term");
        const sum = t.variable(e.f64(0), "sum");
        iterate(t, 500, (loop, k, stop) => {
          loop.set(term, e.div(e.mul(term, x), k));
          const part = loop.let(e.div(term, k));
          loop.set(sum, e.add(sum, part));
          stop(loop, e.le(part, e.mul(sum, EPS)));
        });
        return e.add(e.add(e.log(x), EULER), sum);
      },
    ],
    [e.eq(x, Infinity), Infinity],
    (t) => {
      const term = t.variable(e.f64(1), "term");
      const sum = t.variable(e.f64(1), "sum");
      iterate(t, 60, (loop, k, stop) => {
        stop(loop, e.or(e.ge(k, x), e.le(term, EPS)));
        loop.set(term, e.div(e.mul(term, k), x));
        loop.set(sum, e.add(sum, term));
      });
      return e.div(e.mul(e.exp(x), sum), x);
    },
  ),
);

const expiScalar = scalarFunction("expi", 1, (b, [x]) =>
  choose(
    b,
    [e.gt(x, 0), expiPositive(x)],
    [e.lt(x, 0), e.neg(expnScalar(e.f64(1), e.neg(x)))],
    [e.eq(x, 0), -Infinity],
    NaN,
  ),
);

/**
 * Eₙ(x) for whole n ≤ 0 and x of either sign: e⁻ˣ·r, where r is 1/x for n = 0 and (1 + m·r)/x of the r before for n = −m.
 * Near 0 each r is the larger, far away the smaller: no digits are lost.
 */
const expnBelow = scalarFunction("expn_below", 2, (b, [n, x]) => {
  const r = b.variable(e.div(1, x), "r");
  iterate(b, 5000, (loop, k, stop) => {
    const going = loop.let(e.le(k, e.neg(n)), "going");
    stop(loop, e.not(going));
    loop.if(going, (then) => then.set(r, e.div(e.add(e.mul(k, r), 1), x)));
  });
  // e⁻ˣ may overflow where the product does not.
  const half = b.let(e.exp(e.mul(x, -0.5)), "half");
  return choose(
    b,
    [e.eq(x, Infinity), 0],
    [e.eq(x, -Infinity), -Infinity],
    [e.lt(x, -700), e.mul(e.mul(half, r), half)],
    e.mul(e.exp(e.neg(x)), r),
  );
});

/**
 * Eₙ(x) for whole n of either sign: the derivatives of the functions below, whose own are Eₙ' = −Eₙ₋₁. Each is computed
 * from x, so that one beyond the largest number is ±∞, not the difference of two such.
 */
export const expnOfAnyOrder: (n: ArrayLike, x: ArrayLike) => NDArray = special(
  "expn_of_any_order",
  scalarFunction("expn_of_any_order", 2, (b, [n, x]) =>
    choose(b, [e.le(n, 0), expnBelow(n, x)], expnScalar(n, x)),
  ),
  [...noDerivative("expn", "n"), (g, _, [n, x]) => lax.neg(lax.mul(g, expnOfAnyOrder(lax.sub(n, 1), x)))],
);

/** Exponential integral Ei(x) = −∫₋ₓ^∞ e⁻ᵗ/t dt; −∞ at 0. Its derivative eˣ/x is −E₀(−x). */
export const expi: Unary = special("expi", expiScalar, (g, _, [x]) =>
  lax.neg(lax.mul(g, expnOfAnyOrder(0, lax.neg(x)))),
);

/** Exponential integral Eₙ(x) = ∫₁^∞ e^(−xt)/tⁿ dt for whole n ≥ 0 and x ≥ 0. */
export const expn: (n: ArrayLike, x: ArrayLike) => NDArray = special("expn", expnScalar, [
  ...noDerivative("expn", "n"),
  (g, _, [n, x]) => {
    const outside = lax.bitwiseOr(lax.lt(n, 0), lax.lt(x, 0));
    return lax.neg(lax.mul(g, expnOfAnyOrder(lax.select(outside, NaN, lax.sub(n, 1)), x)));
  },
]);

/** Exponential integral E₁, of the derivative −e⁻ˣ/x. */
export const exp1: Unary = special(
  "exp1",
  (x) => expnScalar(e.f64(1), x),
  (g, _, [x]) => lax.neg(lax.mul(g, expnOfAnyOrder(0, x))),
);
