/**
 * @file Rows of factorisations and solvers of complex matrices. Operands and results are real and imaginary parts, as in
 * table-complex.ts; references are textbook loops.
 */
import type { NDArray } from "../../src/core/array.ts";
import { isComplex } from "../../src/dtypes/dtype.ts";
import * as lax from "../../src/lax/index.ts";
import { linearSolve } from "../../src/lax/linalg/lu.ts";
import { adjoint, eyeOf, triu } from "../../src/lax/linalg/algebra.ts";
import { geqrf } from "../../src/lax/linalg/qr.ts";
import { type C, c, complexData, partsOf } from "../util/complex.ts";
import { type Ref, at, tabulate } from "../util/reference.ts";
import {
  type Rows,
  adjointOf,
  choleskyRows,
  embedding,
  identity,
  product,
  refsOf,
  rightSolution,
  rowsOf,
  solution,
  traceOf,
  triangle,
} from "./complex-linalg-reference.ts";
import { dominant, jacobi } from "./linalg-reference.ts";
import { type OpCase, type OpRow, type Operand, opCase, real } from "./row.ts";
import { onComplex, split } from "./table-complex.ts";

const rows = (primitive: string, ...cases: readonly OpCase[]): OpRow => ({ kind: "op", primitive, cases });

const dot = (x: NDArray, y: NDArray): NDArray => lax.dot(x, y);

/** The identity, over the shape and in the dtype of x. */
const identityLike = (x: NDArray): NDArray => eyeOf(x.shape, x.dtype);

/** x·xᴴ + 1, from any square x: positive definite. */
const definiteOf = (x: NDArray): NDArray => lax.add(dot(x, adjoint(x)), identityLike(x));

const plain: Operand = real([3, 3], -1, 1);

const solvers: readonly OpRow[] = [
  rows(
    "cholesky_parts",
    onComplex("", (x) => lax.linalg.cholesky(definiteOf(x)), [plain], {
      reference: (re, im) => {
        const x = rowsOf(re, im);
        const sum = product(x, adjointOf(x)).map((r, i) =>
          r.map(([a, b], j) => [a + Number(i === j), b] as const),
        );
        return refsOf(choleskyRows(sum));
      },
    }),
    onComplex("of what is not Hermitian", (x) => lax.linalg.cholesky(x), [dominant(3, 3, false)], {
      // Definite, where the diagonal is positive.
      call: (re, im) => {
        const l = lax.linalg.cholesky(lax.complex(lax.abs(re), im));
        return [lax.real(l), lax.imag(l)];
      },
      reference: (re, im) => refsOf(choleskyRows(rowsOf({ ...re, data: re.data.map(Math.abs) }, im))),
    }),
  ),
  rows(
    "triangular_solve_parts",
    ...[0, 1, 2, 3, 4, 5, 6, 7].flatMap((bits) => {
      const [leftSide, lower, transposeA] = [1, 2, 4].map((k) => (bits & k) !== 0);
      const conjugateA = bits % 3 === 0;
      const how = { leftSide, lower, transposeA, conjugateA, unitDiagonal: bits === 5 };
      return [1, 2].map((columns) =>
        onComplex(
          `${JSON.stringify(how)}, ${columns} right sides`,
          (a, b) => lax.linalg.triangularSolve(a, b, how),
          [dominant(3, 3, false), real(leftSide ? [3, columns] : [columns, 3])],
          {
            linear: [[2, 3]],
            reference: (ar, ai, br, bi) => {
              const op = triangle(rowsOf(ar, ai), lower, how);
              return refsOf((leftSide ? solution : rightSolution)(op, rowsOf(br, bi)));
            },
          },
        ),
      );
    }),
  ),
  rows(
    "lu_parts",
    ...[
      [3, 3],
      [4, 2],
      [2, 4],
    ].map(([m, n]) => onComplex(`${m} × ${n}`, (x) => lax.linalg.lu(x), [dominant(m, n)])),
    onComplex("the product of the factors", (x) => factorProduct(x), [dominant(4)], {
      reference: (re: Ref, im: Ref) => [re, im],
    }),
  ),
  rows(
    "linear_solve_parts",
    ...[1, 3].map((columns) =>
      onComplex(`${columns} right sides`, (a, b) => linearSolve(a, b), [dominant(3), real([3, columns])], {
        linear: [[2, 3]],
        reference: (ar, ai, br, bi) => refsOf(solution(rowsOf(ar, ai), rowsOf(br, bi))),
      }),
    ),
  ),
];

/** P⁻¹·L·U of a square matrix. */
function factorProduct(x: NDArray): NDArray {
  const [lu, , order] = lax.linalg.lu(x);
  const [row, column] = [0, 1].map((axis) => lax.broadcastedIota("int32", x.shape, axis));
  const lower = lax.select(lax.gt(row, column), lu, identityLike(lu));
  const upper = lax.select(lax.le(row, column), lu, lax.mul(lu, 0));
  const moved = lax.eq(lax.broadcastInDim(order, x.shape, [1]), row);
  return dot(lax.convertElementType(moved, lu.dtype), dot(lower, upper));
}

const sizes: readonly (readonly [number, number])[] = [
  [3, 3],
  [4, 2],
  [2, 4],
];

/** The product of the factors, and that of Q's columns with one another. */
const qrProducts = (x: NDArray, fullMatrices: boolean): NDArray[] => {
  const [q, r] = lax.linalg.qr(x, { fullMatrices });
  return [dot(q, r), dot(adjoint(q), q)];
};

/** The factors from reflectors. */
function fromReflectors(x: NDArray): NDArray {
  const [packed, taus] = geqrf(x);
  const [row, column] = [0, 1].map((axis) => lax.broadcastedIota("int32", x.shape, axis));
  const n = x.shape[1];
  const r = lax.sliceInDim(lax.select(lax.le(row, column), packed, lax.mul(packed, 0)), 0, n, 1, 0);
  return dot(lax.linalg.householderProduct(packed, taus), r);
}

/** Far from equal singular values and eigenvalues. */
const graded = (m: number, n: number): Operand => ({
  shape: [m, n],
  dtype: "float64",
  values: (random, size) =>
    Array.from({ length: size }, (_, at_) => {
      const [i, j] = [Math.floor(at_ / n) % m, at_ % n];
      return random.uniform(-0.3, 0.3) + (i === j ? 1 + i : 0);
    }),
});

const orthogonal: readonly OpRow[] = [
  rows(
    "qr_parts",
    ...sizes.flatMap(([m, n]) => [
      onComplex(`factors, ${m} × ${n}`, (x) => lax.linalg.qr(x, { fullMatrices: false }), [dominant(m, n)]),
      onComplex(`products, ${m} × ${n}`, (x) => qrProducts(x, m < n), [dominant(m, n)], {
        reference: (re, im) => [re, im, ...refsOf(identity(Math.min(m, n)))],
      }),
      onComplex(`pivoting, ${m} × ${n}`, (x) => lax.linalg.qr(x, { fullMatrices: false, pivoting: true }), [
        dominant(m, n),
      ]),
    ]),
    onComplex("full, of a tall matrix", (x) => qrProducts(x, true), [dominant(4, 2)], {
      order: 0,
      reference: (re, im) => [re, im, ...refsOf(identity(4))],
    }),
    onComplex(
      "the diagonal of R is real, its signs are LAPACK's",
      (x) => {
        const r = lax.linalg.qr(x, { fullMatrices: false })[1];
        return lax.slice(r, [0, 0], [1, 1]);
      },
      [real([3, 1])],
      {
        reference: (re, im) => {
          const size = Math.hypot(...re.data, ...im.data);
          return refsOf([[[re.data[0] < 0 ? size : -size, 0]]]);
        },
      },
    ),
  ),
  rows(
    "geqrf_parts",
    onComplex("", fromReflectors, [dominant(4, 3)], { order: 0, reference: (re, im) => [re, im] }),
  ),
  rows(
    "hessenberg_parts",
    onComplex(
      "the first subdiagonal is that of LAPACK, the trace stays",
      (x) => {
        const [packed] = lax.linalg.hessenberg(x);
        const diagonal = lax.mul(packed, identityLike(x));
        return [lax.slice(packed, [1, 0], [2, 1]), lax.reduceSum(diagonal, [0, 1])];
      },
      [graded(4, 4)],
      {
        order: 0,
        reference: (re, im) => {
          const x = rowsOf(re, im);
          const below = x.slice(1).map((r) => r[0]);
          const size = Math.hypot(...below.flat());
          return [...refsOf([[[below[0][0] < 0 ? size : -size, 0]]]), ...partsOf([], [traceOf(x)])];
        },
      },
    ),
  ),
  rows(
    "schur_parts",
    onComplex(
      "the product is the matrix, the factor unitary, T zero below the diagonal",
      (x) => {
        const [t, z] = lax.linalg.schur(x);
        return [dot(dot(z, t), adjoint(z)), dot(adjoint(z), z), lax.sub(t, triu(t, 0))];
      },
      [plain],
      {
        order: 0,
        reference: (re, im) => {
          const x = rowsOf(re, im);
          const nothing = x.map((r) => r.map((): C => [0, 0]));
          return [...refsOf(x), ...refsOf(identity(x.length)), ...refsOf(nothing)];
        },
      },
    ),
  ),
  rows(
    "householder_product_parts",
    onComplex(
      "one reflector",
      (a, taus) => lax.linalg.householderProduct(a, taus),
      [real([3, 1]), real([1])],
      {
        order: 0,
        reference: (ar, ai, tr, ti) => {
          const column = complexData(ar, ai);
          const tau: C = [tr.data[0], ti.data[0]];
          const v = column.map((x, i): C => (i === 0 ? [1, 0] : x));
          return refsOf(v.map((x, i) => [c.sub([Number(i === 0), 0], c.mul(tau, x))]));
        },
      },
    ),
  ),
];

/** v·vᴴ for each column v of a matrix, [i, j, k]: what does not depend on phases. */
function projections(v: NDArray): NDArray {
  const [m, k] = v.shape;
  const shape = [m, m, k];
  return lax.mul(lax.broadcastInDim(v, shape, [0, 2]), lax.broadcastInDim(lax.conj(v), shape, [1, 2]));
}

/** Eigenvalues, ascending, and projections of a Hermitian matrix, by those of the real one of twice the size. */
function hermitianReference(x: Rows): Ref[] {
  const n = x.length;
  const { w, v } = jacobi(embedding(x));
  // Both eigenvectors of each pair project onto one complex line.
  const entry = (i: number, j: number, k: number): number =>
    v[i][2 * k] * v[j][2 * k] + v[i][2 * k + 1] * v[j][2 * k + 1];
  return [
    tabulate([n], ([k]) => (w[2 * k] + w[2 * k + 1]) / 2),
    tabulate([n, n, n], ([i, j, k]) => entry(i, j, k)),
    tabulate([n, n, n], ([i, j, k]) => entry(n + i, j, k)),
  ];
}

const singular = (x: NDArray, fullMatrices: boolean): NDArray[] => {
  const [u, s, vh] = lax.linalg.svd(x, { fullMatrices });
  return [s, projections(u), projections(adjoint(vh)), dot(u, vh)];
};

function singularReference(x: Rows): Ref[] {
  const k = Math.min(x.length, x[0].length);
  const of = (gram: Rows): [Ref, Ref, Ref] => {
    const [w, re, im] = hermitianReference(gram);
    const n = gram.length;
    const last = (r: Ref): Ref => tabulate([n, n, k], ([i, j, at_]) => at(r, [i, j, n - 1 - at_]));
    return [tabulate([k], ([i]) => Math.sqrt(w.data[n - 1 - i])), last(re), last(im)];
  };
  const [s, uRe, uIm] = of(product(x, adjointOf(x)));
  const [, vRe, vIm] = of(product(adjointOf(x), x));
  return [s, uRe, uIm, vRe, vIm];
}

const spectral: readonly OpRow[] = [
  rows(
    "eigh_parts",
    ...[1, 2, 4].map((n) =>
      onComplex(
        `${n} × ${n}`,
        (x) => {
          const [v, w] = lax.linalg.eigh(x);
          return [w, projections(v)];
        },
        [graded(n, n)],
        {
          tol: 1e-12,
          gradTol: 1e-5,
          reference: (re, im) => {
            const x = rowsOf(re, im);
            const turned = adjointOf(x);
            return hermitianReference(
              x.map((r, i) => r.map((z, j) => c.mul([0.5, 0], c.add(z, turned[i][j])))),
            );
          },
        },
      ),
    ),
    onComplex(
      "one triangle",
      (x) => lax.linalg.eigh(x, { lower: false, symmetrizeInput: false })[1],
      [graded(3, 3)],
      {
        order: 0,
        tol: 1e-12,
        reference: (re, im) => {
          const x = rowsOf(re, im);
          const mirrored = x.map((r, i) =>
            r.map((z, j): C => (i === j ? [z[0], 0] : i < j ? z : [x[j][i][0], -x[j][i][1]])),
          );
          return hermitianReference(mirrored)[0];
        },
      },
    ),
  ),
  rows(
    "svd_parts",
    ...sizes.flatMap(([m, n]) => [
      onComplex(`${m} × ${n}`, (x) => singular(x, m === n).slice(0, 3), [graded(m, n)], {
        tol: 1e-12,
        gradTol: 1e-5,
        reference: (re, im) => singularReference(rowsOf(re, im)),
      }),
      onComplex(`u·vᴴ, ${m} × ${n}`, (x) => singular(x, false)[3], [graded(m, n)], { gradTol: 1e-5 }),
      onComplex(
        `full, ${m} × ${n}`,
        (x) => {
          const [u, , vh] = lax.linalg.svd(x);
          return [dot(u, adjoint(u)), dot(vh, adjoint(vh))];
        },
        [graded(m, n)],
        { order: 0, reference: () => [...refsOf(identity(m)), ...refsOf(identity(n))] },
      ),
    ]),
    onComplex("values only", (x) => lax.linalg.svd(x, { computeUv: false }), [graded(3, 2)], {
      tol: 1e-12,
      reference: (re, im) => singularReference(rowsOf(re, im))[0],
    }),
  ),
];

/** A·V − V·W, norms of the columns of V, and the largest elements' imaginary parts: of right and of left vectors. */
function eigChecks(x: NDArray): NDArray[] {
  const [w, vl, vr] = lax.linalg.eig(x);
  const a = lax.convertElementType(x, w.dtype);
  const residual = (m: NDArray, values: NDArray, v: NDArray): NDArray =>
    lax.sub(dot(m, v), lax.mul(v, lax.broadcastInDim(values, v.shape, [1])));
  const norms = (v: NDArray): NDArray => lax.reduceSum(lax.square(lax.abs(v)), [0]);
  const turns = (v: NDArray): NDArray => {
    const largest = lax.broadcastInDim(lax.reduceMax(lax.abs(v), [0]), v.shape, [1]);
    return lax.reduceMax(lax.select(lax.ge(lax.abs(v), largest), lax.abs(lax.imag(v)), 0), [0]);
  };
  const right = [residual(a, w, vr), norms(vr), turns(vr)];
  return [...right, residual(adjoint(a), lax.conj(w), vl), norms(vl), turns(vl)];
}

const fill = (shape: readonly number[], value: number): Ref => tabulate(shape, () => value);

const eigChecksReference = (n: number): Ref[] => {
  const one = [fill([n, n], 0), fill([n, n], 0), fill([n], 1), fill([n], 0)];
  return [...one, ...one];
};

/** Σ wᵏ for k = 1 … n: the traces of the powers of the matrix. */
function powerSums(x: NDArray): NDArray[] {
  const none = { computeLeftEigenvectors: false, computeRightEigenvectors: false };
  const [w] = lax.linalg.eig(x, none);
  return Array.from({ length: x.shape[0] }, (_, k) => lax.reduceSum(lax.integerPow(w, k + 1), [0]));
}

function tracesOfPowers(x: Rows): Ref[] {
  let power = identity(x.length);
  return x.flatMap(() => {
    power = product(power, x);
    return partsOf([], [traceOf(power)]);
  });
}

const eigCases = (
  make: (name: string, f: (x: NDArray) => NDArray[], n: number, more: Partial<OpCase>) => OpCase,
  rowsIn: (...xs: Ref[]) => Rows,
): OpCase[] => [
  make("eigenvalues", powerSums, 4, { tol: 1e-11, reference: (...xs) => tracesOfPowers(rowsIn(...xs)) }),
  make("vectors", (x) => lax.linalg.eig(x), 3, { gradTol: 1e-5 }),
  ...[1, 2, 5].map((n) =>
    make(`residuals, ${n} × ${n}`, eigChecks, n, {
      tol: 1e-12,
      order: 0,
      size: 1,
      reference: () => eigChecksReference(n),
    }),
  ),
];

const general: readonly OpRow[] = [
  rows("eig_parts", ...eigCases((name, f, n, more) => onComplex(name, f, [graded(n, n)], more), rowsOf)),
  rows(
    "eig",
    ...eigCases(
      (name, f, n, more) =>
        opCase({
          name,
          operands: [graded(n, n)],
          call: (x) => f(x).flatMap((y) => (isComplex(y.dtype) ? split(y) : [y])),
          ...more,
        }),
      (x) => rowsOf(x, { ...x, data: x.data.map(() => 0) }),
    ),
  ),
];

export const complexLinalgRows: readonly OpRow[] = [...solvers, ...orthogonal, ...spectral, ...general];
