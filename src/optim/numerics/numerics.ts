/** @file Norms with derivatives at zero, gradients scaled on their way back, and the normal distribution of optax. */
import { type CustomVjpFunction, customVjp } from "../../api/custom.ts";
import { refuseMore } from "../../base/checks.ts";
import type { ArrayLike, NDArray } from "../../core/array.ts";
import type { Axis } from "../../core/methods.ts";
import type { ArrayTree } from "../../core/tree-types.ts";
import { checkOptions } from "../../base/errors.ts";
import { asArray } from "../../lax/operands/convert.ts";
import { stopGradient } from "../../lax/index.ts";
import * as np from "../../numpy/index.ts";
import { rootOfSquares } from "../../lax/elementwise/hypot.ts";
import * as random from "../../random/index.ts";
import { absSquared, mapArrays } from "../trees/leaves.ts";

/** Options of `safeNorm`. */
export interface SafeNormOptions {
  /** As of `numpy.linalg.norm`. */
  readonly ord?: number | "fro" | null | undefined;
  readonly axis?: Exclude<Axis, null> | null | undefined;
  readonly keepdims?: boolean | undefined;
}

/**
 * A norm, at least `minNorm`; its derivative is zero where that bounds it (that of a plain norm is NaN at zero).
 * @see optax.safe_norm
 * @example
 * optim.safeNorm(np.array([0, 0]), 1e-3).item(); // 0.001
 * grad((x) => optim.safeNorm(x, 0))(np.array([0, 0])).js(); // [0, 0]
 */
export function safeNorm(
  x: ArrayLike,
  minNorm: ArrayLike,
  options: SafeNormOptions = {},
  ...more: []
): NDArray {
  refuseMore("safeNorm", 3, more);
  checkOptions("safeNorm", options, ["ord", "axis", "keepdims"]);
  const { ord = null, axis = null, keepdims = false } = options;
  const a = asArray(x, "safeNorm");
  const norm = np.linalg.norm(stopGradient(a), { ord, axis, keepdims: true });
  const small = np.lessEqual(norm, minNorm);
  const masked = np.linalg.norm(np.where(small, np.onesLike(a), a), { ord, axis, keepdims });
  const bounded = keepdims ? small : np.squeeze(small, axis ?? undefined);
  return np.where(bounded, minNorm, masked);
}

/**
 * The root mean square of all elements, a scalar, at least `minRms`; its derivative is zero where that bounds it.
 * @see optax.safe_root_mean_squares
 * @example
 * optim.safeRootMeanSquares(np.array([3, 4]), 0).item(); // 3.5355…
 * grad((x: Array) => optim.safeRootMeanSquares(x, 0))(np.array([0, 0])).js(); // [0, 0]
 */
export function safeRootMeanSquares(x: ArrayLike, minRms: ArrayLike, ...more: []): NDArray {
  refuseMore("safeRootMeanSquares", 2, more);
  const a = asArray(x, "safeRootMeanSquares");
  const small = np.lessEqual(np.sqrt(np.mean(absSquared(stopGradient(a)))), minRms);
  const masked = np.where(small, np.onesLike(a), a);
  return np.where(small, minRms, rootOfSquares(np.mean(absSquared(masked))));
}

const scaledBack: CustomVjpFunction<[unknown, ArrayLike], unknown> = customVjp<[unknown, ArrayLike], unknown>(
  (inputs) => inputs,
).defVjp(
  (inputs: unknown, scale: ArrayLike) => [inputs, scale],
  (scale: ArrayLike, cotangent: unknown) => [mapArrays((g) => np.multiply(g, scale), cotangent), null],
);

/**
 * The inputs themselves, whose gradient is multiplied by `scale`.
 * @see optax.scale_gradient
 * @example
 * grad((x) => optim.scaleGradient(x, 0.5).mul(4))(1).item(); // 2
 */
export function scaleGradient<T>(inputs: T, scale: ArrayLike, ...more: []): ArrayTree<T> {
  refuseMore("scaleGradient", 2, more);
  const arrays: unknown = mapArrays((x) => x, inputs);
  if (scale === 1) return arrays as ArrayTree<T>;
  if (scale === 0) return mapArrays((x) => stopGradient(x), inputs) as ArrayTree<T>;
  return scaledBack(arrays, scale) as ArrayTree<T>;
}

/** Independent normal distributions. */
export interface MultiNormal {
  sample(shape: readonly number[], key: random.KeyLike): NDArray;
  /** The logarithm of the density, summed over the parameters' axes. */
  logProb(x: ArrayLike): NDArray;
  readonly logScale: NDArray;
  /** Mean and logarithm of the standard deviation. */
  readonly params: readonly [NDArray, NDArray];
}

/**
 * Independent normal distributions of given means and logarithms of standard deviations, whose shapes broadcast to
 * that of one draw: `sample(leading, key)` has shape [...leading, ...shape], `logProb` sums over the axes of a draw.
 * Draws are differentiable in both parameters.
 * @see optax.multi_normal
 * @example
 * const two = optim.multiNormal(np.array([0, 1]), np.array([0, 0]));
 * two.logProb(np.array([0, 1])).item(); // -1.8378… — −log 2π
 * two.sample([3], random.key(0)).shape; // [3, 2]
 */
export function multiNormal(loc: ArrayLike, logScale: ArrayLike, ...more: []): MultiNormal {
  refuseMore("multiNormal", 2, more);
  const mean = asArray(loc, "multiNormal");
  const log = asArray(logScale, "multiNormal");
  const scale = np.exp(log);
  const shape = np.broadcastShapes(mean.shape, scale.shape);
  return {
    logScale: log,
    params: [mean, log],
    sample: (leading, key) => np.add(np.multiply(random.normal(key, [...leading, ...shape]), scale), mean),
    logProb: (x) => {
      const z = np.divide(np.subtract(x, mean), scale);
      const density = np.subtract(np.multiply(-0.5, np.square(z)), np.add(log, Math.log(2 * Math.PI) / 2));
      return shape.length === 0
        ? density
        : np.sum(
            density,
            shape.map((_, i) => -1 - i),
          );
    },
  };
}
