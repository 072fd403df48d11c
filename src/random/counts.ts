/** @file Counts: the Poisson, binomial and multinomial distributions, with JAX's draws. */
import { refuseMore } from "../base/checks.ts";
import type { ArrayLike, NDArray } from "../core/array.ts";
import type { DType } from "../dtypes/dtype.ts";
import { ShapeError } from "../base/errors.ts";
import { asDType, promote } from "../lax/operands/convert.ts";
import * as lax from "../lax/index.ts";
import { convertElementType, indexInDim, select, sub } from "../lax/index.ts";
import * as sampling from "../lax/random-bits/counts.ts";
import { randomSplit } from "../lax/random-bits/threefry.ts";
import { define, settle, signature } from "../arguments/declare.ts";
import { type OptionsOf, given, param } from "../arguments/parameters.ts";
import { inexact, refuseComplex } from "../numpy/operands/promote.ts";
import { range } from "../base/util.ts";
import { type KeyLike, singleKey } from "./key.ts";
import * as p from "./params.ts";

const or = lax.bitwiseOr;

/** The rounds that a whole array runs: as many as its slowest element needs. */
const roundsOf = (each: NDArray): NDArray =>
  each.size === 0 ? lax.full([], 0, "int32") : lax.reduceMax(each, range(each.ndim));

/**
 * Poisson with mean `lam`. The arithmetic is float32, whatever the dtype, as JAX's is. Its derivative is 0.
 *
 * Parameters: lam, shape (by default that of lam), dtype = "int32".
 * @see jax.random.poisson
 * @example
 * random.poisson(random.key(0), 3.5, [4]).dtype; // "int32"
 */
export const poisson = define(
  "poisson",
  [given<[lam: ArrayLike]>()("lam"), p.shapeParam, p.dtypeParam],
  [],
  ({ lam: given, ...o }, key: KeyLike) => {
    const where = "poisson";
    const dtype = p.intDtype(where, o.dtype);
    const scalar = p.inDtype(where, given, "float32");
    const lam = p.spread(scalar, p.drawShape(where, o.shape, scalar.shape));
    const words = singleKey(key, where);
    // Elements that another algorithm serves take part in each with a parameter that suits it.
    const small = or(lax.ne(lam, lam), lax.lt(lam, 10));
    const few = (): NDArray => sampling.randomPoissonKnuth(words, select(small, lam, 0));
    const many = (): NDArray => {
      const large = select(small, 1e5, lam);
      const rounds = roundsOf(sampling.randomPoissonRounds(words, large));
      return convertElementType(sampling.randomPoisson(words, rounds, large), "int32");
    };
    // A plain number tells which of the two is needed.
    const counts = typeof given !== "number" ? select(small, few(), many()) : given >= 10 ? many() : few();
    return convertElementType(select(lax.eq(lam, 0), 0, counts), dtype);
  },
);

/** Binomial numbers of a dtype, from words; the parameters have that shape and one float dtype. */
function binomialFrom(words: NDArray, n: NDArray, prob: NDArray, dtype: DType): NDArray {
  const low = lax.lt(prob, 0.5);
  const q = select(low, prob, sub(1, prob));
  const invalidCount = or(lax.ne(n, n), lax.lt(n, 0));
  const infinite = lax.eq(n, Infinity);
  const notNumber = lax.ne(q, q);
  const negative = lax.lt(q, 0);
  const safe = select(or(notNumber, negative), 0.01, q);
  const few = or(invalidCount, lax.le(lax.mul(n, safe), 10));
  const count = lax.floor(n);

  const inverted = sampling.randomBinomialInversion(words, select(few, count, 0), safe);
  const countLarge = select(few, 1e4, count);
  const probLarge = select(few, 0.5, safe);
  const rounds = roundsOf(sampling.randomBinomialRounds(words, countLarge, probLarge));
  const rejected = sampling.randomBinomial(words, rounds, countLarge, probLarge);
  const successes = convertElementType(select(few, inverted, rejected), dtype);

  const invalid = or(or(negative, notNumber), invalidCount);
  const checked = select(
    lax.bitwiseAnd(infinite, lax.bitwiseNot(invalid)),
    Infinity,
    select(invalid, NaN, successes),
  );
  // With p ≥ ½ the failures were drawn.
  const keep = or(or(low, invalidCount), or(notNumber, infinite));
  return select(keep, checked, sub(convertElementType(count, dtype), checked));
}

/**
 * Binomial: successes in `n` trials of probability `p`, as floats. NaN for parameters that have no meaning. Its derivative is
 * 0.
 *
 * Parameters: n, p, shape (by default that of the parameters), dtype.
 * @see jax.random.binomial
 * @example
 * random.binomial(random.key(0), 10, 0.3, [4]).shape; // [4]
 */
export const binomial = define(
  "binomial",
  [given<[n: ArrayLike]>()("n"), given<[p: ArrayLike]>()("p"), p.shapeParam, p.dtypeParam],
  [],
  (o, key: KeyLike) => {
    const where = "binomial";
    const dtype = p.floatDtype(where, o.dtype);
    const prob = inexact(where, o.p);
    refuseComplex(where, prob);
    const n = p.inDtype(where, o.n, prob.dtype);
    const shape = p.drawShape(where, o.shape, n.shape, prob.shape);
    return binomialFrom(singleKey(key, where), p.spread(n, shape), p.spread(prob, shape), dtype);
  },
);

const multinomialSignature = signature(
  "multinomial",
  3,
  [],
  [p.shapeParam, p.dtypeParam, param<[unroll: number | boolean]>()("unroll", 1)],
);

/**
 * Multinomial: how often each outcome occurs in `n` trials, as floats along the last axis of the probabilities `p`. Its
 * derivative is 0.
 *
 * Options: shape (by default that of `p`), dtype, unroll (accepted for JAX's sake: outcomes are always unrolled).
 * @throws ShapeError if p is a scalar
 * @see jax.random.multinomial
 * @example
 * random.multinomial(random.key(0), 10, np.array([0.2, 0.8]), { shape: [3, 2] }).shape; // [3, 2]
 */
export function multinomial(
  key: KeyLike,
  n: ArrayLike,
  probabilities: ArrayLike,
  options?: OptionsOf<(typeof multinomialSignature)["params"]>,
  ...more: []
): NDArray {
  refuseMore("multinomial", 4, more);
  const o = settle(multinomialSignature, [options]);
  const where = "multinomial";
  const [counts, probs] = promote(where, n, probabilities).map((x) => inexact(where, x)) as [
    NDArray,
    NDArray,
  ];
  refuseComplex(where, probs);
  if (probs.ndim === 0)
    throw new ShapeError(`${where}: p must have at least one axis, that of the outcomes.`);
  const shape = p.drawShape(where, o.shape ?? probs.shape, probs.shape);
  const batch = shape.slice(0, -1);
  const dtype = p.floatDtype(where, o.dtype);
  const outcomes = shape[shape.length - 1];
  const last = batch.length;

  const weights = p.spread(probs, shape);
  const remaining = lax.cumsum(weights, last, true);
  const ratios = lax.div(weights, select(lax.eq(remaining, 0), 1, remaining));
  const clipped = lax.min(lax.max(ratios, 0), 1);
  const keys = randomSplit(singleKey(key, where), [outcomes]);
  // Each outcome takes its share of the trials that are left.
  let left = p.spread(counts.size === 1 ? lax.reshape(counts, []) : counts, batch);
  left = asDType(left, weights.dtype, false, where);
  const drawn = range(outcomes).map((i) => {
    const probability = indexInDim(clipped, i, last, false);
    const count = binomialFrom(indexInDim(keys, i, 0, false), left, probability, weights.dtype);
    left = sub(left, count);
    return lax.expandDims(count, [last]);
  });
  return convertElementType(drawn.length === 0 ? weights : lax.concatenate(drawn, last), dtype);
}
