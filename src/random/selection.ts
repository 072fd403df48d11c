/** @file Choosing: shuffles, samples from arrays, categorical draws. */
import { show } from "../base/checks.ts";
import { type ArrayLike, NDArray } from "../core/array.ts";
import { isInteger } from "../dtypes/dtype.ts";
import { canonicalAxis, insertAt, removeAt, shapeString } from "../dtypes/shape.ts";
import { ArgumentError, DTypeError, ShapeError } from "../base/errors.ts";
import { asArray, asDType } from "../lax/operands/convert.ts";
import * as lax from "../lax/index.ts";
import { moveAxis } from "../lax/shapes/movement.ts";
import { randomBits } from "../lax/random-bits/threefry.ts";
import { define } from "../arguments/declare.ts";
import { param } from "../arguments/parameters.ts";
import { inexact } from "../numpy/operands/promote.ts";
import { searchsorted } from "../numpy/sorting/sorting.ts";
import { take } from "../numpy/indexing/take.ts";
import { prod, range } from "../base/util.ts";
import { type GumbelMode, gumbelFrom } from "./continuous.ts";
import { randint } from "./discrete.ts";
import { type KeyLike, singleKey } from "./key.ts";
import * as p from "./params.ts";
import { uniformFrom } from "./uniform.ts";

const axisParam = param<[axis: number]>()("axis", 0);
const replaceParam = param<[replace: boolean]>()("replace", true);
/** Bits of the Gumbel numbers: see `gumbel`. */
const modeParam = param<[mode: GumbelMode | null]>()("mode", null);

/**
 * Sorts by random 32-bit numbers, which may collide: as often as makes a bias negligible.
 * Source: jax/_src/random/core.py, `_shuffle`.
 */
function shuffle(words: NDArray, x: NDArray, axis: number): NDArray {
  const rounds = Math.ceil((3 * Math.log(Math.max(1, x.size))) / Math.log(2 ** 32 - 1));
  let out = x;
  let key = words;
  for (let i = 0; i < rounds; i++) {
    const [next, fresh] = p.splitWords(key, 2);
    [, out] = lax.sortKeyVal(randomBits(fresh, x.shape), out, axis);
    key = next!;
  }
  return out;
}

/**
 * A random permutation of 0 … x − 1, or of an array along an axis.
 *
 * Parameters: axis = 0, independent = false (each line along the axis is shuffled by itself).
 * @see jax.random.permutation
 * @example
 * random.permutation(random.key(0), 5).shape; // [5]
 */
export const permutation = define(
  "permutation",
  [axisParam, param<[independent: boolean]>()("independent", false)],
  [],
  ({ axis, independent }, key: KeyLike, x: ArrayLike) => {
    const where = "permutation";
    const words = singleKey(key, where);
    const n = countOf(where, x);
    if (n !== null) {
      canonicalAxis(axis, 1, where);
      return shuffle(words, lax.iota("int32", n), 0);
    }
    const a = asArray(x, where);
    const along = canonicalAxis(axis, a.ndim, where);
    if (independent || a.ndim === 1) return shuffle(words, a, along);
    return take(a, shuffle(words, lax.iota("int32", a.shape[along]), 0), along);
  },
);

/** The number of items that a scalar stands for; null for arrays with axes. */
function countOf(where: string, x: ArrayLike): number | null {
  if (x instanceof NDArray && x.ndim === 0 && !isInteger(x.dtype))
    throw new DTypeError(
      `${where}: expected a whole number or an array with at least one axis; got ${String(x.aval)}.`,
    );
  if (x instanceof NDArray && x.ndim > 0) return null;
  if (typeof x !== "number" && !(x instanceof NDArray)) return null;
  const n = typeof x === "number" ? x : Number(x.item());
  if (!Number.isInteger(n) || n < 0)
    throw new ArgumentError(
      `${where}: expected a whole number or an array with at least one axis; got ${show(n)}.`,
    );
  return n;
}

/**
 * Items of an array along an axis, or of 0 … a − 1, drawn at random.
 *
 * Parameters: shape, replace = true, p = null (probabilities, one for each item), axis = 0, mode (of the Gumbel numbers
 * used with p and without replacement).
 * @throws ArgumentError if there are too few items
 * @see jax.random.choice
 * @example
 * random.choice(random.key(0), 10, [3], { replace: false }).shape; // [3]
 */
export const choice = define(
  "choice",
  [
    param<[shape: p.Shape]>()("shape", []),
    replaceParam,
    param<[p: ArrayLike | null]>()("p", null),
    axisParam,
    modeParam,
  ],
  [],
  ({ replace, mode, ...o }, key: KeyLike, a: ArrayLike) => {
    const where = "choice";
    const shape = p.plainShape(where, o.shape);
    const words = singleKey(key, where);
    const count = countOf(where, a);
    const array = count === null ? asArray(a, where) : null;
    const axis = array === null ? 0 : canonicalAxis(o.axis, array.ndim, where);
    const n = count ?? array!.shape[axis];
    const draws = prod(shape);
    if (draws === 0) return lax.full(shape, 0, array === null ? "int32" : array.dtype);
    if (n === 0) throw new ArgumentError(`${where}: there is nothing to choose from.`);
    if (!replace && draws > n)
      throw new ArgumentError(`${where}: ${draws} draws without replacement from ${n} items.`);

    if (o.p === null && !replace) {
      const shuffled = array === null ? permutation(words, n) : permutation(words, array, axis);
      return shaped(lax.sliceInDim(shuffled, 0, draws, 1, axis), array, axis, shape);
    }
    const indices =
      o.p === null
        ? randint(words, shape, 0, n)
        : replace
          ? byProbability(words, probabilities(where, o.p, n), shape)
          : withoutReplacement(words, probabilities(where, o.p, n), draws, mode);
    return shaped(array === null ? indices : take(array, indices, axis), array, axis, shape);
  },
);

/** The result: the axis chosen from is replaced by the shape of the draw. */
function shaped(x: NDArray, array: NDArray | null, axis: number, shape: p.Shape): NDArray {
  if (array === null) return lax.reshape(x, shape);
  return lax.reshape(x, [...array.shape.slice(0, axis), ...shape, ...array.shape.slice(axis + 1)]);
}

function probabilities(where: string, given: ArrayLike, n: number): NDArray {
  const x = asArray(given, where);
  if (x.ndim !== 1 || x.shape[0] !== n) {
    throw new ShapeError(
      `${where}: p must have one probability for each of the ${n} items; got shape ${shapeString(x.shape)}.`,
    );
  }
  return inexact(where, x);
}

/** Indices by inverting the cumulative sum of the probabilities, which need not add up to 1. */
function byProbability(words: NDArray, chances: NDArray, shape: p.Shape): NDArray {
  const sums = lax.cumsum(chances, 0);
  const total = lax.indexInDim(sums, chances.shape[0] - 1, 0, false);
  const r = lax.mul(total, lax.sub(1, uniformFrom(words, shape, chances.dtype)));
  return searchsorted(sums, r);
}

/** Indices of the largest Gumbel-perturbed log probabilities. */
const withoutReplacement = (
  words: NDArray,
  chances: NDArray,
  draws: number,
  mode: GumbelMode | null,
): NDArray =>
  lax.topK(lax.add(gumbelFrom(words, chances.shape, chances.dtype, mode), lax.log(chances)), draws)[1];

/**
 * Indices (int32) drawn with probabilities softmax(logits) along an axis.
 *
 * Parameters: axis = −1, shape (by default that of the logits without the axis; it may have further axes in front), replace
 * = true (false: the draws along those further axes are distinct), mode of the Gumbel numbers.
 * @throws ShapeError if the logits are a scalar; ArgumentError if there are too few categories
 * @see jax.random.categorical
 * @example
 * random.categorical(random.key(0), np.array([0, 1, 2]), { shape: [4] }).shape; // [4]
 */
export const categorical = define(
  "categorical",
  [
    param<[axis: number]>()("axis", -1),
    param<[shape: p.Shape | null]>()("shape", null),
    replaceParam,
    modeParam,
  ],
  [],
  ({ replace, mode, ...o }, key: KeyLike, logits: ArrayLike) => {
    const where = "categorical";
    const given = asArray(logits, where);
    const x = asDType(given, given.dtype, false, where);
    const dtype = p.floatDtype(where, x.dtype);
    if (x.ndim === 0) throw new ShapeError(`${where}: logits must have at least one axis; got a scalar.`);
    const axis = canonicalAxis(o.axis, x.ndim, where);
    const batch = removeAt(x.shape, axis);
    const shape = p.drawShape(where, o.shape, batch);
    const prefix = shape.slice(0, shape.length - batch.length);
    const words = singleKey(key, where);
    const categories = x.shape[axis];
    const noise = (size: p.Shape): NDArray => gumbelFrom(words, size, dtype, mode);

    if (replace) {
      const all = [...prefix, ...insertAt(shape.slice(prefix.length), axis, categories)];
      return lax.argmax(lax.add(noise(all), p.spread(x, all)), prefix.length + axis, "int32");
    }
    const draws = prod(prefix);
    if (draws > categories)
      throw new ArgumentError(`${where}: ${draws} draws without replacement from ${categories} categories.`);
    const noisy = moveAxis(lax.add(x, noise(x.shape)), axis, x.ndim - 1);
    const [, indices] = lax.topK(noisy, draws);
    return lax.reshape(lax.transpose(indices, [batch.length, ...range(batch.length)]), shape);
  },
);
