/** @file Collectives under the vmap that names their axis: values, nesting, derivatives, errors. */
import { describe, expect, it } from "vitest";
import { grad, jvp, makeJaxpr, vjp, vmap } from "../../src/api/index.ts";
import type { NDArray } from "../../src/core/array.ts";
import { primitives } from "../../src/core/primitive.ts";
import { bind1 } from "../../src/core/trace.ts";
import type { ArrayTree } from "../../src/core/tree-types.ts";
import { UnboundAxisError } from "../../src/base/errors.ts";
import * as lax from "../../src/lax/index.ts";
import { checkGrads } from "../../src/testing.ts";
import { array, flat, nested, value } from "../util/arrays.ts";

type A = NDArray;
const x = array([3], [1, 2, 4]);
const over = <R>(f: (a: A) => R): ((a: A) => ArrayTree<R>) => vmap(f, 0, { axisName: "i" });
const total = (a: A): A =>
  lax.reduceSum(
    a,
    a.shape.map((_, i) => i),
  );

describe("values", () => {
  it("psum, pmean, pmax, pmin are the same in all lanes", () => {
    expect(flat(over((a) => lax.psum(a, "i"))(x))).toEqual([7, 7, 7]);
    expect(flat(over((a) => lax.pmean(a, "i"))(x))[0]).toBeCloseTo(7 / 3, 15);
    expect(flat(over((a) => lax.pmax(a, "i"))(x))).toEqual([4, 4, 4]);
    expect(flat(over((a) => lax.pmin(a, "i"))(x))).toEqual([1, 1, 1]);
    expect(flat(over((a) => lax.mul(a, lax.psum(a, "i")))(x))).toEqual([7, 14, 28]);
  });
  it("pmean of integers and bool is a float, also where their sum would overflow", () => {
    const mean = over((a) => lax.pmean(a, "i"));
    for (const dtype of ["int8", "uint8", "int32", "uint32", "bool"] as const) {
      const y = mean(array([2], [1, 0], dtype));
      expect(y.dtype).toBe("float64");
      expect(flat(y)).toEqual([0.5, 0.5]);
    }
    expect(flat(mean(array([2], [127, 126], "int8")))).toEqual([126.5, 126.5]);
    expect(mean(array([2], [1, 2], "float32")).dtype).toBe("float32");
    expect(flat(over(() => lax.pmean(array([], [3], "int32"), "i"))(x))).toEqual([3, 3, 3]);
  });
  it("of a value that all lanes share count it once for each", () => {
    expect(flat(over(() => lax.psum(array([], [5]), "i"))(x))).toEqual([15, 15, 15]);
    expect(flat(over(() => lax.psum(1, "i") as unknown as A)(x))).toEqual([3, 3, 3]);
  });
  it("of trees", () => {
    const out = over((a) => lax.psum({ a, b: lax.mul(a, 10) }, "i"))(x);
    expect([flat(out.a), flat(out.b)]).toEqual([
      [7, 7, 7],
      [70, 70, 70],
    ]);
  });
  it("axisIndex and axisSize", () => {
    expect(
      flat(over((a) => lax.add(a, lax.mul(100, lax.convertElementType(lax.axisIndex("i"), "float64"))))(x)),
    ).toEqual([1, 102, 204]);
    expect(over(() => lax.axisIndex("i"))(x).dtype).toBe("int32");
    expect(flat(over((a) => lax.mul(a, lax.axisSize("i")))(x))).toEqual([3, 6, 12]);
  });
  it("allGather, tiled and along another axis", () => {
    const m = nested([
      [1, 2],
      [3, 4],
      [5, 6],
    ]);
    expect(over((a) => lax.allGather(a, "i"))(x).js()).toEqual([
      [1, 2, 4],
      [1, 2, 4],
      [1, 2, 4],
    ]);
    expect(over((a) => lax.allGather(a, "i", { axis: 1 }))(m).shape).toEqual([3, 2, 3]);
    expect(over((a) => lax.allGather(a, "i", { tiled: true }))(m).js<number[][]>()[0]).toEqual([
      1, 2, 3, 4, 5, 6,
    ]);
  });
  it("ppermute sends, lanes without a sender get zeros", () => {
    expect(
      flat(
        over((a) =>
          lax.ppermute(a, "i", [
            [0, 1],
            [1, 2],
            [2, 0],
          ]),
        )(x),
      ),
    ).toEqual([4, 1, 2]);
    expect(flat(over((a) => lax.ppermute(a, "i", [[0, 2]]))(x))).toEqual([0, 0, 1]);
  });
  it("reduce_scatter, the transpose of allGather, sums and splits", () => {
    const p = primitives.get("reduce_scatter")!;
    const m = nested([
      [1, 2, 3],
      [10, 20, 30],
      [100, 200, 300],
    ]);
    expect(flat(over((a) => bind1(p, [a], { axisName: "i", size: 3 }))(m))).toEqual([111, 222, 333]);
  });
});

describe("nested axes", () => {
  const m = nested([
    [1, 2, 3],
    [4, 5, 6],
  ]);
  const both = (f: (a: A) => A): A => vmap(vmap(f, 0, { axisName: "j" }), 0, { axisName: "i" })(m);
  it("are told apart by name", () => {
    expect(both((a) => lax.psum(a, "j")).js()).toEqual([
      [6, 6, 6],
      [15, 15, 15],
    ]);
    expect(both((a) => lax.psum(a, "i")).js()).toEqual([
      [5, 7, 9],
      [5, 7, 9],
    ]);
    expect(flat(both((a) => lax.psum(a, ["i", "j"])))).toEqual([21, 21, 21, 21, 21, 21]);
    expect(flat(both((a) => lax.pmean(a, ["i", "j"])))[0]).toBe(3.5);
  });
  it("indices of both", () => {
    const f = (): A => lax.add(lax.mul(10, lax.axisIndex("i")), lax.axisIndex("j"));
    expect(both(f).js()).toEqual([
      [0, 1, 2],
      [10, 11, 12],
    ]);
  });
  it("gather and permute across the outer axis", () => {
    expect(both((a) => total(lax.allGather(a, "i"))).js()).toEqual([
      [5, 7, 9],
      [5, 7, 9],
    ]);
    expect(
      both((a) =>
        lax.ppermute(a, "i", [
          [0, 1],
          [1, 0],
        ]),
      ).js(),
    ).toEqual([
      [4, 5, 6],
      [1, 2, 3],
    ]);
  });
});

describe("derivatives", () => {
  const cases: Readonly<Record<string, (a: A) => A>> = {
    psum: (a) => lax.mul(lax.sin(a), lax.psum(lax.square(a), "i")),
    pmean: (a) => lax.square(lax.sub(a, lax.pmean(a, "i"))),
    pmax: (a) => lax.mul(a, lax.pmax(lax.sin(a), "i")),
    pmin: (a) => lax.mul(a, lax.pmin(lax.square(a), "i")),
    allGather: (a) => lax.mul(a, total(lax.square(lax.allGather(a, "i")))),
    ppermute: (a) =>
      lax.mul(
        a,
        lax.ppermute(lax.sin(a), "i", [
          [0, 1],
          [1, 2],
        ]),
      ),
    axisIndex: (a) => lax.mul(lax.square(a), lax.convertElementType(lax.axisIndex("i"), "float64")),
  };
  for (const [name, f] of Object.entries(cases)) {
    it(`of the whole with ${name} inside`, () => checkGrads((a: A) => over(f)(a), [x]));
    it(`taken in each lane: jvp and vjp with ${name} inside are adjoint`, () => {
      const v = array([3], [0.3, -1, 2]);
      const w = array([3], [1, 0.5, -2]);
      const push = vmap((a: A, t: A) => jvp(f, [a], [t])[1], 0, { axisName: "i" })(x, v);
      const pull = vmap((a: A, ct: A) => vjp(f, [a])[1](ct)[0], 0, { axisName: "i" })(x, w);
      const dot = (p: A, q: A): number => value(total(lax.mul(p, q)));
      expect(dot(push, w)).toBeCloseTo(dot(v, pull), 12);
    });
  }
  it("of psum in each lane add up over lanes, as in JAX", () => {
    expect(flat(over((a) => grad((b: A) => lax.psum(b, "i"))(a))(x))).toEqual([3, 3, 3]);
  });
});

describe("errors", () => {
  it("an unknown axis is named with those that exist", () => {
    expect(() => lax.psum(1, "i")).toThrow(UnboundAxisError);
    expect(() => lax.psum(1, "i")).toThrow(
      "psum: no enclosing vmap binds the axis name 'i' (none are bound)",
    );
    expect(() => over((a) => lax.psum(a, "k"))(x)).toThrow("(bound: 'i')");
    expect(() => over(() => lax.axisIndex("k"))(x)).toThrow(UnboundAxisError);
  });
  it("an axis is bound inside its vmap only", () => {
    expect(() => vmap((a: A) => a, 0, { axisName: "i" })(x) && lax.axisSize("i")).toThrow(UnboundAxisError);
    const leaky = over((): A => {
      throw new RangeError("mine");
    });
    expect(() => leaky(x)).toThrow("mine");
    expect(() => lax.axisSize("i")).toThrow(UnboundAxisError);
  });
  it("a permutation with repeated or wrong lanes", () => {
    expect(() =>
      over((a) =>
        lax.ppermute(a, "i", [
          [0, 1],
          [0, 2],
        ]),
      )(x),
    ).toThrow("ppermute: perm must pair distinct");
    expect(() => over((a) => lax.ppermute(a, "i", [[0, 3]]))(x)).toThrow("in 0 … 2");
  });
  it("collectives print in jaxprs inside", () => {
    const inner = over((a) => {
      expect(String(makeJaxpr((b: A) => lax.psum(b, "i"))(a))).toContain("psum[axisName=i]");
      return a;
    });
    expect(flat(inner(x))).toEqual([1, 2, 4]);
  });
});
