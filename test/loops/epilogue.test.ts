/** @file Element-wise work behind a matrix product is done where the product is written, and only if that is right. */
import { describe, expect, it } from "vitest";
import { grad, init, jit } from "../../src/api/index.ts";
import type { NDArray } from "../../src/core/array.ts";
import * as np from "../../src/numpy/index.ts";
import { expectArraysClose } from "../util/arrays.ts";

type A = NDArray;
await init();

const numbers = (shape: readonly number[], seed: number): A =>
  np.reshape(np.sin(np.arange(shape.reduce((a, b) => a * b, 1)).mul(seed)), shape);
const sizes = [
  [3, 4, 5],
  [40, 300, 50],
  [131, 600, 37],
] as const;

const layer = (x: A, w: A, b: A): A => np.tanh(np.matmul(x, w).add(b));

function agrees(f: (...args: A[]) => A, args: readonly A[]): void {
  const want = f(...args);
  for (const backend of ["js", "wasm"] as const)
    expectArraysClose(jit(f, { backend })(...args), want, 1e-12, backend);
}

describe("a layer of a network", () => {
  for (const [m, k, n] of sizes) {
    it(`of ${m} × ${k} × ${n} has its bias and activation within the product`, () => {
      const args = [numbers([m, k], 1.3), numbers([k, n], 0.7), numbers([n], 0.3)];
      const { loops } = jit(layer)
        .lower(...(args as [A, A, A]))
        .compile();
      expect(loops).toContain("then for");
      expect(loops).not.toMatch(/^ {2}for /m);
      agrees(layer, args);
      agrees((x, w, b) => grad((v: A) => np.sum(np.square(layer(x, v, b))))(w), args);
    });
  }
});

describe("work that needs more than one element", () => {
  const args = [numbers([20, 30], 1.3), numbers([30, 20], 0.7)];
  it("of the product stays behind it", () => {
    const f = (x: A, w: A): A => np.matmul(x, w).T.add(np.matmul(x, w));
    agrees(f, args);
    expect(
      jit(f)
        .lower(...(args as [A, A]))
        .compile().loops,
    ).not.toContain("then for");
  });
  it("of what is computed in between stays behind that", () => {
    const f = (x: A, w: A): A => {
      const y = np.matmul(x, w);
      return y.mul(np.max(y));
    };
    agrees(f, args);
  });
  it("sums over the result stay behind it", () => {
    agrees((x, w) => np.sum(np.exp(np.matmul(x, w).mul(0.01))), args);
  });
});
