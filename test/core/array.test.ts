/** @file Concrete arrays: text, conversion to JavaScript values, disposal; the settings and their scopes. */
import { afterEach, describe, expect, it } from "vitest";
import { config } from "../../src/base/config.ts";
import { makeJaxpr } from "../../src/api/index.ts";
import { type ConcreteArray, type NDArray, scalarArray } from "../../src/core/array.ts";
import { ArgumentError, DisposedError, NanError } from "../../src/base/errors.ts";
import * as lax from "../../src/lax/index.ts";
import { array, nested } from "../util/arrays.ts";

describe("text", () => {
  const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i);
  it.each<[string, ConcreteArray, string]>([
    ["a scalar", array([], [1.5]), "Array(1.5)"],
    ["a whole scalar", array([], [3]), "Array(3.)"],
    ["an integer", array([], [3], "int32"), "Array(3)"],
    ["a list", array([3], [1, 2.5, -3]), "Array([ 1., 2.5, -3.])"],
    ["booleans", array([2], [1, 0], "bool"), "Array([ true, false])"],
    ["another dtype", array([2], [1, 2], "float32"), "Array([1., 2.], dtype=float32)"],
    ["bits of float16", array([2], [0.5, 65504], "float16"), "Array([   0.5, 65504.], dtype=float16)"],
    [
      "a matrix",
      nested(
        [
          [1, 2],
          [3, 40],
        ],
        "int32",
      ),
      "Array([[ 1,  2],\n       [ 3, 40]])",
    ],
    [
      "three axes",
      nested(
        [
          [[1], [2]],
          [[3], [4]],
        ],
        "int32",
      ),
      "Array([[[1],\n        [2]],\n\n       [[3],\n        [4]]])",
    ],
    ["nothing", array([0], []), "Array([])"],
    ["nothing, with axes", array([0, 3], []), "Array([], shape=[0, 3])"],
    ["special values", array([4], [NaN, Infinity, -Infinity, -0]), "Array([ nan,  inf, -inf,  -0.])"],
    ["small and large", array([3], [1e-5, 1e16, 1e15]), "Array([ 1.e-5, 1.e+16, 1000000000000000.])"],
  ])("%s", (_, x, text) => {
    expect(String(x).replaceAll(/ +(?=[\d-])/g, " ")).toBe(text.replaceAll(/ +(?=[\d-])/g, " "));
  });
  it("long arrays are elided, long rows are wrapped", () => {
    expect(String(array([2000], range(2000), "int32"))).toMatch(
      /\[\s*0,\s+1,\s+2, \.\.\., 1997, 1998, 1999\]/,
    );
    const lines = String(array([60], range(60), "int32")).split("\n");
    expect(lines.length).toBeGreaterThan(1);
    expect(Math.max(...lines.map((l) => l.length))).toBeLessThanOrEqual(90);
  });
});

describe("values out of arrays", () => {
  const m = nested([
    [1, 0],
    [0, 1],
  ]);
  it("js, dataSync, data, item, JSON", async () => {
    expect(m.js()).toEqual([
      [1, 0],
      [0, 1],
    ]);
    expect(lax.ne(m, 0).js()).toEqual([
      [true, false],
      [false, true],
    ]);
    expect(m.dataSync()).toEqual(Float64Array.of(1, 0, 0, 1));
    expect(await m.data()).toEqual(m.dataSync());
    expect(JSON.stringify({ m })).toBe('{"m":[[1,0],[0,1]]}');
    expect([array([1, 1], [7]).item(), lax.gt(array([], [1]), 0).item()]).toEqual([7, true]);
    expect(array([2], [0.1, 1], "float16").dataSync()).toEqual(Float32Array.of(0.0999755859375, 1));
    expect(array([2], [1, 0], "bool").dataSync()).toEqual(Uint8Array.of(1, 0));
  });
  it("reading gives copies: data never changes", () => {
    const x = array([2], [1, 2]);
    x.dataSync()[0] = 99;
    expect(x.js()).toEqual([1, 2]);
    const source = new Float64Array([1, 2]);
    const made = lax.add(source, 0);
    source[0] = 99;
    expect(made.js()).toEqual([1, 2]);
  });
  it("view gives the values where they lie, until an array is made", () => {
    const x = lax.add(array([3], [1, 2, 3]), 1);
    expect(x.view()).toEqual(Float64Array.of(2, 3, 4));
    expect(array([2], [0.5, 1], "float16").view()).toEqual(Float32Array.of(0.5, 1));
    expect(lax.complex(1, 2).view()).toEqual(Float64Array.of(1, 2));
    expect(array([], [7]).view("float64")).toEqual(Float64Array.of(7));
    expect(() => x.view("float32")).toThrow('expected dtype "float32"');
    expect(() => makeJaxpr((y: NDArray) => y.view()[0])(x)).toThrow("on a traced value");
  });
  it("while checks are on, an outdated view is empty", () => {
    config.with({ enableChecks: true }, () => {
      const x = array([3], [1, 2, 3]);
      const [before, copy] = [x.view(), x.dataSync()];
      expect(before.join()).toBe("1,2,3");
      const y = lax.add(x, 1);
      expect([before.length, copy.length]).toEqual([0, 3]);
      expect([x.view().join(), y.view().join()]).toEqual(["1,2,3", "2,3,4"]);
    });
  });
  it("0-d arrays are numbers to JavaScript, others are not", () => {
    const x = array([], [3]) as unknown as number;
    expect([x * 2, x > 2, Math.sqrt(x)]).toEqual([6, true, Math.sqrt(3)]);
    expect(() => (m as unknown as number) * 2).toThrow(ArgumentError);
    expect(() => m.item()).toThrow("item(): expected an array of one element; got f64[2,2]");
  });
  it("size, ndim, length", () => {
    expect([m.size, m.ndim, m.length, m.dtype]).toEqual([4, 2, 2, "float64"]);
    expect(() => array([], [1]).length).toThrow("has no first axis");
  });
  it("a use after dispose is an error", () => {
    const x = array([2], [1, 2]);
    x.dispose();
    expect(() => lax.add(x, 1)).toThrow(DisposedError);
    expect(String(x)).toBe("Array(disposed, f64[2])");
  });
  it("weak scalars are marked in their aval", () => {
    expect(String(scalarArray(1, "float64", true).aval)).toBe("~f64[]");
  });
});

describe("settings", () => {
  afterEach(() => config.update({ defaultFloat: "float64", debugNans: false }));
  it("hold within config.with, and are restored, after errors too", () => {
    expect(config.with({ defaultFloat: "float32" }, () => lax.full([2], 1).dtype)).toBe("float32");
    expect(lax.full([2], 1).dtype).toBe("float64");
    expect(() =>
      config.with({ defaultFloat: "float32" }, () => {
        throw new RangeError("mine");
      }),
    ).toThrow("mine");
    expect(config.values.defaultFloat).toBe("float64");
  });
  it("nest, and update inside with is undone", () => {
    config.with({ defaultFloat: "float32" }, () => {
      config.with({ debugNans: true }, () => {
        expect([config.values.defaultFloat, config.values.debugNans]).toEqual(["float32", true]);
      });
      config.update({ debugNans: true });
      expect(config.values.debugNans).toBe(true);
    });
    expect(config.values.debugNans).toBe(false);
  });
  it("change the version, which caches compare", () => {
    const before = config.version;
    config.with({ debugNans: true }, () => expect(config.version).not.toBe(before));
    // Settings that are in force again have the same version: what was compiled under them is right.
    expect(config.version).toBe(before);
  });
  it("of unknown names are errors", () => {
    expect(() => config.update({ defaultFlaot: "float32" } as never)).toThrow("did you mean 'defaultFloat'?");
  });
  it("debugNans names the operation", () => {
    config.with({ debugNans: true }, () => {
      expect(() => lax.log(array([2], [1, -1]))).toThrow(NanError);
      expect(() => lax.sqrt(-1)).toThrow("debugNans: sqrt produced a NaN in its output ~f64[]");
      expect(lax.log(array([], [0])).item()).toBe(-Infinity);
    });
  });
  it("jitless computes the same", () => {
    const x = array([3], [0.1, 0.2, 0.3]);
    expect(config.with({ jitless: true }, () => lax.sin(x).js())).toEqual(lax.sin(x).js());
  });
});
