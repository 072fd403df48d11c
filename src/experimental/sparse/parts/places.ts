/**
 * @file Positions of one lane, [nse, axes]: reading and adding at them, which of them lie outside, which occur twice. Nothing is
 * read or written outside: such positions give zeros.
 */
import type { NDArray } from "../../../core/array.ts";
import { prod, range } from "../../../base/util.ts";
import * as lax from "../../../lax/plain.ts";
import * as np from "../../../numpy/index.ts";

/** Column `k` of positions, [...batch, nse]. */
export const column = (indices: NDArray, k: number): NDArray =>
  lax.squeeze(lax.sliceInDim(indices, k, k + 1, 1, indices.ndim - 1), [indices.ndim - 1]);

export const columns = (indices: NDArray): NDArray[] =>
  range(indices.shape[indices.ndim - 1]).map((k) => column(indices, k));

/** The columns at the given places. */
export const chooseColumns = (indices: NDArray, at: readonly number[]): NDArray => {
  const width = indices.shape[indices.ndim - 1];
  if (at.length === width && at.every((k, i) => k === i)) return indices;
  return joinColumns(
    at.map((k) => column(indices, k)),
    indices,
  );
};

/** Positions from their columns; none are like `indices` otherwise. */
export function joinColumns(parts: readonly NDArray[], indices: NDArray): NDArray {
  if (parts.length === 0) return lax.full([...indices.shape.slice(0, -1), 0], 0, indices.dtype);
  return lax.concatenate(
    parts.map((x) => lax.expandDims(x, [x.ndim])),
    parts[0].ndim,
  );
}

/** Sizes as a row of positions, which lies outside along every axis. */
export const sizesLike = (sizes: readonly number[], indices: NDArray): NDArray =>
  np.array([...sizes], { dtype: indices.dtype });

/** Which positions lie inside: [..., nse]. */
export function isInside(indices: NDArray, sizes: readonly number[]): NDArray {
  const flags = columns(indices).map((x, k) => {
    const zero = lax.fullLike(x, 0);
    return lax.bitwiseAnd(lax.ge(x, zero), lax.lt(x, lax.fullLike(x, sizes[k])));
  });
  const all = lax.full(indices.shape.slice(0, -1), true, "bool");
  return flags.reduce((a, b) => lax.bitwiseAnd(a, b), all);
}

/** `rows` where the flag of a row is true, else `others`, which may be one row for all. */
export const selectRows = (flags: NDArray, rows: NDArray, others: NDArray): NDArray =>
  np.where(lax.expandDims(flags, [flags.ndim]), rows, others);

/** What `x` holds at positions along its first axes: [nse, ...others]; zeros outside, unless told otherwise. */
export function readAt(x: NDArray, indices: NDArray, outside = 0): NDArray {
  const k = indices.shape[1];
  const rest = x.shape.slice(k);
  const nse = indices.shape[0];
  if (k === 0) return lax.broadcastInDim(x, [nse, ...rest], range(rest.length, 1));
  if (prod(x.shape.slice(0, k)) === 0) return lax.full([nse, ...rest], outside, x.dtype);
  const numbers = {
    offsetDims: range(rest.length, 1),
    collapsedSliceDims: range(k),
    startIndexMap: range(k),
  };
  const sizes = [...range(k).map(() => 1), ...rest];
  return lax.gather(x, indices, numbers, sizes, { mode: "fill", fillValue: outside });
}

/** The sum of `x` and of entries at positions along its first axes. */
export function addAt(x: NDArray, indices: NDArray, entries: NDArray): NDArray {
  const k = indices.shape[1];
  if (k === 0) return lax.add(x, sumFirst(entries));
  if (x.size === 0) return x;
  return lax.scatterAdd(x, indices, entries, {
    updateWindowDims: range(x.ndim - k, 1),
    insertedWindowDims: range(k),
    scatterDimsToOperandDims: range(k),
  });
}

/** The sum along the first axis, of the same dtype; of booleans, whether any is true. */
export const sumFirst = (x: NDArray): NDArray =>
  x.dtype === "bool" ? lax.reduceOr(x, [0]) : lax.reduceSum(x, [0]);

/** Zeros with a shape, of the dtype of an array. */
export const zeros = (shape: readonly number[], like: NDArray): NDArray =>
  lax.full(shape, like.dtype === "bool" ? false : 0, like.dtype);

/** Positions in lexicographic order, stably, and where each was. */
export function sortPositions(indices: NDArray): [sorted: NDArray, order: NDArray] {
  const cols = columns(indices);
  const order = lax.iota("int32", indices.shape[0]);
  if (cols.length === 0) return [indices, order];
  const outs = lax.sort([...cols, order], { dimension: 0, numKeys: cols.length });
  return [joinColumns(outs.slice(0, -1), indices), outs[outs.length - 1]];
}

/** Positions without repetition. */
export interface Distinct {
  /** The distinct positions in order, then rows that lie outside: as many as there were. */
  readonly indices: NDArray;
  /** For each position, the row of `indices` that equals it. */
  readonly rowOf: NDArray;
  /** For each position, whether it is the first of those that equal it. */
  readonly isFirst: NDArray;
  /** How many distinct positions lie inside. */
  readonly count: NDArray;
}

/** The distinct positions of one lane; those outside are one position, the last. */
export function distinct(indices: NDArray, sizes: readonly number[]): Distinct {
  const [nse] = indices.shape;
  const outside = sizesLike(sizes, indices);
  const inside = isInside(indices, sizes);
  if (nse === 0) {
    const none = lax.full([0], 0, "int32");
    return { indices, rowOf: none, isFirst: lax.full([0], false, "bool"), count: lax.full([], 0, "int32") };
  }
  const [sorted, order] = sortPositions(selectRows(inside, indices, outside));
  const differs = columns(sorted)
    .map((x) => lax.ne(lax.sliceInDim(x, 1, nse, 1, 0), lax.sliceInDim(x, 0, nse - 1, 1, 0)))
    .reduce((a, b) => lax.bitwiseOr(a, b), lax.full([nse - 1], false, "bool"));
  const isNew = lax.concatenate([lax.full([1], true, "bool"), differs], 0);
  const group = lax.sub(lax.cumsum(lax.convertElementType(isNew, "int32"), 0), 1);
  const at = { updateWindowDims: [], insertedWindowDims: [0], scatterDimsToOperandDims: [0] };
  const orderRows = lax.expandDims(order, [1]);
  const rowOf = lax.scatter(lax.full([nse], 0, "int32"), orderRows, group, at);
  const isFirst = lax.scatter(lax.full([nse], false, "bool"), orderRows, isNew, at);
  const rows = lax.scatter(
    lax.broadcastInDim(outside, [nse, sizes.length], [1]),
    lax.expandDims(group, [1]),
    sorted,
    { updateWindowDims: [1], insertedWindowDims: [0], scatterDimsToOperandDims: [0] },
  );
  const groups = lax.add(lax.reduceMax(group, [0]), 1);
  const anyOutside = lax.reduceOr(lax.bitwiseNot(inside), [0]);
  const count = lax.sub(groups, lax.convertElementType(anyOutside, "int32"));
  return { indices: rows, rowOf, isFirst, count };
}
