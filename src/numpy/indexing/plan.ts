/**
 * @file From a parsed index to one gather or scatter.
 *
 * Axes that a slice of step 1 covers become window axes; every other axis gets a column of positions: those of the array
 * or number that indexes it, or those of a strided slice. The columns broadcast against each other over the batch axes
 * (the joint shape of the arrays, and one axis for each strided slice) and are stacked as the last axis of the index
 * array that gather and scatter take. Source of the semantics: NumPy's "Indexing on ndarrays", jax.numpy's indexing.
 */
import type { NDArray } from "../../core/array.ts";
import { broadcastShapes, stridesOf } from "../../dtypes/shape.ts";
import * as lax from "../../lax/plain.ts";
import { prod, range } from "../../base/util.ts";
import { type Entry, type ParsedIndex, type SliceEntry } from "./parse.ts";
import { type Positions, constantIndex, indexArray, isHost, wrapNegative } from "./positions.ts";

/** What a gather or scatter needs to know. */
export interface IndexPlan {
  /** Shape of the indexed part, without the axes that null entries add. */
  readonly slicedShape: readonly number[];
  /** The same with those axes: the shape the user sees. */
  readonly shape: readonly number[];
  readonly indices: NDArray;
  /** Axes of `slicedShape` that run within a window. */
  readonly windowAxes: readonly number[];
  /** Axes of the array that are indexed by position, not covered by a window. */
  readonly collapsed: readonly number[];
  /** The axis of the array that each column of `indices` is for. */
  readonly indexMap: readonly number[];
  readonly windowSizes: readonly number[];
  /** True if no element can be meant twice. */
  readonly unique: boolean;
}

/** Positions along an axis, as broadcast over the batch axes that start at `first`. */
interface Column {
  readonly axis: number;
  readonly positions: Positions;
  readonly first: number;
}

/** Bookkeeping while the axes of the result are laid out from left to right. */
class Layout {
  readonly batchShape: number[] = [];
  readonly columns: Column[] = [];
  readonly slicedShape: number[] = [];
  readonly shape: number[] = [];
  readonly windowAxes: number[] = [];
  readonly collapsed: number[] = [];
  readonly windowSizes: number[] = [];

  /** Adds axes of the result that run over positions; returns the first batch axis. */
  batch(shape: readonly number[]): number {
    const first = this.batchShape.length;
    this.batchShape.push(...shape);
    this.slicedShape.push(...shape);
    this.shape.push(...shape);
    return first;
  }

  /** Adds an axis of the result that runs within the window. */
  window(size: number): void {
    this.windowAxes.push(this.slicedShape.length);
    this.slicedShape.push(size);
    this.shape.push(size);
    this.windowSizes.push(size);
  }

  /** Indexes an axis of the array by position. */
  collapse(column: Column): void {
    this.columns.push(column);
    this.collapsed.push(column.axis);
    this.windowSizes.push(1);
  }
}

const hostScalar = (at: number): Positions => ({ shape: [], data: Int32Array.of(at) });

function layOut(entries: readonly Entry[], shape: readonly number[], contiguous: boolean): Layout {
  const out = new Layout();
  const arrays = entries.flatMap((e) => (e.kind === "array" ? [e.positions.shape] : []));
  const joint = broadcastShapes(arrays, "indexing");
  let first = -1;
  const openJoint = (): void => {
    if (first === -1) first = out.batch(joint);
  };
  if (!contiguous) openJoint();
  let axis = 0;
  for (const e of entries) {
    if (e.kind === "new") {
      out.shape.push(1);
      continue;
    }
    const size = shape[axis];
    if (e.kind === "slice") {
      layOutSlice(out, e, axis, size);
    } else {
      openJoint();
      const at = e.kind === "int" ? hostScalar(e.at) : wrapNegative(e.positions, size);
      out.collapse({ axis, positions: at, first: first + joint.length - at.shape.length });
    }
    axis++;
  }
  return out;
}

function layOutSlice(out: Layout, e: SliceEntry, axis: number, size: number): void {
  if (e.step === 1) {
    if (e.size !== size) out.columns.push({ axis, positions: hostScalar(e.start), first: 0 });
    out.window(e.size);
  } else {
    const data = Int32Array.from({ length: e.size }, (_, i) => e.start + i * e.step);
    out.collapse({ axis, positions: { shape: [e.size], data }, first: out.batch([e.size]) });
  }
}

/** Columns side by side as one int32 array of shape `[...batch, columns]`. */
function stackColumns(columns: readonly Column[], batch: readonly number[]): NDArray {
  const shape = [...batch, columns.length];
  if (columns.every((c) => isHost(c.positions))) return stackOnHost(columns, batch, shape);
  const parts = columns.map(({ positions, first }) => {
    const x = indexArray(positions);
    return lax.broadcastInDim(x, [...batch, 1], range(x.ndim, first));
  });
  return lax.concatenate(parts, batch.length);
}

function stackOnHost(columns: readonly Column[], batch: readonly number[], shape: number[]): NDArray {
  const k = columns.length;
  const data = new Int32Array(prod(shape));
  const strides = stridesOf(batch);
  columns.forEach(({ positions, first }, c) => {
    const own = stridesOf(positions.shape);
    const values = (positions as { readonly data: Int32Array }).data;
    for (let i = 0, at = c; at < data.length; i++, at += k) {
      let from = 0;
      positions.shape.forEach((d, j) => {
        if (d !== 1) from += (Math.floor(i / strides[first + j]) % d) * own[j];
      });
      data[at] = values[from]!;
    }
  });
  return constantIndex(data, shape);
}

/** Lays out the gather or scatter of an index. */
export function planIndex({ entries, shape, contiguous }: ParsedIndex): IndexPlan {
  const { batchShape, columns, ...plan } = layOut(entries, shape, contiguous);
  const isEmpty = prod(plan.slicedShape) === 0;
  return {
    ...plan,
    indices: isEmpty ? constantIndex(new Int32Array(0)) : stackColumns(columns, batchShape),
    indexMap: columns.map((c) => c.axis),
    unique: entries.every((e) => e.kind !== "array"),
  };
}
