/**
 * @file Activation functions, by JAX's formulas. Where a kink lies at a point that networks meet (relu at 0), the
 * derivative there is JAX's convention, stated below.
 */
import { customJvp } from "../api/custom.ts";
import type { ArrayLike, NDArray } from "../core/array.ts";
import { canonicalAxis, shapeString } from "../dtypes/shape.ts";
import { ShapeError } from "../base/errors.ts";
import { asArray } from "../lax/operands/convert.ts";
import { convertElementType, erfc, logistic } from "../lax/index.ts";
import { type Rest, resolveArgs } from "../numpy/operands/args.ts";
import * as np from "../numpy/index.ts";
import { promoteInexact } from "../numpy/operands/promote.ts";

const reluOf = customJvp((x: NDArray) => np.maximum(x, 0)).defJvps((g: NDArray, _: NDArray, x: NDArray) =>
  np.where(np.greater(x, 0), g, np.zerosLike(g)),
);

/**
 * max(x, 0). Derivative 0 at 0.
 * @see jax.nn.relu
 * @example
 * nn.relu(np.array([-1, 2])).js(); // [0, 2]
 */
export const relu = (x: ArrayLike): NDArray => reluOf(x);

const relu6Of = customJvp((x: NDArray) => np.minimum(np.maximum(x, 0), 6)).defJvps(
  (g: NDArray, _: NDArray, x: NDArray) =>
    np.where(np.logicalAnd(np.greater(x, 0), np.less(x, 6)), g, np.zerosLike(g)),
);

/** min(max(x, 0), 6). Derivative 0 at 0 and at 6. Source: jax.nn.relu6. */
export const relu6 = (x: ArrayLike): NDArray => relu6Of(x);

/** 1 / (1 + e^(−x)). Source: jax.nn.sigmoid. */
export const sigmoid = (x: ArrayLike): NDArray => logistic(x);

/** Hyperbolic tangent. Source: jax.nn.tanh. */
export const tanh = (x: ArrayLike): NDArray => np.tanh(x);

/** x itself. Source: jax.nn.identity. */
export const identity = (x: ArrayLike): NDArray => asArray(x, "identity");

/** log(1 + eˣ). Source: jax.nn.softplus. */
export const softplus = (x: ArrayLike): NDArray => np.logaddexp(x, 0);

/** 0 for x ≤ −1, x for x ≥ 1, (x + 1)²/4 between. Source: jax.nn.sparse_plus. */
export function sparsePlus(x: ArrayLike): NDArray {
  const middle = np.divide(np.square(np.add(x, 1)), 4);
  return np.where(np.lessEqual(x, -1), 0, np.where(np.greaterEqual(x, 1), x, middle));
}

/** x / (|x| + 1). Source: jax.nn.soft_sign. */
export const softSign = (x: ArrayLike): NDArray => np.divide(x, np.add(np.abs(x), 1));

/** 0 for x ≤ −1, 1 for x ≥ 1, (x + 1)/2 between. Source: jax.nn.sparse_sigmoid. */
export const sparseSigmoid = (x: ArrayLike): NDArray => np.multiply(0.5, np.clip(np.add(x, 1), 0, 2));

/** x · sigmoid(x). Source: jax.nn.silu. */
export const silu = (x: ArrayLike): NDArray => np.multiply(x, sigmoid(x));

/** Alias of `silu`. */
export const swish = silu;

/** x · tanh(softplus(x)). Source: jax.nn.mish. */
export const mish = (x: ArrayLike): NDArray => np.multiply(x, np.tanh(softplus(x)));

/** log(sigmoid(x)). Source: jax.nn.log_sigmoid. */
export const logSigmoid = (x: ArrayLike): NDArray => np.negative(softplus(np.negative(x)));

/** Options with a parameter `alpha`. */
export interface AlphaOptions {
  readonly alpha?: ArrayLike | undefined;
}

/**
 * x for x > 0, alpha·(eˣ − 1) elsewhere.
 * @param rest alpha (default 1)
 * @see jax.nn.elu
 */
export function elu(x: ArrayLike, ...rest: Rest<[alpha: ArrayLike], AlphaOptions>): NDArray {
  const { alpha = 1 } = resolveArgs<AlphaOptions>("elu", rest, ["alpha"]);
  const positive = np.greater(x, 0);
  // Without the inner choice, the infinite derivative of a large x would become NaN.
  return np.where(positive, x, np.multiply(alpha, np.expm1(np.where(positive, 0, x))));
}

/** Scaled elu, with the constants that keep mean 0 and variance 1. Source: jax.nn.selu. */
export const selu = (x: ArrayLike): NDArray => np.multiply(1.0507009873554805, elu(x, 1.6732632423543772));

/**
 * max(x, 0) + alpha·(e^(min(x, 0)/alpha) − 1).
 * @param rest alpha (default 1)
 * @see jax.nn.celu
 */
export function celu(x: ArrayLike, ...rest: Rest<[alpha: ArrayLike], AlphaOptions>): NDArray {
  const { alpha = 1 } = resolveArgs<AlphaOptions>("celu", rest, ["alpha"]);
  const below = np.multiply(alpha, np.expm1(np.divide(np.minimum(x, 0), alpha)));
  return np.add(np.maximum(x, 0), below);
}

/** Options of `leakyRelu`. */
export interface LeakyReluOptions {
  readonly negativeSlope?: ArrayLike | undefined;
}

/**
 * x for x ≥ 0, negativeSlope·x below. Derivative 1 at 0.
 * @param rest negativeSlope (default 0.01)
 * @see jax.nn.leaky_relu
 */
export function leakyRelu(
  x: ArrayLike,
  ...rest: Rest<[negativeSlope: ArrayLike], LeakyReluOptions>
): NDArray {
  const { negativeSlope = 0.01 } = resolveArgs<LeakyReluOptions>("leakyRelu", rest, ["negativeSlope"]);
  return np.where(np.greaterEqual(x, 0), x, np.multiply(negativeSlope, x));
}

/** x limited to [−1, 1]. Derivative 1 at the limits. Source: jax.nn.hard_tanh. */
export const hardTanh = (x: ArrayLike): NDArray =>
  np.where(np.greater(x, 1), 1, np.where(np.less(x, -1), -1, x));

/** relu6(x + 3) / 6. Source: jax.nn.hard_sigmoid. */
export const hardSigmoid = (x: ArrayLike): NDArray => np.divide(relu6(np.add(x, 3)), 6);

/** x · hardSigmoid(x). Source: jax.nn.hard_silu. */
export const hardSilu = (x: ArrayLike): NDArray => np.multiply(x, hardSigmoid(x));

/** Alias of `hardSilu`. */
export const hardSwish = hardSilu;

/** Options of `squareplus`. */
export interface SquareplusOptions {
  readonly b?: ArrayLike | undefined;
}

/**
 * (x + √(x² + b)) / 2.
 * @param rest b (default 4)
 * @see jax.nn.squareplus
 */
export function squareplus(x: ArrayLike, ...rest: Rest<[b: ArrayLike], SquareplusOptions>): NDArray {
  const { b = 4 } = resolveArgs<SquareplusOptions>("squareplus", rest, ["b"]);
  return np.divide(np.add(x, np.sqrt(np.add(np.square(x), b))), 2);
}

/** Options of `gelu`. */
export interface GeluOptions {
  readonly approximate?: boolean | undefined;
}

/**
 * x times the standard normal distribution function of x.
 * @param rest approximate: by a tanh formula (default true)
 * @see jax.nn.gelu
 */
export function gelu(x: ArrayLike, ...rest: Rest<[approximate: boolean], GeluOptions>): NDArray {
  const { approximate = true } = resolveArgs<GeluOptions>("gelu", rest, ["approximate"]);
  const [given] = promoteInexact("gelu", x);
  const a = convertElementType(given, given.dtype);
  if (!approximate) return np.multiply(np.multiply(0.5, a), erfc(np.multiply(np.negative(a), Math.SQRT1_2)));
  const inner = np.add(a, np.multiply(0.044715, np.power(a, 3)));
  const cdf = np.multiply(0.5, np.add(1, np.tanh(np.multiply(Math.sqrt(2 / Math.PI), inner))));
  return np.multiply(a, cdf);
}

/** Options with an axis. */
export interface AxisOption {
  readonly axis?: number | undefined;
}

/**
 * The first half of `x` along an axis, times the sigmoid of the second.
 * @param rest axis (default −1)
 * @see jax.nn.glu
 */
export function glu(x: ArrayLike, ...rest: Rest<[axis: number], AxisOption>): NDArray {
  const { axis = -1 } = resolveArgs<AxisOption>("glu", rest, ["axis"]);
  const a = asArray(x, "glu");
  const along = canonicalAxis(axis, a.ndim, "glu");
  if (a.shape[along] % 2 !== 0)
    throw new ShapeError(`glu: axis ${axis} of shape ${shapeString(a.shape)} must have an even size.`);
  const [value, gate] = np.split(a, 2, along) as [NDArray, NDArray];
  return np.multiply(value, sigmoid(gate));
}
