/**
 * @file The tangent of a product: the sum over elements of the tangent times the product of all others, computed without
 * dividing, so that zeros are no exception.
 *
 * The elements are multiplied pairwise in a balanced tree, tangents alongside: (p, t)·(q, s) = (p·q, t·q + p·s). That is
 * O(n) work, and differentiates again.
 */
import type { NDArray } from "../../core/array.ts";
import { otherAxes } from "../../dtypes/shape.ts";
import { prod } from "../../base/util.ts";
import { add, mul } from "../elementwise/arithmetic.ts";
import { fullLike } from "../shapes/creation.ts";
import { reshape, transpose } from "../shapes/movement.ts";
import { concatenate, sliceInDim } from "../shapes/slicing.ts";

export function prodJvp(x: NDArray, t: NDArray, axes: readonly number[]): NDArray {
  const kept = otherAxes(x.ndim, axes);
  const order = [...axes, ...kept];
  const keptShape = kept.map((a) => x.shape[a]);
  const flat = (a: NDArray): NDArray =>
    reshape(transpose(a, order), [prod(axes.map((k) => x.shape[k])), ...keptShape]);
  let p = flat(x);
  let s = flat(t);
  if (p.shape[0] === 0) return fullLike(t, 0, null, keptShape);
  while (p.shape[0] > 1) {
    const n = p.shape[0];
    const half = Math.floor(n / 2);
    const [pa, sa] = [sliceInDim(p, 0, half, 1, 0), sliceInDim(s, 0, half, 1, 0)];
    const [pb, sb] = [sliceInDim(p, half, 2 * half, 1, 0), sliceInDim(s, half, 2 * half, 1, 0)];
    const products = mul(pa, pb);
    const tangents = add(mul(sa, pb), mul(pa, sb));
    const odd = n % 2 === 1;
    p = odd ? concatenate([products, sliceInDim(p, n - 1, n, 1, 0)], 0) : products;
    s = odd ? concatenate([tangents, sliceInDim(s, n - 1, n, 1, 0)], 0) : tangents;
  }
  return reshape(s, keptShape);
}
