/** @file Rounding, splitting and taking apart floating-point numbers. Source: jax/_src/numpy/ufuncs.py. */
import type { ArrayLike, NDArray } from "../../core/array.ts";
import { defaultFloat, isComplex, isFloat, isInexact, isInteger } from "../../dtypes/dtype.ts";
import { ArgumentError, DTypeError } from "../../base/errors.ts";
import { asArray } from "../../lax/operands/convert.ts";
import * as lax from "../../lax/index.ts";
import { type Rest, resolveArgs } from "../operands/args.ts";
import { finfo } from "../dtypes/dtypes.ts";
import {
  broadcastOperands,
  cast,
  inexact,
  inexactType,
  promoteInexact,
  refuseComplex,
} from "../operands/promote.ts";

/** Integers and booleans are whole already. */
const rounding =
  (name: string, f: (x: NDArray) => NDArray) =>
  (x: ArrayLike): NDArray => {
    const a = asArray(x, name);
    refuseComplex(name, a);
    return isFloat(a.dtype) ? f(a) : a;
  };

/** Largest integer not above x (in the dtype of x). */
export const floor = rounding("floor", (x) => lax.floor(x));
/** Smallest integer not below x. */
export const ceil = rounding("ceil", (x) => lax.ceil(x));

const towardsZero = (x: NDArray): NDArray => lax.select(lax.lt(x, 0), lax.ceil(x), lax.floor(x));
/** x without its fraction. */
export const trunc = rounding("trunc", towardsZero);
/** Alias of `trunc`. */
export const fix = rounding("fix", towardsZero);

/** Nearest integer, halves to even; in floating point. */
export function rint(x: ArrayLike): NDArray {
  const a = asArray(x, "rint");
  refuseComplex("rint", a);
  return isFloat(a.dtype) ? lax.round(a, 1) : cast(a, defaultFloat());
}

interface RoundOptions {
  readonly decimals?: number | undefined;
  readonly out?: null | undefined;
}

/** Rounds to `decimals` places (0; negative: to tens, hundreds …), halves to even. */
export function round(a: ArrayLike, ...rest: Rest<[decimals: number, out: null], RoundOptions>): NDArray {
  const { decimals = 0 } = resolveArgs<RoundOptions>("round", rest, ["decimals", "out"]);
  if (!Number.isInteger(decimals))
    throw new ArgumentError(`round: decimals must be a whole number; got ${decimals}.`);
  const x = asArray(a, "round");
  if (isComplex(x.dtype)) return lax.complex(round(lax.real(x), decimals), round(lax.imag(x), decimals));
  if (x.dtype === "bool") throw new DTypeError("round: expected a numeric array; got bool.");
  if (!isFloat(x.dtype)) {
    if (decimals < 0)
      throw new ArgumentError(
        "round: negative decimals are for floats; convert the integers with x.astype(…).",
      );
    return x;
  }
  if (decimals === 0) return lax.round(x, 1);
  const wide = x.dtype === "float16" || x.dtype === "bfloat16" ? cast(x, "float32") : x;
  const factor = 10 ** Math.abs(decimals);
  const scaled = decimals > 0 ? lax.mul(wide, factor) : lax.div(wide, factor);
  const rounded = lax.round(scaled, 1);
  const out = decimals > 0 ? lax.div(rounded, factor) : lax.mul(rounded, factor);
  return out.dtype === x.dtype ? out : cast(out, x.dtype);
}
/** Alias of `round`. */
export const around = round;

/** `[fraction, whole]` parts, both with the sign of x. */
export function modf(x: ArrayLike, ...rest: Rest<[out: null], { out?: null }>): [NDArray, NDArray] {
  resolveArgs<{ out?: null }>("modf", rest, ["out"]);
  const a = inexact("modf", x);
  refuseComplex("modf", a);
  const whole = lax.select(lax.ge(a, 0), lax.floor(a), lax.ceil(a));
  return [lax.sub(a, whole), whole];
}

/** True where the sign bit is set: negative numbers and −0. */
export function signbit(x: ArrayLike): NDArray {
  const a = asArray(x, "signbit");
  refuseComplex("signbit", a);
  if (a.dtype === "bool") return lax.full(a.shape, false, "bool");
  if (isInteger(a.dtype)) return lax.lt(a, 0);
  // 1/−0 = −∞
  return lax.bitwiseOr(lax.lt(a, 0), lax.bitwiseAnd(lax.eq(a, 0), lax.lt(lax.div(1, a), 0)));
}

/** |x1| with the sign of x2. */
export function copysign(x1: ArrayLike, x2: ArrayLike): NDArray {
  const [x, y] = promoteInexact("copysign", x1, x2);
  refuseComplex("copysign", x);
  const size = lax.abs(x);
  return lax.select(signbit(y), lax.neg(size), size);
}

/** The next representable number after x1 in the direction of x2. */
export function nextafter(x1: ArrayLike, x2: ArrayLike): NDArray {
  const [x, y] = promoteInexact("nextafter", x1, x2);
  return lax.nextafter(x, y);
}

/** Distance to the next representable number away from 0, with the sign of x; NaN for infinities. */
export function spacing(x: ArrayLike): NDArray {
  const a = inexact("spacing", x);
  refuseComplex("spacing", a);
  const towards = lax.select(signbit(a), -Infinity, lax.fullLike(a, Infinity));
  const step = lax.sub(lax.nextafter(a, towards), a);
  return lax.select(lax.isFinite(a), step, NaN);
}

/** x1 · 2^x2, exact; x2 must be integers. */
export function ldexp(x1: ArrayLike, x2: ArrayLike): NDArray {
  const a = asArray(x1, "ldexp");
  const exponent =
    typeof x2 === "number" && Number.isInteger(x2) ? lax.full([], x2, "int32") : asArray(x2, "ldexp");
  if (isComplex(a.dtype) || isInexact(exponent.dtype))
    throw new DTypeError(
      `ldexp: expected a real array and an integer one; got ${a.dtype} and ${exponent.dtype}.`,
    );
  const t = inexactType(a.aval);
  const [x, n] = broadcastOperands("ldexp", [lax.convertElementType(a, t.dtype), cast(exponent, "int32")]);
  return scaleByPower(x, n);
}

/** x · 2ⁿ in three steps, none of which leaves the range before the result does. */
function scaleByPower(x: NDArray, n: NDArray): NDArray {
  const { nmant, bits } = finfo(x.dtype);
  const limit = x.dtype === "float16" ? 64 : bits === 64 ? 2200 : 2 * (127 + nmant) + 16;
  const bounded = lax.clamp(-limit, n, limit);
  const third = lax.div(bounded, 3);
  const rest = lax.sub(bounded, lax.mul(third, 2));
  const power = (k: NDArray): NDArray => lax.exp2(cast(k, x.dtype));
  const step = power(third);
  return lax.mul(lax.mul(lax.mul(x, step), step), power(rest));
}

/** `[mantissa, exponent]` with x = mantissa · 2^exponent, |mantissa| in [0.5, 1); 0 and non-finite numbers stay. */
export function frexp(x: ArrayLike): [NDArray, NDArray] {
  const a = inexact("frexp", x);
  refuseComplex("frexp", a);
  const plain = lax.bitwiseOr(lax.eq(a, 0), lax.bitwiseNot(lax.isFinite(a)));
  const wide = lax.convertElementType(a, "float64");
  const subnormal = lax.lt(lax.abs(wide), 2 ** -1022);
  const normal = lax.mul(wide, lax.select(subnormal, lax.full([], 2 ** 54, "float64"), 1));
  const words = lax.bitcastConvertType(normal, "uint32");
  const high = lax.indexInDim(words, 1, a.ndim, false);
  const field = cast(lax.bitwiseAnd(lax.shiftRightLogical(high, 20), 0x7ff), "int32");
  const exponent = lax.sub(field, lax.select(subnormal, lax.full([], 1022 + 54, "int32"), 1022));
  const e = lax.select(plain, 0, exponent);
  return [lax.select(plain, a, scaleByPower(a, lax.neg(e))), e];
}
