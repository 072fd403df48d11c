/** @file Operands and textbook references of the rows about matrices: plain loops over nested lists. */
import { type Random } from "../util/random.ts";
import { type Ref, at } from "../util/reference.ts";
import { type Operand } from "./row.ts";

/** Matrices (of any number of leading axes) that are made one by one. */
export const matrices = (m: number, n: number, make: (random: Random) => number[]): Operand => ({
  shape: [m, n],
  dtype: "float64",
  values: (random, size) => Array.from({ length: size / (m * n) }, () => make(random)).flat(),
});

export const entries = (random: Random, size: number, bound = 1): number[] =>
  Array.from({ length: size }, () => random.uniform(-bound, bound));

/** Symmetric and positive definite: B·Bᵀ + n. */
export const definite = (n: number): Operand =>
  matrices(n, n, (random) => {
    const b = entries(random, n * n);
    return Array.from({ length: n * n }, (_, at) => {
      const [i, j] = [Math.floor(at / n), at % n];
      const dot = b.slice(i * n, i * n + n).reduce((sum, x, k) => sum + x * b[j * n + k], 0);
      return dot + (i === j ? n : 0);
    });
  });

/** Far from singular, and pivoting has no close calls: rows of a dominant diagonal, shuffled. */
export const dominant = (m: number, n = m, shuffled = true): Operand =>
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
export function gauss(a: readonly (readonly number[])[], b: readonly (readonly number[])[]): number[][] {
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

export const nestedOf = ({ shape: [m, n], data }: Ref): number[][] =>
  Array.from({ length: m }, (_, i) => data.slice(i * n, i * n + n));

export const refOfRows = (rows: readonly (readonly number[])[]): Ref => ({
  shape: [rows.length, rows[0].length],
  data: rows.flat(),
});

export const flip = (x: readonly (readonly number[])[]): number[][] => x[0].map((_, j) => x.map((r) => r[j]));

export function choleskyReference(x: Ref): Ref {
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
export function luReference(x: Ref): Ref[] {
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

type Rows = readonly (readonly number[])[];

export const unit = (n: number): number[][] =>
  Array.from({ length: n }, (_, i) => Array.from({ length: n }, (_x, j) => (i === j ? 1 : 0)));

export const times = (a: Rows, b: Rows): number[][] =>
  a.map((r) => b[0].map((_, j) => r.reduce((sum, x, k) => sum + x * b[k][j], 0)));

/** A symmetric matrix with eigenvalues at least 1 apart. */
export const separated = (n: number): Operand =>
  matrices(n, n, (random) => {
    const x = entries(random, n * n, 0.3);
    return x.map((_, at) => {
      const [i, j] = [Math.floor(at / n), at % n];
      return (x[i * n + j] + x[j * n + i]) / 2 + (i === j ? 3 * i - 4 : 0);
    });
  });

/** Matrices with singular values apart from each other and from 0. */
export const spread = (m: number, n: number): Operand =>
  matrices(m, n, (random) =>
    entries(random, m * n, 0.3).map((x, at) => (Math.floor(at / n) === at % n ? x + 2 * (at % n) + 1.5 : x)),
  );

export interface Reflectors {
  readonly r: number[][];
  readonly vectors: number[][];
  readonly taus: number[];
}

/** The reflector of a vector: leading 1, and the factor τ. Nothing below the head needs none. */
function reflectorOf(x: readonly number[]): { v: number[]; tau: number } {
  const tail = Math.sqrt(x.slice(1).reduce((sum, t) => sum + t * t, 0));
  if (tail === 0) return { v: x.map((_, i) => (i === 0 ? 1 : 0)), tau: 0 };
  const beta = -Math.sign(x[0]) * Math.sqrt(x[0] ** 2 + tail ** 2);
  const v = x.map((t, i) => (i === 0 ? 1 : t / (x[0] - beta)));
  return { v, tau: 2 / v.reduce((sum, t) => sum + t * t, 0) };
}

/** The matrix 1 − τ·v·vᵀ. */
export const reflection = (v: readonly number[], tau: number): number[][] =>
  v.map((p, i) => v.map((q, j) => (i === j ? 1 : 0) - tau * p * q));

/** Householder's reduction with whole reflection matrices: columns k to zero below row k + offset. */
export function householder(a: Rows, steps: number, offset: 0 | 1): Reflectors {
  let r = a.map((row) => [...row]);
  const out: Reflectors = { r, vectors: [], taus: [] };
  for (let k = 0; k < steps; k++) {
    const head = k + offset;
    const { v, tau } = reflectorOf(r.slice(head).map((row) => row[k]));
    const full = [...new Array<number>(head).fill(0), ...v];
    r = times(reflection(full, tau), r);
    if (offset === 1) r = times(r, reflection(full, tau));
    out.vectors.push(full);
    out.taus.push(tau);
  }
  return { ...out, r };
}

/** R with the reflectors' elements in the place of its zeros. */
export const packed = ({ r, vectors }: Reflectors, offset: 0 | 1): number[][] =>
  r.map((row, i) => row.map((x, j) => (i > j + offset && j < vectors.length ? vectors[j][i] : x)));

/** The product of the reflections. */
export const reflections = ({ vectors, taus }: Reflectors): number[][] =>
  vectors.map((v, k) => reflection(v, taus[k])).reduce(times);

/** Eigenvalues in ascending order and eigenvectors (columns) of a symmetric matrix, by cyclic Jacobi rotations. */
export function jacobi(x: Rows): { w: number[]; v: number[][] } {
  const n = x.length;
  let a = x.map((r) => [...r]);
  let v = unit(n);
  for (let sweep = 0; sweep < 30; sweep++) {
    for (let p = 0; p < n; p++) {
      for (let q = p + 1; q < n; q++) {
        const angle = 0.5 * Math.atan2(2 * a[p][q], a[q][q] - a[p][p]);
        const g = unit(n);
        g[p][p] = g[q][q] = Math.cos(angle);
        g[p][q] = Math.sin(angle);
        g[q][p] = -g[p][q];
        a = times(times(flip(g), a), g);
        v = times(v, g);
      }
    }
  }
  const order = a.map((_, i) => i).sort((i, j) => a[i][i] - a[j][j]);
  return { w: order.map((i) => a[i][i]), v: v.map((r) => order.map((i) => r[i])) };
}

export const squares = (x: Rows): number[][] => x.map((r) => r.map((t) => t * t));
