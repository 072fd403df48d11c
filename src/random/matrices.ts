/** @file Samplers that rest on factorisations of matrices. Source: jax/_src/random.py. */
import { show } from "../base/checks.ts";
import type { ArrayLike, NDArray } from "../core/array.ts";
import { type DType, isComplex } from "../dtypes/dtype.ts";
import { shapeString } from "../dtypes/shape.ts";
import { ArgumentError, ShapeError } from "../base/errors.ts";
import { add, dotGeneral, linalg, mul, sign, sqrt } from "../lax/index.ts";
import { asRows, diagonalOf, transposed } from "../lax/linalg/algebra.ts";
import { define } from "../arguments/declare.ts";
import { given, param } from "../arguments/parameters.ts";
import { range } from "../base/util.ts";
import { type KeyLike, singleKey } from "./key.ts";
import * as p from "./params.ts";
import { complexNormalFrom, normalFrom } from "./uniform.ts";

/** How the factor F of the covariance, F·Fᵀ, is found. */
export type CovarianceMethod = "cholesky" | "eigh" | "svd";

/** Shape and dtype, which here may be null by position too. */
const batchShape = param<[shape: p.Shape | null]>()("shape", null);
const dtypeParam = param<[dtype: DType | null]>()("dtype", null);

function covarianceFactor(cov: NDArray, method: CovarianceMethod): NDArray {
  const n = cov.shape[cov.ndim - 1];
  if (method === "cholesky") return linalg.cholesky(cov);
  if (method === "eigh") {
    const [v, w] = linalg.eigh(cov);
    return mul(v, asRows(sqrt(w), n));
  }
  const [u, s] = linalg.svd(cov);
  return mul(u, asRows(sqrt(s), n));
}

/**
 * Multivariate normal vectors with mean [..., n] and covariance [..., n, n]. Differentiable in both.
 *
 * Parameters: mean, cov, shape (without the last axis; by default what the leading axes broadcast to), dtype, method =
 * "cholesky" (NaN unless positive definite), "eigh" or "svd" (semidefinite matrices too; other samples).
 * @throws ArgumentError for another method; ShapeError if the shapes of mean and covariance do not fit
 * @see jax.random.multivariate_normal
 * @example
 * random.multivariateNormal(random.key(0), np.zeros([2]), np.eye(2), [4]).shape; // [4, 2]
 */
export const multivariateNormal = define(
  "multivariateNormal",
  [
    given<[mean: ArrayLike]>()("mean"),
    given<[cov: ArrayLike]>()("cov"),
    batchShape,
    dtypeParam,
    param<[method: CovarianceMethod]>()("method", "cholesky"),
  ],
  [],
  ({ method, ...o }, key: KeyLike) => {
    const where = "multivariateNormal";
    if (!["cholesky", "eigh", "svd"].includes(method))
      throw new ArgumentError(
        `${where}: unknown method '${method as string}'; expected "cholesky", "eigh" or "svd".`,
      );
    const dtype = p.floatDtype(where, o.dtype);
    const mean = p.inDtype(where, o.mean, dtype);
    const cov = p.inDtype(where, o.cov, dtype);
    const n = mean.shape[mean.ndim - 1];
    if (mean.ndim < 1 || cov.ndim < 2 || cov.shape.slice(-2).join() !== `${n},${n}`) {
      throw new ShapeError(
        `${where}: expected a mean [..., n] and a covariance [..., n, n]; got shapes ${shapeString(mean.shape)} and ` +
          `${shapeString(cov.shape)}.`,
      );
    }
    const batch = p.drawShape(where, o.shape, mean.shape.slice(0, -1), cov.shape.slice(0, -2));
    const shape = [...batch, n];
    const z = normalFrom(singleKey(key, where), shape, dtype);
    const factor = covarianceFactor(cov, method);
    return add(p.spread(mean, shape), timesVectors(factor, z));
  },
);

/** f·z for matrices [..., n, n] and vectors [..., n] of at least as many leading axes. */
function timesVectors(f: NDArray, z: NDArray): NDArray {
  const batch = z.shape.slice(0, -1);
  if (f.ndim === 2)
    return dotGeneral(z, f, [
      [[z.ndim - 1], [1]],
      [[], []],
    ]);
  const full = p.spread(f, [...batch, ...f.shape.slice(-2)]);
  const axes = range(batch.length);
  return dotGeneral(full, z, [
    [[full.ndim - 1], [z.ndim - 1]],
    [axes, axes],
  ]);
}

/**
 * Orthogonal (of a complex dtype unitary) matrices, n × n, uniformly distributed; with `m` n × m ones with orthonormal rows or columns.
 *
 * Parameters: n, shape (of the batch), dtype, m = n.
 * @throws ArgumentError if a size is not a whole number, at least 0
 * @see jax.random.orthogonal
 * @example
 * random.orthogonal(random.key(0), 3, [2]).shape; // [2, 3, 3]
 */
export const orthogonal = define(
  "orthogonal",
  [given<[n: number]>()("n"), batchShape, dtypeParam, param<[m: number | null]>()("m", null)],
  [],
  ({ n, ...o }, key: KeyLike) => {
    const where = "orthogonal";
    const m = o.m ?? n;
    for (const size of [n, m])
      if (!Number.isInteger(size) || size < 0)
        throw new ArgumentError(`${where}: sizes must be whole numbers, at least 0; got ${show(size)}.`);
    const dtype = p.inexactDtype(where, o.dtype);
    const draw = isComplex(dtype) ? complexNormalFrom : normalFrom;
    const shape = [...p.plainShape(where, o.shape), Math.max(n, m), Math.min(n, m)];
    const [q, r] = linalg.qr(draw(singleKey(key, where), shape, dtype), { fullMatrices: false });
    const x = mul(q, asRows(sign(diagonalOf(r)), Math.max(n, m)));
    return n < m ? transposed(x) : x;
  },
);
