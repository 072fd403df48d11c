/** @file Discrete distributions of a few operations: integers, coin tosses, waiting times. */
import type { ArrayLike, NDArray } from "../core/array.ts";
import { type DType, bitWidth, defaultFloat, isFloat, isInteger } from "../dtypes/dtype.ts";
import { ArgumentError, DTypeError } from "../base/errors.ts";
import { integerLimits } from "../loops/ir/scalar.ts";
import { asArray, asDType } from "../lax/operands/convert.ts";
import {
  add,
  bitwiseAnd,
  clamp,
  convertElementType,
  div,
  floor,
  gt,
  le,
  log,
  log1p,
  lt,
  mul,
  neg,
  rem,
  select,
  sub,
} from "../lax/index.ts";
import { randomBits } from "../lax/random-bits/threefry.ts";
import { type Rest, resolveArgs } from "../numpy/operands/args.ts";
import { inexact } from "../numpy/operands/promote.ts";
import { type KeyLike, singleKey } from "./key.ts";
import {
  type DrawOptions,
  type Shape,
  drawShape,
  floatInfo,
  halves,
  intDtype,
  plainShape,
  required,
  splitWords,
  spread,
} from "./params.ts";
import { uniformFrom } from "./uniform.ts";

/** A bound of `randint` in the sampling dtype, and whether it lies above that dtype. */
interface Bound {
  readonly value: NDArray;
  readonly above: NDArray | boolean;
}

/** A bound within the limits of a dtype; one past the upper limit is remembered. */
function boundOf(x: ArrayLike, dtype: DType, where: string, [lo, hi]: readonly [number, number]): Bound {
  if (typeof x === "number") {
    const whole = Math.trunc(x);
    if (Number.isNaN(whole)) throw new ArgumentError(`${where}: bounds must be integers; got NaN.`);
    return { value: asDType(Math.min(Math.max(whole, lo), hi), dtype, false, where), above: whole > hi };
  }
  const given = asArray(x, where);
  const a = isInteger(given.dtype) ? given : convertElementType(given, "int32");
  const [min, max] = integerLimits(a.dtype);
  const clipped = clamp(Math.max(lo, min), a, Math.min(hi, max));
  return { value: convertElementType(clipped, dtype), above: hi < max ? gt(a, hi) : false };
}

/** Options of `randint`. */
export interface RandintOptions extends DrawOptions {
  readonly minval?: ArrayLike | undefined;
  readonly maxval?: ArrayLike | undefined;
}

/**
 * Draws uniform integers of [minval, maxval); minval where the interval is empty. They are made from twice the bits of
 * the dtype, so that the bias of the remainder is small.
 * @param rest shape, minval, maxval, dtype (default int32)
 * @throws DTypeError if the dtype is no integer one; ShapeError if the bounds do not fit the shape; ArgumentError if
 * one is missing
 * @see jax.random.randint
 * @example
 * random.randint(random.key(0), [4], 0, 10).shape; // [4]
 */
export function randint(
  key: KeyLike,
  ...rest: Rest<[shape: Shape, minval: ArrayLike, maxval: ArrayLike, dtype: DType], RandintOptions>
): NDArray {
  const where = "randint";
  const o = resolveArgs<RandintOptions>(where, rest, ["shape", "minval", "maxval", "dtype"]);
  const dtype = intDtype(where, o.dtype);
  const [lo, hi] = integerLimits(dtype);
  const sampled: DType = bitWidth(dtype) < 32 ? "int32" : dtype;
  // A narrow dtype's upper bound may be one past its limit: it is drawn in 32 bits.
  const min = boundOf(required(where, "minval", o.minval), sampled, where, [lo, hi]);
  const max = boundOf(required(where, "maxval", o.maxval), sampled, where, [
    lo,
    sampled === dtype ? hi : hi + 1,
  ]);
  const shape = drawShape(where, plainShape(where, o.shape), min.value.shape, max.value.shape);
  const fit = (x: NDArray): NDArray => (x.ndim === 0 ? x : spread(x, shape));
  const [minval, maxval] = [fit(min.value), fit(max.value)];

  let span = convertElementType(sub(maxval, minval), "uint32");
  span = select(le(maxval, minval), 1, span);
  if (sampled === dtype && max.above !== false) {
    const above = max.above === true ? gt(maxval, minval) : bitwiseAnd(fit(max.above), gt(maxval, minval));
    span = select(above, add(span, 1), span);
  }
  const [forHigh, forLow] = splitWords(singleKey(key, where), 2);
  const half = rem(asDType(65536, "uint32", false, where), span);
  const multiplier = rem(mul(half, half), span);
  const high = mul(rem(randomBits(forHigh, shape), span), multiplier);
  const offset = rem(add(high, rem(randomBits(forLow, shape), span)), span);
  return convertElementType(add(minval, convertElementType(offset, sampled)), dtype);
}

/** True with probability `p`, from words. */
function bernoulliFrom(words: NDArray, p: NDArray | number, shape: Shape, dtype: DType): NDArray {
  return lt(uniformFrom(words, shape, dtype), p);
}

/** Options of `bernoulli`. */
export interface BernoulliOptions {
  readonly p?: ArrayLike | undefined;
  readonly shape?: Shape | null | undefined;
  readonly mode?: "low" | "high" | undefined;
}

/**
 * Draws booleans that are true with probability `p`.
 * @param rest p (default 0.5), shape (by default that of p), mode: "high" takes twice the random bits, for very small p
 * @throws DTypeError if p is not floating-point; ShapeError if it does not fit the shape; ArgumentError for another
 * mode
 * @see jax.random.bernoulli
 * @example
 * random.bernoulli(random.key(0), 0.3, [4]).dtype; // "bool"
 */
export function bernoulli(
  key: KeyLike,
  ...rest: Rest<[p: ArrayLike, shape: Shape, mode: "low" | "high"], BernoulliOptions>
): NDArray {
  const where = "bernoulli";
  const {
    p: given = 0.5,
    shape: asked,
    mode = "low",
  } = resolveArgs<BernoulliOptions>(where, rest, ["p", "shape", "mode"]);
  const p = asArray(given, where);
  if (!isFloat(p.dtype)) throw new DTypeError(`${where}: p must be floating-point; got ${String(p.aval)}.`);
  if ((mode as string) !== "low" && mode !== "high")
    throw new ArgumentError(`${where}: mode must be "low" or "high"; got ${JSON.stringify(mode)}.`);
  const shape = drawShape(where, asked, p.shape);
  const words = singleKey(key, where);
  const probability = p.ndim === 0 ? asDType(p, p.dtype, false, where) : spread(p, shape);
  if (mode === "low") return bernoulliFrom(words, probability, shape, p.dtype);
  const [u, fine] = halves(uniformFrom(words, [2, ...shape], p.dtype));
  return lt(mul(fine, 2 ** -floatInfo(p.dtype).nmant), sub(probability, u));
}

/** −1 or 1, from words. */
export function rademacherFrom(words: NDArray, shape: Shape, dtype: DType): NDArray {
  const one = asDType(1, dtype, false, "rademacher");
  return select(bernoulliFrom(words, 0.5, shape, defaultFloat()), one, neg(one));
}

/**
 * Draws −1 or 1 with equal probability.
 * @param rest shape (default [], one number), dtype (any integer or float; default int32)
 * @throws ShapeError for several keys
 * @see jax.random.rademacher
 * @example
 * random.rademacher(random.key(0), [3]).shape; // [3]
 */
export function rademacher(key: KeyLike, ...rest: Rest<[shape: Shape, dtype: DType], DrawOptions>): NDArray {
  const where = "rademacher";
  const { shape, dtype } = resolveArgs<DrawOptions>(where, rest, ["shape", "dtype"]);
  const d = dtype !== undefined && dtype !== null && isFloat(dtype) ? dtype : intDtype(where, dtype);
  return rademacherFrom(singleKey(key, where), plainShape(where, shape), d);
}

/** Options of `geometric`. */
export interface GeometricOptions extends DrawOptions {
  readonly p?: ArrayLike | undefined;
}

/**
 * Draws the number of trials up to the first success, which has probability `p`: 1, 2, … The numbers have no
 * derivative.
 * @param rest p, shape (by default that of p), dtype (default int32)
 * @throws DTypeError if the dtype is no integer one; ShapeError if p does not fit the shape
 * @see jax.random.geometric
 * @example
 * random.geometric(random.key(0), 1, [3]).js(); // [1, 1, 1]
 */
export function geometric(
  key: KeyLike,
  ...rest: Rest<[p: ArrayLike, shape: Shape, dtype: DType], GeometricOptions>
): NDArray {
  const where = "geometric";
  const o = resolveArgs<GeometricOptions>(where, rest, ["p", "shape", "dtype"]);
  const dtype = intDtype(where, o.dtype);
  const p = inexact(where, required(where, "p", o.p));
  const shape = drawShape(where, o.shape, p.shape);
  const logFailure = log1p(neg(p));
  const u = uniformFrom(singleKey(key, where), shape, p.dtype);
  const waits = div(log(u), p.ndim === 0 ? logFailure : spread(logFailure, shape));
  return convertElementType(add(floor(waits), 1), dtype);
}
