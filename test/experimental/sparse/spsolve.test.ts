/** @file `spsolve` against dense solutions: every order of elimination, pivots, complex systems, derivatives, lanes, singular matrices. */
import { describe, expect, it } from "vitest";
import {
  experimental,
  grad,
  hessian,
  jit,
  jvp,
  numpy as np,
  vmap,
  type Array as A,
} from "../../../src/index.ts";
import { eliminationOrder } from "../../../src/experimental/sparse/linalg/ordering.ts";
import { solveSparse } from "../../../src/experimental/sparse/linalg/lu.ts";
import { Random } from "../../util/random.ts";

const { BCSR, linalg } = experimental.sparse;
const { spsolve } = linalg;
const r = new Random(5);

type Rows = experimental.sparse.BCSR;

/** A random sparse matrix whose diagonal is empty here and there, so that pivots are needed, and which is not singular. */
function systemOf(n: number, density = 0.3): { readonly dense: A; readonly rows: Rows; readonly b: A } {
  const perm = r.shuffle(Array.from({ length: n }, (_, i) => i));
  const entries = Array.from({ length: n }, (_, i) =>
    Array.from({ length: n }, (_, j) =>
      perm[i] === j ? r.uniform(2, 4) : r.next() < density ? r.uniform(-1, 1) / Math.sqrt(n * density) : 0,
    ),
  );
  const dense = np.array(entries);
  return {
    dense,
    rows: BCSR.fromdense(dense),
    b: np.array(Array.from({ length: n }, () => r.uniform(-1, 1))),
  };
}

const most = (x: A): number => np.abs(x).max().item();
const solve = ({ data, indices, indptr }: Rows, b: A, reorder: 0 | 1 | 2 | 3 = 1): A =>
  spsolve(data, indices, indptr, b, { reorder });

describe("spsolve", () => {
  it("solves in every order of elimination", () => {
    for (const n of [1, 2, 7, 40, 120])
      for (const reorder of [0, 1, 2, 3] as const) {
        const { dense, rows, b } = systemOf(n, Math.min(0.3, 4 / n));
        const x = solve(rows, b, reorder);
        expect(most(dense.matmul(x).sub(b))).toBeLessThan(1e-11);
        expect(most(x.sub(np.linalg.solve(dense, b)))).toBeLessThan(1e-10);
      }
  });

  it("eliminates each unknown once, also where the graph falls apart", () => {
    const grid = (
      side: number,
    ): { n: number; offsets: Int32Array; columns: Int32Array; values: Float64Array } => {
      const columns: number[] = [];
      const offsets = [0];
      for (let i = 0; i < side * side; i++) {
        const [x, y] = [i % side, Math.floor(i / side)];
        if (x > 0) columns.push(i - 1);
        columns.push(i);
        if (x < side - 1) columns.push(i + 1);
        if (y > 0 && y !== 7) columns.push(i - side);
        offsets.push(columns.length);
      }
      return {
        n: side * side,
        offsets: Int32Array.from(offsets),
        columns: Int32Array.from(columns),
        values: Float64Array.from(columns, () => 1),
      };
    };
    const a = grid(14);
    for (const way of [0, 1, 2, 3] as const)
      expect([...eliminationOrder(a, way)].sort((x, y) => x - y)).toEqual(
        Array.from({ length: a.n }, (_, i) => i),
      );
    const laplacian = { ...a, values: Float64Array.from(a.values) };
    for (let i = 0; i < a.n; i++)
      for (let e = a.offsets[i]; e < a.offsets[i + 1]; e++)
        laplacian.values[e] = a.columns[e] === i ? 4.5 : -1;
    const b = Float64Array.from({ length: a.n }, (_, i) => Math.sin(i));
    const [x, ...others] = ([0, 1, 2, 3] as const).map((way) => solveSparse(laplacian, b, way));
    for (const y of others) expect(Math.max(...x.map((v, i) => Math.abs(v - y[i])))).toBeLessThan(1e-13);
  });

  it("is differentiable in entries and right hand side, to second order, compiled or not", () => {
    const { rows, b } = systemOf(6);
    const { data, indices, indptr } = rows;
    const dense = (d: A): A => new BCSR([d, indices, indptr], { shape: [6, 6] }).todense();
    const f = (d: A, y: A): A => np.sin(spsolve(d, indices, indptr, y)).sum();
    const g = (d: A, y: A): A => np.sin(np.linalg.solve(dense(d), y)).sum();
    for (const k of [0, 1]) {
      const want = grad(g, k)(data, b);
      expect(most(grad(f, k)(data, b).sub(want))).toBeLessThan(1e-9);
      expect(most(jit(grad(f, k))(data, b).sub(want))).toBeLessThan(1e-9);
    }
    expect(most(hessian((y: A) => f(data, y))(b).sub(hessian((y: A) => g(data, y))(b)))).toBeLessThan(1e-8);
    expect(most(hessian((d: A) => f(d, b))(data).sub(hessian((d: A) => g(d, b))(data)))).toBeLessThan(1e-8);
    const along = [np.cos(data), np.sin(b)] as const;
    expect(most(jvp(f, [data, b], along)[1].sub(jvp(g, [data, b], along)[1]))).toBeLessThan(1e-9);
  });

  it("solves lane after lane under vmap", () => {
    const { dense, rows } = systemOf(5);
    const bs = np.array(Array.from({ length: 3 }, () => Array.from({ length: 5 }, () => r.uniform(-1, 1))));
    const xs = vmap((b: A) => solve(rows, b))(bs);
    expect(most(xs.matmul(dense.T).sub(bs))).toBeLessThan(1e-12);
    const scaled = vmap((s: A) => spsolve(rows.data.mul(s), rows.indices, rows.indptr, bs.slice(0)))(
      np.array([1, 2, 4]),
    );
    expect(most(scaled.slice(2).mul(4).sub(scaled.slice(0)))).toBeLessThan(1e-12);
  });

  it("takes complex numbers, and its transposed system", () => {
    const { dense, rows, b } = systemOf(6);
    const i = np.sqrt(np.array(-1).astype("complex128"));
    const twist = (x: A): A => x.add(i.mul(np.cos(x.mul(3)).mul(x)));
    const data = twist(rows.data);
    const full = new BCSR([data, rows.indices, rows.indptr], { shape: dense.shape }).todense();
    const rhs = twist(b);
    const x = spsolve(data, rows.indices, rows.indptr, rhs);
    expect(most(full.matmul(x).sub(rhs))).toBeLessThan(1e-11);
    const f = (d: A): A => np.abs(spsolve(d, rows.indices, rows.indptr, rhs)).sum();
    const at = (d: A): A => new BCSR([d, rows.indices, rows.indptr], { shape: dense.shape }).todense();
    const g = (d: A): A => np.abs(np.linalg.solve(at(d), rhs)).sum();
    expect(most(grad(f)(data).sub(grad(g)(data)))).toBeLessThan(1e-9);
  });

  it("adds up entries of one position, whatever their order, and takes single precision", () => {
    const data = np.array([1, 3, 1, 5], { dtype: "float32" });
    const [indices, indptr] = [
      np.array([1, 0, 0, 1], { dtype: "int32" }),
      np.array([0, 3, 4], { dtype: "int32" }),
    ];
    const x = spsolve(data, indices, indptr, np.array([6, 10], { dtype: "float32" }));
    expect(x.dtype).toBe("float32");
    expect(x.js()).toEqual([1, 2]);
  });

  it("gives NaN where the matrix is singular", () => {
    const m = BCSR.fromdense(
      np.array([
        [1, 2],
        [0, 0],
      ]),
    );
    expect(solve(m, np.ones([2])).js()).toEqual([NaN, NaN]);
  });
});
