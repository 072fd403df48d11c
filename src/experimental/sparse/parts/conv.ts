/** @file Convolutions of sparse vectors, as [1, 1, n] arrays: each entry of the one moves each of the other. */
import type { NDArray } from "../../../core/array.ts";
import { range } from "../../../base/util.ts";
import * as lax from "../../../lax/plain.ts";
import * as np from "../../../numpy/index.ts";
import { maskOutside, withLayout } from "./layout.ts";
import { type Coordinates, coordinates } from "./parts.ts";
import { zeros } from "./places.ts";

/** The entries of a vector: data and positions, both [nse]. */
interface Entries {
  readonly data: NDArray;
  readonly at: NDArray;
}

/** The entries of a [1, 1, n] array, sparse or dense. */
export function entriesOf(x: Coordinates | NDArray, dtype: NDArray["dtype"]): Entries {
  if (!("indices" in x)) {
    const data = lax.squeeze(x, [0, 1]);
    return { data, at: lax.iota(dtype, data.shape[0]) };
  }
  const lane = withLayout(x, 2, 0);
  return { data: lax.squeeze(maskOutside(lane), [0, 1]), at: lax.squeeze(lane.indices, [0, 1, 3]) };
}

/** The convolution of vectors of `n` and `m` elements with padding at both ends. Positions before the first are given as 0, with zero. */
export function convolve(
  x: Entries,
  y: Entries,
  n: number,
  m: number,
  [before, after]: readonly [number, number],
): Coordinates {
  const [p, q] = [x.data.shape[0], y.data.shape[0]];
  const left = (a: NDArray): NDArray => lax.broadcastInDim(a, [p, q], [0]);
  const right = (a: NDArray): NDArray => lax.broadcastInDim(a, [p, q], [1]);
  const products = lax.reshape(lax.mul(left(x.data), right(y.data)), [p * q]);
  const offset = lax.sub(lax.fullLike(y.at, before), y.at);
  const at = lax.reshape(lax.add(left(x.at), right(offset).astype(x.at.dtype)), [p * q]);
  const isBefore = lax.lt(at, lax.fullLike(at, 0));
  const data = np.where(isBefore, zeros([], products), products);
  const indices = np.where(isBefore, lax.full([], 0, at.dtype), at);
  const size = Math.max(0, n + before + after - m + 1);
  return coordinates(lax.expandDims(data, range(2)), lax.expandDims(indices, [0, 1, 3]), [1, 1, size]);
}
