/** @file `treeUtil` and the functions on devices. */
import { describe, expect, it } from "vitest";
import {
  type Array as Arr,
  blockUntilReady,
  clearCaches,
  devicePut,
  errors,
  grad,
  numpy as np,
  tree,
  treeUtil,
} from "../../src/index.ts";

describe("treeUtil", () => {
  it("has the functions of tree under JAX's names", () => {
    expect(treeUtil.treeMap).toBe(tree.map);
    expect(treeUtil.treeLeaves({ b: 2, a: [1] })).toEqual([1, 2]);
    expect(treeUtil.treeReduce((a: number, b: number) => a + b, { a: 1, b: [2, 3] })).toBe(6);
  });

  it("opens one level", () => {
    expect(treeUtil.flattenOneLevel({ b: [1, 2], a: 3 })).toEqual([
      [3, [1, 2]],
      ["a", "b"],
    ]);
    expect(treeUtil.flattenOneLevel([1, null])).toEqual([[1, null], null]);
    expect(treeUtil.flattenOneLevelWithKeys({ a: null })[0]).toEqual([[{ key: "a" }, null]]);
    expect(treeUtil.flattenOneLevelWithKeys([7])[0]).toEqual([[{ index: 0 }, 7]]);
    expect(() => treeUtil.flattenOneLevel(1)).toThrow(errors.TreeError);
  });

  it("registers classes with named children", () => {
    class Pair {
      readonly x: unknown;
      readonly y: unknown;
      constructor(x: unknown, y: unknown) {
        this.x = x;
        this.y = y;
      }
    }
    treeUtil.registerPytreeWithKeys(
      Pair,
      (p) => [
        [
          ["x", p.x],
          [{ key: "y" }, p.y],
        ],
        null,
      ],
      (_, [x, y]) => new Pair(x, y),
    );
    const paths = treeUtil.treeLeavesWithPath(new Pair(1, [2])).map(([path]) => treeUtil.keystr(path));
    expect(paths).toEqual([".x", ".y[0]"]);
    expect(treeUtil.treeMap((v: number) => -v, new Pair(1, 2))).toEqual(new Pair(-1, -2));
  });

  it("registers classes that know how they are taken apart", () => {
    class Box {
      readonly v: unknown;
      constructor(v: unknown) {
        this.v = v;
      }
      treeFlattenWithKeys(): [[string, unknown][], null] {
        return [[["v", this.v]], null];
      }
      static treeUnflatten(_aux: unknown, [v]: readonly unknown[]): Box {
        return new Box(v);
      }
    }
    expect(treeUtil.registerPytreeWithKeysClass(Box)).toBe(Box);
    expect(treeUtil.treeLeaves([new Box(5)])).toEqual([5]);
  });

  it("differentiates through Partial", () => {
    const scale = new treeUtil.Partial((k: Arr, x: Arr) => x.mul(k), np.array(2));
    const g = grad((p: treeUtil.Partial) => p.call(np.array(3)) as Arr)(scale);
    expect((g.args[0] as Arr).item()).toBe(3);
  });
});

describe("devices", () => {
  it("has results at once", async () => {
    const x = { a: np.ones([2]) };
    expect(blockUntilReady(x)).toBe(x);
    expect(await blockUntilReady(Promise.resolve(x))).toBe(x);
  });

  it("puts leaves into arrays", () => {
    const [n, { a }] = devicePut([1, { a: new Float32Array(2) }] as const);
    expect([n.shape, a.shape, a.dtype]).toEqual([[], [2], "float32"]);
  });

  it("computes after its caches were cleared", () => {
    const before = np.sin(np.array(1)).item();
    clearCaches();
    expect(np.sin(np.array(1)).item()).toBe(before);
  });
});
