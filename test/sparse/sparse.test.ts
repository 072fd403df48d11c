/** @file Sparse Jacobians and Hessians against dense ones; their patterns, and the number of directions. */
import { describe, expect, it } from "vitest";
import { checkpoint, customVjp, grad, hessian, jacfwd, jit, vmap } from "../../src/api/index.ts";
import type { NDArray } from "../../src/core/array.ts";
import * as lax from "../../src/control-flow/lax.ts";
import * as np from "../../src/numpy/index.ts";
import {
  SparseMatrix,
  SparsityPattern,
  hessianSparsity,
  jacobianSparsity,
  sparseHessian,
  sparseJacobian,
} from "../../src/sparse/index.ts";
import { colourColumns, colourSymmetric } from "../../src/sparse/colouring.ts";
import { hessianPlan, jacobianPlan } from "../../src/sparse/plan.ts";
import { array, expectClose, flat } from "../util/arrays.ts";
import { Random } from "../util/random.ts";

type A = NDArray;

const random = (shape: readonly number[], seed = 1, dtype: "float64" | "float32" = "float64"): A => {
  const r = new Random(seed);
  return array(
    shape,
    Array.from({ length: shape.reduce((n, d) => n * d, 1) }, () => r.uniform(0.5, 1.5)),
    dtype,
  );
};

const ends = (x: A): [A, A] => [x.slice([0, -1]), x.slice([1])];
const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

/** Whether the pattern has exactly the entries where `has` says so. */
function expectPattern(p: SparsityPattern, has: (i: number, j: number) => boolean): void {
  const want = range(p.shape[0]).flatMap((i) =>
    range(p.shape[1])
      .filter((j) => has(i, j))
      .map((j) => `${i},${j}`),
  );
  expect(Array.from(p.cols, (j, e) => `${p.rows[e]},${j}`)).toEqual(want);
}

/** Poses and points, and what each pose sees of each point: the structure of bundle adjustment. */
const poses = 4;
const points = 9;
const sees = range(poses).flatMap((i) =>
  range(points)
    .filter((j) => (i + 2 * j) % 3 !== 0)
    .map((j) => [i, j] as const),
);
const poseOf = np.array(
  sees.map(([i]) => i),
  { dtype: "int32" },
);
const pointOf = np.array(
  sees.map(([, j]) => j),
  { dtype: "int32" },
);
function residuals({ camera, point }: { camera: A; point: A }): A {
  const c = np.take(camera, poseOf, 0);
  const p = np.take(point, pointOf, 0);
  const depth = p.slice([], 2).add(c.slice([], 3)).add(5);
  const u = np.sin(c.slice([], 0)).mul(p.slice([], 0)).add(c.slice([], 1)).div(depth);
  const v = np.cos(c.slice([], 0)).mul(p.slice([], 1)).add(c.slice([], 2)).div(depth);
  return np.stack([u, v], 1);
}

type Structure = (i: number, j: number) => boolean;
const laplacian = np.array(
  range(8).map((i) => range(8).map((j) => (i === j ? 2 : Math.abs(i - j) === 1 ? -1 : 0))),
);

/** A function, the size of its argument, its pattern, and how many directions it takes. */
const jacobians: readonly (readonly [string, (x: A) => A, number, Structure, number])[] = [
  ["element-wise", (x) => np.exp(x).mul(3), 9, (i, j) => i === j, 1],
  ["neighbours", (x) => np.sin(ends(x)[0].mul(ends(x)[1])), 9, (i, j) => j === i || j === i + 1, 2],
  ["a roll", (x) => x.mul(np.roll(x, 1)), 9, (i, j) => j === i || j === (i + 8) % 9, 3],
  ["a known matrix", (x) => np.tanh(np.matmul(laplacian, x)), 8, (i, j) => Math.abs(i - j) < 2, 3],
  ["a known mask", (x) => np.triu(np.outer(x, np.ones([3]))).sum(0), 3, (i, j) => j <= i, 3],
  ["blocks", (x) => np.linalg.norm(x.reshape([4, 3]), { axis: 1 }), 12, (i, j) => Math.floor(j / 3) === i, 1],
  ["a sum", (x) => x.sum().reshape([1]), 9, () => true, 1],
  ["a broadcast", (x) => np.broadcastTo(np.prod(x), [9]), 2, () => true, 2],
  ["cumsum", (x) => np.cumsum(x), 5, (i, j) => j <= i, 5],
  [
    "a convolution",
    (x) => np.convolve(x, np.array([1, -2, 1]), "valid"),
    9,
    (i, j) => j >= i && j <= i + 2,
    3,
  ],
  [
    "a convolution whose kernel has a zero",
    (x) => np.convolve(x, np.array([1, 0, 1]), "valid"),
    9,
    (i, j) => j === i || j === i + 2,
    2,
  ],
  [
    "a window sum",
    (x) => lax.reduceWindow(x, 0, lax.add, [2], [2], "VALID"),
    8,
    (i, j) => Math.floor(j / 2) === i,
    1,
  ],
  [
    "updates",
    (x) =>
      np
        .zeros([5])
        .at(np.array([3, 0], { dtype: "int32" }))
        .set(x.slice([0, 2]))
        .add(x),
    5,
    (i, j) => i === j || (i === 3 && j === 0) || (i === 0 && j === 1),
    2,
  ],
  [
    "added updates",
    (x) => x.at(np.array([1, 1], { dtype: "int32" })).add(x.slice([3, 5])),
    5,
    (i, j) => i === j || (i === 1 && j >= 3),
    2,
  ],
  [
    "a choice that depends on the input",
    (x) => np.where(x.greater(1), x, np.roll(x, 2)),
    9,
    (i, j) => i === j || j === (i + 7) % 9,
    3,
  ],
  ["parts without derivative", (x) => np.floor(x).mul(x), 5, (i, j) => i === j, 1],
  ["nothing", (x) => np.zeros([3]).add(np.floor(x.slice([0, 3]))), 5, () => false, 0],
  ["maximum of neighbours", (x) => np.maximum(...ends(x)), 6, (i, j) => j === i || j === i + 1, 2],
  ["sorted rows", (x) => np.sort(x.reshape([2, 3]), { axis: 1 }).ravel(), 6, () => true, 6],
  [
    "a scan that remembers one step",
    (x) => lax.scan((c: A, v: A) => [v, v.mul(c)], np.array(1), x)[1],
    6,
    (i, j) => j === i || j === i - 1,
    2,
  ],
  [
    "a recurrence",
    (x) => lax.scan((c: A, v: A) => [np.sin(c).mul(v), c], np.array(1), x)[1],
    5,
    (i, j) => j < i,
    4,
  ],
  [
    "a loop that reads by its counter",
    (x) =>
      lax.foriLoop(
        0,
        5,
        (i, s: A) =>
          s
            .at(i)
            .set(
              np.exp(lax.dynamicIndexInDim(x, i, 0, false).mul(lax.dynamicIndexInDim(x, i.add(1), 0, false))),
            ),
        np.zeros([5]),
      ),
    6,
    (i, j) => j === i || j === i + 1,
    2,
  ],
  [
    "a loop of unknown length",
    (x) =>
      lax.whileLoop(
        (y: A) => y.sum().less(100),
        (y: A) => y.mul(y).add(1),
        x,
      ),
    4,
    (i, j) => i === j,
    1,
  ],
  [
    "a branch",
    (x) =>
      lax.cond(
        x.sum().greater(0),
        (y: A) => y.mul(2),
        (y: A) => np.roll(y, 1),
        x,
      ),
    6,
    (i, j) => i === j || j === (i + 5) % 6,
    2,
  ],
  ["jit inside", (x) => jit((y: A) => y.mul(np.roll(y, 1)))(x), 6, (i, j) => i === j || j === (i + 5) % 6, 2],
  [
    "checkpoint inside",
    (x) => checkpoint((y: A) => np.sin(y.mul(np.roll(y, 1))))(x),
    6,
    (i, j) => i === j || j === (i + 5) % 6,
    2,
  ],
  [
    "vmap inside",
    (x) => vmap((r: A) => r.mul(r.sum()))(x.reshape([3, 2])).ravel(),
    6,
    (i, j) => i >> 1 === j >> 1,
    2,
  ],
];

describe("Jacobians", () => {
  for (const [name, f, n, has, count] of jacobians) {
    it(name, () => {
      const x = random([n]);
      const p = jacobianSparsity(f)(x);
      expectPattern(p, has);
      expect(jacobianPlan(p, null).count).toBe(count);
      const want = flat(jacfwd(f)(x));
      const made = sparseJacobian(f);
      expectClose(made(x).toDense(), want, 1e-12);
      // The same plan at other values, and compiled.
      const y = random([n], 2);
      expectClose(made(y).toDense(), flat(jacfwd(f)(y)), 1e-12);
      expectClose(jit(made)(y).toDense(), flat(jacfwd(f)(y)), 1e-12);
      expectClose(jit((z: A) => sparseJacobian(f)(z).data)(x), flat(made(x).data), 1e-12);
      expectClose(sparseJacobian(f, { mode: "forward" })(x).toDense(), want, 1e-12);
      if (!name.includes("unknown length"))
        expectClose(sparseJacobian(f, { mode: "reverse" })(x).toDense(), want, 1e-12);
    });
  }

  it("of bundle adjustment: two rows for each sight, of one pose and one point", () => {
    const tree = { camera: random([poses, 4]), point: random([points, 3], 3) };
    const j = sparseJacobian(residuals)(tree);
    expect(j.shape).toEqual([2 * sees.length, 4 * poses + 3 * points]);
    const reads = (row: number, col: number): boolean => {
      const [pose, point] = sees[row >> 1];
      const v = row % 2;
      if (col < 4 * poses)
        return col >> 2 === pose && (col % 4 !== 1 || v === 0) && (col % 4 !== 2 || v === 1);
      const k = col - 4 * poses;
      return Math.floor(k / 3) === point && (k % 3 === 2 || k % 3 === v);
    };
    expectPattern(j.pattern, reads);
    const blocks = jacfwd(residuals)(tree);
    const dense = np.concatenate(
      [blocks.camera.reshape([2 * sees.length, -1]), blocks.point.reshape([2 * sees.length, -1])],
      1,
    );
    expectClose(j.toDense(), flat(dense), 1e-12);
    // No more directions than a row has entries in the best case, and far fewer than there are columns.
    expect(jacobianPlan(j.pattern, null).count).toBeLessThanOrEqual(8);
  });

  it("is of the argument's dtype, of the argument chosen, of results that are trees", () => {
    const x = random([5], 1, "float32");
    const j = sparseJacobian((a: A, b: A) => ({ s: a.mul(b), t: [b.sum()] }), { argnums: 1 })(2, x);
    expect(j.data.dtype).toBe("float32");
    expectPattern(j.pattern, (i, k) => i === k || i === 5);
    expectClose(
      j.toDense(),
      range(6).flatMap((i) => range(5).map((k) => (i === k ? 2 : i === 5 ? 1 : 0))),
      1e-7,
    );
  });

  it("follows what other arguments are only by their shapes", () => {
    const f = (x: A, w: A): A => np.matmul(w, x);
    expectPattern(jacobianSparsity(f)(random([3]), np.eye(3)), () => true);
  });

  it("of a function with a rule for reverse mode only", () => {
    const f = customVjp((x: A) => np.sin(x)).defVjp(
      (x) => [np.sin(x), x],
      (x, ct) => [ct.mul(np.cos(x))],
    );
    const x = random([3]);
    const j = sparseJacobian((v: A) => f(v), { mode: "reverse" })(x);
    expectClose(j.toDense(), flat(np.diag(np.cos(x))), 1e-14);
    const known = sparseJacobian((v: A) => f(v), { mode: "reverse", sparsity: np.eye(3) })(x);
    expectClose(known.data, flat(np.cos(x)), 1e-14);
  });
});

const rosenbrock = (x: A): A => {
  const [a, b] = ends(x);
  return np.sum(
    b
      .sub(a.mul(a))
      .pow(2)
      .mul(100)
      .add(np.square(a.sub(1))),
  );
};

/** A function, the size of its argument, the pattern of its Hessian, and how many directions it takes at most. */
const hessians: readonly (readonly [string, (x: A) => A, number, Structure, number])[] = [
  ["diagonal", (x) => np.sum(np.exp(x)), 7, (i, j) => i === j, 1],
  ["Rosenbrock", rosenbrock, 9, (i, j) => Math.abs(i - j) < 2, 3],
  [
    "pentadiagonal",
    (x) =>
      np.sum(
        np.sin(
          x
            .slice([2])
            .mul(x.slice([1, -1]))
            .mul(x.slice([0, -2])),
        ),
      ),
    9,
    (i, j) => Math.abs(i - j) < 3,
    5,
  ],
  [
    "an arrow",
    (x) => np.sum(x.slice([1]).mul(x.slice(0)).pow(3)),
    9,
    (i, j) => i === 0 || j === 0 || i === j,
    2,
  ],
  [
    "blocks",
    (x) => np.sum(np.prod(x.reshape([3, 3]), { axis: 1 })),
    9,
    (i, j) => i !== j && Math.floor(i / 3) === Math.floor(j / 3),
    3,
  ],
  ["linear", (x) => x.sum(), 4, () => false, 0],
  ["dense", (x) => np.log(np.sum(np.exp(x))), 5, () => true, 5],
  [
    "a ring",
    (x) => np.sum(np.cos(x.sub(np.roll(x, 1)))),
    8,
    (i, j) => [0, 1, 7].includes((i - j + 8) % 8),
    4,
  ],
  [
    "a loop",
    (x) =>
      lax.foriLoop(
        0,
        5,
        (i, s: A) =>
          s.add(
            np.sin(lax.dynamicIndexInDim(x, i, 0, false).mul(lax.dynamicIndexInDim(x, i.add(1), 0, false))),
          ),
        np.array(0),
      ),
    6,
    (i, j) => Math.abs(i - j) < 2,
    3,
  ],
];

describe("Hessians", () => {
  for (const [name, f, n, has, count] of hessians) {
    it(name, () => {
      const x = random([n]);
      const p = hessianSparsity(f)(x);
      expectPattern(p, has);
      expect(hessianPlan(p).count).toBeLessThanOrEqual(count);
      const made = sparseHessian(f);
      expectClose(made(x).toDense(), flat(hessian(f)(x)), 1e-11);
      expectClose(jit(made)(random([n], 2)).toDense(), flat(hessian(f)(random([n], 2))), 1e-11);
    });
  }

  it("of bundle adjustment: poses meet points, not one another", () => {
    const tree = { camera: random([poses, 4]), point: random([points, 3], 3) };
    const loss = (t: { camera: A; point: A }): A => np.sum(np.square(residuals(t)));
    const h = sparseHessian(loss)(tree);
    for (const [e, j] of h.cols.entries()) {
      const i = h.rows[e];
      if (i < 16 && j < 16) expect(i >> 2).toBe(j >> 2);
      if (i >= 16 && j >= 16) expect(Math.floor((i - 16) / 3)).toBe(Math.floor((j - 16) / 3));
    }
    const v = random([43], 5);
    const product = grad((t: A) =>
      np.dot(
        grad((u: A) =>
          loss({ camera: u.slice([0, 16]).reshape([4, 4]), point: u.slice([16]).reshape([9, 3]) }),
        )(t),
        v,
      ),
    );
    const at = np.concatenate([tree.camera.ravel(), tree.point.ravel()]);
    expectClose(h.matmul(v), flat(product(at)), 1e-11);
  });

  it("of ten thousand variables", () => {
    const x = random([10000]);
    const h = sparseHessian(rosenbrock)(x);
    expect(h.nnz).toBe(29998);
    const [a, b] = [Number(x.slice(4000).item()), Number(x.slice(4001).item())];
    const row = Array.from(h.cols.subarray(h.offsets[4000], h.offsets[4001]));
    expect(row).toEqual([3999, 4000, 4001]);
    const entries = flat(h.data).slice(h.offsets[4000], h.offsets[4001]);
    expect(entries[1]).toBeCloseTo(1200 * a * a - 400 * b + 202, 8);
    expect(entries[2]).toBeCloseTo(-400 * a, 9);
  });
});

describe("colourings of random patterns", () => {
  const patterns = range(30).map((seed) => {
    const r = new Random(seed);
    const n = r.int(1, 25);
    const m = r.int(1, 25);
    const k = r.int(0, 60);
    const draw = (top: number): number[] => Array.from({ length: k }, () => r.int(0, top - 1));
    return { n, wide: SparsityPattern.fromEntries([m, n], draw(m), draw(n)), rows: draw(n), cols: draw(n) };
  });

  it("columns of one colour have no row in common", () => {
    for (const { wide } of patterns) {
      const { colours, count } = colourColumns(wide);
      for (const i of range(wide.shape[0])) {
        const seen = Array.from(wide.row(i), (j) => colours[j]);
        expect(new Set(seen).size).toBe(seen.length);
      }
      expect(Math.max(-1, ...colours)).toBeLessThan(Math.max(1, count));
    }
  });

  it("symmetric: neighbours differ, and no path of four has two colours", () => {
    for (const { n, rows, cols } of patterns) {
      const p = SparsityPattern.fromEntries([n, n], [...rows, ...cols], [...cols, ...rows]);
      const { colours } = colourSymmetric(p);
      const around = range(n).map((v) => Array.from(p.row(v)).filter((w) => w !== v));
      for (const v of range(n))
        for (const w of around[v]) {
          expect(colours[v]).not.toBe(colours[w]);
          for (const x of around[w].filter((u) => u !== v && colours[u] === colours[v]))
            for (const y of around[x].filter((u) => u !== w)) expect(colours[y]).not.toBe(colours[w]);
        }
    }
  });

  it("of an arrow and of a band", () => {
    const n = 2000;
    const spokes = range(n - 1).map((i) => i + 1);
    const arrow = SparsityPattern.fromEntries(
      [n, n],
      [...spokes.map(() => 0), ...spokes],
      [...spokes, ...spokes.map(() => 0)],
    );
    expect(colourSymmetric(arrow).count).toBe(2);
    const band = SparsityPattern.fromEntries(
      [n, n],
      range(3 * n - 6).map((k) => Math.floor(k / 3)),
      range(3 * n - 6).map((k) => Math.floor(k / 3) + (k % 3)),
    );
    expect(colourColumns(band).count).toBe(3);
  });
});

describe("matrices", () => {
  const x = random([6]);
  const f = (v: A): A => v.mul(np.roll(v, 1));

  it("multiply vectors and matrices", () => {
    const j = sparseJacobian(f)(x);
    const dense = jacfwd(f)(x);
    const v = random([6], 7);
    const w = random([6, 2], 8);
    expectClose(j.matmul(v), flat(np.matmul(dense, v)), 1e-13);
    expectClose(j.matmul(w), flat(np.matmul(dense, w)), 1e-13);
    expect(() => j.matmul(random([5]))).toThrow(/shape \[6,6\] times an array of shape \[5\]/);
    expect(String(j)).toBe("SparseMatrix(float64[6,6], 12 entries)");
  });

  it("are trees: they go through jit and grad", () => {
    const loss = (v: A): A => sparseJacobian(f)(v).matmul(v).sum();
    expectClose(grad(loss)(x), flat(grad((v: A) => np.matmul(jacfwd(f)(v), v).sum())(x)), 1e-12);
    const j = sparseJacobian(f)(x);
    const twice = jit((m: SparseMatrix) => new SparseMatrix(m.data.mul(2), m.pattern))(j);
    expectClose(twice.toDense(), flat(j.toDense().mul(2)), 1e-13);
  });

  it("of lanes, under vmap", () => {
    const xs = random([3, 6]);
    const data = vmap((v: A) => sparseJacobian(f)(v).data)(xs);
    expectClose(data.slice(1), flat(sparseJacobian(f)(xs.slice(1)).data), 1e-13);
  });
});

describe("errors", () => {
  const x = random([3]);
  it("say what does not fit", () => {
    expect(() => sparseJacobian(np.sin, { sparsity: np.ones([2, 3]) })(x)).toThrow(
      /pattern has shape \[2,3\], but the matrix has 3 rows and 3 columns/,
    );
    expect(() => sparseHessian((v: A) => v.sum(), { sparsity: np.ones([2, 2]) })(x)).toThrow(
      /pattern has shape \[2,2\]/,
    );
    expect(() => sparseJacobian(np.sin, { sparsity: np.ones([3]) })).toThrow(/sparsity must be a matrix/);
    expect(() => sparseHessian(np.sin)(x)).toThrow(/must return one scalar; got 3 elements/);
    expect(() => sparseJacobian(np.sin, { mode: "both" } as never)).toThrow(
      /"auto", "forward" or "reverse"; got "both"/,
    );
    expect(() => sparseJacobian(np.sin, { argnums: 2 })(x)).toThrow(
      /argument 2, but the call has 1 argument\./,
    );
    expect(() => sparseJacobian(np.sin)(np.array([1, 2], { dtype: "int32" }))).toThrow(/int32/);
    expect(() => sparseJacobian((_: A) => undefined)(x)).toThrow(/return/);
    expect(() => SparsityPattern.fromEntries([2, 2], [0, 2], [1, 1])).toThrow(/entry 1 is at \[2, 1\]/);
  });
});
