/** @file Choosing: shuffles, samples from arrays, categorical draws. */
import { type ArrayLike, NDArray } from "../core/array.ts";
import { isInteger } from "../dtypes/dtype.ts";
import { canonicalAxis, insertAt, removeAt, shapeString } from "../dtypes/shape.ts";
import { ArgumentError, DTypeError, ShapeError } from "../base/errors.ts";
import { asArray, asDType } from "../lax/operands/convert.ts";
import {
  add,
  argmax,
  cumsum,
  full,
  indexInDim,
  iota,
  log,
  mul,
  reshape,
  sliceInDim,
  sortKeyVal,
  sub,
  topK,
  transpose,
} from "../lax/index.ts";
import { moveAxis } from "../lax/shapes/movement.ts";
import { randomBits } from "../lax/random-bits/threefry.ts";
import { type Rest, resolveArgs } from "../numpy/operands/args.ts";
import { inexact } from "../numpy/operands/promote.ts";
import { searchsorted } from "../numpy/sorting/sorting.ts";
import { take } from "../numpy/indexing/take.ts";
import { prod, range } from "../base/util.ts";
import { type GumbelMode, gumbelFrom } from "./continuous.ts";
import { randint } from "./discrete.ts";
import { type KeyLike, singleKey } from "./key.ts";
import { type Shape, drawShape, floatDtype, plainShape, splitWords, spread } from "./params.ts";
import { uniformFrom } from "./uniform.ts";

/**
 * Sorts by random 32-bit numbers, which may collide: as often as makes a bias negligible.
 * Source: jax/_src/random/core.py, `_shuffle`.
 */
function shuffle(words: NDArray, x: NDArray, axis: number): NDArray {
  const rounds = Math.ceil((3 * Math.log(Math.max(1, x.size))) / Math.log(2 ** 32 - 1));
  let out = x;
  let key = words;
  for (let i = 0; i < rounds; i++) {
    const [next, fresh] = splitWords(key, 2);
    [, out] = sortKeyVal(randomBits(fresh, x.shape), out, axis);
    key = next!;
  }
  return out;
}

/** Options of `permutation`. */
export interface PermutationOptions {
  readonly axis?: number | undefined;
  readonly independent?: boolean | undefined;
}

/**
 * A random permutation of 0 … x − 1, or of an array along an axis.
 * @param rest axis (default 0), independent: each line along the axis is shuffled by itself (default false)
 * @see jax.random.permutation
 * @example
 * random.permutation(random.key(0), 5).shape; // [5]
 */
export function permutation(
  key: KeyLike,
  x: ArrayLike,
  ...rest: Rest<[axis: number, independent: boolean], PermutationOptions>
): NDArray {
  const where = "permutation";
  const { axis = 0, independent = false } = resolveArgs<PermutationOptions>(where, rest, [
    "axis",
    "independent",
  ]);
  const words = singleKey(key, where);
  const n = countOf(where, x);
  if (n !== null) {
    canonicalAxis(axis, 1, where);
    return shuffle(words, iota("int32", n), 0);
  }
  const a = asArray(x, where);
  const along = canonicalAxis(axis, a.ndim, where);
  if (independent || a.ndim === 1) return shuffle(words, a, along);
  return take(a, shuffle(words, iota("int32", a.shape[along]), 0), along);
}

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
      `${where}: expected a whole number or an array with at least one axis; got ${n}.`,
    );
  return n;
}

/** Options of `choice`. */
export interface ChoiceOptions {
  readonly shape?: Shape | undefined;
  readonly replace?: boolean | undefined;
  /** Probabilities, one for each item. */
  readonly p?: ArrayLike | null | undefined;
  readonly axis?: number | undefined;
  /** Bits of the Gumbel numbers used with `p` and without replacement. */
  readonly mode?: GumbelMode | null | undefined;
}

/**
 * Items of an array along an axis, or of 0 … a − 1, drawn at random.
 * @param rest shape, replace (default true), p, axis (default 0), mode
 * @see jax.random.choice
 * @example
 * random.choice(random.key(0), 10, [3], { replace: false }).shape; // [3]
 */
export function choice(
  key: KeyLike,
  a: ArrayLike,
  ...rest: Rest<
    [shape: Shape, replace: boolean, p: ArrayLike | null, axis: number, mode: GumbelMode | null],
    ChoiceOptions
  >
): NDArray {
  const where = "choice";
  const o = resolveArgs<ChoiceOptions>(where, rest, ["shape", "replace", "p", "axis", "mode"]);
  const shape = plainShape(where, o.shape);
  const replace = o.replace ?? true;
  const words = singleKey(key, where);
  const count = countOf(where, a);
  const array = count === null ? asArray(a, where) : null;
  const axis = array === null ? 0 : canonicalAxis(o.axis ?? 0, array.ndim, where);
  const n = count ?? array!.shape[axis];
  const draws = prod(shape);
  if (draws === 0) return full(shape, 0, array === null ? "int32" : array.dtype);
  if (n === 0) throw new ArgumentError(`${where}: there is nothing to choose from.`);
  if (!replace && draws > n)
    throw new ArgumentError(`${where}: ${draws} draws without replacement from ${n} items.`);

  const p = o.p ?? null;
  if (p === null && !replace) {
    const shuffled = array === null ? permutation(words, n) : permutation(words, array, axis);
    return shaped(sliceInDim(shuffled, 0, draws, 1, axis), array, axis, shape);
  }
  const indices =
    p === null
      ? randint(words, shape, 0, n)
      : replace
        ? byProbability(words, probabilities(where, p, n), shape)
        : withoutReplacement(words, probabilities(where, p, n), draws, o.mode);
  return shaped(array === null ? indices : take(array, indices, axis), array, axis, shape);
}

/** The result: the axis chosen from is replaced by the shape of the draw. */
function shaped(x: NDArray, array: NDArray | null, axis: number, shape: Shape): NDArray {
  if (array === null) return reshape(x, shape);
  return reshape(x, [...array.shape.slice(0, axis), ...shape, ...array.shape.slice(axis + 1)]);
}

function probabilities(where: string, given: ArrayLike, n: number): NDArray {
  const p = asArray(given, where);
  if (p.ndim !== 1 || p.shape[0] !== n) {
    throw new ShapeError(
      `${where}: p must have one probability for each of the ${n} items; got shape ${shapeString(p.shape)}.`,
    );
  }
  return inexact(where, p);
}

/** Indices by inverting the cumulative sum of the probabilities, which need not add up to 1. */
function byProbability(words: NDArray, p: NDArray, shape: Shape): NDArray {
  const sums = cumsum(p, 0);
  const total = indexInDim(sums, p.shape[0] - 1, 0, false);
  const r = mul(total, sub(1, uniformFrom(words, shape, p.dtype)));
  return searchsorted(sums, r);
}

/** Indices of the largest Gumbel-perturbed log probabilities. */
function withoutReplacement(words: NDArray, p: NDArray, draws: number, mode?: GumbelMode | null): NDArray {
  const [, indices] = topK(add(gumbelFrom(words, p.shape, p.dtype, mode), log(p)), draws);
  return indices;
}

/** Options of `categorical`. */
export interface CategoricalOptions {
  readonly axis?: number | undefined;
  readonly shape?: Shape | null | undefined;
  readonly replace?: boolean | undefined;
  readonly mode?: GumbelMode | null | undefined;
}

/**
 * Indices (int32) drawn with probabilities softmax(logits) along an axis.
 * @param rest axis (default −1), shape (by default that of the logits without the axis; it may have further axes in
 * front), replace (false: the draws along those further axes are distinct), mode of the Gumbel numbers
 * @see jax.random.categorical
 * @example
 * random.categorical(random.key(0), np.array([0, 1, 2]), { shape: [4] }).shape; // [4]
 */
export function categorical(
  key: KeyLike,
  logits: ArrayLike,
  ...rest: Rest<
    [axis: number, shape: Shape | null, replace: boolean, mode: GumbelMode | null],
    CategoricalOptions
  >
): NDArray {
  const where = "categorical";
  const o = resolveArgs<CategoricalOptions>(where, rest, ["axis", "shape", "replace", "mode"]);
  const given = asArray(logits, where);
  const x = asDType(given, given.dtype, false, where);
  const dtype = floatDtype(where, x.dtype);
  if (x.ndim === 0) throw new ShapeError(`${where}: logits must have at least one axis; got a scalar.`);
  const axis = canonicalAxis(o.axis ?? -1, x.ndim, where);
  const batch = removeAt(x.shape, axis);
  const shape = drawShape(where, o.shape, batch);
  const prefix = shape.slice(0, shape.length - batch.length);
  const words = singleKey(key, where);
  const categories = x.shape[axis];

  if (o.replace ?? true) {
    const all = [...prefix, ...insertAt(shape.slice(prefix.length), axis, categories)];
    return argmax(add(gumbelFrom(words, all, dtype, o.mode), spread(x, all)), prefix.length + axis, "int32");
  }
  const draws = prod(prefix);
  if (draws > categories)
    throw new ArgumentError(`${where}: ${draws} draws without replacement from ${categories} categories.`);
  const noisy = moveAxis(add(x, gumbelFrom(words, x.shape, dtype, o.mode)), axis, x.ndim - 1);
  const [, indices] = topK(noisy, draws);
  return reshape(transpose(indices, [batch.length, ...range(batch.length)]), shape);
}
