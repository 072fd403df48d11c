/**
 * @file The operations of the programs of exact.ts: each takes two values of whatever shape and dtype, makes them fit, and
 * gives one. They should cover what has a lowering of its own, at all layouts.
 */
import type { NDArray } from "../../src/core/array.ts";
import { type DType, type Scalar, isFloat } from "../../src/dtypes/dtype.ts";
import * as lax from "../../src/control-flow/lax.ts";
import { array, sizeOf } from "../util/make-arrays.ts";
import { type Operation, coerce, index, int, like, number, ranked } from "./coerce.ts";
import { nested } from "./exact-loops.ts";

type A = NDArray;

const all = (x: A): number[] => [...x.shape.keys()];
const float = (x: A): A => (isFloat(x.dtype) ? x : lax.convertElementType(x, "float32"));
const integer = (x: A): A =>
  isFloat(x.dtype) || x.dtype === "bool" ? lax.convertElementType(x, "int32") : x;
const matrix = (x: A): A =>
  x.ndim >= 2 ? lax.reshape(x, [x.shape[0], sizeOf(x.shape.slice(1))]) : lax.reshape(x, [1, x.size]);
const axisOf = (x: A, k: number): number => k % x.ndim;

/** Of each value; `of` makes the operand what is accepted. */
const unary =
  (of: (x: A) => A, f: (x: A) => A): Operation =>
  (x) =>
    f(of(x));
/** Of two values of one shape, or of a value and a scalar, on either side. */
const binary =
  (of: (x: A) => A, f: (x: A, y: A) => A): Operation =>
  (x, y, { k }) => {
    const a = of(x);
    const scalar = (): A => coerce(y, [], a.dtype);
    return k % 4 === 0 ? f(a, scalar()) : k % 4 === 1 ? f(scalar(), a) : f(a, like(y, a));
  };
const same = (x: A): A => x;
const logical = (x: A): A => (isFloat(x.dtype) ? lax.gt(x, lax.fullLike(x, 0)) : x);

const elementwise: Readonly<Record<string, Operation>> = {
  neg: unary(number, lax.neg),
  abs: unary(number, lax.abs),
  sign: unary(number, lax.sign),
  floor: unary(float, lax.floor),
  sin: unary(float, lax.sin),
  tanh: unary(float, lax.tanh),
  exp: unary(float, (x) => lax.exp(lax.mul(x, 0.25))),
  cube: unary(number, (x) => lax.integerPow(x, 3)),
  not: unary(logical, lax.bitwiseNot),
  bits: unary(integer, lax.populationCount),
  zeros: unary(integer, lax.clz),
  add: binary(number, lax.add),
  sub: binary(number, lax.sub),
  mul: binary(number, lax.mul),
  max: binary(same, lax.max),
  min: binary(same, lax.min),
  rem: binary(integer, lax.rem),
  div: binary(integer, lax.div),
  and: binary(logical, lax.bitwiseAnd),
  or: binary(logical, lax.bitwiseOr),
  xor: binary(logical, lax.bitwiseXor),
  left: binary(integer, lax.shiftLeft),
  right: binary(integer, lax.shiftRightLogical),
  signedRight: binary(integer, lax.shiftRightArithmetic),
  less: binary(same, lax.lt),
  equal: binary(same, lax.eq),
  select: (x, y, { k }) => {
    const p = lax.ge(x, lax.fullLike(x, k % 3));
    return k % 2 === 0 ? lax.select(p, x, like(y, x)) : lax.select(p, like(y, x), lax.fullLike(x, 1));
  },
  cast: (x, _, { k }) => {
    const to: readonly DType[] = [
      "float64",
      "float32",
      "int32",
      "uint8",
      "bool",
      "int8",
      "uint32",
      "int16",
      "float16",
      "int64",
      "uint64",
    ];
    return lax.convertElementType(x, to[k % to.length]);
  },
  iota: (x, _, { k }) => (x.ndim === 0 ? x : lax.broadcastedIota("int32", x.shape, axisOf(x, k))),
};

/** Along one axis, or all of them. */
const reducer =
  (of: (x: A) => A, f: (x: A, axes: number[]) => A, empty = true): Operation =>
  (x, _, { k }) => {
    const a = of(x);
    if (a.ndim === 0 || (!empty && a.size === 0)) return a;
    const axis = axisOf(a, k);
    return f(a, k % 5 === 0 ? all(a) : k % 5 === 1 ? all(a).filter((i) => i !== axis) : [axis]);
  };
const cumulative =
  (of: (x: A) => A, f: (x: A, axis: number, reverse: boolean) => A): Operation =>
  (x, _, { k }) =>
    f(ranked(of(x)), axisOf(ranked(x), k), k % 2 === 1);

const window =
  (op: (a: A, b: A) => A, start: (x: A) => Scalar): Operation =>
  (x, _, { k }) => {
    const a = ranked(number(x));
    if (a.size === 0) return a;
    const ones = a.shape.map(() => 1);
    const size = ones.map((_, i) => (i === axisOf(a, k) ? Math.min(3, a.shape[i]) : 1));
    const strides = ones.map((_, i) => (i === axisOf(a, k) ? 1 + (k % 2) : 1));
    return lax.reduceWindow(a, start(a), op, size, strides, k % 3 === 0 ? "SAME" : "VALID");
  };
const lowest = (x: A): Scalar =>
  isFloat(x.dtype) ? -Infinity : x.dtype.startsWith("u") ? 0n : -(2n ** (bits(x) - 1n));
const highest = (x: A): Scalar =>
  isFloat(x.dtype) ? Infinity : 2n ** (x.dtype.startsWith("u") ? bits(x) : bits(x) - 1n) - 1n;
const bits = (x: A): bigint => BigInt(/\d+$/.exec(x.dtype)![0]);

const reductions: Readonly<Record<string, Operation>> = {
  sum: reducer(number, lax.reduceSum),
  prod: reducer(number, (x, axes) => lax.reduceProd(lax.sign(x), axes)),
  reduceMax: reducer(number, lax.reduceMax, false),
  reduceMin: reducer(number, lax.reduceMin, false),
  any: reducer(logical, lax.reduceOr),
  every: reducer(logical, lax.reduceAnd),
  parity: reducer(integer, lax.reduceXor),
  argmax: reducer(number, (x, axes) => lax.argmax(x, axes[0] ?? 0, "int32"), false),
  argmin: reducer(number, (x, axes) => lax.argmin(x, axes[0] ?? 0, "int32"), false),
  cumsum: cumulative(number, lax.cumsum),
  cumprod: cumulative(number, (x, axis, reverse) => lax.cumprod(lax.sign(x), axis, reverse)),
  cummax: cumulative(number, lax.cummax),
  cummin: cumulative(number, lax.cummin),
  windowMin: window(lax.min, highest),
  windowSum: window(lax.add, () => 0),
  windowMax: window(lax.max, lowest),
};

const movement: Readonly<Record<string, Operation>> = {
  transpose: (x, _, { k }) => {
    const axes = all(x);
    return lax.transpose(x, k % 2 === 0 ? axes.reverse() : [...axes.slice(1), ...axes.slice(0, 1)]);
  },
  flatten: (x) => lax.reshape(x, [x.size]),
  matrix: (x) => matrix(x),
  rev: (x, _, { k }) => (x.ndim === 0 ? x : lax.rev(x, [axisOf(x, k)])),
  newAxis: (x, _, { k }) => {
    const at = k % (x.ndim + 1);
    const shape = [...x.shape.slice(0, at), 1 + (k % 3), ...x.shape.slice(at)];
    if (x.ndim > 3) return x;
    return lax.broadcastInDim(
      x,
      shape,
      [...shape.keys()].filter((i) => i !== at),
    );
  },
  slice: (x, _, { k }) => {
    const from = x.shape.map((d) => (d > 1 ? k % 2 : 0));
    return lax.slice(
      x,
      from,
      x.shape,
      x.shape.map((_, i) => 1 + ((k + i) % 3)),
    );
  },
  pad: (x, y, { k }) => {
    const axis = k % Math.max(x.ndim, 1);
    const config = x.shape.map((d, i): [number, number, number] =>
      i !== axis ? [0, 0, 0] : [(k % 3) - (d > 0 ? 1 : 0), k % 2, k % 3],
    );
    return lax.pad(x, coerce(y, [], x.dtype), config);
  },
  concatenate: (x, y, { k }) => {
    const a = ranked(x);
    return lax.concatenate(k % 3 === 0 ? [like(y, a), a, a] : [a, like(y, a)], axisOf(a, k));
  },
  sort: (x, _, { k }) => lax.sort(ranked(number(x)), { dimension: axisOf(ranked(x), k) }),
  sortPairs: (x, y, { k }) => {
    const a = ranked(number(x));
    const pair = lax.sort([a, like(number(y), a)], { dimension: axisOf(a, k), numKeys: 1 + (k % 2) });
    return pair[1];
  },
  top: (x, _, { k }) => {
    const a = ranked(number(x));
    const n = a.shape[a.ndim - 1];
    return lax.topK(a, Math.min(n, 1 + (k % 4)))[k % 2];
  },
};

/** `count` different rows of `n`. */
const distinct = (k: number, count: number, n: number): A =>
  array(
    [count, 1],
    Array.from({ length: count }, (_, i) => (k + i) % n),
    "int32",
  );
const rowNumbers = (x: A) => ({ offsetDims: all(x).slice(1), collapsedSliceDims: [0], startIndexMap: [0] });
const scatterNumbers = (x: A) => ({
  updateWindowDims: all(x).slice(1),
  insertedWindowDims: [0],
  scatterDimsToOperandDims: [0],
});
/** Rows chosen by values, some more than once, some outside. */
const rowsBy = (y: A, n: number): A => lax.sub(coerce(lax.abs(number(y)), [n, 1], "int32"), int(1));

const scattered =
  (f: typeof lax.scatterAdd, of: (x: A) => A = number): Operation =>
  (x, y, { k }) => {
    const a = ranked(of(x));
    if (a.size === 0) return a;
    const rows = 1 + (k % 4);
    const updates = of(coerce(y, [rows, ...a.shape.slice(1)], a.dtype));
    const mode = k % 2 === 0 ? "clip" : "fill";
    return f(a, rowsBy(y, rows), updates, scatterNumbers(a), { mode });
  };

const indexing: Readonly<Record<string, Operation>> = {
  gatherRows: (x, y, { k }) => {
    const a = ranked(x);
    if (a.size === 0) return a;
    const mode = k % 2 === 0 ? "clip" : "fill";
    return lax.gather(a, rowsBy(y, 1 + (k % 6)), rowNumbers(a), [1, ...a.shape.slice(1)], { mode });
  },
  gatherPoints: (x, y, { k }) => {
    const a = matrix(x);
    if (a.size === 0) return a;
    const places = lax.abs(coerce(y, [1 + (k % 5), 2], "int32"));
    const numbers = {
      offsetDims: [],
      collapsedSliceDims: [0, 1],
      startIndexMap: k % 3 === 0 ? [1, 0] : [0, 1],
    };
    return lax.gather(a, places, numbers, [1, 1], { mode: "clip" });
  },
  gatherBlocks: (x, y, { k }) => {
    const a = matrix(x);
    if (a.size === 0) return a;
    const places = coerce(y, [2, 1], "int32");
    const numbers = { offsetDims: [0, 2], collapsedSliceDims: [], startIndexMap: [k % 2] };
    const sizes = a.shape.map((d) => Math.min(d, 2));
    return lax.gather(a, places, numbers, sizes, { mode: "clip" });
  },
  scatterRows: (x, y, { k }) => {
    const a = ranked(x);
    if (a.size === 0) return a;
    const rows = Math.min(a.shape[0], 1 + (k % 4));
    const updates = coerce(y, [rows, ...a.shape.slice(1)], a.dtype);
    return lax.scatter(a, distinct(k, rows, a.shape[0]), updates, scatterNumbers(a), { mode: "clip" });
  },
  scatterAdd: scattered(lax.scatterAdd),
  scatterMul: scattered(lax.scatterMul, (x) => lax.sign(number(x))),
  scatterMax: scattered(lax.scatterMax),
  scatterMin: scattered(lax.scatterMin),
  window: (x, y, { k }) => {
    const starts = x.shape.map((d, i) => (i % 2 === k % 2 ? index(y, d) : int(k % 3)));
    return lax.dynamicSlice(
      x,
      starts,
      x.shape.map((d) => Math.ceil(d / 2)),
    );
  },
  write: (x, y, { k }) => {
    const starts = x.shape.map((d, i) => (i % 2 === k % 2 ? index(y, d) : int(k % 3)));
    const size = x.shape.map((d) => Math.ceil(d / 2));
    return lax.dynamicUpdateSlice(x, coerce(y, size, x.dtype), starts);
  },
};

const products: Readonly<Record<string, Operation>> = {
  product: (x, y, { k }) => {
    const a = matrix(float(x));
    const [m, n] = a.shape;
    const p = [1, 3, 5, 17, 64][k % 5];
    const turned = k % 3 === 0;
    const b = coerce(y, turned ? [p, n] : [n, p], a.dtype);
    const left = k % 2 === 0 ? a : lax.transpose(coerce(a, [n, m], a.dtype), [1, 0]);
    return lax.dotGeneral(left, b, [
      [[1], [turned ? 1 : 0]],
      [[], []],
    ]);
  },
  batchedProduct: (x, y, { k }) => {
    const [p, q, r, s] = [1 + (k % 3), 1 + (k % 5), 1 + (k % 4), 1 + (k % 7)];
    const a = number(x);
    const first = coerce(a, k % 2 === 0 ? [p, q, r] : [q, p, r], a.dtype);
    const second = coerce(y, k % 3 === 0 ? [p, r, s] : [s, r, p], a.dtype);
    return lax.dotGeneral(first, second, [
      [[2], [1]],
      [[k % 2], [k % 3 === 0 ? 0 : 2]],
    ]);
  },
  planeConv: (x, y, { k }) => {
    const groups = 1 + (k % 2);
    const a = coerce(float(x), [2, groups * 2, 5, 1 + (k % 6)], float(x).dtype);
    const kernel = coerce(y, [groups * 3, 2, 3, 2], a.dtype);
    return lax.convGeneralDilated(
      a,
      kernel,
      [1, 1 + (k % 3)],
      k % 4 === 0
        ? "SAME"
        : [
            [1, 1],
            [2, 0],
          ],
      {
        lhsDilation: [1 + (k % 2), 1],
        rhsDilation: [1, 1 + (k % 3 === 0 ? 1 : 0)],
        featureGroupCount: groups,
      },
    );
  },
  conv: (x, y, { k }) => {
    const a = float(x);
    const channels = 1 + (k % 3);
    const n = Math.min(12, Math.max(1, Math.floor(a.size / channels)));
    const image = coerce(a, k % 2 === 0 ? [1, channels, n] : [1, n, channels], a.dtype);
    const kernel = coerce(y, k % 2 === 0 ? [2, channels, 2] : [2, channels, 2].reverse(), a.dtype);
    return lax.convGeneralDilated(image, kernel, [1 + (k % 2)], "SAME", {
      dimensionNumbers: k % 2 === 0 ? ["NCH", "OIH", "NCH"] : ["NHC", "HIO", "NHC"],
    });
  },
};

export const operations: Readonly<Record<string, Operation>> = {
  ...elementwise,
  ...reductions,
  ...movement,
  ...indexing,
  ...products,
  ...nested,
};
export const withBodies: readonly string[] = Object.keys(nested);
export const flatOperations: readonly string[] = Object.keys(operations).filter((n) => !(n in nested));
