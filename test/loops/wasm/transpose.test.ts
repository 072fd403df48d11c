/** @file Copies that transpose, and products whose operands lie in any order, at sizes around the groups of vectors and tiles. */
import { beforeAll, describe, expect, it } from "vitest";
import { init, jit, numpy as np, random } from "../../../src/index.ts";
import type { NDArray } from "../../../src/core/array.ts";
import { transposition } from "../../../src/loops/emit/wasm/vector/transpose.ts";
import { Block, load } from "../../../src/loops/ir/build.ts";
import { iadd, iscale } from "../../../src/loops/ir/affine.ts";
import { type Expr, type For, newBuffer } from "../../../src/loops/ir/ir.ts";

beforeAll(() => init());

const sizes = [
  [4, 4],
  [5, 8],
  [33, 40],
  [100, 7],
  [16, 3],
  [128, 65],
] as const;

describe.each(["float32", "float64", "int32", "int64"] as const)("%s", (dtype) => {
  it("is transposed", () => {
    for (const [m, n] of sizes) {
      const x = np
        .arange(m * n)
        .astype(dtype)
        .reshape([m, n]);
      const y = jit((a: NDArray) => a.T.add(1), { backend: "wasm" })(x).dataSync();
      const expected = Array.from(y, (_, at) => (at % m) * n + Math.floor(at / m) + 1);
      expect(Array.from(y, Number)).toEqual(expected);
    }
  });

  it("is multiplied in any layout", () => {
    for (const [m, n] of sizes) {
      for (const k of [8, 31, 257]) {
        const draw = (seed: number, shape: readonly number[]): NDArray =>
          np.floor(random.normal(random.key(seed), shape).mul(4)).astype(dtype);
        const [a, b] = [draw(1, [m, k]), draw(2, [k, n])];
        const [at, bt] = [draw(1, [m, k]).T, draw(2, [k, n]).T].map((t) => np.array(t.js(), dtype));
        const products = [
          jit((x: NDArray, y: NDArray) => np.matmul(x, y), { backend: "wasm" })(a, b),
          jit((x: NDArray, y: NDArray) => np.matmul(x.T, y), { backend: "wasm" })(at, b),
          jit((x: NDArray, y: NDArray) => np.matmul(x, y.T), { backend: "wasm" })(a, bt),
          jit((x: NDArray, y: NDArray) => np.matmul(x.T, y.T), { backend: "wasm" })(at, bt),
        ].map((p) => p.dataSync());
        const [as, bs] = [a, b].map((x) => Array.from(x.dataSync(), Number));
        const expected = Array.from(products[0], (_, at) => {
          const [i, j] = [Math.floor(at / n), at % n];
          let sum = 0;
          for (let q = 0; q < k; q++) sum += as[i * k + q] * bs[q * n + j];
          return sum;
        });
        for (const p of products) expect(Array.from(p, Number)).toEqual(expected);
      }
    }
  });
});

describe("transposition", () => {
  const loop = (from: (p: Expr, q: Expr) => Expr, to: (p: Expr, q: Expr) => Expr, width = 16): For => {
    const [x, y] = [newBuffer("x", "float32", 4096), newBuffer("y", "float32", 4096)];
    const b = new Block();
    b.for(0, 30, (outer, p) =>
      outer.for(0, width, (inner, q) => inner.store(y, to(p, q), load(x, from(p, q)))),
    );
    return b.stmts[0] as For;
  };
  const rows = (p: Expr, q: Expr): Expr => iadd(iscale(p, 64), q);
  const columns = (p: Expr, q: Expr): Expr => iadd(iscale(q, 64), p);

  it("is found where neighbours of one side are far apart on the other, and only there", () => {
    expect(transposition(loop(columns, rows))).not.toBeNull();
    expect(transposition(loop(rows, rows))).toBeNull();
    expect(transposition(loop(rows, columns))).toBeNull();
    expect(transposition(loop(columns, rows, 14))).toBeNull();
  });
});
