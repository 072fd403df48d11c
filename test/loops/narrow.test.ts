/** @file Temporaries shrink to what one iteration of a loop needs; those that outlive an iteration do not. */
import { describe, expect, it } from "vitest";
import { grad, jit } from "../../src/api/index.ts";
import type { NDArray } from "../../src/core/array.ts";
import * as nn from "../../src/nn/index.ts";
import * as np from "../../src/numpy/index.ts";
import { expectArraysClose } from "../util/arrays.ts";

const x = np.reshape(np.sin(np.arange(48, undefined, undefined, { dtype: "float64" })), [6, 8]);

/** Sizes of the temporaries of a compiled program. */
function temporaries(f: (x: NDArray) => NDArray): number[] {
  const { loops } = jit(f).lower(x).compile();
  return [...loops.matchAll(/alloc \w+:f64\[(\d+)\]/g)].map((m) => Number(m[1]));
}

describe("rows computed in several passes", () => {
  it("softmax keeps one row", () => {
    expect(temporaries((a) => nn.softmax(a))).toEqual([8]);
    const e = x.js<number[][]>().map((row) => row.map((v) => Math.exp(v)));
    const want = e.map((row) => row.map((v) => v / row.reduce((s, w) => s + w, 0)));
    expectArraysClose(jit((a: NDArray) => nn.softmax(a))(x), np.array(want), 1e-15);
  });
  it("keeps one row of batches of matrices between products", () => {
    const attend = (a: NDArray): NDArray => {
      const q = np.reshape(a, [2, 3, 4, 2]);
      const weights = nn.softmax(np.einsum("bhid,bhjd->bhij", q, q).div(8));
      return np.einsum("bhij,bhjd->bhid", weights, q).reshape([6, 8]);
    };
    expect(temporaries(attend).filter((n) => n === 4).length).toBeGreaterThan(0);
    expect(temporaries(attend).filter((n) => n !== 4 && n !== 96)).toEqual([]);
    expectArraysClose(jit(attend)(x), attend(x), 1e-14);
  });
  it("a gradient through it, too", () => {
    const f = (a: NDArray): NDArray => np.sum(np.square(nn.softmax(a)));
    expectArraysClose(jit(grad(f))(x), grad(f)(x), 1e-14);
  });
});

describe("what another loop reads", () => {
  it("keeps its size", () => {
    const f = (a: NDArray): NDArray => {
      const y = np.exp(a);
      return np.matmul(y, np.transpose(y)).add(np.sum(y));
    };
    expect(temporaries(f)).toContain(48);
    expectArraysClose(jit(f)(x), f(x), 1e-14);
  });
});
