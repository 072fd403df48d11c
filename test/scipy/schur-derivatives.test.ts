/** @file Derivatives of the Schur form, by what determines them and by differences, and of functions of matrices by it. */
import { beforeAll, describe, expect, it } from "vitest";
import {
  type Array as NDArray,
  grad,
  init,
  jit,
  jvp,
  lax,
  numpy as np,
  random,
  scipy,
  vmap,
} from "../../src/index.ts";

const { linalg } = scipy;
const flat = (x: NDArray): number[] => globalThis.Array.from(x.dataSync());
const adjoint = (x: NDArray): NDArray => np.conj(x.mT);
const largest = (x: NDArray): number => np.max(np.abs(x)).item();

function expectClose(got: NDArray, want: NDArray, tol: number): void {
  expect(got.shape).toEqual(want.shape);
  expect(largest(got.sub(want)) / Math.max(1, largest(want))).toBeLessThan(tol);
}

/** Distinct real eigenvalues; one pair and two real ones; two pairs; and an odd size with a pair in between. */
const reals: readonly (readonly [string, NDArray])[] = [
  [
    "real eigenvalues",
    np.array([
      [4, 1, 2],
      [0.5, 1, 3],
      [0.2, 0.1, -2],
    ]),
  ],
  [
    "a pair",
    np.array([
      [0, 2, 0.3, 1],
      [-3, 0.5, 1, 0.2],
      [0.1, 0.4, 5, 1],
      [0.3, 0, 0.2, -4],
    ]),
  ],
  [
    "two pairs",
    np.array([
      [1, 3, 0.2, 0.5],
      [-1, 1, 0.7, 0.1],
      [0.3, 0.1, -2, 4],
      [0.2, 0.6, -1, -2],
    ]),
  ],
  ["one", np.array([[3]])],
];

describe("the derivative of schur", () => {
  beforeAll(() => init());

  for (const [name, a] of reals) {
    const rate = random.normal(random.key(2), a.shape, { dtype: "float64" });
    it(`of a real matrix with ${name} is that of the factors`, () => {
      const both = (x: NDArray): [NDArray, NDArray] => linalg.schur(x);
      const [, tangents] = jvp(both, [a], [rate]);
      const h = 1e-5;
      // The iteration leaves open the signs of columns, and quarter turns of blocks: those of the factors at `a` are taken.
      const aligned = (x: NDArray): [NDArray, NDArray] => {
        const [t, z] = both(x);
        const turns = np.round(z.T.matmul(both(a)[1]));
        return [turns.T.matmul(t).matmul(turns), z.matmul(turns)];
      };
      const [ahead, behind] = [aligned(a.add(rate.mul(h))), aligned(a.sub(rate.mul(h)))];
      for (const k of [0, 1]) expectClose(tangents[k], ahead[k].sub(behind[k]).div(2 * h), 1e-7);
    });
    it(`of one made complex with ${name} satisfies what determines it`, () => {
      const [[t, z], [dt, dz]] = jvp(
        (x: NDArray): [NDArray, NDArray] => linalg.schur(x, "complex"),
        [a],
        [rate],
      );
      const omega = adjoint(z).matmul(dz);
      expectClose(omega, adjoint(omega).neg(), 1e-12);
      expect(largest(np.diagonal(omega))).toBeLessThan(1e-13);
      expect(largest(np.tril(dt, -1))).toBe(0);
      const product = dz
        .matmul(t)
        .matmul(adjoint(z))
        .add(z.matmul(dt).matmul(adjoint(z)));
      expectClose(product.add(z.matmul(t).matmul(adjoint(dz))), rate.astype("complex128"), 1e-12);
    });
  }

  it("is defined in reverse, in batches and compiled, and without the vectors", () => {
    const a = reals[1][1];
    const f = (x: NDArray): NDArray => {
      const [t, z] = linalg.schur(x);
      return np.sum(t.mul(t).mul(t)).add(np.sum(np.sin(z)));
    };
    const g = grad(f)(a);
    const h = 1e-5;
    const e = np.zeros([4, 4]).at(1, 2).set(h);
    const slope = f(a.add(e))
      .sub(f(a.sub(e)))
      .div(2 * h);
    expect(Math.abs(g.slice(1, 2).item() - slope.item())).toBeLessThan(1e-5 * Math.abs(slope.item()));
    expectClose(vmap(grad(f))(np.stack([a, a.mul(2)])).slice(0), g, 1e-12);
    expectClose(jit(grad(f))(a), g, 1e-12);
    const onlyT = (x: NDArray): NDArray => lax.linalg.schur(x, { computeSchurVectors: false })[0];
    expectClose(jvp(onlyT, [a], [e])[1], jvp((x: NDArray) => linalg.schur(x)[0], [a], [e])[1], 1e-14);
  });
});

describe("the derivative of funm", () => {
  beforeAll(() => init());
  const expOf = (x: NDArray): NDArray => linalg.funm(x, np.exp) as NDArray;

  for (const [name, a] of reals) {
    it(`is Fréchet's, with ${name}`, () => {
      const rate = random.normal(random.key(3), a.shape, { dtype: "float64" });
      const [value, slope] = jvp(expOf, [a], [rate]);
      const [want, wanted] = linalg.expmFrechet(a, rate) as [NDArray, NDArray];
      expectClose(np.real(value), want, 1e-12);
      expectClose(np.real(slope), wanted, 1e-11);
      expect(largest(np.imag(slope)) / largest(wanted)).toBeLessThan(1e-11);
    });
  }

  it("in reverse is that of the square, A·G + G·A, and of second order", () => {
    const a = reals[1][1];
    const trace = (x: NDArray): NDArray => np.trace(np.real(linalg.funm(x, np.square) as NDArray).matmul(x));
    expectClose(grad(trace)(a), a.matmul(a).mul(3).T, 1e-12);
    const cube = (s: NDArray): NDArray => trace(a.mul(s));
    expect(grad(grad(cube))(1.5).item() / (6 * 1.5 * np.trace(a.matmul(a).matmul(a)).item())).toBeCloseTo(
      1,
      10,
    );
  });

  it("reaches what the function refers to", () => {
    const a = reals[1][1];
    const f = (k: NDArray): NDArray => np.sum(np.real(linalg.funm(a, (x) => x.mul(x).mul(k)) as NDArray));
    expect(grad(f)(2).item()).toBeCloseTo(
      flat(a.matmul(a)).reduce((s, x) => s + x, 0),
      10,
    );
  });
});
