/** @file The methods of arrays, on concrete arrays and under transformations. */
import { describe, expect, test } from "vitest";
import { grad, vmap } from "../../src/api/index.ts";
import type { Array as NDArray } from "../../src/index.ts";
import { ArgumentError } from "../../src/base/errors.ts";
import * as np from "../../src/numpy/index.ts";

const x = np.array([
  [1, 2],
  [3, 4],
]);

describe("methods of arrays", () => {
  test("compute", () => {
    expect(x.add(1).js()).toEqual([
      [2, 3],
      [4, 5],
    ]);
    expect(x.sub(x).sum().item()).toBe(0);
    expect(x.div(2).mul(x).js()).toEqual([
      [0.5, 2],
      [4.5, 8],
    ]);
    expect(x.mod(2).js()).toEqual([
      [1, 0],
      [1, 0],
    ]);
    expect(x.pow(2).neg().abs().js()).toEqual([
      [1, 4],
      [9, 16],
    ]);
    expect(x.matmul(x).js()).toEqual([
      [7, 10],
      [15, 22],
    ]);
    expect(x.greater(2).js()).toEqual([
      [false, false],
      [true, true],
    ]);
    expect(x.T.js()).toEqual([
      [1, 3],
      [2, 4],
    ]);
    expect(x.mT.shape).toEqual([2, 2]);
  });

  test("reduce, by position and by options", () => {
    expect(x.sum(0).js()).toEqual([4, 6]);
    expect(x.sum({ axis: 1, keepdims: true }).js()).toEqual([[3], [7]]);
    expect(x.mean(1, { keepdims: true }).js()).toEqual([[1.5], [3.5]]);
    expect(x.var({ ddof: 1 }).item()).toBeCloseTo(5 / 3, 14);
    expect(x.max().item()).toBe(4);
    expect(x.all().item()).toBe(true);
    expect(x.argmax(1).js()).toEqual([1, 1]);
    expect(() => x.sum({ axs: 1 } as object)).toThrow("did you mean 'axis'");
  });

  test("move and pick", () => {
    expect(x.reshape([4]).js()).toEqual([1, 2, 3, 4]);
    expect(x.reshape(-1).shape).toEqual([4]);
    expect(x.ravel().sort().js()).toEqual([1, 2, 3, 4]);
    expect(x.slice(0).js()).toEqual([1, 2]);
    expect(x.at(0, 0).set(9).js()).toEqual([
      [9, 2],
      [3, 4],
    ]);
    expect(x.trace().item()).toBe(5);
    expect(x.clip(2, 3).js()).toEqual([
      [2, 2],
      [3, 3],
    ]);
    expect(x.astype("int8").dtype).toBe("int8");
  });

  test("select, search and copy", () => {
    const v = np.array([3, 1, 2]);
    expect(v.argpartition(0).slice(0).item()).toBe(1);
    expect(
      np
        .array([1, 0], "int32")
        .choose([np.array([1, 2]), np.array([3, 4])])
        .js(),
    ).toEqual([3, 2]);
    expect(
      np
        .array([-1, 5], "int32")
        .choose(
          [v, v].map((a) => a.slice([0, 2])),
          { mode: "clip" },
        )
        .js(),
    ).toEqual([3, 1]);
    expect(x.compress(np.array([true, false]), 1).js()).toEqual([[1], [3]]);
    expect(np.array([0, 5, 0, 7]).nonzero()[0].js()).toEqual([1, 3]);
    expect(np.array([0, 5]).nonzero({ size: 2, fillValue: 9 })[0].js()).toEqual([1, 9]);
    expect([x.ptp().item(), x.ptp(0).js(), x.ptp(1, true).shape]).toEqual([3, [2, 2], [2, 1]]);
    expect(np.array([1, 2, 4]).searchsorted(2, "right").item()).toBe(2);
    expect(v.copy().js()).toEqual(v.clone().js());
    expect(v.conjugate().js()).toEqual([3, 1, 2]);
  });

  test("know their size in bytes, real and imaginary part", () => {
    const h = np.zeros([2, 3], "float16");
    expect([x.itemsize, x.nbytes, h.itemsize, h.nbytes]).toEqual([8, 32, 2, 12]);
    expect([x.real.js(), x.imag.js()]).toEqual([x.js(), np.zeros([2, 2]).js()]);
    expect(grad((v: NDArray) => v.real.mul(v.nbytes))(2).item()).toBe(8);
  });

  test("iterate over the first axis, under transformations too", () => {
    expect([...x].map((row) => row.js())).toEqual([
      [1, 2],
      [3, 4],
    ]);
    const [a, b] = x;
    expect([a.shape, b.shape]).toEqual([[2], [2]]);
    expect(() => [...np.array(1)]).toThrow(ArgumentError);
    const product = (v: NDArray): NDArray => {
      const [p, q] = v;
      return p.mul(q);
    };
    expect(grad(product)(np.array([2, 5])).js()).toEqual([5, 2]);
    expect(vmap(product)(x).js()).toEqual([2, 12]);
  });
});
