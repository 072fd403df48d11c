/**
 * @file Functions of a batch, computed part by part in a loop, so that only one part is in memory.
 * Source: optax/microbatching.
 */
import { refuseMore, checkFunction, checkWhole, show } from "../../base/checks.ts";
import { evalShape } from "../../api/staging.ts";
import { foriLoop } from "../../control-flow/lax.ts";
import type { ArrayLike, NDArray } from "../../core/array.ts";
import { isFloat } from "../../dtypes/dtype.ts";
import { broadcastPrefix, treeFlatten, treeUnflatten } from "../../core/tree.ts";
import { ArgumentError, DTypeError, ShapeError, checkOptions } from "../../base/errors.ts";
import { dynamicIndexInDim, dynamicUpdateIndexInDim } from "../../lax/index.ts";
import * as np from "../../numpy/index.ts";
import { arraysOf, mapArrays } from "../trees/leaves.ts";

/** How results of the parts are put together. */
export type Accumulation = "sum" | "mean" | "runningMean" | "concat";

/** Options of `microbatch`. */
export interface MicrobatchOptions {
  /** The batch axis of each of the arguments, or of all. */
  readonly inAxes?: number | readonly number[] | undefined;
  /** Stop after this many parts. */
  readonly numRealMicrobatches?: ArrayLike | null | undefined;
}

const kinds: readonly string[] = ["sum", "mean", "runningMean", "concat"];

/** Splits an axis of n·size into [n, size]: part i has the elements i, i + n, i + 2n … */
function splitAxis(x: NDArray, size: number, axis: number): NDArray {
  const length = x.shape[axis];
  if (length % size !== 0)
    throw new ShapeError(`microbatch: the batch of ${length} is not a multiple of microbatchSize ${size}.`);
  const shape = [...x.shape.slice(0, axis), size, length / size, ...x.shape.slice(axis + 1)];
  return np.swapaxes(np.reshape(x, shape), axis, axis + 1);
}

/** As it was before `splitAxis`, of axis 0. */
const joinAxis = (x: NDArray): NDArray =>
  np.reshape(np.swapaxes(x, 0, 1), [x.shape[0] * x.shape[1], ...x.shape.slice(2)]);

interface Shape {
  readonly shape: readonly number[];
  readonly dtype: NDArray["dtype"];
}

function start(kind: Accumulation, { shape, dtype }: Shape, n: number): NDArray {
  if (kind.toLowerCase().includes("mean") && !isFloat(dtype))
    throw new DTypeError(`microbatch: a mean needs floats; the result has dtype ${dtype}.`);
  return np.zeros(kind === "concat" ? [n, ...shape] : shape, dtype);
}

function step(kind: Accumulation, acc: NDArray, x: NDArray, i: NDArray): NDArray {
  if (kind === "concat") return dynamicUpdateIndexInDim(acc, x, i, 0);
  if (kind !== "runningMean") return np.add(acc, x);
  const old = np.divide(i, np.add(i, 1)).astype(acc.dtype);
  return np.add(np.multiply(acc, old), np.multiply(x, np.subtract(1, old)));
}

function finish(kind: Accumulation, acc: NDArray, n: number): NDArray {
  if (kind === "mean") return np.divide(acc, n);
  return kind === "concat" ? joinAxis(acc) : acc;
}

/** One whole number, or a list of them, as a list. */
function wholes(what: string, x: unknown): readonly number[] {
  const list: readonly unknown[] = Array.isArray(x) ? x : [x];
  return list.map((k) => {
    checkWhole("microbatch", what, k);
    return k;
  });
}

/**
 * A function of a batch, computed for parts of `microbatchSize` examples one after another.
 *
 * @param argnums the arguments that hold the batch, along axis 0 unless `inAxes` says otherwise
 * @param accumulator what to do with the results: "sum" (default), "mean", "runningMean", "concat"; or a tree (prefix) of these
 * @see optax.microbatch
 * @example
 * const total = optim.microbatch((x: Array) => x.pow(2).sum(), 0, 2);
 * total(np.array([1, 2, 3, 4])).item(); // 30
 */
export function microbatch<A extends readonly unknown[], R>(
  fun: (...args: A) => R,
  argnums: number | readonly number[],
  microbatchSize: number | null,
  accumulator: unknown = "sum",
  options: MicrobatchOptions = {},
  ...more: []
): (...args: A) => R {
  refuseMore("microbatch", 5, more);
  checkOptions("microbatch", options, ["inAxes", "numRealMicrobatches"]);
  checkFunction("microbatch", "the first argument", fun);
  if (microbatchSize === null) return fun;
  checkWhole("microbatch", "microbatchSize", microbatchSize, 1);
  const nums = wholes("argnums", argnums);
  const given = wholes("inAxes", options.inAxes ?? 0);
  if (given.length !== 1 && given.length !== nums.length)
    throw new ArgumentError(`microbatch: ${given.length} axes for ${nums.length} arguments.`);
  const axes = nums.map((_, j) => given[given.length === 1 ? 0 : j]);
  const call = fun as (...args: readonly unknown[]) => unknown;
  return (...args) => {
    const split = nums.map((k, j) => mapArrays((x) => splitAxis(x, microbatchSize, axes[j]), args[k]));
    const sizes = nums.flatMap((k, j) => arraysOf(args[k]).map((x) => x.shape[axes[j]]));
    if (new Set(sizes).size !== 1)
      throw new ShapeError(`microbatch: batches must have one size; got ${sizes.join(", ")}.`);
    const n = sizes[0] / microbatchSize;
    const part = (i: NDArray): unknown => {
      const all: unknown[] = [...args];
      nums.forEach((k, j) => (all[k] = mapArrays((x) => dynamicIndexInDim(x, i, axes[j], false), split[j])));
      return call(...all);
    };
    const first = np.array(0, { dtype: "int32" });
    const [shapes, def] = treeFlatten(evalShape(part, first), isShape);
    const ways = broadcastPrefix(
      accumulator,
      treeUnflatten(
        def,
        shapes.map(() => 0),
      ),
      "microbatch",
    ) as Accumulation[];
    const wrong = ways.find((kind) => !kinds.includes(kind));
    if (wrong !== undefined)
      throw new ArgumentError(
        `microbatch: accumulator must be one of ${kinds.join(", ")}; got ${show(wrong)}.`,
      );
    const init = shapes.map((s, j) => start(ways[j], s as Shape, n));
    const body = (i: NDArray, acc: readonly NDArray[]): NDArray[] => {
      const results = arraysOf(part(i));
      return acc.map((a, j) => step(ways[j], a, results[j], i));
    };
    const sums = foriLoop<readonly NDArray[]>(0, options.numRealMicrobatches ?? n, body, init);
    return treeUnflatten(
      def,
      sums.map((a, j) => finish(ways[j], a, n)),
    ) as R;
  };
}

const isShape = (x: unknown): boolean => typeof x === "object" && x !== null && "shape" in x && "dtype" in x;
