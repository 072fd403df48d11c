/** @file Slices and paddings at many places give what they give at one, without a program for each. */
import { describe, expect, it } from "vitest";
import { type Array as NDArray, grad, lax, numpy as np } from "../../src/index.ts";
import { indices, tabulate } from "../util/reference.ts";
import { flat } from "../util/arrays.ts";

const dtypes = ["float64", "float32", "bfloat16", "int32", "uint8", "bool", "complex128"] as const;

describe("eager slices and paddings at many places", () => {
  for (const dtype of dtypes) {
    it(`move every element where it belongs: ${dtype}`, () => {
      const values = Array.from({ length: 60 }, (_, i) => (dtype === "bool" ? i % 3 === 0 : i + 1));
      const x = np.array(values, dtype).reshape([5, 12]);
      const at = (i: number, j: number): number => Number(values[i * 12 + j]);
      for (const [i, j] of indices([4, 10])) {
        const part = lax.slice(x, [i, j], [i + 2, j + 3]);
        expect([part.dtype, part.shape]).toEqual([dtype, [2, 3]]);
        expect(flat(lax.real(part.astype("complex128")))).toEqual(
          tabulate([2, 3], ([k, l]) => at(i + k, j + l)).data,
        );
        const fill = np.array(dtype === "bool" ? 0 : 7, dtype);
        const padded = lax.pad(part, fill, [
          [i, 3 - i, 0],
          [j, 9 - j, 0],
        ]);
        expect([padded.dtype, padded.shape]).toEqual([dtype, [5, 12]]);
        expect(flat(lax.real(padded.astype("complex128")))).toEqual(
          tabulate([5, 12], ([k, l]) =>
            k >= i && k < i + 2 && l >= j && l < j + 3 ? at(k, l) : dtype === "bool" ? 0 : 7,
          ).data,
        );
      }
    });
  }

  it("with strides, negative and interior padding are as before", () => {
    const x = np.arange(40);
    for (let i = 0; i < 20; i++) {
      expect(lax.slice(x, [i], [i + 7], [3]).js()).toEqual([i, i + 3, i + 6]);
      const padded = lax.pad(x, 0, [[-i, -(37 - i), 1]]);
      // 0, 0, 1, 0, 2 …: every other element is one of x.
      expect(flat(padded)).toEqual(
        Array.from({ length: 42 }, (_, k) => ((k + i) % 2 === 0 ? (k + i) / 2 : 0)),
      );
    }
  });

  it("have derivatives: a host loop over the elements", () => {
    const n = 50;
    const x = np.arange(n).add(1).astype("float64");
    const f = (y: NDArray): NDArray => {
      let s = np.array(0);
      for (let i = 0; i < n; i++) s = s.add(y.slice(i).mul(y.slice(n - 1 - i)));
      return s;
    };
    // d/dxᵢ Σ xᵢ·xₙ₋₁₋ᵢ = 2·xₙ₋₁₋ᵢ.
    expect(flat(grad(f)(x))).toEqual(Array.from({ length: n }, (_, i) => 2 * (n - i)));
  });
});
