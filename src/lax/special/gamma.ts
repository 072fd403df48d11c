/**
 * @file The gamma function's family: lgamma, digamma, polygamma, the Hurwitz zeta function.
 *
 * lgamma has relative precision near its zeros 1 and 2, digamma near its positive root; for negative x both reflect.
 * From 8 on they follow Stirling's series, whose remainder (`stirlingTail`) the incomplete functions share.
 */
import type { ArrayLike, NDArray } from "../../core/array.ts";
import { type Block, scalarFunction } from "../../loops/ir/build.ts";
import * as e from "../../loops/ir/expressions.ts";
import * as lax from "../elementwise/index.ts";
import type { Expr, Local } from "../../loops/ir/ir.ts";
import { DIGAMMA_FAR, DIGAMMA_ROOT, DIGAMMA_ZERO, LGAMMA_AT_2, STIRLING, ZETA_TAIL } from "./coefficients.ts";
import { choose, horner, isWhole, iterate, noDerivative, sinPi, special } from "./scalar.ts";
import type { Unary } from "../families/functions.ts";

const HALF_LOG_2PI = 0.5 * Math.log(2 * Math.PI);

/** lgamma(x) − ((x − ½)·log x − x + ½·log 2π) for x ≥ 8. */
export const stirlingTail = scalarFunction("stirling_tail", 1, (b, [x]) => {
  const r = b.let(e.div(1, x));
  return e.mul(horner(b.let(e.mul(r, r)), STIRLING), r);
});

/** lgamma(2 + y) for |y| ≤ ½. */
const lgammaAt2 = (y: Expr): Expr => e.mul(y, horner(y, LGAMMA_AT_2));

/** x reduced by whole steps to v below 2.5, and the product of the numbers passed, so that Γ(x) = product·Γ(v). */
function stepDown(b: Block, x: Expr): { v: Local; product: Local } {
  const v = b.variable(x, "v");
  const product = b.variable(e.f64(1), "product");
  b.while(e.ge(v, 2.5), (loop) => {
    loop.set(v, e.sub(v, 1));
    loop.set(product, e.mul(product, v));
  });
  return { v, product };
}

/** lgamma(x) for x > 0. */
export const lgammaPositive = scalarFunction("lgamma_positive", 1, (b, [x]) =>
  choose(
    b,
    [e.lt(x, 1e-17), e.neg(e.log(x))],
    [e.lt(x, 0.5), e.sub(lgammaAt2(x), e.log(e.mul(x, e.add(x, 1))))],
    [
      e.lt(x, 1.5),
      (t) => {
        const y = t.let(e.sub(x, 1));
        return e.sub(lgammaAt2(y), e.log1p(y));
      },
    ],
    [e.lt(x, 2.5), (t) => lgammaAt2(t.let(e.sub(x, 2)))],
    [
      e.lt(x, 8),
      (t) => {
        const { v, product } = stepDown(t, x);
        return e.add(e.log(product), lgammaAt2(t.let(e.sub(v, 2))));
      },
    ],
    (t) => {
      const l = t.let(e.log(x));
      return e.add(e.mul(e.sub(x, 0.5), e.sub(l, 1)), e.add(HALF_LOG_2PI - 0.5, stirlingTail(x)));
    },
  ),
);

/** Γ(x) for x > 0: from Γ on [1.5, 2.5) by the recurrence below 24 (whole numbers are exact), else Stirling. */
export const gammaPositive = scalarFunction("gamma_positive", 1, (b, [x]) =>
  choose(
    b,
    [e.lt(x, 1e-300), e.div(1, x)],
    [
      e.lt(x, 24),
      (t) => {
        const { v, product } = stepDown(t, x);
        // Γ(x) = Γ(x + 2) / (x·(x + 1)) = Γ(x + 1) / x; the offset from 2 is exact.
        t.if(e.lt(v, 0.5), (low) => low.set(product, e.div(1, e.mul(v, e.add(v, 1)))));
        t.if(e.and(e.ge(v, 0.5), e.lt(v, 1.5)), (low) => low.set(product, e.div(1, v)));
        const offset = e.select(e.lt(v, 0.5), v, e.select(e.lt(v, 1.5), e.sub(v, 1), e.sub(v, 2)));
        return e.mul(e.exp(lgammaAt2(t.let(offset))), product);
      },
    ],
    [e.gt(x, 172), Infinity],
    (t) => {
      // x^(x − ½) in two factors, since it overflows before Γ does.
      const root = t.let(e.pow(x, e.mul(e.sub(x, 0.5), 0.5)));
      return e.mul(
        e.mul(e.mul(root, e.exp(e.neg(x))), root),
        e.mul(e.exp(stirlingTail(x)), Math.sqrt(2 * Math.PI)),
      );
    },
  ),
);

/** lgamma(1 + a) for a ≥ 0, precise for small a. */
export const lgamma1p = scalarFunction("lgamma1p", 1, (b, [a]) =>
  choose(b, [e.lt(a, 0.5), e.sub(lgammaAt2(a), e.log1p(a))], lgammaPositive(e.add(a, 1))),
);

/** The logarithm of |Γ(x)|; ∞ at the poles and at ±∞. */
export const lgammaScalar = scalarFunction("lgamma", 1, (b, [x]) => {
  const a = b.let(e.abs(x));
  return choose(
    b,
    [e.gt(x, 0), lgammaPositive(x)],
    [isWhole(x), Infinity],
    [e.lt(a, 1e-17), e.neg(e.log(a))],
    // Γ(x)·Γ(−x) = −π / (x·sin πx)
    (t) => e.sub(e.log(e.div(Math.PI, e.mul(sinPi(t, a), a))), lgammaPositive(a)),
  );
});

/** digamma(x) for x > 0. */
const digammaPositive = scalarFunction("digamma_positive", 1, (b, [x]) =>
  choose(
    b,
    [
      e.ge(x, 10),
      (t) => {
        const r = t.let(e.div(1, x));
        const w = t.let(e.mul(r, r));
        return e.sub(e.sub(e.log(x), e.mul(r, 0.5)), e.mul(w, horner(w, DIGAMMA_FAR)));
      },
    ],
    (t) => {
      const v = t.variable(x, "v");
      const shift = t.variable(e.f64(0), "shift");
      t.if(e.lt(x, 1), (then) => {
        then.set(shift, e.div(-1, x));
        then.set(v, e.add(x, 1));
      });
      t.while(e.gt(v, 2), (loop) => {
        loop.set(v, e.sub(v, 1));
        loop.set(shift, e.add(shift, e.div(1, v)));
      });
      const fromRoot = e.sub(e.sub(v, DIGAMMA_ZERO[0]), DIGAMMA_ZERO[1]);
      return e.add(e.mul(fromRoot, horner(t.let(e.sub(v, 1.5)), DIGAMMA_ROOT)), shift);
    },
  ),
);

export const digammaScalar = scalarFunction("digamma", 1, (b, [x]) =>
  choose(
    b,
    [e.gt(x, 0), digammaPositive(x)],
    [isWhole(x), NaN],
    // ψ(1 − x) − ψ(x) = π·cot(πx)
    () => {
      const r = e.mul(e.sub(x, e.roundEven(x)), Math.PI);
      return e.sub(digammaPositive(e.sub(1, x)), e.div(Math.PI, e.tan(r)));
    },
  ),
);

/** uˢ·ζ(s, q) for s > 1 and q > 0, given 1/u: ten terms, then Euler–Maclaurin. */
const zetaInUnits = scalarFunction("zeta_in_units", 3, (b, [s, q, unit]) => {
  const sum = b.variable(e.f64(0), "sum");
  const power = (x: Expr): Expr => e.pow(e.mul(x, unit), e.neg(s));
  b.for(0, 10, (loop, k) => loop.set(sum, e.add(sum, power(e.add(q, e.cast(k, "float64"))))), "k");
  const a = b.let(e.add(q, 10));
  const last = b.let(power(a));
  b.if(e.gt(last, 0), (tail) => {
    tail.set(sum, e.add(sum, e.add(e.div(e.mul(last, a), e.sub(s, 1)), e.mul(last, 0.5))));
    const term = tail.variable(e.div(e.mul(last, s), a), "term");
    ZETA_TAIL.forEach((c, j) => {
      tail.set(sum, e.add(sum, e.mul(term, c)));
      const k = 2 * j + 1;
      tail.set(term, e.mul(term, e.mul(e.div(e.add(s, k), a), e.div(e.add(s, k + 1), a))));
    });
  });
  return sum;
});
/** ζ(s, q) for s > 1 and q > 0. */
const zetaPositive = (s: Expr, q: Expr): Expr => zetaInUnits(s, q, e.f64(1));

/** Whether a whole number is odd. */
export const isOdd = (b: Block, n: Expr): Expr => {
  const half = b.let(e.mul(n, 0.5));
  return e.not(e.eq(e.floor(half), half));
};

const zetaScalar = scalarFunction("zeta", 2, (b, [s, q]) =>
  choose(
    b,
    [e.or(e.isNan(s), e.isNan(q)), NaN],
    [e.eq(s, 1), Infinity],
    [e.lt(s, 1), NaN],
    [e.gt(q, 0), zetaPositive(s, q)],
    [isWhole(q), Infinity],
    [e.not(isWhole(s)), NaN],
    // Σ over k ≥ 0 of (q + k)^−s = Σ over all whole k − Σ over k < 0, both by ζ of positive arguments.
    (t) => {
      // The distances f and 1 − f to the whole numbers around q, of which the smaller is exact.
      const r = t.let(e.sub(q, e.roundEven(q)));
      const f = e.select(e.gt(r, 0), r, e.add(r, 1));
      const g = e.select(e.gt(r, 0), e.sub(1, r), e.neg(r));
      const sign = t.let(e.select(isOdd(t, s), e.f64(-1), e.f64(1)));
      const all = e.add(zetaPositive(s, f), e.mul(sign, zetaPositive(s, g)));
      return e.sub(all, e.mul(sign, zetaPositive(s, e.sub(1, q))));
    },
  ),
);

export const polygammaScalar = scalarFunction("polygamma", 2, (b, [m, x]) =>
  choose(
    b,
    [e.eq(m, 0), digammaScalar(x)],
    [e.or(e.or(e.isNan(m), e.lt(m, 0)), e.not(isWhole(m))), NaN],
    (t) => {
      const z = t.let(zetaScalar(e.add(m, 1), x));
      /** start·1·r·2r·3r … mr */
      const rising = (u: Block, start: Expr, r: Expr): Expr => {
        const product = u.variable(start, "product");
        iterate(u, 170, (loop, n, stop) => {
          stop(loop, e.ge(n, m));
          loop.set(product, e.mul(product, e.mul(n, r)));
        });
        return product;
      };
      const size = choose(
        t,
        // Here ζ is no normal number, m!·ζ may be one.
        [
          e.and(e.gt(x, 1), e.lt(z, 1e-280)),
          (u) => {
            const r = u.let(e.div(1, x));
            const scaled = u.let(zetaInUnits(e.add(m, 1), x, r));
            return choose(
              u,
              [e.le(m, 170), (v) => rising(v, e.mul(scaled, r), r)],
              e.mul(e.exp(e.sub(lgamma1p(m), e.mul(e.add(m, 1), e.log(x)))), scaled),
            );
          },
        ],
        [e.and(e.le(m, 170), e.gt(z, 0)), (u) => rising(u, z, e.f64(1))],
        [e.gt(z, 0), e.exp(e.add(lgamma1p(m), e.log(z)))],
        e.mul(e.exp(lgamma1p(m)), z),
      );
      return e.select(isOdd(t, m), size, e.neg(size));
    },
  ),
);

/** lgamma(big) − lgamma(big + small) for big ≥ 8, small > 0. */
export const lgammaStep = scalarFunction("lgamma_step", 2, (b, [small, big]) => {
  const sum = b.let(e.add(big, small));
  const main = e.add(e.mul(e.sub(sum, 0.5), e.log1p(e.div(small, big))), e.mul(small, e.sub(e.log(big), 1)));
  return e.sub(e.sub(stirlingTail(big), stirlingTail(sum)), main);
});

/** log B(a, b) for a, b > 0. */
const betalnPositive = scalarFunction("betaln_positive", 2, (b, [p, q]) => {
  const lo = b.let(e.min(p, q));
  const hi = b.let(e.max(p, q));
  return choose(
    b,
    [e.lt(hi, 8), e.add(lgammaPositive(lo), e.sub(lgammaPositive(hi), lgammaPositive(e.add(lo, hi))))],
    [e.lt(lo, 8), e.add(lgammaPositive(lo), lgammaStep(lo, hi))],
    (t) => {
      const ratio = t.let(e.div(lo, hi));
      const corrections = e.sub(e.add(stirlingTail(lo), stirlingTail(hi)), stirlingTail(e.add(lo, hi)));
      const u = e.mul(e.sub(lo, 0.5), e.log(e.div(ratio, e.add(ratio, 1))));
      return e.add(
        e.sub(e.add(u, e.sub(HALF_LOG_2PI, e.mul(e.log(hi), 0.5))), e.mul(hi, e.log1p(ratio))),
        corrections,
      );
    },
  );
});

export const betalnScalar = scalarFunction("betaln", 2, (b, [p, q]) =>
  choose(
    b,
    [e.and(e.and(e.gt(p, 0), e.gt(q, 0)), e.lt(e.add(p, q), Infinity)), betalnPositive(p, q)],
    [e.and(e.gt(p, 0), e.gt(q, 0)), -Infinity],
    (t) => betalnReflected(t, p, q),
  ),
);

/** |sin πx|, exact zeros. */
const sinPiSize = (b: Block, x: Expr): Expr => b.let(sinPi(b, b.let(e.abs(x))));

/** log |B(p, q)| where one operand is not positive, from B of positive ones by Γ(x)·Γ(1 − x) = π/sin πx. */
function betalnReflected(b: Block, p: Expr, q: Expr): Expr {
  const [lo, hi] = [b.let(e.min(p, q)), b.let(e.max(p, q))];
  const sum = b.let(e.add(lo, hi));
  const sines = sinPiSize(b, lo);
  return choose(
    b,
    [
      e.le(hi, 0),
      (t) => {
        const low = e.mul(e.mul(sines, sinPiSize(t, hi)), e.sub(1, sum));
        const factor = e.div(e.mul(sinPiSize(t, sum), Math.PI), low);
        return e.sub(e.log(factor), betalnPositive(e.sub(1, lo), e.sub(1, hi)));
      },
    ],
    [
      e.lt(sum, 0.5),
      (t) => {
        const ratio = e.select(isWhole(hi), e.f64(1), e.div(sinPiSize(t, sum), sines));
        return e.add(e.log(ratio), betalnPositive(hi, t.let(e.sub(1, sum))));
      },
    ],
    (t) => e.sub(e.log(e.div(Math.PI, e.mul(sines, hi))), betalnPositive(t.let(e.sub(1, lo)), sum)),
  );
}

/**
 * log |Γ(x)|, element by element in the operand's dtype; ∞ at 0 and the negative whole numbers, and at ±∞. Derivative
 * digamma(x).
 * @throws DTypeError unless the dtype is a real float
 * @see jax.lax.lgamma
 * @example
 * lax.lgamma(np.array([1, 5, -1])).js(); // [0, 3.1781, Infinity] — log 0!, log 4!
 */
export const lgamma: Unary = special("lgamma", lgammaScalar, (g, _, [x]) => lax.mul(g, digamma(x)));

/**
 * ψ(x) = d/dx log Γ(x), element by element in the operand's dtype; NaN at the poles 0, −1, −2, …. Derivative polygamma(1, x).
 * @throws DTypeError unless the dtype is a real float
 * @see jax.lax.digamma
 * @example
 * lax.digamma(np.array([1, 2, -1])).js(); // [-0.57722, 0.42278, NaN] — −γ and 1 − γ
 */
export const digamma: Unary = special("digamma", digammaScalar, (g, _, [x]) => lax.mul(g, polygamma(1, x)));

/**
 * The m-th derivative of digamma at x, for whole m ≥ 0 (as floats of the dtype of x); NaN for other m. Differentiable with
 * respect to x: polygamma(m + 1, x).
 * @throws DTypeError unless the dtypes are one real float; DifferentiationError for derivatives with respect to m
 * @see jax.lax.polygamma
 * @example
 * lax.polygamma(1, np.array([1, 2])).js(); // [1.6449, 0.6449] — π²/6, π²/6 − 1
 */
export const polygamma: (m: ArrayLike, x: ArrayLike) => NDArray = special("polygamma", polygammaScalar, [
  ...noDerivative("polygamma", "m"),
  (g, _, [m, x]) => lax.mul(g, polygamma(lax.add(m, 1), x)),
]);

/**
 * The Hurwitz zeta function Σₖ (q + k)^(−x), k = 0, 1, …, element by element of operands of one shape (or scalars) and dtype:
 * NaN for x < 1, ∞ at x = 1 and at q = 0, −1, …. Differentiable with respect to q: −x·ζ(x + 1, q).
 * @throws DTypeError unless the dtypes are one real float; DifferentiationError for derivatives with respect to x
 * @see jax.lax.zeta
 * @example
 * lax.zeta(2, np.array([1, 2])).js(); // [1.6449, 0.6449] — π²/6, π²/6 − 1
 */
export const zeta: (x: ArrayLike, q: ArrayLike) => NDArray = special("zeta", zetaScalar, [
  ...noDerivative("zeta", "x"),
  (g, _, [x, q]) => lax.mul(g, lax.neg(lax.mul(x, zeta(lax.add(x, 1), q)))),
]);
