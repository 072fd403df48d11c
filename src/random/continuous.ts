/**
 * @file Continuous distributions made from uniform and normal numbers by a formula, JAX's, so that derivatives with
 * respect to the parameters follow.
 */
import { show } from "../base/checks.ts";
import type { ArrayLike, NDArray } from "../core/array.ts";
import type { DType } from "../dtypes/dtype.ts";
import { broadcastShapes } from "../dtypes/shape.ts";
import { ArgumentError } from "../base/errors.ts";
import * as lax from "../lax/index.ts";
import { add, div, exp, log, log1p, mul, neg, select, sqrt, sub } from "../lax/index.ts";
import { define } from "../arguments/declare.ts";
import { maybe, given, param } from "../arguments/parameters.ts";
import { rademacherFrom } from "./discrete.ts";
import { type KeyLike, singleKey } from "./key.ts";
import * as p from "./params.ts";
import { normalFrom, uniformFrom } from "./uniform.ts";

const scaleParam = given<[scale: ArrayLike]>()("scale");

/** Exponential, from words. */
export const exponentialFrom = (words: NDArray, shape: p.Shape, dtype: DType): NDArray =>
  // 1 − u is in (0, 1], u itself may be 0.
  neg(log1p(neg(uniformFrom(words, shape, dtype))));

/**
 * Exponential with rate 1.
 *
 * Parameters: shape, dtype.
 * @see jax.random.exponential
 * @example
 * random.exponential(random.key(0), [2, 3]).shape; // [2, 3]
 */
export const exponential = p.sampler("exponential", [], ({ words, shape, dtype }) =>
  exponentialFrom(words, shape, dtype),
);

/**
 * Standard Cauchy.
 *
 * Parameters: shape, dtype.
 * @see jax.random.cauchy
 * @example
 * random.cauchy(random.key(0), [4]).shape; // [4]
 */
export const cauchy = p.sampler("cauchy", [], ({ words, shape, dtype }) => {
  const u = uniformFrom(words, shape, dtype, p.floatInfo(dtype).eps, 1);
  return lax.tan(mul(sub(u, 0.5), Math.PI));
});

/**
 * Laplace with mean 0 and scale 1.
 *
 * Parameters: shape, dtype.
 * @see jax.random.laplace
 * @example
 * random.laplace(random.key(0), [4]).shape; // [4]
 */
export const laplace = p.sampler("laplace", [], ({ words, shape, dtype }) => {
  const u = uniformFrom(words, shape, dtype, -1 + p.floatInfo(dtype).epsneg, 1);
  return mul(lax.sign(u), log1p(neg(lax.abs(u))));
});

/**
 * Logistic with mean 0 and scale 1.
 *
 * Parameters: shape, dtype.
 * @see jax.random.logistic
 * @example
 * random.logistic(random.key(0), [4]).shape; // [4]
 */
export const logistic = p.sampler("logistic", [], ({ words, shape, dtype }) => {
  const u = uniformFrom(words, shape, dtype, p.floatInfo(dtype).tiny, 1);
  return sub(log(u), log1p(neg(u)));
});

const maxwellFrom = ({ words, shape, dtype }: p.Draw): NDArray =>
  sqrt(lax.reduceSum(lax.square(normalFrom(words, [...shape, 3], dtype)), [shape.length]));

/**
 * Maxwell: the length of a standard normal vector of three components.
 *
 * Parameters: shape, dtype.
 * @see jax.random.maxwell
 * @example
 * random.maxwell(random.key(0), [4]).shape; // [4]
 */
export const maxwell = p.sampler("maxwell", [], maxwellFrom);

/** How many random bits a Gumbel number is made from. */
export type GumbelMode = "low" | "high";

export const gumbelMode = maybe<[mode: GumbelMode]>()("mode");

/** Standard Gumbel, from words. */
export function gumbelFrom(
  words: NDArray,
  shape: p.Shape,
  dtype: DType,
  mode: GumbelMode | null = null,
): NDArray {
  const { tiny, nmant } = p.floatInfo(dtype);
  if (mode === null || mode === "low") return neg(log(neg(log(uniformFrom(words, shape, dtype, tiny, 1)))));
  if ((mode as string) !== "high")
    throw new ArgumentError(`gumbel: mode must be "low" or "high"; got ${show(mode)}.`);
  const [high, low] = p.halves(uniformFrom(words, [2, ...shape], dtype));
  const u = select(lax.ge(high, 0.5), high, add(add(high, mul(low, 2 ** -nmant)), tiny));
  return neg(log(neg(log1p(neg(u)))));
}

/**
 * Standard Gumbel.
 *
 * Parameters: shape, dtype, mode ("high" takes twice the random bits, for a longer tail; otherwise "low").
 * @throws ArgumentError for another mode
 * @see jax.random.gumbel
 * @example
 * random.gumbel(random.key(0), [4], { mode: "high" }).shape; // [4]
 */
export const gumbel = define(
  "gumbel",
  [p.shapeParam, p.dtypeParam, gumbelMode],
  [],
  ({ shape, dtype, mode }, key: KeyLike) =>
    gumbelFrom(singleKey(key, "gumbel"), p.plainShape("gumbel", shape), p.floatDtype("gumbel", dtype), mode),
);

/**
 * exp of a normal number of standard deviation `sigma`.
 *
 * Parameters: sigma = 1, shape (by default that of sigma), dtype. Differentiable in sigma.
 * @see jax.random.lognormal
 * @example
 * random.lognormal(random.key(0), 0.5, [4]).shape; // [4]
 */
export const lognormal = p.sampler(
  "lognormal",
  [param<[sigma: ArrayLike]>()("sigma", 1)],
  ({ words, shape, dtype }, sigma) => exp(mul(normalFrom(words, shape, dtype), sigma)),
);

/**
 * Rayleigh with the given scale.
 *
 * Parameters: scale, shape (by default that of the scale), dtype. Differentiable in the scale.
 * @see jax.random.rayleigh
 * @example
 * random.rayleigh(random.key(0), 2, [4]).shape; // [4]
 */
export const rayleigh = p.sampler("rayleigh", [scaleParam], ({ words, shape, dtype }, scale) =>
  mul(scale, sqrt(mul(log(uniformFrom(words, shape, dtype)), -2))),
);

/**
 * Pareto with density b·x^(−b−1) on [1, ∞).
 *
 * Parameters: b, shape (by default that of b), dtype. Differentiable in b.
 * @see jax.random.pareto
 * @example
 * random.pareto(random.key(0), np.array([2, 3])).shape; // [2]
 */
export const pareto = p.sampler("pareto", [given<[b: ArrayLike]>()("b")], ({ words, shape, dtype }, b) =>
  exp(div(exponentialFrom(words, shape, dtype), b)),
);

/**
 * Wald (inverse Gaussian) with the given mean and scale 1.
 *
 * Parameters: mean, shape (by default that of the mean), dtype. Differentiable in the mean.
 * @see jax.random.wald
 * @example
 * random.wald(random.key(0), 2, [4]).shape; // [4]
 */
export const wald = p.sampler(
  "wald",
  [given<[mean: ArrayLike]>()("mean")],
  ({ words, shape, dtype }, given) => {
    const [forNormal, forChoice] = p.splitWords(words, 2);
    const mean = p.spread(given, shape);
    const meanSquared = lax.integerPow(mean, 2);
    const y = lax.integerPow(normalFrom(forNormal, shape, dtype), 2);
    const root = sqrt(add(mul(mul(mean, 4), y), mul(meanSquared, lax.integerPow(y, 2))));
    const x = sub(add(mean, div(mul(meanSquared, y), 2)), mul(div(mean, 2), root));
    const z = uniformFrom(forChoice, shape, dtype);
    return select(lax.le(z, div(mean, add(mean, x))), x, div(meanSquared, x));
  },
);

/**
 * Triangular on [left, right] with the given mode.
 *
 * Parameters: left, mode, right, shape (by default that of the parameters), dtype. Differentiable in the first three.
 * @see jax.random.triangular
 * @example
 * random.triangular(random.key(0), 0, 1, 3, [4]).shape; // [4]
 */
export const triangular = p.wideSampler(
  "triangular",
  [
    given<[left: ArrayLike]>()("left"),
    given<[mode: ArrayLike]>()("mode"),
    given<[right: ArrayLike]>()("right"),
  ],
  ({ words, shape, dtype }, left, mode, right) => {
    const u = uniformFrom(words, shape, dtype);
    const width = sub(right, left);
    const rising = add(left, sqrt(mul(mul(u, width), sub(mode, left))));
    const falling = sub(right, sqrt(mul(mul(sub(1, u), width), sub(right, mode))));
    return select(lax.lt(u, div(sub(mode, left), width)), rising, falling);
  },
);

/**
 * Weibull with the given scale and concentration. Parameters broadcast against the draw: they may be larger than it.
 *
 * Parameters: scale, concentration, shape, dtype. Differentiable in the first two.
 * @see jax.random.weibull_min
 * @example
 * random.weibullMin(random.key(0), 2, 1, [4]).shape; // [4]
 */
export const weibullMin = define(
  "weibullMin",
  [scaleParam, given<[concentration: ArrayLike]>()("concentration"), p.shapeParam, p.dtypeParam],
  [],
  (o, key: KeyLike) => {
    const where = "weibullMin";
    const dtype = p.floatDtype(where, o.dtype);
    const drawn = p.plainShape(where, o.shape);
    const scale = p.inDtype(where, o.scale, dtype);
    const concentration = p.inDtype(where, o.concentration, dtype);
    const shape = broadcastShapes([drawn, scale.shape, concentration.shape], where);
    const e = p.spread(exponentialFrom(singleKey(key, where), drawn, dtype), shape);
    const power = div(1, concentration);
    return mul(lax.pow(e, p.fit(power, shape)), p.fit(scale, shape));
  },
);

/**
 * Maxwell numbers of either sign, times `scale`, plus `loc`. The shape is put in front of that of the parameters.
 *
 * Parameters: loc, scale, shape, dtype. Differentiable in the first two.
 * @see jax.random.double_sided_maxwell
 * @example
 * random.doubleSidedMaxwell(random.key(0), np.zeros([3]), 2, [4]).shape; // [4, 3]
 */
export const doubleSidedMaxwell = define(
  "doubleSidedMaxwell",
  [given<[loc: ArrayLike]>()("loc"), scaleParam, p.shapeParam, p.dtypeParam],
  [],
  ({ loc, scale, ...o }, key: KeyLike) => {
    const where = "doubleSidedMaxwell";
    const dtype = p.floatDtype(where, o.dtype);
    const own = broadcastShapes([p.shapeOf(loc, where), p.shapeOf(scale, where)], where);
    const drawn = p.plainShape(where, o.shape);
    const shape = [...(drawn.length === 0 ? own : drawn), ...own];
    const [words, forSign] = p.splitWords(singleKey(key, where), 2);
    const fit = (x: ArrayLike): NDArray => p.fit(p.inDtype(where, x, dtype), shape);
    const sign = lax.convertElementType(rademacherFrom(forSign, shape, "int32"), dtype);
    return add(mul(mul(sign, maxwellFrom({ words, shape, dtype })), fit(scale)), fit(loc));
  },
);
