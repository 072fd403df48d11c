/** @file Named groups of operands: lists taken apart, put together, and woven with the tangents of some. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Groups } from "../../src/core/jaxpr/groups.ts";

const scan = new Groups({ consts: 2, carry: 1, xs: 3 });
const operands = ["a", "b", "k", "x", "y", "z"];
const flags = [true, false, true, false, true, true];
const tangents = ["da", "dk", "dy", "dz"];

describe("groups", () => {
  it("split a list in the order of their names", () => {
    expect(scan.split(operands)).toEqual({ consts: ["a", "b"], carry: ["k"], xs: ["x", "y", "z"] });
    expect(() => scan.split(["a"])).toThrow("internal: list of 1 split into 2+1+3");
  });

  it("say of each item whether it is in one of them", () => {
    expect(scan.in("carry")).toEqual([false, false, true, false, false, false]);
    expect(scan.in("xs")).toEqual([false, false, false, true, true, true]);
  });

  it("are smaller for a part of the items", () => {
    expect(scan.where(flags).sizes).toEqual({ consts: 1, carry: 1, xs: 2 });
    expect(scan.where(flags).split(tangents)).toEqual({ consts: ["da"], carry: ["dk"], xs: ["dy", "dz"] });
  });

  it("weave values with the tangents of some", () => {
    const woven = scan.weave(operands, flags, tangents);
    expect(woven).toEqual(["a", "b", "da", "k", "dk", "x", "y", "z", "dy", "dz"]);
    expect(scan.woven(flags).sizes).toEqual({ consts: 3, carry: 2, xs: 5 });
    expect(scan.unweave(woven, flags)).toEqual([operands, tangents]);
  });

  it("unweave what they wove, whatever the sizes", () => {
    const size = fc.nat({ max: 4 });
    fc.assert(
      fc.property(size, size, fc.nat(), (carry, ys, bits) => {
        const groups = new Groups({ carry, ys });
        const values = Array.from({ length: carry + ys }, (_, i) => i);
        const which = values.map((i) => ((bits >> i) & 1) === 1);
        const moving = values.filter((i) => which[i]).map((i) => -i);
        const woven = groups.weave(values, which, moving);
        expect(groups.unweave(woven, which)).toEqual([values, moving]);
        expect(groups.woven(which).split(woven).carry.length).toBe(groups.woven(which).sizes.carry);
      }),
      { seed: 11 },
    );
  });
});
