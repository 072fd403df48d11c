/**
 * @file Bessel functions of the first kind Jₙ(x) of whole order: besselJ.
 *
 * Below 1 the power series; where n > |x| or |x| < 25 Miller's backward recurrence, normalised by J₀ + 2·ΣJ₂ₖ = 1; else
 * Hankel's expansions of J₀ and J₁ and forward recurrence, which is stable for n < |x|.
 */
import type { ArrayLike, NDArray } from "../../core/array.ts";
import { bind1 } from "../../core/trace.ts";
import {
  type Block,
  add,
  apply,
  cast,
  div,
  gt,
  le,
  lt,
  mul,
  scalarFunction,
  select,
  sub,
} from "../../loops/ir/build.ts";
import type { Call, Expr, Local } from "../../loops/ir/ir.ts";
import { mul as times, sub as minus } from "../elementwise/arithmetic.ts";
import { asArray } from "../operands/convert.ts";
import { neg as negate } from "../elementwise/functions.ts";
import { elementwise } from "../families/elementwise.ts";
import { abs, both, choose, f64, iterate, power, sqrt } from "./scalar.ts";

/** Where Hankel's expansion has full precision. */
const HANKEL = 25;

/** (a/2)ⁿ/n! · Σ (−a²/4)ᵏ / (k!·(n + 1)…(n + k)), for a ≤ 1. */
function powerSeries(b: Block, n: number, a: Expr): Expr {
  const q = b.let(mul(mul(a, a), -0.25));
  let sum: Expr = f64(1);
  for (let k = 12; k >= 1; k--) sum = add(mul(mul(sum, q), 1 / (k * (n + k))), 1);
  // n! overflows beyond 170, where the power is 0 anyway.
  let factorial = 1;
  for (let k = 2; k <= n; k++) factorial *= k;
  const head = n <= 170 ? div(power(mul(a, 0.5), f64(n)), f64(factorial)) : f64(0);
  return mul(head, sum);
}

function miller(b: Block, n: number, a: Expr): Expr {
  const top = Math.max(n, HANKEL);
  const start = 2 * Math.ceil((top + 20 + Math.sqrt(60 * top)) / 2);
  const next = b.variable(f64(0), "next");
  const here = b.variable(f64(1e-290), "here");
  const even = b.variable(f64(0), "even");
  const wanted = b.variable(f64(0), "wanted");
  const two = b.let(div(f64(2), a));
  iterate(b, start, (loop, i) => {
    // here is J_k up to a factor, k = start − i + 1.
    const k = loop.let(sub(f64(start + 1), i));
    const below = loop.let(sub(mul(mul(k, two), here), next));
    loop.set(next, here);
    loop.set(here, below);
    const order = loop.let(sub(k, 1));
    loop.if(both(le(order, n), le(f64(n), order)), (t) => t.set(wanted, below));
    loop.if(both(gt(order, 0), isEven(order)), (t) => t.set(even, add(even, below)));
    loop.if(gt(abs(below), 1e200), (t) => {
      for (const v of [next, here, even, wanted]) t.set(v, mul(v, 1e-200));
    });
  });
  return div(wanted, add(here, mul(even, 2)));
}

const isEven = (k: Expr): Expr => {
  const half = mul(k, 0.5);
  return apply("eq", apply("floor", half), half);
};

/** J₀ or J₁ for a ≥ 25. */
function hankel(b: Block, order: 0 | 1, a: Expr): Expr {
  const mu = 4 * order * order;
  const r = b.let(div(f64(0.125), a));
  const p: number[] = [];
  const q: number[] = [];
  for (let k = 0, c = 1; k < 24; k++) {
    (k % 2 === 0 ? p : q).push(Math.floor(k / 2) % 2 === 0 ? c : -c);
    c *= (mu - (2 * k + 1) ** 2) / (k + 1);
  }
  const r2 = b.let(mul(r, r));
  const sum = (coefficients: readonly number[]): Expr => {
    let out: Expr = f64(coefficients[coefficients.length - 1]);
    for (let k = coefficients.length - 2; k >= 0; k--) out = add(mul(out, r2), coefficients[k]);
    return b.let(out);
  };
  const [P, Q] = [sum(p), mul(r, sum(q))];
  // cos and sin of a − (2·order + 1)·π/4, expanded so that a itself is reduced exactly.
  const [s, c] = [b.let(apply("sin", a)), b.let(apply("cos", a))];
  const [cosine, sine] = order === 0 ? [add(c, s), sub(s, c)] : [sub(s, c), sub(sub(f64(0), s), c)];
  const wave = sub(mul(P, cosine), mul(Q, sine));
  return mul(wave, div(f64(1 / Math.sqrt(Math.PI)), sqrt(a)));
}

function forward(b: Block, n: number, a: Expr): Expr {
  if (n < 2) return hankel(b, n as 0 | 1, a);
  const [below, here]: [Local, Local] = [b.variable(hankel(b, 0, a)), b.variable(hankel(b, 1, a))];
  iterate(b, n - 1, (loop, k) => {
    const above = loop.let(sub(mul(div(mul(k, 2), a), here), below));
    loop.set(below, here);
    loop.set(here, above);
  });
  return here;
}

const scalars = new Map<number, (...args: readonly Expr[]) => Call>();
function besselJScalar(n: number): (...args: readonly Expr[]) => Call {
  let fn = scalars.get(n);
  if (fn === undefined) {
    fn = scalarFunction(`bessel_j${n}`, 1, (b, [x]) => {
      const a = b.let(abs(x));
      const size = choose(
        b,
        [
          [le(a, 1), (t) => powerSeries(t, n, a)],
          [lt(a, Math.max(HANKEL, n)), (t) => miller(t, n, a)],
          [apply("eq", a, f64(Infinity)), () => f64(0)],
        ],
        (t) => forward(t, n, a),
      );
      return n % 2 === 0 ? size : mul(select(lt(x, 0), f64(-1), f64(1)), size);
    });
    scalars.set(n, fn);
  }
  return fn;
}

export const besselJP = elementwise<{ n: number }>({
  name: "bessel_j",
  accepts: "float",
  scalar: ([x], { n }) => cast(besselJScalar(n)(cast(x, "float64")), x.dtype),
  jvp: [
    (g, _, [x], { n }) =>
      times(g, n === 0 ? negate(besselJ(1, x)) : times(0.5, minus(besselJ(n - 1, x), besselJ(n + 1, x)))),
  ],
});
/** Jₙ(x) for a static whole n ≥ 0. */
export const besselJ = (n: number, x: ArrayLike): NDArray => bind1(besselJP, [asArray(x, "besselJ")], { n });
