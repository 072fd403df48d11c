/**
 * @file scipy.special, functions with a whole-number parameter or an option: factorials, polygamma, zeta, binomials,
 * Bernoulli numbers, log-ndtr.
 */
import { refuseMore, show, maxSize } from "../../base/checks.ts";
import { type ArrayLike, NDArray } from "../../core/array.ts";
import { allocate, defaultFloat, isInteger } from "../../dtypes/dtype.ts";
import { ArgumentError, DTypeError } from "../../base/errors.ts";
import { asArray } from "../../lax/operands/convert.ts";
import * as lax from "../../lax/index.ts";
import * as elementary from "../../lax/special/elementary.ts";
import { logChoose, poch as laxPoch } from "../../lax/special/gamma-steps.ts";
import { logNdtr as laxLogNdtr } from "../../lax/special/normal.ts";
import { define, settle, signature } from "../../arguments/declare.ts";
import { type OptionsOf, param } from "../../arguments/parameters.ts";
import { broadcastToShape } from "../../lax/shapes/movement.ts";
import { array } from "../../numpy/creation/array.ts";
import { hostNumber } from "../../numpy/operands/shapes.ts";
import { promoteInexact } from "../../numpy/operands/promote.ts";

/** A static whole number within limits. */
export function wholeNumber(where: string, what: string, x: unknown, lo: number, hi = maxSize): number {
  const value = hostNumber(x);
  if (typeof value !== "number" || !Number.isInteger(value) || value < lo || value > hi) {
    throw new ArgumentError(
      `${where}: ${what} must be a whole number ${hi === maxSize ? `of at least ${lo} and of 32 bits` : `from ${lo} to ${hi}`}; got ${show(value)}.`,
    );
  }
  return value;
}

/**
 * The n-th derivative of digamma. `n` is a whole number or an integer array. Differentiable with respect to x.
 * @throws DTypeError if n is not whole
 * @see jax.scipy.special.polygamma
 * @example
 * scipy.special.polygamma(1, 1).item(); // 1.6449…
 */
export function polygamma(n: ArrayLike, x: ArrayLike, ...more: []): NDArray {
  refuseMore("polygamma", 2, more);
  if (typeof n === "number" ? !Number.isInteger(n) : n instanceof NDArray && !isInteger(n.dtype)) {
    throw new DTypeError(
      `special.polygamma: n must be a whole number or an integer array; got ${typeof n === "number" ? n : asArray(n, "polygamma").dtype}.`,
    );
  }
  const [m, a] = promoteInexact("special.polygamma", n, x);
  return lax.polygamma(m, a);
}

const zetaSignature = signature("special.zeta", 1, [param<[q: ArrayLike]>()("q", 1)], []);

/**
 * Hurwitz zeta function Σₖ (q + k)^(−x); Riemann's without q. Differentiable with respect to q.
 * @see jax.scipy.special.zeta
 * @example
 * scipy.special.zeta(2).item(); // 1.6449…
 */
export function zeta(x: ArrayLike, q: ArrayLike | { q?: ArrayLike } = 1, ...more: []): NDArray {
  refuseMore("zeta", 2, more);
  const [s, a] = promoteInexact("special.zeta", x, settle(zetaSignature, [q]).q);
  return lax.zeta(s, a);
}

/**
 * n!, as Γ(n + 1); 0 for negative n.
 *
 * Parameters: exact = false (the only choice, as in JAX).
 * @throws ArgumentError if the exact value is asked for
 * @see jax.scipy.special.factorial
 * @example
 * scipy.special.factorial(4).item(); // 24
 */
export const factorial = define(
  "special.factorial",
  [param<[exact: boolean]>()("exact", false)],
  [],
  ({ exact }, n: ArrayLike) => {
    if (exact)
      throw new ArgumentError("special.factorial: exact: true is not supported (nor in JAX); leave it out.");
    const [a] = promoteInexact("special.factorial", n);
    const below = lax.lt(a, 0);
    return lax.select(below, 0, elementary.gamma(lax.select(below, 1, lax.add(a, 1))));
  },
);

const combParams = [param<[repetition: boolean]>()("repetition", false)] as const;
const combSignature = signature("special.comb", 2, [], combParams);

/**
 * Number of ways to choose k of N, by Γ for fractions; with `repetition`, k of N with replacement. 0 outside 0 ≤ k ≤ N.
 * @see jax.scipy.special.comb
 * @example
 * scipy.special.comb(4, 2).item(); // 6
 */
export function comb(
  N: ArrayLike,
  k: ArrayLike,
  options: OptionsOf<typeof combParams> = {},
  ...more: []
): NDArray {
  refuseMore("comb", 3, more);
  const { repetition } = settle(combSignature, [options]);
  const [n, r] = promoteInexact("special.comb", N, k);
  if (repetition) {
    const both = lax.bitwiseAnd(lax.eq(n, 0), lax.eq(r, 0));
    return lax.select(both, 1, choose(lax.sub(lax.add(n, r), 1), r));
  }
  return choose(n, r);
}

function choose(n: NDArray, k: NDArray): NDArray {
  const rest = lax.sub(n, k);
  const outside = lax.bitwiseOr(lax.bitwiseOr(lax.lt(k, 0), lax.lt(rest, 0)), lax.lt(n, 0));
  const value = lax.exp(logChoose(lax.select(outside, 0, k), lax.select(outside, 0, rest)));
  const whole = lax.bitwiseAnd(lax.eq(lax.floor(k), k), lax.eq(lax.floor(n), n));
  const exact = lax.select(
    lax.bitwiseAnd(whole, lax.lt(value, 1e15)),
    lax.add(value, lax.stopGradient(lax.sub(lax.round(value), value))),
    value,
  );
  return lax.select(outside, 0, exact);
}

/**
 * Rising factorial Γ(z + m)/Γ(z).
 * @see jax.scipy.special.poch
 * @example
 * scipy.special.poch(3, 2).item(); // 12…
 */
export function poch(z: ArrayLike, m: ArrayLike, ...more: []): NDArray {
  refuseMore("poch", 2, more);
  const [a, b] = promoteInexact("special.poch", z, m);
  return laxPoch(b, a);
}

/**
 * log of the multivariate gamma function of dimension `d` (static).
 * @throws ArgumentError if d is not a whole number, at least 1
 * @see jax.scipy.special.multigammaln
 * @example
 * scipy.special.multigammaln(3, 1).item(); // 0.6931…
 */
export function multigammaln(a: ArrayLike, d: ArrayLike, ...more: []): NDArray {
  refuseMore("multigammaln", 2, more);
  const n = wholeNumber("special.multigammaln", "d", d, 1);
  const [x] = promoteInexact("special.multigammaln", a);
  const halves = lax.mul(lax.broadcastedIota(x.dtype, [...x.shape, n], x.ndim), 0.5);
  const terms = lax.lgamma(lax.sub(broadcastToShape(lax.expandDims(x, [x.ndim]), halves.shape), halves));
  return lax.add(lax.reduceSum(terms, [x.ndim]), 0.25 * n * (n - 1) * Math.log(Math.PI));
}

/**
 * The Bernoulli numbers B₀ … Bₙ (B₁ = −½).
 * @throws ArgumentError if n is not a whole number, at least 0
 * @see jax.scipy.special.bernoulli
 * @example
 * scipy.special.bernoulli(2).js(); // [1, -0.5, 0.1666…]
 */
export function bernoulli(n: ArrayLike, ...more: []): NDArray {
  refuseMore("bernoulli", 1, more);
  const last = wholeNumber("special.bernoulli", "n", n, 0);
  const out = allocate("float64", last + 1);
  [1, -0.5, 1 / 6].slice(0, last + 1).forEach((b, k) => (out[k] = b));
  // 2·k!/(2π)^k
  let scale = 2;
  for (let k = 1; k <= last; k++) {
    scale *= k / (2 * Math.PI);
    if (k > 2 && k % 2 === 0) out[k] = evenBernoulli(k, scale);
  }
  return array(out, { dtype: defaultFloat() });
}

/** Bₖ = ±2·k!/(2π)^k·ζ(k) of even k: `scale` is all but the sign and ζ. */
function evenBernoulli(k: number, scale: number): number {
  let zetaK = 1;
  for (let i = 2; i < 100 && i ** -k > 1e-17; i++) zetaK += i ** -k;
  // The sum stops early for k = 4, where the tail is an integral.
  if (k <= 8) zetaK += tail(k);
  return k % 4 === 0 ? -scale * zetaK : scale * zetaK;
}

/** Σ i^(−k) over i ≥ 100, by Euler–Maclaurin. */
function tail(k: number): number {
  return 100 ** (1 - k) / (k - 1) + 0.5 * 100 ** -k + (k / 12) * 100 ** (-k - 1);
}

/**
 * log of the standard normal distribution function, precise in both tails.
 *
 * Parameters: seriesOrder (no effect, since no truncated series is used).
 * @throws ArgumentError if the order is not a whole number from 0 to 30
 * @see jax.scipy.special.log_ndtr
 * @example
 * scipy.special.logNdtr(0).item(); // -0.6931…
 */
export const logNdtr = define(
  "special.logNdtr",
  [param<[seriesOrder: number]>()("seriesOrder", 3)],
  [],
  ({ seriesOrder }, x: ArrayLike) => {
    wholeNumber("special.logNdtr", "seriesOrder", seriesOrder, 0, 30);
    return laxLogNdtr(promoteInexact("special.logNdtr", x)[0]);
  },
);
