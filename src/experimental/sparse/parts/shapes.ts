/** @file Sparse arrays with their axes in another order, reversed, added, removed, merged or joined. */
import type { NDArray } from "../../../core/array.ts";
import { ArgumentError, ShapeError } from "../../../base/errors.ts";
import { arraysEqual, prod, range } from "../../../base/util.ts";
import { shapeString } from "../../../dtypes/shape.ts";
import * as lax from "../../../lax/plain.ts";
import * as np from "../../../numpy/index.ts";
import { unravel } from "./conversion.ts";
import { withLayout } from "./layout.ts";
import { setNse } from "./order.ts";
import { type Coordinates, coordinates, layoutOf, sparseShape, splitShape, unsupported } from "./parts.ts";
import { chooseColumns, column, columns, isInside, joinColumns, selectRows, sizesLike } from "./places.ts";

/** A permutation of the axes as those of each kind. */
interface KindsPermuted {
  readonly batch: readonly number[];
  readonly sparse: readonly number[];
  readonly dense: readonly number[];
}

/** @throws ArgumentError unless axes are permuted among those of their kind */
export function splitPermutation(
  where: string,
  x: Coordinates,
  permutation: readonly number[],
): KindsPermuted {
  const { nBatch, nSparse, nDense } = layoutOf(x);
  const ndim = x.shape.length;
  if (
    !arraysEqual(
      [...permutation].sort((a, b) => a - b),
      range(ndim),
    )
  )
    throw new ArgumentError(
      `${where}: the permutation must hold each of the ${ndim} axes once; got [${permutation.join(", ")}].`,
    );
  const batch = permutation.slice(0, nBatch);
  const sparse = permutation.slice(nBatch, nBatch + nSparse).map((p) => p - nBatch);
  const dense = permutation.slice(nBatch + nSparse).map((p) => p - nBatch - nSparse);
  const stays = (axes: readonly number[], n: number): boolean => axes.every((p) => p >= 0 && p < n);
  if (!stays(batch, nBatch) || !stays(dense, nDense))
    throw unsupported(
      where,
      `the permutation [${permutation.join(", ")}] exchanges batch or dense axes with others (nBatch = ${nBatch}, nDense = ${nDense}).`,
    );
  return { batch, sparse, dense };
}

/** The array with its axes in another order: batch, sparse and dense axes each among themselves. */
export function transpose(where: string, x: Coordinates, permutation: readonly number[]): Coordinates {
  const { batch, sparse, dense } = splitPermutation(where, x, permutation);
  const n = batch.length;
  const data = lax.transpose(x.data, [...batch, n, ...dense.map((d) => d + n + 1)]);
  const indices = lax.transpose(chooseColumns(x.indices, sparse), [...batch, n, n + 1]);
  const shape = permutation.map((p) => x.shape[p]);
  const sorted = arraysEqual(sparse, range(sparse.length)) && x.indicesSorted;
  return { data, indices, shape, indicesSorted: sorted, uniqueIndices: x.uniqueIndices };
}

/** The array with some axes reversed. */
export function rev(x: Coordinates, dimensions: readonly number[]): Coordinates {
  const { nBatch, nSparse } = layoutOf(x);
  const batch = dimensions.filter((d) => d < nBatch);
  const sparse = dimensions.filter((d) => d >= nBatch && d < nBatch + nSparse).map((d) => d - nBatch);
  const dense = dimensions.filter((d) => d >= nBatch + nSparse).map((d) => d + 1 - nSparse);
  const data = lax.rev(x.data, [...batch, ...dense]);
  let indices = lax.rev(x.indices, batch);
  if (sparse.length > 0) {
    const sizes = sparseShape(x);
    const inside = isInside(indices, sizes);
    const cols = columns(indices).map((c, k) =>
      sparse.includes(k) ? lax.sub(lax.fullLike(c, sizes[k] - 1), c) : c,
    );
    indices = selectRows(inside, joinColumns(cols, indices), sizesLike(sizes, indices));
  }
  return coordinates(data, indices, x.shape);
}

/** The array without some axes of size 1. */
export function squeeze(x: Coordinates, dimensions: readonly number[]): Coordinates {
  const { nBatch, nSparse } = layoutOf(x);
  const batch = dimensions.filter((d) => d < nBatch);
  const kept = range(nSparse).filter((k) => !dimensions.includes(k + nBatch));
  const dense = dimensions.filter((d) => d >= nBatch + nSparse).map((d) => d + 1 - nSparse);
  return {
    ...x,
    data: lax.squeeze(x.data, [...batch, ...dense]),
    indices: lax.squeeze(chooseColumns(x.indices, kept), batch),
    shape: x.shape.filter((_, i) => !dimensions.includes(i)),
  };
}

const most = (xs: readonly number[], otherwise: number): number => Math.max(...xs, otherwise);
const least = (xs: readonly number[], otherwise: number): number =>
  xs.length === 0 ? otherwise : Math.min(...xs);

/** The array with more axes, or longer ones, along which it is repeated: batch and dense ones; new sparse axes have size 1. */
export function broadcastInDim(
  where: string,
  x: Coordinates,
  shape: readonly number[],
  broadcastDimensions: readonly number[],
): Coordinates {
  const { nBatch, nSparse, nDense, nse } = layoutOf(x);
  const fits = broadcastDimensions.every(
    (d, i) => d < shape.length && (x.shape[i] === shape[d] || x.shape[i] === 1),
  );
  const rises = broadcastDimensions.every((d, i) => i === 0 || d > broadcastDimensions[i - 1]);
  if (broadcastDimensions.length !== x.shape.length || !fits || !rises)
    throw new ShapeError(
      `${where}: an array of shape ${shapeString(x.shape)} does not broadcast to ${shapeString(shape)} with its axes at [${broadcastDimensions.join(", ")}].`,
    );
  const [batchDims, sparseDims, denseDims] = splitShape(broadcastDimensions, { nBatch, nSparse });
  if (
    most(batchDims, 0) > least(sparseDims, shape.length) ||
    most(sparseDims, 0) > least(denseDims, shape.length)
  )
    throw unsupported(where, "axes of different kinds cannot change places.");
  const newBatch = least(broadcastDimensions.slice(nBatch), shape.length);
  const newDense = nDense === 0 ? 0 : shape.length - denseDims[0];
  const newSparse = shape.length - newBatch - newDense;
  if (prod(sparseShape(x)) !== prod(shape.slice(newBatch, newBatch + newSparse)))
    throw unsupported(where, "an array cannot be repeated along sparse axes, and new ones have size 1.");
  let { data, indices } = x;
  const wider = !arraysEqual(shape.slice(newBatch + newSparse), data.shape.slice(nBatch + 1));
  if (newBatch !== nBatch || wider) {
    data = lax.broadcastInDim(
      data,
      [...shape.slice(0, newBatch), nse, ...shape.slice(newBatch + newSparse)],
      [...batchDims, newBatch, ...denseDims.map((d) => d + 1 - newSparse)],
    );
    indices = lax.broadcastInDim(
      indices,
      [...shape.slice(0, newBatch), nse, nSparse],
      [...batchDims, newBatch, newBatch + 1],
    );
  }
  if (newSparse !== nSparse) {
    const at = sparseDims.map((d) => d - newBatch);
    const none = lax.full(indices.shape.slice(0, -1), 0, indices.dtype);
    const inside = isInside(indices, sparseShape(x));
    const cols = range(newSparse).map((k) => (at.includes(k) ? column(indices, at.indexOf(k)) : none));
    const rows = joinColumns(cols, indices);
    const sizes = shape.slice(newBatch, newBatch + newSparse);
    // Padding lies outside along the axes there were; without any, there is no padding.
    indices = nSparse === 0 ? rows : selectRows(inside, rows, outsideRows(sizes, at, rows));
  }
  return coordinates(data, indices, shape);
}

/** A row that lies outside along the axes `at`, and at 0 along the others. */
const outsideRows = (sizes: readonly number[], at: readonly number[], like: NDArray): NDArray =>
  sizesLike(
    sizes.map((n, k) => (at.includes(k) ? n : 0)),
    like,
  );

/** The parts of a new shape that belong to the batch, to the sparse and to the dense axes. */
function splitSizes(
  where: string,
  x: Coordinates,
  newSizes: readonly number[],
): [number[], number[], number[]] {
  const [batchShape, sizes] = splitShape(x.shape, layoutOf(x));
  const batchSize = prod(batchShape);
  const sparseSize = prod(sizes);
  let product = 1;
  const products = newSizes.map((n) => (product *= n));
  const shapes = `from ${shapeString(x.shape)} to ${shapeString(newSizes)}`;
  if (batchSize !== 1 && !products.includes(batchSize))
    throw unsupported(where, `reshaping ${shapes} would mix batch axes with others.`);
  if (sparseSize !== 1 && !products.includes(batchSize * sparseSize))
    throw unsupported(where, `reshaping ${shapes} would mix sparse and dense axes.`);
  const upTo = (size: number): number => {
    const end = products.findIndex((p) => p > size);
    return end < 0 ? newSizes.length : end;
  };
  const i = upTo(batchSize);
  const j = Math.max(i, upTo(batchSize * sparseSize));
  return [newSizes.slice(0, i), newSizes.slice(i, j), newSizes.slice(j)];
}

/** The array with other sizes, in row-major order; batch, sparse and dense axes each among themselves. */
export function reshape(
  where: string,
  x: Coordinates,
  newSizes: readonly number[],
  dimensions: readonly number[],
): Coordinates {
  const layout = layoutOf(x);
  const { nBatch, nSparse, nse } = layout;
  const batchShape = x.shape.slice(0, nBatch);
  if (prod(newSizes) !== prod(x.shape))
    throw new ShapeError(
      `${where}: ${shapeString(x.shape)} has ${prod(x.shape)} elements, ${shapeString(newSizes)} has ${prod(newSizes)}.`,
    );
  const whole = (a: NDArray): NDArray =>
    lax.broadcastInDim(a, [...batchShape, ...a.shape.slice(nBatch)], range(a.ndim));
  const perm = splitPermutation(where, x, dimensions);
  const [batch, sparse, dense] = splitSizes(where, x, newSizes);
  const data = lax.reshape(
    whole(x.data),
    [...batch, nse, ...dense],
    [...perm.batch, nBatch, ...perm.dense.map((d) => d + nBatch + 1)],
  );
  const given = lax.reshape(whole(x.indices), [...batch, nse, nSparse], [...perm.batch, nBatch, nBatch + 1]);
  return coordinates(data, reindexed(given, sparseShape(x), perm.sparse, sparse), newSizes);
}

/** Positions along axes of the sizes `from`, taken in an order, as those along axes of the sizes `to`. */
function reindexed(
  given: NDArray,
  from: readonly number[],
  order: readonly number[],
  to: readonly number[],
): NDArray {
  const lanes = given.shape.slice(0, -1);
  if (to.length === 0 || from.length === 0) return lax.full([...lanes, to.length], 0, given.dtype);
  const flat = order.reduce<NDArray>(
    (sum, k) => lax.add(lax.mul(sum, lax.fullLike(sum, from[k])), column(given, k)),
    lax.full(lanes, 0, given.dtype),
  );
  const end = lax.fullLike(flat, prod(to));
  return unravel(lax.select(isInside(given, from), flat, end), to, given.dtype);
}

/** Where one operand only has a batch axis, and it has size 1, that axis becomes sparse, or others get one. */
function alignBatch(operands: readonly Coordinates[]): readonly Coordinates[] {
  const nBatch = (x: Coordinates): number => layoutOf(x).nBatch;
  const counts = new Set(operands.map(nBatch));
  if (counts.size === 1 || Math.max(...counts) !== 1) return operands;
  const change = (from: number): readonly Coordinates[] =>
    operands.map((x) => (nBatch(x) === from ? withLayout(x, 1 - from, layoutOf(x).nDense) : x));
  const isOne = (from: number): boolean =>
    operands.filter((x) => nBatch(x) === from).every((x) => x.shape[0] === 1);
  return isOne(0) ? change(0) : isOne(1) ? change(1) : operands;
}

/** Arrays of one layout one after another along a batch or sparse axis. */
export function concatenate(where: string, given: readonly Coordinates[], dimension: number): Coordinates {
  const [first] = given;
  for (const x of given) {
    const equal =
      x.shape.length === first.shape.length &&
      x.shape.every((n, i) => i === dimension || n === first.shape[i]);
    if (equal) continue;
    throw new ShapeError(
      `${where}: shapes must be equal except along axis ${dimension}; got ${given.map((y) => shapeString(y.shape)).join(", ")}.`,
    );
  }
  const operands = alignBatch(given);
  const layouts = operands.map(layoutOf);
  const [{ nBatch, nSparse, nDense }] = layouts;
  if (layouts.some((l) => l.nDense !== nDense || l.nBatch !== nBatch))
    throw new ArgumentError(
      `${where}: the arrays must have equal numbers of batch and dense axes; got nBatch = ${layouts.map((l) => l.nBatch).join(", ")}, ` +
        `nDense = ${layouts.map((l) => l.nDense).join(", ")}. Change them with updateLayout.`,
    );
  if (dimension >= nBatch + nSparse)
    throw unsupported(
      where,
      `axis ${dimension} is dense: entries of different arrays cannot be joined along it.`,
    );
  const shape = [...first.shape];
  shape[dimension] = given.reduce((n, x) => n + x.shape[dimension], 0);
  const whole = operands.map((x) => wholeBatch(x, nBatch));
  if (dimension < nBatch) {
    const nse = Math.max(...layouts.map((l) => l.nse));
    const padded = whole.map((x) => setNse(x, nse));
    return coordinates(
      lax.concatenate(
        padded.map((x) => x.data),
        dimension,
      ),
      lax.concatenate(
        padded.map((x) => x.indices),
        dimension,
      ),
      shape,
    );
  }
  const k = dimension - nBatch;
  let offset = 0;
  const moved = whole.map((x) => {
    const by = offset;
    offset += x.shape[dimension];
    if (by === 0 && given.length === 1) return x.indices;
    // Padding stays padding: beyond the end of this array begins the next one.
    const inside = isInside(x.indices, sparseShape(x));
    const cols = columns(x.indices).map((c, i) => (i === k ? lax.add(c, lax.fullLike(c, by)) : c));
    const sizes = shape.slice(nBatch, nBatch + nSparse);
    return selectRows(inside, joinColumns(cols, x.indices), sizesLike(sizes, x.indices));
  });
  return coordinates(
    np.concatenate(
      whole.map((x) => x.data),
      nBatch,
    ),
    np.concatenate(moved, nBatch),
    shape,
  );
}

/** Parts that lanes share, repeated for each, where operands differ in which they share. */
function wholeBatch(x: Coordinates, nBatch: number): Coordinates {
  const whole = (a: NDArray): NDArray =>
    lax.broadcastInDim(a, [...x.shape.slice(0, nBatch), ...a.shape.slice(nBatch)], range(a.ndim));
  return { ...x, data: whole(x.data), indices: whole(x.indices) };
}
