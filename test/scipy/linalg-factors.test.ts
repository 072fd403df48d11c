/** @file scipy.linalg: solvers, factorisations and functions of matrices, by what defines them; derivatives. */
import { describe, expect, it } from "vitest";
import { grad, jit, jvp, vmap } from "../../src/api/index.ts";
import type { NDArray } from "../../src/core/array.ts";
import { ArgumentError, DifferentiationError, ShapeError } from "../../src/base/errors.ts";
import * as np from "../../src/numpy/index.ts";
import { linalg } from "../../src/scipy/index.ts";
import { checkGrads } from "../../src/testing.ts";
import { array, expectArraysClose, flat } from "../util/arrays.ts";
import { Random } from "../util/random.ts";

const random = (shape: readonly number[], seed: string | number): NDArray => {
  const r = new Random(seed);
  return array(
    shape,
    Array.from({ length: shape.reduce((n, d) => n * d, 1) }, () => r.uniform(-1, 1)),
  );
};

const close = (x: NDArray, y: NDArray, tol = 1e-12): void => expectArraysClose(x, y, tol);
const order2 = { rtol: 1e-5, atol: 1e-5 };

const a = random([4, 4], 1).add(np.eye(4).mul(3));
const spd = np.matmul(a, a.T);
const b = random([4, 2], 2);

describe("solvers", () => {
  it("from Cholesky factors of either triangle", () => {
    for (const lower of [true, false]) {
      const c = linalg.cholesky(spd, lower);
      close(lower ? np.matmul(c, c.T) : np.matmul(c.T, c), spd);
      close(np.matmul(spd, linalg.choSolve(linalg.choFactor(spd, { lower }), b)), b);
      // The other triangle is not read.
      close(linalg.cholesky(lower ? np.tril(spd) : np.triu(spd), { lower }), c);
    }
    const batch = np.stack([spd, spd.mul(2)]);
    close(
      linalg
        .choSolve(linalg.choFactor(batch), np.stack([b, b]))
        .slice(1)
        .mul(2),
      np.linalg.solve(spd, b),
    );
    expect(() => linalg.choSolve(spd as never, b)).toThrow(ArgumentError);
  });

  it("from LU factors, for the matrix and its transpose, with derivatives", () => {
    for (const [trans, m] of [
      [0, a],
      ["T", a.T],
    ] as const) {
      const solve = (x: NDArray, y: NDArray): NDArray => linalg.luSolve(linalg.luFactor(x), y, { trans });
      close(np.matmul(m, solve(a, b)), b);
      close(np.matmul(m, solve(a, b.slice([], 0))), b.slice([], 0));
      checkGrads(solve, [a, b], order2);
    }
    const [p, l, u] = linalg.lu(random([2, 3, 5], 3));
    close(np.matmul(np.matmul(p, l), u), random([2, 3, 5], 3));
    const [pl, u2] = linalg.lu(a, { permuteL: true });
    close(np.matmul(pl, u2), a);
    expect(() => linalg.luSolve(linalg.luFactor(a), b, { trans: 3 as never })).toThrow(ArgumentError);
  });

  it("of general, positive definite and triangular systems", () => {
    close(np.matmul(a, linalg.solve(a, b)), b);
    for (const lower of [true, false]) {
      const solve = (x: NDArray, y: NDArray): NDArray => linalg.solve(x, y, { assumeA: "pos", lower });
      close(np.matmul(spd, solve(spd, b)), b);
      close(jit(solve)(spd, b.slice([], 1)), solve(spd, b).slice([], 1));
      const total = (x: NDArray): NDArray => np.sin(solve(np.matmul(x, x.T), b)).sum();
      checkGrads(total, [a], order2);
      const t = lower ? np.tril(a) : np.triu(a);
      close(np.matmul(t, linalg.solveTriangular(a, b, { lower })), b);
      close(np.matmul(t.T, linalg.solveTriangular(a, b, 1, lower)), b);
    }
    close(linalg.inv(a), np.linalg.inv(a));
    close(linalg.det(a), np.linalg.det(a));
    expect(() => linalg.solve(a, b, { assumeA: "banded" as never })).toThrow(ArgumentError);
    expect(() => linalg.solveTriangular(a, np.ones(3))).toThrow(ShapeError);
    expect(() => linalg.solveTriangular(a, b, { tranz: 1 } as never)).toThrow(/did you mean 'trans'/);
  });
});

describe("factorisations", () => {
  it("qr, with and without pivoting", () => {
    const x = random([5, 3], 4);
    for (const mode of ["full", "economic"] as const) {
      const [q, r, p] = linalg.qr(x, { mode, pivoting: true });
      close(np.matmul(q, r), np.take(x, p, { axis: 1 }));
      const size = flat(np.abs(np.diagonal(r)));
      expect(size).toEqual([...size].sort((s, t) => t - s));
    }
    close(linalg.qr(x, { mode: "r" })[0], linalg.qr(x)[1]);
    const c = random([2, 5], 5);
    const [product, r] = linalg.qrMultiply(x, c);
    close(np.matmul(product, r), np.matmul(c, x));
    close(
      linalg.qrMultiply(x, random([3], 6), "left")[0],
      np.matmul(linalg.qr(x, { mode: "economic" })[0], random([3], 6)),
    );
    expect(() => linalg.qr(x, { mode: "thin" as never })).toThrow(ArgumentError);
  });

  it("eigenvalues, of one matrix, of two, of a tridiagonal one", () => {
    const s = a.add(a.T);
    const [w, v] = linalg.eigh(s);
    close(np.matmul(s, v), v.mul(w));
    close(linalg.eigh(s, { eigvalsOnly: true }), w);
    const [w2, v2] = linalg.eigh(s, spd);
    close(np.matmul(s, v2), np.matmul(spd, v2).mul(w2), 1e-11);
    close(np.matmul(v2.T, np.matmul(spd, v2)), np.eye(4));
    const [d, e] = [random([5], 7), random([4], 8)];
    const t = np.diag(d).add(np.diag(e, 1)).add(np.diag(e, -1));
    const [w3, v3] = linalg.eighTridiagonal(d, e) as [NDArray, NDArray];
    close(np.matmul(t, v3), v3.mul(w3));
    const some = linalg.eighTridiagonal(d, e, { eigvalsOnly: true, select: "i", selectRange: [1, 2] });
    close(some as NDArray, w3.slice([1, 3]));
    expect(() => linalg.eighTridiagonal(d, d)).toThrow(ShapeError);
    expect(() => linalg.eighTridiagonal(d, e, { select: "v" as never })).toThrow(ArgumentError);
  });

  it("Hessenberg and polar forms, singular values", () => {
    const [h, q] = linalg.hessenberg(a, { calcQ: true }) as [NDArray, NDArray];
    close(np.matmul(np.matmul(q, h), q.T), a);
    close(np.tril(h, -2), np.zeros([4, 4]));
    close(linalg.hessenberg(np.array([[3]])) as NDArray, np.array([[3]]));
    expect(() => grad((x: NDArray) => (linalg.hessenberg(x) as NDArray).sum())(a)).toThrow(
      DifferentiationError,
    );
    const x = random([5, 3], 9);
    const [u, p] = linalg.polar(x);
    close(np.matmul(u, p), x);
    close(np.matmul(u.T, u), np.eye(3));
    const [u2, p2] = linalg.polar(a, "left");
    close(np.matmul(p2, u2), a);
    close(p2, p2.T);
    const [l, s, r] = linalg.svd(x, false);
    close(np.matmul(l.mul(s), r), x);
    close(linalg.svd(x, { computeUv: false }), s);
  });
});

describe("the exponential", () => {
  /** By its series, of a matrix small enough, squared. */
  const series = (x: NDArray): NDArray => {
    const small = x.div(2 ** 10);
    let term: NDArray = np.eye(x.shape[0]);
    let sum = term;
    for (let k = 1; k < 12; k++) sum = sum.add((term = np.matmul(term, small).div(k)));
    for (let k = 0; k < 10; k++) sum = np.matmul(sum, sum);
    return sum;
  };

  it.each([0, 1e-3, 0.5, 3, 20])("of a matrix of size %f", (size) => {
    const x = random([3, 3], 10).mul(size);
    close(linalg.expm(x).div(series(x).max()), series(x).div(series(x).max()), 1e-11);
    checkGrads((y: NDArray) => linalg.expm(y.mul(Math.min(size, 3))), [random([3, 3], 10)], order2);
  });

  it("of rotations, triangular matrices, batches; under vmap and jit", () => {
    const turn = np.array([
      [0, -Math.PI],
      [Math.PI, 0],
    ]);
    close(linalg.expm(turn), np.eye(2).neg());
    const t = np.triu(a);
    close(linalg.expm(t, { upperTriangular: true }), linalg.expm(t), 1e-11);
    const batch = np.stack([turn, turn.mul(100), turn.mul(0.5)]);
    const each = np.stack([0, 1, 2].map((i) => linalg.expm(batch.slice(i))));
    close(linalg.expm(batch), each);
    close(vmap((x: NDArray) => linalg.expm(x))(batch), each);
    close(jit((x: NDArray) => linalg.expm(x))(batch), each);
    expect(flat(linalg.expm(turn.mul(1e9)))).toEqual([NaN, NaN, NaN, NaN]);
    expect(() => linalg.expm(np.ones(3))).toThrow(ShapeError);
  });

  it("has the Fréchet derivative of its definition", () => {
    const e = random([4, 4], 11);
    const [value, derivative] = linalg.expmFrechet(a, e) as [NDArray, NDArray];
    close(value, linalg.expm(a));
    const big = np.block([
      [a, e],
      [np.zeros([4, 4]), a],
    ]);
    close(derivative.div(100), linalg.expm(big).slice([0, 4], [4, 8]).div(100), 1e-12);
    close(linalg.expmFrechet(a, e, { computeExpm: false }) as NDArray, derivative);
    expect(() => linalg.expmFrechet(a, np.ones([2, 2]))).toThrow(ShapeError);
  });
});

describe("roots and Sylvester's equation", () => {
  it("real principal roots", () => {
    for (const x of [spd, a, np.matmul(np.ones([3, 1]), np.ones([1, 3])), np.zeros([2, 2])]) {
      const r = linalg.sqrtm(x);
      close(np.matmul(r, r), x, 1e-11);
    }
    expect(
      flat(
        linalg.sqrtm(
          np.array([
            [-1, 0],
            [0, 1],
          ]),
        ),
      ).some(Number.isNaN),
    ).toBe(true);
    expect(
      flat(
        linalg.sqrtm(
          np.array([
            [-1, 1],
            [0, 1],
          ]),
        ),
      ).some(Number.isNaN),
    ).toBe(true);
    checkGrads((x: NDArray) => linalg.sqrtm(x), [a], order2);
    const batch = np.stack([spd, a]);
    close(linalg.sqrtm(batch).slice(0), linalg.sqrtm(spd));
    close(jit((x: NDArray) => linalg.sqrtm(x))(a), linalg.sqrtm(a));
  });

  it("A·X + X·B = C", () => {
    const [p, q, c] = [a, random([2, 2], 12).add(np.eye(2).mul(3)), b];
    const x = linalg.solveSylvester(p, q, c);
    close(np.matmul(p, x).add(np.matmul(x, q)), c);
    checkGrads((s: NDArray, t: NDArray, r: NDArray) => linalg.solveSylvester(s, t, r), [p, q, c], order2);
    expect(() => linalg.solveSylvester(p, q, c.T)).toThrow(ShapeError);
    const [, slope] = jvp((r: NDArray) => linalg.solveSylvester(p, q, r), [c], [c]);
    close(slope, x);
  });
});
