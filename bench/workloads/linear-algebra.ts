/**
 * @file Linear algebra of a symmetric positive definite matrix M·Mᵀ + n, float32: factors, solutions, eigenvalues, singular
 * values. XLA's are those of JAX, which calls LAPACK.
 */
import type { Array } from "../../src/index.ts";
import { normal32 } from "../lib/data.ts";
import { adjoint, jit } from "../lib/library.ts";
import { type Entry, type Workload, arrays } from "../lib/measure.ts";
import { numpyOf } from "../lib/numpy.ts";
import { xlaOf } from "../lib/xla.ts";

const { numpy: np } = adjoint;

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

async function contenders({ name, f }: Routine, n: number): Promise<Entry[]> {
  const m = np.array(normal32(n * n, 1)).reshape([n, n]);
  const a = np.array(np.matmul(m, m.T).add(np.multiply(np.eye(n, { dtype: "float32" }), n)));
  const compiled = jit(f);
  return [
    arrays("adjoint", () => [compiled(a).dataSync()]),
    await xlaOf(f, [a], { native: name }),
    await numpyOf(name, [a], { scipy: true }),
  ];
}

const absent = { "@jax-js/jax": "it has no such functions", tfjs: "it has no such functions in wasm" };

export const linearAlgebraWorkloads: Workload[] = [64, 256].flatMap((n) =>
  routines.map((routine) => ({
    name: `${routine.name} ${n}`,
    group: "linalg",
    text: `${routine.text} of a symmetric positive definite ${n} × ${n} matrix, float32, and read it.`,
    tolerance: 1e-4,
    make: () => contenders(routine, n),
    absent,
  })),
);
