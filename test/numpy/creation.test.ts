/** @file Making arrays: expected values are closed forms and NumPy's semantics. */
import { describe, expect, test } from "vitest";
import { ArgumentError, DTypeError, ShapeError } from "../../src/base/errors.ts";
import { grad, vmap } from "../../src/api/index.ts";
import { config } from "../../src/base/config.ts";
import * as np from "../../src/numpy/index.ts";

const typed = (x: { dtype: string; weakType: boolean }): string => `${x.dtype}${x.weakType ? " weak" : ""}`;

describe("array", () => {
  test("dtypes of what it is made from", () => {
    expect(
      np
        .array([
          [1, 2],
          [3, 4],
        ])
        .js(),
    ).toEqual([
      [1, 2],
      [3, 4],
    ]);
    expect(typed(np.array([1, 2]))).toBe("float64");
    expect(typed(np.array(1.5))).toBe("float64 weak");
    expect(typed(np.array([true, false]))).toBe("bool");
    expect(typed(np.array([true, 2]))).toBe("float64");
    expect(typed(np.array(new Float32Array([1, 2])))).toBe("float32");
    expect(typed(np.array(new Uint8ClampedArray([1])))).toBe("uint8");
    expect(typed(np.array([1, 2], "int8"))).toBe("int8");
    expect(typed(np.array(2, { dtype: "int32", weakType: true }))).toBe("int32 weak");
    config.with({ defaultFloat: "float32" }, () => expect(np.array([0.1]).dtype).toBe("float32"));
  });

  test("copies typed arrays", () => {
    const data = Float64Array.of(1, 2, 3, 4);
    const x = np.array(data, { shape: [2, 2] });
    data[0] = 99;
    expect(x.js()).toEqual([
      [1, 2],
      [3, 4],
    ]);
  });

  test("stacks lists that hold arrays, with derivatives", () => {
    const x = np.array([np.array([1, 2]), new Float64Array([3, 4])]);
    expect(x.js()).toEqual([
      [1, 2],
      [3, 4],
    ]);
    expect(
      grad((v: np.NestedArrayLike) => np.array([v, np.multiply(v as number, 3), 5]).sum())(2).item(),
    ).toBe(4);
    expect(np.array([np.array([1], "int8"), np.array([2], "int16")]).dtype).toBe("int16");
  });

  test("ndmin, empty lists, float16", () => {
    expect(np.array([1, 2], { ndmin: 3 }).shape).toEqual([1, 1, 2]);
    expect(np.array([[], []]).shape).toEqual([2, 0]);
    expect(np.array([0.1], "float16").js()).toEqual([0.0999755859375]);
  });

  test("refuses what is no array", () => {
    expect(() => np.array([[1, 2], [3]])).toThrow(ShapeError);
    expect(() => np.array([[1, 2], [3]])).toThrow("[1] has 1 items where the first one has 2 items");
    expect(() => np.array([1, [2]])).toThrow(ShapeError);
    expect(() => np.array([[1], 2])).toThrow("unequal depths");
    expect(() => np.array(["a"] as unknown as number[])).toThrow(ArgumentError);
    expect(() => np.array([300], "int8")).toThrow(DTypeError);
    expect(() => np.array([-1], "uint32")).toThrow("does not fit uint32");
    expect(() => np.array([np.ones(2), np.ones(3)])).toThrow("must have one shape");
    expect(() => np.array([1, 2, 3], { shape: [2, 2] })).toThrow("does not fill");
    expect(() => np.array([1], { dtpye: "int8" } as object)).toThrow("did you mean 'dtype'");
    expect(() => np.array([1], "int128" as "int32")).toThrow("is no dtype");
  });
});

describe("shapes and ranges", () => {
  test("zeros, ones, full and likes", () => {
    expect(np.zeros([2, 1]).js()).toEqual([[0], [0]]);
    expect(np.ones(2, "int32").dtype).toBe("int32");
    expect(typed(np.full(2, 1.5))).toBe("float64 weak");
    expect(np.full([2, 2], np.array([1, 2])).js()).toEqual([
      [1, 2],
      [1, 2],
    ]);
    expect(np.zerosLike(np.ones([2], "int8")).dtype).toBe("int8");
    expect(np.fullLike(np.ones([2], "int8"), 7, { shape: 3 }).js()).toEqual([7, 7, 7]);
    expect(() => np.zeros([-1])).toThrow(ShapeError);
  });

  test("arange", () => {
    expect(np.arange(3).dtype).toBe("int32");
    expect(np.arange(0, 1, 0.25).js()).toEqual([0, 0.25, 0.5, 0.75]);
    expect(np.arange(5, 1, -2).js()).toEqual([5, 3]);
    expect(np.arange(3, { dtype: "float32" }).dtype).toBe("float32");
    expect(np.arange(1, 1).shape).toEqual([0]);
    expect(np.arange(0, { stop: 4, step: 2 }).js()).toEqual([0, 2]);
    expect(() => np.arange(0, 1, 0)).toThrow("must not be 0");
    expect(() => np.arange(Infinity)).toThrow(ArgumentError);
    expect(() => vmap((n: np.NestedArrayLike) => np.arange(n as number))(np.array([1, 2]))).toThrow(
      "traced value",
    );
  });

  test("linspace, logspace, geomspace", () => {
    expect(np.linspace(0, 1, 5).js()).toEqual([0, 0.25, 0.5, 0.75, 1]);
    expect(np.linspace(0, 1, 4, { endpoint: false }).js()).toEqual([0, 0.25, 0.5, 0.75]);
    const [values, step] = np.linspace(0, 2, 3, { retstep: true });
    expect([values.js(), step.item()]).toEqual([[0, 1, 2], 1]);
    expect(np.linspace(np.array([0, 10]), 20, 3, { axis: 1 }).js()).toEqual([
      [0, 10, 20],
      [10, 15, 20],
    ]);
    expect(np.linspace(0, 1, 0).shape).toEqual([0]);
    expect(np.logspace(0, 3, 4).js()).toEqual([1, 10, 100, 1000]);
    np.geomspace(1, 1000, 4)
      .js<number[]>()
      .forEach((v, i) => expect(v).toBeCloseTo(10 ** i, 10));
    expect(() => np.linspace(0, 1, -1)).toThrow("non-negative");
  });

  test("grids", () => {
    expect(np.indices([2, 2]).js()).toEqual([
      [
        [0, 0],
        [1, 1],
      ],
      [
        [0, 1],
        [0, 1],
      ],
    ]);
    expect(np.meshgrid(np.arange(2), np.arange(3)).map((g) => g.shape)).toEqual([
      [3, 2],
      [3, 2],
    ]);
    expect(
      np.meshgrid(np.arange(2), np.arange(3), { indexing: "ij", sparse: true }).map((g) => g.shape),
    ).toEqual([
      [2, 1],
      [1, 3],
    ]);
    expect(np.fromfunction((i, j) => np.add(i, j), [2, 2]).js()).toEqual([
      [0, 1],
      [1, 2],
    ]);
    expect(np.frombuffer(Uint8Array.of(1, 0, 2, 0), "int16").js()).toEqual([1, 2]);
    expect(np.frombuffer(Uint8Array.of(1, 0, 2), "bool").js()).toEqual([true, false, true]);
    expect(np.frombuffer(Uint8Array.of(2), "bool").astype("int32").js()).toEqual([1]);
    expect(np.frombuffer(Float64Array.of(1, 2, 3, 4), "complex128").js()).toEqual([
      { re: 1, im: 2 },
      { re: 3, im: 4 },
    ]);
    expect(np.frombuffer(Uint16Array.of(0x3c00, 0xc000), "float16").js()).toEqual([1, -2]);
    expect(np.frombuffer(Uint16Array.of(0x3f80, 0xc000), "bfloat16").js()).toEqual([1, -2]);
    expect(() => np.frombuffer(new Uint8Array(3), "int16")).toThrow("whole number");
  });

  test("triangles and diagonals", () => {
    expect(np.eye(2, 3, 1).js()).toEqual([
      [0, 1, 0],
      [0, 0, 1],
    ]);
    expect(np.tril(np.ones([2, 3])).js()).toEqual([
      [1, 0, 0],
      [1, 1, 0],
    ]);
    expect(np.triu(np.ones([2, 3]), 1).js()).toEqual([
      [0, 1, 1],
      [0, 0, 1],
    ]);
    const x = np.arange(6).reshape([2, 3]);
    expect(np.diagonal(x, 1).js()).toEqual([1, 5]);
    expect(np.diagonal(x, -1).js()).toEqual([3]);
    expect(np.diagonal(x, 5).js()).toEqual([]);
    expect(np.diagonal(np.arange(24).reshape([2, 3, 4]), 1, 2, 1).js()).toEqual([
      [4, 9],
      [16, 21],
    ]);
    expect(np.diag(np.array([1, 2]), -1).js()).toEqual([
      [0, 0, 0],
      [1, 0, 0],
      [0, 2, 0],
    ]);
    expect(np.diag(np.array([1, 2]), 1).js()).toEqual([
      [0, 1, 0],
      [0, 0, 2],
      [0, 0, 0],
    ]);
    expect(np.trace(x).item()).toBe(4);
    expect(np.vander(np.array([2, 3]), 3).js()).toEqual([
      [4, 2, 1],
      [9, 3, 1],
    ]);
    expect(np.trilIndices(2).map((v) => v.js())).toEqual([
      [0, 1, 1],
      [0, 0, 1],
    ]);
    expect(
      grad((v: np.NestedArrayLike) => np.multiply(np.diag(v as number), np.arange(4).reshape([2, 2])).sum())(
        np.array([1, 1]),
      ).js(),
    ).toEqual([0, 3]);
  });
});

describe("dtypes", () => {
  test("limits", () => {
    expect(np.iinfo("uint16")).toEqual({ min: 0, max: 65535, bits: 16 });
    expect(np.finfo("float64").eps).toBe(Number.EPSILON);
    expect(np.finfo("float64").max).toBe(Number.MAX_VALUE);
    expect(np.finfo("float32").tiny).toBe(2 ** -126);
    expect(() => np.finfo("int8")).toThrow(DTypeError);
  });

  test("families, promotion, casting", () => {
    expect(np.issubdtype("int8", np.integer)).toBe(true);
    expect(np.issubdtype(np.floating, np.inexact)).toBe(true);
    expect(np.issubdtype("int8", np.floating)).toBe(false);
    expect(np.isdtype("uint8", ["bool", "integral"])).toBe(true);
    expect(np.promoteTypes("int8", "uint8")).toBe("int16");
    expect(np.resultType(np.ones(2, "float32"), 2.5)).toBe("float32");
    expect(np.resultType("int8", 1)).toBe("int8");
    expect([
      np.canCast("int8", "int16"),
      np.canCast("int32", "float32"),
      np.canCast("float64", "float32", "same_kind"),
    ]).toEqual([true, false, true]);
    expect(np.astype(np.array([NaN, 1e10, -1.9]), "int32").js()).toEqual([0, 2147483647, -1]);
  });
});
