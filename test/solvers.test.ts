/**
 * @file Every exported solver against scales and values at the edge: the answer scales with its arguments, and what is not
 * finite never passes for a solution, nor runs for ever. The table is by exported name; a name without an entry fails.
 */
import { describe, expect, it } from "vitest";
import { implicit, lax, numpy as np, optim, scipy } from "../src/index.ts";
import type { NDArray } from "../src/core/array.ts";
import type { DType } from "../src/dtypes/dtype.ts";
import { flat } from "./util/arrays.ts";

type A = NDArray;
interface Found {
  readonly values: readonly A[];
  /** Whether the solver says that it succeeded; without it NaN is the only sign of failure. */
  readonly success?: A;
}
interface Entry {
  readonly args: readonly (readonly unknown[] | number)[];
  /** The answer is homogeneous: for each argument, of this degree; null: it is not. */
  readonly degrees: readonly (number | null)[];
  readonly call: (...args: A[]) => Found;
  /** Arguments for which an infinity has a meaning (a limit, an end of an interval). */
  readonly limits?: readonly number[];
  readonly tolerance?: number;
}

const symmetric = [
  [4, 1, 0.5],
  [1, 3, -1],
  [0.5, -1, 5],
];
const general = [
  [4, 1, 2],
  [-1, 3, 0.5],
  [0.25, -2, 1],
];
const right = [1, 2, 3];
const only = (...values: A[]): Found => ({ values });
const solved = ([x, info]: readonly [unknown, A]): Found => ({
  values: [x as A],
  success: np.equal(info, 0),
});

function minimized(method: "BFGS" | "L-BFGS"): Entry {
  return {
    args: [2.5, [1, 2], [3, -1]],
    degrees: [0, null, null],
    call: (size, centre, start) => {
      const f = (x: A): A => np.multiply(np.square(np.subtract(x, centre)).sum(), size);
      const { x, success } = scipy.optimize.minimize(f, start, { method });
      return { values: [x], success };
    },
  };
}
/** The same problem with unknowns in other units. */
function minimizedUnits(method: "BFGS" | "L-BFGS"): Entry {
  return {
    args: [1],
    degrees: [1],
    call: (unit) => {
      const centre = np.array([1, 2], unit.dtype);
      const f = (x: A): A => np.square(np.divide(x, unit).sub(centre)).sum();
      const start = np.multiply(np.array([3, -1], unit.dtype), unit);
      const { x, success } = scipy.optimize.minimize(f, start, { method });
      return { values: [x], success };
    },
    tolerance: 1e-5,
  };
}

const system = (solve: (a: A, b: A) => Found): Entry => ({
  args: [general, right],
  degrees: [-1, 1],
  call: solve,
});
const ofMatrix = (degree: number | null, call: (a: A) => Found, matrix: number[][] = general): Entry => ({
  args: [matrix],
  degrees: [degree],
  call,
});

const sparse: Record<string, Entry[]> = {
  cg: [
    { ...system((a, b) => solved(scipy.sparse.linalg.cg(a, b, { tol: 1e-6 }))), args: [symmetric, right] },
    {
      args: [symmetric, right, [1, 1, 1]],
      degrees: [null, null, null],
      call: (a, b, x0) => solved(scipy.sparse.linalg.cg(a, b, { x0, atol: 1e-3 })),
    },
  ],
  bicgstab: [system((a, b) => solved(scipy.sparse.linalg.bicgstab(a, b, { tol: 1e-7 })))],
  gmres: [
    system((a, b) => solved(scipy.sparse.linalg.gmres(a, b, { tol: 1e-6 }))),
    system((a, b) => solved(scipy.sparse.linalg.gmres(a, b, { tol: 1e-6, solveMethod: "incremental" }))),
    {
      args: [general, right, 1e-6],
      degrees: [-1, 1, null],
      call: (a, b, tol) => solved(scipy.sparse.linalg.gmres(a, b, { tol })),
      limits: [2],
    },
  ],
};

const implicits: Record<string, Entry[]> = {
  newton: [
    {
      args: [2.5],
      degrees: [0],
      call: (k) => only(implicit.newton((x: A) => x.pow(2).sub(2).mul(k), k.mul(0).add(1))),
    },
    {
      args: [1.5],
      degrees: [1],
      call: (unit) => only(implicit.newton((x: A) => np.divide(x, unit).pow(2).sub(2), unit)),
    },
    {
      args: [[1, 2, 0.5]],
      degrees: [1],
      call: (unit) => {
        const a = np.array(general, unit.dtype);
        const f = (x: A): A => {
          const y = np.divide(x, unit);
          return np.matmul(a, y).add(y.pow(2)).sub(1);
        };
        return only(implicit.newton(f, unit));
      },
    },
  ],
  bisect: [
    {
      args: [2.5, 0, 3],
      degrees: [0, null, null],
      call: (k, lo, hi) => only(implicit.bisect((x) => x.pow(2).sub(2).mul(k), lo, hi)),
      limits: [0, 1, 2],
    },
    {
      args: [1.5],
      degrees: [1],
      call: (unit) => only(implicit.bisect((x) => np.divide(x, unit).pow(2).sub(2), 0, unit.mul(3))),
    },
  ],
  fixedPoint: [
    {
      args: [1.5, 0],
      degrees: [1, null],
      call: (p, x0) => only(implicit.fixedPoint((k: A, x: A) => x.mul(0.5).add(k), p, x0)),
      tolerance: 1e-3,
    },
  ],
};

const vectors = (a: A): Found => only(lax.linalg.eigh(a)[0]);
const dense: Record<string, Entry[]> = {
  cholesky: [{ ...ofMatrix(0.5, (a) => only(np.linalg.cholesky(a)), symmetric), limits: [0] }],
  cond: [{ ...ofMatrix(0, (a) => only(np.linalg.cond(a))), limits: [0] }],
  eig: [ofMatrix(1, (a) => only(np.abs(np.linalg.eig(a)[0]).sum()))],
  eigh: [
    ofMatrix(1, (a) => only(np.linalg.eigh(a)[0]), symmetric),
    ofMatrix(0, (a) => only(np.abs(vectors(a).values[0])), symmetric),
  ],
  eigvals: [ofMatrix(1, (a) => only(np.abs(np.linalg.eigvals(a)).max()))],
  eigvalsh: [ofMatrix(1, (a) => only(np.linalg.eigvalsh(a)), symmetric)],
  inv: [{ ...ofMatrix(-1, (a) => only(np.linalg.inv(a))), limits: [0] }],
  lstsq: [{ ...system((a, b) => only(np.linalg.lstsq(a, b)[0])), limits: [1] }],
  pinv: [ofMatrix(-1, (a) => only(np.linalg.pinv(a)))],
  qr: [ofMatrix(1, (a) => only(np.linalg.qr(a)[1]))],
  solve: [{ ...system((a, b) => only(np.linalg.solve(a, b))), limits: [0] }],
  svd: [ofMatrix(1, (a) => only(np.linalg.svd(a)[1]))],
  svdvals: [ofMatrix(1, (a) => only(np.linalg.svdvals(a)))],
  tensorinv: [{ ...ofMatrix(-1, (a) => only(np.linalg.tensorinv(a, 1))), limits: [0] }],
  tensorsolve: [{ ...system((a, b) => only(np.linalg.tensorsolve(a, b))), limits: [0] }],
};
/** Products, norms and what is computed in one pass: no solvers. */
const direct = new Set(
  "cross det diagonal matmul matrixNorm matrixPower matrixRank matrixTranspose multiDot norm outer slogdet tensordot trace vecdot vectorNorm".split(
    " ",
  ),
);

const optimisation: Record<string, Entry[]> = {
  powerIteration: [ofMatrix(1, (a) => only(optim.powerIteration(a)[0]), symmetric)],
  matrixInversePthRoot: [
    ofMatrix(-0.5, (a) => only(optim.matrixInversePthRoot(a, 2)[0]), symmetric),
    ofMatrix(-0.25, (a) => only(optim.matrixInversePthRoot(a, 4)[0]), symmetric),
    ofMatrix(-1, (a) => only(optim.matrixInversePthRoot(a, 1)[0]), [[3]]),
  ].map((e) => ({ ...e, tolerance: 1e-4 })),
  nnls: [system((a, b) => only(optim.nnls(a, b, 300)))],
};

const matrixFunctions: Record<string, Entry[]> = {
  expm: [ofMatrix(null, (a) => only(scipy.linalg.expm(a)))],
  expmFrechet: [
    {
      args: [general, symmetric],
      degrees: [null, 1],
      call: (a, e) => only(scipy.linalg.expmFrechet(a, e, { computeExpm: false }) as A),
      limits: [1],
    },
  ],
  sqrtm: [
    ofMatrix(0.5, (a) => only(scipy.linalg.sqrtm(a))),
    ofMatrix(0.5, (a) => only(scipy.linalg.sqrtm(a)), symmetric),
  ],
  solveSylvester: [
    {
      args: [symmetric, symmetric, general],
      degrees: [null, null, 1],
      call: (a, b, c) => only(scipy.linalg.solveSylvester(a, b, c)),
    },
  ],
  polar: [ofMatrix(0, (a) => only(scipy.linalg.polar(a)[0]))],
  eighTridiagonal: [
    {
      args: [right, [0.5, 0.25]],
      degrees: [null, null],
      call: (d, e) => only(scipy.linalg.eighTridiagonal(d, e, { eigvalsOnly: true }) as A),
    },
  ],
};

const tables: readonly { name: string; entries: Record<string, Entry[]>; exported: readonly string[] }[] = [
  { name: "scipy.sparse.linalg", entries: sparse, exported: Object.keys(scipy.sparse.linalg) },
  { name: "implicit", entries: implicits, exported: Object.keys(implicit) },
  {
    name: "scipy.optimize",
    entries: {
      minimize: (["BFGS", "L-BFGS"] as const).flatMap((method) => [
        minimized(method),
        minimizedUnits(method),
      ]),
    },
    exported: Object.keys(scipy.optimize),
  },
  {
    name: "numpy.linalg",
    entries: dense,
    exported: Object.keys(np.linalg).filter((name) => !direct.has(name)),
  },
  { name: "optim", entries: optimisation, exported: Object.keys(optimisation) },
  { name: "scipy.linalg", entries: matrixFunctions, exported: Object.keys(matrixFunctions) },
];

/** The arguments with argument `k` times `scale`. */
const scaledArgs = (entry: Entry, dtype: DType, k: number, scale: number): A[] =>
  entry.args.map((x, i) => np.multiply(np.array(x as never, dtype), np.array(i === k ? scale : 1, dtype)));

/** The arguments with one element of argument `k` replaced. */
function spoiltArgs(entry: Entry, k: number, value: number): A[] {
  return entry.args.map((x, i) => {
    const array = np.array(x as never, "float64");
    if (i !== k) return array;
    const ravelled = flat(array);
    ravelled[ravelled.length - 1] = value;
    return np.reshape(np.array(ravelled), array.shape);
  });
}

const hasNaN = (found: Found): boolean =>
  found.values.some((x) => flat(np.isnan(x)).some((isNaN) => Boolean(isNaN)));
const failed = (found: Found): boolean =>
  found.success === undefined ? hasNaN(found) : !found.success.item();

const scales: readonly [DType, number][] = [
  ["float64", 1e200],
  ["float64", 1e-200],
  ["float32", 1e25],
  ["float32", 1e-25],
];

function checkScale(entry: Entry, dtype: DType, k: number, scale: number): void {
  const degree = entry.degrees[k];
  if (degree === null) return;
  const reference = entry.call(...scaledArgs(entry, dtype, k, 1)).values;
  const found = entry.call(...scaledArgs(entry, dtype, k, scale));
  if (failed(found)) throw new Error(`argument ${k} times ${scale}: no answer`);
  const tolerance = entry.tolerance ?? (dtype === "float32" ? 2e-4 : 1e-7);
  reference.forEach((want, i) => {
    const expected = flat(want);
    const unit = dtype === "float32" ? Math.fround(scale) ** degree : scale ** degree;
    const got = flat(found.values[i]).map((x) => x / unit);
    const size = Math.max(...expected.map(Math.abs));
    got.forEach((x, j) => {
      if (!(Math.abs(x - expected[j]) <= tolerance * size))
        throw new Error(`argument ${k} times ${scale}: ${got.join(" ")} instead of ${expected.join(" ")}`);
    });
  });
}

for (const { name, entries, exported } of tables) {
  describe(name, () => {
    it("has an entry for every solver", () => {
      expect(exported.filter((solver) => !(solver in entries))).toEqual([]);
    });
    for (const [solver, list] of Object.entries(entries)) {
      it(`${solver} scales with its arguments`, () => {
        for (const entry of list)
          for (const [dtype, scale] of scales)
            entry.args.forEach((_, k) => checkScale(entry, dtype, k, scale));
      });
      it(`${solver} takes nothing that is not finite for a solution`, () => {
        for (const entry of list)
          entry.args.forEach((_, k) => {
            for (const value of [NaN, Infinity, -Infinity]) {
              if (!Number.isNaN(value) && entry.limits?.includes(k) === true) continue;
              const found = entry.call(...spoiltArgs(entry, k, value));
              if (!failed(found)) throw new Error(`argument ${k} with ${value}: ${String(found.values[0])}`);
            }
          });
      });
    }
  });
}

describe("roots", () => {
  it("are none at a pole, behind a NaN, beyond the steps allowed, and where the slope is infinite", () => {
    expect(implicit.bisect((x) => np.divide(1, x), -1, 2).item()).toBeNaN();
    expect(implicit.bisect((x) => np.log(x.sub(1)), -1, 10).item()).toBeNaN();
    expect(implicit.bisect((x) => np.exp(x).sub(5), -1, 10, { maxiter: 3 }).item()).toBeNaN();
    expect(implicit.newton((x: A) => np.sqrt(x).sub(1), 0).item()).toBeNaN();
    expect(implicit.fixedPoint((_: A, x: A) => x.mul(2), 1, np.array(1, "float32")).item()).toBeNaN();
  });
  it("lie between infinite ends", () => {
    expect(implicit.bisect((x) => np.exp(x).sub(5), -Infinity, 10).item()).toBeCloseTo(Math.log(5), 12);
    expect(implicit.bisect((x) => x.sub(3), -Infinity, Infinity).item()).toBe(3);
  });
});

describe("answers outside the range", () => {
  const a = np.array(symmetric);
  it("are failures, with the last iterate", () => {
    const [small, vanished] = scipy.sparse.linalg.cg(a.mul(1e200), np.array(right).mul(1e-200));
    expect(flat(np.abs(small))).toEqual([0, 0, 0]);
    expect(vanished.item()).not.toBe(0);
    expect(scipy.sparse.linalg.gmres(a.mul(1e-200), np.array(right).mul(1e200))[1].item()).not.toBe(0);
  });
  it("a tolerance that everything meets is none", () => {
    for (const solve of [scipy.sparse.linalg.cg, scipy.sparse.linalg.bicgstab, scipy.sparse.linalg.gmres])
      expect(solve(a, np.array(right), { tol: Infinity })[1].item()).toBe(-1);
  });
  it("no step at all is one, too", () => {
    expect(scipy.sparse.linalg.cg(a, np.array(right), { maxiter: 0 })[1].item()).toBe(-1);
    expect(() => scipy.sparse.linalg.cg(a, np.array(right), { maxiter: 2.5 })).toThrow(/whole number/);
  });
});

describe("L-BFGS of optim", () => {
  it("finds the minimum of large functions", () => {
    const f = (x: A): A =>
      np
        .square(x.sub(np.array([1, 2])))
        .sum()
        .mul(1e200);
    const tx = optim.lbfgs();
    let x = np.array([3, -1]);
    let state = tx.init(x);
    for (let i = 0; i < 5; i++) {
      const gradient = x.sub(np.array([1, 2])).mul(2e200);
      const [updates, next] = tx.update(gradient, state, x, { value: f(x), grad: gradient, valueFn: f });
      x = optim.applyUpdates(x, updates);
      state = next;
    }
    expect(flat(x)).toEqual([1, 2]);
  });
  it("wants a limit of steps", () => {
    expect(() => optim.scaleByZoomLinesearch(NaN)).toThrow(/maxLinesearchSteps/);
    expect(() => optim.scaleByBacktrackingLinesearch(Infinity)).toThrow(/maxBacktrackingSteps/);
  });
});
