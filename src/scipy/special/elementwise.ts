/**
 * @file scipy.special, functions of one operand and of several: promotion to floats and broadcasting around the primitives
 * of lax. Integers become floats as everywhere; float16 and bfloat16 compute in float64 and round.
 */
import type { ArrayLike, NDArray } from "../../core/array.ts";
import * as lax from "../../lax/index.ts";
import * as elementary from "../../lax/special/elementary.ts";
import * as errorFunction from "../../lax/special/error-function.ts";
import * as exponential from "../../lax/special/exponential-integral.ts";
import { betaln as laxBetaln } from "../../lax/special/gamma.ts";
import * as integrals from "../../lax/special/integrals.ts";
import { besselI0, besselI1 } from "../../numpy/ufuncs/bessel.ts";
import { promoteInexact } from "../../numpy/operands/promote.ts";

const unary =
  (name: string, f: (x: NDArray) => NDArray) =>
  (x: ArrayLike): NDArray =>
    f(promoteInexact(`special.${name}`, x)[0]);

const binary =
  (name: string, f: (x: NDArray, y: NDArray) => NDArray) =>
  (x: ArrayLike, y: ArrayLike): NDArray => {
    const [a, b] = promoteInexact(`special.${name}`, x, y);
    return f(a, b);
  };

/** Error function 2/√π·∫₀ˣ e^(−t²) dt. */
export const erf = unary("erf", lax.erf);
/** 1 − erf(x), to full relative precision. */
export const erfc = unary("erfc", lax.erfc);
/** e^(x²)·erfc(x). */
export const erfcx = unary("erfcx", errorFunction.erfcx);
/** Inverse of erf; ±∞ at ±1, NaN beyond. */
export const erfinv = unary("erfinv", lax.erfInv);
/** log |Γ(x)|. */
export const gammaln = unary("gammaln", lax.lgamma);
/** log Γ(x) where it is real (x > 0), else NaN. */
export const loggamma = unary("loggamma", elementary.loggamma);
/** Γ(x); ±∞ at ±0, NaN at the negative whole numbers. */
export const gamma = unary("gamma", elementary.gamma);
/** Sign of Γ(x). */
export const gammasgn = unary("gammasgn", elementary.gammasgn);
/** Derivative of log Γ. */
export const digamma = unary("digamma", lax.digamma);
/** Modified Bessel function I₀. */
export const i0 = unary("i0", besselI0);
/** e^(−|x|)·I₀(x). */
export const i0e = unary("i0e", lax.besselI0e);
/** Modified Bessel function I₁. */
export const i1 = unary("i1", besselI1);
/** e^(−|x|)·I₁(x). */
export const i1e = unary("i1e", lax.besselI1e);
/** 1/(1 + e⁻ˣ). */
export const expit = unary("expit", lax.logistic);
/** log(x/(1 − x)), the inverse of `expit`. */
export const logit = unary("logit", elementary.logit);
/** Distribution function of the standard normal. */
export const ndtr = unary("ndtr", elementary.ndtr);
/** Quantile of the standard normal. */
export const ndtri = unary("ndtri", errorFunction.ndtri);
/** −x·log x; 0 at 0 and −∞ below. */
export const entr = unary("entr", (x) => lax.select(lax.lt(x, 0), -Infinity, lax.neg(elementary.xlogx(x))));
/** Dilogarithm ∫₁ˣ log(t)/(1 − t) dt. */
export const spence = unary("spence", integrals.spence);
/** Dawson's integral e^(−x²)·∫₀ˣ e^(t²) dt. */
export const dawsn = unary("dawsn", integrals.dawsn);
/** Exponential integral Ei. NaN at 0 and ±∞, as in JAX. */
export const expi = unary("expi", exponential.expi);

/** Fresnel integrals: [S(x), C(x)], of sin(πt²/2) and cos(πt²/2) from 0 to x. */
export function fresnel(x: ArrayLike): [s: NDArray, c: NDArray] {
  const [a] = promoteInexact("special.fresnel", x);
  return [integrals.fresnelS(a), integrals.fresnelC(a)];
}

/** Sine and cosine integrals: [Si(x), Ci(x)]. */
export function sici(x: ArrayLike): [si: NDArray, ci: NDArray] {
  const [a] = promoteInexact("special.sici", x);
  return [integrals.si(a), integrals.ci(a)];
}

/** Regularized lower incomplete gamma function P(a, x). */
export const gammainc = binary("gammainc", lax.igamma);
/** Regularized upper incomplete gamma function Q(a, x). */
export const gammaincc = binary("gammaincc", lax.igammac);
/** log |B(a, b)|. */
export const betaln = binary("betaln", laxBetaln);
/** B(a, b) = Γ(a)·Γ(b)/Γ(a + b). */
export const beta = binary("beta", (a, b) => {
  const sign = lax.mul(
    lax.mul(elementary.gammasgn(a), elementary.gammasgn(b)),
    elementary.gammasgn(lax.add(a, b)),
  );
  return lax.mul(sign, lax.exp(laxBetaln(a, b)));
});
/** x·log y, 0 where x is 0. */
export const xlogy = binary("xlogy", elementary.xlogy);
/** x·log(1 + y), 0 where x is 0. */
export const xlog1py = binary("xlog1py", elementary.xlog1py);
/** Owen's T function. */
export const owensT = binary("owensT", integrals.owensT);

/** Regularized incomplete beta function Iₓ(a, b). Differentiable with respect to x only. */
export function betainc(a: ArrayLike, b: ArrayLike, x: ArrayLike): NDArray {
  const [p, q, y] = promoteInexact("special.betainc", a, b, x);
  return lax.betainc(p, q, y);
}

/** p·log(p/q), 0 where p is 0 ≤ q, ∞ where the logarithm is not defined. */
export const relEntr = binary("relEntr", (p, q) => {
  const inside = lax.bitwiseAnd(lax.gt(p, 0), lax.gt(q, 0));
  const edge = lax.bitwiseAnd(lax.eq(p, 0), lax.ge(q, 0));
  const safeP = lax.select(inside, p, 1);
  const safeQ = lax.select(inside, q, 1);
  const value = lax.sub(elementary.xlogx(safeP), elementary.xlogy(safeP, safeQ));
  return lax.select(inside, value, lax.select(edge, 0, Infinity));
});

/** p·log(p/q) − p + q. */
export const klDiv = binary("klDiv", (p, q) => lax.add(lax.sub(relEntr(p, q), p), q));

/** Box–Cox transform (x^λ − 1)/λ, log x for λ = 0. */
export const boxcox = binary("boxcox", (x, lmbda) => powerTransform(lax.log(x), lmbda));
/** Box–Cox transform of 1 + x. */
export const boxcox1p = binary("boxcox1p", (x, lmbda) => powerTransform(lax.log1p(x), lmbda));

function powerTransform(logX: NDArray, lmbda: NDArray): NDArray {
  const zero = lax.eq(lmbda, 0);
  const safe = lax.select(zero, 1, lmbda);
  return lax.select(zero, logX, lax.div(lax.expm1(lax.mul(safe, logX)), safe));
}

/** Exponential integral Eₙ(x) for whole n ≥ 0 and x ≥ 0. Differentiable with respect to x. */
export const expn = binary("expn", exponential.expn);
/** Exponential integral E₁. */
export const exp1 = unary("exp1", (x) => exponential.expn(1, x));
