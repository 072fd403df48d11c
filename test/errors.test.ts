/** @file Errors users meet: class, exact text (the table in test/error-messages.ts), and the line of their own code. */
import { describe, expect, it } from "vitest";
import {
  type Array as NDArray,
  customJvp,
  customVjp,
  config,
  errors,
  grad,
  hessian,
  jacfwd,
  jvp,
  lax,
  linearTranspose,
  makeJaxpr,
  numpy as np,
  stopGradient,
  tree,
  valueAndGrad,
  vjp,
  vmap,
} from "../src/index.ts";
import { messages } from "./error-messages.ts";

type A = NDArray;
const m = np.ones([2, 3]);
const v = np.ones([3]);
const n = np.array([1], { dtype: "int32" });

/** A traced value where JavaScript takes it for a number. */
const asNumber = (x: A): number => x as unknown as number;
const untyped = <T = never>(x: unknown): T => x as T;

const cases: Readonly<Record<string, () => unknown>> = {
  // Shapes and dtypes.
  "lax operands of different shapes": () => lax.add(m, v),
  "shapes that do not broadcast": () => np.add(m, np.ones([4])),
  "lax operands of different dtypes": () => lax.add(v, v.astype("float32")),
  "arithmetic on booleans": () => lax.add(v.greater(0), v.greater(0)),
  "sine of integers in lax": () => lax.sin(n),
  "dot of shapes that do not fit": () => np.dot(m, m),
  "matmul of shapes that do not fit": () => np.matmul(m, m),
  "concatenation of shapes that differ": () => lax.concatenate([m, np.ones([3, 3])], 1),
  "reshape to another size": () => lax.reshape(m, [4]),
  "reshape with a −1 that does not divide": () => np.reshape(m, [-1, 4]),
  "a permutation that is none": () => lax.transpose(m, [0, 0]),
  "an axis out of range": () => np.sum(m, 5),
  "an axis named twice": () => np.sum(m, { axis: [0, 0] }),
  "a dtype that is none": () => np.zeros([2], { dtype: untyped("float") }),
  "a negative size": () => np.zeros([-1]),
  "integers to a negative power": () => lax.integerPow(n, -1),
  "a fractional integerPow": () => lax.integerPow(v, 0.5),
  "topK of too many": () => lax.topK(v, 4),
  "argmax of nothing": () => lax.argmax(np.zeros([0]), 0),

  // Options.
  "an unknown option of a function": () => np.sum(m, { axes: 0 } as never),
  "an unknown option of grad": () => grad((x: A) => x, { argnum: 0 } as never),
  "an unknown option of vmap": () => vmap((x: A) => x, 0, untyped({ outAxis: 0 })),
  "an unknown setting": () => config.update(untyped({ foo: 1 })),

  // Static indices.
  "indexInDim out of bounds": () => lax.indexInDim(m, 5, 0),
  "a slice out of bounds": () => lax.slice(m, [0, 0], [3, 3]),
  "x.slice(i) out of bounds": () => m.slice(5),
  "a dynamic slice that is too large": () => lax.dynamicSlice(m, [0, 0], [3, 3]),
  "a fractional start": () => lax.dynamicSlice(m, [0.5, 0], [1, 1]),

  // What grad accepts.
  "grad of a vector": () => grad((x: A) => x.mul(2))(v),
  "grad of a tuple": () => grad((x: A) => [x, x])(1),
  "grad with respect to integers": () => grad((x: A) => x)(n),
  "grad with respect to integers in a tree": () => grad((p: { w: A; n: A[] }) => p.w.sum())({ w: v, n: [n] }),
  "grad of an integer": () => grad((x: A) => x.astype("int32"))(1),
  "argnums beyond the arguments": () => grad((x: A) => x, 1 as never)(1),
  "fractional argnums": () => grad((x: A) => x, 0.5 as never),
  "jacfwd of integers": () => jacfwd((x: A) => x.astype("int32"))(1),

  // What functions return.
  "a missing return": () =>
    grad(function loss(x: A) {
      x.mul(2);
    })(1),
  "a missing return with hasAux": () =>
    valueAndGrad((x: A) => untyped<[A, A]>(void x.mul(2)), { hasAux: true })(1),
  "hasAux without aux": () => grad((x: A) => untyped<[A, A]>(x), { hasAux: true })(1),
  "a promise": () => grad(async (x: A) => Promise.resolve(x))(1),
  "text in the result": () => vmap((_x: A) => ({ a: "text" }))(v),

  // What functions take.
  "text as argument": () => grad((x: A) => x)(untyped("text")),
  "text in a tree of arguments": () => jvp((p: { w: A }) => p.w, [{ w: untyped("a") }], [{ w: 1 }]),
  "undefined as operand": () => lax.sin(untyped(undefined)),
  "a list as operand": () => lax.sin(untyped([1, 2])),
  "a list as operand of a method": () => v.add(untyped([1, 2, 3])),
  "null as operand": () => lax.sin(untyped(null)),

  // Trees and tangents.
  "a tangent of another shape": () => jvp((x: A) => x, [v], [m]),
  "a tangent of another structure": () => jvp((p: { w: A[] }) => p.w, [{ w: [v, v] }], [{ w: [v] }]),
  "a tangent of another dtype": () => jvp((x: A) => x, [v], [v.astype("float32")]),
  "a tangent too few": () => jvp((x: A, _y: A) => x, [1, 2], untyped([1])),
  "primals that are no list": () => jvp((x: A) => x, untyped(v), untyped(v)),
  "a cotangent of another structure": () => vjp((x: A) => ({ y: x }), [v])[1](untyped({ z: v })),
  "a cotangent of another shape": () => vjp((x: A) => x, [v])[1](1),
  "trees of different structures": () => tree.map((a: A, _b: A) => a, { a: 1 }, untyped({ b: 1 })),

  // JavaScript's operators on traced values.
  "x * x": () => grad((x: A) => untyped<A>(asNumber(x) * asNumber(x)))(3),
  "Math.sin(x)": () => grad((x: A) => untyped<A>(Math.sin(asNumber(x))))(3),
  "if (x > 0)": () => vmap((x: A) => (asNumber(x) > 0 ? x : x.neg()))(v),
  "JSON.stringify(x)": () => grad((x: A) => untyped<A>(JSON.stringify(x)))(3),
  "x.item()": () => grad((x: A) => x.mul(x.item()))(3),
  "x.js()": () => vmap((x: A) => untyped<A>(x.js()))(v),
  "x.dataSync()": () => makeJaxpr((x: A) => x.dataSync())(v),
  "iteration over a scalar": () => grad((x: A) => [...x][0])(3),

  // Leaks.
  "a leaked tracer": () => {
    const kept: A[] = [];
    grad(function secret(x: A) {
      kept.push(x);
      return x;
    })(1);
    return kept[0].add(1);
  },
  "an array used after dispose": () => {
    const x = np.ones([2]);
    untyped<{ dispose(): void }>(x).dispose();
    return x.add(1);
  },

  // vmap.
  "an axis name that nobody binds": () => lax.psum(1, "i"),
  "outAxes null for results that differ": () => vmap((x: A) => x, 0, { outAxes: null })(v),
  "vmap over a scalar": () => vmap((x: A) => x)(3),
  "vmap over axes of different sizes": () => vmap((x: A, y: A) => x.add(y))(v, np.ones([2])),
  "vmap over nothing": () => vmap((x: A) => x, null)(v),
  "vmap over an axis out of range": () => vmap((x: A) => x, 3)(v),
  "inAxes for more arguments": () => vmap((x: A) => x, [0, 0])(v),
  "inAxes of another structure": () => vmap((xs: A[]) => xs, [[0, 1]])([v]),

  // Custom rules.
  "customJvp without a rule": () => grad(customJvp((x: A) => x))(1),
  "a jvp rule that returns no pair": () => grad(customJvp((x: A) => x).defJvp(() => 1))(1),
  "a tangent of a rule of another shape": () =>
    grad(customJvp((x: A) => x).defJvp(([x]: [A]) => [x, np.ones([2])]))(1),
  "a backward rule with too many cotangents": () =>
    grad(
      customVjp((x: A) => x).defVjp(
        (x: A) => [x, null],
        () => [1, 2],
      ),
    )(1),
  "a cotangent of a rule of another shape": () =>
    grad(
      customVjp((x: A) => x.sum()).defVjp(
        (x: A) => [x.sum(), null],
        () => [np.ones([2])],
      ),
    )(v),
  "customVjp in forward mode": () =>
    jvp(
      customVjp((x: A) => x).defVjp(
        (x: A) => [x, null],
        () => [1],
      ),
      [1],
      [1],
    ),
  "linearTranspose of a product": () => linearTranspose((x: A) => x.mul(x), [1])(1),
  "linearTranspose of a sine": () => linearTranspose((x: A) => lax.sin(x), [1])(1),
};

function thrownBy(f: () => unknown): Error & { detail?: string; where?: string | null; code?: string } {
  try {
    f();
  } catch (e) {
    if (e instanceof Error) return e;
  }
  throw new Error("nothing was thrown");
}

describe("messages", () => {
  it.each(Object.entries(cases))("%s", (name, f) => {
    const error = thrownBy(f);
    const got = `${error.constructor.name}: ${error.detail ?? error.message}`;
    // The line differs with every edit of this file.
    expect(got.replaceAll(/\S+errors\.test\.ts(?:\?[^:\s]*)?:\d+:\d+/g, "<line>")).toBe(messages[name]);
  });

  it("all have a case", () => {
    expect(Object.keys(messages).sort()).toEqual(Object.keys(cases).sort());
  });
});

describe("every error", () => {
  it.each(Object.entries(cases))("names the user's line and has a code: %s", (_, f) => {
    const error = thrownBy(f);
    expect(error).toBeInstanceOf(errors.AdjointError);
    // Servers for development add a query.
    expect(error.where).toMatch(/errors\.test\.ts(?:\?[^:]*)?:/);
    expect(error.message).toBe(`${error.detail!}\n  at ${error.where!}`);
    expect(error.code).toMatch(/^[a-z-]+$/);
    expect(error.name).toBe(error.constructor.name);
  });
});

describe("errors inside transformations", () => {
  it("leave the library usable", () => {
    for (const f of Object.values(cases)) thrownBy(f);
    expect(grad((x: A) => x.mul(x))(3).item()).toBe(6);
    expect(vmap((x: A) => x.mul(2))(v).js()).toEqual([2, 2, 2]);
    expect(hessian((x: A) => x.mul(x))(3).item()).toBe(2);
    expect(config.values.defaultFloat).toBe("float64");
  });
  it("stopGradient(x).item() is the way to read a number on purpose under grad", () => {
    expect(grad((x: A) => x.mul(stopGradient(x).item()))(3).item()).toBe(3);
  });
});
