/**
 * @file Elementary functions: exponentials, logarithms, trigonometry, hyperbolic functions, and what is made of them.
 * Integers and booleans become the default float. Source: jax/_src/numpy/ufuncs.py.
 */
import type { ArrayLike, NDArray } from "../../core/array.ts";
import { defaultFloat, isComplex, isInexact } from "../../dtypes/dtype.ts";
import { asArray } from "../../lax/operands/convert.ts";
import * as lax from "../../lax/plain.ts";
import { hypot as laxHypot } from "../../lax/elementwise/hypot.ts";
import { log10 as laxLog10, log2 as laxLog2 } from "../../lax/elementwise/log-base.ts";
import { complexSinc, sinc as laxSinc } from "../../lax/elementwise/sinc.ts";
import { define } from "../../arguments/declare.ts";
import { param } from "../../arguments/parameters.ts";
import { besselI0 } from "./bessel.ts";
import { inexact, promoteInexact, strong } from "../operands/promote.ts";
import { binary, bothReal, realInexact, strongBeside, unary } from "./lift.ts";

/**
 * The exponential eˣ.
 * @see jax.numpy.exp
 * @example
 * np.exp(0).item(); // 1
 */
export const exp = unary("exp", inexact, lax.exp);
/**
 * The power 2ˣ.
 * @see jax.numpy.exp2
 * @example
 * np.exp2(3).item(); // 8
 */
export const exp2 = unary("exp2", inexact, lax.exp2);
/**
 * The difference eˣ − 1, exact near 0.
 * @see jax.numpy.expm1
 * @example
 * np.expm1(0).item(); // 0
 */
export const expm1 = unary("expm1", inexact, lax.expm1);
/**
 * The natural logarithm: −∞ at 0, NaN below.
 * @see jax.numpy.log
 * @example
 * np.log(1).item(); // 0
 */
export const log = unary("log", inexact, lax.log);
/**
 * The logarithm of 1 + x, exact near 0.
 * @see jax.numpy.log1p
 * @example
 * np.log1p(0).item(); // 0
 */
export const log1p = unary("log1p", inexact, lax.log1p);
const logOfBase = (
  name: string,
  ofReal: (x: NDArray) => NDArray,
  scale: number,
): ((x: ArrayLike) => NDArray) =>
  unary(name, inexact, (x) => strong(isComplex(x.dtype) ? lax.div(lax.log(x), scale) : ofReal(x)));

/**
 * The logarithm to base 2: −∞ at 0, NaN below; of complex numbers log z/log 2. A power of 2 gives exactly its exponent.
 * @see jax.numpy.log2
 * @example
 * np.log2(8).item(); // 3
 */
export const log2 = logOfBase("log2", laxLog2, Math.LN2);
/**
 * The logarithm to base 10: −∞ at 0, NaN below; of complex numbers log z/log 10. A power of 10 gives exactly its exponent.
 * @see jax.numpy.log10
 * @example
 * np.log10(1000).item(); // 3
 */
export const log10 = logOfBase("log10", laxLog10, Math.LN10);
/**
 * The square root: NaN below 0. The derivative at 0 is ∞.
 * @see jax.numpy.sqrt
 * @example
 * np.sqrt(np.array([4, 9])).js(); // [2, 3]
 */
export const sqrt = unary("sqrt", inexact, lax.sqrt);
/**
 * The cube root, also of negative numbers.
 * @see jax.numpy.cbrt
 * @example
 * np.cbrt(-8).item(); // -2
 */
export const cbrt = unary("cbrt", inexact, lax.cbrt);

/**
 * The sine.
 * @see jax.numpy.sin
 * @example
 * np.sin(0).item(); // 0
 */
export const sin = unary("sin", inexact, lax.sin);
/**
 * The cosine.
 * @see jax.numpy.cos
 * @example
 * np.cos(0).item(); // 1
 */
export const cos = unary("cos", inexact, lax.cos);
/**
 * The tangent.
 * @see jax.numpy.tan
 * @example
 * np.tan(0).item(); // 0
 */
export const tan = unary("tan", inexact, lax.tan);
/**
 * The inverse sine; NaN outside [−1, 1].
 * @see jax.numpy.arcsin
 * @example
 * np.arcsin(0).item(); // 0
 */
export const arcsin = unary("arcsin", inexact, lax.asin);
/**
 * The inverse cosine; NaN outside [−1, 1].
 * @see jax.numpy.arccos
 * @example
 * np.arccos(1).item(); // 0
 */
export const arccos = unary("arccos", inexact, lax.acos);
/**
 * The inverse tangent, in (−π/2, π/2).
 * @see jax.numpy.arctan
 * @example
 * np.arctan(0).item(); // 0
 */
export const arctan = unary("arctan", inexact, lax.atan);
/**
 * The hyperbolic sine.
 * @see jax.numpy.sinh
 * @example
 * np.sinh(0).item(); // 0
 */
export const sinh = unary("sinh", inexact, lax.sinh);
/**
 * The hyperbolic cosine.
 * @see jax.numpy.cosh
 * @example
 * np.cosh(0).item(); // 1
 */
export const cosh = unary("cosh", inexact, lax.cosh);
/**
 * The hyperbolic tangent.
 * @see jax.numpy.tanh
 * @example
 * np.tanh(0).item(); // 0
 */
export const tanh = unary("tanh", inexact, lax.tanh);
/**
 * The inverse hyperbolic sine.
 * @see jax.numpy.arcsinh
 * @example
 * np.arcsinh(0).item(); // 0
 */
export const arcsinh = unary("arcsinh", inexact, lax.asinh);
/**
 * The inverse hyperbolic cosine; NaN below 1.
 * @see jax.numpy.arccosh
 * @example
 * np.arccosh(1).item(); // 0
 */
export const arccosh = unary("arccosh", inexact, lax.acosh);
/**
 * The inverse hyperbolic tangent; ±∞ at ±1, NaN beyond.
 * @see jax.numpy.arctanh
 * @example
 * np.arctanh(0).item(); // 0
 */
export const arctanh = unary("arctanh", inexact, lax.atanh);

/** Alias of `arcsin`. */
export const asin = arcsin;
/** Alias of `arccos`. */
export const acos = arccos;
/** Alias of `arctan`. */
export const atan = arctan;
/** Alias of `arcsinh`. */
export const asinh = arcsinh;
/** Alias of `arccosh`. */
export const acosh = arccosh;
/** Alias of `arctanh`. */
export const atanh = arctanh;

/**
 * Degrees as radians.
 * @see jax.numpy.deg2rad
 * @example
 * np.deg2rad(0).item(); // 0
 */
export const deg2rad = unary("deg2rad", inexact, (x) => lax.mul(x, Math.PI / 180));
/**
 * Radians as degrees.
 * @see jax.numpy.rad2deg
 * @example
 * np.rad2deg(0).item(); // 0
 */
export const rad2deg = unary("rad2deg", inexact, (x) => lax.mul(x, 180 / Math.PI));
/** Alias of `deg2rad`. */
export const radians = deg2rad;
/** Alias of `rad2deg`. */
export const degrees = rad2deg;

/**
 * The angle of the point (x2, x1), in (−π, π].
 * @see jax.numpy.arctan2
 * @example
 * np.arctan2(0, 1).item(); // 0
 */
export const arctan2 = binary("arctan2", promoteInexact, lax.atan2);
/** Alias of `arctan2`. */
export const atan2 = arctan2;

/**
 * The length √(x1² + x2²) without overflow. The derivative at the origin is 0, as of every 2-norm.
 * @throws DTypeError for complex arrays
 * @see jax.numpy.hypot
 * @example
 * np.hypot(3, 4).item(); // 5
 */
export const hypot = strongBeside(binary("hypot", bothReal(promoteInexact), laxHypot));

/**
 * The quotient sin(πx) / (πx), 1 at 0, with derivatives of every order there; exactly 0 at other whole numbers.
 * @see jax.numpy.sinc
 * @example
 * np.sinc(0).item(); // 1
 */
export const sinc = unary("sinc", inexact, (x) => (isComplex(x.dtype) ? complexSinc(x) : laxSinc(x)));

/**
 * The modified Bessel function of the first kind and order 0.
 * @throws DTypeError for complex arrays
 * @see jax.numpy.i0
 * @example
 * np.i0(0).item(); // 1
 */
export const i0 = unary("i0", realInexact, besselI0);

/**
 * The angle of complex numbers, in (−π, π] or (`deg`) degrees; of real ones 0 or π.
 * @see jax.numpy.angle
 * @example
 * np.angle(np.array([1, -1]), { deg: true }).js(); // [0, 180]
 */
export const angle = define(
  "angle",
  [param<[deg: boolean]>()("deg", false)],
  [],
  ({ deg }, z: ArrayLike): NDArray => {
    const a = asArray(z, "angle");
    const x = lax.convertElementType(a, isInexact(a.dtype) ? a.dtype : defaultFloat());
    const phase = isComplex(a.dtype) ? lax.atan2(lax.imag(a), lax.real(a)) : lax.atan2(lax.fullLike(x, 0), x);
    return deg ? rad2deg(phase) : phase;
  },
);
