/**
 * @file The samplers that others are made from: `bits`, `uniform`, `normal`, `truncatedNormal`.
 *
 * The numbers are JAX's: the same bits, and the same arithmetic from bits to floats.
 */
import type { ArrayLike, NDArray } from "../core/array.ts";
import { type DType, bitWidth, isComplex, isUnsigned, realPart, toDType } from "../dtypes/dtype.ts";
import { DTypeError } from "../base/errors.ts";
import * as lax from "../lax/index.ts";
import { add, mul } from "../lax/index.ts";
import { erf, erfInv } from "../lax/special/index.ts";
import { randomBits, randomUnit } from "../lax/random-bits/threefry.ts";
import { define } from "../arguments/declare.ts";
import { given, param } from "../arguments/parameters.ts";
import { type KeyLike, singleKey } from "./key.ts";
import * as p from "./params.ts";

/**
 * Uniform random bits, as unsigned integers.
 *
 * Parameters: shape, dtype ("uint8", "uint16", "uint32", the default, or "uint64").
 * @throws DTypeError if the dtype is not an unsigned integer one
 * @see jax.random.bits
 * @example
 * random.bits(random.key(0), [3], "uint8").dtype; // "uint8"
 */
export const bits = define("bits", [p.shapeParam, p.dtypeParam], [], ({ shape, dtype }, key: KeyLike) => {
  const d = dtype === null ? "uint32" : toDType(dtype, "bits");
  if (!isUnsigned(d)) throw new DTypeError(`bits: dtype must be an unsigned integer dtype; got ${d}.`);
  return randomBits(singleKey(key, "bits"), p.plainShape("bits", shape), bitWidth(d));
});

/** Uniform on [minval, maxval), from words; the bounds are numbers or arrays of the dtype. */
export function uniformFrom(
  words: NDArray,
  shape: p.Shape,
  dtype: DType,
  minval: NDArray | number = 0,
  maxval: NDArray | number = 1,
): NDArray {
  const unit = randomUnit(words, shape, dtype);
  if (minval === 0 && maxval === 1) return unit;
  const bound = (x: NDArray | number): NDArray => p.fit(p.inDtype("uniform", x, dtype), shape);
  const lo = bound(minval);
  return lax.max(lo, add(mul(unit, lax.sub(bound(maxval), lo)), lo));
}

const bounds = [
  param<[minval: ArrayLike]>()("minval", 0),
  param<[maxval: ArrayLike]>()("maxval", 1),
] as const;

/**
 * Uniform on [minval, maxval); by default on [0, 1). Differentiable in the bounds.
 *
 * Parameters: shape, dtype, minval = 0, maxval = 1.
 * @throws DTypeError if the dtype is not a floating-point one
 * @see jax.random.uniform
 * @example
 * random.uniform(random.key(0), [3], { minval: -1 }).shape; // [3]
 */
export const uniform = define("uniform", [p.shapeParam, p.dtypeParam, ...bounds], [], (o, key: KeyLike) => {
  const where = "uniform";
  const shape = p.plainShape(where, o.shape);
  const dtype = p.floatDtype(where, o.dtype);
  const bound = (x: ArrayLike): NDArray | number => (typeof x === "number" ? x : p.inDtype(where, x, dtype));
  const lo = bound(o.minval);
  const hi = bound(o.maxval);
  p.drawShape(where, shape, p.shapeOf(lo, where), p.shapeOf(hi, where));
  return uniformFrom(singleKey(key, where), shape, dtype, lo, hi);
});

/** −1 rounded towards 0. */
const justAboveMinusOne: { readonly [D in DType]?: number } = {
  float16: -1 + 2 ** -11,
  bfloat16: -1 + 2 ** -8,
  float32: -1 + 2 ** -24,
  float64: -1 + 2 ** -53,
};

/** Standard normal, from words. */
export function normalFrom(words: NDArray, shape: p.Shape, dtype: DType): NDArray {
  // Uniform on (−1, 1). The bounds round to a width of 2, and no sum is below the lower one: it needs no maximum.
  const u = add(mul(randomUnit(words, shape, dtype), 2), justAboveMinusOne[dtype]!);
  return mul(erfInv(u), Math.SQRT2);
}

/** Standard normal of a complex dtype: independent parts of variance ½. */
export function complexNormalFrom(words: NDArray, shape: p.Shape, dtype: DType): NDArray {
  const part = realPart(dtype);
  const [re, im] = p.splitWords(words, 2).map((key) => lax.div(normalFrom(key, shape, part), Math.SQRT2));
  return lax.complex(re, im);
}

/**
 * Standard normal: mean 0, variance 1. Of a complex dtype both parts have variance ½.
 *
 * Parameters: shape, dtype.
 * @throws DTypeError if the dtype is an integer one
 * @see jax.random.normal
 * @example
 * random.normal(random.key(0), [2, 3]).shape; // [2, 3]
 */
export const normal = define("normal", [p.shapeParam, p.dtypeParam], [], (o, key: KeyLike) => {
  const shape = p.plainShape("normal", o.shape);
  const dtype = p.inexactDtype("normal", o.dtype);
  const words = singleKey(key, "normal");
  return (isComplex(dtype) ? complexNormalFrom : normalFrom)(words, shape, dtype);
});

/**
 * Standard normal restricted to the open interval (lower, upper). Differentiable in the bounds.
 *
 * Parameters: lower, upper, shape (by default that of the bounds), dtype.
 * @see jax.random.truncated_normal
 * @example
 * random.truncatedNormal(random.key(0), -1, 1, [3]).shape; // [3]
 */
export const truncatedNormal = p.rawSampler(
  "truncatedNormal",
  [given<[lower: ArrayLike]>()("lower"), given<[upper: ArrayLike]>()("upper")],
  ({ words, shape, dtype }, lower, upper) => {
    const quantile = (x: NDArray): NDArray => erf(lax.div(x, Math.SQRT2));
    const u = uniformFrom(words, shape, dtype, quantile(lower), quantile(upper));
    const out = mul(erfInv(u), Math.SQRT2);
    // Rounding must not leave the interval.
    const edge = (x: NDArray, towards: number): NDArray =>
      p.fit(lax.nextafter(lax.stopGradient(x), towards), shape);
    return lax.min(edge(upper, -Infinity), lax.max(edge(lower, Infinity), out));
  },
);
