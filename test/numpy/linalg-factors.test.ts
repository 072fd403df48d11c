/** @file np.linalg: QR, eigenvalues, singular values, and what rests on them; hard matrices, modes, derivatives. */
import { describe, expect, it } from "vitest";
import { grad, jit, vmap } from "../../src/api/index.ts";
import type { NDArray } from "../../src/core/array.ts";
import { ArgumentError, DifferentiationError, ShapeError } from "../../src/base/errors.ts";
import * as lax from "../../src/lax/index.ts";
import * as np from "../../src/numpy/index.ts";
import { checkGrads } from "../../src/testing.ts";
import { array, expectArraysClose, flat } from "../util/arrays.ts";
import { Random } from "../util/random.ts";

const { linalg } = np;

const random = (shape: readonly number[], seed: string | number): NDArray => {
  const r = new Random(seed);
  return array(
    shape,
    Array.from({ length: shape.reduce((n, d) => n * d, 1) }, () => r.uniform(-1, 1)),
  );
};

const largest = (x: NDArray): number => flat(x).reduce((m, v) => Math.max(m, Math.abs(v)), 0);
const close = (x: NDArray, y: NDArray, tol = 1e-12): void => expectArraysClose(x, y, tol);

function expectOrthonormal(q: NDArray, tol = 1e-13): void {
  expect(largest(np.matmul(q.T, q).sub(np.eye(q.shape[1])))).toBeLessThan(tol);
}

const hilbert = (n: number): NDArray =>
  np.fromfunction((i, j) => np.reciprocal(i.add(j).add(1)), [n, n], { dtype: "float64" });

/** Matrices that iterations find hard: repeated, zero, tiny and huge values, graded, already reduced. */
const hard: readonly (readonly [string, NDArray])[] = [
  ["zero", np.zeros([4, 4])],
  ["the identity", np.eye(5)],
  ["diagonal, unordered, repeated", np.diag(np.array([3, -1, 2, -1, 0]))],
  ["all ones", np.ones([6, 6])],
  ["huge", np.ones([3, 3]).add(np.eye(3)).mul(1e300)],
  ["tiny", np.ones([3, 3]).add(np.eye(3)).mul(1e-300)],
  ["graded", np.diag(np.array([1e-12, 1e-8, 1e-4, 1, 1e4])).add(np.ones([5, 5]).mul(1e-9))],
  ["Hilbert's", hilbert(10)],
  [
    "tridiagonal (Wilkinson's)",
    np
      .diag(np.abs(np.arange(21).sub(10)))
      .add(np.eye(21, { k: 1 }))
      .add(np.eye(21, { k: -1 })),
  ],
  ["of size 120", random([120, 120], 1).add(random([120, 120], 1).T)],
];

describe("eigh", () => {
  it.each(hard)("of a matrix: %s", (_, a) => {
    const [w, v] = linalg.eigh(a);
    const size = Math.max(largest(a), 1e-310);
    expectOrthonormal(v);
    expect(largest(np.matmul(a, v).sub(v.mul(w))) / size).toBeLessThan(1e-13);
    const values = flat(w);
    expect(values).toEqual([...values].sort((x, y) => x - y));
  });

  it("of a matrix with known eigenvalues", () => {
    const n = 30;
    const second = np
      .eye(n)
      .mul(2)
      .sub(np.eye(n, { k: 1 }))
      .sub(np.eye(n, { k: -1 }));
    const want = Array.from({ length: n }, (_, k) => 2 - 2 * Math.cos(((k + 1) * Math.PI) / (n + 1)));
    close(linalg.eigvalsh(second), np.array(want), 1e-13);
  });

  it("reads one triangle without symmetrizeInput; NaN stays NaN", () => {
    const a = np.array([
      [1, 9],
      [2, 3],
    ]);
    const w = (x: number): NDArray =>
      linalg.eigvalsh(
        np.array([
          [1, x],
          [x, 3],
        ]),
      );
    close(linalg.eigvalsh(a), w(5.5));
    close(linalg.eigvalsh(a, { symmetrizeInput: false }), w(2));
    close(linalg.eigvalsh(a, "U", { symmetrizeInput: false }), w(9));
    expect(
      flat(
        linalg.eigvalsh(
          np.array([
            [1, NaN],
            [NaN, 1],
          ]),
        ),
      ),
    ).toEqual([NaN, NaN]);
    expect(
      flat(
        linalg.eigvalsh(
          np.array([
            [Infinity, 1],
            [1, 1],
          ]),
        ),
      ),
    ).toEqual([NaN, NaN]);
    expect(() => linalg.eigh(a, "X" as never)).toThrow(ArgumentError);
    expect(() => linalg.eigh(np.ones([2, 3]))).toThrow(ShapeError);
  });

  it("eigenvalues of repeated ones have gradients where they are smooth together", () => {
    const a = np.diag(np.array([2, 2, 5]));
    close(grad((x: NDArray) => np.square(linalg.eigvalsh(x)).sum())(a), a.mul(2));
    const projector = (x: NDArray): NDArray => np.exp(linalg.eigvalsh(x)).sum();
    close(jit(grad(projector))(a), np.diag(np.exp(np.array([2, 2, 5]))));
  });
});

describe("svd", () => {
  it.each(hard)("of a matrix: %s", (_, a) => {
    const [u, s, vh] = linalg.svd(a);
    expectOrthonormal(u);
    expectOrthonormal(vh.T);
    const size = Math.max(largest(a), 1e-310);
    expect(largest(np.matmul(u.mul(s), vh).sub(a)) / size).toBeLessThan(2e-13);
    const values = flat(s);
    expect(values).toEqual([...values].sort((x, y) => y - x));
    expect(values.every((x) => x >= 0)).toBe(true);
    close(linalg.svdvals(a).div(size), s.div(size), 1e-14);
  });

  it.each([
    [1, 5],
    [5, 1],
    [3, 7],
    [7, 3],
    [60, 40],
  ])("of %i × %i matrices, full and not", (m, n) => {
    const a = random([m, n], m + n);
    const k = Math.min(m, n);
    for (const fullMatrices of [true, false]) {
      const [u, s, vh] = linalg.svd(a, { fullMatrices });
      expect([u.shape, s.shape, vh.shape]).toEqual(
        fullMatrices ? [[m, m], [k], [n, n]] : [[m, k], [k], [k, n]],
      );
      expectOrthonormal(u);
      expectOrthonormal(vh.T);
      close(np.matmul(u.slice([], [0, k]).mul(s), vh.slice([0, k])), a);
    }
  });

  it("of empty matrices, of batches, of what is not finite", () => {
    expect(linalg.svd(np.zeros([0, 3])).map((x) => x.shape)).toEqual([[0, 0], [0], [3, 3]]);
    close(linalg.svd(np.zeros([0, 3]))[2], np.eye(3));
    const a = random([2, 3, 4], 7);
    const [u, s, vh] = linalg.svd(a, false);
    close(np.matmul(u.mul(np.expandDims(s, 1)), vh), a);
    expect(
      flat(
        linalg.svdvals(
          np.array([
            [1, NaN],
            [0, 1],
          ]),
        ),
      ),
    ).toEqual([NaN, NaN]);
  });

  it("of symmetric matrices by their eigenvectors", () => {
    const a = random([5, 5], 8).add(random([5, 5], 8).T);
    const [u, s, vh] = linalg.svd(a, { hermitian: true });
    close(np.matmul(u.mul(s), vh), a);
    close(s, linalg.svdvals(a));
    close(linalg.svd(a, true, false, true), s);
    expect(() => linalg.svd(a, { subsetByIndex: [0, 1] as never })).toThrow(ArgumentError);
  });

  it("derivatives of functions that do not depend on signs", () => {
    const a = random([4, 3], 9);
    const smooth = (x: NDArray): NDArray => {
      const [u, s, vh] = linalg.svd(x, { fullMatrices: false });
      return np.matmul(u.mul(np.tanh(s)), vh);
    };
    checkGrads(smooth, [a], { rtol: 1e-5, atol: 1e-5 });
    expect(() => grad((x: NDArray) => linalg.svd(x)[0].sum())(a)).toThrow(DifferentiationError);
    checkGrads((x: NDArray) => linalg.svd(x, { computeUv: false }), [a], { rtol: 1e-5, atol: 1e-5 });
  });
});

describe("qr", () => {
  it("modes", () => {
    const a = random([5, 3], 10);
    const [q, r] = linalg.qr(a);
    expect([q.shape, r.shape]).toEqual([
      [5, 3],
      [3, 3],
    ]);
    close(np.matmul(q, r), a);
    close(linalg.qr(a, "r"), r);
    const [full, tall] = linalg.qr(a, { mode: "complete" });
    expect([full.shape, tall.shape]).toEqual([
      [5, 5],
      [5, 3],
    ]);
    expectOrthonormal(full);
    const [h, tau] = linalg.qr(a, "raw");
    close(lax.linalg.householderProduct(h.T, tau), q);
    expect(() => linalg.qr(a, "thin" as never)).toThrow(ArgumentError);
    expect(() => grad((x: NDArray) => linalg.qr(x, "complete")[0].sum())(a)).toThrow(/no derivative/);
    expect(() => grad((x: NDArray) => linalg.qr(x, "raw")[0].sum())(a)).toThrow(DifferentiationError);
  });

  it("of zero columns, of huge and tiny elements", () => {
    for (const a of [np.zeros([3, 2]), random([4, 4], 2).mul(1e200), random([4, 4], 3).mul(1e-200)]) {
      const [q, r] = linalg.qr(a);
      expectOrthonormal(q);
      const size = Math.max(largest(a), 1e-300);
      expect(largest(np.matmul(q, r).sub(a)) / size).toBeLessThan(1e-14);
    }
  });

  it("of wide matrices has derivatives too", () => {
    checkGrads((x: NDArray) => linalg.qr(x), [random([2, 4], 12).add(np.eye(2, 4))], {
      rtol: 1e-6,
      atol: 1e-6,
    });
  });
});

describe("pseudo-inverses and least squares", () => {
  it("satisfy Penrose's equations for every rank", () => {
    for (const a of [random([5, 3], 1), random([3, 5], 2), np.matmul(random([5, 2], 3), random([2, 4], 4))]) {
      const p = linalg.pinv(a);
      close(np.matmul(np.matmul(a, p), a), a);
      close(np.matmul(np.matmul(p, a), p), p);
      close(np.matmul(a, p), np.matmul(a, p).T);
      close(np.matmul(p, a), np.matmul(p, a).T);
    }
    const s = np.array([
      [1, 1],
      [1, 1],
    ]);
    close(linalg.pinv(s, { hermitian: true }), s.mul(0.25));
    close(linalg.pinv(np.diag(np.array([1, 1e-3])), 1e-2), np.diag(np.array([1, 0])));
    expect(linalg.pinv(np.zeros([0, 3])).shape).toEqual([3, 0]);
  });

  it("have derivatives where singular values are equal", () => {
    const a = np.concatenate([np.eye(3), np.zeros([1, 3])], 0);
    checkGrads((x: NDArray) => linalg.pinv(x), [a], { rtol: 1e-5, atol: 1e-5 });
    checkGrads((x: NDArray) => linalg.pinv(x), [a.T], { rtol: 1e-5, atol: 1e-5 });
  });

  it("least squares fits, with residuals, rank and derivatives", () => {
    const a = random([6, 2], 5);
    const b = random([6], 6);
    const [x, residuals, rank, s] = linalg.lstsq(a, b);
    close(x, linalg.solve(np.matmul(a.T, a), np.matmul(a.T, b)));
    expect(residuals.shape).toEqual([1]);
    close(residuals, np.square(b.sub(np.matmul(a, x))).sum({ keepdims: true }));
    expect(rank.item()).toBe(2);
    close(s, linalg.svdvals(a));
    checkGrads((p: NDArray, q: NDArray) => linalg.lstsq(p, q)[0], [a, b], { rtol: 1e-5, atol: 1e-5 });
    const low = np.ones([3, 2]);
    expect(linalg.lstsq(low, np.ones(3))[0].js()).toEqual([expect.closeTo(0.5, 12), expect.closeTo(0.5, 12)]);
    expect(linalg.lstsq(low, np.ones(3), { numpyResid: true })[1].shape).toEqual([0]);
    expect(() => linalg.lstsq(a, np.ones(3))).toThrow(ShapeError);
  });

  it("rank and condition", () => {
    expect(linalg.matrixRank(np.stack([np.eye(3), np.ones([3, 3]), np.zeros([3, 3])])).js()).toEqual([
      3, 1, 0,
    ]);
    expect(linalg.matrixRank(np.diag(np.array([1, 0.1, 0.01])), { tol: 0.05 }).item()).toBe(2);
    expect(linalg.matrixRank(np.diag(np.array([1, 0.1, 0.01])), 0.05).item()).toBe(2);
    expect(linalg.matrixRank(np.diag(np.array([-1, 0.5, 0])), { hermitian: true }).item()).toBe(2);
    expect(linalg.matrixRank(np.zeros(3)).item()).toBe(0);
    const a = np.diag(np.array([4, -2]));
    expect([null, 2, -2, 1, "nuc"].map((p) => linalg.cond(a, p as null).item())).toEqual([2, 2, 0.5, 2, 4.5]);
    expect(linalg.cond(np.ones([2, 2]), 1).item()).toBe(Infinity);
    expect(linalg.cond(np.zeros([2, 2])).item()).toBe(Infinity);
    expect(() => linalg.cond(np.zeros([0, 2]))).toThrow(ShapeError);
  });

  it("norms by singular values", () => {
    const a = np.array([
      [3, 0],
      [0, -4],
      [0, 0],
    ]);
    expect([2, -2, "nuc"].map((ord) => linalg.norm(a, ord as 2).item())).toEqual([4, 3, 7]);
    const stack = np.stack([a, a.mul(2)]);
    expect(linalg.norm(stack, { ord: 2, axis: [1, 2] }).js()).toEqual([4, 8]);
    expect(linalg.norm(stack, { ord: "nuc", axis: [2, 1], keepdims: true }).shape).toEqual([2, 1, 1]);
    expect(linalg.matrixNorm(stack, { ord: -2 }).js()).toEqual([3, 6]);
    close(vmap((x: NDArray) => linalg.norm(x, 2))(stack), np.array([4, 8]));
    close(
      grad((x: NDArray) => linalg.norm(x, "nuc"))(a),
      np.array([
        [1, 0],
        [0, -1],
        [0, 0],
      ]),
    );
  });
});
