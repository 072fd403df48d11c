/** @file Manipulation of shapes, joining, splitting, padding, taking: values by hand and from NumPy's documentation. */
import { describe, expect, test } from "vitest";
import { grad, vmap } from "../../src/api/index.ts";
import { ArgumentError, IndexError, ShapeError } from "../../src/base/errors.ts";
import type { Array as NDArray } from "../../src/index.ts";
import * as np from "../../src/numpy/index.ts";

const i32 = (v: number | readonly unknown[]): NDArray => np.array(v as number[], "int32");
const x34 = np.reshape(np.arange(12), [3, 4]);
const shapes = (xs: readonly NDArray[]): (readonly number[])[] => xs.map((x) => x.shape);

describe("reshaping and axes", () => {
  test("orders", () => {
    expect(np.reshape(x34, [2, 6], "F").js()).toEqual([
      [0, 8, 5, 2, 10, 7],
      [4, 1, 9, 6, 3, 11],
    ]);
    expect(np.reshape(x34, { shape: [-1, 6] }).shape).toEqual([2, 6]);
    expect(
      np
        .ravel(
          np.array([
            [1, 2],
            [3, 4],
          ]),
          { order: "F" },
        )
        .js(),
    ).toEqual([1, 3, 2, 4]);
    expect(() => np.reshape(x34, [5, -1])).toThrow(ShapeError);
    expect(() => np.reshape(x34, [12], "K" as "C")).toThrow("unknown order");
  });
  test("moving", () => {
    const x = np.zeros([2, 3, 4, 5]);
    expect(np.moveaxis(x, 0, -1).shape).toEqual([3, 4, 5, 2]);
    expect(np.moveaxis(x, [0, 1], [-1, -2]).shape).toEqual([4, 5, 3, 2]);
    expect(np.rollaxis(x, 3, 1).shape).toEqual([2, 5, 3, 4]);
    expect(np.rollaxis(x, 1, 4).shape).toEqual([2, 4, 5, 3]);
    expect(np.swapaxes(x, 0, 2).shape).toEqual([4, 3, 2, 5]);
    expect(np.transpose(x, [1, 0, 3, 2]).shape).toEqual([3, 2, 5, 4]);
    expect(np.matrixTranspose(x).shape).toEqual([2, 3, 5, 4]);
    expect(np.expandDims(x, [0, -1]).shape).toEqual([1, 2, 3, 4, 5, 1]);
    expect(np.squeeze(np.zeros([1, 3, 1]), { axis: 0 }).shape).toEqual([3, 1]);
    expect(() => np.squeeze(x, 0)).toThrow(/size/);
    expect(() => np.moveaxis(x, [0, 1], 0)).toThrow("2 source axes");
  });
  test("broadcasting", () => {
    expect(np.broadcastTo(np.array([[1], [2]]), [2, 2]).js()).toEqual([
      [1, 1],
      [2, 2],
    ]);
    expect(np.broadcastShapes([3, 1], 4, [2, 1, 1])).toEqual([2, 3, 4]);
    expect(shapes(np.broadcastArrays(np.ones([2, 1]), np.ones([3])))).toEqual([
      [2, 3],
      [2, 3],
    ]);
    expect(() => np.broadcastTo(np.ones([3]), [2])).toThrow("does not broadcast");
  });
  test("atleast", () => {
    expect(np.atleast1d(3).shape).toEqual([1]);
    expect(np.atleast2d(np.ones([3])).shape).toEqual([1, 3]);
    expect(np.atleast3d(np.ones([3])).shape).toEqual([1, 3, 1]);
    expect(shapes(np.atleast3d(np.ones([2, 3]), 1) as NDArray[])).toEqual([
      [2, 3, 1],
      [1, 1, 1],
    ]);
  });
  test("turning", () => {
    const m = np.array([
      [1, 2],
      [3, 4],
    ]);
    expect(np.rot90(m).js()).toEqual([
      [2, 4],
      [1, 3],
    ]);
    expect(np.rot90(m, -1).js()).toEqual([
      [3, 1],
      [4, 2],
    ]);
    expect(np.rot90(m, 2).js()).toEqual([
      [4, 3],
      [2, 1],
    ]);
    expect(np.flip(m).js()).toEqual([
      [4, 3],
      [2, 1],
    ]);
    expect(np.flipud(m).js()).toEqual([
      [3, 4],
      [1, 2],
    ]);
    expect(np.fliplr(m).js()).toEqual([
      [2, 1],
      [4, 3],
    ]);
    expect(np.roll(np.arange(5), 2).js()).toEqual([3, 4, 0, 1, 2]);
    expect(np.roll(np.arange(5), { shift: -7 }).js()).toEqual([2, 3, 4, 0, 1]);
    expect(np.roll(x34, [1, -1], [0, 1]).slice(0).js()).toEqual([9, 10, 11, 8]);
    expect(vmap((s: NDArray) => np.roll(np.arange(3), s))(i32([1, -1, 4])).js()).toEqual([
      [2, 0, 1],
      [1, 2, 0],
      [2, 0, 1],
    ]);
  });
});

describe("joining and splitting", () => {
  test("concatenate and stack", () => {
    const [a, b] = [np.array([[1, 2]]), np.array([[3, 4]])];
    expect(np.concatenate([a, b]).js()).toEqual([
      [1, 2],
      [3, 4],
    ]);
    expect(np.concatenate([a, b], { axis: null }).js()).toEqual([1, 2, 3, 4]);
    expect(np.concatenate([a, b], 0, "float32").dtype).toBe("float32");
    expect(np.concatenate([i32([1]), np.ones([1], "float32")]).dtype).toBe("float32");
    expect(np.stack([a, b], -1).shape).toEqual([1, 2, 2]);
    expect(np.vstack([np.ones([2]), np.ones([2])]).shape).toEqual([2, 2]);
    expect(np.hstack([np.ones([2]), np.ones([3])]).shape).toEqual([5]);
    expect(np.dstack([np.ones([2]), np.ones([2])]).shape).toEqual([1, 2, 2]);
    expect(np.columnStack([np.array([1, 2]), np.array([3, 4])]).js()).toEqual([
      [1, 3],
      [2, 4],
    ]);
    expect(np.append(np.array([1]), np.array([[2, 3]])).js()).toEqual([1, 2, 3]);
    expect(np.block([[np.ones([1, 1]), np.zeros([1, 2])], [np.full([1, 3], 2)]]).js()).toEqual([
      [1, 0, 0],
      [2, 2, 2],
    ]);
    expect(() => np.stack([np.ones([2]), np.ones([3])])).toThrow("one shape");
    expect(() => np.concatenate([])).toThrow("at least one");
    expect(() => np.concatenate([1, 2])).toThrow("use stack");
    expect(() => np.block([[a], b])).toThrow("equally deep");
  });
  test("split", () => {
    expect(shapes(np.split(np.arange(6), 3))).toEqual([[2], [2], [2]]);
    expect(np.split(np.arange(6), [2, 3]).map((p) => p.js())).toEqual([[0, 1], [2], [3, 4, 5]]);
    expect(shapes(np.split(np.arange(4), [3, 9]))).toEqual([[3], [1], [0]]);
    expect(shapes(np.arraySplit(np.arange(7), 3))).toEqual([[3], [2], [2]]);
    expect(shapes(np.hsplit(x34, 2))).toEqual([
      [3, 2],
      [3, 2],
    ]);
    expect(shapes(np.vsplit(x34, [1]))).toEqual([
      [1, 4],
      [2, 4],
    ]);
    expect(np.unstack(x34, { axis: 1 })[1].js()).toEqual([1, 5, 9]);
    expect(() => np.split(np.arange(7), 3)).toThrow("arraySplit");
  });
});

describe("repetition", () => {
  test("repeat and tile", () => {
    expect(np.repeat(np.array([[1, 2]]), 2, 0).js()).toEqual([
      [1, 2],
      [1, 2],
    ]);
    expect(np.repeat(np.array([[1, 2]]), [1, 2], { axis: 1 }).js()).toEqual([[1, 2, 2]]);
    expect(np.repeat(np.array([1, 2, 3]), i32([1, 0, 2]), { totalRepeatLength: 5 }).js()).toEqual([
      1, 3, 3, 3, 3,
    ]);
    const traced = vmap((n: NDArray) => np.repeat(np.array([1, 2, 3]), n, { totalRepeatLength: 4 }));
    expect(
      traced(
        i32([
          [1, 0, 2],
          [4, 0, 0],
          [0, 0, 1],
        ]),
      ).js(),
    ).toEqual([
      [1, 3, 3, 3],
      [1, 1, 1, 1],
      [3, 3, 3, 3],
    ]);
    expect(np.tile(np.array([1, 2]), [2, 2]).js()).toEqual([
      [1, 2, 1, 2],
      [1, 2, 1, 2],
    ]);
    expect(np.resize(np.array([1, 2, 3]), [2, 2]).js()).toEqual([
      [1, 2],
      [3, 1],
    ]);
    expect(np.trimZeros(np.array([0, 1, 0, 2, 0]), "b").js()).toEqual([0, 1, 0, 2]);
    expect(np.trimZeros(np.zeros([3])).js()).toEqual([]);
    expect(() => np.repeat(x34, [1, 2], 0)).toThrow("2 counts");
  });
  test("pad", () => {
    const v = np.array([1, 2, 3]);
    const by = (mode: np.PadMode, options?: np.PadOptions): unknown => np.pad(v, [2, 4], mode, options).js();
    expect(by("constant", { constantValues: [7, 8] })).toEqual([7, 7, 1, 2, 3, 8, 8, 8, 8]);
    expect(by("edge")).toEqual([1, 1, 1, 2, 3, 3, 3, 3, 3]);
    expect(by("reflect")).toEqual([3, 2, 1, 2, 3, 2, 1, 2, 3]);
    expect(by("reflect", { reflectType: "odd" })).toEqual([-1, 0, 1, 2, 3, 4, 5, 6, 7]);
    expect(by("symmetric")).toEqual([2, 1, 1, 2, 3, 3, 2, 1, 1]);
    expect(by("wrap")).toEqual([2, 3, 1, 2, 3, 1, 2, 3, 1]);
    expect(by("linear_ramp", { endValues: [-3, 11] })).toEqual([-3, -1, 1, 2, 3, 5, 7, 9, 11]);
    expect(by("maximum", { statLength: 2 })).toEqual([2, 2, 1, 2, 3, 3, 3, 3, 3]);
    expect(by("mean")).toEqual([2, 2, 1, 2, 3, 2, 2, 2, 2]);
    expect(by("median", { statLength: 2 })).toEqual([1.5, 1.5, 1, 2, 3, 2.5, 2.5, 2.5, 2.5]);
    expect(
      np.pad(x34, {
        padWidth: [
          [1, 0],
          [0, 1],
        ],
      }).shape,
    ).toEqual([4, 5]);
    expect(np.pad(x34, { 1: [2, 0] }).shape).toEqual([3, 6]);
    expect(np.pad(i32([1, 2]), 1, "mean").js()).toEqual([2, 1, 2, 2]);
    const ends = np.pad(v, 1, (line) => line.at(0).set(-1).at(-1).set(9));
    expect(ends.js()).toEqual([-1, 1, 2, 3, 9]);
    expect(() => by("edge", { constantValues: 1 })).toThrow("unknown option 'constantValues'");
    expect(() => by("mirror" as "edge")).toThrow("unknown mode");
    expect(() => np.pad(np.zeros([0]), 1, "edge")).toThrow("empty");
    expect(grad((u: NDArray) => np.pad(u, 2, "reflect").sum())(v).js()).toEqual([2, 3, 2]);
  });
});

describe("take, put, insert, delete", () => {
  const x = np.array([10, 20, 30]);
  test("take", () => {
    expect(np.take(x, i32([0, -1, 5])).js()).toEqual([10, 30, NaN]);
    expect(np.take(x, i32([4, -4]), { mode: "wrap" }).js()).toEqual([20, 30]);
    expect(np.take(x, i32([4, -4]), { mode: "clip" }).js()).toEqual([30, 10]);
    expect(np.take(x34, i32([[0, 3]]), 1).shape).toEqual([3, 1, 2]);
    expect(np.takeAlongAxis(x34, i32([[3], [0], [-1]]), 1).js()).toEqual([[3], [4], [11]]);
    expect(np.takeAlongAxis(x34, i32([[2, 0, 1, 7]]), { axis: 0, mode: "clip" }).js()).toEqual([
      [8, 1, 6, 11],
    ]);
    expect(() => np.take(np.zeros([0]), i32([0]))).toThrow(IndexError);
    expect(() => np.takeAlongAxis(x34, i32([0]), 0)).toThrow("equally many axes");
  });
  test("put", () => {
    expect(np.put(x, i32([0, -1]), np.array([1, 2]), { inplace: false }).js()).toEqual([1, 20, 2]);
    expect(np.putAlongAxis(np.zeros([2, 3]), i32([[1], [2]]), 9, 1, { inplace: false }).js()).toEqual([
      [0, 9, 0],
      [0, 0, 9],
    ]);
    expect(np.fillDiagonal(np.zeros([4, 2]), 1, { wrap: true }).js()).toEqual([
      [1, 0],
      [0, 1],
      [0, 0],
      [1, 0],
    ]);
    expect(np.place(np.arange(4), np.array([true, false, true, true]), np.array([7, 8])).js()).toEqual([
      7, 1, 8, 7,
    ]);
  });
  test("insert and delete", () => {
    expect(np.delete_(x, 1).js()).toEqual([10, 30]);
    expect(np.delete_(x34, [0, -1], { axis: 0 }).js()).toEqual([[4, 5, 6, 7]]);
    expect(np.delete_(x, np.array([true, false, false])).js()).toEqual([20, 30]);
    expect(vmap((i: NDArray) => np.delete_(x, i))(i32([0, 2, -2])).js()).toEqual([
      [20, 30],
      [10, 20],
      [10, 30],
    ]);
    expect(np.insert(x, 1, 5).js()).toEqual([10, 5, 20, 30]);
    expect(np.insert(x, [1, 1, 3], np.array([1, 2, 3])).js()).toEqual([10, 1, 2, 20, 30, 3]);
    expect(
      np
        .insert(
          np.array([
            [1, 1],
            [2, 2],
          ]),
          1,
          np.array([3, 4]),
          1,
        )
        .js(),
    ).toEqual([
      [1, 3, 1],
      [2, 4, 2],
    ]);
    expect(() => np.delete_(x, 3)).toThrow(IndexError);
  });
  test("choosing", () => {
    const c = np.array([true, false, true]);
    expect(np.compress(c, x).js()).toEqual([10, 30]);
    expect(np.compress(c, x, { size: 3, fillValue: -1 }).js()).toEqual([10, 30, -1]);
    expect(np.extract(c, x).js()).toEqual([10, 30]);
    expect(np.choose(i32([0, 1, 0]), [x, np.zeros([3])]).js()).toEqual([10, 0, 30]);
    expect(np.choose(i32([2, -1]), [1, 2], { mode: "wrap" }).js()).toEqual([1, 2]);
    expect(() => np.choose(i32([2]), [1, 2])).toThrow(IndexError);
    expect(np.select([x.less(15), x.less(25)], [np.array(1), np.array(2)], 3).js()).toEqual([1, 2, 3]);
    const f = (v: NDArray): NDArray =>
      np.piecewise(v, [v.less(0), v.greater(1)], [(u) => u.neg(), (u) => u.mul(u), 7]);
    expect(f(np.array([-2, 0.5, 3])).js()).toEqual([2, 7, 9]);
    expect(grad((v: NDArray) => f(v).sum())(np.array([-2, 0.5, 3])).js()).toEqual([-1, 0, 6]);
    expect(np.ix_(i32([0, 2]), np.array([true, false, true])).map((v) => v.js())).toEqual([
      [[0], [2]],
      [[0, 2]],
    ]);
    expect(np.ravelMultiIndex([i32([2, 0]), i32([1, 3])], [3, 4]).js()).toEqual([9, 3]);
    expect(np.ravelMultiIndex([i32([5]), i32([-1])], [3, 4], "wrap").js()).toEqual([11]);
    expect(np.unravelIndex(i32([9, -1]), [3, 4]).map((v) => v.js())).toEqual([
      [2, 2],
      [1, 3],
    ]);
    expect(() => np.ravelMultiIndex([i32([3])], [3])).toThrow(IndexError);
    expect(() => np.piecewise(x, [c], [])).toThrow(ArgumentError);
  });
});
