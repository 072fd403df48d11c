/** @file Weighted means, covariances and correlations. Source: jax/_src/numpy/lax_numpy.py. */
import type { ArrayLike, NDArray } from "../../core/array.ts";
import { type DType, isInteger } from "../../dtypes/dtype.ts";
import { canonicalAxes, shapeString } from "../../dtypes/shape.ts";
import { ArgumentError, DTypeError, ShapeError } from "../../base/errors.ts";
import { asArray, asDType, resultType } from "../../lax/operands/convert.ts";
import * as lax from "../../lax/index.ts";
import { arraysEqual, prod } from "../../base/util.ts";
import { type Rest, resolveArgs } from "../operands/args.ts";
import { cast, inexactType } from "../operands/promote.ts";
import { type Axis, givenDType, mean, sum } from "./reductions.ts";
import { diagonal } from "../creation/triangular.ts";

/** Options of `average`. */
export interface AverageOptions {
  readonly axis?: Axis | undefined;
  readonly weights?: ArrayLike | null | undefined;
  readonly returned?: boolean | undefined;
  readonly keepdims?: boolean | undefined;
}

function averageOf(a: ArrayLike, options: AverageOptions): [average: NDArray, weight: NDArray] {
  const { axis, weights, keepdims } = options;
  if (weights === undefined || weights === null) {
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
    const fits = w.ndim === 1 && axes.length === 1 && w.size === x.shape[axes[0]];
    if (axis === undefined || axis === null || !fits)
      throw new ShapeError(
        `average: weights of shape ${shapeString(w.shape)} do not fit the array ${shapeString(x.shape)}; give weights of ` +
          `that shape, or flat ones with the axis they belong to.`,
      );
    w = lax.broadcastInDim(w, x.shape, axes);
  }
  const total = sum(w, { axis, keepdims });
  return [lax.div(sum(lax.mul(x, w), { axis, keepdims }), total), total];
}

/** Weighted mean over an axis, several, or all; with `returned` also the sum of the weights. */
export function average(a: ArrayLike, options: AverageOptions & { returned: true }): [NDArray, NDArray];
export function average(
  a: ArrayLike,
  ...rest: Rest<[axis: Axis, weights: ArrayLike | null, returned: boolean, keepdims: boolean], AverageOptions>
): NDArray;
export function average(a: ArrayLike, ...rest: readonly unknown[]): NDArray | [NDArray, NDArray] {
  const options = resolveArgs<AverageOptions>("average", rest, ["axis", "weights", "returned", "keepdims"]);
  const out = averageOf(a, options);
  return options.returned === true ? out : out[0];
}

/** Options of `cov`. */
export interface CovOptions {
  readonly y?: ArrayLike | null | undefined;
  /** Rows are variables and columns observations (the default), or the other way round. */
  readonly rowvar?: boolean | undefined;
  /** Divide by the number of observations instead of one less. */
  readonly bias?: boolean | undefined;
  readonly ddof?: number | null | undefined;
  /** How often each observation occurred. */
  readonly fweights?: ArrayLike | null | undefined;
  /** The importance of each observation. */
  readonly aweights?: ArrayLike | null | undefined;
  readonly dtype?: DType | null | undefined;
}

const present = (x: ArrayLike | null | undefined): x is ArrayLike => x !== undefined && x !== null;

function variables(name: string, x: ArrayLike, dtype: DType, flip: (a: NDArray) => boolean): NDArray {
  const a = asDType(x, dtype, false, name);
  if (a.ndim > 2)
    throw new ShapeError(`${name}: expected 1 or 2 dimensions; got shape ${shapeString(a.shape)}.`);
  const rows = a.ndim === 2 ? a : lax.reshape(a, [1, a.size]);
  return flip(a) ? lax.transpose(rows, [1, 0]) : rows;
}

function observationWeights(
  name: string,
  w: ArrayLike | null | undefined,
  dtype: DType,
  n: number,
): NDArray | null {
  if (!present(w)) return null;
  const a = asArray(w, name);
  if (name === "fweights" && !isInteger(a.dtype))
    throw new DTypeError(`cov: fweights count observations and must be integers; got ${a.dtype}.`);
  if (a.ndim !== 1 || a.size !== n)
    throw new ShapeError(
      `cov: ${name} must be ${n} numbers, one for each observation; got ${String(a.aval)}.`,
    );
  return cast(a, dtype);
}

function covariance(m: ArrayLike, options: CovOptions): NDArray {
  const { y, rowvar = true, bias = false, ddof } = options;
  const dtype = givenDType("cov", options.dtype) ?? inexactType(resultType(present(y) ? [m, y] : [m])).dtype;
  let x = variables("cov", m, dtype, (a) => !rowvar && a.ndim !== 1);
  if (x.shape[0] === 0) return lax.full([0, 0], 0, dtype);
  if (present(y)) {
    const more = variables("cov", y, dtype, (a) => !rowvar && a.ndim === 2 && a.shape[0] !== 1);
    x = lax.concatenate([x, more], 0);
  }
  const freedom = ddof ?? (bias ? 0 : 1);
  if (!Number.isInteger(freedom)) throw new ArgumentError(`cov: ddof must be an integer; got ${freedom}.`);
  const n = x.shape[1];
  const f = observationWeights("fweights", options.fweights, dtype, n);
  const a = observationWeights("aweights", options.aweights, dtype, n);
  const w = f !== null && a !== null ? lax.mul(f, a) : (f ?? a);
  const [center, weight] = averageOf(x, w === null ? { axis: 1 } : { axis: 1, weights: w });
  const total = lax.indexInDim(weight, 0, 0, false);
  let divisor: ArrayLike = n - freedom;
  if (w !== null) {
    if (freedom === 0) divisor = total;
    else if (a === null) divisor = lax.sub(total, freedom);
    else divisor = lax.sub(total, lax.div(lax.mul(freedom, sum(lax.mul(w, a))), total));
  }
  const centered = lax.sub(x, lax.broadcastInDim(center, x.shape, [0]));
  const weighted = w === null ? centered : lax.mul(centered, lax.broadcastInDim(w, x.shape, [1]));
  const products = lax.dotGeneral(centered, weighted, [
    [[1], [1]],
    [[], []],
  ]);
  const out = lax.div(products, typeof divisor === "number" ? divisor : cast(asArray(divisor, "cov"), dtype));
  return out.size === 1 ? lax.reshape(out, []) : out;
}

/**
 * Covariance matrix of variables given as rows (with `y`, of both sets), 0-d for a single one.
 * The sums are divided by (number of observations − ddof), ddof being 1, or 0 with `bias`.
 */
export function cov(
  m: ArrayLike,
  ...rest: Rest<
    [
      y: ArrayLike | null,
      rowvar: boolean,
      bias: boolean,
      ddof: number | null,
      fweights: ArrayLike | null,
      aweights: ArrayLike | null,
    ],
    CovOptions
  >
): NDArray {
  const names = ["y", "rowvar", "bias", "ddof", "fweights", "aweights"] as const;
  return covariance(m, resolveArgs<CovOptions>("cov", rest, names, ["dtype"]));
}

/** Options of `corrcoef`. */
export type CorrcoefOptions = Pick<CovOptions, "y" | "rowvar" | "dtype">;

/** Matrix of Pearson's correlation coefficients of variables given as rows. */
export function corrcoef(
  x: ArrayLike,
  ...rest: Rest<[y: ArrayLike | null, rowvar: boolean], CorrcoefOptions>
): NDArray {
  const c = covariance(x, resolveArgs<CorrcoefOptions>("corrcoef", rest, ["y", "rowvar"], ["dtype"]));
  if (c.ndim === 0) return lax.div(c, c);
  const deviation = lax.sqrt(diagonal(c));
  const along = (axis: number): NDArray => lax.broadcastInDim(deviation, c.shape, [axis]);
  return lax.clamp(-1, lax.div(lax.div(c, along(0)), along(1)), 1);
}
