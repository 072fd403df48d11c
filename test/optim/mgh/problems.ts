/**
 * @file The 35 test problems of Moré, Garbow and Hillstrom, Testing unconstrained optimization software, ACM TOMS 7 (1981),
 * 17–41: residuals, starts, and sums of squares at minima, numbered as there.
 */
import type { NDArray } from "../../../src/core/array.ts";
import * as np from "../../../src/numpy/index.ts";

type A = NDArray;
type Scalars = readonly A[];

export interface Problem {
  readonly number: number;
  readonly name: string;
  readonly start: readonly number[];
  readonly residuals: (x: A) => A;
  /** Sums of squares at minima that are known, infinite unknowns among them. */
  readonly minima: readonly number[];
}

const stack = (rows: readonly (A | number)[]): A => np.stack(rows.map((r) => np.asarray(r)));
const range = (n: number, from = 1): A => np.array(Float64Array.from({ length: n }, (_, i) => from + i));
const list = (xs: readonly number[]): A => np.array(Float64Array.from(xs));
const exp = np.exp;

/** A problem of few unknowns, whose residuals are written with each of them. */
const small = (
  number: number,
  name: string,
  start: readonly number[],
  residuals: (...x: Scalars) => A | readonly (A | number)[],
  ...minima: readonly number[]
): Problem => ({
  number,
  name,
  start,
  minima,
  residuals: (x) => {
    const r = residuals(...(x.unpack(start.length) as Scalars));
    return Array.isArray(r) ? stack(r as readonly A[]) : (r as A);
  },
});

/** A problem of vectors. */
const large = (
  number: number,
  name: string,
  start: readonly number[],
  residuals: (x: A) => A,
  ...minima: readonly number[]
): Problem => ({ number, name, start, residuals, minima });

const bard = [0.14, 0.18, 0.22, 0.25, 0.29, 0.32, 0.35, 0.39, 0.37, 0.58, 0.73, 0.96, 1.34, 2.1, 4.39];
const kowalik = [0.1957, 0.1947, 0.1735, 0.16, 0.0844, 0.0627, 0.0456, 0.0342, 0.0323, 0.0235, 0.0246];
const kowalikAt = [4, 2, 1, 0.5, 0.25, 0.167, 0.125, 0.1, 0.0833, 0.0714, 0.0625];
const meyer = [
  34780, 28610, 23650, 19630, 16370, 13720, 11540, 9744, 8261, 7030, 6005, 5147, 4427, 3820, 3307, 2872,
];
const gaussian = [
  0.0009, 0.0044, 0.0175, 0.054, 0.1295, 0.242, 0.3521, 0.3989, 0.3521, 0.242, 0.1295, 0.054, 0.0175, 0.0044,
  0.0009,
];
const osborne1 = [
  0.844, 0.908, 0.932, 0.936, 0.925, 0.908, 0.881, 0.85, 0.818, 0.784, 0.751, 0.718, 0.685, 0.658, 0.628,
  0.603, 0.58, 0.558, 0.538, 0.522, 0.506, 0.49, 0.478, 0.467, 0.457, 0.448, 0.438, 0.431, 0.424, 0.42, 0.414,
  0.411, 0.406,
];
const osborne2 = [
  1.366, 1.191, 1.112, 1.013, 0.991, 0.885, 0.831, 0.847, 0.786, 0.725, 0.746, 0.679, 0.608, 0.655, 0.616,
  0.606, 0.602, 0.626, 0.651, 0.724, 0.649, 0.649, 0.694, 0.644, 0.624, 0.661, 0.612, 0.558, 0.533, 0.495,
  0.5, 0.423, 0.395, 0.375, 0.372, 0.391, 0.396, 0.405, 0.428, 0.429, 0.523, 0.562, 0.607, 0.653, 0.672,
  0.708, 0.633, 0.668, 0.645, 0.632, 0.591, 0.559, 0.597, 0.625, 0.739, 0.71, 0.729, 0.72, 0.636, 0.581,
  0.428, 0.292, 0.162, 0.098, 0.054,
];

/** The angle of a point over 2π, from −¼ to ¾. */
const angle = (x: A, y: A): A =>
  np
    .arctan(y.div(x))
    .div(2 * Math.PI)
    .add(np.where(x.less(0), 0.5, 0));

function watson(x: A, n: number): A {
  const t = range(29).div(29);
  const powers = stack(Array.from({ length: n }, (_, j) => t.pow(j)));
  const slopes = stack(
    Array.from({ length: n }, (_, j) => (j === 0 ? np.zerosLike(t) : t.pow(j - 1).mul(j))),
  );
  const sum = np.matmul(x, powers);
  const [first, second] = [x.slice(0), x.slice(1)];
  const rows = np.matmul(x, slopes).sub(sum.mul(sum)).sub(1);
  return np.concatenate([rows, stack([first, second.sub(first.mul(first)).sub(1)])]);
}

function chebyquad(x: A, n: number): A {
  const y = x.mul(2).sub(1);
  const rows: A[] = [];
  let [before, now] = [np.onesLike(y), y];
  for (let i = 1; i <= n; i++) {
    rows.push(
      now
        .sum()
        .div(n)
        .add(i % 2 === 0 ? 1 / (i * i - 1) : 0),
    );
    [before, now] = [now, y.mul(2).mul(now).sub(before)];
  }
  return stack(rows);
}

/** The neighbours of each element, zero beyond the ends. */
const before = (x: A): A => np.concatenate([np.zeros([1]), x.slice([0, -1])]);
const after = (x: A): A => np.concatenate([x.slice([1]), np.zeros([1])]);

function integral(x: A, n: number): A {
  const h = 1 / (n + 1);
  const t = range(n).mul(h);
  const cubes = x.add(t).add(1).pow(3);
  const low = np.cumsum(t.mul(cubes));
  const all = t.sub(1).neg().mul(cubes);
  const high = all.sum().sub(np.cumsum(all));
  return x.add(
    t
      .sub(1)
      .neg()
      .mul(low)
      .add(t.mul(high))
      .mul(h / 2),
  );
}

function banded(x: A): A {
  const n = x.size;
  const near = (k: number): A => {
    const pad = np.zeros([Math.abs(k)]);
    const y = x.mul(x.add(1));
    return k > 0 ? np.concatenate([y.slice([k]), pad]) : np.concatenate([pad, y.slice([0, n + k])]);
  };
  const sum = [-5, -4, -3, -2, -1, 1].map(near).reduce((a, b) => a.add(b));
  return x.mul(x.mul(x).mul(5).add(2)).add(1).sub(sum);
}

const repeat = (n: number, ...xs: readonly number[]): number[] =>
  Array.from({ length: n }, (_, i) => xs[i % xs.length]);
const every = (x: A, from: number, step: number): A =>
  np.take(
    x,
    Int32Array.from({ length: x.size / step }, (_, i) => from + i * step),
  );

const n = 10;
const h11 = 1 / (n + 1);
const discrete = Array.from({ length: n }, (_, i) => (i + 1) * h11 * ((i + 1) * h11 - 1));

export const problems: readonly Problem[] = [
  small(1, "Rosenbrock", [-1.2, 1], (x, y) => [y.sub(x.mul(x)).mul(10), x.sub(1).neg()], 0),
  small(
    2,
    "Freudenstein and Roth",
    [0.5, -2],
    (x, y) => [
      x.sub(13).add(y.sub(5).neg().mul(y).sub(2).mul(y)),
      x.sub(29).add(y.add(1).mul(y).sub(14).mul(y)),
    ],
    0,
    48.98425367924,
  ),
  small(
    3,
    "Powell badly scaled",
    [0, 1],
    (x, y) => [x.mul(y).mul(1e4).sub(1), exp(x.neg()).add(exp(y.neg())).sub(1.0001)],
    0,
  ),
  small(4, "Brown badly scaled", [1, 1], (x, y) => [x.sub(1e6), y.sub(2e-6), x.mul(y).sub(2)], 0),
  small(5, "Beale", [1, 1], (x, y) => [1.5, 2.25, 2.625].map((c, i) => x.mul(y.pow(i + 1).sub(1)).add(c)), 0),
  small(
    6,
    "Jennrich and Sampson",
    [0.3, 0.4],
    (x, y) => {
      const i = range(10);
      return i
        .mul(2)
        .add(2)
        .sub(exp(i.mul(x)).add(exp(i.mul(y))));
    },
    124.36218235561,
  ),
  small(
    7,
    "Helical valley",
    [-1, 0, 0],
    (x, y, z) => [
      z.sub(angle(x, y).mul(10)).mul(10),
      np
        .sqrt(x.mul(x).add(y.mul(y)))
        .sub(1)
        .mul(10),
      z,
    ],
    0,
  ),
  small(
    8,
    "Bard",
    [1, 1, 1],
    (x, y, z) => {
      const u = range(15);
      const v = u.sub(16).neg();
      return list(bard).sub(x.add(u.div(v.mul(y).add(np.minimum(u, v).mul(z)))));
    },
    8.2148773065789e-3,
    17.428692834,
  ),
  small(
    9,
    "Gaussian",
    [0.4, 1, 0],
    (x, y, z) => {
      const t = range(15).sub(8).div(-2);
      return exp(t.sub(z).pow(2).mul(y).div(-2)).mul(x).sub(list(gaussian));
    },
    1.1279327696189e-8,
  ),
  small(
    10,
    "Meyer",
    [0.02, 4000, 250],
    (x, y, z) =>
      exp(y.div(range(16).mul(5).add(45).add(z)))
        .mul(x)
        .sub(list(meyer)),
    87.945855170396,
  ),
  small(
    11,
    "Gulf research and development",
    [5, 2.5, 0.15],
    (x, y, z) => {
      const t = range(99).div(100);
      const g = np
        .log(t)
        .mul(-50)
        .pow(2 / 3)
        .add(25);
      return exp(np.abs(g.sub(y)).pow(z).div(x).neg()).sub(t);
    },
    0,
    0.038,
  ),
  small(
    12,
    "Box three-dimensional",
    [0, 10, 20],
    (x, y, z) => {
      const t = range(10).mul(0.1);
      return exp(t.mul(x).neg())
        .sub(exp(t.mul(y).neg()))
        .sub(
          exp(t.neg())
            .sub(exp(t.mul(-10)))
            .mul(z),
        );
    },
    0,
  ),
  small(
    13,
    "Powell singular",
    [3, -1, 0, 1],
    (a, b, c, d) => [
      a.add(b.mul(10)),
      c.sub(d).mul(Math.sqrt(5)),
      b.sub(c.mul(2)).pow(2),
      a.sub(d).pow(2).mul(Math.sqrt(10)),
    ],
    0,
  ),
  small(
    14,
    "Wood",
    [-3, -1, -3, -1],
    (a, b, c, d) => [
      b.sub(a.mul(a)).mul(10),
      a.sub(1).neg(),
      d.sub(c.mul(c)).mul(Math.sqrt(90)),
      c.sub(1).neg(),
      b.add(d).sub(2).mul(Math.sqrt(10)),
      b.sub(d).div(Math.sqrt(10)),
    ],
    0,
  ),
  small(
    15,
    "Kowalik and Osborne",
    [0.25, 0.39, 0.415, 0.39],
    (a, b, c, d) => {
      const u = list(kowalikAt);
      return list(kowalik).sub(a.mul(u.mul(u).add(u.mul(b))).div(u.mul(u).add(u.mul(c)).add(d)));
    },
    3.0750560384924e-4,
    1.0273439394e-3,
  ),
  small(
    16,
    "Brown and Dennis",
    [25, 5, -5, -1],
    (a, b, c, d) => {
      const t = range(20).div(5);
      return a
        .add(t.mul(b))
        .sub(exp(t))
        .pow(2)
        .add(c.add(np.sin(t).mul(d)).sub(np.cos(t)).pow(2));
    },
    85822.20162635628,
  ),
  small(
    17,
    "Osborne 1",
    [0.5, 1.5, -1, 0.01, 0.02],
    (a, b, c, d, e) => {
      const t = range(33, 0).mul(10);
      return list(osborne1).sub(a.add(exp(t.mul(d).neg()).mul(b)).add(exp(t.mul(e).neg()).mul(c)));
    },
    5.464894697483e-5,
  ),
  small(
    18,
    "Biggs EXP6",
    [1, 2, 1, 1, 1, 1],
    (a, b, c, d, e, f) => {
      const t = range(13).mul(0.1);
      const y = exp(t.neg())
        .sub(exp(t.mul(-10)).mul(5))
        .add(exp(t.mul(-4)).mul(3));
      return exp(t.mul(a).neg())
        .mul(c)
        .sub(exp(t.mul(b).neg()).mul(d))
        .add(exp(t.mul(e).neg()).mul(f))
        .sub(y);
    },
    0,
    5.65564992e-3,
    0.30636677262,
  ),
  small(
    19,
    "Osborne 2",
    [1.3, 0.65, 0.65, 0.7, 0.6, 3, 5, 7, 2, 4.5, 5.5],
    (...x) => {
      const t = range(65, 0).div(10);
      const hill = (height: A, width: A, at: A): A => exp(t.sub(at).pow(2).mul(width).neg()).mul(height);
      return list(osborne2)
        .sub(exp(t.mul(x[4]).neg()).mul(x[0]))
        .sub(hill(x[1], x[5], x[8]))
        .sub(hill(x[2], x[6], x[9]))
        .sub(hill(x[3], x[7], x[10]));
    },
    4.0137736293548e-2,
    1.789813,
  ),
  large(20, "Watson", repeat(6, 0), (x) => watson(x, 6), 2.2876700535524e-3),
  large(
    21,
    "extended Rosenbrock",
    repeat(10, -1.2, 1),
    (x) => {
      const [a, b] = [every(x, 0, 2), every(x, 1, 2)];
      return np.concatenate([b.sub(a.mul(a)).mul(10), a.sub(1).neg()]);
    },
    0,
  ),
  large(
    22,
    "extended Powell singular",
    repeat(12, 3, -1, 0, 1),
    (x) => {
      const [a, b, c, d] = [0, 1, 2, 3].map((i) => every(x, i, 4));
      return np.concatenate([
        a.add(b.mul(10)),
        c.sub(d).mul(Math.sqrt(5)),
        b.sub(c.mul(2)).pow(2),
        a.sub(d).pow(2).mul(Math.sqrt(10)),
      ]);
    },
    0,
  ),
  large(
    23,
    "penalty I",
    Array.from({ length: n }, (_, i) => i + 1),
    (x) => np.concatenate([x.sub(1).mul(Math.sqrt(1e-5)), np.sum(x.mul(x)).sub(0.25).reshape([1])]),
    7.0876515e-5,
  ),
  large(
    24,
    "penalty II",
    repeat(4, 0.5),
    (x) => {
      const a = Math.sqrt(1e-5);
      const m = x.size;
      const y = list(
        Array.from({ length: m - 1 }, (_, i) => Math.exp((i + 2) / 10) + Math.exp((i + 1) / 10)),
      );
      const e = exp(x.div(10));
      const weights = range(m)
        .neg()
        .add(m + 1);
      return np.concatenate([
        x.slice([0, 1]).sub(0.2),
        e
          .slice([1])
          .add(e.slice([0, -1]))
          .sub(y)
          .mul(a),
        e.slice([1]).sub(Math.exp(-0.1)).mul(a),
        np.sum(weights.mul(x).mul(x)).sub(1).reshape([1]),
      ]);
    },
    9.3762901e-6,
  ),
  large(
    25,
    "variably dimensioned",
    Array.from({ length: n }, (_, i) => 1 - (i + 1) / n),
    (x) => {
      const sum = np.sum(range(n).mul(x.sub(1)));
      return np.concatenate([x.sub(1), stack([sum, sum.mul(sum)])]);
    },
    0,
  ),
  large(
    26,
    "trigonometric",
    repeat(n, 1 / n),
    (x) => {
      const c = np.cos(x);
      return np
        .sum(c)
        .neg()
        .add(n)
        .add(range(n).mul(c.sub(1).neg()))
        .sub(np.sin(x));
    },
    0,
    2.7950645e-5,
  ),
  large(
    27,
    "Brown almost-linear",
    repeat(n, 0.5),
    (x) =>
      np.concatenate([
        x
          .slice([0, -1])
          .add(np.sum(x))
          .sub(n + 1),
        np.prod(x).sub(1).reshape([1]),
      ]),
    0,
    1,
  ),
  large(
    28,
    "discrete boundary value",
    discrete,
    (x) =>
      x
        .mul(2)
        .sub(before(x))
        .sub(after(x))
        .add(
          x
            .add(range(n).mul(h11))
            .add(1)
            .pow(3)
            .mul((h11 * h11) / 2),
        ),
    0,
  ),
  large(29, "discrete integral equation", discrete, (x) => integral(x, n), 0),
  large(
    30,
    "Broyden tridiagonal",
    repeat(n, -1),
    (x) => x.mul(x.mul(2).neg().add(3)).sub(before(x)).sub(after(x).mul(2)).add(1),
    0,
  ),
  large(31, "Broyden banded", repeat(n, -1), banded, 0),
  large(
    32,
    "linear, full rank",
    repeat(n, 1),
    (x) => {
      const s = np
        .sum(x)
        .mul(2 / 20)
        .add(1);
      return np.concatenate([x.sub(s), np.zeros([20 - n]).sub(s)]);
    },
    10,
  ),
  large(
    33,
    "linear, rank 1",
    repeat(n, 1),
    (x) =>
      range(20)
        .mul(np.sum(range(n).mul(x)))
        .sub(1),
    (20 * 19) / (2 * 41),
  ),
  large(
    34,
    "linear, rank 1 with zero columns and rows",
    repeat(n, 1),
    (x) => {
      const inner = np.sum(range(n - 2, 2).mul(x.slice([1, -1])));
      return np.concatenate([list([-1]), range(18).mul(inner).sub(1), list([-1])]);
    },
    (400 + 60 - 6) / (2 * (40 - 3)),
  ),
  large(
    35,
    "Chebyquad",
    Array.from({ length: 8 }, (_, i) => (i + 1) / 9),
    (x) => chebyquad(x, 8),
    3.5168737257e-3,
  ),
];
