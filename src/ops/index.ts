/**
 * @file The `ops` namespace: sums and other reductions over segments, the elements that share an id.
 *
 * Ids outside `0 … numSegments − 1`, negative ones included, are dropped. Empty segments hold the operation's identity.
 * Source: jax.ops.
 */
import { show } from "../base/checks.ts";
import { type ArrayLike, ConcreteArray, type NDArray } from "../core/array.ts";
import { type DType, type Scalar, isInteger } from "../dtypes/dtype.ts";
import { shapeString } from "../dtypes/shape.ts";
import { ArgumentError, DTypeError, ShapeError } from "../base/errors.ts";
import { highest, lowest } from "../loops/ir/values.ts";
import { asArray } from "../lax/operands/convert.ts";
import * as lax from "../lax/index.ts";
import { prod, range } from "../base/util.ts";
import { define } from "../arguments/declare.ts";
import { type OptionsOf, param } from "../arguments/parameters.ts";

const segmentParams = [
  /** Number of segments; by default one more than the greatest id, which must then be concrete. */
  param<[numSegments: number | null]>()("numSegments", null),
  param<[indicesAreSorted: boolean]>()("indicesAreSorted", false),
  param<[uniqueIndices: boolean]>()("uniqueIndices", false),
  /** Accepted as in JAX; sums are exact enough without buckets. */
  param<[bucketSize: number | null]>()("bucketSize", null),
  param<[mode: "drop" | "fill" | "clip" | "promiseInBounds" | null]>()("mode", null),
] as const;
/** Options of the reductions over segments. */
export type SegmentOptions = OptionsOf<typeof segmentParams>;

function countSegments(name: string, ids: NDArray, given: number | null): number {
  if (given !== null) {
    if (!Number.isInteger(given) || given < 0)
      throw new ArgumentError(`${name}: numSegments must be a non-negative integer; got ${show(given)}.`);
    return given;
  }
  if (ids.size === 0) return 0;
  const top = lax.reduceMax(ids, range(ids.ndim));
  if (top instanceof ConcreteArray) return Math.max(0, Number(top.item()) + 1);
  throw new ArgumentError(
    `${name}: the number of segments is not known for traced ids; pass { numSegments }.`,
  );
}

/** A reduction over segments: by `scatter` into arrays of the identity. */
const segment = (name: string, identity: (dtype: DType) => Scalar, scatter: typeof lax.scatterAdd) =>
  define(name, segmentParams, [], (values, data: ArrayLike, segmentIds: ArrayLike): NDArray => {
    const { mode, indicesAreSorted, uniqueIndices } = values;
    const x = asArray(data, name);
    const ids = asArray(segmentIds, name);
    if (!isInteger(ids.dtype))
      throw new DTypeError(`${name}: segment ids must be integers; got ${ids.dtype}.`);
    if (ids.shape.some((d, i) => d !== x.shape[i])) {
      throw new ShapeError(
        `${name}: ids of shape ${shapeString(ids.shape)} do not fit the leading axes of data of shape ${shapeString(x.shape)}.`,
      );
    }
    const count = countSegments(name, ids, values.numSegments);
    const parts = x.shape.slice(ids.ndim);
    const out = lax.full([count, ...parts], identity(x.dtype), x.dtype);
    if (x.size === 0 || count === 0) return out;
    const n = prod(ids.shape);
    const rows = lax.reshape(ids, [n, 1]);
    const dimensions = {
      updateWindowDims: range(parts.length, 1),
      insertedWindowDims: [0],
      scatterDimsToOperandDims: [0],
    };
    return scatter(out, rows, lax.reshape(x, [n, ...parts]), dimensions, {
      mode: mode ?? "drop",
      indicesAreSorted,
      uniqueIndices,
    });
  });

/**
 * The sum of the parts of `data` (along its first axes, those of the ids) of each segment.
 * @throws DTypeError for ids that are no integers; ShapeError for ids that do not fit; ArgumentError for traced ids without
 * `numSegments`
 * @see jax.ops.segment_sum
 * @example
 * ops.segmentSum(np.array([1, 2, 3]), np.array([0, 1, 0], "int32"), { numSegments: 2 }).js(); // [4, 2]
 */
export const segmentSum = segment("segmentSum", () => 0, lax.scatterAdd);

/**
 * The product of each segment; errors as in `segmentSum`. Differentiable with `uniqueIndices` only, as in JAX.
 * @see jax.ops.segment_prod
 * @example
 * ops.segmentProd(np.array([1, 2, 3]), np.array([0, 1, 0], "int32"), { numSegments: 2 }).js(); // [3, 2]
 */
export const segmentProd = segment("segmentProd", () => 1, lax.scatterMul);

/**
 * The maximum of each segment; errors as in `segmentSum`. The lowest number where it is empty.
 * @see jax.ops.segment_max
 * @example
 * ops.segmentMax(np.array([1, 2, 3]), np.array([0, 1, 0], "int32"), { numSegments: 2 }).js(); // [3, 2]
 */
export const segmentMax = segment("segmentMax", lowest, lax.scatterMax);

/**
 * The minimum of each segment; errors as in `segmentSum`. The highest number where it is empty.
 * @see jax.ops.segment_min
 * @example
 * ops.segmentMin(np.array([1, 2, 3]), np.array([0, 1, 0], "int32"), { numSegments: 2 }).js(); // [1, 2]
 */
export const segmentMin = segment("segmentMin", highest, lax.scatterMin);
