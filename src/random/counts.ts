/** @file Counts: the Poisson, binomial and multinomial distributions, with JAX's draws. */
import type { ArrayLike, NDArray } from "../core/array.ts";
import type { DType } from "../dtypes/dtype.ts";
import { ShapeError } from "../base/errors.ts";
import { asDType, promote } from "../lax/operands/convert.ts";
import {
  bitwiseAnd,
  bitwiseNot,
  bitwiseOr,
  convertElementType,
  cumsum,
  div,
  eq,
  floor,
  full,
  indexInDim,
  le,
  lt,
  max,
  min,
  mul,
  ne,
  concatenate,
  expandDims,
  reduceMax,
  reshape,
  select,
  sub,
} from "../lax/index.ts";
import {
  randomBinomial,
  randomBinomialInversion,
  randomBinomialRounds,
  randomPoisson,
  randomPoissonKnuth,
  randomPoissonRounds,
} from "../lax/random-bits/counts.ts";
import { randomSplit } from "../lax/random-bits/threefry.ts";
import { resolveArgs, type Rest } from "../numpy/operands/args.ts";
import { inexact, refuseComplex } from "../numpy/operands/promote.ts";
import { range } from "../base/util.ts";
import { type KeyLike, singleKey } from "./key.ts";
import {
  type DrawOptions,
  type Named,
  type Shape,
  drawShape,
  floatDtype,
  inDtype,
  intDtype,
  required,
  spread,
} from "./params.ts";

/** The rounds that a whole array runs: as many as its slowest element needs. */
const roundsOf = (each: NDArray): NDArray =>
  each.size === 0 ? full([], 0, "int32") : reduceMax(each, range(each.ndim));

/**
 * Draws from the Poisson distribution with mean `lam`, as integers. The arithmetic is float32, whatever the dtype, as
 * JAX's is. The counts have no derivative.
 * @param rest lam, shape (by default that of lam), dtype (default int32)
 * @throws DTypeError if the dtype is no integer one; ShapeError if lam does not fit the shape
 * @see jax.random.poisson
 * @example
 * random.poisson(random.key(0), 4, [3]).dtype; // "int32"
 */
export function poisson(
  key: KeyLike,
  ...rest: Rest<[lam: ArrayLike, shape: Shape, dtype: DType], Named<"lam">>
): NDArray {
  const where = "poisson";
  const o = resolveArgs<Named<"lam">>(where, rest, ["lam", "shape", "dtype"]);
  const dtype = intDtype(where, o.dtype);
  const given = required(where, "lam", o.lam);
  const scalar = inDtype(where, given, "float32");
  const shape = drawShape(where, o.shape, scalar.shape);
  const lam = spread(scalar, shape);
  const words = singleKey(key, where);
  // Elements that another algorithm serves take part in each with a parameter that suits it.
  const small = bitwiseOr(ne(lam, lam), lt(lam, 10));
  const few = (): NDArray => randomPoissonKnuth(words, select(small, lam, 0));
  const many = (): NDArray => {
    const large = select(small, 1e5, lam);
    const drawn = randomPoisson(words, roundsOf(randomPoissonRounds(words, large)), large);
    return convertElementType(drawn, "int32");
  };
  // A plain number tells which of the two is needed.
  const counts = typeof given !== "number" ? select(small, few(), many()) : given >= 10 ? many() : few();
  return convertElementType(select(eq(lam, 0), 0, counts), dtype);
}

/** Binomial numbers of a dtype, from words; the parameters have that shape and one float dtype. */
function binomialFrom(words: NDArray, n: NDArray, p: NDArray, dtype: DType): NDArray {
  const low = lt(p, 0.5);
  const q = select(low, p, sub(1, p));
  const invalidCount = bitwiseOr(ne(n, n), lt(n, 0));
  const infinite = eq(n, Infinity);
  const notNumber = ne(q, q);
  const negative = lt(q, 0);
  const safe = select(bitwiseOr(notNumber, negative), 0.01, q);
  const few = bitwiseOr(invalidCount, le(mul(n, safe), 10));
  const count = floor(n);

  const inverted = randomBinomialInversion(words, select(few, count, 0), safe);
  const countLarge = select(few, 1e4, count);
  const probLarge = select(few, 0.5, safe);
  const rounds = roundsOf(randomBinomialRounds(words, countLarge, probLarge));
  const rejected = randomBinomial(words, rounds, countLarge, probLarge);
  const successes = convertElementType(select(few, inverted, rejected), dtype);

  const invalid = bitwiseOr(bitwiseOr(negative, notNumber), invalidCount);
  const checked = select(
    bitwiseAnd(infinite, bitwiseNot(invalid)),
    Infinity,
    select(invalid, NaN, successes),
  );
  // With p ≥ ½ the failures were drawn.
  const keep = bitwiseOr(bitwiseOr(low, invalidCount), bitwiseOr(notNumber, infinite));
  return select(keep, checked, sub(convertElementType(count, dtype), checked));
}

/**
 * Draws from the binomial distribution: the successes in `n` trials of probability `p`, as floats. The result is NaN
 * for parameters that have no meaning. The counts have no derivative.
 * @param rest n, p, shape (by default what these broadcast to), dtype (the default float)
 * @throws DTypeError if the dtype is not floating-point; ShapeError if the parameters do not fit the shape;
 * ArgumentError if one is missing
 * @see jax.random.binomial
 * @example
 * random.binomial(random.key(0), 10, 0.5, [3]).shape; // [3]
 */
export function binomial(
  key: KeyLike,
  ...rest: Rest<[n: ArrayLike, p: ArrayLike, shape: Shape, dtype: DType], Named<"n" | "p">>
): NDArray {
  const where = "binomial";
  const o = resolveArgs<Named<"n" | "p">>(where, rest, ["n", "p", "shape", "dtype"]);
  const dtype = floatDtype(where, o.dtype);
  const p = inexact(where, required(where, "p", o.p));
  refuseComplex(where, p);
  const n = inDtype(where, required(where, "n", o.n), p.dtype);
  const shape = drawShape(where, o.shape, n.shape, p.shape);
  return binomialFrom(singleKey(key, where), spread(n, shape), spread(p, shape), dtype);
}

/**
 * Draws from the multinomial distribution: how often each outcome occurs in `n` trials, as floats along the last axis
 * of `p`, the probabilities. The counts have no derivative.
 * @param options shape (by default that of `p`), dtype (the default float)
 * @throws ShapeError if `p` is a scalar or does not fit the shape; DTypeError if the dtype is not floating-point
 * @see jax.random.multinomial
 * @example
 * random.multinomial(random.key(0), 5, np.array([0.5, 0.5])).sum().item(); // 5
 */
export function multinomial(key: KeyLike, n: ArrayLike, p: ArrayLike, options?: MultinomialOptions): NDArray {
  const where = "multinomial";
  const o = resolveArgs<MultinomialOptions>(
    where,
    options === undefined ? [] : [options],
    [],
    ["shape", "dtype", "unroll"],
  );
  const [counts, probs] = promote(where, n, p).map((x) => inexact(where, x)) as [NDArray, NDArray];
  refuseComplex(where, probs);
  if (probs.ndim === 0)
    throw new ShapeError(`${where}: p must have at least one axis, that of the outcomes.`);
  const shape = drawShape(where, o.shape ?? probs.shape, probs.shape);
  const batch = shape.slice(0, -1);
  const dtype = floatDtype(where, o.dtype);
  const outcomes = shape[shape.length - 1];
  const last = batch.length;

  const weights = spread(probs, shape);
  const remaining = cumsum(weights, last, true);
  const ratios = div(weights, select(eq(remaining, 0), 1, remaining));
  const clipped = min(max(ratios, 0), 1);
  const keys = randomSplit(singleKey(key, where), [outcomes]);
  // Each outcome takes its share of the trials that are left.
  let left = spread(counts.size === 1 ? reshape(counts, []) : counts, batch);
  left = asDType(left, weights.dtype, false, where);
  const drawn = range(outcomes).map((i) => {
    const count = binomialFrom(
      indexInDim(keys, i, 0, false),
      left,
      indexInDim(clipped, i, last, false),
      weights.dtype,
    );
    left = sub(left, count);
    return expandDims(count, [last]);
  });
  const out = drawn.length === 0 ? weights : concatenate(drawn, last);
  return convertElementType(out, dtype);
}

/** Options of `multinomial`. */
export interface MultinomialOptions extends DrawOptions {
  /** Accepted for JAX's sake: outcomes are always unrolled. */
  readonly unroll?: number | boolean | undefined;
}
