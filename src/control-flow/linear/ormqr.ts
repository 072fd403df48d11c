/** @file `ormqr`: products with the orthogonal factor of a QR factorisation, reflector by reflector. */
import { refuseMore } from "../../base/checks.ts";
import type { ArrayLike, NDArray } from "../../core/array.ts";
import { ShapeError, checkOptions } from "../../base/errors.ts";
import { shapeString } from "../../dtypes/shape.ts";
import * as lax from "../../lax/index.ts";
import { conjugated, eyeOf, tril } from "../../lax/linalg/algebra.ts";
import { promoteStrict } from "../../lax/operands/strict.ts";
import { foriLoop } from "../loops/api.ts";

/** Options of `ormqr`. */
export interface OrmqrOptions {
  /** True (the default): Q·C; false: C·Q. */
  readonly left?: boolean | undefined;
  /** Qᴴ instead of Q. */
  readonly transpose?: boolean | undefined;
}

/** The last axis repeated behind or before the one before it. */
const outer = (x: NDArray, y: NDArray): NDArray => {
  const n = x.ndim;
  const [left, right] = [lax.expandDims(x, [n]), lax.expandDims(y, [n - 1])];
  const shape = [...x.shape, y.shape[n - 1]];
  const all = shape.map((_, i) => i);
  return lax.mul(lax.broadcastInDim(left, shape, all), lax.broadcastInDim(right, shape, all));
};

/**
 * Q·C, Qᴴ·C (`transpose`), C·Q or C·Qᴴ (`left: false`), where Q [..., m, m] is the product of the reflectors that a QR
 * factorisation left below the diagonal of `a` [..., m, n], with factors `taus` [..., k]. Q is not formed. Differentiable with
 * respect to all three.
 * @throws ShapeError where the operands do not fit
 * @see jax.lax.linalg.ormqr
 * @example
 * const [h, taus] = np.linalg.qr(np.array([[3, 1], [4, 2]]), "raw");
 * lax.linalg.ormqr(h.T, taus, np.array([[1], [0]])).js(); // [[-0.6000], [-0.8000]]
 */
export function ormqr(
  a: ArrayLike,
  taus: ArrayLike,
  c: ArrayLike,
  options?: OrmqrOptions,
  ...more: []
): NDArray {
  refuseMore("ormqr", 4, more);
  checkOptions("ormqr", options, ["left", "transpose"]);
  const { left = true, transpose = false } = options ?? {};
  const [x, factors, target] = promoteStrict("ormqr", a, taus, c) as [NDArray, NDArray, NDArray];
  const n = x.ndim;
  const [m, cols] = x.shape.slice(-2);
  const batch = x.shape.slice(0, -2);
  const count = factors.shape[factors.ndim - 1];
  const fits =
    n >= 2 &&
    target.ndim === n &&
    target.shape[left ? n - 2 : n - 1] === m &&
    count <= Math.min(m, cols) &&
    target.shape.slice(0, -2).join() === batch.join() &&
    factors.shape.slice(0, -1).join() === batch.join();
  if (!fits)
    throw new ShapeError(
      `ormqr: expected reflectors [..., m, n], factors [..., k] with k ≤ m, n, and a matrix of m ${left ? "rows" : "columns"}; ` +
        `got shapes ${[x, factors, target].map((y) => shapeString(y.shape)).join(", ")}.`,
    );
  if (count === 0) return target;
  const vectors = lax.add(tril(x, -1), eyeOf(x.shape, x.dtype));
  const step = (i: NDArray, out: NDArray): NDArray => {
    // Q = H₀·H₁ … : the last reflector comes first where Q stands left of C.
    const k = left !== transpose ? lax.sub(count - 1, i) : i;
    const v = lax.dynamicIndexInDim(vectors, k, n - 1, false);
    const plain = lax.dynamicIndexInDim(factors, k, n - 2, false);
    const tau = lax.expandDims(transpose ? conjugated(plain) : plain, [n - 2]);
    const scaled = lax.mul(
      v,
      lax.broadcastInDim(
        tau,
        v.shape,
        v.shape.map((_, j) => j),
      ),
    );
    const spread = (w: NDArray, axis: number): NDArray =>
      lax.broadcastInDim(
        w,
        out.shape,
        out.shape.map((_, j) => j).filter((j) => j !== axis),
      );
    if (left) {
      const dot = lax.reduceSum(lax.mul(spread(conjugated(v), n - 1), out), [n - 2]);
      return lax.sub(out, outer(scaled, dot));
    }
    const dot = lax.reduceSum(lax.mul(out, spread(scaled, n - 2)), [n - 1]);
    return lax.sub(out, outer(dot, conjugated(v)));
  };
  return foriLoop(0, count, step, target);
}
