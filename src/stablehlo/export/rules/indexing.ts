/** @file Gathers and scatters in StableHLO: XLA clamps where a slice to be read begins, and drops what is written outside. */
import type { Scalar } from "../../../dtypes/dtype.ts";
import { ConcreteArray } from "../../../core/array.ts";
import { shaped } from "../../../core/aval.ts";
import type { HloBuilder, HloRule, HloValue } from "../../../core/hlo.ts";
import type { ArrayType } from "../../../dtypes/shape.ts";
import type { AccumulateOp } from "../../../loops/ir/ir.ts";
import { combining, compare, convert } from "../loops/scalars.ts";
import { numbersText } from "../types.ts";
import { hasCombining, wideIndex } from "./common.ts";
import type { GatherParams } from "../../../lax/indexing/gather.ts";
import type { ScatterParams } from "../../../lax/indexing/scatter.ts";

/** The greatest start of each component of indices, along all of them. */
function limits(b: HloBuilder, indices: HloValue, last: readonly number[]): HloValue {
  const row = b.array(new ConcreteArray(shaped([last.length], "int32"), Int32Array.from(last)));
  return b.op("broadcast_in_dim", [convert(b, row, indices.type.dtype)], indices.type, {
    attributes: { broadcast_dimensions: [indices.type.ndim - 1] },
  });
}

const lastStarts = (x: ArrayType, map: readonly number[], sizes: readonly number[]): number[] =>
  map.map((axis) => x.shape[axis] - sizes[axis]);

/** For each slice, whether all of it lies within the operand. */
function inside(b: HloBuilder, indices: HloValue, last: readonly number[]): HloValue {
  const high = compare(b, "LE", indices, limits(b, indices, last));
  const both = b.op("and", [compare(b, "GE", indices, b.constant(0, indices.type)), high], high.type);
  const scalar = shaped([], "bool");
  return b.op("reduce", [both, b.constant(1, scalar)], shaped(indices.type.shape.slice(0, -1), "bool"), {
    attributes: { dimensions: [indices.type.ndim - 1] },
    regions: [combining("and", "bool")],
  });
}

/** A gather; `fill` is the value of slices that do not lie within the operand. */
export const gatherRule =
  (fillOf: (params: GatherParams, x: ArrayType) => Scalar): HloRule<GatherParams> =>
  (b, [x, given], params, [out]) => {
    const { dimensionNumbers: d, sliceSizes, mode } = params;
    if (x.type.size === 0 || out.size === 0) return null;
    const indices = wideIndex(b, given);
    const numbers = numbersText("gather", {
      offset_dims: d.offsetDims,
      collapsed_slice_dims: d.collapsedSliceDims,
      operand_batching_dims: d.operandBatchingDims,
      start_indices_batching_dims: d.startIndicesBatchingDims,
      start_index_map: d.startIndexMap,
      index_vector_dim: indices.type.ndim - 1,
    });
    const read = b.op("gather", [x, indices], out, {
      attributes: {
        dimension_numbers: numbers,
        slice_sizes: sliceSizes,
        indices_are_sorted: false,
      },
    });
    if (mode !== "fill") return [read];
    const valid = inside(b, indices, lastStarts(x.type, d.startIndexMap, sliceSizes));
    const batch = out.shape.map((_, i) => i).filter((i) => !d.offsetDims.includes(i));
    const mask = b.op("broadcast_in_dim", [valid], shaped(out.shape, "bool"), {
      attributes: { broadcast_dimensions: batch },
    });
    return [b.op("select", [mask, read, b.constant(fillOf(params, x.type), out)], out)];
  };

/** A scatter, given the sizes of its windows along the axes of the operand. */
export const scatterRule =
  (
    op: AccumulateOp | "set",
    sizesOf: (x: ArrayType, updates: ArrayType, params: ScatterParams) => readonly number[],
  ): HloRule<ScatterParams> =>
  (b, [x, given, updates], params, [out]) => {
    const { dimensionNumbers: d, mode, uniqueIndices } = params;
    if (out.size === 0 || updates.type.size === 0) return [x];
    if (op !== "set" && !hasCombining(op, out.dtype)) return null;
    let indices = wideIndex(b, given);
    if (mode === "clip") {
      const last = lastStarts(x.type, d.scatterDimsToOperandDims, sizesOf(x.type, updates.type, params));
      const zero = b.constant(0, indices.type);
      indices = b.op("clamp", [zero, indices, limits(b, indices, last)], indices.type);
    }
    const numbers = numbersText("scatter", {
      update_window_dims: d.updateWindowDims,
      inserted_window_dims: d.insertedWindowDims,
      input_batching_dims: d.operandBatchingDims,
      scatter_indices_batching_dims: d.scatterIndicesBatchingDims,
      scatter_dims_to_operand_dims: d.scatterDimsToOperandDims,
      index_vector_dim: indices.type.ndim - 1,
    });
    const attributes = {
      scatter_dimension_numbers: numbers,
      indices_are_sorted: false,
      unique_indices: uniqueIndices,
    };
    const regions = [combining(op, out.dtype)];
    return [b.op("scatter", [x, indices, updates], out, { attributes, regions })];
  };
