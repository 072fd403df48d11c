/** @file The transformations on functions of every shape: argument lists, trees, aux, integers, constants, identities. */
import { describe, expect, it } from "vitest";
import {
  closureConvert,
  evalShape,
  grad,
  hessian,
  hvp,
  jacfwd,
  jacrev,
  jvp,
  linearTranspose,
  linearize,
  makeJaxpr,
  stopGradient,
  valueAndGrad,
  vjp,
  vmap,
  ShapeDtypeStruct,
} from "../../src/api/index.ts";
import type { NDArray } from "../../src/core/array.ts";
import * as lax from "../../src/lax/index.ts";
import { array, expectArraysClose, flat, nested, value } from "../util/arrays.ts";

const { add, cos, mul, neg, sin, square, sub } = lax;
const sum = (x: NDArray): NDArray =>
  lax.reduceSum(
    x,
    x.shape.map((_, i) => i),
  );
const v3 = array([3], [1, 2, 3]);
type A = NDArray;

describe("argnums", () => {
  const f = (x: A, y: A, z: A): A => add(mul(x, y), mul(y, z));
  it("one, from the front or the back", () => {
    expect(value(grad(f)(2, 3, 4))).toBe(3);
    expect(value(grad(f, 1)(2, 3, 4))).toBe(6);
    expect(value(grad(f, -1)(2, 3, 4))).toBe(3);
    expect(value(grad(f, { argnums: 2 })(2, 3, 4))).toBe(3);
  });
  it("several, in the order asked for", () => {
    expect(grad(f, [2, 0])(2, 3, 4).map(value)).toEqual([3, 3]);
    expect(grad(f, [1])(2, 3, 4).map(value)).toEqual([6]);
    expect(grad(f, [0, -2])(2, 3, 4).map(value)).toEqual([3, 6]);
  });
  it("of jacobians and hessians", () => {
    const g = (x: A, y: A): A => mul(x, sin(y));
    expectArraysClose(jacfwd(g, 1)(v3, v3), jacrev(g, 1)(v3, v3), 0);
    const blocks = hessian((x: A, y: A) => mul(square(x), y), [0, 1])(3, 5);
    expect(blocks.map((row) => (row as A[]).map(value))).toEqual([
      [10, 6],
      [6, 0],
    ]);
  });
});

describe("hasAux passes data through, arrays unwrapped", () => {
  const f = (x: A): [A, { twice: A; note: string; none: null }] => [
    square(x),
    { twice: mul(x, 2), note: "kept", none: null },
  ];
  const expectAux = (aux: { twice: A; note: string; none: null }): void => {
    expect([value(aux.twice), aux.note, aux.none]).toEqual([6, "kept", null]);
  };
  it("grad", () => {
    const [g, aux] = grad(f, { hasAux: true })(3);
    expect(value(g)).toBe(6);
    expectAux(aux);
  });
  it("valueAndGrad", () => {
    const [[out, aux], g] = valueAndGrad(f, { hasAux: true })(3);
    expect([value(out), value(g)]).toEqual([9, 6]);
    expectAux(aux);
  });
  it("jvp", () => {
    const [out, t, aux] = jvp(f, [3], [1], { hasAux: true });
    expect([value(out), value(t)]).toEqual([9, 6]);
    expectAux(aux);
  });
  it("vjp", () => {
    const [out, pull, aux] = vjp(f, [3], { hasAux: true });
    expect([value(out), ...pull(1).map(value)]).toEqual([9, 6]);
    expectAux(aux);
  });
  it("linearize", () => {
    const [out, push, aux] = linearize(f, [3], { hasAux: true });
    expect([value(out), value(push(2))]).toEqual([9, 12]);
    expectAux(aux);
  });
  it("jacfwd, jacrev, hessian", () => {
    for (const jac of [jacfwd, jacrev]) {
      const [j, aux] = jac(f, { hasAux: true })(3);
      expect(value(j)).toBe(6);
      expectAux(aux);
    }
    const [h, aux] = hessian(f, { hasAux: true })(3);
    expect(value(h)).toBe(2);
    expectAux(aux);
  });
  it("under vmap, aux of a transformation inside is batched too", () => {
    const inner = (x: A): [A, A] => {
      const [g, aux] = grad(f, { hasAux: true })(x);
      return [g, aux.twice];
    };
    expect(vmap(inner)(v3).map(flat)).toEqual([
      [2, 4, 6],
      [2, 4, 6],
    ]);
  });
  it("aux that is being differentiated outside keeps its derivative", () => {
    const outer = (x: A): A => grad(f, { hasAux: true })(x)[1].twice;
    expect(value(grad(outer)(3))).toBe(2);
  });
});

describe("functions of unusual shape", () => {
  it("an argument used twice", () => {
    expect(value(grad((x: A) => mul(x, x))(3))).toBe(6);
    expect(value(grad((x: A) => add(mul(x, x), x))(3))).toBe(7);
    const [, pull] = vjp((x: A) => [x, x, mul(x, 2)], [1]);
    expect(pull([1, 10, 100]).map(value)).toEqual([211]);
  });
  it("the same array given for two arguments", () => {
    const x = array([], [3]);
    expect(grad((a: A, b: A) => mul(a, square(b)), [0, 1])(x, x).map(value)).toEqual([9, 18]);
    expect(value(jvp((a: A, b: A) => mul(a, b), [x, x], [x, 1])[1])).toBe(12);
  });
  it("an argument not used", () => {
    expect(value(grad((_x: A, y: A) => square(y))(1, 2))).toBe(0);
    expect(vjp((_x: A, y: A) => y, [v3, v3])[1](v3).map(flat)).toEqual([
      [0, 0, 0],
      [1, 2, 3],
    ]);
    expect(flat(vmap((_x: A, y: A) => y)(v3, v3))).toEqual([1, 2, 3]);
  });
  it("the identity", () => {
    expect(value(grad((x: A) => x)(5))).toBe(1);
    expect(jvp((x: A) => x, [v3], [v3]).map(flat)).toEqual([
      [1, 2, 3],
      [1, 2, 3],
    ]);
    expect(flat(linearize((x: A) => x, [v3])[1](v3))).toEqual([1, 2, 3]);
    expect(flat(vmap((x: A) => x)(v3))).toEqual([1, 2, 3]);
    expect(flat(linearTranspose((x: A) => x, [v3])(v3)[0])).toEqual([1, 2, 3]);
    expect(String(makeJaxpr((x: A) => x)(v3))).toBe("{ lambda ; a:f64[3]. let in (a,) }");
  });
  it("a constant result", () => {
    expect(value(grad((_x: A) => 7)(5))).toBe(0);
    expect(value(jvp((_x: A) => 7 as unknown as A, [5], [1])[1])).toBe(0);
    expect(flat(vmap((_x: A) => 7 as unknown as A)(v3))).toEqual([7, 7, 7]);
    expect(flat(jacfwd((_x: A) => v3)(5))).toEqual([0, 0, 0]);
    expect(flat(jacrev((_x: A) => v3)(5))).toEqual([0, 0, 0]);
    expect(value(hessian((_x: A) => 7)(5))).toBe(0);
  });
  it("duplicate and mixed outputs", () => {
    const f = (x: A): [A, A, A, A] => {
      const y = sin(x);
      return [y, y, x, array([], [1])];
    };
    const [outs, tangents] = jvp(f, [0], [1]);
    expect(outs.map(value)).toEqual([0, 0, 0, 1]);
    expect(tangents.map(value)).toEqual([1, 1, 1, 0]);
    expect(vmap(f)(v3).map((o) => o.shape)).toEqual([[3], [3], [3], [3]]);
  });
  it("no arguments left to batch, no results", () => {
    expect(flat(vmap(() => v3, [], { axisSize: 2 })())).toEqual([1, 2, 3, 1, 2, 3]);
    expect(vmap((_x: A) => [] as A[])(v3)).toEqual([]);
    expect(jvp((_x: A) => ({}), [v3], [v3])).toEqual([{}, {}]);
  });
  it("null in arguments and results", () => {
    const f = (p: { w: A; b: A | null }): { y: A; extra: null } => ({ y: square(p.w), extra: null });
    const [out, t] = jvp(f, [{ w: 3, b: null }], [{ w: 1, b: null }]);
    expect([value(out.y), out.extra, value(t.y), t.extra]).toEqual([9, null, 6, null]);
    const g = grad((p: { w: A; b: A | null }) => square(p.w))({ w: 3, b: null });
    expect([value(g.w), g.b]).toEqual([6, null]);
  });
});

describe("integers and booleans", () => {
  const n = array([2], [1, 2], "int32");
  it("as arguments have zero tangents", () => {
    const [out, t] = jvp(
      (x: A, k: A) => mul(x, lax.convertElementType(k, "float64")),
      [array([2], [1, 1]), n],
      [array([2], [1, 1]), n],
    );
    expect([flat(out), flat(t)]).toEqual([
      [1, 2],
      [1, 2],
    ]);
    const [, pull] = vjp(
      (x: A, k: A) => mul(x, lax.convertElementType(k, "float64")),
      [array([2], [1, 1]), n],
    );
    const [ctx, ctk] = pull(array([2], [1, 1]));
    expect([flat(ctx), flat(ctk), ctk.shape]).toEqual([[1, 2], [0, 0], [2]]);
  });
  it("as results of jvp and vjp", () => {
    const f = (x: A): [A, A] => [square(x), lax.gt(x, 0)];
    const [outs, ts] = jvp(f, [3], [1]);
    expect([outs[1].item(), value(ts[0])]).toEqual([true, 6]);
    expect(vjp(f, [3])[1]([1, 0])[0].item()).toBe(6);
  });
  it("of arguments are accepted with allowInt", () => {
    const g = grad((x: A, k: A) => mul(x, sum(lax.convertElementType(k, "float64"))), {
      argnums: [0, 1],
      allowInt: true,
    })(2, n);
    expect([value(g[0]), flat(g[1])]).toEqual([3, [0, 0]]);
  });
  it("comparisons inside pass nothing on", () => {
    const f = (x: A): A => lax.select(lax.gt(x, 0), mul(x, 3), neg(x));
    expect(value(grad(f)(2))).toBe(3);
    expect(value(grad(f)(-2))).toBe(-1);
  });
});

describe("tangents", () => {
  it("of weak scalars are weak: numbers adopt the dtype of what they meet", () => {
    const x = array([2], [1, 2], "float32");
    expect(jvp((a: A) => mul(a, 2), [x], [x])[1].dtype).toBe("float32");
    expect(grad((a: A) => sum(mul(a, 0.1)))(x).dtype).toBe("float32");
    expect(grad((a: A) => mul(a, sum(x)))(0.5).dtype).toBe("float64");
  });
  it("of a float16 argument are float16", () => {
    const x = array([2], [1, 2], "float16");
    expect(grad((a: A) => sum(square(a)))(x).aval.short()).toBe("f16[2]");
    expect(linearize(square, [x])[1](x).dtype).toBe("float16");
  });
  it("that are zero stay symbolic: nothing is computed for them", () => {
    const jaxpr = makeJaxpr((x: A, y: A) => grad((a: A) => mul(a, sin(y)))(x))(1, 2);
    expect(jaxpr.jaxpr.eqns.map((e) => e.primitive.name)).toEqual(
      ["sin", "mul"].slice(0, jaxpr.jaxpr.eqns.length),
    );
    const only = makeJaxpr((x: A) => jvp((a: A) => add(stopGradient(sin(a)), 1), [x], [1])[1])(1);
    expect(only.jaxpr.eqns).toHaveLength(0);
  });
});

describe("stopGradient", () => {
  it("has no derivative, and gives numbers to host code under grad", () => {
    expect(value(grad((x: A) => mul(x, stopGradient(x)))(3))).toBe(3);
    expect(value(grad((x: A) => mul(x, stopGradient(x).item()))(3))).toBe(3);
    expect(stopGradient({ a: 1, s: "text" }).a).toMatchObject({ shape: [] });
  });
  it("keeps what vmap maps", () => {
    expect(flat(vmap(grad((x: A) => mul(x, stopGradient(x))))(v3))).toEqual([1, 2, 3]);
  });
});

describe("jacobians and hessians", () => {
  it("agree, and are dense arrays of [...out, ...in]", () => {
    const f = (x: A): A =>
      mul(lax.reshape(x, [1, 3]), nested([[1], [2]]).shape[0] === 2 ? lax.reshape(sin(x), [1, 3]) : x);
    const x = v3;
    expect(jacfwd(f)(x).shape).toEqual([1, 3, 3]);
    jacrev(f)(x)
      .dataSync()
      .forEach((d, i) => expect(d).toBeCloseTo(jacfwd(f)(x).dataSync()[i], 14));
  });
  it("of trees are trees of trees", () => {
    const f = (p: { a: A; b: A[] }): { u: A; v: A } => ({ u: mul(p.a, p.b[0]), v: sum(p.b[1]) });
    const j = jacrev(f)({ a: 2, b: [3, v3] });
    expect(value(j.u.a)).toBe(3);
    expect(value(j.u.b[0])).toBe(2);
    expect(flat(j.v.b[1])).toEqual([1, 1, 1]);
    const k = jacfwd(f)({ a: 2, b: [3, v3] });
    expect(flat(k.v.b[1])).toEqual([1, 1, 1]);
  });
  it("of a quadratic form is the matrix and its transpose", () => {
    const m = nested([
      [1, 2],
      [3, 4],
    ]);
    const q = (x: A): A => lax.dot(x, lax.dot(m, x));
    expect(hessian(q)(array([2], [5, 6])).js()).toEqual([
      [2, 5],
      [5, 8],
    ]);
    expect(flat(hvp(q, [array([2], [5, 6])], [array([2], [1, 0])]))).toEqual([2, 5]);
  });
  it("of empty arguments are empty", () => {
    const empty = array([0], []);
    expect(jacfwd((x: A) => sum(x))(empty).shape).toEqual([0]);
    expect(jacrev((x: A) => sum(x))(empty).shape).toEqual([0]);
    expect(grad((x: A) => sum(x))(empty).shape).toEqual([0]);
  });
});

describe("vmap", () => {
  const m = nested([
    [1, 2, 3],
    [4, 5, 6],
  ]);
  it("takes negative axes, trees of axes, null", () => {
    expect(flat(vmap(sum, -1)(m))).toEqual([5, 7, 9]);
    const f = (p: { w: A; b: A }, x: A): A => add(mul(p.w, x), p.b);
    expect(flat(vmap(f, [{ w: 0, b: null }, 0])({ w: v3, b: 1 }, v3))).toEqual([2, 5, 10]);
    expect(flat(vmap(f, [null, 0])({ w: 2, b: 1 }, v3))).toEqual([3, 5, 7]);
  });
  it("places results with outAxes, also trees", () => {
    const f = (x: A): [A, A] => [x, mul(x, 2)];
    const [a, b] = vmap(f, 0, { outAxes: [0, 1] })(m);
    expect([a.shape, b.shape]).toEqual([
      [2, 3],
      [3, 2],
    ]);
    expect(vmap((x: A) => x, 0, { outAxes: -1 })(m).shape).toEqual([3, 2]);
    expect(value(vmap((_x: A) => array([], [4]), 0, { outAxes: null })(v3))).toBe(4);
  });
  it("nests with swapped axes", () => {
    const outer = vmap(vmap(mul, [null, 0]), [0, null]);
    expect(outer(v3, array([2], [10, 20])).js()).toEqual([
      [10, 20],
      [20, 40],
      [30, 60],
    ]);
    expect(vmap(vmap(sub, [0, null]), [null, 0])(v3, array([2], [10, 20])).js()).toEqual([
      [-9, -8, -7],
      [-19, -18, -17],
    ]);
  });
  it("passes data that is no array to every lane", () => {
    const f = (x: A, mode: string): A => (mode === "neg" ? neg(x) : x);
    expect(flat(vmap(f, [0, null])(v3, "neg"))).toEqual([-1, -2, -3]);
  });
});

describe("staging", () => {
  it("evalShape computes nothing", () => {
    const out = evalShape(
      (x: A, y: A) => ({ z: lax.dot(x, y) }),
      new ShapeDtypeStruct([2, 3], "float32"),
      new ShapeDtypeStruct([3], "float32"),
    );
    expect(out).toEqual({ z: new ShapeDtypeStruct([2], "float32") });
  });
  it("closureConvert makes closed-over tracers arguments", () => {
    const f = (y: A): A => {
      const [converted, consts] = closureConvert((x: A) => mul(x, y), 1);
      expect(consts).toHaveLength(1);
      return converted(3, ...consts);
    };
    expect(value(grad(f)(2))).toBe(3);
    const [plain, none] = closureConvert((x: A) => cos(x), 1);
    expect([value(plain(0)), none]).toEqual([1, []]);
  });
  it("makeJaxpr takes shapes in place of arrays", () => {
    expect(String(makeJaxpr((x: A) => sin(x))(new ShapeDtypeStruct([2], "bfloat16")))).toBe(
      "{ lambda ; a:bf16[2]. let b:bf16[2] = sin a in (b,) }",
    );
  });
});
