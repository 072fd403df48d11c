/**
 * @file Bessel functions of the first kind Jₙ(x) of whole order: besselJ.
 *
 * Below 1 the power series; where n > |x| or |x| < 25 Miller's backward recurrence, normalised by J₀ + 2·ΣJ₂ₖ = 1; else
 * Hankel's expansions of J₀ and J₁ and forward recurrence, which is stable for n < |x|.
 */
import type { ArrayLike, NDArray } from "../../core/array.ts";
import { type Block, scalarFunction } from "../../loops/ir/build.ts";
import * as e from "../../loops/ir/expressions.ts";
import * as lax from "../elementwise/index.ts";
import type { Expr, Local } from "../../loops/ir/ir.ts";
import { type Scalar, choose, iterate, sequence, signOf } from "./scalar.ts";

/** Where Hankel's expansion has full precision. */
const HANKEL = 25;

/** (a/2)ⁿ/n! · Σ (−a²/4)ᵏ / (k!·(n + 1)…(n + k)), for a ≤ 1. */
function powerSeries(b: Block, n: number, a: Expr): Expr {
  const q = b.let(e.mul(e.mul(a, a), -0.25));
  let sum: Expr = e.f64(1);
  for (let k = 12; k >= 1; k--) sum = e.add(e.mul(e.mul(sum, q), 1 / (k * (n + k))), 1);
  // n! overflows beyond 170, where the power is 0 anyway.
  let factorial = 1;
  for (let k = 2; k <= n; k++) factorial *= k;
  const head = n <= 170 ? e.div(e.pow(e.mul(a, 0.5), e.f64(n)), e.f64(factorial)) : e.f64(0);
  return e.mul(head, sum);
}

function miller(b: Block, n: number, a: Expr): Expr {
  const top = Math.max(n, HANKEL);
  const start = 2 * Math.ceil((top + 20 + Math.sqrt(60 * top)) / 2);
  const next = b.variable(e.f64(0), "next");
  const here = b.variable(e.f64(1e-290), "here");
  const even = b.variable(e.f64(0), "even");
  const wanted = b.variable(e.f64(0), "wanted");
  const two = b.let(e.div(2, a));
  iterate(b, start, (loop, i) => {
    // here is J_k up to a factor, k = start − i + 1.
    const k = loop.let(e.sub(start + 1, i));
    const below = loop.let(e.sub(e.mul(e.mul(k, two), here), next));
    loop.set(next, here);
    loop.set(here, below);
    const order = loop.let(e.sub(k, 1));
    loop.if(e.and(e.le(order, n), e.le(e.f64(n), order)), (t) => t.set(wanted, below));
    loop.if(e.and(e.gt(order, 0), isEven(order)), (t) => t.set(even, e.add(even, below)));
    loop.if(e.gt(e.abs(below), 1e200), (t) => {
      for (const v of [next, here, even, wanted]) t.set(v, e.mul(v, 1e-200));
    });
  });
  return e.div(wanted, e.add(here, e.mul(even, 2)));
}

const isEven = (k: Expr): Expr => {
  const half = e.mul(k, 0.5);
  return e.eq(e.floor(half), half);
};

/** J₀ or J₁ for a ≥ 25. */
function hankel(b: Block, order: 0 | 1, a: Expr): Expr {
  const mu = 4 * order * order;
  const r = b.let(e.div(0.125, a));
  const p: number[] = [];
  const q: number[] = [];
  for (let k = 0, c = 1; k < 24; k++) {
    (k % 2 === 0 ? p : q).push(Math.floor(k / 2) % 2 === 0 ? c : -c);
    c *= (mu - (2 * k + 1) ** 2) / (k + 1);
  }
  const r2 = b.let(e.mul(r, r));
  const sum = (coefficients: readonly number[]): Expr => {
    let out: Expr = e.f64(coefficients[coefficients.length - 1]);
    for (let k = coefficients.length - 2; k >= 0; k--) out = e.add(e.mul(out, r2), coefficients[k]);
    return b.let(out);
  };
  const [P, Q] = [sum(p), e.mul(r, sum(q))];
  // cos and sin of a − (2·order + 1)·π/4, expanded so that a itself is reduced exactly.
  const [s, c] = [b.let(e.sin(a)), b.let(e.cos(a))];
  const [cosine, sine] = order === 0 ? [e.add(c, s), e.sub(s, c)] : [e.sub(s, c), e.sub(e.sub(0, s), c)];
  const wave = e.sub(e.mul(P, cosine), e.mul(Q, sine));
  return e.mul(wave, e.div(e.f64(1 / Math.sqrt(Math.PI)), e.sqrt(a)));
}

function forward(b: Block, n: number, a: Expr): Expr {
  if (n < 2) return hankel(b, n as 0 | 1, a);
  const [below, here]: [Local, Local] = [b.variable(hankel(b, 0, a)), b.variable(hankel(b, 1, a))];
  iterate(b, n - 1, (loop, k) => {
    const above = loop.let(e.sub(e.mul(e.div(e.mul(k, 2), a), here), below));
    loop.set(below, here);
    loop.set(here, above);
  });
  return here;
}

const besselJScalar = (n: number): Scalar =>
  scalarFunction(`bessel_j${n}`, 1, (b, [x]) => {
    const a = b.let(e.abs(x));
    const size = choose(
      b,
      [e.le(a, 1), (t) => powerSeries(t, n, a)],
      [e.lt(a, Math.max(HANKEL, n)), (t) => miller(t, n, a)],
      [e.eq(a, Infinity), 0],
      (t) => forward(t, n, a),
    );
    return n % 2 === 0 ? size : e.mul(signOf(x), size);
  });

/** Jₙ(x) for a static whole n ≥ 0. */
export const besselJ: (n: number, ...xs: readonly ArrayLike[]) => NDArray = sequence(
  "bessel_j",
  besselJScalar,
  [
    (g, _, [x], { n }) =>
      lax.mul(
        g,
        n === 0 ? lax.neg(besselJ(1, x)) : lax.mul(0.5, lax.sub(besselJ(n - 1, x), besselJ(n + 1, x))),
      ),
  ],
);
