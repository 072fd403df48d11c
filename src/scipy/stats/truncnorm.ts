/**
 * @file The normal distribution truncated to [a, b] (in standard deviations from loc): ratios of masses of intervals, as
 * logarithms, which hold in the tails too.
 */
import type { NDArray } from "../../core/array.ts";
import * as lax from "../../lax/index.ts";
import { exp, log1p, neg, select, sub } from "../../lax/index.ts";
import { logNormalMass } from "../../lax/special/normal.ts";
import { broadcastToShape } from "../../lax/shapes/movement.ts";
import { norm } from "./real-line.ts";
import { type F, byCases, distribution, locScale, shape, standardise } from "./parameters.ts";

/** Operands of one shape: `select` needs a condition as large as its result. */
function together(xs: readonly NDArray[]): NDArray[] {
  const full = xs.find((x) => x.ndim > 0);
  return full === undefined ? [...xs] : xs.map((x) => broadcastToShape(x, full.shape));
}

const logpdf: F = (...given) => {
  const args = together(given);
  const [x, a, b, loc, scale] = args;
  const z = standardise(x, loc, scale);
  return byCases(args, sub(norm.logpdf(x, loc, scale), logNormalMass(a, b)), {
    outside: lax.bitwiseOr(lax.lt(z, a), lax.gt(z, b)),
    invalid: lax.ge(a, b),
  });
};

/** log of the mass on one side of x (`upper`: above), from the other side where that is exact to more digits. */
const logSide =
  (upper: boolean): F =>
  (...given) => {
    const args = together(given);
    const [x, a, b, loc, scale] = args;
    const z = standardise(x, loc, scale);
    const [below, above] = [lax.le(z, a), lax.ge(z, b)];
    const outside = lax.bitwiseOr(below, above);
    // Inside the interval, so that both masses are positive.
    const middle = sub(b, lax.mul(sub(b, a), 0.5));
    const at = select(outside, lax.stopGradient(middle), z);
    const all = logNormalMass(a, b);
    const [over, under] = [sub(logNormalMass(at, b), all), sub(logNormalMass(a, at), all)];
    const [wanted, other] = upper ? [over, under] : [under, over];
    const near = lax.gt(wanted, -0.1);
    const fromOther = log1p(neg(exp(select(near, other, -1))));
    const inside = select(near, fromOther, wanted);
    const [low, high] = upper ? [0, -Infinity] : [-Infinity, 0];
    return byCases(args, select(above, high, inside), { outside: below, off: low, invalid: lax.ge(a, b) });
  };

/** Normal distribution truncated to [loc + a·scale, loc + b·scale]. @see jax.scipy.stats.truncnorm */
export const truncnorm = distribution(
  "truncnorm",
  [shape("a"), shape("b"), ...locScale],
  ["pdf", "cdf", "sf"],
  { logpdf, logcdf: logSide(false), logsf: logSide(true) },
);
