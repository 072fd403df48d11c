/** @file random.multivariateNormal and random.orthogonal; initialisers made of the latter. */
import { describe, expect, it } from "vitest";
import { grad } from "../../src/api/index.ts";
import type { NDArray } from "../../src/core/array.ts";
import { ArgumentError, ShapeError } from "../../src/base/errors.ts";
import * as nn from "../../src/nn/index.ts";
import * as np from "../../src/numpy/index.ts";
import * as random from "../../src/random/index.ts";
import { expectArraysClose, flat } from "../util/arrays.ts";

const close = (x: NDArray, y: NDArray, tol = 1e-12): void => expectArraysClose(x, y, tol);
const mean = np.array([1, -2]);
const cov = np.array([
  [2, 0.5],
  [0.5, 1],
]);

describe("multivariateNormal", () => {
  it.each(["cholesky", "eigh", "svd"] as const)("has mean and covariance, by %s", (method) => {
    const x = random.multivariateNormal(random.key(3), mean, cov, [40_000], { method });
    expect(x.shape).toEqual([40_000, 2]);
    close(np.mean(x, 0), mean, 0.03);
    close(np.cov(x.T), cov, 0.05);
  });

  it("is differentiable, batched, and semidefinite with eigh and svd", () => {
    const key = random.key(1);
    close(grad((m: NDArray) => random.multivariateNormal(key, m, cov).sum())(mean), np.ones(2));
    const batch = random.multivariateNormal(key, np.zeros([3, 1, 2]), np.stack([cov, cov]));
    expect(batch.shape).toEqual([3, 2, 2]);
    const line = np.ones([2, 2]);
    const x = random.multivariateNormal(key, np.zeros(2), line, [5], { method: "svd" });
    close(x.slice([], 0), x.slice([], 1));
    expect(flat(random.multivariateNormal(key, mean, line.neg())).some(Number.isNaN)).toBe(true);
    expect(() => random.multivariateNormal(key, mean, np.eye(3))).toThrow(ShapeError);
    expect(() => random.multivariateNormal(key, mean, cov, { method: "lu" as never })).toThrow(ArgumentError);
  });
});

describe("orthogonal", () => {
  it("matrices have orthonormal rows or columns", () => {
    const q = random.orthogonal(random.key(0), 4, [3]);
    expect(q.shape).toEqual([3, 4, 4]);
    close(np.matmul(q, np.matrixTranspose(q)), np.stack([np.eye(4), np.eye(4), np.eye(4)]));
    const tall = random.orthogonal(random.key(0), 5, { m: 2 });
    close(np.matmul(tall.T, tall), np.eye(2));
    const wide = random.orthogonal(random.key(0), 2, { m: 5, dtype: "float32" });
    expect([wide.dtype, wide.shape]).toEqual(["float32", [2, 5]]);
    expect(() => random.orthogonal(random.key(0), 1.5)).toThrow(ArgumentError);
  });

  it("initialisers", () => {
    const w = nn.initializers.orthogonal(2)(random.key(2), [3, 2, 4]);
    const rows = w.reshape([6, 4]);
    close(np.matmul(rows.T, rows), np.eye(4).mul(4));
    const axis = nn.initializers.orthogonal({ columnAxis: 0 })(random.key(2), [2, 5]);
    close(np.matmul(axis, axis.T), np.eye(2));
    const kernel = nn.initializers.deltaOrthogonal()(random.key(2), [3, 3, 2, 4]);
    const centre = kernel.slice(1, 1);
    close(np.matmul(centre, centre.T), np.eye(2));
    close(np.square(kernel).sum(), np.array(2));
    expect(() => nn.initializers.deltaOrthogonal()(random.key(2), [3, 4, 2])).toThrow(ShapeError);
    expect(() => nn.initializers.orthogonal()(random.key(2), [3])).toThrow(ShapeError);
  });
});
