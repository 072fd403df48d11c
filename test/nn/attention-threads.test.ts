/** @file Threads that share the loops of attention give what JavaScript gives in one. */
import { beforeAll, expect, it } from "vitest";
import { grad, init, jit } from "../../src/api/index.ts";
import { config } from "../../src/base/config.ts";
import type { NDArray as A } from "../../src/core/array.ts";
import * as nn from "../../src/nn/index.ts";
import * as np from "../../src/numpy/index.ts";
import { flat } from "../util/arrays.ts";

beforeAll(async () => {
  await init({ threads: 2 });
});

const wave = (shape: readonly number[], f: number): A =>
  np
    .sin(
      np
        .arange(shape.reduce((a, b) => a * b))
        .astype("float32")
        .mul(f),
    )
    .reshape(shape);

it("results and gradients, over images, heads and blocks of queries", () => {
  for (const shape of [
    [4, 200, 2, 8],
    [1, 256, 4, 8],
    [1, 512, 1, 8],
  ]) {
    const args: [A, A, A] = [wave(shape, 0.3), wave(shape, 0.7), wave(shape, 1.1)];
    const f = (x: A, y: A, z: A): A =>
      np.sum(np.square(nn.dotProductAttention(x, y, z, { isCausal: true, implementation: "fused" })));
    const results = ["wasm", "js"].map((backend) =>
      config.with({ backend: backend as "wasm" | "js" }, () => jit(grad(f, [0, 1, 2]))(...args).map(flat)),
    );
    results[0].forEach((x, i) =>
      x.forEach((e, j) => expect(Math.abs(e - results[1][i][j])).toBeLessThan(2e-4)),
    );
  }
});
