/** @file Fixed points and roots against closed forms, their derivatives to second order, lanes, trees, failure. */
import { describe, expect, it } from "vitest";
import { grad, hessian, jacfwd, jacrev, jit, jvp, vmap } from "../../src/api/index.ts";
import type { NDArray } from "../../src/core/array.ts";
import { bisect, fixedPoint, newton } from "../../src/implicit/index.ts";
import * as lax from "../../src/control-flow/lax.ts";
import * as np from "../../src/numpy/index.ts";
import { checkGrads } from "../../src/testing.ts";
import { array, expectClose, flat, nested, value } from "../util/arrays.ts";
import { describePairs } from "../util/matrix.ts";

type A = NDArray;
const { add, div, mul, sub } = lax;

// √a in three ways, with a = 2 + x w².
const inside = (x: A, w: A): A => add(2, mul(x, mul(w, w)));
const plain = (x: A, w: A): A => lax.sqrt(inside(x, w));
describePairs([
  {
    name: "fixedPoint of Heron's iteration, closing over one argument",
    program: (x, w) => {
      const f = ({ a }: { a: A }, y: A): A => mul(0.5, add(y, div(add(2, mul(a, mul(w, w))), y)));
      return fixedPoint(f, { a: x }, 1);
    },
    plain,
    tol: 1e-11,
  },
  {
    name: "newton",
    program: (x, w) => {
      const a = inside(x, w);
      return newton((y: A) => sub(mul(y, y), a), 1);
    },
    plain,
    tol: 1e-11,
  },
  {
    name: "bisect",
    program: (x, w) => {
      const a = inside(x, w);
      return bisect((y: A) => sub(mul(y, y), a), 0, 10);
    },
    plain,
    tol: 1e-11,
  },
]);

describe("fixedPoint", () => {
  it("of a linear system is the system's solution, with its derivatives", () => {
    const m = nested([
      [0.2, 0.3],
      [-0.1, 0.4],
    ]);
    const f = (b: A): A => fixedPoint((c: A, x: A) => np.matmul(m, x).add(c), b, np.zeros([2]));
    // (I − M)⁻¹ = [[0.6, 0.3], [−0.1, 0.8]] / 0.51
    const inverse = [0.6, 0.3, -0.1, 0.8].map((v) => v / 0.51);
    expectClose(f(array([2], [1, 0])), [inverse[0], inverse[2]], 1e-11);
    for (const d of [jacfwd(f), jacrev(f), jit(jacrev(f))])
      expectClose(d(array([2], [1, 2])), inverse, 1e-11);
  });
  it("of a nonlinear map of trees has derivatives to second order", () => {
    const f = (p: A): A => {
      const step = (q: A, { u, v }: { u: A; v: A }): { u: A; v: A } => ({
        u: lax.sin(mul(q, v)),
        v: np.stack([mul(0.3, np.sum(u)), lax.cos(q)]),
      });
      const { u, v } = fixedPoint<A, { u: A; v: A }>(step, p, { u: np.zeros([2]), v: np.ones([2]) });
      return np.sum(np.square(u)).add(np.sum(v));
    };
    checkGrads(f, [array([], [0.7])], { order: 2 });
    expectClose(
      vmap(grad(f))(array([2], [0.7, 0.9])),
      [0.7, 0.9].map((p) => value(grad(f)(p))),
      1e-10,
    );
  });
  it("is NaN where it does not converge", () => {
    const f = (a: A): A => fixedPoint((b: A, x: A) => mul(b, mul(x, sub(1, x))), a, 0.3);
    expect(value(f(np.array(2)))).toBeCloseTo(0.5, 12);
    expect(value(f(np.array(3.5)))).toBeNaN();
    expect(() => fixedPoint((_: null, x: A) => x, null, 1, { tol: -1 })).toThrow("tol must not be negative");
  });
});

describe("newton", () => {
  const system =
    (p: A) =>
    (x: A): A => {
      const [a, b] = [x.slice(0), x.slice(1)];
      return np.stack([a.mul(a).add(b.mul(b)).sub(p.slice(0)), a.sub(b).sub(p.slice(1))]);
    };
  // a² + b² = p, a − b = q: b = (−q + √(2p − q²)) / 2
  const exact = (p: A): A => {
    const b = np
      .sqrt(
        p
          .slice(0)
          .mul(2)
          .sub(np.square(p.slice(1))),
      )
      .sub(p.slice(1))
      .div(2);
    return np.stack([b.add(p.slice(1)), b]);
  };
  const solve = (p: A): A => newton(system(p), array([2], [1, 0.5]));

  it("solves systems, with Jacobians and Hessians", () => {
    const p = array([2], [5, 1]);
    expectClose(solve(p), [2, 1], 1e-12);
    for (const d of [jacfwd, jacrev]) expectClose(jit(d(solve))(p), flat(d(exact)(p)), 1e-10);
    const total =
      (f: (p: A) => A) =>
      (q: A): A =>
        np.sum(np.square(f(q)).mul(array([2], [1, 3])));
    expectClose(hessian(total(solve))(p), flat(hessian(total(exact))(p)), 1e-9);
    expectClose(
      vmap(solve)(
        nested([
          [5, 1],
          [10, 2],
          [13, -1],
        ]),
      ),
      [2, 1, 3, 1, 2, 3],
      1e-11,
    );
  });
  it("shortens steps that go too far", () => {
    expect(value(newton((x: A) => np.arctan(x), 3))).toBeCloseTo(0, 12);
    expect(value(newton((x: A) => np.arctan(x), 30))).toBeCloseTo(0, 12);
  });
  it("accepts a start that is a root, and is NaN without one", () => {
    expect(value(newton((x: A) => mul(x, x), 0))).toBe(0);
    expect(value(newton((x: A) => add(mul(x, x), 1), 0.5))).toBeNaN();
  });
});

describe("bisect", () => {
  it("finds roots to the last digit, element by element", () => {
    const a = array([3], [2, 9, 1e-6]);
    const root = bisect((x: A) => sub(mul(x, x), a), 0, array([3], [2, 10, 1]));
    expectClose(root, [Math.SQRT2, 3, 1e-3], 2e-16);
    const falling = bisect((x: A) => sub(1, mul(x, x)), 0, 7);
    expect(value(falling)).toBe(1);
  });
  it("has elementwise derivatives", () => {
    const cbrt = (a: A): A => bisect((x: A) => sub(mul(x, mul(x, x)), a), 0, 10);
    const a = array([2], [8, 27]);
    const wide = (b: A): A => bisect((x: A) => sub(mul(x, mul(x, x)), b), np.zeros([2]), 10);
    expectClose(jacrev(wide)(a), [1 / 12, 0, 0, 1 / 27], 1e-14);
    expectClose(
      vmap(grad(grad(cbrt)))(a),
      [8, 27].map((v) => (-2 / 9) * v ** (-5 / 3)),
      1e-14,
    );
    expect(value(jvp(cbrt, [8], [1])[1])).toBeCloseTo(1 / 12, 14);
  });
  it("is NaN where the sign does not change", () => {
    expect(value(bisect((x: A) => add(mul(x, x), 1), -1, 1))).toBeNaN();
  });
  it("keeps float32", () => {
    const root = bisect((x: A) => sub(mul(x, x), 2), array([], [0], "float32"), array([], [2], "float32"));
    expect(root.dtype).toBe("float32");
    expect(value(root)).toBe(Math.fround(Math.SQRT2));
  });
});
