/**
 * @file Loops and branches under every transformation, eager, compiled and interpreted: each program beside the same
 * computation as a host loop, whose derivatives are those of straight-line code.
 */
import { describe, expect, it } from "vitest";
import { grad, jit, vmap } from "../../src/api/index.ts";
import type { NDArray } from "../../src/core/array.ts";
import * as lax from "../../src/control-flow/lax.ts";
import { array } from "../util/arrays.ts";
import { type Pair, describePairs } from "../util/matrix.ts";

type A = NDArray;
const { add, mul, sin, sub } = lax;

const step = (c: A, w: A, k: number): A => add(mul(sin(c), w), 0.1 * k);

const pairs: readonly Pair[] = [
  {
    name: "scan with closed-over tracer, integer carry, unused output",
    program: (x, w) => {
      const [[c], ys] = lax.scan(
        ([a, i]: [A, A], z: A) =>
          [
            [add(mul(sin(a), w), z), add(i, 1)],
            [mul(a, a), i],
          ] as const,
        [x, array([], [0], "int32")],
        array([3], [0, 0.1, 0.2]),
      );
      return add(c, lax.reduceSum(ys[0], [0]));
    },
    plain: (x, w) => {
      let c = x;
      let sum: A = mul(x, 0);
      for (let k = 0; k < 3; k++) {
        sum = add(sum, mul(c, c));
        c = step(c, w, k);
      }
      return add(c, sum);
    },
  },
  {
    name: "reversed scan over xs that depend on the argument",
    program: (x, w) => {
      const xs = mul(array([3], [1, 2, 3]), x);
      return lax.scan((c: A, z: A) => [add(mul(c, w), sin(z)), null] as const, w, xs, { reverse: true })[0];
    },
    plain: (x, w) => {
      let c = w;
      for (const k of [3, 2, 1]) c = add(mul(c, w), sin(mul(x, k)));
      return c;
    },
  },
  {
    name: "scan of no steps",
    program: (x, w) => lax.scan((c: A) => [mul(c, w), null] as const, mul(x, w), null, { length: 0 })[0],
    plain: (x, w) => mul(x, w),
  },
  {
    name: "foriLoop with static bounds and an array carry",
    program: (x, w) => {
      const start = lax.broadcast(x, [2]);
      const out = lax.foriLoop(
        1,
        4,
        (i: A, v: A) => mul(add(v, lax.convertElementType(i, "float64")), w),
        start,
      );
      return lax.reduceSum(mul(out, array([2], [1, 2])), [0]);
    },
    plain: (x, w) => {
      let v = x;
      for (let i = 1; i < 4; i++) v = mul(add(v, i), w);
      return mul(v, 3);
    },
  },
  {
    name: "whileLoop",
    program: (x, w) =>
      lax.whileLoop(
        ([i]: [A, A]) => lax.lt(i, 3),
        ([i, c]: [A, A]) => [add(i, 1), mul(sin(c), w)],
        [array([], [0], "int32"), x],
      )[1],
    plain: (x, w) => {
      let c = x;
      for (let i = 0; i < 3; i++) c = mul(sin(c), w);
      return c;
    },
  },
  {
    name: "cond on a value, its branches closing over the argument",
    program: (x, w) =>
      lax.cond(
        lax.gt(x, 0.5),
        (a: A) => mul(a, w),
        (a: A) => sub(w, sin(a)),
        x,
      ),
    plain: (x, w) => lax.select(lax.gt(x, 0.5), mul(x, w), sub(w, sin(x))),
  },
  {
    name: "switch",
    program: (x, w) =>
      lax.switch(
        lax.convertElementType(mul(x, 3), "int32"),
        [(a: A) => sin(a), (a: A) => mul(a, mul(a, w)), (a: A) => add(a, w)],
        x,
      ),
    plain: (x, w) => {
      const k = lax.clamp(0, lax.convertElementType(mul(x, 3), "int32"), 2);
      return lax.select(lax.eq(k, 0), sin(x), lax.select(lax.eq(k, 1), mul(x, mul(x, w)), add(x, w)));
    },
  },
  {
    name: "cond inside scan",
    program: (x, w) =>
      lax.scan(
        (c: A, z: A) =>
          [
            lax.cond(
              lax.gt(c, z),
              (a: A) => mul(a, w),
              (a: A) => add(sin(a), w),
              c,
            ),
            c,
          ] as const,
        x,
        array([3], [0.2, 0.9, 0.1]),
      )[0],
    plain: (x, w) => {
      let c = x;
      for (const z of [0.2, 0.9, 0.1]) c = lax.select(lax.gt(c, z), mul(c, w), add(sin(c), w));
      return c;
    },
  },
  {
    name: "scan inside scan",
    program: (x, w) =>
      lax.scan(
        (c: A) => [lax.scan((d: A) => [mul(sin(d), w), null] as const, c, null, 2)[0], null] as const,
        x,
        null,
        2,
      )[0],
    plain: (x, w) => {
      let c = x;
      for (let k = 0; k < 4; k++) c = mul(sin(c), w);
      return c;
    },
  },
  {
    name: "associativeScan",
    program: (x, w) => {
      const xs = add(mul(array([5], [1, 2, 3, 4, 5]), x), w);
      return lax.reduceSum(
        lax.associativeScan((a: A, b: A) => mul(a, b), xs),
        [0],
      );
    },
    plain: (x, w) => {
      let product: A = add(x, w);
      let sum = product;
      for (let k = 2; k <= 5; k++) {
        product = mul(product, add(mul(x, k), w));
        sum = add(sum, product);
      }
      return sum;
    },
  },
  {
    name: "map",
    program: (x, w) =>
      lax.reduceSum(
        lax.map((z: A) => sin(mul(z, w)), mul(array([3], [1, 2, 3]), x)),
        [0],
      ),
    plain: (x, w) => [1, 2, 3].map((k) => sin(mul(mul(x, k), w))).reduce((a, b) => add(a, b)),
  },
];

describePairs(pairs);

describe("vmap", () => {
  it("of cond: a branch not taken poisons neither values nor derivatives", () => {
    const f = (x: A): A =>
      lax.cond(
        lax.gt(x, 0),
        (a: A) => lax.log(a),
        (a: A) => mul(a, 0),
        x,
      );
    expect(vmap(f)(array([2], [-1, 1])).js()).toEqual([-0, 0]);
    expect(vmap(grad(f))(array([2], [-1, 2])).js()).toEqual([0, 0.5]);
  });
  it("of whileLoop: each lane stops at its own end", () => {
    const doubled = (x: A): A =>
      lax.whileLoop(
        (c: A) => lax.lt(c, 100),
        (c: A) => mul(c, 2),
        x,
      );
    expect(vmap(doubled)(array([3], [1, 30, 500])).js()).toEqual([128, 120, 500]);
  });
});

describe("errors", () => {
  it("name the leaf of a carry whose type changes", () => {
    const bad = (): unknown =>
      lax.scan((c: { a: A }) => [{ a: lax.lt(c.a, 0) }, null] as const, { a: array([], [1]) }, null, 2);
    expect(bad).toThrow("scan: the carry returned.a has type bool[], but the carry given.a has type f64[]");
  });
  it("of branches that differ", () => {
    expect(() =>
      lax.cond(
        true,
        (x: A) => x,
        (x: A) => lax.broadcast(x, [2]),
        1,
      ),
    ).toThrow("they must be equal");
  });
});

it("compile time does not depend on the number of steps", () => {
  const program = (n: number): number =>
    jit((x: A) => lax.scan((c: A) => [mul(sin(c), 1.01), null] as const, x, null, n)[0])
      .lower(1)
      .compile().source.length;
  expect(Math.abs(program(100_000) - program(10))).toBeLessThan(10);
});
