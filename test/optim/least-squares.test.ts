/** @file `leastSquares`: losses, bounds, sparsity, trees, derivatives of solutions, transformations, errors. */
import { describe, expect, it } from "vitest";
import { grad, hessian, jacfwd, jacrev, jit, vmap } from "../../src/api/index.ts";
import type { NDArray } from "../../src/core/array.ts";
import { config } from "../../src/base/config.ts";
import * as np from "../../src/numpy/index.ts";
import { leastSquares } from "../../src/optim/index.ts";
import { SparseMatrix } from "../../src/sparse/index.ts";
import { array, expectClose, flat, value } from "../util/arrays.ts";

type A = NDArray;

const methods = ["trf", "dogbox", "lm", "gauss-newton", "dogleg"] as const;
const t = np.linspace(0, 2, 12);
/** A decay, with two outliers for robust losses. */
const clean = np.exp(t.mul(-1.3)).mul(2).add(0.5);
const bumps = array([12], [0, 0.01, -0.02, 1.5, 0, 0.01, 0, -0.01, -2, 0.02, 0, -0.01]);
const decay = (p: A, y: A): A => {
  const [a, b, c] = p.unpack(3);
  return np.exp(t.mul(b).neg()).mul(a).add(c).sub(y);
};
const start = array([3], [1, 1, 0]);

describe.each(methods)("%s", (method) => {
  it("fits exact data, eagerly, compiled, in lanes and without compilation", () => {
    const solve = (y: A): A =>
      leastSquares(decay, start, { method, args: [y], xtol: 1e-14, ftol: 1e-14, gtol: 1e-14 }).x;
    for (const x of [solve(clean), jit(solve)(clean), config.with({ jitless: true }, () => solve(clean))])
      expectClose(x, [2, 1.3, 0.5], 1e-8);
    const both = vmap(solve)(np.stack([clean, clean.mul(2)]));
    expectClose(both, [2, 1.3, 0.5, 4, 1.3, 1], 1e-8);
  });
  it("has the derivatives of the minimum, of both modes and of second order", () => {
    // min (x² − θ)² + (x − 1)²/10: 4x(x² − θ) + (x − 1)/5 = 0, by differences of its root.
    const f = (theta: A): A =>
      leastSquares(
        (x: A) => np.concatenate([x.mul(x).sub(theta), x.sub(1).mul(Math.sqrt(0.1))]),
        array([1], [1.2]),
        { method, ftol: 1e-15, xtol: 1e-15, gtol: 1e-15 },
      ).x.slice(0);
    const root = (theta: number): number => {
      let x = 1.4;
      for (let k = 0; k < 60; k++)
        x -= (4 * x * (x * x - theta) + (x - 1) / 5) / (12 * x * x - 4 * theta + 0.2);
      return x;
    };
    const x = root(2);
    const slope = (4 * x) / (12 * x * x - 8 + 0.2);
    const bend = (4 * slope) / (12 * x * x - 7.8) - (4 * x * (24 * x * slope - 4)) / (12 * x * x - 7.8) ** 2;
    const two = np.array(2);
    expect(value(f(two))).toBeCloseTo(x, 8);
    for (const d of [grad(f), jacfwd(f), jacrev(f), jit(grad(f))])
      expect(value(d(two))).toBeCloseTo(slope, 7);
    expect(value(hessian(f)(two))).toBeCloseTo(bend, 6);
  });
  it("works with products alone where the Jacobian is sparse", () => {
    if (method === "lm") return;
    // A chain: each residual has two unknowns.
    const chain = (x: A): A => {
      const bends = x
        .slice([1])
        .sub(x.slice([0, -1]).pow(2))
        .mul(3);
      return np.concatenate([bends, x.sub(1)]);
    };
    const found = leastSquares(chain, np.zeros([30]), {
      method,
      jacSparsity: "auto",
      xtol: 1e-12,
      ftol: 1e-12,
    });
    expect(found.jac).toBeInstanceOf(SparseMatrix);
    expectClose(found.x, new Array<number>(30).fill(1), 1e-6);
    expect((found.jac as SparseMatrix).nnz).toBe(29 * 2 + 30);
  });
});

describe("losses", () => {
  // SciPy 1.17.1, least_squares(fun, [1, 1, 0], loss=…, f_scale=0.1, xtol=ftol=gtol=1e-13).
  const recorded = {
    linear: { x: [3.3978705913934735, 0.6426878630070293, -0.7321448201226515], cost: 2.775769991754271 },
    soft_l1: { x: [2.0728628706421404, 1.1995749130738311, 0.429140141518135], cost: 0.32961325343117814 },
    huber: { x: [2.069220545810836, 1.203683564589386, 0.43246190821490516], cost: 0.33909147338359374 },
    cauchy: { x: [2.000886855786451, 1.2986232352469385, 0.49929352594136883], cost: 0.05766329255929893 },
    arctan: { x: [1.99613617661526, 1.3065322039804546, 0.5040194755863137], cost: 0.016267498341165008 },
  };
  it.each(Object.keys(recorded) as (keyof typeof recorded)[])("%s is SciPy's", (loss) => {
    const found = leastSquares((p: A) => decay(p, clean.add(bumps)), start, {
      loss,
      fScale: 0.1,
      xtol: 1e-13,
      ftol: 1e-13,
      gtol: 1e-13,
    });
    expectClose(found.x, recorded[loss].x, 1e-6);
    expect(value(found.cost)).toBeCloseTo(recorded[loss].cost, 9);
    for (const method of ["dogbox", "lm", "dogleg"] as const) {
      const other = leastSquares(
        (p: A) => decay(p, clean.add(bumps)),
        array([3], recorded[loss].x).mul(1.01),
        {
          method,
          loss,
          fScale: 0.1,
        },
      );
      expect(value(other.cost), method).toBeCloseTo(recorded[loss].cost, 6);
    }
  });
  it("may be functions, whose derivatives are found", () => {
    const run = (loss: "cauchy" | ((z: A) => A)): A =>
      leastSquares((p: A) => decay(p, clean.add(bumps)), start, { loss, fScale: 0.1 }).x;
    expectClose(
      run((z) => np.log1p(z)),
      flat(run("cauchy")),
      1e-9,
    );
  });
  it("do not move with an outlier", () => {
    const fit = (shift: A): A =>
      leastSquares(
        (p: A) => decay(p, clean.add(array([12], [0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0]).mul(shift))),
        start,
        {
          loss: "cauchy",
          fScale: 0.05,
        },
      ).x.slice(0);
    // The influence of a distant outlier falls with its distance.
    expect(Math.abs(value(grad(fit)(np.array(8))))).toBeLessThan(Math.abs(value(grad(fit)(np.array(2)))));
  });
});

describe("bounds", () => {
  const rosenbrock = (x: A): A => {
    const [a, b] = x.unpack(2);
    return np.stack([b.sub(a.mul(a)).mul(10), a.sub(1).neg()]);
  };
  // SciPy 1.17.1's example: the minimum at x₁ = 1.5 is (1.22437075, 1.5).
  it.each(["trf", "dogbox"] as const)("%s keeps them", (method) => {
    const found = leastSquares(rosenbrock, array([2], [2, 2]), {
      method,
      bounds: { lb: [-Infinity, 1.5] },
    });
    expectClose(found.x, [1.22437075, 1.5], 1e-7);
    expect(flat(found.activeMask)).toEqual([0, -1]);
    expect(found.success.item()).toBe(true);
    expect(found.message).toMatch(/termination condition/);
  });
  it.each(["trf", "dogbox"] as const)("%s: the minimum moves with a bound that holds", (method) => {
    const f = (b: A): A =>
      leastSquares(rosenbrock, array([2], [2, 3]), {
        method,
        bounds: { lb: np.stack([np.array(-5), b]) },
        xtol: 1e-14,
        ftol: 1e-14,
        gtol: 1e-14,
      }).x;
    const h = 1e-4;
    const slopes = flat(jacfwd(f)(np.array(1.5)));
    const differences = flat(
      f(np.array(1.5 + h))
        .sub(f(np.array(1.5 - h)))
        .div(2 * h),
    );
    expectClose(array([2], slopes), differences, 1e-5);
    expect(slopes[1]).toBeCloseTo(1, 6);
  });
});

describe("leastSquares", () => {
  it("takes trees, tells of its progress and may be stopped", () => {
    const costs: number[] = [];
    const model = ({ a, b }: { a: A; b: A }): { near: A; far: A } => {
      const r = np.exp(t.mul(b).neg()).mul(a).sub(clean);
      return { near: r.slice([0, 6]), far: r.slice([6]) };
    };
    const found = leastSquares(model, { a: 1, b: 1 }, { callback: ({ cost }) => void costs.push(cost) });
    expect(costs.length).toBe(found.nit.item());
    expect([...costs].sort((x, y) => y - x)).toEqual(costs);
    expect(found.fun.far.shape).toEqual([6]);
    expect(found.grad.b.shape).toEqual([]);
    expect(found.jac.shape).toEqual([12, 2]);
    const stopped = leastSquares(model, { a: 1, b: 1 }, { callback: ({ nit }) => nit >= 2 });
    expect([stopped.nit.item(), stopped.status.item(), stopped.success.item()]).toEqual([2, -2, false]);
  });
  it("keeps float32", () => {
    const found = leastSquares((p: A) => decay(p, clean.astype("float32")), start.astype("float32"));
    expect(found.x.dtype).toBe("float32");
    expectClose(found.x, [2, 1.3, 0.5], 1e-3);
  });
  it("says where residuals are not numbers, and goes around them", () => {
    const bad = leastSquares((x: A) => np.log(x), array([1], [-1]));
    expect([bad.status.item(), bad.success.item()]).toEqual([-1, false]);
    const around = leastSquares((x: A) => np.log(x).sub(1), array([1], [0.01]));
    expectClose(around.x, [Math.E], 1e-7);
  });
  it("refuses what does not fit", () => {
    const f = (x: A): A => x;
    const x0 = array([2], [0, 0]);
    expect(() => leastSquares(f, x0, { method: "newton" as never })).toThrow('"gauss-newton", "dogleg"');
    expect(() => leastSquares(f, x0, { method: "lm", bounds: [0, 1] })).toThrow('"trf" and "dogbox" do');
    expect(() => leastSquares(f, x0, { bounds: [1, 2] })).toThrow("x0 must be within the bounds");
    expect(() => leastSquares(f, x0, { bounds: [0, 0] })).toThrow("must be below its upper one");
    expect(() => leastSquares(f, x0, { loss: "log" as never })).toThrow('"cauchy"');
    expect(() => leastSquares(f, x0, { ftol: 0, xtol: null, gtol: 0 })).toThrow("one of ftol, xtol and gtol");
    expect(() => leastSquares(f, x0, { xScale: -1 })).toThrow("positive numbers");
    expect(() => leastSquares(f, x0, { jacSparsity: "auto", trSolver: "exact" })).toThrow(
      "products with the Jacobian",
    );
    expect(() => leastSquares(f, np.zeros([0]))).toThrow("no elements");
    expect(() => leastSquares(f, x0, { weights: 1 } as never)).toThrow("unknown option 'weights'");
  });
});
