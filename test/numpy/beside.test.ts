/**
 * @file Functions that take an axis and an array beside it, as NumPy 2 gives them; unwrap; insert; fromfunction; weak types; JSON.
 * Values are closed forms, or NumPy's.
 */
import { describe, expect, test } from "vitest";
import { grad, jit, vmap } from "../../src/api/index.ts";
import * as lax from "../../src/control-flow/lax.ts";
import type { DType } from "../../src/dtypes/dtype.ts";
import * as np from "../../src/numpy/index.ts";

const y = np.array([
  [1, 2],
  [3, 4],
  [5, 6],
]);

describe("trapezoid", () => {
  test("steps and coordinates broadcast", () => {
    expect(np.trapezoid(y, { axis: 0, dx: np.array([[1], [2]]) }).js()).toEqual([10, 13]);
    expect(np.trapezoid(y, { axis: 0, dx: np.array([1, 2]) }).js()).toEqual([6, 16]);
    expect(np.trapezoid(y, { axis: 0, x: np.array([0, 1, 3]) }).js()).toEqual([10, 13]);
    expect(np.trapezoid(y, { axis: 1, x: np.array([0, 4]) }).js()).toEqual([6, 14, 22]);
    const x = np.array([
      [0, 1, 3],
      [0, 2, 4],
    ]);
    expect(np.trapezoid(np.ones([2, 2, 3]), { x }).js()).toEqual([
      [3, 4],
      [3, 4],
    ]);
    expect(np.trapezoid(np.array([1, 1, 1]), { x }).js()).toEqual([3, 4]);
    expect(np.trapezoid(np.ones([3, 0]), { axis: -1 }).js()).toEqual([0, 0, 0]);
    expect(np.trapezoid(np.ones([3], "float32"), { dx: np.array(2) }).dtype).toBe("float32");
    expect(np.trapezoid(np.ones([3], "float32"), { dx: np.array([2, 1]) }).dtype).toBe("float64");
  });

  test("is differentiated in coordinates and steps, under vmap and jit", () => {
    const area = (dx: np.ndarray): np.ndarray => np.trapezoid(y, { axis: 0, dx }).sum();
    expect(grad(area)(np.array([[1], [2]])).js()).toEqual([[5], [9]]);
    const xs = np.array([
      [0, 1, 3],
      [0, 2, 4],
    ]);
    const along = (x: np.ndarray): np.ndarray => np.trapezoid(np.array([1, 1, 1]), { x });
    expect(jit(vmap(along))(xs).js()).toEqual([3, 4]);
  });

  test("steps that do not broadcast are errors", () => {
    expect(() => np.trapezoid(y, { axis: 0, dx: np.ones([3, 1]) })).toThrow("trapezoid: shapes");
  });
});

describe("others with an array beside the axis", () => {
  test("diff: numbers before and behind keep integers", () => {
    const d = np.diff(np.array([1, 4], "int32"), { prepend: 0, append: 9 });
    expect([d.dtype, d.js()]).toEqual(["int32", [1, 3, 5]]);
    expect(np.diff(y, { axis: 0, prepend: np.array([[0, 0]]) }).js()).toEqual([
      [1, 2],
      [2, 2],
      [2, 2],
    ]);
  });

  test("average: weights of the axes named, in their order", () => {
    const x = np.arange(6).reshape([2, 3]);
    const w = np.array([
      [1, 0],
      [0, 0],
      [0, 1],
    ]);
    expect(np.average(x, { axis: [1, 0], weights: w }).item()).toBe(2.5);
    expect(np.average(x, { axis: 1, weights: np.array([1, 0, 1]) }).js()).toEqual([1, 4]);
  });

  test("quantile: a vector of places comes first", () => {
    expect(np.quantile(y, np.array([0, 1]), { axis: 0 }).js()).toEqual([
      [1, 2],
      [5, 6],
    ]);
  });

  test("cumulative functions take a scalar for a vector", () => {
    for (const axis of [0, -1])
      for (const f of [np.cumsum, np.cumprod, np.nancumsum, np.nancumprod]) {
        expect(f(5, axis).js()).toEqual([5]);
        expect(np.maximum.accumulate(5, { axis }).js()).toEqual([5]);
        expect(np.subtract.accumulate(5, { axis }).js()).toEqual([5]);
      }
    expect(() => np.cumsum(5, 1)).toThrow("axis 1");
  });

  test("ufuncs of one element have the dtype of results, or refuse it", () => {
    expect(np.logicalXor.reduce(np.array([2.5])).item()).toBe(true);
    expect(np.logicalAnd.accumulate(np.array([2.5])).js()).toEqual([true]);
    expect(() => np.bitwiseAnd.reduce(np.array([2.5]))).toThrow("expected integer or bool");
  });
});

describe("unwrap", () => {
  test("neither differences nor sums overflow", () => {
    expect(np.unwrap(np.array([0, 3e38], "float32"), { period: 3.5e38 }).js()).toEqual([
      0,
      Math.fround(Math.fround(3e38) - 3.5e38),
    ]);
    expect(np.unwrap(np.array([-1.5e308, 1.5e308]), { period: 1e308 }).js()).toEqual([-1.5e308, -1.5e308]);
  });

  test("integers: no wrapping round, odd periods", () => {
    expect(np.unwrap(np.array([0, 250], "uint8"), { period: 256 }).js()).toEqual([0, -6]);
    expect(np.unwrap(np.array([250, 0], "uint8"), { period: 256 }).js()).toEqual([250, 256]);
    expect(np.unwrap(np.array([-100, 100], "int8"), { period: 4 }).js()).toEqual([-100, -100]);
    expect(np.unwrap(np.array([0, 4, 1, 5], "int32"), { period: 7 }).js()).toEqual([0, -3, -6, -9]);
    const [, last] = np.unwrap(np.array([250, 0], "uint8")).js<number[]>();
    expect(last).toBeCloseTo(80 * Math.PI, 12);
  });

  test("jumps of half a period keep their sign", () => {
    expect(np.unwrap(np.array([0, 2, 0]), { period: 4 }).js()).toEqual([0, 2, 0]);
    expect(np.unwrap(np.array([0, -2, 0], "int32"), { period: 4 }).js()).toEqual([0, -2, 0]);
    expect(grad((x: np.ndarray) => np.unwrap(x).slice(2))(np.array([0, 4, 9])).js()).toEqual([0, 0, 1]);
  });
});

test("insert keeps the dtype of the array", () => {
  expect(np.insert(np.array([1, 2], "int32"), 1, 1.5)).toMatchObject({ dtype: "int32" });
  expect(np.insert(np.array([true, false]), 1, 1.5).js()).toEqual([true, true, false]);
  expect(np.insert(np.array([1], "float32"), 0, np.array([0.1])).dtype).toBe("float32");
  expect(() => np.insert(np.array([1], "int8"), 0, 300)).toThrow("does not fit int8");
});

test("fromfunction maps scalars", () => {
  expect(np.fromfunction((i) => np.stack([i, i.mul(i)]), [3]).js()).toEqual([
    [0, 0],
    [1, 1],
    [2, 4],
  ]);
  const tree = np.fromfunction((i, j) => ({ sum: i.add(j), row: i }), [2, 2], { dtype: "int32" });
  expect(tree.sum.js()).toEqual([
    [0, 1],
    [1, 2],
  ]);
  expect(tree.row.js()).toEqual([
    [0, 0],
    [1, 1],
  ]);
  expect(np.fromfunction(() => 3, [2, 2]).shape).toEqual([2, 2]);
  expect(np.fromfunction(() => 3, []).item()).toBe(3);
});

test("weak types", () => {
  expect(np.logicalAnd(np.array([true, false]), 2.5).weakType).toBe(false);
  expect(np.logicalAnd(true, 2.5).weakType).toBe(true);
  expect(np.power(true, 2).weakType).toBe(true);
  expect(np.power(np.array([true]), 2).weakType).toBe(false);
  expect(np.hypot(np.array([true]), 1.5).weakType).toBe(false);
});

describe("round trips", () => {
  const special = [1.5, NaN, Infinity, -Infinity, -0, 5e-324];
  const throughJson = (x: np.ndarray): np.ndarray =>
    np.array(JSON.parse(JSON.stringify(x)) as np.NestedArrayLike);

  test("JSON keeps shape, dtype and every value", () => {
    const floats = np.array(special);
    const arrays = [
      floats,
      floats.reshape([2, 3]),
      np.zeros([0, 3]),
      np.array([true, false]),
      np.array(NaN),
      lax.complex(floats, floats),
      lax.complex(np.array([1, 2], "float32"), np.array([0, -1], "float32")),
      ...(["int8", "uint8", "int16", "uint16", "int32", "uint32"] as const).map((d) => np.array([0, 100], d)),
      ...(["float16", "bfloat16", "float32"] as const).map((d) => np.array(special, d)),
    ];
    for (const x of arrays) {
      const back = throughJson(x);
      expect([back.dtype, back.shape]).toEqual([x.dtype, x.shape]);
      expect(Array.from(back.dataSync(), (v) => [v, Object.is(v, -0)])).toEqual(
        Array.from(x.dataSync(), (v) => [v, Object.is(v, -0)]),
      );
    }
    expect(JSON.stringify(np.array([[1, 2]]))).toBe("[[1,2]]");
    expect(() => np.array({ dtype: "int32", shape: [3], data: [1, 2] })).toThrow("do not fill");
    expect(() => np.array({ dtype: "int8", shape: [1], data: [300] })).toThrow("int8");
  });

  test("typed arrays", () => {
    for (const d of [
      Int8Array,
      Uint8Array,
      Int16Array,
      Uint16Array,
      Int32Array,
      Uint32Array,
      Float32Array,
      Float64Array,
    ])
      expect(np.array(d.of(0, 7)).dataSync()).toEqual(d.of(0, 7));
    const z = lax.complex(np.array([1, 2]), np.array([3, 4]));
    expect(np.array(z.dataSync(), { dtype: "complex128", shape: [2] }).js()).toEqual(z.js());
    expect(np.array(Float32Array.of(1, 2, 3, 4), { shape: [-1, 2] }).shape).toEqual([2, 2]);
    expect(() => np.array([1, 2, 3], { shape: [-1, 2] })).toThrow("cannot be inferred");
    for (const d of [BigInt64Array, BigUint64Array])
      expect(np.array(d.of(0n, 2n ** 63n)).dataSync<DType>()).toEqual(d.of(0n, 2n ** 63n));
  });
});
