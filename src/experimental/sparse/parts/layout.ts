/** @file The same array with other numbers of batch and dense axes. */
import type { NDArray } from "../../../core/array.ts";
import { prod, range } from "../../../base/util.ts";
import { shapeString } from "../../../dtypes/shape.ts";
import * as lax from "../../../lax/plain.ts";
import * as np from "../../../numpy/index.ts";
import { overBatch } from "./batch.ts";
import { type Coordinates, coordinates, layoutOf, splitShape } from "./parts.ts";
import { chooseColumns, columns, isInside, joinColumns, zeros } from "./places.ts";

/** Positions in an array of the given sizes, in row-major order, as columns of an index type. */
const grid = (sizes: readonly number[], dtype: NDArray["dtype"]): NDArray[] =>
  sizes.map((_, k) => lax.reshape(lax.broadcastedIota(dtype, sizes, k), [prod(sizes)]));

/** The first `n` dense axes become sparse: each entry becomes as many as a block of it has elements. */
function lessDense(x: Coordinates, n: number): Coordinates {
  const { nBatch, nse } = layoutOf(x);
  const block = x.data.shape.slice(nBatch + 1, nBatch + 1 + n);
  const size = prod(block);
  const rest = x.data.shape.slice(nBatch + 1 + n);
  const data = lax.reshape(x.data, [...x.data.shape.slice(0, nBatch), nse * size, ...rest]);
  const [indices] = overBatch(
    ([at]) => {
      const k = at.shape[1];
      const rows = lax.reshape(lax.broadcastInDim(at, [nse, size, k], [0, 2]), [nse * size, k]);
      const within = grid(block, at.dtype).map((c) =>
        lax.reshape(lax.broadcastInDim(c, [nse, size], [1]), [nse * size]),
      );
      return [joinColumns([...columns(rows), ...within], rows)];
    },
    nBatch,
    [x.indices],
  );
  return coordinates(data, indices, x.shape);
}

/** The last `n` batch axes become sparse: the entries of their lanes become those of one. */
export function lessBatch(x: Coordinates, n: number): Coordinates {
  const { nBatch, nse } = layoutOf(x);
  const kept = nBatch - n;
  const lanes = x.shape.slice(kept, nBatch);
  const whole = (a: NDArray): NDArray =>
    lax.broadcastInDim(a, [...a.shape.slice(0, kept), ...lanes, ...a.shape.slice(nBatch)], range(a.ndim));
  const count = prod(lanes) * nse;
  const data = whole(x.data);
  const indices = whole(x.indices);
  const flat = (a: NDArray): NDArray =>
    lax.reshape(a, [...a.shape.slice(0, kept), count, ...a.shape.slice(nBatch + 1)]);
  const [joined] = overBatch(
    ([at]) => {
      const lane = grid([...lanes, nse], at.dtype).slice(0, -1);
      return [joinColumns([...lane, ...columns(at)], at)];
    },
    kept,
    [flat(indices)],
  );
  return coordinates(flat(data), joined, x.shape);
}

/** The last `n` sparse axes become dense: each entry becomes a block that is zero elsewhere. */
function moreDense(x: Coordinates, n: number): Coordinates {
  const { nBatch, nSparse, nDense } = layoutOf(x);
  const block = x.shape.slice(x.shape.length - nDense - n);
  const within = range(n, nSparse - n);
  const [data] = overBatch(
    ([d, at]) => {
      const k = n;
      const entries = lax.scatterAdd(
        zeros([d.shape[0], ...block], d),
        joinColumns([lax.iota(at.dtype, d.shape[0]), ...columns(chooseColumns(at, within))], at),
        d,
        {
          updateWindowDims: range(nDense, 1),
          insertedWindowDims: range(k + 1),
          scatterDimsToOperandDims: range(k + 1),
        },
      );
      return [entries];
    },
    nBatch,
    [x.data, x.indices],
  );
  return coordinates(data, chooseColumns(x.indices, range(nSparse - n)), x.shape);
}

/** The first `n` sparse axes become batch axes: each lane gets all entries, zeros in place of those of others. */
function moreBatch(x: Coordinates, n: number): Coordinates {
  const { nBatch, nSparse, nse } = layoutOf(x);
  const lanes = x.shape.slice(nBatch, nBatch + n);
  const [data, indices] = overBatch(
    ([d, at]) => {
      const cols = columns(at);
      const entry = lax.iota(at.dtype, nse);
      const entries = lax.scatterAdd(
        zeros([...lanes, nse, ...d.shape.slice(1)], d),
        joinColumns([...cols.slice(0, n), entry], at),
        d,
        {
          updateWindowDims: range(d.ndim - 1, 1),
          insertedWindowDims: range(n + 1),
          scatterDimsToOperandDims: range(n + 1),
        },
      );
      const rest = joinColumns(cols.slice(n), at);
      return [entries, lax.broadcastInDim(rest, [...lanes, nse, nSparse - n], [n, n + 1])];
    },
    nBatch,
    [x.data, x.indices],
  );
  return coordinates(data, indices, x.shape);
}

/** The same array with the given numbers of batch and dense axes. */
export function withLayout(x: Coordinates, nBatch: number, nDense: number): Coordinates {
  let out = x;
  const now = layoutOf(x);
  if (now.nBatch === nBatch && now.nDense === nDense) return x;
  if (nDense < now.nDense) out = lessDense(out, now.nDense - nDense);
  if (nBatch < now.nBatch) out = lessBatch(out, now.nBatch - nBatch);
  if (nDense > now.nDense) out = moreDense(out, nDense - now.nDense);
  if (nBatch > now.nBatch) out = moreBatch(out, nBatch - now.nBatch);
  return coordinates(out.data, out.indices, x.shape);
}

/** Why a layout would store many zeros, or null. */
export function inefficiency(x: Coordinates, nBatch: number, nDense: number): string | null {
  const now = layoutOf(x);
  const { shape } = x;
  const grows = (sizes: readonly number[]): boolean => sizes.some((d) => d > 1);
  const tell = (what: string, from: number, to: number): string =>
    `an array of shape ${shapeString(shape)} with ${what} = ${to} in place of ${from} stores many zeros.`;
  if (nDense > now.nDense && grows(shape.slice(shape.length - nDense, shape.length - now.nDense)))
    return tell("nDense", now.nDense, nDense);
  if (nBatch > now.nBatch && grows(shape.slice(now.nBatch, nBatch)))
    return tell("nBatch", now.nBatch, nBatch);
  return null;
}

/** Data with zeros in place of entries that lie outside. */
export function maskOutside(x: Coordinates): NDArray {
  const { nSparse } = layoutOf(x);
  if (nSparse === 0) return x.data;
  const [, sizes] = splitShape(x.shape, layoutOf(x));
  const inside = isInside(x.indices, sizes);
  const flags = lax.expandDims(inside, range(x.data.ndim - inside.ndim, inside.ndim));
  return selectEntries(flags, x.data);
}

/** Data where flags, which broadcast against it, are true; zeros elsewhere. */
export const selectEntries = (flags: NDArray, data: NDArray): NDArray =>
  np.where(flags, data, zeros([], data));
