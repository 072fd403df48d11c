/** @file Derivative rules of the user's, under every transformation: custom_jvp_call, custom_vjp_call, custom_lin. */
import { type CustomVJPPrimal, SymbolicZero } from "../../src/api/rules/symbolic-zero.ts";
import { describe, expect, it } from "vitest";
import {
  checkpoint,
  customGradient,
  customJvp,
  customVjp,
  grad,
  hessian,
  jacfwd,
  jacrev,
  jit,
  jvp,
  linearize,
  makeJaxpr,
  vjp,
  vmap,
} from "../../src/api/index.ts";
import type { NDArray } from "../../src/core/array.ts";
import { jaxprAsFun } from "../../src/core/jaxpr/eval.ts";
import { DifferentiationError } from "../../src/base/errors.ts";
import * as lax from "../../src/lax/index.ts";
import * as np from "../../src/numpy/index.ts";
import { checkGrads } from "../../src/testing.ts";
import { array, flat, value } from "../util/arrays.ts";

const { add, cos, mul, sin, square } = lax;
type A = NDArray;
const v3 = array([3], [1, 2, 3]);
const sum = (x: A): A => lax.reduceSum(x, [0]);

/** sin with a derivative that is marked by a factor of 10. */
const marked = customJvp((x: A) => sin(x));
marked.defJvp(([x]: [A], [t]: [A]) => [marked(x), mul(t, mul(10, cos(x)))]);

const markedVjp = customVjp((x: A) => sin(x));
markedVjp.defVjp(
  (x: A) => [sin(x), x],
  (x: A, ct: A) => [mul(ct, mul(10, cos(x)))],
);

const slope = (x: number): number => 10 * Math.cos(x);

describe("customJvp", () => {
  it("runs the function itself without derivatives", () => {
    expect(value(marked(0.5))).toBe(Math.sin(0.5));
    expect(flat(vmap(marked)(v3))).toEqual([1, 2, 3].map(Math.sin));
  });
  it("takes the rule in both modes", () => {
    expect(value(jvp(marked, [0.5], [1])[1])).toBeCloseTo(slope(0.5), 14);
    expect(value(grad(marked)(0.5))).toBeCloseTo(slope(0.5), 14);
    expect(value(linearize(marked, [0.5])[1](2))).toBeCloseTo(2 * slope(0.5), 14);
    expect(value(vjp(marked, [0.5])[1](3)[0])).toBeCloseTo(3 * slope(0.5), 13);
  });
  it("differentiates the rule for the second order", () => {
    // The rule's cos is differentiated as it is; the value in it by the rule again.
    expect(value(grad(grad(marked))(0.5))).toBeCloseTo(-10 * Math.sin(0.5), 14);
    expect(value(hessian(marked)(0.5))).toBeCloseTo(-10 * Math.sin(0.5), 14);
  });
  it("goes through vmap inside and outside derivatives", () => {
    const want = [1, 2, 3].map(slope);
    flat(vmap(grad(marked))(v3)).forEach((d, i) => expect(d).toBeCloseTo(want[i], 13));
    flat(grad((x: A) => sum(vmap(marked)(x)))(v3)).forEach((d, i) => expect(d).toBeCloseTo(want[i], 13));
    flat(jvp(vmap(marked), [v3], [array([3], [1, 1, 1])])[1]).forEach((d, i) =>
      expect(d).toBeCloseTo(want[i], 13),
    );
    expect(flat(vmap(vmap(grad(marked)))(array([1, 2], [1, 2])))[1]).toBeCloseTo(slope(2), 13);
  });
  it("stays in jaxprs, and its rule with it", () => {
    const closed = makeJaxpr(marked)(0.5);
    expect(closed.jaxpr.eqns.map((e) => e.primitive.name)).toEqual(["custom_jvp_call"]);
    const back = (x: A): A => jaxprAsFun(closed)([x])[0];
    expect(value(back(array([], [0.5])))).toBe(Math.sin(0.5));
    expect(value(grad(back)(0.5))).toBeCloseTo(slope(0.5), 14);
    expect(flat(vmap(grad(back))(v3))[2]).toBeCloseTo(slope(3), 13);
    expect(makeJaxpr(vmap(marked))(v3).jaxpr.eqns.map((e) => e.primitive.name)).toEqual(["custom_jvp_call"]);
  });
  it("works inside checkpoint", () => {
    expect(value(grad(checkpoint(marked))(0.5))).toBeCloseTo(slope(0.5), 14);
    expect(value(grad(grad(checkpoint((x: A) => square(marked(x)))))(0.5))).toBeCloseTo(
      // d/dx (2·sin·10·cos) where the derivative of the value is 10·cos.
      20 * (10 * Math.cos(0.5) ** 2 - Math.sin(0.5) ** 2),
      12,
    );
  });
  it("with the rule of the function itself changes nothing", () => {
    const f = customJvp((x: A, y: A) => mul(sin(x), y));
    f.defJvp(([x, y]: [A, A], [tx, ty]: [A, A]) => jvp((a: A, b: A) => mul(sin(a), b), [x, y], [tx, ty]));
    checkGrads(f, [0.3, 2]);
    checkGrads((x: A, y: A) => f(mul(x, y), x), [0.3, 2]);
  });
  it("gives integer arguments zero tangents, and symbolic zeros if asked", () => {
    const seen: unknown[] = [];
    const f = customJvp((x: A, y: A) => mul(x, y));
    f.defJvp(
      ([x, y]: [A, A], [tx, ty]: [A, A | SymbolicZero]) => {
        seen.push(ty);
        return [mul(x, y), ty instanceof SymbolicZero ? mul(tx, y) : add(mul(tx, y), mul(x, ty))];
      },
      { symbolicZeros: true },
    );
    expect(value(grad((x: A) => f(x, 3))(2))).toBe(3);
    expect(seen.map(String)).toEqual(["SymbolicZero(f64[])"]);
  });
  it("customVjp shows its forward rule which arguments are differentiated", () => {
    type Primal = CustomVJPPrimal;
    const seen: string[] = [];
    const f = customVjp((p: { a: A; b: A }, n: A) => mul(mul(p.a, p.b), n));
    f.defVjp(
      ({ a, b }: { a: Primal; b: Primal }, n: Primal) => {
        seen.push([a, b, n].map((x) => (x.perturbed ? "1" : "0")).join(""));
        const k = n.value;
        return [a.value.mul(b.value).mul(k), { a: a.value, b: b.value, k }];
      },
      ({ a, b, k }: { a: A; b: A; k: A }, g: A) => [{ a: g.mul(b).mul(k), b: g.mul(a).mul(k) }, null],
      { symbolicZeros: true },
    );
    const n = np.array(2, "int32");
    const inA = (a: A): A => f({ a, b: np.array(3) }, n);
    const inB = (b: A): A => f({ a: np.array(5), b }, n);
    expect(grad(inA)(1).item()).toBe(6);
    expect(jit(grad(inB))(1).item()).toBe(10);
    expect(grad((x: A) => f({ a: x, b: x }, n))(2).item()).toBe(8);
    expect(vmap(grad(inB))(np.array([1, 2])).js()).toEqual([10, 10]);
    expect(grad(jit(inA))(1).item()).toBe(6);
    expect(seen).toEqual(["100", "010", "110", "010", "100"]);
    expect(inA(np.array(1)).item()).toBe(6);
    expect(seen).toHaveLength(5);
  });
  it("defJvps has one rule for each argument, null for none", () => {
    const f = customJvp((x: A, y: A) => mul(x, y)).defJvps(
      (t: A, _out: A, _x: A, y: A) => mul(t, mul(100, y)),
      null,
    );
    expect(grad(f, [0, 1])(2, 3).map(value)).toEqual([300, 0]);
  });
  it("nondiffArgnums hand over functions and options", () => {
    const app = customJvp((f: (x: A) => A, x: A) => f(x), { nondiffArgnums: [0] });
    app.defJvp((f: (x: A) => A, [x]: [A], [t]: [A]) => [f(x), mul(t, 7)]);
    expect(value(grad((x: A) => app(sin, x))(1))).toBe(7);
    expect(value(app(sin, 0))).toBe(0);
  });
  it("takes and gives trees", () => {
    const f = customJvp((p: { a: A; b: A }) => ({ y: mul(p.a, p.b) }));
    f.defJvp(([p]: [{ a: A; b: A }], [t]: [{ a: A; b: A }]) => [
      f(p),
      { y: add(mul(t.a, p.b), mul(p.a, t.b)) },
    ]);
    const g = grad((p: { a: A; b: A }) => f(p).y)({ a: 2, b: 3 });
    expect([value(g.a), value(g.b)]).toEqual([3, 2]);
  });
  it("that closes over a batched value works under vmap", () => {
    const outer = (x: A): A => {
      const f = customJvp((y: A) => mul(x, y));
      f.defJvp(([y]: [A], [t]: [A]) => [f(y), mul(mul(x, 2), t)]);
      return grad(f)(1);
    };
    expect(flat(vmap(outer)(v3))).toEqual([2, 4, 6]);
  });
});

describe("customVjp", () => {
  it("runs the function itself without derivatives", () => {
    expect(value(markedVjp(0.5))).toBe(Math.sin(0.5));
  });
  it("takes the rules in reverse mode", () => {
    expect(value(grad(markedVjp)(0.5))).toBeCloseTo(slope(0.5), 14);
    expect(flat(jacrev(markedVjp)(v3))[0]).toBeCloseTo(slope(1), 13);
  });
  it("is an error in forward mode", () => {
    expect(() => jvp(markedVjp, [0.5], [1])).toThrow(DifferentiationError);
    expect(() => jacfwd(markedVjp)(0.5)).toThrow("has a customVjp rule, which gives reverse mode only");
    expect(() => linearize(markedVjp, [0.5])[1](1)).toThrow(DifferentiationError);
  });
  it("differentiates its rules for the second order", () => {
    expect(value(grad(grad(markedVjp))(0.5))).toBeCloseTo(-10 * Math.sin(0.5), 14);
    // Forward over reverse: the rules are differentiated forwards.
    expect(value(hessian(markedVjp)(0.5))).toBeCloseTo(-10 * Math.sin(0.5), 14);
  });
  it("goes through vmap inside and outside derivatives", () => {
    const want = [1, 2, 3].map(slope);
    flat(vmap(grad(markedVjp))(v3)).forEach((d, i) => expect(d).toBeCloseTo(want[i], 13));
    flat(grad((x: A) => sum(vmap(markedVjp)(x)))(v3)).forEach((d, i) => expect(d).toBeCloseTo(want[i], 13));
  });
  it("sums the cotangents of what lanes share", () => {
    const f = customVjp((x: A, w: A) => mul(x, w));
    f.defVjp(
      (x: A, w: A) => [mul(x, w), [x, w]],
      ([x, w]: [A, A], ct: A) => [mul(ct, w), mul(ct, x)],
    );
    const loss = (x: A, w: A): A => sum(vmap(f, [0, null])(x, w));
    const [gx, gw] = grad(loss, [0, 1])(v3, 2);
    expect([flat(gx), value(gw)]).toEqual([[2, 2, 2], 6]);
  });
  it("stays in jaxprs, and its rules with it", () => {
    const closed = makeJaxpr(markedVjp)(0.5);
    expect(closed.jaxpr.eqns.map((e) => e.primitive.name)).toEqual(["custom_vjp_call"]);
    const back = (x: A): A => jaxprAsFun(closed)([x])[0];
    expect(value(grad(back)(0.5))).toBeCloseTo(slope(0.5), 14);
    expect(flat(vmap(grad(back))(v3))[1]).toBeCloseTo(slope(2), 13);
    expect(makeJaxpr(grad(markedVjp))(0.5).jaxpr.eqns.map((e) => e.primitive.name)).not.toContain(
      "custom_lin",
    );
  });
  it("works inside checkpoint", () => {
    expect(value(grad(checkpoint(markedVjp))(0.5))).toBeCloseTo(slope(0.5), 14);
    expect(value(grad((x: A) => mul(checkpoint((y: A) => markedVjp(sin(y)))(x), 2))(0.5))).toBeCloseTo(
      2 * slope(Math.sin(0.5)) * Math.cos(0.5),
      12,
    );
  });
  it("null cotangents are zeros; residuals may be any tree", () => {
    const f = customVjp((x: A, y: A) => mul(x, y));
    f.defVjp(
      (x: A, y: A) => [mul(x, y), { y, note: "kept", n: 3, none: null }],
      (r: { y: A; note: string; n: number; none: null }, ct: A) => {
        expect([r.note, r.n, r.none]).toEqual(["kept", 3, null]);
        return [mul(ct, r.y), null];
      },
    );
    expect(grad(f, [0, 1])(2, 3).map(value)).toEqual([3, 0]);
  });
  it("nondiffArgnums come first in bwd and in their places in fwd", () => {
    const f = customVjp((scale: number, x: A) => mul(x, scale), { nondiffArgnums: [0] });
    f.defVjp(
      (scale: number, x: A) => [mul(x, scale), null],
      (scale: number, _r: null, ct: A) => [mul(ct, scale * 100)],
    );
    expect(value(grad((x: A) => f(2, x))(1))).toBe(200);
  });
  it("takes cotangents of several outputs, zeros made into arrays", () => {
    const f = customVjp((x: A): [A, A] => [sin(x), cos(x)]);
    f.defVjp(
      (x: A) => [[sin(x), cos(x)], null],
      (_r: null, [a, b]: [A, A]) => [add(a, mul(100, b))],
    );
    expect(value(grad((x: A) => f(x)[1])(0))).toBe(100);
    expect(value(grad((x: A) => add(f(x)[0], f(x)[1]))(0))).toBe(101);
  });
});

describe("rules and values closed over", () => {
  it("a value being differentiated is an error that says what to do", () => {
    const f = (x: A): A => {
      const g = customJvp((y: A) => mul(x, y));
      g.defJvp(([y]: [A], [t]: [A]) => [g(y), mul(x, t)]);
      return g(2);
    };
    expect(() => grad(f)(3)).toThrow("If a custom derivative rule closed over it");
    const staged = (x: A): A => jaxprAsFun(makeJaxpr(() => f(x))())([])[0];
    expect(() => grad(staged)(3)).toThrow("closes over a value that is being differentiated");
  });
});

describe("customGradient", () => {
  it("pairs a value with its pullback", () => {
    const f = customGradient((x: A) => [square(x), (ct: A) => mul(ct, mul(x, 100))] as const);
    expect(value(f(3))).toBe(9);
    expect(value(grad(f)(3))).toBe(300);
    expect(flat(vmap(grad(f))(v3))).toEqual([100, 200, 300]);
    expect(value(grad(grad(f))(3))).toBe(100);
  });
  it("of two arguments returns two cotangents", () => {
    const f = customGradient(
      (x: A, y: A) => [mul(x, y), (ct: A) => [mul(ct, y), mul(ct, mul(x, 10))]] as const,
    );
    expect(grad(f, [0, 1])(2, 3).map(value)).toEqual([3, 20]);
  });
});

describe("rules of several arguments under vmap", () => {
  it("see lanes of tangents that are zero, too", () => {
    const product = customJvp((x: A, y: A) => mul(x, y));
    product.defJvp(([x, y]: [A, A], [tx, ty]: [A, A]) => [product(x, y), add(mul(tx, y), mul(ty, x))]);
    const lanes = vmap((x: A, y: A) => product(x, y));
    expect(flat(jvp((x: A) => lanes(x, v3), [v3], [v3])[1])).toEqual(flat(mul(v3, v3)));
    expect(flat(jacrev((x: A) => lanes(v3, x).sum())(v3))).toEqual(flat(v3));
  });
});
