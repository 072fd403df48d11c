/**
 * @file (e^(λL) − 1)/λ, what Box–Cox transforms are of logarithms L, with derivatives that are right at and near λ = 0.
 */
import type { ArrayLike, NDArray } from "../../core/array.ts";
import { scalarFunction } from "../../loops/ir/build.ts";
import * as e from "../../loops/ir/expressions.ts";
import * as lax from "../elementwise/index.ts";
import type { Expr } from "../../loops/ir/ir.ts";
import { type Scalar, choose, horner, sequence, special } from "./scalar.ts";

/** Where the power series is used. */
const SMALL = 1.5;

/** φₙ(u) = ∫₀¹ sⁿ·eˢᵘ ds: (eᵘ − 1)/u for n = 0, and φₙ' = φₙ₊₁. By its series, else by u·φₙ = eᵘ − n·φₙ₋₁. */
const exprelScalar = (n: number): Scalar =>
  scalarFunction(`exprel${n}`, 1, (b, [u]) =>
    choose(
      b,
      [
        e.le(e.abs(u), SMALL),
        () => {
          const coefficients: number[] = [];
          for (let k = 0, c = 1; k < 24; k++) {
            coefficients.push(c / (n + k + 1));
            c /= k + 1;
          }
          return horner(u, coefficients);
        },
      ],
      (t) => {
        const power = t.let(e.exp(u));
        let out: Expr = t.let(e.div(e.expm1(u), u));
        for (let k = 1; k <= n; k++) out = t.let(e.div(e.sub(power, e.mul(out, k)), u));
        return out;
      },
    ),
  );
export const exprel = sequence("exprel", exprelScalar, [(g, _, [u], { n }) => lax.mul(g, exprel(n + 1, u))]);

/** (e^(λL) − 1)/λ, and L for λ = 0. */
const powerTransformScalar = scalarFunction("power_transform", 2, (b, [l, lambda]) =>
  choose(b, [e.eq(lambda, 0), l], e.div(e.expm1(e.mul(lambda, l)), lambda)),
);
/** The derivative of a transform with respect to λ: L²·φ₁(λL), whose limit at L = −∞ is 1/λ² for λ > 0. */
function slopeInLambda(l: NDArray, lambda: NDArray): NDArray {
  const atEnd = lax.bitwiseAnd(lax.eq(l, -Infinity), lax.gt(lambda, 0));
  const inside = lax.select(atEnd, 0, l);
  const slope = lax.mul(lax.square(inside), exprel(1, lax.mul(lambda, inside)));
  return lax.select(atEnd, lax.reciprocal(lax.square(lambda)), slope);
}

/** The transform of what has the logarithm L(x), of the derivative (base of x)^(λ − 1): one power, finite wherever it is. */
const boxcoxOf = (
  name: string,
  scalar: (x: Expr) => Expr,
  logarithm: (x: NDArray) => NDArray,
  base: (x: NDArray) => NDArray,
): ((x: ArrayLike, lambda: ArrayLike) => NDArray) =>
  special(
    name,
    scalarFunction(name, 2, (_, [x, lambda]) => powerTransformScalar(scalar(x), lambda)),
    [
      (g, _, [x, lambda]) => {
        const b = base(x);
        // NaN in the derivatives below 0 too, where whole powers have values
        const defined = lax.add(b, lax.select(lax.lt(b, 0), NaN, 0));
        return lax.mul(g, lax.pow(defined, lax.sub(lambda, 1)));
      },
      (g, _, [x, lambda]) => lax.mul(g, slopeInLambda(logarithm(x), lambda)),
    ],
  );

/** (x^λ − 1)/λ, log x for λ = 0. */
export const boxcox = boxcoxOf("boxcox", e.log, lax.log, (x) => x);
/** The same of 1 + x, exact for small x. */
export const boxcox1p = boxcoxOf("boxcox1p", e.log1p, lax.log1p, (x) => lax.add(x, 1));
