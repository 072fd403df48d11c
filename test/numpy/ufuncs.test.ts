/** @file Element-wise functions: promotion, edge values, derivatives at edges, methods of ufuncs. */
import { describe, expect, test } from "vitest";
import { grad } from "../../src/api/index.ts";
import type { Array as NDArray } from "../../src/index.ts";
import { DTypeError, ShapeError } from "../../src/base/errors.ts";
import * as np from "../../src/numpy/index.ts";

const i32 = (...v: number[]): NDArray => np.array(v, "int32");
const f64 = (...v: number[]): NDArray => np.array(v);
type F = (x: NDArray) => NDArray;
const slope = (f: F, x: number): number => grad((v: number | NDArray) => f(v as NDArray))(x).item();

describe("promotion", () => {
  test("dtypes meet as in JAX", () => {
    expect(np.add(np.ones(2, "int8"), np.ones(2, "uint8")).dtype).toBe("int16");
    expect(np.add(np.ones(2, "float32"), 1.5).dtype).toBe("float32");
    expect(np.add(i32(1), 1).dtype).toBe("int32");
    expect(np.add(i32(1), 1.5).dtype).toBe("float64");
    expect(np.divide(i32(1), i32(2)).dtype).toBe("float64");
    expect(np.sin(i32(1)).dtype).toBe("float64");
    expect(np.add(np.array([true]), np.array([true])).js()).toEqual([true]);
    expect(np.power(np.array([true]), 2).dtype).toBe("int32");
    expect(() => np.subtract(np.array([true]), np.array([true]))).toThrow(DTypeError);
    expect(() => np.add([1] as unknown as number, 2)).toThrow("np.array");
  });

  test("shapes broadcast", () => {
    expect(np.add(f64(1, 2).reshape([2, 1]), f64(10, 20)).js()).toEqual([
      [11, 21],
      [12, 22],
    ]);
    expect(() => np.add(np.ones(2), np.ones(3))).toThrow(ShapeError);
    expect(() => np.add(np.ones(2), np.ones(3))).toThrow("axis -1 has sizes 2 and 3");
  });
});

describe("arithmetic", () => {
  test("floor division and remainders have Python's signs", () => {
    const [a, b] = [
      [7, -7, 7, -7],
      [3, 3, -3, -3],
    ];
    expect(np.floorDivide(i32(...a), i32(...b)).js()).toEqual([2, -3, -3, 2]);
    expect(np.remainder(i32(...a), i32(...b)).js()).toEqual([1, 2, -2, -1]);
    expect(np.fmod(i32(...a), i32(...b)).js()).toEqual([1, -1, 1, -1]);
    expect(np.divmod(f64(...a), f64(...b)).map((v) => v.js())).toEqual([
      [2, -3, -3, 2],
      [1, 2, -2, -1],
    ]);
    expect(np.remainder(i32(5), i32(0)).js()).toEqual([0]);
    expect(np.floorDivide(-1.5, 1).item()).toBe(-2);
  });

  test("powers", () => {
    expect(np.power(i32(2, -3), 3).js()).toEqual([8, -27]);
    expect(np.power(i32(2, 3), i32(5, 0)).js()).toEqual([32, 1]);
    expect(() => np.power(i32(2), -1)).toThrow("negative power");
    expect(slope((x) => np.power(x, 2), 0)).toBe(0);
    expect(slope((x) => np.power(0, x), 2)).toBe(0);
    expect(np.floatPower(i32(4), 0.5).item()).toBe(2);
  });

  test("gcd, lcm", () => {
    expect(np.gcd(i32(12, -12, 0, 7), i32(18, 18, 0, 0)).js()).toEqual([6, 6, 0, 7]);
    expect(np.lcm(i32(4, -4, 0), i32(6, 6, 5)).js()).toEqual([12, 12, 0]);
    expect(np.gcd(np.array([4294967295], "uint32"), np.array([5], "uint32")).js()).toEqual([5]);
    expect(np.gcd(np.array([-128], "int8"), np.array([96], "int8")).js()).toEqual([32]);
    expect(() => np.gcd(1.5, 2)).toThrow("expected integer arrays");
  });
});

describe("elementary functions", () => {
  test("values", () => {
    expect(np.log2(8).item()).toBeCloseTo(3, 14);
    expect(np.hypot(3e200, 4e200).item()).toBeCloseTo(5e200, -190);
    expect(np.hypot(Infinity, NaN).item()).toBe(Infinity);
    expect(np.logaddexp(-Infinity, -Infinity).item()).toBe(-Infinity);
    expect(np.logaddexp(1000, 1000).item()).toBeCloseTo(1000 + Math.LN2, 12);
    expect(np.logaddexp2(3, 3).item()).toBeCloseTo(4, 14);
    expect(np.i0(1).item()).toBeCloseTo(1.2660658777520082, 14);
    expect(np.angle(f64(1, -1, -0)).js()).toEqual([0, Math.PI, Math.PI]);
    expect(np.angle(-1, { deg: true }).item()).toBe(180);
  });

  test("derivatives at edges", () => {
    expect(slope((x) => np.logaddexp(x, -Infinity), 2)).toBe(1);
    expect(slope((x) => np.maximum(x, 1), 1)).toBe(0.5);
    expect(slope((x) => np.i0(x), 1e-8)).toBeCloseTo(5e-9, 20);
    // sinc(x) = 1 − π²x²/6 + …
    expect(slope((x) => np.sinc(x), 1e-8)).toBeCloseTo(-(Math.PI ** 2 / 3) * 1e-8, 20);
    const second = (x: NDArray): NDArray => grad((v: NDArray) => np.sinc(v))(x);
    expect(slope(second, 0)).toBeCloseTo(-(Math.PI ** 2) / 3, 13);
    expect(slope((x) => np.where(np.greater(x, 0), np.sqrt(np.where(np.greater(x, 0), x, 1)), 0), 0)).toBe(0);
  });
});

describe("rounding and parts", () => {
  test("rounding", () => {
    expect(np.round(f64(0.5, 1.5, 2.5, -0.5)).js()).toEqual([0, 2, 2, -0]);
    expect(np.round(f64(1.2345), 2).js()).toEqual([1.23]);
    expect(np.round(f64(1250), -2).js()).toEqual([1200]);
    expect(np.floor(i32(3)).dtype).toBe("int32");
    expect(np.trunc(f64(-1.7, 1.7)).js()).toEqual([-1, 1]);
    expect(() => np.round(np.array([true]))).toThrow(DTypeError);
    expect(np.modf(f64(-1.5)).map((v) => v.js())).toEqual([[-0.5], [-1]]);
  });

  test("bits of floats", () => {
    expect(np.signbit(f64(-0, 0, -1, NaN)).js()).toEqual([true, false, true, false]);
    expect(np.copysign(f64(1, -1), f64(-0, 2)).js()).toEqual([-1, 1]);
    const [m, e] = np.frexp(f64(8, 0.1, 5e-324, Infinity, 0));
    expect(m.js()).toEqual([0.5, 0.8, 0.5, Infinity, 0]);
    expect(e.js()).toEqual([4, -3, -1073, 0, 0]);
    expect(np.ldexp(m, e).js()).toEqual([8, 0.1, 5e-324, Infinity, 0]);
    expect(np.ldexp(f64(5e-324), i32(2000)).js()).toEqual([2 ** 926]);
    expect(np.ldexp(np.array([1], "float32"), i32(-149)).js()).toEqual([2 ** -149]);
    expect(np.spacing(f64(1, -1, Infinity)).js()).toEqual([2 ** -52, -(2 ** -52), NaN]);
    expect(() => np.ldexp(1, 0.5)).toThrow(DTypeError);
  });
});

describe("comparisons, logic, bits", () => {
  test("close and equal", () => {
    expect(np.isclose(f64(1, Infinity, NaN), f64(1 + 1e-9, Infinity, NaN)).js()).toEqual([true, true, false]);
    expect(np.allclose(f64(1, NaN), f64(1, NaN), { equalNan: true }).item()).toBe(true);
    expect(np.arrayEqual(f64(1), f64(1, 2)).item()).toBe(false);
    expect(np.arrayEquiv(f64(1), f64(1, 1)).item()).toBe(true);
  });

  test("bits", () => {
    expect(np.bitwiseCount(i32(-3, 255)).js()).toEqual([2, 8]);
    expect(np.rightShift(i32(-8), 1).js()).toEqual([-4]);
    expect(np.invert(np.array([true])).js()).toEqual([false]);
    expect(() => np.leftShift(1.5, 1)).toThrow(DTypeError);
    expect(np.logicalXor(f64(0, 2), f64(3, 4)).js()).toEqual([true, false]);
  });

  test("clip and nanToNum", () => {
    expect(np.clip(f64(-1, 0.5, 2), 0, 1).js()).toEqual([0, 0.5, 1]);
    expect(np.clip(f64(-1, 2), { max: 1 }).js()).toEqual([-1, 1]);
    expect(np.nanToNum(f64(NaN, Infinity, -Infinity)).js()).toEqual([0, Number.MAX_VALUE, -Number.MAX_VALUE]);
    expect(np.nanToNum(f64(NaN, Infinity), { nan: 7, posinf: 8 }).js()).toEqual([7, 8]);
  });

  test("where", () => {
    expect(np.where(f64(0, 1), 1, f64(5, 6)).js()).toEqual([5, 1]);
    expect(np.where(np.array([true, false]), i32(1), 2.5).dtype).toBe("float64");
    expect(np.where(f64(0, 3, 4)).map((v) => v.js())).toEqual([[1, 2]]);
    expect(() => np.where(true, 1, undefined as unknown as number)).toThrow("got no y");
  });
});

describe("methods of ufuncs", () => {
  test("reduce, accumulate, outer, at, reduceat", () => {
    const x = np.arange(6).reshape([2, 3]);
    expect(np.add.reduce(x).js()).toEqual([3, 5, 7]);
    expect(np.multiply.accumulate(x, 1).js()).toEqual([
      [0, 0, 0],
      [3, 12, 60],
    ]);
    expect(np.maximum.reduce(x, { axis: null }).item()).toBe(5);
    expect(np.subtract.reduce(f64(10, 1, 2)).item()).toBe(7);
    expect(np.subtract.accumulate(f64(10, 1, 2)).js()).toEqual([10, 9, 7]);
    expect(np.logaddexp.reduce(f64(0, 0, 0, 0)).item()).toBeCloseTo(Math.log(4), 14);
    expect(np.subtract.outer(f64(1, 2), f64(10, 20)).js()).toEqual([
      [-9, -19],
      [-8, -18],
    ]);
    expect(np.add.at(f64(0, 0), i32(0, 0, 1), f64(1, 2, 3)).js()).toEqual([3, 3]);
    expect(np.add.reduceat(f64(1, 2, 3, 4), [0, 2]).js()).toEqual([3, 7]);
  });

  test("made of functions of scalars", () => {
    const f = np.frompyfunc((a, b) => np.add(np.multiply(a, 10), b), 2, 1);
    expect(f(f64(1, 2), f64(3, 4)).js()).toEqual([13, 24]);
    expect(f.reduce(f64(1, 2, 3)).item()).toBe(123);
    expect(f.outer(f64(1), f64(2, 3)).js()).toEqual([[12, 13]]);
    expect(() => np.frompyfunc((a) => a, 1, 2)(1)).toThrow("returned 1 results, not 2");
  });
});
