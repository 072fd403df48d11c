/** @file Rows of what reads and writes at computed places, and of windows and convolutions. */
import type { NDArray } from "../../src/core/array.ts";
import * as lax from "../../src/lax/index.ts";
import { type Ref, at, indices, tabulate } from "../util/reference.ts";
import { type OpCase, type OpRow, distinct, ints, nonzero, opCase, real, row } from "./row.ts";
import { primitives } from "../../src/core/primitive.ts";
import { bind1 } from "../../src/core/trace.ts";

/** Rows of a matrix, as NumPy's `x[i]` with fill. */
const rowsOf: lax.GatherDimensionNumbers = { offsetDims: [1], collapsedSliceDims: [0], startIndexMap: [0] };
const windowsOf: lax.GatherDimensionNumbers = {
  offsetDims: [1, 2],
  collapsedSliceDims: [],
  startIndexMap: [0, 1],
};
const pairwise: lax.GatherDimensionNumbers = {
  offsetDims: [],
  collapsedSliceDims: [1],
  startIndexMap: [1],
  operandBatchingDims: [0],
  startIndicesBatchingDims: [0],
};

const clampTo = (x: number, lo: number, hi: number): number => Math.min(Math.max(x, lo), hi);

const gathers: OpRow = row(
  "gather",
  ...(["fill", "clip"] as const).map((mode) => ({
    name: `rows, ${mode}`,
    call: (x: NDArray, i: NDArray) => lax.gather(x, i, rowsOf, [1, 3], { mode, fillValue: 7 }),
    operands: [real([4, 3]), ints([5, 1], -2, 6)],
    reference: (x: Ref, i: Ref) =>
      tabulate([5, 3], ([r, c]) => {
        const k = i.data[r];
        return mode === "fill" && (k < 0 || k > 3) ? 7 : at(x, [clampTo(k, 0, 3), c]);
      }),
  })),
  {
    name: "windows",
    call: (x, i) => lax.gather(x, i, windowsOf, [2, 2], { mode: "clip" }),
    operands: [real([4, 5]), ints([3, 2], 0, 4)],
    linear: [[0]],
    reference: (x, i) =>
      tabulate([3, 2, 2], ([n, r, c]) =>
        at(x, [clampTo(at(i, [n, 0]), 0, 2) + r, clampTo(at(i, [n, 1]), 0, 3) + c]),
      ),
  },
  {
    name: "batching dimensions",
    call: (x, i) => lax.gather(x, i, pairwise, [1, 1], { mode: "clip" }),
    operands: [real([3, 4]), ints([3, 2, 1], 0, 3)],
    linear: [[0]],
    reference: (x, i) => tabulate([3, 2], ([n, k]) => at(x, [n, at(i, [n, k, 0])])),
  },
);

const rowUpdates: lax.ScatterDimensionNumbers = {
  updateWindowDims: [1],
  insertedWindowDims: [0],
  scatterDimsToOperandDims: [0],
};
const windowUpdates: lax.ScatterDimensionNumbers = {
  updateWindowDims: [1, 2],
  insertedWindowDims: [],
  scatterDimsToOperandDims: [0, 1],
};
const pairUpdates: lax.ScatterDimensionNumbers = {
  updateWindowDims: [],
  insertedWindowDims: [1],
  scatterDimsToOperandDims: [1],
  operandBatchingDims: [0],
  scatterIndicesBatchingDims: [0],
};

type Fold = (old: number, update: number) => number;

/** Applies updates one after another. */
function scatterRows(fold: Fold, mode: "drop" | "clip"): (x: Ref, i: Ref, u: Ref) => Ref {
  return (x, i, u) => {
    const data = [...x.data];
    const [n, width] = x.shape;
    for (const [r, c] of indices(u.shape)) {
      const k = i.data[r];
      if (mode === "drop" && (k < 0 || k >= n)) continue;
      const p = clampTo(k, 0, n - 1) * width + c;
      data[p] = fold(data[p], at(u, [r, c]));
    }
    return { shape: x.shape, data };
  };
}

function scatterRow(
  primitive: string,
  f: typeof lax.scatter,
  fold: Fold,
  more: Partial<OpCase> = {},
  extra: readonly OpCase[] = [],
): OpRow {
  return row(
    primitive,
    ...(["drop", "clip"] as const).map((mode) => ({
      name: mode,
      call: (x: NDArray, i: NDArray, u: NDArray) => f(x, i, u, rowUpdates, { mode }),
      operands: [distinct([4, 2]), ints([6, 1], -2, 5), distinct([6, 2])],
      reference: scatterRows(fold, mode),
      ...more,
    })),
    {
      name: "windows",
      call: (x, i, u) => f(x, i, u, windowUpdates, { mode: "clip" }),
      operands: [distinct([4, 5]), ints([2, 2], 0, 3), distinct([2, 2, 2])],
      ...more,
    },
    {
      name: "batching dimensions",
      call: (x, i, u) => f(x, i, u, pairUpdates),
      operands: [distinct([3, 4]), ints([3, 2, 1], 0, 3), distinct([3, 2])],
      ...more,
    },
    ...extra,
  );
}

const uniqueRows = (name: string, f: typeof lax.scatter, more: Partial<OpCase> = {}): OpCase =>
  opCase({
    name,
    call: (x, i, u) => f(x, i, u, rowUpdates, { uniqueIndices: true }),
    operands: [
      nonzero([4, 2]),
      { shape: [3, 1], dtype: "int32", values: (r) => r.shuffle([0, 1, 2, 3]).slice(0, 3) },
      nonzero([3, 2]),
    ],
    ...more,
  });

const scatters: readonly OpRow[] = [
  scatterRow("scatter", lax.scatter, (_, u) => u, { linear: [[0, 2]] }, [
    uniqueRows("unique indices", lax.scatter, { linear: [[0, 2]] }),
  ]),
  scatterRow("scatter_add", lax.scatterAdd, (x, u) => x + u, { linear: [[0, 2]] }),
  // With indices that may repeat there is no derivative with respect to the updates.
  scatterRow("scatter_mul", lax.scatterMul, (x, u) => x * u, { diff: [0], linear: [[0]] }, [
    uniqueRows("unique indices", lax.scatterMul),
  ]),
  scatterRow("scatter_min", lax.scatterMin, Math.min),
  scatterRow("scatter_max", lax.scatterMax, Math.max),
];

const start = (hi: number) => ints([], -1, hi);

const dynamic: readonly OpRow[] = [
  row("dynamic_slice", {
    call: (x, i, j) => lax.dynamicSlice(x, [i, j], [2, 3]),
    operands: [real([4, 5]), start(4), start(4)],
    linear: [[0]],
    reference: (x, i, j) => {
      const [r, c] = [clampStart(i.data[0], 4, 2), clampStart(j.data[0], 5, 3)];
      return tabulate([2, 3], ([a, b]) => at(x, [r + a, c + b]));
    },
  }),
  row("dynamic_update_slice", {
    call: (x, u, i, j) => lax.dynamicUpdateSlice(x, u, [i, j]),
    operands: [real([4, 5]), real([2, 3]), start(4), start(4)],
    linear: [[0, 1]],
    reference: (x, u, i, j) => {
      const [r, c] = [clampStart(i.data[0], 4, 2), clampStart(j.data[0], 5, 3)];
      return tabulate([4, 5], ([a, b]) =>
        a >= r && a < r + 2 && b >= c && b < c + 3 ? at(u, [a - r, b - c]) : at(x, [a, b]),
      );
    },
  }),
];

/** A negative start counts from the end; then the slice is moved inside. */
const clampStart = (i: number, size: number, width: number): number =>
  clampTo(i < 0 ? i + size : i, 0, size - width);

interface WindowSpec {
  readonly window: readonly number[];
  readonly strides: readonly number[];
  readonly padding: readonly (readonly [number, number])[];
  readonly base: readonly number[];
  readonly dilation: readonly number[];
}

const windowSpecs: readonly WindowSpec[] = [
  {
    window: [2, 2],
    strides: [1, 2],
    padding: [
      [0, 0],
      [1, 0],
    ],
    base: [1, 1],
    dilation: [1, 1],
  },
  {
    window: [2, 3],
    strides: [2, 1],
    padding: [
      [1, 1],
      [0, 2],
    ],
    base: [2, 1],
    dilation: [1, 2],
  },
];

const dilated = (d: number, by: number): number => (d === 0 ? 0 : (d - 1) * by + 1);

function windowReference(s: WindowSpec, init: number, fold: Fold): (x: Ref) => Ref {
  return (x) => {
    const shape = x.shape.map((d, k) => {
      const total = dilated(d, s.base[k]) + s.padding[k][0] + s.padding[k][1];
      return Math.floor((total - dilated(s.window[k], s.dilation[k])) / s.strides[k]) + 1;
    });
    return tabulate(shape, (out) =>
      indices(s.window).reduce((acc, tap) => {
        const from = out.map(
          (o, k) => (o * s.strides[k] + tap[k] * s.dilation[k] - s.padding[k][0]) / s.base[k],
        );
        const inside = from.every((v, k) => Number.isInteger(v) && v >= 0 && v < x.shape[k]);
        return inside ? fold(acc, at(x, from)) : acc;
      }, init),
    );
  };
}

const windowRow = (
  primitive: string,
  computation: (x: NDArray, y: NDArray) => NDArray,
  init: number,
  fold: Fold,
  more: Partial<OpCase> = {},
): OpRow =>
  row(
    primitive,
    ...windowSpecs.map((s) => ({
      name: JSON.stringify(s.window),
      call: (x: NDArray) =>
        lax.reduceWindow(x, init, computation, s.window, s.strides, s.padding, s.base, s.dilation),
      operands: [distinct([4, 5])],
      // Windows that see nothing but padding hold an infinity, which has no derivative.
      reference: windowReference(s, init, fold),
      ...more,
    })),
  );

const whole = { order: 1 } as const;

/** The primitive that finds the tap of an extremum is not public: it is bound directly. */
const tapRow = (primitive: string): OpRow =>
  row(primitive, {
    call: (x) =>
      bind1(primitives.get(primitive)!, [x], {
        windowDimensions: [2, 2],
        windowStrides: [1, 2],
        padding: [
          [0, 0],
          [1, 0],
        ],
        baseDilation: [1, 1],
        windowDilation: [1, 1],
      }),
    operands: [distinct([4, 5])],
    diff: [],
    order: 0,
  });

const windows: readonly OpRow[] = [
  windowRow("reduce_window_sum", lax.add, 0, (a, x) => a + x, { linear: [[0]] }),
  windowRow("reduce_window_max", lax.max, -Infinity, Math.max, { diff: [], order: 0 }),
  windowRow("reduce_window_min", lax.min, Infinity, Math.min, { diff: [], order: 0 }),
  tapRow("reduce_window_argmax"),
  tapRow("reduce_window_argmin"),
].map((r) =>
  r.primitive === "reduce_window_max" || r.primitive === "reduce_window_min"
    ? {
        ...r,
        cases: [
          ...r.cases,
          opCase({
            name: "without empty windows",
            call: (x) =>
              lax.reduceWindow(
                x,
                r.primitive === "reduce_window_max" ? -Infinity : Infinity,
                r.primitive === "reduce_window_max" ? lax.max : lax.min,
                [2, 2],
                [1, 2],
                "VALID",
              ),
            operands: [distinct([4, 5])],
            order: whole.order + 1,
          }),
        ],
      }
    : r,
);

interface ConvSpec {
  readonly name: string;
  readonly x: readonly number[];
  readonly w: readonly number[];
  readonly strides: readonly number[];
  readonly padding: readonly (readonly [number, number])[];
  readonly lhsDilation: readonly number[];
  readonly rhsDilation: readonly number[];
  readonly features: number;
  readonly batches: number;
}

const plainConv = {
  strides: [1],
  padding: [[0, 0]],
  lhsDilation: [1],
  rhsDilation: [1],
  features: 1,
  batches: 1,
} as const;

const convSpecs: readonly ConvSpec[] = [
  { ...plainConv, name: "1-d", x: [2, 3, 6], w: [4, 3, 3] },
  { ...plainConv, name: "strided, padded", x: [1, 2, 7], w: [2, 2, 3], strides: [2], padding: [[1, 2]] },
  {
    ...plainConv,
    name: "dilated",
    x: [1, 2, 5],
    w: [2, 2, 2],
    lhsDilation: [2],
    rhsDilation: [3],
    padding: [[1, 1]],
  },
  { ...plainConv, name: "feature groups", x: [2, 4, 5], w: [6, 2, 2], features: 2 },
  { ...plainConv, name: "batch groups", x: [4, 2, 5], w: [4, 2, 2], batches: 2 },
  {
    ...plainConv,
    name: "2-d",
    x: [1, 2, 4, 5],
    w: [3, 2, 2, 3],
    strides: [1, 2],
    padding: [
      [1, 0],
      [0, 1],
    ],
    lhsDilation: [1, 1],
    rhsDilation: [1, 1],
  },
];

/** out[n, o, …] = Σ x[n, c, …]·w[o, c', …]; feature groups split the channels, batch groups the batch. */
function convReference(s: ConvSpec): (x: Ref, w: Ref) => Ref {
  return (x, w) => {
    const spatial = s.strides.map((stride, k) => {
      const total = dilated(x.shape[k + 2], s.lhsDilation[k]) + s.padding[k][0] + s.padding[k][1];
      return Math.floor((total - dilated(w.shape[k + 2], s.rhsDilation[k])) / stride) + 1;
    });
    const batch = x.shape[0] / s.batches;
    const perGroup = w.shape[0] / (s.features * s.batches);
    return tabulate([batch, w.shape[0], ...spatial], ([n, o, ...place]) => {
      const group = Math.floor(o / perGroup);
      const lane = s.batches > 1 ? group * batch + n : n;
      const firstChannel = s.features > 1 ? group * w.shape[1] : 0;
      return indices(w.shape.slice(1)).reduce((sum, [c, ...tap]) => {
        const from = tap.map(
          (t, k) => (place[k] * s.strides[k] + t * s.rhsDilation[k] - s.padding[k][0]) / s.lhsDilation[k],
        );
        const inside = from.every((v, k) => Number.isInteger(v) && v >= 0 && v < x.shape[k + 2]);
        return inside ? sum + at(x, [lane, firstChannel + c, ...from]) * at(w, [o, c, ...tap]) : sum;
      }, 0);
    });
  };
}

const convolutions: OpRow = row(
  "conv_general_dilated",
  ...convSpecs.map((s) => ({
    name: s.name,
    call: (x: NDArray, w: NDArray) =>
      lax.convGeneralDilated(x, w, {
        windowStrides: s.strides,
        padding: s.padding,
        lhsDilation: s.lhsDilation,
        rhsDilation: s.rhsDilation,
        featureGroupCount: s.features,
        batchGroupCount: s.batches,
      }),
    operands: [real(s.x), real(s.w)],
    linear: [[0], [1]],
    reference: convReference(s),
  })),
);

export const indexingRows: readonly OpRow[] = [gathers, ...scatters, ...dynamic, ...windows, convolutions];
