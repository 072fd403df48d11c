/** @file Discrete distributions of a few operations: integers, coin tosses, waiting times. */
import { show } from "../base/checks.ts";
import type { ArrayLike, NDArray } from "../core/array.ts";
import {
  type DType,
  type Scalar,
  bitWidth,
  defaultFloat,
  isFloat,
  isInteger,
  isWide,
} from "../dtypes/dtype.ts";
import { ArgumentError, DTypeError } from "../base/errors.ts";
import { integerLimits } from "../loops/ir/values.ts";
import { asArray, asDType } from "../lax/operands/convert.ts";
import * as lax from "../lax/index.ts";
import { add, convertElementType, rem, select, sub } from "../lax/index.ts";
import { randomBits } from "../lax/random-bits/threefry.ts";
import { define } from "../arguments/declare.ts";
import { given, param } from "../arguments/parameters.ts";
import { inexact } from "../numpy/operands/promote.ts";
import { type KeyLike, singleKey } from "./key.ts";
import * as p from "./params.ts";
import { uniformFrom } from "./uniform.ts";

type Mode = "low" | "high";

/** A bound of `randint` in the sampling dtype, and whether it lies above that dtype. */
interface Bound {
  readonly value: NDArray;
  readonly above: NDArray | boolean;
}

const greater = (x: Scalar, y: Scalar): Scalar => (x > y ? x : y);
const lesser = (x: Scalar, y: Scalar): Scalar => (x < y ? x : y);

/** A bound within the limits of a dtype; one past the upper limit is remembered. */
function boundOf(x: ArrayLike, dtype: DType, where: string, [lo, hi]: readonly [Scalar, Scalar]): Bound {
  if (typeof x === "number" || typeof x === "bigint") {
    const whole = typeof x === "number" ? Math.trunc(x) : x;
    if (Number.isNaN(whole)) throw new ArgumentError(`${where}: bounds must be integers; got NaN.`);
    return { value: asDType(lesser(greater(whole, lo), hi), dtype, false, where), above: whole > hi };
  }
  const given = asArray(x, where);
  const a = isInteger(given.dtype) ? given : convertElementType(given, isWide(dtype) ? dtype : "int32");
  const [min, max] = integerLimits(a.dtype);
  const clipped = lax.clamp(greater(lo, min), a, lesser(hi, max));
  return { value: convertElementType(clipped, dtype), above: hi < max ? lax.gt(a, hi) : false };
}

/**
 * Uniform integers of [minval, maxval); minval where the interval is empty. Made from twice the bits of the dtype, so that
 * the bias of the remainder is small.
 *
 * Parameters: shape, minval, maxval, dtype = "int32".
 * @throws DTypeError if the dtype is not an integer one
 * @see jax.random.randint
 * @example
 * random.randint(random.key(0), [4], 0, 10).dtype; // "int32"
 */
export const randint = define(
  "randint",
  [
    p.shapeParam,
    given<[minval: ArrayLike]>()("minval"),
    given<[maxval: ArrayLike]>()("maxval"),
    p.dtypeParam,
  ],
  [],
  (o, key: KeyLike) => {
    const where = "randint";
    const dtype = p.intDtype(where, o.dtype);
    const [lo, hi] = integerLimits(dtype);
    const sampled: DType = bitWidth(dtype) < 32 ? "int32" : dtype;
    const [bits, word]: [number, DType] = isWide(dtype) ? [64, "uint64"] : [32, "uint32"];
    // A narrow dtype's upper bound may be one past its limit: it is drawn in 32 bits.
    const min = boundOf(o.minval, sampled, where, [lo, hi]);
    const max = boundOf(o.maxval, sampled, where, [lo, sampled === dtype ? hi : Number(hi) + 1]);
    const shape = p.drawShape(where, p.plainShape(where, o.shape), min.value.shape, max.value.shape);
    const [minval, maxval] = [p.fit(min.value, shape), p.fit(max.value, shape)];

    let span = convertElementType(sub(maxval, minval), word);
    span = select(lax.le(maxval, minval), 1, span);
    if (sampled === dtype && max.above !== false) {
      const some = (): NDArray => lax.gt(maxval, minval);
      const above = max.above === true ? some() : lax.bitwiseAnd(p.fit(max.above, shape), some());
      span = select(above, add(span, 1), span);
    }
    const [forHigh, forLow] = p.splitWords(singleKey(key, where), 2);
    const half = rem(asDType(2 ** (bits / 2), word, false, where), span);
    const multiplier = rem(lax.mul(half, half), span);
    const high = lax.mul(rem(randomBits(forHigh, shape, bits), span), multiplier);
    const offset = rem(add(high, rem(randomBits(forLow, shape, bits), span)), span);
    return convertElementType(add(minval, convertElementType(offset, sampled)), dtype);
  },
);

/** True with probability `chance`, from words. */
const bernoulliFrom = (words: NDArray, chance: NDArray | number, shape: p.Shape, dtype: DType): NDArray =>
  lax.lt(uniformFrom(words, shape, dtype), chance);

/**
 * True with probability `p`.
 *
 * Parameters: p = 0.5, shape (by default that of p), mode = "low" ("high" takes twice the random bits, for very small p).
 * @throws DTypeError if p is not floating-point; ArgumentError for another mode
 * @see jax.random.bernoulli
 * @example
 * random.bernoulli(random.key(0), 0.3, [4]).dtype; // "bool"
 */
export const bernoulli = define(
  "bernoulli",
  [param<[p: ArrayLike]>()("p", 0.5), p.shapeParam, param<[mode: Mode]>()("mode", "low")],
  [],
  ({ mode, ...o }, key: KeyLike) => {
    const where = "bernoulli";
    const given = asArray(o.p, where);
    if (!isFloat(given.dtype))
      throw new DTypeError(`${where}: p must be floating-point; got ${String(given.aval)}.`);
    if ((mode as string) !== "low" && mode !== "high")
      throw new ArgumentError(`${where}: mode must be "low" or "high"; got ${show(mode)}.`);
    const shape = p.drawShape(where, o.shape, given.shape);
    const words = singleKey(key, where);
    const chance = given.ndim === 0 ? asDType(given, given.dtype, false, where) : p.spread(given, shape);
    if (mode === "low") return bernoulliFrom(words, chance, shape, given.dtype);
    const [u, fine] = p.halves(uniformFrom(words, [2, ...shape], given.dtype));
    return lax.lt(lax.mul(fine, 2 ** -p.floatInfo(given.dtype).nmant), sub(chance, u));
  },
);

/** −1 or 1, from words. */
export function rademacherFrom(words: NDArray, shape: p.Shape, dtype: DType): NDArray {
  const one = asDType(1, dtype, false, "rademacher");
  return select(bernoulliFrom(words, 0.5, shape, defaultFloat()), one, lax.neg(one));
}

/**
 * −1 or 1 with equal probability.
 *
 * Parameters: shape, dtype = "int32" (an integer or a floating-point one).
 * @see jax.random.rademacher
 * @example
 * random.rademacher(random.key(0), [4]).dtype; // "int32"
 */
export const rademacher = define(
  "rademacher",
  [p.shapeParam, p.dtypeParam],
  [],
  ({ shape, dtype }, key: KeyLike) => {
    const where = "rademacher";
    const d = dtype !== null && isFloat(dtype) ? dtype : p.intDtype(where, dtype);
    return rademacherFrom(singleKey(key, where), p.plainShape(where, shape), d);
  },
);

/**
 * Number of trials up to the first success, which has probability `p`: 1, 2, …
 *
 * Parameters: p, shape (by default that of p), dtype = "int32".
 * @see jax.random.geometric
 * @example
 * random.geometric(random.key(0), 0.25, [4]).dtype; // "int32"
 */
export const geometric = define(
  "geometric",
  [given<[p: ArrayLike]>()("p"), p.shapeParam, p.dtypeParam],
  [],
  (o, key: KeyLike) => {
    const where = "geometric";
    const dtype = p.intDtype(where, o.dtype);
    const chance = inexact(where, o.p);
    const shape = p.drawShape(where, o.shape, chance.shape);
    const logFailure = lax.log1p(lax.neg(chance));
    const u = uniformFrom(singleKey(key, where), shape, chance.dtype);
    const waits = lax.div(lax.log(u), p.fit(logFailure, shape));
    return convertElementType(add(lax.floor(waits), 1), dtype);
  },
);
