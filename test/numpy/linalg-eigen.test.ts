/**
 * @file Eigenvalues, Schur and Hessenberg forms of general matrices: backward errors, in units of n times the rounding unit, around the
 * sizes from which matrices are reduced in blocks, and from which sweeps of many shifts find the eigenvalues.
 */
import { beforeAll, describe, expect, it } from "vitest";
import { config } from "../../src/base/config.ts";
import type { NDArray } from "../../src/core/array.ts";
import { grad, init, jit, lax, numpy as np, scipy } from "../../src/index.ts";
import {
  type Kind,
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

const several = (f: (x: A) => unknown): ((x: A) => A[]) => jit(f as (x: A) => A[]);

/** Fresh for each size, so that what was compiled for another can be forgotten. */
const routines = () => ({
  schur: several((x) => lax.linalg.schur(x)),
  eig: several((x) => lax.linalg.eig(x)),
  values: several((x) => [np.linalg.eigvals(x)]),
  hessenberg: several((x) => scipy.linalg.hessenberg(x, { calcQ: true })),
});

/** What the routines make of a matrix, by what they are to satisfy: in units of n roundings of its norm. */
function errors(
  x: A,
  { schur, eig, values, hessenberg }: ReturnType<typeof routines>,
): Record<string, number> {
  const n = x.shape[0];
  const size = norm(x) === 0 ? 1 : norm(x);
  const factors = (q: A, t: A): number => norm(product(product(q, t), h(q)).sub(exact(x))) / size;
  const unitary = (q: A): number => norm(product(h(q), q).sub(eye(n))) / Math.sqrt(n);
  const [t, z] = schur(x);
  const [hess, q] = hessenberg(x);
  const [w, left, right] = eig(x);
  const [alone] = values(x);
  const found: Record<string, number> = {
    schur: factors(z, t),
    z: unitary(z),
    belowT: norm(np.tril(t, isComplex(x.dtype) ? -1 : -2)) / size,
    hessenberg: factors(q, hess),
    q: unitary(q),
    belowH: norm(np.tril(hess, -2)) / size,
    right: norm(product(x, right).sub(exact(right).mul(exact(w)))) / size,
    left: norm(product(h(x), left).sub(exact(left).mul(np.conj(exact(w))))) / size,
    trace: norm(np.sum(exact(alone)).sub(np.trace(exact(x)))) / size,
    squares: norm(np.sum(exact(alone).pow(2)).sub(np.trace(product(x, x)))) / size ** 2,
  };
  const scale = unit(x.dtype as Kind) * Math.max(8, n);
  return Object.fromEntries(Object.entries(found).map(([name, e]) => [name, e / scale]));
}

const tooLarge = (x: A, fs: ReturnType<typeof routines>): [string, number][] =>
  Object.entries(errors(x, fs)).filter(([, e]) => !(e < 2));

const all: readonly (readonly [string, (d: Kind, n: number) => A])[] = [
  ...Object.entries(kinds).map(([name, make]) => [name, (d: Kind, n: number) => make(d, n, n)] as const),
  ...Object.entries(generalKinds),
];

beforeAll(() => init());

describe.each([
  ["float64", [1, 2, 3, 8, 40, 65, 128, 224, 251]],
  ["complex128", [1, 2, 3, 40, 129, 230]],
  ["float32", [40, 230]],
  ["complex64", [65]],
] as const)("%s", (dtype, sizes) => {
  it.each(sizes)(
    "matrices of %d rows",
    (n) => {
      const fs = routines();
      for (const [name, make] of all) expect(tooLarge(make(dtype, n), fs), `${name} ${n}`).toEqual([]);
    },
    120_000,
  );
});

/** The eigenvalues in the order of an angle or a size, as they are known. */
const sorted = (xs: A, by: (x: A) => A): A => np.take(xs, np.argsort(by(xs)));

describe.each(["js", "wasm"] as const)("in %s", (backend) => {
  const within = <T>(f: () => T): T => config.with({ backend, jitless: false }, f);

  it("eigenvalues of normal matrices are the known ones", () =>
    within(() => {
      for (const n of [67, 241]) {
        const values = jit((x: A) => np.linalg.eigvals(x));
        const roots = sorted(values(generalKinds.cyclic("float64", n)), (w) =>
          np.angle(w.mul(np.exp(lax.complex(np.array(0), np.array(0.1 / n))))),
        );
        expect(norm(np.abs(roots).sub(1))).toBeLessThan(1e-12);
        const gaps = np.angle(roots.slice([1]).mul(np.conj(roots.slice([0, -1]))));
        expect(norm(gaps.sub((2 * Math.PI) / n))).toBeLessThan(1e-12);
        const skew = values(np.eye(n, n, 1).sub(np.eye(n, n, -1)));
        const k = np.arange(1, n + 1);
        const known = np.sort(np.cos(k.mul(Math.PI / (n + 1))).mul(2));
        expect(norm(np.sort(np.imag(skew)).sub(known))).toBeLessThan(1e-12);
        expect(norm(np.real(skew))).toBeLessThan(1e-12);
        const triangle = generalKinds.triangular("float64", n);
        expect(norm(np.sort(np.real(values(triangle))).sub(np.sort(np.diagonal(triangle))))).toBe(0);
      }
    }));

  it("what is not finite gives NaN, and stops nothing", () =>
    within(() => {
      const x = draw("float64", 230, 230, "nan").add(np.where(np.arange(230).equal(5), NaN, 0));
      expect(np.all(np.isnan(np.real(jit((y: A) => np.linalg.eigvals(y))(x)))).item()).toBe(true);
      expect(np.all(np.isnan(jit((y: A) => lax.linalg.schur(y)[0])(x))).item()).toBe(true);
    }));
});

it("batches of large matrices are what each of them is", () => {
  const x = np.stack([0, 1].map((k) => draw("float64", 226, 226, `batch ${k}`)));
  const f = several((y) => lax.linalg.schur(y));
  const [both, one, two] = [x, x.slice(0), x.slice(1)].map(f);
  both.forEach((out, i) => expect(norm(out.sub(np.stack([one[i], two[i]])))).toBe(0));
});

it("the gradient of Σ w² is 2Aᵀ", () => {
  const x = draw("float64", 66, 66, "gradient");
  const g = jit(grad((y: A) => np.sum(np.real(np.linalg.eigvals(y).pow(2)))))(x);
  expect(norm(g.sub(x.T.mul(2))) / norm(x)).toBeLessThan(1e-9);
});

it("loop programs of large matrices are right by the checker", () =>
  config.with({ enableChecks: true }, () => {
    for (const dtype of ["float64", "complex128"] as const) {
      const x = generalKinds.triangular(dtype, 225);
      const f = jit((y: A) => [...lax.linalg.eig(y), ...lax.linalg.schur(y), ...lax.linalg.hessenberg(y)]);
      expect(f(x).length).toBe(7);
    }
  }));
