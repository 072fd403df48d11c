/**
 * @file Elementary functions: exponentials, logarithms, trigonometry, hyperbolic functions, and what is made of them.
 * Integers and booleans become float32 as in JAX, numbers the default float. Source: jax/_src/numpy/ufuncs.py.
 */
import type { ArrayLike, NDArray } from "../../core/array.ts";
import { defaultFloat, isComplex, isInexact } from "../../dtypes/dtype.ts";
import { asArray } from "../../lax/operands/convert.ts";
import * as lax from "../../lax/index.ts";
import { logaddexp as laxLogaddexp, logaddexp2 as laxLogaddexp2 } from "../../lax/elementwise/logaddexp.ts";
import { sinc as laxSinc } from "../../lax/elementwise/sinc.ts";
import { type Rest, resolveArgs } from "../operands/args.ts";
import { besselI0 } from "./bessel.ts";
import { inexact, promoteInexact, refuseComplex } from "../operands/promote.ts";

const unary =
  (name: string, f: (x: ArrayLike) => NDArray) =>
  (x: ArrayLike): NDArray =>
    f(inexact(name, x));

/** eˣ. */
export const exp = unary("exp", lax.exp);
/** 2ˣ. */
export const exp2 = unary("exp2", lax.exp2);
/** eˣ − 1, exact near 0. */
export const expm1 = unary("expm1", lax.expm1);
/** Natural logarithm: −∞ at 0, NaN below. */
export const log = unary("log", lax.log);
/** log(1 + x), exact near 0. */
export const log1p = unary("log1p", lax.log1p);
/** Logarithm to base 2. */
export const log2 = unary("log2", (x) => lax.div(lax.log(x), Math.LN2));
/** Logarithm to base 10. */
export const log10 = unary("log10", (x) => lax.div(lax.log(x), Math.LN10));
/** Square root: NaN below 0; the derivative at 0 is ∞. */
export const sqrt = unary("sqrt", lax.sqrt);
/** Cube root, also of negative numbers. */
export const cbrt = unary("cbrt", lax.cbrt);

/** Sine. */
export const sin = unary("sin", lax.sin);
/** Cosine. */
export const cos = unary("cos", lax.cos);
/** Tangent. */
export const tan = unary("tan", lax.tan);
/** Inverse sine; NaN outside [−1, 1]. */
export const arcsin = unary("arcsin", lax.asin);
/** Inverse cosine; NaN outside [−1, 1]. */
export const arccos = unary("arccos", lax.acos);
/** Inverse tangent. */
export const arctan = unary("arctan", lax.atan);
/** Hyperbolic sine. */
export const sinh = unary("sinh", lax.sinh);
/** Hyperbolic cosine. */
export const cosh = unary("cosh", lax.cosh);
/** Hyperbolic tangent. */
export const tanh = unary("tanh", lax.tanh);
/** Inverse hyperbolic sine. */
export const arcsinh = unary("arcsinh", lax.asinh);
/** Inverse hyperbolic cosine; NaN below 1. */
export const arccosh = unary("arccosh", lax.acosh);
/** Inverse hyperbolic tangent; NaN outside [−1, 1]. */
export const arctanh = unary("arctanh", lax.atanh);

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

/** Degrees to radians. */
export const deg2rad = unary("deg2rad", (x) => lax.mul(x, Math.PI / 180));
/** Radians to degrees. */
export const rad2deg = unary("rad2deg", (x) => lax.mul(x, 180 / Math.PI));
/** Alias of `deg2rad`. */
export const radians = deg2rad;
/** Alias of `rad2deg`. */
export const degrees = rad2deg;

/** Angle of the point (x2, x1), in (−π, π]. */
export function arctan2(x1: ArrayLike, x2: ArrayLike): NDArray {
  const [y, x] = promoteInexact("arctan2", x1, x2);
  return lax.atan2(y, x);
}
/** Alias of `arctan2`. */
export const atan2 = arctan2;

/** √(x1² + x2²) without overflow. The derivative at the origin is 0. */
export function hypot(x1: ArrayLike, x2: ArrayLike): NDArray {
  const [x, y] = promoteInexact("hypot", x1, x2);
  refuseComplex("hypot", x);
  const [a, b] = [lax.abs(x), lax.abs(y)];
  const infinite = lax.bitwiseOr(lax.eq(a, Infinity), lax.eq(b, Infinity));
  const [large, small] = [lax.max(a, b), lax.min(a, b)];
  const zero = lax.eq(large, 0);
  const ratio = lax.div(small, lax.select(zero, 1, large));
  const length = lax.mul(large, lax.sqrt(lax.add(1, lax.square(ratio))));
  return lax.select(infinite, Infinity, lax.select(zero, large, length));
}

/** log(eˣ + eʸ) without overflow. */
export function logaddexp(x1: ArrayLike, x2: ArrayLike): NDArray {
  const [x, y] = promoteInexact("logaddexp", x1, x2);
  return laxLogaddexp(x, y);
}

/** log₂(2ˣ + 2ʸ) without overflow. */
export function logaddexp2(x1: ArrayLike, x2: ArrayLike): NDArray {
  const [x, y] = promoteInexact("logaddexp2", x1, x2);
  return laxLogaddexp2(x, y);
}

/** sin(πx) / (πx), 1 at 0, with derivatives of every order there. */
export function sinc(x: ArrayLike): NDArray {
  return laxSinc(lax.mul(Math.PI, inexact("sinc", x)));
}

/** Modified Bessel function of the first kind and order 0. */
export function i0(x: ArrayLike): NDArray {
  const a = inexact("i0", x);
  refuseComplex("i0", a);
  return besselI0(a);
}

/** Angle of a complex number, in radians or (`deg`) degrees; for real ones 0 or π. */
export function angle(
  z: ArrayLike,
  ...rest: Rest<[deg: boolean], { readonly deg?: boolean | undefined }>
): NDArray {
  const { deg = false } = resolveArgs<{ readonly deg?: boolean | undefined }>("angle", rest, ["deg"]);
  const a = asArray(z, "angle");
  if (isComplex(a.dtype)) {
    const phase = lax.atan2(lax.imag(a), lax.real(a));
    return deg ? rad2deg(phase) : phase;
  }
  const x = lax.convertElementType(a, isInexact(a.dtype) ? a.dtype : defaultFloat());
  const out = lax.atan2(lax.fullLike(x, 0), x);
  return deg ? rad2deg(out) : out;
}
