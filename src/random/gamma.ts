/**
 * @file The gamma distribution and those made from it. Gamma numbers are differentiable in their parameter, implicitly:
 * the derivative moves the number along the quantile function.
 */
import type { ArrayLike, NDArray } from "../core/array.ts";
import type { DType } from "../dtypes/dtype.ts";
import { ArgumentError, ShapeError } from "../base/errors.ts";
import {
  abs,
  add,
  convertElementType,
  div,
  exp,
  expandDims,
  max,
  mul,
  pow,
  reduceMax,
  reduceSum,
  sqrt,
  stopGradient,
  sub,
} from "../lax/index.ts";
import { randomGamma } from "../lax/random-bits/gamma.ts";
import { type Rest, resolveArgs } from "../numpy/operands/args.ts";
import { exponentialFrom } from "./continuous.ts";
import { rademacherFrom } from "./discrete.ts";
import { type KeyLike, singleKey } from "./key.ts";
import {
  type Arguments,
  type DrawOptions,
  type Named,
  type Shape,
  drawShape,
  floatDtype,
  inDtype,
  plainShape,
  readArguments,
  required,
  splitWords,
  spread,
} from "./params.ts";
import { normalFrom } from "./uniform.ts";

/** Reads the arguments; the parameters are broadcast to the shape, so that each element has its own number. */
function readSpread(
  where: string,
  key: KeyLike,
  rest: readonly unknown[],
  names: readonly string[],
): Arguments {
  const read = readArguments(where, key, rest, names);
  return { ...read, params: read.params.map((p) => spread(p, read.shape)) };
}

/**
 * Draws from the gamma distribution with parameter `a` and scale 1. The numbers are differentiable in `a`, implicitly:
 * the derivative moves them along the quantile function.
 * @param rest a, shape (by default that of a), dtype (the default float)
 * @throws DTypeError if the dtype is not floating-point; ShapeError if the parameters do not fit the shape;
 * ArgumentError if one is missing
 * @see jax.random.gamma
 * @example
 * random.gamma(random.key(0), 2, [3]).shape; // [3]
 */
export function gamma(
  key: KeyLike,
  ...rest: Rest<[a: ArrayLike, shape: Shape, dtype: DType], Named<"a">>
): NDArray {
  const { words, params } = readSpread("gamma", key, rest, ["a"]);
  return randomGamma(words, params[0], false);
}

/**
 * Draws the logarithm of the gamma number that the same key gives. It is precise where the number itself is tiny, as it
 * is for small `a`, and differentiable in `a`.
 * @param rest a, shape (by default that of a), dtype (the default float)
 * @throws DTypeError if the dtype is not floating-point; ShapeError if the parameters do not fit the shape;
 * ArgumentError if one is missing
 * @see jax.random.loggamma
 * @example
 * random.loggamma(random.key(0), 1e-3).item() < -100; // true
 */
export function loggamma(
  key: KeyLike,
  ...rest: Rest<[a: ArrayLike, shape: Shape, dtype: DType], Named<"a">>
): NDArray {
  const { words, params } = readSpread("loggamma", key, rest, ["a"]);
  return randomGamma(words, params[0], true);
}

/**
 * Draws from the beta distribution with parameters `a` and `b`: numbers between 0 and 1, differentiable in both.
 * @param rest a, b, shape (by default what these broadcast to), dtype (the default float)
 * @throws DTypeError if the dtype is not floating-point; ShapeError if the parameters do not fit the shape;
 * ArgumentError if one is missing
 * @see jax.random.beta
 * @example
 * random.beta(random.key(0), 1, 2, [3]).shape; // [3]
 */
export function beta(
  key: KeyLike,
  ...rest: Rest<[a: ArrayLike, b: ArrayLike, shape: Shape, dtype: DType], Named<"a" | "b">>
): NDArray {
  const { words, params } = readSpread("beta", key, rest, ["a", "b"]);
  const [forA, forB] = splitWords(words, 2);
  const logA = randomGamma(forA, params[0], true);
  const logB = randomGamma(forB, params[1], true);
  const most = max(logA, logB);
  const [a, b] = [exp(sub(logA, most)), exp(sub(logB, most))];
  return div(a, add(a, b));
}

/**
 * Draws from the Dirichlet distribution: vectors of positive numbers with sum 1, along the last axis of `alpha`. They
 * are differentiable in alpha.
 * @param rest alpha, shape without the last axis (by default that of alpha), dtype (the default float)
 * @throws ShapeError if alpha is a scalar or does not fit the shape; DTypeError if the dtype is not floating-point
 * @see jax.random.dirichlet
 * @example
 * random.dirichlet(random.key(0), np.ones([3])).sum().item(); // 1
 */
export function dirichlet(
  key: KeyLike,
  ...rest: Rest<[alpha: ArrayLike, shape: Shape, dtype: DType], Named<"alpha">>
): NDArray {
  const where = "dirichlet";
  const o = resolveArgs<Named<"alpha">>(where, rest, ["alpha", "shape", "dtype"]);
  const dtype = floatDtype(where, o.dtype);
  const alpha = inDtype(where, required(where, "alpha", o.alpha), dtype);
  if (alpha.ndim === 0) throw new ShapeError(`${where}: alpha must have at least one axis; got a scalar.`);
  const batch = drawShape(where, o.shape, alpha.shape.slice(0, -1));
  const shape = [...batch, alpha.shape[alpha.ndim - 1]];
  const logs = randomGamma(singleKey(key, where), spread(alpha, shape), true);
  const last = batch.length;
  const along = (x: NDArray): NDArray => spread(expandDims(x, [last]), shape);
  const scaled = exp(sub(logs, along(stopGradient(reduceMax(logs, [last])))));
  return div(scaled, along(reduceSum(scaled, [last])));
}

/**
 * Draws from Student's t distribution with `df` degrees of freedom. The numbers are differentiable in `df`.
 * @param rest df, shape (by default that of df), dtype (the default float)
 * @throws DTypeError if the dtype is not floating-point; ShapeError if the parameters do not fit the shape;
 * ArgumentError if one is missing
 * @see jax.random.t
 * @example
 * random.t(random.key(0), 5, [3]).shape; // [3]
 */
export function t(
  key: KeyLike,
  ...rest: Rest<[df: ArrayLike, shape: Shape, dtype: DType], Named<"df">>
): NDArray {
  const { words, shape, dtype, params } = readSpread("t", key, rest, ["df"]);
  const [forNormal, forGamma] = splitWords(words, 2);
  const half = div(params[0], 2);
  const g = randomGamma(forGamma, half, false);
  return mul(normalFrom(forNormal, shape, dtype), sqrt(div(half, g)));
}

const chisquareFrom = (words: NDArray, df: NDArray): NDArray =>
  mul(exp(randomGamma(words, div(df, 2), true)), 2);

/**
 * Draws from the chi-square distribution with `df` degrees of freedom. The numbers are differentiable in `df`.
 * @param rest df, shape (by default that of df), dtype (the default float)
 * @throws DTypeError if the dtype is not floating-point; ShapeError if the parameters do not fit the shape;
 * ArgumentError if one is missing
 * @see jax.random.chisquare
 * @example
 * random.chisquare(random.key(0), 4, [3]).shape; // [3]
 */
export function chisquare(
  key: KeyLike,
  ...rest: Rest<[df: ArrayLike, shape: Shape, dtype: DType], Named<"df">>
): NDArray {
  const { words, params } = readSpread("chisquare", key, rest, ["df"]);
  return chisquareFrom(words, params[0]);
}

/**
 * Draws from the F distribution with `dfnum` and `dfden` degrees of freedom. The numbers are differentiable in both.
 * @param rest dfnum, dfden, shape (by default what these broadcast to), dtype (the default float)
 * @throws DTypeError if the dtype is not floating-point; ShapeError if the parameters do not fit the shape;
 * ArgumentError if one is missing
 * @see jax.random.f
 * @example
 * random.f(random.key(0), 4, 5, [3]).shape; // [3]
 */
export function f(
  key: KeyLike,
  ...rest: Rest<[dfnum: ArrayLike, dfden: ArrayLike, shape: Shape, dtype: DType], Named<"dfnum" | "dfden">>
): NDArray {
  const { words, params } = readSpread("f", key, rest, ["dfnum", "dfden"]);
  const [forDen, forNum] = splitWords(words, 2);
  const [dfnum, dfden] = params as [NDArray, NDArray];
  return div(div(chisquareFrom(forNum, dfnum), dfnum), div(chisquareFrom(forDen, dfden), dfden));
}

function generalizedNormalFrom(words: NDArray, p: ArrayLike, shape: Shape, dtype: DType): NDArray {
  const where = "generalizedNormal";
  const [forSize, forSign] = splitWords(words, 2);
  const inverse = div(1, inDtype(where, p, dtype));
  drawShape(where, shape, inverse.shape);
  const power = spread(inverse, shape);
  const g = randomGamma(forSize, power, false);
  const sign = convertElementType(rademacherFrom(forSign, shape, "int32"), dtype);
  return mul(sign, pow(g, power));
}

/**
 * Draws from the generalised normal distribution, of density proportional to e^(−|x|^p).
 * @param rest p, shape (default [], one number), dtype (the default float)
 * @throws DTypeError if the dtype is not floating-point; ShapeError if the parameters do not fit the shape;
 * ArgumentError if one is missing
 * @see jax.random.generalized_normal
 * @example
 * random.generalizedNormal(random.key(0), 2, [3]).shape; // [3]
 */
export function generalizedNormal(
  key: KeyLike,
  ...rest: Rest<[p: ArrayLike, shape: Shape, dtype: DType], Named<"p">>
): NDArray {
  const where = "generalizedNormal";
  const o = resolveArgs<Named<"p">>(where, rest, ["p", "shape", "dtype"]);
  const p = required(where, "p", o.p);
  return generalizedNormalFrom(
    singleKey(key, where),
    p,
    plainShape(where, o.shape),
    floatDtype(where, o.dtype),
  );
}

/** Options of `ball`. */
export interface BallOptions extends DrawOptions {
  readonly d?: number | undefined;
  readonly p?: number | undefined;
}

/**
 * Draws points that are uniform in the unit ball of the Lᵖ norm in `d` dimensions, along a new last axis.
 * @param rest d, p (default 2), shape (of the points; default []), dtype (the default float)
 * @throws ArgumentError if `d` is no whole number, at least 0; DTypeError if the dtype is not floating-point
 * @see jax.random.ball
 * @example
 * random.ball(random.key(0), 3).shape; // [3]
 */
export function ball(
  key: KeyLike,
  ...rest: Rest<[d: number, p: number, shape: Shape, dtype: DType], BallOptions>
): NDArray {
  const where = "ball";
  const o = resolveArgs<BallOptions>(where, rest, ["d", "p", "shape", "dtype"]);
  const d = required(where, "d", o.d);
  if (!Number.isInteger(d) || d < 0)
    throw new ArgumentError(`${where}: the dimension must be a non-negative integer; got ${String(d)}.`);
  const dtype = floatDtype(where, o.dtype);
  const p = inDtype(where, o.p ?? 2, dtype);
  const batch = plainShape(where, o.shape);
  const shape = [...batch, d];
  const [forDirection, forRadius] = splitWords(singleKey(key, where), 2);
  const g = generalizedNormalFrom(forDirection, p, shape, dtype);
  const e = exponentialFrom(forRadius, batch, dtype);
  const norm = pow(add(reduceSum(pow(abs(g), p), [batch.length]), e), div(1, p));
  return div(g, spread(expandDims(norm, [batch.length]), shape));
}
