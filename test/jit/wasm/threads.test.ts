/** @file Threads share the loops of a program, and change no result. */
import { describe, expect, it } from "vitest";
import { grad, init, jit } from "../../../src/api/index.ts";
import type { NDArray } from "../../../src/core/array.ts";
import { ArgumentError } from "../../../src/errors.ts";
import * as nn from "../../../src/nn/index.ts";
import * as np from "../../../src/numpy/index.ts";
import { isShared } from "../../../src/jit/wasm/heap.ts";
import { threadCount } from "../../../src/jit/wasm/threads.ts";
import { expectArraysClose } from "../../util/arrays.ts";

// Where the compiler was loaded without threads before (see test/util/backend-setup.ts) there is one thread.
await init({ threads: 2 });

const numbers = (shape: readonly number[], seed: number): NDArray =>
  np.reshape(
    np.sin(
      np
        .arange(
          shape.reduce((a, b) => a * b, 1),
          undefined,
          undefined,
          { dtype: "float32" },
        )
        .mul(seed),
    ),
    shape,
  );

const cases: readonly (readonly [string, (x: NDArray, y: NDArray) => NDArray, NDArray, NDArray])[] = [
  ["a product of matrices", (x, y) => np.matmul(x, y), numbers([200, 300], 1.3), numbers([300, 170], 0.7)],
  ["a batch of products", (x, y) => np.matmul(x, y), numbers([3, 130, 90], 1.3), numbers([3, 90, 75], 0.7)],
  ["rows in several passes", (x, y) => nn.softmax(x).mul(y), numbers([300, 700], 1.3), numbers([700], 0.3)],
  [
    "a gradient",
    grad((x: NDArray, y: NDArray) => np.sum(np.tanh(x.mul(y)).mul(np.exp(x.neg())))),
    numbers([100_000], 1.3),
    numbers([100_000], 0.3),
  ],
  ["a sum, which one thread adds up", (x, y) => np.sum(x.mul(y)), numbers([500_000], 1.1), numbers([1], 2)],
];

describe("two threads", () => {
  it("run, on a shared heap", () => {
    expect(isShared()).toBe(threadCount() === 2);
  });
  for (const [name, f, x, y] of cases) {
    it(`compute ${name} as JavaScript does, the same each time`, () => {
      const run = jit(f, { backend: "wasm" });
      const first = run(x, y);
      expectArraysClose(first, jit(f, { backend: "js" })(x, y), 2e-4);
      for (let i = 0; i < 5; i++) expect(run(x, y).dataSync()).toEqual(first.dataSync());
    });
  }
  it("must be a sensible number", async () => {
    await expect(init({ threads: 0 })).rejects.toThrow(ArgumentError);
    await expect(init({ threads: 1.5 })).rejects.toThrow(ArgumentError);
  });
});
