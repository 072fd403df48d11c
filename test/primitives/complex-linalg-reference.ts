/** @file Textbook references for complex matrices: plain loops over nested lists of pairs. */
import { type C, c, complexData, partsOf } from "../util/complex.ts";
import { type Ref } from "../util/reference.ts";

export type Rows = readonly (readonly C[])[];

const conj = ([a, b]: C): C => [a, -b];
const zero: C = [0, 0];

export function rowsOf(re: Ref, im: Ref): Rows {
  const [m, n] = re.shape;
  const all = complexData(re, im);
  return Array.from({ length: m }, (_, i) => all.slice(i * n, i * n + n));
}

export const refsOf = (x: Rows): [Ref, Ref] => partsOf([x.length, x[0].length], x.flat());

const flip = (x: Rows): Rows => x[0].map((_, j) => x.map((r) => r[j]));
export const adjointOf = (x: Rows): Rows => flip(x).map((r) => r.map(conj));

export const product = (x: Rows, y: Rows): Rows =>
  x.map((r) => y[0].map((_, j) => r.reduce((sum, z, k) => c.add(sum, c.mul(z, y[k][j])), zero)));

export const traceOf = (x: Rows): C => x.reduce((sum, r, i) => c.add(sum, r[i]), zero);

export const identity = (n: number): Rows =>
  Array.from({ length: n }, (_, i) => Array.from({ length: n }, (_x, j): C => [Number(i === j), 0]));

/** x with a·x = b: Gauss–Jordan with pivoting. */
export function solution(a: Rows, b: Rows): Rows {
  const n = a.length;
  const rows: C[][] = a.map((r, i) => [...r, ...b[i]]);
  for (let k = 0; k < n; k++) {
    let p = k;
    for (let i = k; i < n; i++) if (c.abs(rows[i][k]) > c.abs(rows[p][k])) p = i;
    [rows[k], rows[p]] = [rows[p], rows[k]];
    const pivot = rows[k][k];
    rows[k] = rows[k].map((x) => c.div(x, pivot));
    for (let i = 0; i < n; i++) {
      const f = rows[i][k];
      if (i !== k) rows[i] = rows[i].map((x, j) => c.sub(x, c.mul(f, rows[k][j])));
    }
  }
  return rows.map((r) => r.slice(n));
}

/** The triangle of a matrix, its transpose or conjugate. */
export function triangle(
  a: Rows,
  lower: boolean,
  { transposeA = false, conjugateA = false, unitDiagonal = false },
): Rows {
  const t = a.map((r, i) =>
    r.map((x, j): C => (i === j ? (unitDiagonal ? [1, 0] : x) : i > j === lower ? x : zero)),
  );
  const turned = transposeA ? flip(t) : t;
  return conjugateA ? turned.map((r) => r.map(conj)) : turned;
}

/** x·a = b, as aᵀ·xᵀ = bᵀ. */
export const rightSolution = (a: Rows, b: Rows): Rows => flip(solution(flip(a), flip(b)));

/** The lower factor of the Hermitian part. */
export function choleskyRows(x: Rows): Rows {
  const n = x.length;
  const l: C[][] = Array.from({ length: n }, () => new Array<C>(n).fill(zero));
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = c.mul([0.5, 0], c.add(x[i][j], conj(x[j][i])));
      for (let k = 0; k < j; k++) sum = c.sub(sum, c.mul(l[i][k], conj(l[j][k])));
      l[i][j] = i === j ? [Math.sqrt(sum[0]), 0] : c.div(sum, l[j][j]);
    }
  }
  return l;
}

/** The symmetric matrix of twice the size that does to (re, im) what a Hermitian one does; eigenvalues come in pairs. */
export const embedding = (x: Rows): number[][] => [
  ...x.map((r) => [...r.map(([a]) => a), ...r.map(([, b]) => -b)]),
  ...x.map((r) => [...r.map(([, b]) => b), ...r.map(([a]) => a)]),
];
