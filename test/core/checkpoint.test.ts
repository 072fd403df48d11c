/** @file Rematerialisation: the same values and derivatives, without keeping what is inside. */
import { describe, expect, it } from "vitest";
import { checkpoint, grad, hessian, jvp, linearize, makeJaxpr, vjp, vmap } from "../../src/api/index.ts";
import type { NDArray } from "../../src/core/array.ts";
import * as lax from "../../src/lax/index.ts";
import { checkGrads } from "../../src/testing.ts";
import { array, expectArraysClose, flat, value } from "../util/arrays.ts";

const { add, cos, exp, mul, sin } = lax;
type A = NDArray;
const sum = (x: A): A => lax.reduceSum(x, [0]);
const f = (x: A, y: A): A => mul(sin(mul(x, y)), exp(cos(x)));
const x = array([3], [0.1, 0.2, 0.3]);
const y = array([3], [1, 2, 3]);

describe("checkpoint", () => {
  const g = checkpoint(f);
  it("computes what the function computes", () => {
    expect(flat(g(x, y))).toEqual(flat(f(x, y)));
    expect(flat(vmap(g)(x, y))).toEqual(flat(f(x, y)));
    expect(flat(vmap(g, [0, null])(x, 2))).toEqual(flat(f(x, array([], [2]))));
  });
  it("has its derivatives, to any order and in any nesting", () => {
    checkGrads(g, [x, y], { order: 3 });
    checkGrads(
      checkpoint((a: A, b: A) => g(mul(a, b), a)),
      [x, y],
    );
    expectArraysClose(grad((a: A) => sum(g(a, y)))(x), grad((a: A) => sum(f(a, y)))(x), 1e-15);
    expectArraysClose(jvp(g, [x, y], [y, x])[1], jvp(f, [x, y], [y, x])[1], 1e-15);
    expectArraysClose(hessian((a: A) => sum(g(a, y)))(x), hessian((a: A) => sum(f(a, y)))(x), 1e-14);
  });
  it("nests: the value of an inner call is no linear function of the outer tangents", () => {
    const inner = checkpoint((a: A) => mul(sin(a), a));
    const outer = checkpoint((a: A) => add(inner(a), mul(inner(a), cos(a))));
    checkGrads(outer, [x], { order: 3 });
  });
  it("goes through vmap in either order", () => {
    const one = grad((a: A, b: A) => checkpoint(f)(a, b));
    const all = grad((a: A) => sum(checkpoint(vmap(f))(a, y)));
    expectArraysClose(vmap(one)(x, y), all(x), 1e-15);
  });
  it("keeps its arguments alone: sines are computed again in the backward pass", () => {
    const deep = (a: A): A => sin(sin(sin(a)));
    const sines = (h: (a: A) => A): number => {
      const [, pull] = vjp(h, [0.5]);
      const { eqns } = makeJaxpr((ct: A) => pull(ct)[0])(1).jaxpr;
      return eqns.filter((e) => e.primitive.name === "sin").length;
    };
    expect(sines(deep)).toBe(0);
    expect(sines(checkpoint(deep))).toBe(2);
  });
  it("stands in jaxprs as one equation with a body", () => {
    const closed = makeJaxpr(g)(x, y);
    expect(closed.jaxpr.eqns.map((e) => e.primitive.name)).toEqual(["checkpoint"]);
    expect(String(closed)).toContain("checkpoint[");
    expect(String(closed)).toContain("sin");
  });
  it("closes over values being differentiated", () => {
    const h = (a: A): A => checkpoint((b: A) => mul(a, sin(b)))(2);
    expect(value(grad(h)(3))).toBeCloseTo(Math.sin(2), 15);
    expect(value(grad((a: A) => checkpoint((b: A) => mul(a, b))(a))(3))).toBe(6);
  });
  it("takes and gives trees, unused arguments and integer arguments", () => {
    const h = checkpoint((p: { w: A; n: A }, _unused: A) => ({
      out: mul(p.w, lax.convertElementType(p.n, "float64")),
      n: p.n,
    }));
    const n = array([], [4], "int32");
    const out = h({ w: 3, n }, 1);
    expect([value(out.out), out.n.dtype]).toEqual([12, "int32"]);
    expect(value(grad((w: A) => h({ w, n }, 1).out)(3))).toBe(4);
  });
  it("linearize gives a function that may be called again", () => {
    const [, push] = linearize(g, [x, y]);
    const zero = array([3], [0, 0, 0]);
    const both = add(push(y, zero), push(zero, x));
    expectArraysClose(push(y, x), both, 1e-15);
  });
});
