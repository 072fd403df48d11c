/**
 * @file What other libraries of this kind got wrong, one named test each. The broad checks (test/primitives, test/fuzz) cover most
 * of it too; these say in a few lines what must never come back.
 */
import { describe, expect, it } from "vitest";
import {
  type Array as NDArray,
  customJvp,
  grad,
  hessian,
  jacfwd,
  jacrev,
  jvp,
  lax,
  makeJaxpr,
  numpy as np,
  random,
  vjp,
  vmap,
} from "../src/index.ts";
import { checkGrads } from "../src/testing.ts";

type A = NDArray;
const v3 = np.array([1, 2, 3]);
const sum = (x: A): A => x.sum();
const names = (f: (...xs: A[]) => unknown, ...xs: A[]): string[] =>
  makeJaxpr(f)(...xs).jaxpr.eqns.map((e) => e.primitive.name);

describe("reverse mode", () => {
  it("sums the cotangent of a broadcast over axes of size 1 that were expanded", () => {
    const g = grad((x: A) => sum(np.broadcastTo(x, [2, 4, 3]).mul(np.arange(24).reshape([2, 4, 3]))))(
      np.ones([4, 1]),
    );
    expect(g.shape).toEqual([4, 1]);
    expect(g.ravel().js()).toEqual(
      [0, 1, 2, 3].map((i) => [0, 12].reduce((s, o) => s + 3 * (o + 3 * i) + 3, 0)),
    );
  });
  it("sums the cotangents of operands that were broadcast in a product", () => {
    const [gx, gy] = grad((x: A, y: A) => sum(x.mul(y)), [0, 1])(np.ones([2, 1]), np.ones([1, 3]));
    expect([gx.js(), gy.js()]).toEqual([[[3], [3]], [[2, 2, 2]]]);
  });
  it("takes n-ary linear operations of which some operands are constants", () => {
    const c = np.ones([2]);
    const x = np.array([3, 4]);
    checkGrads((a: A) => np.concatenate([c, a, c, a.mul(a)]), [x]);
    checkGrads((a: A) => np.where(np.array([true, false]), a, c), [x]);
    checkGrads((a: A) => np.stack([c, a]), [x]);
    checkGrads((a: A) => lax.pad(c, a.sum(), [[1, 1, 0]]), [x]);
    checkGrads((a: A) => lax.dynamicUpdateSlice(np.zeros([4]), a, [1]), [x]);
    checkGrads((a: A) => lax.clamp(a.min(), np.array([1, 3.5, 9]), a.max()), [x]);
  });
  it("transposes a contraction into contractions, not into a product of m·n·k elements", () => {
    const a = np.ones([40, 50]);
    const b = np.ones([50, 60]);
    const jaxpr = makeJaxpr(grad((x: A, y: A) => sum(np.matmul(x, y)), [0, 1]))(a, b);
    const sizes = jaxpr.jaxpr.eqns.flatMap((e) => e.outputs.map((o) => o.aval.size));
    expect(Math.max(...sizes)).toBeLessThanOrEqual(60 * 50);
    expect(jaxpr.jaxpr.eqns.filter((e) => e.primitive.name === "dot_general").length).toBeGreaterThanOrEqual(
      2,
    );
  });
  it("takes the same argument twice, unused ones, duplicate and constant outputs", () => {
    const [outs, pull] = vjp((x: A, _unused: A) => [x, x, np.array(1)], [2, 3]);
    expect(outs.map(Number)).toEqual([2, 2, 1]);
    expect(pull([1, 10, 100]).map(Number)).toEqual([11, 0]);
    expect(grad((x: A, y: A) => x.mul(y), [0, 1])(3, 3).map(Number)).toEqual([3, 3]);
  });
  it("accumulates in the dtype of the argument, and integers get zeros", () => {
    const half = np.array([1, 2], { dtype: "float16" });
    expect(grad((x: A) => sum(x.astype("float64").mul(2).add(x)))(half).dtype).toBe("float16");
    expect(np.mean(np.array([1, 2], { dtype: "int32" })).item()).toBe(1.5);
    const [, pull] = vjp((x: A, n: A) => x.mul(n.astype("float64")), [v3, np.arange(3)]);
    expect(pull(v3)[1].js()).toEqual([0, 0, 0]);
  });
  it("differentiates again: grad of grad, jvp of grad, grad of jvp", () => {
    const f = (x: A): A => np.exp(np.sin(x));
    const second = (x: number): number => Math.exp(Math.sin(x)) * (Math.cos(x) ** 2 - Math.sin(x));
    expect(grad(grad(f))(0.7).item()).toBeCloseTo(second(0.7), 14);
    expect(jvp(grad(f), [0.7], [1])[1].item()).toBeCloseTo(second(0.7), 14);
    expect(grad((x: A) => jvp(f, [x], [np.array(1)])[1])(0.7).item()).toBeCloseTo(second(0.7), 14);
  });
  it("a custom rule with a select in it, differentiated twice", () => {
    const safe = customJvp((x: A) => np.where(x.greater(0), x.mul(x), 0));
    safe.defJvp(([x]: [A], [t]: [A]) => [safe(x), np.where(x.greater(0), x.mul(2).mul(t), 0)]);
    expect([grad(grad(safe))(3).item(), grad(grad(safe))(-3).item()]).toEqual([2, 0]);
  });
});

describe("values of derivatives at zeros, ties and kinks", () => {
  const at = (f: (x: A) => A, x: number): number => Number(grad(f)(x));
  it("powers", () => {
    expect(at((x) => np.power(x, 2), 0)).toBe(0);
    expect(at((x) => np.power(x, np.array(2)), 0)).toBe(0);
    expect(at((x) => np.power(x, np.array(1)), 0)).toBe(1);
    // x⁰ is 1 everywhere (JAX: NaN, 0·∞).
    expect(at((x) => np.power(x, np.array(0)), 0)).toBe(0);
    expect(at((y) => np.power(np.array(0), y), 2)).toBe(0);
    expect(at((x) => lax.integerPow(x, 3), 0)).toBe(0);
    expect(Number(hessian((x: A) => np.power(x, 2))(0))).toBe(2);
  });
  it("products with zeros", () => {
    expect(grad((x: A) => np.prod(x))(np.array([0, 2, 3])).js()).toEqual([6, 0, 0]);
    expect(grad((x: A) => np.prod(x))(np.array([0, 0, 3])).js()).toEqual([0, 0, 0]);
    expect(grad((x: A) => sum(np.cumprod(x)))(np.array([0, 2, 3])).js()).toEqual([9, 0, 0]);
    const h = hessian((x: A) => np.prod(x))(np.array([0, 0, 3]));
    expect(h.js()).toEqual([
      [0, 3, 0],
      [3, 0, 0],
      [0, 0, 0],
    ]);
  });
  it("JAX's table of conventions", () => {
    const table: Readonly<Record<string, [(x: A) => A, number, number]>> = {
      "maximum(x, 0) at a tie shares": [(x) => np.maximum(x, 0), 0, 0.5],
      "minimum(x, 0) at a tie shares": [(x) => np.minimum(x, 0), 0, 0.5],
      "|x| at 0": [(x) => np.abs(x), 0, 1],
      "sign at 0": [(x) => np.sign(x), 0, 0],
      "sqrt at 0": [(x) => np.sqrt(x), 0, Infinity],
      "floor at a whole number": [(x) => np.floor(x), 1, 0],
      "clip at its lower end": [(x) => lax.clamp(0, x, 1), 0, 0],
      "clip at its upper end": [(x) => lax.clamp(0, x, 1), 1, 0],
      "where chooses": [(x) => np.where(x.greater(0), x.mul(3), x), 0, 1],
      "max of equal elements shares": [(x) => np.max(np.stack([x, np.array(1), x])), 1, 2 / 3],
      "logaddexp of two infinities": [(x) => np.logaddexp(x, np.array(-Infinity)), 0, 1],
    };
    for (const [name, [f, x, want]] of Object.entries(table)) expect(at(f, x), name).toBe(want);
    expect(at((x) => np.arctan2(x, np.array(0)), 0)).toBeNaN();
  });
  it("the first element of a running log-sum-exp has the derivative 1, even of −∞", () => {
    const j = jacfwd((x: A) => lax.cumlogsumexp(x))(np.array([-Infinity, 0]));
    expect(j.js()).toEqual([
      [1, 0],
      [0, 1],
    ]);
  });
});

describe("reductions and sorts", () => {
  const m = np.array([
    [3, 1, 2],
    [4, 6, 5],
  ]);
  it("the tangent of an extremum fits what was reduced, along any axis", () => {
    for (const axis of [0, 1, null]) checkGrads((x: A) => [np.max(x, axis), np.min(x, axis)], [m]);
    checkGrads((x: A) => np.max(x, { axis: 1, keepdims: true }), [m]);
  });
  it("a batched sort gathers tangents along the right axis, and transposes", () => {
    const t = np.array([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    expect(vmap((x: A, dx: A) => jvp((a: A) => np.sort(a), [x], [dx])[1])(m, t).js()).toEqual([
      [2, 3, 1],
      [4, 6, 5],
    ]);
    const g = grad((x: A) => sum(np.sort(x, 0).mul(t)))(m);
    expect(g.js()).toEqual([
      [1, 2, 3],
      [4, 5, 6],
    ]);
  });
  it("an equation of which one output is used keeps the others' owners straight", () => {
    const f = (x: A): A => sum(lax.sortKeyVal(x, x.mul(x))[1].mul(v3));
    expect(grad(f)(np.array([3, 1, 2])).js()).toEqual([18, 2, 8]);
    expect(vmap(f)(np.array([[3, 1, 2]])).js()).toEqual([1 + 8 + 27]);
  });
  it("keepdims keeps axes of size 1, of any axes", () => {
    expect(np.sum(np.ones([2, 3, 4]), { axis: [0, 2], keepdims: true }).shape).toEqual([1, 3, 1]);
    expect(np.sum(np.ones([2, 3]), { keepdims: true }).shape).toEqual([1, 1]);
  });
  it("repeat and tile differ", () => {
    expect(np.repeat(v3, 2).js()).toEqual([1, 1, 2, 2, 3, 3]);
    expect(np.tile(v3, 2).js()).toEqual([1, 2, 3, 1, 2, 3]);
  });
  it("einsum broadcasts what the ellipsis stands for", () => {
    const out = np.einsum("...ij,...jk->...ik", np.ones([5, 1, 2, 3]), np.ones([4, 3, 2]));
    expect(out.shape).toEqual([5, 4, 2, 2]);
  });
});

describe("vmap", () => {
  const lanes = np.arange(6).reshape([2, 3]);
  it("of operands of different rank whose batch axes differ", () => {
    const f = (x: A, y: A): A => x.add(y);
    const x = np.arange(12).reshape([3, 4]);
    const y = np.array([100, 200, 300]);
    expect(vmap(f, [0, 0])(x, y).js()).toEqual([
      [100, 101, 102, 103],
      [204, 205, 206, 207],
      [308, 309, 310, 311],
    ]);
    expect(vmap(f, [1, null])(x, y).shape).toEqual([4, 3]);
    expect(vmap(vmap(f, [0, null]), [null, 0])(y, y).js()).toEqual([
      [200, 300, 400],
      [300, 400, 500],
      [400, 500, 600],
    ]);
  });
  it("of constants, joins, splits, running sums, reads and random numbers", () => {
    expect(vmap((_x: A) => np.array(7))(v3).js()).toEqual([7, 7, 7]);
    expect(vmap((x: A) => np.concatenate([x, v3]))(lanes).shape).toEqual([2, 6]);
    expect(vmap((x: A) => np.split(x, 3)[2])(lanes).js()).toEqual([[2], [5]]);
    expect(vmap((x: A) => np.cumsum(x), 1)(lanes).js()).toEqual([
      [0, 3],
      [1, 5],
      [2, 7],
    ]);
    expect(vmap((x: A, i: A) => np.take(x, i))(lanes, np.array([2, 0], { dtype: "int32" })).js()).toEqual([
      2, 3,
    ]);
    const keys = random.split(random.key(0), 3);
    const drawn = vmap((k: A) => random.normal(k as never, [2]))(keys as unknown as A);
    const one = random.normal((keys as unknown as A).slice(1), [2]);
    expect(drawn.js<number[][]>()[1]).toEqual(one.js());
  });
  it("of jvp and grad closed over other lanes", () => {
    const f = (x: A): A => grad((y: A) => x.mul(y).mul(y))(x);
    expect(vmap(f)(v3).js()).toEqual([2, 8, 18]);
  });
});

describe("caches of compiled equations", () => {
  it("tell weak numbers, dtypes, parameters and shapes apart", () => {
    const x = np.array([1, 2], { dtype: "float32" });
    expect(x.mul(0.5).dtype).toBe("float32");
    expect(x.mul(np.array([0.5])).dtype).toBe("float64");
    expect(lax.add(1, 2).dtype).toBe("float64");
    expect([lax.integerPow(v3, 2).js(), lax.integerPow(v3, 3).js()]).toEqual([
      [1, 4, 9],
      [1, 8, 27],
    ]);
  });
  it("tell parameters apart that JSON does not: NaN, ∞, −∞, −0", () => {
    const numbers = { offsetDims: [], collapsedSliceDims: [0], startIndexMap: [0] };
    const beyond = np.array([[9]], { dtype: "int32" });
    const read = (fillValue: number): unknown =>
      lax.gather(v3, beyond, numbers, [1], { fillValue }).js<number[]>()[0];
    for (const fill of [NaN, Infinity, -Infinity, 0, -0]) expect(read(fill)).toBe(fill);
  });
  it("do not keep random keys or values that functions close over", () => {
    let captured = 1;
    const f = (x: A): A => x.mul(captured);
    expect(f(v3).js()).toEqual([1, 2, 3]);
    captured = 2;
    expect(f(v3).js()).toEqual([2, 4, 6]);
    expect(vmap(f)(v3).js()).toEqual([2, 4, 6]);
    const draw = (seed: number): unknown => random.uniform(random.key(seed), [2]).js();
    expect(draw(0)).not.toEqual(draw(1));
    expect(draw(0)).toEqual(draw(0));
  });
  it("do not mix up functions of one name, or of none", () => {
    const make =
      (k: number): ((x: A) => A) =>
      (x) =>
        x.mul(k);
    expect([2, 3].map((k) => grad(make(k))(1).item())).toEqual([2, 3]);
  });
});

describe("numbers", () => {
  const int = (...xs: number[]): A => np.array(xs, { dtype: "int32" });
  it("exp over- and underflows, tanh and the logistic saturate", () => {
    const x = np.array([-1000, -500, 500, 1000]);
    const [zero, tiny, huge, infinite] = np.exp(x).dataSync();
    expect([zero, infinite]).toEqual([0, Infinity]);
    expect(tiny / Math.exp(-500)).toBeCloseTo(1, 14);
    expect(huge / Math.exp(500)).toBeCloseTo(1, 14);
    expect(np.tanh(x).js()).toEqual([-1, -1, 1, 1]);
    const small = 1 / (1 + huge);
    expect(lax.logistic(x).js()).toEqual([0, small, 1, 1]);
    const slopes = vmap(grad(lax.logistic))(x).dataSync();
    expect([slopes[0], slopes[3]]).toEqual([0, 0]);
    expect(slopes[1] / small).toBeCloseTo(1, 14);
    expect(slopes[2] / small).toBeCloseTo(1, 14);
    expect(vmap(grad(np.tanh))(x).js()).toEqual([0, 0, 0, 0]);
  });
  it("NaN compares with nothing, and wins argmax and argmin", () => {
    const x = np.array([1, NaN, 3]);
    expect(x.less(2).js()).toEqual([true, false, false]);
    expect(x.notEqual(x).js()).toEqual([false, true, false]);
    expect([np.argmax(x).item(), np.argmin(x).item()]).toEqual([1, 1]);
    expect(np.max(x).item()).toBeNaN();
    expect(np.argmax(np.array([NaN, NaN])).item()).toBe(0);
  });
  it("zeros keep their sign, halves round to even", () => {
    expect(np.round(np.array([0.5, 1.5, 2.5, -0.5, -1.5])).js()).toEqual([0, 2, 2, -0, -2]);
    expect(np.array([-0]).mul(1).js()).toEqual([-0]);
    expect(np.array(-0).neg().item()).toBe(0);
  });
  it("integers wrap, divide and leave remainders with the right sign", () => {
    expect(int(2147483647).add(int(1)).js()).toEqual([-2147483648]);
    expect(int(65536, -7).mul(int(65536, 3)).js()).toEqual([0, -21]);
    expect(int(-7, 7).floorDivide(int(2, -2)).js()).toEqual([-4, -4]);
    expect(np.remainder(int(-7, 7), int(2, -2)).js()).toEqual([1, -1]);
    expect(lax.rem(int(-7, 7), int(2, -2)).js()).toEqual([-1, 1]);
    expect(lax.div(int(-7, 7), int(2, -2)).js()).toEqual([-3, -3]);
    expect(np.mod(np.array([-7.5, 7.5]), 2).js()).toEqual([0.5, 1.5]);
  });
  it("jvp of a remainder has its own outputs", () => {
    const [out, t] = jvp((x: A) => np.mod(x, 3), [np.array([7, 8])], [np.array([1, 1])]);
    expect([out.js(), t.js()]).toEqual([
      [1, 2],
      [1, 1],
    ]);
  });
  it("conversions saturate from floats and wrap between integers", () => {
    expect(np.array([300, -5, 1e20, NaN]).astype("uint8").js()).toEqual([255, 0, 255, 0]);
    expect(int(300, -1).astype("uint8").js()).toEqual([44, 255]);
  });
  it("a float32 sum of many elements is right to its last digit", () => {
    const x = np.full([1_000_000], 0.1, { dtype: "float32" });
    expect(x.sum().item()).toBe(Math.fround(Math.fround(0.1) * 1e6));
  });
});

describe("programs", () => {
  it("of many steps neither overflow the stack nor swell", () => {
    const f = (x: A): A => {
      let y = x;
      for (let i = 0; i < 3000; i++) y = np.sin(y).mul(0.999);
      return y;
    };
    expect(() => grad(f)(0.5)).not.toThrow();
    expect(jacrev(f)(0.5).shape).toEqual([]);
    expect(names(grad(f), np.array(0.5)).length).toBeLessThan(5 * 3000);
  });
});
