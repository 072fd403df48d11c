/**
 * @file Confluent and Gauss's hypergeometric functions of real operands: hyp1f1, hyp2f1.
 *
 * The series, after a transformation that makes it converge fast and, where possible, of one sign: Kummer's for negative x
 * of 1F1; Pfaff's for x < −½ and the connection to 1 − x near 1 for 2F1. A series that does not converge within its bound
 * gives NaN, never a partial sum.
 */
import type { ArrayLike, NDArray } from "../../core/array.ts";
import { type Block, scalarFunction } from "../../loops/ir/build.ts";
import * as e from "../../loops/ir/expressions.ts";
import * as lax from "../elementwise/index.ts";
import type { Expr, Local } from "../../loops/ir/ir.ts";
import { gammasgnScalar } from "./elementary.ts";
import { lgammaScalar } from "./gamma.ts";
import { type Scalar, type Special, choose, isWhole, iterate, noDerivative, special } from "./scalar.ts";

const EPS = 2 ** -53;

/** A whole number ≤ 0. */
const isPole = (x: Expr): Expr => e.and(e.le(x, 0), isWhole(x));

/** Whether a term no longer changes the sum; also true of NaN, of which every further term would be one. */
const isSettled = (term: Expr, sum: Expr): Expr => e.not(e.gt(e.abs(term), e.mul(e.abs(sum), EPS)));

/** Σ of terms each `ratio(k)` times the one before (k from 0), NaN if `limit` of them do not suffice. */
function ratioSeries(b: Block, limit: number, ratio: (k: Expr) => Expr): Local {
  const term = b.variable(e.f64(1), "term");
  const sum = b.variable(e.f64(1), "sum");
  const done = b.variable(e.f64(0), "done");
  iterate(b, limit, (loop, n, stop) => {
    loop.set(term, e.mul(term, ratio(loop.let(e.sub(n, 1)))));
    loop.set(sum, e.add(sum, term));
    const settled = loop.let(isSettled(term, sum));
    loop.if(settled, (t) => t.set(done, 1));
    stop(loop, settled);
  });
  b.if(e.eq(done, 0), (t) => t.set(sum, e.f64(NaN)));
  return sum;
}

/** 1F1(a; b; x) by its series, x ≥ 0. */
const kummerSeries = scalarFunction("kummer_series", 3, (t, [a, b, x]) =>
  ratioSeries(t, 20000, (k) => e.div(e.mul(e.div(e.add(a, k), e.add(b, k)), x), e.add(k, 1))),
);

const hyp1f1Scalar = scalarFunction("hyp1f1", 3, (t, [a, b, x]) =>
  choose(
    t,
    [e.or(e.or(e.isNan(a), e.isNan(b)), e.isNan(x)), NaN],
    [e.or(e.eq(x, 0), e.eq(a, 0)), 1],
    [e.and(isPole(b), e.not(e.and(isPole(a), e.gt(a, b)))), Infinity],
    [e.eq(a, b), e.exp(x)],
    [isPole(a), kummerSeries(a, b, x)],
    [e.and(e.lt(x, 0), e.gt(x, -700)), e.mul(e.exp(x), kummerSeries(e.sub(b, a), b, e.neg(x)))],
    [e.lt(x, 0), farNegative(a, b, x)],
    kummerSeries(a, b, x),
  ),
);

/** Γ(b)/Γ(b − a)·(−x)^(−a)·Σ (a)ₖ(a − b + 1)ₖ/k!·(−x)^(−k), for x ≤ −700. */
const farNegative = scalarFunction("hyp1f1_far", 3, (t, [a, b, x]) => {
  const y = t.let(e.neg(x));
  const series = ratioSeries(t, 200, (k) =>
    e.div(e.mul(e.add(a, k), e.add(e.sub(a, b), e.add(k, 1))), e.mul(e.add(k, 1), y)),
  );
  return e.mul(e.mul(gammaQuotient(t, [b], [e.sub(b, a)]), e.pow(y, e.neg(a))), series);
});

/** ∏Γ(top) / ∏Γ(bottom); 0 where a bottom operand is a pole. */
function gammaQuotient(b: Block, top: readonly Expr[], bottom: readonly Expr[]): Expr {
  let logs: Expr = e.f64(0);
  let signs: Expr = e.f64(1);
  let vanish: Expr | null = null;
  for (const [list, sign] of [
    [top, 1],
    [bottom, -1],
  ] as const) {
    for (const value of list) {
      const v = b.let(value);
      logs = e.add(logs, e.mul(lgammaScalar(v), sign));
      signs = e.mul(signs, gammasgnScalar(v));
      if (sign === -1) vanish = vanish === null ? isPole(v) : e.or(vanish, isPole(v));
    }
  }
  const quotient = b.let(e.mul(signs, e.exp(logs)));
  return b.let(e.select(vanish!, e.f64(0), quotient));
}

/** 2F1 by its series, |x| < 1. */
const gaussSeries = scalarFunction("gauss_series", 4, (t, [a, b, c, x]) =>
  ratioSeries(t, 200000, (k) =>
    e.div(e.mul(e.mul(e.add(a, k), e.div(e.add(b, k), e.add(c, k))), x), e.add(k, 1)),
  ),
);

/** 2F1 for 0.9 < x < 1, c − a − b not whole: two series in 1 − x. */
const gaussNearOne = scalarFunction("gauss_near_one", 4, (t, [a, b, c, x]) => {
  const d = t.let(e.sub(e.sub(c, a), b));
  const y = t.let(e.sub(1, x));
  const [ca, cb] = [t.let(e.sub(c, a)), t.let(e.sub(c, b))];
  const first = e.mul(gammaQuotient(t, [c, d], [ca, cb]), gaussSeries(a, b, e.sub(1, d), y));
  const second = e.mul(
    e.mul(e.pow(y, d), gammaQuotient(t, [c, e.neg(d)], [a, b])),
    gaussSeries(ca, cb, e.add(d, 1), y),
  );
  return e.add(first, second);
});

/** 2F1 for −½ ≤ x < 1. */
const gaussCentre = scalarFunction("gauss_centre", 4, (t, [a, b, c, x]) => {
  const d = t.let(e.sub(e.sub(c, a), b));
  return choose(
    t,
    [e.or(isPole(a), isPole(b)), gaussSeries(a, b, c, x)],
    [e.and(e.gt(x, 0.9), e.not(isWhole(d))), gaussNearOne(a, b, c, x)],
    // Euler: the series of (c − a, c − b) decays faster when c − a − b is negative.
    [e.lt(d, 0), e.mul(e.pow(e.sub(1, x), d), gaussSeries(e.sub(c, a), e.sub(c, b), c, x))],
    gaussSeries(a, b, c, x),
  );
});

const hyp2f1Scalar = scalarFunction("hyp2f1", 4, (t, [a, b, c, x]) => {
  const polynomial = t.let(e.or(isPole(a), isPole(b)));
  const d = t.let(e.sub(e.sub(c, a), b));
  return choose(
    t,
    [e.or(e.or(e.isNan(a), e.isNan(b)), e.or(e.isNan(c), e.isNan(x))), NaN],
    [e.or(e.eq(x, 0), e.or(e.eq(a, 0), e.eq(b, 0))), 1],
    [e.and(isPole(c), e.not(e.or(e.and(isPole(a), e.gt(a, c)), e.and(isPole(b), e.gt(b, c))))), Infinity],
    [e.and(polynomial, e.gt(e.abs(x), 1)), gaussSeries(a, b, c, x)],
    [
      e.eq(x, 1),
      (u) => e.select(e.gt(d, 0), gammaQuotient(u, [c, d], [e.sub(c, a), e.sub(c, b)]), e.f64(Infinity)),
    ],
    [e.gt(x, 1), Infinity],
    [
      e.lt(x, -0.5),
      (u) => {
        // Pfaff, by the operand that stays.
        const y = u.let(e.div(x, e.sub(x, 1)));
        const keepA = u.let(e.gt(e.abs(b), e.abs(a)));
        const kept = u.let(e.select(keepA, a, b));
        const other = u.let(e.sub(c, e.select(keepA, b, a)));
        return e.mul(e.pow(e.sub(1, x), e.neg(kept)), gaussCentre(kept, other, c, y));
      },
    ],
    gaussCentre(a, b, c, x),
  );
});

/** d/da and d/db of the series of 1F1, term by term, x ≥ 0. */
const kummerSlope = (which: "a" | "b"): ((...args: readonly Expr[]) => Expr) =>
  scalarFunction(`kummer_d${which}`, 3, (t, [a, b, x]) => {
    const term = t.variable(e.f64(1), "term");
    const slope = t.variable(e.f64(0), "slope");
    const sum = t.variable(e.f64(0), "sum");
    const settled = t.variable(e.f64(0), "settled");
    iterate(t, 20000, (loop, n, stop) => {
      const k = loop.let(e.sub(n, 1));
      const [ak, bk] = [loop.let(e.add(a, k)), loop.let(e.add(b, k))];
      const factor = loop.let(e.div(x, e.mul(bk, n)));
      // term·(a + k)·x/((b + k)·(k + 1)) and its derivative
      const next = which === "a" ? e.add(e.mul(slope, ak), term) : e.mul(e.sub(slope, e.div(term, bk)), ak);
      loop.set(slope, e.mul(next, factor));
      loop.set(term, e.mul(e.mul(term, ak), factor));
      loop.set(sum, e.add(sum, slope));
      loop.set(settled, e.select(isSettled(slope, sum), e.f64(1), e.f64(0)));
      // Where a + k changes its sign, terms may grow again.
      stop(loop, e.and(e.eq(settled, 1), e.not(e.le(n, e.abs(a)))));
    });
    return e.select(e.eq(settled, 0), e.f64(NaN), sum);
  });
const kummerDa = kummerSlope("a");
const kummerDb = kummerSlope("b");

/** Kummer's transformation carries both slopes to x ≥ 0. */
const hyp1f1DaScalar = scalarFunction("hyp1f1_da", 3, (t, [a, b, x]) =>
  choose(t, [e.lt(x, 0), e.neg(e.mul(e.exp(x), kummerDa(e.sub(b, a), b, e.neg(x))))], kummerDa(a, b, x)),
);
const hyp1f1DbScalar = scalarFunction("hyp1f1_db", 3, (t, [a, b, x]) =>
  choose(
    t,
    [
      e.lt(x, 0),
      (u) => {
        const [p, y] = [u.let(e.sub(b, a)), u.let(e.neg(x))];
        return e.mul(e.exp(x), e.add(kummerDa(p, b, y), kummerDb(p, b, y)));
      },
    ],
    kummerDb(a, b, x),
  ),
);
/** Without derivatives themselves. */
const slope = (name: string, scalar: Scalar): Special =>
  special(name, scalar, noDerivative("the derivative of hyp1f1 with respect to a or b", "a", "b", "x"));
const hyp1f1Da = slope("hyp1f1_da", hyp1f1DaScalar);
const hyp1f1Db = slope("hyp1f1_db", hyp1f1DbScalar);

/** Kummer's function 1F1(a; b; x) = Σ (a)ₖ/(b)ₖ·xᵏ/k!. */
export const hyp1f1: (a: ArrayLike, b: ArrayLike, x: ArrayLike) => NDArray = special("hyp1f1", hyp1f1Scalar, [
  (g, _, args) => lax.mul(g, hyp1f1Da(...args)),
  (g, _, args) => lax.mul(g, hyp1f1Db(...args)),
  (g, _, [a, b, x]) => lax.mul(g, lax.mul(lax.div(a, b), hyp1f1(lax.add(a, 1), lax.add(b, 1), x))),
]);

/**
 * Gauss's function 2F1(a, b; c; x) = Σ (a)ₖ(b)ₖ/(c)ₖ·xᵏ/k! for x ≤ 1; ∞ beyond. Differentiable with respect to x. Near
 * x = 1 with c − a − b whole the series may be too slow, and the value is NaN.
 */
export const hyp2f1: (a: ArrayLike, b: ArrayLike, c: ArrayLike, x: ArrayLike) => NDArray = special(
  "hyp2f1",
  hyp2f1Scalar,
  [
    ...noDerivative("hyp2f1", "a", "b", "c"),
    (g, _, [a, b, c, x]) =>
      lax.mul(g, lax.mul(lax.div(lax.mul(a, b), c), hyp2f1(lax.add(a, 1), lax.add(b, 1), lax.add(c, 1), x))),
  ],
);
