/**
 * @file Special functions near the elementary ones: xlogy, xlog1py, xlogx, logit, logCosh, gamma, gammasgn,
 * loggamma. Their derivative rules are stated, not those of the branches they are computed by.
 */
import type { NDArray } from "../../core/array.ts";
import { scalarFunction } from "../../loops/ir/build.ts";
import * as e from "../../loops/ir/expressions.ts";
import * as lax from "../elementwise/index.ts";
import { zeroTangent } from "../../core/primitive.ts";
import { digamma, gammaPositive, isOdd, lgammaPositive } from "./gamma.ts";
import { choose, isWhole, sinPi, special } from "./scalar.ts";
import { elementwise } from "../families/elementwise.ts";
import { type Binary, type Unary, unaryFunction } from "../families/functions.ts";

/** x/y; 0 where x is 0, at y = 0 too: there 0·log y is 0 on all of y ≥ 0. */
export function ratioOr0(x: NDArray, y: NDArray): NDArray {
  const none = lax.bitwiseAnd(lax.eq(x, 0), lax.eq(y, 0));
  return lax.div(x, lax.select(none, 1, y));
}

export const xlogyScalar = scalarFunction("xlogy", 2, (b, [x, y]) =>
  choose(b, [e.and(e.eq(x, 0), e.not(e.isNan(y))), 0], e.mul(x, e.log(y))),
);
/** x·log y, 0 where x is 0 (unless y is NaN). */
export const xlogy: Binary = special("xlogy", xlogyScalar, [
  (g, _, [, y]) => lax.mul(g, lax.log(y)),
  (g, _, [x, y]) => lax.mul(g, ratioOr0(x, y)),
]);

export const xlog1pyScalar = scalarFunction("xlog1py", 2, (b, [x, y]) =>
  choose(b, [e.and(e.eq(x, 0), e.not(e.isNan(y))), 0], e.mul(x, e.log1p(y))),
);
/** x·log(1 + y), 0 where x is 0 (unless y is NaN). */
export const xlog1py: Binary = special("xlog1py", xlog1pyScalar, [
  (g, _, [, y]) => lax.mul(g, lax.log1p(y)),
  (g, _, [x, y]) => lax.mul(g, ratioOr0(x, lax.add(1, y))),
]);

/** x·log x, 0 at 0. */
export const xlogx: Unary = special(
  "xlogx",
  (x) => xlogyScalar(x, x),
  (g, _, [x]) => lax.mul(g, lax.add(lax.log(x), 1)),
);

const logitScalar = scalarFunction("logit", 1, (b, [x]) => {
  const rest = b.let(e.sub(1, x));
  return choose(
    b,
    // Near ½ the quotient is near 1, and what is left of it after rounding is not enough.
    [e.and(e.gt(x, 0.25), e.lt(x, 0.75)), e.log1p(e.div(e.sub(e.mul(x, 2), 1), rest))],
    e.log(e.div(x, rest)),
  );
});
/** log(x/(1 − x)); ∓∞ at 0 and 1, NaN outside. */
export const logit: Unary = special("logit", logitScalar, (g, _, [x]) => lax.mul(g, logitSlope(x)));

/** 1/(x·(1 − x)). */
export const logitSlope: Unary = unaryFunction(
  elementwise({
    name: "logit_slope",
    accepts: "float",
    scalar: ([x]) => e.div(1, e.mul(x, e.sub(1, x))),
    jvp: [(g, _, [x]) => lax.mul(g, logitCurvature(x))],
  }),
);
/** (2x − 1)·s² with the slope s = 1/(x·(1 − x)), in few roundings: 2x − 1 is exact near ½. Its derivative is 2s² + 2·(2x − 1)²·s³. */
const logitCurvature: Unary = unaryFunction(
  elementwise({
    name: "logit_curvature",
    accepts: "float",
    scalar: ([x]) => {
      const product = e.mul(x, e.sub(1, x));
      return e.div(e.div(e.sub(e.mul(x, 2), 1), product), product);
    },
    jvp: [
      (g, ans, [x]) => {
        const slope = logitSlope(x);
        const odd = lax.sub(lax.mul(2, x), 1);
        return lax.mul(g, lax.mul(2, lax.mul(slope, lax.add(slope, lax.mul(odd, ans)))));
      },
    ],
  }),
);

const logCoshScalar = scalarFunction("log_cosh", 1, (b, [x]) => {
  const a = b.let(e.abs(x));
  return choose(
    b,
    // ½·log(1 + sinh²a), sinh a from m = eᵃ − 1
    [
      e.lt(a, 1),
      (t) => {
        const m = t.let(e.expm1(a));
        const sinh = t.let(e.mul(e.add(m, e.div(m, e.add(m, 1))), 0.5));
        return e.mul(e.log1p(e.mul(sinh, sinh)), 0.5);
      },
    ],
    e.add(e.sub(a, Math.LN2), e.log1p(e.exp(e.mul(a, -2)))),
  );
});
/** log cosh x, without overflow. */
export const logCosh: Unary = special("log_cosh", logCoshScalar, (g, _, [x]) => lax.mul(g, lax.tanh(x)));

export const gammasgnScalar = scalarFunction("gammasgn", 1, (b, [x]) =>
  choose(
    b,
    [e.gt(x, 0), 1],
    [e.eq(x, 0), e.select(e.lt(e.div(1, x), 0), e.f64(-1), e.f64(1))],
    [isWhole(x), NaN],
    [e.isNan(x), NaN],
    (t) => e.select(isOdd(t, e.floor(x)), e.f64(-1), e.f64(1)),
  ),
);
/** Sign of Γ(x); NaN at the negative whole numbers. Derivative 0. */
export const gammasgn: Unary = special("gammasgn", gammasgnScalar, zeroTangent);

const gammaScalar = scalarFunction("gamma", 1, (b, [x]) => {
  const a = b.let(e.abs(x));
  return choose(
    b,
    [e.gt(x, 0), gammaPositive(x)],
    [e.lt(a, 1e-17), e.div(1, x)],
    [isWhole(x), NaN],
    [
      e.ge(a, 170),
      (t) =>
        e.mul(
          gammasgnScalar(x),
          e.exp(e.sub(e.log(e.div(Math.PI, e.mul(sinPi(t, a), a))), lgammaPositive(a))),
        ),
    ],
    // Γ(x)·Γ(−x) = −π / (x·sin πx)
    (t) => e.mul(gammasgnScalar(x), e.div(e.div(Math.PI, e.mul(sinPi(t, a), a)), gammaPositive(a))),
  );
});
/** Γ(x); ±∞ at ±0, NaN at the negative whole numbers. */
export const gamma: Unary = special("gamma", gammaScalar, (g, ans, [x]) =>
  lax.mul(g, lax.mul(ans, digamma(x))),
);

const loggammaScalar = scalarFunction("loggamma", 1, (b, [x]) =>
  choose(b, [e.gt(x, 0), lgammaPositive(x)], NaN),
);
/** log Γ(x) for x > 0, the principal branch; NaN elsewhere, where it is not real. */
export const loggamma: Unary = special("loggamma", loggammaScalar, (g, _, [x]) => lax.mul(g, digamma(x)));
