/**
 * @file The modified Bessel functions I₀ and I₁, unscaled. Their derivatives are rules of their own, I₀′ = I₁ and
 * I₁′ = I₀ − I₁/x: the product e^|x|·(e^(−|x|)·I) has the right ones, but not at 0, where |x| has none.
 */
import type { NDArray } from "../../core/array.ts";
import * as lax from "../../lax/plain.ts";
import { withJvp } from "./custom.ts";

const unscaled = (scaled: (x: NDArray) => NDArray, x: NDArray): NDArray =>
  lax.mul(lax.exp(lax.abs(x)), scaled(x));

/** Coefficients of I₁′ in x²: (k + ½)/(4ᵏ·k!·(k + 1)!). */
const SLOPE_AT_0 = (() => {
  const terms = [0.5];
  for (let k = 1; k < 9; k++) terms.push((terms[k - 1] * (2 * k + 1)) / ((2 * k - 1) * 4 * k * (k + 1)));
  return terms;
})();

function slope1(x: NDArray): NDArray {
  const near = lax.lt(lax.abs(x), 0.5);
  const square = lax.square(lax.select(near, x, lax.fullLike(x, 0)));
  const series = SLOPE_AT_0.reduceRight((sum, c) => lax.add(lax.mul(sum, square), c), lax.fullLike(x, 0));
  const safe = lax.select(near, lax.fullLike(x, 1), x);
  return lax.select(near, series, lax.sub(besselI0(safe), lax.div(besselI1(safe), safe)));
}

/** I₀(x). */
export const besselI0 = (x: NDArray): NDArray =>
  withJvp("i0", (v) => unscaled(lax.besselI0e, v), besselI1, x);

/** I₁(x). */
export function besselI1(x: NDArray): NDArray {
  return withJvp("i1", (v) => unscaled(lax.besselI1e, v), slope1, x);
}
