/** @file Functions of lax beside the primitives: shapes, selections, exchanges between lanes, masked products. */
import { describe, expect, it } from "vitest";
import { grad, jit, vmap } from "../../src/api/index.ts";
import { ArgumentError, ShapeError } from "../../src/base/errors.ts";
import type { NDArray } from "../../src/core/array.ts";
import * as lax from "../../src/lax/index.ts";
import { array, flat, nested } from "../util/arrays.ts";

const m = nested([
  [1, 2, 3],
  [4, 5, 6],
]);

describe("shapes", () => {
  it("broadcast", () => {
    expect(lax.broadcastShapes([3, 1], [4])).toEqual([3, 4]);
    expect(flat(lax.broadcastLike(array([3], [1, 2, 3]), m))).toEqual([1, 2, 3, 1, 2, 3]);
    expect(() => lax.broadcastLike(m, array([3], [1, 2, 3]))).toThrow(ShapeError);
    expect(lax.broadcastToRank(m, 4).shape).toEqual([1, 1, 2, 3]);
    expect(() => lax.broadcastToRank(m, 1)).toThrow(ArgumentError);
  });
  it("stack and unstack are inverse", () => {
    expect(lax.stack(lax.unstack(m, 1), { axis: 1 }).js()).toEqual(m.js());
    expect(lax.stack([m, m], -1).shape).toEqual([2, 3, 2]);
    expect(() => lax.stack([m, array([2], [1, 2])])).toThrow(ShapeError);
  });
  it("dtype and empty", () => {
    expect(lax.dtype(array([], [1], "int8"))).toBe("int8");
    expect(lax.empty([2], "float32")).toMatchObject({ shape: [2], dtype: "float32" });
  });
  it("of convolutions and windows", () => {
    expect(lax.convShapeTuple([1, 3, 8, 8], [16, 3, 3, 3], [1, 1], "VALID")).toEqual([1, 16, 6, 6]);
    expect(
      lax.convGeneralShapeTuple([1, 8, 8, 3], [3, 3, 3, 16], [2, 2], "SAME", ["NHWC", "HWIO", "NHWC"]),
    ).toEqual([1, 4, 4, 16]);
    const pads = [
      [1, 0],
      [0, 0],
    ] as const;
    expect(lax.reduceWindowShapeTuple([7, 8], [2, 2], [2, 2], pads)).toEqual([4, 4]);
    expect(() => lax.reduceWindowShapeTuple([1, 1], [1, 1], [1, 1], [[-3, 0], pads[1]])).toThrow(ShapeError);
  });
  it("dimension numbers stand for a layout", () => {
    const layout = ["NHWC", "HWIO", "NHWC"] as const;
    const numbers = lax.convDimensionNumbers([1, 4, 4, 1], [2, 2, 1, 1], layout);
    expect([numbers.lhsSpec, numbers.rhsSpec, numbers.outSpec]).toEqual([
      [0, 3, 1, 2],
      [3, 2, 0, 1],
      [0, 3, 1, 2],
    ]);
    const x = lax.reshape(lax.iota("float64", 16), [1, 4, 4, 1]);
    const w = lax.reshape(lax.iota("float64", 4), [2, 2, 1, 1]);
    const out = lax.convGeneralDilated(x, w, { dimensionNumbers: numbers });
    expect(out.js()).toEqual(lax.convGeneralDilated(x, w, { dimensionNumbers: layout }).js());
    expect(() => lax.convGeneralDilated(x, w, { dimensionNumbers: ["NHC", "HIO", "NHC"] })).toThrow(
      ArgumentError,
    );
  });
});

describe("reducePrecision", () => {
  const round = (v: number, e: number, b: number): number => lax.reducePrecision(v, e, b).item();
  it("rounds half to even, overflows and flushes", () => {
    expect(round(1 + 2 ** -11, 5, 10)).toBe(1);
    expect(round(1 + 3 * 2 ** -11, 5, 10)).toBe(1 + 2 ** -9);
    expect([round(65519, 5, 10), round(65520, 5, 10), round(-1e6, 5, 10)]).toEqual([
      65504,
      Infinity,
      -Infinity,
    ]);
    expect([round(2 ** -14, 5, 10), round(2 ** -15, 5, 10)]).toEqual([2 ** -14, 0]);
    expect(round(-1e-9, 5, 10)).toBe(-0);
  });
  it("keeps what the format holds, and what is not finite", () => {
    for (const v of [NaN, Infinity, -Infinity, 0, -0, 5e-324, Number.MAX_VALUE])
      expect(round(v, 11, 52)).toBe(v);
    expect([round(NaN, 5, 10), round(Infinity, 11, 3), round(Number.MAX_VALUE, 11, 3)]).toEqual([
      NaN,
      Infinity,
      Infinity,
    ]);
  });
  it("agrees with conversion to float32", () => {
    const xs = [0.1, -3.7, 1e30, 1e-30, 123456789, 1 / 3];
    expect(xs.map((v) => round(v, 8, 23))).toEqual(xs.map(Math.fround));
  });
  it("rounds gradients alike, and refuses impossible formats", () => {
    expect(grad((x: NDArray) => lax.mul(lax.reducePrecision(x, 5, 2), 1.1))(3).item()).toBe(1);
    expect(() => round(1, 0, 3)).toThrow(ArgumentError);
  });
});

describe("selections", () => {
  it("tell mistakes under the name that was called", () => {
    const half = array([1], [0.5]);
    expect(() => lax.select(half, 1, 2)).toThrow(/^select: the selector must be bool or int32/);
    expect(() => lax.select(true, m, half)).toThrow(/^select: /);
    expect(() => lax.selectN(half, 1, 2)).toThrow(/^selectN: the selector must be bool or int32/);
  });
  it("approxMaxK and approxMinK are exact", () => {
    const x = array([4], [3, 1, 4, 1.5]);
    expect(lax.approxMaxK(x, 2).map(flat)).toEqual([
      [4, 3],
      [2, 0],
    ]);
    expect(lax.approxMinK(x, 2, { recallTarget: 0.5 }).map(flat)).toEqual([
      [1, 1.5],
      [1, 3],
    ]);
    expect(lax.approxMaxK(m, 1, { reductionDimension: 0 })[0].shape).toEqual([1, 3]);
  });
  it.each([
    ["int8", [5, -128, 127, -128], [-128, -128], [1, 3]],
    ["int32", [0, -(2 ** 31), 2 ** 31 - 1], [-(2 ** 31), 0], [1, 0]],
    ["uint8", [3, 0, 255], [0, 3], [1, 0]],
    ["uint32", [2 ** 32 - 1, 7, 0], [0, 7], [2, 1]],
    ["bool", [1, 0, 1], [0, 1], [1, 0]],
  ] as const)("approxMinK of the whole range of %s", (dtype, values, smallest, at) => {
    const [least, indices] = lax.approxMinK(array([values.length], values, dtype), 2);
    expect(least.dtype).toBe(dtype);
    expect(flat(least).map(Number)).toEqual(smallest);
    expect(flat(indices)).toEqual(at);
  });
  it("scatterApply applies as often as a place is meant", () => {
    const numbers = { updateWindowDims: [], insertedWindowDims: [0], scatterDimsToOperandDims: [0] };
    const at = array([3, 1], [1, 1, 2], "int32");
    const twice = (x: NDArray): NDArray => lax.mul(x, 10);
    const apply = (x: NDArray, i: NDArray): NDArray =>
      lax.scatterApply(x, i, twice, numbers, { updateShape: [3] });
    expect(flat(apply(array([3], [1, 2, 3]), at))).toEqual([1, 200, 30]);
    expect(flat(jit(apply)(array([3], [1, 2, 3]), at))).toEqual([1, 200, 30]);
  });
  it("optimizationBarrier is the identity on trees", () => {
    expect(lax.optimizationBarrier({ a: m }).a.js()).toEqual(m.js());
    expect(grad((x: NDArray) => lax.mul(lax.optimizationBarrier<NDArray>(x), x))(3).item()).toBe(6);
  });
});

describe("raggedDot", () => {
  const lhs = lax.reshape(lax.iota("float64", 8), [4, 2]);
  const rhs = nested([
    [[1], [0]],
    [[0], [NaN]],
    [[0], [1]],
  ]);
  it("multiplies each group with its matrix; the rest is 0", () => {
    const out = lax.raggedDot(lhs, rhs, array([3], [2, 0, 1], "int32"));
    expect(flat(out)).toEqual([0, 2, 5, 0]);
  });
  it("refuses operands that do not fit", () => {
    expect(() => lax.raggedDot(lhs, rhs, array([2], [1, 1], "int32"))).toThrow(ShapeError);
  });
});

describe("exchanges", () => {
  const cube = lax.reshape(lax.iota("float64", 12), [2, 2, 3]);
  const over = (f: (a: NDArray) => NDArray): NDArray => vmap(f, 0, { axisName: "i" })(cube);
  it("psumScatter gives each lane its part of the sum", () => {
    expect(over((a) => lax.psumScatter(a, "i")).js()).toEqual([
      [6, 8, 10],
      [12, 14, 16],
    ]);
    expect(over((a) => lax.psumScatter(a, "i", { tiled: true })).shape).toEqual([2, 1, 3]);
    expect(() => over((a) => lax.psumScatter(a, "i", { scatterDimension: 1 }))).toThrow(ShapeError);
  });
  it("allToAll swaps lanes and parts", () => {
    const swapped = [
      [
        [0, 1, 2],
        [6, 7, 8],
      ],
      [
        [3, 4, 5],
        [9, 10, 11],
      ],
    ];
    expect(over((a) => lax.allToAll(a, "i", 0, 0)).js()).toEqual(swapped);
    expect(over((a) => lax.pswapaxes(a, "i", 0)).js()).toEqual(swapped);
    expect(over((a) => lax.allToAll(a, "i", 0, 1)).shape).toEqual([2, 3, 2]);
    expect(over((a) => lax.allToAll(a, "i", 0, 1, { tiled: true })).js()).toEqual([
      [[0, 1, 2, 6, 7, 8]],
      [[3, 4, 5, 9, 10, 11]],
    ]);
  });
  it("have derivatives", () => {
    const f = (x: NDArray): NDArray => {
      const y = vmap((a: NDArray) => lax.mul(lax.allToAll(a, "i", 0, 0), a), 0, { axisName: "i" })(x);
      return lax.reduceSum(y, [0, 1, 2]);
    };
    const g = grad(f)(cube);
    expect(flat(g)).toEqual([0, 2, 4, 12, 14, 16, 6, 8, 10, 18, 20, 22]);
  });
});
