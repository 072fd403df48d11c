/**
 * @file `gather`: reads slices at computed places, with XLA's semantics.
 *
 * `startIndices` is `[...batch, k]`: its last axis holds, for each of `startIndexMap`, where the slice starts. Output
 * axes listed in `offsetDims` run within the slice, the others over the batch.
 */
import type { ArrayLike, NDArray } from "../../core/array.ts";
import { type ShapedArray, shaped } from "../../core/aval.ts";
import { type DType, type Scalar, isComplex, isFloat, isInteger, isSigned } from "../../dtypes/dtype.ts";
import { type BatchAxis, type BatchDim, type Primitive, Parts } from "../../core/primitive.ts";
import { checkShape, otherAxes, shapeString } from "../../dtypes/shape.ts";
import { bind, bind1 } from "../../core/trace.ts";
import { ArgumentError, DTypeError, ShapeError, checkOptions } from "../../base/errors.ts";
import { materialise } from "../../interpreters/batching.ts";
import * as e from "../../loops/ir/expressions.ts";
import { iadd, iclamp, intConst } from "../../loops/ir/affine.ts";
import type { Expr } from "../../loops/ir/ir.ts";
import { integerLimits } from "../../loops/ir/values.ts";
import { map, pull } from "../../loops/pull.ts";
import { linear } from "../families/linear.ts";
import { asArray } from "../operands/convert.ts";
import { zerosOf } from "../shapes/creation.ts";
import {
  type GatherNumbers,
  also,
  batchedNumbers,
  checkNumbers,
  gatherNumbers,
  isWithin,
  scatterNumbers,
  toIndex,
} from "./numbers.ts";
import { scatterAdd } from "./scatter.ts";

/** Which axes of operand, indices and output belong together. Source: jax.lax.GatherDimensionNumbers. */
export interface GatherDimensionNumbers {
  readonly offsetDims: readonly number[];
  readonly collapsedSliceDims: readonly number[];
  readonly startIndexMap: readonly number[];
  readonly operandBatchingDims?: readonly number[] | undefined;
  readonly startIndicesBatchingDims?: readonly number[] | undefined;
}

/** What indices outside the operand do: clamp, read (or drop) a fill value, or (promised not to occur) clamp. */
export type GatherMode = "clip" | "fill" | "promiseInBounds";

export type GatherParams = {
  dimensionNumbers: GatherNumbers;
  sliceSizes: readonly number[];
  mode: GatherMode;
  fillValue: Scalar | null;
};

/** What JAX fills with: NaN, the lowest signed, the highest unsigned integer, true. */
export function defaultFill(dtype: DType): Scalar {
  if (isFloat(dtype) || isComplex(dtype)) return NaN;
  if (dtype === "bool") return 1;
  return isSigned(dtype) ? integerLimits(dtype)[0] : integerLimits(dtype)[1];
}

function outputShape(indices: ShapedArray, { dimensionNumbers: d, sliceSizes }: GatherParams): number[] {
  const batch = indices.shape.slice(0, -1);
  const window = sliceSizes.filter(
    (_, i) => !d.collapsedSliceDims.includes(i) && !d.operandBatchingDims.includes(i),
  );
  if (window.length !== d.offsetDims.length) {
    throw new ArgumentError(
      `gather: ${d.offsetDims.length} offsetDims for slices of ${window.length} axes that are not collapsed.`,
    );
  }
  let w = 0;
  let b = 0;
  return Array.from({ length: batch.length + window.length }, (_, i) =>
    d.offsetDims.includes(i) ? window[w++] : batch[b++],
  );
}

function checkGather(
  x: ShapedArray,
  indices: ShapedArray,
  { dimensionNumbers: d, sliceSizes }: GatherParams,
): void {
  if (!isInteger(indices.dtype))
    throw new DTypeError(`gather: indices must be integers; got ${indices.dtype}.`);
  if (indices.ndim === 0 || indices.shape[indices.ndim - 1] !== d.startIndexMap.length) {
    throw new ShapeError(
      `gather: the last axis of indices ${shapeString(indices.shape)} must have size ${d.startIndexMap.length} (startIndexMap).`,
    );
  }
  if (sliceSizes.length !== x.ndim || sliceSizes.some((s, i) => s < 0 || s > x.shape[i])) {
    throw new ShapeError(
      `gather: slice sizes [${sliceSizes.join(", ")}] do not fit an operand of shape ${shapeString(x.shape)}.`,
    );
  }
  for (const axis of [...d.collapsedSliceDims, ...d.operandBatchingDims]) {
    if (sliceSizes[axis] > 1)
      throw new ShapeError(
        `gather: slices along collapsed or batching axis ${axis} must have size 1; got ${sliceSizes[axis]}.`,
      );
  }
}

/** Adds to each element what was gathered from it. */
const addGathered = (
  sum: NDArray,
  ct: NDArray,
  indices: NDArray,
  { dimensionNumbers, mode }: GatherParams,
): NDArray =>
  scatterAdd(sum, indices, ct, scatterNumbers(dimensionNumbers), { mode: mode === "fill" ? "drop" : mode });

const gatherP: Primitive<GatherParams> = linear<GatherParams>({
  name: "gather",
  kind: "movement",
  // What is filled in is real.
  complex: ([x, indices], params) => {
    const { re, im } = x as Parts;
    return [
      new Parts(
        bind1(gatherP, [re, indices as NDArray], params),
        bind1(gatherP, [im, indices as NDArray], { ...params, fillValue: 0 }),
      ),
    ];
  },
  abstractEval: ([x, indices], params) => {
    checkGather(x, indices, params);
    return [shaped(outputShape(indices, params), x.dtype, x.weakType)];
  },
  lower: ({ outAvals }, [x, indices], { dimensionNumbers: d, sliceSizes, mode, fillValue }) => {
    const { shape, dtype, ndim } = x.aval;
    const fill = e.constant(fillValue ?? defaultFill(dtype), dtype);
    const window = otherAxes(ndim, [...d.collapsedSliceDims, ...d.operandBatchingDims]);
    const [out] = outAvals;
    return map(
      pull(out, (index) => {
        const batch = index.filter((_, i) => !d.offsetDims.includes(i));
        const offset = index.filter((_, i) => d.offsetDims.includes(i));
        let inside: Expr | null = null;
        const at = shape.map((size, axis): Expr => {
          const k = d.startIndexMap.indexOf(axis);
          const o = window.includes(axis) ? offset[window.indexOf(axis)] : intConst(0);
          const shared = d.operandBatchingDims.indexOf(axis);
          if (shared !== -1) return batch[d.startIndicesBatchingDims[shared]];
          if (k === -1) return o;
          const start = toIndex(indices.at([...batch, intConst(k)]));
          const last = size - sliceSizes[axis];
          if (mode === "fill") inside = also(inside, isWithin(start, 0, last));
          return iadd(iclamp(start, 0, last), o);
        });
        if (shape.includes(0)) return fill;
        const element = x.at(at);
        return inside === null ? element : e.select(inside, element, fill);
      }),
    );
  },
  linearIn: (operand) => operand === 0,
  // Out of bounds, the fill value is a constant.
  tangent: ([t, indices], params) => bind1(gatherP, [t, indices], { ...params, fillValue: 0 }),
  transpose: (ct, [x], params, [indices]) => addGathered(zerosOf(x.strong), ct, indices, params),
  accumulate: ([sum], [ct], [, indices], params) => [
    addGathered(sum!, ct as NDArray, indices as NDArray, params),
    null,
  ],
  batch: batchGather,
});

function batchGather(
  axis: BatchAxis,
  [x, indices]: readonly NDArray[],
  [xDim, iDim]: readonly BatchDim[],
  params: GatherParams,
): [NDArray[], BatchDim[]] {
  const front = (a: NDArray, dim: BatchDim): NDArray => (dim === null ? a : materialise(axis, a, dim));
  const { sliceSizes } = params;
  const d = params.dimensionNumbers;
  const batched = gatherNumbers(batchedNumbers(scatterNumbers(d), xDim, iDim));
  // Of the operand's lanes a slice takes its own, or all where the indices have none.
  const lanes = xDim === null ? [] : [iDim === null ? axis.size : Math.min(1, axis.size)];
  const changed = {
    ...params,
    dimensionNumbers: { ...d, ...batched },
    sliceSizes: [...lanes, ...sliceSizes],
  };
  const where = front(indices, iDim);
  return [bind(gatherP, [front(x, xDim), where], changed), [0]];
}

/** Options of `gather`. */
export interface GatherOptions {
  /** "fill" by default, as in JAX. */
  readonly mode?: GatherMode | undefined;
  readonly fillValue?: number | bigint | undefined;
  readonly indicesAreSorted?: boolean | undefined;
  readonly uniqueIndices?: boolean | undefined;
}

const gatherNames = [
  "offsetDims",
  "collapsedSliceDims",
  "startIndexMap",
  "operandBatchingDims",
  "startIndicesBatchingDims",
];

/** Slices at computed places. */
export function gather(
  operand: ArrayLike,
  startIndices: ArrayLike,
  dimensionNumbers: GatherDimensionNumbers,
  sliceSizes: readonly number[],
  options?: GatherOptions,
): NDArray {
  checkOptions("gather", options, ["mode", "fillValue", "indicesAreSorted", "uniqueIndices"]);
  const x = asArray(operand, "gather");
  const indices = asArray(startIndices, "gather");
  const numbers = {
    ...dimensionNumbers,
    operandBatchingDims: dimensionNumbers?.operandBatchingDims ?? [],
    startIndicesBatchingDims: dimensionNumbers?.startIndicesBatchingDims ?? [],
  } as GatherNumbers;
  checkNumbers("gather", numbers, gatherNames);
  checkShape(sliceSizes, "gather");
  return bind1(gatherP, [x, indices], {
    dimensionNumbers: numbers,
    sliceSizes,
    mode: options?.mode ?? "fill",
    fillValue: options?.fillValue ?? null,
  });
}
