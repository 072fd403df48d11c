/**
 * @file `customLinearSolve` and `customRoot` under every transformation, beside the same solutions in closed form, and
 * their errors.
 */
import { describe, expect, it } from "vitest";
import { grad, hessian, jacfwd, jit, jvp, makeJaxpr, vjp, vmap } from "../../src/api/index.ts";
import type { NDArray } from "../../src/core/array.ts";
import * as lax from "../../src/control-flow/lax.ts";
import * as np from "../../src/numpy/index.ts";
import { array, expectClose, nested, value } from "../util/arrays.ts";
import { describePairs } from "../util/matrix.ts";

type A = NDArray;
const { add, cos, div, mul, sin, sqrt, sub } = lax;

/** The matrix [[3 + x, w], [sin x, 4 + w]], not symmetric. */
const matrix = (x: A, w: A): A => np.stack([np.stack([add(3, x), w]), np.stack([sin(x), add(4, w)])]);

const rhs = (x: A, w: A): A => np.stack([cos(w), mul(x, w)]);

/** Jacobi's iteration, which converges since the diagonal dominates: a solver that sees the map only. */
function jacobi(matvec: (x: A) => A, b: A): A {
  const diagonal = np.stack([matvec(array([2], [1, 0])).slice(0), matvec(array([2], [0, 1])).slice(1)]);
  return lax.whileLoop(
    (x: A) =>
      np
        .abs(sub(b, matvec(x)))
        .max()
        .greater(1e-15),
    (x: A) => add(x, div(sub(b, matvec(x)), diagonal)),
    div(b, diagonal),
  );
}

const total = (v: A): A => np.sum(mul(v, array([2], [1, 2])));

/** The closed form: Cramer's rule. */
function cramer(x: A, w: A): A {
  const [p, q, r, s] = [add(3, x), w, sin(x), add(4, w)];
  const [u, v] = [cos(w), mul(x, w)];
  const det = sub(mul(p, s), mul(q, r));
  return add(div(sub(mul(u, s), mul(q, v)), det), mul(2, div(sub(mul(p, v), mul(u, r)), det)));
}

const bisection = (f: (x: A) => A): A =>
  lax.foriLoop(
    0,
    60,
    (_: A, [lo, hi]: [A, A]): [A, A] => {
      const middle = mul(0.5, add(lo, hi));
      const below = lax.lt(f(middle), 0);
      return [lax.select(below, middle, lo), lax.select(below, hi, middle)];
    },
    [array([], [0]), array([], [10])],
  )[0];

const scalarSolve = (g: (x: A) => A, y: A): A => div(y, g(array([], [1])));

describePairs([
  {
    name: "customLinearSolve with a transposed solve",
    program: (x, w) => {
      const a = matrix(x, w);
      return total(
        lax.customLinearSolve((v: A) => np.matmul(a, v), rhs(x, w), jacobi, { transposeSolve: jacobi }),
      );
    },
    plain: cramer,
    tol: 1e-11,
  },
  {
    name: "customLinearSolve, symmetric, on a tree, with auxiliary data",
    program: (x, w) => {
      const matvec = ({ a, b }: { a: A; b: A }): { a: A; b: A } => ({
        a: add(mul(add(3, x), a), mul(w, b)),
        b: add(mul(w, a), mul(5, b)),
      });
      const solve = (_: unknown, { a, b }: { a: A; b: A }): unknown => {
        const det = sub(mul(5, add(3, x)), mul(w, w));
        const solution = {
          a: div(sub(mul(5, a), mul(w, b)), det),
          b: div(sub(mul(add(3, x), b), mul(w, a)), det),
        };
        return [solution, { det }];
      };
      const [{ a, b }] = lax.customLinearSolve<{ a: A; b: A }>(matvec, { a: sin(w), b: x }, solve, {
        symmetric: true,
        hasAux: true,
      });
      return mul(a, b);
    },
    plain: (x, w) => {
      const det = sub(mul(5, add(3, x)), mul(w, w));
      const a = div(sub(mul(5, sin(w)), mul(w, x)), det);
      const b = div(sub(mul(add(3, x), x), mul(w, sin(w))), det);
      return mul(a, b);
    },
  },
  {
    name: "customRoot of a quadratic that closes over both arguments",
    program: (x, w) => {
      const m = add(2, mul(x, mul(w, w)));
      return lax.customRoot((y: A) => sub(mul(y, y), m), 1, bisection, scalarSolve);
    },
    plain: (x, w) => sqrt(add(2, mul(x, mul(w, w)))),
  },
  {
    name: "customRoot of a system, its tangents by customLinearSolve",
    program: (x, w) => {
      const f = (y: A): A => sub(np.matmul(matrix(x, w), y), rhs(x, w));
      const solve = (_: unknown, y: A): A => {
        const a = matrix(x, w);
        return jacobi((v) => np.matmul(a, v), add(mul(y, 0), rhs(x, w)));
      };
      return total(
        lax.customRoot(f, np.zeros([2]), solve, (g, y: A) =>
          lax.customLinearSolve(g as (v: A) => A, y, jacobi, { transposeSolve: jacobi }),
        ),
      );
    },
    plain: cramer,
    tol: 1e-11,
  },
]);

describe("customLinearSolve", () => {
  const a = nested([
    [4, 1],
    [2, 3],
  ]);
  const matvec = (x: A): A => np.matmul(a, x);

  it("has no reverse mode without a transposed solve, but forward mode", () => {
    const f = (b: A): A => lax.customLinearSolve(matvec, b, jacobi);
    expectClose(jvp(f, [array([2], [1, 2])], [array([2], [1, 0])])[1], [0.3, -0.2], 1e-14);
    expect(() => vjp(f, [array([2], [1, 2])])[1](array([2], [1, 0]))).toThrow("transposeSolve");
  });
  it("solves the transposed system in reverse mode, for each lane", () => {
    const f = (b: A): A => lax.customLinearSolve(matvec, b, jacobi, { transposeSolve: jacobi });
    const pull = (ct: A): A => vjp(f, [array([2], [1, 2])])[1](ct)[0];
    expectClose(jit(vmap(pull))(np.eye(2)), [0.3, -0.1, -0.2, 0.4], 1e-14);
  });
  it("is one equation of a program", () => {
    const text = String(makeJaxpr((b: A) => lax.customLinearSolve(matvec, b, jacobi))(array([2], [1, 2])));
    expect(text.match(/custom_linear_solve/g)).toHaveLength(1);
  });
  it("names what a map or a solver returned wrongly", () => {
    const b = array([2], [1, 2]);
    expect(() =>
      lax.customLinearSolve(
        (x: A) => x.sum(),
        b,
        (_, y: A) => y,
      ),
    ).toThrow("customLinearSolve: the result of matvec has type f64[], but b has type f64[2]");
    expect(() => lax.customLinearSolve(matvec, b, (_, y: A) => y.sum())).toThrow(
      "customLinearSolve: the result of solve has type f64[], but b has type f64[2]",
    );
    expect(() => lax.customLinearSolve(matvec, b, jacobi, { hasAux: true })).toThrow("[x, aux]");
  });
});

describe("customRoot", () => {
  const root = (a: A): A => lax.customRoot((x: A) => sub(mul(x, mul(x, x)), a), 1, bisection, scalarSolve);

  it("has derivatives to third order", () => {
    const d1 = (x: number): number => x ** (-2 / 3) / 3;
    expect(value(root(array([], [8])))).toBeCloseTo(2, 14);
    expect(value(grad(root)(8))).toBeCloseTo(d1(8), 14);
    expect(value(hessian(root)(8))).toBeCloseTo((-2 / 9) * 8 ** (-5 / 3), 14);
    expect(value(jacfwd(grad(grad(root)))(8))).toBeCloseTo((10 / 27) * 8 ** (-8 / 3), 14);
  });
  it("passes auxiliary data on", () => {
    const f = (a: A): A => {
      const solve = (g: (x: A) => A): readonly [A, unknown] => [bisection(g), { steps: 60 }];
      const [x, aux] = lax.customRoot((y: A) => sub(mul(y, y), a), 1, solve, scalarSolve, { hasAux: true });
      expect((aux as { steps: A }).steps.shape).toEqual([]);
      return x;
    };
    expect(value(grad(f)(4))).toBeCloseTo(0.25, 14);
  });
  it("works inside scan and cond", () => {
    const f = (a: A): A =>
      lax.scan(
        (c: A) =>
          [
            lax.cond(
              lax.gt(c, 0),
              (v: A) => root(add(v, a)),
              (v: A) => v,
              c,
            ),
            null,
          ] as const,
        a,
        null,
        3,
      )[0];
    const plain = (a: A): A => {
      let c = a;
      for (let i = 0; i < 3; i++) c = lax.cbrt(add(c, a));
      return c;
    };
    for (const run of [f, jit(f)]) {
      expect(value(grad(run)(2))).toBeCloseTo(value(grad(plain)(2)), 13);
      expect(value(grad(grad(run))(2))).toBeCloseTo(value(grad(grad(plain))(2)), 13);
      expectClose(
        vmap(grad(run))(array([2], [2, 3])),
        [2, 3].map((x) => value(grad(plain)(x))),
        1e-13,
      );
    }
  });
  it("names what f returned wrongly", () => {
    expect(() => lax.customRoot((x: A) => [x] as never, 1, bisection, scalarSolve)).toThrow(
      "customRoot: the result of f must have the structure of the initial guess",
    );
  });
});
