/**
 * @file Backward errors beside NumPy's and LAPACK's on the same matrices: random, graded, clustered, rank-deficient and defective
 * ones, and for eigenvalues Grcar's, companions, triangular ones. Says loudly that it did not run where there is no Python with NumPy and SciPy (the command is ADJOINT_PYTHON, or python3).
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { NDArray } from "../../src/core/array.ts";
import { init, io, jit, lax, numpy as np, scipy } from "../../src/index.ts";
import {
  type Kind,
  dtypes,
  draw,
  exact,
  eye,
  generalKinds,
  h,
  isComplex,
  kinds,
  norm,
  product,
  unit,
} from "./hard-matrices.ts";

type A = NDArray;

/** Prints errors of each matrix of a file by routine, relative to what is given, as one object of JSON. */
const script = `
import json, sys
import numpy as np, scipy.linalg as sl
wide = lambda x: x.astype(np.complex128 if np.iscomplexobj(x) else np.float64)
norm, h, mm = np.linalg.norm, lambda x: wide(x).conj().T, lambda a, b: wide(a) @ wide(b)
def errors(x):
    n, size, out = len(x), norm(wide(x)), {}
    unity = lambda q: norm(mm(h(q), q) - np.eye(n)) / n**0.5
    lu, piv = sl.lu_factor(x, check_finite=False)
    rows = np.arange(n)
    for i, p in enumerate(piv): rows[[i, p]] = rows[[p, i]]
    out["lu"] = norm(mm(np.tril(lu, -1) + np.eye(n), np.triu(lu)) - wide(x)[rows]) / size
    q, r = np.linalg.qr(x)
    out["qr"], out["q"] = norm(mm(q, r) - wide(x)) / size, unity(q)
    u, s, vh = np.linalg.svd(x)
    out["svd"], out["u"] = norm(mm(u * s, vh) - wide(x)) / size, unity(u)
    y = (x + x.conj().T).astype(x.dtype)
    w, v = np.linalg.eigh(y)
    out["eigh"], out["v"] = norm(mm(y, v) - wide(v) * wide(w)) / norm(wide(y)), unity(v)
    t, z = sl.schur(x)
    out["schur"], out["z"] = norm(mm(mm(z, t), h(z)) - wide(x)) / size, unity(z)
    hess, q = sl.hessenberg(x, calc_q=True)
    out["hessenberg"] = norm(mm(mm(q, hess), h(q)) - wide(x)) / size
    w, v = np.linalg.eig(x)
    out["eig"] = norm(mm(x, v) - wide(v) * wide(w)) / size
    g = (mm(x, h(x)) + np.eye(n) * size).astype(x.dtype)
    l = np.linalg.cholesky(g)
    out["cholesky"] = norm(mm(l, h(l)) - wide(g)) / norm(wide(g))
    i = np.linalg.inv(g)
    out["inv"] = norm(mm(g, i) - np.eye(n)) / (norm(wide(g)) * norm(wide(i)))
    return {k: float(v) for k, v in out.items()}
print(json.dumps({k: errors(x) for k, x in np.load(sys.argv[1]).items()}))
`;

const python = process.env.ADJOINT_PYTHON ?? "python3";
const isThere = spawnSync(python, ["-c", "import numpy, scipy"]).status === 0;
if (!isThere) console.log(`NOT RUN: ${python} with numpy and scipy is not there (pip install them)`);

const several = (f: (x: A) => unknown): ((x: A) => A[]) => jit(f as (x: A) => A[]);
const factorise = {
  lu: several(lax.linalg.lu),
  qr: several((x) => np.linalg.qr(x)),
  svd: several((x) => np.linalg.svd(x)),
  eigh: several((x) => np.linalg.eigh(x)),
  eig: several((x) => np.linalg.eig(x)),
  schur: several((x) => lax.linalg.schur(x)),
  hessenberg: several((x) => scipy.linalg.hessenberg(x, { calcQ: true })),
  others: several((x) => [np.linalg.cholesky(x), np.linalg.inv(x)]),
};

/** The same of this library. */
const errorsOf = (x: A): Record<string, number> => {
  const [n, size] = [x.shape[0], norm(x)];
  const unity = (q: A): number => norm(product(h(q), q).sub(eye(n))) / Math.sqrt(n);
  const [lu, , order] = factorise.lu(x);
  const triangles = product(np.tril(lu, -1).add(np.eye(n)), np.triu(lu));
  const [q, r] = factorise.qr(x);
  const [u, s, vh] = factorise.svd(x);
  const y = x.add(h(x)).astype(x.dtype);
  const [w, v] = factorise.eigh(y);
  const [values, vectors] = factorise.eig(x);
  const [t, z] = factorise.schur(x);
  const [hess, p] = factorise.hessenberg(x);
  const g = product(x, h(x)).add(np.eye(n).mul(size)).astype(x.dtype);
  const [l, inverse] = factorise.others(g);
  return {
    lu: norm(triangles.sub(exact(np.take(x, order, { axis: 0 })))) / size,
    qr: norm(product(q, r).sub(exact(x))) / size,
    q: unity(q),
    svd: norm(product(exact(u).mul(exact(s)), vh).sub(exact(x))) / size,
    u: unity(u),
    eigh: norm(product(y, v).sub(exact(v).mul(exact(w)))) / norm(y),
    v: unity(v),
    schur: norm(product(product(z, t), h(z)).sub(exact(x))) / size,
    z: unity(z),
    hessenberg: norm(product(product(p, hess), h(p)).sub(exact(x))) / size,
    eig: norm(product(x, vectors).sub(exact(vectors).mul(exact(values)))) / size,
    cholesky: norm(product(l, h(l)).sub(exact(g))) / norm(g),
    inv: norm(product(g, inverse).sub(eye(n))) / (norm(g) * norm(inverse)),
  };
};

const sizes = [5, 40, 100];
const matrices = new Map<string, readonly [Kind, A]>();
for (const dtype of dtypes)
  for (const [kind, make] of Object.entries(kinds))
    for (const n of isComplex(dtype) ? [40] : sizes)
      if (kind !== "zero") matrices.set(`${kind} ${dtype} ${n}`, [dtype, make(dtype, n, n)]);
for (const [kind, make] of Object.entries(generalKinds))
  matrices.set(`${kind} float64 40`, ["float64", make("float64", 40)]);
// So large that sweeps of many shifts find the eigenvalues.
matrices.set("random float64 230", ["float64", draw("float64", 230, 230, "large")]);
matrices.set("one float64 1", ["float64", draw("float64", 1, 1, "one")]);

/** What the largest matrices are there for. */
const ofGeneral = new Set(["schur", "z", "hessenberg", "eig"]);

const folder = mkdtempSync(join(tmpdir(), "adjoint-linalg-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** As large as NumPy's, or what one rounding in each step of a column makes. */
const allowed = (theirs: number, dtype: Kind, n: number): number => 3 * theirs + unit(dtype) * Math.sqrt(n);

describe.runIf(isThere)("beside NumPy", () => {
  let theirs: Readonly<Record<string, Readonly<Record<string, number>>>> = {};
  beforeAll(async () => {
    await init({ threads: 1 });
    const file = join(folder, "matrices.npz");
    await io.saveNpz(Object.fromEntries([...matrices].map(([name, [, x]]) => [name, x])), file);
    const { status, stdout, stderr } = spawnSync(python, ["-c", script, file], { encoding: "utf8" });
    if (status !== 0) throw new Error(stderr);
    theirs = JSON.parse(stdout) as typeof theirs;
  }, 240_000);

  it.each([...matrices.keys()])("a %s matrix", (name) => {
    const [dtype, x] = matrices.get(name)!;
    const worse = Object.entries(errorsOf(x)).filter(
      ([routine, error]) =>
        (x.shape[0] < 200 || ofGeneral.has(routine)) &&
        !(error <= allowed(theirs[name][routine], dtype, x.shape[0])),
    );
    expect(worse.map(([routine, error]) => [routine, error, theirs[name][routine]])).toEqual([]);
  });
});
