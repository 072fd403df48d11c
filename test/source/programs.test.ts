/** @file Whole programs, written and run: loops, branches, calls, rules of the user's, random numbers; the same to the bit. */
import { compileFunction } from "node:vm";
import { describe, expect, it } from "vitest";
import {
  type Array,
  grad,
  hessian,
  jacfwd,
  jacrev,
  jvp,
  lax,
  numpy as np,
  random,
  valueAndGrad,
  vjp,
  vmap,
} from "../../src/index.ts";
import { cases, w, xs } from "./cases.ts";
import { type Fn, roundTrip, roundTripOfProgram } from "./module.ts";

describe("written, programs are the same", () => {
  for (const [name, [f, ...args]] of Object.entries(cases)) {
    it(name, () => {
      roundTrip(f, ...args);
    });
    it(`${name}: gradient`, () => {
      roundTrip(valueAndGrad(f as (x: Array) => Array), ...args);
    });
  }
});

// Rules for reverse mode alone; and checkpoints, whose tangents differ in weakness when they are traced again.
const without = ["customVjp", "customGradient", "odeint", "customRoot", "checkpoint"];
const forward = Object.entries(cases).filter(([name]) => !without.includes(name));

describe("tangents and batches of them, too", () => {
  for (const [name, [f, ...args]] of forward) {
    it(`${name}: tangent`, () => {
      roundTripOfProgram((t: Array) => jvp(f as (x: Array) => Array, args as [Array], [t]), np.array(1.25));
    });
  }
  for (const [name, [f]] of Object.entries(cases)) {
    if (name === "foriLoop with a traced bound") continue;
    it(`${name}: batch`, () => {
      roundTrip(vmap(f as (x: Array) => Array), np.array([1.25, 1.5]));
    });
    it(`${name}: batch of gradients`, () => {
      roundTrip(vmap(grad(f as (x: Array) => Array)), np.array([1.25, 1.5]));
    });
  }
});

describe("second derivatives, too", () => {
  for (const name of [
    "scan with a number",
    "scan that keeps few states",
    "whileLoop",
    "cond",
    "foriLoop",
    "jit in jit",
    "checkpoint",
    "softmax",
    "linalg",
  ]) {
    const [f, ...args] = cases[name];
    it(`${name}: of reverse mode`, () => {
      roundTrip(grad(grad(f as (x: Array) => Array)), ...args);
    });
    it(`${name}: forward over reverse`, () => {
      roundTripOfProgram(hessian(f as (x: Array) => Array), ...args);
    });
  }
});

describe("arguments, results and constants", () => {
  it("trees", () => {
    const f = (p: { w: Array; layers: [Array, Array][] }, x: Array) => ({
      out: p.layers.reduce((h, [a, b]) => np.tanh(h.mul(a).add(b)), x.mul(p.w)),
      same: [p.w, null, 3, true],
    });
    const layers: [Array, Array][] = [
      [xs, xs.mul(2)],
      [xs.neg(), np.ones([4])],
    ];
    roundTrip(f, { w: np.array(2), layers }, xs);
    roundTrip(
      jacrev((p: unknown, x: Array) => (f as (...a: unknown[]) => { out: Array })(p, x).out),
      { w: np.array(2), layers },
      xs,
    );
  });
  it("odd keys and names", () => {
    roundTrip((o: { "a-b": Array; class: Array }) => ({ "x y": o["a-b"].add(o.class) }), {
      "a-b": xs,
      class: xs,
    });
    roundTrip((np_: Array, $: Array, function_: Array) => np_.add($).mul(function_), xs, xs, xs);
    roundTrip(compileFunction("return lax.add(np)", ["lax", "np"]) as Fn, xs, xs);
  });
  it("numbers, typed arrays, booleans and BigInts", () => {
    roundTrip((x: Array, n: Array) => x.mul(n), 2.5, 3);
    roundTrip((x: Array) => x.mul(2), new Float32Array([1, 2.5]));
    roundTrip((x: Array, y: Array) => np.where(x, y, y.add(1n)), true, 9007199254740993n);
    roundTrip(([x, y]: [Array, Array]) => x.add(y), [1, np.array(2, "float32")]);
  });
  it("special numbers", () => {
    for (const v of [
      0,
      -0,
      NaN,
      Infinity,
      -Infinity,
      1e300,
      1e-320,
      0.1,
      1 / 3,
      123456789012345680000,
      2 ** 53 + 2,
    ]) {
      roundTrip(
        (x: Array) => [x.mul(v), x.add(np.array(v, "float32")), np.array([v, 1, v]), np.array(v)],
        np.array(1.5),
      );
      roundTrip((x: Array) => x.astype("float32").mul(v), np.array(1.5));
    }
  });
  it("constants of every dtype, small and large", () => {
    for (const dtype of [
      "bool",
      "int8",
      "uint8",
      "int16",
      "uint16",
      "int32",
      "uint32",
      "int64",
      "uint64",
      "float16",
      "bfloat16",
      "float32",
      "float64",
      "complex64",
      "complex128",
    ] as const) {
      for (const shape of [[], [1], [3], [2, 2], [0], [100], [3, 40]]) {
        const size = shape.reduce((a, b) => a * b, 1);
        const constant = np.arange(size).mul(0.37).mul(10).reshape(shape).astype(dtype);
        roundTrip((x: Array) => [constant, np.where(x.greater(0), constant, constant)], np.array(1));
      }
    }
  });
  it("64-bit integers", () => {
    roundTrip(
      (x: Array) =>
        x
          .mul(3n)
          .add(9007199254740993n)
          .sub(np.array([1n, -5n], "int64")),
      np.array([1n, 2n], "int64"),
    );
    roundTrip((x: Array) => x.add(18446744073709551615n), np.array([1n, 2n], "uint64"));
  });
  it("narrow floats", () => {
    for (const dtype of ["float16", "bfloat16", "float32"] as const) {
      roundTrip((x: Array) => np.sin(x).mul(0.1).add(x.sum()), xs.astype(dtype));
      roundTrip(
        grad((x: Array) => np.tanh(x.mul(0.3)).sum()),
        xs.astype(dtype),
      );
    }
  });
  it("keys", () => {
    const key = random.key(7);
    roundTrip((k: random.Key) => random.normal(k, [3]), key);
    roundTrip((k: random.Key) => random.split(k, 3), key);
    roundTrip((k: random.Key) => {
      const [a, b] = random.split(k);
      return [
        random.uniform(a, [2]),
        random.bits(b, [3]),
        random.randint(a, [2], 0, 10),
        random.foldIn(b, 3),
      ];
    }, key);
    roundTrip(
      (k: Array) => [random.normal(k, [3]), random.gamma(k, 2, [2]), random.poisson(k, 3, [2])],
      random.PRNGKey(3),
    );
  });
  it("transformations", () => {
    roundTrip(
      jacfwd((x: Array) => np.sin(x).mul(w)),
      xs,
    );
    roundTrip((x: Array) => vjp((y: Array) => np.sin(y), [x])[1](np.ones([4])), xs);
    roundTrip(vmap(vmap((x: Array) => x.mul(x))), w);
    roundTrip(
      vmap((x: Array) => lax.psum(x, "i").add(lax.axisIndex("i")), 0, { axisName: "i" }),
      xs,
    );
  });
  it("a function without arguments, and one that gives its argument", () => {
    expect(roundTrip(() => np.arange(3))).toContain("np.arange(3");
    roundTrip((x: Array) => x, xs);
    roundTrip((x: Array) => [x, x, 1], 3);
  });
});
