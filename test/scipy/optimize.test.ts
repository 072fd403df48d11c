/** @file `minimize` on the usual test functions, compiled and in lanes; the derivatives of minima against closed forms. */
import { describe, expect, it } from "vitest";
import { grad, hessian, jacfwd, jit, vmap } from "../../src/api/index.ts";
import type { NDArray } from "../../src/core/array.ts";
import * as np from "../../src/numpy/index.ts";
import { minimize } from "../../src/scipy/optimize/index.ts";
import { array, expectClose, flat, nested, value } from "../util/arrays.ts";

type A = NDArray;

const rosenbrock = (x: A): A => {
  const n = x.size;
  const [head, tail] = [x.slice([0, n - 1]), x.slice([1, n])];
  return np.sum(
    np
      .square(tail.sub(np.square(head)))
      .mul(100)
      .add(np.square(head.neg().add(1))),
  );
};
const himmelblau = (p: A): A => {
  const [x, y] = [p.slice(0), p.slice(1)];
  return np.square(np.square(x).add(y).sub(11)).add(np.square(x.add(np.square(y)).sub(7)));
};
const beale = (p: A): A => {
  const [x, y] = [p.slice(0), p.slice(1)];
  const term = (c: number, k: number): A => np.square(x.mul(y.pow(k)).sub(x).add(c));
  return term(1.5, 1).add(term(2.25, 2)).add(term(2.625, 3));
};
const matyas = (p: A): A =>
  np
    .sum(np.square(p))
    .mul(0.26)
    .sub(p.slice(0).mul(p.slice(1)).mul(0.48));

const ten = Array.from({ length: 10 }, () => 1);
const problems: readonly { name: string; f: (x: A) => A; start: number[]; at: number[] }[] = [
  { name: "Rosenbrock's valley", f: rosenbrock, start: [-1.2, 1], at: [1, 1] },
  { name: "Rosenbrock's valley from the origin", f: rosenbrock, start: [0, 0], at: [1, 1] },
  {
    name: "Rosenbrock's valley in 10 dimensions",
    f: rosenbrock,
    start: ten.map(() => 0.5),
    at: ten,
  },
  { name: "Himmelblau's function", f: himmelblau, start: [3.5, 1.5], at: [3, 2] },
  { name: "Beale's function", f: beale, start: [1, 1], at: [3, 0.5] },
  { name: "Matyas' function", f: matyas, start: [8, -3], at: [0, 0] },
];

describe.each(["BFGS", "L-BFGS"] as const)("%s", (method) => {
  it.each(problems)("finds the minimum of $name", ({ f, start, at }) => {
    const options = { method, options: { gtol: 1e-7, ftol: 0 } };
    const found = minimize(f, array([start.length], start), options);
    expect(found.success.item(), `status ${Number(found.status)}`).toBe(true);
    expectClose(found.x, at, 1e-5);
    expect(Math.max(...flat(found.jac).map(Math.abs))).toBeLessThan(1e-7);
    expect(value(found.fun)).toBeCloseTo(0, 9);
    const compiled = jit((x: A) => minimize(f, x, options).x)(array([start.length], start));
    expectClose(compiled, at, 1e-5);
  });
  it("finds the minima from many starts, each in its own time", () => {
    const starts = nested([
      [-1.2, 1],
      [0, 0],
      [2, 2],
    ]);
    const run = vmap((x: A) => minimize(rosenbrock, x, { method, tol: 1e-7, options: { ftol: 0 } }));
    const { x, nit, success } = run(starts) as unknown as { x: A; nit: A; success: A };
    expectClose(x, [1, 1, 1, 1, 1, 1], 1e-5);
    expect(success.js()).toEqual([true, true, true]);
    expect(new Set(nit.js<number[]>()).size).toBeGreaterThan(1);
  });
  it("has implicit derivatives of every order", () => {
    // x⁴/4 + x²/2 = θ x: x³ + x = θ, so x' = 1/(3x² + 1), x'' = −6x/(3x² + 1)³
    const f = (theta: A): A =>
      minimize((x: A) => np.sum(x.pow(4).div(4).add(x.pow(2).div(2)).sub(x.mul(theta))), np.array([0.2]), {
        method,
        tol: 1e-12,
        options: { ftol: -1 },
      }).x.slice(0);
    expect(value(f(np.array(2)))).toBeCloseTo(1, 10);
    for (const d of [grad(f), jacfwd(f), jit(grad(f))]) expect(value(d(np.array(2)))).toBeCloseTo(1 / 4, 10);
    for (const d of [hessian(f), grad(grad(f))]) expect(value(d(np.array(2)))).toBeCloseTo(-6 / 64, 9);
  });
});

describe("minimize", () => {
  const a = nested([
    [1, 2],
    [3, 1],
    [0, 1],
  ]);
  const b = array([3], [1, 0, 2]);

  it("takes trees and further arguments, and differentiates with respect to them", () => {
    // Ridge regression: (AᵀA + λ) x = Aᵀ b.
    const solve = (lambda: A): { x: A; fun: A } => {
      const loss = ({ u, v }: { u: A; v: A }, weight: A): A => {
        const x = np.stack([u, v]);
        return np.sum(np.square(np.matmul(a, x).sub(b))).add(weight.mul(np.sum(np.square(x))));
      };
      const found = minimize(loss, { u: 0, v: 0 } as never, [lambda] as never, {
        method: "BFGS",
        tol: 1e-10,
      });
      const { u, v } = found.x;
      return { x: np.stack([u, v]), fun: found.fun };
    };
    const exact = (l: number): number[] => {
      const [p, q, s] = [10 + l, 5, 6 + l];
      const det = p * s - q * q;
      return [(s * 1 - q * 4) / det, (p * 4 - q * 1) / det];
    };
    const h = 1e-5;
    const slope = exact(0.7 + h).map((v, i) => (v - exact(0.7 - h)[i]) / (2 * h));
    expectClose(solve(np.array(0.7)).x, exact(0.7), 1e-9);
    expectClose(jacfwd((l: A) => solve(l).x)(np.array(0.7)), slope, 1e-8);
    // The envelope theorem: the minimal value changes as the loss does for fixed x.
    const envelope = exact(0.7).reduce((s, v) => s + v * v, 0);
    expect(value(grad((l: A) => solve(l).fun)(np.array(0.7)))).toBeCloseTo(envelope, 9);
  });
  it("approximates the inverse Hessian", () => {
    const h = nested([
      [3, 1],
      [1, 2],
    ]);
    const { hessInv } = minimize((x: A) => np.dot(x, np.matmul(h, x)).div(2), array([2], [1, -2]), {
      method: "BFGS",
      tol: 1e-9,
    });
    expectClose(hessInv!, [0.4, -0.2, -0.2, 0.6], 1e-3);
  });
  it("says why it stopped", () => {
    const few = minimize(rosenbrock, array([2], [-1.2, 1]), { method: "BFGS", options: { maxiter: 3 } });
    expect([few.success.item(), few.status.item(), few.nit.item()]).toEqual([false, 1, 3]);
    const falling = minimize((x: A) => x.sum().neg(), array([2], [0, 0]), { method: "BFGS" });
    expect([falling.success.item(), falling.status.item()]).toEqual([false, 5]);
    const still = minimize(matyas, array([2], [0, 0]), { method: "BFGS" });
    expect([still.success.item(), still.nit.item(), still.nfev.item()]).toEqual([true, 0, 1]);
  });
  it("steps back from where the function is not defined", () => {
    const f = (x: A): A => np.sum(x.sub(np.log(x)));
    expectClose(minimize(f, array([2], [0.05, 4]), { method: "BFGS" }).x, [1, 1], 1e-5);
  });
  it("keeps float32", () => {
    const found = minimize(rosenbrock, array([2], [0, 0], "float32"), { method: "BFGS", tol: 1e-3 });
    expect(found.x.dtype).toBe("float32");
    expectClose(found.x, [1, 1], 1e-2);
  });
  it("wrong arguments are errors", () => {
    const f = (x: A): A => x;
    expect(() => minimize(f, array([2], [0, 0]), { method: "BFGS" })).toThrow("must return a scalar");
    expect(() => minimize(matyas, array([2], [0, 0]), { method: "COBYLA" as never })).toThrow(
      '"SLSQP", "trust-constr"',
    );
    expect(() => minimize(matyas, array([2], [0, 0]), {} as never)).toThrow("the option method is required");
  });
});
