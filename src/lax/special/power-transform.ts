/**
 * @file (e^(λL) − 1)/λ, what Box–Cox transforms are of logarithms L, with derivatives that are right at and near λ = 0.
 */
import type { ArrayLike, NDArray } from "../../core/array.ts";
import { type Block, scalarFunction } from "../../loops/ir/build.ts";
import * as e from "../../loops/ir/expressions.ts";
import * as lax from "../elementwise/index.ts";
import { loweredPower } from "../elementwise/slopes.ts";
import type { Expr } from "../../loops/ir/ir.ts";
import { type Scalar, choose, horner, sequence } from "./scalar.ts";

/** To where the series below are used, of u below and above 0. */
const LOWEST = -6;
const highest = (n: number): number => n + 0.75;
const isNear = (u: Expr, n: number): Expr => e.and(e.ge(u, LOWEST), e.le(u, highest(n)));

/**
 * φₙ(u) = ∫₀¹ sⁿ·eˢᵘ ds: (eᵘ − 1)/u for n = 0, and φₙ' = φₙ₊₁. Near 0 by Σ uᵏ/(k!·(n + k + 1)), below by Kummer's
 * transformation of it, e^u·Σ (−u)ᵏ/((n + 1)…(n + k + 1)): all terms are positive.
 */
function exprelNear(b: Block, n: number, u: Expr, power: Expr): Expr {
  const near: number[] = [];
  const below: number[] = [];
  for (let k = 0, c = 1, d = 1 / (n + 1); k < 40; k++) {
    if (k < 28) near.push(c / (n + k + 1));
    below.push(d);
    c /= k + 1;
    d /= n + k + 2;
  }
  return choose(b, [e.ge(u, -0.5), horner(u, near)], (t) => e.mul(power, horner(t.let(e.neg(u)), below)));
}

const exprelScalar = (n: number): Scalar =>
  scalarFunction(`exprel${n}`, 1, (b, [u]) => {
    const power = b.let(e.exp(u));
    return choose(b, [isNear(u, n), (t) => exprelNear(t, n, u, power)], (t) => {
      let out: Expr = t.let(e.div(e.expm1(u), u));
      for (let k = 1; k <= n; k++) out = t.let(e.div(e.sub(power, e.mul(out, k)), u));
      return out;
    });
  });
/** φₙ, by the names above; where it is no series, by u·φₙ = eᵘ − n·φₙ₋₁. */
export const exprel = sequence("exprel", exprelScalar, [(g, _, [u], { n }) => lax.mul(g, exprel(n + 1, u))]);

/** Of x: its logarithm, and its power of exponent λ. */
interface Base {
  readonly log: (x: Expr) => Expr;
  readonly power: (b: Block, x: Expr, lambda: Expr) => Expr;
}

/**
 * The n-th derivative of (e^(λL) − 1)/λ along λ: Lⁿ⁺¹·φₙ(λL), or by Tₙ = (Lⁿ·e^(λL) − n·Tₙ₋₁)/λ. Its limits at L = −∞ are
 * those of n = 0 and 1, −1/λ and 1/λ² and so on for λ > 0.
 */
const transformScalar =
  (name: string, { log, power }: Base) =>
  (n: number): Scalar =>
    scalarFunction(`${name}${n}`, 2, (b, [x, lambda]) => {
      const l = b.let(log(x));
      const u = b.let(e.select(e.eq(lambda, 0), e.mul(lambda, 0), e.mul(lambda, l)));
      const p = b.let(power(b, x, lambda));
      return choose(
        b,
        [
          isNear(u, n),
          (t) => {
            if (n === 0) return e.select(e.eq(lambda, 0), l, e.div(e.expm1(u), lambda));
            let out: Expr = t.let(exprelNear(t, n, u, p));
            for (let k = 0; k <= n; k++) out = e.mul(out, l);
            return out;
          },
        ],
        (t) => {
          let out: Expr = t.let(e.div(e.sub(p, 1), lambda));
          let term: Expr = p;
          for (let k = 1; k <= n; k++) {
            // 0·∞ at L = −∞
            term = t.let(e.select(e.eq(p, 0), 0, e.mul(term, l)));
            const rest = e.select(e.isFinite(out), e.mul(out, k), 0);
            out = t.let(e.div(e.sub(term, rest), lambda));
          }
          return out;
        },
      );
    });

/** NaN below 0 in the derivatives too, where whole powers have values. */
const defined = (base: NDArray): NDArray => lax.add(base, lax.select(lax.lt(base, 0), NaN, 0));

type Slope = (x: NDArray, lambda: NDArray, n: number) => NDArray;

/** The transform, and its derivatives along λ; along x they are `slope`, Lⁿ·e^((λ − 1)L). */
function boxcoxOf(name: string, base: Base, slope: Slope): (x: ArrayLike, lambda: ArrayLike) => NDArray {
  const transform = sequence(
    `${name}_derivative`,
    transformScalar(name, base),
    [
      (g, _, [x, lambda], { n }) => lax.mul(g, slope(x, lambda, n)),
      (g, _, [x, lambda], { n }) => lax.mul(g, transform(n + 1, x, lambda)),
    ],
    name,
  );
  return (x, lambda) => transform(0, x, lambda);
}

/** (x^λ − 1)/λ, log x for λ = 0. */
export const boxcox = boxcoxOf(
  "boxcox",
  { log: e.log, power: (_, x, lambda) => e.pow(x, lambda) },
  (x, lambda, n) => loweredPower(defined(x), lambda, n),
);

/** (1 + x)^λ, where `lower` (1 + x)^(λ − 1): of the rounded sum s, times 1 + λ·ε for what s has lost. */
function powerOf1p(b: Block, x: Expr, lambda: Expr, lower: boolean): Expr {
  const sum = b.let(e.add(x, 1));
  const back = b.let(e.sub(sum, x));
  const loss = b.let(e.div(e.add(e.sub(x, e.sub(sum, back)), e.sub(1, back)), sum));
  // λ − 1 is exact from 1 on; at 0 and ∞ the quotient has no value, and the exponent needs no digits.
  const direct = e.or(e.ge(lambda, 1), e.or(e.eq(sum, 0), e.eq(sum, Infinity)));
  const exponent = lower ? b.let(e.sub(lambda, 1)) : lambda;
  const power = b.let(e.pow(sum, lower ? e.select(direct, exponent, lambda) : lambda));
  const lowered = lower ? e.select(direct, power, e.div(power, sum)) : power;
  return e.mul(lowered, e.select(e.lt(e.abs(loss), 1), e.add(e.mul(exponent, loss), 1), e.f64(1)));
}
const slope1pScalar = (n: number): Scalar =>
  scalarFunction(`boxcox1p_slope${n}`, 2, (b, [x, lambda]) => {
    let out: Expr = powerOf1p(b, x, lambda, true);
    const l = b.let(e.log1p(x));
    for (let k = 0; k < n; k++) out = e.mul(out, l);
    return e.select(e.lt(x, -1), NaN, out);
  });
/** Lⁿ·(1 + x)^(λ − 1), L = log(1 + x). */
const slope1p = sequence("boxcox1p_slope", slope1pScalar, [
  (g, ans, [x, lambda], { n }) => {
    const base = lax.add(x, 1);
    const along = lax.mul(lax.sub(lambda, 1), lax.div(ans, base));
    const rest = n === 0 ? 0 : lax.mul(n, lax.div(slope1p(n - 1, x, lambda), base));
    return lax.mul(g, lax.add(along, rest));
  },
  (g, _, [x, lambda], { n }) => lax.mul(g, slope1p(n + 1, x, lambda)),
]);
/** The same of 1 + x, exact for small x. */
export const boxcox1p = boxcoxOf(
  "boxcox1p",
  { log: e.log1p, power: (b, x, lambda) => powerOf1p(b, x, lambda, false) },
  (x, lambda, n) => slope1p(n, x, lambda),
);
