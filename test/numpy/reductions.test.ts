/** @file Reductions, running sums, statistics, histograms: values by hand, dtypes, messages, derivatives. */
import { describe, expect, test } from "vitest";
import { grad } from "../../src/api/index.ts";
import type { Array as NDArray } from "../../src/index.ts";
import { ArgumentError, ShapeError } from "../../src/base/errors.ts";
import * as np from "../../src/numpy/index.ts";

const f64 = (...v: number[]): NDArray => np.array(v);
const x23 = np.array([
  [1, 2, 3],
  [4, 5, 6],
]);
const slopes = (f: (x: NDArray) => NDArray, ...at: number[]): unknown =>
  grad((v: NDArray) => f(v))(f64(...at)).js();

describe("sums and products", () => {
  test("axes, keepdims, where, initial", () => {
    expect(np.sum(x23).item()).toBe(21);
    expect(np.sum(x23, 0).js()).toEqual([5, 7, 9]);
    expect(np.sum(x23, [0, 1], { keepdims: true }).js()).toEqual([[21]]);
    expect(np.sum(x23, { axis: -1, where: np.array([true, false, true]) }).js()).toEqual([4, 10]);
    expect(np.prod(x23, { axis: 1, initial: 2 }).js()).toEqual([12, 240]);
    expect(np.sum(np.zeros([0])).item()).toBe(0);
  });

  test("dtypes", () => {
    expect(np.sum(np.ones(300, "int8")).item()).toBe(300);
    expect(np.sum(np.ones(2, "uint8")).dtype).toBe("uint32");
    expect(np.sum(np.ones(2, "int8"), { promoteIntegers: false }).dtype).toBe("int8");
    expect(np.sum(np.array([true, true])).item()).toBe(2);
    expect(np.sum(np.ones(2, "float16")).dtype).toBe("float16");
    expect(np.sum(x23, { dtype: "float32" }).dtype).toBe("float32");
    expect(np.mean(np.array([1, 2], "int32")).dtype).toBe("float64");
    expect(np.cumsum(np.ones(2, "int8")).dtype).toBe("int8");
  });

  test("errors", () => {
    expect(() => np.sum(x23, 2)).toThrow(ArgumentError);
    expect(() => np.sum(x23, [0, 0])).toThrow("twice");
    expect(() => np.sum(x23, { axes: 0 } as object)).toThrow("did you mean 'axis'");
    expect(() => np.max(np.zeros([0]))).toThrow(ShapeError);
    expect(() => np.max(x23, { where: true })).toThrow("initial");
    expect(() => np.argmax(np.zeros([0]))).toThrow(ShapeError);
  });

  test("the derivative of a product with zeros", () => {
    expect(slopes((x) => np.prod(x), 0, 2, 3)).toEqual([6, 0, 0]);
    expect(slopes((x) => np.prod(x), 0, 0, 3)).toEqual([0, 0, 0]);
  });
});

describe("extrema and logic", () => {
  test("values", () => {
    expect(np.max(f64(1, NaN, 3)).item()).toBe(NaN);
    expect(np.max(np.zeros([0]), { initial: 4 }).item()).toBe(4);
    expect(np.min(np.array([3, 1], "uint8"), { initial: 2, where: np.array([true, false]) }).item()).toBe(2);
    expect(np.ptp(x23, 1).js()).toEqual([2, 2]);
    expect(np.argmax(f64(1, 5, 5)).item()).toBe(1);
    expect(np.argmin(f64(3, NaN, 1)).item()).toBe(1);
    expect(np.argmax(x23, { keepdims: true }).js()).toEqual([[5]]);
    expect(np.all(f64(1, 0)).item()).toBe(false);
    expect(np.any(x23, 0, { keepdims: true }).js()).toEqual([[true, true, true]]);
    expect(np.countNonzero(f64(0, 2, NaN)).item()).toBe(2);
  });

  test("ties share the derivative", () => {
    expect(slopes((x) => np.max(x), 1, 3, 3)).toEqual([0, 0.5, 0.5]);
    expect(slopes((x) => np.ptp(x), 1, 3)).toEqual([-1, 1]);
  });
});

describe("means and variances", () => {
  test("values", () => {
    expect(np.var(f64(1, 2, 3, 4)).item()).toBe(1.25);
    expect(np.var(f64(1, 2, 3, 4), { ddof: 1 }).item()).toBeCloseTo(5 / 3, 14);
    expect(np.std(f64(1, 3), { correction: 1 }).item()).toBeCloseTo(Math.SQRT2, 14);
    expect(np.var(f64(1)).item()).toBe(0);
    expect(np.var(f64(1), { ddof: 1 }).item()).toBe(NaN);
    expect(np.mean(x23, { axis: 1, where: np.array([true, true, false]) }).js()).toEqual([1.5, 4.5]);
    expect(np.mean(np.zeros([0])).item()).toBe(NaN);
    expect(() => np.var(x23, { ddof: 1, correction: 1 })).toThrow("not both");
  });

  test("without NaN", () => {
    const x = f64(1, NaN, 3);
    expect([np.nansum(x).item(), np.nanprod(x).item(), np.nanmean(x).item()]).toEqual([4, 3, 2]);
    expect([np.nanmax(x).item(), np.nanmin(x).item(), np.nanvar(x).item()]).toEqual([3, 1, 1]);
    expect([np.nanargmax(x).item(), np.nanargmin(f64(NaN)).item()]).toEqual([2, -1]);
    expect(np.nanmax(f64(NaN)).item()).toBe(NaN);
    expect(np.nancumsum(x).js()).toEqual([1, 1, 4]);
    expect(slopes((v) => np.nanvar(v), 1, NaN, 3)).toEqual([-1, 0, 1]);
  });
});

describe("running sums and differences", () => {
  test("values", () => {
    expect(np.cumsum(x23).js()).toEqual([1, 3, 6, 10, 15, 21]);
    expect(np.cumprod(x23, 0).js()).toEqual([
      [1, 2, 3],
      [4, 10, 18],
    ]);
    expect(np.cumulativeSum(f64(1, 2), { includeInitial: true }).js()).toEqual([0, 1, 3]);
    expect(() => np.cumulativeSum(x23)).toThrow("needs an axis");
    expect(np.diff(f64(1, 4, 9, 16), 2).js()).toEqual([2, 2]);
    expect(np.diff(f64(1, 4), { prepend: 0, append: f64(10) }).js()).toEqual([1, 3, 6]);
    expect(np.ediff1d(f64(1, 4, 9), { toBegin: -1 }).js()).toEqual([-1, 3, 5]);
    expect((np.gradient(f64(1, 4, 9)) as NDArray).js()).toEqual([3, 4, 5]);
    // Exact for parabolas, on any grid.
    expect((np.gradient(f64(0, 1, 9), f64(0, 1, 3)) as NDArray).js()).toEqual([1, 2, 4]);
    expect((np.gradient(x23) as NDArray[]).map((g) => g.shape)).toEqual([
      [2, 3],
      [2, 3],
    ]);
    expect(np.trapezoid(f64(1, 2, 3), f64(0, 1, 3)).item()).toBe(6.5);
  });
});

describe("statistics", () => {
  test("quantiles", () => {
    const x = f64(4, 1, 3, 2);
    expect(np.median(x).item()).toBe(2.5);
    expect(np.quantile(x, f64(0, 0.5, 1)).js()).toEqual([1, 2.5, 4]);
    expect(np.percentile(x, 40, { method: "lower" }).item()).toBe(2);
    expect(np.quantile(x23, 0.5, [0, 1], { keepdims: true }).js()).toEqual([[3.5]]);
    expect(np.nanmedian(f64(1, NaN, 3)).item()).toBe(2);
    expect(np.median(f64(1, NaN)).item()).toBe(NaN);
    expect(np.quantile(x, 0.5, { method: "inverted_cdf", weights: f64(5, 1, 1, 1) }).item()).toBe(4);
    expect(slopes((v) => np.median(v), 4, 1, 3, 2)).toEqual([0, 0, 0.5, 0.5]);
    expect(grad((q: number | NDArray) => np.quantile(x, q))(0.5).item()).toBeCloseTo(3, 14);
    expect(() => np.quantile(x, 0.5, { method: "cubic" as "linear" })).toThrow("method must be one of");
  });

  test("averages and covariances", () => {
    expect(np.average(f64(1, 3), { weights: f64(3, 1) }).item()).toBe(1.5);
    const [mean, total] = np.average(x23, { axis: 0, weights: f64(1, 3), returned: true });
    expect([mean.js(), total.js()]).toEqual([
      [3.25, 4.25, 5.25],
      [4, 4, 4],
    ]);
    expect(np.cov(f64(1, 2, 3)).item()).toBe(1);
    expect(np.cov(f64(1, 2, 3), f64(3, 2, 1)).js()).toEqual([
      [1, -1],
      [-1, 1],
    ]);
    expect(np.cov(f64(1, 2), { fweights: np.array([2, 1], "int32") }).item()).toBeCloseTo(1 / 3, 14);
    expect(np.corrcoef(f64(1, 2, 3), f64(2, 4, 6)).js()).toEqual([
      [1, 1],
      [1, 1],
    ]);
  });

  test("histograms", () => {
    expect(np.bincount(np.array([0, 2, 2], "int32")).js()).toEqual([1, 0, 2]);
    expect(np.bincount(np.array([0, 1], "int32"), { weights: f64(0.5, 2), minlength: 3 }).js()).toEqual([
      0.5, 2, 0,
    ]);
    const [counts, edges] = np.histogram(f64(1, 2, 2, 5, 9), { bins: 2, range: [1, 5] });
    expect([counts.js(), edges.js()]).toEqual([
      [3, 1],
      [1, 3, 5],
    ]);
    expect(np.histogram(f64(1, 2), [0, 1.5, 4])[0].js()).toEqual([1, 1]);
    expect(np.histogram2d(f64(0, 1), f64(0, 1), 2)[0].js()).toEqual([
      [1, 0],
      [0, 1],
    ]);
    expect(
      np
        .histogramdd(
          np.array([
            [0, 0],
            [1, 1],
          ]),
          { bins: [1, 2] },
        )[0]
        .js(),
    ).toEqual([[1, 1]]);
  });
});
