/**
 * @file The reduction of symmetric and Hermitian matrices to real tridiagonal form, as LAPACK's sytrd and hetrd store it. It is
 * the Hessenberg form of a Hermitian matrix; for the upper triangle that of the matrix with rows and columns reversed.
 */
import { refuseMore } from "../../base/checks.ts";
import type { ArrayLike, NDArray } from "../../core/array.ts";
import { checkOptions } from "../../base/errors.ts";
import { asArray } from "../operands/convert.ts";
import { add, mul, sub } from "../elementwise/arithmetic.ts";
import { ge } from "../elementwise/compare.ts";
import { select } from "../elementwise/select.ts";
import { broadcastedIota } from "../shapes/creation.ts";
import { rev } from "../public/shapes.ts";
import { sliceInDim } from "../shapes/slicing.ts";
import { adjoint, conjugated, diagonalOf, realOf, requireSquare, tril } from "./algebra.ts";
import { hessenberg } from "./hessenberg.ts";

/** Options of `tridiagonal`. */
export interface TridiagonalOptions {
  /** Which triangle is read: the lower one by default. */
  readonly lower?: boolean | undefined;
}

/** Rows, columns or elements of all matrices in reverse. */
const reversed = (x: NDArray, axes: number): NDArray =>
  rev(
    x,
    Array.from({ length: axes }, (_, i) => x.ndim - 1 - i),
  );

/**
 * `[packed, d, e, taus]`: the tridiagonal form T of symmetric or Hermitian matrices [..., n, n], A = Q·T·Qᴴ, of which one
 * triangle is read. d [..., n] is the diagonal and e [..., n − 1] the diagonal beside it, both real. In that triangle `packed` has
 * T, and beyond it the reflectors of Q with their factors `taus` [..., n − 1]; the other triangle is that of the argument.
 * @throws ShapeError unless the matrices are square; DTypeError for integers; DifferentiationError for its derivative (JAX
 * defines none either)
 * @see jax.lax.linalg.tridiagonal
 * @example
 * const [, d, e] = lax.linalg.tridiagonal(np.array([[1, 3, 4], [3, 2, 0], [4, 0, 5]]));
 * [d.js(), e.js()]; // [[1, 3.9200, 3.0800], [-5, -1.4400]]
 */
export function tridiagonal(
  a: ArrayLike,
  options?: TridiagonalOptions,
  ...more: []
): [packed: NDArray, d: NDArray, e: NDArray, taus: NDArray] {
  refuseMore("tridiagonal", 2, more);
  checkOptions("tridiagonal", options, ["lower"]);
  const x = asArray(a, "tridiagonal");
  requireSquare("tridiagonal", x.aval);
  const lower = options?.lower ?? true;
  const given = lower ? x : reversed(x, 2);
  const strict = tril(given, -1);
  // The imaginary parts of the diagonal count as 0.
  const diagonal = sub(tril(given, 0), strict);
  const half = mul(add(diagonal, conjugated(diagonal)), 0.5);
  const hermitian = add(strict, add(adjoint(strict), half));
  const [packed, taus] = hessenberg(hermitian);
  const n = x.shape[x.ndim - 1];
  const d = realOf(diagonalOf(packed));
  const below = (y: NDArray): NDArray =>
    n < 2
      ? sliceInDim(diagonalOf(y), 0, 0, 1, y.ndim - 2)
      : diagonalOf(sliceInDim(sliceInDim(y, 1, n, 1, y.ndim - 2), 0, n - 1, 1, y.ndim - 1));
  const e = realOf(below(packed));
  const [row, column] = [x.ndim - 2, x.ndim - 1].map((axis) => broadcastedIota("int32", x.shape, axis));
  const kept = select(ge(row, column), packed, given);
  return lower ? [kept, d, e, taus] : [reversed(kept, 2), reversed(d, 1), reversed(e, 1), reversed(taus, 1)];
}
