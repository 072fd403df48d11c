/** @file Rows of factorisations and solvers of dense matrices. References are textbook loops over nested indices. */
import type { NDArray } from "../../src/core/array.ts";
import * as lax from "../../src/lax/index.ts";
import { linearSolve } from "../../src/lax/linalg/lu.ts";
import { type Random } from "../util/random.ts";
import { type Ref, at, tabulate } from "../util/reference.ts";
import { type OpRow, type Operand, ints, real, row } from "./row.ts";

/** Matrices (of any number of leading axes) that are made one by one. */
const matrices = (m: number, n: number, make: (random: Random) => number[]): Operand => ({
  shape: [m, n],
  dtype: "float64",
  values: (random, size) => Array.from({ length: size / (m * n) }, () => make(random)).flat(),
});

const entries = (random: Random, size: number, bound = 1): number[] =>
  Array.from({ length: size }, () => random.uniform(-bound, bound));

/** Symmetric and positive definite: B·Bᵀ + n. */
const definite = (n: number): Operand =>
  matrices(n, n, (random) => {
    const b = entries(random, n * n);
    return Array.from({ length: n * n }, (_, at) => {
      const [i, j] = [Math.floor(at / n), at % n];
      const dot = b.slice(i * n, i * n + n).reduce((sum, x, k) => sum + x * b[j * n + k], 0);
      return dot + (i === j ? n : 0);
    });
  });

/** Far from singular, and pivoting has no close calls: rows of a dominant diagonal, shuffled. */
const dominant = (m: number, n = m, shuffled = true): Operand =>
  matrices(m, n, (random) => {
    const order = Array.from({ length: m }, (_, i) => i);
    const rows = (shuffled ? random.shuffle(order) : order).map((i) => {
      const x = entries(random, n, 0.4);
      if (i < n) x[i] += random.next() < 0.5 ? -2 : 2;
      return x;
    });
    return rows.flat();
  });

/** x with op(t)·x = b, by Cramer-free elimination: Gauss–Jordan with pivoting on nested lists. */
function gauss(a: readonly (readonly number[])[], b: readonly (readonly number[])[]): number[][] {
  const n = a.length;
  const rows = a.map((r, i) => [...r, ...b[i]]);
  for (let k = 0; k < n; k++) {
    let p = k;
    for (let i = k; i < n; i++) if (Math.abs(rows[i][k]) > Math.abs(rows[p][k])) p = i;
    [rows[k], rows[p]] = [rows[p], rows[k]];
    rows[k] = rows[k].map((x) => x / rows[k][k]);
    for (let i = 0; i < n; i++) if (i !== k) rows[i] = rows[i].map((x, j) => x - rows[i][k] * rows[k][j]);
  }
  return rows.map((r) => r.slice(n));
}

const nestedOf = ({ shape: [m, n], data }: Ref): number[][] =>
  Array.from({ length: m }, (_, i) => data.slice(i * n, i * n + n));

const refOfRows = (rows: readonly (readonly number[])[]): Ref => ({
  shape: [rows.length, rows[0].length],
  data: rows.flat(),
});

const flip = (x: readonly (readonly number[])[]): number[][] => x[0].map((_, j) => x.map((r) => r[j]));

function choleskyReference(x: Ref): Ref {
  const n = x.shape[0];
  const l = Array.from({ length: n }, () => new Array<number>(n).fill(0));
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = (at(x, [i, j]) + at(x, [j, i])) / 2;
      for (let k = 0; k < j; k++) sum -= l[i][k] * l[j][k];
      l[i][j] = i === j ? Math.sqrt(sum) : sum / l[j][j];
    }
  }
  return refOfRows(l);
}

/** The columns of A one after the other (Crout), with rows exchanged as they are needed. */
function luReference(x: Ref): Ref[] {
  const a = nestedOf(x);
  const [m, n] = x.shape;
  const order = a.map((_, i) => i);
  const pivots: number[] = [];
  for (let k = 0; k < Math.min(m, n); k++) {
    const column = a.map((r, i) => (i < k ? -1 : Math.abs(r[k])));
    const p = column.indexOf(Math.max(...column));
    pivots.push(p);
    [a[k], a[p]] = [a[p], a[k]];
    [order[k], order[p]] = [order[p], order[k]];
    for (let i = k + 1; i < m; i++) {
      a[i][k] /= a[k][k];
      for (let j = k + 1; j < n; j++) a[i][j] -= a[i][k] * a[k][j];
    }
  }
  return [refOfRows(a), { shape: [pivots.length], data: pivots }, { shape: [m], data: order }];
}

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

export const linalgRows: readonly OpRow[] = [...solvers, ...factorisations];
