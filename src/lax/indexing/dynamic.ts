/** @file Slices at computed places: `dynamicSlice`, `dynamicUpdateSlice` and their relatives. Starts are clamped. */
import { show } from "../../base/checks.ts";
import type { ArrayLike, NDArray } from "../../core/array.ts";
import { type ShapedArray, shaped } from "../../core/aval.ts";
import { isInteger } from "../../dtypes/dtype.ts";
import type { NoParams, Primitive } from "../../core/primitive.ts";
import { checkShape, canonicalAxis, replaceAt, shapeString } from "../../dtypes/shape.ts";
import { bind, bind1 } from "../../core/trace.ts";
import { ArgumentError, DTypeError, ShapeError } from "../../base/errors.ts";
import { materialise } from "../../interpreters/batching.ts";
import { flatten, iadd, iclamp } from "../../loops/ir/affine.ts";
import { type Pull, copyInto, detached, map, pull } from "../../loops/pull.ts";
import type { Expr } from "../../loops/ir/ir.ts";
import { range } from "../../base/util.ts";
import { asArray, asDType } from "../operands/convert.ts";
import { asPositions } from "../operands/positions.ts";
import { convertElementType } from "../elementwise/convert.ts";
import { zerosOf } from "../shapes/creation.ts";
import { checkDtypes, none } from "../families/elementwise.ts";
import { linear } from "../families/linear.ts";
import { gather } from "./gather.ts";
import { toIndex } from "./numbers.ts";
import { broadcastInDim, expandDims, squeeze } from "../shapes/movement.ts";
import { concatenate, indexInDim } from "../shapes/slicing.ts";
import { scatter } from "./scatter.ts";
import { add } from "../elementwise/arithmetic.ts";
import { lt } from "../elementwise/compare.ts";
import { select } from "../elementwise/select.ts";

export type SliceParams = { sliceSizes: readonly number[] };

function checkStart(s: ShapedArray, name: string): void {
  if (s.ndim !== 0 || !isInteger(s.dtype))
    throw new DTypeError(`${name}: start indices must be integer scalars; got ${s.short()}.`);
}

function checkStarts(
  name: string,
  x: ShapedArray,
  starts: readonly ShapedArray[],
  sizes: readonly number[],
): void {
  if (starts.length !== x.ndim || sizes.length !== x.ndim) {
    throw new ArgumentError(
      `${name}: an operand of shape ${shapeString(x.shape)} needs ${x.ndim} start indices and sizes; got ${starts.length} and ${sizes.length}.`,
    );
  }
  for (const s of starts) checkStart(s, name);
  if (sizes.some((s, i) => s < 0 || s > x.shape[i])) {
    throw new ShapeError(
      `${name}: a slice of sizes [${sizes.join(", ")}] is larger than the operand's shape ${shapeString(x.shape)}.`,
    );
  }
}

const clampedStarts = (starts: readonly Pull[], shape: readonly number[], sizes: readonly number[]): Expr[] =>
  starts.map((s, i) => iclamp(toIndex(s.at([])), 0, shape[i] - sizes[i]));

/** Start indices of all lanes as a `[lanes, ndim]` array. */
function stackStarts(
  axis: { size: number },
  starts: readonly NDArray[],
  dims: readonly (number | null)[],
): NDArray {
  const columns = starts.map((s, i) => {
    const lanes = dims[i] === null ? broadcastInDim(s, [axis.size], []) : s;
    return expandDims(convertElementType(lanes, "int32"), [1]);
  });
  return concatenate(columns, 1);
}

export const dynamicSliceP: Primitive<SliceParams> = linear<SliceParams>({
  name: "dynamic_slice",
  kind: "movement",
  abstractEval: ([x, ...starts], { sliceSizes }) => {
    checkStarts("dynamicSlice", x, starts, sliceSizes);
    return [shaped(sliceSizes, x.dtype, x.weakType)];
  },
  lower: ({ outAvals }, [x, ...starts], { sliceSizes }) => {
    const from = clampedStarts(starts, x.aval.shape, sliceSizes);
    return map(pull(outAvals[0], (index) => x.at(index.map((i, axis) => iadd(from[axis], i)))));
  },
  linearIn: (operand) => operand === 0,
  transpose: (ct, [x], _params, starts) =>
    bind1(dynamicUpdateSliceP, [zerosOf(x.strong), ct, ...starts], none),
  accumulate: ([sum], [ct], [, ...starts], params) => {
    const where = starts as NDArray[];
    const part = bind1(dynamicSliceP, [sum!, ...where], params);
    const more = add(part, ct as NDArray);
    return [bind1(dynamicUpdateSliceP, [sum!, more, ...where], none), ...starts.map(() => null)];
  },
  batch: (axis, [x, ...starts], [dim, ...startDims], { sliceSizes }) => {
    if (startDims.every((d) => d === null)) {
      const operand = materialise(axis, x, dim);
      const zero = asDType(0, starts[0]?.dtype ?? "int32", false, "dynamicSlice");
      return [
        bind(dynamicSliceP, [operand, zero, ...starts], { sliceSizes: [axis.size, ...sliceSizes] }),
        [0],
      ];
    }
    const where = stackStarts(axis, starts, startDims);
    const n = sliceSizes.length;
    const batched = dim !== null;
    const operand = batched ? materialise(axis, x, dim) : x;
    const shift = batched ? 1 : 0;
    const out = gather(
      operand,
      where,
      {
        offsetDims: range(n, 1),
        collapsedSliceDims: [],
        startIndexMap: range(n, shift),
        operandBatchingDims: batched ? [0] : [],
        startIndicesBatchingDims: batched ? [0] : [],
      },
      batched ? [Math.min(1, axis.size), ...sliceSizes] : sliceSizes,
      { mode: "clip" },
    );
    return [[out], [0]];
  },
});

export const dynamicUpdateSliceP: Primitive<NoParams> = linear({
  name: "dynamic_update_slice",
  kind: "opaque",
  dependence: (_args, _p, _avals, tools) => tools.movedElements(),
  abstractEval: ([x, update, ...starts]) => {
    checkDtypes("dynamicUpdateSlice", [x, update], "any");
    if (update.ndim !== x.ndim) {
      throw new ShapeError(
        `dynamicUpdateSlice: an update of shape ${shapeString(update.shape)} for an operand of shape ${shapeString(x.shape)}: both need as many axes.`,
      );
    }
    checkStarts("dynamicUpdateSlice", x, starts, update.shape);
    return [shaped(x.shape, x.dtype, x.weakType)];
  },
  lower: () => ({
    kind: "routine",
    emit: (b, [x, given, ...starts], [out]) => {
      const { shape } = x.aval;
      const update = detached(b, given, x);
      copyInto(b, x, out);
      const from = clampedStarts(starts, shape, update.aval.shape).map((s) => b.let(s, "start"));
      b.nest(update.aval.shape, (inner, index) => {
        inner.store(
          out,
          flatten(
            index.map((i, axis) => iadd(from[axis], i)),
            shape,
          ),
          update.at(index),
        );
      });
    },
  }),
  linearIn: (operand) => operand < 2,
  transpose: (ct, [, update], _params, starts) => [
    () => bind1(dynamicUpdateSliceP, [ct, zerosOf(update.strong), ...starts], none),
    () => bind1(dynamicSliceP, [ct, ...starts], { sliceSizes: update.shape }),
  ],
  batch: (axis, [x, update, ...starts], [dim, uDim, ...startDims]) => {
    const operand = materialise(axis, x, dim);
    const values = materialise(axis, update, uDim);
    if (startDims.every((d) => d === null)) {
      const zero = asDType(0, starts[0]?.dtype ?? "int32", false, "dynamicUpdateSlice");
      return [bind(dynamicUpdateSliceP, [operand, values, zero, ...starts], none), [0]];
    }
    const n = starts.length;
    const numbers = {
      updateWindowDims: range(n, 1),
      insertedWindowDims: [],
      scatterDimsToOperandDims: range(n, 1),
      operandBatchingDims: [0],
      scatterIndicesBatchingDims: [0],
    };
    return [
      [
        scatter(operand, stackStarts(axis, starts, startDims), values, numbers, {
          mode: "clip",
          uniqueIndices: true,
        }),
      ],
      [0],
    ];
  },
});

/** Start indices as integer scalars; negative ones count from the end. */
function startsOf(x: NDArray, startIndices: ArrayLike | readonly ArrayLike[], name: string): NDArray[] {
  const list = Array.isArray(startIndices)
    ? (startIndices as readonly ArrayLike[])
    : unstack(asArray(startIndices as ArrayLike, name));
  return list.map((s, i) => {
    const size = x.shape[i] ?? 0;
    if (typeof s === "number") {
      if (!Number.isInteger(s))
        throw new DTypeError(`${name}: start indices must be integers; got ${show(s)}.`);
      return asDType(s < 0 ? s + size : s, "int32", false, name);
    }
    const a = startIndex(asArray(s, name), name);
    return select(lt(a, 0), add(a, size), a);
  });
}

function startIndex(a: NDArray, name: string): NDArray {
  checkStart(a.aval, name);
  return asPositions(a);
}

function unstack(x: NDArray): NDArray[] {
  if (x.ndim !== 1)
    throw new ShapeError(
      `start indices must be a list or a one-dimensional array; got shape ${shapeString(x.shape)}.`,
    );
  return range(x.shape[0]).map((k) => indexInDim(x, k, 0, false));
}

/** Start indices that are 0 except along one axis. */
const startAlong = (x: NDArray, axis: number, start: ArrayLike): ArrayLike[] =>
  replaceAt<ArrayLike>(
    x.shape.map(() => 0),
    axis,
    start,
  );

const updateOf = (update: ArrayLike, x: NDArray, name: string): NDArray =>
  typeof update === "object" ? asArray(update, name) : asDType(update, x.dtype, false, name);

/** A slice at a computed place. */
export function dynamicSlice(
  operand: ArrayLike,
  startIndices: ArrayLike | readonly ArrayLike[],
  sliceSizes: readonly number[],
): NDArray {
  const x = asArray(operand, "dynamicSlice");
  checkShape(sliceSizes, "dynamicSlice");
  return bind1(dynamicSliceP, [x, ...startsOf(x, startIndices, "dynamicSlice")], { sliceSizes });
}

/** Writes a slice at a computed place. */
export function dynamicUpdateSlice(
  operand: ArrayLike,
  update: ArrayLike,
  startIndices: ArrayLike | readonly ArrayLike[],
): NDArray {
  const x = asArray(operand, "dynamicUpdateSlice");
  const u = updateOf(update, x, "dynamicUpdateSlice");
  return bind1(dynamicUpdateSliceP, [x, u, ...startsOf(x, startIndices, "dynamicUpdateSlice")], none);
}

/** A slice at a computed place along one axis. */
export function dynamicSliceInDim(
  operand: ArrayLike,
  startIndex: ArrayLike,
  sliceSize: number,
  axis = 0,
): NDArray {
  const x = asArray(operand, "dynamicSliceInDim");
  const k = canonicalAxis(axis, x.ndim, "dynamicSliceInDim");
  return dynamicSlice(x, startAlong(x, k, startIndex), replaceAt(x.shape, k, sliceSize));
}

/** The element at a computed index along one axis. */
export function dynamicIndexInDim(operand: ArrayLike, index: ArrayLike, axis = 0, keepdims = true): NDArray {
  const x = asArray(operand, "dynamicIndexInDim");
  const k = canonicalAxis(axis, x.ndim, "dynamicIndexInDim");
  const out = dynamicSliceInDim(x, index, 1, k);
  return keepdims ? out : squeeze(out, [k]);
}

/** Writes a slice at a computed place along one axis. */
export function dynamicUpdateSliceInDim(
  operand: ArrayLike,
  update: ArrayLike,
  startIndex: ArrayLike,
  axis: number,
): NDArray {
  const x = asArray(operand, "dynamicUpdateSliceInDim");
  const k = canonicalAxis(axis, x.ndim, "dynamicUpdateSliceInDim");
  return dynamicUpdateSlice(x, update, startAlong(x, k, startIndex));
}

/** Writes at a computed index along one axis. */
export function dynamicUpdateIndexInDim(
  operand: ArrayLike,
  update: ArrayLike,
  index: ArrayLike,
  axis: number,
): NDArray {
  const x = asArray(operand, "dynamicUpdateIndexInDim");
  const k = canonicalAxis(axis, x.ndim, "dynamicUpdateIndexInDim");
  const u = updateOf(update, x, "dynamicUpdateIndexInDim");
  const one = u.ndim === 0 ? broadcastInDim(u, replaceAt(x.shape, k, 1), []) : u;
  const whole = one.ndim === x.ndim ? one : expandDims(one, [k]);
  return dynamicUpdateSliceInDim(x, whole, index, k);
}
