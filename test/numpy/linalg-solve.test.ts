/** @file np.linalg: systems, inverses, determinants, Cholesky factors; large and singular matrices, broadcasting, derivatives. */
import { describe, expect, it } from "vitest";
import { grad, hessian, jacrev, jit, makeJaxpr, vmap } from "../../src/api/index.ts";
import type { NDArray } from "../../src/core/array.ts";
import { ArgumentError, ShapeError } from "../../src/base/errors.ts";
import * as np from "../../src/numpy/index.ts";
import { checkGrads } from "../../src/testing.ts";
import { array, expectArraysClose, flat } from "../util/arrays.ts";
import { Random } from "../util/random.ts";

const { linalg } = np;

const random = (
  shape: readonly number[],
  seed: string | number,
  dtype: "float64" | "float32" = "float64",
): NDArray => {
  const r = new Random(seed);
  const size = shape.reduce((n, d) => n * d, 1);
  return array(
    shape,
    Array.from({ length: size }, () => r.uniform(-1, 1)),
    dtype,
  );
};

const largest = (x: NDArray): number => Math.max(...flat(x).map(Math.abs));
const close = (x: NDArray, y: NDArray, tol = 1e-12): void => expectArraysClose(x, y, tol);

describe("solve", () => {
  it("large systems, to rounding", () => {
    const n = 200;
    const a = random([n, n], "a").add(np.eye(n).mul(10));
    const x = random([n, 3], "x");
    expect(largest(linalg.solve(a, np.matmul(a, x)).sub(x))).toBeLessThan(1e-12);
    expect(largest(np.matmul(a, linalg.inv(a)).sub(np.eye(n)))).toBeLessThan(1e-12);
    const spd = np.matmul(a, a.T);
    const l = linalg.cholesky(spd);
    expect(largest(np.matmul(l, l.T).sub(spd))).toBeLessThan(1e-10);
  });

  it("broadcasts leading axes; one matrix serves all right sides", () => {
    const a = random([3, 3], 1).add(np.eye(3).mul(3));
    const b = random([2, 4, 3, 2], 2);
    const x = linalg.solve(a, b);
    close(np.matmul(a, x), b);
    const many = np.stack([a, a.mul(2)]).reshape([2, 1, 3, 3]);
    close(np.matmul(many, linalg.solve(many, b)), b);
    close(
      linalg
        .solve(many, random([3], 3))
        .slice(1, 0)
        .mul(2),
      linalg.solve(a, random([3], 3)),
    );
    close(vmap(linalg.solve as (a: NDArray, b: NDArray) => NDArray, [null, 0])(a, b.slice(0)), x.slice(0));
  });

  it("derivatives to second order, also where the matrix is shared", () => {
    const a = random([3, 3], 4).add(np.eye(3).mul(3));
    const b = random([2, 3, 1], 5);
    checkGrads((p: NDArray, q: NDArray) => linalg.solve(p, q), [a, b], { rtol: 1e-6, atol: 1e-6 });
    checkGrads((p: NDArray) => linalg.inv(p), [a], { rtol: 1e-6, atol: 1e-6 });
  });

  it("factorises once for the value and its gradient", () => {
    const loss = (a: NDArray, b: NDArray): NDArray => linalg.solve(a, b).sum();
    const text = String(makeJaxpr(grad(loss, [0, 1]))(np.eye(3), np.ones([3, 1])));
    expect(text.match(/= lu /g)).toHaveLength(1);
  });

  it("float32 stays; integers become the default float", () => {
    const a = random([4, 4], 6, "float32").add(np.eye(4, { dtype: "float32" }).mul(4));
    const x = linalg.solve(a, random([4], 7, "float32"));
    expect(x.dtype).toBe("float32");
    expect(largest(np.matmul(a, x).sub(random([4], 7, "float32")))).toBeLessThan(1e-6);
    expect(
      linalg.inv(
        np.array(
          [
            [2, 0],
            [0, 4],
          ],
          { dtype: "int32" },
        ),
      ).dtype,
    ).toBe("float64");
  });

  it("singular matrices give what is not finite; misfits are errors", () => {
    expect(flat(linalg.inv(np.zeros([2, 2]))).some(Number.isFinite)).toBe(false);
    expect(
      flat(
        linalg.cholesky(
          np.array([
            [1, 2],
            [2, 1],
          ]),
        ),
      ),
    ).toEqual([NaN, 0, NaN, NaN]);
    expect(() => linalg.solve(np.ones([2, 3]), np.ones(2))).toThrow(ShapeError);
    expect(() => linalg.solve(np.eye(3), np.ones(2))).toThrow(/3 rows/);
    expect(() => linalg.inv(np.ones(3))).toThrow(ShapeError);
    expect(() => (linalg.solve as unknown as (a: NDArray) => NDArray)(np.eye(2))).toThrow(/'b' is missing/);
  });

  it("empty systems and single elements", () => {
    expect(linalg.solve(np.zeros([0, 0]), np.zeros([0, 2])).shape).toEqual([0, 2]);
    expect(linalg.inv(np.array([[4]])).js()).toEqual([[0.25]]);
    expect(linalg.det(np.zeros([0, 0])).item()).toBe(1);
    expect(linalg.det(np.array([[-3]])).item()).toBe(-3);
  });
});

/** The matrix of cofactors by minors. */
function cofactors(a: number[][]): number[][] {
  const det = (m: number[][]): number =>
    m.length === 0
      ? 1
      : m[0].reduce(
          (s, x, j) => s + (j % 2 === 0 ? x : -x) * det(m.slice(1).map((r) => r.filter((_, k) => k !== j))),
          0,
        );
  const minor = (i: number, j: number): number[][] =>
    a.filter((_, k) => k !== i).map((r) => r.filter((_, k) => k !== j));
  return a.map((r, i) => r.map((_, j) => ((i + j) % 2 === 0 ? 1 : -1) * det(minor(i, j))));
}

describe("determinants", () => {
  it.each([2, 3, 4, 5])("of size %i, with derivatives to second order", (n) => {
    const a = random([n, n], n);
    checkGrads((x: NDArray) => linalg.det(x), [a], { rtol: 1e-5, atol: 1e-6 });
    close(grad((x: NDArray) => linalg.det(x))(a), np.array(cofactors(a.js<number[][]>())));
    const [sign, log] = linalg.slogdet(a);
    expect(sign.mul(np.exp(log)).item()).toBeCloseTo(Number(linalg.det(a).item()), 12);
    checkGrads((x: NDArray) => linalg.slogdet(x)[1], [a], { rtol: 1e-5, atol: 1e-5 });
  });

  it("of singular matrices have the cofactors as gradient: rank n - 1, and less", () => {
    const rank3 = [
      [1, 2, 3, 4],
      [2, 4, 6, 8],
      [1, 0, 1, 5],
      [0, 1, 1, -2],
    ];
    const rank2 = [rank3[0], rank3[1], rank3[2], rank3[2]];
    for (const a of [rank3, rank2]) {
      const g = grad((x: NDArray) => linalg.det(x));
      close(g(np.array(a)), np.array(cofactors(a)));
      close(jit(g)(np.array(a)), np.array(cofactors(a)));
    }
    close(
      vmap(grad((x: NDArray) => linalg.det(x)))(np.array([rank3, rank2])).slice(0),
      np.array(cofactors(rank3)),
    );
  });

  it("of large matrices do not overflow in slogdet", () => {
    const n = 150;
    const a = random([n, n], "big").mul(100).add(np.eye(n).mul(1000));
    const [sign, log] = linalg.slogdet(a);
    expect(Math.abs(Number(sign.item()))).toBe(1);
    expect(log.item()).toBeGreaterThan(800);
    expect(linalg.slogdet(np.zeros([2, 2])).map((x) => x.item())).toEqual([0, -Infinity]);
    expect(() => linalg.slogdet(a, { method: "svd" as never })).toThrow(ArgumentError);
  });

  it("the gradient of slogdet is the inverse, transposed", () => {
    const a = random([4, 4], 9).add(np.eye(4).mul(2));
    close(grad((x: NDArray) => linalg.slogdet(x)[1])(a), linalg.inv(a).T);
  });
});

describe("Cholesky factors", () => {
  it("upper and lower, of the symmetric part or of one triangle", () => {
    const a = np.array([
      [4, 2],
      [2, 10],
    ]);
    expect(linalg.cholesky(a).js()).toEqual([
      [2, 0],
      [1, 3],
    ]);
    expect(linalg.cholesky(a, { upper: true }).js()).toEqual([
      [2, 1],
      [0, 3],
    ]);
    const lower = np.tril(a);
    expect(linalg.cholesky(lower, { symmetrizeInput: false }).js()).toEqual(linalg.cholesky(a).js());
    expect(linalg.cholesky(lower.T, { symmetrizeInput: false, upper: true }).js()).toEqual([
      [2, 1],
      [0, 3],
    ]);
  });

  it("the log density of a Gaussian process has a Hessian", () => {
    const x = np.linspace(0, 1, 5);
    const y = np.sin(x.mul(6));
    const loss = (theta: NDArray): NDArray => {
      const gap = np.expandDims(x, 1).sub(np.expandDims(x, 0));
      const k = np.exp(gap.mul(gap).mul(theta.slice(0))).add(np.eye(5).mul(np.exp(theta.slice(1))));
      const l = linalg.cholesky(k);
      return np
        .dot(y, linalg.solve(k, y))
        .mul(0.5)
        .add(np.log(np.diagonal(l)).sum());
    };
    const theta = np.array([-3, -2]);
    checkGrads(loss, [theta], { rtol: 1e-5, atol: 1e-5 });
    close(hessian(jit(loss))(theta), hessian(loss)(theta), 1e-10);
  });
});

describe("tensor equations", () => {
  it("tensorsolve and tensorinv are each other's check", () => {
    const a = random([2, 3, 6], 11).add(np.eye(6).reshape([2, 3, 6]).mul(3));
    const b = random([2, 3], 12);
    const x = linalg.tensorsolve(a, b);
    close(np.tensordot(a, x, 1), b);
    close(np.tensordot(linalg.tensorinv(a), b, 2), x);
    close(linalg.tensorsolve(np.moveaxis(a, 2, 0), b, { axes: [0] }), x);
    close(jacrev((r: NDArray) => linalg.tensorsolve(a, r))(b), linalg.tensorinv(a));
    expect(() => linalg.tensorsolve(np.ones([2, 3, 5]), b)).toThrow(ShapeError);
    expect(() => linalg.tensorinv(a, 0)).toThrow(ArgumentError);
    expect(() => linalg.tensorinv(a, 1)).toThrow(ShapeError);
  });
});
