/** @file The entries of a sparse array in order, without repetition, without zeros, padded to a number of them. */
import type { NDArray } from "../../../core/array.ts";
import { isConcrete } from "../../../core/eval.ts";
import { ArgumentError } from "../../../base/errors.ts";
import { range } from "../../../base/util.ts";
import { jit } from "../../../api/compile/jit.ts";
import * as lax from "../../../lax/plain.ts";
import * as np from "../../../numpy/index.ts";
import { overBatch } from "./batch.ts";
import { sumEntries } from "./conversion.ts";
import { type Coordinates, coordinates, layoutOf, sparseShape, splitShape } from "./parts.ts";
import { addAt, distinct, selectRows, sizesLike, sortPositions, zeros } from "./places.ts";

/** `x[at]` along the first axis. */
const permute = (x: NDArray, at: NDArray): NDArray =>
  lax.gather(
    x,
    lax.expandDims(at, [1]),
    { offsetDims: range(x.ndim - 1, 1), collapsedSliceDims: [0], startIndexMap: [0] },
    [Math.min(1, x.shape[0]), ...x.shape.slice(1)],
    { mode: "promiseInBounds" },
  );

/** The entries of each lane in the lexicographic order of their positions; equal ones stay in order. */
export function sortIndices(x: Coordinates): Coordinates {
  const { nBatch, nSparse, nse } = layoutOf(x);
  const known = { ...x, indicesSorted: true };
  if (nSparse === 0 || nse === 0) return known;
  const [indices, order] = overBatch(([at]) => sortPositions(at), nBatch, [x.indices]);
  const [data] = overBatch(([d, o]) => [permute(d, o)], nBatch, [x.data, order]);
  return { ...known, data, indices };
}

/** Indices with `nse` rows in each lane: cut, or padded with rows that lie outside. */
function withRows(indices: NDArray, nse: number, sizes: readonly number[]): NDArray {
  const axis = indices.ndim - 2;
  const have = indices.shape[axis];
  if (nse <= have) return lax.sliceInDim(indices, 0, nse, 1, axis);
  const shape = [...indices.shape.slice(0, axis), nse - have, sizes.length];
  return lax.concatenate([indices, lax.broadcastInDim(sizesLike(sizes, indices), shape, [axis + 1])], axis);
}

/** How many distinct positions the lane with most of them has. @throws ArgumentError where that is not known */
function most(where: string, counts: NDArray): number {
  const known = lax.stopGradient(counts);
  if (isConcrete(known)) return known.dataSync("int32").reduce((a, b) => Math.max(a, b), 0);
  throw new ArgumentError(
    `${where}: how many entries remain depends on indices that are traced here. Inside of transformations, say how many: { nse: … }.`,
  );
}

/**
 * Entries of equal positions added up, in lexicographic order, `nse` of them in each lane: by default as many as there are in
 * the lane with most.
 */
export function sumDuplicates(where: string, x: Coordinates, nse: number | null): Coordinates {
  const { nBatch, nSparse } = layoutOf(x);
  const sizes = sparseShape(x);
  if (nSparse === 0) return sumScalar(x, nse ?? 1);
  const [rows, rowOf, counts] = compiledDistinct(x.indices, sizes);
  const n = nse ?? most(where, counts);
  const [data] = overBatch(
    ([d, at]) => [addAt(zeros([n, ...d.shape.slice(1)], d), lax.expandDims(at, [1]), d)],
    nBatch,
    [x.data, rowOf],
  );
  const indices = withRows(rows, n, sizes);
  return { data, indices, shape: x.shape, indicesSorted: true, uniqueIndices: true };
}

/** The distinct positions of each lane, the row of them for each position, and how many there are. */
const compiledDistinct = /* @__PURE__ */ jit(
  (indices: NDArray, sizes: readonly number[]): [NDArray, NDArray, NDArray] => {
    const [rows, rowOf, counts] = overBatch(
      ([at]) => {
        const d = distinct(at, sizes);
        return [d.indices, d.rowOf, d.count];
      },
      indices.ndim - 2,
      [indices],
    );
    return [rows, rowOf, counts];
  },
  { staticArgnums: [1] },
);

/** Without sparse axes all entries of a lane have one position. */
function sumScalar(x: Coordinates, nse: number): Coordinates {
  const { nBatch } = layoutOf(x);
  const [data] = overBatch(
    ([d]) => {
      const row = lax.full([1, 1], 0, "int32");
      return [addAt(zeros([nse, ...d.shape.slice(1)], d), row, sumEntries(d))];
    },
    nBatch,
    [x.data],
  );
  const indices = lax.full([...x.indices.shape.slice(0, nBatch), nse, 0], 0, x.indices.dtype);
  return { data, indices, shape: x.shape, indicesSorted: true, uniqueIndices: true };
}

/** As `sumDuplicates`, without entries that are zero. What remains depends on the values, so it is not for derivatives. */
export function eliminateZeros(where: string, x: Coordinates, nse: number | null): Coordinates {
  const { nBatch } = layoutOf(x);
  const sizes = sparseShape(x);
  const isZero = lax.eq(x.data, lax.fullLike(x.data, x.data.dtype === "bool" ? false : 0));
  let flags = lax.reduceAnd(isZero, range(x.data.ndim - nBatch - 1, nBatch + 1));
  // Of positions that lanes share none is left out unless all have a zero there.
  const shared = range(nBatch).filter((i) => x.indices.shape[i] === 1);
  if (shared.length > 0) flags = lax.expandDims(lax.reduceAnd(flags, shared), shared);
  const [indices] = overBatch(
    ([at, zero]) => [selectRows(lax.bitwiseNot(zero), at, sizesLike(sizes, at))],
    nBatch,
    [x.indices, flags],
  );
  return sumDuplicates(where, coordinates(x.data, indices, x.shape), nse);
}

/** The same array with `nse` entries in each lane: padded, or cut. */
export function setNse(x: Coordinates, nse: number): Coordinates {
  const layout = layoutOf(x);
  const { nBatch } = layout;
  if (layout.nse === nse) return x;
  const indices = withRows(x.indices, nse, sparseShape(x));
  const [, , dense] = splitShape(x.shape, layout);
  if (nse < layout.nse) return { ...x, indices, data: lax.sliceInDim(x.data, 0, nse, 1, nBatch) };
  const more = zeros([...x.data.shape.slice(0, nBatch), nse - layout.nse, ...dense], x.data);
  return { ...x, indices, data: np.concatenate([x.data, more], nBatch) };
}
