/** @file The reduction of square matrices to Hessenberg form as a primitive. The methods are in orthogonal/hessenberg.ts and blocked/hessenberg.ts. */
import { refuseMore } from "../../base/checks.ts";
import type { ArrayLike, NDArray } from "../../core/array.ts";
import { shaped } from "../../core/aval.ts";
import type { NoParams, Primitive } from "../../core/primitive.ts";
import { bind } from "../../core/trace.ts";
import type { Block } from "../../loops/ir/build.ts";
import { asArray } from "../operands/convert.ts";
import { none } from "../families/elementwise.ts";
import { type Input, type Output, batchOf } from "./elements/arrays.ts";
import { newHessenbergForm } from "./eigen/hessenberg-form.ts";
import { checkSquares, factorisation, noDerivative } from "./families/factorisation.ts";

function emitHessenberg<E>(b: Block, [x]: readonly Input<E>[], [packed, taus]: readonly Output<E>[]): void {
  const f = x.field;
  const n = x.shape[x.shape.length - 1];
  const form = newHessenbergForm(f, b, n, false);
  b.nest(batchOf(x.shape), (y, batch) => {
    x.copyTo(y, batch, form.h);
    form.reduce(y);
    const to = taus.vector(batch);
    if (n > 1) y.for(0, n - 1, (z, k) => to.put(z, k, form.taus.at(k)));
    packed.copyFrom(y, batch, form.h);
  });
}

export const hessenbergP: Primitive<NoParams> = factorisation<NoParams>({
  name: "hessenberg",
  check: checkSquares("hessenberg"),
  results: ([x]) => [x.strong, shaped([...batchOf(x.shape), Math.max(0, x.shape[x.ndim - 1] - 1)], x.dtype)],
  real: emitHessenberg,
  complex: emitHessenberg,
  jvp: noDerivative("hessenberg: has no derivative (JAX defines none either)."),
});

/**
 * `[packed, taus]`: the Hessenberg form H of square matrices [..., n, n] on and above the first subdiagonal, and the reflectors
 * of Q (A = Q·H·Qᴴ) below it, with their factors [..., n − 1].
 * @throws ShapeError unless the matrices are square; DTypeError for integers; DifferentiationError for its derivative (JAX
 * defines none either)
 * @see jax.lax.linalg.hessenberg
 * @example
 * const [packed] = lax.linalg.hessenberg(np.array([[1, 2, 3], [3, 5, 6], [4, 8, 9]]));
 * np.triu(packed, -1).js(); // [[1, -3.6000, 0.2000], [-5, 14.2800, 1.0400], [0, -0.9600, -0.2800]]
 */
export function hessenberg(a: ArrayLike, ...more: []): [packed: NDArray, taus: NDArray] {
  refuseMore("hessenberg", 1, more);
  return bind(hessenbergP, [asArray(a, "hessenberg")], none) as [NDArray, NDArray];
}
