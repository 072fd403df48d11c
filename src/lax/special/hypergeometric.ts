/**
 * @file Confluent and Gauss's hypergeometric functions of real operands: hyp1f1, hyp2f1.
 *
 * The series, after a transformation that makes it converge fast and, where possible, of one sign: Kummer's for negative x
 * of 1F1; Pfaff's for x < −½ for 2F1, which is continued along its differential equation from where its series is slow or
 * cancels. A series that does not converge within its bound gives NaN, never a partial sum.
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
  ratioSeries(t, 20000, (k) => {
    const ak = e.add(a, k);
    const factor = e.div(e.mul(e.div(ak, e.add(b, k)), x), e.add(k, 1));
    return e.select(e.eq(ak, 0), e.f64(0), factor);
  }),
);

const hyp1f1Scalar = scalarFunction("hyp1f1", 3, (t, [a, b, x]) =>
  choose(
    t,
    [e.or(e.or(e.isNan(a), e.isNan(b)), e.isNan(x)), NaN],
    [e.or(e.eq(x, 0), e.eq(a, 0)), 1],
    [e.and(isPole(b), e.not(e.and(isPole(a), e.ge(a, b)))), Infinity],
    [isPole(a), kummerSeries(a, b, x)],
    [e.eq(a, b), e.exp(x)],
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

/** 2F1 by its series, |x| < 1, or any x where it is a polynomial. */
const gaussSeries = scalarFunction("gauss_series", 4, (t, [a, b, c, x]) =>
  ratioSeries(t, 200000, (k) => {
    const [ak, bk] = [e.add(a, k), e.add(b, k)];
    const ends = e.or(e.eq(ak, 0), e.eq(bk, 0));
    return e.select(ends, e.f64(0), e.div(e.mul(e.mul(ak, e.div(bk, e.add(c, k))), x), e.add(k, 1)));
  }),
);

/** By how much the series of 2F1 may alternate before its terms cancel. */
const ALTERNATES = 4;

/**
 * 2F1 at y = 1 − w in (0, 1) for c − a − b ≥ 0: by its series up to a point, then along its differential equation
 * w(1 − w)G″ + (a + b + 1 − c − (a + b + 1)w)G′ − abG = 0 by Taylor series, each over half the distance to the nearer
 * singularity at most. Of the solutions near w = 0, 1 + … and wᵈ (log w for d = 0) of d = c − a − b, the second is never the
 * larger one, so that no error grows; whole d, where the connection formulas fail (DLMF 15.8(ii)), are no exception.
 * What is carried is G and D = wG′: with the step ρw and the terms uₖ = gₖ(−ρw)ᵏ,
 * (k + 1)(k + 2)(1 − w)uₖ₊₂ = (k + 1)(k(1 − 2w) + r)ρuₖ₊₁ + (k + a)(k + b)wρ²uₖ.
 */
const gaussWalk = scalarFunction("gauss_walk", 5, (t, [a, b, c, y, w]) => {
  const product = t.let(e.mul(a, b));
  // Solutions that oscillate do so as fast as √(|ab|/(w(1 − w))): a longer step cancels.
  const fast = t.let(e.max(e.neg(product), e.f64(1)), "fast");
  const calm = e.div(e.abs(c), e.add(e.abs(product), e.abs(c)));
  const from = t.let(e.min(e.f64(0.5), e.mul(calm, ALTERNATES)), "from");
  const start = t.let(e.min(y, from));
  const value = t.variable(gaussSeries(a, b, c, start), "value");
  const at = t.variable(e.select(e.le(y, from), w, e.sub(1, from)), "at");
  const slope = t.variable(e.f64(0), "slope");
  t.if(e.gt(y, from), (then) => {
    const derivative = e.mul(e.div(product, c), gaussSeries(e.add(a, 1), e.add(b, 1), e.add(c, 1), start));
    then.set(slope, e.neg(e.mul(at, derivative)));
  });
  iterate(t, WALK, (loop, _, stop) => {
    stop(loop, e.not(e.gt(at, w)));
    loop.if(e.gt(at, w), (go) => gaussStep(go, { a, b, c, w, fast }, { at, value, slope }));
  });
  return e.select(e.gt(at, w), e.f64(NaN), value);
});
const WALK = 20000;

/** One step of the walk towards w. */
function gaussStep(
  t: Block,
  { a, b, c, w, fast }: Readonly<Record<"a" | "b" | "c" | "w" | "fast", Expr>>,
  { at, value, slope }: Readonly<Record<"at" | "value" | "slope", Local>>,
): void {
  const rest = t.let(e.sub(1, at), "rest");
  const wave = e.sqrt(e.div(rest, e.mul(at, fast)));
  const most = e.min(e.min(e.f64(0.5), e.div(rest, e.mul(at, 2))), wave);
  const left = t.let(e.div(e.sub(at, w), at), "left");
  const rho = t.let(e.min(most, left), "rho");
  const s = t.let(e.add(e.add(a, b), 1));
  const r = t.let(e.sub(e.sub(s, c), e.mul(s, at)));
  const turn = t.let(e.sub(1, e.mul(at, 2)));
  const narrow = t.let(e.mul(e.mul(at, rho), rho));
  const [before, term] = [t.variable(value, "before"), t.variable(e.neg(e.mul(slope, rho)), "term")];
  const [sum, rate] = [t.variable(e.add(before, term), "sum"), t.variable(term, "rate")];
  iterate(t, 2000, (loop, n, stop) => {
    const k = loop.let(e.sub(n, 1));
    const first = e.mul(e.mul(e.mul(n, e.add(e.mul(k, turn), r)), rho), term);
    const second = e.mul(e.mul(e.mul(e.add(k, a), e.add(k, b)), narrow), before);
    const next = loop.let(e.div(e.add(first, second), e.mul(e.mul(n, e.add(n, 1)), rest)));
    loop.set(before, term);
    loop.set(term, next);
    loop.set(sum, e.add(sum, next));
    loop.set(rate, e.add(rate, e.mul(next, e.add(n, 1))));
    const size = loop.let(e.mul(e.max(e.abs(sum), e.abs(rate)), EPS));
    stop(loop, e.not(e.gt(e.mul(e.max(e.abs(before), e.abs(term)), e.add(n, 1)), size)));
  });
  t.set(value, sum);
  t.set(slope, e.mul(e.div(e.sub(rho, 1), rho), rate));
  t.set(at, e.select(e.eq(rho, left), w, e.mul(at, e.sub(1, rho))));
}

/** ∏ (p + k)/(q + k) over k < n. */
function risingQuotient(t: Block, p: Expr, q: Expr, n: Expr): Local {
  const product = t.variable(e.f64(1), "product");
  const k = t.variable(e.f64(0), "k");
  t.while(e.lt(k, n), (loop) => {
    loop.set(product, e.mul(product, e.div(e.add(p, k), e.add(q, k))));
    loop.set(k, e.add(k, 1));
  });
  return product;
}

/**
 * 2F1 at y = 1 − w in (0, 1) where c − a − b ≥ 0, or where it is a polynomial: that is one of w too (DLMF 15.8.7), and for
 * c − a − b < 0 to be had from w = 0 on only, since the other solution near it is the larger one.
 */
const gaussPlain = scalarFunction("gauss_plain", 5, (t, [a, b, c, y, w]) => {
  const d = t.let(e.sub(e.sub(c, a), b));
  const polynomial = e.or(isPole(a), isPole(b));
  return choose(
    t,
    [
      e.and(polynomial, e.and(e.lt(d, 0), e.gt(y, 0.5))),
      (u) => {
        const first = u.let(e.and(isPole(a), e.not(e.and(isPole(b), e.gt(b, a)))), "first");
        const [n, other] = [u.let(e.neg(e.select(first, a, b))), u.let(e.select(first, b, a))];
        const factor = risingQuotient(u, u.let(e.sub(c, other)), c, n);
        return e.mul(factor, gaussWalk(a, b, e.sub(1, d), w, y));
      },
    ],
    gaussWalk(a, b, c, y, w),
  );
});

/** 2F1 at y = 1 − w, −½ ≤ y < 1. */
const gaussCentre = scalarFunction("gauss_centre", 5, (t, [a, b, c, y, w]) => {
  const [ca, cb] = [t.let(e.sub(c, a)), t.let(e.sub(c, b))];
  const d = t.let(e.sub(ca, b));
  const polynomial = t.let(e.or(isPole(a), isPole(b)));
  const ends = e.or(isPole(ca), isPole(cb));
  // Where Euler's transformation has a polynomial, the solution 1 + … near w = 0 has no part in the function.
  const euler = e.select(polynomial, e.and(e.gt(d, 0), ends), e.or(e.lt(d, 0), ends));
  return choose(
    t,
    [e.lt(y, 0), gaussSeries(a, b, c, y)],
    [euler, e.mul(e.pow(w, d), gaussPlain(ca, cb, c, y, w))],
    gaussPlain(a, b, c, y, w),
  );
});

/** (1 − x)^(−a)·2F1(a, c − b; c; x/(x − 1)), or that with a and b exchanged: Pfaff's transformation, x < 0. */
const gaussPfaff = scalarFunction("gauss_pfaff", 4, (t, [a, b, c, x]) => {
  const y = t.let(e.div(x, e.sub(x, 1)));
  const w = t.let(e.div(1, e.sub(1, x)));
  const keepA = t.let(e.gt(e.abs(b), e.abs(a)));
  const kept = t.let(e.select(keepA, a, b));
  const other = t.let(e.sub(c, e.select(keepA, b, a)));
  return e.mul(e.pow(e.sub(1, x), e.neg(kept)), gaussCentre(kept, other, c, y, w));
});

const hyp2f1Scalar = scalarFunction("hyp2f1", 4, (t, [a, b, c, x]) => {
  const polynomial = t.let(e.or(isPole(a), isPole(b)));
  const d = t.let(e.sub(e.sub(c, a), b));
  // With c = a the limit is that of c first (DLMF 15.2.5).
  const ends = (p: Expr): Expr => e.and(isPole(p), e.ge(p, c));
  const alternates = e.gt(e.mul(e.mul(e.mul(a, b), c), e.neg(x)), e.mul(e.mul(c, c), ALTERNATES));
  return choose(
    t,
    [e.or(e.or(e.isNan(a), e.isNan(b)), e.or(e.isNan(c), e.isNan(x))), NaN],
    [e.or(e.eq(x, 0), e.or(e.eq(a, 0), e.eq(b, 0))), 1],
    [isPole(c), e.select(e.or(ends(a), ends(b)), gaussSeries(a, b, c, x), e.f64(Infinity))],
    [e.and(polynomial, e.gt(e.abs(x), 1)), gaussSeries(a, b, c, x)],
    [
      e.eq(x, 1),
      (u) => e.select(e.gt(d, 0), gammaQuotient(u, [c, d], [e.sub(c, a), e.sub(c, b)]), e.f64(Infinity)),
    ],
    [e.gt(x, 1), Infinity],
    [e.or(e.lt(x, -0.5), e.and(e.lt(x, 0), alternates)), gaussPfaff(a, b, c, x)],
    gaussCentre(a, b, c, x, e.sub(1, x)),
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

/** x/y·f(y + 1), the derivative of a series with the first term x/y; 0 where it has ended, at poles too. */
function unlessEnded(x: NDArray, y: NDArray, f: (next: NDArray, ended: NDArray) => NDArray): NDArray {
  const ended = lax.eq(x, 0);
  const below = lax.select(ended, 1, y);
  return lax.select(ended, 0, lax.mul(lax.div(x, below), f(lax.add(below, 1), ended)));
}

/** Kummer's function 1F1(a; b; x) = Σ (a)ₖ/(b)ₖ·xᵏ/k!. */
export const hyp1f1: (a: ArrayLike, b: ArrayLike, x: ArrayLike) => NDArray = special("hyp1f1", hyp1f1Scalar, [
  (g, _, args) => lax.mul(g, hyp1f1Da(...args)),
  (g, _, args) => lax.mul(g, hyp1f1Db(...args)),
  (g, _, [a, b, x]) =>
    lax.mul(
      g,
      unlessEnded(a, b, (next) => hyp1f1(lax.add(a, 1), next, x)),
    ),
]);

/**
 * Gauss's function 2F1(a, b; c; x) = Σ (a)ₖ(b)ₖ/(c)ₖ·xᵏ/k! for x ≤ 1; ∞ beyond. Differentiable with respect to x.
 */
export const hyp2f1: (a: ArrayLike, b: ArrayLike, c: ArrayLike, x: ArrayLike) => NDArray = special(
  "hyp2f1",
  hyp2f1Scalar,
  [
    ...noDerivative("hyp2f1", "a", "b", "c"),
    (g, _, [a, b, c, x]) => {
      const raised = (next: NDArray, ended: NDArray): NDArray =>
        hyp2f1(lax.add(a, 1), lax.add(b, 1), next, lax.select(ended, 0, x));
      return lax.mul(g, unlessEnded(lax.mul(a, b), c, raised));
    },
  ],
);
