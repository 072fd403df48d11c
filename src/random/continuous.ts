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
 * Exponential with rate 1.
 * @param rest shape, dtype
 * @see jax.random.exponential
 */
export const exponential = parameterless("exponential", exponentialFrom);

/**
 * Standard Cauchy.
 * @param rest shape, dtype
 * @see jax.random.cauchy
 */
export const cauchy = parameterless("cauchy", (words, shape, dtype) => {
  const u = uniformFrom(words, shape, dtype, floatInfo(dtype).eps, 1);
  return tan(mul(sub(u, 0.5), Math.PI));
});

/**
 * Laplace with mean 0 and scale 1.
 * @param rest shape, dtype
 * @see jax.random.laplace
 */
export const laplace = parameterless("laplace", (words, shape, dtype) => {
  const u = uniformFrom(words, shape, dtype, -1 + floatInfo(dtype).epsneg, 1);
  return mul(sign(u), log1p(neg(abs(u))));
});

/**
 * Logistic with mean 0 and scale 1.
 * @param rest shape, dtype
 * @see jax.random.logistic
 */
export const logistic = parameterless("logistic", (words, shape, dtype) => {
  const u = uniformFrom(words, shape, dtype, floatInfo(dtype).tiny, 1);
  return sub(log(u), log1p(neg(u)));
});

const maxwellFrom: FromWords = (words, shape, dtype) =>
  sqrt(reduceSum(square(normalFrom(words, [...shape, 3], dtype)), [shape.length]));

/**
 * Maxwell: the length of a standard normal vector of three components.
 * @param rest shape, dtype
 * @see jax.random.maxwell
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
 * Standard Gumbel.
 * @param rest shape, dtype, mode: "high" takes twice the random bits, for a longer tail (default "low")
 * @see jax.random.gumbel
 */
export function gumbel(
  key: KeyLike,
  ...rest: Rest<[shape: Shape, dtype: DType, mode: GumbelMode], GumbelOptions>
): NDArray {
  const { shape, dtype, mode } = resolveArgs<GumbelOptions>("gumbel", rest, ["shape", "dtype", "mode"]);
  return gumbelFrom(singleKey(key, "gumbel"), plainShape("gumbel", shape), floatDtype("gumbel", dtype), mode);
}

/**
 * exp of a normal number of standard deviation `sigma` (default 1).
 * @param rest sigma, shape, dtype
 * @see jax.random.lognormal
 */
export function lognormal(
  key: KeyLike,
  ...rest: Rest<[sigma: ArrayLike, shape: Shape, dtype: DType], Named<"sigma">>
): NDArray {
  const { words, shape, dtype, params } = readArguments("lognormal", key, rest, ["sigma"], 1);
  return exp(mul(normalFrom(words, shape, dtype), params[0]));
}

/**
 * Rayleigh with the given scale.
 * @param rest scale, shape (by default that of the scale), dtype
 * @see jax.random.rayleigh
 */
export function rayleigh(
  key: KeyLike,
  ...rest: Rest<[scale: ArrayLike, shape: Shape, dtype: DType], Named<"scale">>
): NDArray {
  const { words, shape, dtype, params } = readArguments("rayleigh", key, rest, ["scale"]);
  return mul(params[0], sqrt(mul(log(uniformFrom(words, shape, dtype)), -2)));
}

/**
 * Pareto with density b·x^(−b−1) on [1, ∞).
 * @param rest b, shape (by default that of b), dtype
 * @see jax.random.pareto
 */
export function pareto(
  key: KeyLike,
  ...rest: Rest<[b: ArrayLike, shape: Shape, dtype: DType], Named<"b">>
): NDArray {
  const { words, shape, dtype, params } = readArguments("pareto", key, rest, ["b"]);
  return exp(div(exponentialFrom(words, shape, dtype), params[0]));
}

/**
 * Wald (inverse Gaussian) with the given mean and scale 1.
 * @param rest mean, shape (by default that of the mean), dtype
 * @see jax.random.wald
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
 * Triangular on [left, right] with the given mode.
 * @param rest left, mode, right, shape (by default that of the parameters), dtype
 * @see jax.random.triangular
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
 * Weibull with the given scale and concentration.
 * @param rest scale, concentration, shape, dtype
 * @see jax.random.weibull_min
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
 * Maxwell numbers of either sign, times `scale`, plus `loc`. The shape is put in front of that of the parameters.
 * @param rest loc, scale, shape, dtype
 * @see jax.random.double_sided_maxwell
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
