/**
 * @file The gamma function's family: lgamma, digamma, polygamma, the Hurwitz zeta function, and betaln.
 *
 * lgamma has relative precision near its zeros 1 and 2, digamma near its positive root; for negative x both reflect.
 * From 8 on they follow Stirling's series, whose remainder (`stirlingTail`) the incomplete functions share.
 */
import type { ArrayLike, NDArray } from "../../core/array.ts";
import { bind1 } from "../../core/trace.ts";
import {
  type Block,
  add,
  apply,
  cast,
  div,
  eq,
  ge,
  gt,
  le,
  lt,
  mul,
  neg,
  not,
  scalarFunction,
  select,
  sub,
} from "../../loops/ir/build.ts";
import type { Expr } from "../../loops/ir/ir.ts";
import { add as plus, mul as times, sub as minus } from "../elementwise/arithmetic.ts";
import { asArray } from "../operands/convert.ts";
import { neg as negate } from "../elementwise/functions.ts";
import { none } from "../families/elementwise.ts";
import { promoteStrict } from "../operands/strict.ts";
import { DIGAMMA_FAR, DIGAMMA_ROOT, DIGAMMA_ZERO, LGAMMA_AT_2, STIRLING, ZETA_TAIL } from "./coefficients.ts";
import {
  abs,
  both,
  choose,
  either,
  exp,
  f64,
  floor,
  horner,
  isNan,
  isWhole,
  iterate,
  log,
  log1p,
  noDerivative,
  power,
  sinPi,
  special,
} from "./scalar.ts";

const HALF_LOG_2PI = 0.5 * Math.log(2 * Math.PI);

/** lgamma(x) − ((x − ½)·log x − x + ½·log 2π) for x ≥ 8. */
export const stirlingTail = scalarFunction("stirling_tail", 1, (b, [x]) => {
  const r = b.let(div(f64(1), x));
  return mul(horner(b.let(mul(r, r)), STIRLING), r);
});

/** lgamma(2 + y) for |y| ≤ ½. */
const lgammaAt2 = (y: Expr): Expr => mul(y, horner(y, LGAMMA_AT_2));

/** lgamma(x) for x > 0. */
export const lgammaPositive = scalarFunction("lgamma_positive", 1, (b, [x]) =>
  choose(
    b,
    [
      [lt(x, 1e-17), () => neg(log(x))],
      [lt(x, 0.5), () => sub(lgammaAt2(x), log(mul(x, add(x, 1))))],
      [
        lt(x, 1.5),
        (t) => {
          const y = t.let(sub(x, 1));
          return sub(lgammaAt2(y), log1p(y));
        },
      ],
      [lt(x, 2.5), (t) => lgammaAt2(t.let(sub(x, 2)))],
      [
        lt(x, 8),
        (t) => {
          const v = t.variable(x, "v");
          const product = t.variable(f64(1), "product");
          t.while(ge(v, 2.5), (loop) => {
            loop.set(v, sub(v, 1));
            loop.set(product, mul(product, v));
          });
          return add(log(product), lgammaAt2(t.let(sub(v, 2))));
        },
      ],
    ],
    (t) => {
      const l = t.let(log(x));
      return add(mul(sub(x, 0.5), sub(l, 1)), add(f64(HALF_LOG_2PI - 0.5), stirlingTail(x)));
    },
  ),
);

/** Γ(x) for x > 0: from Γ on [1.5, 2.5) by the recurrence below 24 (whole numbers are exact), else Stirling. */
export const gammaPositive = scalarFunction("gamma_positive", 1, (b, [x]) =>
  choose(
    b,
    [
      [lt(x, 1e-300), () => div(f64(1), x)],
      [
        lt(x, 24),
        (t) => {
          const v = t.variable(x, "v");
          const product = t.variable(f64(1), "product");
          t.while(ge(v, 2.5), (loop) => {
            loop.set(v, sub(v, 1));
            loop.set(product, mul(product, v));
          });
          // Γ(x) = Γ(x + 2) / (x·(x + 1)) = Γ(x + 1) / x; the offset from 2 is exact.
          t.if(lt(v, 0.5), (low) => low.set(product, div(f64(1), mul(v, add(v, 1)))));
          t.if(both(ge(v, 0.5), lt(v, 1.5)), (low) => low.set(product, div(f64(1), v)));
          const offset = select(lt(v, 0.5), v, select(lt(v, 1.5), sub(v, 1), sub(v, 2)));
          return mul(exp(lgammaAt2(t.let(offset))), product);
        },
      ],
      [gt(x, 172), () => f64(Infinity)],
    ],
    (t) => {
      // x^(x − ½) in two factors, since it overflows before Γ does.
      const root = t.let(power(x, mul(sub(x, 0.5), 0.5)));
      return mul(mul(mul(root, exp(neg(x))), root), mul(exp(stirlingTail(x)), Math.sqrt(2 * Math.PI)));
    },
  ),
);

/** lgamma(1 + a) for a ≥ 0, precise for small a. */
export const lgamma1p = scalarFunction("lgamma1p", 1, (b, [a]) =>
  choose(b, [[lt(a, 0.5), () => sub(lgammaAt2(a), log1p(a))]], () => lgammaPositive(add(a, 1))),
);

/** The logarithm of |Γ(x)|; ∞ at the poles and at ±∞. */
export const lgammaScalar = scalarFunction("lgamma", 1, (b, [x]) => {
  const a = b.let(abs(x));
  return choose(
    b,
    [
      [gt(x, 0), () => lgammaPositive(x)],
      [isWhole(x), () => f64(Infinity)],
      [lt(a, 1e-17), () => neg(log(a))],
    ],
    // Γ(x)·Γ(−x) = −π / (x·sin πx)
    (t) => sub(log(div(f64(Math.PI), mul(sinPi(t, a), a))), lgammaPositive(a)),
  );
});

/** digamma(x) for x > 0. */
const digammaPositive = scalarFunction("digamma_positive", 1, (b, [x]) =>
  choose(
    b,
    [
      [
        ge(x, 10),
        (t) => {
          const r = t.let(div(f64(1), x));
          const w = t.let(mul(r, r));
          return sub(sub(log(x), mul(r, 0.5)), mul(w, horner(w, DIGAMMA_FAR)));
        },
      ],
    ],
    (t) => {
      const v = t.variable(x, "v");
      const shift = t.variable(f64(0), "shift");
      t.if(lt(x, 1), (then) => {
        then.set(shift, div(f64(-1), x));
        then.set(v, add(x, 1));
      });
      t.while(gt(v, 2), (loop) => {
        loop.set(v, sub(v, 1));
        loop.set(shift, add(shift, div(f64(1), v)));
      });
      const fromRoot = sub(sub(v, DIGAMMA_ZERO[0]), DIGAMMA_ZERO[1]);
      return add(mul(fromRoot, horner(t.let(sub(v, 1.5)), DIGAMMA_ROOT)), shift);
    },
  ),
);

export const digammaScalar = scalarFunction("digamma", 1, (b, [x]) =>
  choose(
    b,
    [
      [gt(x, 0), () => digammaPositive(x)],
      [isWhole(x), () => f64(NaN)],
    ],
    // ψ(1 − x) − ψ(x) = π·cot(πx)
    () => {
      const r = mul(sub(x, apply("roundEven", x)), Math.PI);
      return sub(digammaPositive(sub(f64(1), x)), div(f64(Math.PI), apply("tan", r)));
    },
  ),
);

/** ζ(s, q) for s > 1 and q > 0: ten terms, then Euler–Maclaurin. */
const zetaPositive = scalarFunction("zeta_positive", 2, (b, [s, q]) => {
  const sum = b.variable(f64(0), "sum");
  b.for(0, 10, (loop, k) => loop.set(sum, add(sum, power(add(q, cast(k, "float64")), neg(s)))), "k");
  const a = b.let(add(q, 10));
  const last = b.let(power(a, neg(s)));
  b.if(gt(last, 0), (tail) => {
    tail.set(sum, add(sum, add(div(mul(last, a), sub(s, 1)), mul(last, 0.5))));
    const term = tail.variable(div(mul(last, s), a), "term");
    ZETA_TAIL.forEach((c, j) => {
      tail.set(sum, add(sum, mul(term, c)));
      const k = 2 * j + 1;
      tail.set(term, mul(term, mul(div(add(s, k), a), div(add(s, k + 1), a))));
    });
  });
  return sum;
});

/** Whether a whole number is odd. */
export const isOdd = (b: Block, n: Expr): Expr => {
  const half = b.let(mul(n, 0.5));
  return not(eq(floor(half), half));
};

const zetaScalar = scalarFunction("zeta", 2, (b, [s, q]) =>
  choose(
    b,
    [
      [either(isNan(s), isNan(q)), () => f64(NaN)],
      [eq(s, 1), () => f64(Infinity)],
      [lt(s, 1), () => f64(NaN)],
      [gt(q, 0), () => zetaPositive(s, q)],
      [isWhole(q), () => f64(Infinity)],
      [not(isWhole(s)), () => f64(NaN)],
    ],
    // Σ over k ≥ 0 of (q + k)^−s = Σ over all whole k − Σ over k < 0, both by ζ of positive arguments.
    (t) => {
      const f = t.let(sub(q, floor(q)));
      const sign = t.let(select(isOdd(t, s), f64(-1), f64(1)));
      const g = sub(f64(1), f);
      return add(zetaPositive(s, f), mul(sign, sub(zetaPositive(s, g), zetaPositive(s, sub(f64(1), q)))));
    },
  ),
);

const polygammaScalar = scalarFunction("polygamma", 2, (b, [m, x]) =>
  choose(
    b,
    [
      [eq(m, 0), () => digammaScalar(x)],
      [either(either(isNan(m), lt(m, 0)), not(isWhole(m))), () => f64(NaN)],
    ],
    (t) => {
      const z = t.let(zetaScalar(add(m, 1), x));
      const size = choose(
        t,
        [
          [
            both(le(m, 170), gt(z, 0)),
            (u) => {
              const factorial = u.variable(z, "factorial");
              iterate(u, 170, (loop, n, stop) => {
                stop(loop, ge(n, m));
                loop.set(factorial, mul(factorial, n));
              });
              return factorial;
            },
          ],
          [gt(z, 0), () => exp(add(lgamma1p(m), log(z)))],
        ],
        () => mul(exp(lgamma1p(m)), z),
      );
      return select(isOdd(t, m), size, neg(size));
    },
  ),
);

/** lgamma(big) − lgamma(big + small) for big ≥ 8, small > 0. */
export const lgammaStep = scalarFunction("lgamma_step", 2, (b, [small, big]) => {
  const sum = b.let(add(big, small));
  const main = add(mul(sub(sum, 0.5), log1p(div(small, big))), mul(small, sub(log(big), 1)));
  return sub(sub(stirlingTail(big), stirlingTail(sum)), main);
});

/** log B(a, b) for a, b > 0. */
const betalnPositive = scalarFunction("betaln_positive", 2, (b, [p, q]) => {
  const lo = b.let(apply("min", p, q));
  const hi = b.let(apply("max", p, q));
  return choose(
    b,
    [
      [lt(hi, 8), () => add(lgammaPositive(lo), sub(lgammaPositive(hi), lgammaPositive(add(lo, hi))))],
      [lt(lo, 8), () => add(lgammaPositive(lo), lgammaStep(lo, hi))],
    ],
    (t) => {
      const ratio = t.let(div(lo, hi));
      const corrections = sub(add(stirlingTail(lo), stirlingTail(hi)), stirlingTail(add(lo, hi)));
      const u = mul(sub(lo, 0.5), log(div(ratio, add(ratio, 1))));
      return add(sub(add(u, sub(f64(HALF_LOG_2PI), mul(log(hi), 0.5))), mul(hi, log1p(ratio))), corrections);
    },
  );
});

const betalnScalar = scalarFunction("betaln", 2, (b, [p, q]) =>
  choose(
    b,
    [
      [both(both(gt(p, 0), gt(q, 0)), lt(add(p, q), Infinity)), () => betalnPositive(p, q)],
      [both(gt(p, 0), gt(q, 0)), () => f64(-Infinity)],
    ],
    () => sub(add(lgammaScalar(p), lgammaScalar(q)), lgammaScalar(add(p, q))),
  ),
);

export const lgammaP = special("lgamma", lgammaScalar, [(g, _, [x]) => times(g, digamma(x))]);
/** log |Γ(x)|; ∞ at 0 and the negative whole numbers. Derivative digamma(x). */
export const lgamma = (x: ArrayLike): NDArray => bind1(lgammaP, [asArray(x, "lgamma")], none);

export const digammaP = special("digamma", digammaScalar, [(g, _, [x]) => times(g, polygamma(1, x))]);
/** ψ(x) = d/dx log Γ(x); NaN at the poles. Derivative polygamma(1, x). */
export const digamma = (x: ArrayLike): NDArray => bind1(digammaP, [asArray(x, "digamma")], none);

export const polygammaP = special("polygamma", polygammaScalar, [
  noDerivative("polygamma", "m"),
  (g, _, [m, x]) => times(g, polygamma(plus(m, 1), x)),
]);
/** The m-th derivative of digamma at x, for whole m ≥ 0 (as a float array); NaN for other m. */
export const polygamma = (m: ArrayLike, x: ArrayLike): NDArray =>
  bind1(polygammaP, promoteStrict("polygamma", m, x), none);

export const zetaP = special("zeta", zetaScalar, [
  noDerivative("zeta", "x"),
  (g, _, [x, q]) => times(g, negate(times(x, zeta(plus(x, 1), q)))),
]);
/**
 * Hurwitz zeta function Σₖ (q + k)^(−x), k = 0, 1, …: NaN for x < 1, ∞ at x = 1 and at q = 0, −1, …. Differentiable with
 * respect to q.
 */
export const zeta = (x: ArrayLike, q: ArrayLike): NDArray => bind1(zetaP, promoteStrict("zeta", x, q), none);

export const betalnP = special("betaln", betalnScalar, [
  (g, _, [a, b]) => times(g, minus(digamma(a), digamma(plus(a, b)))),
  (g, _, [a, b]) => times(g, minus(digamma(b), digamma(plus(a, b)))),
]);
/** log |B(a, b)| = lgamma(a) + lgamma(b) − lgamma(a + b), without the cancellation for large operands. */
export const betaln = (a: ArrayLike, b: ArrayLike): NDArray =>
  bind1(betalnP, promoteStrict("betaln", a, b), none);
