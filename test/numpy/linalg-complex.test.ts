/** @file np.linalg and scipy.linalg on complex matrices: identities, dtypes, batches, sizes 0 and 1, derivatives. */
import { describe, expect, it } from "vitest";
import {
  type Array as Arr,
  config,
  grad,
  init,
  jit,
  lax,
  numpy as np,
  scipy,
  vmap,
} from "../../src/index.ts";
import { DTypeError, DifferentiationError } from "../../src/base/errors.ts";
import { checkGrads } from "../../src/testing.ts";
import { flat } from "../util/arrays.ts";
import { Random } from "../util/random.ts";

const { linalg } = np;

function matrix(shape: readonly number[], seed: string, dtype = "complex128"): Arr {
  const r = new Random(seed);
  const size = shape.reduce((n, d) => n * d, 1);
  const part = (): Arr => np.array(Array.from({ length: size }, () => r.uniform(-1, 1))).reshape([...shape]);
  return lax.complex(part(), part()).astype(dtype as "complex128");
}

const adjoint = (x: Arr): Arr => np.conj(np.matrixTranspose(x));
const distance = (x: Arr, y: Arr): number => Number(np.max(np.abs(x.sub(y))).item());
const near = (x: Arr, y: Arr, tol = 1e-12): void => {
  expect(x.shape).toEqual(y.shape);
  expect(distance(x, y)).toBeLessThan(tol);
};
const hermitian = (x: Arr): Arr => x.add(adjoint(x));
const definite = (x: Arr): Arr => np.matmul(x, adjoint(x)).add(np.eye(x.shape[x.ndim - 1]).astype(x.dtype));

const split = (z: Arr): Arr[] => (z.dtype.startsWith("complex") ? [np.real(z), np.imag(z)] : [z]);

/** Derivatives of a function of complex arrays, with respect to both parts of each. */
function checkComplex(f: (...zs: Arr[]) => Arr | readonly Arr[], zs: readonly Arr[]): void {
  const onParts = (...xs: Arr[]): Arr[] => {
    const out = f(...zs.map((_, k) => lax.complex(xs[2 * k], xs[2 * k + 1])));
    return (Array.isArray(out) ? (out as Arr[]) : [out as Arr]).flatMap(split);
  };
  checkGrads(onParts, zs.flatMap(split), { order: 2, rtol: 1e-5, atol: 1e-5 });
}

const a = matrix([4, 4], "a");
const b = matrix([4, 2], "b");
const tall = matrix([5, 3], "tall");

describe("factors of complex matrices multiply to the matrix", () => {
  it.each(["js", "wasm"] as const)("%s, under jit, 30 × 30 and 40 × 25", async (backend) => {
    await init();
    config.with({ backend }, () => {
      const x = matrix([30, 30], "large");
      const y = matrix([40, 25], "larger");
      const l = jit(linalg.cholesky)(definite(x));
      near(np.matmul(l, adjoint(l)), definite(x), 1e-12);
      near(np.matmul(x, jit(linalg.inv)(x)), np.eye(30), 1e-11);
      const [q, r] = jit((z: Arr) => linalg.qr(z))(y);
      near(np.matmul(q, r), y);
      near(np.matmul(adjoint(q), q), np.eye(25));
      const [w, v] = jit((z: Arr) => linalg.eigh(z))(hermitian(x));
      expect(w.dtype).toBe("float64");
      near(np.matmul(hermitian(x), v), v.mul(w));
      const [u, s, vh] = jit((z: Arr) => linalg.svd(z, false))(y);
      near(np.matmul(u.mul(s), vh), y);
      const [e, c] = jit(linalg.eig)(x);
      near(np.matmul(x, c), c.mul(e));
    });
  });

  it("complex64 stays, with values of float32", () => {
    const x = a.astype("complex64");
    const [w, v] = linalg.eigh(hermitian(x));
    expect([w.dtype, v.dtype]).toEqual(["float32", "complex64"]);
    const factors = [linalg.cholesky(definite(x)), linalg.solve(x, x), linalg.qr(x)[1], linalg.svd(x)[0]];
    expect(factors.map((f) => f.dtype)).toEqual(factors.map(() => "complex64"));
    near(linalg.solve(x, x), np.eye(4), 1e-5);
    expect(linalg.slogdet(x).map((f) => f.dtype)).toEqual(["complex64", "float32"]);
    expect(linalg.eigvals(np.eye(2, { dtype: "float32" })).dtype).toBe("complex64");
  });

  it("batches and vmap", () => {
    const many = matrix([2, 3, 4, 4], "many");
    near(np.matmul(many, linalg.inv(many)), np.broadcastTo(np.eye(4), many.shape));
    const [w, v] = linalg.eig(many);
    near(np.matmul(many, v), v.mul(np.expandDims(w, -2)));
    near(vmap(vmap(linalg.det))(many), linalg.det(many));
    const [q, r] = vmap((x: Arr) => linalg.qr(x))(many.slice(0));
    near(np.matmul(q, r), many.slice(0));
  });

  it("matrices without elements, and of one", () => {
    const none = np.zeros([2, 0, 0], "complex128");
    expect(linalg.cholesky(none).shape).toEqual([2, 0, 0]);
    expect(linalg.eigh(none)[0].shape).toEqual([2, 0]);
    expect(linalg.eig(none).map((x) => x.shape)).toEqual([
      [2, 0],
      [2, 0, 0],
    ]);
    expect(flat(linalg.det(none))).toEqual([1, 0, 1, 0]);
    const [u, s, vh] = linalg.svd(np.zeros([0, 2], "complex128"));
    expect([u.shape, s.shape]).toEqual([[0, 0], [0]]);
    near(vh, np.eye(2).astype("complex128"));
    const one = np.array([[{ re: 3, im: 4 }]]);
    expect(linalg.eigvals(one).js()).toEqual([{ re: 3, im: 4 }]);
    expect(linalg.svdvals(one).js()).toEqual([5]);
    near(linalg.qr(one)[1], np.array([[-5]]).astype("complex128"));
  });

  it("what is no matrix of numbers gives NaN, as does a matrix that is not definite", () => {
    const bad = a.add(NaN);
    for (const x of [linalg.eigvals(bad), linalg.svdvals(bad), linalg.eigvalsh(bad)])
      expect(flat(x).every(Number.isNaN)).toBe(true);
    const l = linalg.cholesky(np.eye(2).mul(-1).astype("complex128"));
    expect(flat(np.real(l)).slice(0, 1)).toEqual([NaN]);
    expect(flat(linalg.inv(np.zeros([2, 2], "complex128"))).every(Number.isNaN)).toBe(true);
  });
});

describe("systems", () => {
  it("determinants agree with their logarithms, and with the product of the eigenvalues", () => {
    const [sign, size] = linalg.slogdet(a);
    near(sign.mul(np.exp(size)), linalg.det(a));
    near(np.prod(linalg.eigvals(a)), linalg.det(a));
    near(linalg.det(a.slice([0, 3], [0, 3])), np.prod(linalg.eigvals(a.slice([0, 3], [0, 3]))));
  });

  it("pseudo-inverses and least squares", () => {
    near(np.matmul(linalg.pinv(tall), tall), np.eye(3).astype("complex128"));
    const h = hermitian(a);
    near(linalg.pinv(h, null, true), linalg.inv(h), 1e-11);
    const right = matrix([5], "right");
    const [x, residuals, rank, s] = linalg.lstsq(tall, right);
    near(np.matmul(adjoint(tall), right.sub(np.matmul(tall, x))), np.zeros([3], "complex128"));
    expect([residuals.dtype, s.dtype, rank.item()]).toEqual(["float64", "float64", 3]);
    expect(linalg.matrixRank(np.matmul(tall, adjoint(tall))).item()).toBe(3);
    const [u, values, vh] = linalg.svd(h, { hermitian: true });
    near(np.matmul(u.mul(values), vh), h);
  });

  it("of scipy: from the conjugate transpose, from Cholesky and LU factors", () => {
    const { linalg: sp } = scipy;
    const factors = sp.luFactor(a);
    const upper = np.triu(a);
    for (const [trans, turn] of [
      [0, (x: Arr) => x],
      [1, (x: Arr) => x.T],
      [2, adjoint],
      ["C", adjoint],
    ] as const) {
      near(np.matmul(turn(a), sp.luSolve(factors, b, { trans })), b);
      near(np.matmul(turn(upper), sp.solveTriangular(upper, b, { trans })), b);
    }
    const pd = definite(a);
    for (const lower of [true, false]) {
      near(np.matmul(pd, sp.choSolve(sp.choFactor(pd, lower), b)), b);
      near(np.matmul(pd, sp.solve(pd, b, { lower, assumeA: "pos" })), b);
    }
    const [u, p] = sp.polar(tall);
    near(np.matmul(u, p), tall);
    near(p, adjoint(p));
    const [h, q] = sp.hessenberg(a, { calcQ: true }) as [Arr, Arr];
    near(np.matmul(np.matmul(q, h), adjoint(q)), a);
    near(np.tril(h, -2), np.zeros([4, 4], "complex128"), 1e-300);
    const root = sp.sqrtm(a);
    near(np.matmul(root, root), a, 1e-11);
    const rootOfHermitian = sp.sqrtm(hermitian(a));
    near(np.matmul(rootOfHermitian, rootOfHermitian), hermitian(a), 1e-11);
    const [w, v] = sp.eigh(hermitian(a), pd);
    near(np.matmul(hermitian(a), v), np.matmul(pd, v).mul(w));
  });
});

describe("derivatives with respect to complex matrices, to second order", () => {
  it("determinants, inverses, systems", () => {
    checkComplex((x) => linalg.det(x), [a]);
    checkComplex((x) => linalg.slogdet(x), [a]);
    checkComplex((x, y) => linalg.solve(x, y), [a, b]);
    checkComplex((x, y) => scipy.linalg.solve(definite(x), y, { assumeA: "pos" }), [a, b]);
    checkComplex((x, y) => scipy.linalg.luSolve(scipy.linalg.luFactor(x), y, { trans: "C" }), [a, b]);
  });

  it("pseudo-inverses and least squares, of both shapes", () => {
    checkComplex((x) => linalg.pinv(x), [tall]);
    checkComplex((x) => linalg.pinv(x), [tall.T]);
    checkComplex((x, y) => linalg.lstsq(x, y)[0], [tall, matrix([5], "right")]);
  });

  it("polar factors, roots and norms", () => {
    checkComplex((x) => scipy.linalg.polar(x), [tall]);
    checkComplex((x) => scipy.linalg.sqrtm(x), [a.add(np.eye(4).mul(5))]);
    checkComplex((x) => linalg.norm(x, "nuc"), [tall]);
  });

  it("grad of a real function is ∂f/∂x − i ∂f/∂y", () => {
    const energy = (x: Arr): Arr => linalg.slogdet(x)[1];
    // d log|det A| = Re tr(A⁻¹ dA).
    near(grad(energy)(a), linalg.inv(a).T);
    const top = (x: Arr): Arr => linalg.eigvalsh(x).slice(-1);
    const h = hermitian(a);
    const v = linalg.eigh(h)[1].slice([null, null], -1);
    near(grad(top)(h), np.outer(np.conj(v), v));
  });

  it("do not exist for arbitrary columns", () => {
    expect(() => grad((x: Arr) => np.real(linalg.qr(x, "complete")[0]).sum())(tall)).toThrow(
      DifferentiationError,
    );
    expect(() => grad((x: Arr) => np.real(linalg.svd(x)[0]).sum())(tall)).toThrow(DifferentiationError);
  });
});

describe("eigenvalues of general matrices", () => {
  const sorted = (x: Arr): number[] => flat(np.sort(np.real(x)));

  it("of triangular, defective, cyclic and badly scaled matrices", () => {
    const triangular = np.array([
      [1, 2, 3],
      [0, 4, 5],
      [0, 0, 6],
    ]);
    expect(sorted(linalg.eigvals(triangular))).toEqual([1, 4, 6]);
    const jordan = np.array([
      [0, 1, 0],
      [0, 0, 1],
      [0, 0, 0],
    ]);
    expect(flat(np.abs(linalg.eigvals(jordan)))).toEqual([0, 0, 0]);
    const cycle = np.roll(np.eye(12), 1, 0);
    near(np.abs(linalg.eigvals(cycle)), np.ones([12]));
    const graded = np.array([
      [1, 1e-8, 1e-16],
      [1e8, 1, 1e-8],
      [1e16, 1e8, 3],
    ]);
    near(np.sort(np.real(linalg.eigvals(graded))), np.array([0, 1, 4]));
    expect(flat(linalg.eigvals(np.zeros([2, 2])))).toEqual([0, 0, 0, 0]);
    near(linalg.eig(np.zeros([2, 2]))[1], np.eye(2).astype("complex128"));
  });

  it("of real matrices are real, or exact conjugates of one another, with their vectors", () => {
    const x = np.real(matrix([12, 12], "real"));
    const [w, v] = linalg.eig(x);
    const [re, im] = [flat(np.real(w)), flat(np.imag(w))];
    const pairs = im.flatMap((y, k) => (y > 0 ? [k] : []));
    expect(pairs.length).toBeGreaterThan(0);
    for (const k of pairs) {
      expect([re[k + 1], im[k + 1]]).toEqual([re[k], -im[k]]);
      near(v.slice([null, null], k + 1), np.conj(v.slice([null, null], k)), 1e-300);
    }
    const reals = v.slice([null, null], im.indexOf(0));
    expect(flat(np.imag(reals)).every((y) => y === 0)).toBe(true);
    near(np.matmul(x.astype("complex128"), v), v.mul(w));
  });

  it("of matrices that are triangular but for their order, however they are scaled", () => {
    const lower = np.array([
      [1, 0, 0],
      [1e-60, 2, 0],
      [0, 1, 3],
    ]);
    const [w, v] = linalg.eig(lower);
    expect(flat(np.real(w))).toEqual([3, 2, 1]);
    near(v.slice([null, null], 1), np.array([0, Math.SQRT1_2, -Math.SQRT1_2]).astype("complex128"), 1e-15);
    near(
      linalg
        .eig(
          np.array([
            [1, 0],
            [1, 1e-40],
          ]),
        )[1]
        .slice([null, null], 1),
      np.full([2], Math.SQRT1_2).astype("complex128"),
      1e-15,
    );
    const reducible = np.array([
      [1, 2, 0, 0],
      [3, 4, 0, 0],
      [1, 1, 1, 5],
      [1, 1, 0, 7],
    ]);
    for (const x of [reducible, reducible.T, reducible.mul(1e200), reducible.mul(1e-200)]) {
      const [values, left, right] = lax.linalg.eig(x);
      const size = np.max(np.abs(x));
      const a1 = x.div(size).astype("complex128");
      near(np.matmul(a1, right), right.mul(values.div(size)));
      near(np.matmul(adjoint(left), a1), np.expandDims(values.div(size), 1).mul(adjoint(left)));
    }
  });

  it("vectors of norm 1 whose largest element is positive; left ones of the adjoint", () => {
    const [w, left, right] = lax.linalg.eig(a);
    near(np.matmul(adjoint(left), a), np.expandDims(w, 1).mul(adjoint(left)));
    for (const v of [left, right]) {
      near(np.sum(np.square(np.abs(v)), 0), np.ones([4]));
      const place = np.argmax(np.abs(v), 0);
      const top = np.takeAlongAxis(v, np.expandDims(place, 0), 0);
      near(top, np.abs(top).astype("complex128"), 1e-15);
    }
    expect(lax.linalg.eig(a, { computeLeftEigenvectors: false })).toHaveLength(2);
    expect(() => lax.linalg.eig(a, { enableEigvecs: true } as object)).toThrow("unknown option");
    expect(() => linalg.eig(np.ones([2, 3]))).toThrow("expected square matrices");
  });

  it("derivatives of values and vectors, also of real matrices", () => {
    checkComplex((x) => linalg.eigvals(x), [a]);
    checkComplex((x) => lax.linalg.eig(x), [a]);
    const real = np.real(a).add(np.diag(np.array([0, 2, 4, 6])));
    const f = (x: Arr): Arr[] => linalg.eig(x).flatMap(split);
    checkGrads(f, [real], { order: 2, rtol: 1e-5, atol: 1e-5 });
    // The trace is the sum of the eigenvalues.
    near(grad((x: Arr) => np.real(linalg.eigvals(x)).sum())(real), np.eye(4), 1e-10);
  });
});

describe("scipy.linalg.dft", () => {
  it("is what fft multiplies by; scaled it is unitary", () => {
    const { dft } = scipy.linalg;
    near(dft(5), np.fft.fft(np.eye(5)));
    const u = dft(6, "sqrtn");
    near(np.matmul(u, adjoint(u)), np.eye(6).astype("complex128"));
    near(dft(4, "n").mul(4), dft(4));
    expect([dft(0).shape, dft(2, { dtype: "complex64" }).dtype]).toEqual([[0, 0], "complex64"]);
    expect(() => dft(-1)).toThrow("whole number");
    expect(() => dft(2, "m" as "n")).toThrow("unknown scale");
  });
});

describe("what has no complex form yet says so", () => {
  it("typed errors", () => {
    expect(() => lax.linalg.choleskyUpdate(a, a.slice(0))).toThrow(DTypeError);
    expect(() => lax.linalg.tridiagonalSolve(a.slice(0), a.slice(0), a.slice(0), b)).toThrow(DTypeError);
  });
});
