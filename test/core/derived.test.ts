/** @file Programs derived from a jaxpr are made once for each key, and no two are taken for one another. */
import { describe, expect, it } from "vitest";
import { makeJaxpr, numpy as np } from "../../src/index.ts";
import { shaped } from "../../src/core/aval.ts";
import { derived } from "../../src/core/jaxpr/derived.ts";
import type { KeyPart } from "../../src/core/jaxpr/keys.ts";
import { ClosedJaxpr } from "../../src/core/jaxpr/ir.ts";

const program = (): ClosedJaxpr => {
  const { jaxpr, consts } = makeJaxpr((x) => np.sin(x))(1);
  return new ClosedJaxpr(jaxpr, consts);
};

const f = (): number => 1;
const g = (): number => 1;
const [one, other] = [program(), program()];
const aval = shaped([2], "float64");

/** Keys of which no two are equal, though their texts are near each other. */
const distinct: readonly KeyPart[] = [
  true,
  false,
  1,
  0,
  -0,
  NaN,
  "1",
  "true",
  "#0",
  "",
  null,
  undefined,
  [],
  [true],
  [1],
  [[1]],
  [1, 0],
  [10],
  [[1], [0]],
  [[1, 0], []],
  ["1,0"],
  ['1","0'],
  [null],
  {},
  { a: 1 },
  { a: [1] },
  { b: 1 },
  { a: 1, b: 0 },
  { a: "1,b:0" },
  f,
  g,
  one,
  other,
  [one],
  aval,
  shaped([2], "float32"),
];

describe("derived", () => {
  it("makes a program once for each jaxpr and each key", () => {
    let made = 0;
    const count = derived((_, _flags: readonly boolean[], _size: number) => ({ serial: made++ }));
    const first = count(one, [true, false], 3);
    expect(count(one, [true, false], 3)).toBe(first);
    expect(count(one, [true, false], 4)).not.toBe(first);
    expect(count(one, [true, true], 3)).not.toBe(first);
    expect(count(other, [true, false], 3)).not.toBe(first);
    expect(made).toBe(4);
  });

  it("compares plain data by value, and jaxprs, avals and functions by identity", () => {
    const keep = derived((_, _key: KeyPart) => ({}));
    const results = distinct.map((key) => keep(one, key));
    expect(new Set(results).size).toBe(distinct.length);
    distinct.forEach((key, i) => {
      expect(keep(one, key)).toBe(results[i]);
    });
    expect(keep(one, { a: [1] })).toBe(keep(one, { a: [1] }));
    expect(keep(one, shaped([2], "float64"))).toBe(keep(one, aval));
  });

  it("tells derivations apart that have equal keys", () => {
    const [left, right] = [derived((_, _n: number) => ({})), derived((_, _n: number) => ({}))];
    expect(left(one, 1)).not.toBe(right(one, 1));
  });

  it("hands the jaxpr and the key to what makes the program", () => {
    const pair = derived((jaxpr, n: number, name?: string) => ({ jaxpr, n, name }));
    expect(pair(one, 2)).toEqual({ jaxpr: one, n: 2, name: undefined });
    expect(pair(one, 2, "x").name).toBe("x");
  });
});
