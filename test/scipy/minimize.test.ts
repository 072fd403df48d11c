/** @file The methods of `minimize`: bounds, constraints, multipliers, derivatives of minima, transformations, errors. */
import { describe, expect, it } from "vitest";
import { grad, jacfwd, jit, vmap } from "../../src/api/index.ts";
import { config } from "../../src/base/config.ts";
import type { NDArray } from "../../src/core/array.ts";
import * as np from "../../src/numpy/index.ts";
import { type MinimizeMethod, minimize } from "../../src/scipy/optimize/index.ts";
import { array, expectClose, flat, nested, value } from "../util/arrays.ts";

type A = NDArray;

const rosenbrock = (x: A): A => {
  const [head, tail] = [x.slice([0, -1]), x.slice([1])];
  return np.sum(tail.sub(head.mul(head)).pow(2).mul(100).add(head.sub(1).pow(2)));
};
const start = array([2], [-1.2, 1]);
const bounded = ["Nelder-Mead", "Powell", "L-BFGS-B", "SLSQP", "trust-constr"] as const;
const free: readonly MinimizeMethod[] = [
  "CG",
  "Newton-CG",
  "trust-ncg",
  "trust-exact",
  "trust-krylov",
  "dogleg",
];
const exact: Partial<Record<MinimizeMethod, number>> = {
  "Nelder-Mead": 1e-4,
  Powell: 1e-4,
  SLSQP: 1e-3,
  dogleg: 1e-4,
};

describe.each([...bounded, ...free])("%s", (method) => {
  // The Hessian is positive definite on the way from here, as dogleg needs it.
  const near = array([2], [1.2, 1.3]);
  it("finds the minimum, eagerly, compiled, interpreted and in lanes", () => {
    const from = method === "dogleg" ? near : start;
    const solve = (x: A): A => minimize(rosenbrock, x, { method }).x;
    const tol = exact[method] ?? 1e-4;
    for (const x of [solve(from), jit(solve)(from), config.with({ jitless: true }, () => solve(from))])
      expectClose(x, [1, 1], tol);
    expectClose(vmap(solve)(np.stack([from, near])), [1, 1, 1, 1], tol);
  });
  it("has the derivative of the minimum", () => {
    // x³ + x = θ at the minimum of x⁴/4 + x²/2 − θ x.
    const f = (theta: A): A => {
      const quartic = (x: A): A => np.sum(x.pow(4).div(4).add(x.pow(2).div(2)).sub(x.mul(theta)));
      return minimize(quartic, np.array([0.8]), { method, tol: 1e-10 }).x.slice(0);
    };
    expect(value(f(np.array(2)))).toBeCloseTo(1, 4);
    expect(value(grad(f)(np.array(2)))).toBeCloseTo(1 / 4, 3);
    expect(value(jacfwd(f)(np.array(2)))).toBeCloseTo(1 / 4, 3);
  });
});

describe.each(bounded)("bounds of %s", (method) => {
  // With x₀ ≤ b < 1 the minimum is at (b, b / 2).
  const valley = (x: A): A => {
    const [a, b] = x.unpack(2);
    return a
      .sub(1)
      .pow(2)
      .add(b.sub(a.div(2)).pow(2));
  };
  it("hold", () => {
    const x0 = array([2], [-1, 0.5]);
    const pairs = [[-2, 0.5] as const, [null, 2] as const];
    for (const bounds of [{ ub: array([2], [0.5, 2]), lb: -2 }, pairs]) {
      const found = minimize(valley, x0, { method, bounds });
      expectClose(found.x, [0.5, 0.25], 1e-3);
      expect(flat(found.x)[0]).toBeLessThanOrEqual(0.5);
    }
  });
  it("move the minimum", () => {
    const f = (b: A): A => {
      const bounds = { ub: np.stack([b, np.array(3)]), lb: -3 };
      return minimize(valley, array([2], [-1, 0.5]), { method, bounds, tol: 1e-9 }).x;
    };
    expectClose(jacfwd(f)(np.array(0.5)), [1, 0.5], 1e-3);
  });
});

describe.each(["SLSQP", "trust-constr"] as const)("constraints of %s", (method) => {
  const tight = method === "SLSQP" ? { options: { ftol: 1e-12 } } : {};
  it("of equality and inequality hold, with multipliers", () => {
    // The nearest point of the line x + y = 2 to the origin, and that with x ≥ 1.5.
    const square = (x: A): A => np.sum(x.mul(x));
    const line = { type: "eq", fun: (x: A) => np.sum(x).sub(2) } as const;
    const found = minimize(square, array([2], [3, -2]), { method, constraints: line, ...tight });
    expectClose(found.x, [1, 1], 1e-6);
    expectClose(found.multipliers!, [2], 1e-5);
    const wall = { type: "ineq", fun: (x: A) => x.slice(0).sub(1.5) } as const;
    const more = minimize(square, array([2], [3, -2]), { method, constraints: [wall, line], ...tight });
    expectClose(more.x, [1.5, 0.5], 1e-5);
    expectClose(more.multipliers!, [1, 2], 1e-4);
  });
  it("of SciPy's other kinds are the same", () => {
    const square = (x: A): A => np.sum(x.mul(x));
    const x0 = array([2], [3, -1]);
    const kinds = [
      {
        fun: (x: A) => np.stack([np.sum(x), x.slice(0)]),
        lb: array([2], [2, 1.5]),
        ub: array([2], [2, Infinity]),
      },
      [
        { A: nested([[1, 1]]), lb: 2, ub: 2 },
        { A: array([2], [-1, 0]), ub: -1.5 },
      ],
    ];
    for (const constraints of kinds)
      expectClose(minimize(square, x0, { method, constraints, ...tight }).x, [1.5, 0.5], 1e-5);
  });
  it("Hock and Schittkowski's problem 71", () => {
    const product = (x: A): A => np.prod(x).sub(25);
    const sphere = (x: A): A => np.sum(x.mul(x)).sub(40);
    const f = (x: A): A => {
      const [a, b, c, d] = x.unpack(4);
      return a.mul(d).mul(a.add(b).add(c)).add(c);
    };
    const found = minimize(f, array([4], [1, 5, 5, 1]), {
      method,
      bounds: { lb: 1, ub: 5 },
      constraints: [
        { type: "ineq", fun: product },
        { type: "eq", fun: sphere },
      ],
    });
    expect(found.success.item(), `status ${Number(found.status)}`).toBe(true);
    expectClose(found.x, [1, 4.7429994, 3.8211503, 1.3794082], 1e-4);
    expect(value(found.fun)).toBeCloseTo(17.0140173, 4);
  });
  it("move the minimum with what they depend on", () => {
    // The nearest point of a·x + y = 2 to the origin: (2a, 2)/(a² + 1).
    const f = (a: A): A =>
      minimize((x: A) => np.sum(x.mul(x)), array([2], [3, -2]), {
        method,
        constraints: { type: "eq", fun: (x: A) => x.slice(0).mul(a).add(x.slice(1)).sub(2) },
        ...tight,
      }).x;
    const d = (a: number): number[] => [(2 - 2 * a * a) / (a * a + 1) ** 2, (-4 * a) / (a * a + 1) ** 2];
    expectClose(f(np.array(2)), [0.8, 0.4], 1e-6);
    expectClose(jacfwd(f)(np.array(2)), d(2), 1e-5);
    expectClose(jit(jacfwd(f))(np.array(2)), d(2), 1e-5);
  });
});

describe("minimize", () => {
  it("SLSQP relaxes models of constraints that contradict one another", () => {
    // Linear models at the start have no common point; the problem has: x = 1 or −1.
    const found = minimize((x: A) => np.sum(x.sub(3).pow(2)), array([1], [0.1]), {
      method: "SLSQP",
      constraints: { type: "eq", fun: (x: A) => x.mul(x).sub(1) },
      bounds: { lb: -2, ub: 2 },
    });
    expectClose(found.x, [1], 1e-5);
    const impossible = minimize((x: A) => np.sum(x.mul(x)), array([1], [0.5]), {
      method: "SLSQP",
      constraints: [
        { type: "ineq", fun: (x: A) => x.sub(2) },
        { type: "ineq", fun: (x: A) => x.neg().add(1) },
      ],
    });
    expect(impossible.success.item()).toBe(false);
  });
  it("counts evaluations, gradients and products with the Hessian", () => {
    // As SciPy 1.17.1 with exact derivatives, from the same start.
    const found = minimize(rosenbrock, array([5], [-1.2, 1, 0.7, 1.2, 0.3]), { method: "Newton-CG" });
    expect([found.nit.item(), found.nfev.item(), found.nhev.item()]).toEqual([14, 17, 41]);
    const simplex = minimize(rosenbrock, array([5], [-1.2, 1, 0.7, 1.2, 0.3]), { method: "Nelder-Mead" });
    expect([simplex.nit.item(), simplex.nfev.item(), simplex.njev.item()]).toEqual([261, 415, 0]);
  });
  it("says what a method does not take", () => {
    const f = (x: A): A => np.sum(x);
    expect(() => minimize(f, start, { method: "CG", bounds: { lb: 0 } })).toThrow('"L-BFGS-B", "SLSQP"');
    expect(() => minimize(f, start, { method: "Powell", constraints: { type: "eq", fun: f } })).toThrow(
      '"SLSQP", "trust-constr" do',
    );
    expect(() => minimize(f, start, { method: "CG", options: { maxcor: 3 } })).toThrow(
      "unknown option 'maxcor'",
    );
    expect(() => minimize(f, start, { method: "SLSQP", bounds: { lb: 1, ub: 0 } })).toThrow(
      "must not be above",
    );
    expect(() => minimize(f, start, { method: "SLSQP", constraints: { fun: f } })).toThrow('"eq" or "ineq"');
    expect(() => minimize(f, start, { method: "COBYLA" as never })).toThrow("method must be one of");
  });
});
