/**
 * @file Products of sparse arrays: contractions of two of them, and elementwise products with sparse and with dense arrays.
 *
 * How many entries a product has must be known without its indices. So each entry of the one operand is met by each of the
 * other, as in JAX, and what does not match is zero or padding.
 */
import type { NDArray } from "../../../core/array.ts";
import { ArgumentError } from "../../../base/errors.ts";
import { prod, range } from "../../../base/util.ts";
import type { DType } from "../../../dtypes/dtype.ts";
import { broadcastShapes, otherAxes, shapeString } from "../../../dtypes/shape.ts";
import * as lax from "../../../lax/plain.ts";
import * as np from "../../../numpy/index.ts";
import { overBatch } from "./batch.ts";
import { unravel } from "./conversion.ts";
import { type Axes, shapeOfDot } from "./dot.ts";
import { withLayout } from "./layout.ts";
import { sumDuplicates } from "./order.ts";
import { type Coordinates, coordinates, layoutOf, unsupported } from "./parts.ts";
import { chooseColumns, column, columns, isInside, joinColumns, readAt, zeros } from "./places.ts";

/** [n, m, ...]: the rows of the first for each of the second, and of the second for each of the first. */
const crossLeft = (x: NDArray, m: number): NDArray =>
  lax.broadcastInDim(x, [x.shape[0], m, ...x.shape.slice(1)], [0, ...range(x.ndim - 1, 2)]);
const crossRight = (x: NDArray, n: number): NDArray =>
  lax.broadcastInDim(x, [n, ...x.shape], range(x.ndim, 1));

/** Which positions of two lists are equal: [n, m]. */
function equalRows(x: NDArray, y: NDArray): NDArray {
  const [n, m] = [x.shape[0], y.shape[0]];
  const all = lax.full([n, m], true, "bool");
  return columns(x).reduce((flags, c, k) => {
    const [a, b] = np.broadcastArrays(lax.expandDims(c, [1]), lax.expandDims(column(y, k), [0]));
    return lax.bitwiseAnd(flags, lax.eq(a, b.astype(a.dtype)));
  }, all);
}

interface LaneDot {
  readonly left: readonly number[];
  readonly right: readonly number[];
  readonly contract: Axes["contract"];
  readonly nse: number;
}

/** One lane of a contraction: data and indices. */
function dotOfLane([xd, xi, yd, yi]: readonly NDArray[], lane: LaneDot): NDArray[] {
  const [xc, yc] = lane.contract;
  const [n, m] = [xi.shape[0], yi.shape[0]];
  const kept = [otherAxes(lane.left.length, xc), otherAxes(lane.right.length, yc)];
  const [xa, ya] = [chooseColumns(xi, xc), chooseColumns(yi, yc)];
  const inside = np.logicalAnd(
    lax.expandDims(
      isInside(
        xa,
        xc.map((a) => lane.left[a]),
      ),
      [1],
    ),
    lax.expandDims(
      isInside(
        ya,
        yc.map((a) => lane.right[a]),
      ),
      [0],
    ),
  );
  const match = np.logicalAnd(equalRows(xa, ya), inside);
  const products = np.multiply(crossLeft(xd, m), crossRight(yd, n));
  const data = lax.reshape(np.where(match, products, zeros([], products)), [n * m]);
  const dtype = np.resultType(xi, yi);
  const cols = [
    ...columns(chooseColumns(xi, kept[0])).map((c) => crossLeft(c, m)),
    ...columns(chooseColumns(yi, kept[1])).map((c) => crossRight(c, n)),
  ].map((c) => lax.reshape(c, [n * m]).astype(dtype));
  const rows = joinColumns(cols, lax.full([n * m, 0], 0, dtype));
  const shape = [...kept[0].map((a) => lane.left[a]), ...kept[1].map((a) => lane.right[a])];
  const out = sumDuplicates("bcooDotGeneral", coordinates(data, rows, shape), lane.nse);
  return [out.data, out.indices];
}

function checkSparseDot(where: string, x: Coordinates, y: Coordinates, { contract, batch }: Axes): void {
  const [a, b] = [layoutOf(x), layoutOf(y)];
  if (a.nDense > 0 || b.nDense > 0)
    throw unsupported(where, "the product of two sparse arrays is for arrays without dense axes.");
  if (batch[0].some((k) => k >= a.nBatch) || batch[1].some((k) => k >= b.nBatch))
    throw unsupported(where, "the batch axes of a product of two sparse arrays must be batch axes of both.");
  if (contract[0].some((k) => k < a.nBatch) || contract[1].some((k) => k < b.nBatch))
    throw unsupported(where, "two sparse arrays can be contracted along sparse axes only.");
  if (b.nBatch > batch[1].length && a.nSparse > contract[0].length)
    throw unsupported(
      where,
      "a batch axis of the right operand would stand behind a sparse one of the left in the result. Change the layout with updateLayout.",
    );
}

/** Contracts two sparse arrays along sparse axes; the result is sparse, in order, with zeros where nothing matched. */
export function dotSparse(
  where: string,
  x: Coordinates,
  y: Coordinates,
  axes: Axes,
  preferred: DType | null = null,
): Coordinates {
  checkSparseDot(where, x, y, axes);
  const { contract, batch } = axes;
  const [a, b] = [layoutOf(x), layoutOf(y)];
  const shape = shapeOfDot(x.shape, y.shape, axes);
  const nBatch = a.nBatch + b.nBatch - batch[0].length;
  const most = (a.nSparse > contract[0].length ? a.nse : 1) * (b.nSparse > contract[1].length ? b.nse : 1);
  const nse = Math.min(most, prod(shape.slice(nBatch)));
  const dtype = preferred ?? np.resultType(x.data, y.data);
  const order = (n: number, first: readonly number[]): number[] => [...first, ...otherAxes(n, first)];
  const turn = (p: NDArray, n: number, first: readonly number[]): NDArray =>
    lax.transpose(p, [...order(n, first), ...range(p.ndim - n, n)]);
  const parts = [
    turn(x.data.astype(dtype), a.nBatch, batch[0]),
    turn(x.indices, a.nBatch, batch[0]),
    turn(y.data.astype(dtype), b.nBatch, batch[1]),
    turn(y.indices, b.nBatch, batch[1]),
  ];
  const lane: LaneDot = {
    left: x.shape.slice(a.nBatch),
    right: y.shape.slice(b.nBatch),
    contract: [contract[0].map((k) => k - a.nBatch), contract[1].map((k) => k - b.nBatch)],
    nse,
  };
  const freeLeft = a.nBatch - batch[0].length;
  const freeRight = b.nBatch - batch[1].length;
  const [data, indices] = overBatch(
    (both) =>
      overBatch(
        (leftOnly) =>
          overBatch((one) => dotOfLane(one, lane), freeRight, leftOnly, [false, false, true, true]),
        freeLeft,
        both,
        [true, true, false, false],
      ),
    batch[0].length,
    parts,
  );
  return coordinates(data, indices.astype(x.indices.dtype), shape);
}

/** One lane of an elementwise product of arrays without batch axes. */
function timesOfLane(
  [xd, xi, yd, yi]: readonly NDArray[],
  left: readonly number[],
  right: readonly number[],
): NDArray[] {
  const [n, m] = [xi.shape[0], yi.shape[0]];
  const k = xi.shape[1];
  const compared = range(k).filter((i) => left[i] !== 1 && right[i] !== 1);
  const sizes = broadcastShapes([left, right], "bcooMultiplySparse").slice(0, k);
  const flags = equalRows(chooseColumns(xi, compared), chooseColumns(yi, compared));
  const [flat] = np.nonzero(lax.reshape(flags, [n * m]), { size: n * m, fillValue: n * m });
  // Of the pairs that match, which entry of each operand: beyond the last, none.
  const pair = unravel(flat, [n, m], "int32");
  const [at, bt] = [chooseColumns(pair, [0]), chooseColumns(pair, [1])];
  const data = np.multiply(readAt(xd, at), readAt(yd, bt));
  const [xr, yr] = [readAt(xi, at), readAt(yi, bt)];
  // Where there is no pair, nothing is read: that lies outside, as what is padding in either.
  const matched = lax.bitwiseAnd(
    readAt(isInside(xi, left.slice(0, k)), at),
    readAt(isInside(yi, right.slice(0, k)), bt),
  );
  const cols = range(k).map((i) => {
    const c = column(left[i] === 1 ? yr : xr, i);
    return np.where(matched, c, lax.full([], sizes[i], c.dtype));
  });
  return [data, joinColumns(cols, xi)];
}

/** The elementwise product of two sparse arrays, which broadcast against one another. */
export function multiplySparse(where: string, x: Coordinates, y: Coordinates): Coordinates {
  if (x.shape.length !== y.shape.length)
    throw new ArgumentError(
      `${where}: the arrays must have equally many axes; got shapes ${shapeString(x.shape)} and ${shapeString(y.shape)}.`,
    );
  const [a, b] = [layoutOf(x), layoutOf(y)];
  if (a.nDense !== b.nDense)
    throw unsupported(
      where,
      `the arrays have ${a.nDense} and ${b.nDense} dense axes; they must have equally many.`,
    );
  const shape = broadcastShapes([x.shape, y.shape], where);
  const nBatch = Math.min(a.nBatch, b.nBatch);
  const left = withLayout(x, nBatch, a.nDense);
  const right = withLayout(y, nBatch, b.nDense);
  const [data, indices] = overBatch(
    (parts) => timesOfLane(parts, x.shape.slice(nBatch), y.shape.slice(nBatch)),
    nBatch,
    [left.data, left.indices, right.data, right.indices],
  );
  return coordinates(data, indices, shape);
}

/** An elementwise function of entries and of what a dense array holds at their positions. */
type WithDense = (entries: NDArray, there: NDArray) => NDArray;

/**
 * The data of an elementwise function, zero for entries that are, with a dense array that broadcasts to the shape of the sparse
 * one: `outside` is what padding reads.
 */
function withDense(where: string, x: Coordinates, dense: NDArray, f: WithDense, outside: number): NDArray {
  if (dense.ndim === 0) return f(x.data, dense);
  const { shape } = x;
  const { nBatch, nSparse } = layoutOf(x);
  const fits =
    dense.ndim <= shape.length &&
    dense.shape.every((n, i) => n === 1 || n === shape[shape.length - dense.ndim + i]);
  if (!fits)
    throw unsupported(
      where,
      `the dense operand, ${shapeString(dense.shape)}, does not broadcast to the shape of the sparse one, ${shapeString(shape)}.`,
    );
  const whole = lax.expandDims(dense, range(shape.length - dense.ndim));
  const [data] = overBatch(
    ([d, at, v]) => {
      // Along an axis of size 1 every position reads the one element there is.
      const own = range(nSparse).filter((k) => v.shape[k] !== 1 || shape[nBatch + k] === 1);
      const others = range(nSparse).filter((k) => !own.includes(k));
      return [f(d, readAt(lax.squeeze(v, others), chooseColumns(at, own), outside))];
    },
    nBatch,
    [x.data, x.indices, whole],
  );
  return data;
}

/** The data of the elementwise product with a dense array that broadcasts to the shape of the sparse one. */
export const multiplyDense = (where: string, x: Coordinates, dense: NDArray): NDArray =>
  withDense(where, x, dense, (a, b) => np.multiply(a, b), 0);

/** The data of the elementwise quotient by a dense array that broadcasts to the shape of the sparse one. */
export const divideDense = (where: string, x: Coordinates, dense: NDArray): NDArray =>
  withDense(where, x, dense, (a, b) => np.divide(a, b), 1);
