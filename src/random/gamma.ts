/**
 * @file The gamma distribution and those made from it. Gamma numbers are differentiable in their parameter, implicitly:
 * the derivative moves the number along the quantile function.
 */
import { show } from "../base/checks.ts";
import type { ArrayLike, NDArray } from "../core/array.ts";
import { ArgumentError, ShapeError } from "../base/errors.ts";
import * as lax from "../lax/index.ts";
import { add, div, exp, mul, pow, reduceSum, sub } from "../lax/index.ts";
import { randomGamma } from "../lax/random-bits/gamma.ts";
import { define } from "../arguments/declare.ts";
import { given, param } from "../arguments/parameters.ts";
import { exponentialFrom } from "./continuous.ts";
import { rademacherFrom } from "./discrete.ts";
import { type KeyLike, singleKey } from "./key.ts";
import * as p from "./params.ts";
import { normalFrom } from "./uniform.ts";

const aParam = given<[a: ArrayLike]>()("a");
const dfParam = given<[df: ArrayLike]>()("df");

/**
 * Gamma with parameter `a` and scale 1. Differentiable in `a`.
 *
 * Parameters: a, shape (by default that of a), dtype.
 * @see jax.random.gamma
 * @example
 * random.gamma(random.key(0), np.array([1, 2])).shape; // [2]
 */
export const gamma = p.wideSampler("gamma", [aParam], ({ words }, a) => randomGamma(words, a, false));

/**
 * The logarithm of the gamma number that the same key gives: precise where that is tiny, as it is for small `a`.
 * Differentiable in `a`.
 *
 * Parameters: a, shape (by default that of a), dtype.
 * @see jax.random.loggamma
 * @example
 * random.loggamma(random.key(0), 0.01, [3]).shape; // [3]
 */
export const loggamma = p.wideSampler("loggamma", [aParam], ({ words }, a) => randomGamma(words, a, true));

/**
 * Beta with parameters `a` and `b`. Differentiable in both.
 *
 * Parameters: a, b, shape (by default that of the parameters), dtype.
 * @see jax.random.beta
 * @example
 * random.beta(random.key(0), 2, 3, [4]).shape; // [4]
 */
export const beta = p.wideSampler("beta", [aParam, given<[b: ArrayLike]>()("b")], ({ words }, a, b) => {
  const [forA, forB] = p.splitWords(words, 2);
  const logA = randomGamma(forA, a, true);
  const logB = randomGamma(forB, b, true);
  const most = lax.max(logA, logB);
  const [x, y] = [exp(sub(logA, most)), exp(sub(logB, most))];
  return div(x, add(x, y));
});

/**
 * Dirichlet: vectors of positive numbers with sum 1, along the last axis of `alpha`. Differentiable.
 *
 * Parameters: alpha, shape without the last axis (by default that of alpha), dtype.
 * @throws ShapeError if alpha is a scalar
 * @see jax.random.dirichlet
 * @example
 * random.dirichlet(random.key(0), np.ones([3]), [4]).shape; // [4, 3]
 */
export const dirichlet = define(
  "dirichlet",
  [given<[alpha: ArrayLike]>()("alpha"), p.shapeParam, p.dtypeParam],
  [],
  (o, key: KeyLike) => {
    const where = "dirichlet";
    const alpha = p.inDtype(where, o.alpha, p.floatDtype(where, o.dtype));
    if (alpha.ndim === 0) throw new ShapeError(`${where}: alpha must have at least one axis; got a scalar.`);
    const batch = p.drawShape(where, o.shape, alpha.shape.slice(0, -1));
    const shape = [...batch, alpha.shape[alpha.ndim - 1]];
    const logs = randomGamma(singleKey(key, where), p.spread(alpha, shape), true);
    const last = batch.length;
    const along = (x: NDArray): NDArray => p.spread(lax.expandDims(x, [last]), shape);
    const scaled = exp(sub(logs, along(lax.stopGradient(lax.reduceMax(logs, [last])))));
    return div(scaled, along(reduceSum(scaled, [last])));
  },
);

/**
 * Student's t with `df` degrees of freedom. Differentiable in `df`.
 *
 * Parameters: df, shape (by default that of df), dtype.
 * @see jax.random.t
 * @example
 * random.t(random.key(0), 5, [4]).shape; // [4]
 */
export const t = p.wideSampler("t", [dfParam], ({ words, shape, dtype }, df) => {
  const [forNormal, forGamma] = p.splitWords(words, 2);
  const half = div(df, 2);
  const g = randomGamma(forGamma, half, false);
  return mul(normalFrom(forNormal, shape, dtype), lax.sqrt(div(half, g)));
});

const chisquareFrom = (words: NDArray, df: NDArray): NDArray =>
  mul(exp(randomGamma(words, div(df, 2), true)), 2);

/**
 * Chi-square with `df` degrees of freedom. Differentiable in `df`.
 *
 * Parameters: df, shape (by default that of df), dtype.
 * @see jax.random.chisquare
 * @example
 * random.chisquare(random.key(0), 3, [4]).shape; // [4]
 */
export const chisquare = p.wideSampler("chisquare", [dfParam], ({ words }, df) => chisquareFrom(words, df));

/**
 * F with `dfnum` and `dfden` degrees of freedom. Differentiable in both.
 *
 * Parameters: dfnum, dfden, shape (by default that of the parameters), dtype.
 * @see jax.random.f
 * @example
 * random.f(random.key(0), 6, 20, [4]).shape; // [4]
 */
export const f = p.wideSampler(
  "f",
  [given<[dfnum: ArrayLike]>()("dfnum"), given<[dfden: ArrayLike]>()("dfden")],
  ({ words }, dfnum, dfden) => {
    const [forDen, forNum] = p.splitWords(words, 2);
    return div(div(chisquareFrom(forNum, dfnum), dfnum), div(chisquareFrom(forDen, dfden), dfden));
  },
);

function generalizedNormalFrom({ words, shape, dtype }: p.Draw, exponent: ArrayLike): NDArray {
  const where = "generalizedNormal";
  const [forSize, forSign] = p.splitWords(words, 2);
  const inverse = div(1, p.inDtype(where, exponent, dtype));
  p.drawShape(where, shape, inverse.shape);
  const power = p.spread(inverse, shape);
  const g = randomGamma(forSize, power, false);
  const sign = lax.convertElementType(rademacherFrom(forSign, shape, "int32"), dtype);
  return mul(sign, pow(g, power));
}

/**
 * Density proportional to e^(−|x|^p). Differentiable in `p`.
 *
 * Parameters: p, shape, dtype.
 * @see jax.random.generalized_normal
 * @example
 * random.generalizedNormal(random.key(0), 2, [4]).shape; // [4]
 */
export const generalizedNormal = define(
  "generalizedNormal",
  [given<[p: ArrayLike]>()("p"), p.shapeParam, p.dtypeParam],
  [],
  (o, key: KeyLike) => {
    const where = "generalizedNormal";
    const words = singleKey(key, where);
    const shape = p.plainShape(where, o.shape);
    return generalizedNormalFrom({ words, shape, dtype: p.floatDtype(where, o.dtype) }, o.p);
  },
);

/**
 * Uniform in the unit ball of the Lᵖ norm in `d` dimensions, along a new last axis.
 *
 * Parameters: d, p = 2, shape, dtype.
 * @throws ArgumentError if the dimension is not a whole number, at least 0
 * @see jax.random.ball
 * @example
 * random.ball(random.key(0), 3, { shape: [4] }).shape; // [4, 3]
 */
export const ball = define(
  "ball",
  [given<[d: number]>()("d"), param<[p: number]>()("p", 2), p.shapeParam, p.dtypeParam],
  [],
  ({ d, ...o }, key: KeyLike) => {
    const where = "ball";
    if (!Number.isInteger(d) || d < 0)
      throw new ArgumentError(`${where}: the dimension must be a non-negative integer; got ${show(d)}.`);
    const dtype = p.floatDtype(where, o.dtype);
    const exponent = p.inDtype(where, o.p, dtype);
    const batch = p.plainShape(where, o.shape);
    const shape = [...batch, d];
    const [words, forRadius] = p.splitWords(singleKey(key, where), 2);
    const g = generalizedNormalFrom({ words, shape, dtype }, exponent);
    const e = exponentialFrom(forRadius, batch, dtype);
    const norm = pow(add(reduceSum(pow(lax.abs(g), exponent), [batch.length]), e), div(1, exponent));
    return div(g, p.spread(lax.expandDims(norm, [batch.length]), shape));
  },
);
