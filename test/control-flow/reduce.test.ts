/** @file `lax.reduce` with computations of the user's, beside host loops. */
import { describe, expect, it } from "vitest";
import { grad, jit, makeJaxpr, vmap } from "../../src/api/index.ts";
import * as lax from "../../src/control-flow/lax.ts";
import type { NDArray } from "../../src/core/array.ts";
import { checkGrads } from "../../src/testing.ts";
import { array, expectClose, flat, value } from "../util/arrays.ts";

type A = NDArray;
const { add, mul, sin, sub } = lax;
const x = array([2, 3, 2], [0.1, 0.4, -0.3, 0.8, 0.5, -0.9, 0.7, 0.2, -0.6, 0.3, 0.15, 1.1]);
/** x[i, j, k]. */
const at = (i: number, j: number, k: number): number => flat(x)[i * 6 + j * 2 + k];
const step = (a: number, b: number): number => Math.sin(a) * 0.5 + b * b;
const computation = (a: A, b: A): A => add(mul(sin(a), 0.5), mul(b, b));

describe("reduce", () => {
  it("combines along one axis, along several, and along all, in the order of the elements", () => {
    const middle = [0, 1].flatMap((i) =>
      [0, 1].map((k) => [0, 1, 2].reduce((acc, j) => step(acc, at(i, j, k)), 0.2)),
    );
    const outer = [0, 1, 2].map((j) =>
      [0, 1].flatMap((i) => [0, 1].map((k) => at(i, j, k))).reduce(step, 0.2),
    );
    expectClose(lax.reduce(x, 0.2, computation, [1]), middle, 1e-14);
    expectClose(lax.reduce(x, 0.2, computation, [0, -1]), outer, 1e-14);
    expectClose(lax.reduce(x, 0.2, computation, [0, 1, 2]), [flat(x).reduce(step, 0.2)], 1e-14);
    expectClose(jit((a: A) => lax.reduce(a, 0.2, computation, { dimensions: [1] }))(x), middle, 1e-14);
    expect(flat(lax.reduce(x, 0.2, computation, []))).toEqual(flat(x).map((b) => step(0.2, b)));
    expect(flat(lax.reduce(lax.full([0, 2], 1), 0.2, computation, [0]))).toEqual([0.2, 0.2]);
  });

  it("has derivatives with respect to operands, initial values and what it closes over", () => {
    const f = (a: A, init: A, w: A): A => lax.reduce(a, init, (p, q) => add(mul(sin(p), w), q), [1]);
    checkGrads(f, [x, array([], [0.2]), array([], [0.7])], { order: 2 });
    const whole = (a: A): A => lax.reduce(a, 0.2, computation, [0, 1, 2], { checkpoint: "sqrt" });
    checkGrads(whole, [x], { order: 2 });
    expectClose(
      vmap(grad((a: A) => lax.reduce(a, 1, (p, q) => mul(p, sin(q)), [0, 1])))(x),
      flat(
        lax.concatenate(
          [0, 1].map((i) =>
            grad((a: A) => lax.reduce(a, 1, (p, q) => mul(p, sin(q)), [0, 1]))(
              lax.indexInDim(x, i, 0, false),
            ),
          ),
          0,
        ),
      ),
      1e-14,
    );
  });

  it("combines several operands together: the largest element and its place", () => {
    const values = array([5], [3, 9, 2, 9, 1]);
    const places = array([5], [0, 1, 2, 3, 4], "int32");
    const best = lax.reduce(
      { v: values, i: places },
      { v: -Infinity, i: array([], [-1], "int32") },
      (a: { v: A; i: A }, b: { v: A; i: A }) => {
        const later = lax.gt(b.v, a.v);
        return { v: lax.select(later, b.v, a.v), i: lax.select(later, b.i, a.i) };
      },
      [0],
    );
    expect([value(best.v), value(best.i), best.i.dtype]).toEqual([9, 1, "int32"]);
  });

  it("takes branches inside", () => {
    const f = (a: A): A =>
      lax.reduce(
        a,
        0,
        (p, q) =>
          lax.cond(
            lax.gt(q, 0),
            (u: A, v: A) => add(u, v),
            (u: A, v: A) => sub(u, mul(v, v)),
            p,
            q,
          ),
        [1],
      );
    const want = [0, 1].flatMap((i) =>
      [0, 1].map((k) => [0, 1, 2].map((j) => at(i, j, k)).reduce((p, q) => (q > 0 ? p + q : p - q * q), 0)),
    );
    expectClose(f(x), want, 1e-14);
  });

  it("uses the primitive where there is one, and one loop where there is none", () => {
    const names = (f: (a: A, b: A) => A): string[] =>
      makeJaxpr((a: A) => lax.reduce(a, 1, f, [1]))(x).jaxpr.eqns.map((e) => e.primitive.name);
    expect(names((a, b) => lax.max(a, b))).toContain("reduce_max");
    expect(names((a, b) => mul(a, b))).toContain("reduce_prod");
    expect(names(computation)).toContain("scan");
  });

  it("names what is wrong", () => {
    expect(() => lax.reduce(x, 0, (a: A) => lax.lt(a, 0), [0])).toThrow("reduce: the value returned");
    expect(() => lax.reduce([x, x], 0, (a) => a, [0])).toThrow("as many initial values");
    expect(() => lax.reduce([x, array([1], [0])], [0, 0], (a) => a, [0])).toThrow("one shape");
    expect(() => lax.reduce(x, array([1], [0]), computation, [0])).toThrow("0-dimensional");
    expect(() => lax.reduce(x, 0, computation, [3])).toThrow("reduce");
    expect(() => lax.reduce(x, 0, computation, {})).toThrow("dimensions");
  });
});
