/** @file cg, bicgstab and gmres against elimination on dense matrices; their derivatives; trees, lanes, preconditioners. */
import { describe, expect, it } from "vitest";
import { grad, jit, jvp, vjp, vmap } from "../../src/api/index.ts";
import type { NDArray } from "../../src/core/array.ts";
import * as np from "../../src/numpy/index.ts";
import * as lax from "../../src/control-flow/lax.ts";
import { bicgstab, cg, gmres } from "../../src/scipy/sparse/linalg.ts";
import { checkGrads } from "../../src/testing.ts";
import { array, expectClose, flat, nested, value } from "../util/arrays.ts";

type A = NDArray;

/** Gauss's elimination with pivots. */
function eliminate(a: readonly (readonly number[])[], b: readonly number[]): number[] {
  const m = a.map((line, i) => [...line, b[i]]);
  const n = b.length;
  for (let k = 0; k < n; k++) {
    let p = k;
    for (let i = k; i < n; i++) if (Math.abs(m[i][k]) > Math.abs(m[p][k])) p = i;
    [m[k], m[p]] = [m[p], m[k]];
    for (let i = k + 1; i < n; i++) {
      const f = m[i][k] / m[k][k];
      for (let j = k; j <= n; j++) m[i][j] -= f * m[k][j];
    }
  }
  const x = new Array<number>(n).fill(0);
  for (let i = n - 1; i >= 0; i--) {
    x[i] = (m[i][n] - x.reduce((s, v, j) => (j > i ? s + m[i][j] * v : s), 0)) / m[i][i];
  }
  return x;
}

const n = 6;
const noise = (i: number, j: number): number => Math.sin(3 * i + 5 * j + i * j);
const general = Array.from({ length: n }, (_, i) =>
  Array.from({ length: n }, (_, j) => noise(i, j) + (i === j ? 4 : 0)),
);
const symmetric = general.map((_, i) =>
  general.map((_, j) => (general[i][j] + general[j][i]) / 2 + (i === j ? 3 : 0)),
);
const right = Array.from({ length: n }, (_, i) => Math.cos(i));
const transposed = (a: readonly (readonly number[])[]): number[][] =>
  a[0].map((_, j) => a.map((line) => line[j]));

type Solve = (a: A, b: A) => A;
const tight = { tol: 1e-14, maxiter: 100 };
const solvers: readonly { name: string; matrix: number[][]; solve: Solve }[] = [
  { name: "cg", matrix: symmetric, solve: (a, b) => cg((x: A) => np.matmul(a, x), b, tight)[0] },
  { name: "bicgstab", matrix: general, solve: (a, b) => bicgstab((x: A) => np.matmul(a, x), b, tight)[0] },
  { name: "gmres", matrix: general, solve: (a, b) => gmres((x: A) => np.matmul(a, x), b, tight)[0] },
  {
    name: "gmres, incremental",
    matrix: general,
    solve: (a, b) => gmres((x: A) => np.matmul(a, x), b, { ...tight, solveMethod: "incremental" })[0],
  },
  {
    name: "gmres, restarted after 3 steps",
    matrix: general,
    solve: (a, b) => gmres((x: A) => np.matmul(a, x), b, { ...tight, restart: 3 })[0],
  },
];

describe.each(solvers)("$name", ({ matrix, solve }) => {
  const a = nested(matrix);
  const b = array([n], right);
  const x = eliminate(matrix, right);

  it("solves, eager and compiled", () => {
    expectClose(solve(a, b), x, 1e-11);
    expectClose(jit(solve)(a, b), x, 1e-11);
  });
  it("solves for many right hand sides and for many matrices", () => {
    const bs = np.stack([b, b.mul(2), np.ones([n])]);
    const wanted = [right, right.map((v) => 2 * v), right.map(() => 1)];
    expectClose(
      vmap(solve, [null, 0])(a, bs),
      wanted.flatMap((r) => eliminate(matrix, r)),
      1e-10,
    );
    expectClose(
      jit(vmap(solve))(np.stack([a, a.mul(2)]), np.stack([b, b])),
      [...x, ...x.map((v) => v / 2)],
      1e-10,
    );
  });
  it("has the gradients of the system", () => {
    const ct = Array.from({ length: n }, (_, i) => 1 / (i + 1));
    const [da, db] = vjp(solve, [a, b])[1](array([n], ct));
    const y = eliminate(transposed(matrix), ct);
    expectClose(db, y, 1e-10);
    expectClose(
      da,
      y.flatMap((v) => x.map((u) => -v * u)),
      1e-10,
    );
    const dot = jvp(solve, [a, b], [np.zeros([n, n]), array([n], ct)])[1];
    expectClose(dot, eliminate(matrix, ct), 1e-10);
  });
  it("has second derivatives", () => {
    const f = (t: A, b: A): A => np.sum(np.square(solve(a.add(np.sin(t).mul(np.eye(n))), b)));
    checkGrads(f, [array([], [0.3]), b], { order: 2 });
    const g = jit(grad(grad(f)));
    expect(value(g(0.3, b))).toBeCloseTo(value(grad(grad(f))(0.3, b)), 9);
  });
});

describe("trees and options", () => {
  const matvec = ({ u, v }: { u: A; v: A }): { u: A; v: A } => ({
    u: u.mul(3).add(v.sum()),
    v: v.mul(2).add(u),
  });
  const b = { u: np.array(4), v: np.array([1, 2]) };
  // u = 2, 2 v₁ + u = 1, 2 v₂ + u = 2 and 3 u + v₁ + v₂ = 4 …
  const dense = [
    [3, 1, 1],
    [1, 2, 0],
    [1, 0, 2],
  ];
  const [u, ...v] = eliminate(dense, [4, 1, 2]);

  it("solves for trees", () => {
    for (const solve of [cg, bicgstab, gmres]) {
      const [x, info] = solve(matvec, b, { tol: 1e-13 });
      expect(value(x.u)).toBeCloseTo(u, 12);
      expectClose(x.v, v, 1e-12);
      expect(info.item()).toBe(0);
    }
  });
  it("takes matrices, preconditioners, guesses", () => {
    const a = nested(symmetric);
    const m = np.diag(np.diag(a).pow(-1));
    const x = eliminate(symmetric, right);
    for (const solve of [cg, bicgstab, gmres]) {
      expectClose(solve(a, array([n], right), { tol: 1e-13, M: m })[0], x, 1e-11);
      const again = solve(a, array([n], right), { tol: 1e-6, x0: array([n], x) });
      expectClose(again[0], x, 1e-15);
    }
  });
  it("a preconditioner saves iterations", () => {
    const scales = Array.from({ length: 20 }, (_, i) => 2 ** i);
    const a = (x: A): A => x.mul(array([20], scales)).add(x.sum());
    const b = np.ones([20]);
    const few = { tol: 1e-8, maxiter: 6 };
    expect(Number(cg(a, b, few)[1])).toBe(6);
    expect(Number(cg(a, b, { ...few, M: (x: A) => x.div(array([20], scales)) })[1])).toBe(0);
  });
  it("keeps float32", () => {
    const [x] = gmres(nested(general, "float32"), array([n], right, "float32"), { tol: 1e-6 });
    expect(x.dtype).toBe("float32");
    expectClose(x, eliminate(general, right), 1e-5);
  });
  it("reports failure, and zero right hand sides are solved by zeros", () => {
    const a = nested(general);
    expect(Number(bicgstab(a, array([n], right), { tol: 1e-12, maxiter: 1 })[1])).toBe(1);
    for (const solve of [cg, bicgstab, gmres]) {
      const [x, info] = solve(a, np.zeros([n]));
      expect(flat(x)).toEqual(right.map(() => 0));
      expect(Number(info)).toBe(0);
    }
  });
  it("of the poisson equation on a grid, a function only", () => {
    const laplace = (f: A): A => {
      const p = np.pad(f, 1);
      const part = (i: number, j: number): A => lax.slice(p, [1 + i, 1 + j], [9 + i, 9 + j]);
      return f.mul(4).sub(part(0, 1)).sub(part(0, -1)).sub(part(1, 0)).sub(part(-1, 0));
    };
    const source = np.zeros([8, 8]).at(3, 4).set(1);
    const [f] = jit((s: A) => cg(laplace, s, { tol: 1e-12 }))(source);
    expectClose(laplace(f), flat(source), 1e-11);
  });
  it("wrong operators are errors", () => {
    expect(() => cg(np.ones([2, 3]), np.ones([3]))).toThrow(
      "the operator must be a function or a square matrix",
    );
    expect(() => gmres(np.eye(2), [np.ones([2])] as never, { restart: 0 })).toThrow("restart");
    expect(() => cg(np.eye(2), np.ones([2]), { toll: 1 } as never)).toThrow("toll");
  });
});
