/**
 * @file scipy.special, functions of one operand and of several: promotion to floats and broadcasting around the primitives
 * of lax. Integers become floats as everywhere; float16 and bfloat16 compute in float64 and round.
 */
import { refuseMore } from "../../base/checks.ts";
import { underName } from "../../base/attribution.ts";
import type { ArrayLike, NDArray } from "../../core/array.ts";
import * as lax from "../../lax/index.ts";
import * as elementary from "../../lax/special/elementary.ts";
import * as errorFunction from "../../lax/special/error-function.ts";
import * as exponential from "../../lax/special/exponential-integral.ts";
import { wofz as laxWofz } from "../../lax/elementwise/complex/faddeeva.ts";
import * as entropies from "../../lax/special/entropies.ts";
import { beta as laxBeta, betaln as laxBetaln } from "../../lax/special/gamma-steps.ts";
import { ndtr as laxNdtr } from "../../lax/special/normal.ts";
import * as transforms from "../../lax/special/power-transform.ts";
import * as integrals from "../../lax/special/integrals.ts";
import { besselI0, besselI1 } from "../../numpy/ufuncs/bessel.ts";
import { complexOf } from "../../lax/linalg/families/factorisation.ts";
import { cast, promoteInexact } from "../../numpy/operands/promote.ts";

const unary =
  (name: string, f: (x: NDArray) => NDArray) =>
  (x: ArrayLike, ...more: readonly unknown[]): NDArray => {
    if (more.length > 0) refuseMore(name, 1, more);
    return underName(name, () => f(promoteInexact(`special.${name}`, x)[0]));
  };

const binary =
  (name: string, f: (x: NDArray, y: NDArray) => NDArray) =>
  (x: ArrayLike, y: ArrayLike, ...more: readonly unknown[]): NDArray => {
    if (more.length > 0) refuseMore(name, 2, more);
    return underName(name, () => {
      const [a, b] = promoteInexact(`special.${name}`, x, y);
      return f(a, b);
    });
  };

/**
 * The error function 2/√π·∫₀ˣ e^(−t²) dt, in floating point: integers become floats.
 * @throws DTypeError for complex numbers
 * @see jax.scipy.special.erf
 * @example
 * scipy.special.erf(np.array([0, 1])).js(); // [0, 0.8427007…]
 */
export const erf = unary("erf", lax.erf);
/**
 * 1 − erf(x), to full relative precision where that difference would be rounded to 0. Integers become floats.
 * @throws DTypeError for complex numbers
 * @see jax.scipy.special.erfc
 * @example
 * scipy.special.erfc(10).item(); // 2.0884875838e-45
 */
export const erfc = unary("erfc", lax.erfc);
/**
 * e^(x²)·erfc(x), which neither underflows nor cancels for large x. Integers become floats.
 * @throws DTypeError for complex numbers
 * @see jax.scipy.special.erfcx
 * @example
 * scipy.special.erfcx(np.array([0, 10])).js(); // [1, 0.0561409…]
 */
export const erfcx = unary("erfcx", errorFunction.erfcx);
/**
 * The Faddeeva function e^(−z²)·erfc(−iz) of real or complex numbers, always complex: complex64 from single precision and
 * less. On the real axis its real part is e^(−x²), and its imaginary part Dawson's integral times 2/√π. The relative error of
 * each part is some 10⁻¹³, but beside a part's zeros. The derivative is −2z·w(z) + 2i/√π.
 * @see jax.scipy.special.wofz
 * @example
 * scipy.special.wofz(lax.complex(1, 2)).item(); // { re: 0.2184926…, im: 0.0929978… }
 */
export const wofz = (z: ArrayLike, ...more: readonly unknown[]): NDArray => {
  if (more.length > 0) refuseMore("wofz", 1, more);
  return underName("wofz", () => {
    const [x] = promoteInexact("special.wofz", z);
    return laxWofz(cast(x, complexOf(x.dtype)));
  });
};
/**
 * The inverse of `erf`; ±∞ at ±1, NaN beyond. Integers become floats.
 * @throws DTypeError for complex numbers
 * @see jax.scipy.special.erfinv
 * @example
 * scipy.special.erfinv(np.array([0.5, 1])).js(); // [0.4769362…, Infinity]
 */
export const erfinv = unary("erfinv", lax.erfInv);
/**
 * log |Γ(x)|, which does not overflow as Γ does; ∞ at the poles 0, −1, −2, …. Integers become floats. The derivative is
 * `digamma`.
 * @throws DTypeError for complex numbers
 * @see jax.scipy.special.gammaln
 * @example
 * scipy.special.gammaln(np.array([1, 10])).js(); // [0, 12.8018274…] — log 9!
 */
export const gammaln = unary("gammaln", lax.lgamma);
/**
 * log Γ(x) where it is real (x > 0), else NaN. Integers become floats. The derivative is `digamma`.
 * @throws DTypeError for complex numbers
 * @see jax.scipy.special.loggamma
 * @example
 * scipy.special.loggamma(np.array([10, -0.5])).js(); // [12.8018274…, NaN]
 */
export const loggamma = unary("loggamma", elementary.loggamma);
/**
 * Γ(x), which continues (x − 1)!; ±∞ at ±0, NaN at the negative whole numbers. Integers become floats. The derivative
 * is Γ(x)·digamma(x).
 * @throws DTypeError for complex numbers
 * @see jax.scipy.special.gamma
 * @example
 * scipy.special.gamma(np.array([5, 0.5])).js(); // [24, 1.7724538…] — 4! and √π
 */
export const gamma = unary("gamma", elementary.gamma);
/**
 * The sign of Γ(x): 1 or −1, at ±0 that of the zero, NaN at the negative whole numbers. Integers become floats.
 * Derivative 0.
 * @throws DTypeError for complex numbers
 * @see jax.scipy.special.gammasgn
 * @example
 * scipy.special.gammasgn(np.array([2, -0.5, -1.5])).js(); // [1, -1, 1]
 */
export const gammasgn = unary("gammasgn", elementary.gammasgn);
/**
 * The derivative of log Γ; NaN at its poles 0, −1, −2, …. Integers become floats. Its own derivatives are `polygamma`.
 * @throws DTypeError for complex numbers
 * @see jax.scipy.special.digamma
 * @example
 * scipy.special.digamma(1).item(); // -0.5772156… — Euler's constant, negative
 */
export const digamma = unary("digamma", lax.digamma);
/**
 * The modified Bessel function I₀; it overflows where `i0e` does not. Integers become floats. The derivative is `i1`.
 * @throws DTypeError for complex numbers
 * @see jax.scipy.special.i0
 * @example
 * scipy.special.i0(np.array([0, 1])).js(); // [1, 1.2660658…]
 */
export const i0 = unary("i0", besselI0);
/**
 * e^(−|x|)·I₀(x), for large arguments. Integers become floats. The derivative at 0 is 0, half way between those of both
 * sides.
 * @throws DTypeError for complex numbers
 * @see jax.scipy.special.i0e
 * @example
 * scipy.special.i0e(np.array([0, 1])).js(); // [1, 0.4657596…]
 */
export const i0e = unary("i0e", lax.besselI0e);
/**
 * The modified Bessel function I₁; it overflows where `i1e` does not. Integers become floats. The derivative at 0 is ½.
 * @throws DTypeError for complex numbers
 * @see jax.scipy.special.i1
 * @example
 * scipy.special.i1(np.array([0, 1])).js(); // [0, 0.5651591…]
 */
export const i1 = unary("i1", besselI1);
/**
 * e^(−|x|)·I₁(x), for large arguments. Integers become floats. The derivative at 0 is ½.
 * @throws DTypeError for complex numbers
 * @see jax.scipy.special.i1e
 * @example
 * scipy.special.i1e(np.array([0, 1])).js(); // [0, 0.2079104…]
 */
export const i1e = unary("i1e", lax.besselI1e);
/**
 * The logistic function 1/(1 + e⁻ˣ) of real or complex numbers. Integers become floats.
 * @see jax.scipy.special.expit
 * @example
 * scipy.special.expit(np.array([0, Infinity])).js(); // [0.5, 1]
 */
export const expit = unary("expit", lax.logistic);
/**
 * log(x/(1 − x)), the inverse of `expit`; ∓∞ at 0 and 1, where the derivative is ∞, NaN outside. Integers become floats.
 * @throws DTypeError for complex numbers
 * @see jax.scipy.special.logit
 * @example
 * scipy.special.logit(np.array([0.5, 0.75])).js(); // [0, 1.0986122…] — 0 and log 3
 */
export const logit = unary("logit", elementary.logit);
/**
 * The distribution function of the standard normal, precise in the left tail too. Integers become floats.
 * @throws DTypeError for complex numbers
 * @see jax.scipy.special.ndtr
 * @example
 * scipy.special.ndtr(np.array([0, 1.96])).js(); // [0.5, 0.9750021…]
 */
export const ndtr = unary("ndtr", laxNdtr);
/**
 * The quantile of the standard normal, the inverse of `ndtr`; ∓∞ at 0 and 1, NaN outside. Integers become floats.
 * @throws DTypeError for complex numbers
 * @see jax.scipy.special.ndtri
 * @example
 * scipy.special.ndtri(np.array([0.5, 0.975])).js(); // [0, 1.9599639…]
 */
export const ndtri = unary("ndtri", errorFunction.ndtri);
/**
 * The entropy −x·log x; 0 at 0 and −∞ below. Integers become floats. The derivative −1 − log x is ∞ at 0, NaN below.
 * @throws DTypeError for complex numbers
 * @see jax.scipy.special.entr
 * @example
 * scipy.special.entr(np.array([0, 0.5, 1])).js(); // [0, 0.3465735…, 0]
 */
export const entr = unary("entr", (x) => lax.select(lax.lt(x, 0), -Infinity, lax.neg(elementary.xlogx(x))));
/**
 * The dilogarithm ∫₁ˣ log(t)/(1 − t) dt; NaN below 0. Integers become floats. The derivative is −1 at 1, −∞ at 0.
 * @throws DTypeError for complex numbers
 * @see jax.scipy.special.spence
 * @example
 * scipy.special.spence(np.array([0, 1])).js(); // [1.6449340…, 0] — π²/6 and 0
 */
export const spence = unary("spence", integrals.spence);
/**
 * Dawson's integral e^(−x²)·∫₀ˣ e^(t²) dt. Integers become floats.
 * @throws DTypeError for complex numbers
 * @see jax.scipy.special.dawsn
 * @example
 * scipy.special.dawsn(np.array([0, 1])).js(); // [0, 0.5380795…]
 */
export const dawsn = unary("dawsn", integrals.dawsn);
/**
 * The exponential integral Ei(x) = ∫ eᵗ/t dt from −∞ to x, its principal value; −∞ at 0, and the limits 0 and
 * ∞ at ∓∞, where JAX has NaN. Integers become floats. The derivative is eˣ/x.
 * @throws DTypeError for complex numbers
 * @see jax.scipy.special.expi
 * @example
 * scipy.special.expi(np.array([1, -1])).js(); // [1.8951178…, -0.2193839…]
 */
export const expi = unary("expi", exponential.expi);

/**
 * The Fresnel integrals: [S(x), C(x)], of sin(πt²/2) and cos(πt²/2) from 0 to x. Integers become floats.
 * @throws DTypeError for complex numbers
 * @see jax.scipy.special.fresnel
 * @example
 * const [s, c] = scipy.special.fresnel(1);
 * [s.item(), c.item()]; // [0.4382591…, 0.7798934…]
 */
export function fresnel(x: ArrayLike, ...more: []): [s: NDArray, c: NDArray] {
  refuseMore("fresnel", 1, more);
  const [a] = promoteInexact("special.fresnel", x);
  return [integrals.fresnelS(a), integrals.fresnelC(a)];
}

/**
 * The sine and cosine integrals: [Si(x), Ci(x)], of sin(t)/t from 0 to x and of −cos(t)/t from |x| to ∞. Ci is −∞ at 0.
 * Integers become floats.
 * @throws DTypeError for complex numbers
 * @see jax.scipy.special.sici
 * @example
 * const [si, ci] = scipy.special.sici(1);
 * [si.item(), ci.item()]; // [0.9460830…, 0.3374039…]
 */
export function sici(x: ArrayLike, ...more: []): [si: NDArray, ci: NDArray] {
  refuseMore("sici", 1, more);
  const [a] = promoteInexact("special.sici", x);
  return [integrals.si(a), integrals.ci(a)];
}

/**
 * The regularized lower incomplete gamma function P(a, x) = ∫₀ˣ tᵃ⁻¹e⁻ᵗ dt / Γ(a); NaN for negative a or x. Operands
 * broadcast, integers become floats. Differentiable with respect to both.
 * @throws DTypeError for complex numbers
 * @see jax.scipy.special.gammainc
 * @example
 * scipy.special.gammainc(1, np.array([1, Infinity])).js(); // [0.6321205…, 1] — 1 − 1/e and 1
 */
export const gammainc = binary("gammainc", lax.igamma);
/**
 * The regularized upper incomplete gamma function Q(a, x) = 1 − P(a, x), to full relative precision; NaN for negative a
 * or x. Operands broadcast, integers become floats. Differentiable with respect to both.
 * @throws DTypeError for complex numbers
 * @see jax.scipy.special.gammaincc
 * @example
 * scipy.special.gammaincc(1, np.array([1, 100])).js(); // [0.3678794…, 3.7200759760e-44] — e⁻¹ and e⁻¹⁰⁰
 */
export const gammaincc = binary("gammaincc", lax.igammac);
/**
 * log |B(a, b)|, without the cancellation of its terms log Γ for large operands. Operands broadcast, integers become
 * floats.
 * @throws DTypeError for complex numbers
 * @see jax.scipy.special.betaln
 * @example
 * scipy.special.betaln(2, 3).item(); // -2.4849066… — −log 12
 */
export const betaln = binary("betaln", laxBetaln);
/**
 * The beta function B(a, b) = Γ(a)·Γ(b)/Γ(a + b). Operands broadcast, integers become floats.
 * @throws DTypeError for complex numbers
 * @see jax.scipy.special.beta
 * @example
 * scipy.special.beta(2, np.array([3, 1])).js(); // [0.0833333…, 0.5] — 1/12 and 1/2
 */
export const beta = binary("beta", laxBeta);
/**
 * x·log y, 0 where x is 0 (unless y is NaN). Operands broadcast, integers become floats. The derivatives are log y and
 * x/y: at x = y = 0 they are −∞ and NaN.
 * @throws DTypeError for complex numbers
 * @see jax.scipy.special.xlogy
 * @example
 * scipy.special.xlogy(np.array([0, 2]), np.array([0, 3])).js(); // [0, 2.1972245…]
 */
export const xlogy = binary("xlogy", elementary.xlogy);
/**
 * x·log(1 + y), exact for small y; 0 where x is 0 (unless y is NaN). Operands broadcast, integers become floats. The
 * derivatives are log(1 + y) and x/(1 + y).
 * @throws DTypeError for complex numbers
 * @see jax.scipy.special.xlog1py
 * @example
 * scipy.special.xlog1py(np.array([0, 2]), np.array([-1, 1e-20])).js(); // [0, 2e-20]
 */
export const xlog1py = binary("xlog1py", elementary.xlog1py);
/**
 * Owen's T function (1/2π)·∫₀ᵃ e^(−h²(1 + t²)/2)/(1 + t²) dt: the probability that X > h and 0 < Y < aX for independent
 * standard normal X and Y. Operands h and a broadcast, integers become floats.
 * @throws DTypeError for complex numbers
 * @see scipy.special.owens_t
 * @example
 * scipy.special.owensT(np.array([0, 1]), 1).js(); // [0.125, 0.0667418…]
 */
export const owensT = binary("owensT", integrals.owensT);

/**
 * The regularized incomplete beta function Iₓ(a, b) = ∫₀ˣ tᵃ⁻¹(1 − t)ᵇ⁻¹ dt / B(a, b); NaN outside 0 ≤ x ≤ 1. Operands
 * broadcast, integers become floats. Differentiable with respect to x only.
 * @throws DTypeError for complex numbers; DifferentiationError for derivatives with respect to a or b
 * @see jax.scipy.special.betainc
 * @example
 * scipy.special.betainc(2, 3, np.array([0, 0.5, 1])).js(); // [0, 0.6875, 1]
 */
export function betainc(a: ArrayLike, b: ArrayLike, x: ArrayLike, ...more: []): NDArray {
  refuseMore("betainc", 3, more);
  const [p, q, y] = promoteInexact("special.betainc", a, b, x);
  return lax.betainc(p, q, y);
}

/**
 * The relative entropy p·log(p/q), 0 where p is 0 ≤ q, ∞ where the logarithm is not defined; the sum over two
 * distributions is their Kullback–Leibler divergence. Operands broadcast, integers become floats. Derivatives are 0 where
 * p or q is not positive, as in JAX.
 * @throws DTypeError for complex numbers
 * @see jax.scipy.special.rel_entr
 * @example
 * scipy.special.relEntr(np.array([2, 0, 1]), np.array([1, 0, 0])).js(); // [1.3862943…, 0, Infinity]
 */
export const relEntr = binary("relEntr", entropies.relEntr);

/**
 * The divergence p·log(p/q) − p + q: convex, from 0 on, and 0 only where p = q; its first term is `relEntr`. Operands
 * broadcast, integers become floats.
 * @throws DTypeError for complex numbers
 * @see jax.scipy.special.kl_div
 * @example
 * scipy.special.klDiv(np.array([2, 0, 3]), np.array([1, 2, 3])).js(); // [0.3862943…, 2, 0]
 */
export const klDiv = binary("klDiv", entropies.klDiv);

/**
 * The Box–Cox transform (x^λ − 1)/λ, log x for λ = 0; NaN for negative x. Operands broadcast, integers become floats. The
 * derivatives are xᵏ, k = λ − 1, and with respect to λ its limit ½·log² x at λ = 0.
 * @see scipy.special.boxcox
 * @example
 * scipy.special.boxcox(np.array([1, 2]), 2).js(); // [0, 1.5]
 * scipy.special.boxcox(2, 0).item(); // 0.6931471… — log 2
 */
export const boxcox = binary("boxcox", transforms.boxcox);
/**
 * The Box–Cox transform of 1 + x, exact for small x; otherwise as `boxcox`.
 * @see scipy.special.boxcox1p
 * @example
 * scipy.special.boxcox1p(np.array([1e-20, 1]), 2).js(); // [1e-20, 1.5]
 */
export const boxcox1p = binary("boxcox1p", transforms.boxcox1p);

/**
 * The exponential integral Eₙ(x) = ∫₁^∞ e^(−xt)/tⁿ dt for whole n ≥ 0 and x ≥ 0; NaN for negative ones. Operands broadcast,
 * integers become floats. Differentiable with respect to x: −Eₙ₋₁(x).
 * @throws DTypeError for complex numbers; DifferentiationError for derivatives with respect to n
 * @see jax.scipy.special.expn
 * @example
 * scipy.special.expn(np.array([1, 2]), 1).js(); // [0.2193839…, 0.1484955…]
 */
export const expn = binary("expn", exponential.expn);
/**
 * The exponential integral E₁(x) = ∫ e⁻ᵗ/t dt from x to ∞, for x ≥ 0; ∞ at 0, NaN below. Integers become floats. The
 * derivative is −e⁻ˣ/x.
 * @throws DTypeError for complex numbers
 * @see jax.scipy.special.exp1
 * @example
 * scipy.special.exp1(np.array([0, 1])).js(); // [Infinity, 0.2193839…]
 */
export const exp1 = unary("exp1", exponential.exp1);
