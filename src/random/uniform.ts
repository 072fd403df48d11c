/**
 * @file The samplers that others are made from: `bits`, `uniform`, `normal`, `truncatedNormal`.
 *
 * The numbers are JAX's: the same bits, and the same arithmetic from bits to floats.
 */
import type { NDArray } from "../core/array.ts";
import { type ArrayLike } from "../core/array.ts";
import { type DType, bitWidth, isUnsigned, toDType } from "../dtypes/dtype.ts";
import { DTypeError } from "../base/errors.ts";
import { add, div, max, min, mul, nextafter, stopGradient, sub } from "../lax/index.ts";
import { erf, erfInv } from "../lax/special/index.ts";
import { randomBits, randomUnit } from "../lax/random-bits/threefry.ts";
import { type Rest, resolveArgs } from "../numpy/operands/args.ts";
import { type KeyLike, singleKey } from "./key.ts";
import {
  type DrawOptions,
  type Shape,
  drawShape,
  floatDtype,
  inDtype,
  plainShape,
  required,
  shapeOf,
  spread,
} from "./params.ts";

/**
 * Draws uniform random bits, as unsigned integers.
 * @param rest shape (default [], one number), dtype ("uint8", "uint16" or "uint32", the default)
 * @throws DTypeError for any other dtype; ShapeError for several keys
 * @see jax.random.bits
 * @example
 * random.bits(random.key(0), [3], "uint8").dtype; // "uint8"
 */
export function bits(key: KeyLike, ...rest: Rest<[shape: Shape, dtype: DType], DrawOptions>): NDArray {
  const { shape, dtype } = resolveArgs<DrawOptions>("bits", rest, ["shape", "dtype"]);
  const d = dtype === undefined || dtype === null ? "uint32" : toDType(dtype, "bits");
  if (!isUnsigned(d)) throw new DTypeError(`bits: dtype must be an unsigned integer dtype; got ${d}.`);
  return randomBits(singleKey(key, "bits"), plainShape("bits", shape), bitWidth(d));
}

/** Uniform on [minval, maxval), from words; the bounds are numbers or arrays of the dtype. */
export function uniformFrom(
  words: NDArray,
  shape: Shape,
  dtype: DType,
  minval: NDArray | number = 0,
  maxval: NDArray | number = 1,
): NDArray {
  const unit = randomUnit(words, shape, dtype);
  if (minval === 0 && maxval === 1) return unit;
  const fit = (x: NDArray | number): NDArray => {
    const a = inDtype("uniform", x, dtype);
    return a.ndim === 0 ? a : spread(a, shape);
  };
  const lo = fit(minval);
  return max(lo, add(mul(unit, sub(fit(maxval), lo)), lo));
}

/** Options of `uniform`. */
export interface UniformOptions extends DrawOptions {
  readonly minval?: ArrayLike | undefined;
  readonly maxval?: ArrayLike | undefined;
}

/**
 * Draws uniform numbers of [minval, maxval), by default of [0, 1). They are differentiable in the bounds.
 * @param rest shape (default [], one number), dtype (the default float), minval, maxval
 * @throws DTypeError if the dtype is not floating-point; ShapeError if the bounds do not fit the shape
 * @see jax.random.uniform
 * @example
 * random.uniform(random.key(0), [3], { minval: -1 }).shape; // [3]
 */
export function uniform(
  key: KeyLike,
  ...rest: Rest<[shape: Shape, dtype: DType, minval: ArrayLike, maxval: ArrayLike], UniformOptions>
): NDArray {
  const where = "uniform";
  const o = resolveArgs<UniformOptions>(where, rest, ["shape", "dtype", "minval", "maxval"]);
  const shape = plainShape(where, o.shape);
  const dtype = floatDtype(where, o.dtype);
  const bound = (x: ArrayLike): NDArray | number => (typeof x === "number" ? x : inDtype(where, x, dtype));
  const lo = bound(o.minval ?? 0);
  const hi = bound(o.maxval ?? 1);
  drawShape(where, shape, shapeOf(lo, where), shapeOf(hi, where));
  return uniformFrom(singleKey(key, where), shape, dtype, lo, hi);
}

/** −1 rounded towards 0. */
const justAboveMinusOne: { readonly [D in DType]?: number } = {
  float16: -1 + 2 ** -11,
  bfloat16: -1 + 2 ** -8,
  float32: -1 + 2 ** -24,
  float64: -1 + 2 ** -53,
};

/** Standard normal, from words. */
export function normalFrom(words: NDArray, shape: Shape, dtype: DType): NDArray {
  // Uniform on (−1, 1). The bounds round to a width of 2, and no sum is below the lower one: it needs no maximum.
  const u = add(mul(randomUnit(words, shape, dtype), 2), justAboveMinusOne[dtype]!);
  return mul(erfInv(u), Math.SQRT2);
}

/**
 * Draws standard normal numbers: of mean 0 and variance 1.
 * @param rest shape (default [], one number), dtype (the default float)
 * @throws DTypeError if the dtype is not floating-point; ShapeError for several keys
 * @see jax.random.normal
 * @example
 * random.normal(random.key(0), [2, 3]).shape; // [2, 3]
 */
export function normal(key: KeyLike, ...rest: Rest<[shape: Shape, dtype: DType], DrawOptions>): NDArray {
  const { shape, dtype } = resolveArgs<DrawOptions>("normal", rest, ["shape", "dtype"]);
  return normalFrom(singleKey(key, "normal"), plainShape("normal", shape), floatDtype("normal", dtype));
}

/**
 * Draws standard normal numbers restricted to the open interval (lower, upper). They are differentiable in the bounds.
 * @param rest lower, upper, shape (by default what these broadcast to), dtype
 * @throws DTypeError if the dtype is not floating-point; ShapeError if the parameters do not fit the shape;
 * ArgumentError if one is missing
 * @see jax.random.truncated_normal
 * @example
 * random.truncatedNormal(random.key(0), -1, 1, [3]).shape; // [3]
 */
export function truncatedNormal(
  key: KeyLike,
  ...rest: Rest<[lower: ArrayLike, upper: ArrayLike, shape: Shape, dtype: DType], TruncatedNormalOptions>
): NDArray {
  const where = "truncatedNormal";
  const o = resolveArgs<TruncatedNormalOptions>(where, rest, ["lower", "upper", "shape", "dtype"]);
  const dtype = floatDtype(where, o.dtype);
  const lower = inDtype(where, required(where, "lower", o.lower), dtype);
  const upper = inDtype(where, required(where, "upper", o.upper), dtype);
  const shape = drawShape(where, o.shape, lower.shape, upper.shape);
  const u = uniformFrom(
    singleKey(key, where),
    shape,
    dtype,
    erf(div(lower, Math.SQRT2)),
    erf(div(upper, Math.SQRT2)),
  );
  const out = mul(erfInv(u), Math.SQRT2);
  // Rounding must not leave the interval.
  const edge = (x: NDArray, towards: number): NDArray => {
    const e = nextafter(stopGradient(x), towards);
    return e.ndim === 0 ? e : spread(e, shape);
  };
  return min(edge(upper, -Infinity), max(edge(lower, Infinity), out));
}

/** Options of `truncatedNormal`. */
export interface TruncatedNormalOptions extends DrawOptions {
  readonly lower?: ArrayLike | undefined;
  readonly upper?: ArrayLike | undefined;
}
