/** @file np.linalg and np.fft: values computed by hand or by definition, gradients, refused arguments. */
import { describe, expect, it } from "vitest";
import { grad, vmap } from "../../src/api/index.ts";
import type { NDArray } from "../../src/core/array.ts";
import { ArgumentError, ShapeError } from "../../src/base/errors.ts";
import * as np from "../../src/numpy/index.ts";

const { linalg, fft } = np;
const matrix = np.array([
  [1, -2, 3],
  [-4, 5, -6],
]);

describe("norms", () => {
  it("of a vector, by every kind of order", () => {
    const v = np.array([3, 0, -4]);
    expect(linalg.norm(v).item()).toBe(5);
    expect([2, 1, 0, Infinity, -Infinity].map((ord) => linalg.norm(v, ord).item())).toEqual([5, 7, 2, 4, 0]);
    expect(linalg.norm(v, 3).item()).toBeCloseTo(Math.cbrt(91), 14);
    expect(linalg.norm(np.array([4, 9]), 0.5).item()).toBeCloseTo(25, 13);
    expect(linalg.norm(np.array([2, 4]), -1).item()).toBeCloseTo(4 / 3, 14);
  });

  it("of a matrix, by columns, by rows, by all elements", () => {
    expect(linalg.norm(matrix).item()).toBeCloseTo(Math.sqrt(91), 14);
    expect(linalg.norm(matrix, "fro").item()).toBeCloseTo(Math.sqrt(91), 14);
    expect([1, -1, Infinity, -Infinity].map((ord) => linalg.norm(matrix, ord).item())).toEqual([9, 5, 15, 6]);
  });

  it("along axes, keeping them or not", () => {
    expect(linalg.norm(matrix, 1, 0).js()).toEqual([5, 7, 9]);
    expect(linalg.norm(matrix, { ord: Infinity, axis: 1, keepdims: true }).js()).toEqual([[3], [6]]);
    const stack = np.stack([matrix, matrix.mul(2)]);
    expect(linalg.norm(stack, { ord: 1, axis: [1, 2] }).js()).toEqual([9, 18]);
    expect(linalg.norm(stack, { ord: 1, axis: [2, 1] }).js()).toEqual([15, 30]);
    expect(linalg.matrixNorm(stack, { ord: Infinity, keepdims: true }).js()).toEqual([[[15]], [[30]]]);
    expect(linalg.vectorNorm(stack, { axis: [0, 2], ord: 1 }).js()).toEqual([18, 45]);
    expect(linalg.vectorNorm(matrix).item()).toBeCloseTo(Math.sqrt(91), 14);
  });

  it("turn integers into floats and keep floats", () => {
    expect(linalg.norm(np.array([3, 4], "int32")).dtype).toBe("float64");
    expect(linalg.norm(np.array([3, 4], "float32"), 0).dtype).toBe("float32");
  });

  it("have the gradient x / |x|, 0 at 0", () => {
    const slope = grad((x: NDArray) => linalg.norm(x));
    expect(slope(np.array([0, -4])).js()).toEqual([0, -1]);
    expect(slope(np.zeros(2)).js()).toEqual([0, 0]);
    expect(grad((x: NDArray) => linalg.norm(x, 1))(np.array([3, -4])).js()).toEqual([1, -1]);
  });

  it("refuse what is no norm", () => {
    expect(() => linalg.norm(matrix, 3)).toThrow(ArgumentError);
    expect(() => linalg.norm(np.ones(3), "fro")).toThrow(ArgumentError);
    expect(() => linalg.norm(np.ones([2, 2, 2]), 1)).toThrow(ArgumentError);
    expect(() => linalg.norm(matrix, { ord: 1, axis: [0, 0] })).toThrow(ArgumentError);
    expect(() => linalg.matrixNorm(np.ones(3))).toThrow(ShapeError);
  });
});

describe("products", () => {
  it("powers of matrices, one by one and stacked", () => {
    const fibonacci = np.array([
      [1, 1],
      [1, 0],
    ]);
    const powers = [0, 1, 2, 3, 10].map((n) => linalg.matrixPower(fibonacci, n).slice(0).js());
    expect(powers).toEqual([
      [1, 0],
      [1, 1],
      [2, 1],
      [3, 2],
      [89, 55],
    ]);
    expect(
      linalg
        .matrixPower(np.stack([fibonacci, np.eye(2)]), 7)
        .slice(0, 0)
        .js(),
    ).toEqual([21, 13]);
    expect(linalg.matrixPower(np.ones([4, 2, 2]), 0).shape).toEqual([4, 2, 2]);
    expect(() => linalg.matrixPower(matrix, 2)).toThrow(ShapeError);
    expect(linalg.matrixPower(fibonacci, -3).js()).toEqual([
      [-1, 2],
      [2, -3],
    ]);
    expect(() => linalg.matrixPower(fibonacci, 0.5)).toThrow(ArgumentError);
  });

  it("chains, with vectors at the ends, under vmap and grad", () => {
    const [a, b, c] = [
      np.arange(6).reshape([2, 3]),
      np.arange(12).reshape([3, 4]),
      np.arange(8).reshape([4, 2]),
    ];
    const whole = np.matmul(np.matmul(a, b), c);
    expect(linalg.multiDot([a, b, c]).js()).toEqual(whole.js());
    const [u, w] = [np.array([1, 2], "int32"), np.array([3, 4], "int32")];
    expect(linalg.multiDot([u, a, b, c, w]).js()).toEqual(np.dot(np.dot(u, whole), w).js());
    expect(linalg.multiDot([u, w]).js()).toBe(11);
    const batched = vmap((x: NDArray) => linalg.multiDot([x, b, c]))(np.stack([a, a]));
    expect(batched.slice(1).js()).toEqual(whole.js());
    const slope = grad((x: NDArray) => np.sum(linalg.multiDot([x, b, c])))(a.astype("float64"));
    expect(slope.slice(0).js()).toEqual(np.sum(np.matmul(b, c), 1).js());
    expect(() => linalg.multiDot([a])).toThrow(ArgumentError);
    expect(() => linalg.multiDot([a, c])).toThrow(ShapeError);
    expect(() => linalg.multiDot([a, np.ones(3), c])).toThrow(ShapeError);
  });

  it("take the signatures of the array API", () => {
    expect(linalg.cross(np.array([1, 0, 0]), np.array([0, 1, 0])).js()).toEqual([0, 0, 1]);
    expect(() => linalg.cross(np.ones(2), np.ones(2))).toThrow(ShapeError);
    expect(linalg.outer(np.array([1, 2]), np.array([3, 4])).js()).toEqual([
      [3, 4],
      [6, 8],
    ]);
    expect(() => linalg.outer(matrix, np.ones(2))).toThrow(ShapeError);
    const stack = np.arange(12).reshape([2, 2, 3]);
    expect(linalg.diagonal(stack, { offset: 1 }).js()).toEqual([
      [1, 5],
      [7, 11],
    ]);
    expect(linalg.trace(stack).js()).toEqual([4, 16]);
    expect(linalg.trace(stack, { offset: -1, dtype: "float32" }).js()).toEqual([3, 9]);
    expect(linalg.matrixTranspose(stack).shape).toEqual([2, 3, 2]);
    expect(linalg.vecdot(np.array([1, 2]), np.array([3, 4])).item()).toBe(11);
  });
});

describe("np.fft", () => {
  it("frequencies of even and odd lengths", () => {
    expect(fft.fftfreq(5).js()).toEqual([0, 0.2, 0.4, -0.4, -0.2]);
    expect(fft.fftfreq(4, { d: 0.25, dtype: "float32" }).js()).toEqual([0, 1, -2, -1]);
    expect(fft.rfftfreq(5, 0.1).js()).toEqual([0, 2, 4]);
    expect(fft.fftfreq(1).js()).toEqual([0]);
    expect(grad((d: NDArray) => fft.rfftfreq(2, d).sum())(np.array(0.5)).item()).toBe(-2);
    expect(() => fft.fftfreq(0)).toThrow(ArgumentError);
  });

  it("shifts there and back", () => {
    expect(fft.fftshift(np.arange(5)).js()).toEqual([3, 4, 0, 1, 2]);
    expect(fft.ifftshift(np.arange(5)).js()).toEqual([2, 3, 4, 0, 1]);
    const x = np.arange(12).reshape([3, 4]);
    expect(fft.ifftshift(fft.fftshift(x)).js()).toEqual(x.js());
    expect(fft.fftshift(x, 1).slice(0).js()).toEqual([2, 3, 0, 1]);
    expect(
      fft
        .fftshift(x, { axes: [0] })
        .slice(0)
        .js(),
    ).toEqual([8, 9, 10, 11]);
  });
});
