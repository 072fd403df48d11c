/**
 * @file The methods of arrays, for concrete ones and tracers alike: tables of the functions that they are, which together
 * with those of indexing-methods.ts must hold every method that `ArrayMethods` declares.
 *
 * A bundler cannot see which methods a program uses. Those of this file are small, and always there; the others come with
 * the module that installs them, and say so where it is missing.
 */
import { show, refuseMore } from "../base/checks.ts";
import type { ArrayLike, NDArray } from "../core/array.ts";
import { dtypeInfo } from "../dtypes/dtype.ts";
import type { ArrayMethods, Axis, ReduceOptions } from "../core/methods.ts";
import type { Repeat } from "../core/tree-types.ts";
import { ArgumentError, ShapeError } from "../base/errors.ts";
import * as lax from "../lax/plain.ts";
import { range } from "../base/util.ts";
import { isPlainObject } from "../arguments/rest.ts";
import { cumprod, cumsum } from "./reductions/cumulative.ts";
import { astype } from "./dtypes/dtypes.ts";
import * as manipulation from "./shapes/manipulation.ts";
import { dot, matmul } from "./products/linear.ts";
import * as reductions from "./reductions/reductions.ts";
import * as arithmetic from "./ufuncs/arithmetic.ts";
import * as comparison from "./ufuncs/comparison.ts";
import { clip, conj, imag, real } from "./ufuncs/logic.ts";
import * as plain from "./ufuncs/plain.ts";
import { power } from "./ufuncs/power.ts";
import { round } from "./ufuncs/round.ts";
import { leftOut } from "./operands/left-out.ts";

/** A method as a function: of the array, then of what the method is given. */
export type Functions = {
  readonly [K in keyof ArrayMethods]?: ArrayMethods[K] extends (...args: infer A) => infer R
    ? (x: NDArray, ...args: Required<A>) => R
    : never;
};

const unary = {
  neg: arithmetic.negative,
  abs: arithmetic.abs,
  logicalNot: comparison.logicalNot,
  ravel: manipulation.ravel,
  flatten: manipulation.ravel,
  conj,
  conjugate: conj,
  copy: manipulation.copy,
  clone: manipulation.copy,
} satisfies Functions;

const binary = {
  add: plain.add,
  sub: plain.subtract,
  mul: plain.multiply,
  div: arithmetic.divide,
  floorDivide: arithmetic.floorDivide,
  mod: arithmetic.remainder,
  pow: power,
  matmul,
  dot,
  less: comparison.less,
  lessEqual: comparison.lessEqual,
  greater: comparison.greater,
  greaterEqual: comparison.greaterEqual,
  equal: comparison.equal,
  notEqual: comparison.notEqual,
  logicalAnd: plain.logicalAnd,
  logicalOr: plain.logicalOr,
} satisfies Functions;

/** Arguments that are left out have the functions' defaults. */
const withParameters = {
  argmax: reductions.argmax,
  argmin: reductions.argmin,
  cumsum,
  cumprod,
  squeeze: manipulation.squeeze,
  transpose: manipulation.transpose,
  swapaxes: manipulation.swapaxes,
  clip,
  round,
  astype,
} satisfies Functions;

/** Methods `x.sum(axis, options)`, or `x.sum(options)`. */
const reduction = {
  sum: reductions.sum,
  prod: reductions.prod,
  mean: reductions.mean,
  var: reductions.var_,
  std: reductions.std,
  max: reductions.max,
  min: reductions.min,
  all: reductions.all,
  any: reductions.any,
} satisfies { readonly [K in keyof ArrayMethods]?: (x: NDArray, options: ReduceOptions) => NDArray };

function reduce(
  f: (x: NDArray, options: ReduceOptions) => NDArray,
  x: NDArray,
  axis: Axis | ReduceOptions | undefined,
  options: ReduceOptions | undefined,
): NDArray {
  if (isPlainObject(axis)) return f(x, { ...axis, ...options });
  return f(x, { ...(axis === undefined ? {} : { axis: axis as Axis }), ...options });
}

const others = {
  reshape(this: NDArray, ...shape: readonly (number | readonly number[])[]): NDArray {
    // As NumPy's method: x.reshape(3, 1) is x.reshape([3, 1]).
    if (shape.length > 1 && shape.every((d) => typeof d === "number"))
      return manipulation.reshape(this, shape);
    return (manipulation.reshape as (...args: readonly unknown[]) => NDArray)(this, ...shape);
  },
  ptp(this: NDArray, axis: Axis = null, keepdims = false, ...more: []): NDArray {
    refuseMore("ptp", 2, more);
    return reductions.ptp(this, { axis, keepdims });
  },
  unpack<const N extends number>(this: NDArray, count: N, ...more: []): Repeat<NDArray, N> {
    refuseMore("unpack", 1, more);
    if (this.ndim === 0 || this.shape[0] !== count)
      throw new ShapeError(`unpack: expected a first axis of size ${show(count)}; got ${String(this.aval)}.`);
    return [...rows(this)] as Repeat<NDArray, N>;
  },
} satisfies Omit<
  ArrayMethods,
  | keyof (typeof accessors & typeof unary & typeof binary & typeof withParameters & typeof reduction)
  | LaterMethod
>;

/** The methods of indexing-methods.ts. */
const later = [
  "argpartition",
  "argsort",
  "at",
  "byteswap",
  "choose",
  "compress",
  "diagonal",
  "nonzero",
  "repeat",
  "searchsorted",
  "slice",
  "sort",
  "take",
  "tobytes",
  "trace",
] as const satisfies readonly (keyof ArrayMethods)[];
export type LaterMethod = (typeof later)[number];

const missing = (name: LaterMethod) => (): never => {
  throw leftOut(`x.${name}`, ", or call the function of numpy that does the same");
};

/** Yields the parts along the first axis; the number of steps is the static size of that axis. */
function* rows(x: NDArray): Generator<NDArray> {
  for (const i of range(x.shape[0])) yield lax.indexInDim(x, i, 0, false);
}

const getter = <R>(f: (x: NDArray) => R) => ({
  get(this: NDArray): R {
    return f(this);
  },
});

const accessors = {
  T: getter(manipulation.transpose),
  mT: getter(manipulation.matrixTranspose),
  itemsize: getter((x) => dtypeInfo(x.dtype).bytes),
  nbytes: getter((x) => x.size * dtypeInfo(x.dtype).bytes),
  real: getter(real),
  imag: getter(imag),
  [Symbol.iterator]: {
    value(this: NDArray): Iterator<NDArray> {
      if (this.ndim === 0)
        throw new ArgumentError("iteration over a 0-dimensional array: it has no axis; read it with item().");
      return rows(this);
    },
  },
};

/** The descriptors of a table of functions, each made a method by `as`. */
export const described = <F>(
  table: Readonly<Record<string, F>>,
  as: (f: F) => unknown,
): PropertyDescriptorMap =>
  Object.fromEntries(
    Object.entries(table).map(([name, f]) => [name, { value: as(f), configurable: true, writable: true }]),
  );

/** A method that passes all it is given. */
export const passing = (f: (...args: never[]) => unknown) =>
  function (this: NDArray, ...args: unknown[]): unknown {
    return Reflect.apply(f, undefined, [this, ...args]);
  };

/** What `NDArray.prototype` is given. */
export const methodDescriptors: PropertyDescriptorMap = {
  ...described(
    unary,
    (f) =>
      function (this: NDArray, ...more: readonly unknown[]): NDArray {
        return more.length === 0 ? f(this) : (f as (...args: readonly unknown[]) => NDArray)(this, ...more);
      },
  ),
  ...described(
    binary,
    (f) =>
      function (this: NDArray, other: ArrayLike, ...more: readonly unknown[]): NDArray {
        return more.length === 0
          ? f(this, other)
          : (f as (...args: readonly unknown[]) => NDArray)(this, other, ...more);
      },
  ),
  ...described(Object.fromEntries(later.map((name) => [name, missing(name)])), (f) => f),
  ...described(withParameters, passing),
  ...described(
    reduction,
    (f) =>
      function (
        this: NDArray,
        axis?: Axis | ReduceOptions,
        options?: ReduceOptions,
        ...more: readonly unknown[]
      ): NDArray {
        if (more.length > 0) refuseMore(f.name, 2, more);
        return reduce(f, this, axis, options);
      },
  ),
  ...described(others, (f) => f),
  ...Object.fromEntries(
    Reflect.ownKeys(accessors).map((k) => [
      k,
      { ...accessors[k as keyof typeof accessors], configurable: true },
    ]),
  ),
};
