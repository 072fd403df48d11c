/** @file Rows of what moves, joins, reduces, accumulates, contracts and sorts arrays. */
import { checkpointName } from "../../src/lax/identities/checkpoint-name.ts";
import * as lax from "../../src/lax/index.ts";
import { Mesh, NamedSharding, P } from "../../src/core/sharding/index.ts";
import { linearScanP } from "../../src/lax/reductions/cumulative.ts";
import { bind1 } from "../../src/core/trace.ts";
import type { NDArray } from "../../src/core/array.ts";
import type { DType } from "../../src/dtypes/dtype.ts";
import { type Ref, at, foldAxes, indices, tabulate } from "../util/reference.ts";
import { type OpCase, type OpRow, bools, distinct, ints, nonzero, opCase, real, row } from "./row.ts";
import { floatDtypes, intDtypes, realDtypes } from "./scalar-row.ts";

const numeric: readonly DType[] = [...intDtypes, ...floatDtypes];

const broadcastCases: readonly [number[], number[], number[]][] = [
  [[], [2, 3], []],
  [[3], [2, 3], [1]],
  [[2], [2, 3], [0]],
  [
    [2, 1],
    [2, 3],
    [0, 1],
  ],
  [
    [1, 3],
    [4, 1, 3],
    [1, 2],
  ],
];

const movement: readonly OpRow[] = [
  row(
    "broadcast_in_dim",
    ...broadcastCases.map(([shape, out, dims]) => ({
      name: `[${shape.join()}] to [${out.join()}]`,
      call: (x: NDArray) => lax.broadcastInDim(x, out, dims),
      operands: [real(shape)],
      linear: [[0]],
      dtypes: realDtypes,
      reference: (x: Ref) =>
        tabulate(out, (i) =>
          at(
            x,
            x.shape.map((d, k) => (d === 1 ? 0 : i[dims[k]])),
          ),
        ),
    })),
  ),
  row(
    "reshape",
    ...[
      [
        [2, 3],
        [3, 2],
      ],
      [[2, 3], [6]],
      [[1], []],
      [[], [1, 1]],
      [
        [4, 3],
        [2, 1, 6],
      ],
    ].map(([shape, out]) => ({
      name: `[${shape.join()}] to [${out.join()}]`,
      call: (x: NDArray) => lax.reshape(x, out),
      operands: [real(shape)],
      linear: [[0]],
      dtypes: realDtypes,
      reference: (x: Ref) => ({ shape: out, data: x.data }),
    })),
  ),
  row(
    "transpose",
    ...[
      [1, 0],
      [2, 0, 1],
      [1, 2, 0],
      [0, 2, 1],
    ].map((permutation) => ({
      name: permutation.join(),
      call: (x: NDArray) => lax.transpose(x, permutation),
      operands: [real([2, 3, 4].slice(0, permutation.length))],
      linear: [[0]],
      dtypes: realDtypes,
      reference: (x: Ref) =>
        tabulate(
          permutation.map((p) => x.shape[p]),
          (i) =>
            at(
              x,
              x.shape.map((_, axis) => i[permutation.indexOf(axis)]),
            ),
        ),
    })),
  ),
  row(
    "rev",
    ...[[0], [1], [0, 1]].map((dims) => ({
      name: dims.join(),
      call: (x: NDArray) => lax.rev(x, dims),
      operands: [real([3, 4])],
      linear: [[0]],
      dtypes: realDtypes,
      reference: (x: Ref) =>
        tabulate(x.shape, (i) =>
          at(
            x,
            i.map((k, axis) => (dims.includes(axis) ? x.shape[axis] - 1 - k : k)),
          ),
        ),
    })),
  ),
  row(
    "squeeze",
    ...[[0], [2], [0, 2]].map((dims) => ({
      name: dims.join(),
      call: (x: NDArray) => lax.squeeze(x, dims),
      operands: [real([1, 3, 1])],
      linear: [[0]],
      dtypes: realDtypes,
      reference: (x: Ref) => ({ shape: x.shape.filter((_, i) => !dims.includes(i)), data: x.data }),
    })),
  ),
  row(
    "slice",
    ...(
      [
        [
          [1, 0],
          [3, 4],
          [1, 1],
        ],
        [
          [0, 1],
          [4, 5],
          [2, 3],
        ],
        [
          [2, 2],
          [2, 4],
          [1, 1],
        ],
      ] as const
    ).map(([lo, hi, step]) => ({
      name: `${lo.join()} to ${hi.join()} by ${step.join()}`,
      call: (x: NDArray) => lax.slice(x, lo, hi, step),
      operands: [real([4, 5])],
      linear: [[0]],
      dtypes: realDtypes,
      reference: (x: Ref) =>
        tabulate(
          lo.map((l, k) => Math.ceil((hi[k] - l) / step[k])),
          (i) =>
            at(
              x,
              i.map((v, k) => lo[k] + v * step[k]),
            ),
        ),
    })),
  ),
  row("pad", ...padCases()),
  row(
    "concatenate",
    ...[0, 1].map((dimension) => ({
      name: `axis ${dimension}`,
      call: (...xs: NDArray[]) => lax.concatenate(xs, dimension),
      operands: [1, 3, 2].map((n) => real(dimension === 0 ? [n, 2] : [2, n])),
      linear: [[0, 1, 2]],
      dtypes: realDtypes,
      reference: (...xs: Ref[]) => {
        const other = xs[0].shape[1 - dimension];
        const pieces = xs.flatMap((x) => Array.from({ length: x.shape[dimension] }, (_, k) => ({ x, k })));
        const shape = dimension === 0 ? [pieces.length, other] : [other, pieces.length];
        return tabulate(shape, (i) => {
          const { x, k } = pieces[i[dimension]];
          return at(x, dimension === 0 ? [k, i[1]] : [i[0], k]);
        });
      },
    })),
  ),
  row("optimization_barrier", {
    call: (x) => lax.optimizationBarrier<NDArray>(x),
    operands: [real([2, 3])],
    linear: [[0]],
    reference: (x) => x,
    dtypes: realDtypes,
  }),
  row("sharding_constraint", {
    call: (x) =>
      lax.withShardingConstraint<NDArray>(x, new NamedSharding(new Mesh([1], ["data"]), P("data", null))),
    operands: [real([2, 3])],
    linear: [[0]],
    reference: (x) => x,
    dtypes: realDtypes,
  }),
  row("name", {
    call: (x) => checkpointName<NDArray>(x, "x"),
    operands: [real([2, 3])],
    linear: [[0]],
    reference: (x) => x,
    dtypes: realDtypes,
  }),
  row("stop_gradient", {
    call: (x) => lax.stopGradient(x),
    operands: [real([2, 3])],
    diff: [],
    order: 0,
    reference: (x) => x,
    dtypes: realDtypes,
  }),
];

function padCases(): OpCase[] {
  const configs = [
    [
      [1, 2, 0],
      [0, 0, 0],
    ],
    [
      [0, 1, 2],
      [2, 0, 1],
    ],
    [
      [-1, 2, 0],
      [1, -2, 1],
    ],
  ] as const;
  return configs.map((config) =>
    opCase({
      name: JSON.stringify(config),
      call: (x, value) => lax.pad(x, value, config),
      operands: [real([3, 4]), real([])],
      linear: [[0, 1]],
      dtypes: realDtypes,
      reference: (x: Ref, value: Ref) => {
        const shape = x.shape.map((d, k) => config[k][0] + config[k][1] + d + (d - 1) * config[k][2]);
        return tabulate(shape, (i) => {
          const from = i.map((v, k) => (v - config[k][0]) / (config[k][2] + 1));
          const inside = from.every((v, k) => Number.isInteger(v) && v >= 0 && v < x.shape[k]);
          return inside ? at(x, from) : value.data[0];
        });
      },
    }),
  );
}

const axesOf23 = [[0], [1], [0, 1], [1, 0]];

const reducer = (
  primitive: string,
  call: (x: NDArray, axes: readonly number[]) => ReturnType<typeof lax.reduceSum>,
  init: number,
  fold: (a: number, x: number) => number,
  more: Partial<OpCase> = {},
): OpRow =>
  row(
    primitive,
    ...axesOf23.map((axes) => ({
      name: `axes ${axes.join()}`,
      call: (x: NDArray) => call(x, axes),
      operands: [distinct([2, 3])],
      dtypes: numeric,
      reference: (x: Ref) => foldAxes(x, axes, init, fold),
      ...more,
    })),
  );

const bitFold = { operands: [ints([2, 3], 0, 100)], diff: [], order: 0, dtypes: [] } as const;

const argReducer = (primitive: "argmax" | "argmin", better: (a: number, b: number) => boolean): OpRow =>
  row(
    primitive,
    ...[0, 1].map((axis) => ({
      name: `axis ${axis}`,
      call: (x: NDArray) => lax[primitive](x, axis),
      operands: [distinct([3, 4])],
      diff: [],
      order: 0,
      dtypes: realDtypes,
      reference: (x: Ref) => {
        const other = 1 - axis;
        return tabulate([x.shape[other]], ([i]) => {
          let best = 0;
          const get = (k: number): number => at(x, axis === 0 ? [k, i] : [i, k]);
          for (let k = 1; k < x.shape[axis]; k++) if (better(get(k), get(best))) best = k;
          return best;
        });
      },
    })),
  );

const reductions: readonly OpRow[] = [
  reducer("reduce_sum", lax.reduceSum, 0, (a, x) => a + x, { linear: [[0]] }),
  reducer("reduce_prod", lax.reduceProd, 1, (a, x) => a * x, { operands: [nonzero([2, 3])] }),
  reducer("reduce_max", lax.reduceMax, -Infinity, Math.max),
  reducer("reduce_min", lax.reduceMin, Infinity, Math.min),
  reducer("reduce_and", lax.reduceAnd, -1, (a, x) => a & x, bitFold),
  reducer("reduce_or", lax.reduceOr, 0, (a, x) => a | x, bitFold),
  reducer("reduce_xor", lax.reduceXor, 0, (a, x) => a ^ x, bitFold),
  argReducer("argmax", (a, b) => a > b),
  argReducer("argmin", (a, b) => a < b),
];

/** The reference of a running fold along an axis. */
function running(axis: number, reverse: boolean, fold: (a: number, x: number) => number): (x: Ref) => Ref {
  return (x) =>
    tabulate(x.shape, (i) => {
      const n = x.shape[axis];
      const steps = reverse ? n - 1 - i[axis] : i[axis];
      const get = (k: number): number =>
        at(
          x,
          i.map((v, a) => (a === axis ? (reverse ? n - 1 - k : k) : v)),
        );
      let acc = get(0);
      for (let k = 1; k <= steps; k++) acc = fold(acc, get(k));
      return acc;
    });
}

const cumulative = (
  primitive: "cumsum" | "cumprod" | "cummax" | "cummin" | "cumlogsumexp",
  fold: (a: number, x: number) => number,
  more: Partial<OpCase> = {},
): OpRow =>
  row(
    primitive,
    ...(
      [
        [0, false],
        [1, true],
      ] as const
    ).map(([axis, reverse]) => ({
      name: `axis ${axis}${reverse ? ", reverse" : ""}`,
      call: (x: NDArray) => lax[primitive](x, axis, reverse),
      operands: [distinct([3, 4])],
      dtypes: numeric,
      reference: running(axis, reverse, fold),
      ...more,
    })),
  );

const logSum = (a: number, x: number): number => Math.max(a, x) + Math.log1p(Math.exp(-Math.abs(a - x)));

const cumulatives: readonly OpRow[] = [
  cumulative("cumsum", (a, x) => a + x, { linear: [[0]] }),
  cumulative("cumprod", (a, x) => a * x, { operands: [nonzero([3, 4])] }),
  cumulative("cummax", Math.max),
  cumulative("cummin", Math.min),
  cumulative("cumlogsumexp", logSum, { dtypes: [] }),
  row(
    "linear_scan",
    ...[false, true].map((reverse) => ({
      name: reverse ? "reverse" : "forward",
      call: (...xs: NDArray[]) => bind1(linearScanP, xs, { axis: 1, reverse }),
      operands: [real([2, 4]), real([2, 4])],
      linear: [[1]],
      reference: (a: Ref, b: Ref) =>
        tabulate(b.shape, ([i, j]) => {
          const n = b.shape[1];
          const place = (k: number): number => (reverse ? n - 1 - k : k);
          let y = at(b, [i, place(0)]);
          for (let k = 1; k <= place(j); k++) y = at(a, [i, place(k)]) * y + at(b, [i, place(k)]);
          return y;
        }),
    })),
  ),
];

const dotCases: readonly [string, number[], number[], lax.DotDimensionNumbers][] = [
  [
    "vector · vector",
    [5],
    [5],
    [
      [[0], [0]],
      [[], []],
    ],
  ],
  [
    "matrix · vector",
    [3, 5],
    [5],
    [
      [[1], [0]],
      [[], []],
    ],
  ],
  [
    "matrix · matrix",
    [5, 6],
    [6, 7],
    [
      [[1], [0]],
      [[], []],
    ],
  ],
  [
    "batched",
    [2, 3, 4],
    [2, 4, 5],
    [
      [[2], [1]],
      [[0], [0]],
    ],
  ],
  [
    "batch axes in other places",
    [3, 2, 4],
    [4, 5, 2],
    [
      [[], []],
      [
        [1, 2],
        [2, 0],
      ],
    ],
  ],
  [
    "two contracted axes, crossed",
    [2, 3, 4],
    [4, 2, 5],
    [
      [
        [0, 2],
        [1, 0],
      ],
      [[], []],
    ],
  ],
  [
    "outer",
    [2],
    [3],
    [
      [[], []],
      [[], []],
    ],
  ],
];

const contractions: readonly OpRow[] = [
  row(
    "dot_general",
    ...dotCases.map(([name, left, right, numbers]) => ({
      name,
      call: (a: NDArray, b: NDArray) => lax.dotGeneral(a, b, numbers),
      operands: [real(left), real(right)],
      linear: [[0], [1]],
      dtypes: numeric,
      reference: (a: Ref, b: Ref) => dotReference(a, b, numbers),
    })),
  ),
];

function dotReference(a: Ref, b: Ref, [[ca, cb], [ba, bb]]: lax.DotDimensionNumbers): Ref {
  const free = (x: Ref, used: readonly number[]): number[] =>
    x.shape.map((_, i) => i).filter((i) => !used.includes(i));
  const fa = free(a, [...ca, ...ba]);
  const fb = free(b, [...cb, ...bb]);
  const shape = [...ba.map((i) => a.shape[i]), ...fa.map((i) => a.shape[i]), ...fb.map((i) => b.shape[i])];
  return tabulate(shape, (out) =>
    indices(ca.map((i) => a.shape[i])).reduce((sum, k) => {
      const ia = a.shape.map((_, i) =>
        ca.includes(i)
          ? k[ca.indexOf(i)]
          : ba.includes(i)
            ? out[ba.indexOf(i)]
            : out[ba.length + fa.indexOf(i)],
      );
      const ib = b.shape.map((_, i) =>
        cb.includes(i)
          ? k[cb.indexOf(i)]
          : bb.includes(i)
            ? out[bb.indexOf(i)]
            : out[ba.length + fa.length + fb.indexOf(i)],
      );
      return sum + at(a, ia) * at(b, ib);
    }, 0),
  );
}

/** Sorts rows of a matrix by the first operand and carries the others along. */
const sortReference =
  (dimension: number) =>
  (...xs: Ref[]): Ref[] => {
    const [keys] = xs;
    const n = keys.shape[dimension];
    const place = (i: readonly number[], k: number): number[] => i.map((v, a) => (a === dimension ? k : v));
    return xs.map((x) =>
      tabulate(x.shape, (i) => {
        const order = Array.from({ length: n }, (_, k) => k).sort(
          (p, q) => at(keys, place(i, p)) - at(keys, place(i, q)) || p - q,
        );
        return at(x, place(i, order[i[dimension]]));
      }),
    );
  };

const sorts: readonly OpRow[] = [
  row(
    "sort",
    ...[0, 1].map((dimension) => ({
      name: `axis ${dimension}`,
      call: (x: NDArray) => lax.sort(x, { dimension }),
      operands: [distinct([3, 4])],
      dtypes: realDtypes,
      reference: sortReference(dimension),
    })),
    {
      name: "keys and values",
      call: (k, v, i) => lax.sort([k, v, i], { dimension: 1 }),
      operands: [distinct([2, 5]), real([2, 5]), ints([2, 5], 0, 9)],
      reference: sortReference(1),
    },
  ),
];

const bitcasts: readonly (readonly [DType, DType, number[]])[] = [
  ["int32", "float32", [3]],
  ["uint16", "float16", [3]],
  ["int32", "uint8", [2]],
  ["uint8", "int32", [2, 4]],
  ["uint32", "int16", [3]],
];

const conversions: readonly OpRow[] = [
  row(
    "convert_element_type",
    {
      name: "to float64",
      call: (x) => lax.convertElementType(x, "float64"),
      operands: [ints([2, 3], -9, 9)],
      diff: [],
      order: 0,
      reference: (x) => x,
    },
    {
      name: "to int32",
      call: (x) => lax.convertElementType(x, "int32"),
      operands: [real([2, 3])],
      diff: [],
      order: 0,
      dtypes: realDtypes,
      reference: (x) => ({ ...x, data: x.data.map(Math.trunc) }),
    },
    {
      name: "to float32 and back",
      call: (x) => lax.convertElementType(lax.convertElementType(x, "float32"), "float64"),
      operands: [real([2, 3])],
      // Rounding to float32 is no smooth function: the differences of first order are too coarse.
      diff: [],
      order: 0,
      reference: (x) => ({ ...x, data: x.data.map(Math.fround) }),
    },
  ),
  row(
    "bitcast_convert_type",
    ...bitcasts.map(([from, to, shape]) => ({
      name: `${from} to ${to}`,
      call: (x: NDArray) => lax.bitcastConvertType(x, to),
      operands: [ints(shape, 0, 100, from)],
      diff: [],
      order: 0,
    })),
  ),
];

export const structuralRows: readonly OpRow[] = [
  ...movement,
  ...reductions,
  ...cumulatives,
  ...contractions,
  ...sorts,
  ...conversions,
];

/** Cases of `select_n` with an int32 selector, and of operands of bool. */
export const selectCases: readonly OpCase[] = [
  opCase({
    name: "int32 selector",
    call: (which, ...cases) => lax.selectN(which, ...cases),
    operands: [ints([2, 3], -1, 3), real([2, 3]), real([2, 3]), real([2, 3])],
    linear: [[1, 2, 3]],
    reference: (which, ...cases) => ({
      shape: which.shape,
      data: which.data.map((w, i) => cases[Math.min(Math.max(w, 0), 2)].data[i]),
    }),
  }),
  opCase({
    name: "bool cases",
    call: (which, x, y) => lax.selectN(which, x, y),
    operands: [bools([4]), bools([4]), bools([4])],
    reference: (which, x, y) => ({ shape: which.shape, data: which.data.map((w, i) => (w ? y : x).data[i]) }),
  }),
];
