/**
 * @file The normal distribution truncated to [a, b] (in standard deviations from loc). Masses are logarithms of differences
 * of the normal distribution function, taken in the left tail by symmetry, as in SciPy and jax/_src/scipy/stats/truncnorm.py.
 */
import type { NDArray } from "../../core/array.ts";
import * as lax from "../../lax/index.ts";
import { broadcastToShape } from "../../lax/shapes/movement.ts";
import { logNdtr, ndtr } from "../special/index.ts";
import { norm } from "./real-line.ts";
import { type F, distribution, locScale, shape, standardise } from "./parameters.ts";

const { exp, log1p, neg, select, sub } = lax;

/** log(eˣ − eʸ), x ≥ y. */
function logDiff(x: NDArray, y: NDArray): NDArray {
  const none = lax.le(x, -Infinity);
  const safe = select(none, 0, x);
  return select(none, -Infinity, lax.add(safe, lax.log(neg(lax.expm1(sub(y, safe))))));
}

/** log of the standard normal's mass in [a, b]. */
function logMass(a: NDArray, b: NDArray): NDArray {
  const left = lax.le(b, 0);
  const right = lax.gt(a, 0);
  const lo = select(right, neg(b), a);
  const hi = select(right, neg(a), b);
  const tail = logDiff(logNdtr(hi), logNdtr(lo));
  const central = log1p(sub(neg(ndtr(a)), ndtr(neg(b))));
  return select(lax.bitwiseOr(left, right), tail, central);
}

/** Operands of one shape: `select` needs a condition as large as its result. */
function together(xs: readonly NDArray[]): NDArray[] {
  const full = xs.find((x) => x.ndim > 0);
  return full === undefined ? [...xs] : xs.map((x) => broadcastToShape(x, full.shape));
}

const logpdf: F = (...args) => {
  const [x, a, b, loc, scale] = together(args);
  const z = standardise(x, loc, scale);
  const value = sub(norm.logpdf(x, loc, scale), logMass(a, b));
  const outside = lax.bitwiseOr(lax.lt(z, a), lax.gt(z, b));
  return select(lax.ge(a, b), NaN, select(outside, -Infinity, value));
};

/** log of the mass on one side of x (`upper`: above), from the other side where that is exact to more digits. */
const logSide =
  (upper: boolean): F =>
  (...args) => {
    const [x, a, b, loc, scale] = together(args);
    const z = standardise(x, loc, scale);
    const all = logMass(a, b);
    const above = sub(logMass(z, b), all);
    const below = sub(logMass(a, z), all);
    const [wanted, other] = upper ? [above, below] : [below, above];
    const inside = select(lax.gt(wanted, -0.1), log1p(neg(exp(other))), wanted);
    const low = select(lax.le(z, a), upper ? 0 : -Infinity, inside);
    const value = select(lax.ge(z, b), upper ? -Infinity : 0, low);
    return select(lax.ge(a, b), NaN, value);
  };

/** Normal distribution truncated to [loc + a·scale, loc + b·scale]. @see jax.scipy.stats.truncnorm */
export const truncnorm = distribution(
  "truncnorm",
  [shape("a"), shape("b"), ...locScale],
  ["pdf", "cdf", "sf"],
  { logpdf, logcdf: logSide(false), logsf: logSide(true) },
);
