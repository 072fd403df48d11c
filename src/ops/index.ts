/**
 * @file The `ops` namespace: sums and other reductions over segments, the elements that share an id.
 *
 * Ids outside `0 … numSegments − 1`, negative ones included, are dropped. Empty segments hold the operation's identity.
 * Source: jax.ops.
 */
import { type ArrayLike, ConcreteArray, type NDArray } from "../core/array.ts";
import { type DType, isInteger } from "../dtypes/dtype.ts";
import { shapeString } from "../dtypes/shape.ts";
import { ArgumentError, DTypeError, ShapeError } from "../base/errors.ts";
import { highest, lowest } from "../loops/ir/scalar.ts";
import { asArray } from "../lax/operands/convert.ts";
import * as lax from "../lax/index.ts";
import { prod, range } from "../base/util.ts";
import { type Rest, resolveArgs } from "../arguments/named.ts";

export interface SegmentOptions {
  /** Number of segments; by default one more than the greatest id, which must then be concrete. */
  readonly numSegments?: number | null;
  readonly indicesAreSorted?: boolean;
  readonly uniqueIndices?: boolean;
  /** Accepted as in JAX; sums are exact enough without buckets. */
  readonly bucketSize?: number | null;
  readonly mode?: "drop" | "fill" | "clip" | "promiseInBounds" | null;
}

type SegmentRest = Rest<
  [
    numSegments: number | null,
    indicesAreSorted: boolean,
    uniqueIndices: boolean,
    bucketSize: number | null,
    mode: SegmentOptions["mode"],
  ],
  SegmentOptions
>;

const positional = ["numSegments", "indicesAreSorted", "uniqueIndices", "bucketSize", "mode"] as const;

function countSegments(name: string, ids: NDArray, given: number | null | undefined): number {
  if (given !== null && given !== undefined) {
    if (!Number.isInteger(given) || given < 0)
      throw new ArgumentError(`${name}: numSegments must be a non-negative integer; got ${given}.`);
    return given;
  }
  if (ids.size === 0) return 0;
  const top = lax.reduceMax(ids, range(ids.ndim));
  if (top instanceof ConcreteArray) return Math.max(0, Number(top.item()) + 1);
  throw new ArgumentError(
    `${name}: the number of segments is not known for traced ids; pass { numSegments }.`,
  );
}

function segment(
  name: string,
  data: ArrayLike,
  segmentIds: ArrayLike,
  rest: readonly unknown[],
  identity: (dtype: DType) => number,
  scatter: typeof lax.scatterAdd,
): NDArray {
  const o = resolveArgs<SegmentOptions>(name, rest, positional);
  const x = asArray(data, name);
  const ids = asArray(segmentIds, name);
  if (!isInteger(ids.dtype)) throw new DTypeError(`${name}: segment ids must be integers; got ${ids.dtype}.`);
  if (ids.shape.some((d, i) => d !== x.shape[i])) {
    throw new ShapeError(
      `${name}: ids of shape ${shapeString(ids.shape)} do not fit the leading axes of data of shape ${shapeString(x.shape)}.`,
    );
  }
  const count = countSegments(name, ids, o.numSegments);
  const parts = x.shape.slice(ids.ndim);
  const out = lax.full([count, ...parts], identity(x.dtype), x.dtype);
  if (x.size === 0 || count === 0) return out;
  const n = prod(ids.shape);
  return scatter(
    out,
    lax.reshape(ids, [n, 1]),
    lax.reshape(x, [n, ...parts]),
    {
      updateWindowDims: range(parts.length, 1),
      insertedWindowDims: [0],
      scatterDimsToOperandDims: [0],
    },
    {
      mode: o.mode ?? "drop",
      indicesAreSorted: o.indicesAreSorted,
      uniqueIndices: o.uniqueIndices,
    },
  );
}

/**
 * The sum of the parts of `data` (along its first axis) of each segment.
 * @example
 * ops.segmentSum(np.array([1, 2, 3]), np.array([0, 1, 0], "int32"), { numSegments: 2 }).js(); // [4, 2]
 */
export function segmentSum(data: ArrayLike, segmentIds: ArrayLike, ...rest: SegmentRest): NDArray {
  return segment("segmentSum", data, segmentIds, rest, () => 0, lax.scatterAdd);
}

/** The product of each segment. Differentiable with `uniqueIndices` only, as in JAX. */
export function segmentProd(data: ArrayLike, segmentIds: ArrayLike, ...rest: SegmentRest): NDArray {
  return segment("segmentProd", data, segmentIds, rest, () => 1, lax.scatterMul);
}

/** The maximum of each segment. */
export function segmentMax(data: ArrayLike, segmentIds: ArrayLike, ...rest: SegmentRest): NDArray {
  return segment("segmentMax", data, segmentIds, rest, lowest, lax.scatterMax);
}

/** The minimum of each segment. */
export function segmentMin(data: ArrayLike, segmentIds: ArrayLike, ...rest: SegmentRest): NDArray {
  return segment("segmentMin", data, segmentIds, rest, highest, lax.scatterMin);
}
