/** @file Tracing: nesting without confusion, closures, leaks, host control flow, deep programs. */
import { describe, expect, it } from "vitest";
import {
  checkpoint,
  grad,
  hessian,
  jacfwd,
  jvp,
  linearize,
  makeJaxpr,
  vjp,
  vmap,
} from "../../src/api/index.ts";
import type { NDArray } from "../../src/core/array.ts";
import { jaxprAsFun } from "../../src/core/jaxpr/eval.ts";
import { UnexpectedTracerError } from "../../src/base/errors.ts";
import * as lax from "../../src/lax/index.ts";
import { array, flat, value } from "../util/arrays.ts";

const { add, cos, exp, mul, neg, sin, square } = lax;
type A = NDArray;
const sum = (x: A): A => lax.reduceSum(x, [0]);

/** d/dx by each mode, as a function that can be nested. */
const derivatives: Readonly<Record<string, (f: (x: A) => A) => (x: A) => A>> = {
  grad: (f) => grad(f),
  jvp: (f) => (x) => jvp(f, [x], [array([], [1])])[1],
  vjp: (f) => (x) => vjp(f, [x])[1](1)[0],
  linearize: (f) => (x) => linearize(f, [x])[1](1),
  jacfwd: (f) => jacfwd(f),
  "jvp of checkpoint": (f) => (x) => jvp(checkpoint(f), [x], [1])[1],
};

describe("perturbation confusion", () => {
  for (const [outer, dOuter] of Object.entries(derivatives)) {
    for (const [inner, dInner] of Object.entries(derivatives)) {
      it(`d/dx x·(d/dy (x + y)) is 1: ${outer} of ${inner}`, () => {
        const f = (x: A): A => mul(x, dInner((y) => add(x, y))(array([], [2])));
        expect(value(dOuter(f)(array([], [5])))).toBe(1);
      });
      it(`d/dx (x·d/dy (x·y²)) is 4xy: ${outer} of ${inner}`, () => {
        const f = (x: A): A => mul(x, dInner((y) => mul(x, square(y)))(array([], [3])));
        expect(value(dOuter(f)(array([], [2])))).toBe(24);
      });
      it(`the inner function is differentiated at the outer variable: ${outer} of ${inner}`, () => {
        // d/dx [d/dy (x·y³) at y = x] = d/dx 3x³ = 9x².
        const f = (x: A): A => dInner((y) => mul(x, mul(y, square(y))))(x);
        expect(value(dOuter(f)(array([], [2])))).toBe(36);
      });
    }
  }

  it("Siskind and Pearlmutter's example in the batched form", () => {
    const f = (x: A): A => sum(vmap((y: A) => grad((z: A) => mul(x, mul(z, z)))(y))(array([2], [1, 2])));
    expect(value(grad(f)(7))).toBe(6);
  });
});

describe("closures over outer tracers", () => {
  it("of every transformation in every other", () => {
    const x = array([2], [1, 2]);
    const y = array([], [3]);
    expect(flat(vmap((a: A) => grad((b: A) => mul(a, square(b)))(y))(x))).toEqual([6, 12]);
    expect(value(grad((b: A) => sum(vmap((a: A) => mul(a, square(b)))(x)))(y))).toBe(18);
    expect(
      value(
        grad((b: A) =>
          value1(
            makeJaxpr((a: A) => mul(a, b)),
            5,
          ),
        )(y),
      ),
    ).toBe(5);
    expect(flat(vmap((a: A) => vmap((c: A) => mul(a, c))(x))(x))).toEqual([1, 2, 2, 4]);
    expect(value(grad((b: A) => linearize((a: A) => mul(a, b), [2])[1](1))(y))).toBe(1);
    expect(value(grad((b: A) => checkpoint((a: A) => mul(a, square(b)))(2))(y))).toBe(12);
  });

  /** Evaluates a staged function whose constants are tracers. */
  function value1(staged: (x: number) => ReturnType<ReturnType<typeof makeJaxpr>>, x: number): A {
    const closed = staged(x);
    return jaxprAsFun(closed)([array([], [x])])[0];
  }
});

describe("host control flow on concrete values", () => {
  const abs = (x: A): A => (lax.lt(x, 0).item<boolean>() ? neg(x) : x);
  const powerLoop = (x: A): A => {
    let y = x;
    while (lax.lt(y, 100).item<boolean>()) y = mul(y, x);
    return y;
  };
  it("works under grad, jvp, linearize, vjp and their nestings", () => {
    for (const d of Object.values(derivatives).slice(0, 5)) {
      expect(value(d(abs)(array([], [-2])))).toBe(-1);
      expect(value(d(powerLoop)(array([], [5])))).toBe(75);
    }
    expect(value(jvp(abs, [-2], [1])[1])).toBe(-1);
    expect(value(hessian(powerLoop)(5))).toBe(30);
    expect(value(grad(grad(grad(powerLoop)))(5))).toBe(6);
  });
  it("is an error under vmap and makeJaxpr, where there is no one value", () => {
    expect(() => vmap(abs)(array([2], [1, 2]))).toThrow("a traced value has no number here");
    expect(() => makeJaxpr(abs)(1)).toThrow("a traced value has no number here");
  });
});

describe("leaked tracers", () => {
  const transformations: Readonly<Record<string, (f: (x: A) => A) => unknown>> = {
    grad: (f) => grad(f)(1),
    jvp: (f) => jvp(f, [1], [1]),
    vjp: (f) => vjp(f, [1]),
    linearize: (f) => linearize(f, [1]),
    vmap: (f) => vmap(f)(array([2], [1, 2])),
    makeJaxpr: (f) => makeJaxpr(f)(1),
    checkpoint: (f) => checkpoint(f)(1),
  };
  for (const [name, run] of Object.entries(transformations)) {
    it(`of ${name} are errors that name it`, () => {
      let leaked: A | null = null;
      run(function secret(x) {
        leaked = mul(x, 2);
        return leaked;
      });
      let error: unknown;
      try {
        add(leaked!, 1);
      } catch (e) {
        error = e;
      }
      expect(error).toBeInstanceOf(UnexpectedTracerError);
      expect((error as Error).message).toContain(`outlived ${name}(secret)`);
      expect((error as Error).message).toContain("tracing.test.ts");
    });
    it(`of ${name} are errors inside another transformation too`, () => {
      let leaked: A | null = null;
      run((x) => (leaked = x));
      expect(() => grad((x: A) => mul(x, leaked!))(1)).toThrow(UnexpectedTracerError);
      expect(() => makeJaxpr((x: A) => mul(x, leaked!))(1)).toThrow(UnexpectedTracerError);
    });
  }
  it("a function that throws leaves no trace in force", () => {
    expect(() =>
      grad((x: A): A => {
        vmap((_y: A): A => {
          throw new RangeError("mine");
        })(array([2], [1, 2]));
        return x;
      })(1),
    ).toThrow("mine");
    expect(value(add(1, 2))).toBe(3);
  });
});

describe("deep programs", () => {
  const n = 20_000;
  const chain = (x: A): A => {
    let y = x;
    for (let i = 0; i < n; i++) y = i % 2 === 0 ? mul(y, 1.0001) : add(y, 1e-6);
    return y;
  };
  it("of 20 000 equations trace, print, evaluate and differentiate without overflowing the stack", () => {
    const closed = makeJaxpr(chain)(1);
    expect(closed.jaxpr.eqns).toHaveLength(n);
    expect(String(closed).split("\n")).toHaveLength(n + 2);
    const [out] = jaxprAsFun(closed)([array([], [1])]);
    const slope = 1.0001 ** (n / 2);
    expect(value(out)).toBe(value(chain(array([], [1]))));
    expect(value(jvp(chain, [1], [1])[1])).toBeCloseTo(slope, 10);
    expect(value(grad(chain)(1))).toBeCloseTo(slope, 10);
    expect(makeJaxpr(grad(chain))(1).jaxpr.eqns.length).toBeLessThanOrEqual(2 * n);
  });
  it("differentiated twice grow linearly", () => {
    const f = (m: number) => (x: A) => {
      let y = x;
      for (let i = 0; i < m; i++) y = sin(mul(y, x));
      return y;
    };
    const size = (m: number): number => makeJaxpr(grad(grad(f(m))))(0.5).jaxpr.eqns.length;
    const [a, b, c] = [size(50), size(100), size(150)];
    expect(c - b).toBe(b - a);
  });
  it("keep one derivative of shared values: no expression swell", () => {
    const f = (x: A): A => {
      let y = x;
      for (let i = 0; i < 40; i++) y = mul(y, y);
      return y;
    };
    expect(makeJaxpr(grad(f))(1).jaxpr.eqns.length).toBeLessThan(200);
    expect(value(grad(f)(1))).toBe(2 ** 40);
  });
});

describe("higher derivatives", () => {
  it("of exp and sin, to the sixth order, by any succession of modes", () => {
    let f: (x: A) => A = (x) => mul(exp(x), sin(x));
    const modes = Object.values(derivatives);
    // (eˣ sin x)'''' = −4 eˣ sin x
    for (let i = 0; i < 4; i++) f = modes[i % modes.length](f);
    expect(value(f(array([], [0.3])))).toBeCloseTo(-4 * Math.exp(0.3) * Math.sin(0.3), 12);
    let g: (x: A) => A = cos;
    for (let i = 0; i < 6; i++) g = grad(g);
    expect(value(g(array([], [0.3])))).toBeCloseTo(-Math.cos(0.3), 14);
  });
});
