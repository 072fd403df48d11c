/**
 * @file Entropies of p relative to q: relEntr, klDiv. Where p is near q their terms cancel, and so would the logarithm of the
 * quotient; both are taken from the difference there.
 */
import type { NDArray } from "../../core/array.ts";
import { type Block, scalarFunction } from "../../loops/ir/build.ts";
import * as e from "../../loops/ir/expressions.ts";
import * as lax from "../elementwise/index.ts";
import type { Expr } from "../../loops/ir/ir.ts";
import type { Binary } from "../families/functions.ts";
import { log1pmx } from "./log1pmx.ts";
import { type Scalar, choose, special } from "./scalar.ts";

const logRatioScalar = scalarFunction("log_ratio", 2, (b, [p, q]) =>
  choose(
    b,
    [e.and(e.gt(p, e.mul(q, 0.5)), e.lt(p, e.mul(q, 2))), e.log1p(e.div(e.sub(p, q), q))],
    e.sub(e.log(p), e.log(q)),
  ),
);
/** log(p/q) for p, q > 0, without overflow, and precise where p is near q. */
const logRatio: Binary = special("log_ratio", logRatioScalar, [
  (g, _, [p]) => lax.div(g, p),
  (g, _, [, q]) => lax.neg(lax.div(g, q)),
]);

/** (q − p)/q = 1 − p/q. */
const deficit: Binary = special(
  "relative_deficit",
  scalarFunction("relative_deficit", 2, (_, [p, q]) => e.div(e.sub(q, p), q)),
  [(g, _, [, q]) => lax.neg(lax.div(g, q)), (g, _, [p, q]) => lax.mul(g, lax.div(lax.div(p, q), q))],
);

/** `inside` for positive p and q; `edge` where p is 0 ≤ q; ∞ elsewhere. */
const entropy = (
  name: string,
  inside: (b: Block, p: Expr, q: Expr) => Expr,
  edge: (q: Expr) => Expr,
): Scalar =>
  scalarFunction(name, 2, (b, [p, q]) =>
    choose(
      b,
      [e.or(e.isNan(p), e.isNan(q)), NaN],
      [e.and(e.gt(p, 0), e.gt(q, 0)), (t) => inside(t, p, q)],
      [e.and(e.eq(p, 0), e.ge(q, 0)), edge(q)],
      Infinity,
    ),
  );

/**
 * A slope: `f` for positive p and q (and NaN for NaN), else `other`. The derivative with respect to p at p = 0 is that of
 * what stands beside the logarithm, as in JAX.
 */
function slope(p: NDArray, q: NDArray, f: (p: NDArray, q: NDArray) => NDArray, other: number): NDArray {
  const outside = lax.bitwiseOr(lax.le(p, 0), lax.le(q, 0));
  return lax.select(outside, other, f(lax.select(outside, 1, p), lax.select(outside, 1, q)));
}

/** p·log(p/q), 0 where p is 0 ≤ q, ∞ where the logarithm is not defined. */
export const relEntr: Binary = special(
  "rel_entr",
  entropy(
    "rel_entr",
    (_, p, q) => e.mul(p, logRatioScalar(p, q)),
    () => e.f64(0),
  ),
  [
    (g, _, [p, q]) =>
      lax.mul(
        g,
        slope(p, q, (a, b) => lax.add(logRatio(a, b), 1), 0),
      ),
    (g, _, [p, q]) =>
      lax.mul(
        g,
        slope(p, q, (a, b) => lax.neg(lax.div(a, b)), 0),
      ),
  ],
);

/** p·log(p/q) − p + q; q where p is 0 ≤ q, ∞ where the logarithm is not defined. */
export const klDiv: Binary = special(
  "kl_div",
  entropy(
    "kl_div",
    (b, p, q) =>
      choose(
        b,
        // log(q/p) = v + (log(1 + v) − v), v = (q − p)/p.
        [
          e.and(e.gt(q, e.mul(p, 0.7)), e.lt(q, e.mul(p, 1.4))),
          e.neg(e.mul(p, log1pmx(e.div(q, p), e.div(e.sub(q, p), p)))),
        ],
        e.add(e.sub(e.mul(p, logRatioScalar(p, q)), p), q),
      ),
    (q) => q,
  ),
  [
    (g, _, [p, q]) => lax.mul(g, slope(p, q, logRatio, -1)),
    (g, _, [p, q]) => lax.mul(g, slope(p, q, deficit, 1)),
  ],
);
