/** @file Products of a sparse matrix and a vector, and the gradient of one with respect to the entries; SciPy's are of the same matrix. */
import type { Array, experimental } from "../../src/index.ts";
import { adjoint, jit } from "../lib/library.ts";
import { type Entry, type Workload, arrays } from "../lib/measure.ts";
import { numpyOf } from "../lib/numpy.ts";

const { numpy: np } = adjoint;
const { BCOO, BCSR, grad } = adjoint.experimental.sparse;

/** Numbers from a congruential generator: uniform below `n`. */
function uniform(count: number, n: number, seed: number): Float64Array {
  let state = seed;
  return Float64Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state / 2 ** 32) * n;
  });
}

interface Matrix {
  readonly coordinates: experimental.sparse.BCOO;
  readonly rows: experimental.sparse.BCSR;
  readonly v: Array;
}

/** A matrix with entries at random places, row by row. */
function matrix(n: number, nse: number): Matrix {
  const rows = Int32Array.from(uniform(nse, n, 1)).sort();
  const cols = Int32Array.from(uniform(nse, n, 2));
  const at = Int32Array.from({ length: 2 * nse }, (_, i) => (i % 2 === 0 ? rows[i >> 1] : cols[i >> 1]));
  const data = np.array(uniform(nse, 1, 3));
  const shape = [n, n];
  const coordinates = new BCOO([data, np.array(at).reshape([nse, 2])], { shape, indicesSorted: true });
  return { coordinates, rows: BCSR.fromBcoo(coordinates), v: np.array(uniform(n, 1, 4)) };
}

type Sparse = experimental.sparse.BCOO;

async function products(n: number, nse: number): Promise<Entry[]> {
  const { coordinates, rows, v } = matrix(n, nse);
  const byCoordinates = jit((m: Sparse, x: Array) => m.matmul(x));
  const byRows = jit((m: experimental.sparse.BCSR, x: Array) => m.matmul(x));
  return [
    arrays("adjoint", () => [byRows(rows, v).dataSync()]),
    arrays("adjoint, coordinates", () => [byCoordinates(coordinates, v).dataSync()]),
    await numpyOf("sparse_product", [rows.data, rows.indices, rows.indptr, v], { scipy: true }),
  ];
}

async function gradients(n: number, nse: number): Promise<Entry[]> {
  const { coordinates, v } = matrix(n, nse);
  const g = jit((m: Sparse, x: Array) => grad((y: Sparse) => np.sin(y.matmul(x)).sum())(m).data);
  const { data, indices } = coordinates;
  return [
    arrays("adjoint", () => [g(coordinates, v).dataSync()]),
    await numpyOf("sparse_gradient", [data, indices, v], { scipy: true }),
  ];
}

const absent = {
  "@jax-js/jax": "it has no sparse arrays",
  tfjs: "it has no sparse arrays",
  XLA: "sparse arrays are JAX's, not XLA's",
};

const [n, nse] = [100_000, 1_000_000];

export const sparseWorkloads: Workload[] = [
  {
    name: "sparse product",
    group: "sparse",
    text: `A ${n} × ${n} matrix of ${nse} entries times a vector, float64, and read it.`,
    tolerance: 1e-9,
    make: () => products(n, nse),
    absent,
  },
  {
    name: "sparse gradient",
    group: "sparse",
    text: `The gradient of Σ sin(A·v) with respect to the ${nse} entries of A, float64, and read it.`,
    tolerance: 1e-9,
    make: () => gradients(n, nse),
    absent,
  },
];
