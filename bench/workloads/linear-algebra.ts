/**
 * @file Linear algebra of a symmetric positive definite matrix M·Mᵀ + n, float32: factors, solutions, eigenvalues, singular
 * values; of a general one, float64: eigenvalues and Schur form; and of stacks of small ones. XLA's are those of JAX, which calls
 * LAPACK.
 */
import type { Array } from "../../src/index.ts";
import { normal32, normal64 } from "../lib/data.ts";
import { adjoint, jit } from "../lib/library.ts";
import { type Entry, type Workload, arrays } from "../lib/measure.ts";
import { numpyOf } from "../lib/numpy.ts";
import { xlaOf } from "../lib/xla.ts";

const { lax, numpy: np } = adjoint;

interface Routine {
  readonly name: string;
  readonly text: string;
  readonly f: (a: Array) => Array;
}

const routines: readonly Routine[] = [
  { name: "cholesky", text: "Cholesky factor", f: (a) => np.linalg.cholesky(a) },
  { name: "inv", text: "Inverse", f: (a) => np.linalg.inv(a) },
  { name: "solve", text: "Solution of a linear system", f: (a) => np.linalg.solve(a, a.slice(0)) },
  { name: "qr", text: "QR decomposition: the orthogonal factor", f: (a) => np.linalg.qr(a)[0] },
  { name: "eigh", text: "Symmetric eigenvalue problem: the eigenvalues", f: (a) => np.linalg.eigh(a)[0] },
  { name: "svd", text: "Singular value decomposition: the singular values", f: (a) => np.linalg.svd(a)[1] },
];

/** Of what has no order of its own the sizes are read, in order. */
const general: readonly Routine[] = [
  { name: "eigvals", text: "Eigenvalues", f: (a) => np.sort(np.abs(np.linalg.eigvals(a))) },
  { name: "schur", text: "Schur form", f: (a) => np.sort(np.diagonal(lax.linalg.schur(a)[0])) },
];

const stacked: readonly Routine[] = [
  { name: "inv_stack", text: "Inverses", f: (a) => np.linalg.inv(a) },
  { name: "solve_stack", text: "Solutions of linear systems", f: (a) => np.linalg.solve(a, a) },
  { name: "cholesky_stack", text: "Cholesky factors", f: (a) => np.linalg.cholesky(a) },
];

async function contenders({ name, f }: Routine, a: Array): Promise<Entry[]> {
  const compiled = jit(f);
  return [
    arrays("adjoint", () => [compiled(a).dataSync()]),
    await xlaOf(f, [a], { native: name }),
    await numpyOf(name, [a], { scipy: true }),
  ];
}

function definite(n: number): Array {
  const m = np.array(normal32(n * n, 1)).reshape([n, n]);
  return np.array(np.matmul(m, m.T).add(np.multiply(np.eye(n, { dtype: "float32" }), n)));
}

function definiteStack(count: number, n: number): Array {
  const m = np.array(normal32(count * n * n, 1)).reshape([count, n, n]);
  return np.array(np.matmul(m, m.mT).add(np.multiply(np.eye(n, { dtype: "float32" }), n)));
}

const absent = { "@jax-js/jax": "it has no such functions", tfjs: "it has no such functions in wasm" };

const ofDefinite = [64, 256].flatMap((n) =>
  routines.map((routine) => ({
    name: `${routine.name} ${n}`,
    text: `${routine.text} of a symmetric positive definite ${n} × ${n} matrix, float32, and read it.`,
    tolerance: 1e-4,
    make: () => contenders(routine, definite(n)),
  })),
);

const ofGeneral = [128, 512].flatMap((n) =>
  general.map((routine) => ({
    name: `${routine.name} ${n}`,
    text: `${routine.text} of a general ${n} × ${n} matrix, float64, and read it.`,
    tolerance: 1e-8,
    make: () => contenders(routine, np.array(normal64(n * n, 1)).reshape([n, n])),
  })),
);

const ofStacks = (
  [
    [10_000, 3],
    [1000, 8],
  ] as const
).flatMap(([count, n]) =>
  stacked.map((routine) => ({
    name: `${routine.name.replace("_", " ")} ${count} × ${n}`,
    text: `${routine.text} of ${count} symmetric positive definite ${n} × ${n} matrices, float32, and read them.`,
    tolerance: 1e-3,
    make: () => contenders(routine, definiteStack(count, n)),
  })),
);

export const linearAlgebraWorkloads: Workload[] = [...ofDefinite, ...ofGeneral, ...ofStacks].map((w) => ({
  ...w,
  group: "linalg",
  absent,
}));
