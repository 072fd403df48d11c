/** @file Rows of factorisations and solvers of dense matrices. References are textbook loops over nested indices. */
import type { NDArray } from "../../src/core/array.ts";
import * as lax from "../../src/lax/index.ts";
import { adjoint, matmul, triu } from "../../src/lax/linalg/algebra.ts";
import { linearSolve } from "../../src/lax/linalg/lu.ts";
import { geqrf } from "../../src/lax/linalg/qr.ts";
import { type Ref, at, tabulate } from "../util/reference.ts";
import {
  choleskyReference,
  definite,
  dominant,
  entries,
  flip,
  gauss,
  householder,
  jacobi,
  luReference,
  matrices,
  nestedOf,
  packed,
  refOfRows,
  reflections,
  separated,
  spread,
  squares,
  times,
} from "./linalg-reference.ts";
import { type OpCase, type OpRow, ints, opCase, real, row } from "./row.ts";

interface Side {
  readonly leftSide: boolean;
  readonly lower: boolean;
  readonly transposeA: boolean;
  readonly unitDiagonal: boolean;
}

function triangularReference(a: Ref, b: Ref, s: Side): Ref {
  const t = nestedOf(
    tabulate(a.shape, ([i, j]) => {
      if (i === j && s.unitDiagonal) return 1;
      return i === j || i > j === s.lower ? at(a, [i, j]) : 0;
    }),
  );
  const op = s.transposeA ? flip(t) : t;
  const rhs = nestedOf(b);
  return refOfRows(s.leftSide ? gauss(op, rhs) : flip(gauss(flip(op), flip(rhs))));
}

const sides: readonly Side[] = [0, 1, 2, 3, 4, 5, 6, 7].map((bits) => ({
  leftSide: (bits & 1) !== 0,
  lower: (bits & 2) !== 0,
  transposeA: (bits & 4) !== 0,
  unitDiagonal: bits === 3 || bits === 4,
}));

const sideName = (s: Side, columns: number): string =>
  [
    s.leftSide ? "left" : "right",
    s.lower ? "lower" : "upper",
    ...(s.transposeA ? ["transposed"] : []),
    ...(s.unitDiagonal ? ["unit diagonal"] : []),
    `${columns} right sides`,
  ].join(", ");

const solvers: readonly OpRow[] = [
  row(
    "triangular_solve",
    ...sides.flatMap((s) =>
      [1, 2].map((columns) => ({
        name: sideName(s, columns),
        call: (a: NDArray, b: NDArray) => lax.linalg.triangularSolve(a, b, s),
        operands: [dominant(3, 3, false), real(s.leftSide ? [3, columns] : [columns, 3])],
        linear: [[1]],
        reference: (a: Ref, b: Ref) => triangularReference(a, b, s),
      })),
    ),
  ),
  row(
    "linear_solve",
    ...[1, 3].map((columns) => ({
      name: `${columns} right sides`,
      call: (a: NDArray, b: NDArray) => linearSolve(a, b),
      operands: [dominant(3), real([3, columns])],
      linear: [[1]],
      reference: (a: Ref, b: Ref) => refOfRows(gauss(nestedOf(a), nestedOf(b))),
    })),
  ),
];

const factorisations: readonly OpRow[] = [
  row("cholesky", {
    call: (x) => lax.linalg.cholesky(x),
    operands: [definite(3)],
    reference: choleskyReference,
  }),
  row("cholesky_update", {
    call: (x, w) => lax.linalg.choleskyUpdate(x, w),
    // Upper triangular with a positive diagonal.
    operands: [
      matrices(3, 3, (random) =>
        entries(random, 9).map((x, at) => (at % 4 === 0 ? 2 + x : at % 3 > at / 3 ? x : 0)),
      ),
      real([3], -1, 1),
    ],
    reference: (r, w) => {
      const sum = tabulate([3, 3], ([i, j]) => {
        const dot = [0, 1, 2].reduce((s, k) => s + at(r, [k, i]) * at(r, [k, j]), 0);
        return dot + w.data[i] * w.data[j];
      });
      return refOfRows(flip(nestedOf(choleskyReference(sum))));
    },
  }),
  row(
    "lu",
    ...[
      [3, 3],
      [4, 2],
      [2, 4],
    ].map(([m, n]) => ({
      name: `${m} × ${n}`,
      call: (x: NDArray) => lax.linalg.lu(x),
      operands: [dominant(m, n)],
      reference: luReference,
    })),
  ),
  row("lu_pivots_to_permutation", {
    call: (p) => lax.linalg.luPivotsToPermutation(p, 5),
    operands: [ints([4], 0, 4)],
    reference: (p) => {
      const order = [0, 1, 2, 3, 4];
      p.data.forEach((k, i) => ([order[i], order[k]] = [order[k], order[i]]));
      return { shape: [5], data: order };
    },
  }),
];

const tridiagonal: OpRow = row("tridiagonal_solve", {
  call: (dl, d, du, b) => lax.linalg.tridiagonalSolve(dl, d, du, b),
  // Small diagonals, so that rows are exchanged; the first and the last are large enough.
  operands: [
    real([4], 0.8, 1.2),
    matrices(4, 1, (random) => entries(random, 4, 0.5).map((x, i) => x + (i === 0 ? 2 : 0))),
    real([4], 0.3, 0.6),
    real([4, 2]),
  ].map((o) => ({ ...o, shape: o.shape[1] === 1 ? [4] : o.shape })),
  linear: [[3]],
  reference: (dl, d, du, b) => {
    const dense = [0, 1, 2, 3].map((i) =>
      [0, 1, 2, 3].map((j) =>
        j === i ? d.data[i] : j === i - 1 ? dl.data[i] : j === i + 1 ? du.data[i] : 0,
      ),
    );
    return refOfRows(gauss(dense, nestedOf(b)));
  },
});

/** Q and R from explicit reflection matrices; `columns` of Q are kept. */
function qrReference(x: Ref, columns: number): Ref[] {
  const found = householder(nestedOf(x), Math.min(...x.shape), 0);
  const upper = found.r.map((r, i) => r.map((t, j) => (i <= j ? t : 0)));
  return [refOfRows(reflections(found).map((r) => r.slice(0, columns))), refOfRows(upper.slice(0, columns))];
}

const qrCase = (m: number, n: number, fullMatrices: boolean, more: Partial<OpCase> = {}): OpCase =>
  opCase({
    name: `${m} × ${n}${fullMatrices ? ", full" : ""}`,
    call: (x) => lax.linalg.qr(x, { fullMatrices }),
    operands: [dominant(m, n)],
    reference: (x) => qrReference(x, fullMatrices ? m : Math.min(m, n)),
    ...more,
  });

const orthogonal: readonly OpRow[] = [
  row(
    "qr",
    qrCase(3, 3, false),
    qrCase(4, 2, false),
    qrCase(2, 4, false),
    qrCase(3, 3, true),
    qrCase(4, 2, true, { diff: [], order: 0 }),
    opCase({
      name: "pivoting",
      call: (x) => lax.linalg.qr(x, { fullMatrices: false, pivoting: true }),
      // Columns of decreasing size, but for an exchange.
      operands: [
        matrices(3, 3, (random) =>
          entries(random, 9, 0.3).map((x, at) => x + [0, 0, 3, 0, 2, 0, 1, 0, 0][at]),
        ),
      ],
      reference: (x) => {
        const order = [2, 1, 0];
        const moved = nestedOf(x).map((r) => order.map((j) => r[j]));
        return [...qrReference(refOfRows(moved), 3), { shape: [3], data: order }];
      },
    }),
  ),
  row(
    "geqrf",
    ...[
      [3, 3],
      [4, 2],
      [2, 4],
    ].map(([m, n]) => ({
      name: `${m} × ${n}`,
      call: (x: NDArray) => geqrf(x),
      operands: [dominant(m, n)],
      diff: [],
      order: 0,
      reference: (x: Ref): Ref[] => {
        const found = householder(nestedOf(x), Math.min(m, n), 0);
        return [refOfRows(packed(found, 0)), { shape: [found.taus.length], data: found.taus }];
      },
    })),
  ),
  row("householder_product", {
    call: (a, taus) => lax.linalg.householderProduct(a, taus),
    operands: [real([4, 3]), real([2])],
    diff: [],
    order: 0,
    reference: (a, taus) => {
      const vectors = [0, 1].map((k) => [0, 1, 2, 3].map((i) => (i < k ? 0 : i === k ? 1 : at(a, [i, k]))));
      const q = reflections({ r: [], vectors, taus: [...taus.data] });
      return refOfRows(q.map((r) => r.slice(0, 3)));
    },
  }),
  row("hessenberg", {
    call: (x) => lax.linalg.hessenberg(x),
    operands: [dominant(4)],
    diff: [],
    order: 0,
    reference: (x) => {
      const found = householder(nestedOf(x), 3, 1);
      return [refOfRows(packed(found, 1)), { shape: [3], data: found.taus }];
    },
  }),
  row("schur", {
    name: "the product is the matrix, the factor orthogonal, T zero below the first subdiagonal",
    call: (x) => {
      const [t, z] = lax.linalg.schur(x);
      return [matmul(matmul(z, t), adjoint(z)), matmul(adjoint(z), z), lax.sub(t, triu(t, -1))];
    },
    operands: [real([4, 4], -2, 2)],
    reference: (x) => {
      const rows = nestedOf(x);
      const filled = (f: (i: number, j: number) => number): Ref =>
        refOfRows(rows.map((r, i) => r.map((_, j) => f(i, j))));
      return [x, filled((i, j) => Number(i === j)), filled(() => 0)];
    },
  }),
];

/** Signs of vectors are free: the squares of their elements are not, nor are products of left and right ones. */
function singular(x: NDArray, fullMatrices: boolean): NDArray[] {
  const [u, s, vt] = lax.linalg.svd(x, { fullMatrices });
  return [s, lax.mul(u, u), lax.mul(vt, vt), lax.dot(u, vt)];
}

function singularReference(x: Ref): Ref[] {
  const a = nestedOf(x);
  if (x.shape[0] < x.shape[1]) {
    const [s, u, v, polar] = singularReference(refOfRows(flip(a)));
    const turned = (r: Ref): Ref => refOfRows(flip(nestedOf(r)));
    return [s, turned(v), turned(u), turned(polar)];
  }
  const { w, v } = jacobi(times(flip(a), a));
  const values = [...w].reverse().map(Math.sqrt);
  const right = v.map((r) => [...r].reverse());
  const left = times(a, right).map((r) => r.map((t, k) => t / values[k]));
  return [
    { shape: [values.length], data: values },
    refOfRows(squares(left)),
    refOfRows(flip(squares(right))),
    refOfRows(times(left, flip(right))),
  ];
}

const spectral: readonly OpRow[] = [
  row(
    "eigh",
    ...[1, 2, 4].map((n) => ({
      name: `${n} × ${n}`,
      call: (x: NDArray) => {
        const [v, w] = lax.linalg.eigh(x);
        return [w, lax.mul(v, v)];
      },
      operands: [separated(n)],
      tol: 1e-12,
      reference: (x: Ref): Ref[] => {
        const { w, v } = jacobi(nestedOf(x));
        return [{ shape: [n], data: w }, refOfRows(squares(v))];
      },
    })),
  ),
  row(
    "svd",
    ...[
      [3, 3],
      [4, 2],
      [2, 4],
    ].map(([m, n]) => ({
      name: `${m} × ${n}`,
      call: (x: NDArray) => singular(x, m === n),
      operands: [spread(m, n)],
      tol: 1e-12,
      reference: singularReference,
    })),
    {
      name: "values only",
      call: (x) => lax.linalg.svd(x, { computeUv: false }),
      operands: [spread(3, 2)],
      tol: 1e-12,
      reference: (x) => singularReference(x)[0],
    },
  ),
];

export const linalgRows: readonly OpRow[] = [
  ...solvers,
  tridiagonal,
  ...factorisations,
  ...orthogonal,
  ...spectral,
];
