/** @file Weighted means, covariances and correlations. Source: jax/_src/numpy/lax_numpy.py. */
import { together } from "../../core/deferral.ts";
import { show } from "../../base/checks.ts";
import type { ArrayLike, NDArray } from "../../core/array.ts";
import { type DType, isInteger } from "../../dtypes/dtype.ts";
import type { Axis } from "../../core/methods.ts";
import { canonicalAxes, shapeString } from "../../dtypes/shape.ts";
import { ArgumentError, DTypeError, ShapeError } from "../../base/errors.ts";
import { asArray, asDType, resultType } from "../../lax/operands/convert.ts";
import * as lax from "../../lax/plain.ts";
import { matmul } from "../../lax/linalg/algebra.ts";
import { arraysEqual, prod, range } from "../../base/util.ts";
import { type RestOf, define, settle, signature } from "../../arguments/declare.ts";
import { type OptionsOf, type Values, param } from "../../arguments/parameters.ts";
import * as p from "../operands/parameters.ts";
import { cast, givenDType, inexactType } from "../operands/promote.ts";
import { mean, sum } from "./reductions.ts";
import { diagonal } from "../creation/triangular.ts";

const averageParams = [
  p.axis,
  param<[weights: ArrayLike | null]>()("weights", null),
  param<[returned: boolean]>()("returned", false),
  p.keepdims,
] as const;
const averageSignature = signature("average", 1, averageParams, []);
/** Options of `average`. */
export type AverageOptions = OptionsOf<typeof averageParams>;

function averageOf(
  a: ArrayLike,
  axis: Axis,
  weights: ArrayLike | null,
  keepdims: boolean,
): [average: NDArray, weight: NDArray] {
  if (weights === null) {
    const x = asArray(a, "average");
    const out = mean(x, { axis, keepdims });
    const count = prod(canonicalAxes(axis, x.ndim, "average").map((i) => x.shape[i]));
    return [out, lax.full(out.shape, count, out.dtype)];
  }
  const { dtype } = inexactType(resultType([a, weights]));
  const x = asDType(a, dtype, false, "average");
  const axes = canonicalAxes(axis, x.ndim, "average");
  let w = asDType(weights, dtype, false, "average");
  if (!arraysEqual(w.shape, x.shape)) {
    const fits = w.ndim === axes.length && axes.every((k, i) => w.shape[i] === x.shape[k]);
    if (axis === null || !fits)
      throw new ShapeError(
        `average: weights of shape ${shapeString(w.shape)} do not fit the array ${shapeString(x.shape)}; give weights of ` +
          `that shape, or of the sizes of the axes that they belong to.`,
      );
    const order = range(axes.length).sort((i, j) => axes[i] - axes[j]);
    w = lax.broadcastInDim(
      lax.transpose(w, order),
      x.shape,
      order.map((i) => axes[i]),
    );
  }
  const total = sum(w, { axis, keepdims });
  return [lax.div(sum(lax.mul(x, w), { axis, keepdims }), total), total];
}

/**
 * The weighted mean over an axis, several, or all; with `returned` a list of it and the sum of the weights. Weights are of the
 * shape of the array, or of the sizes of the axes, in their order.
 * @throws ShapeError for weights that fit neither
 * @see jax.numpy.average
 * @example
 * np.average(np.array([1, 4]), { weights: np.array([3, 1]) }).item(); // 1.75
 */
export function average(a: ArrayLike, options: AverageOptions & { returned: true }): [NDArray, NDArray];
export function average(a: ArrayLike, ...rest: RestOf<typeof averageParams>): NDArray;
export function average(a: ArrayLike, ...rest: readonly unknown[]): NDArray | [NDArray, NDArray] {
  const { axis, weights, returned, keepdims } = settle(averageSignature, rest);
  const out = together(() => averageOf(a, axis, weights, keepdims));
  return returned ? out : out[0];
}

/** More variables, in the shape of the first. */
const y = param<[y: ArrayLike | null]>()("y", null);
/** Rows are variables and columns observations, or the other way round. */
const rowvar = param<[rowvar: boolean]>()("rowvar", true);
const covParams = [
  y,
  rowvar,
  /** Divide by the number of observations instead of one less. */
  param<[bias: boolean]>()("bias", false),
  param<[ddof: number | null]>()("ddof", null),
  /** How often each observation occurred. */
  param<[fweights: ArrayLike | null]>()("fweights", null),
  /** The importance of each observation. */
  param<[aweights: ArrayLike | null]>()("aweights", null),
] as const;
/** Options of `cov`. */
export type CovOptions = OptionsOf<[...typeof covParams, typeof p.dtype]>;

function variables(name: string, x: ArrayLike, dtype: DType, flip: (a: NDArray) => boolean): NDArray {
  const a = asDType(x, dtype, false, name);
  if (a.ndim > 2)
    throw new ShapeError(`${name}: expected 1 or 2 dimensions; got shape ${shapeString(a.shape)}.`);
  const rows = a.ndim === 2 ? a : lax.reshape(a, [1, a.size]);
  return flip(a) ? lax.transpose(rows, [1, 0]) : rows;
}

function observationWeights(name: string, w: ArrayLike | null, dtype: DType, n: number): NDArray | null {
  if (w === null) return null;
  const a = asArray(w, name);
  if (name === "fweights" && !isInteger(a.dtype))
    throw new DTypeError(`cov: fweights count observations and must be integers; got ${a.dtype}.`);
  if (a.ndim !== 1 || a.size !== n)
    throw new ShapeError(
      `cov: ${name} must be ${n} numbers, one for each observation; got ${String(a.aval)}.`,
    );
  return cast(a, dtype);
}

type CovValues = Values<[...typeof covParams, typeof p.dtype]>;

function covariance(m: ArrayLike, values: CovValues): NDArray {
  const { y, rowvar, bias, ddof } = values;
  const dtype = givenDType("cov", values.dtype) ?? inexactType(resultType(y === null ? [m] : [m, y])).dtype;
  let x = variables("cov", m, dtype, (a) => !rowvar && a.ndim !== 1);
  if (x.shape[0] === 0) return lax.full([0, 0], 0, dtype);
  if (y !== null) {
    const more = variables("cov", y, dtype, (a) => !rowvar && a.ndim === 2 && a.shape[0] !== 1);
    x = lax.concatenate([x, more], 0);
  }
  const freedom = ddof ?? (bias ? 0 : 1);
  if (!Number.isInteger(freedom))
    throw new ArgumentError(`cov: ddof must be an integer; got ${show(freedom)}.`);
  const n = x.shape[1];
  const f = observationWeights("fweights", values.fweights, dtype, n);
  const a = observationWeights("aweights", values.aweights, dtype, n);
  const w = f !== null && a !== null ? lax.mul(f, a) : (f ?? a);
  const [center, weight] = averageOf(x, 1, w, false);
  const total = lax.indexInDim(weight, 0, 0, false);
  let divisor: ArrayLike = n - freedom;
  if (w !== null) {
    if (freedom === 0) divisor = total;
    else if (a === null) divisor = lax.sub(total, freedom);
    else divisor = lax.sub(total, lax.div(lax.mul(freedom, sum(lax.mul(w, a))), total));
  }
  const centered = lax.sub(x, lax.broadcastInDim(center, x.shape, [0]));
  const weighted = w === null ? centered : lax.mul(centered, lax.broadcastInDim(w, x.shape, [1]));
  const products = matmul(centered, weighted, false, true);
  const out = lax.div(
    products,
    typeof divisor === "number" ? Math.max(0, divisor) : cast(asArray(divisor, "cov"), dtype),
  );
  return out.size === 1 ? lax.reshape(out, []) : out;
}

/**
 * The covariance matrix of variables given as rows (with `y`, of both sets), 0-d for a single one.
 * The sums are divided by (number of observations − ddof), ddof being 1, or 0 with `bias`.
 * @throws ShapeError for more than 2 dimensions, or weights that do not fit; DTypeError for `fweights` that are no integers;
 * ArgumentError for a `ddof` that is no integer
 * @see jax.numpy.cov
 * @example
 * np.cov(np.array([[1, 2, 3], [3, 2, 1]])).js(); // [[1, -1], [-1, 1]]
 */
export const cov = define("cov", covParams, [p.dtype], (values, m: ArrayLike) => covariance(m, values));

const corrcoefParams = [y, rowvar] as const;
/** Options of `corrcoef`. */
export type CorrcoefOptions = OptionsOf<[...typeof corrcoefParams, typeof p.dtype]>;

/**
 * The matrix of Pearson's correlation coefficients of variables given as rows; 0-d for a single one.
 * @see jax.numpy.corrcoef
 * @example
 * np.corrcoef(np.array([[1, 2, 3], [3, 2, 1]])).js(); // [[1, -1], [-1, 1]]
 */
export const corrcoef = define("corrcoef", corrcoefParams, [p.dtype], (values, x: ArrayLike): NDArray => {
  const c = covariance(x, { bias: false, ddof: null, fweights: null, aweights: null, ...values });
  if (c.ndim === 0) return lax.div(c, c);
  const deviation = lax.sqrt(diagonal(c));
  const along = (axis: number): NDArray => lax.broadcastInDim(deviation, c.shape, [axis]);
  return lax.clamp(-1, lax.div(lax.div(c, along(0)), along(1)), 1);
});
