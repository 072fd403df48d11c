/** @file Pytrees: structures, key paths, registration, keys that JavaScript treats specially. */
import { describe, expect, it } from "vitest";
import {
  broadcastPrefix,
  explainTreeMismatch,
  keystr,
  registerPytreeNode,
  treeFlatten,
  treeFlattenWithPath,
  treeLeaves,
  treeMap,
  treeStructure,
  treeUnflatten,
} from "../../src/core/tree.ts";
import { TreeError } from "../../src/base/errors.ts";
import { grad } from "../../src/api/index.ts";
import type { NDArray } from "../../src/core/array.ts";
import * as lax from "../../src/lax/index.ts";
import { array, value } from "../util/arrays.ts";

class Point {
  readonly x: unknown;
  readonly y: unknown;
  readonly unit: string;
  constructor(x: unknown, y: unknown, unit = "m") {
    this.x = x;
    this.y = y;
    this.unit = unit;
  }
}
registerPytreeNode(Point, {
  flatten: (p) => ({ children: [p.x, p.y], aux: p.unit, keys: ["x", "y"] }),
  unflatten: (unit, [x, y]) => new Point(x, y, unit),
});

class Unregistered {
  readonly x = 1;
}

const trees: readonly [string, unknown, unknown[], string][] = [
  ["a leaf", 1, [1], "TreeDef(*)"],
  ["null", null, [], "TreeDef(null)"],
  ["undefined", undefined, [], "TreeDef(null)"],
  ["a list", [1, [2, 3]], [1, 2, 3], "TreeDef([*, [*, *]])"],
  ["an empty list", [], [], "TreeDef([])"],
  ["an object, keys sorted", { b: 1, a: 2 }, [2, 1], 'TreeDef({"a": *, "b": *})'],
  ["null inside", { a: null, b: [1, null] }, [1], 'TreeDef({"a": null, "b": [*, null]})'],
  ["a registered class", new Point(1, [2, 3]), [1, 2, 3], "TreeDef(Point(*, [*, *]))"],
  ["an object without prototype", Object.assign(Object.create(null), { a: 1 }), [1], 'TreeDef({"a": *})'],
];

describe("flatten and unflatten", () => {
  it.each(trees)("%s", (_, tree, leaves, text) => {
    const [got, def] = treeFlatten(tree);
    expect(got).toEqual(leaves);
    expect(String(def)).toBe(text);
    expect(def.numLeaves).toBe(leaves.length);
    expect(treeUnflatten(def, got)).toEqual(tree ?? null);
    expect(def.equals(treeStructure(treeUnflatten(def, got)))).toBe(true);
  });

  it("typed arrays, functions, text, dates and unregistered instances are leaves", () => {
    const leaves = [new Float64Array(2), () => 1, "text", new Date(0), new Unregistered(), true, 3n];
    expect(treeLeaves(leaves)).toEqual(leaves);
  });

  it("isLeaf cuts a tree", () => {
    expect(treeLeaves({ a: [1, 2], b: [3] }, Array.isArray)).toEqual([[1, 2], [3]]);
    expect(treeLeaves([null, 1], (x) => x === null)).toEqual([null, 1]);
  });

  it("the wrong number of leaves is an error", () => {
    expect(() => treeUnflatten(treeStructure([1, 2]), [1])).toThrow(
      "treeUnflatten: the structure TreeDef([*, *]) has 2 leaves; got 1.",
    );
  });

  it("an own key named __proto__ is data, and changes no prototype", () => {
    const tree = JSON.parse('{"__proto__": 1, "constructor": 2, "toString": 3}') as Record<string, number>;
    const out = treeMap((x: number) => x * 10, tree, []) as Record<string, number>;
    expect(Object.getPrototypeOf(out)).toBe(Object.prototype);
    expect(Object.keys(out).sort()).toEqual(["__proto__", "constructor", "toString"]);
    expect(Object.getOwnPropertyDescriptor(out, "__proto__")!.value).toBe(10);
    expect(({} as Record<string, unknown>).x).toBeUndefined();
  });

  it("numeric keys keep sorted text order, as JSON keys do in JAX", () => {
    expect(treeLeaves({ 10: "ten", 9: "nine" })).toEqual(["ten", "nine"]);
  });
});

describe("structures", () => {
  it("differ by class, auxiliary data, keys and length", () => {
    const same = (a: unknown, b: unknown): boolean => treeStructure(a).equals(treeStructure(b));
    expect(same(new Point(1, 2), new Point(3, 4))).toBe(true);
    expect(same(new Point(1, 2, "m"), new Point(3, 4, "km"))).toBe(false);
    expect(same({ a: 1 }, { b: 1 })).toBe(false);
    expect(same([1], [1, 2])).toBe(false);
    expect(same([], {})).toBe(false);
    expect(same(null, [])).toBe(false);
  });

  it("a class is registered once", () => {
    const node = { flatten: () => ({ children: [], aux: null }), unflatten: () => new Point(0, 0) };
    expect(() => registerPytreeNode(Point, node)).toThrow(TreeError);
  });
});

describe("key paths", () => {
  it("name where a leaf stands", () => {
    const tree = { layers: [{ w: 1, "b-1": 2 }], at: new Point(3, [4]) };
    expect(treeFlattenWithPath(tree)[0].map(([path, leaf]) => `${keystr(path)} = ${String(leaf)}`)).toEqual([
      ".at.x = 3",
      ".at.y[0] = 4",
      '.layers[0]["b-1"] = 2',
      ".layers[0].w = 1",
    ]);
  });

  it("say where two structures first differ", () => {
    const explain = (a: unknown, b: unknown): string | null =>
      explainTreeMismatch(treeStructure(a), treeStructure(b));
    expect(explain([1], [2])).toBeNull();
    expect(explain({ a: [1, 2] }, { a: [1] })).toBe("at .a: expected a list of 2, got a list of 1");
    expect(explain({ a: 1 }, { b: 1 })).toBe(
      "at the root: expected an object with keys {a}, got an object with keys {b}",
    );
    expect(explain([new Point(1, 2)], [new Point(1, [2])])).toBe(
      "at [0].y: expected a leaf, got a list of 1",
    );
  });

  it("are named by a wrong tree given to treeMap", () => {
    expect(() => treeMap((x: number, y: number) => x + y, { a: [1, 2] }, [{ a: [1] }])).toThrow(
      "treeMap: tree 2.a: expected a list of 2, got a list of 1.",
    );
  });
});

describe("prefixes", () => {
  it("spread over subtrees", () => {
    expect(broadcastPrefix([0, null], [{ a: 1, b: 2 }, [3]], "inAxes")).toEqual([0, 0, null]);
    expect(broadcastPrefix(7, [], "x")).toEqual([]);
  });
  it("of another structure are errors", () => {
    expect(() => broadcastPrefix([0, [1, 2]], [1, [3]], "inAxes")).toThrow(
      "inAxes[1]: a list of 2 was given for a list of 1",
    );
  });
});

describe("trees of registered classes go through transformations", () => {
  it("grad", () => {
    const f = (p: Point): NDArray => lax.mul(p.x as NDArray, lax.square(p.y as NDArray));
    const g = grad(f as (p: never) => NDArray)(
      new Point(array([], [2]), array([], [3])) as never,
    ) as unknown as Point;
    expect(g).toBeInstanceOf(Point);
    expect([value(g.x as NDArray), value(g.y as NDArray), g.unit]).toEqual([9, 12, "m"]);
  });
});
