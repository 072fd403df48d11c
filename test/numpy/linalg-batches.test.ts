/**
 * @file Stacks of small matrices, of which several are worked on at once: each result is what the matrix has by itself, bit for bit where no
 * sum follows, also beside singular matrices and such with NaN.
 */
import { beforeAll, describe, expect, it } from "vitest";
import { config } from "../../src/base/config.ts";
import type { NDArray } from "../../src/core/array.ts";
import { grad, init, jit, lax, numpy as np, vmap } from "../../src/index.ts";
import { type Kind, draw, dtypes, h, unit } from "./hard-matrices.ts";

type A = NDArray;

const count = 70;

const solver = (options: Parameters<typeof lax.linalg.triangularSolve>[2]) => (x: A, b: A) => [
  lax.linalg.triangularSolve(x, b, { leftSide: true, ...options }),
];

const routines: Readonly<Record<string, (x: A, b: A) => unknown>> = {
  lu: (x) => lax.linalg.lu(x),
  inv: (x) => [np.linalg.inv(x)],
  solve: (x, b) => [np.linalg.solve(x, b)],
  det: (x) => [np.linalg.det(x)],
  slogdet: (x) => np.linalg.slogdet(x),
  cholesky: (x) => [np.linalg.cholesky(x)],
  "lower triangle": solver({ lower: true }),
  "upper triangle, transposed": solver({ lower: false, transposeA: true }),
  "unit triangle": solver({ lower: true, unitDiagonal: true }),
  qr: (x) => np.linalg.qr(x),
  eigh: (x) => np.linalg.eigh(x),
  eig: (x) => np.linalg.eig(x),
};

/** Of whose last step, a product or a sum of logarithms, vectors round otherwise. */
const composed = new Set(["det", "slogdet"]);

/** Positive definite, general, singular, zero and with NaN. */
function matrices(dtype: Kind, n: number): A[] {
  const single = (k: number): A => {
    const x = draw(dtype, n, n, `batch ${k}`);
    if (k % 5 === 1) return np.matmul(x, h(x)).add(np.eye(n, { dtype }));
    if (k % 5 === 2) return np.concatenate([x.slice([0, n - 1]), x.slice([0, 1])]);
    if (k % 25 === 3) return np.zeros([n, n], dtype);
    return k % 25 === 4 ? x.add(np.where(np.arange(n).equal(n - 1), NaN, 0)).astype(dtype) : x;
  };
  return Array.from({ length: count }, (_, k) => single(k));
}

beforeAll(() => init());

describe.each(["js", "wasm"] as const)("in %s", (backend) => {
  describe.each(Object.keys(routines))("%s", (name) => {
    it.each(dtypes)("%s", (dtype) =>
      config.with({ backend, jitless: false }, () => {
        for (const n of [1, 2, 3, 4, 5, 8]) {
          const f = jit(routines[name] as (x: A, b: A) => A[]);
          const rtol = 16 * unit(dtype);
          const xs = matrices(dtype, n);
          const sides = xs.map((_, k) => draw(dtype, n, 2, `sides ${k}`));
          const together = f(np.stack(xs), np.stack(sides));
          const alone = xs.map((x, k) => f(x, sides[k]));
          together.forEach((out, i) => {
            const want = np.stack(alone.map((one) => one[i]));
            if (composed.has(name))
              expect(np.allclose(out, want, { rtol, atol: 1e-14, equalNan: true }).item()).toBe(true);
            else expect(out.js()).toEqual(want.js());
          });
        }
      }),
    );
  });

  it("two batch axes, and vmap, give the same", () =>
    config.with({ backend, jitless: false }, () => {
      const x = np.stack(matrices("float64", 3));
      const one = jit((y: A) => np.linalg.inv(y))(x);
      const two = jit((y: A) => np.linalg.inv(y))(x.reshape([1, count, 3, 3]));
      const pairs = jit((y: A) => np.linalg.inv(y))(np.stack([x, x]));
      expect(two.reshape(x.shape).js()).toEqual(one.js());
      expect(pairs.slice(1).js()).toEqual(one.js());
      expect(jit(vmap((y: A) => np.linalg.inv(y)))(x).js()).toEqual(one.js());
    }));

  it("the gradient of Σ log |det| is the inverse transposed", () =>
    config.with({ backend, jitless: false }, () => {
      const x = np.stack(Array.from({ length: count }, (_, k) => draw("float64", 4, 4, `gradient ${k}`)));
      const g = jit(grad((y: A) => np.sum(np.linalg.slogdet(y)[1])))(x);
      const product = np.matmul(g.mT, x).sub(np.eye(4));
      expect(np.max(np.abs(product)).item()).toBeLessThan(1e-9);
    }));
});
