/** @file Functions along axes: softmax and its logarithm, log-sum-exp and log-mean-exp, standardisation; `oneHot`. */
import { customJvp } from "../api/custom.ts";
import { type ArrayLike, NDArray } from "../core/array.ts";
import { type DType, defaultFloat, toDType } from "../dtypes/dtype.ts";
import type { Axis } from "../core/methods.ts";
import { canonicalAxes, canonicalAxis } from "../dtypes/shape.ts";
import { ArgumentError, DTypeError, checkOptions } from "../base/errors.ts";
import { asArray } from "../lax/operands/convert.ts";
import {
  axisIndex,
  axisSize,
  broadcastedIota,
  convertElementType,
  eq,
  expandDims,
  rsqrt,
  stopGradient,
} from "../lax/index.ts";
import { broadcastToShape } from "../lax/shapes/movement.ts";
import { type Rest, resolveArgs } from "../numpy/operands/args.ts";
import * as np from "../numpy/index.ts";
import { promoteInexact } from "../numpy/operands/promote.ts";

type Where = NDArray | null;

/** Booleans here are a mask in the place of logits or indices. */
function numeric(where: string, x: ArrayLike): ArrayLike {
  if (typeof x === "boolean" || (x instanceof NDArray && x.dtype === "bool")) {
    throw new DTypeError(
      `${where}: expected numbers; got dtype bool. Convert with x.astype(…) if it is meant.`,
    );
  }
  return x;
}

const asWhere = (where: ArrayLike | null | undefined, name: string): Where =>
  where === null || where === undefined ? null : asArray(where, name);

const softmaxOf = customJvp(
  (x: NDArray, axis: Axis, where: Where): NDArray => {
    const most = np.max(x, { axis, keepdims: true, where, initial: -Infinity });
    const safe = where === null ? x : np.where(where, x, -Infinity);
    const scaled = np.exp(np.subtract(safe, most));
    const out = np.divide(scaled, np.sum(scaled, { axis, keepdims: true, where }));
    return where === null ? out : np.where(where, out, 0);
  },
  { nondiffArgnums: [1] },
);
// By hand: the derivative of the maximum, which cancels, would make NaNs where all elements are −∞.
softmaxOf.defJvp((axis: Axis, [x, where]: [NDArray, Where], [dx]: [NDArray]): [NDArray, NDArray] => {
  const y = softmaxOf(x, axis, where);
  const mean = np.sum(np.multiply(y, dx), { axis, keepdims: true, where });
  return [y, np.multiply(y, np.subtract(dx, mean))];
});

/** Options of `softmax` and `logSoftmax`. */
export interface SoftmaxOptions {
  readonly axis?: Axis | undefined;
  /** Elements to include; the others become 0 (in `logSoftmax` −∞). */
  readonly where?: ArrayLike | null | undefined;
}

type SoftmaxRest = Rest<[axis: Axis, where: ArrayLike | null], SoftmaxOptions>;

/**
 * eˣ, divided by its sum along an axis (default −1), several, or all (null).
 * @param rest axis, where
 * @see jax.nn.softmax
 * @example
 * nn.softmax(np.array([0, 0])).js(); // [0.5, 0.5]
 */
export function softmax(x: ArrayLike, ...rest: SoftmaxRest): NDArray {
  const { axis = -1, where } = resolveArgs<SoftmaxOptions>("softmax", rest, ["axis", "where"]);
  const [a] = promoteInexact("softmax", numeric("softmax", x));
  canonicalAxes(axis, a.ndim, "softmax");
  return softmaxOf(a, axis, asWhere(where, "softmax"));
}

/**
 * The logarithm of `softmax`, without underflow.
 * @param rest axis, where
 * @see jax.nn.log_softmax
 */
export function logSoftmax(x: ArrayLike, ...rest: SoftmaxRest): NDArray {
  const { axis = -1, where: given } = resolveArgs<SoftmaxOptions>("logSoftmax", rest, ["axis", "where"]);
  const [a] = promoteInexact("logSoftmax", numeric("logSoftmax", x));
  const where = asWhere(given, "logSoftmax");
  const most = np.max(a, { axis, keepdims: true, where, initial: -Infinity });
  const safe = where === null ? a : np.where(where, a, -Infinity);
  const shifted = np.subtract(safe, stopGradient(most));
  const out = np.subtract(shifted, np.log(np.sum(np.exp(shifted), { axis, keepdims: true, where })));
  return where === null ? out : np.where(where, out, -Infinity);
}

/** Options of `logsumexp`. */
export interface LogSumExpOptions {
  readonly axis?: Axis | undefined;
  /** Factors of the exponentials. */
  readonly b?: ArrayLike | null | undefined;
  readonly keepdims?: boolean | undefined;
  readonly returnSign?: boolean | undefined;
  readonly where?: ArrayLike | null | undefined;
}

type LogSumExpPositions = [
  axis: Axis,
  b: ArrayLike | null,
  keepdims: boolean,
  returnSign: boolean,
  where: ArrayLike | null,
];

/**
 * log Σ b·eᵃ over an axis, several, or all (default), without overflow. With `returnSign` the result is a list: the
 * logarithm of the absolute value, and the sign; without, a negative sum gives NaN.
 * @param rest axis, b, keepdims, returnSign, where
 * @see jax.nn.logsumexp
 */
export function logsumexp(
  a: ArrayLike,
  options: LogSumExpOptions & { readonly returnSign: true },
): [NDArray, NDArray];
export function logsumexp(a: ArrayLike, ...rest: Rest<LogSumExpPositions, LogSumExpOptions>): NDArray;
export function logsumexp(a: ArrayLike, ...rest: readonly unknown[]): NDArray | [NDArray, NDArray] {
  const where = "logsumexp";
  const o = resolveArgs<LogSumExpOptions>(where, rest, ["axis", "b", "keepdims", "returnSign", "where"]);
  const { axis = null, keepdims = false } = o;
  const mask = asWhere(o.where, where);
  const factors = o.b ?? null;
  const [given, b] = factors === null ? promoteInexact(where, a) : promoteInexact(where, a, factors);
  const x = b === undefined ? given : np.where(np.notEqual(b, 0), given, -Infinity);
  const top = np.max(x, { axis, keepdims: true, where: mask, initial: -Infinity });
  const most = stopGradient(np.where(np.isfinite(top), top, 0));
  const scaled = np.exp(np.subtract(x, most));
  const terms = b === undefined ? scaled : np.multiply(scaled, b);
  const sum = np.sum(terms, { axis, keepdims, where: mask });
  const sign = np.sign(sum);
  const shift = keepdims ? most : np.reshape(most, sum.shape);
  const out = np.add(np.log(np.abs(sum)), shift);
  if (o.returnSign === true) return [out, sign];
  return b === undefined ? out : np.where(np.less(sign, 0), NaN, out);
}

/** Options of `logmeanexp`. */
export interface LogMeanExpOptions {
  readonly axis?: Axis | undefined;
  readonly where?: ArrayLike | null | undefined;
  readonly keepdims?: boolean | undefined;
}

/**
 * The logarithm of the mean of eˣ over an axis, several, or all (default).
 * @param rest axis, where, keepdims
 * @see jax.nn.logmeanexp
 */
export function logmeanexp(
  x: ArrayLike,
  ...rest: Rest<[axis: Axis, where: ArrayLike | null, keepdims: boolean], LogMeanExpOptions>
): NDArray {
  const o = resolveArgs<LogMeanExpOptions>("logmeanexp", rest, ["axis", "where", "keepdims"]);
  const { axis = null, keepdims = false } = o;
  const [a] = promoteInexact("logmeanexp", x);
  const where = asWhere(o.where, "logmeanexp");
  const sum = logsumexp(a, { axis, keepdims, where });
  const count = np.sum(np.onesLike(a), { axis, keepdims, where });
  return np.subtract(sum, np.log(count));
}

const log1mexpOf = customJvp((x: NDArray): NDArray => {
  const near = np.log(np.negative(np.expm1(np.negative(x))));
  const far = np.log1p(np.negative(np.exp(np.negative(x))));
  return np.where(np.less(x, Math.LN2), near, far);
}).defJvps((g: NDArray, _: NDArray, x: NDArray) => np.divide(g, np.expm1(x)));

/** log(1 − e^(−x)) for x > 0, precise for small and for large x. Source: jax.nn.log1mexp. */
export function log1mexp(x: ArrayLike): NDArray {
  const [a] = promoteInexact("log1mexp", x);
  return log1mexpOf(a);
}

/** Options of `standardize`. */
export interface StandardizeOptions {
  readonly axis?: Axis | undefined;
  readonly mean?: ArrayLike | null | undefined;
  readonly variance?: ArrayLike | null | undefined;
  readonly epsilon?: ArrayLike | undefined;
  readonly where?: ArrayLike | null | undefined;
  /** How the variance is computed: "fast", as mean(x²) − mean(x)² (default), or "stable", as mean((x − mean(x))²). */
  readonly algorithm?: "fast" | "stable" | undefined;
}

/**
 * (x − mean) / √(variance + epsilon), with mean and variance along an axis (default −1), several, or all (null).
 * @param rest axis, mean, variance, epsilon (default 1e-5), where
 * @see jax.nn.standardize
 */
export function standardize(
  x: ArrayLike,
  ...rest: Rest<
    [
      axis: Axis,
      mean: ArrayLike | null,
      variance: ArrayLike | null,
      epsilon: ArrayLike,
      where: ArrayLike | null,
    ],
    StandardizeOptions
  >
): NDArray {
  const o = resolveArgs<StandardizeOptions>(
    "standardize",
    rest,
    ["axis", "mean", "variance", "epsilon", "where"],
    ["algorithm"],
  );
  const { axis = -1, epsilon = 1e-5, where, algorithm = "fast" } = o;
  if (!["fast", "stable"].includes(algorithm)) {
    throw new ArgumentError(
      `standardize: algorithm must be "fast" or "stable"; got ${JSON.stringify(algorithm)}.`,
    );
  }
  const average = (y: ArrayLike): NDArray => np.mean(y, { axis, keepdims: true, where });
  const mean = o.mean ?? average(x);
  const centred = np.subtract(x, mean);
  const variance =
    o.variance ??
    (algorithm === "stable"
      ? average(np.square(centred))
      : np.subtract(average(np.square(x)), np.square(mean)));
  return np.multiply(centred, rsqrt(np.add(variance, epsilon)));
}

/** Options of `oneHot`. */
export interface OneHotOptions {
  /** Dtype of the result: the default float if not given. */
  readonly dtype?: DType | null | undefined;
  /** Where the new axis goes (default −1), or the name of a vmapped axis that takes its place. */
  readonly axis?: number | string | undefined;
}

/**
 * For each index a vector with 1 there and 0 elsewhere; all 0 for indices outside [0, numClasses).
 * @see jax.nn.one_hot
 * @example
 * nn.oneHot(np.array([0, 2], "int32"), 3).js(); // [[1, 0, 0], [0, 0, 1]]
 */
export function oneHot(x: ArrayLike, numClasses: number, options?: OneHotOptions): NDArray {
  checkOptions("oneHot", options, ["dtype", "axis"]);
  const given = options?.dtype;
  const dtype = given === undefined || given === null ? defaultFloat() : toDType(given, "oneHot");
  const axis = options?.axis ?? -1;
  if (!Number.isInteger(numClasses) || numClasses < 0)
    throw new ArgumentError(`oneHot: numClasses must be a non-negative integer; got ${String(numClasses)}.`);
  const a = asArray(numeric("oneHot", x), "oneHot");
  if (typeof axis === "string") {
    const size = axisSize(axis);
    if (size !== numClasses)
      throw new ArgumentError(`oneHot: numClasses is ${numClasses}, but axis '${axis}' has size ${size}.`);
    return convertElementType(np.equal(a, axisIndex(axis)), dtype);
  }
  const at = canonicalAxis(axis, a.ndim + 1, "oneHot");
  const shape = [...a.shape.slice(0, at), numClasses, ...a.shape.slice(at)];
  const classes = broadcastedIota(a.dtype, shape, at);
  const indices = convertElementType(a, classes.dtype);
  return convertElementType(eq(broadcastToShape(expandDims(indices, [at]), shape), classes), dtype);
}
