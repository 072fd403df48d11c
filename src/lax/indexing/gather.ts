/**
 * @file `gather`: reads slices at computed places, with XLA's semantics.
 *
 * `startIndices` is `[...batch, k]`: its last axis holds, for each of `startIndexMap`, where the slice starts. Output
 * axes listed in `offsetDims` run within the slice, the others over the batch.
 */
import type { ArrayLike, NDArray } from "../../core/array.ts";
import { type ShapedArray, shaped } from "../../core/aval.ts";
import { type DType, isComplex, isFloat, isInteger, isSigned } from "../../dtypes/dtype.ts";
import { type BatchAxis, type BatchDim, type Primitive, Parts } from "../../core/primitive.ts";
import { shapeString } from "../../dtypes/shape.ts";
import { bind, bind1 } from "../../core/trace.ts";
import { ArgumentError, DTypeError, ShapeError, checkOptions } from "../../base/errors.ts";
import { materialise } from "../../interpreters/batching.ts";
import { apply, cast, constant, select } from "../../loops/ir/build.ts";
import { iadd, iclamp, intConst } from "../../loops/ir/affine.ts";
import type { Expr } from "../../loops/ir/ir.ts";
import { integerLimits } from "../../loops/ir/scalar.ts";
import { map, pull } from "../../loops/pull.ts";
import { linear } from "../families/linear.ts";
import { asArray } from "../operands/convert.ts";
import { zerosOf } from "../shapes/creation.ts";
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

type GatherParams = {
  dimensionNumbers: Required<GatherDimensionNumbers>;
  sliceSizes: readonly number[];
  mode: GatherMode;
  fillValue: number | null;
};

/** An index operand as an int32 expression; unsigned values beyond its range stay out of bounds. */
export function toIndex(e: Expr): Expr {
  return e.dtype === "uint32" ? cast(apply("min", e, 2147483647), "int32") : cast(e, "int32");
}

/** What JAX fills with: NaN, the lowest signed, the highest unsigned integer, true. */
export function defaultFill(dtype: DType): number {
  if (isFloat(dtype) || isComplex(dtype)) return NaN;
  if (dtype === "bool") return 1;
  return isSigned(dtype) ? integerLimits(dtype)[0] : integerLimits(dtype)[1];
}

/** Axes of `ndim` that are not listed. */
const others = (ndim: number, listed: readonly number[]): number[] =>
  Array.from({ length: ndim }, (_, i) => i).filter((i) => !listed.includes(i));

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
function addGathered(
  sum: NDArray,
  ct: NDArray,
  indices: NDArray,
  { dimensionNumbers: d, mode }: GatherParams,
): NDArray {
  const numbers = {
    updateWindowDims: d.offsetDims,
    insertedWindowDims: d.collapsedSliceDims,
    scatterDimsToOperandDims: d.startIndexMap,
    operandBatchingDims: d.operandBatchingDims,
    scatterIndicesBatchingDims: d.startIndicesBatchingDims,
  };
  return scatterAdd(sum, indices, ct, numbers, { mode: mode === "fill" ? "drop" : mode });
}

export const gatherP: Primitive<GatherParams> = linear<GatherParams>({
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
    const fill = constant(fillValue ?? defaultFill(dtype), dtype);
    const window = others(ndim, [...d.collapsedSliceDims, ...d.operandBatchingDims]);
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
          if (mode === "fill") {
            const ok = apply("and", apply("ge", start, intConst(0)), apply("le", start, intConst(last)));
            inside = inside === null ? ok : apply("and", inside, ok);
          }
          return iadd(iclamp(start, 0, last), o);
        });
        if (shape.includes(0)) return fill;
        const element = x.at(at);
        return inside === null ? element : select(inside, element, fill);
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
  const { dimensionNumbers: d, sliceSizes } = params;
  const up = (dims: readonly number[]): number[] => dims.map((k) => k + 1);
  const shifted = {
    ...d,
    offsetDims: up(d.offsetDims),
    collapsedSliceDims: up(d.collapsedSliceDims),
    startIndexMap: up(d.startIndexMap),
    operandBatchingDims: up(d.operandBatchingDims),
  };
  if (iDim === null) {
    // Each slice takes all lanes of the operand.
    const operand = materialise(axis, x, xDim);
    const numbers = { ...shifted, offsetDims: [0, ...shifted.offsetDims] };
    return [
      bind(gatherP, [operand, indices], {
        ...params,
        dimensionNumbers: numbers,
        sliceSizes: [axis.size, ...sliceSizes],
      }),
      [0],
    ];
  }
  const where = materialise(axis, indices, iDim);
  if (xDim === null) {
    const numbers = {
      ...d,
      offsetDims: up(d.offsetDims),
      startIndicesBatchingDims: up(d.startIndicesBatchingDims),
    };
    return [bind(gatherP, [x, where], { ...params, dimensionNumbers: numbers }), [0]];
  }
  const operand = materialise(axis, x, xDim);
  const numbers = {
    ...shifted,
    operandBatchingDims: [0, ...shifted.operandBatchingDims],
    startIndicesBatchingDims: [0, ...up(d.startIndicesBatchingDims)],
  };
  return [
    bind(gatherP, [operand, where], {
      ...params,
      dimensionNumbers: numbers,
      sliceSizes: [Math.min(1, axis.size), ...sliceSizes],
    }),
    [0],
  ];
}

/** Options of `gather`. */
export interface GatherOptions {
  /** "fill" by default, as in JAX. */
  readonly mode?: GatherMode | undefined;
  readonly fillValue?: number | undefined;
  readonly indicesAreSorted?: boolean | undefined;
  readonly uniqueIndices?: boolean | undefined;
}

/**
 * Slices of `operand` at `startIndices`. @see jax.lax.gather
 * @throws ShapeError, ArgumentError where dimension numbers, indices and slice sizes do not fit.
 */
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
    operandBatchingDims: [],
    startIndicesBatchingDims: [],
    ...dimensionNumbers,
  } as Required<GatherDimensionNumbers>;
  return bind1(gatherP, [x, indices], {
    dimensionNumbers: numbers,
    sliceSizes,
    mode: options?.mode ?? "fill",
    fillValue: options?.fillValue ?? null,
  });
}
