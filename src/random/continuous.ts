/**
 * @file Continuous distributions made from uniform and normal numbers by a formula, JAX's, so that derivatives with
 * respect to the parameters follow.
 */
import type { ArrayLike, NDArray } from "../core/array.ts";
import type { DType } from "../dtypes/dtype.ts";
import { broadcastShapes } from "../dtypes/shape.ts";
import { ArgumentError } from "../base/errors.ts";
import {
  abs,
  add,
  convertElementType,
  div,
  exp,
  ge,
  integerPow,
  le,
  log,
  log1p,
  lt,
  mul,
  neg,
  pow,
  reduceSum,
  select,
  sign,
  sqrt,
  square,
  sub,
  tan,
} from "../lax/index.ts";
import { type Rest, resolveArgs } from "../numpy/operands/args.ts";
import { rademacherFrom } from "./discrete.ts";
import { type KeyLike, singleKey } from "./key.ts";
import {
  type DrawOptions,
  type Named,
  type Shape,
  floatDtype,
  floatInfo,
  halves,
  inDtype,
  plainShape,
  readArguments,
  required,
  shapeOf,
  splitWords,
  spread,
} from "./params.ts";
import { normalFrom, uniformFrom } from "./uniform.ts";

type Draw = Rest<[shape: Shape, dtype: DType], DrawOptions>;
type FromWords = (words: NDArray, shape: Shape, dtype: DType) => NDArray;

/** A sampler without parameters. */
function parameterless(where: string, from: FromWords): (key: KeyLike, ...rest: Draw) => NDArray {
  return (key, ...rest) => {
    const { shape, dtype } = resolveArgs<DrawOptions>(where, rest, ["shape", "dtype"]);
    return from(singleKey(key, where), plainShape(where, shape), floatDtype(where, dtype));
  };
}

/** Exponential, from words. */
export const exponentialFrom: FromWords = (words, shape, dtype) =>
  // 1 − u is in (0, 1], u itself may be 0.
  neg(log1p(neg(uniformFrom(words, shape, dtype))));

/**
 * Draws from the exponential distribution of rate 1: positive numbers with mean 1.
 * @param rest shape (default [], one number), dtype (the default float)
 * @throws DTypeError if the dtype is not floating-point; ShapeError for several keys
 * @see jax.random.exponential
 * @example
 * random.exponential(random.key(0), [3]).shape; // [3]
 */
export const exponential = parameterless("exponential", exponentialFrom);

/**
 * Draws from the standard Cauchy distribution, which has no mean.
 * @param rest shape (default [], one number), dtype (the default float)
 * @throws DTypeError if the dtype is not floating-point; ShapeError for several keys
 * @see jax.random.cauchy
 * @example
 * random.cauchy(random.key(0), [3]).shape; // [3]
 */
export const cauchy = parameterless("cauchy", (words, shape, dtype) => {
  const u = uniformFrom(words, shape, dtype, floatInfo(dtype).eps, 1);
  return tan(mul(sub(u, 0.5), Math.PI));
});

/**
 * Draws from the Laplace distribution with mean 0 and scale 1.
 * @param rest shape (default [], one number), dtype (the default float)
 * @throws DTypeError if the dtype is not floating-point; ShapeError for several keys
 * @see jax.random.laplace
 * @example
 * random.laplace(random.key(0), [3]).shape; // [3]
 */
export const laplace = parameterless("laplace", (words, shape, dtype) => {
  const u = uniformFrom(words, shape, dtype, -1 + floatInfo(dtype).epsneg, 1);
  return mul(sign(u), log1p(neg(abs(u))));
});

/**
 * Draws from the logistic distribution with mean 0 and scale 1.
 * @param rest shape (default [], one number), dtype (the default float)
 * @throws DTypeError if the dtype is not floating-point; ShapeError for several keys
 * @see jax.random.logistic
 * @example
 * random.logistic(random.key(0), [3]).shape; // [3]
 */
export const logistic = parameterless("logistic", (words, shape, dtype) => {
  const u = uniformFrom(words, shape, dtype, floatInfo(dtype).tiny, 1);
  return sub(log(u), log1p(neg(u)));
});

const maxwellFrom: FromWords = (words, shape, dtype) =>
  sqrt(reduceSum(square(normalFrom(words, [...shape, 3], dtype)), [shape.length]));

/**
 * Draws from the Maxwell distribution: the length of a standard normal vector of three components.
 * @param rest shape (default [], one number), dtype (the default float)
 * @throws DTypeError if the dtype is not floating-point; ShapeError for several keys
 * @see jax.random.maxwell
 * @example
 * random.maxwell(random.key(0), [3]).shape; // [3]
 */
export const maxwell = parameterless("maxwell", maxwellFrom);

/** How many random bits a Gumbel number is made from. */
export type GumbelMode = "low" | "high";

/** Standard Gumbel, from words. */
export function gumbelFrom(words: NDArray, shape: Shape, dtype: DType, mode?: GumbelMode | null): NDArray {
  const { tiny, nmant } = floatInfo(dtype);
  if (mode === undefined || mode === null || mode === "low")
    return neg(log(neg(log(uniformFrom(words, shape, dtype, tiny, 1)))));
  if ((mode as string) !== "high")
    throw new ArgumentError(`gumbel: mode must be "low" or "high"; got ${JSON.stringify(mode)}.`);
  const [high, low] = halves(uniformFrom(words, [2, ...shape], dtype));
  const u = select(ge(high, 0.5), high, add(add(high, mul(low, 2 ** -nmant)), tiny));
  return neg(log(neg(log1p(neg(u)))));
}

/** Options of `gumbel`. */
export interface GumbelOptions extends DrawOptions {
  readonly mode?: GumbelMode | null | undefined;
}

/**
 * Draws from the standard Gumbel distribution, that of the maximum of many exponential numbers.
 * @param rest shape (default []), dtype, mode: "high" takes twice the random bits, for a longer tail (default "low")
 * @throws ArgumentError for another mode; DTypeError if the dtype is not floating-point
 * @see jax.random.gumbel
 * @example
 * random.gumbel(random.key(0), [3]).shape; // [3]
 */
export function gumbel(
  key: KeyLike,
  ...rest: Rest<[shape: Shape, dtype: DType, mode: GumbelMode], GumbelOptions>
): NDArray {
  const { shape, dtype, mode } = resolveArgs<GumbelOptions>("gumbel", rest, ["shape", "dtype", "mode"]);
  return gumbelFrom(singleKey(key, "gumbel"), plainShape("gumbel", shape), floatDtype("gumbel", dtype), mode);
}

/**
 * Draws numbers whose logarithm is normal with mean 0 and standard deviation `sigma`. They are differentiable in sigma.
 * @param rest sigma (default 1), shape (by default that of sigma), dtype
 * @throws DTypeError if the dtype is not floating-point; ShapeError if the parameters do not fit the shape;
 * ArgumentError if one is missing
 * @see jax.random.lognormal
 * @example
 * random.lognormal(random.key(0), 0.5, [3]).shape; // [3]
 */
export function lognormal(
  key: KeyLike,
  ...rest: Rest<[sigma: ArrayLike, shape: Shape, dtype: DType], Named<"sigma">>
): NDArray {
  const { words, shape, dtype, params } = readArguments("lognormal", key, rest, ["sigma"], 1);
  return exp(mul(normalFrom(words, shape, dtype), params[0]));
}

/**
 * Draws from the Rayleigh distribution: the length of a normal vector of two components of deviation `scale`. The
 * numbers are differentiable in the scale.
 * @param rest scale, shape (by default that of the scale), dtype
 * @throws DTypeError if the dtype is not floating-point; ShapeError if the parameters do not fit the shape;
 * ArgumentError if one is missing
 * @see jax.random.rayleigh
 * @example
 * random.rayleigh(random.key(0), 2, [3]).shape; // [3]
 */
export function rayleigh(
  key: KeyLike,
  ...rest: Rest<[scale: ArrayLike, shape: Shape, dtype: DType], Named<"scale">>
): NDArray {
  const { words, shape, dtype, params } = readArguments("rayleigh", key, rest, ["scale"]);
  return mul(params[0], sqrt(mul(log(uniformFrom(words, shape, dtype)), -2)));
}

/**
 * Draws from the Pareto distribution of density b·x^(−b−1) on [1, ∞). The numbers are differentiable in b.
 * @param rest b, shape (by default that of b), dtype
 * @throws DTypeError if the dtype is not floating-point; ShapeError if the parameters do not fit the shape;
 * ArgumentError if one is missing
 * @see jax.random.pareto
 * @example
 * random.pareto(random.key(0), 3, [3]).shape; // [3]
 */
export function pareto(
  key: KeyLike,
  ...rest: Rest<[b: ArrayLike, shape: Shape, dtype: DType], Named<"b">>
): NDArray {
  const { words, shape, dtype, params } = readArguments("pareto", key, rest, ["b"]);
  return exp(div(exponentialFrom(words, shape, dtype), params[0]));
}

/**
 * Draws from the Wald (inverse Gaussian) distribution with the given mean and scale 1. The numbers are differentiable
 * in the mean.
 * @param rest mean, shape (by default that of the mean), dtype
 * @throws DTypeError if the dtype is not floating-point; ShapeError if the parameters do not fit the shape;
 * ArgumentError if one is missing
 * @see jax.random.wald
 * @example
 * random.wald(random.key(0), 1, [3]).shape; // [3]
 */
export function wald(
  key: KeyLike,
  ...rest: Rest<[mean: ArrayLike, shape: Shape, dtype: DType], Named<"mean">>
): NDArray {
  const { words, shape, dtype, params } = readArguments("wald", key, rest, ["mean"]);
  const [forNormal, forChoice] = splitWords(words, 2);
  const mean = spread(params[0], shape);
  const meanSquared = integerPow(mean, 2);
  const y = integerPow(normalFrom(forNormal, shape, dtype), 2);
  const root = sqrt(add(mul(mul(mean, 4), y), mul(meanSquared, integerPow(y, 2))));
  const x = sub(add(mean, div(mul(meanSquared, y), 2)), mul(div(mean, 2), root));
  const z = uniformFrom(forChoice, shape, dtype);
  return select(le(z, div(mean, add(mean, x))), x, div(meanSquared, x));
}

/**
 * Draws from the triangular distribution: the density rises from `left` to `mode` and falls to `right`. The numbers are
 * differentiable in all three.
 * @param rest left, mode, right, shape (by default what these broadcast to), dtype
 * @throws DTypeError if the dtype is not floating-point; ShapeError if the parameters do not fit the shape;
 * ArgumentError if one is missing
 * @see jax.random.triangular
 * @example
 * random.triangular(random.key(0), 0, 0.5, 1, [3]).shape; // [3]
 */
export function triangular(
  key: KeyLike,
  ...rest: Rest<
    [left: ArrayLike, mode: ArrayLike, right: ArrayLike, shape: Shape, dtype: DType],
    Named<"left" | "mode" | "right">
  >
): NDArray {
  const { words, shape, dtype, params } = readArguments("triangular", key, rest, ["left", "mode", "right"]);
  const [left, mode, right] = params.map((p) => spread(p, shape)) as [NDArray, NDArray, NDArray];
  const u = uniformFrom(words, shape, dtype);
  const width = sub(right, left);
  const rising = add(left, sqrt(mul(mul(u, width), sub(mode, left))));
  const falling = sub(right, sqrt(mul(mul(sub(1, u), width), sub(right, mode))));
  return select(lt(u, div(sub(mode, left), width)), rising, falling);
}

/**
 * Draws from the Weibull distribution with the given scale and concentration: scale·e^(1/concentration) of exponential
 * numbers e. The numbers are differentiable in both.
 * @param rest scale, concentration, shape (which the parameters may extend), dtype
 * @throws DTypeError if the dtype is not floating-point; ArgumentError if a parameter is missing
 * @see jax.random.weibull_min
 * @example
 * random.weibullMin(random.key(0), 1, 2, [3]).shape; // [3]
 */
export function weibullMin(
  key: KeyLike,
  ...rest: Rest<
    [scale: ArrayLike, concentration: ArrayLike, shape: Shape, dtype: DType],
    Named<"scale" | "concentration">
  >
): NDArray {
  const where = "weibullMin";
  const o = resolveArgs<Named<"scale" | "concentration">>(where, rest, [
    "scale",
    "concentration",
    "shape",
    "dtype",
  ]);
  const dtype = floatDtype(where, o.dtype);
  const drawn = plainShape(where, o.shape);
  const [scale, concentration] = [
    required(where, "scale", o.scale),
    required(where, "concentration", o.concentration),
  ].map((x) => inDtype(where, x, dtype)) as [NDArray, NDArray];
  // Parameters broadcast against the draw, as JAX's do: they may be larger than it.
  const shape = broadcastShapes([drawn, scale.shape, concentration.shape], where);
  const e = spread(exponentialFrom(singleKey(key, where), drawn, dtype), shape);
  const power = div(1, concentration);
  const fit = (x: NDArray): NDArray => (x.ndim === 0 ? x : spread(x, shape));
  return mul(pow(e, fit(power)), fit(scale));
}

/**
 * Draws Maxwell numbers of either sign, times `scale`, plus `loc`. The shape of the result is `shape` followed by that
 * of the parameters. The numbers are differentiable in both.
 * @param rest loc, scale, shape, dtype
 * @throws DTypeError if the dtype is not floating-point; ArgumentError if a parameter is missing
 * @see jax.random.double_sided_maxwell
 * @example
 * random.doubleSidedMaxwell(random.key(0), 0, 1, [3]).shape; // [3]
 */
export function doubleSidedMaxwell(
  key: KeyLike,
  ...rest: Rest<[loc: ArrayLike, scale: ArrayLike, shape: Shape, dtype: DType], Named<"loc" | "scale">>
): NDArray {
  const where = "doubleSidedMaxwell";
  const o = resolveArgs<Named<"loc" | "scale">>(where, rest, ["loc", "scale", "shape", "dtype"]);
  const dtype = floatDtype(where, o.dtype);
  const loc = required(where, "loc", o.loc);
  const scale = required(where, "scale", o.scale);
  const own = broadcastShapes([shapeOf(loc, where), shapeOf(scale, where)], where);
  const drawn = plainShape(where, o.shape);
  const shape = [...(drawn.length === 0 ? own : drawn), ...own];
  const [forSize, forSign] = splitWords(singleKey(key, where), 2);
  const fit = (x: ArrayLike): NDArray => {
    const a = inDtype(where, x, dtype);
    return a.ndim === 0 ? a : spread(a, shape);
  };
  const signed = mul(
    convertElementType(rademacherFrom(forSign, shape, "int32"), dtype),
    maxwellFrom(forSize, shape, dtype),
  );
  return add(mul(signed, fit(scale)), fit(loc));
}
