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

const powerTransformScalar = scalarFunction("power_transform", 2, (b, [l, lambda]) =>
  choose(b, [e.eq(lambda, 0), l], e.div(e.expm1(e.mul(lambda, l)), lambda)),
);
/** (e^(λL) − 1)/λ, and L for λ = 0; called with L, λ. */
export const powerTransform: (l: ArrayLike, lambda: ArrayLike) => NDArray = special(
  "power_transform",
  powerTransformScalar,
  [
    (g, _, [l, lambda]) => lax.mul(g, lax.exp(lax.mul(lambda, l))),
    // L²·φ₁(λL)
    (g, _, [l, lambda]) => lax.mul(g, lax.mul(lax.square(l), exprel(1, lax.mul(lambda, l)))),
  ],
);
