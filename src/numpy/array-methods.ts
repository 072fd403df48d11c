/**
 * @file The methods of arrays, for concrete ones and tracers alike: one table, which must hold every method that
 * `ArrayMethods` declares.
 */
import { type ArrayLike, NDArray } from "../core/array.ts";
import { dtypeInfo } from "../dtypes/dtype.ts";
import type { ArrayMethods, Axis, IndexEntry, IndexUpdater, ReduceOptions } from "../core/methods.ts";
import { ArgumentError } from "../base/errors.ts";
import * as lax from "../lax/index.ts";
import { range } from "../base/util.ts";
import { isPlainObject } from "./operands/args.ts";
import { choose, compress } from "./indexing/choosing.ts";
import { cumprod, cumsum } from "./reductions/cumulative.ts";
import { astype } from "./dtypes/dtypes.ts";
import { index, updater } from "./indexing/indexing.ts";
import {
  copy,
  matrixTranspose,
  ravel,
  reshape,
  squeeze,
  swapaxes,
  transpose,
} from "./shapes/manipulation.ts";
import { dot, matmul } from "./products/linear.ts";
import {
  all,
  any,
  argmax,
  argmin,
  max,
  mean,
  min,
  prod,
  ptp,
  std,
  sum,
  var_,
} from "./reductions/reductions.ts";
import { nonzero } from "./indexing/nonzero.ts";
import { repeat } from "./shapes/repetition.ts";
import { argpartition, argsort, searchsorted, sort } from "./sorting/sorting.ts";
import { take } from "./indexing/take.ts";
import { diagonal, trace } from "./creation/triangular.ts";
import {
  abs,
  add,
  divide,
  floorDivide,
  multiply,
  negative,
  remainder,
  subtract,
} from "./ufuncs/arithmetic.ts";
import {
  clip,
  conj,
  equal,
  greater,
  greaterEqual,
  imag,
  less,
  lessEqual,
  logicalAnd,
  logicalNot,
  logicalOr,
  notEqual,
  real,
} from "./ufuncs/logic.ts";
import { power } from "./ufuncs/power.ts";
import { round } from "./ufuncs/round.ts";

type AxisOrOptions<O> = Axis | O | undefined;

/** `x.sum(axis, options)` and `x.sum(options)` as one options object. */
function merge<O extends ReduceOptions>(axis: AxisOrOptions<O>, options: O | undefined): O {
  if (isPlainObject(axis)) return { ...(axis as O), ...options };
  return { ...(axis === undefined ? {} : { axis }), ...options } as O;
}

const binary = (f: (x: ArrayLike, y: ArrayLike) => NDArray) =>
  function (this: NDArray, other: ArrayLike): NDArray {
    return f(this, other);
  };

const unary = (f: (x: ArrayLike) => NDArray) =>
  function (this: NDArray): NDArray {
    return f(this);
  };

const reduction = <O extends ReduceOptions>(f: (x: ArrayLike, options: O) => NDArray) =>
  function (this: NDArray, axis?: AxisOrOptions<O>, options?: O): NDArray {
    return f(this, merge(axis, options));
  };

const along = (f: (x: ArrayLike, axis: number | null) => NDArray) =>
  function (this: NDArray, axis?: number | null): NDArray {
    return f(this, axis ?? null);
  };

const methods = {
  add: binary(add),
  sub: binary(subtract),
  mul: binary(multiply),
  div: binary(divide),
  floorDivide: binary(floorDivide),
  mod: binary(remainder),
  pow: binary(power),
  matmul: binary(matmul),
  dot: binary(dot),
  neg: unary(negative),
  abs: unary(abs),
  less: binary(less),
  lessEqual: binary(lessEqual),
  greater: binary(greater),
  greaterEqual: binary(greaterEqual),
  equal: binary(equal),
  notEqual: binary(notEqual),
  logicalAnd: binary(logicalAnd),
  logicalOr: binary(logicalOr),
  logicalNot: unary(logicalNot),
  sum: reduction<ReduceOptions>(sum),
  prod: reduction<ReduceOptions>(prod),
  mean: reduction<ReduceOptions>(mean),
  var: reduction<ReduceOptions & { ddof?: number }>(var_),
  std: reduction<ReduceOptions & { ddof?: number }>(std),
  max: reduction<ReduceOptions>(max),
  min: reduction<ReduceOptions>(min),
  all: reduction<ReduceOptions>(all),
  any: reduction<ReduceOptions>(any),
  argmax: along(argmax),
  argmin: along(argmin),
  cumsum: along(cumsum),
  cumprod: along(cumprod),
  sort(this: NDArray, axis = -1): NDArray {
    return sort(this, axis);
  },
  argsort(this: NDArray, axis = -1): NDArray {
    return argsort(this, axis);
  },
  reshape(this: NDArray, shape: number | readonly number[]): NDArray {
    return reshape(this, shape);
  },
  ravel: unary(ravel),
  flatten: unary(ravel),
  squeeze(this: NDArray, axis?: number | readonly number[]): NDArray {
    return axis === undefined ? squeeze(this) : squeeze(this, axis);
  },
  transpose(this: NDArray, axes?: readonly number[]): NDArray {
    return axes === undefined ? transpose(this) : transpose(this, axes);
  },
  swapaxes(this: NDArray, a: number, b: number): NDArray {
    return swapaxes(this, a, b);
  },
  diagonal(this: NDArray, offset = 0, axis1 = 0, axis2 = 1): NDArray {
    return diagonal(this, offset, axis1, axis2);
  },
  trace(this: NDArray, offset = 0, axis1 = 0, axis2 = 1): NDArray {
    return trace(this, offset, axis1, axis2);
  },
  repeat(this: NDArray, repeats: number, axis?: number): NDArray {
    return axis === undefined ? repeat(this, repeats) : repeat(this, repeats, axis);
  },
  take(this: NDArray, indices: ArrayLike, axis?: number | null): NDArray {
    return axis === undefined ? take(this, indices) : take(this, indices, axis);
  },
  clip(this: NDArray, low?: ArrayLike | null, high?: ArrayLike | null): NDArray {
    return clip(this, low ?? null, high ?? null);
  },
  round(this: NDArray, decimals = 0): NDArray {
    return round(this, decimals);
  },
  conj: unary(conj),
  conjugate: unary(conj),
  argpartition(this: NDArray, kth: number, axis = -1): NDArray {
    return argpartition(this, kth, axis);
  },
  choose(
    this: NDArray,
    choices: readonly ArrayLike[] | NDArray,
    options?: { readonly mode?: "raise" | "wrap" | "clip" | undefined },
  ): NDArray {
    return choose(this, choices, options);
  },
  compress(this: NDArray, condition: ArrayLike, axis: number | null = null): NDArray {
    return compress(condition, this, axis);
  },
  nonzero(
    this: NDArray,
    options?: { readonly size?: number | undefined; readonly fillValue?: ArrayLike | undefined },
  ): NDArray[] {
    return nonzero(this, options);
  },
  ptp(this: NDArray, axis: Axis = null, keepdims = false): NDArray {
    return ptp(this, { axis, keepdims });
  },
  searchsorted(
    this: NDArray,
    v: ArrayLike,
    side: "left" | "right" = "left",
    sorter: ArrayLike | null = null,
  ): NDArray {
    return searchsorted(this, v, side, sorter);
  },
  copy: unary(copy),
  clone: unary(copy),
  astype(this: NDArray, dtype: NDArray["dtype"]): NDArray {
    return astype(this, dtype);
  },
  slice(this: NDArray, ...entries: IndexEntry[]): NDArray {
    return index(this, entries);
  },
  at(this: NDArray, ...entries: IndexEntry[]): IndexUpdater {
    return updater(this, entries);
  },
} satisfies Omit<ArrayMethods, keyof typeof accessors>;

/** Yields the parts along the first axis; the number of steps is the static size of that axis. */
function* rows(x: NDArray): Generator<NDArray> {
  for (const i of range(x.shape[0])) yield lax.indexInDim(x, i, 0, false);
}

const accessors = {
  T: { get: unary(transpose) },
  mT: { get: unary(matrixTranspose) },
  itemsize: {
    get(this: NDArray): number {
      return dtypeInfo(this.dtype).bytes;
    },
  },
  nbytes: {
    get(this: NDArray): number {
      return this.size * dtypeInfo(this.dtype).bytes;
    },
  },
  real: { get: unary(real) },
  imag: { get: unary(imag) },
  [Symbol.iterator]: {
    value(this: NDArray): Iterator<NDArray> {
      if (this.ndim === 0)
        throw new ArgumentError("iteration over a 0-dimensional array: it has no axis; read it with item().");
      return rows(this);
    },
  },
};

/** What `NDArray.prototype` is given. */
export const methodDescriptors: PropertyDescriptorMap = {
  ...Object.fromEntries(
    Object.entries(methods).map(([name, value]) => [name, { value, configurable: true, writable: true }]),
  ),
  ...Object.fromEntries(
    Reflect.ownKeys(accessors).map((k) => [
      k,
      { ...accessors[k as keyof typeof accessors], configurable: true },
    ]),
  ),
};
