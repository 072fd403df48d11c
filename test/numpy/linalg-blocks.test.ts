/**
 * @file Factorisations of matrices that are worked on in blocks: backward errors, in units of n times the rounding unit, of random,
 * graded, clustered, rank-deficient and defective matrices, at sizes around the edges of blocks. The bounds are those that LAPACK keeps.
 */
import { describe, expect, it } from "vitest";
import { config } from "../../src/base/config.ts";
import type { NDArray } from "../../src/core/array.ts";
import { jit, lax, numpy as np } from "../../src/index.ts";
import {
  type Kind,
  dtypes,
  draw,
  exact,
  eye,
  h,
  isComplex,
  kinds,
  norm,
  product,
  unit,
} from "./hard-matrices.ts";

type A = NDArray;

const bound = 2;

function check(name: string, error: number, dtype: Kind, n: number, scale = 1): void {
  expect(error / (unit(dtype) * Math.max(n, 8) * (scale === 0 ? 1 : scale)), name).toBeLessThan(bound);
}

/** Around the edges of blocks; fewer of complex numbers, whose methods are the same ones. */
const sizesOf = (d: Kind): number[] => (isComplex(d) ? [33, 65] : [2, 33, 65, 100]);
const reducedOf = (d: Kind): number[] => (isComplex(d) ? [130] : [100, 128, 130]);

for (const dtype of dtypes)
  describe(dtype, () => {
    const [sizes, reduced] = [sizesOf(dtype), reducedOf(dtype)];
    const shapes = sizes.map((n) => [n, n] as const);
    const all = [...shapes, [97, 66], [66, 97]] as const;

    it("Cholesky", () => {
      for (const [n] of shapes) {
        for (const grade of [0, 8]) {
          const g = draw(dtype, n, n, "cholesky");
          const d = np.exp(
            np
              .arange(n)
              .astype("float64")
              .mul(-grade / n),
          );
          const x = np
            .matmul(g, h(g))
            .add(np.eye(n).mul(n))
            .mul(d.reshape([n, 1]))
            .mul(d)
            .astype(dtype);
          const l = jit((y: A) => np.linalg.cholesky(y))(x);
          check(`${n}`, norm(product(l, h(l)).sub(exact(x))), dtype, n, norm(x));
          expect(norm(np.triu(l, 1))).toBe(0);
        }
        const bad = np
          .eye(n)
          .mul(np.where(np.arange(n).less(n - 1), 1, -1))
          .astype(dtype);
        const factor = jit((y: A) => np.linalg.cholesky(y))(bad);
        expect(Number.isNaN(np.real(factor.slice(n - 1, n - 1)).item())).toBe(true);
      }
    });

    for (const [kind, make] of Object.entries(kinds)) {
      it(`LU and QR of ${kind} matrices`, () => {
        for (const [m, n] of all) {
          const x = make(dtype, m, n);
          const k = Math.min(m, n);
          const [lu, , order] = jit((y: A) => lax.linalg.lu(y))(x) as A[];
          const l = np.tril(lu.slice([], [0, k]), -1).add(np.eye(m, k));
          const u = np.triu(lu.slice([0, k]));
          check("lu", norm(product(l, u).sub(exact(np.take(x, order, { axis: 0 })))), dtype, m, norm(x));
          const [q, r] = jit((y: A) => np.linalg.qr(y) as unknown as A[])(x);
          check("qr", norm(product(q, r).sub(exact(x))), dtype, m, norm(x));
          check("q", norm(product(h(q), q).sub(eye(k))), dtype, m, Math.sqrt(k));
        }
      });

      it(`eigenvectors and singular vectors of ${kind} matrices`, () => {
        for (const n of reduced) {
          const given = make(dtype, n, n);
          const s = given.add(h(given)).astype(dtype);
          const [w, v] = jit((y: A) => np.linalg.eigh(y) as unknown as A[])(s);
          check("eigh", norm(product(s, v).sub(exact(v).mul(exact(w)))), dtype, n, norm(s));
          check("v", norm(product(h(v), v).sub(eye(n))), dtype, n, Math.sqrt(n));
          const values = jit((y: A) => (np.linalg.eigh(y) as unknown as A[])[0])(s);
          check("w alone", norm(exact(values).sub(exact(w))), dtype, n, norm(s));
        }
        for (const [m, n] of [...reduced.map((n) => [n, n]), [140, 130], [130, 140]]) {
          const x = make(dtype, m, n);
          const [u, s, vh] = jit((y: A) => np.linalg.svd(y, { fullMatrices: false }) as unknown as A[])(x);
          check("svd", norm(product(exact(u).mul(exact(s)), vh).sub(exact(x))), dtype, m, norm(x));
          const k = Math.min(m, n);
          check("u", norm(product(h(u), u).sub(eye(k))), dtype, m, Math.sqrt(k));
          check("vh", norm(product(vh, h(vh)).sub(eye(k))), dtype, m, Math.sqrt(k));
          const values = jit((y: A) => np.linalg.svd(y)[1])(x);
          check("s alone", norm(exact(values).sub(exact(s))), dtype, m, norm(x));
          expect(np.all(s.slice([1]).lessEqual(s.slice([0, -1]))).item()).toBe(true);
        }
      });
    }

    it("systems of equations, triangular ones from both sides", () => {
      for (const n of sizes) {
        const x = draw(dtype, n, n, "system");
        for (const sides of [1, 7, 40]) {
          const b = draw(dtype, n, sides, "sides");
          const y = jit((p: A, q: A) => np.linalg.solve(p, q))(x, b);
          check("solve", norm(product(x, y).sub(exact(b))), dtype, n, norm(x) * norm(y));
          const t = x
            .mul(1 / n)
            .add(np.eye(n))
            .astype(dtype);
          for (let bits = 0; bits < 16; bits++) {
            const [leftSide, lower, transposeA, unitDiagonal] = [1, 2, 4, 8].map((k) => (bits & k) > 0);
            const rhs = leftSide ? b : np.matrixTranspose(b);
            const options = { leftSide, lower, transposeA, unitDiagonal };
            const z = jit((p: A, q: A) => lax.linalg.triangularSolve(p, q, options))(t, rhs);
            const half = lower ? np.tril(t) : np.triu(t);
            const used = unitDiagonal ? half.sub(half.mul(np.eye(n))).add(np.eye(n)) : half;
            const matrix = transposeA ? np.matrixTranspose(used) : used;
            const found = leftSide ? product(matrix, z) : product(z, matrix);
            check(JSON.stringify(options), norm(found.sub(exact(rhs))), dtype, n, norm(matrix) * norm(z));
          }
        }
        const inverse = jit((y: A) => np.linalg.inv(y))(x);
        check("inv", norm(product(x, inverse).sub(eye(n))), dtype, n, norm(x) * norm(inverse));
      }
    });
  });

it("batches of large matrices are what each of them is", () => {
  const x = np.stack([0, 1].map((k) => draw("float32", 70, 70, `batch ${k}`)));
  const f = jit((y: A) => [np.linalg.inv(y), ...(np.linalg.qr(y) as unknown as A[])]);
  const one = [0, 1].map((k) => f(x.slice(k)));
  f(x).forEach((both, i) => expect(both.js()).toEqual(np.stack(one.map((outs) => outs[i])).js()));
});

it("what is not finite spreads, and stops nothing", () => {
  const x = draw("float64", 130, 130, "nan").add(np.where(np.arange(130).equal(5), NaN, 0));
  for (const f of [np.linalg.inv, np.linalg.eigvalsh, (y: A) => np.linalg.svd(y)[1]])
    expect(Number.isNaN(np.sum(jit((y: A) => f(y.add(np.matrixTranspose(y))))(x)).item())).toBe(true);
});

it("a singular matrix has a zero among its pivots", () => {
  const x = draw("float64", 80, 80, "singular").mul(np.arange(80).notEqual(7).astype("float64"));
  const [lu] = lax.linalg.lu(x);
  expect(np.any(np.diagonal(lu).equal(0)).item()).toBe(true);
  expect(np.all(np.isfinite(np.linalg.inv(x))).item()).toBe(false);
});

it("loop programs of large matrices are right by the checker", () => {
  config.update({ enableChecks: true });
  try {
    const x = draw("complex64", 131, 131, "checked");
    const all = jit((y: A) => [
      np.linalg.cholesky(y.mul(0).add(np.eye(131))),
      np.linalg.inv(y),
      ...(np.linalg.qr(y) as unknown as A[]),
      ...(np.linalg.eigh(y) as unknown as A[]),
      ...(np.linalg.svd(y) as unknown as A[]),
    ]);
    expect(all(x).length).toBe(9);
  } finally {
    config.update({ enableChecks: false });
  }
});
