/**
 * @file Special functions near the elementary ones: xlogy, xlog1py, xlogx, logit, ndtr, logNdtr, gamma, gammasgn, loggamma.
 * Their derivative rules are those that JAX states, not those of the branches they are computed by.
 */
import type { ArrayLike, NDArray } from "../../core/array.ts";
import { bind1 } from "../../core/trace.ts";
import {
  cast,
  div,
  eq,
  ge,
  gt,
  lt,
  mul,
  neg,
  not,
  scalarFunction,
  select,
  sub,
} from "../../loops/ir/build.ts";
import { add as plus, div as over, mul as times, sub as minus } from "../elementwise/arithmetic.ts";
import { asArray } from "../operands/convert.ts";
import { exp as expOf, log as logOf, log1p as log1pOf, square } from "../elementwise/functions.ts";
import { elementwise, none } from "../families/elementwise.ts";
import { zeroTangent } from "../../core/primitive.ts";
import { promoteStrict } from "../operands/strict.ts";
import { erfcScalar, erfcxScalar } from "./error-function.ts";
import { digamma, gammaPositive, isOdd, lgammaPositive } from "./gamma.ts";
import {
  abs,
  both,
  choose,
  exp,
  expMinusSquare,
  f64,
  floor,
  isNan,
  isWhole,
  log,
  log1p,
  sinPi,
  special,
} from "./scalar.ts";

const xlogyScalar = scalarFunction("xlogy", 2, (b, [x, y]) =>
  choose(b, [[both(eq(x, 0), not(isNan(y))), () => f64(0)]], () => mul(x, log(y))),
);
export const xlogyP = special("xlogy", xlogyScalar, [
  (g, _, [, y]) => times(g, logOf(y)),
  (g, _, [x, y]) => over(times(g, x), y),
]);
/** x·log y, 0 where x is 0 (unless y is NaN). */
export const xlogy = (x: ArrayLike, y: ArrayLike): NDArray =>
  bind1(xlogyP, promoteStrict("xlogy", x, y), none);

const xlog1pyScalar = scalarFunction("xlog1py", 2, (b, [x, y]) =>
  choose(b, [[both(eq(x, 0), not(isNan(y))), () => f64(0)]], () => mul(x, log1p(y))),
);
export const xlog1pyP = special("xlog1py", xlog1pyScalar, [
  (g, _, [, y]) => times(g, log1pOf(y)),
  (g, _, [x, y]) => over(times(g, x), plus(1, y)),
]);
/** x·log(1 + y), 0 where x is 0 (unless y is NaN). */
export const xlog1py = (x: ArrayLike, y: ArrayLike): NDArray =>
  bind1(xlog1pyP, promoteStrict("xlog1py", x, y), none);

export const xlogxP = special("xlogx", (x) => xlogyScalar(x, x), [
  (g, _, [x]) => times(g, plus(logOf(x), 1)),
]);
/** x·log x, 0 at 0. */
export const xlogx = (x: ArrayLike): NDArray => bind1(xlogxP, [asArray(x, "xlogx")], none);

const logitScalar = scalarFunction("logit", 1, (b, [x]) => {
  const rest = b.let(sub(f64(1), x));
  return choose(
    b,
    // Near ½ the quotient is near 1, and what is left of it after rounding is not enough.
    [[both(gt(x, 0.25), lt(x, 0.75)), () => log1p(div(sub(mul(x, 2), 1), rest))]],
    () => log(div(x, rest)),
  );
});
export const logitP = special("logit", logitScalar, [(g, _, [x]) => over(g, times(x, minus(1, x)))]);
/** log(x/(1 − x)); ∓∞ at 0 and 1, NaN outside. */
export const logit = (x: ArrayLike): NDArray => bind1(logitP, [asArray(x, "logit")], none);

const HALF_LOG_2PI = 0.5 * Math.log(2 * Math.PI);
const normalLogDensity = (x: NDArray): NDArray => minus(times(-0.5, square(x)), HALF_LOG_2PI);

/** Q(a) = ½·erfc(a/√2) for a ≥ 0; where it is small the rounding of a/√2 must not enter the exponent. */
export const normalTail = scalarFunction("normal_tail", 1, (b, [a]) => {
  const w = b.let(mul(a, Math.SQRT1_2));
  return choose(
    b,
    [
      [lt(a, 1.5), () => mul(erfcScalar(w), 0.5)],
      [gt(a, 39), () => f64(0)],
    ],
    (t) => mul(mul(expMinusSquare(t, a, 0.5), erfcxScalar(w)), 0.5),
  );
});
const ndtrScalar = scalarFunction("ndtr", 1, (b, [x]) =>
  choose(b, [[lt(x, 0), () => normalTail(neg(x))]], () => sub(f64(1), normalTail(x))),
);
export const ndtrP = special("ndtr", ndtrScalar, [(g, _, [x]) => times(g, expOf(normalLogDensity(x)))]);
/** Distribution function of the standard normal. */
export const ndtr = (x: ArrayLike): NDArray => bind1(ndtrP, [asArray(x, "ndtr")], none);

const logNdtrScalar = scalarFunction("log_ndtr", 1, (b, [x]) =>
  choose(
    b,
    [
      [gt(x, 0), () => log1p(neg(normalTail(x)))],
      [gt(x, -1), () => log(mul(erfcScalar(mul(x, -Math.SQRT1_2)), 0.5))],
    ],
    () => sub(log(mul(erfcxScalar(mul(x, -Math.SQRT1_2)), 0.5)), mul(mul(x, x), 0.5)),
  ),
);
export const logNdtrP = special("log_ndtr", logNdtrScalar, [
  (g, ans, [x]) => times(g, expOf(minus(normalLogDensity(x), ans))),
]);
/** log of `ndtr`, precise in both tails. */
export const logNdtr = (x: ArrayLike): NDArray => bind1(logNdtrP, [asArray(x, "logNdtr")], none);

export const gammasgnScalar = scalarFunction("gammasgn", 1, (b, [x]) =>
  choose(
    b,
    [
      [gt(x, 0), () => f64(1)],
      [eq(x, 0), () => select(lt(div(f64(1), x), 0), f64(-1), f64(1))],
      [isWhole(x), () => f64(NaN)],
      [isNan(x), () => f64(NaN)],
    ],
    (t) => select(isOdd(t, floor(x)), f64(-1), f64(1)),
  ),
);
export const gammasgnP = elementwise({
  name: "gammasgn",
  accepts: "float",
  scalar: ([x]) => cast(gammasgnScalar(cast(x, "float64")), x.dtype),
  jvp: zeroTangent,
});
/** Sign of Γ(x); NaN at the negative whole numbers. Derivative 0. */
export const gammasgn = (x: ArrayLike): NDArray => bind1(gammasgnP, [asArray(x, "gammasgn")], none);

const gammaScalar = scalarFunction("gamma", 1, (b, [x]) => {
  const a = b.let(abs(x));
  return choose(
    b,
    [
      [gt(x, 0), () => gammaPositive(x)],
      [lt(a, 1e-17), () => div(f64(1), x)],
      [isWhole(x), () => f64(NaN)],
      [
        ge(a, 170),
        (t) =>
          mul(gammasgnScalar(x), exp(sub(log(div(f64(Math.PI), mul(sinPi(t, a), a))), lgammaPositive(a)))),
      ],
    ],
    // Γ(x)·Γ(−x) = −π / (x·sin πx)
    (t) => mul(gammasgnScalar(x), div(div(f64(Math.PI), mul(sinPi(t, a), a)), gammaPositive(a))),
  );
});
export const gammaP = special("gamma", gammaScalar, [(g, ans, [x]) => times(g, times(ans, digamma(x)))]);
/** Γ(x); ±∞ at ±0, NaN at the negative whole numbers. */
export const gamma = (x: ArrayLike): NDArray => bind1(gammaP, [asArray(x, "gamma")], none);

const loggammaScalar = scalarFunction("loggamma", 1, (b, [x]) =>
  choose(b, [[gt(x, 0), () => lgammaPositive(x)]], () => f64(NaN)),
);
export const loggammaP = special("loggamma", loggammaScalar, [(g, _, [x]) => times(g, digamma(x))]);
/** log Γ(x) for x > 0, the principal branch; NaN elsewhere, where it is not real. */
export const loggamma = (x: ArrayLike): NDArray => bind1(loggammaP, [asArray(x, "loggamma")], none);
