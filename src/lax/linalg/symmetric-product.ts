/** @file `symmetricProduct`: α·A·Aᵀ + β·C. */
import { refuseMore } from "../../base/checks.ts";
import type { ArrayLike, NDArray } from "../../core/array.ts";
import { checkOptions } from "../../base/errors.ts";
import { add, mul } from "../elementwise/arithmetic.ts";
import { promoteStrict } from "../operands/strict.ts";
import { matmul, requireMatrices, requireSquare, transposed, tril } from "./algebra.ts";

/** Options of `symmetricProduct`. */
export interface SymmetricProductOptions {
  readonly alpha?: number | undefined;
  readonly beta?: number | undefined;
  /** Make the result symmetric: its lower triangle, mirrored. Both triangles are computed in any case. */
  readonly symmetrizeOutput?: boolean | undefined;
}

/**
 * α·A·Aᵀ + β·C for matrices A [..., n, k] and symmetric matrices C [..., n, n] of one dtype: α = 1 and β = 0 unless given.
 * @throws ShapeError, DTypeError where the operands do not fit
 * @see jax.lax.linalg.symmetric_product
 * @example
 * lax.linalg.symmetricProduct(np.array([[1, 2], [3, 4]]), np.eye(2), { beta: 1 }).js(); // [[6, 11], [11, 26]]
 */
export function symmetricProduct(
  aMatrix: ArrayLike,
  cMatrix: ArrayLike,
  options?: SymmetricProductOptions,
  ...more: []
): NDArray {
  refuseMore("symmetricProduct", 3, more);
  checkOptions("symmetricProduct", options, ["alpha", "beta", "symmetrizeOutput"]);
  const [a, c] = promoteStrict("symmetricProduct", aMatrix, cMatrix) as [NDArray, NDArray];
  requireMatrices("symmetricProduct", a.aval);
  requireSquare("symmetricProduct", c.aval);
  const { alpha = 1, beta = 0, symmetrizeOutput = false } = options ?? {};
  const product = mul(matmul(a, a, false, true), alpha);
  const out = beta === 0 ? product : add(product, mul(c, beta));
  return symmetrizeOutput ? add(tril(out), transposed(tril(out, -1))) : out;
}
