/**
 * @file What batched sparse arrays are made of, and what must be true of it.
 *
 * The axes of an array are its batch axes, then the sparse ones, then the dense ones. `data` is [...batch, nse, ...dense];
 * the entry at place e of a lane has its position along the sparse axes in row e of `indices`, [...batch, nse, sparse].
 * Either may have size 1 along a batch axis: all lanes share it. Entries of one position add up; entries at positions
 * outside the array are padding and count for nothing, wherever the array is used.
 */
import type { NDArray } from "../../../core/array.ts";
import { ArgumentError, DTypeError, ShapeError } from "../../../base/errors.ts";
import { arraysEqual, prod } from "../../../base/util.ts";
import { isInteger } from "../../../dtypes/dtype.ts";
import { shapeString } from "../../../dtypes/shape.ts";

/** What is known of an array beside its data and its indices. */
export interface SparseInfo {
  readonly shape: readonly number[];
  /** A promise that the positions of each lane are in lexicographic order. */
  readonly indicesSorted: boolean;
  /** A promise that no position occurs twice in a lane. */
  readonly uniqueIndices: boolean;
}

/** The parts of a batched array in coordinate form. */
export interface Coordinates extends SparseInfo {
  readonly data: NDArray;
  readonly indices: NDArray;
}

/** The parts of a batched array of compressed rows: row i of a lane has the entries from `indptr[i]` to `indptr[i + 1]`. */
export interface Rows extends SparseInfo {
  readonly data: NDArray;
  readonly indices: NDArray;
  readonly indptr: NDArray;
}

/** How many axes of each kind there are, and entries in each lane. */
export interface Layout {
  readonly nBatch: number;
  readonly nSparse: number;
  readonly nDense: number;
  readonly nse: number;
}

export const layoutOf = (x: Pick<Coordinates, "data" | "indices">): Layout => {
  const nBatch = x.indices.ndim - 2;
  const [nse, nSparse] = x.indices.shape.slice(-2);
  return { nBatch, nSparse, nDense: x.data.ndim - 1 - nBatch, nse };
};

/** The sizes of the batch, the sparse and the dense axes. */
export function splitShape(
  shape: readonly number[],
  { nBatch, nSparse }: Pick<Layout, "nBatch" | "nSparse">,
): [batch: number[], sparse: number[], dense: number[]] {
  return [shape.slice(0, nBatch), shape.slice(nBatch, nBatch + nSparse), shape.slice(nBatch + nSparse)];
}

/** The sizes of the sparse axes. */
export const sparseShape = (x: Coordinates): number[] => splitShape(x.shape, layoutOf(x))[1];

/** Parts of which nothing is promised. */
export const coordinates = (data: NDArray, indices: NDArray, shape: readonly number[]): Coordinates => ({
  data,
  indices,
  shape,
  indicesSorted: false,
  uniqueIndices: false,
});

const fits = (part: readonly number[], whole: readonly number[]): boolean =>
  part.length === whole.length && part.every((n, i) => n === 1 || n === whole[i]);

function checkIndexType(where: string, what: string, x: NDArray): void {
  if (!isInteger(x.dtype)) throw new DTypeError(`${where}: ${what} must be integers; got ${x.dtype}.`);
}

/** @throws ShapeError unless the indices are those of an array of this shape */
export function checkIndices(where: string, indices: NDArray, shape: readonly number[]): void {
  checkIndexType(where, "the indices", indices);
  if (indices.ndim < 2)
    throw new ShapeError(
      `${where}: indices are an array of shape [...batch, nse, sparse axes]; got shape ${shapeString(indices.shape)}.`,
    );
  const nBatch = indices.ndim - 2;
  const nSparse = indices.shape[indices.ndim - 1];
  if (nBatch + nSparse > shape.length)
    throw new ShapeError(
      `${where}: indices of shape ${shapeString(indices.shape)} speak of ${nBatch} batch and ${nSparse} sparse axes; ` +
        `an array of shape ${shapeString(shape)} has ${shape.length} axes.`,
    );
  if (!fits(indices.shape.slice(0, nBatch), shape.slice(0, nBatch)))
    throw new ShapeError(
      `${where}: indices of shape ${shapeString(indices.shape)} have batch axes that do not fit those of shape ${shapeString(shape)}; each must be that size, or 1.`,
    );
}

/** @throws ShapeError, DTypeError unless these are the parts of an array of this shape */
export function checkCoordinates(
  where: string,
  data: NDArray,
  indices: NDArray,
  shape: readonly number[],
): void {
  checkIndices(where, indices, shape);
  const nBatch = indices.ndim - 2;
  const [nse, nSparse] = indices.shape.slice(-2);
  const entry = [nse, ...shape.slice(nBatch + nSparse)];
  if (
    fits(data.shape.slice(0, nBatch), shape.slice(0, nBatch)) &&
    arraysEqual(data.shape.slice(nBatch), entry)
  )
    return;
  throw new ShapeError(
    `${where}: data of shape ${shapeString(data.shape)} for ${nse} entries (indices of shape ${shapeString(indices.shape)}) of an ` +
      `array of shape ${shapeString(shape)}; expected shape ${shapeString([...shape.slice(0, nBatch), ...entry])}, or 1 along batch axes.`,
  );
}

/** @throws ShapeError, DTypeError unless these are the indices of an array of compressed rows */
export function checkRowIndices(
  where: string,
  indices: NDArray,
  indptr: NDArray,
  shape: readonly number[],
): void {
  checkIndexType(where, "the indices", indices);
  checkIndexType(where, "indptr", indptr);
  const nBatch = indices.ndim - 1;
  if (nBatch < 0 || nBatch + 2 > shape.length || indptr.ndim !== indices.ndim)
    throw new ShapeError(
      `${where}: an array of shape ${shapeString(shape)} has two sparse axes behind those of the batch; got indices of shape ` +
        `${shapeString(indices.shape)} and indptr of shape ${shapeString(indptr.shape)}.`,
    );
  const batch = shape.slice(0, nBatch);
  if (!fits(indices.shape.slice(0, nBatch), batch) || !fits(indptr.shape.slice(0, nBatch), batch))
    throw new ShapeError(
      `${where}: the batch axes of indices ${shapeString(indices.shape)} and of indptr ${shapeString(indptr.shape)} do not fit those of shape ${shapeString(shape)}.`,
    );
  if (indptr.shape[nBatch] !== shape[nBatch] + 1)
    throw new ShapeError(
      `${where}: indptr has one element more than there are rows: ${shape[nBatch] + 1}; got ${indptr.shape[nBatch]}.`,
    );
}

/** @throws ShapeError, DTypeError unless these are the parts of an array of compressed rows */
export function checkRows(
  where: string,
  data: NDArray,
  indices: NDArray,
  indptr: NDArray,
  shape: readonly number[],
): void {
  checkRowIndices(where, indices, indptr, shape);
  const nBatch = indices.ndim - 1;
  const entry = [indices.shape[nBatch], ...shape.slice(nBatch + 2)];
  if (
    fits(data.shape.slice(0, nBatch), shape.slice(0, nBatch)) &&
    arraysEqual(data.shape.slice(nBatch), entry)
  )
    return;
  throw new ShapeError(
    `${where}: data of shape ${shapeString(data.shape)} for indices of shape ${shapeString(indices.shape)} of an array of shape ` +
      `${shapeString(shape)}; expected shape ${shapeString([...shape.slice(0, nBatch), ...entry])}, or 1 along batch axes.`,
  );
}

/** The error for what sparse arrays cannot do, though dense ones can. */
export const unsupported = (where: string, what: string): ArgumentError =>
  new ArgumentError(`${where}: ${what} Make the array dense with todense() if that is meant.`);

/** Number of positions along the sparse axes of a lane. */
export const places = (x: Coordinates): number => prod(sparseShape(x));
