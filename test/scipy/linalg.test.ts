/** @file scipy.linalg, signal, integrate and cluster: values by hand, identities, gradients, refused arguments. */
import { describe, expect, it } from "vitest";
import { grad, vmap } from "../../src/api/index.ts";
import type { NDArray } from "../../src/core/array.ts";
import { ArgumentError, ShapeError } from "../../src/base/errors.ts";
import * as np from "../../src/numpy/index.ts";
import { cluster, integrate, linalg, signal } from "../../src/scipy/index.ts";

const numbers = (x: NDArray): number[] => Array.from(x.dataSync() as ArrayLike<number>);

function expectIdentity(product: NDArray): void {
  const want = numbers(np.eye(product.shape[0]));
  numbers(product).forEach((x, i) => expect(x).toBeCloseTo(want[i], 9));
}

describe("matrices made of an array", () => {
  const c = np.array([1, 2, 3]);

  it("toeplitz, hankel, circulant", () => {
    expect(linalg.toeplitz(c).js()).toEqual([
      [1, 2, 3],
      [2, 1, 2],
      [3, 2, 1],
    ]);
    expect(linalg.toeplitz(c, np.array([9, 8])).js()).toEqual([
      [1, 8],
      [2, 1],
      [3, 2],
    ]);
    expect(linalg.hankel(c).js()).toEqual([
      [1, 2, 3],
      [2, 3, 0],
      [3, 0, 0],
    ]);
    expect(linalg.hankel(c, { r: np.array([9, 8]) }).js()).toEqual([
      [1, 2],
      [2, 3],
      [3, 8],
    ]);
    expect(linalg.circulant(c).js()).toEqual([
      [1, 3, 2],
      [2, 1, 3],
      [3, 2, 1],
    ]);
    expect(linalg.toeplitz(np.array([1, 2], "int32")).dtype).toBe("int32");
  });

  it("companion matrices have the polynomial's value as characteristic polynomial", () => {
    const p = np.array([2, 4, 6, 8, 10]);
    expect(linalg.companion(p).js()).toEqual([
      [-2, -3, -4, -5],
      [1, 0, 0, 0],
      [0, 1, 0, 0],
      [0, 0, 1, 0],
    ]);
    expect(linalg.fiedlerCompanion(p).js()).toEqual([
      [-2, -3, 1, 0],
      [1, 0, 0, 0],
      [0, -4, 0, -5],
      [0, 1, 0, 0],
    ]);
    expect(linalg.fiedlerCompanion(np.array([2, 4])).js()).toEqual([[-2]]);
    expect(() => linalg.companion(np.array([1]))).toThrow(ShapeError);
  });

  it("fiedler, leslie, blocks", () => {
    expect(linalg.fiedler(np.array([1, 4, 2])).js()).toEqual([
      [0, 3, 1],
      [3, 0, 2],
      [1, 2, 0],
    ]);
    expect(linalg.leslie(c, np.array([0.5, 0.25])).js()).toEqual([
      [1, 2, 3],
      [0.5, 0, 0],
      [0, 0.25, 0],
    ]);
    expect(() => linalg.leslie(c, c)).toThrow(ShapeError);
    expect(linalg.blockDiag(np.array([[1], [2]]), c, 7).js()).toEqual([
      [1, 0, 0, 0, 0],
      [2, 0, 0, 0, 0],
      [0, 1, 2, 3, 0],
      [0, 0, 0, 0, 7],
    ]);
    expect(linalg.blockDiag().shape).toEqual([1, 0]);
    expect(() => linalg.blockDiag(np.ones([1, 1, 1]))).toThrow(ShapeError);
  });

  it("convolution matrices agree with convolve in every mode and size", () => {
    for (const mode of ["full", "same", "valid"] as const) {
      for (const [m, n] of [
        [3, 5],
        [5, 3],
        [4, 4],
        [1, 3],
        [2, 5],
        [4, 6],
      ]) {
        const [a, v] = [np.arange(1, m + 1).astype("float64"), np.arange(2, n + 2).astype("float64")];
        const product = np.matmul(linalg.convolutionMatrix(a, n, mode), v);
        expect(product.js()).toEqual(np.convolve(a, v, mode).js());
      }
    }
    expect(() => linalg.convolutionMatrix(c, 0)).toThrow(ArgumentError);
  });

  it("are batched and differentiable", () => {
    const batch = np.stack([c, c.mul(2)]);
    for (const f of [linalg.toeplitz, linalg.hankel, linalg.circulant, linalg.companion, linalg.fiedler]) {
      const one = f as (x: NDArray) => NDArray;
      expect(one(batch).js()).toEqual(vmap((x: NDArray) => one(x))(batch).js());
    }
    const slope = grad((x: NDArray) => np.sum(linalg.toeplitz(x).mul(np.arange(9).reshape([3, 3]))))(c);
    expect(slope.js()).toEqual([12, 16, 8]);
  });
});

describe("matrices given by their size", () => {
  it("hilbert, pascal and their inverses", () => {
    expect(linalg.invhilbert(3).js()).toEqual([
      [9, -36, 30],
      [-36, 192, -180],
      [30, -180, 180],
    ]);
    expectIdentity(np.matmul(linalg.hilbert(5), linalg.invhilbert(5)));
    expect(linalg.pascal(4).slice(3).js()).toEqual([1, 4, 10, 20]);
    expect(linalg.pascal(4, "lower").slice(3).js()).toEqual([1, 3, 3, 1]);
    for (const kind of ["symmetric", "lower", "upper"] as const)
      expectIdentity(np.matmul(linalg.pascal(6, kind), linalg.invpascal(6, { kind })));
    expect(() => linalg.pascal(3, "left" as "lower")).toThrow(ArgumentError);
    expect(linalg.hilbert(0).shape).toEqual([0, 0]);
  });

  it("hadamard and helmert have orthogonal rows", () => {
    const h = linalg.hadamard(8, "float64");
    expect(np.matmul(h, h.T).js()).toEqual(np.eye(8).mul(8).js());
    expect(linalg.hadamard(4).dtype).toBe("int32");
    expect(() => linalg.hadamard(6)).toThrow(ArgumentError);
    const full = linalg.helmert(5, true);
    expectIdentity(np.matmul(full, full.T));
    expect(linalg.helmert(5).js()).toEqual(full.slice([1, 5]).js());
  });
});

describe("scipy.signal", () => {
  const [x, y] = [np.array([1, 2, 3, 2, 1]), np.array([1, 1, 2])];

  it("convolves and correlates", () => {
    expect(signal.convolve(x, y).js()).toEqual([1, 3, 7, 9, 9, 5, 2]);
    expect(signal.convolve(x, y, "same").js()).toEqual([3, 7, 9, 9, 5]);
    expect(signal.convolve(y, x, "same").js()).toEqual([7, 9, 9]);
    expect(signal.convolve(x, y, { mode: "valid" }).js()).toEqual([7, 9, 9]);
    expect(signal.correlate(x, y).js()).toEqual([2, 5, 9, 9, 7, 3, 1]);
    expect(signal.correlate(x, y, "valid").js()).toEqual([9, 9, 7]);
  });

  it("in two dimensions", () => {
    const [a, k] = [np.arange(1, 7).reshape([2, 3]), np.array([[1, 2]], "int32")];
    expect(signal.convolve2d(a, k).js()).toEqual([
      [1, 4, 7, 6],
      [4, 13, 16, 12],
    ]);
    expect(signal.convolve2d(a, k, "same").js()).toEqual([
      [1, 4, 7],
      [4, 13, 16],
    ]);
    expect(signal.correlate2d(a, k).js()).toEqual([
      [2, 5, 8, 3],
      [8, 14, 17, 6],
    ]);
    expect(signal.correlate2d(a, k, { mode: "valid" }).js()).toEqual([
      [5, 8],
      [14, 17],
    ]);
    expect(signal.convolve2d(a, k).dtype).toBe("float64");
    expect(() => signal.convolve2d(x, y)).toThrow(ShapeError);
    expect(() => signal.convolve2d(a, k, { fillvalue: 1 })).toThrow(ArgumentError);
    expect(() => signal.convolve(np.ones([2, 3]), np.ones([3, 2]))).toThrow(ShapeError);
  });

  it("removes trends, along an axis and in pieces", () => {
    const remains = numbers(signal.detrend(np.array([1, 4, 8, 8, 9])));
    [-1, 0, 2, 0, -1].forEach((want, i) => expect(remains[i]).toBeCloseTo(want, 12));
    expect(signal.detrend(np.array([1, 4, 8, 8, 9]), { type: "constant" }).js()).toEqual([-5, -2, 2, 2, 3]);
    const bent = np.array([0, 1, 2, 7, 5, 3]);
    for (const out of [
      signal.detrend(bent, { bp: 3 }),
      signal.detrend(bent.reshape([6, 1]), 0, "linear", [3]),
    ])
      numbers(out).forEach((r) => expect(r).toBeCloseTo(0, 12));
    expect(() => signal.detrend(bent, { bp: 7 })).toThrow(ArgumentError);
  });
});

describe("scipy.integrate and scipy.cluster", () => {
  it("integrates by trapezoids", () => {
    expect(integrate.trapezoid(np.array([1, 2, 3]), { dx: 2 }).item()).toBe(8);
  });

  it("finds the nearest entry of a code book", () => {
    const book = np.array([
      [0, 0],
      [3, 4],
    ]);
    const [codes, distances] = cluster.vq.vq(
      np.array([
        [3, 3],
        [0, 2],
      ]),
      book,
    );
    expect(codes.js()).toEqual([1, 0]);
    expect(distances.js()).toEqual([1, 2]);
    expect(cluster.vq.vq(np.array([1, 9]), np.array([0, 8, 10]))[0].js()).toEqual([0, 1]);
    expect(() => cluster.vq.vq(np.ones([2, 3]), book)).toThrow(ShapeError);
  });
});
