/** @file Samplers that rest on factorisations of matrices. Source: jax/_src/random.py. */
import type { ArrayLike, NDArray } from "../core/array.ts";
import { shapeString } from "../dtypes/shape.ts";
import { ArgumentError, ShapeError } from "../base/errors.ts";
import { add, dotGeneral, linalg, mul, sign, sqrt } from "../lax/index.ts";
import { asRows, diagonalOf, transposed } from "../lax/linalg/algebra.ts";
import { type Rest, resolveArgs } from "../numpy/operands/args.ts";
import { range } from "../base/util.ts";
import { type KeyLike, singleKey } from "./key.ts";
import {
  type DrawOptions,
  type Named,
  type Shape,
  drawShape,
  floatDtype,
  inDtype,
  plainShape,
  required,
  spread,
} from "./params.ts";
import { normalFrom } from "./uniform.ts";

/** How the factor F of the covariance, F·Fᵀ, is found. */
export type CovarianceMethod = "cholesky" | "eigh" | "svd";
type NormalOptions = Named<"mean" | "cov"> & { readonly method?: CovarianceMethod | undefined };

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
 * Draws multivariate normal vectors with mean [..., n] and covariance [..., n, n], along a last axis of size n. They
 * are differentiable in both.
 * @param rest mean, cov, shape (without the last axis; by default what the leading axes broadcast to), dtype, method:
 * "cholesky" (the default; NaN unless positive definite), "eigh" or "svd" (semidefinite matrices too; other samples)
 * @throws ShapeError if mean, covariance and shape do not fit; ArgumentError for another method
 * @see jax.random.multivariate_normal
 * @example
 * random.multivariateNormal(random.key(0), np.zeros([2]), np.eye(2), [3]).shape; // [3, 2]
 */
export function multivariateNormal(
  key: KeyLike,
  ...rest: Rest<
    [
      mean: ArrayLike,
      cov: ArrayLike,
      shape: Shape | null,
      dtype: DrawOptions["dtype"],
      method: CovarianceMethod,
    ],
    NormalOptions
  >
): NDArray {
  const where = "multivariateNormal";
  const o = resolveArgs<NormalOptions>(where, rest, ["mean", "cov", "shape", "dtype", "method"]);
  const { method = "cholesky" } = o;
  if (!["cholesky", "eigh", "svd"].includes(method))
    throw new ArgumentError(
      `${where}: unknown method '${method as string}'; expected "cholesky", "eigh" or "svd".`,
    );
  const dtype = floatDtype(where, o.dtype);
  const mean = inDtype(where, required<ArrayLike>(where, "mean", o.mean), dtype);
  const cov = inDtype(where, required<ArrayLike>(where, "cov", o.cov), dtype);
  const n = mean.shape[mean.ndim - 1];
  if (mean.ndim < 1 || cov.ndim < 2 || cov.shape.slice(-2).join() !== `${n},${n}`) {
    throw new ShapeError(
      `${where}: expected a mean [..., n] and a covariance [..., n, n]; got shapes ${shapeString(mean.shape)} and ` +
        `${shapeString(cov.shape)}.`,
    );
  }
  const batch = drawShape(where, o.shape, mean.shape.slice(0, -1), cov.shape.slice(0, -2));
  const shape = [...batch, n];
  const z = normalFrom(singleKey(key, where), shape, dtype);
  const factor = covarianceFactor(cov, method);
  return add(spread(mean, shape), timesVectors(factor, z));
}

/** f·z for matrices [..., n, n] and vectors [..., n] of at least as many leading axes. */
function timesVectors(f: NDArray, z: NDArray): NDArray {
  const batch = z.shape.slice(0, -1);
  if (f.ndim === 2)
    return dotGeneral(z, f, [
      [[z.ndim - 1], [1]],
      [[], []],
    ]);
  const full = spread(f, [...batch, ...f.shape.slice(-2)]);
  const axes = range(batch.length);
  return dotGeneral(full, z, [
    [[full.ndim - 1], [z.ndim - 1]],
    [axes, axes],
  ]);
}

type OrthogonalOptions = DrawOptions & {
  readonly n?: number | undefined;
  readonly m?: number | null | undefined;
};

/**
 * Draws orthogonal matrices, n × n, uniformly distributed; with `m` n × m ones with orthonormal rows or columns,
 * whichever are fewer.
 * @param rest n, shape (of the batch, default []), dtype (the default float), m (default n)
 * @throws ArgumentError if a size is no whole number, at least 0; DTypeError if the dtype is not floating-point
 * @see jax.random.orthogonal
 * @example
 * const q = random.orthogonal(random.key(0), 2);
 * np.allclose(np.matmul(q, q.T), np.eye(2)); // true
 */
export function orthogonal(
  key: KeyLike,
  ...rest: Rest<
    [n: number, shape: Shape | null, dtype: DrawOptions["dtype"], m: number | null],
    OrthogonalOptions
  >
): NDArray {
  const where = "orthogonal";
  const o = resolveArgs<OrthogonalOptions>(where, rest, ["n", "shape", "dtype", "m"]);
  const n = required<number>(where, "n", o.n);
  const m = o.m ?? n;
  for (const size of [n, m])
    if (!Number.isInteger(size) || size < 0)
      throw new ArgumentError(`${where}: sizes must be whole numbers, at least 0; got ${size}.`);
  const dtype = floatDtype(where, o.dtype);
  const shape = [...plainShape(where, o.shape), Math.max(n, m), Math.min(n, m)];
  const [q, r] = linalg.qr(normalFrom(singleKey(key, where), shape, dtype), { fullMatrices: false });
  const x = mul(q, asRows(sign(diagonalOf(r)), Math.max(n, m)));
  return n < m ? transposed(x) : x;
}
