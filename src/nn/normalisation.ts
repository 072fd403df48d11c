/** @file Functions along axes: softmax and its logarithm, log-sum-exp and log-mean-exp, standardisation; `oneHot`. */
import { show, refuseMore, checkWhole } from "../base/checks.ts";
import { type CustomJvpFunction, customJvp } from "../api/custom.ts";
import { type ArrayLike, NDArray } from "../core/array.ts";
import { defaultFloat, toDType } from "../dtypes/dtype.ts";
import type { Axis } from "../core/methods.ts";
import { canonicalAxes, canonicalAxis, insertAt } from "../dtypes/shape.ts";
import { ArgumentError, DTypeError } from "../base/errors.ts";
import { underName } from "../base/attribution.ts";
import { asArray } from "../lax/operands/convert.ts";
import * as lax from "../lax/index.ts";
import { broadcastToShape } from "../lax/shapes/movement.ts";
import { type RestOf, define, settle, signature } from "../arguments/declare.ts";
import { type OptionsOf, param } from "../arguments/parameters.ts";
import * as np from "../numpy/index.ts";
import * as p from "../numpy/operands/parameters.ts";
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

const asWhere = (where: ArrayLike | null, name: string): Where =>
  where === null ? null : asArray(where, name);

/** What a mask leaves, before anything is computed of it: infinities that are squared or raised first make NaN of gradients. */
const chosen = (where: Where, x: NDArray, other: number): NDArray =>
  where === null ? x : np.where(where, x, other);

/** One axis (the last, unless given), several, or all (null). */
const lastAxes = param<[axis: Axis]>()("axis", -1);

// By hand: the derivative of the maximum, which cancels, would make NaNs where all elements are −∞.
const softmaxOf: CustomJvpFunction<[NDArray, Axis, Where], NDArray> = customJvp(
  (x: NDArray, axis: Axis, where: Where): NDArray => {
    const most = np.max(x, { axis, keepdims: true, where, initial: -Infinity });
    const safe = chosen(where, x, -Infinity);
    const scaled = np.exp(np.subtract(safe, most));
    const out = np.divide(scaled, np.sum(scaled, { axis, keepdims: true, where }));
    return chosen(where, out, 0);
  },
  { nondiffArgnums: [1] },
).defJvp((axis: Axis, [x, where]: [NDArray, Where], [dx]: [NDArray]): [NDArray, NDArray] => {
  const y = softmaxOf(x, axis, where);
  const mean = np.sum(np.multiply(y, dx), { axis, keepdims: true, where });
  return [y, np.multiply(y, np.subtract(dx, mean))];
});

/**
 * eˣ, divided by its sum along an axis (the last), several, or all (null).
 * @param where elements to include; the others become 0
 * @throws DTypeError for booleans
 * @see jax.nn.softmax
 * @example
 * nn.softmax(np.array([0, 0])).js(); // [0.5, 0.5]
 */
export const softmax = define(
  "softmax",
  [lastAxes, p.where],
  [],
  ({ axis, where }, x: ArrayLike): NDArray => {
    const [a] = promoteInexact("softmax", numeric("softmax", x));
    canonicalAxes(axis, a.ndim, "softmax");
    return softmaxOf(a, axis, asWhere(where, "softmax"));
  },
);

/**
 * The logarithm of `softmax`, without underflow.
 * @param where elements to include; the others become −∞
 * @throws DTypeError for booleans
 * @see jax.nn.log_softmax
 * @example
 * nn.logSoftmax(np.array([3, -Infinity])).js(); // [0, -Infinity]
 */
export const logSoftmax = define("logSoftmax", [lastAxes, p.where], [], (values, x: ArrayLike): NDArray => {
  const { axis } = values;
  const [a] = promoteInexact("logSoftmax", numeric("logSoftmax", x));
  const where = asWhere(values.where, "logSoftmax");
  canonicalAxes(axis, a.ndim, "logSoftmax");
  return chosen(where, logSoftmaxOf(chosen(where, a, -Infinity), axis, where), -Infinity);
});

/** 1 at the largest elements (of those that count), else 0; and how many there are. */
function largest(x: NDArray, axis: Axis, where: Where): { most: NDArray; top: NDArray; count: NDArray } {
  const most = np.max(x, { axis, keepdims: true, where, initial: -Infinity });
  const top = lax.stopGradient(np.equal(x, most).astype(x.dtype));
  return { most, top, count: np.sum(top, { axis, keepdims: true, where }) };
}

// dxᵢ − Σ pₖ dxₖ, in which dx may be moved by any constant, since Σ p = 1: by its value at the largest element, whose p may
// be 1 to the last digit, so that 1 − p is never formed.
const logSoftmaxOf: CustomJvpFunction<[NDArray, Axis, Where], NDArray> = customJvp(
  (x: NDArray, axis: Axis, where: Where): NDArray => {
    const { most, top, count } = largest(x, axis, where);
    const shifted = np.subtract(x, most);
    // Σ e^shifted − 1, in which the largest are 1: exact where the others are small.
    const rest = np.sum(np.subtract(np.exp(shifted), top), { axis, keepdims: true, where });
    return np.subtract(shifted, np.log1p(np.add(rest, np.subtract(count, 1))));
  },
  { nondiffArgnums: [1] },
).defJvp((axis: Axis, [x, where]: [NDArray, Where], [dx]: [NDArray]): [NDArray, NDArray] => {
  const out = logSoftmaxOf(x, axis, where);
  const { top, count } = largest(x, axis, where);
  const options = { axis, keepdims: true, where };
  const weights = lax.stopGradient(np.divide(top, count));
  const moved = np.subtract(dx, np.sum(np.multiply(weights, dx), options));
  return [out, np.subtract(moved, np.sum(np.multiply(np.exp(out), moved), options))];
});

/** Where an exponential all but overflows. */
const largestExponent = (x: NDArray): number => Math.floor(Math.log(np.finfo(x.dtype).max));

/** b·e^(x − most). Where b is 0 the exponential is kept finite (and of NaN is 0), so that the product is 0. */
function factored(x: NDArray, most: NDArray, b: NDArray): NDArray {
  const none = np.equal(b, 0);
  const exponent = np.subtract(x, most);
  const kept = np.minimum(np.where(np.isnan(exponent), -Infinity, exponent), largestExponent(exponent));
  return np.multiply(np.exp(np.where(none, kept, exponent)), b);
}

const logsumexpParams = [
  p.axis,
  /** Factors of the exponentials. */
  param<[b: ArrayLike | null]>()("b", null),
  p.keepdims,
  param<[returnSign: boolean]>()("returnSign", false),
  p.where,
] as const;
const logsumexpSignature = signature("logsumexp", 1, logsumexpParams, []);

/**
 * log Σ b·eᵃ over an axis, several, or all (default), without overflow. With `returnSign` the result is a list: the
 * logarithm of the absolute value, and the sign; without, a negative sum gives NaN.
 * @see jax.nn.logsumexp
 * @example
 * nn.logsumexp(np.array([-Infinity, 3])).item(); // 3
 */
export function logsumexp(
  a: ArrayLike,
  options: OptionsOf<typeof logsumexpParams> & { readonly returnSign: true },
): [NDArray, NDArray];
export function logsumexp(a: ArrayLike, ...rest: RestOf<typeof logsumexpParams>): NDArray;
export function logsumexp(a: ArrayLike, ...rest: readonly unknown[]): NDArray | [NDArray, NDArray] {
  const where = "logsumexp";
  const { axis, b: factors, keepdims, returnSign, where: included } = settle(logsumexpSignature, rest);
  const mask = asWhere(included, where);
  const [given, b] = factors === null ? promoteInexact(where, a) : promoteInexact(where, a, factors);
  const x = chosen(mask, given, -Infinity);
  // A term with the factor 0 counts for the derivative with respect to the factor alone.
  const counted = b === undefined ? x : np.where(np.equal(b, 0), -Infinity, x);
  const top = underName(where, () =>
    np.max(counted, { axis, keepdims: true, where: mask, initial: -Infinity }),
  );
  const most = lax.stopGradient(np.where(np.isfinite(top), top, 0));
  const terms = b === undefined ? np.exp(np.subtract(x, most)) : factored(x, most, chosen(mask, b, 0));
  const sum = np.sum(terms, { axis, keepdims, where: mask });
  const sign = np.sign(sum);
  const shift = keepdims ? most : np.reshape(most, sum.shape);
  const out = np.add(np.log(np.abs(sum)), shift);
  if (returnSign) return [out, sign];
  return b === undefined ? out : np.where(np.less(sign, 0), NaN, out);
}

/**
 * The logarithm of the mean of eˣ over an axis, several, or all (default), without overflow.
 * @see jax.nn.logmeanexp
 * @example
 * nn.logmeanexp(np.array([2, 2])).item(); // 2
 */
export const logmeanexp = define(
  "logmeanexp",
  [p.axis, p.where, p.keepdims],
  [],
  (values, x: ArrayLike): NDArray => {
    const [a] = promoteInexact("logmeanexp", x);
    const options = { ...values, where: asWhere(values.where, "logmeanexp") };
    const sum = logsumexp(a, options);
    const count = np.sum(np.onesLike(a), options);
    return np.subtract(sum, np.log(count));
  },
);

/** r = 1/(eˣ − 1), with r′ = −r·(1 + r), which neither overflows nor underflows before its value does. */
const inverseExpm1 = customJvp((x: NDArray): NDArray => np.divide(1, np.expm1(x))).defJvps(
  (g: NDArray, _: NDArray, x: NDArray) => {
    const r = inverseExpm1(x);
    return np.multiply(g, np.negative(np.multiply(r, np.add(1, r))));
  },
);

const log1mexpOf = customJvp((x: NDArray): NDArray => {
  const near = np.log(np.negative(np.expm1(np.negative(x))));
  const far = np.log1p(np.negative(np.exp(np.negative(x))));
  return np.where(np.less(x, Math.LN2), near, far);
}).defJvps((g: NDArray, _: NDArray, x: NDArray) => np.multiply(g, inverseExpm1(x)));

/**
 * log(1 − e^(−x)) for x > 0, precise for small and for large x.
 * @see jax.nn.log1mexp
 * @example
 * nn.log1mexp(Infinity).item(); // -0
 */
export function log1mexp(x: ArrayLike, ...more: []): NDArray {
  refuseMore("log1mexp", 1, more);
  const [a] = promoteInexact("log1mexp", x);
  return log1mexpOf(a);
}

/**
 * (x − mean) / √(variance + epsilon), with mean and variance along an axis (the last), several, or all (null).
 * @param epsilon 1e-5 unless given
 * @param where elements that count for the mean and the variance
 * @param algorithm (by name) of the variance: "fast", as mean(x²) − mean(x)² (the default), or "stable", as
 * mean((x − mean(x))²)
 * @throws ArgumentError for another algorithm
 * @see jax.nn.standardize
 * @example
 * nn.standardize(np.array([-1, 1]), { epsilon: 0 }).js(); // [-1, 1]
 */
export const standardize = define(
  "standardize",
  [
    lastAxes,
    param<[mean: ArrayLike | null]>()("mean", null),
    param<[variance: ArrayLike | null]>()("variance", null),
    param<[epsilon: ArrayLike]>()("epsilon", 1e-5),
    p.where,
  ],
  [param<[algorithm: "fast" | "stable"]>()("algorithm", "fast")],
  ({ axis, epsilon, where, algorithm, ...known }, x: ArrayLike): NDArray => {
    if (!["fast", "stable"].includes(algorithm)) {
      throw new ArgumentError(`standardize: algorithm must be "fast" or "stable"; got ${show(algorithm)}.`);
    }
    const mask = asWhere(where, "standardize");
    const [a] = promoteInexact("standardize", x);
    const average = (y: NDArray): NDArray => np.mean(y, { axis, keepdims: true, where });
    const counted = chosen(mask, a, 0);
    const mean = known.mean ?? average(counted);
    const variance =
      known.variance ??
      (algorithm === "stable"
        ? average(np.square(chosen(mask, np.subtract(counted, mean), 0)))
        : np.subtract(average(np.square(counted)), np.square(mean)));
    const scale = lax.rsqrt(np.add(variance, epsilon));
    const out = (y: NDArray): NDArray => np.multiply(np.subtract(y, mean), scale);
    if (mask === null) return out(a);
    // What does not count may be anything: an infinity or NaN stays one, without a part in derivatives.
    const strange = np.logicalAnd(np.logicalNot(mask), np.logicalNot(np.isfinite(a)));
    return np.where(strange, a, out(np.where(strange, 0, a)));
  },
);

const oneHotSignature = signature("oneHot", 2, [], [p.dtype, param<[axis: number | string]>()("axis", -1)]);

/**
 * For each index a vector with 1 there and 0 elsewhere; all 0 for indices outside [0, numClasses).
 * @param dtype (by name) of the result: the default float unless given
 * @param axis (by name) where the new axis goes (the last), or the name of a vmapped axis that takes its place
 * @throws ArgumentError for a number of classes that is none, or does not fit the vmapped axis; DTypeError for booleans
 * @see jax.nn.one_hot
 * @example
 * nn.oneHot(np.array([0, 2], "int32"), 3).js(); // [[1, 0, 0], [0, 0, 1]]
 */
export function oneHot(
  x: ArrayLike,
  numClasses: number,
  options?: OptionsOf<typeof oneHotSignature.params>,
  ...more: []
): NDArray {
  refuseMore("oneHot", 3, more);
  const { dtype: given, axis } = settle(oneHotSignature, [options]);
  const dtype = given === null ? defaultFloat() : toDType(given, "oneHot");
  checkWhole("oneHot", "numClasses", numClasses);
  const a = asArray(numeric("oneHot", x), "oneHot");
  if (typeof axis === "string") {
    const size = lax.axisSize(axis);
    if (size !== numClasses)
      throw new ArgumentError(`oneHot: numClasses is ${numClasses}, but axis '${axis}' has size ${size}.`);
    return lax.convertElementType(np.equal(a, lax.axisIndex(axis)), dtype);
  }
  const at = canonicalAxis(axis, a.ndim + 1, "oneHot");
  const shape = insertAt(a.shape, at, numClasses);
  const classes = lax.broadcastedIota(a.dtype, shape, at);
  const indices = lax.convertElementType(a, classes.dtype);
  const wide = broadcastToShape(lax.expandDims(indices, [at]), shape);
  return lax.convertElementType(lax.eq(wide, classes), dtype);
}
