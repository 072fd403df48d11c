/** @file Between compressed rows and coordinates. */
import type { NDArray } from "../../../core/array.ts";
import { jit } from "../../../api/compile/jit.ts";
import * as lax from "../../../lax/plain.ts";
import { overBatch } from "./batch.ts";
import { sortIndices } from "./order.ts";
import { type Coordinates, type Rows, coordinates, layoutOf, unsupported } from "./parts.ts";
import { addAt, column, joinColumns } from "./places.ts";

/**
 * The row of each of `nse` entries, from where rows begin: how many rows begin at it or before. Entries behind the last row
 * are given the row behind it.
 */
export function rowsFromOffsets(indptr: NDArray, nse: number): NDArray {
  if (nse === 0) return lax.full([0], 0, indptr.dtype);
  const ones = lax.full(indptr.shape, 1, indptr.dtype);
  const begins = addAt(lax.full([nse], 0, indptr.dtype), lax.expandDims(indptr, [1]), ones);
  return lax.sub(lax.cumsum(begins, 0), lax.full([nse], 1, indptr.dtype));
}

/** Where rows begin, from the row of each entry; rows outside count for nothing. */
export function offsetsFromRows(rows: NDArray, count: number, dtype: NDArray["dtype"]): NDArray {
  const ones = lax.full(rows.shape, 1, dtype);
  const counts = addAt(lax.full([count], 0, dtype), lax.expandDims(rows, [1]), ones);
  return lax.concatenate([lax.full([1], 0, dtype), lax.cumsum(counts, 0)], 0);
}

/** The coordinates [...batch, nse, 2] of entries of compressed rows. */
export const rowCoordinates = (indices: NDArray, indptr: NDArray): NDArray => compiledRows(indices, indptr);

const compiledRows = /* @__PURE__ */ jit(rowCoordinatesOf);

export function rowCoordinatesOf(indices: NDArray, indptr: NDArray): NDArray {
  const nBatch = indices.ndim - 1;
  const [out] = overBatch(
    ([cols, offsets]) => {
      const rows = rowsFromOffsets(offsets, cols.shape[0]).astype(cols.dtype);
      return [joinColumns([rows, cols], rows)];
    },
    nBatch,
    [indices, indptr],
  );
  return out;
}

export const toCoordinates = (x: Rows): Coordinates =>
  coordinates(x.data, rowCoordinates(x.indices, x.indptr), x.shape);

/** @throws ArgumentError unless there are two sparse axes */
export function toRows(where: string, given: Coordinates): Rows {
  const { nBatch, nSparse } = layoutOf(given);
  if (nSparse !== 2)
    throw unsupported(where, `compressed rows are for two sparse axes; this array has ${nSparse}.`);
  const x = given.indicesSorted ? given : sortIndices(given);
  const [indptr] = overBatch(
    ([at]) => [offsetsFromRows(column(at, 0), x.shape[nBatch], x.indices.dtype)],
    nBatch,
    [x.indices],
  );
  return {
    data: x.data,
    indices: column(x.indices, 1),
    indptr,
    shape: x.shape,
    indicesSorted: false,
    uniqueIndices: false,
  };
}
