/**
 * @file Reading and writing at computed places.
 *
 * Gathers clamp where they start; scatters drop updates that reach outside. The vector of an index may lie along any axis of
 * the indices, or have none; here it is always the last.
 */
import type { NDArray } from "../../../core/array.ts";
import * as lax from "../../../control-flow/lax.ts";
import { vmap } from "../../../api/vmap.ts";
import { isComplex } from "../../../dtypes/dtype.ts";
import { prod, range } from "../../../base/util.ts";
import type { Call, Handler, Handlers } from "./call.ts";
import { meaningOf } from "./bodies.ts";
import { bind1 } from "../../../core/trace.ts";
import { dynamicSliceP, dynamicUpdateSliceP } from "../../../lax/indexing/dynamic.ts";
import { none } from "../../../lax/families/elementwise.ts";

/** Indices whose vector is the last axis, and what became of their axes. */
function vectorsLast(
  c: Call,
  indices: NDArray,
  axis: number,
): { indices: NDArray; moved: (dim: number) => number } {
  if (axis > indices.ndim || axis < 0)
    throw c.error(`expected index_vector_dim up to ${indices.ndim}; got ${axis}.`);
  const moved = (dim: number): number => (dim > axis ? dim - 1 : dim);
  if (axis === indices.ndim) return { indices: lax.reshape(indices, [...indices.shape, 1]), moved };
  const rest = range(indices.ndim).filter((k) => k !== axis);
  return { indices: axis === indices.ndim - 1 ? indices : lax.transpose(indices, [...rest, axis]), moved };
}

function gatherWith(c: Call, sizes: readonly number[]): NDArray {
  const [x, positions] = c.arrays();
  const d = c.struct("dimension_numbers");
  const { indices, moved } = vectorsLast(c, positions, d.int("index_vector_dim", 0));
  return lax.gather(
    x,
    indices,
    {
      offsetDims: d.axes("offset_dims"),
      collapsedSliceDims: d.axes("collapsed_slice_dims"),
      startIndexMap: d.axes("start_index_map"),
      operandBatchingDims: d.axes("operand_batching_dims"),
      startIndicesBatchingDims: d.axes("start_indices_batching_dims").map(moved),
    },
    sizes,
    { mode: "clip" },
  );
}

const gather: Handler = (c) => gatherWith(c, c.ints("slice_sizes"));
const dynamicGather: Handler = (c) => {
  const sizes = c.constant(2);
  if (sizes === null)
    throw c.error("the sizes of slices must be constants: only arrays of known shapes can be imported.");
  return gatherWith(c, sizes);
};

/** Scatters whose region is one of these operations. */
const writers = {
  second: lax.scatter,
  add: lax.scatterAdd,
  subtract: lax.scatterSub,
  multiply: lax.scatterMul,
  minimum: lax.scatterMin,
  maximum: lax.scatterMax,
} as const;

const isWriter = (name: string): name is keyof typeof writers => Object.hasOwn(writers, name);

interface Scatter {
  readonly operands: NDArray[];
  readonly indices: NDArray;
  readonly updates: NDArray[];
  readonly numbers: Required<lax.ScatterDimensionNumbers>;
  readonly uniqueIndices: boolean;
}

function readScatter(c: Call): Scatter {
  const arrays = c.arrays();
  const n = (arrays.length - 1) / 2;
  if (!Number.isInteger(n) || n < 1)
    throw c.error(`expected operands, indices, and as many updates; got ${arrays.length} operands.`);
  const d = c.struct("scatter_dimension_numbers");
  const { indices, moved } = vectorsLast(c, arrays[n], d.int("index_vector_dim", 0));
  return {
    operands: arrays.slice(0, n),
    indices,
    updates: arrays.slice(n + 1),
    numbers: {
      updateWindowDims: d.axes("update_window_dims"),
      insertedWindowDims: d.axes("inserted_window_dims"),
      scatterDimsToOperandDims: d.axes("scatter_dims_to_operand_dims"),
      operandBatchingDims: d.axes("input_batching_dims"),
      scatterIndicesBatchingDims: d.axes("scatter_indices_batching_dims").map(moved),
    },
    uniqueIndices: c.bool("unique_indices", false),
  };
}

/** Batched axes become indices of their own: 0, 1, 2 … along the batch. */
function withoutBatches({ numbers, indices }: Scatter): Pick<Scatter, "numbers" | "indices"> {
  const batches = numbers.operandBatchingDims;
  const last = indices.ndim - 1;
  const iotas = numbers.scatterIndicesBatchingDims.map((dim) =>
    lax.broadcastedIota(indices.dtype, [...indices.shape.slice(0, last), 1], dim),
  );
  return {
    indices: iotas.length === 0 ? indices : lax.concatenate([...iotas, indices], last),
    numbers: {
      ...numbers,
      insertedWindowDims: [...numbers.insertedWindowDims, ...batches].sort((a, b) => a - b),
      scatterDimsToOperandDims: [...batches, ...numbers.scatterDimsToOperandDims],
      operandBatchingDims: [],
      scatterIndicesBatchingDims: [],
    },
  };
}

/** A region of scalars on whole arrays. */
export function eachElement(f: (xs: readonly NDArray[]) => NDArray[], xs: readonly NDArray[]): NDArray[] {
  const flat = xs.map((x) => lax.reshape(x, [x.size]));
  const lanes = vmap((...scalars: NDArray[]) => f(scalars))(...flat);
  return lanes.map((y) => lax.reshape(y, xs[0].shape));
}

/** One update after another, each combined with what is there by the region. */
function oneByOne(c: Call, scatter: Scatter): NDArray[] {
  const { operands, updates } = scatter;
  const { numbers, indices } = withoutBatches(scatter);
  const combine = c.region(0, 2 * operands.length);
  const windows = numbers.updateWindowDims;
  const [first] = updates;
  const outer = range(first.ndim).filter((k) => !windows.includes(k));
  const windowShape = windows.map((k) => first.shape[k]);
  const count = prod(outer.map((k) => first.shape[k]));
  const rows = updates.map((u) =>
    lax.reshape(lax.transpose(u, [...outer, ...windows]), [count, ...windowShape]),
  );
  const vectors = lax.reshape(indices, [count, indices.shape[indices.ndim - 1]]);
  const at = { ...numbers, updateWindowDims: range(windows.length) };
  const kept = range(operands[0].ndim).filter((k) => !numbers.insertedWindowDims.includes(k));
  const sizes = operands[0].shape.map((_, k) => (kept.includes(k) ? windowShape[kept.indexOf(k)] : 1));
  const from = {
    offsetDims: at.updateWindowDims,
    collapsedSliceDims: at.insertedWindowDims,
    startIndexMap: at.scatterDimsToOperandDims,
  };
  return lax.foriLoop(
    0,
    count,
    (i, current: NDArray[]) => {
      const vector = lax.dynamicIndexInDim(vectors, i, 0, false);
      const there = current.map((x) => lax.gather(x, vector, from, sizes, { mode: "clip" }));
      const row = rows.map((u) => lax.dynamicIndexInDim(u, i, 0, false));
      const made = eachElement(combine, [...there, ...row]);
      return current.map((x, k) =>
        lax.scatter(x, vector, made[k], at, { mode: "drop", uniqueIndices: true }),
      );
    },
    operands,
  );
}

const scatter: Handler = (c) => {
  const s = readScatter(c);
  const meaning = meaningOf(c.block(0, 2 * s.operands.length));
  const { operands, indices, updates, numbers, uniqueIndices } = s;
  const isOrdered = meaning !== "second" && meaning !== "add" && meaning !== "subtract";
  if (operands.length > 1 || !isWriter(meaning) || (isOrdered && isComplex(operands[0].dtype)))
    return oneByOne(c, s);
  const logic = operands[0].dtype === "bool" ? ({ add: "maximum", multiply: "minimum" } as const) : null;
  const name = logic !== null && (meaning === "add" || meaning === "multiply") ? logic[meaning] : meaning;
  return writers[name](operands[0], indices, updates[0], numbers, { mode: "drop", uniqueIndices });
};

/** Starts are clamped, never counted from the end, as `lax.dynamicSlice` does: hence the primitives. */
const dynamicSlice: Handler = (c) => {
  const operands = c.arrays(1 + c.x.ndim);
  return bind1(dynamicSliceP, operands, { sliceSizes: c.ints("slice_sizes") });
};

const dynamicUpdateSlice: Handler = (c) => {
  return bind1(dynamicUpdateSliceP, c.arrays(2 + c.x.ndim), none);
};

/** `torch.index_select`: entries along an axis, of batches each by its own indices. */
const torchIndexSelect: Handler = (c) => {
  const [x, index] = c.arrays(2);
  const dim = c.int("dim");
  const batches = c.int("batch_dims");
  const select = (a: NDArray, i: NDArray, axis: number): NDArray =>
    lax.gather(
      a,
      lax.reshape(i, [...i.shape, 1]),
      {
        offsetDims: range(a.ndim - 1).map((k) => (k < axis ? k : k + i.ndim)),
        collapsedSliceDims: [axis],
        startIndexMap: [axis],
      },
      a.shape.map((d, k) => (k === axis ? 1 : d)),
      { mode: "clip" },
    );
  let f = (a: NDArray, i: NDArray): NDArray => select(a, i, dim - batches);
  for (let k = 0; k < batches; k++) f = vmap(f);
  return f(x, index);
};

export const indexing: Handlers = {
  "stablehlo.dynamic_gather": dynamicGather,
  "stablehlo.dynamic_slice": dynamicSlice,
  "stablehlo.dynamic_update_slice": dynamicUpdateSlice,
  "stablehlo.gather": gather,
  "stablehlo.scatter": scatter,
  "stablehlo.torch_index_select": torchIndexSelect,
};
