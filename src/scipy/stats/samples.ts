/**
 * @file Statistics of samples: rankdata, mode, sem. Ranks and modes come from one sort along the axis and scans over the
 * runs of equal values, so they work for any shape and under every transformation; they have no derivative.
 */
import type { ArrayLike, NDArray } from "../../core/array.ts";
import { defaultFloat, isFloat, isInexact } from "../../dtypes/dtype.ts";
import { canonicalAxis } from "../../dtypes/shape.ts";
import { ArgumentError } from "../../base/errors.ts";
import { asArray } from "../../lax/operands/convert.ts";
import * as lax from "../../lax/index.ts";
import { define } from "../../arguments/declare.ts";
import { param } from "../../arguments/parameters.ts";
import * as np from "../../numpy/index.ts";
import { inexact } from "../../numpy/operands/promote.ts";

/**
 * What becomes of NaNs: "propagate" (the result is NaN), "omit" (they are left out), "raise" (an error; SciPy's, and no
 * function takes it, since compiled programs raise none).
 */
export type NanPolicy = "propagate" | "omit" | "raise";

const nanPolicyParam = param<[nanPolicy: NanPolicy]>()("nanPolicy", "propagate");
const axisParam = param<[axis: number | null]>()("axis", 0);
const keepdimsParam = param<[keepdims: boolean]>()("keepdims", false);

function checkPolicy(where: string, given: NanPolicy, allowed: readonly NanPolicy[]): void {
  if (!allowed.includes(given)) {
    throw new ArgumentError(
      `${where}: nanPolicy must be ${allowed.map((p) => `'${p}'`).join(" or ")}; got '${given as string}'.`,
    );
  }
}

interface Runs {
  /** The values in order along the last axis, and where each came from. */
  readonly sorted: NDArray;
  readonly origin: NDArray;
  /** Position (from 0) of the first and last element of the run each belongs to, and the number of that run (from 1). */
  readonly first: NDArray;
  readonly last: NDArray;
  readonly run: NDArray;
}

/** The runs of equal values along the last axis; NaNs are equal to each other. */
function runsOf(x: NDArray): Runs {
  const axis = x.ndim - 1;
  const n = x.shape[axis];
  const place = lax.broadcastedIota("int32", x.shape, axis);
  const [sorted, origin] = lax.sort([x, place], { dimension: axis, numKeys: 1 });
  const before = lax.sliceInDim(sorted, 0, n - 1, 1, axis);
  const after = lax.sliceInDim(sorted, 1, n, 1, axis);
  const nans = lax.bitwiseAnd(lax.ne(before, before), lax.ne(after, after));
  const change = lax.bitwiseAnd(lax.ne(before, after), lax.bitwiseNot(nans));
  const edge = lax.full([...x.shape.slice(0, -1), 1], true, "bool");
  const starts = lax.concatenate([edge, change], axis);
  const ends = lax.concatenate([change, edge], axis);
  return {
    sorted,
    origin,
    first: lax.cummax(lax.select(starts, place, 0), axis),
    last: lax.cummin(lax.select(ends, place, n), axis, true),
    run: lax.cumsum(lax.convertElementType(starts, "int32"), axis),
  };
}

const methods = ["average", "min", "max", "dense", "ordinal"] as const;
/**
 * Which ranks tied elements get: their "average", the smallest ("min") or largest ("max") of them, "dense" (the next rank
 * follows without a gap), or "ordinal" (in order of position).
 */
export type RankMethod = (typeof methods)[number];

/**
 * Ranks from 1, in a float dtype. Ties get the average, the smallest, the largest, consecutive (`dense`) or positional
 * (`ordinal`) ranks. If a NaN takes part, all ranks are NaN. Ranks have no derivative.
 *
 * Parameters: method = "average"; by name: axis = null (the flattened array), nanPolicy = "propagate" (the only one).
 * @throws ArgumentError for another method or policy
 * @see jax.scipy.stats.rankdata
 * @example
 * scipy.stats.rankdata(np.array([3, 1, 3])).js(); // [2.5, 1, 2.5]
 */
export const rankdata = define(
  "rankdata",
  [param<[method: RankMethod]>()("method", "average")],
  [param<[axis: number | null]>()("axis", null), nanPolicyParam],
  ({ method, axis, nanPolicy }, a: ArrayLike) => {
    checkPolicy("rankdata", nanPolicy, ["propagate"]);
    if (!methods.includes(method))
      throw new ArgumentError(
        `rankdata: method must be one of ${methods.join(", ")}; got '${method as string}'.`,
      );
    const given = asArray(a, "rankdata");
    const x =
      axis === null ? np.ravel(given) : np.moveaxis(given, canonicalAxis(axis, given.ndim, "rankdata"), -1);
    const dtype = isInexact(x.dtype) ? x.dtype : defaultFloat();
    if (x.size === 0) return lax.full(given.shape, 0, dtype);
    const last = x.ndim - 1;
    const runs = runsOf(x);
    const float = (r: NDArray): NDArray => lax.convertElementType(r, dtype);
    const ranks: { readonly [M in RankMethod]: () => NDArray } = {
      average: () => lax.mul(lax.add(float(lax.add(runs.first, runs.last)), 2), 0.5),
      min: () => float(lax.add(runs.first, 1)),
      max: () => float(lax.add(runs.last, 1)),
      dense: () => float(runs.run),
      ordinal: () => lax.add(float(lax.broadcastedIota("int32", x.shape, last)), 1),
    };
    const back = lax.sort([runs.origin, ranks[method]()], { dimension: last, numKeys: 1 })[1];
    const out = isFloat(x.dtype)
      ? np.where(np.any(np.isnan(x), { axis: -1, keepdims: true }), NaN, back)
      : back;
    return axis === null ? out : np.moveaxis(out, -1, axis);
  },
);

/**
 * [The most frequent value, how often it occurs] along an axis. Of several the smallest. It has no derivative.
 *
 * Parameters: axis = 0 (null: all), nanPolicy = "propagate" (the only one), keepdims = false.
 * @throws ArgumentError for another policy
 * @see jax.scipy.stats.mode
 * @example
 * scipy.stats.mode(np.array([3, 1, 3]))[0].item(); // 3
 */
export const mode = define(
  "mode",
  [axisParam, nanPolicyParam, keepdimsParam],
  [],
  ({ axis, nanPolicy, keepdims }, a: ArrayLike): [mode: NDArray, count: NDArray] => {
    checkPolicy("mode", nanPolicy, ["propagate"]);
    const given = np.atleast1d(a);
    const at = axis === null ? 0 : canonicalAxis(axis, given.ndim, "mode");
    const x = axis === null ? np.ravel(given) : np.moveaxis(given, at, -1);
    const outShape = keepdims
      ? given.shape.map((d, i) => (axis === null || i === at ? 1 : d))
      : x.shape.slice(0, -1);
    if (x.shape[x.ndim - 1] === 0)
      return [lax.full(outShape, NaN, defaultFloat()), lax.full(outShape, 0, "int32")];
    const { sorted, first, last } = runsOf(x);
    const counts = lax.add(lax.sub(last, first), 1);
    const best = lax.expandDims(lax.argmax(counts, x.ndim - 1, "int32"), [x.ndim - 1]);
    const pick = (values: NDArray): NDArray => lax.reshape(np.takeAlongAxis(values, best, -1), outShape);
    return [pick(sorted), pick(counts)];
  },
);

/**
 * Standard error of the mean along an axis.
 *
 * Parameters: axis = 0 (null: all), ddof = 1, nanPolicy = "propagate" ("omit": NaNs are left out); by name: keepdims = false.
 * @throws ArgumentError for another policy
 * @see jax.scipy.stats.sem
 * @example
 * scipy.stats.sem(np.array([1, 3])).item(); // 1
 */
export const sem = define(
  "sem",
  [axisParam, param<[ddof: number]>()("ddof", 1), nanPolicyParam],
  [keepdimsParam],
  ({ axis, ddof, nanPolicy, keepdims }, a: ArrayLike) => {
    checkPolicy("sem", nanPolicy, ["propagate", "omit"]);
    const x = inexact("sem", a);
    if (nanPolicy === "omit") {
      const count = np.sum(np.logicalNot(np.isnan(x)), { axis, keepdims });
      return np.divide(np.nanstd(x, { axis, ddof, keepdims }), np.sqrt(count.astype(x.dtype)));
    }
    const size = axis === null ? x.size : x.shape[canonicalAxis(axis, x.ndim, "sem")];
    return lax.div(np.std(x, { axis, ddof, keepdims }), Math.sqrt(size));
  },
);
