/**
 * @file Confluent and Gauss's hypergeometric functions of real operands: hyp1f1, hyp2f1.
 *
 * The series, after a transformation that makes it converge fast and, where possible, of one sign: Kummer's for negative x
 * of 1F1; Pfaff's for x < −½ and the connection to 1 − x near 1 for 2F1. A series that does not converge within its bound
 * gives NaN, never a partial sum.
 */
import type { ArrayLike, NDArray } from "../../core/array.ts";
import { bind1 } from "../../core/trace.ts";
import {
  type Block,
  add,
  div,
  eq,
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
import type { Expr, Local } from "../../loops/ir/ir.ts";
import { add as plus, div as over, mul as times } from "../elementwise/arithmetic.ts";
import { none } from "../families/elementwise.ts";
import { promoteStrict } from "../operands/strict.ts";
import { gammasgnScalar } from "./elementary.ts";
import { lgammaScalar } from "./gamma.ts";
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
  noDerivative,
  power,
  special,
} from "./scalar.ts";

const EPS = 2 ** -53;

/** A whole number ≤ 0. */
const isPole = (x: Expr): Expr => both(le(x, 0), isWhole(x));

/** Σ of terms each `ratio(k)` times the one before (k from 0), NaN if `limit` of them do not suffice. */
function ratioSeries(b: Block, limit: number, ratio: (k: Expr) => Expr): Local {
  const term = b.variable(f64(1), "term");
  const sum = b.variable(f64(1), "sum");
  const done = b.variable(f64(0), "done");
  iterate(b, limit, (loop, n, stop) => {
    loop.set(term, mul(term, ratio(loop.let(sub(n, 1)))));
    loop.set(sum, add(sum, term));
    const small = loop.let(le(abs(term), mul(abs(sum), EPS)));
    loop.if(small, (t) => t.set(done, 1));
    stop(loop, small);
  });
  b.if(eq(done, 0), (t) => t.set(sum, f64(NaN)));
  return sum;
}

/** 1F1(a; b; x) by its series, x ≥ 0. */
const kummerSeries = scalarFunction("kummer_series", 3, (t, [a, b, x]) =>
  ratioSeries(t, 20000, (k) => div(mul(div(add(a, k), add(b, k)), x), add(k, 1))),
);

const hyp1f1Scalar = scalarFunction("hyp1f1", 3, (t, [a, b, x]) =>
  choose(
    t,
    [
      [either(either(isNan(a), isNan(b)), isNan(x)), () => f64(NaN)],
      [either(eq(x, 0), eq(a, 0)), () => f64(1)],
      [both(isPole(b), not(both(isPole(a), gt(a, b)))), () => f64(Infinity)],
      [eq(a, b), () => exp(x)],
      [isPole(a), () => kummerSeries(a, b, x)],
      [both(lt(x, 0), gt(x, -700)), () => mul(exp(x), kummerSeries(sub(b, a), b, neg(x)))],
      [lt(x, 0), () => farNegative(a, b, x)],
    ],
    () => kummerSeries(a, b, x),
  ),
);

/** Γ(b)/Γ(b − a)·(−x)^(−a)·Σ (a)ₖ(a − b + 1)ₖ/k!·(−x)^(−k), for x ≤ −700. */
const farNegative = scalarFunction("hyp1f1_far", 3, (t, [a, b, x]) => {
  const y = t.let(neg(x));
  const series = ratioSeries(t, 200, (k) =>
    div(mul(add(a, k), add(sub(a, b), add(k, 1))), mul(add(k, 1), y)),
  );
  return mul(mul(gammaQuotient(t, [b], [sub(b, a)]), power(y, neg(a))), series);
});

/** ∏Γ(top) / ∏Γ(bottom); 0 where a bottom operand is a pole. */
function gammaQuotient(b: Block, top: readonly Expr[], bottom: readonly Expr[]): Expr {
  let logs: Expr = f64(0);
  let signs: Expr = f64(1);
  let vanish: Expr | null = null;
  for (const [list, sign] of [
    [top, 1],
    [bottom, -1],
  ] as const) {
    for (const value of list) {
      const v = b.let(value);
      logs = add(logs, mul(lgammaScalar(v), sign));
      signs = mul(signs, gammasgnScalar(v));
      if (sign === -1) vanish = vanish === null ? isPole(v) : either(vanish, isPole(v));
    }
  }
  const quotient = b.let(mul(signs, exp(logs)));
  return b.let(select(vanish!, f64(0), quotient));
}

/** 2F1 by its series, |x| < 1. */
const gaussSeries = scalarFunction("gauss_series", 4, (t, [a, b, c, x]) =>
  ratioSeries(t, 200000, (k) => div(mul(mul(add(a, k), div(add(b, k), add(c, k))), x), add(k, 1))),
);

/** 2F1 for 0.9 < x < 1, c − a − b not whole: two series in 1 − x. */
const gaussNearOne = scalarFunction("gauss_near_one", 4, (t, [a, b, c, x]) => {
  const d = t.let(sub(sub(c, a), b));
  const y = t.let(sub(f64(1), x));
  const [ca, cb] = [t.let(sub(c, a)), t.let(sub(c, b))];
  const first = mul(gammaQuotient(t, [c, d], [ca, cb]), gaussSeries(a, b, sub(f64(1), d), y));
  const second = mul(
    mul(power(y, d), gammaQuotient(t, [c, neg(d)], [a, b])),
    gaussSeries(ca, cb, add(d, 1), y),
  );
  return add(first, second);
});

/** 2F1 for −½ ≤ x < 1. */
const gaussCentre = scalarFunction("gauss_centre", 4, (t, [a, b, c, x]) => {
  const d = t.let(sub(sub(c, a), b));
  return choose(
    t,
    [
      [either(isPole(a), isPole(b)), () => gaussSeries(a, b, c, x)],
      [both(gt(x, 0.9), not(isWhole(d))), () => gaussNearOne(a, b, c, x)],
      // Euler: the series of (c − a, c − b) decays faster when c − a − b is negative.
      [lt(d, 0), () => mul(power(sub(f64(1), x), d), gaussSeries(sub(c, a), sub(c, b), c, x))],
    ],
    () => gaussSeries(a, b, c, x),
  );
});

const hyp2f1Scalar = scalarFunction("hyp2f1", 4, (t, [a, b, c, x]) => {
  const polynomial = t.let(either(isPole(a), isPole(b)));
  const d = t.let(sub(sub(c, a), b));
  return choose(
    t,
    [
      [either(either(isNan(a), isNan(b)), either(isNan(c), isNan(x))), () => f64(NaN)],
      [either(eq(x, 0), either(eq(a, 0), eq(b, 0))), () => f64(1)],
      [
        both(isPole(c), not(either(both(isPole(a), gt(a, c)), both(isPole(b), gt(b, c))))),
        () => f64(Infinity),
      ],
      [both(polynomial, gt(abs(x), 1)), () => gaussSeries(a, b, c, x)],
      [eq(x, 1), (u) => select(gt(d, 0), gammaQuotient(u, [c, d], [sub(c, a), sub(c, b)]), f64(Infinity))],
      [gt(x, 1), () => f64(Infinity)],
      [
        lt(x, -0.5),
        (u) => {
          // Pfaff, by the operand that stays.
          const y = u.let(div(x, sub(x, 1)));
          const keepA = u.let(gt(abs(b), abs(a)));
          const kept = u.let(select(keepA, a, b));
          const other = u.let(sub(c, select(keepA, b, a)));
          return mul(power(sub(f64(1), x), neg(kept)), gaussCentre(kept, other, c, y));
        },
      ],
    ],
    () => gaussCentre(a, b, c, x),
  );
});

/** d/da and d/db of the series of 1F1, term by term, x ≥ 0. */
const kummerSlope = (which: "a" | "b"): ((...args: readonly Expr[]) => Expr) =>
  scalarFunction(`kummer_d${which}`, 3, (t, [a, b, x]) => {
    const term = t.variable(f64(1), "term");
    const slope = t.variable(f64(0), "slope");
    const sum = t.variable(f64(0), "sum");
    iterate(t, 20000, (loop, n, stop) => {
      const k = loop.let(sub(n, 1));
      const [ak, bk] = [loop.let(add(a, k)), loop.let(add(b, k))];
      const factor = loop.let(div(x, mul(bk, n)));
      // term·(a + k)·x/((b + k)·(k + 1)) and its derivative
      const next = which === "a" ? add(mul(slope, ak), term) : mul(sub(slope, div(term, bk)), ak);
      loop.set(slope, mul(next, factor));
      loop.set(term, mul(mul(term, ak), factor));
      loop.set(sum, add(sum, slope));
      stop(loop, both(gt(n, abs(a)), le(abs(slope), mul(abs(sum), EPS))));
    });
    return sum;
  });
const [kummerDa, kummerDb] = [kummerSlope("a"), kummerSlope("b")];

/** Kummer's transformation carries both slopes to x ≥ 0. */
const hyp1f1DaScalar = scalarFunction("hyp1f1_da", 3, (t, [a, b, x]) =>
  choose(t, [[lt(x, 0), () => neg(mul(exp(x), kummerDa(sub(b, a), b, neg(x))))]], () => kummerDa(a, b, x)),
);
const hyp1f1DbScalar = scalarFunction("hyp1f1_db", 3, (t, [a, b, x]) =>
  choose(
    t,
    [
      [
        lt(x, 0),
        (u) => {
          const [p, y] = [u.let(sub(b, a)), u.let(neg(x))];
          return mul(exp(x), add(kummerDa(p, b, y), kummerDb(p, b, y)));
        },
      ],
    ],
    () => kummerDb(a, b, x),
  ),
);
const secondOrder = (operand: string) =>
  noDerivative("the derivative of hyp1f1 with respect to a or b", operand);
const hyp1f1DaP = special("hyp1f1_da", hyp1f1DaScalar, [
  secondOrder("a"),
  secondOrder("b"),
  secondOrder("x"),
]);
const hyp1f1DbP = special("hyp1f1_db", hyp1f1DbScalar, [
  secondOrder("a"),
  secondOrder("b"),
  secondOrder("x"),
]);

export const hyp1f1P = special("hyp1f1", hyp1f1Scalar, [
  (g, _, [a, b, x]) => times(g, bind1(hyp1f1DaP, [a, b, x], none)),
  (g, _, [a, b, x]) => times(g, bind1(hyp1f1DbP, [a, b, x], none)),
  (g, _, [a, b, x]) => times(g, times(over(a, b), hyp1f1(plus(a, 1), plus(b, 1), x))),
]);
/** Kummer's function 1F1(a; b; x) = Σ (a)ₖ/(b)ₖ·xᵏ/k!. */
export const hyp1f1 = (a: ArrayLike, b: ArrayLike, x: ArrayLike): NDArray =>
  bind1(hyp1f1P, promoteStrict("hyp1f1", a, b, x), none);

export const hyp2f1P = special("hyp2f1", hyp2f1Scalar, [
  noDerivative("hyp2f1", "a"),
  noDerivative("hyp2f1", "b"),
  noDerivative("hyp2f1", "c"),
  (g, _, [a, b, c, x]) =>
    times(g, times(over(times(a, b), c), hyp2f1(plus(a, 1), plus(b, 1), plus(c, 1), x))),
]);
/**
 * Gauss's function 2F1(a, b; c; x) = Σ (a)ₖ(b)ₖ/(c)ₖ·xᵏ/k! for x ≤ 1; ∞ beyond. Differentiable with respect to x. Near
 * x = 1 with c − a − b whole the series may be too slow, and the value is NaN.
 */
export const hyp2f1 = (a: ArrayLike, b: ArrayLike, c: ArrayLike, x: ArrayLike): NDArray =>
  bind1(hyp2f1P, promoteStrict("hyp2f1", a, b, c, x), none);
