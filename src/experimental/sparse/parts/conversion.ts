/** @file Dense arrays from coordinates, coordinates from dense arrays, and the entries of dense arrays at coordinates. */
import type { NDArray } from "../../../core/array.ts";
import { isConcrete } from "../../../core/eval.ts";
import { checkWhole } from "../../../base/checks.ts";
import { ArgumentError, TracerIntegerConversionError } from "../../../base/errors.ts";
import { prod, range } from "../../../base/util.ts";
import type { DType } from "../../../dtypes/dtype.ts";
import { shapeString } from "../../../dtypes/shape.ts";
import { jit } from "../../../api/compile/jit.ts";
import * as lax from "../../../lax/plain.ts";
import * as np from "../../../numpy/index.ts";
import { overBatch } from "./batch.ts";
import { type Coordinates, coordinates, splitShape } from "./parts.ts";
import { addAt, distinct, joinColumns, readAt, selectRows, sizesLike, sumFirst, zeros } from "./places.ts";

/** The array with all its zeros. */
export const toDense = (x: Coordinates): NDArray => compiledDense(x.data, x.indices, x.shape);

const compiledDense = /* @__PURE__ */ jit(denseOf, { staticArgnums: [2] });

function denseOf(entries: NDArray, positions: NDArray, shape: readonly number[]): NDArray {
  const nBatch = positions.ndim - 2;
  const [out] = overBatch(
    ([data, indices]) => [addAt(zeros(shape.slice(nBatch), data), indices, data)],
    nBatch,
    [entries, positions],
  );
  return np.broadcastTo(out, shape);
}

/**
 * What a dense array holds at indices [...batch, nse, sparse]: [...batch, nse, ...dense]. Where a position occurs again, that
 * place gives zero unless positions are taken to be unique: so the entries add up to what the array holds.
 */
export function extractAt(indices: NDArray, dense: NDArray, unique: boolean): NDArray {
  const nBatch = indices.ndim - 2;
  const sizes = dense.shape.slice(nBatch, nBatch + indices.shape[indices.ndim - 1]);
  const [out] = overBatch(
    ([at, x]) => {
      const entries = readAt(x, at);
      if (unique) return [entries];
      const first = at.shape[1] === 0 ? firstOf(at.shape[0]) : distinct(at, sizes).isFirst;
      return [np.where(lax.expandDims(first, range(entries.ndim - 1, 1)), entries, zeros([], entries))];
    },
    nBatch,
    [indices, dense],
  );
  return out;
}

/** The first of n places. */
const firstOf = (n: number): NDArray => lax.eq(lax.iota("int32", n), lax.full([n], 0, "int32"));

const nonzero = (dense: NDArray, nDense: number): NDArray => {
  const mask = lax.ne(dense, lax.fullLike(dense, dense.dtype === "bool" ? false : 0));
  const axes = range(nDense, dense.ndim - nDense);
  return axes.length === 0 ? mask : lax.reduceOr(mask, axes);
};

/** How many entries of each lane of a mask are true: [...batch]. */
const countTrue = (mask: NDArray, nBatch: number): NDArray =>
  lax.reduceSum(lax.convertElementType(mask, "int32"), range(mask.ndim - nBatch, nBatch));

/** The most entries of a lane that are not zero. @throws TracerIntegerConversionError where that is not known */
export function countStored(where: string, dense: NDArray, nBatch: number, nDense: number): number {
  const counts = lax.stopGradient(countTrue(nonzero(dense, nDense), nBatch));
  if (!isConcrete(counts))
    throw new TracerIntegerConversionError(
      `${where}: how many entries are stored depends on the values of a traced array ${String(dense.aval)}. Inside of transformations, say how many: { nse: … }.`,
    );
  return counts.dataSync("int32").reduce((a, b) => Math.max(a, b), 0);
}

/** @throws ArgumentError unless an array of `ndim` axes has that many batch and dense axes */
export function checkAxisCounts(where: string, ndim: number, nBatch: number, nDense: number): void {
  checkWhole(where, "nBatch", nBatch);
  checkWhole(where, "nDense", nDense);
  if (nBatch + nDense <= ndim) return;
  throw new ArgumentError(
    `${where}: nBatch + nDense = ${nBatch + nDense} exceeds the number of axes, ${ndim}.`,
  );
}

/** Flat positions in a lane of the given sparse sizes as rows of indices; those beyond the end lie outside on all axes. */
export function unravel(flat: NDArray, sizes: readonly number[], dtype: DType): NDArray {
  let rest = flat;
  const cols = [...sizes].reverse().map((size) => {
    const n = lax.fullLike(rest, Math.max(size, 1));
    const at = lax.rem(rest, n);
    rest = lax.div(rest, n);
    return lax.convertElementType(at, dtype);
  });
  const rows = joinColumns(cols.reverse(), lax.expandDims(lax.convertElementType(flat, dtype), [flat.ndim]));
  const inside = lax.lt(flat, lax.fullLike(flat, prod(sizes)));
  return selectRows(inside, rows, sizesLike(sizes, rows));
}

/** Where the nonzero entries of a dense array are, in order, padded to `nse` of them in each lane; and those entries. */
export function fromDense(
  dense: NDArray,
  nse: number,
  nBatch: number,
  nDense: number,
  indexDtype: DType,
): Coordinates {
  const nSparse = dense.ndim - nBatch - nDense;
  const [, sizes] = splitShape(dense.shape, { nBatch, nSparse });
  const mask = nonzero(dense, nDense);
  const [indices] = overBatch(
    ([flags]) => {
      const flat = lax.reshape(flags, [prod(sizes)]);
      const [at] = np.nonzero(flat, { size: nse, fillValue: prod(sizes) });
      return [unravel(lax.convertElementType(at, "int32"), sizes, indexDtype)];
    },
    nBatch,
    [mask],
  );
  const data = extractAt(indices, dense, true);
  if (nSparse > 0) return { data, indices, shape: dense.shape, indicesSorted: true, uniqueIndices: true };
  // Without sparse axes there is one position, which is stored once if at all.
  const first = np.less(
    lax.broadcastedIota("int32", [...range(nBatch).map(() => 1), nse], nBatch),
    lax.expandDims(countTrue(mask, nBatch), [nBatch]),
  );
  const kept = lax.expandDims(first, range(nDense, nBatch + 1));
  const stored = np.where(kept, data, zeros([], data));
  return { data: stored, indices, shape: dense.shape, indicesSorted: true, uniqueIndices: true };
}

/** What a dense array of the same shape holds at the positions of a sparse one. */
export const extract = (x: Coordinates, dense: NDArray, unique: boolean): Coordinates => ({
  ...x,
  data: extractAt(x.indices, dense, unique),
});

/** No entries, or `nse` that lie outside. @throws ArgumentError for numbers of axes that do not fit */
export function emptyOf(
  where: string,
  shape: readonly number[],
  dtype: DType,
  indexDtype: DType,
  options: { readonly nBatch: number; readonly nDense: number; readonly nse: number },
): Coordinates {
  const { nBatch, nDense, nse } = options;
  checkAxisCounts(where, shape.length, nBatch, nDense);
  checkWhole(where, "nse", nse);
  const nSparse = shape.length - nBatch - nDense;
  const [batch, sizes, dense] = splitShape(shape, { nBatch, nSparse });
  const data = lax.full([...batch, nse, ...dense], dtype === "bool" ? false : 0, dtype);
  const row = np.array(sizes, { dtype: indexDtype });
  const indices = lax.broadcastInDim(row, [...batch, nse, nSparse], [nBatch + 1]);
  return { ...coordinates(data, indices, shape), indicesSorted: true, uniqueIndices: true };
}

/** @throws ArgumentError unless a dense array has the shape of a sparse one */
export function checkSameShape(where: string, shape: readonly number[], dense: NDArray): void {
  if (dense.ndim === shape.length && dense.shape.every((n, i) => n === shape[i])) return;
  throw new ArgumentError(
    `${where}: the sparse array has shape ${shapeString(shape)}, the dense one ${shapeString(dense.shape)}; they must be equal.`,
  );
}

/** The sum of the entries of a lane without sparse axes, as its only entry. */
export const sumEntries = (data: NDArray): NDArray => lax.expandDims(sumFirst(data), [0]);
