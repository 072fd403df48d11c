/**
 * @file Contractions of a sparse array with a dense one: the elements of the dense operand are read where the sparse one has
 * entries, multiplied, and added where they belong. So the derivative with respect to the data reads the cotangent at the
 * same places, and no dense product is formed.
 */
import type { NDArray } from "../../../core/array.ts";
import { ArgumentError, ShapeError } from "../../../base/errors.ts";
import { prod, range } from "../../../base/util.ts";
import type { DType } from "../../../dtypes/dtype.ts";
import { otherAxes, shapeString } from "../../../dtypes/shape.ts";
import type { DotDimensionNumbers } from "../../../lax/contractions/dot.ts";
import { jit } from "../../../api/compile/jit.ts";
import * as lax from "../../../lax/plain.ts";
import * as np from "../../../numpy/index.ts";
import { overBatch } from "./batch.ts";
import { extractAt } from "./conversion.ts";
import { lessBatch } from "./layout.ts";
import { type Coordinates, type Layout, type Rows, coordinates, layoutOf, unsupported } from "./parts.ts";
import { rowCoordinatesOf } from "./rows.ts";
import { addAt, chooseColumns, readAt, sumFirst, zeros } from "./places.ts";

/** Contracted and batch axes of both operands. */
export interface Axes {
  readonly contract: readonly [left: readonly number[], right: readonly number[]];
  readonly batch: readonly [left: readonly number[], right: readonly number[]];
}

const isAxes = (x: unknown, ndim: number): x is readonly number[] =>
  Array.isArray(x) &&
  x.every((a) => Number.isInteger(a) && a >= 0 && a < ndim) &&
  new Set(x).size === x.length;

const isPair = (x: unknown): x is readonly [unknown, unknown] => Array.isArray(x) && x.length === 2;

/** @throws ArgumentError, ShapeError unless dimension numbers fit the shapes */
export function checkAxes(
  where: string,
  left: readonly number[],
  right: readonly number[],
  given: unknown,
): Axes {
  const pairs = isPair(given) && isPair(given[0]) && isPair(given[1]) ? [given[0], given[1]] : null;
  const good =
    pairs?.every(([l, r]) => isAxes(l, left.length) && isAxes(r, right.length) && l.length === r.length) ??
    false;
  if (!good || pairs === null)
    throw new ArgumentError(
      `${where}: dimensionNumbers are [[contracted axes of left, of right], [batch axes of left, of right]], lists of one length of ` +
        `axes of arrays of ${left.length} and ${right.length} axes.`,
    );
  const [contract, batch] = pairs as unknown as [Axes["contract"], Axes["batch"]];
  for (const [l, r] of [contract, batch])
    l.forEach((a, i) => {
      if (left[a] !== right[r[i]])
        throw new ShapeError(
          `${where}: axis ${a} of the left operand, ${shapeString(left)}, and axis ${r[i]} of the right, ${shapeString(right)}, have different sizes.`,
        );
    });
  for (const [k, all] of [
    [0, left.length],
    [1, right.length],
  ] as const)
    if (!isAxes([...contract[k], ...batch[k]], all))
      throw new ArgumentError(
        `${where}: an axis of the ${k === 0 ? "left" : "right"} operand is named twice.`,
      );
  return { contract, batch };
}

/** The shape of a contraction: batch axes, then the free ones of the left, then of the right operand. */
export function shapeOfDot(
  left: readonly number[],
  right: readonly number[],
  { contract, batch }: Axes,
): number[] {
  const free = (shape: readonly number[], k: 0 | 1): number[] =>
    otherAxes(shape.length, [...contract[k], ...batch[k]]).map((a) => shape[a]);
  return [...batch[0].map((a) => left[a]), ...free(left, 0), ...free(right, 1)];
}

/** Operands of one dtype. */
function promoted<T extends { readonly data: NDArray }>(
  x: T,
  y: NDArray,
  preferred: DType | null,
): [T, NDArray] {
  const dtype = preferred ?? np.resultType(x.data, y);
  return [{ ...x, data: x.data.astype(dtype) }, y.astype(dtype)];
}

/** Entries [nse, ...dense] times rows [nse, ...rest]: [nse, ...dense, ...rest]. */
function timesRows(entries: NDArray, rows: NDArray): NDArray {
  const [dense, rest] = [entries.ndim - 1, rows.ndim - 1];
  const shape = [...entries.shape, ...rows.shape.slice(1)];
  const left = lax.broadcastInDim(entries, shape, range(dense + 1));
  const right = lax.broadcastInDim(rows, shape, [0, ...range(rest, dense + 1)]);
  return entries.dtype === "bool" ? lax.bitwiseAnd(left, right) : lax.mul(left, right);
}

/** The outer product of an array with another. */
const outer = (x: NDArray, y: NDArray): NDArray =>
  lax.squeeze(timesRows(lax.expandDims(x, [0]), lax.expandDims(y, [0])), [0]);

/** One lane: `read` and `write` are the columns of positions that are contracted, and those that are kept. */
function ofLane(
  data: NDArray,
  read: NDArray,
  write: NDArray,
  right: NDArray,
  outSparse: readonly number[],
): NDArray {
  const k = read.shape[1];
  const total = (entries: NDArray): NDArray =>
    write.shape[1] === 0
      ? sumFirst(entries)
      : addAt(zeros([...outSparse, ...entries.shape.slice(1)], entries), write, entries);
  return k === 0 ? outer(total(data), right) : total(timesRows(data, readAt(right, read)));
}

/** @throws ArgumentError for axes of the sparse operand that cannot be contracted, or batch axes that are none of its batch */
function checkKinds(
  where: string,
  { nBatch, nSparse }: Pick<Layout, "nBatch" | "nSparse">,
  { contract, batch }: Axes,
): void {
  if (batch[0].some((a) => a >= nBatch))
    throw unsupported(
      where,
      `the batch axes of the product must be batch axes of the sparse operand (the first ${nBatch}); got [${batch[0].join(", ")}].`,
    );
  if (contract[0].some((a) => a >= nBatch + nSparse))
    throw unsupported(where, "dense axes of a sparse operand cannot be contracted.");
}

/** Contracts a sparse with a dense array; the result is dense. */
export function dotDense(
  where: string,
  x: Coordinates,
  y: NDArray,
  axes: Axes,
  preferred: DType | null = null,
): NDArray {
  checkKinds(where, layoutOf(x), axes);
  const [left, right] = promoted(x, y, preferred);
  return compiledDot(left.data, left.indices, right, { shape: left.shape, axes });
}

/** The same of compressed rows, whose coordinates are not stored. */
export function dotRows(
  where: string,
  x: Rows,
  y: NDArray,
  axes: Axes,
  preferred: DType | null = null,
): NDArray {
  const nBatch = x.indices.ndim - 1;
  checkKinds(where, { nBatch, nSparse: 2 }, axes);
  const [left, right] = promoted(x, y, preferred);
  return compiledRowsDot(left.data, left.indices, left.indptr, right, { shape: left.shape, axes });
}

/** What a contraction is compiled for, besides the parts. */
interface DotOf {
  readonly shape: readonly number[];
  readonly axes: Axes;
}

/** The contraction of parts of one dtype. */
function dotOf(data: NDArray, indices: NDArray, right: NDArray, { shape, axes }: DotOf): NDArray {
  const left = coordinates(data, indices, shape);
  const { nBatch, nSparse } = layoutOf(left);
  const [leftBatch, rightBatch] = axes.batch;
  const pairs = axes.contract[0].map((l, i) => [l, axes.contract[1][i]] as const);
  const summed = pairs.filter(([l]) => l < nBatch);
  const read = pairs.filter(([l]) => l >= nBatch);
  // Batch axes: those of the product, free ones, and contracted ones, which become sparse.
  const free = range(nBatch).filter((a) => !leftBatch.includes(a) && !summed.some(([l]) => l === a));
  const order = [...leftBatch, ...free, ...summed.map(([l]) => l)];
  const lanes = (a: NDArray): NDArray => lax.transpose(a, [...order, ...range(a.ndim - nBatch, nBatch)]);
  const moved = coordinates(lanes(left.data), lanes(left.indices), [
    ...order.map((a) => left.shape[a]),
    ...left.shape.slice(nBatch),
  ]);
  const flat = summed.length === 0 ? moved : lessBatch(moved, summed.length);
  const kept = nBatch - summed.length;
  const readColumns = [...range(summed.length), ...read.map(([l]) => l - nBatch + summed.length)];
  const writeColumns = otherAxes(nSparse + summed.length, readColumns);
  const outSparse = writeColumns.map((k) => flat.shape[kept + k]);
  const rightContracted = [...summed, ...read].map(([, r]) => r);
  const rest = otherAxes(right.ndim, [...rightBatch, ...rightContracted]);
  const turned = lax.transpose(right, [...rightBatch, ...rightContracted, ...rest]);
  const wide = lax.expandDims(turned, range(kept - rightBatch.length, rightBatch.length));
  const [out] = overBatch(
    ([d, at, r]) => [
      ofLane(d, chooseColumns(at, readColumns), chooseColumns(at, writeColumns), r, outSparse),
    ],
    kept,
    [flat.data, flat.indices, wide],
  );
  return np.broadcastTo(out, shapeOfDot(shape, right.shape, axes));
}

/** One loop over the entries: operation by operation, each of them would go through memory. */
const compiledDot = /* @__PURE__ */ jit(dotOf, { staticArgnums: [3] });

const compiledRowsDot = /* @__PURE__ */ jit(
  (data: NDArray, indices: NDArray, indptr: NDArray, right: NDArray, of: DotOf) =>
    dotOf(data, rowCoordinatesOf(indices, indptr), right, of),
  { staticArgnums: [4] },
);

/** The same with the sparse array on the right. */
export function dotDenseSparse(
  where: string,
  x: NDArray,
  y: Coordinates,
  { contract, batch }: Axes,
  preferred: DType | null = null,
): NDArray {
  const flip = <T>([a, b]: readonly [T, T]): [T, T] => [b, a];
  const out = dotDense(where, y, x, { contract: flip(contract), batch: flip(batch) }, preferred);
  const n = batch[0].length;
  const ofSparse = y.shape.length - contract[0].length;
  return lax.transpose(out, [
    ...range(n),
    ...range(out.ndim - ofSparse, ofSparse),
    ...range(ofSparse - n, n),
  ]);
}

/**
 * The elements at sparse indices of a contraction of two dense arrays. Of vectors and matrices without batch axes only those
 * elements are computed.
 */
export function sampledDot(
  x: NDArray,
  y: NDArray,
  indices: NDArray,
  axes: Axes,
  dimensionNumbers: DotDimensionNumbers,
): NDArray {
  const { contract, batch } = axes;
  const isSmall = x.ndim - contract[0].length === 1 && y.ndim - contract[1].length === 1;
  if (batch[0].length > 0 || !isSmall || indices.ndim !== 2)
    return extractAt(indices, lax.dotGeneral(x, y, dimensionNumbers), true);
  const rows = (a: NDArray, k: 0 | 1): NDArray => {
    const [own] = otherAxes(a.ndim, contract[k]);
    const turned = lax.transpose(a, [own, ...contract[k]]);
    return readAt(
      lax.reshape(turned, [a.shape[own], prod(a.shape) / Math.max(a.shape[own], 1)]),
      chooseColumns(indices, [k]),
    );
  };
  const [left, right] = [rows(x, 0), rows(y, 1)];
  return lax.dotGeneral(left, right, [
    [[1], [1]],
    [[0], [0]],
  ]);
}
